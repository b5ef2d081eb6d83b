//! A token bucket whose only state is one moment, so that it can live in one column.
//!
//! This is the generic cell rate algorithm: the bucket is full when `full_at` has passed, and each
//! request moves `full_at` by one interval.

use chrono::{DateTime, TimeDelta, Utc};

/// WB's limit of one method for one type of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The time in which one request comes back.
    pub interval: TimeDelta,
    /// How many requests the full bucket holds.
    pub burst: u32,
}

/// The bucket of one seller and method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// When the bucket will be full again.
    pub full_at: DateTime<Utc>,
}

impl Bucket {
    /// How many requests may be sent now.
    #[must_use]
    pub fn available(self, limit: Limit, now: DateTime<Utc>) -> u32 {
        let owed = (self.full_at - now).max(TimeDelta::zero()).num_milliseconds();
        let interval = limit.interval.num_milliseconds().max(1);
        let missing = u32::try_from((owed + interval - 1) / interval).unwrap_or(u32::MAX);
        limit.burst.saturating_sub(missing)
    }

    /// The bucket after `requests` were taken out of it.
    #[must_use]
    pub fn take(self, limit: Limit, now: DateTime<Utc>, requests: u32) -> Self {
        Self { full_at: self.full_at.max(now) + limit.interval * i32::try_from(requests).unwrap_or(i32::MAX) }
    }

    /// When the next request may be sent.
    #[must_use]
    pub fn next_at(self, limit: Limit) -> DateTime<Utc> {
        self.full_at - limit.interval * (i32::try_from(limit.burst).unwrap_or(i32::MAX) - 1)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_request_an_interval() {
        let limit = Limit { interval: TimeDelta::minutes(1), burst: 10 };
        let start = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let full = Bucket { full_at: start - TimeDelta::days(1) };
        assert_eq!(full.available(limit, start), 10);

        let empty = full.take(limit, start, 10);
        assert_eq!(empty.available(limit, start), 0);
        assert_eq!(empty.next_at(limit), start + TimeDelta::minutes(1));
        assert_eq!(empty.available(limit, start + TimeDelta::seconds(59)), 0);
        assert_eq!(empty.available(limit, start + TimeDelta::minutes(1)), 1);
        assert_eq!(empty.available(limit, start + TimeDelta::minutes(60)), 10);
    }

    #[test]
    fn a_bucket_of_one_never_gives_two_within_an_interval() {
        let limit = Limit { interval: TimeDelta::hours(3), burst: 1 };
        let start = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let mut bucket = Bucket { full_at: start };
        let mut sent = Vec::new();
        for minute in 0..24 * 60 {
            let now = start + TimeDelta::minutes(minute);
            if bucket.available(limit, now) > 0 {
                bucket = bucket.take(limit, now, 1);
                sent.push(now);
            }
        }
        assert_eq!(sent.len(), 8);
        assert!(sent.windows(2).all(|pair| pair[1] - pair[0] >= limit.interval));
    }

    #[test]
    fn a_request_comes_back_with_the_last_millisecond_of_its_interval() {
        let limit = Limit { interval: TimeDelta::seconds(20), burst: 3 };
        let start = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let bucket = Bucket { full_at: start }.take(limit, start, 2);
        assert_eq!(bucket.full_at, start + TimeDelta::seconds(40));
        let available = |milliseconds| bucket.available(limit, start + TimeDelta::milliseconds(milliseconds));
        assert_eq!([0, 19_999, 20_000, 39_999, 40_000, 40_001].map(available), [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn what_is_taken_from_a_bucket_that_fills_comes_on_top_of_what_it_owes() {
        let limit = Limit { interval: TimeDelta::seconds(20), burst: 3 };
        let start = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        // 10 s after two were taken 30 s are owed, and a third makes them 50 s: room for one at 10 s of them, in 10 s.
        let bucket = Bucket { full_at: start + TimeDelta::seconds(40) };
        let now = start + TimeDelta::seconds(10);
        let taken = bucket.take(limit, now, 1);
        assert_eq!(taken.full_at, start + TimeDelta::seconds(60));
        assert_eq!(taken.available(limit, now), 0);
        assert_eq!(taken.next_at(limit), start + TimeDelta::seconds(20));
        assert_eq!(taken.available(limit, start + TimeDelta::seconds(20)), 1);
    }

    #[test]
    fn a_bucket_that_owes_more_than_it_holds_gives_nothing() {
        let limit = Limit { interval: TimeDelta::seconds(20), burst: 3 };
        let start = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let bucket = Bucket { full_at: start + TimeDelta::days(365) };
        assert_eq!(bucket.available(limit, start), 0);
        assert_eq!(bucket.next_at(limit), bucket.full_at - TimeDelta::seconds(40));
    }
}
