//! Products of which nothing is told.

use domain::{CabinetId, MutingId, NotificationId};

use super::words::{Words, cabinet, number};

/// What a button about a muted product does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum MutedButton {
    /// Asks whether the kind of a notification is to be muted for its product, or all kinds.
    Ask(NotificationId),
    /// Mutes the product of a notification.
    Mute {
        /// The notification.
        notification: NotificationId,
        /// All kinds, or only that of the notification.
        all_kinds: bool,
    },
    /// Shows a page of the muted products of a cabinet.
    Page {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page, counted from 0.
        page: usize,
    },
    /// Unmutes a product.
    Unmute {
        /// What the database calls the muting.
        id: MutingId,
        /// The page on which the button stands.
        page: usize,
    },
}

impl Words for MutedButton {
    fn words(self) -> String {
        match self {
            Self::Ask(notification) => format!("mute:{notification}"),
            Self::Mute { notification, all_kinds: false } => format!("mute:{notification}:kind"),
            Self::Mute { notification, all_kinds: true } => format!("mute:{notification}:all"),
            Self::Page { cabinet, page } => format!("muted:{cabinet}:{page}"),
            Self::Unmute { id, page } => format!("unmute:{id}:{page}"),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let row = |digits| number(digits).map(NotificationId);
        Some(match words {
            ["mute", notification] => Self::Ask(row(notification)?),
            ["mute", notification, "kind"] => Self::Mute { notification: row(notification)?, all_kinds: false },
            ["mute", notification, "all"] => Self::Mute { notification: row(notification)?, all_kinds: true },
            ["muted", of, page] => Self::Page { cabinet: cabinet(of)?, page: number(page)? },
            ["unmute", id, page] => Self::Unmute { id: MutingId(number(id)?), page: number(page)? },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::MutedButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for MutedButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let (notification, page) = (numbers.notification(), numbers.page);
            vec![
                Self::Ask(notification),
                Self::Mute { notification, all_kinds: true },
                Self::Mute { notification, all_kinds: false },
                Self::Page { cabinet: numbers.cabinet(), page },
                Self::Unmute { id: numbers.muting(), page },
            ]
        }
    }
}
