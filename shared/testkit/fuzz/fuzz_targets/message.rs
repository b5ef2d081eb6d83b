//! What somebody sends the bot: a token, an invitation, a command.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| app::bot::properties::holds_for_any_update(body));
