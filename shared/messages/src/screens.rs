//! The main menu and the screens behind it.

use chrono::{DateTime, Utc};
use domain::{Categories, Language, TokenType};

use crate::{
    Key, Message, Screen,
    format::{escape, moment},
    gate::{how_to_get_a_token, settings_rows},
    status::status_button,
    texts::say,
    token_facts::token_lines,
};

/// The buttons of the main menu.
pub(crate) fn menu_rows(language: Language) -> Vec<Vec<Key>> {
    vec![
        vec![Screen::Notifications.button(say!(language, "menu-notifications"))],
        vec![
            Screen::Settings.button(say!(language, "menu-settings")),
            Screen::Help.button(say!(language, "menu-help")),
        ],
    ]
}

/// The way back.
pub(crate) fn back(language: Language) -> Vec<Key> {
    vec![Screen::Menu.button(say!(language, "menu-back"))]
}

/// The main menu.
#[must_use]
pub fn menu(language: Language) -> Message {
    let html = format!("{}\n{}", say!(language, "menu-title"), say!(language, "menu-told"));
    Message::text(html, menu_rows(language))
}

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

/// A token on the settings screen; never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    /// The cabinet's name.
    pub cabinet: Option<String>,
    /// When the cabinet was last synced.
    pub last_sync_at: Option<DateTime<Utc>>,
    /// The type.
    pub token_type: TokenType,
    /// The categories.
    pub categories: Categories,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether it serves: not refused, not expired.
    pub serves: bool,
}

/// Tokens shown; a person with more sees how many are left out.
const TOKENS_SHOWN: usize = 10;

/// ⚙️ Настройки: the state of the tokens.
#[must_use]
pub fn settings(language: Language, tokens: &[TokenView]) -> Message {
    let mut parts = vec![say!(language, "settings-title")];
    for token in tokens.iter().take(TOKENS_SHOWN) {
        let cabinet = match &token.cabinet {
            Some(name) => escape(name).into_owned(),
            None => say!(language, "settings-cabinet"),
        };
        let mut lines = vec![format!("{} <b>{cabinet}</b>", if token.serves { "🟢" } else { "🔴" })];
        if !token.serves {
            lines.push(say!(language, "settings-refused"));
        }
        lines.extend(token_lines(language, token.token_type, token.categories, token.expires_at));
        if let Some(at) = token.last_sync_at {
            lines.push(say!(language, "settings-fresh", at = moment(language, at)));
        }
        parts.push(lines.join("\n"));
    }
    if tokens.len() > TOKENS_SHOWN {
        let more = i64::try_from(tokens.len() - TOKENS_SHOWN).unwrap_or(i64::MAX);
        parts.push(say!(language, "settings-more", count = more));
    }
    parts.push(say!(language, "settings-replace"));
    let mut rows = settings_rows(language);
    rows.push(vec![status_button(language)]);
    rows.push(back(language));
    Message::text(parts.join("\n\n"), rows)
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
    use chrono::TimeZone;

    use super::*;
    use crate::tests::shown;

    #[test]
    fn the_menu_leads_to_every_screen() {
        insta::assert_snapshot!(shown(&menu(Language::Ru)), @"
        🏠 <b>Главное меню</b>
        Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(shown(&unknown_text(Language::Ru)), @"
        Я понимаю команды и кнопки. Вот главное меню.
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
    }

    #[test]
    fn the_help_names_the_commands_and_the_steps_to_a_token() {
        insta::assert_snapshot!(shown(&help(Language::Ru)), @"
        ❓ <b>Помощь</b>
        Я слежу за вашим магазином на Wildberries и пишу, когда появляется новое: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.

        /menu — главное меню
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
    fn the_settings_say_how_each_token_fares() {
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 11, 5, 0).unwrap();
        let serving = TokenView {
            cabinet: Some("Кружка & Плед".into()),
            last_sync_at: Some(at),
            token_type: TokenType::Personal,
            categories: Categories::UNKNOWN,
            expires_at: Some(at),
            serves: true,
        };
        let refused = TokenView {
            cabinet: None,
            last_sync_at: None,
            token_type: TokenType::Base,
            categories: Categories(0b10),
            expires_at: None,
            serves: false,
        };
        insta::assert_snapshot!(shown(&settings(Language::Ru, &[serving.clone(), refused])), @"
        ⚙️ <b>Настройки</b> · токены

        🟢 <b>Кружка &amp; Плед</b>
        Тип: персональный — данные обновляются без задержек.
        Действует до 22.11.2026.
        Данные WB на 22.11 в 14:05 МСК.

        🔴 <b>Кабинет</b>
        Токен не действует: пришлите новый одним сообщением.
        Тип: базовый — WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа, остатки — отчётом примерно раз в час.
        ⚠️ Нет категории «Статистика»: не будет уведомлений о заказах, выкупах, отменах и возвратах.
        ⚠️ Нет категории «Аналитика»: не будет видно остатков и уведомлений о них.
        ⚠️ Нет категории «Вопросы и отзывы»: не будет уведомлений об отзывах.

        Чтобы заменить токен, пришлите новый одним сообщением.
        [👥 Пригласить | 1:invite] [🌐 Язык · Language | 1:language]
        [🗑 Удалить мои данные | 1:delete_my_data]
        [📡 Состояние | 1:status]
        [← Меню | 1:menu]
        ");
        let many = settings(Language::Ru, &vec![serving; TOKENS_SHOWN + 3]);
        assert!(shown(&many).contains("\n\nЕщё токенов: 3.\n\n"));
    }
}
