//! How the server starts.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::AtomicU64},
};

use anyhow::Context;
use reqwest::{Client, redirect};
use serde_json::Value;
use tokio::{net::TcpListener, runtime::Handle, sync::watch};

use super::{
    chats::State,
    delivery,
    fake::{FakeTelegram, Server},
    inner::{DEFAULT_CHAT, Inner, Options, bot_id},
    server,
};
use crate::clock::TestClock;

impl FakeTelegram {
    /// Starts the server; port 0 takes a free one.
    ///
    /// # Errors
    /// The token is not of Telegram's form, or the address is taken.
    pub async fn start(listen: SocketAddr, bot_token: &str, clock: TestClock) -> anyhow::Result<Self> {
        Self::start_with(listen, bot_token, clock, Options::default(), None).await
    }

    /// Starts the server with the chats of a [`snapshot`](Self::snapshot).
    ///
    /// # Errors
    /// As [`start`](Self::start), and where the state is not one of a snapshot.
    pub async fn start_with_state(
        listen: SocketAddr,
        bot_token: &str,
        clock: TestClock,
        state: Value,
    ) -> anyhow::Result<Self> {
        Self::start_with(listen, bot_token, clock, Options::default(), Some(state)).await
    }

    /// Starts the server with options and, where there is one, the state of a snapshot.
    ///
    /// # Errors
    /// As [`start_with_state`](Self::start_with_state).
    pub async fn start_with(
        listen: SocketAddr,
        bot_token: &str,
        clock: TestClock,
        options: Options,
        state: Option<Value>,
    ) -> anyhow::Result<Self> {
        let bot_id = bot_id(bot_token).context("a bot token is digits, a colon and letters")?;
        let mut state = match state {
            Some(state) => serde_json::from_value(state).context("cannot read the state of the fake Telegram")?,
            None => State::new(bot_id),
        };
        state.bot_id = bot_id;
        if state.chats.is_empty() {
            state.person(DEFAULT_CHAT, "Анна", Some("ru"));
        }
        // Somebody else may have installed it before; it is the same one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build()?;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            token: Mutex::new(bot_token.to_owned()),
            clock,
            options,
            client,
            runtime: Handle::current(),
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            released: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            polls: AtomicU64::new(0),
        });
        if options.delivers_by_itself {
            tokio::spawn(delivery::deliver_forever(Arc::clone(&inner)));
        }
        let router = server::router(Arc::clone(&inner));
        let mut stopped = inner.stop.subscribe();
        let task = tokio::spawn(async move {
            let stopped = async move {
                // An error means that nobody is left who could stop it.
                let _ = stopped.wait_for(|&stopped| stopped).await;
            };
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the fake Telegram ended");
            }
        });
        let server = Server { address, stop: inner.stop.clone(), task: Mutex::new(Some(task)) };
        Ok(Self { inner, server: Some(Arc::new(server)) })
    }
}
