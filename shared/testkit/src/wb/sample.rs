//! A plausible seller, made from a seed.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::sales::NewSale;
use super::shop::{NewOrder, NewReview, Shop};
use super::things::{Product, SaleKind, Seller, Size, Stock, Warehouse};
use crate::dice::Dice;

/// How far back the history goes.
const HISTORY_DAYS: i64 = 30;

/// A kind of product: title, kind of thing, its number, category, brand, seller's article, and
/// the lowest price in roubles.
pub(super) struct Kind {
    title: &'static str,
    subject: &'static str,
    subject_id: i64,
    category: &'static str,
    brand: &'static str,
    article: &'static str,
    price: i64,
    pub(super) sizes: Sizes,
}

/// The seller's names of sizes and the Russian ones.
pub(super) type Sizes = &'static [(&'static str, &'static str)];

const LETTERS: Sizes = &[("S", "42-44"), ("M", "46"), ("L", "48-50"), ("XL", "52")];
const SHOES: Sizes = &[("38", "38"), ("39", "39"), ("40", "40"), ("41", "41"), ("42", "42")];
const ONE: Sizes = &[("0", "")];

/// Some names hold what a careless renderer breaks on: `&`, tags, quotes, an empty brand.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        title: "Футболка оверсайз <b>хлопок</b> базовая",
        subject: "Футболки",
        subject_id: 192,
        category: "Одежда",
        brand: "Mark & Co",
        article: "tee-over",
        price: 790,
        sizes: LETTERS,
    },
    Kind {
        title: "Кружка «Утро & кофе» керамика, 350 мл",
        subject: "Кружки",
        subject_id: 812,
        category: "Посуда и инвентарь",
        brand: "Тёплый дом",
        article: "cup/350",
        price: 430,
        sizes: ONE,
    },
    Kind {
        title: "Плед \"Уют\" 150×200 плюшевый",
        subject: "Пледы",
        subject_id: 567,
        category: "Текстиль для дома",
        brand: "",
        article: "pled_150х200",
        price: 1290,
        sizes: ONE,
    },
    Kind {
        title: "Кроссовки женские 'Лёгкий шаг' на платформе",
        subject: "Кроссовки",
        subject_id: 105,
        category: "Обувь",
        brand: "O'Step",
        article: "run W",
        price: 2990,
        sizes: SHOES,
    },
    Kind {
        title: "Чехол для телефона < 6.7\" силиконовый",
        subject: "Чехлы для телефонов",
        subject_id: 515,
        category: "Смартфоны и аксессуары",
        brand: "ProCase",
        article: "case#67",
        price: 320,
        sizes: ONE,
    },
    Kind {
        title: "Худи с капюшоном утеплённое",
        subject: "Худи",
        subject_id: 1724,
        category: "Одежда",
        brand: "Mark & Co",
        article: "hoodie_warm*",
        price: 2190,
        sizes: LETTERS,
    },
    Kind {
        title: "Крем для рук 75 мл",
        subject: "Кремы",
        subject_id: 379,
        category: "Красота",
        brand: "Берёзка",
        article: "крем-75",
        price: 210,
        sizes: ONE,
    },
];

const COLOURS: [&str; 6] = ["чёрный", "белый", "серый", "бежевый", "синий", "розовый"];

pub(super) const TEXTS: [&str; 6] = [
    "Спасибо, всё подошло!",
    "Цвет не как на фото <разочарована> & шов кривой",
    "Брала на подарок, дошло за 2 дня 👍",
    "Маломерит, берите на размер больше.",
    "Пришёл брак: \"дырка\" на рукаве",
    "Нормально за свои деньги\nНо ждал большего",
];

const AUTHORS: [&str; 6] = ["Анна", "Николай", "Мария К.", "Покупатель", "Ирина", "Дмитрий"];

impl Shop {
    /// A plausible seller with history over the last 30 days, the same for the same seed and time.
    /// The reports already show it. Every order and stock belongs to one of the products, so
    /// without products there is nothing else.
    #[must_use]
    pub fn sample(seed: u64, products: u32, orders: u32, reviews: u32, now: DateTime<Utc>) -> Self {
        let mut dice = Dice::new(seed);
        let mut shop = Self::new(Seller {
            id: dice.uuid(),
            oid: 1_000_000 + dice.below(9_000_000),
            name: "ИП Кружинина А. В.".to_owned(),
            tin: (100_000_000_000 + dice.below(899_999_999_999)).to_string(),
            trade_mark: "Кружка & Плед".to_owned(),
        });
        let first_nm_id = 100_000_000 + dice.below(4_000) * 100_000;
        for index in 0..i64::from(products) {
            let kind = &KINDS[usize::try_from(index).unwrap_or(0) % KINDS.len()];
            let product = product(&mut dice, kind, kind.sizes, first_nm_id + index * 37, index, now);
            shop.stock_up(&mut dice, product);
        }
        if products > 0 {
            shop.order_history(&mut dice, orders, now);
            shop.review_history(&mut dice, reviews, now);
            shop.sale_history(&mut dice, now);
        }
        shop.refresh_reports();
        shop.renew(now);
        shop
    }

    /// Most sizes are there, some are sold out, some were never supplied.
    fn stock_up(&mut self, dice: &mut Dice, product: Product) {
        for (index, size) in product.sizes.iter().enumerate() {
            let quantity = match dice.below(10) {
                0 if index > 0 => continue,
                1 if index > 0 => 0,
                _ => 5 + dice.below(60),
            };
            let [quantity, in_way_to_client, in_way_from_client] =
                [quantity, dice.below(6), dice.below(3)].map(|pieces| u32::try_from(pieces).unwrap_or(0));
            self.put_stock(size.chrt_id, Warehouse::Russia, Stock { quantity, in_way_to_client, in_way_from_client });
        }
        self.products.push(product);
    }

    fn order_history(&mut self, dice: &mut Dice, orders: u32, now: DateTime<Utc>) {
        let mut left = orders;
        while left > 0 {
            let at = some_time_ago(dice, now);
            // One basket in six holds two or three pieces.
            let count = if dice.chance(17) { 2 + u32::from(dice.chance(40)) } else { 1 }.min(left);
            let product = dice.pick(&self.products);
            let (nm_id, chrt_id) = (product.nm_id, dice.pick(&product.sizes).chrt_id);
            let stock = self.stock(chrt_id);
            let own_warehouse = stock.is_none() || dice.chance(10);
            let new = NewOrder {
                nm_id: Some(nm_id),
                chrt_id: Some(chrt_id),
                count,
                own_warehouse,
                at: Some(at),
                ..NewOrder::default()
            };
            let made = self.order(&new, now).unwrap_or_default();
            for order in made.iter().filter(|_| dice.chance(12)) {
                let cancelled_at = at + (now - at) / 2;
                self.cancel(&order.srid, cancelled_at).ok();
            }
            // Past orders have long left the stock that the sample started with.
            if let Some(stock) = stock {
                self.put_stock(chrt_id, Warehouse::Russia, stock);
            }
            left -= count;
        }
    }

    /// Most of what was ordered long enough ago was fetched, and some of it brought back.
    fn sale_history(&mut self, dice: &mut Dice, now: DateTime<Utc>) {
        let later = |dice: &mut Dice, at: DateTime<Utc>| at + TimeDelta::seconds(86_400 + dice.below(5 * 86_400));
        let open = self.orders().filter(|order| order.cancelled_at.is_none());
        let open: Vec<_> = open.map(|order| (order.srid.clone(), order.ordered_at)).collect();
        for (srid, ordered_at) in open {
            let bought_at = later(dice, ordered_at);
            if bought_at > now || dice.chance(15) {
                continue;
            }
            let new = NewSale { at: Some(bought_at), ..NewSale::default() };
            self.record_sale(SaleKind::Buyout, &srid, &new, now).ok();
            let given_back_at = later(dice, bought_at);
            if given_back_at <= now && dice.chance(8) {
                let new = NewSale { at: Some(given_back_at), ..NewSale::default() };
                self.record_sale(SaleKind::Return, &srid, &new, now).ok();
            }
        }
    }

    fn review_history(&mut self, dice: &mut Dice, reviews: u32, now: DateTime<Utc>) {
        for _ in 0..reviews {
            let worded = dice.chance(70);
            let text = if worded { *dice.pick(&TEXTS) } else { "" };
            let parent = self.reviews.last().filter(|review| worded && review.parent_id.is_none());
            let parent = parent.filter(|_| dice.chance(5)).map(|review| (review.id.clone(), review.nm_id));
            let new = NewReview {
                nm_id: Some(parent.as_ref().map_or_else(|| dice.pick(&self.products).nm_id, |(_, nm_id)| *nm_id)),
                stars: *dice.pick(&[5, 5, 5, 5, 4, 4, 3, 2, 1]),
                text: text.to_owned(),
                pros: if worded && dice.chance(30) { "Мягкий".to_owned() } else { String::new() },
                cons: if worded && dice.chance(20) { "Упаковка".to_owned() } else { String::new() },
                photos: if dice.chance(15) { 2 } else { 0 },
                author: (*dice.pick(&AUTHORS)).to_owned(),
                parent_id: parent.map(|(id, _)| id),
                at: Some(some_time_ago(dice, now)),
            };
            let answered = worded && dice.chance(60);
            if let Some(review) = self.review(&new, now).ok().filter(|_| answered) {
                self.answer(&review.id, "Спасибо за отзыв! Ждём вас снова.").ok();
            }
        }
    }
}

/// A product of a kind; `index` makes its article unique in the shop.
pub(super) fn product(
    dice: &mut Dice,
    kind: &Kind,
    sizes: Sizes,
    nm_id: i64,
    index: i64,
    now: DateTime<Utc>,
) -> Product {
    let colour = dice.pick(&COLOURS);
    let made = some_time_ago(dice, now) - TimeDelta::days(HISTORY_DAYS);
    let sizes = sizes.iter().zip(0..).map(|((tech_size, wb_size), place)| {
        let chrt_id = nm_id * 10 + place;
        Size {
            chrt_id,
            tech_size: (*tech_size).to_owned(),
            wb_size: (*wb_size).to_owned(),
            barcodes: vec![format!("2{chrt_id:012}")],
        }
    });
    Product {
        nm_id,
        imt_id: nm_id + 50_000_000,
        vendor_code: format!("{}-{}", kind.article, index + 1),
        title: format!("{}, {colour}", kind.title),
        brand: kind.brand.to_owned(),
        subject_id: kind.subject_id,
        subject: kind.subject.to_owned(),
        category: kind.category.to_owned(),
        // Every twelfth card waits for its picture, the first one never.
        photos: if index % 12 == 11 { 0 } else { 1 + u32::try_from(dice.below(5)).unwrap_or(0) },
        sizes: sizes.collect(),
        price: kind.price + dice.below(20) * 10,
        discount_percent: dice.below(7) * 10,
        created_at: made,
        updated_at: made + TimeDelta::microseconds(dice.below(86_400_000_000)),
        trashed: false,
    }
}

fn some_time_ago(dice: &mut Dice, now: DateTime<Utc>) -> DateTime<Utc> {
    (now - TimeDelta::seconds(dice.below(HISTORY_DAYS * 86_400))).trunc_subsecs(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::TimeZone;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_shop_and_another_seed_another_seller() {
        let text = |seed| serde_json::to_string(&Shop::sample(seed, 10, 50, 20, now())).unwrap();
        assert_eq!(text(1), text(1));
        assert_ne!(Shop::sample(1, 1, 0, 0, now()).seller.id, Shop::sample(2, 1, 0, 0, now()).seller.id);
    }

    #[test]
    fn the_history_is_as_long_as_asked_within_thirty_days_and_reported() {
        let shop = Shop::sample(3, 30, 500, 200, now());
        assert_eq!(shop.products().len(), 30);
        assert_eq!(shop.reported_orders().count(), 500);
        assert_eq!(shop.reviews().len(), 200);
        let month = now() - TimeDelta::days(30)..=now();
        assert!(shop.orders().all(|order| month.contains(&order.ordered_at) && month.contains(&order.changed_at)));
        assert!(shop.reviews().iter().all(|review| month.contains(&review.created_at)));
        assert_eq!(shop.orders().map(|order| &order.srid).collect::<BTreeSet<_>>().len(), 500);
        assert!(shop.orders().any(|order| order.cancelled_at.is_some()));
        assert!(shop.orders().any(|order| order.own_warehouse));
        assert!(shop.orders().map(|order| &order.g_number).collect::<BTreeSet<_>>().len() < 500);
        assert!(shop.reviews().iter().any(|review| review.parent_id.is_some()));
        let sales = |kind| shop.reported_sales().filter(move |sale| sale.kind == kind);
        assert!(sales(SaleKind::Buyout).count() > 200 && sales(SaleKind::Return).count() > 5);
        assert!(shop.sales().all(|sale| {
            let order = shop.find_order(&sale.srid).unwrap();
            order.cancelled_at.is_none() && order.ordered_at < sale.sold_at && sale.sold_at <= now()
        }));
        for awkward in ["&", "<b>", "\"", "'", "«"] {
            assert!(shop.products().iter().any(|product| product.title.contains(awkward)), "{awkward}");
        }
        assert!(shop.products().iter().any(|product| product.photos == 0));
        assert!(shop.products()[0].photos > 0);
    }
}
