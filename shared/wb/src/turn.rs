//! How many long answers a process reads at once, so that its memory has a bound whatever it has been asked for.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

/// A long answer stands in memory as up to four chunks, which are 20 MB of orders: so many fit into a small function beside
/// everything else. One cabinet asks that many hosts at the same time, so that it waits for nobody but others.
const LONG_ANSWERS: usize = 4;
/// An answer is long from this row on. Nearly all are short, because only what has changed is asked for, and wait for nobody.
pub(crate) const SHORT_ROWS: usize = 500;

/// The turns of a process.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LONG_ANSWERS)))
    }
}

impl Turns {
    /// The turn of one reading, which has not come yet.
    pub(crate) fn turn(&self) -> Turn {
        Turn { turns: self.0.clone(), taken: Arc::default() }
    }
}

/// The turn of one reading. It comes when the reading's first answer is found to be long, and lasts until its last clone is
/// dropped.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    turns: Arc<Semaphore>,
    taken: Arc<Mutex<Option<OwnedSemaphorePermit>>>,
}

impl Turn {
    /// Waits on a thread that may block; `false`: the reading was given up meanwhile.
    pub(crate) fn wait(&self, given_up: impl Future<Output = ()>) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.is_none() {
            *taken = Handle::current().block_on(async {
                tokio::select! {
                    turn = self.turns.clone().acquire_owned() => turn.ok(),
                    () = given_up => None,
                }
            });
        }
        taken.is_some()
    }
}
