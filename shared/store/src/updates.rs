//! `processed_updates`: a repeated Telegram update changes nothing and gets the same reply.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{Executor, Result};

/// The stored reply of an update; `None` for an update never seen, `Some(None)` for one that was
/// answered with nothing.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_reply(db: impl Executor<'_>, update_id: i64) -> Result<Option<Option<Value>>> {
    sqlx::query_scalar!("SELECT reply FROM processed_updates WHERE update_id = $1", update_id).fetch_optional(db).await
}

/// Stores the reply, in the transaction of the change that the update made. `false` when the same
/// update was processed at the same time: roll back, and answer with the stored reply.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_reply(
    db: impl Executor<'_>,
    update_id: i64,
    reply: Option<&Value>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "WITH counted AS (
             INSERT INTO send_seconds AS s (second, used)
             SELECT date_trunc('second', $3::timestamptz), 1 WHERE $2::jsonb IS NOT NULL
             ON CONFLICT (second) DO UPDATE SET used = s.used + 1
         )
         INSERT INTO processed_updates (update_id, reply, processed_at) VALUES ($1, $2, $3)
         ON CONFLICT (update_id) DO NOTHING",
        update_id,
        reply,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
