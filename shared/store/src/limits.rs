//! `wb_limits`: the token buckets of WB's methods.

use chrono::{DateTime, TimeDelta, Utc};
use domain::SellerId;
use serde::{Deserialize, Serialize};

use crate::{Executor, Result};

/// The bucket of one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodLimit {
    /// The method's name.
    pub method: String,
    /// When the bucket will be full again.
    pub full_at: DateTime<Utc>,
    /// WB's own word.
    pub not_before: Option<DateTime<Utc>>,
}

/// A reservation: the bucket as it was read, and as it is once the requests are taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The method's name.
    pub method: String,
    /// `full_at` as it was read; `None` for a method never asked before.
    pub read: Option<DateTime<Utc>>,
    /// `full_at` after the requests.
    pub full_at: DateTime<Utc>,
}

/// The buckets of a seller.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_limits(db: impl Executor<'_>, seller: SellerId) -> Result<Vec<MethodLimit>> {
    sqlx::query_as!(MethodLimit, "SELECT method, full_at, not_before FROM wb_limits WHERE seller = $1", seller.0)
        .fetch_all(db)
        .await
}

/// Takes requests out of several buckets and tells which methods were granted: one whose bucket
/// somebody else has touched meanwhile is not, so that no two can spend the same request.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_reservations(
    db: impl Executor<'_>,
    seller: SellerId,
    reservations: &[Reservation],
) -> Result<Vec<String>> {
    let methods: Vec<String> = reservations.iter().map(|one| one.method.clone()).collect();
    let read: Vec<Option<DateTime<Utc>>> = reservations.iter().map(|one| one.read).collect();
    let full_at: Vec<DateTime<Utc>> = reservations.iter().map(|one| one.full_at).collect();
    sqlx::query_scalar!(
        "WITH wanted AS (
             SELECT * FROM UNNEST($2::text[], $3::timestamptz[], $4::timestamptz[]) AS t(method, read, full_at)
         ), again AS (
             UPDATE wb_limits l SET full_at = w.full_at FROM wanted w
              WHERE l.seller = $1 AND l.method = w.method AND l.full_at = w.read
             RETURNING l.method
         ), first AS (
             INSERT INTO wb_limits (seller, method, full_at)
             SELECT $1, method, full_at FROM wanted WHERE read IS NULL
             ON CONFLICT DO NOTHING
             RETURNING method
         )
         SELECT method AS \"method!\" FROM again UNION ALL SELECT method FROM first",
        seller.0,
        &methods,
        &read as &[Option<DateTime<Utc>>],
        &full_at
    )
    .fetch_all(db)
    .await
}

/// WB refuses requests that we had reserved for so long before it is counted anew.
const REFUSALS_COUNTED: TimeDelta = TimeDelta::hours(24);

/// How often WB has refused a method of late, though its limit was kept here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// How often.
    pub count: i32,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Notes that WB takes no request before this moment although our bucket has some left: somebody else has
/// taken them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_spent(
    db: impl Executor<'_>,
    seller: SellerId,
    method: &str,
    not_before: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE wb_limits SET not_before = GREATEST(not_before, $3) WHERE seller = $1 AND method = $2",
        seller.0,
        method,
        not_before
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes what WB said of the next request; it only ever lengthens a wait.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_not_before(
    db: impl Executor<'_>,
    seller: SellerId,
    method: &str,
    not_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Refusals> {
    sqlx::query_as!(
        Refusals,
        r#"INSERT INTO wb_limits AS l (seller, method, full_at, not_before, refusals, refused_since)
           VALUES ($1, $2, $3, $3, 1, $4)
           ON CONFLICT (seller, method) DO UPDATE
              SET not_before = GREATEST(l.not_before, excluded.not_before),
                  refusals = CASE WHEN l.refused_since > $5 THEN l.refusals + 1 ELSE 1 END,
                  refused_since = CASE WHEN l.refused_since > $5 THEN l.refused_since ELSE $4 END
           RETURNING refusals AS count, refused_since AS "since!""#,
        seller.0,
        method,
        not_before,
        now,
        now - REFUSALS_COUNTED
    )
    .fetch_one(db)
    .await
}
