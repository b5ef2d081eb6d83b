//! How the syncs of a cabinet go.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::token::AcceptedToken;
use crate::data_set::DataSet;

/// How far one data set has come in the first sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loading {
    /// Not asked yet, or not complete.
    Waiting,
    /// Complete.
    Loaded,
    /// WB allows the next request only then.
    Limited(DateTime<Utc>),
    /// The token cannot see it.
    NoAccess,
    /// It has been failing for a while; tried again all the time.
    Failing,
}

/// One line of the first sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSetProgress {
    /// The data set.
    pub data_set: DataSet,
    /// How far it has come.
    pub loading: Loading,
}

/// The one message of a first sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSyncProgress {
    /// The token that began it.
    pub token: AcceptedToken,
    /// A line for each data set.
    pub data_sets: Vec<DataSetProgress>,
}

/// How a first sync ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSyncFinished {
    /// The shop's name.
    pub shop: Option<String>,
    /// A line for each data set.
    pub data_sets: Vec<DataSetProgress>,
    /// Of how many days the orders and sales are.
    pub days: u16,
    /// Orders held.
    pub orders: i64,
    /// Buyouts and returns held; absent in an event stored before sales were read.
    #[serde(default)]
    pub sales: i64,
    /// Products held.
    pub products: i64,
    /// Pieces in all warehouses.
    pub pieces: i64,
    /// Reviews held.
    pub reviews: i64,
}

/// Orders have not been read for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersLate {
    /// Up to when they had been read.
    pub since: DateTime<Utc>,
}

/// WB refuses requests for which its limit leaves room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitSpent {
    /// What is late because of it.
    pub data_set: DataSet,
    /// When WB allows the next request.
    pub until: DateTime<Utc>,
}
