//! ⭐ Отзывы.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, DataSet, Review, TelegramId,
    event::REVIEW_THRESHOLD,
    screen::{
        Heading, Page, Place,
        reviews::{ReviewFilter, ReviewKey, ReviewList, ReviewRow},
    },
};
use serde::Deserialize;
use sqlx::types::Json;

use super::{HeadingRow, sources};
use crate::{Executor, Result, product_now::ProductNow};

/// Reviews on a page: three lines of text each, and a row of buttons.
pub const REVIEWS_PER_PAGE: i64 = 6;

/// The filter as the statement knows it.
fn filter_name(filter: ReviewFilter) -> &'static str {
    match filter {
        ReviewFilter::All => "all",
        ReviewFilter::Bad => "bad",
        ReviewFilter::Unanswered => "unanswered",
    }
}

/// A page of the reviews of a cabinet, or of the person's first one; behind the last page the last. `None` for who has no
/// such cabinet that is loaded.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_reviews(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinet: Option<CabinetId>,
    place: Place<ReviewFilter>,
    now: DateTime<Utc>,
) -> Result<Option<ReviewList>> {
    let row = sqlx::query!(
        r#"WITH cabinet AS (
               SELECT m.*, s.words, COALESCE(n.review_threshold, $4) AS threshold FROM member_cabinets m
                 LEFT JOIN searches s ON s.id = $3 AND s.user_id = m.user_id
                 LEFT JOIN notification_settings n ON n.cabinet_id = m.cabinet_id AND n.user_id = m.user_id
                WHERE m.telegram_id = $1 AND ($2::bigint IS NULL OR m.cabinet_id = $2)
                ORDER BY m.place LIMIT 1
           ), found AS MATERIALIZED (
               -- Words are looked for once, for the count and for the page.
               SELECT r.id, r.created_date FROM cabinet c JOIN wb_reviews r ON r.cabinet_id = c.cabinet_id
                WHERE ($5::timestamptz IS NULL OR r.created_at < $5)
                  AND CASE $6 WHEN 'bad' THEN r.stars <= c.threshold
                              WHEN 'unanswered' THEN r.answer IS NULL AND NOT r.is_processed ELSE true END
                  AND (c.words IS NULL OR c.words IN (r.nm_id::text, r.id)
                       OR holds_words(concat_ws(' ', r.author, r.pros, r.cons, r.text), c.words))
           ), counted AS (
               SELECT count(*) AS total FROM found
           ), page AS (
               SELECT id FROM found ORDER BY created_date DESC, id DESC
                LIMIT $7
               OFFSET LEAST($8::bigint, GREATEST(0, (SELECT total - 1 FROM counted) / $7)) * $7
           )
           SELECT to_jsonb(c) || data_now(c.cabinet_id, $9) AS "heading!: Json<HeadingRow>", c.words AS "words?",
                  (SELECT total FROM counted) AS "total!",
                  (SELECT count(*) FROM wb_reviews r
                    WHERE r.cabinet_id = c.cabinet_id AND r.answer IS NULL AND NOT r.is_processed) AS "unanswered!",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'review', to_jsonb(r) || jsonb_build_object('created_at', r.created_date),
                              'title', COALESCE(p.title, p.supplier_article), 'key', left(md5(r.id), 12))
                              ORDER BY r.created_date DESC, r.id DESC), '[]')
                     FROM page
                     JOIN wb_reviews r ON r.cabinet_id = c.cabinet_id AND r.id = page.id
                     LEFT JOIN wb_products p ON p.cabinet_id = r.cabinet_id AND p.nm_id = r.nm_id)
                  AS "rows!: Json<Vec<RowOfPage>>"
             FROM cabinet c"#,
        telegram_id.0,
        cabinet.map(|cabinet| cabinet.0),
        place.search.map(|search| search.0),
        REVIEW_THRESHOLD,
        place.as_of,
        filter_name(place.filter),
        REVIEWS_PER_PAGE,
        i64::from(place.page),
        &sources(DataSet::Reviews)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ReviewList {
        page: Page {
            heading: row.heading.0.heading(DataSet::Reviews, now),
            words: row.words,
            total: row.total,
            rows: row.rows.0.into_iter().map(RowOfPage::row).collect(),
        },
        unanswered: row.unanswered,
    }))
}

/// A row of the page as the statement builds it.
#[derive(Clone, Debug, Deserialize)]
struct RowOfPage {
    review: Review,
    title: Option<String>,
    key: String,
}

impl RowOfPage {
    fn row(self) -> ReviewRow {
        let key = ReviewKey::parse(&self.key).unwrap_or(ReviewKey(0));
        ReviewRow { key, review: self.review, title: self.title }
    }
}

/// The card of one review.
#[derive(Clone, Debug)]
pub struct ReviewCard {
    /// Whose review.
    pub heading: Heading,
    /// The review.
    pub review: Review,
    /// Its product.
    pub product: ProductNow,
}

/// The review that a button names; `None` if it is not there any more, or was never the reader's to see.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_review(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinet: CabinetId,
    key: ReviewKey,
    now: DateTime<Utc>,
) -> Result<Option<ReviewCard>> {
    let row = sqlx::query!(
        r#"SELECT to_jsonb(c) || data_now(c.cabinet_id, $4) AS "heading!: Json<HeadingRow>",
                  to_jsonb(r) || jsonb_build_object('created_at', r.created_date) AS "review!: Json<Review>",
                  product_now(c.cabinet_id, r.nm_id, $5) AS "product!: Json<ProductNow>"
             FROM member_cabinets c
             JOIN wb_reviews r ON r.cabinet_id = c.cabinet_id
            WHERE c.telegram_id = $1 AND c.cabinet_id = $2 AND left(md5(r.id), 12) = $3
            LIMIT 1"#,
        telegram_id.0,
        cabinet.0,
        key.to_string(),
        &sources(DataSet::Reviews),
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ReviewCard {
        heading: row.heading.0.heading(DataSet::Reviews, now),
        review: row.review.0,
        product: row.product.0,
    }))
}
