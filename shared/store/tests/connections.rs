//! A pool of one connection, as the bot has it, on a bad day of the network and of the database.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::time::Duration;

use store::{Config, Pool, Tls, connect};
use testkit::{
    database::TestDatabase,
    postgres::{At, Fault, Relay},
};

async fn relayed(statement_limit: Option<Duration>) -> (Relay, Pool) {
    let database = TestDatabase::migrated().await.unwrap();
    let relay = Relay::start(&database.url).await.unwrap();
    let pool = connect(&Config {
        host: relay.url.host_str().unwrap().to_owned(),
        port: relay.url.port().unwrap(),
        name: relay.url.path().trim_start_matches('/').to_owned(),
        user: relay.url.username().to_owned(),
        password: relay.url.password().unwrap_or_default().into(),
        tls: Tls::Disabled,
        application: "test".to_owned(),
        max_connections: 1,
        statement_limit,
    });
    (relay, pool)
}

async fn look(pool: &Pool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT 7::bigint").fetch_one(pool).await
}

#[tokio::test]
async fn a_connection_over_which_nothing_passes_costs_one_call_at_most() {
    for fault in [Fault::HangAfter, Fault::HangBefore] {
        let (relay, pool) = relayed(None).await;
        look(&pool).await.unwrap();
        relay.break_at(None, At::Statement(0), fault);
        // The statement before the hang is answered, or given up by whoever waits for it.
        let hanging = tokio::time::timeout(Duration::from_secs(1), look(&pool)).await;
        assert_eq!(hanging.is_ok(), fault == Fault::HangAfter);
        let mut failed = 0;
        for _ in 0..3 {
            failed += usize::from(look(&pool).await.is_err());
        }
        assert!(failed <= 1, "{fault:?}: {failed} of 3 calls fail");
        assert_eq!(relay.opened(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_transaction_that_hangs_is_given_up_with_its_connection() {
    let (relay, pool) = relayed(None).await;
    let mut tx = store::begin(&pool).await.unwrap();
    relay.break_at(None, At::Statement(0), Fault::HangBefore);
    let hanging = sqlx::query("SELECT 1").execute(&mut *tx);
    assert!(tokio::time::timeout(Duration::from_secs(1), hanging).await.is_err());
    drop(tx);
    look(&pool).await.unwrap();
    assert_eq!(relay.opened(), 2);
}

#[tokio::test]
async fn a_failover_is_got_over_by_the_next_call() {
    let (relay, pool) = relayed(None).await;
    look(&pool).await.unwrap();
    relay.fail_over(0);
    // The ping before the statement finds out.
    look(&pool).await.unwrap();
    let mut tx = store::begin(&pool).await.unwrap();
    relay.fail_over(0);
    assert!(sqlx::query("SELECT 1").execute(&mut *tx).await.is_err());
    drop(tx);
    look(&pool).await.unwrap();
}

#[tokio::test]
async fn every_wait_of_a_session_has_a_bound() {
    let (_relay, pool) = relayed(Some(Duration::from_millis(300))).await;
    let setting = async |name: &'static str| -> String {
        sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(&pool).await.unwrap()
    };
    for (name, value) in [
        ("statement_timeout", "300ms"),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "8s"),
        ("tcp_keepalives_idle", "30"),
        // In milliseconds.
        ("tcp_user_timeout", "30000"),
        ("jit", "off"),
    ] {
        assert_eq!(setting(name).await, value, "{name}");
    }
    let error = sqlx::query("SELECT pg_sleep(5)").execute(&pool).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("57014"));
    look(&pool).await.unwrap();
}
