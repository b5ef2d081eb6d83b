//! `users` and `cabinet_users`: who somebody is and what he belongs to.

use chrono::{DateTime, Utc};
use domain::{CabinetId, SellerId, UserId};

use crate::{Executor, Result};

/// A person, as the bot sees him when an update comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Our id.
    pub id: UserId,
    /// His cabinets, oldest membership first.
    pub cabinets: Vec<Membership>,
}

impl Person {
    /// Whether the main menu is open to him: he belongs to a cabinet whose first sync has ended.
    #[must_use]
    pub fn is_past_the_gate(&self) -> bool {
        self.cabinets.iter().any(|cabinet| cabinet.is_ready)
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
}

/// The person behind a Telegram id; `None` for somebody who has never said /start.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_person(db: impl Executor<'_>, telegram_id: i64) -> Result<Option<Person>> {
    let rows = sqlx::query!(
        r#"SELECT u.id, c.id AS "cabinet?", c.name, c.first_sync_ended_at IS NOT NULL AS "is_ready!"
             FROM users u
             LEFT JOIN cabinet_users m ON m.user_id = u.id
             LEFT JOIN cabinets c ON c.id = m.cabinet_id
            WHERE u.telegram_id = $1
            ORDER BY m.joined_at, c.id"#,
        telegram_id
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let id = UserId(first.id);
    let cabinets = rows
        .into_iter()
        .filter_map(|row| {
            row.cabinet.map(|cabinet| Membership {
                cabinet: CabinetId(cabinet),
                name: row.name,
                is_ready: row.is_ready,
            })
        })
        .collect();
    Ok(Some(Person { id, cabinets }))
}

/// Registers a person, again and again without harm.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_person(
    db: impl Executor<'_>,
    telegram_id: i64,
    language: &str,
    now: DateTime<Utc>,
) -> Result<UserId> {
    let id = sqlx::query_scalar!(
        "INSERT INTO users AS u (telegram_id, language, created_at, updated_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (telegram_id) DO UPDATE SET updated_at = $3
         RETURNING u.id",
        telegram_id,
        language,
        now
    )
    .fetch_one(db)
    .await?;
    Ok(UserId(id))
}

/// Finds or makes the cabinet of a seller and lets the person in: as owner where there is none.
/// Tells also whether the cabinet's first sync has ended.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_membership(
    tx: &mut crate::Transaction<'_>,
    user: UserId,
    seller: SellerId,
    name: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(CabinetId, bool)> {
    let cabinet = sqlx::query!(
        "INSERT INTO cabinets AS c (seller, name, not_before, created_at, updated_at) VALUES ($1, $2, $3, $3, $3)
         ON CONFLICT (seller) DO UPDATE SET name = COALESCE($2, c.name), not_before = $3, updated_at = $3
         RETURNING c.id, c.first_sync_ended_at IS NOT NULL AS \"is_ready!\"",
        seller.0,
        name,
        now
    )
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query!(
        "INSERT INTO cabinet_users (cabinet_id, user_id, role, joined_at)
         SELECT $1, $2, CASE WHEN EXISTS (SELECT 1 FROM cabinet_users WHERE cabinet_id = $1 AND role = 'owner')
                             THEN 'manager' ELSE 'owner' END, $3
         ON CONFLICT (cabinet_id, user_id) DO NOTHING",
        cabinet.id,
        user.0,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok((CabinetId(cabinet.id), cabinet.is_ready))
}
