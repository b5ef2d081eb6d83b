//! `up`: starts the parts in order, looks after them, ends them.

use std::pin::Pin;

use anyhow::{Context, Result};
use testkit::database::FUNCTIONS;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    down::clear_leftovers,
    fakes::Fakes,
    parts::{self, Cloud},
    poller, ports, watch,
};
use crate::base::{
    config::Config,
    postgres, process,
    progress::print,
    python,
    state::{Lock, State},
};

/// Starts everything, or finds it running, and stays until it is told to end.
pub(crate) async fn up(config: Config, take_over: bool) -> Result<()> {
    config.make_dir()?;
    let Some(_lock) = Lock::of_cloud(&config.dir)? else {
        match State::read(&config)?.filter(|state| state.ready) {
            Some(state) => print(format_args!("The local cloud is already up.\n{}", guide(&state))),
            None => print(format_args!("The local cloud is starting in another terminal.")),
        }
        return Ok(());
    };
    clear_leftovers(&config).await?;
    ports::check(&config)?;

    let mut end = pin_end()?;
    let mut cloud = Cloud::new(config);
    let outcome = tokio::select! {
        started = cloud.start(take_over) => match started {
            Ok(()) => {
                print(format_args!("\nThe local cloud is up.\n{}", guide(&cloud.state)));
                cloud.look_after(&mut end).await
            }
            Err(error) => Err(error),
        },
        () = &mut end => Ok(()),
    };
    if let Err(error) = &outcome {
        print(format_args!("\n{error:#}\n"));
    }
    cloud.stop().await;
    // It was told above, before the parts went down.
    outcome.map_err(|_| anyhow::Error::new(Told))
}

/// An error that the user has read already.
#[derive(Debug)]
pub(crate) struct Told;

impl std::fmt::Display for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the local cloud has ended")
    }
}

impl std::error::Error for Told {}

type End = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Resolves when somebody wants us to end: Ctrl-C, `down`, a closed terminal.
fn pin_end() -> Result<End> {
    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal).into_iter();
    let mut next =
        || signals.next().context("three signals").and_then(|signal| signal.context("cannot await a signal"));
    let (mut interrupt, mut terminate, mut hangup) = (next()?, next()?, next()?);
    Ok(Box::pin(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, _ = hangup.recv() => {} }
    }))
}

impl Cloud {
    async fn start(&mut self, take_over: bool) -> Result<()> {
        self.state.write(&self.config)?;
        let bot = match &self.config.bot_token {
            Some(token) => Some(poller::Bot::greet(&self.state.telegram.url, token, take_over).await?),
            None => None,
        };
        self.venv = Some(python::ensure(&self.config, &self.progress).await?);
        self.start_postgres().await?;
        postgres::create_database(&self.state.database).await?;
        if self.config.database.host.is_none() {
            postgres::create_role(&self.state.database, FUNCTIONS).await?;
        }

        self.fakes = Fakes::start(&self.config, &self.bot_token).await?;
        if let Some(url) = self.fakes.wb_url_template() {
            self.state.wb.url = url;
        }
        for (world, name) in [(&self.state.wb, "Wildberries"), (&self.state.telegram, "Telegram")] {
            let kind = if world.fake { "a fake, strict one" } else { "as you chose" };
            self.progress.say(format_args!("{name}: {kind}, at {}", world.url));
        }
        self.start_localstack().await?;
        watch::build(&self.config, &self.progress).await?;
        self.deploy_and_watch().await?;
        self.warm().await?;

        if let Some(bot) = bot {
            self.progress.say(format_args!("Telegram: fetching the updates of {}", bot.name()));
            self.state.polled_bot = Some(bot.name().to_owned());
            let (url, secret) = (self.state.bot_webhook_url(), self.state.webhook_secret.clone());
            self.poller = Some(tokio::spawn(bot.poll(url, secret)));
        }
        self.state.ready = true;
        self.write_state()
    }

    /// Ends everything, in the order in which parts need each other.
    async fn stop(mut self) {
        self.progress.say("stopping");
        if let Some(poller) = self.poller.take() {
            poller.abort();
        }
        let (watch, localstack) = (self.watch.take(), self.localstack.take());
        tokio::join!(parts::stop(localstack), parts::stop(watch));
        if let Err(error) = self.fakes.save(&self.config) {
            self.progress.say(format_args!("{error:#}"));
        }
        self.fakes.stop().await;
        parts::stop(self.postgres.take()).await;
        process::sweep(&self.config.dir).await;
        State::forget(&self.config);
        self.progress.say("everything has ended; the data stay for the next time");
    }
}

/// Where to look and what to try.
fn guide(state: &State) -> String {
    let mut text = String::from("\n");
    let mut line = |command: &str, meaning: &str| text.push_str(&format!("  {command:<28} {meaning}\n"));
    match &state.polled_bot {
        Some(bot) => line("in Telegram", &format!("write /start to {bot}")),
        None if state.telegram.fake => line("cargo local say /start", "talk to the bot, and see what it answers"),
        None => line("POST updates to", &format!("{} (`cargo local status` has the secret)", state.bot_webhook_url())),
    }
    if state.wb.fake {
        line("cargo local token", "a token of the fake shop, to be said to the bot");
        line("cargo local shop order", "somebody buys something in the fake shop");
    }
    line("cargo local tick", "everything is due now: what happened is told");
    line("cargo local status", "health, addresses, secrets of every part");
    line("cargo local logs [FUNCTION]", "what the functions say");
    line("Ctrl-C, cargo local down", "end everything");
    text
}
