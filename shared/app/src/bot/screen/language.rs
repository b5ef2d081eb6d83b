//! 🌐 Язык.

use anyhow::Context;
use messages::{LanguageButton, Screen};

use crate::bot::{
    context::Bot,
    gate::{Stand, stand},
    outcome::Outcome,
    request::Request,
};

/// Shows the languages.
pub async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    let message = match stand(bot, asked, person) {
        Stand::Behind(person) => messages::choose_language(person.language, Screen::Settings),
        Stand::Before => messages::choose_language(asked.language, Screen::Menu),
        Stand::Outside => messages::ask_for_a_link(asked.language, false),
    };
    bot.show(asked, &message).await
}

/// Speaks another language from now on, and says so in it.
pub async fn tapped(
    bot: &Bot,
    asked: Request,
    LanguageButton::Speak(language): LanguageButton,
) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    let back = match stand(bot, asked, person) {
        Stand::Behind(_) => Screen::Settings,
        Stand::Before => Screen::Menu,
        Stand::Outside => return bot.show(asked, &messages::ask_for_a_link(asked.language, false)).await,
    };
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    store::people::save_language(&mut *tx, asked.person, language, bot.clock.now()).await?;
    let reply = asked.reply(&messages::choose_language(language, back));
    Ok(bot.conclude(tx, asked.update, Some(reply)).await.context("cannot store the language")?.outcome)
}
