//! 🌐 Язык.

use domain::Language;

use crate::{
    base::{message::Message, texts::say},
    button::{LanguageButton, Screen},
    nav::back_to,
};

/// 🌐 Язык, with the way back to that screen.
#[must_use]
pub fn choose_language(language: Language, back: Screen) -> Message {
    let choices = Language::ALL.map(|choice| {
        let name = match choice {
            Language::Ru => "Русский",
            Language::En => "English",
        };
        let mark = if choice == language { "✓ " } else { "" };
        LanguageButton::Speak(choice).button(format!("{mark}{name}"))
    });
    Message::text(say!(language, "choose-language"), [choices.to_vec(), back_to(language, back)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    #[test]
    fn the_languages_are_named_in_themselves() {
        insta::assert_snapshot!(shown(&choose_language(Language::Ru, Screen::Menu)), @"
        🌐 На каком языке говорить с вами?
        [✓ Русский | 1:language:ru] [English | 1:language:en]
        [← Назад | 1:menu]
        ");
        insta::assert_snapshot!(shown(&choose_language(Language::En, Screen::Settings)), @"
        🌐 Which language shall I speak to you?
        [Русский | 1:language:ru] [✓ English | 1:language:en]
        [← Back | 1:settings]
        ");
    }
}
