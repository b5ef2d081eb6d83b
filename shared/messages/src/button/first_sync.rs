//! A first sync that goes on.

use domain::CabinetId;

use super::words::{Words, cabinet};

/// What a button about a first sync does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum FirstSyncButton {
    /// Asks whether it shall be cancelled.
    Cancel(CabinetId),
    /// Cancels it: they have been asked.
    CancelForGood(CabinetId),
}

impl Words for FirstSyncButton {
    fn words(self) -> String {
        match self {
            Self::Cancel(cabinet) => format!("stop:{cabinet}"),
            Self::CancelForGood(cabinet) => format!("stop:{cabinet}:yes"),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["stop", of] => Self::Cancel(cabinet(of)?),
            ["stop", of, "yes"] => Self::CancelForGood(cabinet(of)?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::FirstSyncButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for FirstSyncButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            vec![Self::Cancel(numbers.cabinet()), Self::CancelForGood(numbers.cabinet())]
        }
    }
}
