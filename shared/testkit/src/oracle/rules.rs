//! The product's rules: which answers make which events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::choices::Choices;
use super::history::{Articles, Look};
use super::{By, Cabinet, Event, Fate, Kind, Moment, Source, fall, product_fall};

/// What happened up to so long before the baseline is news as well.
const GRACE: TimeDelta = TimeDelta::hours(1);
/// WB's rows know whole seconds: comparisons closer than this are open.
pub(super) const BLUR: TimeDelta = TimeDelta::seconds(1);
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
    /// When that answer came.
    pub(super) seen_at: DateTime<Utc>,
    /// When it happened.
    pub(super) at: DateTime<Utc>,
    /// To which product.
    pub(super) nm_id: i64,
    /// Whom it concerns.
    pub(super) concerns: Concerns,
    /// Whether the rules leave no doubt that it is news.
    pub(super) is_certain: bool,
}

/// Which members something concerns, by their own thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Concerns {
    /// All of them.
    Everybody,
    /// Who wants to hear of so many stars.
    Stars(u8),
    /// Who watches this threshold; a fall to nothing is told by the threshold 0 and by no other.
    Fall { by: By, threshold: i64, is_to_nothing: bool },
}

/// What the rules need beside the answers.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) cabinet: Cabinet,
    pub(super) articles: &'a Articles,
    pub(super) choices: &'a Choices,
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
pub(super) fn accounts(looks: &[Look], facts: Facts<'_>, source: Source) -> Vec<Account> {
    let looks: Vec<&Look> = looks.iter().filter(|look| look.source == source).collect();
    let mut accounts = Vec::new();
    for (index, look) in looks.iter().enumerate() {
        if look.fate != Fate::InPart {
            // A load that did not come to its end may have left its beginning behind.
            let begun: BTreeSet<DateTime<Utc>> = looks[..=index].iter().map(|look| look.began_at).collect();
            accounts.extend(begun.into_iter().map(|baseline_at| account(&looks[index..], baseline_at, facts)));
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
fn account(looks: &[&Look], baseline_at: DateTime<Utc>, facts: Facts<'_>) -> Account {
    let things = match looks[0].source {
        Source::Orders => orders(looks, baseline_at, facts),
        Source::Sales => sales(looks, baseline_at, facts),
        Source::Reviews => reviews(looks, baseline_at, facts),
        Source::Stocks => vec![stocks(looks, facts)],
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

fn orders(looks: &[&Look], baseline_at: DateTime<Utc>, facts: Facts<'_>) -> Vec<Vec<Branch>> {
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
                let event = Event { cabinet: facts.cabinet, kind, key: srid.clone() };
                emission(look, event, at, is_certain, facts)
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

fn sales(looks: &[&Look], baseline_at: DateTime<Utc>, facts: Facts<'_>) -> Vec<Vec<Branch>> {
    let rows: BTreeMap<&(String, bool), DateTime<Utc>> =
        looks.iter().flat_map(|look| &look.shown.sales).map(|(row, at)| (row, *at)).collect();
    let things = rows.into_iter().map(|(row, at)| {
        let kind = if row.1 { Kind::Return } else { Kind::Buyout };
        let event = Event { cabinet: facts.cabinet, kind, key: row.0.clone() };
        once(looks, &event, at, baseline_at, facts, |look| look.shown.sales.contains_key(row))
    });
    things.collect()
}

fn reviews(looks: &[&Look], baseline_at: DateTime<Utc>, facts: Facts<'_>) -> Vec<Vec<Branch>> {
    let rows: BTreeMap<&String, (u8, DateTime<Utc>)> =
        looks.iter().flat_map(|look| &look.shown.reviews).map(|(id, row)| (id, *row)).collect();
    let things = rows.into_iter().map(|(id, (stars, at))| {
        let event = Event { cabinet: facts.cabinet, kind: Kind::Review, key: id.clone() };
        let mut branches = once(looks, &event, at, baseline_at, facts, |look| look.shown.reviews.contains_key(id));
        branches.iter_mut().flatten().for_each(|emission| emission.concerns = Concerns::Stars(stars));
        branches
    });
    things.collect()
}

/// A row that is told when it is first seen, and never again.
fn once(
    looks: &[&Look],
    event: &Event,
    at: DateTime<Utc>,
    baseline_at: DateTime<Utc>,
    facts: Facts<'_>,
    is_shown: impl Fn(&Look) -> bool,
) -> Vec<Branch> {
    follow(looks, &false, |held, look, is_baseline| {
        if *held || !is_shown(look) {
            return (*held, Vec::new());
        }
        let told = if is_baseline { None } else { news(at, baseline_at, false) };
        let emission = told.map(|is_certain| emission(look, event.clone(), at, is_certain, facts));
        (true, emission.into_iter().collect())
    })
}

fn emission(look: &Look, event: Event, at: DateTime<Utc>, is_certain: bool, facts: Facts<'_>) -> Emission {
    let nm_id = facts.articles.of(&event.key);
    let concerns = Concerns::Everybody;
    Emission { event, seen: look.moment, seen_at: look.at, at, nm_id, concerns, is_certain }
}

/// What is held of all sizes of a cabinet.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Stocks {
    /// The remainder of each size.
    levels: BTreeMap<i64, i64>,
    /// The remainder at the last fall through a threshold, and when that was: of a size, or of a product.
    falls: BTreeMap<(By, i64, i64), (i64, DateTime<Utc>)>,
    /// The last answer was not believed.
    is_doubted: bool,
}

/// What may fall: a size, or a product over all its sizes.
struct Falling {
    by: By,
    /// The size, or the article.
    id: i64,
    nm_id: i64,
    before: i64,
    remainder: i64,
    key: String,
}

fn stocks(looks: &[&Look], facts: Facts<'_>) -> Vec<Branch> {
    let complete: Vec<&Look> = looks.iter().copied().filter(|look| look.fate != Fate::InPart).collect();
    follow(&complete, &Stocks::default(), |held, look, is_baseline| {
        let mut after = held.clone();
        let now = |chrt_id: &i64| look.shown.stocks.get(chrt_id).copied().unwrap_or(0);
        let had_some = held.levels.iter().filter(|(_, remainder)| **remainder > 0);
        let (non_zero, emptied) = had_some
            .fold((0, 0), |(non_zero, emptied), (chrt_id, _)| (non_zero + 1, emptied + usize::from(now(chrt_id) == 0)));
        if !is_baseline && emptied * 2 > non_zero && !held.is_doubted {
            after.is_doubted = true;
            return (after, Vec::new());
        }
        after.is_doubted = false;
        let sizes: BTreeSet<i64> = held.levels.keys().chain(look.shown.stocks.keys()).copied().collect();
        after.levels = sizes.iter().map(|chrt_id| (*chrt_id, now(chrt_id))).collect();
        let mut told = Vec::new();
        if !is_baseline {
            let thresholds = facts.choices.thresholds(facts.cabinet, look.moment);
            for thing in falling(held, &after, facts.articles) {
                drop_through(&mut after, &thing, &thresholds, look, facts.cabinet, &mut told);
            }
        }
        (after, told)
    })
}

/// Everything that was known before, with what is left of it now.
fn falling(held: &Stocks, after: &Stocks, articles: &Articles) -> Vec<Falling> {
    let mut things = Vec::new();
    for (nm_id, sizes) in &articles.sizes {
        let known: Vec<i64> = sizes.iter().copied().filter(|chrt_id| held.levels.contains_key(chrt_id)).collect();
        let left = |levels: &BTreeMap<i64, i64>, chrt_id: &i64| levels.get(chrt_id).copied().unwrap_or(0);
        things.extend(known.iter().map(|chrt_id| {
            let remainder = left(&after.levels, chrt_id);
            let before = left(&held.levels, chrt_id);
            Falling { by: By::Size, id: *chrt_id, nm_id: *nm_id, before, remainder, key: fall(*chrt_id, remainder) }
        }));
        if known.is_empty() {
            continue;
        }
        let before = sizes.iter().map(|chrt_id| left(&held.levels, chrt_id)).sum();
        let remainder = sizes.iter().map(|chrt_id| left(&after.levels, chrt_id)).sum();
        // A product of one size reads as that size.
        let key = if let [only] = sizes[..] { fall(only, remainder) } else { product_fall(*nm_id, remainder) };
        things.push(Falling { by: By::Product, id: *nm_id, nm_id: *nm_id, before, remainder, key });
    }
    things
}

/// Notes the falls of a thing through thresholds, and tells those that are no repetition.
fn drop_through(
    after: &mut Stocks,
    thing: &Falling,
    thresholds: &[(By, i64)],
    look: &Look,
    cabinet: Cabinet,
    told: &mut Vec<Emission>,
) {
    for (by, threshold) in thresholds.iter().copied().filter(|(by, _)| *by == thing.by) {
        if thing.before <= threshold || thing.remainder > threshold {
            continue;
        }
        let place = (by, thing.id, threshold);
        let last = after.falls.get(&place);
        if last.is_some_and(|(told, then)| look.at - *then < REPEAT && thing.remainder >= *told) {
            continue;
        }
        after.falls.insert(place, (thing.remainder, look.at));
        told.push(Emission {
            event: Event { cabinet, kind: Kind::Stock, key: thing.key.clone() },
            seen: look.moment,
            seen_at: look.at,
            at: look.at,
            nm_id: thing.nm_id,
            concerns: Concerns::Fall { by, threshold, is_to_nothing: thing.remainder <= 0 },
            is_certain: true,
        });
    }
}
