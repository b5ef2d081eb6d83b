//! Random histories of a shop, on a bad day of everybody, against the oracle: nothing lost, nothing
//! told twice.
//!
//! `CHAOS_HISTORIES` histories are played (200 unless set) from the seed `CHAOS_SEED` on. One that
//! fails is made short and printed with its name; `CHAOS_REPLAY=NAME` plays it again, and
//! `CHAOS_VERBOSE=1` prints all that happened in it. `CHAOS_STOP=1` ends with the first that fails,
//! as it is. With `CHAOS_JSON=1` each figure is a line of JSON.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod mortal;
mod plan;
mod play;
mod queue;
mod reading;
mod settings;
mod world;

use std::{
    collections::BTreeSet,
    fmt::Write,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use serde_json::json;
use testkit::oracle::{Entry, Source};

use crate::{
    plan::Plan,
    play::{Played, play},
    world::Deployment,
};

/// Histories played unless `CHAOS_HISTORIES` says otherwise.
const HISTORIES: u64 = 200;
/// The first seed unless `CHAOS_SEED` says otherwise: the same for everybody, so that a change that
/// breaks a history breaks it everywhere.
const SEED: u64 = 20_261_122;
/// Failing histories that are made short and printed; the others are only counted.
const SHOWN: usize = 3;

#[test]
fn nothing_is_lost_and_nothing_is_told_twice() {
    if let Some(name) = variable("CHAOS_REPLAY") {
        let plan = Plan::parse(&name).expect("CHAOS_REPLAY is SEED or SEED:STEP,STEP");
        let (runtime, deployment) = worker();
        let played = runtime.block_on(play(&plan, &deployment));
        println!("{}", describe(&plan, &played));
        assert!(played.is_good(), "the history {name} fails");
        return;
    }
    let number = |name| variable(name).map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")));
    let (histories, first) = (number("CHAOS_HISTORIES").unwrap_or(HISTORIES), number("CHAOS_SEED").unwrap_or(SEED));
    let report = run(first, histories);
    println!("{report}");
    assert!(report.failed.is_empty(), "{} of {histories} histories fail", report.failed.len());
}

/// What all histories came to.
#[derive(Default)]
struct Report {
    first: u64,
    histories: u64,
    told: usize,
    lost: usize,
    spurious: usize,
    doubled: usize,
    forgiven: usize,
    /// Choices that people made, and events that came in a digest: whether there was something to judge.
    choices: usize,
    digested: usize,
    /// Readings of the reports of orders and of the order feed, and how often one was laid over the other
    /// and not believed; gaps too long to be told.
    reports: usize,
    feeds: usize,
    disagreements: usize,
    gaps: usize,
    milliseconds: u128,
    failed: BTreeSet<u64>,
    shown: Vec<String>,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for shown in &self.shown {
            writeln!(f, "{shown}\n")?;
        }
        let Self {
            first,
            histories,
            told,
            lost,
            spurious,
            doubled,
            forgiven,
            choices,
            digested,
            reports,
            feeds,
            disagreements,
            gaps,
            milliseconds,
            failed,
            ..
        } = self;
        writeln!(f, "seed {first}, {histories} histories, {told} tellings, {milliseconds} ms a history")?;
        let is_json = variable("CHAOS_JSON").is_some();
        // A target of `None` is a figure that is only told.
        for (name, value, target) in [
            ("chaos.histories", *histories, None),
            ("chaos.lost", *lost as u64, Some(0)),
            ("chaos.spurious", *spurious as u64, Some(0)),
            ("chaos.doubled_outside_window", *doubled as u64, Some(0)),
            ("chaos.doubled_inside_window", *forgiven as u64, None),
            ("chaos.choices", *choices as u64, None),
            ("chaos.told_in_digests", *digested as u64, None),
            ("chaos.readings_of_reports", *reports as u64, None),
            ("chaos.readings_of_the_feed", *feeds as u64, None),
            ("chaos.disagreements", *disagreements as u64, None),
            ("chaos.silent_gaps", *gaps as u64, None),
            ("chaos.failed", failed.len() as u64, Some(0)),
        ] {
            if is_json {
                let ok = target.is_none_or(|target| value <= target);
                let figure = json!({"name": name, "value": value, "unit": "", "target": target, "ok": ok});
                writeln!(f, "{figure}")?;
            } else {
                writeln!(f, "{name} = {value}")?;
            }
        }
        write!(f, "failing seeds: {failed:?}")
    }
}

/// Plays histories on every core, each worker in a database of its own.
fn run(first: u64, histories: u64) -> Report {
    let next = AtomicU64::new(first);
    let stops = variable("CHAOS_STOP").is_some();
    let report = Mutex::new(Report { first, histories, ..Report::default() });
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let (runtime, deployment) = worker();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + histories || (stops && !report.lock().unwrap().failed.is_empty()) {
                        return;
                    }
                    let plan = Plan::of(seed);
                    let played = runtime.block_on(play(&plan, &deployment));
                    let is_shown = {
                        let mut report = report.lock().unwrap();
                        report.told += played.verdict.told;
                        report.lost += played.verdict.lost.len();
                        report.spurious += played.verdict.spurious.len();
                        report.doubled += played.verdict.doubled.len();
                        report.forgiven += played.verdict.forgiven;
                        let is_choice = |entry: &&Entry| matches!(entry, Entry::Chose { .. } | Entry::Switched { .. });
                        report.choices += played.entries.iter().filter(is_choice).count();
                        let digests = played.tellings.iter().filter(|telling| telling.is_digest);
                        report.digested += digests.map(|digest| digest.events.len()).sum::<usize>();
                        let read = |wanted: Source| {
                            let is_one =
                                |entry: &&Entry| matches!(entry, Entry::Looked { source, .. } if *source == wanted);
                            played.entries.iter().filter(is_one).count()
                        };
                        report.reports += read(Source::Orders);
                        report.feeds += read(Source::OrderFeed);
                        report.disagreements += played.disagreements;
                        report.gaps += played.gaps;
                        !played.is_good() && report.failed.insert(seed) && report.failed.len() <= SHOWN
                    };
                    if is_shown {
                        let (plan, played) =
                            if stops { (plan, played) } else { runtime.block_on(shorten(plan, played, &deployment)) };
                        report.lock().unwrap().shown.push(describe(&plan, &played));
                    }
                }
            });
        }
    });
    let mut report = report.into_inner().unwrap();
    report.milliseconds = started.elapsed().as_millis() / u128::from(histories.max(1));
    report
}

/// Leaves out steps as long as the history still fails: half of them, a quarter, …, one by one.
async fn shorten(mut plan: Plan, mut played: Played, deployment: &Deployment) -> (Plan, Played) {
    // A history that hangs would cost its limit each time, so it is shown as it is.
    let mut width = if played.hangs { 0 } else { plan.steps.len().div_ceil(2) };
    while width > 0 {
        let mut from = 0;
        while from < plan.steps.len() {
            let kept = plan.steps.iter().enumerate().filter(|(place, _)| !(from..from + width).contains(place));
            let shorter = plan.keep(&kept.map(|(_, (number, _))| *number).collect());
            let again = play(&shorter, deployment).await;
            if again.is_good() {
                from += width;
            } else {
                (plan, played) = (shorter, again);
            }
        }
        width /= 2;
    }
    (plan, played)
}

fn describe(plan: &Plan, played: &Played) -> String {
    let mut text = format!("CHAOS_REPLAY={}\n", plan.name());
    for (number, step) in &plan.steps {
        writeln!(text, "  {number}: {step:?}").unwrap();
    }
    for error in &played.errors {
        writeln!(text, "  (failed) {error}").unwrap();
    }
    for broken in &played.broken {
        writeln!(text, "broken: {broken}").unwrap();
    }
    if variable("CHAOS_VERBOSE").is_some() {
        for (moment, entry) in played.entries.iter().enumerate() {
            writeln!(text, "  [{moment}] {entry:?}").unwrap();
        }
        for telling in &played.tellings {
            writeln!(text, "  {telling:?}").unwrap();
        }
    }
    write!(text, "{}", played.verdict).unwrap();
    text
}

fn worker() -> (tokio::runtime::Runtime, Deployment) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let deployment = runtime.block_on(Deployment::new());
    (runtime, deployment)
}

#[expect(clippy::disallowed_methods, reason = "a test has no configuration but this")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
