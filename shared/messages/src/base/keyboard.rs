//! The buttons below a message, as Telegram shows them.

use url::Url;

/// Rows of buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyboard {
    /// The rows, from above.
    pub rows: Vec<Vec<Key>>,
}

/// A button: what stands on it, and what a tap does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// What stands on it.
    pub label: String,
    /// What a tap does.
    pub press: Press,
}

/// What a tap does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// The bot gets these callback data.
    Data(String),
    /// Telegram opens this address.
    Open(Url),
}

impl Key {
    /// A button whose callback data the bot gets.
    pub(crate) fn data(label: impl Into<String>, data: String) -> Self {
        Self { label: label.into(), press: Press::Data(data) }
    }

    /// A button that opens an address.
    pub(crate) fn url(label: impl Into<String>, url: Url) -> Self {
        Self { label: label.into(), press: Press::Open(url) }
    }
}
