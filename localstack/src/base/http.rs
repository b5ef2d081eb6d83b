//! Requests to parts on this machine, which no proxy of the user's may see.

use std::{sync::LazyLock, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::Command;
use url::Url;

/// A part on this machine that lives answers within this time, unless a caller knows better.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer of a control interface that is read: a chat with a few hundred messages.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A client for this machine.
pub(crate) fn local() -> &'static reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build();
        client.expect("a client without certificates of its own can always be built")
    });
    &CLIENT
}

/// A path of a fake's control interface.
pub(crate) fn control_url(base: &str, path: &str) -> Result<Url> {
    Url::parse(base)?.join(&format!("/control/{path}")).context("cannot build the address")
}

/// Sends a request to a control interface and reads its JSON; what it refuses is an error with its reason.
pub(crate) async fn control(request: reqwest::RequestBuilder) -> Result<Value> {
    let mut answer = request.send().await.map_err(reqwest::Error::without_url).context("the fake does not answer")?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&chunk);
        anyhow::ensure!(body.len() <= ANSWER_MAX_BYTES, "the fake's answer is too long");
    }
    if !status.is_success() {
        bail!("{status}: {}", String::from_utf8_lossy(&body));
    }
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&body).context("the fake's answer is no JSON")
}

/// Lets a process reach this machine directly, whatever proxy its environment names.
pub(crate) fn no_proxy_for_this_machine(command: &mut Command) {
    for name in ["NO_PROXY", "no_proxy"] {
        command.env(name, "127.0.0.1,localhost,::1");
    }
}
