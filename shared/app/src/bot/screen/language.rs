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
pub(crate) async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    let message = match stand(bot, asked, person) {
        Stand::Inside(person) => messages::choose_language(person.language, Screen::Settings),
        Stand::Admitted => messages::choose_language(asked.language, Screen::Menu),
        Stand::Stranger => messages::ask_for_a_link(asked.language, false),
    };
    bot.show(asked, &message).await
}

/// Speaks another language from now on, and says so in it.
pub(crate) async fn tapped(
    bot: &Bot,
    asked: Request,
    LanguageButton::Speak(language): LanguageButton,
) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    let back = match stand(bot, asked, person) {
        Stand::Inside(_) => Screen::Settings,
        Stand::Admitted => Screen::Menu,
        Stand::Stranger => return bot.show(asked, &messages::ask_for_a_link(asked.language, false)).await,
    };
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    store::people::save_language(&mut *tx, asked.person, language, bot.clock.now()).await?;
    let reply = asked.reply(&messages::choose_language(language, back));
    Ok(bot.conclude(tx, asked.update, Some(reply)).await.context("cannot store the language")?.outcome)
}
