//! The card behind «Подробнее», and the language of a message.

use domain::{NotificationId, TelegramId};
use testkit::wb::{Method, NewOrder, TokenType};

use crate::world::{CHAT, World};

impl World {
    /// A buyer orders one piece, and it is told.
    async fn sell_one(&self) -> String {
        let srid = self
            .wb
            .shop(self.seller, |shop, now| {
                let srid = shop.order(&NewOrder::default(), now).map(|mut orders| orders.remove(0).srid);
                shop.refresh_reports();
                srid
            })
            .unwrap();
        self.tick().await;
        srid
    }

    /// The chosen language, as the settings will store it.
    async fn speak(&self, language: &str) {
        let sql = "UPDATE users SET language = $1";
        sqlx::query(sql).bind(language).execute(&self.database.pool).await.unwrap();
    }
}

#[tokio::test]
async fn the_details_of_an_order_come_as_a_text_with_a_way_back() {
    let world = World::new().await;
    world.onboard(TokenType::Personal).await;
    // Only statistics know the basket, and the two sources race.
    world.wb.switch_off(Method::OrderFeed, true);
    let srid = world.sell_one().await;
    let told = world.messages().pop().unwrap();
    let labels: Vec<&str> = told.buttons().map(|button| button.text.as_str()).collect();
    assert_eq!(labels, ["Открыть на WB", "Подробнее", "🔕 Заглушить товар", "⚙️ Настроить"]);

    world.press("Подробнее").await;
    let card = world.messages().pop().unwrap();
    assert_ne!(card.id, told.id, "the notification stays as it is");
    assert!(card.photo.is_none() && card.content.text.contains(&srid), "{}", card.content.text);
    assert!(card.content.text.contains("ID корзины: "), "{}", card.content.text);
    let labels: Vec<&str> = card.buttons().map(|button| button.text.as_str()).collect();
    assert_eq!(labels, ["Открыть на WB", "🔕 Заглушить товар", "⚙️ Настроить", "← Меню"]);
    world.press("← Меню").await;
    assert!(world.messages().pop().unwrap().content.text.starts_with("🏠"));
    assert_eq!(world.telegram.violations(), []);
}

#[tokio::test]
async fn the_details_are_shown_to_nobody_else() {
    let world = World::new().await;
    world.onboard(TokenType::Personal).await;
    world.sell_one().await;
    let row = NotificationId(world.count("SELECT max(id) FROM notification_history WHERE kind = 'new_order'").await);
    let (pool, now) = (&world.database.pool, world.clock.now());
    assert!(store::outbox::load_row(pool, TelegramId(CHAT), row, now).await.unwrap().is_some());
    assert!(store::outbox::load_row(pool, TelegramId(CHAT + 1), row, now).await.unwrap().is_none());
    sqlx::query("DELETE FROM cabinet_users").execute(pool).await.unwrap();
    assert!(store::outbox::load_row(pool, TelegramId(CHAT), row, now).await.unwrap().is_none());
}

#[tokio::test]
async fn a_message_is_told_in_the_language_of_its_reader() {
    let world = World::new().await;
    world.onboard(TokenType::Personal).await;
    world.speak("en").await;
    let srid = world.sell_one().await;
    let told = world.messages().pop().unwrap();
    assert!(
        told.content.text.starts_with("🛒 New order · ") && told.content.text.contains(&srid),
        "{}",
        told.content.text
    );
    world.press("Details").await;
    assert!(world.messages().pop().unwrap().content.text.starts_with("🛒 New order · "));
    assert_eq!(world.telegram.violations(), []);
}
