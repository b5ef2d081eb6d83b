//! `ops`: what an operator does, on the local cloud or on a deployed stack.
//!
//! A local `invite` is done here, where a real bot's token may stand in the environment. Everything else of the local cloud is
//! done by the program `ops` (functions/ops), in the environment that `up` has written for the functions. In a deployed stack
//! the same program is a function, which is invoked with the same command: so the operator needs no way to the database.

use std::{collections::BTreeMap, fs, time::Duration};

use anyhow::{Context, Result, bail};
use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::primitives::Blob;
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

use crate::{config::Config, database, poller, progress::print, state::State, up::FAKE_BOT_TOKEN, watch};

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
pub struct Ops {
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

/// What an operator does.
#[derive(Subcommand)]
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
    /// Delete a cabinet or a person with all data, as people can themselves; asks before
    Remove {
        #[command(subcommand)]
        whom: Whom,
    },
    /// Bring the dead letters of both queues back
    Redrive,
    /// Seal every token anew under a new data key; the old key is deleted when nothing has needed it for a week
    RotateKey {
        /// No new key: seal anew what functions that were running have sealed under the old one since
        #[arg(long)]
        finish: bool,
    },
}

/// Whom to delete.
#[derive(Subcommand)]
enum Whom {
    /// A cabinet, from all its members
    Cabinet {
        /// Its id
        id: i64,
    },
    /// A person, and each cabinet that has nobody else
    Person {
        /// Telegram's id
        telegram_id: i64,
    },
}

impl Task {
    /// As the program `ops` reads it (`app::operations::Command`).
    fn command(&self) -> Value {
        match self {
            Self::Invite { days } => json!({ "command": "invite", "days": days }),
            Self::Cabinets => json!({ "command": "cabinets" }),
            Self::Cabinet { id } => json!({ "command": "cabinet", "id": id }),
            Self::People => json!({ "command": "people" }),
            Self::Broadcast { text, language } => json!({ "command": "broadcast", "text": text, "language": language }),
            Self::Remove { whom: Whom::Cabinet { id } } => json!({ "command": "remove-cabinet", "id": id }),
            Self::Remove { whom: Whom::Person { telegram_id } } => {
                json!({ "command": "remove-person", "telegram_id": telegram_id })
            }
            Self::Redrive => json!({ "command": "redrive" }),
            Self::RotateKey { finish } => json!({ "command": "rotate-key", "finish": finish }),
        }
    }
}

/// Does it; the value says whether it was done. Why it was not, the program has said itself.
pub async fn ops(config: &Config, ops: Ops) -> Result<bool> {
    if let (Task::Invite { days }, None) = (&ops.task, &ops.stack) {
        return invite(config, &State::of_running(config)?, *days).await.map(|()| true);
    }
    if let Some(stack) = &ops.stack {
        return invoke(stack, ops.region, &ops.task, ops.yes).await.map(|()| true);
    }
    State::of_running(config)?;
    let path = config.dir.join("functions.env");
    let environment =
        local_environment(&fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?);
    let mut program = Command::new("cargo");
    program
        .args(["run", "--quiet", "--bin", "ops", "--", &ops.task.command().to_string()])
        .args(ops.yes.then_some("--yes"));
    program.current_dir(&config.workspace);
    watch::without_cargos_variables(&mut program);
    program.envs(environment).env("AWS_LAMBDA_LOG_FORMAT", "Text").env("AWS_LAMBDA_LOG_LEVEL", "WARN");
    let status = program.status().await.context("cannot run cargo")?;
    Ok(status.success())
}

/// The environment that `up` has written for the functions: a variable a line.
fn local_environment(file: &str) -> BTreeMap<String, String> {
    let variables = file.lines().filter_map(|line| line.split_once('='));
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Has a command carried out by the function of a deployed stack, and prints its answer.
async fn invoke(stack: &str, region: Option<String>, task: &Task, is_agreed: bool) -> Result<()> {
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
    let mut event = task.command();
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

async fn invite(config: &Config, state: &State, days: u16) -> Result<()> {
    // Whoever opens the link must meet this bot: Telegram is asked for its name before there is a link.
    let token = match &config.bot_token {
        Some(token) => token.clone(),
        None if state.telegram.fake => SecretString::from(FAKE_BOT_TOKEN),
        None => bail!("BOT_TOKEN is not set here: the link needs the name of the bot that runs"),
    };
    let bot = poller::Bot::meet(&state.telegram.url, &token).await?;
    let pool = state.database.pool();
    // 122 random bits, in 32 characters that nobody takes for a token.
    let code = Uuid::new_v4().simple().to_string();
    let now = now();
    let until = now + TimeDelta::days(days.into());
    database::save_invite(&pool, &code, now, until).await.context("cannot store the link")?;
    pool.close().await;
    print(format_args!("https://t.me/{}?start={code}", bot.name().trim_start_matches('@')));
    print(format_args!(
        "For one person, until {}. At the fake Telegram: cargo local say /start {code}",
        until.date_naive()
    ));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a link begins to work at the present time, and nothing is below it")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        ops: Ops,
    }

    fn command(line: &str) -> Value {
        Line::try_parse_from(["ops"].into_iter().chain(line.split(' '))).unwrap().ops.task.command()
    }

    #[test]
    fn a_line_becomes_the_command_that_the_program_reads() {
        assert_eq!(command("cabinets"), json!({ "command": "cabinets" }));
        assert_eq!(command("--yes remove person 1000"), json!({ "command": "remove-person", "telegram_id": 1000 }));
        let broadcast = json!({ "command": "broadcast", "text": "Hello", "language": "en" });
        assert_eq!(command("--stack wb --region eu-central-1 broadcast Hello --language en"), broadcast);
        assert_eq!(command("rotate-key --finish"), json!({ "command": "rotate-key", "finish": true }));
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
    fn the_functions_environment_is_read_line_by_line() {
        let read = local_environment("DATABASE_PORT=5432\nWB_API_URL=http://x/?a=b\n");
        assert_eq!(read["DATABASE_PORT"], "5432");
        assert_eq!(read["WB_API_URL"], "http://x/?a=b");
    }
}
