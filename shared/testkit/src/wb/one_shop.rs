//! The shop that the product is measured on, and the hundred changes whose events are counted.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::moscow::in_moscow;
use super::sales::NewSale;
use super::sample::{self, KINDS, Sizes};
use super::shop::{NewOrder, NewReview, Shop};
use super::things::{Order, Product, Sale, SaleKind, Stock, Warehouse};
use crate::dice::Dice;

/// The size of the shop. A quarter of the products has one size, the others five.
const PRODUCTS: i64 = 500;
/// In baskets of two.
const BASKETS: usize = 500;
/// In baskets of one: with those of the baskets of two, 10,000 orders.
const SINGLE_ORDERS: usize = 9_000;
/// Orders that were neither bought out nor cancelled: the latest.
const OPEN_ORDERS: usize = 500;
const CANCELLED_ORDERS: usize = 100;
const RETURNS: usize = 600;
/// So many sizes lie in Astana too, and as many others were never supplied: 2,000 rows of 2,000 sizes.
const SIZES_IN_TWO_WAREHOUSES: usize = 20;
const PROCESSED_REVIEWS: usize = 400;
const UNANSWERED_REVIEWS: usize = 100;

/// The history lies within the first load of the product's default (30 days), and ends so long
/// before the present that a change of the last half hour is later than all of it.
const HISTORY_DAYS: i64 = 29;
const QUIET_MINUTES: i64 = 90;

/// A wardrobe of five letters makes as many sizes as the shoes have.
const FIVE_LETTERS: Sizes = &[("XS", "40"), ("S", "42-44"), ("M", "46"), ("L", "48-50"), ("XL", "52")];

/// What the hundred changes are.
const NEW_SINGLE_ORDERS: usize = 34;
const CANCELLATIONS: usize = 10;
const BUYOUTS: usize = 25;
const NEW_RETURNS: usize = 5;
const REVIEWS: usize = 10;
/// What is left of the sizes that fall.
const REMAINDERS: [u32; 5] = [2, 1, 0, 1, 2];
/// Every so many of the new orders the seller ships themselves.
const OWN_WAREHOUSE_EVERY: usize = 8;
/// Between two changes, so that all of them lie within the half hour of a report.
const CHANGE_STEP: TimeDelta = TimeDelta::seconds(17);
/// A size with fewer pieces could fall by being ordered.
const PLENTY_PIECES: u32 = 10;

/// What is to be told of the changes, by kind, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Of the kind `new_order`.
    pub new_orders: Vec<Told>,
    /// Of the kind `order_cancellation`.
    pub order_cancellations: Vec<Told>,
    /// Of the kind `order_buyout`.
    pub order_buyouts: Vec<Told>,
    /// Of the kind `order_return`.
    pub order_returns: Vec<Told>,
    /// Of the kind `negative_review`.
    pub negative_reviews: Vec<Told>,
    /// Of the kind `critical_stock`.
    pub critical_stocks: Vec<Told>,
}

impl Expected {
    /// The events with the names of their kinds.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, &Told)> {
        [
            ("new_order", &self.new_orders),
            ("order_cancellation", &self.order_cancellations),
            ("order_buyout", &self.order_buyouts),
            ("order_return", &self.order_returns),
            ("negative_review", &self.negative_reviews),
            ("critical_stock", &self.critical_stocks),
        ]
        .into_iter()
        .flat_map(|(kind, told)| told.iter().map(move |told| (kind, told)))
    }
}

/// One event as a reader would see it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The order's `srid`, the review's id, or the size (`chrtId`).
    pub id: String,
    /// «Артикул WB».
    pub nm_id: i64,
    /// «Артикул продавца».
    pub article: String,
    /// The title of the card.
    pub title: String,
    /// The size; `None` for a product without sizes. A review is of the product.
    pub size: Option<String>,
    /// The seller's price with their discount, «1 290 ₽» or «1 290,50 ₽» with no-break spaces.
    pub price: Option<String>,
    /// What a buyout or a return is worth to the seller, written as the price.
    pub for_pay: Option<String>,
    /// When it happened; stocks have no time.
    pub at: Option<DateTime<Utc>>,
    /// The day in Moscow, «22.11».
    pub day: Option<String>,
    /// The time in Moscow, «12:10».
    pub time: Option<String>,
    /// The stars of a review.
    pub stars: Option<u8>,
    /// What is left of a size.
    pub remainder: Option<u32>,
}

impl Told {
    fn of(id: &str, product: &Product) -> Self {
        Self {
            id: id.to_owned(),
            nm_id: product.nm_id,
            article: product.vendor_code.clone(),
            title: product.title.clone(),
            ..Self::default()
        }
    }

    fn in_size(mut self, product: &Product, chrt_id: i64) -> Self {
        let size = product.sizes.iter().find(|size| size.chrt_id == chrt_id);
        self.size = size.map(|size| size.tech_size.clone()).filter(|name| name != "0");
        self
    }

    fn at(mut self, at: DateTime<Utc>) -> Self {
        self.at = Some(at);
        self.day = Some(in_moscow(at).format("%d.%m").to_string());
        self.time = Some(in_moscow(at).format("%H:%M").to_string());
        self
    }
}

impl Shop {
    /// The shop that the product is measured on: 10,000 orders (10 % in baskets of two), 10,000
    /// sales (600 of them returns), 2,000 rows of stock, 500 products, 500 reviews (100 without an
    /// answer), all of the last 29 days and in the reports; the same for the same seed and time.
    #[must_use]
    pub fn one_shop(seed: u64, now: DateTime<Utc>) -> Self {
        let mut shop = Self::sample(seed, 0, 0, 0, now);
        let mut dice = Dice::new(seed ^ 0x1_0000);
        let first_nm_id = 200_000_000 + dice.below(4_000) * 100_000;
        let (one_size, several): (Vec<_>, Vec<_>) = KINDS.iter().partition(|kind| kind.sizes.len() == 1);
        for index in 0..PRODUCTS {
            let is_one_size = index % 4 == 0;
            let kind = *dice.pick(if is_one_size { &one_size } else { &several });
            let sizes = if is_one_size || kind.sizes.len() == FIVE_LETTERS.len() { kind.sizes } else { FIVE_LETTERS };
            shop.products.push(sample::product(&mut dice, kind, sizes, first_nm_id + index * 37, index, now));
        }
        shop.supply(&mut dice);
        // What was sold in the past has left the stock that the shop has today.
        let stocks = shop.stocks.clone();
        let end = now - TimeDelta::minutes(QUIET_MINUTES);
        let orders = shop.order_in_the_past(&mut dice, end);
        shop.stocks = stocks;
        shop.close_in_the_past(&mut dice, &orders, end);
        shop.review_in_the_past(&mut dice, end);
        shop.refresh_reports();
        shop
    }

    fn supply(&mut self, dice: &mut Dice) {
        let sizes: Vec<i64> = self.products().iter().flat_map(|p| p.sizes.iter().map(|size| size.chrt_id)).collect();
        // Far enough apart to belong to different products.
        let stride = sizes.len() / SIZES_IN_TWO_WAREHOUSES;
        for (index, chrt_id) in sizes.into_iter().enumerate() {
            let mut some = |least: i64| Stock {
                quantity: u32::try_from(least + dice.below(60)).unwrap_or(0),
                in_way_to_client: u32::try_from(dice.below(6)).unwrap_or(0),
                in_way_from_client: u32::try_from(dice.below(3)).unwrap_or(0),
            };
            let is_in_two_warehouses = index % stride == 0;
            let is_never_supplied = index % stride == stride / 2;
            if is_in_two_warehouses {
                self.put_stock(chrt_id, Warehouse::Russia, some(i64::from(PLENTY_PIECES)));
                self.put_stock(chrt_id, Warehouse::Astana, some(1));
            } else if !is_never_supplied {
                self.put_stock(chrt_id, Warehouse::Russia, some(5));
            }
        }
    }

    /// Orders spread evenly over the history; those made are given back with the oldest first.
    fn order_in_the_past(&mut self, dice: &mut Dice, end: DateTime<Utc>) -> Vec<Order> {
        let mut orders = Vec::new();
        for basket in 0..BASKETS + SINGLE_ORDERS {
            let at = end - TimeDelta::seconds(dice.below(HISTORY_DAYS * 86_400));
            let mut new = self.some_order(dice, at);
            // Half of the baskets of two hold the same thing twice.
            new.count = if basket < BASKETS / 2 { 2 } else { 1 };
            let made = self.order(&new, at).unwrap_or_default();
            if (BASKETS / 2..BASKETS).contains(&basket) {
                let basket = made.first().map(|order| order.g_number.clone());
                let other = NewOrder { basket, ..self.some_order(dice, at) };
                orders.extend(self.order(&other, at).unwrap_or_default());
            }
            orders.extend(made);
        }
        orders.sort_by(|a, b| (a.ordered_at, &a.srid).cmp(&(b.ordered_at, &b.srid)));
        orders
    }

    fn some_order(&self, dice: &mut Dice, at: DateTime<Utc>) -> NewOrder {
        let product = dice.pick(self.products());
        NewOrder {
            nm_id: Some(product.nm_id),
            chrt_id: Some(dice.pick(&product.sizes).chrt_id),
            own_warehouse: dice.chance(10),
            at: Some(at),
            ..NewOrder::default()
        }
    }

    /// All but the latest orders are bought out or cancelled, some of the oldest given back.
    fn close_in_the_past(&mut self, dice: &mut Dice, orders: &[Order], end: DateTime<Utc>) {
        let closed = orders.len() - OPEN_ORDERS;
        let (cancelled_every, returned_every) = (closed / CANCELLED_ORDERS, closed / RETURNS);
        let mut returns = 0;
        for (index, order) in orders[..closed].iter().enumerate() {
            // After a day to a week, and never after the end of the history.
            let after = |dice: &mut Dice, at: DateTime<Utc>| {
                (at + TimeDelta::seconds(86_400 + dice.below(6 * 86_400))).min(at + (end - at) * 3 / 4).trunc_subsecs(0)
            };
            let closed_at = after(dice, order.ordered_at);
            if index % cancelled_every == 0 {
                self.cancel(&order.srid, closed_at).ok();
                continue;
            }
            self.record_sale(SaleKind::Buyout, &order.srid, &of(closed_at), closed_at).ok();
            if index % returned_every == 1 && returns < RETURNS {
                let returned_at = after(dice, closed_at);
                returns +=
                    usize::from(self.record_sale(SaleKind::Return, &order.srid, &of(returned_at), returned_at).is_ok());
            }
        }
    }

    fn review_in_the_past(&mut self, dice: &mut Dice, end: DateTime<Utc>) {
        for index in 0..PROCESSED_REVIEWS + UNANSWERED_REVIEWS {
            // Of the processed ones every fifth has stars and nothing else.
            let is_unanswered = index >= PROCESSED_REVIEWS;
            let is_wordless = !is_unanswered && index % 5 == 0;
            let at = end - TimeDelta::seconds(dice.below(HISTORY_DAYS * 86_400));
            let new = NewReview {
                nm_id: Some(dice.pick(self.products()).nm_id),
                stars: *dice.pick(&[5, 5, 5, 5, 4, 4, 3, 2, 1]),
                text: if is_wordless { String::new() } else { (*dice.pick(&sample::TEXTS)).to_owned() },
                at: Some(at),
                ..NewReview::default()
            };
            if let Some(review) = self.review(&new, at).ok().filter(|_| !is_unanswered && !is_wordless) {
                self.answer(&review.id, "Спасибо за отзыв!").ok();
            }
        }
    }

    /// Changes a hundred things, within half an hour before `now` and each at another second, and
    /// says what is to be told: 40 new orders (3 baskets of two), 10 cancellations, 25 buyouts, 5
    /// returns, 10 negative reviews, 5 critical stocks; silent are 2 transfers between warehouses
    /// and a corrected price. No other size falls to 2 pieces or fewer. The reports show it when
    /// they are renewed. It can be repeated.
    ///
    /// # Errors
    /// The shop has too little: [`Shop::one_shop`] has enough.
    pub fn hundred_changes(&mut self, now: DateTime<Utc>) -> anyhow::Result<Expected> {
        let materials = self.materials(now)?;
        let mut times = (1..).map(|step| (now - CHANGE_STEP * step).trunc_subsecs(0));
        let mut next_time = move || times.next().unwrap_or(now);
        let mut told = Expected::default();

        for order in self.make_orders(&materials.plenty, &mut next_time, now)? {
            told.new_orders.push(self.told_of_order(&order, order.ordered_at)?);
        }
        let (cancelled, open) = materials.open.split_at(CANCELLATIONS);
        for srid in cancelled {
            let at = next_time();
            let order = self.cancel_at(srid, at, now)?;
            told.order_cancellations.push(self.told_of_order(&order, at)?);
        }
        let (bought, open) = open.split_at(BUYOUTS);
        for srid in bought {
            let sale = self.record_sale(SaleKind::Buyout, srid, &of(next_time()), now)?;
            told.order_buyouts.push(self.told_of_sale(&sale)?);
        }
        for srid in &materials.bought_out {
            let sale = self.record_sale(SaleKind::Return, srid, &of(next_time()), now)?;
            told.order_returns.push(self.told_of_sale(&sale)?);
        }
        for (index, (nm_id, _)) in materials.plenty.iter().enumerate().take(REVIEWS) {
            // The first has stars and nothing else, so WB calls it processed.
            let text = if index == 0 { "" } else { sample::TEXTS[index % sample::TEXTS.len()] };
            let stars = [1, 2, 3][index % 3];
            let new = NewReview { nm_id: Some(*nm_id), stars, text: text.to_owned(), ..NewReview::default() };
            let review = self.review(&NewReview { at: Some(next_time()), ..new }, now)?;
            let review_told = Told::of(&review.id, self.product(*nm_id)?).at(review.created_at);
            told.negative_reviews.push(Told { stars: Some(stars), ..review_told });
        }
        for ((nm_id, chrt_id), remainder) in materials.plenty.iter().rev().zip(REMAINDERS) {
            self.set_stock(*nm_id, Some(*chrt_id), remainder)?;
            let product = self.product(*nm_id)?;
            let fallen = Told::of(&chrt_id.to_string(), product).in_size(product, *chrt_id);
            told.critical_stocks.push(Told { remainder: Some(remainder), ..fallen });
        }
        for (left, (chrt_id, from, to, quantity)) in (0..).zip(materials.movable) {
            // One row falls to nothing, the other to one piece; their sizes keep what they have.
            self.transfer(chrt_id, from, to, quantity - left)?;
        }
        let corrected = self.find_order(&open[0])?;
        self.correct_price(&corrected.srid, corrected.seller_price / 100 + 1, now)?;
        Ok(told)
    }

    /// What the changes are made of. Every size of `plenty` belongs to another product, and none of
    /// these to what is moved.
    fn materials(&mut self, now: DateTime<Utc>) -> anyhow::Result<Materials> {
        let mut dice = self.dice();
        let sizes = turned(self.products.iter().flat_map(|product| &product.sizes).collect(), &mut dice);
        let movable = sizes.into_iter().filter_map(|size| {
            use Warehouse::{Astana, Russia};
            let quantity = |warehouse| self.stock_at(size.chrt_id, warehouse).map(|stock| stock.quantity);
            let (in_russia, in_astana) = (quantity(Russia)?, quantity(Astana)?);
            let (from, to, there) =
                if in_russia >= in_astana { (Russia, Astana, in_russia) } else { (Astana, Russia, in_astana) };
            (there > 2).then_some((size.chrt_id, from, to, there))
        });
        let movable: [_; 2] =
            movable.take(2).collect::<Vec<_>>().try_into().ok().context("too few sizes are in two warehouses")?;

        let is_moved = |product: &Product| {
            product.sizes.iter().any(|size| movable.iter().any(|(chrt_id, ..)| *chrt_id == size.chrt_id))
        };
        let plenty: Vec<_> = self
            .products
            .iter()
            .filter(|product| !product.trashed && !is_moved(product))
            .filter_map(|product| {
                let has_plenty = |chrt_id| self.stock(chrt_id).is_some_and(|stock| stock.quantity >= PLENTY_PIECES);
                let size = product.sizes.iter().map(|size| size.chrt_id).find(|chrt_id| has_plenty(*chrt_id))?;
                Some((product.nm_id, size))
            })
            .collect();
        // One basket holds a thing twice, two hold two things; and then there are those that fall.
        let needed = NEW_SINGLE_ORDERS + 5 + REMAINDERS.len();
        ensure!(plenty.len() >= needed, "too few products have {PLENTY_PIECES} pieces of a size");
        let mut plenty = turned(plenty, &mut dice);
        plenty.truncate(needed);

        let long_ago = now - TimeDelta::minutes(QUIET_MINUTES / 2);
        let mut orders: Vec<_> =
            self.reported_orders().filter(|o| o.cancelled_at.is_none() && o.ordered_at < long_ago).collect();
        orders.sort_by(|a, b| (a.ordered_at, &a.srid).cmp(&(b.ordered_at, &b.srid)));
        let has = |order: &Order, kind| self.sale(&order.srid, kind).is_some();
        let open = orders.iter().filter(|order| !has(order, SaleKind::Buyout) && order.seller_price > 0);
        let open: Vec<_> = open.take(CANCELLATIONS + BUYOUTS + 1).map(|order| order.srid.clone()).collect();
        ensure!(open.len() > CANCELLATIONS + BUYOUTS, "too few orders are open");
        let bought_out = orders.iter().filter(|o| has(o, SaleKind::Buyout) && !has(o, SaleKind::Return));
        let bought_out: Vec<_> = bought_out.take(NEW_RETURNS).map(|order| order.srid.clone()).collect();
        ensure!(bought_out.len() == NEW_RETURNS, "too few orders are bought out and not returned");
        Ok(Materials { plenty, open, bought_out, movable })
    }

    fn make_orders(
        &mut self,
        plenty: &[(i64, i64)],
        next_time: &mut impl FnMut() -> DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Order>> {
        let mut made = Vec::new();
        let mut prices = (1_000..).step_by(7);
        let mut order = |index: usize, count, basket, at| {
            let (nm_id, chrt_id) = plenty[index];
            let new = NewOrder {
                nm_id: Some(nm_id),
                chrt_id: Some(chrt_id),
                count,
                price: prices.next(),
                own_warehouse: index.is_multiple_of(OWN_WAREHOUSE_EVERY),
                basket,
                at: Some(at),
                ..NewOrder::default()
            };
            let orders = self.order(&new, now)?;
            let basket = orders.first().map(|order| order.g_number.clone());
            made.extend(orders);
            anyhow::Ok(basket)
        };
        for index in 0..NEW_SINGLE_ORDERS {
            order(index, 1, None, next_time())?;
        }
        order(NEW_SINGLE_ORDERS, 2, None, next_time())?;
        for index in [NEW_SINGLE_ORDERS + 1, NEW_SINGLE_ORDERS + 3] {
            let at = next_time();
            let basket = order(index, 1, None, at)?;
            order(index + 1, 1, basket, at)?;
        }
        Ok(made)
    }

    fn told_of_order(&self, order: &Order, at: DateTime<Utc>) -> anyhow::Result<Told> {
        let product = self.product(order.nm_id)?;
        let told = Told::of(&order.srid, product).in_size(product, order.chrt_id).at(at);
        Ok(Told { price: roubles(order.seller_price), ..told })
    }

    fn told_of_sale(&self, sale: &Sale) -> anyhow::Result<Told> {
        let told = self.told_of_order(&self.find_order(&sale.srid)?, sale.sold_at)?;
        Ok(Told { price: roubles(sale.seller_price), for_pay: roubles(sale.for_pay), ..told })
    }
}

/// What the hundred changes need: sizes (article, size), orders, and sizes with the warehouses
/// between which so many pieces can be moved.
struct Materials {
    plenty: Vec<(i64, i64)>,
    open: Vec<String>,
    bought_out: Vec<String>,
    movable: [(i64, Warehouse, Warehouse, u32); 2],
}

/// The same in a circle, from another beginning, so that a repetition changes other things.
fn turned<T>(mut things: Vec<T>, dice: &mut Dice) -> Vec<T> {
    let begin = usize::try_from(dice.below(i64::MAX)).unwrap_or(0) % things.len().max(1);
    things.rotate_left(begin);
    things
}

fn of(at: DateTime<Utc>) -> NewSale {
    NewSale { at: Some(at), ..NewSale::default() }
}

/// Money as it is written in Russian; `None` for what WB has not filled in.
fn roubles(kopecks: i64) -> Option<String> {
    const NO_BREAK: char = '\u{a0}';
    let (whole, rest) = ((kopecks / 100).to_string(), kopecks % 100);
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(NO_BREAK);
        }
        text.push(digit);
    }
    if rest > 0 {
        text.push_str(&format!(",{rest:02}"));
    }
    text.push(NO_BREAK);
    text.push('₽');
    (kopecks > 0).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use chrono::TimeZone;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 10, 0).unwrap()
    }

    /// How many orders are in baskets of one, of two, …
    fn baskets<'a>(orders: impl Iterator<Item = &'a Order>) -> BTreeMap<usize, usize> {
        let mut pieces = BTreeMap::<_, usize>::new();
        orders.for_each(|order| *pieces.entry(order.g_number.clone()).or_default() += 1);
        let mut baskets = BTreeMap::new();
        pieces.values().for_each(|pieces| *baskets.entry(*pieces).or_default() += pieces);
        baskets
    }

    fn levels(shop: &Shop) -> BTreeMap<i64, u32> {
        shelves(shop).into_iter().map(|(size, shelf)| (size, shelf.iter().map(|(_, pieces)| pieces).sum())).collect()
    }

    fn shelves(shop: &Shop) -> BTreeMap<i64, Vec<(Warehouse, u32)>> {
        let mut shelves = BTreeMap::<_, Vec<_>>::new();
        shop.reported_stocks().for_each(|(size, warehouse, stock)| {
            shelves.entry(size).or_default().push((warehouse, stock.quantity));
        });
        shelves
    }

    fn rows(shop: &Shop) -> BTreeMap<String, String> {
        let orders = shop.reported_orders().map(|order| (order.srid.clone(), format!("{order:?}")));
        let sales = shop.reported_sales().map(|sale| (sale.sale_id.clone(), format!("{sale:?}")));
        orders.chain(sales).collect()
    }

    #[test]
    fn the_shop_has_the_size_that_is_measured() {
        let shop = Shop::one_shop(1, now());
        assert_eq!((shop.products().len(), shop.reported_stocks().count()), (500, 2_000));
        assert_eq!(shop.products().iter().map(|product| product.sizes.len()).sum::<usize>(), 2_000);
        assert_eq!(shop.reported_stocks().filter(|(_, warehouse, _)| *warehouse == Warehouse::Astana).count(), 20);
        assert_eq!(baskets(shop.reported_orders()), BTreeMap::from([(1, 9_000), (2, 1_000)]));
        assert_eq!(shop.reported_orders().filter(|order| order.cancelled_at.is_some()).count(), 100);
        assert_eq!(shop.reported_sales().count(), 10_000);
        assert_eq!(shop.reported_sales().filter(|sale| sale.kind == SaleKind::Return).count(), 600);
        assert_eq!(shop.sales().map(|sale| &sale.sale_id).collect::<BTreeSet<_>>().len(), 10_000);
        assert_eq!(shop.reviews().len(), 500);
        assert_eq!(shop.reviews().iter().filter(|review| !review.is_processed()).count(), 100);

        let (first, last) = (now() - TimeDelta::days(30), now() - TimeDelta::hours(1));
        assert!(shop.orders().all(|order| first < order.ordered_at && order.changed_at < last));
        assert!(shop.reviews().iter().all(|review| first < review.created_at && review.created_at < last));
        for sale in shop.sales() {
            let before = match sale.kind {
                SaleKind::Return => shop.sale(&sale.srid, SaleKind::Buyout).unwrap().sold_at,
                _ => shop.find_order(&sale.srid).unwrap().ordered_at,
            };
            assert!(before < sale.sold_at && sale.sold_at < last, "{sale:?}");
        }
    }

    #[test]
    fn a_hundred_changes_are_the_ninety_five_events_and_nothing_else() {
        let mut shop = Shop::one_shop(2, now());
        // Twice: the second time on what the first has left.
        for hour in 1..=2 {
            let now = now() + TimeDelta::hours(hour);
            let (rows_before, levels_before) = (rows(&shop), levels(&shop));
            let (shelves_before, reviews_before) = (shelves(&shop), shop.reviews().len());
            let told = shop.hundred_changes(now).unwrap();
            assert_eq!(rows(&shop), rows_before, "the reports lag");
            shop.refresh_reports();

            let rows_after = rows(&shop);
            let fresh: BTreeSet<_> = rows_after.keys().filter(|id| !rows_before.contains_key(*id)).collect();
            let changed: Vec<_> =
                rows_before.iter().filter(|(id, row)| rows_after.get(*id) != Some(row)).map(|(id, _)| id).collect();
            assert_eq!(changed.len(), 10 + 1, "the cancelled ones and the corrected one");
            assert_eq!(fresh.len(), 40 + 25 + 5);
            let new_orders = shop.orders().filter(|order| fresh.contains(&order.srid));
            assert_eq!(baskets(new_orders), BTreeMap::from([(1, 34), (2, 6)]));
            assert_eq!(shop.reviews().len() - reviews_before, 10);
            assert!(shop.reviews()[reviews_before..].iter().all(|review| review.stars <= 3));

            let fell = |(size, level): &(&i64, &u32)| **level <= 2 && levels_before[*size] > 2;
            let fallen: BTreeSet<_> = levels(&shop).iter().filter(fell).map(|(size, _)| size.to_string()).collect();
            assert_eq!(fallen, told.critical_stocks.iter().map(|told| told.id.clone()).collect());
            let (levels_after, shelves_after) = (levels(&shop), shelves(&shop));
            let is_moved = |size: &&i64| {
                levels_before[*size] == levels_after[*size] && shelves_before[*size] != shelves_after[*size]
            };
            assert_eq!(levels_after.keys().filter(is_moved).count(), 2);

            assert_eq!(told.events().count(), 95);
            let counts = [
                &told.new_orders,
                &told.order_cancellations,
                &told.order_buyouts,
                &told.order_returns,
                &told.negative_reviews,
                &told.critical_stocks,
            ];
            assert_eq!(counts.map(Vec::len), [40, 10, 25, 5, 10, 5]);
            let times: BTreeSet<_> = told.events().filter_map(|(_, told)| told.at).collect();
            assert_eq!(times.len(), 95 - 5 - 3, "stocks have no time, and baskets one");
            assert!(times.iter().all(|at| now - TimeDelta::minutes(30) < *at && *at < now));
            let has_money = |told: &Told| told.price.is_some() && told.for_pay.is_some();
            assert!(told.order_buyouts.iter().chain(&told.order_returns).all(has_money));
        }
    }

    #[test]
    fn what_is_told_is_written_as_a_reader_sees_it() {
        let mut shop = Shop::one_shop(3, now());
        let told = shop.hundred_changes(now()).unwrap();
        let first = &told.new_orders[0];
        assert_eq!(first.price.as_deref(), Some("1\u{a0}000\u{a0}₽"));
        assert_eq!((first.day.as_deref(), first.time.as_deref()), (Some("22.11"), Some("12:09")));
        assert!(told.events().all(|(_, told)| told.size.as_deref() != Some("0")));
        assert_eq!(roubles(123_456_709).as_deref(), Some("1\u{a0}234\u{a0}567,09\u{a0}₽"));
        assert_eq!(roubles(99_900).as_deref(), Some("999\u{a0}₽"));
        assert_eq!(roubles(0), None);
        let again: Expected = serde_json::from_str(&serde_json::to_string(&told).unwrap()).unwrap();
        assert_eq!(again, told);
    }

    #[test]
    fn a_shop_that_is_too_small_says_so() {
        let mut small = Shop::sample(1, 20, 100, 30, now());
        assert_eq!(small.hundred_changes(now()).unwrap_err().to_string(), "too few sizes are in two warehouses");
    }
}
