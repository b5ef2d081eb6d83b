//! A transaction that is given up leaves its connection as it was.

use std::{
    future::Future,
    task::{Context, Waker},
};

use sqlx::{Row, postgres::PgPoolOptions};
use testkit::database::TestDatabase;

/// More polls than a BEGIN needs.
const POLLS: usize = 8;

#[tokio::test]
async fn a_transaction_given_up_before_it_has_begun_stays_open_for_nobody() {
    let database = TestDatabase::empty().await.unwrap();
    let only = PgPoolOptions::new().max_connections(1).connect_with((*database.pool.connect_options()).clone());
    let only = only.await.unwrap();
    for polls in 0..POLLS {
        let mut begin = Box::pin(store::begin(&only));
        for _ in 0..polls {
            if begin.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                break;
            }
            // A round trip on another connection: this one's answer is there by then.
            sqlx::query("SELECT 1").execute(&database.pool).await.unwrap();
        }
        drop(begin);
        // Within a transaction `now()` stands still.
        for _ in 0..2 {
            let row = sqlx::raw_sql("SELECT now() = statement_timestamp()").fetch_one(&only).await.unwrap();
            assert!(row.get::<bool, _>(0), "given up after {polls} polls");
        }
    }
}
