//! What counts as an event. Pure: rows before and after in, events out.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::rows::{Order, OrderState};

/// How much older than the baseline an event may be and still be news: the statistics are half an
/// hour late, and the same again is left for a slow first load.
const BASELINE_GRACE: TimeDelta = TimeDelta::hours(1);

/// What is told, as it is named in the database and in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// An order seen for the first time, not cancelled.
    NewOrder,
    /// The one message of a first sync, edited in place while the data sets come in.
    FirstSyncProgress,
    /// The first sync has ended: the main menu.
    FirstSyncFinished,
}

impl EventKind {
    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewOrder => "new_order",
            Self::FirstSyncProgress => "first_sync_progress",
            Self::FirstSyncFinished => "first_sync_finished",
        }
    }

    /// The kind of that name; `None` for one that only a newer version knows.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::NewOrder, Self::FirstSyncProgress, Self::FirstSyncFinished].into_iter().find(|kind| kind.name() == name)
    }
}

/// Something that happened in a shop, once: `(kind, key)` is unique in a cabinet.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// What it happened to; for an order its `srid`.
    pub key: String,
    /// When it happened, by WB's word.
    pub occurred_at: DateTime<Utc>,
    /// The facts as they were seen, for the message.
    pub payload: serde_json::Value,
}

/// An order row that is new to us or differs from what we hold.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenOrder {
    /// The state that we held; `None` for an order seen for the first time.
    pub before: Option<OrderState>,
    /// The row.
    pub order: Order,
}

/// Which events the changed rows of one answer make.
///
/// `baseline_at` is when the first complete load of the data set began, `None` while that load is
/// still going on: its rows are silent whatever their time.
#[must_use]
pub fn decide_orders(seen: &[SeenOrder], baseline_at: Option<DateTime<Utc>>) -> Vec<Event> {
    let Some(baseline_at) = baseline_at else { return Vec::new() };
    seen.iter()
        .filter(|row| row.before.is_none() && row.order.state() == OrderState::Created)
        .filter(|row| row.order.ordered_at > baseline_at - BASELINE_GRACE)
        .map(|row| Event {
            kind: EventKind::NewOrder,
            key: row.order.srid.0.clone(),
            occurred_at: row.order.ordered_at,
            payload: serde_json::to_value(&row.order).expect("an order is plain data"),
        })
        .collect()
}
