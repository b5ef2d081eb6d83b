//! Lambda: it starts the built functions, hands them events, and writes what CloudWatch would have of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::{
    process::Child,
    sync::{Mutex as TurnMutex, mpsc},
};

use super::{
    function::Function,
    metrics::{Metrics, read_line},
};
use crate::checks::runtime_api::{Invocation, RuntimeApi, Said};

/// No invocation of a scenario waits for anything for so long.
const INVOCATION_LIMIT: Duration = Duration::from_secs(60);
/// CloudWatch takes a sample under the time that its line says, so that must be the present, ms.
const CLOCK_OFF_MAX_MS: i64 = 60_000;

/// How an invocation ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The function has answered.
    Answer(Value),
    /// It has reported an error, or its process has ended.
    Error,
    /// Lambda has no free execution for it.
    Throttled,
}

/// A running process of a function, and how much of what it has written is read.
struct Process {
    child: Child,
    said: mpsc::Receiver<Said>,
    log: File,
    read: u64,
}

/// A function and its process, which does one thing at a time.
struct Slot {
    function: Function,
    process: TurnMutex<Option<Process>>,
}

/// Lambda of one scenario.
pub(super) struct Lambda {
    api: RuntimeApi,
    binaries: PathBuf,
    logs: PathBuf,
    slots: BTreeMap<String, Slot>,
    /// The second of the scenario.
    now_s: AtomicI64,
    requests: AtomicU64,
    metrics: Mutex<Metrics>,
    throttled: Mutex<BTreeSet<String>>,
    /// By the names of binaries, what stands in the events at which the process is killed.
    killed: Mutex<BTreeMap<String, String>>,
}

impl Lambda {
    /// Lambda with these functions by the names of their binaries; what they say is kept in the folder `logs`.
    pub(super) fn new(
        api: RuntimeApi,
        binaries: PathBuf,
        logs: PathBuf,
        functions: BTreeMap<String, Function>,
    ) -> Self {
        let slot = |function| Slot { function, process: TurnMutex::default() };
        Self {
            api,
            binaries,
            logs,
            slots: functions.into_iter().map(|(binary, function)| (binary, slot(function))).collect(),
            now_s: AtomicI64::new(0),
            requests: AtomicU64::new(0),
            metrics: Mutex::default(),
            throttled: Mutex::default(),
            killed: Mutex::default(),
        }
    }

    /// The second of the scenario.
    pub(super) fn now_s(&self) -> i64 {
        self.now_s.load(Ordering::Relaxed)
    }

    /// Lets seconds of the scenario pass.
    pub(super) fn pass(&self, seconds: i64) {
        self.now_s.fetch_add(seconds, Ordering::Relaxed);
    }

    /// What CloudWatch has.
    pub(super) fn metrics(&self) -> MutexGuard<'_, Metrics> {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A function.
    pub(super) fn function(&self, binary: &str) -> Result<&Function> {
        Ok(&self.slots.get(binary).with_context(|| format!("nobody calls {binary}"))?.function)
    }

    /// From now on there is no free execution for a function.
    pub(super) fn throttle(&self, binary: &str) {
        self.throttled.lock().unwrap_or_else(PoisonError::into_inner).insert(binary.to_owned());
    }

    /// From now on the process of a function is killed at each event that holds a text, as one that takes too much memory.
    pub(super) fn kill_at(&self, binary: &str, text: &str) {
        self.killed.lock().unwrap_or_else(PoisonError::into_inner).insert(binary.to_owned(), text.to_owned());
    }

    /// No process is killed any more.
    pub(super) fn mend(&self) {
        self.killed.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn is_throttled(&self, binary: &str) -> bool {
        self.throttled.lock().unwrap_or_else(PoisonError::into_inner).contains(binary)
    }

    fn is_killed(&self, binary: &str, event: &Value) -> bool {
        let killed = self.killed.lock().unwrap_or_else(PoisonError::into_inner);
        killed.get(binary).is_some_and(|text| event.to_string().contains(text))
    }

    /// Hands an event to a function, in its turn.
    pub(super) async fn invoke(&self, binary: &str, event: Value) -> Result<Outcome> {
        let slot = self.slots.get(binary).with_context(|| format!("nobody calls {binary}"))?;
        let function = &slot.function;
        if self.is_throttled(binary) {
            function.put(&mut self.metrics(), "Throttles", self.now_s(), 1.0);
            return Ok(Outcome::Throttled);
        }
        let mut place = slot.process.lock().await;
        let process = match place.take() {
            Some(process) => process,
            None => self.start(binary, function)?,
        };
        let begun = Instant::now();
        let (outcome, process) = self.run(binary, function, process, event).await?;
        *place = process;
        drop(place);
        let at_s = self.now_s();
        let is_error = matches!(outcome, Outcome::Error);
        let mut metrics = self.metrics();
        function.put(&mut metrics, "Invocations", at_s, 1.0);
        function.put(&mut metrics, "Errors", at_s, f64::from(u8::from(is_error)));
        function.put(&mut metrics, "Throttles", at_s, 0.0);
        function.put(&mut metrics, "Duration", at_s, begun.elapsed().as_secs_f64() * 1_000.0);
        drop(metrics);
        Ok(outcome)
    }

    fn start(&self, binary: &str, function: &Function) -> Result<Process> {
        let said = self.api.listen(binary);
        let path = self.logs.join(format!("{binary}.log"));
        let log = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let log = log.with_context(|| format!("cannot open {}", path.display()))?;
        let read = log.metadata()?.len();
        let program = self.binaries.join(binary);
        let mut command = self.api.command(&program, binary, function.version(), &function.environment);
        command.stdout(log.try_clone()?).stderr(log.try_clone()?);
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        Ok(Process { child, said, log, read })
    }

    /// Hands an event to a process, and gives the process back where it lives on.
    async fn run(
        &self,
        binary: &str,
        function: &Function,
        mut process: Process,
        event: Value,
    ) -> Result<(Outcome, Option<Process>)> {
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        let deadline_ms = now().timestamp_millis() + function.timeout_s * 1_000;
        let is_killed = self.is_killed(binary, &event);
        let invocation = Invocation { id: format!("request-{request}"), deadline_ms, event };
        let Said::Next(give) =
            process.hear(binary).await?.with_context(|| format!("{binary} has ended before its event"))?
        else {
            bail!("{binary} answers what it was not asked");
        };
        ensure!(give.send(invocation).is_ok(), "{binary} does not wait for its event any more");
        let said = if is_killed {
            process.child.kill().await?;
            None
        } else {
            process.hear(binary).await?
        };
        self.read_metrics(binary, &mut process)?;
        Ok(match said {
            Some(Said::Answer(Ok(answer))) => (Outcome::Answer(answer), Some(process)),
            Some(Said::Answer(Err(_))) => (Outcome::Error, Some(process)),
            Some(Said::Next(_)) => bail!("{binary} asks for an event before it has answered"),
            None => (Outcome::Error, None),
        })
    }

    /// Reads the metrics of what a process has written since. Its own times are of the real day: here the moment of the scenario
    /// counts.
    fn read_metrics(&self, binary: &str, process: &mut Process) -> Result<()> {
        let mut written = String::new();
        process.log.seek(SeekFrom::Start(process.read))?;
        process.log.read_to_string(&mut written)?;
        process.read += u64::try_from(written.len())?;
        for line in written.lines() {
            let Some((at_ms, samples)) = read_line(line).with_context(|| format!("{binary} wrote {line}"))? else {
                continue;
            };
            let off_ms = (now().timestamp_millis() - at_ms).abs();
            ensure!(off_ms < CLOCK_OFF_MAX_MS, "{binary} wrote metrics of another time: {line}");
            let mut metrics = self.metrics();
            samples.into_iter().for_each(|(series, values)| metrics.extend(series, self.now_s(), &values));
        }
        Ok(())
    }

    /// Ends all processes.
    pub(super) async fn stop(&self) {
        for slot in self.slots.values() {
            if let Some(mut process) = slot.process.lock().await.take() {
                let _ended_already = process.child.kill().await;
            }
        }
    }
}

impl Process {
    /// What it says next; none where it ends instead.
    async fn hear(&mut self, binary: &str) -> Result<Option<Said>> {
        tokio::select! {
            said = self.said.recv() => said.map(Some).with_context(|| format!("{binary} is not listened to any more")),
            ended = self.child.wait() => ended.map(|_| None).with_context(|| format!("cannot wait for {binary}")),
            () = tokio::time::sleep(INVOCATION_LIMIT) => bail!("{binary} says nothing for {} s", INVOCATION_LIMIT.as_secs()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the functions live in real time; a scenario has its own")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}
