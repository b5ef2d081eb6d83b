//! Links that let people in.

use chrono::{DateTime, Utc};
use domain::{CabinetId, Language, Role};

use crate::{
    base::{
        format::{day, escape, shorten},
        message::Message,
        texts::say,
    },
    button::{InviteButton, Screen},
    nav::{back_to, menu_rows},
};

/// Cabinets that fit on the screen of invitations: two buttons each, and Telegram takes 100.
const INVITE_CABINETS: usize = 20;
/// A button's label that a phone can still show.
const LABEL_CHARS: usize = 24;

/// 👥 Пригласить: for each cabinet that the person owns, a link for a reader or a manager.
#[must_use]
pub fn invite(language: Language, owned: &[(CabinetId, Option<String>)]) -> Message {
    if owned.is_empty() {
        return Message::text(say!(language, "invite-nothing-owned"), [back_to(language, Screen::Settings)]);
    }
    let mut rows = Vec::new();
    for (cabinet, name) in owned.iter().take(INVITE_CABINETS) {
        let name = name.clone().unwrap_or_else(|| say!(language, "cabinet-unnamed"));
        let name = shorten(&name, LABEL_CHARS).into_owned();
        rows.push(Vec::from(Role::INVITED.map(|role| {
            let label = match (role, owned.len()) {
                (Role::Manager, 1) => say!(language, "button-invite-manager"),
                (_, 1) => say!(language, "button-invite-reader"),
                (Role::Manager, _) => say!(language, "button-invite-manager-to", cabinet = name.clone()),
                _ => say!(language, "button-invite-reader-to", cabinet = name.clone()),
            };
            InviteButton::Make { cabinet: *cabinet, role }.button(label)
        })));
    }
    rows.push(back_to(language, Screen::Settings));
    Message::text(say!(language, "invite-screen"), rows)
}

/// A link that was made; it is shown this once.
#[must_use]
pub fn invite_made(language: Language, role: Role, link: &str, until: DateTime<Utc>) -> Message {
    let (link, until) = (escape(link).into_owned(), day(language, until));
    let html = match role {
        Role::Manager => say!(language, "invite-made-manager", until = until, link = link),
        _ => say!(language, "invite-made-reader", until = until, link = link),
    };
    Message::text(html, [back_to(language, Screen::Invite)])
}

/// A link that was used, or whose days are over.
#[must_use]
pub fn invite_over(language: Language) -> Message {
    Message::text(say!(language, "invite-over"), [])
}

/// Somebody has come in by an owner's link.
#[must_use]
pub fn invite_joined(language: Language, role: Role, cabinet: Option<&str>, is_ready: bool) -> Message {
    let cabinet = cabinet.map_or_else(|| say!(language, "cabinet-unnamed"), |name| escape(name).into_owned());
    let html = match role {
        Role::Manager => say!(language, "invite-joined-manager", cabinet = cabinet),
        _ => say!(language, "invite-joined-reader", cabinet = cabinet),
    };
    if is_ready {
        return Message::text(html, menu_rows(language));
    }
    Message::text(format!("{html}\n{}", say!(language, "invite-first-sync")), [])
}

/// The link is good, but the person has as many cabinets as one may have.
#[must_use]
pub fn invite_too_many(language: Language, limit: u16) -> Message {
    Message::text(say!(language, "invite-too-many", limit = limit), [back_to(language, Screen::Menu)])
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::tests::shown;

    const CABINET: CabinetId = CabinetId(7);

    #[test]
    fn an_owner_chooses_cabinet_and_role() {
        let one = [(CABINET, Some("Кружка & Плед".to_owned()))];
        let two = [one[0].clone(), (CabinetId(8), None)];
        insta::assert_snapshot!(shown(&invite(Language::Ru, &one)), @"
        👥 <b>Пригласить</b>

        Ссылка одноразовая и действует 7 дней. Читатель видит всё и настраивает свои уведомления; менеджер ещё и отвечает на отзывы, выгружает данные и запускает обновление.
        [Читателя | 1:invite:7:reader] [Менеджера | 1:invite:7:manager]
        [← Назад | 1:settings]
        ");
        insta::assert_snapshot!(shown(&invite(Language::En, &two)), @"
        👥 <b>Invite</b>

        A link works once and for 7 days. A reader sees everything and has their own notification settings; a manager also answers reviews, exports data and starts a sync.
        [A reader · Кружка & Плед | 1:invite:7:reader] [A manager · Кружка & Плед | 1:invite:7:manager]
        [A reader · Cabinet | 1:invite:8:reader] [A manager · Cabinet | 1:invite:8:manager]
        [← Back | 1:settings]
        ");
        insta::assert_snapshot!(shown(&invite(Language::Ru, &[])), @"
        Приглашать может только владелец кабинета.
        [← Назад | 1:settings]
        ");
    }

    #[test]
    fn a_link_says_how_long_it_works() {
        let until = Utc.with_ymd_and_hms(2026, 11, 29, 9, 0, 0).unwrap();
        let link = "https://t.me/wb_assist_bot?start=0123456789abcdef0123456789abcdef";
        insta::assert_snapshot!(shown(&invite_made(Language::Ru, Role::Reader, link, until)), @"
        👥 Ссылка для читателя, одноразовая, действует до 29.11.2026:
        https://t.me/wb_assist_bot?start=0123456789abcdef0123456789abcdef
        [← Назад | 1:invite]
        ");
        insta::assert_snapshot!(shown(&invite_made(Language::En, Role::Manager, link, until)), @"
        👥 A link for a manager, good for one person until 29 Nov 2026:
        https://t.me/wb_assist_bot?start=0123456789abcdef0123456789abcdef
        [← Back | 1:invite]
        ");
    }

    #[test]
    fn who_comes_by_a_link_is_told_where_they_are() {
        let told = |language| {
            let told = [
                invite_joined(language, Role::Reader, Some("A & B"), true),
                invite_joined(language, Role::Manager, None, false),
                invite_over(language),
                invite_too_many(language, 3),
            ];
            told.iter().map(shown).collect::<Vec<_>>().join("\n\n")
        };
        insta::assert_snapshot!(told(Language::Ru), @"
        🎉 Вы теперь читатель кабинета «A &amp; B».
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]

        🎉 Вы теперь менеджер кабинета «Кабинет».
        ⏳ Его первая загрузка ещё идёт: я напишу, как только она закончится.

        Эта ссылка уже не действует: она одноразовая и живёт 7 дней. Попросите новую.

        У вас уже 3 кабинета — больше здесь нельзя.
        [← Назад | 1:menu]
        ");
        insta::assert_snapshot!(told(Language::En), @"
        🎉 You are a reader of the cabinet “A &amp; B” now.
        [🛒 Orders | 1:orders] [📦 Stock | 1:stocks]
        [⭐ Reviews | 1:reviews] [📈 Analytics | 1:analytics]
        [🔔 Notifications | 1:notifications]
        [⚙️ Settings | 1:settings] [❓ Help | 1:help]

        🎉 You are a manager of the cabinet “Cabinet” now.
        ⏳ Its first load is still going on: I write as soon as it is over.

        This link no longer works: it is good for one person and for 7 days. Ask for a new one.

        You have 3 cabinets already, and there can be no more here.
        [← Back | 1:menu]
        ");
    }
}
