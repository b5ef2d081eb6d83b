//! 🏠 Главное меню: how today stands.

use rust_decimal::Decimal;

/// Today in all cabinets of a person that are loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Today {
    /// Orders made.
    pub orders: i64,
    /// Their sum; 0 while no price is known.
    pub sum: Decimal,
    /// Reviews that wait for a reply.
    pub unanswered: i64,
    /// Whether the person is told anything at all.
    pub is_told: bool,
}
