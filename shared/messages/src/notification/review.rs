//! A review.

use domain::{Language, NotificationId, Review};

use crate::{
    base::{fold::Part, format::moment, keyboard::Key, message::Message, texts::say},
    button::ReviewReplyButton,
    notification::{
        block::{ProductFacts, Space, notification, opening, product},
        piece::rating,
    },
};

/// The message of a review of few stars.
#[must_use]
pub fn negative_review(language: Language, review: &Review, facts: ProductFacts<'_>) -> Message {
    let mut message =
        notification(language, review.nm_id, &facts, |space| review_parts(language, review, &facts, space));
    if waits_for_reply(review) {
        message.keyboard.rows.insert(0, vec![review_reply_button(language, facts.row)]);
    }
    message
}

/// What WB writes where a buyer shows no name.
const NAMELESS: &str = "Покупатель";

/// The name that the buyer shows, if they show one.
pub(crate) fn author(review: &Review) -> Option<&str> {
    review.author.as_deref().filter(|author| author.trim() != NAMELESS)
}

/// Whether a reply can be written. WB calls a mere rating processed as well: there is nothing to reply to.
pub(crate) fn waits_for_reply(review: &Review) -> bool {
    review.answer.is_none() && !review.is_processed
}

/// Everything that the buyer wrote, and the product.
pub(crate) fn review_parts(language: Language, review: &Review, facts: &ProductFacts<'_>, space: Space) -> Vec<Part> {
    let time = moment(language, review.created_at);
    let headline = say!(language, "review-head", stars = review.stars, time = time);
    let mut parts = opening(language, headline, facts.cabinet, space);
    parts.extend(review.answer.is_some().then(|| Part::Line(say!(language, "answered"))));
    parts.extend(review.parent_id.is_some().then(|| Part::Line(say!(language, "review-supplement"))));
    parts.push(Part::Break);
    parts.extend(product(language, review.nm_id, facts.title, facts.article, space));
    let author = author(review).and_then(|author| space.value(author));
    let lines = [
        author.map(|author| say!(language, "review-author", name = author)),
        Some(say!(language, "review-id", id = space.id(&review.id.0))),
        (!review.photos.is_empty()).then(|| say!(language, "review-photos", count = review.photos.len())),
        rating(language, &facts.figures).filter(|_| facts.is_full()),
    ];
    parts.extend(lines.into_iter().flatten().map(Part::Line));
    parts.push(Part::Break);
    let answer = review.answer.as_ref().filter(|_| facts.is_full());
    let texts = [
        (say!(language, "review-pros"), review.pros.as_ref()),
        (say!(language, "review-cons"), review.cons.as_ref()),
        (say!(language, "review-text"), review.text.as_ref()),
        (say!(language, "review-answer"), answer),
    ];
    parts.extend(texts.into_iter().filter_map(|(label, text)| {
        let text = without_blank_lines(text?);
        (!text.is_empty()).then_some(Part::Text { label, text })
    }));
    parts
}

/// Buyers put many empty lines between their sentences.
fn without_blank_lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The button below a review.
fn review_reply_button(language: Language, row: NotificationId) -> Key {
    ReviewReplyButton::Begin(row).button(say!(language, "answer-button"))
}

#[cfg(test)]
pub(crate) mod tests {
    use chrono::{TimeZone, Utc};
    use domain::{
        NmId, NotificationId, Photo, ReviewId,
        figures::{ProductFigures, Rating},
    };
    use url::Url;

    use super::*;
    use crate::{
        Detail,
        base::{
            format::{escape, visible_chars},
            message::{CAPTION_MAX_CHARS, TEXT_MAX_CHARS},
        },
        tests::{both, shown},
    };

    fn url() -> Url {
        Url::parse("https://basket-12.wbbasket.ru/vol1681/1.webp").unwrap()
    }

    pub(crate) fn review() -> Review {
        Review {
            id: ReviewId("YX52RZEBhH9mrcYdEJuD".into()),
            nm_id: NmId(168_120_815),
            created_at: Utc.with_ymd_and_hms(2026, 11, 22, 11, 5, 0).unwrap(),
            stars: 2,
            pros: Some("Цвет <как на фото>".into()),
            cons: Some("Ручка\n\n  отвалилась ".into()),
            text: Some("Больше не возьму".into()),
            author: Some("Анна & Ко".into()),
            answer: None,
            is_processed: false,
            parent_id: None,
            photos: vec![url(), url()],
        }
    }

    #[test]
    fn a_review_says_everything_that_the_buyer_wrote() {
        let photo = Photo(url());
        let figures = ProductFigures {
            rating: Some(Rating { mean: "4.25".parse().unwrap(), reviews: 4 }),
            ..ProductFigures::default()
        };
        let facts = ProductFacts {
            title: Some("Кружка «Утро»"),
            article: Some("KR-01"),
            photo: Some(&photo),
            figures,
            cabinet: Some("ИП Иванова"),
            row: NotificationId(41),
            ..ProductFacts::default()
        };
        insta::assert_snapshot!(both(|language| shown(&negative_review(language, &review(), facts))), @r#"
        ⭐ <b>Отзыв 2/5</b> · 22.11 в 14:05 МСК
        Кабинет: ИП Иванова

        <b>Кружка «Утро»</b>
        Артикул продавца: <code>KR-01</code>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Покупатель: Анна &amp; Ко
        ID отзыва: <code>YX52RZEBhH9mrcYdEJuD</code>
        Фото покупателя: 2

        <b>Достоинства:</b> Цвет &lt;как на фото&gt;
        <b>Недостатки:</b> Ручка
        отвалилась
        <b>Комментарий:</b> Больше не возьму
        [✍️ Ответить | 1:answer:41]
        [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:41]
        [🔕 Заглушить товар | 1:mute:41] [⚙️ Настроить | 1:settings:41]

        ⭐ <b>Review 2/5</b> · 22 Nov, 14:05 MSK
        Shop: ИП Иванова

        <b>Кружка «Утро»</b>
        Seller's article: <code>KR-01</code>
        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Buyer: Анна &amp; Ко
        Review ID: <code>YX52RZEBhH9mrcYdEJuD</code>
        The buyer's photos: 2

        <b>Pros:</b> Цвет &lt;как на фото&gt;
        <b>Cons:</b> Ручка
        отвалилась
        <b>Comment:</b> Больше не возьму
        [✍️ Answer | 1:answer:41]
        [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:41]
        [🔕 Mute product | 1:mute:41] [⚙️ Settings | 1:settings:41]
        "#);
        let answered = Review { answer: Some("Простите,\n<вернём> деньги".into()), ..review() };
        let facts = ProductFacts { detail: Detail::Full, ..facts };
        insta::assert_snapshot!(both(|language| shown(&negative_review(language, &answered, facts))), @r#"
        ⭐ <b>Отзыв 2/5</b> · 22.11 в 14:05 МСК
        Кабинет: ИП Иванова
        ✅ Отвечено

        <b>Кружка «Утро»</b>
        Артикул продавца: <code>KR-01</code>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Покупатель: Анна &amp; Ко
        ID отзыва: <code>YX52RZEBhH9mrcYdEJuD</code>
        Фото покупателя: 2
        Рейтинг: 4,2 — среднее по 4 загруженным отзывам

        <b>Достоинства:</b> Цвет &lt;как на фото&gt;
        <b>Недостатки:</b> Ручка
        отвалилась
        <b>Комментарий:</b> Больше не возьму
        <b>Ваш ответ:</b> Простите,
        &lt;вернём&gt; деньги
        [Открыть на WB | /catalog/168120815/detail.aspx]
        [🔕 Заглушить товар | 1:mute:41] [⚙️ Настроить | 1:settings:41]
        [← Меню | 1:menu]

        ⭐ <b>Review 2/5</b> · 22 Nov, 14:05 MSK
        Shop: ИП Иванова
        ✅ Answered

        <b>Кружка «Утро»</b>
        Seller's article: <code>KR-01</code>
        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Buyer: Анна &amp; Ко
        Review ID: <code>YX52RZEBhH9mrcYdEJuD</code>
        The buyer's photos: 2
        Rating: 4.2 — the mean of 4 loaded reviews

        <b>Pros:</b> Цвет &lt;как на фото&gt;
        <b>Cons:</b> Ручка
        отвалилась
        <b>Comment:</b> Больше не возьму
        <b>Your answer:</b> Простите,
        &lt;вернём&gt; деньги
        [Open on WB | /catalog/168120815/detail.aspx]
        [🔕 Mute product | 1:mute:41] [⚙️ Settings | 1:settings:41]
        [← Menu | 1:menu]
        "#);
    }

    #[test]
    fn stars_alone_are_a_review_and_a_supplement_says_so() {
        let bare = Review {
            pros: None,
            cons: None,
            text: Some(" \n ".into()),
            author: Some(" ".into()),
            parent_id: Some(ReviewId("parent".into())),
            photos: vec![],
            ..review()
        };
        insta::assert_snapshot!(both(|language| shown(&negative_review(language, &bare, ProductFacts::default()))), @r#"
        ⭐ <b>Отзыв 2/5</b> · 22.11 в 14:05 МСК
        Дополнение к прежнему отзыву

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        ID отзыва: <code>YX52RZEBhH9mrcYdEJuD</code>
        [✍️ Ответить | 1:answer:0]
        [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
        [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

        ⭐ <b>Review 2/5</b> · 22 Nov, 14:05 MSK
        A supplement to an earlier review

        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Review ID: <code>YX52RZEBhH9mrcYdEJuD</code>
        [✍️ Answer | 1:answer:0]
        [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
        [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
        "#);
    }

    #[test]
    fn a_long_review_is_shortened_at_a_word_and_stands_whole_behind_details() {
        let photo = Photo(url());
        let cons = "Ручка отвалилась в первый же день, & блюдце с <трещиной>. ".repeat(35);
        let text = "Не советую! ".repeat(150);
        let review = Review { cons: Some(cons.clone()), text: Some(text.clone()), ..review() };
        let facts =
            ProductFacts { title: Some("Кружка «Утро»"), photo: Some(&photo), ..ProductFacts::default() };
        let head = |language| {
            let told = shown(&negative_review(language, &review, facts));
            let lines = told.lines().map(|line| line.chars().rev().take(100).collect::<Vec<_>>());
            let ends = lines.map(|line| line.into_iter().rev().collect::<String>());
            ends.collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(both(head), @r#"
        ⭐ <b>Отзыв 2/5</b> · 22.11 в 14:05 МСК

        <b>Кружка «Утро»</b>
        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Покупатель: Анна &amp; Ко
        ID отзыва: <code>YX52RZEBhH9mrcYdEJuD</code>
        Фото покупателя: 2

        <b>Достоинства:</b> Цвет &lt;как на фото&gt;
        людце с &lt;трещиной&gt;. Ручка отвалилась в первый же день, &amp; блюдце с &lt;трещиной&gt;. Ручка…
         Не советую! Не советую! Не советую! Не советую! Не советую! Не советую! Не советую! Не советую! Не…
        [✍️ Ответить | 1:answer:0]
        [Открыть на WB | /catalog/168120815/detail.aspx] [Подробнее | 1:details:0]
        [🔕 Заглушить товар | 1:mute:0] [⚙️ Настроить | 1:settings:0]

        ⭐ <b>Review 2/5</b> · 22 Nov, 14:05 MSK

        <b>Кружка «Утро»</b>
        WB article: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        Buyer: Анна &amp; Ко
        Review ID: <code>YX52RZEBhH9mrcYdEJuD</code>
        The buyer's photos: 2

        <b>Pros:</b> Цвет &lt;как на фото&gt;
        людце с &lt;трещиной&gt;. Ручка отвалилась в первый же день, &amp; блюдце с &lt;трещиной&gt;. Ручка…
        ую! Не советую! Не советую! Не советую! Не советую! Не советую! Не советую! Не советую! Не советую!…
        [✍️ Answer | 1:answer:0]
        [Open on WB | /catalog/168120815/detail.aspx] [Details | 1:details:0]
        [🔕 Mute product | 1:mute:0] [⚙️ Settings | 1:settings:0]
        "#);
        let full = negative_review(Language::Ru, &review, ProductFacts { detail: Detail::Full, ..facts });
        assert!(full.html.contains(escape(cons.trim()).as_ref()) && full.html.contains(text.trim()), "{}", full.html);
    }

    #[test]
    fn the_longest_review_fills_the_caption_and_loses_no_line() {
        let photo = Photo(url());
        let long = "<&\"".repeat(1_500);
        let review = Review {
            id: ReviewId(long.clone()),
            author: Some(long.clone()),
            pros: Some("Цвет".into()),
            cons: Some(long.clone()),
            text: Some(long.clone()),
            ..review()
        };
        let named = Some(long.as_str());
        let facts =
            ProductFacts { title: named, article: named, photo: Some(&photo), cabinet: named, ..Default::default() };
        for (detail, max_chars) in [(Detail::Folded, CAPTION_MAX_CHARS), (Detail::Full, TEXT_MAX_CHARS)] {
            let message = negative_review(Language::Ru, &review, ProductFacts { detail, ..facts });
            shown(&message);
            assert!((max_chars - 10..=max_chars).contains(&visible_chars(&message.html)));
            for line in ["\nФото покупателя: 2\n", "\n<b>Достоинства:</b> Цвет\n", "\n<b>Недостатки:</b> &lt;"]
            {
                assert!(message.html.contains(line), "{line} in {}", message.html);
            }
            assert!(message.html.ends_with('…'));
        }
    }
}
