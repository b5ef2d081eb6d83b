//! What the operator tells everybody, in their own words.

use serde::{Deserialize, Serialize};

use crate::base::{
    format::{escape, length},
    keyboard::Keyboard,
    message::Message,
};

/// Telegram takes 4,096 characters; some are left for whatever escaping adds to what it counts.
pub const ANNOUNCEMENT_MAX_CHARS: usize = 4_000;

/// An announcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The text, as it is read.
    pub text: String,
}

impl Announcement {
    /// The announcement of this text; `None` when it is empty or longer than a message.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = (1..=ANNOUNCEMENT_MAX_CHARS).contains(&length(text));
        fits.then(|| Self { text: text.to_owned() })
    }
}

/// The announcement, word for word.
#[must_use]
pub fn announcement(facts: &Announcement) -> Message {
    Message { html: escape(&facts.text).into_owned(), photo: None, keyboard: Keyboard::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_read_as_it_was_written() {
        let facts = Announcement::parse("  Завтра <b>перерыв</b> & обновление\n").unwrap();
        assert_eq!(announcement(&facts).html, "Завтра &lt;b&gt;перерыв&lt;/b&gt; &amp; обновление");
    }

    #[test]
    fn an_empty_and_an_endless_one_are_none() {
        assert_eq!(Announcement::parse(" \n "), None);
        assert_eq!(Announcement::parse(&"x".repeat(4_001)), None);
        assert!(Announcement::parse(&"ж".repeat(4_000)).is_some());
    }
}
