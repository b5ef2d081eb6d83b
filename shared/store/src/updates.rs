//! `processed_updates`: a repeated Telegram update changes nothing and gets the same reply.

use chrono::{DateTime, Utc};
use domain::{Language, TelegramId, UpdateId};
use serde_json::Value;

use crate::{Executor, Result};

/// The reply of an update that was done; `None`: it was answered with nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReply(pub Option<Value>);

/// What is known before an update is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// The stored reply; `None` for an update that was never done.
    pub reply: Option<StoredReply>,
    /// The language that is spoken to the person; `None` for somebody who has never said /start.
    pub language: Option<Language>,
}

/// Whether an update was processed before, and how its person is spoken to.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_seen(db: impl Executor<'_>, update_id: UpdateId, telegram_id: Option<TelegramId>) -> Result<Seen> {
    let row = sqlx::query!(
        r#"SELECT p.update_id AS "seen?", p.reply, u.language AS "language?"
             FROM (SELECT 1) AS always
             LEFT JOIN processed_updates p ON p.update_id = $1
             LEFT JOIN users u ON u.telegram_id = $2"#,
        update_id.0,
        telegram_id.map(|person| person.0)
    )
    .fetch_one(db)
    .await?;
    Ok(Seen {
        reply: row.seen.map(|_| StoredReply(row.reply)),
        language: row.language.as_deref().and_then(Language::parse),
    })
}

/// The stored reply of an update; `None` for an update that was never done.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_reply(db: impl Executor<'_>, update_id: UpdateId) -> Result<Option<StoredReply>> {
    let reply = sqlx::query_scalar!("SELECT reply FROM processed_updates WHERE update_id = $1", update_id.0);
    Ok(reply.fetch_optional(db).await?.map(StoredReply))
}

/// Stores the reply, in the transaction of the change that the update made. `false` when the same
/// update was processed at the same time: roll back, and answer with the stored reply.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_reply(
    db: impl Executor<'_>,
    update_id: UpdateId,
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
        update_id.0,
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
pub async fn save_arrived(db: impl Executor<'_>, update_id: UpdateId) -> Result<()> {
    sqlx::query!("UPDATE processed_updates SET reply = NULL WHERE update_id = $1", update_id.0).execute(db).await?;
    Ok(())
}
