//! Answers that are no success.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

use crate::Error;
use crate::error::{MAX_RETRY_AFTER, MIN_RETRY_AFTER, retry_after};
use crate::token::looks_like_token;

/// Of any status and any body: it is one short line without a token, and only WB's own words can refuse a token.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_refusal(status: u16, body: &[u8], token: &str) {
    let Ok(status) = StatusCode::from_u16(status) else { return };
    let error = Error::judge(status, MIN_RETRY_AFTER, body, token);
    let told = error.to_string();
    assert!(told.chars().count() <= 400 && !told.contains('\n'), "one short line: {told}");
    assert!(token.len() < 8 || !told.contains(token) && !format!("{error:?}").contains(token), "the token is told");
    assert!(!looks_like_token(&told), "something like a token is told");
    let is_page = String::from_utf8_lossy(body).trim_start().starts_with('<');
    let is_expected = match (&error, status.as_u16()) {
        (Error::RateLimited { .. }, 429) => true,
        (Error::Unavailable { .. }, status) => is_page || status == 408 || !(400..500).contains(&status),
        (_, _) if is_page => false,
        (Error::Unauthorized { .. }, 401)
        | (Error::PaymentRequired { .. }, 402)
        | (Error::AccessDenied { .. }, 403)
        | (Error::Gone { .. }, 404 | 410) => true,
        (Error::Rejected { .. }, status) => ![401, 402, 403, 404, 408, 410, 429].contains(&status) && status / 100 == 4,
        _ => false,
    };
    assert!(is_expected, "{status} is {error:?}");
}

/// Of any headers: a wait is neither a loop nor for ever.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_wait(retry: &[u8], after: &[u8]) -> Duration {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(retry) {
        headers.insert("x-ratelimit-retry", value);
    }
    if let Ok(value) = HeaderValue::from_bytes(after) {
        headers.insert(RETRY_AFTER, value);
    }
    let wait = retry_after(&headers);
    assert!((MIN_RETRY_AFTER..=MAX_RETRY_AFTER).contains(&wait), "{wait:?}");
    wait
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use testkit::property::{cases, json, text, token};

    use super::*;
    use crate::error::wb_words;

    /// The shapes of an error, with these words in them.
    fn shapes(words: &str, id: &str) -> [Value; 6] {
        [
            json!({ "errors": [words] }),
            json!({ "errors": words }),
            json!({ "title": "t", "detail": words, "code": "c", "requestId": id, "origin": "o", "status": 400 }),
            json!({ "data": null, "error": true, "errorText": words, "additionalErrors": { "limit": words } }),
            json!({ "data": null, "error": true, "errorText": "no", "additionalErrors": [words], "requestId": id }),
            json!({ "title": words }),
        ]
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn any_refusal_is_judged(status in 300..600_u16, body in any::<Vec<u8>>(), token in token()) {
            holds_for_any_refusal(status, &body, &token.text);
        }

        #[test]
        fn a_refusal_in_any_json_is_judged(status in 300..600_u16, body in json(), token in token()) {
            holds_for_any_refusal(status, body.to_string().as_bytes(), &token.text);
        }

        #[test]
        fn the_words_of_each_shape_are_told(words in "[a-zа-я]{1,12}( [a-zа-я]{1,12}){0,4}", id in "[0-9a-f-]{8,36}") {
            for body in shapes(&words, &id) {
                let told = wb_words(body.to_string().as_bytes()).unwrap();
                prop_assert!(told.contains(&words), "{} of {}", told, body);
                prop_assert_eq!(told.contains(&id), body.get("requestId").is_some(), "{}", told);
            }
        }

        #[test]
        fn a_token_in_any_shape_is_told_to_nobody(
            status in prop::sample::select(vec![400, 401, 402, 403, 404, 409, 410, 422, 429, 500, 502]),
            token in token(), before in text(), after in text(), shape in 0..8_usize,
        ) {
            let words = format!("{before}{}{after}", token.text);
            let body = match shape {
                6 => words,
                7 => format!("<html>{words}</html>"),
                shape => shapes(&words, "id")[shape].to_string(),
            };
            holds_for_any_refusal(status, body.as_bytes(), &token.text);
            let error = Error::judge(StatusCode::from_u16(status).unwrap(), MIN_RETRY_AFTER, body.as_bytes(), &token.text);
            for secret in token.secrets() {
                prop_assert!(!format!("{error} {error:?}").contains(secret), "{}", error);
            }
        }

        #[test]
        fn any_wait_is_neither_a_loop_nor_for_ever(retry in any::<Vec<u8>>(), after in text()) {
            holds_for_any_wait(&retry, after.as_bytes());
        }

        #[test]
        fn the_longer_of_two_waits_is_kept(retry in 0..400_000_u64, after in 0..400_000_u64) {
            let wait = holds_for_any_wait(retry.to_string().as_bytes(), after.to_string().as_bytes());
            prop_assert_eq!(wait.as_secs(), retry.max(after).clamp(1, 172_800));
        }
    }
}
