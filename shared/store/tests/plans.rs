//! How PostgreSQL would carry out every statement of the product on a database of a million rows: none of them reads a
//! large table from its first row to its last.
//!
//! The statements are those of `.sqlx`, so a new one is planned without being named here. Plans are generic ones, which
//! know no parameter, and nothing is carried out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use testkit::database::TestDatabase;

/// Tables that grow with what sellers sell. All others hold a few rows a cabinet or a person.
const LARGE: [&str; 8] = [
    "events",
    "notification_history",
    "wb_orders",
    "wb_sales",
    "wb_stocks",
    "wb_stock_levels",
    "wb_stock_spells",
    "wb_sync_logs",
];

/// A thousand cabinets with a person each, and a million rows of what happened in them.
const FILL: &str = "
    INSERT INTO users (telegram_id, created_at, updated_at) SELECT g, now(), now() FROM generate_series(1, 1000) g;
    INSERT INTO chats (chat_id) SELECT telegram_id FROM users;
    INSERT INTO cabinets (seller, not_before, created_at, updated_at)
         SELECT gen_random_uuid(), now(), now(), now() FROM generate_series(1, 1000);
    INSERT INTO cabinet_users (cabinet_id, user_id, role, joined_at)
         SELECT c.id, u.id, 'owner', now() FROM cabinets c JOIN users u ON u.telegram_id = c.id;
    INSERT INTO wb_orders (cabinet_id, srid, state, ordered_at, changed_at, nm_id, created_at, updated_at)
         SELECT g % 1000 + 1, g::text, 0, at, at, g % 50000, at, at
           FROM (SELECT g, now() - interval '180 days' + g * interval '62 s' AS at FROM generate_series(1, 250000) g) o;
    INSERT INTO wb_sales (cabinet_id, sale_id, srid, type, sale_date, changed_at, nm_id, created_at, updated_at)
         SELECT cabinet_id, 'S' || srid, srid, 'buyout', ordered_at, ordered_at, nm_id, created_at, created_at
           FROM wb_orders WHERE srid::bigint % 3 = 0;
    INSERT INTO wb_stocks (cabinet_id, chrt_id, warehouse_id, nm_id, quantity, in_way_to_client, in_way_from_client,
                           created_at, updated_at)
         SELECT g % 1000 + 1, g, 1, g % 50000, 7, 0, 0, now(), now() FROM generate_series(1, 100000) g;
    INSERT INTO wb_stock_levels (cabinet_id, chrt_id, nm_id, remainder, updated_at)
         SELECT cabinet_id, chrt_id, nm_id, quantity, now() FROM wb_stocks;
    INSERT INTO wb_stock_spells (cabinet_id, nm_id, began_at, ended_at)
         SELECT cabinet_id, nm_id, created_at, created_at + interval '1 day' FROM wb_orders WHERE srid::bigint % 5 = 0
             ON CONFLICT DO NOTHING;
    INSERT INTO wb_sync_logs (cabinet_id, started_at, completed_at, data_sets)
         SELECT cabinet_id, created_at, created_at, '{}' FROM wb_orders WHERE srid::bigint % 5 = 0;
    INSERT INTO events (cabinet_id, kind, event_key, payload, occurred_at, seen_at)
         SELECT cabinet_id, 'new_order', srid, '{}', created_at, created_at FROM wb_orders;
    INSERT INTO notification_history (event_id, user_id, cabinet_id, chat_id, kind, status, deliver_after, created_at, sent_at)
         SELECT e.id, e.cabinet_id, e.cabinet_id, e.cabinet_id, e.kind,
                CASE WHEN e.id % 200 = 0 THEN 'pending' ELSE 'sent' END, e.seen_at, e.seen_at,
                CASE WHEN e.id % 200 > 0 THEN e.seen_at END
           FROM events e;
    ANALYZE";

/// The nodes of a plan, each with its parents' names before it.
fn nodes<'a>(plan: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(plan);
    for below in plan["Plans"].as_array().into_iter().flatten() {
        nodes(below, found);
    }
}

/// The large tables that a statement reads from the first row to the last.
async fn scanned(connection: &mut PgConnection, statement: &str, parameters: usize) -> BTreeSet<String> {
    let nulls = vec!["NULL"; parameters].join(", ");
    let arguments = if parameters == 0 { String::new() } else { format!("({nulls})") };
    connection.execute(AssertSqlSafe(format!("PREPARE planned AS {statement}"))).await.unwrap();
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE planned{arguments}");
    let explained: Value =
        sqlx::query_scalar(AssertSqlSafe(explain)).persistent(false).fetch_one(&mut *connection).await.unwrap();
    connection.execute("DEALLOCATE planned").await.unwrap();
    let mut found = Vec::new();
    nodes(&explained[0]["Plan"], &mut found);
    assert!(!found.is_empty(), "there is a plan");
    let scans = found.into_iter().filter(|node| node["Node Type"] == "Seq Scan");
    let tables = scans.filter_map(|node| node["Relation Name"].as_str());
    tables.filter(|table| LARGE.contains(table)).map(str::to_owned).collect()
}

#[tokio::test]
async fn no_statement_reads_a_large_table_from_end_to_end() {
    let database = TestDatabase::migrated().await.unwrap();
    let mut connection = PgConnection::connect(database.url.as_str()).await.unwrap();
    connection.execute(FILL).await.unwrap();
    connection.execute("SET plan_cache_mode = force_generic_plan; SET jit = off").await.unwrap();
    assert_eq!(scanned(&mut connection, "SELECT count(*) FROM events", 0).await.len(), 1, "a scan is found");

    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.sqlx");
    let (mut planned, mut scans) = (0, Vec::new());
    for file in fs::read_dir(cache).unwrap() {
        let query: Value = serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
        let statement = query["query"].as_str().unwrap();
        let parameters = query["describe"]["parameters"]["Left"].as_array().map_or(0, Vec::len);
        let tables = scanned(&mut connection, statement, parameters).await;
        if !tables.is_empty() {
            scans.push(format!("{tables:?} in\n{statement}"));
        }
        planned += 1;
    }
    assert!(planned > 100, "{planned} statements are planned");
    assert!(scans.is_empty(), "{} of {planned} statements scan:\n{}", scans.len(), scans.join("\n\n"));
}
