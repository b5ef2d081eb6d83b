//! Strict fakes of Wildberries and Telegram, and the clock that they share with a test.
//!
//! Nothing here knows a product crate: the fakes are written from the documents of the two
//! services, apart from the code, so that they can judge it.

#![warn(unreachable_pub)]

pub mod aws;
pub mod clock;
pub mod database;
pub mod dice;
pub mod log;
pub mod oracle;
pub mod postgres;
pub mod property;
pub mod telegram;
pub mod wb;
