//! `searches`: what people have looked for. The buttons below what was found carry the number.

use chrono::{DateTime, Utc};
use domain::{CabinetId, SearchId, TelegramId, screen::List};

use crate::{Executor, Result};

/// Stores at which list of which cabinet a person looks.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_looks_at(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    list: List,
    cabinet: CabinetId,
) -> Result<()> {
    let name: &str = list.into();
    sqlx::query!(
        "UPDATE users SET looks_at = $2, looks_at_cabinet = $3
          WHERE telegram_id = $1 AND (looks_at, looks_at_cabinet) IS DISTINCT FROM ($2, $3)",
        telegram_id.0,
        name,
        cabinet.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A search that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// What names it.
    pub id: SearchId,
    /// At which list the person looked last.
    pub list: Option<List>,
    /// And in which cabinet, if it is still theirs.
    pub cabinet: Option<CabinetId>,
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
) -> Result<Option<Saved>> {
    let row = sqlx::query!(
        r#"WITH asked AS (
               SELECT u.id, u.looks_at, (SELECT m.cabinet_id FROM member_cabinets m
                                          WHERE m.telegram_id = $1 AND m.cabinet_id = u.looks_at_cabinet) AS cabinet
                 FROM users u
                WHERE u.telegram_id = $1 AND EXISTS (SELECT FROM member_cabinets m WHERE m.telegram_id = $1)
           ), saved AS (
               INSERT INTO searches (user_id, words, created_at) SELECT id, $2, $3 FROM asked RETURNING id
           )
           SELECT s.id, a.looks_at, a.cabinet FROM saved s, asked a"#,
        telegram_id.0,
        words,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Saved {
        id: SearchId(row.id),
        list: row.looks_at.and_then(|list| list.parse().ok()),
        cabinet: row.cabinet.map(CabinetId),
    }))
}
