//! Reads what is logged.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// What one or several layers of `tracing` write.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// What a layer takes as its writer.
    pub fn writer(&self) -> impl Fn() -> Self + Clone + Send + Sync + 'static {
        let lines = self.clone();
        move || lines.clone()
    }

    /// All that was written.
    ///
    /// # Panics
    /// It is no text.
    #[must_use]
    pub fn text(&self) -> String {
        let written = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(written).expect("a log is text")
    }
}
