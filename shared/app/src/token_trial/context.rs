//! What a trial needs.

use domain::FirstContact;

use crate::{Keyring, Settings};

/// What a trial needs: the bot has it for a token that was pasted, `fanout` for one that waits.
#[derive(Clone, Copy)]
pub(crate) struct TokenTrial<'a> {
    pub pool: &'a store::Pool,
    pub wb: &'a wb::Client,
    pub telegram: &'a telegram::Client,
    pub queues: &'a dyn queue::Enqueue,
    pub keyring: &'a Keyring,
    pub settings: &'a Settings,
    pub contact: &'a FirstContact,
}
