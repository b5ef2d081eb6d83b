//! A tick over many cabinets: statements, and calls to SQS.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use app::fanout::{Fanout, Tick};
use axum::extract::State;
use queue::SqsQueues;
use serde_json::{Value, json};
use testkit::{aws, database::TestDatabase, telegram::Options, wb::Shop};
use world::{SETTINGS, World};

use crate::figures::{Figures, is_wanted};

const CABINETS: usize = 2_500;

/// The entries of every request to SQS.
type Requests = Arc<Mutex<Vec<Vec<Value>>>>;

/// SQS, which takes whatever it is sent.
async fn fake_sqs() -> (SqsQueues, Requests) {
    async fn answer(State(requests): State<Requests>, body: String) -> String {
        let request: Value = serde_json::from_str(&body).unwrap();
        let entries = request["Entries"].as_array().unwrap().clone();
        let taken = |entry: &Value| json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x" });
        let successful: Vec<Value> = entries.iter().map(taken).collect();
        requests.lock().unwrap().push(entries);
        json!({ "Successful": successful, "Failed": [] }).to_string()
    }
    let requests = Requests::default();
    let queues = SqsQueues {
        client: aws_sdk_sqs::Client::new(&aws::start(answer, requests.clone()).await),
        sync_queue_url: "https://sqs/sync".into(),
        notify_queue_url: "https://sqs/notify".into(),
        bus: None,
    };
    (queues, requests)
}

#[tokio::test]
async fn a_tick_claims_by_the_thousand_and_enqueues_by_the_ten() {
    if !is_wanted(&["fanout"]) {
        return;
    }
    let database = TestDatabase::migrated().await.unwrap();
    let shop = |now| Shop::sample(1, 1, 0, 0, now);
    let world = World::of(database, shop, Options::default(), SETTINGS).await;
    let now = world.clock.now();
    // News are read once a day and rows are cleaned up once an hour, and not by this tick.
    let rare = "UPDATE chores SET due_at = due_at + interval '100 years' WHERE kind IN ('news', 'clean_up')";
    sqlx::query(rare).execute(&world.database.pool).await.unwrap();
    let insert = "WITH shops AS (INSERT INTO cabinets (seller, not_before, created_at, updated_at)
                                 SELECT gen_random_uuid(), $1, $1, $1 FROM generate_series(1, $2) RETURNING id),
                       owner AS (INSERT INTO users (telegram_id, created_at, updated_at) VALUES (1, $1, $1) RETURNING id)
                  INSERT INTO cabinet_users (cabinet_id, user_id, role, joined_at)
                  SELECT shops.id, owner.id, 'owner', $1 FROM shops, owner";
    sqlx::query(insert).bind(now).bind(i32::try_from(CABINETS).unwrap()).execute(&world.database.pool).await.unwrap();
    let (queues, requests) = fake_sqs().await;
    let fanout = Fanout { queues: Arc::new(queues), ..world.fanout };

    fanout.run(Tick { time: now, spread: Duration::from_secs(60) }).await.unwrap();

    let requests = requests.lock().unwrap().clone();
    let statements = world.relay.take_statements();
    let mut figures = Figures::default();
    figures.exactly("fanout.sqs_calls", requests.len(), "calls", CABINETS.div_ceil(10));
    figures.at_most("fanout.sql", statements.len(), "statements", CABINETS.div_ceil(1_000) + 3);
    figures.explain(statements.join("\n"));
    figures.conclude();
    let mut bodies: Vec<&str> = requests.iter().flatten().map(|entry| entry["MessageBody"].as_str().unwrap()).collect();
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), CABINETS, "each cabinet has its task");
}
