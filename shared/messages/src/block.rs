//! What the notifications share: the cabinet and the product, what is left of it, the buttons.

use domain::{Barcode, ChrtId, NmId, Order, Photo, Rubles, Sale, Size, Srid, Supply};
use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup};
use url::Url;

use crate::{
    CAPTION_MAX_CHARS, Callback, Message, Screen, TEXT_MAX_CHARS,
    format::{count, escape, money, number, shorten, visible_chars},
};

/// WB allows 60 characters for a title; three times that leaves room for cards older than the rule.
const TITLE_MAX_CHARS: usize = 180;
/// The longest other value shown; WB's own limit for names of warehouses and regions is 200.
const VALUE_MAX_CHARS: usize = 80;
/// Sizes named one by one; the rest is counted.
const SIZES_NAMED: usize = 8;

/// What is known of a product when something that happened to it is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProductFacts<'a> {
    /// The title.
    pub title: Option<&'a str>,
    /// «Артикул продавца» of the card, for events that do not name one.
    pub article: Option<&'a str>,
    /// The picture.
    pub photo: Option<&'a Photo>,
    /// The sizes.
    pub sizes: &'a [Size],
    /// What is left, by size (`chrt_id`, pieces); `None` while the stocks cannot be seen.
    pub stocks: Option<&'a [(i64, i64)]>,
    /// The cabinet's name, if the reader has several.
    pub cabinet: Option<&'a str>,
}

impl ProductFacts<'_> {
    /// The name of a size; `None` for a product without sizes, or a size that its card lacks.
    pub(crate) fn size_name(&self, chrt_id: ChrtId) -> Option<&str> {
        self.sizes.iter().find(|size| size.chrt_id == chrt_id)?.name.as_deref()
    }

    /// How long the message may be: it is a caption if there is a picture.
    pub(crate) fn max_chars(&self) -> usize {
        if self.photo.is_some() { CAPTION_MAX_CHARS } else { TEXT_MAX_CHARS }
    }
}

/// The piece that was ordered, cancelled, bought out or returned.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub nm_id: NmId,
    srid: &'a Srid,
    article: Option<&'a str>,
    barcode: Option<&'a Barcode>,
    size: Option<&'a str>,
    subject: Option<&'a str>,
    supply: Option<Supply>,
    warehouse: Option<&'a str>,
    region: Option<&'a str>,
    seller_price: Option<Rubles>,
    wb_discount_percent: Option<Rubles>,
    buyer_price: Option<Rubles>,
    /// Whether a seller who ships it himself has yet to collect it.
    is_to_collect: bool,
}

impl<'a> From<&'a Order> for Piece<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            nm_id: order.nm_id,
            srid: &order.srid,
            article: order.supplier_article.as_deref(),
            barcode: order.barcode.as_ref(),
            size: order.size.as_deref(),
            subject: order.subject.as_deref(),
            supply: order.supply,
            warehouse: order.warehouse.as_deref(),
            region: order.region.as_deref(),
            seller_price: order.seller_price,
            wb_discount_percent: order.wb_discount_percent,
            buyer_price: order.buyer_price,
            is_to_collect: false,
        }
    }
}

impl<'a> From<&'a Sale> for Piece<'a> {
    fn from(sale: &'a Sale) -> Self {
        Self {
            nm_id: sale.nm_id,
            srid: &sale.srid,
            article: sale.supplier_article.as_deref(),
            barcode: sale.barcode.as_ref(),
            size: sale.size.as_deref(),
            subject: sale.subject.as_deref(),
            supply: sale.supply,
            warehouse: sale.warehouse.as_deref(),
            region: sale.region.as_deref(),
            seller_price: sale.seller_price,
            wb_discount_percent: None,
            buyer_price: sale.buyer_price,
            is_to_collect: false,
        }
    }
}

impl Piece<'_> {
    /// The same piece while the seller, if he ships it himself, has yet to collect it.
    pub fn to_collect(self) -> Self {
        Self { is_to_collect: true, ..self }
    }

    /// What it is, and its way.
    pub fn lines(&self, facts: &ProductFacts<'_>) -> Vec<String> {
        let mut lines = product(self.nm_id, facts.title.or(self.subject), self.article.or(facts.article));
        if let Some(size) = self.size {
            lines.push(format!("Размер: {}", value(size)));
        }
        if let Some(barcode) = self.barcode {
            lines.push(format!("Баркод: <code>{}</code>", value(&barcode.0)));
        }
        lines.push(format!("ID заказа: <code>{}</code>", value(&self.srid.0)));
        lines.extend(self.route());
        lines
    }

    /// Its prices, as far as WB has filled them in.
    pub fn prices(&self) -> impl Iterator<Item = String> {
        let seller = self
            .seller_price
            .map(|price| format!("Ваша цена (со скидкой): <b>{}</b>", money(domain::Language::Ru, price)));
        let discount = self
            .wb_discount_percent
            .map(|percent| format!("СПП {}\u{a0}% (скидка WB)", number(domain::Language::Ru, percent.0)));
        let buyer =
            self.buyer_price.map(|price| format!("Цена для покупателя: {}", money(domain::Language::Ru, price)));
        [seller, discount, buyer].into_iter().flatten()
    }

    /// What is left of the product, this size first: «Остаток по размерам: M — 12, L — 3, ещё 2».
    pub fn stock(&self, facts: &ProductFacts<'_>) -> String {
        let Some(stocks) = facts.stocks else {
            return "Остаток: неизвестен — токен его не видит".to_owned();
        };
        let mut named = remainders(facts, stocks, |_| true);
        if named.is_empty() {
            let total: i64 = stocks.iter().map(|(_, quantity)| quantity).sum();
            return format!("Остаток: {}\u{a0}шт.", count(domain::Language::Ru, total));
        }
        named.sort_by_key(|(name, quantity)| (Some(*name) != self.size, *quantity));
        format!("Остаток по размерам: {}", enumerate(&named))
    }

    /// From where, and where to: «FBS · Тула — соберите заказ → Московская область».
    fn route(&self) -> Option<String> {
        let call = if self.is_to_collect { " — соберите заказ" } else { "" };
        let from = self.supply.map(|supply| match (supply, self.warehouse) {
            (Supply::Fbo, None) => "FBO · склад WB".to_owned(),
            (Supply::Fbo, Some(warehouse)) => format!("FBO · {}", value(warehouse)),
            (Supply::Fbs, None) => format!("FBS{call}"),
            (Supply::Fbs, Some(warehouse)) => format!("FBS · {}{call}", value(warehouse)),
        });
        let to = self.region.map(value);
        match (from, to) {
            (Some(from), Some(to)) => Some(format!("{from} → {to}")),
            (from, to) => from.or_else(|| to.map(|to| format!("Регион: {to}"))),
        }
    }
}

/// The sizes with a name that are asked for, and what is left of each.
pub(crate) fn remainders<'a>(
    facts: &ProductFacts<'a>,
    stocks: &[(i64, i64)],
    is_asked_for: impl Fn(ChrtId) -> bool,
) -> Vec<(&'a str, i64)> {
    let left = |id: i64| stocks.iter().filter(|(chrt_id, _)| *chrt_id == id).map(|(_, quantity)| quantity).sum();
    let asked_for = facts.sizes.iter().filter(|size| is_asked_for(size.chrt_id));
    asked_for.filter_map(|size| Some((size.name.as_deref()?, left(size.chrt_id.0)))).collect()
}

/// Sizes in one line: «M — 12, L — 3, ещё 2».
pub(crate) fn enumerate(named: &[(&str, i64)]) -> String {
    let mut parts: Vec<String> = named
        .iter()
        .take(SIZES_NAMED)
        .map(|(name, quantity)| format!("{} — {}", value(name), count(domain::Language::Ru, *quantity)))
        .collect();
    if named.len() > SIZES_NAMED {
        parts.push(format!("ещё {}", named.len() - SIZES_NAMED));
    }
    parts.join(", ")
}

/// The first lines of a notification.
pub(crate) fn opening(headline: String, cabinet: Option<&str>) -> Vec<String> {
    let mut lines = vec![headline];
    lines.extend(cabinet.map(|cabinet| format!("Кабинет: {}", value(cabinet))));
    lines
}

/// What a product is: title, «Артикул продавца», «Артикул WB».
pub(crate) fn product(nm_id: NmId, title: Option<&str>, article: Option<&str>) -> Vec<String> {
    let title = title.map(|title| format!("<b>{}</b>", escape(&shorten(title, TITLE_MAX_CHARS))));
    let article = article.map(|article| format!("Артикул продавца: <code>{}</code>", value(article)));
    let link = format!("Артикул WB: {}", link(nm_id));
    [title, article, Some(link)].into_iter().flatten().collect()
}

/// «Артикул WB», leading to the product's page.
pub(crate) fn link(nm_id: NmId) -> String {
    format!("<a href=\"{}\">{nm_id}</a>", escape(product_page(nm_id).as_str()))
}

/// The product's page for buyers.
fn product_page(nm_id: NmId) -> Url {
    Url::parse(&format!("https://www.wildberries.ru/catalog/{nm_id}/detail.aspx")).expect("a number makes an address")
}

/// A value from WB, shortened and escaped.
pub(crate) fn value(text: &str) -> String {
    escape(&shorten(text, VALUE_MAX_CHARS)).into_owned()
}

/// The notification of these lines. Whole lines are left out, from the end, until it fits.
pub(crate) fn notification(mut lines: Vec<String>, nm_id: NmId, facts: &ProductFacts<'_>) -> Message {
    while length(&lines) > facts.max_chars() {
        lines.pop();
    }
    Message {
        html: lines.join("\n").trim_end().to_owned(),
        photo: facts.photo.cloned(),
        keyboard: InlineKeyboardMarkup::new([vec![
            InlineKeyboardButton::url("Открыть на WB", product_page(nm_id)),
            configure(),
        ]]),
    }
}

/// The button that leads from a notification to its settings.
pub(crate) fn configure() -> InlineKeyboardButton {
    Callback::Open(Screen::Notifications).button("🔔 Настроить")
}

/// How long Telegram takes lines to be, each with its end.
pub(crate) fn length(lines: &[String]) -> usize {
    lines.iter().map(|line| visible_chars(line) + 1).sum()
}
