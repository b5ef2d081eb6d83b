//! The screens, and the buttons that open them.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::words::Words;

/// A screen that a button opens. Its name stands in callback data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Screen {
    /// The main menu.
    Menu,
    /// 🛒 Заказы.
    Orders,
    /// 📦 Склад.
    Stocks,
    /// ⭐ Отзывы.
    Reviews,
    /// 📈 Аналитика.
    Analytics,
    /// 🔔 Уведомления: the switches.
    Notifications,
    /// ⚙️ Настройки: the state of the tokens.
    Settings,
    /// ❓ Помощь.
    Help,
    /// 🌙 Quiet hours.
    #[strum(serialize = "quiet")]
    QuietHours,
    /// The hour at which they begin.
    QuietFrom,
    /// The hour at which they end.
    QuietUntil,
    /// The zone by which quiet hours and the digest go.
    Zones,
    /// 📰 The digest and its hour.
    Digest,
    /// 📡 Состояние: how fresh the data are and how the tokens fare.
    Status,
    /// 🔑 How to replace a token.
    ReplaceToken,
    /// 🌐 Язык.
    Language,
    /// 🗑 Удалить мои данные: asks first.
    DeleteMyData,
    /// 👥 Пригласить: an owner's links.
    Invite,
}

/// What a button with the name of a screen does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum ScreenButton {
    /// Shows it in place of the one below which the button stands.
    Show(Screen),
    /// Shows it as a message of its own: the button stands below a notification, which stays as it is.
    Open(Screen),
}

impl Words for ScreenButton {
    fn words(self) -> String {
        match self {
            Self::Show(screen) => <&str>::from(screen).to_owned(),
            Self::Open(screen) => format!("open:{}", <&str>::from(screen)),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            [screen] => Self::Show(screen.parse().ok()?),
            ["open", screen] => Self::Open(screen.parse().ok()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::{Screen, ScreenButton};
    use crate::button::samples::{Numbers, Samples};

    impl Samples for ScreenButton {
        fn with(_numbers: Numbers) -> Vec<Self> {
            let screens = Screen::VARIANTS.iter().copied();
            screens.flat_map(|screen| [Self::Show(screen), Self::Open(screen)]).collect()
        }
    }
}
