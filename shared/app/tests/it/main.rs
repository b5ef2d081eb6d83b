//! Use cases in a small world: a person says something, the shop sells something, time passes.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod analytics;
mod answers;
mod bus;
mod crawler;
mod details;
mod facts;
mod first_contact;
mod forged;
mod interval;
mod logs;
mod mutants;
mod operations;
mod orders;
mod people;
mod pictures;
mod reviews;
mod settings;
mod six_kinds;
mod sources;
mod stocks;
mod token_care;
mod tokens;
mod told_once;
mod unreached;
