//! `processed_updates`: a repeated Telegram update changes nothing and gets the same reply.

use chrono::{DateTime, Utc};
use domain::Language;
use serde_json::Value;

use crate::{Executor, Result};

/// What is known before an update is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The stored reply, as [`load_reply`] gives it.
    pub reply: Option<Option<Value>>,
    /// The language that is spoken to the person; `None` for somebody who has never said /start.
    pub language: Option<Language>,
}

/// Whether an update was processed before, and how its person is spoken to.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_seen(db: impl Executor<'_>, update_id: i64, telegram_id: Option<i64>) -> Result<Seen> {
    let row = sqlx::query!(
        r#"SELECT p.update_id AS "seen?", p.reply, u.language AS "language?"
             FROM (SELECT 1) AS always
             LEFT JOIN processed_updates p ON p.update_id = $1
             LEFT JOIN users u ON u.telegram_id = $2"#,
        update_id,
        telegram_id
    )
    .fetch_one(db)
    .await?;
    Ok(Seen { reply: row.seen.map(|_| row.reply), language: row.language.as_deref().and_then(Language::parse) })
}

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

/// Notes that a stored reply has arrived by a call: a repeated update is answered with nothing.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_arrived(db: impl Executor<'_>, update_id: i64) -> Result<()> {
    sqlx::query!("UPDATE processed_updates SET reply = NULL WHERE update_id = $1", update_id).execute(db).await?;
    Ok(())
}
