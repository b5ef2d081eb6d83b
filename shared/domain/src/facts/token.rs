//! What happened to the tokens of a cabinet.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Categories, Category, TokenType};
use crate::data_set::DataSet;
use crate::token_care::PauseReason;

/// What an accepted token says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedToken {
    /// The shop's name.
    pub shop: Option<String>,
    /// The type.
    pub token_type: TokenType,
    /// The categories.
    pub categories: Categories,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A token ends soon, and no other one does its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenExpiring {
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// In so many days, rounded up.
    pub days: i64,
    /// What ends with it.
    pub data_sets: Vec<DataSet>,
}

/// WB refuses a part of the data, or gives it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartAccess {
    /// The category whose host it is.
    pub category: Category,
    /// The data sets.
    pub data_sets: Vec<DataSet>,
}

/// A cabinet pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRefused {
    /// Why.
    pub reason: PauseReason,
}

/// A cabinet goes on after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRecovered {
    /// Since when it paused.
    pub since: DateTime<Utc>,
    /// When it went on.
    pub until: DateTime<Utc>,
}
