//! The methods: how each judges a request, and what it answers.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::answers::Answer;
use super::asked::{Answered, Asked, ListQuery, parameters};
use super::method::Method;
use super::moscow::{in_moscow, moscow, moscow_time};
use super::shop::Shop;
use super::things::{Product, Sale};
use super::{feed, news, questions, remains, wire};

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

/// Judges the request and answers it from the shop.
pub(super) fn answer(method: Method, asked: &Asked<'_>, shop: &mut Shop) -> Answer {
    let answer = match method {
        Method::Ping => ping(asked),
        Method::SellerInfo => seller_info(asked, shop),
        Method::Orders => orders(asked, shop),
        Method::Sales => sales(asked, shop),
        Method::Stocks => stocks(asked, shop),
        Method::SellerStocks => own_stocks(asked, shop),
        Method::OrderFeed => feed::order_feed(asked, shop),
        Method::RemainsCreate => remains::create(asked, shop),
        Method::RemainsStatus => remains::status(asked, shop),
        Method::RemainsDownload => remains::download(asked, shop),
        Method::Cards => cards(asked, shop),
        Method::Feedbacks => feedbacks(asked, shop),
        Method::Feedback => questions::feedback(asked, shop),
        Method::FeedbackAnswer => questions::answer(asked, shop),
        Method::Questions => questions::questions(asked, shop),
        Method::News => news::news(asked),
    };
    answer.unwrap_or_else(|refusal| *refusal)
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
