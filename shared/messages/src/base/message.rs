//! A message as Telegram takes it: text, picture, buttons, and the limits of each.

use domain::Photo;

use crate::base::{
    format::{escape, shorten, visible_text},
    keyboard::{Key, Keyboard},
};

/// Telegram's limit for the caption of a picture, in characters after entities are parsed; we count UTF-16 units.
pub const CAPTION_MAX_CHARS: usize = 1_024;
/// Telegram's limit for a text, counted in the same way.
pub const TEXT_MAX_CHARS: usize = 4_096;

/// The most characters of a message in its least form.
const PLAIN_MAX_CHARS: usize = 1_000;

/// What a person reads: HTML for Telegram, perhaps a picture, and the buttons below.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Telegram's HTML.
    pub html: String,
    /// The picture; without one it is a text.
    pub photo: Option<Photo>,
    /// The buttons.
    pub keyboard: Keyboard,
}

impl Message {
    /// A text with rows of buttons.
    pub(crate) fn text(html: impl Into<String>, rows: impl IntoIterator<Item = Vec<Key>>) -> Self {
        let keyboard = Keyboard { rows: rows.into_iter().collect() };
        Self { html: html.into(), photo: None, keyboard }
    }

    /// The words alone, not many of them: for Telegram that refuses the message as it is.
    #[must_use]
    pub fn plain(&self) -> String {
        escape(&shorten(&visible_text(&self.html), PLAIN_MAX_CHARS)).into_owned()
    }
}
