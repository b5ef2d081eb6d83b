//! Pipeline step 3: the due notifications of a chat to Telegram, one at a time and in order.
//!
//! A wake-up is only a hint: what is left to do is asked from the database, so a doubled one sends
//! nothing twice and a lost one is made good by the next tick.

mod send;

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ChatId, EventKind};
use queue::{Delayed, WakeUp};
use store::chats::{ATTEMPTS, Attempt, Batch, Next, Taken, Verdict};

use crate::render;
use send::Letter;

/// How long a row waits after an attempt that failed for a passing reason.
const RETRY_AFTER: TimeDelta = TimeDelta::seconds(15);
/// How long a chat waits while Telegram refuses the bot's token: only an operator can help.
const TOKEN_REFUSED_WAIT: TimeDelta = TimeDelta::minutes(5);
/// How long a row of a kind that only a newer version knows waits for that version.
const UNKNOWN_KIND_WAIT: TimeDelta = TimeDelta::minutes(5);

/// What the use case needs.
pub struct Webhook {
    /// PostgreSQL.
    pub pool: store::Pool,
    /// Telegram.
    pub telegram: telegram::Client,
    /// WB's image hosts, for pictures that Telegram cannot fetch.
    pub pictures: wb::Pictures,
    /// SQS.
    pub queues: Arc<dyn queue::Enqueue>,
    /// The present.
    pub clock: Arc<dyn domain::Clock>,
    /// More rows than this, due at once for one person, cabinet and kind, come as one message.
    pub group_above: u16,
}

impl Webhook {
    /// Sends what comes next in one chat and, if more is left, leaves a delayed wake-up behind.
    ///
    /// # Errors
    /// When the database fails. What Telegram refuses is settled in the database and is no error.
    pub async fn run(&self, wake_up: &WakeUp) -> anyhow::Result<()> {
        let chat = wake_up.chat;
        let now = self.clock.now();
        let attempt =
            store::chats::take_chat(&self.pool, chat, self.group_above, now).await.context("cannot take the chat")?;
        let taken = match attempt {
            Attempt::Taken(taken) => taken,
            Attempt::TooEarly(wake_at) => {
                self.wake_later(chat, wake_at, now).await;
                return Ok(());
            }
            Attempt::NotOurs => return Ok(()),
        };
        let verdict = match &taken.next {
            Next::Rows(batch) => self.tell(chat, batch).await,
            Next::Nothing | Next::NoGrant(_) => Verdict::Untouched,
        };
        if let (Verdict::Failed(_), Next::Rows(batch)) = (&verdict, &taken.next) {
            let kind = batch.kind.map_or("unknown", EventKind::name);
            tracing::info!(target: "metrics", metric = "NotificationsFailed", kind, value = batch.rows.len());
        }
        self.settle(chat, &taken, &verdict).await
    }

    async fn settle(&self, chat: ChatId, taken: &Taken, verdict: &Verdict) -> anyhow::Result<()> {
        let now = self.clock.now();
        let wake_at =
            store::chats::settle_chat(&self.pool, chat, taken, verdict, now).await.context("cannot settle the chat")?;
        if let Some(wake_at) = wake_at {
            self.wake_later(chat, wake_at, now).await;
        }
        Ok(())
    }

    /// Sends the chat's one delayed wake-up. A longer wait than the queue carries, and a wake-up that
    /// is lost, are made good by a tick.
    async fn wake_later(&self, chat: ChatId, wake_at: DateTime<Utc>, now: DateTime<Utc>) {
        let delay = (wake_at - now).to_std().unwrap_or_default();
        let Ok(wake_up) = Delayed::new(WakeUp { chat }, delay) else { return };
        if let Err(error) = self.queues.enqueue_wake_ups(&[wake_up]).await {
            tracing::warn!(%chat, error = %error, "the wake-up is lost; the next tick finds the chat");
        }
    }

    /// Tells the rows of one message and says how it went.
    async fn tell(&self, chat: ChatId, batch: &Batch) -> Verdict {
        let Some(kind) = batch.kind else {
            let at = self.clock.now() + UNKNOWN_KIND_WAIT;
            return Verdict::Later { at, error: "a kind of a newer version".to_owned() };
        };
        let Some(first) = batch.rows.first() else { return Verdict::Untouched };
        let (row, rows, kind_name) = (first.id, batch.rows.len(), kind.name());
        let rendered = match kind {
            EventKind::Digest => render::digest(&self.pool, first).await,
            kind => render::message(kind, batch),
        };
        let message = match rendered {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%chat, row, rows, kind = kind_name, error = %error, "cannot be rendered");
                return Verdict::Failed("the payload cannot be read".to_owned());
            }
        };
        let letter = Letter { chat: chat.0, kind, row: first, message: &message, is_silent: batch.is_silent };
        match self.deliver(letter).await {
            Ok(told) => {
                tracing::info!(%chat, row, rows, kind = kind_name, cabinet = batch.cabinet.map(|cabinet| cabinet.0), "told");
                if first.message_id.is_none() {
                    self.count_told(kind_name, rows, batch.due_since);
                }
                Verdict::Sent(told)
            }
            Err(error) => {
                tracing::warn!(%chat, row, rows, kind = kind_name, attempt = first.attempts, error = %error, "not told");
                judge(&error, first.attempts, self.clock.now())
            }
        }
    }

    /// Counts what was told for the first time, and how long the one that waited longest was due.
    fn count_told(&self, kind: &'static str, rows: usize, due_since: Option<DateTime<Utc>>) {
        tracing::info!(target: "metrics", metric = "NotificationsSent", kind, value = rows);
        if let Some(due_since) = due_since {
            // Thousandths, because a message of one event takes a fraction of a second.
            let waited = (self.clock.now() - due_since).as_seconds_f64().max(0.0);
            tracing::info!(target: "metrics", metric = "DeliverySeconds", value = waited);
        }
    }
}

/// What becomes of a row that Telegram did not take.
fn judge(error: &telegram::Error, attempts: i32, now: DateTime<Utc>) -> Verdict {
    use telegram::Error;

    let again = |wait: TimeDelta| Verdict::Again { at: now + wait, error: error.to_string() };
    match error {
        Error::RetryAfter(wait) => Verdict::TooMany(now + TimeDelta::from_std(*wait).unwrap_or(RETRY_AFTER)),
        Error::ChatGone { .. } | Error::ChatMoved { .. } => Verdict::Blocked(error.to_string()),
        Error::Unauthorized => again(TOKEN_REFUSED_WAIT),
        Error::Unavailable { .. } => again(RETRY_AFTER),
        Error::BadMessage { .. }
        | Error::BadPicture { .. }
        | Error::MessageGone
        | Error::CannotDelete
        | Error::Conflict { .. } => {
            if attempts >= ATTEMPTS {
                tracing::error!(attempts, error = %error, "given up: Telegram refuses what we made");
                Verdict::Failed(error.to_string())
            } else {
                Verdict::Later { at: now + RETRY_AFTER, error: error.to_string() }
            }
        }
    }
}
