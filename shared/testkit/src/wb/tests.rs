//! The fake seen from outside, over HTTP.

use std::collections::BTreeSet;

use chrono::{TimeDelta, TimeZone};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

use super::*;

mod feed;
mod refusals;
mod voices;
mod warehouses;

const ORDERS: &str = "/statistics/api/v1/supplier/orders";
const ALL_ORDERS: &str = "/statistics/api/v1/supplier/orders?dateFrom=2026-01-01";
const SALES: &str = "/statistics/api/v1/supplier/sales";
const ALL_SALES: &str = "/statistics/api/v1/supplier/sales?dateFrom=2026-01-01";
const STOCKS: &str = "/seller-analytics/api/analytics/v1/stocks-report/wb-warehouses";
const CARDS: &str = "/content/content/v2/get/cards/list";
const FEEDBACKS: &str = "/feedbacks/api/v1/feedbacks";
const SELLER_INFO: &str = "/common/api/v1/seller-info";

/// A fake with one shop, its clock and a token with everything.
struct Stage {
    wb: FakeWb,
    clock: TestClock,
    seller: Uuid,
    token: String,
    http: reqwest::Client,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 10, 0).unwrap()
}

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

async fn stage() -> Stage {
    // Another test of this process may have installed it already.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let clock = TestClock::manual(start());
    let wb = FakeWb::start(anywhere(), clock.clone()).await.unwrap();
    let seller = wb.add_shop(Shop::sample(7, 14, 60, 30, start())).unwrap();
    let token = wb.issue_token(&TokenSpec::of(seller, TokenType::Personal)).unwrap();
    Stage { wb, clock, seller, token, http: reqwest::Client::new() }
}

impl Stage {
    fn token_of(&self, token_type: TokenType, categories: &[Category]) -> String {
        let spec = TokenSpec { categories, ..TokenSpec::of(self.seller, token_type) };
        self.wb.issue_token(&spec).unwrap()
    }

    async fn get(&self, path: &str) -> Reply {
        self.get_as(&self.token, path).await
    }

    async fn get_as(&self, token: &str, path: &str) -> Reply {
        let request = self.http.get(format!("{}{path}", self.wb.url()));
        read(request.header(AUTHORIZATION, format!("Bearer {token}")).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> Reply {
        let request = self.http.post(format!("{}{path}", self.wb.url()));
        read(request.header(AUTHORIZATION, &self.token).json(&body).send().await.unwrap()).await
    }

    async fn post_text(&self, path: &str, content_type: &str, body: &str) -> Reply {
        let request = self.http.post(format!("{}{path}", self.wb.url())).header(AUTHORIZATION, &self.token);
        read(request.header(CONTENT_TYPE, content_type).body(body.to_owned()).send().await.unwrap()).await
    }

    async fn orders(&self, query: &str) -> Vec<Value> {
        self.report(ORDERS, query).await
    }

    async fn sales(&self, query: &str) -> Vec<Value> {
        self.report(SALES, query).await
    }

    /// A call for which the limits are no matter.
    async fn report(&self, path: &str, query: &str) -> Vec<Value> {
        self.wb.refill();
        let reply = self.get(&format!("{path}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json().as_array().unwrap().clone()
    }

    /// Orders one piece of the second product, whose price is given, and does something with it.
    fn with_order<R>(&self, act: impl FnOnce(&mut Shop, &str, DateTime<Utc>) -> anyhow::Result<R>) -> R {
        let act = |shop: &mut Shop, now| {
            let nm_id = Some(shop.products()[1].nm_id);
            let order = shop.order(&NewOrder { nm_id, price: Some(1547), ..NewOrder::default() }, now)?.remove(0);
            act(shop, &order.srid, now)
        };
        self.wb.shop(self.seller, act).unwrap()
    }

    async fn command(&self, path: &str, body: Value) -> (u16, Value) {
        let reply = read(self.http.post(format!("{}/control{path}", self.wb.url())).json(&body).send().await.unwrap());
        let reply = reply.await;
        (reply.status, reply.json())
    }
}

async fn read(response: reqwest::Response) -> Reply {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Reply { status, headers, body: response.text().await.unwrap() }
}

#[tokio::test]
async fn a_method_is_at_its_plain_path_and_at_its_host_and_nowhere_else() {
    let stage = stage().await;
    for path in [
        "/ping",
        "/content/ping",
        "/api/v1/seller-info",
        SELLER_INFO,
        "/api/v1/supplier/orders?dateFrom=2026-11-20",
        ALL_ORDERS,
        ALL_SALES,
        "/api/v1/feedbacks?isAnswered=true&take=1&skip=0",
        "/feedbacks/api/v1/feedbacks?isAnswered=true&take=1&skip=0",
    ] {
        assert_eq!(stage.get(path).await.status, 200, "{path}");
    }
    assert_eq!(stage.post("/content/v2/get/cards/list", json!({})).await.status, 200);
    assert_eq!(stage.post(CARDS, json!({})).await.status, 200);
    assert_eq!(stage.post("/api/analytics/v1/stocks-report/wb-warehouses", json!({})).await.status, 200);

    for path in [
        "/content/api/v1/supplier/orders?dateFrom=2026-11-20",
        "/content/api/v1/supplier/sales?dateFrom=2026-11-20",
        "/statistics/api/v1/seller-info",
        "/api/v1/supplier/incomes?dateFrom=2026-11-20",
        "/nowhere/ping",
        "/content/content/v2/get/cards/list",
        "/",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.json()["title"], "path not found");
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    assert_eq!(stage.wb.url_template(), format!("{}/{{category}}", stage.wb.url()));
}

#[tokio::test]
async fn tokens_are_refused_in_the_words_of_wb() {
    let stage = stage().await;
    let problem = |reply: Reply, status: u16, title: &str, detail: &str| {
        assert_eq!(reply.status, status, "{detail}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
        let body = reply.json();
        assert_eq!(body["detail"], detail);
        assert_eq!((&body["title"], &body["status"]), (&json!(title), &json!(status)));
        assert_eq!(body["timestamp"], stage.clock.now().format("%Y-%m-%dT%H:%M:%SZ").to_string());
        let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["code", "detail", "origin", "requestId", "status", "statusText", "timestamp", "title"]);
    };
    let anonymous = read(stage.http.get(format!("{}{SELLER_INFO}", stage.wb.url())).send().await.unwrap()).await;
    problem(anonymous, 401, "unauthorized", "empty Authorization header");
    problem(
        stage.get_as("not-a-token", SELLER_INFO).await,
        401,
        "unauthorized",
        "access token problem; token is malformed: token contains an invalid number of segments",
    );

    let orders_only = stage.token_of(TokenType::Personal, &[Category::Statistics]);
    assert_eq!(stage.get_as(&orders_only, ALL_ORDERS).await.status, 200);
    let reviews = format!("{FEEDBACKS}?isAnswered=true&take=1&skip=0");
    problem(stage.get_as(&orders_only, &reviews).await, 403, "forbidden", "scope is not allowed for this resource");
    problem(
        stage.get_as(&orders_only, "/content/ping").await,
        403,
        "forbidden",
        "scope is not allowed for this resource",
    );
    assert_eq!(stage.get_as(&orders_only, "/statistics/ping").await.status, 200);
    assert_eq!(stage.get_as(&orders_only, "/common/ping").await.status, 200);
    assert_eq!(stage.get_as(&orders_only, SELLER_INFO).await.status, 200);

    let test = stage.token_of(TokenType::Test, &Category::ALL);
    let requirements = "token does not satisfy additional requirements";
    problem(stage.get_as(&test, SELLER_INFO).await, 403, "forbidden", requirements);
    let base = stage.token_of(TokenType::Base, &Category::ALL);
    let stocks = stage.http.post(format!("{}{STOCKS}", stage.wb.url())).header(AUTHORIZATION, &base).json(&json!({}));
    problem(read(stocks.send().await.unwrap()).await, 403, "forbidden", requirements);

    stage.wb.revoke_token(&orders_only).unwrap();
    problem(stage.get_as(&orders_only, ALL_ORDERS).await, 401, "unauthorized", "token withdrawn");
    stage.clock.advance(TimeDelta::days(180));
    problem(stage.get(ALL_ORDERS).await, 401, "unauthorized", "token expired");
    assert_eq!(stage.wb.refused().len(), 0);
    assert!(stage.wb.revoke_token("x").is_err());
}

#[tokio::test]
async fn a_request_above_the_limit_gets_the_wait_and_is_counted() {
    let stage = stage().await;
    for left in (0..10).rev() {
        let reply = stage.get(ALL_ORDERS).await;
        assert_eq!((reply.status, reply.header("x-ratelimit-remaining")), (200, left.to_string().as_str()));
    }
    stage.clock.advance(TimeDelta::seconds(20));
    let reply = stage.get(ALL_ORDERS).await;
    assert_eq!(reply.status, 429);
    let headers = ["remaining", "retry", "limit", "reset"].map(|name| reply.header(&format!("x-ratelimit-{name}")));
    assert_eq!(headers, ["0", "40", "10", "580"]);
    assert_eq!(reply.header("retry-after"), "");
    assert_eq!(reply.json()["title"], "too many requests");
    assert!(reply.json()["detail"].as_str().unwrap().starts_with("limited by "));

    // Another token of the same seller shares the bucket, other methods do not.
    let service = stage.token_of(TokenType::Service, &Category::ALL);
    assert_eq!(stage.get_as(&service, ALL_ORDERS).await.status, 429);
    assert_eq!(stage.get(SELLER_INFO).await.status, 200);
    stage.clock.advance(TimeDelta::seconds(40));
    assert_eq!(stage.get(ALL_ORDERS).await.status, 200);

    let base = stage.token_of(TokenType::Base, &Category::ALL);
    assert_eq!(stage.get_as(&base, ALL_ORDERS).await.status, 200);
    let reply = stage.get_as(&base, ALL_ORDERS).await;
    assert_eq!((reply.status, reply.header("x-ratelimit-retry")), (429, "10800"));
    let refused = stage.wb.refused();
    assert_eq!(refused.len(), 3);
    assert_eq!((refused[0].method, refused[0].seller), (Some(Method::Orders), Some(stage.seller)));
    assert_eq!(refused[0].at, start() + TimeDelta::seconds(20));
    assert_eq!(stage.wb.requests().len(), 16);

    stage.wb.refill();
    assert_eq!(stage.get_as(&base, ALL_ORDERS).await.status, 200);
}

#[tokio::test]
async fn a_bad_request_costs_a_token_too_and_a_refused_token_costs_none() {
    let stage = stage().await;
    stage.get(ORDERS).await;
    let reply = stage.get(ALL_ORDERS).await;
    assert_eq!(reply.header("x-ratelimit-remaining"), "8");
    let content_only = stage.token_of(TokenType::Personal, &[Category::Content]);
    assert_eq!(stage.get_as(&content_only, ALL_ORDERS).await.header("x-ratelimit-remaining"), "");
    assert_eq!(stage.get(ALL_ORDERS).await.header("x-ratelimit-remaining"), "7");
}

#[tokio::test]
async fn ping_and_seller_info_answer_who_and_when() {
    let stage = stage().await;
    let ping = stage.get("/statistics/ping").await.json();
    assert_eq!(ping, json!({"TS": "2026-11-22T12:10:00+03:00", "Status": "OK"}));
    let info = stage.get(SELLER_INFO).await.json();
    assert_eq!(info["sid"], stage.seller.to_string());
    assert!(info["tradeMark"].as_str().unwrap().contains('&'));
    assert_eq!(stage.get("/common/api/v1/seller-info?x=1").await.status, 400);
    assert_eq!(stage.get("/content/ping?x=1").await.status, 400);
}

#[tokio::test]
async fn orders_come_in_pages_that_together_hold_every_row_once() {
    let stage = stage().await;
    let whole = stage.orders("dateFrom=2026-01-01").await;
    assert_eq!(whole.len(), 60);
    let changed = |row: &Value| row["lastChangeDate"].as_str().unwrap().to_owned();
    assert!(whole.is_sorted_by_key(changed));

    stage.wb.set_orders_cap(25);
    let (mut from, mut seen) = ("2026-01-01".to_owned(), Vec::new());
    loop {
        let page = stage.orders(&format!("dateFrom={from}")).await;
        let Some(last) = page.last() else { break };
        from = changed(last);
        seen.extend(page);
    }
    // A page may end amid rows of one second; then the strict «later than» skips the others.
    let skipped: Vec<_> = whole.iter().filter(|row| !seen.contains(row)).collect();
    assert!(skipped.iter().all(|row| seen.iter().any(|seen| changed(seen) == changed(row))), "{skipped:?}");
    assert_eq!(seen.iter().map(|row| row["srid"].to_string()).collect::<BTreeSet<_>>().len(), seen.len());

    let day = changed(&whole[30])[..10].to_owned();
    let of_day = stage.orders(&format!("dateFrom={day}T23:00:00&flag=1")).await;
    let expected = whole.iter().filter(|row| row["date"].as_str().unwrap().starts_with(&day)).count();
    assert_eq!(of_day.len(), expected);
}

#[tokio::test]
async fn a_row_of_orders_is_written_as_wb_writes_it() {
    let stage = stage().await;
    let order = stage
        .wb
        .shop(stage.seller, |shop, now| {
            let nm_id = shop.products()[1].nm_id;
            let order = shop.order(&NewOrder { nm_id: Some(nm_id), price: Some(1547), ..NewOrder::default() }, now)?;
            shop.refresh_reports();
            Ok(order[0].clone())
        })
        .unwrap();
    let rows = stage.orders("dateFrom=2026-11-22T12:09:59").await;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    for (field, expected) in [
        ("date", json!("2026-11-22T12:10:00")),
        ("lastChangeDate", json!("2026-11-22T12:10:00")),
        ("warehouseName", json!("Склад WB РФ")),
        ("warehouseType", json!("Склад WB")),
        ("techSize", json!("0")),
        ("priceWithDisc", json!(1547)),
        ("isCancel", json!(false)),
        ("cancelDate", json!("0001-01-01T00:00:00")),
        ("srid", json!(order.srid)),
        ("nmId", json!(order.nm_id)),
    ] {
        assert_eq!(row[field], expected, "{field}");
    }
    let mut fields: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable_by_key(|field| field.to_lowercase());
    assert_eq!(
        fields.join(" "),
        "barcode brand cancelDate category countryName date discountPercent finishedPrice gNumber incomeID isCancel \
         isRealization isSupply lastChangeDate nmId oblastOkrugName priceWithDisc regionName spp srid sticker subject \
         supplierArticle techSize totalPrice warehouseName warehouseType"
    );
    // «Later than»: the row's own moment does not bring it again.
    assert_eq!(stage.orders("dateFrom=2026-11-22T12:10:00").await.len(), 0);
    assert_eq!(stage.orders("dateFrom=2026-11-22T12:09:59.999").await.len(), 1);
}

#[tokio::test]
async fn a_row_of_sales_is_written_as_wb_writes_it_and_a_return_has_a_minus() {
    let stage = stage().await;
    let (bought, back) = stage.with_order(|shop, srid, now| {
        let bought = shop.buy_out(srid, now)?;
        let back = shop.give_back(srid, now + TimeDelta::seconds(1))?;
        shop.refresh_reports();
        Ok((bought, back))
    });
    let order = stage.orders("dateFrom=2026-11-22T12:09:59").await.remove(0);
    let rows = stage.sales("dateFrom=2026-11-22T12:09:59").await;
    assert_eq!(rows.len(), 2);
    for (row, sale, sign, second) in [(&rows[0], &bought, 1, 0), (&rows[1], &back, -1, 1)] {
        for (field, expected) in [
            ("saleID", json!(sale.sale_id)),
            ("date", json!(format!("2026-11-22T12:10:0{second}"))),
            ("lastChangeDate", json!(format!("2026-11-22T12:10:0{second}"))),
            ("priceWithDisc", json!(sign * 1547)),
            ("forPay", json!(f64::from(sign) * 1191.19)),
            ("paymentSaleAmount", json!(0)),
            ("warehouseName", json!("Склад WB РФ")),
        ] {
            assert_eq!(row[field], expected, "{field}");
        }
        let mut fields: BTreeSet<_> = order.as_object().unwrap().keys().collect();
        let own = ["saleID", "forPay", "paymentSaleAmount"].map(str::to_owned);
        let not_of_sales = ["isCancel", "cancelDate"].map(str::to_owned);
        fields.extend(&own);
        not_of_sales.iter().for_each(|field| assert!(fields.remove(field)));
        assert_eq!(row.as_object().unwrap().keys().collect::<BTreeSet<_>>(), fields);
        for field in ["srid", "nmId", "gNumber", "techSize", "barcode", "supplierArticle", "sticker"] {
            assert_eq!(row[field], order[field], "{field}");
        }
    }
    assert_eq!(rows[1]["finishedPrice"].as_f64(), rows[0]["finishedPrice"].as_f64().map(|price| -price));
}

#[tokio::test]
async fn sales_lag_with_the_orders_and_come_again_when_their_money_is_filled_in() {
    let stage = stage().await;
    let new = NewSale { not_filled_in: true, ..NewSale::default() };
    let sale = stage.with_order(|shop, srid, now| shop.record_sale(SaleKind::Buyout, srid, &new, now));
    let since = "dateFrom=2026-11-22T12:09:59";
    assert_eq!(stage.sales(since).await.len(), 0);
    stage.clock.advance(TimeDelta::minutes(20));
    let row = stage.sales(since).await.remove(0);
    assert_eq!([&row["forPay"], &row["priceWithDisc"], &row["finishedPrice"]], [0, 0, 0]);
    assert_ne!(row["totalPrice"], 0);

    stage.clock.advance(TimeDelta::minutes(1));
    stage.wb.shop(stage.seller, |shop, now| shop.correct_sale(&sale.sale_id, 1_500, now)).unwrap();
    assert_eq!(stage.sales(since).await[0]["forPay"], 0);
    stage.wb.refresh_reports();
    let rows = stage.sales("dateFrom=2026-11-22T12:30:00").await;
    assert_eq!((rows.len(), &rows[0]["forPay"], &rows[0]["priceWithDisc"]), (1, &json!(1155), &json!(1500)));
    assert_eq!((&rows[0]["saleID"], &rows[0]["date"]), (&json!(sale.sale_id), &json!("2026-11-22T12:10:00")));
}

#[tokio::test]
async fn a_sale_may_come_without_its_order_and_of_a_kind_that_nobody_knows() {
    let stage = stage().await;
    let hidden = NewOrder { hidden: true, ..NewOrder::default() };
    let srid = stage
        .wb
        .shop(stage.seller, |shop, now| {
            let srid = shop.order(&hidden, now)?.remove(0).srid;
            shop.buy_out(&srid, now)?;
            shop.record_sale(SaleKind::Surcharge, &srid, &NewSale::default(), now)?;
            shop.refresh_reports();
            Ok(srid)
        })
        .unwrap();
    let since = "dateFrom=2026-11-22T12:09:59";
    assert_eq!(stage.orders(since).await.len(), 0);
    let sales = stage.sales(since).await;
    let letters: BTreeSet<_> = sales.iter().map(|row| row["saleID"].as_str().unwrap()[..1].to_owned()).collect();
    assert_eq!(letters, BTreeSet::from(["D".to_owned(), "S".to_owned()]));
    stage.wb.shop(stage.seller, |shop, now| shop.reveal(&srid, now)).unwrap();
    stage.wb.refresh_reports();
    assert_eq!(stage.orders(since).await[0]["srid"], srid);
}

#[tokio::test]
async fn sales_are_paged_limited_and_kept_as_orders_are() {
    let stage = stage().await;
    let whole = stage.sales("dateFrom=2026-01-01").await;
    assert!(whole.len() > 20);
    let changed = |row: &Value| row["lastChangeDate"].as_str().unwrap().to_owned();
    assert!(whole.is_sorted_by_key(changed));
    stage.wb.set_orders_cap(10);
    let page = stage.sales("dateFrom=2026-01-01").await;
    assert_eq!(page, whole[..10]);
    let next = stage.sales(&format!("dateFrom={}", changed(&page[9]))).await;
    assert!(next.iter().all(|row| changed(row) > changed(&page[9])));

    let day = changed(&whole[10])[..10].to_owned();
    let of_day = stage.sales(&format!("dateFrom={day}T23:00:00&flag=1")).await;
    let expected = whole.iter().filter(|row| row["date"].as_str().unwrap().starts_with(&day)).count();
    assert_eq!(of_day.len(), expected);

    for (query, errors) in [
        ("", json!(["dateFrom: field required"])),
        ("dateFrom=2026-11-22T09:00:00Z", json!("dateFrom: Value not validated")),
        ("dateFrom=2026-11-22&flag=2", json!("flag: Value not validated")),
        ("dateFrom=2026-11-22&dateTo=2026-11-23", json!(["dateTo: unknown parameter"])),
    ] {
        stage.wb.refill();
        let reply = stage.get(&format!("{SALES}?{query}")).await;
        assert_eq!((reply.status, reply.json()), (400, json!({"errors": errors})), "{query}");
    }

    stage.wb.refill();
    assert_eq!(stage.get(ALL_SALES).await.status, 200);
    let too_early = stage.get(ALL_SALES).await;
    assert_eq!((too_early.status, too_early.header("x-ratelimit-retry")), (429, "60"));
    assert_eq!(stage.get(ALL_ORDERS).await.status, 200);
    let base = stage.token_of(TokenType::Base, &Category::ALL);
    assert_eq!(stage.get_as(&base, ALL_SALES).await.status, 200);
    assert_eq!(stage.get_as(&base, ALL_SALES).await.header("x-ratelimit-retry"), "7200");

    stage.clock.advance(TimeDelta::days(91));
    stage.wb.set_orders_cap(80_000);
    assert_eq!(stage.sales("dateFrom=2026-01-01").await.len(), 0);
}

#[tokio::test]
async fn a_warehouse_outside_russia_keeps_its_name() {
    let stage = stage().await;
    let chrt_id = stage
        .wb
        .shop(stage.seller, |shop, _| {
            let chrt_id = shop.products()[1].sizes[0].chrt_id;
            shop.set_stock_at(chrt_id, Warehouse::Russia, Stock { quantity: 5, ..Stock::default() })?;
            shop.transfer(chrt_id, Warehouse::Russia, Warehouse::Astana, 4)?;
            shop.refresh_reports();
            Ok(chrt_id)
        })
        .unwrap();
    let rows = stage.post(STOCKS, json!({})).await.json();
    let rows: Vec<_> =
        rows["data"]["items"].as_array().unwrap().iter().filter(|row| row["chrtId"] == chrt_id).collect();
    let shown: Vec<_> = rows.iter().map(|row| (&row["warehouseName"], &row["regionName"], &row["quantity"])).collect();
    assert_eq!(
        shown,
        [(&json!("Склад WB"), &json!("Склад WB"), &json!(1)), (&json!("Астана"), &json!("Казахстан"), &json!(4))]
    );
    assert_ne!(rows[0]["warehouseId"], rows[1]["warehouseId"]);
    let new = NewOrder { chrt_id: Some(chrt_id), warehouse: Some(Warehouse::Astana), ..NewOrder::default() };
    stage.wb.shop(stage.seller, |shop, now| shop.order(&new, now)).unwrap();
    stage.wb.refresh_reports();
    assert_eq!(stage.orders("dateFrom=2026-11-22T12:09:59").await[0]["warehouseName"], "Астана");
}

#[tokio::test]
async fn orders_and_stocks_lag_until_their_reports_are_renewed() {
    let stage = stage().await;
    let since = "dateFrom=2026-11-22T12:09:59";
    let order = |stage: &Stage| stage.wb.shop(stage.seller, |shop, now| shop.order(&NewOrder::default(), now)).unwrap();
    let first = order(&stage).remove(0);
    let stock = async || {
        stage.wb.refill();
        let items = stage.post(STOCKS, json!({"nmIds": [first.nm_id], "chrtIds": [first.chrt_id]})).await.json();
        items["data"]["items"][0]["inWayToClient"].as_u64().unwrap()
    };
    let on_the_way = stock().await;
    assert_eq!(stage.orders(since).await.len(), 0);
    stage.clock.set(start() + TimeDelta::seconds(20 * 60 - 1));
    assert_eq!(stage.orders(since).await.len(), 0);
    stage.clock.advance(TimeDelta::seconds(1));
    assert_eq!(stage.orders(since).await.len(), 1);
    assert_eq!(stock().await, on_the_way + 1);

    // The same row changes twice; each report shows its state then.
    let srid = first.srid;
    stage.clock.advance(TimeDelta::minutes(1));
    stage.wb.shop(stage.seller, |shop, now| shop.correct_price(&srid, 999, now)).unwrap();
    assert_ne!(stage.orders(since).await[0]["priceWithDisc"], 999);
    stage.wb.refresh_reports();
    let row = stage.orders(since).await.remove(0);
    assert_eq!((&row["priceWithDisc"], &row["lastChangeDate"]), (&json!(999), &json!("2026-11-22T12:31:00")));
    stage.clock.advance(TimeDelta::minutes(1));
    stage.wb.shop(stage.seller, |shop, now| shop.cancel(&srid, now)).unwrap();
    assert_eq!(stage.orders(since).await[0]["isCancel"], false);
    stage.clock.advance(TimeDelta::minutes(30));
    let row = stage.orders("dateFrom=2026-11-22T12:31:00").await.remove(0);
    assert_eq!((&row["isCancel"], &row["cancelDate"]), (&json!(true), &json!("2026-11-22T12:32:00")));
    assert_eq!(row["date"], "2026-11-22T12:10:00");
}

#[tokio::test]
async fn orders_older_than_ninety_days_are_gone() {
    let stage = stage().await;
    stage.clock.advance(TimeDelta::days(59));
    let kept = stage.orders("dateFrom=2026-01-01").await.len();
    stage.clock.advance(TimeDelta::days(31));
    assert!(kept > 0);
    assert_eq!(stage.orders("dateFrom=2026-01-01").await.len(), 0);
}

#[tokio::test]
async fn bad_parameters_of_orders_are_refused_in_both_shapes() {
    let stage = stage().await;
    for (query, errors) in [
        ("", json!(["dateFrom: field required"])),
        ("flag=0", json!(["dateFrom: field required"])),
        ("dateFrom=yesterday", json!("dateFrom: Value not validated")),
        ("dateFrom=2026-11-22T09:00:00Z", json!("dateFrom: Value not validated")),
        ("dateFrom=2026-1-5", json!("dateFrom: Value not validated")),
        ("dateFrom=", json!("dateFrom: Value not validated")),
        ("dateFrom=2026-11-22&flag=2", json!("flag: Value not validated")),
        ("dateFrom=2026-11-22&dateTo=2026-11-23", json!(["dateTo: unknown parameter"])),
        ("dateFrom=2026-11-22&dateFrom=2026-11-23", json!(["dateFrom: more than one value"])),
    ] {
        stage.wb.refill();
        let reply = stage.get(&format!("{ORDERS}?{query}")).await;
        assert_eq!((reply.status, reply.json()), (400, json!({"errors": errors})), "{query}");
    }
}

#[tokio::test]
async fn cards_are_paged_by_an_ascending_cursor_that_can_be_resumed() {
    let stage = stage().await;
    let page = async |cursor: &Value, limit: usize| {
        let mut cursor = cursor.clone();
        cursor["limit"] = json!(limit);
        cursor.as_object_mut().unwrap().remove("total");
        stage.wb.refill();
        let settings = json!({"sort": {"ascending": true}, "cursor": cursor, "filter": {"withPhoto": -1}});
        let reply = stage.post(CARDS, json!({"settings": settings})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    };
    let (mut cursor, mut seen) = (json!({}), Vec::new());
    loop {
        let cards = page(&cursor, 6).await;
        let rows = cards["cards"].as_array().unwrap().clone();
        assert_eq!(cards["cursor"]["total"], rows.len());
        let total = rows.len();
        seen.extend(rows);
        cursor = cards["cursor"].clone();
        if total < 6 {
            break;
        }
    }
    assert_eq!(seen.len(), 14);
    assert!(seen.is_sorted_by_key(|card| card["updatedAt"].as_str().unwrap().to_owned()));
    assert_eq!(seen.iter().map(|card| card["nmID"].as_i64()).collect::<BTreeSet<_>>().len(), 14);
    // Nothing after the last one, and then the cursor names no place.
    assert_eq!(page(&cursor, 100).await, json!({"cards": [], "cursor": {"total": 0}}));

    let nm_id = seen[3]["nmID"].as_i64().unwrap();
    let rename = |product: &mut Product| product.title = "Новое имя".to_owned();
    stage.wb.shop(stage.seller, |shop, now| shop.edit_product(nm_id, now, rename)).unwrap();
    let news = page(&cursor, 100).await;
    assert_eq!((&news["cards"][0]["title"], &news["cursor"]["total"]), (&json!("Новое имя"), &json!(1)));
    stage.wb.shop(stage.seller, |shop, now| shop.edit_product(nm_id, now, |product| product.trashed = true)).unwrap();
    assert_eq!(page(&json!({}), 100).await["cursor"]["total"], 13);
}

#[tokio::test]
async fn cards_default_to_ten_newest_first_and_can_be_filtered() {
    let stage = stage().await;
    let newest = stage.post(CARDS, json!({})).await.json();
    let rows = newest["cards"].as_array().unwrap();
    assert_eq!(rows.len(), 10);
    assert!(rows.iter().rev().is_sorted_by_key(|card| card["updatedAt"].as_str().unwrap()));
    let pictures = rows.iter().find_map(|card| card["photos"][0]["big"].as_str()).unwrap();
    assert!(pictures.starts_with("https://basket-"), "{pictures}");
    let filtered = async |filter: Value| {
        let settings = json!({"cursor": {"limit": 100}, "filter": filter});
        stage.post(CARDS, json!({"settings": settings})).await.json()["cursor"]["total"].as_u64().unwrap()
    };
    let (with, without) = (filtered(json!({"withPhoto": 1})).await, filtered(json!({"withPhoto": 2})).await);
    assert_eq!((with + without, without), (14, 1));
    assert_eq!(filtered(json!({"withPhoto": 0, "textSearch": rows[0]["vendorCode"]})).await, 1);
}

#[tokio::test]
async fn bad_requests_for_cards_are_refused_in_the_shapes_of_content() {
    let stage = stage().await;
    for settings in [
        json!({"cursor": {"limit": 101}}),
        json!({"cursor": {"limit": 0}}),
        json!({"cursor": {"updatedAt": "2026-11-22T09:00:00Z"}}),
        json!({"cursor": {"updatedAt": "yesterday", "nmID": 1}}),
        json!({"filter": {"withPhoto": 3}}),
    ] {
        stage.wb.refill();
        let reply = stage.post(CARDS, json!({"settings": settings})).await;
        assert_eq!(reply.status, 400, "{settings}");
        let body = reply.json();
        assert_eq!((&body["data"], &body["error"]), (&Value::Null, &json!(true)));
        assert!(body["errorText"].is_string() && body.get("additionalErrors").is_some());
    }
    stage.wb.refill();
    for (content_type, body) in
        [("application/json", "{"), ("application/json", r#"{"cursor":{}}"#), ("text/plain", "{}")]
    {
        let reply = stage.post_text(CARDS, content_type, body).await;
        assert_eq!((reply.status, reply.body.as_str()), (400, "Request body can not be decoded"), "{body}");
        assert_eq!(reply.header("content-type"), "plain/text");
    }
    assert_eq!(stage.post(&format!("{CARDS}?locale=de"), json!({})).await.status, 400);
    assert_eq!(stage.post(&format!("{CARDS}?locale=ru"), json!({})).await.status, 200);
}

#[tokio::test]
async fn stocks_are_rows_of_sizes_in_pages_and_204_when_there_is_none() {
    let stage = stage().await;
    let items = async |body: Value| {
        stage.wb.refill();
        let reply = stage.post(STOCKS, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["data"]["items"].as_array().unwrap().clone()
    };
    let all = items(json!({})).await;
    let first = &all[0];
    assert_eq!(
        (&first["warehouseId"], &first["warehouseName"], &first["regionName"]),
        (&json!(-999_999), &json!("Склад WB"), &json!("Склад WB"))
    );
    let (page, rest) = (items(json!({"limit": 4})).await, items(json!({"limit": 250_000, "offset": 4})).await);
    assert_eq!((page.len(), [page, rest].concat()), (4, all.clone()));
    let of_one = items(json!({"nmIds": [first["nmId"]]})).await;
    assert!(!of_one.is_empty() && of_one.iter().all(|row| row["nmId"] == first["nmId"]));
    assert_eq!(
        items(json!({"nmIds": [first["nmId"]], "chrtIds": [first["chrtId"]]})).await,
        std::slice::from_ref(first)
    );

    stage.wb.refill();
    let beyond = stage.post(STOCKS, json!({"offset": 1_000})).await;
    assert_eq!((beyond.status, beyond.body.as_str()), (204, ""));
}

#[tokio::test]
async fn bad_requests_for_stocks_are_refused_in_the_shape_of_analytics() {
    let stage = stage().await;
    let too_many: Vec<i64> = (0..1_001).collect();
    for body in [
        json!({"limit": 250_001}),
        json!({"limit": 0}),
        json!({"offset": -1}),
        json!({"nmIds": too_many}),
        json!({"chrtIds": [1]}),
        json!({"nmIDs": [1]}),
    ] {
        stage.wb.refill();
        let reply = stage.post(STOCKS, body.clone()).await;
        assert_eq!(reply.status, 400, "{body}");
        let keys: Vec<_> = reply.json().as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["detail", "origin", "requestId", "title"]);
    }
    stage.wb.refill();
    assert_eq!(stage.post_text(STOCKS, "text/plain", "{}").await.status, 400);
    stage.wb.refill();
    assert_eq!(stage.post_text(STOCKS, "application/json", "not json").await.status, 400);
}

#[tokio::test]
async fn every_review_is_either_processed_or_not_and_both_must_be_asked_for() {
    let stage = stage().await;
    let page = async |query: &str| {
        stage.wb.refill();
        let reply = stage.get(&format!("{FEEDBACKS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let body = reply.json();
        assert_eq!((&body["error"], &body["errorText"]), (&json!(false), &json!("")));
        body["data"].clone()
    };
    let rows = |data: &Value| data["feedbacks"].as_array().unwrap().clone();
    let processed = page("isAnswered=true&take=5000&skip=0").await;
    let open = page("isAnswered=false&take=5000&skip=0").await;
    assert_eq!(rows(&processed).len() + rows(&open).len(), 30);
    assert_eq!(processed["countArchive"], rows(&processed).len());
    assert_eq!(processed["countUnanswered"], rows(&open).len());
    assert!(rows(&processed).iter().any(|row| row["answer"].is_null() && row["text"] == ""));
    assert!(rows(&processed).iter().all(|row| row["state"] == "wbRu"));
    assert!(rows(&open).iter().all(|row| row["answer"].is_null() && row["state"] == "none"));

    let skipped = page("isAnswered=false&take=2&skip=1&order=dateDesc").await;
    assert_eq!(rows(&skipped), rows(&open)[1..3]);
    let mut oldest_first = rows(&page("isAnswered=false&take=5000&skip=0&order=dateAsc").await);
    oldest_first.reverse();
    assert_eq!(oldest_first, rows(&open));

    let made = stage
        .wb
        .shop(stage.seller, |shop, now| {
            shop.review(&NewReview { stars: 1, text: "Плохо & <b>".to_owned(), ..NewReview::default() }, now)
        })
        .unwrap();
    let now = stage.clock.now().timestamp();
    let fresh = page(&format!("isAnswered=false&take=10&skip=0&nmId={}&dateFrom={now}&dateTo={now}", made.nm_id)).await;
    assert_eq!((&rows(&fresh)[0]["id"], rows(&fresh).len()), (&json!(made.id), 1));
    assert_eq!(rows(&fresh)[0]["productValuation"], 1);
    stage.wb.shop(stage.seller, |shop, _| shop.answer(&made.id, "Жаль")).unwrap();
    let answered = page(&format!("isAnswered=true&take=10&skip=0&dateFrom={now}")).await;
    assert_eq!(rows(&answered)[0]["answer"]["text"], "Жаль");
}

#[tokio::test]
async fn bad_parameters_of_reviews_are_refused_in_the_shape_of_feedbacks() {
    let stage = stage().await;
    for (query, error) in [
        ("take=1&skip=0", "isAnswered: field required"),
        ("isAnswered=yes&take=1&skip=0", "isAnswered: not a boolean"),
        ("isAnswered=true&skip=0", "take: field required"),
        ("isAnswered=true&take=1", "skip: field required"),
        ("isAnswered=true&take=5001&skip=0", "take: must be from 0 to 5000"),
        ("isAnswered=true&take=0&skip=0", "take: must be from 1 to 5000"),
        ("isAnswered=true&take=1&skip=199991", "skip: must be from 0 to 199990"),
        ("isAnswered=true&take=1&skip=-1", "skip: must be from 0 to 199990"),
        ("isAnswered=true&take=1&skip=0&dateFrom=2026-11-22", "dateFrom: not a number"),
        ("isAnswered=true&take=1&skip=0&order=newest", "order: must be dateAsc or dateDesc"),
        ("isAnswered=true&take=1&skip=0&nmID=1", "nmID: unknown parameter"),
    ] {
        stage.wb.refill();
        let reply = stage.get(&format!("{FEEDBACKS}?{query}")).await;
        assert_eq!((reply.status, &reply.json()["additionalErrors"]), (400, &json!([error])), "{query}");
        assert_eq!(reply.json()["error"], true);
        assert!(reply.json()["requestId"].is_string());
    }
}

#[tokio::test]
async fn each_fault_spoils_as_many_answers_as_asked_and_then_all_is_well() {
    let stage = stage().await;
    let spoiled = async |fault: Fault| {
        stage.wb.refill();
        stage.wb.break_next(Method::Orders, fault);
        let reply = stage.get(ALL_ORDERS).await;
        assert_eq!(stage.get(ALL_ORDERS).await.json().as_array().unwrap().len(), 60, "{fault:?}");
        reply
    };
    let html = spoiled(Fault::Status(502)).await;
    assert_eq!((html.status, html.header("content-type")), (502, "text/html"));
    assert!(html.body.starts_with("<html>"));
    let empty = spoiled(Fault::Empty).await;
    assert_eq!((empty.status, empty.body.as_str()), (200, ""));
    let disabled = spoiled(Fault::Disabled).await;
    assert_eq!(disabled.status, 404);
    assert!(disabled.json()["detail"].as_str().unwrap().starts_with("This method is temporarily disabled. Link: "));
    let malformed = spoiled(Fault::MalformedRow).await.json();
    assert_eq!(malformed.as_array().unwrap().len(), 60);
    assert!(malformed[0]["srid"].is_object() && malformed[1]["srid"].is_string());

    stage.wb.refill();
    stage.wb.break_times(Method::Orders, Fault::CutOff, 2);
    let sent = || stage.wb.requests().last().unwrap().bytes_sent;
    for _ in 0..2 {
        let request = stage.http.get(format!("{}{ALL_ORDERS}", stage.wb.url())).header(AUTHORIZATION, &stage.token);
        let response = request.send().await.unwrap();
        assert!(response.content_length().is_some_and(|length| length > sent() as u64));
        assert!(response.bytes().await.is_err());
    }
    assert_eq!(stage.get(ALL_ORDERS).await.status, 200);
    let faults: Vec<_> = stage.wb.requests().iter().filter_map(|request| request.fault).collect();
    assert_eq!(faults.len(), 6);

    stage.wb.break_times(Method::Orders, Fault::Empty, 5);
    stage.wb.mend();
    assert_eq!(stage.get(ALL_ORDERS).await.json().as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn each_method_has_a_row_that_can_be_malformed() {
    let stage = stage().await;
    let methods = [Method::Ping, Method::SellerInfo, Method::Sales, Method::Stocks, Method::Cards, Method::Feedbacks];
    methods.into_iter().for_each(|method| stage.wb.break_next(method, Fault::MalformedRow));
    assert!(stage.get("/ping").await.json()["Status"].is_object());
    assert!(stage.get(SELLER_INFO).await.json()["sid"].is_object());
    assert!(stage.get(ALL_SALES).await.json()[0]["saleID"].is_object());
    assert!(stage.post(STOCKS, json!({})).await.json()["data"]["items"][0]["nmId"].is_object());
    assert!(stage.post(CARDS, json!({})).await.json()["cards"][0]["nmID"].is_object());
    let reviews = stage.get(&format!("{FEEDBACKS}?isAnswered=true&take=5&skip=0")).await.json();
    assert!(reviews["data"]["feedbacks"][0]["id"].is_object());
}

#[tokio::test]
async fn a_rate_limit_that_was_told_must_be_kept() {
    let stage = stage().await;
    stage.wb.break_next(Method::Orders, Fault::RateLimited(600));
    let told = stage.get(ALL_ORDERS).await;
    assert_eq!((told.status, told.header("x-ratelimit-retry")), (429, "600"));
    assert_eq!(stage.wb.refused().len(), 0);
    stage.clock.advance(TimeDelta::seconds(599));
    assert_eq!(stage.get(ALL_ORDERS).await.status, 429);
    assert_eq!(stage.wb.refused().len(), 1);
    stage.clock.advance(TimeDelta::seconds(1));
    assert_eq!(stage.get(ALL_ORDERS).await.status, 200);
}

#[tokio::test]
async fn a_slow_answer_waits_for_the_test_and_is_as_old_as_its_question() {
    let stage = stage().await;
    stage.wb.break_next(Method::Orders, Fault::Slow);
    let meanwhile = async {
        stage.wb.until_slow(1).await;
        stage.wb.shop(stage.seller, |shop, now| shop.order(&NewOrder::default(), now)).unwrap();
        stage.wb.refresh_reports();
        assert_eq!(stage.get(ALL_ORDERS).await.json().as_array().unwrap().len(), 61);
        stage.wb.release_slow();
    };
    let (slow, ()) = tokio::join!(stage.get(ALL_ORDERS), meanwhile);
    assert_eq!(slow.json().as_array().unwrap().len(), 60);
}

#[tokio::test]
async fn pictures_are_valid_and_cards_can_point_at_them() {
    let stage = stage().await;
    stage.wb.set_picture_base(Some(stage.wb.url().to_owned()));
    let cards = stage.post(CARDS, json!({})).await.json();
    let url =
        cards["cards"].as_array().unwrap().iter().find_map(|card| card["photos"][0]["c516x688"].as_str()).unwrap();
    let webp = stage.http.get(url).send().await.unwrap();
    assert_eq!(webp.headers()[CONTENT_TYPE], "image/webp");
    let webp = webp.bytes().await.unwrap();
    assert_eq!((&webp[..4], &webp[8..12]), (b"RIFF".as_slice(), b"WEBP".as_slice()));
    let jpeg = stage.http.get(url.replace(".webp", ".jpg")).send().await.unwrap();
    assert_eq!(jpeg.headers()[CONTENT_TYPE], "image/jpeg");
    let jpeg = jpeg.bytes().await.unwrap();
    assert!(jpeg.starts_with(&[0xFF, 0xD8, 0xFF]) && jpeg.ends_with(&[0xFF, 0xD9]));
    for missing in ["/images/1/1.png", "/images/x/1.webp", "/images/1/x.webp", "/images/1/1"] {
        assert_eq!(stage.get(missing).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn the_terminal_plays_the_seller_and_their_buyers() {
    let stage = stage().await;
    let (status, issued) = stage.command("/token", json!({"type": "base", "categories": ["statistics"]})).await;
    assert_eq!(status, 200);
    let base = issued["token"].as_str().unwrap().to_owned();
    assert_eq!(stage.get_as(&base, ALL_ORDERS).await.status, 200);
    assert_eq!(stage.get_as(&base, "/content/ping").await.status, 403);
    let (_, whole) = stage.command("/token", json!({})).await;
    assert_eq!(stage.get_as(whole["token"].as_str().unwrap(), "/content/ping").await.status, 200);

    let nm_id = stage.wb.shop(stage.seller, |shop, _| Ok(shop.products()[1].nm_id)).unwrap();
    let (status, made) = stage.command("/orders", json!({"nm_id": nm_id, "count": 2, "price": 500})).await;
    assert_eq!(status, 200, "{made}");
    let order = &made["orders"][1];
    assert_eq!((&order["nm_id"], &order["price"], &order["size"]), (&json!(nm_id), &json!(500), &json!("0")));
    assert!(order["article"].as_str().unwrap().starts_with("cup/350"));
    assert_eq!(order["ordered_at"], "2026-11-22T09:10:00Z");
    assert_eq!(stage.orders("dateFrom=2026-11-22T12:09:59").await.len(), 0);
    assert_eq!(stage.command("/refill", json!({})).await.0, 200);
    assert_eq!(stage.orders("dateFrom=2026-11-22T12:09:59").await.len(), 2);

    let srid = order["srid"].as_str().unwrap();
    let (_, corrected) = stage.command(&format!("/orders/{srid}/price"), json!({"price": 450})).await;
    assert_eq!(corrected["order"]["price"], 450);
    let (status, cancelled) = stage.command(&format!("/orders/{srid}/cancel"), json!({})).await;
    assert_eq!((status, cancelled["order"]["cancelled_at"].is_string()), (200, true));
    let first = made["orders"][0]["srid"].as_str().unwrap();
    let (status, bought) = stage.command(&format!("/orders/{first}/buyout"), json!({"not_filled_in": true})).await;
    assert_eq!((status, &bought["sale"]["for_pay"], &bought["sale"]["kind"]), (200, &json!(0), &json!("buyout")));
    let (status, back) = stage.command(&format!("/orders/{first}/return"), json!({"at": "2026-11-22T09:09:00Z"})).await;
    assert_eq!((status, &back["sale"]["for_pay"]), (200, &json!(385)));
    assert_eq!(
        (&back["sale"]["sold_at"], &back["sale"]["order"]["srid"]),
        (&json!("2026-11-22T09:09:00Z"), &json!(first))
    );
    let (_, review) = stage.command("/reviews", json!({"nm_id": nm_id, "stars": 2, "text": "Трещина"})).await;
    assert_eq!((&review["review"]["stars"], &review["review"]["nm_id"]), (&json!(2), &json!(nm_id)));
    assert_eq!(stage.command("/stocks", json!({"nm_id": nm_id, "quantity": 0})).await.0, 200);

    let shop = stage.get("/control/shop").await.json();
    assert_eq!((&shop["orders"], &shop["reviews"]), (&json!(62), &json!(31)));
    let product = &shop["products"][1];
    assert_eq!((&product["nm_id"], &product["sizes"][0]["stock"]), (&json!(nm_id), &json!(0)));
    let in_astana = json!({"nm_id": nm_id, "quantity": 6, "warehouse": "astana"});
    assert_eq!(stage.command("/stocks", in_astana).await.0, 200);
    assert_eq!(stage.get("/control/shop").await.json()["products"][1]["sizes"][0]["stock"], 6);
    assert!(shop["last_orders"].as_array().unwrap().iter().any(|last| last["srid"] == order["srid"]));

    assert_eq!(
        stage.command("/faults", json!({"method": "orders", "fault": {"status": 503}, "times": 2})).await.0,
        200
    );
    assert_eq!(stage.get(ALL_ORDERS).await.status, 503);
    stage.http.delete(format!("{}/control/faults", stage.wb.url())).send().await.unwrap();
    assert_eq!(stage.get(ALL_ORDERS).await.status, 200);
    let requests = stage.get("/control/requests").await.json();
    let last = requests["requests"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["method"], &last["status"], &requests["violations"]), (&json!("orders"), &json!(200), &json!(0)));
    assert_eq!(last["host"], "statistics");

    let revoke = stage.http.delete(format!("{}/control/token", stage.wb.url())).json(&json!({"token": base}));
    assert_eq!(revoke.send().await.unwrap().status(), 200);
    assert_eq!(stage.get_as(&base, "/statistics/ping").await.status, 401);
}

#[tokio::test]
async fn a_command_that_cannot_be_done_says_why() {
    let stage = stage().await;
    for (path, body, error) in [
        ("/orders", json!({"nm_id": 5}), "there is no product 5"),
        ("/orders", json!({"nmid": 5}), "unknown field `nmid`"),
        ("/orders", json!({"count": 0}), "count is 1 to 1000"),
        ("/orders", json!({"price": -1}), "price is 0 to 10000000 roubles"),
        ("/orders", json!({"seller": "x"}), "seller is no UUID"),
        ("/orders", json!({"seller": Uuid::nil()}), "has no shop"),
        ("/orders", json!([]), "no JSON object"),
        ("/orders/unknown/cancel", json!({}), "there is no order unknown"),
        ("/reviews", json!({"stars": 0}), "stars are 1 to 5"),
        ("/stocks", json!({"quantity": 1}), "missing field `nm_id`"),
        ("/token", json!({"type": "golden"}), "unknown variant `golden`"),
        ("/orders/unknown/buyout", json!({}), "there is no order unknown"),
        ("/orders/unknown/return", json!({"price": 1}), "unknown field `price`"),
        ("/changes", json!({}), "too few sizes are in two warehouses"),
        ("/faults", json!({"method": "incomes", "fault": "empty"}), "unknown variant `incomes`"),
        ("/faults", json!({"method": "orders", "fault": {"status": 200}}), "a status is 400 to 599"),
        ("/faults", json!({"method": "orders", "fault": "empty", "times": 0}), "times 1 to 1000"),
        ("/refill", json!({"x": 1}), "unknown field `x`"),
    ] {
        let (status, reply) = stage.command(path, body.clone()).await;
        assert_eq!(status, 400, "{path} {body}");
        assert!(reply["error"].as_str().unwrap().contains(error), "{path} {body}: {reply}");
    }
    assert_eq!(stage.get("/control/shop?seller=x").await.status, 400);
    assert_eq!(stage.get("/control/shop?x=1").await.status, 400);
    let text = stage.post_text("/control/orders", "application/json", "{").await;
    assert_eq!((text.status, &text.json()["error"].as_str().unwrap()[..19]), (400, "the body is no JSON"));
}

#[tokio::test]
async fn a_restart_keeps_shops_tokens_buckets_and_what_is_not_reported_yet() {
    let stage = stage().await;
    let base = stage.token_of(TokenType::Base, &Category::ALL);
    assert_eq!(stage.get_as(&base, ALL_ORDERS).await.status, 200);
    stage.wb.shop(stage.seller, |shop, now| shop.order(&NewOrder::default(), now)).unwrap();
    let saved = serde_json::to_string(&stage.wb.snapshot()).unwrap();

    let restored: Snapshot = serde_json::from_str(&saved).unwrap();
    let wb = FakeWb::start_with_state(anywhere(), stage.clock.clone(), Some(restored.clone())).await.unwrap();
    let second = Stage { wb, ..stage };
    assert_eq!(second.wb.sellers(), [second.seller]);
    assert_eq!(second.get_as(&base, ALL_ORDERS).await.status, 429);
    assert_eq!(second.orders("dateFrom=2026-01-01").await.len(), 60);
    let first_srids: BTreeSet<_> =
        second.wb.shop(second.seller, |shop, _| Ok(shop.orders().map(|order| order.srid.clone()).collect())).unwrap();
    let made = second.wb.shop(second.seller, |shop, now| shop.order(&NewOrder::default(), now)).unwrap();
    assert_eq!(first_srids.len(), 61);
    assert!(!first_srids.contains(&made[0].srid));
    second.wb.refresh_reports();
    assert_eq!(second.orders("dateFrom=2026-01-01").await.len(), 62);

    second.wb.restore(restored);
    second.wb.refresh_reports();
    assert_eq!(second.orders("dateFrom=2026-01-01").await.len(), 61);
    assert!(second.wb.add_shop(Shop::sample(7, 1, 0, 0, start())).is_err());
}

#[tokio::test]
async fn the_terminal_can_change_a_hundred_things_at_once() {
    let stage = stage().await;
    let seller = stage.wb.add_shop(Shop::one_shop(9, start())).unwrap();
    let (status, changed) = stage.command("/changes", json!({"seller": seller})).await;
    assert_eq!(status, 200, "{changed}");
    let told = changed["expected"].as_object().unwrap();
    assert_eq!(told.values().map(|told| told.as_array().unwrap().len()).sum::<usize>(), 95);
    assert_eq!(told["new_orders"].as_array().unwrap().len(), 40);
}

#[tokio::test]
async fn a_restart_keeps_sales_and_warehouses() {
    let stage = stage().await;
    let before = stage.sales("dateFrom=2026-01-01").await;
    stage.with_order(|shop, srid, now| {
        let chrt_id = shop.find_order(srid)?.chrt_id;
        shop.set_stock_at(chrt_id, Warehouse::Astana, Stock { quantity: 3, ..Stock::default() })?;
        shop.buy_out(srid, now)
    });
    let saved = serde_json::to_string(&stage.wb.snapshot()).unwrap();
    let wb = FakeWb::start_with_state(anywhere(), stage.clock.clone(), Some(serde_json::from_str(&saved).unwrap()));
    let second = Stage { wb: wb.await.unwrap(), ..stage };
    assert_eq!(second.sales("dateFrom=2026-01-01").await, before);
    second.wb.refresh_reports();
    assert_eq!(second.sales("dateFrom=2026-01-01").await.len(), before.len() + 1);
    let stocks = second.post(STOCKS, json!({})).await.json();
    assert!(stocks["data"]["items"].as_array().unwrap().iter().any(|row| row["warehouseName"] == "Астана"));
}

#[tokio::test]
async fn the_last_handle_stops_the_server_even_with_answers_held_back() {
    let stage = stage().await;
    let address: SocketAddr = stage.wb.url().trim_start_matches("http://").parse().unwrap();
    stage.wb.break_next(Method::Orders, Fault::Slow);
    let request = stage.http.get(format!("{}{ALL_ORDERS}", stage.wb.url())).header(AUTHORIZATION, &stage.token);
    let slow = tokio::spawn(request.send());
    stage.wb.until_slow(1).await;
    drop(stage);
    assert_eq!(slow.await.unwrap().unwrap().status(), 200);
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
