//! Queues and a bus in memory, for tests and measurements: they keep what was enqueued until it is taken.

use std::{
    mem,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;

use crate::{Delayed, DomainEvent, Enqueue, Error, Published, SyncTask, WakeUp};

/// What was enqueued, in order and with its delay.
#[derive(Debug, Default)]
pub struct MemoryQueues {
    sync_tasks: Mutex<Vec<Delayed<SyncTask>>>,
    wake_ups: Mutex<Vec<Delayed<WakeUp>>>,
    published: Mutex<Vec<DomainEvent>>,
    is_without_bus: AtomicBool,
    is_bus_broken: AtomicBool,
}

impl MemoryQueues {
    /// Takes all tasks out of the queue of `sync`.
    pub fn take_sync_tasks(&self) -> Vec<Delayed<SyncTask>> {
        take(&self.sync_tasks)
    }

    /// Takes all wake-ups out of the queue of `webhook`.
    pub fn take_wake_ups(&self) -> Vec<Delayed<WakeUp>> {
        take(&self.wake_ups)
    }

    /// Takes all events off the bus.
    pub fn take_published(&self) -> Vec<DomainEvent> {
        take(&self.published)
    }

    /// Takes the bus away, as a deployment without one.
    pub fn remove_bus(&self) {
        self.is_without_bus.store(true, Ordering::Relaxed);
    }

    /// Whether the bus refuses every second event from now on.
    pub fn break_bus(&self, is_broken: bool) {
        self.is_bus_broken.store(is_broken, Ordering::Relaxed);
    }
}

#[async_trait]
impl Enqueue for MemoryQueues {
    async fn enqueue_sync_tasks(&self, tasks: &[Delayed<SyncTask>]) -> Result<(), Error> {
        push(&self.sync_tasks, tasks);
        Ok(())
    }

    async fn enqueue_wake_ups(&self, wake_ups: &[Delayed<WakeUp>]) -> Result<(), Error> {
        push(&self.wake_ups, wake_ups);
        Ok(())
    }

    fn has_bus(&self) -> bool {
        !self.is_without_bus.load(Ordering::Relaxed)
    }

    async fn publish(&self, events: &[DomainEvent]) -> Published {
        let is_broken = self.is_bus_broken.load(Ordering::Relaxed);
        let taken: Vec<DomainEvent> = events.iter().step_by(if is_broken { 2 } else { 1 }).cloned().collect();
        push(&self.published, &taken);
        let error = (taken.len() < events.len()).then(|| Error::BusUnavailable("as a test asked".to_owned()));
        Published { taken: taken.iter().map(|event| event.id).collect(), error }
    }
}

// A test that panicked with the lock in hand leaves a whole queue behind, so a poisoned lock is used.

fn push<M: Clone>(queue: &Mutex<Vec<M>>, messages: &[M]) {
    queue.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(messages);
}

fn take<M>(queue: &Mutex<Vec<M>>) -> Vec<M> {
    mem::take(&mut queue.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::ChatId;

    use super::*;

    #[tokio::test]
    async fn what_was_enqueued_is_taken_once_and_in_order() {
        let queues = MemoryQueues::default();
        let now = Delayed::now(WakeUp { chat: ChatId(1) });
        let later = Delayed::new(WakeUp { chat: ChatId(2) }, Duration::from_secs(5)).unwrap();
        queues.enqueue_wake_ups(&[now.clone(), later.clone()]).await.unwrap();

        assert_eq!(queues.take_wake_ups(), [now, later]);
        assert_eq!(queues.take_wake_ups(), []);
        assert_eq!(queues.take_sync_tasks(), []);
    }
}
