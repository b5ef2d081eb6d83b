//! The first sync of a cabinet: its progress in one message, and its end.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    CabinetId, ChatId, DataSet, Event, EventKind, Facts, PerSource, PutOff,
    event::Audience,
    facts::{DataSetProgress, FirstSyncFinished, Loading},
};
use store::{
    data_sets::DataSetState,
    leases::{Lease, Outcome},
};
use tokio::sync::Mutex;

use super::{context::Sync, plan};

/// The first sync that goes on.
pub(super) struct FirstLoad<'a> {
    sync: &'a Sync,
    cabinet: CabinetId,
    /// How far each source is.
    sources: Mutex<PerSource<Loading>>,
}

impl<'a> FirstLoad<'a> {
    /// Where the last sync left it.
    pub(super) fn new(sync: &'a Sync, cabinet: CabinetId, lease: &Lease) -> Self {
        let sources = PerSource::of(|source| {
            if plan::is_wanted(lease, &sync.settings, source) {
                held(&lease.data_sets[source])
            } else {
                Loading::NoAccess
            }
        });
        Self { sync, cabinet, sources: Mutex::new(sources) }
    }

    /// Shows how a source fares, if that is news of its data set.
    pub(super) async fn note(&self, outcome: &Outcome) -> anyhow::Result<()> {
        let loading = match outcome {
            Outcome { covered_until: Some(_), .. } => Loading::Loaded,
            Outcome { put_off: Some(reason), put_off_until, .. } => loading(*reason, *put_off_until),
            _ => return Ok(()),
        };
        let mut sources = self.sources.lock().await;
        let before = lines(&sources);
        let source = &mut sources[outcome.source];
        if *source != Loading::Loaded {
            *source = loading;
        }
        let lines = lines(&sources);
        if lines == before {
            return Ok(());
        }
        let chats = self.show(&lines).await.context("cannot show the progress")?;
        crate::wake(&*self.sync.queues, &chats).await;
        Ok(())
    }

    /// Puts the lines into the message of the first sync.
    async fn show(&self, lines: &[DataSetProgress]) -> store::Result<Vec<ChatId>> {
        let mut tx = store::begin(&self.sync.pool).await?;
        let named = [(EventKind::FirstSyncProgress, "")];
        let mut held = store::events::load_held(&mut tx, self.cabinet, &named).await?;
        for event in &mut held {
            if let Facts::FirstSyncProgress(progress) = &mut event.facts {
                lines.clone_into(&mut progress.data_sets);
            }
        }
        let chats = store::events::renew_messages(&mut tx, self.cabinet, &held, self.sync.clock.now()).await?;
        tx.commit().await?;
        Ok(chats)
    }

    /// Ends the first sync once every data set is loaded or put off: one message to every member,
    /// and then what happened meanwhile.
    pub(super) async fn end_if_over(&self, fence: i64) -> anyhow::Result<()> {
        let lines = lines(&*self.sources.lock().await);
        if lines.iter().any(|line| line.loading == Loading::Waiting) {
            return Ok(());
        }
        let now = self.sync.clock.now();
        let mut tx = store::begin(&self.sync.pool).await?;
        if !store::cabinets::end_first_sync(&mut *tx, self.cabinet, fence, now).await? {
            return Ok(());
        }
        let (shop, figures) = store::cabinets::load_figures(&mut *tx, self.cabinet).await?;
        let finished = FirstSyncFinished {
            shop,
            data_sets: lines,
            days: self.sync.settings.initial_sync_days,
            orders: figures.orders,
            sales: figures.sales,
            products: figures.products,
            pieces: figures.pieces,
            reviews: figures.reviews,
        };
        let event = Event {
            key: String::new(),
            occurred_at: now,
            facts: Facts::FirstSyncFinished(finished),
            audience: Audience::Members,
        };
        let saved =
            store::events::save_events(&mut *tx, self.cabinet, &[event], self.sync.queues.has_bus(), None, now).await?;
        store::events::release_held(&mut *tx, self.cabinet, now).await?;
        tx.commit().await.context("cannot end the first sync")?;
        self.sync.tell(&saved, now).await
    }
}

/// The lines of the data sets: each is as far as the source that is farthest.
fn lines(sources: &PerSource<Loading>) -> Vec<DataSetProgress> {
    let rank = |loading: &Loading| match loading {
        Loading::Loaded => 0,
        // While one source may still bring it, the first sync waits.
        Loading::Waiting => 1,
        Loading::Limited(_) => 2,
        Loading::Failing => 3,
        Loading::NoAccess => 4,
    };
    let of = |data_set: DataSet| {
        let loadings = data_set.sources().iter().map(|source| sources[*source]);
        loadings.min_by_key(rank).expect("every data set has a source")
    };
    DataSet::ALL.into_iter().map(|data_set| DataSetProgress { data_set, loading: of(data_set) }).collect()
}

/// How far a source had come.
fn held(state: &DataSetState) -> Loading {
    match state.put_off {
        _ if state.baseline_at.is_some() => Loading::Loaded,
        Some(reason) => loading(reason, state.put_off_until),
        None => Loading::Waiting,
    }
}

fn loading(reason: PutOff, until: Option<DateTime<Utc>>) -> Loading {
    match (reason, until) {
        (PutOff::Limit, Some(until)) => Loading::Limited(until),
        (PutOff::NoAccess, _) => Loading::NoAccess,
        (PutOff::Limit | PutOff::Gone | PutOff::Failing, _) => Loading::Failing,
    }
}
