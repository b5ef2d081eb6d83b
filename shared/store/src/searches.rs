//! `searches`: what people have looked for. The buttons below what was found carry the number.

use chrono::{DateTime, Utc};
use domain::{SearchId, TelegramId, screen::List};

use crate::{Executor, Result};

/// Stores at which list a person looks.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_looks_at(db: impl Executor<'_>, telegram_id: TelegramId, list: List) -> Result<()> {
    let name: &str = list.into();
    sqlx::query!(
        "UPDATE users SET looks_at = $2 WHERE telegram_id = $1 AND looks_at IS DISTINCT FROM $2",
        telegram_id.0,
        name
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores what a person looks for, and tells at which list they looked last; `None` for who belongs to no cabinet that is
/// loaded.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_search(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    words: &str,
    now: DateTime<Utc>,
) -> Result<Option<(SearchId, Option<List>)>> {
    let row = sqlx::query!(
        "INSERT INTO searches (user_id, words, created_at)
         SELECT user_id, $2, $3 FROM member_cabinets WHERE telegram_id = $1 AND place = 1
         RETURNING id, (SELECT u.looks_at FROM users u WHERE u.id = user_id)",
        telegram_id.0,
        words,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (SearchId(row.id), row.looks_at.and_then(|list| list.parse().ok()))))
}
