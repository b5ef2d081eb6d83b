//! `wb_orders`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, FeedOrder, FeedStatus, Order, OrderState, Rubles, Srid, Supply,
    event::{FEED_BUYOUT, FEED_RETURN, Money, SeenFeedOrder, SeenOrder},
};
use rust_decimal::Decimal;

use crate::{Connection, Executor, Result};

/// The currency of nearly every seller, which is not stored.
const ROUBLE: &str = "RUB";

/// The state as the column holds it.
pub(crate) fn rank(state: OrderState) -> i16 {
    match state {
        OrderState::Created => 0,
        OrderState::Cancelled => 1,
        OrderState::BoughtOut => 2,
        OrderState::Returned => 3,
    }
}

/// The state of a rank; the column's CHECK admits no other.
pub(crate) fn state(rank: i16) -> OrderState {
    match rank {
        0 => OrderState::Created,
        1 => OrderState::Cancelled,
        2 => OrderState::BoughtOut,
        _ => OrderState::Returned,
    }
}

/// Who ships an order, as the column holds it.
pub(crate) fn supply_name(supply: Supply) -> String {
    match supply {
        Supply::Fbo => "fbo",
        Supply::Fbs => "fbs",
    }
    .to_owned()
}

/// Who ships an order, of the column's name.
pub(crate) fn supply(name: &str) -> Option<Supply> {
    [Supply::Fbo, Supply::Fbs].into_iter().find(|supply| supply_name(*supply) == name)
}

/// The order of a row of `wb_orders`, which has all its columns but those that only the database needs.
macro_rules! order_of_row {
    ($row:ident) => {
        domain::Order {
            srid: domain::Srid($row.srid),
            basket: $row.basket,
            ordered_at: $row.ordered_at,
            changed_at: $row.changed_at.or($row.fed_at).unwrap_or($row.ordered_at),
            cancelled_at: $row.cancelled_at,
            is_cancelled: crate::orders::state($row.state) == domain::OrderState::Cancelled,
            nm_id: domain::NmId($row.nm_id),
            supplier_article: $row.supplier_article,
            barcode: $row.barcode.map(domain::Barcode),
            size: $row.size,
            brand: $row.brand,
            subject: $row.subject,
            supply: $row.supply.as_deref().and_then(crate::orders::supply),
            warehouse: $row.warehouse,
            region: $row.region,
            full_price: $row.full_price.map(domain::Rubles),
            seller_price: $row.seller_price.map(domain::Rubles),
            buyer_price: $row.buyer_price.map(domain::Rubles),
            wb_discount_percent: $row.wb_discount_percent.map(domain::Rubles),
            feed: domain::FeedFacts {
                chrt_id: $row.chrt_id.map(domain::ChrtId),
                city: $row.city,
                cancel_reason: $row.cancel_reason.as_deref().and_then(domain::CancelReason::parse),
                is_defective: $row.is_defective,
                is_b2b: $row.is_b2b,
                currency: $row.currency,
            },
        }
    };
}
pub(crate) use order_of_row;

/// Writes the orders of statistics that are new or differ and returns just those, with the state that they had.
///
/// The state only moves forward, and a row older than the one held changes nothing, so answers may
/// come in any order.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_orders(
    tx: &mut Connection,
    cabinet: CabinetId,
    orders: Vec<Order>,
    now: DateTime<Utc>,
) -> Result<Vec<SeenOrder>> {
    // WB may repeat a row within one answer; one statement may touch a row only once.
    let mut latest: HashMap<Srid, Order> = HashMap::with_capacity(orders.len());
    for order in orders {
        match latest.entry(order.srid.clone()) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(order);
            }
            std::collections::hash_map::Entry::Occupied(mut held) if held.get().changed_at <= order.changed_at => {
                held.insert(order);
            }
            std::collections::hash_map::Entry::Occupied(_) => {}
        }
    }
    let rows: Vec<&Order> = latest.values().collect();
    macro_rules! column {
        ($type:ty, $of:expr) => {
            rows.iter().map(|order| $of(*order)).collect::<Vec<$type>>()
        };
    }
    let srid = column!(String, |o: &Order| o.srid.0.clone());
    let sold = load_sold(tx, cabinet, &srid).await?;
    let states = column!(i16, |o: &Order| with_sold(o.state(), &o.srid, &sold));
    let basket = column!(Option<String>, |o: &Order| o.basket.clone());
    let ordered_at = column!(DateTime<Utc>, |o: &Order| o.ordered_at);
    let changed_at = column!(DateTime<Utc>, |o: &Order| o.changed_at);
    let cancelled_at = column!(Option<DateTime<Utc>>, |o: &Order| o.cancelled_at);
    let nm_id = column!(i64, |o: &Order| o.nm_id.0);
    let article = column!(Option<String>, |o: &Order| o.supplier_article.clone());
    let barcode = column!(Option<String>, |o: &Order| o.barcode.as_ref().map(|code| code.0.clone()));
    let size = column!(Option<String>, |o: &Order| o.size.clone());
    let brand = column!(Option<String>, |o: &Order| o.brand.clone());
    let subject = column!(Option<String>, |o: &Order| o.subject.clone());
    let supply = column!(Option<String>, |o: &Order| o.supply.map(supply_name));
    let warehouse = column!(Option<String>, |o: &Order| o.warehouse.clone());
    let region = column!(Option<String>, |o: &Order| o.region.clone());
    let full_price = column!(Option<Decimal>, |o: &Order| o.full_price.map(|sum| sum.0));
    let seller_price = column!(Option<Decimal>, |o: &Order| o.seller_price.map(|sum| sum.0));
    let buyer_price = column!(Option<Decimal>, |o: &Order| o.buyer_price.map(|sum| sum.0));
    let discount = column!(Option<Decimal>, |o: &Order| o.wb_discount_percent.map(|sum| sum.0));
    let written = sqlx::query!(
        r#"WITH incoming AS (
               SELECT * FROM UNNEST($3::text[], $4::smallint[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                                    $8::timestamptz[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::text[],
                                    $14::text[], $15::text[], $16::text[], $17::text[], $18::numeric[], $19::numeric[],
                                    $20::numeric[], $21::numeric[])
                   AS t(srid, state, basket, ordered_at, changed_at, cancelled_at, nm_id, supplier_article, barcode,
                        size, brand, subject, supply, warehouse, region, full_price, seller_price, buyer_price,
                        wb_discount_percent)
           ), written AS (
               INSERT INTO wb_orders AS o (cabinet_id, created_at, updated_at, srid, state, basket, ordered_at,
                      changed_at, cancelled_at, nm_id, supplier_article, barcode, size, brand, subject, supply,
                      warehouse, region, full_price, seller_price, buyer_price, wb_discount_percent)
               SELECT $1, $2, $2, i.srid, i.state, i.basket, i.ordered_at, i.changed_at,
                      i.cancelled_at, i.nm_id, i.supplier_article, i.barcode, i.size, i.brand, i.subject, i.supply,
                      i.warehouse, i.region, i.full_price, i.seller_price, i.buyer_price, i.wb_discount_percent
                 FROM incoming i
               ON CONFLICT (cabinet_id, srid) DO UPDATE
                  SET updated_at = excluded.updated_at,
                      state = GREATEST(o.state, excluded.state),
                      basket = excluded.basket,
                      ordered_at = excluded.ordered_at,
                      changed_at = excluded.changed_at,
                      cancelled_at = COALESCE(excluded.cancelled_at, o.cancelled_at),
                      nm_id = excluded.nm_id,
                      supplier_article = excluded.supplier_article,
                      barcode = excluded.barcode,
                      size = excluded.size,
                      brand = excluded.brand,
                      subject = excluded.subject,
                      supply = excluded.supply,
                      warehouse = excluded.warehouse,
                      region = excluded.region,
                      full_price = COALESCE(excluded.full_price, o.full_price),
                      seller_price = COALESCE(excluded.seller_price, o.seller_price),
                      buyer_price = COALESCE(excluded.buyer_price, o.buyer_price),
                      wb_discount_percent = COALESCE(excluded.wb_discount_percent, o.wb_discount_percent)
                WHERE (o.changed_at IS NULL OR o.changed_at <= excluded.changed_at)
                  AND (o.state < excluded.state
                       OR (o.basket, o.ordered_at, o.changed_at, o.cancelled_at, o.nm_id, o.supplier_article, o.barcode,
                           o.size, o.brand, o.subject, o.supply, o.warehouse, o.region, o.full_price, o.seller_price,
                           o.buyer_price, o.wb_discount_percent)
                          IS DISTINCT FROM
                          (excluded.basket, excluded.ordered_at, excluded.changed_at, excluded.cancelled_at,
                           excluded.nm_id, excluded.supplier_article, excluded.barcode, excluded.size, excluded.brand,
                           excluded.subject, excluded.supply, excluded.warehouse, excluded.region, excluded.full_price,
                           excluded.seller_price, excluded.buyer_price, excluded.wb_discount_percent))
               RETURNING o.srid, o.state
           )
           SELECT w.srid, w.state, b.state AS "before?", b.seller_price AS "seller_price?",
                  b.buyer_price AS "buyer_price?", b.wb_discount_percent AS "wb_discount_percent?"
             FROM written w
             -- As it was: all parts of a statement see what was there before it.
             LEFT JOIN wb_orders b ON b.cabinet_id = $1 AND b.srid = w.srid"#,
        cabinet.0,
        now,
        &srid,
        &states,
        &basket as &[Option<String>],
        &ordered_at,
        &changed_at,
        &cancelled_at as &[Option<DateTime<Utc>>],
        &nm_id,
        &article as &[Option<String>],
        &barcode as &[Option<String>],
        &size as &[Option<String>],
        &brand as &[Option<String>],
        &subject as &[Option<String>],
        &supply as &[Option<String>],
        &warehouse as &[Option<String>],
        &region as &[Option<String>],
        &full_price as &[Option<Decimal>],
        &seller_price as &[Option<Decimal>],
        &buyer_price as &[Option<Decimal>],
        &discount as &[Option<Decimal>]
    )
    .fetch_all(tx)
    .await?;
    Ok(written
        .into_iter()
        .filter_map(|row| {
            let order = latest.remove(&Srid(row.srid))?;
            let held = Money {
                seller_price: row.seller_price.map(Rubles),
                buyer_price: row.buyer_price.map(Rubles),
                wb_discount_percent: row.wb_discount_percent.map(Rubles),
            };
            Some(SeenOrder { before: row.before.map(state), held, state: state(row.state), order })
        })
        .collect())
}

/// Writes the orders of the feed that are new or have moved on and returns just those, with the state
/// that they had and with what statistics and the cards know of them. A buyout or return that no sale
/// of statistics has shown becomes a sale of its own, until that one comes.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_feed(
    tx: &mut Connection,
    cabinet: CabinetId,
    orders: &[FeedOrder],
    now: DateTime<Utc>,
) -> Result<Vec<SeenFeedOrder>> {
    let mut latest: HashMap<&Srid, &FeedOrder> = HashMap::with_capacity(orders.len());
    for order in orders {
        let held = latest.entry(&order.srid).or_insert(order);
        if held.updated_at <= order.updated_at {
            *held = order;
        }
    }
    let rows: Vec<&FeedOrder> = latest.into_values().collect();
    macro_rules! column {
        ($type:ty, $of:expr) => {
            rows.iter().map(|order| $of(*order)).collect::<Vec<$type>>()
        };
    }
    let srid = column!(String, |o: &FeedOrder| o.srid.0.clone());
    let sold = load_sold(tx, cabinet, &srid).await?;
    let states = column!(i16, |o: &FeedOrder| with_sold(o.status.state(), &o.srid, &sold));
    let created_at = column!(DateTime<Utc>, |o: &FeedOrder| o.created_at);
    let updated_at = column!(DateTime<Utc>, |o: &FeedOrder| o.updated_at);
    let nm_id = column!(i64, |o: &FeedOrder| o.nm_id.0);
    let chrt_id = column!(i64, |o: &FeedOrder| o.chrt_id.0);
    let reasons = column!(Option<String>, |o: &FeedOrder| match o.status {
        FeedStatus::Cancelled(reason) => Some(reason.name().to_owned()),
        _ => None,
    });
    let is_defective = column!(bool, |o: &FeedOrder| o.status == FeedStatus::Returned { defective: true });
    let supplies = column!(Option<String>, |o: &FeedOrder| o.supply.map(supply_name));
    let warehouse = column!(Option<String>, |o: &FeedOrder| o.warehouse.clone());
    let city = column!(Option<String>, |o: &FeedOrder| o.city.clone());
    let district = column!(Option<String>, |o: &FeedOrder| o.district.clone());
    let seller_price = column!(Option<Decimal>, |o: &FeedOrder| o.seller_price.map(|sum| sum.0));
    let currency = column!(Option<String>, |o: &FeedOrder| o.currency.clone().filter(|code| code != ROUBLE));
    let is_b2b = column!(bool, |o: &FeedOrder| o.is_b2b);
    let written = sqlx::query!(
        r#"WITH incoming AS (
               SELECT * FROM UNNEST($3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::bigint[],
                                    $8::bigint[], $9::text[], $10::boolean[], $11::text[], $12::text[], $13::text[],
                                    $14::text[], $15::numeric[], $16::text[], $17::boolean[])
                   AS t(srid, state, ordered_at, fed_at, nm_id, chrt_id, cancel_reason, is_defective, supply, warehouse,
                        city, district, seller_price, currency, is_b2b)
           ), written AS (
               INSERT INTO wb_orders AS o (cabinet_id, created_at, updated_at, srid, state, ordered_at, fed_at,
                      cancelled_at, nm_id, chrt_id, supplier_article, barcode, size, brand, subject, supply, warehouse,
                      region, city, seller_price, cancel_reason, is_defective, is_b2b, currency)
               SELECT $1, $2, $2, i.srid, i.state, i.ordered_at, i.fed_at,
                      CASE WHEN i.cancel_reason IS NOT NULL THEN i.fed_at END, i.nm_id, i.chrt_id, p.supplier_article, size.barcode,
                      size.name, p.brand, p.subject, i.supply, i.warehouse, i.district, i.city, i.seller_price,
                      i.cancel_reason, i.is_defective, i.is_b2b, i.currency
                 FROM incoming i
                 LEFT JOIN wb_products p ON p.cabinet_id = $1 AND p.nm_id = i.nm_id
                 LEFT JOIN LATERAL (
                     SELECT s->>'name' AS name, s->'barcodes'->>0 AS barcode FROM jsonb_array_elements(p.sizes) AS s
                      WHERE (s->>'chrt_id')::bigint = i.chrt_id LIMIT 1
                 ) size ON true
               ON CONFLICT (cabinet_id, srid) DO UPDATE
                  SET updated_at = excluded.updated_at,
                      state = GREATEST(o.state, excluded.state),
                      fed_at = excluded.fed_at,
                      cancelled_at = COALESCE(o.cancelled_at, excluded.cancelled_at),
                      chrt_id = excluded.chrt_id,
                      city = COALESCE(excluded.city, o.city),
                      seller_price = COALESCE(o.seller_price, excluded.seller_price),
                      cancel_reason = COALESCE(excluded.cancel_reason, o.cancel_reason),
                      is_defective = o.is_defective OR excluded.is_defective,
                      is_b2b = excluded.is_b2b,
                      currency = excluded.currency
                WHERE (o.fed_at IS NULL OR o.fed_at <= excluded.fed_at)
                  AND (o.state < excluded.state
                       OR (o.fed_at, o.chrt_id, o.is_b2b, o.currency)
                          IS DISTINCT FROM (excluded.fed_at, excluded.chrt_id, excluded.is_b2b, excluded.currency)
                       OR o.city IS DISTINCT FROM COALESCE(excluded.city, o.city)
                       OR o.cancel_reason IS DISTINCT FROM COALESCE(excluded.cancel_reason, o.cancel_reason)
                       OR excluded.is_defective > o.is_defective)
               RETURNING o.*
           )
           SELECT w.srid, w.state, w.basket, w.ordered_at, w.changed_at, w.cancelled_at, w.nm_id, w.supplier_article,
                  w.barcode, w.size, w.brand, w.subject, w.supply, w.warehouse, w.region, w.full_price, w.seller_price,
                  w.buyer_price, w.wb_discount_percent, w.chrt_id, w.city, w.fed_at, w.cancel_reason,
                  w.is_defective, w.is_b2b, w.currency, b.state AS "before?"
             FROM written w
             -- As it was: all parts of a statement see what was there before it.
             LEFT JOIN wb_orders b ON b.cabinet_id = $1 AND b.srid = w.srid"#,
        cabinet.0,
        now,
        &srid,
        &states,
        &created_at,
        &updated_at,
        &nm_id,
        &chrt_id,
        &reasons as &[Option<String>],
        &is_defective,
        &supplies as &[Option<String>],
        &warehouse as &[Option<String>],
        &city as &[Option<String>],
        &district as &[Option<String>],
        &seller_price as &[Option<Decimal>],
        &currency as &[Option<String>],
        &is_b2b
    )
    .fetch_all(&mut *tx)
    .await?;
    let moved_on: Vec<String> = written.iter().filter(|row| row.state > 1).map(|row| row.srid.clone()).collect();
    save_stand_ins(tx, cabinet, &moved_on, now).await?;
    Ok(written
        .into_iter()
        .map(|row| SeenFeedOrder {
            before: row.before.map(state),
            sold: sold.get(&row.srid).copied().map(state),
            state: state(row.state),
            updated_at: row.fed_at.unwrap_or(row.ordered_at),
            order: order_of_row!(row),
        })
        .collect())
}

/// How far the sales that are held have brought these orders: a sale may be seen before its order.
async fn load_sold(tx: &mut Connection, cabinet: CabinetId, srids: &[String]) -> Result<HashMap<String, i16>> {
    let rows = sqlx::query!(
        r#"SELECT i.srid AS "srid!", max(CASE s.type WHEN 'return' THEN 3 ELSE 2 END)::smallint AS "state!"
             -- Joined as a whole: looked up row by row, a table that is still without statistics is read once for each.
             FROM UNNEST($2::text[]) AS i(srid)
             JOIN wb_sales s ON s.cabinet_id = $1 AND s.srid = i.srid
            GROUP BY i.srid"#,
        cabinet.0,
        srids
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.srid, row.state)).collect())
}

/// The state that an order shows, or the one to which its sales have brought it.
fn with_sold(shown: OrderState, srid: &Srid, sold: &HashMap<String, i16>) -> i16 {
    rank(shown).max(sold.get(&srid.0).copied().unwrap_or_default())
}

/// Makes the sales that these orders of the feed have come to and no row of statistics has shown.
async fn save_stand_ins(tx: &mut Connection, cabinet: CabinetId, srids: &[String], now: DateTime<Utc>) -> Result<()> {
    if srids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO wb_sales (cabinet_id, created_at, updated_at, sale_id, srid, type, sale_date, changed_at, nm_id,
                supplier_article, barcode, size, subject, supply, warehouse, region, seller_price)
         SELECT $1, $2, $2, kind.prefix || o.srid, o.srid, kind.type, o.fed_at, o.fed_at, o.nm_id, o.supplier_article,
                o.barcode, o.size, o.subject, o.supply, o.warehouse, o.region, o.seller_price
           FROM wb_orders o
          CROSS JOIN (VALUES ($4::text, 'buyout', 2), ($5::text, 'return', 3)) AS kind(prefix, type, state)
          WHERE o.cabinet_id = $1 AND o.srid = ANY($3) AND o.state >= kind.state
            AND NOT EXISTS (SELECT 1 FROM wb_sales s
                             WHERE s.cabinet_id = $1 AND s.srid = o.srid AND s.type = kind.type)
         ON CONFLICT (cabinet_id, sale_id) DO NOTHING",
        cabinet.0,
        now,
        srids,
        FEED_BUYOUT,
        FEED_RETURN
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How many of these orders we hold.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count_known(db: impl Executor<'_>, cabinet: CabinetId, srids: &[String]) -> Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM wb_orders WHERE cabinet_id = $1 AND srid = ANY($2)"#,
        cabinet.0,
        srids
    )
    .fetch_one(db)
    .await
}
