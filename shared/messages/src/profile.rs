//! What Telegram itself shows of the bot: the list of commands, and the text of an empty chat.

use domain::Language;

use crate::base::texts::say;

/// The commands that Telegram offers, each with its description of at most 256 characters.
#[must_use]
pub fn commands(language: Language) -> [(&'static str, String); 10] {
    [
        ("menu", say!(language, "command-menu")),
        ("orders", say!(language, "command-orders")),
        ("stocks", say!(language, "command-stocks")),
        ("reviews", say!(language, "command-reviews")),
        ("stats", say!(language, "command-stats")),
        ("status", say!(language, "command-status")),
        ("digest", say!(language, "command-digest")),
        ("notifications", say!(language, "command-notifications")),
        ("settings", say!(language, "command-settings")),
        ("help", say!(language, "command-help")),
    ]
}

/// What an empty chat with the bot says: at most 512 characters.
#[must_use]
pub fn description(language: Language) -> String {
    say!(language, "bot-description")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telegram_takes_every_text() {
        for language in [Language::Ru, Language::En] {
            for (command, text) in commands(language) {
                assert!((1..=256).contains(&text.chars().count()), "{command}: {text}");
            }
            assert!((1..=512).contains(&description(language).chars().count()));
        }
    }
}
