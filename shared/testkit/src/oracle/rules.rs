//! The product's rules: which answers make which events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::choices::Choices;
use super::entry::{By, Cabinet, Event, Fate, Kind, Moment, Source, fall, product_fall};
use super::history::{Articles, Look, Silence};

/// What happened up to so long before the baseline is news as well.
const GRACE: TimeDelta = TimeDelta::hours(1);
/// What happened in a longer gap than this is not told.
const GAP_TOLD: TimeDelta = TimeDelta::days(31);
/// Where a gap begins and ends is known to this.
const GAP_BLUR: TimeDelta = TimeDelta::hours(1);
/// WB's rows know whole seconds: comparisons closer than this are open.
pub(super) const BLUR: TimeDelta = TimeDelta::seconds(1);
/// A fall repeated within this time is told only if less is left.
const REPEAT: TimeDelta = TimeDelta::hours(24);
/// Possibilities that are followed at the same time; a history has a handful.
pub(super) const MAX_BRANCHES: usize = 4_096;

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
    /// The baseline of what it belongs to.
    pub(super) baseline_at: DateTime<Utc>,
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
    /// Whether answers are kept in parts that are too small to be compared.
    pub(super) is_in_parts: bool,
}

/// One way in which things may have gone for one order, one review or all stocks of a cabinet.
pub(super) type Branch = Vec<Emission>;

/// What one source must have made, or all those of orders together, if things went like this.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    /// For each thing the ways in which it may have gone; at least one.
    pub(super) things: Vec<Vec<Branch>>,
}

/// The accounts that a source may give, one for each baseline that it may have.
pub(super) fn accounts(looks: &[Look], facts: Facts<'_>, source: Source) -> Vec<Account> {
    let is_of = |look: &&Look| match source {
        Source::Stocks => matches!(look.source, Source::Stocks | Source::Remains),
        source => look.source == source,
    };
    let looks: Vec<&Look> = looks.iter().filter(is_of).collect();
    let mut accounts = Vec::new();
    for (index, look) in looks.iter().enumerate() {
        // Reviews of which WB says nothing are believed the second time; what comes then is no first load any more. What
        // happened more than an hour before is news to nobody.
        let is_nothing = look.is_nothing && source == Source::Reviews;
        if is_nothing && !looks[..index].iter().any(|earlier| earlier.is_nothing) {
            continue;
        }
        if look.fate != Fate::InPart {
            // A load that did not come to its end may have left its beginning behind.
            let begun: BTreeSet<DateTime<Utc>> = looks[..=index].iter().map(|look| look.began_at).collect();
            accounts.extend(begun.into_iter().map(|baseline_at| account(&looks[index..], baseline_at, facts)));
        }
        if look.fate == Fate::Kept && !is_nothing {
            return accounts;
        }
    }
    // Perhaps nothing was ever kept.
    accounts.push(Account::default());
    accounts
}

/// `looks` begins with the one that makes the baseline.
fn account(looks: &[&Look], baseline_at: DateTime<Utc>, facts: Facts<'_>) -> Account {
    let things = match looks[0].source {
        Source::Reviews => reviews(looks, baseline_at, facts),
        Source::Stocks | Source::Remains => vec![stocks(looks, baseline_at, facts)],
        Source::Orders | Source::Sales | Source::OrderFeed => Vec::new(),
    };
    Account { things }
}

/// Whether something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Telling {
    Silent,
    /// The rules leave it open.
    Open,
    Told,
}

/// Whether something that happened at a time is told, if only what happened later than another time
/// is: closer than a second is open.
pub(super) fn later_than(at: DateTime<Utc>, since: DateTime<Utc>) -> Telling {
    if (at - since).abs() <= BLUR {
        Telling::Open
    } else if at > since {
        Telling::Told
    } else {
        Telling::Silent
    }
}

/// The same by the time of the baseline.
pub(super) fn since_baseline(at: DateTime<Utc>, baseline_at: DateTime<Utc>) -> Telling {
    later_than(at, baseline_at - GRACE)
}

/// The same by the gap before a reading: nobody has looked at the data set since `covered`.
pub(super) fn over_gap(at: DateTime<Utc>, covered: Option<DateTime<Utc>>, began_at: DateTime<Utc>) -> Telling {
    let gap = covered.map_or(TimeDelta::zero(), |covered| began_at - covered);
    if gap <= GAP_TOLD - GAP_BLUR {
        Telling::Told
    } else if gap <= GAP_TOLD + GAP_BLUR || at + GAP_BLUR + BLUR >= began_at {
        // What has just happened is no part of the gap any more, or perhaps it is.
        Telling::Open
    } else {
        Telling::Silent
    }
}

/// Up to when a data set is known to have been read: what was left out while nobody was there is over, and no gap.
pub(super) fn since_return(covered: Option<DateTime<Utc>>, silence: Option<Silence>) -> Option<DateTime<Utc>> {
    covered.map(|covered| silence.map_or(covered, |silence| covered.max(silence.until)))
}

/// The same by a silence: of a time in which nobody was there nothing is told.
pub(super) fn over_silence(at: DateTime<Utc>, silence: Option<Silence>) -> Telling {
    match silence.map(|silence| (later_than(at, silence.until), silence.is_certain)) {
        None | Some((Telling::Told, _)) => Telling::Told,
        Some((Telling::Silent, true)) => Telling::Silent,
        Some(_) => Telling::Open,
    }
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

fn reviews(looks: &[&Look], baseline_at: DateTime<Utc>, facts: Facts<'_>) -> Vec<Vec<Branch>> {
    let rows: BTreeMap<&String, (u8, DateTime<Utc>)> =
        looks.iter().flat_map(|look| &look.shown.reviews).map(|(id, row)| (id, *row)).collect();
    let things = rows.into_iter().map(|(id, (stars, at))| {
        // Whether it is held, and when the reviews were last read to their end.
        follow(looks, &(false, None), |(is_held, covered), look, is_baseline| {
            let is_covered = look.fate != Fate::InPart && !look.is_nothing;
            let after = if is_covered { Some(look.began_at) } else { *covered };
            // A review never changes its time.
            if *is_held || !look.shown.reviews.contains_key(id) || !look.is_within_reach(at) {
                return ((*is_held, after), Vec::new());
            }
            let told = since_baseline(at, baseline_at)
                .min(over_gap(at, since_return(*covered, look.silence), look.began_at))
                .min(over_silence(at, look.silence));
            if is_baseline || told == Telling::Silent {
                return ((true, after), Vec::new());
            }
            let emission = Emission {
                event: Event { cabinet: facts.cabinet, kind: Kind::Review, key: id.clone() },
                seen: look.moment,
                seen_at: look.at,
                at,
                nm_id: facts.articles.of(id),
                concerns: Concerns::Stars(stars),
                is_certain: told == Telling::Told,
                baseline_at,
            };
            ((true, after), vec![emission])
        })
    });
    things.collect()
}

/// What is held of all sizes of a cabinet.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Stocks {
    /// The remainder of each size.
    levels: BTreeMap<i64, i64>,
    /// The remainder at the last fall through a threshold, and when that was: of a size, or of a product.
    falls: BTreeMap<(By, i64, i64), (i64, DateTime<Utc>)>,
    /// The methods whose last answer was not believed.
    doubted: BTreeSet<Source>,
    /// The methods whose last answer was nothing.
    nothing: BTreeSet<Source>,
    /// Which method was read last, and when that began.
    read: Option<(Source, DateTime<Utc>)>,
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

fn stocks(looks: &[&Look], baseline_at: DateTime<Utc>, facts: Facts<'_>) -> Vec<Branch> {
    let complete: Vec<&Look> = looks.iter().copied().filter(|look| look.fate != Fate::InPart).collect();
    follow(&complete, &Stocks::default(), |held, look, is_baseline| {
        let mut after = held.clone();
        let said_nothing = held.nothing.contains(&look.source);
        if look.is_nothing && !said_nothing {
            after.nothing.insert(look.source);
            return (after, Vec::new());
        }
        if !look.is_nothing {
            after.nothing.remove(&look.source);
        }
        let now = |chrt_id: &i64| look.shown.stocks.get(chrt_id).copied().unwrap_or(0);
        let had_some = held.levels.iter().filter(|(_, remainder)| **remainder > 0);
        let (non_zero, emptied) = had_some
            .fold((0, 0), |(non_zero, emptied), (chrt_id, _)| (non_zero + 1, emptied + usize::from(now(chrt_id) == 0)));
        // What is known means nothing any more to whoever comes back, so nothing of it is doubted.
        let is_forgotten = look.silence.is_some_and(|silence| silence.is_certain);
        if !is_baseline && !is_forgotten && emptied * 2 > non_zero && !held.doubted.contains(&look.source) {
            after.doubted.insert(look.source);
            return (after, Vec::new());
        }
        after.doubted.remove(&look.source);
        after.read = Some((look.source, look.began_at));
        let sizes: BTreeSet<i64> = held.levels.keys().chain(look.shown.stocks.keys()).copied().collect();
        after.levels = sizes.iter().map(|chrt_id| (*chrt_id, now(chrt_id))).collect();
        let mut told = Vec::new();
        // Another method may count otherwise, and the fall of a long gap is as old as the gap.
        let is_another = held.read.is_some_and(|(source, _)| source != look.source);
        let read = since_return(held.read.map(|(_, at)| at), look.silence);
        let gap = over_gap(look.at - GAP_BLUR * 2, read, look.began_at);
        if !is_baseline && !is_another && !is_forgotten && gap != Telling::Silent {
            let is_certain = gap == Telling::Told && look.silence.is_none();
            let thresholds = facts.choices.thresholds(facts.cabinet, look.moment);
            for thing in falling(held, &after, facts.articles) {
                let new = drop_through(&mut after, &thing, &thresholds, look);
                told.extend(new.into_iter().map(|concerns| Emission {
                    event: Event { cabinet: facts.cabinet, kind: Kind::Stock, key: thing.key.clone() },
                    seen: look.moment,
                    seen_at: look.at,
                    at: look.at,
                    nm_id: thing.nm_id,
                    concerns,
                    is_certain,
                    baseline_at,
                }));
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

/// Notes the falls of a thing through thresholds, and returns whom those concern that are no repetition.
fn drop_through(after: &mut Stocks, thing: &Falling, thresholds: &[(By, i64)], look: &Look) -> Vec<Concerns> {
    let mut told = Vec::new();
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
        told.push(Concerns::Fall { by, threshold, is_to_nothing: thing.remainder <= 0 });
    }
    told
}
