//! The kinds of events, as they are named in the database and in the settings.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

/// A kind of event.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EventKind {
    /// An order seen for the first time, not cancelled.
    NewOrder,
    /// A sale seen for the first time.
    OrderBuyout,
    /// An order first seen cancelled, or that became cancelled.
    OrderCancellation,
    /// A return seen for the first time.
    OrderReturn,
    /// A review of few stars seen for the first time.
    NegativeReview,
    /// A size that fell through a threshold.
    CriticalStock,
    /// The one message of a first sync, edited in place while the data sets come in.
    FirstSyncProgress,
    /// The first sync has ended: the main menu.
    FirstSyncFinished,
    /// A data set could not be read for so long that what happened meanwhile is not told.
    GapSilent,
    /// Orders have not been read for an hour.
    OrdersLate,
    /// Orders are read again.
    OrdersLateOver,
    /// WB refuses requests for which its limit leaves room: another service spends it.
    LimitSpent,
    /// A token ends in 30, 7 or 1 days.
    TokenExpiring,
    /// WB refuses a part of the data to the token.
    PartFailed,
    /// WB gives that part again.
    PartRecovered,
    /// No token serves any more: the cabinet pauses.
    TokenRefused,
    /// A token serves again.
    TokenRecovered,
    /// The daily digest of one person.
    Digest,
    /// Many single messages of a kind came within an hour: collecting is offered.
    CollectOffer,
    /// Somebody has joined the cabinet: for its owners.
    MemberJoined,
    /// Somebody whom an owner has removed wants to come back: for the owners.
    MemberAsks,
    /// What the operator tells everybody.
    Announcement,
    /// How much happened while a person had blocked the bot.
    Missed,
}

impl EventKind {
    /// The six kinds that a person can switch, in the order of the settings.
    pub const SWITCHED: [Self; 6] = [
        Self::NewOrder,
        Self::OrderBuyout,
        Self::OrderCancellation,
        Self::OrderReturn,
        Self::NegativeReview,
        Self::CriticalStock,
    ];
    /// The kinds that say how the syncs of a cabinet fare.
    pub const STATES_OF_SYNC: [Self; 7] = [
        Self::FirstSyncFinished,
        Self::OrdersLate,
        Self::OrdersLateOver,
        Self::PartFailed,
        Self::PartRecovered,
        Self::TokenRefused,
        Self::TokenRecovered,
    ];

    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The kind of that name; `None` for one that only a newer version knows.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn the_database_and_the_totals_name_a_kind_alike() {
        for kind in EventKind::iter() {
            assert_eq!(EventKind::parse(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(EventKind::parse("newer"), None);
    }
}
