//! The settings of one kind of notification.

use domain::{CabinetId, Delivery, EventKind, NotificationId, StockBy};

use super::words::{Words, cabinet, kind, number, switch, switch_name};

/// What a button about one kind does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum KindSettingsButton {
    /// Shows the settings of a kind in a cabinet.
    Show {
        /// The cabinet.
        cabinet: CabinetId,
        /// The kind, one of [`EventKind::SWITCHED`].
        kind: EventKind,
    },
    /// Shows the settings of the kind of a notification, or of a group by its first row, as a message of their own.
    OpenOf(NotificationId),
    /// Makes a choice.
    Choose {
        /// The cabinet.
        cabinet: CabinetId,
        /// The kind, one of [`EventKind::SWITCHED`].
        kind: EventKind,
        /// The choice.
        choice: KindChoice,
    },
}

/// A choice on the screen of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum KindChoice {
    /// On or off.
    On(bool),
    /// How it comes.
    Delivery(Delivery),
    /// The most stars of a negative review.
    Stars(i16),
    /// The remainder that is critical.
    Left(i32),
    /// Of what it is the remainder.
    By(StockBy),
    /// All of this in every cabinet.
    Everywhere,
}

impl Words for KindSettingsButton {
    fn words(self) -> String {
        match self {
            Self::Show { cabinet, kind } => format!("kind:{cabinet}:{}", kind.name()),
            Self::OpenOf(notification) => format!("settings:{notification}"),
            Self::Choose { cabinet, kind, choice } => format!("set:{cabinet}:{}:{}", kind.name(), choice.word()),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["kind", of, name] => Self::Show { cabinet: cabinet(of)?, kind: kind(name)? },
            ["settings", notification] => Self::OpenOf(NotificationId(number(notification)?)),
            ["set", of, name, choice] => {
                Self::Choose { cabinet: cabinet(of)?, kind: kind(name)?, choice: KindChoice::parse(choice)? }
            }
            _ => return None,
        })
    }
}

impl KindChoice {
    fn word(self) -> String {
        match self {
            Self::On(on) => switch_name(on).to_owned(),
            Self::Delivery(delivery) => delivery.name().to_owned(),
            Self::Stars(stars) => format!("stars{stars}"),
            Self::Left(left) => format!("left{left}"),
            Self::By(by) => by.name().to_owned(),
            Self::Everywhere => "everywhere".to_owned(),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        if word == "everywhere" {
            return Some(Self::Everywhere);
        }
        if let Some(stars) = word.strip_prefix("stars") {
            return number(stars).map(Self::Stars);
        }
        if let Some(left) = word.strip_prefix("left") {
            return number(left).map(Self::Left);
        }
        (switch(word).map(Self::On))
            .or_else(|| Delivery::parse(word).map(Self::Delivery))
            .or_else(|| StockBy::parse(word).map(Self::By))
    }
}

#[cfg(test)]
mod tests {
    use domain::{Delivery, EventKind, StockBy};

    use super::{KindChoice, KindSettingsButton};
    use crate::button::samples::{Numbers, Samples};

    fn choices() -> Vec<KindChoice> {
        let mut choices = vec![KindChoice::On(true), KindChoice::On(false), KindChoice::Everywhere];
        choices.extend(Delivery::ALL.map(KindChoice::Delivery));
        choices.extend([1, i16::MAX].map(KindChoice::Stars));
        choices.extend([0, i32::MAX].map(KindChoice::Left));
        choices.extend(StockBy::ALL.map(KindChoice::By));
        choices
    }

    impl Samples for KindSettingsButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let cabinet = numbers.cabinet();
            let mut all = vec![Self::OpenOf(numbers.notification())];
            for kind in EventKind::SWITCHED {
                all.push(Self::Show { cabinet, kind });
                all.extend(choices().into_iter().map(|choice| Self::Choose { cabinet, kind, choice }));
            }
            all
        }
    }
}
