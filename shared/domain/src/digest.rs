//! What a digest counts.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One day of one shop, or of several together. A sum of 0 is one of which nothing is known, and is
/// not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DayFigures {
    /// Orders made that day, cancelled ones included.
    pub orders: i64,
    /// The day's sum: of the seller's prices with their discount.
    pub order_sum: Decimal,
    /// Orders whose price WB has not filled in; the sum lacks them.
    pub without_price: i64,
    /// Buyouts by sale date.
    pub buyouts: i64,
    /// The sum of their prices with the seller's discount.
    pub buyout_sum: Decimal,
    /// Orders cancelled that day, whenever they were made.
    pub cancellations: i64,
    /// Returns by sale date.
    pub returns: i64,
    /// «К перечислению»: what WB pays for the buyouts.
    pub paid: Decimal,
    /// What WB takes back for the returns, by absolute value.
    pub taken_back: Decimal,
    /// Reviews that are bad to the reader.
    pub bad_reviews: i64,
    /// Sizes that fell to 0.
    pub ran_out: i64,
}

impl DayFigures {
    /// «К перечислению» = Σ `forPay` of the buyouts less that of the returns by absolute value.
    #[must_use]
    pub fn to_pay(&self) -> Decimal {
        self.paid - self.taken_back.abs()
    }

    /// Whether nothing at all happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
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
            bad_reviews: self.bad_reviews + other.bad_reviews,
            ran_out: self.ran_out + other.ran_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wb_takes_back_is_taken_off_whatever_its_sign() {
        let day = |paid, taken_back| DayFigures { paid, taken_back, ..DayFigures::default() };
        assert_eq!(day(Decimal::new(1_000, 0), Decimal::new(300, 0)).to_pay(), Decimal::new(700, 0));
        assert_eq!(day(Decimal::new(1_000, 0), Decimal::new(-300, 0)).to_pay(), Decimal::new(700, 0));
        assert_eq!(day(Decimal::ZERO, Decimal::new(300, 0)).to_pay(), Decimal::new(-300, 0));
    }

    #[test]
    fn two_shops_add_up() {
        let one = DayFigures { orders: 3, order_sum: Decimal::new(129_050, 2), ..DayFigures::default() };
        let other = DayFigures { orders: 2, order_sum: Decimal::new(950, 2), returns: 1, ..DayFigures::default() };
        let both = DayFigures { orders: 5, order_sum: Decimal::new(130_000, 2), returns: 1, ..DayFigures::default() };
        assert_eq!(one.with(&other), both);
        assert!(!both.is_empty() && DayFigures::default().is_empty());
    }

    #[test]
    fn every_figure_of_two_shops_adds_up() {
        let rubles = |kopecks| Decimal::new(kopecks, 2);
        let one = DayFigures {
            orders: 2,
            order_sum: rubles(100_050),
            without_price: 3,
            buyouts: 4,
            buyout_sum: rubles(200_000),
            cancellations: 5,
            returns: 6,
            paid: rubles(300_025),
            taken_back: rubles(400_000),
            bad_reviews: 7,
            ran_out: 8,
        };
        let other = DayFigures {
            orders: 10,
            order_sum: rubles(950),
            without_price: 20,
            buyouts: 30,
            buyout_sum: rubles(5_000),
            cancellations: 40,
            returns: 50,
            paid: rubles(75),
            taken_back: rubles(1),
            bad_reviews: 60,
            ran_out: 70,
        };
        let both = DayFigures {
            orders: 12,
            order_sum: rubles(101_000),
            without_price: 23,
            buyouts: 34,
            buyout_sum: rubles(205_000),
            cancellations: 45,
            returns: 56,
            paid: rubles(300_100),
            taken_back: rubles(400_001),
            bad_reviews: 67,
            ran_out: 78,
        };
        assert_eq!(one.with(&other), both);
        assert_eq!(other.with(&one), both);
        assert_eq!(both.to_pay(), rubles(-99_901), "3,001.00 less 4,000.01");
    }

    #[test]
    fn a_day_with_a_single_return_is_not_empty() {
        assert!(!DayFigures { returns: 1, ..DayFigures::default() }.is_empty());
        assert!(!DayFigures { ran_out: 1, ..DayFigures::default() }.is_empty());
    }
}
