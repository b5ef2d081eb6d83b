//! What is done in a running cloud: by the person in the chat, by the shop, by the clock, by the operator.

pub mod ops;
pub mod talk;
pub mod tick;
