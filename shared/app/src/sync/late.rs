//! Orders that have not been read for long: every member is told once, and once when it is over.

use anyhow::Context;
use chrono::TimeDelta;
use domain::{DataSet, Event, EventKind, Facts, event::Audience, facts::OrdersLate};

use super::{outcome::Report, plan, run::Run};

/// Orders are late when nothing has been read for this long, or for twice the interval that WB
/// allows to the cabinet's token.
const LATE_AFTER: TimeDelta = TimeDelta::minutes(60);

/// Tells that orders are late, or that they are no more.
pub(super) async fn tell(run: &Run<'_>, reports: &[Report]) -> anyhow::Result<()> {
    let sources = DataSet::Orders.sources();
    let states = sources.iter().map(|source| &run.lease.data_sets[*source]);
    let covered = states.filter(|state| state.baseline_at.is_some()).filter_map(|state| state.covered_until).max();
    let Some(since) = covered else { return Ok(()) };
    let now = run.sync.clock.now();
    let interval = plan::interval(run.lease, &run.sync.settings, DataSet::Orders).unwrap_or(TimeDelta::zero());
    if now - since <= LATE_AFTER.max(interval * 2) {
        return Ok(());
    }
    let is_read = reports.iter().any(|report| sources.contains(&report.outcome.source) && report.outcome.succeeded);
    // The same moment names the beginning and the end, so each is told once.
    let key = since.timestamp_micros().to_string();
    let (pool, cabinet) = (&run.sync.pool, run.cabinet);
    if is_read
        && !store::events::exists(pool, cabinet, EventKind::OrdersLate, &key).await.context("cannot look back")?
    {
        return Ok(());
    }
    let late = OrdersLate { since };
    let event = Event {
        key,
        occurred_at: now,
        facts: if is_read { Facts::OrdersLateOver(late) } else { Facts::OrdersLate(late) },
        audience: Audience::Members,
    };
    let saved = store::events::save_events(pool, cabinet, &[event], run.sync.queues.has_bus(), None, now)
        .await
        .context("cannot tell that orders are late")?;
    run.sync.tell(&saved, now).await
}
