//! The client and the fake against WB's own specification, judged by a third party's validator.
//!
//! `WB_OPENAPI_DIR` names the folder of the official files, which are not ours to publish; `cargo
//! local test` finds them where they lie. Without it these tests say so and judge nothing.

#![allow(clippy::unwrap_used)]

mod spec;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use domain::ReviewId;
use secrecy::SecretString;
use serde_json::{Value, json};
use spec::Specification;
use testkit::clock::TestClock;
use testkit::wb::{Category, Exchange, FakeWb, Fault, Method, NewNews, NewQuestion, Shop, TokenSpec, TokenType};
use tokio::net::TcpListener;
use uuid::Uuid;
use wb::{Client, ClientSecret, Config, Error, Host, RemainsTask, Rows, UrlTemplate};

/// No word of WB's, because a token is masked in whatever is said.
const NOT_A_TOKEN: &str = "nobodys-key";

/// The official files, or the reason why nothing is judged.
fn specification() -> Option<Specification> {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
    let folder = std::env::var("WB_OPENAPI_DIR").ok().filter(|folder| !folder.is_empty());
    if folder.is_none() {
        eprintln!("skipped: WB_OPENAPI_DIR names no folder with WB's specification");
    }
    folder.map(|folder| {
        eprintln!("judged by the specification in {folder}");
        Specification::load(&PathBuf::from(folder))
    })
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 10, 0).unwrap()
}

fn client(config: Config) -> Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::new(config).unwrap()
}

fn verb(method: Method) -> &'static str {
    match method {
        Method::Stocks | Method::SellerStocks | Method::OrderFeed | Method::Cards | Method::FeedbackAnswer => "POST",
        _ => "GET",
    }
}

/// How many rows an answer has, and how many of them could not be read.
async fn count<T>(mut rows: Rows<T>) -> Result<(usize, usize), Error> {
    let mut read = 0;
    while let Some(chunk) = rows.next_chunk().await? {
        read += chunk.len();
    }
    Ok((read, rows.skipped() + rows.passed_over()))
}

/// What a test asks about.
struct About {
    task: RemainsTask,
    review: ReviewId,
}

/// Asks once, and reads all.
async fn ask(client: &Client, token: &str, method: Method, about: &About) -> Result<(usize, usize), Error> {
    let token = &SecretString::from(token);
    let since = now() - TimeDelta::days(20);
    match method {
        Method::Ping => client.ping(token, Host::Common).await.map(|()| (1, 0)),
        Method::SellerInfo => client.fetch_seller_info(token).await.map(|info| (usize::from(info.name.is_some()), 0)),
        Method::Orders => count(client.fetch_orders(token, since).await?).await,
        Method::Sales => count(client.fetch_sales(token, since).await?).await,
        Method::Stocks => count(client.fetch_stocks(token, 0).await?).await,
        Method::SellerStocks => count(client.fetch_seller_stocks(token, 0).await?).await,
        Method::OrderFeed => {
            let feed = client.fetch_order_feed(token, since, None).await?;
            Ok((feed.orders.len(), feed.skipped))
        }
        Method::RemainsCreate => client.create_remains_report(token).await.map(|_| (1, 0)),
        Method::RemainsStatus => client.fetch_remains_status(token, about.task).await.map(|_| (1, 0)),
        Method::RemainsDownload => match client.fetch_remains(token, about.task).await? {
            Some(rows) => count(rows).await,
            None => Ok((0, 0)),
        },
        Method::Cards => client.fetch_products(token, None).await.map(|page| (page.products.len(), page.skipped)),
        Method::Feedbacks => count(client.fetch_reviews(token, true, Some(since), 0).await?).await,
        Method::Feedback => client.fetch_review(token, &about.review).await.map(|found| (found.iter().count(), 0)),
        Method::FeedbackAnswer => client.answer_review(token, &about.review, "Спасибо!").await.map(|()| (1, 0)),
        Method::Questions => count(client.fetch_questions(token, false, Some(since), 0).await?).await,
        Method::News => client.fetch_news(token, since.date_naive()).await.map(|news| (news.len(), 0)),
    }
}

/// A server that gives every request the same answer.
async fn server_of(status: u16, body: Value) -> Config {
    let status = StatusCode::from_u16(status).unwrap();
    let app = Router::new().fallback(move || {
        let body = body.clone();
        async move {
            match body {
                Value::String(text) => (status, text).into_response(),
                body => (status, axum::Json(body)).into_response(),
            }
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = UrlTemplate::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Config::new(url)
}

fn nobody() -> About {
    About { task: RemainsTask(Uuid::nil()), review: ReviewId("nobodys".to_owned()) }
}

#[tokio::test]
async fn every_official_example_is_read_without_a_row_left_out() {
    let Some(specification) = specification() else { return };
    for method in Method::ALL {
        let examples = specification.examples(method, verb(method), |status| status == 200);
        assert!(method == Method::FeedbackAnswer || !examples.is_empty(), "{method:?} has no example");
        for (status, example) in examples {
            let client = client(server_of(status, example.clone()).await);
            let (rows, skipped) = ask(&client, NOT_A_TOKEN, method, &nobody()).await.unwrap();
            assert!(rows > 0 && skipped == 0, "{method:?}: {rows} rows, {skipped} left out of {example:#}");
        }
    }
}

#[tokio::test]
async fn every_official_error_is_a_choice_of_the_caller_and_keeps_wbs_words() {
    let Some(specification) = specification() else { return };
    let mut judged = BTreeMap::new();
    for method in Method::ALL {
        for (status, example) in specification.examples(method, verb(method), |status| status >= 400) {
            let client = client(server_of(status, example.clone()).await);
            let answer = ask(&client, NOT_A_TOKEN, method, &nobody()).await;
            *judged.entry(status).or_insert(0) += 1;
            let detail = match (status, answer) {
                // What WB does not know is no failure of the method.
                (404, Ok(_)) if [Method::RemainsStatus, Method::RemainsDownload].contains(&method) => continue,
                (422, Ok((0, 0))) if method == Method::Feedback => continue,
                (429, Err(Error::RateLimited { .. })) => continue,
                (400 | 422, Err(Error::Rejected { detail }))
                | (401, Err(Error::Unauthorized { detail }))
                | (402, Err(Error::PaymentRequired { detail }))
                | (403, Err(Error::AccessDenied { detail }))
                | (404, Err(Error::Gone { detail })) => detail,
                (status, answer) => panic!("{method:?} {status}: {answer:?}"),
            };
            let said = ["detail", "errorText", "errors"].into_iter().find_map(|field| match &example[field] {
                Value::String(text) => Some(text.clone()),
                Value::Array(texts) => texts.first()?.as_str().map(str::to_owned),
                _ => None,
            });
            let said = said.or_else(|| example.as_str().map(str::to_owned));
            let beginning: String = said.unwrap_or_default().chars().take(40).collect();
            assert!(detail.as_str().contains(beginning.trim()), "{method:?} {status}: {detail}: {example}");
        }
    }
    eprintln!("official errors by status: {judged:?}");
    assert!([400, 401, 402, 403, 404, 422, 429].iter().all(|status| judged.contains_key(status)), "{judged:?}");
}

/// A fake with a shop that has something of everything.
struct Stage {
    wb: FakeWb,
    clock: TestClock,
    seller: Uuid,
    about: About,
}

async fn stage() -> Stage {
    let clock = TestClock::manual(now());
    let wb = FakeWb::start(SocketAddr::from(([127, 0, 0, 1], 0)), clock.clone()).await.unwrap();
    let mut shop = Shop::sample(7, 14, 120, 60, now());
    let nm_id = shop.products()[1].nm_id;
    shop.set_own_stock(nm_id, None, 5).unwrap();
    for text in ["Какой размер?", "Когда поступит?"] {
        shop.ask(&NewQuestion { text: text.to_owned(), ..NewQuestion::default() }, now()).unwrap();
    }
    shop.refresh_reports();
    let review = ReviewId(shop.reviews()[0].id.clone());
    let seller = wb.add_shop(shop).unwrap();
    wb.publish(NewNews {
        header: "Лента заказов".to_owned(), content: "…".to_owned(), is_about_api: true
    });
    wb.keep_exchanges();
    Stage { wb, clock, seller, about: About { task: RemainsTask(Uuid::nil()), review } }
}

impl Stage {
    fn client(&self) -> Client {
        client(Config::new(UrlTemplate::parse(&self.wb.url_template()).unwrap()))
    }

    fn token(&self, token_type: TokenType, categories: &[Category]) -> String {
        self.wb.issue_token(&TokenSpec { categories, ..TokenSpec::of(self.seller, token_type) }).unwrap()
    }

    /// Asks every method once, with full buckets.
    async fn ask_all(&self, client: &Client, token: &str) -> Vec<(Method, Result<(usize, usize), Error>)> {
        self.wb.refill();
        let mut answers = Vec::new();
        for method in Method::ALL {
            answers.push((method, ask(client, token, method, &self.about).await));
        }
        answers
    }

    /// Makes a report and waits until it is done.
    async fn make_report(&mut self, client: &Client, token: &str) {
        let token = SecretString::from(token);
        self.about.task = client.create_remains_report(&token).await.unwrap();
        self.clock.advance(TimeDelta::minutes(5));
    }
}

/// Judges what went over the wire; the requests only if they are the client's own.
fn judge(specification: &Specification, exchanges: &[Exchange], is_own: bool) -> BTreeSet<(String, u16, bool)> {
    let mut judged = BTreeSet::new();
    let mut wrong = Vec::new();
    for exchange in exchanges {
        let name = format!("{} {}", exchange.verb, exchange.method.path());
        let of_request = if is_own { specification.judge_request(exchange) } else { Vec::new() };
        let (of_answer, is_official) = specification.judge_answer(exchange);
        wrong.extend(of_request.iter().map(|error| format!("{name}?{}: {error}", exchange.query)));
        wrong.extend(of_answer.iter().map(|error| format!("{name}: {}: {error}", exchange.status)));
        judged.insert((name, exchange.status, is_official));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    judged
}

#[tokio::test]
async fn every_request_of_ours_and_every_answer_of_the_fake_is_as_the_specification_says() {
    let Some(specification) = specification() else { return };
    let mut stage = stage().await;
    let plain = stage.client();
    let personal = stage.token(TokenType::Personal, &Category::ALL);
    stage.make_report(&plain, &personal).await;
    for (method, answer) in stage.ask_all(&plain, &personal).await {
        let (rows, skipped) = answer.unwrap();
        assert!(rows > 0 && skipped == 0, "{method:?}: {rows} rows, {skipped} left out");
    }
    // Later pages, and the same without masks.
    stage.wb.set_masking(false);
    stage.ask_all(&plain, &personal).await;
    let token = SecretString::from(personal.as_str());
    let cursor = plain.fetch_products(&token, None).await.unwrap().cursor;
    plain.fetch_products(&token, cursor.as_ref()).await.unwrap();
    // Twice as often as is allowed, refused in every way, switched off, without money.
    for method in Method::ALL {
        for _ in 0..12 {
            if ask(&plain, &personal, method, &stage.about).await.is_err() {
                break;
            }
        }
    }
    let nothing = stage.token(TokenType::Personal, &[]);
    let base = stage.token(TokenType::Base, &Category::ALL);
    for token in [NOT_A_TOKEN, &nothing, &base] {
        stage.ask_all(&plain, token).await;
    }
    stage.wb.set_client_secret(ClientSecret::HEADER, "s3cret");
    let secret = ClientSecret::new(ClientSecret::HEADER, SecretString::from("s3cret")).unwrap();
    let url = UrlTemplate::parse(&stage.wb.url_template()).unwrap();
    let of_service = client(Config { client_secret: Some(secret), ..Config::new(url) });
    stage.ask_all(&of_service, &base).await;
    for fault in [Fault::PaymentRequired, Fault::Disabled, Fault::Gone] {
        Method::ALL.into_iter().for_each(|method| stage.wb.break_next(method, fault));
        stage.ask_all(&plain, &personal).await;
    }
    for method in [Method::Cards, Method::Feedbacks, Method::Questions, Method::Stocks, Method::OrderFeed] {
        stage.wb.refill();
        stage.wb.break_next(method, Fault::AccessDenied);
        ask(&plain, &personal, method, &stage.about).await.unwrap_err();
    }
    // Unknown to WB, and without a row.
    stage.wb.refill();
    for method in [Method::RemainsStatus, Method::RemainsDownload, Method::Feedback] {
        ask(&plain, &personal, method, &nobody()).await.unwrap();
    }
    let empty = |shop: &mut Shop, _| {
        *shop = Shop::new(shop.seller.clone());
        Ok(())
    };
    stage.wb.shop(stage.seller, empty).unwrap();
    stage.make_report(&plain, &personal).await;
    stage.ask_all(&plain, &personal).await;

    let judged = judge(&specification, &stage.wb.take_exchanges(), true);
    let methods: BTreeSet<_> = judged.iter().map(|(name, ..)| name.as_str()).collect();
    let official = judged.iter().filter(|(.., is_official)| *is_official).count();
    eprintln!("{} methods, {} kinds of answers, {official} of them official", methods.len(), judged.len());
    assert_eq!(methods.len(), Method::ALL.len());
    for status in [200, 204, 401, 402, 403, 404, 410, 422, 429] {
        assert!(judged.iter().any(|(_, seen, _)| *seen == status), "{status} was never seen");
    }
}

#[tokio::test]
async fn every_refusal_of_a_bad_request_has_a_shape_of_the_specification() {
    let Some(specification) = specification() else { return };
    let stage = stage().await;
    stage.client();
    let token = stage.token(TokenType::Personal, &Category::ALL);
    let http = reqwest::Client::new();
    for method in Method::ALL {
        for body in [r#"{"surprise":1}"#, "no JSON"] {
            stage.wb.refill();
            let path = method.path().replace("{task_id}", "x");
            let url = format!("{}{path}", stage.wb.url());
            let request = match verb(method) {
                "POST" => http.post(url).header("content-type", "application/json").body(body),
                _ => http.get(format!("{url}?surprise=1")),
            };
            let answer = request.header("authorization", &token).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{method:?}");
        }
    }
    let judged = judge(&specification, &stage.wb.take_exchanges(), false);
    assert_eq!(judged.len(), Method::ALL.len());
}

#[tokio::test]
async fn the_judge_finds_what_is_wrong() {
    let Some(specification) = specification() else { return };
    let stage = stage().await;
    let token = stage.token(TokenType::Personal, &Category::ALL);
    for method in [Method::OrderFeed, Method::Feedbacks, Method::SellerStocks] {
        ask(&stage.client(), &token, method, &stage.about).await.unwrap();
    }
    let [feed, feedbacks, stocks] = stage.wb.take_exchanges().try_into().unwrap();
    let with_answer = |exchange: &Exchange, spoil: fn(&mut Value)| {
        let mut body: Value = serde_json::from_slice(&exchange.answer_body).unwrap();
        spoil(&mut body);
        let spoilt = Exchange { answer_body: body.to_string().into_bytes(), ..exchange.clone() };
        specification.judge_answer(&spoilt).0
    };
    assert!(with_answer(&feed, |_| ()).is_empty());
    for spoil in [
        (|body: &mut Value| body["data"]["orders"][0]["status"] = json!("teleported")) as fn(&mut Value),
        |body| body["data"]["orders"][0]["nmId"] = json!("7"),
        |body| body["data"]["orders"][0]["createdAt"] = json!("yesterday"),
        |body| body["data"]["orders"][0]["surprise"] = json!(1),
        |body| drop(body["data"].as_object_mut().unwrap().remove("snapshotTime")),
        |body| *body = json!([]),
    ] {
        assert!(!with_answer(&feed, spoil).is_empty());
    }
    assert!(!with_answer(&feedbacks, |body| body["data"]["feedbacks"][0]["text"] = Value::Null).is_empty());
    assert!(with_answer(&feedbacks, |body| body["data"]["feedbacks"][0]["video"] = Value::Null).is_empty());
    assert!(!with_answer(&stocks, |body| body["data"]["items"][0]["quantity"] = json!(-1)).is_empty());
    let request = |exchange: Exchange| specification.judge_request(&exchange);
    let with_body = |body: Value| request(Exchange { request_body: body.to_string().into_bytes(), ..feed.clone() });
    assert!(!with_body(json!({})).is_empty());
    assert!(
        !with_body(json!({"selectedPeriod": {"start": "2026-11-22T00:00:00Z"}, "pagination": {"limit": 10_001}}))
            .is_empty()
    );
    for query in ["take=1&skip=0", "isAnswered=maybe&take=1&skip=0", "isAnswered=true&take=1&skip=0&surprise=1"] {
        assert!(!request(Exchange { query: query.to_owned(), ..feedbacks.clone() }).is_empty(), "{query}");
    }
    let elsewhere = Exchange { host: testkit::wb::Host::Content, ..feedbacks.clone() };
    assert!(!request(elsewhere).is_empty());
}
