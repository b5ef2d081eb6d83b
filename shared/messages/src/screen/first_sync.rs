//! A first sync that goes on, and the question whether it shall be cancelled.

use domain::{CabinetId, Language};

use crate::{
    base::{message::Message, texts::say},
    button::{FirstSyncButton, Screen},
};

/// The answer to whatever is sent while the first sync still runs.
#[must_use]
pub fn first_sync_running(language: Language) -> Message {
    Message::text(say!(language, "first-sync-running"), [vec![Screen::Help.button(say!(language, "button-help"))]])
}

/// Asks whether a first sync shall be cancelled, and says what goes with it.
#[must_use]
pub fn cancel_first_sync(language: Language, cabinet: CabinetId) -> Message {
    Message::text(
        say!(language, "cancel-first-sync"),
        [
            vec![FirstSyncButton::CancelForGood(cabinet).button(say!(language, "button-cancel-first-sync"))],
            vec![Screen::Menu.button(say!(language, "button-go-on"))],
        ],
    )
}

/// The person has left the cabinet during its first sync.
#[must_use]
pub fn first_sync_cancelled(language: Language) -> Message {
    Message::text(
        say!(language, "first-sync-cancelled"),
        [vec![Screen::Menu.button(say!(language, "button-begin-anew"))]],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    const CABINET: CabinetId = CabinetId(7);

    #[test]
    fn a_first_sync_is_cancelled_after_a_question() {
        let told = |language| {
            let told = [cancel_first_sync(language, CABINET), first_sync_cancelled(language)];
            told.iter().map(shown).collect::<Vec<_>>().join("\n\n")
        };
        insta::assert_snapshot!(told(Language::Ru), @"
        Отменить первую загрузку? Если в кабинете больше никого нет, он будет удалён вместе с токеном и всем, что уже загружено.
        [✖️ Да, отменить | 1:stop:7:yes]
        [Продолжать загрузку | 1:menu]

        Первая загрузка отменена: кабинета у вас больше нет, ваш токен удалён.
        [Начать заново | 1:menu]
        ");
        insta::assert_snapshot!(told(Language::En), @"
        Cancel the first load? If nobody else is in the cabinet, it is deleted together with the token and all that has been loaded.
        [✖️ Yes, cancel it | 1:stop:7:yes]
        [Go on loading | 1:menu]

        The first load is cancelled: you have left the cabinet, and your token is deleted.
        [Begin anew | 1:menu]
        ");
    }
}
