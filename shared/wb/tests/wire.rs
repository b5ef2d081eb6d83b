//! The client against a server on this machine: what goes over the wire, and what comes of each answer.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{TimeZone, Utc};
use domain::{
    AnswerState, CancelReason, FeedOrder, FeedStatus, NmId, Order, QuestionState, ReviewId, Rubles, SaleKind, Srid,
    Supply, TokenType,
};
use futures::{StreamExt, stream};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wb::{
    Access, Authorization, CardsCursor, Client, ClientSecret, Config, Error, FEED_PAGE_ROWS, FeedPage, Host, Method,
    RemainsTask, Rows, TaskStatus, UrlTemplate,
};

/// Not a real token, but of the same form; WB's gateway repeats some in its errors.
const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJhY2MiOjMsInMiOjE2Nn0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2lnbmF0dXJl";

/// Long enough for the slowest machine; only the tests of silence make it short.
const PATIENCE: Duration = Duration::from_secs(60);
const IMPATIENCE: Duration = Duration::from_millis(50);

/// A server that gives each request the next answer and remembers what was asked.
struct Server {
    url: UrlTemplate,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Clone, Debug)]
struct Seen {
    line: String,
    authorization: String,
    secret: Option<String>,
    body: Value,
}

impl Server {
    async fn start(answers: impl IntoIterator<Item = Response>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let app = Router::new().fallback(move |request: Request| {
            let (answers, log) = (answers.clone(), log.clone());
            async move {
                let line = format!("{} {}", request.method(), request.uri());
                let authorization = request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
                let secret = request.headers().get("x-of-service").map(|value| value.to_str().unwrap().to_owned());
                let body = axum::body::to_bytes(request.into_body(), 1_000_000).await.unwrap();
                let body = serde_json::from_slice(&body).unwrap_or_default();
                log.lock().unwrap().push(Seen { line, authorization, secret, body });
                let answer = answers.lock().unwrap().pop_front();
                match answer {
                    Some(answer) => answer,
                    None => std::future::pending().await,
                }
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = UrlTemplate::parse(&format!("http://{}/{{category}}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    fn config(&self) -> Config {
        Config { request_timeout: PATIENCE, idle_timeout: PATIENCE, ..Config::new(self.url.clone()) }
    }

    fn client(&self) -> Client {
        client(self.config())
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn client(config: Config) -> Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::new(config).unwrap()
}

fn token() -> SecretString {
    SecretString::from(TOKEN)
}

fn since() -> chrono::DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 22, 30, 0).unwrap()
}

fn ok(body: &Value) -> Response {
    axum::Json(body).into_response()
}

fn order(number: usize) -> Value {
    json!({ "srid": format!("{number}.1.0"), "date": "2026-11-22T10:00:00", "lastChangeDate": "2026-11-22T10:30:00", "nmId": 7 })
}

/// A body that sends this and then does not end.
fn unfinished(beginning: &str) -> Body {
    let beginning = stream::iter([Ok::<_, Infallible>(Bytes::from(beginning.to_owned()))]);
    Body::from_stream(beginning.chain(stream::pending()))
}

async fn all<T>(mut rows: Rows<T>) -> Result<(Vec<Vec<T>>, usize), Error> {
    let mut chunks = Vec::new();
    while let Some(chunk) = rows.next_chunk().await? {
        chunks.push(chunk);
    }
    Ok((chunks, rows.skipped()))
}

/// What an answer to `supplier/orders` comes to.
async fn orders(answer: Response) -> Result<(Vec<Vec<Order>>, usize), Error> {
    let server = Server::start([answer]).await;
    all(server.client().fetch_orders(&token(), since()).await?).await
}

async fn error(answer: impl IntoResponse) -> Error {
    orders(answer.into_response()).await.unwrap_err()
}

#[tokio::test]
async fn orders_are_asked_in_moscow_time() {
    let server = Server::start([ok(&json!([order(1)]))]).await;
    let mut rows = server.client().fetch_orders(&token(), since()).await.unwrap();
    let chunk = rows.next_chunk().await.unwrap().unwrap();
    assert_eq!(chunk[0].srid.0, "1.1.0");
    assert_eq!(rows.next_chunk().await.unwrap(), None);
    assert_eq!(rows.next_chunk().await.unwrap(), None);
    let seen = server.seen();
    assert_eq!(seen[0].line, "GET /statistics/api/v1/supplier/orders?dateFrom=2026-11-22T01%3A30%3A00&flag=0");
    assert_eq!(seen[0].authorization, format!("Bearer {TOKEN}"));
}

#[tokio::test]
async fn sales_are_asked_as_orders_are_and_told_from_returns() {
    let sale =
        |id: &str| json!({ "saleID": id, "srid": "1.1.0", "date": "2026-11-22T10:00:00", "nmId": 7, "forPay": -5 });
    let answer = json!([sale("S1"), sale("D2"), sale("R3"), {"saleID": "S4"}]);
    let server = Server::start([ok(&answer)]).await;
    let mut rows = server.client().fetch_sales(&token(), since()).await.unwrap();
    let chunk = rows.next_chunk().await.unwrap().unwrap();
    let read: Vec<_> = chunk.iter().map(|sale| (sale.sale_id.0.as_str(), sale.kind)).collect();
    assert_eq!(read, [("S1", SaleKind::Buyout), ("R3", SaleKind::Return)]);
    assert!(chunk.iter().all(|sale| sale.for_pay == Rubles::filled_in(5.into())));
    assert_eq!(rows.next_chunk().await.unwrap(), None);
    assert_eq!((rows.skipped(), rows.passed_over()), (1, 1));
    let seen = server.seen();
    assert_eq!(seen[0].line, "GET /statistics/api/v1/supplier/sales?dateFrom=2026-11-22T01%3A30%3A00&flag=0");
    assert_eq!(seen[0].authorization, format!("Bearer {TOKEN}"));
}

#[tokio::test]
async fn a_refused_or_cut_off_answer_of_sales_is_an_error() {
    let limited = (StatusCode::TOO_MANY_REQUESTS, [("x-ratelimit-retry", "7200")], "{}").into_response();
    let server = Server::start([limited, Body::from(r#"[{"saleID": "S1""#).into_response()]).await;
    let client = server.client();
    let error = client.fetch_sales(&token(), since()).await.unwrap_err();
    assert_eq!(error, Error::RateLimited { retry_after: Duration::from_secs(7_200) });
    let rows = client.fetch_sales(&token(), since()).await.unwrap();
    assert!(matches!(all(rows).await, Err(Error::Unavailable { .. })));
}

#[tokio::test]
async fn the_token_may_be_sent_without_a_scheme() {
    let server = Server::start([ok(&json!({"TS": "2024-08-16T11:19:05+03:00", "Status": "OK"}))]).await;
    let config = Config { authorization: Authorization::Raw, ..server.config() };
    client(config).ping(&token(), Host::Analytics).await.unwrap();
    assert_eq!(server.seen()[0].line, "GET /seller-analytics/ping");
    assert_eq!(server.seen()[0].authorization, TOKEN);
}

#[tokio::test]
async fn the_seller_is_read_and_each_of_their_fields_may_be_missing() {
    let sid = "e8225f36-5a5e-4f6a-9f3d-0c2f0e4d5b6a";
    let full = json!({"name": "ИП Кружинин В. Р.", "sid": sid, "tin": "123456789012", "tradeMark": "Flax Store"});
    let server = Server::start([ok(&full), ok(&json!({"name": "", "sid": "7"}))]).await;
    let info = server.client().fetch_seller_info(&token()).await.unwrap();
    assert_eq!(info.seller.unwrap().to_string(), sid);
    assert_eq!(info.name.as_deref(), Some("ИП Кружинин В. Р."));
    assert_eq!(info.trade_mark.as_deref(), Some("Flax Store"));
    let info = server.client().fetch_seller_info(&token()).await.unwrap();
    assert_eq!((info.seller, info.name, info.trade_mark), (None, None, None));
    assert_eq!(server.seen()[0].line, "GET /common/api/v1/seller-info");
}

#[tokio::test]
async fn a_long_answer_comes_in_chunks() {
    let rows: Vec<Value> = (0..12_001).map(order).collect();
    let (chunks, skipped) = orders(ok(&json!(rows))).await.unwrap();
    assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [Config::CHUNK_ROWS, Config::CHUNK_ROWS, 2_001]);
    assert_eq!(skipped, 0);
    let srids = chunks.iter().flatten().map(|order| order.srid.0.clone());
    assert!(srids.eq((0..12_001).map(|number| format!("{number}.1.0"))));
}

/// As many as a process reads at once.
const LONG_ANSWERS: usize = 4;

#[tokio::test]
async fn a_long_answer_waits_until_there_are_fewer_readings_of_others_and_a_short_one_does_not() {
    let answer = |rows: usize| ok(&(0..rows).map(order).collect());
    let server = Server::start([600, 600, 600, 600, 600, 600, 600, 400].map(answer)).await;
    let client = server.client();
    let mut readings = Vec::new();
    for _ in 0..LONG_ANSWERS {
        let reading = client.for_one_reading(false);
        let (chunks, _) = all(reading.fetch_orders(&token(), since()).await.unwrap()).await.unwrap();
        assert_eq!(chunks.len(), 1);
        readings.push(reading);
    }
    // Its turn is that of its first answer.
    let (chunks, _) = all(readings[0].fetch_orders(&token(), since()).await.unwrap()).await.unwrap();
    assert_eq!(chunks[0].len(), 600);

    let waiting = client.for_one_reading(false).fetch_orders(&token(), since()).await.unwrap();
    let waiting = tokio::spawn(all(waiting));
    // Nobody waits for this one any more, and its thread ends.
    drop(client.for_one_reading(false).fetch_orders(&token(), since()).await.unwrap());
    let (short, _) = all(client.for_one_reading(false).fetch_orders(&token(), since()).await.unwrap()).await.unwrap();
    assert_eq!(short[0].len(), 400);
    assert!(!waiting.is_finished());

    readings.pop();
    let (chunks, _) = waiting.await.unwrap().unwrap();
    assert_eq!(chunks[0].len(), 600);
}

#[tokio::test]
async fn an_answer_of_exactly_one_chunk_has_no_empty_second_one() {
    let rows: Vec<Value> = (0..Config::CHUNK_ROWS).map(order).collect();
    let (chunks, _) = orders(ok(&json!(rows))).await.unwrap();
    assert_eq!(chunks.iter().map(Vec::len).collect::<Vec<_>>(), [Config::CHUNK_ROWS]);
}

#[tokio::test]
async fn broken_rows_are_counted_and_the_others_kept() {
    let (chunks, skipped) = orders(ok(&json!([order(1), {"srid": "x"}, "y", order(2)]))).await.unwrap();
    assert_eq!(chunks.concat().len(), 2);
    assert_eq!(skipped, 2);
}

#[tokio::test]
async fn what_wb_would_still_take_is_known() {
    let server = Server::start([([("x-ratelimit-remaining", "9")], "[]").into_response()]).await;
    let rows = server.client().fetch_orders(&token(), since()).await.unwrap();
    assert_eq!(rows.remaining(), Some(9));
    assert_eq!(all(rows).await.unwrap(), (vec![], 0));
}

#[tokio::test]
async fn cards_are_paged_by_an_echoed_cursor() {
    let cards: Vec<Value> =
        (1..=100).map(|nm_id| json!({"nmID": nm_id, "updatedAt": "2023-12-06T11:17:00.96577Z"})).collect();
    let cursor = json!({"updatedAt": "2023-12-06T11:17:00.96577Z", "nmID": 100, "total": 100});
    let server = Server::start([
        ok(&json!({"cards": cards, "cursor": cursor})),
        ok(&json!({"cards": [{"nmID": 101, "updatedAt": "2024-01-01T00:00:00Z"}, {"title": "no key"}],
            "cursor": {"updatedAt": "2024-01-01T00:00:00Z", "nmID": 101, "total": 2}})),
        ok(&json!({"cards": [], "cursor": {"updatedAt": "", "nmID": 0, "total": 0}})),
    ])
    .await;
    let client = server.client();
    let first = client.fetch_products(&token(), None).await.unwrap();
    assert_eq!((first.products.len(), first.is_last, first.skipped), (100, false, 0));
    let second = client.fetch_products(&token(), first.cursor.as_ref()).await.unwrap();
    assert_eq!((second.products.len(), second.is_last, second.skipped), (1, true, 1));
    assert_eq!(second.cursor, Some(CardsCursor { updated_at: "2024-01-01T00:00:00Z".into(), nm_id: NmId(101) }));
    let third = client.fetch_products(&token(), second.cursor.as_ref()).await.unwrap();
    assert_eq!((third.products.len(), third.is_last, third.cursor), (0, true, None));

    let seen = server.seen();
    assert_eq!(seen[0].line, "POST /content/content/v2/get/cards/list");
    assert_eq!(
        seen[0].body,
        json!({"settings": {"sort": {"ascending": true}, "cursor": {"limit": 100}, "filter": {"withPhoto": -1}}})
    );
    assert_eq!(
        seen[1].body["settings"]["cursor"],
        json!({"limit": 100, "updatedAt": "2023-12-06T11:17:00.96577Z", "nmID": 100})
    );
}

#[tokio::test]
async fn a_cursor_that_stands_still_is_an_error() {
    let page = json!({"cards": [], "cursor": {"updatedAt": "2024-01-01T00:00:00Z", "nmID": 7, "total": 100}});
    let server = Server::start([ok(&page)]).await;
    let cursor = CardsCursor { updated_at: "2024-01-01T00:00:00Z".into(), nm_id: NmId(7) };
    let error = server.client().fetch_products(&token(), Some(&cursor)).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn stocks_are_paged_by_offset_and_204_is_nothing() {
    let stock = json!({"nmId": 1, "chrtId": 2, "warehouseId": -999_999, "warehouseName": "Склад WB",
        "regionName": "Склад WB", "quantity": 3, "inWayToClient": 0, "inWayFromClient": 1});
    let server =
        Server::start([ok(&json!({"data": {"items": [stock]}})), StatusCode::NO_CONTENT.into_response()]).await;
    let client = server.client();
    let (chunks, _) = all(client.fetch_stocks(&token(), 0).await.unwrap()).await.unwrap();
    assert_eq!((chunks[0][0].quantity, chunks[0][0].warehouse_id, &chunks[0][0].warehouse), (3, -999_999, &None));
    assert_eq!(client.fetch_stocks(&token(), 250_000).await.unwrap_err(), Error::Nothing);
    let seen = server.seen();
    assert_eq!(seen[0].line, "POST /seller-analytics/api/analytics/v1/stocks-report/wb-warehouses");
    assert_eq!(seen[0].body, json!({"limit": 250_000, "offset": 0}));
    assert_eq!(seen[1].body, json!({"limit": 250_000, "offset": 250_000}));
}

#[tokio::test]
async fn reviews_are_asked_from_one_of_two_lists() {
    let review = json!({"id": "a", "productValuation": 1, "createdDate": "2024-09-26T10:20:48+03:00",
        "productDetails": {"nmId": 5}, "text": "", "pros": "", "cons": ""});
    let page = json!({"data": {"countUnanswered": 1, "countArchive": 0, "feedbacks": [review]}, "error": false,
        "errorText": "", "additionalErrors": null});
    let server = Server::start([ok(&page)]).await;
    let (chunks, _) = all(server.client().fetch_reviews(&token(), true, None, 5_000).await.unwrap()).await.unwrap();
    assert!(chunks[0][0].is_processed);
    assert_eq!(
        server.seen()[0].line,
        "GET /feedbacks/api/v1/feedbacks?isAnswered=true&take=5000&skip=5000&order=dateDesc"
    );
}

fn feed_order(number: usize, status: &str) -> Value {
    json!({ "srid": format!("{number}.1.0"), "nmId": 7, "chrtId": 8, "createdAt": "2026-11-22T12:57:26+03:00",
        "updatedAt": "2026-11-22T13:19:38+03:00", "status": status, "warehouseName": "Склад WB", "warehouseRegion": "",
        "isMp": false, "destinationCity": "Казань", "destinationDistrict": "Приволжский", "sellerPrice": 4328.5,
        "isB2b": false })
}

fn feed_page(orders: &[Value], snapshot: &str) -> Response {
    ok(&json!({"data": {"snapshotTime": snapshot, "currency": "RUB", "orders": orders}}))
}

#[tokio::test]
async fn the_feed_is_asked_in_moscow_time_and_its_rows_carry_the_currency_wherever_it_stands() {
    let mut refused = feed_order(2, "cancel");
    refused["cancelType"] = json!("receipt");
    refused["isMp"] = json!(true);
    refused["isB2b"] = json!(true);
    refused["warehouseName"] = json!("Мой склад");
    let rows = json!([
        feed_order(1, "created"),
        refused,
        feed_order(3, "cancel"),
        feed_order(4, "returnDefective"),
        feed_order(5, "teleported")
    ]);
    let before = format!(r#"{{"data":{{"snapshotTime":"2026-11-22T10:20:00Z","currency":"BYN","orders":{rows}}}}}"#);
    let behind = format!(r#"{{"data":{{"orders":{rows},"currency":"BYN","snapshotTime":"2026-11-22T10:20:00Z"}}}}"#);
    let server = Server::start([before.into_response(), behind.into_response()]).await;
    for _ in 0..2 {
        let feed = server.client().fetch_order_feed(&token(), since(), None).await.unwrap();
        assert_eq!(feed.snapshot_at, Utc.with_ymd_and_hms(2026, 11, 22, 10, 20, 0).unwrap());
        assert_eq!((feed.orders.len(), feed.skipped, &feed.next), (5, 0, &None));
        assert!(feed.orders.iter().all(|order| order.currency.as_deref() == Some("BYN")));
        let statuses: Vec<_> = feed.orders.iter().map(|order| order.status).collect();
        assert_eq!(
            statuses,
            [
                FeedStatus::Created,
                FeedStatus::Cancelled(CancelReason::Receipt),
                FeedStatus::Cancelled(CancelReason::Other),
                FeedStatus::Returned { defective: true },
                FeedStatus::Unknown
            ]
        );
        let of = |order: &FeedOrder| (order.supply, order.is_b2b, order.warehouse.clone());
        assert_eq!(of(&feed.orders[0]), (Some(Supply::Fbo), false, None));
        assert_eq!(of(&feed.orders[1]), (Some(Supply::Fbs), true, Some("Мой склад".into())));
        assert_eq!(feed.orders[0].seller_price, Some(Rubles("4328.5".parse().unwrap())));
        assert_eq!(feed.orders[0].updated_at, Utc.with_ymd_and_hms(2026, 11, 22, 10, 19, 38).unwrap());
    }
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /seller-analytics/api/analytics/v1/order-feed");
    assert_eq!(
        seen.body,
        json!({"selectedPeriod": {"start": "2026-11-22T01:30:00+03:00"}, "pagination": {"offset": 0, "limit": 10_000}})
    );
}

#[tokio::test]
async fn a_full_page_of_the_feed_is_followed_with_the_first_ones_snapshot_word_for_word() {
    let mut rows: Vec<Value> = (0..10_000).map(|number| feed_order(number, "buyout")).collect();
    rows[4_000] = json!({"srid": "broken"});
    let last = [feed_order(20_000, "buyout")];
    let snapshot = "2026-11-22T10:20:00.50Z";
    let server = Server::start([feed_page(&rows, snapshot), feed_page(&last, "2026-11-22T10:25:00Z")]).await;
    let client = server.client();
    let first = client.fetch_order_feed(&token(), since(), None).await.unwrap();
    assert_eq!((first.orders.len(), first.skipped), (9_999, 1));
    let page = first.next.unwrap();
    let previous = Some(Srid("0.1.0".into()));
    assert_eq!(page, FeedPage { snapshot_time: snapshot.into(), offset: FEED_PAGE_ROWS, previous });
    let second = client.fetch_order_feed(&token(), since(), Some(&page)).await.unwrap();
    assert_eq!((second.orders.len(), second.next, second.snapshot_at), (1, None, first.snapshot_at));
    assert_eq!(
        server.seen()[1].body["pagination"],
        json!({"offset": 10_000, "limit": 10_000, "snapshotTime": snapshot})
    );
}

#[tokio::test]
async fn readings_that_go_in_a_circle_are_stopped() {
    let same = [feed_order(1, "buyout")];
    let server = Server::start([feed_page(&same, "2026-11-22T10:20:00Z")]).await;
    let client = server.client();
    let page = |offset| FeedPage {
        snapshot_time: "2026-11-22T10:20:00Z".into(),
        offset,
        previous: Some(Srid("1.1.0".into())),
    };
    for (offset, words) in [(10_000, "repeats itself"), (10_000_000, "does not end")] {
        let error = client.fetch_order_feed(&token(), since(), Some(&page(offset))).await.unwrap_err();
        assert!(matches!(&error, Error::Unavailable { detail } if detail.as_str().contains(words)), "{error}");
    }
    let error = client.fetch_stocks(&token(), 5_000_000).await.unwrap_err();
    assert!(matches!(&error, Error::Unavailable { detail } if detail.as_str().contains("do not end")), "{error}");
    assert_eq!(server.seen().len(), 1, "what is known to be a circle is not asked");
}

#[tokio::test]
async fn a_feed_that_is_cut_off_or_names_no_snapshot_gives_no_order_at_all() {
    let order = feed_order(1, "created");
    let cut_off = format!(r#"{{"data":{{"snapshotTime":"2026-11-22T10:20:00Z","orders":[{order},"#);
    let nameless = json!({"data": {"currency": "RUB", "orders": [order]}});
    let unreadable = json!({"data": {"snapshotTime": "now", "currency": "RUB", "orders": []}});
    let server = Server::start([cut_off.into_response(), ok(&nameless), ok(&unreadable)]).await;
    for words in ["cut off", "no snapshot", "no snapshot"] {
        let error = server.client().fetch_order_feed(&token(), since(), None).await.unwrap_err();
        assert!(matches!(&error, Error::Unavailable { detail } if detail.as_str().contains(words)), "{error}");
    }
}

#[tokio::test]
async fn the_sellers_warehouses_keep_their_names() {
    let stock = json!({"nmId": 1, "chrtId": 2, "warehouseId": 507, "warehouseName": "Склад WB у дома",
        "regionName": "Москва", "quantity": 3});
    let server =
        Server::start([ok(&json!({"data": {"items": [stock]}})), StatusCode::NO_CONTENT.into_response()]).await;
    let client = server.client();
    let (chunks, _) = all(client.fetch_seller_stocks(&token(), 0).await.unwrap()).await.unwrap();
    let stock = &chunks[0][0];
    assert_eq!((stock.quantity, stock.warehouse_id, stock.warehouse.as_deref()), (3, 507, Some("Склад WB у дома")));
    assert_eq!((stock.in_way_to_client, stock.in_way_from_client), (0, 0));
    assert_eq!(client.fetch_seller_stocks(&token(), 250_000).await.unwrap_err(), Error::Nothing);
    assert_eq!(server.seen()[1].line, "POST /seller-analytics/api/analytics/v1/stocks-report/seller-warehouses");
    assert_eq!(server.seen()[1].body, json!({"limit": 250_000, "offset": 250_000}));
}

/// The task of WB's example.
const TASK: &str = "219eaecf-e532-4bd8-9f15-8036ec1b042d";

fn not_found(detail: &str) -> Response {
    let body = json!({"title": "Not Found", "detail": detail, "requestId": "r-1", "origin": "api-statistics"});
    (StatusCode::NOT_FOUND, axum::Json(body)).into_response()
}

#[tokio::test]
async fn the_report_of_remains_is_made_watched_and_downloaded() {
    let status = |status: &str| ok(&json!({"data": {"id": TASK, "status": status}}));
    let row = |barcode: &str, warehouses: Value| json!({"nmId": 7, "barcode": barcode, "techSize": "0", "volume": 1.33, "warehouses": warehouses});
    let held = |name: &str, quantity: i64| json!({"warehouseName": name, "quantity": quantity});
    let report = json!([
        row(
            "1",
            json!([
                held("В пути до получателей", 14),
                held("В пути возвраты на склад WB", 4),
                held("Всего находится на складах", 267),
                held("Склад WB РФ", 134),
                held("Склад WB СГТ РФ", 10),
                held("Минск", 123),
            ])
        ),
        row("2", json!([held("В пути до получателей", 3), held("Минск", 5), held("Склад WB РФ", 2)])),
        row("3", json!([])),
        row("4", json!([{"warehouseName": "Минск"}])),
        row("5", json!({"Минск": 5})),
    ]);
    let disabled = "This method is temporarily disabled. Link: https://dev.wildberries.ru/release-notes?id=570";
    let answers = [
        ok(&json!({"data": {"taskId": TASK}})),
        status("new"),
        status("thinking"),
        status("done"),
        status("purged"),
        status("canceled"),
        not_found("not found"),
        not_found(disabled),
        ok(&report),
        StatusCode::NO_CONTENT.into_response(),
        not_found("not found"),
        not_found(disabled),
    ];
    let server = Server::start(answers).await;
    let client = server.client();
    let task = client.create_remains_report(&token()).await.unwrap();
    assert_eq!(task, RemainsTask(TASK.parse().unwrap()));
    use TaskStatus::{Done, Lost, Pending};
    for expected in [Pending, Pending, Done, Lost, Lost, Lost] {
        assert_eq!(client.fetch_remains_status(&token(), task).await.unwrap(), expected);
    }
    let error = client.fetch_remains_status(&token(), task).await.unwrap_err();
    assert!(matches!(error, Error::Gone { .. }), "a method that is switched off is no lost task: {error}");

    let (chunks, skipped) = all(client.fetch_remains(&token(), task).await.unwrap().unwrap()).await.unwrap();
    let read: Vec<_> = chunks[0]
        .iter()
        .map(|row| {
            let barcode = row.barcode.as_ref().unwrap().0.as_str();
            (barcode, row.quantity, row.in_way_to_client, row.in_way_from_client)
        })
        .collect();
    assert_eq!(read, [("1", 267, 14, 4), ("2", 7, 3, 0), ("3", 0, 0, 0)]);
    assert_eq!(skipped, 2, "what cannot be read is no empty warehouse");
    assert_eq!(client.fetch_remains(&token(), task).await.unwrap_err(), Error::Nothing);
    assert!(client.fetch_remains(&token(), task).await.unwrap().is_none());
    assert!(matches!(client.fetch_remains(&token(), task).await, Err(Error::Gone { .. })));

    let seen = server.seen();
    let base = "/seller-analytics/api/v1/warehouse_remains";
    assert_eq!(seen[0].line, format!("GET {base}?locale=ru&groupByNm=true&groupByBarcode=true&groupBySize=true"));
    assert_eq!(seen[1].line, format!("GET {base}/tasks/{TASK}/status"));
    assert_eq!(seen[8].line, format!("GET {base}/tasks/{TASK}/download"));
}

#[tokio::test]
async fn questions_are_asked_from_one_of_two_lists_up_to_the_last_that_wb_gives() {
    let question = |id: &str, state: &str, answer: Value| {
        json!({"id": id, "text": "Какой размер?", "createdDate": "2022-02-01T11:18:08.769513469Z", "state": state,
            "answer": answer, "productDetails": {"nmId": 5}})
    };
    let rows = json!([
        question("a", "suppliersPortalSynch", Value::Null),
        question("b", "wbRu", json!({"text": "46", "editable": true})),
        question("c", "none", Value::Null),
        question("d", "onHold", Value::Null),
        {"id": "broken"}
    ]);
    let page = json!({"data": {"countUnanswered": 1, "countArchive": 0, "questions": rows}, "error": false,
        "errorText": "", "additionalErrors": null});
    let server = Server::start([ok(&page), ok(&page)]).await;
    let client = server.client();
    use QuestionState::{Answered, New, Rejected};
    for (answered, skip, states) in
        [(false, 0, [New, Answered, Rejected, New]), (true, 7_000, [New, Answered, Rejected, Answered])]
    {
        let rows = client.fetch_questions(&token(), answered, Some(since()), skip).await.unwrap();
        let (chunks, skipped) = all(rows).await.unwrap();
        assert_eq!(
            (chunks[0].iter().map(|question| question.state).collect::<Vec<_>>(), skipped),
            (states.to_vec(), 1)
        );
        assert_eq!(chunks[0][1].answer.as_deref(), Some("46"));
    }
    let seen = server.seen();
    assert_eq!(
        seen[0].line,
        "GET /feedbacks/api/v1/questions?isAnswered=false&take=5000&skip=0&order=dateDesc&dateFrom=1795300200"
    );
    assert!(seen[1].line.contains("isAnswered=true&take=3000&skip=7000"), "{}", seen[1].line);
}

#[tokio::test]
async fn an_answer_is_sent_and_then_looked_at() {
    let review = |answer: Value| {
        ok(&json!({"data": {"id": "a b", "productValuation": 1, "createdDate": "2024-09-26T10:20:48+03:00",
            "productDetails": {"nmId": 5}, "text": "Мало", "state": "wbRu", "answer": answer}, "error": false}))
    };
    let unknown = json!({"data": null, "error": true, "errorText": "Не найдено", "additionalErrors": null});
    let answers = [
        StatusCode::NO_CONTENT.into_response(),
        review(json!({"text": "Спасибо!", "state": "reviewRequired", "editable": true})),
        review(json!({"text": "Спасибо!", "state": "rejected", "editable": false})),
        review(Value::Null),
        ok(&json!({"data": null, "error": false, "errorText": ""})),
        (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(unknown)).into_response(),
        ok(&json!({"data": {"id": "a b"}, "error": false})),
    ];
    let server = Server::start(answers).await;
    let (client, id) = (server.client(), ReviewId("a b".into()));
    client.answer_review(&token(), &id, "Спасибо!").await.unwrap();
    for (text, state) in
        [(Some("Спасибо!"), Some(AnswerState::InReview)), (Some("Спасибо!"), Some(AnswerState::Rejected)), (None, None)]
    {
        let found = client.fetch_review(&token(), &id).await.unwrap().unwrap();
        assert_eq!((found.review.answer.as_deref(), found.answer_state), (text, state));
        assert_eq!((found.review.is_processed, found.is_editable), (true, state == Some(AnswerState::InReview)));
    }
    for _ in 0..2 {
        assert_eq!(client.fetch_review(&token(), &id).await.unwrap(), None);
    }
    assert!(matches!(client.fetch_review(&token(), &id).await, Err(Error::Unavailable { .. })));
    let seen = server.seen();
    assert_eq!(seen[0].line, "POST /feedbacks/api/v1/feedbacks/answer");
    assert_eq!(seen[0].body, json!({"id": "a b", "text": "Спасибо!"}));
    assert_eq!(seen[1].line, "GET /feedbacks/api/v1/feedback?id=a+b");
}

#[tokio::test]
async fn the_news_say_which_of_them_are_about_the_api() {
    let news = json!({"data": [
        {"id": 7369, "date": "2025-02-05T14:10:35+03:00", "header": "Реклама", "content": "…", "types": [{"id": 4, "name": "Маркетинг"}]},
        {"id": 7373, "date": "2025-02-06T18:14:58+03:00", "header": "Изменения", "types": [{"id": 41}, {"id": 8, "name": "API"}]},
        {"header": "no number"}
    ]});
    let server = Server::start([ok(&news)]).await;
    let read = server.client().fetch_news(&token(), "2025-02-01".parse().unwrap()).await.unwrap();
    assert_eq!(read.iter().map(|news| (news.id, news.is_about_api)).collect::<Vec<_>>(), [(7369, false), (7373, true)]);
    assert_eq!(server.seen()[0].line, "GET /common/api/communications/v2/news?from=2025-02-01");
}

#[tokio::test]
async fn the_secret_of_a_service_goes_with_every_request_and_lifts_the_limits_of_a_base_token() {
    let server = Server::start([ok(&json!({"name": "x"})), ok(&json!([])), ok(&json!({"name": "x"}))]).await;
    let secret = ClientSecret::new("X-Of-Service", SecretString::from("s3cret")).unwrap();
    let with = client(Config { client_secret: Some(secret), ..server.config() });
    with.fetch_seller_info(&token()).await.unwrap();
    with.fetch_orders(&token(), since()).await.unwrap();
    let without = server.client();
    without.fetch_seller_info(&token()).await.unwrap();
    let secrets: Vec<_> = server.seen().into_iter().map(|seen| seen.secret).collect();
    assert_eq!(secrets, [Some("s3cret".to_owned()), Some("s3cret".to_owned()), None]);
    assert_eq!(without.limit(Method::Stocks, TokenType::Base), Access::Refused);
    assert_eq!(with.limit(Method::Stocks, TokenType::Base), wb::limit(Method::Stocks, TokenType::Service));
    assert!(!format!("{with:?}").contains("s3cret"));
}

#[tokio::test]
async fn an_error_with_the_status_200_is_an_error() {
    let no = json!({"data": null, "error": true, "errorText": "Что-то пошло не так", "additionalErrors": null});
    let server = Server::start([ok(&no), ok(&no)]).await;
    let rows = server.client().fetch_reviews(&token(), false, None, 0).await.unwrap();
    let rejected = Error::Rejected { detail: "Что-то пошло не так".into() };
    assert_eq!(all(rows).await.unwrap_err(), rejected);
    assert_eq!(server.client().fetch_products(&token(), None).await.unwrap_err(), rejected);
}

#[tokio::test]
async fn every_status_is_a_choice_of_the_caller() {
    let problem = |status: u16, detail: &str| {
        let body = json!({"title": "t", "detail": detail, "code": "c", "requestId": "r-1", "origin": "ag-x", "status": status});
        (StatusCode::from_u16(status).unwrap(), axum::Json(body))
    };
    let unauthorized = error(problem(401, "token problem; token is malformed")).await;
    assert_eq!(
        unauthorized,
        Error::Unauthorized { detail: "401 Unauthorized: token problem; token is malformed (requestId r-1)".into() }
    );
    assert!(matches!(error(problem(402, "insufficient funds")).await, Error::PaymentRequired { .. }));
    assert!(matches!(error(problem(403, "base token is not allowed")).await, Error::AccessDenied { .. }));
    assert!(matches!(error(problem(404, "temporarily disabled")).await, Error::Gone { .. }));
    assert!(matches!(error(problem(410, "gone")).await, Error::Gone { .. }));
    assert!(matches!(error(problem(422, "bad id")).await, Error::Rejected { .. }));
    assert!(matches!(error(problem(503, "later")).await, Error::Unavailable { .. }));
    assert_eq!(
        error((StatusCode::BAD_REQUEST, r#"{"errors":["dateFrom: field required"]}"#)).await,
        Error::Rejected { detail: "400 Bad Request: dateFrom: field required".into() }
    );
    assert_eq!(
        error((StatusCode::BAD_REQUEST, "Request body can not be decoded")).await,
        Error::Rejected { detail: "400 Bad Request: Request body can not be decoded".into() }
    );
}

#[tokio::test]
async fn a_page_that_is_not_of_the_api_switches_nothing_off() {
    let page = "<!doctype html><title>Forbidden</title>";
    for status in [
        StatusCode::OK,
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::BAD_GATEWAY,
    ] {
        assert!(matches!(error((status, page)).await, Error::Unavailable { .. }), "{status}");
    }
    let elsewhere = (StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1:9/")]);
    assert!(matches!(error(elsewhere).await, Error::Unavailable { .. }));
}

#[tokio::test]
async fn a_429_names_the_wait() {
    let limited = StatusCode::TOO_MANY_REQUESTS;
    let wait = |seconds| Error::RateLimited { retry_after: Duration::from_secs(seconds) };
    let body = r#"{"title":"too many requests","detail":"limited by c122a060-a7fb-4bb4-abb0-32fd4e18d489"}"#;
    assert_eq!(error((limited, [("x-ratelimit-retry", "18236"), ("retry-after", "")], body)).await, wait(18_236));
    assert_eq!(error((limited, [("x-ratelimit-retry", "20"), ("retry-after", "60")], body)).await, wait(60));
    assert_eq!(error((limited, body)).await, wait(600));
    assert_eq!(error((limited, [("x-ratelimit-retry", "7")], "<html>slow down</html>")).await, wait(7));
}

#[tokio::test]
async fn after_a_failure_of_wb_the_same_request_succeeds() {
    let server = Server::start([StatusCode::INTERNAL_SERVER_ERROR.into_response(), ok(&json!([order(1)]))]).await;
    let client = server.client();
    let error = client.fetch_orders(&token(), since()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    let (chunks, _) = all(client.fetch_orders(&token(), since()).await.unwrap()).await.unwrap();
    assert_eq!(chunks.concat().len(), 1);
}

#[tokio::test]
async fn silence_ends_in_time() {
    let server = Server::start([]).await;
    let client = client(Config { request_timeout: IMPATIENCE, ..server.config() });
    assert_eq!(
        client.fetch_orders(&token(), since()).await.unwrap_err(),
        Error::Unavailable { detail: "no answer in time".into() }
    );
    assert!(matches!(client.ping(&token(), Host::Common).await, Err(Error::Unavailable { .. })));
}

#[tokio::test]
async fn a_body_that_pauses_is_given_up() {
    let server = Server::start([unfinished("[").into_response(), unfinished("{").into_response()]).await;
    let rows_client = client(Config { idle_timeout: IMPATIENCE, ..server.config() });
    let rows = rows_client.fetch_orders(&token(), since()).await.unwrap();
    assert_eq!(all(rows).await.unwrap_err(), Error::Unavailable { detail: "the answer paused for 50 ms".into() });
    let short_client = client(Config { request_timeout: IMPATIENCE, ..server.config() });
    assert!(matches!(short_client.fetch_seller_info(&token()).await, Err(Error::Unavailable { .. })));
}

#[tokio::test]
async fn a_429_is_told_even_when_its_body_never_ends() {
    let answer = (StatusCode::TOO_MANY_REQUESTS, [("x-ratelimit-retry", "7")], unfinished("{")).into_response();
    let server = Server::start([answer]).await;
    let client = client(Config { idle_timeout: IMPATIENCE, ..server.config() });
    let error = client.fetch_orders(&token(), since()).await.unwrap_err();
    assert_eq!(error, Error::RateLimited { retry_after: Duration::from_secs(7) });
}

#[tokio::test]
async fn a_machine_that_is_not_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = UrlTemplate::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = client(Config::new(url)).ping(&token(), Host::Common).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_after_its_good_chunks() {
    let rows: Vec<Value> = (0..Config::CHUNK_ROWS + 10).map(order).collect();
    let whole = json!(rows).to_string();
    let cut_json = Body::from(whole[..whole.len() - 30].to_owned());
    let broken_connection = Body::from_stream(stream::iter([
        Ok(Bytes::from(whole[..whole.len() - 1].to_owned())),
        Err(std::io::Error::other("the server dies")),
    ]));
    for body in [cut_json, broken_connection] {
        let server = Server::start([body.into_response()]).await;
        let mut rows = server.client().fetch_orders(&token(), since()).await.unwrap();
        assert_eq!(rows.next_chunk().await.unwrap().unwrap().len(), Config::CHUNK_ROWS);
        assert!(matches!(rows.next_chunk().await, Err(Error::Unavailable { .. })));
        assert!(matches!(rows.next_chunk().await, Err(Error::Unavailable { .. })));
    }
}

#[tokio::test]
async fn a_dropped_answer_is_read_no_further() {
    let (alive, ended) = oneshot::channel::<()>();
    let endless = stream::once(async move {
        let _alive = alive;
        std::future::pending::<Result<Bytes, Infallible>>().await
    });
    let body = stream::iter([Ok(Bytes::from_static(b"["))]).chain(endless);
    let server = Server::start([Body::from_stream(body).into_response()]).await;
    let rows = server.client().fetch_orders(&token(), since()).await.unwrap();
    drop(rows);
    // `alive` is dropped with the body, and the body when the client closes the connection: before
    // the idle timeout could have ended the reading.
    let is_alive = tokio::time::timeout(PATIENCE / 2, ended).await.unwrap();
    assert!(is_alive.is_err());
}

#[tokio::test]
async fn no_error_and_no_debug_text_contains_the_token() {
    let parts: Vec<&str> = TOKEN.split('.').collect();
    let echo = format!("header Authorization: Bearer {TOKEN} is bad; claims {} too", parts[1]);
    let answers = [
        (StatusCode::UNAUTHORIZED, json!({"detail": echo}).to_string()),
        (StatusCode::FORBIDDEN, json!({"errorText": "x", "additionalErrors": {"token": TOKEN}}).to_string()),
        (StatusCode::BAD_REQUEST, json!({"errors": [echo]}).to_string()),
        (StatusCode::NOT_FOUND, echo.clone()),
        (StatusCode::OK, json!({"error": true, "errorText": echo}).to_string()),
        (StatusCode::OK, format!("[{{\"srid\": {TOKEN}")),
    ];
    for answer in answers {
        let server = Server::start([answer.clone().into_response()]).await;
        let client = server.client();
        let error = client.fetch_products(&token(), None).await.unwrap_err();
        let error_of_rows = error_of_reviews(answer).await;
        for text in [
            error.to_string(),
            format!("{error:?}"),
            error_of_rows.to_string(),
            format!("{error_of_rows:?}"),
            format!("{client:?}"),
        ] {
            for secret in &parts {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
    let unsendable = SecretString::from("line\nbreak");
    let server = Server::start([]).await;
    let error = server.client().ping(&unsendable, Host::Common).await.unwrap_err();
    assert!(matches!(&error, Error::Unauthorized { .. }));
    assert!(!error.to_string().contains("line"));
}

async fn error_of_reviews(answer: impl IntoResponse) -> Error {
    let server = Server::start([answer.into_response()]).await;
    match server.client().fetch_reviews(&token(), false, None, 0).await {
        Ok(rows) => all(rows).await.unwrap_err(),
        Err(error) => error,
    }
}

/// The answer of an order's report with these bytes in place of `@`, between two good rows.
async fn orders_around(row: &[u8]) -> (Vec<Order>, usize, usize) {
    let (before, after) = (order(1).to_string(), order(3).to_string());
    let body = [b"[", before.as_bytes(), b",", row, b",", after.as_bytes(), b"]"].concat();
    let server = Server::start([Body::from(body).into_response()]).await;
    let mut rows = server.client().fetch_orders(&token(), since()).await.unwrap();
    let mut orders = Vec::new();
    while let Some(chunk) = rows.next_chunk().await.unwrap() {
        orders.extend(chunk);
    }
    (orders, rows.skipped(), rows.mended())
}

#[tokio::test]
async fn a_character_that_cannot_be_read_costs_itself() {
    let row = |article: &[u8]| {
        let row = order(2).to_string();
        let row = row.strip_suffix('}').unwrap().as_bytes();
        [row, b",\"supplierArticle\":\"", article, b"\"}"].concat()
    };
    for (article, read) in [
        (&b"tee\x921"[..], "tee\u{fffd}1"),
        (b"tee \xf0\x9f", "tee \u{fffd}"),
        (br"tee \ud83d", "tee \u{fffd}"),
        (b"tee\t1", "tee\u{fffd}1"),
        (br"tee\x1", "tee\u{fffd}x1"),
    ] {
        let (orders, skipped, mended) = orders_around(&row(article)).await;
        let articles: Vec<_> = orders.iter().map(|order| order.supplier_article.as_deref()).collect();
        assert_eq!((articles, skipped, mended), (vec![None, Some(read), None], 0, 1), "{read}");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_costs_itself() {
    let broken_key = order(2).to_string().replace("2.1.0", "2.\u{fffd}.0");
    let number = order(2).to_string().replace(r#""nmId":7"#, r#""nmId":NaN"#);
    for row in [&b"{\"srid\":}"[..], b"{,}", b"nothing", b"[[}]", broken_key.as_bytes(), number.as_bytes()] {
        let (orders, skipped, _) = orders_around(row).await;
        assert_eq!((orders.len(), skipped), (2, 1), "{}", String::from_utf8_lossy(row));
    }
}

#[tokio::test]
async fn the_review_with_half_an_emoji_keeps_its_words() {
    let review = r#"{"id":"r15","text":"плохо, порвалось \ud83d","productValuation":1,"createdDate":"2026-11-22T09:03:00Z",
        "productDetails":{"nmId":467400000,"productName":"x","supplierArticle":"tee-over-1"}}"#;
    let list = format!(
        r#"{{"data":{{"countUnanswered":1,"countArchive":0,"feedbacks":[{review}]}},"error":false,"errorText":"","additionalErrors":null}}"#
    );
    let one = format!(r#"{{"data":{review},"error":false,"errorText":"half \udc00","additionalErrors":null}}"#);
    let server = Server::start([Body::from(list).into_response(), Body::from(one).into_response()]).await;
    let mut rows = server.client().fetch_reviews(&token(), false, None, 0).await.unwrap();
    let read = rows.next_chunk().await.unwrap().unwrap();
    assert_eq!(read[0].text.as_deref(), Some("плохо, порвалось \u{fffd}"));
    let found = server.client().fetch_review(&token(), &ReviewId("r15".into())).await.unwrap().unwrap();
    assert_eq!(found.review.text, read[0].text);
}

#[tokio::test]
async fn a_card_that_cannot_be_read_leaves_the_others_and_the_cursor() {
    let page =
        br#"{"cards":[{"nmID":1,"updatedAt":"a"},{"nmID":"x"},{nmID},{"nmID":4,"updatedAt":"b","title":"\xd83d"}],
        "cursor":{"updatedAt":"b","nmID":4,"total":4}}"#;
    let server = Server::start([Body::from(&page[..]).into_response()]).await;
    let page = server.client().fetch_products(&token(), None).await.unwrap();
    assert_eq!(page.products.iter().map(|product| product.nm_id.0).collect::<Vec<_>>(), [1, 4]);
    assert_eq!((page.skipped, page.mended, page.is_last), (2, 1, true));
    assert_eq!(page.cursor.unwrap().nm_id, NmId(4));
}

#[tokio::test]
async fn nothing_is_an_empty_list_for_whoever_has_heard_it_before() {
    let nothings = || {
        [
            StatusCode::NO_CONTENT.into_response(),
            Body::from("").into_response(),
            Body::from("null").into_response(),
            Body::from(r#"{"data":null,"error":false}"#).into_response(),
        ]
    };
    let server = Server::start(nothings().into_iter().chain(nothings())).await;
    let (first, again) = (server.client(), server.client().for_one_reading(true));
    for _ in nothings() {
        let reading = async { all(first.fetch_reviews(&token(), false, None, 0).await?).await };
        assert_eq!(reading.await.unwrap_err(), Error::Nothing);
    }
    for _ in nothings() {
        let mut rows = again.fetch_reviews(&token(), false, None, 0).await.unwrap();
        assert_eq!(rows.next_chunk().await.unwrap(), None);
        assert!(rows.is_nothing());
    }
}

#[tokio::test]
async fn an_order_of_an_unknown_status_is_an_order() {
    let order = json!({ "srid": "1.0", "nmId": 7, "chrtId": 70, "createdAt": "2026-11-22T10:00:00+03:00",
        "updatedAt": "2026-11-22T10:00:00+03:00", "status": "sorting", "isMp": true });
    let feed = json!({ "data": { "snapshotTime": "2026-11-22T08:00:00Z", "currency": "RUB", "orders": [order] } });
    let server = Server::start([ok(&feed)]).await;
    let feed = server.client().fetch_order_feed(&token(), since(), None).await.unwrap();
    assert_eq!((feed.orders[0].status, feed.skipped), (FeedStatus::Unknown, 0));
}
