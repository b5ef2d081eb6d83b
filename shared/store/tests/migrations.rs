//! Every migration is applied to tables that hold rows, and loses none of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{collections::BTreeMap, path::PathBuf};

use sqlx::{AssertSqlSafe, PgConnection, Row};
use testkit::database::TestDatabase;

/// Rows of each table.
async fn rows(connection: &mut PgConnection) -> BTreeMap<String, i64> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_sqlx%'",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let mut rows = BTreeMap::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *connection).await.unwrap().get(0);
        rows.insert(table, count);
    }
    rows
}

fn sample(version: i64) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../migrations/samples/{version:04}.sql"));
    std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("migration {version} has no sample rows at {path:?}"))
}

#[tokio::test]
async fn each_migration_keeps_the_rows_that_the_ones_before_it_left() {
    let database = TestDatabase::empty().await.unwrap();
    let mut connection = database.pool.acquire().await.unwrap();
    for migration in store::MIGRATOR.iter() {
        let before = rows(&mut connection).await;
        sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await.unwrap();
        let after = rows(&mut connection).await;
        for (table, count) in &before {
            assert!(after.get(table) >= Some(count), "migration {} loses rows of {table}", migration.version);
        }
        sqlx::raw_sql(AssertSqlSafe(sample(migration.version))).execute(&mut *connection).await.unwrap();
        let filled = rows(&mut connection).await;
        for (table, count) in filled.iter().filter(|(table, _)| !before.contains_key(*table)) {
            assert!(*count > 0, "migration {} makes {table} and its sample leaves it empty", migration.version);
        }
    }
}

#[tokio::test]
async fn the_columns_of_facts_are_filled_in_old_rows_and_by_whoever_writes_new_ones() {
    let database = TestDatabase::empty().await.unwrap();
    let mut connection = database.pool.acquire().await.unwrap();
    // As the release before writes it, and this one.
    let old_code = "INSERT INTO events (kind, event_key, payload, occurred_at, seen_at)
                    VALUES ('critical_stock', $1, '{\"nm_id\": 7, \"chrt_id\": 70, \"threshold\": 0}', now(), now())";
    for migration in store::MIGRATOR.iter() {
        if migration.version == 14 {
            sqlx::query(old_code).bind("before").execute(&mut *connection).await.unwrap();
        }
        sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await.unwrap();
    }
    sqlx::query(old_code).bind("after").execute(&mut *connection).await.unwrap();
    let filled: Vec<(i64, i64, i64, bool)> =
        sqlx::query_as("SELECT nm_id, chrt_id, threshold, is_asked_for FROM events ORDER BY id")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    assert_eq!(filled, [(7, 70, 0, false); 2]);
    sqlx::query("UPDATE events SET payload = payload || '{\"nm_id\": 8}'").execute(&mut *connection).await.unwrap();
    let changed: i64 = sqlx::query_scalar("SELECT min(nm_id) FROM events").fetch_one(&mut *connection).await.unwrap();
    assert_eq!(changed, 8);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = TestDatabase::empty().await.unwrap();
    store::migrate(&database.pool).await.unwrap();
    store::migrate(&database.pool).await.unwrap();
    let applied: i64 =
        sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&database.pool).await.unwrap();
    assert_eq!(usize::try_from(applied).unwrap(), store::MIGRATOR.iter().count());
}
