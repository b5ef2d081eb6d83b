//! The rules of orders and of what becomes of them: two sources, the reports (of orders, and of sales)
//! and the order feed, and for each order one state that only moves forward.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::entry::{Event, Fate, Kind, Known, Moment, Source};
use super::history::{Look, Order, Shelf, Silence};
use super::rules::{
    Account, BLUR, Branch, Concerns, Emission, Facts, MAX_BRANCHES, Telling, later_than, over_gap, over_silence,
    since_baseline, since_return,
};

/// The reports show what happened up to so long ago.
const LAG: TimeDelta = TimeDelta::minutes(30);
/// A reading is sure to reach back so far, if it has to.
const REACH: TimeDelta = TimeDelta::days(30);
/// No first load reaches back farther.
const FARTHEST: TimeDelta = TimeDelta::days(91);
/// After a longer absence a source may be laid over again what the other has shown.
const ABSENCE: TimeDelta = TimeDelta::days(31);
/// So many orders that both sources should know say whether they agree.
const COMPARABLE: usize = 20;
/// So many of a hundred have to be known to both.
const MATCHING_PERCENT: usize = 95;

/// What is kept of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    /// Whether its first load is kept.
    is_used: bool,
    /// Up to when it is known to have shown what happened.
    covered: Option<DateTime<Utc>>,
}

/// What is held of one order, and of the sources that may show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    orders_since: Option<DateTime<Utc>>,
    sales_since: Option<DateTime<Utc>>,
    reports: Use,
    sales: Use,
    feed: Use,
    /// The report of orders shows others than the feed, which is in use.
    is_refused: bool,
    own: Own,
}

/// What is held of the order itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Own {
    /// Whether it is known, and as cancelled.
    order: Option<bool>,
    /// Whether the feed has shown it.
    is_fed: bool,
    is_bought: bool,
    is_returned: bool,
}

impl State {
    fn of(&self, source: Source) -> Use {
        match source {
            Source::Sales => self.sales,
            Source::OrderFeed => self.feed,
            _ => self.reports,
        }
    }

    /// An answer was kept to its end.
    fn progress(mut self, look: &Look, is_covered: bool) -> Self {
        let place = match look.source {
            Source::Sales => &mut self.sales,
            Source::OrderFeed => &mut self.feed,
            _ => &mut self.reports,
        };
        place.is_used = true;
        if is_covered {
            place.covered = place.covered.max(Some(covers(look)));
        }
        if look.source != Source::Sales {
            self.orders_since = self.orders_since.or(Some(look.began_at));
        }
        if look.source != Source::Orders {
            self.sales_since = self.sales_since.or(Some(look.began_at));
        }
        if look.source == Source::Orders {
            self.is_refused = false;
        }
        self
    }
}

/// Answers that said nothing instead of a list, twice or oftener, of a source that may be read so.
///
/// WB's second word is believed, because a shop without orders must have a baseline too: its first order is news. So the
/// first load may have begun with it, or with the first list that came. Both are right; what happened more than an hour
/// before the second word is news to neither.
struct Nothings(Vec<(Source, Moment, DateTime<Utc>)>);

impl Nothings {
    fn read(looks: &[Look]) -> Self {
        let nothing = |source: Source| looks.iter().filter(move |look| look.source == source && look.is_nothing);
        let second = |source| nothing(source).nth(1).map(|look| (source, look.moment, look.began_at));
        Self([Source::Orders, Source::Sales, Source::OrderFeed].into_iter().filter_map(second).collect())
    }

    /// When the first load of one of these sources may have begun before an answer.
    fn since(&self, sources: [Source; 2], before: Moment) -> Option<DateTime<Utc>> {
        let known = self.0.iter().filter(|(source, moment, _)| sources.contains(source) && *moment < before);
        known.map(|(.., began_at)| *began_at).min()
    }
}

/// Up to when an answer shows what happened.
fn covers(look: &Look) -> DateTime<Utc> {
    if look.source == Source::OrderFeed { look.at } else { look.at - LAG }
}

/// What all sources of orders together must have made.
pub(super) fn account(looks: &[Look], facts: Facts<'_>) -> Account {
    let nothings = Nothings::read(looks);
    let is_ours =
        |look: &&Look| matches!(look.source, Source::Orders | Source::Sales | Source::OrderFeed) && !look.is_nothing;
    let looks: Vec<&Look> = looks.iter().filter(is_ours).collect();
    let syncs: Vec<&[&Look]> = looks.chunk_by(|one, next| one.began_at == next.began_at).collect();
    let comparisons = compare(&syncs, facts.is_in_parts);
    let srids: BTreeSet<&String> = looks
        .iter()
        .flat_map(|look| look.shown.orders.keys().chain(look.shown.sales.keys().map(|(srid, _)| srid)))
        .collect();
    let things = srids.into_iter().map(|srid| follow(&syncs, &comparisons, &nothings, srid, facts));
    Account { things: things.collect() }
}

/// Follows one order through all syncs.
fn follow(
    syncs: &[&[&Look]],
    comparisons: &[Vec<Agreement>],
    nothings: &Nothings,
    srid: &str,
    facts: Facts<'_>,
) -> Vec<Branch> {
    let mut branches = BTreeSet::from([(State::default(), Branch::new())]);
    for (looks, agreements) in syncs.iter().zip(comparisons) {
        let mut next = BTreeSet::new();
        for (before, told) in branches {
            let sync = Sync { looks, agreements, nothings, before: &before, srid, facts };
            for (after, new) in sync.ways() {
                next.insert((after, told.iter().cloned().chain(new).collect()));
            }
        }
        assert!(next.len() <= MAX_BRANCHES, "a history with too many open ends to be judged");
        branches = next;
    }
    let told: BTreeSet<Branch> = branches.into_iter().map(|(_, told)| told).collect();
    told.into_iter().collect()
}

/// One sync, and what was held when it began.
struct Sync<'a> {
    looks: &'a [&'a Look],
    agreements: &'a [Agreement],
    nothings: &'a Nothings,
    before: &'a State,
    srid: &'a str,
    facts: Facts<'a>,
}

type Ways = BTreeSet<(State, Branch)>;

impl Sync<'_> {
    /// The ways in which it may have gone. The reports are read in their order, and the feed beside them.
    fn ways(&self) -> Ways {
        let places: Vec<usize> = (0..self.looks.len()).collect();
        let mut ways = self.read(&places);
        let is_feed = |place: &usize| self.looks[*place].source == Source::OrderFeed;
        // Whoever reads what is held already may do it at any time.
        if places.iter().any(is_feed) && ways.iter().any(|(after, _)| after.own != self.before.own) {
            let others: Vec<usize> = places.iter().copied().filter(|place| !is_feed(place)).collect();
            for at in 0..others.len() {
                let mut places = others.clone();
                places.splice(at..at, self.feeds());
                ways.extend(self.read(&places));
            }
        }
        ways
    }

    fn feeds(&self) -> impl Iterator<Item = usize> {
        let places = self.looks.iter().enumerate().filter(|(_, look)| look.source == Source::OrderFeed);
        places.map(|(place, _)| place)
    }

    fn read(&self, places: &[usize]) -> Ways {
        let mut ways = Ways::from([(self.before.clone(), Branch::new())]);
        for place in places {
            let mut next = Ways::new();
            for (state, told) in ways {
                for (after, new) in self.outcomes(&state, *place) {
                    next.insert((after, told.iter().cloned().chain(new).collect()));
                }
            }
            ways = next;
        }
        ways
    }

    /// What may have become of one answer.
    fn outcomes(&self, state: &State, place: usize) -> Vec<(State, Branch)> {
        let (look, mut agreement) = (self.looks[place], self.agreements[place]);
        let mut outcomes = Vec::new();
        if look.fate != Fate::Kept {
            outcomes.push((state.clone(), Branch::new()));
        }
        let (orders, sales) = (self.judge(look, look.source, Data::Orders), self.judge(look, look.source, Data::Sales));
        let over = orders.as_ref().and_then(|judge| judge.over);
        if look.source != Source::Sales
            && let Some(over) = over
        {
            if over.is_open && agreement == Agreement::Refuted {
                agreement = Agreement::Open;
            }
            if agreement != Agreement::Given {
                let is_refused = state.is_refused || look.source == Source::Orders;
                outcomes.push((State { is_refused, ..state.clone() }, Branch::new()));
            }
            if agreement == Agreement::Refuted {
                return outcomes;
            }
        }
        let is_refused = look.source == Source::Sales && state.is_refused && !self.before.sales.is_used;
        let Some(row) = Row::of(look, self.srid) else {
            let after = if is_refused { vec![state.clone()] } else { progress(state, look) };
            outcomes.extend(after.into_iter().map(|after| (after, Branch::new())));
            return outcomes;
        };
        let mut tale = Tale { sync: self, look, told: Branch::new() };
        let own = tale.take(state.own, &row, orders.as_ref(), sales.as_ref());
        let (taken, told) = (State { own, ..state.clone() }, tale.told);
        if is_refused {
            // Only the source that is in use makes events; what is kept of the other is open.
            outcomes.extend([state.clone(), taken].map(|after| (after, Branch::new())));
            return outcomes;
        }
        if look.began_at - row.changed_at > REACH || !look.is_within_reach(row.changed_at) {
            outcomes.extend(progress(state, look).into_iter().map(|after| (after, Branch::new())));
        }
        outcomes.extend(progress(&taken, look).into_iter().map(|after| (after, told.clone())));
        outcomes
    }

    /// By what the rows of a source are judged; `None` while everything is silent.
    fn judge(&self, look: &Look, source: Source, data: Data) -> Option<Judge> {
        let before = self.before;
        let (since, reports) = match data {
            Data::Orders => (before.orders_since, Source::Orders),
            Data::Sales => (before.sales_since, Source::Sales),
        };
        let perhaps_since = self.nothings.since([reports, Source::OrderFeed], look.moment);
        let baseline_at = since.or(perhaps_since)?;
        let (other, own) = match source {
            Source::OrderFeed => (reports, before.feed),
            _ => (Source::OrderFeed, before.of(reports)),
        };
        let said_nothing = self.nothings.since([source; 2], look.moment).is_some();
        let others = before.of(other);
        let covered = own.covered.max(others.covered);
        let is_absent = own.covered.is_some_and(|covered| look.began_at - covered > ABSENCE - LAG * 2);
        let until = others.covered;
        let meanwhile = self.looks.iter().filter(|look| look.source == other).map(|look| covers(look));
        let over = (others.is_used && (!own.is_used || is_absent)).then(|| Over {
            until,
            perhaps_until: meanwhile.chain(until).max().unwrap_or(look.at),
            is_open: own.is_used || said_nothing,
        });
        let perhaps_since = perhaps_since.filter(|perhaps| since.is_none_or(|since| *perhaps < since));
        Some(Judge { baseline_at, perhaps_since, covered, began_at: look.began_at, silence: look.silence, over })
    }
}

/// The states after a row was taken, or was not there: how far its source is then.
fn progress(state: &State, look: &Look) -> Vec<State> {
    match look.fate {
        Fate::InPart => vec![state.clone()],
        Fate::Kept => vec![state.clone().progress(look, true)],
        // The process may have ended before it could say that it came to its end.
        Fate::Perhaps => [true, false].map(|is_covered| state.clone().progress(look, is_covered)).to_vec(),
    }
}

/// Two data sets with a baseline each.
#[derive(Clone, Copy)]
enum Data {
    Orders,
    Sales,
}

/// By what it is judged whether something is news.
struct Judge {
    baseline_at: DateTime<Utc>,
    /// An earlier one, if an answer that said nothing was a first load, or this one, if nothing else is.
    perhaps_since: Option<DateTime<Utc>>,
    /// Up to when the data set was read before.
    covered: Option<DateTime<Utc>>,
    began_at: DateTime<Utc>,
    silence: Option<Silence>,
    over: Option<Over>,
}

/// What the other source has shown before this one is used.
#[derive(Clone, Copy)]
struct Over {
    /// For certain.
    until: Option<DateTime<Utc>>,
    /// And perhaps.
    perhaps_until: DateTime<Utc>,
    /// Whether the source was in use long ago, or said nothing before, so that perhaps nothing is laid over anything.
    is_open: bool,
}

/// Whether an order was known before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Unknown,
    /// By its sale only, for example.
    Perhaps,
    Known,
}

impl Judge {
    fn told(&self, at: DateTime<Utc>, before: Before) -> Telling {
        let perhaps = self.perhaps_since.map_or(Telling::Silent, |since| since_baseline(at, since).min(Telling::Open));
        let certain = match self.perhaps_since {
            Some(since) if since == self.baseline_at => Telling::Silent,
            _ => since_baseline(at, self.baseline_at),
        };
        let told = certain.max(perhaps).min(self.told_always(at));
        let Some(Over { until, perhaps_until, is_open }) = self.over.filter(|_| before != Before::Known) else {
            return told;
        };
        let is_doubtful = is_open || until.is_none() || before == Before::Perhaps;
        let laid_over = match later_than(at, until.unwrap_or(perhaps_until)) {
            Telling::Silent if is_doubtful => Telling::Open,
            Telling::Told if at <= perhaps_until + BLUR => Telling::Open,
            other => other,
        };
        told.min(laid_over)
    }

    /// The cancellation of an order that is held as open, which is always told, but for what a long gap or an absence
    /// hides.
    fn told_always(&self, at: DateTime<Utc>) -> Telling {
        let covered = since_return(self.covered, self.silence);
        over_gap(at, covered, self.began_at).min(over_silence(at, self.silence))
    }
}

/// What an answer says of one order.
struct Row {
    order: Option<Order>,
    bought_at: Option<DateTime<Utc>>,
    returned_at: Option<DateTime<Utc>>,
    /// When it came to be what it is.
    changed_at: DateTime<Utc>,
}

impl Row {
    fn of(look: &Look, srid: &str) -> Option<Self> {
        let Shelf { orders, sales, .. } = &*look.shown;
        let order = orders.get(srid).copied();
        let sold = |is_return| sales.get(&(srid.to_owned(), is_return)).copied();
        match look.source {
            Source::Sales => {
                let (bought_at, returned_at) = (sold(false), sold(true));
                Some(Self { order: None, bought_at, returned_at, changed_at: bought_at.max(returned_at)? })
            }
            Source::OrderFeed => {
                let order = order.filter(|order| order.known != Known::ToReports)?;
                let (bought_at, returned_at) = (sold(false), sold(true));
                let changed_at = returned_at.or(bought_at).or(order.cancelled_at).unwrap_or(order.ordered_at);
                Some(Self { order: Some(order), bought_at, returned_at, changed_at })
            }
            _ => {
                let order = order.filter(|order| order.known != Known::ToFeed)?;
                let changed_at = order.cancelled_at.unwrap_or(order.ordered_at).max(order.ordered_at);
                Some(Self { order: Some(order), bought_at: None, returned_at: None, changed_at })
            }
        }
    }
}

/// What an answer makes of one order.
struct Tale<'a> {
    sync: &'a Sync<'a>,
    look: &'a Look,
    told: Branch,
}

impl Tale<'_> {
    /// The state after the row; what it makes is told.
    fn take(&mut self, own: Own, row: &Row, orders: Option<&Judge>, sales: Option<&Judge>) -> Own {
        let mut after = own;
        let is_sold = own.is_bought || own.is_returned;
        let before = match own.order {
            Some(_) => Before::Known,
            None if is_sold => Before::Perhaps,
            None => Before::Unknown,
        };
        if let Some(order) = row.order {
            let is_cancelled = order.cancelled_at.is_some();
            match (own.order, order.cancelled_at) {
                (None, Some(at)) => self.add(Kind::Cancellation, at, orders, |judge| judge.told(at, before)),
                (None, None) => {
                    let at = order.ordered_at;
                    self.add(Kind::NewOrder, at, orders, |judge| judge.told(at, before));
                }
                (Some(false), Some(at)) if !is_sold => {
                    self.add(Kind::Cancellation, at, orders, |judge| judge.told_always(at));
                }
                _ => {}
            }
            after.order = Some(is_cancelled || own.order == Some(true));
        }
        // A return is known by its buyout, and a sale by its order, though one that only the report of orders
        // has shown may have been shown by it as what it differs in from the feed.
        let known = match before {
            Before::Known if self.look.source == Source::Sales && !own.is_fed => Before::Perhaps,
            Before::Perhaps => Before::Known,
            other => other,
        };
        if let (Some(at), None) = (row.bought_at.filter(|_| !own.is_bought), row.returned_at) {
            self.add(Kind::Buyout, at, sales, |judge| judge.told(at, known));
        }
        if let Some(returned_at) = row.returned_at {
            if !own.is_bought {
                // The feed shows the return only: when it was bought is between that and the order.
                let since = row.order.map_or(row.bought_at, |order| Some(order.ordered_at)).unwrap_or(returned_at);
                let is_told_by_feed = self.look.source == Source::OrderFeed;
                let at = if is_told_by_feed { returned_at } else { row.bought_at.unwrap_or(returned_at) };
                self.add(Kind::Buyout, at, sales, |judge| {
                    let told = judge.told(at, known);
                    if told == judge.told(since, known) { told } else { Telling::Open }
                });
            }
            if !own.is_returned {
                self.add(Kind::Return, returned_at, sales, |judge| judge.told(returned_at, known));
            }
        }
        after.is_fed |= self.look.source == Source::OrderFeed;
        after.is_bought |= row.bought_at.is_some() || row.returned_at.is_some();
        after.is_returned |= row.returned_at.is_some();
        after
    }

    fn add(&mut self, kind: Kind, at: DateTime<Utc>, judge: Option<&Judge>, told: impl FnOnce(&Judge) -> Telling) {
        let Some(judge) = judge else { return };
        let told = told(judge);
        if told == Telling::Silent {
            return;
        }
        let Sync { looks, srid, facts, .. } = self.sync;
        self.told.push(Emission {
            event: Event { cabinet: facts.cabinet, kind, key: (*srid).to_owned() },
            // Whichever answer of a sync it was.
            seen: looks[0].moment,
            seen_at: looks[0].at,
            at,
            nm_id: facts.articles.of(srid),
            concerns: Concerns::Everybody,
            is_certain: told == Telling::Told,
            baseline_at: judge.baseline_at,
        });
    }
}

/// Whether a source shows the orders that the other one has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Agreement {
    Given,
    Open,
    Refuted,
}

/// What is known of a source of orders so far, for certain or perhaps.
#[derive(Clone, Copy, Default)]
struct Sight {
    /// Whether it is in use for certain: it is compared before it is used, and not any more.
    is_used: bool,
    began_at: Option<DateTime<Utc>>,
    covered: Option<DateTime<Utc>>,
    perhaps_covered: Option<DateTime<Utc>>,
}

impl Sight {
    /// An answer came, and perhaps it is kept.
    fn see(&mut self, look: &Look) {
        self.began_at = self.began_at.or(Some(look.began_at));
        self.perhaps_covered = self.perhaps_covered.max(Some(covers(look)));
    }
}

/// Compares every answer that shows orders with what the other source has shown by then.
fn compare(syncs: &[&[&Look]], is_in_parts: bool) -> Vec<Vec<Agreement>> {
    let mut sights = [Sight::default(); 2];
    let (mut known, mut perhaps_known) = (BTreeSet::<&str>::new(), BTreeSet::<&str>::new());
    let place = |source: Source| usize::from(source == Source::OrderFeed);
    let mut all = Vec::with_capacity(syncs.len());
    for sync in syncs {
        let agreement = |look: &&Look| {
            let (own, mut other) = (sights[place(look.source)], sights[1 - place(look.source)]);
            let is_absent = own.covered.is_some_and(|covered| look.began_at - covered > ABSENCE - LAG * 2);
            if is_in_parts || look.source == Source::Sales || (own.is_used && !is_absent) {
                return Agreement::Given;
            }
            // What the other one shows in the same sync is known to it, perhaps.
            let is_other = |another: &&&Look| another.source != Source::Sales && another.source != look.source;
            let mut perhaps_known = perhaps_known.clone();
            for another in sync.iter().filter(is_other) {
                other.see(another);
                perhaps_known.extend(rows(another).map(|(srid, _)| srid));
            }
            agree(look, other, &known, &perhaps_known)
        };
        let agreements: Vec<Agreement> = sync.iter().map(agreement).collect();
        for (look, agreement) in sync.iter().zip(&agreements) {
            if look.source == Source::Sales || *agreement == Agreement::Refuted {
                continue;
            }
            let sight = &mut sights[place(look.source)];
            sight.see(look);
            perhaps_known.extend(rows(look).map(|(srid, _)| srid));
            if look.fate == Fate::Kept && *agreement == Agreement::Given {
                sight.is_used = true;
                sight.covered = sight.covered.max(Some(covers(look)));
                known.extend(rows(look).map(|(srid, _)| srid).filter(|srid| reaches(look, srid)));
            }
        }
        all.push(agreements);
    }
    all
}

/// The orders of an answer, and when they were made.
fn rows(look: &Look) -> impl Iterator<Item = (&str, DateTime<Utc>)> {
    let hidden_by = if look.source == Source::OrderFeed { Known::ToReports } else { Known::ToFeed };
    let shown = look.shown.orders.iter().filter(move |(_, order)| order.known != hidden_by);
    shown.map(|(srid, order)| (srid.as_str(), order.ordered_at))
}

/// Whether an answer is sure to show an order: what has not changed for longer may be beyond its reach.
fn reaches(look: &Look, srid: &str) -> bool {
    Row::of(look, srid)
        .is_some_and(|row| look.began_at - row.changed_at <= REACH && look.is_within_reach(row.changed_at))
}

/// Whether enough of those orders are known that the other source should have shown. What only perhaps
/// should have been shown, or only perhaps is known, leaves it open.
fn agree(look: &Look, other: Sight, known: &BTreeSet<&str>, perhaps_known: &BTreeSet<&str>) -> Agreement {
    let (Some(began_at), Some(perhaps_until)) = (other.began_at, other.perhaps_covered) else {
        return Agreement::Given;
    };
    // Matching and missing orders: at least, and at most.
    let (mut matching, mut missing) = ((0, 0), (0, 0));
    for (srid, at) in rows(look) {
        let is_comparable = reaches(look, srid)
            && other.covered.is_some_and(|until| at < until - BLUR)
            && at > began_at - REACH + TimeDelta::days(2);
        let is_perhaps = at < perhaps_until + BLUR && at > began_at - FARTHEST;
        matching.0 += usize::from(is_comparable && known.contains(srid));
        matching.1 += usize::from(is_perhaps && perhaps_known.contains(srid));
        missing.0 += usize::from(is_comparable && !perhaps_known.contains(srid));
        missing.1 += usize::from(is_perhaps && !known.contains(srid));
    }
    let is_refuted = |matching: usize, missing: usize| {
        let all = matching + missing;
        all >= COMPARABLE && matching * 100 < all * MATCHING_PERCENT
    };
    // More missing orders refute more; more matching ones refute less, unless they make it enough.
    let refuted_by_least = is_refuted(matching.1, missing.0) && matching.0 + missing.0 >= COMPARABLE;
    let is_never = !(matching.0..=matching.1.max(matching.0)).any(|matching| is_refuted(matching, missing.1));
    if refuted_by_least {
        Agreement::Refuted
    } else if is_never {
        Agreement::Given
    } else {
        Agreement::Open
    }
}
