//! When a token is refused, when a cabinet pauses, and who is warned before a token ends. Pure.
//!
//! An outage is no refusal: only WB's own 401 or 403 counts, on two hosts, twice.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{access::Category, data_set::DataSet};

/// A token that two hosts refuse is asked for again after this time, and only then believed dead: WB's
/// gateway has refused good tokens for minutes.
pub const CONFIRM_AFTER: TimeDelta = TimeDelta::minutes(10);
/// A paused cabinet tries its tokens this often.
pub const TRIAL_EVERY: TimeDelta = TimeDelta::hours(1);
/// Pings that must refuse at the same time: one host alone may be wrong about its category.
const HOSTS_THAT_REFUSE: usize = 2;
/// So many days before a token ends the members are warned, the earliest first.
pub const WARN_DAYS: [i64; 3] = [30, 7, 1];

/// What one host said to a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    /// 200.
    Accepted,
    /// 401 or 403.
    Refused,
    /// 429, 5xx, no answer, or no request left: nothing about the token.
    Unclear,
}

/// What all pings together say about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// A host accepts it.
    Alive,
    /// Two hosts refuse it and none accepts it.
    Refused,
    /// Nothing is known.
    Unclear,
}

/// What pings of the same moment say about a token.
#[must_use]
pub fn health_of(pings: &[Ping]) -> Health {
    if pings.contains(&Ping::Accepted) {
        return Health::Alive;
    }
    let refused = pings.iter().filter(|ping| **ping == Ping::Refused).count();
    if refused >= HOSTS_THAT_REFUSE { Health::Refused } else { Health::Unclear }
}

/// What becomes of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing changes.
    Keep,
    /// It is good.
    Trust,
    /// It is asked for again in [`CONFIRM_AFTER`].
    Suspect,
    /// It serves no more.
    Refuse,
}

/// What becomes of a token with this health, which has been suspected since `suspected_at`.
#[must_use]
pub fn decide(suspected_at: Option<DateTime<Utc>>, health: Health, now: DateTime<Utc>) -> Decision {
    match (health, suspected_at) {
        (Health::Unclear, _) => Decision::Keep,
        (Health::Alive, _) => Decision::Trust,
        (Health::Refused, None) => Decision::Suspect,
        (Health::Refused, Some(since)) if now - since >= CONFIRM_AFTER => Decision::Refuse,
        (Health::Refused, Some(_)) => Decision::Keep,
    }
}

/// Why no token of a cabinet serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// WB refuses every one that has not expired.
    Refused,
    /// All have expired.
    Expired,
    /// There is none any more.
    Gone,
}

impl PauseReason {
    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Gone => "gone",
        }
    }

    /// The reason of that name; one that only a newer version knows is a refusal of some sort.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        [Self::Expired, Self::Gone].into_iter().find(|reason| reason.name() == name).unwrap_or(Self::Refused)
    }
}

/// Why a cabinet pauses, of whose tokens so many are refused and so many expired; `None` where one
/// serves.
#[must_use]
pub fn pause_reason(serving: usize, refused: usize, expired: usize) -> Option<PauseReason> {
    match (serving, refused, expired) {
        (0, 0, 0) => Some(PauseReason::Gone),
        (0, 0, _) => Some(PauseReason::Expired),
        (0, ..) => Some(PauseReason::Refused),
        _ => None,
    }
}

/// When the members are to be warned next after this moment; `None` when all warnings are behind.
#[must_use]
pub fn next_warning(expires_at: DateTime<Utc>, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    WARN_DAYS.into_iter().map(|days| expires_at - TimeDelta::days(days)).find(|at| *at > after)
}

/// Of which warning it is the time: the last whose moment has come. `None` before the first, and when
/// the token has ended.
#[must_use]
pub fn warning_due(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<i64> {
    if expires_at <= now {
        return None;
    }
    WARN_DAYS.into_iter().rev().find(|days| expires_at - TimeDelta::days(*days) <= now)
}

/// What a token of a cabinet can read, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The data sets that it opens.
    pub data_sets: Vec<DataSet>,
    /// Whether the full limits hold for it.
    pub has_full_limits: bool,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The data sets that end or slow down with a token: those that no other token reads for longer and at
/// least as fast.
#[must_use]
pub fn lost_with(token: &Reach, others: &[Reach]) -> Vec<DataSet> {
    let outlives = |other: &Reach| match (other.expires_at, token.expires_at) {
        (None, _) => true,
        (Some(other), Some(ends)) => other > ends,
        (Some(_), None) => false,
    };
    let covers = |other: &Reach, data_set: &DataSet| {
        outlives(other) && other.data_sets.contains(data_set) && (other.has_full_limits || !token.has_full_limits)
    };
    let is_lost = |data_set: &DataSet| !others.iter().any(|other| covers(other, data_set));
    token.data_sets.iter().copied().filter(is_lost).collect()
}

/// A host that refuses data sets which it gave before, as its members were told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedPart {
    /// What the event of the message is called.
    pub key: String,
    /// The data sets that the message names.
    pub told: Vec<DataSet>,
    /// Those of them that nothing gives yet.
    pub missing: Vec<DataSet>,
}

/// The hosts of which the members know that they are closed, by the category that opens them.
pub type ClosedParts = BTreeMap<Category, ClosedPart>;

/// What the members are told of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartNews {
    /// It has closed: these are missing.
    Closed(ClosedPart),
    /// More is missing than the message says, which is edited.
    More(ClosedPart),
    /// It is open again: all of these are there.
    Reopened(Vec<DataSet>),
}

/// Notes what nothing gives any more because of a host that refuses it (`lost`), and what was read (`back`). A part that
/// is closed is told once, whichever source met the refusal first and however many do later, and its reopening once.
pub fn note_parts(
    parts: &mut ClosedParts,
    lost: &BTreeMap<Category, Vec<DataSet>>,
    back: &[DataSet],
    key: impl Fn(Category) -> String,
) -> Vec<(Category, PartNews)> {
    let mut news = Vec::new();
    for (category, lost) in lost.iter().filter(|(_, lost)| !lost.is_empty()) {
        let Some(part) = parts.get_mut(category) else {
            let part = ClosedPart { key: key(*category), told: lost.clone(), missing: lost.clone() };
            parts.insert(*category, part.clone());
            news.push((*category, PartNews::Closed(part)));
            continue;
        };
        part.missing.extend(lost.iter().filter(|one| !part.missing.contains(one)).copied().collect::<Vec<_>>());
        let more: Vec<DataSet> = lost.iter().filter(|one| !part.told.contains(one)).copied().collect();
        if !more.is_empty() {
            part.told.extend(more);
            news.push((*category, PartNews::More(part.clone())));
        }
    }
    for (category, part) in parts.iter_mut() {
        part.missing.retain(|one| !back.contains(one));
        if part.missing.is_empty() {
            news.push((*category, PartNews::Reopened(part.told.clone())));
        }
    }
    parts.retain(|_, part| !part.missing.is_empty());
    news
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
    }

    #[test]
    fn only_two_refusals_and_no_acceptance_refuse_a_token() {
        use Ping::{Accepted, Refused, Unclear};
        assert_eq!(health_of(&[Refused, Refused]), Health::Refused);
        assert_eq!(health_of(&[Refused, Accepted]), Health::Alive);
        assert_eq!(health_of(&[Refused, Unclear]), Health::Unclear);
        assert_eq!(health_of(&[Unclear, Unclear]), Health::Unclear);
        assert_eq!(health_of(&[Refused]), Health::Unclear);
        assert_eq!(health_of(&[]), Health::Unclear);
    }

    #[test]
    fn a_token_is_refused_by_the_second_time_ten_minutes_later() {
        assert_eq!(decide(None, Health::Refused, now()), Decision::Suspect);
        let early = now() - TimeDelta::minutes(9);
        assert_eq!(decide(Some(early), Health::Refused, now()), Decision::Keep);
        let since = now() - TimeDelta::minutes(10);
        assert_eq!(decide(Some(since), Health::Refused, now()), Decision::Refuse);
        assert_eq!(decide(Some(since), Health::Unclear, now()), Decision::Keep, "an outage refuses nothing");
        assert_eq!(decide(Some(since), Health::Alive, now()), Decision::Trust);
    }

    #[test]
    fn a_cabinet_pauses_when_no_token_serves() {
        assert_eq!(pause_reason(1, 3, 2), None);
        assert_eq!(pause_reason(0, 1, 1), Some(PauseReason::Refused));
        assert_eq!(pause_reason(0, 0, 2), Some(PauseReason::Expired));
        assert_eq!(pause_reason(0, 0, 0), Some(PauseReason::Gone));
        for reason in [PauseReason::Refused, PauseReason::Expired, PauseReason::Gone] {
            assert_eq!(PauseReason::parse(reason.name()), reason);
        }
    }

    #[test]
    fn a_part_is_told_as_closed_once_and_as_reopened_once_whatever_closes_when() {
        use DataSet::{Orders, Sales, Stocks};
        let mut parts = ClosedParts::new();
        let mut note = |lost: &[DataSet], back: &[DataSet]| {
            let lost = BTreeMap::from([(Category::Analytics, lost.to_vec())]);
            let news = note_parts(&mut parts, &lost, back, |_| "a".into());
            news.into_iter().map(|(_, news)| news).collect::<Vec<_>>()
        };
        let part = |told: &[DataSet], missing: &[DataSet]| ClosedPart {
            key: "a".into(),
            told: told.to_vec(),
            missing: missing.to_vec(),
        };
        assert_eq!(note(&[], &[Orders]), [], "whoever loses nothing is told nothing");
        let both = [Orders, Sales];
        assert_eq!(note(&both, &[]), [PartNews::Closed(part(&both, &both))]);
        assert_eq!(note(&both, &[]), []);
        let all = [Orders, Sales, Stocks];
        assert_eq!(note(&all, &[]), [PartNews::More(part(&all, &all))]);
        assert_eq!(note(&[Stocks], &both), [], "a part of it is back");
        assert_eq!(note(&[Orders, Stocks], &[]), [], "and gone again");
        assert_eq!(note(&[], &[Stocks, Orders]), [PartNews::Reopened(all.to_vec())]);
        assert_eq!(note(&[], &[Stocks]), []);
        assert_eq!(note(&[Stocks], &[]), [PartNews::Closed(part(&[Stocks], &[Stocks]))]);
    }

    #[test]
    fn warnings_come_thirty_seven_and_one_day_before_the_end() {
        let ends = now() + TimeDelta::days(180);
        let one_after_another = std::iter::successors(next_warning(ends, now()), |at| next_warning(ends, *at));
        // A limit above the three, so that a warning that follows itself fails the test and does not go on for ever.
        let warnings: Vec<i64> = one_after_another.take(5).map(|at| (ends - at).num_days()).collect();
        assert_eq!(warnings, [30, 7, 1]);
        assert_eq!(warning_due(ends, ends - TimeDelta::days(31)), None);
        assert_eq!(warning_due(ends, ends - TimeDelta::days(30)), Some(30));
        assert_eq!(warning_due(ends, ends - TimeDelta::days(6)), Some(7));
        assert_eq!(warning_due(ends, ends - TimeDelta::hours(2)), Some(1));
        assert_eq!(warning_due(ends, ends), None);
    }

    #[test]
    fn a_token_that_another_outlives_is_not_missed() {
        let reach = |days: i64, has_full_limits, data_sets: &[DataSet]| Reach {
            data_sets: data_sets.to_vec(),
            has_full_limits,
            expires_at: Some(now() + TimeDelta::days(days)),
        };
        let old = reach(7, true, &[DataSet::Orders, DataSet::Sales, DataSet::Reviews]);
        assert_eq!(lost_with(&old, &[]), [DataSet::Orders, DataSet::Sales, DataSet::Reviews]);
        let new = reach(180, true, &DataSet::ALL);
        assert_eq!(lost_with(&old, std::slice::from_ref(&new)), []);
        assert_eq!(lost_with(&new, std::slice::from_ref(&old)), DataSet::ALL);
        let reviews_only = reach(180, true, &[DataSet::Reviews]);
        assert_eq!(lost_with(&old, &[reviews_only]), [DataSet::Orders, DataSet::Sales]);
        let slow = reach(180, false, &DataSet::ALL);
        assert_eq!(lost_with(&old, std::slice::from_ref(&slow)), old.data_sets, "orders would come every 3 h");
        assert_eq!(lost_with(&reach(7, false, &[DataSet::Orders]), &[slow]), []);
    }

    #[test]
    fn a_suspected_token_is_refused_in_the_tenth_minute_to_the_second() {
        let second = TimeDelta::seconds(1);
        let refused_after = |time| decide(Some(now() - time), Health::Refused, now());
        assert_eq!(refused_after(CONFIRM_AFTER - second), Decision::Keep);
        assert_eq!(refused_after(TimeDelta::minutes(10)), Decision::Refuse);
        assert_eq!(decide(None, Health::Alive, now()), Decision::Trust);
        assert_eq!(decide(None, Health::Unclear, now()), Decision::Keep);
    }

    #[test]
    fn more_hosts_than_two_may_refuse() {
        assert_eq!(health_of(&[Ping::Refused; 4]), Health::Refused);
        assert_eq!(health_of(&[Ping::Accepted]), Health::Alive);
    }

    #[test]
    fn a_reason_of_a_newer_version_is_a_refusal() {
        assert_eq!(PauseReason::parse("newer"), PauseReason::Refused);
    }

    #[test]
    fn a_warning_is_due_from_its_moment_on_until_the_token_ends() {
        let second = TimeDelta::seconds(1);
        let ends = now() + TimeDelta::days(180);
        let due = |before_end: TimeDelta| warning_due(ends, ends - before_end);
        assert_eq!(due(TimeDelta::days(30) + second), None);
        assert_eq!((due(TimeDelta::days(30)), due(TimeDelta::days(7) + second)), (Some(30), Some(30)));
        assert_eq!((due(TimeDelta::days(7)), due(TimeDelta::days(1) + second)), (Some(7), Some(7)));
        assert_eq!((due(TimeDelta::days(1)), due(second)), (Some(1), Some(1)));
        assert_eq!((due(TimeDelta::zero()), due(-second)), (None, None));
    }

    #[test]
    fn the_warning_of_this_moment_is_not_the_next_one() {
        let ends = now() + TimeDelta::days(180);
        let last = ends - TimeDelta::days(1);
        assert_eq!(next_warning(ends, last - TimeDelta::seconds(1)), Some(last));
        assert_eq!(next_warning(ends, last), None);
        // A token that was brought late has its first warnings behind it.
        assert_eq!(next_warning(ends, ends - TimeDelta::days(20)), Some(ends - TimeDelta::days(7)));
    }

    #[test]
    fn a_token_is_missed_unless_another_ends_later_or_never() {
        let ends = now() + TimeDelta::days(7);
        let reach = |expires_at| Reach { data_sets: vec![DataSet::Orders], has_full_limits: true, expires_at };
        let is_missed = |token, other| !lost_with(&reach(token), &[reach(other)]).is_empty();
        assert!(is_missed(Some(ends), Some(ends)), "both end at once");
        assert!(is_missed(Some(ends), Some(ends - TimeDelta::seconds(1))));
        assert!(!is_missed(Some(ends), Some(ends + TimeDelta::seconds(1))));
        assert!(!is_missed(Some(ends), None));
        assert!(!is_missed(None, None));
        assert!(is_missed(None, Some(ends)));
    }
}
