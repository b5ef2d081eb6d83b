//! The methods of the Bot API, each with the checks and the texts of the real server.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    chats::{Author, CallbackAnswer, Content, Message, State, new_message},
    html::{self, Formatted},
    inner::Options,
    keyboard,
    pictures::{self, Source},
    refusal::Refusal,
    updates::Webhook,
};

/// Telegram's limit of a text, counted after the entities were parsed.
const TEXT_MAX_CHARS: usize = 4_096;

/// Telegram's limit of a caption, counted after the entities were parsed.
const CAPTION_MAX_CHARS: usize = 1_024;

/// Telegram's limit of what a tap is answered with.
const CALLBACK_TEXT_MAX_CHARS: usize = 200;

/// So long a tap can be answered; the documents give no number, practice says about this.
const CALLBACK_ANSWER_WINDOW: TimeDelta = TimeDelta::seconds(15);

/// A bot can delete messages younger than this.
const DELETABLE: TimeDelta = TimeDelta::hours(48);

/// Telegram sets a webhook at most once in this time.
const WEBHOOK_INTERVAL: TimeDelta = TimeDelta::seconds(1);

/// The ports that Telegram calls.
const WEBHOOK_PORTS: [u16; 4] = [443, 80, 88, 8443];

/// Telegram's limit of `secret_token`.
const SECRET_MAX_CHARS: usize = 256;

/// Telegram's default of `max_connections`, and its limit.
const CONNECTIONS_DEFAULT: i64 = 40;
const CONNECTIONS_MAX: i64 = 100;

/// Telegram's limits of the list of commands.
const COMMANDS_MAX: usize = 100;
const COMMAND_MAX_CHARS: usize = 32;
const COMMAND_DESCRIPTION_MAX_CHARS: usize = 256;

/// Telegram's limit of the text in an empty chat.
const DESCRIPTION_MAX_CHARS: usize = 512;

const TOO_OLD: &str = "query is too old and response timeout expired or query ID is invalid";
const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly \
    the same as a current content and reply markup of the message";

/// The parameters of a request, already of the types that the documents name.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(pub(super) Map<String, Value>);

impl Parameters {
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn strings(&self, name: &str) -> Option<Vec<String>> {
        serde_json::from_value(self.0.get(name)?.clone()).ok()
    }
}

/// A request that is being executed.
pub(super) struct Request<'a> {
    pub(super) state: &'a mut State,
    pub(super) options: &'a Options,
    pub(super) now: DateTime<Utc>,
    pub(super) method: &'static str,
    pub(super) parameters: &'a Parameters,
}

impl Request<'_> {
    /// Does what is asked. `getUpdates` waits, and is not among these.
    pub(super) fn execute(&mut self, photo: Option<Source>) -> Result<Value, Refusal> {
        match self.method {
            "getMe" => Ok(self.get_me()),
            "sendMessage" => self.send_message(),
            "sendPhoto" => self.send_photo(photo),
            "editMessageText" => self.edit_text(),
            "editMessageCaption" => self.edit_caption(),
            "editMessageReplyMarkup" => self.edit_reply_markup(),
            "deleteMessage" => self.delete_message(),
            "leaveChat" => self.leave_chat(),
            "answerCallbackQuery" => self.answer_callback_query(),
            "setWebhook" => self.set_webhook(),
            "deleteWebhook" => self.delete_webhook(),
            "getWebhookInfo" => Ok(self.webhook_info()),
            "setMyCommands" => self.set_my_commands(),
            "getMyCommands" => Ok(self.state.commands.get(&self.command_list()).cloned().unwrap_or_else(|| json!([]))),
            "setMyDescription" => self.set_my_description(),
            method => Err(Refusal::new(404, format!("Not Found: method not found ({method})"))),
        }
    }

    fn get_me(&self) -> Value {
        let mut me = self.state.bot_json();
        for (name, value) in [
            ("can_join_groups", true),
            ("can_read_all_group_messages", false),
            ("supports_inline_queries", false),
            ("can_connect_to_business", false),
            ("has_main_web_app", false),
        ] {
            me[name] = json!(value);
        }
        me
    }

    fn leave_chat(&mut self) -> Result<Value, Refusal> {
        let chat = self.chat()?;
        if chat > 0 {
            return Err(Refusal::bug("a private chat cannot be left"));
        }
        if !self.state.left.insert(chat) {
            return Err(Refusal::new(403, "Forbidden: bot is not a member of the supergroup chat"));
        }
        Ok(Value::Bool(true))
    }

    fn send_message(&mut self) -> Result<Value, Refusal> {
        let formatted = self.formatted("text")?;
        let message = self.new_message("text", formatted)?;
        let chat = self.recipient()?;
        self.send(chat, message)
    }

    fn send_photo(&mut self, photo: Option<Source>) -> Result<Value, Refusal> {
        let photo = photo.ok_or_else(|| Refusal::bug("there is no photo in the request"))?;
        let formatted = self.formatted("caption")?;
        let mut message = self.new_message("caption", formatted)?;
        let chat = self.recipient()?;
        message.photo = Some(self.state.pictures.accept(photo, self.now)?);
        self.send(chat, message)
    }

    /// The text of a message in its parse mode, within Telegram's limits.
    fn formatted(&mut self, name: &str) -> Result<Formatted, Refusal> {
        let source = self.parameters.text(name);
        let formatted = match self.parameters.text("parse_mode").to_lowercase().as_str() {
            "" => Formatted::plain(source),
            "html" => {
                html::parse(source).map_err(|problem| Refusal::bug(format!("can't parse entities: {problem}")))?
            }
            _ => return Err(Refusal::bug("unsupported parse_mode")),
        };
        let is_caption = name == "caption";
        match formatted.length() {
            0 if !is_caption && source.is_empty() => return Err(Refusal::bug("message text is empty")),
            0 if !is_caption => return Err(Refusal::bug("text must be non-empty")),
            length if is_caption && length > CAPTION_MAX_CHARS => {
                return Err(Refusal::bug("message caption is too long"));
            }
            length if !is_caption && length > TEXT_MAX_CHARS => return Err(Refusal::bug("message is too long")),
            _ => {}
        }
        if formatted.dropped_entities > 0 {
            let problem = format!("Telegram silently drops {} entities of this {name}", formatted.dropped_entities);
            self.state.violation(self.now, self.method, problem);
        }
        Ok(formatted)
    }

    fn content(&self, name: &str, formatted: Formatted) -> Result<Content, Refusal> {
        let mut content = Content::new(self.parameters.text(name), formatted);
        content.link_preview = self.parameters.value("link_preview_options").cloned();
        content.keyboard = match self.parameters.value("reply_markup") {
            Some(markup) => keyboard::inline(markup)?,
            None => None,
        };
        Ok(content)
    }

    fn new_message(&self, name: &str, formatted: Formatted) -> Result<Message, Refusal> {
        let mut message = new_message(Author::Bot, self.content(name, formatted)?, self.now);
        let is_other_keyboard = |markup: &&Value| markup.get("inline_keyboard").is_none();
        message.reply_keyboard = self.parameters.value("reply_markup").filter(is_other_keyboard).cloned();
        message.silent = self.parameters.flag("disable_notification");
        message.protected = self.parameters.flag("protect_content");
        Ok(message)
    }

    /// The chat of the request, if there is one.
    fn chat(&self) -> Result<i64, Refusal> {
        match self.parameters.value("chat_id") {
            None => Err(Refusal::bug("chat_id is empty")),
            Some(id) => id
                .as_i64()
                .filter(|id| self.state.chats.contains_key(id))
                .ok_or_else(|| Refusal::bad_request("chat not found")),
        }
    }

    /// The chat of the request, if a message may be sent there.
    fn recipient(&self) -> Result<i64, Refusal> {
        let chat = self.chat()?;
        if self.state.left.contains(&chat) {
            return Err(Refusal::new(403, "Forbidden: bot is not a member of the supergroup chat"));
        }
        if self.state.chats[&chat].person.blocked { Err(Refusal::blocked()) } else { Ok(chat) }
    }

    fn send(&mut self, chat: i64, mut message: Message) -> Result<Value, Refusal> {
        if let Some(reply) = self.parameters.value("reply_parameters") {
            message.reply_to = reply["message_id"].as_i64().filter(|&id| self.state.message(chat, id).is_some());
            if message.reply_to.is_none() && reply["allow_sending_without_reply"] != true {
                return Err(Refusal::bad_request("message to be replied not found"));
            }
        }
        self.state.limits.take(chat, self.now, self.options.strict).map_err(Refusal::too_many_requests)?;
        Ok(self.state.add_message(chat, message))
    }

    /// The message to edit, which must be one of the bot.
    fn edited(&mut self) -> Result<(i64, Message), Refusal> {
        let chat = self.chat()?;
        let id =
            self.parameters.integer("message_id").ok_or_else(|| Refusal::bug("message identifier is not specified"))?;
        let message = self.state.message(chat, id).ok_or_else(|| Refusal::bad_request("message to edit not found"))?;
        match message.from {
            Author::Bot => Ok((chat, message.clone())),
            Author::Person => Err(Refusal::bad_request("message can't be edited")),
        }
    }

    fn edit_text(&mut self) -> Result<Value, Refusal> {
        let formatted = self.formatted("text")?;
        let content = self.content("text", formatted)?;
        let (chat, message) = self.edited()?;
        if message.photo.is_some() {
            return Err(Refusal::bug("there is no text in the message to edit"));
        }
        self.edit(chat, message, content)
    }

    fn edit_caption(&mut self) -> Result<Value, Refusal> {
        let formatted = self.formatted("caption")?;
        let content = self.content("caption", formatted)?;
        let (chat, message) = self.edited()?;
        if message.photo.is_none() {
            return Err(Refusal::bug("there is no caption in the message to edit"));
        }
        self.edit(chat, message, content)
    }

    fn edit_reply_markup(&mut self) -> Result<Value, Refusal> {
        let keyboard = self.content("text", Formatted::default())?.keyboard;
        let (chat, message) = self.edited()?;
        let content = Content { keyboard, ..message.content.clone() };
        self.edit(chat, message, content)
    }

    fn edit(&mut self, chat: i64, mut message: Message, content: Content) -> Result<Value, Refusal> {
        if content.looks_like(&message.content) {
            return Err(Refusal::bad_request(NOT_MODIFIED));
        }
        message.edits.push(std::mem::replace(&mut message.content, content));
        message.edited_at = Some(self.now);
        let json = self.state.message_json(chat, &message);
        if let Some(known) = self.state.message(chat, message.id) {
            *known = message;
        }
        Ok(json)
    }

    fn delete_message(&mut self) -> Result<Value, Refusal> {
        let chat = self.chat()?;
        let id =
            self.parameters.integer("message_id").ok_or_else(|| Refusal::bug("message identifier is not specified"))?;
        let now = self.now;
        let message =
            self.state.message(chat, id).ok_or_else(|| Refusal::bad_request("message to delete not found"))?;
        if now - message.date >= DELETABLE {
            return Err(Refusal::bad_request("message can't be deleted for everyone"));
        }
        message.deleted = true;
        Ok(json!(true))
    }

    fn answer_callback_query(&mut self) -> Result<Value, Refusal> {
        let text = self.parameters.text("text");
        if text.chars().count() > CALLBACK_TEXT_MAX_CHARS {
            return Err(Refusal::bug("MESSAGE_TOO_LONG"));
        }
        let id = self.parameters.text("callback_query_id");
        let now = self.now;
        let callback = self
            .state
            .callbacks
            .get_mut(id)
            .filter(|callback| !callback.answered && now - callback.pressed_at <= CALLBACK_ANSWER_WINDOW)
            .ok_or_else(|| Refusal::bad_request(TOO_OLD))?;
        callback.answered = true;
        self.state.answers.push(CallbackAnswer {
            callback_query_id: id.to_owned(),
            chat: callback.chat,
            text: Some(text.to_owned()).filter(|text| !text.is_empty()),
            show_alert: self.parameters.flag("show_alert"),
        });
        Ok(json!(true))
    }

    fn set_webhook(&mut self) -> Result<Value, Refusal> {
        let url = self.parameters.text("url");
        if url.is_empty() {
            return self.delete_webhook();
        }
        let refused = |problem: &str| Refusal::bug(format!("bad webhook: {problem}"));
        let parsed = Url::parse(url).map_err(|_| refused("invalid webhook URL specified"))?;
        if !(self.options.loopback_webhooks && pictures::is_loopback(&parsed)) {
            if parsed.scheme() != "https" {
                return Err(refused("An HTTPS URL must be provided for webhook"));
            }
            if !parsed.port_or_known_default().is_some_and(|port| WEBHOOK_PORTS.contains(&port)) {
                return Err(refused("Webhook can be set up only on ports 80, 88, 443 or 8443"));
            }
        }
        let secret = self.parameters.text("secret_token");
        if secret.len() > SECRET_MAX_CHARS {
            return Err(refused("secret token is too long"));
        }
        if !secret.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return Err(refused("secret token contains unallowed characters"));
        }
        if self.state.webhook_set_at.is_some_and(|set_at| self.now - set_at < WEBHOOK_INTERVAL) {
            return Err(Refusal::too_many_requests(1));
        }
        self.state.webhook_set_at = Some(self.now);
        self.forget_pending();
        self.subscribe();
        let connections = self.parameters.integer("max_connections").unwrap_or(CONNECTIONS_DEFAULT);
        let connections = usize::try_from(connections.clamp(1, CONNECTIONS_MAX)).unwrap_or(1);
        self.state.webhook = Some(Webhook::new(url, secret, connections));
        Ok(json!(true))
    }

    fn delete_webhook(&mut self) -> Result<Value, Refusal> {
        self.forget_pending();
        self.state.webhook = None;
        Ok(json!(true))
    }

    fn forget_pending(&mut self) {
        if self.parameters.flag("drop_pending_updates") {
            self.state.pending.clear();
        }
    }

    /// `allowed_updates`: left out, what was said last holds; an empty list means the default.
    pub(super) fn subscribe(&mut self) {
        if let Some(allowed) = self.parameters.strings("allowed_updates") {
            self.state.allowed_updates = allowed;
        }
    }

    fn webhook_info(&self) -> Value {
        let mut info = json!({
            "url": "",
            "has_custom_certificate": false,
            "pending_update_count": self.state.pending.len(),
        });
        if let Some(webhook) = &self.state.webhook {
            info["url"] = json!(webhook.url);
            info["max_connections"] = json!(webhook.connections_max);
            if let Some((at, problem)) = &webhook.last_error {
                info["last_error_date"] = json!(at.timestamp());
                info["last_error_message"] = json!(problem);
            }
        }
        if !self.state.allowed_updates.is_empty() {
            info["allowed_updates"] = json!(self.state.allowed_updates);
        }
        info
    }

    fn set_my_commands(&mut self) -> Result<Value, Refusal> {
        self.check_language()?;
        let commands = self.parameters.value("commands").cloned().unwrap_or_else(|| json!([]));
        let list = commands.as_array().map(Vec::as_slice).unwrap_or_default();
        if list.len() > COMMANDS_MAX {
            return Err(Refusal::bug("BOT_COMMANDS_TOO_MUCH"));
        }
        for item in list {
            let (command, description) = (item["command"].as_str(), item["description"].as_str());
            let is_name = |name: &str| {
                (1..=COMMAND_MAX_CHARS).contains(&name.len())
                    && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            };
            if !command.is_some_and(is_name) {
                return Err(Refusal::bug("BOT_COMMAND_INVALID"));
            }
            let is_description = |text: &str| (1..=COMMAND_DESCRIPTION_MAX_CHARS).contains(&text.chars().count());
            if !description.is_some_and(is_description) {
                return Err(Refusal::bug("BOT_COMMAND_DESCRIPTION_INVALID"));
            }
        }
        self.state.commands.insert(self.command_list(), commands);
        Ok(json!(true))
    }

    /// The key of a list of commands: there is one for each scope and language.
    fn command_list(&self) -> String {
        let scope = self.parameters.value("scope").cloned().unwrap_or_else(|| json!({ "type": "default" }));
        format!("{scope} {}", self.parameters.text("language_code"))
    }

    fn set_my_description(&mut self) -> Result<Value, Refusal> {
        self.check_language()?;
        let description = self.parameters.text("description");
        if description.chars().count() > DESCRIPTION_MAX_CHARS {
            return Err(Refusal::bug("BOT_DESCRIPTION_TOO_LONG"));
        }
        let language = self.parameters.text("language_code");
        self.state.descriptions.insert(language.to_owned(), description.to_owned());
        Ok(json!(true))
    }

    fn check_language(&self) -> Result<(), Refusal> {
        let language = self.parameters.text("language_code");
        let is_code = language.len() == 2 && language.chars().all(|c| c.is_ascii_lowercase());
        if language.is_empty() || is_code { Ok(()) } else { Err(Refusal::bug("invalid language code specified")) }
    }
}
