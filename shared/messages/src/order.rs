//! What becomes of an order: made, cancelled, bought out, returned.

use chrono::{DateTime, NaiveTime, Utc};
use domain::{Order, Rubles, Sale, moscow};

use crate::{
    Message,
    block::{Piece, ProductFacts, notification, opening},
    format::{day, moment, money},
};

/// The message of a new order.
#[must_use]
pub fn new_order(order: &Order, facts: ProductFacts<'_>) -> Message {
    let headline = format!("🛒 <b>Новый заказ</b> · {} МСК", moment(domain::Language::Ru, order.ordered_at));
    message(opening(headline, facts.cabinet), Piece::from(order).to_collect(), None, facts)
}

/// The message of an order that was cancelled before receipt or refused at it: statistics do not
/// say which.
#[must_use]
pub fn order_cancellation(order: &Order, facts: ProductFacts<'_>) -> Message {
    let at = order.cancelled_at.unwrap_or(order.changed_at);
    let headline = format!("❌ <b>Отмена / отказ</b> · {}", moment_or_day(at));
    let mut lines = opening(headline, facts.cabinet);
    lines.push(format!("Заказан: {} МСК", moment(domain::Language::Ru, order.ordered_at)));
    message(lines, Piece::from(order), None, facts)
}

/// The message of a buyout.
#[must_use]
pub fn order_buyout(sale: &Sale, facts: ProductFacts<'_>) -> Message {
    let headline = format!("💰 <b>Выкуп</b> · {} МСК", moment(domain::Language::Ru, sale.sold_at));
    message(opening(headline, facts.cabinet), Piece::from(sale), sale.for_pay, facts)
}

/// The message of a return after a buyout. What WB takes back stands with a minus.
#[must_use]
pub fn order_return(sale: &Sale, facts: ProductFacts<'_>) -> Message {
    let headline = format!("↩️ <b>Возврат</b> · {} МСК", moment(domain::Language::Ru, sale.sold_at));
    let for_pay = sale.for_pay.map(|sum| Rubles(-sum.0));
    message(opening(headline, facts.cabinet), Piece::from(sale), for_pay, facts)
}

fn message(mut lines: Vec<String>, piece: Piece<'_>, for_pay: Option<Rubles>, facts: ProductFacts<'_>) -> Message {
    lines.push(String::new());
    lines.extend(piece.lines(&facts));
    lines.push(String::new());
    lines.extend(piece.prices());
    lines.extend(for_pay.map(|sum| format!("К перечислению: {} (предварительно)", money(domain::Language::Ru, sum))));
    lines.push(piece.stock(&facts));
    notification(lines, piece.nm_id, &facts)
}

/// When an order was cancelled: WB often knows the day only, and writes midnight.
fn moment_or_day(at: DateTime<Utc>) -> String {
    if moscow::wall(at).time() == NaiveTime::MIN {
        day(domain::Language::Ru, at)
    } else {
        format!("{} МСК", moment(domain::Language::Ru, at))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use domain::{Barcode, ChrtId, NmId, Photo, SaleId, SaleKind, Size, Srid, Supply};
    use url::Url;

    use super::*;
    use crate::tests::shown;

    fn at(day: u32, hour: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, day, hour, 5, 0).unwrap()
    }

    fn order() -> Order {
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
        }
    }

    fn size(chrt_id: i64, name: &str) -> Size {
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

    #[test]
    fn a_new_order_says_everything_that_is_known() {
        let photo = Photo(Url::parse("https://basket-12.wbbasket.ru/vol1681/1.webp").unwrap());
        let facts = ProductFacts {
            title: Some("Кружка <b>\"Утро\"</b> & блюдце"),
            article: Some("the card's, which the order's goes before"),
            photo: Some(&photo),
            sizes: &[size(1, "S"), size(2, "M"), size(3, "L")],
            stocks: Some(&[(1, 0), (2, 1_012), (3, 3)]),
            cabinet: Some("ИП Иванова"),
        };
        let message = new_order(&order(), facts);
        assert_eq!(message.photo.as_ref(), Some(&photo));
        insta::assert_snapshot!(shown(&message), @r#"
        🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК
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
        Остаток по размерам: M — 1 012, S — 0, L — 3
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn what_is_not_known_is_left_out_with_its_line() {
        insta::assert_snapshot!(shown(&new_order(&bare(), ProductFacts::default())), @r#"
        🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        ID заказа: <code>7513432034713632943.1.0</code>

        Остаток: неизвестен — токен его не видит
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn only_a_new_order_asks_the_seller_to_collect_it() {
        let order = Order { supply: Some(Supply::Fbs), warehouse: Some("Тула".into()), ..order() };
        let told = new_order(&order, ProductFacts::default()).html;
        assert!(told.contains("FBS · Тула — соберите заказ → Московская область"), "{told}");
        let told = order_cancellation(&order, ProductFacts::default()).html;
        assert!(told.contains("FBS · Тула → Московская область"), "{told}");
    }

    #[test]
    fn a_cancellation_says_when_the_order_was_made() {
        let order =
            Order { is_cancelled: true, cancelled_at: Some(at(24, 7)), warehouse: Some("Тула".into()), ..order() };
        let facts = ProductFacts { stocks: Some(&[(2, 12)]), ..ProductFacts::default() };
        insta::assert_snapshot!(shown(&order_cancellation(&order, facts)), @r#"
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
        Остаток: 12 шт.
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn a_cancellation_of_which_only_the_day_is_known_names_the_day() {
        let midnight = Utc.with_ymd_and_hms(2026, 11, 23, 21, 0, 0).unwrap();
        let order = Order { cancelled_at: Some(midnight), ..bare() };
        let told = order_cancellation(&order, ProductFacts::default()).html;
        assert!(told.starts_with("❌ <b>Отмена / отказ</b> · 24.11.2026\nЗаказан: "), "{told}");
    }

    #[test]
    fn a_buyout_says_what_wb_will_pay() {
        let facts = ProductFacts {
            title: Some("Кружка «Утро»"),
            sizes: &[size(2, "M")],
            stocks: Some(&[(2, 12)]),
            cabinet: Some("ИП Иванова"),
            ..ProductFacts::default()
        };
        insta::assert_snapshot!(shown(&order_buyout(&sale(SaleKind::Buyout), facts)), @r#"
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
        К перечислению: 1 012,30 ₽ (предварительно)
        Остаток по размерам: M — 12
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn a_return_says_what_wb_will_take_back() {
        insta::assert_snapshot!(shown(&order_return(&sale(SaleKind::Return), ProductFacts::default())), @r#"
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
        К перечислению: −1 012,30 ₽ (предварительно)
        Остаток: неизвестен — токен его не видит
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn money_that_wb_has_not_filled_in_is_left_out() {
        let sale = Sale { seller_price: None, buyer_price: None, for_pay: None, ..sale(SaleKind::Buyout) };
        let told = order_buyout(&sale, ProductFacts::default()).html;
        assert!(!told.contains('₽') && !told.contains("К перечислению"), "{told}");
    }

    #[test]
    fn the_longest_order_still_fits_a_caption() {
        let long = "&".repeat(500);
        let order = Order {
            supplier_article: Some(long.clone()),
            barcode: Some(Barcode(long.clone())),
            size: Some(long.clone()),
            region: Some(long.clone()),
            warehouse: Some(long.clone()),
            supply: Some(Supply::Fbs),
            ..order()
        };
        let sizes: Vec<Size> = (0..40).map(|at| size(at, &long)).collect();
        let photo = Photo(Url::parse("https://basket-12.wbbasket.ru/vol1681/1.webp").unwrap());
        let message = new_order(
            &order,
            ProductFacts {
                title: Some(&long),
                article: None,
                photo: Some(&photo),
                sizes: &sizes,
                stocks: Some(&[]),
                cabinet: Some(&long),
            },
        );
        shown(&message);
        assert!(message.html.contains("\nЦена для покупателя: 954,60\u{a0}₽"), "{}", message.html);
    }
}
