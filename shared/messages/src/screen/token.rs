//! What becomes of a token that somebody has sent.

use chrono::{DateTime, Utc};
use domain::{Category, Language, TokenId, facts::AcceptedToken, first_contact::TokenUse};

use crate::{
    base::{
        format::day,
        message::Message,
        texts::say,
        token_facts::{accepted_lines, category_name},
    },
    button::TokenAttemptButton,
    nav::{back, how_to_button, menu_rows},
};

fn category_names(language: Language, categories: &[Category]) -> String {
    categories.iter().map(|category| category_name(language, *category)).collect::<Vec<_>>().join(", ")
}

/// A further token of a cabinet that is loaded: which of them serves now, and the main menu.
#[must_use]
pub fn token_renewed(language: Language, token: &AcceptedToken, serves: &TokenUse) -> Message {
    let mut lines = accepted_lines(language, token);
    lines.push(match serves {
        TokenUse::Everywhere => say!(language, "token-serves-all"),
        TokenUse::Nowhere => say!(language, "token-serves-none"),
        TokenUse::Partly { new, old } => {
            let (new, old) = (category_names(language, new), category_names(language, old));
            say!(language, "token-serves-some", new = new, old = old)
        }
    });
    Message::text(lines.join("\n"), menu_rows(language))
}

/// A token of a cabinet that the person now belongs to: one that is loaded, or whose first sync goes
/// on.
#[must_use]
pub fn token_accepted(language: Language, token: &AcceptedToken, is_ready: bool) -> Message {
    let mut lines = accepted_lines(language, token);
    if is_ready {
        return Message::text(lines.join("\n"), menu_rows(language));
    }
    lines.push(say!(language, "token-first-sync-goes-on"));
    Message::text(lines.join("\n"), [])
}

/// Telegram did not let the bot delete the message with the token.
#[must_use]
pub fn deletion_refused(language: Language) -> String {
    say!(language, "deletion-refused")
}

/// A token stood in a group, where everybody could read it.
#[must_use]
pub fn token_in_a_group(language: Language) -> String {
    say!(language, "token-in-a-group")
}

/// Why a token cannot serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTrouble {
    /// The text cannot be a token at all.
    NotAToken,
    /// It ended on that day.
    Expired(DateTime<Utc>),
    /// It is for WB's sandbox.
    Sandbox,
    /// It has none of the categories that we need.
    NoCategory,
    /// It is personal, and this deployment serves other people's shops.
    PersonalForClients,
    /// WB refuses it.
    Refused,
    /// The person has sent so many within an hour.
    TooManyAttempts(u16),
    /// The person has so many cabinets.
    TooManyCabinetsOfYours(u16),
    /// The deployment serves as many cabinets as it may.
    TooManyCabinets,
}

/// What became of a token that cannot serve, and what to do.
#[must_use]
pub fn token_trouble(language: Language, trouble: TokenTrouble) -> Message {
    let html = match trouble {
        TokenTrouble::NotAToken => say!(language, "trouble-not-a-token"),
        TokenTrouble::Expired(at) => say!(language, "trouble-expired", day = day(language, at)),
        TokenTrouble::Sandbox => say!(language, "trouble-sandbox"),
        TokenTrouble::NoCategory => {
            say!(language, "trouble-no-category", categories = category_names(language, &Category::ALL))
        }
        TokenTrouble::PersonalForClients => say!(language, "trouble-personal"),
        TokenTrouble::Refused => say!(language, "trouble-refused"),
        TokenTrouble::TooManyAttempts(limit) => say!(language, "trouble-too-many-attempts", limit = limit),
        TokenTrouble::TooManyCabinetsOfYours(limit) => {
            say!(language, "trouble-too-many-cabinets-of-yours", limit = limit)
        }
        TokenTrouble::TooManyCabinets => say!(language, "trouble-too-many-cabinets"),
    };
    Message::text(html, [vec![how_to_button(language)]])
}

/// WB does not answer now: the token is kept, tried again, and can be given up.
#[must_use]
pub fn token_waits(language: Language, attempt: TokenId) -> Message {
    let cancel = TokenAttemptButton::Cancel(attempt).button(say!(language, "button-cancel"));
    Message::text(say!(language, "token-waits"), [vec![cancel]])
}

/// WB has answered at last; what it said comes as a message of its own.
#[must_use]
pub fn token_wait_over(language: Language) -> Message {
    Message::text(say!(language, "token-wait-over"), [])
}

/// The person did not want to wait.
#[must_use]
pub fn token_wait_cancelled(language: Language) -> Message {
    Message::text(say!(language, "token-wait-cancelled"), [vec![how_to_button(language)]])
}

/// WB has not answered for a day.
#[must_use]
pub fn token_given_up(language: Language) -> Message {
    Message::text(say!(language, "token-given-up"), [vec![how_to_button(language)]])
}

/// The token of another seller, sent by somebody who has a cabinet already.
#[must_use]
pub fn token_offer(language: Language, token: &AcceptedToken, attempt: TokenId) -> Message {
    let html = format!("{}\n\n{}", accepted_lines(language, token).join("\n"), say!(language, "token-offer"));
    Message::text(
        html,
        [
            vec![TokenAttemptButton::AddCabinet(attempt).button(say!(language, "button-add-cabinet"))],
            vec![TokenAttemptButton::Cancel(attempt).button(say!(language, "button-do-not-add"))],
        ],
    )
}

/// The person does not want that cabinet.
#[must_use]
pub fn token_offer_declined(language: Language) -> Message {
    Message::text(say!(language, "token-offer-declined"), menu_rows(language))
}

/// The hour is over, or the question is answered already.
#[must_use]
pub fn token_offer_over(language: Language) -> Message {
    Message::text(say!(language, "token-offer-over"), menu_rows(language))
}

/// Somebody has added the bot to a group, which it leaves.
#[must_use]
pub fn leaves_group(language: Language) -> String {
    say!(language, "leaves-group")
}

/// An owner has removed this person, and is asked whether they may come back.
#[must_use]
pub fn token_asks_owner(language: Language, attempt: TokenId) -> Message {
    let cancel = TokenAttemptButton::Cancel(attempt).button(say!(language, "button-cancel"));
    Message::text(say!(language, "token-asks-owner"), [vec![cancel]])
}

/// What the owner said; `None`: nothing for a day.
#[must_use]
pub fn token_owner_said(language: Language, is_let_in: Option<bool>) -> Message {
    let html = match is_let_in {
        Some(true) => say!(language, "token-owner-said-yes"),
        Some(false) => say!(language, "token-owner-said-no"),
        None => say!(language, "token-owner-silent"),
    };
    Message::text(html, menu_rows(language))
}

/// The cabinet is added; its first sync shows its own progress.
#[must_use]
pub fn token_offer_accepted(language: Language) -> Message {
    Message::text(say!(language, "token-offer-accepted"), [back(language)])
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use domain::{Categories, TokenType};

    use super::*;
    use crate::tests::shown;

    fn at() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 14, 40, 0).unwrap()
    }

    fn token() -> AcceptedToken {
        AcceptedToken {
            shop: Some("Кружка & Плед".into()),
            token_type: TokenType::Service,
            categories: Categories::UNKNOWN,
            expires_at: Some(at()),
        }
    }

    fn attempt() -> TokenId {
        TokenId::parse("00000000-0000-0000-0000-000000000007").unwrap()
    }

    fn troubles(language: Language) -> String {
        let troubles = [
            TokenTrouble::NotAToken,
            TokenTrouble::Expired(at()),
            TokenTrouble::Sandbox,
            TokenTrouble::NoCategory,
            TokenTrouble::PersonalForClients,
            TokenTrouble::Refused,
            TokenTrouble::TooManyAttempts(10),
            TokenTrouble::TooManyCabinetsOfYours(3),
            TokenTrouble::TooManyCabinets,
        ];
        let told = troubles.map(|trouble| {
            let message = shown(&token_trouble(language, trouble));
            message.rsplit_once('\n').unwrap().0.to_owned()
        });
        told.join("\n\n")
    }

    #[test]
    fn each_trouble_with_a_token_says_what_to_do() {
        insta::assert_snapshot!(troubles(Language::Ru), @"
        Это не похоже на токен Wildberries. Скопируйте его целиком в разделе «Настройки → Доступ к API» и пришлите одним сообщением.

        Срок действия этого токена закончился 22.11.2026. Создайте новый и пришлите его сюда.

        Это тестовый токен: он работает только в песочнице WB и не видит ваш магазин. Создайте обычный токен и пришлите его сюда.

        У этого токена нет ни одной нужной категории. Создайте токен с категориями: Статистика, Аналитика, Контент, Вопросы и отзывы.

        Это персональный токен. По правилам Wildberries он только для собственных программ продавца: передавать его третьим лицам и облачным сервисам нельзя. Этот бот обслуживает разных продавцов, поэтому токен я удалил. Создайте базовый токен, а если сервис есть в каталоге WB — сервисный, и пришлите его сюда.

        Wildberries не принимает этот токен: он отозван или скопирован не полностью. Создайте новый в «Настройки → Доступ к API» и пришлите его сюда.

        Больше 10 токенов в час я не проверяю, поэтому этот удалил, не читая. Пришлите его снова через час.

        У вас уже 3 кабинета — больше здесь нельзя. Токен я удалил.

        Этот бот уже обслуживает столько магазинов, сколько может. Токен я удалил. Напишите тому, кто управляет ботом.
        ");
        insta::assert_snapshot!(troubles(Language::En), @"
        This does not look like a Wildberries token. Copy the whole of it in «Настройки → Доступ к API» (Settings → API access) and send it in one message.

        This token expired on 22 Nov 2026. Create a new one and send it here.

        This is a test token: it works in WB's sandbox only and does not see your shop. Create an ordinary token and send it here.

        This token has none of the categories that are needed. Create a token with the categories Статистика (Statistics), Аналитика (Analytics), Контент (Content), Вопросы и отзывы (Feedback and questions).

        This is a personal token. By Wildberries' rules it is for the seller's own programs only and must not be given to third parties or cloud services. This bot serves different sellers, so I have deleted the token. Create a base token, or a service token if the service is in WB's catalogue, and send it here.

        Wildberries does not accept this token: it was revoked, or not copied as a whole. Create a new one in «Настройки → Доступ к API» (Settings → API access) and send it here.

        I try no more than 10 tokens an hour, so I have deleted this one without reading it. Send it again in an hour.

        You have 3 cabinets already, and there can be no more here. I have deleted the token.

        This bot serves as many shops as it can already. I have deleted the token. Write to whoever runs the bot.
        ");
    }

    #[test]
    fn a_token_opens_the_menu_once_the_cabinet_is_loaded() {
        insta::assert_snapshot!(shown(&token_accepted(Language::Ru, &token(), true)), @"
        ✅ <b>Токен принят</b>
        Магазин: Кружка &amp; Плед
        Тип: сервисный — данные обновляются без задержек.
        Действует до 22.11.2026.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(shown(&token_accepted(Language::En, &token(), false)), @"
        ✅ <b>The token is accepted</b>
        Shop: Кружка &amp; Плед
        Type: service — the data come without delay.
        Valid until 22 Nov 2026.
        ⏳ The first load of this shop is already going on.
        ");
    }

    #[test]
    fn a_further_token_says_which_one_serves() {
        let partly =
            TokenUse::Partly { new: vec![Category::Content], old: vec![Category::Statistics, Category::Feedbacks] };
        let last_line = |language, serves: &TokenUse| {
            let html = token_renewed(language, &token(), serves).html;
            html.lines().last().unwrap().to_owned()
        };
        let all = Language::ALL.map(|language| {
            [&TokenUse::Everywhere, &partly, &TokenUse::Nowhere].map(|serves| last_line(language, serves)).join("\n")
        });
        insta::assert_snapshot!(all.join("\n"), @"
        🔄 Токен обновлён: теперь работает он.
        🔄 Токен обновлён: он работает для категорий «Контент», прежний — для «Статистика, Вопросы и отзывы», по нему WB отдаёт данные чаще.
        Токен сохранён про запас: работает прежний, по нему WB отдаёт данные чаще.
        🔄 The token is renewed: this one serves now.
        🔄 The token is renewed: it serves for “Контент (Content)”; the former one stays for “Статистика (Statistics), Вопросы и отзывы (Feedback and questions)”, where WB gives it data more often.
        The token is kept in reserve: the former one serves, WB gives it data more often.
        ");
    }

    #[test]
    fn an_outage_is_told_as_one_and_can_be_cancelled() {
        insta::assert_snapshot!(shown(&token_waits(Language::Ru, attempt())), @"
        ⏳ Wildberries не отвечает, пробую дальше…

        С токеном всё может быть в порядке. Пока он хранится зашифрованным; если WB не ответит за сутки, я удалю его и напишу.
        [✖️ Отменить | 1:cancel:00000000-0000-0000-0000-000000000007]
        ");
        insta::assert_snapshot!(shown(&token_waits(Language::En, attempt())), @"
        ⏳ Wildberries does not answer, I keep trying…

        The token itself may be all right. Meanwhile it is kept encrypted; if WB does not answer for a day, I delete it and tell you.
        [✖️ Cancel | 1:cancel:00000000-0000-0000-0000-000000000007]
        ");
        let ends = |language| {
            let ends = [token_wait_over(language), token_wait_cancelled(language), token_given_up(language)];
            ends.iter().map(shown).collect::<Vec<_>>().join("\n\n")
        };
        insta::assert_snapshot!(ends(Language::Ru), @"
        ✅ Wildberries ответил.

        Отменено: токен удалён.
        [❓ Как получить токен | 1:help]

        Wildberries не отвечал целые сутки, поэтому токен я удалил. Пришлите его, пожалуйста, ещё раз.
        [❓ Как получить токен | 1:help]
        ");
        insta::assert_snapshot!(ends(Language::En), @"
        ✅ Wildberries has answered.

        Cancelled: the token is deleted.
        [❓ How to get a token | 1:help]

        Wildberries did not answer for a whole day, so I have deleted the token. Please send it again.
        [❓ How to get a token | 1:help]
        ");
    }

    #[test]
    fn another_sellers_token_is_a_question() {
        insta::assert_snapshot!(shown(&token_offer(Language::Ru, &token(), attempt())), @"
        ✅ <b>Токен принят</b>
        Магазин: Кружка &amp; Плед
        Тип: сервисный — данные обновляются без задержек.
        Действует до 22.11.2026.

        Это токен другого продавца. <b>Добавить новый кабинет?</b>
        Через час токен будет удалён.
        [➕ Добавить кабинет | 1:add:00000000-0000-0000-0000-000000000007]
        [Не добавлять | 1:cancel:00000000-0000-0000-0000-000000000007]
        ");
        insta::assert_snapshot!(shown(&token_offer(Language::En, &token(), attempt())), @"
        ✅ <b>The token is accepted</b>
        Shop: Кружка &amp; Плед
        Type: service — the data come without delay.
        Valid until 22 Nov 2026.

        This token belongs to another seller. <b>Add a new cabinet?</b>
        In an hour the token will be deleted.
        [➕ Add the cabinet | 1:add:00000000-0000-0000-0000-000000000007]
        [Do not add it | 1:cancel:00000000-0000-0000-0000-000000000007]
        ");
        let ends = |language| {
            let ends = [token_offer_accepted(language), token_offer_declined(language), token_offer_over(language)];
            ends.iter().map(shown).collect::<Vec<_>>().join("\n\n")
        };
        insta::assert_snapshot!(ends(Language::Ru), @"
        ➕ Кабинет добавлен.
        [← Меню | 1:menu]

        Хорошо, не добавляю. Токен удалён.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]

        Этот вопрос уже не действует: токен удалён. Пришлите его ещё раз.
        [🛒 Заказы | 1:orders] [📦 Склад | 1:stocks]
        [⭐ Отзывы | 1:reviews] [📈 Аналитика | 1:analytics]
        [🔔 Уведомления | 1:notifications]
        [⚙️ Настройки | 1:settings] [❓ Помощь | 1:help]
        ");
        insta::assert_snapshot!(ends(Language::En), @"
        ➕ The cabinet is added.
        [← Menu | 1:menu]

        All right, I do not add it. The token is deleted.
        [🛒 Orders | 1:orders] [📦 Stock | 1:stocks]
        [⭐ Reviews | 1:reviews] [📈 Analytics | 1:analytics]
        [🔔 Notifications | 1:notifications]
        [⚙️ Settings | 1:settings] [❓ Help | 1:help]

        This question is no longer open: the token is deleted. Please send it again.
        [🛒 Orders | 1:orders] [📦 Stock | 1:stocks]
        [⭐ Reviews | 1:reviews] [📈 Analytics | 1:analytics]
        [🔔 Notifications | 1:notifications]
        [⚙️ Settings | 1:settings] [❓ Help | 1:help]
        ");
    }

    #[test]
    fn what_is_left_to_the_person_is_said() {
        let all =
            Language::ALL.map(|language| format!("{}\n{}", deletion_refused(language), token_in_a_group(language)));
        insta::assert_snapshot!(all.join("\n"), @"
        ⚠️ Telegram не дал мне удалить сообщение с токеном. Удалите его, пожалуйста, сами.
        ⚠️ В этой группе был токен API Wildberries. Его могли увидеть все участники: считайте его скомпрометированным, удалите его в кабинете WB («Настройки → Доступ к API») и создайте новый. Новый токен присылайте мне только в личные сообщения.
        ⚠️ Telegram did not let me delete the message with the token. Please delete it yourself.
        ⚠️ There was a Wildberries API token in this group. Every member may have seen it: consider it compromised, delete it in WB's seller portal («Настройки → Доступ к API») and create a new one. Send me the new one in our private chat only.
        ");
    }
}
