//! WB refuses requests for which its limit leaves room: another service of the seller spends it, and only
//! the seller can do something about that.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{Event, Facts, Source, event::Audience, facts::LimitSpent};
use store::limits::Refusals;

use super::run::Run;

/// One refusal may be the limit of another day or of another deployment that has just ended.
const REFUSALS_TOLD: i32 = 3;
/// It is told once in this time for each source.
const TOLD_EVERY: TimeDelta = TimeDelta::days(7);

/// Tells the members that somebody else spends the limit, if that is what the refusals say.
pub(super) async fn tell(
    run: &Run<'_>,
    source: Source,
    refusals: Refusals,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let Some(data_set) = domain::DataSet::ALL.into_iter().find(|data_set| data_set.sources().contains(&source)) else {
        return Ok(());
    };
    if refusals.count < REFUSALS_TOLD {
        return Ok(());
    }
    let week = now.timestamp().div_euclid(TOLD_EVERY.num_seconds());
    let event = Event {
        key: format!("{}:{week}", source.name()),
        occurred_at: now,
        facts: Facts::LimitSpent(LimitSpent { data_set, until }),
        audience: Audience::Members,
    };
    // The cabinet first, as every other transaction of a sync has it: hosts are read at the same time.
    let mut tx = store::begin(&run.sync.pool).await?;
    if !store::leases::hold_fence(&mut tx, run.cabinet, run.lease.fence).await? {
        return Ok(());
    }
    let saved = store::events::save_events(&mut *tx, run.cabinet, &[event], false, None, now)
        .await
        .context("cannot tell that the limit is spent")?;
    tx.commit().await.context("cannot tell that the limit is spent")?;
    crate::wake(&*run.sync.queues, &saved.chats).await;
    Ok(())
}
