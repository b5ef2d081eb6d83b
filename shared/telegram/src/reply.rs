//! One method with its parameters: what [`Client`](crate::Client) posts, and what the response to a webhook may carry.

use domain::{ChatId, MessageId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use teloxide_core::types::InlineKeyboardMarkup;
use url::Url;

/// A picture that Telegram has or can fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture<'a> {
    /// Telegram downloads at most 5 MB from there.
    Url(&'a Url),
    /// What [`SentPhoto::file_id`](crate::SentPhoto::file_id) told of an earlier sending by this bot.
    FileId(&'a str),
}

/// A method for the response to Telegram's own request, which saves a connection.
///
/// The bot does not learn how it went, so it is for answers that need no message id. As JSON it is
/// `{"method":"sendMessage",…}`, both in the response and in the database, from which a repeated update gets the same
/// reply again. Texts are HTML as Telegram parses it; [`Client`](crate::Client) sends exactly the same parameters.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub(crate) method: String,
    #[serde(flatten)]
    pub(crate) parameters: Map<String, Value>,
}

impl Reply {
    /// A message of 1–4096 characters, without a link preview.
    #[must_use]
    pub fn send_text(chat: ChatId, html: &str, keyboard: Option<&InlineKeyboardMarkup>) -> Self {
        let parameters = json!({
            "chat_id": chat,
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
            "reply_markup": keyboard,
        });
        Self::new("sendMessage", parameters)
    }

    /// A picture with a caption of at most 1024 characters.
    #[must_use]
    pub fn send_photo(
        chat: ChatId,
        photo: Picture<'_>,
        caption_html: &str,
        keyboard: Option<&InlineKeyboardMarkup>,
    ) -> Self {
        let photo = match photo {
            Picture::Url(url) => url.as_str(),
            Picture::FileId(file_id) => file_id,
        };
        let parameters = json!({
            "chat_id": chat,
            "photo": photo,
            "caption": caption_html,
            "parse_mode": "HTML",
            "reply_markup": keyboard,
        });
        Self::new("sendPhoto", parameters)
    }

    /// Another text, and other buttons or none, in a message of text that the bot sent.
    #[must_use]
    pub fn edit_text(chat: ChatId, message: MessageId, html: &str, keyboard: Option<&InlineKeyboardMarkup>) -> Self {
        let parameters = json!({
            "chat_id": chat,
            "message_id": message,
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
            "reply_markup": keyboard,
        });
        Self::new("editMessageText", parameters)
    }

    /// Another caption, and other buttons or none, below a picture that the bot sent.
    #[must_use]
    pub fn edit_caption(
        chat: ChatId,
        message: MessageId,
        caption_html: &str,
        keyboard: Option<&InlineKeyboardMarkup>,
    ) -> Self {
        let parameters = json!({
            "chat_id": chat,
            "message_id": message,
            "caption": caption_html,
            "parse_mode": "HTML",
            "reply_markup": keyboard,
        });
        Self::new("editMessageCaption", parameters)
    }

    /// Removes a message, of the bot or, in a private chat, of the person.
    #[must_use]
    pub fn delete_message(chat: ChatId, message: MessageId) -> Self {
        Self::new("deleteMessage", json!({ "chat_id": chat, "message_id": message }))
    }

    /// Ends the waiting of a tap, with a notice of at most 200 characters or silently.
    #[must_use]
    pub fn answer_callback(id: &str, text: Option<&str>) -> Self {
        Self::new("answerCallbackQuery", json!({ "callback_query_id": id, "text": text }))
    }

    /// As the body of the response, and as it is stored.
    #[must_use]
    pub fn into_json(mut self) -> Value {
        self.parameters.insert("method".into(), self.method.into());
        Value::Object(self.parameters)
    }

    /// Reads what [`Self::into_json`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_json(reply: Value) -> Option<Self> {
        serde_json::from_value(reply).ok()
    }

    pub(crate) fn new(method: &str, parameters: Value) -> Self {
        let Value::Object(mut parameters) = parameters else {
            unreachable!("the parameters of a method are an object")
        };
        // What is not given is left out: the server's defaults are its own.
        parameters.retain(|_, value| !value.is_null());
        Self { method: method.into(), parameters }
    }

    /// Sent beyond the free messages of a second for Stars, for a method that sends.
    pub(crate) fn paid(mut self, is_paid: bool) -> Self {
        if is_paid {
            self.parameters.insert("allow_paid_broadcast".into(), true.into());
        }
        self
    }

    /// Without a sound, for a method that sends.
    pub(crate) fn silent(mut self, silent: bool) -> Self {
        if silent {
            self.parameters.insert("disable_notification".into(), true.into());
        }
        self
    }
}

/// Shows the method alone: texts, and the webhook's secret among the parameters, are not for logs.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("method", &self.method).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use teloxide_core::types::InlineKeyboardButton;

    use super::*;

    #[test]
    fn a_reply_is_the_method_beside_its_parameters() {
        let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Меню", "v1:menu")]]);
        assert_eq!(
            Reply::edit_text(ChatId(7), MessageId(9), "<b>да</b>", Some(&keyboard)).into_json(),
            json!({
                "method": "editMessageText",
                "chat_id": 7,
                "message_id": 9,
                "text": "<b>да</b>",
                "parse_mode": "HTML",
                "link_preview_options": { "is_disabled": true },
                "reply_markup": { "inline_keyboard": [[{ "text": "Меню", "callback_data": "v1:menu" }]] },
            })
        );
    }

    #[test]
    fn what_is_not_given_is_left_out() {
        assert_eq!(
            Reply::answer_callback("17", None).into_json(),
            json!({ "method": "answerCallbackQuery", "callback_query_id": "17" })
        );
        assert_eq!(Reply::send_text(ChatId(7), "a", None).into_json().get("reply_markup"), None);
    }

    #[test]
    fn a_stored_reply_comes_back_the_same() {
        let photo = "https://example.org/1.webp".parse().unwrap();
        for reply in [
            Reply::send_text(ChatId(-100), "a", None),
            Reply::send_photo(ChatId(7), Picture::Url(&photo), "b", None),
            Reply::delete_message(ChatId(7), MessageId(9)),
        ] {
            let stored = serde_json::to_value(&reply).unwrap();
            assert_eq!(stored, reply.clone().into_json());
            assert!(serde_json::from_value::<Reply>(stored).unwrap() == reply);
        }
    }

    #[test]
    fn a_reply_does_not_show_its_text() {
        assert!(!format!("{:?}", Reply::send_text(ChatId(7), "secret", None)).contains("secret"));
    }
}
