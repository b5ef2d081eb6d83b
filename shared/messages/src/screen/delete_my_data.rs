//! 🗑 Удалить мои данные.

use domain::Language;

use crate::{
    base::{message::Message, texts::say},
    button::{DeleteMyDataButton, Screen},
    nav::back_to,
};

/// 🗑 Удалить мои данные: the question, with the way back to that screen.
#[must_use]
pub fn delete_my_data(language: Language, back: Screen) -> Message {
    Message::text(
        say!(language, "delete-my-data"),
        [vec![DeleteMyDataButton::ForGood.button(say!(language, "button-delete-for-good"))], back_to(language, back)],
    )
}

/// Nothing of the person is left.
#[must_use]
pub fn data_deleted(language: Language) -> Message {
    Message::text(say!(language, "data-deleted"), [])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    #[test]
    fn deletion_asks_first_and_says_what_goes() {
        insta::assert_snapshot!(shown(&delete_my_data(Language::Ru, Screen::Menu)), @"
        🗑 <b>Удалить мои данные?</b>

        Будут удалены ваши настройки, присланные вами токены и ваш доступ к кабинетам. Кабинет, в котором кроме вас никого нет, удаляется вместе со всеми данными магазина. Вернуть их будет нельзя.
        [🗑 Да, удалить всё | 1:delete_my_data:yes]
        [← Назад | 1:menu]
        ");
        insta::assert_snapshot!(shown(&delete_my_data(Language::En, Screen::Settings)), @"
        🗑 <b>Delete my data?</b>

        Your settings, the tokens that you have sent and your access to cabinets will be deleted. A cabinet with no other member is deleted together with all data of the shop. They cannot be brought back.
        [🗑 Yes, delete everything | 1:delete_my_data:yes]
        [← Back | 1:settings]
        ");
        insta::assert_snapshot!(shown(&data_deleted(Language::Ru)), @"Готово: ваши данные удалены. Чтобы начать заново, отправьте /start.");
        insta::assert_snapshot!(shown(&data_deleted(Language::En)), @"Done: your data are deleted. To begin anew, send /start.");
    }
}
