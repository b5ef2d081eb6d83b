//! Every line of an order's messages, in both languages.

mod ends;

use chrono::TimeZone;
use domain::{
    Barcode, CancelReason, ChrtId, FeedFacts, NmId, NotificationId, Photo, SaleId, SaleKind, Size, Srid, Supply,
    figures::{BuyoutRate, ProductFigures, Rating, StockDays, Windows},
};
use url::Url;

use super::*;
use crate::{
    Detail,
    tests::{both, shown},
};

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, hour, 5, 0).unwrap()
}

pub(crate) fn order() -> Order {
    Order {
        srid: Srid("7513432034713632943.1.0".into()),
        basket: Some("93912345".into()),
        ordered_at: at(22, 11),
        changed_at: at(22, 11),
        cancelled_at: None,
        is_cancelled: false,
        nm_id: NmId(168_120_815),
        supplier_article: Some("KR-<01>&\"A\"".into()),
        barcode: Some(Barcode("2038893425123".into())),
        size: Some("M".into()),
        brand: Some("Уют".into()),
        subject: Some("Кружки".into()),
        supply: Some(Supply::Fbo),
        warehouse: None,
        region: Some("Московская область".into()),
        full_price: Rubles::filled_in(2_150.into()),
        seller_price: Rubles::filled_in(1_290.into()),
        buyer_price: Rubles::filled_in("954.60".parse().unwrap()),
        wb_discount_percent: Rubles::filled_in(26.into()),
        feed: FeedFacts::default(),
    }
}

fn sale(kind: SaleKind) -> Sale {
    Sale {
        sale_id: SaleId("S19876543210".into()),
        kind,
        srid: Srid("7513432034713632943.1.0".into()),
        sold_at: at(24, 7),
        changed_at: at(24, 8),
        nm_id: NmId(168_120_815),
        supplier_article: Some("KR-01".into()),
        barcode: Some(Barcode("2038893425123".into())),
        size: Some("M".into()),
        subject: Some("Кружки".into()),
        supply: Some(Supply::Fbs),
        warehouse: Some("Тула".into()),
        region: Some("Московская область".into()),
        seller_price: Rubles::filled_in(1_290.into()),
        buyer_price: Rubles::filled_in("954.60".parse().unwrap()),
        for_pay: Rubles::filled_in("1012.30".parse().unwrap()),
        feed: FeedFacts::default(),
    }
}

pub(crate) fn size(chrt_id: i64, name: &str) -> Size {
    Size { chrt_id: ChrtId(chrt_id), name: Some(name.into()), barcodes: vec![] }
}

/// An order of which WB says next to nothing.
fn bare() -> Order {
    Order {
        basket: None,
        supplier_article: None,
        barcode: None,
        size: None,
        brand: None,
        subject: None,
        supply: None,
        region: None,
        full_price: None,
        seller_price: None,
        buyer_price: None,
        wb_discount_percent: None,
        ..order()
    }
}

/// A product that has been selling for a while.
pub(crate) fn selling() -> ProductFigures {
    ProductFigures {
        orders: Some(Windows { week: 5, fortnight: 11, month: 1_024 }),
        buyouts: Some(Windows { week: 4, fortnight: 9, month: 20 }),
        buyout_rate: Some(BuyoutRate::Percent(87)),
        rating: Some(Rating { mean: "4.7".parse().unwrap(), reviews: 121 }),
        stock_days: Some(StockDays::Days(12)),
        to_client: Some(3),
        from_client: Some(1),
    }
}

/// A product that has just begun.
fn beginning() -> ProductFigures {
    ProductFigures {
        buyout_rate: Some(BuyoutRate::TooFew),
        rating: Some(Rating { mean: "5".parse().unwrap(), reviews: 2 }),
        stock_days: Some(StockDays::NoOrders),
        ..ProductFigures::default()
    }
}

fn photo() -> Photo {
    Photo(Url::parse("https://basket-12.wbbasket.ru/vol1681/1.webp").unwrap())
}

const PLACE: DayPlace =
    DayPlace { number: 12, sum: Rubles(Decimal::from_parts(18_450, 0, 0, false, 0)), without_price: 2 };

#[test]
fn a_new_order_says_everything_that_is_known() {
    let (photo, sizes) = (photo(), [size(1, "S"), size(2, "M"), size(3, "L")]);
    let facts = ProductFacts {
        title: Some("Кружка <b>\"Утро\"</b> & блюдце"),
        article: Some("the card's, which the order's goes before"),
        photo: Some(&photo),
        sizes: &sizes,
        stocks: Some(&[(1, 0), (2, 1_012), (3, 3)]),
        figures: selling(),
        cabinet: Some("ИП Иванова"),
        row: NotificationId(41),
        ..ProductFacts::default()
    };
    let told = |detail| {
        both(|language| {
            let message = new_order(language, &order(), Some(PLACE), at(22, 12), ProductFacts { detail, ..facts });
            assert_eq!(message.photo.is_some(), detail == Detail::Folded);
            shown(&message)
        })
    };
    insta::assert_snapshot!(told(Detail::Folded), @r#"
    🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК
    Заказ №12 за сегодня · на 18 450 ₽ · без цены: 2
    Кабинет: ИП Иванова

    <b>Кружка &lt;b&gt;&quot;Утро&quot;&lt;/b&gt; &amp; блюдце</b>
    Артикул продавца: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Размер: M
    Баркод: <code>2038893425123</code>
    ID заказа: <code>7513432034713632943.1.0</code>
    FBO · склад WB → Московская область

    Ваша цена (со скидкой): <b>1 290 ₽</b>
    СПП 26 % (скидка WB)
    Цена для покупателя: 954,60 ₽

    Заказы 7/14/30 дн.: 5 / 11 / 1 024
    Выкупы 7/14/30 дн.: 4 / 9 / 20
    % выкупа: 87 %
    Рейтинг: 4,7 — среднее по 121 загруженному отзыву
    Остаток: 1 015 шт. · хватит на ~12 дн.
    По размерам: M — 1 012, S — 0, L — 3
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:41]
    [🔕 Заглушить товар | 1:mute:41] [⚙️ Настроить | 1:settings:41]

    🛒 <b>New order</b> · 22 Nov, 14:05 MSK
    Order No. 12 today · 18,450 ₽ so far · without a price yet: 2
    Shop: ИП Иванова

    <b>Кружка &lt;b&gt;&quot;Утро&quot;&lt;/b&gt; &amp; блюдце</b>
    Seller's article: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Size: M
    Barcode: <code>2038893425123</code>
    Order ID: <code>7513432034713632943.1.0</code>
    FBO · WB warehouse → Московская область

    Your price (after discount): <b>1,290 ₽</b>
    WB's own discount (SPP): 26%
    The buyer pays: 954.60 ₽

    Orders in 7/14/30 days: 5 / 11 / 1,024
    Buyouts in 7/14/30 days: 4 / 9 / 20
    Buyout rate: 87%
    Rating: 4.7 — the mean of 121 loaded reviews
    In stock: 1,015 pcs · enough for about 12 days
    By size: M — 1,012, S — 0, L — 3
    [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:41]
    [🔕 Mute product | 1:mute:41] [⚙️ Settings | 1:settings:41]
    "#);
    insta::assert_snapshot!(told(Detail::Full), @r#"
    🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК
    Заказ №12 за 22.11 · на 18 450 ₽ · без цены: 2
    Кабинет: ИП Иванова

    <b>Кружка &lt;b&gt;&quot;Утро&quot;&lt;/b&gt; &amp; блюдце</b>
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
    Остаток: 1 015 шт. · хватит на ~12 дн.
    По размерам: M — 1 012, S — 0, L — 3
    В пути: к клиентам 3, от клиентов 1
    [Открыть на WB | /catalog/168120815/detail.aspx]
    [🔕 Заглушить товар | 1:mute:41] [⚙️ Настроить | 1:settings:41]
    [← Меню | 1:menu]

    🛒 <b>New order</b> · 22 Nov, 14:05 MSK
    Order No. 12 on 22 Nov · 18,450 ₽ so far · without a price yet: 2
    Shop: ИП Иванова

    <b>Кружка &lt;b&gt;&quot;Утро&quot;&lt;/b&gt; &amp; блюдце</b>
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
    In stock: 1,015 pcs · enough for about 12 days
    By size: M — 1,012, S — 0, L — 3
    On the way: 3 to buyers, 1 back from buyers
    [Open on WB | /catalog/168120815/detail.aspx]
    [🔕 Mute product | 1:mute:41] [⚙️ Settings | 1:settings:41]
    [← Menu | 1:menu]
    "#);
}

#[test]
fn what_is_not_known_is_left_out_with_its_line() {
    let told = |language| shown(&new_order(language, &bare(), None, at(22, 12), ProductFacts::default()));
    insta::assert_snapshot!(both(told), @r#"
    🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК

    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    ID заказа: <code>7513432034713632943.1.0</code>

    Остаток: неизвестен — токен его не видит
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
    [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

    🛒 <b>New order</b> · 22 Nov, 14:05 MSK

    WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Order ID: <code>7513432034713632943.1.0</code>

    In stock: unknown — the token cannot see it
    [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
    [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
    "#);
}

#[test]
fn an_order_has_its_place_in_its_own_day_whenever_we_learn_of_it() {
    let line = |language, place, seen_at| {
        let told = new_order(language, &bare(), Some(place), seen_at, ProductFacts::default()).html;
        told.lines().nth(1).unwrap().to_owned()
    };
    let unpriced = DayPlace { number: 1, sum: Rubles(Decimal::ZERO), without_price: 1 };
    let lines = |language| {
        let lines = [
            line(language, PLACE, at(22, 20)),
            line(language, PLACE, at(22, 21)),
            line(language, DayPlace { without_price: 0, ..PLACE }, at(22, 12)),
            line(language, unpriced, at(22, 12)),
        ];
        lines.join("\n")
    };
    insta::assert_snapshot!(both(lines), @"
    Заказ №12 за сегодня · на 18 450 ₽ · без цены: 2
    Заказ №12 за 22.11 · на 18 450 ₽ · без цены: 2
    Заказ №12 за сегодня · на 18 450 ₽
    Заказ №1 за сегодня · без цены: 1

    Order No. 12 today · 18,450 ₽ so far · without a price yet: 2
    Order No. 12 on 22 Nov · 18,450 ₽ so far · without a price yet: 2
    Order No. 12 today · 18,450 ₽ so far
    Order No. 1 today · without a price yet: 1
    ");
}

#[test]
fn a_product_that_has_just_begun_has_too_few_figures_for_some() {
    let facts = ProductFacts { figures: beginning(), stocks: Some(&[(2, 12)]), ..ProductFacts::default() };
    let told = |facts: ProductFacts<'_>| {
        both(|language| {
            let told = new_order(language, &bare(), None, at(22, 12), facts).html;
            told.split("\n\n").last().unwrap().to_owned()
        })
    };
    insta::assert_snapshot!(told(facts), @"
    % выкупа: мало данных
    Рейтинг: 5,0 — среднее по 2 загруженным отзывам
    Остаток: 12 шт. · нет заказов 14 дн.

    Buyout rate: not enough data yet
    Rating: 5.0 — the mean of 2 loaded reviews
    In stock: 12 pcs · no orders for 14 days
    ");
    let gone = ProductFacts { stocks: Some(&[(2, 0)]), figures: selling(), ..facts };
    insta::assert_snapshot!(told(gone), @"
    Заказы 7/14/30 дн.: 5 / 11 / 1 024
    Выкупы 7/14/30 дн.: 4 / 9 / 20
    % выкупа: 87 %
    Рейтинг: 4,7 — среднее по 121 загруженному отзыву
    Остаток: 0 шт.

    Orders in 7/14/30 days: 5 / 11 / 1,024
    Buyouts in 7/14/30 days: 4 / 9 / 20
    Buyout rate: 87%
    Rating: 4.7 — the mean of 121 loaded reviews
    In stock: 0 pcs
    ");
    let figures = ProductFigures { stock_days: Some(StockDays::Days(0)), ..ProductFigures::default() };
    insta::assert_snapshot!(told(ProductFacts { figures, ..facts }), @"
    Остаток: 12 шт. · хватит меньше чем на день

    In stock: 12 pcs · enough for less than a day
    ");
    let figures = ProductFigures { stock_days: Some(StockDays::Days(1)), ..ProductFigures::default() };
    insta::assert_snapshot!(told(ProductFacts { figures, ..facts }), @"
    Остаток: 12 шт. · хватит на ~1 дн.

    In stock: 12 pcs · enough for about 1 day
    ");
}

#[test]
fn only_a_new_order_asks_the_seller_to_collect_it() {
    let order = Order { supply: Some(Supply::Fbs), warehouse: Some("Тула".into()), ..order() };
    let route = |message: Message| message.html.lines().find(|line| line.starts_with("FBS")).unwrap().to_owned();
    let routes = |language| {
        let unnamed = Order { warehouse: None, ..order.clone() };
        let routes = [
            route(new_order(language, &order, None, at(22, 12), ProductFacts::default())),
            route(new_order(language, &unnamed, None, at(22, 12), ProductFacts::default())),
            route(order_cancellation(language, &order, ProductFacts::default())),
        ];
        routes.join("\n")
    };
    insta::assert_snapshot!(both(routes), @"
    FBS · Тула — соберите заказ → Московская область
    FBS — соберите заказ → Московская область
    FBS · Тула → Московская область

    FBS · Тула — time to pack the order → Московская область
    FBS — time to pack the order → Московская область
    FBS · Тула → Московская область
    ");
}

#[test]
fn sizes_fold_first_then_the_counts_of_days() {
    let (photo, long) = (photo(), "Очень длинное название товара ".repeat(40));
    let sizes: Vec<Size> = (0..60).map(|at| size(at, &format!("{at} (рост {})", at * 2))).collect();
    let stocks: Vec<(i64, i64)> = (0..60).map(|at| (at, if at < 12 { at % 4 } else { 40 + at })).collect();
    let facts = ProductFacts {
        photo: Some(&photo),
        sizes: &sizes,
        stocks: Some(&stocks),
        figures: selling(),
        ..ProductFacts::default()
    };
    let order = Order { size: Some(sizes[20].name.clone().unwrap()), ..order() };
    let told = new_order(Language::Ru, &order, Some(PLACE), at(22, 12), facts);
    insta::assert_snapshot!(shown(&told), @r#"
    🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК
    Заказ №12 за сегодня · на 18 450 ₽ · без цены: 2

    <b>Кружки</b>
    Артикул продавца: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Размер: 20 (рост 40)
    Баркод: <code>2038893425123</code>
    ID заказа: <code>7513432034713632943.1.0</code>
    FBO · склад WB → Московская область

    Ваша цена (со скидкой): <b>1 290 ₽</b>
    СПП 26 % (скидка WB)
    Цена для покупателя: 954,60 ₽

    Заказы 7/14/30 дн.: 5 / 11 / 1 024
    Выкупы 7/14/30 дн.: 4 / 9 / 20
    % выкупа: 87 %
    Рейтинг: 4,7 — среднее по 121 загруженному отзыву
    Остаток: 3 642 шт. · хватит на ~12 дн.
    По размерам: 20 (рост 40) — 60, 0 (рост 0) — 0, 4 (рост 8) — 0, 8 (рост 16) — 0, 1 (рост 2) — 1, 5 (рост 10) — 1, 9 (рост 18) — 1, 2 (рост 4) — 2, 6 (рост 12) — 2, 10 (рост 20) — 2, ещё 50
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
    [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]
    "#);
    let facts = ProductFacts { title: Some(&long), cabinet: Some(&long), ..facts };
    let told = new_order(Language::Ru, &order, Some(PLACE), at(22, 12), facts);
    insta::assert_snapshot!(shown(&told), @r#"
    🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК
    Заказ №12 за сегодня · на 18 450 ₽ · без цены: 2
    Кабинет: Очень длинное название товара Очень длинное название товара Очень длинное…

    <b>Очень длинное название товара Очень длинное название товара Очень длинное название товара Очень длинное название товара Очень длинное название товара Очень длинное название товара…</b>
    Артикул продавца: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Размер: 20 (рост 40)
    Баркод: <code>2038893425123</code>
    ID заказа: <code>7513432034713632943.1.0</code>
    FBO · склад WB → Московская область

    Ваша цена (со скидкой): <b>1 290 ₽</b>
    СПП 26 % (скидка WB)
    Цена для покупателя: 954,60 ₽

    Заказы 7/14/30 дн.: 5 / 11 / 1 024
    Выкупы 7/14/30 дн.: 4 / 9 / 20
    % выкупа: 87 %
    Рейтинг: 4,7 — среднее по 121 загруженному отзыву
    Остаток: 3 642 шт. · хватит на ~12 дн.
    По размерам: 20 (рост 40) — 60, 0 (рост 0) — 0, 4 (рост 8) — 0, 8 (рост 16) — 0, 1 (рост 2) — 1, 5 (рост 10) — 1, 9 (рост 18) — 1, 2 (рост 4) — 2, 6 (рост 12) — 2, 10 (рост 20) — 2, ещё 50
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
    [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]
    "#);
    let full = new_order(Language::Ru, &order, None, at(22, 12), ProductFacts { detail: Detail::Full, ..facts });
    assert_eq!(full.html.matches(" — ").count(), 60 + 1, "{}", full.html);
}

#[test]
fn odd_data_is_shown_as_it_is_or_left_out() {
    let (photo, title) = (photo(), "Платье <b>\"Лето\"</b> & пояс ".repeat(36));
    let names = ["XS", "S", "M", "L", "XL", "2XL", "3XL", "4XL", "5XL", "6XL", "7XL", "<8XL>"];
    let sizes: Vec<Size> = names.iter().zip(0..).map(|(name, chrt_id)| size(chrt_id, name)).collect();
    let stocks: Vec<(i64, i64)> =
        (0..12).map(|chrt_id| (chrt_id, if chrt_id == 4 { 0 } else { chrt_id * 11 })).collect();
    let facts = ProductFacts {
        title: Some(&title),
        photo: Some(&photo),
        sizes: &sizes,
        stocks: Some(&stocks),
        figures: ProductFigures { orders: Some(Windows::default()), ..ProductFigures::default() },
        cabinet: Some("ИП <b>&\""),
        ..ProductFacts::default()
    };
    let order = Order {
        seller_price: Rubles::filled_in(Decimal::ZERO),
        buyer_price: Rubles::filled_in((-1_290).into()),
        wb_discount_percent: Rubles::filled_in("-3.5".parse().unwrap()),
        ..order()
    };
    insta::assert_snapshot!(both(|language| shown(&new_order(language, &order, None, at(22, 12), facts))), @r#"
    🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК
    Кабинет: ИП &lt;b&gt;&amp;&quot;

    <b>Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье…</b>
    Артикул продавца: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Размер: M
    Баркод: <code>2038893425123</code>
    ID заказа: <code>7513432034713632943.1.0</code>
    FBO · склад WB → Московская область

    СПП −3,50 % (скидка WB)
    Цена для покупателя: −1 290 ₽

    Заказы 7/14/30 дн.: 0 / 0 / 0
    Остаток: 682 шт.
    По размерам: M — 22, XS — 0, XL — 0, S — 11, L — 33, 2XL — 55, 3XL — 66, 4XL — 77, 5XL — 88, 6XL — 99, 7XL — 110, &lt;8XL&gt; — 121
    [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
    [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

    🛒 <b>New order</b> · 22 Nov, 14:05 MSK
    Shop: ИП &lt;b&gt;&amp;&quot;

    <b>Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье &lt;b&gt;&quot;Лето&quot;&lt;/b&gt; &amp; пояс Платье…</b>
    Seller's article: <code>KR-&lt;01&gt;&amp;&quot;A&quot;</code>
    WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
    Size: M
    Barcode: <code>2038893425123</code>
    Order ID: <code>7513432034713632943.1.0</code>
    FBO · WB warehouse → Московская область

    WB's own discount (SPP): −3.50%
    The buyer pays: −1,290 ₽

    Orders in 7/14/30 days: 0 / 0 / 0
    In stock: 682 pcs
    By size: M — 22, XS — 0, XL — 0, S — 11, L — 33, 2XL — 55, 3XL — 66, 4XL — 77, 5XL — 88, 6XL — 99, 7XL — 110, &lt;8XL&gt; — 121
    [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
    [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
    "#);
}
