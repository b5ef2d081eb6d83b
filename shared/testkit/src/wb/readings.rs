//! What WB remembers of a reading that takes several requests.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// How an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Status {
    Created,
    Buyout,
    Cancel,
    Return,
    ReturnDefective,
}

/// A row as it was when its reading began.
#[derive(Clone, Debug)]
pub(super) struct FeedRow {
    pub(super) srid: String,
    pub(super) status: Status,
    pub(super) updated_at: DateTime<Utc>,
}

/// What one reading of several pages shows, whatever happens meanwhile.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) time: String,
    /// The period and the filters, which must stay the same.
    pub(super) asked: String,
    pub(super) rows: Vec<FeedRow>,
}

/// A report that was asked for. It shows the stocks as they were reported then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) id: Uuid,
    pub(super) made_at: DateTime<Utc>,
    /// How often its status was asked.
    pub(super) calls: u32,
    pub(super) rows: Vec<Value>,
}
