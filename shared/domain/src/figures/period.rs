//! What a shop did in a period, and how that compares with another one.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use crate::{Rubles, moscow};

/// Changes of a smaller count are told as counts: a percentage would say more than it knows.
const PERCENT_FROM: i64 = 10;

/// What a shop, or several together, did in a period. A sum of 0 is one of which nothing is known, and is not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PeriodFigures {
    /// Orders made, cancelled ones included.
    pub orders: i64,
    /// Their sum: of the seller's prices with their discount.
    pub order_sum: Decimal,
    /// Orders whose price WB has not filled in; the sum lacks them.
    pub without_price: i64,
    /// Buyouts by sale date.
    pub buyouts: i64,
    /// The sum of their prices with the seller's discount.
    pub buyout_sum: Decimal,
    /// Orders cancelled in the period, whenever they were made.
    pub cancellations: i64,
    /// Returns by sale date.
    pub returns: i64,
    /// What WB pays for the buyouts.
    pub paid: Decimal,
    /// What WB takes back for the returns, by absolute value.
    pub taken_back: Decimal,
}

impl PeriodFigures {
    /// «К перечислению» = Σ `forPay` of the buyouts less that of the returns by absolute value.
    #[must_use]
    pub fn to_pay(&self) -> Decimal {
        self.paid - self.taken_back.abs()
    }

    /// «Средняя цена заказа»: the sum over the orders in it; `None` if no order has a price.
    #[must_use]
    pub fn mean_price(&self) -> Option<Rubles> {
        let priced = self.orders - self.without_price;
        if priced <= 0 || self.order_sum.is_zero() {
            return None;
        }
        let mean = self.order_sum / Decimal::from(priced);
        Some(Rubles(mean.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)))
    }
}

/// A period that a person chooses. A day is a Moscow day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// Today so far.
    #[default]
    Today,
    /// Yesterday.
    Yesterday,
    /// Today and the six days before it.
    Week,
    /// Today and the 29 days before it.
    Month,
}

/// From which moment on, and before which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub since: DateTime<Utc>,
    /// The moment after the last.
    pub until: DateTime<Utc>,
}

impl Span {
    /// So much earlier.
    #[must_use]
    pub fn earlier(self, by: TimeDelta) -> Self {
        Self { since: self.since - by, until: self.until - by }
    }
}

impl Period {
    /// All of them, in the order in which a person chooses.
    pub const ALL: [Self; 4] = [Self::Today, Self::Yesterday, Self::Week, Self::Month];

    /// The period itself, as far as the data go, which are known up to `fresh_at`.
    #[must_use]
    pub fn span(self, now: DateTime<Utc>, fresh_at: DateTime<Utc>) -> Span {
        let midnight = moscow::midnight(moscow::day(now));
        let days = |days| midnight - TimeDelta::days(days);
        // Data of yesterday are no reason to call yesterday today.
        let until = fresh_at.max(midnight);
        match self {
            Self::Today => Span { since: midnight, until },
            Self::Yesterday => Span { since: days(1), until: midnight },
            Self::Week => Span { since: days(6), until },
            Self::Month => Span { since: days(29), until },
        }
    }

    /// The period with which it is compared: the same weekday a week before, cut at the same time; the week or the 30 days
    /// before.
    #[must_use]
    pub fn before(self, span: Span) -> Span {
        span.earlier(match self {
            Self::Today | Self::Yesterday | Self::Week => TimeDelta::days(7),
            Self::Month => TimeDelta::days(30),
        })
    }
}

/// How a figure differs from that of another period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// By so many: the base is small.
    Count(i64),
    /// By so many per cent of the base.
    Percent(i64),
}

/// How a count differs from its base.
#[must_use]
pub fn change_of_count(now: i64, base: i64) -> Change {
    if base < PERCENT_FROM {
        return Change::Count(now - base);
    }
    change_of_sum(now.into(), base.into()).unwrap_or(Change::Count(now - base))
}

/// How a sum differs from its base; `None` without a base.
#[must_use]
pub fn change_of_sum(now: Decimal, base: Decimal) -> Option<Change> {
    if base.is_zero() {
        return None;
    }
    let percent = (now - base) * Decimal::ONE_HUNDRED / base;
    percent.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().map(Change::Percent)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, day, hour, minute, 0).unwrap()
    }

    #[test]
    fn what_wb_takes_back_is_taken_off_and_orders_without_a_price_are_not_in_the_mean() {
        let figures = PeriodFigures {
            orders: 5,
            order_sum: Decimal::new(2_000, 0),
            without_price: 2,
            paid: Decimal::new(1_000, 0),
            taken_back: Decimal::new(-300, 0),
            ..PeriodFigures::default()
        };
        assert_eq!(figures.to_pay(), Decimal::new(700, 0));
        assert_eq!(figures.mean_price(), Some(Rubles(Decimal::new(66_667, 2))), "2,000 over three orders");
        assert_eq!(PeriodFigures { without_price: 5, ..figures }.mean_price(), None);
        assert_eq!(PeriodFigures { without_price: 6, ..figures }.mean_price(), None);
        assert_eq!(PeriodFigures { order_sum: Decimal::ZERO, ..figures }.mean_price(), None);
        assert_eq!(PeriodFigures { orders: 1, without_price: 0, ..figures }.mean_price(), Some(Rubles(2_000.into())));
    }

    #[test]
    fn periods_are_moscow_days_and_end_where_the_data_end() {
        // 00:30 on the 23rd in Moscow, with data of 00:10.
        let (now, fresh) = (at(22, 21, 30), at(22, 21, 10));
        let span = |period: Period| (period.span(now, fresh).since, period.span(now, fresh).until);
        assert_eq!(span(Period::Today), (at(22, 21, 0), fresh));
        assert_eq!(span(Period::Yesterday), (at(21, 21, 0), at(22, 21, 0)));
        assert_eq!(span(Period::Week), (at(16, 21, 0), fresh));
        assert_eq!(span(Period::Month), (Utc.with_ymd_and_hms(2026, 10, 24, 21, 0, 0).unwrap(), fresh));
        let stale = Period::Today.span(now, at(22, 20, 0));
        assert_eq!((stale.since, stale.until), (at(22, 21, 0), at(22, 21, 0)), "nothing is known of today");
    }

    #[test]
    fn a_day_is_compared_with_the_same_weekday_and_a_month_with_the_one_before() {
        let (now, fresh) = (at(22, 9, 0), at(22, 8, 55));
        let before = |period: Period| {
            let before = period.before(period.span(now, fresh));
            (before.since, before.until)
        };
        assert_eq!(before(Period::Today), (at(14, 21, 0), at(15, 8, 55)));
        assert_eq!(before(Period::Yesterday), (at(13, 21, 0), at(14, 21, 0)));
        assert_eq!(before(Period::Week), (at(8, 21, 0), at(15, 8, 55)));
        let month = |month, day, hour, minute| Utc.with_ymd_and_hms(2026, month, day, hour, minute, 0).unwrap();
        assert_eq!(before(Period::Month), (month(9, 23, 21, 0), month(10, 23, 8, 55)));
    }

    #[test]
    fn small_counts_change_by_counts_and_larger_ones_by_per_cent() {
        assert_eq!(change_of_count(62, 48), Change::Percent(29));
        assert_eq!(change_of_count(5, 10), Change::Percent(-50));
        assert_eq!(change_of_count(12, 9), Change::Count(3));
        assert_eq!(change_of_count(0, 4), Change::Count(-4));
        assert_eq!(change_of_sum(Decimal::new(1_005, 1), Decimal::new(100, 0)), Some(Change::Percent(1)));
        assert_eq!(change_of_sum(Decimal::new(995, 1), Decimal::new(100, 0)), Some(Change::Percent(-1)));
        assert_eq!(change_of_sum(Decimal::ONE, Decimal::ZERO), None);
    }
}
