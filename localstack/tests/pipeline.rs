//! The whole chain on a local cloud of its own: `/start`, a token, an order, its notification, and nothing twice, also when
//! its processes are killed in the middle of it.

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
/// The bot's token at the fake Telegram.
const BOT_TOKEN: &str = "1000000001:local-bot-of-the-fake-telegram";
/// A button of the menu, which opens when the first sync has ended.
const MENU_BUTTON: &str = "❓ Помощь";
/// How often it is looked whether something has happened.
const LOOK: Duration = Duration::from_millis(50);
/// How long a killed part may take to be there again. LocalStack alone takes half a minute on two busy cores.
const BACK_WITHIN: Duration = Duration::from_secs(240);
/// Orders in the burst: as many messages, because a group begins above ten.
const BURST: usize = 10;

/// A local cloud in a folder of its own, on free ports, which ends with the test however that goes.
struct LocalCloud {
    dir: TempDir,
    up: Child,
}

impl LocalCloud {
    fn up() -> Self {
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

    fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = command(self.dir.path(), arguments).output().expect("it runs");
        let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{arguments:?} failed:\n{said}{complained}\n{}", self.logs());
        said.into_owned()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments)).expect("it prints JSON")
    }

    /// What the fake Telegram answers at a path.
    async fn telegram(&self, path: &str) -> Value {
        let telegram = self.state()["telegram"]["url"].as_str().expect("a fake").to_owned();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client.get(format!("{telegram}/{path}")).send().await.expect("it answers");
        answer.json().await.expect("JSON")
    }

    /// What the bot has written so far.
    async fn bot_messages(&self) -> Vec<Value> {
        let messages = self.telegram(&format!("control/chats/{CHAT}/messages")).await;
        let messages = messages.as_array().expect("a list of messages").iter();
        messages.filter(|message| message["from"] == "bot" && message["deleted"] == false).cloned().collect()
    }

    fn logs(&self) -> String {
        let logs = command(self.dir.path(), &["logs"]).output().expect("it runs").stdout;
        String::from_utf8_lossy(&logs).into_owned()
    }

    fn down(mut self) {
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
    /// Kills the part, or all processes of the function, of this name. They get no chance to say a word.
    fn kill(&self, name: &str) {
        let pids: Vec<i32> = match self.state()["processes"][name]["pid"].as_i64() {
            Some(pid) => vec![i32::try_from(pid).expect("a process id")],
            None => marked(self.dir.path()).into_iter().filter(|(_, comm)| comm == name).map(|(pid, _)| pid).collect(),
        };
        assert!(!pids.is_empty(), "{name} runs");
        for pid in pids {
            kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is ours");
        }
    }

    /// What is running, as `up` has written it down.
    fn state(&self) -> Value {
        let state = fs::read(self.dir.path().join("state.json")).expect("a running cloud has its state");
        serde_json::from_slice(&state).expect("the state is JSON")
    }

    /// Waits until the predicate holds; what it is waiting for is named when it never does.
    async fn until<F: Future<Output = bool>>(&self, what: &str, holds: impl Fn() -> F) {
        let began = Instant::now();
        while !holds().await {
            assert!(began.elapsed() < BACK_WITHIN, "{what} never happens:\n{}", self.logs());
            tokio::time::sleep(LOOK).await;
        }
    }

    fn is_healthy(&self) -> bool {
        let Output { status, stdout, .. } = command(self.dir.path(), &["status", "--json"]).output().expect("it runs");
        let said: Value = serde_json::from_slice(&stdout).unwrap_or_default();
        status.success() && said["healthy"] == true
    }

    /// How many messages tell each of these orders.
    async fn tellings(&self, srids: &[String]) -> BTreeMap<String, usize> {
        let texts: Vec<String> = self.bot_messages().await.iter().map(|message| message["text"].to_string()).collect();
        let of = |srid: &String| texts.iter().filter(|text| text.contains(srid.as_str())).count();
        srids.iter().map(|srid| (srid.clone(), of(srid))).collect()
    }

    /// Orders come, and while they are being told the webhook, PostgreSQL and LocalStack are killed, one after the other.
    async fn burst_with_kills(&self) -> Vec<String> {
        let orders = self.json(&["shop", "order", "--count", &BURST.to_string()])["orders"].clone();
        let srids = orders.as_array().expect("the orders").iter();
        let srids: Vec<String> = srids.map(|order| order["srid"].as_str().expect("an id").to_owned()).collect();
        let told = async || self.tellings(&srids).await.values().filter(|count| **count > 0).count();
        let mut tick =
            command(self.dir.path(), &["tick"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        for (already, victim) in [(1, "webhook"), (2, "postgres"), (3, "localstack")] {
            self.until("the next message", async || told().await >= already).await;
            self.kill(victim);
            self.until("the return of what was killed", async || self.is_healthy()).await;
            // What the kill has lost on its way is found by the next tick.
            let _it_may_have_lost_its_cloud = tick.wait();
            tick = command(self.dir.path(), &["tick"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("it runs");
        }
        let _it_may_have_been_cut_off = tick.wait();
        srids
    }
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

#[tokio::test]
async fn an_order_in_the_shop_becomes_one_message_with_a_picture() {
    let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cloud = LocalCloud::up();
    assert_eq!(cloud.json(&["status", "--json"])["healthy"], true);
    assert!(cloud.run(&["up"]).starts_with("The local cloud is already up."));

    // The deploy has told Telegram about the bot.
    let webhook = cloud.telegram(&format!("bot{BOT_TOKEN}/getWebhookInfo")).await["result"].clone();
    assert!(webhook["url"].as_str().is_some_and(|url| url.contains("/lambda-url/bot")), "{webhook}");
    assert_eq!(webhook["max_connections"], 10);
    for (language, menu) in [("", "Главное меню"), ("ru", "Главное меню"), ("en", "Main menu")] {
        let commands = cloud.telegram(&format!("bot{BOT_TOKEN}/getMyCommands?language_code={language}")).await;
        assert_eq!(commands["result"][0]["description"], menu);
    }

    cloud.run(&["say", "/start"]);
    let token = cloud.run(&["token"]);
    cloud.run(&["say", token.trim()]);
    cloud.run(&["tick"]);
    let before = cloud.bot_messages().await;
    let buttons = before.iter().filter_map(|message| message["keyboard"].as_array()).flatten();
    let has_menu = buttons.flat_map(|row| row.as_array().into_iter().flatten()).any(|button| button == MENU_BUTTON);
    assert!(has_menu, "the first sync has ended with the menu: {before:#?}\n{}", cloud.logs());
    let told_token = before.iter().any(|message| message.to_string().contains(token.trim()));
    assert!(!told_token, "the bot never repeats a token");

    let order = cloud.json(&["shop", "order"])["orders"][0].clone();
    cloud.run(&["tick"]);
    let after = cloud.bot_messages().await;
    let [news] = &after[before.len()..] else {
        panic!("one order is one message: {:#?}\n{}", &after[before.len()..], cloud.logs())
    };
    assert!(!news["photo"].is_null(), "with a picture: {news:#}");
    let text = news["text"].as_str().expect("a text");
    for field in ["title", "article", "barcode", "srid"] {
        let value = order[field].as_str().expect("the shop knows it");
        assert!(text.contains(value), "{field} {value} is not in:\n{text}");
    }

    cloud.run(&["tick"]);
    assert_eq!(cloud.bot_messages().await.len(), after.len(), "nothing is told twice");

    let srids = cloud.burst_with_kills().await;
    let is_told = async || cloud.tellings(&srids).await.values().all(|count| *count > 0);
    for _ in 0..3 {
        if !is_told().await {
            cloud.run(&["tick"]);
        }
    }
    let tellings = cloud.tellings(&srids).await;
    assert!(tellings.values().all(|count| *count > 0), "nothing is lost: {tellings:#?}\n{}", cloud.logs());
    // Each kill may cut off one call to Telegram whose end nobody saw.
    let doubled = tellings.values().filter(|count| **count > 1).count();
    assert!(doubled <= 3 && tellings.values().all(|count| *count <= 2), "{tellings:#?}\n{}", cloud.logs());
    cloud.down();
}
