//! ⭐ Отзывы: a seller reads what buyers write, and replies from the list.

use testkit::wb::{NewReview, TokenType};
use world::World;

/// A cabinet that is loaded and in which a buyer has written since.
async fn opened() -> World {
    let world = World::ready().await;
    let review = NewReview {
        stars: 2, text: "Пришла со сколом".into(), author: "Анна".into(), ..NewReview::default()
    };
    world.in_shop(|shop, now| shop.review(&review, now));
    world.ticks(2).await;
    world.say("/reviews").await;
    world
}

#[tokio::test]
async fn the_latest_review_comes_first_with_its_words() {
    let world = opened().await;
    let text = world.last_text();
    let row: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("1. ")).take(3).collect();
    assert!(row[0].starts_with("1. ★★☆☆☆ · 22.11 ") && row[0].ends_with(" · Анна · ждёт ответа"), "{text}");
    assert_eq!(row[2], "Пришла со сколом");
    let unanswered = world.count("SELECT count(*) FROM wb_reviews WHERE answer IS NULL AND NOT is_processed").await;
    assert!(text.contains(&format!("Ждут ответа: {unanswered}\n")), "{text}");
    world.press("Без ответа").await;
    assert!(world.last_text().contains(&format!("Найдено: {unanswered}\n")), "{}", world.last_text());
    world.press("Плохие").await;
    let bad = world.count("SELECT count(*) FROM wb_reviews WHERE stars <= 3").await;
    assert!(world.last_text().contains(&format!("Найдено: {bad}\n")), "{}", world.last_text());
}

#[tokio::test]
async fn a_review_is_replied_to_from_its_card() {
    let world = opened().await;
    world.press("1").await;
    let card = world.newest();
    assert!(card.content.text.starts_with("⭐ Отзыв 2/5"), "{}", card.content.text);
    world.press("✍️ Ответить").await;
    world.say("Заменим").await;
    world.press("✅ Отправить").await;
    world.ticks(3).await;
    let replied = "SELECT count(*) FROM wb_reviews WHERE text = 'Пришла со сколом' AND answer = 'Заменим'";
    world.half_an_hour().await;
    assert_eq!(world.count(replied).await, 1);
    world.say("/reviews").await;
    world.press("1").await;
    let card = world.newest();
    assert!(card.content.text.contains("Заменим"), "{}", card.content.text);
    assert!(card.buttons().all(|button| button.text != "✍️ Ответить"));
}

#[tokio::test]
async fn a_word_of_a_review_is_found_at_this_list() {
    let world = opened().await;
    world.say("СКОЛОМ").await;
    assert!(world.last_text().contains("Поиск: «СКОЛОМ»\nНайдено: 1\n"), "{}", world.last_text());
    world.press("Показать все отзывы").await;
    assert!(world.last_text().contains("Всего: "), "{}", world.last_text());
}

#[tokio::test]
async fn a_base_token_without_reviews_is_told_so() {
    let world = World::new().await;
    world.say("/start").await;
    let spec = testkit::wb::TokenSpec {
        categories: &[testkit::wb::Category::Statistics, testkit::wb::Category::Content],
        ..testkit::wb::TokenSpec::of(world.seller, TokenType::Personal)
    };
    world.say(&world.wb.issue_token(&spec).unwrap()).await;
    world.say("/reviews").await;
    let text = world.last_text();
    assert!(text.starts_with("⭐ Отзывы\n🔒 WB не даёт доступа к этим данным"), "{text}");
}
