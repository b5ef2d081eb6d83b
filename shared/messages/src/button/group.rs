//! The pages of a group.

use domain::GroupId;

use super::words::{Words, number};

/// What a button to a group does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum GroupButton {
    /// Turns to a page.
    Page {
        /// The group.
        group: GroupId,
        /// The page, counted from 0.
        page: usize,
    },
    /// Shows the group as a message of its own: the digest that names it stays as it is.
    Open(GroupId),
}

impl Words for GroupButton {
    fn words(self) -> String {
        match self {
            Self::Page { group, page } => format!("group:{group}:{page}"),
            Self::Open(group) => format!("group:{group}"),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["group", group, page] => Self::Page { group: GroupId(number(group)?), page: number(page)? },
            ["group", group] => Self::Open(GroupId(number(group)?)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::GroupButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for GroupButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let group = numbers.group();
            vec![Self::Page { group, page: numbers.page }, Self::Open(group)]
        }
    }
}
