//! /digest: it comes as every digest does, right away.

use anyhow::Context;
use store::digests::For;

use super::menu;
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// Makes a digest for whoever asks. It comes as a notification, so there is no reply.
pub(crate) async fn send(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let whom = For::Asking { telegram_id: asked.person, update: asked.update };
    let chats = store::digests::save_digests(&mut *tx, whom, bot.clock.now()).await.context("cannot make a digest")?;
    if chats.is_empty() {
        drop(tx);
        return menu::show(bot, asked).await;
    }
    let done = bot.conclude(tx, asked.update, None).await.context("cannot make a digest")?;
    if done.is_first {
        bot.wake(&[asked.person.chat()]).await;
    }
    Ok(done.outcome)
}
