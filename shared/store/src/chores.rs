//! `chores`: what has to be done from time to time. Fanout claims them like cabinets.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Executor, Result};

/// The clean-up runs this often.
const CLEAN_UP_EVERY: TimeDelta = TimeDelta::hours(1);
/// Telegram repeats an update for at most 24 h; twice that is kept.
const UPDATES_KEPT: TimeDelta = TimeDelta::hours(48);
/// Send seconds matter while they last; an hour is kept for whoever looks.
const SECONDS_KEPT: TimeDelta = TimeDelta::hours(1);
/// How long the log of syncs is kept.
const LOGS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long an answer to a review is kept, written or sent: WB has those that arrived.
const ANSWERS_KEPT: TimeDelta = TimeDelta::days(30);
/// Rows that one clean-up deletes from one table, so that it never holds a tick up.
const CLEAN_UP_ROWS: i64 = 10_000;

/// A chore that was claimed and not done, because its process died, comes back after this time.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(5);
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

/// Claims the chores that are due, but for the digests ([`crate::digests::save_digests`]) and does the clean-up, if it is among them, in one statement. A chore
/// that is not settled by [`save_next`] comes back.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim_due(db: impl Executor<'_>, now: DateTime<Utc>) -> Result<Vec<Chore>> {
    let rows = sqlx::query!(
        r#"WITH due AS (
             SELECT kind, subject, due_at FROM chores WHERE due_at <= $1 AND kind <> 'digest'
              ORDER BY due_at LIMIT $7 FOR UPDATE SKIP LOCKED
         ), claimed AS (
             UPDATE chores c SET due_at = CASE WHEN c.kind = 'clean_up' THEN $2 ELSE $8::timestamptz END
               FROM due WHERE c.kind = due.kind AND c.subject = due.subject
             RETURNING due.kind, due.subject, due.due_at
         ), updates AS (
             DELETE FROM processed_updates WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND update_id IN (
                 SELECT update_id FROM processed_updates WHERE processed_at < $3 ORDER BY processed_at LIMIT $6)
         ), seconds AS (
             DELETE FROM send_seconds WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND second < $4
         ), logs AS (
             DELETE FROM wb_sync_logs WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND id IN (
                 SELECT id FROM wb_sync_logs WHERE started_at < $5 ORDER BY id LIMIT $6)
         ), answers AS (
             DELETE FROM review_answers WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND id IN (
                 SELECT id FROM review_answers WHERE updated_at < $9 AND state <> 'sending' ORDER BY id LIMIT $6)
         )
         SELECT kind AS "kind!", subject AS "subject!", due_at AS "due_at!" FROM claimed WHERE kind <> 'clean_up'
          ORDER BY due_at, kind, subject"#,
        now,
        now + CLEAN_UP_EVERY,
        now - UPDATES_KEPT,
        now - SECONDS_KEPT,
        now - LOGS_KEPT,
        CLEAN_UP_ROWS,
        CLAIM_CHORES,
        now + CLAIMED_FOR,
        now - ANSWERS_KEPT
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
