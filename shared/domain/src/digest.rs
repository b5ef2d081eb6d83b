//! What a digest counts.

use serde::{Deserialize, Serialize};

use crate::figures::period::PeriodFigures;

/// One day of one shop, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DayFigures {
    /// What was ordered, bought out, cancelled and returned.
    pub sales: PeriodFigures,
    /// Reviews that are bad to the reader.
    pub bad_reviews: i64,
    /// Sizes that fell to 0.
    pub ran_out: i64,
}

impl DayFigures {
    /// Whether nothing at all happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: &Self) -> Self {
        Self {
            sales: self.sales.with(&other.sales),
            bad_reviews: self.bad_reviews + other.bad_reviews,
            ran_out: self.ran_out + other.ran_out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_shops_add_up() {
        let sales = |orders| PeriodFigures { orders, ..PeriodFigures::default() };
        let one = DayFigures { sales: sales(3), bad_reviews: 7, ran_out: 8 };
        let other = DayFigures { sales: sales(2), bad_reviews: 60, ran_out: 70 };
        let both = DayFigures { sales: sales(5), bad_reviews: 67, ran_out: 78 };
        assert_eq!(one.with(&other), both);
        assert_eq!(other.with(&one), both);
    }

    #[test]
    fn a_day_on_which_anything_happened_is_not_empty() {
        let sales = PeriodFigures { returns: 1, ..PeriodFigures::default() };
        assert!(DayFigures::default().is_empty());
        assert!(!DayFigures { sales, ..DayFigures::default() }.is_empty());
        assert!(!DayFigures { bad_reviews: 1, ..DayFigures::default() }.is_empty());
        assert!(!DayFigures { ran_out: 1, ..DayFigures::default() }.is_empty());
    }
}
