//! What waits to be sent: `notification_history` by chat. A chat is taken, its next message is sent, and the chat is settled.
//!
//! Taking is one transaction and settling another, so whatever dies in between leaves rows in `sending`, which the next one
//! takes.

mod rows;
mod settle;
mod take;

pub use rows::{Batch, Notification, load_group, load_row};
pub use settle::{ATTEMPTS, SentMessage, Settlement, settle_chat};
pub use take::{CHAT_PACE, LEASE, Next, TakeOutcome, Taken, take_chat};
