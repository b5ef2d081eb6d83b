//! What all messages are made of: it knows no screen and no notification.

pub(crate) mod fold;
pub mod format;
pub(crate) mod keyboard;
pub(crate) mod kinds;
pub(crate) mod message;
pub(crate) mod texts;
pub(crate) mod token_facts;
