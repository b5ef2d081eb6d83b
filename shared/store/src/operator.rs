//! `operator_notices`: what the operator is told, each once.

use chrono::{DateTime, Utc};

use crate::{Executor, Result};

/// Notes something for the operator; `false` if they were told of it before.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_notice(db: impl Executor<'_>, key: &str, text: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query!(
        "INSERT INTO operator_notices (key, text, created_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING",
        key,
        text,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}
