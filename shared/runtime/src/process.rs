//! What a process says of itself, for the dashboard: how long it took to start, and the most memory that it has needed.

use std::{
    fs,
    sync::{Mutex, OnceLock, PoisonError},
    time::Instant,
};

use serde_json::{Value, json};

static BEGAN: OnceLock<Instant> = OnceLock::new();
static START_MS: Mutex<Option<u128>> = Mutex::new(None);

/// To be called first.
pub(crate) fn begin() {
    BEGAN.get_or_init(Instant::now);
}

/// To be called when the first invocation can come.
pub(crate) fn is_ready() {
    let took = BEGAN.get().map(|began| began.elapsed().as_millis());
    *START_MS.lock().unwrap_or_else(PoisonError::into_inner) = took;
}

/// Adds `memory_mb`, and once `start_ms`, to the first line that names the function. They are no metrics, which would be paid
/// for: the dashboard asks the log for them.
pub(crate) fn describe(lines: &mut [Value]) {
    let Some(line) = lines.iter_mut().find(|line| line.get("function").is_some()) else { return };
    if let Some(megabytes) = fs::read_to_string("/proc/self/status").ok().as_deref().and_then(peak_mb) {
        line["memory_mb"] = json!(megabytes);
    }
    if let Some(took) = START_MS.lock().unwrap_or_else(PoisonError::into_inner).take() {
        line["start_ms"] = json!(u64::try_from(took).unwrap_or(u64::MAX));
    }
}

/// The line `VmHWM:    12345 kB`, rounded up to megabytes.
fn peak_mb(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_says_how_it_started_once_and_its_memory_each_time() {
        begin();
        is_ready();
        let lines = || vec![json!({ "Ticks": 1 }), json!({ "function": "sync" }), json!({ "function": "sync" })];
        let (mut first, mut second) = (lines(), lines());
        describe(&mut first);
        describe(&mut second);
        describe(&mut []);
        assert!(first[1]["start_ms"].is_u64() && second[1].get("start_ms").is_none());
        assert_eq!((&first[0], &first[2]), (&json!({ "Ticks": 1 }), &json!({ "function": "sync" })));
        if cfg!(target_os = "linux") {
            assert!(second[1]["memory_mb"].as_u64().unwrap() > 0);
        }
    }

    #[test]
    fn the_peak_is_read_as_linux_writes_it() {
        assert_eq!(peak_mb("Name:\tsync\nVmHWM:\t   20481 kB\nVmRSS:\t 1 kB\n"), Some(21));
        assert_eq!(peak_mb("Name:\tsync\n"), None);
    }
}
