//! The gate: what somebody sees who has no cabinet yet, and what they may do before they have one.

use domain::Language;

use crate::{DeleteMyDataButton, Key, LanguageButton, Message, Screen, texts::say};

/// The first message: what the bot does, the request for a token, and all that is possible without
/// one.
#[must_use]
pub fn ask_for_token(language: Language) -> Message {
    Message::text(
        say!(language, "ask-for-token"),
        [
            vec![how_to_button(language)],
            vec![Screen::Language.button(say!(language, "button-language"))],
            vec![Screen::DeleteMyData.button(say!(language, "button-delete-my-data"))],
        ],
    )
}

/// A button that opens the steps to a token.
pub(crate) fn how_to_button(language: Language) -> Key {
    Screen::Help.button(format!("❓ {}", say!(language, "how-to-title")))
}

/// The steps to a token, by WB's seller portal of today.
pub(crate) fn how_to_get_a_token(language: Language) -> String {
    say!(language, "how-to-get-a-token")
}

/// ❓ Помощь for whoever has no cabinet yet.
#[must_use]
pub fn help_before_token(language: Language) -> Message {
    Message::text(format!("❓ {}", how_to_get_a_token(language)), [back_to(language, Screen::Menu)])
}

/// 🌐 Язык, with the way back to that screen.
#[must_use]
pub fn choose_language(language: Language, back: Screen) -> Message {
    let choices = Language::ALL.map(|choice| {
        let name = match choice {
            Language::Ru => "Русский",
            Language::En => "English",
        };
        let mark = if choice == language { "✓ " } else { "" };
        LanguageButton::Speak(choice).button(format!("{mark}{name}"))
    });
    Message::text(say!(language, "choose-language"), [choices.to_vec(), back_to(language, back)])
}

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

/// The one answer to somebody who may not start here. Their token was deleted unread.
#[must_use]
pub fn ask_for_a_link(language: Language, has_sent_a_token: bool) -> Message {
    let mut parts = vec![say!(language, "ask-for-a-link")];
    if has_sent_a_token {
        parts.push(say!(language, "token-deleted-unread"));
    }
    Message::text(parts.join("\n\n"), [])
}

/// What stands in the settings of whoever is past the gate.
pub(crate) fn settings_rows(language: Language) -> Vec<Vec<Key>> {
    vec![
        vec![
            Screen::Invite.button(say!(language, "button-invite")),
            Screen::Language.button(say!(language, "button-language")),
        ],
        vec![Screen::DeleteMyData.button(say!(language, "button-delete-my-data"))],
    ]
}

/// The way back to a screen.
pub(crate) fn back_to(language: Language, screen: Screen) -> Vec<Key> {
    vec![screen.button(say!(language, "button-back"))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::shown;

    #[test]
    fn the_first_message_asks_for_a_token_and_offers_all_that_works_without_one() {
        insta::assert_snapshot!(shown(&ask_for_token(Language::Ru)), @"
        👋 <b>WB Assist</b> пишет сюда, когда в вашем магазине на Wildberries появляется новое: заказы, выкупы, отмены, возвраты, плохие отзывы, заканчивающиеся остатки.

        Чтобы начать, пришлите одним сообщением <b>токен API Wildberries</b>. Сообщение с токеном я сразу удалю, а сам токен храню зашифрованным и больше никому не показываю.

        Сотруднику магазина токен не нужен: попросите у владельца кабинета ссылку-приглашение и откройте её.
        [❓ Как получить токен | 1:help]
        [🌐 Язык · Language | 1:language]
        [🗑 Удалить мои данные | 1:delete_my_data]
        ");
        insta::assert_snapshot!(shown(&ask_for_token(Language::En)), @"
        👋 <b>WB Assist</b> writes here when something happens in your Wildberries shop: orders, buyouts, cancellations, returns, bad reviews, stock running out.

        To begin, send your <b>Wildberries API token</b> in one message. I delete that message at once, keep the token encrypted and never show it to anybody again.

        Employees need no token: ask the owner of the cabinet for an invitation link and open it.
        [❓ How to get a token | 1:help]
        [🌐 Язык · Language | 1:language]
        [🗑 Delete my data | 1:delete_my_data]
        ");
    }

    #[test]
    fn the_help_names_the_steps_to_a_token() {
        insta::assert_snapshot!(shown(&help_before_token(Language::Ru)), @"
        ❓ <b>Как получить токен</b>
        1. Откройте кабинет продавца WB: Настройки → Доступ к API. Создать токен может только владелец профиля.
        2. Отметьте категории: Статистика, Аналитика, Контент, Вопросы и отзывы.
        3. Включите «Только чтение», если не собираетесь отвечать на отзывы отсюда.
        4. Скопируйте токен и пришлите его сюда одним сообщением. Он действует 180 дней.

        Вы сотрудник? Токен вам не нужен: попросите у владельца кабинета приглашение.
        [← Назад | 1:menu]
        ");
        insta::assert_snapshot!(shown(&help_before_token(Language::En)), @"
        ❓ <b>How to get a token</b>
        1. Open WB's seller portal: Настройки → Доступ к API (Settings → API access). Only the owner of the profile can create a token.
        2. Tick the categories Статистика, Аналитика, Контент, Вопросы и отзывы (Statistics, Analytics, Content, Feedback and questions).
        3. Choose «Только чтение» (read only) unless you want to answer reviews from here.
        4. Copy the token and send it here in one message. It lives for 180 days.

        Are you an employee? You need no token: ask the owner of the cabinet for an invitation.
        [← Back | 1:menu]
        ");
    }

    #[test]
    fn the_languages_are_named_in_themselves() {
        insta::assert_snapshot!(shown(&choose_language(Language::Ru, Screen::Menu)), @"
        🌐 На каком языке говорить с вами?
        [✓ Русский | 1:language:ru] [English | 1:language:en]
        [← Назад | 1:menu]
        ");
        insta::assert_snapshot!(shown(&choose_language(Language::En, Screen::Settings)), @"
        🌐 Which language shall I speak to you?
        [Русский | 1:language:ru] [✓ English | 1:language:en]
        [← Back | 1:settings]
        ");
    }

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

    #[test]
    fn a_stranger_is_told_to_ask_for_a_link_and_nothing_else() {
        insta::assert_snapshot!(shown(&ask_for_a_link(Language::Ru, false)), @"🔒 Этот бот работает по приглашениям. Попросите ссылку у того, кто им управляет, или у владельца кабинета, и откройте её. Если по ссылке ничего не происходит, пришлите её сюда сообщением.");
        insta::assert_snapshot!(shown(&ask_for_a_link(Language::En, true)), @"
        🔒 This bot works by invitation. Ask whoever runs it, or the owner of a cabinet, for a link and open it. If nothing happens, send the link here as a message.

        I have deleted the message with the token without reading it.
        ");
    }
}
