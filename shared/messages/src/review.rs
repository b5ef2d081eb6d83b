//! A review.

use domain::Review;

use crate::{
    Message,
    block::{ProductFacts, length, notification, opening, product, value},
    format::{escape, moment, shorten},
};

/// The message of a review of few stars. Long texts are shortened, each by as much as it takes.
#[must_use]
pub fn negative_review(review: &Review, facts: ProductFacts<'_>) -> Message {
    let headline =
        format!("⭐ <b>Отзыв {}/5</b> · {} МСК", review.stars, moment(domain::Language::Ru, review.created_at));
    let mut lines = opening(headline, facts.cabinet);
    if review.parent_id.is_some() {
        lines.push("Дополнение к прежнему отзыву".to_owned());
    }
    lines.push(String::new());
    lines.extend(product(review.nm_id, facts.title, facts.article));
    lines.extend(review.author.as_deref().map(|author| format!("Покупатель: {}", value(author))));
    lines.push(format!("ID отзыва: <code>{}</code>", value(&review.id.0)));
    let photos = (!review.photos.is_empty()).then(|| format!("Фото покупателя: {}", review.photos.len()));
    lines.extend(photos);

    let texts = [("Достоинства", &review.pros), ("Недостатки", &review.cons), ("Комментарий", &review.text)];
    let (labels, texts): (Vec<String>, Vec<String>) = texts
        .into_iter()
        .filter_map(|(label, text)| Some((format!("<b>{label}:</b> "), without_blank_lines(text.as_deref()?))))
        .unzip();
    if !texts.is_empty() {
        lines.push(String::new());
    }
    let left = facts.max_chars().saturating_sub(length(&lines) + length(&labels));
    let lengths: Vec<usize> = texts.iter().map(|text| text.chars().count()).collect();
    for ((label, text), max_chars) in labels.iter().zip(&texts).zip(shares(&lengths, left)) {
        lines.push(format!("{label}{}", escape(&shorten(text, max_chars))));
    }
    notification(lines, review.nm_id, &facts)
}

/// Buyers put many empty lines between their sentences.
fn without_blank_lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Shares room among texts: the short ones stay whole, the long ones get the same.
fn shares(lengths: &[usize], room: usize) -> Vec<usize> {
    let mut by_length: Vec<usize> = (0..lengths.len()).collect();
    by_length.sort_by_key(|at| lengths[*at]);
    let mut shares = vec![0; lengths.len()];
    let mut left = room;
    for (done, at) in by_length.into_iter().enumerate() {
        shares[at] = lengths[at].min(left / (lengths.len() - done));
        left -= shares[at];
    }
    shares
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use domain::{NmId, Photo, ReviewId};
    use url::Url;

    use super::*;
    use crate::{CAPTION_MAX_CHARS, format::visible_chars, tests::shown};

    fn url() -> Url {
        Url::parse("https://basket-12.wbbasket.ru/vol1681/1.webp").unwrap()
    }

    fn review() -> Review {
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
        let facts = ProductFacts {
            title: Some("Кружка «Утро»"),
            article: Some("KR-01"),
            photo: Some(&photo),
            cabinet: Some("ИП Иванова"),
            ..ProductFacts::default()
        };
        let message = negative_review(&review(), facts);
        assert_eq!(message.photo.as_ref(), Some(&photo));
        insta::assert_snapshot!(shown(&message), @r#"
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
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
    }

    #[test]
    fn stars_alone_are_a_review_and_a_supplement_says_so() {
        let bare = Review {
            pros: None,
            cons: None,
            text: None,
            author: None,
            parent_id: Some(ReviewId("parent".into())),
            photos: vec![],
            ..review()
        };
        insta::assert_snapshot!(shown(&negative_review(&bare, ProductFacts::default())), @r#"
        ⭐ <b>Отзыв 2/5</b> · 22.11 в 14:05 МСК
        Дополнение к прежнему отзыву

        Артикул WB: <a href="https://www.wildberries.ru/catalog/168120815/detail.aspx">168120815</a>
        ID отзыва: <code>YX52RZEBhH9mrcYdEJuD</code>
        [Открыть на WB | /catalog/168120815/detail.aspx] [🔔 Настроить | 1:open:notifications]
        "#);
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
        let message = negative_review(&review, facts);
        shown(&message);
        assert!((CAPTION_MAX_CHARS - 10..=CAPTION_MAX_CHARS).contains(&visible_chars(&message.html)));
        for line in ["\nФото покупателя: 2\n", "\n<b>Достоинства:</b> Цвет\n", "\n<b>Недостатки:</b> &lt;"]
        {
            assert!(message.html.contains(line), "{line} in {}", message.html);
        }
        assert!(message.html.ends_with('…'));
        let without_picture = negative_review(&review, ProductFacts { photo: None, ..facts });
        shown(&without_picture);
        assert!(without_picture.html.len() > message.html.len());
    }

    #[test]
    fn short_texts_stay_whole_and_long_ones_share_the_rest() {
        assert_eq!(shares(&[10, 500, 300], 100), [10, 45, 45]);
        assert_eq!(shares(&[10, 20], 100), [10, 20]);
        assert_eq!(shares(&[], 100), Vec::<usize>::new());
    }
}
