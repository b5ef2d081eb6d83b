//! The people of a cabinet, for its owners.

use domain::{CabinetId, TokenId, UserId};

use super::words::{Words, cabinet, number};

/// What a button about a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum PeopleButton {
    /// Lets somebody in again whom an owner had removed, with the token that waits.
    LetIn(TokenId),
    /// Keeps them out.
    KeepOut(TokenId),
    /// Takes the cabinet from a member who has joined by a token.
    Remove {
        /// The cabinet.
        cabinet: CabinetId,
        /// The member.
        member: UserId,
    },
}

impl Words for PeopleButton {
    fn words(self) -> String {
        match self {
            Self::LetIn(attempt) => format!("let_in:{attempt}"),
            Self::KeepOut(attempt) => format!("keep_out:{attempt}"),
            Self::Remove { cabinet, member } => format!("remove:{cabinet}:{member}"),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["let_in", attempt] => Self::LetIn(TokenId::parse(attempt)?),
            ["keep_out", attempt] => Self::KeepOut(TokenId::parse(attempt)?),
            ["remove", of, member] => Self::Remove { cabinet: cabinet(of)?, member: UserId(number(member)?) },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PeopleButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for PeopleButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let token = numbers.token;
            let remove = Self::Remove { cabinet: numbers.cabinet(), member: numbers.member() };
            vec![Self::LetIn(token), Self::KeepOut(token), remove]
        }
    }
}
