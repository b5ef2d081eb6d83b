//! ⚙️ Настройки: the state of the tokens.

use chrono::{DateTime, Utc};
use domain::{Categories, Language, TokenType};

use crate::{
    base::{
        format::{escape, moment},
        keyboard::Key,
        message::Message,
        texts::say,
        token_facts::token_lines,
    },
    button::Screen,
    nav::{back, status_button},
};

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

/// What stands in the settings of whoever is past the gate.
fn settings_rows(language: Language) -> Vec<Vec<Key>> {
    vec![
        vec![
            Screen::Invite.button(say!(language, "button-invite")),
            Screen::Language.button(say!(language, "button-language")),
        ],
        vec![Screen::DeleteMyData.button(say!(language, "button-delete-my-data"))],
    ]
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::tests::shown;

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
