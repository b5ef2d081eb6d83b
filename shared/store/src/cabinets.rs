//! `cabinets`: which one is due, and the end of its first sync.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId,
    token_care::{ClosedParts, PauseReason},
};

use crate::{Executor, Result, chats::DESERTED_AFTER};

/// Cabinets claimed by one statement: one statement for a thousand, as the target for fan-out says.
pub const CLAIM_PAGE_CABINETS: i64 = 1_000;

/// What may be asked this soon after the tick is claimed by it, because the spread and the queue
/// take about as long.
const CLAIM_AHEAD: TimeDelta = TimeDelta::seconds(30);

/// A tick by its number. Slots of different intervals are numbered differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// How many intervals lie between 1970 and the tick.
    pub number: i64,
    /// The interval in seconds.
    pub interval_seconds: i32,
}

/// Claims a page of cabinets for the slot. The same slot claims nothing twice, and an early tick
/// skips nothing, because slots are counted and not timed. A cabinet that was claimed by a slot of another
/// interval is due: its number says nothing about this one.
///
/// # Errors
/// When the database cannot be reached.
pub async fn claim_due(db: impl Executor<'_>, slot: Slot, now: DateTime<Utc>) -> Result<Vec<CabinetId>> {
    let ids = sqlx::query_scalar!(
        "WITH due AS (
             SELECT id FROM cabinets
              WHERE (claimed_slot < $1 OR claimed_interval IS DISTINCT FROM $5) AND not_before <= $2
                -- Somebody is there to be told.
                AND EXISTS (SELECT 1 FROM cabinet_users m JOIN users u ON u.id = m.user_id
                              LEFT JOIN chats c ON c.chat_id = u.telegram_id
                             WHERE m.cabinet_id = cabinets.id AND (c.blocked_at IS NULL OR c.blocked_at > $4))
              ORDER BY claimed_slot, id
              LIMIT $3
                FOR NO KEY UPDATE SKIP LOCKED
         )
         UPDATE cabinets c SET claimed_slot = $1, claimed_interval = $5 FROM due WHERE c.id = due.id RETURNING c.id",
        slot.number,
        now + CLAIM_AHEAD,
        CLAIM_PAGE_CABINETS,
        now - DESERTED_AFTER,
        slot.interval_seconds
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(CabinetId).collect())
}

/// Ends the first sync, once. `false` when it had ended before, or the lease is lost.
///
/// # Errors
/// When the database cannot be reached.
pub async fn end_first_sync(db: impl Executor<'_>, cabinet: CabinetId, fence: i64, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE cabinets SET first_sync_ended_at = $3, updated_at = $3
          WHERE id = $1 AND fence = $2 AND first_sync_ended_at IS NULL",
        cabinet.0,
        fence,
        now
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The figures of a shop for the message that ends its first sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Orders held.
    pub orders: i64,
    /// Buyouts and returns held.
    pub sales: i64,
    /// Products held.
    pub products: i64,
    /// Pieces in all warehouses.
    pub pieces: i64,
    /// Reviews held.
    pub reviews: i64,
}

/// The figures of a shop, and its name.
///
/// # Errors
/// When the database cannot be reached, or the cabinet is gone.
pub async fn load_figures(db: impl Executor<'_>, cabinet: CabinetId) -> Result<(Option<String>, Figures)> {
    let row = sqlx::query!(
        r#"SELECT c.name,
                  (SELECT count(*) FROM wb_orders WHERE cabinet_id = $1) AS "orders!",
                  (SELECT count(*) FROM wb_sales WHERE cabinet_id = $1) AS "sales!",
                  (SELECT count(*) FROM wb_products WHERE cabinet_id = $1) AS "products!",
                  (SELECT COALESCE(sum(quantity), 0)::bigint FROM wb_stocks WHERE cabinet_id = $1) AS "pieces!",
                  (SELECT count(*) FROM wb_reviews WHERE cabinet_id = $1) AS "reviews!"
             FROM cabinets c WHERE c.id = $1"#,
        cabinet.0
    )
    .fetch_one(db)
    .await?;
    let figures = Figures {
        orders: row.orders,
        sales: row.sales,
        products: row.products,
        pieces: row.pieces,
        reviews: row.reviews,
    };
    Ok((row.name, figures))
}

/// Keeps of which hosts the members know that they are closed.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_closed_parts(db: impl Executor<'_>, cabinet: CabinetId, parts: &ClosedParts) -> Result<()> {
    let parts = serde_json::to_value(parts).expect("parts are plain data");
    sqlx::query!("UPDATE cabinets SET closed_parts = $2 WHERE id = $1", cabinet.0, parts).execute(db).await?;
    Ok(())
}

/// Pauses a cabinet, once. `false` when it pauses already, or the lease is lost.
///
/// # Errors
/// When the database cannot be reached.
pub async fn pause(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    fence: i64,
    reason: PauseReason,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE cabinets SET paused_at = $3, pause_reason = $4, updated_at = $3
          WHERE id = $1 AND fence = $2 AND paused_at IS NULL",
        cabinet.0,
        fence,
        now,
        reason.name()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends the pause of a cabinet, once, and forgets that its data sets were refused: they are asked anew.
/// `false` when it does not pause, or the lease is lost.
///
/// # Errors
/// When the database cannot be reached.
pub async fn resume(db: impl Executor<'_>, cabinet: CabinetId, fence: i64, now: DateTime<Utc>) -> Result<bool> {
    let resumed = sqlx::query_scalar!(
        "WITH resumed AS (
             UPDATE cabinets SET paused_at = NULL, pause_reason = NULL, updated_at = $3
              WHERE id = $1 AND fence = $2 AND paused_at IS NOT NULL
             RETURNING id
         ), asked_anew AS (
             UPDATE data_sets SET not_before = NULL, put_off_reason = NULL, refused_at = NULL
              WHERE cabinet_id IN (SELECT id FROM resumed) AND put_off_reason = 'no_access'
         )
         SELECT id FROM resumed",
        cabinet.0,
        fence,
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(resumed.is_some())
}
