//! First contact: asking for a token, what became of it, the first sync.

use chrono::{DateTime, Utc};
use domain::{Categories, Category, DataSet, TokenType};
use serde::{Deserialize, Serialize};
use teloxide_core::types::InlineKeyboardMarkup;

use crate::{
    Message, Screen,
    format::{count, day, escape, moment},
    screens::menu_rows,
};

/// The first message: what the bot does, and the request for a token.
#[must_use]
pub fn ask_for_token() -> Message {
    Message::text(
        "👋 <b>WB Assist</b> пишет сюда о каждом новом заказе вашего магазина на Wildberries.\n\n\
         Чтобы начать, пришлите одним сообщением <b>токен API Wildberries</b>. \
         Сообщение с токеном я сразу удалю, а сам токен храню зашифрованным и больше никому не показываю.",
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
            format!("Срок действия этого токена закончился {}. Создайте новый и пришлите его сюда.", day(at))
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
        return Message::text(lines.join("\n"), menu_rows());
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
        TokenType::Base => "Тип: базовый — WB отдаёт по нему заказы раз в 3 часа и не отдаёт остатки.".to_owned(),
        TokenType::Test => "Тип: тестовый — только для песочницы WB.".to_owned(),
        TokenType::Unknown => {
            "Тип не определён, поэтому запросы идут с частотой базового токена: заказы раз в 3 часа.".to_owned()
        }
    }];
    for category in Category::ALL.into_iter().filter(|category| !categories.has(*category)) {
        let cost = match category {
            Category::Statistics => "не будет уведомлений о заказах",
            Category::Analytics => "не будет видно остатков",
            Category::Content => "в уведомлениях не будет картинок и названий",
            Category::Feedbacks => "не будет видно отзывов",
        };
        lines.push(format!("⚠️ Нет категории «{}»: {cost}.", category_name(category)));
    }
    if let Some(at) = expires_at {
        lines.push(format!("Действует до {}.", day(at)));
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

/// The name of a data set on a screen.
fn data_set_name(data_set: DataSet) -> &'static str {
    match data_set {
        DataSet::Orders => "Заказы",
        DataSet::Products => "Товары",
        DataSet::Stocks => "Остатки",
        DataSet::Reviews => "Отзывы",
    }
}

/// A line of the first sync.
fn progress_line(line: &DataSetProgress) -> String {
    let name = data_set_name(line.data_set);
    match line.loading {
        Loading::Waiting => format!("⏳ {name}: загружаю…"),
        Loading::Loaded => format!("✅ {name}: загружено"),
        Loading::Limited(until) => format!("🕓 {name}: WB разрешит запрос {} МСК", moment(until)),
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
    /// Of how many days the orders are.
    pub days: u16,
    /// Orders held.
    pub orders: i64,
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
    let mut lines = vec!["🎉 <b>Готово!</b> Теперь я напишу о каждом новом заказе.".to_owned()];
    if let Some(shop) = &facts.shop {
        lines.push(format!("Магазин: {}", escape(shop)));
    }
    lines.push(String::new());
    for line in &facts.data_sets {
        lines.push(match (line.loading, line.data_set) {
            (Loading::Loaded, DataSet::Orders) => {
                format!("🛒 Заказы за {} дн.: {}", facts.days, count(facts.orders))
            }
            (Loading::Loaded, DataSet::Products) => format!("🏷 Товары: {}", count(facts.products)),
            (Loading::Loaded, DataSet::Stocks) => format!("📦 Остатки: {} шт.", count(facts.pieces)),
            (Loading::Loaded, DataSet::Reviews) => format!("⭐ Отзывы: {}", count(facts.reviews)),
            _ => progress_line(line),
        });
    }
    Message::text(lines.join("\n"), menu_rows())
}
