//! What every sync needs.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use store::{events::Saved, tokens::SealedToken};

use crate::{Keyring, Settings, bus};

/// What the use case needs.
pub struct Sync {
    /// PostgreSQL.
    pub pool: store::Pool,
    /// Wildberries.
    pub wb: wb::Client,
    /// SQS.
    pub queues: Arc<dyn queue::Enqueue>,
    /// Opens sealed tokens.
    pub keyring: Keyring,
    /// The present.
    pub clock: Arc<dyn domain::Clock>,
    /// The deployment's choices.
    pub settings: Settings,
}

impl Sync {
    /// A token in the clear.
    pub(super) async fn open(&self, sealed: &SealedToken, now: DateTime<Utc>) -> anyhow::Result<SecretString> {
        self.keyring.unseal(&self.pool, sealed.id, (sealed.key_id, &sealed.sealed.0), now).await
    }

    /// Wakes the chats, and tells the bus, of events that say how the syncs fare.
    pub(super) async fn tell(&self, saved: &Saved, now: DateTime<Utc>) -> anyhow::Result<()> {
        crate::wake(&*self.queues, &saved.chats).await;
        let published = bus::publish_and_note(&self.pool, &*self.queues, &saved.for_bus, now).await;
        published.context("cannot note what the bus has").map(drop)
    }
}
