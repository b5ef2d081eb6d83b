//! How updates reach the bot: by `getUpdates`, or by the webhook with the order and the retries of
//! Telegram's own server (`WebhookActor.cpp`).
//!
//! Updates queue by chat, one of a chat is under way at a time, and what fails is sent again later;
//! "later" is a moment on the clock of the test.

use std::{sync::Arc, time::Duration};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::Value;

use super::{
    calls,
    inner::Inner,
    queue::{Answer, Attempt},
    refusal::Refusal,
};

/// The header by which a bot knows that an update comes from Telegram.
const SECRET_HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

/// So long Telegram waits for the webhook's answer.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(60);

/// The longest answer to an update that is read: enough for a message with a keyboard.
const REPLY_MAX_BYTES: usize = 1024 * 1024;

/// Methods that Telegram ignores in the answer of a webhook, besides `get…`.
const NO_REPLIES: [&str; 4] = ["setwebhook", "deletewebhook", "close", "logout"];

/// Starts every attempt that is due. Each starts the next of its chat when it has ended.
pub(super) fn deliver_due(inner: &Arc<Inner>) {
    let attempts = inner.lock().start_attempts(inner.clock.now());
    for attempt in attempts {
        let inner = Arc::clone(inner);
        inner.runtime.clone().spawn(async move {
            let answer = post(&inner, &attempt).await;
            if let Answer::Taken { content_type, body } = &answer {
                reply(&inner, content_type.as_deref(), body).await;
            }
            inner.lock().finish_attempt(attempt.turn, &answer, inner.clock.now());
            deliver_due(&inner);
            inner.touch();
        });
    }
}

/// Delivers by itself what becomes due, for a clock that runs by itself.
pub(super) async fn deliver_forever(inner: Arc<Inner>) {
    let mut changes = inner.changes.subscribe();
    let mut stopped = inner.stop.subscribe();
    loop {
        deliver_due(&inner);
        let now = inner.clock.now();
        let next_at = inner.lock().next_attempt_at();
        let wait = next_at.map_or(WEBHOOK_TIMEOUT, |at| (at - now).to_std().unwrap_or_default());
        tokio::select! {
            () = tokio::time::sleep(wait), if next_at.is_none_or(|at| now < at) => {}
            _ = changes.changed() => {}
            _ = stopped.wait_for(|&stopped| stopped) => return,
        }
    }
}

async fn post(inner: &Inner, attempt: &Attempt) -> Answer {
    let failed = |problem: String| Answer::Failed { problem, retry_after_seconds: 0, gone: false };
    let request = inner.client.post(attempt.url.clone()).timeout(WEBHOOK_TIMEOUT).json(&attempt.body);
    let request = match attempt.secret.as_str() {
        "" => request,
        secret => request.header(SECRET_HEADER, secret),
    };
    let mut stopped = inner.stop.subscribe();
    let response = tokio::select! {
        response = request.send() => response,
        _ = stopped.wait_for(|&stopped| stopped) => return failed("the fake was stopped".to_owned()),
    };
    let Ok(mut response) = response else {
        return failed("Webhook connection closed".to_owned());
    };
    let status = response.status();
    if !status.is_success() {
        let reason = status.canonical_reason().unwrap_or_default();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        return Answer::Failed {
            problem: format!("Wrong response from the webhook: {} {reason}", status.as_u16()),
            retry_after_seconds: retry_after.unwrap_or(0),
            gone: status.as_u16() == 410,
        };
    }
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > REPLY_MAX_BYTES {
            return failed("Webhook connection closed".to_owned());
        }
    }
    Answer::Taken { content_type, body }
}

/// Executes the method that an answer carries. The bot never learns the result.
async fn reply(inner: &Arc<Inner>, content_type: Option<&str>, body: &[u8]) {
    // Anything that is no request is just an answer, as at Telegram.
    let Ok(mut input) = calls::read_reply(content_type, body).await else { return };
    let Some(Value::String(method)) = input.values.remove("method") else { return };
    let lower = method.to_lowercase();
    if lower.starts_with("get") || NO_REPLIES.contains(&lower.as_str()) {
        inner.lock().violation(inner.clock.now(), &method, "Telegram ignores this method in the answer of a webhook");
        return;
    }
    let outcome = calls::call(inner, &method, input, true).await;
    if let Err(Refusal { description, .. }) = outcome.result {
        tracing::debug!(%method, %description, "a call in the answer of the webhook was refused");
    }
}
