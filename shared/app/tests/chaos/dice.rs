//! Numbers that look random and follow from a seed.

use std::time::Duration;

/// The SplitMix64 generator.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// A generator whose whole future is decided by `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `range`, which must not be empty.
    pub fn within(&mut self, range: std::ops::Range<u32>) -> u32 {
        let width = u64::from(range.end - range.start);
        range.start + u32::try_from(self.roll() % width).expect("it is below a u32")
    }

    /// True in `percent` cases of a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.within(0..100) < percent
    }

    /// One of `choices`, which must not be empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = self.roll() % choices.len() as u64;
        &choices[usize::try_from(index).expect("it is below a length")]
    }

    /// So many seconds.
    pub fn seconds(&mut self, range: std::ops::Range<u32>) -> Duration {
        Duration::from_secs(self.within(range).into())
    }
}
