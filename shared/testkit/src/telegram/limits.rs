//! How many messages Telegram takes: by chat and over all chats, on the clock of the test.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Telegram's FAQ: no more than one message a second to one chat.
const CHAT_INTERVAL: TimeDelta = TimeDelta::seconds(1);

/// The FAQ allows "short bursts" in a chat without a number; this is a cautious reading of it.
const CHAT_BURST_MESSAGES: i32 = 3;

/// The FAQ: about 30 messages a second over all chats.
const OVERALL_INTERVAL: TimeDelta = TimeDelta::microseconds(33_333);

/// A second's worth of the overall limit.
const OVERALL_BURST_MESSAGES: i32 = 30;

/// The budgets of a bot, and how it kept to them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Limits {
    overall: Bucket,
    chats: BTreeMap<i64, ChatLimit>,
    /// How many requests were answered 429.
    pub(super) refusals: u32,
    /// How many requests went to a chat before its `retry_after` had passed.
    pub(super) early: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ChatLimit {
    bucket: Bucket,
    retry_at: Option<DateTime<Utc>>,
    /// The latest `retry_at` that the bot was told: what becomes of a reply through the webhook
    /// response it never learns.
    told: Option<DateTime<Utc>>,
}

impl ChatLimit {
    fn waits_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.retry_at.filter(|&retry_at| now < retry_at)
    }
}

/// A token bucket, remembered as the moment when it is full again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bucket {
    full_at: DateTime<Utc>,
}

impl Bucket {
    fn next_at(&self, interval: TimeDelta, burst: i32) -> DateTime<Utc> {
        self.full_at - interval * (burst - 1)
    }

    fn take(&mut self, interval: TimeDelta, now: DateTime<Utc>) {
        self.full_at = self.full_at.max(now) + interval;
    }
}

impl Limits {
    /// Notes a request that concerns `chat`, which may come too early after a 429 that the bot saw.
    pub(super) fn note_request(&mut self, chat: i64, now: DateTime<Utc>) {
        if self.chats.get(&chat).and_then(|limit| limit.told).is_some_and(|retry_at| now < retry_at) {
            self.early += 1;
        }
    }

    /// Notes that the bot saw the 429 of `chat`.
    pub(super) fn note_told(&mut self, chat: i64) {
        if let Some(limit) = self.chats.get_mut(&chat) {
            limit.told = limit.retry_at;
        }
    }

    /// Takes one message to `chat` out of the budgets; `strict` allows no burst in a chat.
    ///
    /// # Errors
    /// The whole seconds to wait.
    pub(super) fn take(&mut self, chat: i64, now: DateTime<Utc>, strict: bool) -> Result<(), u32> {
        let burst = if strict { 1 } else { CHAT_BURST_MESSAGES };
        let limit = self.chats.entry(chat).or_default();
        let free_at = limit
            .waits_until(now)
            .unwrap_or_default()
            .max(limit.bucket.next_at(CHAT_INTERVAL, burst))
            .max(self.overall.next_at(OVERALL_INTERVAL, OVERALL_BURST_MESSAGES));
        if now < free_at {
            let milliseconds = (free_at - now).num_milliseconds();
            let seconds = u32::try_from((milliseconds + 999) / 1_000).unwrap_or(u32::MAX).max(1);
            self.refuse(Some(chat), now, seconds);
            return Err(seconds);
        }
        limit.bucket.take(CHAT_INTERVAL, now);
        self.overall.take(OVERALL_INTERVAL, now);
        Ok(())
    }

    /// Counts an answer 429, after which `chat` has to wait.
    pub(super) fn refuse(&mut self, chat: Option<i64>, now: DateTime<Utc>, seconds: u32) {
        self.refusals += 1;
        if let Some(chat) = chat {
            self.chats.entry(chat).or_default().retry_at = Some(now + TimeDelta::seconds(seconds.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn start() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
    }

    #[test]
    fn a_chat_takes_a_short_burst_and_then_one_message_a_second() {
        let mut limits = Limits::default();
        for _ in 0..CHAT_BURST_MESSAGES {
            assert_eq!(limits.take(1, start(), false), Ok(()));
        }
        assert_eq!(limits.take(1, start(), false), Err(1));
        assert_eq!(limits.take(2, start(), false), Ok(()), "another chat is free");
        assert_eq!(limits.take(1, start() + TimeDelta::seconds(1), false), Ok(()));
        assert_eq!((limits.refusals, limits.early), (1, 0));
    }

    #[test]
    fn strict_limits_allow_no_burst() {
        let mut limits = Limits::default();
        assert_eq!(limits.take(1, start(), true), Ok(()));
        assert_eq!(limits.take(1, start() + TimeDelta::milliseconds(999), true), Err(1));
    }

    #[test]
    fn all_chats_together_take_thirty_messages_a_second() {
        let mut limits = Limits::default();
        let taken = (0..40).filter(|&chat| limits.take(chat, start(), false).is_ok()).count();
        assert_eq!(taken, 30);
        let later = start() + TimeDelta::seconds(1);
        let taken = (100..140).filter(|&chat| limits.take(chat, later, false).is_ok()).count();
        assert_eq!(taken, 30);
    }

    #[test]
    fn a_request_before_retry_after_has_passed_is_early_and_refused_for_the_rest() {
        let mut limits = Limits::default();
        limits.refuse(Some(1), start(), 30);
        limits.note_request(1, start() + TimeDelta::seconds(1));
        assert_eq!(limits.early, 0, "the bot does not know yet");
        limits.note_told(1);
        let early = start() + TimeDelta::seconds(10);
        limits.note_request(1, early);
        assert_eq!(limits.take(1, early, false), Err(20));
        let patient = start() + TimeDelta::seconds(30);
        limits.note_request(1, patient);
        assert_eq!(limits.take(1, patient, false), Ok(()));
        assert_eq!((limits.refusals, limits.early), (2, 1));
    }
}
