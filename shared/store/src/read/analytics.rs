//! 📈 Аналитика.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    DataSet, NmId, TelegramId,
    figures::{
        self, OrdersOfDay,
        period::{Period, PeriodFigures},
    },
    screen::{
        DataNow,
        analytics::{Analytics, TopProduct, Whose},
    },
};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::types::Json;

use super::{HeadingRow, sources};
use crate::{Executor, Result};

/// Products among those that sold best.
const TOP_PRODUCTS: i64 = 5;

/// The figures of a period; `None` for who has no such cabinet that is loaded. `reach` is how far back a first load
/// reaches at the least: a period before that is not wholly loaded, and not compared.
///
/// # Errors
/// When the database cannot be reached.
pub async fn load_analytics(
    pool: &crate::Pool,
    telegram_id: TelegramId,
    whose: Whose,
    period: Period,
    reach: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<Analytics>> {
    let Some(shops) = load_shops(pool, telegram_id, whose).await? else { return Ok(None) };
    let mut heading = shops.heading.heading(DataSet::Orders, now);
    if whose == Whose::All {
        // What troubles one of them stands below its own name.
        heading.cabinet_name = None;
        heading.data = DataNow { fresh_at: shops.fresh_at, trouble: None, ..heading.data };
    }
    let span = period.span(now, shops.fresh_at.unwrap_or(now));
    let before = period.before(span);
    let yesterday = span.earlier(TimeDelta::days(1));
    let loaded_since = shops.load_began_at.map(|began| began - reach);
    let is_loaded = |since| loaded_since.is_some_and(|loaded| loaded <= since);
    let row = sqlx::query!(
        r#"SELECT period_figures($1, $2, $3) AS "figures!: Json<PeriodFigures>",
                  CASE WHEN $10 THEN period_figures($1, $4, $5) END AS "before: Json<PeriodFigures>",
                  CASE WHEN $11 THEN period_figures($1, $6, $7) END AS "yesterday: Json<PeriodFigures>",
                  (SELECT jsonb_build_object('ago', 0, 'made', count(*), 'cancelled', count(*) FILTER (WHERE state = 1),
                                             'bought_out', count(*) FILTER (WHERE state = 2),
                                             'returned', count(*) FILTER (WHERE state = 3))
                     FROM wb_orders WHERE cabinet_id = ANY($1) AND ordered_at >= $8) AS "month!: Json<OrdersOfDay>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'nm_id', t.nm_id, 'title', COALESCE(p.title, p.supplier_article), 'orders', t.orders,
                              'sum', t.sum::text) ORDER BY t.sum DESC, t.orders DESC, t.nm_id), '[]')
                     FROM (SELECT cabinet_id, nm_id, count(*) AS orders, COALESCE(sum(seller_price), 0) AS sum
                             FROM wb_orders WHERE cabinet_id = ANY($1) AND ordered_at >= $2 AND ordered_at < $3
                            GROUP BY 1, 2 ORDER BY sum DESC, orders DESC, nm_id LIMIT $9) t
                     LEFT JOIN wb_products p ON p.cabinet_id = t.cabinet_id AND p.nm_id = t.nm_id)
                  AS "top!: Json<Vec<Top>>""#,
        &shops.cabinets,
        span.since,
        span.until,
        before.since,
        before.until,
        yesterday.since,
        yesterday.until,
        Period::Month.span(now, now).since,
        TOP_PRODUCTS,
        !span.is_empty() && is_loaded(before.since),
        !span.is_empty() && period == Period::Today && is_loaded(yesterday.since)
    )
    .fetch_one(pool)
    .await?;
    Ok(Some(Analytics {
        heading,
        is_of_all: whose == Whose::All,
        period,
        span,
        figures: row.figures.0,
        before: row.before.map(|figures| figures.0),
        yesterday: row.yesterday.map(|figures| figures.0),
        buyout_rate: figures::buyout_rate(&[row.month.0]),
        top: row
            .top
            .0
            .into_iter()
            .map(|top| TopProduct { nm_id: top.nm_id, title: top.title, orders: top.orders, sum: top.sum })
            .collect(),
    }))
}

/// A product as the statement builds it.
#[derive(Clone, Debug, Deserialize)]
struct Top {
    nm_id: NmId,
    title: Option<String>,
    orders: i64,
    sum: Decimal,
}

/// The cabinets that are meant, and how far their orders and sales are loaded.
struct Shops {
    heading: HeadingRow,
    cabinets: Vec<i64>,
    /// Up to when all of them are known.
    fresh_at: Option<DateTime<Utc>>,
    /// When the first load of the last of them began; `None` while one is not loaded.
    load_began_at: Option<DateTime<Utc>>,
}

async fn load_shops(db: impl Executor<'_>, telegram_id: TelegramId, whose: Whose) -> Result<Option<Shops>> {
    let (cabinet, is_of_all) = match whose {
        Whose::First => (None, false),
        Whose::Cabinet(cabinet) => (Some(cabinet.0), false),
        Whose::All => (None, true),
    };
    let row = sqlx::query!(
        r#"WITH chosen AS (
               SELECT * FROM member_cabinets WHERE telegram_id = $1 AND ($2::bigint IS NULL OR cabinet_id = $2)
                ORDER BY place LIMIT CASE WHEN $3 THEN NULL ELSE 1 END
           ), loaded AS (
               SELECT c.cabinet_id, min(d.load_began_at) FILTER (WHERE d.data_set = ANY($4)) AS orders,
                      min(d.load_began_at) FILTER (WHERE d.data_set = ANY($5)) AS sales,
                      -- Orders and sales are cut at the same moment.
                      LEAST(max(d.covered_until) FILTER (WHERE d.data_set = ANY($4)),
                            max(d.covered_until) FILTER (WHERE d.data_set = ANY($5))) AS fresh_at
                 FROM chosen c
                 LEFT JOIN data_sets d ON d.cabinet_id = c.cabinet_id AND d.baseline_at IS NOT NULL
                GROUP BY 1
           )
           SELECT to_jsonb(c) || data_now(c.cabinet_id, $4) AS "heading!: Json<HeadingRow>",
                  (SELECT array_agg(cabinet_id ORDER BY cabinet_id) FROM loaded) AS "cabinets!",
                  -- A cabinet that pauses does not hold the others back.
                  COALESCE((SELECT min(l.fresh_at) FROM loaded l JOIN chosen o USING (cabinet_id) WHERE o.paused_at IS NULL),
                           (SELECT min(fresh_at) FROM loaded)) AS fresh_at,
                  (SELECT max(GREATEST(orders, sales)) FROM loaded
                    HAVING bool_and(orders IS NOT NULL AND sales IS NOT NULL)) AS load_began_at
             FROM chosen c ORDER BY c.place LIMIT 1"#,
        telegram_id.0,
        cabinet,
        is_of_all,
        &sources(DataSet::Orders),
        &sources(DataSet::Sales)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Shops {
        heading: row.heading.0,
        cabinets: row.cabinets,
        fresh_at: row.fresh_at,
        load_began_at: row.load_began_at,
    }))
}
