//! SQS at the wire: a small server that speaks its JSON protocol on 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    future,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_sqs::config::timeout::TimeoutConfig;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use domain::{CabinetId, ChatId};
use queue::{Delayed, Enqueue, Error, SqsQueues, SyncTask, WakeUp, parse};
use serde_json::{Value, json};
use testkit::aws::{self, refuse, target};

/// Takes what it is sent, unless a fault says otherwise.
#[derive(Clone, Default)]
struct FakeSqs {
    /// Queue URL and entry of every message taken, in order.
    taken: Arc<Mutex<Vec<(String, Value)>>>,
    /// The number of entries of every request.
    requests: Arc<Mutex<Vec<usize>>>,
    fault: Arc<Mutex<Fault>>,
}

#[derive(Clone, Default)]
enum Fault {
    #[default]
    None,
    /// Entries whose body contains the text are not taken this many times.
    Entries(&'static str, u32),
    Answer(u16, &'static str),
    Silence,
}

impl FakeSqs {
    fn next_fault(&self) -> Fault {
        let mut fault = self.fault.lock().unwrap();
        let present = fault.clone();
        if let Fault::Entries(text, times) = present {
            *fault = if times > 1 { Fault::Entries(text, times - 1) } else { Fault::None };
        }
        present
    }
}

async fn answer(State(sqs): State<FakeSqs>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    assert_eq!(target(&headers), "AmazonSQS.SendMessageBatch");
    let request: Value = serde_json::from_str(&body).unwrap();
    let entries = request["Entries"].as_array().unwrap();
    sqs.requests.lock().unwrap().push(entries.len());
    if !(1..=10).contains(&entries.len()) {
        return refuse(400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
    }
    let refused = match sqs.next_fault() {
        Fault::None => None,
        Fault::Entries(text, _) => Some(text),
        Fault::Answer(status, code) => return refuse(status, code),
        Fault::Silence => return future::pending().await,
    };
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        if refused.is_some_and(|text| entry["MessageBody"].as_str().unwrap().contains(text)) {
            failed.push(json!({ "Id": entry["Id"], "SenderFault": false, "Code": "InternalError", "Message": "busy" }));
        } else {
            successful.push(json!({ "Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": "x" }));
            sqs.taken.lock().unwrap().push((request["QueueUrl"].as_str().unwrap().into(), entry.clone()));
        }
    }
    (StatusCode::OK, json!({ "Successful": successful, "Failed": failed }).to_string())
}

async fn start() -> (FakeSqs, SqsQueues) {
    let sqs = FakeSqs::default();
    let queues = SqsQueues {
        client: aws_sdk_sqs::Client::new(&aws::start(answer, sqs.clone()).await),
        sync_queue_url: "https://sqs/sync".into(),
        notify_queue_url: "https://sqs/notify".into(),
        bus: None,
    };
    (sqs, queues)
}

fn sync_tasks(count: i64) -> Vec<Delayed<SyncTask>> {
    let due_at = "2026-11-22T09:00:00Z".parse().unwrap();
    (0..count).map(|id| Delayed::now(SyncTask { cabinet: CabinetId(id), due_at })).collect()
}

fn cabinets(sqs: &FakeSqs) -> Vec<i64> {
    let taken = sqs.taken.lock().unwrap();
    let body = |entry: &Value| parse::<SyncTask>(entry["MessageBody"].as_str().unwrap()).unwrap();
    let mut cabinets: Vec<i64> = taken.iter().map(|(_, entry)| body(entry).cabinet.0).collect();
    cabinets.sort_unstable();
    cabinets
}

#[tokio::test]
async fn tasks_travel_in_batches_of_ten_and_each_of_them_once() {
    let (sqs, queues) = start().await;

    queues.enqueue_sync_tasks(&sync_tasks(101)).await.unwrap();

    assert_eq!(cabinets(&sqs), (0..101).collect::<Vec<_>>());
    let mut requests = sqs.requests.lock().unwrap().clone();
    requests.sort_unstable();
    assert_eq!(requests, [1, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    let taken = sqs.taken.lock().unwrap();
    assert!(taken.iter().all(|(url, entry)| url == "https://sqs/sync" && entry.get("MessageGroupId").is_none()));
}

#[tokio::test]
async fn a_wake_up_carries_its_chat_as_group_and_never_comes_before_its_time() {
    let (sqs, queues) = start().await;
    let wake_up = WakeUp { chat: ChatId(-42) };
    let delayed = Delayed::new(wake_up.clone(), Duration::from_millis(1_001)).unwrap();

    queues.enqueue_wake_ups(&[Delayed::now(wake_up), delayed]).await.unwrap();

    let taken = sqs.taken.lock().unwrap();
    let [(url, now), (_, later)] = taken.as_slice() else { panic!("two messages: {taken:?}") };
    assert_eq!(url, "https://sqs/notify");
    assert_eq!(now["MessageBody"], r#"{"task":"wake_up","v":1,"chat":-42}"#);
    assert_eq!((&now["MessageGroupId"], &now["DelaySeconds"]), (&json!("-42"), &json!(0)));
    assert_eq!((&later["MessageGroupId"], &later["DelaySeconds"]), (&json!("-42"), &json!(2)));
}

#[tokio::test]
async fn nothing_to_send_asks_nobody() {
    let (sqs, queues) = start().await;
    queues.enqueue_sync_tasks(&[]).await.unwrap();
    assert!(sqs.requests.lock().unwrap().is_empty());
}

#[tokio::test]
async fn only_what_was_not_taken_is_sent_again() {
    let (sqs, queues) = start().await;
    *sqs.fault.lock().unwrap() = Fault::Entries(r#""cabinet":3"#, 1);

    queues.enqueue_sync_tasks(&sync_tasks(10)).await.unwrap();

    assert_eq!(cabinets(&sqs), (0..10).collect::<Vec<_>>());
    assert_eq!(*sqs.requests.lock().unwrap(), [10, 1]);
}

#[tokio::test]
async fn what_is_not_taken_twice_is_an_error_and_the_rest_is_sent() {
    let (sqs, queues) = start().await;
    *sqs.fault.lock().unwrap() = Fault::Entries(r#""cabinet":3,"#, u32::MAX);

    let error = queues.enqueue_sync_tasks(&sync_tasks(30)).await.unwrap_err();

    assert_eq!(error.to_string(), "SQS did not take 1 of 10 messages: InternalError: busy");
    assert_eq!(cabinets(&sqs), (0..30).filter(|id| *id != 3).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_may_pass_is_unavailable_and_what_will_not_is_refused() {
    let (sqs, queues) = start().await;
    for (status, code, passes) in [
        (400, "RequestThrottled", true),
        (400, "ThrottlingException", true),
        (500, "InternalFailure", true),
        (403, "AccessDenied", false),
        (400, "QueueDoesNotExist", false),
    ] {
        *sqs.fault.lock().unwrap() = Fault::Answer(status, code);
        match queues.enqueue_sync_tasks(&sync_tasks(1)).await.unwrap_err() {
            Error::Unavailable(reason) if passes => assert_eq!(reason, format!("{code}: because")),
            Error::Refused(reason) if !passes => assert_eq!(reason, format!("{code}: because")),
            other => panic!("{code}: {other}"),
        }
    }
}

#[tokio::test]
async fn silence_ends_as_unavailable() {
    let (sqs, mut queues) = start().await;
    *sqs.fault.lock().unwrap() = Fault::Silence;
    let impatient = TimeoutConfig::builder().operation_timeout(Duration::from_millis(20)).build();
    let config = queues.client.config().to_builder().timeout_config(impatient).build();
    queues.client = aws_sdk_sqs::Client::from_conf(config);

    let error = queues.enqueue_sync_tasks(&sync_tasks(1)).await.unwrap_err();

    assert_eq!(error.to_string(), "SQS is unavailable: no answer in time");
}
