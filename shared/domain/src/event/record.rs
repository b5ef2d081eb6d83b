//! An event, and whom it concerns.

use chrono::{DateTime, Utc};

use super::kind::EventKind;
use crate::facts::Facts;
use crate::settings::{STOCK_THRESHOLD, StockBy};

/// The most stars at which a review is negative to somebody who has chosen nothing.
pub const REVIEW_THRESHOLD: i16 = 3;

/// Something that happened in a shop, once: `(kind, key)` is unique in a cabinet.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What it happened to: an order's `srid`, a review's id, a fall of a size.
    pub key: String,
    /// When it happened, by WB's word.
    pub occurred_at: DateTime<Utc>,
    /// What happened, as it was seen.
    pub facts: Facts,
    /// Whom it concerns, beside being a member.
    pub audience: Audience,
}

impl Event {
    /// What happened.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        self.facts.kind()
    }

    /// Whether other systems are told of it on the bus, whatever the members have chosen: what happens to
    /// orders, reviews of [`REVIEW_THRESHOLD`] stars at most, sizes that fall through
    /// [`STOCK_THRESHOLD`], and what changes the state of the syncs.
    #[must_use]
    pub fn is_for_bus(&self) -> bool {
        match self.audience {
            Audience::ReviewThresholdFrom(stars) => stars <= REVIEW_THRESHOLD,
            Audience::StockFall { threshold, by, .. } => threshold == STOCK_THRESHOLD && by == StockBy::Size,
            Audience::Members => {
                EventKind::SWITCHED.contains(&self.kind()) || EventKind::STATES_OF_SYNC.contains(&self.kind())
            }
        }
    }
}

/// Which members an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// All of them.
    Members,
    /// Those whose threshold for reviews is at least so many stars.
    ReviewThresholdFrom(i16),
    /// Members for whom this is the deepest threshold crossed, of their own one and 0.
    StockFall {
        /// The threshold that was crossed.
        threshold: i64,
        /// What is left.
        remainder: i64,
        /// What was left before.
        before: i64,
        /// Whether a product fell, for those who watch products, or a size.
        by: StockBy,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::samples::*;

    #[test]
    fn the_bus_hears_the_same_whatever_the_members_have_chosen() {
        let fall = |threshold, by| Audience::StockFall { threshold, remainder: 0, before: 9, by };
        let is_for_bus = |kind, audience| {
            Event { key: String::new(), occurred_at: at(9), facts: facts(kind), audience }.is_for_bus()
        };
        assert!(is_for_bus(EventKind::NewOrder, Audience::Members));
        assert!(is_for_bus(EventKind::NegativeReview, Audience::ReviewThresholdFrom(3)));
        assert!(!is_for_bus(EventKind::NegativeReview, Audience::ReviewThresholdFrom(4)));
        assert!(is_for_bus(EventKind::CriticalStock, fall(2, StockBy::Size)));
        assert!(!is_for_bus(EventKind::CriticalStock, fall(0, StockBy::Size)), "it fell through 2 as well");
        assert!(!is_for_bus(EventKind::CriticalStock, fall(2, StockBy::Product)));
        assert!(is_for_bus(EventKind::TokenRefused, Audience::Members));
        assert!(!is_for_bus(EventKind::TokenExpiring, Audience::Members));
    }
}
