//! A time of which nothing is told one by one: after a gap of more than a month, or while every member had blocked the bot.
//! The members get one message with its totals.

use anyhow::Context;
use chrono::TimeDelta;
use domain::{
    Event, EventKind, Facts,
    event::Audience,
    facts::{Silence, SilenceCause, Totals},
};

use super::{run::Run, standing::Standing};

/// What is found of a silence later than this is not added to its message any more: nobody looks there.
const ADDED_WITHIN: TimeDelta = TimeDelta::days(2);

impl Run<'_> {
    /// Keeps, in the transaction of a chunk, that a silence begins with it, and what of it is silent.
    pub(super) async fn keep_silence(
        &self,
        tx: &mut store::Transaction<'_>,
        standing: &Standing,
        silent: &Totals,
    ) -> store::Result<()> {
        let cabinet = self.cabinet;
        for gap in &standing.gaps {
            store::data_sets::save_silence(&mut **tx, cabinet, gap.data_set.sources(), self.started_at).await?;
        }
        if standing.gaps.is_empty() && silent.is_empty() {
            return Ok(());
        }
        let held = store::silences::load_silence(&mut **tx, cabinet).await?;
        let since = standing.gaps.iter().map(|gap| gap.since).min();
        let until = self.started_at;
        // The data sets come back one after the other; gaps that overlap are one.
        let begun = since.filter(|since| held.as_ref().is_none_or(|held| held.until < *since));
        let begun = begun.map(|since| Silence { since, until, cause: SilenceCause::Gap, totals: Totals::new() });
        let fresh = held.filter(|held| until - held.until < ADDED_WITHIN);
        let Some(mut silence) = begun.or(fresh) else { return Ok(()) };
        if let Some(since) = since {
            silence.since = silence.since.min(since);
        }
        silence.add(silent);
        store::silences::save_silence(&mut **tx, cabinet, &silence).await?;
        self.happened().has_silence = true;
        Ok(())
    }
}

/// Tells the members how much happened in a silence, once; what is found of it later is added to that message.
pub(super) async fn tell(run: &Run<'_>) -> anyhow::Result<()> {
    if !run.lease.has_silence && !run.happened().has_silence {
        return Ok(());
    }
    let now = run.sync.clock.now();
    let (cabinet, fence) = (run.cabinet, run.lease.fence);
    let mut tx = store::begin(&run.sync.pool).await?;
    if !store::leases::hold_fence(&mut tx, cabinet, fence).await? {
        return Ok(());
    }
    let Some(silence) = store::silences::load_silence(&mut *tx, cabinet).await.context("cannot read a silence")? else {
        return Ok(());
    };
    let event = Event {
        key: silence.until.timestamp_micros().to_string(),
        occurred_at: now,
        facts: Facts::GapSilent(silence.clone()),
        audience: Audience::Members,
    };
    // Whoever comes back to a shop where nothing happened need not be told so.
    let mut chats = Vec::new();
    if silence.cause == SilenceCause::Gap || !silence.totals.is_empty() {
        let saved = store::events::save_events(&mut *tx, cabinet, std::slice::from_ref(&event), false, None, now);
        let saved = saved.await.context("cannot tell of a silence")?;
        chats = saved.chats;
        if saved.events.is_empty() {
            let mut held = store::events::load_held(&mut tx, cabinet, &[(EventKind::GapSilent, &event.key)])
                .await
                .context("cannot look for the message of a silence")?;
            held.iter_mut().for_each(|held| held.facts.clone_from(&event.facts));
            chats = store::events::renew_messages(&mut tx, cabinet, &held, now)
                .await
                .context("cannot tell more of a silence")?;
        }
    }
    store::silences::save_silence_told(&mut *tx, cabinet, now).await?;
    tx.commit().await.context("cannot tell of a silence")?;
    crate::wake(&*run.sync.queues, &chats).await;
    Ok(())
}
