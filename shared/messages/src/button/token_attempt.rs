//! A token that waits: for WB, or for the person's word.

use domain::TokenId;

use super::words::Words;

/// What a button about a token that waits does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum TokenAttemptButton {
    /// Gives it up.
    Cancel(TokenId),
    /// Adds its cabinet: WB has accepted it.
    AddCabinet(TokenId),
}

impl Words for TokenAttemptButton {
    fn words(self) -> String {
        match self {
            Self::Cancel(attempt) => format!("cancel:{attempt}"),
            Self::AddCabinet(attempt) => format!("add:{attempt}"),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["cancel", attempt] => Self::Cancel(TokenId::parse(attempt)?),
            ["add", attempt] => Self::AddCabinet(TokenId::parse(attempt)?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TokenAttemptButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for TokenAttemptButton {
        fn with(Numbers { token, .. }: Numbers) -> Vec<Self> {
            vec![Self::Cancel(token), Self::AddCabinet(token)]
        }
    }
}
