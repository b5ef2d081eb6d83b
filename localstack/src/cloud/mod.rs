//! The local cloud itself: how its parts start, are looked after, and end.

mod deploy;
pub mod down;
mod fakes;
pub mod localstack;
pub mod logs;
mod look;
mod parts;
mod poller;
mod ports;
pub mod status;
pub mod up;
pub mod watch;
