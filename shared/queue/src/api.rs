//! What the use cases ask of the queues.

use std::time::Duration;

use async_trait::async_trait;

use crate::{DomainEvent, Error, Published, SyncTask, WakeUp};

/// The longest time for which a message waits in a queue. Longer waits are data in PostgreSQL, which
/// a deploy, a purge or a lost message cannot forget. (SQS itself would allow 15 minutes.)
pub const MAX_DELAY: Duration = Duration::from_secs(60);

/// No message waits in a queue for so long: a longer wait is a time in the database.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message may wait for {} s at most, not for {} s", MAX_DELAY.as_secs(), .0.as_secs_f64())]
pub struct DelayTooLong(pub Duration);

/// The queues, as the use cases see them. Everything that was not enqueued is found again by a later
/// tick, so a caller may give up after an error.
#[async_trait]
pub trait Enqueue: Send + Sync + 'static {
    /// Hands cabinets to `sync`.
    ///
    /// # Errors
    /// See [`Error`]; the tasks that it does not count are in the queue.
    async fn enqueue_sync_tasks(&self, tasks: &[Delayed<SyncTask>]) -> Result<(), Error>;

    /// Hands chats to `webhook`.
    ///
    /// # Errors
    /// See [`Error`]; the wake-ups that it does not count are in the queue.
    async fn enqueue_wake_ups(&self, wake_ups: &[Delayed<WakeUp>]) -> Result<(), Error>;

    /// Whether others hear of what happens: a deployment may do without.
    fn has_bus(&self) -> bool {
        false
    }

    /// Publishes events to the bus. What it does not take is no error: it is published later.
    async fn publish(&self, _events: &[DomainEvent]) -> Published {
        Published::default()
    }

    /// Has the dead letters of both queues brought back, for an operator who has mended what was wrong.
    ///
    /// # Errors
    /// See [`Error`].
    async fn redrive(&self) -> Result<Vec<Redriven>, Error> {
        Ok(Vec::new())
    }
}

/// Dead letters on their way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redriven {
    /// The queue to which they belong.
    pub queue: String,
    /// How many there were, as SQS counts: about.
    pub messages: u64,
}

/// A message, and how long it waits before it can be received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delayed<M> {
    message: M,
    delay: Duration,
}

impl<M> Delayed<M> {
    /// A message that can be received at once.
    #[must_use]
    pub fn now(message: M) -> Self {
        Self { message, delay: Duration::ZERO }
    }

    /// A message that waits.
    ///
    /// # Errors
    /// [`DelayTooLong`] for more than [`MAX_DELAY`].
    pub fn new(message: M, delay: Duration) -> Result<Self, DelayTooLong> {
        if delay > MAX_DELAY { Err(DelayTooLong(delay)) } else { Ok(Self { message, delay }) }
    }

    /// The message.
    pub fn message(&self) -> &M {
        &self.message
    }

    /// How long it waits.
    pub fn delay(&self) -> Duration {
        self.delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_waits_for_a_minute_at_most() {
        assert_eq!(Delayed::new((), MAX_DELAY).unwrap().delay(), MAX_DELAY);
        let error = Delayed::new((), Duration::from_millis(60_500)).unwrap_err();
        assert_eq!(error.to_string(), "a message may wait for 60 s at most, not for 60.5 s");
    }
}
