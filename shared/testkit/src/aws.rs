//! A service of AWS at the wire: a small server on 127.0.0.1 that a test writes, and the way to it.

use std::{net::Ipv4Addr, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use axum::{
    Router,
    handler::Handler,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::json;
use tokio::net::TcpListener;

/// A client that hangs for longer has no time limit.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Starts a server that speaks AWS's JSON protocol, in which every request is a POST to `/`, and returns the
/// configuration of clients that ask it, once each.
///
/// # Panics
/// When no port is free.
pub async fn start<H, T, S>(answer: H, state: S) -> SdkConfig
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let router = Router::new().route("/", post(answer)).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await });
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("id", "key", None, None, "test")))
        .endpoint_url(format!("http://{address}"))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
        .build()
}

/// What a request asks for, as `AmazonSQS.SendMessageBatch`.
///
/// # Panics
/// When a request does not say it: AWS would not know what to do.
#[must_use]
pub fn target(headers: &HeaderMap) -> &str {
    headers.get("x-amz-target").and_then(|target| target.to_str().ok()).expect("a request names its operation")
}

/// An error as AWS writes it.
///
/// # Panics
/// When that is no status of HTTP.
#[must_use]
pub fn refuse(status: u16, code: &str) -> (StatusCode, String) {
    let status = StatusCode::from_u16(status).expect("a status of HTTP");
    (status, json!({ "__type": code, "message": "because" }).to_string())
}
