//! The local cloud itself: how its parts start, are looked after, and end.

mod deploy;
pub(crate) mod down;
mod fakes;
pub(crate) mod localstack;
pub(crate) mod logs;
mod look;
mod parts;
mod poller;
mod ports;
pub(crate) mod status;
pub(crate) mod up;
pub(crate) mod watch;
