//! A new order.

use domain::{NmId, Order, Photo, Size, Supply};
use teloxide_core::types::InlineKeyboardButton;
use url::Url;

use crate::{
    CAPTION_MAX_CHARS, Message,
    format::{count, escape, moment, money, number, shorten},
};

/// WB allows 60 characters for a title; three times that leaves room for cards older than the rule.
const TITLE_MAX_CHARS: usize = 180;
/// The longest other value shown; WB's own limit for names of warehouses and regions is 200.
const VALUE_MAX_CHARS: usize = 80;
/// Sizes named one by one; the rest is counted.
const SIZES_NAMED: usize = 8;

/// What is known of a new order when it is told.
#[derive(Clone, Copy, Debug)]
pub struct NewOrder<'a> {
    /// The order.
    pub order: &'a Order,
    /// The title of its product.
    pub title: Option<&'a str>,
    /// The picture of its product.
    pub photo: Option<&'a Photo>,
    /// The sizes of its product.
    pub sizes: &'a [Size],
    /// What is left, by size (`chrt_id`, pieces); `None` while the stocks cannot be seen.
    pub stocks: Option<&'a [(i64, i64)]>,
    /// The cabinet's name, if the reader has several.
    pub cabinet: Option<&'a str>,
}

/// The message of a new order.
#[must_use]
pub fn new_order(facts: NewOrder<'_>) -> Message {
    let order = facts.order;
    let mut lines = vec![format!("🛒 <b>Новый заказ</b> · {} МСК", moment(order.ordered_at))];
    if let Some(cabinet) = facts.cabinet {
        lines.push(format!("Кабинет: {}", value(cabinet)));
    }
    lines.push(String::new());
    let title = facts.title.or(order.subject.as_deref());
    if let Some(title) = title {
        lines.push(format!("<b>{}</b>", escape(&shorten(title, TITLE_MAX_CHARS))));
    }
    if let Some(article) = &order.supplier_article {
        lines.push(format!("Артикул продавца: <code>{}</code>", value(article)));
    }
    let page = product_page(order.nm_id);
    lines.push(format!("Артикул WB: <a href=\"{}\">{}</a>", escape(page.as_str()), order.nm_id));
    if let Some(size) = &order.size {
        lines.push(format!("Размер: {}", value(size)));
    }
    if let Some(barcode) = &order.barcode {
        lines.push(format!("Баркод: <code>{}</code>", value(&barcode.0)));
    }
    lines.push(format!("ID заказа: <code>{}</code>", value(&order.srid.0)));
    lines.extend(route(order));
    lines.push(String::new());
    if let Some(price) = order.seller_price {
        lines.push(format!("Ваша цена (со скидкой): <b>{}</b>", money(price)));
    }
    if let Some(percent) = order.wb_discount_percent {
        lines.push(format!("СПП {}\u{a0}% (скидка WB)", number(percent.0)));
    }
    if let Some(price) = order.buyer_price {
        lines.push(format!("Цена для покупателя: {}", money(price)));
    }
    lines.push(stock(facts.stocks, facts.sizes, order.size.as_deref()));

    Message {
        html: within_caption(lines),
        photo: facts.photo.cloned(),
        keyboard: teloxide_core::types::InlineKeyboardMarkup::new([vec![InlineKeyboardButton::url(
            "Открыть на WB",
            page,
        )]]),
    }
}

/// The product's page for buyers.
fn product_page(nm_id: NmId) -> Url {
    Url::parse(&format!("https://www.wildberries.ru/catalog/{nm_id}/detail.aspx")).expect("a number makes an address")
}

/// A value from WB, shortened and escaped.
fn value(text: &str) -> String {
    escape(&shorten(text, VALUE_MAX_CHARS)).into_owned()
}

/// From where, and where to: «FBS · Тула — соберите заказ → Московская область».
fn route(order: &Order) -> Option<String> {
    let from = order.supply.map(|supply| match (supply, order.warehouse.as_deref()) {
        (Supply::Fbo, None) => "FBO · склад WB".to_owned(),
        (Supply::Fbo, Some(warehouse)) => format!("FBO · {}", value(warehouse)),
        (Supply::Fbs, None) => "FBS — соберите заказ".to_owned(),
        (Supply::Fbs, Some(warehouse)) => format!("FBS · {} — соберите заказ", value(warehouse)),
    });
    let to = order.region.as_deref().map(value);
    match (from, to) {
        (Some(from), Some(to)) => Some(format!("{from} → {to}")),
        (from, to) => from.or_else(|| to.map(|to| format!("Регион: {to}"))),
    }
}

/// What is left, the ordered size first: «Остаток: M — 12, L — 3, ещё 2 размера».
fn stock(stocks: Option<&[(i64, i64)]>, sizes: &[Size], ordered: Option<&str>) -> String {
    let Some(stocks) = stocks else {
        return "Остаток: неизвестен — токен его не видит".to_owned();
    };
    let total: i64 = stocks.iter().map(|(_, quantity)| quantity).sum();
    let left = |size: &Size| {
        stocks.iter().filter(|(chrt_id, _)| *chrt_id == size.chrt_id.0).map(|(_, quantity)| quantity).sum::<i64>()
    };
    let mut named: Vec<(&str, i64)> =
        sizes.iter().filter_map(|size| Some((size.name.as_deref()?, left(size)))).collect();
    if named.is_empty() {
        return format!("Остаток: {}\u{a0}шт.", count(total));
    }
    named.sort_by_key(|(name, quantity)| (Some(*name) != ordered, *quantity));
    let shown: Vec<String> = named
        .iter()
        .take(SIZES_NAMED)
        .map(|(name, quantity)| format!("{} — {}", value(name), count(*quantity)))
        .collect();
    let folded = named.len().saturating_sub(SIZES_NAMED);
    let rest = if folded > 0 { format!(", ещё {folded}") } else { String::new() };
    format!("Остаток по размерам: {}{rest}", shown.join(", "))
}

/// Leaves whole lines out, from the end, until the caption fits. The source is longer than the
/// parsed text, so what fits here fits Telegram.
fn within_caption(mut lines: Vec<String>) -> String {
    while lines.iter().map(|line| line.chars().count() + 1).sum::<usize>() > CAPTION_MAX_CHARS {
        lines.pop();
    }
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use domain::{Barcode, ChrtId, Rubles, Srid};

    use super::*;

    fn order() -> Order {
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 11, 5, 0).unwrap();
        Order {
            srid: Srid("7513432034713632943.1.0".into()),
            basket: Some("93912345".into()),
            ordered_at: at,
            changed_at: at,
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

    fn size(chrt_id: i64, name: &str) -> Size {
        Size { chrt_id: ChrtId(chrt_id), name: Some(name.into()), barcodes: vec![] }
    }

    #[test]
    fn a_new_order_says_everything_that_is_known() {
        let order = order();
        let sizes = [size(1, "S"), size(2, "M"), size(3, "L")];
        let message = new_order(NewOrder {
            order: &order,
            title: Some("Кружка <b>\"Утро\"</b> & блюдце"),
            photo: None,
            sizes: &sizes,
            stocks: Some(&[(1, 0), (2, 1_012), (3, 3)]),
            cabinet: Some("ИП Иванова"),
        });
        insta::assert_snapshot!(message.html.replace('\u{a0}', " "), @r#"
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
        "#);
    }

    #[test]
    fn what_is_not_known_is_left_out_with_its_line() {
        let bare = Order {
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
        };
        let message =
            new_order(NewOrder { order: &bare, title: None, photo: None, sizes: &[], stocks: None, cabinet: None });
        insta::assert_snapshot!(message.html, @r#"
        🛒 <b>Новый заказ</b> · 22.11 в 14:05 МСК

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        ID заказа: <code>7513432034713632943.1.0</code>

        Остаток: неизвестен — токен его не видит
        "#);
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
        let message = new_order(NewOrder {
            order: &order,
            title: Some(&long),
            photo: None,
            sizes: &sizes,
            stocks: Some(&[]),
            cabinet: Some(&long),
        });
        assert!(message.html.chars().count() <= CAPTION_MAX_CHARS);
        assert!(message.html.starts_with("🛒 <b>Новый заказ</b>"));
    }
}
