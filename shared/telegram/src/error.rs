//! What a caller can do about a refusal, decided from the HTTP status and the words of the server.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;

/// The wait after a 429 that names none. The server always names one; only a front end might not.
const DEFAULT_RETRY_AFTER_SECS: u64 = 5;

/// Why a method was not carried out. Each variant is one thing that a caller can do.
///
/// No variant holds the bot's token, an address, or a text that we sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too much at once: the same again after this time is fine (429; the longer of body and header).
    #[error("Telegram asks to wait for {} s", .0.as_secs())]
    RetryAfter(Duration),

    /// This chat cannot be written to until its people act: the bot is blocked, removed, or the account is gone.
    #[error("the chat cannot be written to: {reason}")]
    ChatGone {
        /// The server's words.
        reason: String,
    },

    /// The group has become a supergroup: the same again to the new chat, which should be stored.
    #[error("the chat has moved to {to}")]
    ChatMoved {
        /// The new chat.
        to: i64,
    },

    /// There is no such message to edit, or none of that kind, a text or a picture: send a new one.
    #[error("the message is gone or cannot be edited")]
    MessageGone,

    /// The message stands and the bot may not delete it (older than 48 h, or no right): a person has to.
    #[error("the message cannot be deleted")]
    CannotDelete,

    /// Telegram does not take this message as it is: its picture, its length, its markup or a button. The same again is
    /// refused again; a lesser form may pass. A picture that could not be fetched by its address is refused for days.
    #[error("the message is refused: {detail}")]
    Refused {
        /// The server's words.
        detail: String,
    },

    /// The token is revoked (401) or malformed (404): nothing can be sent until an operator acts.
    #[error("the bot's token is refused")]
    Unauthorized,

    /// Somebody else polls or sets a webhook with the same token (409): an operator has to choose.
    #[error("another user of this bot is in the way: {detail}")]
    Conflict {
        /// The server's words.
        detail: String,
    },

    /// Telegram cannot be reached, or answered that it is not well: the same again later.
    #[error("Telegram is unavailable: {detail}")]
    Unavailable {
        /// What happened, without the address.
        detail: String,
    },

    /// The request went out and nobody saw its end: Telegram may have carried it out, so that the same again may be a second
    /// message.
    #[error("Telegram's answer is lost: {detail}")]
    Unseen {
        /// What happened, without the address.
        detail: String,
    },
}

impl Error {
    /// No answer, or only a part of one. `detail` is what the transport said, free of the address.
    pub(crate) fn from_transport(error: &reqwest::Error, detail: String) -> Self {
        if error.is_connect() || error.is_builder() { Self::Unavailable { detail } } else { Self::Unseen { detail } }
    }

    /// An answer that is no success: `refusal` is `None` where it is not the Bot API's, as from a front end.
    pub(crate) fn from_refusal(status: StatusCode, retry_after: Option<Duration>, refusal: Option<Refusal>) -> Self {
        let parameters = refusal.as_ref().map(|refusal| refusal.parameters).unwrap_or_default();
        if let Some(to) = parameters.migrate_to_chat_id {
            return Self::ChatMoved { to };
        }
        match status {
            StatusCode::TOO_MANY_REQUESTS => {
                let asked = parameters.retry_after.map(Duration::from_secs).max(retry_after);
                return Self::RetryAfter(asked.unwrap_or(Duration::from_secs(DEFAULT_RETRY_AFTER_SECS)));
            }
            StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => return Self::Unauthorized,
            _ => {}
        }
        // A front end's 403 says nothing about a chat, so only the Bot API's own words can make one unreachable.
        let Some(Refusal { description: detail, .. }) = refusal.filter(|_| status.is_client_error()) else {
            let detail = format!("HTTP {}", status.as_u16());
            return if status.is_success() { Self::Unseen { detail } } else { Self::Unavailable { detail } };
        };
        match status {
            StatusCode::FORBIDDEN => Self::ChatGone { reason: detail },
            StatusCode::CONFLICT => Self::Conflict { detail },
            _ => Self::from_words(detail),
        }
    }

    /// A 400, where only the text tells one refusal from another. The texts are the server's (tdlib/telegram-bot-api);
    /// some come in lower case, some as the constant that Telegram's core gave.
    fn from_words(detail: String) -> Self {
        let lower = detail.to_lowercase();
        let words = lower.strip_prefix("bad request: ").unwrap_or(&lower);
        let is_one_of = |texts: &[&str]| texts.iter().any(|text| words.starts_with(text));
        // A group may forbid pictures and still take texts.
        if is_one_of(&CHAT_TEXTS) && !words.starts_with("not enough rights to send photos") {
            Self::ChatGone { reason: detail }
        } else if is_one_of(&MESSAGE_TEXTS) {
            Self::MessageGone
        } else if words.starts_with("message can't be deleted") {
            Self::CannotDelete
        } else {
            Self::Refused { detail }
        }
    }

    /// The content and the buttons are already as wanted.
    pub(crate) fn is_not_modified(&self) -> bool {
        self.says("message is not modified")
    }

    /// The person's tap has stopped waiting for an answer, about 15 s after it.
    pub(crate) fn is_query_too_old(&self) -> bool {
        self.says("query is too old")
    }

    fn says(&self, text: &str) -> bool {
        matches!(self, Self::Refused { detail } if detail.contains(text))
    }
}

const CHAT_TEXTS: [&str; 8] = [
    "chat not found",
    "chat_id is empty",
    "peer_id_invalid",
    "bot is not a member",
    "have no rights to send",
    "not enough rights to send",
    "need administrator rights",
    "chat_write_forbidden",
];

const MESSAGE_TEXTS: [&str; 7] = [
    "message to edit not found",
    "message to delete not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    // A card with a picture can never become a text in place.
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
];

/// What the Bot API says where it refuses.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) description: String,
    pub(crate) error_code: Option<u16>,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}
