//! 🏠 Главное меню, and what stands in its place before the gate.

use anyhow::Context;
use store::{people::Person, read::menu::load_today};

use crate::bot::{
    context::Bot,
    gate::{Stand, stand, welcome},
    outcome::Outcome,
    request::Request,
};

/// Shows the menu.
pub(crate) async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    show_to(bot, asked, person).await
}

/// Shows the menu to somebody who is looked up already.
pub(crate) async fn show_to(bot: &Bot, asked: Request, person: Option<Person>) -> anyhow::Result<Outcome> {
    let before = welcome(bot, asked, person.as_ref());
    let message = match stand(bot, asked, person) {
        Stand::Inside(person) => {
            let today = load_today(&bot.pool, asked.person, bot.clock.now()).await.context("cannot read today")?;
            messages::menu(person.language, &today.unwrap_or_default())
        }
        Stand::Admitted | Stand::Stranger => before,
    };
    bot.show(asked, &message).await
}

/// Says what the bot understands: the text was nothing of it.
pub(crate) async fn show_unknown(bot: &Bot, asked: Request, person: Person) -> anyhow::Result<Outcome> {
    if !person.is_past_the_gate() {
        return show_to(bot, asked, Some(person)).await;
    }
    bot.show(asked, &messages::unknown_text(person.language)).await
}
