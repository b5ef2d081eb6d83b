//! Runs a step of a deploy: as a custom resource of CloudFormation, which waits for an answer at an address of its own, or
//! invoked by hand with `{}`. A failure must stop the deploy.
//!
//! CloudFormation invokes without waiting for the function's result: it knows only what is PUT to its address. So whatever
//! goes wrong in a step is answered there, with the reason, and the invocation itself fails only if that answer cannot be
//! given; Lambda then repeats it, and each step can be repeated.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, Utc};
use domain::Clock;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time;
use url::Url;

use crate::{SystemClock, diagnostic, metrics};

/// What is left of an invocation for the answer: three tries.
const RESERVE: Duration = Duration::from_secs(20);
/// One try of an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How often an answer is tried.
const ANSWER_TRIES: usize = 3;
/// CloudFormation refuses a longer answer, and would then wait for one until its own time limit.
pub(crate) const ANSWER_BYTES: usize = 4_096;
/// So much of a reason leaves room for the ids, in nearly any script.
const REASON_MAX_CHARS: usize = 800;

/// What the deploy wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The settings read, and asked what can be asked before anything is made that costs.
    Settings(Choice),
    /// What whoever invokes the function by hand wants: what it does on every deploy.
    ByHand,
    /// The roles of the database.
    Roles,
    /// The schema, up to date.
    Schema {
        /// What names the migrations.
        migrations: String,
    },
    /// A link that lets the first person start.
    FirstInvite,
    /// Telegram, told about the bot.
    TelegramBot {
        /// Where updates go.
        webhook_url: Url,
        /// How many updates Telegram delivers at the same time.
        max_connections: u8,
    },
}

/// What a team has chosen, as far as it is looked at before anything is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The parameter `Settings`.
    pub settings: String,
    /// The parameter `DatabaseHost`: empty for the database of this stack.
    pub database_host: String,
    /// The parameter `DatabaseSnapshot`: what the database of this stack begins with; empty for nothing.
    pub database_snapshot: String,
    /// The parameter `ReserveConcurrency`.
    pub reserves_concurrency: bool,
    /// The key that this stack has made.
    pub vault_key_arn: String,
    /// The id under which the choice stands since the stack was made; none at its creation.
    pub stands_as: Option<String>,
    /// The parameter `Settings` before this update.
    pub settings_before: Option<String>,
    /// The stack.
    pub stack_id: String,
}

/// What a step has brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// What the template may take with `!GetAtt`.
    pub attributes: Map<String, Value>,
    /// The id of the resource, where it says something. Another one than before means a replacement.
    pub id: Option<String>,
}

/// Serves deploys until the process ends. `timeout` is the function's own in `template.yaml`; it counts where an invocation
/// does not say when it ends.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn serve<F, R>(timeout: Duration, run: F) -> anyhow::Result<()>
where
    F: Fn(Step) -> R,
    R: Future<Output = anyhow::Result<Done>>,
{
    let client = client()?;
    let service = service_fn(async |event: LambdaEvent<Value>| {
        let budget = budget_of(&event.context, timeout);
        let outcome = handle(&client, event.payload, budget, &run).await;
        metrics::flush();
        // lambda_runtime logs the error and reports it.
        outcome.map_err(|error| diagnostic("DeployStepFailed", &error))
    });
    lambda_runtime::run(service).await.map_err(anyhow::Error::from_boxed)
}

/// What answers CloudFormation.
pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder().timeout(ANSWER_TIMEOUT).build().context("cannot make a client")
}

/// How long the step of an invocation may take.
pub(crate) fn budget_of(context: &lambda_runtime::Context, timeout: Duration) -> Duration {
    budget(context.deadline, SystemClock.now(), timeout)
}

/// How long a step may take. A deadline in the past is no deadline: `cargo lambda watch` says 1970.
fn budget(deadline_unix_ms: u64, now: DateTime<Utc>, timeout: Duration) -> Duration {
    let deadline = i64::try_from(deadline_unix_ms).ok().and_then(DateTime::from_timestamp_millis);
    let left = deadline.and_then(|deadline| (deadline - now).to_std().ok()).filter(|left| !left.is_zero());
    left.unwrap_or(timeout).saturating_sub(RESERVE)
}

/// A request of CloudFormation, as its documentation has it. Its address is a secret for as long as it works.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Request {
    request_type: String,
    #[serde(rename = "ResponseURL")]
    response_url: Url,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
    #[serde(default)]
    resource_properties: Value,
    #[serde(default)]
    old_resource_properties: Value,
}

impl Request {
    /// Reads a request.
    pub(crate) fn read(event: Value) -> anyhow::Result<Self> {
        // The error of serde would name a value, and one of them is the address.
        serde_json::from_value(event).map_err(|_| anyhow!("not a request of CloudFormation"))
    }

    /// What the deploy wants; `None` for a deletion.
    pub(crate) fn step(&self) -> anyhow::Result<Option<Step>> {
        match self.request_type.as_str() {
            // The database outlives the stack, and Telegram finds nobody at the address any more.
            "Delete" => Ok(None),
            _ => self.wanted().map(Some),
        }
    }
}

impl Request {
    fn wanted(&self) -> anyhow::Result<Step> {
        // CloudFormation makes a text of every number and truth value.
        let text = |name: &str| {
            let text = self.resource_properties[name].as_str();
            text.map(str::to_owned).with_context(|| format!("the resource has no property {name}"))
        };
        match self.resource_type.as_str() {
            "Custom::Settings" => Ok(Step::Settings(Choice {
                settings: text("Text")?,
                database_host: text("DatabaseHost")?,
                database_snapshot: text("DatabaseSnapshot")?,
                reserves_concurrency: text("ReserveConcurrency")? == "yes",
                vault_key_arn: text("VaultKeyArn")?,
                stands_as: self.physical_resource_id.clone(),
                settings_before: self.old_resource_properties["Text"].as_str().map(str::to_owned),
                stack_id: self.stack_id.clone(),
            })),
            "Custom::Schema" => Ok(Step::Schema { migrations: text("Migrations")? }),
            "Custom::DatabaseRoles" => Ok(Step::Roles),
            "Custom::TelegramBot" => Ok(Step::TelegramBot {
                webhook_url: text("WebhookUrl")?.parse().context("WebhookUrl is no address")?,
                max_connections: text("MaxConnections")?.parse().context("MaxConnections is no small number")?,
            }),
            "Custom::FirstInvite" => Ok(Step::FirstInvite),
            other => bail!("a resource of the type {other} is none of ours"),
        }
    }
}

/// Carries out a request of CloudFormation, and answers it at its address.
pub(crate) async fn handle<F, R>(
    client: &reqwest::Client,
    event: Value,
    budget: Duration,
    run: &F,
) -> anyhow::Result<()>
where
    F: Fn(Step) -> R,
    R: Future<Output = anyhow::Result<Done>>,
{
    if event.get("ResponseURL").is_none() {
        return run(Step::ByHand).await.map(|_| ());
    }
    let request = Request::read(event)?;
    let outcome = match request.step() {
        Ok(None) => Ok(Done::default()),
        Ok(Some(step)) => {
            let ended = time::timeout(budget, run(step)).await;
            ended.unwrap_or_else(|_| bail!("not finished within {} s", budget.as_secs()))
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &outcome {
        tracing::error!(resource = request.logical_resource_id, error = format!("{error:#}"), "deploy step failed");
    }
    answer(client, &request, outcome.map_err(|error| format!("{error:#}"))).await
}

/// The beginning of the SHA-256 of a value, of which the keys are sorted.
fn digest(properties: &Value) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, properties.to_string().as_bytes());
    digest.as_ref().first_chunk::<8>().map(hex::encode).unwrap_or_default()
}

/// What CloudFormation is told.
pub(crate) fn answer_body(request: &Request, outcome: Result<&Done, &str>) -> String {
    let mut reason: Vec<char> = outcome.err().unwrap_or("done").chars().take(REASON_MAX_CHARS).collect();
    loop {
        let body = answer_with(request, outcome.ok(), &reason.iter().collect::<String>()).to_string();
        if body.len() <= ANSWER_BYTES || reason.len() <= 1 {
            return body;
        }
        // JSON writes some characters in six.
        reason.truncate(reason.len() / 2);
    }
}

fn answer_with(request: &Request, done: Option<&Done>, reason: &str) -> Value {
    // Else the same id for ever: another one would be a replacement, and CloudFormation would delete the first.
    let stands = request.physical_resource_id.as_ref().unwrap_or(&request.logical_resource_id);
    let id = done.and_then(|done| done.id.as_ref()).unwrap_or(stands);
    // What changes whenever a property does: the template puts it where a change must be seen.
    let mut data = done.map(|done| done.attributes.clone()).unwrap_or_default();
    data.insert("Digest".to_owned(), digest(&request.resource_properties).into());
    json!({
        "Status": if done.is_some() { "SUCCESS" } else { "FAILED" },
        "Reason": reason,
        "PhysicalResourceId": id,
        "StackId": request.stack_id,
        "RequestId": request.request_id,
        "LogicalResourceId": request.logical_resource_id,
        "Data": data,
    })
}

async fn answer(client: &reqwest::Client, request: &Request, outcome: Result<Done, String>) -> anyhow::Result<()> {
    let body = answer_body(request, outcome.as_ref().map_err(String::as_str));
    let mut tries = 0;
    loop {
        tries += 1;
        // Without a content type: the address is signed for none.
        let sent = client.put(request.response_url.clone()).body(body.clone()).send().await;
        match sent.and_then(reqwest::Response::error_for_status).map_err(reqwest::Error::without_url) {
            Ok(_) => return Ok(()),
            Err(error) if tries == ANSWER_TRIES => return Err(error).context("cannot answer CloudFormation"),
            Err(error) => tracing::warn!(%error, "response not accepted by CloudFormation yet"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future,
        sync::{Arc, Mutex},
    };

    use axum::{
        Router,
        http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
        routing::put,
    };

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    /// CloudFormation's address: refuses so many answers, then keeps one.
    async fn address(refusals: usize) -> (String, Arc<Mutex<Vec<Value>>>) {
        let answers = Arc::new(Mutex::new(Vec::new()));
        let (kept, left) = (answers.clone(), Mutex::new(refusals));
        let take = async move |headers: HeaderMap, body: String| {
            assert!(!headers.contains_key(CONTENT_TYPE));
            let mut left = left.lock().unwrap();
            if *left > 0 {
                *left -= 1;
                return StatusCode::SERVICE_UNAVAILABLE;
            }
            kept.lock().unwrap().push(serde_json::from_str(&body).unwrap());
            StatusCode::OK
        };
        let take = Arc::new(take);
        let router = Router::new().route("/", put(move |headers, body| async move { take(headers, body).await }));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/?Signature=s3cret", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, answers)
    }

    fn request(url: &str, kind: &str, resource_type: &str, properties: impl Into<Value>) -> Value {
        let properties: Value = properties.into();
        json!({
            "RequestType": kind,
            "ResponseURL": url,
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "Schema",
            "ResourceType": resource_type,
            "ResourceProperties": properties,
        })
    }

    fn client() -> reqwest::Client {
        let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
        reqwest::Client::builder().no_proxy().build().unwrap()
    }

    async fn outcome(event: Value, run: impl AsyncFn(Step) -> anyhow::Result<()>) -> anyhow::Result<()> {
        handle(&client(), event, HOUR, &async |step| run(step).await.map(|()| Done::default())).await
    }

    #[tokio::test]
    async fn cloudformation_is_told_that_a_step_is_done_under_one_id() {
        let (url, answers) = address(0).await;
        let event = request(&url, "Create", "Custom::Schema", json!({ "Migrations": "0010-ab" }));
        let run = async |step| {
            assert_eq!(step, Step::Schema { migrations: "0010-ab".to_owned() });
            Ok(())
        };
        outcome(event.clone(), run).await.unwrap();
        let mut again = event;
        again["PhysicalResourceId"] = json!("earlier");
        outcome(again, run).await.unwrap();
        let ids: Vec<_> = answers.lock().unwrap().iter().map(|answer| answer["PhysicalResourceId"].clone()).collect();
        assert_eq!(ids, [json!("Schema"), json!("earlier")]);
        let digest = answers.lock().unwrap()[0]["Data"]["Digest"].clone();
        assert_eq!(
            answers.lock().unwrap()[0],
            json!({
                "Status": "SUCCESS", "Reason": "done", "PhysicalResourceId": "Schema",
                "StackId": "stack", "RequestId": "request", "LogicalResourceId": "Schema",
                "Data": { "Digest": digest },
            })
        );
    }

    #[test]
    fn another_property_is_another_digest_and_their_order_is_none() {
        let of = |text: &str| digest(&serde_json::from_str(text).unwrap());
        assert_eq!(of(r#"{"a":"1","b":["2"]}"#), of(r#"{"b":["2"],"a":"1"}"#));
        assert_ne!(of(r#"{"a":"1","b":["2"]}"#), of(r#"{"a":"1","b":["3"]}"#));
        assert_eq!(of("{}").len(), 16);
    }

    #[tokio::test]
    async fn settings_become_attributes_under_an_id_that_says_what_stands() {
        let (url, answers) = address(0).await;
        let mut event = request(
            &url,
            "Update",
            "Custom::Settings",
            json!({
                "Text": "GroupAbove=5", "DatabaseHost": "", "DatabaseSnapshot": "s", "ReserveConcurrency": "yes",
                "VaultKeyArn": "arn:key",
            }),
        );
        event["PhysicalResourceId"] = json!("before");
        event["OldResourceProperties"] = json!({ "Text": "GroupAbove=4" });
        let run = async |step| {
            let wanted = Choice {
                settings: "GroupAbove=5".to_owned(),
                database_host: String::new(),
                database_snapshot: "s".to_owned(),
                reserves_concurrency: true,
                vault_key_arn: "arn:key".to_owned(),
                stands_as: Some("before".to_owned()),
                settings_before: Some("GroupAbove=4".to_owned()),
                stack_id: "stack".to_owned(),
            };
            assert_eq!(step, Step::Settings(wanted));
            let attributes = Map::from_iter([("GroupAbove".to_owned(), json!("5"))]);
            Ok(Done { attributes, id: Some("after".to_owned()) })
        };
        handle(&client(), event, HOUR, &run).await.unwrap();
        let answer = answers.lock().unwrap()[0].clone();
        assert_eq!((&answer["PhysicalResourceId"], &answer["Data"]["GroupAbove"]), (&json!("after"), &json!("5")));
        assert_eq!(answer["Data"]["Digest"].as_str().unwrap().len(), 16);
    }

    #[tokio::test]
    async fn a_failure_is_answered_with_its_reason_and_stops_the_deploy() {
        let (url, answers) = address(0).await;
        let event = request(&url, "Update", "Custom::Schema", json!({ "Migrations": "0010-ab" }));
        outcome(event, async |_| Err(anyhow::anyhow!("ж".repeat(5_000)).context("no schema"))).await.unwrap();
        let answer = answers.lock().unwrap()[0].clone();
        assert_eq!(answer["Status"], "FAILED");
        assert!(answer["Reason"].as_str().unwrap().starts_with("no schema: жж"));
        assert!(answer.to_string().len() < 4_096, "CloudFormation takes no more");
    }

    #[tokio::test]
    async fn a_step_that_does_not_end_is_a_failure_before_lambda_ends_it() {
        let (url, answers) = address(0).await;
        let event = request(&url, "Create", "Custom::Schema", json!({ "Migrations": "0010-ab" }));
        let run = async |_| future::pending().await;
        handle(&client(), event, Duration::ZERO, &run).await.unwrap();
        assert_eq!(answers.lock().unwrap()[0]["Reason"], "not finished within 0 s");
    }

    #[tokio::test]
    async fn nothing_stands_in_the_way_of_a_deletion() {
        let (url, answers) = address(0).await;
        let event = request(&url, "Delete", "Custom::Unknown", Value::Null);
        outcome(event, async |_| unreachable!("nothing is done")).await.unwrap();
        assert_eq!(answers.lock().unwrap()[0]["Status"], "SUCCESS");
    }

    #[tokio::test]
    async fn what_is_asked_for_wrongly_is_refused_by_its_name() {
        let (url, answers) = address(0).await;
        for (resource, properties, reason) in [
            ("Custom::Other", Value::Null, "a resource of the type Custom::Other is none of ours"),
            ("Custom::Schema", json!({}), "the resource has no property Migrations"),
            (
                "Custom::TelegramBot",
                json!({ "WebhookUrl": "https://x.ru/", "MaxConnections": "1000" }),
                "MaxConnections is no small number: number too large to fit in target type",
            ),
        ] {
            outcome(request(&url, "Create", resource, properties), async |_| unreachable!("refused")).await.unwrap();
            assert_eq!(answers.lock().unwrap().pop().unwrap()["Reason"], reason);
        }
    }

    #[tokio::test]
    async fn an_answer_is_tried_three_times_and_its_address_is_never_told() {
        let bot = json!({ "WebhookUrl": "https://x.ru/", "MaxConnections": "10" });
        let (url, answers) = address(2).await;
        outcome(request(&url, "Create", "Custom::TelegramBot", bot.clone()), async |_| Ok(())).await.unwrap();
        assert_eq!(answers.lock().unwrap().len(), 1);
        let (url, answers) = address(3).await;
        let error = outcome(request(&url, "Create", "Custom::TelegramBot", bot), async |_| Ok(())).await.unwrap_err();
        assert!(answers.lock().unwrap().is_empty());
        assert!(!format!("{error:#}").contains("s3cret"), "{error:#}");
    }

    #[tokio::test]
    async fn by_hand_the_schema_is_brought_up_to_date_and_a_failure_is_one() {
        let run = async |step| {
            assert_eq!(step, Step::ByHand);
            Err(anyhow::anyhow!("no database"))
        };
        assert_eq!(outcome(json!({}), run).await.unwrap_err().to_string(), "no database");
    }
}
