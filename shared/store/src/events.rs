//! `events` and the notifications that are born with them.

use chrono::{DateTime, Utc};
use domain::{CabinetId, ChatId, Event, EventKind};

use crate::{Executor, Result};

/// How an insertion went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// How many events were new.
    pub events: i64,
    /// The chats that now have something to be told.
    pub chats: Vec<ChatId>,
}

/// Stores events and, for each that is new, a notification row for every member; raises the chats'
/// `wake_seq`. An event that stands there already makes nothing, which is why it is told once.
///
/// Until the first sync has ended the rows are held: `release_held` frees them after its message.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_events(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<Saved> {
    if events.is_empty() {
        return Ok(Saved::default());
    }
    let kinds: Vec<String> = events.iter().map(|event| event.kind.name().to_owned()).collect();
    let keys: Vec<String> = events.iter().map(|event| event.key.clone()).collect();
    let payloads: Vec<serde_json::Value> = events.iter().map(|event| event.payload.clone()).collect();
    let occurred: Vec<DateTime<Utc>> = events.iter().map(|event| event.occurred_at).collect();
    let row = sqlx::query!(
        r#"WITH incoming AS (
               SELECT * FROM UNNEST($2::text[], $3::text[], $4::jsonb[], $5::timestamptz[])
                      WITH ORDINALITY AS t(kind, event_key, payload, occurred_at, place)
           ), inserted AS (
               INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
               SELECT $1, kind, event_key, payload, occurred_at, $6 FROM incoming ORDER BY occurred_at, place
               ON CONFLICT (cabinet_id, kind, event_key) DO NOTHING
               RETURNING id, kind
           ), told AS (
               INSERT INTO notification_history (event_id, user_id, cabinet_id, chat_id, kind, deliver_after, created_at)
               SELECT i.id, u.id, $1, u.telegram_id, i.kind,
                      CASE WHEN c.first_sync_ended_at IS NULL AND i.kind = ANY($7) THEN 'infinity' ELSE $6 END, $6
                 FROM inserted i
                 JOIN cabinets c ON c.id = $1
                 JOIN cabinet_users m ON m.cabinet_id = $1
                 JOIN users u ON u.id = m.user_id
                ORDER BY i.id
               RETURNING chat_id
           ), woken AS (
               INSERT INTO chats AS c (chat_id, wake_seq) SELECT DISTINCT chat_id, 1 FROM told
               ON CONFLICT (chat_id) DO UPDATE SET wake_seq = c.wake_seq + 1
               RETURNING chat_id
           )
           SELECT (SELECT count(*) FROM inserted) AS "events!",
                  COALESCE((SELECT array_agg(chat_id) FROM woken), '{}') AS "chats!""#,
        cabinet.0,
        &kinds,
        &keys,
        &payloads,
        &occurred,
        now,
        &held_kinds()
    )
    .fetch_one(db)
    .await?;
    Ok(Saved { events: row.events, chats: row.chats.into_iter().map(ChatId).collect() })
}

/// The kinds that are held until the first sync has ended.
fn held_kinds() -> Vec<String> {
    vec![EventKind::NewOrder.name().to_owned()]
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

/// Shows the message of that kind with new facts: it is sent, or edited in place where it was sent.
///
/// # Errors
/// When the database cannot be reached.
pub async fn renew_message(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    kind: EventKind,
    facts: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<Vec<ChatId>> {
    let chats = sqlx::query_scalar!(
        "WITH renewed AS (
             UPDATE events SET payload = payload || $3 WHERE cabinet_id = $1 AND kind = $2 RETURNING id
         ), told AS (
             UPDATE notification_history n SET status = 'pending', deliver_after = $4 FROM renewed r
              WHERE n.event_id = r.id AND n.status IN ('pending', 'sending', 'sent')
             RETURNING n.chat_id
         )
         UPDATE chats SET wake_seq = wake_seq + 1 WHERE chat_id IN (SELECT chat_id FROM told) RETURNING chat_id",
        cabinet.0,
        kind.name(),
        facts,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(chats.into_iter().map(ChatId).collect())
}
