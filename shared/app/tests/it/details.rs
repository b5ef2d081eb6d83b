//! The card behind «Подробнее», and the language of a message.

use domain::{NotificationId, TelegramId};
use testkit::wb::Method;
use world::{CHAT, World};

/// A buyer orders one piece, and it is told.
async fn sell_one(world: &World) -> String {
    let srid = world.order();
    world.tick().await;
    srid
}

#[tokio::test]
async fn the_details_of_an_order_come_as_a_text_with_a_way_back() {
    let world = World::ready().await;
    // Only statistics know the basket, and the two sources race.
    world.wb.switch_off(Method::OrderFeed, true);
    let srid = sell_one(&world).await;
    let told = world.newest();
    let labels: Vec<&str> = told.buttons().map(|button| button.text.as_str()).collect();
    assert_eq!(labels, ["Открыть на WB", "Подробнее", "🔕 Заглушить товар", "⚙️ Настроить"]);

    world.press("Подробнее").await;
    let card = world.newest();
    assert_ne!(card.id, told.id, "the notification stays as it is");
    assert!(card.photo.is_none() && card.content.text.contains(&srid), "{}", card.content.text);
    assert!(card.content.text.contains("ID корзины: "), "{}", card.content.text);
    let labels: Vec<&str> = card.buttons().map(|button| button.text.as_str()).collect();
    assert_eq!(labels, ["Открыть на WB", "🔕 Заглушить товар", "⚙️ Настроить", "← Меню"]);
    world.press("← Меню").await;
    assert!(world.last_text().starts_with("🏠"));
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn the_details_are_shown_to_nobody_else() {
    let world = World::ready().await;
    sell_one(&world).await;
    let row = NotificationId(world.count("SELECT max(id) FROM notification_history WHERE kind = 'new_order'").await);
    let (pool, now) = (&world.database.pool, world.clock.now());
    assert!(store::outbox::load_row(pool, TelegramId(CHAT), row, now).await.unwrap().is_some());
    assert!(store::outbox::load_row(pool, TelegramId(CHAT + 1), row, now).await.unwrap().is_none());
    sqlx::query("DELETE FROM cabinet_users").execute(pool).await.unwrap();
    assert!(store::outbox::load_row(pool, TelegramId(CHAT), row, now).await.unwrap().is_none());
}

#[tokio::test]
async fn a_message_is_told_in_the_language_of_its_reader() {
    let world = World::ready().await;
    world.run_sql("UPDATE users SET language = 'en'").await;
    let srid = sell_one(&world).await;
    let told = world.newest();
    assert!(
        told.content.text.starts_with("🛒 New order · ") && told.content.text.contains(&srid),
        "{}",
        told.content.text
    );
    world.press("Details").await;
    assert!(world.last_text().starts_with("🛒 New order · "));
    assert_eq!(world.telegram.violations(), []);
}
