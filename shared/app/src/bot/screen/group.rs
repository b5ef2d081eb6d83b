//! The pages of a group.

use anyhow::Context;
use domain::GroupId;
use messages::GroupButton;

use super::menu;
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    render,
};

/// Turns a page, or shows the first one as a message of its own.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: GroupButton) -> anyhow::Result<Outcome> {
    match button {
        GroupButton::Page { group, page } => show(bot, asked, group, page).await,
        GroupButton::Open(group) => show(bot, asked.anew(), group, 0).await,
    }
}

/// Shows a page of a group, to the person whose group it is.
async fn show(bot: &Bot, asked: Request, group: GroupId, page: usize) -> anyhow::Result<Outcome> {
    let batch = store::outbox::load_group(&bot.pool, asked.person, group, bot.clock.now()).await;
    let batch = batch.context("cannot read a group")?;
    let Some(batch) = batch.filter(|batch| batch.kind.is_some()) else {
        return menu::show(bot, asked.anew()).await;
    };
    bot.show(asked, &render::group_page(&batch, page)?).await
}
