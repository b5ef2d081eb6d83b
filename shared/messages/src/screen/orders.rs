//! 🛒 Заказы: the list, what can be chosen, and the card of one order.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Language, OrderState, Supply,
    figures::period::Period,
    screen::{
        Heading, Page, Place,
        orders::{OrderFilter, OrderRow, OrderStory},
    },
};

use crate::{
    base::{
        fold::Part,
        format::{count, moment, stamp},
        keyboard::Key,
        kinds::period_name,
        message::Message,
        texts::say,
    },
    button::OrdersButton,
    notification::{
        block::{ProductFacts, card_text, line, open_on_wb, opening},
        order::cancel_reason,
        piece::{Piece, figures, priced},
    },
    screen::{
        heading,
        list::{self, Frame, List, SIZE_MAX_CHARS, found_lines, known_title},
    },
};

/// A page of the orders.
#[must_use]
pub fn orders(page: &Page<OrderRow>, place: Place<OrderFilter>, pages: usize, now: DateTime<Utc>) -> Message {
    let (language, cabinet) = (page.heading.language, page.heading.cabinet);
    let list = List::new(page, place, pages, |cabinet, place| OrdersButton::Page { cabinet, place }.into());
    let is_chosen = place.filter != OrderFilter::default() || page.words.is_some();
    let frame = Frame {
        title: say!(language, "orders-title"),
        above: found_lines(page, chosen(language, place.filter)),
        gap: "\n",
        none: if is_chosen { say!(language, "orders-none-chosen") } else { say!(language, "orders-none") },
        hint: say!(language, "orders-hint"),
    };
    let filters = OrdersButton::Filters { cabinet, place: list.place() }.button(say!(language, "orders-filters"));
    let rows = list.buttons(
        |cabinet, place, row| OrdersButton::Card { cabinet, place, key: row.key }.into(),
        [vec![filters, list.refresh(say!(language, "list-refresh"))]],
        is_chosen.then(|| say!(language, "orders-show-all")),
    );
    Message::text(list.text(frame, now, |number, row| row_text(language, number, row)), rows)
}

/// What is chosen, in words; `None` for everything.
fn chosen(language: Language, filter: OrderFilter) -> Option<String> {
    let parts = [
        filter.state.map(|state| state_name(language, Some(state)).to_lowercase()),
        filter.supply.map(|supply| supply_name(language, Some(supply))),
        filter.made.map(|period| made_name(language, Some(period)).to_lowercase()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// «1. 22.11 14:05 · 🚚 в пути», and below it what was ordered and for how much.
fn row_text(language: Language, number: usize, row: &OrderRow) -> String {
    let head = say!(
        language,
        "orders-row",
        number = number.to_string(),
        time = stamp(language, row.ordered_at),
        state = state_now(language, row.state)
    );
    let parts = [
        known_title(row.title.as_deref()),
        row.size.as_deref().and_then(|size| line(size, SIZE_MAX_CHARS)),
        row.price.map(|price| priced(language, price, row.currency.as_deref())),
        row.supply.map(|supply| supply_name(language, Some(supply))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { head } else { format!("{head}\n{}", parts.join(" · ")) }
}

/// What became of an order, as a row says it.
fn state_now(language: Language, state: OrderState) -> String {
    match state {
        OrderState::Created => say!(language, "order-is-created"),
        OrderState::Cancelled => say!(language, "order-is-cancelled"),
        OrderState::BoughtOut => say!(language, "order-is-bought-out"),
        OrderState::Returned => say!(language, "order-is-returned"),
    }
}

/// What can be chosen of the orders, and how many they are.
#[must_use]
pub fn order_filters(page: &Page<OrderRow>, place: Place<OrderFilter>, now: DateTime<Utc>) -> Message {
    let (language, cabinet) = (page.heading.language, page.heading.cabinet);
    let mut lines = heading::lines(say!(language, "orders-filters-title"), &page.heading, now);
    lines.extend(found_lines(page, chosen(language, place.filter)));
    let to = |filter| Place { filter, as_of: None, page: 0, ..place };
    let choice = |filter, name: String| {
        OrdersButton::Filters { cabinet, place: to(filter) }.button(list::choice(filter == place.filter, name))
    };
    let states = [
        None,
        Some(OrderState::Created),
        Some(OrderState::Cancelled),
        Some(OrderState::BoughtOut),
        Some(OrderState::Returned),
    ]
    .map(|state| choice(OrderFilter { state, ..place.filter }, state_name(language, state)));
    let supplies = [None, Some(Supply::Fbo), Some(Supply::Fbs)]
        .map(|supply| choice(OrderFilter { supply, ..place.filter }, supply_name(language, supply)));
    let [today, yesterday, spans @ ..] = Period::ALL.map(Some);
    let made = |made| choice(OrderFilter { made, ..place.filter }, made_name(language, made));
    let [all, rest @ ..] = states;
    let show = OrdersButton::Page { cabinet, place: to(place.filter) };
    let rows = [
        vec![all],
        rest[..2].to_vec(),
        rest[2..].to_vec(),
        supplies.to_vec(),
        [None, today, yesterday].map(made).to_vec(),
        spans.map(made).to_vec(),
        vec![show.button(say!(language, "orders-show", count = count(language, page.total)))],
    ];
    Message::text(lines.join("\n"), rows)
}

/// A state as a choice.
fn state_name(language: Language, state: Option<OrderState>) -> String {
    match state {
        None => say!(language, "order-state-all"),
        Some(OrderState::Created) => say!(language, "order-state-created"),
        Some(OrderState::Cancelled) => say!(language, "order-state-cancelled"),
        Some(OrderState::BoughtOut) => say!(language, "order-state-bought-out"),
        Some(OrderState::Returned) => say!(language, "order-state-returned"),
    }
}

/// Who ships it; WB's own words in every language.
fn supply_name(language: Language, supply: Option<Supply>) -> String {
    match supply {
        None => say!(language, "orders-supply-all"),
        Some(Supply::Fbo) => "FBO".to_owned(),
        Some(Supply::Fbs) => "FBS".to_owned(),
    }
}

/// When it was made, as a choice.
fn made_name(language: Language, made: Option<Period>) -> String {
    made.map_or_else(|| say!(language, "orders-made-any-day"), |period| period_name(language, period))
}

/// The card of one order: what became of it, the piece, its money, how its product fares.
#[must_use]
pub fn order_card(
    heading: &Heading,
    story: &OrderStory,
    place: Place<OrderFilter>,
    product: ProductFacts<'_>,
) -> Message {
    let (language, order) = (heading.language, &story.order);
    let piece = Piece::from(order);
    let piece = if story.state == OrderState::Created { piece.to_collect() } else { piece };
    let html = card_text(language, |space| {
        let title = say!(language, "order-card-title", state = state_now(language, story.state));
        let mut parts = opening(language, title, product.cabinet, space);
        parts.push(Part::Line(say!(language, "order-card-made", time = moment(language, order.ordered_at))));
        parts.extend(endings(language, story).into_iter().map(Part::Line));
        parts.push(Part::Break);
        parts.extend(piece.lines(language, &product, space));
        parts.push(Part::Break);
        parts.extend(piece.prices(language, &product));
        parts.extend(story.for_pay.filter(|sum| !sum.0.is_zero()).map(|sum| {
            Part::Line(say!(language, "for-pay", sum = priced(language, sum, order.feed.currency.as_deref())))
        }));
        parts.push(Part::Break);
        parts.extend(figures(language, &product.figures));
        parts.extend(piece.stock(language, &product, space));
        parts
    });
    let rows = [vec![open_on_wb(language, order.nm_id)], back_to_list(language, heading.cabinet, place)];
    Message::text(html, rows)
}

/// What became of an order after it was made, in the order of time.
fn endings(language: Language, story: &OrderStory) -> Vec<String> {
    let order = &story.order;
    let cancelled = order.cancelled_at.filter(|_| story.state == OrderState::Cancelled).map(|at| {
        let what = match order.feed.cancel_reason {
            None => say!(language, "order-card-cancelled"),
            reason => cancel_reason(language, reason),
        };
        (at, what)
    });
    let bought_out = story.bought_out_at.map(|at| (at, say!(language, "order-card-bought-out")));
    let returned = story.returned_at.map(|at| {
        let what = if order.feed.is_defective {
            say!(language, "order-card-returned-defective")
        } else {
            say!(language, "order-card-returned")
        };
        (at, what)
    });
    let ended = [cancelled, bought_out, returned].into_iter().flatten();
    ended.map(|(at, what)| say!(language, "order-card-ended", what = what, time = moment(language, at))).collect()
}

/// What stands in place of an order that is not held any more.
#[must_use]
pub fn order_gone(language: Language, cabinet: CabinetId, place: Place<OrderFilter>) -> Message {
    Message::text(say!(language, "order-card-gone"), [back_to_list(language, cabinet, place)])
}

/// The way back to the list.
fn back_to_list(language: Language, cabinet: CabinetId, place: Place<OrderFilter>) -> Vec<Key> {
    vec![OrdersButton::Page { cabinet, place }.button(say!(language, "orders-back"))]
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeDelta};
    use domain::{
        CancelReason, Rubles, SearchId,
        screen::{DataNow, DataTrouble, orders::OrderKey},
    };

    use super::*;
    use crate::{
        Detail,
        notification::order::tests::{order, selling, size},
        screen::heading::tests::{heading, now},
        tests::{both, shown},
    };

    fn row(state: OrderState, hours_ago: i64) -> OrderRow {
        OrderRow {
            key: OrderKey { day: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(), digest: 0x00c0_ffee },
            ordered_at: now() - TimeDelta::hours(hours_ago),
            state,
            supply: Some(Supply::Fbs),
            title: Some("Кружка <большая> & белая".into()),
            size: Some("M".into()),
            price: Some(Rubles(129_050.into())),
            currency: None,
        }
    }

    fn list(language: Language) -> Page<OrderRow> {
        let bare = OrderRow { title: None, size: None, price: None, supply: None, ..row(OrderState::Returned, 60) };
        Page {
            heading: heading(language),
            words: None,
            total: 1_234,
            rows: vec![
                row(OrderState::Created, 1),
                row(OrderState::Cancelled, 2),
                OrderRow { currency: Some("KZT".into()), ..row(OrderState::BoughtOut, 30) },
                bare,
                row(OrderState::Created, 61),
            ],
        }
    }

    fn place() -> Place<OrderFilter> {
        Place { as_of: Some(now()), page: 1, ..Place::default() }
    }

    #[test]
    fn a_page_names_each_order_and_opens_it_by_its_number() {
        insta::assert_snapshot!(both(|language| shown(&orders(&list(language), place(), 155, now()))), @"
        🛒 <b>Заказы</b>
        Данные WB на 14:02 МСК
        Всего: 1 234

        <b>1.</b> 22.11 13:05 · 🚚 в пути
        Кружка &lt;большая&gt; &amp; белая · M · 129 050 ₽ · FBS
        <b>2.</b> 22.11 12:05 · ❌ отменён
        Кружка &lt;большая&gt; &amp; белая · M · 129 050 ₽ · FBS
        <b>3.</b> 21.11 08:05 · 💰 выкуплен
        Кружка &lt;большая&gt; &amp; белая · M · 129 050 KZT · FBS
        <b>4.</b> 20.11 02:05 · ↩️ возвращён
        <b>5.</b> 20.11 01:05 · 🚚 в пути
        Кружка &lt;большая&gt; &amp; белая · M · 129 050 ₽ · FBS

        Номер открывает заказ. Чтобы найти другой, пришлите артикул, баркод или ID заказа.
        [1 | 1:order:fuxy:00c0ffee:7:---:towhgc:1] [2 | 1:order:fuxy:00c0ffee:7:---:towhgc:1] [3 | 1:order:fuxy:00c0ffee:7:---:towhgc:1] [4 | 1:order:fuxy:00c0ffee:7:---:towhgc:1]
        [5 | 1:order:fuxy:00c0ffee:7:---:towhgc:1]
        [← | 1:orders:7:---:towhgc:0] [2/155 | 1:none] [→ | 1:orders:7:---:towhgc:2]
        [🔎 Фильтры | 1:orders:f:7:---:towhgc:1] [🔄 Обновить | 1:orders:7:---:-:0]
        [← Меню | 1:menu]

        🛒 <b>Orders</b>
        WB data as of 14:02 MSK
        Total: 1,234

        <b>1.</b> 22 Nov 13:05 · 🚚 on the way
        Кружка &lt;большая&gt; &amp; белая · M · 129,050 ₽ · FBS
        <b>2.</b> 22 Nov 12:05 · ❌ cancelled
        Кружка &lt;большая&gt; &amp; белая · M · 129,050 ₽ · FBS
        <b>3.</b> 21 Nov 08:05 · 💰 bought out
        Кружка &lt;большая&gt; &amp; белая · M · 129,050 KZT · FBS
        <b>4.</b> 20 Nov 02:05 · ↩️ returned
        <b>5.</b> 20 Nov 01:05 · 🚚 on the way
        Кружка &lt;большая&gt; &amp; белая · M · 129,050 ₽ · FBS

        A number opens the order. To find another one, send an article, a barcode or an order ID.
        [1 | 1:order:fuxy:00c0ffee:7:---:towhgc:1] [2 | 1:order:fuxy:00c0ffee:7:---:towhgc:1] [3 | 1:order:fuxy:00c0ffee:7:---:towhgc:1] [4 | 1:order:fuxy:00c0ffee:7:---:towhgc:1]
        [5 | 1:order:fuxy:00c0ffee:7:---:towhgc:1]
        [← | 1:orders:7:---:towhgc:0] [2/155 | 1:none] [→ | 1:orders:7:---:towhgc:2]
        [🔎 Filters | 1:orders:f:7:---:towhgc:1] [🔄 Refresh | 1:orders:7:---:-:0]
        [← Menu | 1:menu]
        ");
    }

    #[test]
    fn what_was_chosen_and_looked_for_is_said_and_can_be_given_up() {
        let filter =
            OrderFilter { state: Some(OrderState::Cancelled), supply: Some(Supply::Fbo), made: Some(Period::Week) };
        let place = Place { filter, search: Some(SearchId(5)), page: 0, ..place() };
        let chosen = |language| Page { words: Some("кру<жка".into()), total: 0, rows: vec![], ..list(language) };
        insta::assert_snapshot!(both(|language| shown(&orders(&chosen(language), place, 0, now()))), @"
        🛒 <b>Заказы</b>
        Данные WB на 14:02 МСК
        Поиск: «кру&lt;жка»
        Выбрано: отменённые · FBO · 7 дней

        Таких заказов нет.
        [🔎 Фильтры | 1:orders:f:7:xow:towhgc:0:5] [🔄 Обновить | 1:orders:7:xow:-:0:5]
        [Показать все заказы | 1:orders:7:---:-:0]
        [← Меню | 1:menu]

        🛒 <b>Orders</b>
        WB data as of 14:02 MSK
        Search: “кру&lt;жка”
        Chosen: cancelled · FBO · 7 days

        There are no such orders.
        [🔎 Filters | 1:orders:f:7:xow:towhgc:0:5] [🔄 Refresh | 1:orders:7:xow:-:0:5]
        [Show all orders | 1:orders:7:---:-:0]
        [← Menu | 1:menu]
        ");
        insta::assert_snapshot!(both(|language| shown(&order_filters(&chosen(language), place, now()))), @"
        🛒 <b>Заказы</b> · фильтры
        Данные WB на 14:02 МСК
        Поиск: «кру&lt;жка»
        Выбрано: отменённые · FBO · 7 дней
        [Все | 1:orders:f:7:-ow:-:0:5]
        [В пути | 1:orders:f:7:cow:-:0:5] [✓ Отменённые | 1:orders:f:7:xow:-:0:5]
        [Выкупленные | 1:orders:f:7:bow:-:0:5] [Возвраты | 1:orders:f:7:row:-:0:5]
        [FBO и FBS | 1:orders:f:7:x-w:-:0:5] [✓ FBO | 1:orders:f:7:xow:-:0:5] [FBS | 1:orders:f:7:xsw:-:0:5]
        [Все дни | 1:orders:f:7:xo-:-:0:5] [Сегодня | 1:orders:f:7:xot:-:0:5] [Вчера | 1:orders:f:7:xoy:-:0:5]
        [✓ 7 дней | 1:orders:f:7:xow:-:0:5] [30 дней | 1:orders:f:7:xom:-:0:5]
        [Показать: 0 | 1:orders:7:xow:-:0:5]

        🛒 <b>Orders</b> · filters
        WB data as of 14:02 MSK
        Search: “кру&lt;жка”
        Chosen: cancelled · FBO · 7 days
        [All | 1:orders:f:7:-ow:-:0:5]
        [On the way | 1:orders:f:7:cow:-:0:5] [✓ Cancelled | 1:orders:f:7:xow:-:0:5]
        [Bought out | 1:orders:f:7:bow:-:0:5] [Returned | 1:orders:f:7:row:-:0:5]
        [FBO and FBS | 1:orders:f:7:x-w:-:0:5] [✓ FBO | 1:orders:f:7:xow:-:0:5] [FBS | 1:orders:f:7:xsw:-:0:5]
        [All days | 1:orders:f:7:xo-:-:0:5] [Today | 1:orders:f:7:xot:-:0:5] [Yesterday | 1:orders:f:7:xoy:-:0:5]
        [✓ 7 days | 1:orders:f:7:xow:-:0:5] [30 days | 1:orders:f:7:xom:-:0:5]
        [Show: 0 | 1:orders:7:xow:-:0:5]
        ");
    }

    #[test]
    fn an_empty_shop_and_one_that_is_not_loaded_say_so() {
        let empty = Page { total: 0, rows: vec![], ..list(Language::Ru) };
        let several =
            Heading { cabinet_name: Some("ИП".into()), next_cabinet: Some(CabinetId(8)), ..heading(Language::Ru) };
        let told = Page { heading: several, ..empty.clone() };
        insta::assert_snapshot!(shown(&orders(&told, Place::default(), 0, now())), @"
        🛒 <b>Заказы</b>
        Кабинет: ИП
        Данные WB на 14:02 МСК

        Заказов пока нет.
        [🔎 Фильтры | 1:orders:f:7:---:-:0] [🔄 Обновить | 1:orders:7:---:-:0]
        [Следующий кабинет → | 1:orders:8:---:-:0]
        [← Меню | 1:menu]
        ");
        let data = DataNow { trouble: Some(DataTrouble::Limited(now() + TimeDelta::hours(3))), ..DataNow::default() };
        let unloaded = Page { heading: Heading { data, ..heading(Language::Ru) }, ..empty };
        insta::assert_snapshot!(shown(&orders(&unloaded, Place::default(), 0, now())), @"
        🛒 <b>Заказы</b>
        🕓 WB разрешит следующий запрос 22.11 в 17:05 МСК.

        [🔎 Фильтры | 1:orders:f:7:---:-:0] [🔄 Обновить | 1:orders:7:---:-:0]
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn a_card_tells_what_became_of_the_order() {
        let order = order();
        let made = order.ordered_at;
        let story = OrderStory {
            order: order.clone(),
            state: OrderState::Returned,
            bought_out_at: Some(made + TimeDelta::days(3)),
            returned_at: Some(made + TimeDelta::days(5)),
            for_pay: Some(Rubles(0.into())),
        };
        let sizes = [size(1, "S"), size(2, "M")];
        let product = ProductFacts {
            title: Some("Кружка <большая> & белая"),
            sizes: &sizes,
            stocks: Some(&[(1, 0), (2, 12)]),
            figures: selling(),
            detail: Detail::Full,
            ..ProductFacts::default()
        };
        insta::assert_snapshot!(both(|language| shown(&order_card(&heading(language), &story, place(), product))), @r#"
        🛒 <b>Заказ</b> · ↩️ возвращён
        Заказан: 22.11 в 14:05 МСК
        Выкуплен: 25.11 в 14:05 МСК
        Возвращён: 27.11 в 14:05 МСК

        <b>Кружка &lt;большая&gt; &amp; белая</b>
        Артикул продавца: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Бренд: Уют
        Размер: M
        Баркод: <code>2038893425123</code>
        ID заказа: <code>7513432034713632943.1.0</code>
        ID корзины: <code>93912345</code>
        FBO · склад WB → Московская область

        Цена до скидок: 2 150 ₽
        Ваша цена (со скидкой): <b>1 290 ₽</b>
        СПП 26 % (скидка WB)
        Цена для покупателя: 954,60 ₽

        Заказы 7/14/30 дн.: 5 / 11 / 1 024
        Выкупы 7/14/30 дн.: 4 / 9 / 20
        % выкупа: 87 %
        Рейтинг: 4,7 — среднее по 121 загруженному отзыву
        Остаток: 12 шт. · хватит на ~12 дн.
        По размерам: M — 12, S — 0
        В пути: к клиентам 3, от клиентов 1
        [Открыть на WB | /catalog/168120815/detail.aspx]
        [← К заказам | 1:orders:7:---:towhgc:1]

        🛒 <b>Order</b> · ↩️ returned
        Ordered: 22 Nov, 14:05 MSK
        Bought out: 25 Nov, 14:05 MSK
        Returned: 27 Nov, 14:05 MSK

        <b>Кружка &lt;большая&gt; &amp; белая</b>
        Seller's article: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Brand: Уют
        Size: M
        Barcode: <code>2038893425123</code>
        Order ID: <code>7513432034713632943.1.0</code>
        Basket ID: <code>93912345</code>
        FBO · WB warehouse → Московская область

        Price before discounts: 2,150 ₽
        Your price (after discount): <b>1,290 ₽</b>
        WB's own discount (SPP): 26%
        The buyer pays: 954.60 ₽

        Orders in 7/14/30 days: 5 / 11 / 1,024
        Buyouts in 7/14/30 days: 4 / 9 / 20
        Buyout rate: 87%
        Rating: 4.7 — the mean of 121 loaded reviews
        In stock: 12 pcs · enough for about 12 days
        By size: M — 12, S — 0
        On the way: 3 to buyers, 1 back from buyers
        [Open on WB | /catalog/168120815/detail.aspx]
        [← Orders | 1:orders:7:---:towhgc:1]
        "#);
        let mut cancelled = order;
        cancelled.cancelled_at = Some(made + TimeDelta::hours(5));
        cancelled.feed.cancel_reason = Some(CancelReason::Receipt);
        let story = OrderStory {
            order: cancelled,
            state: OrderState::Cancelled,
            bought_out_at: None,
            returned_at: None,
            for_pay: None,
        };
        let card = shown(&order_card(&heading(Language::Ru), &story, place(), product));
        let head: Vec<&str> = card.lines().take(4).collect();
        insta::assert_snapshot!(head.join("\n"), @"
        🛒 <b>Заказ</b> · ❌ отменён
        Заказан: 22.11 в 14:05 МСК
        Отказ при получении: 22.11 в 19:05 МСК
        ");
        insta::assert_snapshot!(both(|language| shown(&order_gone(language, CabinetId(7), place()))), @"
        Этого заказа здесь больше нет.
        [← К заказам | 1:orders:7:---:towhgc:1]

        This order is no longer here.
        [← Orders | 1:orders:7:---:towhgc:1]
        ");
    }
}
