//! Quiet hours, the zone by which they go, and the hour of the digest.

use domain::{Language, QuietMode, Zone};

use crate::{
    SettingsView,
    base::{keyboard::Key, message::Message, texts::say},
    button::{PersonalButton, Screen},
    screen::notifications::{choice, clock, switch},
};

/// Hours in one row of buttons.
const HOURS_PER_ROW: u8 = 6;

/// 🌙 Quiet hours.
#[must_use]
pub fn quiet_hours(language: Language, view: &SettingsView) -> Message {
    let (from, until) = (clock(view.quiet_from), clock(view.quiet_until));
    let zone = zone_name(language, view.zone);
    let what = match (view.quiet_enabled, view.quiet_mode) {
        (false, _) => say!(language, "quiet-off"),
        (true, QuietMode::Silent) => say!(language, "quiet-silent", from = &from, until = &until),
        (true, QuietMode::Held) => say!(language, "quiet-held", from = &from, until = &until),
    };
    let mut lines = vec![say!(language, "quiet-title"), String::new(), what];
    let on = PersonalButton::Quiet(!view.quiet_enabled);
    let mut rows = vec![vec![on.button(switch(&say!(language, "quiet-switch"), view.quiet_enabled))]];
    if view.quiet_enabled {
        lines.push(say!(language, "quiet-clock", zone = &zone));
        rows.push(vec![
            Screen::QuietFrom.button(say!(language, "quiet-from", hour = &from)),
            Screen::QuietUntil.button(say!(language, "quiet-until", hour = &until)),
        ]);
        let modes = QuietMode::ALL.map(|mode| {
            let label = match mode {
                QuietMode::Silent => say!(language, "quiet-mode-silent"),
                QuietMode::Held => say!(language, "quiet-mode-held"),
            };
            PersonalButton::QuietMode(mode).button(choice(&label, mode == view.quiet_mode))
        });
        rows.push(modes.into());
        rows.push(vec![Screen::Zones.button(say!(language, "quiet-zone", zone = &zone))]);
    }
    rows.push(back_to_notifications(language));
    Message::text(lines.join("\n"), rows)
}

/// The hour at which quiet hours begin.
#[must_use]
pub fn quiet_from(language: Language, view: &SettingsView) -> Message {
    let rows = hours(|hour| hour != view.quiet_until, Some(view.quiet_from), PersonalButton::QuietFrom);
    Message::text(say!(language, "quiet-choose-from"), with_back_to_quiet_hours(language, rows))
}

/// The hour at which quiet hours end.
#[must_use]
pub fn quiet_until(language: Language, view: &SettingsView) -> Message {
    let rows = hours(|hour| hour != view.quiet_from, Some(view.quiet_until), PersonalButton::QuietUntil);
    Message::text(say!(language, "quiet-choose-until"), with_back_to_quiet_hours(language, rows))
}

/// The zones.
#[must_use]
pub fn zones(language: Language, view: &SettingsView) -> Message {
    let rows = Zone::ALL.map(|zone| {
        let label = choice(&zone_name(language, zone), zone == view.zone);
        vec![PersonalButton::Zone(zone).button(label)]
    });
    let html = format!("{}\n\n{}", say!(language, "zones-title"), say!(language, "zones-hint"));
    Message::text(html, with_back_to_quiet_hours(language, rows.into()))
}

/// 📰 The digest: its hour, or none.
#[must_use]
pub fn digest_settings(language: Language, view: &SettingsView) -> Message {
    let zone = zone_name(language, view.zone);
    let state = match view.digest_hour {
        Some(hour) => say!(language, "digest-settings-on", hour = clock(hour), zone = &zone),
        None => say!(language, "digest-settings-off"),
    };
    let mut parts = vec![say!(language, "digest-settings-title"), say!(language, "digest-settings-what"), state];
    let mut rows = hours(|_| true, view.digest_hour, |hour| PersonalButton::Digest(Some(hour)));
    if view.digest_hour.is_some() {
        parts.push(say!(language, "digest-settings-off-note"));
        let off = PersonalButton::Digest(None);
        rows.push(vec![off.button(say!(language, "digest-settings-turn-off"))]);
        rows.push(vec![Screen::Zones.button(say!(language, "quiet-zone", zone = &zone))]);
    }
    rows.push(back_to_notifications(language));
    Message::text(parts.join("\n\n"), rows)
}

/// What the zone is called.
fn zone_name(language: Language, zone: Zone) -> String {
    match zone {
        Zone::Kaliningrad => say!(language, "zone-kaliningrad"),
        Zone::Moscow => say!(language, "zone-moscow"),
        Zone::Samara => say!(language, "zone-samara"),
        Zone::Yekaterinburg => say!(language, "zone-yekaterinburg"),
        Zone::Omsk => say!(language, "zone-omsk"),
        Zone::Novosibirsk => say!(language, "zone-novosibirsk"),
        Zone::Irkutsk => say!(language, "zone-irkutsk"),
        Zone::Yakutsk => say!(language, "zone-yakutsk"),
        Zone::Vladivostok => say!(language, "zone-vladivostok"),
        Zone::Magadan => say!(language, "zone-magadan"),
        Zone::Kamchatka => say!(language, "zone-kamchatka"),
    }
}

/// A button for each hour that may be chosen.
fn hours(may_be: impl Fn(u8) -> bool, chosen: Option<u8>, pick: impl Fn(u8) -> PersonalButton) -> Vec<Vec<Key>> {
    let hours: Vec<u8> = (0..24).collect();
    let row = |hours: &[u8]| {
        let hours = hours.iter().copied().filter(|hour| may_be(*hour));
        hours.map(|hour| pick(hour).button(choice(&clock(hour), chosen == Some(hour)))).collect()
    };
    hours.chunks(HOURS_PER_ROW.into()).map(row).collect()
}

fn back_to_notifications(language: Language) -> Vec<Key> {
    vec![Screen::Notifications.button(say!(language, "notifications-back"))]
}

fn with_back_to_quiet_hours(language: Language, mut rows: Vec<Vec<Key>>) -> Vec<Vec<Key>> {
    rows.push(vec![Screen::QuietHours.button(say!(language, "quiet-back"))]);
    rows.push(back_to_notifications(language));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{screen::notifications::tests::view, tests::shown};

    #[test]
    fn quiet_hours_say_what_they_do() {
        insta::assert_snapshot!(shown(&quiet_hours(Language::Ru, &view())), @"
        🌙 <b>Тихие часы</b>

        Выключены: сообщения приходят со звуком в любое время.
        [⬜ Тихие часы | 1:my:quiet:on]
        [← Уведомления | 1:notifications]
        ");
        let silent = SettingsView { quiet_enabled: true, ..view() };
        insta::assert_snapshot!(shown(&quiet_hours(Language::Ru, &silent)), @"
        🌙 <b>Тихие часы</b>

        С 23:00 до 08:00 сообщения приходят без звука.
        Часы: Москва (МСК).
        [✅ Тихие часы | 1:my:quiet:off]
        [Начало: 23:00 | 1:quiet_from] [Конец: 08:00 | 1:quiet_until]
        [● Без звука | 1:my:mode:silent] [До утра | 1:my:mode:held]
        [🕒 Москва (МСК) | 1:zones]
        [← Уведомления | 1:notifications]
        ");
        let held = SettingsView { quiet_mode: QuietMode::Held, zone: Zone::Kamchatka, ..silent };
        insta::assert_snapshot!(shown(&quiet_hours(Language::En, &held)), @"
        🌙 <b>Quiet hours</b>

        From 23:00 to 08:00 messages wait and come when the quiet hours end.
        Clock: Kamchatka (MSK+9).
        [✅ Quiet hours | 1:my:quiet:off]
        [Begin: 23:00 | 1:quiet_from] [End: 08:00 | 1:quiet_until]
        [Without a sound | 1:my:mode:silent] [● Keep until morning | 1:my:mode:held]
        [🕒 Kamchatka (MSK+9) | 1:zones]
        [← Notifications | 1:notifications]
        ");
    }

    #[test]
    fn they_never_end_when_they_begin() {
        insta::assert_snapshot!(shown(&quiet_from(Language::Ru, &view())), @"
        🌙 Когда начинаются тихие часы?
        [00:00 | 1:my:from:0] [01:00 | 1:my:from:1] [02:00 | 1:my:from:2] [03:00 | 1:my:from:3] [04:00 | 1:my:from:4] [05:00 | 1:my:from:5]
        [06:00 | 1:my:from:6] [07:00 | 1:my:from:7] [09:00 | 1:my:from:9] [10:00 | 1:my:from:10] [11:00 | 1:my:from:11]
        [12:00 | 1:my:from:12] [13:00 | 1:my:from:13] [14:00 | 1:my:from:14] [15:00 | 1:my:from:15] [16:00 | 1:my:from:16] [17:00 | 1:my:from:17]
        [18:00 | 1:my:from:18] [19:00 | 1:my:from:19] [20:00 | 1:my:from:20] [21:00 | 1:my:from:21] [22:00 | 1:my:from:22] [● 23:00 | 1:my:from:23]
        [← Тихие часы | 1:quiet]
        [← Уведомления | 1:notifications]
        ");
        insta::assert_snapshot!(shown(&quiet_until(Language::En, &view())), @"
        🌙 When do the quiet hours end?
        [00:00 | 1:my:until:0] [01:00 | 1:my:until:1] [02:00 | 1:my:until:2] [03:00 | 1:my:until:3] [04:00 | 1:my:until:4] [05:00 | 1:my:until:5]
        [06:00 | 1:my:until:6] [07:00 | 1:my:until:7] [● 08:00 | 1:my:until:8] [09:00 | 1:my:until:9] [10:00 | 1:my:until:10] [11:00 | 1:my:until:11]
        [12:00 | 1:my:until:12] [13:00 | 1:my:until:13] [14:00 | 1:my:until:14] [15:00 | 1:my:until:15] [16:00 | 1:my:until:16] [17:00 | 1:my:until:17]
        [18:00 | 1:my:until:18] [19:00 | 1:my:until:19] [20:00 | 1:my:until:20] [21:00 | 1:my:until:21] [22:00 | 1:my:until:22]
        [← Quiet hours | 1:quiet]
        [← Notifications | 1:notifications]
        ");
    }

    #[test]
    fn the_zones_are_those_of_russia() {
        insta::assert_snapshot!(shown(&zones(Language::Ru, &view())), @"
        🕒 <b>Часовой пояс</b>

        По нему идут тихие часы и сводка. Суммы за день считаются по московскому времени, как в WB.
        [Калининград (МСК−1) | 1:my:zone:Europe/Kaliningrad]
        [● Москва (МСК) | 1:my:zone:Europe/Moscow]
        [Самара (МСК+1) | 1:my:zone:Europe/Samara]
        [Екатеринбург (МСК+2) | 1:my:zone:Asia/Yekaterinburg]
        [Омск (МСК+3) | 1:my:zone:Asia/Omsk]
        [Новосибирск, Красноярск (МСК+4) | 1:my:zone:Asia/Novosibirsk]
        [Иркутск (МСК+5) | 1:my:zone:Asia/Irkutsk]
        [Якутск (МСК+6) | 1:my:zone:Asia/Yakutsk]
        [Владивосток (МСК+7) | 1:my:zone:Asia/Vladivostok]
        [Магадан (МСК+8) | 1:my:zone:Asia/Magadan]
        [Камчатка (МСК+9) | 1:my:zone:Asia/Kamchatka]
        [← Тихие часы | 1:quiet]
        [← Уведомления | 1:notifications]
        ");
        insta::assert_snapshot!(shown(&zones(Language::En, &view())), @"
        🕒 <b>Time zone</b>

        Quiet hours and the digest follow it. Sums of a day go by Moscow time, as WB counts.
        [Kaliningrad (MSK−1) | 1:my:zone:Europe/Kaliningrad]
        [● Moscow (MSK) | 1:my:zone:Europe/Moscow]
        [Samara (MSK+1) | 1:my:zone:Europe/Samara]
        [Yekaterinburg (MSK+2) | 1:my:zone:Asia/Yekaterinburg]
        [Omsk (MSK+3) | 1:my:zone:Asia/Omsk]
        [Novosibirsk, Krasnoyarsk (MSK+4) | 1:my:zone:Asia/Novosibirsk]
        [Irkutsk (MSK+5) | 1:my:zone:Asia/Irkutsk]
        [Yakutsk (MSK+6) | 1:my:zone:Asia/Yakutsk]
        [Vladivostok (MSK+7) | 1:my:zone:Asia/Vladivostok]
        [Magadan (MSK+8) | 1:my:zone:Asia/Magadan]
        [Kamchatka (MSK+9) | 1:my:zone:Asia/Kamchatka]
        [← Quiet hours | 1:quiet]
        [← Notifications | 1:notifications]
        ");
    }

    #[test]
    fn the_digest_names_its_hour_and_clock() {
        insta::assert_snapshot!(shown(&digest_settings(Language::Ru, &view())), @"
        📰 <b>Ежедневная сводка</b>

        Одно сообщение в день по всем кабинетам: заказы, выкупы, отмены, возвраты, «К перечислению», плохие отзывы, закончившиеся товары. До 12:00 — за вчера, позже — за сегодня. Прислать сейчас: /digest

        Сейчас сводка выключена. Выберите час:
        [00:00 | 1:my:digest:0] [01:00 | 1:my:digest:1] [02:00 | 1:my:digest:2] [03:00 | 1:my:digest:3] [04:00 | 1:my:digest:4] [05:00 | 1:my:digest:5]
        [06:00 | 1:my:digest:6] [07:00 | 1:my:digest:7] [08:00 | 1:my:digest:8] [09:00 | 1:my:digest:9] [10:00 | 1:my:digest:10] [11:00 | 1:my:digest:11]
        [12:00 | 1:my:digest:12] [13:00 | 1:my:digest:13] [14:00 | 1:my:digest:14] [15:00 | 1:my:digest:15] [16:00 | 1:my:digest:16] [17:00 | 1:my:digest:17]
        [18:00 | 1:my:digest:18] [19:00 | 1:my:digest:19] [20:00 | 1:my:digest:20] [21:00 | 1:my:digest:21] [22:00 | 1:my:digest:22] [23:00 | 1:my:digest:23]
        [← Уведомления | 1:notifications]
        ");
        let on = SettingsView { digest_hour: Some(9), ..view() };
        insta::assert_snapshot!(shown(&digest_settings(Language::En, &on)), @"
        📰 <b>Daily digest</b>

        One message a day about all cabinets: orders, buyouts, cancellations, returns, payout, bad reviews, stock that ran out. Before 12:00 it covers yesterday, later today so far. To get it now: /digest

        Now: every day at 09:00. Moscow (MSK).

        If you turn the digest off, kinds that come only in it will come at once.
        [00:00 | 1:my:digest:0] [01:00 | 1:my:digest:1] [02:00 | 1:my:digest:2] [03:00 | 1:my:digest:3] [04:00 | 1:my:digest:4] [05:00 | 1:my:digest:5]
        [06:00 | 1:my:digest:6] [07:00 | 1:my:digest:7] [08:00 | 1:my:digest:8] [● 09:00 | 1:my:digest:9] [10:00 | 1:my:digest:10] [11:00 | 1:my:digest:11]
        [12:00 | 1:my:digest:12] [13:00 | 1:my:digest:13] [14:00 | 1:my:digest:14] [15:00 | 1:my:digest:15] [16:00 | 1:my:digest:16] [17:00 | 1:my:digest:17]
        [18:00 | 1:my:digest:18] [19:00 | 1:my:digest:19] [20:00 | 1:my:digest:20] [21:00 | 1:my:digest:21] [22:00 | 1:my:digest:22] [23:00 | 1:my:digest:23]
        [Turn off | 1:my:digest:off]
        [🕒 Moscow (MSK) | 1:zones]
        [← Notifications | 1:notifications]
        ");
    }
}
