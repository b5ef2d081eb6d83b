//! What a month costs: the formula of docs/cost.md with what `billed` has measured and what `template.yaml` says.

use std::{fs, path::Path};

use serde_norway::Value;

use crate::figures::Figures;

// List prices of eu-central-1 in dollars, as they were known in November 2026. docs/cost.md says what is not billed here.
const GB_SECOND: f64 = 1.333_34e-5;
const INVOCATION: f64 = 2e-7;
const SQS_REQUEST: f64 = 0.40e-6;
const FAIR_SQS_REQUEST: f64 = 0.50e-6;
const EVENT: f64 = 1e-6;
const LOG_GB: f64 = 0.63;
const LOG_GB_KEPT: f64 = 0.032;
const METRIC: f64 = 0.30;
/// Each metric that an alarm looks at; a composite alarm has a price of its own.
const ALARM_METRIC: f64 = 0.10;
const COMPOSITE_ALARM: f64 = 0.50;
const DASHBOARD: f64 = 3.0;
/// The vault's key, five secrets, and what starting processes ask of them.
const KEYS: f64 = 1.0 + 5.0 * 0.40 + 0.10;
const EGRESS_GB: f64 = 0.09;
const ZONE_GB: f64 = 0.02;
/// An instance of db.t4g.micro and 20 GB. The backups of a week are within what comes with it.
const DATABASE: f64 = 13.87 + 20.0 * 0.137;
const ADDRESS: f64 = 3.65;
const NAT: f64 = 37.96;
const NAT_GB: f64 = 0.052;

const MONTH_S: f64 = 2_592_000.0;
/// A whole processor at Lambda. A function with less memory gets as much less of one.
const PROCESSOR_MB: f64 = 1_769.0;
/// How long WB took when `billed` was measured, and how often a sync waits for it: orders and sales come one after the other.
const MEASURED_LATENCY_S: f64 = 0.3;
const WAITS: f64 = 2.0;
/// The interval and the spread of a deployment that says nothing.
const INTERVAL_S: f64 = 180.0;
const SPREAD_S: f64 = 60.0;
/// The default of the setting `SyncWindow`.
const WINDOW_S: f64 = 5.0;
/// The default of the setting `SyncConcurrency`, where the template has it as a setting.
const CONCURRENCY: f64 = 8.0;
/// With this many pollers Lambda begins to ask a queue; each asks it every 20 s while it is empty.
const POLLERS: f64 = 5.0;
const IDLE_QUEUE: f64 = POLLERS * MONTH_S / 20.0 * SQS_REQUEST;
/// Metrics that are reported in every hour, and those that come now and then, say in one hour of a day.
const STEADY_SERIES: f64 = 28.0;
const RARE_SERIES: f64 = 40.0;
/// A line of metrics.
const METRIC_BYTES: f64 = 230.0;
/// Notifications and taps of a cabinet in a month.
const NOTIFICATIONS: f64 = 50.0 * 30.0;
const TAPS: f64 = 20.0 * 30.0;
/// An invocation of webhook, of bot or of fanout: a few statements and, but for fanout, a call to Telegram.
const SHORT_S: f64 = 0.35;
/// What such an invocation writes into the log, metrics included.
const SHORT_BYTES: f64 = 900.0;
/// What a sync sends to WB, gets from it, and exchanges with the database.
const ASKED_BYTES: f64 = 5e3;
const ANSWERED_BYTES: f64 = 30e3;
const DATABASE_BYTES: f64 = 12e3;

/// What `billed` has measured.
pub struct Measured {
    /// A sync by itself.
    pub alone_s: f64,
    /// Ten of them in one invocation.
    pub batch_s: f64,
    /// Bytes of the log of a sync.
    pub log_bytes: f64,
    /// Series of metrics that an invocation reports.
    pub series: usize,
}

/// What the template says.
#[derive(Clone, Copy, Debug)]
struct Deployed {
    memory_mb: f64,
    batch: f64,
    window_s: f64,
    concurrency: f64,
    /// Metrics that alarms look at.
    alarm_metrics: f64,
}

impl Deployed {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let template: Value = serde_norway::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let sync = &template["Resources"]["Sync"]["Properties"];
        let tasks = &sync["Events"]["SyncTasks"]["Properties"];
        let alarms = template["Resources"].as_mapping().unwrap().values();
        let alarms =
            alarms.filter(|part| part["Type"] == "AWS::CloudWatch::Alarm" && part["Condition"] != "RoutesEvents");
        Self {
            memory_mb: sync["MemorySize"].as_f64().unwrap(),
            batch: tasks["BatchSize"].as_f64().unwrap(),
            window_s: WINDOW_S,
            concurrency: tasks["ScalingConfig"]["MaximumConcurrency"].as_f64().unwrap_or(CONCURRENCY),
            alarm_metrics: alarms.map(metrics_of_alarm).sum(),
        }
    }
}

/// A query counts for what it finds; `OperatorNoticed` finds nothing in a month without trouble.
#[expect(clippy::cast_precision_loss, reason = "an alarm has at most ten")]
fn metrics_of_alarm(alarm: &Value) -> f64 {
    match alarm["Properties"]["Metrics"].as_sequence() {
        Some(metrics) => metrics.iter().filter(|metric| !metric["MetricStat"].is_null()).count() as f64,
        None => 1.0,
    }
}

/// The dollars of a month.
#[derive(Clone, Copy, Debug, Default)]
struct Month {
    batch: f64,
    /// Of `MaximumConcurrency`, while the tasks of a tick come.
    in_flight: f64,
    sync: f64,
    others: f64,
    queues: f64,
    logs: f64,
    watching: f64,
    egress: f64,
    network: f64,
}

impl Month {
    #[expect(clippy::cast_precision_loss, reason = "a handful of series")]
    fn of(cabinets: f64, latency_s: f64, deployed: Deployed, measured: &Measured) -> Self {
        let syncs = cabinets * MONTH_S / INTERVAL_S;
        let ticks = MONTH_S / INTERVAL_S;
        let (batch, in_flight) = batches(cabinets, latency_s, deployed, measured);
        let seconds = invocation_s(batch, latency_s, deployed, measured);
        let invocations = syncs / batch;
        let (notifications, taps) = (cabinets * NOTIFICATIONS, cabinets * TAPS);
        let short = SHORT_S * 0.25 * GB_SECOND + INVOCATION;
        let log_gb = (syncs * measured.log_bytes
            + invocations * measured.series as f64 * METRIC_BYTES
            + (notifications + taps + ticks) * SHORT_BYTES)
            / 1e9;
        let (asked_gb, answered_gb) = (syncs * ASKED_BYTES / 1e9, syncs * ANSWERED_BYTES / 1e9);
        Self {
            batch,
            in_flight,
            sync: invocations * (seconds * deployed.memory_mb / 1_024.0 * GB_SECOND + INVOCATION),
            others: (notifications + taps + ticks) * short + notifications * EVENT,
            queues: (syncs / 10.0 + 2.0 * invocations) * SQS_REQUEST
                + notifications * 2.1 * FAIR_SQS_REQUEST
                + 2.0 * IDLE_QUEUE,
            logs: log_gb * (LOG_GB + LOG_GB_KEPT),
            watching: (STEADY_SERIES + RARE_SERIES / 24.0) * METRIC
                + deployed.alarm_metrics * ALARM_METRIC
                + COMPOSITE_ALARM
                + DASHBOARD,
            egress: asked_gb * EGRESS_GB,
            network: NAT + ADDRESS + (asked_gb + answered_gb) * NAT_GB + syncs * DATABASE_BYTES / 1e9 / 2.0 * ZONE_GB,
        }
    }

    /// Without database and network.
    fn own(&self) -> f64 {
        self.sync + self.others + self.queues + self.logs + self.watching + self.egress + KEYS
    }
}

/// How many tasks an invocation gets, and how many invocations are at work: tasks are gathered within the window, by
/// poller, or because all invocations that are allowed are at work.
fn batches(cabinets: f64, latency_s: f64, deployed: Deployed, measured: &Measured) -> (f64, f64) {
    let a_second = cabinets / SPREAD_S;
    let gathered = a_second * deployed.window_s / POLLERS.min(deployed.concurrency);
    let needed = |batch| a_second * invocation_s(batch, latency_s, deployed, measured);
    let mut batch = gathered.clamp(1.0, deployed.batch);
    // Larger batches take longer, so a few rounds find where the two agree.
    for _ in 0..20 {
        batch = (needed(batch) / deployed.concurrency).max(gathered).clamp(1.0, deployed.batch);
    }
    (batch, needed(batch) / batch)
}

/// How long an invocation of so many tasks takes at Lambda: it waits for WB as long as WB takes, and whatever else was
/// measured here, on a whole processor, takes as much longer as it gets less of one.
fn invocation_s(batch: f64, latency_s: f64, deployed: Deployed, measured: &Measured) -> f64 {
    let share = if deployed.batch > 1.0 { (batch - 1.0) / (deployed.batch - 1.0) } else { 0.0 };
    let here = measured.alone_s + (measured.batch_s - measured.alone_s).max(0.0) * share;
    let busy = (here - WAITS * MEASURED_LATENCY_S).max(0.0);
    WAITS * latency_s + busy * (PROCESSOR_MB / deployed.memory_mb).max(1.0)
}

/// Adds the figures of a month, and prints the table of docs/cost.md.
pub fn add_cost(figures: &mut Figures, measured: &Measured) {
    let deployed = Deployed::read();
    println!("\n{:.0} bytes of log a sync, {} series an invocation, {deployed:?}", measured.log_bytes, measured.series);
    println!("cabinets  WB s  batch  in flight   sync  others  queues  logs  watching  egress  own  network    all");
    for (cabinets, latency_s) in [(1.0, 0.3), (1.0, 2.0), (100.0, 0.3), (100.0, 2.0), (1_000.0, 0.3), (1_000.0, 2.0)] {
        let month = Month::of(cabinets, latency_s, deployed, measured);
        let Month { batch, in_flight, sync, others, queues, logs, watching, egress, network } = month;
        let (own, all) = (month.own(), month.own() + network + DATABASE);
        println!(
            "{cabinets:>8}  {latency_s:>4.1}  {batch:>5.1}  {in_flight:>9.1}  {sync:>5.1}  {others:>6.1}  {queues:>6.1}  \
             {logs:>4.1}  {watching:>8.1}  {egress:>6.1}  {own:>5.1}  {network:>6.1}  {all:>6.1}"
        );
    }
    let month = |latency_s| Month::of(1_000.0, latency_s, deployed, measured);
    let (quick, slow) = (month(MEASURED_LATENCY_S), month(2.0));
    figures.measured("cost.per_1000", quick.own(), "$", 16.0);
    figures.measured("cost.per_1000_slow", slow.own(), "$", 16.0);
    figures.measured("cost.per_1000_all", quick.own() + quick.network + DATABASE, "$", 32.0);
}

#[test]
fn a_window_and_a_queue_that_waits_both_fill_a_batch() {
    let measured = Measured { alone_s: 1.0, batch_s: 1.9, log_bytes: 300.0, series: 8 };
    // With a whole processor an invocation takes as long as it was measured.
    let deployed =
        Deployed { memory_mb: PROCESSOR_MB, batch: 10.0, window_s: 0.0, concurrency: 10.0, alarm_metrics: 42.0 };
    let batch = |cabinets, window_s| batches(cabinets, 0.3, Deployed { window_s, ..deployed }, &measured).0;
    assert!((batch(60.0, 0.0) - 1.0).abs() < 1e-9, "one a second is served at once");
    assert!((batch(60.0, 10.0) - 2.0).abs() < 1e-9, "ten seconds of one a second, shared by five pollers");
    assert!(batch(1_000.0, 0.0) > 1.5 && batch(1_000.0, 0.0) < 3.0, "ten invocations are not enough");
    assert!((batch(10_000.0, 5.0) - 10.0).abs() < 1e-9, "a batch has a size");
    let own = |cabinets, latency_s, window_s| {
        Month::of(cabinets, latency_s, Deployed { window_s, ..deployed }, &measured).own()
    };
    assert!(own(1_000.0, 0.3, 5.0) < own(1_000.0, 0.3, 0.0), "fuller batches cost less");
    assert!(own(2_000.0, 0.3, 0.0) > own(1_000.0, 0.3, 0.0));
    assert!(own(1_000.0, 2.0, 5.0) > own(1_000.0, 0.3, 5.0), "where batches are full a slow WB costs");
}

#[test]
fn a_sixth_of_a_processor_takes_six_times_as_long_for_its_own_work_and_no_longer_for_wb() {
    let measured = Measured { alone_s: 0.7, batch_s: 0.9, log_bytes: 0.0, series: 0 };
    let deployed =
        Deployed { memory_mb: PROCESSOR_MB / 6.0, batch: 10.0, window_s: 5.0, concurrency: 10.0, alarm_metrics: 0.0 };
    let seconds = |batch, latency_s| invocation_s(batch, latency_s, deployed, &measured);
    assert!((seconds(1.0, 0.3) - 1.2).abs() < 1e-9, "0.6 s of waiting, and six times 0.1 s");
    assert!((seconds(10.0, 2.0) - 5.8).abs() < 1e-9, "4 s of waiting, and six times 0.3 s");
}

#[test]
fn the_alarms_of_the_template_are_counted_by_what_they_look_at() {
    let deployed = Deployed::read();
    assert!((20.0..100.0).contains(&deployed.alarm_metrics), "{deployed:?}");
}
