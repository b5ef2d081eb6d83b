//! `ops`: what an operator does, on the local database.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;
use secrecy::SecretString;
use uuid::Uuid;

use crate::{config::Config, database, poller, progress::print, state::State, up::FAKE_BOT_TOKEN};

/// What an operator does.
#[derive(Subcommand)]
pub enum Ops {
    /// Make a link that lets one person start
    Invite {
        /// For how many days it works
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=30))]
        days: u16,
    },
}

/// Does it.
pub async fn ops(config: &Config, ops: Ops) -> Result<()> {
    let state = State::of_running(config)?;
    match ops {
        Ops::Invite { days } => invite(config, &state, days).await,
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
