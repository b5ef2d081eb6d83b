//! `chores`: what has to be done from time to time. Fanout claims them like cabinets.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Executor, Result};

/// A chore that was claimed and not done, because its process died, comes back after this time.
pub const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(5);
/// Chores claimed by one tick: each may cost a few statements, and the next tick takes the rest.
const CLAIM_CHORES: i64 = 100;

/// Something to be done for a subject; what its kind means, the use case knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chore {
    /// What is to be done.
    pub kind: String,
    /// To what: an id as text.
    pub subject: String,
    /// When it was due.
    pub due_at: DateTime<Utc>,
}

/// Claims the chores that are due, but for the digests ([`crate::digests::save_digests`]), in one statement. A chore that
/// is not settled by [`save_next`] comes back.
///
/// A chore of the kinds in `standing` has no subject. It is claimed at once where it does not exist yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim_due(db: impl Executor<'_>, standing: &[&str], now: DateTime<Utc>) -> Result<Vec<Chore>> {
    let standing: Vec<String> = standing.iter().map(|kind| (*kind).to_owned()).collect();
    let rows = sqlx::query!(
        r#"WITH begun AS (
             INSERT INTO chores (kind, subject, due_at) SELECT kind, '', $3 FROM UNNEST($4::text[]) AS kind
             ON CONFLICT DO NOTHING
             RETURNING kind, subject, $1::timestamptz AS due_at
         ), due AS (
             SELECT kind, subject, due_at FROM chores WHERE due_at <= $1 AND kind <> 'digest'
              ORDER BY due_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
         ), claimed AS (
             UPDATE chores c SET due_at = $3
               FROM due WHERE c.kind = due.kind AND c.subject = due.subject
             RETURNING due.kind, due.subject, due.due_at
         )
         SELECT kind AS "kind!", subject AS "subject!", due_at AS "due_at!"
           FROM (SELECT * FROM claimed UNION ALL SELECT * FROM begun) AS ours
          ORDER BY due_at, kind, subject"#,
        now,
        CLAIM_CHORES,
        now + CLAIMED_FOR,
        &standing
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| Chore { kind: row.kind, subject: row.subject, due_at: row.due_at }).collect())
}

/// Settles a chore: it is due again at `next_at`, or never.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_next(db: impl Executor<'_>, chore: &Chore, next_at: Option<DateTime<Utc>>) -> Result<()> {
    sqlx::query!(
        "WITH done AS (
             DELETE FROM chores WHERE kind = $1 AND subject = $2 AND $3::timestamptz IS NULL
         )
         UPDATE chores SET due_at = $3 WHERE kind = $1 AND subject = $2 AND $3::timestamptz IS NOT NULL",
        chore.kind,
        chore.subject,
        next_at
    )
    .execute(db)
    .await?;
    Ok(())
}
