//! ❓ Помощь.

use domain::Language;

use crate::{
    base::{message::Message, texts::say},
    button::Screen,
    nav::{back, back_to},
};

/// ❓ Помощь for whoever is past the gate.
#[must_use]
pub fn help(language: Language) -> Message {
    let parts = [
        format!("{}\n{}", say!(language, "help-title"), say!(language, "help-what")),
        say!(language, "help-commands"),
        how_to_get_a_token(language),
    ];
    Message::text(parts.join("\n\n"), [back(language)])
}

/// ❓ Помощь for whoever has no cabinet yet.
#[must_use]
pub fn help_before_token(language: Language) -> Message {
    Message::text(format!("❓ {}", how_to_get_a_token(language)), [back_to(language, Screen::Menu)])
}

/// The steps to a token, by WB's seller portal of today.
fn how_to_get_a_token(language: Language) -> String {
    say!(language, "how-to-get-a-token")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    #[test]
    fn the_help_names_the_commands_and_the_steps_to_a_token() {
        insta::assert_snapshot!(shown(&help(Language::Ru)), @"
        ❓ <b>Помощь</b>
        Я слежу за вашим магазином на Wildberries и пишу, когда появляется новое: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.

        /menu — главное меню
        /orders — заказы
        /stocks — склад
        /reviews — отзывы
        /stats — аналитика
        /notifications — о чём писать и как
        /digest — сводка прямо сейчас
        /settings — токены и их состояние
        /cancel — отменить начатое
        /help — эта справка

        <b>Как получить токен</b>
        1. Откройте кабинет продавца WB: Настройки → Доступ к API. Создать токен может только владелец профиля.
        2. Отметьте категории: Статистика, Аналитика, Контент, Вопросы и отзывы.
        3. Включите «Только чтение», если не собираетесь отвечать на отзывы отсюда.
        4. Скопируйте токен и пришлите его сюда одним сообщением. Он действует 180 дней.

        Вы сотрудник? Токен вам не нужен: попросите у владельца кабинета приглашение.
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn the_help_names_the_steps_to_a_token() {
        insta::assert_snapshot!(shown(&help_before_token(Language::Ru)), @"
        ❓ <b>Как получить токен</b>
        1. Откройте кабинет продавца WB: Настройки → Доступ к API. Создать токен может только владелец профиля.
        2. Отметьте категории: Статистика, Аналитика, Контент, Вопросы и отзывы.
        3. Включите «Только чтение», если не собираетесь отвечать на отзывы отсюда.
        4. Скопируйте токен и пришлите его сюда одним сообщением. Он действует 180 дней.

        Вы сотрудник? Токен вам не нужен: попросите у владельца кабинета приглашение.
        [← Назад | 1:menu]
        ");
        insta::assert_snapshot!(shown(&help_before_token(Language::En)), @"
        ❓ <b>How to get a token</b>
        1. Open WB's seller portal: Настройки → Доступ к API (Settings → API access). Only the owner of the profile can create a token.
        2. Tick the categories Статистика, Аналитика, Контент, Вопросы и отзывы (Statistics, Analytics, Content, Feedback and questions).
        3. Choose «Только чтение» (read only) unless you want to answer reviews from here.
        4. Copy the token and send it here in one message. It lives for 180 days.

        Are you an employee? You need no token: ask the owner of the cabinet for an invitation.
        [← Back | 1:menu]
        ");
    }
}
