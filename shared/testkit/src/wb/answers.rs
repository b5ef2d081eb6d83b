//! Answers, above all the many forms in which WB says no (facts §4).

use axum::http::StatusCode;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::limits::Refusal;
use super::method::Host;
use crate::dice::Dice;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// The text of a method that WB switched off for a while.
const DISABLED: &str = "This method is temporarily disabled. Link: https://dev.wildberries.ru/release-notes?id=570";

/// What goes out.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Body,
    pub(super) headers: Vec<(&'static str, String)>,
}

pub(super) enum Body {
    Json(Value),
    Text(String),
    Nothing,
}

impl Answer {
    pub(super) fn json(value: Value) -> Self {
        Self::new(StatusCode::OK, JSON, Body::Json(value))
    }

    /// 200 of the feedbacks host.
    pub(super) fn enveloped(data: &Value) -> Self {
        Self::json(json!({"data": data, "error": false, "errorText": "", "additionalErrors": null}))
    }

    /// 204, which WB's stocks answer when there is no row.
    pub(super) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, JSON, Body::Nothing)
    }

    /// A 200 without a word.
    pub(super) fn empty() -> Self {
        Self::new(StatusCode::OK, JSON, Body::Nothing)
    }

    /// A page of some machine before WB's services.
    pub(super) fn html(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Error");
        let text = format!("<html><head><title>{status}</title></head><body><h1>{reason}</h1></body></html>\n");
        Self::new(status, "text/html", Body::Text(text))
    }

    /// 400 of the statistics host: an array when a parameter is missing, a string when it is bad.
    pub(super) fn bad_statistics(errors: &Value) -> Self {
        Self::new(StatusCode::BAD_REQUEST, JSON, Body::Json(json!({"errors": errors})))
    }

    /// 400 of the content host.
    pub(super) fn bad_content(error_text: &str) -> Self {
        let body = json!({"data": null, "error": true, "errorText": error_text, "additionalErrors": {}});
        Self::new(StatusCode::BAD_REQUEST, JSON, Body::Json(body))
    }

    /// 400 of the content host for a body that is no JSON or has unknown fields: bare text of a
    /// type that does not exist.
    pub(super) fn undecodable_content() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "plain/text", Body::Text("Request body can not be decoded".to_owned()))
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<i64>) -> Self {
        self.headers.push((name, value.into().to_string()));
        self
    }

    fn new(status: StatusCode, content_type: &'static str, body: Body) -> Self {
        Self { status, content_type, body, headers: Vec::new() }
    }
}

/// What every answer of one request has in common.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) now: DateTime<Utc>,
    /// Unique; support would ask for it.
    pub(super) id: String,
    /// The name of WB's gateway for this host, on which nobody may rely.
    pub(super) origin: &'static str,
}

impl Request {
    pub(super) fn new(number: u64, origin: &'static str, now: DateTime<Utc>) -> Self {
        Self { now, id: format!("{:032x}", u128::from_be_bytes(Dice::new(number).bytes())), origin }
    }

    /// 401 of the gateway.
    pub(super) fn unauthorized(&self, detail: &str) -> Answer {
        self.problem(StatusCode::UNAUTHORIZED, "unauthorized", detail, "07e4668e--a53a3d31f8b0")
    }

    /// 403 for a token without the method's category.
    pub(super) fn wrong_category(&self) -> Answer {
        self.problem(
            StatusCode::FORBIDDEN,
            "forbidden",
            "scope is not allowed for this resource",
            "scope is not allowed for this resource",
        )
    }

    /// 403 for a type of token that may not use the method.
    pub(super) fn wrong_token_type(&self) -> Answer {
        self.problem(
            StatusCode::FORBIDDEN,
            "forbidden",
            "token does not satisfy additional requirements",
            "base token is not allowed for this path",
        )
    }

    /// 404 for an address that this host does not have.
    pub(super) fn unknown_path(&self) -> Answer {
        let detail = "Please consult the https://dev.wildberries.ru/openapi/api-information";
        self.problem(StatusCode::NOT_FOUND, "path not found", detail, "07e4668e--a53a3d31f8b0")
    }

    /// 404 of a method that is switched off for now.
    pub(super) fn disabled(&self) -> Answer {
        self.problem(StatusCode::NOT_FOUND, "not found", DISABLED, "07e4668e--a53a3d31f8b0")
    }

    /// 410 of a method that is gone for good.
    pub(super) fn gone(&self) -> Answer {
        let detail = "This method is no longer available. Link: https://dev.wildberries.ru/release-notes?id=494";
        self.problem(StatusCode::GONE, "gone", detail, "07e4668e--a53a3d31f8b0")
    }

    /// 402 for a service of the catalogue without money.
    pub(super) fn payment_required(&self) -> Answer {
        let detail = "wb solution for business has insufficient funds";
        self.problem(StatusCode::PAYMENT_REQUIRED, "payment required", detail, "07e4668e--a53a3d31f8b0")
    }

    /// 403 for a token that may only read.
    pub(super) fn read_only(&self) -> Answer {
        let detail = "read-only token scope not allowed for this route";
        self.problem(StatusCode::FORBIDDEN, "forbidden", detail, "read-only token scope not allowed")
    }

    /// 403 in the shape of the host's own service, behind the gateway.
    pub(super) fn denied_by_service(&self, host: Host) -> Answer {
        let body = match host {
            Host::Content => {
                json!({"data": null, "error": true, "errorText": "Access denied", "additionalErrors": "Access denied"})
            }
            Host::Feedbacks => json!({
                "data": null,
                "error": true,
                "errorText": "Access denied",
                "additionalErrors": null,
                "requestId": self.id,
            }),
            Host::Statistics | Host::SellerAnalytics | Host::Common => json!({
                "title": "Authorization error",
                "detail": "Authorization error",
                "requestId": self.id,
                "origin": self.origin,
            }),
        };
        Answer::new(StatusCode::FORBIDDEN, JSON, Body::Json(body))
    }

    /// 200 that calls itself an error.
    pub(super) fn says_error(&self) -> Answer {
        let body = json!({
            "data": null,
            "error": true,
            "errorText": "Что-то пошло не так",
            "additionalErrors": ["try later"],
            "requestId": self.id,
        });
        Answer::json(body)
    }

    /// 400 of the reports that are made by tasks.
    pub(super) fn bad_report(&self, detail: &str) -> Answer {
        Answer::new(StatusCode::BAD_REQUEST, JSON, Body::Json(self.report_error("Bad Request", detail)))
    }

    /// 404 of the same, for a task that is not known or has made nothing.
    pub(super) fn unknown_report(&self) -> Answer {
        Answer::new(StatusCode::NOT_FOUND, PROBLEM, Body::Json(self.report_error("Not Found", "not found")))
    }

    fn report_error(&self, title: &str, detail: &str) -> Value {
        json!({"title": title, "detail": detail, "requestId": self.id, "origin": "api-statistics"})
    }

    /// 422 of a review that is not known.
    pub(super) fn unknown_feedback(&self) -> Answer {
        let body = json!({
            "data": null,
            "error": true,
            "errorText": "Не удалось получить отзыв по ID",
            "additionalErrors": null,
            "requestId": self.id,
        });
        Answer::new(StatusCode::UNPROCESSABLE_ENTITY, JSON, Body::Json(body))
    }

    /// 400 of the answers to reviews.
    pub(super) fn bad_answer(&self, detail: &str) -> Answer {
        let body = json!({"title": "bad request", "detail": detail, "requestId": self.id, "origin": "fbapi"});
        Answer::new(StatusCode::BAD_REQUEST, JSON, Body::Json(body))
    }

    /// 413 for a body that no method takes.
    pub(super) fn too_large(&self) -> Answer {
        let detail = "request body is too large";
        self.problem(StatusCode::PAYLOAD_TOO_LARGE, "request entity too large", detail, "07e4668e--a53a3d31f8b0")
    }

    /// 429 with its headers. Of `Retry-After` there is no trace, as at WB.
    pub(super) fn too_many_requests(&self, refusal: Refusal) -> Answer {
        let detail = "limited by c122a060-a7fb-4bb4-abb0-32fd4e18d489";
        self.problem(StatusCode::TOO_MANY_REQUESTS, "too many requests", detail, "07e4668e-ac2242c5c8c5")
            .with_header("X-Ratelimit-Remaining", 0)
            .with_header("X-Ratelimit-Retry", refusal.retry_seconds)
            .with_header("X-Ratelimit-Limit", refusal.limit)
            .with_header("X-Ratelimit-Reset", refusal.reset_seconds)
    }

    /// 400 of the analytics host (and of the common one, for which none is documented).
    pub(super) fn bad_analytics(&self, detail: &str) -> Answer {
        let body = json!({
            "title": "Invalid request body",
            "detail": format!("code=400, message=invalid: {detail}, internal=invalid: {detail}"),
            "requestId": self.id,
            "origin": self.origin,
        });
        Answer::new(StatusCode::BAD_REQUEST, JSON, Body::Json(body))
    }

    /// 400 of the feedbacks host.
    pub(super) fn bad_feedbacks(&self, additional_error: &str) -> Answer {
        let body = json!({
            "data": null,
            "error": true,
            "errorText": "Something went wrong",
            "additionalErrors": [additional_error],
            "requestId": self.id,
        });
        Answer::new(StatusCode::BAD_REQUEST, JSON, Body::Json(body))
    }

    fn problem(&self, status: StatusCode, title: &str, detail: &str, code: &str) -> Answer {
        let body = json!({
            "title": title,
            "detail": detail,
            "code": code,
            "requestId": self.id,
            "origin": self.origin,
            "status": status.as_u16(),
            "statusText": status.canonical_reason(),
            "timestamp": self.now.to_rfc3339_opts(SecondsFormat::Secs, true),
        });
        Answer::new(status, PROBLEM, Body::Json(body))
    }
}
