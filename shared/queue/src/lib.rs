//! The two queues between the functions, and the bus on which others hear of us; and what travels in them.
//!
//! A message is a wake-up, never the truth: it says whom to look at, and the database says what is
//! left to do. So a message may be lost, doubled or late without harm.

#![warn(unreachable_pub)]

mod api;
mod bus;
mod error;
mod failure;
pub mod memory;
mod models;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod sqs;

pub use api::{DelayTooLong, Delayed, Enqueue, MAX_DELAY, Redriven};
pub use bus::{Bus, DomainEvent, Published, SOURCE};
pub use error::{Error, ParseError};
pub use models::{Message, SyncTask, WakeUp, parse, render};
pub use sqs::SqsQueues;
