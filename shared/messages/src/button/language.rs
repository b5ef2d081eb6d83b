//! 🌐 Язык.

use domain::Language;

use super::words::Words;

/// What a button of the languages does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum LanguageButton {
    /// Speaks this one from now on.
    Speak(Language),
}

impl Words for LanguageButton {
    fn words(self) -> String {
        let Self::Speak(language) = self;
        format!("language:{}", language.code())
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let ["language", code] = words else { return None };
        Language::parse(code).map(Self::Speak)
    }
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::LanguageButton;
    use crate::button::samples::{Numbers, Samples};

    impl Samples for LanguageButton {
        fn with(_numbers: Numbers) -> Vec<Self> {
            Language::ALL.map(Self::Speak).into()
        }
    }
}
