//! With which token WB is asked about a review, and when.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    Category,
    pace::{Bucket, Limit},
};
use secrecy::SecretString;
use store::{
    limits::{self, Reservation},
    review_replies::ReviewReply,
    tokens::SealedToken,
};
use wb::{Access, Method};

use super::context::ReviewReplies;

/// Others who take from the same bucket at the same moment are few: the sync, and another reply.
const RESERVE_TRIES: usize = 5;

impl ReviewReplies<'_> {
    /// The best of the cabinet's tokens that may reply, and how often WB may be asked with it.
    pub(crate) fn token_for<'a>(&self, reply: &'a ReviewReply) -> Option<(&'a SealedToken, Limit)> {
        let limited = |token: &SealedToken| match self.settings.access(Method::Reviews, token.token_type) {
            Access::Limited(limit) => Some(crate::sync::slowed(limit, self.settings)),
            Access::Refused => None,
        };
        let may = reply
            .tokens
            .iter()
            .filter(|token| token.categories.has(Category::Feedbacks) && !token.categories.read_only());
        // They come the newest first, and of equals the first is taken.
        may.filter_map(|token| Some((token, limited(token)?)))
            .min_by_key(|(token, limit)| (!token.is_trusted_for(Category::Feedbacks), limit.interval))
    }

    /// When the next request may be sent. It is taken out of the bucket here, so that whoever asks WB
    /// after us comes behind it.
    pub(crate) async fn slot(
        &self,
        reply: &ReviewReply,
        limit: Limit,
        now: DateTime<Utc>,
    ) -> anyhow::Result<DateTime<Utc>> {
        let method = Method::Reviews.name();
        for _ in 0..RESERVE_TRIES {
            let held = limits::load_limits(self.pool, reply.seller).await.context("cannot read WB's limits")?;
            let row = held.iter().find(|row| row.method == method);
            let not_before = row.and_then(|row| row.not_before).unwrap_or(now);
            if let Some(at) = reply.slot_at {
                return Ok(at.max(not_before));
            }
            let bucket = Bucket { full_at: row.map_or(now, |row| row.full_at) };
            let at = bucket.next_at(limit).max(not_before).max(now);
            let full_at = bucket.take(limit, at, 1).full_at;
            let wanted = Reservation { method: method.to_owned(), read: row.map(|row| row.full_at), full_at };
            let granted = limits::save_reservations(self.pool, reply.seller, &[wanted])
                .await
                .context("cannot reserve a request")?;
            if !granted.is_empty() {
                return Ok(at);
            }
        }
        anyhow::bail!("others take from WB's bucket again and again")
    }

    /// Opens a token.
    pub(crate) async fn unseal_for(&self, token: &SealedToken, now: DateTime<Utc>) -> anyhow::Result<SecretString> {
        let sealed = vault::Sealed { key_id: token.key_id, bytes: token.sealed.0.clone() };
        self.keyring.unseal(self.pool, token.id, &sealed, now).await
    }
}
