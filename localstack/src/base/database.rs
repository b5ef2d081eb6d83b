//! Time in the local database, wound forward by hand.
//!
//! These queries are not checked at compile time, and `store` is not used here: `cargo local prepare`
//! must build while the checked queries and their cache do not fit each other.

use chrono::{DateTime, Utc};
use sqlx::{PgPool, Result, migrate::Migrator};

/// The migrations, for the database against which the queries are checked.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Makes every cabinet due at the next tick and clears every cooldown, WB's and ours. A lease is
/// left alone: whoever holds it is still working.
pub(crate) async fn make_everything_due(pool: &PgPool) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a command runs to its end, or its process ends with it")]
    let mut tx = pool.begin().await?;
    sqlx::query("UPDATE cabinets SET claimed_slot = 0, not_before = to_timestamp(0)").execute(&mut *tx).await?;
    sqlx::query("UPDATE data_sets SET not_before = NULL").execute(&mut *tx).await?;
    sqlx::query("UPDATE token_attempts SET next_try_at = to_timestamp(0) WHERE state = 'waiting'")
        .execute(&mut *tx)
        .await?;
    // Chats that wait after a refusal; the pace of a chat is a second, and is Telegram's own.
    sqlx::query(
        "UPDATE chats SET next_send_at = now(), wake_at = NULL WHERE next_send_at > now() + interval '1 minute'",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM wb_limits").execute(&mut *tx).await?;
    tx.commit().await
}

/// How many notifications are due and not told yet.
pub(crate) async fn due_rows(pool: &PgPool, now: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT count(*) FROM notification_history n
             LEFT JOIN chats c ON c.chat_id = n.chat_id
            WHERE n.status IN ('pending', 'sending') AND n.deliver_after <= $1 AND c.blocked_at IS NULL",
    )
    .bind(now)
    .fetch_one(pool)
    .await
}

/// From when WB allows the next request of some cabinet; `None` where there is no cabinet.
pub(crate) async fn next_request_at(pool: &PgPool) -> Result<Option<DateTime<Utc>>> {
    sqlx::query_scalar("SELECT min(not_before) FROM cabinets").fetch_one(pool).await
}
