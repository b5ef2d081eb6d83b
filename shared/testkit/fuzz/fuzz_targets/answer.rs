//! An answer of Wildberries with rows, and the pieces in which it arrives.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|answer: (&[u8], Vec<u8>)| {
    let (body, pieces) = answer;
    let pieces: Vec<usize> = pieces.into_iter().map(usize::from).collect();
    wb::properties::answer::holds_for_any_answer(body, &pieces);
});
