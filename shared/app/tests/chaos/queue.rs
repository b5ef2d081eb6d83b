//! A queue on a bad day: it loses, doubles, delays and mixes up what it carries.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use queue::{Delayed, Enqueue, SyncTask, WakeUp};
use testkit::clock::TestClock;

use testkit::dice::Dice;

use crate::plan::QueueFault;

/// What a message says.
#[derive(Clone, Debug)]
pub enum Body {
    Sync(SyncTask),
    WakeUp(WakeUp),
}

/// A message in the queue.
#[derive(Clone, Debug)]
pub struct Message {
    pub due_at: DateTime<Utc>,
    pub body: Body,
    /// How often it came back because its work had failed.
    pub returns: u32,
    is_shuffled: bool,
}

struct Inside {
    messages: VecDeque<Message>,
    faults: VecDeque<QueueFault>,
    dice: Dice,
}

/// Both queues of the product in one.
#[derive(Clone)]
pub struct ChaosQueues {
    clock: TestClock,
    inside: Arc<Mutex<Inside>>,
}

impl ChaosQueues {
    pub fn new(seed: u64, clock: TestClock) -> Self {
        let inside = Inside { messages: VecDeque::new(), faults: VecDeque::new(), dice: Dice::new(seed) };
        Self { clock, inside: Arc::new(Mutex::new(inside)) }
    }

    /// Treats the next messages badly.
    pub fn break_next(&self, fault: QueueFault, times: u32) {
        self.inside().faults.extend((0..times).map(|_| fault));
    }

    /// Forgets the faults that still wait.
    pub fn mend(&self) {
        self.inside().faults.clear();
    }

    /// Takes the message that comes next, of those that `is_wanted`.
    pub fn take(&self, is_wanted: impl Fn(&Body) -> bool) -> Option<Message> {
        let mut inside = self.inside();
        let wanted: Vec<usize> =
            (0..inside.messages.len()).filter(|at| is_wanted(&inside.messages[*at].body)).collect();
        let first = wanted.iter().copied().min_by_key(|at| (inside.messages[*at].due_at, *at))?;
        let at = if inside.messages[first].is_shuffled { *inside.dice.pick(&wanted) } else { first };
        inside.messages.remove(at)
    }

    /// Puts a message back whose work has failed.
    pub fn put_back(&self, message: Message, after: TimeDelta) {
        let due_at = self.clock.now() + after;
        self.inside().messages.push_back(Message { due_at, returns: message.returns + 1, ..message });
    }

    fn put<M: Clone>(&self, message: &Delayed<M>, body: fn(M) -> Body) {
        let delay = TimeDelta::from_std(message.delay()).expect("a message waits for a minute at most");
        let due_at = self.clock.now() + delay;
        let new = Message { due_at, body: body(message.message().clone()), returns: 0, is_shuffled: false };
        let mut inside = self.inside();
        match inside.faults.pop_front() {
            Some(QueueFault::Lose) => {}
            Some(QueueFault::Double) => inside.messages.extend([new.clone(), new]),
            Some(QueueFault::Delay(by)) => {
                let by = TimeDelta::from_std(by).expect("a plan delays by minutes");
                inside.messages.push_back(Message { due_at: due_at + by, ..new });
            }
            Some(QueueFault::Shuffle) => inside.messages.push_back(Message { is_shuffled: true, ..new }),
            None => inside.messages.push_back(new),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Enqueue for ChaosQueues {
    async fn enqueue_sync_tasks(&self, tasks: &[Delayed<SyncTask>]) -> Result<(), queue::Error> {
        tasks.iter().for_each(|task| self.put(task, Body::Sync));
        Ok(())
    }

    async fn enqueue_wake_ups(&self, wake_ups: &[Delayed<WakeUp>]) -> Result<(), queue::Error> {
        wake_ups.iter().for_each(|wake_up| self.put(wake_up, Body::WakeUp));
        Ok(())
    }
}
