//! Settles a chat after its message: what became of the rows, and when the chat may be woken again.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ChatId, Facts, Photo,
    settings::{COLLECT_OFFER_AFTER, COLLECT_OFFER_WITHIN},
};

use super::{
    rows::Batch,
    take::{CHAT_PACE, Next, Taken},
};
use crate::{Connection, Pool, Result, chats::MISSED};

/// How long a chat rests after a sending whose end nobody saw: Telegram may not be well.
const UNSEEN_PACE: TimeDelta = TimeDelta::seconds(15);
/// A row refused this often for a reason of ours is given up, so that the chat goes on.
pub const ATTEMPTS: i32 = 5;
/// Refusals of two chats within this time pause the whole bot.
const PAUSE_WITHIN: TimeDelta = TimeDelta::seconds(10);

/// A message that Telegram has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// Its id.
    pub message_id: i64,
    /// Whether it is a picture.
    pub is_photo: bool,
    /// The picture's address with the id that Telegram just gave to it, or with none where it refuses the one that is kept.
    pub picture: Option<(Photo, Option<String>)>,
}

/// How the claimed rows end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Nothing was sent and no row is changed.
    Untouched,
    /// Telegram has it, as this message.
    Sent(SentMessage),
    /// Telegram cannot take anything now: the chat is tried again at this moment, and the attempt
    /// does not count.
    Again {
        /// When.
        at: DateTime<Utc>,
        /// Why, without secrets.
        error: String,
    },
    /// It is these rows that cannot be told: they are tried again at this moment, and the chat goes on.
    Later {
        /// When.
        at: DateTime<Utc>,
        /// Why, without secrets.
        error: String,
    },
    /// Nobody saw the end of the sending: Telegram may have the message. It is sent again at this moment; without one it
    /// counts as told, and as unsure.
    Unseen {
        /// When.
        again_at: Option<DateTime<Utc>>,
        /// Why, without secrets.
        error: String,
    },
    /// Telegram asks to wait until this moment: the chat, and the bot if another chat was just told
    /// the same.
    TooMany(DateTime<Utc>),
    /// It is given up: refused too often for a reason of ours.
    Failed(String),
    /// The person has blocked the bot: everything that waits for them is suppressed.
    Blocked,
}

/// Settles the claimed rows and lets the chat go. Returns the moment for which a delayed wake-up must
/// be sent: whoever sets `wake_at` sends it, so a chat has one chain of them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn settle_chat(
    pool: &Pool,
    chat: ChatId,
    taken: &Taken,
    settlement: &Settlement,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let mut tx = crate::begin(pool).await?;
    if let (Next::Rows(batch), Some(after)) = (&taken.next, rows_after(settlement)) {
        settle_rows(&mut tx, chat, batch, &after, now).await?;
    }
    let wake_at = let_go(&mut tx, chat, taken, settlement, now).await?;
    tx.commit().await?;
    Ok(wake_at)
}

/// What becomes of the rows of a message.
struct RowsAfter<'a> {
    status: &'static str,
    error: Option<&'a str>,
    /// When they are tried again; `None`: as they stand.
    deliver_after: Option<DateTime<Utc>>,
    /// Whether the attempt does not count.
    is_forgiven: bool,
    is_unseen: bool,
    is_unsure: bool,
    /// The message that Telegram has.
    sent: Option<&'a SentMessage>,
}

/// `None`: no row is changed.
fn rows_after(settlement: &Settlement) -> Option<RowsAfter<'_>> {
    let after = |status, error| RowsAfter {
        status,
        error,
        sent: None,
        deliver_after: None,
        is_forgiven: false,
        is_unseen: false,
        is_unsure: false,
    };
    Some(match settlement {
        Settlement::Untouched => return None,
        Settlement::Sent(sent) => RowsAfter { sent: Some(sent), ..after("sent", None) },
        Settlement::Again { error, .. } => RowsAfter { is_forgiven: true, ..after("pending", Some(error)) },
        Settlement::Later { at, error } => RowsAfter { deliver_after: Some(*at), ..after("pending", Some(error)) },
        Settlement::Unseen { again_at, error } => RowsAfter {
            deliver_after: *again_at,
            is_unseen: true,
            is_unsure: again_at.is_none(),
            ..after(if again_at.is_some() { "pending" } else { "sent" }, Some(error))
        },
        Settlement::TooMany(_) => RowsAfter { is_forgiven: true, ..after("pending", Some("Telegram asks to wait")) },
        Settlement::Failed(error) => after("failed", Some(error)),
        Settlement::Blocked => after("suppressed", Some(MISSED)),
    })
}

/// Settles the rows of a message. Settling is tried again when its answer is lost: what counts, counts once.
async fn settle_rows(
    tx: &mut Connection,
    chat: ChatId,
    batch: &Batch,
    after: &RowsAfter<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let ids: Vec<i64> = batch.rows.iter().map(|row| row.id.0).collect();
    let offer = batch.offer().map(|offer| Facts::CollectOffer(offer).to_payload());
    sqlx::query!(
        "WITH chat AS (
             -- Locked before its rows, as whoever takes the chat does it: after the lease has ended both may come at once.
             SELECT chat_id FROM chats WHERE chat_id = $1 FOR NO KEY UPDATE
         ), settled AS (
             -- A row that was renewed while it was being sent stays pending: its new content is still to be shown. Not where
             -- nobody knows of any message that could be edited, and it may not be sent again.
             UPDATE notification_history
                SET status = CASE WHEN NOT (status = 'sending' OR COALESCE(told_with = ANY($2), false) OR $12) THEN status
                                  -- What was sent before stays sent when its edit is given up.
                                  WHEN sent_at IS NOT NULL AND $3 IN ('suppressed', 'failed') THEN 'sent'
                                  ELSE $3 END,
                    telegram_message_id = COALESCE($4, telegram_message_id),
                    is_photo = CASE WHEN id = ANY($2) THEN COALESCE($5, is_photo) ELSE is_photo END,
                    -- An edit is no second sending.
                    sent_at = CASE WHEN $3 = 'sent' THEN COALESCE(sent_at, $6) ELSE sent_at END,
                    attempts = attempts - CASE WHEN $10 AND id = ANY($2) AND status = 'sending' THEN 1 ELSE 0 END,
                    unseen = unseen + CASE WHEN $11 AND id = ANY($2) AND status = 'sending' THEN 1 ELSE 0 END,
                    is_unsure = is_unsure OR $12,
                    deliver_after = CASE WHEN id = ANY($2) THEN COALESCE($9, deliver_after) ELSE deliver_after END,
                    error = $8
              -- What a digest tells is settled with it.
              WHERE EXISTS (SELECT 1 FROM chat) AND (id = ANY($2) OR told_with = ANY($2))
         ), offered AS (
             -- One more single message than is good: once, collecting is offered. The row that is
             -- settled here is not yet seen as sent.
             INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
             SELECT n.cabinet_id, 'collect_offer', n.user_id || ':' || n.kind, $7, $6, $6
               FROM notification_history n
              WHERE $3 = 'sent' AND $7::jsonb IS NOT NULL AND n.id = ANY($2) AND cardinality($2) = 1
                AND n.telegram_message_id IS NULL
                AND (SELECT count(*) FROM notification_history o
                      WHERE o.user_id = n.user_id AND o.cabinet_id = n.cabinet_id AND o.kind = n.kind
                        AND o.status = 'sent' AND o.group_id IS NULL AND o.sent_at > $13) + 1 >= $14
             ON CONFLICT DO NOTHING
             RETURNING id, cabinet_id
         )
         INSERT INTO notification_history (event_id, user_id, cabinet_id, chat_id, kind, deliver_after, created_at)
         SELECT o.id, n.user_id, o.cabinet_id, n.chat_id, 'collect_offer', $6, $6
           FROM offered o JOIN notification_history n ON n.id = ANY($2)",
        chat.0,
        &ids,
        after.status,
        after.sent.map(|sent| sent.message_id),
        after.sent.map(|sent| sent.is_photo),
        now,
        offer,
        after.error,
        after.deliver_after,
        after.is_forgiven,
        after.is_unseen,
        after.is_unsure,
        now - COLLECT_OFFER_WITHIN,
        COLLECT_OFFER_AFTER
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// When a chat may get its next message.
fn next_send_at(settlement: &Settlement, next: &Next, now: DateTime<Utc>) -> DateTime<Utc> {
    match (settlement, next) {
        (Settlement::Again { at, .. } | Settlement::TooMany(at), _) | (Settlement::Untouched, Next::NoGrant(at)) => *at,
        (Settlement::Unseen { .. }, _) => now + UNSEEN_PACE,
        (Settlement::Untouched, Next::Nothing) => now,
        _ => now + CHAT_PACE,
    }
}

/// Ends the lease of a chat, and notes what its message has shown of Telegram: a pause, a picture, a block.
async fn let_go(
    tx: &mut Connection,
    chat: ChatId,
    taken: &Taken,
    settlement: &Settlement,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let picture = match settlement {
        Settlement::Sent(sent) => sent.picture.as_ref(),
        _ => None,
    };
    let refused_until = match settlement {
        Settlement::TooMany(until) => Some(*until),
        _ => None,
    };
    let blocked_at = (*settlement == Settlement::Blocked).then_some(now);
    let wake_at = sqlx::query_scalar!(
        r#"WITH more AS (
               SELECT EXISTS (SELECT 1 FROM notification_history
                               WHERE chat_id = $1 AND status IN ('pending', 'sending') AND deliver_after <= $2) AS due
           ), silenced AS (
               UPDATE notification_history
                  SET status = CASE WHEN sent_at IS NULL THEN 'suppressed' ELSE 'sent' END, error = $11
                WHERE $5::timestamptz IS NOT NULL AND chat_id = $1 AND status = 'pending'
           ), paused AS (
               UPDATE telegram_pace
                  SET paused_until = CASE WHEN refused_chat <> $1 AND refused_at > $8
                                          THEN GREATEST(paused_until, $7::timestamptz) ELSE paused_until END,
                      refused_chat = $1, refused_at = $2
                WHERE $7::timestamptz IS NOT NULL
           ), pictured AS (
               INSERT INTO telegram_pictures AS t (image_url, file_id, sent_at)
               SELECT $9::text, $10::text, $2 WHERE $9 IS NOT NULL AND $10 IS NOT NULL
               ON CONFLICT (image_url) DO UPDATE SET file_id = excluded.file_id, sent_at = excluded.sent_at
           ), forgotten AS (
               DELETE FROM telegram_pictures WHERE image_url = $9 AND $10 IS NULL
           )
           UPDATE chats c
              SET lease_until = NULL,
                  next_send_at = $3,
                  blocked_at = COALESCE($5, c.blocked_at),
                  wake_at = CASE WHEN $5::timestamptz IS NULL AND (more.due OR c.wake_seq <> $4) THEN $3::timestamptz END
             FROM more
            WHERE c.chat_id = $1 AND c.lease_seq = $6
           RETURNING c.wake_at"#,
        chat.0,
        now,
        next_send_at(settlement, &taken.next, now),
        taken.wake_seq,
        blocked_at,
        taken.lease_seq,
        refused_until,
        now - PAUSE_WITHIN,
        picture.map(|(photo, _)| photo.0.as_str()),
        picture.and_then(|(_, file_id)| file_id.as_deref()),
        MISSED
    )
    .fetch_optional(tx)
    .await?;
    Ok(wake_at.flatten())
}
