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

    /// Both together.
    #[must_use]
    pub fn with(self, other: &Self) -> Self {
        Self {
            orders: self.orders + other.orders,
            order_sum: self.order_sum + other.order_sum,
            without_price: self.without_price + other.without_price,
            buyouts: self.buyouts + other.buyouts,
            buyout_sum: self.buyout_sum + other.buyout_sum,
            cancellations: self.cancellations + other.cancellations,
            returns: self.returns + other.returns,
            paid: self.paid + other.paid,
            taken_back: self.taken_back + other.taken_back,
        }
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
    /// Whether it has no moment: nothing is known of the period.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.since >= self.until
    }

    /// So much earlier.
    #[must_use]
    pub fn earlier(self, by: TimeDelta) -> Self {
        Self { since: self.since - by, until: self.until - by }
    }
}

impl Period {
    /// All of them, in the order in which a person chooses.
    pub const ALL: [Self; 4] = [Self::Today, Self::Yesterday, Self::Week, Self::Month];

    /// From which moment on a row belongs to it, and before which, if it has an end.
    #[must_use]
    pub fn range(self, now: DateTime<Utc>) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
        let midnight = moscow::midnight(moscow::day(now));
        let days = |days| midnight - TimeDelta::days(days);
        match self {
            Self::Today => (midnight, None),
            Self::Yesterday => (days(1), Some(midnight)),
            Self::Week => (days(6), None),
            Self::Month => (days(29), None),
        }
    }

    /// The period itself, as far as the data go, which are known up to `fresh_at`.
    #[must_use]
    pub fn span(self, now: DateTime<Utc>, fresh_at: DateTime<Utc>) -> Span {
        let (since, end) = self.range(now);
        // Behind the data nothing is known, neither of a day nor of the end of a week.
        Span { since, until: fresh_at.min(end.unwrap_or(now)).max(since) }
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
    match change_of_sum(now.into(), base.into()) {
        Some(change) if base >= PERCENT_FROM => change,
        _ => Change::Count(now - base),
    }
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
    fn every_figure_of_two_shops_adds_up() {
        let rubles = |kopecks| Decimal::new(kopecks, 2);
        let one = PeriodFigures {
            orders: 2,
            order_sum: rubles(100_050),
            without_price: 3,
            buyouts: 4,
            buyout_sum: rubles(200_000),
            cancellations: 5,
            returns: 6,
            paid: rubles(300_025),
            taken_back: rubles(400_000),
        };
        let other = PeriodFigures {
            orders: 10,
            order_sum: rubles(950),
            without_price: 20,
            buyouts: 30,
            buyout_sum: rubles(5_000),
            cancellations: 40,
            returns: 50,
            paid: rubles(75),
            taken_back: rubles(1),
        };
        let both = PeriodFigures {
            orders: 12,
            order_sum: rubles(101_000),
            without_price: 23,
            buyouts: 34,
            buyout_sum: rubles(205_000),
            cancellations: 45,
            returns: 56,
            paid: rubles(300_100),
            taken_back: rubles(400_001),
        };
        assert_eq!(one.with(&other), both);
        assert_eq!(other.with(&one), both);
        assert_eq!(both.to_pay(), rubles(-99_901), "3,001.00 less 4,000.01");
    }

    #[test]
    fn days_begin_at_midnight_in_moscow() {
        // Half past midnight in Moscow, still the day before in UTC.
        let now = at(21, 21, 30);
        let midnight = |day| at(day, 21, 0);
        assert_eq!(Period::Today.range(now), (midnight(21), None));
        assert_eq!(Period::Yesterday.range(now), (midnight(20), Some(midnight(21))));
        assert_eq!(Period::Week.range(now), (midnight(15), None));
        assert_eq!(Period::Month.range(now), (Utc.with_ymd_and_hms(2026, 10, 23, 21, 0, 0).unwrap(), None));
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
        let stale = |period: Period| period.span(now, at(22, 12, 0));
        assert!(stale(Period::Today).is_empty() && !Period::Today.span(now, fresh).is_empty());
        for period in [Period::Yesterday, Period::Week, Period::Month] {
            assert_eq!(stale(period).until, at(22, 12, 0), "it ends where the data end");
        }
        assert_eq!(Period::Today.span(now, now + TimeDelta::hours(1)).until, now, "nothing is known of the future");
        let old = Period::Yesterday.span(now, at(20, 12, 0));
        assert_eq!((old.since, old.until), (at(21, 21, 0), at(21, 21, 0)));
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
