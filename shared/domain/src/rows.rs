//! The rows that WB gives, parsed: absent, empty and zero are `None` here, times are moments.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::ids::{Barcode, ChrtId, NmId, QuestionId, ReviewId, SaleId, Srid};
use crate::money::Rubles;

/// How far an order has come. It only moves forward: an older answer never lowers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Made and on its way.
    Created,
    /// Cancelled before or at receipt.
    Cancelled,
    /// Paid for and kept.
    BoughtOut,
    /// Brought back after a buyout.
    Returned,
}

/// Who ships an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Supply {
    /// From a warehouse of WB (FBO).
    Fbo,
    /// From the seller's own warehouse: they must collect the order (FBS).
    Fbs,
}

/// What only the order feed tells of an order; empty where it was seen in statistics alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedFacts {
    /// The size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chrt_id: Option<ChrtId>,
    /// The city of destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Why it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<CancelReason>,
    /// Whether it came back because of a defect.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_defective: bool,
    /// Whether a company bought it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_b2b: bool,
    /// The currency of its sums (ISO 4217), unless it is the rouble.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// One order: one piece, one `srid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// WB's id of the order.
    pub srid: Srid,
    /// The buyer's basket; several orders may share it.
    pub basket: Option<String>,
    /// When it was made.
    pub ordered_at: DateTime<Utc>,
    /// When WB last changed the row; the cursor of the method.
    pub changed_at: DateTime<Utc>,
    /// When it was cancelled, if it was.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Whether WB says that it is cancelled.
    pub is_cancelled: bool,
    /// The article.
    pub nm_id: NmId,
    /// «Артикул продавца».
    pub supplier_article: Option<String>,
    /// The barcode of the size.
    pub barcode: Option<Barcode>,
    /// The size; `None` for a product without sizes ("0").
    pub size: Option<String>,
    /// The brand.
    pub brand: Option<String>,
    /// What kind of thing it is («Предмет»).
    pub subject: Option<String>,
    /// Who ships it.
    pub supply: Option<Supply>,
    /// The shipping warehouse, unless WB masks it.
    pub warehouse: Option<String>,
    /// The region of destination.
    pub region: Option<String>,
    /// The price before all discounts (`totalPrice`).
    pub full_price: Option<Rubles>,
    /// The seller's price with their discount (`priceWithDisc`).
    pub seller_price: Option<Rubles>,
    /// What the buyer pays (`finishedPrice`).
    pub buyer_price: Option<Rubles>,
    /// WB's own discount in per cent (`spp`).
    pub wb_discount_percent: Option<Rubles>,
    /// What the order feed adds.
    #[serde(default, flatten)]
    pub feed: FeedFacts,
}

impl Order {
    /// The state that this row by itself shows.
    #[must_use]
    pub fn state(&self) -> OrderState {
        if self.is_cancelled { OrderState::Cancelled } else { OrderState::Created }
    }
}

/// What a row of sales says. Old documents knew more than these two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleKind {
    /// Paid for and kept (`S…`).
    Buyout,
    /// Brought back after a buyout (`R…`).
    Return,
}

/// One buyout or return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// WB's id of the row, which tells a buyout from the return of the same order.
    pub sale_id: SaleId,
    /// What it says.
    pub kind: SaleKind,
    /// The order.
    pub srid: Srid,
    /// When it happened.
    pub sold_at: DateTime<Utc>,
    /// When WB last changed the row; the cursor of the method.
    pub changed_at: DateTime<Utc>,
    /// The article.
    pub nm_id: NmId,
    /// «Артикул продавца».
    pub supplier_article: Option<String>,
    /// The barcode of the size.
    pub barcode: Option<Barcode>,
    /// The size; `None` for a product without sizes ("0").
    pub size: Option<String>,
    /// What kind of thing it is («Предмет»).
    pub subject: Option<String>,
    /// Who shipped it.
    pub supply: Option<Supply>,
    /// The shipping warehouse, unless WB masks it.
    pub warehouse: Option<String>,
    /// The region of destination.
    pub region: Option<String>,
    /// The seller's price with their discount (`priceWithDisc`), always positive.
    pub seller_price: Option<Rubles>,
    /// What the buyer paid (`finishedPrice`), always positive.
    pub buyer_price: Option<Rubles>,
    /// What WB will pay the seller (`forPay`), preliminary and always positive: a return is told
    /// from a buyout by its kind, because WB's signs are not reliable.
    pub for_pay: Option<Rubles>,
    /// What the order feed adds.
    #[serde(default, flatten)]
    pub feed: FeedFacts,
}

#[cfg(test)]
impl Sale {
    /// A buyout, or its return, of which WB says no more than it must.
    pub(crate) fn sample(kind: SaleKind, at: DateTime<Utc>) -> Self {
        Self {
            sale_id: SaleId(if kind == SaleKind::Buyout { "S1" } else { "R1" }.into()),
            kind,
            srid: Srid("1.0.0".into()),
            sold_at: at,
            changed_at: at,
            nm_id: NmId(7),
            supplier_article: None,
            barcode: None,
            size: None,
            subject: None,
            supply: None,
            warehouse: None,
            region: None,
            seller_price: None,
            buyer_price: None,
            for_pay: None,
            feed: FeedFacts::default(),
        }
    }
}

/// How an order stands in the order feed, which knows only the present status of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedStatus {
    /// Made and on its way.
    Created,
    /// Paid for and kept.
    Buyout,
    /// Cancelled before or at receipt.
    Cancelled(CancelReason),
    /// Brought back after a buyout.
    Returned {
        /// Because the thing is defective.
        defective: bool,
    },
    /// A word that is new to us: the order is there, and what became of it is not known.
    Unknown,
}

impl FeedStatus {
    /// The state that this status shows.
    #[must_use]
    pub fn state(self) -> OrderState {
        match self {
            Self::Created | Self::Unknown => OrderState::Created,
            Self::Buyout => OrderState::BoughtOut,
            Self::Cancelled(_) => OrderState::Cancelled,
            Self::Returned { .. } => OrderState::Returned,
        }
    }
}

/// Why an order was cancelled, which only the order feed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The buyer cancelled it before they had it in their hands.
    App,
    /// The buyer refused it at the counter.
    Receipt,
    /// Nobody fetched it in time.
    Expire,
    /// A technical cancellation, or a reason that is not given or new to us.
    Other,
}

impl CancelReason {
    /// The name in the database, which is WB's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Receipt => "receipt",
            Self::Expire => "expire",
            Self::Other => "other",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::App, Self::Receipt, Self::Expire, Self::Other].into_iter().find(|reason| reason.name() == name)
    }
}

/// One order of the order feed: in real time, but without names, sizes and WB's prices, which the
/// cards and the statistics add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedOrder {
    /// WB's id of the order.
    pub srid: Srid,
    /// The article.
    pub nm_id: NmId,
    /// The size; with the article it finds the card.
    pub chrt_id: ChrtId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it came to its present status; equal to `created_at` while it is open.
    pub updated_at: DateTime<Utc>,
    /// How it stands.
    pub status: FeedStatus,
    /// Who ships it (`isMp`: the seller).
    pub supply: Option<Supply>,
    /// The shipping warehouse, unless WB masks it.
    pub warehouse: Option<String>,
    /// The federal district or country of the warehouse, unless WB masks it.
    pub warehouse_region: Option<String>,
    /// The town of destination.
    pub city: Option<String>,
    /// The federal district or country of destination.
    pub district: Option<String>,
    /// The seller's price with their discount, without those of WB's club and of B2B.
    pub seller_price: Option<Rubles>,
    /// The currency of the price, as ISO 4217 writes it.
    pub currency: Option<String>,
    /// Whether the buyer is a company.
    pub is_b2b: bool,
}

/// One product card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The article.
    pub nm_id: NmId,
    /// «Артикул продавца».
    pub supplier_article: Option<String>,
    /// The title.
    pub title: Option<String>,
    /// The brand.
    pub brand: Option<String>,
    /// What kind of thing it is.
    pub subject: Option<String>,
    /// The first picture, if there is one.
    pub photo: Option<Photo>,
    /// The sizes.
    pub sizes: Vec<Size>,
    /// When the card last changed, as WB wrote it; part of the cursor and echoed to WB verbatim.
    pub updated_at: String,
}

/// A picture of a product, at an address of WB's image hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Photo(pub Url);

/// One size of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// WB's id of the size.
    pub chrt_id: ChrtId,
    /// Its name; `None` for a product without sizes ("0").
    pub name: Option<String>,
    /// Its barcodes.
    pub barcodes: Vec<Barcode>,
}

/// Whose warehouse holds a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StockKind {
    /// WB's.
    Wb,
    /// The seller's own.
    Seller,
}

impl StockKind {
    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wb => "wb",
            Self::Seller => "seller",
        }
    }
}

/// What one warehouse holds of one size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// The article.
    pub nm_id: NmId,
    /// The size.
    pub chrt_id: ChrtId,
    /// WB's id of the warehouse; negative while WB masks it.
    pub warehouse_id: i64,
    /// Its name, unless WB masks it.
    pub warehouse: Option<String>,
    /// What can be sold.
    pub quantity: i64,
    /// On the way to buyers: shown, never added.
    pub in_way_to_client: i64,
    /// On the way back: shown, never added.
    pub in_way_from_client: i64,
}

/// What WB's warehouses hold of one barcode, from the report `warehouse_remains`, which knows no
/// `chrtId`. The barcode finds the size on the cards; a barcode that no card has may be found by the
/// article and the name of the size. A size may have several barcodes, whose rows then add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remains {
    /// The article.
    pub nm_id: NmId,
    /// The barcode.
    pub barcode: Option<Barcode>,
    /// The name of the size; `None` for a product without sizes ("0").
    pub size: Option<String>,
    /// What can be sold, over all of WB's warehouses.
    pub quantity: i64,
    /// On the way to buyers: shown, never added.
    pub in_way_to_client: i64,
    /// On the way back: shown, never added.
    pub in_way_from_client: i64,
}

/// One review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// WB's id of the review.
    pub id: ReviewId,
    /// The article.
    pub nm_id: NmId,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// 1 to 5 stars.
    pub stars: i16,
    /// «Достоинства».
    pub pros: Option<String>,
    /// «Недостатки».
    pub cons: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The name that the buyer shows.
    pub author: Option<String>,
    /// The seller's answer.
    pub answer: Option<String>,
    /// Whether WB calls it processed: answered, or without text and picture.
    pub is_processed: bool,
    /// The review that this one supplements.
    pub parent_id: Option<ReviewId>,
    /// Pictures of the buyer.
    pub photos: Vec<Url>,
}

/// Where a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// Not answered yet.
    New,
    /// Answered, and shown to buyers.
    Answered,
    /// Rejected by the seller, and not shown.
    Rejected,
}

/// One question of a buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// WB's id of the question.
    pub id: QuestionId,
    /// The article.
    pub nm_id: NmId,
    /// When it was asked.
    pub created_at: DateTime<Utc>,
    /// Where it stands.
    pub state: QuestionState,
    /// The text.
    pub text: Option<String>,
    /// The seller's answer.
    pub answer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_of_the_feed_is_a_state_and_an_unknown_word_leaves_the_order_open() {
        let states = [
            FeedStatus::Created,
            FeedStatus::Unknown,
            FeedStatus::Cancelled(CancelReason::App),
            FeedStatus::Buyout,
            FeedStatus::Returned { defective: true },
        ]
        .map(FeedStatus::state);
        use OrderState::{BoughtOut, Cancelled, Created, Returned};
        assert_eq!(states, [Created, Created, Cancelled, BoughtOut, Returned]);
    }

    #[test]
    fn a_reason_has_the_same_name_in_the_database_and_in_the_facts_of_an_event() {
        for reason in [CancelReason::App, CancelReason::Receipt, CancelReason::Expire, CancelReason::Other] {
            assert_eq!(CancelReason::parse(reason.name()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.name());
        }
        assert_eq!(CancelReason::parse("newer"), None);
    }

    #[test]
    fn the_two_kinds_of_warehouse_have_names_that_differ() {
        assert_eq!([StockKind::Wb, StockKind::Seller].map(StockKind::name), ["wb", "seller"]);
    }
}
