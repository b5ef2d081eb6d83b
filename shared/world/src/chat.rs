//! What people do in a chat, and what stands there then.

use chrono::TimeDelta;
use testkit::telegram::{Author, Message};

use crate::{
    conversation::{self, Glance},
    world::{CHAT, World},
};

/// Nobody writes or taps faster than this, nor does Telegram take the replies.
const A_MOMENT: TimeDelta = TimeDelta::seconds(2);

impl World {
    /// Anna writes, and everything that follows from it happens. Returns what she sees of it.
    pub async fn say(&self, text: &str) -> String {
        self.say_in(CHAT, text).await
    }

    /// Anna taps the newest button with this label, and everything that follows from it happens. Returns what she sees of it.
    pub async fn press(&self, button: &str) -> String {
        self.press_in(CHAT, button).await
    }

    /// Anna taps one after the other. Returns what she sees after the last tap.
    pub async fn press_all(&self, buttons: &[&str]) -> String {
        let mut seen = String::new();
        for button in buttons {
            seen = self.press(button).await;
        }
        seen
    }

    /// Somebody writes in their chat.
    pub async fn say_in(&self, chat: i64, text: &str) -> String {
        self.clock.advance(A_MOMENT);
        let glance = self.glance(chat);
        self.telegram.say(chat, text).unwrap();
        self.rest().await;
        self.seen_since(&glance)
    }

    /// Somebody taps in their chat.
    pub async fn press_in(&self, chat: i64, button: &str) -> String {
        self.clock.advance(A_MOMENT);
        let glance = self.glance(chat);
        self.telegram.press(chat, None, button).unwrap();
        self.rest().await;
        self.seen_since(&glance)
    }

    /// Somebody's app sends a tap on a button that their newest message does not have, or has no more.
    pub async fn tap_in(&self, chat: i64, data: &str) -> String {
        self.clock.advance(A_MOMENT);
        let glance = self.glance(chat);
        let shown = self.telegram.last_message(chat).unwrap().id;
        self.telegram.tap(chat, shown, data).unwrap();
        self.rest().await;
        self.seen_since(&glance)
    }

    /// What Anna sees happen in her chat while this happens.
    pub async fn seen_during(&self, what: impl Future<Output = ()>) -> String {
        let glance = self.glance(CHAT);
        what.await;
        self.seen_since(&glance)
    }

    /// A look at a chat, for what is seen later.
    #[must_use]
    pub fn glance(&self, chat: i64) -> Glance {
        Glance { chat, messages: self.telegram.messages(chat), taps: self.telegram.answers().len() }
    }

    /// What the bot has done in a chat since then, as a person sees it.
    #[must_use]
    pub fn seen_since(&self, glance: &Glance) -> String {
        conversation::changes(glance, &self.telegram.messages(glance.chat), &self.telegram.answers())
    }

    /// What the bot has sent to Anna and what still stands, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.messages_in(CHAT)
    }

    /// What the bot has sent to a chat and what still stands, oldest first.
    #[must_use]
    pub fn messages_in(&self, chat: i64) -> Vec<Message> {
        let stands = |message: &Message| message.from == Author::Bot && !message.deleted;
        self.telegram.messages(chat).into_iter().filter(stands).collect()
    }

    /// The newest message of the bot.
    #[must_use]
    pub fn newest(&self) -> Message {
        self.messages().pop().unwrap()
    }

    /// The text of the newest message of the bot.
    #[must_use]
    pub fn last_text(&self) -> String {
        self.last_text_in(CHAT)
    }

    /// The text of the newest message of the bot in a chat.
    #[must_use]
    pub fn last_text_in(&self, chat: i64) -> String {
        self.messages_in(chat).pop().unwrap().content.text
    }

    /// The message with this id, as it stands now.
    #[must_use]
    pub fn message(&self, id: i64) -> Message {
        self.messages().into_iter().find(|message| message.id == id).unwrap()
    }

    /// The messages that begin so.
    #[must_use]
    pub fn told(&self, head: &str) -> Vec<Message> {
        self.messages().into_iter().filter(|message| message.content.text.starts_with(head)).collect()
    }

    /// How many messages begin so and name this id.
    #[must_use]
    pub fn times_told(&self, head: &str, id: &str) -> usize {
        self.told(head).iter().filter(|message| message.content.text.contains(id)).count()
    }

    /// The messages that tell a new order.
    #[must_use]
    pub fn told_orders(&self) -> Vec<Message> {
        self.told("🛒 Новый заказ")
    }

    /// The messages that say this anywhere.
    #[must_use]
    pub fn mentions(&self, text: &str) -> Vec<Message> {
        self.messages().into_iter().filter(|message| message.content.text.contains(text)).collect()
    }
}
