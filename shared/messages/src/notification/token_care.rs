//! What members are told of the tokens of their cabinet, each once.

use chrono::{DateTime, Utc};
use domain::{
    DataSet, Language,
    event::GAP_TOLD,
    facts::{PartAccess, TokenExpiring, TokenRecovered, TokenRefused},
    moscow,
    token_care::PauseReason,
};

use crate::base::{
    format::escape,
    keyboard::{Key, Keyboard},
    kinds::{data_set_name, short_category_name},
    message::Message,
    texts::say,
};
use crate::nav::replace_button;

/// Warns of the end of a token.
#[must_use]
pub fn token_expiring(language: Language, facts: &TokenExpiring, cabinet: Option<&str>) -> Message {
    let until = moment(facts.expires_at);
    let parts = list(language, &facts.data_sets);
    let lines = vec![
        say!(language, "token-expiring-title", days = facts.days),
        say!(language, "token-expiring-text", until = until, parts = parts),
        say!(language, "token-expiring-hint"),
    ];
    notice(language, lines, cabinet, true)
}

/// Says that WB refuses a part of the data; the rest goes on.
#[must_use]
pub fn part_failed(language: Language, facts: &PartAccess, cabinet: Option<&str>) -> Message {
    let parts = list(language, &facts.data_sets);
    let lines = vec![
        say!(language, "part-failed-title", parts = parts),
        say!(language, "part-failed-text", category = short_category_name(language, facts.category)),
        say!(language, "part-failed-hint"),
    ];
    notice(language, lines, cabinet, true)
}

/// Says that WB gives that part again.
#[must_use]
pub fn part_recovered(language: Language, facts: &PartAccess, cabinet: Option<&str>) -> Message {
    let parts = list(language, &facts.data_sets);
    notice(language, vec![say!(language, "part-recovered-title", parts = parts)], cabinet, false)
}

/// Says that the cabinet pauses, why, and what to do.
#[must_use]
pub fn token_refused(language: Language, facts: TokenRefused, cabinet: Option<&str>) -> Message {
    let mut lines = vec![
        match facts.reason {
            PauseReason::Refused => say!(language, "token-refused-title"),
            PauseReason::Expired => say!(language, "token-expired-title"),
            PauseReason::Gone => say!(language, "token-gone-title"),
        },
        say!(language, "token-paused-text"),
    ];
    if facts.reason == PauseReason::Refused {
        lines.push(say!(language, "token-paused-trial"));
    }
    notice(language, lines, cabinet, true)
}

/// Says that the cabinet goes on.
#[must_use]
pub fn token_recovered(language: Language, facts: TokenRecovered, cabinet: Option<&str>) -> Message {
    let since = moment(facts.since);
    // What happened in a longer gap is not told.
    let text = if facts.until - facts.since > GAP_TOLD {
        say!(language, "token-recovered-text-long", since = since)
    } else {
        say!(language, "token-recovered-text", since = since)
    };
    notice(language, vec![say!(language, "token-recovered-title"), text], cabinet, false)
}

fn notice(language: Language, mut lines: Vec<String>, cabinet: Option<&str>, asks: bool) -> Message {
    if let Some(name) = cabinet {
        lines.insert(1, say!(language, "token-care-cabinet", name = escape(name).into_owned()));
    }
    let rows: Vec<Vec<Key>> = if asks { vec![vec![replace_button(language)]] } else { Vec::new() };
    Message { html: lines.join("\n"), photo: None, keyboard: Keyboard { rows } }
}

/// «Заказы, продажи», within a sentence.
fn list(language: Language, data_sets: &[DataSet]) -> String {
    let names: Vec<String> =
        data_sets.iter().map(|data_set| data_set_name(language, *data_set).to_lowercase()).collect();
    names.join(", ")
}

/// On a Moscow clock, whatever the language: «22.11.2026 14:05».
fn moment(at: DateTime<Utc>) -> String {
    moscow::wall(at).format("%d.%m.%Y %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use domain::Category;

    use super::*;
    use crate::tests::shown;

    fn all(language: Language) -> String {
        let at = |day| Utc.with_ymd_and_hms(2026, 11, day, 11, 5, 0).unwrap();
        let expiring =
            |days| TokenExpiring { expires_at: at(29), days, data_sets: vec![DataSet::Orders, DataSet::Reviews] };
        let part = PartAccess { category: Category::Statistics, data_sets: vec![DataSet::Orders, DataSet::Sales] };
        let recovered = TokenRecovered { since: at(20), until: at(22) };
        let long = TokenRecovered { since: at(20) - GAP_TOLD, ..recovered };
        let mut messages = vec![
            token_expiring(language, &expiring(7), Some("Кружка & Плед")),
            token_expiring(language, &expiring(1), None),
            part_failed(language, &part, None),
            part_recovered(language, &part, Some("<b>Лавка</b>")),
        ];
        let reasons = [PauseReason::Refused, PauseReason::Expired, PauseReason::Gone];
        messages.extend(reasons.map(|reason| token_refused(language, TokenRefused { reason }, None)));
        messages.extend([recovered, long].map(|facts| token_recovered(language, facts, None)));
        messages.push(crate::replace_token(language));
        messages.iter().map(shown).collect::<Vec<_>>().join("\n\n")
    }

    #[test]
    fn a_member_reads_what_is_wrong_with_the_token_and_what_to_do() {
        insta::assert_snapshot!(all(Language::Ru), @"
        ⏳ <b>Токен WB перестанет действовать через 7 дней</b>
        Кабинет: Кружка &amp; Плед
        Он действует до 29.11.2026 14:05 МСК. После этого остановится обновление: заказы, отзывы.
        Создайте новый токен и пришлите его сюда: история и настройки останутся как есть.
        [🔑 Заменить токен | 1:open:replace_token]

        ⏳ <b>Токен WB перестанет действовать через 1 день</b>
        Он действует до 29.11.2026 14:05 МСК. После этого остановится обновление: заказы, отзывы.
        Создайте новый токен и пришлите его сюда: история и настройки останутся как есть.
        [🔑 Заменить токен | 1:open:replace_token]

        ⚠️ <b>Wildberries не даёт доступа: заказы, продажи</b>
        Остальное обновляется как обычно. Проверьте, есть ли у токена категория «Статистика», или пришлите новый токен.
        Я пробую раз в час: всё, что придёт за это время, вы получите, как только доступ вернётся.
        [🔑 Заменить токен | 1:open:replace_token]

        ✅ <b>Wildberries снова отдаёт: заказы, продажи</b>
        Кабинет: &lt;b&gt;Лавка&lt;/b&gt;

        🔑 <b>Wildberries больше не принимает токен</b>
        Обновление остановлено, все загруженные данные сохранены. Пришлите новый токен, и я сразу продолжу.
        Старый токен я пробую раз в час: если он снова заработает, продолжу сам.
        [🔑 Заменить токен | 1:open:replace_token]

        🔑 <b>Срок действия токена закончился</b>
        Обновление остановлено, все загруженные данные сохранены. Пришлите новый токен, и я сразу продолжу.
        [🔑 Заменить токен | 1:open:replace_token]

        🔑 <b>У кабинета больше нет токена</b>
        Обновление остановлено, все загруженные данные сохранены. Пришлите новый токен, и я сразу продолжу.
        [🔑 Заменить токен | 1:open:replace_token]

        ✅ <b>Данные WB снова обновляются</b>
        Обновление стояло с 20.11.2026 14:05 МСК. О том, что случилось за это время, сейчас напишу.

        ✅ <b>Данные WB снова обновляются</b>
        Обновление стояло с 20.10.2026 14:05 МСК, больше месяца.

        🔑 <b>Как заменить токен</b>

        1. Откройте кабинет продавца WB: Настройки → Доступ к API. Создать токен может только владелец профиля.
        2. Отметьте категории: Статистика, Аналитика, Контент, Вопросы и отзывы.
        3. Включите «Только чтение», если не собираетесь отвечать на отзывы отсюда.
        4. Скопируйте токен и пришлите его сюда одним сообщением: я его сразу удалю из чата. Токен действует 180 дней.

        Кабинет, история и настройки останутся как есть.
        [← Меню | 1:menu]
        ");
        insta::assert_snapshot!(all(Language::En), @"
        ⏳ <b>The WB token expires in 7 days</b>
        Cabinet: Кружка &amp; Плед
        It is valid until 29.11.2026 14:05 Moscow time. After that these will stop updating: orders, reviews.
        Create a new token and send it here: your history and settings stay as they are.
        [🔑 Replace the token | 1:open:replace_token]

        ⏳ <b>The WB token expires in 1 day</b>
        It is valid until 29.11.2026 14:05 Moscow time. After that these will stop updating: orders, reviews.
        Create a new token and send it here: your history and settings stay as they are.
        [🔑 Replace the token | 1:open:replace_token]

        ⚠️ <b>Wildberries denies access: orders, sales</b>
        Everything else keeps updating. Check that the token has the category “Statistics”, or send a new token.
        I try once an hour: whatever happens meanwhile will reach you as soon as access is back.
        [🔑 Replace the token | 1:open:replace_token]

        ✅ <b>Wildberries provides again: orders, sales</b>
        Cabinet: &lt;b&gt;Лавка&lt;/b&gt;

        🔑 <b>Wildberries no longer accepts the token</b>
        Updates have stopped; everything loaded so far is kept. Send a new token and I will carry on at once.
        I try the old token once an hour: if it works again, I will carry on by myself.
        [🔑 Replace the token | 1:open:replace_token]

        🔑 <b>The token has expired</b>
        Updates have stopped; everything loaded so far is kept. Send a new token and I will carry on at once.
        [🔑 Replace the token | 1:open:replace_token]

        🔑 <b>The cabinet has no token any more</b>
        Updates have stopped; everything loaded so far is kept. Send a new token and I will carry on at once.
        [🔑 Replace the token | 1:open:replace_token]

        ✅ <b>WB data is updating again</b>
        Updates had stopped at 20.11.2026 14:05 Moscow time. What happened meanwhile follows now.

        ✅ <b>WB data is updating again</b>
        Updates had stopped at 20.10.2026 14:05 Moscow time, more than a month ago.

        🔑 <b>How to replace the token</b>

        1. Open your WB seller account: Settings → API access. Only the owner of the profile can create a token.
        2. Tick the categories Statistics, Analytics, Content, Feedbacks and questions.
        3. Tick “Read only” unless you want to answer reviews from here.
        4. Copy the token and send it here as one message: I delete it from the chat at once. A token is valid for 180 days.

        The cabinet, its history and your settings stay as they are.
        [← Menu | 1:menu]
        ");
    }
}
