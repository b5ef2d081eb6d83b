//! «Подробнее»: everything about what a notification told, as a message of its own.

use anyhow::Context;
use messages::Screen;
use serde_json::Value;

use super::{context::Bot, request::Request};
use crate::render;

impl Bot {
    /// Shows the card behind a notification, to the person who got it and while they belong to its
    /// cabinet. The notification stays as it is: a picture cannot become a text. An old or forged
    /// button opens the menu.
    pub(super) async fn show_card(&self, asked: Request, row: i64) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let batch =
            store::outbox::load_row(&self.pool, asked.telegram_id, row, now).await.context("cannot read a row")?;
        let card = batch.filter(|batch| batch.kind.is_some()).and_then(|batch| {
            // What only a newer version can read stays so when Telegram repeats the tap.
            let card = render::card(&batch);
            card.inspect_err(
                |error| tracing::error!(update = asked.update, row, error = %error, "details cannot be rendered"),
            )
            .ok()
        });
        let Some(message) = card else {
            return self.show(asked.anew(), Some(Screen::Menu)).await;
        };
        self.reply(&self.pool, asked.update, asked.anew().reply(&message), now).await
    }
}
