//! A Telegram update becomes a command and a reply.
//!
//! A repeated update gets the reply that the first one got: it is stored in the transaction of the
//! change that the update made. Only passing trouble is an error, because Telegram then repeats the
//! update and holds the person's later ones back.

mod admission;
mod answer;
mod attempt;
mod comeback;
mod command;
mod context;
mod details;
mod gate;
mod invite;
mod leave;
mod news;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod request;
mod settings;
mod status;
mod token;
mod trial;
mod webhook_info;

use anyhow::Context;
use domain::{ChatId, EventKind};
use messages::{Callback, Message, Screen};
use serde_json::Value;
use store::{people::Person, settings::Of};
use telegram::{Update, What};

use crate::render;
pub use context::Bot;

use command::Command;
use context::Tapped;
use request::{Request, language_of};
use settings::{Change, Look};

impl Bot {
    /// Answers one update; the value is the reply through the webhook response.
    ///
    /// # Errors
    /// For passing trouble only: Telegram repeats the update.
    pub async fn answer(&self, body: &[u8]) -> anyhow::Result<Option<Value>> {
        let Ok(update) = Update::parse(body) else {
            tracing::warn!(bytes = body.len(), "request body is not a Telegram update");
            return Ok(None);
        };
        // A token leaves the chat before anything is asked that could fail.
        let pasted = token::Pasted::of(&update);
        let is_deleted = match &pasted {
            Some(pasted) => self.delete_pasted(pasted).await,
            None => true,
        };
        let seen = store::updates::load_seen(&self.pool, update.id, update.what.person().map(|person| person.id))
            .await
            .context("cannot look the update up")?;
        if let Some(reply) = seen.reply {
            tracing::info!(update = update.id, "update repeated; the stored reply is sent");
            return Ok(reply);
        }
        match update.what {
            What::Text { chat, chat_is_private, from, text, edited, .. } => {
                if let Some(pasted) = pasted {
                    return self.take_token(pasted, is_deleted).await;
                }
                if !chat_is_private || edited || text.is_empty() {
                    return Ok(None);
                }
                let language = seen.language.unwrap_or_else(|| language_of(&from));
                let asked = Request { update: update.id, chat, telegram_id: from.id, language, shown: None };
                self.obey(asked, &from, &text).await
            }
            What::Tap { callback_id, from, chat, message_id, is_editable, data, shown } => {
                let callback = Callback::parse(&data);
                let editable = message_id.filter(|_| is_editable);
                let language = seen.language.unwrap_or_else(|| language_of(&from));
                let (chat, telegram_id) = (chat.unwrap_or(from.id), from.id);
                let asked = Request { update: update.id, chat, telegram_id, language, shown: editable };
                let tapped = self.tapped(asked, callback).await;
                // Whatever became of it, the button spins until it is answered; where the person would
                // see nothing happen, they are told why.
                let reply = tapped.as_ref().ok().and_then(|tapped| tapped.reply.as_ref());
                let is_left_alone = reply.is_some_and(|reply| shown.is_left_alone_by(reply));
                let begun_answer = tapped.as_ref().ok().and_then(|tapped| tapped.begun_answer);
                let notice = match callback {
                    Some(Callback::None) => Some(messages::page_number(language)),
                    _ if begun_answer.is_some() => Some(messages::answer_sending_notice(language)),
                    _ => is_left_alone.then(|| messages::unchanged(language)),
                };
                self.end_tap(update.id, &callback_id, notice).await;
                if let Some(answer) = begun_answer {
                    self.carry_answer(answer).await;
                }
                tapped.map(|tapped| tapped.reply.filter(|_| !is_left_alone))
            }
            What::Membership { chat, blocked, .. } => {
                if blocked {
                    store::chats::save_blocked(&self.pool, ChatId(chat), self.clock.now())
                        .await
                        .context("cannot store that the chat is blocked")?;
                    return Ok(None);
                }
                self.open_chat(ChatId(chat)).await?;
                Ok(None)
            }
            What::AddedToGroup { chat, from } => self.leave_group(update.id, chat, &from).await,
            What::Other => Ok(None),
        }
    }

    /// Ends the waiting of a tap, with a notice or silently.
    async fn end_tap(&self, update: i64, callback_id: &str, notice: Option<String>) {
        if let Err(error) = self.telegram.answer_callback(callback_id, notice.as_deref()).await {
            tracing::warn!(update, error = %error, "callback query not answered");
        }
    }

    /// Says once that the bot works in private chats only, and leaves.
    async fn leave_group(&self, update: i64, chat: i64, from: &telegram::Person) -> anyhow::Result<Option<Value>> {
        // Whoever may not write there leaves all the same.
        let html = messages::leaves_group(language_of(from));
        if let Err(error) = self.telegram.send_text(chat, &html, None, false).await {
            tracing::info!(update, error = %error, "left a group without a message");
        }
        self.telegram.leave_chat(chat).await.context("cannot leave a group")?;
        store::updates::save_reply(&self.pool, update, None, self.clock.now())
            .await
            .context("cannot note the update")?;
        tracing::info!(update, "left a group");
        Ok(None)
    }

    /// Carries out a command. Whoever may start is registered by their first one.
    async fn obey(&self, asked: Request, from: &telegram::Person, text: &str) -> anyhow::Result<Option<Value>> {
        let command = Command::parse(text);
        if let Some(code) = command::invite_code(text)
            && let Some(done) = self.follow_link(asked, from, code).await?
        {
            return Ok(done);
        }
        if command == Command::Cancel
            && let Some(done) = self.cancel_answer(asked).await?
        {
            return Ok(done);
        }
        if command == Command::Unknown
            && !text.trim_start().starts_with('/')
            && let Some(done) = self.take_answer(asked, text).await?
        {
            return Ok(done);
        }
        if let Some(screen) = command.screen()
            && let Some(reply) = self.show_at_once(asked, screen).await?
        {
            return Ok(reply);
        }
        let now = self.clock.now();
        if command == Command::Start {
            self.open_chat(ChatId(asked.chat)).await?;
        }
        let mut person = self.person(asked).await?;
        if person.is_none() {
            if !self.admits(from.id, None) {
                let message = messages::ask_for_a_link(asked.language, false);
                return self.reply(&self.pool, asked.update, asked.reply(&message), now).await;
            }
            let language = asked.language;
            let id = store::people::save_person(&self.pool, from.id, language, now)
                .await
                .context("cannot register the person")?;
            person = Some(Person { id, language, is_admitted: false, cabinets: Vec::new() });
        }
        if command == Command::Digest {
            return self.send_digest(asked).await;
        }
        self.show_to(person, asked, command.screen()).await
    }

    async fn person(&self, asked: Request) -> anyhow::Result<Option<Person>> {
        store::people::load_person(&self.pool, asked.telegram_id).await.context("cannot look the person up")
    }

    /// Does what a button does. A button of an older version opens the menu.
    async fn tapped(&self, asked: Request, callback: Option<Callback>) -> anyhow::Result<Tapped> {
        let reply = match callback {
            Some(Callback::Reply { answer, act }) => return self.go_on_with_answer(asked, answer, act).await,
            Some(Callback::Screen(screen)) => self.show(asked, Some(screen)).await,
            Some(Callback::Open(screen)) => self.show(asked.anew(), Some(screen)).await,
            // The notice says all.
            Some(Callback::None) => Ok(None),
            Some(Callback::StatusPage { page }) => self.show_status(asked, page).await,
            Some(Callback::NotificationsOf { cabinet }) => {
                self.look(asked, Of::Cabinet(cabinet), Look::Screen(Screen::Notifications)).await
            }
            Some(Callback::ToggleAll { cabinet, on }) => {
                self.change(asked, Of::Cabinet(cabinet), Change::All(on)).await
            }
            Some(Callback::Toggle { cabinet, kind, on }) => {
                self.change(asked, Of::Cabinet(cabinet), Change::Kind(kind, on)).await
            }
            Some(Callback::Group { id, page }) => self.turn_page(asked, id, page).await,
            Some(Callback::Details { row }) => self.show_card(asked, row).await,
            Some(Callback::Answer { row }) => self.start_answer(asked, row).await,
            Some(Callback::MuteKind { row }) => self.ask_to_mute(asked.anew(), row).await,
            Some(Callback::KindSettings { row }) => {
                self.look(asked.anew(), Of::Notification(row), Look::KindOfNotification).await
            }
            Some(Callback::Mute { row, all_kinds }) => self.mute(asked, row, all_kinds).await,
            Some(Callback::Muted { cabinet, page }) => self.show_muted(asked, cabinet, page).await,
            Some(Callback::Unmute { id, page }) => self.unmute(asked, id, page).await,
            Some(Callback::Kind { cabinet, kind }) => self.look(asked, Of::Cabinet(cabinet), Look::Kind(kind)).await,
            Some(Callback::Choose { cabinet, kind, choice }) => {
                self.change(asked, Of::Cabinet(cabinet), Change::Choice(kind, choice)).await
            }
            Some(Callback::ToggleLate { cabinet, on }) => {
                self.change(asked, Of::Cabinet(cabinet), Change::Kind(EventKind::OrdersLate, on)).await
            }
            Some(Callback::Mine(choice)) => self.change(asked, Of::First, Change::Mine(choice)).await,
            Some(Callback::OpenGroup { id }) => self.turn_page(asked.anew(), id, 0).await,
            Some(Callback::SetLanguage { language }) => self.speak(asked, language).await,
            Some(Callback::DeleteMyDataForGood) => self.delete_data(asked).await,
            Some(Callback::CancelAttempt { attempt }) => self.cancel_attempt(asked, attempt).await,
            Some(Callback::AddCabinet { attempt }) => self.add_cabinet(asked, attempt).await,
            Some(Callback::LetIn { attempt }) => self.decide_comeback(asked, attempt, true).await,
            Some(Callback::KeepOut { attempt }) => self.decide_comeback(asked, attempt, false).await,
            Some(Callback::CancelFirstSync { cabinet }) => self.ask_to_cancel(asked, cabinet).await,
            Some(Callback::CancelFirstSyncForGood { cabinet }) => self.cancel_first_sync(asked, cabinet).await,
            Some(Callback::MakeInvite { cabinet, role }) => self.make_invite(asked, cabinet, role).await,
            Some(Callback::RemoveMember { cabinet, member }) => self.remove_member(asked, cabinet, member).await,
            None => self.show(asked, Some(Screen::Menu)).await,
        };
        reply.map(Tapped::from)
    }

    /// Shows a screen: in place of the message whose button was tapped, or as a new one. Without a
    /// screen it says what the bot understands.
    async fn show(&self, asked: Request, screen: Option<Screen>) -> anyhow::Result<Option<Value>> {
        if let Some(screen) = screen
            && let Some(reply) = self.show_at_once(asked, screen).await?
        {
            return Ok(reply);
        }
        let person = self.person(asked).await?;
        self.show_to(person, asked, screen).await
    }

    /// Shows a screen that one statement loads together with the person who looks at it. `None`: it is
    /// none of those, or they have no cabinet whose state it could show.
    async fn show_at_once(&self, asked: Request, screen: Screen) -> anyhow::Result<Option<Option<Value>>> {
        let message = match screen {
            Screen::Status => self.status(asked.telegram_id, 0).await?,
            Screen::Settings => self.token_states(asked.telegram_id).await?,
            screen if settings::SCREENS.contains(&screen) => {
                return self.look(asked, Of::First, Look::Screen(screen)).await.map(Some);
            }
            _ => None,
        };
        let Some(message) = message else { return Ok(None) };
        let reply = asked.reply(&message);
        self.reply(&self.pool, asked.update, reply, self.clock.now()).await.map(Some)
    }

    /// Shows a screen to a person who is looked up already.
    async fn show_to(
        &self,
        person: Option<Person>,
        asked: Request,
        screen: Option<Screen>,
    ) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let message = match person {
            Some(person) if screen == Some(Screen::ReplaceToken) && !person.cabinets.is_empty() => {
                messages::replace_token(person.language)
            }
            Some(person) if person.is_past_the_gate() => behind_the_gate(&person, screen),
            person => self.before_the_gate(asked, person.as_ref(), screen),
        };
        self.reply(&self.pool, asked.update, asked.reply(&message), now).await
    }

    /// Turns a page of a group, for the person whose group it is.
    async fn turn_page(&self, asked: Request, group: i64, page: usize) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let batch = store::outbox::load_group(&self.pool, asked.telegram_id, group, now)
            .await
            .context("cannot read a group")?;
        let Some(batch) = batch.filter(|batch| batch.kind.is_some()) else {
            return self.show(asked.anew(), Some(Screen::Menu)).await;
        };
        let message = render::group_page(&batch, page)?;
        self.reply(&self.pool, asked.update, asked.reply(&message), now).await
    }
}

/// A screen for whoever belongs to a cabinet that is loaded.
fn behind_the_gate(person: &Person, screen: Option<Screen>) -> Message {
    let language = person.language;
    match screen {
        Some(Screen::Help) => messages::help(language),
        Some(Screen::Language) => messages::choose_language(language, Screen::Settings),
        Some(Screen::DeleteMyData) => messages::delete_my_data(language, Screen::Settings),
        Some(Screen::Invite) => messages::invite(language, &gate::owned(person)),
        // The rest is shown at once; who left their last cabinet meanwhile gets the menu.
        Some(_) => messages::menu(language),
        None => messages::unknown_text(language),
    }
}
