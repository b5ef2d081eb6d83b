//! What every entry point shares: configuration, clock, logs, clients, and the ways in which Lambda
//! calls us. The only crate that reads the environment and the clock.
//!
//! A `main` reads its configuration with [`config::load`], makes the clients that its use case
//! needs, and hands the use case to one of [`schedule`], [`sqs`], [`http`] and [`deploy`].

#![warn(unreachable_pub)]

pub mod aws;
pub mod clock;
pub mod commands;
pub mod config;
pub mod deploy;
pub mod http;
mod logs;
pub mod metrics;
pub mod preflight;
pub mod pretraffic;
mod process;
#[cfg(any(test, fuzzing))]
pub mod properties;
pub mod renewed;
pub mod schedule;
pub mod secrets;
pub mod sqs;

use std::time::Duration;

use anyhow::Context;
use lambda_runtime::Diagnostic;
use tokio::time::timeout;

pub use clock::SystemClock;

/// To be called first, with the function's name: chooses the one crypto library of the process, and begins to
/// log and to count.
pub fn start(function: &'static str) {
    process::begin();
    // An error says that the choice was made already, and there is only one to make.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    logs::start(function);
}

/// Whether Lambda, or what stands in for it, has started this process.
#[must_use]
pub fn is_lambda() -> bool {
    config::variable("AWS_LAMBDA_RUNTIME_API").is_some()
}

/// Gives up what takes too long: it is done again, or the next one does what it left.
pub(crate) async fn within<T>(limit: Duration, run: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    timeout(limit, run).await.with_context(|| format!("not finished within {} s", limit.as_secs_f64())).flatten()
}

/// An error in the form in which Lambda shows it to whoever invoked the function.
fn diagnostic(error_type: &str, error: &anyhow::Error) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message: format!("{error:#}") }
}
