//! `wb_sales`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Rubles, Sale, SaleKind,
    event::{FEED_BUYOUT, FEED_RETURN, SaleMoney, SeenSale},
};
use rust_decimal::Decimal;

use crate::{Executor, Result, orders::supply_name};

/// Writes the sales and returns of statistics that are new or differ, raises the state of their orders,
/// and returns just those, with the money that was held. One that the order feed has shown before is
/// not new.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_sales(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    sales: Vec<Sale>,
    now: DateTime<Utc>,
) -> Result<Vec<SeenSale>> {
    // WB may repeat a row within one answer; one statement may touch a row only once.
    let mut latest: HashMap<String, Sale> = HashMap::with_capacity(sales.len());
    for sale in sales {
        let is_older = latest.get(&sale.sale_id.0).is_some_and(|held| held.changed_at > sale.changed_at);
        if !is_older {
            latest.insert(sale.sale_id.0.clone(), sale);
        }
    }
    let rows: Vec<&Sale> = latest.values().collect();
    let sale_id: Vec<String> = rows.iter().map(|s| s.sale_id.0.clone()).collect();
    let srid: Vec<String> = rows.iter().map(|s| s.srid.0.clone()).collect();
    let kind: Vec<String> = rows.iter().map(|s| kind_name(s.kind).to_owned()).collect();
    let sold_at: Vec<DateTime<Utc>> = rows.iter().map(|s| s.sold_at).collect();
    let changed_at: Vec<DateTime<Utc>> = rows.iter().map(|s| s.changed_at).collect();
    let nm_id: Vec<i64> = rows.iter().map(|s| s.nm_id.0).collect();
    let article: Vec<Option<String>> = rows.iter().map(|s| s.supplier_article.clone()).collect();
    let barcode: Vec<Option<String>> = rows.iter().map(|s| s.barcode.as_ref().map(|code| code.0.clone())).collect();
    let size: Vec<Option<String>> = rows.iter().map(|s| s.size.clone()).collect();
    let subject: Vec<Option<String>> = rows.iter().map(|s| s.subject.clone()).collect();
    let supply: Vec<Option<String>> = rows.iter().map(|s| s.supply.map(supply_name)).collect();
    let warehouse: Vec<Option<String>> = rows.iter().map(|s| s.warehouse.clone()).collect();
    let region: Vec<Option<String>> = rows.iter().map(|s| s.region.clone()).collect();
    let seller_price: Vec<Option<Decimal>> = rows.iter().map(|s| s.seller_price.map(|sum| sum.0)).collect();
    let buyer_price: Vec<Option<Decimal>> = rows.iter().map(|s| s.buyer_price.map(|sum| sum.0)).collect();
    let for_pay: Vec<Option<Decimal>> = rows.iter().map(|s| s.for_pay.map(|sum| sum.0)).collect();
    let written = sqlx::query!(
        r#"WITH incoming AS (
               SELECT * FROM UNNEST($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
                                    $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                                    $14::text[], $15::text[], $16::numeric[], $17::numeric[], $18::numeric[])
                   AS t(sale_id, srid, type, sale_date, changed_at, nm_id, supplier_article, barcode, size, subject,
                        supply, warehouse, region, seller_price, buyer_price, for_pay)
           ), replaced AS (
               -- What the order feed has shown before; its row was a stand-in.
               DELETE FROM wb_sales f USING incoming i
                WHERE f.cabinet_id = $1
                  AND f.sale_id = CASE i.type WHEN 'return' THEN $20 ELSE $19 END || i.srid
           ), written AS (
               INSERT INTO wb_sales AS s (cabinet_id, created_at, updated_at, sale_id, srid, type, sale_date, changed_at,
                      nm_id, supplier_article, barcode, size, subject, supply, warehouse, region, seller_price,
                      buyer_price, for_pay)
               SELECT $1, $2, $2, i.* FROM incoming i
               ON CONFLICT (cabinet_id, sale_id) DO UPDATE
                  SET updated_at = excluded.updated_at, srid = excluded.srid, type = excluded.type,
                      sale_date = excluded.sale_date, changed_at = excluded.changed_at, nm_id = excluded.nm_id,
                      supplier_article = excluded.supplier_article, barcode = excluded.barcode, size = excluded.size,
                      subject = excluded.subject, supply = excluded.supply, warehouse = excluded.warehouse,
                      region = excluded.region,
                      seller_price = COALESCE(excluded.seller_price, s.seller_price),
                      buyer_price = COALESCE(excluded.buyer_price, s.buyer_price),
                      for_pay = COALESCE(excluded.for_pay, s.for_pay)
                WHERE s.changed_at <= excluded.changed_at
                  AND (s.srid, s.type, s.sale_date, s.changed_at, s.nm_id, s.supplier_article, s.barcode, s.size,
                       s.subject, s.supply, s.warehouse, s.region, s.seller_price, s.buyer_price, s.for_pay)
                      IS DISTINCT FROM
                      (excluded.srid, excluded.type, excluded.sale_date, excluded.changed_at, excluded.nm_id,
                       excluded.supplier_article, excluded.barcode, excluded.size, excluded.subject, excluded.supply,
                       excluded.warehouse, excluded.region, excluded.seller_price, excluded.buyer_price,
                       excluded.for_pay)
               RETURNING s.sale_id, s.srid, s.type
           ), sold AS (
               SELECT srid, max(CASE type WHEN 'return' THEN 3 ELSE 2 END)::smallint AS state FROM incoming GROUP BY srid
           ), raised AS (
               UPDATE wb_orders o SET state = sold.state, updated_at = $2 FROM sold
                WHERE o.cabinet_id = $1 AND o.srid = sold.srid AND o.state < sold.state
           )
           SELECT w.sale_id, o.fed_at IS NOT NULL AS "is_order_fed!", COALESCE(h.sale_id, f.sale_id) AS "held?",
                  COALESCE(h.seller_price, f.seller_price) AS "seller_price?", h.buyer_price AS "buyer_price?",
                  h.for_pay AS "for_pay?"
             FROM written w
             -- As they were: all parts of a statement see what was there before it.
             LEFT JOIN wb_sales h ON h.cabinet_id = $1 AND h.sale_id = w.sale_id
             LEFT JOIN wb_sales f
                    ON f.cabinet_id = $1 AND f.sale_id = CASE w.type WHEN 'return' THEN $20 ELSE $19 END || w.srid
             LEFT JOIN wb_orders o ON o.cabinet_id = $1 AND o.srid = w.srid"#,
        cabinet.0,
        now,
        &sale_id,
        &srid,
        &kind,
        &sold_at,
        &changed_at,
        &nm_id,
        &article as &[Option<String>],
        &barcode as &[Option<String>],
        &size as &[Option<String>],
        &subject as &[Option<String>],
        &supply as &[Option<String>],
        &warehouse as &[Option<String>],
        &region as &[Option<String>],
        &seller_price as &[Option<Decimal>],
        &buyer_price as &[Option<Decimal>],
        &for_pay as &[Option<Decimal>],
        FEED_BUYOUT,
        FEED_RETURN
    )
    .fetch_all(db)
    .await?;
    Ok(written
        .into_iter()
        .filter_map(|row| {
            let sale = latest.remove(&row.sale_id)?;
            let held = row.held.map(|_| SaleMoney {
                seller_price: row.seller_price.map(Rubles),
                buyer_price: row.buyer_price.map(Rubles),
                for_pay: row.for_pay.map(Rubles),
            });
            Some(SeenSale { held, is_order_fed: row.is_order_fed, sale })
        })
        .collect())
}

/// What a row says, as the column holds it.
fn kind_name(kind: SaleKind) -> &'static str {
    match kind {
        SaleKind::Buyout => "buyout",
        SaleKind::Return => "return",
    }
}
