//! 📡 Состояние.

use super::words::{Words, number};

/// What a button of the state of the cabinets does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum StatusButton {
    /// Turns to a page, counted from 0.
    Page(usize),
}

impl Words for StatusButton {
    fn words(self) -> String {
        let Self::Page(page) = self;
        format!("status:{page}")
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let ["status", page] = words else { return None };
        number(page).map(Self::Page)
    }
}

#[cfg(test)]
mod tests {
    use super::StatusButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for StatusButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            vec![Self::Page(numbers.page)]
        }
    }
}
