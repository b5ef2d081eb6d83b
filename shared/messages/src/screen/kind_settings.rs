//! The settings of one kind in one cabinet: on or off, how it comes, its threshold.

use domain::{
    Delivery, EventKind, Language, StockBy,
    settings::{DIGEST_HOUR, REVIEW_THRESHOLDS, STOCK_THRESHOLDS},
};

use crate::{
    SettingsView,
    base::{
        format::count,
        keyboard::Key,
        kinds::{self, cabinet_line},
        message::Message,
        texts::say,
    },
    button::{KindChoice, KindSettingsButton},
    screen::notifications::{back_to_switches, choice, clock, delivery_name, switch},
};

/// Thresholds of stock in one row of buttons.
const THRESHOLDS_PER_ROW: usize = 4;

/// The screen of a kind; `everywhere` says that its settings were just copied to every cabinet.
#[must_use]
pub fn kind_settings(language: Language, view: &SettingsView, kind: EventKind, everywhere: bool) -> Message {
    let cabinet = view.cabinet;
    let (on, delivery) = view.kind(kind);
    let mut lines = vec![format!("{} <b>{}</b>", kinds::emoji(kind), kinds::name(language, kind))];
    lines.extend(cabinet_line(language, view.cabinet_name.as_deref()));
    lines.push(String::new());
    if !on {
        lines.push(say!(language, "kind-settings-off"));
    }
    lines.push(format!("{} {}", say!(language, "kind-settings-how"), how(language, view, delivery)));
    lines.extend(threshold_lines(language, view, kind));
    if everywhere {
        lines.extend([String::new(), say!(language, "kind-settings-everywhere-done")]);
    }

    let button = |label: String, choice| KindSettingsButton::Choose { cabinet, kind, choice }.button(label);
    let mut rows = vec![vec![button(switch(&say!(language, "kind-settings-on"), on), KindChoice::On(!on))]];
    let deliveries = Delivery::ALL
        .map(|one| button(choice(&delivery_name(language, one), one == delivery), KindChoice::Delivery(one)));
    let mut deliveries = deliveries.into_iter();
    rows.push(deliveries.by_ref().take(2).collect());
    rows.push(deliveries.by_ref().take(2).collect());
    rows.push(deliveries.collect());
    rows.extend(threshold_rows(language, view, kind, button));
    if view.next_cabinet.is_some() {
        rows.push(vec![button(say!(language, "kind-settings-everywhere"), KindChoice::Everywhere)]);
    }
    rows.push(back_to_switches(language, cabinet));
    Message::text(lines.join("\n"), rows)
}

fn how(language: Language, view: &SettingsView, delivery: Delivery) -> String {
    match delivery {
        Delivery::AtOnce => say!(language, "kind-settings-how-at-once"),
        Delivery::Digest => {
            say!(language, "kind-settings-how-digest", hour = clock(view.digest_hour.unwrap_or(DIGEST_HOUR)))
        }
        collected => say!(language, "kind-settings-how-collected", period = delivery_name(language, collected)),
    }
}

fn threshold_lines(language: Language, view: &SettingsView, kind: EventKind) -> Vec<String> {
    let threshold = match kind {
        EventKind::NegativeReview => say!(language, "kind-settings-stars", stars = i64::from(view.review_threshold)),
        EventKind::CriticalStock if view.stock_threshold == 0 => say!(language, "kind-settings-left-zero"),
        EventKind::CriticalStock => {
            say!(language, "kind-settings-left", left = count(language, view.stock_threshold.into()))
        }
        _ => return Vec::new(),
    };
    vec![threshold, say!(language, "kind-settings-threshold-note")]
}

fn threshold_rows(
    language: Language,
    view: &SettingsView,
    kind: EventKind,
    button: impl Fn(String, KindChoice) -> Key,
) -> Vec<Vec<Key>> {
    match kind {
        EventKind::NegativeReview => {
            let stars = REVIEW_THRESHOLDS.map(|stars| {
                button(choice(&format!("{stars} ★"), stars == view.review_threshold), KindChoice::Stars(stars))
            });
            vec![stars.into()]
        }
        EventKind::CriticalStock => {
            let left = STOCK_THRESHOLDS
                .map(|left| button(choice(&format!("≤ {left}"), left == view.stock_threshold), KindChoice::Left(left)));
            let mut rows: Vec<Vec<_>> = left.chunks(THRESHOLDS_PER_ROW).map(<[_]>::to_vec).collect();
            rows.extend(StockBy::ALL.map(|by| {
                let label = match by {
                    StockBy::Size => say!(language, "kind-settings-by-size"),
                    StockBy::Product => say!(language, "kind-settings-by-product"),
                };
                vec![button(choice(&label, by == view.stock_by), KindChoice::By(by))]
            }));
            rows
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use domain::CabinetId;

    use super::*;
    use crate::{screen::notifications::tests::view, tests::shown};

    #[test]
    fn a_kind_says_how_it_comes_and_offers_the_other_ways() {
        insta::assert_snapshot!(shown(&kind_settings(Language::Ru, &view(), EventKind::NewOrder, false)), @"
        🛒 <b>Новые заказы</b>

        Как присылать: каждое событие сразу.
        [✅ Присылать | 1:set:7:new_order:off]
        [● сразу | 1:set:7:new_order:at_once] [раз в 15 мин | 1:set:7:new_order:15m]
        [раз в час | 1:set:7:new_order:1h] [раз в 3 часа | 1:set:7:new_order:3h]
        [в сводке | 1:set:7:new_order:digest]
        [← Уведомления | 1:of:7]
        ");
        insta::assert_snapshot!(shown(&kind_settings(Language::En, &view(), EventKind::NewOrder, false)), @"
        🛒 <b>New orders</b>

        How it comes: each event at once.
        [✅ Notify me | 1:set:7:new_order:off]
        [● at once | 1:set:7:new_order:at_once] [every 15 min | 1:set:7:new_order:15m]
        [every hour | 1:set:7:new_order:1h] [every 3 hours | 1:set:7:new_order:3h]
        [in the digest | 1:set:7:new_order:digest]
        [← Notifications | 1:of:7]
        ");
    }

    #[test]
    fn a_kind_with_a_threshold_shows_it() {
        insta::assert_snapshot!(shown(&kind_settings(Language::Ru, &view(), EventKind::NegativeReview, false)), @"
        ⭐ <b>Плохие отзывы</b>

        Как присылать: каждое событие сразу.
        Плохой отзыв — до 3 ★ включительно.
        Новый порог действует для следующих событий.
        [✅ Присылать | 1:set:7:negative_review:off]
        [● сразу | 1:set:7:negative_review:at_once] [раз в 15 мин | 1:set:7:negative_review:15m]
        [раз в час | 1:set:7:negative_review:1h] [раз в 3 часа | 1:set:7:negative_review:3h]
        [в сводке | 1:set:7:negative_review:digest]
        [1 ★ | 1:set:7:negative_review:stars1] [2 ★ | 1:set:7:negative_review:stars2] [● 3 ★ | 1:set:7:negative_review:stars3] [4 ★ | 1:set:7:negative_review:stars4] [5 ★ | 1:set:7:negative_review:stars5]
        [← Уведомления | 1:of:7]
        ");
        let view = SettingsView { stock_by: StockBy::Product, stock_threshold: 10, ..view() };
        insta::assert_snapshot!(shown(&kind_settings(Language::Ru, &view, EventKind::CriticalStock, false)), @"
        📉 <b>Заканчивающиеся остатки</b>

        Как присылать: каждое событие сразу.
        Писать, когда осталось 10 шт. или меньше, и ещё раз, когда товар закончился.
        Новый порог действует для следующих событий.
        [✅ Присылать | 1:set:7:critical_stock:off]
        [● сразу | 1:set:7:critical_stock:at_once] [раз в 15 мин | 1:set:7:critical_stock:15m]
        [раз в час | 1:set:7:critical_stock:1h] [раз в 3 часа | 1:set:7:critical_stock:3h]
        [в сводке | 1:set:7:critical_stock:digest]
        [≤ 0 | 1:set:7:critical_stock:left0] [≤ 1 | 1:set:7:critical_stock:left1] [≤ 2 | 1:set:7:critical_stock:left2] [≤ 3 | 1:set:7:critical_stock:left3]
        [≤ 5 | 1:set:7:critical_stock:left5] [● ≤ 10 | 1:set:7:critical_stock:left10] [≤ 20 | 1:set:7:critical_stock:left20] [≤ 50 | 1:set:7:critical_stock:left50]
        [Считать по каждому размеру | 1:set:7:critical_stock:size]
        [● Считать по товару целиком | 1:set:7:critical_stock:product]
        [← Уведомления | 1:of:7]
        ");
        insta::assert_snapshot!(shown(&kind_settings(Language::En, &view, EventKind::CriticalStock, false)), @"
        📉 <b>Stock running out</b>

        How it comes: each event at once.
        You are told when 10 pcs or fewer are left, and once more when the stock has run out.
        A new threshold holds for what happens from now on.
        [✅ Notify me | 1:set:7:critical_stock:off]
        [● at once | 1:set:7:critical_stock:at_once] [every 15 min | 1:set:7:critical_stock:15m]
        [every hour | 1:set:7:critical_stock:1h] [every 3 hours | 1:set:7:critical_stock:3h]
        [in the digest | 1:set:7:critical_stock:digest]
        [≤ 0 | 1:set:7:critical_stock:left0] [≤ 1 | 1:set:7:critical_stock:left1] [≤ 2 | 1:set:7:critical_stock:left2] [≤ 3 | 1:set:7:critical_stock:left3]
        [≤ 5 | 1:set:7:critical_stock:left5] [● ≤ 10 | 1:set:7:critical_stock:left10] [≤ 20 | 1:set:7:critical_stock:left20] [≤ 50 | 1:set:7:critical_stock:left50]
        [Count each size by itself | 1:set:7:critical_stock:size]
        [● Count the product as a whole | 1:set:7:critical_stock:product]
        [← Notifications | 1:of:7]
        ");
    }

    #[test]
    fn with_several_cabinets_a_kind_can_be_the_same_everywhere() {
        let mut view = SettingsView {
            cabinet_name: Some("Кружка & Плед".into()),
            next_cabinet: Some(CabinetId(9)),
            digest_hour: Some(21),
            stock_threshold: 0,
            ..view()
        };
        view.kinds[5].1 = false;
        view.kinds[5].2 = Delivery::Digest;
        insta::assert_snapshot!(shown(&kind_settings(Language::Ru, &view, EventKind::CriticalStock, true)), @"
        📉 <b>Заканчивающиеся остатки</b>
        Кабинет: Кружка &amp; Плед

        Сейчас этот вид выключен.
        Как присылать: только в ежедневной сводке, в 21:00.
        Писать, когда товар закончился.
        Новый порог действует для следующих событий.

        ✅ Так теперь во всех ваших кабинетах.
        [⬜ Присылать | 1:set:7:critical_stock:on]
        [сразу | 1:set:7:critical_stock:at_once] [раз в 15 мин | 1:set:7:critical_stock:15m]
        [раз в час | 1:set:7:critical_stock:1h] [раз в 3 часа | 1:set:7:critical_stock:3h]
        [● в сводке | 1:set:7:critical_stock:digest]
        [● ≤ 0 | 1:set:7:critical_stock:left0] [≤ 1 | 1:set:7:critical_stock:left1] [≤ 2 | 1:set:7:critical_stock:left2] [≤ 3 | 1:set:7:critical_stock:left3]
        [≤ 5 | 1:set:7:critical_stock:left5] [≤ 10 | 1:set:7:critical_stock:left10] [≤ 20 | 1:set:7:critical_stock:left20] [≤ 50 | 1:set:7:critical_stock:left50]
        [● Считать по каждому размеру | 1:set:7:critical_stock:size]
        [Считать по товару целиком | 1:set:7:critical_stock:product]
        [Применить ко всем кабинетам | 1:set:7:critical_stock:everywhere]
        [← Уведомления | 1:of:7]
        ");
        view.kinds[0].2 = Delivery::Hourly;
        insta::assert_snapshot!(shown(&kind_settings(Language::En, &view, EventKind::NewOrder, true)), @"
        🛒 <b>New orders</b>
        Cabinet: Кружка &amp; Плед

        How it comes: collected into one message every hour.

        ✅ It is like this in all your cabinets now.
        [✅ Notify me | 1:set:7:new_order:off]
        [at once | 1:set:7:new_order:at_once] [every 15 min | 1:set:7:new_order:15m]
        [● every hour | 1:set:7:new_order:1h] [every 3 hours | 1:set:7:new_order:3h]
        [in the digest | 1:set:7:new_order:digest]
        [Apply to all cabinets | 1:set:7:new_order:everywhere]
        [← Notifications | 1:of:7]
        ");
    }
}
