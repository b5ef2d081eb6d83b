//! «Ответить» below a review: own words or a template, a look at it, and what became of it.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use domain::{
    AnswerStage, Language, NmId, NotificationId, ReviewReplyId,
    answer::{OutOfBounds, TEMPLATE_CHARS, TEMPLATES},
};

use crate::{
    Key, Message, ReviewReplyAct, ReviewReplyButton, Screen,
    format::{count, escape, length, moment, shorten},
    notifications::cabinet_line,
    texts::say,
    token_care::replace_button,
};

/// A title in a text; WB allows 60 characters.
const TITLE_MAX_CHARS: usize = 60;
/// The buyer's name.
const AUTHOR_MAX_CHARS: usize = 60;
/// So much of the review is shown, as a reminder: the whole of it stands in the notification.
const REVIEW_MAX_CHARS: usize = 300;
/// So much of a template is shown where it is chosen.
const TEMPLATE_SHOWN_CHARS: usize = 250;
/// So much of the present text is shown above three templates.
const CURRENT_MAX_CHARS: usize = 2_400;
/// So much of an answer is shown before it is sent, and what is longer is said to be cut: nobody sends
/// much more from a telephone.
const PREVIEW_MAX_CHARS: usize = 3_200;
/// So much of it is repeated where its end is told.
const SENT_MAX_CHARS: usize = 1_500;
/// What WB writes when it refuses is a sentence or two.
const WORDS_MAX_CHARS: usize = 300;

/// An answer that is being written, or on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerView {
    /// What its buttons call it.
    pub id: ReviewReplyId,
    /// The stars of the review.
    pub stars: i16,
    /// The product.
    pub nm_id: NmId,
    /// The product's title, if it is known.
    pub title: Option<String>,
    /// The buyer.
    pub author: Option<String>,
    /// What the buyer wrote.
    pub review_text: Option<String>,
    /// The cabinet's name, if the reader has several.
    pub cabinet_name: Option<String>,
    /// The text of the answer, if there is one yet.
    pub text: Option<String>,
    /// How often its text was written.
    pub revision: i32,
    /// The templates of the cabinet; `None` for one that nobody has changed.
    pub templates: [Option<String>; 3],
    /// What WB says of it.
    pub words: Option<String>,
}

impl AnswerView {
    /// The text of a template.
    #[must_use]
    pub fn template(&self, language: Language, number: i16) -> String {
        self.changed_template(number).cloned().unwrap_or_else(|| match number {
            1 => say!(language, "answer-template-1"),
            2 => say!(language, "answer-template-2"),
            _ => say!(language, "answer-template-3"),
        })
    }

    fn changed_template(&self, number: i16) -> Option<&String> {
        let place = usize::try_from(number - TEMPLATES.start()).ok()?;
        self.templates.get(place)?.as_ref()
    }

    fn button(&self, act: ReviewReplyAct, label: impl Into<String>) -> Key {
        ReviewReplyButton::GoOn { id: self.id, act }.button(label)
    }

    fn product(&self, language: Language) -> String {
        let article = self.nm_id.to_string();
        match &self.title {
            Some(title) => {
                let title = escape(&shorten(title, TITLE_MAX_CHARS)).into_owned();
                say!(language, "answer-product", title = title, article = article)
            }
            None => say!(language, "answer-product-bare", article = article),
        }
    }

    /// The first lines of every screen.
    fn opening(&self, language: Language, headline: String) -> Vec<String> {
        let mut lines = vec![headline];
        lines.extend(cabinet_line(language, self.cabinet_name.as_deref()));
        lines.push(self.product(language));
        lines
    }
}

/// The button below a review.
pub(crate) fn answer_button(language: Language, row: NotificationId) -> Key {
    ReviewReplyButton::Begin(row).button(say!(language, "answer-button"))
}

/// Asks for the text: own words, or a template.
#[must_use]
pub fn answer_choose(language: Language, view: &AnswerView) -> Message {
    let mut lines = view.opening(language, say!(language, "answer-title", stars = view.stars));
    if let Some(author) = &view.author {
        let name = escape(&shorten(author, AUTHOR_MAX_CHARS)).into_owned();
        lines.push(say!(language, "answer-author", name = name));
    }
    lines.extend(view.review_text.as_deref().map(|text| quote(text, REVIEW_MAX_CHARS)));
    lines.push(String::new());
    if let Some(text) = &view.text {
        lines.push(say!(language, "answer-current"));
        lines.push(copied(text, CURRENT_MAX_CHARS));
        lines.push(String::new());
    }
    lines.push(say!(language, "answer-how"));
    lines.extend(numbered(language, view, TEMPLATE_SHOWN_CHARS));
    let mut rows = vec![
        template_buttons(language, view, ReviewReplyAct::Use),
        vec![view.button(ReviewReplyAct::Templates, say!(language, "answer-edit-templates"))],
    ];
    if view.text.is_some() {
        rows.push(vec![view.button(ReviewReplyAct::Look, say!(language, "answer-keep"))]);
    }
    rows.push(vec![view.button(ReviewReplyAct::Cancel, say!(language, "answer-cancel"))]);
    Message::text(lines.join("\n"), rows)
}

/// Shows the answer as it will be sent. `is_newer`: the preview that was tapped shows an older text.
#[must_use]
pub fn answer_preview(language: Language, view: &AnswerView, is_newer: bool) -> Message {
    let text = view.text.as_deref().unwrap_or_default();
    let mut lines = view.opening(language, say!(language, "answer-preview-title", stars = view.stars));
    lines.extend(is_newer.then(|| say!(language, "answer-preview-newer")));
    lines.push(quote(text, PREVIEW_MAX_CHARS));
    let cut = length(text).saturating_sub(PREVIEW_MAX_CHARS);
    if cut > 0 {
        let cut = i64::try_from(cut).unwrap_or(i64::MAX);
        lines.push(say!(language, "answer-preview-cut", count = count(language, cut)));
    }
    lines.push(String::new());
    lines.push(say!(language, "answer-preview-note"));
    Message::text(
        lines.join("\n"),
        [
            vec![view.button(ReviewReplyAct::Send(view.revision), say!(language, "answer-send"))],
            vec![
                view.button(ReviewReplyAct::Choose, say!(language, "answer-change")),
                view.button(ReviewReplyAct::Cancel, say!(language, "answer-cancel")),
            ],
        ],
    )
}

/// The templates, each with a button that changes it.
#[must_use]
pub fn answer_templates(language: Language, view: &AnswerView, is_saved: bool) -> Message {
    let mut lines = vec![say!(language, "templates-title")];
    lines.extend(is_saved.then(|| say!(language, "templates-saved")));
    lines.push(say!(language, "templates-hint"));
    lines.extend(numbered(language, view, *TEMPLATE_CHARS.end()));
    Message::text(
        lines.join("\n"),
        [
            template_buttons(language, view, ReviewReplyAct::Edit),
            vec![view.button(ReviewReplyAct::Choose, say!(language, "answer-back"))],
        ],
    )
}

/// Asks for the new text of a template.
#[must_use]
pub fn answer_template(language: Language, view: &AnswerView, number: i16) -> Message {
    let most = i64::try_from(*TEMPLATE_CHARS.end()).unwrap_or(i64::MAX);
    let lines = [
        say!(language, "template-title", number = number),
        say!(language, "template-hint", most = count(language, most)),
        String::new(),
        copied(&view.template(language, number), *TEMPLATE_CHARS.end()),
    ];
    let mut rows = Vec::new();
    if view.changed_template(number).is_some() {
        rows.push(vec![view.button(ReviewReplyAct::Reset(number), say!(language, "template-reset"))]);
    }
    rows.push(vec![view.button(ReviewReplyAct::Templates, say!(language, "answer-back"))]);
    Message::text(lines.join("\n"), rows)
}

/// Says that a text is too short or too long. Nothing is lost by it: what was there before stays, and
/// the next text is taken for the same.
#[must_use]
pub fn answer_out_of_bounds(language: Language, view: &AnswerView, text: &OutOfBounds, is_template: bool) -> Message {
    let shown = |chars: usize| count(language, i64::try_from(chars).unwrap_or(i64::MAX));
    let (chars, least, most) = (shown(text.chars), shown(*text.allowed.start()), shown(*text.allowed.end()));
    let html = if text.chars < *text.allowed.start() {
        say!(language, "answer-too-short", chars = chars, least = least)
    } else {
        say!(language, "answer-too-long", chars = chars, most = most)
    };
    let back = if is_template { ReviewReplyAct::Templates } else { ReviewReplyAct::Choose };
    Message::text(html, [vec![view.button(back, say!(language, "answer-back"))]])
}

/// Nothing is answered: the person has said so.
#[must_use]
pub fn answer_cancelled(language: Language) -> Message {
    Message::text(say!(language, "answer-cancelled"), [vec![menu(language)]])
}

/// Only an owner and a manager answer.
#[must_use]
pub fn answer_reader(language: Language) -> Message {
    Message::text(say!(language, "answer-reader"), [vec![menu(language)]])
}

/// No token of the cabinet may answer.
#[must_use]
pub fn answer_no_token(language: Language) -> Message {
    let html = [say!(language, "answer-no-access"), say!(language, "answer-no-token-note")].join("\n");
    Message::text(html, [vec![replace_button(language)], vec![menu(language)]])
}

/// The review has an answer.
#[must_use]
pub fn answer_exists(language: Language, text: &str) -> Message {
    let html = [say!(language, "answer-elsewhere"), quote(text, SENT_MAX_CHARS)].join("\n");
    Message::text(html, [vec![menu(language)]])
}

/// Somebody else's answer to the review is on its way.
#[must_use]
pub fn answer_taken(language: Language) -> Message {
    Message::text(say!(language, "answer-taken"), [vec![menu(language)]])
}

/// The notice for the tap that sends.
#[must_use]
pub fn answer_sending_notice(language: Language) -> String {
    say!(language, "answer-sending-notice")
}

/// For what an answer on its way waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerWait {
    /// For WB's limit, or for nothing but its turn.
    Limit,
    /// For WB to show what it has accepted.
    Check,
    /// For WB to reply.
    Trouble,
}

/// Says when an answer on its way goes on.
#[must_use]
pub fn answer_waits(
    language: Language,
    view: &AnswerView,
    why: AnswerWait,
    until: DateTime<Utc>,
    may_be_stopped: bool,
) -> Message {
    let until = moment(language, until);
    let mut lines = view.opening(language, say!(language, "answer-waits-title"));
    lines.push(match why {
        AnswerWait::Limit => say!(language, "answer-waits-limit", until = until),
        AnswerWait::Check => say!(language, "answer-waits-check", until = until),
        AnswerWait::Trouble => say!(language, "answer-waits-trouble", until = until),
    });
    lines.extend(yours(language, view, true));
    let mut rows = Vec::new();
    if may_be_stopped {
        rows.push(vec![view.button(ReviewReplyAct::Cancel, say!(language, "answer-do-not-send"))]);
    }
    rows.push(vec![menu(language)]);
    Message::text(lines.join("\n"), rows)
}

/// Says what has become of an answer.
#[must_use]
pub fn answer_ended(language: Language, view: &AnswerView, stage: AnswerStage) -> Message {
    let kept = || say!(language, "answer-kept");
    let (headline, notes) = match stage {
        AnswerStage::Draft => return answer_preview(language, view, false),
        AnswerStage::Sending => (say!(language, "answer-waits-title"), vec![]),
        AnswerStage::Published => (say!(language, "answer-published"), vec![]),
        AnswerStage::InReview => (say!(language, "answer-in-review"), vec![say!(language, "answer-in-review-note")]),
        AnswerStage::Moderated => (say!(language, "answer-moderated"), vec![say!(language, "answer-moderated-note")]),
        AnswerStage::Rejected => {
            let words = view.words.as_deref().map(|words| {
                let words = escape(&shorten(words, WORDS_MAX_CHARS)).into_owned();
                say!(language, "answer-rejected-words", words = words)
            });
            (say!(language, "answer-rejected"), words.into_iter().chain([kept()]).collect())
        }
        AnswerStage::NoAccess => {
            (say!(language, "answer-no-access"), vec![say!(language, "answer-no-access-note"), kept()])
        }
        AnswerStage::Closed => (say!(language, "answer-closed"), vec![say!(language, "answer-closed-note"), kept()]),
        AnswerStage::Unsent => (say!(language, "answer-unsent"), vec![say!(language, "answer-unsent-note"), kept()]),
        AnswerStage::Unknown => (say!(language, "answer-unknown"), vec![say!(language, "answer-unknown-note")]),
        AnswerStage::Elsewhere => {
            let other = view.words.as_deref().map(|text| quote(text, SENT_MAX_CHARS));
            let note = say!(language, "answer-elsewhere-note");
            (say!(language, "answer-elsewhere"), [note].into_iter().chain(other).collect())
        }
        AnswerStage::Gone => (say!(language, "answer-gone"), vec![say!(language, "answer-gone-note")]),
    };
    let mut lines = view.opening(language, headline);
    lines.extend(notes);
    let is_sent = matches!(stage, AnswerStage::Published | AnswerStage::InReview | AnswerStage::Moderated);
    lines.extend(yours(language, view, is_sent));
    let mut rows = Vec::new();
    if stage == AnswerStage::NoAccess {
        rows.push(vec![replace_button(language)]);
    }
    if stage.is_open() {
        rows.push(vec![view.button(ReviewReplyAct::Send(view.revision), say!(language, "answer-again"))]);
        rows.push(vec![
            view.button(ReviewReplyAct::Choose, say!(language, "answer-change")),
            view.button(ReviewReplyAct::Cancel, say!(language, "answer-cancel")),
        ]);
    } else {
        rows.push(vec![menu(language)]);
    }
    Message::text(lines.join("\n"), rows)
}

/// The text that is sent or was to be.
fn yours(language: Language, view: &AnswerView, is_sent: bool) -> Vec<String> {
    let Some(text) = view.text.as_deref() else { return Vec::new() };
    let label = if is_sent { say!(language, "answer-yours") } else { say!(language, "answer-unsent-text") };
    vec![label, quote(text, SENT_MAX_CHARS)]
}

/// The menu as a message of its own: the one above is edited when there is news.
fn menu(language: Language) -> Key {
    Screen::Menu.open_button(say!(language, "answer-menu"))
}

fn template_buttons(language: Language, view: &AnswerView, act: fn(i16) -> ReviewReplyAct) -> Vec<Key> {
    let numbers: RangeInclusive<i16> = TEMPLATES;
    numbers.map(|number| view.button(act(number), say!(language, "answer-template", number = number))).collect()
}

fn numbered(language: Language, view: &AnswerView, max_chars: usize) -> Vec<String> {
    let line = |number: i16| {
        let text = view.template(language, number);
        format!("\n<b>{number}.</b> {}", escape(&shorten(&text, max_chars)))
    };
    TEMPLATES.map(line).collect()
}

fn quote(text: &str, max_chars: usize) -> String {
    format!("<blockquote>{}</blockquote>", escape(&shorten(text, max_chars)))
}

/// A text that a tap copies.
fn copied(text: &str, max_chars: usize) -> String {
    format!("<code>{}</code>", escape(&shorten(text, max_chars)))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use domain::answer::{ANSWER_CHARS, parse_text};

    use super::*;
    use crate::tests::{both, shown};

    fn view() -> AnswerView {
        AnswerView {
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
        let view = AnswerView { text: None, ..view() };
        insta::assert_snapshot!(both(|language| shown(&answer_choose(language, &view))), @"
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
        let view = AnswerView { cabinet_name: None, title: None, author: None, review_text: None, ..view() };
        insta::assert_snapshot!(shown(&answer_choose(Language::Ru, &view)), @"
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
        insta::assert_snapshot!(both(|language| shown(&answer_preview(language, &view(), false))), @"
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
        insta::assert_snapshot!(both(|language| shown(&answer_templates(language, &view(), true))), @"
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
        insta::assert_snapshot!(both(|language| shown(&answer_template(language, &view(), 2))), @"
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
        insta::assert_snapshot!(shown(&answer_template(Language::Ru, &view(), 3)), @"
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
            let short = answer_out_of_bounds(language, &view(), &judged("ж", ANSWER_CHARS), false);
            let long = answer_out_of_bounds(language, &view(), &judged(&"ж".repeat(1_001), TEMPLATE_CHARS), true);
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
                answer_waits(language, &view(), AnswerWait::Limit, until(), true),
                answer_waits(language, &view(), AnswerWait::Check, until(), false),
                answer_waits(language, &view(), AnswerWait::Trouble, until(), false),
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
        let view = AnswerView {
            cabinet_name: None,
            text: Some("Простите".into()),
            words: Some("answer <text> contains a link".into()),
            ..view()
        };
        let told = |language| {
            let ends = AnswerStage::ALL
                .into_iter()
                .filter(|stage| !matches!(stage, AnswerStage::Draft | AnswerStage::Sending));
            ends.map(|stage| shown(&answer_ended(language, &view, stage))).collect::<Vec<_>>().join("\n\n")
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
        assert_eq!(answer_ended(Language::Ru, &view, AnswerStage::Draft), answer_preview(Language::Ru, &view, false));
    }

    #[test]
    fn who_cannot_answer_is_told_why() {
        let told = |language| {
            let messages = [
                answer_reader(language),
                answer_no_token(language),
                answer_exists(language, "Спасибо <за> отзыв"),
                answer_taken(language),
                answer_cancelled(language),
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
        let view = AnswerView {
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
                answer_choose(language, &view),
                answer_preview(language, &view, false),
                answer_templates(language, &view, true),
                answer_template(language, &view, 1),
                answer_waits(language, &view, AnswerWait::Trouble, until(), true),
            ];
            let ends = AnswerStage::ALL.map(|stage| answer_ended(language, &view, stage));
            // It judges the length.
            screens.iter().chain(&ends).for_each(|message| assert!(!shown(message).is_empty()));
        }
        assert!(answer_preview(Language::Ru, &view, false).html.contains("ещё 1\u{a0}800 зн."));
    }
}
