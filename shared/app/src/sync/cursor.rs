//! Where the reading of a source has come, as `data_sets.cursor` keeps it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::data_sets::DataSetState;
use wb::Method;

/// A kept position that lies further ahead than this was never one: WB's clock is not so wrong.
pub(super) const AHEAD: TimeDelta = TimeDelta::hours(1);
/// A report that is not had after this time never will be: another one is made. With a base token one takes three quarters
/// of an hour.
const REPORT_LIVES: TimeDelta = TimeDelta::hours(3);

/// The cursor of a source; one that cannot be read is begun anew, which repeats rows and loses none.
pub(super) fn parsed<C: DeserializeOwned>(state: &DataSetState) -> Option<C> {
    match serde_json::from_value(state.cursor.clone()?) {
        Ok(cursor) => Some(cursor),
        Err(_) => {
            tracing::warn!(source = state.data_set, "cursor reset: another version wrote it");
            None
        }
    }
}

/// A cursor as it is kept.
pub(super) fn json<C: Serialize>(cursor: &C) -> Option<serde_json::Value> {
    Some(serde_json::to_value(cursor).expect("a cursor is plain data"))
}

/// How far the report of remains is; empty where none is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RemainsCursor {
    /// The task that makes it.
    pub task: Option<wb::RemainsTask>,
    /// When it was given.
    pub since: Option<DateTime<Utc>>,
    /// Whether the report can be downloaded.
    #[serde(default)]
    pub is_made: bool,
}

impl RemainsCursor {
    /// Where the last sync left it.
    pub(super) fn of(state: &DataSetState) -> Self {
        parsed(state).unwrap_or_default()
    }

    /// What the next request asks.
    pub(super) fn method(self) -> Method {
        match self.task {
            None => Method::RemainsCreate,
            Some(_) if self.is_made => Method::RemainsDownload,
            Some(_) => Method::RemainsStatus,
        }
    }

    /// The same, unless it has waited for too long: then another report is made.
    pub(super) fn while_it_lives(self, now: DateTime<Utc>) -> Self {
        let is_old = self.since.is_none_or(|since| now - since >= REPORT_LIVES || since > now + AHEAD);
        if is_old { Self::default() } else { self }
    }
}
