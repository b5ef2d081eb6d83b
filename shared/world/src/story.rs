//! How most stories begin, and what several of them tell.

use testkit::wb::{NewReview, TokenType};

use crate::world::World;

/// Longer than a base token takes to tell a review, and to bring the reply to WB: 15 requests.
const BASE_TICKS: usize = 60;

impl World {
    /// Anna has started, and the first sync is over.
    pub async fn ready() -> Self {
        let world = Self::new().await;
        world.onboard(TokenType::Personal).await;
        world
    }

    /// /start, a token, the first sync to its end.
    pub async fn onboard(&self, token_type: TokenType) {
        self.say("/start").await;
        self.say(&self.token(token_type)).await;
    }

    /// A buyer writes a review of two stars, and it is told; its id.
    pub async fn told_review(&self, text: &str) -> String {
        let review = NewReview { stars: 2, text: text.into(), ..NewReview::default() };
        let id = self.in_shop(|shop, now| shop.review(&review, now)).id;
        for _ in 0..BASE_TICKS {
            self.tick().await;
            if self.times_told("⭐ Отзыв", &id) > 0 {
                return id;
            }
        }
        panic!("the review is never told");
    }

    /// Anna replies to the newest review in her own words. Returns what she sees at the end.
    pub async fn reply_to_review(&self, text: &str) -> String {
        self.press("✍️ Ответить").await;
        self.say(text).await;
        self.press("✅ Отправить").await
    }

    /// Ticks until the newest message says something else.
    pub async fn tick_until_it_changes(&self) {
        let before = self.last_text();
        for _ in 0..BASE_TICKS {
            self.tick().await;
            if self.last_text() != before {
                return;
            }
        }
        panic!("nothing changes in «{before}»");
    }
}
