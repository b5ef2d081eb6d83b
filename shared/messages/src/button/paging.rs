//! Between the arrows that turn pages.

use super::words::Words;

/// What the number of the page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum PagingButton {
    /// Nothing.
    Number,
}

impl Words for PagingButton {
    fn words(self) -> String {
        "none".to_owned()
    }

    fn parse(words: &[&str]) -> Option<Self> {
        (words == ["none"]).then_some(Self::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::PagingButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for PagingButton {
        fn with(_numbers: Numbers) -> Vec<Self> {
            vec![Self::Number]
        }
    }
}
