//! The use cases, one module per function. Each reads as load, fetch, decide, save.

#![warn(unreachable_pub)]

pub mod announce;
mod backoff;
pub mod bot;
mod bus;
pub mod check;
mod chores;
pub mod fanout;
pub mod function;
mod keyring;
pub mod migrate;
pub mod operations;
mod operator;
mod owners;
mod render;
mod review_reply;
mod shown;
pub mod sync;
mod token_trial;
mod wb_access;
pub mod webhook;

use chrono::TimeDelta;
use domain::ChatId;
use queue::{Delayed, Enqueue, WakeUp};

pub use domain::FirstContact;
pub use keyring::Keyring;
pub use store::roles;

/// What a deployment chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The time between two ticks, which is also the time between two syncs of a cabinet.
    pub sync_interval: TimeDelta,
    /// How many days of orders a first sync loads.
    pub initial_sync_days: u16,
    /// At most so many requests a minute to one WB method of one cabinet; can only slow us down.
    pub wb_rate_limit_per_min: Option<u32>,
    /// At least this time between two requests to one WB method of one cabinet; can only slow us
    /// down.
    pub wb_interval: Option<TimeDelta>,
    /// Whether requests carry a service's secret, which gives a base token the full limits.
    pub has_client_secret: bool,
}

impl Settings {
    /// How often WB's method may be asked with a token of this type.
    #[must_use]
    pub fn access(&self, method: wb::Method, token: domain::TokenType) -> wb::Access {
        if self.has_client_secret { wb::limit_with_secret(method, token) } else { wb::limit(method, token) }
    }
}

/// Wakes chats that have something new. A wake-up that cannot be sent is no loss: a tick finds the chat.
async fn wake(queues: &dyn Enqueue, chats: &[ChatId]) {
    if chats.is_empty() {
        return;
    }
    let wake_ups: Vec<_> = chats.iter().map(|chat| Delayed::now(WakeUp { chat: *chat })).collect();
    if let Err(error) = queues.enqueue_wake_ups(&wake_ups).await {
        tracing::warn!(chats = wake_ups.len(), error = %error, "wake-ups not enqueued; the next tick finds the chats");
    }
}
