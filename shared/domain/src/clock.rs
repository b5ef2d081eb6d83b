//! Time is an argument.

use chrono::{DateTime, Utc};

/// Where the present comes from: the system's clock in `runtime`, a hand-moved one in tests.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> DateTime<Utc>;
}
