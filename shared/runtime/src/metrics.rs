//! Metrics, as CloudWatch reads them out of the log: lines in the embedded metric format (EMF).
//!
//! The use cases know nothing of it. They report by an event of `tracing` with the target `metrics`:
//! `metric` is the name, `value` the value (1 unless it is said), every other field a dimension. What is not
//! in [`METRICS`] is no metric, and a dimension that is not named there is left out, so that no cabinet, no
//! person and no article ever becomes one: CloudWatch asks its price for every combination.
//!
//! What an invocation reports is summed up and written at its end: a line per series, not per event.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    io::{Write, stdout},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use chrono::{DateTime, Utc};
use domain::Clock;
use serde_json::{Map, Number, Value, json};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

use crate::{SystemClock, config::variable, process};

/// The target of what use cases report.
pub(crate) const TARGET: &str = "metrics";
/// The target under which sqlx tells each statement, with the time that it took.
const SQL_TARGET: &str = "sqlx::query";
/// The variable that names the namespace of all of them. A stack has one of its own.
const NAMESPACE_VARIABLE: &str = "METRICS_NAMESPACE";
/// The variable in which Lambda says which version of the function this is.
const VERSION_VARIABLE: &str = "AWS_LAMBDA_FUNCTION_VERSION";
/// The version of a process that Lambda has not started, as Lambda calls the newest one.
const DEFAULT_VERSION: &str = "$LATEST";
/// The namespace of a process that no stack has started.
const DEFAULT_NAMESPACE: &str = "WbAssist";
/// CloudWatch takes no more values of a metric in one line.
const LINE_VALUES: usize = 100;
/// More values than the statements of the longest invocation; whoever makes more loses the rest, not memory.
const MAX_VALUES: usize = 5_000;
/// All series of one invocation: the table below allows some 200 when everything happens at once.
const MAX_SERIES: usize = 400;
/// Where a series beyond the limit is counted.
const OTHER: &str = "other";
/// The names in our code are shorter.
const DIMENSION_MAX_CHARS: usize = 40;

/// How the values of one invocation become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// They are added up.
    Count,
    /// Each is kept.
    Distribution,
    /// The last one holds.
    Gauge,
}

/// A metric and its dimensions, of which every value is a name in our code.
#[derive(Debug)]
struct Metric {
    name: &'static str,
    unit: &'static str,
    sort: Sort,
    dimensions: &'static [&'static str],
    /// Fewer dimensions by which it is a series too: an alarm of CloudWatch sums over none by itself.
    sums: &'static [&'static [&'static str]],
}

const fn metric(name: &'static str, unit: &'static str, sort: Sort, dimensions: &'static [&'static str]) -> Metric {
    Metric { name, unit, sort, dimensions, sums: &[] }
}

impl Metric {
    const fn summed_by(self, sums: &'static [&'static [&'static str]]) -> Self {
        Self { sums, ..self }
    }
}

/// All metrics. The dashboard and the alarms of `template.yaml` use these names.
const METRICS: [Metric; 17] = [
    metric("Ticks", "Count", Sort::Count, &[]),
    metric("OverdueCabinets", "Count", Sort::Gauge, &[]),
    metric("PausedCabinets", "Count", Sort::Gauge, &[]),
    metric("PendingNotifications", "Count", Sort::Gauge, &[]),
    metric("OldestDueNotification", "Seconds", Sort::Gauge, &[]),
    metric("PendingUpdates", "Count", Sort::Gauge, &[]),
    metric("WebhookErrors", "Count", Sort::Gauge, &[]),
    metric("WebhookMissing", "Count", Sort::Gauge, &[]),
    metric("SyncsFinished", "Count", Sort::Count, &["outcome"]),
    metric("WbRequests", "Count", Sort::Count, &["method", "outcome"]),
    metric("DeliverySeconds", "Seconds", Sort::Distribution, &[]),
    metric("NotificationsSent", "Count", Sort::Count, &["kind"]),
    metric("NotificationsFailed", "Count", Sort::Count, &["kind"]),
    metric("TelegramRefusals", "Count", Sort::Count, &["code"]),
    metric("OperatorNotices", "Count", Sort::Count, &["kind"]),
    metric("SqlMilliseconds", "Milliseconds", Sort::Distribution, &["function"]),
    metric("Failures", "Count", Sort::Count, &["function", "version"]).summed_by(&[&["function"]]),
];

/// The place of the metric of that name in the table.
fn place(name: &str) -> Option<usize> {
    METRICS.iter().position(|metric| metric.name == name)
}

/// A place in [`METRICS`], and the values of its dimensions.
type Series = (usize, Vec<String>);

/// What was reported and is not written yet.
#[derive(Debug)]
pub struct Recorder {
    function: &'static str,
    version: String,
    namespace: String,
    series: Mutex<BTreeMap<Series, Vec<f64>>>,
}

impl Recorder {
    /// Of this version of the function of this name, for this namespace of CloudWatch.
    #[must_use]
    pub fn new(function: &'static str, version: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self { function, version: version.into(), namespace: namespace.into(), series: Mutex::default() }
    }

    /// The layer of `tracing` that hears what is reported.
    pub fn layer<S>(self: &Arc<Self>) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let heard = Targets::new().with_target(TARGET, Level::INFO).with_target(SQL_TARGET, Level::DEBUG);
        Listener(self.clone()).with_filter(heard)
    }

    /// Takes what was reported, as EMF: one object a line.
    pub fn drain(&self, now: DateTime<Utc>) -> Vec<Value> {
        let series = std::mem::take(&mut *self.series.lock().unwrap_or_else(PoisonError::into_inner));
        let lines = series.into_iter().flat_map(|((place, dimensions), values)| {
            let metric = &METRICS[place];
            let lines: Vec<Value> =
                values.chunks(LINE_VALUES).map(|values| self.render(metric, &dimensions, values, now)).collect();
            lines
        });
        lines.collect()
    }

    /// Whether the metric was reported with this for its only dimension.
    fn has(&self, name: &str, dimension: &str) -> bool {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        place(name).is_some_and(|place| series.contains_key(&(place, vec![dimension.to_owned()])))
    }

    fn report(&self, place: usize, mut dimensions: Vec<String>, value: f64) {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        if series.len() >= MAX_SERIES && !series.contains_key(&(place, dimensions.clone())) {
            dimensions.iter_mut().for_each(|value| OTHER.clone_into(value));
        }
        let values = series.entry((place, dimensions)).or_default();
        match (METRICS[place].sort, values.as_mut_slice()) {
            (Sort::Count, [sum]) => *sum += value,
            (Sort::Gauge, [last]) => *last = value,
            (_, held) if held.len() >= MAX_VALUES => {}
            _ => values.push(value),
        }
    }

    fn render(&self, metric: &Metric, dimensions: &[String], values: &[f64], now: DateTime<Utc>) -> Value {
        let mut line = Map::new();
        let definition = json!({ "Name": metric.name, "Unit": metric.unit });
        let sets: Vec<_> = std::iter::once(&metric.dimensions).chain(metric.sums).collect();
        let directive = json!({ "Namespace": self.namespace, "Dimensions": sets, "Metrics": [definition] });
        let directives = json!({ "Timestamp": now.timestamp_millis(), "CloudWatchMetrics": [directive] });
        line.insert("_aws".to_owned(), directives);
        for (name, value) in metric.dimensions.iter().zip(dimensions) {
            line.insert((*name).to_owned(), json!(value));
        }
        let value = match values {
            [one] => number(*one),
            many => many.iter().copied().map(number).collect(),
        };
        line.insert(metric.name.to_owned(), value);
        Value::Object(line)
    }
}

/// A value with three decimals: a thousandth of a millisecond is as fine as anybody looks.
fn number(value: f64) -> Value {
    Number::from_f64((value * 1_000.0).round() / 1_000.0).map_or(Value::Null, Value::Number)
}

/// Hears events and hands on what is a metric.
struct Listener(Arc<Recorder>);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if event.metadata().target() == SQL_TARGET {
            let Some(seconds) = fields.elapsed_secs else { return };
            "SqlMilliseconds".clone_into(&mut fields.metric);
            fields.value = Some(seconds * 1_000.0);
        }
        let found = place(&fields.metric);
        debug_assert!(found.is_some(), "{:?} is no metric", fields.metric);
        let Some(place) = found else { return };
        let value_of = |name: &&str| match *name {
            "function" => self.0.function.to_owned(),
            "version" => self.0.version.clone(),
            name => fields.dimensions.remove(name).unwrap_or_else(|| OTHER.to_owned()),
        };
        let dimensions = METRICS[place].dimensions.iter().map(value_of).collect();
        self.0.report(place, dimensions, fields.value.unwrap_or(1.0));
    }
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    metric: String,
    value: Option<f64>,
    elapsed_secs: Option<f64>,
    dimensions: BTreeMap<&'static str, String>,
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        match field.name() {
            "value" => self.value = Some(value),
            "elapsed_secs" => self.elapsed_secs = Some(value),
            _ => {}
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record_f64(field, value as f64);
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record_f64(field, value as f64);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "metric" {
            value.clone_into(&mut self.metric);
        } else {
            self.dimensions.insert(field.name(), value.chars().take(DIMENSION_MAX_CHARS).collect());
        }
    }

    /// What is no plain value is no dimension either: sqlx's statements come here.
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// The recorder of the process, and whether CloudWatch reads its lines.
static RECORDER: OnceLock<(Arc<Recorder>, bool)> = OnceLock::new();

/// Begins to record. What is recorded is written where CloudWatch reads it.
pub(crate) fn start(function: &'static str, is_written: bool) -> Arc<Recorder> {
    let named = |name, default: &str| variable(name).unwrap_or_else(|| default.to_owned());
    let version = || named(VERSION_VARIABLE, DEFAULT_VERSION);
    let namespace = || named(NAMESPACE_VARIABLE, DEFAULT_NAMESPACE);
    let recorder = || (Arc::new(Recorder::new(function, version(), namespace())), is_written);
    RECORDER.get_or_init(recorder).0.clone()
}

/// Counts a message or an update that failed. Lambda itself takes such an invocation for a good one: it returned.
pub fn count_failure() {
    tracing::info!(target: TARGET, metric = "Failures");
}

/// Whether Telegram has refused the bot's token since the last [`flush`].
pub(crate) fn telegram_refused_the_token() -> bool {
    RECORDER.get().is_some_and(|(recorder, _)| recorder.has("TelegramRefusals", "401"))
}

/// Writes what this invocation has reported; its end is the moment to do so, because the process is frozen
/// after it.
pub(crate) fn flush() {
    let Some((recorder, is_written)) = RECORDER.get() else { return };
    let mut lines = recorder.drain(SystemClock.now());
    if !is_written {
        return;
    }
    process::describe(&mut lines);
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    // Whoever cannot write a line has no place to say so.
    let _unread = stdout().lock().write_all(lines.as_bytes());
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::NoSubscriber;
    use tracing_subscriber::{layer::SubscriberExt, registry};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T09:00:00Z".parse().unwrap()
    }

    /// What is written of what this reports.
    fn written(report: impl FnOnce()) -> Vec<Value> {
        let recorder = Arc::new(Recorder::new("sync", "7", "WbAssist/stack"));
        // With one subscriber `tracing` asks the thread that comes first whether a line is wanted.
        let _second = tracing::Dispatch::new(NoSubscriber::new());
        tracing::subscriber::with_default(registry().with(recorder.layer()), report);
        let lines = recorder.drain(now());
        assert_eq!(recorder.drain(now()), Vec::<Value>::new(), "each is written once");
        lines
    }

    #[test]
    fn a_line_has_the_embedded_metric_format() {
        let lines = written(|| {
            tracing::info!(target: "metrics", metric = "WbRequests", method = "orders", outcome = "ok");
            tracing::info!(target: "metrics", metric = "WbRequests", method = "orders", outcome = "ok");
        });
        let expected = json!({
            "_aws": {
                "Timestamp": 1_795_338_000_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "WbAssist/stack",
                    "Dimensions": [["method", "outcome"]],
                    "Metrics": [{ "Name": "WbRequests", "Unit": "Count" }],
                }],
            },
            "method": "orders",
            "outcome": "ok",
            "WbRequests": 2.0,
        });
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn failures_are_counted_by_function_and_version() {
        let lines = written(|| (0..2).for_each(|_| count_failure()));
        assert_eq!(lines.len(), 1);
        let series = (&lines[0]["Failures"], &lines[0]["function"], &lines[0]["version"]);
        assert_eq!(series, (&json!(2.0), &json!("sync"), &json!("7")));
        let sets = &lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(sets, &json!([["function", "version"], ["function"]]), "by version, and of all versions");
    }

    #[test]
    fn a_refused_token_is_seen_before_it_is_written() {
        let recorder = Arc::new(Recorder::new("webhook", "7", "WbAssist/stack"));
        let _second = tracing::Dispatch::new(NoSubscriber::new());
        let refused = |code| {
            let report = || tracing::info!(target: "metrics", metric = "TelegramRefusals", code);
            tracing::subscriber::with_default(registry().with(recorder.layer()), report);
            recorder.has("TelegramRefusals", "401")
        };
        assert_eq!([refused("429"), refused("401")], [false, true]);
        recorder.drain(now());
        assert!(!recorder.has("TelegramRefusals", "401"));
    }

    #[test]
    fn counts_are_summed_gauges_replaced_and_distributions_kept() {
        let lines = written(|| {
            for value in [3, 5] {
                tracing::info!(target: "metrics", metric = "NotificationsSent", kind = "digest", value);
                tracing::info!(target: "metrics", metric = "PausedCabinets", value);
                tracing::info!(target: "metrics", metric = "DeliverySeconds", value);
            }
        });
        let value = |name: &str| lines.iter().find_map(|line| line.get(name)).unwrap();
        assert_eq!(value("NotificationsSent"), &json!(8.0));
        assert_eq!(value("PausedCabinets"), &json!(5.0));
        assert_eq!(value("DeliverySeconds"), &json!([3.0, 5.0]));
        let no_dimension = lines.iter().find(|line| line.get("DeliverySeconds").is_some()).unwrap();
        assert_eq!(no_dimension["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    }

    #[test]
    fn what_is_no_dimension_of_the_table_becomes_none() {
        let lines = written(|| {
            tracing::info!(target: "metrics", metric = "SyncsFinished", outcome = "ok", cabinet = "7", nm_id = 12);
            tracing::info!("a line of the log");
        });
        assert_eq!(lines.len(), 1);
        let keys: Vec<&String> = lines[0].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["SyncsFinished", "_aws", "outcome"]);
    }

    #[test]
    fn a_line_has_at_most_a_hundred_values_and_a_flood_of_series_ends_as_one() {
        let lines = written(|| {
            (0..250).for_each(|value| tracing::info!(target: "metrics", metric = "DeliverySeconds", value));
            for kind in 0..2 * MAX_SERIES {
                let kind = kind.to_string();
                tracing::info!(target: "metrics", metric = "NotificationsSent", kind = kind.as_str());
            }
        });
        let delivered = lines.iter().filter_map(|line| line.get("DeliverySeconds"));
        assert_eq!(delivered.map(|values| values.as_array().unwrap().len()).collect::<Vec<_>>(), [100, 100, 50]);
        let kinds: Vec<&Value> = lines.iter().filter_map(|line| line.get("kind")).collect();
        assert_eq!(kinds.len(), MAX_SERIES);
        assert_eq!(kinds.iter().filter(|kind| **kind == OTHER).count(), 1);
    }

    #[test]
    fn the_time_of_a_statement_is_counted_and_its_text_is_not_read() {
        let lines = written(|| {
            tracing::debug!(target: "sqlx::query", summary = "SELECT 1", elapsed_secs = 0.0125);
            tracing::trace!(target: "sqlx::query", elapsed_secs = 1.0);
        });
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["SqlMilliseconds"], &lines[0]["function"]), (&json!(12.5), &json!("sync")));
        assert!(!lines[0].to_string().contains("SELECT"));
    }
}
