//! `chats`: who has blocked the bot, who is there again, and what a tick finds forgotten.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ChatId, EventKind, Facts, Source,
    facts::{Missed, Totals},
};

use crate::{Connection, Executor, Result};

/// A cabinet is not polled once every member has blocked the bot for this long.
pub const DESERTED_AFTER: TimeDelta = TimeDelta::days(7);
/// Chats woken by one tick's sweep.
const SWEEP_CHATS: i64 = 500;
/// Why a notification is suppressed that came while its person had blocked the bot. They are told how many it were.
pub(crate) const MISSED: &str = "the bot was blocked";
/// … and that they have been told.
const MISSED_AND_TOLD: &str = "the bot was blocked, which its person knows";
/// A delayed wake-up that is this late is taken as lost.
const WAKE_UP_LOST_AFTER: TimeDelta = TimeDelta::seconds(30);

/// Notes that a person blocked the bot: nothing is sent until they let it in again, and what waits for them is
/// suppressed. Whoever is not known to us leaves no trace.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_blocked(db: impl Executor<'_>, chat: ChatId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "WITH chat AS (
             INSERT INTO chats AS c (chat_id, blocked_at) SELECT telegram_id, $2 FROM users WHERE telegram_id = $1
             ON CONFLICT (chat_id) DO UPDATE SET blocked_at = COALESCE(c.blocked_at, excluded.blocked_at)
             RETURNING chat_id
         )
         UPDATE notification_history SET status = CASE WHEN sent_at IS NULL THEN 'suppressed' ELSE 'sent' END, error = $3
          WHERE chat_id IN (SELECT chat_id FROM chat) AND status = 'pending'",
        chat.0,
        now,
        MISSED
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that a person is there again. What waited for them meanwhile is suppressed for good, because whoever blocked the
/// bot gets no replay; one message says how much it was. Returned is whether there is something to be told: the chat is to
/// be woken.
///
/// A cabinet that was not polled because every member had gone begins anew, silently.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_unblocked(tx: &mut Connection, chat: ChatId, now: DateTime<Utc>) -> Result<bool> {
    sqlx::query!(
        "WITH returned AS (
             SELECT m.cabinet_id FROM users u
               JOIN cabinet_users m ON m.user_id = u.id
              WHERE u.telegram_id = $1
                AND NOT EXISTS (SELECT 1 FROM cabinet_users o JOIN users ou ON ou.id = o.user_id
                                  LEFT JOIN chats c ON c.chat_id = ou.telegram_id
                                 WHERE o.cabinet_id = m.cabinet_id AND (c.blocked_at IS NULL OR c.blocked_at > $3))
         ), forgotten AS (
             -- The numbers mean nothing any more, so the next ones are silent; the falls go on being counted.
             UPDATE wb_stock_levels SET remainder = NULL WHERE cabinet_id IN (SELECT cabinet_id FROM returned)
         ), silence AS (
             UPDATE cabinets c
                SET silence_told_at = NULL,
                    silence = jsonb_build_object(
                        'since', (SELECT COALESCE(max(d.covered_until), $2) FROM data_sets d WHERE d.cabinet_id = c.id),
                        'until', $2::timestamptz, 'cause', 'deserted')
              WHERE c.id IN (SELECT cabinet_id FROM returned) AND c.first_sync_ended_at IS NOT NULL
         )
         -- A source that was never read is silent too: it may come into use right after the others.
         INSERT INTO data_sets AS d (cabinet_id, data_set, silent_before)
         SELECT r.cabinet_id, s.name, $2 FROM returned r, UNNEST($4::text[]) AS s(name)
         ON CONFLICT (cabinet_id, data_set) DO UPDATE
            SET silent_before = excluded.silent_before,
                covered_until = CASE WHEN d.baseline_at IS NOT NULL THEN $2 ELSE d.covered_until END",
        chat.0,
        now,
        now - DESERTED_AFTER,
        &Source::ALL.map(|source| source.name().to_owned())
    )
    .execute(&mut *tx)
    .await?;
    let counted = sqlx::query!(
        r#"WITH lifted AS (
               UPDATE chats SET blocked_at = NULL WHERE chat_id = $1 AND blocked_at IS NOT NULL RETURNING chat_id
           ), missed AS (
               UPDATE notification_history
                  SET status = CASE WHEN sent_at IS NULL THEN 'suppressed' ELSE 'sent' END, error = $3
                WHERE user_id IN (SELECT u.id FROM users u JOIN lifted ON lifted.chat_id = u.telegram_id)
                  AND (status IN ('pending', 'sending') OR (status = 'suppressed' AND error = $2))
               RETURNING kind, status
           )
           SELECT kind, count(*) AS "rows!" FROM missed WHERE status = 'suppressed' GROUP BY kind"#,
        chat.0,
        MISSED,
        MISSED_AND_TOLD
    )
    .fetch_all(&mut *tx)
    .await?;
    let totals: Totals = counted
        .into_iter()
        .filter_map(|row| Some((EventKind::parse(&row.kind)?, row.rows)))
        .filter(|(kind, _)| EventKind::SWITCHED.contains(kind))
        .collect();
    if totals.is_empty() {
        return Ok(false);
    }
    let facts = Facts::Missed(Missed { totals }).to_payload();
    let told = sqlx::query!(
        "WITH person AS (
             SELECT id FROM users WHERE telegram_id = $1
         ), event AS (
             INSERT INTO events (kind, event_key, payload, occurred_at, seen_at)
             SELECT $2, id || ':' || EXTRACT(EPOCH FROM $4::timestamptz)::bigint, $3, $4, $4 FROM person
             ON CONFLICT DO NOTHING
             RETURNING id
         ), told AS (
             INSERT INTO notification_history (event_id, user_id, chat_id, kind, deliver_after, created_at)
             SELECT event.id, person.id, $1, $2, $4, $4 FROM event, person
             RETURNING chat_id
         )
         UPDATE chats SET wake_seq = wake_seq + 1 WHERE chat_id IN (SELECT chat_id FROM told)",
        chat.0,
        EventKind::Missed.name(),
        facts,
        now
    )
    .execute(&mut *tx)
    .await?;
    Ok(told.rows_affected() > 0)
}

/// What a tick finds beside the cabinets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Chats whose due rows nobody took.
    pub chats: Vec<ChatId>,
    /// Whether somebody's digest is due.
    pub has_digests: bool,
    /// Whether a token that waits for WB is to be tried again.
    pub has_tokens: bool,
    /// Whether somebody has to go on with an answer to a review.
    pub has_answers: bool,
    /// Whether events wait for the bus that were seen before the moment asked about.
    pub has_unpublished: bool,
    /// Notifications that are due and not told.
    pub pending: i64,
    /// The first moment at which one of them could be sent, of those whose chat was woken when they were made.
    pub due_at_once: Option<DateTime<Utc>>,
    /// The same, of those that had to wait for their moment: only a tick wakes their chat.
    pub due_after_wait: Option<DateTime<Utc>>,
    /// Cabinets that pause, because no token serves.
    pub paused: i64,
    /// Cabinets that should have been synced before the moment asked about.
    pub overdue: i64,
}

/// The moments about which a tick asks.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// An event for the bus that was seen before is forgotten.
    pub unpublished: DateTime<Utc>,
    /// A cabinet that might have been asked before is overdue.
    pub overdue: DateTime<Utc>,
}

/// Finds chats whose due rows nobody took: their wake-up was lost, or a longer wait is over. Raises
/// nothing, so that finding a chat twice is harmless. Says also what a tick would otherwise have to ask by
/// statements of its own.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_forgotten(db: impl Executor<'_>, since: Since, now: DateTime<Utc>) -> Result<Forgotten> {
    let chats = sqlx::query!(
        r#"SELECT found.chat_id AS "chat_id?",
                  EXISTS (SELECT 1 FROM chores WHERE kind = 'digest' AND due_at <= $1) AS "has_digests!",
                  EXISTS (SELECT 1 FROM token_attempts WHERE next_try_at <= $1) AS "has_tokens!",
                  EXISTS (SELECT 1 FROM review_answers WHERE next_at <= $1) AS "has_answers!",
                  EXISTS (SELECT 1 FROM events WHERE for_bus AND published_at IS NULL AND seen_at < $4)
                      AS "has_unpublished!",
                  due.pending AS "pending!", due.at_once, due.after_wait,
                  (SELECT count(*) FROM cabinets WHERE paused_at IS NOT NULL) AS "paused!",
                  (SELECT count(*) FROM cabinets k WHERE k.not_before < $5
                      AND EXISTS (SELECT 1 FROM cabinet_users m JOIN users u ON u.id = m.user_id
                                    LEFT JOIN chats h ON h.chat_id = u.telegram_id
                                   WHERE m.cabinet_id = k.id AND (h.blocked_at IS NULL OR h.blocked_at > $6)))
                      AS "overdue!"
             FROM (
           SELECT count(*) AS pending, min(d.since) FILTER (WHERE d.since <= d.created_at) AS at_once,
                  min(d.since) FILTER (WHERE d.since > d.created_at) AS after_wait
             FROM (SELECT n.created_at, GREATEST(n.deliver_after, b.next_send_at) AS since
                     FROM notification_history n LEFT JOIN chats b ON b.chat_id = n.chat_id
                    WHERE n.status IN ('pending', 'sending') AND n.deliver_after <= $1 AND b.blocked_at IS NULL) AS d
           ) AS due LEFT JOIN (
           SELECT c.chat_id FROM chats c
            WHERE c.blocked_at IS NULL AND c.next_send_at <= $1
              AND (c.lease_until IS NULL OR c.lease_until <= $1)
              AND (c.wake_at IS NULL OR c.wake_at <= $2)
              AND EXISTS (SELECT 1 FROM notification_history n
                           WHERE n.chat_id = c.chat_id AND n.status IN ('pending', 'sending') AND n.deliver_after <= $1)
            ORDER BY c.chat_id
            LIMIT $3) AS found ON true"#,
        now,
        now - WAKE_UP_LOST_AFTER,
        SWEEP_CHATS,
        since.unpublished,
        since.overdue,
        now - DESERTED_AFTER
    )
    .fetch_all(db)
    .await?;
    Ok(Forgotten {
        has_digests: chats.iter().any(|row| row.has_digests),
        has_tokens: chats.iter().any(|row| row.has_tokens),
        has_answers: chats.iter().any(|row| row.has_answers),
        has_unpublished: chats.iter().any(|row| row.has_unpublished),
        pending: chats.first().map_or(0, |row| row.pending),
        due_at_once: chats.first().and_then(|row| row.at_once),
        due_after_wait: chats.first().and_then(|row| row.after_wait),
        paused: chats.first().map_or(0, |row| row.paused),
        overdue: chats.first().map_or(0, |row| row.overdue),
        chats: chats.into_iter().filter_map(|row| row.chat_id.map(ChatId)).collect(),
    })
}
