//! Pipeline step 3: the due notifications of a chat to Telegram, one at a time and in order.
//!
//! A wake-up is only a hint: what is left to do is asked from the database, so a doubled one sends
//! nothing twice and a lost one is made good by the next tick.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ChatId, EventKind, Order};
use messages::Message;
use queue::{Delayed, WakeUp};
use store::chats::{ATTEMPTS, Attempt, Next, Row, Taken, Verdict};
use telegram::{MessageId, Picture};

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
    /// SQS.
    pub queues: Arc<dyn queue::Enqueue>,
    /// The present.
    pub clock: Arc<dyn domain::Clock>,
}

impl Webhook {
    /// Sends what comes next in one chat and, if more is left, leaves a delayed wake-up behind.
    ///
    /// # Errors
    /// When the database fails. What Telegram refuses is settled in the database and is no error.
    pub async fn run(&self, wake_up: &WakeUp) -> anyhow::Result<()> {
        let chat = wake_up.chat;
        let now = self.clock.now();
        let taken = match store::chats::take_chat(&self.pool, chat, now).await.context("cannot take the chat")? {
            Attempt::Taken(taken) => taken,
            Attempt::TooEarly(wake_at) => {
                self.wake_later(chat, wake_at, now).await;
                return Ok(());
            }
            Attempt::NotOurs => return Ok(()),
        };
        let verdict = match &taken.next {
            Next::Row(row) => self.tell(chat, row).await,
            Next::Nothing | Next::NoGrant => Verdict::Untouched,
        };
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

    /// Tells one row and says how it went.
    async fn tell(&self, chat: ChatId, row: &Row) -> Verdict {
        let Some(kind) = row.kind else {
            let at = self.clock.now() + UNKNOWN_KIND_WAIT;
            return Verdict::Again { at, error: "a kind of a newer version".to_owned(), counts: false };
        };
        let message = match render(kind, row) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%chat, row = row.id, kind = kind.name(), error = %error, "a row cannot be rendered");
                return Verdict::Failed("the payload cannot be read".to_owned());
            }
        };
        match self.send(chat, row.message_id, &message).await {
            Ok(MessageId(message_id)) => {
                tracing::info!(%chat, row = row.id, kind = kind.name(), cabinet = %row.cabinet, "told");
                Verdict::Sent(message_id)
            }
            Err(error) => {
                tracing::warn!(%chat, row = row.id, kind = kind.name(), attempt = row.attempts, error = %error, "not told");
                judge(&error, row.attempts, self.clock.now())
            }
        }
    }

    /// Edits the message that the row already has, else sends one: with its picture, or without it
    /// where the picture cannot be had.
    async fn send(&self, chat: ChatId, shown: Option<i64>, message: &Message) -> Result<MessageId, telegram::Error> {
        let keyboard = (!message.keyboard.inline_keyboard.is_empty()).then_some(&message.keyboard);
        if let Some(shown) = shown.map(MessageId) {
            match self.telegram.edit_text(chat.0, shown, &message.html, keyboard).await {
                Err(telegram::Error::MessageGone) => {}
                answer => return answer.map(|()| shown),
            }
        }
        if let Some(photo) = &message.photo {
            let picture = Picture::Url(&photo.0);
            match self.telegram.send_photo(chat.0, picture, &message.html, keyboard, false).await {
                Err(telegram::Error::BadPicture { .. }) => {}
                answer => return answer.map(|sent| sent.message_id),
            }
        }
        self.telegram.send_text(chat.0, &message.html, keyboard, false).await
    }
}

/// The message of a row.
fn render(kind: EventKind, row: &Row) -> anyhow::Result<Message> {
    let payload = row.payload.clone();
    Ok(match kind {
        EventKind::NewOrder => {
            let order: Order = serde_json::from_value(payload)?;
            let product = row.product.clone().unwrap_or_default();
            let stocks: Option<Vec<(i64, i64)>> =
                product.stocks.map(|sizes| sizes.iter().map(|size| (size.chrt_id, size.quantity)).collect());
            messages::new_order(messages::NewOrder {
                order: &order,
                title: product.title.as_deref(),
                photo: product.image_url.as_ref(),
                sizes: &product.sizes,
                stocks: stocks.as_deref(),
                cabinet: row.cabinet_name.as_deref(),
            })
        }
        EventKind::FirstSyncProgress => messages::first_sync_progress(&serde_json::from_value(payload)?),
        EventKind::FirstSyncFinished => messages::first_sync_finished(&serde_json::from_value(payload)?),
    })
}

/// What becomes of a row that Telegram did not take.
fn judge(error: &telegram::Error, attempts: i32, now: DateTime<Utc>) -> Verdict {
    use telegram::Error;

    let again = |wait: TimeDelta, counts: bool| Verdict::Again { at: now + wait, error: error.to_string(), counts };
    match error {
        Error::RetryAfter(wait) => again(TimeDelta::from_std(*wait).unwrap_or(RETRY_AFTER), false),
        Error::ChatGone { .. } | Error::ChatMoved { .. } => Verdict::Blocked(error.to_string()),
        Error::Unauthorized => again(TOKEN_REFUSED_WAIT, false),
        Error::Unavailable { .. } => again(RETRY_AFTER, false),
        Error::BadMessage { .. }
        | Error::BadPicture { .. }
        | Error::MessageGone
        | Error::CannotDelete
        | Error::Conflict { .. } => {
            if attempts >= ATTEMPTS {
                Verdict::Failed(error.to_string())
            } else {
                again(RETRY_AFTER, true)
            }
        }
    }
}
