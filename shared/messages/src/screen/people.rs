//! Links that let people in, and who has joined.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Language, Role,
    facts::{MemberAsks, MemberJoined},
};

use crate::{
    base::{
        format::{day, escape, shorten},
        message::Message,
        nav::{back_to, menu_rows},
        texts::say,
    },
    button::{InviteButton, PeopleButton, Screen},
};

/// Cabinets that fit on the screen of invitations: two buttons each, and Telegram takes 100.
const INVITE_CABINETS: usize = 20;
/// A button's label that a phone can still show.
const LABEL_CHARS: usize = 24;
/// A person's name in Telegram has up to 129 characters; the beginning says who it is.
const NAME_CHARS: usize = 64;

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

/// Tells an owner who has joined.
#[must_use]
pub fn member_joined(language: Language, cabinet: CabinetId, joined: &MemberJoined) -> Message {
    let name = escape(&shorten(&joined.name, NAME_CHARS)).into_owned();
    let cabinet_name =
        joined.cabinet.as_deref().map_or_else(|| say!(language, "cabinet-unnamed"), |name| escape(name).into_owned());
    let html = if joined.by_link {
        say!(language, "member-joined-by-link", name = name, cabinet = cabinet_name)
    } else {
        say!(language, "member-joined", name = name, cabinet = cabinet_name)
    };
    let remove = PeopleButton::Remove { cabinet, member: joined.member };
    Message::text(html, [vec![remove.button(say!(language, "button-remove-member"))]])
}

/// Asks an owner whether somebody may come back.
#[must_use]
pub fn member_asks(language: Language, asks: &MemberAsks) -> Message {
    let name = escape(&shorten(&asks.name, NAME_CHARS)).into_owned();
    let cabinet =
        asks.cabinet.as_deref().map_or_else(|| say!(language, "cabinet-unnamed"), |name| escape(name).into_owned());
    let attempt = asks.attempt;
    let row = vec![
        PeopleButton::LetIn(attempt).button(say!(language, "button-let-in")),
        PeopleButton::KeepOut(attempt).button(say!(language, "button-keep-out")),
    ];
    Message::text(say!(language, "member-asks", name = name, cabinet = cabinet), [row])
}

/// What became of the question whether somebody may come back; `None`: it is over.
#[must_use]
pub fn member_asks_answered(language: Language, is_let_in: Option<bool>) -> Message {
    let html = match is_let_in {
        Some(true) => say!(language, "member-let-in"),
        Some(false) => say!(language, "member-kept-out"),
        None => say!(language, "member-asks-over"),
    };
    Message::text(html, [back_to(language, Screen::Menu)])
}

/// What became of «Убрать».
#[must_use]
pub fn member_removed(language: Language, was_there: bool) -> Message {
    let html = if was_there { say!(language, "member-removed") } else { say!(language, "member-is-gone") };
    Message::text(html, [back_to(language, Screen::Menu)])
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use domain::UserId;

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
    fn who_comes_by_a_link_is_told_where_he_is() {
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
        [🔔 Notifications | 1:notifications]
        [⚙️ Settings | 1:settings] [❓ Help | 1:help]

        🎉 You are a manager of the cabinet “Cabinet” now.
        ⏳ Its first load is still going on: I write as soon as it is over.

        This link no longer works: it is good for one person and for 7 days. Ask for a new one.

        You have 3 cabinets already, and there can be no more here.
        [← Back | 1:menu]
        ");
    }

    #[test]
    fn an_owner_is_told_who_has_joined_and_can_take_it_back() {
        let joined =
            MemberJoined {
                member: UserId(9), name: "<b>Борис".into(), cabinet: Some("A & B".into()), by_link: false
            };
        let told = |language| {
            let by_link = MemberJoined { by_link: true, cabinet: None, ..joined.clone() };
            let told = [
                member_joined(language, CABINET, &joined),
                member_joined(language, CABINET, &by_link),
                member_removed(language, true),
                member_removed(language, false),
            ];
            told.iter().map(shown).collect::<Vec<_>>().join("\n\n")
        };
        insta::assert_snapshot!(told(Language::Ru), @"
        👥 &lt;b&gt;Борис теперь в кабинете «A &amp; B»: присоединился с токеном этого магазина как менеджер.
        [Убрать | 1:remove:7:9]

        👥 &lt;b&gt;Борис теперь в кабинете «Кабинет»: присоединился по вашей ссылке.
        [Убрать | 1:remove:7:9]

        Готово: этот человек больше не видит кабинет, его токен удалён.
        [← Назад | 1:menu]

        Этого человека в кабинете уже нет.
        [← Назад | 1:menu]
        ");
        insta::assert_snapshot!(told(Language::En), @"
        👥 &lt;b&gt;Борис is in the cabinet “A &amp; B” now: joined with a token of this shop as a manager.
        [Remove | 1:remove:7:9]

        👥 &lt;b&gt;Борис is in the cabinet “Cabinet” now: joined by your link.
        [Remove | 1:remove:7:9]

        Done: this person no longer sees the cabinet, and the token is deleted.
        [← Back | 1:menu]

        This person is not in the cabinet any more.
        [← Back | 1:menu]
        ");
    }
}
