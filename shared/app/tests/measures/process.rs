//! `fanout` and `sync` in a process of their own, so that what they use is not what the fakes use.
//! What it used is read from `/proc`, so it is measured on Linux and beside its PostgreSQL only.

use std::{fs, io::BufRead, path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use app::{
    Keyring,
    fanout::{Fanout, Tick},
    function::{FANOUT, Function, SYNC},
    sync::Sync,
};
use chrono::{DateTime, Utc};
use domain::{ChatId, Clock, FirstContact};
use futures::future::try_join_all;
use queue::{Delayed, Enqueue, SyncTask, WakeUp, memory::MemoryQueues};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use testkit::clock::TestClock;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};
use url::Url;
use vault::{KeyFile, Wrapping};
use world::{
    SETTINGS, World,
    deployed::{self, SharedClock, key_path},
};

use crate::figures::variable;

/// Tells the process what it is for.
const VARIABLE: &str = "MEASURED_PROCESS";
/// The name of its test, which is where it begins.
const ENTRY: &str = "process::fanout_and_sync_serve_whoever_started_this_process";
/// The functions of the process; by this name PostgreSQL knows their connections.
const MEASURED: [Function; 2] = [Function { name: "measured", ..FANOUT }, Function { name: "measured", ..SYNC }];
/// Linux counts the processor time of a process in hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// What is to be run.
#[derive(Clone, Debug)]
pub enum Job {
    Tick,
    /// What one invocation gets from the queue.
    Syncs(Vec<SyncTask>),
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Used {
    /// Processor time, that of the PostgreSQL connections included.
    pub cpu_s: f64,
    /// The most memory at any time.
    pub rss_mb: f64,
}

/// What the process needs to begin.
#[derive(Serialize, Deserialize)]
struct Setting {
    database: Url,
    wb: String,
    key_file: PathBuf,
    now: DateTime<Utc>,
}

/// A job as it travels; without a task it is a tick.
#[derive(Serialize, Deserialize)]
struct Ordered {
    now: DateTime<Utc>,
    tasks: Vec<String>,
}

/// What came of a job, with what was used so far. Delays are in milliseconds.
#[derive(Default, Serialize, Deserialize)]
struct Done {
    tasks: Vec<(String, u64)>,
    wake_ups: Vec<(i64, u64)>,
    used: Used,
}

/// The running process.
pub struct Process {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    used: Used,
}

impl Process {
    /// Starts it beside a world.
    pub async fn start(world: &World) -> Self {
        let setting = Setting {
            database: world.database.url.clone(),
            wb: world.wb.url_template(),
            key_file: key_path().to_owned(),
            now: world.clock.now(),
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", ENTRY, "--nocapture", "--test-threads", "1"])
            .env(VARIABLE, serde_json::to_string(&setting).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, orders, answers, used: Used::default() }
    }

    /// Runs a job and puts what it enqueues into the queues.
    pub async fn run(&mut self, job: Job, now: DateTime<Utc>, queues: &MemoryQueues) {
        let tasks = match job {
            Job::Tick => Vec::new(),
            Job::Syncs(tasks) => tasks.iter().map(queue::render).collect(),
        };
        let line = serde_json::to_string(&Ordered { now, tasks }).unwrap() + "\n";
        self.orders.write_all(line.as_bytes()).await.unwrap();
        let done = loop {
            // Between the answers stand the words of the test harness.
            let line = self.answers.next_line().await.unwrap().expect("the process answers");
            if line.starts_with('{') {
                break serde_json::from_str::<Done>(&line).unwrap();
            }
        };
        for (task, milliseconds) in done.tasks {
            let task = Delayed::new(queue::parse(&task).unwrap(), Duration::from_millis(milliseconds)).unwrap();
            queues.enqueue_sync_tasks(&[task]).await.unwrap();
        }
        for (chat, milliseconds) in done.wake_ups {
            let wake_up = WakeUp { chat: ChatId(chat) };
            let wake_up = Delayed::new(wake_up, Duration::from_millis(milliseconds)).unwrap();
            queues.enqueue_wake_ups(&[wake_up]).await.unwrap();
        }
        self.used = done.used;
    }

    /// What it used up to its last answer.
    pub fn used(&self) -> Used {
        self.used
    }

    /// Ends it.
    pub async fn end(mut self, database: &PgPool) -> Used {
        let sql = "SELECT pid FROM pg_stat_activity
                    WHERE application_name = 'wb-assist measured' AND datname = current_database()";
        let servers: Vec<i32> = sqlx::query_scalar(sql).fetch_all(database).await.unwrap();
        assert!(!servers.is_empty(), "PostgreSQL knows the process");
        let cpu_s = self.used.cpu_s + servers.iter().map(|pid| cpu_s(&pid.to_string())).sum::<f64>();
        drop(self.orders);
        while self.answers.next_line().await.unwrap().is_some() {}
        assert!(self.child.wait().await.unwrap().success());
        Used { cpu_s, ..self.used }
    }
}

/// The processor time that a process of this machine has used.
fn cpu_s(pid: &str) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process of this machine");
    // The name before it may hold anything. Behind it the 12th and 13th are `utime` and `stime`.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap() / TICKS_PER_SECOND).sum()
}

/// The most memory that this process ever had.
fn peak_rss_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")).unwrap();
    peak.parse::<f64>().unwrap() / 1_024.0
}

/// The other end of [`Process`]; without one there is nobody to serve.
#[tokio::test]
async fn fanout_and_sync_serve_whoever_started_this_process() {
    let Some(setting) = variable(VARIABLE) else { return };
    let setting: Setting = serde_json::from_str(&setting).unwrap();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let [fanout_pool, sync_pool] = MEASURED.map(|function| deployed::pool(&setting.database, &function));
    let queues = Arc::new(MemoryQueues::default());
    let hands = TestClock::manual(setting.now);
    let clock: Arc<dyn Clock> = Arc::new(SharedClock(hands.clone()));
    let wb = wb::Client::new(wb::Config::new(wb::UrlTemplate::parse(&setting.wb).unwrap())).unwrap();
    let keyring = Keyring::new(Wrapping::KeyFile(KeyFile::open(&setting.key_file).unwrap()));
    // No token waits, so that nobody is asked for.
    let nobody = telegram::Config::new("http://127.0.0.1:9/".parse().unwrap(), "1:nobody".into());
    let fanout = Fanout {
        pool: fanout_pool,
        queues: queues.clone(),
        clock: clock.clone(),
        settings: SETTINGS,
        wb: wb.clone(),
        telegram: telegram::Client::new(nobody).unwrap(),
        keyring: keyring.clone(),
        contact: FirstContact::default(),
        webhook: None,
    };
    let sync = Sync { pool: sync_pool, wb, queues: queues.clone(), keyring, clock, settings: SETTINGS };
    let before = cpu_s("self");
    for line in std::io::stdin().lock().lines() {
        let Ordered { now, tasks } = serde_json::from_str(&line.unwrap()).unwrap();
        hands.set(now);
        if tasks.is_empty() {
            fanout.run(Tick { time: now, spread: Duration::ZERO }).await.unwrap();
        } else {
            let tasks: Vec<SyncTask> = tasks.iter().map(|task| queue::parse(task).unwrap()).collect();
            try_join_all(tasks.iter().map(|task| sync.run(task))).await.unwrap();
        }
        let milliseconds = |delay: Duration| u64::try_from(delay.as_millis()).unwrap();
        let tasks = queues.take_sync_tasks();
        let wake_ups = queues.take_wake_ups();
        let done = Done {
            tasks: tasks.iter().map(|task| (queue::render(task.message()), milliseconds(task.delay()))).collect(),
            wake_ups: wake_ups.iter().map(|one| (one.message().chat.0, milliseconds(one.delay()))).collect(),
            used: Used { cpu_s: cpu_s("self") - before, rss_mb: peak_rss_mb() },
        };
        println!("\n{}", serde_json::to_string(&done).unwrap());
    }
}
