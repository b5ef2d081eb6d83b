//! 🏠 Главное меню.

use chrono::{DateTime, Utc};
use domain::{TelegramId, moscow, screen::menu::Today};

use crate::{Executor, Result};

/// How today stands in all cabinets of a person that are loaded; `None` for who has none.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_today(db: impl Executor<'_>, telegram_id: TelegramId, now: DateTime<Utc>) -> Result<Option<Today>> {
    let row = sqlx::query!(
        r#"WITH shops AS (
               SELECT user_id, array_agg(cabinet_id) AS cabinets FROM member_cabinets WHERE telegram_id = $1 GROUP BY 1
           )
           SELECT u.notifications_enabled AS "is_told!",
                  o.orders AS "orders!", o.sum AS "sum!",
                  (SELECT count(*) FROM wb_reviews r
                    WHERE r.cabinet_id = ANY(s.cabinets) AND r.answer IS NULL AND NOT r.is_processed) AS "unanswered!"
             FROM shops s
             JOIN users u ON u.id = s.user_id
            CROSS JOIN LATERAL (
                SELECT count(*) AS orders, COALESCE(sum(seller_price), 0) AS sum
                  FROM wb_orders WHERE cabinet_id = ANY(s.cabinets) AND ordered_at >= $2 AND ordered_at <= $3) o"#,
        telegram_id.0,
        moscow::midnight(moscow::day(now)),
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Today { orders: row.orders, sum: row.sum, unanswered: row.unanswered, is_told: row.is_told }))
}
