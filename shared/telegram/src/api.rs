//! The methods in use. Each is one request; nothing is tried again here, because waiting is the queue's business.

use std::error::Error as _;
use std::time::Duration;

use domain::{ChatId, MessageId, UpdateId};
use reqwest::header::RETRY_AFTER;
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response, StatusCode, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use teloxide_core::types::InlineKeyboardMarkup;
use url::Url;

use crate::error::Refusal;
use crate::models::{self, WireSent};
use crate::{ALLOWED_UPDATES, Config, ConfigError, Error, Me, Picture, Reply, SentPhoto, WebhookInfo};

/// A page of updates. Small, so that a page of the longest messages stays below [`MAX_ANSWER_BYTES`].
const MAX_UPDATES: u8 = 50;
/// Fifty messages of 4096 characters, each in answer to another one, with all their entities, are about 3 MiB.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// The server's longest refusals, with a tag and an offset, are far shorter. More is not from the server.
const MAX_DESCRIPTION_CHARS: usize = 300;
/// A function may be frozen between two invocations; a connection that slept longer is probably closed at the far end,
/// and a request into it would end as "may have been sent".
const POOL_IDLE_SECS: u64 = 15;

/// One bot at the Bot API. Clones share their connections.
///
/// Every method fails with [`Error`], whose variants say what can be done.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
    token: SecretString,
    request_timeout: Duration,
    is_paid: bool,
}

impl Client {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// An address in clear text that is not on this machine, or a token that cannot be one.
    ///
    /// # Panics
    /// If the process has not chosen its cryptography (`rustls::crypto::CryptoProvider::install_default`).
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let mut http = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(POOL_IDLE_SECS))
            // The Bot API redirects nowhere, and the path with the token is for nobody else.
            .redirect(redirect::Policy::none());
        if config.is_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(ConfigError::Http)?;
        let Config { url, token, request_timeout, is_paid, .. } = config;
        Ok(Self { http, url, token, request_timeout, is_paid })
    }

    /// Sends a message of 1–4096 characters (HTML), without a link preview, `silent` without a sound.
    pub async fn send_text(
        &self,
        chat: ChatId,
        html: &str,
        keyboard: Option<&InlineKeyboardMarkup>,
        silent: bool,
    ) -> Result<MessageId, Error> {
        let sent: WireSent =
            self.call(Reply::send_text(chat, html, keyboard).silent(silent).paid(self.is_paid)).await?;
        Ok(sent.message_id)
    }

    /// Sends a picture with a caption of at most 1024 characters (HTML), `silent` without a sound.
    pub async fn send_photo(
        &self,
        chat: ChatId,
        photo: Picture<'_>,
        caption_html: &str,
        keyboard: Option<&InlineKeyboardMarkup>,
        silent: bool,
    ) -> Result<SentPhoto, Error> {
        let sent: WireSent =
            self.call(Reply::send_photo(chat, photo, caption_html, keyboard).silent(silent).paid(self.is_paid)).await?;
        Ok(sent.into())
    }

    /// Sends a picture from here: JPEG or PNG of at most 10 MB, whose kind Telegram tells by the end of `file_name`.
    /// For pictures that Telegram cannot fetch by itself.
    pub async fn upload_photo(
        &self,
        chat: ChatId,
        file_name: &str,
        photo: Vec<u8>,
        caption_html: &str,
        keyboard: Option<&InlineKeyboardMarkup>,
        silent: bool,
    ) -> Result<SentPhoto, Error> {
        let mut call =
            Reply::send_photo(chat, Picture::FileId(""), caption_html, keyboard).silent(silent).paid(self.is_paid);
        call.parameters.remove("photo");
        let file = Part::bytes(photo).file_name(file_name.to_owned());
        // A form carries numbers and objects as JSON text.
        let form = call.parameters.into_iter().fold(Form::new(), |form, (name, value)| match value {
            Value::String(text) => form.text(name, text),
            value => form.text(name, value.to_string()),
        });
        let request = self.post(&call.method).multipart(form.part("photo", file));
        let sent: WireSent = self.request(&call.method, request, self.request_timeout).await?;
        Ok(sent.into())
    }

    /// Makes a message of the bot say this, with these buttons or none. If it says so already, that is success.
    ///
    /// [`Error::MessageGone`] also where the message is a picture, which cannot become a text.
    pub async fn edit_text(
        &self,
        chat: ChatId,
        message: MessageId,
        html: &str,
        keyboard: Option<&InlineKeyboardMarkup>,
    ) -> Result<(), Error> {
        match self.call(Reply::edit_text(chat, message, html, keyboard)).await {
            Err(error) if error.is_not_modified() => Ok(()),
            answer => answer.map(|IgnoredAny| ()),
        }
    }

    /// Makes a picture of the bot say this below, as [`edit_text`](Self::edit_text) does for a text.
    ///
    /// [`Error::MessageGone`] also where the message is a text, which has no caption.
    pub async fn edit_caption(
        &self,
        chat: ChatId,
        message: MessageId,
        caption_html: &str,
        keyboard: Option<&InlineKeyboardMarkup>,
    ) -> Result<(), Error> {
        match self.call(Reply::edit_caption(chat, message, caption_html, keyboard)).await {
            Err(error) if error.is_not_modified() => Ok(()),
            answer => answer.map(|IgnoredAny| ()),
        }
    }

    /// Removes a message of the bot or, in a private chat, of the person. If it is gone already, that is success.
    ///
    /// [`Error::CannotDelete`] where it stays, such as after 48 h.
    pub async fn delete_message(&self, chat: ChatId, message: MessageId) -> Result<(), Error> {
        match self.call(Reply::delete_message(chat, message)).await {
            Err(Error::MessageGone) => Ok(()),
            answer => answer.map(|IgnoredAny| ()),
        }
    }

    /// Leaves a group or a channel. If the bot is there no more, that is success.
    pub async fn leave_chat(&self, chat: ChatId) -> Result<(), Error> {
        match self.call(Reply::new("leaveChat", json!({ "chat_id": chat }))).await {
            Err(Error::ChatGone { .. }) => Ok(()),
            answer => answer.map(|IgnoredAny| ()),
        }
    }

    /// Does by a call what could be the answer to a webhook request: what goes there is carried out or refused unseen.
    pub async fn carry_out(&self, reply: &Reply) -> Result<(), Error> {
        match self.call(reply.clone()).await {
            Err(error) if error.is_not_modified() => Ok(()),
            answer => answer.map(|IgnoredAny| ()),
        }
    }

    /// Ends the waiting of a tap, with a notice of at most 200 characters or silently. If the tap waits no longer, that
    /// is success, too.
    pub async fn answer_callback(&self, id: &str, text: Option<&str>) -> Result<(), Error> {
        match self.call(Reply::answer_callback(id, text)).await {
            Err(error) if error.is_query_too_old() => Ok(()),
            answer => answer.map(|IgnoredAny| ()),
        }
    }

    /// Waits up to `poll_timeout` (whole seconds) for updates from `offset` on, which confirms all before it; 0 asks for
    /// all that are unconfirmed. Each comes with its id, as it came, at most 50 at once.
    ///
    /// Only for the local cloud; [`Error::Conflict`] while a webhook is set.
    pub async fn fetch_updates(
        &self,
        offset: i64,
        poll_timeout: Duration,
    ) -> Result<Vec<(UpdateId, Box<RawValue>)>, Error> {
        let parameters = json!({
            "offset": offset,
            "limit": MAX_UPDATES,
            "timeout": poll_timeout.as_secs(),
            "allowed_updates": ALLOWED_UPDATES,
        });
        let timeout = poll_timeout + self.request_timeout;
        let request = self.post("getUpdates").json(&Reply::new("getUpdates", parameters).parameters);
        let updates: Vec<Box<RawValue>> = self.request("getUpdates", request, timeout).await?;
        let updates: Result<_, _> = updates.into_iter().map(models::with_id).collect();
        updates.map_err(|error| Error::Unseen { detail: error.to_string() })
    }

    /// How Telegram delivers updates to the bot, and whether that works.
    pub async fn fetch_webhook_info(&self) -> Result<WebhookInfo, Error> {
        self.call(Reply::new("getWebhookInfo", json!({}))).await
    }

    /// Has Telegram deliver updates to `url` (https; port 443, 80, 88 or 8443), with `secret` (1–256 of `A–Z a–z 0–9 _ -`)
    /// in a header, `max_connections` (1–100) at the same time. Updates that wait are kept.
    pub async fn set_webhook(
        &self,
        url: &Url,
        secret: &SecretString,
        allowed_updates: &[&str],
        max_connections: u8,
    ) -> Result<(), Error> {
        let parameters = json!({
            "url": url,
            "secret_token": secret.expose_secret(),
            "allowed_updates": allowed_updates,
            "max_connections": max_connections,
        });
        self.call(Reply::new("setWebhook", parameters)).await.map(|IgnoredAny| ())
    }

    /// Has Telegram keep updates for [`fetch_updates`](Self::fetch_updates). Updates that wait are kept.
    pub async fn delete_webhook(&self) -> Result<(), Error> {
        self.call(Reply::new("deleteWebhook", json!({}))).await.map(|IgnoredAny| ())
    }

    /// Sets the commands (1–32 of `a–z 0–9 _`) with their descriptions (1–256 characters) that Telegram offers to people
    /// whose app has this language (two letters), or to all others.
    pub async fn set_commands(&self, commands: &[(&str, &str)], language_code: Option<&str>) -> Result<(), Error> {
        let commands: Vec<_> = commands
            .iter()
            .map(|(command, description)| json!({ "command": command, "description": description }))
            .collect();
        let parameters = json!({ "commands": commands, "language_code": language_code });
        self.call(Reply::new("setMyCommands", parameters)).await.map(|IgnoredAny| ())
    }

    /// Sets what an empty chat with the bot says (at most 512 characters) to people whose app has this language (two
    /// letters), or to all others.
    pub async fn set_description(&self, description: &str, language_code: Option<&str>) -> Result<(), Error> {
        let parameters = json!({ "description": description, "language_code": language_code });
        self.call(Reply::new("setMyDescription", parameters)).await.map(|IgnoredAny| ())
    }

    /// Who the bot is; also the cheapest way to try a token.
    pub async fn fetch_me(&self) -> Result<Me, Error> {
        self.call(Reply::new("getMe", json!({}))).await
    }

    async fn call<T: DeserializeOwned>(&self, call: Reply) -> Result<T, Error> {
        let request = self.post(&call.method).json(&call.parameters);
        self.request(&call.method, request, self.request_timeout).await
    }

    fn post(&self, method: &str) -> RequestBuilder {
        self.http.post(self.address(method))
    }

    /// The one place where a request goes out and its answer is judged.
    async fn request<T: DeserializeOwned>(
        &self,
        method: &str,
        request: RequestBuilder,
        timeout: Duration,
    ) -> Result<T, Error> {
        let response = request.timeout(timeout).send().await.map_err(|error| self.transport_error(error))?;
        let status = response.status();
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = header.map(Duration::from_secs);
        tracing::debug!(method, status = status.as_u16(), "Telegram responded");

        let body = match self.read(response).await {
            Ok(body) => body,
            Err(error) if status.is_success() => return Err(error),
            // The status of a refusal says enough.
            Err(_) => Vec::new(),
        };
        if status.is_success() {
            let answer: Answer<T> = serde_json::from_slice(&body).map_err(|error| unreadable(&error))?;
            if let Answer { ok: true, result: Some(result) } = answer {
                return Ok(result);
            }
        }
        Err(self.refused(status, retry_after, &body))
    }

    fn address(&self, method: &str) -> Url {
        let mut address = self.url.clone();
        address
            .path_segments_mut()
            .expect("an http address has a path")
            .pop_if_empty()
            .push(&format!("bot{}", self.token.expose_secret()))
            .push(method);
        address
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.transport_error(error))? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(Error::Unseen { detail: "an answer without end".into() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn refused(&self, status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> Error {
        let refusal = serde_json::from_slice::<Refusal>(body).ok().map(|mut refusal| {
            refusal.description = self.without_token(&refusal.description);
            refusal
        });
        let code = refusal.as_ref().and_then(|refusal| StatusCode::from_u16(refusal.error_code?).ok());
        let status = if status.is_success() { code.unwrap_or(status) } else { status };
        let error = Error::from_refusal(status, retry_after, refusal);
        // A message that already stands as it is wanted, and a tap that was answered late, are refusals in name only.
        if !error.is_not_modified() && !error.is_query_too_old() {
            tracing::info!(target: "metrics", metric = "TelegramRefusals", code = refusal_code(status));
        }
        error
    }

    /// What went wrong between us and Telegram, from the outermost cause to the innermost.
    fn transport_error(&self, error: reqwest::Error) -> Error {
        let error = error.without_url();
        let mut detail = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            detail.push_str(": ");
            detail.push_str(&inner.to_string());
            cause = inner.source();
        }
        Error::from_transport(&error, self.without_token(&detail))
    }

    /// What others wrote may repeat the path of the request.
    fn without_token(&self, text: &str) -> String {
        text.replace(self.token.expose_secret(), "<token>").chars().take(MAX_DESCRIPTION_CHARS).collect()
    }
}

/// Shows the address alone.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// The status by which a refusal is counted: those that the Bot API uses, the rest by their class.
fn refusal_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        409 => "409",
        413 => "413",
        429 => "429",
        500.. => "5xx",
        _ => "other",
    }
}

/// What every answer is wrapped in.
#[derive(Deserialize)]
struct Answer<T> {
    ok: bool,
    result: Option<T>,
}

/// Telegram did something and told us in a way that we do not understand. serde's own words may quote the answer, so
/// only the place is kept.
fn unreadable(error: &serde_json::Error) -> Error {
    let detail = format!("an answer that makes no sense at line {} column {}", error.line(), error.column());
    Error::Unseen { detail }
}
