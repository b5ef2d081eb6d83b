//! Which data sets to ask now, with which token, and for how many requests. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    DataSet,
    pace::{Bucket, Limit},
    token_care::CONFIRM_AFTER,
};
use store::{
    data_sets::DataSetState,
    leases::{Lease, Outcome},
    limits::{MethodLimit, Reservation},
};
use wb::{Access, Method};

use crate::Settings;

/// The first sync does not wait for a data set that WB allows, or that works, only after this.
pub const PUT_OFF_AFTER: TimeDelta = TimeDelta::minutes(10);
/// Requests that one sync spends on a data set whose first load goes on: the burst of the cards'
/// method, which needs the most of them.
const FIRST_LOAD_REQUESTS: u32 = 5;
/// A cabinet of which nothing can be asked is looked at again after this time.
const IDLE: TimeDelta = TimeDelta::hours(1);

/// Why a data set is put off that no token may read.
pub const NO_ACCESS: &str = "no_access";

/// What a sync will do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The data sets to be asked.
    pub asks: Vec<Ask>,
    /// The data sets for which the first sync will not wait, because they cannot be asked now.
    pub put_off: Vec<Outcome>,
}

/// One data set to be asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The data set.
    pub data_set: DataSet,
    /// The place of the token in the lease.
    pub token: usize,
    /// Requests that may be sent.
    pub requests: u32,
    /// What they take out of the method's bucket.
    pub reservation: Reservation,
    /// When the bucket gives the next request after them.
    pub next_at: DateTime<Utc>,
}

/// The place of a data set in a lease, whose data sets stand in the order of [`DataSet::ALL`].
pub fn place(data_set: DataSet) -> usize {
    DataSet::ALL.iter().position(|one| *one == data_set).expect("ALL holds every data set")
}

/// Decides what to ask now.
pub fn plan(lease: &Lease, settings: &Settings, now: DateTime<Utc>) -> Plan {
    let mut plan = Plan { asks: Vec::new(), put_off: Vec::new() };
    for (data_set, state) in DataSet::ALL.into_iter().zip(&lease.data_sets) {
        let Some((token, limit)) = best_token(lease, settings, data_set) else {
            plan.put_off.extend(put_off(data_set, state, NO_ACCESS, None));
            continue;
        };
        let method = Reading::of(lease, Method::from(data_set), now);
        let allowed_at = method.allowed_at(waits(lease, token, data_set), limit, now);
        if allowed_at > now {
            if allowed_at - now > PUT_OFF_AFTER {
                plan.put_off.extend(put_off(data_set, state, "limit", Some(allowed_at)));
            }
            continue;
        }
        let wanted = if state.baseline_at.is_some() { steady_requests(data_set) } else { FIRST_LOAD_REQUESTS };
        let requests = method.bucket.available(limit, now).min(wanted);
        let taken = method.bucket.take(limit, now, requests);
        plan.asks.push(Ask {
            data_set,
            token,
            requests,
            reservation: Reservation {
                method: Method::from(data_set).name().to_owned(),
                read: method.read,
                full_at: taken.full_at,
            },
            next_at: taken.next_at(limit),
        });
    }
    plan
}

/// From when something of the cabinet may be asked again.
pub fn next_at(lease: &Lease, settings: &Settings, now: DateTime<Utc>) -> DateTime<Utc> {
    DataSet::ALL
        .into_iter()
        .filter_map(|data_set| {
            let (token, limit) = best_token(lease, settings, data_set)?;
            let not_before = waits(lease, token, data_set);
            Some(Reading::of(lease, Method::from(data_set), now).allowed_at(not_before, limit, now))
        })
        .min()
        .unwrap_or(now + IDLE)
}

/// How often WB allows a data set to be asked with the cabinet's best token.
pub fn interval(lease: &Lease, settings: &Settings, data_set: DataSet) -> Option<TimeDelta> {
    best_token(lease, settings, data_set).map(|(_, limit)| limit.interval)
}

/// Requests that a data set needs once it is loaded: both lists of reviews, one answer of the rest.
fn steady_requests(data_set: DataSet) -> u32 {
    match data_set {
        DataSet::Reviews => 2,
        DataSet::Orders | DataSet::Sales | DataSet::Products | DataSet::Stocks => 1,
    }
}

/// From when WB's limit alone allows a data set to be asked; `None` where no token may.
pub fn limited_until(
    lease: &Lease,
    settings: &Settings,
    data_set: DataSet,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let (_, limit) = best_token(lease, settings, data_set)?;
    Some(Reading::of(lease, Method::from(data_set), now).allowed_at(None, limit, now))
}

/// One request out of a method's bucket; `None` where WB allows none now.
pub fn take_one(lease: &Lease, method: Method, limit: Limit, now: DateTime<Utc>) -> Option<Reservation> {
    let reading = Reading::of(lease, method, now);
    (reading.allowed_at(None, limit, now) <= now).then(|| Reservation {
        method: method.name().to_owned(),
        read: reading.read,
        full_at: reading.bucket.take(limit, now, 1).full_at,
    })
}

/// Our own wait of a data set: its pace, a back-off, or what WB refused to this very token. What it
/// refused to another one says nothing.
fn waits(lease: &Lease, token: usize, data_set: DataSet) -> Option<DateTime<Utc>> {
    let (state, token) = (&lease.data_sets[place(data_set)], &lease.tokens[token]);
    let was_refused = state.put_off_reason.as_deref() == Some(NO_ACCESS);
    let not_before = state.not_before.filter(|_| !was_refused || !token.is_trusted_for(data_set.category()));
    not_before.max(token.suspected_at.map(|since| since + CONFIRM_AFTER))
}

/// The best token for a data set: of the category, one that WB has not refused for it first, then one
/// with full limits, then the newest.
fn best_token(lease: &Lease, settings: &Settings, data_set: DataSet) -> Option<(usize, Limit)> {
    lease
        .tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.categories.has(data_set.category()))
        .filter_map(|(place, token)| match wb::limit(Method::from(data_set), token.token_type) {
            Access::Limited(limit) => Some((place, token, slowed(limit, settings))),
            Access::Refused => None,
        })
        .min_by_key(|(place, token, _)| {
            (!token.is_trusted_for(data_set.category()), !token.token_type.has_full_limits(), *place)
        })
        .map(|(place, _, limit)| (place, limit))
}

/// WB's limit, made slower by the deployment's own; never faster.
pub fn slowed(limit: Limit, settings: &Settings) -> Limit {
    let mut slowed = limit;
    if let Some(requests) = settings.wb_rate_limit_per_min.map(|requests| requests.max(1)) {
        let interval = TimeDelta::minutes(1) / i32::try_from(requests).unwrap_or(i32::MAX);
        slowed = Limit { interval: slowed.interval.max(interval), burst: slowed.burst.min(requests) };
    }
    if let Some(interval) = settings.wb_interval {
        slowed = Limit { interval: slowed.interval.max(interval), burst: 1 };
    }
    slowed
}

/// The first sync need not wait for this data set; `None` where that is known already, or where it
/// is loaded and nobody waits.
fn put_off(
    data_set: DataSet,
    state: &DataSetState,
    reason: &'static str,
    until: Option<DateTime<Utc>>,
) -> Option<Outcome> {
    let is_news = state.baseline_at.is_none() && state.put_off_reason.as_deref() != Some(reason);
    is_news.then_some(Outcome {
        data_set,
        succeeded: false,
        error: None,
        not_before: state.not_before,
        covered_until: None,
        put_off_reason: Some(reason),
        put_off_until: until,
    })
}

/// A method's bucket as it was read.
struct Reading {
    read: Option<DateTime<Utc>>,
    bucket: Bucket,
    not_before: Option<DateTime<Utc>>,
}

impl Reading {
    fn of(lease: &Lease, method: Method, now: DateTime<Utc>) -> Self {
        let name = method.name();
        let row: Option<&MethodLimit> = lease.limits.iter().find(|limit| limit.method == name);
        Self {
            read: row.map(|row| row.full_at),
            bucket: Bucket { full_at: row.map_or(now, |row| row.full_at) },
            not_before: row.and_then(|row| row.not_before),
        }
    }

    /// When the method may be asked: by our own wait, by the bucket and by WB's own word.
    fn allowed_at(&self, not_before: Option<DateTime<Utc>>, limit: Limit, now: DateTime<Utc>) -> DateTime<Utc> {
        [not_before, self.not_before, Some(self.bucket.next_at(limit))].into_iter().flatten().fold(now, Ord::max)
    }
}
