//! 🔔 Уведомления: the switches of a cabinet.

use domain::{CabinetId, EventKind};

use super::words::{Words, cabinet, kind, switch, switch_name};

/// What a button of the switches does.
///
/// A switch names the state that it brings about, so that a second tap on it changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum NotificationsButton {
    /// Shows the switches of a cabinet.
    Of(CabinetId),
    /// Turns all notifications of the person on or off.
    ToggleAll {
        /// The cabinet whose switches are on the screen; the switch itself is the person's.
        cabinet: CabinetId,
        /// The wanted state.
        on: bool,
    },
    /// Turns one kind in one cabinet on or off.
    Toggle {
        /// The cabinet.
        cabinet: CabinetId,
        /// The kind, one of [`EventKind::SWITCHED`].
        kind: EventKind,
        /// The wanted state.
        on: bool,
    },
    /// Turns the messages that orders are late on or off, in a cabinet.
    ToggleLate {
        /// The cabinet.
        cabinet: CabinetId,
        /// The wanted state.
        on: bool,
    },
}

impl Words for NotificationsButton {
    fn words(self) -> String {
        match self {
            Self::Of(cabinet) => format!("of:{cabinet}"),
            Self::ToggleAll { cabinet, on } => format!("all:{cabinet}:{}", switch_name(on)),
            Self::Toggle { cabinet, kind, on } => format!("kind:{cabinet}:{}:{}", kind.name(), switch_name(on)),
            Self::ToggleLate { cabinet, on } => format!("late:{cabinet}:{}", switch_name(on)),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["of", of] => Self::Of(cabinet(of)?),
            ["all", of, on] => Self::ToggleAll { cabinet: cabinet(of)?, on: switch(on)? },
            ["kind", of, name, on] => Self::Toggle { cabinet: cabinet(of)?, kind: kind(name)?, on: switch(on)? },
            ["late", of, on] => Self::ToggleLate { cabinet: cabinet(of)?, on: switch(on)? },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::EventKind;

    use super::NotificationsButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for NotificationsButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let cabinet = numbers.cabinet();
            let mut all = vec![Self::Of(cabinet)];
            for on in [true, false] {
                all.extend([Self::ToggleAll { cabinet, on }, Self::ToggleLate { cabinet, on }]);
                all.extend(EventKind::SWITCHED.map(|kind| Self::Toggle { cabinet, kind, on }));
            }
            all
        }
    }
}
