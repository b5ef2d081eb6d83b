//! A first sync that goes on: it can be cancelled.

use anyhow::Context;
use domain::{CabinetId, ChatId};
use messages::FirstSyncButton;
use store::{members, people::Person};
use telegram::MessageId;

use super::menu;
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// Asks whether it shall be cancelled, and cancels it.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: FirstSyncButton) -> anyhow::Result<Outcome> {
    match button {
        FirstSyncButton::Cancel(cabinet) => ask(bot, asked.anew(), cabinet).await,
        FirstSyncButton::CancelForGood(cabinet) => cancel(bot, asked, cabinet).await,
    }
}

/// Asks in a message of its own, because the one of the progress is edited all the time.
async fn ask(bot: &Bot, asked: Request, cabinet: CabinetId) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    match person.filter(|person| is_loading(person, cabinet)) {
        Some(person) => bot.show(asked, &messages::cancel_first_sync(person.language, cabinet)).await,
        None => menu::show(bot, asked).await,
    }
}

/// Takes the person out of a cabinet whose first sync goes on; the last one takes it with them.
async fn cancel(bot: &Bot, asked: Request, cabinet: CabinetId) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let person = bot.person(asked).await?;
    let has_left = |person: &Person| person.cabinets.iter().all(|one| one.cabinet != cabinet);
    if person.as_ref().is_some_and(has_left) {
        // The second tap of two: the first has cancelled it.
        return bot.show(asked, &messages::first_sync_cancelled(asked.language)).await;
    }
    let Some(person) = person.filter(|person| is_loading(person, cabinet)) else {
        return menu::show(bot, asked).await;
    };
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let progress =
        members::load_progress_message(&mut *tx, person.id, cabinet).await.context("cannot look the progress up")?;
    let left = members::leave(&mut tx, person.id, cabinet, now).await.context("cannot leave the cabinet")?;
    let reply = asked.reply(&messages::first_sync_cancelled(person.language));
    let done = bot.conclude(tx, asked.update, Some(reply)).await.context("cannot cancel the first sync")?;
    if done.is_first {
        tracing::info!(%cabinet, ?left, "first sync cancelled");
        if let Some(message) = progress {
            remove_progress(bot, asked.chat, MessageId(message)).await;
        }
    }
    bot.send_now(asked.update, done.outcome).await
}

/// Takes away what showed the progress of a first sync that is cancelled: nobody renews it any more.
async fn remove_progress(bot: &Bot, chat: ChatId, message: MessageId) {
    match bot.telegram.delete_message(chat, message).await {
        Ok(()) | Err(telegram::Error::MessageGone) => {}
        Err(error) => tracing::warn!(%chat, error = %error, "progress message of a cancelled first sync not edited"),
    }
}

/// Whether the first sync of this cabinet of theirs goes on.
fn is_loading(person: &Person, cabinet: CabinetId) -> bool {
    person.cabinets.iter().any(|one| one.cabinet == cabinet && !one.is_ready)
}
