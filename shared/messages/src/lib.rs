//! Events and screens become Telegram text and keyboards. No I/O: everything comes as an argument.
//!
//! Every value from WB passes [`format::escape`]; a missing value is left out with its line.

pub mod format;
mod onboarding;
mod order;
mod screens;

use domain::Photo;
use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup};

pub use onboarding::{
    AcceptedToken, DataSetProgress, FirstSyncFinished, FirstSyncProgress, Loading, TokenTrouble, ask_for_token,
    deletion_refused, first_sync_finished, first_sync_progress, first_sync_running, token_accepted, token_trouble,
};
pub use order::{NewOrder, new_order};
pub use screens::{TokenView, help, help_before_token, menu, settings, unknown_text};

/// Telegram's limit for the caption of a picture, in characters after entities are parsed.
pub const CAPTION_MAX_CHARS: usize = 1_024;
/// Telegram's limit for a text, in characters after entities are parsed.
pub const TEXT_MAX_CHARS: usize = 4_096;

/// What a person reads: HTML for Telegram, perhaps a picture, and the buttons below.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Telegram's HTML.
    pub html: String,
    /// The picture; without one it is a text.
    pub photo: Option<Photo>,
    /// The buttons.
    pub keyboard: InlineKeyboardMarkup,
}

impl Message {
    /// A text with rows of buttons.
    fn text(html: impl Into<String>, rows: impl IntoIterator<Item = Vec<InlineKeyboardButton>>) -> Self {
        Self { html: html.into(), photo: None, keyboard: InlineKeyboardMarkup::new(rows) }
    }
}

/// A screen that a button opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The main menu.
    Menu,
    /// ⚙️ Настройки: the state of the tokens.
    Settings,
    /// ❓ Помощь.
    Help,
}

impl Screen {
    /// All screens.
    pub const ALL: [Self; 3] = [Self::Menu, Self::Settings, Self::Help];
    /// The version of the callback data: buttons of an older one open the main menu.
    const VERSION: &'static str = "1";

    /// The callback data of a button that opens the screen, at most 64 bytes.
    #[must_use]
    pub fn callback_data(self) -> String {
        let name = match self {
            Self::Menu => "menu",
            Self::Settings => "settings",
            Self::Help => "help",
        };
        format!("{}:{name}", Self::VERSION)
    }

    /// The screen behind callback data; `None` for data of another version, or none of ours.
    #[must_use]
    pub fn parse(data: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.callback_data() == data)
    }

    /// A button that opens the screen.
    fn button(self, label: &str) -> InlineKeyboardButton {
        InlineKeyboardButton::callback(label, self.callback_data())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_is_found_again_by_its_button() {
        for screen in Screen::ALL {
            assert_eq!(Screen::parse(&screen.callback_data()), Some(screen));
            assert!(screen.callback_data().len() <= 64);
        }
        assert_eq!(Screen::parse("0:menu"), None);
        assert_eq!(Screen::parse(""), None);
    }
}
