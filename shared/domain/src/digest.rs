//! What a digest counts.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One day of one shop, or of several together. A sum of 0 is one of which nothing is known, and is
/// not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DayFigures {
    /// Orders made that day, cancelled ones included.
    pub orders: i64,
    /// The day's sum: of the seller's prices with his discount.
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
}
