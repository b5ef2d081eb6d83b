//! `wb_products`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{CabinetId, NmId, Product};

use crate::{Executor, Result};

/// Writes the products that are new or differ and returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_products(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    products: &[Product],
    now: DateTime<Utc>,
) -> Result<u64> {
    // The cards come in the order of their change, so the last one of an article is the latest.
    let latest: HashMap<NmId, &Product> = products.iter().map(|product| (product.nm_id, product)).collect();
    let rows: Vec<&Product> = latest.into_values().collect();
    let nm_id: Vec<i64> = rows.iter().map(|p| p.nm_id.0).collect();
    let article: Vec<Option<String>> = rows.iter().map(|p| p.supplier_article.clone()).collect();
    let title: Vec<Option<String>> = rows.iter().map(|p| p.title.clone()).collect();
    let brand: Vec<Option<String>> = rows.iter().map(|p| p.brand.clone()).collect();
    let subject: Vec<Option<String>> = rows.iter().map(|p| p.subject.clone()).collect();
    let image: Vec<Option<String>> = rows.iter().map(|p| p.photo.as_ref().map(|photo| photo.0.to_string())).collect();
    let sizes: Vec<serde_json::Value> =
        rows.iter().map(|p| serde_json::to_value(&p.sizes).expect("sizes are plain data")).collect();
    let done = sqlx::query!(
        "INSERT INTO wb_products AS p (cabinet_id, created_at, updated_at, nm_id, supplier_article, title, brand,
                                       subject, image_url, sizes)
         SELECT $1, $2, $2, t.*
           FROM UNNEST($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::jsonb[]) AS t
         ON CONFLICT (cabinet_id, nm_id) DO UPDATE
            SET updated_at = excluded.updated_at, supplier_article = excluded.supplier_article, title = excluded.title,
                brand = excluded.brand, subject = excluded.subject, image_url = excluded.image_url,
                sizes = excluded.sizes
          WHERE (p.supplier_article, p.title, p.brand, p.subject, p.image_url, p.sizes)
                IS DISTINCT FROM
                (excluded.supplier_article, excluded.title, excluded.brand, excluded.subject, excluded.image_url,
                 excluded.sizes)",
        cabinet.0,
        now,
        &nm_id,
        &article as &[Option<String>],
        &title as &[Option<String>],
        &brand as &[Option<String>],
        &subject as &[Option<String>],
        &image as &[Option<String>],
        &sizes
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
