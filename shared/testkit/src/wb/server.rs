//! From a request to an answer: address, token, limit, fault, method.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body as HttpBody, Bytes, to_bytes};
use axum::extract;
use axum::http::request::Parts;
use axum::http::{Response, header};
use axum::routing::get;
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answers::{Answer, Body, Request};
use super::faults::{Fault, Faults, Gate};
use super::limits::{Buckets, Caller, Verdict};
use super::methods::{Asked, Host, Method};
use super::news::News;
use super::shop::Shop;
use super::token::{TokenSpec, TokenType, Tokens};
use super::{control, pictures};
use crate::clock::TestClock;

/// No request of these methods comes near: 1,000 articles are 10 kB.
pub(super) const BODY_LIMIT_BYTES: usize = 1_000_000;

/// The record keeps so many requests: more than any test makes, and `cargo local` may run for weeks.
const REQUESTS_KEPT: usize = 100_000;

/// The status of a method that is gone for good.
const GONE: u16 = 410;
/// The status of one that is switched off for a while.
const DISABLED: u16 = 404;

/// WB's "conditional" limit of rows in one answer of orders or sales.
const ORDERS_CAP: usize = 80_000;

/// So often the status of a report is asked before it is done.
const REMAINS_CALLS: u32 = 2;

/// One request as it was answered.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    /// The host; `None` when the address is none of ours.
    pub host: Option<Host>,
    /// The method; `None` when the address is none of ours.
    pub method: Option<Method>,
    /// The path.
    pub path: String,
    /// The query.
    pub query: String,
    /// From when on it asked for changes; `None` when it asked for everything.
    pub since: Option<DateTime<Utc>>,
    /// The report of remains that it made, or downloads.
    pub report: Option<Uuid>,
    /// Whose token it was; `None` when it was refused.
    pub seller: Option<Uuid>,
    /// When it came.
    pub at: DateTime<Utc>,
    /// The status of the answer.
    pub status: u16,
    /// How many bytes of the answer's body were sent.
    pub bytes_sent: usize,
    /// It came before WB allowed it.
    pub violation: bool,
    /// The fault that spoiled the answer.
    pub fault: Option<Fault>,
}

/// A request and its answer, word for word, for a judge of both.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `GET`, `POST`.
    pub verb: String,
    /// The host that was asked.
    pub host: Host,
    /// The method that it was for.
    pub method: Method,
    /// The path, without a host in front.
    pub path: String,
    /// The query.
    pub query: String,
    /// The type of the request's body.
    pub request_type: Option<String>,
    /// The request's body.
    pub request_body: Vec<u8>,
    /// The status of the answer.
    pub status: u16,
    /// The type of the answer's body.
    pub answer_type: &'static str,
    /// The answer's body, as a whole.
    pub answer_body: Vec<u8>,
}

/// What outlives a restart.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) shops: Vec<Shop>,
    pub(super) tokens: Tokens,
    pub(super) buckets: Buckets,
    #[serde(default)]
    pub(super) news: Vec<News>,
    /// The methods that WB switched off, with the status that they answer.
    #[serde(default)]
    pub(super) shut: Vec<(Method, u16)>,
    /// The name of the header that carries a service's secret, and the secret.
    #[serde(default)]
    pub(super) client_secret: Option<(String, String)>,
}

impl State {
    /// The shop of a seller, or the first one.
    pub(super) fn shop(&mut self, seller: Option<Uuid>) -> anyhow::Result<&mut Shop> {
        match seller {
            Some(seller) => {
                let shop = self.shops.iter_mut().find(|shop| shop.seller.id == seller);
                shop.with_context(|| format!("seller {seller} has no shop"))
            }
            None => self.shops.first_mut().context("there is no shop"),
        }
    }

    pub(super) fn switch_off(&mut self, method: Method, for_good: bool) {
        self.switch_on(method);
        self.shut.push((method, if for_good { GONE } else { DISABLED }));
    }

    pub(super) fn switch_on(&mut self, method: Method) {
        self.shut.retain(|(shut, _)| *shut != method);
    }

    pub(super) fn issue_token(&mut self, spec: &TokenSpec<'_>, now: DateTime<Utc>) -> anyhow::Result<String> {
        let oid = self.shop(Some(spec.seller))?.seller.oid;
        Ok(self.tokens.issue(spec, oid, now))
    }
}

/// All that changes.
pub(super) struct World {
    pub(super) state: State,
    pub(super) faults: Faults,
    pub(super) requests: VecDeque<RequestRecord>,
    pub(super) orders_cap: usize,
    pub(super) picture_base: Option<String>,
    pub(super) is_masked: bool,
    pub(super) remains_calls: u32,
    /// How long every answer takes.
    pub(super) latency: Duration,
    /// What went over the wire, if it is to be kept.
    pub(super) exchanges: Option<Vec<Exchange>>,
    numbered: u64,
}

/// What the handles and the server share.
pub(super) struct Shared {
    pub(super) clock: TestClock,
    pub(super) gate: Gate,
    world: Mutex<World>,
}

impl Shared {
    pub(super) fn new(clock: TestClock, state: State) -> Self {
        let world = World {
            state,
            faults: Faults::default(),
            requests: VecDeque::new(),
            orders_cap: ORDERS_CAP,
            picture_base: None,
            is_masked: true,
            remains_calls: REMAINS_CALLS,
            latency: Duration::ZERO,
            exchanges: None,
            numbered: 0,
        };
        Self { clock, gate: Gate::new(), world: Mutex::new(world) }
    }

    /// The world, for a moment that must not hold an `await`.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A test whose closure panicked has failed already; the others shall say their own reason.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/control", control::routes())
        .route("/images/{nm_id}/{file}", get(pictures::serve))
        .fallback(serve)
        .with_state(shared)
}

async fn serve(extract::State(shared): extract::State<Arc<Shared>>, request: extract::Request) -> Response<HttpBody> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT_BYTES).await.ok();
    let outgoing = shared.world().receive(&parts, body.as_deref(), shared.clock.now());
    let latency = shared.world().latency;
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if outgoing.fault == Some(Fault::Slow) {
        shared.gate.pass().await;
    }
    outgoing.into_response()
}

/// An answer that was decided and recorded.
struct Outgoing {
    answer: Answer,
    body: Bytes,
    fault: Option<Fault>,
}

impl Outgoing {
    fn new(answer: Answer, fault: Option<Fault>) -> Self {
        let body = match &answer.body {
            Body::Json(value) => Bytes::from(value.to_string()),
            Body::Text(text) => Bytes::from(text.clone()),
            Body::Nothing => Bytes::new(),
        };
        Self { answer, body, fault }
    }

    /// What of the body is sent.
    fn sent(&self) -> Bytes {
        match self.fault {
            Some(Fault::CutOff) => self.body.slice(..self.body.len() / 2),
            _ => self.body.clone(),
        }
    }

    fn into_response(self) -> Response<HttpBody> {
        let sent = self.sent();
        let body = if self.fault == Some(Fault::CutOff) {
            // The pause lets what there is go out before the connection breaks.
            let broken = stream::once(async {
                tokio::task::yield_now().await;
                Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
            });
            HttpBody::from_stream(stream::iter([Ok(sent)]).chain(broken))
        } else {
            HttpBody::from(sent)
        };
        let mut response = Response::builder().status(self.answer.status);
        if !self.body.is_empty() {
            // The whole length, also when the body is cut off: that is how a client notices.
            response = response.header(header::CONTENT_LENGTH, self.body.len());
            response = response.header(header::CONTENT_TYPE, self.answer.content_type);
        }
        for (name, value) in self.answer.headers {
            response = response.header(name, value);
        }
        response.body(body).expect("names and values of headers are ASCII, written in this module")
    }
}

/// What a request turned out to be, as far as it got.
#[derive(Default)]
struct Recognised {
    at: Option<(Host, Method)>,
    seller: Option<Uuid>,
    violation: bool,
    fault: Option<Fault>,
}

impl World {
    fn receive(&mut self, parts: &Parts, body: Option<&[u8]>, now: DateTime<Utc>) -> Outgoing {
        self.numbered += 1;
        let mut recognised = Recognised::default();
        let answer = self.answer(parts, body, now, &mut recognised);
        let outgoing = Outgoing::new(answer, recognised.fault);
        if let (Some(exchanges), Some((host, method))) = (&mut self.exchanges, recognised.at) {
            let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            exchanges.push(Exchange {
                verb: parts.method.to_string(),
                host,
                method,
                path: Host::split(parts.uri.path()).1.to_owned(),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                request_type: content_type.map(str::to_owned),
                request_body: body.unwrap_or_default().to_vec(),
                status: outgoing.answer.status.as_u16(),
                answer_type: outgoing.answer.content_type,
                answer_body: outgoing.body.to_vec(),
            });
        }
        if self.requests.len() == REQUESTS_KEPT {
            self.requests.pop_front();
        }
        self.requests.push_back(RequestRecord {
            host: recognised.at.map(|(host, _)| host),
            method: recognised.at.map(|(_, method)| method),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            since: recognised.at.and_then(|(_, method)| {
                super::methods::asked_since(method, parts.uri.query().unwrap_or_default(), body.unwrap_or_default())
            }),
            report: recognised.at.and_then(|(_, method)| match method {
                Method::RemainsCreate => {
                    let made: serde_json::Value = serde_json::from_slice(&outgoing.body).ok()?;
                    Uuid::try_parse(made["data"]["taskId"].as_str()?).ok()
                }
                Method::RemainsDownload => parts.uri.path().split('/').find_map(|part| Uuid::try_parse(part).ok()),
                _ => None,
            }),
            seller: recognised.seller,
            at: now,
            status: outgoing.answer.status.as_u16(),
            bytes_sent: outgoing.sent().len(),
            violation: recognised.violation,
            fault: recognised.fault,
        });
        outgoing
    }

    /// The order of the checks is the one of WB's gateway: address, token, category, limit, and
    /// only then the method looks at the parameters.
    fn answer(
        &mut self,
        parts: &Parts,
        body: Option<&[u8]>,
        now: DateTime<Utc>,
        recognised: &mut Recognised,
    ) -> Answer {
        let (prefix, path) = Host::split(parts.uri.path());
        recognised.at = Method::find(prefix, &parts.method, path);
        let origin = recognised.at.map(|(host, _)| host).or(prefix).unwrap_or(Host::Common).origin();
        let request = Request::new(self.numbered, origin, now);
        let Some((host, method)) = recognised.at else {
            return request.unknown_path();
        };

        let authorization = parts.headers.get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes);
        let token = match self.state.tokens.judge(authorization, now) {
            Ok(token) => token.clone(),
            Err(detail) => return request.unauthorized(&detail),
        };
        recognised.seller = Some(token.seller);
        if token.token_type == TokenType::Test {
            return request.wrong_token_type();
        }
        if host.category().is_some_and(|category| token.is_closed_to(category)) {
            return request.unauthorized("token scope not allowed");
        }
        if host.category().is_some_and(|category| !token.has(category)) {
            return request.wrong_category();
        }
        let has_secret = self.state.client_secret.as_ref().is_some_and(|(name, secret)| {
            parts.headers.get(name.as_str()).is_some_and(|sent| sent.as_bytes() == secret.as_bytes())
        });
        if token.token_type == TokenType::Base && method.refuses_base(has_secret) {
            return request.wrong_token_type();
        }
        if token.read_only && method == Method::FeedbackAnswer {
            return request.read_only();
        }
        match self.state.shut.iter().find(|(shut, _)| *shut == method) {
            Some((_, GONE)) => return request.gone(),
            Some(_) => return request.disabled(),
            None => {}
        }

        let caller = Caller { seller: token.seller, token_type: token.token_type, has_secret, host, method };
        let remaining = match self.state.buckets.take(caller, now) {
            Verdict::Granted { remaining } => remaining,
            Verdict::Refused(refusal) => {
                recognised.violation = true;
                return request.too_many_requests(refusal);
            }
        };
        recognised.fault = self.faults.next(method);
        if let Some(Fault::RateLimited(seconds)) = recognised.fault {
            return request.too_many_requests(self.state.buckets.close(caller, now, seconds));
        }

        let Some(body) = body else {
            return request.too_large();
        };
        let news = if method == Method::News { self.state.news.clone() } else { Vec::new() };
        // A token is only issued for a shop, and a shop is never closed.
        let Ok(shop) = self.state.shop(Some(token.seller)) else {
            return request.unauthorized("token withdrawn");
        };
        shop.renew(now);
        let asked = Asked {
            request: &request,
            path_parameter: method.path_parameter(path),
            query: parts.uri.query().unwrap_or_default(),
            content_type: parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()),
            body,
            picture_base: self.picture_base.as_deref(),
            orders_cap: self.orders_cap,
            is_masked: self.is_masked,
            remains_calls: self.remains_calls,
            news: &news,
            gives_first_page: recognised.fault == Some(Fault::FirstPage),
        };
        let answer = method.answer(&asked, shop);
        let answer = recognised.fault.into_iter().fold(answer, |answer, fault| fault.spoil(answer, method, &request));
        answer.with_header("X-Ratelimit-Remaining", remaining)
    }
}
