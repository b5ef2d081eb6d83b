//! `chats` and the notifications due in them: claim, grant, settle.
//!
//! One statement takes the lease of a chat, suppresses what is no longer wanted, asks for a place in
//! the bot's present second and claims the next row; one more settles it and lets the chat go. So a
//! message costs two statements, and whatever dies in between leaves a row that the next one takes.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CabinetId, ChatId, EventKind, Photo, Size};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{Executor, Result};

/// How long a chat is ours: longer than all the calls to Telegram that one row can need.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Telegram asks for no more than one message a second in one chat.
pub const CHAT_PACE: TimeDelta = TimeDelta::seconds(1);
/// Telegram allows about 30 messages a second in all; the rest is left for replies.
pub const SENDS_PER_SECOND: i32 = 25;
/// A row refused this often for a reason of ours is given up, so that the chat goes on.
pub const ATTEMPTS: i32 = 5;
/// Rows looked at by one statement, so that a chat with a long backlog costs no more than another.
const LOOK_AHEAD_ROWS: i64 = 200;
/// Chats woken by one tick's sweep.
const SWEEP_CHATS: i64 = 500;
/// A delayed wake-up that is this late is taken as lost.
const WAKE_UP_LOST_AFTER: TimeDelta = TimeDelta::seconds(30);

/// A chat that is ours until the lease ends.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The number of the lease.
    pub lease_seq: i64,
    /// The reasons to look at the chat that we have seen.
    pub wake_seq: i64,
    /// What comes next.
    pub next: Next,
}

/// What became of an attempt to take a chat.
#[derive(Clone, Debug)]
pub enum Attempt {
    /// Somebody else has it, it is blocked, or a delayed wake-up is on its way already.
    NotOurs,
    /// Its next message is not allowed before this moment, and nobody else will wake it then.
    TooEarly(DateTime<Utc>),
    /// It is ours.
    Taken(Taken),
}

/// What comes next in a chat.
#[derive(Clone, Debug)]
pub enum Next {
    /// Nothing is due.
    Nothing,
    /// Something is due, but the bot's present second is used up.
    NoGrant,
    /// This row, now marked as being sent.
    Row(Box<Row>),
}

/// A notification row with all that its message needs.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: i64,
    /// Its kind; `None` for one that only a newer version knows.
    pub kind: Option<EventKind>,
    /// The cabinet that it is about.
    pub cabinet: CabinetId,
    /// The name of that cabinet, if the person has several.
    pub cabinet_name: Option<String>,
    /// How often it has been tried, this time included.
    pub attempts: i32,
    /// The message that it already has, to be edited.
    pub message_id: Option<i64>,
    /// The facts of the event.
    pub payload: serde_json::Value,
    /// The product that the event is about, as far as we know it.
    pub product: Option<ProductNow>,
}

/// A product at the moment of telling.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductNow {
    /// The title.
    pub title: Option<String>,
    /// The picture.
    pub image_url: Option<Photo>,
    /// The sizes of the card.
    pub sizes: Vec<Size>,
    /// What is left, by size; `None` while the stocks are not loaded.
    pub stocks: Option<Vec<SizeStock>>,
}

/// What is left of one size, over all warehouses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeStock {
    /// The size.
    pub chrt_id: i64,
    /// The pieces that can be sold.
    pub quantity: i64,
}

/// Takes the lease of a chat and claims its next row.
///
/// # Errors
/// When the database cannot be reached.
pub async fn take_chat(db: impl Executor<'_>, chat: ChatId, now: DateTime<Utc>) -> Result<Attempt> {
    let row = sqlx::query!(
        r#"WITH chat AS (
               UPDATE chats SET lease_until = $3, lease_seq = lease_seq + 1, wake_at = NULL
                WHERE chat_id = $1 AND blocked_at IS NULL AND next_send_at <= $2
                  AND (lease_until IS NULL OR lease_until <= $2)
               RETURNING chat_id, lease_seq, wake_seq
           ), early AS (
               UPDATE chats SET wake_at = next_send_at
                WHERE chat_id = $1 AND blocked_at IS NULL AND next_send_at > $2
                  AND (lease_until IS NULL OR lease_until <= $2) AND (wake_at IS NULL OR wake_at <= $2)
               RETURNING wake_at
           ), due AS (
               -- A row left in `sending` belongs to a lease that has ended: the lease is ours now.
               SELECT n.id, n.deliver_after, n.cabinet_id,
                      (m.user_id IS NOT NULL
                       AND (n.kind <> 'new_order'
                            OR (u.notifications_enabled AND COALESCE(s.new_orders_enabled, true)))) AS wanted
                 FROM chat
                 JOIN notification_history n ON n.chat_id = chat.chat_id
                 JOIN users u ON u.id = n.user_id
                 LEFT JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = n.user_id
                 LEFT JOIN notification_settings s ON s.cabinet_id = n.cabinet_id AND s.user_id = n.user_id
                WHERE n.status IN ('pending', 'sending') AND n.deliver_after <= $2
                ORDER BY n.deliver_after, n.id
                LIMIT $4
           ), suppressed AS (
               UPDATE notification_history SET status = 'suppressed'
                WHERE id IN (SELECT id FROM due WHERE NOT wanted)
           ), next AS (
               SELECT id FROM due WHERE wanted ORDER BY deliver_after, id LIMIT 1
           ), granted AS (
               INSERT INTO send_seconds AS s (second, used)
               SELECT date_trunc('second', $2::timestamptz), 1 FROM next
               ON CONFLICT (second) DO UPDATE SET used = s.used + 1 WHERE s.used < $5
               RETURNING second
           ), claimed AS (
               UPDATE notification_history n SET status = 'sending', attempts = n.attempts + 1
                 FROM next WHERE n.id = next.id AND n.status IN ('pending', 'sending')
                  AND EXISTS (SELECT 1 FROM granted)
               RETURNING n.id, n.event_id, n.user_id, n.cabinet_id, n.kind, n.attempts, n.telegram_message_id
           )
           SELECT chat.lease_seq AS "lease_seq?", chat.wake_seq AS "wake_seq?", early.wake_at AS "wake_at?", EXISTS (SELECT 1 FROM next) AS "has_next!",
                  n.id AS "id?", n.kind AS "kind?", n.cabinet_id AS "cabinet?", n.attempts AS "attempts?",
                  n.telegram_message_id AS "message_id?", e.payload AS "payload?",
                  CASE WHEN (SELECT count(*) FROM cabinet_users WHERE user_id = n.user_id) > 1 THEN c.name END
                      AS cabinet_name,
                  CASE WHEN n.kind = 'new_order' THEN jsonb_build_object(
                      'title', p.title, 'image_url', p.image_url, 'sizes', COALESCE(p.sizes, '[]'),
                      'stocks', CASE WHEN d.baseline_at IS NOT NULL THEN (
                          SELECT COALESCE(jsonb_agg(jsonb_build_object('chrt_id', t.chrt_id, 'quantity', t.quantity)), '[]')
                            FROM (SELECT chrt_id, sum(quantity)::bigint AS quantity FROM wb_stocks
                                   WHERE cabinet_id = n.cabinet_id AND nm_id = (e.payload->>'nm_id')::bigint
                                   GROUP BY chrt_id) t) END) END AS "product: Json<ProductNow>"
             FROM (SELECT 1) AS always
             LEFT JOIN chat ON true
             LEFT JOIN early ON true
             LEFT JOIN claimed n ON true
             LEFT JOIN events e ON e.id = n.event_id
             LEFT JOIN cabinets c ON c.id = n.cabinet_id
             LEFT JOIN data_sets d ON d.cabinet_id = n.cabinet_id AND d.data_set = 'stocks'
             LEFT JOIN wb_products p ON p.cabinet_id = n.cabinet_id AND p.nm_id = (e.payload->>'nm_id')::bigint"#,
        chat.0,
        now,
        now + LEASE,
        LOOK_AHEAD_ROWS,
        SENDS_PER_SECOND
    )
    .fetch_one(db)
    .await?;
    let (Some(lease_seq), Some(wake_seq)) = (row.lease_seq, row.wake_seq) else {
        return Ok(row.wake_at.map_or(Attempt::NotOurs, Attempt::TooEarly));
    };
    let next = match (row.id, row.cabinet) {
        (Some(id), Some(cabinet)) => Next::Row(Box::new(Row {
            id,
            kind: row.kind.as_deref().and_then(EventKind::parse),
            cabinet: CabinetId(cabinet),
            cabinet_name: row.cabinet_name,
            attempts: row.attempts.unwrap_or_default(),
            message_id: row.message_id,
            payload: row.payload.unwrap_or_default(),
            product: row.product.map(|product| product.0),
        })),
        _ if row.has_next => Next::NoGrant,
        _ => Next::Nothing,
    };
    Ok(Attempt::Taken(Taken { lease_seq, wake_seq, next }))
}

/// How the claimed row ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was sent and no row is changed.
    Untouched,
    /// Telegram has it, as this message.
    Sent(i64),
    /// It goes back and is tried again, not before this moment.
    Again {
        /// When.
        at: DateTime<Utc>,
        /// Why, without secrets.
        error: String,
        /// Whether the attempt counts towards [`ATTEMPTS`]: only a refusal of ours does.
        counts: bool,
    },
    /// It is given up: refused too often for a reason of ours.
    Failed(String),
    /// The person has blocked the bot: everything that waits for him is suppressed.
    Blocked(String),
}

/// Settles the claimed row and lets the chat go. Returns the moment for which a delayed wake-up must
/// be sent: whoever sets `wake_at` sends it, so a chat has one chain of them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn settle_chat(
    db: impl Executor<'_>,
    chat: ChatId,
    taken: &Taken,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let row_id = match &taken.next {
        Next::Row(row) => Some(row.id),
        _ => None,
    };
    let (status, message_id, error) = match verdict {
        Verdict::Untouched => (None, None, None),
        Verdict::Sent(message_id) => (Some("sent"), Some(*message_id), None),
        Verdict::Again { error, .. } => (Some("pending"), None, Some(error.as_str())),
        Verdict::Failed(error) => (Some("failed"), None, Some(error.as_str())),
        Verdict::Blocked(error) => (Some("suppressed"), None, Some(error.as_str())),
    };
    let forgive = matches!(verdict, Verdict::Again { counts: false, .. });
    let next_send_at = match verdict {
        Verdict::Again { at, .. } => *at,
        Verdict::Untouched if matches!(taken.next, Next::Nothing) => now,
        _ => now + CHAT_PACE,
    };
    let blocked_at = matches!(verdict, Verdict::Blocked(_)).then_some(now);
    let wake_at = sqlx::query_scalar!(
        r#"WITH settled AS (
               -- A row that was renewed while it was being sent stays pending: its new content is still to be shown.
               UPDATE notification_history
                  SET status = CASE WHEN status = 'sending' THEN $3 ELSE status END,
                      telegram_message_id = COALESCE($4, telegram_message_id),
                      sent_at = CASE WHEN $3 = 'sent' THEN $6 ELSE sent_at END,
                      attempts = attempts - CASE WHEN $10 THEN 1 ELSE 0 END,
                      error = $5
                WHERE id = $2 AND $3::text IS NOT NULL
               RETURNING id, status
           ), silenced AS (
               UPDATE notification_history SET status = 'suppressed', error = $5
                WHERE $9::timestamptz IS NOT NULL AND chat_id = $1 AND status = 'pending' AND id <> $2
           ), more AS (
               SELECT EXISTS (SELECT 1 FROM notification_history
                               WHERE chat_id = $1 AND status IN ('pending', 'sending') AND deliver_after <= $6
                                 AND id IS DISTINCT FROM $2)
                      OR $3 IS NOT DISTINCT FROM 'pending'
                      OR EXISTS (SELECT 1 FROM settled WHERE status = 'pending') AS due
           )
           UPDATE chats c
              SET lease_until = NULL,
                  next_send_at = $7::timestamptz,
                  blocked_at = COALESCE($9, c.blocked_at),
                  wake_at = CASE WHEN $9::timestamptz IS NULL AND (more.due OR c.wake_seq <> $8) THEN $7::timestamptz END
             FROM more
            WHERE c.chat_id = $1 AND c.lease_seq = $11
           RETURNING c.wake_at"#,
        chat.0,
        row_id,
        status,
        message_id,
        error,
        now,
        next_send_at,
        taken.wake_seq,
        blocked_at,
        forgive,
        taken.lease_seq
    )
    .fetch_optional(db)
    .await?;
    Ok(wake_at.flatten())
}

/// Notes that a person blocked the bot: nothing is sent until he lets it in again.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_blocked(db: impl Executor<'_>, chat: ChatId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO chats AS c (chat_id, blocked_at) VALUES ($1, $2)
         ON CONFLICT (chat_id) DO UPDATE SET blocked_at = COALESCE(c.blocked_at, excluded.blocked_at)",
        chat.0,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that a person is there again. What waited for him meanwhile is suppressed for good: who
/// blocked the bot gets no replay.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_unblocked(db: impl Executor<'_>, chat: ChatId) -> Result<()> {
    sqlx::query!(
        "WITH lifted AS (
             UPDATE chats SET blocked_at = NULL WHERE chat_id = $1 AND blocked_at IS NOT NULL RETURNING chat_id
         )
         UPDATE notification_history SET status = 'suppressed', error = 'the bot was blocked'
          WHERE chat_id IN (SELECT chat_id FROM lifted) AND status IN ('pending', 'sending')",
        chat.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Finds chats whose due rows nobody took: their wake-up was lost, or a longer wait is over. Raises
/// nothing, so that finding a chat twice is harmless.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_forgotten(db: impl Executor<'_>, now: DateTime<Utc>) -> Result<Vec<ChatId>> {
    let chats = sqlx::query_scalar!(
        r#"SELECT c.chat_id FROM chats c
            WHERE c.blocked_at IS NULL AND c.next_send_at <= $1
              AND (c.lease_until IS NULL OR c.lease_until <= $1)
              AND (c.wake_at IS NULL OR c.wake_at <= $2)
              AND EXISTS (SELECT 1 FROM notification_history n
                           WHERE n.chat_id = c.chat_id AND n.status IN ('pending', 'sending') AND n.deliver_after <= $1)
            ORDER BY c.chat_id
            LIMIT $3"#,
        now,
        now - WAKE_UP_LOST_AFTER,
        SWEEP_CHATS
    )
    .fetch_all(db)
    .await?;
    Ok(chats.into_iter().map(ChatId).collect())
}
