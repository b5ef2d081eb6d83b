//! Processes: each part in a group of its own, with a log file, known by id and start time.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

/// How long a part may take to end by itself. LocalStack needs 5 to 7 s.
const GRACE: Duration = Duration::from_secs(10);
/// How often an ending process is looked at.
const POLL: Duration = Duration::from_millis(100);
/// The end of a log that is shown when a part fails: enough for a message and its context.
const TAIL_LINES: usize = 15;
/// The end of a log file that is read for it.
const TAIL_BYTES: u64 = 64 * 1024;
/// Marks whatever this local cloud started, so that children of the dead are found too.
pub(crate) const MARK: &str = "CARGO_LOCAL_INSTANCE";

/// A process as it is written down: an id alone may belong to somebody else by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    /// The process id, which is the id of its group too.
    pub pid: i32,
    /// When it began, in the words of the system.
    pub started: String,
}

impl Process {
    /// The process of this id, if it lives.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        started(pid).map(|started| Self { pid, started })
    }

    /// Whether it still lives.
    pub(crate) fn is_alive(&self) -> bool {
        started(self.pid).as_ref() == Some(&self.started)
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        if self.is_alive() {
            let _gone_meanwhile = kill(Pid::from_raw(self.pid), Signal::SIGTERM);
        }
    }
}

/// A running part of the local cloud.
pub(crate) struct Part {
    /// What people call it.
    pub name: &'static str,
    /// How it is written down.
    pub process: Process,
    child: Child,
    log: PathBuf,
    farewell: Signal,
}

impl Part {
    /// Starts a program in a group of its own; whatever it says is appended to its log file.
    pub(crate) fn start(
        name: &'static str,
        mut command: Command,
        log: PathBuf,
        mark: &Path,
        farewell: Signal,
    ) -> Result<Self> {
        let program = command.as_std().get_program().to_owned();
        let output = append(&log)?;
        let child = command
            .env(MARK, mark)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", program.display()))?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).with_context(|| format!("{name} ended at once"))?;
        // A process that has ended is not forgotten before it was waited for, so its id is still its own.
        let process = Process::of(pid).unwrap_or(Process { pid, started: String::new() });
        Ok(Self { name, process, child, log, farewell })
    }

    /// Waits until it answers, and gives it back; if it does not, within this time or because it has ended, it is stopped,
    /// and the error is the last that it said.
    pub(crate) async fn until_it_answers(
        mut self,
        within: Duration,
        answers: impl AsyncFn() -> bool,
    ) -> Result<Self, String> {
        let answered = async {
            while self.ended().is_none() {
                if answers().await {
                    return true;
                }
                tokio::time::sleep(POLL).await;
            }
            false
        };
        if tokio::time::timeout(within, answered).await == Ok(true) {
            return Ok(self);
        }
        let lines = self.last_lines();
        self.stop().await;
        Err(lines)
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The last lines that it said.
    pub(crate) fn last_lines(&self) -> String {
        last_lines(&self.log)
    }

    /// Ends it and its group: politely, then not.
    pub(crate) async fn stop(mut self) {
        if self.ended().is_none() {
            signal_group(self.process.pid, self.farewell);
            let _late = tokio::time::timeout(GRACE, self.child.wait()).await;
        }
        signal_group(self.process.pid, Signal::SIGKILL);
        let _ended = self.child.wait().await;
    }
}

/// Ends whatever carries this mark: children of a part that was killed, or a whole local cloud whose `up` was.
/// Returns how many there were.
pub(crate) async fn sweep(mark: &Path) -> usize {
    let found = marked(mark);
    for member in &found {
        let _gone_meanwhile = kill(Pid::from_raw(member.process.pid), Signal::SIGTERM);
    }
    let asked = Instant::now();
    while asked.elapsed() < GRACE && found.iter().any(|member| member.process.is_alive()) {
        tokio::time::sleep(POLL).await;
    }
    for member in marked(mark) {
        let _gone_meanwhile = kill(Pid::from_raw(member.process.pid), Signal::SIGKILL);
    }
    found.len()
}

/// Ends the group of a process that another `up` wrote down.
pub(crate) async fn stop_leftover(process: &Process, farewell: Signal) {
    if !process.is_alive() {
        return;
    }
    signal_group(process.pid, farewell);
    let asked = Instant::now();
    while asked.elapsed() < GRACE && process.is_alive() {
        tokio::time::sleep(POLL).await;
    }
    signal_group(process.pid, Signal::SIGKILL);
}

/// A process that carries our mark.
pub(crate) struct Marked {
    /// Who it is.
    pub process: Process,
    /// The name of its program, at most 15 characters.
    pub program: String,
}

/// Whoever carries this mark, but for ourselves. Only Linux lets us look; elsewhere nobody is found.
pub(crate) fn marked(mark: &Path) -> Vec<Marked> {
    let wanted = format!("{MARK}={}", mark.display());
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let pid: i32 = folder.file_name()?.to_str()?.parse().ok()?;
            let environment = fs::read(folder.join("environ")).ok()?;
            let ours = environment.split(|&byte| byte == 0).any(|variable| variable == wanted.as_bytes());
            if !ours || u32::try_from(pid) == Ok(std::process::id()) {
                return None;
            }
            let program = fs::read_to_string(folder.join("comm")).ok()?.trim().to_owned();
            Some(Marked { process: Process::of(pid)?, program })
        })
        .collect()
}

/// Whether this system lets us look for marks.
pub(crate) fn can_look_for_marks() -> bool {
    Path::new("/proc/self/environ").exists()
}

/// The end of a log.
pub(crate) fn last_lines(log: &Path) -> String {
    let Ok(mut file) = File::open(log) else { return String::new() };
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES))).is_err() || file.read_to_end(&mut bytes).is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].iter().map(|line| format!("    {line}\n")).collect()
}

/// A log file, opened at its end.
pub(crate) fn append(log: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write the log {}", log.display()))
}

fn signal_group(pid: i32, signal: Signal) {
    match killpg(Pid::from_raw(pid), signal) {
        Ok(()) | Err(Errno::ESRCH) => {}
        Err(error) => tracing::warn!(pid, %signal, %error, "cannot signal a process group"),
    }
}

/// When a process began; none when it is gone, or dead and not yet buried.
fn started(pid: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    if !can_look_for_marks() {
        return started_by_ps(pid);
    }
    // The name, in parentheses, may hold anything; what follows it is the state, and the start is the 22nd field.
    let stat = stat.ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18).map(str::to_owned)).flatten()
}

fn started_by_ps(pid: i32) -> Option<String> {
    let answer = std::process::Command::new("ps").args(["-o", "lstart=", "-p", &pid.to_string()]).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_part_is_known_while_it_lives_and_gone_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo hello; sleep 1000 & wait"]);
        let part = Part::start("sh", command, dir.path().join("log"), dir.path(), Signal::SIGTERM).unwrap();
        let process = part.process.clone();
        assert!(process.is_alive());
        part.stop().await;
        assert!(!process.is_alive());
        // The group is told to end at once; the sweep waits for the last of it.
        sweep(dir.path()).await;
        assert!(marked(dir.path()).is_empty());
    }

    #[tokio::test]
    async fn an_orphan_is_found_by_its_mark() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "setsid sleep 1000"]);
        let part = Part::start("sh", command, dir.path().join("log"), dir.path(), Signal::SIGTERM).unwrap();
        while !marked(dir.path()).iter().any(|member| member.program == "sleep") {
            tokio::task::yield_now().await;
        }
        part.stop().await;
        assert_eq!(sweep(dir.path()).await, 1);
        assert!(marked(dir.path()).is_empty());
    }

    #[test]
    fn another_start_time_is_another_process() {
        let own = Process::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(own.is_alive());
        assert!(!Process { started: "1".into(), ..own }.is_alive());
    }
}
