//! Numbers that look random and are the same in every run.

/// The SplitMix64 generator: enough for a fake and for histories, and a run can be repeated from its seed. Another generator
/// would make other histories of the seeds that are written down.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// A generator whose whole future is decided by `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    #[expect(clippy::should_implement_trait, reason = "it never ends, and is no iterator")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: i64) -> i64 {
        // The remainder fits: it is smaller than a positive `i64`.
        i64::try_from(self.next() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    /// A number from `range`, which must not be empty.
    pub fn within(&mut self, range: std::ops::Range<u32>) -> u32 {
        let width = u64::from(range.end - range.start);
        range.start + u32::try_from(self.next() % width).unwrap_or(0)
    }

    /// True in `percent` cases of a hundred.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.within(0..100) < percent
    }

    /// One of `choices`, which must not be empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = self.next() % choices.len() as u64;
        &choices[usize::try_from(index).unwrap_or(0)]
    }

    /// So many seconds.
    pub fn seconds(&mut self, range: std::ops::Range<u32>) -> std::time::Duration {
        std::time::Duration::from_secs(self.within(range).into())
    }

    /// A UUID of version 4 by its form.
    pub fn uuid(&mut self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// Sixteen bytes.
    pub fn bytes(&mut self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes()
    }
}
