//! First contact: asking for a token, what became of it, the first sync.

use chrono::{DateTime, Utc};
use domain::{Categories, Category, DataSet, Language, TokenType};
use serde::{Deserialize, Serialize};
use teloxide_core::types::InlineKeyboardMarkup;

use crate::{
    Message, Screen,
    format::{count, day, escape, moment},
    kinds::data_set_name,
    screens::{menu_rows, told},
};

/// The first message: what the bot does, and the request for a token.
#[must_use]
pub fn ask_for_token() -> Message {
    Message::text(
        format!(
            "👋 <b>WB Assist</b> пишет сюда, когда в вашем магазине на Wildberries появляется новое: {}.\n\n\
             Чтобы начать, пришлите одним сообщением <b>токен API Wildberries</b>. \
             Сообщение с токеном я сразу удалю, а сам токен храню зашифрованным и больше никому не показываю.",
            told(Language::Ru)
        ),
        [vec![Screen::Help.button("❓ Как получить токен")]],
    )
}

/// Telegram did not let the bot delete the message with the token.
#[must_use]
pub fn deletion_refused() -> &'static str {
    "⚠️ Telegram не дал мне удалить сообщение с токеном. Удалите его, пожалуйста, сами."
}

/// Why a token cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTrouble {
    /// The text cannot be a token at all.
    NotAToken,
    /// It ended on that day.
    Expired(DateTime<Utc>),
    /// It is for WB's sandbox.
    Sandbox,
    /// It has none of the categories that we need.
    NoCategory,
    /// WB refuses it.
    Refused,
    /// WB does not answer, or not now: says nothing about the token.
    WbUnavailable,
    /// WB accepted it, but it does not say whose it is.
    UnknownSeller,
}

/// What became of a token that cannot serve, and what to do.
#[must_use]
pub fn token_trouble(trouble: TokenTrouble) -> Message {
    let html = match trouble {
        TokenTrouble::NotAToken => {
            "Это не похоже на токен Wildberries. Скопируйте его целиком в разделе «Настройки → Доступ к API» \
             и пришлите одним сообщением."
                .to_owned()
        }
        TokenTrouble::Expired(at) => {
            format!(
                "Срок действия этого токена закончился {}. Создайте новый и пришлите его сюда.",
                day(Language::Ru, at)
            )
        }
        TokenTrouble::Sandbox => "Это тестовый токен: он работает только в песочнице WB и не видит ваш магазин. \
             Создайте обычный токен и пришлите его сюда."
            .to_owned(),
        TokenTrouble::NoCategory => format!(
            "У этого токена нет ни одной нужной категории. Создайте токен с категориями: {}.",
            Category::ALL.map(category_name).join(", ")
        ),
        TokenTrouble::Refused => "Wildberries не принимает этот токен: он отозван или скопирован не полностью. \
             Создайте новый в «Настройки → Доступ к API» и пришлите его сюда."
            .to_owned(),
        TokenTrouble::WbUnavailable => {
            "Wildberries сейчас не отвечает, поэтому проверить токен не удалось. С самим токеном всё может быть \
             в порядке. Я его не сохранил: пришлите его, пожалуйста, ещё раз через несколько минут."
                .to_owned()
        }
        TokenTrouble::UnknownSeller => {
            "Wildberries принял токен, но сейчас не сообщает, чей он. Пришлите токен ещё раз через несколько минут."
                .to_owned()
        }
    };
    Message::text(html, [vec![Screen::Help.button("❓ Как получить токен")]])
}

/// What an accepted token says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedToken {
    /// The shop's name.
    pub shop: Option<String>,
    /// The type.
    pub token_type: TokenType,
    /// The categories.
    pub categories: Categories,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What an accepted token says of itself, a line each.
fn accepted_lines(token: &AcceptedToken) -> Vec<String> {
    let mut lines = vec!["✅ <b>Токен принят</b>".to_owned()];
    if let Some(shop) = &token.shop {
        lines.push(format!("Магазин: {}", escape(shop)));
    }
    lines.extend(token_lines(token.token_type, token.categories, token.expires_at));
    lines
}

/// A further token of a cabinet: one that is loaded already, or whose first sync goes on.
#[must_use]
pub fn token_accepted(token: &AcceptedToken, is_ready: bool) -> Message {
    let mut lines = accepted_lines(token);
    if is_ready {
        return Message::text(lines.join("\n"), menu_rows(Language::Ru));
    }
    lines.push("⏳ Первая загрузка этого магазина уже идёт.".to_owned());
    Message::text(lines.join("\n"), [])
}

/// The name of a category, as WB's seller portal writes it.
pub(crate) fn category_name(category: Category) -> &'static str {
    match category {
        Category::Statistics => "Статистика",
        Category::Analytics => "Аналитика",
        Category::Content => "Контент",
        Category::Feedbacks => "Вопросы и отзывы",
    }
}

/// Type, pace, missing categories and expiry of a token, a line each.
pub(crate) fn token_lines(
    token_type: TokenType,
    categories: Categories,
    expires_at: Option<DateTime<Utc>>,
) -> Vec<String> {
    let mut lines = vec![match token_type {
        TokenType::Personal => "Тип: персональный — данные обновляются без задержек.".to_owned(),
        TokenType::Service => "Тип: сервисный — данные обновляются без задержек.".to_owned(),
        TokenType::Base => {
            "Тип: базовый — WB отдаёт по нему заказы раз в 3 часа, продажи раз в 2 часа и не отдаёт остатки.".to_owned()
        }
        TokenType::Test => "Тип: тестовый — только для песочницы WB.".to_owned(),
        TokenType::Unknown => {
            "Тип не определён, поэтому запросы идут с частотой базового токена: заказы раз в 3 часа, \
             продажи раз в 2 часа."
                .to_owned()
        }
    }];
    for category in Category::ALL.into_iter().filter(|category| !categories.has(*category)) {
        let cost = match category {
            Category::Statistics => "не будет уведомлений о заказах, выкупах, отменах и возвратах",
            Category::Analytics => "не будет видно остатков и уведомлений о них",
            Category::Content => "в уведомлениях не будет картинок и названий",
            Category::Feedbacks => "не будет уведомлений об отзывах",
        };
        lines.push(format!("⚠️ Нет категории «{}»: {cost}.", category_name(category)));
    }
    if let Some(at) = expires_at {
        lines.push(format!("Действует до {}.", day(Language::Ru, at)));
    }
    lines
}

/// How far one data set has come in the first sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loading {
    /// Not asked yet, or not complete.
    Waiting,
    /// Complete.
    Loaded,
    /// WB allows the next request only then.
    Limited(DateTime<Utc>),
    /// The token cannot see it.
    NoAccess,
    /// It has been failing for a while; tried again all the time.
    Failing,
}

/// One line of the first sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSetProgress {
    /// The data set.
    pub data_set: DataSet,
    /// How far it has come.
    pub loading: Loading,
}

/// A line of the first sync.
fn progress_line(line: &DataSetProgress) -> String {
    let name = data_set_name(Language::Ru, line.data_set);
    match line.loading {
        Loading::Waiting => format!("⏳ {name}: загружаю…"),
        Loading::Loaded => format!("✅ {name}: загружено"),
        Loading::Limited(until) => format!("🕓 {name}: WB разрешит запрос {} МСК", moment(Language::Ru, until)),
        Loading::NoAccess => format!("🚫 {name}: у токена нет доступа"),
        Loading::Failing => format!("⚠️ {name}: WB пока не отвечает, продолжаю пробовать"),
    }
}

/// The one message of a first sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSyncProgress {
    /// The token that began it.
    pub token: AcceptedToken,
    /// A line for each data set.
    pub data_sets: Vec<DataSetProgress>,
}

/// The one message of a first sync, edited in place.
#[must_use]
pub fn first_sync_progress(progress: &FirstSyncProgress) -> Message {
    let is_done = progress.data_sets.iter().all(|line| line.loading != Loading::Waiting);
    let mut lines = accepted_lines(&progress.token);
    lines.push(String::new());
    lines.push(
        if is_done {
            "📥 <b>Первая загрузка закончена</b>"
        } else {
            "📥 <b>Первая загрузка</b>"
        }
        .to_owned(),
    );
    lines.extend(progress.data_sets.iter().map(progress_line));
    Message { html: lines.join("\n"), photo: None, keyboard: InlineKeyboardMarkup::default() }
}

/// The answer to whatever is sent while the first sync still runs.
#[must_use]
pub fn first_sync_running() -> Message {
    Message::text(
        "⏳ Первая загрузка ещё идёт: её ход виден в сообщении выше. Меню откроется, как только она закончится.",
        [vec![Screen::Help.button("❓ Помощь")]],
    )
}

/// How a first sync ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstSyncFinished {
    /// The shop's name.
    pub shop: Option<String>,
    /// A line for each data set.
    pub data_sets: Vec<DataSetProgress>,
    /// Of how many days the orders and sales are.
    pub days: u16,
    /// Orders held.
    pub orders: i64,
    /// Buyouts and returns held; absent in an event stored before sales were read.
    #[serde(default)]
    pub sales: i64,
    /// Products held.
    pub products: i64,
    /// Pieces in all warehouses.
    pub pieces: i64,
    /// Reviews held.
    pub reviews: i64,
}

/// The first sync has ended: the figures of the shop, what is put off, the main menu.
#[must_use]
pub fn first_sync_finished(facts: &FirstSyncFinished) -> Message {
    let mut lines = vec![format!("🎉 <b>Готово!</b> Теперь я напишу обо всём новом: {}.", told(Language::Ru))];
    if let Some(shop) = &facts.shop {
        lines.push(format!("Магазин: {}", escape(shop)));
    }
    lines.push(String::new());
    for line in &facts.data_sets {
        lines.push(match (line.loading, line.data_set) {
            (Loading::Loaded, DataSet::Orders) => {
                format!("🛒 Заказы за {} дн.: {}", facts.days, count(Language::Ru, facts.orders))
            }
            (Loading::Loaded, DataSet::Sales) => {
                format!("💰 Выкупы и возвраты за {} дн.: {}", facts.days, count(Language::Ru, facts.sales))
            }
            (Loading::Loaded, DataSet::Products) => {
                format!("🏷 Товары: {}", count(Language::Ru, facts.products))
            }
            (Loading::Loaded, DataSet::Stocks) => {
                format!("📦 Остатки: {} шт.", count(Language::Ru, facts.pieces))
            }
            (Loading::Loaded, DataSet::Reviews) => format!("⭐ Отзывы: {}", count(Language::Ru, facts.reviews)),
            _ => progress_line(line),
        });
    }
    Message::text(lines.join("\n"), menu_rows(Language::Ru))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::tests::shown;

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 14, 40, 0).unwrap()
    }

    fn token() -> AcceptedToken {
        AcceptedToken {
            shop: Some("Кружка & Плед".into()),
            token_type: TokenType::Service,
            categories: Categories::UNKNOWN,
            expires_at: Some(at()),
        }
    }

    fn lines(loadings: [Loading; 5]) -> Vec<DataSetProgress> {
        let lines = DataSet::ALL.into_iter().zip(loadings);
        lines.map(|(data_set, loading)| DataSetProgress { data_set, loading }).collect()
    }

    #[test]
    fn the_first_message_says_what_the_bot_does_and_asks_for_a_token() {
        insta::assert_snapshot!(shown(&ask_for_token()), @"
        👋 <b>WB Assist</b> пишет сюда, когда в вашем магазине на Wildberries появляется новое: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.

        Чтобы начать, пришлите одним сообщением <b>токен API Wildberries</b>. Сообщение с токеном я сразу удалю, а сам токен храню зашифрованным и больше никому не показываю.
        [❓ Как получить токен | 1:help]
        ");
        insta::assert_snapshot!(deletion_refused(), @"⚠️ Telegram не дал мне удалить сообщение с токеном. Удалите его, пожалуйста, сами.");
    }

    #[test]
    fn each_trouble_with_a_token_says_what_to_do() {
        let troubles = [
            TokenTrouble::NotAToken,
            TokenTrouble::Expired(at()),
            TokenTrouble::Sandbox,
            TokenTrouble::NoCategory,
            TokenTrouble::Refused,
            TokenTrouble::WbUnavailable,
            TokenTrouble::UnknownSeller,
        ];
        let told =
            troubles.map(|trouble| shown(&token_trouble(trouble)).replace("\n[❓ Как получить токен | 1:help]", ""));
        insta::assert_snapshot!(told.join("\n\n"), @"
        Это не похоже на токен Wildberries. Скопируйте его целиком в разделе «Настройки → Доступ к API» и пришлите одним сообщением.

        Срок действия этого токена закончился 22.11.2026. Создайте новый и пришлите его сюда.

        Это тестовый токен: он работает только в песочнице WB и не видит ваш магазин. Создайте обычный токен и пришлите его сюда.

        У этого токена нет ни одной нужной категории. Создайте токен с категориями: Статистика, Аналитика, Контент, Вопросы и отзывы.

        Wildberries не принимает этот токен: он отозван или скопирован не полностью. Создайте новый в «Настройки → Доступ к API» и пришлите его сюда.

        Wildberries сейчас не отвечает, поэтому проверить токен не удалось. С самим токеном всё может быть в порядке. Я его не сохранил: пришлите его, пожалуйста, ещё раз через несколько минут.

        Wildberries принял токен, но сейчас не сообщает, чей он. Пришлите токен ещё раз через несколько минут.
        ");
    }

    #[test]
    fn a_further_token_opens_the_menu_once_the_cabinet_is_loaded() {
        insta::assert_snapshot!(shown(&token_accepted(&token(), true)), @"
        ✅ <b>Токен принят</b>
        Магазин: Кружка &amp; Плед
        Тип: сервисный — данные обновляются без задержек.
        Действует до 22.11.2026.
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(shown(&token_accepted(&token(), false)), @"
        ✅ <b>Токен принят</b>
        Магазин: Кружка &amp; Плед
        Тип: сервисный — данные обновляются без задержек.
        Действует до 22.11.2026.
        ⏳ Первая загрузка этого магазина уже идёт.
        ");
    }

    #[test]
    fn the_progress_has_a_line_for_each_data_set() {
        let loadings = [Loading::Loaded, Loading::Waiting, Loading::Failing, Loading::NoAccess, Loading::Limited(at())];
        let running = FirstSyncProgress { token: token(), data_sets: lines(loadings) };
        insta::assert_snapshot!(shown(&first_sync_progress(&running)), @"
        ✅ <b>Токен принят</b>
        Магазин: Кружка &amp; Плед
        Тип: сервисный — данные обновляются без задержек.
        Действует до 22.11.2026.

        📥 <b>Первая загрузка</b>
        ✅ Заказы: загружено
        ⏳ Продажи: загружаю…
        ⚠️ Товары: WB пока не отвечает, продолжаю пробовать
        🚫 Остатки: у токена нет доступа
        🕓 Отзывы: WB разрешит запрос 22.11 в 17:40 МСК
        ");
        let over = FirstSyncProgress { data_sets: lines([Loading::Loaded; 5]), ..running };
        assert!(shown(&first_sync_progress(&over)).contains("📥 <b>Первая загрузка закончена</b>"));
        insta::assert_snapshot!(shown(&first_sync_running()), @"
        ⏳ Первая загрузка ещё идёт: её ход виден в сообщении выше. Меню откроется, как только она закончится.
        [❓ Помощь | 1:help]
        ");
    }

    #[test]
    fn the_end_of_the_first_sync_gives_the_figures_of_the_shop() {
        let finished = FirstSyncFinished {
            shop: Some("Кружка & Плед".into()),
            data_sets: lines([Loading::Loaded; 5]),
            days: 30,
            orders: 12_480,
            sales: 9_313,
            products: 20,
            pieces: 1_326,
            reviews: 30,
        };
        insta::assert_snapshot!(shown(&first_sync_finished(&finished)), @"
        🎉 <b>Готово!</b> Теперь я напишу обо всём новом: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
        Магазин: Кружка &amp; Плед

        🛒 Заказы за 30 дн.: 12 480
        💰 Выкупы и возвраты за 30 дн.: 9 313
        🏷 Товары: 20
        📦 Остатки: 1 326 шт.
        ⭐ Отзывы: 30
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        let put_off = FirstSyncFinished { data_sets: lines([Loading::Limited(at()); 5]), ..finished };
        assert!(shown(&first_sync_finished(&put_off)).contains("🕓 Продажи: WB разрешит запрос 22.11 в 17:40 МСК"));
    }
}
