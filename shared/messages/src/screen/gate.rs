//! The gate: what somebody sees who has no cabinet yet, and what they may do before they have one.

use domain::Language;

use crate::{
    base::{message::Message, texts::say},
    button::Screen,
    nav::how_to_button,
};

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

/// The one answer to somebody who may not start here. Their token was deleted unread.
#[must_use]
pub fn ask_for_a_link(language: Language, has_sent_a_token: bool) -> Message {
    let mut parts = vec![say!(language, "ask-for-a-link")];
    if has_sent_a_token {
        parts.push(say!(language, "token-deleted-unread"));
    }
    Message::text(parts.join("\n\n"), [])
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
    fn a_stranger_is_told_to_ask_for_a_link_and_nothing_else() {
        insta::assert_snapshot!(shown(&ask_for_a_link(Language::Ru, false)), @"🔒 Этот бот работает по приглашениям. Попросите ссылку у того, кто им управляет, или у владельца кабинета, и откройте её. Если по ссылке ничего не происходит, пришлите её сюда сообщением.");
        insta::assert_snapshot!(shown(&ask_for_a_link(Language::En, true)), @"
        🔒 This bot works by invitation. Ask whoever runs it, or the owner of a cabinet, for a link and open it. If nothing happens, send the link here as a message.

        I have deleted the message with the token without reading it.
        ");
    }
}
