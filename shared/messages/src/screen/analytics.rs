//! 📈 Аналитика: the figures of a period, and how they are counted.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Language, Rubles,
    figures::{
        BuyoutRate,
        period::{Change, Period, PeriodFigures, Span, change_of_count, change_of_sum},
    },
    moscow,
    screen::analytics::{Analytics, TopProduct},
};
use rust_decimal::Decimal;

use crate::{
    base::{
        format::{self, clock, count, percent, short_day},
        keyboard::Key,
        kinds::period_name,
        message::Message,
        texts::say,
    },
    button::AnalyticsButton,
    nav::back,
    screen::{
        heading,
        list::{self, next_cabinet},
    },
};

/// The figures of a period.
#[must_use]
pub fn analytics(shown: &Analytics, now: DateTime<Utc>) -> Message {
    let (language, period) = (shown.heading.language, shown.period);
    let title = say!(language, "analytics-title", period = period_name(language, period).to_lowercase());
    let title = if shown.is_of_all { format!("{title}\n{}", say!(language, "analytics-all-cabinets")) } else { title };
    let mut parts = vec![heading::lines(title, &shown.heading, now).join("\n")];
    if shown.span.is_empty() {
        parts.push(say!(language, "analytics-unknown"));
        return Message::text(parts.join("\n\n"), rows(language, shown));
    }
    parts.push(figure_lines(language, shown).join("\n"));
    parts.push(comparison(language, shown));
    if !shown.top.is_empty() {
        let mut top = vec![say!(language, "analytics-top")];
        top.extend(shown.top.iter().enumerate().map(|(at, product)| top_row(language, at + 1, product)));
        parts.push(top.join("\n"));
    }
    Message::text(parts.join("\n\n"), rows(language, shown))
}

/// The buttons: the periods, how it is counted, the other cabinets.
fn rows(language: Language, shown: &Analytics) -> Vec<Vec<Key>> {
    let cabinet = (!shown.is_of_all).then_some(shown.heading.cabinet);
    let periods = Period::ALL.map(|period| {
        let label = list::choice(period == shown.period, period_name(language, period));
        AnalyticsButton::Show { cabinet, period }.button(label)
    });
    let explain = AnalyticsButton::Explain { cabinet, period: shown.period };
    let mut rows =
        vec![periods[..2].to_vec(), periods[2..].to_vec(), vec![explain.button(say!(language, "analytics-explain"))]];
    let period = shown.period;
    if shown.heading.next_cabinet.is_some() && !shown.is_of_all {
        let all = AnalyticsButton::Show { cabinet: None, period };
        rows.push(vec![all.button(say!(language, "analytics-all-cabinets"))]);
    }
    rows.extend(next_cabinet(&shown.heading, |cabinet| {
        AnalyticsButton::Show { cabinet: Some(cabinet), period }.into()
    }));
    rows.push(back(language));
    rows
}

/// What happened, each beside what it is compared with; what did not happen in either has no line.
fn figure_lines(language: Language, shown: &Analytics) -> Vec<String> {
    let (now, before) = (&shown.figures, shown.before.as_ref());
    let pieces = |name, of: fn(&PeriodFigures) -> i64| {
        let base = before.map(of);
        (of(now) > 0 || base.is_some_and(|base| base > 0)).then(|| {
            let change = base.map(|base| (count(language, base), change_of_count(of(now), base)));
            figure(language, name, count(language, of(now)), change)
        })
    };
    let sum = |name, of: fn(&PeriodFigures) -> Decimal| {
        let value = Rubles::filled_in(of(now)).map(|sum| format::sum(language, sum))?;
        let change = before.and_then(|before| {
            let base = Rubles::filled_in(of(before))?;
            Some((format::sum(language, base), change_of_sum(of(now), base.0)?))
        });
        Some(figure(language, name, value, change))
    };
    let mean = |figures: &PeriodFigures| figures.mean_price().map_or(Decimal::ZERO, |mean| mean.0);
    let without = (now.without_price > 0 && now.orders > now.without_price)
        .then(|| say!(language, "analytics-without-price", count = count(language, now.without_price)));
    let to_pay =
        Rubles::filled_in(now.to_pay()).map(|sum| say!(language, "analytics-to-pay", sum = format::sum(language, sum)));
    let happened: Vec<String> = [
        pieces(say!(language, "analytics-orders"), |figures| figures.orders),
        sum(say!(language, "analytics-order-sum"), |figures| figures.order_sum),
        without,
        sum(say!(language, "analytics-mean"), mean),
        pieces(say!(language, "analytics-buyouts"), |figures| figures.buyouts),
        sum(say!(language, "analytics-buyout-sum"), |figures| figures.buyout_sum),
        to_pay,
        pieces(say!(language, "analytics-cancellations"), |figures| figures.cancellations),
        pieces(say!(language, "analytics-returns"), |figures| figures.returns),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut lines = if happened.is_empty() { vec![say!(language, "analytics-nothing")] } else { happened };
    lines.push(match shown.buyout_rate {
        BuyoutRate::TooFew => say!(language, "analytics-rate-few"),
        BuyoutRate::Percent(rate) => say!(language, "analytics-rate", rate = percent(language, rate.into())),
    });
    lines
}

/// «🛒 Заказы: 62 · было 48, ▲29 %».
fn figure(language: Language, name: String, value: String, change: Option<(String, Change)>) -> String {
    match change {
        None => say!(language, "analytics-figure", name = name, value = value),
        Some((base, change)) => {
            let change = change_text(language, change);
            say!(language, "analytics-figure-changed", name = name, value = value, base = base, change = change)
        }
    }
}

/// «▲29 %», «▼3», «=».
fn change_text(language: Language, change: Change) -> String {
    let (by, value) = match change {
        Change::Count(by) => (by, count(language, by.abs())),
        Change::Percent(by) => (by, percent(language, by.abs().into())),
    };
    match by {
        0 => "=".to_owned(),
        1.. => format!("▲{value}"),
        _ => format!("▼{value}"),
    }
}

/// With what it is compared, and how yesterday stood at the same hour.
fn comparison(language: Language, shown: &Analytics) -> String {
    let mut lines = vec![match shown.before {
        Some(_) => say!(language, "analytics-compared", period = span_text(language, shown.period.before(shown.span))),
        None => say!(language, "analytics-not-compared"),
    }];
    lines.extend(shown.yesterday.map(|yesterday| {
        let orders = count(language, yesterday.orders);
        match Rubles::filled_in(yesterday.order_sum) {
            Some(sum) => {
                say!(language, "analytics-yesterday-sum", orders = orders, sum = format::sum(language, sum))
            }
            None => say!(language, "analytics-yesterday", orders = orders),
        }
    }));
    lines.join("\n")
}

/// «15.11 до 14:02», «09.11–15.11 до 14:02», «14.11».
fn span_text(language: Language, span: Span) -> String {
    let last = span.until - chrono::TimeDelta::seconds(1);
    let (first, end) = (short_day(language, span.since), short_day(language, last.max(span.since)));
    let days = if first == end { first } else { format!("{first}–{end}") };
    if span.until == moscow::midnight(moscow::day(span.until)) {
        return days;
    }
    let time = clock(span.until);
    match language {
        Language::Ru => format!("{days} до {time}"),
        Language::En => format!("{days} until {time}"),
    }
}

/// «1. Кружка — 12 шт. на 15 480 ₽».
fn top_row(language: Language, number: usize, product: &TopProduct) -> String {
    let title = list::title(language, product.title.as_deref(), product.nm_id);
    let (number, orders) = (number.to_string(), count(language, product.orders));
    match Rubles::filled_in(product.sum) {
        Some(sum) => say!(
            language,
            "analytics-top-row",
            number = number,
            title = title,
            orders = orders,
            sum = format::sum(language, sum)
        ),
        None => say!(language, "analytics-top-row-unpriced", number = number, title = title, orders = orders),
    }
}

/// «ⓘ Как считается».
#[must_use]
pub fn analytics_explained(language: Language, cabinet: Option<CabinetId>, period: Period) -> Message {
    let back = AnalyticsButton::Show { cabinet, period }.button(say!(language, "analytics-back"));
    Message::text(say!(language, "analytics-explained"), [vec![back]])
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::{NmId, screen::Heading};

    use super::*;
    use crate::{
        screen::heading::tests::{heading, now},
        tests::{both, shown},
    };

    fn busy() -> PeriodFigures {
        PeriodFigures {
            orders: 62,
            order_sum: Decimal::new(8_040_050, 2),
            without_price: 2,
            buyouts: 12,
            buyout_sum: Decimal::new(15_480, 0),
            cancellations: 5,
            returns: 0,
            paid: Decimal::new(11_000, 0),
            taken_back: Decimal::new(900, 0),
        }
    }

    fn week_ago() -> PeriodFigures {
        PeriodFigures {
            orders: 48,
            order_sum: Decimal::new(90_000, 0),
            without_price: 0,
            buyouts: 12,
            buyout_sum: Decimal::ZERO,
            cancellations: 7,
            returns: 1,
            ..busy()
        }
    }

    fn today(language: Language) -> Analytics {
        let period = Period::Today;
        Analytics {
            heading: heading(language),
            is_of_all: false,
            period,
            span: period.span(now(), now() - TimeDelta::minutes(3)),
            figures: busy(),
            before: Some(week_ago()),
            yesterday: Some(week_ago()),
            buyout_rate: BuyoutRate::Percent(87),
            top: vec![
                TopProduct { nm_id: NmId(7), title: Some("Кружка <b>&".into()), orders: 12, sum: 15_480.into() },
                TopProduct { nm_id: NmId(8), title: None, orders: 1, sum: Decimal::ZERO },
            ],
        }
    }

    #[test]
    fn a_day_stands_beside_the_same_weekday_and_beside_yesterday() {
        insta::assert_snapshot!(both(|language| shown(&analytics(&today(language), now()))), @"
        📈 <b>Аналитика</b> · сегодня
        Данные WB на 14:02 МСК

        🛒 Заказы: <b>62</b> · было 48, ▲29 %
        Сумма заказов: <b>80 401 ₽</b> · было 90 000 ₽, ▼11 %
        Заказов без цены: 2. В сумме их ещё нет.
        Средняя цена заказа: <b>1 340 ₽</b> · было 1 875 ₽, ▼29 %
        💰 Выкупы: <b>12</b> · было 12, =
        Сумма выкупов: <b>15 480 ₽</b>
        К перечислению: 10 100 ₽ — предварительно, без логистики и удержаний
        ❌ Отмены и отказы: <b>5</b> · было 7, ▼2
        ↩️ Возвраты: <b>0</b> · было 1, ▼1
        % выкупа за 30 дн.: 87 %

        «Было» — 15.11 до 14:02.
        Вчера к этому часу: заказов 48 на 90 000 ₽.

        <b>Больше всего заказали</b>
        1. Кружка &lt;b&gt;&amp; — 12 шт. на 15 480 ₽
        2. Артикул WB 8 — 1 шт.
        [✓ Сегодня | 1:stats:.7:t] [Вчера | 1:stats:.7:y]
        [7 дней | 1:stats:.7:w] [30 дней | 1:stats:.7:m]
        [ⓘ Как считается | 1:stats:i:.7:t]
        [← Меню | 1:menu]

        📈 <b>Analytics</b> · today
        WB data as of 14:02 MSK

        🛒 Orders: <b>62</b> · was 48, ▲29%
        Order total: <b>80,401 ₽</b> · was 90,000 ₽, ▼11%
        Orders without a price: 2. The total does not include them yet.
        Average order price: <b>1,340 ₽</b> · was 1,875 ₽, ▼29%
        💰 Buyouts: <b>12</b> · was 12, =
        Buyout total: <b>15,480 ₽</b>
        Payout: 10,100 ₽ — preliminary, before logistics and deductions
        ❌ Cancellations and refusals: <b>5</b> · was 7, ▼2
        ↩️ Returns: <b>0</b> · was 1, ▼1
        Buyout rate in 30 days: 87%

        Compared with 15 Nov until 14:02.
        By this time yesterday: 48 orders for 90,000 ₽.

        <b>Most ordered</b>
        1. Кружка &lt;b&gt;&amp; — 12 pcs for 15,480 ₽
        2. WB article 8 — 1 pcs
        [✓ Today | 1:stats:.7:t] [Yesterday | 1:stats:.7:y]
        [7 days | 1:stats:.7:w] [30 days | 1:stats:.7:m]
        [ⓘ How it is counted | 1:stats:i:.7:t]
        [← Menu | 1:menu]
        ");
    }

    #[test]
    fn an_empty_period_and_one_without_anything_before_it_say_so() {
        let several =
            Heading { cabinet_name: Some("ИП".into()), next_cabinet: Some(CabinetId(8)), ..heading(Language::Ru) };
        let period = Period::Month;
        let quiet = Analytics {
            heading: several,
            period,
            span: period.span(now(), now()),
            figures: PeriodFigures::default(),
            before: None,
            yesterday: None,
            buyout_rate: BuyoutRate::TooFew,
            top: vec![],
            ..today(Language::Ru)
        };
        insta::assert_snapshot!(shown(&analytics(&quiet, now())), @"
        📈 <b>Аналитика</b> · 30 дней
        Кабинет: ИП
        Данные WB на 14:02 МСК

        За это время ничего не произошло.
        % выкупа за 30 дн.: мало данных

        Сравнить пока не с чем: данные загружены не так давно.
        [Сегодня | 1:stats:.7:t] [Вчера | 1:stats:.7:y]
        [7 дней | 1:stats:.7:w] [✓ 30 дней | 1:stats:.7:m]
        [ⓘ Как считается | 1:stats:i:.7:m]
        [Все кабинеты | 1:stats:all:m]
        [Следующий кабинет → | 1:stats:.8:m]
        [← Меню | 1:menu]
        ");
        let heading = Heading { cabinet_name: None, ..quiet.heading.clone() };
        let all = Analytics { heading, is_of_all: true, figures: busy(), ..quiet };
        insta::assert_snapshot!(shown(&analytics(&all, now())), @"
        📈 <b>Аналитика</b> · 30 дней
        Все кабинеты
        Данные WB на 14:02 МСК

        🛒 Заказы: <b>62</b>
        Сумма заказов: <b>80 401 ₽</b>
        Заказов без цены: 2. В сумме их ещё нет.
        Средняя цена заказа: <b>1 340 ₽</b>
        💰 Выкупы: <b>12</b>
        Сумма выкупов: <b>15 480 ₽</b>
        К перечислению: 10 100 ₽ — предварительно, без логистики и удержаний
        ❌ Отмены и отказы: <b>5</b>
        % выкупа за 30 дн.: мало данных

        Сравнить пока не с чем: данные загружены не так давно.
        [Сегодня | 1:stats:all:t] [Вчера | 1:stats:all:y]
        [7 дней | 1:stats:all:w] [✓ 30 дней | 1:stats:all:m]
        [ⓘ Как считается | 1:stats:i:all:m]
        [Следующий кабинет → | 1:stats:.8:m]
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn a_day_of_which_nothing_is_known_yet_says_so() {
        let span = Period::Today.span(now(), now() - TimeDelta::days(1));
        let unknown = Analytics { span, before: None, yesterday: None, ..today(Language::Ru) };
        insta::assert_snapshot!(shown(&analytics(&unknown, now())), @"
        📈 <b>Аналитика</b> · сегодня
        Данные WB на 14:02 МСК

        Данных за это время ещё нет.
        [✓ Сегодня | 1:stats:.7:t] [Вчера | 1:stats:.7:y]
        [7 дней | 1:stats:.7:w] [30 дней | 1:stats:.7:m]
        [ⓘ Как считается | 1:stats:i:.7:t]
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn the_compared_period_is_named() {
        let text = |period: Period| {
            let span = period.before(period.span(now(), now() - TimeDelta::minutes(3)));
            both(|language| span_text(language, span)).replace("\n\n", " | ")
        };
        insta::assert_snapshot!(Period::ALL.map(text).join("\n"), @"
        15.11 до 14:02 | 15 Nov until 14:02
        14.11 | 14 Nov
        09.11–15.11 до 14:02 | 9 Nov–15 Nov until 14:02
        24.09–23.10 до 14:02 | 24 Sep–23 Oct until 14:02
        ");
    }

    #[test]
    fn every_figure_is_explained() {
        let explained = |language| shown(&analytics_explained(language, None, Period::Week));
        insta::assert_snapshot!(both(explained), @"
        ⓘ <b>Как считается</b>

        День — московский. Заказ относится ко дню, когда его сделали; выкуп и возврат — к дню продажи; отмена — к дню отмены.

        <b>Сумма заказов</b> — цены со скидкой продавца, вместе с отменёнными. Заказы, которым WB ещё не проставил цену, посчитаны отдельно.
        <b>Средняя цена</b> — эта сумма, делённая на число заказов с ценой.
        <b>Сумма выкупов</b> — те же цены по дате продажи.
        <b>К перечислению</b> — сколько WB заплатит за выкупы, минус возвраты: предварительно, без логистики и удержаний.
        <b>% выкупа</b> — из заказов за 30 дней, которые уже завершились: выкупленные и не возвращённые. Те, что в пути, не считаются. Меньше 10 завершённых — «мало данных».

        День сравнивается с тем же днём недели неделей раньше, до того же времени; 7 дней — с предыдущими 7, 30 дней — с предыдущими 30. Если прошлый период загружен не целиком, сравнения нет.
        [← К аналитике | 1:stats:all:w]

        ⓘ <b>How it is counted</b>

        A day is a day in Moscow. An order belongs to the day on which it was made; a buyout and a return to the day of the sale; a cancellation to the day on which it was cancelled.

        <b>Order total</b>: the prices after the seller's discount, cancelled orders included. Orders whose price WB has not filled in yet are counted apart.
        <b>Average price</b>: this sum divided by the number of orders with a price.
        <b>Buyout total</b>: the same prices by the date of the sale.
        <b>Payout</b>: what WB will pay for the buyouts less the returns; preliminary, before logistics and deductions.
        <b>Buyout rate</b>: of the orders of 30 days that have come to their end, those bought out and not returned. Those on the way do not count. Fewer than 10 finished orders are “too few”.

        A day is compared with the same weekday a week before, up to the same time; 7 days with the 7 before, 30 days with the 30 before. If the period before is not wholly loaded, nothing is compared.
        [← Analytics | 1:stats:all:w]
        ");
    }
}
