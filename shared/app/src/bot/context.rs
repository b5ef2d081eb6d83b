//! What the bot needs, and how each of its screens ends an update.

use std::sync::Arc;

use anyhow::Context;
use domain::{ChatId, FirstContact, UpdateId};
use messages::Message;
use store::{people::Person, updates::StoredReply};
use telegram::Reply;

use super::{
    outcome::{Concluded, Outcome},
    request::Request,
};
use crate::{Keyring, Settings, review_reply::ReviewReplies, token_trial::TokenTrial};

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

impl Bot {
    /// What tries a token.
    pub(super) fn token_trial(&self) -> TokenTrial<'_> {
        let Self { pool, wb, telegram, keyring, settings, contact, .. } = self;
        TokenTrial { pool, wb, telegram, queues: &*self.queues, keyring, settings, contact }
    }

    /// What brings a review reply to WB.
    pub(super) fn review_replies(&self) -> ReviewReplies<'_> {
        let Self { pool, wb, telegram, keyring, settings, .. } = self;
        ReviewReplies { pool, wb, telegram, queues: &*self.queues, keyring, clock: &*self.clock, settings }
    }

    /// Who asks; `None` for somebody whom we do not know.
    pub(super) async fn person(&self, asked: Request) -> anyhow::Result<Option<Person>> {
        store::people::load_person(&self.pool, asked.person).await.context("cannot look the person up")
    }

    /// Wakes chats that have something new.
    pub(super) async fn wake(&self, chats: &[ChatId]) {
        crate::wake(&*self.queues, chats).await;
    }

    /// A person has let the bot in again, or says /start. What they missed is told by a notification of its own.
    pub(super) async fn open_chat(&self, chat: ChatId) -> anyhow::Result<()> {
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let has_missed = store::chats::save_unblocked(&mut tx, chat, self.clock.now()).await?;
        tx.commit().await.context("cannot open the chat")?;
        if has_missed {
            self.wake(&[chat]).await;
        }
        Ok(())
    }

    /// Answers an update that changes nothing.
    pub(super) async fn show(&self, asked: Request, message: &Message) -> anyhow::Result<Outcome> {
        self.reply(asked.update, asked.reply(message)).await
    }

    /// Stores the reply of an update that changes nothing, and gives the one that stands.
    pub(super) async fn reply(&self, update: UpdateId, reply: Reply) -> anyhow::Result<Outcome> {
        let stored = reply.clone().into_json();
        let is_first = store::updates::save_reply(&self.pool, update, Some(&stored), self.clock.now())
            .await
            .context("cannot store the reply")?;
        if is_first { Ok(Some(reply).into()) } else { self.standing(update).await }
    }

    /// Commits the change that an update made, together with its reply. Where the same update was
    /// carried out at the same time nothing is changed, and the reply that stands is given.
    pub(super) async fn conclude(
        &self,
        mut tx: store::Transaction<'_>,
        update: UpdateId,
        reply: Option<Reply>,
    ) -> anyhow::Result<Concluded> {
        let stored = reply.clone().map(Reply::into_json);
        let is_first = store::updates::save_reply(&mut *tx, update, stored.as_ref(), self.clock.now())
            .await
            .context("cannot store the reply")?;
        if is_first {
            tx.commit().await.context("cannot commit")?;
            return Ok(Concluded { outcome: reply.into(), is_first });
        }
        tx.rollback().await.context("cannot roll back")?;
        tracing::info!(%update, "update handled by another process at the same time");
        Ok(Concluded { outcome: self.standing(update).await?, is_first })
    }

    /// The reply that was stored for an update.
    async fn standing(&self, update: UpdateId) -> anyhow::Result<Outcome> {
        let stored = store::updates::load_reply(&self.pool, update).await.context("cannot read the reply")?;
        Ok(stored.map(stored_outcome).unwrap_or_default())
    }

    /// Sends a reply by a request of its own, because Telegram does not say whether it carried out the webhook's response.
    /// If the request fails, the response carries the reply.
    pub(super) async fn send_now(&self, update: UpdateId, outcome: Outcome) -> anyhow::Result<Outcome> {
        let Some(call) = &outcome.reply else { return Ok(outcome) };
        match self.telegram.carry_out(call).await {
            Ok(()) => {
                store::updates::save_arrived(&self.pool, update).await.context("cannot note that a reply arrived")?;
                Ok(Outcome { reply: None, ..outcome })
            }
            Err(error) => {
                tracing::warn!(%update, error = %error, "reply not sent by a request; the webhook's response carries it");
                Ok(outcome)
            }
        }
    }
}

/// What a repeated update comes to: the reply that the first one got.
pub(super) fn stored_outcome(StoredReply(reply): StoredReply) -> Outcome {
    reply.and_then(Reply::from_json).into()
}
