//! The main menu, and what says little on the way to it.

use domain::Language;

use crate::base::{message::Message, texts::say};
use crate::nav::menu_rows;

/// The main menu.
#[must_use]
pub fn menu(language: Language) -> Message {
    let html = format!("{}\n{}", say!(language, "menu-title"), say!(language, "menu-told"));
    Message::text(html, menu_rows(language))
}

/// The answer to a text that is no command and no token.
#[must_use]
pub fn unknown_text(language: Language) -> Message {
    Message::text(say!(language, "unknown-text"), menu_rows(language))
}

/// The notice for a tap that leaves its screen as it is: the choice stands already.
#[must_use]
pub fn unchanged(language: Language) -> String {
    say!(language, "unchanged")
}

/// The notice for a tap on the number between two arrows.
#[must_use]
pub fn page_number(language: Language) -> String {
    say!(language, "page-number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    #[test]
    fn the_menu_leads_to_every_screen() {
        insta::assert_snapshot!(shown(&menu(Language::Ru)), @"
        🏠 <b>Главное меню</b>
        Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(shown(&unknown_text(Language::Ru)), @"
        Я понимаю команды и кнопки. Вот главное меню.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
    }
}
