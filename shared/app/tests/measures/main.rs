//! The figures that are counts: events, statements, requests, messages. Each test asserts its own;
//! no test asserts a time.
//!
//! For `cargo local bench`, and for a look by hand: run with `-- --nocapture --test-threads 1`.
//! Without more each figure is a line of a table. With `BENCH_JSON=1` it is a line of JSON that
//! begins with `{"name":`; what else is printed is the test harness's. `BENCH_NAME` picks the
//! figures of one name, or of one measure by what stands before the dot; the tests of the others
//! do nothing. Seconds and megabytes are measured only where one of the two is set, and mean
//! something in a release build only; `process.rs` says what they take.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod billed;
mod cost;
mod fanout;
mod figures;
mod one_shop;
mod pace;
mod process;
mod reading;
mod status;
mod wb_pace;
