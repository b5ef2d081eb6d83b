//! `events` and the notifications that are born with them.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use domain::{
    CabinetId, ChatId, Event, EventKind, Facts, Rubles, SellerId,
    event::{Audience, REVIEW_THRESHOLD},
    facts::Unreadable,
    figures::DayPlace,
    settings::STOCK_THRESHOLD,
};

use crate::{Connection, Executor, Result, chats::MISSED};

/// How an insertion went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// How many events of each kind were new.
    pub events: BTreeMap<EventKind, i64>,
    /// The chats that now have something to be told.
    pub chats: Vec<ChatId>,
    /// Those that are new and go to the bus.
    pub for_bus: Vec<Stored>,
}

/// An event as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id, which names it on the bus too.
    pub id: i64,
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The seller whose cabinet it is.
    pub seller: SellerId,
    /// When it happened, by WB's word.
    pub occurred_at: DateTime<Utc>,
    /// When we learned of it.
    pub seen_at: DateTime<Utc>,
    /// What happened, or why this version cannot read it.
    pub facts: std::result::Result<Facts, Unreadable>,
}

/// Stores events and, for each that is new, a notification row for every member whom it concerns;
/// raises the chats' `wake_seq`. An event that stands there already makes nothing, which is why it
/// is told once.
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
    let kinds: Vec<String> = events.iter().map(|event| event.kind().name().to_owned()).collect();
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    let payloads: Vec<serde_json::Value> = events.iter().map(|event| event.facts.to_payload()).collect();
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
           ), inserted AS (
               INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at, for_bus)
               SELECT $1, kind, event_key, payload, occurred_at, $6, for_bus FROM incoming ORDER BY occurred_at, place
               ON CONFLICT (cabinet_id, kind, event_key) DO NOTHING
               RETURNING id, kind, event_key, occurred_at
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
           SELECT c.seller, COALESCE((SELECT array_agg(id ORDER BY id) FROM inserted), '{}') AS "ids!",
                  COALESCE((SELECT array_agg(kind ORDER BY id) FROM inserted), '{}') AS "kinds!",
                  COALESCE((SELECT array_agg(event_key ORDER BY id) FROM inserted), '{}') AS "keys!",
                  COALESCE((SELECT array_agg(chat_id) FROM woken), '{}') AS "chats!"
             FROM cabinets c WHERE c.id = $1"#,
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
    let mut saved = Saved { chats: row.chats.into_iter().map(ChatId).collect(), ..Saved::default() };
    let named: BTreeMap<(&str, &str), &Event> =
        events.iter().rev().map(|event| ((event.kind().name(), event.key.as_str()), event)).collect();
    for ((id, kind), key) in row.ids.into_iter().zip(&row.kinds).zip(&row.keys) {
        let Some(event) = named.get(&(kind.as_str(), key.as_str())) else { continue };
        *saved.events.entry(event.kind()).or_default() += 1;
        if has_bus && event.is_for_bus() {
            saved.for_bus.push(Stored {
                id,
                cabinet,
                seller: SellerId(row.seller),
                occurred_at: event.occurred_at,
                // As the column keeps it.
                seen_at: now.trunc_subsecs(6),
                facts: Ok(event.facts.clone()),
            });
        }
    }
    Ok(saved)
}

/// The places of these orders in their Moscow days: their numbers in the order in which we learned of a day's orders, which
/// are in the table already, and the sums so far.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_day_places(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    srids: &[String],
) -> Result<BTreeMap<String, DayPlace>> {
    let rows = sqlx::query!(
        r#"WITH days AS (
               SELECT DISTINCT moscow_day(ordered_at) AS day FROM wb_orders WHERE cabinet_id = $1 AND srid = ANY($2)
           ), places AS (
               SELECT o.srid, count(*) OVER learned AS number, sum(o.seller_price) OVER learned AS sum,
                      count(*) FILTER (WHERE o.seller_price IS NULL) OVER learned AS without_price
                 FROM days d
                 JOIN wb_orders o ON o.cabinet_id = $1 AND o.ordered_at >= moscow_midnight(d.day)
                                 AND o.ordered_at < moscow_midnight(d.day + 1)
               WINDOW learned AS (PARTITION BY d.day ORDER BY o.created_at, o.ordered_at, o.srid COLLATE "C"
                                  ROWS UNBOUNDED PRECEDING)
           )
           SELECT srid, number AS "number!", COALESCE(sum, 0) AS "sum!", without_price AS "without_price!"
             FROM places WHERE srid = ANY($2)"#,
        cabinet.0,
        srids
    )
    .fetch_all(db)
    .await?;
    let place = |number, sum, without_price| DayPlace { number, sum: Rubles(sum), without_price };
    Ok(rows.into_iter().map(|row| (row.srid, place(row.number, row.sum, row.without_price))).collect())
}

/// An event that is held, locked until the transaction ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// What it says.
    pub facts: Facts,
}

/// The events of these kinds and keys, a pair for each place, to be changed. One that this version cannot read is left out:
/// it stays as it is.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_held(
    tx: &mut Connection,
    cabinet: CabinetId,
    kinds_and_keys: &[(EventKind, &str)],
) -> Result<Vec<Held>> {
    let (kinds, keys): (Vec<String>, Vec<String>) =
        kinds_and_keys.iter().map(|(kind, key)| (kind.name().to_owned(), (*key).to_owned())).unzip();
    let rows = sqlx::query!(
        "SELECT e.id, e.kind, e.event_key, e.payload
           FROM UNNEST($2::text[], $3::text[]) AS t(kind, event_key)
           JOIN events e ON e.cabinet_id = $1 AND e.kind = t.kind AND e.event_key = t.event_key
          ORDER BY e.id
            FOR NO KEY UPDATE OF e",
        cabinet.0,
        &kinds,
        &keys
    )
    .fetch_all(tx)
    .await?;
    let held = rows.into_iter().filter_map(|row| {
        let facts = Facts::parse(&row.kind, row.payload).ok()?;
        Some(Held { id: row.id, key: row.event_key, facts })
    });
    Ok(held.collect())
}

/// Stores changed facts; fields that only a newer version knows stay. If a notification was sent by a message of its own since
/// `sent_since`, that message is edited; a notification that is not sent yet has the change when it is.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_changed(
    tx: &mut Connection,
    cabinet: CabinetId,
    changed: &[Held],
    sent_since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<ChatId>> {
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, payloads) = payloads(changed);
    let chats = sqlx::query_scalar!(
        "WITH members AS (
             SELECT c.chat_id FROM chats c JOIN users u ON u.telegram_id = c.chat_id
               JOIN cabinet_users m ON m.user_id = u.id
              WHERE m.cabinet_id = $1
              ORDER BY c.chat_id FOR NO KEY UPDATE OF c
         ), changed AS (
             UPDATE events e SET payload = e.payload || t.payload FROM UNNEST($2::bigint[], $3::jsonb[]) AS t(id, payload)
              WHERE e.id = t.id
             RETURNING e.id
         ), renewed AS (
             -- A row that is being sent may have been rendered without the change: it is edited after it.
             UPDATE notification_history n
                SET status = 'pending', deliver_after = $5,
                    attempts = CASE n.status WHEN 'sent' THEN 0 ELSE n.attempts END
               FROM changed c
              WHERE n.event_id = c.id AND n.group_id IS NULL AND n.chat_id IN (SELECT chat_id FROM members)
                AND (n.status = 'sending'
                     OR (n.status = 'sent' AND n.telegram_message_id IS NOT NULL AND n.sent_at > $4))
             RETURNING n.chat_id
         )
         UPDATE chats SET wake_seq = wake_seq + 1
          WHERE blocked_at IS NULL AND chat_id IN (SELECT chat_id FROM renewed)
         RETURNING chat_id",
        cabinet.0,
        &ids,
        &payloads,
        sent_since,
        now
    )
    .fetch_all(tx)
    .await?;
    Ok(chats.into_iter().map(ChatId).collect())
}

fn payloads(changed: &[Held]) -> (Vec<i64>, Vec<serde_json::Value>) {
    changed.iter().map(|held| (held.id, held.facts.to_payload())).unzip()
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

/// Stores changed facts and shows their messages with them: each is sent, or edited in place where it was sent, whenever that
/// was.
///
/// # Errors
/// When the database cannot be reached.
pub async fn renew_messages(
    tx: &mut Connection,
    cabinet: CabinetId,
    changed: &[Held],
    now: DateTime<Utc>,
) -> Result<Vec<ChatId>> {
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let (ids, payloads) = payloads(changed);
    let chats = sqlx::query_scalar!(
        "WITH members AS (
             SELECT c.chat_id FROM chats c JOIN users u ON u.telegram_id = c.chat_id
               JOIN cabinet_users m ON m.user_id = u.id
              WHERE m.cabinet_id = $1
              ORDER BY c.chat_id FOR NO KEY UPDATE OF c
         ), changed AS (
             UPDATE events e SET payload = e.payload || t.payload FROM UNNEST($2::bigint[], $3::jsonb[]) AS t(id, payload)
              WHERE e.id = t.id
             RETURNING e.id
         ), renewed AS (
             UPDATE notification_history n SET status = 'pending', deliver_after = $4 FROM changed c
              WHERE n.event_id = c.id AND n.chat_id IN (SELECT chat_id FROM members)
                AND n.status IN ('pending', 'sending', 'sent')
             RETURNING n.chat_id
         )
         UPDATE chats SET wake_seq = wake_seq + 1 WHERE chat_id IN (SELECT chat_id FROM renewed) RETURNING chat_id",
        cabinet.0,
        &ids,
        &payloads,
        now
    )
    .fetch_all(tx)
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
        occurred_at: row.occurred_at,
        seen_at: row.seen_at,
        facts: Facts::parse(&row.kind, row.payload),
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
