//! For `cargo local` only: time in the local database, wound forward by hand.

use chrono::{DateTime, Utc};

use crate::{Error, Pool, Result};

/// Makes every cabinet due at the next tick and clears every cooldown, WB's and ours. A lease is
/// left alone: whoever holds it is still working.
///
/// # Errors
/// When the database cannot be reached.
pub async fn make_everything_due(pool: &Pool) -> Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query!("UPDATE cabinets SET claimed_slot = 0, not_before = to_timestamp(0)").execute(&mut *tx).await?;
    sqlx::query!("UPDATE data_sets SET not_before = NULL").execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM wb_limits").execute(&mut *tx).await?;
    tx.commit().await
}

/// How many notifications are due and not told yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn due_rows(pool: &Pool, now: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "rows!" FROM notification_history n
             LEFT JOIN chats c ON c.chat_id = n.chat_id
            WHERE n.status IN ('pending', 'sending') AND n.deliver_after <= $1 AND c.blocked_at IS NULL"#,
        now
    )
    .fetch_one(pool)
    .await
}

/// How many cabinets are being synced at this moment.
///
/// # Errors
/// When the database cannot be reached.
pub async fn running_syncs(pool: &Pool, now: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "rows!" FROM cabinets WHERE lease_until > $1"#, now).fetch_one(pool).await
}

/// From when WB allows the next request of some cabinet; `None` where there is no cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn next_request_at(pool: &Pool) -> std::result::Result<Option<DateTime<Utc>>, Error> {
    sqlx::query_scalar!("SELECT min(not_before) FROM cabinets").fetch_one(pool).await
}
