//! Whatever WB sends, in whatever length: Telegram takes the message, and no line of it is cut.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use chrono::{TimeZone, Utc};
use domain::{
    Barcode, ChrtId, FeedFacts, Language, NmId, NotificationId, Order, Photo, Review, ReviewId, Rubles, Sale, SaleId,
    SaleKind, Size, Srid, Supply,
    facts::StockFall,
    figures::{BuyoutRate, DayPlace, ProductFigures, Rating, StockDays, Windows},
};
use messages::{CAPTION_MAX_CHARS, Detail, Message, ProductFacts, TEXT_MAX_CHARS};
use rust_decimal::Decimal;
use testkit::telegram::html;
use url::Url;

/// Messages of each kind, odder with each seed.
const SEEDS: u64 = 60;
/// What a value may be made of.
const LETTERS: [&str; 14] = ["<", ">", "&", "\"", "\n", " ", " ", "я", "Ж", "🛒", "7", ";", "</b>", "&amp;"];

/// The same seed, the same message.
struct Dice(testkit::dice::Dice);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0.next() % sides
    }

    fn number(&mut self, sides: u64) -> i64 {
        i64::try_from(self.roll(sides)).unwrap()
    }

    fn is(&mut self) -> bool {
        self.roll(2) == 0
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(4) > 0).then(|| value(self))
    }

    /// A text that is short mostly, and sometimes absurd.
    fn text(&mut self, longest: u64) -> String {
        let sides = if self.roll(3) == 0 { longest } else { 30 };
        let length = self.roll(sides + 1);
        (0..length).map(|_| LETTERS[usize::try_from(self.roll(14)).unwrap()]).collect()
    }

    fn money(&mut self) -> Rubles {
        Rubles(
            [Decimal::MAX, Decimal::MIN, Decimal::new(129_050, 2), Decimal::ZERO, Decimal::NEGATIVE_ONE]
                [usize::try_from(self.roll(5)).unwrap()],
        )
    }

    fn windows(&mut self) -> Windows {
        Windows { week: self.number(10), fortnight: self.number(1_000), month: self.number(u64::MAX / 2) }
    }

    fn figures(&mut self) -> ProductFigures {
        ProductFigures {
            orders: self.maybe(Self::windows),
            buyouts: self.maybe(Self::windows),
            buyout_rate: self.maybe(|dice| {
                if dice.is() { BuyoutRate::TooFew } else { BuyoutRate::Percent(u8::try_from(dice.roll(101)).unwrap()) }
            }),
            rating: self
                .maybe(|dice| Rating { mean: Decimal::new(dice.number(41) + 10, 1), reviews: dice.number(1 << 40) }),
            stock_days: self
                .maybe(|dice| if dice.is() { StockDays::NoOrders } else { StockDays::Days(dice.number(1 << 40)) }),
            to_client: self.maybe(|dice| dice.number(1 << 40)),
            from_client: self.maybe(|dice| dice.number(1 << 40)),
        }
    }

    fn order(&mut self) -> Order {
        let at = Utc.timestamp_opt(self.number(4_000_000_000), 0).unwrap();
        Order {
            srid: Srid(format!("{}|", self.text(200))),
            basket: self.maybe(|dice| dice.text(200)),
            ordered_at: at,
            changed_at: at,
            cancelled_at: self.maybe(|_| at),
            is_cancelled: self.is(),
            nm_id: NmId(self.number(u64::MAX / 2)),
            supplier_article: self.maybe(|dice| dice.text(500)),
            barcode: self.maybe(|dice| Barcode(dice.text(300))),
            size: self.maybe(|dice| dice.text(300)),
            brand: self.maybe(|dice| dice.text(300)),
            subject: self.maybe(|dice| dice.text(500)),
            supply: self.maybe(|dice| if dice.is() { Supply::Fbo } else { Supply::Fbs }),
            warehouse: self.maybe(|dice| dice.text(300)),
            region: self.maybe(|dice| dice.text(300)),
            full_price: self.maybe(Self::money),
            seller_price: self.maybe(Self::money),
            buyer_price: self.maybe(Self::money),
            wb_discount_percent: self.maybe(Self::money),
            feed: FeedFacts::default(),
        }
    }

    fn sale(&mut self, kind: SaleKind) -> Sale {
        let order = self.order();
        Sale {
            sale_id: SaleId(self.text(100)),
            kind,
            srid: order.srid,
            sold_at: order.ordered_at,
            changed_at: order.changed_at,
            nm_id: order.nm_id,
            supplier_article: order.supplier_article,
            barcode: order.barcode,
            size: order.size,
            subject: order.subject,
            supply: order.supply,
            warehouse: order.warehouse,
            region: order.region,
            seller_price: order.seller_price,
            buyer_price: order.buyer_price,
            for_pay: self.maybe(Self::money),
            feed: FeedFacts::default(),
        }
    }

    fn review(&mut self) -> Review {
        Review {
            id: ReviewId(self.text(200)),
            nm_id: NmId(self.number(u64::MAX / 2)),
            created_at: Utc.timestamp_opt(self.number(4_000_000_000), 0).unwrap(),
            stars: i16::try_from(self.roll(5)).unwrap() + 1,
            pros: self.maybe(|dice| dice.text(4_000)),
            cons: self.maybe(|dice| dice.text(4_000)),
            text: self.maybe(|dice| dice.text(4_000)),
            author: self.maybe(|dice| dice.text(300)),
            answer: self.maybe(|dice| dice.text(4_000)),
            is_processed: self.is(),
            parent_id: self.maybe(|dice| ReviewId(dice.text(20))),
            photos: vec![url(); usize::try_from(self.roll(6)).unwrap()],
        }
    }
}

fn url() -> Url {
    Url::parse("https://basket-12.wbbasket.ru/vol1681/1.webp").unwrap()
}

/// Judges a message as Telegram does; gives its text.
fn judged(message: &Message) -> String {
    let parsed = html::parse(&message.html).unwrap_or_else(|error| panic!("{error}: {}", message.html));
    let max_chars = if message.photo.is_some() { CAPTION_MAX_CHARS } else { TEXT_MAX_CHARS };
    assert!((1..=max_chars).contains(&parsed.length()), "{}: {}", parsed.length(), parsed.text);
    assert_eq!(parsed.dropped_entities, 0);
    assert!(!parsed.text.contains("\n\n\n"), "{}", parsed.text);
    for button in message.keyboard.rows.iter().flatten() {
        assert!(!button.label.is_empty() && button.label.chars().count() <= 20, "{}", button.label);
    }
    parsed.text
}

/// Each kind of message as this seed makes it.
fn messages(seed: u64, language: Language, detail: Detail) -> Vec<Message> {
    let dice = &mut Dice(testkit::dice::Dice::new(seed));
    let (title, article, cabinet) =
        (dice.maybe(|dice| dice.text(1_000)), dice.maybe(|dice| dice.text(500)), dice.maybe(|dice| dice.text(500)));
    let photo = dice.maybe(|_| Photo(url()));
    let sizes = dice.roll(40);
    let sizes: Vec<Size> = (0..i64::try_from(sizes).unwrap())
        .map(|chrt_id| Size { chrt_id: ChrtId(chrt_id), name: dice.maybe(|dice| dice.text(100)), barcodes: vec![] })
        .collect();
    let stocks = dice.maybe(|dice| sizes.iter().map(|size| (size.chrt_id.0, dice.number(9))).collect::<Vec<_>>());
    let facts = ProductFacts {
        title: title.as_deref(),
        article: article.as_deref(),
        photo: photo.as_ref(),
        sizes: &sizes,
        stocks: stocks.as_deref(),
        hides_sellers: dice.number(2) == 0,
        figures: dice.figures(),
        cabinet: cabinet.as_deref(),
        row: NotificationId(i64::MIN),
        detail,
    };
    let order = dice.order();
    let place =
        dice.maybe(|dice| DayPlace { number: dice.number(1 << 40), sum: dice.money(), without_price: dice.number(9) });
    let nm_id = NmId(7);
    let falls: Vec<StockFall> = (0..=dice.number(50))
        .map(|chrt_id| StockFall {
            nm_id,
            chrt_id: ChrtId(chrt_id),
            threshold: 2,
            remainder: dice.number(3),
            in_way_to_client: dice.number(1 << 40),
            in_way_from_client: dice.number(2),
        })
        .collect();
    vec![
        messages::new_order(language, &order, place, order.ordered_at, facts),
        messages::order_cancellation(language, &order, facts),
        messages::order_buyout(language, &dice.sale(SaleKind::Buyout), facts),
        messages::order_return(language, &dice.sale(SaleKind::Return), facts),
        messages::negative_review(language, &dice.review(), facts),
        messages::critical_stock(language, nm_id, &falls, facts),
    ]
}

#[test]
fn telegram_takes_whatever_is_told_in_both_languages() {
    for seed in 0..SEEDS {
        for language in Language::ALL {
            for detail in [Detail::Folded, Detail::Full] {
                for message in messages(seed, language, detail) {
                    judged(&message);
                }
            }
        }
    }
}

/// Every line of a folded message stands in the card as well, as it is or as the beginning of a
/// longer one: a line is shortened with «…» at a value, or folded into «ещё N», and never cut.
#[test]
fn no_line_is_cut() {
    for seed in 0..SEEDS {
        let folded = messages(seed, Language::Ru, Detail::Folded);
        let full = messages(seed, Language::Ru, Detail::Full);
        for (folded, full) in folded.iter().zip(&full) {
            let (folded, full) = (judged(folded), judged(full));
            for line in folded.lines() {
                let is_folded = line.contains('…') || line.contains("ещё ") || line.starts_with("Ещё размеров: ");
                // The place in its day names the day on the card.
                let is_place = line.starts_with("Заказ №");
                assert!(is_folded || is_place || full.lines().any(|other| other == line), "{line}\n—\n{full}");
            }
        }
    }
}

#[test]
fn a_shop_of_ordinary_length_folds_nothing() {
    let sizes: Vec<Size> = ["XS", "S", "M", "L", "XL", "2XL", "3XL", "4XL", "5XL", "6XL", "7XL", "8XL"]
        .iter()
        .zip(1..)
        .map(|(name, chrt_id)| Size { chrt_id: ChrtId(chrt_id), name: Some((*name).into()), barcodes: vec![] })
        .collect();
    let stocks: Vec<(i64, i64)> = (1..=12).map(|chrt_id| (chrt_id, chrt_id * 7 % 40)).collect();
    let photo = Photo(url());
    let windows = Windows { week: 25, fortnight: 51, month: 124 };
    let facts = ProductFacts {
        title: Some("Платье летнее женское миди с поясом и разрезом, вискоза"),
        photo: Some(&photo),
        sizes: &sizes,
        stocks: Some(&stocks),
        figures: ProductFigures {
            orders: Some(windows),
            buyouts: Some(windows),
            buyout_rate: Some(BuyoutRate::Percent(42)),
            rating: Some(Rating { mean: Decimal::new(48, 1), reviews: 1_204 }),
            stock_days: Some(StockDays::Days(33)),
            to_client: None,
            from_client: None,
        },
        cabinet: Some("ИП Константинопольская А. В."),
        ..ProductFacts::default()
    };
    let at = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
    let order = Order {
        srid: Srid("d1.r0123456789abcdef0123456789abcdef.0.0".into()),
        basket: None,
        ordered_at: at,
        changed_at: at,
        cancelled_at: None,
        is_cancelled: false,
        nm_id: NmId(168_120_815),
        supplier_article: Some("PLATE-MIDI-2026/зелёный".into()),
        barcode: Some(Barcode("2038893425123".into())),
        size: Some("M".into()),
        brand: None,
        subject: None,
        supply: Some(Supply::Fbs),
        warehouse: Some("Склад на Тульской".into()),
        region: Some("Ханты-Мансийский автономный округ".into()),
        full_price: None,
        seller_price: Rubles::filled_in(Decimal::new(4_290, 0)),
        buyer_price: Rubles::filled_in(Decimal::new(3_174, 0)),
        wb_discount_percent: Rubles::filled_in(Decimal::new(26, 0)),
        feed: FeedFacts::default(),
    };
    let place = DayPlace { number: 148, sum: Rubles(Decimal::new(218_450, 0)), without_price: 0 };
    for language in Language::ALL {
        let told = judged(&messages::new_order(language, &order, Some(place), at, facts));
        assert!(told.contains("7/14/30") && told.contains("8XL") && !told.contains('…'), "{told}");
    }
}
