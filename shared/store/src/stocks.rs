//! `wb_stocks`.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, ChrtId, NmId, Remains, Stock, StockKind,
    settings::STOCK_THRESHOLD,
    stock::{ALL_SIZES, Fall, Level, SeenLevel},
};
use sqlx::types::Json;

use crate::{Executor, Result};

/// Stands for all of WB's warehouses together where a report does not tell them apart.
const NO_WAREHOUSE: i64 = 0;

/// Writes the stock rows that are new or differ and returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_stocks(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    kind: StockKind,
    stocks: &[Stock],
    now: DateTime<Utc>,
) -> Result<u64> {
    let latest: HashMap<(i64, i64), &Stock> =
        stocks.iter().map(|stock| ((stock.chrt_id.0, stock.warehouse_id), stock)).collect();
    let rows: Vec<&Stock> = latest.into_values().collect();
    let chrt_id: Vec<i64> = rows.iter().map(|s| s.chrt_id.0).collect();
    let warehouse_id: Vec<i64> = rows.iter().map(|s| s.warehouse_id).collect();
    let nm_id: Vec<i64> = rows.iter().map(|s| s.nm_id.0).collect();
    let warehouse: Vec<Option<String>> = rows.iter().map(|s| s.warehouse.clone()).collect();
    let quantity: Vec<i64> = rows.iter().map(|s| s.quantity).collect();
    let to_client: Vec<i64> = rows.iter().map(|s| s.in_way_to_client).collect();
    let from_client: Vec<i64> = rows.iter().map(|s| s.in_way_from_client).collect();
    let done = sqlx::query!(
        "INSERT INTO wb_stocks AS s (cabinet_id, created_at, updated_at, kind, chrt_id, warehouse_id, nm_id, warehouse,
                                     quantity, in_way_to_client, in_way_from_client)
         SELECT $1, $2, $2, $10, t.*
           FROM UNNEST($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[])
             AS t
         ON CONFLICT (cabinet_id, chrt_id, kind, warehouse_id) DO UPDATE
            SET updated_at = excluded.updated_at, nm_id = excluded.nm_id, warehouse = excluded.warehouse,
                quantity = excluded.quantity, in_way_to_client = excluded.in_way_to_client,
                in_way_from_client = excluded.in_way_from_client
          WHERE (s.nm_id, s.warehouse, s.quantity, s.in_way_to_client, s.in_way_from_client)
                IS DISTINCT FROM
                (excluded.nm_id, excluded.warehouse, excluded.quantity, excluded.in_way_to_client,
                 excluded.in_way_from_client)",
        cabinet.0,
        now,
        &chrt_id,
        &warehouse_id,
        &nm_id,
        &warehouse as &[Option<String>],
        &quantity,
        &to_client,
        &from_client,
        kind.name()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// The stocks of a report that knows barcodes and no sizes, found by the cards: one row a size, without
/// warehouses. What no card has is counted, because nothing can be said of it.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_sizes_of(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    remains: &[Remains],
) -> Result<(Vec<Stock>, usize)> {
    let place: Vec<i64> = (0..).take(remains.len()).collect();
    let nm_id: Vec<i64> = remains.iter().map(|row| row.nm_id.0).collect();
    let barcode: Vec<Option<String>> =
        remains.iter().map(|row| row.barcode.as_ref().map(|code| code.0.clone())).collect();
    let size: Vec<Option<String>> = remains.iter().map(|row| row.size.clone()).collect();
    let found = sqlx::query!(
        r#"SELECT i.place AS "place!", s.chrt_id AS "chrt_id!"
             FROM UNNEST($2::bigint[], $3::bigint[], $4::text[], $5::text[]) AS i(place, nm_id, barcode, size)
             JOIN wb_products p ON p.cabinet_id = $1 AND p.nm_id = i.nm_id
             JOIN LATERAL (
                 SELECT (s->>'chrt_id')::bigint AS chrt_id FROM jsonb_array_elements(p.sizes) AS s
                  WHERE s->'barcodes' ? i.barcode OR s->>'name' IS NOT DISTINCT FROM i.size
                  ORDER BY (s->'barcodes' ? i.barcode) IS TRUE DESC LIMIT 1
             ) s ON true"#,
        cabinet.0,
        &place,
        &nm_id,
        &barcode as &[Option<String>],
        &size as &[Option<String>]
    )
    .fetch_all(db)
    .await?;
    let mut sizes: BTreeMap<i64, Stock> = BTreeMap::new();
    for found_row in &found {
        let Some(row) = usize::try_from(found_row.place).ok().and_then(|place| remains.get(place)) else { continue };
        let stock = sizes.entry(found_row.chrt_id).or_insert(Stock {
            nm_id: row.nm_id,
            chrt_id: ChrtId(found_row.chrt_id),
            warehouse_id: NO_WAREHOUSE,
            warehouse: None,
            quantity: 0,
            in_way_to_client: 0,
            in_way_from_client: 0,
        });
        stock.quantity += row.quantity;
        stock.in_way_to_client += row.in_way_to_client;
        stock.in_way_from_client += row.in_way_from_client;
    }
    let unknown = remains.len() - found.len();
    Ok((sizes.into_values().collect(), unknown))
}

/// What is held of these articles in one kind of warehouses: sizes and warehouses.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_keys(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    kind: StockKind,
    articles: &[i64],
) -> Result<Vec<(i64, i64)>> {
    if articles.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "SELECT chrt_id, warehouse_id FROM wb_stocks WHERE cabinet_id = $1 AND kind = $2 AND nm_id = ANY($3)",
        cabinet.0,
        kind.name(),
        articles
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.chrt_id, row.warehouse_id)).collect())
}

/// Sets to 0 what a complete answer about warehouses of a kind no longer names; WB leaves empty rows out.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_absent_as_zero(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    kind: StockKind,
    seen: &[(i64, i64)],
    now: DateTime<Utc>,
) -> Result<u64> {
    let (chrt_id, warehouse_id): (Vec<i64>, Vec<i64>) = seen.iter().copied().unzip();
    let done = sqlx::query!(
        "WITH absent AS (
             -- A set operation hashes; an anti-join over an array may become a loop in a loop.
             SELECT chrt_id, warehouse_id FROM wb_stocks
              WHERE cabinet_id = $1 AND kind = $5 AND (quantity, in_way_to_client, in_way_from_client) <> (0, 0, 0)
             EXCEPT SELECT * FROM UNNEST($3::bigint[], $4::bigint[])
         )
         UPDATE wb_stocks s
            SET quantity = 0, in_way_to_client = 0, in_way_from_client = 0, updated_at = $2
           FROM absent a
          WHERE s.cabinet_id = $1 AND s.kind = $5 AND s.chrt_id = a.chrt_id AND s.warehouse_id = a.warehouse_id",
        cabinet.0,
        now,
        &chrt_id,
        &warehouse_id,
        kind.name()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// The sizes whose remainder over all warehouses differs from the level that was last decided, the
/// thresholds in use, and what a decision about doubt needs.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The sizes that differ.
    pub seen: Vec<SeenLevel>,
    /// The products to which they belong, over all their sizes; empty where nobody watches products.
    pub products: Vec<SeenLevel>,
    /// The thresholds of the members who watch sizes, the default and 0.
    pub thresholds: Vec<i64>,
    /// The thresholds of the members who watch products, and 0; empty where there are none.
    pub product_thresholds: Vec<i64>,
    /// Sizes that had something left when last decided.
    pub non_zero: i64,
}

/// Compares the stocks as they are now with the levels that were last decided. What a complete answer
/// about warehouses of a kind did not name counts as 0 though its rows are not touched yet.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_changes(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    kind: StockKind,
    named: Option<&[(i64, i64)]>,
) -> Result<Changes> {
    let (chrt_id, warehouse_id): (Vec<i64>, Vec<i64>) = named.unwrap_or_default().iter().copied().unzip();
    let rows = sqlx::query!(
        r#"WITH named AS (
               SELECT DISTINCT * FROM UNNEST($2::bigint[], $3::bigint[]) AS t(chrt_id, warehouse_id)
           ), present AS (
               SELECT s.chrt_id, max(s.nm_id) AS nm_id,
                      sum(CASE WHEN $4 AND s.kind = $5 AND n.chrt_id IS NULL THEN 0 ELSE s.quantity END)::bigint AS remainder,
                      sum(s.in_way_to_client)::bigint AS in_way_to_client,
                      sum(s.in_way_from_client)::bigint AS in_way_from_client
                 FROM wb_stocks s
                 LEFT JOIN named n ON n.chrt_id = s.chrt_id AND n.warehouse_id = s.warehouse_id
                WHERE s.cabinet_id = $1
                GROUP BY s.chrt_id
           ), levels AS (
               SELECT chrt_id, remainder, falls FROM wb_stock_levels WHERE cabinet_id = $1
           ), compared AS (
               -- A product as a whole was what its sizes were when last decided.
               SELECT p.*, l.remainder AS before, l.falls,
                      sum(p.remainder) OVER product AS product_remainder,
                      sum(l.remainder) OVER product AS product_before,
                      sum(p.in_way_to_client) OVER product AS product_to_client,
                      sum(p.in_way_from_client) OVER product AS product_from_client
                 FROM present p LEFT JOIN levels l USING (chrt_id)
               WINDOW product AS (PARTITION BY p.nm_id)
           )
           SELECT p.chrt_id AS "chrt_id!", p.nm_id AS "nm_id!", p.remainder AS "remainder!",
                  p.in_way_to_client AS "in_way_to_client!", p.in_way_from_client AS "in_way_from_client!",
                  p.before AS "before?", p.falls AS "falls?: Json<BTreeMap<i64, Fall>>",
                  p.product_remainder::bigint AS "product_remainder!", p.product_before::bigint AS product_before,
                  p.product_to_client::bigint AS "product_to_client!",
                  p.product_from_client::bigint AS "product_from_client!",
                  (SELECT f.falls FROM wb_product_falls f WHERE f.cabinet_id = $1 AND f.nm_id = p.nm_id)
                      AS "product_falls: Json<BTreeMap<i64, Fall>>",
                  (SELECT count(*) FROM levels WHERE remainder > 0) AS "non_zero!",
                  (SELECT COALESCE(array_agg(DISTINCT s.stock_threshold::bigint), '{}')
                     FROM cabinet_users m JOIN notification_settings s USING (user_id, cabinet_id)
                    WHERE m.cabinet_id = $1 AND s.stock_by = 'size') AS "thresholds!",
                  (SELECT COALESCE(array_agg(DISTINCT s.stock_threshold::bigint), '{}')
                     FROM cabinet_users m JOIN notification_settings s USING (user_id, cabinet_id)
                    WHERE m.cabinet_id = $1 AND s.stock_by = 'product') AS "product_thresholds!"
             FROM compared p
            WHERE p.before IS DISTINCT FROM p.remainder"#,
        cabinet.0,
        &chrt_id,
        &warehouse_id,
        named.is_some(),
        kind.name()
    )
    .fetch_all(db)
    .await?;
    let mut thresholds: Vec<i64> = rows.first().map(|row| row.thresholds.clone()).unwrap_or_default();
    thresholds.extend([STOCK_THRESHOLD, 0]);
    let mut product_thresholds: Vec<i64> = rows.first().map(|row| row.product_thresholds.clone()).unwrap_or_default();
    if !product_thresholds.is_empty() {
        product_thresholds.push(0);
    }
    for thresholds in [&mut thresholds, &mut product_thresholds] {
        // The deepest last, so that events of one size come in the order of its fall.
        thresholds.sort_unstable_by(|a, b| b.cmp(a));
        thresholds.dedup();
    }
    let products: BTreeMap<i64, SeenLevel> = rows
        .iter()
        .filter(|_| !product_thresholds.is_empty())
        .map(|row| {
            let falls = row.product_falls.as_ref().map(|falls| falls.0.clone()).unwrap_or_default();
            let product = SeenLevel {
                nm_id: NmId(row.nm_id),
                chrt_id: ALL_SIZES,
                before: row.product_before,
                falls,
                remainder: row.product_remainder,
                in_way_to_client: row.product_to_client,
                in_way_from_client: row.product_from_client,
            };
            (row.nm_id, product)
        })
        .collect();
    let non_zero = rows.first().map_or(0, |row| row.non_zero);
    let seen = rows
        .into_iter()
        .map(|row| SeenLevel {
            nm_id: NmId(row.nm_id),
            chrt_id: ChrtId(row.chrt_id),
            before: row.before,
            falls: row.falls.map(|falls| falls.0).unwrap_or_default(),
            remainder: row.remainder,
            in_way_to_client: row.in_way_to_client,
            in_way_from_client: row.in_way_from_client,
        })
        .collect();
    let products = products.into_values().collect();
    Ok(Changes { seen, products, thresholds, product_thresholds, non_zero })
}

/// Stores the levels that were decided, of sizes and, as far as they fell, of products; and, where they
/// change whether a product is in stock at all, the spell that begins or ends with them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_levels(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    (seen, levels): (&[SeenLevel], &[Level]),
    (products, product_levels): (&[SeenLevel], &[Level]),
    now: DateTime<Utc>,
) -> Result<()> {
    let fallen = products.iter().zip(product_levels).filter(|(_, level)| !level.falls.is_empty());
    let (product_nm_id, product_falls): (Vec<i64>, Vec<serde_json::Value>) = fallen
        .map(|(product, level)| (product.nm_id.0, serde_json::to_value(&level.falls).expect("falls are plain data")))
        .unzip();
    let chrt_id: Vec<i64> = seen.iter().map(|size| size.chrt_id.0).collect();
    let nm_id: Vec<i64> = seen.iter().map(|size| size.nm_id.0).collect();
    let remainder: Vec<i64> = levels.iter().map(|level| level.remainder).collect();
    let falls: Vec<serde_json::Value> =
        levels.iter().map(|level| serde_json::to_value(&level.falls).expect("falls are plain data")).collect();
    sqlx::query!(
        "WITH incoming AS (
             SELECT * FROM UNNEST($3::bigint[], $4::bigint[], $5::bigint[], $6::jsonb[])
                 AS t(chrt_id, nm_id, remainder, falls)
         ), sizes AS (
             SELECT nm_id, remainder FROM incoming
             UNION ALL
             SELECT l.nm_id, l.remainder FROM wb_stock_levels l
              WHERE l.cabinet_id = $1 AND l.nm_id IN (SELECT nm_id FROM incoming)
                AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.chrt_id = l.chrt_id)
         ), products AS (
             SELECT s.nm_id, max(s.remainder) > 0 AS is_in_stock,
                    EXISTS (SELECT 1 FROM wb_stock_spells w WHERE w.cabinet_id = $1 AND w.nm_id = s.nm_id) AS is_known,
                    EXISTS (SELECT 1 FROM wb_stock_spells w
                             WHERE w.cabinet_id = $1 AND w.nm_id = s.nm_id AND w.ended_at IS NULL) AS was_in_stock
               FROM sizes s GROUP BY s.nm_id
         ), ended AS (
             UPDATE wb_stock_spells w SET ended_at = $2 FROM products p
              WHERE w.cabinet_id = $1 AND w.nm_id = p.nm_id AND w.ended_at IS NULL AND NOT p.is_in_stock
         ), began AS (
             INSERT INTO wb_stock_spells (cabinet_id, nm_id, began_at, ended_at)
             SELECT $1, nm_id, $2, CASE WHEN NOT is_in_stock THEN $2 END FROM products
              WHERE (is_in_stock AND NOT was_in_stock) OR NOT is_known
             ON CONFLICT (cabinet_id, nm_id, began_at) DO UPDATE SET ended_at = excluded.ended_at
         ), product_falls AS (
             INSERT INTO wb_product_falls AS p (cabinet_id, updated_at, nm_id, falls)
             SELECT $1, $2, t.* FROM UNNEST($7::bigint[], $8::jsonb[]) AS t
             ON CONFLICT (cabinet_id, nm_id) DO UPDATE SET updated_at = excluded.updated_at, falls = excluded.falls
              WHERE p.falls <> excluded.falls
         )
         INSERT INTO wb_stock_levels AS l (cabinet_id, updated_at, chrt_id, nm_id, remainder, falls)
         SELECT $1, $2, i.* FROM incoming i
         ON CONFLICT (cabinet_id, chrt_id) DO UPDATE
            SET updated_at = excluded.updated_at, nm_id = excluded.nm_id, remainder = excluded.remainder,
                falls = excluded.falls",
        cabinet.0,
        now,
        &chrt_id,
        &nm_id,
        &remainder,
        &falls,
        &product_nm_id,
        &product_falls
    )
    .execute(db)
    .await?;
    Ok(())
}
