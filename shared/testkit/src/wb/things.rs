//! What there is at WB: the seller, their products and stocks, orders, sales, reviews, questions, news.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who owns a shop.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seller {
    /// The id in tokens (`sid`) and in `seller-info`.
    pub id: Uuid,
    /// The numeric id (`oid`).
    pub oid: i64,
    /// «ИП Иванова А. В.».
    pub name: String,
    /// ИНН.
    pub tin: String,
    /// The name on the shop window.
    pub trade_mark: String,
}

/// A product card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Product {
    /// WB's article.
    pub nm_id: i64,
    /// The group of cards shown as one.
    pub imt_id: i64,
    /// The seller's article.
    pub vendor_code: String,
    /// The title.
    pub title: String,
    /// The brand; may be empty.
    pub brand: String,
    /// The number of the kind of thing.
    pub subject_id: i64,
    /// The kind of thing.
    pub subject: String,
    /// The category that orders name.
    pub category: String,
    /// How many pictures it has; 0 is possible.
    pub photos: u32,
    /// Its sizes, at least one; a product without sizes has one named "0".
    pub sizes: Vec<Size>,
    /// The seller's price with their discount, whole roubles.
    pub price: i64,
    /// The seller's discount in per cent, 0 to 95.
    pub discount_percent: i64,
    /// When the card was made.
    pub created_at: DateTime<Utc>,
    /// When the card last changed; cards are paged by it.
    pub updated_at: DateTime<Utc>,
    /// In the trash: the card is no longer listed, its orders and reviews still come.
    pub trashed: bool,
}

/// One size of a product.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Size {
    /// WB's id of the size, unique in the shop.
    pub chrt_id: i64,
    /// The seller's name of it, "0" for a product without sizes.
    pub tech_size: String,
    /// The Russian size; empty for a product without sizes.
    pub wb_size: String,
    /// Its barcodes, at least one.
    pub barcodes: Vec<String>,
}

/// A warehouse of WB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warehouse {
    /// All those in Russia: WB masks them as one without a name.
    Russia,
    /// «Астана», which keeps its name as it is not in Russia.
    Astana,
}

/// What one warehouse of WB holds of a size, or all of them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Can be sold.
    pub quantity: u32,
    /// On the way to buyers.
    pub in_way_to_client: u32,
    /// On the way back.
    pub in_way_from_client: u32,
}

/// One order of one piece. Money is in kopecks; 0 means that WB has not filled it in yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// WB's id of the order: opaque, and of more than one form.
    pub srid: String,
    /// The basket.
    pub g_number: String,
    /// When it was made, to the second.
    pub ordered_at: DateTime<Utc>,
    /// When its row last changed, to the second.
    pub changed_at: DateTime<Utc>,
    /// When it was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Why, if it was.
    #[serde(default)]
    pub cancel_reason: CancelReason,
    /// Bought by a company.
    #[serde(default)]
    pub b2b: bool,
    /// The article.
    pub nm_id: i64,
    /// The size.
    pub chrt_id: i64,
    /// Shipped by the seller themselves (FBS) and not by WB.
    pub own_warehouse: bool,
    /// The warehouse that ships it, if WB does.
    pub warehouse: Warehouse,
    /// The report does not show it: its payment is not confirmed yet.
    pub hidden: bool,
    /// The order feed does not show it: the two do not agree.
    #[serde(default)]
    pub unfed: bool,
    /// Country, federal district and region of destination.
    pub destination: [String; 3],
    /// The number of the supply; 0 for the seller's own stock.
    pub income_id: i64,
    /// The number on the sticker.
    pub sticker: String,
    /// Before all discounts.
    pub full_price: i64,
    /// The seller's discount in per cent.
    pub discount_percent: i64,
    /// With the seller's discount.
    pub seller_price: i64,
    /// WB's discount in per cent.
    pub spp: i64,
    /// What the buyer pays.
    pub buyer_price: i64,
}

/// One review.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Review {
    /// WB's id of it.
    pub id: String,
    /// The article.
    pub nm_id: i64,
    /// The name of the size that was bought.
    pub tech_size: String,
    /// When it was written, to the second.
    pub created_at: DateTime<Utc>,
    /// 1 to 5.
    pub stars: u8,
    /// The text; empty when there is none, as are the next two.
    pub text: String,
    /// «Достоинства».
    pub pros: String,
    /// «Недостатки».
    pub cons: String,
    /// How many pictures the buyer added.
    pub photos: u32,
    /// The buyer's name.
    pub author: String,
    /// The seller's answer.
    pub answer: Option<String>,
    /// Where the answer stands, if there is one.
    #[serde(default)]
    pub answer_state: AnswerState,
    /// The review that this one supplements.
    pub parent_id: Option<String>,
}

impl Review {
    /// WB's word: answered, or nothing that could be answered (no text and no picture).
    #[must_use]
    pub fn is_processed(&self) -> bool {
        let says_nothing = self.text.is_empty() && self.pros.is_empty() && self.cons.is_empty() && self.photos == 0;
        self.answer.is_some() || says_nothing
    }
}

/// Why an order was cancelled; only the feed says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The buyer cancelled it before receipt.
    #[default]
    App,
    /// The buyer refused it at receipt.
    Receipt,
    /// Nobody came for it.
    Expire,
    /// A technical cancellation.
    Other,
}

/// What a row of sales says, by the first letter of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaleKind {
    /// `S…`: paid for and kept.
    Buyout,
    /// `R…`: brought back after a buyout.
    Return,
    /// `D…`: a surcharge, which only old documents know.
    Surcharge,
}

impl SaleKind {
    /// The letter.
    pub(super) fn letter(self) -> char {
        match self {
            Self::Buyout => 'S',
            Self::Return => 'R',
            Self::Surcharge => 'D',
        }
    }
}

/// One row of sales. Money is in kopecks and positive, and the report writes it with a minus for a
/// return; 0 means that WB has not filled it in yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sale {
    /// WB's id of the row (`saleID`), at most 15 characters.
    pub sale_id: String,
    /// What it says.
    pub kind: SaleKind,
    /// The order, which the report of orders may not show.
    pub srid: String,
    /// When it happened, to the second.
    pub sold_at: DateTime<Utc>,
    /// When its row last changed, to the second.
    pub changed_at: DateTime<Utc>,
    /// With the seller's discount.
    pub seller_price: i64,
    /// What the buyer paid.
    pub buyer_price: i64,
    /// What the seller will get.
    pub for_pay: i64,
    /// A return because the thing is defective, which only the order feed says.
    #[serde(default)]
    pub defective: bool,
}

/// Where the answer to a review stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerState {
    /// `wbRu`: shown.
    #[default]
    Published,
    /// `reviewRequired`: WB's moderators look at it.
    InReview,
    /// `rejected`: they refused it.
    Rejected,
}

/// Where a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionState {
    /// `suppliersPortalSynch`: nobody answered yet.
    New,
    /// `wbRu`: answered.
    Answered,
    /// `none`: the seller does not want it shown.
    Rejected,
}

/// One question.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    /// WB's id of it.
    pub id: String,
    /// The article.
    pub nm_id: i64,
    /// When it was asked, to the second.
    pub created_at: DateTime<Utc>,
    /// The text.
    pub text: String,
    /// Where it stands.
    pub state: QuestionState,
    /// The seller's answer.
    pub answer: Option<String>,
}

/// One piece of news.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct News {
    /// Its number; the first is 1.
    pub id: usize,
    /// When it was published, to the second.
    pub published_at: DateTime<Utc>,
    /// The headline.
    pub header: String,
    /// The text.
    pub content: String,
    /// It has the tag «API».
    pub is_about_api: bool,
}
