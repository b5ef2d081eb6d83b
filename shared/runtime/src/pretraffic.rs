//! Asks every new version of the functions whether it works, for CodeDeploy, which waits for the answer before it gives one of
//! them traffic.
//!
//! A canary sees what fails while it serves. Fanout serves once in an interval, and a night may bring the bot no update, so
//! each new version is called once beforehand: it must start, fetch its secrets and read the database as its own role.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use app::function::Function;
use aws_config::{SdkConfig, timeout::TimeoutConfig};
use aws_sdk_codedeploy::types::LifecycleEventStatus;
use aws_sdk_lambda::{error::DisplayErrorContext, primitives::Blob};
use domain::Clock;
use futures::future::try_join_all;
use lambda_runtime::{LambdaEvent, service_fn};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{SystemClock, config::NewVersions, diagnostic, http::SECRET_HEADER, within};

/// A new version starts cold: its image is loaded, its network made, its secrets fetched.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);

/// Clients that wait for a cold start.
#[must_use]
pub fn patient(aws: &SdkConfig) -> SdkConfig {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(ANSWER_TIMEOUT).operation_timeout(ANSWER_TIMEOUT).build();
    aws.clone().into_builder().timeout_config(timeouts).build()
}

/// What CodeDeploy sends to a hook.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Hook {
    deployment_id: String,
    lifecycle_event_hook_execution_id: String,
}

/// Serves CodeDeploy until the process ends. `check` says whether the new versions work.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn serve<F, R>(function: &Function, aws: &SdkConfig, check: F) -> anyhow::Result<()>
where
    F: Fn() -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    let service = service_fn(async |event: LambdaEvent<Hook>| {
        let checked = within(function.work_limit(), check()).await;
        let told = tell(aws, event.payload, checked.is_ok()).await;
        // lambda_runtime logs the error. CodeDeploy that is told nothing gives up after an hour.
        checked.and(told).map_err(|error| diagnostic("NewVersionRefused", &error))
    });
    lambda_runtime::run(service).await.map_err(anyhow::Error::from_boxed)
}

async fn tell(aws: &SdkConfig, hook: Hook, is_good: bool) -> anyhow::Result<()> {
    let status = if is_good { LifecycleEventStatus::Succeeded } else { LifecycleEventStatus::Failed };
    let request = aws_sdk_codedeploy::Client::new(aws)
        .put_lifecycle_event_hook_execution_status()
        .deployment_id(hook.deployment_id)
        .lifecycle_event_hook_execution_id(hook.lifecycle_event_hook_execution_id)
        .status(status);
    let told = request.send().await.map(drop);
    told.map_err(|error| anyhow::anyhow!("cannot tell CodeDeploy: {}", DisplayErrorContext(&error)))
}

/// Whether all new versions work.
///
/// # Errors
/// Names the first one that does not, and what it said.
pub async fn check(aws: &SdkConfig, versions: &NewVersions, webhook_secret: &SecretString) -> anyhow::Result<()> {
    let NewVersions { bot, fanout, sync, webhook } = versions;
    let no_messages = json!({ "Records": [] });
    let asked = [
        (bot, update_of_nobody(webhook_secret)),
        (fanout, tick_of_nothing()),
        (sync, no_messages.clone()),
        (webhook, no_messages),
    ];
    try_join_all(asked.iter().map(|(version, event)| async move {
        ask(aws, version, event).await.with_context(|| format!("{version} does not work"))
    }))
    .await?;
    Ok(())
}

/// A request with Telegram's secret that brings no update.
fn update_of_nobody(secret: &SecretString) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
        "headers": { SECRET_HEADER: secret.expose_secret() },
        "requestContext": { "http": { "method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                                      "userAgent": "pretraffic" } },
        "isBase64Encoded": false,
    })
}

/// A firing of the schedule that fans nothing out.
fn tick_of_nothing() -> Value {
    json!({
        "version": "0", "id": "pretraffic", "detail-type": "Check", "source": "wb-assist", "account": "",
        "time": SystemClock.now(), "region": "", "resources": [], "detail": { "check": true },
    })
}

async fn ask(aws: &SdkConfig, version: &str, event: &Value) -> anyhow::Result<()> {
    let client = aws_sdk_lambda::Client::new(aws);
    let invoked = client.invoke().function_name(version).payload(Blob::new(event.to_string())).send().await;
    let invoked = invoked.map_err(|error| anyhow::anyhow!("cannot invoke it: {}", DisplayErrorContext(&error)))?;
    let payload = invoked.payload.map(Blob::into_inner).unwrap_or_default();
    if invoked.function_error.is_some() {
        bail!("it says {}", String::from_utf8_lossy(&payload));
    }
    let answer: Value = serde_json::from_slice(&payload).context("its answer cannot be read")?;
    let status = answer["statusCode"].as_u64();
    ensure!(status.is_none_or(|status| status < 300), "it answers {}", status.unwrap_or_default());
    let failures = answer["batchItemFailures"].as_array().is_some_and(|failures| !failures.is_empty());
    ensure!(!failures, "it reports messages that were never sent");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{Router, extract::Path, http::HeaderMap, http::StatusCode, response::IntoResponse, routing::post};
    use testkit::aws::{start, target};
    use url::form_urlencoded::parse;

    use super::*;

    fn versions() -> NewVersions {
        let arn = |name: &str| format!("arn:aws:lambda:eu-central-1:1:function:{name}:7");
        NewVersions { bot: arn("bot"), fanout: arn("fanout"), sync: arn("sync"), webhook: arn("webhook") }
    }

    /// Lambda at the wire, which answers for each function.
    async fn lambda(answers: impl Fn(&str, Value) -> (bool, Value) + Send + Sync + 'static) -> SdkConfig {
        let answers = Arc::new(answers);
        let invoke = async move |Path(version): Path<String>, body: String| {
            let version = parse(version.as_bytes()).next().unwrap().0.into_owned();
            let name = version.split(':').nth(6).unwrap().to_owned();
            let (is_error, answer) = answers(&name, serde_json::from_str(&body).unwrap());
            let mut response = answer.to_string().into_response();
            if is_error {
                response.headers_mut().insert("x-amz-function-error", "Unhandled".parse().unwrap());
            }
            response
        };
        let router = Router::new().route("/2015-03-31/functions/{version}/invocations", post(invoke));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let aws = start(async || StatusCode::OK, ()).await;
        aws.into_builder().endpoint_url(address).build()
    }

    fn good(function: &str) -> (bool, Value) {
        (
            false,
            match function {
                "bot" => json!({ "statusCode": 204, "headers": {}, "body": "" }),
                "fanout" => Value::Null,
                _ => json!({ "batchItemFailures": [] }),
            },
        )
    }

    #[tokio::test]
    async fn every_new_version_is_asked_with_an_event_of_its_own() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let seen_too = seen.clone();
        let aws = lambda(move |function, event| {
            seen_too.lock().unwrap().push((function.to_owned(), event));
            good(function)
        });
        check(&aws.await, &versions(), &"s3cret".into()).await.unwrap();
        let mut seen = seen.lock().unwrap().clone();
        seen.sort_by(|one, other| one.0.cmp(&other.0));
        let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["bot", "fanout", "sync", "webhook"]);
        assert_eq!(seen[0].1["headers"]["x-telegram-bot-api-secret-token"], "s3cret");
        assert_eq!(seen[1].1["detail"], json!({ "check": true }));
        assert_eq!(seen[2].1, json!({ "Records": [] }));
    }

    #[tokio::test]
    async fn one_that_does_not_work_is_named_with_what_it_says() {
        for (broken, answer, said) in [
            ("sync", (true, json!({ "errorMessage": "the database is away" })), "the database is away"),
            ("bot", (false, json!({ "statusCode": 500 })), "it answers 500"),
            ("bot", (false, json!({ "statusCode": 401 })), "it answers 401"),
            ("webhook", (false, json!({ "batchItemFailures": [{ "itemIdentifier": "" }] })), "never sent"),
        ] {
            let aws = lambda(move |function, _| if function == broken { answer.clone() } else { good(function) });
            let error = check(&aws.await, &versions(), &"s3cret".into()).await.unwrap_err();
            let error = format!("{error:#}");
            assert!(error.contains(&format!("function:{broken}:7 does not work")) && error.contains(said), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[tokio::test]
    async fn codedeploy_is_told_how_it_went() {
        for (is_good, expected) in [(true, "Succeeded"), (false, "Failed")] {
            let told = Arc::new(Mutex::new(Value::Null));
            let told_too = told.clone();
            let answer = async move |headers: HeaderMap, body: String| {
                assert_eq!(target(&headers), "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus");
                *told_too.lock().unwrap() = serde_json::from_str(&body).unwrap();
                (StatusCode::OK, "{}")
            };
            let hook = Hook { deployment_id: "d-1".into(), lifecycle_event_hook_execution_id: "e-1".into() };
            tell(&start(answer, ()).await, hook, is_good).await.unwrap();
            let expected = json!({ "deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1", "status": expected });
            assert_eq!(*told.lock().unwrap(), expected);
        }
    }
}
