//! Trying a token with WB: when it is pasted, and again and again while WB does not answer.
//!
//! An outage is not a refusal. A token that WB has not judged waits in the database, sealed, until a
//! tick tries it again; a token that WB has accepted waits there for the person's word.

mod admission;
mod attempt;
mod check;
mod context;
mod retry;

pub(crate) use admission::Accepted;
pub(crate) use attempt::{ASKED_FOR, Holder, KEPT_FOR, OWNER_ASKED_FOR, holder, new_token, too_many, trouble};
pub(crate) use check::TokenCheck;
pub(crate) use context::TokenTrial;
