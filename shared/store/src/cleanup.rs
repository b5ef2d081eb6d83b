//! Rows that nobody needs any more: how long each kind is kept, and what deletes them.
//!
//! Each statement deletes at most [`DELETED_ROWS`] rows of a table, so that none of them lasts long. Whoever calls
//! [`delete_old`] goes on while it answers that there is more.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{Pool, Result};

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
/// How long it is kept what a person has looked for. The buttons below it show everything afterwards.
const SEARCHES_KEPT: TimeDelta = TimeDelta::days(90);
/// A data key that seals nothing any more is kept until no running process can know only it.
const KEYS_KEPT: TimeDelta = TimeDelta::days(7);
/// What the operator was told is kept for a year, and may be told again after it.
const NOTICES_KEPT: TimeDelta = TimeDelta::days(365);
/// Rows of one table that one statement deletes.
const DELETED_ROWS: i64 = 10_000;

/// Events that one statement deletes: each takes its notifications along, with all their indexes.
const DELETED_EVENTS: i64 = 2_000;

/// Deletes some of what is old, in every table. Returns whether there may be more.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_old(db: &Pool, now: DateTime<Utc>) -> Result<bool> {
    // One that fails must not keep the others from being tried.
    let counts = [
        delete_happened(db, now).await.map(|most| most >= DELETED_EVENTS),
        delete_read(db, now).await.map(|most| most >= DELETED_ROWS),
        delete_logs(db, now).await.map(|most| most >= DELETED_ROWS),
        delete_leftovers(db, now).await.map(|most| most >= DELETED_ROWS),
    ];
    counts.into_iter().try_fold(false, |has_more, of_table| Ok(of_table? || has_more))
}

/// Events, and with them who was told. One that somebody is still to be told stays. Returns the most rows that a table lost.
async fn delete_happened(db: &Pool, now: DateTime<Utc>) -> Result<i64> {
    let deleted = sqlx::query!(
        "DELETE FROM events WHERE id = ANY(ARRAY(
             SELECT e.id FROM events e
              WHERE e.seen_at < $1
                AND NOT EXISTS (SELECT 1 FROM notification_history n
                                 WHERE n.event_id = e.id AND n.status IN ('pending', 'sending'))
              LIMIT $2))",
        now - EVENTS_KEPT,
        DELETED_EVENTS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected().try_into().unwrap_or(i64::MAX))
}

/// What was read of WB.
async fn delete_read(db: &Pool, now: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar!(
        r#"WITH orders AS (
               DELETE FROM wb_orders WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM wb_orders WHERE created_at < $1 AND ordered_at < $1 LIMIT $2)) RETURNING 1
           ), sales AS (
               DELETE FROM wb_sales WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM wb_sales WHERE created_at < $1 AND sale_date < $1 LIMIT $2)) RETURNING 1
           ), spells AS (
               DELETE FROM wb_stock_spells WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM wb_stock_spells WHERE began_at < $1 AND ended_at < $1 LIMIT $2)) RETURNING 1
           )
           SELECT GREATEST((SELECT count(*) FROM orders), (SELECT count(*) FROM sales), (SELECT count(*) FROM spells))
                  AS "most!""#,
        now - ROWS_KEPT,
        DELETED_ROWS
    )
    .fetch_one(db)
    .await
}

/// What was done: updates, seconds of sending, syncs.
async fn delete_logs(db: &Pool, now: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar!(
        r#"WITH updates AS (
               DELETE FROM processed_updates WHERE update_id = ANY(ARRAY(
                   SELECT update_id FROM processed_updates WHERE processed_at < $1
                    ORDER BY processed_at LIMIT $4)) RETURNING 1
           ), seconds AS (
               DELETE FROM send_seconds WHERE second < $2
           ), logs AS (
               DELETE FROM wb_sync_logs WHERE id = ANY(ARRAY(
                   SELECT id FROM wb_sync_logs WHERE started_at < $3 ORDER BY id LIMIT $4)) RETURNING 1
           ), quiet AS (
               DELETE FROM wb_quiet_readings WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM wb_quiet_readings WHERE day < moscow_day($3) LIMIT $4)) RETURNING 1
           )
           SELECT GREATEST((SELECT count(*) FROM updates), (SELECT count(*) FROM logs), (SELECT count(*) FROM quiet))
                  AS "most!""#,
        now - UPDATES_KEPT,
        now - SECONDS_KEPT,
        now - LOGS_KEPT,
        DELETED_ROWS
    )
    .fetch_one(db)
    .await
}

/// What led somewhere once: answers to reviews, links, pictures, limits, searches, data keys, and what the operator was told.
async fn delete_leftovers(db: &Pool, now: DateTime<Utc>) -> Result<i64> {
    sqlx::query_scalar!(
        r#"WITH answers AS (
               DELETE FROM review_answers WHERE id = ANY(ARRAY(
                   SELECT id FROM review_answers WHERE updated_at < $1 AND state <> 'sending'
                    ORDER BY id LIMIT $5)) RETURNING 1
           ), links AS (
               DELETE FROM invites WHERE expires_at < $2
           ), pictures AS (
               DELETE FROM telegram_pictures WHERE ctid = ANY(ARRAY(
                   SELECT ctid FROM telegram_pictures WHERE sent_at < $2 LIMIT $5)) RETURNING 1
           ), limits AS (
               -- Of sellers whose cabinet is gone: a bucket that is full says nothing.
               DELETE FROM wb_limits w
                WHERE w.full_at < $2 AND (w.not_before IS NULL OR w.not_before < $2)
                  AND NOT EXISTS (SELECT 1 FROM cabinets c WHERE c.seller = w.seller)
           ), searches AS (
               DELETE FROM searches WHERE id = ANY(ARRAY(
                   SELECT id FROM searches WHERE created_at < $6 ORDER BY created_at LIMIT $5)) RETURNING 1
           ), notices AS (
               DELETE FROM operator_notices WHERE created_at < $3
           ), keys AS (
               DELETE FROM vault_keys k
                WHERE EXISTS (SELECT 1 FROM vault_keys newer WHERE newer.created_at > k.created_at AND newer.created_at < $4)
                  AND NOT EXISTS (SELECT 1 FROM wb_tokens t WHERE t.key_id = k.id)
                  AND NOT EXISTS (SELECT 1 FROM token_attempts t WHERE t.key_id = k.id)
           )
           SELECT GREATEST((SELECT count(*) FROM answers), (SELECT count(*) FROM pictures),
                           (SELECT count(*) FROM searches)) AS "most!""#,
        now - ANSWERS_KEPT,
        now - LEFTOVERS_KEPT,
        now - NOTICES_KEPT,
        now - KEYS_KEPT,
        DELETED_ROWS,
        now - SEARCHES_KEPT
    )
    .fetch_one(db)
    .await
}
