//! The gate: who may start, what they see before they have a cabinet, and their language.

use anyhow::Context;
use domain::{CabinetId, Language, Role};
use messages::{Message, Screen};
use serde_json::Value;
use store::people::Person;

use super::{context::Bot, request::Request};

impl Bot {
    /// Whether somebody may start.
    pub(super) fn admits(&self, telegram_id: i64, person: Option<&Person>) -> bool {
        self.contact.access.admits(telegram_id, person.is_some_and(Person::was_let_in))
    }

    /// A screen for whoever belongs to no cabinet that is loaded.
    pub(super) fn before_the_gate(&self, asked: Request, person: Option<&Person>, screen: Option<Screen>) -> Message {
        let language = asked.language;
        if !self.admits(asked.telegram_id, person) {
            return messages::ask_for_a_link(language, false);
        }
        match screen {
            Some(Screen::Help) => messages::help_before_token(language),
            Some(Screen::Language) => messages::choose_language(language, Screen::Menu),
            Some(Screen::DeleteMyData) => messages::delete_my_data(language, Screen::Menu),
            _ if person.is_some_and(|person| !person.cabinets.is_empty()) => messages::first_sync_running(language),
            _ => messages::ask_for_token(language),
        }
    }

    /// Speaks another language from now on, and says so in it.
    pub(super) async fn speak(&self, asked: Request, language: Language) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let person = self.person(asked).await?;
        if !self.admits(asked.telegram_id, person.as_ref()) {
            return self.show_to(person, asked, None).await;
        }
        let back = if person.is_some_and(|person| person.is_past_the_gate()) { Screen::Settings } else { Screen::Menu };
        let message = messages::choose_language(language, back);
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        store::people::save_language(&mut *tx, asked.telegram_id, language, now).await?;
        let reply = Some(asked.reply(&message));
        Ok(self.conclude(tx, asked.update, reply, now).await.context("cannot store the language")?.reply)
    }
}

/// The cabinets that a person owns, with their names.
pub(super) fn owned(person: &Person) -> Vec<(CabinetId, Option<String>)> {
    let owned = person.cabinets.iter().filter(|cabinet| cabinet.role == Role::Owner);
    owned.map(|cabinet| (cabinet.cabinet, cabinet.name.clone())).collect()
}
