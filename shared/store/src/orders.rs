//! `wb_orders`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Order, OrderState, Rubles, Srid, Supply,
    event::{Money, SeenOrder},
};
use rust_decimal::Decimal;

use crate::{Executor, Result};

/// The state as the column holds it.
fn rank(state: OrderState) -> i16 {
    match state {
        OrderState::Created => 0,
        OrderState::Cancelled => 1,
        OrderState::BoughtOut => 2,
        OrderState::Returned => 3,
    }
}

/// The state of a rank; the column's CHECK admits no other.
fn state(rank: i16) -> OrderState {
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

/// Writes the orders that are new or differ and returns just those, with the state that they had.
///
/// The state only moves forward, and a row older than the one held changes nothing, so answers may
/// come in any order.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_orders(
    db: impl Executor<'_>,
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
    let states = column!(i16, |o: &Order| rank(o.state()));
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
           ), before AS (
               SELECT o.srid, o.state, o.seller_price, o.buyer_price, o.wb_discount_percent
                 FROM incoming i JOIN wb_orders o ON o.cabinet_id = $1 AND o.srid = i.srid
           ), written AS (
               INSERT INTO wb_orders AS o (cabinet_id, created_at, updated_at, srid, state, basket, ordered_at,
                      changed_at, cancelled_at, nm_id, supplier_article, barcode, size, brand, subject, supply,
                      warehouse, region, full_price, seller_price, buyer_price, wb_discount_percent)
               SELECT $1, $2, $2, i.srid, GREATEST(i.state, sold.state), i.basket, i.ordered_at, i.changed_at,
                      i.cancelled_at, i.nm_id, i.supplier_article, i.barcode, i.size, i.brand, i.subject, i.supply,
                      i.warehouse, i.region, i.full_price, i.seller_price, i.buyer_price, i.wb_discount_percent
                 FROM incoming i
                 -- A sale may be seen before its order.
                 LEFT JOIN LATERAL (
                     SELECT max(CASE s.type WHEN 'return' THEN 3 ELSE 2 END)::smallint AS state
                       FROM wb_sales s WHERE s.cabinet_id = $1 AND s.srid = i.srid
                 ) sold ON true
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
                WHERE o.changed_at <= excluded.changed_at
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
             FROM written w LEFT JOIN before b ON b.srid = w.srid"#,
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
    .fetch_all(db)
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
