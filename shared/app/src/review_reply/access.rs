//! With which token WB is asked about a review, and when.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{Category, pace::Limit};
use store::{limits, review_replies::ReviewReply, tokens::SealedToken};
use wb::Method;

use super::context::ReviewReplies;
use crate::wb_access::{HeldBucket, best_token};

/// Others who take from the same bucket at the same moment are few: the sync, and another reply.
const RESERVE_TRIES: usize = 5;

impl ReviewReplies<'_> {
    /// The best of the cabinet's tokens that may reply, and how often WB may be asked with it.
    pub(crate) fn token_for<'a>(&self, reply: &'a ReviewReply) -> Option<(&'a SealedToken, Limit)> {
        let may = reply.tokens.iter().filter(|token| !token.categories.read_only()).map(|token| (token, token));
        best_token(may, (Category::Feedbacks, Method::Reviews), self.settings)
    }

    /// When the next request may be sent. It is taken out of the bucket here, so that whoever asks WB
    /// after us comes behind it.
    pub(crate) async fn slot(
        &self,
        reply: &ReviewReply,
        limit: Limit,
        now: DateTime<Utc>,
    ) -> anyhow::Result<DateTime<Utc>> {
        for _ in 0..RESERVE_TRIES {
            let held = limits::load_limits(self.pool, reply.seller).await.context("cannot read WB's limits")?;
            let bucket = HeldBucket::of(&held, Method::Reviews, now);
            if let Some(at) = reply.slot_at {
                return Ok(at.max(bucket.not_before.unwrap_or(now)));
            }
            let at = bucket.allowed_at(None, limit, now);
            let wanted = bucket.take(limit, at, 1);
            let granted = limits::save_reservations(self.pool, reply.seller, &[wanted])
                .await
                .context("cannot reserve a request")?;
            if !granted.is_empty() {
                return Ok(at);
            }
        }
        anyhow::bail!("others take from WB's bucket again and again")
    }
}
