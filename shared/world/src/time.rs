//! Time passes: ticks of the schedule, and all that follows from them.

use std::time::Duration;

use app::fanout::Tick;
use chrono::TimeDelta;

use crate::world::{INTERVAL, World};

/// Rounds after which queues that never empty are a bug.
const MAX_ROUNDS: usize = 500;
/// Ticks in half an hour, after which reports are asked for again, and one more.
const REPORT_TICKS: usize = 11;

impl World {
    /// A tick of the schedule, one interval after the last, and everything that follows from it.
    pub async fn tick(&self) {
        self.clock.advance(INTERVAL);
        self.tick_now().await;
        self.rest().await;
    }

    /// So many ticks.
    pub async fn ticks(&self, count: usize) {
        for _ in 0..count {
            self.tick().await;
        }
    }

    /// The reports are half an hour old at most: ticks until they are read again.
    pub async fn half_an_hour(&self) {
        self.ticks(REPORT_TICKS).await;
    }

    /// The schedule fires; nothing that follows from it happens yet.
    pub async fn tick_now(&self) {
        self.fanout.run(Tick { time: self.clock.now(), spread: Duration::ZERO }).await.unwrap();
    }

    /// A tick and its syncs; nobody is woken yet.
    pub async fn tick_and_sync(&self) {
        self.clock.advance(INTERVAL);
        self.tick_now().await;
        for task in self.queues.take_sync_tasks() {
            self.sync.run(task.message()).await.unwrap();
        }
    }

    /// Lets everything happen that is queued; the clock moves over the delays.
    pub async fn rest(&self) {
        for _ in 0..MAX_ROUNDS {
            self.telegram.settle().await;
            let (tasks, wake_ups) = (self.queues.take_sync_tasks(), self.queues.take_wake_ups());
            if tasks.is_empty() && wake_ups.is_empty() {
                return;
            }
            let delay = tasks.iter().map(queue::Delayed::delay).chain(wake_ups.iter().map(queue::Delayed::delay)).max();
            self.clock.advance(TimeDelta::from_std(delay.unwrap_or_default()).unwrap());
            for wake_up in wake_ups {
                self.webhook.run(wake_up.message()).await.unwrap();
            }
            for task in tasks {
                self.sync.run(task.message()).await.unwrap();
            }
        }
        panic!("the queues never come to rest");
    }
}
