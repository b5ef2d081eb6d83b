//! The piece that was ordered, cancelled, bought out or returned, and the figures of its product.

use domain::{
    Barcode, Language, NmId, Order, Rubles, Sale, Srid, Supply,
    figures::{BuyoutRate, ProductFigures, StockDays, Windows},
};
use rust_decimal::Decimal;

use crate::{
    base::{
        fold::{Part, Sizes},
        format::{NO_BREAK, count, escape, money, number, percent, stars},
        texts::say,
    },
    notification::block::{ProductFacts, Space, named_size, product},
};

/// The piece that was ordered, cancelled, bought out or returned.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub nm_id: NmId,
    srid: &'a Srid,
    basket: Option<&'a str>,
    article: Option<&'a str>,
    barcode: Option<&'a Barcode>,
    size: Option<&'a str>,
    brand: Option<&'a str>,
    subject: Option<&'a str>,
    supply: Option<Supply>,
    warehouse: Option<&'a str>,
    /// The city where the order feed has told it, else the region.
    to: Option<&'a str>,
    is_b2b: bool,
    /// Of its sums, unless it is the rouble.
    currency: Option<&'a str>,
    full_price: Option<Rubles>,
    seller_price: Option<Rubles>,
    wb_discount_percent: Option<Rubles>,
    buyer_price: Option<Rubles>,
    /// Whether a seller who ships it themselves has yet to collect it.
    is_to_collect: bool,
}

impl<'a> From<&'a Order> for Piece<'a> {
    fn from(order: &'a Order) -> Self {
        Self {
            nm_id: order.nm_id,
            srid: &order.srid,
            basket: order.basket.as_deref(),
            article: order.supplier_article.as_deref(),
            barcode: order.barcode.as_ref(),
            size: order.size.as_deref(),
            brand: order.brand.as_deref(),
            subject: order.subject.as_deref(),
            supply: order.supply,
            warehouse: order.warehouse.as_deref(),
            to: order.feed.city.as_deref().or(order.region.as_deref()),
            is_b2b: order.feed.is_b2b,
            currency: order.feed.currency.as_deref(),
            full_price: order.full_price,
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
            basket: None,
            article: sale.supplier_article.as_deref(),
            barcode: sale.barcode.as_ref(),
            size: sale.size.as_deref(),
            brand: None,
            subject: sale.subject.as_deref(),
            supply: sale.supply,
            warehouse: sale.warehouse.as_deref(),
            to: sale.feed.city.as_deref().or(sale.region.as_deref()),
            is_b2b: sale.feed.is_b2b,
            currency: sale.feed.currency.as_deref(),
            full_price: None,
            seller_price: sale.seller_price,
            wb_discount_percent: None,
            buyer_price: sale.buyer_price,
            is_to_collect: false,
        }
    }
}

impl Piece<'_> {
    /// The same piece while the seller, if they ship it themselves, has yet to collect it.
    pub(crate) fn to_collect(self) -> Self {
        Self { is_to_collect: true, ..self }
    }

    /// What it is, and its way.
    pub(crate) fn lines(&self, language: Language, facts: &ProductFacts<'_>, space: Space) -> Vec<Part> {
        let value = |text: Option<&str>| text.and_then(|text| space.value(text));
        let mut parts =
            product(language, self.nm_id, facts.title.or(self.subject), self.article.or(facts.article), space);
        let brand = value(self.brand).filter(|_| facts.is_full());
        let basket = self.basket.filter(|_| facts.is_full());
        let lines = [
            brand.map(|brand| say!(language, "brand", brand = brand)),
            value(self.size).map(|size| say!(language, "size", size = size)),
            self.barcode.map(|barcode| say!(language, "barcode", barcode = space.id(&barcode.0))),
            Some(say!(language, "order-id", id = space.id(&self.srid.0))),
            basket.map(|basket| say!(language, "basket-id", id = space.id(basket))),
            self.route(language, space),
            self.is_b2b.then(|| say!(language, "b2b")),
        ];
        parts.extend(lines.into_iter().flatten().map(Part::Line));
        parts
    }

    /// A sum in the currency of the order.
    pub(crate) fn money(&self, language: Language, sum: Rubles) -> String {
        priced(language, sum, self.currency)
    }

    /// Its prices, as far as WB has filled them in.
    pub(crate) fn prices(&self, language: Language, facts: &ProductFacts<'_>) -> Vec<Part> {
        let price = |sum: Rubles| self.money(language, sum);
        let full = self.full_price.filter(|_| facts.is_full());
        let lines = [
            full.map(|sum| say!(language, "price-full", price = price(sum))),
            self.seller_price.map(|sum| say!(language, "price-seller", price = price(sum))),
            self.wb_discount_percent
                .map(|share| say!(language, "price-discount", percent = percent(language, share.0))),
            self.buyer_price.map(|sum| say!(language, "price-buyer", price = price(sum))),
        ];
        lines.into_iter().flatten().map(Part::Line).collect()
    }

    /// What is left of the product, this size first: «По размерам: M — 12, L — 3, ещё 2».
    pub(crate) fn stock(&self, language: Language, facts: &ProductFacts<'_>, space: Space) -> Vec<Part> {
        let Some(stocks) = facts.stocks else { return vec![Part::Line(say!(language, "stock-unknown"))] };
        let total = stocks.iter().map(|(_, quantity)| quantity).sum();
        let pieces = count(language, total);
        let mut line = vec![match facts.hides_sellers {
            true => say!(language, "stock-left-at-wb", pieces = pieces),
            false => say!(language, "stock-left", pieces = pieces),
        }];
        line.extend(lasts(language, total, &facts.figures));
        let mut parts = vec![Part::Line(line.join(" · "))];
        let mut sizes = facts.remainders(stocks, |_| true);
        sizes.sort_by_key(|(name, quantity)| (Some(*name) != self.size, *quantity));
        let named: Vec<(String, bool)> = sizes
            .into_iter()
            .filter_map(|size| {
                let (text, is_critical) = named_size(language, space, size)?;
                Some((text, is_critical || Some(size.0) == self.size))
            })
            .collect();
        if !named.is_empty() {
            parts.push(Part::Sizes(Sizes {
                around: |language, sizes| say!(language, "stock-sizes", sizes = sizes),
                named,
            }));
        }
        parts.extend(unseen_stock(language, facts));
        parts.extend(facts.is_full().then(|| on_the_way(language, &facts.figures)).flatten());
        parts
    }

    /// From where, and where to: «FBS · Тула — соберите заказ → Подольск».
    fn route(&self, language: Language, space: Space) -> Option<String> {
        let warehouse = self.warehouse.and_then(|warehouse| space.value(warehouse));
        let from = self.supply.map(|supply| match (supply, warehouse, self.is_to_collect) {
            (Supply::Fbo, None, _) => say!(language, "supply-fbo"),
            (Supply::Fbo, Some(warehouse), _) => say!(language, "supply-fbo-from", warehouse = warehouse),
            (Supply::Fbs, None, false) => say!(language, "supply-fbs"),
            (Supply::Fbs, Some(warehouse), false) => say!(language, "supply-fbs-from", warehouse = warehouse),
            (Supply::Fbs, None, true) => say!(language, "supply-fbs-collect"),
            (Supply::Fbs, Some(warehouse), true) => say!(language, "supply-fbs-collect-from", warehouse = warehouse),
        });
        let to = self.to.and_then(|place| space.value(place));
        match (from, to) {
            (Some(from), Some(to)) => Some(format!("{from} → {to}")),
            (from, to) => from.or_else(|| to.map(|to| say!(language, "route-to", place = to))),
        }
    }
}

/// A sum in this currency, or in roubles: «1 290 ₽», «95 000 KZT».
pub(crate) fn priced(language: Language, sum: Rubles, currency: Option<&str>) -> String {
    match currency {
        Some(currency) => format!("{}{NO_BREAK}{}", number(language, sum.0), escape(currency)),
        None => money(language, sum),
    }
}

/// How the product sells: 7/14/30 days, «% выкупа», rating.
pub(crate) fn figures(language: Language, figures: &ProductFigures) -> Vec<Part> {
    let shown =
        |windows: Windows| [windows.week, windows.fortnight, windows.month].map(|orders| count(language, orders));
    let orders = figures.orders.map(|windows| {
        let [week, fortnight, month] = shown(windows);
        say!(language, "orders-windows", week = week, fortnight = fortnight, month = month)
    });
    let buyouts = figures.buyouts.map(|windows| {
        let [week, fortnight, month] = shown(windows);
        say!(language, "buyouts-windows", week = week, fortnight = fortnight, month = month)
    });
    let rate = figures.buyout_rate.map(|rate| match rate {
        BuyoutRate::TooFew => say!(language, "buyout-rate-few"),
        BuyoutRate::Percent(rate) => say!(language, "buyout-rate", rate = percent(language, Decimal::from(rate))),
    });
    let windows = [orders, buyouts].into_iter().flatten().map(Part::Window);
    let lines = [rate, rating(language, figures)].into_iter().flatten().map(Part::Line);
    windows.chain(lines).collect()
}

/// The rating, labelled as the mean of the reviews that we hold.
pub(crate) fn rating(language: Language, figures: &ProductFigures) -> Option<String> {
    let rating = figures.rating?;
    let (mean, shown) = (stars(language, rating.mean), count(language, rating.reviews));
    Some(say!(language, "rating", mean = mean, reviews = rating.reviews, shown = shown))
}

/// That the seller may have more than what is seen.
pub(crate) fn unseen_stock(language: Language, facts: &ProductFacts<'_>) -> Option<Part> {
    facts.hides_sellers.then(|| Part::Line(say!(language, "stock-of-seller-unknown")))
}

/// For how long so many pieces last: «хватит на ~12 дн.», «нет заказов 14 дн.».
pub(crate) fn lasts(language: Language, pieces: i64, figures: &ProductFigures) -> Option<String> {
    lasts_for(language, pieces, figures.stock_days)
}

/// The same, for so many days.
pub(crate) fn lasts_for(language: Language, pieces: i64, days: Option<StockDays>) -> Option<String> {
    if pieces <= 0 {
        return None;
    }
    Some(match days? {
        StockDays::NoOrders => say!(language, "stock-idle"),
        StockDays::Days(days) if days < 1 => say!(language, "stock-lasts-less"),
        StockDays::Days(days) => say!(language, "stock-lasts", days = count(language, days), count = days),
    })
}

/// What is on the way, over all sizes; shown, never added.
pub(crate) fn on_the_way(language: Language, figures: &ProductFigures) -> Option<Part> {
    let ways = ways(language, figures.to_client.unwrap_or_default(), figures.from_client.unwrap_or_default())?;
    Some(Part::Line(say!(language, "ways", ways = ways)))
}

/// «к клиентам 3, от клиентов 1»; `None` if nothing is on the way.
pub(crate) fn ways(language: Language, to_client: i64, from_client: i64) -> Option<String> {
    let to_client = (to_client > 0).then(|| say!(language, "way-to-client", pieces = count(language, to_client)));
    let from_client =
        (from_client > 0).then(|| say!(language, "way-from-client", pieces = count(language, from_client)));
    let ways: Vec<String> = [to_client, from_client].into_iter().flatten().collect();
    (!ways.is_empty()).then(|| ways.join(", "))
}
