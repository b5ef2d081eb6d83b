//! What invokes the function of a deploy.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|event: &[u8]| runtime::properties::holds_for_any_request(event));
