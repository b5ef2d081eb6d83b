//! WB's rows and what they mean: the only place that knows the names of WB's fields.
//!
//! WB's specification requires hardly a field, enums grow, numbers come with or without a fraction.
//! So a row is a map of unread values, each is read on its own, and whatever cannot be read is
//! absent. A row is broken only where something would have to be invented: its key, its time, the
//! quantity of a stock, the stars of a review.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use domain::{
    AnswerState, Barcode, CancelReason, ChrtId, FeedFacts, FeedOrder, FeedStatus, NmId, Order, Photo, Product,
    Question, QuestionId, QuestionState, Remains, Review, ReviewId, Rubles, Sale, SaleId, SaleKind, SellerId, Size,
    Srid, Stock, Supply, moscow,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;
use uuid::Uuid;

use crate::text;

/// The longest keys seen have 50 characters; a longer one would not be the same after a cut.
const MAX_KEY_CHARS: usize = 200;
/// WB's own bounds of names, regions, brands and titles lie at 200 and below.
const MAX_NAME_CHARS: usize = 300;
/// A review has up to 5,000 characters in each of its fields.
const MAX_REVIEW_CHARS: usize = 5_000;
/// News are articles; the longest seen has some 5,000 characters.
const MAX_NEWS_CHARS: usize = 20_000;
/// WB allows five pictures to a review, thirty to a card, and fewer than a hundred sizes.
const MAX_LIST_VALUES: usize = 500;
/// Before Wildberries existed: `0001-01-01T00:00:00` is how it writes "never".
const YEARS: RangeInclusive<i32> = 2000..=9999;
/// WB's own warehouses are masked since 2026-08-15: «Склад WB», «Склад WB РФ», «Склад WB СГТ РФ».
const MASKED_WAREHOUSE_PREFIX: &str = "Склад WB";
/// The report of remains mixes warehouses with what is none, and only the Russian beginning of a
/// name tells them apart: «Всего находится на складах» is their sum, «В пути до получателей» and
/// «В пути возвраты на склад WB» lie in none.
const REMAINS_TOTAL_PREFIX: &str = "Всего";
const REMAINS_RETURNS_PREFIX: &str = "В пути возврат";
const REMAINS_IN_WAY_PREFIX: &str = "В пути";
/// The tag «API» of WB's news.
const NEWS_TAG_API: i64 = 8;

/// Who the owner of a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SellerInfo {
    /// The same for every token of the seller.
    pub seller: Option<SellerId>,
    /// The name of the company or the person.
    pub name: Option<String>,
    /// The trade mark that they show.
    pub trade_mark: Option<String>,
}

/// Up to where the cards have been read, in WB's words, which are echoed to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardsCursor {
    /// When the last card changed, verbatim.
    pub updated_at: String,
    /// The last card.
    pub nm_id: NmId,
}

/// One page of product cards, the longest unchanged first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPage {
    /// The cards, at most 100.
    pub products: Vec<Product>,
    /// Where the next page begins; `None` when the page is empty and the cursor in hand stays good.
    pub cursor: Option<CardsCursor>,
    /// Whether no card is left.
    pub is_last: bool,
    /// How many broken cards were left out.
    pub skipped: usize,
    /// How many had a character that could not be read.
    pub mended: usize,
    /// Whether it was nothing instead of a list.
    pub is_nothing: bool,
    /// How many more requests WB says it would take at once, if it says so.
    pub remaining: Option<u32>,
}

/// One page of the order feed, the newest status first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The orders, at most [`FEED_PAGE_ROWS`](crate::FEED_PAGE_ROWS), each once with its present status.
    pub orders: Vec<FeedOrder>,
    /// The moment of which the reading shows the orders, on all of its pages.
    pub snapshot_at: DateTime<Utc>,
    /// Where the next page is; `None` if this is the last.
    pub next: Option<FeedPage>,
    /// How many broken orders were left out.
    pub skipped: usize,
    /// How many had a character that could not be read.
    pub mended: usize,
    /// Whether it was nothing instead of a list; then the snapshot is not known.
    pub is_nothing: bool,
    /// How many more requests WB says it would take at once, if it says so.
    pub remaining: Option<u32>,
}

/// Where a page of the order feed begins, within one reading of one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPage {
    /// The `snapshotTime` of the first page, verbatim.
    pub snapshot_time: String,
    /// How many rows were read so far, broken ones included.
    pub offset: u32,
    /// With which order the page before began: a page that begins with it is the same once more.
    pub previous: Option<Srid>,
}

/// A task that makes the report of remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemainsTask(pub Uuid);

/// How far the report of remains is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    /// Being made: ask again later.
    Pending,
    /// It can be downloaded.
    Done,
    /// Cancelled, deleted or unknown to WB: make another one.
    Lost,
}

/// A review as WB has it now, with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredReview {
    /// The review; its `answer` is the text below.
    pub review: Review,
    /// Where the answer stands; `None` without one.
    pub answer_state: Option<AnswerState>,
    /// Whether the answer may still be changed: WB allows it once within 60 days.
    pub is_editable: bool,
}

/// One piece of news of WB's portal for sellers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// WB's number of it; later ones are higher.
    pub id: i64,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// The headline.
    pub header: Option<String>,
    /// The text.
    pub content: Option<String>,
    /// Whether it has the tag «API»: shutdowns are announced there.
    pub is_about_api: bool,
}

/// What names a row whose number cannot be read: of a stock its size and warehouse, of remains their article and 0.
pub type RowKey = (i64, i64);

/// Why a row is left out. It names a field and never a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    #[error("the row is no object")]
    NotAnObject,
    #[error("the row is longer than any row is")]
    TooLong,
    #[error("the field {0} is missing or unreadable")]
    Field(&'static str),
    #[error("the field {field} is missing or unreadable")]
    Quantity { field: &'static str, key: RowKey },
}

impl Broken {
    /// What the row is about, if it says so.
    pub(crate) fn key(self) -> Option<RowKey> {
        match self {
            Self::Quantity { key, .. } => Some(key),
            Self::NotAnObject | Self::TooLong | Self::Field(_) => None,
        }
    }
}

/// A row of `supplier/orders`.
pub(crate) fn order(row: &str) -> Result<Order, Broken> {
    let row = Row::parse(row)?;
    let ordered_at = row.time("date").ok_or(Broken::Field("date"))?;
    let cancelled_at = row.time("cancelDate");
    Ok(Order {
        srid: Srid(row.key("srid")?),
        basket: row.name("gNumber"),
        ordered_at,
        changed_at: row.time("lastChangeDate").unwrap_or(ordered_at),
        cancelled_at,
        is_cancelled: row.flag("isCancel").unwrap_or(cancelled_at.is_some()),
        nm_id: NmId(row.id("nmId")?),
        supplier_article: row.name("supplierArticle"),
        barcode: row.name("barcode").map(Barcode),
        size: row.size_name("techSize"),
        brand: row.name("brand"),
        subject: row.name("subject"),
        supply: row.supply("warehouseType"),
        warehouse: row.warehouse("warehouseName"),
        region: row.name("regionName"),
        full_price: row.rubles("totalPrice"),
        seller_price: row.rubles("priceWithDisc"),
        buyer_price: row.rubles("finishedPrice"),
        wb_discount_percent: row.rubles("spp"),
        feed: FeedFacts::default(),
    })
}

/// A row of `supplier/sales`; `None` if it is neither a sale nor a return: old documents knew
/// surcharges (`D…`) and reversals (`A…`, `B…`), which say nothing about an order.
pub(crate) fn sale(row: &str) -> Result<Option<Sale>, Broken> {
    let row = Row::parse(row)?;
    let sale_id = row.key("saleID")?;
    let kind = match sale_id.as_bytes().first() {
        Some(b'S') => SaleKind::Buyout,
        Some(b'R') => SaleKind::Return,
        _ => return Ok(None),
    };
    let sold_at = row.time("date").ok_or(Broken::Field("date"))?;
    Ok(Some(Sale {
        sale_id: SaleId(sale_id),
        kind,
        srid: Srid(row.key("srid")?),
        sold_at,
        changed_at: row.time("lastChangeDate").unwrap_or(sold_at),
        nm_id: NmId(row.id("nmId")?),
        supplier_article: row.name("supplierArticle"),
        barcode: row.name("barcode").map(Barcode),
        size: row.size_name("techSize"),
        subject: row.name("subject"),
        supply: row.supply("warehouseType"),
        warehouse: row.warehouse("warehouseName"),
        region: row.name("regionName"),
        seller_price: row.positive_rubles("priceWithDisc"),
        buyer_price: row.positive_rubles("finishedPrice"),
        for_pay: row.positive_rubles("forPay"),
        feed: FeedFacts::default(),
    }))
}

/// A row of `stocks-report/wb-warehouses`.
pub(crate) fn stock(row: &str) -> Result<Stock, Broken> {
    let row = Row::parse(row)?;
    let warehouse_id = row.integer("warehouseId").ok_or(Broken::Field("warehouseId"))?;
    let chrt_id = ChrtId(row.id("chrtId")?);
    Ok(Stock {
        nm_id: NmId(row.id("nmId")?),
        chrt_id,
        warehouse_id,
        warehouse: row.warehouse("warehouseName").filter(|_| warehouse_id >= 0),
        quantity: row.quantity((chrt_id.0, warehouse_id))?,
        in_way_to_client: row.integer("inWayToClient").unwrap_or(0),
        in_way_from_client: row.integer("inWayFromClient").unwrap_or(0),
    })
}

/// An order of `order-feed`, without the currency, which stands beside the list.
pub(crate) fn feed_order(row: &str) -> Result<FeedOrder, Broken> {
    let row = Row::parse(row)?;
    let status = match row.key("status")?.as_str() {
        "created" => FeedStatus::Created,
        "buyout" => FeedStatus::Buyout,
        "cancel" => FeedStatus::Cancelled(match row.name("cancelType").as_deref() {
            Some("app") => CancelReason::App,
            Some("receipt") => CancelReason::Receipt,
            Some("expire") => CancelReason::Expire,
            _ => CancelReason::Other,
        }),
        "return" => FeedStatus::Returned { defective: false },
        "returnDefective" => FeedStatus::Returned { defective: true },
        // What it means for the order would be a guess; that there is one is certain.
        _ => FeedStatus::Unknown,
    };
    let created_at = row.time("createdAt").ok_or(Broken::Field("createdAt"))?;
    let updated_at = match row.time("updatedAt") {
        Some(updated_at) => updated_at,
        // The two are one while the order is open; later it is when the event happened.
        None if matches!(status, FeedStatus::Created | FeedStatus::Unknown) => created_at,
        None => return Err(Broken::Field("updatedAt")),
    };
    let warehouse = row.warehouse("warehouseName");
    Ok(FeedOrder {
        srid: Srid(row.key("srid")?),
        nm_id: NmId(row.id("nmId")?),
        chrt_id: ChrtId(row.id("chrtId")?),
        created_at,
        updated_at,
        status,
        supply: row.flag("isMp").map(|is_own| if is_own { Supply::Fbs } else { Supply::Fbo }),
        warehouse_region: row.warehouse("warehouseRegion"),
        warehouse,
        city: row.name("destinationCity"),
        district: row.name("destinationDistrict"),
        seller_price: row.rubles("sellerPrice"),
        currency: None,
        is_b2b: row.flag("isB2b").unwrap_or(false),
    })
}

/// What stands beside the orders of the feed, as [`note`] reads it.
pub(crate) fn moment(note: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(note).ok().map(|moment| moment.to_utc())
}

/// A text that stands beside a list.
pub(crate) fn note(raw: &str) -> Option<String> {
    string(raw).filter(|text| text.chars().count() <= MAX_KEY_CHARS)
}

/// A row of `stocks-report/seller-warehouses`, whose names are the seller's own and never masked.
pub(crate) fn seller_stock(row: &str) -> Result<Stock, Broken> {
    let row = Row::parse(row)?;
    let warehouse_id = row.integer("warehouseId").ok_or(Broken::Field("warehouseId"))?;
    let chrt_id = ChrtId(row.id("chrtId")?);
    Ok(Stock {
        nm_id: NmId(row.id("nmId")?),
        chrt_id,
        warehouse_id,
        warehouse: row.name("warehouseName"),
        quantity: row.quantity((chrt_id.0, warehouse_id))?,
        in_way_to_client: 0,
        in_way_from_client: 0,
    })
}

/// A row of the report `warehouse_remains`. Only what is not zero is listed, so that what is absent
/// is none; a name without its number is broken, because it would be taken for nothing.
pub(crate) fn remains(row: &str) -> Result<Remains, Broken> {
    let row = Row::parse(row)?;
    let nm_id = NmId(row.id("nmId")?);
    let unknown = |field| Broken::Quantity { field, key: (nm_id.0, 0) };
    if row.raw("warehouses").is_some_and(|list| !list.starts_with('[') && list != "null") {
        return Err(unknown("warehouses"));
    }
    let (mut total, mut sum, mut in_way_to_client, mut in_way_from_client) = (None, 0, 0, 0);
    for warehouse in row.objects("warehouses") {
        let quantity = warehouse.integer("quantity").ok_or(unknown("quantity"))?;
        let name = warehouse.name("warehouseName").ok_or(unknown("warehouseName"))?;
        if name.starts_with(REMAINS_TOTAL_PREFIX) {
            total = Some(quantity);
        } else if name.starts_with(REMAINS_RETURNS_PREFIX) {
            in_way_from_client = quantity;
        } else if name.starts_with(REMAINS_IN_WAY_PREFIX) {
            in_way_to_client = quantity;
        } else {
            sum = i64::checked_add(sum, quantity).ok_or(unknown("quantity"))?;
        }
    }
    Ok(Remains {
        nm_id,
        barcode: row.name("barcode").map(Barcode),
        size: row.size_name("techSize"),
        quantity: total.unwrap_or(sum),
        in_way_to_client,
        in_way_from_client,
    })
}

/// The id of a task in the answer that made it; `None` if there is none.
pub(crate) fn remains_task(body: &str) -> Option<RemainsTask> {
    let task = Row::parse(body).ok()?.object("data")?.key("taskId").ok()?;
    Uuid::try_parse(&task).ok().map(RemainsTask)
}

/// The status of a task; a word that is new to us means that it goes on.
pub(crate) fn task_status(body: &str) -> Option<TaskStatus> {
    let status = Row::parse(body).ok()?.object("data")?.key("status").ok()?;
    Some(match status.as_str() {
        "done" => TaskStatus::Done,
        "purged" | "canceled" => TaskStatus::Lost,
        _ => TaskStatus::Pending,
    })
}

/// The answer of `feedback`; `None` if it holds no review.
pub(crate) fn answered_review(body: &str) -> Option<Result<AnsweredReview, Broken>> {
    let data = Row::parse(body).ok()?.raw("data").filter(|data| *data != "null")?;
    let read = || {
        let row = Row::parse(data)?;
        let review = review(data, row.name("state").as_deref() == Some("wbRu"))?;
        let answer = row.object("answer").filter(|_| review.answer.is_some());
        let answer_state = answer.as_ref().map(|answer| match answer.name("state").as_deref() {
            Some("wbRu") => AnswerState::Published,
            Some("reviewRequired") => AnswerState::InReview,
            Some("rejected") => AnswerState::Rejected,
            _ => AnswerState::Accepted,
        });
        let is_editable = answer.and_then(|answer| answer.flag("editable")).unwrap_or(false);
        Ok(AnsweredReview { review, answer_state, is_editable })
    };
    Some(read())
}

/// A row of `questions`. A state that is new to us is judged by the list that was asked.
pub(crate) fn question(row: &str, is_answered: bool) -> Result<Question, Broken> {
    let row = Row::parse(row)?;
    let product = row.object("productDetails").ok_or(Broken::Field("productDetails"))?;
    let state = match row.name("state").as_deref() {
        Some("wbRu") => QuestionState::Answered,
        Some("none") => QuestionState::Rejected,
        Some("suppliersPortalSynch") => QuestionState::New,
        _ if is_answered => QuestionState::Answered,
        _ => QuestionState::New,
    };
    Ok(Question {
        id: QuestionId(row.key("id")?),
        nm_id: NmId(product.id("nmId")?),
        created_at: row.time("createdDate").ok_or(Broken::Field("createdDate"))?,
        state,
        text: row.text("text", MAX_REVIEW_CHARS),
        answer: row.object("answer").and_then(|answer| answer.text("text", MAX_REVIEW_CHARS)),
    })
}

/// A row of `news`.
pub(crate) fn news(row: &str) -> Result<News, Broken> {
    let row = Row::parse(row)?;
    let is_api = |tag: Row<'_>| tag.integer("id") == Some(NEWS_TAG_API) || tag.name("name").as_deref() == Some("API");
    Ok(News {
        id: row.id("id")?,
        published_at: row.time("date"),
        header: row.name("header"),
        content: row.text("content", MAX_NEWS_CHARS),
        is_about_api: row.objects("types").into_iter().any(is_api),
    })
}

/// A row of `feedbacks`. Which list it was asked from says whether it is processed.
pub(crate) fn review(row: &str, is_processed: bool) -> Result<Review, Broken> {
    let row = Row::parse(row)?;
    let product = row.object("productDetails").ok_or(Broken::Field("productDetails"))?;
    let stars = row.integer("productValuation").filter(|stars| (1..=5).contains(stars));
    let photo = |photo: Row<'_>| photo.url("fullSize").or_else(|| photo.url("miniSize"));
    Ok(Review {
        id: ReviewId(row.key("id")?),
        nm_id: NmId(product.id("nmId")?),
        created_at: row.time("createdDate").ok_or(Broken::Field("createdDate"))?,
        stars: stars.and_then(|stars| i16::try_from(stars).ok()).ok_or(Broken::Field("productValuation"))?,
        pros: row.text("pros", MAX_REVIEW_CHARS),
        cons: row.text("cons", MAX_REVIEW_CHARS),
        text: row.text("text", MAX_REVIEW_CHARS),
        author: row.name("userName"),
        answer: row.object("answer").and_then(|answer| answer.text("text", MAX_REVIEW_CHARS)),
        is_processed,
        parent_id: row.key("parentFeedbackId").ok().map(ReviewId),
        photos: row.objects("photoLinks").into_iter().filter_map(photo).collect(),
    })
}

/// A card of `cards/list`.
pub(crate) fn product(row: &str) -> Result<Product, Broken> {
    let row = Row::parse(row)?;
    // `hq` is in the answers too, but most of its addresses lead nowhere.
    let photo = |photo: Row<'_>| photo.url("big").or_else(|| photo.url("c516x688")).map(Photo);
    let size = |size: Row<'_>| {
        Some(Size {
            chrt_id: ChrtId(size.id("chrtID").ok()?),
            name: size.size_name("techSize"),
            barcodes: size.names("skus").into_iter().map(Barcode).collect(),
        })
    };
    Ok(Product {
        nm_id: NmId(row.id("nmID")?),
        supplier_article: row.name("vendorCode"),
        title: row.name("title"),
        brand: row.name("brand"),
        subject: row.name("subjectName"),
        photo: row.objects("photos").into_iter().next().and_then(photo),
        sizes: row.objects("sizes").into_iter().filter_map(size).collect(),
        updated_at: row.key("updatedAt")?,
    })
}

/// Whether an answer to a ping says that all is well: a page of somebody else with 200 does not.
pub(crate) fn is_pong(body: &str) -> bool {
    Row::parse(body).is_ok_and(|row| row.name("Status").as_deref() == Some("OK"))
}

/// The answer of `seller-info`; `None` if it is no object.
pub(crate) fn seller_info(body: &str) -> Option<SellerInfo> {
    let row = Row::parse(body).ok()?;
    Some(SellerInfo {
        seller: row.name("sid").and_then(|sid| Uuid::try_parse(&sid).ok()).map(SellerId),
        name: row.name("name"),
        trade_mark: row.name("tradeMark"),
    })
}

/// The cursor that stands beside the cards: what is to be echoed, and how many cards WB counts on this page.
pub(crate) fn cards_cursor(cursor: &str) -> (Option<CardsCursor>, Option<usize>) {
    let Ok(row) = Row::parse(cursor) else { return (None, None) };
    let total = row.integer("total").and_then(|total| usize::try_from(total).ok());
    let cursor = match (row.key("updatedAt"), row.id("nmID")) {
        (Ok(updated_at), Ok(nm_id)) => Some(CardsCursor { updated_at, nm_id: NmId(nm_id) }),
        _ => None,
    };
    (cursor, total)
}

/// An object whose values are read one by one.
struct Row<'a>(HashMap<String, &'a RawValue>);

impl<'a> Row<'a> {
    fn parse(json: &'a str) -> Result<Self, Broken> {
        serde_json::from_str(json).map(Self).map_err(|_| Broken::NotAnObject)
    }

    fn raw(&self, field: &str) -> Option<&'a str> {
        self.0.get(field).map(|raw| raw.get())
    }

    /// A text without what PostgreSQL cannot hold, cut to its bound; `None` for an empty one.
    fn text(&self, field: &str, max_chars: usize) -> Option<String> {
        let text = string(self.raw(field)?)?;
        if text.chars().count() <= max_chars { Some(text) } else { Some(text.chars().take(max_chars).collect()) }
    }

    fn name(&self, field: &str) -> Option<String> {
        self.text(field, MAX_NAME_CHARS)
    }

    fn names(&self, field: &str) -> Vec<String> {
        let cut = |name: String| name.chars().take(MAX_NAME_CHARS).collect();
        self.list(field).into_iter().filter_map(|raw| string(raw.get())).map(cut).collect()
    }

    /// A text that must come as it is, or not at all.
    fn key(&self, field: &'static str) -> Result<String, Broken> {
        let is_whole = |key: &String| key.chars().count() <= MAX_KEY_CHARS && !text::is_damaged(key);
        self.raw(field).and_then(string).filter(is_whole).ok_or(Broken::Field(field))
    }

    /// How many pieces there are of what the key names.
    fn quantity(&self, key: RowKey) -> Result<i64, Broken> {
        self.integer("quantity").ok_or(Broken::Quantity { field: "quantity", key })
    }

    /// A number that names something; WB counts from 1.
    fn id(&self, field: &'static str) -> Result<i64, Broken> {
        self.integer(field).filter(|id| *id > 0).ok_or(Broken::Field(field))
    }

    /// A size; one-size products are written as "0".
    fn size_name(&self, field: &str) -> Option<String> {
        self.name(field).filter(|size| size != "0")
    }

    /// A warehouse that has a name of its own.
    fn warehouse(&self, field: &str) -> Option<String> {
        self.name(field).filter(|name| !name.starts_with(MASKED_WAREHOUSE_PREFIX))
    }

    /// Who ships; `None` for a kind of warehouse that is new to us.
    fn supply(&self, field: &str) -> Option<Supply> {
        match self.name(field)?.as_str() {
            "Склад WB" => Some(Supply::Fbo),
            "Склад продавца" => Some(Supply::Fbs),
            _ => None,
        }
    }

    fn flag(&self, field: &str) -> Option<bool> {
        self.raw(field)?.parse().ok()
    }

    /// A number as it is written, never by way of a float.
    fn decimal(&self, field: &str) -> Option<Decimal> {
        let digits = self.raw(field)?.trim_matches('"');
        Decimal::from_str(digits).or_else(|_| Decimal::from_scientific(digits)).ok()
    }

    fn integer(&self, field: &str) -> Option<i64> {
        let number = self.decimal(field)?;
        if number.fract().is_zero() { i64::try_from(number).ok() } else { None }
    }

    fn rubles(&self, field: &str) -> Option<Rubles> {
        self.decimal(field).and_then(Rubles::filled_in)
    }

    /// Money without its sign: most returns carry a minus, not all.
    fn positive_rubles(&self, field: &str) -> Option<Rubles> {
        self.decimal(field).map(|number| number.abs()).and_then(Rubles::filled_in)
    }

    /// A moment; without an offset it is Moscow's wall clock, a day alone its first second.
    fn time(&self, field: &str) -> Option<DateTime<Utc>> {
        let text = string(self.raw(field)?)?;
        let in_years = |year: i32| YEARS.contains(&year);
        if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
            return Some(time.to_utc()).filter(|time| in_years(time.year()));
        }
        let day = || NaiveDate::from_str(&text).ok().and_then(|day| day.and_hms_opt(0, 0, 0));
        let wall = NaiveDateTime::from_str(&text).ok().or_else(day)?;
        in_years(wall.year()).then(|| moscow::moment(wall))
    }

    fn url(&self, field: &str) -> Option<Url> {
        let url = Url::parse(&string(self.raw(field)?)?).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    }

    fn object(&self, field: &str) -> Option<Row<'a>> {
        Row::parse(self.raw(field)?).ok()
    }

    fn objects(&self, field: &str) -> Vec<Row<'a>> {
        self.list(field).into_iter().filter_map(|raw| Row::parse(raw.get()).ok()).collect()
    }

    fn list(&self, field: &str) -> Vec<&'a RawValue> {
        let mut list: Vec<&RawValue> =
            self.raw(field).and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        list.truncate(MAX_LIST_VALUES);
        list
    }
}

/// A text, or a number where a text was expected; `None` for an empty one.
fn string(raw: &str) -> Option<String> {
    let text = match raw.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(raw).ok()?.replace('\0', ""),
        b'0'..=b'9' | b'-' => raw.to_owned(),
        _ => return None,
    };
    let trimmed = text.trim();
    if trimmed.is_empty() { None } else { Some(trimmed.to_owned()) }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use serde_json::{Value, json};

    use super::*;

    /// The example of WB's specification.
    fn order_row() -> Value {
        json!({
            "date": "2022-03-04T18:08:31", "lastChangeDate": "2022-03-06T10:11:07",
            "warehouseName": "Подольск", "warehouseType": "Склад продавца", "countryName": "Россия",
            "oblastOkrugName": "Центральный федеральный округ", "regionName": "Московская",
            "supplierArticle": "12345", "nmId": 1234567, "barcode": "123453559000", "category": "Бытовая техника",
            "subject": "Мультистайлеры", "brand": "Тест", "techSize": "0", "incomeID": 56735459, "isSupply": false,
            "isRealization": true, "totalPrice": 1887, "discountPercent": 18, "spp": 26, "finishedPrice": 1145,
            "priceWithDisc": 1547, "isCancel": true, "cancelDate": "2022-03-09T00:00:00", "sticker": "926912515",
            "gNumber": "34343462218572569531", "srid": "11.rf9ef11fce1684117b0nhj96222982382.3.0"
        })
    }

    /// The example of WB's specification.
    fn sale_row() -> Value {
        json!({
            "date": "2022-03-04T18:08:31", "lastChangeDate": "2022-03-06T10:11:07",
            "warehouseName": "Подольск", "warehouseType": "Склад продавца", "countryName": "Россия",
            "oblastOkrugName": "Центральный федеральный округ", "regionName": "Московская",
            "supplierArticle": "12345", "nmId": 1234567, "barcode": "123453559000", "category": "Бытовая техника",
            "subject": "Мультистайлеры", "brand": "Тест", "techSize": "0", "incomeID": 56735459, "isSupply": false,
            "isRealization": true, "totalPrice": 1887, "discountPercent": 18, "spp": 20, "paymentSaleAmount": 93,
            "forPay": 1284.01, "finishedPrice": 1145, "priceWithDisc": 1547, "saleID": "S9993700024",
            "sticker": "926912515", "gNumber": "34343462218572569531", "srid": "11.rf9ef11fce1684117b0nhj96222982382.3.0"
        })
    }

    fn with(mut row: Value, field: &str, value: Value) -> String {
        row[field] = value;
        row.to_string()
    }

    fn without(mut row: Value, field: &str) -> String {
        row.as_object_mut().unwrap().remove(field);
        row.to_string()
    }

    fn rubles(text: &str) -> Option<Rubles> {
        Some(Rubles(text.parse().unwrap()))
    }

    #[test]
    fn an_order_is_read_with_moscow_times_and_decimal_money() {
        let order = order(&order_row().to_string()).unwrap();
        assert_eq!(order.srid.0, "11.rf9ef11fce1684117b0nhj96222982382.3.0");
        assert_eq!(order.basket.as_deref(), Some("34343462218572569531"));
        assert_eq!(order.ordered_at, Utc.with_ymd_and_hms(2022, 3, 4, 15, 8, 31).unwrap());
        assert_eq!(order.changed_at, Utc.with_ymd_and_hms(2022, 3, 6, 7, 11, 7).unwrap());
        assert_eq!(order.cancelled_at, Some(Utc.with_ymd_and_hms(2022, 3, 8, 21, 0, 0).unwrap()));
        assert!(order.is_cancelled);
        assert_eq!(order.nm_id, NmId(1_234_567));
        assert_eq!(order.size, None);
        assert_eq!(order.supply, Some(Supply::Fbs));
        assert_eq!(order.warehouse.as_deref(), Some("Подольск"));
        assert_eq!(order.region.as_deref(), Some("Московская"));
        assert_eq!(order.full_price, rubles("1887"));
        assert_eq!(order.seller_price, rubles("1547"));
        assert_eq!(order.buyer_price, rubles("1145"));
        assert_eq!(order.wb_discount_percent, rubles("26"));
    }

    #[test]
    fn a_sale_is_read_with_moscow_times_and_decimal_money() {
        let sale = sale(&sale_row().to_string()).unwrap().unwrap();
        assert_eq!((sale.sale_id.0.as_str(), sale.kind), ("S9993700024", SaleKind::Buyout));
        assert_eq!(sale.srid.0, "11.rf9ef11fce1684117b0nhj96222982382.3.0");
        assert_eq!(sale.sold_at, Utc.with_ymd_and_hms(2022, 3, 4, 15, 8, 31).unwrap());
        assert_eq!(sale.changed_at, Utc.with_ymd_and_hms(2022, 3, 6, 7, 11, 7).unwrap());
        assert_eq!((sale.nm_id, sale.size), (NmId(1_234_567), None));
        assert_eq!(sale.supplier_article.as_deref(), Some("12345"));
        assert_eq!(sale.barcode.unwrap().0, "123453559000");
        assert_eq!(sale.subject.as_deref(), Some("Мультистайлеры"));
        assert_eq!((sale.supply, sale.warehouse.as_deref()), (Some(Supply::Fbs), Some("Подольск")));
        assert_eq!(sale.region.as_deref(), Some("Московская"));
        assert_eq!(sale.seller_price, rubles("1547"));
        assert_eq!(sale.buyer_price, rubles("1145"));
        assert_eq!(sale.for_pay, rubles("1284.01"));
    }

    #[test]
    fn the_prefix_alone_tells_a_sale_from_a_return_and_money_has_no_sign() {
        for for_pay in [json!(-1284.01), json!(1284.01)] {
            let mut row = sale_row();
            row["saleID"] = json!("R9993700025");
            row["priceWithDisc"] = json!(-1547);
            row["forPay"] = for_pay;
            let given_back = sale(&row.to_string()).unwrap().unwrap();
            assert_eq!(given_back.kind, SaleKind::Return);
            assert_eq!((given_back.seller_price, given_back.for_pay), (rubles("1547"), rubles("1284.01")));
        }
        let minus = sale(&with(sale_row(), "forPay", json!(-1))).unwrap().unwrap();
        assert_eq!((minus.kind, minus.for_pay), (SaleKind::Buyout, rubles("1")));
    }

    #[test]
    fn money_of_a_sale_that_is_not_filled_in_yet_is_absent() {
        for nothing in [json!(0), json!(0.0), json!(-0.0), Value::Null, json!("soon")] {
            for (field, read) in [
                ("forPay", (|sale: Sale| sale.for_pay) as fn(Sale) -> Option<Rubles>),
                ("priceWithDisc", |sale| sale.seller_price),
                ("finishedPrice", |sale| sale.buyer_price),
            ] {
                let row = with(sale_row(), field, nothing.clone());
                assert_eq!(read(sale(&row).unwrap().unwrap()), None, "{field}: {nothing}");
            }
        }
    }

    #[test]
    fn a_row_that_is_neither_sale_nor_return_is_passed_over_whatever_else_it_lacks() {
        for sale_id in ["D99937", "A99937", "B99937", "s99937", "99937", "Я1"] {
            assert_eq!(sale(&with(sale_row(), "saleID", json!(sale_id))), Ok(None), "{sale_id}");
        }
        assert_eq!(sale(r#"{"saleID": "D1"}"#), Ok(None));
        assert_eq!(sale(&without(sale_row(), "saleID")), Err(Broken::Field("saleID")));
        assert_eq!(sale(&with(sale_row(), "saleID", json!(""))), Err(Broken::Field("saleID")));
    }

    #[test]
    fn a_sale_is_broken_only_without_its_keys_article_or_time() {
        for field in sale_row().as_object().unwrap().keys() {
            let is_needed = ["saleID", "srid", "nmId", "date"].contains(&field.as_str());
            for row in
                [without(sale_row(), field), with(sale_row(), field, Value::Null), with(sale_row(), field, json!({}))]
            {
                assert_eq!(sale(&row).is_err(), is_needed, "{field}");
            }
        }
        let unchanged = sale(&without(sale_row(), "lastChangeDate")).unwrap().unwrap();
        assert_eq!(unchanged.changed_at, unchanged.sold_at);
        assert_eq!(sale("[1]"), Err(Broken::NotAnObject));
    }

    #[test]
    fn a_time_may_have_an_offset_a_fraction_or_be_a_day() {
        let time =
            |text: &str| order(&with(order_row(), "date", json!(text))).map(|order| order.ordered_at.to_rfc3339());
        assert_eq!(time("2026-11-22T12:00:00Z").unwrap(), "2026-11-22T12:00:00+00:00");
        assert_eq!(time("2026-11-22T12:00:00+05:00").unwrap(), "2026-11-22T07:00:00+00:00");
        assert_eq!(time("2026-11-22T12:00:00.12345").unwrap(), "2026-11-22T09:00:00.123450+00:00");
        assert_eq!(time("2026-11-22").unwrap(), "2026-11-21T21:00:00+00:00");
        assert_eq!(time("0001-01-01T00:00:00"), Err(Broken::Field("date")));
        assert_eq!(time("+262142-12-31T23:59:59"), Err(Broken::Field("date")));
        assert_eq!(time("yesterday"), Err(Broken::Field("date")));
    }

    #[test]
    fn a_date_in_the_year_one_is_no_cancellation() {
        let mut row = order_row();
        row["isCancel"] = json!(false);
        let open = order(&with(row.clone(), "cancelDate", json!("0001-01-01T00:00:00"))).unwrap();
        assert_eq!((open.is_cancelled, open.cancelled_at), (false, None));
        let open = order(&with(row, "cancelDate", json!("0001-01-01T00:00:00Z"))).unwrap();
        assert_eq!((open.is_cancelled, open.cancelled_at), (false, None));
        assert!(order(&without(order_row(), "isCancel")).unwrap().is_cancelled);
    }

    #[test]
    fn money_is_exact_and_zero_is_not_filled_in() {
        let price = |number: &str| {
            let row =
                order_row().to_string().replace(r#""finishedPrice":1145"#, &format!(r#""finishedPrice":{number}"#));
            order(&row).unwrap().buyer_price
        };
        assert_eq!(price("1290.10"), rubles("1290.1"));
        assert_eq!(price("9007199254740993.01"), rubles("9007199254740993.01"));
        assert_eq!(price("1.145e3"), rubles("1145"));
        assert_eq!(price("-12.5"), rubles("-12.5"));
        assert_eq!(price("0"), None);
        assert_eq!(price("0.00"), None);
        assert_eq!(price("null"), None);
        assert_eq!(price("\"soon\""), None);
    }

    #[test]
    fn an_order_is_broken_only_without_its_key_article_or_time() {
        for field in order_row().as_object().unwrap().keys() {
            let is_needed = ["srid", "nmId", "date"].contains(&field.as_str());
            for row in [
                without(order_row(), field),
                with(order_row(), field, Value::Null),
                with(order_row(), field, json!({})),
            ] {
                match order(&row) {
                    Ok(_) => assert!(!is_needed, "{field}"),
                    Err(broken) => {
                        assert!(is_needed, "{field}");
                        assert_eq!(broken.to_string(), format!("the field {field} is missing or unreadable"));
                    }
                }
            }
        }
        assert_eq!(order("[1]"), Err(Broken::NotAnObject));
    }

    #[test]
    fn odd_values_are_read_as_what_they_mean() {
        let mut row = order_row();
        row["nmId"] = json!(1_234_567.0);
        row["barcode"] = json!(123_453_559_000_i64);
        row["supplierArticle"] = json!(" a\u{0}b ");
        row["brand"] = json!("");
        row["warehouseType"] = json!("Склад партнёра");
        row["techSize"] = json!("42");
        let order = order(&row.to_string()).unwrap();
        assert_eq!(order.nm_id, NmId(1_234_567));
        assert_eq!(order.barcode.unwrap().0, "123453559000");
        assert_eq!(order.supplier_article.as_deref(), Some("ab"));
        assert_eq!(order.brand, None);
        assert_eq!(order.supply, None);
        assert_eq!(order.size.as_deref(), Some("42"));
    }

    #[test]
    fn a_long_text_is_cut_and_a_long_key_is_broken() {
        let brand = order(&with(order_row(), "brand", json!("я".repeat(301)))).unwrap().brand.unwrap();
        assert_eq!(brand.chars().count(), 300);
        assert_eq!(order(&with(order_row(), "srid", json!("1".repeat(201)))), Err(Broken::Field("srid")));
    }

    #[test]
    fn a_masked_warehouse_has_no_name() {
        for masked in ["Склад WB", "Склад WB РФ", "Склад WB СГТ РФ", ""] {
            assert_eq!(order(&with(order_row(), "warehouseName", json!(masked))).unwrap().warehouse, None);
            assert_eq!(sale(&with(sale_row(), "warehouseName", json!(masked))).unwrap().unwrap().warehouse, None);
        }
        let row = json!({"nmId": 1, "chrtId": 2, "warehouseId": -999_999, "warehouseName": "Москва", "quantity": 3,
            "inWayToClient": 4, "inWayFromClient": 5});
        let stock = stock(&row.to_string()).unwrap();
        assert_eq!((stock.warehouse_id, stock.warehouse), (-999_999, None));
        assert_eq!((stock.quantity, stock.in_way_to_client, stock.in_way_from_client), (3, 4, 5));
    }

    #[test]
    fn a_stock_without_its_quantity_is_broken_rather_than_empty() {
        let row = json!({"nmId": 1, "chrtId": 2, "warehouseId": 507, "warehouseName": "Коледино"});
        assert_eq!(stock(&row.to_string()).unwrap_err().key(), Some((2, 507)));
        let kept = stock(&with(row, "quantity", json!(0))).unwrap();
        assert_eq!((kept.quantity, kept.warehouse.as_deref()), (0, Some("Коледино")));
    }

    #[test]
    fn a_review_is_read_with_its_answer_and_pictures() {
        let row = json!({
            "id": "YX52RZEBhH9mrcYdEJuD", "text": "", "pros": "Удобный", "cons": "Нет", "productValuation": 5,
            "createdDate": "2024-09-26T10:20:48+03:00", "answer": {"text": "Спасибо!", "state": "wbRu", "editable": false},
            "state": "wbRu", "productDetails": {"imtId": 1, "nmId": 987_654_321, "productName": "ВАЗ", "size": "0"},
            "photoLinks": [{"fullSize": "https://feedback04.wbbasket.ru/fs.webp", "miniSize": "https://x.ru/ms.webp"},
                {"fullSize": "javascript:alert(1)"}],
            "video": null, "userName": "Николай", "parentFeedbackId": null
        });
        let read = review(&row.to_string(), true).unwrap();
        assert_eq!(read.id.0, "YX52RZEBhH9mrcYdEJuD");
        assert_eq!(read.nm_id, NmId(987_654_321));
        assert_eq!(read.created_at, Utc.with_ymd_and_hms(2024, 9, 26, 7, 20, 48).unwrap());
        assert_eq!((read.stars, read.is_processed), (5, true));
        assert_eq!((read.text, read.pros.as_deref(), read.cons.as_deref()), (None, Some("Удобный"), Some("Нет")));
        assert_eq!(read.answer.as_deref(), Some("Спасибо!"));
        assert_eq!(read.author.as_deref(), Some("Николай"));
        assert_eq!(read.photos.iter().map(Url::as_str).collect::<Vec<_>>(), ["https://feedback04.wbbasket.ru/fs.webp"]);
        assert_eq!(read.parent_id, None);

        assert_eq!(
            review(&with(row.clone(), "productValuation", json!(6)), true),
            Err(Broken::Field("productValuation"))
        );
        let mut supplement = row;
        supplement["answer"] = Value::Null;
        supplement["parentFeedbackId"] = json!("parent");
        let supplement = review(&supplement.to_string(), false).unwrap();
        assert_eq!((supplement.answer, supplement.parent_id), (None, Some(ReviewId("parent".into()))));
    }

    #[test]
    fn a_card_is_read_with_its_first_picture_and_sizes() {
        let row = json!({
            "nmID": 12_345_678, "vendorCode": "wb3", "title": "Футболка", "brand": "Тест", "subjectName": "Футболки",
            "photos": [{"big": "https://basket-10.wbbasket.ru/big/1.webp", "c516x688": "https://b.ru/c.webp", "hq": "https://b.ru/hq.webp"}],
            "characteristics": [{"id": 1, "name": "Цвет", "value": ["красный"]}, {"id": 2, "name": "Вес", "value": 3}],
            "sizes": [{"chrtID": 41_558_814, "techSize": "0", "wbSize": "", "skus": ["123", "", "456"]}, {"techSize": "M"}],
            "createdAt": "2023-12-06T11:17:00.96577Z", "updatedAt": "2023-12-06T11:17:00.96577Z"
        });
        let read = product(&row.to_string()).unwrap();
        assert_eq!(read.nm_id, NmId(12_345_678));
        assert_eq!(read.photo.unwrap().0.as_str(), "https://basket-10.wbbasket.ru/big/1.webp");
        assert_eq!(
            read.sizes,
            [Size {
                chrt_id: ChrtId(41_558_814),
                name: None,
                barcodes: vec![Barcode("123".into()), Barcode("456".into())]
            }]
        );
        assert_eq!(read.updated_at, "2023-12-06T11:17:00.96577Z");

        let smaller = json!([{"big": "", "c516x688": "https://b.ru/c.webp", "hq": "https://b.ru/hq.webp"}]);
        assert_eq!(
            product(&with(row.clone(), "photos", smaller)).unwrap().photo.unwrap().0.as_str(),
            "https://b.ru/c.webp"
        );
        let only_hq = json!([{"hq": "https://b.ru/hq.webp"}]);
        assert_eq!(product(&with(row.clone(), "photos", only_hq)).unwrap().photo, None);
        assert_eq!(product(&without(row, "photos")).unwrap().photo, None);
    }
}
