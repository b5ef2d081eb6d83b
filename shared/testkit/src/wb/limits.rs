//! WB's limits as real token buckets (facts §3): per seller and method or group of methods, by the
//! type of the token.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::method::{Host, Method};
use super::token::TokenType;

/// One line of the table: a request comes back every `interval`, and `burst` can be saved up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    interval: TimeDelta,
    burst: u32,
}

/// The table. A test token is refused before it gets here.
fn limit(method: Method, base: bool) -> Limit {
    let (interval, burst) = match method {
        // The documents say "3 in 30 s" here and "burst 99" there: the fake holds the narrower.
        Method::Ping => (TimeDelta::seconds(10), 3),
        Method::SellerInfo if base => (TimeDelta::hours(24), 1),
        Method::SellerInfo => (TimeDelta::minutes(1), 10),
        Method::Orders if base => (TimeDelta::hours(3), 1),
        Method::Orders => (TimeDelta::minutes(1), 10),
        Method::Sales if base => (TimeDelta::hours(2), 1),
        Method::Sales => (TimeDelta::minutes(1), 1),
        Method::OrderFeed if base => (TimeDelta::hours(3), 1),
        Method::OrderFeed => (TimeDelta::minutes(1), 1),
        Method::Stocks | Method::SellerStocks => (TimeDelta::seconds(20), 1),
        Method::RemainsCreate | Method::RemainsStatus | Method::RemainsDownload if base => (TimeDelta::minutes(15), 1),
        Method::RemainsCreate => (TimeDelta::minutes(1), 5),
        Method::RemainsStatus => (TimeDelta::seconds(5), 5),
        Method::RemainsDownload => (TimeDelta::minutes(1), 1),
        Method::Cards => (TimeDelta::milliseconds(600), 5),
        Method::Feedbacks | Method::Feedback | Method::FeedbackAnswer | Method::Questions if base => {
            (TimeDelta::minutes(12), 1)
        }
        Method::Feedbacks | Method::Feedback | Method::FeedbackAnswer | Method::Questions => {
            (TimeDelta::milliseconds(333), 6)
        }
        Method::News if base => (TimeDelta::hours(1), 1),
        Method::News => (TimeDelta::minutes(1), 10),
    };
    Limit { interval, burst }
}

/// Whose bucket a request is taken from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) seller: Uuid,
    pub(super) token_type: TokenType,
    /// The request carries the secret of a service, which gives a base token the full limits.
    pub(super) has_secret: bool,
    pub(super) host: Host,
    pub(super) method: Method,
}

impl Caller {
    fn limit(self) -> Limit {
        limit(self.method, self.is_base())
    }

    fn is_base(self) -> bool {
        self.token_type == TokenType::Base && !self.has_secret
    }

    /// All tokens of a seller share a bucket, but a base token's is another one than the full.
    /// Each host has a ping of its own; every other method lives on one host. All methods of reviews
    /// and questions share one.
    fn key(self) -> String {
        let tier = if self.is_base() { "base" } else { "full" };
        let method = match self.method {
            Method::Feedback | Method::FeedbackAnswer | Method::Questions => Method::Feedbacks,
            method => method,
        };
        format!("{}/{}/{}/{tier}", self.seller, self.host.name(), method.name())
    }
}

/// What the limiter says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// Let through; so many more could follow at once.
    Granted { remaining: u32 },
    /// Too early.
    Refused(Refusal),
}

/// The headers of a 429, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Until the next request is let through.
    pub(super) retry_seconds: i64,
    /// The burst.
    pub(super) limit: u32,
    /// Until the bucket is full.
    pub(super) reset_seconds: i64,
}

/// What is left in one bucket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Bucket {
    left: u32,
    /// From when on the next token grows.
    since: DateTime<Utc>,
    /// Nothing is let through before: somebody played WB's seller-wide limiter.
    closed_until: Option<DateTime<Utc>>,
}

impl Bucket {
    fn refill(&mut self, limit: Limit, now: DateTime<Utc>) {
        let interval = limit.interval.num_milliseconds();
        let grown = (now - self.since).num_milliseconds().max(0) / interval;
        let missing = i64::from(limit.burst.saturating_sub(self.left));
        if grown >= missing {
            self.left = limit.burst;
            self.since = now;
        } else {
            self.left += u32::try_from(grown).unwrap_or(0);
            self.since += TimeDelta::milliseconds(interval * grown);
        }
        self.closed_until = self.closed_until.filter(|until| *until > now);
    }

    fn refusal(self, limit: Limit, now: DateTime<Utc>) -> Refusal {
        let after = |intervals: u32| {
            let grown = self.since + limit.interval * i32::try_from(intervals).unwrap_or(i32::MAX);
            let open = self.closed_until.map_or(grown, |until| until.max(grown));
            // Rounded up: a client that waits exactly this long must be let through.
            ((open - now).num_milliseconds() + 999) / 1000
        };
        Refusal {
            retry_seconds: after(u32::from(self.left == 0)).max(1),
            limit: limit.burst,
            reset_seconds: after(limit.burst.saturating_sub(self.left)).max(1),
        }
    }
}

/// All buckets, by a key that can be read in a snapshot.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Buckets(BTreeMap<String, Bucket>);

impl Buckets {
    /// Takes one token out of the bucket, or says how long to wait. A refusal costs nothing.
    pub(super) fn take(&mut self, caller: Caller, now: DateTime<Utc>) -> Passage {
        let bucket = self.bucket(caller, now);
        bucket.refill(caller.limit(), now);
        if bucket.left == 0 || bucket.closed_until.is_some() {
            return Passage::Refused(bucket.refusal(caller.limit(), now));
        }
        bucket.left -= 1;
        Passage::Granted { remaining: bucket.left }
    }

    /// Closes the bucket for `seconds`: what comes earlier is refused.
    pub(super) fn close(&mut self, caller: Caller, now: DateTime<Utc>, seconds: u32) -> Refusal {
        let bucket = self.bucket(caller, now);
        bucket.closed_until = Some(now + TimeDelta::seconds(i64::from(seconds)));
        bucket.refusal(caller.limit(), now)
    }

    /// Fills every bucket and opens the closed ones.
    pub(super) fn refill(&mut self) {
        self.0.clear();
    }

    fn bucket(&mut self, caller: Caller, now: DateTime<Utc>) -> &mut Bucket {
        let full = Bucket { left: caller.limit().burst, since: now, closed_until: None };
        self.0.entry(caller.key()).or_insert(full)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::dice::Dice;

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
    }

    fn caller(seed: u64, method: Method, token_type: TokenType) -> Caller {
        Caller { seller: Dice::new(seed).uuid(), token_type, has_secret: false, host: method.host(), method }
    }

    fn granted(verdict: Passage) -> bool {
        matches!(verdict, Passage::Granted { .. })
    }

    /// How many requests are let through when one is sent every `step` for `hours`.
    fn let_through(method: Method, token_type: TokenType, step: TimeDelta, hours: i64) -> usize {
        let (caller, mut buckets) = (caller(1, method, token_type), Buckets::default());
        let steps = TimeDelta::hours(hours).num_milliseconds() / step.num_milliseconds();
        (0..steps)
            .filter(|n| {
                let now = start() + TimeDelta::milliseconds(step.num_milliseconds() * n);
                granted(buckets.take(caller, now))
            })
            .count()
    }

    #[test]
    fn every_line_of_the_table_gives_its_burst_and_then_its_rate() {
        use Method::*;
        let second = TimeDelta::seconds(1);
        // An hour holds the burst and then one request for each whole interval.
        for (method, full, base) in [
            (Ping, 3 + 359, 3 + 359),
            (SellerInfo, 10 + 59, 1),
            (Orders, 10 + 59, 1),
            (Sales, 60, 1),
            (Stocks, 180, 180),
            (SellerStocks, 180, 180),
            (OrderFeed, 60, 1),
            (RemainsCreate, 5 + 59, 4),
            (RemainsStatus, 5 + 719, 4),
            (RemainsDownload, 60, 4),
            (Feedbacks, 3600, 5),
            (Feedback, 3600, 5),
            (FeedbackAnswer, 3600, 5),
            (Questions, 3600, 5),
            (News, 10 + 59, 1),
        ] {
            for (token_type, expected) in
                [(TokenType::Personal, full), (TokenType::Service, full), (TokenType::Base, base)]
            {
                assert_eq!(let_through(method, token_type, second, 1), expected, "{method:?} {token_type:?}");
            }
        }
        assert_eq!(let_through(Orders, TokenType::Base, second, 24), 8);
        assert_eq!(let_through(Sales, TokenType::Base, second, 24), 12);
        assert_eq!(let_through(SellerInfo, TokenType::Base, TimeDelta::minutes(1), 48), 2);
        assert_eq!(let_through(Cards, TokenType::Base, TimeDelta::milliseconds(100), 1), 5 + 5999);
    }

    #[test]
    fn a_refusal_names_the_wait_exactly_and_costs_nothing() {
        let (caller, mut buckets) = (caller(1, Method::Orders, TokenType::Personal), Buckets::default());
        let mut take = |seconds: i64| buckets.take(caller, start() + TimeDelta::seconds(seconds));
        for left in (0..10).rev() {
            assert_eq!(take(0), Passage::Granted { remaining: left });
        }
        assert_eq!(take(15), Passage::Refused(Refusal { retry_seconds: 45, limit: 10, reset_seconds: 585 }));
        assert_eq!(take(59), Passage::Refused(Refusal { retry_seconds: 1, limit: 10, reset_seconds: 541 }));
        assert_eq!(take(60), Passage::Granted { remaining: 0 });
        assert!(!granted(take(61)));
        assert_eq!(take(660), Passage::Granted { remaining: 9 });
    }

    #[test]
    fn sellers_hosts_and_tiers_have_buckets_of_their_own() {
        let mut buckets = Buckets::default();
        let mut take = |caller| granted(buckets.take(caller, start()));
        assert!(take(caller(1, Method::Stocks, TokenType::Personal)));
        assert!(!take(caller(1, Method::Stocks, TokenType::Service)));
        assert!(take(caller(2, Method::Stocks, TokenType::Personal)));
        assert!(take(caller(1, Method::Orders, TokenType::Base)));
        assert!(!take(caller(1, Method::Orders, TokenType::Base)));
        assert!(take(caller(1, Method::Orders, TokenType::Personal)));
        let ping = caller(1, Method::Ping, TokenType::Personal);
        for _ in 0..3 {
            assert!(take(ping));
        }
        assert!(!take(ping));
        assert!(take(caller(1, Method::Questions, TokenType::Base)));
        assert!(!take(caller(1, Method::FeedbackAnswer, TokenType::Base)));
        assert!(take(Caller { has_secret: true, ..caller(1, Method::FeedbackAnswer, TokenType::Base) }));
        assert!(take(Caller { host: Host::Feedbacks, ..ping }));
    }

    #[test]
    fn a_closed_bucket_stays_closed_as_long_as_it_said() {
        let (caller, mut buckets) = (caller(1, Method::Orders, TokenType::Personal), Buckets::default());
        let refusal = buckets.close(caller, start(), 600);
        assert_eq!(refusal, Refusal { retry_seconds: 600, limit: 10, reset_seconds: 600 });
        let mut take = |seconds| granted(buckets.take(caller, start() + TimeDelta::seconds(seconds)));
        assert!(!take(599));
        assert!(take(600));
    }
}
