//! How an order ends: cancelled, bought out, returned.

use super::*;

#[test]
fn what_only_the_order_feed_knows_is_told() {
    let feed = |cancel_reason| FeedFacts {
        city: Some("Подольск".into()),
        cancel_reason: Some(cancel_reason),
        is_b2b: true,
        currency: Some("KZT".into()),
        ..FeedFacts::default()
    };
    let cancelled = |reason| Order { is_cancelled: true, cancelled_at: Some(at(24, 7)), feed: feed(reason), ..bare() };
    insta::assert_snapshot!(
        both(|language| order_cancellation(language, &cancelled(CancelReason::Receipt), ProductFacts::default()).html),
        @r#"
    ❌ <b>Отказ при получении</b> · 24.11 в 10:05 МСК
    Заказан: 22.11 в 14:05 МСК

    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    ID заказа: <code>7513432034713632943.1.0</code>
    Куда: Подольск
    Покупатель — компания (B2B)

    Остаток: неизвестен — токен его не видит

    ❌ <b>Refused at receipt</b> · 24 Nov, 10:05 MSK
    Ordered: 22 Nov, 14:05 MSK

    WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Order ID: <code>7513432034713632943.1.0</code>
    To: Подольск
    The buyer is a company (B2B)

    In stock: unknown — the token cannot see it
    "#
    );
    let headline = |reason| {
        both(|language| {
            let html = order_cancellation(language, &cancelled(reason), ProductFacts::default()).html;
            html.lines().next().unwrap_or_default().to_owned()
        })
    };
    insta::assert_snapshot!(
        [CancelReason::App, CancelReason::Expire, CancelReason::Other].map(headline).join("\n"),
        @"
    ❌ <b>Отмена до получения</b> · 24.11 в 10:05 МСК

    ❌ <b>Cancelled before receipt</b> · 24 Nov, 10:05 MSK
    ❌ <b>Не забрали в срок</b> · 24.11 в 10:05 МСК

    ❌ <b>Not picked up in time</b> · 24 Nov, 10:05 MSK
    ❌ <b>Техническая отмена</b> · 24.11 в 10:05 МСК

    ❌ <b>Technical cancellation</b> · 24 Nov, 10:05 MSK
    "
    );
}

#[test]
fn a_cancellation_says_when_the_order_was_made() {
    let order =
        Order { is_cancelled: true, cancelled_at: Some(at(24, 7)), warehouse: Some("Тула".into()), ..order() };
    let facts = ProductFacts { stocks: Some(&[(2, 12)]), figures: selling(), ..ProductFacts::default() };
    insta::assert_snapshot!(both(|language| shown(&order_cancellation(language, &order, facts))), @r#"
    ❌ <b>Отмена / отказ</b> · 24.11 в 10:05 МСК
    Заказан: 22.11 в 14:05 МСК

    <b>Кружки</b>
    Артикул продавца: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Размер: M
    Баркод: <code>2038893425123</code>
    ID заказа: <code>7513432034713632943.1.0</code>
    FBO · Тула → Московская область

    Ваша цена (со скидкой): <b>1 290 ₽</b>
    СПП 26 % (скидка WB)
    Цена для покупателя: 954,60 ₽

    Заказы 7/14/30 дн.: 5 / 11 / 1 024
    Выкупы 7/14/30 дн.: 4 / 9 / 20
    % выкупа: 87 %
    Рейтинг: 4,7 — среднее по 121 загруженному отзыву
    Остаток: 12 шт. · хватит на ~12 дн.
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
    [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

    ❌ <b>Cancelled or refused</b> · 24 Nov, 10:05 MSK
    Ordered: 22 Nov, 14:05 MSK

    <b>Кружки</b>
    Seller's article: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Size: M
    Barcode: <code>2038893425123</code>
    Order ID: <code>7513432034713632943.1.0</code>
    FBO · Тула → Московская область

    Your price (after discount): <b>1,290 ₽</b>
    WB's own discount (SPP): 26%
    The buyer pays: 954.60 ₽

    Orders in 7/14/30 days: 5 / 11 / 1,024
    Buyouts in 7/14/30 days: 4 / 9 / 20
    Buyout rate: 87%
    Rating: 4.7 — the mean of 121 loaded reviews
    In stock: 12 pcs · enough for about 12 days
    [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
    [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
    "#);
}

#[test]
fn a_cancellation_of_which_only_the_day_is_known_names_the_day() {
    let midnight = Utc.with_ymd_and_hms(2026, 11, 23, 21, 0, 0).unwrap();
    let order = Order { cancelled_at: Some(midnight), ..bare() };
    let head = |language| {
        let told = order_cancellation(language, &order, ProductFacts::default()).html;
        told.lines().take(2).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(both(head), @"
    ❌ <b>Отмена / отказ</b> · 24.11.2026
    Заказан: 22.11 в 14:05 МСК

    ❌ <b>Cancelled or refused</b> · 24 Nov 2026
    Ordered: 22 Nov, 14:05 MSK
    ");
}

#[test]
fn a_buyout_says_what_wb_will_pay() {
    let facts = ProductFacts {
        title: Some("Кружка «Утро»"),
        sizes: &[size(2, "M")],
        stocks: Some(&[(2, 12)]),
        figures: selling(),
        cabinet: Some("ИП Иванова"),
        ..ProductFacts::default()
    };
    insta::assert_snapshot!(both(|language| shown(&order_buyout(language, &sale(SaleKind::Buyout), facts))), @r#"
    💰 <b>Выкуп</b> · 24.11 в 10:05 МСК
    Кабинет: ИП Иванова

    <b>Кружка «Утро»</b>
    Артикул продавца: <code>KR-01</code>
    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Размер: M
    Баркод: <code>2038893425123</code>
    ID заказа: <code>7513432034713632943.1.0</code>
    FBS · Тула → Московская область

    Ваша цена (со скидкой): <b>1 290 ₽</b>
    Цена для покупателя: 954,60 ₽
    К перечислению: 1 012,30 ₽ (предварительно, без логистики и удержаний)

    Заказы 7/14/30 дн.: 5 / 11 / 1 024
    Выкупы 7/14/30 дн.: 4 / 9 / 20
    % выкупа: 87 %
    Рейтинг: 4,7 — среднее по 121 загруженному отзыву
    Остаток: 12 шт. · хватит на ~12 дн.
    По размерам: M — 12
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
    [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

    💰 <b>Buyout</b> · 24 Nov, 10:05 MSK
    Shop: ИП Иванова

    <b>Кружка «Утро»</b>
    Seller's article: <code>KR-01</code>
    WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Size: M
    Barcode: <code>2038893425123</code>
    Order ID: <code>7513432034713632943.1.0</code>
    FBS · Тула → Московская область

    Your price (after discount): <b>1,290 ₽</b>
    The buyer pays: 954.60 ₽
    Payout: 1,012.30 ₽ (preliminary, before logistics and deductions)

    Orders in 7/14/30 days: 5 / 11 / 1,024
    Buyouts in 7/14/30 days: 4 / 9 / 20
    Buyout rate: 87%
    Rating: 4.7 — the mean of 121 loaded reviews
    In stock: 12 pcs · enough for about 12 days
    By size: M — 12
    [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
    [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
    "#);
}

#[test]
fn a_return_says_what_wb_will_take_back_whatever_sign_wb_gives_it() {
    let returned = sale(SaleKind::Return);
    let told = |language| shown(&order_return(language, &returned, ProductFacts::default()));
    insta::assert_snapshot!(both(told), @r#"
    ↩️ <b>Возврат</b> · 24.11 в 10:05 МСК

    <b>Кружки</b>
    Артикул продавца: <code>KR-01</code>
    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Размер: M
    Баркод: <code>2038893425123</code>
    ID заказа: <code>7513432034713632943.1.0</code>
    FBS · Тула → Московская область

    Ваша цена (со скидкой): <b>1 290 ₽</b>
    Цена для покупателя: 954,60 ₽
    К перечислению: −1 012,30 ₽ (предварительно, без логистики и удержаний)

    Остаток: неизвестен — токен его не видит
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
    [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

    ↩️ <b>Return</b> · 24 Nov, 10:05 MSK

    <b>Кружки</b>
    Seller's article: <code>KR-01</code>
    WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Size: M
    Barcode: <code>2038893425123</code>
    Order ID: <code>7513432034713632943.1.0</code>
    FBS · Тула → Московская область

    Your price (after discount): <b>1,290 ₽</b>
    The buyer pays: 954.60 ₽
    Payout: −1,012.30 ₽ (preliminary, before logistics and deductions)

    In stock: unknown — the token cannot see it
    [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
    [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
    "#);
    let negative = Sale { for_pay: returned.for_pay.map(|sum| Rubles(-sum.0)), ..returned.clone() };
    assert_eq!(shown(&order_return(Language::Ru, &negative, ProductFacts::default())), told(Language::Ru));
}

#[test]
fn money_that_wb_has_not_filled_in_is_left_out() {
    let sale = Sale { seller_price: None, buyer_price: None, for_pay: None, ..sale(SaleKind::Buyout) };
    let told = order_buyout(Language::Ru, &sale, ProductFacts::default()).html;
    assert!(!told.contains('₽') && !told.contains("К перечислению"), "{told}");
}
