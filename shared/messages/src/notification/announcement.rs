//! What the operator tells everybody, in their own words.

use domain::facts::Announcement;

use crate::base::{
    format::{escape, length},
    keyboard::Keyboard,
    message::Message,
};

/// Telegram takes 4,096 characters; some are left for whatever escaping adds to what it counts.
pub const ANNOUNCEMENT_MAX_CHARS: usize = 4_000;

/// The announcement of this text; `None` when it is empty or longer than a message.
#[must_use]
pub fn parse_announcement(text: &str) -> Option<Announcement> {
    let text = text.trim();
    let fits = (1..=ANNOUNCEMENT_MAX_CHARS).contains(&length(text));
    fits.then(|| Announcement { text: text.to_owned() })
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
        let facts = parse_announcement("  Завтра <b>перерыв</b> & обновление\n").unwrap();
        assert_eq!(announcement(&facts).html, "Завтра &lt;b&gt;перерыв&lt;/b&gt; &amp; обновление");
    }

    #[test]
    fn an_empty_and_an_endless_one_are_none() {
        assert_eq!(parse_announcement(" \n "), None);
        assert_eq!(parse_announcement(&"x".repeat(4_001)), None);
        assert!(parse_announcement(&"ж".repeat(4_000)).is_some());
    }
}
