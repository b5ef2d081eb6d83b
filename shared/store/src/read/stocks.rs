//! 📦 Склад.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, ChrtId, DataSet, NmId, TelegramId,
    figures::ProductCounts,
    screen::{
        Heading, Page, Place,
        stocks::{SizeLeft, StockFilter, StockList, StockRow},
    },
    settings::STOCK_THRESHOLD,
};
use serde::Deserialize;
use sqlx::types::Json;

use super::{HeadingRow, sources};
use crate::{Executor, Result, product_now::ProductNow};

/// Products on a page: two lines of text each, and a row of eight buttons.
pub const PRODUCTS_PER_PAGE: i64 = 8;

/// The filter as the statement knows it.
fn filter_name(filter: StockFilter) -> &'static str {
    match filter {
        StockFilter::All => "all",
        StockFilter::RunningOut => "running_out",
        StockFilter::SoldOut => "sold_out",
    }
}

/// A page of the products of a cabinet, or of the person's first one: those of which a size runs out for this person
/// first, those that are sold out last; behind the last page the last. `None` for who has no such cabinet that is loaded.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_stocks(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinet: Option<CabinetId>,
    place: Place<StockFilter>,
    now: DateTime<Utc>,
) -> Result<Option<StockList>> {
    let row = sqlx::query!(
        r#"WITH cabinet AS (
               SELECT m.*, s.words, COALESCE(n.stock_threshold, $4) AS threshold FROM member_cabinets m
                 LEFT JOIN searches s ON s.id = $3 AND s.user_id = m.user_id
                 LEFT JOIN notification_settings n ON n.cabinet_id = m.cabinet_id AND n.user_id = m.user_id
                WHERE m.telegram_id = $1 AND ($2::bigint IS NULL OR m.cabinet_id = $2)
                ORDER BY m.place LIMIT 1
           ), sizes AS (
               SELECT s.nm_id, s.chrt_id, sum(s.quantity)::bigint AS pieces
                 FROM cabinet c JOIN wb_stocks s ON s.cabinet_id = c.cabinet_id GROUP BY 1, 2
           ), products AS (
               SELECT s.nm_id, sum(s.pieces)::bigint AS pieces,
                      bool_or(s.pieces <= c.threshold) AND sum(s.pieces) > 0 AS runs_out
                 FROM cabinet c, sizes s GROUP BY 1
           ), found AS (
               SELECT x.*, COALESCE(p.title, p.supplier_article) AS title, COALESCE(p.sizes, '[]') AS sizes
                 FROM products x
                 JOIN cabinet c ON true
                 LEFT JOIN wb_products p ON p.cabinet_id = c.cabinet_id AND p.nm_id = x.nm_id
                WHERE CASE $5 WHEN 'running_out' THEN x.runs_out WHEN 'sold_out' THEN x.pieces = 0 ELSE true END
                  AND (c.words IS NULL OR c.words = x.nm_id::text
                       OR holds_words(p.title, c.words)
                       OR holds_words(p.supplier_article, c.words)
                       OR jsonb_path_exists(p.sizes, '$[*].barcodes[*] ? (@ == $words)',
                                            jsonb_build_object('words', c.words)))
           ), counted AS (
               SELECT count(*) AS total, COALESCE(sum(pieces), 0)::bigint AS pieces FROM found
           ), page AS (
               SELECT * FROM found
                ORDER BY runs_out DESC, pieces = 0, pieces, nm_id
                LIMIT $6
               OFFSET LEAST($7::bigint, GREATEST(0, (SELECT total - 1 FROM counted) / $6)) * $6
           )
           SELECT to_jsonb(c) || data_now(c.cabinet_id, $8) AS "heading!: Json<HeadingRow>", c.words AS "words?",
                  t.total AS "total!", t.pieces AS "pieces!", NOT sees_seller_stocks(c.cabinet_id) AS "hides_sellers!",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'nm_id', p.nm_id, 'title', p.title, 'pieces', p.pieces,
                              'counts', product_figures(c.cabinet_id, p.nm_id, $9),
                              'short_sizes', (
                                  SELECT COALESCE(jsonb_agg(jsonb_build_array(z->>'name', s.pieces)
                                                            ORDER BY s.pieces, z->>'name'), '[]')
                                    FROM sizes s JOIN jsonb_array_elements(p.sizes) z
                                      ON (z->>'chrt_id')::bigint = s.chrt_id
                                   WHERE s.nm_id = p.nm_id AND s.pieces <= c.threshold AND z->>'name' IS NOT NULL))
                              ORDER BY p.runs_out DESC, p.pieces = 0, p.pieces, p.nm_id), '[]')
                     FROM page p) AS "rows!: Json<Vec<RowOfPage>>"
             FROM cabinet c, counted t"#,
        telegram_id.0,
        cabinet.map(|cabinet| cabinet.0),
        place.search.map(|search| search.0),
        i32::try_from(STOCK_THRESHOLD).unwrap_or(i32::MAX),
        filter_name(place.filter),
        PRODUCTS_PER_PAGE,
        i64::from(place.page),
        &sources(DataSet::Stocks),
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| StockList {
        page: Page {
            heading: row.heading.0.heading(DataSet::Stocks, now),
            words: row.words,
            total: row.total,
            rows: row.rows.0.into_iter().map(|product| product.row(row.hides_sellers)).collect(),
        },
        pieces: row.pieces,
        hides_sellers: row.hides_sellers,
    }))
}

/// A row of the page as the statement builds it.
#[derive(Clone, Debug, Deserialize)]
struct RowOfPage {
    nm_id: NmId,
    title: Option<String>,
    pieces: i64,
    counts: ProductCounts,
    short_sizes: Vec<(String, i64)>,
}

impl RowOfPage {
    fn row(self, hides_sellers: bool) -> StockRow {
        // Nothing that is seen is not nothing at all.
        let is_unknown = hides_sellers && self.pieces == 0;
        StockRow {
            lasts: self.counts.figures().stock_days.filter(|_| !is_unknown),
            nm_id: self.nm_id,
            title: self.title,
            pieces: self.pieces,
            short_sizes: self.short_sizes,
        }
    }
}

/// The card of one product.
#[derive(Clone, Debug)]
pub struct StockCard {
    /// Whose product.
    pub heading: Heading,
    /// What is left of each size.
    pub sizes: Vec<SizeLeft>,
    /// The product.
    pub product: ProductNow,
}

/// The product that a button names; `None` if it is not there any more, or was never the reader's to see.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_stock(
    db: impl Executor<'_>,
    telegram_id: TelegramId,
    cabinet: CabinetId,
    nm_id: NmId,
    now: DateTime<Utc>,
) -> Result<Option<StockCard>> {
    let row = sqlx::query!(
        r#"SELECT to_jsonb(c) || data_now(c.cabinet_id, $4) AS "heading!: Json<HeadingRow>",
                  sizes.left_of_each AS "sizes!: Json<Vec<(i64, i64, i64)>>",
                  product_now(c.cabinet_id, $3, $5) AS "product!: Json<ProductNow>"
             FROM member_cabinets c
             LEFT JOIN wb_products p ON p.cabinet_id = c.cabinet_id AND p.nm_id = $3
            CROSS JOIN LATERAL (
                SELECT COALESCE(jsonb_agg(jsonb_build_array(chrt_id, at_wb, at_seller)), '[]') AS left_of_each
                  FROM (SELECT s.chrt_id, COALESCE(sum(s.quantity) FILTER (WHERE s.kind = 'wb'), 0) AS at_wb,
                               COALESCE(sum(s.quantity) FILTER (WHERE s.kind = 'seller'), 0) AS at_seller
                          FROM wb_stocks s WHERE s.cabinet_id = c.cabinet_id AND s.nm_id = $3 GROUP BY 1) one) sizes
            WHERE c.telegram_id = $1 AND c.cabinet_id = $2
              AND (p.nm_id IS NOT NULL OR jsonb_array_length(sizes.left_of_each) > 0)"#,
        telegram_id.0,
        cabinet.0,
        nm_id.0,
        &sources(DataSet::Stocks),
        now
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| StockCard {
        heading: row.heading.0.heading(DataSet::Stocks, now),
        sizes: row
            .sizes
            .0
            .into_iter()
            .map(|(chrt_id, at_wb, at_seller)| SizeLeft { chrt_id: ChrtId(chrt_id), at_wb, at_seller })
            .collect(),
        product: row.product.0,
    }))
}
