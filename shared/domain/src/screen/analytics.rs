//! 📈 Аналитика: what a shop, or all of a person's, did in a period.

use rust_decimal::Decimal;

use super::Heading;
use crate::{
    CabinetId, NmId,
    figures::{
        BuyoutRate,
        period::{Period, PeriodFigures, Span},
    },
};

/// Whose figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Those of the person's first cabinet.
    First,
    /// Those of this one.
    Cabinet(CabinetId),
    /// Those of all their cabinets together.
    All,
}

/// The figures of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Analytics {
    /// Of which cabinet. Where they are of all it is that of the first one, without its name.
    pub heading: Heading,
    /// Whether they are of all cabinets of the reader.
    pub is_of_all: bool,
    /// The period.
    pub period: Period,
    /// From when to when it goes.
    pub span: Span,
    /// What happened.
    pub figures: PeriodFigures,
    /// What happened in the period with which it is compared; `None` if that is not wholly loaded.
    pub before: Option<PeriodFigures>,
    /// What happened yesterday up to the same time, beside today; `None` for other periods, or if it is not loaded.
    pub yesterday: Option<PeriodFigures>,
    /// «% выкупа» of the last 30 days.
    pub buyout_rate: BuyoutRate,
    /// The products that sold best, by the sum of their orders.
    pub top: Vec<TopProduct>,
}

/// A product among those that sold best.
#[derive(Clone, Debug, PartialEq)]
pub struct TopProduct {
    /// The product.
    pub nm_id: NmId,
    /// Its title, or «Артикул продавца».
    pub title: Option<String>,
    /// Orders of it.
    pub orders: i64,
    /// Their sum.
    pub sum: Decimal,
}
