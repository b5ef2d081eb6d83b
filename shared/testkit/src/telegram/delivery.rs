//! How updates reach the bot: by `getUpdates`, or by the webhook with the order and the retries of
//! Telegram's own server (`WebhookActor.cpp`).
//!
//! Updates queue by chat, one of a chat is under way at a time, and what fails is sent again later;
//! "later" is a moment on the clock of the test.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{Inner, chats::State, pictures, refusal::Refusal, server};

/// The header by which a bot knows that an update comes from Telegram.
const SECRET_HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

/// So long Telegram waits for the webhook's answer.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(60);

/// Telegram's delays grow to a random number of seconds between this and its double.
const DELAY_MAX_SECONDS: i64 = 60;

/// Telegram honours `Retry-After` up to this.
const RETRY_AFTER_MAX_SECONDS: i64 = 3_600;

/// A webhook that answers 410 for so long is removed.
const GONE_LIMIT: TimeDelta = TimeDelta::hours(23);

/// The longest answer to an update that is read: enough for a message with a keyboard.
const REPLY_MAX_BYTES: usize = 1024 * 1024;

/// The default and largest `limit` of `getUpdates`.
const UPDATES_MAX: usize = 100;

/// Methods that Telegram ignores in the answer of a webhook, besides `get…`.
const NO_REPLIES: [&str; 4] = ["setwebhook", "deletewebhook", "close", "logout"];

/// Something that the bot is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Update {
    pub(super) id: u32,
    pub(super) chat: i64,
    /// The update as the bot gets it.
    pub(super) body: Value,
    pub(super) expires_at: DateTime<Utc>,
    /// Its place in the queue; a repeated update has the same id but a turn of its own.
    pub(super) turn: u64,
    /// Whether it was put into the queue again by hand.
    pub(super) repeated: bool,
    attempts: u32,
    delay_seconds: i64,
    next_at: DateTime<Utc>,
    #[serde(skip)]
    under_way: bool,
}

impl Update {
    pub(super) fn new(id: u32, chat: i64, body: Value, now: DateTime<Utc>, life: TimeDelta) -> Self {
        Self {
            id,
            chat,
            body,
            expires_at: now + life,
            turn: 0,
            repeated: false,
            attempts: 0,
            delay_seconds: 1,
            next_at: now,
            under_way: false,
        }
    }

    /// The update again, as if it had not been confirmed.
    pub(super) fn again(&self, now: DateTime<Utc>) -> Self {
        let life = (self.expires_at - now).max(TimeDelta::seconds(1));
        Self { repeated: true, ..Self::new(self.id, self.chat, self.body.clone(), now, life) }
    }

    /// Plans the next attempt after a failure: at once, then after 2, 4, 8, … seconds, unless the bot
    /// itself says when.
    fn postpone(&mut self, retry_after_seconds: i64, now: DateTime<Utc>) {
        let retry_after_seconds = retry_after_seconds.clamp(0, RETRY_AFTER_MAX_SECONDS);
        let mut wait = retry_after_seconds;
        if retry_after_seconds == 0 && self.attempts > 0 {
            // Spread like Telegram's, but the same in every run.
            let spread = i64::try_from(self.turn * 31 % 61).unwrap_or(0);
            self.delay_seconds = (self.delay_seconds * 2).min(DELAY_MAX_SECONDS + spread);
            wait = self.delay_seconds;
        }
        self.attempts += 1;
        self.next_at = now + TimeDelta::seconds(wait);
    }
}

/// Where updates are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) url: String,
    secret: String,
    pub(super) connections_max: usize,
    pub(super) last_error: Option<(DateTime<Utc>, String)>,
    gone_since: Option<DateTime<Utc>>,
}

impl Webhook {
    pub(super) fn new(url: &str, secret: &str, connections_max: usize) -> Self {
        let (url, secret) = (url.to_owned(), secret.to_owned());
        Self { url, secret, connections_max, last_error: None, gone_since: None }
    }
}

/// One attempt to deliver an update.
struct Attempt {
    turn: u64,
    body: Value,
    url: Url,
    secret: String,
}

/// What the bot answered.
enum Answer {
    Taken { content_type: Option<String>, body: Vec<u8> },
    Failed { problem: String, retry_after_seconds: i64, gone: bool },
}

impl State {
    /// Forgets updates that nobody took in time.
    fn drop_expired(&mut self, now: DateTime<Utc>) {
        self.pending.retain(|update| update.under_way || now <= update.expires_at);
    }

    /// The updates for `getUpdates`. What is older than `offset` is confirmed by it.
    pub(super) fn take_updates(&mut self, offset: i64, limit: Option<i64>, now: DateTime<Utc>) -> Vec<Value> {
        self.drop_expired(now);
        if offset < 0 {
            let kept = usize::try_from(-offset).unwrap_or(usize::MAX);
            self.pending.drain(..self.pending.len().saturating_sub(kept));
        } else {
            self.pending.retain(|update| i64::from(update.id) >= offset || update.repeated);
        }
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(UPDATES_MAX).clamp(1, UPDATES_MAX);
        let shown = self.pending.iter().take(limit).map(|update| update.body.clone()).collect();
        // A repeated update has an id that `offset` has passed, so it is shown once.
        let last = self.pending.iter().take(limit).next_back().map_or(0, |update| update.turn);
        self.pending.retain(|update| !(update.repeated && update.turn <= last));
        shown
    }

    /// Where updates can be delivered: the fake sends nothing to another machine.
    fn target(&self) -> Option<(&Webhook, Url)> {
        let webhook = self.webhook.as_ref()?;
        Some((webhook, Url::parse(&webhook.url).ok().filter(pictures::is_loopback)?))
    }

    /// The first update of every chat that has none under way.
    fn heads(&self) -> impl Iterator<Item = &Update> {
        let mut seen = BTreeSet::new();
        self.pending.iter().filter(move |update| seen.insert(update.chat) && !update.under_way)
    }

    fn under_way(&self) -> usize {
        self.pending.iter().filter(|update| update.under_way).count()
    }

    /// When the next attempt is planned.
    pub(super) fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        self.target().and_then(|_| self.heads().map(|update| update.next_at).min())
    }

    /// Whether nothing is under way and nothing is due.
    pub(super) fn is_settled(&self, now: DateTime<Utc>) -> bool {
        self.under_way() == 0 && self.next_attempt_at().is_none_or(|next_at| now < next_at)
    }

    /// Takes the attempts that are due, as many as there are free connections.
    fn start_attempts(&mut self, now: DateTime<Utc>) -> Vec<Attempt> {
        self.drop_expired(now);
        let Some((webhook, url)) = self.target() else { return Vec::new() };
        let free = webhook.connections_max.saturating_sub(self.under_way());
        let attempts: Vec<_> = self
            .heads()
            .filter(|update| update.next_at <= now)
            .take(free)
            .map(|update| Attempt {
                turn: update.turn,
                body: update.body.clone(),
                url: url.clone(),
                secret: webhook.secret.clone(),
            })
            .collect();
        for update in &mut self.pending {
            update.under_way |= attempts.iter().any(|attempt| attempt.turn == update.turn);
        }
        attempts
    }

    fn finish_attempt(&mut self, turn: u64, answer: &Answer, now: DateTime<Utc>) {
        let (retry_after_seconds, gone) = match answer {
            Answer::Taken { .. } => {
                self.pending.retain(|update| update.turn != turn);
                if let Some(webhook) = &mut self.webhook {
                    webhook.gone_since = None;
                }
                return;
            }
            Answer::Failed { problem, retry_after_seconds, gone } => {
                if let Some(webhook) = &mut self.webhook {
                    webhook.last_error = Some((now, problem.clone()));
                }
                (*retry_after_seconds, *gone)
            }
        };
        if let Some(update) = self.pending.iter_mut().find(|update| update.turn == turn) {
            update.under_way = false;
            update.postpone(retry_after_seconds, now);
        }
        self.pending.retain(|update| update.turn != turn || update.next_at <= update.expires_at);
        if let Some(webhook) = &mut self.webhook {
            webhook.gone_since = gone.then(|| webhook.gone_since.unwrap_or(now));
            if webhook.gone_since.is_some_and(|since| now - since > GONE_LIMIT) {
                self.webhook = None;
            }
        }
    }
}

/// Starts every attempt that is due. Each starts the next of its chat when it has ended.
pub(super) fn deliver_due(inner: &Arc<Inner>) {
    let attempts = inner.lock().start_attempts(inner.clock.now());
    for attempt in attempts {
        let inner = Arc::clone(inner);
        inner.runtime.clone().spawn(async move {
            let answer = post(&inner, &attempt).await;
            if let Answer::Taken { content_type, body } = &answer {
                reply(&inner, content_type.as_deref(), body).await;
            }
            inner.lock().finish_attempt(attempt.turn, &answer, inner.clock.now());
            deliver_due(&inner);
            inner.touch();
        });
    }
}

/// Delivers by itself what becomes due, for a clock that runs by itself.
pub(super) async fn deliver_forever(inner: Arc<Inner>) {
    let mut changes = inner.changes.subscribe();
    let mut stopped = inner.stop.subscribe();
    loop {
        deliver_due(&inner);
        let now = inner.clock.now();
        let next_at = inner.lock().next_attempt_at();
        let wait = next_at.map_or(WEBHOOK_TIMEOUT, |at| (at - now).to_std().unwrap_or_default());
        tokio::select! {
            () = tokio::time::sleep(wait), if next_at.is_none_or(|at| now < at) => {}
            _ = changes.changed() => {}
            _ = stopped.wait_for(|&stopped| stopped) => return,
        }
    }
}

async fn post(inner: &Inner, attempt: &Attempt) -> Answer {
    let failed = |problem: String| Answer::Failed { problem, retry_after_seconds: 0, gone: false };
    let request = inner.client.post(attempt.url.clone()).timeout(WEBHOOK_TIMEOUT).json(&attempt.body);
    let request = match attempt.secret.as_str() {
        "" => request,
        secret => request.header(SECRET_HEADER, secret),
    };
    let mut stopped = inner.stop.subscribe();
    let response = tokio::select! {
        response = request.send() => response,
        _ = stopped.wait_for(|&stopped| stopped) => return failed("the fake was stopped".to_owned()),
    };
    let Ok(mut response) = response else {
        return failed("Webhook connection closed".to_owned());
    };
    let status = response.status();
    if !status.is_success() {
        let reason = status.canonical_reason().unwrap_or_default();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        return Answer::Failed {
            problem: format!("Wrong response from the webhook: {} {reason}", status.as_u16()),
            retry_after_seconds: retry_after.unwrap_or(0),
            gone: status.as_u16() == 410,
        };
    }
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > REPLY_MAX_BYTES {
            return failed("Webhook connection closed".to_owned());
        }
    }
    Answer::Taken { content_type, body }
}

/// Executes the method that an answer carries. The bot never learns the result.
async fn reply(inner: &Arc<Inner>, content_type: Option<&str>, body: &[u8]) {
    // Anything that is no request is just an answer, as at Telegram.
    let Ok(mut input) = server::read_reply(content_type, body).await else { return };
    let Some(Value::String(method)) = input.values.remove("method") else { return };
    let lower = method.to_lowercase();
    if lower.starts_with("get") || NO_REPLIES.contains(&lower.as_str()) {
        inner.lock().violation(inner.clock.now(), &method, "Telegram ignores this method in the answer of a webhook");
        return;
    }
    let outcome = server::call(inner, &method, input, true).await;
    if let Err(Refusal { description, .. }) = outcome.result {
        tracing::debug!(%method, %description, "a call in the answer of the webhook was refused");
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use serde_json::json;

    use super::*;

    #[test]
    fn attempts_come_at_once_then_ever_later_up_to_two_minutes() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let mut update = Update::new(1, 1, json!({}), now, TimeDelta::hours(24));
        let mut waits = Vec::new();
        for _ in 0..9 {
            update.postpone(0, now);
            waits.push((update.next_at - now).num_seconds());
        }
        assert_eq!(waits[..6], [0, 2, 4, 8, 16, 32]);
        assert!(waits[6..].iter().all(|wait| (60..=120).contains(wait)), "{waits:?}");
    }

    #[test]
    fn the_bots_own_word_is_honoured_up_to_an_hour() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let mut update = Update::new(1, 1, json!({}), now, TimeDelta::hours(24));
        for (said, waits) in [(30, 30), (7_200, 3_600), (0, 2)] {
            update.postpone(said, now);
            assert_eq!((update.next_at - now).num_seconds(), waits);
        }
    }
}
