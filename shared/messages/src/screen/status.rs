//! 📡 Состояние: of each cabinet how fresh its data are, what waits and why, and how its tokens fare.
//! Never a token.

use chrono::{DateTime, Utc};
use domain::{Categories, Category, DataSet, Language, TokenType, moscow, token_care::PauseReason};

use crate::{
    base::{
        format::{count, escape},
        kinds::{data_set_name, short_category_name},
        message::Message,
        texts::say,
    },
    button::{Screen, StatusButton},
    nav::turning,
};

/// Cabinets on one page: each takes up to 1,200 characters of Telegram's 4,096.
pub const CABINETS_PER_PAGE: usize = 3;
/// Tokens shown of one cabinet, the newest first.
const TOKENS_SHOWN: usize = 4;

/// Everything on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusView {
    /// The cabinets of the page.
    pub cabinets: Vec<CabinetStatus>,
    /// The page, counted from 0; behind the last one the last is shown.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

/// One cabinet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CabinetStatus {
    /// Its name.
    pub name: Option<String>,
    /// Whether its first sync has ended.
    pub is_ready: bool,
    /// When it was last synced.
    pub last_sync_at: Option<DateTime<Utc>>,
    /// Messages of the last day of which Telegram never said whether it has them.
    pub unsure: i64,
    /// Since when it pauses, and why.
    pub pause: Option<(DateTime<Utc>, PauseReason)>,
    /// Each data set.
    pub data_sets: Vec<DataSetStatus>,
    /// The tokens, newest first.
    pub tokens: Vec<TokenStatus>,
}

/// One data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataSetStatus {
    /// Which.
    pub data_set: DataSet,
    /// Up to when WB's answers are taken in.
    pub fresh_at: Option<DateTime<Utc>>,
    /// What keeps it from being fresher.
    pub trouble: Option<Trouble>,
}

/// What keeps a data set from being fresher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// WB allows the next request only then.
    Limited(DateTime<Utc>),
    /// No token has its category.
    NoCategory,
    /// WB does not give it to this type of token.
    WrongType,
    /// WB refuses it to a token that should have it.
    Refused,
    /// It has been failing since then.
    Failing(DateTime<Utc>),
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenStatus {
    /// The type.
    pub token_type: TokenType,
    /// The categories.
    pub categories: Categories,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// How it fares.
    pub state: TokenState,
}

/// How a token fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// It serves.
    Serves,
    /// It has ended.
    Expired,
    /// WB refused it then, and is asked again.
    Suspected(DateTime<Utc>),
    /// WB refuses it since then.
    Refused(DateTime<Utc>),
}

/// 📡 Состояние.
#[must_use]
pub fn status(language: Language, view: &StatusView) -> Message {
    let mut parts = vec![say!(language, "status-title")];
    parts.extend(view.cabinets.iter().map(|cabinet| cabinet_part(language, cabinet)));
    let mut rows: Vec<_> = turning(view.page, view.pages, StatusButton::Page).into_iter().collect();
    let replace = Screen::ReplaceToken.button(say!(language, "token-care-replace-button"));
    let back = Screen::Menu.button(say!(language, "token-care-menu-button"));
    rows.extend([vec![replace], vec![back]]);
    Message::text(parts.join("\n\n"), rows)
}

fn cabinet_part(language: Language, cabinet: &CabinetStatus) -> String {
    let name = cabinet
        .name
        .as_deref()
        .map_or_else(|| say!(language, "status-cabinet-unnamed"), |name| escape(name).into_owned());
    let mut lines = vec![format!("<b>{name}</b>"), state_line(language, cabinet)];
    if cabinet.unsure > 0 {
        lines.push(say!(language, "status-unsure", count = count(language, cabinet.unsure)));
    }
    lines.push(String::new());
    lines.push(say!(language, "status-data-title"));
    lines.extend(cabinet.data_sets.iter().map(|data_set| data_set_line(language, data_set)));
    lines.push(String::new());
    if cabinet.tokens.is_empty() {
        lines.push(say!(language, "status-tokens-none"));
        return lines.join("\n");
    }
    lines.push(say!(language, "status-tokens-title"));
    lines.extend(cabinet.tokens.iter().take(TOKENS_SHOWN).map(|token| token_line(language, token)));
    let more = cabinet.tokens.len().saturating_sub(TOKENS_SHOWN);
    if more > 0 {
        lines.push(say!(language, "status-more-tokens", count = more));
    }
    let serving = || cabinet.tokens.iter().filter(|token| token.state == TokenState::Serves);
    if serving().next().is_some() && serving().all(|token| !token.token_type.has_full_limits()) {
        lines.push(say!(language, "status-pace-base"));
    }
    lines.join("\n")
}

fn state_line(language: Language, cabinet: &CabinetStatus) -> String {
    if let Some((since, reason)) = cabinet.pause {
        let since = moment(since);
        return match reason {
            PauseReason::Refused => say!(language, "status-paused-refused", since = since),
            PauseReason::Expired => say!(language, "status-paused-expired", since = since),
            PauseReason::Gone => say!(language, "status-paused-gone", since = since),
        };
    }
    let at = cabinet.last_sync_at.map_or_else(|| say!(language, "status-never"), moment);
    if cabinet.is_ready { say!(language, "status-working", at = at) } else { say!(language, "status-loading", at = at) }
}

fn data_set_line(language: Language, status: &DataSetStatus) -> String {
    let name = data_set_name(language, status.data_set);
    let at = status
        .fresh_at
        .map_or_else(|| say!(language, "status-at-none"), |at| say!(language, "status-at", at = moment(at)));
    match (status.trouble, status.fresh_at) {
        (None, Some(at)) => say!(language, "status-data-fresh", name = name, at = moment(at)),
        (None, None) => say!(language, "status-data-waiting", name = name),
        (Some(Trouble::Limited(until)), _) => {
            say!(language, "status-data-limited", name = name, at = at, until = moment(until))
        }
        (Some(Trouble::NoCategory), _) => {
            let category = short_category_name(language, status.data_set.category());
            say!(language, "status-data-no-category", name = name, at = at, category = category)
        }
        (Some(Trouble::WrongType), _) => say!(language, "status-data-wrong-type", name = name, at = at),
        (Some(Trouble::Refused), _) => say!(language, "status-data-refused", name = name, at = at),
        (Some(Trouble::Failing(since)), _) => {
            say!(language, "status-data-failing", name = name, at = at, since = moment(since))
        }
    }
}

fn token_line(language: Language, token: &TokenStatus) -> String {
    let token_type = match token.token_type {
        TokenType::Base => say!(language, "status-type-base"),
        TokenType::Test => say!(language, "status-type-test"),
        TokenType::Personal => say!(language, "status-type-personal"),
        TokenType::Service => say!(language, "status-type-service"),
        TokenType::Unknown => say!(language, "status-type-unknown"),
    };
    let (sign, state) = match (token.state, token.expires_at) {
        (TokenState::Serves, Some(at)) => ("🟢", say!(language, "status-token-until", at = day(at))),
        (TokenState::Serves, None) => ("🟢", say!(language, "status-token-unlimited")),
        (TokenState::Expired, at) => {
            ("🔴", say!(language, "status-token-expired", at = at.map(day).unwrap_or_default()))
        }
        (TokenState::Suspected(since), _) => ("🟡", say!(language, "status-token-suspected", since = moment(since))),
        (TokenState::Refused(since), _) => ("🔴", say!(language, "status-token-refused", since = moment(since))),
    };
    let categories = categories(language, token.categories);
    say!(language, "status-token", sign = sign, type = token_type, categories = categories, state = state)
}

fn categories(language: Language, categories: Categories) -> String {
    if categories == Categories::UNKNOWN {
        return say!(language, "status-categories-unknown");
    }
    let has = Category::ALL.into_iter().filter(|category| categories.has(*category));
    let names: Vec<String> = has.map(|category| short_category_name(language, category)).collect();
    if names.is_empty() { say!(language, "status-categories-none") } else { names.join(", ") }
}

/// On a Moscow clock, whatever the language: «22.11 14:05».
fn moment(at: DateTime<Utc>) -> String {
    moscow::wall(at).format("%d.%m %H:%M").to_string()
}

/// A Moscow day: «22.11.2026».
fn day(at: DateTime<Utc>) -> String {
    moscow::day(at).format("%d.%m.%Y").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};

    use super::*;
    use crate::{
        base::{format::visible_chars, message::TEXT_MAX_CHARS},
        tests::shown,
    };

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 11, 5, 0).unwrap()
    }

    fn working() -> CabinetStatus {
        let troubles = [
            None,
            Some(Trouble::Limited(at() + TimeDelta::hours(2))),
            Some(Trouble::Failing(at() - TimeDelta::minutes(20))),
            Some(Trouble::WrongType),
            Some(Trouble::Refused),
        ];
        let token = |token_type, categories, state| TokenStatus {
            token_type,
            categories,
            expires_at: Some(at() + TimeDelta::days(90)),
            state,
        };
        CabinetStatus {
            name: Some("Кружка & Плед".into()),
            is_ready: true,
            last_sync_at: Some(at()),
            unsure: 2,
            pause: None,
            data_sets: DataSet::ALL
                .into_iter()
                .zip(troubles)
                .map(|(data_set, trouble)| DataSetStatus { data_set, fresh_at: Some(at()), trouble })
                .collect(),
            tokens: vec![
                token(TokenType::Base, Categories(1 << 1 | 1 << 5), TokenState::Serves),
                token(TokenType::Personal, Categories::UNKNOWN, TokenState::Refused(at())),
                token(TokenType::Service, Categories(1 << 3), TokenState::Suspected(at())),
            ],
        }
    }

    fn paused() -> CabinetStatus {
        let data_sets = DataSet::ALL.into_iter().map(|data_set| DataSetStatus {
            data_set,
            fresh_at: None,
            trouble: (data_set == DataSet::Reviews).then_some(Trouble::NoCategory),
        });
        CabinetStatus {
            name: None,
            is_ready: false,
            last_sync_at: None,
            unsure: 0,
            pause: Some((at(), PauseReason::Expired)),
            data_sets: data_sets.collect(),
            tokens: vec![TokenStatus {
                token_type: TokenType::Unknown,
                categories: Categories(0),
                expires_at: Some(at()),
                state: TokenState::Expired,
            }],
        }
    }

    #[test]
    fn the_state_of_each_cabinet_is_told_in_full() {
        let new = CabinetStatus { pause: None, tokens: Vec::new(), ..paused() };
        let view = StatusView { cabinets: vec![working(), paused(), new], page: 0, pages: 1 };
        insta::assert_snapshot!(shown(&status(Language::Ru, &view)), @"
        📡 <b>Состояние</b>

        <b>Кружка &amp; Плед</b>
        🟢 Работает. Последнее обновление: 22.11 14:05.
        ❔ Не уверен, что дошло сообщений за сутки: 2. Telegram не подтвердил доставку.

        <b>Данные WB</b> (МСК)
        ✅ Заказы: на 22.11 14:05
        🕓 Продажи: на 22.11 14:05. WB разрешит следующий запрос 22.11 16:05
        ⚠️ Товары: на 22.11 14:05. WB не отвечает с 22.11 13:45, продолжаю пробовать
        🚫 Остатки: на 22.11 14:05. WB не отдаёт их по базовому токену
        🔒 Отзывы: на 22.11 14:05. WB отказывает в доступе, пробую раз в час

        <b>Токены</b>
        🟢 базовый · Статистика, Контент · действует до 20.02.2027
        🔴 персональный · категории неизвестны · WB не принимает с 22.11 14:05
        🟡 сервисный · без нужных категорий · WB отклонил запрос 22.11 14:05, проверяю ещё раз
        ℹ️ Базовый токен: WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа, отзывы раз в 12 минут, остатки — отчётом примерно раз в час. С персональным или сервисным токеном данные приходят за минуты.

        <b>Кабинет</b>
        ⏸ Остановлен с 22.11 14:05: срок действия токена закончился.

        <b>Данные WB</b> (МСК)
        ⏳ Заказы: загружаются
        ⏳ Продажи: загружаются
        ⏳ Товары: загружаются
        ⏳ Остатки: загружаются
        🚫 Отзывы: данных ещё нет. У токена нет категории «Вопросы и отзывы»

        <b>Токены</b>
        🔴 тип неизвестен · без нужных категорий · закончился 22.11.2026

        <b>Кабинет</b>
        ⏳ Идёт первая загрузка. Последнее обновление: ещё не было.

        <b>Данные WB</b> (МСК)
        ⏳ Заказы: загружаются
        ⏳ Продажи: загружаются
        ⏳ Товары: загружаются
        ⏳ Остатки: загружаются
        🚫 Отзывы: данных ещё нет. У токена нет категории «Вопросы и отзывы»

        Токенов нет.
        [🔑 Заменить токен | 1:replace_token]
        [← Меню | 1:menu]
        ");
        insta::assert_snapshot!(shown(&status(Language::En, &view)), @"
        📡 <b>Status</b>

        <b>Кружка &amp; Плед</b>
        🟢 Working. Last update: 22.11 14:05.
        ❔ Messages of the last 24 hours that may not have arrived: 2. Telegram did not confirm them.

        <b>WB data</b> (Moscow time)
        ✅ Orders: as of 22.11 14:05
        🕓 Sales: as of 22.11 14:05. WB allows the next request 22.11 16:05
        ⚠️ Products: as of 22.11 14:05. WB has not answered since 22.11 13:45, I keep trying
        🚫 Stock: as of 22.11 14:05. WB does not provide it to a base token
        🔒 Reviews: as of 22.11 14:05. WB denies access, I try once an hour

        <b>Tokens</b>
        🟢 base · Statistics, Content · valid until 20.02.2027
        🔴 personal · categories unknown · refused by WB since 22.11 14:05
        🟡 service · none of the categories needed · WB refused it 22.11 14:05, checking again
        ℹ️ Base token: WB provides orders every 3 hours, sales every 2 hours, reviews every 12 minutes, and stock by a report about once an hour. With a personal or service token data arrives within minutes.

        <b>Cabinet</b>
        ⏸ Stopped since 22.11 14:05: the token has expired.

        <b>WB data</b> (Moscow time)
        ⏳ Orders: loading
        ⏳ Sales: loading
        ⏳ Products: loading
        ⏳ Stock: loading
        🚫 Reviews: no data yet. The token lacks the category “Feedbacks and questions”

        <b>Tokens</b>
        🔴 type unknown · none of the categories needed · expired 22.11.2026

        <b>Cabinet</b>
        ⏳ The first load is running. Last update: not yet.

        <b>WB data</b> (Moscow time)
        ⏳ Orders: loading
        ⏳ Sales: loading
        ⏳ Products: loading
        ⏳ Stock: loading
        🚫 Reviews: no data yet. The token lacks the category “Feedbacks and questions”

        There is no token.
        [🔑 Replace the token | 1:replace_token]
        [← Menu | 1:menu]
        ");
    }

    #[test]
    fn the_longest_screen_keeps_telegrams_limit() {
        let token = working().tokens[0];
        let longest = CabinetStatus {
            name: Some("Ж".repeat(60)),
            data_sets: working()
                .data_sets
                .into_iter()
                .map(|one| DataSetStatus { trouble: Some(Trouble::Failing(at())), ..one })
                .collect(),
            tokens: vec![TokenStatus { categories: Categories(0b1010_0110), ..token }; 9],
            ..working()
        };
        for language in Language::ALL {
            let screen =
                status(language, &StatusView { cabinets: vec![longest.clone(); CABINETS_PER_PAGE], page: 6, pages: 7 });
            assert!(visible_chars(&screen.html) <= TEXT_MAX_CHARS, "{}", visible_chars(&screen.html));
            assert!(
                shown(&screen).contains("[← | 1:status:5] [7/7 | 1:none]\n"),
                "the other cabinets are on other pages"
            );
        }
    }
}
