//! `searches`: what people have looked for. The buttons below what was found carry the number.

use chrono::{DateTime, Utc};
use domain::{SearchId, TelegramId};

use crate::{Executor, Result};

/// Stores what a person looks for; `None` for who belongs to no cabinet that is loaded.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_search(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    words: &str,
    now: DateTime<Utc>,
) -> Result<Option<SearchId>> {
    let id = sqlx::query_scalar!(
        "INSERT INTO searches (user_id, words, created_at)
         SELECT user_id, $2, $3 FROM member_cabinets WHERE telegram_id = $1 AND place = 1
         RETURNING id",
        telegram_id.0,
        words,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(SearchId))
}
