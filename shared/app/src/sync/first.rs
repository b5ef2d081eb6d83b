//! The first sync of a cabinet: its progress in one message, and its end.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{CabinetId, DataSet, Event, EventKind, event::Audience};
use messages::{DataSetProgress, FirstSyncFinished, Loading};
use serde_json::json;
use store::{
    data_sets::DataSetState,
    leases::{Lease, Outcome},
};
use tokio::sync::Mutex;

use super::{Sync, plan};

/// The first sync that goes on.
pub struct FirstLoad<'a> {
    sync: &'a Sync,
    cabinet: CabinetId,
    lines: Mutex<Vec<DataSetProgress>>,
}

impl<'a> FirstLoad<'a> {
    /// Where the last sync left it.
    pub fn new(sync: &'a Sync, cabinet: CabinetId, lease: &Lease) -> Self {
        let lines = DataSet::ALL
            .into_iter()
            .zip(&lease.data_sets)
            .map(|(data_set, state)| DataSetProgress { data_set, loading: held(state) })
            .collect();
        Self { sync, cabinet, lines: Mutex::new(lines) }
    }

    /// Shows how a data set fares, if that is news.
    pub async fn note(&self, outcome: &Outcome) -> anyhow::Result<()> {
        let loading = match outcome {
            Outcome { covered_until: Some(_), .. } => Loading::Loaded,
            Outcome { put_off_reason: Some(reason), put_off_until, .. } => put_off(reason, *put_off_until),
            _ => return Ok(()),
        };
        let mut lines = self.lines.lock().await;
        let line = &mut lines[plan::place(outcome.data_set)];
        if line.loading == loading || line.loading == Loading::Loaded {
            return Ok(());
        }
        line.loading = loading;
        let facts = json!({ "data_sets": *lines });
        let kind = EventKind::FirstSyncProgress;
        let now = self.sync.clock.now();
        let chats = store::events::renew_message(&self.sync.pool, self.cabinet, kind, &facts, now)
            .await
            .context("cannot show the progress")?;
        crate::wake(&*self.sync.queues, &chats).await;
        Ok(())
    }

    /// Ends the first sync once every data set is loaded or put off: one message to every member,
    /// and then what happened meanwhile.
    pub async fn end_if_over(&self, fence: i64) -> anyhow::Result<()> {
        let lines = self.lines.lock().await;
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
            data_sets: lines.clone(),
            days: self.sync.settings.initial_sync_days,
            orders: figures.orders,
            sales: figures.sales,
            products: figures.products,
            pieces: figures.pieces,
            reviews: figures.reviews,
        };
        let event = Event {
            kind: EventKind::FirstSyncFinished,
            key: String::new(),
            occurred_at: now,
            payload: serde_json::to_value(&finished)?,
            audience: Audience::Members,
        };
        let saved = store::events::save_events(&mut *tx, self.cabinet, &[event], None, now).await?;
        store::events::release_held(&mut *tx, self.cabinet, now).await?;
        tx.commit().await.context("cannot end the first sync")?;
        crate::wake(&*self.sync.queues, &saved.chats).await;
        Ok(())
    }
}

/// How far a data set had come.
fn held(state: &DataSetState) -> Loading {
    match &state.put_off_reason {
        _ if state.baseline_at.is_some() => Loading::Loaded,
        Some(reason) => put_off(reason, state.put_off_until),
        None => Loading::Waiting,
    }
}

fn put_off(reason: &str, until: Option<DateTime<Utc>>) -> Loading {
    match (reason, until) {
        ("limit", Some(until)) => Loading::Limited(until),
        ("no_access", _) => Loading::NoAccess,
        _ => Loading::Failing,
    }
}
