//! What `up` says while it works: a line per step with the time since the beginning, and a sign of life in long ones.

use std::{
    fmt::Display,
    io::{Write, stdout},
    time::{Duration, Instant},
};

/// A person waits this long before wondering whether anything happens.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The beginning of the work.
#[derive(Clone, Copy)]
pub(crate) struct Progress(Instant);

impl Progress {
    /// Begins now.
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }

    /// A step, or what came of it.
    pub(crate) fn say(&self, text: impl Display) {
        print(format_args!("[{:5.1} s] {text}", self.0.elapsed().as_secs_f32()));
    }

    /// Waits for something long and says so from time to time.
    pub(crate) async fn during<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let mut beat = tokio::time::interval(HEARTBEAT);
        beat.tick().await;
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = beat.tick() => self.say(format_args!("  … {what}, {} s so far", begun.elapsed().as_secs())),
            }
        }
    }
}

/// Prints a line. A terminal that has gone is no reason to leave processes behind, as `println!` would.
pub(crate) fn print(text: impl Display) {
    let _nobody_reads_it = writeln!(stdout(), "{text}");
}
