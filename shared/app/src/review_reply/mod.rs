//! The reply of a seller to a review, on its way to WB.
//!
//! The review is read, then replied to, then read again: WB accepts a reply before its moderators
//! look, and one to a review that is gone as well. That a request goes out is noted before it does,
//! and then nothing goes out again before the review has been read: a tap that comes twice, a process
//! that ends in between, two managers at once send nothing twice.
//!
//! Each request takes its place in WB's bucket as soon as it is wanted, also where it may be sent
//! only later, so that it comes before the next polling; a tick goes on with what had to wait.

mod access;
mod carry;
mod context;
mod trouble;
mod view;

pub(crate) use context::ReviewReplies;
pub(crate) use view::{is_open, standing, view};
