//! `ops`: what an operator does, on the local cloud or on a deployed stack.
//!
//! Of the local cloud it is done by the program `ops` (functions/ops), in the environment that `up` has written for the
//! functions. In a deployed stack the same program is a function, which is invoked with the same command: so the operator
//! needs no way to the database.

use std::{collections::BTreeMap, fs, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::primitives::Blob;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use crate::base::{cargo, config::Config, progress::print, state::State};

/// The function of the template that carries out an operator's commands.
const FUNCTION: &str = "Ops";
/// The function's own time limit, and what it takes to begin.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(930);

/// Where, and what.
#[derive(Args)]
#[command(after_long_help = "\
Without --stack the local cloud is meant, which must be up.

With --stack the function Ops of the stack is invoked with your AWS credentials. They need \
cloudformation:DescribeStackResource and lambda:InvokeFunction, and nothing else. The same from the AWS CLI:

  aws lambda invoke --function-name NAME --cli-binary-format raw-in-base64-out \\
    --payload '{\"command\":\"invite\",\"days\":7}' answer.json

NAME is the stack's output OpsFunction.")]
pub(crate) struct Ops {
    /// A deployed stack; the local cloud without it
    #[arg(long)]
    stack: Option<String>,
    /// The stack's region, if not the one of your AWS configuration
    #[arg(long, requires = "stack")]
    region: Option<String>,
    /// Do not ask before something that cannot be taken back
    #[arg(long)]
    yes: bool,
    #[command(subcommand)]
    task: Task,
}

/// What an operator does. Its names and fields are those of `app::operations::Command`, which is not known here: this program
/// must build while the queries of the product do not.
#[derive(Subcommand, Serialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
enum Task {
    /// Make a link that lets one person start
    Invite {
        /// For how many days it works
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=30))]
        days: u16,
    },
    /// All cabinets: last sync, type and end of the tokens, what is pending, the last error
    Cabinets,
    /// One cabinet: its tokens, sources and cooldowns
    Cabinet {
        /// Its id
        id: i64,
    },
    /// All people: language, cabinets, what is pending, who blocks the bot
    People,
    /// Tell all people something, each in their turn; asks before
    Broadcast {
        /// The text, as it will be read
        text: String,
        /// Only those who read ru, or en
        #[arg(long)]
        language: Option<String>,
    },
    /// Bring the dead letters of both queues back
    Redrive,
    /// Seal every token anew under a new data key; the old key is deleted when nothing has needed it for a week
    RotateKey {
        /// No new key: seal anew what functions that were running have sealed under the old one since
        #[arg(long)]
        finish: bool,
    },
    /// Delete a cabinet or a person with all data, as people can themselves; asks before
    #[command(subcommand)]
    #[serde(untagged)]
    Remove(Whom),
}

/// Whom to delete.
#[derive(Subcommand, Serialize)]
#[serde(tag = "command")]
enum Whom {
    /// A cabinet, from all its members
    #[serde(rename = "remove-cabinet")]
    Cabinet {
        /// Its id
        id: i64,
    },
    /// A person, and each cabinet that has nobody else
    #[serde(rename = "remove-person")]
    Person {
        /// Telegram's id
        telegram_id: i64,
    },
}

impl Task {
    /// As the program `ops` reads it (`app::operations::Command`).
    fn command(&self) -> Result<Value> {
        serde_json::to_value(self).context("a command is always JSON")
    }
}

/// Does it; the value says whether it was done. Why it was not, the program has said itself.
pub(crate) async fn ops(config: &Config, ops: Ops) -> Result<bool> {
    let command = ops.task.command()?;
    if let Some(stack) = &ops.stack {
        return invoke(stack, ops.region, command, ops.yes).await.map(|()| true);
    }
    let state = State::of_running(config)?;
    let path = config.dir.join("functions.env");
    let environment =
        local_environment(&fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?);
    let mut program = cargo::command(config);
    program.args(["run", "--quiet", "--bin", "ops", "--", &command.to_string()]).args(ops.yes.then_some("--yes"));
    program.envs(environment).env("AWS_LAMBDA_LOG_FORMAT", "Text").env("AWS_LAMBDA_LOG_LEVEL", "WARN");
    let is_invite = state.telegram.fake && matches!(ops.task, Task::Invite { .. });
    if is_invite {
        program.stdout(Stdio::piped());
    }
    let done = program.spawn().context("cannot run cargo")?.wait_with_output().await.context("cannot run cargo")?;
    if is_invite {
        print(invitation(&String::from_utf8_lossy(&done.stdout)));
    }
    Ok(done.status.success())
}

/// The answer to `invite`, with how the link is used at the fake Telegram.
fn invitation(answer: &str) -> String {
    let code = answer.lines().find_map(|line| line.split_once("?start="));
    let hint = code.map(|(_, code)| format!(" At the fake Telegram: cargo local say /start {code}"));
    format!("{}{}", answer.trim_end(), hint.unwrap_or_default())
}

/// The environment that `up` has written for the functions: a variable a line.
fn local_environment(file: &str) -> BTreeMap<String, String> {
    let variables = file.lines().filter_map(|line| line.split_once('='));
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Has a command carried out by the function of a deployed stack, and prints its answer.
async fn invoke(stack: &str, region: Option<String>, mut event: Value, is_agreed: bool) -> Result<()> {
    let timeouts = TimeoutConfig::builder().read_timeout(INVOKE_TIMEOUT).operation_timeout(INVOKE_TIMEOUT).build();
    // A command is carried out once, also where its answer is lost.
    let retries = RetryConfig::disabled();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).retry_config(retries);
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    let sdk = loader.load().await;
    let cloud = aws_sdk_cloudformation::Client::new(&sdk);
    let found = cloud.describe_stack_resource().stack_name(stack).logical_resource_id(FUNCTION).send().await;
    let found = found.with_context(|| format!("cannot find the function {FUNCTION} of the stack {stack}"))?;
    let detail = found.stack_resource_detail().context("CloudFormation tells nothing of the function")?;
    let name = detail.physical_resource_id().context("the function is not deployed yet")?;
    event["yes"] = is_agreed.into();
    let invoked = aws_sdk_lambda::Client::new(&sdk).invoke().function_name(name).payload(Blob::new(event.to_string()));
    let invoked = invoked.send().await.with_context(|| format!("cannot invoke {name}"))?;
    let said = invoked.payload().map(Blob::as_ref).unwrap_or_default();
    print(format_args!("{}", answer_of(said)?.trim_end()));
    Ok(())
}

/// The answer of the function, or its error.
fn answer_of(said: &[u8]) -> Result<String> {
    let said: Value = serde_json::from_slice(said).context("the function gives an answer that cannot be read")?;
    match (&said["answer"], &said["errorMessage"]) {
        (Value::String(answer), _) => Ok(answer.clone()),
        (_, Value::String(error)) => bail!("{error}"),
        _ => bail!("the function gives no answer"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        ops: Ops,
    }

    fn command(line: &str) -> Value {
        Line::try_parse_from(["ops"].into_iter().chain(line.split(' '))).unwrap().ops.task.command().unwrap()
    }

    #[test]
    fn a_line_becomes_the_command_that_the_program_reads() {
        assert_eq!(command("cabinets"), json!({ "command": "cabinets" }));
        assert_eq!(command("--yes remove person 1000"), json!({ "command": "remove-person", "telegram_id": 1000 }));
        let broadcast = json!({ "command": "broadcast", "text": "Hello", "language": "en" });
        assert_eq!(command("--stack wb --region eu-central-1 broadcast Hello --language en"), broadcast);
        assert_eq!(command("rotate-key --finish"), json!({ "command": "rotate-key", "finish": true }));
        assert_eq!(command("remove cabinet 7"), json!({ "command": "remove-cabinet", "id": 7 }));
        assert_eq!(command("redrive"), json!({ "command": "redrive" }));
        assert_eq!(command("invite --days 3"), json!({ "command": "invite", "days": 3 }));
        assert!(Line::try_parse_from(["ops", "--region", "eu-central-1", "people"]).is_err(), "a region is a stack's");
    }

    #[test]
    fn what_the_function_says_is_its_answer_or_an_error() {
        assert_eq!(answer_of(br#"{"answer":"a link"}"#).unwrap(), "a link");
        let error = br#"{"errorType":"CommandFailed","errorMessage":"no such cabinet"}"#;
        assert_eq!(answer_of(error).unwrap_err().to_string(), "no such cabinet");
        assert!(answer_of(b"null").is_err() && answer_of(b"").is_err());
    }

    #[test]
    fn an_invitation_says_how_it_is_used_at_the_fake_telegram() {
        let answer = "https://t.me/bot?start=c0de\nFor one person, until 2026-12-07.\n";
        let said = "https://t.me/bot?start=c0de\nFor one person, until 2026-12-07. At the fake Telegram: cargo local say \
                    /start c0de";
        assert_eq!((invitation(answer).as_str(), invitation("")), (said, String::new()));
    }

    #[test]
    fn the_functions_environment_is_read_line_by_line() {
        let read = local_environment("DATABASE_PORT=5432\nWB_API_URL=http://x/?a=b\n");
        assert_eq!(read["DATABASE_PORT"], "5432");
        assert_eq!(read["WB_API_URL"], "http://x/?a=b");
    }
}
