//! `users`: who somebody is, with what they belong to.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CabinetId, Language, Role, TelegramId, UserId};

use crate::{Executor, Result};

/// The tokens that a person sends are counted over this time.
const ATTEMPTS_COUNTED: TimeDelta = TimeDelta::hours(1);

/// A person, as the bot sees them when an update comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Our id.
    pub id: UserId,
    /// The language that is spoken to them.
    pub language: Language,
    /// Whether a link let them in.
    pub is_admitted: bool,
    /// Their cabinets, oldest membership first.
    pub cabinets: Vec<Membership>,
}

impl Person {
    /// Whether the main menu is open to them: they belong to a cabinet whose first sync has ended.
    #[must_use]
    pub fn is_past_the_gate(&self) -> bool {
        self.cabinets.iter().any(|cabinet| cabinet.is_ready)
    }

    /// Whether they are in, whatever the deployment's list says now: by a link, or by a cabinet.
    #[must_use]
    pub fn was_let_in(&self) -> bool {
        self.is_admitted || !self.cabinets.is_empty()
    }
}

/// A cabinet of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// Its name, where WB told it.
    pub name: Option<String>,
    /// Whether its first sync has ended.
    pub is_ready: bool,
    /// What the person may do there.
    pub role: Role,
}

/// The person behind a Telegram id; `None` for somebody who has never said /start.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_person(db: impl Executor<'_>, telegram_id: TelegramId) -> Result<Option<Person>> {
    let rows = sqlx::query!(
        r#"SELECT u.id, u.language, u.admitted_at IS NOT NULL AS "is_admitted!", m.role AS "role?", c.id AS "cabinet?", c.name,
                  c.first_sync_ended_at IS NOT NULL AS "is_ready!"
             FROM users u
             LEFT JOIN cabinet_users m ON m.user_id = u.id
             LEFT JOIN cabinets c ON c.id = m.cabinet_id
            WHERE u.telegram_id = $1
            ORDER BY m.joined_at, c.id"#,
        telegram_id.0
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let id = UserId(first.id);
    let language = Language::parse(&first.language).unwrap_or_default();
    let is_admitted = first.is_admitted;
    let cabinets = rows
        .into_iter()
        .filter_map(|row| {
            row.cabinet.map(|cabinet| Membership {
                cabinet: CabinetId(cabinet),
                name: row.name,
                is_ready: row.is_ready,
                role: Role::parse(row.role.as_deref().unwrap_or_default()),
            })
        })
        .collect();
    Ok(Some(Person { id, language, is_admitted, cabinets }))
}

/// Registers a person, again and again without harm. The language is that of their first time: later
/// it is theirs to change.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_person(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    language: Language,
    now: DateTime<Utc>,
) -> Result<UserId> {
    let id = sqlx::query_scalar!(
        "INSERT INTO users AS u (telegram_id, language, created_at, updated_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (telegram_id) DO UPDATE SET updated_at = $3
         RETURNING u.id",
        telegram_id.0,
        language.code(),
        now
    )
    .fetch_one(db)
    .await?;
    Ok(UserId(id))
}

/// Changes the language that is spoken to a person, and registers them if they are new.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_language(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    language: Language,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO users (telegram_id, language, created_at, updated_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (telegram_id) DO UPDATE SET language = $2, updated_at = $3",
        telegram_id.0,
        language.code(),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets a person in for good, by a link; registers them if they are new.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_admitted(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    language: Language,
    now: DateTime<Utc>,
) -> Result<UserId> {
    let id = sqlx::query_scalar!(
        "INSERT INTO users AS u (telegram_id, language, admitted_at, created_at, updated_at) VALUES ($1, $2, $3, $3, $3)
         ON CONFLICT (telegram_id) DO UPDATE SET admitted_at = COALESCE(u.admitted_at, $3), updated_at = $3
         RETURNING u.id",
        telegram_id.0,
        language.code(),
        now
    )
    .fetch_one(db)
    .await?;
    Ok(UserId(id))
}

/// Counts a token that a person has sent, registers them if they are new, and tells how many it were
/// within the hour that began with the first of them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_attempt(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    language: Language,
    now: DateTime<Utc>,
) -> Result<(UserId, i32)> {
    let row = sqlx::query!(
        "INSERT INTO users AS u (telegram_id, language, attempts_since, attempts, created_at, updated_at)
         VALUES ($1, $2, $3, 1, $3, $3)
         ON CONFLICT (telegram_id) DO UPDATE
            SET attempts = CASE WHEN u.attempts_since > $4 THEN u.attempts + 1 ELSE 1 END,
                attempts_since = CASE WHEN u.attempts_since > $4 THEN u.attempts_since ELSE $3 END
         RETURNING u.id, u.attempts",
        telegram_id.0,
        language.code(),
        now,
        now - ATTEMPTS_COUNTED
    )
    .fetch_one(db)
    .await?;
    Ok((UserId(row.id), row.attempts))
}

/// Notifications of a person that are deleted at once: some tenths of a second.
const DELETED_NOTIFICATIONS: i64 = 10_000;

/// Deletes some of what a person was told. `true`: there is more.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_some_notifications(db: impl Executor<'_>, telegram_id: TelegramId) -> Result<bool> {
    let deleted = sqlx::query!(
        "DELETE FROM notification_history WHERE ctid IN (
             SELECT n.ctid FROM notification_history n JOIN users u ON u.id = n.user_id
              WHERE u.telegram_id = $1 LIMIT $2)",
        telegram_id.0,
        DELETED_NOTIFICATIONS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected() == DELETED_NOTIFICATIONS.unsigned_abs())
}

/// Deletes everything of a person: their tokens, settings and notifications, their memberships, what they were answered,
/// and each cabinet that has no other member, with all its data. `false`: nothing was there.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_person(
    tx: &mut crate::Transaction<'_>,
    telegram_id: TelegramId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let cabinets = sqlx::query!(
        "SELECT u.id, m.cabinet_id AS \"cabinet?\"
           FROM users u LEFT JOIN cabinet_users m ON m.user_id = u.id
          WHERE u.telegram_id = $1
          ORDER BY m.cabinet_id",
        telegram_id.0
    )
    .fetch_all(&mut **tx)
    .await?;
    let Some(user) = cabinets.first().map(|row| UserId(row.id)) else { return Ok(false) };
    for cabinet in cabinets.iter().filter_map(|row| row.cabinet) {
        crate::members::leave(tx, user, CabinetId(cabinet), now).await?;
    }
    // The chat is the person's own. Elsewhere they are named where they joined or asked to, in keys that begin with their
    // id, and by tokens that wait.
    sqlx::query!(
        "WITH chat AS (
             DELETE FROM chats WHERE chat_id = $1
         ), updates AS (
             DELETE FROM processed_updates WHERE chat_id = $1
         ), joined AS (
             DELETE FROM events WHERE kind IN ('member_joined', 'member_asks') AND member = $2
         ), own AS (
             DELETE FROM events
              WHERE cabinet_id IS NULL AND kind IN ('digest', 'missed') AND starts_with(event_key, $2::bigint || ':')
         ), offers AS (
             DELETE FROM events
              WHERE cabinet_id = ANY($3) AND kind = 'collect_offer' AND starts_with(event_key, $2::bigint || ':')
         ), digests AS (
             DELETE FROM chores WHERE kind = 'digest' AND subject = $2::bigint::text
         ), trials AS (
             DELETE FROM wb_limits
              WHERE seller IN (SELECT encode(substring(digest FROM 1 FOR 16), 'hex')::uuid FROM token_attempts
                                WHERE user_id = $2)
         ), pace AS (
             UPDATE telegram_pace SET refused_chat = NULL WHERE refused_chat = $1
         )
         DELETE FROM users WHERE id = $2",
        telegram_id.0,
        user.0,
        &cabinets.iter().filter_map(|row| row.cabinet).collect::<Vec<_>>()
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}
