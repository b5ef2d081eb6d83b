//! What comes from Telegram: updates as the bot needs them, and the answers of its methods.
//!
//! Updates are read by a view of our own. teloxide-core 0.13 knows the Bot API up to 9.1 and loses the text of a message
//! with a newer entity (`date_time`, which Telegram finds by itself in "tomorrow"): a pasted WB token would stay in the
//! chat unseen.

use std::fmt;

use domain::{ChatId, MessageId, TelegramId, UpdateId};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::Reply;

/// The kinds of update that [`Update::parse`] tells apart, for `setWebhook`. Edited messages are among them, because a
/// token may be pasted by an edit, too.
pub const ALLOWED_UPDATES: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// One thing that happened, as told to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// After a week of silence it may start anywhere.
    pub id: UpdateId,
    /// What happened.
    pub what: What,
}

/// What happened. Shown in logs by its kind alone: a text may be a pasted token.
#[derive(Clone, PartialEq, Eq)]
pub enum What {
    /// Somebody wrote a text, or sent something else.
    Text {
        /// Where.
        chat: ChatId,
        /// A chat of this person and the bot alone.
        chat_is_private: bool,
        /// The message, to delete it or to answer it.
        message_id: MessageId,
        /// Who.
        from: Person,
        /// The text or the caption, without its formatting; empty where there is neither.
        text: String,
        /// What else of it can be read: a quote, a contact, a poll, a place, names of files, addresses behind words.
        others: Vec<String>,
        /// A message sent earlier was changed to this.
        edited: bool,
    },
    /// Somebody tapped a button of ours. It spins until it is answered.
    Tap {
        /// What the answer refers to. It lives for 150 s at most.
        callback_id: String,
        /// Who.
        from: Person,
        /// Where the button is, if Telegram says.
        chat: Option<ChatId>,
        /// The message with the button, if Telegram says.
        message_id: Option<MessageId>,
        /// The text of the message can be edited. Where it is too old, or a picture, the answer is a new message.
        is_editable: bool,
        /// The button's data as we once sent it, or as somebody forged it; empty where there is none.
        data: String,
        /// What the message shows.
        shown: Shown,
    },
    /// A person blocked the bot, or took that back.
    Membership {
        /// The private chat.
        chat: ChatId,
        /// Who.
        from: Person,
        /// Blocked now.
        blocked: bool,
    },
    /// The bot is now in a group, or in a channel.
    AddedToGroup {
        /// The group.
        chat: ChatId,
        /// Who added it.
        from: Person,
    },
    /// Nothing that the bot acts on.
    Other,
}

/// What a message with a tapped button shows. Telegram tells it with the tap.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// The text or the caption, without its formatting.
    pub text: String,
    /// The buttons; null where there are none.
    pub keyboard: Value,
}

impl Shown {
    /// Whether a reply would leave the message as it is, which Telegram refuses: the person would see
    /// nothing happen. Formatting alone is never what changes.
    #[must_use]
    pub fn is_left_alone_by(&self, reply: &Reply) -> bool {
        let text = reply.parameters.get("text").and_then(Value::as_str).map(plain);
        reply.method == "editMessageText"
            && text.is_some_and(|text| text.trim() == self.text.trim())
            && reply.parameters.get("reply_markup").unwrap_or(&Value::Null) == &self.keyboard
    }
}

/// The text of our own HTML, as Telegram shows it.
fn plain(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut is_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => is_tag = false,
            _ if is_tag => {}
            letter => plain.push(letter),
        }
    }
    // The ampersand last: what was escaped is not read a second time.
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Who did something. Shown in logs by the id alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Telegram's id of the person.
    pub id: TelegramId,
    /// As the person is called in Telegram; any text.
    pub first_name: String,
    /// The language of the person's app (IETF tag), which not every app tells.
    pub language_code: Option<String>,
}

/// These bytes are no update. Telegram never sends such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an update of the Bot API")]
pub struct NotAnUpdate;

impl Update {
    /// Reads the body of a webhook request.
    ///
    /// # Errors
    /// Only what is no update at all. A kind or a shape that we do not know is [`What::Other`], so that Telegram does
    /// not repeat it for a day.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnUpdate> {
        // serde would take a list for an object without names.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(NotAnUpdate);
        }
        let WireId { update_id: id } = serde_json::from_slice(body).map_err(|_| NotAnUpdate)?;
        let what = serde_json::from_slice::<WireUpdate>(body).map_or(What::Other, What::from);
        Ok(Self { id, what })
    }
}

impl What {
    /// Who did it, if that is somebody.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Text { from, .. }
            | Self::Tap { from, .. }
            | Self::Membership { from, .. }
            | Self::AddedToGroup { from, .. } => Some(from),
            Self::Other => None,
        }
    }
}

impl fmt::Debug for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text { .. } => "Text",
            Self::Tap { .. } => "Tap",
            Self::Membership { .. } => "Membership",
            Self::AddedToGroup { .. } => "AddedToGroup",
            Self::Other => "Other",
        })
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A picture that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentPhoto {
    /// The message.
    pub message_id: MessageId,
    /// What stands for the picture from now on, for this bot: sending it again costs Telegram no fetch. `None` if the
    /// answer did not tell, which does not make the message unsent.
    pub file_id: Option<String>,
}

/// How Telegram delivers updates to the bot (`getWebhookInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookInfo {
    /// Empty where no webhook is set.
    pub url: String,
    /// Updates that wait for delivery.
    pub pending_update_count: u32,
    /// When the last delivery failed, in seconds since 1970.
    pub last_error_date: Option<i64>,
    /// Why the last delivery failed.
    pub last_error_message: Option<String>,
    /// How many updates Telegram delivers at the same time at most.
    pub max_connections: Option<u32>,
    /// The kinds of update delivered; `None` for the server's default.
    pub allowed_updates: Option<Vec<String>>,
}

/// The bot itself (`getMe`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Telegram's id of the bot.
    pub id: i64,
    /// Its name without the @, for links like `t.me/<username>`.
    pub username: String,
}

/// A message that was sent, as far as its sender wants to know.
#[derive(Deserialize)]
pub(crate) struct WireSent {
    pub(crate) message_id: MessageId,
    #[serde(default)]
    photo: Vec<WirePhotoSize>,
}

#[derive(Deserialize)]
struct WirePhotoSize {
    file_id: String,
    width: u32,
    height: u32,
}

impl From<WireSent> for SentPhoto {
    fn from(sent: WireSent) -> Self {
        let largest = sent.photo.into_iter().max_by_key(|size| u64::from(size.width) * u64::from(size.height));
        Self { message_id: sent.message_id, file_id: largest.map(|size| size.file_id) }
    }
}

/// An update as it came, to be handed on unchanged.
pub(crate) fn with_id(update: Box<RawValue>) -> Result<(UpdateId, Box<RawValue>), NotAnUpdate> {
    let WireId { update_id } = serde_json::from_str(update.get()).map_err(|_| NotAnUpdate)?;
    Ok((update_id, update))
}

#[derive(Deserialize)]
struct WireId {
    update_id: UpdateId,
}

#[derive(Deserialize)]
struct WireUpdate {
    message: Option<WireMessage>,
    edited_message: Option<WireMessage>,
    callback_query: Option<WireCallback>,
    my_chat_member: Option<WireMembership>,
}

#[derive(Deserialize)]
struct WireMessage {
    message_id: MessageId,
    chat: WireChat,
    from: Option<WirePerson>,
    /// Absent or 0 where the message is too old to be edited.
    #[serde(default)]
    date: i64,
    text: Option<String>,
    caption: Option<String>,
    #[serde(default)]
    reply_markup: Value,
    /// Whatever else Telegram tells of it.
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
struct WireCallback {
    id: String,
    from: WirePerson,
    message: Option<WireMessage>,
    #[serde(default)]
    data: String,
}

#[derive(Deserialize)]
struct WireMembership {
    chat: WireChat,
    from: WirePerson,
    old_chat_member: WireMember,
    new_chat_member: WireMember,
}

#[derive(Deserialize)]
struct WireMember {
    status: String,
}

#[derive(Deserialize)]
struct WireChat {
    id: ChatId,
    r#type: String,
}

#[derive(Deserialize)]
struct WirePerson {
    id: TelegramId,
    first_name: String,
    language_code: Option<String>,
}

impl From<WireUpdate> for What {
    fn from(update: WireUpdate) -> Self {
        match update {
            WireUpdate { message: Some(message), .. } => Self::from_message(message, false),
            WireUpdate { edited_message: Some(message), .. } => Self::from_message(message, true),
            WireUpdate { callback_query: Some(callback), .. } => Self::from_callback(callback),
            WireUpdate { my_chat_member: Some(membership), .. } => Self::from_membership(membership),
            _ => Self::Other,
        }
    }
}

impl What {
    fn from_message(message: WireMessage, edited: bool) -> Self {
        let Some(from) = message.from else { return Self::Other };
        let mut others = Vec::new();
        message.others.iter().for_each(|(name, value)| words(name, value, &mut others));
        Self::Text {
            chat: message.chat.id,
            chat_is_private: message.chat.r#type == "private",
            message_id: message.message_id,
            from: from.into(),
            text: message.text.or(message.caption).unwrap_or_default(),
            others,
            edited,
        }
    }

    fn from_callback(callback: WireCallback) -> Self {
        let message = callback.message;
        Self::Tap {
            chat: message.as_ref().map(|message| message.chat.id),
            message_id: message.as_ref().map(|message| message.message_id),
            is_editable: message.as_ref().is_some_and(|message| message.date != 0 && message.text.is_some()),
            callback_id: callback.id,
            from: callback.from.into(),
            data: callback.data,
            shown: message.map(Shown::from).unwrap_or_default(),
        }
    }

    fn from_membership(membership: WireMembership) -> Self {
        let WireMembership { chat, from, old_chat_member: old, new_chat_member: new } = membership;
        match (chat.r#type.as_str(), old.status.as_str(), new.status.as_str()) {
            ("private", _, "kicked") => Self::Membership { chat: chat.id, from: from.into(), blocked: true },
            ("private", _, "member") => Self::Membership { chat: chat.id, from: from.into(), blocked: false },
            // From "member" to "administrator" is a change of rights, not an arrival.
            ("group" | "supergroup" | "channel", "left" | "kicked", "member" | "administrator") => {
                Self::AddedToGroup { chat: chat.id, from: from.into() }
            }
            _ => Self::Other,
        }
    }
}

/// Parts of a message that its sender did not write: ids of Telegram's, and messages of others.
const OF_OTHERS: [&str; 11] = [
    "id",
    "type",
    "reply_to_message",
    "external_reply",
    "forward_origin",
    "pinned_message",
    "passport_data",
    "sender_chat",
    "sender_business_bot",
    "via_bot",
    "chat",
];
/// Words of one message that are looked at; the longest poll has some dozen.
const MAX_WORDS: usize = 1_000;

/// Collects what can be read in a part of a message.
fn words(name: &str, value: &Value, found: &mut Vec<String>) {
    if OF_OTHERS.contains(&name) || name.ends_with("_id") || found.len() >= MAX_WORDS {
        return;
    }
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| words(name, value, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| words(name, value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl From<WireMessage> for Shown {
    fn from(message: WireMessage) -> Self {
        let text = message.text.or(message.caption).unwrap_or_default();
        Self { text, keyboard: message.reply_markup }
    }
}

impl From<WirePerson> for Person {
    fn from(person: WirePerson) -> Self {
        Self { id: person.id, first_name: person.first_name, language_code: person.language_code }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup};

    use super::*;

    fn parse(update: &Value) -> What {
        let update = Update::parse(update.to_string().as_bytes()).unwrap();
        assert_eq!(update.id, UpdateId(5_000_000_000));
        update.what
    }

    fn message() -> Value {
        json!({
            "message_id": 4,
            "date": 1_790_000_000,
            "chat": { "id": 42, "type": "private", "first_name": "Анна" },
            "from": { "id": 42, "is_bot": false, "first_name": "Анна", "language_code": "ru" },
            "text": "/start",
        })
    }

    fn anna() -> Person {
        Person { id: TelegramId(42), first_name: "Анна".into(), language_code: Some("ru".into()) }
    }

    /// Texts are not shown when an assertion fails, so the values are compared without `assert_eq!`.
    #[track_caller]
    fn assert_text(update: &Value, text: &str, edited: bool) {
        let expected = What::Text {
            chat: ChatId(42),
            chat_is_private: true,
            message_id: MessageId(4),
            from: anna(),
            text: text.into(),
            others: Vec::new(),
            edited,
        };
        assert!(parse(update) == expected, "{update}");
    }

    #[test]
    fn whatever_a_person_writes_is_found_in_whatever_they_send() {
        let others = |fields: Value| {
            let mut message = message();
            message.as_object_mut().unwrap().remove("text");
            message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            match parse(&json!({ "update_id": 5_000_000_000_u64, "message": message })) {
                What::Text { others, .. } => others,
                _ => Vec::new(),
            }
        };
        for written in [
            json!({ "text": "x", "quote": { "text": "here", "position": 0 } }),
            json!({ "contact": { "phone_number": "7", "first_name": "b", "vcard": "here" } }),
            json!({ "poll": { "id": "5", "question": "a?", "options": [{ "text": "here", "voter_count": 0 }] } }),
            json!({ "venue": { "location": { "latitude": 1.0 }, "title": "a", "address": "here" } }),
            json!({ "document": { "file_id": "BQACAgIAAxkBAAID", "file_unique_id": "AgAD", "file_name": "here" } }),
            json!({ "text": "x", "entities": [{ "type": "text_link", "offset": 0, "length": 1, "url": "here" }] }),
            json!({ "checklist": { "title": "a", "tasks": [{ "id": 1, "text": "here" }] } }),
            json!({ "web_app_data": { "data": "here", "button_text": "b" } }),
        ] {
            let found = others(written.clone());
            assert!(found.contains(&"here".to_owned()), "{written}");
            assert!(found.iter().all(|text| text.len() < 10), "ids of Telegram's are none of theirs: {written}");
        }
        let reply = json!({ "reply_to_message": { "message_id": 1, "text": "of somebody else" } });
        assert_eq!(others(reply), [""; 0]);
    }

    #[test]
    fn a_text_is_a_text_new_or_edited() {
        assert_text(&json!({ "update_id": 5_000_000_000_u64, "message": message() }), "/start", false);
        assert_text(&json!({ "update_id": 5_000_000_000_u64, "edited_message": message() }), "/start", true);
    }

    #[test]
    fn a_caption_is_a_text() {
        let mut message = message();
        message["text"].take();
        message["caption"] = json!("eyJ");
        message["photo"] = json!([]);
        assert_text(&json!({ "update_id": 5_000_000_000_u64, "message": message }), "eyJ", false);
    }

    #[test]
    fn a_text_survives_what_a_newer_telegram_adds() {
        let mut message = message();
        message["text"] = json!("eyJ tomorrow");
        message["entities"] = json!([{ "type": "date_time", "offset": 4, "length": 8, "unix_time": 1 }]);
        message["from"]["has_topics_enabled"] = json!(true);
        assert_text(
            &json!({ "update_id": 5_000_000_000_u64, "another": {}, "message": message }),
            "eyJ tomorrow",
            false,
        );
    }

    #[test]
    fn a_group_is_not_private() {
        let mut message = message();
        message["chat"] = json!({ "id": -100, "type": "supergroup", "title": "x" });
        let what = parse(&json!({ "update_id": 5_000_000_000_u64, "message": message }));
        assert!(matches!(what, What::Text { chat: ChatId(-100), chat_is_private: false, .. }));
    }

    fn tap(message: &Value) -> Value {
        json!({ "update_id": 5_000_000_000_u64, "callback_query": {
            "id": "17",
            "from": message["from"],
            "chat_instance": "-1",
            "message": message,
            "data": "v1:menu",
        }})
    }

    #[track_caller]
    fn assert_tap(update: &Value, place: Option<(ChatId, MessageId)>, is_editable: bool, data: &str) {
        let text = update["callback_query"]["message"]["text"].as_str().unwrap_or_default().to_owned();
        let expected = What::Tap {
            callback_id: "17".into(),
            from: anna(),
            chat: place.map(|(chat, _)| chat),
            message_id: place.map(|(_, message)| message),
            is_editable,
            data: data.into(),
            shown: Shown { text, keyboard: Value::Null },
        };
        assert!(parse(update) == expected, "{update}");
    }

    #[test]
    fn a_tap_is_a_tap_wherever_its_message_is() {
        let place = Some((ChatId(42), MessageId(4)));
        assert_tap(&tap(&message()), place, true, "v1:menu");

        let mut old = tap(&message());
        old["callback_query"]["message"] = json!({ "message_id": 4, "date": 0, "chat": message()["chat"] });
        assert_tap(&old, place, false, "v1:menu");

        let mut picture = tap(&message());
        let message_of_picture = picture["callback_query"]["message"].as_object_mut().unwrap();
        message_of_picture.remove("text");
        message_of_picture.insert("photo".into(), json!([{ "file_id": "x" }]));
        assert_tap(&picture, place, false, "v1:menu");

        let mut bare = tap(&message());
        bare["callback_query"].as_object_mut().unwrap().retain(|key, _| !matches!(key.as_str(), "message" | "data"));
        assert_tap(&bare, None, false, "");
    }

    #[test]
    fn an_edit_that_changes_nothing_is_known_before_telegram_refuses_it() {
        let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("● да", "1:x")]]);
        let other = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("да", "1:x")]]);
        let edit = |html: &str, keyboard| Reply::edit_text(ChatId(42), MessageId(4), html, keyboard);
        let shown =
            Shown { text: "Кружка «A & B» <x>".into(), keyboard: serde_json::to_value(&keyboard).unwrap() };
        let html = "<b>Кружка</b> «A &amp; B» &lt;x&gt;\n";
        assert!(shown.is_left_alone_by(&edit(html, Some(&keyboard))));
        assert!(!shown.is_left_alone_by(&edit(html, Some(&other))));
        assert!(!shown.is_left_alone_by(&edit(html, None)));
        assert!(!shown.is_left_alone_by(&edit("<b>Плед</b>", Some(&keyboard))));
        assert!(!shown.is_left_alone_by(&Reply::send_text(ChatId(42), html, Some(&keyboard))));
        let bare = Shown { text: "Плед".into(), keyboard: Value::Null };
        assert!(bare.is_left_alone_by(&edit("Плед", None)));
    }

    fn membership(chat_type: &str, old: &str, new: &str) -> What {
        parse(&json!({ "update_id": 5_000_000_000_u64, "my_chat_member": {
            "chat": { "id": 42, "type": chat_type },
            "from": message()["from"],
            "date": 1_790_000_000,
            "old_chat_member": { "user": { "id": 1 }, "status": old },
            "new_chat_member": { "user": { "id": 1 }, "status": new, "until_date": 0 },
        }}))
    }

    #[test]
    fn a_person_blocks_the_bot_and_takes_it_back() {
        let blocked = |blocked| What::Membership { chat: ChatId(42), from: anna(), blocked };
        assert!(membership("private", "member", "kicked") == blocked(true));
        assert!(membership("private", "kicked", "member") == blocked(false));
    }

    #[test]
    fn only_an_arrival_in_a_group_counts() {
        assert!(membership("group", "left", "member") == What::AddedToGroup { chat: ChatId(42), from: anna() });
        assert!(
            membership("supergroup", "kicked", "administrator")
                == What::AddedToGroup { chat: ChatId(42), from: anna() }
        );
        assert!(membership("supergroup", "member", "administrator") == What::Other);
        assert!(membership("supergroup", "member", "left") == What::Other);
        assert!(
            membership("channel", "left", "administrator") == What::AddedToGroup { chat: ChatId(42), from: anna() }
        );
    }

    #[test]
    fn what_we_do_not_know_is_an_update_all_the_same() {
        for (kind, content) in [
            ("message", json!({ "message_id": "four" })),
            ("channel_post", message()),
            ("guest_message", message()),
            ("poll", json!(null)),
        ] {
            assert!(parse(&json!({ "update_id": 5_000_000_000_u64, kind: content })) == What::Other, "{kind}");
        }
        assert!(parse(&json!({ "update_id": 5_000_000_000_u64 })) == What::Other);
    }

    #[test]
    fn what_is_no_update_is_refused() {
        for body in ["", "null", "[]", "[7]", "{}", r#"{"message":{}}"#, r#"{"update_id":"7"}"#, r#"{"update_id":7"#] {
            assert_eq!(Update::parse(body.as_bytes()), Err(NotAnUpdate), "{body}");
        }
    }

    #[test]
    fn an_update_does_not_show_texts_and_names() {
        let update = json!({ "update_id": 5_000_000_000_u64, "message": message() });
        let Ok(update) = Update::parse(update.to_string().as_bytes()) else { panic!("an update") };
        let What::Text { from, .. } = &update.what else { panic!("a text") };
        let shown = format!("{update:?} {from:?}");
        assert!(!shown.contains("Анна") && !shown.contains("/start"), "{shown}");
        assert!(shown.contains("5000000000") && shown.contains("Text") && shown.contains("42"), "{shown}");
    }
}
