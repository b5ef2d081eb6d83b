//! What somebody wants of the bot: who, in which chat, and below which message.

use domain::{ChatId, Language, TelegramId, UpdateId};
use messages::Message;
use telegram::{MessageId, Reply};

use crate::shown::keyboard;

/// A tap, or a text.
#[derive(Clone, Copy)]
pub(super) struct Request {
    /// The update.
    pub update: UpdateId,
    /// The chat.
    pub chat: ChatId,
    /// The person.
    pub person: TelegramId,
    /// Their language: the chosen one, or that of their Telegram.
    pub language: Language,
    /// The message that is to be replaced by the reply.
    pub shown: Option<MessageId>,
}

impl Request {
    /// The same, answered by a new message.
    pub(super) fn anew(self) -> Self {
        Self { shown: None, ..self }
    }

    /// The message as the reply: in place of the one that is shown, or as a new one.
    pub(super) fn reply(self, message: &Message) -> Reply {
        let keyboard = keyboard(message);
        match self.shown {
            Some(shown) => Reply::edit_text(self.chat, shown, &message.html, keyboard.as_ref()),
            None => Reply::send_text(self.chat, &message.html, keyboard.as_ref()),
        }
    }

    /// Words alone as the reply, as a new message.
    pub(super) fn words(self, html: &str) -> Reply {
        Reply::send_text(self.chat, html, None)
    }
}

/// The language for somebody whom we do not know yet: that of their Telegram.
pub(super) fn language_of(from: &telegram::Person) -> Language {
    Language::of_telegram(from.language_code.as_deref())
}
