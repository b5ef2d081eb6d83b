//! The small world of the tests: the real use cases and a real PostgreSQL, our fakes of WB and Telegram, queues in memory, and
//! a clock that stands until a test moves it.
//!
//! A test tells a story with it: somebody says something, the shop sells something, time passes. What the bot did is a text of
//! whole messages with their keyboards, for `insta::assert_snapshot!`.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![warn(unreachable_pub)]

mod chat;
pub mod conversation;
pub mod deployed;
mod people;
mod shop;
mod story;
mod time;
mod world;

pub use people::BORIS;
pub use world::{CHAT, INTERVAL, SETTINGS, World, open};
