//! `wb_reviews`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{CabinetId, Review};

use crate::{Executor, Result};

/// Writes the reviews that are new or differ and returns those that are new, and how many differ.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_reviews(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    reviews: &[Review],
    now: DateTime<Utc>,
) -> Result<(Vec<Review>, u64)> {
    let mut latest: HashMap<&str, &Review> = reviews.iter().map(|review| (review.id.0.as_str(), review)).collect();
    let rows: Vec<&Review> = latest.values().copied().collect();
    let id: Vec<String> = rows.iter().map(|r| r.id.0.clone()).collect();
    let nm_id: Vec<i64> = rows.iter().map(|r| r.nm_id.0).collect();
    let created: Vec<DateTime<Utc>> = rows.iter().map(|r| r.created_at).collect();
    let stars: Vec<i16> = rows.iter().map(|r| r.stars).collect();
    let pros: Vec<Option<String>> = rows.iter().map(|r| r.pros.clone()).collect();
    let cons: Vec<Option<String>> = rows.iter().map(|r| r.cons.clone()).collect();
    let text: Vec<Option<String>> = rows.iter().map(|r| r.text.clone()).collect();
    let author: Vec<Option<String>> = rows.iter().map(|r| r.author.clone()).collect();
    let answer: Vec<Option<String>> = rows.iter().map(|r| r.answer.clone()).collect();
    let processed: Vec<bool> = rows.iter().map(|r| r.is_processed).collect();
    let parent: Vec<Option<String>> = rows.iter().map(|r| r.parent_id.as_ref().map(|id| id.0.clone())).collect();
    let photos: Vec<serde_json::Value> =
        rows.iter().map(|r| serde_json::to_value(&r.photos).expect("addresses are plain data")).collect();
    // A row that was inserted, not updated, carries no deleting transaction: `xmax` is 0.
    let written = sqlx::query!(
        r#"INSERT INTO wb_reviews AS r (cabinet_id, created_at, updated_at, id, nm_id, created_date, stars, pros, cons,
                                      text, author, answer, is_processed, parent_id, photos)
         SELECT $1, $2, $2, t.*
           FROM UNNEST($3::text[], $4::bigint[], $5::timestamptz[], $6::smallint[], $7::text[], $8::text[], $9::text[],
                       $10::text[], $11::text[], $12::boolean[], $13::text[], $14::jsonb[]) AS t
         ON CONFLICT (cabinet_id, id) DO UPDATE
            SET updated_at = excluded.updated_at, nm_id = excluded.nm_id, created_date = excluded.created_date,
                stars = excluded.stars, pros = excluded.pros, cons = excluded.cons, text = excluded.text,
                author = excluded.author, answer = excluded.answer, is_processed = excluded.is_processed,
                parent_id = excluded.parent_id, photos = excluded.photos
          WHERE (r.nm_id, r.created_date, r.stars, r.pros, r.cons, r.text, r.author, r.answer, r.is_processed,
                 r.parent_id, r.photos)
                IS DISTINCT FROM
                (excluded.nm_id, excluded.created_date, excluded.stars, excluded.pros, excluded.cons, excluded.text,
                 excluded.author, excluded.answer, excluded.is_processed, excluded.parent_id, excluded.photos)
         RETURNING r.id, (r.xmax = 0) AS "is_new!""#,
        cabinet.0,
        now,
        &id,
        &nm_id,
        &created,
        &stars,
        &pros as &[Option<String>],
        &cons as &[Option<String>],
        &text as &[Option<String>],
        &author as &[Option<String>],
        &answer as &[Option<String>],
        &processed,
        &parent as &[Option<String>],
        &photos
    )
    .fetch_all(db)
    .await?;
    let differing = written.iter().filter(|row| !row.is_new).count() as u64;
    let new = written.iter().filter(|row| row.is_new).filter_map(|row| latest.remove(row.id.as_str()).cloned());
    Ok((new.collect(), differing))
}
