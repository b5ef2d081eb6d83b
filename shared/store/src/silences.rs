//! A time of which nothing is told but how much happened in it: `cabinets.silence`.

use chrono::{DateTime, Utc};
use domain::{CabinetId, facts::Silence};
use sqlx::types::Json;

use crate::{Executor, Result};

/// The latest silence of a cabinet, whether its members know of it or not.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_silence(db: impl Executor<'_>, cabinet: CabinetId) -> Result<Option<Silence>> {
    let silence =
        sqlx::query_scalar!(r#"SELECT silence AS "silence: Json<Silence>" FROM cabinets WHERE id = $1"#, cabinet.0)
            .fetch_optional(db)
            .await?;
    Ok(silence.flatten().map(|Json(silence)| silence))
}

/// Keeps what is known of a silence; the members are to be told.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_silence(db: impl Executor<'_>, cabinet: CabinetId, silence: &Silence) -> Result<()> {
    sqlx::query!(
        "UPDATE cabinets SET silence = $2, silence_told_at = NULL WHERE id = $1",
        cabinet.0,
        Json(silence) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes, in the transaction that tells them, that the members know of a silence as it is now.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_silence_told(db: impl Executor<'_>, cabinet: CabinetId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE cabinets SET silence_told_at = $2 WHERE id = $1", cabinet.0, now).execute(db).await?;
    Ok(())
}
