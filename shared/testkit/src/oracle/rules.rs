//! The product's rules: which answers make which events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::history::Look;
use super::{Cabinet, Event, Fate, Kind, Moment, Source, fall};

/// What happened up to so long before the baseline is news as well.
const GRACE: TimeDelta = TimeDelta::hours(1);
/// WB's rows know whole seconds: comparisons closer than this are open.
pub(super) const BLUR: TimeDelta = TimeDelta::seconds(1);
/// The most stars of a review that is told.
const FEW_STARS: u8 = 3;
/// The thresholds of a stock, the deepest first.
const THRESHOLDS: [i64; 2] = [0, 2];
/// A fall repeated within this time is told only if less is left.
const REPEAT: TimeDelta = TimeDelta::hours(24);
/// Possibilities that are followed at the same time; a history has a handful.
const MAX_BRANCHES: usize = 256;

/// Something that happened, as the code had to notice it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Emission {
    pub(super) event: Event,
    /// The answer that showed it.
    pub(super) seen: Moment,
    /// When it happened.
    pub(super) at: DateTime<Utc>,
    /// Whether the rules leave no doubt that it is news.
    pub(super) is_certain: bool,
}

/// One way in which things may have gone for one order, one review or all stocks of a cabinet.
pub(super) type Branch = Vec<Emission>;

/// What one source must have made, if this was its baseline.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) baseline_at: DateTime<Utc>,
    /// For each thing the ways in which it may have gone; at least one.
    pub(super) things: Vec<Vec<Branch>>,
}

/// The accounts that a source may give, one for each baseline that it may have.
pub(super) fn accounts(looks: &[Look], cabinet: Cabinet, source: Source) -> Vec<Account> {
    let looks: Vec<&Look> = looks.iter().filter(|look| look.source == source).collect();
    let mut accounts = Vec::new();
    for (index, look) in looks.iter().enumerate() {
        if look.fate != Fate::InPart {
            // A load that did not come to its end may have left its beginning behind.
            let begun: BTreeSet<DateTime<Utc>> = looks[..=index].iter().map(|look| look.began_at).collect();
            accounts.extend(begun.into_iter().map(|baseline_at| account(&looks[index..], baseline_at, cabinet)));
        }
        if look.fate == Fate::Kept {
            return accounts;
        }
    }
    // Perhaps nothing was ever kept.
    accounts.push(Account { baseline_at: DateTime::<Utc>::MAX_UTC, things: Vec::new() });
    accounts
}

/// `looks` begins with the one that makes the baseline.
fn account(looks: &[&Look], baseline_at: DateTime<Utc>, cabinet: Cabinet) -> Account {
    let things = match looks[0].source {
        Source::Orders => orders(looks, baseline_at, cabinet),
        Source::Sales => sales(looks, baseline_at, cabinet),
        Source::Reviews => reviews(looks, baseline_at, cabinet),
        Source::Stocks => vec![stocks(looks, cabinet)],
    };
    Account { baseline_at, things }
}

/// Whether something is late enough to be news: `None` where it is too close to say.
fn is_news(at: DateTime<Utc>, baseline_at: DateTime<Utc>) -> Option<bool> {
    let since = baseline_at - GRACE;
    if (at - since).abs() <= BLUR { None } else { Some(at > since) }
}

/// Follows one thing through all answers. `step` says what an answer makes of a state: the next
/// one and what is told.
fn follow<S: Clone + Ord>(
    looks: &[&Look],
    start: &S,
    mut step: impl FnMut(&S, &Look, bool) -> (S, Vec<Emission>),
) -> Vec<Branch> {
    let (first, _) = step(start, looks[0], true);
    let mut branches = BTreeSet::from([(first, Branch::new())]);
    for look in &looks[1..] {
        let mut next = BTreeSet::new();
        for (state, told) in &branches {
            let (after, new) = step(state, look, false);
            if look.fate != Fate::Kept {
                next.insert((state.clone(), told.clone()));
            }
            next.insert((after, told.iter().cloned().chain(new).collect()));
        }
        assert!(next.len() <= MAX_BRANCHES, "a history with too many open ends to be judged");
        branches = next;
    }
    branches.into_iter().map(|(_, told)| told).collect()
}

fn orders(looks: &[&Look], baseline_at: DateTime<Utc>, cabinet: Cabinet) -> Vec<Vec<Branch>> {
    let srids: BTreeSet<&String> = looks.iter().flat_map(|look| look.shown.orders.keys()).collect();
    let things = srids.into_iter().map(|srid| {
        // Whether it is held, and as cancelled.
        follow(looks, &None::<bool>, |held, look, is_baseline| {
            let Some((ordered_at, cancelled_at)) = look.shown.orders.get(srid) else { return (*held, Vec::new()) };
            let is_cancelled = cancelled_at.is_some();
            let (kind, at, is_always) = match held {
                None if is_cancelled => (Kind::Cancellation, cancelled_at.unwrap_or(*ordered_at), false),
                None => (Kind::NewOrder, *ordered_at, false),
                Some(false) if is_cancelled => (Kind::Cancellation, cancelled_at.unwrap_or(*ordered_at), true),
                Some(held) => return (Some(*held), Vec::new()),
            };
            let told = if is_baseline { None } else { news(at, baseline_at, is_always) };
            let emission = told.map(|is_certain| {
                let event = Event { cabinet, kind, key: srid.clone() };
                Emission { event, seen: look.moment, at, is_certain }
            });
            (Some(is_cancelled), emission.into_iter().collect())
        })
    });
    things.collect()
}

/// Whether something is told at all, and whether that is certain.
fn news(at: DateTime<Utc>, baseline_at: DateTime<Utc>, is_always: bool) -> Option<bool> {
    if is_always {
        return Some(true);
    }
    match is_news(at, baseline_at) {
        Some(true) => Some(true),
        Some(false) => None,
        None => Some(false),
    }
}

fn sales(looks: &[&Look], baseline_at: DateTime<Utc>, cabinet: Cabinet) -> Vec<Vec<Branch>> {
    let rows: BTreeMap<&(String, bool), DateTime<Utc>> =
        looks.iter().flat_map(|look| &look.shown.sales).map(|(row, at)| (row, *at)).collect();
    let things = rows.into_iter().map(|(row, at)| {
        let kind = if row.1 { Kind::Return } else { Kind::Buyout };
        let event = Event { cabinet, kind, key: row.0.clone() };
        once(looks, &event, at, baseline_at, |look| look.shown.sales.contains_key(row))
    });
    things.collect()
}

fn reviews(looks: &[&Look], baseline_at: DateTime<Utc>, cabinet: Cabinet) -> Vec<Vec<Branch>> {
    let rows: BTreeMap<&String, (u8, DateTime<Utc>)> =
        looks.iter().flat_map(|look| &look.shown.reviews).map(|(id, row)| (id, *row)).collect();
    let few = rows.into_iter().filter(|(_, (stars, _))| *stars <= FEW_STARS);
    let things = few.map(|(id, (_, at))| {
        let event = Event { cabinet, kind: Kind::Review, key: id.clone() };
        once(looks, &event, at, baseline_at, |look| look.shown.reviews.contains_key(id))
    });
    things.collect()
}

/// A row that is told when it is first seen, and never again.
fn once(
    looks: &[&Look],
    event: &Event,
    at: DateTime<Utc>,
    baseline_at: DateTime<Utc>,
    is_shown: impl Fn(&Look) -> bool,
) -> Vec<Branch> {
    follow(looks, &false, |held, look, is_baseline| {
        if *held || !is_shown(look) {
            return (*held, Vec::new());
        }
        let told = if is_baseline { None } else { news(at, baseline_at, false) };
        let emission = told.map(|is_certain| Emission { event: event.clone(), seen: look.moment, at, is_certain });
        (true, emission.into_iter().collect())
    })
}

/// What is held of all sizes of a cabinet.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Stocks {
    levels: BTreeMap<i64, Level>,
    /// The last answer was not believed.
    is_doubted: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Level {
    remainder: i64,
    /// The remainder at the last fall through each of [`THRESHOLDS`], and when that was.
    falls: [Option<(i64, DateTime<Utc>)>; THRESHOLDS.len()],
}

fn stocks(looks: &[&Look], cabinet: Cabinet) -> Vec<Branch> {
    let complete: Vec<&Look> = looks.iter().copied().filter(|look| look.fate != Fate::InPart).collect();
    follow(&complete, &Stocks::default(), |held, look, is_baseline| {
        let mut after = held.clone();
        let now = |chrt_id: &i64| look.shown.stocks.get(chrt_id).copied().unwrap_or(0);
        let had_some = held.levels.iter().filter(|(_, level)| level.remainder > 0);
        let (non_zero, emptied) = had_some
            .fold((0, 0), |(non_zero, emptied), (chrt_id, _)| (non_zero + 1, emptied + usize::from(now(chrt_id) == 0)));
        if !is_baseline && emptied * 2 > non_zero && !held.is_doubted {
            after.is_doubted = true;
            return (after, Vec::new());
        }
        after.is_doubted = false;
        let sizes: BTreeSet<i64> = held.levels.keys().chain(look.shown.stocks.keys()).copied().collect();
        let mut told = Vec::new();
        for chrt_id in sizes {
            let remainder = now(&chrt_id);
            let is_known = held.levels.contains_key(&chrt_id) && !is_baseline;
            let level = after.levels.entry(chrt_id).or_default();
            if is_known && drop_to(level, remainder, look.at) {
                let event = Event { cabinet, kind: Kind::Stock, key: fall(chrt_id, remainder) };
                told.push(Emission { event, seen: look.moment, at: look.at, is_certain: true });
            }
            level.remainder = remainder;
        }
        (after, told)
    })
}

/// Notes the falls of a size, and says whether the deepest of them is told.
fn drop_to(level: &mut Level, remainder: i64, at: DateTime<Utc>) -> bool {
    let mut is_told = None;
    for (threshold, last) in THRESHOLDS.into_iter().zip(&mut level.falls) {
        if level.remainder <= threshold || remainder > threshold {
            continue;
        }
        let is_repeated = last.is_some_and(|(told, then)| at - then < REPEAT && remainder >= told);
        if !is_repeated {
            *last = Some((remainder, at));
        }
        is_told = is_told.or(Some(!is_repeated));
    }
    is_told.unwrap_or(false)
}
