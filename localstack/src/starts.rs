//! Whether the built functions start as Lambda would start them: with the environment of the template, against a stub of the
//! Runtime API, on a system with glibc 2.34.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use axum::{
    Router,
    extract::Path as UrlPath,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{process::Command, sync::mpsc};

use crate::template;

/// The glibc of Amazon Linux 2023.
const GLIBC: (u32, u32) = (2, 34);
/// A built function asks for its first event in milliseconds; a machine that builds beside it may be much slower.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// What a start without this variable must complain of.
const NEEDED: &str = "BOT_SECRET";

/// What Lambda and Secrets Manager would be.
struct Stub {
    address: String,
    first_next: mpsc::Receiver<String>,
}

impl Stub {
    async fn start() -> Result<Self> {
        let (tell, first_next) = mpsc::channel(16);
        let tell = Arc::new(tell);
        let next = async move |UrlPath(function): UrlPath<String>| {
            let _nobody_waits_any_more = tell.send(function).await;
            // There is no event: a function waits here until it is ended.
            std::future::pending::<StatusCode>().await
        };
        let secrets = json!({ "bot_token": "1:stub", "database_password": "stub", "password": "stub" });
        let secret =
            json!({ "ARN": "arn:aws:secretsmanager:eu-central-1:1:secret:s", "SecretString": secrets.to_string() });
        let router = Router::new()
            .route(
                "/{function}/2018-06-01/runtime/invocation/next",
                get(move |path| {
                    let next = next.clone();
                    async move { next(path).await }
                }),
            )
            .route("/{function}/2018-06-01/runtime/init/error", post(async || StatusCode::ACCEPTED))
            .route("/", post(async move || axum::Json(secret.clone())));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, first_next })
    }

    /// Whether a function asks for an event, or what it said when it ended instead.
    async fn starts(
        &mut self,
        binary: &Path,
        function: &str,
        environment: &BTreeMap<String, String>,
    ) -> Result<Result<(), String>> {
        let mut command = Command::new(binary);
        command.env_clear().envs(environment).envs([
            ("AWS_LAMBDA_RUNTIME_API", format!("http://{}/{function}", self.address)),
            ("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stub".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "stub".to_owned()),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "stub".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "stub".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        let outcome = tokio::select! {
            asked = self.first_next.recv() => {
                ensure!(asked.as_deref() == Some(function), "{asked:?} asks in the place of {function}");
                Ok(Ok(()))
            }
            ended = child.wait() => { ended?; Ok(Err(())) }
            () = tokio::time::sleep(START_TIMEOUT) => bail!("{function} asks for no event within {} s", START_TIMEOUT.as_secs()),
        };
        match outcome {
            Ok(Ok(())) => {
                child.kill().await?;
                Ok(Ok(()))
            }
            Ok(Err(())) => {
                let output = child.wait_with_output().await?;
                Ok(Err([output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()))
            }
            Err(error) => Err(error),
        }
    }
}

/// Starts every function of the transform; returns how many there are and the newest glibc that one of them needs.
pub async fn check(transformed: &Value, binaries: &Path) -> Result<(usize, Option<(u32, u32)>)> {
    let functions = environments(transformed)?;
    let mut stub = Stub::start().await?;
    let mut newest = None;
    for (function, environment) in &functions {
        let binary = binaries.join(function);
        if let Err(said) = stub.starts(&binary, function, environment).await? {
            bail!("{function} does not start with the environment of template.yaml:\n{said}");
        }
        let mut poorer = environment.clone();
        ensure!(poorer.remove(NEEDED).is_some(), "template.yaml gives {function} no {NEEDED}");
        match stub.starts(&binary, function, &poorer).await? {
            Err(said) if said.contains(NEEDED) => {}
            Err(said) => bail!("{function} without {NEEDED} complains of something else:\n{said}"),
            Ok(()) => bail!("{function} starts without {NEEDED}: this check would find nothing"),
        }
        let needs = glibc(&fs::read(&binary)?).with_context(|| format!("cannot read {}", binary.display()))?;
        newest = newest.max(needs);
        ensure!(needs <= Some(GLIBC), "{function} needs glibc {needs:?}, and Amazon Linux 2023 has {GLIBC:?}");
    }
    Ok((functions.len(), newest))
}

/// The functions of the transform by their binaries, each with the variables that it would be given.
fn environments(transformed: &Value) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    let mut functions = BTreeMap::new();
    for (id, resource) in resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Lambda::Function") {
        let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str();
        let binary = binary.with_context(|| format!("{id} names no Binary"))?.to_owned();
        let variables = resource["Properties"]["Environment"]["Variables"].as_object();
        let variables = variables.with_context(|| format!("{id} has no environment"))?;
        let resolve = |(name, value): (&String, &Value)| {
            Ok((name.clone(), resolve(transformed, value).with_context(|| format!("{name} of {id}"))?))
        };
        functions.insert(binary, variables.iter().map(resolve).collect::<Result<_>>()?);
    }
    Ok(functions)
}

/// What CloudFormation would make of a value, with every parameter at its default and likely names of resources.
fn resolve(transformed: &Value, value: &Value) -> Result<String> {
    if let Some(name) = value["Ref"].as_str() {
        return match &transformed["Parameters"][name]["Default"] {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => match transformed["Resources"][name]["Type"].as_str() {
                Some("AWS::SQS::Queue") => Ok(format!("https://sqs.eu-central-1.amazonaws.com/1/{name}")),
                Some("AWS::SecretsManager::Secret") => {
                    Ok(format!("arn:aws:secretsmanager:eu-central-1:1:secret:{name}"))
                }
                Some("AWS::Lambda::Version") => Ok(format!("arn:aws:lambda:eu-central-1:1:function:{name}:1")),
                Some("AWS::Events::EventBus") => Ok(format!("wb-assist-{name}")),
                other => bail!("it refers to {name}, of which the type {other:?} is not known here"),
            },
        };
    }
    if let Some(text) = value["Fn::Sub"].as_str() {
        let text = text.replace("${AWS::StackName}", "wb-assist");
        return if text.contains("${") { bail!("it names what is not known here: {text}") } else { Ok(text) };
    }
    if let (Some(of), Some(name)) = (value["Fn::GetAtt"][0].as_str(), value["Fn::GetAtt"][1].as_str())
        && transformed["Resources"][of]["Type"] == template::SETTINGS
    {
        let setting = domain::deployment::SETTINGS.iter().find(|setting| setting.name == name);
        let setting = setting.with_context(|| format!("there is no setting {name}"))?;
        return Ok(if name == "VaultKeyArn" { "arn:aws:kms:eu-central-1:1:key/x" } else { setting.default }.to_owned());
    }
    match (&value["Fn::GetAtt"][1], &value["Fn::If"][1], value) {
        (Value::String(attribute), _, _) if attribute == "Arn" => Ok("arn:aws:kms:eu-central-1:1:key/x".to_owned()),
        (Value::String(attribute), _, _) if attribute.ends_with("Address") => Ok("database.example.org".to_owned()),
        (Value::String(attribute), _, _) if attribute == "FunctionUrl" => Ok("https://bot.example.org/".to_owned()),
        (_, chosen, _) if !chosen.is_null() => resolve(transformed, chosen),
        (_, _, Value::String(text)) => Ok(text.clone()),
        (_, _, Value::Number(number)) => Ok(number.to_string()),
        _ => bail!("it is written in a way that is not known here: {value}"),
    }
}

/// The newest version of glibc that a program asks for; none where it is no 64-bit ELF file, as on a Mac.
fn glibc(program: &[u8]) -> Result<Option<(u32, u32)>> {
    const VERSIONS_NEEDED: u64 = 0x6fff_fffe;
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return Ok(None);
    }
    let number = |at: u64, bytes: usize| -> Result<u64> {
        let at = usize::try_from(at)?;
        let field = program.get(at..at + bytes).context("the file ends too early")?;
        Ok(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (sections, size, count) = (number(0x28, 8)?, number(0x3a, 2)?, number(0x3c, 2)?);
    let mut newest = None;
    for section in (0..count).map(|at| sections + at * size) {
        if number(section + 0x04, 4)? != VERSIONS_NEEDED {
            continue;
        }
        let names = number(sections + number(section + 0x28, 4)? * size + 0x18, 8)?;
        let mut file = number(section + 0x18, 8)?;
        for _ in 0..number(section + 0x2c, 4)? {
            let mut version = file + number(file + 8, 4)?;
            for _ in 0..number(file + 2, 2)? {
                let name = usize::try_from(names + number(version + 8, 4)?)?;
                let text: Vec<u8> =
                    program.get(name..).unwrap_or_default().iter().copied().take_while(|byte| *byte != 0).collect();
                newest = newest.max(parse_glibc(&String::from_utf8_lossy(&text)));
                version += number(version + 12, 4)?;
            }
            file += number(file + 12, 4)?;
        }
    }
    Ok(newest)
}

fn parse_glibc(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name.strip_prefix("GLIBC_")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_which_glibc_it_needs() {
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        if own.starts_with(b"\x7fELF") {
            assert!(glibc(&own).unwrap() >= Some((2, 2)));
        }
        assert_eq!(glibc(b"#!/bin/sh").unwrap(), None);
        assert!(glibc(b"\x7fELF\x02\x01 cut off").is_err());
        assert_eq!(parse_glibc("GLIBC_2.34"), Some((2, 34)));
        assert_eq!(parse_glibc("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(parse_glibc("GLIBC_PRIVATE"), None);
    }

    #[test]
    fn a_variable_is_what_cloudformation_would_make_of_it() {
        let template = json!({
            "Parameters": { "Port": { "Default": 5432 }, "Empty": { "Default": "" } },
            "Resources": { "Queue": { "Type": "AWS::SQS::Queue" }, "Other": { "Type": "AWS::S3::Bucket" } },
        });
        let resolved = |value: Value| resolve(&template, &value).map_err(|error| error.to_string());
        assert_eq!(resolved(json!({ "Ref": "Port" })), Ok("5432".into()));
        assert_eq!(resolved(json!({ "Ref": "Empty" })), Ok(String::new()));
        assert_eq!(resolved(json!({ "Ref": "Queue" })), Ok("https://sqs.eu-central-1.amazonaws.com/1/Queue".into()));
        let chosen =
            json!({ "Fn::If": ["Own", { "Fn::GetAtt": ["Database", "Endpoint.Address"] }, { "Ref": "Empty" }] });
        assert_eq!(resolved(chosen), Ok("database.example.org".into()));
        assert_eq!(resolved(json!(7)), Ok("7".into()));
        assert_eq!(resolved(json!({ "Fn::Sub": "Metrics/${AWS::StackName}" })), Ok("Metrics/wb-assist".into()));
        assert!(resolved(json!({ "Fn::Sub": "${Queue.Arn}" })).is_err());
        assert!(resolved(json!({ "Ref": "Other" })).is_err() && resolved(json!({ "Fn::Join": [] })).is_err());
    }
}
