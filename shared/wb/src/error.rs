//! What may go wrong, named by what the caller can do about it.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::token;

/// How long to wait when WB does not say: its limiter over all methods of a seller holds for up to
/// ten minutes.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(10 * 60);
/// WB's longest limit gives one request in 24 hours; a longer wait is a moment misread as a duration.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(48 * 60 * 60);
/// A wait of zero would be a loop.
pub(crate) const MIN_RETRY_AFTER: Duration = Duration::from_secs(1);
/// WB's error bodies have some hundred bytes; a proxy's page is not read to its end.
const ERROR_BODY_BYTES: usize = 64 * 1024;

/// Why WB gave no answer, named by what the caller can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 401: the token is expired, revoked, damaged or, at some hosts, of another category.
    /// Ask the seller for another one.
    #[error("Wildberries does not accept the token: {detail}")]
    Unauthorized {
        /// WB's words.
        detail: Detail,
    },
    /// 403: the token is of the wrong category or type. Leave this method alone with this token.
    #[error("Wildberries does not let this token use the method: {detail}")]
    AccessDenied {
        /// WB's words.
        detail: Detail,
    },
    /// 402: a service of WB's catalogue has run out of money. Tell the operator.
    #[error("Wildberries wants to be paid: {detail}")]
    PaymentRequired {
        /// WB's words.
        detail: Detail,
    },
    /// 429: do not ask again before this time has passed. Hours are normal.
    #[error("Wildberries wants no request for {} s", .retry_after.as_secs())]
    RateLimited {
        /// The longest that the answer names, from 1 s to 48 h.
        retry_after: Duration,
    },
    /// 404 and 410: WB has switched the method off.
    #[error("Wildberries has switched the method off: {detail}")]
    Gone {
        /// WB's words.
        detail: Detail,
    },
    /// 400, 422 and the like, or an answer that calls itself an error: the same request will fail again.
    #[error("Wildberries rejects the request: {detail}")]
    Rejected {
        /// WB's words.
        detail: Detail,
    },
    /// No list, not even an empty one, but nothing: 204, `null`, an empty body. A list that is empty looks so at times, and
    /// so does an answer that failed: it is believed when the method says so again.
    #[error("Wildberries answers with nothing")]
    Nothing,
    /// 5xx, timeout, network, an answer cut off or not of WB: the same request may succeed later.
    #[error("Wildberries cannot be reached: {detail}")]
    Unavailable {
        /// What happened.
        detail: Detail,
    },
}

impl Error {
    pub(crate) fn unavailable(text: &str) -> Self {
        Self::Unavailable { detail: Detail::from(text) }
    }

    /// How the request went, in one of three words, for the metric.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "limited",
            Self::Unavailable { .. } | Self::Nothing => "failed",
            Self::Unauthorized { .. }
            | Self::AccessDenied { .. }
            | Self::PaymentRequired { .. }
            | Self::Gone { .. }
            | Self::Rejected { .. } => "refused",
        }
    }

    /// An answer after which the next one would be the same again. It is an alarm, because it is
    /// either a fault of WB or one of ours, and waiting alone ends neither.
    pub(crate) fn circle(text: &str) -> Self {
        tracing::error!(reason = text, "fetch stopped: it would not end");
        Self::unavailable(text)
    }

    /// Whether the method is there and only does not know what was asked for: reports answer 404
    /// «not found» then, reviews 422. A method that is switched off, or an address that WB does not
    /// have, says more.
    pub(crate) fn is_unknown_id(&self) -> bool {
        const UNKNOWN_TASK: &str = "404 not found: not found";
        const UNKNOWN_REVIEW: &str = "422 ";
        match self {
            Self::Gone { detail } => detail.0.to_lowercase().starts_with(UNKNOWN_TASK),
            Self::Rejected { detail } => detail.0.starts_with(UNKNOWN_REVIEW),
            _ => false,
        }
    }

    /// A request that got no answer, or a body that broke off.
    pub(crate) fn network(error: reqwest::Error) -> Self {
        Self::unavailable(&chain(&error.without_url()))
    }

    /// Reads and judges an answer that is no success. Its body may take `body_timeout`: the status and the
    /// headers are worth more than the words. `token` appears in nothing that is told.
    pub(crate) async fn of_response(response: Response, token: &str, body_timeout: Duration) -> Self {
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let body = tokio::time::timeout(body_timeout, first_bytes(response)).await.unwrap_or_default();
        Self::judge(status, retry_after, &body, token)
    }

    /// Judges an answer that is no success by its status and the beginning of its body.
    pub(crate) fn judge(status: StatusCode, retry_after: Duration, body: &[u8], token: &str) -> Self {
        let (detail, is_from_wb) = match wb_words(body) {
            Some(words) => (Detail::new(&format!("{status}: {words}"), token), true),
            None => (Detail::new(&format!("{status}, an HTML page"), token), false),
        };
        match status {
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited { retry_after },
            // Whatever stands between us and WB must not switch a token or a method off.
            _ if !is_from_wb => Self::Unavailable { detail },
            StatusCode::UNAUTHORIZED => Self::Unauthorized { detail },
            StatusCode::PAYMENT_REQUIRED => Self::PaymentRequired { detail },
            StatusCode::FORBIDDEN => Self::AccessDenied { detail },
            StatusCode::NOT_FOUND | StatusCode::GONE => Self::Gone { detail },
            StatusCode::REQUEST_TIMEOUT => Self::Unavailable { detail },
            _ if status.is_client_error() => Self::Rejected { detail },
            _ => Self::Unavailable { detail },
        }
    }
}

/// What WB or the network said, for a log: one line, at most 300 characters, without anything that
/// looks like a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    /// A sentence or two; the rest of a long error repeats the request.
    const MAX_CHARS: usize = 300;

    pub(crate) fn new(text: &str, token: &str) -> Self {
        let masked = token::mask_with(text, token);
        let line = masked.split_whitespace().collect::<Vec<_>>().join(" ");
        Self(line.chars().take(Self::MAX_CHARS).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Detail {
    fn from(text: &str) -> Self {
        Self::new(text, "")
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The fields by which an answer with the status 200 may still call itself an error.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ErrorFields {
    pub error: Value,
    pub error_text: Value,
    pub additional_errors: Value,
    pub request_id: Value,
}

impl ErrorFields {
    /// Keeps a field, if it is one of these.
    pub(crate) fn note(&mut self, name: &str, value: &str) -> bool {
        let field = match name {
            "error" => &mut self.error,
            "errorText" => &mut self.error_text,
            "additionalErrors" => &mut self.additional_errors,
            "requestId" => &mut self.request_id,
            _ => return false,
        };
        *field = serde_json::from_str(value).unwrap_or_default();
        true
    }

    /// The error that the answer is, if it says so.
    pub(crate) fn into_error(self) -> Option<Error> {
        if self.error != Value::Bool(true) {
            return None;
        }
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let words = wb_words(&body).unwrap_or_default();
        Some(Error::Rejected { detail: words.as_str().into() })
    }
}

/// How often WB may still be asked at once, which successful answers say.
pub(crate) fn remaining(headers: &HeaderMap) -> Option<u32> {
    headers.get("x-ratelimit-remaining")?.to_str().ok()?.trim().parse().ok()
}

/// The longer of the two waits that a 429 may name. An empty header and a date are no number.
pub(crate) fn retry_after(headers: &HeaderMap) -> Duration {
    let wait = |value: &reqwest::header::HeaderValue| {
        let seconds: f64 = value.to_str().ok()?.trim().parse().ok()?;
        // What is too much for a duration is too much for us as well; less than nothing is nothing.
        (!seconds.is_nan()).then(|| Duration::from_secs_f64(seconds.clamp(0.0, MAX_RETRY_AFTER.as_secs_f64()).ceil()))
    };
    let waits = [headers.get("x-ratelimit-retry"), headers.get(RETRY_AFTER)];
    let longest = waits.into_iter().flatten().filter_map(wait).max();
    longest.unwrap_or(DEFAULT_RETRY_AFTER).max(MIN_RETRY_AFTER)
}

/// The words of an error body in any of WB's shapes; `None` for a page that WB's API did not write.
pub(crate) fn wb_words(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    if text.trim_start().starts_with('<') {
        return None;
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        // Content answers some errors in plain text.
        return Some(if text.trim().is_empty() { "no explanation".to_owned() } else { text.into_owned() });
    };
    let field = |name: &str| value.get(name).and_then(words);
    let mut said: Vec<String> = Vec::new();
    for name in ["detail", "errorText", "errors", "additionalErrors", "message"] {
        said.extend(field(name).filter(|words| !said.contains(words)));
    }
    if said.is_empty() {
        said.extend(field("title").or_else(|| words(&value)));
    }
    let request_id = field("requestId").map(|id| format!(" (requestId {id})")).unwrap_or_default();
    Some(said.join("; ") + &request_id)
}

/// A value as words: WB writes one error as a text, several as a list, some as an object.
fn words(value: &Value) -> Option<String> {
    let words = match value {
        Value::Null => return None,
        Value::String(text) => text.trim().to_owned(),
        Value::Array(values) => values.iter().filter_map(words).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    (!words.is_empty()).then_some(words)
}

/// The beginning of a body. An error's status says enough when its body cannot be read.
async fn first_bytes(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= ERROR_BODY_BYTES {
            body.truncate(ERROR_BODY_BYTES);
            break;
        }
    }
    body
}

/// An error with its causes in one line, because reqwest's own text is only the outermost.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(&'static str, &'static str)]) -> u64 {
        let headers = headers.iter().map(|(name, value)| {
            (reqwest::header::HeaderName::from_static(name), reqwest::header::HeaderValue::from_static(value))
        });
        retry_after(&headers.collect()).as_secs()
    }

    #[test]
    fn the_longer_wait_wins_and_hours_are_normal() {
        assert_eq!(wait(&[("x-ratelimit-retry", "18236")]), 18_236);
        assert_eq!(wait(&[("x-ratelimit-retry", "10"), ("retry-after", "20")]), 20);
        assert_eq!(wait(&[("x-ratelimit-retry", "30"), ("retry-after", "20")]), 30);
        assert_eq!(wait(&[("x-ratelimit-retry", "10299"), ("retry-after", "")]), 10_299);
    }

    #[test]
    fn a_wait_that_cannot_be_read_is_ten_minutes() {
        assert_eq!(wait(&[]), 600);
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]), 600);
        assert_eq!(wait(&[("x-ratelimit-retry", "NaN")]), 600);
    }

    #[test]
    fn a_wait_is_neither_a_loop_nor_forever() {
        assert_eq!(wait(&[("x-ratelimit-retry", "0")]), 1);
        assert_eq!(wait(&[("x-ratelimit-retry", "-5")]), 1);
        assert_eq!(wait(&[("x-ratelimit-retry", "0.2")]), 1);
        assert_eq!(wait(&[("x-ratelimit-retry", "1795000000")]), 172_800);
        assert_eq!(wait(&[("x-ratelimit-retry", "inf")]), 172_800);
    }

    #[test]
    fn every_shape_of_an_error_has_words() {
        for (body, words) in [
            (r#"{"errors":["dateFrom: field required"]}"#, "dateFrom: field required"),
            (r#"{"errors":"dateFrom: Value not validated"}"#, "dateFrom: Value not validated"),
            (
                r#"{"title":"unauthorized","detail":"empty Authorization header","code":"x y","requestId":"r-1","origin":"ag-content","status":401,"statusText":"Unauthorized","timestamp":"2026-10-05T10:00:00Z"}"#,
                "empty Authorization header (requestId r-1)",
            ),
            (
                r#"{"data":null,"error":true,"errorText":"Bad request","additionalErrors":{"limit":"too much"}}"#,
                r#"Bad request; {"limit":"too much"}"#,
            ),
            (
                r#"{"data":null,"error":true,"errorText":"Access denied","additionalErrors":"Access denied"}"#,
                "Access denied",
            ),
            (
                r#"{"data":null,"error":true,"errorText":"No","additionalErrors":["a","b"],"requestId":"r-2"}"#,
                "No; a; b (requestId r-2)",
            ),
            (r#"{"data":null,"error":true,"errorText":"No"}"#, "No"),
            (r#"{"title":"payment required"}"#, "payment required"),
            ("Request body can not be decoded", "Request body can not be decoded"),
            ("", "no explanation"),
            (r#""just a text""#, "just a text"),
        ] {
            assert_eq!(wb_words(body.as_bytes()).as_deref(), Some(words), "{body}");
        }
        assert_eq!(wb_words(b"\n<html><body>502 Bad Gateway</body></html>"), None);
    }

    #[test]
    fn a_detail_is_one_short_line() {
        let detail = Detail::from("first\n\tsecond ".repeat(100).as_str());
        assert!(detail.as_str().starts_with("first second first"));
        assert_eq!(detail.as_str().chars().count(), 300);
    }
}
