//! Orders that come late, a limit that somebody else spends, and what a person missed.

use domain::{
    Language,
    facts::{LimitSpent, Missed, OrdersLate},
};

use crate::base::{format::moment, keyboard::Keyboard, kinds, message::Message, texts::say};

/// Says that orders are late.
#[must_use]
pub fn orders_late(language: Language, late: &OrdersLate) -> Message {
    plain(say!(language, "orders-late", since = moment(language, late.since)))
}

/// Says that orders come again.
#[must_use]
pub fn orders_late_over(language: Language) -> Message {
    plain(say!(language, "orders-late-over"))
}

/// Says that another service spends the seller's limit.
#[must_use]
pub fn limit_spent(language: Language, spent: &LimitSpent) -> Message {
    let data = kinds::data_set_name(language, spent.data_set);
    plain(say!(language, "limit-spent", data = data, until = moment(language, spent.until)))
}

/// What a person missed while they had blocked the bot, in one line.
#[must_use]
pub fn missed(language: Language, missed: &Missed) -> Message {
    plain(say!(language, "missed", totals = kinds::totals(language, &missed.totals)))
}

fn plain(html: String) -> Message {
    Message { html, photo: None, keyboard: Keyboard::default() }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use domain::{DataSet, EventKind};

    use super::*;
    use crate::tests::both;

    #[test]
    fn late_orders_say_since_when_and_that_nothing_is_lost() {
        let late = OrdersLate { since: Utc.with_ymd_and_hms(2026, 11, 22, 8, 5, 0).unwrap() };
        insta::assert_snapshot!(both(|language| orders_late(language, &late).html), @"
        ⏳ <b>Заказы задерживаются</b>
        Wildberries не отдаёт их с 22.11 в 11:05 МСК. Я продолжаю пробовать: всё, что придёт за это время, вы получите, как только WB ответит.

        ⏳ <b>Orders are late</b>
        Wildberries has not given any since 22 Nov, 11:05 MSK. I keep trying: you get everything from that time as soon as WB answers.
        ");
        insta::assert_snapshot!(both(|language| orders_late_over(language).html), @"
        ✅ <b>Заказы снова приходят</b>

        ✅ <b>Orders are coming in again</b>
        ");
    }

    #[test]
    fn a_limit_that_somebody_else_spends_is_explained() {
        let until = Utc.with_ymd_and_hms(2026, 11, 22, 14, 40, 0).unwrap();
        let spent = LimitSpent { data_set: DataSet::Orders, until };
        insta::assert_snapshot!(both(|language| limit_spent(language, &spent).html), @"
        ⏳ <b>Заказы: лимит WB тратит кто-то ещё</b>
        Wildberries снова и снова отвечает, что лимит запросов исчерпан, хотя бот его соблюдает. Лимит один на весь магазин: его расходует другой сервис или программа с вашим токеном. Следующий запрос WB разрешит 22.11 в 17:40 МСК.
        Проверьте, какие сервисы подключены: Настройки → Доступ к API. Данные не пропадут, но придут позже.

        ⏳ <b>Orders: somebody else spends WB's limit</b>
        Wildberries answers again and again that the limit of requests is used up, although the bot keeps it. There is one limit for the whole shop: another service or program with a token of yours spends it. WB allows the next request on 22 Nov, 17:40 MSK.
        See which services are connected: Настройки → Доступ к API. No data is lost, but it comes later.
        ");
    }

    #[test]
    fn what_was_missed_is_one_line() {
        let totals = [(EventKind::NewOrder, 1_205), (EventKind::OrderBuyout, 2), (EventKind::FirstSyncFinished, 1)];
        let missed_then = Missed { totals: totals.into() };
        insta::assert_snapshot!(both(|language| missed(language, &missed_then).html), @"
        👋 Пока бот был заблокирован: новые заказы — 1 205, выкупы — 2.

        👋 While the bot was blocked: new orders — 1,205, buyouts — 2.
        ");
    }
}
