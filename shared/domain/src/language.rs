//! The languages that the bot speaks.

use serde::{Deserialize, Serialize};

/// A language of the bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Russian, the first one.
    #[default]
    Ru,
    /// English.
    En,
}

/// Languages whose speakers read Russian more easily than English, for the most part.
const NEAR_RUSSIAN: [&str; 8] = ["ru", "be", "kk", "ky", "uz", "tg", "hy", "uk"];

impl Language {
    /// All of them, the first one first.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// The code, as ISO 639-1 and the database have it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The language of that code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The language for somebody whose Telegram says `language_code` (an IETF tag such as `en-US`,
    /// which is optional): Wildberries' sellers read Russian unless their app says otherwise.
    #[must_use]
    pub fn of_telegram(language_code: Option<&str>) -> Self {
        let Some(code) = language_code else { return Self::default() };
        let primary = code.split(['-', '_']).next().unwrap_or(code).to_ascii_lowercase();
        if NEAR_RUSSIAN.contains(&primary.as_str()) { Self::Ru } else { Self::En }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_in_another_language_is_spoken_to_in_english() {
        assert_eq!(Language::of_telegram(None), Language::Ru);
        assert_eq!(Language::of_telegram(Some("ru")), Language::Ru);
        assert_eq!(Language::of_telegram(Some("be")), Language::Ru);
        assert_eq!(Language::of_telegram(Some("en-US")), Language::En);
        assert_eq!(Language::of_telegram(Some("zh-hans")), Language::En);
    }

    #[test]
    fn a_code_is_read_back() {
        assert!(Language::ALL.into_iter().all(|language| Language::parse(language.code()) == Some(language)));
        assert_eq!(Language::parse("de"), None);
    }
}
