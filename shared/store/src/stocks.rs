//! `wb_stocks`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{CabinetId, Stock};

use crate::{Executor, Result};

/// Writes the stock rows that are new or differ and returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_stocks(
    db: impl Executor<'_>,
    cabinet: CabinetId,
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
        "INSERT INTO wb_stocks AS s (cabinet_id, created_at, updated_at, chrt_id, warehouse_id, nm_id, warehouse,
                                     quantity, in_way_to_client, in_way_from_client)
         SELECT $1, $2, $2, t.*
           FROM UNNEST($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[])
             AS t
         ON CONFLICT (cabinet_id, chrt_id, warehouse_id) DO UPDATE
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
        &from_client
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Sets to 0 what a complete answer no longer names; WB leaves empty rows out.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_absent_as_zero(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    seen: &[(i64, i64)],
    now: DateTime<Utc>,
) -> Result<u64> {
    let (chrt_id, warehouse_id): (Vec<i64>, Vec<i64>) = seen.iter().copied().unzip();
    let done = sqlx::query!(
        "UPDATE wb_stocks s
            SET quantity = 0, in_way_to_client = 0, in_way_from_client = 0, updated_at = $2
          WHERE s.cabinet_id = $1 AND (s.quantity, s.in_way_to_client, s.in_way_from_client) <> (0, 0, 0)
            AND NOT EXISTS (SELECT 1 FROM UNNEST($3::bigint[], $4::bigint[]) AS t(chrt_id, warehouse_id)
                             WHERE t.chrt_id = s.chrt_id AND t.warehouse_id = s.warehouse_id)",
        cabinet.0,
        now,
        &chrt_id,
        &warehouse_id
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
