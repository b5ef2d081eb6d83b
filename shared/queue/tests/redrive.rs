//! Dead letters on their way back: what SQS is asked, at the wire.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::{Arc, Mutex};

use axum::{extract::State, http::HeaderMap};
use queue::{Enqueue, Redriven, SqsQueues};
use serde_json::{Value, json};
use testkit::aws::{self, target};

/// From where and to where the move tasks that were started move.
type Moved = Arc<Mutex<Vec<[String; 2]>>>;

/// Two queues; the letters of `sync` are dead, those of `notify` are not.
async fn answer(State(moved): State<Moved>, headers: HeaderMap, body: String) -> String {
    let request: Value = serde_json::from_str(&body).unwrap();
    let url = request["QueueUrl"].as_str().unwrap_or_default();
    let answer = match target(&headers) {
        "AmazonSQS.GetQueueAttributes" if url.ends_with("-dead") => {
            let letters = if url.contains("sync") { "3" } else { "0" };
            json!({ "Attributes": { "ApproximateNumberOfMessages": letters } })
        }
        "AmazonSQS.GetQueueAttributes" if request["AttributeNames"] == json!(["QueueArn"]) => {
            json!({ "Attributes": { "QueueArn": arn(url.rsplit('/').next().unwrap()) } })
        }
        "AmazonSQS.GetQueueAttributes" => {
            let name = url.rsplit('/').next().unwrap();
            let policy = json!({ "deadLetterTargetArn": arn(&format!("{name}-dead")), "maxReceiveCount": 5 });
            json!({ "Attributes": { "RedrivePolicy": policy.to_string() } })
        }
        "AmazonSQS.GetQueueUrl" => {
            json!({ "QueueUrl": format!("https://sqs/{}", request["QueueName"].as_str().unwrap()) })
        }
        "AmazonSQS.StartMessageMoveTask" => {
            let ends = ["SourceArn", "DestinationArn"].map(|end| request[end].as_str().unwrap().to_owned());
            moved.lock().unwrap().push(ends);
            json!({ "TaskHandle": "t" })
        }
        other => panic!("{other} is not asked"),
    };
    answer.to_string()
}

fn arn(queue: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:1:{queue}")
}

#[tokio::test]
async fn a_queue_with_dead_letters_gets_them_back_and_one_without_is_left_alone() {
    let moved = Moved::default();
    let queues = SqsQueues {
        client: aws_sdk_sqs::Client::new(&aws::start(answer, moved.clone()).await),
        sync_queue_url: "https://sqs/sync".into(),
        notify_queue_url: "https://sqs/notify".into(),
        bus: None,
    };
    let redriven = queues.redrive().await.unwrap();
    let of = |queue: &str, messages| Redriven { queue: queue.to_owned(), messages };
    assert_eq!(redriven, [of("sync", 3), of("notify", 0)]);
    assert_eq!(*moved.lock().unwrap(), [[arn("sync-dead"), arn("sync")]]);
}
