//! Critical stock: when a size has fallen, and how deep. Pure.
//!
//! The remainder of a size is the sum over all warehouses, so goods that move between them are no
//! fall; what is on the way is never added.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::event::{Audience, Event};
use crate::facts::{Facts, StockFall};
use crate::ids::{ChrtId, NmId};
use crate::settings::StockBy;

/// Stands for all sizes of a product together where a product falls and not a size; WB's own ids
/// begin with 1.
pub const ALL_SIZES: ChrtId = ChrtId(0);
/// A fall repeated within this time is told only if less is left than was told.
const REPEAT_WITHIN: TimeDelta = TimeDelta::hours(24);

/// What we hold of one size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Pieces left when last decided.
    pub remainder: i64,
    /// The falls so far, by threshold.
    #[serde(default)]
    pub falls: BTreeMap<i64, Fall>,
}

/// The last fall of a size through a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fall {
    /// How many there were.
    pub n: u32,
    /// The remainder that was told.
    pub told: i64,
    /// When it was told.
    pub at: DateTime<Utc>,
}

/// A size whose remainder differs from what we hold, or a product ([`ALL_SIZES`]) that has one.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenLevel {
    /// The article.
    pub nm_id: NmId,
    /// The size.
    pub chrt_id: ChrtId,
    /// Pieces left when last decided; `None` for a size seen for the first time, or again after something that makes the
    /// old number mean nothing: its first number is silent.
    pub before: Option<i64>,
    /// The falls so far, which go on being counted whatever is forgotten: their numbers name the events.
    pub falls: BTreeMap<i64, Fall>,
    /// Pieces left now.
    pub remainder: i64,
    /// On the way to buyers, shown and never added.
    pub in_way_to_client: i64,
    /// On the way back, shown and never added.
    pub in_way_from_client: i64,
}

/// Which sizes fell through which of the thresholds in use, and the levels to be held from now on.
#[must_use]
pub fn decide_stocks(seen: &[SeenLevel], thresholds: &[i64], now: DateTime<Utc>) -> (Vec<Event>, Vec<Level>) {
    let mut events = Vec::new();
    let mut levels = Vec::with_capacity(seen.len());
    for size in seen {
        let mut falls = size.falls.clone();
        for threshold in thresholds {
            let has_fallen = size.before.is_some_and(|before| before > *threshold) && size.remainder <= *threshold;
            let last = falls.get(threshold).copied();
            let is_repeated = last.is_some_and(|last| now - last.at < REPEAT_WITHIN && size.remainder >= last.told);
            let Some(before) = size.before.filter(|_| has_fallen && !is_repeated) else { continue };
            let fall = Fall { n: last.map_or(1, |last| last.n + 1), told: size.remainder, at: now };
            falls.insert(*threshold, fall);
            events.push(fallen(size, *threshold, fall.n, before, now));
        }
        levels.push(Level { remainder: size.remainder, falls });
    }
    (events, levels)
}

fn fallen(size: &SeenLevel, threshold: i64, n: u32, before: i64, now: DateTime<Utc>) -> Event {
    let facts = StockFall {
        nm_id: size.nm_id,
        chrt_id: size.chrt_id,
        threshold,
        remainder: size.remainder,
        in_way_to_client: size.in_way_to_client,
        in_way_from_client: size.in_way_from_client,
    };
    Event {
        key: format!("{}:{}:{threshold}:{n}", size.nm_id, size.chrt_id),
        occurred_at: now,
        facts: Facts::CriticalStock(facts),
        audience: Audience::StockFall {
            threshold,
            remainder: size.remainder,
            before,
            by: if size.chrt_id == ALL_SIZES { StockBy::Product } else { StockBy::Size },
        },
    }
}

/// Whether an answer would empty more than half of the sizes that have something: such a one is
/// believed only when the next one agrees.
#[must_use]
pub fn is_doubtful(non_zero_before: usize, emptied: usize) -> bool {
    emptied * 2 > non_zero_before
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::event::EventKind;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
    }

    fn seen(before: Option<Level>, remainder: i64) -> SeenLevel {
        SeenLevel {
            nm_id: NmId(7),
            chrt_id: ChrtId(70),
            before: before.as_ref().map(|level| level.remainder),
            falls: before.map(|level| level.falls).unwrap_or_default(),
            remainder,
            in_way_to_client: 0,
            in_way_from_client: 0,
        }
    }

    /// Plays remainders one after the other, `step` apart, and lists the keys of the falls.
    fn play(remainders: &[i64], step: TimeDelta) -> Vec<Vec<String>> {
        let mut level = None;
        let mut at = now();
        let mut told = Vec::new();
        for remainder in remainders {
            let (events, levels) = decide_stocks(&[seen(level, *remainder)], &[2, 0], at);
            told.push(events.into_iter().map(|event| event.key).collect());
            level = levels.into_iter().next();
            at += step;
        }
        told
    }

    #[test]
    fn a_size_falls_once_through_each_threshold() {
        let hour = TimeDelta::hours(1);
        assert_eq!(
            play(&[5, 3, 2, 1, 0, 0], hour),
            [vec![], vec![], vec!["7:70:2:1".to_owned()], vec![], vec!["7:70:0:1".to_owned()], vec![]]
        );
        assert_eq!(play(&[5, 0], hour)[1], ["7:70:2:1", "7:70:0:1"]);
    }

    #[test]
    fn what_is_first_seen_low_is_silent() {
        assert_eq!(play(&[1, 1], TimeDelta::hours(1)), [Vec::<String>::new(), vec![]]);
    }

    #[test]
    fn a_size_that_is_armed_anew_goes_on_counting_its_falls() {
        let (_, levels) = decide_stocks(&[seen(Some(Level { remainder: 5, ..Level::default() }), 1)], &[2, 0], now());
        // Another method counts otherwise: its first number is silent, and the next fall is the second.
        let later = now() + TimeDelta::days(2);
        let anew = SeenLevel { before: None, ..seen(Some(levels[0].clone()), 9) };
        let (events, levels) = decide_stocks(&[anew], &[2, 0], later);
        assert_eq!(events, []);
        let (events, _) = decide_stocks(&[seen(Some(levels[0].clone()), 2)], &[2, 0], later);
        assert_eq!(events.into_iter().map(|event| event.key).collect::<Vec<_>>(), ["7:70:2:2"]);
    }

    #[test]
    fn a_fall_repeated_within_a_day_is_told_only_if_less_is_left() {
        let hour = TimeDelta::hours(1);
        assert_eq!(play(&[5, 2, 9, 2], hour)[3], Vec::<String>::new());
        assert_eq!(play(&[5, 2, 9, 1], hour)[3], ["7:70:2:2"]);
        assert_eq!(play(&[5, 2, 9, 2], TimeDelta::hours(13))[3], ["7:70:2:2"]);
    }

    #[test]
    fn a_product_falls_when_its_sizes_together_do() {
        let level = |remainder| Some(Level { remainder, ..Level::default() });
        let product = |before, remainder| SeenLevel { chrt_id: ALL_SIZES, ..seen(level(before), remainder) };
        let told = |before, remainder| {
            let (events, _) = decide_stocks(&[product(before, remainder)], &[10, 0], now());
            events.into_iter().map(|event| (event.key, event.audience)).collect::<Vec<_>>()
        };
        let fall =
            |threshold, remainder, before| Audience::StockFall { threshold, remainder, before, by: StockBy::Product };
        assert_eq!(told(12, 11), []);
        assert_eq!(told(12, 10), [("7:0:10:1".to_owned(), fall(10, 10, 12))]);
        assert_eq!(told(12, 0), [("7:0:10:1".to_owned(), fall(10, 0, 12)), ("7:0:0:1".to_owned(), fall(0, 0, 12))]);
    }

    #[test]
    fn an_answer_that_empties_more_than_half_is_doubtful() {
        assert!(is_doubtful(3, 2));
        assert!(!is_doubtful(4, 2));
        assert!(!is_doubtful(0, 0));
    }

    #[test]
    fn a_fall_is_told_again_a_day_later_to_the_second() {
        let repeated = |step| play(&[5, 2, 9, 2], step).remove(3);
        // The falls are two steps apart.
        assert_eq!(repeated(TimeDelta::hours(12)), ["7:70:2:2"]);
        assert_eq!(repeated(TimeDelta::hours(12) - TimeDelta::milliseconds(500)), Vec::<String>::new());
    }

    #[test]
    fn a_size_that_stands_at_its_threshold_has_fallen_already() {
        let from = |before, remainder| {
            let level = Level { remainder: before, ..Level::default() };
            decide_stocks(&[seen(Some(level), remainder)], &[2], now()).0.len()
        };
        assert_eq!((from(3, 2), from(3, 3), from(2, 2), from(2, 1), from(1, 3)), (1, 0, 0, 0, 0));
    }

    #[test]
    fn a_fall_carries_its_facts_and_is_held_with_its_time() {
        let size = SeenLevel {
            in_way_to_client: 4,
            in_way_from_client: 3,
            ..seen(Some(Level { remainder: 9, ..Level::default() }), 1)
        };
        let (events, levels) = decide_stocks(&[size], &[2], now());
        let facts = StockFall {
            nm_id: NmId(7),
            chrt_id: ChrtId(70),
            threshold: 2,
            remainder: 1,
            in_way_to_client: 4,
            in_way_from_client: 3,
        };
        assert_eq!(events[0].facts, Facts::CriticalStock(facts));
        assert_eq!((events[0].kind(), events[0].occurred_at), (EventKind::CriticalStock, now()));
        let audience = Audience::StockFall { threshold: 2, remainder: 1, before: 9, by: StockBy::Size };
        assert_eq!(events[0].audience, audience);
        let fall = Fall { n: 1, told: 1, at: now() };
        assert_eq!(levels, [Level { remainder: 1, falls: BTreeMap::from([(2, fall)]) }]);
    }

    #[test]
    fn every_size_keeps_its_own_level() {
        let level = |remainder| Some(Level { remainder, ..Level::default() });
        let sizes = [seen(level(9), 8), SeenLevel { chrt_id: ChrtId(71), ..seen(level(9), 2) }];
        let (events, levels) = decide_stocks(&sizes, &[2], now());
        assert_eq!(events.into_iter().map(|event| event.key).collect::<Vec<_>>(), ["7:71:2:1"]);
        assert_eq!(levels.into_iter().map(|level| level.remainder).collect::<Vec<_>>(), [8, 2]);
    }

    #[test]
    fn an_answer_that_empties_the_only_size_is_doubtful_and_half_of_two_is_not() {
        assert!(is_doubtful(1, 1));
        assert!(!is_doubtful(2, 1));
        assert!(!is_doubtful(1, 0));
    }
}
