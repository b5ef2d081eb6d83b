//! `events` and the notifications that are born with them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, ChatId, Event, EventKind, Rubles, SellerId,
    event::{Audience, FilledIn, REVIEW_THRESHOLD},
    settings::STOCK_THRESHOLD,
};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{Executor, Result, chats::MISSED};

/// How an insertion went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// How many events of each kind were new.
    pub events: BTreeMap<String, i64>,
    /// The chats that now have something to be told.
    pub chats: Vec<ChatId>,
    /// Those that are new and go to the bus.
    pub for_bus: Vec<Stored>,
}

/// An event as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its id, which names it on the bus too.
    pub id: i64,
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The seller whose cabinet it is.
    pub seller: SellerId,
    /// What happened.
    pub kind: String,
    /// When, by WB's word.
    pub occurred_at: DateTime<Utc>,
    /// When we learned of it.
    pub seen_at: DateTime<Utc>,
    /// The facts.
    pub payload: serde_json::Value,
}

/// Stores events and, for each that is new, a notification row for every member whom it concerns;
/// raises the chats' `wake_seq`. An event that stands there already makes nothing, which is why it
/// is told once.
///
/// A new order's payload gets its place in its Moscow day (`day`), fixed here: its number in the order in
/// which we learned of that day's orders, which are in the tables already, and their sum so far.
///
/// Whoever joined after `baseline_at`, the baseline of the events' data set, hears of what happened
/// from then on. Until the first sync has ended the rows are held: [`release_held`] frees them after
/// its message.
///
/// With `has_bus` those that go to the bus wait until [`save_published`] or the closing of a sync says that
/// it has them; without one nothing ever waits.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_events(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    events: &[Event],
    has_bus: bool,
    baseline_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Saved> {
    if events.is_empty() {
        return Ok(Saved::default());
    }
    let kinds: Vec<String> = events.iter().map(|event| event.kind.name().to_owned()).collect();
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    let payloads: Vec<serde_json::Value> = events.iter().map(|event| event.payload.clone()).collect();
    let occurred: Vec<DateTime<Utc>> = events.iter().map(|event| event.occurred_at).collect();
    let stars: Vec<Option<i16>> = events
        .iter()
        .map(|event| match event.audience {
            Audience::ReviewThresholdFrom(stars) => Some(stars),
            _ => None,
        })
        .collect();
    let falls: Vec<Option<i64>> = events
        .iter()
        .map(|event| match event.audience {
            Audience::StockFall { threshold, .. } => Some(threshold),
            _ => None,
        })
        .collect();
    // A fall to nothing is told as such, not as one through the member's own threshold too.
    let deepest: Vec<bool> = events
        .iter()
        .map(|event| match event.audience {
            Audience::StockFall { threshold, remainder, before, .. } => threshold == 0 || remainder > 0 || before <= 0,
            _ => true,
        })
        .collect();
    let stock_by: Vec<Option<String>> = events
        .iter()
        .map(|event| match event.audience {
            Audience::StockFall { by, .. } => Some(by.name().to_owned()),
            _ => None,
        })
        .collect();
    let for_bus: Vec<bool> = events.iter().map(|event| has_bus && event.is_for_bus()).collect();
    let held: Vec<String> = EventKind::SWITCHED.iter().map(|kind| kind.name().to_owned()).collect();
    let row = sqlx::query!(
        r#"WITH incoming AS (
               SELECT * FROM UNNEST($2::text[], $3::text[], $4::jsonb[], $5::timestamptz[], $9::smallint[],
                                    $10::bigint[], $11::boolean[], $14::text[], $15::boolean[])
                      WITH ORDINALITY
                        AS t(kind, event_key, payload, occurred_at, stars, threshold, is_deepest, stock_by, for_bus,
                             place)
                WHERE t.stars IS NULL
                   OR t.stars <= GREATEST($12::smallint, (SELECT max(review_threshold) FROM notification_settings
                                                          WHERE cabinet_id = $1))
           ), days AS (
               SELECT DISTINCT moscow_day(occurred_at) AS day FROM incoming WHERE kind = 'new_order'
           ), places AS (
               SELECT o.srid, count(*) OVER learned AS number, sum(o.seller_price) OVER learned AS sum,
                      count(*) FILTER (WHERE o.seller_price IS NULL) OVER learned AS without_price
                 FROM days d
                 JOIN wb_orders o ON o.cabinet_id = $1 AND o.ordered_at >= moscow_midnight(d.day)
                                 AND o.ordered_at < moscow_midnight(d.day + 1)
               WINDOW learned AS (PARTITION BY d.day ORDER BY o.created_at, o.ordered_at, o.srid COLLATE "C"
                                  ROWS UNBOUNDED PRECEDING)
           ), inserted AS (
               INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at, for_bus)
               SELECT $1, i.kind, i.event_key,
                      CASE WHEN p.srid IS NULL THEN i.payload
                           ELSE i.payload || jsonb_build_object('day', jsonb_build_object(
                                    'number', p.number, 'sum', COALESCE(p.sum, 0)::text,
                                    'without_price', p.without_price)) END,
                      i.occurred_at, $6, i.for_bus
                 FROM incoming i LEFT JOIN places p ON i.kind = 'new_order' AND p.srid = i.event_key
                ORDER BY i.occurred_at, i.place
               ON CONFLICT (cabinet_id, kind, event_key) DO NOTHING
               RETURNING id, kind, event_key, occurred_at, payload, for_bus
           ), told AS (
               INSERT INTO notification_history (event_id, user_id, cabinet_id, chat_id, kind, deliver_after, created_at,
                                                 status, error)
               SELECT e.id, u.id, $1, u.telegram_id, e.kind,
                      CASE WHEN c.first_sync_ended_at IS NULL AND e.kind = ANY($7) THEN 'infinity' ELSE $6 END, $6,
                      CASE WHEN b.blocked_at IS NULL THEN 'pending' ELSE 'suppressed' END,
                      CASE WHEN b.blocked_at IS NOT NULL THEN $16 END
                 FROM inserted e
                 JOIN incoming i USING (kind, event_key)
                 JOIN cabinets c ON c.id = $1
                 JOIN cabinet_users m ON m.cabinet_id = $1
                 JOIN users u ON u.id = m.user_id
                 LEFT JOIN chats b ON b.chat_id = u.telegram_id
                 LEFT JOIN notification_settings s ON s.cabinet_id = $1 AND s.user_id = u.id
                WHERE ($8::timestamptz IS NULL OR m.joined_at <= $8 OR m.joined_at <= e.occurred_at)
                  AND (i.stars IS NULL OR i.stars <= COALESCE(s.review_threshold, $12))
                  AND (i.stock_by IS NULL OR i.stock_by = COALESCE(s.stock_by, 'size'))
                  AND (i.threshold IS NULL OR i.threshold = 0
                       OR (i.is_deepest AND i.threshold = COALESCE(s.stock_threshold, $13)))
                ORDER BY e.id
               RETURNING chat_id, status
           ), woken AS (
               INSERT INTO chats AS c (chat_id, wake_seq)
               SELECT DISTINCT chat_id, 1 FROM told WHERE status = 'pending' ORDER BY chat_id
               ON CONFLICT (chat_id) DO UPDATE SET wake_seq = c.wake_seq + 1
               RETURNING chat_id
           )
           SELECT (SELECT COALESCE(jsonb_object_agg(kind, events), '{}')
                     FROM (SELECT kind, count(*) AS events FROM inserted GROUP BY kind) kinds)
                      AS "events!: Json<BTreeMap<String, i64>>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'id', e.id, 'cabinet', $1::bigint, 'seller', c.seller, 'kind', e.kind,
                              'occurred_at', e.occurred_at, 'seen_at', $6::timestamptz, 'payload', e.payload)
                              ORDER BY e.id), '[]')
                     FROM inserted e JOIN cabinets c ON c.id = $1 WHERE e.for_bus) AS "for_bus!: Json<Vec<Stored>>",
                  COALESCE((SELECT array_agg(chat_id) FROM woken), '{}') AS "chats!""#,
        cabinet.0,
        &kinds,
        &keys,
        &payloads,
        &occurred,
        now,
        &held,
        baseline_at,
        &stars as &[Option<i16>],
        &falls as &[Option<i64>],
        &deepest,
        REVIEW_THRESHOLD,
        i32::try_from(STOCK_THRESHOLD).expect("the default threshold is small"),
        &stock_by as &[Option<String>],
        &for_bus,
        MISSED
    )
    .fetch_one(db)
    .await?;
    Ok(Saved { events: row.events.0, chats: row.chats.into_iter().map(ChatId).collect(), for_bus: row.for_bus.0 })
}

/// Fills in the money, or the reason, that these events lack. Who was told one by a message of its own since `told_since`
/// gets that message edited; who was not told yet is told with it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_filled_in(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    filled_in: &[FilledIn],
    told_since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<ChatId>> {
    if filled_in.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<String> = filled_in.iter().map(|row| row.kind.name().to_owned()).collect();
    let srids: Vec<String> = filled_in.iter().map(|row| row.srid.0.clone()).collect();
    let reasons: Vec<Option<String>> =
        filled_in.iter().map(|row| row.cancel_reason.map(|reason| reason.name().to_owned())).collect();
    let sums = |of: fn(&FilledIn) -> Option<Rubles>| -> Vec<Option<Decimal>> {
        filled_in.iter().map(|row| of(row).map(|sum| sum.0)).collect()
    };
    let chats = sqlx::query_scalar!(
        r#"WITH members AS (
               SELECT c.chat_id FROM chats c JOIN users u ON u.telegram_id = c.chat_id
                 JOIN cabinet_users m ON m.user_id = u.id
                WHERE m.cabinet_id = $1
                ORDER BY c.chat_id FOR NO KEY UPDATE OF c
           ), incoming AS (
               SELECT t.kind, t.srid, t.seller_price,
                      jsonb_strip_nulls(jsonb_build_object(
                          'seller_price', t.seller_price::text, 'buyer_price', t.buyer_price::text,
                          'wb_discount_percent', t.wb_discount_percent::text, 'for_pay', t.for_pay::text,
                          'cancel_reason', t.cancel_reason)) AS facts
                 FROM UNNEST($2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $10::text[])
                   AS t(kind, srid, seller_price, buyer_price, wb_discount_percent, for_pay, cancel_reason)
           ), filled_in AS (
               -- Only what the payload lacks: a price that changed later is a correction, which nobody is told.
               UPDATE events e
                  SET payload = i.facts || jsonb_strip_nulls(e.payload)
                                || CASE WHEN e.payload->>'seller_price' IS NULL AND i.seller_price IS NOT NULL
                                             AND e.payload ? 'day'
                                        -- The number stays; the sum of that moment now has this price too.
                                        THEN jsonb_build_object('day', e.payload->'day' || jsonb_build_object(
                                            'sum', ((e.payload->'day'->>'sum')::numeric + i.seller_price)::text,
                                            'without_price', (e.payload->'day'->>'without_price')::bigint - 1))
                                        ELSE '{}' END
                 FROM incoming i
                WHERE e.cabinet_id = $1 AND e.kind = i.kind AND e.event_key = i.srid
                  AND NOT jsonb_strip_nulls(e.payload) ?& ARRAY(SELECT jsonb_object_keys(i.facts))
               RETURNING e.id
           ), renewed AS (
               -- A row that is being sent may have been rendered without them: it is edited after it.
               UPDATE notification_history n
                  SET status = 'pending', deliver_after = $9,
                      attempts = CASE n.status WHEN 'sent' THEN 0 ELSE n.attempts END
                 FROM filled_in f
                WHERE n.event_id = f.id AND n.group_id IS NULL AND n.chat_id IN (SELECT chat_id FROM members)
                  AND (n.status = 'sending'
                       OR (n.status = 'sent' AND n.telegram_message_id IS NOT NULL AND n.sent_at > $8))
               RETURNING n.chat_id
           )
           UPDATE chats SET wake_seq = wake_seq + 1
            WHERE blocked_at IS NULL AND chat_id IN (SELECT chat_id FROM renewed)
           RETURNING chat_id"#,
        cabinet.0,
        &kinds,
        &srids,
        &sums(|row| row.seller_price) as &[Option<Decimal>],
        &sums(|row| row.buyer_price) as &[Option<Decimal>],
        &sums(|row| row.wb_discount_percent) as &[Option<Decimal>],
        &sums(|row| row.for_pay) as &[Option<Decimal>],
        told_since,
        now,
        &reasons as &[Option<String>]
    )
    .fetch_all(db)
    .await?;
    Ok(chats.into_iter().map(ChatId).collect())
}

/// Frees what was held during the first sync, behind the rows that are due now.
///
/// # Errors
/// When the database cannot be reached.
pub async fn release_held(db: impl Executor<'_>, cabinet: CabinetId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE notification_history SET deliver_after = $2::timestamptz + interval '1 microsecond'
          WHERE cabinet_id = $1 AND deliver_after = 'infinity'",
        cabinet.0,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Shows the message of that kind with new facts: it is sent, or edited in place where it was sent. With a `key` only that of
/// this event.
///
/// # Errors
/// When the database cannot be reached.
pub async fn renew_message(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    kind: EventKind,
    key: Option<&str>,
    facts: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<Vec<ChatId>> {
    let chats = sqlx::query_scalar!(
        "WITH members AS (
             SELECT c.chat_id FROM chats c JOIN users u ON u.telegram_id = c.chat_id
               JOIN cabinet_users m ON m.user_id = u.id
              WHERE m.cabinet_id = $1
              ORDER BY c.chat_id FOR NO KEY UPDATE OF c
         ), renewed AS (
             UPDATE events SET payload = payload || $3 WHERE cabinet_id = $1 AND kind = $2 AND ($5::text IS NULL OR event_key = $5)
             RETURNING id
         ), told AS (
             UPDATE notification_history n SET status = 'pending', deliver_after = $4 FROM renewed r
              WHERE n.event_id = r.id AND n.chat_id IN (SELECT chat_id FROM members)
                AND n.status IN ('pending', 'sending', 'sent')
             RETURNING n.chat_id
         )
         UPDATE chats SET wake_seq = wake_seq + 1 WHERE chat_id IN (SELECT chat_id FROM told) RETURNING chat_id",
        cabinet.0,
        kind.name(),
        facts,
        now,
        key
    )
    .fetch_all(db)
    .await?;
    Ok(chats.into_iter().map(ChatId).collect())
}

/// Events for the bus that nobody noted as published, seen before this moment: what a crash or the bus's own
/// trouble has left.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_unpublished(db: impl Executor<'_>, seen_before: DateTime<Utc>, limit: i64) -> Result<Vec<Stored>> {
    let rows = sqlx::query!(
        "SELECT e.id, e.cabinet_id AS \"cabinet!\", c.seller, e.kind, e.occurred_at, e.seen_at, e.payload
           FROM events e JOIN cabinets c ON c.id = e.cabinet_id
          WHERE e.for_bus AND e.published_at IS NULL AND e.seen_at < $1 AND c.deleted_at IS NULL
          ORDER BY e.id
          LIMIT $2",
        seen_before,
        limit
    )
    .fetch_all(db)
    .await?;
    let stored = rows.into_iter().map(|row| Stored {
        id: row.id,
        cabinet: CabinetId(row.cabinet),
        seller: SellerId(row.seller),
        kind: row.kind,
        occurred_at: row.occurred_at,
        seen_at: row.seen_at,
        payload: row.payload,
    });
    Ok(stored.collect())
}

/// Notes that the bus has these events.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_published(db: impl Executor<'_>, events: &[i64], now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE events SET published_at = $2 WHERE id = ANY($1)", events, now).execute(db).await?;
    Ok(())
}

/// Whether such an event is there.
///
/// # Errors
/// When the database cannot be reached.
pub async fn exists(db: impl Executor<'_>, cabinet: CabinetId, kind: EventKind, key: &str) -> Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM events WHERE cabinet_id = $1 AND kind = $2 AND event_key = $3) AS "exists!""#,
        cabinet.0,
        kind.name(),
        key
    )
    .fetch_one(db)
    .await
}
