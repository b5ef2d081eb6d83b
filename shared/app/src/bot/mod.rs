//! A Telegram update becomes a command and a reply.
//!
//! A repeated update gets the reply that the first one got: it is stored in the transaction of the
//! change that the update made. Only passing trouble is an error, because Telegram then repeats the
//! update and holds the person's later ones back.

mod command;
mod token;

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::ChatId;
use messages::{Message, Screen, TokenView};
use serde_json::Value;
use store::people::Person;
use telegram::{MessageId, Reply, Update, What};

use crate::{Keyring, Settings};
use command::Command;

/// The language that is spoken to everybody.
const LANGUAGE: &str = "ru";

/// What the use case needs.
pub struct Bot {
    /// PostgreSQL.
    pub pool: store::Pool,
    /// Wildberries, to try a token.
    pub wb: wb::Client,
    /// Telegram.
    pub telegram: telegram::Client,
    /// SQS.
    pub queues: Arc<dyn queue::Enqueue>,
    /// Seals tokens.
    pub keyring: Keyring,
    /// The present.
    pub clock: Arc<dyn domain::Clock>,
    /// The deployment's choices.
    pub settings: Settings,
}

impl Bot {
    /// Answers one update; the value is the reply through the webhook response.
    ///
    /// # Errors
    /// For passing trouble only: Telegram repeats the update.
    pub async fn answer(&self, body: &[u8]) -> anyhow::Result<Option<Value>> {
        let Ok(update) = Update::parse(body) else {
            tracing::warn!(bytes = body.len(), "not an update; Telegram never sends such");
            return Ok(None);
        };
        let seen = store::updates::load_reply(&self.pool, update.id).await.context("cannot look the update up")?;
        if let Some(reply) = seen {
            tracing::info!(update = update.id, "repeated: answered as before");
            return Ok(reply);
        }
        match update.what {
            What::Text { chat, chat_is_private, message_id, from, text, edited } => {
                if wb::token::looks_like_token(&text) {
                    let pasted = token::Pasted {
                        update: update.id,
                        chat,
                        chat_is_private,
                        message_id,
                        from: &from,
                        text: &text,
                    };
                    return self.take_token(pasted).await;
                }
                if !chat_is_private || edited {
                    return Ok(None);
                }
                self.obey(update.id, chat, &from, Command::parse(&text)).await
            }
            What::Tap { callback_id, from, chat, message_id, accessible, data } => {
                // First of all: the button spins until it is answered.
                if let Err(error) = self.telegram.answer_callback(&callback_id, None).await {
                    tracing::warn!(update = update.id, error = %error, "a tap is not answered");
                }
                let shown = message_id.filter(|_| accessible);
                self.show(update.id, chat.unwrap_or(from.id), from.id, shown, Screen::parse(&data)).await
            }
            What::Membership { chat, blocked, .. } => {
                let saved = if blocked {
                    store::chats::save_blocked(&self.pool, ChatId(chat), self.clock.now()).await
                } else {
                    store::chats::save_unblocked(&self.pool, ChatId(chat)).await
                };
                saved.context("cannot store whether the chat is blocked")?;
                Ok(None)
            }
            What::AddedToGroup { .. } | What::Other => Ok(None),
        }
    }

    /// Carries out a command.
    async fn obey(
        &self,
        update: i64,
        chat: i64,
        from: &telegram::Person,
        command: Command,
    ) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        if command == Command::Start {
            store::people::save_person(&self.pool, from.id, LANGUAGE, now)
                .await
                .context("cannot register the person")?;
            store::chats::save_unblocked(&self.pool, ChatId(chat)).await.context("cannot open the chat")?;
        }
        let screen = match command {
            Command::Start | Command::Menu => Some(Screen::Menu),
            Command::Settings => Some(Screen::Settings),
            Command::Help => Some(Screen::Help),
            Command::Unknown => None,
        };
        self.show(update, chat, from.id, None, screen).await
    }

    /// Shows a screen: in place of the message whose button was tapped, or as a new one. Without a
    /// screen it says what the bot understands.
    async fn show(
        &self,
        update: i64,
        chat: i64,
        telegram_id: i64,
        shown: Option<MessageId>,
        screen: Option<Screen>,
    ) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let person = store::people::load_person(&self.pool, telegram_id).await.context("cannot look the person up")?;
        let message = match person {
            Some(person) if person.is_past_the_gate() => self.behind_the_gate(&person, screen, now).await?,
            _ if screen == Some(Screen::Help) => messages::help_before_token(),
            Some(person) if !person.cabinets.is_empty() => messages::first_sync_running(),
            _ => messages::ask_for_token(),
        };
        let keyboard = (!message.keyboard.inline_keyboard.is_empty()).then_some(&message.keyboard);
        let reply = match shown {
            Some(shown) => Reply::edit_text(chat, shown, &message.html, keyboard),
            None => Reply::send_text(chat, &message.html, keyboard),
        };
        self.reply(update, reply.into_json(), now).await
    }

    /// A screen for whoever belongs to a cabinet that is loaded.
    async fn behind_the_gate(
        &self,
        person: &Person,
        screen: Option<Screen>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Message> {
        Ok(match screen {
            Some(Screen::Menu) => messages::menu(),
            Some(Screen::Help) => messages::help(),
            Some(Screen::Settings) => {
                let tokens = store::tokens::load_token_states(&self.pool, person.id)
                    .await
                    .context("cannot read the tokens' states")?;
                let views: Vec<TokenView> = tokens
                    .into_iter()
                    .map(|token| TokenView {
                        cabinet: token.cabinet_name,
                        last_sync_at: token.last_sync_at,
                        token_type: token.token_type,
                        categories: token.categories,
                        expires_at: token.expires_at,
                        serves: token.refused_at.is_none() && token.expires_at.is_none_or(|at| at > now),
                    })
                    .collect();
                messages::settings(&views)
            }
            None => messages::unknown_text(),
        })
    }

    /// Stores the reply of an update that changed nothing else, and gives the one that stands.
    async fn reply(&self, update: i64, reply: Value, now: DateTime<Utc>) -> anyhow::Result<Option<Value>> {
        let is_first = store::updates::save_reply(&self.pool, update, Some(&reply), now)
            .await
            .context("cannot store the reply")?;
        if is_first {
            return Ok(Some(reply));
        }
        Ok(store::updates::load_reply(&self.pool, update).await.context("cannot read the reply")?.flatten())
    }
}
