//! The bot's function URL: HTTP on one side, Lambda's event on the other.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::lambda::{Lambda, Outcome};

/// The function behind the URL.
const BOT: &str = "bot";

/// Serves the URL until it is dropped.
pub(super) async fn serve(listener: TcpListener, lambda: Arc<Lambda>) {
    let router = Router::new().fallback(answer).with_state(lambda);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the function URL ended");
    }
}

async fn answer(State(lambda): State<Arc<Lambda>>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    let event = event(&method, &headers, &body);
    let (status, headers, body) = match lambda.invoke(BOT, event).await {
        Ok(Outcome::Answer(answer)) => {
            let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
            (status.unwrap_or(502), answer["headers"].clone(), answer["body"].as_str().unwrap_or_default().to_owned())
        }
        Ok(Outcome::Error) => (502, Value::Null, String::new()),
        Ok(Outcome::Throttled) => (429, Value::Null, String::new()),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the bot cannot be invoked");
            (502, Value::Null, String::new())
        }
    };
    if let Ok(function) = lambda.function(BOT) {
        let (at_s, mut metrics) = (lambda.now_s(), lambda.metrics());
        let is = |range: std::ops::Range<u16>| f64::from(u8::from(range.contains(&status)));
        for (metric, value) in [("UrlRequestCount", 1.0), ("Url4xxCount", is(400..500)), ("Url5xxCount", is(500..600))]
        {
            function.put_of_url(&mut metrics, metric, at_s, value);
        }
    }
    let mut response = Response::builder().status(status);
    for (name, value) in headers.as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let refused = |_| Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty());
    response.body(Body::from(body)).or_else(refused).unwrap_or_default()
}

/// A request as a function URL hands it on: API Gateway's payload, version 2.0.
fn event(method: &Method, headers: &HeaderMap, body: &[u8]) -> Value {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers: Map<String, Value> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value).into())).collect();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "url",
            "domainName": "url.lambda-url.eu-central-1.on.aws",
            "domainPrefix": "url",
            "http": { "method": method.as_str(), "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
            "requestId": "request",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 0,
        },
        "body": String::from_utf8_lossy(body),
        "isBase64Encoded": false,
    })
}
