//! «Подробнее».

use domain::NotificationId;

use super::words::{Words, number};

/// What a button about one notification does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum DetailsButton {
    /// Shows everything about its event, as a message of its own.
    Of(NotificationId),
}

impl Words for DetailsButton {
    fn words(self) -> String {
        let Self::Of(notification) = self;
        format!("details:{notification}")
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let ["details", notification] = words else { return None };
        number(notification).map(NotificationId).map(Self::Of)
    }
}

#[cfg(test)]
mod tests {
    use super::DetailsButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for DetailsButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            vec![Self::Of(numbers.notification())]
        }
    }
}
