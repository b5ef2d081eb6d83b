//! 👥 Пригласить.

use domain::{CabinetId, Role};

use super::words::{Words, cabinet};

/// What a button of that screen does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum InviteButton {
    /// Makes a link that lets somebody into a cabinet.
    Make {
        /// The cabinet.
        cabinet: CabinetId,
        /// The role that it gives, one of [`Role::INVITED`].
        role: Role,
    },
}

impl Words for InviteButton {
    fn words(self) -> String {
        let Self::Make { cabinet, role } = self;
        format!("invite:{cabinet}:{}", role.name())
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let ["invite", into, role] = words else { return None };
        let role = Role::INVITED.into_iter().find(|invited| invited.name() == *role)?;
        Some(Self::Make { cabinet: cabinet(into)?, role })
    }
}

#[cfg(test)]
mod tests {
    use domain::Role;

    use super::InviteButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for InviteButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            Role::INVITED.map(|role| Self::Make { cabinet: numbers.cabinet(), role }).into()
        }
    }
}
