//! `chats` and the notifications due in them: claim, grant, settle.
//!
//! One statement takes the lease of a chat, suppresses what is no longer wanted, asks for a place in
//! the bot's present second and claims the next row; one more settles it and lets the chat go. So a
//! message costs two statements, and whatever dies in between leaves a row that the next one takes.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, ChatId, Delivery, EventKind, Language, Photo, Source, Zone,
    event::{Missed, Totals},
    settings::{COLLECT_OFFER_AFTER, COLLECT_OFFER_WITHIN},
};
use sqlx::types::Json;

use self::batch::{LOOK_AHEAD_ROWS, PICTURE_KEPT};
use crate::{Connection, Executor, Result};

mod batch;

pub use batch::{Batch, ProductNow, Row, SizeStock, load_group, load_row};

/// How long a chat is ours: longer than all the calls to Telegram that one row can need.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Telegram asks for no more than one message a second in one chat.
pub const CHAT_PACE: TimeDelta = TimeDelta::seconds(1);
/// How long a chat rests after a sending whose end nobody saw: Telegram may not be well.
const UNSEEN_PACE: TimeDelta = TimeDelta::seconds(15);
/// A row refused this often for a reason of ours is given up, so that the chat goes on.
pub const ATTEMPTS: i32 = 5;
/// A backlog older than this comes as one group, however few rows it has.
const BACKLOG_AGE: TimeDelta = TimeDelta::hours(24);
/// A cabinet is not polled once every member has blocked the bot for this long.
pub const DESERTED_AFTER: TimeDelta = TimeDelta::days(7);
/// Refusals of two chats within this time pause the whole bot.
const PAUSE_WITHIN: TimeDelta = TimeDelta::seconds(10);
/// Chats woken by one tick's sweep.
const SWEEP_CHATS: i64 = 500;
/// Why a notification is suppressed that came while its person had blocked the bot. They are told how many it were.
pub(crate) const MISSED: &str = "the bot was blocked";
/// … and that they have been told.
const MISSED_AND_TOLD: &str = "the bot was blocked, which its person knows";
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
    /// Something is due, but the bot may send nothing before this moment.
    NoGrant(DateTime<Utc>),
    /// These rows, now marked as being sent, which make one message.
    Rows(Batch),
}

/// Takes the lease of a chat and claims its next row, or all of a kind and cabinet where more than
/// `group_above` are due or the first of several has waited for a day. Sizes of one product that
/// fell together are one message too.
///
/// `per_second` bounds the messages of the whole bot, of which Telegram takes about 30: the rest is left for replies. They are
/// counted over the second before this moment, not over the clock's: two full seconds side by side would be twice as many.
///
/// The settings decide here and nowhere earlier, so that a change is in force at once: what is not
/// wanted is suppressed, and what has to wait (for the end of a period of collecting, of the quiet
/// hours, for the digest) is moved to the moment at which it is looked at again, marked as held.
/// [`crate::settings::release_held_by_settings`] brings held rows back when a setting changes.
///
/// # Errors
/// When the database cannot be reached.
pub async fn take_chat(
    db: impl Executor<'_>,
    chat: ChatId,
    group_above: u16,
    per_second: u16,
    now: DateTime<Utc>,
) -> Result<Attempt> {
    let (zones, minutes) = zones(now);
    let (deliveries, periods_since, periods_until) = periods(now);
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
           ), due AS (
               -- A row left in `sending` belongs to a lease that has ended: the lease is ours now.
               SELECT n.id, n.kind, n.deliver_after, n.cabinet_id, n.created_at, e.payload->>'nm_id' AS nm_id,
                      n.telegram_message_id IS NOT NULL AS is_edit, n.group_id,
                      -- The person may have it already: then it is sent in the same form again.
                      n.telegram_message_id IS NULL AND (n.unseen > 0 OR n.status = 'sending') AS may_be_told,
                      (n.cabinet_id IS NULL OR m.user_id IS NOT NULL)
                      AND (NOT (n.kind = ANY($7) OR n.kind IN ('orders_late', 'orders_late_over'))
                           OR (u.notifications_enabled
                               AND COALESCE(CASE n.kind
                                       WHEN 'new_order' THEN s.new_orders_enabled
                                       WHEN 'order_buyout' THEN s.order_buyouts_enabled
                                       WHEN 'order_cancellation' THEN s.order_cancellations_enabled
                                       WHEN 'order_return' THEN s.order_returns_enabled
                                       WHEN 'negative_review' THEN s.negative_reviews_enabled
                                       WHEN 'critical_stock' THEN s.critical_stocks_enabled
                                       ELSE s.orders_late_enabled END, true)
                               AND NOT EXISTS (SELECT 1 FROM muted_products x
                                                WHERE x.user_id = n.user_id AND x.cabinet_id = n.cabinet_id
                                                  AND x.nm_id = (e.payload->>'nm_id')::bigint
                                                  AND x.kind IN (n.kind, 'all')))) AS wanted,
                      -- What is only edited makes no sound, and a first sync is waited for.
                      CASE WHEN n.telegram_message_id IS NULL THEN GREATEST(
                          CASE WHEN NOT (n.kind = ANY($7)) THEN NULL
                               WHEN v.delivery = 'digest' THEN 'infinity'
                               WHEN n.created_at >= p.since THEN p.until END,
                          CASE WHEN q.is_quiet AND u.quiet_mode = 'held'
                                AND n.kind NOT IN ('first_sync_progress', 'first_sync_finished')
                                AND NOT COALESCE((e.payload->>'is_asked_for')::boolean, false)
                               THEN date_trunc('minute', $2::timestamptz)
                                    + (u.quiet_until * 60 - z.minute + 1440) % 1440 * interval '1 minute' END) END
                          AS held_until,
                      p.delivery IS NOT NULL AS is_collected,
                      COALESCE(q.is_quiet, false) AS is_silent
                 FROM chat
                 JOIN notification_history n ON n.chat_id = chat.chat_id
                 JOIN events e ON e.id = n.event_id
                 JOIN users u ON u.id = n.user_id
                 LEFT JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = n.user_id
                 LEFT JOIN notification_settings s ON s.cabinet_id = n.cabinet_id AND s.user_id = n.user_id
                 LEFT JOIN notification_deliveries v
                        ON v.cabinet_id = n.cabinet_id AND v.user_id = n.user_id AND v.kind = n.kind
                 LEFT JOIN UNNEST($9::text[], $10::integer[]) AS z(zone, minute) ON z.zone = u.zone
                 LEFT JOIN UNNEST($11::text[], $12::timestamptz[], $13::timestamptz[]) AS p(delivery, since, until)
                        ON p.delivery = v.delivery AND n.kind = ANY($7)
                 CROSS JOIN LATERAL (
                     SELECT u.quiet_enabled
                            AND CASE WHEN u.quiet_from < u.quiet_until
                                     THEN z.minute >= u.quiet_from * 60 AND z.minute < u.quiet_until * 60
                                     WHEN u.quiet_from > u.quiet_until
                                     THEN z.minute >= u.quiet_from * 60 OR z.minute < u.quiet_until * 60
                                     ELSE false END AS is_quiet) q
                WHERE n.status IN ('pending', 'sending') AND n.deliver_after <= $2
                ORDER BY n.deliver_after, n.id
                LIMIT $4
           ), held AS (
               UPDATE notification_history n
                  SET status = 'pending', deliver_after = due.held_until, is_held = true
                 FROM due WHERE n.id = due.id AND due.wanted AND due.held_until IS NOT NULL
           ), suppressed AS (
               -- What was told before stays told: only its edit is no longer wanted.
               UPDATE notification_history SET status = CASE WHEN sent_at IS NULL THEN 'suppressed' ELSE 'sent' END
                WHERE id IN (SELECT id FROM due WHERE NOT wanted)
           ), next AS (
               SELECT * FROM due WHERE wanted AND held_until IS NULL ORDER BY deliver_after, id LIMIT 1
           ), alike AS (
               SELECT d.*, d.nm_id = next.nm_id AND d.created_at = next.created_at AS fell_together,
                      -- A message is edited by itself: as part of a group its row would be told twice.
                      CASE WHEN next.may_be_told THEN next.group_id IS NOT NULL
                           ELSE next.kind = ANY($7) AND NOT next.is_edit
                                AND (count(*) OVER () > $6
                                     OR (count(*) OVER () > 1 AND (next.is_collected OR next.created_at < $8)))
                           END AS is_group
                 FROM due d JOIN next ON next.kind = d.kind AND next.cabinet_id IS NOT DISTINCT FROM d.cabinet_id
                                     AND next.is_edit = d.is_edit AND next.may_be_told = d.may_be_told
                                     AND (NOT next.may_be_told OR next.group_id IS NOT DISTINCT FROM d.group_id)
                WHERE d.wanted AND d.held_until IS NULL
           ), chosen AS (
               SELECT a.id, a.is_group, a.is_silent FROM alike a, next
                WHERE a.is_group OR a.id = next.id OR (a.kind = 'critical_stock' AND a.fell_together)
           ), before AS (
               -- The part of the last second of the clock that lies within the second before now.
               SELECT COALESCE((SELECT used FROM send_seconds
                                 WHERE second = date_trunc('second', $2::timestamptz) - interval '1 second'), 0)
                      * (1 - (EXTRACT(microseconds FROM $2::timestamptz) % 1000000) / 1000000) AS used,
                      (SELECT paused_until FROM telegram_pace WHERE paused_until > $2) AS paused_until
           ), granted AS (
               INSERT INTO send_seconds AS s (second, used)
               SELECT date_trunc('second', $2::timestamptz), 1 FROM next, before
                WHERE before.paused_until IS NULL AND before.used < $5::integer
               ON CONFLICT (second) DO UPDATE SET used = s.used + 1 WHERE s.used + (SELECT used FROM before) < $5::integer
               RETURNING second
           ), claimed AS (
               UPDATE notification_history n
                  SET status = 'sending', attempts = n.attempts + 1,
                      -- Whoever held it before ended while it was being sent. An edit may be made twice.
                      unseen = n.unseen + CASE WHEN n.status = 'sending' AND n.telegram_message_id IS NULL THEN 1 ELSE 0 END,
                      -- What was sent before has the group's name on its buttons.
                      group_id = CASE WHEN chosen.is_group THEN (SELECT COALESCE(CASE WHEN may_be_told THEN group_id END, id) FROM next)
                                      ELSE n.group_id END
                 FROM chosen WHERE n.id = chosen.id AND n.status IN ('pending', 'sending')
                  AND EXISTS (SELECT 1 FROM granted)
               RETURNING n.id, n.event_id, n.user_id, n.cabinet_id, n.kind, n.attempts, n.unseen, n.telegram_message_id,
                         n.is_photo, n.deliver_after, CASE WHEN chosen.is_group THEN n.group_id END AS named_group,
                         chosen.is_silent
           )
           SELECT chat.lease_seq AS "lease_seq?", chat.wake_seq AS "wake_seq?", early.wake_at AS "wake_at?",
                  EXISTS (SELECT 1 FROM next) AS "has_next!", (SELECT paused_until FROM before) AS paused_until,
                  u.language AS "language?", n.id AS "id?", n.kind AS "kind?", n.cabinet_id AS "cabinet?", n.attempts AS "attempts?", n.unseen AS "unseen?",
                  n.named_group AS "group?", n.is_silent AS "is_silent?", n.telegram_message_id AS "message_id?",
                  n.is_photo AS "is_photo?", t.file_id AS "file_id?", e.payload AS "payload?", e.seen_at AS "seen_at?",
                  n.deliver_after AS "deliver_after?",
                  CASE WHEN (SELECT count(*) FROM cabinet_users WHERE user_id = n.user_id) > 1 THEN c.name END
                      AS cabinet_name,
                  CASE WHEN n.kind = ANY($7) THEN jsonb_build_object(
                      'title', p.title, 'article', p.supplier_article, 'image_url', p.image_url, 'sizes', COALESCE(p.sizes, '[]'),
                      'stocks', CASE WHEN n.named_group IS NULL THEN product_stocks(n.cabinet_id, (e.payload->>'nm_id')::bigint) END,
                      'hides_sellers', NOT sees_seller_stocks(n.cabinet_id),
                      'counts', CASE WHEN n.named_group IS NULL THEN
                          product_figures(n.cabinet_id, (e.payload->>'nm_id')::bigint, $2) END)
                  END AS "product: Json<ProductNow>"
             FROM (SELECT 1) AS always
             LEFT JOIN chat ON true
             LEFT JOIN early ON true
             LEFT JOIN claimed n ON true
             LEFT JOIN users u ON u.id = n.user_id
             LEFT JOIN events e ON e.id = n.event_id
             LEFT JOIN cabinets c ON c.id = n.cabinet_id
             LEFT JOIN wb_products p ON p.cabinet_id = n.cabinet_id AND p.nm_id = (e.payload->>'nm_id')::bigint
             LEFT JOIN telegram_pictures t ON t.image_url = p.image_url AND t.sent_at > $14
            ORDER BY n.id"#,
        chat.0,
        now,
        now + LEASE,
        LOOK_AHEAD_ROWS,
        i32::from(per_second),
        i64::from(group_above),
        &switched_kinds(),
        now - BACKLOG_AGE,
        &zones,
        &minutes,
        &deliveries,
        &periods_since,
        &periods_until,
        now - PICTURE_KEPT
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else { return Ok(Attempt::NotOurs) };
    let (Some(lease_seq), Some(wake_seq)) = (first.lease_seq, first.wake_seq) else {
        return Ok(first.wake_at.map_or(Attempt::NotOurs, Attempt::TooEarly));
    };
    let next = match first.id {
        Some(_) => Next::Rows(Batch {
            kind: first.kind.as_deref().and_then(EventKind::parse),
            cabinet: first.cabinet.map(CabinetId),
            cabinet_name: first.cabinet_name.clone(),
            language: first.language.as_deref().and_then(Language::parse).unwrap_or_default(),
            group: first.group,
            is_silent: first.is_silent.unwrap_or_default(),
            due_since: rows.iter().filter_map(|row| row.deliver_after).min(),
            rows: rows
                .into_iter()
                .filter_map(|row| {
                    Some(Row {
                        id: row.id?,
                        attempts: row.attempts.unwrap_or_default(),
                        unseen: row.unseen.unwrap_or_default(),
                        message_id: row.message_id,
                        is_photo: row.is_photo.unwrap_or_default(),
                        file_id: row.file_id,
                        seen_at: row.seen_at.unwrap_or(now),
                        payload: row.payload.unwrap_or_default(),
                        product: row.product.map(|product| product.0),
                    })
                })
                .collect(),
        }),
        None if first.has_next => Next::NoGrant(first.paused_until.unwrap_or(now + CHAT_PACE)),
        None => Next::Nothing,
    };
    Ok(Attempt::Taken(Taken { lease_seq, wake_seq, next }))
}

/// What the clocks of all zones show, in minutes since midnight.
fn zones(now: DateTime<Utc>) -> (Vec<String>, Vec<i32>) {
    Zone::ALL.into_iter().map(|zone| (zone.name().to_owned(), zone.minute_of_day(now))).unzip()
}

/// The periods of collecting that go on: the names of the deliveries, the beginnings and the ends.
fn periods(now: DateTime<Utc>) -> (Vec<String>, Vec<DateTime<Utc>>, Vec<DateTime<Utc>>) {
    let collected = Delivery::ALL.into_iter().filter_map(|one| Some((one.name().to_owned(), one.period(now)?)));
    collected.map(|(name, (since, until))| (name, since, until)).collect()
}

/// The kinds that a person can switch, as the column holds them.
fn switched_kinds() -> Vec<String> {
    EventKind::SWITCHED.iter().map(|kind| kind.name().to_owned()).collect()
}

/// A message that Telegram has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub message_id: i64,
    /// Whether it is a picture.
    pub is_photo: bool,
    /// The picture's address with the id that Telegram just gave to it, or with none where it refuses the one that is kept.
    pub picture: Option<(Photo, Option<String>)>,
}

/// How the claimed rows end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was sent and no row is changed.
    Untouched,
    /// Telegram has it, as this message.
    Sent(Told),
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
    db: impl Executor<'_>,
    chat: ChatId,
    taken: &Taken,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let row_ids: Vec<i64> = match &taken.next {
        Next::Rows(batch) => batch.rows.iter().map(|row| row.id).collect(),
        _ => Vec::new(),
    };
    let (status, message_id, error) = match verdict {
        Verdict::Untouched => (None, None, None),
        Verdict::Sent(told) => (Some("sent"), Some(told.message_id), None),
        Verdict::Again { error, .. } | Verdict::Later { error, .. } => (Some("pending"), None, Some(error.as_str())),
        Verdict::Unseen { again_at: Some(_), error } => (Some("pending"), None, Some(error.as_str())),
        Verdict::Unseen { again_at: None, error } => (Some("sent"), None, Some(error.as_str())),
        Verdict::TooMany(_) => (Some("pending"), None, Some("Telegram asks to wait")),
        Verdict::Failed(error) => (Some("failed"), None, Some(error.as_str())),
        Verdict::Blocked => (Some("suppressed"), None, Some(MISSED)),
    };
    let told = match verdict {
        Verdict::Sent(told) => Some(told),
        _ => None,
    };
    let picture = told.and_then(|told| told.picture.as_ref());
    let forgive = matches!(verdict, Verdict::Again { .. } | Verdict::TooMany(_));
    let (is_unseen, is_unsure) = match verdict {
        Verdict::Unseen { again_at, .. } => (true, again_at.is_none()),
        _ => (false, false),
    };
    let deliver_after = match verdict {
        Verdict::Later { at, .. } => Some(*at),
        Verdict::Unseen { again_at, .. } => *again_at,
        _ => None,
    };
    let next_send_at = match (verdict, &taken.next) {
        (Verdict::Again { at, .. } | Verdict::TooMany(at), _) | (Verdict::Untouched, Next::NoGrant(at)) => *at,
        (Verdict::Unseen { .. }, _) => now + UNSEEN_PACE,
        (Verdict::Untouched, Next::Nothing) => now,
        _ => now + CHAT_PACE,
    };
    let refused_until = match verdict {
        Verdict::TooMany(until) => Some(*until),
        _ => None,
    };
    let blocked_at = matches!(verdict, Verdict::Blocked).then_some(now);
    let wake_at = sqlx::query_scalar!(
        r#"WITH chat AS (
               -- Locked before its rows, as whoever takes the chat does it: after the lease has ended both may come at once.
               -- All others read it, the last part too, because a row that the statement has changed is not locked any more.
               SELECT chat_id FROM chats WHERE chat_id = $1 FOR NO KEY UPDATE
           ), settled AS (
               -- A row that was renewed while it was being sent stays pending: its new content is still to be shown. Not where
               -- nobody knows of any message that could be edited, and it may not be sent again.
               UPDATE notification_history
                  SET status = CASE WHEN NOT (status = 'sending' OR COALESCE(told_with = ANY($2), false) OR $22) THEN status
                                    -- What was told before stays told when its edit is given up.
                                    WHEN sent_at IS NOT NULL AND $3 IN ('suppressed', 'failed') THEN 'sent'
                                    ELSE $3 END,
                      telegram_message_id = COALESCE($4, telegram_message_id),
                      is_photo = CASE WHEN id = ANY($2) THEN COALESCE($15, is_photo) ELSE is_photo END,
                      -- An edit is no second telling.
                      sent_at = CASE WHEN $3 = 'sent' THEN COALESCE(sent_at, $6) ELSE sent_at END,
                      -- Settling is tried again when its answer is lost: what counts, counts once.
                      attempts = attempts - CASE WHEN $10 AND id = ANY($2) AND status = 'sending' THEN 1 ELSE 0 END,
                      unseen = unseen + CASE WHEN $21 AND id = ANY($2) AND status = 'sending' THEN 1 ELSE 0 END,
                      is_unsure = is_unsure OR $22,
                      deliver_after = CASE WHEN id = ANY($2) THEN COALESCE($14, deliver_after) ELSE deliver_after END,
                      error = $5
                -- What a digest tells is settled with it.
                WHERE EXISTS (SELECT 1 FROM chat) AND (id = ANY($2) OR told_with = ANY($2)) AND $3::text IS NOT NULL
               RETURNING id, status, deliver_after
           ), offered AS (
               -- One more single message than is good: once, collecting is offered. The row that is
               -- settled here is not yet seen as sent.
               INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
               SELECT n.cabinet_id, 'collect_offer', n.user_id || ':' || n.kind,
                      jsonb_build_object('cabinet', n.cabinet_id, 'kind', n.kind), $6, $6
                 FROM notification_history n
                WHERE $3 = 'sent' AND n.id = ANY($2) AND cardinality($2) = 1 AND n.kind = ANY($18)
                  AND n.telegram_message_id IS NULL
                  AND (SELECT count(*) FROM notification_history o
                        WHERE o.user_id = n.user_id AND o.cabinet_id = n.cabinet_id AND o.kind = n.kind
                          AND o.status = 'sent' AND o.group_id IS NULL AND o.sent_at > $19) + 1 >= $20
               ON CONFLICT DO NOTHING
               RETURNING id, cabinet_id
           ), offering AS (
               INSERT INTO notification_history (event_id, user_id, cabinet_id, chat_id, kind, deliver_after, created_at)
               SELECT o.id, n.user_id, o.cabinet_id, n.chat_id, 'collect_offer', $6, $6
                 FROM offered o JOIN notification_history n ON n.id = ANY($2)
           ), silenced AS (
               UPDATE notification_history
                  SET status = CASE WHEN sent_at IS NULL THEN 'suppressed' ELSE 'sent' END, error = $5
                WHERE $9::timestamptz IS NOT NULL AND EXISTS (SELECT 1 FROM chat)
                  AND chat_id = $1 AND status = 'pending' AND id <> ALL($2)
           ), paused AS (
               UPDATE telegram_pace
                  SET paused_until = CASE WHEN refused_chat <> $1 AND refused_at > $13
                                          THEN GREATEST(paused_until, $12::timestamptz) ELSE paused_until END,
                      refused_chat = $1, refused_at = $6
                WHERE $12::timestamptz IS NOT NULL
           ), pictured AS (
               INSERT INTO telegram_pictures AS t (image_url, file_id, sent_at)
               SELECT $16::text, $17::text, $6 WHERE $16 IS NOT NULL AND $17 IS NOT NULL
               ON CONFLICT (image_url) DO UPDATE SET file_id = excluded.file_id, sent_at = excluded.sent_at
           ), forgotten AS (
               DELETE FROM telegram_pictures WHERE image_url = $16 AND $17 IS NULL
           ), more AS (
               SELECT EXISTS (SELECT 1 FROM notification_history
                               WHERE chat_id = $1 AND status IN ('pending', 'sending') AND deliver_after <= $6
                                 AND id <> ALL($2))
                      OR EXISTS (SELECT 1 FROM settled WHERE status = 'pending' AND deliver_after <= $6)
                      OR EXISTS (SELECT 1 FROM offered) AS due
           )
           UPDATE chats c
              SET lease_until = NULL,
                  next_send_at = $7::timestamptz,
                  blocked_at = COALESCE($9, c.blocked_at),
                  wake_at = CASE WHEN $9::timestamptz IS NULL AND (more.due OR c.wake_seq <> $8) THEN $7::timestamptz END
             FROM more, chat
            WHERE c.chat_id = chat.chat_id AND c.lease_seq = $11
           RETURNING c.wake_at"#,
        chat.0,
        &row_ids,
        status,
        message_id,
        error,
        now,
        next_send_at,
        taken.wake_seq,
        blocked_at,
        forgive,
        taken.lease_seq,
        refused_until,
        now - PAUSE_WITHIN,
        deliver_after,
        told.map(|told| told.is_photo),
        picture.map(|(photo, _)| photo.0.as_str()),
        picture.and_then(|(_, file_id)| file_id.as_deref()),
        &switched_kinds(),
        now - COLLECT_OFFER_WITHIN,
        COLLECT_OFFER_AFTER,
        is_unseen,
        is_unsure
    )
    .fetch_optional(db)
    .await?;
    Ok(wake_at.flatten())
}

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
    let facts = serde_json::to_value(Missed { totals }).expect("facts are plain data");
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
