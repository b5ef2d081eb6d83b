//! Use cases in a small world: a person says something, the shop sells something, time passes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod first_contact;
mod people;
mod six_kinds;
mod tokens;
mod told_once;
mod world;
