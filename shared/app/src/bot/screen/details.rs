//! «Подробнее»: everything about what a notification told, as a message of its own.

use anyhow::Context;
use messages::DetailsButton;

use super::menu;
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    render,
};

/// Shows the card behind a notification, to the person who got it and while they belong to its
/// cabinet. The notification stays as it is: a picture cannot become a text.
pub(crate) async fn tapped(
    bot: &Bot,
    asked: Request,
    DetailsButton::Of(row): DetailsButton,
) -> anyhow::Result<Outcome> {
    let asked = asked.anew();
    let batch =
        store::outbox::load_row(&bot.pool, asked.person, row, bot.clock.now()).await.context("cannot read a row")?;
    let card = batch.filter(|batch| batch.kind.is_some()).and_then(|batch| {
        // What only a newer version can read stays so when Telegram repeats the tap.
        let card = render::card(&batch);
        card.inspect_err(
            |error| tracing::error!(update = %asked.update, %row, error = %error, "details cannot be rendered"),
        )
        .ok()
    });
    match card {
        Some(message) => bot.show(asked, &message).await,
        None => menu::show(bot, asked).await,
    }
}
