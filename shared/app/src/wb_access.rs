//! Requests to WB beside a sync: each is taken out of the seller's bucket before it is sent.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{SellerId, TokenType, pace::Bucket};
use store::limits::{self, Reservation};
use wb::{Access, Method};

use crate::Settings;

/// Takes one request out of each method's bucket, and says of which it could.
pub(crate) async fn reserve(
    pool: &store::Pool,
    settings: &Settings,
    (seller, token_type): (SellerId, TokenType),
    methods: &[Method],
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Method>> {
    let held = limits::load_limits(pool, seller).await.context("cannot read WB's limits")?;
    let mut wanted = Vec::new();
    for method in methods {
        let Access::Limited(limit) = settings.access(*method, token_type) else { continue };
        let limit = crate::sync::slowed(limit, settings);
        let row = held.iter().find(|row| row.method == method.name());
        let bucket = Bucket { full_at: row.map_or(now, |row| row.full_at) };
        let is_told_to_wait = row.and_then(|row| row.not_before).is_some_and(|until| until > now);
        if is_told_to_wait || bucket.available(limit, now) == 0 {
            continue;
        }
        let full_at = bucket.take(limit, now, 1).full_at;
        wanted.push(Reservation { method: method.name().to_owned(), read: row.map(|row| row.full_at), full_at });
    }
    let granted = limits::save_reservations(pool, seller, &wanted).await.context("cannot reserve requests")?;
    Ok(methods.iter().copied().filter(|method| granted.iter().any(|name| name == method.name())).collect())
}
