//! ⭐ Отзывы: the list, and the card of one review.

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Language, Review, Role,
    screen::{
        Heading, Place,
        reviews::{ReviewFilter, ReviewKey, ReviewList, ReviewRow},
    },
};

use crate::{
    base::{
        format::{count, stamp},
        keyboard::Key,
        message::Message,
        texts::say,
    },
    button::{ReviewReplyButton, ReviewsButton},
    notification::{
        block::{ProductFacts, card_text, line, open_on_wb},
        review::{author, review_parts, waits_for_reply},
    },
    screen::list::{self, Frame, List},
};

/// A buyer's name in the list.
const NAME_MAX_CHARS: usize = 30;
/// The words of a review in the list.
const TEXT_MAX_CHARS: usize = 160;
/// The most stars.
const STARS: i16 = 5;

/// A page of the reviews.
#[must_use]
pub fn reviews(shown: &ReviewList, place: Place<ReviewFilter>, pages: usize, now: DateTime<Utc>) -> Message {
    let ReviewList { page, unanswered } = shown;
    let language = page.heading.language;
    let list = List::new(page, place, pages, |cabinet, place| ReviewsButton::Page { cabinet, place }.into());
    let chosen = (place.filter != ReviewFilter::All).then(|| filter_name(language, place.filter).to_lowercase());
    let is_chosen = chosen.is_some() || page.words.is_some();
    let mut above = list::found_lines(page, chosen);
    if place.filter != ReviewFilter::Unanswered && *unanswered > 0 {
        above.push(say!(language, "reviews-unanswered", count = count(language, *unanswered)));
    }
    let frame = Frame {
        title: say!(language, "reviews-title"),
        above,
        gap: "\n\n",
        none: if is_chosen { say!(language, "reviews-none-chosen") } else { say!(language, "reviews-none") },
        hint: say!(language, "reviews-hint"),
    };
    let rows = list.buttons(
        |cabinet, place, row| ReviewsButton::Card { cabinet, place, key: row.key }.into(),
        [
            list.choices(ReviewFilter::ALL, |filter| filter_name(language, filter)),
            vec![list.refresh(say!(language, "list-refresh"))],
        ],
        page.words.is_some().then(|| say!(language, "reviews-show-all")),
    );
    Message::text(list.text(frame, now, |number, row| row_text(language, number, row)), rows)
}

/// A filter as a choice.
fn filter_name(language: Language, filter: ReviewFilter) -> String {
    match filter {
        ReviewFilter::All => say!(language, "reviews-filter-all"),
        ReviewFilter::Bad => say!(language, "reviews-filter-bad"),
        ReviewFilter::Unanswered => say!(language, "reviews-filter-unanswered"),
    }
}

/// «1. ★★☆☆☆ · 22.11 14:05 · Анна · ждёт ответа», below it the product, below that what the buyer wrote.
fn row_text(language: Language, number: usize, row: &ReviewRow) -> String {
    let review = &row.review;
    let time = stamp(language, review.created_at);
    let head = say!(language, "reviews-row", number = number.to_string(), stars = stars(review.stars), time = time);
    let state = match &review.answer {
        Some(_) => Some(say!(language, "reviews-is-answered")),
        None => waits_for_reply(review).then(|| say!(language, "reviews-is-unanswered")),
    };
    let author = author(review).and_then(|author| line(author, NAME_MAX_CHARS));
    let head: Vec<String> = [Some(head), author, state].into_iter().flatten().collect();
    let title = list::title(language, row.title.as_deref(), review.nm_id);
    let mut words = [&review.text, &review.cons, &review.pros].into_iter().flatten();
    let words = words.find_map(|words| line(words, TEXT_MAX_CHARS));
    let words = words.map_or_else(|| say!(language, "reviews-wordless"), |words| format!("<i>{words}</i>"));
    format!("{}\n{title}\n{words}", head.join(" · "))
}

/// «★★☆☆☆».
fn stars(stars: i16) -> String {
    (1..=STARS).map(|star| if star <= stars { '★' } else { '☆' }).collect()
}

/// The card of one review: everything that the buyer wrote, the reply, and the way to one.
#[must_use]
pub fn review_card(
    heading: &Heading,
    review: &Review,
    key: ReviewKey,
    place: Place<ReviewFilter>,
    facts: ProductFacts<'_>,
) -> Message {
    let (language, cabinet) = (heading.language, heading.cabinet);
    let html = card_text(language, |space| review_parts(language, review, &facts, space));
    let mut rows = Vec::new();
    if waits_for_reply(review) && heading.role != Role::Reader {
        rows.push(vec![ReviewReplyButton::BeginAt { cabinet, key }.button(say!(language, "answer-button"))]);
    }
    rows.push(vec![open_on_wb(language, review.nm_id)]);
    rows.push(back_to_list(language, cabinet, place));
    Message::text(html, rows)
}

/// What stands in place of a review that is not held any more.
#[must_use]
pub fn review_gone(language: Language, cabinet: CabinetId, place: Place<ReviewFilter>) -> Message {
    Message::text(say!(language, "review-card-gone"), [back_to_list(language, cabinet, place)])
}

/// The way back to the list.
fn back_to_list(language: Language, cabinet: CabinetId, place: Place<ReviewFilter>) -> Vec<Key> {
    vec![ReviewsButton::Page { cabinet, place }.button(say!(language, "reviews-back"))]
}

#[cfg(test)]
mod tests {
    use domain::{SearchId, screen::Page};

    use super::*;
    use crate::{
        Detail,
        notification::{order::tests::selling, review::tests::review},
        screen::heading::tests::{heading, now},
        tests::{both, shown},
    };

    const KEY: ReviewKey = ReviewKey(0x00c0_ffee_0001);

    fn list(language: Language) -> ReviewList {
        let row = ReviewRow { key: KEY, review: review(), title: Some("Кружка <b>&".into()) };
        let answered = Review { answer: Some("Спасибо".into()), stars: 5, author: None, ..review() };
        let wordless = Review { pros: None, cons: None, text: None, is_processed: true, ..review() };
        ReviewList {
            page: Page {
                heading: heading(language),
                words: None,
                total: 30,
                rows: vec![
                    row.clone(),
                    ReviewRow { review: answered, title: None, ..row.clone() },
                    ReviewRow { review: wordless, ..row },
                ],
            },
            unanswered: 4,
        }
    }

    fn place() -> Place<ReviewFilter> {
        Place { as_of: Some(now()), page: 1, ..Place::default() }
    }

    #[test]
    fn a_page_shows_the_words_of_each_review_and_whether_it_waits() {
        insta::assert_snapshot!(both(|language| shown(&reviews(&list(language), place(), 5, now()))), @"
        ⭐ <b>Отзывы</b>
        Данные WB на 14:02 МСК
        Всего: 30
        Ждут ответа: 4

        <b>1.</b> ★★☆☆☆ · 22.11 14:05 · Анна &amp; Ко · ждёт ответа
        Кружка &lt;b&gt;&amp;
        <i>Больше не возьму</i>

        <b>2.</b> ★★★★★ · 22.11 14:05 · есть ответ
        Артикул WB 168120815
        <i>Больше не возьму</i>

        <b>3.</b> ★★☆☆☆ · 22.11 14:05 · Анна &amp; Ко
        Кружка &lt;b&gt;&amp;
        без текста

        Номер открывает отзыв. Чтобы найти другой, пришлите артикул WB, имя или слово из отзыва.
        [1 | 1:review:00c0ffee0001:7:a:towhgc:1] [2 | 1:review:00c0ffee0001:7:a:towhgc:1] [3 | 1:review:00c0ffee0001:7:a:towhgc:1]
        [← | 1:reviews:7:a:towhgc:0] [2/5 | 1:none] [→ | 1:reviews:7:a:towhgc:2]
        [✓ Все | 1:reviews:7:a:-:0] [Плохие | 1:reviews:7:b:-:0] [Без ответа | 1:reviews:7:u:-:0]
        [🔄 Обновить | 1:reviews:7:a:-:0]
        [← Меню | 1:menu]

        ⭐ <b>Reviews</b>
        WB data as of 14:02 MSK
        Total: 30
        Awaiting a reply: 4

        <b>1.</b> ★★☆☆☆ · 22 Nov 14:05 · Анна &amp; Ко · awaiting a reply
        Кружка &lt;b&gt;&amp;
        <i>Больше не возьму</i>

        <b>2.</b> ★★★★★ · 22 Nov 14:05 · replied
        WB article 168120815
        <i>Больше не возьму</i>

        <b>3.</b> ★★☆☆☆ · 22 Nov 14:05 · Анна &amp; Ко
        Кружка &lt;b&gt;&amp;
        no text

        A number opens the review. To find another one, send a WB article, a name or a word of the review.
        [1 | 1:review:00c0ffee0001:7:a:towhgc:1] [2 | 1:review:00c0ffee0001:7:a:towhgc:1] [3 | 1:review:00c0ffee0001:7:a:towhgc:1]
        [← | 1:reviews:7:a:towhgc:0] [2/5 | 1:none] [→ | 1:reviews:7:a:towhgc:2]
        [✓ All | 1:reviews:7:a:-:0] [Bad | 1:reviews:7:b:-:0] [Unanswered | 1:reviews:7:u:-:0]
        [🔄 Refresh | 1:reviews:7:a:-:0]
        [← Menu | 1:menu]
        ");
    }

    #[test]
    fn what_was_chosen_and_looked_for_in_vain_is_said() {
        let place = Place { filter: ReviewFilter::Unanswered, search: Some(SearchId(5)), page: 0, ..place() };
        let whole = list(Language::Ru);
        let page = Page { words: Some("скол<".into()), total: 0, rows: vec![], ..whole.page };
        let none = ReviewList { page, ..whole };
        insta::assert_snapshot!(shown(&reviews(&none, place, 0, now())), @"
        ⭐ <b>Отзывы</b>
        Данные WB на 14:02 МСК
        Поиск: «скол&lt;»
        Выбрано: без ответа

        Таких отзывов нет.
        [Все | 1:reviews:7:a:-:0:5] [Плохие | 1:reviews:7:b:-:0:5] [✓ Без ответа | 1:reviews:7:u:-:0:5]
        [🔄 Обновить | 1:reviews:7:u:-:0:5]
        [Показать все отзывы | 1:reviews:7:a:-:0]
        [← Меню | 1:menu]
        ");
    }

    #[test]
    fn a_card_has_everything_and_a_reply_for_who_may_reply() {
        let facts = ProductFacts {
            title: Some("Кружка <b>&"),
            article: Some("KR-01"),
            figures: selling(),
            detail: Detail::Full,
            ..ProductFacts::default()
        };
        let card = |role, review: Review| {
            shown(&review_card(&Heading { role, ..heading(Language::Ru) }, &review, KEY, place(), facts))
        };
        insta::assert_snapshot!(card(Role::Manager, review()), @r#"
        ⭐ <b>Отзыв 2/5</b> · 22.11 в 14:05 МСК

        <b>Кружка &lt;b&gt;&amp;</b>
        Артикул продавца: <code>KR-01</code>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Покупатель: Анна &amp; Ко
        ID отзыва: <code>YX52RZEBhH9mrcYdEJuD</code>
        Фото покупателя: 2
        Рейтинг: 4,7 — среднее по 121 загруженному отзыву

        <b>Достоинства:</b> Цвет &lt;как на фото&gt;
        <b>Недостатки:</b> Ручка
        отвалилась
        <b>Комментарий:</b> Больше не возьму
        [✍️ Ответить | 1:answer:7:00c0ffee0001]
        [Открыть на WB | /catalog/168120815/detail.aspx]
        [← К отзывам | 1:reviews:7:a:towhgc:1]
        "#);
        assert!(!card(Role::Reader, review()).contains("1:answer:"));
        let answered = Review { answer: Some("Спасибо".into()), ..review() };
        assert!(!card(Role::Owner, answered).contains("1:answer:"));
        insta::assert_snapshot!(both(|language| shown(&review_gone(language, CabinetId(7), place()))), @"
        Этого отзыва здесь больше нет.
        [← К отзывам | 1:reviews:7:a:towhgc:1]

        This review is no longer here.
        [← Reviews | 1:reviews:7:a:towhgc:1]
        ");
    }
}
