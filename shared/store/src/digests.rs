//! The daily digest: when it is due, what it tells, and the events that were collected for it.
//!
//! A digest is an event of a person and of no cabinet. What was to come only in it is bound to its
//! notification (`told_with`) and settled with it: told when it is told, tried again when it is.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    ChatId, EventKind, Facts, GroupId, Language, NotificationId, TelegramId, UpdateId, UserId, Zone,
    digest::DayFigures, event::REVIEW_THRESHOLD, facts::DigestFacts, figures::period::PeriodFigures, moscow,
    settings::DigestDay,
};

use sqlx::types::Json;

use crate::{Executor, Result};

/// Digests made by one tick; at 9 o'clock many are due, and the next tick goes on.
const DIGESTS_PER_TICK: i64 = 1_000;
/// Events in one group of a digest: as many as a group's pages can show.
const GROUP_ROWS: i64 = 1_000;

/// Notes when a person's next digest is due; `None`: they want none.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_due_at(db: impl Executor<'_>, user: UserId, due_at: Option<DateTime<Utc>>) -> Result<()> {
    sqlx::query!(
        "WITH gone AS (
             DELETE FROM chores WHERE kind = 'digest' AND subject = $1 AND $2::timestamptz IS NULL
         )
         INSERT INTO chores (kind, subject, due_at) SELECT 'digest', $1, $2 WHERE $2 IS NOT NULL
         ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at",
        user.0.to_string(),
        due_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// For whom a digest is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Everybody whose hour has come. Each is told once a day: the key is the day of their next one, so
    /// that a digest which comes late, after midnight, does not stand for that of the new day.
    AllDue,
    /// The person with this Telegram id, who asks for it by this update.
    Asking {
        /// The person.
        telegram_id: TelegramId,
        /// The update.
        update: UpdateId,
    },
}

/// Makes the digests and moves the chores to the next day. Returns the chats that now have something to
/// be told.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_digests(db: impl Executor<'_>, whom: For, now: DateTime<Utc>) -> Result<Vec<ChatId>> {
    let (asking, update) = match whom {
        For::AllDue => (None, None),
        For::Asking { telegram_id, update } => (Some(telegram_id.0), Some(update.0)),
    };
    let zones: Vec<String> = Zone::ALL.map(|zone| zone.name().to_owned()).into();
    let facts: Vec<serde_json::Value> = Zone::ALL
        .map(|zone| {
            let DigestDay { day, is_yesterday } = DigestDay::of(zone, now);
            let facts = DigestFacts { day, is_yesterday, is_asked_for: asking.is_some() };
            Facts::Digest(facts).to_payload()
        })
        .into();
    let chats = sqlx::query_scalar!(
        r#"WITH due AS (
               -- No zone of ours has a summer time: a day later is the same hour.
               UPDATE chores c
                  SET due_at = c.due_at + (1 + floor(EXTRACT(epoch FROM $1 - c.due_at) / 86400)) * interval '1 day'
                WHERE c.kind = 'digest' AND $2::bigint IS NULL
                  AND c.subject IN (SELECT subject FROM chores WHERE kind = 'digest' AND due_at <= $1
                                     ORDER BY due_at, subject LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED)
               RETURNING c.subject, c.due_at
           ), people AS (
               SELECT u.id, u.telegram_id, z.facts,
                      u.id || ':' || CASE WHEN $2 IS NULL THEN (d.due_at AT TIME ZONE u.zone)::date::text
                                          ELSE 'asked:' || $6::bigint END AS event_key
                 FROM users u
                 JOIN UNNEST($4::text[], $5::jsonb[]) AS z(zone, facts) ON z.zone = u.zone
                 LEFT JOIN due d ON d.subject = u.id::text
                WHERE (u.telegram_id = $2
                       OR ($2 IS NULL AND u.digest_hour IS NOT NULL AND u.notifications_enabled
                           AND d.subject IS NOT NULL
                           AND NOT EXISTS (SELECT 1 FROM chats b
                                            WHERE b.chat_id = u.telegram_id AND b.blocked_at IS NOT NULL)))
                  AND EXISTS (SELECT 1 FROM cabinet_users m JOIN cabinets c ON c.id = m.cabinet_id
                               WHERE m.user_id = u.id AND c.first_sync_ended_at IS NOT NULL)
           ), inserted AS (
               INSERT INTO events (kind, event_key, payload, occurred_at, seen_at)
               SELECT 'digest', event_key, facts, $1, $1 FROM people
               ON CONFLICT DO NOTHING
               RETURNING id, event_key
           ), told AS (
               INSERT INTO notification_history (event_id, user_id, chat_id, kind, deliver_after, created_at)
               SELECT i.id, p.id, p.telegram_id, 'digest', $1, $1 FROM inserted i JOIN people p USING (event_key)
               RETURNING chat_id
           )
           INSERT INTO chats AS c (chat_id, wake_seq) SELECT chat_id, 1 FROM told ORDER BY chat_id
           ON CONFLICT (chat_id) DO UPDATE SET wake_seq = c.wake_seq + 1
           RETURNING chat_id"#,
        now,
        asking,
        DIGESTS_PER_TICK,
        &zones,
        &facts,
        update
    )
    .fetch_all(db)
    .await?;
    Ok(chats.into_iter().map(ChatId).collect())
}

/// Binds what waits for a digest to the one that is about to be sent, in groups by kind and cabinet.
///
/// Not when it was made: it may have waited for the morning since, and what was switched off or muted
/// meanwhile must not be in it. A digest that is sent again takes what has come since along, unless the person may have
/// it already (`may_be_told`): then it is the same again.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_collected(db: impl Executor<'_>, notification: NotificationId, may_be_told: bool) -> Result<()> {
    sqlx::query!(
        "WITH waiting AS (
             SELECT n.id, n.cabinet_id, n.kind,
                    (row_number() OVER (PARTITION BY n.cabinet_id, n.kind ORDER BY n.id) - 1) / $2 AS part
               FROM notification_history d
               JOIN notification_history n
                    ON n.chat_id = d.chat_id AND n.user_id = d.user_id AND n.status = 'pending' AND n.is_held
                   AND n.deliver_after = 'infinity' AND (n.told_with IS NULL OR n.told_with = d.id)
               JOIN cabinet_users m ON m.cabinet_id = n.cabinet_id AND m.user_id = n.user_id
              WHERE d.id = $1
                AND NOT ($3 AND EXISTS (SELECT 1 FROM notification_history b WHERE b.told_with = $1))
         )
         UPDATE notification_history n SET told_with = $1, group_id = w.group_id
           FROM (SELECT id, min(id) OVER (PARTITION BY cabinet_id, kind, part) AS group_id FROM waiting) w
          WHERE n.id = w.id",
        notification.0,
        GROUP_ROWS,
        may_be_told
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What a digest tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// The person's language.
    pub language: Language,
    /// Their cabinets that are loaded, oldest membership first.
    pub cabinets: Vec<(Option<String>, DayFigures)>,
    /// What was collected for it.
    pub collected: Vec<Collected>,
}

/// Events of one kind and cabinet that come with a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The kind.
    pub kind: EventKind,
    /// The cabinet's name.
    pub cabinet: Option<String>,
    /// The group that shows them.
    pub group: GroupId,
    /// How many there are.
    pub events: i64,
}

/// The figures of a digest's day in each cabinet of the one to whom the notification belongs, and
/// what is bound to it, in one statement.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_digest(db: impl Executor<'_>, notification: NotificationId, day: NaiveDate) -> Result<Digest> {
    let since = moscow::midnight(day);
    let rows = sqlx::query!(
        r#"WITH person AS (
               SELECT u.id, u.language FROM notification_history n JOIN users u ON u.id = n.user_id WHERE n.id = $1
           ), loaded AS (
               SELECT c.id, c.name, m.joined_at, COALESCE(s.review_threshold, $4::smallint) AS review_threshold
                 FROM person u
                 JOIN cabinet_users m ON m.user_id = u.id
                 JOIN cabinets c ON c.id = m.cabinet_id AND c.first_sync_ended_at IS NOT NULL
                 LEFT JOIN notification_settings s ON s.user_id = u.id AND s.cabinet_id = c.id
           )
           SELECT (SELECT language FROM person) AS "language!", c.name, NULL::text AS kind, 0::bigint AS "group!",
                  0::bigint AS "events!",
                  period_figures(ARRAY[c.id], $2, $3) AS "sales: Json<PeriodFigures>",
                  (SELECT count(*) FROM wb_reviews r WHERE r.cabinet_id = c.id AND r.stars <= c.review_threshold
                      AND r.created_date >= $2 AND r.created_date < $3) AS "bad_reviews!",
                  (SELECT count(DISTINCT e.chrt_id) FROM events e
                    WHERE e.cabinet_id = c.id AND e.kind = 'critical_stock' AND e.occurred_at >= $2 AND e.occurred_at < $3
                      AND e.threshold = 0 AND e.chrt_id <> 0) AS "ran_out!",
                  c.joined_at AS "joined_at?", c.id AS "cabinet?"
             FROM loaded c
           UNION ALL
           SELECT (SELECT language FROM person), max(c.name), n.kind, n.group_id, count(*),
                  NULL, 0, 0, NULL, NULL
             FROM notification_history n JOIN cabinets c ON c.id = n.cabinet_id
            WHERE n.told_with = $1
            GROUP BY n.cabinet_id, n.kind, n.group_id
            ORDER BY 9, 10, 4"#,
        notification.0,
        since,
        since + TimeDelta::days(1),
        REVIEW_THRESHOLD
    )
    .fetch_all(db)
    .await?;
    let mut digest = Digest { language: Language::default(), cabinets: Vec::new(), collected: Vec::new() };
    for row in rows {
        digest.language = Language::parse(&row.language).unwrap_or_default();
        match row.kind {
            None => {
                let figures = DayFigures {
                    sales: row.sales.map(|sales| sales.0).unwrap_or_default(),
                    bad_reviews: row.bad_reviews,
                    ran_out: row.ran_out,
                };
                digest.cabinets.push((row.name, figures));
            }
            Some(kind) => digest.collected.extend(EventKind::parse(&kind).map(|kind| Collected {
                kind,
                cabinet: row.name,
                group: GroupId(row.group),
                events: row.events,
            })),
        }
    }
    Ok(digest)
}
