//! 🔑 How to replace a token.

use domain::Language;

use crate::{
    base::{message::Message, texts::say},
    button::Screen,
};

/// How to replace a token: the screen behind the button of these messages.
#[must_use]
pub fn replace_token(language: Language) -> Message {
    let parts = [
        say!(language, "replace-token-title"),
        say!(language, "replace-token-steps"),
        say!(language, "replace-token-kept"),
    ];
    Message::text(parts.join("\n\n"), [vec![Screen::Menu.button(say!(language, "token-care-menu-button"))]])
}
