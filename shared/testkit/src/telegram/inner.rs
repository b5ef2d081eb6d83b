//! What the handlers and the tasks of one fake share.

use std::sync::{Mutex, MutexGuard, PoisonError, atomic::AtomicU64};

use reqwest::Client;
use tokio::{runtime::Handle, sync::watch};

use super::chats::State;
use crate::clock::TestClock;

/// The chat of the control interface where none is named. Its person is there from the beginning.
pub const DEFAULT_CHAT: i64 = 1000;

/// How strict the fake is, and what it does by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Exactly one message a second to a chat, without the short burst.
    pub strict: bool,
    /// `setWebhook` takes an address on this machine, also with `http`.
    pub loopback_webhooks: bool,
    /// Failed deliveries are repeated as the clock goes on. Without it `deliver_due` repeats them.
    pub delivers_by_itself: bool,
}

/// What the handlers and the tasks share.
pub(super) struct Inner {
    /// The one that the bot has now: @BotFather gives another one in its place.
    pub(super) token: Mutex<String>,
    pub(super) clock: TestClock,
    pub(super) options: Options,
    pub(super) client: Client,
    pub(super) runtime: Handle,
    pub(super) state: Mutex<State>,
    /// Counts the changes, for those who wait for one.
    pub(super) changes: watch::Sender<u64>,
    /// Counts the releases of requests that a fault holds.
    pub(super) released: watch::Sender<u64>,
    pub(super) stop: watch::Sender<bool>,
    /// Counts the calls of `getUpdates`: a new one ends the one before.
    pub(super) polls: AtomicU64,
}

impl Inner {
    pub(super) fn token(&self) -> String {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A test that panicked while it held the lock leaves a state that is still good to read.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn touch(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// The bot's id, which is the first part of a well-formed token.
pub(super) fn bot_id(token: &str) -> Option<i64> {
    let (id, secret) = token.split_once(':')?;
    let is_secret = !secret.is_empty() && secret.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    id.parse().ok().filter(|&id: &i64| id > 0 && is_secret)
}
