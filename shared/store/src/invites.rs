//! `invites`: links that let somebody in, once. Only the digest of their code is stored.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{CabinetId, Role, TelegramId, UserId};

use crate::{Executor, Result};

/// How long a link works.
pub const INVITE_LIVES: TimeDelta = TimeDelta::days(7);

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The cabinet and the role in it; `None` for the operator's link, which only lets in.
    pub into: Option<(CabinetId, Role)>,
    /// Whether somebody has the link's cabinet already.
    pub is_member: bool,
}

/// Stores an owner's link, if they own the cabinet; links that are over go at the same time.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_invite(
    db: impl Executor<'_>,
    digest: &[u8],
    owner: UserId,
    cabinet: CabinetId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<bool> {
    let made = sqlx::query!(
        "WITH over AS (
             DELETE FROM invites WHERE expires_at <= $5
         )
         INSERT INTO invites (digest, cabinet_id, role, made_by, created_at, expires_at)
         SELECT $1, m.cabinet_id, $4, m.user_id, $5, $6
           FROM cabinet_users m WHERE m.cabinet_id = $3 AND m.user_id = $2 AND m.role = 'owner'",
        digest,
        owner.0,
        cabinet.0,
        role.name(),
        now,
        now + INVITE_LIVES
    )
    .execute(db)
    .await?;
    Ok(made.rows_affected() == 1)
}

/// Where a link leads for this person, if it still works. An owner's link ends with their ownership.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_invite(
    db: impl Executor<'_>,
    digest: &[u8],
    telegram_id: TelegramId,
    now: DateTime<Utc>,
) -> Result<Option<Invite>> {
    let row = sqlx::query!(
        r#"SELECT i.cabinet_id, i.role,
                  EXISTS (SELECT 1 FROM cabinet_users m JOIN users u ON u.id = m.user_id
                           WHERE m.cabinet_id = i.cabinet_id AND u.telegram_id = $2) AS "is_member!"
             FROM invites i
             LEFT JOIN cabinet_users o ON o.cabinet_id = i.cabinet_id AND o.user_id = i.made_by AND o.role = 'owner'
            WHERE i.digest = $1 AND i.used_at IS NULL AND i.expires_at > $3
              AND (i.made_by IS NULL OR o.user_id IS NOT NULL)"#,
        digest,
        telegram_id.0,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Invite {
        into: row.cabinet_id.zip(row.role).map(|(cabinet, role)| (CabinetId(cabinet), Role::parse(&role))),
        is_member: row.is_member,
    }))
}

/// Uses a link up. `false`: somebody else was faster.
///
/// # Errors
/// When the database cannot be reached.
pub async fn use_invite(db: impl Executor<'_>, digest: &[u8], now: DateTime<Utc>) -> Result<bool> {
    let used = sqlx::query!("UPDATE invites SET used_at = $2 WHERE digest = $1 AND used_at IS NULL", digest, now)
        .execute(db)
        .await?;
    Ok(used.rows_affected() == 1)
}
