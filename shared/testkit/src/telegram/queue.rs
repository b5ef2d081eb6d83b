//! The queue of updates: what is due, what is under way, what was taken.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use url::Url;

use super::{
    chats::State,
    pictures,
    updates::{Update, Webhook},
};

/// A webhook that answers 410 for so long is removed.
const GONE_LIMIT: TimeDelta = TimeDelta::hours(23);

/// The default and largest `limit` of `getUpdates`.
const UPDATES_MAX: usize = 100;

/// One attempt to deliver an update.
pub(super) struct Attempt {
    pub(super) turn: u64,
    pub(super) body: Value,
    pub(super) url: Url,
    pub(super) secret: String,
}

/// What the bot answered.
pub(super) enum Answer {
    Taken { content_type: Option<String>, body: Vec<u8> },
    Failed { problem: String, retry_after_seconds: i64, gone: bool },
}

impl State {
    /// Forgets updates that nobody took in time.
    fn drop_expired(&mut self, now: DateTime<Utc>) {
        self.pending.retain(|update| update.under_way || now <= update.expires_at);
    }

    /// The updates for `getUpdates`. What is older than `offset` is confirmed by it.
    pub(super) fn take_updates(&mut self, offset: i64, limit: Option<i64>, now: DateTime<Utc>) -> Vec<Value> {
        self.drop_expired(now);
        if offset < 0 {
            let kept = usize::try_from(-offset).unwrap_or(usize::MAX);
            self.pending.drain(..self.pending.len().saturating_sub(kept));
        } else {
            self.pending.retain(|update| i64::from(update.id) >= offset || update.repeated);
        }
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(UPDATES_MAX).clamp(1, UPDATES_MAX);
        let shown = self.pending.iter().take(limit).map(|update| update.body.clone()).collect();
        // A repeated update has an id that `offset` has passed, so it is shown once.
        let last = self.pending.iter().take(limit).next_back().map_or(0, |update| update.turn);
        self.pending.retain(|update| !(update.repeated && update.turn <= last));
        shown
    }

    /// Where updates can be delivered: the fake sends nothing to another machine.
    fn target(&self) -> Option<(&Webhook, Url)> {
        let webhook = self.webhook.as_ref()?;
        Some((webhook, Url::parse(&webhook.url).ok().filter(pictures::is_loopback)?))
    }

    /// The first update of every chat that has none under way.
    fn heads(&self) -> impl Iterator<Item = &Update> {
        let mut seen = BTreeSet::new();
        self.pending.iter().filter(move |update| seen.insert(update.chat) && !update.under_way)
    }

    fn under_way(&self) -> usize {
        self.pending.iter().filter(|update| update.under_way).count()
    }

    /// When the next attempt is planned.
    pub(super) fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        self.target().and_then(|_| self.heads().map(|update| update.next_at).min())
    }

    /// Whether nothing is under way and nothing is due.
    pub(super) fn is_settled(&self, now: DateTime<Utc>) -> bool {
        self.under_way() == 0 && self.next_attempt_at().is_none_or(|next_at| now < next_at)
    }

    /// Takes the attempts that are due, as many as there are free connections.
    pub(super) fn start_attempts(&mut self, now: DateTime<Utc>) -> Vec<Attempt> {
        self.drop_expired(now);
        let Some((webhook, url)) = self.target() else { return Vec::new() };
        let free = webhook.connections_max.saturating_sub(self.under_way());
        let attempts: Vec<_> = self
            .heads()
            .filter(|update| update.next_at <= now)
            .take(free)
            .map(|update| Attempt {
                turn: update.turn,
                body: update.body.clone(),
                url: url.clone(),
                secret: webhook.secret.clone(),
            })
            .collect();
        for update in &mut self.pending {
            update.under_way |= attempts.iter().any(|attempt| attempt.turn == update.turn);
        }
        attempts
    }

    pub(super) fn finish_attempt(&mut self, turn: u64, answer: &Answer, now: DateTime<Utc>) {
        let (retry_after_seconds, gone) = match answer {
            Answer::Taken { .. } => {
                self.pending.retain(|update| update.turn != turn);
                if let Some(webhook) = &mut self.webhook {
                    webhook.gone_since = None;
                }
                return;
            }
            Answer::Failed { problem, retry_after_seconds, gone } => {
                if let Some(webhook) = &mut self.webhook {
                    webhook.last_error = Some((now, problem.clone()));
                }
                (*retry_after_seconds, *gone)
            }
        };
        if let Some(update) = self.pending.iter_mut().find(|update| update.turn == turn) {
            update.under_way = false;
            update.postpone(retry_after_seconds, now);
        }
        self.pending.retain(|update| update.turn != turn || update.next_at <= update.expires_at);
        if let Some(webhook) = &mut self.webhook {
            webhook.gone_since = gone.then(|| webhook.gone_since.unwrap_or(now));
            if webhook.gone_since.is_some_and(|since| now - since > GONE_LIMIT) {
                self.webhook = None;
            }
        }
    }
}
