//! 🔔 Уведомления: the switches, and the ways to what else can be set.

use domain::{CabinetId, Delivery, EventKind, Language, QuietMode, StockBy, Zone};

use crate::{
    base::{
        keyboard::Key,
        kinds::{self, cabinet_line},
        message::Message,
        texts::say,
    },
    button::{KindSettingsButton, MutedButton, NotificationsButton, Screen},
    nav::back,
};

/// The settings of one person in one cabinet, for all the screens that show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsView {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The cabinet's name, if the reader has several.
    pub cabinet_name: Option<String>,
    /// The cabinet after this one, if the reader has several; after the last comes the first.
    pub next_cabinet: Option<CabinetId>,
    /// Whether the person is told anything at all (`notifications_enabled`).
    pub all_on: bool,
    /// The switches of the kinds and how they come, in the order of [`EventKind::SWITCHED`].
    pub kinds: [(EventKind, bool, Delivery); 6],
    /// The seventh switch: that orders are late.
    pub orders_late: bool,
    /// The most stars of a negative review.
    pub review_threshold: i16,
    /// The remainder that is critical.
    pub stock_threshold: i32,
    /// Of what it is the remainder.
    pub stock_by: StockBy,
    /// Muted products of the cabinet.
    pub muted: i64,
    /// By which clock quiet hours and the digest go.
    pub zone: Zone,
    /// Whether there are quiet hours.
    pub quiet_enabled: bool,
    /// The hour at which they begin.
    pub quiet_from: u8,
    /// The hour at which they end.
    pub quiet_until: u8,
    /// What they do.
    pub quiet_mode: QuietMode,
    /// The hour of the digest.
    pub digest_hour: Option<u8>,
}

impl SettingsView {
    /// Whether a kind is on, and how it comes.
    pub(crate) fn kind(&self, kind: EventKind) -> (bool, Delivery) {
        self.kinds
            .iter()
            .find(|(one, ..)| *one == kind)
            .map_or((true, Delivery::AtOnce), |(_, on, delivery)| (*on, *delivery))
    }
}

/// 🔔 Уведомления: one switch for everything, one for each kind and how it comes, and the ways to
/// quiet hours, the digest and the muted products.
#[must_use]
pub fn notifications(language: Language, view: &SettingsView) -> Message {
    let cabinet = view.cabinet;
    let mut lines = vec![say!(language, "notifications-title")];
    lines.extend(cabinet_line(language, view.cabinet_name.as_deref()));
    lines.push(String::new());
    lines.push(if view.all_on {
        say!(language, "notifications-hint")
    } else {
        say!(language, "notifications-all-off")
    });
    let all = switch(&say!(language, "notifications-all"), view.all_on);
    let mut rows = vec![vec![NotificationsButton::ToggleAll { cabinet, on: !view.all_on }.button(all)]];
    rows.extend(view.kinds.map(|(kind, on, delivery)| {
        vec![
            NotificationsButton::Toggle { cabinet, kind, on: !on }.button(switch(&kinds::name(language, kind), on)),
            KindSettingsButton::Show { cabinet, kind }.button(format!("⚙️ {}", delivery_name(language, delivery))),
        ]
    }));
    let late = switch(&say!(language, "notifications-orders-late"), view.orders_late);
    rows.push(vec![NotificationsButton::ToggleLate { cabinet, on: !view.orders_late }.button(late)]);
    let quiet = if view.quiet_enabled {
        say!(language, "notifications-quiet-on", from = clock(view.quiet_from), until = clock(view.quiet_until))
    } else {
        say!(language, "notifications-quiet-off")
    };
    rows.push(vec![Screen::QuietHours.button(quiet)]);
    let digest = match view.digest_hour {
        Some(hour) => say!(language, "notifications-digest-on", hour = clock(hour)),
        None => say!(language, "notifications-digest-off"),
    };
    rows.push(vec![Screen::Digest.button(digest)]);
    let muted = say!(language, "notifications-muted", count = view.muted);
    rows.push(vec![MutedButton::Page { cabinet, page: 0 }.button(muted)]);
    rows.extend(
        view.next_cabinet
            .map(|cabinet| vec![NotificationsButton::Of(cabinet).button(say!(language, "notifications-next"))]),
    );
    rows.push(back(language));
    Message::text(lines.join("\n"), rows)
}

/// How a kind comes, in a word.
pub(crate) fn delivery_name(language: Language, delivery: Delivery) -> String {
    match delivery {
        Delivery::AtOnce => say!(language, "delivery-at-once"),
        Delivery::QuarterHourly => say!(language, "delivery-15m"),
        Delivery::Hourly => say!(language, "delivery-1h"),
        Delivery::ThreeHourly => say!(language, "delivery-3h"),
        Delivery::Digest => say!(language, "delivery-digest"),
    }
}

/// An hour on a clock: «08:00».
pub(crate) fn clock(hour: u8) -> String {
    format!("{hour:02}:00")
}

/// The label of a switch: what it governs, and how it stands.
pub(crate) fn switch(label: &str, is_on: bool) -> String {
    format!("{} {label}", if is_on { "✅" } else { "⬜" })
}

/// The label of one choice of several: the one that holds is marked.
pub(crate) fn choice(label: &str, is_chosen: bool) -> String {
    if is_chosen { format!("● {label}") } else { label.to_owned() }
}

/// The way back to the switches of a cabinet.
pub(crate) fn back_to_switches(language: Language, cabinet: CabinetId) -> Vec<Key> {
    vec![NotificationsButton::Of(cabinet).button(say!(language, "notifications-back"))]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::tests::shown;

    pub(crate) fn view() -> SettingsView {
        SettingsView {
            cabinet: CabinetId(7),
            cabinet_name: None,
            next_cabinet: None,
            all_on: true,
            kinds: EventKind::SWITCHED.map(|kind| (kind, kind != EventKind::OrderReturn, Delivery::AtOnce)),
            orders_late: true,
            review_threshold: 3,
            stock_threshold: 2,
            stock_by: StockBy::Size,
            muted: 0,
            zone: Zone::Moscow,
            quiet_enabled: false,
            quiet_from: 23,
            quiet_until: 8,
            quiet_mode: QuietMode::Silent,
            digest_hour: None,
        }
    }

    #[test]
    fn each_switch_says_how_it_stands_and_carries_the_other_state() {
        insta::assert_snapshot!(shown(&notifications(Language::Ru, &view())), @"
        🔔 <b>Уведомления</b>

        Слева — включить или выключить вид, справа — как он приходит. Действует сразу.
        [✅ Все уведомления | 1:all:7:off]
        [✅ Новые заказы | 1:kind:7:new_order:off] [⚙️ сразу | 1:kind:7:new_order]
        [✅ Выкупы | 1:kind:7:order_buyout:off] [⚙️ сразу | 1:kind:7:order_buyout]
        [✅ Отмены и отказы | 1:kind:7:order_cancellation:off] [⚙️ сразу | 1:kind:7:order_cancellation]
        [⬜ Возвраты | 1:kind:7:order_return:on] [⚙️ сразу | 1:kind:7:order_return]
        [✅ Плохие отзывы | 1:kind:7:negative_review:off] [⚙️ сразу | 1:kind:7:negative_review]
        [✅ Заканчивающиеся остатки | 1:kind:7:critical_stock:off] [⚙️ сразу | 1:kind:7:critical_stock]
        [✅ Заказы задерживаются | 1:late:7:off]
        [🌙 Тихие часы: нет | 1:quiet]
        [📰 Сводка: нет | 1:digest]
        [🔕 Отключённые товары: 0 | 1:muted:7:0]
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn with_several_cabinets_the_screen_names_its_own_and_leads_to_the_next() {
        let mut view = SettingsView {
            cabinet_name: Some("Кружка & Плед".into()),
            next_cabinet: Some(CabinetId(9)),
            all_on: false,
            quiet_enabled: true,
            digest_hour: Some(9),
            muted: 12,
            ..view()
        };
        for ((_, _, delivery), one) in view.kinds.iter_mut().zip(Delivery::ALL) {
            *delivery = one;
        }
        insta::assert_snapshot!(shown(&notifications(Language::Ru, &view)), @"
        🔔 <b>Уведомления</b>
        Кабинет: Кружка &amp; Плед

        Сейчас всё выключено: виды ниже заработают, когда вы включите все уведомления.
        [⬜ Все уведомления | 1:all:7:on]
        [✅ Новые заказы | 1:kind:7:new_order:off] [⚙️ сразу | 1:kind:7:new_order]
        [✅ Выкупы | 1:kind:7:order_buyout:off] [⚙️ раз в 15 мин | 1:kind:7:order_buyout]
        [✅ Отмены и отказы | 1:kind:7:order_cancellation:off] [⚙️ раз в час | 1:kind:7:order_cancellation]
        [⬜ Возвраты | 1:kind:7:order_return:on] [⚙️ раз в 3 часа | 1:kind:7:order_return]
        [✅ Плохие отзывы | 1:kind:7:negative_review:off] [⚙️ в сводке | 1:kind:7:negative_review]
        [✅ Заканчивающиеся остатки | 1:kind:7:critical_stock:off] [⚙️ сразу | 1:kind:7:critical_stock]
        [✅ Заказы задерживаются | 1:late:7:off]
        [🌙 Тихие часы: 23:00–08:00 | 1:quiet]
        [📰 Сводка: 09:00 | 1:digest]
        [🔕 Отключённые товары: 12 | 1:muted:7:0]
        [Следующий кабинет → | 1:of:9]
        [← Меню | 1:menu]
        ");
        insta::assert_snapshot!(shown(&notifications(Language::En, &view)), @"
        🔔 <b>Notifications</b>
        Cabinet: Кружка &amp; Плед

        Everything is off now: the kinds below work again once you turn all notifications on.
        [⬜ All notifications | 1:all:7:on]
        [✅ New orders | 1:kind:7:new_order:off] [⚙️ at once | 1:kind:7:new_order]
        [✅ Buyouts | 1:kind:7:order_buyout:off] [⚙️ every 15 min | 1:kind:7:order_buyout]
        [✅ Cancellations and refusals | 1:kind:7:order_cancellation:off] [⚙️ every hour | 1:kind:7:order_cancellation]
        [⬜ Returns | 1:kind:7:order_return:on] [⚙️ every 3 hours | 1:kind:7:order_return]
        [✅ Bad reviews | 1:kind:7:negative_review:off] [⚙️ in the digest | 1:kind:7:negative_review]
        [✅ Stock running out | 1:kind:7:critical_stock:off] [⚙️ at once | 1:kind:7:critical_stock]
        [✅ Orders are delayed | 1:late:7:off]
        [🌙 Quiet hours: 23:00–08:00 | 1:quiet]
        [📰 Digest: 09:00 | 1:digest]
        [🔕 Muted products: 12 | 1:muted:7:0]
        [Next cabinet → | 1:of:9]
        [← Menu | 1:menu]
        ");
    }
}
