//! The body of a message in a queue.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| queue::properties::holds_for_any_body(body));
