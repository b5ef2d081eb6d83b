//! What somebody wants of the bot: who, in which chat, and below which message.

use domain::Language;
use messages::Message;
use serde_json::Value;
use telegram::{MessageId, Reply};

/// A tap, or a command.
#[derive(Clone, Copy)]
pub struct Request {
    /// The update.
    pub update: i64,
    /// The chat.
    pub chat: i64,
    /// The person.
    pub telegram_id: i64,
    /// Their language: the chosen one, or that of their Telegram.
    pub language: Language,
    /// The message that is to be replaced by the reply.
    pub shown: Option<MessageId>,
}

impl Request {
    /// The same, answered by a new message.
    pub fn anew(self) -> Self {
        Self { shown: None, ..self }
    }

    /// The message as the reply.
    pub fn reply(self, message: &Message) -> Value {
        reply_to(self.chat, self.shown, message)
    }
}

/// The language for somebody whom we do not know yet: that of their Telegram.
pub(super) fn language_of(from: &telegram::Person) -> Language {
    Language::of_telegram(from.language_code.as_deref())
}

/// The message as a reply: in place of the one that is shown, or as a new one.
pub(super) fn reply_to(chat: i64, shown: Option<MessageId>, message: &Message) -> Value {
    let reply = match shown {
        Some(shown) => Reply::edit_text(chat, shown, &message.html, message.buttons()),
        None => Reply::send_text(chat, &message.html, message.buttons()),
    };
    reply.into_json()
}
