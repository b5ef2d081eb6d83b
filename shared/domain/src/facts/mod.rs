//! What an event says: one type for each kind, as `events` holds it and as messages, the bus and SQL read it.
//!
//! The kind is a column; the rest is the column `payload`, with the version of its shape. What SQL looks for are columns
//! that a trigger fills from `payload` (`events.nm_id` and others), so that they cannot differ.

mod digest;
mod people;
mod silence;
mod sync;
mod token;
mod trade;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::EventKind;
use crate::rows::{Order, Review, Sale};

pub use digest::DigestFacts;
pub use people::{Announcement, CollectOffer, MemberAsks, MemberJoined};
pub use silence::{Missed, Silence, SilenceCause, Totals};
pub use sync::{DataSetProgress, FirstSyncFinished, FirstSyncProgress, LimitSpent, Loading, OrdersLate};
pub use token::{AcceptedToken, PartAccess, TokenExpiring, TokenRecovered, TokenRefused};
pub use trade::{NewOrder, StockFall};

/// The version of what is stored. A field may be added within it, with a default for older rows; whatever an older
/// program would misunderstand needs the next one.
pub const VERSION: u64 = 1;
/// The field that holds it. Rows of before it was written have none, and are of version 1.
const VERSION_FIELD: &str = "version";

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "facts", rename_all = "snake_case")]
pub enum Facts {
    /// An order seen for the first time, not cancelled.
    NewOrder(Box<NewOrder>),
    /// A sale seen for the first time.
    OrderBuyout(Box<Sale>),
    /// An order first seen cancelled, or that became cancelled.
    OrderCancellation(Box<Order>),
    /// A return seen for the first time.
    OrderReturn(Box<Sale>),
    /// A review seen for the first time.
    NegativeReview(Box<Review>),
    /// A size that fell through a threshold.
    CriticalStock(StockFall),
    /// How far a first sync is.
    FirstSyncProgress(FirstSyncProgress),
    /// What a first sync has loaded.
    FirstSyncFinished(FirstSyncFinished),
    /// A time of which only the totals are sent.
    GapSilent(Silence),
    /// Orders have not been read for an hour.
    OrdersLate(OrdersLate),
    /// Orders are read again.
    OrdersLateOver(OrdersLate),
    /// Another service spends the seller's limit.
    LimitSpent(LimitSpent),
    /// A token ends soon.
    TokenExpiring(TokenExpiring),
    /// WB refuses a part of the data.
    PartFailed(PartAccess),
    /// WB gives that part again.
    PartRecovered(PartAccess),
    /// A cabinet pauses.
    TokenRefused(TokenRefused),
    /// A cabinet goes on.
    TokenRecovered(TokenRecovered),
    /// A person's digest.
    Digest(DigestFacts),
    /// Collecting is offered.
    CollectOffer(CollectOffer),
    /// Somebody has joined a cabinet.
    MemberJoined(MemberJoined),
    /// Somebody whom an owner has removed wants to come back.
    MemberAsks(MemberAsks),
    /// What the operator tells everybody.
    Announcement(Announcement),
    /// How much happened while a person had blocked the bot.
    Missed(Missed),
}

/// Why a row cannot be read. No value of it is named: they are the seller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A newer version of the program has stored it.
    #[error("the facts are of version {0}, and this program reads {VERSION}")]
    Newer(u64),
    /// The kind is unknown, or its facts have another shape.
    #[error("the facts of kind {kind} have another shape")]
    Shape {
        /// The kind; `unknown` for one that this program does not know.
        kind: &'static str,
    },
}

impl Facts {
    /// The kind of the event.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::NewOrder(_) => EventKind::NewOrder,
            Self::OrderBuyout(_) => EventKind::OrderBuyout,
            Self::OrderCancellation(_) => EventKind::OrderCancellation,
            Self::OrderReturn(_) => EventKind::OrderReturn,
            Self::NegativeReview(_) => EventKind::NegativeReview,
            Self::CriticalStock(_) => EventKind::CriticalStock,
            Self::FirstSyncProgress(_) => EventKind::FirstSyncProgress,
            Self::FirstSyncFinished(_) => EventKind::FirstSyncFinished,
            Self::GapSilent(_) => EventKind::GapSilent,
            Self::OrdersLate(_) => EventKind::OrdersLate,
            Self::OrdersLateOver(_) => EventKind::OrdersLateOver,
            Self::LimitSpent(_) => EventKind::LimitSpent,
            Self::TokenExpiring(_) => EventKind::TokenExpiring,
            Self::PartFailed(_) => EventKind::PartFailed,
            Self::PartRecovered(_) => EventKind::PartRecovered,
            Self::TokenRefused(_) => EventKind::TokenRefused,
            Self::TokenRecovered(_) => EventKind::TokenRecovered,
            Self::Digest(_) => EventKind::Digest,
            Self::CollectOffer(_) => EventKind::CollectOffer,
            Self::MemberJoined(_) => EventKind::MemberJoined,
            Self::MemberAsks(_) => EventKind::MemberAsks,
            Self::Announcement(_) => EventKind::Announcement,
            Self::Missed(_) => EventKind::Missed,
        }
    }

    /// The facts as they are stored beside their kind.
    #[must_use]
    pub fn to_payload(&self) -> Value {
        let mut tagged = serde_json::to_value(self).expect("facts are plain data");
        let mut payload = tagged["facts"].take();
        payload[VERSION_FIELD] = VERSION.into();
        payload
    }

    /// The facts of a stored event.
    ///
    /// # Errors
    /// When this program does not know the kind, the version or the shape.
    pub fn parse(kind: &str, payload: Value) -> Result<Self, Unreadable> {
        let version = payload.get(VERSION_FIELD).and_then(Value::as_u64).unwrap_or(VERSION);
        if version > VERSION {
            return Err(Unreadable::Newer(version));
        }
        let shape = Unreadable::Shape { kind: EventKind::parse(kind).map_or("unknown", EventKind::name) };
        let tagged = Map::from_iter([("kind".to_owned(), kind.into()), ("facts".to_owned(), payload)]);
        Self::deserialize(Value::Object(tagged)).map_err(|_| shape)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::event::samples::{at, facts};

    #[test]
    fn what_is_stored_is_read_back_with_its_version() {
        let kinds = [EventKind::NewOrder, EventKind::NegativeReview, EventKind::CriticalStock, EventKind::TokenRefused];
        for facts in kinds.map(facts) {
            let payload = facts.to_payload();
            assert_eq!(payload["version"], 1);
            assert_eq!(Facts::parse(facts.kind().name(), payload), Ok(facts));
        }
    }

    #[test]
    fn rows_of_before_the_version_are_of_version_1() {
        let since = json!({ "since": at(9) });
        assert_eq!(Facts::parse("orders_late", since), Ok(Facts::OrdersLate(OrdersLate { since: at(9) })));
    }

    #[test]
    fn a_newer_version_an_unknown_kind_and_another_shape_are_refused_without_their_values() {
        let parse = |kind, payload| Facts::parse(kind, payload).unwrap_err();
        assert_eq!(parse("orders_late", json!({ "since": at(9), "version": 2 })), Unreadable::Newer(2));
        assert_eq!(parse("newer", json!({})), Unreadable::Shape { kind: "unknown" });
        let refused = parse("announcement", json!({ "words": "Секрет" }));
        assert_eq!(refused.to_string(), "the facts of kind announcement have another shape");
        assert_eq!(parse("digest", Value::Null), Unreadable::Shape { kind: "digest" });
    }

    #[test]
    fn every_kind_has_facts_of_the_same_name() {
        for kind in EventKind::iter() {
            // Some kinds have no required field; the others are refused for their shape, not for their name.
            let refused = Facts::parse(kind.name(), json!([])).unwrap_err();
            assert_eq!(refused, Unreadable::Shape { kind: kind.name() });
            let unknown = serde_json::from_value::<Facts>(json!({ "kind": kind.name(), "facts": [] })).unwrap_err();
            assert!(!unknown.to_string().contains("unknown variant"), "{unknown}");
        }
    }
}
