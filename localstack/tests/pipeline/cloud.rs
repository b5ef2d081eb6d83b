//! A local cloud of the test's own, driven by its commands as people drive it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use tempfile::TempDir;

/// The person in the chat of the fake Telegram.
const CHAT: i64 = 1000;
/// How often it is looked whether something has happened.
const LOOK: Duration = Duration::from_millis(50);
/// How long a killed part may take to be there again. LocalStack alone takes half a minute on two busy cores.
const BACK_WITHIN: Duration = Duration::from_secs(240);

/// A local cloud in a folder of its own, on free ports, which ends with the test however that goes.
pub struct LocalCloud {
    dir: TempDir,
    up: Child,
}

impl LocalCloud {
    pub fn up() -> Self {
        let dir = tempfile::tempdir().expect("a folder for the local cloud");
        let mut up = command(dir.path(), &["up"]).stdout(Stdio::piped()).spawn().expect("cargo-local starts");
        let lines = BufReader::new(up.stdout.take().expect("it is piped")).lines();
        let mut cloud = Self { dir, up };
        let mut said = String::new();
        let mut lines = lines.map(|line| line.expect("up speaks UTF-8"));
        for line in lines.by_ref() {
            if line == "The local cloud is up." {
                // What it says later of its parts is in the logs, too; a full pipe would hold it up.
                thread::spawn(move || lines.for_each(drop));
                return cloud;
            }
            said.push_str(&line);
            said.push('\n');
        }
        panic!("up ended ({:?}):\n{said}", cloud.up.wait());
    }

    pub fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = command(self.dir.path(), arguments).output().expect("it runs");
        let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{arguments:?} failed:\n{said}{complained}\n{}", self.logs());
        said.into_owned()
    }

    /// The folder of this cloud.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Begins a command without awaiting it.
    pub fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = command(self.dir.path(), arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs")
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments)).expect("it prints JSON")
    }

    /// What stands at a path of the fake Telegram.
    pub async fn telegram(&self, path: &str) -> Value {
        get(&format!("{}/{path}", self.telegram_url())).await
    }

    /// Tells the fake Telegram what happens there.
    pub async fn play_telegram(&self, path: &str, body: &Value) {
        post(&format!("{}/control/{path}", self.telegram_url()), body).await;
    }

    fn telegram_url(&self) -> String {
        self.state()["telegram"]["url"].as_str().expect("a fake").to_owned()
    }

    /// What the bot has written so far.
    pub async fn bot_messages(&self) -> Vec<Value> {
        let messages = self.telegram(&format!("control/chats/{CHAT}/messages")).await;
        let messages = messages.as_array().expect("a list of messages").iter();
        messages.filter(|message| message["from"] == "bot" && message["deleted"] == false).cloned().collect()
    }

    pub fn logs(&self) -> String {
        let logs = command(self.dir.path(), &["logs"]).output().expect("it runs").stdout;
        String::from_utf8_lossy(&logs).into_owned()
    }

    pub fn down(mut self) {
        self.run(&["down"]);
        assert!(self.up.wait().expect("it has ended").success(), "up ended as it was asked to");
        assert_eq!(processes_of(self.dir.path()), Vec::<String>::new(), "no process is left");
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        if self.up.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _it_failed_already = command(self.dir.path(), &["down"]).output();
            let _buried = self.up.wait();
        }
    }
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-local"));
    command.args(arguments).stdin(Stdio::null()).env("CARGO_LOCAL_DIR", dir).env("CARGO_LOCAL_PORTS", "auto");
    // The schedule must not fire by itself, and what a developer has in .env must not matter.
    command.env("SYNC_INTERVAL", "86400");
    for name in ["BOT_TOKEN", "WB_API_URL", "TELEGRAM_API_URL", "DATABASE_HOST", "WB_API_RATE_LIMIT", "WB_API_INTERVAL"]
    {
        command.env(name, "");
    }
    command
}

impl LocalCloud {
    /// The process of the part, or all those of the function, of this name.
    fn pids(&self, name: &str) -> Vec<i32> {
        match self.state()["processes"][name]["pid"].as_i64() {
            Some(pid) => vec![i32::try_from(pid).expect("a process id")],
            None => marked(self.dir.path()).into_iter().filter(|(_, comm)| comm == name).map(|(pid, _)| pid).collect(),
        }
    }

    /// Kills the processes of this name, which get no chance to say a word, and waits until others have taken their place.
    pub async fn kill(&self, name: &str) {
        let killed = self.pids(name);
        assert!(!killed.is_empty(), "{name} runs");
        for pid in &killed {
            kill(Pid::from_raw(*pid), Signal::SIGKILL).expect("it is ours");
        }
        // Right after a kill everything may still look well.
        let is_replaced = || {
            let pids = self.pids(name);
            !pids.is_empty() && pids.iter().all(|pid| !killed.contains(pid))
        };
        self.until("the return of what was killed", async || is_replaced() && self.is_healthy()).await;
    }

    /// What is running, as `up` has written it down.
    pub fn state(&self) -> Value {
        let state = fs::read(self.dir.path().join("state.json")).expect("a running cloud has its state");
        serde_json::from_slice(&state).expect("the state is JSON")
    }

    /// Waits until the predicate holds; what it is waiting for is named when it never does.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let began = Instant::now();
        while !holds().await {
            assert!(began.elapsed() < BACK_WITHIN, "{what} never happens:\n{}", self.logs());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits so long at most until the predicate holds.
    pub async fn within<F: Future<Output = bool>>(&self, time: Duration, holds: impl Fn() -> F) {
        let began = Instant::now();
        while !holds().await && began.elapsed() < time {
            tokio::time::sleep(LOOK).await;
        }
    }

    pub fn is_healthy(&self) -> bool {
        let Output { status, stdout, .. } = command(self.dir.path(), &["status", "--json"]).output().expect("it runs");
        let said: Value = serde_json::from_slice(&stdout).unwrap_or_default();
        status.success() && said["healthy"] == true
    }

    /// An order in the shop, by its id.
    pub fn order(&self) -> String {
        self.json(&["shop", "order"])["orders"][0]["srid"].as_str().expect("an id").to_owned()
    }

    /// How many messages tell this order.
    pub async fn tellings_of(&self, srid: &str) -> usize {
        self.tellings(&[srid.to_owned()]).await[srid]
    }

    /// How many messages tell each of these orders.
    pub async fn tellings(&self, srids: &[String]) -> BTreeMap<String, usize> {
        let texts: Vec<String> = self.bot_messages().await.iter().map(|message| message["text"].to_string()).collect();
        let of = |srid: &String| texts.iter().filter(|text| text.contains(srid.as_str())).count();
        srids.iter().map(|srid| (srid.clone(), of(srid))).collect()
    }
}

/// Whoever talks to this machine goes by no proxy.
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// The JSON at an address.
pub async fn get(url: &str) -> Value {
    let answer = client().get(url).send().await.expect("it answers");
    answer.json().await.expect("JSON")
}

/// Sends JSON to an address, which must take it.
pub async fn post(url: &str, body: &Value) {
    let answer = client().post(url).json(body).send().await.expect("it answers");
    assert!(answer.status().is_success(), "{url}: {:?}", answer.text().await);
}

/// Who carries the mark of this local cloud. PostgreSQL overwrites its own, and its parent is known by its folder.
fn processes_of(dir: &Path) -> Vec<String> {
    marked(dir).into_iter().map(|(_, comm)| comm).collect()
}

/// The same, with their ids.
fn marked(dir: &Path) -> Vec<(i32, String)> {
    let dir = dir.to_string_lossy().into_owned();
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let folders = processes.flatten().map(|entry| entry.path());
    folders
        .filter(|folder| {
            let read = |file| fs::read(folder.join(file)).unwrap_or_default();
            let text = [read("environ"), read("cmdline")].concat();
            let is_us = folder.ends_with(std::process::id().to_string());
            !is_us && String::from_utf8_lossy(&text).contains(&dir)
        })
        .filter_map(|folder| {
            let comm = fs::read_to_string(folder.join("comm")).ok()?;
            Some((folder.file_name()?.to_str()?.parse().ok()?, comm.trim().to_owned()))
        })
        .collect()
}
