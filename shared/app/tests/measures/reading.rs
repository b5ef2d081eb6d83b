//! Reads messages as their reader does, and compares what they tell with what happened.

use testkit::wb::{Expected, Told};

/// The kinds of event: name, heading of one, heading of a group. Critical stocks have two; cancellations
/// have one for each reason, and one for the source that knows none.
const HEADINGS: [(&str, &str, &str); 11] = [
    ("new_order", "🛒 Новый заказ", "🛒 Новые заказы"),
    ("order_cancellation", "❌ Отмена / отказ", "❌ Отмены и отказы"),
    ("order_cancellation", "❌ Отмена до получения", "❌ Отмены и отказы"),
    ("order_cancellation", "❌ Отказ при получении", "❌ Отмены и отказы"),
    ("order_cancellation", "❌ Не забрали в срок", "❌ Отмены и отказы"),
    ("order_cancellation", "❌ Техническая отмена", "❌ Отмены и отказы"),
    ("order_buyout", "💰 Выкуп", "💰 Выкупы"),
    ("order_return", "↩️ Возврат", "↩️ Возвраты"),
    ("negative_review", "⭐ Отзыв", "⭐ Плохие отзывы"),
    ("critical_stock", "📉 Заканчивается", "📉 Заканчивающиеся остатки"),
    ("critical_stock", "🚫 Закончился", "📉 Заканчивающиеся остатки"),
];

/// One event as somebody reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    kind: &'static str,
    /// Whether it has a message to itself, which says more than a row of a group.
    is_single: bool,
    /// The id; a message about a stock names none.
    id: Option<String>,
    nm_id: i64,
    article: String,
    title: Option<String>,
    size: Option<String>,
    price: Option<String>,
    for_pay: Option<String>,
    /// Day and time in Moscow.
    at: Option<(String, String)>,
    stars: Option<u8>,
    remainder: Option<u32>,
}

/// The events of a message, or of a page of a group; `None` where it is none of an event.
pub fn read(text: &str) -> Option<Vec<Seen>> {
    let heading = text.lines().next()?;
    let is_group = |group: &str| heading.strip_prefix(group).is_some_and(|rest| rest.starts_with(": "));
    if let Some((kind, ..)) = HEADINGS.iter().find(|(_, _, group)| is_group(group)) {
        let rows = text.lines().skip_while(|line| !line.is_empty()).skip(1);
        return rows.map(|row| read_row(kind, row)).collect();
    }
    let is_single =
        |single: &str| heading.strip_prefix(single).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '·']));
    let (kind, ..) = HEADINGS.iter().find(|(_, single, _)| is_single(single))?;
    read_single(kind, heading, text)
}

/// «12. 22.11 14:05 · 168120815 · KR-01 · размер M · 1 290 ₽ · 75134320.1.0»
fn read_row(kind: &'static str, row: &str) -> Option<Seen> {
    let (_, row) = row.split_once(". ")?;
    let parts: Vec<&str> = row.split(" · ").collect();
    let [at, nm_id, article, details @ .., id] = parts.as_slice() else { return None };
    let mut seen = Seen {
        kind,
        id: Some((*id).to_owned()),
        nm_id: nm_id.parse().ok()?,
        article: (*article).to_owned(),
        at: at.split_once(' ').map(|(day, time)| (day.to_owned(), time.to_owned())),
        ..Seen::default()
    };
    for detail in details {
        if let Some(size) = detail.strip_prefix("размер ") {
            seen.size = Some(size.to_owned());
        } else if let Some(stars) = detail.strip_suffix("/5") {
            seen.stars = Some(stars.parse().ok()?);
        } else if let Some(left) = detail.strip_prefix("осталось ") {
            seen.remainder = Some(pieces(left)?);
        } else {
            seen.price = Some((*detail).to_owned());
        }
    }
    Some(seen)
}

/// A message with one event, or with the sizes of one product.
fn read_single(kind: &'static str, heading: &str, text: &str) -> Option<Vec<Seen>> {
    let after = |label: &str| text.lines().find_map(|line| line.strip_prefix(label)).map(str::to_owned);
    let moment = heading.split(" · ").nth(1).and_then(|moment| moment.strip_suffix(" МСК")?.split_once(" в "));
    let seen = Seen {
        kind,
        is_single: true,
        id: after("ID заказа: ").or_else(|| after("ID отзыва: ")),
        nm_id: after("Артикул WB: ")?.parse().ok()?,
        article: after("Артикул продавца: ")?,
        title: text.lines().skip_while(|line| !line.is_empty()).nth(1).map(str::to_owned),
        size: after("Размер: "),
        price: after("Ваша цена (со скидкой): "),
        for_pay: after("К перечислению: ")
            .and_then(|sum| Some(sum.trim_start_matches('−').split_once(" (предварительно")?.0.to_owned())),
        at: moment.map(|(day, time)| (day.to_owned(), time.to_owned())),
        stars: heading.strip_prefix("⭐ Отзыв ").and_then(|rest| rest.split('/').next()?.parse().ok()),
        remainder: None,
    };
    if kind != "critical_stock" {
        return Some(vec![seen]);
    }
    let falls = text.lines().filter_map(|line| {
        let (what, rest) = line.split_once(": ")?;
        let size = match what.strip_prefix("Размер ") {
            None if what == "Остаток" => None,
            size => Some(size?.to_owned()),
        };
        Some(Seen { size, remainder: Some(pieces(rest)?), ..seen.clone() })
    });
    Some(falls.collect())
}

/// «1 шт.», perhaps with more behind it.
fn pieces(text: &str) -> Option<u32> {
    text.split_once("\u{a0}шт.")?.0.parse().ok()
}

impl Seen {
    /// Whether this is the event, in everything that a reader can see of it.
    fn tells(&self, kind: &str, told: &Told) -> bool {
        let moment = told.day.clone().zip(told.time.clone());
        self.kind == kind
            && self.nm_id == told.nm_id
            && self.article == told.article
            && (kind == "negative_review" || self.size == told.size)
            && self.price == told.price
            && (moment.is_none() || self.at == moment)
            && self.stars == told.stars
            && self.remainder == told.remainder
            && match &self.id {
                Some(id) => *id == told.id,
                None => self.is_single && kind == "critical_stock",
            }
            && (!self.is_single || (self.title.as_ref() == Some(&told.title) && self.for_pay == told.for_pay))
    }
}

/// How what was told compares with what happened.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Events that were told.
    pub delivered: usize,
    /// Tellings beyond the first.
    pub doubled: usize,
    /// What was told and did not happen, or not so.
    pub other: Vec<String>,
    /// What happened and was not told.
    pub missing: Vec<String>,
}

/// Compares the texts, a page of a group being one, with what happened.
pub fn compare(expected: &Expected, texts: &[String]) -> Comparison {
    let mut left: Vec<(&str, &Told, bool)> = expected.events().map(|(kind, told)| (kind, told, false)).collect();
    let mut comparison = Comparison::default();
    for text in texts {
        let Some(rows) = read(text) else {
            comparison.other.push(text.clone());
            continue;
        };
        for seen in rows {
            match left.iter_mut().find(|(kind, told, _)| seen.tells(kind, told)) {
                None => comparison.other.push(format!("{seen:?}")),
                Some((_, _, is_told)) if *is_told => comparison.doubled += 1,
                Some((_, _, is_told)) => {
                    *is_told = true;
                    comparison.delivered += 1;
                }
            }
        }
    }
    comparison.missing =
        left.iter().filter(|(_, _, is_told)| !is_told).map(|(kind, told, _)| format!("{kind} {told:?}")).collect();
    comparison
}

#[test]
fn what_is_missing_doubled_or_wrong_is_found() {
    let told = |id: &str, time: &str| Told {
        id: id.into(),
        nm_id: 7,
        article: "KR-01".into(),
        size: Some("M".into()),
        price: Some("1\u{a0}290\u{a0}₽".into()),
        day: Some("22.11".into()),
        time: Some(time.into()),
        ..Told::default()
    };
    let new_orders = ["a", "b", "c"].map(|id| told(id, "12:10")).to_vec();
    let expected = Expected { new_orders, ..Expected::default() };
    let page = |rows: &str| format!("🛒 Новые заказы: 3\n22.11 в 12:10 МСК\nСумма: 1 ₽\n\n{rows}");
    let row = |id: &str, time: &str, size: &str, price: &str| {
        format!("1. 22.11 {time} · 7 · KR-01 · размер {size} · {price}\u{a0}₽ · {id}")
    };
    let good = |id: &str| row(id, "12:10", "M", "1\u{a0}290");
    let counts = |texts: &[String]| {
        let Comparison { delivered, doubled, other, missing } = compare(&expected, texts);
        (delivered, doubled, other.len(), missing.len())
    };
    let all = page(&[good("a"), good("b"), good("c")].join("\n"));
    assert_eq!(counts(std::slice::from_ref(&all)), (3, 0, 0, 0));
    assert_eq!(counts(&[all.clone(), page(&good("b"))]), (3, 1, 0, 0));
    assert_eq!(counts(&[page(&good("b"))]), (1, 0, 0, 2));
    assert_eq!(counts(&[all.replace("Новые заказы", "Выкупы")]), (0, 0, 1, 3));
    assert_eq!(counts(&[all, "ℹ️ Заказы".to_owned()]), (3, 0, 1, 0));
    for wrong in [
        row("a", "12:11", "M", "1\u{a0}290"),
        row("a", "12:10", "L", "1\u{a0}290"),
        row("a", "12:10", "M", "1\u{a0}291"),
        row("d", "12:10", "M", "1\u{a0}290"),
    ] {
        assert_eq!(counts(&[page(&wrong)]), (0, 0, 1, 3), "{wrong}");
    }
}
