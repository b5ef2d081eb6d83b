//! Who is there beside Anna.

use testkit::wb::TokenType;

use crate::world::World;

/// The chat of Boris, who works in the same shop.
pub const BORIS: i64 = 2_000;

impl World {
    /// Boris sends a token of the shop and joins the cabinet. Returns what he sees of it.
    pub async fn boris_joins(&self, token_type: TokenType) -> String {
        self.telegram.person(BORIS, "Борис", Some("ru"));
        self.say_in(BORIS, &self.token(token_type)).await
    }

    /// Anna makes a link into her cabinet with this button; the code in it.
    pub async fn invite(&self, role: &str) -> String {
        self.say("/settings").await;
        self.press_all(&["👥 Пригласить", role]).await;
        let text = self.last_text();
        let (_, code) = text.rsplit_once("?start=").unwrap();
        code.trim().to_owned()
    }
}
