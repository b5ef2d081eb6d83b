//! `cargo local`: the whole of WB Assist on a laptop, without Docker and without any account.
//!
//! `up` starts a PostgreSQL, fakes of Wildberries and Telegram, LocalStack (queues, schedule, Lambda's control plane) and
//! the functions under `cargo lambda watch`, deploys template.yaml and looks after all of it. The other commands talk to
//! what `up` has started; they find it through `.local/state.json`.

#![warn(unreachable_pub)]

mod base;
mod checks;
mod cloud;
mod play;

use std::process::ExitCode;

use anyhow::Result;
use base::config::Config;
use checks::{bench, mutants, prepare, runs};
use clap::{Parser, Subcommand};
use cloud::{down, logs, status, up};
use play::{ops, talk, tick};

/// The local cloud of WB Assist.
#[derive(Parser)]
#[command(bin_name = "cargo local", after_help = "Every setting is in .env.example.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything, and stay to look after it
    Up {
        /// Remove the webhook of the bot of BOT_TOKEN, if somebody else has set one
        #[arg(long)]
        take_over: bool,
    },
    /// End everything; the data stay
    Down,
    /// End everything and forget the data
    Reset,
    /// Make everything due now, and wait until all that follows is done
    Tick,
    /// Health and addresses of every part; fails unless all are well
    Status {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// What the functions say, or one of them, or a part
    Logs {
        /// fanout, sync, webhook, bot, migrate, postgres, localstack, watch, build or install
        of: Option<String>,
        /// Go on as more is said
        #[arg(short, long)]
        follow: bool,
    },
    /// Write to the bot at the fake Telegram, and see what it answers
    Say {
        /// The text
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Press a button of the bot
    Press {
        /// Its label
        #[arg(required = true)]
        button: Vec<String>,
    },
    /// Print a new token of the fake shop, to be said to the bot
    Token(talk::Token),
    /// Play the fake shop
    Shop {
        #[command(subcommand)]
        shop: talk::Shop,
    },
    /// What an operator does
    Ops(ops::Ops),
    /// cargo test of the workspace, with a PostgreSQL of its own
    Test {
        /// What cargo test takes: a part of a test's name, or options
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure the figures of docs/reliability.md: counts exact, each against its target
    #[command(after_help = bench::table())]
    Bench {
        /// One measure of the table below, or one of its figures, such as first_sync.sql
        name: Option<String>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Random histories with faults against an oracle: nothing lost, nothing twice
    Chaos {
        /// How many
        #[arg(long, default_value_t = 200)]
        histories: u64,
        /// The seed of the first one, as a run prints it
        #[arg(long)]
        seed: Option<u64>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Break the crate domain at one place after another: its unit tests must notice each
    Mutants {
        /// Only part K of N, counted from 0
        #[arg(long, value_name = "K/N")]
        shard: Option<mutants::Shard>,
    },
    /// Write .sqlx anew from a freshly migrated database, and the names of migrations and texts in template.yaml
    Prepare {
        /// Only compare
        #[arg(long)]
        check: bool,
    },
    /// Check template.yaml, the functions that it starts, and the workflows, without AWS
    Check,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter("warn,sqlx=error")
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    // Without a provider of its own, reqwest asks for the process's one. Nobody can have installed another before us.
    let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match run(Cli::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            if !error.is::<up::Told>() {
                eprintln!("{error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The value says whether all is well.
async fn run(cli: Cli) -> Result<bool> {
    let config = Config::load()?;
    match cli.command {
        Command::Up { take_over } => up::up(config, take_over).await?,
        Command::Down => down::down(&config).await?,
        Command::Reset => down::reset(&config).await?,
        Command::Tick => tick::tick(&config).await?,
        Command::Status { json } => return status::status(&config, json).await,
        Command::Logs { of, follow } => logs::logs(&config, of.as_deref(), follow).await?,
        Command::Say { text } => talk::say(&config, &text.join(" ")).await?,
        Command::Press { button } => talk::press(&config, &button.join(" ")).await?,
        Command::Token(token) => talk::token(&config, token).await?,
        Command::Shop { shop } => talk::shop(&config, shop).await?,
        Command::Ops(ops) => return ops::ops(&config, ops).await,
        Command::Test { arguments } => runs::test(&config, &arguments).await?,
        Command::Bench { name, json } => bench::bench(&config, name.as_deref(), json).await?,
        Command::Chaos { histories, seed, json } => runs::chaos(&config, histories, seed, json).await?,
        Command::Mutants { shard } => mutants::mutants(&config, shard).await?,
        Command::Prepare { check } => prepare::prepare(&config, check).await?,
        Command::Check => checks::check(&config).await?,
    }
    Ok(true)
}
