//! Money: decimal, never a float.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount in the seller's currency, which for nearly everybody is the rouble.
///
/// WB sends 0 while it has not filled a sum in yet, so a stored sum is `Option<Rubles>` and
/// [`Rubles::filled_in`] is the only way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rubles(pub Decimal);

impl Rubles {
    /// `None` for 0: WB fills sums in up to 24 h later, and 0 ₽ must never be printed.
    #[must_use]
    pub fn filled_in(amount: Decimal) -> Option<Self> {
        (!amount.is_zero()).then(|| Self(amount.normalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_a_sum_that_wb_has_not_filled_in() {
        assert_eq!(Rubles::filled_in(Decimal::ZERO), None);
        assert_eq!(Rubles::filled_in(Decimal::new(0, 2)), None);
        assert_eq!(Rubles::filled_in(Decimal::new(129_050, 2)).map(|r| r.0.to_string()), Some("1290.5".into()));
    }
}
