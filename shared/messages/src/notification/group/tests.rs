use chrono::{TimeDelta, TimeZone};
use domain::{ChrtId, ReviewId, Size};

use super::*;
use crate::tests::{both, shown};

fn at(minute: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 6, 0, 0).unwrap() + TimeDelta::minutes(minute)
}

fn row(n: i64) -> GroupRow {
    GroupRow {
        at: at(n),
        title: Some(format!("Кружка & блюдце {}", n % 4)),
        article: Some(format!("KR-{:02}", n % 4)),
        nm_id: NmId(168_120_815 + n % 4),
        size: Some("M".into()),
        sum: Rubles::filled_in((1_290 + n).into()),
        detail: None,
        id_text: format!("75134320347136329{n:02}.1.0"),
    }
}

fn told(language: Language, kind: EventKind, rows: Vec<GroupRow>, page: usize) -> Message {
    group(language, &Group { kind, cabinet: None, id: GroupId(41), rows, page })
}

#[test]
fn a_group_gives_its_period_count_sum_top_products_and_rows() {
    let mut rows: Vec<GroupRow> = (0..11).map(row).collect();
    rows[3].sum = None;
    rows[4] = GroupRow { size: None, article: None, ..row(4) };
    let view =
        Group { kind: EventKind::NewOrder, cabinet: Some("ИП <Иванова>"), id: GroupId(41), rows, page: 0 };
    let told = both(|language| shown(&group(language, &view)).replace("https://www.wildberries.ru/catalog/", "WB/"));
    insta::assert_snapshot!(told, @r#"
    🛒 <b>Новые заказы: 11</b>
    Кабинет: ИП &lt;Иванова&gt;
    22.11, 09:00–09:10 МСК
    Сумма: <b>12 952 ₽</b> · без цены: 1
    Больше всего:
    1. Кружка &amp; блюдце 0 · 168120815 — 3
    2. Кружка &amp; блюдце 1 · 168120816 — 3
    3. Кружка &amp; блюдце 2 · 168120817 — 3

    1. 22.11 09:00 · <a href="WB/168120815/detail.aspx">168120815</a> · KR-00 · размер M · 1 290 ₽ · <code>7513432034713632900.1.0</code>
    2. 22.11 09:01 · <a href="WB/168120816/detail.aspx">168120816</a> · KR-01 · размер M · 1 291 ₽ · <code>7513432034713632901.1.0</code>
    3. 22.11 09:02 · <a href="WB/168120817/detail.aspx">168120817</a> · KR-02 · размер M · 1 292 ₽ · <code>7513432034713632902.1.0</code>
    4. 22.11 09:03 · <a href="WB/168120818/detail.aspx">168120818</a> · KR-03 · размер M · <code>7513432034713632903.1.0</code>
    5. 22.11 09:04 · <a href="WB/168120815/detail.aspx">168120815</a> · 1 294 ₽ · <code>7513432034713632904.1.0</code>
    6. 22.11 09:05 · <a href="WB/168120816/detail.aspx">168120816</a> · KR-01 · размер M · 1 295 ₽ · <code>7513432034713632905.1.0</code>
    7. 22.11 09:06 · <a href="WB/168120817/detail.aspx">168120817</a> · KR-02 · размер M · 1 296 ₽ · <code>7513432034713632906.1.0</code>
    8. 22.11 09:07 · <a href="WB/168120818/detail.aspx">168120818</a> · KR-03 · размер M · 1 297 ₽ · <code>7513432034713632907.1.0</code>
    9. 22.11 09:08 · <a href="WB/168120815/detail.aspx">168120815</a> · KR-00 · размер M · 1 298 ₽ · <code>7513432034713632908.1.0</code>
    10. 22.11 09:09 · <a href="WB/168120816/detail.aspx">168120816</a> · KR-01 · размер M · 1 299 ₽ · <code>7513432034713632909.1.0</code>
    11. 22.11 09:10 · <a href="WB/168120817/detail.aspx">168120817</a> · KR-02 · размер M · 1 300 ₽ · <code>7513432034713632910.1.0</code>
    [⚙️ Настроить | 1:settings:41]

    🛒 <b>New orders: 11</b>
    Shop: ИП &lt;Иванова&gt;
    22 Nov, 09:00–09:10 MSK
    Total: <b>12,952 ₽</b> · without a price: 1
    Most often:
    1. Кружка &amp; блюдце 0 · 168120815 — 3
    2. Кружка &amp; блюдце 1 · 168120816 — 3
    3. Кружка &amp; блюдце 2 · 168120817 — 3

    1. 22 Nov 09:00 · <a href="WB/168120815/detail.aspx">168120815</a> · KR-00 · size M · 1,290 ₽ · <code>7513432034713632900.1.0</code>
    2. 22 Nov 09:01 · <a href="WB/168120816/detail.aspx">168120816</a> · KR-01 · size M · 1,291 ₽ · <code>7513432034713632901.1.0</code>
    3. 22 Nov 09:02 · <a href="WB/168120817/detail.aspx">168120817</a> · KR-02 · size M · 1,292 ₽ · <code>7513432034713632902.1.0</code>
    4. 22 Nov 09:03 · <a href="WB/168120818/detail.aspx">168120818</a> · KR-03 · size M · <code>7513432034713632903.1.0</code>
    5. 22 Nov 09:04 · <a href="WB/168120815/detail.aspx">168120815</a> · 1,294 ₽ · <code>7513432034713632904.1.0</code>
    6. 22 Nov 09:05 · <a href="WB/168120816/detail.aspx">168120816</a> · KR-01 · size M · 1,295 ₽ · <code>7513432034713632905.1.0</code>
    7. 22 Nov 09:06 · <a href="WB/168120817/detail.aspx">168120817</a> · KR-02 · size M · 1,296 ₽ · <code>7513432034713632906.1.0</code>
    8. 22 Nov 09:07 · <a href="WB/168120818/detail.aspx">168120818</a> · KR-03 · size M · 1,297 ₽ · <code>7513432034713632907.1.0</code>
    9. 22 Nov 09:08 · <a href="WB/168120815/detail.aspx">168120815</a> · KR-00 · size M · 1,298 ₽ · <code>7513432034713632908.1.0</code>
    10. 22 Nov 09:09 · <a href="WB/168120816/detail.aspx">168120816</a> · KR-01 · size M · 1,299 ₽ · <code>7513432034713632909.1.0</code>
    11. 22 Nov 09:10 · <a href="WB/168120817/detail.aspx">168120817</a> · KR-02 · size M · 1,300 ₽ · <code>7513432034713632910.1.0</code>
    [⚙️ Settings | 1:settings:41]
    "#);
}

#[test]
fn each_kind_of_group_has_its_heading_and_sums_only_where_there_is_money() {
    let heads = |language| {
        let heads = EventKind::SWITCHED.map(|kind| {
            let rows = vec![GroupRow { sum: None, ..row(0) }, GroupRow { sum: None, ..row(2_000) }];
            told(language, kind, rows, 0).html.lines().take(3).collect::<Vec<_>>().join(" | ")
        });
        heads.join("\n")
    };
    insta::assert_snapshot!(both(heads), @"
    🛒 <b>Новые заказы: 2</b> | 22.11 в 09:00 – 23.11 в 18:20 МСК | Без цены: 2
    💰 <b>Выкупы: 2</b> | 22.11 в 09:00 – 23.11 в 18:20 МСК | Без цены: 2
    ❌ <b>Отмены и отказы: 2</b> | 22.11 в 09:00 – 23.11 в 18:20 МСК | Без цены: 2
    ↩️ <b>Возвраты: 2</b> | 22.11 в 09:00 – 23.11 в 18:20 МСК | Без цены: 2
    ⭐ <b>Плохие отзывы: 2</b> | 22.11 в 09:00 – 23.11 в 18:20 МСК | Больше всего:
    📉 <b>Заканчивающиеся остатки: 2</b> | 22.11 в 09:00 – 23.11 в 18:20 МСК | Больше всего:

    🛒 <b>New orders: 2</b> | 22 Nov, 09:00 – 23 Nov, 18:20 MSK | Without a price: 2
    💰 <b>Buyouts: 2</b> | 22 Nov, 09:00 – 23 Nov, 18:20 MSK | Without a price: 2
    ❌ <b>Cancellations and refusals: 2</b> | 22 Nov, 09:00 – 23 Nov, 18:20 MSK | Without a price: 2
    ↩️ <b>Returns: 2</b> | 22 Nov, 09:00 – 23 Nov, 18:20 MSK | Without a price: 2
    ⭐ <b>Bad reviews: 2</b> | 22 Nov, 09:00 – 23 Nov, 18:20 MSK | Most often:
    📉 <b>Stock running out: 2</b> | 22 Nov, 09:00 – 23 Nov, 18:20 MSK | Most often:
    ");
}

#[test]
fn a_sum_may_be_negative_and_nothing_is_said_of_one_that_is_zero() {
    let rows = |sums: [i64; 2]| sums.map(|sum| GroupRow { sum: Rubles::filled_in(sum.into()), ..row(0) });
    let sums = |language| [[-1_290, 0], [1_290, -1_290], [0, 0]].map(|sums| sum(language, &rows(sums)));
    insta::assert_snapshot!(both(|language| format!("{:?}", sums(language)).replace("\\u{a0}", " ")), @r#"
    [Some("Сумма: <b>−1 290 ₽</b> · без цены: 1"), None, Some("Без цены: 2")]

    [Some("Total: <b>−1,290 ₽</b> · without a price: 1"), None, Some("Without a price: 2")]
    "#);
}

#[test]
fn reviews_and_falls_say_what_they_are_about() {
    let review = Review {
        id: ReviewId("YX52RZEBhH9mrcYdEJuD".into()),
        nm_id: NmId(7),
        created_at: at(0),
        stars: 2,
        pros: None,
        cons: None,
        text: None,
        author: None,
        answer: None,
        is_processed: false,
        parent_id: None,
        photos: vec![],
    };
    let fall = StockFall {
        nm_id: NmId(7),
        chrt_id: ChrtId(70),
        threshold: 2,
        remainder: 1,
        in_way_to_client: 0,
        in_way_from_client: 0,
    };
    let sizes = [Size { chrt_id: ChrtId(70), name: Some("M".into()), barcodes: vec![] }];
    let facts = ProductFacts { article: Some("KR-01"), sizes: &sizes, ..ProductFacts::default() };
    insta::assert_snapshot!(both(|language| {
        let whole = StockFall { chrt_id: ALL_SIZES, ..fall.clone() };
        let falls = [&fall, &whole].map(|fall| GroupRow::of_stock_fall(language, fall, at(5), &facts));
        let rows = [vec![GroupRow::of_review(&review, &facts)], falls.into()].concat();
    let lines: Vec<_> = rows.iter().map(|row| row.line(language, 1).replace('\u{a0}', " ")).collect();
        lines.join("\n")
    }), @r#"
    1. 22.11 09:00 · <a href="https://www.wildberries.ru/catalog/7/detail.aspx">7</a> · KR-01 · 2/5 · <code>YX52RZEBhH9mrcYdEJuD</code>
    1. 22.11 09:05 · <a href="https://www.wildberries.ru/catalog/7/detail.aspx">7</a> · KR-01 · размер M · осталось 1 шт. · <code>70</code>
    1. 22.11 09:05 · <a href="https://www.wildberries.ru/catalog/7/detail.aspx">7</a> · KR-01 · осталось 1 шт.

    1. 22 Nov 09:00 · <a href="https://www.wildberries.ru/catalog/7/detail.aspx">7</a> · KR-01 · 2/5 · <code>YX52RZEBhH9mrcYdEJuD</code>
    1. 22 Nov 09:05 · <a href="https://www.wildberries.ru/catalog/7/detail.aspx">7</a> · KR-01 · size M · 1 pcs left · <code>70</code>
    1. 22 Nov 09:05 · <a href="https://www.wildberries.ru/catalog/7/detail.aspx">7</a> · KR-01 · 1 pcs left
    "#);
}

#[test]
fn pages_are_turned_by_buttons_that_name_them() {
    let rows: Vec<GroupRow> = (0..70).map(row).collect();
    assert_eq!(group_pages(Language::En, &rows), 3);
    let buttons = [0, 1, 2, 9].map(|page| {
        let told = shown(&told(Language::En, EventKind::OrderBuyout, rows.clone(), page));
        told.lines().rev().nth(1).unwrap().to_owned()
    });
    insta::assert_snapshot!(buttons.join("\n"), @"
    [1/3 | 1:none] [→ | 1:group:41:1]
    [← | 1:group:41:0] [2/3 | 1:none] [→ | 1:group:41:2]
    [← | 1:group:41:1] [3/3 | 1:none]
    [← | 1:group:41:1] [3/3 | 1:none]
    ");
}

/// A row whose values are as long and as odd as `seed` makes them; the same seed, the same row.
fn odd_row(seed: u64, n: usize) -> GroupRow {
    let mut dice = testkit::dice::Dice::new(seed.wrapping_mul(1_000_003).wrapping_add(n as u64));
    let mut roll = |sides: u64| dice.next() % sides;
    let mut text = |max_chars: u64| {
        let length = roll(max_chars);
        let letters = ['<', '>', '&', '"', '\n', ' ', 'я', '🛒', '7', ';', '/'];
        (0..length).map(|_| letters[usize::try_from(roll(11)).unwrap()]).collect::<String>()
    };
    let (title, article, size, detail, id) = (text(200), text(90), text(90), text(90), text(200));
    GroupRow {
        at: DateTime::from_timestamp(i64::try_from(roll(4_000_000_000)).unwrap(), 0).unwrap(),
        title: (roll(4) > 0).then_some(title),
        article: (roll(4) > 0).then_some(article),
        nm_id: NmId(i64::try_from(roll(u64::MAX / 2)).unwrap()),
        size: (roll(4) > 0).then_some(size),
        sum: (roll(4) > 0).then_some(Rubles(if roll(2) > 0 { Decimal::MAX } else { Decimal::MIN })),
        detail: (roll(4) > 0).then_some(detail),
        id_text: format!("{n}|{id}"),
    }
}

#[test]
fn whatever_the_rows_every_page_keeps_the_limits_and_every_row_stands_on_one_page() {
    let long = "<&\"".repeat(200);
    for seed in 0..30 {
        let count = usize::try_from(seed * seed % 211).unwrap();
        let rows: Vec<GroupRow> = (0..count).map(|n| odd_row(seed, n)).collect();
        let language = Language::ALL[count % 2];
        let pages = group_pages(language, &rows);
        let mut numbers = Vec::new();
        for page in 0..pages {
            let kind = EventKind::SWITCHED[page % 6];
            let view = Group { kind, cabinet: Some(&long), id: GroupId(i64::MIN), rows: rows.clone(), page };
            let message = group(language, &view);
            let parsed = testkit::telegram::html::parse(&message.html).unwrap();
            assert!(parsed.length() <= TEXT_MAX_CHARS);
            assert!(parsed.entities.len() <= PAGE_MAX_ENTITIES);
            let head = head(language, &view);
            assert!(head.iter().map(|line| visible_chars(line) + 1).sum::<usize>() < HEAD_MAX_CHARS);
            assert!(entities(&head.join("\n")) <= HEAD_MAX_ENTITIES);
            let ids = message.html.lines().skip(head.len() + 1).map(|line| {
                let (_, id) = line.rsplit_once("<code>").unwrap();
                id.split_once('|').unwrap().0.parse::<usize>().unwrap()
            });
            let ids: Vec<usize> = ids.collect();
            assert!((1..=PAGE_MAX_ROWS).contains(&ids.len()));
            numbers.extend(ids);
            for button in message.keyboard.rows.iter().flatten() {
                let crate::Press::Data(data) = &button.press else { panic!("{button:?}") };
                assert!(crate::Button::parse(data).is_some(), "{data}");
            }
        }
        assert_eq!(numbers, (0..count).collect::<Vec<_>>(), "seed {seed}");
    }
}
