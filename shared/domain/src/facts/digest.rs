//! A person's digest.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The facts of a digest, fixed when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestFacts {
    /// The Moscow day that it is about.
    pub day: NaiveDate,
    /// Whether that is yesterday.
    pub is_yesterday: bool,
    /// Whether the person asked for it: then it does not wait for the end of the quiet hours.
    pub is_asked_for: bool,
}
