//! An answer of Wildberries that is no success, with the headers that name a wait.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|refusal: (u16, &[u8], &str, &[u8], &[u8])| {
    let (status, body, token, retry, after) = refusal;
    wb::properties::refusal::holds_for_any_refusal(300 + status % 300, body, token);
    wb::properties::refusal::holds_for_any_wait(retry, after);
});
