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
/// Rows that one clean-up deletes from one table, so that it never holds a tick up.
const CLEAN_UP_ROWS: i64 = 10_000;

/// Claims the clean-up if it is due and does it, in one statement. Returns whether it ran.
///
/// # Errors
/// When the database cannot be reached.
pub async fn clean_up_if_due(db: impl Executor<'_>, now: DateTime<Utc>) -> Result<bool> {
    let claimed = sqlx::query_scalar!(
        "WITH claimed AS (
             UPDATE chores SET due_at = $2 WHERE kind = 'clean_up' AND due_at <= $1 RETURNING kind
         ), updates AS (
             DELETE FROM processed_updates WHERE EXISTS (SELECT 1 FROM claimed) AND update_id IN (
                 SELECT update_id FROM processed_updates WHERE processed_at < $3 ORDER BY processed_at LIMIT $6)
         ), seconds AS (
             DELETE FROM send_seconds WHERE EXISTS (SELECT 1 FROM claimed) AND second < $4
         ), logs AS (
             DELETE FROM wb_sync_logs WHERE EXISTS (SELECT 1 FROM claimed) AND id IN (
                 SELECT id FROM wb_sync_logs WHERE started_at < $5 ORDER BY id LIMIT $6)
         )
         SELECT kind FROM claimed",
        now,
        now + CLEAN_UP_EVERY,
        now - UPDATES_KEPT,
        now - SECONDS_KEPT,
        now - LOGS_KEPT,
        CLEAN_UP_ROWS
    )
    .fetch_optional(db)
    .await?;
    Ok(claimed.is_some())
}
