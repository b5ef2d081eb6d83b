//! Which sources to ask now, with which token, and for how many requests. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{DataSet, PutOff, Source, pace::Limit, token_care::CONFIRM_AFTER};
use store::{
    data_sets::DataSetState,
    leases::{Lease, Outcome},
    limits::{MethodLimit, Reservation},
};
use wb::Method;

use super::cursor::RemainsCursor;
use crate::{
    Settings,
    wb_access::{self, HeldBucket},
};

/// The first sync does not wait for a data set that WB allows, or that works, only after this.
pub(crate) const PUT_OFF_AFTER: TimeDelta = TimeDelta::minutes(10);
/// Requests that one sync spends on a data set whose first load goes on: the burst of the cards'
/// method, which needs the most of them.
const FIRST_LOAD_REQUESTS: u32 = 5;
/// So many requests of a slow limit that reviews and questions share are spent before a question's turn.
const QUESTIONS_TURN: i32 = 4;
/// A cabinet of which nothing can be asked is looked at again after this time.
const IDLE: TimeDelta = TimeDelta::hours(1);

/// What a sync will do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The sources to be asked; those of one host stand together.
    pub asks: Vec<Ask>,
    /// The sources for which the first sync will not wait, because they cannot be asked now.
    pub put_off: Vec<Outcome>,
}

/// One source to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// The source.
    pub source: Source,
    /// The place of the token in the lease.
    pub token: usize,
    /// Requests that may be sent.
    pub requests: u32,
    /// What they take out of the method's bucket.
    pub reservation: Reservation,
    /// When the bucket gives the next request after them.
    pub next_at: DateTime<Utc>,
    /// The time in which WB gives one request back.
    pub interval: TimeDelta,
}

/// Decides what to ask now.
pub(crate) fn plan(lease: &Lease, settings: &Settings, now: DateTime<Utc>) -> Plan {
    let mut plan = Plan { asks: Vec::new(), put_off: Vec::new() };
    let mut spent = lease.clone();
    let turns = turns(lease, settings, now);
    for source in turns.into_iter().filter(|source| is_wanted(lease, settings, *source)) {
        let state = &lease.data_sets[source];
        let Some((token, limit)) = best_token(lease, settings, source) else {
            plan.put_off.extend(put_off(source, state, PutOff::NoAccess, None));
            continue;
        };
        let method = method(lease, source);
        let reading = HeldBucket::of(&spent.limits, method, now);
        let allowed_at = reading.allowed_at(waits(lease, token, source), limit, now);
        if allowed_at > now {
            if allowed_at - now > PUT_OFF_AFTER {
                plan.put_off.extend(put_off(source, state, PutOff::Limit, Some(allowed_at)));
            }
            continue;
        }
        let wanted = if state.baseline_at.is_some() { steady_requests(source) } else { FIRST_LOAD_REQUESTS };
        let requests = reading.bucket.available(limit, now).min(wanted);
        let taken = reading.bucket.take(limit, now, requests);
        // Sources that share a method take from one bucket.
        let row =
            MethodLimit { method: method.name().to_owned(), full_at: taken.full_at, not_before: reading.not_before };
        spent.limits.insert(0, row);
        plan.asks.push(Ask {
            source,
            token,
            requests,
            reservation: Reservation {
                method: method.name().to_owned(),
                read: HeldBucket::of(&lease.limits, method, now).read,
                full_at: taken.full_at,
            },
            next_at: taken.next_at(limit),
            interval: limit.interval,
        });
    }
    one_method_of_stocks(&mut plan.asks);
    sales_first(lease, &mut plan.asks);
    plan
}

/// The reservations of all asks, one for each method.
pub(crate) fn reservations(asks: &[Ask]) -> Vec<Reservation> {
    let mut wanted: Vec<Reservation> = Vec::with_capacity(asks.len());
    for ask in asks {
        match wanted.iter_mut().find(|one| one.method == ask.reservation.method) {
            Some(one) => one.full_at = one.full_at.max(ask.reservation.full_at),
            None => wanted.push(ask.reservation.clone()),
        }
    }
    wanted
}

/// From when one of these sources of the cabinet may be asked again.
pub(crate) fn next_at(lease: &Lease, settings: &Settings, sources: &[Source], now: DateTime<Utc>) -> DateTime<Utc> {
    sources
        .iter()
        .copied()
        .filter(|source| is_wanted(lease, settings, *source))
        .filter_map(|source| {
            let (token, limit) = best_token(lease, settings, source)?;
            let not_before = waits(lease, token, source);
            Some(HeldBucket::of(&lease.limits, method(lease, source), now).allowed_at(not_before, limit, now))
        })
        .min()
        .unwrap_or(now + IDLE)
}

/// How often WB allows a data set to be asked with the cabinet's tokens.
pub(crate) fn interval(lease: &Lease, settings: &Settings, data_set: DataSet) -> Option<TimeDelta> {
    best_token(lease, settings, serving(lease, settings, data_set)).map(|(_, limit)| limit.interval)
}

/// The source from which a data set is read, the richest of those that serve.
pub(crate) fn serving(lease: &Lease, settings: &Settings, data_set: DataSet) -> Source {
    let sources = data_set.sources();
    sources.iter().copied().find(|source| serves(lease, settings, *source)).unwrap_or(sources[0])
}

/// Whether a source is read at all: some are there for tokens to which WB refuses a richer one.
pub(crate) fn is_wanted(lease: &Lease, settings: &Settings, source: Source) -> bool {
    match source {
        // WB allows it as seldom as the statistics, of which one request gives eight times as much.
        Source::OrderFeed => is_fast(lease, settings, source) || !serves(lease, settings, Source::Orders),
        Source::Remains => !serves(lease, settings, Source::Stocks),
        // The reports come into use beside the feed by their orders, which are compared with those of the feed.
        Source::Sales => !is_unproven(lease, settings),
        // Nothing else says what the seller stores in their own warehouses, so its absence is no trouble to speak of.
        Source::SellerStocks | Source::Questions => best_token(lease, settings, source).is_some(),
        Source::Orders | Source::Stocks | Source::Products | Source::Reviews => true,
    }
}

/// Whether the feed is in use, and the reports are not, but their orders may still be compared with it.
fn is_unproven(lease: &Lease, settings: &Settings) -> bool {
    let is_used = |source: Source| lease.data_sets[source].baseline_at.is_some();
    let orders = &lease.data_sets[Source::Orders];
    // Without an error it was put off because no token was there, and perhaps one is now.
    let is_refused = orders.put_off.is_some_and(PutOff::is_lost) && orders.last_error_at.is_some();
    is_used(Source::OrderFeed)
        && !is_used(Source::Orders)
        && !is_used(Source::Sales)
        && !is_refused
        && best_token(lease, settings, Source::Orders).is_some()
}

/// Whether a token is there for the source, and WB refuses it neither to the token nor to everybody.
fn serves(lease: &Lease, settings: &Settings, source: Source) -> bool {
    !lease.data_sets[source].put_off.is_some_and(PutOff::is_lost) && best_token(lease, settings, source).is_some()
}

/// Whether WB allows the source every few minutes.
fn is_fast(lease: &Lease, settings: &Settings, source: Source) -> bool {
    best_token(lease, settings, source).is_some_and(|(_, limit)| limit.interval < PUT_OFF_AFTER)
}

/// The next method that a reading of the source asks.
fn method(lease: &Lease, source: Source) -> Method {
    match source {
        Source::Remains => RemainsCursor::of(&lease.data_sets[source]).method(),
        _ => Method::from(source),
    }
}

/// Requests that a source needs once it is loaded: both lists of reviews and of questions, one answer
/// of the rest.
fn steady_requests(source: Source) -> u32 {
    match source {
        Source::Reviews | Source::Questions => 2,
        _ => 1,
    }
}

/// The sources in the order in which they take their requests. Reviews and questions share a limit that
/// gives a base token one request in 12 minutes: the reviews, of which people are told, would take each
/// of them, so every fourth belongs to the questions.
fn turns(lease: &Lease, settings: &Settings, now: DateTime<Utc>) -> [Source; 9] {
    let (reviews, questions) = (Source::Reviews, Source::Questions);
    let mut turns = Source::ALL;
    let is_loaded = lease.data_sets[reviews].baseline_at.is_some();
    let shared = best_token(lease, settings, questions).map(|(_, limit)| limit.interval);
    let Some(interval) = shared.filter(|interval| is_loaded && *interval >= PUT_OFF_AFTER) else { return turns };
    let read_at = lease.data_sets[questions].last_success_at;
    if read_at.is_none_or(|at| now - at >= interval * QUESTIONS_TURN) {
        turns.swap(reviews.place(), questions.place());
    }
    turns
}

/// The richer method of stocks is tried again while the report of remains serves: what the report says is older, and
/// both in one sync would stand for the same moment.
fn one_method_of_stocks(asks: &mut Vec<Ask>) {
    if asks.iter().any(|ask| ask.source == Source::Stocks) {
        asks.retain(|ask| ask.source != Source::Remains);
    }
}

/// Before both are loaded the sales come first: an order is then written once, in the state to which its
/// sale has brought it. Nothing of a first load is told, so its order does not matter to anybody.
fn sales_first(lease: &Lease, asks: &mut [Ask]) {
    let is_first_load = |ask: &Ask| lease.data_sets[ask.source].baseline_at.is_none();
    if let [orders, sales, ..] = asks
        && (orders.source, sales.source) == (Source::Orders, Source::Sales)
        && is_first_load(orders)
        && is_first_load(sales)
    {
        std::mem::swap(orders, sales);
    }
}

/// From when WB's limit alone allows a source to be asked; `None` where no token may.
pub(crate) fn limited_until(
    lease: &Lease,
    settings: &Settings,
    source: Source,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let (_, limit) = best_token(lease, settings, source)?;
    Some(HeldBucket::of(&lease.limits, method(lease, source), now).allowed_at(None, limit, now))
}

/// Our own wait of a source: its pace, a back-off, or what WB refused to this very token. What it
/// refused to another one says nothing, unless the token's other sources work: then WB refuses the
/// method and not the token.
fn waits(lease: &Lease, token: usize, source: Source) -> Option<DateTime<Utc>> {
    let (state, token) = (&lease.data_sets[source], &lease.tokens[token]);
    let works = |other: &Source| {
        let other_state = &lease.data_sets[*other];
        *other != source && other.category() == source.category() && other_state.last_success_at > state.last_error_at
    };
    let was_refused = state.put_off == Some(PutOff::NoAccess);
    let is_another_tokens = was_refused && token.is_trusted_for(source.category()) && !Source::ALL.iter().any(works);
    let not_before = state.not_before.filter(|_| !is_another_tokens);
    not_before.max(token.suspected_at.map(|since| since + CONFIRM_AFTER))
}

/// The best token for a source.
pub(crate) fn best_token(lease: &Lease, settings: &Settings, source: Source) -> Option<(usize, Limit)> {
    wb_access::best_token(lease.tokens.iter().enumerate(), (source.category(), method(lease, source)), settings)
}

/// The first sync need not wait for this source; `None` where that is known already, or where it is
/// loaded and nobody waits.
fn put_off(source: Source, state: &DataSetState, reason: PutOff, until: Option<DateTime<Utc>>) -> Option<Outcome> {
    let is_news = state.baseline_at.is_none() && state.put_off != Some(reason);
    is_news.then_some(Outcome {
        source,
        succeeded: false,
        error: None,
        said_nothing: None,
        forgets_position: false,
        not_before: state.not_before,
        covered_until: None,
        put_off: Some(reason),
        put_off_until: until,
    })
}
