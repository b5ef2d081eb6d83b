//! The Bot API over HTTP: `/bot{token}/{method}`.

use std::{io, sync::Arc};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::any,
};
use futures::stream;
use serde_json::{Value, json};

use super::{
    calls::{self, BODY_MAX_BYTES},
    control, delivery,
    faults::Fault,
    inner::{Inner, bot_id},
    refusal::Refusal,
};

/// The whole server: Telegram's methods, and the interface by which tests and people control it.
pub(super) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/{bot}/{method}", any(api))
        .nest("/control", control::router())
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .fallback(|| async { answer(Err(Refusal::new(404, "Not Found"))) })
        .with_state(inner)
}

async fn api(
    State(inner): State<Arc<Inner>>,
    Path((bot, method)): Path<(String, String)>,
    request: Request,
) -> Response {
    let mut released = inner.released.subscribe();
    let mut stopped = inner.stop.subscribe();
    if let Err(refusal) = authorize(&inner, &bot) {
        return answer(Err(refusal));
    }
    let input = match calls::read(request).await {
        Ok(input) => input,
        Err(refusal) => return answer(Err(refusal)),
    };
    let outcome = calls::call(&inner, &method, input, false).await;
    delivery::deliver_due(&inner);
    inner.touch();
    match outcome.spoilt {
        Some(Fault::BadGateway) => {
            (StatusCode::BAD_GATEWAY, Html("<html><head><title>502 Bad Gateway</title></head></html>")).into_response()
        }
        // A body that fails before its first byte makes the server close the connection without a word.
        Some(Fault::ClosedAfterExecution) => {
            Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::other("a fault closes the connection"))]))
                .into_response()
        }
        Some(Fault::HeldAfterExecution) => {
            tokio::select! {
                _ = released.changed() => {}
                _ = stopped.wait_for(|&stopped| stopped) => {}
            }
            answer(outcome.result)
        }
        _ => answer(outcome.result),
    }
}

/// Judges the first part of the path, `bot` and the token.
fn authorize(inner: &Inner, bot: &str) -> Result<(), Refusal> {
    let token = bot.strip_prefix("bot").unwrap_or_default();
    if token == inner.token() {
        return Ok(());
    }
    Err(match bot_id(token) {
        Some(_) => Refusal::new(401, "Unauthorized"),
        None => Refusal::new(404, "Not Found"),
    })
}

fn answer(result: Result<Value, Refusal>) -> Response {
    match result {
        Ok(result) => Json(json!({ "ok": true, "result": result })).into_response(),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = (status, Json(refusal.body())).into_response();
            if let Some(seconds) = refusal.retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}
