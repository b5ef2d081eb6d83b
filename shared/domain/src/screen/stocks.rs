//! 📦 Склад: the products with what is left of them, and the card of one.

use super::Page;
use crate::{ChrtId, NmId, figures::StockDays};

/// What a person has chosen of the products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StockFilter {
    /// All of them, those that run out first.
    #[default]
    All,
    /// Those of which a size runs out.
    RunningOut,
    /// Those of which nothing is left.
    SoldOut,
}

impl StockFilter {
    /// All of them, in the order in which a person chooses.
    pub const ALL: [Self; 3] = [Self::All, Self::RunningOut, Self::SoldOut];
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct StockList {
    /// The products of the page.
    pub page: Page<StockRow>,
    /// How many pieces are left, on all pages.
    pub pieces: i64,
    /// Whether the seller may keep more in warehouses of their own, which no token sees.
    pub hides_sellers: bool,
}

/// A product in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct StockRow {
    /// The product.
    pub nm_id: NmId,
    /// Its title, or «Артикул продавца».
    pub title: Option<String>,
    /// What is left of it, in all warehouses that are seen.
    pub pieces: i64,
    /// For how long that lasts; `None` where nobody can say.
    pub lasts: Option<StockDays>,
    /// The sizes that run out or are sold out, with what is left of each, the fewest first; of a product without sizes none.
    pub short_sizes: Vec<(String, i64)>,
}

/// What is left of one size, for the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeLeft {
    /// The size.
    pub chrt_id: ChrtId,
    /// In WB's warehouses.
    pub at_wb: i64,
    /// In the seller's own.
    pub at_seller: i64,
}
