//! What one seller has at WB: products, stocks, orders, sales, reviews.

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, DurationRound as _, SubsecRound as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::readings::{Snapshot, Task};
use super::reported::{Reported, Shelf};
use super::things::{
    AnswerState, CancelReason, Order, Product, Question, Review, Sale, SaleKind, Seller, Size, Stock, Warehouse,
};
use crate::dice::Dice;

/// How often WB renews the reports of orders, sales and stocks.
const REPORT_PERIOD_MINUTES: i64 = 30;

/// One basket holds at most so many pieces here: enough for a burst, and a typing error makes no
/// million orders.
const BASKET_PIECES: u32 = 1_000;

/// The highest price: beyond it there was a typing error.
const PRICE_ROUBLES: i64 = 10_000_000;

/// An order to be made. By default: one piece of a product that is in stock, at its price, from
/// WB's warehouse, now.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewOrder {
    /// The article.
    pub nm_id: Option<i64>,
    /// The size; one that is in stock by default.
    pub chrt_id: Option<i64>,
    /// Pieces in one basket, each an order of its own; 1 to 1,000.
    pub count: u32,
    /// The seller's price with their discount, whole roubles; 0 for a row that WB has not filled in.
    pub price: Option<i64>,
    /// Shipped by the seller themselves (FBS).
    pub own_warehouse: bool,
    /// The warehouse of WB that ships it; by default one that has the size.
    pub warehouse: Option<Warehouse>,
    /// The basket (`g_number`) of an earlier order, to which these pieces belong too.
    pub basket: Option<String>,
    /// Not in the report, because its payment is not confirmed (instalments), until
    /// [`Shop::reveal`]; the order feed has it at once.
    pub hidden: bool,
    /// Not in the order feed, ever: the two sources do not agree.
    pub unfed: bool,
    /// Bought by a company.
    pub b2b: bool,
    /// When it was made and last changed, for a row that comes late; now by default.
    pub at: Option<DateTime<Utc>>,
}

impl Default for NewOrder {
    fn default() -> Self {
        Self {
            nm_id: None,
            chrt_id: None,
            count: 1,
            price: None,
            own_warehouse: false,
            warehouse: None,
            basket: None,
            hidden: false,
            unfed: false,
            b2b: false,
            at: None,
        }
    }
}

/// A review to be written. By default: five stars without a word, for the first product, now.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewReview {
    /// The article.
    pub nm_id: Option<i64>,
    /// 1 to 5.
    pub stars: u8,
    /// The text.
    pub text: String,
    /// «Достоинства».
    pub pros: String,
    /// «Недостатки».
    pub cons: String,
    /// How many pictures.
    pub photos: u32,
    /// The buyer's name.
    pub author: String,
    /// The review that this one supplements.
    pub parent_id: Option<String>,
    /// When it was written; now by default.
    pub at: Option<DateTime<Utc>>,
}

impl Default for NewReview {
    fn default() -> Self {
        Self {
            nm_id: None,
            stars: 5,
            text: String::new(),
            pros: String::new(),
            cons: String::new(),
            photos: 0,
            author: "Покупатель".to_owned(),
            parent_id: None,
            at: None,
        }
    }
}

/// The shop of one seller. Its methods take the present as an argument, and the time of what
/// happened where it may be another; stocks and answers to reviews have no time at WB. The reports
/// of orders, sales and stocks show a change only after they were renewed (every 30 minutes, or by
/// [`Shop::refresh_reports`]), cards, reviews and the order feed at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shop {
    /// The owner.
    pub seller: Seller,
    pub(super) products: Vec<Product>,
    pub(super) stocks: Reported<i64, Shelf>,
    orders: Reported<String, Order>,
    /// By order and kind, of which there is one each.
    pub(super) sales: Reported<String, Sale>,
    pub(super) reviews: Vec<Review>,
    #[serde(default)]
    pub(super) questions: Vec<Question>,
    /// What the seller's own warehouse holds, by size.
    #[serde(default)]
    pub(super) own_stocks: Reported<i64, u32>,
    #[serde(default)]
    pub(super) remains_tasks: Vec<Task>,
    /// Readings of the order feed; a restart forgets them, as WB may.
    #[serde(skip)]
    pub(super) feed_snapshots: Vec<Snapshot>,
    renewed_at: DateTime<Utc>,
    made: u64,
}

impl Shop {
    /// An empty shop.
    #[must_use]
    pub fn new(seller: Seller) -> Self {
        Self {
            seller,
            products: Vec::new(),
            stocks: Reported::new(),
            orders: Reported::new(),
            sales: Reported::new(),
            reviews: Vec::new(),
            questions: Vec::new(),
            own_stocks: Reported::new(),
            remains_tasks: Vec::new(),
            feed_snapshots: Vec::new(),
            renewed_at: DateTime::UNIX_EPOCH,
            made: 0,
        }
    }

    /// The products, trashed ones included.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The orders as they are now, in no promised order; the report may not show them yet, and
    /// hidden ones not at all.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.all()
    }

    /// The reviews, in the order in which they were made.
    #[must_use]
    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }

    /// What is in stock of a size now, over all warehouses; `None` if it was never supplied.
    #[must_use]
    pub fn stock(&self, chrt_id: i64) -> Option<Stock> {
        let shelf = self.stocks.get(&chrt_id).filter(|shelf| !shelf.is_empty())?;
        Some(shelf.values().fold(Stock::default(), |sum, stock| Stock {
            quantity: sum.quantity + stock.quantity,
            in_way_to_client: sum.in_way_to_client + stock.in_way_to_client,
            in_way_from_client: sum.in_way_from_client + stock.in_way_from_client,
        }))
    }

    /// What one warehouse has of a size now; `None` if it has no row.
    #[must_use]
    pub fn stock_at(&self, chrt_id: i64, warehouse: Warehouse) -> Option<Stock> {
        self.stocks.get(&chrt_id)?.get(&warehouse).copied()
    }

    /// Adds a product without stock.
    ///
    /// # Errors
    /// The article or one of the sizes is there already, or there is no size.
    pub fn add_product(&mut self, product: Product) -> anyhow::Result<()> {
        ensure!(self.product(product.nm_id).is_err(), "product {} is there already", product.nm_id);
        ensure!(!product.sizes.is_empty(), "product {} has no size; name one \"0\"", product.nm_id);
        ensure!((0..=95).contains(&product.discount_percent), "the discount is 0 to 95 per cent");
        for size in &product.sizes {
            let taken = self.products.iter().flat_map(|other| &other.sizes).any(|other| other.chrt_id == size.chrt_id);
            ensure!(!taken, "size {} is there already", size.chrt_id);
            ensure!(!size.barcodes.is_empty(), "size {} has no barcode", size.chrt_id);
        }
        self.products.push(product);
        Ok(())
    }

    /// Changes a card: its `updated_at` moves to `now`.
    ///
    /// # Errors
    /// There is no such product.
    pub fn edit_product(
        &mut self,
        nm_id: i64,
        now: DateTime<Utc>,
        edit: impl FnOnce(&mut Product),
    ) -> anyhow::Result<()> {
        let product = self.products.iter_mut().find(|product| product.nm_id == nm_id);
        let product = product.with_context(|| format!("there is no product {nm_id}"))?;
        edit(product);
        product.updated_at = now;
        Ok(())
    }

    /// Sets what can be sold of a size (the product's only one by default) in all warehouses
    /// together: it lies in Russia then.
    ///
    /// # Errors
    /// There is no such product or size, or the size is not named and there are several.
    pub fn set_stock(&mut self, nm_id: i64, chrt_id: Option<i64>, quantity: u32) -> anyhow::Result<()> {
        let chrt_id = self.the_size(nm_id, chrt_id)?;
        let mut shelf = self.shelf(chrt_id);
        shelf.entry(Warehouse::Russia).or_default();
        for (warehouse, stock) in &mut shelf {
            stock.quantity = if *warehouse == Warehouse::Russia { quantity } else { 0 };
        }
        self.stocks.put(chrt_id, shelf);
        Ok(())
    }

    /// Sets what one warehouse has of a size, what is on the way included.
    ///
    /// # Errors
    /// There is no such size.
    pub fn set_stock_at(&mut self, chrt_id: i64, warehouse: Warehouse, stock: Stock) -> anyhow::Result<()> {
        self.owner(chrt_id)?;
        self.put_stock(chrt_id, warehouse, stock);
        Ok(())
    }

    /// Takes a size out of the report, as if it had never been supplied.
    ///
    /// # Errors
    /// There is no such size.
    pub fn remove_stock(&mut self, chrt_id: i64) -> anyhow::Result<()> {
        self.owner(chrt_id)?;
        self.stocks.put(chrt_id, Shelf::new());
        Ok(())
    }

    /// Sets what the seller's own warehouse has of a size (the product's only one by default).
    ///
    /// # Errors
    /// There is no such product or size, or the size is not named and there are several.
    pub fn set_own_stock(&mut self, nm_id: i64, chrt_id: Option<i64>, quantity: u32) -> anyhow::Result<()> {
        let chrt_id = self.the_size(nm_id, chrt_id)?;
        self.own_stocks.put(chrt_id, quantity);
        Ok(())
    }

    /// What the seller's own warehouse has of a size now; `None` if it never had any.
    #[must_use]
    pub fn own_stock(&self, chrt_id: i64) -> Option<u32> {
        self.own_stocks.get(&chrt_id).copied()
    }

    /// Moves pieces of a size from one warehouse to another, which is no event for the seller.
    ///
    /// # Errors
    /// The first warehouse has fewer pieces.
    pub fn transfer(&mut self, chrt_id: i64, from: Warehouse, to: Warehouse, pieces: u32) -> anyhow::Result<()> {
        let mut shelf = self.shelf(chrt_id);
        let there = shelf.get_mut(&from).filter(|stock| stock.quantity >= pieces);
        there.with_context(|| format!("size {chrt_id} has no {pieces} pieces in {from:?}"))?.quantity -= pieces;
        shelf.entry(to).or_default().quantity += pieces;
        self.stocks.put(chrt_id, shelf);
        Ok(())
    }

    /// Makes the orders of one basket. Stock at WB's warehouse goes on its way to the buyer.
    ///
    /// # Errors
    /// There is no such product or size, or the count or the price is out of range.
    pub fn order(&mut self, new: &NewOrder, now: DateTime<Utc>) -> anyhow::Result<Vec<Order>> {
        ensure!((1..=BASKET_PIECES).contains(&new.count), "count is 1 to {BASKET_PIECES}");
        check_price(new.price.unwrap_or(0))?;
        let (nm_id, chrt_id) = self.choose(new)?;
        let product = self.product(nm_id)?;
        let (roubles, discount_percent) = (new.price.unwrap_or(product.price), product.discount_percent);
        let mut dice = self.dice();
        let at = new.at.unwrap_or(now).trunc_subsecs(0);
        let fresh_basket = (10_u64.pow(18) + dice.next() % (8 * 10_u64.pow(18))).to_string();
        let g_number = new.basket.clone().unwrap_or(fresh_basket);
        let destination = dice.pick(&DESTINATIONS).map(str::to_owned);
        let mut orders = Vec::new();
        for piece in 0..new.count {
            let warehouse = new.warehouse.unwrap_or_else(|| self.warehouse_with(chrt_id));
            let mut order = Order {
                srid: srid(&mut dice, piece),
                g_number: g_number.clone(),
                ordered_at: at,
                changed_at: at,
                cancelled_at: None,
                cancel_reason: CancelReason::default(),
                b2b: new.b2b,
                nm_id,
                chrt_id,
                own_warehouse: new.own_warehouse,
                warehouse,
                hidden: new.hidden,
                unfed: new.unfed,
                destination: destination.clone(),
                income_id: if new.own_warehouse { 0 } else { 20_000_000 + dice.below(9_000_000) },
                sticker: (20_000_000_000 + dice.below(9_000_000_000)).to_string(),
                full_price: 0,
                discount_percent,
                seller_price: 0,
                spp: 15 + dice.below(16),
                buyer_price: 0,
            };
            fill_prices(&mut order, roubles);
            if !order.own_warehouse {
                let stock = self.stock_at(chrt_id, warehouse).unwrap_or_default();
                let quantity = stock.quantity.saturating_sub(1);
                let in_way_to_client = stock.in_way_to_client + 1;
                self.put_stock(chrt_id, warehouse, Stock { quantity, in_way_to_client, ..stock });
            }
            self.orders.put(order.srid.clone(), order.clone());
            orders.push(order);
        }
        Ok(orders)
    }

    /// Cancels an order now: see [`Shop::cancel_at`].
    ///
    /// # Errors
    /// There is no such order, or it is cancelled or bought out already.
    pub fn cancel(&mut self, srid: &str, now: DateTime<Utc>) -> anyhow::Result<Order> {
        self.cancel_at(srid, now, now)
    }

    /// Cancels an order: its row changes `now` and says that it was cancelled `at`, its piece turns
    /// back to the warehouse.
    ///
    /// # Errors
    /// There is no such order, or it is cancelled or bought out already.
    pub fn cancel_at(&mut self, srid: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> anyhow::Result<Order> {
        self.cancel_because(srid, CancelReason::default(), at, now)
    }

    /// The same for a reason of its own, which the order feed tells.
    ///
    /// # Errors
    /// There is no such order, or it is cancelled or bought out already.
    pub fn cancel_because(
        &mut self,
        srid: &str,
        reason: CancelReason,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Order> {
        let mut order = self.find_order(srid)?;
        ensure!(order.cancelled_at.is_none(), "order {srid} is cancelled already");
        ensure!(self.sale(srid, SaleKind::Buyout).is_none(), "order {srid} is bought out already");
        order.changed_at = now.trunc_subsecs(0);
        order.cancelled_at = Some(at.trunc_subsecs(0));
        order.cancel_reason = reason;
        if !order.own_warehouse {
            let stock = self.stock_at(order.chrt_id, order.warehouse).unwrap_or_default();
            let in_way_to_client = stock.in_way_to_client.saturating_sub(1);
            let in_way_from_client = stock.in_way_from_client + 1;
            self.put_stock(order.chrt_id, order.warehouse, Stock { in_way_to_client, in_way_from_client, ..stock });
        }
        self.orders.put(order.srid.clone(), order.clone());
        Ok(order)
    }

    /// Lets the report show a hidden order, as its payment is confirmed: its row changes now.
    ///
    /// # Errors
    /// There is no such order, or it is not hidden.
    pub fn reveal(&mut self, srid: &str, now: DateTime<Utc>) -> anyhow::Result<Order> {
        let mut order = self.find_order(srid)?;
        ensure!(order.hidden, "order {srid} is not hidden");
        order.hidden = false;
        order.changed_at = now.trunc_subsecs(0);
        self.orders.put(order.srid.clone(), order.clone());
        Ok(order)
    }

    /// Corrects the price of an order (the seller's with their discount, whole roubles; 0 takes it
    /// away): its row changes, which is no event for the seller.
    ///
    /// # Errors
    /// There is no such order, or the price is out of range.
    pub fn correct_price(&mut self, srid: &str, roubles: i64, now: DateTime<Utc>) -> anyhow::Result<Order> {
        check_price(roubles)?;
        let mut order = self.find_order(srid)?;
        order.changed_at = now.trunc_subsecs(0);
        fill_prices(&mut order, roubles);
        self.orders.put(order.srid.clone(), order.clone());
        Ok(order)
    }

    /// Writes a review.
    ///
    /// # Errors
    /// There is no such product or no such review to supplement, or the stars are not 1 to 5.
    pub fn review(&mut self, new: &NewReview, now: DateTime<Utc>) -> anyhow::Result<Review> {
        ensure!((1..=5).contains(&new.stars), "stars are 1 to 5");
        let product = match new.nm_id {
            Some(nm_id) => self.product(nm_id)?,
            None => self.products.first().context("the shop has no product")?,
        };
        if let Some(parent) = &new.parent_id {
            ensure!(self.reviews.iter().any(|review| review.id == *parent), "there is no review {parent}");
        }
        let (nm_id, sizes) = (product.nm_id, product.sizes.clone());
        let mut dice = self.dice();
        let review = Review {
            id: opaque_id(&mut dice),
            nm_id,
            tech_size: dice.pick(&sizes).tech_size.clone(),
            created_at: new.at.unwrap_or(now).trunc_subsecs(0),
            stars: new.stars,
            text: new.text.clone(),
            pros: new.pros.clone(),
            cons: new.cons.clone(),
            photos: new.photos,
            author: new.author.clone(),
            answer: None,
            answer_state: AnswerState::default(),
            parent_id: new.parent_id.clone(),
        };
        self.reviews.push(review.clone());
        Ok(review)
    }

    /// The seller answers a review at WB's portal, and WB shows it at once.
    ///
    /// # Errors
    /// There is no such review.
    pub fn answer(&mut self, review_id: &str, text: &str) -> anyhow::Result<()> {
        let review = self.reviews.iter_mut().find(|review| review.id == review_id);
        let review = review.with_context(|| format!("there is no review {review_id}"))?;
        review.answer = Some(text.to_owned());
        review.answer_state = AnswerState::Published;
        Ok(())
    }

    /// The rows of sales as they are now, in no promised order; the report may not show them yet.
    pub fn sales(&self) -> impl Iterator<Item = &Sale> {
        self.sales.all()
    }

    /// The row of this kind for an order.
    #[must_use]
    pub fn sale(&self, srid: &str, kind: SaleKind) -> Option<&Sale> {
        self.sales.get(&sale_key(srid, kind))
    }

    /// Makes the reports of orders, sales and stocks current at once.
    pub fn refresh_reports(&mut self) {
        self.orders.renew();
        self.sales.renew();
        self.stocks.renew();
        self.own_stocks.renew();
    }

    /// Renews the reports if their time has come. It must run before every look at the shop and
    /// every change of it: then a report holds what was true on the half hour.
    pub(super) fn renew(&mut self, now: DateTime<Utc>) {
        let half_hour = now.duration_trunc(TimeDelta::minutes(REPORT_PERIOD_MINUTES)).unwrap_or(now);
        if self.renewed_at < half_hour {
            self.renewed_at = half_hour;
            self.refresh_reports();
        }
    }

    /// The orders as the report shows them.
    pub(super) fn reported_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.shown().filter(|order| !order.hidden)
    }

    /// The stocks as the report shows them, with the size and the warehouse.
    pub(super) fn reported_stocks(&self) -> impl Iterator<Item = (i64, Warehouse, Stock)> {
        self.stocks
            .shown_with_keys()
            .flat_map(|(chrt_id, shelf)| shelf.iter().map(|(warehouse, stock)| (*chrt_id, *warehouse, *stock)))
    }

    /// The product of an article.
    ///
    /// # Errors
    /// There is none.
    pub fn product(&self, nm_id: i64) -> anyhow::Result<&Product> {
        let product = self.products.iter().find(|product| product.nm_id == nm_id);
        product.with_context(|| format!("there is no product {nm_id}"))
    }

    /// An order as it is now, hidden ones included.
    ///
    /// # Errors
    /// There is none.
    pub fn find_order(&self, srid: &str) -> anyhow::Result<Order> {
        self.orders.get(&srid.to_owned()).cloned().with_context(|| format!("there is no order {srid}"))
    }

    pub(super) fn put_stock(&mut self, chrt_id: i64, warehouse: Warehouse, stock: Stock) {
        let mut shelf = self.shelf(chrt_id);
        shelf.insert(warehouse, stock);
        self.stocks.put(chrt_id, shelf);
    }

    fn shelf(&self, chrt_id: i64) -> Shelf {
        self.stocks.get(&chrt_id).cloned().unwrap_or_default()
    }

    /// A warehouse that can sell a size, or else the one that would.
    fn warehouse_with(&self, chrt_id: i64) -> Warehouse {
        let shelf = self.stocks.get(&chrt_id).into_iter().flatten();
        let mut stocked = shelf.filter(|(_, stock)| stock.quantity > 0);
        stocked.next().map_or(Warehouse::Russia, |(warehouse, _)| *warehouse)
    }

    /// The size that is meant: the product's only one by default.
    pub(super) fn the_size(&self, nm_id: i64, chrt_id: Option<i64>) -> anyhow::Result<i64> {
        let product = self.product(nm_id)?;
        match (chrt_id, product.sizes.as_slice()) {
            (Some(chrt_id), _) => Ok(size_of(product, chrt_id)?.chrt_id),
            (None, [only]) => Ok(only.chrt_id),
            (None, sizes) => {
                let sizes: Vec<_> = sizes.iter().map(|size| format!("{} ({})", size.chrt_id, size.tech_size)).collect();
                bail!("product {nm_id} has {} sizes, name one by chrt_id: {}", sizes.len(), sizes.join(", "));
            }
        }
    }

    /// The product that has a size.
    fn owner(&self, chrt_id: i64) -> anyhow::Result<&Product> {
        let owner = self.products.iter().find(|product| size_of(product, chrt_id).is_ok());
        owner.with_context(|| format!("there is no size {chrt_id}"))
    }

    /// The product and size of a new order.
    fn choose(&self, new: &NewOrder) -> anyhow::Result<(i64, i64)> {
        let in_stock = |size: &Size| self.stock(size.chrt_id).is_some_and(|stock| stock.quantity > 0);
        let product = match (new.nm_id, new.chrt_id) {
            (Some(nm_id), _) => self.product(nm_id)?,
            (None, Some(chrt_id)) => self.owner(chrt_id)?,
            (None, None) => {
                let wanted: Vec<_> = self.products.iter().filter(|p| p.sizes.iter().any(in_stock)).collect();
                ensure!(!wanted.is_empty(), "nothing is in stock; name a product by nm_id");
                *self.peek_dice().pick(&wanted)
            }
        };
        let size = match new.chrt_id {
            Some(chrt_id) => size_of(product, chrt_id)?,
            None => product.sizes.iter().find(|size| in_stock(size)).unwrap_or(&product.sizes[0]),
        };
        Ok((product.nm_id, size.chrt_id))
    }

    /// Fresh numbers for the next thing that is made; different in every shop.
    pub(super) fn dice(&mut self) -> Dice {
        self.made += 1;
        self.peek_dice()
    }

    /// How many things were made so far: a number that is never given twice in a shop.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    fn peek_dice(&self) -> Dice {
        Dice::new(self.seller.id.as_u64_pair().1 ^ self.made << 24)
    }
}

fn size_of(product: &Product, chrt_id: i64) -> anyhow::Result<&Size> {
    let size = product.sizes.iter().find(|size| size.chrt_id == chrt_id);
    size.with_context(|| format!("product {} has no size {chrt_id}", product.nm_id))
}

/// An order has one row of each kind.
pub(super) fn sale_key(srid: &str, kind: SaleKind) -> String {
    format!("{srid}/{}", kind.letter())
}

pub(super) fn check_price(roubles: i64) -> anyhow::Result<()> {
    ensure!((0..=PRICE_ROUBLES).contains(&roubles), "price is 0 to {PRICE_ROUBLES} roubles");
    Ok(())
}

/// WB's prices follow from the seller's: before their discount, and after WB's own.
fn fill_prices(order: &mut Order, roubles: i64) {
    order.seller_price = roubles * 100;
    order.full_price = roubles * 100 / (100 - order.discount_percent).max(1) * 100;
    order.buyer_price = order.seller_price * (100 - order.spp) / 100;
}

/// An order id in one of the forms that WB uses.
fn srid(dice: &mut Dice, piece: u32) -> String {
    if dice.chance(50) {
        format!("{}.r{:032x}.{piece}.0", 10 + dice.below(40), u128::from_be_bytes(dice.bytes()))
    } else {
        format!("{}.{piece}.0", 10_u64.pow(18) + dice.next() % (8 * 10_u64.pow(18)))
    }
}

/// The id of a review or a question.
pub(super) fn opaque_id(dice: &mut Dice) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const ID_LETTERS: usize = 20;
    (0..ID_LETTERS).map(|_| char::from(*dice.pick(LETTERS))).collect()
}

/// Country, federal district, region, as WB writes them.
const DESTINATIONS: [[&str; 3]; 10] = [
    ["Россия", "Центральный федеральный округ", "Московская"],
    ["Россия", "Центральный федеральный округ", "Москва"],
    ["Россия", "Северо-Западный федеральный округ", "Санкт-Петербург"],
    ["Россия", "Южный федеральный округ", "Краснодарский край"],
    ["Россия", "Приволжский федеральный округ", "Республика Татарстан"],
    ["Россия", "Уральский федеральный округ", "Свердловская"],
    ["Россия", "Сибирский федеральный округ", "Новосибирская"],
    ["Беларусь", "", "Минская"],
    ["Казахстан", "", "Алматы"],
    ["Россия", "", ""],
];

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 10, 0).unwrap()
    }

    fn shop() -> Shop {
        Shop::sample(7, 5, 0, 0, start())
    }

    fn reported(shop: &Shop) -> usize {
        shop.reported_orders().count()
    }

    #[test]
    fn a_report_holds_what_was_true_on_the_half_hour() {
        let mut shop = shop();
        shop.renew(start());
        shop.order(&NewOrder::default(), start()).unwrap();
        shop.renew(start() + TimeDelta::minutes(19));
        assert_eq!(reported(&shop), 0);
        // 9:35: the first look after the half hour shows the old order, not the one made just now.
        let later = start() + TimeDelta::minutes(25);
        shop.renew(later);
        shop.order(&NewOrder::default(), later).unwrap();
        shop.renew(later);
        assert_eq!(reported(&shop), 1);
        assert_eq!(shop.orders().count(), 2);
        shop.refresh_reports();
        assert_eq!(reported(&shop), 2);
    }

    #[test]
    fn an_order_and_its_cancellation_move_the_stock() {
        let mut shop = shop();
        let product = shop.products()[0].clone();
        let chrt_id = product.sizes[0].chrt_id;
        shop.set_stock(product.nm_id, Some(chrt_id), 3).unwrap();
        let before = shop.stock(chrt_id).unwrap();
        let new = NewOrder { nm_id: Some(product.nm_id), chrt_id: Some(chrt_id), count: 2, ..NewOrder::default() };
        let orders = shop.order(&new, start()).unwrap();
        assert_eq!(orders[0].g_number, orders[1].g_number);
        assert_ne!(orders[0].srid, orders[1].srid);
        let sold = shop.stock(chrt_id).unwrap();
        assert_eq!((sold.quantity, sold.in_way_to_client), (1, before.in_way_to_client + 2));

        shop.cancel(&orders[0].srid, start()).unwrap();
        let back = shop.stock(chrt_id).unwrap();
        assert_eq!(back.in_way_to_client, before.in_way_to_client + 1);
        assert_eq!(back.in_way_from_client, before.in_way_from_client + 1);
        assert!(shop.cancel(&orders[0].srid, start()).is_err());
    }

    #[test]
    fn a_stock_may_lie_in_two_warehouses_and_move_between_them() {
        use Warehouse::{Astana, Russia};
        let mut shop = shop();
        let product = shop.products()[0].clone();
        let chrt_id = product.sizes[0].chrt_id;
        shop.set_stock_at(chrt_id, Russia, Stock { quantity: 3, ..Stock::default() }).unwrap();
        shop.set_stock_at(chrt_id, Astana, Stock { quantity: 1, in_way_to_client: 2, ..Stock::default() }).unwrap();
        let total = |shop: &Shop| shop.stock(chrt_id).unwrap().quantity;
        let at = |shop: &Shop, warehouse| shop.stock_at(chrt_id, warehouse).unwrap().quantity;
        assert_eq!((total(&shop), shop.stock(chrt_id).unwrap().in_way_to_client), (4, 2));

        shop.transfer(chrt_id, Russia, Astana, 3).unwrap();
        assert_eq!((at(&shop, Russia), at(&shop, Astana), total(&shop)), (0, 4, 4));
        assert!(shop.transfer(chrt_id, Russia, Astana, 1).is_err());

        // The piece comes from where there is one, and turns back to there.
        let new = NewOrder { chrt_id: Some(chrt_id), ..NewOrder::default() };
        let order = shop.order(&new, start()).unwrap().remove(0);
        assert_eq!((order.warehouse, at(&shop, Astana)), (Astana, 3));
        shop.cancel(&order.srid, start()).unwrap();
        assert_eq!(shop.stock_at(chrt_id, Astana).unwrap().in_way_from_client, 1);

        shop.set_stock(product.nm_id, Some(chrt_id), 2).unwrap();
        assert_eq!((at(&shop, Russia), at(&shop, Astana)), (2, 0));
        shop.remove_stock(chrt_id).unwrap();
        assert_eq!(shop.stock(chrt_id), None);
        shop.refresh_reports();
        assert!(shop.reported_stocks().all(|(reported, ..)| reported != chrt_id));
        assert!(shop.set_stock_at(1, Russia, Stock::default()).is_err());
    }

    #[test]
    fn an_order_may_join_a_basket_and_be_hidden_until_it_is_paid() {
        let mut shop = shop();
        let first = shop.order(&NewOrder::default(), start()).unwrap().remove(0);
        let new = NewOrder { basket: Some(first.g_number.clone()), hidden: true, ..NewOrder::default() };
        let second = shop.order(&new, start()).unwrap().remove(0);
        assert_eq!((&second.g_number, second.srid == first.srid), (&first.g_number, false));
        shop.refresh_reports();
        assert_eq!(reported(&shop), 1);
        let revealed = shop.reveal(&second.srid, start() + TimeDelta::hours(5)).unwrap();
        assert_eq!((revealed.ordered_at, revealed.changed_at), (start(), start() + TimeDelta::hours(5)));
        shop.refresh_reports();
        assert_eq!(reported(&shop), 2);
        assert!(shop.reveal(&second.srid, start()).is_err());
    }

    #[test]
    fn a_cancellation_may_be_older_than_the_change_of_its_row() {
        let mut shop = shop();
        let order = shop.order(&NewOrder::default(), start()).unwrap().remove(0);
        let (at, now) = (start() + TimeDelta::hours(1), start() + TimeDelta::hours(9));
        let cancelled = shop.cancel_at(&order.srid, at, now).unwrap();
        assert_eq!((cancelled.cancelled_at, cancelled.changed_at), (Some(at), now));
    }

    #[test]
    fn what_does_not_exist_is_refused_in_words() {
        let mut shop = shop();
        let refusal = |result: anyhow::Result<Vec<Order>>| result.unwrap_err().to_string();
        let of = |nm_id, chrt_id| NewOrder { nm_id, chrt_id, ..NewOrder::default() };
        assert_eq!(refusal(shop.order(&of(Some(1), None), start())), "there is no product 1");
        assert_eq!(refusal(shop.order(&of(None, Some(1)), start())), "there is no size 1");
        let none = NewOrder { count: 0, ..NewOrder::default() };
        assert_eq!(refusal(shop.order(&none, start())), "count is 1 to 1000");
        assert_eq!(shop.cancel("x", start()).unwrap_err().to_string(), "there is no order x");
        let six_stars = NewReview { stars: 6, ..NewReview::default() };
        assert_eq!(shop.review(&six_stars, start()).unwrap_err().to_string(), "stars are 1 to 5");
        let sized = shop.products().iter().find(|product| product.sizes.len() > 1).unwrap().nm_id;
        assert!(shop.set_stock(sized, None, 1).unwrap_err().to_string().contains("name one by chrt_id"));
        let first = shop.products()[0].clone();
        assert!(shop.add_product(first).is_err());
    }

    #[test]
    fn only_what_could_be_answered_and_is_not_is_unprocessed() {
        let mut shop = shop();
        let mut processed = |new: NewReview| shop.review(&new, start()).unwrap().is_processed();
        assert!(processed(NewReview::default()));
        assert!(!processed(NewReview { text: "Мало".to_owned(), ..NewReview::default() }));
        assert!(!processed(NewReview { cons: "Нет".to_owned(), ..NewReview::default() }));
        assert!(!processed(NewReview { photos: 1, ..NewReview::default() }));
        let worded = shop.reviews()[1].id.clone();
        shop.answer(&worded, "Спасибо!").unwrap();
        assert!(shop.reviews()[1].is_processed());
    }
}
