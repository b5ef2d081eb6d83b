//! One sync of one cabinet: what its readings share.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use domain::{CabinetId, EventKind};
use secrecy::SecretString;
use store::leases::Lease;
use tokio::time::Instant;

use super::{context::Sync, first::FirstLoad};

/// No further page is asked for when less than this is left: what it brought would be read in vain if it outlasted
/// the limit, and with it the pages before it, whose cursor is saved with the last.
pub(super) const PAGE_TIME: Duration = Duration::from_secs(20);

/// One sync of one cabinet, under its lease.
pub(super) struct Run<'a> {
    pub sync: &'a Sync,
    pub cabinet: CabinetId,
    pub lease: &'a Lease,
    pub started_at: DateTime<Utc>,
    /// When whatever is still being read is given up.
    pub ends_at: Instant,
    pub tokens: HashMap<usize, SecretString>,
    pub first_load: Option<FirstLoad<'a>>,
    pub happened: Mutex<Happened>,
}

/// What the data sets of a sync have brought.
#[derive(Default)]
pub(super) struct Happened {
    /// The new events of each kind.
    pub events: BTreeMap<EventKind, i64>,
    /// The events that the bus has, for the last statement.
    pub published: Vec<i64>,
    /// Whether something is to be told of a silence.
    pub has_silence: bool,
}

impl Run<'_> {
    /// Keeps in mind what a data set has brought.
    pub(super) fn note(&self, events: BTreeMap<EventKind, i64>, published: Vec<i64>) {
        let mut happened = self.happened();
        for (kind, count) in events {
            *happened.events.entry(kind).or_default() += count;
        }
        happened.published.extend(published);
    }

    pub(super) fn happened(&self) -> MutexGuard<'_, Happened> {
        self.happened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a reading leaves the next page to another sync: WB would refuse it, or the time is short.
    pub(super) fn stops(&self, remaining: Option<u32>) -> bool {
        remaining == Some(0) || self.ends_at.saturating_duration_since(Instant::now()) < PAGE_TIME
    }
}
