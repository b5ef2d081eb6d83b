//! A time of which nothing is sent but how much happened in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::EventKind;

/// How many events there are of each kind.
pub type Totals = BTreeMap<EventKind, i64>;

/// How much happened while a person had blocked the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// What they are told in one line instead of one by one.
    pub totals: Totals,
}

/// A time of which nothing is told but how much happened in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// When it began.
    pub since: DateTime<Utc>,
    /// When it ended.
    pub until: DateTime<Utc>,
    /// Why nothing of it is told.
    #[serde(default)]
    pub cause: SilenceCause,
    /// What happened in it.
    #[serde(default)]
    pub totals: Totals,
}

impl Silence {
    /// Adds what was found later.
    pub fn add(&mut self, more: &Totals) {
        for (kind, count) in more {
            *self.totals.entry(*kind).or_default() += count;
        }
    }
}

/// Why nothing of a time is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SilenceCause {
    /// WB gave no data for more than [`GAP_TOLD`].
    #[default]
    Gap,
    /// Every member had blocked the bot, so nobody read the data.
    Deserted,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::samples::at;

    #[test]
    fn what_is_found_later_is_added_to_a_silence() {
        let mut silence = Silence {
            since: at(1),
            until: at(9),
            cause: SilenceCause::Gap,
            totals: Totals::from([(EventKind::NewOrder, 2)]),
        };
        silence.add(&Totals::from([(EventKind::NewOrder, 3), (EventKind::OrderReturn, 4)]));
        assert_eq!(silence.totals, Totals::from([(EventKind::NewOrder, 5), (EventKind::OrderReturn, 4)]));
    }
}
