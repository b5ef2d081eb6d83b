//! What the callback data of all screens are made of.

use std::str::FromStr;

use domain::{CabinetId, EventKind};

/// The buttons of one screen: what is written, and how it is read.
///
/// Buttons stand in people's chats for years, so what was written once is read as what it meant.
pub(super) trait Words: Sized {
    /// The callback data behind the version.
    fn words(self) -> String;

    /// Reads what [`Self::words`] wrote, parted at its colons; `None` for the buttons of other screens.
    fn parse(words: &[&str]) -> Option<Self>;
}

/// A number, or an id that is one.
pub(super) fn number<T: FromStr>(digits: &str) -> Option<T> {
    digits.parse().ok()
}

/// A cabinet.
pub(super) fn cabinet(digits: &str) -> Option<CabinetId> {
    number(digits).map(CabinetId)
}

/// A kind that people switch.
pub(super) fn kind(name: &str) -> Option<EventKind> {
    EventKind::SWITCHED.into_iter().find(|switched| switched.name() == name)
}

/// The state that a switch brings about.
pub(super) fn switch_name(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Reads a [`switch_name`].
pub(super) fn switch(name: &str) -> Option<bool> {
    [true, false].into_iter().find(|on| switch_name(*on) == name)
}
