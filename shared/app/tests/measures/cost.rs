//! What a month costs: the formula of docs/cost.md with what `billed` has measured and what `template.yaml` says.

use std::{fs, path::Path};

use crate::figures::Figures;

/// List prices of us-east-1 in dollars, of November 2026 (docs/cost.md names each).
const GB_SECOND: f64 = 1.333_34e-5;
const INVOCATION: f64 = 2e-7;
const SQS_REQUEST: f64 = 0.40e-6;
const FAIR_SQS_REQUEST: f64 = 0.50e-6;
const LOG_GB: f64 = 0.50;
const METRIC: f64 = 0.30;
/// KMS, one secret, and the requests of starts.
const KEYS: f64 = 1.8;
/// A queue that is empty is asked all the time: five pollers, every 20 s.
const IDLE_QUEUE: f64 = 0.26;
/// A public address instead of a NAT gateway.
const LEAN_NETWORK: f64 = 3.65;
/// db.t4g.micro with 20 GB.
const LEAN_DATABASE: f64 = 14.0;

const MONTH_S: f64 = 2_592_000.0;
/// Notifications of a cabinet in a day.
const NOTIFICATIONS: f64 = 50.0;
/// An invocation of webhook: two statements and a call to Telegram.
const NOTIFICATION_S: f64 = 0.35;
/// The interval and the spread of a deployment that says nothing.
const INTERVAL_S: f64 = 180.0;
const SPREAD_S: f64 = 60.0;
/// With this many pollers Lambda begins to ask a queue.
const POLLERS: f64 = 5.0;
/// A line of metrics.
const METRIC_BYTES: f64 = 230.0;
/// Different series that a deployment reports in a month: CloudWatch asks its price for each.
const SERIES_A_MONTH: f64 = 70.0;

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

/// What the template says of the function `Sync`.
#[derive(Clone, Copy, Debug)]
struct Deployed {
    memory_gb: f64,
    batch: f64,
    window_s: f64,
    concurrency: f64,
}

impl Deployed {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let text = fs::read_to_string(path).unwrap();
        let section = |from: &str, to: &str| text.split(from).nth(1).unwrap().split(to).next().unwrap();
        let of_sync = section("\n  Sync:\n", "\n  Webhook:\n");
        let value = |text: &str, name: &str| -> Option<f64> {
            let rest = text.split(&format!("{name}: ")).nth(1)?;
            rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
        };
        let everywhere = value(&text, "MemorySize").unwrap();
        Self {
            memory_gb: value(of_sync, "MemorySize").unwrap_or(everywhere) / 1_024.0,
            batch: value(of_sync, "BatchSize").unwrap(),
            window_s: value(section("\n  SyncWindow:\n", "\n  InitialSyncDays:\n"), "Default").unwrap(),
            concurrency: value(of_sync, "MaximumConcurrency").unwrap(),
        }
    }
}

/// The dollars of a month.
#[derive(Clone, Copy, Debug, Default)]
struct Month {
    batch: f64,
    sync: f64,
    queues: f64,
    notifications: f64,
    logs: f64,
    metrics: f64,
}

impl Month {
    fn of(cabinets: f64, deployed: Deployed, measured: &Measured) -> Self {
        let syncs = cabinets * MONTH_S / INTERVAL_S;
        let batch = effective_batch(cabinets, deployed, measured);
        let seconds = invocation_s(batch, deployed, measured);
        let invocations = syncs / batch;
        let notifications = cabinets * NOTIFICATIONS * 30.0;
        let of_notifications = NOTIFICATION_S * 0.25 * GB_SECOND + INVOCATION + 2.1 * FAIR_SQS_REQUEST;
        let bytes = syncs * measured.log_bytes + invocations * measured.series as f64 * METRIC_BYTES;
        Self {
            batch,
            sync: invocations * (seconds * deployed.memory_gb * GB_SECOND + INVOCATION)
                + MONTH_S / INTERVAL_S * INVOCATION,
            queues: (syncs / 10.0 + 2.0 * invocations) * SQS_REQUEST + 2.0 * IDLE_QUEUE,
            notifications: notifications * of_notifications,
            logs: bytes / 1e9 * LOG_GB,
            metrics: SERIES_A_MONTH * METRIC,
        }
    }

    /// Without database and network. The metrics are as many for one cabinet as for ten thousand.
    fn own(&self) -> f64 {
        self.sync + self.queues + self.notifications + self.logs + KEYS
    }
}

/// How many tasks an invocation gets: those that arrive within the window, by poller, or those that have gathered
/// because all invocations that are allowed are at work.
fn effective_batch(cabinets: f64, deployed: Deployed, measured: &Measured) -> f64 {
    let a_second = cabinets / SPREAD_S;
    let gathered = a_second * deployed.window_s / POLLERS.min(deployed.concurrency);
    let mut batch = gathered.clamp(1.0, deployed.batch);
    // Larger batches take longer, so a few rounds find where the two agree.
    for _ in 0..20 {
        let backlog = a_second * invocation_s(batch, deployed, measured) / deployed.concurrency;
        batch = backlog.max(gathered).clamp(1.0, deployed.batch);
    }
    batch
}

/// How long an invocation of so many tasks takes, between what was measured for one and for ten.
fn invocation_s(batch: f64, deployed: Deployed, measured: &Measured) -> f64 {
    let share = if deployed.batch > 1.0 { (batch - 1.0) / (deployed.batch - 1.0) } else { 0.0 };
    measured.alone_s + (measured.batch_s - measured.alone_s).max(0.0) * share
}

/// Adds the figures of a month, and prints the tables of docs/cost.md.
pub fn add_cost(figures: &mut Figures, measured: &Measured) {
    let deployed = Deployed::read();
    println!("\n{:.0} bytes of log a sync, {} series an invocation", measured.log_bytes, measured.series);
    print_table("as deployed", deployed, measured);
    print_table("with SyncWindow=0", Deployed { window_s: 0.0, ..deployed }, measured);
    let month = Month::of(1_000.0, deployed, measured);
    figures.measured("cost.per_1000", month.own(), "$", 16.0);
    figures.measured("cost.per_1000_all", month.own() + LEAN_DATABASE + LEAN_NETWORK, "$", 32.0);
}

fn print_table(title: &str, deployed: Deployed, measured: &Measured) {
    println!("\n{title}: {deployed:?}");
    println!("cabinets  batch   sync  queues  notify  logs  own     with metrics, database, network");
    for cabinets in [100.0, 1_000.0, 10_000.0] {
        let month = Month::of(cabinets, deployed, measured);
        let Month { batch, sync, queues, notifications, logs, metrics } = month;
        let all = month.own() + metrics + LEAN_DATABASE + LEAN_NETWORK;
        println!(
            "{cabinets:>8}  {batch:>5.1}  {sync:>5.1}  {queues:>6.1}  {notifications:>6.1}  {logs:>4.1}  {:>6.1}  {all:>6.1}",
            month.own()
        );
    }
}

#[test]
fn a_window_and_a_queue_that_waits_both_fill_a_batch() {
    let measured = Measured { alone_s: 1.0, batch_s: 1.9, log_bytes: 300.0, series: 8 };
    let deployed = Deployed { memory_gb: 0.25, batch: 10.0, window_s: 0.0, concurrency: 10.0 };
    let batch = |cabinets, window_s| effective_batch(cabinets, Deployed { window_s, ..deployed }, &measured);
    assert!((batch(60.0, 0.0) - 1.0).abs() < 1e-9, "one a second is served at once");
    assert!((batch(60.0, 10.0) - 2.0).abs() < 1e-9, "ten seconds of one a second, shared by five pollers");
    assert!(batch(1_000.0, 0.0) > 1.5 && batch(1_000.0, 0.0) < 3.0, "ten invocations are not enough");
    assert!((batch(10_000.0, 5.0) - 10.0).abs() < 1e-9, "a batch has a size");
    let month = |window_s| Month::of(1_000.0, Deployed { window_s, ..deployed }, &measured);
    assert!(month(5.0).own() < month(0.0).own(), "fuller batches cost less");
    assert!(Month::of(2_000.0, deployed, &measured).own() > month(0.0).own());
}
