//! What the fake remembers: people, messages, updates, the webhook. All of it can be saved as JSON.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    faults::Planned,
    html::{Entity, Formatted},
    keyboard::{Button, Keyboard},
    limits::Limits,
    pictures::{Photo, Pictures},
    updates::{Update, Webhook},
};

/// Updates begin with this number, for an update id is never small in reality.
const FIRST_UPDATE_ID: u32 = 700_000_001;

/// How many calls, violations and old updates are kept, so that a local cloud can run for weeks.
const RECORDS_MAX: usize = 10_000;

/// An update that is not a tap is kept so long.
const UPDATE_LIFE: TimeDelta = TimeDelta::hours(24);

/// A tap is kept so long on the server.
const CALLBACK_UPDATE_LIFE: TimeDelta = TimeDelta::seconds(150);

/// The longest text that a person can send in one message.
const TEXT_MAX_CHARS: usize = 4_096;

/// Somebody who talks to the bot in a private chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id of the person and of the private chat.
    pub chat_id: i64,
    /// The name that the bot sees.
    pub first_name: String,
    /// The language of the person's app; a real app may leave it out.
    pub language_code: Option<String>,
    /// Whether the person has blocked the bot.
    pub blocked: bool,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The bot.
    Bot,
    /// The person.
    Person,
}

/// What of a message can be edited.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The text, or the caption of a picture, as it is read.
    pub text: String,
    /// The text as it was sent, with its tags.
    pub html: String,
    /// The styled parts of the text.
    pub entities: Vec<Entity>,
    /// The inline keyboard.
    pub keyboard: Option<Keyboard>,
    /// `link_preview_options`, as sent.
    pub link_preview: Option<Value>,
}

impl Content {
    pub(super) fn new(html: &str, formatted: Formatted) -> Self {
        Self { text: formatted.text, html: html.to_owned(), entities: formatted.entities, ..Self::default() }
    }

    /// Whether a reader could see a difference between the two.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        let seen = |content: &Self| {
            (content.text.clone(), content.entities.clone(), content.keyboard.clone(), content.link_preview.clone())
        };
        seen(self) == seen(other)
    }
}

/// A message of a chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// `message_id`.
    pub id: i64,
    /// When it was sent, in whole seconds as at Telegram.
    pub date: DateTime<Utc>,
    /// Who wrote it.
    pub from: Author,
    /// Its text and keyboard as they are now.
    #[serde(flatten)]
    pub content: Content,
    /// Its picture.
    pub photo: Option<Photo>,
    /// A keyboard that is not below the message: a reply keyboard or its removal, as sent.
    pub reply_keyboard: Option<Value>,
    /// The message that it answers.
    pub reply_to: Option<i64>,
    /// Whether it came without a sound.
    pub silent: bool,
    /// Whether it cannot be forwarded.
    pub protected: bool,
    /// When it was edited last.
    pub edited_at: Option<DateTime<Utc>>,
    /// What it was before each edit, the oldest first.
    pub edits: Vec<Content>,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Message {
    /// The buttons of the inline keyboard, row by row.
    pub fn buttons(&self) -> impl Iterator<Item = &Button> {
        self.content.keyboard.iter().flatten().flatten()
    }
}

/// A private chat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Chat {
    pub(super) person: Person,
    pub(super) messages: Vec<Message>,
}

/// A tap that the bot answers, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Callback {
    pub(super) chat: i64,
    pub(super) pressed_at: DateTime<Utc>,
    pub(super) answered: bool,
}

/// How the bot answered a tap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackAnswer {
    /// The tap.
    pub callback_query_id: String,
    /// Whose tap it was.
    pub chat: i64,
    /// What the person is shown.
    pub text: Option<String>,
    /// Whether it is shown as a window that must be closed.
    pub show_alert: bool,
}

/// A request of the bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// When it came.
    pub at: DateTime<Utc>,
    /// The method's name as the documents write it.
    pub method: String,
    /// Its parameters; a secret is replaced, a file is described.
    pub parameters: Map<String, Value>,
    /// Whether it came in the body of an answer to the webhook.
    pub webhook_reply: bool,
    /// Why it was refused, or how its answer was spoilt by a fault.
    pub error: Option<String>,
}

/// Something that a correct bot never does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// When it came.
    pub at: DateTime<Utc>,
    /// The method.
    pub method: String,
    /// What is wrong.
    pub problem: String,
}

/// The ids of what a person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The update that tells the bot.
    pub update_id: u32,
    /// The message in the chat.
    pub message_id: i64,
}

/// Everything that the fake remembers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) bot_id: i64,
    pub(super) chats: BTreeMap<i64, Chat>,
    /// Groups that the bot has left.
    #[serde(default)]
    pub(super) left: BTreeSet<i64>,
    pub(super) last_message_id: i64,
    pub(super) last_update_id: u32,
    /// Grows with every update that is queued, also with a repeated one.
    pub(super) last_turn: u64,
    /// The updates that the bot has not confirmed, in the order of their turns.
    pub(super) pending: Vec<Update>,
    /// All updates, so that one can be repeated.
    pub(super) history: Vec<Update>,
    pub(super) callbacks: BTreeMap<String, Callback>,
    pub(super) answers: Vec<CallbackAnswer>,
    pub(super) webhook: Option<Webhook>,
    pub(super) webhook_set_at: Option<DateTime<Utc>>,
    pub(super) allowed_updates: Vec<String>,
    /// Lists of commands by scope and language.
    pub(super) commands: BTreeMap<String, Value>,
    /// Descriptions by language.
    pub(super) descriptions: BTreeMap<String, String>,
    pub(super) pictures: Pictures,
    pub(super) limits: Limits,
    pub(super) faults: Vec<Planned>,
    pub(super) calls: Vec<Call>,
    pub(super) violations: Vec<Violation>,
}

impl State {
    pub(super) fn new(bot_id: i64) -> Self {
        Self {
            bot_id,
            chats: BTreeMap::new(),
            left: BTreeSet::new(),
            last_message_id: 0,
            last_update_id: FIRST_UPDATE_ID - 1,
            last_turn: 0,
            pending: Vec::new(),
            history: Vec::new(),
            callbacks: BTreeMap::new(),
            answers: Vec::new(),
            webhook: None,
            webhook_set_at: None,
            allowed_updates: Vec::new(),
            commands: BTreeMap::new(),
            descriptions: BTreeMap::new(),
            pictures: Pictures::default(),
            limits: Limits::default(),
            faults: Vec::new(),
            calls: Vec::new(),
            violations: Vec::new(),
        }
    }

    /// Registers a person, or renames a known one.
    pub(super) fn person(&mut self, chat_id: i64, first_name: &str, language_code: Option<&str>) {
        let person = Person {
            chat_id,
            first_name: first_name.to_owned(),
            language_code: language_code.map(str::to_owned),
            blocked: self.chats.get(&chat_id).is_some_and(|chat| chat.person.blocked),
        };
        let messages = self.chats.remove(&chat_id).map(|chat| chat.messages).unwrap_or_default();
        self.chats.insert(chat_id, Chat { person, messages });
    }

    /// The chat's messages, also the deleted ones.
    pub(super) fn messages(&self, chat: i64) -> &[Message] {
        self.chats.get(&chat).map_or(&[], |chat| &chat.messages)
    }

    /// A message that is still in the chat.
    pub(super) fn message(&mut self, chat: i64, id: i64) -> Option<&mut Message> {
        self.chats.get_mut(&chat)?.messages.iter_mut().find(|message| message.id == id && !message.deleted)
    }

    /// Adds a message to a known chat and gives it its id.
    pub(super) fn add_message(&mut self, chat: i64, mut message: Message) -> Value {
        self.last_message_id += 1;
        message.id = self.last_message_id;
        let json = self.message_json(chat, &message);
        if let Some(chat) = self.chats.get_mut(&chat) {
            chat.messages.push(message);
        }
        json
    }

    /// A person writes; who had blocked the bot unblocks it by this, as in the apps.
    pub(super) fn say(&mut self, chat: i64, text: &str, now: DateTime<Utc>) -> anyhow::Result<Said> {
        anyhow::ensure!(!text.trim().is_empty(), "a person cannot send an empty text");
        anyhow::ensure!(
            text.chars().count() <= TEXT_MAX_CHARS,
            "a person cannot send more than {TEXT_MAX_CHARS} characters"
        );
        if !self.chats.contains_key(&chat) {
            self.person(chat, "Продавец", Some("ru"));
        }
        self.set_blocked(chat, false, now);
        let mut formatted = Formatted::plain(text);
        // Telegram marks a command, and that is how many bots find it.
        if let Some(command) = formatted.text.split_whitespace().next().filter(|word| word.starts_with('/')) {
            let length = command.encode_utf16().count();
            let entity = json!({ "type": "bot_command", "offset": 0, "length": length });
            formatted.entities = serde_json::from_value(json!([entity]))?;
        }
        let message = new_message(Author::Person, Content::new(text, formatted), now);
        let json = self.add_message(chat, message);
        let update_id = self.add_update(chat, "message", &json, now);
        Ok(Said { update_id, message_id: self.last_message_id })
    }

    /// A person presses the button with this label or this data, on the newest message that carries it
    /// where none is named.
    pub(super) fn press(
        &mut self,
        chat: i64,
        message_id: Option<i64>,
        button: &str,
        now: DateTime<Utc>,
    ) -> anyhow::Result<u32> {
        let is_meant = |candidate: &&Button| {
            candidate.text == button || candidate.callback_data.as_ref().is_some_and(|data| data == button)
        };
        let messages = self.messages(chat).iter().rev().filter(|message| !message.deleted);
        let (message, pressed) = messages
            .filter(|message| message_id.is_none_or(|id| message.id == id))
            .find_map(|message| Some((message, message.buttons().find(is_meant)?)))
            .ok_or_else(|| anyhow::anyhow!("no message of chat {chat} has a button {button:?}"))?;
        let data = pressed
            .callback_data
            .clone()
            .ok_or_else(|| anyhow::anyhow!("the button {button:?} does not talk to the bot"))?;
        let message = self.message_json(chat, message);
        Ok(self.add_tap(chat, &message, &data, now))
    }

    /// A tap on a button that the message does not have, or has no more: an app that has not seen the latest edit sends such,
    /// and whoever forges one.
    pub(super) fn tap(&mut self, chat: i64, message_id: i64, data: &str, now: DateTime<Utc>) -> anyhow::Result<u32> {
        let message = self.messages(chat).iter().find(|message| message.id == message_id && !message.deleted);
        let message = message.ok_or_else(|| anyhow::anyhow!("chat {chat} has no message {message_id}"))?;
        let message = self.message_json(chat, message);
        Ok(self.add_tap(chat, &message, data, now))
    }

    fn add_tap(&mut self, chat: i64, message: &Value, data: &str, now: DateTime<Utc>) -> u32 {
        let id = format!("{}{:09}", chat.unsigned_abs(), self.last_update_id + 1);
        let query = json!({
            "id": id,
            "from": self.person_json(chat),
            "message": message,
            "chat_instance": format!("-{chat}00"),
            "data": data,
        });
        self.callbacks.insert(id, Callback { chat, pressed_at: now, answered: false });
        self.add_update(chat, "callback_query", &query, now)
    }

    /// A person sends something that is no text: `fields` are those of the message beside the usual ones.
    pub(super) fn send(&mut self, chat: i64, fields: &Value, now: DateTime<Utc>) -> Said {
        let message = new_message(Author::Person, Content::new("", Formatted::plain("")), now);
        let mut json = self.add_message(chat, message);
        if let (Some(message), Some(fields)) = (json.as_object_mut(), fields.as_object()) {
            message.remove("text");
            message.extend(fields.clone());
        }
        let update_id = self.add_update(chat, "message", &json, now);
        Said { update_id, message_id: self.last_message_id }
    }

    /// A person blocks or unblocks the bot, of which the bot is told once.
    pub(super) fn set_blocked(&mut self, chat: i64, blocked: bool, now: DateTime<Utc>) {
        let Some(known) = self.chats.get_mut(&chat).filter(|known| known.person.blocked != blocked) else { return };
        known.person.blocked = blocked;
        let member = json!({ "user": self.bot_json(), "status": "member" });
        let kicked = json!({ "user": self.bot_json(), "status": "kicked", "until_date": 0 });
        let (old, new) = if blocked { (member, kicked) } else { (kicked, member) };
        let change = json!({
            "chat": self.chat_json(chat),
            "from": self.person_json(chat),
            "date": now.timestamp(),
            "old_chat_member": old,
            "new_chat_member": new,
        });
        self.add_update(chat, "my_chat_member", &change, now);
    }

    /// Somebody adds the bot to a group.
    pub(super) fn add_to_group(&mut self, group: i64, by: i64, now: DateTime<Utc>) {
        self.person(group, "Магазин", None);
        let left = json!({ "user": self.bot_json(), "status": "left" });
        let member = json!({ "user": self.bot_json(), "status": "member" });
        let change = json!({
            "chat": self.chat_json(group),
            "from": self.person_json(by),
            "date": now.timestamp(),
            "old_chat_member": left,
            "new_chat_member": member,
        });
        self.add_update(group, "my_chat_member", &change, now);
    }

    fn add_update(&mut self, chat: i64, kind: &str, body: &Value, now: DateTime<Utc>) -> u32 {
        self.last_update_id += 1;
        let id = self.last_update_id;
        let life = if kind == "callback_query" { CALLBACK_UPDATE_LIFE } else { UPDATE_LIFE };
        let update = Update::new(id, chat, json!({ "update_id": id, kind: body }), now, life);
        if self.allowed_updates.is_empty() || self.allowed_updates.iter().any(|allowed| allowed == kind) {
            self.queue(update.clone());
        }
        self.history.push(update);
        forget(&mut self.history);
        id
    }

    /// Puts an update at the end of its chat's queue.
    pub(super) fn queue(&mut self, mut update: Update) {
        self.last_turn += 1;
        update.turn = self.last_turn;
        self.pending.push(update);
    }

    /// Remembers a request.
    pub(super) fn record(&mut self, call: Call) {
        self.calls.push(call);
        forget(&mut self.calls);
    }

    /// Remembers a mistake of the bot.
    pub(super) fn violation(&mut self, at: DateTime<Utc>, method: &str, problem: impl Into<String>) {
        self.violations.push(Violation { at, method: method.to_owned(), problem: problem.into() });
        forget(&mut self.violations);
    }

    pub(super) fn bot_json(&self) -> Value {
        json!({
            "id": self.bot_id,
            "is_bot": true,
            "first_name": "WB Assist (fake)",
            "username": "wb_assist_fake_bot",
        })
    }

    fn person_json(&self, chat: i64) -> Value {
        let person = &self.chats[&chat].person;
        let mut json = json!({ "id": chat, "is_bot": false, "first_name": person.first_name });
        if let Some(language_code) = &person.language_code {
            json["language_code"] = json!(language_code);
        }
        json
    }

    fn chat_json(&self, chat: i64) -> Value {
        let name = &self.chats[&chat].person.first_name;
        // Only groups and channels have ids below zero.
        match chat < 0 {
            true => json!({ "id": chat, "type": "supergroup", "title": name }),
            false => json!({ "id": chat, "type": "private", "first_name": name }),
        }
    }

    /// The message as Telegram shows it to the bot.
    pub(super) fn message_json(&self, chat: i64, message: &Message) -> Value {
        let mut json = json!({
            "message_id": message.id,
            "from": match message.from {
                Author::Bot => self.bot_json(),
                Author::Person => self.person_json(chat),
            },
            "chat": self.chat_json(chat),
            "date": message.date.timestamp(),
        });
        let mut set = |name: &str, value: Value| json[name] = value;
        let Content { text, entities, keyboard, link_preview, .. } = &message.content;
        let (text_name, entities_name) = match &message.photo {
            Some(photo) => {
                set("photo", photo.json());
                ("caption", "caption_entities")
            }
            None => ("text", "entities"),
        };
        if !text.is_empty() {
            set(text_name, json!(text));
        }
        if !entities.is_empty() {
            set(entities_name, json!(entities));
        }
        if let Some(keyboard) = keyboard {
            set("reply_markup", json!({ "inline_keyboard": keyboard }));
        }
        if let Some(link_preview) = link_preview {
            set("link_preview_options", link_preview.clone());
        }
        if let Some(edited_at) = message.edited_at {
            set("edit_date", json!(edited_at.timestamp()));
        }
        if message.protected {
            set("has_protected_content", json!(true));
        }
        let answered = self.messages(chat).iter().find(|known| Some(known.id) == message.reply_to);
        if let Some(answered) = answered {
            // Telegram shows one level of answers only.
            set("reply_to_message", self.message_json(chat, &Message { reply_to: None, ..answered.clone() }));
        }
        json
    }
}

/// A message without any of what is optional; its id comes when it is added.
pub(super) fn new_message(from: Author, content: Content, now: DateTime<Utc>) -> Message {
    Message {
        id: 0,
        date: DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now),
        from,
        content,
        photo: None,
        reply_keyboard: None,
        reply_to: None,
        silent: false,
        protected: false,
        edited_at: None,
        edits: Vec::new(),
        deleted: false,
    }
}

fn forget<T>(records: &mut Vec<T>) {
    if records.len() > RECORDS_MAX {
        records.drain(..records.len() - RECORDS_MAX);
    }
}
