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
/// How long rows of orders, sales and stock spells are kept after we first saw them. WB shows the last 90 days,
/// and a row that WB can still show must not become new again.
const ROWS_KEPT: TimeDelta = TimeDelta::days(180);
/// How long it is kept what happened and who was told: longer than the rows, so that nothing is told a second
/// time, and long enough to look back a year.
const EVENTS_KEPT: TimeDelta = TimeDelta::days(400);
/// How long a link that nobody can use any more is kept, and a picture's id that is not used any more.
const LEFTOVERS_KEPT: TimeDelta = TimeDelta::days(30);
/// A data key that seals nothing any more is kept until no running process can know only it.
const KEYS_KEPT: TimeDelta = TimeDelta::days(7);
/// What the operator was told is kept for a year, and may be told again after it.
const NOTICES_KEPT: TimeDelta = TimeDelta::days(365);
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
              ORDER BY due_at LIMIT $7 FOR NO KEY UPDATE SKIP LOCKED
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
                 SELECT id FROM review_answers WHERE updated_at < $14 AND state <> 'sending' ORDER BY id LIMIT $6)
         ), events AS (
             DELETE FROM events WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND id IN (
                 SELECT e.id FROM events e
                  WHERE e.seen_at < $9
                    AND NOT EXISTS (SELECT 1 FROM notification_history n
                                     WHERE n.event_id = e.id AND n.status IN ('pending', 'sending'))
                  LIMIT $6)
         ), orders AS (
             DELETE FROM wb_orders WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND ctid IN (
                 SELECT ctid FROM wb_orders WHERE created_at < $10 AND ordered_at < $10 LIMIT $6)
         ), sales AS (
             DELETE FROM wb_sales WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND ctid IN (
                 SELECT ctid FROM wb_sales WHERE created_at < $10 AND sale_date < $10 LIMIT $6)
         ), spells AS (
             DELETE FROM wb_stock_spells WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND ctid IN (
                 SELECT ctid FROM wb_stock_spells WHERE began_at < $10 AND ended_at < $10 LIMIT $6)
         ), links AS (
             DELETE FROM invites WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND expires_at < $11
         ), pictures AS (
             DELETE FROM telegram_pictures WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND sent_at < $11
         ), limits AS (
             -- Of sellers whose cabinet is gone: a bucket that is full says nothing.
             DELETE FROM wb_limits w WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up')
                AND w.full_at < $11 AND (w.not_before IS NULL OR w.not_before < $11)
                AND NOT EXISTS (SELECT 1 FROM cabinets c WHERE c.seller = w.seller)
         ), notices AS (
             DELETE FROM operator_notices WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up') AND created_at < $12
         ), keys AS (
             DELETE FROM vault_keys k WHERE EXISTS (SELECT 1 FROM claimed WHERE kind = 'clean_up')
                AND EXISTS (SELECT 1 FROM vault_keys newer WHERE newer.created_at > k.created_at AND newer.created_at < $13)
                AND NOT EXISTS (SELECT 1 FROM wb_tokens t WHERE t.key_id = k.id)
                AND NOT EXISTS (SELECT 1 FROM token_attempts t WHERE t.key_id = k.id)
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
        now - EVENTS_KEPT,
        now - ROWS_KEPT,
        now - LEFTOVERS_KEPT,
        now - NOTICES_KEPT,
        now - KEYS_KEPT,
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
