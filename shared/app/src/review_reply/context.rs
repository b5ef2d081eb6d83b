//! What the way of a reply needs.

use crate::{Keyring, Settings};

/// What the way of a reply needs: the bot has it for one that was just sent, `fanout` for those that had to wait.
#[derive(Clone, Copy)]
pub(crate) struct ReviewReplies<'a> {
    pub pool: &'a store::Pool,
    pub wb: &'a wb::Client,
    pub telegram: &'a telegram::Client,
    pub queues: &'a dyn queue::Enqueue,
    pub keyring: &'a Keyring,
    pub clock: &'a dyn domain::Clock,
    pub settings: &'a Settings,
}
