//! A pasted token: found wherever it stands in a message, and read.

use chrono::{DateTime, Utc};
use domain::{ChatId, FirstContact, TokenFacts, UpdateId, first_contact::hopeless};
use messages::TokenTrouble;
use secrecy::{ExposeSecret, SecretString};
use telegram::{MessageId, Update, What};

use crate::token_trial::trouble;

/// A message in which something looks like a token.
pub(super) struct Pasted {
    pub update: UpdateId,
    pub chat: ChatId,
    pub chat_is_private: bool,
    pub message_id: MessageId,
    pub from: telegram::Person,
    text: SecretString,
}

impl Pasted {
    /// Looks for a token in all that can be read of a message, new or edited.
    pub(super) fn of(update: &Update) -> Option<Self> {
        let What::Text { chat, chat_is_private, message_id, from, text, others, .. } = &update.what else {
            return None;
        };
        let text = std::iter::once(text).chain(others).find(|text| wb::token::looks_like_token(text))?;
        Some(Self {
            update: update.id,
            chat: *chat,
            chat_is_private: *chat_is_private,
            message_id: *message_id,
            from: from.clone(),
            text: text.as_str().into(),
        })
    }

    /// The text with the token.
    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }
}

/// The token in a text, with what it says of itself, if it is worth trying.
pub(super) fn readable(
    text: &str,
    attempts: i32,
    contact: &FirstContact,
    now: DateTime<Utc>,
) -> Result<(SecretString, TokenFacts), TokenTrouble> {
    if attempts > i32::from(contact.attempts_per_hour) {
        return Err(TokenTrouble::TooManyAttempts(contact.attempts_per_hour));
    }
    let token = wb::token::extract(text).ok_or(TokenTrouble::NotAToken)?;
    let facts = wb::token::read(token.expose_secret()).map_err(|_| TokenTrouble::NotAToken)?;
    match hopeless(&facts, contact.deployment_for, now) {
        Some(hopeless) => Err(trouble(hopeless)),
        None => Ok((token, facts)),
    }
}
