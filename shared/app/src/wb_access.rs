//! With which token WB is asked, how often, and what that takes out of the seller's bucket: for a sync, and for what is asked
//! beside it.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Category, SellerId, TokenType,
    pace::{Bucket, Limit},
};
use store::{
    limits::{self, MethodLimit, Reservation},
    tokens::SealedToken,
};
use wb::{Access, Method};

use crate::Settings;

/// WB's limit, made slower by the deployment's own; never faster.
pub(crate) fn slowed(limit: Limit, settings: &Settings) -> Limit {
    let mut slowed = limit;
    if let Some(requests) = settings.wb_rate_limit_per_min.map(|requests| requests.max(1)) {
        let interval = TimeDelta::minutes(1) / i32::try_from(requests).unwrap_or(i32::MAX);
        slowed = Limit { interval: slowed.interval.max(interval), burst: slowed.burst.min(requests) };
    }
    if let Some(interval) = settings.wb_interval {
        slowed = Limit { interval: slowed.interval.max(interval), burst: 1 };
    }
    slowed
}

/// How often a method may be asked with a token of this type; `None`: WB refuses it.
pub(crate) fn limit_of(settings: &Settings, method: Method, token_type: TokenType) -> Option<Limit> {
    match settings.access(method, token_type) {
        Access::Limited(limit) => Some(slowed(limit, settings)),
        Access::Refused => None,
    }
}

/// The best of these tokens, which come the newest first, for a method: of the category, one that WB has not refused for it
/// first, then one with full limits, then the newest. It comes with its key.
pub(crate) fn best_token<'a, K>(
    tokens: impl Iterator<Item = (K, &'a SealedToken)>,
    (category, method): (Category, Method),
    settings: &Settings,
) -> Option<(K, Limit)> {
    // Of equals the first is taken.
    tokens
        .filter(|(_, token)| token.categories.has(category))
        .filter_map(|(key, token)| Some((key, token, limit_of(settings, method, token.token_type)?)))
        .min_by_key(|(_, token, limit)| (!token.is_trusted_for(category), limit.interval))
        .map(|(key, _, limit)| (key, limit))
}

/// A method's bucket as it was read.
pub(crate) struct HeldBucket {
    method: Method,
    /// What the row held; `None` where there is none yet.
    pub read: Option<DateTime<Utc>>,
    /// The bucket.
    pub bucket: Bucket,
    /// WB's own word: not before this moment.
    pub not_before: Option<DateTime<Utc>>,
}

impl HeldBucket {
    /// That of this method among the seller's.
    pub(crate) fn of(limits: &[MethodLimit], method: Method, now: DateTime<Utc>) -> Self {
        let row = limits.iter().find(|limit| limit.method == method.name());
        Self {
            method,
            read: row.map(|row| row.full_at),
            bucket: Bucket { full_at: row.map_or(now, |row| row.full_at) },
            not_before: row.and_then(|row| row.not_before),
        }
    }

    /// When the method may be asked: by our own wait, by the bucket and by WB's own word.
    pub(crate) fn allowed_at(
        &self,
        not_before: Option<DateTime<Utc>>,
        limit: Limit,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        [not_before, self.not_before, Some(self.bucket.next_at(limit))].into_iter().flatten().fold(now, Ord::max)
    }

    /// So many requests taken out at that moment.
    pub(crate) fn take(&self, limit: Limit, at: DateTime<Utc>, requests: u32) -> Reservation {
        let full_at = self.bucket.take(limit, at, requests).full_at;
        Reservation { method: self.method.name().to_owned(), read: self.read, full_at }
    }

    /// One request taken out now; `None` where WB allows none now.
    pub(crate) fn take_one(&self, limit: Limit, now: DateTime<Utc>) -> Option<Reservation> {
        (self.allowed_at(None, limit, now) <= now).then(|| self.take(limit, now, 1))
    }
}

/// Takes one request out of each method's bucket, and says of which it could.
pub(crate) async fn reserve(
    pool: &store::Pool,
    settings: &Settings,
    (seller, token_type): (SellerId, TokenType),
    methods: &[Method],
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Method>> {
    let held = limits::load_limits(pool, seller).await.context("cannot read WB's limits")?;
    let take =
        |method: &Method| HeldBucket::of(&held, *method, now).take_one(limit_of(settings, *method, token_type)?, now);
    let wanted: Vec<Reservation> = methods.iter().filter_map(take).collect();
    let granted = limits::save_reservations(pool, seller, &wanted).await.context("cannot reserve requests")?;
    Ok(methods.iter().copied().filter(|method| granted.iter().any(|name| name == method.name())).collect())
}
