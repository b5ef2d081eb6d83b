//! What should have been told: judges a history that was played against what each member was told.
//!
//! It is written from the product's contract, apart from the code, and knows none of it: its input
//! is what happened in the shops, what Wildberries answered, what people did, and the messages as
//! they stand in the chats. Its output says what is lost, what nobody should have been told, and
//! what was told twice, each with the reason.
//!
//! Where a history leaves open what the code could know (a process that ended may have kept an
//! answer or not), the oracle follows every possibility and accepts what fits one of them.

mod choices;
mod entry;
mod history;
mod rules;
mod span;
mod trade;
mod verdict;

#[cfg(test)]
mod tests;

pub use entry::{
    By, Cabinet, Chat, Choice, Entry, Event, Fate, Kind, Known, Mode, Moment, QuietHours, Source, Telling, fall,
    product_fall,
};
pub use verdict::{Finding, Verdict, judge};
