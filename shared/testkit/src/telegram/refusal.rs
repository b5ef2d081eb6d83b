//! Telegram's answers to what it does not do.

use serde_json::{Value, json};

/// An answer with `"ok": false`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status, which is also `error_code`.
    pub(super) code: u16,
    /// The text in Telegram's words, its prefix included.
    pub(super) description: String,
    /// Whole seconds, for 429.
    pub(super) retry_after: Option<u32>,
    /// Whether only a mistake in the bot leads here, so that it is recorded as a violation.
    pub(super) is_bug: bool,
}

impl Refusal {
    /// 400 for something that happens to a correct bot as well.
    pub(super) fn bad_request(text: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", text.as_ref()))
    }

    /// 400 for something that a correct bot never does.
    pub(super) fn bug(text: impl AsRef<str>) -> Self {
        Self { is_bug: true, ..Self::bad_request(text) }
    }

    /// 403, after which there is nobody to write to.
    pub(super) fn blocked() -> Self {
        Self::new(403, "Forbidden: bot was blocked by the user")
    }

    /// 429.
    pub(super) fn too_many_requests(seconds: u32) -> Self {
        let refusal = Self::new(429, format!("Too Many Requests: retry after {seconds}"));
        Self { retry_after: Some(seconds), ..refusal }
    }

    /// Any other answer, with its whole description.
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after: None, is_bug: false }
    }

    /// The body of the answer.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        body
    }
}
