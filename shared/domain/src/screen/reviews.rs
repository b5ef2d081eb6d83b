//! ⭐ Отзывы: the list, and the card of one review.

use std::fmt;

use super::Page;
use crate::Review;

/// What a person has chosen of the reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewFilter {
    /// All of them.
    #[default]
    All,
    /// Those that are bad to the reader.
    Bad,
    /// Those that wait for a reply.
    Unanswered,
}

impl ReviewFilter {
    /// All of them, in the order in which a person chooses.
    pub const ALL: [Self; 3] = [Self::All, Self::Bad, Self::Unanswered];
}

/// What names a review on a button, whose 64 bytes are too few for its id: the first 48 bits of the MD5 of the id, written in
/// hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewKey(pub u64);

/// The digits of a [`ReviewKey`].
const KEY_DIGITS: usize = 12;

impl fmt::Display for ReviewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0KEY_DIGITS$x}", self.0)
    }
}

impl ReviewKey {
    /// The key that these digits write.
    #[must_use]
    pub fn parse(digits: &str) -> Option<Self> {
        let key = u64::from_str_radix(digits, 16).ok().map(Self)?;
        (digits.len() == KEY_DIGITS).then_some(key)
    }
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewList {
    /// The reviews of the page, latest first.
    pub page: Page<ReviewRow>,
    /// How many of the cabinet wait for a reply.
    pub unanswered: i64,
}

/// A review in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewRow {
    /// What names it.
    pub key: ReviewKey,
    /// The review.
    pub review: Review,
    /// The title of the product, or «Артикул продавца».
    pub title: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for key in [0, 0x00c0_ffee_0001, 0xffff_ffff_ffff].map(ReviewKey) {
            assert_eq!(ReviewKey::parse(&key.to_string()), Some(key));
        }
        assert_eq!(ReviewKey(0x00c0_ffee_0001).to_string(), "00c0ffee0001");
        for digits in ["", "c0ffee0001", "00c0ffee00012", "00c0ffee000g"] {
            assert_eq!(ReviewKey::parse(digits), None, "{digits}");
        }
    }
}
