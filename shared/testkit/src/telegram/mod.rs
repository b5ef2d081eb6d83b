//! A strict fake of Telegram's Bot API.
//!
//! It stands where `https://api.telegram.org` stands, refuses what Telegram refuses in Telegram's
//! words, and shows what the people in the chats see. It is stricter in one way: a parameter that
//! Telegram would ignore is refused, so that a misspelt name is found. It plays private chats, the
//! methods of `bot-api.json`, and nothing else.
//!
//! The same server runs in tests, with a clock that is moved by hand, and in `cargo local`.

mod calls;
mod chats;
mod control;
mod delivery;
mod fake;
mod faults;
pub mod html;
mod inner;
mod keyboard;
mod limits;
mod methods;
mod pictures;
mod queue;
mod refusal;
mod schema;
mod server;
mod start;
mod updates;

#[cfg(test)]
mod tests;

pub use chats::{Author, Call, CallbackAnswer, Content, Message, Person, Said, Violation};
pub use fake::FakeTelegram;
pub use faults::Fault;
pub use inner::{DEFAULT_CHAT, Options};
pub use keyboard::{Button, Keyboard};
pub use pictures::{Photo, Picture};
