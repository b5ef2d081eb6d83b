//! What comes to the address of the webhook.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| telegram::properties::holds_for_any_bytes(body));
