//! 🛒 Заказы: the list, and the card of one order.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Days, Heading};
use crate::{Order, OrderState, Rubles, SearchId, Supply};

/// What a person has chosen of the orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Only those in this state.
    pub state: Option<OrderState>,
    /// Only those that are shipped in this way.
    pub supply: Option<Supply>,
    /// Only those of these days.
    pub days: Days,
}

/// A place in the list: a page of what was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrdersPlace {
    /// What was chosen.
    pub filter: OrderFilter,
    /// What was looked for.
    pub search: Option<SearchId>,
    /// Orders that we learned of later are left out, so that pages stay as they are while they are turned. Whole seconds;
    /// `None` for now.
    pub as_of: Option<DateTime<Utc>>,
    /// The page, counted from 0.
    pub page: u16,
}

/// What names an order on a button, whose 64 bytes are too few for its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderKey {
    /// The Moscow day on which it was made. A correction may move it by hours.
    pub day: NaiveDate,
    /// The beginning of the MD5 of its id.
    pub digest: u32,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderList {
    /// Whose orders.
    pub heading: Heading,
    /// What was looked for.
    pub words: Option<String>,
    /// How many there are on all pages.
    pub total: i64,
    /// Those of the page, latest first.
    pub rows: Vec<OrderRow>,
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
