//! `/control/`: how a terminal program plays the seller and their buyers. JSON in, JSON out; what
//! cannot be done is a 400 whose `error` says why. Every command takes an optional `seller`; by
//! default it is for the first shop.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::faults::Fault;
use super::method::Method;
use super::news::{self, NewNews};
use super::questions::NewQuestion;
use super::sales::NewSale;
use super::shared::{BODY_LIMIT_BYTES, Shared};
use super::shop::{NewOrder, NewReview, Shop};
use super::things::{CancelReason, Order, Product, SaleKind, Stock, Warehouse};
use super::token::{Category, TokenSpec, TokenType};
use super::wire;

/// The summary of a shop shows so many of the last orders: a screen of a terminal.
const LAST_ORDERS: usize = 20;

/// One command breaks at most so many requests; `DELETE /control/faults` ends it earlier.
const FAULT_TIMES: u32 = 1_000;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/token", post(issue_token).delete(revoke_token))
        .route("/orders", post(make_orders))
        .route("/orders/{srid}/cancel", post(cancel_order))
        .route("/orders/{srid}/price", post(correct_price))
        .route("/orders/{srid}/buyout", post(buy_out))
        .route("/orders/{srid}/return", post(give_back))
        .route("/changes", post(change_hundredfold))
        .route("/orders/{srid}/reveal", post(reveal))
        .route("/reviews", post(write_review))
        .route("/questions", post(ask))
        .route("/news", post(publish))
        .route("/masking", post(mask))
        .route("/methods", post(switch))
        .route("/stocks", post(set_stock))
        .route("/refill", post(refill))
        .route("/faults", post(add_fault).delete(mend))
        .route("/requests", get(requests))
        .route("/shop", get(summary))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
}

type Fake = State<Arc<Shared>>;
type Done = Result<Json<Value>, Refused>;

/// A command that cannot be carried out.
struct Refused(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, Json(json!({"error": format!("{:#}", self.0)}))).into_response()
    }
}

/// A command and the seller that it is for. No body at all is a command without parameters.
fn parse<T: DeserializeOwned>(body: &[u8]) -> anyhow::Result<(Option<Uuid>, T)> {
    let mut command = match body {
        [] => json!({}),
        text => serde_json::from_slice(text).context("the body is no JSON")?,
    };
    let parameters = command.as_object_mut().context("the body is no JSON object")?;
    let seller = parameters.remove("seller").map(serde_json::from_value).transpose().context("seller is no UUID")?;
    Ok((seller, serde_json::from_value(command)?))
}

/// Does something in a shop at the present of the clock.
fn in_shop<R>(
    fake: &Shared,
    seller: Option<Uuid>,
    act: impl FnOnce(&mut Shop, DateTime<Utc>) -> anyhow::Result<R>,
) -> anyhow::Result<R> {
    let now = fake.clock.now();
    let mut world = fake.world();
    let shop = world.state.shop(seller)?;
    shop.renew(now);
    act(shop, now)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NewToken {
    #[serde(rename = "type")]
    token_type: TokenType,
    categories: Vec<Category>,
    read_only: bool,
    expires_at: Option<DateTime<Utc>>,
}

impl Default for NewToken {
    fn default() -> Self {
        let categories = Category::ALL.to_vec();
        Self { token_type: TokenType::Personal, categories, read_only: false, expires_at: None }
    }
}

async fn issue_token(State(fake): Fake, body: Bytes) -> Done {
    let (seller, new) = parse::<NewToken>(&body)?;
    let now = fake.clock.now();
    let mut world = fake.world();
    let seller = world.state.shop(seller)?.seller.id;
    let spec = TokenSpec {
        seller,
        token_type: new.token_type,
        categories: &new.categories,
        read_only: new.read_only,
        expires_at: new.expires_at,
    };
    let token = world.state.issue_token(&spec, now)?;
    Ok(Json(json!({"token": token, "seller": seller})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldToken {
    token: String,
}

async fn revoke_token(State(fake): Fake, body: Bytes) -> Done {
    let (_, OldToken { token }) = parse(&body)?;
    // What was sent is not repeated: it may be a real token, mistyped into the wrong terminal.
    if !fake.world().state.tokens.revoke(&token) {
        return Err(anyhow::anyhow!("this token was never issued").into());
    }
    Ok(Json(json!({})))
}

async fn make_orders(State(fake): Fake, body: Bytes) -> Done {
    let (seller, new) = parse::<NewOrder>(&body)?;
    let orders = in_shop(&fake, seller, |shop, now| {
        let orders = shop.order(&new, now)?;
        orders.iter().map(|order| show_order(shop, order)).collect::<anyhow::Result<Vec<_>>>()
    })?;
    Ok(Json(json!({"orders": orders})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    #[serde(default)]
    reason: CancelReason,
}

async fn cancel_order(State(fake): Fake, Path(srid): Path<String>, body: Bytes) -> Done {
    let (seller, Cancellation { reason }) = parse(&body)?;
    let order = in_shop(&fake, seller, |shop, now| {
        let order = shop.cancel_because(&srid, reason, now, now)?;
        show_order(shop, &order)
    })?;
    Ok(Json(json!({"order": order})))
}

async fn reveal(State(fake): Fake, Path(srid): Path<String>, body: Bytes) -> Done {
    let (seller, Nothing {}) = parse(&body)?;
    let order = in_shop(&fake, seller, |shop, now| {
        let order = shop.reveal(&srid, now)?;
        show_order(shop, &order)
    })?;
    Ok(Json(json!({"order": order})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPrice {
    price: i64,
}

async fn correct_price(State(fake): Fake, Path(srid): Path<String>, body: Bytes) -> Done {
    let (seller, NewPrice { price }) = parse(&body)?;
    let order = in_shop(&fake, seller, |shop, now| {
        let order = shop.correct_price(&srid, price, now)?;
        show_order(shop, &order)
    })?;
    Ok(Json(json!({"order": order})))
}

async fn buy_out(fake: Fake, srid: Path<String>, body: Bytes) -> Done {
    record_sale(&fake, SaleKind::Buyout, &srid, &body)
}

async fn give_back(fake: Fake, srid: Path<String>, body: Bytes) -> Done {
    record_sale(&fake, SaleKind::Return, &srid, &body)
}

fn record_sale(fake: &Shared, kind: SaleKind, srid: &str, body: &[u8]) -> Done {
    let (seller, new) = parse::<NewSale>(body)?;
    let sale = in_shop(fake, seller, |shop, now| {
        let sale = shop.record_sale(kind, srid, &new, now)?;
        let order = show_order(shop, &shop.find_order(srid)?)?;
        Ok(json!({
            "sale_id": sale.sale_id,
            "kind": sale.kind,
            "sold_at": sale.sold_at,
            "price": wire::roubles(sale.seller_price),
            "for_pay": wire::roubles(sale.for_pay),
            "order": order,
        }))
    })?;
    Ok(Json(json!({"sale": sale})))
}

async fn change_hundredfold(State(fake): Fake, body: Bytes) -> Done {
    let (seller, Nothing {}) = parse(&body)?;
    let expected = in_shop(&fake, seller, Shop::hundred_changes)?;
    Ok(Json(json!({"expected": expected})))
}

async fn write_review(State(fake): Fake, body: Bytes) -> Done {
    let (seller, new) = parse::<NewReview>(&body)?;
    let review = in_shop(&fake, seller, |shop, now| shop.review(&new, now))?;
    Ok(Json(json!({
        "review": {"id": review.id, "nm_id": review.nm_id, "stars": review.stars, "text": review.text},
    })))
}

async fn ask(State(fake): Fake, body: Bytes) -> Done {
    let (seller, new) = parse::<NewQuestion>(&body)?;
    let question = in_shop(&fake, seller, |shop, now| shop.ask(&new, now))?;
    Ok(Json(json!({"question": {"id": question.id, "nm_id": question.nm_id, "text": question.text}})))
}

async fn publish(State(fake): Fake, body: Bytes) -> Done {
    let (_, new) = parse::<NewNews>(&body)?;
    let now = fake.clock.now();
    let news = news::publish(&mut fake.world().state.news, new, now);
    Ok(Json(json!({"news": {"id": news.id, "header": news.header}})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Masking {
    masked: bool,
}

async fn mask(State(fake): Fake, body: Bytes) -> Done {
    let (_, Masking { masked }) = parse(&body)?;
    fake.world().is_masked = masked;
    Ok(Json(json!({})))
}

/// Whether WB has a method.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Presence {
    On,
    /// For a while: 404.
    Off,
    /// For good: 410.
    Gone,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    method: Method,
    to: Presence,
}

async fn switch(State(fake): Fake, body: Bytes) -> Done {
    let (_, Switch { method, to }) = parse(&body)?;
    let state = &mut fake.world().state;
    match to {
        Presence::On => state.switch_on(method),
        Presence::Off => state.switch_off(method, false),
        Presence::Gone => state.switch_off(method, true),
    }
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewStock {
    nm_id: i64,
    chrt_id: Option<i64>,
    quantity: u32,
    /// All of them together by default.
    warehouse: Option<Warehouse>,
    /// The seller's own warehouse instead of WB's.
    #[serde(default)]
    own_warehouse: bool,
}

async fn set_stock(State(fake): Fake, body: Bytes) -> Done {
    let (seller, new) = parse::<NewStock>(&body)?;
    in_shop(&fake, seller, |shop, _| match new.warehouse {
        _ if new.own_warehouse => shop.set_own_stock(new.nm_id, new.chrt_id, new.quantity),
        None => shop.set_stock(new.nm_id, new.chrt_id, new.quantity),
        Some(warehouse) => {
            let chrt_id = shop.the_size(new.nm_id, new.chrt_id)?;
            let stock = shop.stock_at(chrt_id, warehouse).unwrap_or_default();
            shop.set_stock_at(chrt_id, warehouse, Stock { quantity: new.quantity, ..stock })
        }
    })?;
    Ok(Json(json!({})))
}

async fn refill(State(fake): Fake, body: Bytes) -> Done {
    let (_, Nothing {}) = parse(&body)?;
    let mut world = fake.world();
    world.state.buckets.refill();
    world.state.shops.iter_mut().for_each(Shop::refresh_reports);
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFault {
    method: Method,
    fault: Fault,
    times: Option<u32>,
}

async fn add_fault(State(fake): Fake, body: Bytes) -> Done {
    let (_, new) = parse::<NewFault>(&body)?;
    let times = new.times.unwrap_or(1);
    let is_ok = new.fault.is_possible() && (1..=FAULT_TIMES).contains(&times);
    if !is_ok {
        return Err(anyhow::anyhow!("a status is 400 to 599, and times 1 to {FAULT_TIMES}").into());
    }
    fake.world().faults.add(new.method, new.fault, times);
    Ok(Json(json!({})))
}

async fn mend(State(fake): Fake) -> Done {
    fake.world().faults.clear();
    fake.gate.open();
    Ok(Json(json!({})))
}

async fn requests(State(fake): Fake) -> Done {
    let world = fake.world();
    let violations = world.requests.iter().filter(|request| request.violation).count();
    Ok(Json(json!({"requests": world.requests, "violations": violations})))
}

async fn summary(State(fake): Fake, Query(mut query): Query<BTreeMap<String, String>>) -> Done {
    let seller =
        query.remove("seller").map(|seller| seller.parse::<Uuid>()).transpose().context("seller is no UUID")?;
    let summary = in_shop(&fake, seller, |shop, _| {
        ensure!(query.is_empty(), "the only parameter is seller");
        let products: Vec<Value> = shop.products().iter().map(|product| show_product(shop, product)).collect();
        let mut orders: Vec<&Order> = shop.orders().collect();
        orders.sort_by_key(|order| (order.ordered_at, &order.srid));
        let last = orders.iter().rev().take(LAST_ORDERS);
        let last = last.map(|order| show_order(shop, order)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(json!({
            "seller": shop.seller.id,
            "name": shop.seller.name,
            "products": products,
            "orders": orders.len(),
            "last_orders": last,
            "sales": shop.sales().count(),
            "reviews": shop.reviews().len(),
        }))
    })?;
    Ok(Json(summary))
}

fn show_product(shop: &Shop, product: &Product) -> Value {
    let sizes: Vec<Value> = product
        .sizes
        .iter()
        .map(|size| {
            let stock = shop.stock(size.chrt_id).map(|stock| stock.quantity);
            let own_stock = shop.own_stock(size.chrt_id);
            json!({
                "chrt_id": size.chrt_id,
                "size": size.tech_size,
                "barcodes": size.barcodes,
                "stock": stock,
                "own_stock": own_stock,
            })
        })
        .collect();
    json!({
        "nm_id": product.nm_id,
        "article": product.vendor_code,
        "title": product.title,
        "price": product.price,
        "trashed": product.trashed,
        "sizes": sizes,
    })
}

/// An order in the words of the terminal; prices in roubles.
fn show_order(shop: &Shop, order: &Order) -> anyhow::Result<Value> {
    let product = shop.product(order.nm_id)?;
    let size = product.sizes.iter().find(|size| size.chrt_id == order.chrt_id);
    Ok(json!({
        "srid": order.srid,
        "nm_id": order.nm_id,
        "chrt_id": order.chrt_id,
        "article": product.vendor_code,
        "title": product.title,
        "size": size.map(|size| &size.tech_size),
        "barcode": size.and_then(|size| size.barcodes.first()),
        "price": wire::roubles(order.seller_price),
        "buyer_price": wire::roubles(order.buyer_price),
        "region": order.destination[2],
        "own_warehouse": order.own_warehouse,
        "ordered_at": order.ordered_at,
        "cancelled_at": order.cancelled_at,
    }))
}
