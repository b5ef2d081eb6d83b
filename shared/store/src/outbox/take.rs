//! Takes a chat, and what comes next in it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, ChatId, Delivery, EventKind, GroupId, NmId, NotificationId, QuietMode, Zone,
    delivery::{Choices, Chosen, Decision, Due, HeldUntil, QuietHours, decide_next},
};

use super::rows::{Batch, LOOK_AHEAD_ROWS, load_batch};
use crate::{Connection, Pool, Result};

/// How long a chat is ours: longer than all the calls to Telegram that one row can need.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Telegram asks for no more than one message a second in one chat.
pub const CHAT_PACE: TimeDelta = TimeDelta::seconds(1);

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
pub enum TakeOutcome {
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
    /// Something is due, but the bot may send nothing before this moment.
    NoGrant(DateTime<Utc>),
    /// These rows, now marked as being sent, which make one message.
    Rows(Batch),
}

/// Takes the lease of a chat and claims its next message. [`decide_next`] says which rows make it, which wait and which are
/// suppressed; what waits is looked at again at its moment, marked as held.
/// [`crate::settings::release_held_by_settings`] brings held rows back when a setting changes.
///
/// `per_second` bounds the messages of the whole bot, of which Telegram takes about 30: the rest is left for replies. They are
/// counted over the second before this moment, not over the clock's: two full seconds side by side would be twice as many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn take_chat(
    pool: &Pool,
    chat: ChatId,
    group_above: u16,
    per_second: u16,
    now: DateTime<Utc>,
) -> Result<TakeOutcome> {
    let mut tx = crate::begin(pool).await?;
    let looked = lease(&mut tx, chat, now).await?;
    let Looked::Leased { lease_seq, wake_seq, due, choices } = looked else {
        tx.commit().await?;
        return Ok(if let Looked::TooEarly(wake_at) = looked {
            TakeOutcome::TooEarly(wake_at)
        } else {
            TakeOutcome::NotOurs
        });
    };
    let decision = decide_next(&due, choices, group_above.into(), now);
    let next = match &decision {
        Decision { suppressed, held, next: None, .. } if suppressed.is_empty() && held.is_empty() => Next::Nothing,
        decision => match claim(&mut tx, decision, per_second, now).await? {
            Claim::Nothing => Next::Nothing,
            Claim::NoGrant(at) => Next::NoGrant(at),
            Claim::Granted(chosen, claimed) => {
                let batch = load_batch(&mut *tx, &claimed, chosen.group, now).await?;
                let with_sound =
                    |batch| Batch { is_silent: decision.is_silent, due_since: Some(chosen.due_since), ..batch };
                batch.map_or(Next::Nothing, |batch| Next::Rows(with_sound(batch)))
            }
        },
    };
    tx.commit().await?;
    Ok(TakeOutcome::Taken(Taken { lease_seq, wake_seq, next }))
}

/// What a look at a chat has found.
enum Looked {
    NotOurs,
    TooEarly(DateTime<Utc>),
    Leased { lease_seq: i64, wake_seq: i64, due: Vec<Due>, choices: Choices },
}

/// Takes the lease of a chat, which locks its row, and reads what is due in it.
async fn lease(tx: &mut Connection, chat: ChatId, now: DateTime<Utc>) -> Result<Looked> {
    let rows = sqlx::query!(
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
           )
           SELECT chat.lease_seq AS "lease_seq?", chat.wake_seq AS "wake_seq?", early.wake_at AS "wake_at?",
                  u.notifications_enabled AS "is_on?", u.zone AS "zone?", u.quiet_enabled AS "is_quiet?",
                  u.quiet_from AS "quiet_from?", u.quiet_until AS "quiet_until?", u.quiet_mode AS "quiet_mode?",
                  n.id AS "id?", n.kind AS "kind?", n.cabinet_id, n.created_at AS "created_at?",
                  n.deliver_after AS "since?", n.group_id, n.telegram_message_id AS message_id, e.nm_id,
                  -- A row left in `sending` belongs to a lease that has ended: the lease is ours now.
                  n.telegram_message_id IS NULL AND (n.unseen > 0 OR n.status = 'sending') AS may_be_sent,
                  m.user_id IS NOT NULL AS "is_member!", COALESCE(e.is_asked_for, false) AS "is_asked_for!",
                  COALESCE(CASE n.kind WHEN 'new_order' THEN s.new_orders_enabled
                                       WHEN 'order_buyout' THEN s.order_buyouts_enabled
                                       WHEN 'order_cancellation' THEN s.order_cancellations_enabled
                                       WHEN 'order_return' THEN s.order_returns_enabled
                                       WHEN 'negative_review' THEN s.negative_reviews_enabled
                                       WHEN 'critical_stock' THEN s.critical_stocks_enabled
                                       ELSE s.orders_late_enabled END, true) AS "is_kind_on!",
                  EXISTS (SELECT 1 FROM muted_products x
                           WHERE x.user_id = n.user_id AND x.cabinet_id = n.cabinet_id AND x.nm_id = e.nm_id
                             AND x.kind IN (n.kind, 'all')) AS "is_muted!",
                  v.delivery AS "delivery?"
             FROM (SELECT 1) AS always
             LEFT JOIN chat ON true
             LEFT JOIN early ON true
             LEFT JOIN LATERAL (SELECT * FROM notification_history d
                                 WHERE d.chat_id = chat.chat_id AND d.status IN ('pending', 'sending')
                                   AND d.deliver_after <= $2
                                 ORDER BY d.deliver_after, d.id
                                 LIMIT $4) n ON true
             LEFT JOIN events e ON e.id = n.event_id
             LEFT JOIN users u ON u.id = n.user_id
             LEFT JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = n.user_id
             LEFT JOIN notification_settings s ON s.cabinet_id = n.cabinet_id AND s.user_id = n.user_id
             LEFT JOIN notification_deliveries v
                    ON v.cabinet_id = n.cabinet_id AND v.user_id = n.user_id AND v.kind = n.kind
            ORDER BY n.deliver_after, n.id"#,
        chat.0,
        now,
        now + LEASE,
        LOOK_AHEAD_ROWS
    )
    .fetch_all(tx)
    .await?;
    let Some(first) = rows.first() else { return Ok(Looked::NotOurs) };
    let (Some(lease_seq), Some(wake_seq)) = (first.lease_seq, first.wake_seq) else {
        return Ok(first.wake_at.map_or(Looked::NotOurs, Looked::TooEarly));
    };
    let quiet = || {
        let mode = first.quiet_mode.as_deref().and_then(QuietMode::parse).unwrap_or_default();
        Some(QuietHours { from: first.quiet_from?, until: first.quiet_until?, mode })
    };
    let choices = Choices {
        is_on: first.is_on.unwrap_or(true),
        zone: first.zone.as_deref().and_then(Zone::parse).unwrap_or_default(),
        quiet: first.is_quiet.unwrap_or_default().then(quiet).flatten(),
    };
    let due = rows.iter().filter_map(|row| {
        Some(Due {
            id: NotificationId(row.id?),
            kind: row.kind.as_deref().and_then(EventKind::parse),
            cabinet: row.cabinet_id.map(CabinetId),
            created_at: row.created_at?,
            since: row.since?,
            nm_id: row.nm_id.map(NmId),
            is_edit: row.message_id.is_some(),
            group: row.group_id.map(GroupId),
            may_be_sent: row.may_be_sent.unwrap_or_default(),
            is_member: row.is_member,
            is_on: row.is_kind_on,
            is_muted: row.is_muted,
            delivery: row.delivery.as_deref().and_then(Delivery::parse).unwrap_or_default(),
            is_asked_for: row.is_asked_for,
        })
    });
    Ok(Looked::Leased { lease_seq, wake_seq, due: due.collect(), choices })
}

/// What became of a decision.
enum Claim<'a> {
    Nothing,
    NoGrant(DateTime<Utc>),
    /// With the ids that were claimed.
    Granted(&'a Chosen, Vec<i64>),
}

/// Stores what was decided, and claims the next message if the bot may send one more in this second.
async fn claim<'a>(
    tx: &mut Connection,
    decision: &'a Decision,
    per_second: u16,
    now: DateTime<Utc>,
) -> Result<Claim<'a>> {
    let (held, held_until): (Vec<i64>, Vec<Option<DateTime<Utc>>>) = decision
        .held
        .iter()
        .map(|(id, until)| match until {
            HeldUntil::Moment(at) => (id.0, Some(*at)),
            HeldUntil::Digest => (id.0, None),
        })
        .unzip();
    let chosen = decision.next.as_ref();
    let row = sqlx::query!(
        r#"WITH held AS (
               UPDATE notification_history n
                  SET status = 'pending', deliver_after = COALESCE(h.until, 'infinity'), is_held = true
                 FROM UNNEST($2::bigint[], $3::timestamptz[]) AS h(id, until)
                WHERE n.id = h.id AND n.status IN ('pending', 'sending')
           ), suppressed AS (
               -- What was sent before stays sent: only its edit is no longer wanted.
               UPDATE notification_history SET status = CASE WHEN sent_at IS NULL THEN 'suppressed' ELSE 'sent' END
                WHERE id = ANY($4) AND status IN ('pending', 'sending')
           ), before AS (
               -- The part of the last second of the clock that lies within the second before now.
               SELECT COALESCE((SELECT used FROM send_seconds
                                 WHERE second = date_trunc('second', $1::timestamptz) - interval '1 second'), 0)
                      * (1 - (EXTRACT(microseconds FROM $1::timestamptz) % 1000000) / 1000000) AS used,
                      (SELECT paused_until FROM telegram_pace WHERE paused_until > $1) AS paused_until
           ), granted AS (
               INSERT INTO send_seconds AS s (second, used)
               SELECT date_trunc('second', $1::timestamptz), 1 FROM before
                WHERE cardinality($5::bigint[]) > 0 AND before.paused_until IS NULL AND before.used < $7::integer
               ON CONFLICT (second) DO UPDATE SET used = s.used + 1 WHERE s.used + (SELECT used FROM before) < $7::integer
               RETURNING second
           ), claimed AS (
               UPDATE notification_history
                  SET status = 'sending', attempts = attempts + 1,
                      -- Whoever held it before ended while it was being sent. An edit may be made twice.
                      unseen = unseen + CASE WHEN status = 'sending' AND telegram_message_id IS NULL THEN 1 ELSE 0 END,
                      group_id = COALESCE($6, group_id)
                WHERE id = ANY($5) AND status IN ('pending', 'sending') AND EXISTS (SELECT 1 FROM granted)
               RETURNING id
           )
           SELECT COALESCE((SELECT array_agg(id) FROM claimed), '{}') AS "claimed!", (SELECT paused_until FROM before) AS paused_until"#,
        now,
        &held,
        &held_until as &[Option<DateTime<Utc>>],
        &numbers(&decision.suppressed),
        &chosen.map_or_else(Vec::new, |chosen| numbers(&chosen.ids)),
        chosen.and_then(|chosen| chosen.group).map(|group| group.0),
        i32::from(per_second)
    )
    .fetch_one(tx)
    .await?;
    Ok(match chosen {
        None => Claim::Nothing,
        Some(chosen) if !row.claimed.is_empty() => Claim::Granted(chosen, row.claimed),
        Some(_) => Claim::NoGrant(row.paused_until.unwrap_or(now + CHAT_PACE)),
    })
}

fn numbers(ids: &[NotificationId]) -> Vec<i64> {
    ids.iter().map(|id| id.0).collect()
}
