//! An accepted token enters its seller's cabinet, with the person who holds it.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    CabinetId, ChatId, DataSet, Event, Facts, SellerId,
    event::Audience,
    facts::{AcceptedToken, DataSetProgress, FirstSyncProgress, Loading},
    first_contact::{Placement, decide_placement, decide_use},
};
use messages::Message;
use queue::{Delayed, SyncTask};
use store::{members, tokens::NewToken};

use super::{attempt::Holder, context::TokenTrial};
use crate::owners::tell_of_joining;

/// A token that WB accepted, sealed, and whose it is.
pub(crate) struct Accepted {
    pub token: NewToken,
    pub seller: SellerId,
    pub shop: Option<String>,
}

impl Accepted {
    /// What a person is shown of it.
    pub(crate) fn view(&self) -> AcceptedToken {
        AcceptedToken {
            shop: self.shop.clone(),
            token_type: self.token.token_type,
            categories: self.token.categories,
            expires_at: self.token.expires_at,
        }
    }
}

/// What became of an accepted token.
pub(crate) struct Admitted {
    cabinet: CabinetId,
    /// The chats that now have something to be told.
    chats: Vec<ChatId>,
    /// What the person is told; `None` where the first sync shows its own progress.
    pub message: Option<Message>,
}

impl TokenTrial<'_> {
    /// What an accepted token leads to. `is_asked`: the person has said yes already.
    pub(crate) async fn place(
        &self,
        db: impl store::Executor<'_>,
        holder: &Holder,
        (seller, digest): (SellerId, &[u8]),
        is_asked: bool,
    ) -> anyhow::Result<Placement> {
        let standing = members::load_standing(db, holder.user, seller, digest)
            .await
            .context("cannot look up what the person has")?;
        Ok(decide_placement(standing, self.contact, is_asked))
    }

    /// Stores the token, lets the person into the seller's cabinet and begins its first sync, within
    /// the caller's transaction; [`Self::begin_sync`] follows the commit.
    pub(crate) async fn admit(
        &self,
        tx: &mut store::Transaction<'_>,
        holder: &Holder,
        accepted: &Accepted,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Admitted> {
        let Accepted { token, seller, shop } = accepted;
        let has_missed = store::chats::save_unblocked(&mut *tx, holder.chat, now).await?;
        let entered = members::enter_by_token(&mut *tx, holder.user, *seller, shop.as_deref(), now).await?;
        let cabinet = entered.cabinet;
        store::tokens::save_token(&mut **tx, cabinet, holder.user, token, now).await?;
        let others = store::tokens::load_others(&mut **tx, cabinet, &token.digest, now).await?;
        let begun = if entered.is_ready { Vec::new() } else { vec![begun(accepted.view(), now)] };
        let saved = store::events::save_events(&mut **tx, cabinet, &begun, false, None, now).await?;
        let owners = tell_of_joining(&mut *tx, &entered, (holder.user, &holder.name), false, now).await?;
        tracing::info!(%cabinet, token = %token.id, token_type = ?token.token_type, "token accepted");

        let view = accepted.view();
        let message = match (entered.is_ready, entered.is_new) {
            (true, false) => {
                let serves = decide_use((token.token_type, token.categories), &others);
                Some(messages::token_renewed(holder.language, &view, &serves))
            }
            (false, _) if !saved.events.is_empty() => None,
            (is_ready, _) => Some(messages::token_accepted(holder.language, &view, is_ready)),
        };
        let missed = has_missed.then_some(holder.chat).into_iter().collect();
        Ok(Admitted { cabinet, chats: [saved.chats, owners, missed].concat(), message })
    }

    /// Begins at once. What cannot be enqueued is found by the next tick.
    pub(crate) async fn begin_sync(&self, admitted: &Admitted, now: DateTime<Utc>) {
        let cabinet = admitted.cabinet;
        crate::wake(self.queues, &admitted.chats).await;
        let task = Delayed::now(SyncTask { cabinet, due_at: now });
        if let Err(error) = self.queues.enqueue_sync_tasks(&[task]).await {
            tracing::warn!(%cabinet, error = %error, "sync task not enqueued; the next tick enqueues it");
        }
    }
}

/// The one message of a first sync, before anything is loaded.
fn begun(token: AcceptedToken, now: DateTime<Utc>) -> Event {
    let progress = FirstSyncProgress {
        token,
        data_sets: DataSet::ALL.map(|data_set| DataSetProgress { data_set, loading: Loading::Waiting }).to_vec(),
    };
    Event {
        key: String::new(),
        occurred_at: now,
        facts: Facts::FirstSyncProgress(progress),
        audience: Audience::Members,
    }
}
