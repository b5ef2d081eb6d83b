//! What is done in a running cloud: by the person in the chat, by the shop, by the clock, by the operator.

pub(crate) mod ops;
pub(crate) mod talk;
pub(crate) mod tick;
