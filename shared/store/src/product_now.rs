//! A product as it is now, beside what happened to it.

use domain::{
    Photo, Size,
    figures::{ProductCounts, ProductFigures},
};
use serde::{Deserialize, Serialize};

/// A product at the moment of showing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductNow {
    /// The title.
    pub title: Option<String>,
    /// «Артикул продавца».
    pub article: Option<String>,
    /// The picture.
    pub image_url: Option<Photo>,
    /// The sizes of the card.
    pub sizes: Vec<Size>,
    /// What is left, by size; `None` while the stocks are not loaded, or cannot be seen.
    pub stocks: Option<Vec<SizeStock>>,
    /// Whether the seller may keep more in warehouses of their own, which no token of the cabinet sees.
    #[serde(default)]
    pub hides_sellers: bool,
    /// What its figures are made of; `None` in a group, whose rows do not show them.
    #[serde(default)]
    pub counts: Option<ProductCounts>,
}

impl ProductNow {
    /// The figures of the product, as far as they are known.
    #[must_use]
    pub fn figures(&self) -> ProductFigures {
        let figures = self.counts.as_ref().map(ProductCounts::figures).unwrap_or_default();
        let left: i64 = self.stocks.iter().flatten().map(|size| size.quantity).sum();
        // Nothing that is seen is not nothing at all.
        let is_unknown = self.stocks.is_none() || (self.hides_sellers && left == 0);
        ProductFigures { stock_days: figures.stock_days.filter(|_| !is_unknown), ..figures }
    }
}

/// What is left of one size, over all warehouses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeStock {
    /// The size.
    pub chrt_id: i64,
    /// The pieces that can be sold.
    pub quantity: i64,
}
