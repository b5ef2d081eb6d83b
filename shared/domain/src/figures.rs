//! The figures beside an event, as §3a of the product defines them.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Rubles;

/// A count over the last 7, 14 and 30 days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// 7 days.
    pub week: i64,
    /// 14 days.
    pub fortnight: i64,
    /// 30 days.
    pub month: i64,
}

/// «% выкупа»: bought out and not returned, of all orders that came to their end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyoutRate {
    /// Fewer than ten orders came to their end: «мало данных».
    TooFew,
    /// Per cent, 0 to 100.
    Percent(u8),
}

/// For how long the remainder lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockDays {
    /// Nothing was ordered in the last 14 days: «нет заказов 14 дн.».
    NoOrders,
    /// About so many days.
    Days(i64),
}

/// The mean of the reviews that we hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// 1 to 5, one decimal.
    pub mean: Decimal,
    /// Of so many reviews.
    pub reviews: i64,
}

/// What is known of a product when something that happened to it is told. A figure that cannot be
/// had is `None`, and its line is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductFigures {
    /// Orders made.
    pub orders: Option<Windows>,
    /// Buyouts by sale date.
    pub buyouts: Option<Windows>,
    /// «% выкупа».
    pub buyout_rate: Option<BuyoutRate>,
    /// The rating.
    pub rating: Option<Rating>,
    /// Days of stock; `None` with fewer than five orders as well.
    pub stock_days: Option<StockDays>,
    /// On the way to buyers, over all sizes; shown, never added to the remainder.
    pub to_client: Option<i64>,
    /// On the way back from buyers.
    pub from_client: Option<i64>,
}

/// An order's place in its Moscow day, fixed when we learned of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayPlace {
    /// The how-manieth order of its day it is, in the order in which we learned of them.
    pub number: i64,
    /// The day's sum so far, this order included.
    pub sum: Rubles,
    /// Orders of the day so far whose price WB has not filled in; the sum lacks them.
    pub without_price: i64,
}
