//! The methods: where they are, who may use them, how they judge a request, what they answer.

use std::collections::BTreeMap;

use axum::http;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::answers::{Answer, Request};
use super::news::{self, News};
use super::sales::Sale;
use super::shop::{Product, Shop};
use super::token::Category;
use super::{feed, questions, remains, wire};

/// WB keeps an order or a sale in its report for so long from the day it was made.
const REPORT_RETENTION_DAYS: i64 = 90;
/// WB's largest page of cards, and the page of a request that names none.
const CARDS_LIMIT: usize = 100;
const CARDS_DEFAULT_LIMIT: usize = 10;
/// WB's largest page of stocks, and the most articles one request may name.
const STOCKS_LIMIT: usize = 250_000;
const STOCKS_ARTICLES: usize = 1_000;
/// WB's largest page of reviews, and how many it lets skip.
const FEEDBACKS_TAKE: usize = 5_000;
const FEEDBACKS_SKIP: usize = 199_990;

/// What stands in a path for its parameter.
const PATH_PARAMETER: &str = "{task_id}";

/// Moscow, which has no summer time.
pub(super) fn moscow() -> FixedOffset {
    const MOSCOW_OFFSET_SECONDS: i32 = 3 * 3_600;
    FixedOffset::east_opt(MOSCOW_OFFSET_SECONDS).expect("three hours are less than a day")
}

/// A host of WB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Host {
    /// `statistics-api`.
    Statistics,
    /// `seller-analytics-api`.
    SellerAnalytics,
    /// `content-api`.
    Content,
    /// `feedbacks-api`.
    Feedbacks,
    /// `common-api`.
    Common,
}

impl Host {
    const ALL: [Self; 5] = [Self::Statistics, Self::SellerAnalytics, Self::Content, Self::Feedbacks, Self::Common];

    /// The name in front of `-api.wildberries.ru`, which is the first part of the path here.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statistics => "statistics",
            Self::SellerAnalytics => "seller-analytics",
            Self::Content => "content",
            Self::Feedbacks => "feedbacks",
            Self::Common => "common",
        }
    }

    /// `origin` in its errors.
    pub(super) fn origin(self) -> &'static str {
        match self {
            Self::Statistics => "ag-statistics",
            Self::SellerAnalytics => "ag-contentanalytics",
            Self::Content => "ag-content",
            Self::Feedbacks => "ag-feedbacks",
            Self::Common => "ag-commonapi",
        }
    }

    /// The category that a token needs there, or `None` for any.
    pub(super) fn category(self) -> Option<Category> {
        match self {
            Self::Statistics => Some(Category::Statistics),
            Self::SellerAnalytics => Some(Category::Analytics),
            Self::Content => Some(Category::Content),
            Self::Feedbacks => Some(Category::Feedbacks),
            Self::Common => None,
        }
    }

    /// The host that the path names, and the rest of the path. A path without a host stays whole.
    /// `/content/v2/…` is both the host "content" and the real path of its method: only
    /// `/content/content/v2/…` names the host.
    pub(super) fn split(path: &str) -> (Option<Self>, &str) {
        if Method::ALL.iter().any(|method| method.parameter(path).is_some()) {
            return (None, path);
        }
        let rest = |host: &Self| path.strip_prefix('/')?.strip_prefix(host.name()).filter(|rest| rest.starts_with('/'));
        Self::ALL.iter().find_map(|host| rest(host).map(|rest| (Some(*host), rest))).unwrap_or((None, path))
    }
}

/// A method of WB's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `GET /ping`, at every host.
    Ping,
    /// `GET /api/v1/seller-info`.
    SellerInfo,
    /// `GET /api/v1/supplier/orders`.
    Orders,
    /// `GET /api/v1/supplier/sales`.
    Sales,
    /// `POST /api/analytics/v1/stocks-report/wb-warehouses`.
    Stocks,
    /// `POST /api/analytics/v1/stocks-report/seller-warehouses`.
    SellerStocks,
    /// `POST /api/analytics/v1/order-feed`.
    OrderFeed,
    /// `GET /api/v1/warehouse_remains`.
    RemainsCreate,
    /// `GET /api/v1/warehouse_remains/tasks/{task_id}/status`.
    RemainsStatus,
    /// `GET /api/v1/warehouse_remains/tasks/{task_id}/download`.
    RemainsDownload,
    /// `POST /content/v2/get/cards/list`.
    Cards,
    /// `GET /api/v1/feedbacks`.
    Feedbacks,
    /// `GET /api/v1/feedback`.
    Feedback,
    /// `POST /api/v1/feedbacks/answer`.
    FeedbackAnswer,
    /// `GET /api/v1/questions`.
    Questions,
    /// `GET /api/communications/v2/news`.
    News,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Ping,
        Self::SellerInfo,
        Self::Orders,
        Self::Sales,
        Self::Stocks,
        Self::SellerStocks,
        Self::OrderFeed,
        Self::RemainsCreate,
        Self::RemainsStatus,
        Self::RemainsDownload,
        Self::Cards,
        Self::Feedbacks,
        Self::Feedback,
        Self::FeedbackAnswer,
        Self::Questions,
        Self::News,
    ];

    /// What the path of a request has for the method's parameter.
    pub(super) fn path_parameter(self, path: &str) -> &str {
        self.parameter(path).unwrap_or_default()
    }

    /// The method at an address. Without a host (plain paths) it is the method's own, and a plain
    /// ping is the one of `common`.
    pub(super) fn find(host: Option<Host>, verb: &http::Method, path: &str) -> Option<(Host, Self)> {
        let method = Self::ALL.into_iter().find(|method| method.parameter(path).is_some() && method.verb() == verb)?;
        let asked = host.unwrap_or(method.host());
        (method == Self::Ping || asked == method.host()).then_some((asked, method))
    }

    /// The host that has it; a ping without a host is the one of `common`.
    pub(super) fn host(self) -> Host {
        match self {
            Self::Ping | Self::SellerInfo | Self::News => Host::Common,
            Self::Orders | Self::Sales => Host::Statistics,
            Self::Stocks
            | Self::SellerStocks
            | Self::OrderFeed
            | Self::RemainsCreate
            | Self::RemainsStatus
            | Self::RemainsDownload => Host::SellerAnalytics,
            Self::Cards => Host::Content,
            Self::Feedbacks | Self::Feedback | Self::FeedbackAnswer | Self::Questions => Host::Feedbacks,
        }
    }

    /// Its name in the control interface and in snapshots.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::SellerInfo => "seller_info",
            Self::Orders => "orders",
            Self::Sales => "sales",
            Self::Stocks => "stocks",
            Self::SellerStocks => "seller_stocks",
            Self::OrderFeed => "order_feed",
            Self::RemainsCreate => "remains_create",
            Self::RemainsStatus => "remains_status",
            Self::RemainsDownload => "remains_download",
            Self::Cards => "cards",
            Self::Feedbacks => "feedbacks",
            Self::Feedback => "feedback",
            Self::FeedbackAnswer => "feedback_answer",
            Self::Questions => "questions",
            Self::News => "news",
        }
    }

    /// Whether only a personal or a service token may use it, and whether a base token with a
    /// service's secret may as well.
    pub(super) fn refuses_base(self, has_secret: bool) -> bool {
        match self {
            Self::Stocks => !has_secret,
            Self::SellerStocks => true,
            _ => false,
        }
    }

    /// What stands for the parameter in a path of this method, nothing where it has none; `None` for
    /// the path of another.
    fn parameter(self, path: &str) -> Option<&str> {
        match self.path().split_once(PATH_PARAMETER) {
            None => (path == self.path()).then_some(""),
            Some((before, behind)) => {
                let parameter = path.strip_prefix(before)?.strip_suffix(behind)?;
                (!parameter.is_empty() && !parameter.contains('/')).then_some(parameter)
            }
        }
    }

    /// Its path as WB's specification writes it.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Ping => "/ping",
            Self::SellerInfo => "/api/v1/seller-info",
            Self::Orders => "/api/v1/supplier/orders",
            Self::Sales => "/api/v1/supplier/sales",
            Self::Stocks => "/api/analytics/v1/stocks-report/wb-warehouses",
            Self::SellerStocks => "/api/analytics/v1/stocks-report/seller-warehouses",
            Self::OrderFeed => "/api/analytics/v1/order-feed",
            Self::RemainsCreate => "/api/v1/warehouse_remains",
            Self::RemainsStatus => "/api/v1/warehouse_remains/tasks/{task_id}/status",
            Self::RemainsDownload => "/api/v1/warehouse_remains/tasks/{task_id}/download",
            Self::Cards => "/content/v2/get/cards/list",
            Self::Feedbacks => "/api/v1/feedbacks",
            Self::Feedback => "/api/v1/feedback",
            Self::FeedbackAnswer => "/api/v1/feedbacks/answer",
            Self::Questions => "/api/v1/questions",
            Self::News => "/api/communications/v2/news",
        }
    }

    fn verb(self) -> http::Method {
        match self {
            Self::Stocks | Self::SellerStocks | Self::OrderFeed | Self::Cards | Self::FeedbackAnswer => {
                http::Method::POST
            }
            _ => http::Method::GET,
        }
    }

    /// Judges the request and answers it from the shop.
    pub(super) fn answer(self, asked: &Asked<'_>, shop: &mut Shop) -> Answer {
        let answer = match self {
            Self::Ping => ping(asked),
            Self::SellerInfo => seller_info(asked, shop),
            Self::Orders => orders(asked, shop),
            Self::Sales => sales(asked, shop),
            Self::Stocks => stocks(asked, shop),
            Self::SellerStocks => own_stocks(asked, shop),
            Self::OrderFeed => feed::order_feed(asked, shop),
            Self::RemainsCreate => remains::create(asked, shop),
            Self::RemainsStatus => remains::status(asked, shop),
            Self::RemainsDownload => remains::download(asked, shop),
            Self::Cards => cards(asked, shop),
            Self::Feedbacks => feedbacks(asked, shop),
            Self::Feedback => questions::feedback(asked, shop),
            Self::FeedbackAnswer => questions::answer(asked, shop),
            Self::Questions => questions::questions(asked, shop),
            Self::News => news::news(asked),
        };
        answer.unwrap_or_else(|refusal| *refusal)
    }
}

/// A request that got past the gateway.
pub(super) struct Asked<'a> {
    pub(super) request: &'a Request,
    /// What stands for the parameter in the path.
    pub(super) path_parameter: &'a str,
    pub(super) query: &'a str,
    pub(super) content_type: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// Where the pictures are, if not at WB's hosts.
    pub(super) picture_base: Option<&'a str>,
    /// How many orders or sales one answer holds at most.
    pub(super) orders_cap: usize,
    /// Whether WB hides the names of its warehouses in Russia.
    pub(super) is_masked: bool,
    /// How often a report's status is asked before it is done.
    pub(super) remains_calls: u32,
    pub(super) news: &'a [News],
    /// Whether reviews and questions begin with the first page, whichever is asked for.
    pub(super) gives_first_page: bool,
}

impl Asked<'_> {
    pub(super) fn json_body<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        if !self.content_type.is_some_and(|content_type| content_type.starts_with("application/json")) {
            return Err("content-type header not specified".to_owned());
        }
        serde_json::from_slice(self.body).map_err(|error| error.to_string())
    }
}

/// The second is boxed because an answer is large and a refusal rare.
pub(super) type Answered = Result<Answer, Box<Answer>>;

/// The parameters of a query; unknown and doubled ones are an error, which names them.
pub(super) fn parameters(query: &str, known: &[&str]) -> Result<BTreeMap<String, String>, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !known.contains(&name.as_ref()) {
            return Err(format!("{name}: unknown parameter"));
        }
        if parameters.insert(name.to_string(), value.to_string()).is_some() {
            return Err(format!("{name}: more than one value"));
        }
    }
    Ok(parameters)
}

fn ping(asked: &Asked<'_>) -> Answered {
    parameters(asked.query, &[]).map_err(|error| asked.request.bad_analytics(&error))?;
    let timestamp = asked.request.now.with_timezone(&moscow()).to_rfc3339_opts(SecondsFormat::Secs, false);
    Ok(Answer::json(json!({"TS": timestamp, "Status": "OK"})))
}

fn seller_info(asked: &Asked<'_>, shop: &Shop) -> Answered {
    parameters(asked.query, &[]).map_err(|error| asked.request.bad_analytics(&error))?;
    let seller = &shop.seller;
    Ok(Answer::json(json!({
        "name": seller.name,
        "sid": seller.id,
        "tin": seller.tin,
        "tradeMark": seller.trade_mark,
    })))
}

fn orders(asked: &Asked<'_>, shop: &Shop) -> Answered {
    let rows = shop.reported_orders().map(|order| ReportRow {
        happened_at: order.ordered_at,
        changed_at: order.changed_at,
        id: &order.srid,
        of: order,
    });
    let orders = report(asked, rows)?;
    let products = products_by_article(shop);
    Ok(Answer::json(
        orders.filter_map(|order| wire::order(order, products.get(&order.nm_id)?, asked.is_masked)).collect(),
    ))
}

fn sales(asked: &Asked<'_>, shop: &Shop) -> Answered {
    let rows = shop.reported_sales().map(|sale| ReportRow {
        happened_at: sale.sold_at,
        changed_at: sale.changed_at,
        id: &sale.sale_id,
        of: sale,
    });
    let sales = report(asked, rows)?;
    let products = products_by_article(shop);
    let write = |sale: &Sale| {
        let order = shop.find_order(&sale.srid).ok()?;
        wire::sale(sale, &order, products.get(&order.nm_id)?, asked.is_masked)
    };
    Ok(Answer::json(sales.filter_map(write).collect()))
}

fn products_by_article(shop: &Shop) -> BTreeMap<i64, &Product> {
    shop.products.iter().map(|product| (product.nm_id, product)).collect()
}

/// What the statistics reports of orders and sales judge a row by.
struct ReportRow<'a, T> {
    happened_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    id: &'a str,
    of: &'a T,
}

/// Judges the parameters of a statistics report and selects its rows, the longest unchanged first.
fn report<'a, T: 'a>(
    asked: &Asked<'_>,
    rows: impl Iterator<Item = ReportRow<'a, T>>,
) -> Result<impl Iterator<Item = &'a T>, Box<Answer>> {
    let refuse = |errors: Value| Box::new(Answer::bad_statistics(&errors));
    let parameters = parameters(asked.query, &["dateFrom", "flag"]).map_err(|error| refuse(json!([error])))?;
    let date_from = parameters.get("dateFrom").ok_or_else(|| refuse(json!(["dateFrom: field required"])))?;
    let date_from = moscow_time(date_from).ok_or_else(|| refuse(json!("dateFrom: Value not validated")))?;
    let one_day = match parameters.get("flag").map(String::as_str) {
        None | Some("0") => false,
        Some("1") => true,
        Some(_) => return Err(refuse(json!("flag: Value not validated"))),
    };
    let oldest = asked.request.now - TimeDelta::days(REPORT_RETENTION_DAYS);
    let mut rows: Vec<_> = rows
        .filter(|row| row.happened_at >= oldest)
        .filter(|row| {
            if one_day {
                in_moscow(row.happened_at).date() == date_from.date()
            } else {
                in_moscow(row.changed_at) > date_from
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.changed_at, row.id));
    if !one_day {
        rows.truncate(asked.orders_cap);
    }
    Ok(rows.into_iter().map(|row| row.of))
}

/// From when on a request asks for changes, if it says so.
pub(super) fn asked_since(method: Method, query: &str, body: &[u8]) -> Option<DateTime<Utc>> {
    let value = |name: &str| {
        let pairs = form_urlencoded::parse(query.as_bytes());
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    match method {
        Method::Orders | Method::Sales => {
            moscow_time(&value("dateFrom")?)?.and_local_timezone(moscow()).single().map(|at| at.to_utc())
        }
        Method::OrderFeed => {
            let body: Value = serde_json::from_slice(body).ok()?;
            let start = body["selectedPeriod"]["start"].as_str()?;
            DateTime::parse_from_rfc3339(start).ok().map(|at| at.to_utc())
        }
        Method::Feedbacks => DateTime::from_timestamp(value("dateFrom")?.parse().ok()?, 0),
        _ => None,
    }
}

/// A date or a moment in Moscow; WB takes no offset here.
fn moscow_time(text: &str) -> Option<NaiveDateTime> {
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)).ok();
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().or_else(day)?;
    // The parser would take "2026-1-5" too.
    text.starts_with(&moment.format("%Y-%m-%d").to_string()).then_some(moment)
}

pub(super) fn in_moscow(moment: DateTime<Utc>) -> NaiveDateTime {
    moment.with_timezone(&moscow()).naive_local()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct StocksRequest {
    nm_ids: Vec<i64>,
    chrt_ids: Vec<i64>,
    limit: usize,
    offset: usize,
}

impl Default for StocksRequest {
    fn default() -> Self {
        Self { nm_ids: Vec::new(), chrt_ids: Vec::new(), limit: STOCKS_LIMIT, offset: 0 }
    }
}

fn stocks(asked: &Asked<'_>, shop: &Shop) -> Answered {
    let rows = shop.reported_stocks().map(|(chrt_id, warehouse, stock)| (chrt_id, (warehouse, stock)));
    stocks_page(asked, shop, rows, |nm_id, chrt_id, (warehouse, stock)| {
        wire::stock(nm_id, chrt_id, warehouse, stock, asked.is_masked)
    })
}

fn own_stocks(asked: &Asked<'_>, shop: &Shop) -> Answered {
    let rows = shop.own_stocks.shown_with_keys().map(|(chrt_id, quantity)| (*chrt_id, *quantity));
    stocks_page(asked, shop, rows, wire::own_stock)
}

/// A page of one of the two reports of stocks.
fn stocks_page<T>(
    asked: &Asked<'_>,
    shop: &Shop,
    rows: impl Iterator<Item = (i64, T)>,
    write: impl Fn(i64, i64, T) -> Value,
) -> Answered {
    let refuse = |detail: &str| asked.request.bad_analytics(detail);
    parameters(asked.query, &[]).map_err(|error| refuse(&error))?;
    let wanted: StocksRequest = asked.json_body().map_err(|error| refuse(&error))?;
    if wanted.nm_ids.len() > STOCKS_ARTICLES {
        return Ok(refuse("nmIds (length must be at most 1000)"));
    }
    if !wanted.chrt_ids.is_empty() && wanted.nm_ids.is_empty() {
        return Ok(refuse("chrtIds (only for the articles in nmIds)"));
    }
    if !(1..=STOCKS_LIMIT).contains(&wanted.limit) {
        return Ok(refuse("limit (must be from 1 to 250000)"));
    }
    let owners: BTreeMap<i64, i64> = shop
        .products
        .iter()
        .flat_map(|product| product.sizes.iter().map(|size| (size.chrt_id, product.nm_id)))
        .collect();
    let rows: Vec<Value> = rows
        .filter_map(|(chrt_id, stock)| Some((*owners.get(&chrt_id)?, chrt_id, stock)))
        .filter(|(nm_id, ..)| wanted.nm_ids.is_empty() || wanted.nm_ids.contains(nm_id))
        .filter(|(_, chrt_id, ..)| wanted.chrt_ids.is_empty() || wanted.chrt_ids.contains(chrt_id))
        .skip(wanted.offset)
        .take(wanted.limit)
        .map(|(nm_id, chrt_id, stock)| write(nm_id, chrt_id, stock))
        .collect();
    Ok(if rows.is_empty() { Answer::no_content() } else { Answer::json(json!({"data": {"items": rows}})) })
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CardsRequest {
    settings: CardsSettings,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CardsSettings {
    sort: CardsSort,
    filter: CardsFilter,
    cursor: CardsCursor,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CardsSort {
    ascending: bool,
}

/// The filters that the product could need; any other is refused, so that nobody believes that it
/// filtered something.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct CardsFilter {
    with_photo: i64,
    text_search: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct CardsCursor {
    limit: Option<usize>,
    updated_at: Option<String>,
    #[serde(rename = "nmID")]
    nm_id: Option<i64>,
}

fn cards(asked: &Asked<'_>, shop: &Shop) -> Answered {
    let parameters = parameters(asked.query, &["locale"]).map_err(|error| Answer::bad_content(&error))?;
    if parameters.get("locale").is_some_and(|locale| !["ru", "en", "zh"].contains(&locale.as_str())) {
        return Ok(Answer::bad_content("Invalid locale"));
    }
    let CardsRequest { settings: CardsSettings { sort, filter, cursor } } =
        asked.json_body().map_err(|_| Answer::undecodable_content())?;
    let limit = cursor.limit.unwrap_or(CARDS_DEFAULT_LIMIT);
    if !(1..=CARDS_LIMIT).contains(&limit) {
        return Ok(Answer::bad_content("Invalid limit: must be from 1 to 100"));
    }
    if !(-1..=2).contains(&filter.with_photo) {
        return Ok(Answer::bad_content("Invalid withPhoto: must be -1, 0, 1 or 2"));
    }
    let after = match (&cursor.updated_at, cursor.nm_id) {
        (None, None) => None,
        (Some(updated_at), Some(nm_id)) => {
            let updated_at = DateTime::parse_from_rfc3339(updated_at);
            let updated_at = updated_at.map_err(|_| Answer::bad_content("Invalid cursor: updatedAt"))?;
            Some((updated_at.to_utc(), nm_id))
        }
        _ => return Ok(Answer::bad_content("Invalid cursor: updatedAt and nmID belong together")),
    };
    let place = |product: &Product| (product.updated_at, product.nm_id);
    let mut found: Vec<_> = shop
        .products
        .iter()
        .filter(|product| !product.trashed)
        .filter(|product| match filter.with_photo {
            1 => product.photos > 0,
            2 => product.photos == 0,
            _ => true,
        })
        .filter(|product| filter.text_search.is_empty() || is_called(product, &filter.text_search))
        .filter(|product| match after {
            None => true,
            Some(after) if sort.ascending => place(product) > after,
            Some(after) => place(product) < after,
        })
        .collect();
    found.sort_by_key(|product| place(product));
    if !sort.ascending {
        found.reverse();
    }
    found.truncate(limit);
    let cursor = match found.last() {
        Some(last) => json!({"updatedAt": wire::card_time(last.updated_at), "nmID": last.nm_id, "total": found.len()}),
        None => json!({"total": 0}),
    };
    let cards: Vec<Value> = found.into_iter().map(|product| wire::card(product, asked.picture_base)).collect();
    Ok(Answer::json(json!({"cards": cards, "cursor": cursor})))
}

fn is_called(product: &Product, name: &str) -> bool {
    product.vendor_code == name
        || product.nm_id.to_string() == name
        || product.sizes.iter().flat_map(|size| &size.barcodes).any(|barcode| barcode == name)
}

fn feedbacks(asked: &Asked<'_>, shop: &Shop) -> Answered {
    let list = ListQuery::read(asked, FEEDBACKS_TAKE, FEEDBACKS_SKIP)?;
    let found = shop.reviews.iter().filter(|review| review.is_processed() == list.processed);
    let page = list.page(found, |review| (review.created_at, review.nm_id, &review.id));
    let rows: Vec<Value> = page.filter_map(|review| wire::feedback(review, shop, asked.picture_base)).collect();
    let archived = shop.reviews.iter().filter(|review| review.is_processed()).count();
    let unanswered = shop.reviews.len() - archived;
    Ok(Answer::enveloped(&json!({"countUnanswered": unanswered, "countArchive": archived, "feedbacks": rows})))
}

/// Which page of reviews or questions is asked for.
pub(super) struct ListQuery {
    pub(super) processed: bool,
    pub(super) take: usize,
    pub(super) skip: usize,
    nm_id: Option<i64>,
    from: Option<i64>,
    to: Option<i64>,
    oldest_first: bool,
}

impl ListQuery {
    /// Judges the parameters, of which `take` and `skip` have their highest values.
    pub(super) fn read(asked: &Asked<'_>, most_taken: usize, most_skipped: usize) -> Result<Self, Box<Answer>> {
        let refuse = |error: &str| Box::new(asked.request.bad_feedbacks(error));
        let known = ["isAnswered", "nmId", "take", "skip", "order", "dateFrom", "dateTo"];
        let parameters = parameters(asked.query, &known).map_err(|error| refuse(&error))?;
        let number = |name: &str| match parameters.get(name).map(|value| value.parse::<i64>()) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) => Err(refuse(&format!("{name}: not a number"))),
        };
        let window = |name: &str, most: usize| match number(name)?.map(usize::try_from) {
            None => Err(refuse(&format!("{name}: field required"))),
            Some(Ok(number)) if number <= most => Ok(number),
            Some(_) => Err(refuse(&format!("{name}: must be from 0 to {most}"))),
        };
        let processed = match parameters.get("isAnswered").map(String::as_str) {
            Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(refuse("isAnswered: not a boolean")),
            None => return Err(refuse("isAnswered: field required")),
        };
        let (take, skip) = (window("take", most_taken)?, window("skip", most_skipped)?);
        if take == 0 {
            return Err(refuse(&format!("take: must be from 1 to {most_taken}")));
        }
        let (nm_id, from, to) = (number("nmId")?, number("dateFrom")?, number("dateTo")?);
        let oldest_first = match parameters.get("order").map(String::as_str) {
            Some("dateAsc") => true,
            None | Some("dateDesc") => false,
            Some(_) => return Err(refuse("order: must be dateAsc or dateDesc")),
        };
        let skip = if asked.gives_first_page { 0 } else { skip };
        Ok(Self { processed, take, skip, nm_id, from, to, oldest_first })
    }

    /// The page, of rows that have a time, an article and an id.
    pub(super) fn page<'a, T>(
        &self,
        rows: impl Iterator<Item = &'a T>,
        read: impl Fn(&'a T) -> (DateTime<Utc>, i64, &'a String),
    ) -> std::vec::IntoIter<&'a T> {
        let mut found: Vec<&'a T> = rows
            .filter(|row| {
                let (at, nm_id, _) = read(row);
                self.nm_id.is_none_or(|wanted| nm_id == wanted)
                    && self.from.is_none_or(|from| at.timestamp() >= from)
                    && self.to.is_none_or(|to| at.timestamp() <= to)
            })
            .collect();
        found.sort_by_key(|row| {
            let (at, _, id) = read(row);
            (at, id)
        });
        if !self.oldest_first {
            found.reverse();
        }
        found.drain(..self.skip.min(found.len()));
        found.truncate(self.take);
        found.into_iter()
    }
}
