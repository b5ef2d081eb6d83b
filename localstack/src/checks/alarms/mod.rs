//! Whether each alarm goes off at its failure, and at nothing else.
//!
//! The built functions run as Lambda would run them, in a small world of their own ([`world`]); what they and AWS would measure
//! is kept ([`metrics`]), and the alarms of template.yaml are evaluated on it as CloudWatch would ([`alarm`]). Names that do not
//! agree, expressions that never hold and thresholds out of reach are found here, and not in the night in which they are needed.

mod aging;
mod alarm;
mod aws;
mod composite;
mod deployed;
mod expression;
mod front;
mod function;
mod insights;
mod judge;
mod lambda;
mod metrics;
mod mutants;
mod queue;
mod scenarios;
mod setup;
mod world;

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::base::state::Database;
use alarm::MINUTE_S;
use judge::{Alarms, Counts, Measured};
use scenarios::{Cause, FED_S, HOUR_S, Play, SCENARIOS, Scenario};
use setup::Setup;
use world::{Base, World};

/// How long an alarm is looked at after its scenario, so that it knows of all of it, in minutes.
const AFTERWARDS_MINUTES: i64 = 3;
/// Worlds at the same time: most of their time the functions and PostgreSQL wait for each other.
const AT_ONCE: usize = 3;

/// Lets every scenario happen and judges every alarm; nothing may be found.
pub(super) async fn check(transformed: &Value, binaries: PathBuf, folder: PathBuf, server: Database) -> Result<Counts> {
    let alarms = Alarms::parse(transformed)?;
    let setup = Arc::new(Setup::new(transformed.clone(), binaries, folder, server)?);
    let measured = measure_all(&setup).await?;
    let (mut findings, mut counts) = judge::judge(&alarms, &measured)?;
    if findings.is_empty() {
        (findings, counts.names) = mutants::judge(transformed, &alarms, &measured)?;
    }
    ensure!(findings.is_empty(), "alarms (logs are in {}):\n- {}", setup.folder.display(), findings.join("\n- "));
    Ok(counts)
}

/// Lets every scenario happen, each after a healthy hour.
async fn measure_all(setup: &Arc<Setup>) -> Result<Vec<Measured>> {
    let base = Arc::new(World::onboard(setup).await.context("the beginning of all scenarios")?);
    let mut waiting = SCENARIOS.into_iter();
    let mut running = JoinSet::new();
    let mut measured = Vec::new();
    loop {
        while running.len() < AT_ONCE {
            let Some(scenario) = waiting.next() else { break };
            running.spawn(measure(setup.clone(), base.clone(), scenario));
        }
        match running.join_next().await {
            Some(done) => measured.push(done.context("a scenario panicked")??),
            None => break,
        }
    }
    // A name that is fed must be one that somebody writes.
    let of = |is_fed: bool| measured.iter().filter(move |measured| (measured.scenario.cause == Cause::Fed) == is_fed);
    let series = |measured: &Measured| {
        measured.metrics.series().filter(|series| !series.namespace.starts_with("AWS/")).cloned().collect::<Vec<_>>()
    };
    let written: BTreeSet<_> = of(false).flat_map(series).collect();
    let unwritten: BTreeSet<_> = of(true).flat_map(series).filter(|series| !written.contains(series)).collect();
    ensure!(unwritten.is_empty(), "scenarios feed what no function has written: {unwritten:?}");

    let healthy = measured.iter().find(|measured| matches!(measured.scenario.play, Play::HealthyHour));
    let healthy = healthy.context("no scenario is healthy")?.metrics.clone();
    let after = |measured: Measured| {
        // What is fed is laid over another healthy hour.
        let is_fed = measured.scenario.cause == Cause::Fed;
        let metrics = if is_fed { measured.metrics.after(&healthy, 0) } else { measured.metrics };
        Measured { metrics: metrics.after(&healthy, HOUR_S), ..measured }
    };
    Ok(measured.into_iter().map(after).collect())
}

async fn measure(setup: Arc<Setup>, base: Arc<Base>, scenario: Scenario) -> Result<Measured> {
    let in_it = || format!("the scenario {:?}", scenario.name);
    if let Play::Fed(feed) = scenario.play {
        let metrics = feed.metrics(&setup.transformed).with_context(in_it)?;
        return Ok(Measured { scenario, metrics, minutes: FED_S / MINUTE_S });
    }
    let mut world = World::start(&setup, scenario.name, Some(&base)).await.with_context(in_it)?;
    scenario.play.happen(&mut world).await.with_context(in_it)?;
    let minutes = world.now_s() / MINUTE_S + AFTERWARDS_MINUTES;
    let metrics = world.stop().await.with_context(in_it)?;
    Ok(Measured { scenario, metrics, minutes })
}
