//! What the database counts of a product, and the days on which it was in stock.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use std::collections::BTreeMap;

use domain::{
    CabinetId, ChrtId, NmId,
    figures::{BuyoutRate, ProductCounts, ReviewCounts, StockDays, Windows},
    stock::{Level, SeenLevel},
};
use sqlx::types::Json;
use testkit::database::TestDatabase;

const NM: i64 = 7;

/// Noon in Moscow.
fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
}

async fn with_cabinet() -> (TestDatabase, CabinetId) {
    let database = TestDatabase::migrated().await.unwrap();
    let cabinet: i64 = sqlx::query_scalar(
        "INSERT INTO cabinets (seller, not_before, created_at, updated_at)
         VALUES (gen_random_uuid(), now(), now(), now()) RETURNING id",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    (database, CabinetId(cabinet))
}

async fn counts(database: &TestDatabase, cabinet: CabinetId, at: DateTime<Utc>) -> ProductCounts {
    let counts: Json<ProductCounts> = sqlx::query_scalar("SELECT product_figures($1, $2, $3)")
        .bind(cabinet.0)
        .bind(NM)
        .bind(at)
        .fetch_one(&database.pool)
        .await
        .unwrap();
    counts.0
}

async fn load(database: &TestDatabase, cabinet: CabinetId, data_set: &str) {
    sqlx::query("INSERT INTO data_sets (cabinet_id, data_set, baseline_at) VALUES ($1, $2, $3)")
        .bind(cabinet.0)
        .bind(data_set)
        .bind(now())
        .execute(&database.pool)
        .await
        .unwrap();
}

/// Orders of the product, each made so long before now and come so far.
async fn order(database: &TestDatabase, cabinet: CabinetId, orders: &[(TimeDelta, i16)]) {
    for (place, (ago, state)) in orders.iter().enumerate() {
        sqlx::query(
            "INSERT INTO wb_orders (cabinet_id, srid, state, ordered_at, changed_at, nm_id, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $4, $5, $4, $4)",
        )
        .bind(cabinet.0)
        .bind(format!("{place}"))
        .bind(state)
        .bind(now() - *ago)
        .bind(NM)
        .execute(&database.pool)
        .await
        .unwrap();
    }
}

/// A stock answer says how much of each size is left.
async fn stock(database: &TestDatabase, cabinet: CabinetId, at: DateTime<Utc>, sizes: &[(i64, i64)]) {
    let seen: Vec<SeenLevel> = sizes
        .iter()
        .map(|(chrt_id, remainder)| SeenLevel {
            nm_id: NmId(NM),
            chrt_id: ChrtId(*chrt_id),
            before: None,
            falls: BTreeMap::new(),
            remainder: *remainder,
            in_way_to_client: 0,
            in_way_from_client: 0,
        })
        .collect();
    let levels: Vec<Level> =
        sizes.iter().map(|(_, remainder)| Level { remainder: *remainder, ..Level::default() }).collect();
    store::stocks::save_levels(&database.pool, cabinet, (&seen, &levels), (&[], &[]), at).await.unwrap();
}

/// How many days ago the product was in stock, as stock answers showed it.
async fn days_in_stock(database: &TestDatabase, cabinet: CabinetId) -> Vec<i64> {
    let mut days = counts(database, cabinet, now()).await.stocks.unwrap().days_seen_in_stock;
    days.sort_unstable();
    days
}

#[tokio::test]
async fn a_part_that_was_never_loaded_is_unknown() {
    let (database, cabinet) = with_cabinet().await;
    assert_eq!(counts(&database, cabinet, now()).await, ProductCounts::default());
    load(&database, cabinet, "reviews").await;
    let counts = counts(&database, cabinet, now()).await;
    assert_eq!(counts, ProductCounts { reviews: Some(ReviewCounts::default()), ..ProductCounts::default() });
    assert_eq!(counts.figures().rating, None);
}

#[tokio::test]
async fn orders_are_counted_by_their_moscow_day() {
    let (database, cabinet) = with_cabinet().await;
    for data_set in ["orders", "sales"] {
        load(&database, cabinet, data_set).await;
    }
    // It is noon, so 13 hours ago was yesterday; the week began 6 days and 12 hours ago.
    let (hours, minutes) = (TimeDelta::hours, TimeDelta::minutes);
    let orders = [
        (hours(1), 0),
        (hours(13), 2),
        (hours(6 * 24 + 12), 2),
        (hours(6 * 24 + 12) + minutes(1), 1),
        (hours(29 * 24 + 12), 3),
        (hours(29 * 24 + 12) + minutes(1), 2),
    ];
    order(&database, cabinet, &orders).await;
    let counts = counts(&database, cabinet, now()).await;
    let mut days: Vec<(i64, i64)> = counts.orders.iter().flatten().map(|day| (day.ago, day.made)).collect();
    days.sort_unstable();
    assert_eq!(days, [(0, 1), (1, 1), (6, 1), (7, 1), (29, 1)]);
    assert_eq!(counts.figures().orders, Some(Windows { week: 3, fortnight: 4, month: 5 }));
    assert_eq!(counts.figures().buyout_rate, Some(BuyoutRate::TooFew));
}

#[tokio::test]
async fn a_product_is_in_stock_while_one_of_its_sizes_is() {
    let (database, cabinet) = with_cabinet().await;
    for data_set in ["orders", "stocks"] {
        load(&database, cabinet, data_set).await;
    }
    let days_ago = |days| now() - TimeDelta::days(days);
    stock(&database, cabinet, days_ago(20), &[(1, 0), (2, 0)]).await;
    assert!(days_in_stock(&database, cabinet).await.is_empty());
    stock(&database, cabinet, days_ago(12), &[(1, 5)]).await;
    stock(&database, cabinet, days_ago(11), &[(2, 3)]).await;
    assert_eq!(days_in_stock(&database, cabinet).await, (0..=12).collect::<Vec<_>>());
    // One size is gone, the other is not.
    stock(&database, cabinet, days_ago(10), &[(1, 0)]).await;
    assert_eq!(days_in_stock(&database, cabinet).await, (0..=12).collect::<Vec<_>>());
    // Gone during the day: that day still counts.
    stock(&database, cabinet, days_ago(9), &[(2, 0)]).await;
    assert_eq!(days_in_stock(&database, cabinet).await, [9, 10, 11, 12]);
    stock(&database, cabinet, days_ago(2), &[(2, 4)]).await;
    assert_eq!(days_in_stock(&database, cabinet).await, [0, 1, 2, 9, 10, 11, 12]);
    let spells: i64 =
        sqlx::query_scalar("SELECT count(*) FROM wb_stock_spells").fetch_one(&database.pool).await.unwrap();
    assert_eq!(spells, 3, "a row is written only when being in stock changes");

    // 7 days in stock, 5 ordered, one of them on an eighth day; 4 left: 4 × 8 ÷ 5 = 6.4, so 6 days.
    order(&database, cabinet, &[1, 1, 2, 9, 5].map(|days| (TimeDelta::days(days), 0))).await;
    sqlx::query(
        "INSERT INTO wb_stocks (cabinet_id, chrt_id, warehouse_id, nm_id, quantity, in_way_to_client,
                                in_way_from_client, created_at, updated_at)
         VALUES ($1, 2, 1, $2, 4, 9, 2, now(), now())",
    )
    .bind(cabinet.0)
    .bind(NM)
    .execute(&database.pool)
    .await
    .unwrap();
    let figures = counts(&database, cabinet, now()).await.figures();
    assert_eq!(figures.stock_days, Some(StockDays::Days(6)));
    assert_eq!((figures.to_client, figures.from_client), (Some(9), Some(2)));
}
