//! Who has joined a cabinet, and who asks to come back: for its owners.

use domain::{
    CabinetId, Language,
    facts::{MemberAsks, MemberJoined},
};

use crate::{
    base::{
        format::{escape, shorten},
        message::Message,
        texts::say,
    },
    button::PeopleButton,
};

/// A person's name in Telegram has up to 129 characters; the beginning says who it is.
const NAME_CHARS: usize = 64;

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

#[cfg(test)]
mod tests {
    use domain::UserId;

    use super::*;
    use crate::{screen::people::member_removed, tests::shown};

    const CABINET: CabinetId = CabinetId(7);

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
