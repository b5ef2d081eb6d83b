//! The main menu and the screens behind it.

use chrono::{DateTime, Utc};
use domain::{Categories, Language, TokenType};
use teloxide_core::types::InlineKeyboardButton;

use crate::{
    Message, Screen,
    format::{escape, moment},
    gate::{how_to_get_a_token, settings_rows},
    token::token_lines,
};

/// The buttons of the main menu.
pub(crate) fn menu_rows() -> Vec<Vec<InlineKeyboardButton>> {
    vec![
        vec![Screen::Notifications.button("🔔 Уведомления")],
        vec![Screen::Settings.button("⚙️ Настройки"), Screen::Help.button("❓ Помощь")],
    ]
}

/// The way back.
pub(crate) fn back() -> Vec<InlineKeyboardButton> {
    vec![Screen::Menu.button("← Меню")]
}

/// What the bot tells of, as a list.
pub(crate) const TOLD: &str = "заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки";

/// The main menu.
#[must_use]
pub fn menu() -> Message {
    Message::text(format!("🏠 <b>Главное меню</b>\nОбо всём новом я пишу сюда сам: {TOLD}."), menu_rows())
}

/// ❓ Помощь for whoever is past the gate.
#[must_use]
pub fn help() -> Message {
    Message::text(
        format!(
            "❓ <b>Помощь</b>\n\
             Я слежу за вашим магазином на Wildberries и пишу, когда появляется новое: {TOLD}.\n\n\
             /menu — главное меню\n/notifications — о чём писать\n/settings — токены и их состояние\n/help — эта справка\n\n{}",
            how_to_get_a_token(Language::Ru)
        ),
        [back()],
    )
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
pub fn settings(tokens: &[TokenView]) -> Message {
    let mut parts = vec!["⚙️ <b>Настройки</b> · токены".to_owned()];
    for token in tokens.iter().take(TOKENS_SHOWN) {
        let mut lines = vec![format!(
            "{} <b>{}</b>",
            if token.serves { "🟢" } else { "🔴" },
            token.cabinet.as_deref().map_or("Кабинет".into(), escape)
        )];
        if !token.serves {
            lines.push("Токен не действует: пришлите новый одним сообщением.".to_owned());
        }
        lines.extend(token_lines(Language::Ru, token.token_type, token.categories, token.expires_at));
        if let Some(at) = token.last_sync_at {
            lines.push(format!("Данные WB на {} МСК.", moment(Language::Ru, at)));
        }
        parts.push(lines.join("\n"));
    }
    if tokens.len() > TOKENS_SHOWN {
        parts.push(format!("Ещё токенов: {}.", tokens.len() - TOKENS_SHOWN));
    }
    parts.push("Чтобы заменить токен, пришлите новый одним сообщением.".to_owned());
    let mut rows = settings_rows(Language::Ru);
    rows.push(back());
    Message::text(parts.join("\n\n"), rows)
}

/// The answer to a text that is no command and no token.
#[must_use]
pub fn unknown_text() -> Message {
    Message::text("Я понимаю команды и кнопки. Вот главное меню.", menu_rows())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::tests::shown;

    #[test]
    fn the_menu_leads_to_every_screen() {
        insta::assert_snapshot!(shown(&menu()), @"
        🏠 <b>Главное меню</b>
        Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(shown(&unknown_text()), @"
        Я понимаю команды и кнопки. Вот главное меню.
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
    }

    #[test]
    fn the_help_names_the_commands_and_the_steps_to_a_token() {
        insta::assert_snapshot!(shown(&help()), @"
        ❓ <b>Помощь</b>
        Я слежу за вашим магазином на Wildberries и пишу, когда появляется новое: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.

        /menu — главное меню
        /notifications — о чём писать
        /settings — токены и их состояние
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
        insta::assert_snapshot!(shown(&settings(&[serving.clone(), refused])), @"
        ⚙️ <b>Настройки</b> · токены

        🟢 <b>Кружка &amp; Плед</b>
        Тип: персональный — данные обновляются без задержек.
        Действует до 22.11.2026.
        Данные WB на 22.11 в 14:05 МСК.

        🔴 <b>Кабинет</b>
        Токен не действует: пришлите новый одним сообщением.
        Тип: базовый — WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа и не отдаёт остатки.
        ⚠️ Нет категории «Статистика»: не будет уведомлений о заказах, выкупах, отменах и возвратах.
        ⚠️ Нет категории «Аналитика»: не будет видно остатков и уведомлений о них.
        ⚠️ Нет категории «Вопросы и отзывы»: не будет уведомлений об отзывах.

        Чтобы заменить токен, пришлите новый одним сообщением.
        [← Меню | 1:menu]
        ");
        let many = settings(&vec![serving; TOKENS_SHOWN + 3]);
        assert!(shown(&many).contains("\n\nЕщё токенов: 3.\n\n"));
    }
}
