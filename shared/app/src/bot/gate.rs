//! The gate: who may start, and what they see before they have a cabinet that is loaded.

use anyhow::Context;
use domain::TelegramId;
use messages::Message;
use store::people::Person;

use super::{context::Bot, request::Request};

/// Where somebody stands.
pub(super) enum Stand {
    /// They may not start.
    Stranger,
    /// They may start, and belong to no cabinet that is loaded.
    Admitted,
    /// They belong to a cabinet that is loaded.
    Inside(Person),
}

/// Where somebody stands.
pub(super) fn stand(bot: &Bot, asked: Request, person: Option<Person>) -> Stand {
    match person {
        Some(person) if person.is_past_the_gate() => Stand::Inside(person),
        person if admits(bot, asked.person, person.as_ref()) => Stand::Admitted,
        _ => Stand::Stranger,
    }
}

/// Whether somebody may start.
pub(super) fn admits(bot: &Bot, id: TelegramId, person: Option<&Person>) -> bool {
    bot.contact.access.admits(id, person.is_some_and(Person::was_let_in))
}

/// What somebody sees before the gate in place of most screens.
pub(super) fn welcome(bot: &Bot, asked: Request, person: Option<&Person>) -> Message {
    if !admits(bot, asked.person, person) {
        return messages::ask_for_a_link(asked.language, false);
    }
    match person {
        Some(person) if !person.cabinets.is_empty() => messages::first_sync_running(asked.language),
        _ => messages::ask_for_token(asked.language),
    }
}

/// The person who sent the command. Who may start is registered by their first command. `None`: they may not start.
pub(super) async fn register(bot: &Bot, asked: Request) -> anyhow::Result<Option<Person>> {
    let person = bot.person(asked).await?;
    if person.is_some() || !admits(bot, asked.person, None) {
        return Ok(person);
    }
    let language = asked.language;
    let id = store::people::save_person(&bot.pool, asked.person, language, bot.clock.now())
        .await
        .context("cannot register the person")?;
    Ok(Some(Person { id, language, is_admitted: false, cabinets: Vec::new() }))
}
