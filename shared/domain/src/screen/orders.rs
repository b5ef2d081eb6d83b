//! 🛒 Заказы: the list, and the card of one order.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{Order, OrderState, Rubles, Supply, figures::period::Period};

/// What a person has chosen of the orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only those in this state.
    pub state: Option<OrderState>,
    /// Only those that are shipped in this way.
    pub supply: Option<Supply>,
    /// Only those that were made in this period.
    pub made: Option<Period>,
}

/// What names an order on a button, whose 64 bytes are too few for its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderKey {
    /// The Moscow day on which it was made. A correction may move it by hours.
    pub day: NaiveDate,
    /// The beginning of the MD5 of its id.
    pub digest: u32,
}

/// An order in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderRow {
    /// What names it.
    pub key: OrderKey,
    /// When it was made.
    pub ordered_at: DateTime<Utc>,
    /// What became of it.
    pub state: OrderState,
    /// Who ships it.
    pub supply: Option<Supply>,
    /// The title of the product, else what kind of thing it is, else «Артикул продавца».
    pub title: Option<String>,
    /// The size.
    pub size: Option<String>,
    /// The seller's price with their discount.
    pub price: Option<Rubles>,
    /// The currency of the price, unless it is the rouble.
    pub currency: Option<String>,
}

/// What became of an order, with all that WB has told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderStory {
    /// The order.
    pub order: Order,
    /// What became of it.
    pub state: OrderState,
    /// When it was bought out.
    pub bought_out_at: Option<DateTime<Utc>>,
    /// When it was returned.
    pub returned_at: Option<DateTime<Utc>>,
    /// «К перечислению» for the buyout, less that of a return; `None` while WB has not said.
    pub for_pay: Option<Rubles>,
}
