//! The part of the Telegram Bot API that the product uses.
//!
//! `functions/webhook` tells notifications through [`Client`]. `functions/bot` reads what people do with
//! [`Update::parse`], acts through [`Client`] where it needs the outcome, and answers with a [`Reply`], which rides on
//! the response to Telegram's own request. Keyboards are teloxide-core's types; the sending is our own, because
//! teloxide's transport sleeps for ten seconds on a server error, prints the bot's token in its errors, and knows error
//! texts that the server no longer says.

#![warn(unreachable_pub)]

mod api;
mod config;
mod error;
mod models;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod reply;

pub use api::Client;
pub use config::{Config, ConfigError, FREE_PER_SECOND, REQUEST_TIMEOUT};
pub use domain::MessageId;
pub use error::Error;
pub use models::{ALLOWED_UPDATES, Me, NotAnUpdate, Person, SentPhoto, Shown, Update, WebhookInfo, What};
pub use reply::{Picture, Reply};
