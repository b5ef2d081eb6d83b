//! The data of a button, which anybody can forge.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| messages::properties::holds_for_any_data(data));
