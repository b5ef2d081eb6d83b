//! 🛒 Заказы.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    CabinetId, DataSet, Rubles, TelegramId, moscow,
    screen::{
        Heading, Page, Place,
        orders::{OrderFilter, OrderKey, OrderRow, OrderStory},
    },
};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::types::Json;

use super::{HeadingRow, sources};
use crate::{
    Executor, Result,
    orders::{order_of_row, rank, state, supply, supply_name},
    product_now::ProductNow,
};

/// Orders on a page: two lines of text each, and a row of eight buttons.
pub const ORDERS_PER_PAGE: i64 = 8;
/// A correction moves an order by so much at the most: statistics and the order feed differ by hours.
const MOVED_WITHIN: TimeDelta = TimeDelta::days(1);

/// A page of the orders of a cabinet, or of the person's first one; behind the last page the last. `None` for who has no
/// such cabinet that is loaded.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_orders(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinet: Option<CabinetId>,
    place: Place<OrderFilter>,
    now: DateTime<Utc>,
) -> Result<Option<Page<OrderRow>>> {
    let range = place.filter.made.map(|period| period.range(now));
    let (since, until) = (range.map(|range| range.0), range.and_then(|range| range.1));
    let row = sqlx::query!(
        r#"WITH cabinet AS (
               SELECT m.*, s.words FROM member_cabinets m
                 LEFT JOIN searches s ON s.id = $3 AND s.user_id = m.user_id
                WHERE m.telegram_id = $1 AND ($2::bigint IS NULL OR m.cabinet_id = $2)
                ORDER BY m.place LIMIT 1
           ), found AS MATERIALIZED (
               -- Words are looked for once, for the count and for the page.
               SELECT o.srid, o.ordered_at FROM cabinet c JOIN wb_orders o ON o.cabinet_id = c.cabinet_id
                WHERE ($4::timestamptz IS NULL OR o.created_at < $4)
                  AND ($5::smallint IS NULL OR o.state = $5)
                  AND ($6::text IS NULL OR o.supply = $6)
                  AND ($7::timestamptz IS NULL OR o.ordered_at >= $7)
                  AND ($8::timestamptz IS NULL OR o.ordered_at < $8)
                  AND (c.words IS NULL OR c.words IN (o.nm_id::text, o.srid, o.barcode)
                       OR holds_words(o.supplier_article, c.words))
           ), counted AS (
               SELECT count(*) AS total FROM found
           ), page AS (
               SELECT srid FROM found
                ORDER BY ordered_at DESC, srid DESC
                LIMIT $9
               OFFSET LEAST($10::bigint, GREATEST(0, (SELECT total - 1 FROM counted) / $9)) * $9
           )
           SELECT to_jsonb(c) || data_now(c.cabinet_id, $11) AS "heading!: Json<HeadingRow>", c.words AS "words?",
                  (SELECT total FROM counted) AS "total!",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'ordered_at', o.ordered_at, 'state', o.state, 'supply', o.supply,
                              'title', COALESCE(p.title, o.subject, o.supplier_article), 'size', o.size,
                              'price', o.seller_price::text, 'currency', o.currency,
                              'day', moscow_day(o.ordered_at), 'digest', left(md5(o.srid), 8))
                              ORDER BY o.ordered_at DESC, o.srid DESC), '[]')
                     FROM page
                     JOIN wb_orders o ON o.cabinet_id = c.cabinet_id AND o.srid = page.srid
                     LEFT JOIN wb_products p ON p.cabinet_id = o.cabinet_id AND p.nm_id = o.nm_id)
                  AS "rows!: Json<Vec<RowOfPage>>"
             FROM cabinet c"#,
        telegram_id.0,
        cabinet.map(|cabinet| cabinet.0),
        place.search.map(|search| search.0),
        place.as_of,
        place.filter.state.map(rank),
        place.filter.supply.map(supply_name),
        since,
        until,
        ORDERS_PER_PAGE,
        i64::from(place.page),
        &sources(DataSet::Orders)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Page {
        words: row.words,
        total: row.total,
        rows: row.rows.0.into_iter().map(OrderRow::from).collect(),
        heading: row.heading.0.heading(DataSet::Orders, now),
    }))
}

/// A row of the page as the statement builds it.
#[derive(Clone, Debug, Deserialize)]
struct RowOfPage {
    ordered_at: DateTime<Utc>,
    state: i16,
    supply: Option<String>,
    title: Option<String>,
    size: Option<String>,
    price: Option<Decimal>,
    currency: Option<String>,
    day: NaiveDate,
    digest: String,
}

impl From<RowOfPage> for OrderRow {
    fn from(row: RowOfPage) -> Self {
        Self {
            key: OrderKey { day: row.day, digest: u32::from_str_radix(&row.digest, 16).unwrap_or_default() },
            ordered_at: row.ordered_at,
            state: state(row.state),
            supply: row.supply.as_deref().and_then(supply),
            title: row.title,
            size: row.size,
            price: row.price.map(Rubles),
            currency: row.currency,
        }
    }
}

/// The card of one order.
#[derive(Clone, Debug)]
pub struct OrderCard {
    /// Whose order.
    pub heading: Heading,
    /// What became of it.
    pub story: OrderStory,
    /// Its product.
    pub product: ProductNow,
}

/// The order that a button names; `None` if it is not there any more, or was never the reader's to see.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_order(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinet: CabinetId,
    key: OrderKey,
    now: DateTime<Utc>,
) -> Result<Option<OrderCard>> {
    let day = moscow::midnight(key.day);
    let row = sqlx::query!(
        r#"SELECT to_jsonb(c) || data_now(c.cabinet_id, $6) AS "heading!: Json<HeadingRow>",
                  o.srid, o.state, o.basket, o.ordered_at, o.changed_at, o.fed_at, o.cancelled_at, o.nm_id,
                  o.supplier_article, o.barcode, o.size, o.brand, o.subject, o.supply, o.warehouse, o.region,
                  o.full_price, o.seller_price, o.buyer_price, o.wb_discount_percent, o.chrt_id, o.city,
                  o.cancel_reason, o.is_defective, o.is_b2b, o.currency,
                  sold.bought_out_at, sold.returned_at, sold.for_pay,
                  product_now(c.cabinet_id, o.nm_id, $7) AS "product!: Json<ProductNow>"
             FROM member_cabinets c
             JOIN wb_orders o ON o.cabinet_id = c.cabinet_id
            CROSS JOIN LATERAL (
                SELECT min(s.sale_date) FILTER (WHERE s.type = 'buyout') AS bought_out_at,
                       min(s.sale_date) FILTER (WHERE s.type = 'return') AS returned_at,
                       sum(CASE s.type WHEN 'buyout' THEN abs(s.for_pay) ELSE -abs(s.for_pay) END) AS for_pay
                  FROM wb_sales s WHERE s.cabinet_id = o.cabinet_id AND s.srid = o.srid) sold
            WHERE c.telegram_id = $1 AND c.cabinet_id = $2
              AND o.ordered_at >= $3 AND o.ordered_at < $4 AND left(md5(o.srid), 8) = $5
            LIMIT 1"#,
        telegram_id.0,
        cabinet.0,
        day - MOVED_WITHIN,
        day + TimeDelta::days(1) + MOVED_WITHIN,
        format!("{:08x}", key.digest),
        &sources(DataSet::Orders),
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| OrderCard {
        heading: row.heading.0.heading(DataSet::Orders, now),
        product: row.product.0,
        story: OrderStory {
            state: state(row.state),
            bought_out_at: row.bought_out_at,
            returned_at: row.returned_at,
            for_pay: row.for_pay.map(Rubles),
            order: order_of_row!(row),
        },
    }))
}
