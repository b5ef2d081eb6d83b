use chrono::TimeZone;
use domain::review_reply::{REPLY_CHARS, parse_text};

use super::*;
use crate::tests::{both, shown};

fn view() -> ReviewReplyView {
    ReviewReplyView {
        id: ReviewReplyId(12),
        stars: 2,
        nm_id: NmId(168_120_815),
        title: Some("Кружка «Утро» <350 мл>".into()),
        author: Some("Анна & Ко".into()),
        review_text: Some("Ручка <отвалилась>".into()),
        cabinet_name: Some("ИП Иванова".into()),
        revision: 2,
        text: Some("Простите,\n<вернём> деньги".into()),
        templates: [None, Some("Спасибо & до встречи!".into()), None],
        words: None,
    }
}

fn until() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 11, 17, 0).unwrap()
}

#[test]
fn the_text_is_asked_for_beside_three_templates() {
    let view = ReviewReplyView { text: None, ..view() };
    insta::assert_snapshot!(both(|language| shown(&review_reply_choose(language, &view))), @"
    ✍️ <b>Ответ на отзыв 2/5</b>
    Кабинет: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Покупатель: Анна &amp; Ко
    <blockquote>Ручка &lt;отвалилась&gt;</blockquote>

    Напишите ответ одним сообщением или выберите шаблон:

    <b>1.</b> Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    <b>2.</b> Спасибо &amp; до встречи!

    <b>3.</b> Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1 | 1:reply:12:use1] [Шаблон 2 | 1:reply:12:use2] [Шаблон 3 | 1:reply:12:use3]
    [📝 Изменить шаблоны | 1:reply:12:templates]
    [✖️ Отмена | 1:reply:12:cancel]

    ✍️ <b>Answer to the review 2/5</b>
    Cabinet: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    Buyer: Анна &amp; Ко
    <blockquote>Ручка &lt;отвалилась&gt;</blockquote>

    Write the answer as one message, or choose a template (buyers read Russian):

    <b>1.</b> Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    <b>2.</b> Спасибо &amp; до встречи!

    <b>3.</b> Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Template 1 | 1:reply:12:use1] [Template 2 | 1:reply:12:use2] [Template 3 | 1:reply:12:use3]
    [📝 Edit templates | 1:reply:12:templates]
    [✖️ Cancel | 1:reply:12:cancel]
    ");
}

#[test]
fn a_text_that_is_changed_can_be_copied() {
    let view = ReviewReplyView { cabinet_name: None, title: None, author: None, review_text: None, ..view() };
    insta::assert_snapshot!(shown(&review_reply_choose(Language::Ru, &view)), @"
    ✍️ <b>Ответ на отзыв 2/5</b>
    Артикул WB 168120815

    Сейчас написано (нажмите, чтобы скопировать):
    <code>Простите,
    &lt;вернём&gt; деньги</code>

    Напишите ответ одним сообщением или выберите шаблон:

    <b>1.</b> Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    <b>2.</b> Спасибо &amp; до встречи!

    <b>3.</b> Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1 | 1:reply:12:use1] [Шаблон 2 | 1:reply:12:use2] [Шаблон 3 | 1:reply:12:use3]
    [📝 Изменить шаблоны | 1:reply:12:templates]
    [👀 Оставить как есть | 1:reply:12:look]
    [✖️ Отмена | 1:reply:12:cancel]
    ");
}

#[test]
fn the_answer_is_shown_before_it_is_sent() {
    insta::assert_snapshot!(both(|language| shown(&review_reply_preview(language, &view(), false))), @"
    👀 <b>Проверьте ответ</b> · отзыв 2/5
    Кабинет: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>

    WB покажет ответ от имени магазина после проверки. Изменить его потом можно один раз, в кабинете WB.
    [✅ Отправить | 1:reply:12:send2]
    [✏️ Изменить | 1:reply:12:choose] [✖️ Отмена | 1:reply:12:cancel]

    👀 <b>Check the answer</b> · review 2/5
    Cabinet: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>

    WB shows the answer in the shop's name once its moderators have looked. It can be changed once, in WB's portal.
    [✅ Send | 1:reply:12:send2]
    [✏️ Change | 1:reply:12:choose] [✖️ Cancel | 1:reply:12:cancel]
    ");
}

#[test]
fn a_template_is_changed_by_a_text_and_can_be_restored() {
    insta::assert_snapshot!(both(|language| shown(&review_reply_templates(language, &view(), true))), @"
    📝 <b>Шаблоны ответов</b>
    ✅ Сохранено.
    Они общие для всех, кто отвечает в этом кабинете.

    <b>1.</b> Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    <b>2.</b> Спасибо &amp; до встречи!

    <b>3.</b> Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Шаблон 1 | 1:reply:12:edit1] [Шаблон 2 | 1:reply:12:edit2] [Шаблон 3 | 1:reply:12:edit3]
    [← Назад | 1:reply:12:choose]

    📝 <b>Templates of answers</b>
    ✅ Saved.
    Everybody who answers in this shop shares them.

    <b>1.</b> Здравствуйте! Спасибо за отзыв. Нам очень жаль, что товар вас разочаровал. Мы передали ваши замечания в отдел качества, чтобы такого больше не повторилось.

    <b>2.</b> Спасибо &amp; до встречи!

    <b>3.</b> Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.
    [Template 1 | 1:reply:12:edit1] [Template 2 | 1:reply:12:edit2] [Template 3 | 1:reply:12:edit3]
    [← Back | 1:reply:12:choose]
    ");
    insta::assert_snapshot!(both(|language| shown(&review_reply_template(language, &view(), 2))), @"
    📝 <b>Шаблон 2</b>
    Пришлите новый текст одним сообщением, до 1 000 зн. Нажмите на текст, чтобы скопировать его.

    <code>Спасибо &amp; до встречи!</code>
    [↩️ Вернуть исходный | 1:reply:12:reset2]
    [← Назад | 1:reply:12:templates]

    📝 <b>Template 2</b>
    Send the new text as one message, at most 1,000 characters. Tap the text to copy it.

    <code>Спасибо &amp; до встречи!</code>
    [↩️ Restore the original | 1:reply:12:reset2]
    [← Back | 1:reply:12:templates]
    ");
    insta::assert_snapshot!(shown(&review_reply_template(Language::Ru, &view(), 3)), @"
    📝 <b>Шаблон 3</b>
    Пришлите новый текст одним сообщением, до 1 000 зн. Нажмите на текст, чтобы скопировать его.

    <code>Здравствуйте! Спасибо за отзыв. Жаль, что товар не подошёл. Перед заказом советуем свериться с описанием и размерами в карточке, а если остались вопросы — задайте их нам, мы поможем с выбором.</code>
    [← Назад | 1:reply:12:templates]
    ");
}

#[test]
fn a_text_out_of_bounds_is_told_with_the_bounds() {
    let judged = |text: &str, allowed| parse_text(text, allowed).unwrap_err();
    let told = |language| {
        let short = review_reply_out_of_bounds(language, &view(), &judged("ж", REPLY_CHARS), false);
        let long = review_reply_out_of_bounds(language, &view(), &judged(&"ж".repeat(1_001), TEMPLATE_CHARS), true);
        format!("{}\n\n{}", shown(&short), shown(&long))
    };
    insta::assert_snapshot!(both(told), @"
    ⚠️ Слишком коротко: 1 зн., а нужно от 2. Пришлите текст подлиннее.
    [← Назад | 1:reply:12:choose]

    ⚠️ Слишком длинно: 1 001 зн., а можно до 1 000. Ваше сообщение осталось выше: сократите его и пришлите снова.
    [← Назад | 1:reply:12:templates]

    ⚠️ Too short: at least 2 characters are needed, and your text has 1. Send a longer text.
    [← Back | 1:reply:12:choose]

    ⚠️ Too long: at most 1,000 characters are allowed, and your text has 1,001. Your message is still above: shorten it and send it again.
    [← Back | 1:reply:12:templates]
    ");
}

#[test]
fn an_answer_on_its_way_says_when_it_goes_on() {
    let told = |language| {
        let waits = [
            review_reply_waits(language, &view(), ReviewReplyWait::Limit, until(), true),
            review_reply_waits(language, &view(), ReviewReplyWait::Check, until(), false),
            review_reply_waits(language, &view(), ReviewReplyWait::Trouble, until(), false),
        ];
        waits.iter().map(shown).collect::<Vec<_>>().join("\n\n")
    };
    insta::assert_snapshot!(both(told), @"
    ⏳ <b>Ответ отправляется</b>
    Кабинет: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    WB разрешит следующий запрос 22.11 в 14:17 МСК. Отправлю сам и напишу здесь.
    <b>Ваш ответ:</b>
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>
    [✖️ Не отправлять | 1:reply:12:cancel]
    [← Меню | 1:open:menu]

    ⏳ <b>Ответ отправляется</b>
    Кабинет: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    WB принял ответ. 22.11 в 14:17 МСК проверю, появился ли он, и напишу здесь.
    <b>Ваш ответ:</b>
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>
    [← Меню | 1:open:menu]

    ⏳ <b>Ответ отправляется</b>
    Кабинет: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    WB не отвечает. Попробую снова 22.11 в 14:17 МСК и напишу здесь: дважды ответ не уйдёт.
    <b>Ваш ответ:</b>
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>
    [← Меню | 1:open:menu]

    ⏳ <b>The answer is on its way</b>
    Cabinet: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    WB allows the next request on 22 Nov, 14:17 MSK. I send it then and tell you here.
    <b>Your answer:</b>
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>
    [✖️ Do not send | 1:reply:12:cancel]
    [← Menu | 1:open:menu]

    ⏳ <b>The answer is on its way</b>
    Cabinet: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    WB took the answer. On 22 Nov, 14:17 MSK I check whether it stands there, and tell you here.
    <b>Your answer:</b>
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>
    [← Menu | 1:open:menu]

    ⏳ <b>The answer is on its way</b>
    Cabinet: ИП Иванова
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    WB does not reply. I try again on 22 Nov, 14:17 MSK and tell you here: the answer never goes out twice.
    <b>Your answer:</b>
    <blockquote>Простите,
    &lt;вернём&gt; деньги</blockquote>
    [← Menu | 1:open:menu]
    ");
}

#[test]
fn every_end_of_an_answer_is_told_in_plain_words() {
    let view = ReviewReplyView {
        cabinet_name: None,
        text: Some("Простите".into()),
        words: Some("answer <text> contains a link".into()),
        ..view()
    };
    let told = |language| {
        let ends = ReviewReplyStage::ALL
            .into_iter()
            .filter(|stage| !matches!(stage, ReviewReplyStage::Draft | ReviewReplyStage::Sending));
        ends.map(|stage| shown(&review_reply_ended(language, &view, stage))).collect::<Vec<_>>().join("\n\n")
    };
    insta::assert_snapshot!(both(told), @"
    ✅ <b>Ответ опубликован</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    <b>Ваш ответ:</b>
    <blockquote>Простите</blockquote>
    [← Меню | 1:open:menu]

    ✅ <b>WB принял ответ</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Он на проверке: покупатели увидят его, когда модераторы WB пропустят.
    <b>Ваш ответ:</b>
    <blockquote>Простите</blockquote>
    [← Меню | 1:open:menu]

    ⚠️ <b>Модераторы WB отклонили ответ</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Исправить его можно один раз, в кабинете WB.
    <b>Ваш ответ:</b>
    <blockquote>Простите</blockquote>
    [← Меню | 1:open:menu]

    ⚠️ <b>WB не принял ответ</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Wildberries пишет: «answer &lt;text&gt; contains a link»
    Текст сохранён: его можно изменить и отправить снова.
    <b>Ваш текст:</b>
    <blockquote>Простите</blockquote>
    [🔁 Отправить ещё раз | 1:reply:12:send2]
    [✏️ Изменить | 1:reply:12:choose] [✖️ Отмена | 1:reply:12:cancel]

    🔑 <b>Этот токен не может отвечать</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Нужен токен с категорией «Вопросы и отзывы», созданный без отметки «Только чтение». Пришлите его сюда одним сообщением, потом отправьте ответ ещё раз.
    Текст сохранён: его можно изменить и отправить снова.
    <b>Ваш текст:</b>
    <blockquote>Простите</blockquote>
    [🔑 Заменить токен | 1:open:replace_token]
    [🔁 Отправить ещё раз | 1:reply:12:send2]
    [✏️ Изменить | 1:reply:12:choose] [✖️ Отмена | 1:reply:12:cancel]

    ⚠️ <b>WB сейчас не принимает ответы из программ</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Тот, кто управляет ботом, уже знает. Ответить можно в кабинете WB.
    Текст сохранён: его можно изменить и отправить снова.
    <b>Ваш текст:</b>
    <blockquote>Простите</blockquote>
    [🔁 Отправить ещё раз | 1:reply:12:send2]
    [✏️ Изменить | 1:reply:12:choose] [✖️ Отмена | 1:reply:12:cancel]

    ⚠️ <b>Ответ не отправлен</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Wildberries не отвечал целые сутки.
    Текст сохранён: его можно изменить и отправить снова.
    <b>Ваш текст:</b>
    <blockquote>Простите</blockquote>
    [🔁 Отправить ещё раз | 1:reply:12:send2]
    [✏️ Изменить | 1:reply:12:choose] [✖️ Отмена | 1:reply:12:cancel]

    ❓ <b>Неизвестно, дошёл ли ответ</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Он ушёл, но WB так его и не показал. Загляните в кабинет WB; если ответа там нет, отправьте ещё раз: сначала я проверю сам.
    <b>Ваш текст:</b>
    <blockquote>Простите</blockquote>
    [🔁 Отправить ещё раз | 1:reply:12:send2]
    [✏️ Изменить | 1:reply:12:choose] [✖️ Отмена | 1:reply:12:cancel]

    ℹ️ <b>На этот отзыв уже ответили</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    Ваш текст не отправлен: в отзыве уже стоит ответ:
    <blockquote>answer &lt;text&gt; contains a link</blockquote>
    <b>Ваш текст:</b>
    <blockquote>Простите</blockquote>
    [← Меню | 1:open:menu]

    🗑 <b>Этого отзыва больше нет</b>
    Кружка «Утро» &lt;350 мл&gt;, артикул WB 168120815
    WB его удалил, поэтому ответ не отправлен.
    <b>Ваш текст:</b>
    <blockquote>Простите</blockquote>
    [← Меню | 1:open:menu]

    ✅ <b>The answer is published</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    <b>Your answer:</b>
    <blockquote>Простите</blockquote>
    [← Menu | 1:open:menu]

    ✅ <b>WB has accepted the answer</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    It is being checked: buyers see it once WB's moderators let it through.
    <b>Your answer:</b>
    <blockquote>Простите</blockquote>
    [← Menu | 1:open:menu]

    ⚠️ <b>WB's moderators refused the answer</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    It can be corrected once, in WB's portal.
    <b>Your answer:</b>
    <blockquote>Простите</blockquote>
    [← Menu | 1:open:menu]

    ⚠️ <b>WB did not take the answer</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    Wildberries writes: «answer &lt;text&gt; contains a link»
    The text is kept: change it and send it again.
    <b>Your text:</b>
    <blockquote>Простите</blockquote>
    [🔁 Send again | 1:reply:12:send2]
    [✏️ Change | 1:reply:12:choose] [✖️ Cancel | 1:reply:12:cancel]

    🔑 <b>This token cannot answer</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    A token with the category «Вопросы и отзывы» is needed, made without «Только чтение». Send it here as one message, then send the answer again.
    The text is kept: change it and send it again.
    <b>Your text:</b>
    <blockquote>Простите</blockquote>
    [🔑 Replace the token | 1:open:replace_token]
    [🔁 Send again | 1:reply:12:send2]
    [✏️ Change | 1:reply:12:choose] [✖️ Cancel | 1:reply:12:cancel]

    ⚠️ <b>WB takes no answers from programs now</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    Whoever runs the bot knows already. You can answer in WB's portal.
    The text is kept: change it and send it again.
    <b>Your text:</b>
    <blockquote>Простите</blockquote>
    [🔁 Send again | 1:reply:12:send2]
    [✏️ Change | 1:reply:12:choose] [✖️ Cancel | 1:reply:12:cancel]

    ⚠️ <b>The answer was not sent</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    Wildberries did not reply for a whole day.
    The text is kept: change it and send it again.
    <b>Your text:</b>
    <blockquote>Простите</blockquote>
    [🔁 Send again | 1:reply:12:send2]
    [✏️ Change | 1:reply:12:choose] [✖️ Cancel | 1:reply:12:cancel]

    ❓ <b>Nobody knows whether the answer has arrived</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    It went out, but WB has never shown it. Look into WB's portal; if it is not there, send it again: I check first.
    <b>Your text:</b>
    <blockquote>Простите</blockquote>
    [🔁 Send again | 1:reply:12:send2]
    [✏️ Change | 1:reply:12:choose] [✖️ Cancel | 1:reply:12:cancel]

    ℹ️ <b>This review is answered already</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    Your text was not sent: the review has an answer:
    <blockquote>answer &lt;text&gt; contains a link</blockquote>
    <b>Your text:</b>
    <blockquote>Простите</blockquote>
    [← Menu | 1:open:menu]

    🗑 <b>This review is gone</b>
    Кружка «Утро» &lt;350 мл&gt;, WB article 168120815
    WB has deleted it, so the answer was not sent.
    <b>Your text:</b>
    <blockquote>Простите</blockquote>
    [← Menu | 1:open:menu]
    ");
    assert_eq!(
        review_reply_ended(Language::Ru, &view, ReviewReplyStage::Draft),
        review_reply_preview(Language::Ru, &view, false)
    );
}

#[test]
fn who_cannot_answer_is_told_why() {
    let told = |language| {
        let messages = [
            review_reply_reader(language),
            review_reply_no_token(language),
            review_reply_exists(language, "Спасибо <за> отзыв"),
            review_reply_taken(language),
            review_reply_cancelled(language),
        ];
        messages.iter().map(shown).collect::<Vec<_>>().join("\n\n")
    };
    insta::assert_snapshot!(both(told), @"
    На отзывы отвечают владелец и менеджеры кабинета. Вам можно смотреть; попросите владельца прислать вам ссылку менеджера.
    [← Меню | 1:open:menu]

    🔑 <b>Этот токен не может отвечать</b>
    Чтобы отвечать отсюда, нужен токен с категорией «Вопросы и отзывы», созданный без отметки «Только чтение». Пришлите его сюда одним сообщением и нажмите «Ответить» снова.
    [🔑 Заменить токен | 1:open:replace_token]
    [← Меню | 1:open:menu]

    ℹ️ <b>На этот отзыв уже ответили</b>
    <blockquote>Спасибо &lt;за&gt; отзыв</blockquote>
    [← Меню | 1:open:menu]

    ⏳ На этот отзыв прямо сейчас отвечает другой сотрудник.
    [← Меню | 1:open:menu]

    Хорошо, не отвечаю.
    [← Меню | 1:open:menu]

    Reviews are answered by the owner and the managers of the shop. You may look; ask the owner for a manager's link.
    [← Menu | 1:open:menu]

    🔑 <b>This token cannot answer</b>
    To answer from here a token with the category «Вопросы и отзывы» is needed, made without «Только чтение». Send it here as one message and press “Answer” again.
    [🔑 Replace the token | 1:open:replace_token]
    [← Menu | 1:open:menu]

    ℹ️ <b>This review is answered already</b>
    <blockquote>Спасибо &lt;за&gt; отзыв</blockquote>
    [← Menu | 1:open:menu]

    ⏳ Somebody else is answering this review right now.
    [← Menu | 1:open:menu]

    All right, no answer.
    [← Menu | 1:open:menu]
    ");
}

#[test]
fn the_longest_texts_fit_into_a_message() {
    let long = |chars: usize| Some("Ж".repeat(chars));
    let view = ReviewReplyView {
        title: long(200),
        author: long(200),
        review_text: long(9_000),
        cabinet_name: long(100),
        text: long(5_000),
        templates: [long(1_000), long(1_000), long(1_000)],
        words: long(5_000),
        ..view()
    };
    for language in Language::ALL {
        let screens = [
            review_reply_choose(language, &view),
            review_reply_preview(language, &view, false),
            review_reply_templates(language, &view, true),
            review_reply_template(language, &view, 1),
            review_reply_waits(language, &view, ReviewReplyWait::Trouble, until(), true),
        ];
        let ends = ReviewReplyStage::ALL.map(|stage| review_reply_ended(language, &view, stage));
        // It judges the length.
        screens.iter().chain(&ends).for_each(|message| assert!(!shown(message).is_empty()));
    }
    assert!(review_reply_preview(Language::Ru, &view, false).html.contains("ещё 1\u{a0}800 зн."));
}
