//! 📰 The daily digest: a part per cabinet, the total, and what was collected for it; and the offer to
//! collect.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    CabinetId, Delivery, EventKind, GroupId, Language, Rubles, digest::DayFigures, settings::COLLECT_OFFER_AFTER,
};
use rust_decimal::Decimal;

use crate::{
    base::{
        format::{clock, count, escape, money, shorten},
        kinds::{self, cabinet_line},
        message::Message,
        texts::say,
    },
    button::{GroupButton, KindChoice, KindSettingsButton},
    nav::back,
};

/// Cabinets with a part of their own; a person with more reads the rest in the total. So many parts
/// of at most 400 characters stay below Telegram's limit.
const CABINETS_SHOWN: usize = 8;
/// A cabinet's name, shortened: WB allows longer ones.
const NAME_MAX_CHARS: usize = 60;
/// A cabinet's name on a button.
const BUTTON_NAME_MAX_CHARS: usize = 20;
/// Buttons of collected groups: six kinds of eight cabinets, in groups of a thousand. Telegram allows
/// 100 buttons.
const GROUPS_SHOWN: usize = 90;

/// A digest.
#[derive(Clone, Debug, PartialEq)]
pub struct DigestView {
    /// The Moscow day that it is about.
    pub day: NaiveDate,
    /// Whether that is yesterday.
    pub is_yesterday: bool,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The cabinets, in the order of joining.
    pub cabinets: Vec<CabinetDay>,
    /// What was collected only for it.
    pub collected: Vec<Collected>,
}

/// The day of one cabinet.
#[derive(Clone, Debug, PartialEq)]
pub struct CabinetDay {
    /// Its name.
    pub name: Option<String>,
    /// What happened.
    pub figures: DayFigures,
}

/// Events of one kind and cabinet that come with the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The kind.
    pub kind: EventKind,
    /// The cabinet's name.
    pub cabinet: Option<String>,
    /// What the button calls the group.
    pub group: GroupId,
    /// How many events.
    pub events: i64,
}

/// The message of a digest.
#[must_use]
pub fn digest(language: Language, view: &DigestView) -> Message {
    let day = view.day.format("%d.%m").to_string();
    let mut parts = vec![if view.is_yesterday {
        say!(language, "digest-yesterday", day = day)
    } else {
        let time = clock(view.at);
        say!(language, "digest-today", day = day, time = time)
    }];
    let has_several = view.cabinets.len() > 1;
    for cabinet in view.cabinets.iter().take(CABINETS_SHOWN) {
        let mut lines = Vec::new();
        if let Some(name) = cabinet.name.as_deref().filter(|_| has_several) {
            lines.push(format!("<b>{}</b>", escape(&shorten(name, NAME_MAX_CHARS))));
        }
        lines.extend(figure_lines(language, &cabinet.figures));
        parts.push(lines.join("\n"));
    }
    if view.cabinets.len() > CABINETS_SHOWN {
        let more = i64::try_from(view.cabinets.len() - CABINETS_SHOWN).unwrap_or(i64::MAX);
        parts.push(say!(language, "digest-more-cabinets", count = more));
    }
    if has_several {
        let total = view.cabinets.iter().fold(DayFigures::default(), |total, one| total.with(&one.figures));
        let mut lines = vec![format!("<b>{}</b>", say!(language, "digest-total"))];
        lines.extend(figure_lines(language, &total));
        parts.push(lines.join("\n"));
    }
    let mut rows = Vec::new();
    if !view.collected.is_empty() {
        parts.push(say!(language, "digest-collected"));
    }
    rows.extend(view.collected.iter().take(GROUPS_SHOWN).map(|collected| {
        let kind = format!("{} {}", kinds::emoji(collected.kind), kinds::name(language, collected.kind));
        let events = count(language, collected.events);
        let label = match collected.cabinet.as_deref().filter(|_| has_several) {
            Some(name) => {
                let cabinet = shorten(name, BUTTON_NAME_MAX_CHARS).into_owned();
                say!(language, "digest-collected-of", kind = kind, count = events, cabinet = cabinet)
            }
            None => say!(language, "digest-collected-kind", kind = kind, count = events),
        };
        vec![GroupButton::Open(collected.group).button(label)]
    }));
    rows.push(vec![crate::Screen::Digest.open_button(say!(language, "digest-configure"))]);
    Message::text(parts.join("\n\n"), rows)
}

/// The lines of a day; what did not happen has none.
fn figure_lines(language: Language, day: &DayFigures) -> Vec<String> {
    if day.is_empty() {
        return vec![say!(language, "digest-nothing")];
    }
    let sales = &day.sales;
    let sum = |sum: Decimal| Rubles::filled_in(sum).map(|sum| money(language, sum));
    let some = |pieces: i64| (pieces > 0).then(|| count(language, pieces));
    let orders = some(sales.orders).map(|orders| match (sum(sales.order_sum), sales.without_price) {
        (None, _) => say!(language, "digest-orders", count = orders),
        (Some(sum), 0) => say!(language, "digest-orders-sum", count = orders, sum = sum),
        (Some(sum), without) => {
            let without = count(language, without);
            say!(language, "digest-orders-part", count = orders, sum = sum, without = without)
        }
    });
    let buyouts = some(sales.buyouts).map(|buyouts| match sum(sales.buyout_sum) {
        None => say!(language, "digest-buyouts", count = buyouts),
        Some(sum) => say!(language, "digest-buyouts-sum", count = buyouts, sum = sum),
    });
    let lines = [
        orders,
        buyouts,
        some(sales.cancellations).map(|count| say!(language, "digest-cancellations", count = count)),
        some(sales.returns).map(|count| say!(language, "digest-returns", count = count)),
        sum(sales.to_pay()).map(|sum| say!(language, "digest-to-pay", sum = sum)),
        some(day.bad_reviews).map(|count| say!(language, "digest-reviews", count = count)),
        (day.ran_out > 0).then(|| say!(language, "digest-ran-out", count = day.ran_out)),
    ];
    lines.into_iter().flatten().collect()
}

/// Offers to collect a kind of which many single messages came within an hour.
#[must_use]
pub fn collect_offer(language: Language, cabinet: CabinetId, kind: EventKind, cabinet_name: Option<&str>) -> Message {
    let mut lines = vec![say!(language, "collect-offer")];
    lines.extend(cabinet_line(language, cabinet_name));
    let kind_name = kinds::name(language, kind);
    lines.push(say!(language, "collect-offer-text", count = COLLECT_OFFER_AFTER, kind = kind_name));
    let hourly = KindSettingsButton::Choose { cabinet, kind, choice: KindChoice::Delivery(Delivery::Hourly) };
    let other = KindSettingsButton::Show { cabinet, kind };
    Message::text(
        lines.join("\n"),
        [
            vec![hourly.button(say!(language, "collect-offer-accept"))],
            vec![other.button(say!(language, "collect-offer-other"))],
            back(language),
        ],
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use domain::figures::period::PeriodFigures;

    use super::*;
    use crate::tests::shown;

    fn day() -> DayFigures {
        DayFigures {
            sales: PeriodFigures {
                orders: 12,
                order_sum: Decimal::new(1_548_050, 2),
                without_price: 0,
                buyouts: 5,
                buyout_sum: Decimal::new(6_450, 0),
                cancellations: 2,
                returns: 1,
                paid: Decimal::new(5_000, 0),
                taken_back: Decimal::new(-900, 0),
            },
            bad_reviews: 1,
            ran_out: 3,
        }
    }

    fn view(cabinets: Vec<CabinetDay>) -> DigestView {
        DigestView {
            day: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
            is_yesterday: true,
            at: Utc.with_ymd_and_hms(2026, 11, 22, 6, 0, 0).unwrap(),
            cabinets,
            collected: vec![],
        }
    }

    #[test]
    fn a_digest_of_one_shop_has_no_total() {
        let shop = CabinetDay { name: Some("ИП & Ко".into()), figures: day() };
        insta::assert_snapshot!(shown(&digest(Language::Ru, &view(vec![shop.clone()]))), @"
        📰 <b>Сводка за вчера, 21.11</b>

        🛒 Заказы: 12 на 15 480,50 ₽
        💰 Выкупы: 5 на 6 450 ₽
        ❌ Отмены и отказы: 2
        ↩️ Возвраты: 1
        К перечислению: 4 100 ₽ — предварительно, без логистики и удержаний
        ⭐ Плохие отзывы: 1
        🚫 Закончились: 3 размера
        [🔔 Настроить | 1:open:digest]
        ");
        insta::assert_snapshot!(shown(&digest(Language::En, &view(vec![shop]))), @"
        📰 <b>Digest of yesterday, 21.11</b>

        🛒 Orders: 12 for 15,480.50 ₽
        💰 Buyouts: 5 for 6,450 ₽
        ❌ Cancellations and refusals: 2
        ↩️ Returns: 1
        Payout: 4,100 ₽ — preliminary, without logistics and deductions
        ⭐ Bad reviews: 1
        🚫 Ran out: 3 sizes
        [🔔 Configure | 1:open:digest]
        ");
        let quiet = CabinetDay { name: None, figures: DayFigures::default() };
        insta::assert_snapshot!(shown(&digest(Language::Ru, &view(vec![quiet]))), @"
        📰 <b>Сводка за вчера, 21.11</b>

        Ничего не произошло.
        [🔔 Настроить | 1:open:digest]
        ");
    }

    #[test]
    fn several_shops_have_a_part_each_a_total_and_their_collected_events() {
        let shop = |name: &str, figures| CabinetDay { name: Some(name.into()), figures };
        let of = |sales| DayFigures { sales, ..DayFigures::default() };
        let unknown_price = of(PeriodFigures { orders: 2, without_price: 2, ..PeriodFigures::default() });
        let back = of(PeriodFigures { returns: 1, taken_back: Decimal::new(300, 0), ..PeriodFigures::default() });
        let collected = |kind, group| Collected { kind, cabinet: Some("ИП & Ко".into()), group, events: 1_200 };
        let view = DigestView {
            is_yesterday: false,
            collected: vec![
                collected(EventKind::NewOrder, GroupId(41)),
                collected(EventKind::CriticalStock, GroupId(57)),
            ],
            ..view(vec![shop("ИП & Ко", day()), shop("Плед", unknown_price), shop("Кружка", back)])
        };
        insta::assert_snapshot!(shown(&digest(Language::Ru, &view)), @"
        📰 <b>Сводка за сегодня, 21.11</b> — пока, на 09:00 МСК

        <b>ИП &amp; Ко</b>
        🛒 Заказы: 12 на 15 480,50 ₽
        💰 Выкупы: 5 на 6 450 ₽
        ❌ Отмены и отказы: 2
        ↩️ Возвраты: 1
        К перечислению: 4 100 ₽ — предварительно, без логистики и удержаний
        ⭐ Плохие отзывы: 1
        🚫 Закончились: 3 размера

        <b>Плед</b>
        🛒 Заказы: 2

        <b>Кружка</b>
        ↩️ Возвраты: 1
        К перечислению: −300 ₽ — предварительно, без логистики и удержаний

        <b>Всего</b>
        🛒 Заказы: 14 на 15 480,50 ₽ · без цены: 2
        💰 Выкупы: 5 на 6 450 ₽
        ❌ Отмены и отказы: 2
        ↩️ Возвраты: 2
        К перечислению: 4 400 ₽ — предварительно, без логистики и удержаний
        ⭐ Плохие отзывы: 1
        🚫 Закончились: 3 размера

        Собрано к сводке — откройте кнопкой:
        [🛒 Новые заказы: 1 200 · ИП & Ко | 1:group:41]
        [📉 Заканчивающиеся остатки: 1 200 · ИП & Ко | 1:group:57]
        [🔔 Настроить | 1:open:digest]
        ");
        insta::assert_snapshot!(shown(&digest(Language::En, &view)), @"
        📰 <b>Digest of today, 21.11</b> — so far, as of 09:00 MSK

        <b>ИП &amp; Ко</b>
        🛒 Orders: 12 for 15,480.50 ₽
        💰 Buyouts: 5 for 6,450 ₽
        ❌ Cancellations and refusals: 2
        ↩️ Returns: 1
        Payout: 4,100 ₽ — preliminary, without logistics and deductions
        ⭐ Bad reviews: 1
        🚫 Ran out: 3 sizes

        <b>Плед</b>
        🛒 Orders: 2

        <b>Кружка</b>
        ↩️ Returns: 1
        Payout: −300 ₽ — preliminary, without logistics and deductions

        <b>Total</b>
        🛒 Orders: 14 for 15,480.50 ₽ · without a price: 2
        💰 Buyouts: 5 for 6,450 ₽
        ❌ Cancellations and refusals: 2
        ↩️ Returns: 2
        Payout: 4,400 ₽ — preliminary, without logistics and deductions
        ⭐ Bad reviews: 1
        🚫 Ran out: 3 sizes

        Collected for the digest — open with a button:
        [🛒 New orders: 1,200 · ИП & Ко | 1:group:41]
        [📉 Stock running out: 1,200 · ИП & Ко | 1:group:57]
        [🔔 Configure | 1:open:digest]
        ");
    }

    #[test]
    fn many_shops_with_long_names_fit_into_one_message() {
        let long = CabinetDay { name: Some("<&\"".repeat(200)), figures: day() };
        let message = digest(Language::Ru, &view(vec![long; 40]));
        assert!(shown(&message).contains("Ещё кабинетов: 32."));
    }

    #[test]
    fn collecting_is_offered_with_one_tap() {
        insta::assert_snapshot!(shown(&collect_offer(Language::Ru, CabinetId(7), EventKind::NewOrder, None)), @"
        🔕 <b>Слишком часто?</b>
        За час пришло 30 отдельных сообщений «Новые заказы». Могу собирать их и присылать одним сообщением раз в час: ничего не потеряется.
        [Собирать раз в час | 1:set:7:new_order:1h]
        [Настроить иначе | 1:kind:7:new_order]
        [← Меню | 1:menu]
        ");
        let named = collect_offer(Language::En, CabinetId(7), EventKind::NewOrder, Some("ИП & Ко"));
        insta::assert_snapshot!(shown(&named), @"
        🔕 <b>Too often?</b>
        Cabinet: ИП &amp; Ко
        30 separate “New orders” messages came within an hour. I can collect them into one message an hour: nothing gets lost.
        [Collect every hour | 1:set:7:new_order:1h]
        [Set it otherwise | 1:kind:7:new_order]
        [← Menu | 1:menu]
        ");
    }
}
