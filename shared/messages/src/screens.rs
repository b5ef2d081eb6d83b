//! The main menu and the screens behind it.

use chrono::{DateTime, Utc};
use domain::{Categories, TokenType};
use teloxide_core::types::InlineKeyboardButton;

use crate::{
    Message, Screen,
    format::{escape, moment},
    onboarding::token_lines,
};

/// The buttons of the main menu.
pub(crate) fn menu_rows() -> Vec<Vec<InlineKeyboardButton>> {
    vec![vec![Screen::Settings.button("⚙️ Настройки"), Screen::Help.button("❓ Помощь")]]
}

/// The way back.
fn back() -> Vec<InlineKeyboardButton> {
    vec![Screen::Menu.button("← Меню")]
}

/// The main menu.
#[must_use]
pub fn menu() -> Message {
    Message::text("🏠 <b>Главное меню</b>\nО новых заказах я пишу сюда сам.", menu_rows())
}

/// ❓ Помощь for whoever is past the gate.
#[must_use]
pub fn help() -> Message {
    Message::text(
        format!(
            "❓ <b>Помощь</b>\n\
             Я слежу за вашим магазином на Wildberries и пишу о каждом новом заказе.\n\n\
             /menu — главное меню\n/settings — токены и их состояние\n/help — эта справка\n\n{HOW_TO_GET_A_TOKEN}"
        ),
        [back()],
    )
}

/// ❓ Помощь for whoever has no cabinet yet.
#[must_use]
pub fn help_before_token() -> Message {
    Message::text(format!("❓ {HOW_TO_GET_A_TOKEN}"), [vec![Screen::Menu.button("← Назад")]])
}

/// The steps to a token, by WB's seller portal of today.
const HOW_TO_GET_A_TOKEN: &str = "<b>Как получить токен</b>\n\
     1. Откройте кабинет продавца WB: Настройки → Доступ к API. Создать токен может только владелец профиля.\n\
     2. Отметьте категории: Статистика, Аналитика, Контент, Вопросы и отзывы.\n\
     3. Включите «Только чтение».\n\
     4. Скопируйте токен и пришлите его сюда одним сообщением. Он действует 180 дней.";

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
        lines.extend(token_lines(token.token_type, token.categories, token.expires_at));
        if let Some(at) = token.last_sync_at {
            lines.push(format!("Данные WB на {} МСК.", moment(at)));
        }
        parts.push(lines.join("\n"));
    }
    if tokens.len() > TOKENS_SHOWN {
        parts.push(format!("Ещё токенов: {}.", tokens.len() - TOKENS_SHOWN));
    }
    parts.push("Чтобы заменить токен, пришлите новый одним сообщением.".to_owned());
    Message::text(parts.join("\n\n"), [back()])
}

/// The answer to a text that is no command and no token.
#[must_use]
pub fn unknown_text() -> Message {
    Message::text("Я понимаю команды и кнопки. Вот главное меню.", menu_rows())
}
