//! LocalStack: SQS, the rule, the event source mappings, Lambda's control plane; and our stack in it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_cloudformation::{
    error::ProvideErrorMetadata,
    types::{Capability, ChangeSetStatus, ChangeSetType, Parameter, StackStatus},
};
use nix::sys::signal::Signal;
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use crate::base::{config::Config, http, process::Part, python::Venv, template::Template};

/// The only region that there is here.
pub(crate) const REGION: &str = "us-east-1";
/// LocalStack asks for an access key and takes any.
pub(crate) const ACCESS_KEY: &str = "local";
/// What the stack is called.
const STACK: &str = "wb-assist";
/// What a change set is called.
const CHANGE_SET: &str = "up";
/// Where the functions' code would be.
const CODE: (&str, &str) = ("local", "code.zip");
/// Where the template is.
const TEMPLATE: &str = "template.yaml";
/// The shortest zip file, an empty one: LocalStack asks for code that our plugin never runs.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// How long LocalStack may take to answer. It takes 5 s on an idle machine, 14 s on a busy one.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a deployment may take. It takes 6 s on an idle machine.
const DEPLOY_TIMEOUT: Duration = Duration::from_secs(180);
/// How long an address for an answer works.
const ANSWER_VALID: Duration = Duration::from_secs(3_600);
/// How often is asked.
const POLL: Duration = Duration::from_millis(300);

/// What the template leaves open.
pub(crate) struct Parameters {
    /// By their names in the template.
    pub values: BTreeMap<&'static str, String>,
    /// What is given in its parameter `Settings`.
    pub settings: String,
    /// What a team puts into the secret of the bot before the first deploy.
    pub bot_secret: SecretString,
    /// By this Telegram's requests are known here. In the cloud it is generated.
    pub webhook_secret: SecretString,
}

/// Starts LocalStack with our plugin and waits until it answers.
pub(crate) async fn start(config: &Config, venv: &Venv, endpoint: &str, watch_url: &str) -> Result<Part> {
    let address = endpoint.trim_start_matches("http://");
    let mut command = Command::new(venv.program("python"));
    command.args(["-m", "localstack.runtime.main"]).current_dir(&config.dir).envs([
        // Else the file /.dockerenv of a development container makes it write to /var/lib.
        ("OVERRIDE_IN_DOCKER", "0"),
        ("GATEWAY_LISTEN", address),
        // The default server listens on every interface, whatever GATEWAY_LISTEN says.
        ("GATEWAY_SERVER", "hypercorn"),
        // Queue addresses without a name that only public DNS knows.
        ("LOCALSTACK_HOST", address),
        ("SQS_ENDPOINT_STRATEGY", "path"),
        ("DNS_ADDRESS", "0"),
        // It asks nobody outside for anything.
        ("SKIP_SSL_CERT_DOWNLOAD", "1"),
        ("DISABLE_EVENTS", "1"),
        // An empty queue is looked at each second.
        ("LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC", "1"),
        ("LAMBDA_RUNTIME_EXECUTOR", "cargo-local"),
        ("CARGO_LOCAL_WATCH", watch_url),
        ("PYTHONUNBUFFERED", "1"),
        // A file written into the workspace would restart every function.
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ]);
    command.env("FILESYSTEM_ROOT", config.dir.join("localstack"));
    command.env("PYTHONPATH", config.workspace.join("localstack/plugin"));
    for theirs in ["PYTHONHOME", "VIRTUAL_ENV", "LOCALSTACK_AUTH_TOKEN", "DEBUG", "SERVICES"] {
        command.env_remove(theirs);
    }
    http::no_proxy_for_this_machine(&mut command);
    let part = Part::start("localstack", command, config.log_file("localstack"), &config.dir, Signal::SIGTERM)?;
    part.until_it_answers(START_TIMEOUT, async || is_healthy(endpoint).await).await.map_err(|lines| {
        let log = config.log_file("localstack");
        anyhow!("LocalStack did not start. Its last words:\n{lines}All of it: {}", log.display())
    })
}

/// Whether LocalStack answers.
pub(crate) async fn is_healthy(endpoint: &str) -> bool {
    let answer = http::local().get(format!("{endpoint}/_localstack/health")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// How AWS's services are reached here.
pub(crate) async fn sdk(endpoint: &str) -> aws_config::SdkConfig {
    aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::from_static(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(aws_sdk_sqs::config::Credentials::new(ACCESS_KEY, ACCESS_KEY, None, None, "cargo local"))
        .load()
        .await
}

/// What stands after a deployment.
pub(crate) struct Deployed {
    /// What each function was given.
    pub environments: Vec<(String, BTreeMap<String, String>)>,
    /// The custom resources that are to be run now: name, type, properties as the template has them.
    pub custom: Vec<(String, String, serde_norway::Value)>,
}

/// Deploys the template.
pub(crate) async fn deploy(config: &Config, sdk: &aws_config::SdkConfig, parameters: &Parameters) -> Result<Deployed> {
    let template = Template::read(&config.workspace.join("template.yaml"))?;
    let functions = template.functions.clone();
    let custom = template.custom.clone();
    upload_code(sdk).await?;
    let settings = domain::deployment::parse(&parameters.settings)?;
    let body = template.for_local_cloud(&format!("s3://{}/{}", CODE.0, CODE.1), config.sync_interval_s, &settings)?;
    // A template of more than 51,200 bytes is not taken in a request; `sam deploy` puts it into a bucket, too.
    let template = aws_sdk_s3::primitives::ByteStream::from(body.into_bytes());
    s3(sdk)
        .put_object()
        .bucket(CODE.0)
        .key(TEMPLATE)
        .body(template)
        .send()
        .await
        .context("cannot upload the template")?;
    let url = format!("{}/{}/{TEMPLATE}", sdk.endpoint_url().context("LocalStack has no address")?, CODE.0);
    tokio::time::timeout(DEPLOY_TIMEOUT, create_stack(sdk, &url, parameters))
        .await
        .context("LocalStack did not finish the deployment")??;

    let lambda = aws_sdk_lambda::Client::new(sdk);
    let mut environments = Vec::new();
    for function in functions {
        let answer = lambda.get_function_configuration().function_name(&function).send().await;
        let answer = answer.with_context(|| format!("{function} was not deployed"))?;
        let variables = answer.environment.and_then(|environment| environment.variables).unwrap_or_default();
        environments.push((function, variables.into_iter().collect()));
    }
    give_secrets(sdk, &environments, parameters).await?;
    Ok(Deployed { environments, custom })
}

/// The variable that says which secret the webhook's is.
const WEBHOOK_SECRET: &str = "WEBHOOK_SECRET_ARN";

/// Makes the secret that a team makes by hand, and puts the webhook's of this local cloud into the one of the stack.
async fn give_secrets(
    sdk: &aws_config::SdkConfig,
    environments: &[(String, BTreeMap<String, String>)],
    parameters: &Parameters,
) -> Result<()> {
    let webhook = environments.iter().find_map(|(_, environment)| environment.get(WEBHOOK_SECRET));
    let webhook = webhook.with_context(|| format!("no function has {WEBHOOK_SECRET}"))?;
    let manager = aws_sdk_secretsmanager::Client::new(sdk);
    let bot = parameters.bot_secret.expose_secret();
    let made = manager.create_secret().name(format!("{STACK}/bot")).secret_string(bot).send().await;
    let known = parameters.webhook_secret.expose_secret();
    let put = manager.put_secret_value().secret_id(webhook).secret_string(known).send().await;
    // Of the SDK's errors only the sentence: the whole may hold the request, and that holds secrets.
    let refused = made.err().map(|error| sentence(&error)).or_else(|| put.err().map(|error| sentence(&error)));
    refused.map_or(Ok(()), |sentence| bail!("Secrets Manager does not take the secrets: {sentence}"))
}

fn sentence(error: &impl ProvideErrorMetadata) -> String {
    error.message().unwrap_or("no answer").to_owned()
}

fn s3(sdk: &aws_config::SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(sdk).force_path_style(true).build())
}

/// An address that takes one answer, signed as CloudFormation signs its own.
pub(crate) async fn answer_address(sdk: &aws_config::SdkConfig, name: &str) -> Result<String> {
    let expires = aws_sdk_s3::presigning::PresigningConfig::expires_in(ANSWER_VALID).context("an hour is too long")?;
    let signed = s3(sdk).put_object().bucket(CODE.0).key(name).presigned(expires).await;
    Ok(signed.context("cannot sign an address for the answer")?.uri().to_owned())
}

/// What was put there.
pub(crate) async fn answer(sdk: &aws_config::SdkConfig, name: &str) -> Result<serde_json::Value> {
    let answer = s3(sdk).get_object().bucket(CODE.0).key(name).send().await.context("nothing was answered")?;
    let bytes = answer.body.collect().await.context("the answer breaks off")?.into_bytes();
    serde_json::from_slice(&bytes).context("the answer is no JSON")
}

async fn upload_code(sdk: &aws_config::SdkConfig) -> Result<()> {
    let s3 = s3(sdk);
    s3.create_bucket().bucket(CODE.0).send().await.context("cannot make the bucket for the code")?;
    let code = aws_sdk_s3::primitives::ByteStream::from_static(EMPTY_ZIP);
    s3.put_object().bucket(CODE.0).key(CODE.1).body(code).send().await.context("cannot upload the code")?;
    Ok(())
}

async fn create_stack(sdk: &aws_config::SdkConfig, template_url: &str, parameters: &Parameters) -> Result<()> {
    let cloud = aws_sdk_cloudformation::Client::new(sdk);
    let one = |name: &str, value: &str| Parameter::builder().parameter_key(name).parameter_value(value).build();
    let values = parameters.values.iter().map(|(name, value)| one(name, value));
    cloud
        .create_change_set()
        .stack_name(STACK)
        .change_set_name(CHANGE_SET)
        .change_set_type(ChangeSetType::Create)
        .template_url(template_url)
        .set_parameters(Some(values.collect()))
        .capabilities(Capability::CapabilityIam)
        .capabilities(Capability::CapabilityNamedIam)
        .capabilities(Capability::CapabilityAutoExpand)
        .send()
        .await
        .map_err(|error| anyhow!("LocalStack refuses the template: {}", sentence(&error)))?;
    loop {
        let change = cloud.describe_change_set().stack_name(STACK).change_set_name(CHANGE_SET).send().await?;
        match change.status {
            Some(ChangeSetStatus::CreateComplete) => break,
            Some(ChangeSetStatus::Failed) => {
                bail!("LocalStack refuses the template: {}", change.status_reason.unwrap_or_default())
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
    cloud.execute_change_set().stack_name(STACK).change_set_name(CHANGE_SET).send().await?;
    loop {
        let stacks = cloud.describe_stacks().stack_name(STACK).send().await?.stacks.unwrap_or_default();
        match stacks.first().and_then(|stack| stack.stack_status.clone()) {
            Some(StackStatus::CreateComplete) => return Ok(()),
            None | Some(StackStatus::CreateInProgress | StackStatus::ReviewInProgress) => {
                tokio::time::sleep(POLL).await;
            }
            Some(status) => bail!("the stack is {status}:\n{}", failures(&cloud).await),
        }
    }
}

async fn failures(cloud: &aws_sdk_cloudformation::Client) -> String {
    let events = cloud.describe_stack_events().stack_name(STACK).send().await;
    let events = events.ok().and_then(|events| events.stack_events).unwrap_or_default();
    let failed = events.iter().filter_map(|event| {
        let status = event.resource_status.as_ref()?.as_str();
        let (resource, reason) = (event.logical_resource_id.as_deref()?, event.resource_status_reason.as_deref()?);
        status.ends_with("FAILED").then(|| format!("    {resource}: {reason}\n"))
    });
    failed.collect()
}

/// How many messages a queue holds: waiting, delayed and being worked on.
pub(crate) async fn depth(sqs: &aws_sdk_sqs::Client, queue_url: &str) -> Result<u64> {
    use aws_sdk_sqs::types::QueueAttributeName as Name;
    let names = [
        Name::ApproximateNumberOfMessages,
        Name::ApproximateNumberOfMessagesDelayed,
        Name::ApproximateNumberOfMessagesNotVisible,
    ];
    let answer = sqs.get_queue_attributes().queue_url(queue_url).set_attribute_names(Some(names.to_vec())).send().await;
    let attributes = answer.context("cannot ask SQS how many messages wait")?.attributes.unwrap_or_default();
    names
        .iter()
        .map(|name| attributes.get(name).map_or(Ok(0), |count| count.parse::<u64>().context("not a count")))
        .sum()
}

/// The folder of LocalStack's own files.
pub(crate) fn forget(config: &Config) {
    let folder: &Path = &config.dir.join("localstack");
    let _not_there = std::fs::remove_dir_all(folder);
}
