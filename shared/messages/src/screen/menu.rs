//! The main menu, and what says little on the way to it.

use domain::{Language, Rubles, screen::menu::Today};

use crate::base::{
    format::{count, sum},
    message::Message,
    texts::say,
};
use crate::nav::menu_rows;

/// The main menu: how today stands, and what waits.
#[must_use]
pub fn menu(language: Language, today: &Today) -> Message {
    let orders = count(language, today.orders);
    let today_line = match Rubles::filled_in(today.sum) {
        Some(total) => say!(language, "menu-today-sum", orders = orders, sum = sum(language, total)),
        None => say!(language, "menu-today", orders = orders),
    };
    let waits =
        (today.unanswered > 0).then(|| say!(language, "menu-unanswered", count = count(language, today.unanswered)));
    let told = if today.is_told { say!(language, "menu-told") } else { say!(language, "menu-silent") };
    let lines = [Some(say!(language, "menu-title")), Some(today_line), waits, Some(String::new()), Some(told)];
    Message::text(lines.into_iter().flatten().collect::<Vec<_>>().join("\n"), menu_rows(language))
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
    use crate::tests::{both, shown};

    #[test]
    fn the_menu_leads_to_every_screen() {
        let today = Today { orders: 62, sum: "80400.50".parse().unwrap(), unanswered: 8, is_told: true };
        let silent = Today::default();
        insta::assert_snapshot!(both(|language| shown(&menu(language, &today))), @"
        🏠 <b>Главное меню</b>
        Сегодня заказов: 62 на 80 401 ₽
        Отзывы ждут ответа: 8

        Обо всём новом я пишу сюда сам: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]

        🏠 <b>Main menu</b>
        Orders today: 62 for 80,401 ₽
        Reviews awaiting a reply: 8

        I write to you here about everything new: orders, buyouts, cancellations, returns, bad reviews, stock running out.
        [🛒 Orders | 1:orders] [📦 Stock | 1:stocks]
        [⭐ Reviews | 1:reviews] [📈 Analytics | 1:analytics]
        [🔔 Notifications | 1:notifications]
        [⚙️ Settings | 1:settings] [❓ Help | 1:help]
        ");
        insta::assert_snapshot!(both(|language| shown(&menu(language, &silent))), @"
        🏠 <b>Главное меню</b>
        Сегодня заказов: 0

        🔕 Уведомления выключены: сам я ни о чём не пишу.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]

        🏠 <b>Main menu</b>
        Orders today: 0

        🔕 Notifications are off: I write about nothing by myself.
        [🛒 Orders | 1:orders] [📦 Stock | 1:stocks]
        [⭐ Reviews | 1:reviews] [📈 Analytics | 1:analytics]
        [🔔 Notifications | 1:notifications]
        [⚙️ Settings | 1:settings] [❓ Help | 1:help]
        ");
        insta::assert_snapshot!(shown(&unknown_text(Language::Ru)), @"
        Такой команды нет. Вот что я умею.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
    }
}
