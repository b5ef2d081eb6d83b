//! What the bot needs, and how each of its screens ends an update.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{ChatId, FirstContact};
use messages::Message;
use serde_json::Value;
use telegram::{MessageId, Reply};

use crate::{Keyring, Settings};

/// What the use case needs.
pub struct Bot {
    /// PostgreSQL.
    pub pool: store::Pool,
    /// Wildberries, to try a token.
    pub wb: wb::Client,
    /// Telegram.
    pub telegram: telegram::Client,
    /// SQS.
    pub queues: Arc<dyn queue::Enqueue>,
    /// Seals tokens.
    pub keyring: Keyring,
    /// The present.
    pub clock: Arc<dyn domain::Clock>,
    /// The deployment's choices.
    pub settings: Settings,
    /// Who may start, and what is taken from them.
    pub contact: FirstContact,
}

/// How an update that changes something has ended.
pub(super) struct Concluded {
    /// The reply that stands.
    pub reply: Option<Value>,
    /// Whether the change is ours; else somebody else made it at the same time, and follows it up.
    pub is_first: bool,
}

/// What became of a tap.
pub(super) struct Tapped {
    pub reply: Option<Value>,
    /// An answer to a review that was put on its way, which takes longer than a person waits for a button.
    pub begun_answer: Option<i64>,
}

impl From<Option<Value>> for Tapped {
    fn from(reply: Option<Value>) -> Self {
        Self { reply, begun_answer: None }
    }
}

impl Bot {
    /// Sends a reply that must arrive by a call of its own: Telegram carries out what goes by the webhook's response, or
    /// refuses it, and nobody learns which. What Telegram cannot take now goes by the response all the same.
    pub(super) async fn insist(&self, update: i64, reply: Option<Value>) -> anyhow::Result<Option<Value>> {
        let Some(call) = reply.as_ref().and_then(Reply::from_json) else { return Ok(reply) };
        match self.telegram.carry_out(&call).await {
            Ok(()) => {
                store::updates::save_arrived(&self.pool, update).await.context("cannot note that a reply arrived")?;
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(update, error = %error, "reply not sent by a request; the webhook's response carries it");
                Ok(reply)
            }
        }
    }

    /// Makes a message say this; where there is none, or it is gone, sends one. The value is the
    /// message that says it now.
    pub(super) async fn put(
        &self,
        chat: i64,
        shown: Option<MessageId>,
        message: &Message,
    ) -> Result<MessageId, telegram::Error> {
        let keyboard = message.buttons();
        if let Some(shown) = shown {
            match self.telegram.edit_text(chat, shown, &message.html, keyboard).await {
                Err(telegram::Error::MessageGone) => {}
                edited => return edited.map(|()| shown),
            }
        }
        self.telegram.send_text(chat, &message.html, keyboard, false).await
    }

    /// A person has let the bot in again, or says /start. What they missed is told by a notification of its own.
    pub(super) async fn open_chat(&self, chat: ChatId) -> anyhow::Result<()> {
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let has_missed = store::chats::save_unblocked(&mut tx, chat, self.clock.now()).await?;
        tx.commit().await.context("cannot open the chat")?;
        if has_missed {
            crate::wake(&*self.queues, &[chat]).await;
        }
        Ok(())
    }

    /// Commits the change that an update made, together with its reply. Where the same update was
    /// carried out at the same time nothing is changed, and the reply that stands is given.
    pub(super) async fn conclude(
        &self,
        mut tx: store::Transaction<'_>,
        update: i64,
        reply: Option<Value>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Concluded> {
        let is_first = store::updates::save_reply(&mut *tx, update, reply.as_ref(), now)
            .await
            .context("cannot store the reply")?;
        if is_first {
            tx.commit().await.context("cannot commit")?;
            return Ok(Concluded { reply, is_first });
        }
        tx.rollback().await.context("cannot roll back")?;
        tracing::info!(update, "update handled by another process at the same time");
        Ok(Concluded { reply: self.standing_reply(update).await?, is_first })
    }

    /// Stores the reply of an update that changes nothing, and gives the one that stands.
    pub(super) async fn reply(
        &self,
        db: impl store::Executor<'_>,
        update: i64,
        reply: Value,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<Value>> {
        let is_first =
            store::updates::save_reply(db, update, Some(&reply), now).await.context("cannot store the reply")?;
        if is_first { Ok(Some(reply)) } else { self.standing_reply(update).await }
    }

    /// The reply that was stored for an update.
    async fn standing_reply(&self, update: i64) -> anyhow::Result<Option<Value>> {
        let stored = store::updates::load_reply(&self.pool, update).await;
        stored.context("cannot read the reply").map(Option::flatten)
    }
}
