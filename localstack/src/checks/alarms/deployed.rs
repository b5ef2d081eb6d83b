//! What the template says of a world: its functions, its queues, and who calls whom.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::{postgres::Relay, telegram::FakeTelegram, wb::FakeWb};

use super::{
    aws,
    function::{Function, callers},
    queue::Queue,
};
use crate::{base::state::Database, checks::resolve};

/// What Lambda does with an event of a rule where the template says nothing.
const RETRIES_DEFAULT: u64 = 2;

/// A queue that Lambda polls for a function.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    pub queue: String,
    pub dead_letters: String,
    pub binary: String,
    pub batch: usize,
    /// Its id, where it counts its events.
    pub counts_as: Option<String>,
}

/// What Lambda does with an event of the rule that failed.
#[derive(Clone, Debug)]
pub(super) struct RetryPolicy {
    pub retries: u64,
    pub dead_letters: Option<String>,
}

/// What differs from a deployment.
pub(super) struct Own<'a> {
    pub database: &'a Database,
    pub relay: &'a Relay,
    pub wb: &'a FakeWb,
    pub telegram: &'a FakeTelegram,
    pub url: &'a str,
    pub key: PathBuf,
}

/// The functions that somebody calls, with the template's environment, and above it what differs here.
pub(super) fn functions(transformed: &Value, own: &Own<'_>) -> Result<BTreeMap<String, Function>> {
    let port = own.relay.url.port().context("the relay has no port")?;
    let other = [
        ("DATABASE_HOST", "127.0.0.1".to_owned()),
        ("DATABASE_PORT", port.to_string()),
        ("DATABASE_NAME", own.database.name.clone()),
        ("DATABASE_USER", own.database.user.clone()),
        ("DATABASE_TLS", "disable".to_owned()),
        ("WB_API_URL", own.wb.url_template()),
        ("TELEGRAM_API_URL", own.telegram.url()),
        ("BOT_URL", own.url.to_owned()),
        ("ACCESS", "open".to_owned()),
    ];
    let mut functions = BTreeMap::new();
    for caller in callers(transformed)? {
        let (binary, mut function) = Function::called_by(transformed, caller)?;
        for (name, value) in &other {
            if let Some(variable) = function.environment.get_mut(*name) {
                variable.clone_from(value);
            }
        }
        if function.environment.remove("VAULT_KMS_KEY_ID").is_some() {
            function.environment.insert("VAULT_KEY_FILE".to_owned(), text_of(&own.key));
        }
        functions.insert(binary, function);
    }
    Ok(functions)
}

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The queues of the template, by their names.
pub(super) fn queues(transformed: &Value) -> Result<BTreeMap<String, Queue>> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    let ids = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::SQS::Queue").map(|(id, _)| id);
    ids.map(|id| aws::queue(transformed, id)).collect()
}

/// Which function Lambda calls for which queue.
pub(super) fn mappings(transformed: &Value) -> Result<Vec<Mapping>> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    let of_queue = |reference: &Value| -> Result<(String, String)> {
        let id = reference["Fn::GetAtt"][0].as_str().context("it refers to no queue")?.to_owned();
        Ok((aws::queue(transformed, &id)?.0, id))
    };
    let mut mappings = Vec::new();
    for (id, resource) in resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Lambda::EventSourceMapping")
    {
        let properties = &resource["Properties"];
        let (queue, queue_id) = of_queue(&properties["EventSourceArn"]).with_context(|| id.clone())?;
        let redrive = &resources[&queue_id]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"];
        let reports = properties["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]);
        ensure!(reports, "{id} does not let its function report single messages, which is not known here");
        let counts =
            properties["MetricsConfig"]["Metrics"].as_array().is_some_and(|names| names.contains(&json!("EventCount")));
        let counts_as = counts.then(|| resolve::text(transformed, &json!({ "Ref": id }))).transpose()?;
        let batch = properties["BatchSize"].as_u64().with_context(|| format!("{id} has no BatchSize"))?;
        mappings.push(Mapping {
            queue,
            dead_letters: of_queue(redrive).with_context(|| format!("the dead letters of {queue_id}"))?.0,
            binary: Function::called_by(transformed, &properties["FunctionName"])?.0,
            batch: usize::try_from(batch)?,
            counts_as,
        });
    }
    Ok(mappings)
}

/// What the template says of events that fail at the function, by the name by which the rule calls it.
pub(super) fn retry_policy(transformed: &Value, function: &Function) -> Result<RetryPolicy> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    for resource in resources.values().filter(|resource| resource["Type"] == "AWS::Lambda::EventInvokeConfig") {
        let properties = &resource["Properties"];
        let name = resolve::text(transformed, &properties["FunctionName"])?;
        let qualifier = resolve::text(transformed, &properties["Qualifier"])?;
        if !function.is_called(&name, &qualifier) {
            continue;
        }
        let dead_letters = match properties["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0].as_str() {
            Some(id) => Some(aws::queue(transformed, id)?.0),
            None => None,
        };
        let retries = properties["MaximumRetryAttempts"].as_u64().unwrap_or(RETRIES_DEFAULT);
        return Ok(RetryPolicy { retries, dead_letters });
    }
    Ok(RetryPolicy { retries: RETRIES_DEFAULT, dead_letters: None })
}
