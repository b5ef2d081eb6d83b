//! 🗑 Удалить мои данные.

use super::words::Words;

/// What a button of that screen does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum DeleteMyDataButton {
    /// Deletes everything of the person: they have been asked.
    ForGood,
}

impl Words for DeleteMyDataButton {
    fn words(self) -> String {
        "delete_my_data:yes".to_owned()
    }

    fn parse(words: &[&str]) -> Option<Self> {
        (words == ["delete_my_data", "yes"]).then_some(Self::ForGood)
    }
}

#[cfg(test)]
mod tests {
    use super::DeleteMyDataButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for DeleteMyDataButton {
        fn with(_numbers: Numbers) -> Vec<Self> {
            vec![Self::ForGood]
        }
    }
}
