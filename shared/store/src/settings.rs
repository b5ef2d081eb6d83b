//! `notification_settings`, and the one switch for everything in `users`.

use domain::{CabinetId, EventKind, UserId};

use crate::{Executor, Result};

/// The switches of a person in a cabinet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches {
    /// The cabinet's name.
    pub cabinet: Option<String>,
    /// The one switch for everything.
    pub all: bool,
    /// The six kinds, in the order of [`EventKind::SWITCHED`].
    pub kinds: [bool; 6],
}

/// The switches; `None` where the person does not belong to the cabinet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_switches(db: impl Executor<'_>, user: UserId, cabinet: CabinetId) -> Result<Option<Switches>> {
    let row = sqlx::query!(
        r#"SELECT c.name, u.notifications_enabled,
                  COALESCE(s.new_orders_enabled, true) AS "new_orders!",
                  COALESCE(s.order_buyouts_enabled, true) AS "buyouts!",
                  COALESCE(s.order_cancellations_enabled, true) AS "cancellations!",
                  COALESCE(s.order_returns_enabled, true) AS "returns!",
                  COALESCE(s.negative_reviews_enabled, true) AS "reviews!",
                  COALESCE(s.critical_stocks_enabled, true) AS "stocks!"
             FROM cabinet_users m
             JOIN users u ON u.id = m.user_id
             JOIN cabinets c ON c.id = m.cabinet_id
             LEFT JOIN notification_settings s ON s.user_id = m.user_id AND s.cabinet_id = m.cabinet_id
            WHERE m.user_id = $1 AND m.cabinet_id = $2"#,
        user.0,
        cabinet.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Switches {
        cabinet: row.name,
        all: row.notifications_enabled,
        kinds: [row.new_orders, row.buyouts, row.cancellations, row.returns, row.reviews, row.stocks],
    }))
}

/// Sets the one switch for everything.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_all(db: impl Executor<'_>, user: UserId, on: bool) -> Result<()> {
    sqlx::query!("UPDATE users SET notifications_enabled = $2 WHERE id = $1", user.0, on).execute(db).await?;
    Ok(())
}

/// Sets the switch of one kind, for a member of the cabinet and nobody else.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_kind(
    db: impl Executor<'_>,
    user: UserId,
    cabinet: CabinetId,
    kind: EventKind,
    on: bool,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO notification_settings AS s (user_id, cabinet_id, new_orders_enabled, order_buyouts_enabled,
                order_cancellations_enabled, order_returns_enabled, negative_reviews_enabled, critical_stocks_enabled)
         SELECT m.user_id, m.cabinet_id, $3 <> 'new_order' OR $4, $3 <> 'order_buyout' OR $4,
                $3 <> 'order_cancellation' OR $4, $3 <> 'order_return' OR $4, $3 <> 'negative_review' OR $4,
                $3 <> 'critical_stock' OR $4
           FROM cabinet_users m WHERE m.user_id = $1 AND m.cabinet_id = $2
         ON CONFLICT (user_id, cabinet_id) DO UPDATE
            SET new_orders_enabled = CASE $3 WHEN 'new_order' THEN $4 ELSE s.new_orders_enabled END,
                order_buyouts_enabled = CASE $3 WHEN 'order_buyout' THEN $4 ELSE s.order_buyouts_enabled END,
                order_cancellations_enabled =
                    CASE $3 WHEN 'order_cancellation' THEN $4 ELSE s.order_cancellations_enabled END,
                order_returns_enabled = CASE $3 WHEN 'order_return' THEN $4 ELSE s.order_returns_enabled END,
                negative_reviews_enabled = CASE $3 WHEN 'negative_review' THEN $4 ELSE s.negative_reviews_enabled END,
                critical_stocks_enabled = CASE $3 WHEN 'critical_stock' THEN $4 ELSE s.critical_stocks_enabled END",
        user.0,
        cabinet.0,
        kind.name(),
        on
    )
    .execute(db)
    .await?;
    Ok(())
}
