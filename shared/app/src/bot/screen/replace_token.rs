//! 🔑 How to replace a token.

use super::menu;
use crate::bot::{context::Bot, outcome::Outcome, request::Request};

/// Shows the steps, to whoever has a cabinet.
pub(crate) async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    match bot.person(asked).await? {
        Some(person) if !person.cabinets.is_empty() => bot.show(asked, &messages::replace_token(person.language)).await,
        person => menu::show_to(bot, asked, person).await,
    }
}
