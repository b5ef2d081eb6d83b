//! 🗑 Удалить мои данные.

use std::time::Duration;

use anyhow::Context;
use messages::{DeleteMyDataButton, Screen};
use tokio::time::Instant;

use super::menu;
use crate::bot::{
    context::Bot,
    gate::{Stand, stand},
    outcome::Outcome,
    request::Request,
};

/// How long one update deletes: with room for the rest within the time limit of the function.
const DELETING_LIMIT: Duration = Duration::from_secs(15);

/// Asks first.
pub(crate) async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    let message = match stand(bot, asked, person) {
        Stand::Inside(person) => messages::delete_my_data(person.language, Screen::Settings),
        Stand::Admitted => messages::delete_my_data(asked.language, Screen::Menu),
        Stand::Stranger => messages::ask_for_a_link(asked.language, false),
    };
    bot.show(asked, &message).await
}

/// Deletes everything of a person; they have been asked. Afterwards they are a stranger.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: DeleteMyDataButton) -> anyhow::Result<Outcome> {
    let DeleteMyDataButton::ForGood = button;
    let now = bot.clock.now();
    let Some(person) = bot.person(asked).await? else { return menu::show_to(bot, asked, None).await };
    let ends_at = Instant::now() + DELETING_LIMIT;
    while store::people::delete_some_notifications(&bot.pool, asked.person)
        .await
        .context("cannot delete a person's notifications")?
    {
        // Telegram repeats the update, and deleting goes on.
        anyhow::ensure!(Instant::now() < ends_at, "a person's notifications are more than one update can delete");
    }
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    store::people::delete_person(&mut tx, asked.person, now).await.context("cannot delete a person's data")?;
    let reply = asked.reply(&messages::data_deleted(person.language));
    let done = bot.conclude(tx, asked.update, Some(reply)).await.context("cannot delete a person's data")?;
    if done.is_first {
        tracing::info!("data of a person deleted");
    }
    bot.send_now(asked.update, done.outcome).await
}
