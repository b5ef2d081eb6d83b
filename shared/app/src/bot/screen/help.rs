//! ❓ Помощь.

use store::people::Person;

use crate::bot::{
    context::Bot,
    gate::{Stand, stand},
    outcome::Outcome,
    request::Request,
};

/// Shows the help.
pub(crate) async fn show(bot: &Bot, asked: Request) -> anyhow::Result<Outcome> {
    let person = bot.person(asked).await?;
    show_to(bot, asked, person).await
}

/// Shows the help to somebody who is looked up already.
pub(crate) async fn show_to(bot: &Bot, asked: Request, person: Option<Person>) -> anyhow::Result<Outcome> {
    let message = match stand(bot, asked, person) {
        Stand::Inside(person) => messages::help(person.language),
        Stand::Admitted => messages::help_before_token(asked.language),
        Stand::Stranger => messages::ask_for_a_link(asked.language, false),
    };
    bot.show(asked, &message).await
}
