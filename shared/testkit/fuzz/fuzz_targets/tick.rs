//! What invokes the function of the schedule.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|event: &[u8]| runtime::properties::holds_for_any_tick(event));
