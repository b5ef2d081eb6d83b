//! Every metric, from what it counts to its line: the real use cases in their small world, and what CloudWatch
//! would read of it.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use runtime::metrics::Recorder;
use serde_json::{Value, json};
use testkit::{
    telegram::Fault as TelegramFault,
    wb::{Fault, Method},
};
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::{layer::SubscriberExt, registry};
use world::World;

mod watched;

use watched::Series;

/// As the template names it, of a stack called `stack`.
const NAMESPACE: &str = "WbAssist/stack";

/// Hears what this thread reports. The whole world runs on it.
struct Metrics {
    recorder: Arc<Recorder>,
    _capturing: DefaultGuard,
    // With one subscriber `tracing` asks the thread that comes first whether a line is wanted.
    _second: tracing::Dispatch,
}

impl Metrics {
    fn hear() -> Self {
        Self::of("sync")
    }

    fn of(function: &'static str) -> Self {
        let recorder = Arc::new(Recorder::new(function, "7", NAMESPACE));
        let _second = tracing::Dispatch::new(NoSubscriber::new());
        let _capturing = tracing::subscriber::set_default(registry().with(recorder.layer()));
        Self { recorder, _capturing, _second }
    }

    /// The lines since the last call, each of which CloudWatch can read.
    fn lines(&self) -> Vec<Value> {
        let lines = self.recorder.drain("2026-11-22T09:00:00Z".parse().unwrap());
        lines.iter().for_each(assert_readable);
        lines
    }

    /// The values of one series since the last call; empty where it was not reported.
    fn values(&self, name: &str, dimensions: &Value) -> Vec<f64> {
        values(&self.lines(), name, dimensions)
    }
}

fn values(lines: &[Value], name: &str, dimensions: &Value) -> Vec<f64> {
    let wanted = dimensions.as_object().unwrap();
    let of_series = lines.iter().filter(|line| wanted.iter().all(|(name, value)| line[name] == *value));
    let held = of_series.filter_map(|line| line.get(name));
    held.flat_map(|value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]))
        .map(|value| value.as_f64().unwrap())
        .collect()
}

/// The rules of the embedded metric format, and ours: no dimension is a cabinet, a person or an article, so
/// none has a number but the statuses of Telegram.
fn assert_readable(line: &Value) {
    assert!(!line.to_string().contains('\n'));
    let root = line.as_object().unwrap();
    assert!(line["_aws"]["Timestamp"].is_i64(), "{line}");
    let [directive] = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().as_slice() else { panic!("{line}") };
    assert_eq!(directive["Namespace"], NAMESPACE);
    let [dimensions, ..] = directive["Dimensions"].as_array().unwrap().as_slice() else { panic!("{line}") };
    let [metric] = directive["Metrics"].as_array().unwrap().as_slice() else { panic!("{line}") };
    let name = metric["Name"].as_str().unwrap();
    assert!(["Count", "Seconds", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
    let mut expected = BTreeSet::from(["_aws", name]);
    for dimension in dimensions.as_array().unwrap() {
        let dimension = dimension.as_str().unwrap();
        let value = line[dimension].as_str().unwrap();
        assert!(["outcome", "method", "kind", "code", "function", "version"].contains(&dimension), "{line}");
        assert!(
            !value.is_empty()
                && (["code", "version"].contains(&dimension)
                    || value.chars().all(|c| c == '_' || c.is_ascii_lowercase())),
            "{line}"
        );
        expected.insert(dimension);
    }
    assert_eq!(root.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "nothing but the metric");
    match &line[name] {
        Value::Array(values) => assert!((2..=100).contains(&values.len()) && values.iter().all(Value::is_number)),
        value => assert!(value.is_number(), "{line}"),
    }
}

#[tokio::test]
async fn a_sync_and_a_told_order_are_counted_with_their_requests_statements_and_seconds() {
    let metrics = Metrics::hear();
    let world = World::ready().await;
    let lines = metrics.lines();
    assert!(values(&lines, "SyncsFinished", &json!({ "outcome": "ok" }))[0] >= 1.0);
    for method in ["orders", "sales", "products", "stocks", "feedbacks", "seller_info"] {
        let requests = values(&lines, "WbRequests", &json!({ "method": method, "outcome": "ok" }));
        assert!(requests.iter().sum::<f64>() >= 1.0, "{method}");
    }
    assert!(values(&lines, "SqlMilliseconds", &json!({ "function": "sync" })).len() > 20);

    world.orders(2);
    // The tick and the sync happen at one moment of the world's clock; the chats are looked at 7 s later.
    world.clock.advance(world::INTERVAL);
    world.tick_now().await;
    for task in world.queues.take_sync_tasks() {
        world.sync.run(task.message()).await.unwrap();
    }
    world.clock.advance(TimeDelta::seconds(7));
    world.rest().await;
    let lines = metrics.lines();
    assert_eq!(values(&lines, "NotificationsSent", &json!({ "kind": "new_order" })), [2.0]);
    let waited = values(&lines, "DeliverySeconds", &json!({}));
    assert_eq!(waited[0], 7.0, "from `deliver_after` on: {waited:?}");
    assert_eq!(values(&lines, "Ticks", &json!({})), [1.0]);
}

#[tokio::test]
async fn what_wb_refuses_is_told_by_method_and_outcome_and_makes_a_sync_partial_or_failed() {
    let world = World::ready().await;
    let metrics = Metrics::hear();
    for (fault, outcome) in
        [(Fault::RateLimited(60), "limited"), (Fault::Status(503), "failed"), (Fault::AccessDenied, "refused")]
    {
        world.clock.advance(TimeDelta::hours(2));
        world.wb.break_times(Method::Orders, fault, 1);
        world.tick().await;
        let lines = metrics.lines();
        assert_eq!(values(&lines, "WbRequests", &json!({ "method": "orders", "outcome": outcome })), [1.0]);
        assert!(!values(&lines, "SyncsFinished", &json!({ "outcome": "partial" })).is_empty(), "{outcome}");
    }
    world.clock.advance(TimeDelta::hours(2));
    for method in Method::ALL {
        world.wb.break_times(method, Fault::Status(503), 4);
    }
    world.tick().await;
    assert!(!metrics.values("SyncsFinished", &json!({ "outcome": "failed" })).is_empty());
}

#[tokio::test]
async fn a_sync_that_fails_for_a_reason_of_ours_is_counted_too() {
    let world = World::ready().await;
    let metrics = Metrics::hear();
    world.clock.advance(world::INTERVAL);
    world.tick_now().await;
    let tasks = world.queues.take_sync_tasks();
    world.sync.pool.close().await;
    assert!(world.sync.run(tasks[0].message()).await.is_err());
    assert_eq!(metrics.values("SyncsFinished", &json!({ "outcome": "failed" })), [1.0]);
}

#[tokio::test]
async fn a_tick_says_how_many_cabinets_nobody_syncs() {
    let world = World::ready().await;
    let metrics = Metrics::hear();
    // Ticks go on, and their tasks are lost: whatever the reason, no sync comes to its end.
    let tick = async || {
        world.clock.advance(world::INTERVAL);
        world.tick_now().await;
        world.queues.take_sync_tasks();
        metrics.values("OverdueCabinets", &json!({}))
    };
    for overdue in [0.0, 0.0, 0.0, 0.0, 1.0] {
        assert_eq!(tick().await, [overdue]);
    }
    // This tick still finds it overdue, and its task is done.
    world.tick().await;
    metrics.lines();
    assert_eq!(tick().await, [0.0]);
}

#[tokio::test]
async fn a_tick_says_how_many_cabinets_pause_and_how_much_is_due() {
    let world = World::ready().await;
    let metrics = Metrics::hear();
    world.tick().await;
    let lines = metrics.lines();
    assert_eq!(values(&lines, "PausedCabinets", &json!({})), [0.0]);
    assert_eq!(values(&lines, "PendingNotifications", &json!({})), [0.0]);
    world.wb.refuse_tokens(world.seller, true);
    world.ticks(10).await;
    metrics.lines();
    let due = "UPDATE notification_history SET status = 'pending' WHERE kind = 'token_refused'";
    sqlx::query(due).execute(&world.database.pool).await.unwrap();
    world.tick_now().await;
    let lines = metrics.lines();
    assert_eq!(values(&lines, "PausedCabinets", &json!({})), [1.0]);
    assert_eq!(values(&lines, "PendingNotifications", &json!({})), [1.0]);
}

#[tokio::test]
async fn what_telegram_refuses_is_counted_by_code_and_what_is_given_up_by_kind() {
    let world = World::ready().await;
    let metrics = Metrics::hear();
    for (fault, code) in [
        (TelegramFault::TooManyRequests { seconds: 3 }, "429"),
        (TelegramFault::BadGateway, "5xx"),
        (TelegramFault::Refused { text: "message is too strange".into() }, "400"),
    ] {
        for method in ["sendPhoto", "sendMessage"] {
            world.telegram.break_next(method, fault.clone(), 1).unwrap();
        }
        world.order();
        world.tick().await;
        assert_eq!(metrics.values("TelegramRefusals", &json!({ "code": code })), [1.0], "{code}");
        world.tick().await;
        world.tick().await;
    }
    for method in ["sendPhoto", "sendMessage"] {
        let strange = TelegramFault::Refused { text: "message is too strange".into() };
        world.telegram.break_next(method, strange, 20).unwrap();
    }
    world.order();
    world.ticks(8).await;
    assert_eq!(metrics.values("NotificationsFailed", &json!({ "kind": "new_order" })), [1.0]);
}

#[tokio::test]
async fn what_the_operator_is_told_is_counted_by_kind() {
    let world = World::ready().await;
    let metrics = Metrics::hear();
    world.wb.switch_off(Method::Sales, true);
    world.wb.break_times(Method::Orders, Fault::PaymentRequired, 1);
    world.tick().await;
    let lines = metrics.lines();
    assert_eq!(values(&lines, "OperatorNotices", &json!({ "kind": "gone" })), [1.0]);
    assert_eq!(values(&lines, "OperatorNotices", &json!({ "kind": "payment" })), [1.0]);
    // Each is told once, and counted once.
    world.clock.advance(TimeDelta::hours(2));
    world.tick().await;
    assert_eq!(metrics.values("OperatorNotices", &json!({ "kind": "gone" })), [0.0; 0]);
}

/// Whether AWS itself reports it of a part of this stack.
fn is_of_aws(watched: &Series) -> bool {
    let names: Vec<&str> = watched.dimensions.keys().map(String::as_str).collect();
    match (watched.namespace.as_str(), watched.name.as_str()) {
        ("AWS/SQS", "ApproximateAgeOfOldestMessage" | "ApproximateNumberOfMessagesVisible") => names == ["QueueName"],
        ("AWS/Lambda", "ConcurrentExecutions" | "Duration" | "Errors" | "Invocations" | "Throttles") => matches!(
            names.as_slice(),
            ["FunctionName"] | ["FunctionName", "Resource"] | ["ExecutedVersion", "FunctionName", "Resource"]
        ),
        ("AWS/Lambda", "Url4xxCount" | "Url5xxCount" | "UrlRequestCount" | "UrlRequestLatency") => {
            names == ["FunctionName", "Resource"]
        }
        ("AWS/Lambda", "FailedInvokeEventCount") => names == ["EventSourceMappingUUID"],
        ("AWS/RDS", "CPUUtilization" | "DatabaseConnections" | "FreeStorageSpace" | "FreeableMemory") => {
            names == ["DBInstanceIdentifier"]
        }
        _ => false,
    }
}

/// The series of what was reported: one for each set of dimensions.
fn series(line: &Value) -> Vec<Series> {
    let directive = &line["_aws"]["CloudWatchMetrics"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |set: &Value| Series {
        namespace: text(&directive["Namespace"]),
        name: text(&directive["Metrics"][0]["Name"]),
        dimensions: set.as_array().unwrap().iter().map(|name| (text(name), Some(text(&line[text(name)])))).collect(),
    };
    directive["Dimensions"].as_array().unwrap().iter().map(of).collect()
}

/// Whether we report it: CloudWatch takes a series only with exactly its dimensions.
fn is_reported(watched: &Series, reported: &BTreeSet<Series>) -> bool {
    reported.iter().any(|one| {
        one.namespace == watched.namespace
            && one.name == watched.name
            && one.dimensions.keys().eq(watched.dimensions.keys())
            && one
                .dimensions
                .values()
                .zip(watched.dimensions.values())
                .all(|(is, asked)| asked.is_none() || is == asked)
    })
}

#[tokio::test]
async fn each_alarm_and_each_widget_watches_what_is_reported() {
    let metrics = Metrics::hear();
    let world = World::ready().await;
    for method in ["sendPhoto", "sendMessage"] {
        let strange = TelegramFault::Refused { text: "message is too strange".into() };
        world.telegram.break_next(method, strange, 20).unwrap();
    }
    world.order();
    world.ticks(8).await;
    world.telegram.mend();
    world.order();
    world.wb.switch_off(Method::Sales, true);
    world.tick().await;
    world.clock.advance(TimeDelta::hours(2));
    for method in Method::ALL {
        world.wb.break_times(method, Fault::Status(503), 4);
    }
    world.tick().await;
    // A bot whose token has been revoked.
    let token = "4242:AARevokedRevokedRevokedRevokedRevoked".into();
    let revoked = telegram::Config::new(world.telegram.url().parse().unwrap(), token);
    telegram::Client::new(revoked).unwrap().fetch_me().await.unwrap_err();
    let mut reported: BTreeSet<Series> = metrics.lines().iter().flat_map(series).collect();
    // A message that is reported as failed, and an update that is answered 500.
    for function in ["sync", "webhook", "bot"] {
        let metrics = Metrics::of(function);
        runtime::metrics::count_failure();
        reported.extend(metrics.lines().iter().flat_map(series));
    }

    let alarms = watched::alarms();
    let watches_nothing: Vec<&String> =
        alarms.iter().filter(|(_, series)| series.is_empty()).map(|(id, _)| id).collect();
    assert_eq!(watches_nothing, Vec::<&String>::new());
    let dashboard = watched::dashboard();
    let watched: BTreeSet<&Series> = alarms.values().flatten().chain(&dashboard).collect();
    let silent: Vec<&&Series> = watched.iter().filter(|one| !is_of_aws(one) && !is_reported(one, &reported)).collect();
    assert_eq!(silent, Vec::<&&Series>::new(), "nobody reports these");
    let ours = watched.iter().filter(|one| one.namespace == NAMESPACE).map(|one| one.name.as_str());
    assert_eq!(ours.collect::<BTreeSet<_>>().len(), 17, "every metric of ours is watched");
}
