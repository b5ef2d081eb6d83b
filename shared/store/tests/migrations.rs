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
async fn migrating_again_changes_nothing() {
    let database = TestDatabase::empty().await.unwrap();
    store::migrate(&database.pool).await.unwrap();
    store::migrate(&database.pool).await.unwrap();
    let applied: i64 =
        sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&database.pool).await.unwrap();
    assert_eq!(usize::try_from(applied).unwrap(), store::MIGRATOR.iter().count());
}
