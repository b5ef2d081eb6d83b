//! 🔔 Уведомления: the switches.

use domain::{CabinetId, EventKind};

use crate::{Callback, Message, format::escape, kinds, screens::back};

/// The switches of one person in one cabinet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationView {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The cabinet's name, if the reader has several.
    pub cabinet_name: Option<String>,
    /// The cabinet after this one, if the reader has several; after the last comes the first.
    pub next_cabinet: Option<CabinetId>,
    /// Whether the person is told anything at all (`notifications_enabled`).
    pub all_on: bool,
    /// The switches of the kinds, in the order of [`EventKind::SWITCHED`].
    pub switches: [(EventKind, bool); 6],
}

/// 🔔 Уведомления: one switch for everything, and one for each kind.
#[must_use]
pub fn notifications(view: &NotificationView) -> Message {
    let cabinet = view.cabinet;
    let mut lines = vec!["🔔 <b>Уведомления</b>".to_owned()];
    if let Some(name) = &view.cabinet_name {
        lines.push(format!("Кабинет: {}", escape(name)));
    }
    lines.push(String::new());
    lines.push(
        if view.all_on {
            "Нажмите, чтобы включить или выключить. Действует сразу."
        } else {
            "Сейчас всё выключено: виды ниже заработают, когда вы включите все уведомления."
        }
        .to_owned(),
    );
    let mut rows =
        vec![vec![Callback::ToggleAll { cabinet, on: !view.all_on }.button(switch("Все уведомления", view.all_on))]];
    rows.extend(view.switches.map(|(kind, on)| {
        vec![Callback::Toggle { cabinet, kind, on: !on }.button(switch(kinds::name(domain::Language::Ru, kind), on))]
    }));
    rows.extend(
        view.next_cabinet.map(|cabinet| vec![Callback::NotificationsOf { cabinet }.button("Следующий кабинет →")]),
    );
    rows.push(back());
    Message::text(lines.join("\n"), rows)
}

/// The label of a switch: what it governs, and how it stands.
fn switch(label: impl std::fmt::Display, is_on: bool) -> String {
    format!("{} {label}", if is_on { "✅" } else { "⬜" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    fn view() -> NotificationView {
        NotificationView {
            cabinet: CabinetId(7),
            cabinet_name: None,
            next_cabinet: None,
            all_on: true,
            switches: EventKind::SWITCHED.map(|kind| (kind, kind != EventKind::OrderReturn)),
        }
    }

    #[test]
    fn each_switch_says_how_it_stands_and_carries_the_other_state() {
        insta::assert_snapshot!(shown(&notifications(&view())), @"
        🔔 <b>Уведомления</b>

        Нажмите, чтобы включить или выключить. Действует сразу.
        [✅ Все уведомления | 1:all:7:off]
        [✅ Новые заказы | 1:kind:7:new_order:off]
        [✅ Выкупы | 1:kind:7:order_buyout:off]
        [✅ Отмены и отказы | 1:kind:7:order_cancellation:off]
        [⬜ Возвраты | 1:kind:7:order_return:on]
        [✅ Плохие отзывы | 1:kind:7:negative_review:off]
        [✅ Заканчивающиеся остатки | 1:kind:7:critical_stock:off]
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn with_several_cabinets_the_screen_names_its_own_and_leads_to_the_next() {
        let view = NotificationView {
            cabinet_name: Some("Кружка & Плед".into()),
            next_cabinet: Some(CabinetId(9)),
            all_on: false,
            ..view()
        };
        insta::assert_snapshot!(shown(&notifications(&view)), @"
        🔔 <b>Уведомления</b>
        Кабинет: Кружка &amp; Плед

        Сейчас всё выключено: виды ниже заработают, когда вы включите все уведомления.
        [⬜ Все уведомления | 1:all:7:on]
        [✅ Новые заказы | 1:kind:7:new_order:off]
        [✅ Выкупы | 1:kind:7:order_buyout:off]
        [✅ Отмены и отказы | 1:kind:7:order_cancellation:off]
        [⬜ Возвраты | 1:kind:7:order_return:on]
        [✅ Плохие отзывы | 1:kind:7:negative_review:off]
        [✅ Заканчивающиеся остатки | 1:kind:7:critical_stock:off]
        [Следующий кабинет → | 1:of:9]
        [← Меню | 1:menu]
        ");
    }
}
