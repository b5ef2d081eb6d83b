//! Pipeline step 3: the due notifications of a chat to Telegram, one at a time and in order.
//!
//! A wake-up is only a hint: what is left to do is asked from the database, so a doubled one sends
//! nothing twice and a lost one is made good by the next tick.

mod send;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ChatId, EventKind};
use queue::{Delayed, WakeUp};
use store::outbox::{ATTEMPTS, Batch, LEASE, Next, Settlement, TakeOutcome, Taken};
use tokio::time::Instant;

use crate::{function::WEBHOOK, render};
use send::{Letter, Sender};

/// How long a row waits after an attempt that failed for a passing reason.
const RETRY_AFTER: TimeDelta = TimeDelta::seconds(15);
/// How long a row waits, each time longer, whose sending nobody saw the end of. After the last one it counts as told.
const UNSEEN_WAITS: [TimeDelta; 2] = [TimeDelta::minutes(1), TimeDelta::hours(1)];
/// How long settling waits before it is tried again: the first time, and at most.
const SETTLE_WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// How long a chat waits while Telegram refuses the bot's token: only an operator can help.
const TOKEN_REFUSED_WAIT: TimeDelta = TimeDelta::minutes(5);
/// How long a row that only a newer version can read waits for that version.
const UNREADABLE_WAIT: TimeDelta = TimeDelta::minutes(5);
/// A row that no version could read for so long is given up.
const UNREADABLE_KEPT: TimeDelta = TimeDelta::hours(24);

/// The most calls that one message needs: its picture by its id, by its address, uploaded, and without it.
const FORMS: u64 = 4;
/// Whoever has a chat is ended by Lambda before its lease ends, and when every form of a message took its time there is
/// still time to settle it.
const _: () = {
    let statement_limit = WEBHOOK.statement_limit.expect("a webhook has one").as_secs();
    let sending = FORMS * telegram::REQUEST_TIMEOUT.as_secs() + wb::PICTURE_TIMEOUT.as_secs();
    assert!(LEASE.num_seconds().unsigned_abs() >= WEBHOOK.timeout.as_secs());
    assert!(sending + statement_limit <= WEBHOOK.work_limit().as_secs());
};

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
    /// How many messages the whole bot sends in a second at most.
    pub per_second: u16,
}

impl Webhook {
    /// Sends what comes next in one chat and, if more is left, leaves a delayed wake-up behind.
    ///
    /// # Errors
    /// When the database fails. What Telegram refuses is settled in the database and is no error.
    pub async fn run(&self, wake_up: &WakeUp) -> anyhow::Result<()> {
        let chat = wake_up.chat;
        let now = self.clock.now();
        let attempt = store::outbox::take_chat(&self.pool, chat, self.group_above, self.per_second, now)
            .await
            .context("cannot take the chat")?;
        let taken_at = Instant::now();
        let taken = match attempt {
            TakeOutcome::Taken(taken) => taken,
            TakeOutcome::TooEarly(wake_at) => {
                self.wake_later(chat, wake_at, now).await;
                return Ok(());
            }
            TakeOutcome::NotOurs => return Ok(()),
        };
        let settlement = match &taken.next {
            Next::Rows(batch) if batch.unseen() > UNSEEN_WAITS.len() => Settlement::Unseen {
                again_at: None,
                error: "its sending ended each time before its end was seen".to_owned(),
            },
            Next::Rows(batch) => self.send(chat, batch).await,
            Next::Nothing | Next::NoGrant(_) => Settlement::Untouched,
        };
        if let (Settlement::Failed(_), Next::Rows(batch)) = (&settlement, &taken.next) {
            let kind = batch.kind.map_or("unknown", EventKind::name);
            tracing::info!(target: "metrics", metric = "NotificationsFailed", kind, value = batch.rows.len());
        }
        if let (Settlement::Unseen { again_at: None, .. }, Next::Rows(batch)) = (&settlement, &taken.next) {
            tracing::warn!(%chat, rows = batch.rows.len(), "notification counted as sent: three sends had no answer");
        }
        self.settle(chat, &taken, &settlement, taken_at).await
    }

    /// Keeps what Telegram has said: as long as the lease lasts a failure of the database is tried again.
    async fn settle(
        &self,
        chat: ChatId,
        taken: &Taken,
        settlement: &Settlement,
        taken_at: Instant,
    ) -> anyhow::Result<()> {
        let lease_ends = taken_at + LEASE.to_std().unwrap_or_default();
        let [mut wait, longest] = SETTLE_WAITS;
        loop {
            let now = self.clock.now();
            match store::outbox::settle_chat(&self.pool, chat, taken, settlement, now).await {
                Ok(Some(wake_at)) => {
                    self.wake_later(chat, wake_at, now).await;
                    return Ok(());
                }
                Ok(None) => return Ok(()),
                Err(error) if Instant::now() + wait < lease_ends => {
                    tracing::warn!(%chat, error = %error, "chat not settled; it is tried again");
                }
                Err(error) => return Err(error).context("cannot settle the chat"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(longest);
        }
    }

    /// Sends the chat's one delayed wake-up. A longer wait than the queue carries, and a wake-up that
    /// is lost, are made good by a tick.
    async fn wake_later(&self, chat: ChatId, wake_at: DateTime<Utc>, now: DateTime<Utc>) {
        let delay = (wake_at - now).to_std().unwrap_or_default();
        let Ok(wake_up) = Delayed::new(WakeUp { chat }, delay) else { return };
        if let Err(error) = self.queues.enqueue_wake_ups(&[wake_up]).await {
            tracing::warn!(%chat, error = %error, "wake-up not enqueued; the next tick finds the chat");
        }
    }

    /// Sends the rows of one message and says how it went.
    async fn send(&self, chat: ChatId, batch: &Batch) -> Settlement {
        let Some(kind) = batch.kind else {
            let at = self.clock.now() + UNREADABLE_WAIT;
            return Settlement::Later { at, error: "a kind of a newer version".to_owned() };
        };
        let Some(first) = batch.rows.first() else { return Settlement::Untouched };
        let (row, rows, kind_name) = (first.id.0, batch.rows.len(), kind.name());
        let rendered = match kind {
            EventKind::Digest => render::digest(&self.pool, first).await,
            _ => render::message(batch),
        };
        let message = match rendered {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%chat, row, rows, kind = kind_name, error = %error, "notification cannot be rendered");
                return unrendered(&error, first.seen_at, self.clock.now());
            }
        };
        let sender = Sender { telegram: &self.telegram, pictures: &self.pictures };
        let letter = Letter { chat, kind, row: first, message: &message, is_silent: batch.is_silent };
        match sender.deliver(letter).await {
            Ok(sent) => {
                tracing::info!(%chat, row, rows, kind = kind_name, cabinet = batch.cabinet.map(|cabinet| cabinet.0), "notification sent");
                if first.message_id.is_none() {
                    self.count_sent(kind_name, rows, batch.due_since);
                }
                Settlement::Sent(sent)
            }
            Err(error) => {
                tracing::warn!(%chat, row, rows, kind = kind_name, attempt = first.attempts, error = %error, "notification not sent");
                settlement_of(&error, batch, self.clock.now())
            }
        }
    }

    /// Counts what was sent for the first time, and how long the one that waited longest was due.
    fn count_sent(&self, kind: &'static str, rows: usize, due_since: Option<DateTime<Utc>>) {
        tracing::info!(target: "metrics", metric = "NotificationsSent", kind, value = rows);
        if let Some(due_since) = due_since {
            // Thousandths, because a message of one event takes a fraction of a second.
            let waited = (self.clock.now() - due_since).as_seconds_f64().max(0.0);
            tracing::info!(target: "metrics", metric = "DeliverySeconds", value = waited);
        }
    }
}

/// What becomes of a row that cannot be rendered. A newer version may read what this one cannot, but not for ever; a database
/// that fails says nothing about the row, however old it is.
fn unrendered(error: &render::Error, seen_at: DateTime<Utc>, now: DateTime<Utc>) -> Settlement {
    let unreadable = || "the payload cannot be read".to_owned();
    match error {
        render::Error::Database(_) => {
            Settlement::Later { at: now + RETRY_AFTER, error: "the database failed".to_owned() }
        }
        _ if now - seen_at > UNREADABLE_KEPT => Settlement::Failed(unreadable()),
        render::Error::Unreadable(_) | render::Error::Misplaced(_) => {
            Settlement::Later { at: now + UNREADABLE_WAIT, error: unreadable() }
        }
    }
}

/// What becomes of a row that Telegram did not take.
fn settlement_of(error: &telegram::Error, batch: &Batch, now: DateTime<Utc>) -> Settlement {
    use telegram::Error;

    let attempts = batch.rows.first().map_or(ATTEMPTS, |row| row.attempts);
    let is_edit = batch.rows.first().is_some_and(|row| row.message_id.is_some());
    let again = |wait: TimeDelta| Settlement::Again { at: now + wait, error: error.to_string() };
    match error {
        Error::RetryAfter(wait) => Settlement::TooMany(now + TimeDelta::from_std(*wait).unwrap_or(RETRY_AFTER)),
        Error::ChatGone { .. } | Error::ChatMoved { .. } => Settlement::Blocked,
        Error::Unauthorized => again(TOKEN_REFUSED_WAIT),
        // The same edit again changes nothing.
        Error::Unseen { .. } if is_edit => again(RETRY_AFTER),
        Error::Unavailable { .. } => again(RETRY_AFTER),
        Error::Unseen { .. } => {
            let again_at = UNSEEN_WAITS.get(batch.unseen()).map(|wait| now + *wait);
            Settlement::Unseen { again_at, error: error.to_string() }
        }
        Error::Refused { .. } | Error::MessageGone | Error::CannotDelete | Error::Conflict { .. } => {
            if attempts >= ATTEMPTS {
                tracing::error!(attempts, error = %error, "notification given up: Telegram refused every form of it");
                Settlement::Failed(error.to_string())
            } else {
                Settlement::Later { at: now + RETRY_AFTER, error: error.to_string() }
            }
        }
    }
}
