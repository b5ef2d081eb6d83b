//! What waits to be told to the bot, and where it is sent.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Telegram's delays grow to a random number of seconds between this and its double.
const DELAY_MAX_SECONDS: i64 = 60;

/// Telegram honours `Retry-After` up to this.
const RETRY_AFTER_MAX_SECONDS: i64 = 3_600;

/// Something that the bot is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Update {
    pub(super) id: u32,
    pub(super) chat: i64,
    /// The update as the bot gets it.
    pub(super) body: Value,
    pub(super) expires_at: DateTime<Utc>,
    /// Its place in the queue; a repeated update has the same id but a turn of its own.
    pub(super) turn: u64,
    /// Whether it was put into the queue again by hand.
    pub(super) repeated: bool,
    pub(super) attempts: u32,
    pub(super) delay_seconds: i64,
    pub(super) next_at: DateTime<Utc>,
    #[serde(skip)]
    pub(super) under_way: bool,
}

impl Update {
    pub(super) fn new(id: u32, chat: i64, body: Value, now: DateTime<Utc>, life: TimeDelta) -> Self {
        Self {
            id,
            chat,
            body,
            expires_at: now + life,
            turn: 0,
            repeated: false,
            attempts: 0,
            delay_seconds: 1,
            next_at: now,
            under_way: false,
        }
    }

    /// The update again, as if it had not been confirmed.
    pub(super) fn again(&self, now: DateTime<Utc>) -> Self {
        let life = (self.expires_at - now).max(TimeDelta::seconds(1));
        Self { repeated: true, ..Self::new(self.id, self.chat, self.body.clone(), now, life) }
    }

    /// Plans the next attempt after a failure: at once, then after 2, 4, 8, … seconds, unless the bot
    /// itself says when.
    pub(super) fn postpone(&mut self, retry_after_seconds: i64, now: DateTime<Utc>) {
        let retry_after_seconds = retry_after_seconds.clamp(0, RETRY_AFTER_MAX_SECONDS);
        let mut wait = retry_after_seconds;
        if retry_after_seconds == 0 && self.attempts > 0 {
            // Spread like Telegram's, but the same in every run.
            let spread = i64::try_from(self.turn * 31 % 61).unwrap_or(0);
            self.delay_seconds = (self.delay_seconds * 2).min(DELAY_MAX_SECONDS + spread);
            wait = self.delay_seconds;
        }
        self.attempts += 1;
        self.next_at = now + TimeDelta::seconds(wait);
    }
}

/// Where updates are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) connections_max: usize,
    pub(super) last_error: Option<(DateTime<Utc>, String)>,
    pub(super) gone_since: Option<DateTime<Utc>>,
}

impl Webhook {
    pub(super) fn new(url: &str, secret: &str, connections_max: usize) -> Self {
        let (url, secret) = (url.to_owned(), secret.to_owned());
        Self { url, secret, connections_max, last_error: None, gone_since: None }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use serde_json::json;

    use super::*;

    #[test]
    fn attempts_come_at_once_then_ever_later_up_to_two_minutes() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let mut update = Update::new(1, 1, json!({}), now, TimeDelta::hours(24));
        let mut waits = Vec::new();
        for _ in 0..9 {
            update.postpone(0, now);
            waits.push((update.next_at - now).num_seconds());
        }
        assert_eq!(waits[..6], [0, 2, 4, 8, 16, 32]);
        assert!(waits[6..].iter().all(|wait| (60..=120).contains(wait)), "{waits:?}");
    }

    #[test]
    fn the_bots_own_word_is_honoured_up_to_an_hour() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        let mut update = Update::new(1, 1, json!({}), now, TimeDelta::hours(24));
        for (said, waits) in [(30, 30), (7_200, 3_600), (0, 2)] {
            update.postpone(said, now);
            assert_eq!((update.next_at - now).num_seconds(), waits);
        }
    }
}
