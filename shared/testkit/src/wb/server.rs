//! From a request to an answer: address, token, limit, fault, method.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body as HttpBody, Bytes, to_bytes};
use axum::extract;
use axum::http::request::Parts;
use axum::http::{Response, header};
use axum::routing::get;
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, stream};
use uuid::Uuid;

use super::answers::{Answer, Body, Request};
use super::asked::Asked;
use super::faults::Fault;
use super::limits::{Caller, Passage};
use super::method::{Host, Method};
use super::shared::{BODY_LIMIT_BYTES, Exchange, GONE, RequestRecord, Shared, World};
use super::token::TokenType;
use super::{control, methods, pictures};

/// The record keeps so many requests: more than any test makes, and `cargo local` may run for weeks.
const REQUESTS_KEPT: usize = 100_000;

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
                methods::asked_since(method, parts.uri.query().unwrap_or_default(), body.unwrap_or_default())
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
            Passage::Granted { remaining } => remaining,
            Passage::Refused(refusal) => {
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
        let answer = methods::answer(method, &asked, shop);
        let answer = recognised.fault.into_iter().fold(answer, |answer, fault| fault.spoil(answer, method, &request));
        answer.with_header("X-Ratelimit-Remaining", remaining)
    }
}
