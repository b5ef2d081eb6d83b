//! What an operator looks at and does: in AWS a function to be invoked, with the command as its event; on the laptop a program
//! that `cargo local ops` starts with the environment of the local cloud, with the command as JSON for its one argument and
//! `--yes` to agree beforehand.

#![warn(unreachable_pub)]
// The requests of AWS's clients are nested deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use std::{
    io::{Write, stderr, stdin, stdout},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use app::{
    Keyring,
    function::OPS,
    operations::{Command, Operations},
};
use runtime::{
    SystemClock,
    aws::{self, SdkConfig},
    commands,
    config::{self, Database, Queues, SecretIds, TelegramApi, VaultKey},
    renewed::Renewed,
    secrets::Secrets,
};

type Config = (Database, TelegramApi, Queues, VaultKey, SecretIds);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::start(OPS.name);
    match operate().await {
        Ok(()) => ExitCode::SUCCESS,
        // Its words only: a person reads them.
        Err(error) => {
            let _unread = writeln!(stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn operate() -> anyhow::Result<()> {
    let (database, telegram, queues, vault, secrets): Config = config::load()?;
    let aws = aws::sdk_config().await;
    let queues = Arc::new(queues.client(&aws));
    let make = move |aws: &SdkConfig, secrets: Secrets| {
        Ok(Operations {
            pool: database.pool(&secrets.database_password, &OPS),
            telegram: telegram.client(secrets.bot_token)?,
            queues: queues.clone(),
            keyring: Keyring::new(vault.open(aws)?),
            clock: Arc::new(SystemClock),
        })
    };
    let operations = Renewed::new(aws, secrets, make).await?;
    if runtime::is_lambda() {
        let run = async |operations: Arc<Operations>, command, is_agreed| {
            operations.run_unattended(&command, is_agreed).await
        };
        return commands::serve(&OPS, &operations, run).await;
    }
    let operations = operations.get().await;
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().context("this program is started by `cargo local ops`")?;
    let command: Command = serde_json::from_str(&command).context("no command of this version")?;
    let is_agreed = arguments.next().as_deref() == Some("--yes");
    let answer = operations.run(&command, &|question| is_agreed || is_sure(question)).await?;
    writeln!(stdout(), "{}", answer.trim_end()).context("cannot write the answer")
}

/// Whether whoever sits there types `yes`.
fn is_sure(question: &str) -> bool {
    let mut answer = String::new();
    let asked = write!(stdout(), "{question} Type yes: ").and_then(|()| stdout().flush());
    asked.is_ok() && stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
