//! `vault_keys`: the wrapped data keys.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Executor, Result};

/// A data key as KMS, or the key file, wrapped it.
#[derive(Clone, Debug)]
pub struct WrappedKey {
    /// The id that stands beside each seal.
    pub id: Uuid,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
}

/// All keys, newest first: the first one seals, the others still open.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_keys(db: impl Executor<'_>) -> Result<Vec<WrappedKey>> {
    sqlx::query_as!(WrappedKey, "SELECT id, wrapped FROM vault_keys ORDER BY created_at DESC, id").fetch_all(db).await
}

/// Stores a key that is newer than all others, and so seals from now on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_key(db: impl Executor<'_>, key: &WrappedKey, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO vault_keys (id, wrapped, created_at)
         SELECT $1, $2, GREATEST($3, max(created_at) + interval '1 microsecond') FROM vault_keys",
        key.id,
        key.wrapped,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores the very first key. `false` when another process was faster: its key is the one to use.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_first_key(db: impl Executor<'_>, key: &WrappedKey, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query!(
        "WITH alone AS (SELECT pg_advisory_xact_lock(hashtext('vault_keys')))
         INSERT INTO vault_keys (id, wrapped, created_at)
         SELECT $1, $2, $3 FROM alone WHERE NOT EXISTS (SELECT 1 FROM vault_keys)",
        key.id,
        key.wrapped,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
