//! What happened to orders and to the stock.

use serde::{Deserialize, Serialize};

use crate::figures::DayPlace;
use crate::ids::{ChrtId, NmId};
use crate::rows::Order;

/// A new order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// The order.
    #[serde(flatten)]
    pub order: Order,
    /// Its place in its day, fixed when we learned of it; `None` in rows that are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<DayPlace>,
}

/// A size, or a product, that fell through a threshold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockFall {
    /// The article.
    pub nm_id: NmId,
    /// The size.
    pub chrt_id: ChrtId,
    /// The threshold that was crossed.
    pub threshold: i64,
    /// Pieces left.
    pub remainder: i64,
    /// On the way to buyers.
    pub in_way_to_client: i64,
    /// On the way back.
    pub in_way_from_client: i64,
}
