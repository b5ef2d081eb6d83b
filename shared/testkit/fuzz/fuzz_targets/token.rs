//! A text in which somebody may have pasted a token.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| wb::properties::token::holds_for_any_text(text));
