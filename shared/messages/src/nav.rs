//! The ways from one screen to another.

use domain::Language;

use crate::{
    base::{keyboard::Key, texts::say},
    button::{Button, PagingButton, Screen},
};

/// The buttons of the main menu.
pub(crate) fn menu_rows(language: Language) -> Vec<Vec<Key>> {
    vec![
        vec![
            Screen::Orders.button(say!(language, "menu-orders")),
            Screen::Stocks.button(say!(language, "menu-stocks")),
        ],
        vec![
            Screen::Reviews.button(say!(language, "menu-reviews")),
            Screen::Analytics.button(say!(language, "menu-analytics")),
        ],
        vec![Screen::Notifications.button(say!(language, "menu-notifications"))],
        vec![
            Screen::Settings.button(say!(language, "menu-settings")),
            Screen::Help.button(say!(language, "menu-help")),
        ],
    ]
}

/// The way back.
pub(crate) fn back(language: Language) -> Vec<Key> {
    vec![Screen::Menu.button(say!(language, "menu-back"))]
}

/// The way back to a screen.
pub(crate) fn back_to(language: Language, screen: Screen) -> Vec<Key> {
    vec![screen.button(say!(language, "button-back"))]
}

/// A button that opens the steps to a token.
pub(crate) fn how_to_button(language: Language) -> Key {
    Screen::Help.button(format!("❓ {}", say!(language, "how-to-title")))
}

/// The button of the settings that opens this screen.
pub(crate) fn status_button(language: Language) -> Key {
    Screen::Status.button(say!(language, "status-open-button"))
}

/// The button that says how to replace a token, below a message that stays as it is.
pub(crate) fn replace_button(language: Language) -> Key {
    Screen::ReplaceToken.open_button(say!(language, "token-care-replace-button"))
}

/// The row that turns pages, counted from 0; `None` for a single one. Behind the last stands the last.
pub(crate) fn turning<B: Into<Button>>(page: usize, pages: usize, turn: impl Fn(usize) -> B) -> Option<Vec<Key>> {
    let turn = |to| turn(to).into();
    if pages <= 1 {
        return None;
    }
    let page = page.min(pages - 1);
    let mut row = Vec::new();
    row.extend(page.checked_sub(1).map(|to| turn(to).button("←")));
    row.push(PagingButton::Number.button(format!("{}/{pages}", page + 1)));
    row.extend((page + 1 < pages).then(|| turn(page + 1).button("→")));
    Some(row)
}
