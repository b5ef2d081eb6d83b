//! EventBridge at the wire: a small server that speaks its JSON protocol on 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::{Arc, Mutex};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::DateTime;
use queue::{Bus, DomainEvent, Enqueue, Error, SqsQueues};
use serde_json::{Value, json};
use testkit::aws::{self, refuse, target};

/// Takes all entries but those whose detail contains the text; refuses whole requests if told so.
#[derive(Clone, Default)]
struct FakeBus {
    requests: Arc<Mutex<Vec<Value>>>,
    refused: Option<&'static str>,
    is_down: bool,
}

async fn answer(State(bus): State<FakeBus>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    assert_eq!(target(&headers), "AWSEvents.PutEvents");
    let request: Value = serde_json::from_str(&body).unwrap();
    bus.requests.lock().unwrap().push(request.clone());
    if bus.is_down {
        return refuse(500, "InternalException");
    }
    let entries = request["Entries"].as_array().unwrap();
    let is_refused = |entry: &&Value| bus.refused.is_some_and(|text| entry["Detail"].as_str().unwrap().contains(text));
    let failed = entries.iter().filter(is_refused).count();
    let entries: Vec<Value> = entries
        .iter()
        .map(|entry| match is_refused(&entry) {
            true => json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "busy" }),
            false => json!({ "EventId": "e" }),
        })
        .collect();
    (StatusCode::OK, json!({ "FailedEntryCount": failed, "Entries": entries }).to_string())
}

async fn start(fake: FakeBus) -> SqsQueues {
    let aws = aws::start(answer, fake).await;
    SqsQueues {
        client: aws_sdk_sqs::Client::new(&aws),
        sync_queue_url: String::new(),
        notify_queue_url: String::new(),
        bus: Some(Bus { client: aws_sdk_eventbridge::Client::new(&aws), name: "wb-assist-bus".into() }),
    }
}

fn events(count: i64) -> Vec<DomainEvent> {
    let event = |id: i64| DomainEvent {
        id,
        detail_type: "order.created",
        occurred_at: DateTime::UNIX_EPOCH,
        detail: json!({ "id": format!("<{id}>") }).to_string(),
    };
    (1..=count).map(event).collect()
}

#[tokio::test]
async fn events_travel_by_the_ten_with_source_bus_and_time() {
    let fake = FakeBus::default();
    let queues = start(fake.clone()).await;
    assert!(queues.has_bus());
    let published = queues.publish(&events(12)).await;
    assert_eq!(published.taken, (1..=12).collect::<Vec<i64>>());
    assert!(published.error.is_none());
    let requests = fake.requests.lock().unwrap();
    let sizes: Vec<usize> = requests.iter().map(|request| request["Entries"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [10, 2]);
    let first = &requests[0]["Entries"][0];
    let names = ["EventBusName", "Source", "DetailType", "Detail"].map(|name| first[name].as_str().unwrap());
    assert_eq!(names, ["wb-assist-bus", "wb-assist", "order.created", r#"{"id":"<1>"}"#]);
    assert_eq!(first["Time"].as_f64(), Some(0.0));
}

#[tokio::test]
async fn what_the_bus_does_not_take_is_not_among_the_taken() {
    let queues = start(FakeBus { refused: Some("<3>"), ..FakeBus::default() }).await;
    let published = queues.publish(&events(12)).await;
    assert_eq!(published.taken, (1..=12).filter(|id| *id != 3).collect::<Vec<i64>>());
    let error = published.error.unwrap();
    assert!(matches!(error, Error::BusRefused { .. }));
    assert_eq!(error.to_string(), "EventBridge did not take order.created: ThrottlingException: busy");
}

#[tokio::test]
async fn a_bus_that_is_down_is_asked_once() {
    let fake = FakeBus { is_down: true, ..FakeBus::default() };
    let queues = start(fake.clone()).await;
    let published = queues.publish(&events(25)).await;
    assert_eq!(published.taken, [0_i64; 0]);
    let said = published.error.unwrap().to_string();
    assert!(said.starts_with("EventBridge is unavailable: InternalException"), "{said}");
    assert_eq!(fake.requests.lock().unwrap().len(), 1);
}
