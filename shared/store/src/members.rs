//! `cabinet_users`: who belongs to which cabinet, how one comes in, and how one leaves.

use chrono::{DateTime, Utc};
use domain::{CabinetId, ChatId, EventKind, Facts, Role, SellerId, UserId, first_contact::Standing};

use crate::{Executor, Result, Transaction, chats::MISSED};

/// A cabinet that somebody has entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// Its name, where WB told it.
    pub name: Option<String>,
    /// Whether its first sync has ended.
    pub is_ready: bool,
    /// Whether they were not a member before.
    pub is_new: bool,
}

/// What is known of a person and of a seller, before the person enters the seller's cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_standing(db: impl Executor<'_>, user: UserId, seller: SellerId, digest: &[u8]) -> Result<Standing> {
    sqlx::query_as!(
        Standing,
        r#"SELECT EXISTS (SELECT 1 FROM cabinets WHERE seller = $2) AS "is_known!",
                  EXISTS (SELECT 1 FROM cabinets c JOIN cabinet_users m ON m.cabinet_id = c.id
                           WHERE c.seller = $2 AND m.user_id = $1) AS "is_member!",
                  EXISTS (SELECT 1 FROM cabinets c JOIN removed_tokens r ON r.cabinet_id = c.id
                           WHERE c.seller = $2 AND r.digest = $3) AS "is_removed!",
                  (SELECT count(*) FROM cabinet_users WHERE user_id = $1) AS "cabinets_of_person!",
                  (SELECT count(*) FROM cabinets WHERE deleted_at IS NULL) AS "cabinets!""#,
        user.0,
        seller.0,
        digest
    )
    .fetch_one(db)
    .await
}

/// Notes the tokens of a member whom an owner removes: they open the cabinet again only with an owner's yes.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_removed(db: impl Executor<'_>, cabinet: CabinetId, member: UserId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO removed_tokens (cabinet_id, digest, removed_at)
         SELECT cabinet_id, digest, $3 FROM wb_tokens WHERE cabinet_id = $1 AND user_id = $2
         ON CONFLICT (cabinet_id, digest) DO UPDATE SET removed_at = excluded.removed_at",
        cabinet.0,
        member.0,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets that whoever brought this token was removed: an owner has let them in again.
///
/// # Errors
/// When the database cannot be reached.
pub async fn forget_removed(db: impl Executor<'_>, seller: SellerId, digest: &[u8]) -> Result<()> {
    sqlx::query!(
        "DELETE FROM removed_tokens r USING cabinets c WHERE c.id = r.cabinet_id AND c.seller = $1 AND r.digest = $2",
        seller.0,
        digest
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The cabinet of a seller, with its name.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_cabinet_of(db: impl Executor<'_>, seller: SellerId) -> Result<Option<(CabinetId, Option<String>)>> {
    let row = sqlx::query!("SELECT id, name FROM cabinets WHERE seller = $1", seller.0).fetch_optional(db).await?;
    Ok(row.map(|row| (CabinetId(row.id), row.name)))
}

/// Finds or makes the cabinet of a seller and lets the person in: as owner where there is none, else
/// as manager.
///
/// # Errors
/// When the database cannot be reached.
pub async fn enter_by_token(
    tx: &mut Transaction<'_>,
    user: UserId,
    seller: SellerId,
    name: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Entered> {
    let cabinet = sqlx::query!(
        "INSERT INTO cabinets AS c (seller, name, not_before, created_at, updated_at) VALUES ($1, $2, $3, $3, $3)
         ON CONFLICT (seller) DO UPDATE SET name = COALESCE($2, c.name), not_before = $3, updated_at = $3
         RETURNING c.id, c.name, c.first_sync_ended_at IS NOT NULL AS \"is_ready!\"",
        seller.0,
        name,
        now
    )
    .fetch_one(&mut **tx)
    .await?;
    let joined = sqlx::query!(
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
    Ok(Entered {
        cabinet: CabinetId(cabinet.id),
        name: cabinet.name,
        is_ready: cabinet.is_ready,
        is_new: joined.rows_affected() == 1,
    })
}

/// Lets a person into a cabinet with a role. Who belongs to it already keeps the role that they have.
///
/// # Errors
/// When the database cannot be reached, or the cabinet is gone.
pub async fn enter_by_link(
    db: impl Executor<'_>,
    user: UserId,
    cabinet: CabinetId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Entered> {
    let row = sqlx::query!(
        r#"WITH joined AS (
               INSERT INTO cabinet_users (cabinet_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (cabinet_id, user_id) DO NOTHING
               RETURNING cabinet_id
           )
           SELECT name, first_sync_ended_at IS NOT NULL AS "is_ready!", EXISTS (SELECT 1 FROM joined) AS "is_new!"
             FROM cabinets WHERE id = $1"#,
        cabinet.0,
        user.0,
        role.name(),
        now
    )
    .fetch_one(db)
    .await?;
    Ok(Entered { cabinet, name: row.name, is_ready: row.is_ready, is_new: row.is_new })
}

/// Tells the owners of a cabinet, once, that somebody has joined it, or asks to.
///
/// # Errors
/// When the database cannot be reached.
pub async fn tell_owners(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    member: UserId,
    facts: &Facts,
    now: DateTime<Utc>,
) -> Result<Vec<ChatId>> {
    let chats = sqlx::query_scalar!(
        "WITH inserted AS (
             INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
             VALUES ($1, $2, $3::bigint || ':' || EXTRACT(EPOCH FROM $5::timestamptz)::bigint, $4, $5, $5)
             ON CONFLICT (cabinet_id, kind, event_key) DO NOTHING
             RETURNING id
         ), told AS (
             INSERT INTO notification_history (event_id, user_id, cabinet_id, chat_id, kind, deliver_after, created_at,
                                               status, error)
             SELECT e.id, u.id, $1, u.telegram_id, $2, $5, $5,
                    CASE WHEN b.blocked_at IS NULL THEN 'pending' ELSE 'suppressed' END,
                    CASE WHEN b.blocked_at IS NOT NULL THEN $6 END
               FROM inserted e
               JOIN cabinet_users m ON m.cabinet_id = $1 AND m.role = 'owner' AND m.user_id <> $3
               JOIN users u ON u.id = m.user_id
               LEFT JOIN chats b ON b.chat_id = u.telegram_id
             RETURNING chat_id, status
         )
         INSERT INTO chats AS c (chat_id, wake_seq) SELECT chat_id, 1 FROM told WHERE status = 'pending' ORDER BY chat_id
         ON CONFLICT (chat_id) DO UPDATE SET wake_seq = c.wake_seq + 1
         RETURNING chat_id",
        cabinet.0,
        facts.kind().name(),
        member.0,
        facts.to_payload(),
        now,
        MISSED
    )
    .fetch_all(db)
    .await?;
    Ok(chats.into_iter().map(ChatId).collect())
}

/// The message that shows a person the progress of a cabinet's first sync, where there is one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_progress_message(db: impl Executor<'_>, user: UserId, cabinet: CabinetId) -> Result<Option<i64>> {
    let message = sqlx::query_scalar!(
        "SELECT telegram_message_id FROM notification_history
          WHERE user_id = $1 AND cabinet_id = $2 AND kind = $3 AND telegram_message_id IS NOT NULL
          ORDER BY id DESC LIMIT 1",
        user.0,
        cabinet.0,
        EventKind::FirstSyncProgress.name()
    )
    .fetch_optional(db)
    .await?;
    Ok(message.flatten())
}

/// The chore that deletes the rows of a cabinet which has nobody any more; its subject is the cabinet.
pub const DELETE_CABINET: &str = "delete_cabinet";
/// Rows of each table that are deleted at once: some tenths of a second.
const DELETED_ROWS: i64 = 10_000;

/// Deletes some of the rows of a cabinet that has nobody any more, and at last the cabinet. Returns whether there is more.
///
/// # Errors
/// When the database cannot be reached.
pub async fn delete_some(db: &crate::Pool, cabinet: CabinetId) -> Result<bool> {
    let deleted = sqlx::query_scalar!(
        r#"WITH gone AS (
               SELECT id FROM cabinets WHERE id = $1 AND deleted_at IS NOT NULL
           ), told AS (
               DELETE FROM notification_history WHERE ctid IN (
                   SELECT n.ctid FROM notification_history n JOIN gone ON n.cabinet_id = gone.id LIMIT $2) RETURNING 1
           ), events AS (
               DELETE FROM events WHERE ctid IN (
                   SELECT e.ctid FROM events e JOIN gone ON e.cabinet_id = gone.id
                    WHERE NOT EXISTS (SELECT 1 FROM notification_history n WHERE n.event_id = e.id) LIMIT $2) RETURNING 1
           ), orders AS (
               DELETE FROM wb_orders WHERE ctid IN (
                   SELECT o.ctid FROM wb_orders o JOIN gone ON o.cabinet_id = gone.id LIMIT $2) RETURNING 1
           ), sales AS (
               DELETE FROM wb_sales WHERE ctid IN (
                   SELECT s.ctid FROM wb_sales s JOIN gone ON s.cabinet_id = gone.id LIMIT $2) RETURNING 1
           ), stocks AS (
               DELETE FROM wb_stocks WHERE ctid IN (
                   SELECT s.ctid FROM wb_stocks s JOIN gone ON s.cabinet_id = gone.id LIMIT $2) RETURNING 1
           ), levels AS (
               DELETE FROM wb_stock_levels WHERE ctid IN (
                   SELECT s.ctid FROM wb_stock_levels s JOIN gone ON s.cabinet_id = gone.id LIMIT $2) RETURNING 1
           ), spells AS (
               DELETE FROM wb_stock_spells WHERE ctid IN (
                   SELECT s.ctid FROM wb_stock_spells s JOIN gone ON s.cabinet_id = gone.id LIMIT $2) RETURNING 1
           ), reviews AS (
               DELETE FROM wb_reviews WHERE ctid IN (
                   SELECT r.ctid FROM wb_reviews r JOIN gone ON r.cabinet_id = gone.id LIMIT $2) RETURNING 1
           ), logs AS (
               DELETE FROM wb_sync_logs WHERE ctid IN (
                   SELECT l.ctid FROM wb_sync_logs l JOIN gone ON l.cabinet_id = gone.id LIMIT $2) RETURNING 1
           )
           SELECT (SELECT count(*) FROM told) + (SELECT count(*) FROM events) + (SELECT count(*) FROM orders)
                + (SELECT count(*) FROM sales) + (SELECT count(*) FROM stocks) + (SELECT count(*) FROM levels)
                + (SELECT count(*) FROM spells) + (SELECT count(*) FROM reviews) + (SELECT count(*) FROM logs) AS "rows!""#,
        cabinet.0,
        DELETED_ROWS
    )
    .fetch_one(db)
    .await?;
    if deleted > 0 {
        return Ok(true);
    }
    // What is left (products, settings, states) is little.
    sqlx::query!("DELETE FROM cabinets WHERE id = $1 AND deleted_at IS NOT NULL", cabinet.0).execute(db).await?;
    Ok(false)
}

/// What became of a cabinet that somebody has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// They did not belong to it.
    WasNotThere,
    /// Others are there still.
    ToOthers,
    /// They were the last one, and it goes with all its data.
    Deleted,
}

/// Takes a person out of a cabinet, with their tokens of it and their settings. The last one takes the
/// shop's data along: nothing leads to them any more, and a chore deletes them. Ownership passes to the
/// longest-standing manager, else to the longest-standing member.
///
/// # Errors
/// When the database cannot be reached.
pub async fn leave(tx: &mut Transaction<'_>, user: UserId, cabinet: CabinetId, now: DateTime<Utc>) -> Result<Left> {
    // Whoever leaves at the same time waits here: one of the two is the last.
    sqlx::query!("SELECT id FROM cabinets WHERE id = $1 FOR NO KEY UPDATE", cabinet.0)
        .fetch_optional(&mut **tx)
        .await?;
    let left = sqlx::query!(
        "WITH tokens AS (
             DELETE FROM wb_tokens WHERE cabinet_id = $1 AND user_id = $2 RETURNING id, digest
         ), warnings AS (
             DELETE FROM chores WHERE kind = 'token_expiring' AND subject IN (SELECT id::text FROM tokens)
         ), trials AS (
             -- Where a token's requests are counted before WB has accepted it: under the first half of its digest.
             DELETE FROM wb_limits
              WHERE seller IN (SELECT encode(substring(digest FROM 1 FOR 16), 'hex')::uuid FROM tokens)
         ), settings AS (
             DELETE FROM notification_settings WHERE cabinet_id = $1 AND user_id = $2
         ), links AS (
             DELETE FROM invites WHERE cabinet_id = $1 AND made_by = $2
         )
         DELETE FROM cabinet_users WHERE cabinet_id = $1 AND user_id = $2",
        cabinet.0,
        user.0
    )
    .execute(&mut **tx)
    .await?;
    if left.rows_affected() == 0 {
        return Ok(Left::WasNotThere);
    }
    // Whoever comes with the shop's token later begins anew; a sync that goes on loses its lease.
    let deleted = sqlx::query!(
        "WITH before AS (
             SELECT seller FROM cabinets WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM cabinet_users WHERE cabinet_id = $1)
         ), limits AS (
             DELETE FROM wb_limits WHERE seller IN (SELECT seller FROM before)
         ), chore AS (
             INSERT INTO chores (kind, subject, due_at) SELECT $3, $1::bigint::text, $2 FROM before ON CONFLICT DO NOTHING
         ), links AS (
             DELETE FROM invites WHERE cabinet_id = $1 AND EXISTS (SELECT 1 FROM before)
         )
         UPDATE cabinets
            SET deleted_at = $2, seller = gen_random_uuid(), name = NULL, fence = fence + 1, lease_until = NULL,
                paused_at = NULL, pause_reason = NULL, silence = NULL, closed_parts = '{}'
          WHERE id = $1 AND EXISTS (SELECT 1 FROM before)",
        cabinet.0,
        now,
        DELETE_CABINET
    )
    .execute(&mut **tx)
    .await?;
    if deleted.rows_affected() == 1 {
        return Ok(Left::Deleted);
    }
    sqlx::query!(
        "UPDATE cabinet_users SET role = 'owner'
          WHERE cabinet_id = $1
            AND NOT EXISTS (SELECT 1 FROM cabinet_users WHERE cabinet_id = $1 AND role = 'owner')
            AND user_id = (SELECT user_id FROM cabinet_users WHERE cabinet_id = $1
                            ORDER BY role <> 'manager', joined_at, user_id LIMIT 1)",
        cabinet.0
    )
    .execute(&mut **tx)
    .await?;
    Ok(Left::ToOthers)
}
