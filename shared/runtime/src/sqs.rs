//! Runs a use case for each message of an SQS batch.
//!
//! All messages of a batch are handled at the same time, and each fails alone: what is reported
//! becomes visible again, what is not reported is deleted. A message that cannot be read (poison)
//! fails every time, so that the queue's redrive policy brings it to the dead letters, where it
//! can be looked at and replayed by a version that knows it.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use app::{
    check::Check,
    function::{Function, RESERVE},
};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use chrono::{DateTime, Utc};
use domain::Clock;
use lambda_runtime::{LambdaEvent, service_fn};
use queue::Message;
use tracing::{Instrument, error, info_span};

use crate::{SystemClock, diagnostic, metrics, renewed::Renewed, secrets::Fetch, within};

/// Serves a queue until the process ends. The function's own time limit counts where an invocation does not say when it
/// ends.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn serve<I, T, M, F, R>(function: &Function, use_case: &Renewed<I, T>, handle: F) -> anyhow::Result<()>
where
    I: Fetch,
    T: Check + Send + Sync + 'static,
    M: Message,
    F: Fn(Arc<T>, M) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let service = service_fn(async |event: LambdaEvent<SqsEvent>| {
        let budget = budget(event.context.deadline, SystemClock.now(), function.timeout);
        let (handle, present) = (handle.clone(), use_case.get().await);
        let outcome = if event.payload.records.is_empty() {
            // Lambda sends no empty batch: the deploy asks a new version whether it works.
            within(budget, present.check()).await.map(|()| SqsBatchResponse::default())
        } else {
            Ok(run_batch(event.payload, budget, move |message| handle(present.clone(), message)).await)
        };
        use_case.end_invocation(!outcome.as_ref().is_ok_and(|response| response.batch_item_failures.is_empty()));
        outcome.map_err(|error| diagnostic("CheckFailed", &error))
    });
    lambda_runtime::run(service).await.map_err(anyhow::Error::from_boxed)
}

/// How long a message may take. A deadline in the past is no deadline: `cargo lambda watch` says
/// 1970.
fn budget(deadline_unix_ms: u64, now: DateTime<Utc>, timeout: Duration) -> Duration {
    let left = i64::try_from(deadline_unix_ms)
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .and_then(|deadline| (deadline - now).to_std().ok())
        .filter(|left| !left.is_zero());
    left.unwrap_or(timeout).saturating_sub(RESERVE)
}

pub(crate) async fn run_batch<M, F, R>(event: SqsEvent, budget: Duration, handle: F) -> SqsBatchResponse
where
    M: Message,
    F: Fn(M) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let tasks: Vec<_> = event
        .records
        .into_iter()
        .map(|record| {
            // A message without an id cannot be reported alone; the empty id makes Lambda retry the batch.
            let id = record.message_id.clone().unwrap_or_default();
            let received = record.attributes.get("ApproximateReceiveCount").map(String::as_str);
            let span = info_span!("message", task = M::TASK, message_id = id, received);
            // A task of its own, so that a panic ends this message only.
            let task = tokio::spawn(run_message(record, budget, handle.clone()).instrument(span.clone()));
            (id, span, task)
        })
        .collect();
    let mut response = SqsBatchResponse::default();
    for (id, span, task) in tasks {
        let outcome = task.await.unwrap_or_else(|stopped| Err(anyhow!(stopped).context("the use case panicked")));
        if let Err(error) = outcome {
            span.in_scope(|| error!(error = format!("{error:#}"), "message failed"));
            metrics::count_failure();
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    response
}

async fn run_message<M, F, R>(record: SqsMessage, budget: Duration, handle: F) -> anyhow::Result<()>
where
    M: Message,
    F: Fn(M) -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    let message: M = queue::parse(record.body.as_deref().unwrap_or_default()).context("cannot read the message")?;
    let subject = format!("{message:?}");
    within(budget, handle(message)).await.context(subject)
}

#[cfg(test)]
mod tests {
    use std::{
        future,
        sync::{Arc, Mutex},
    };

    use queue::SyncTask;
    use serde_json::json;
    use tokio::sync::Barrier;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn batch(bodies: &[String]) -> SqsEvent {
        let records: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(at, body)| {
                json!({
                    "messageId": format!("m{at}"),
                    "body": body,
                    "attributes": { "ApproximateReceiveCount": "1" },
                    "messageAttributes": {},
                })
            })
            .collect();
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    fn task(cabinet: i64) -> String {
        format!(r#"{{"task":"sync","v":1,"cabinet":{cabinet},"due_at":"2026-11-22T09:00:00Z"}}"#)
    }

    fn tasks(count: i64) -> SqsEvent {
        batch(&(0..count).map(task).collect::<Vec<_>>())
    }

    fn failed(response: &SqsBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
    }

    #[tokio::test]
    async fn every_message_is_handled_and_success_reports_nothing() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let seen_too = seen.clone();
        let response = run_batch(tasks(10), HOUR, move |task: SyncTask| {
            seen_too.lock().unwrap().push(task.cabinet.0);
            future::ready(Ok(()))
        })
        .await;
        assert_eq!(serde_json::to_value(&response).unwrap(), json!({ "batchItemFailures": [] }));
        assert_eq!(*seen.lock().unwrap(), (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn messages_of_a_batch_run_at_the_same_time() {
        let all_here = Arc::new(Barrier::new(10));
        let response = run_batch(tasks(10), HOUR, move |_: SyncTask| {
            let all_here = all_here.clone();
            async move {
                all_here.wait().await;
                Ok(())
            }
        })
        .await;
        assert_eq!(failed(&response), [""; 0]);
    }

    #[tokio::test]
    async fn an_error_a_panic_poison_and_silence_fail_alone() {
        let poison = ["{}".to_owned(), task(1).replace("\"v\":1", "\"v\":2")];
        let bodies: Vec<_> = (0..4).map(task).chain(poison).chain([task(4)]).collect();
        let response = run_batch(batch(&bodies), Duration::from_millis(20), |task: SyncTask| async move {
            match task.cabinet.0 {
                1 => Err(anyhow!("no")),
                2 => panic!("a bug"),
                3 => future::pending().await,
                _ => Ok(()),
            }
        })
        .await;
        assert_eq!(failed(&response), ["m1", "m2", "m3", "m4", "m5"]);
    }

    #[tokio::test]
    async fn an_empty_batch_is_a_success() {
        let response = run_batch(tasks(0), HOUR, |_: SyncTask| future::ready(Ok(()))).await;
        assert_eq!(failed(&response), [""; 0]);
    }

    #[test]
    fn the_budget_ends_before_the_invocation() {
        let now: DateTime<Utc> = "2026-11-22T09:00:00Z".parse().unwrap();
        let in_30_s = u64::try_from(now.timestamp_millis()).unwrap() + 30_000;
        let timeout = Duration::from_secs(60);
        assert_eq!(budget(in_30_s, now, timeout), Duration::from_secs(28));
        assert_eq!(budget(in_30_s - 29_000, now, timeout), Duration::ZERO);
        assert_eq!(budget(600_000, now, timeout), Duration::from_secs(58), "1970 is no deadline");
        assert_eq!(budget(u64::MAX, now, timeout), Duration::from_secs(58), "nor is the end of time");
    }
}
