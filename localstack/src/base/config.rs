//! What the user may choose: environment variables, and `.env` below them. Each is checked here, once.

use std::{
    collections::HashMap,
    net::{IpAddr, TcpListener},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result, bail, ensure};
use secrecy::SecretString;
use url::Url;

use super::workspace;

/// Where Telegram answers, unless TELEGRAM_API_URL says otherwise.
const TELEGRAM: &str = "https://api.telegram.org";

/// Where WB's own specification lies on the machines of the team, seen from the workspace. It is not
/// ours to publish.
const WB_OPENAPI: &str = "../shared/wb-api/openapi";

/// Everything the user chose.
pub(crate) struct Config {
    /// The folder with template.yaml.
    pub workspace: PathBuf,
    /// Data, logs and state of this local cloud.
    pub dir: PathBuf,
    /// The Python environment, which several local clouds may share.
    pub venv: PathBuf,
    /// The Python to make it with, where the user named one.
    pub python: Option<String>,
    /// The folder with `postgres`, where the user named one.
    pub pg_bin: Option<PathBuf>,
    /// The folder with WB's own specification, where it is: named by the user, or beside the workspace.
    pub wb_openapi_dir: Option<PathBuf>,
    /// Where each part listens.
    pub ports: Ports,
    /// How the database is reached.
    pub database: Database,
    /// Wildberries' address; none for our fake.
    pub wb_api_url: Option<String>,
    /// Telegram's address; none for our fake.
    pub telegram_api_url: Option<String>,
    /// The token of a real bot.
    pub bot_token: Option<SecretString>,
    /// Seconds between two syncs, whole minutes.
    pub sync_interval_s: u32,
    /// How much of the past a first sync loads.
    pub initial_sync_days: u32,
    /// At most so many requests a minute to a method of a cabinet.
    pub wb_rate_limit_per_min: Option<u32>,
    /// At least so many seconds between two requests to a method of a cabinet.
    pub wb_interval_s: Option<u32>,
    /// `GROUP_ABOVE`: more notifications than this at once come as one message; 10 unless set.
    pub group_above: u32,
    /// `DEPLOYMENT_FOR`: whose shops are served; `own` unless set.
    pub deployment_for: String,
    /// Who may start and what is taken from them, as settings of the template; everybody may unless ACCESS is set.
    pub first_contact: Vec<(&'static str, String)>,
}

/// The variables of first contact, each with its setting of the template.
const FIRST_CONTACT: [(&str, &str); 5] = [
    ("ACCESS", "Access"),
    ("ACCESS_LIST", "AccessList"),
    ("MAX_CABINETS_PER_USER", "MaxCabinetsPerUser"),
    ("MAX_CABINETS", "MaxCabinets"),
    ("TOKEN_ATTEMPTS_PER_HOUR", "TokenAttemptsPerHour"),
];

/// The ports, all on 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    /// The AWS endpoint.
    pub localstack: u16,
    /// `cargo lambda watch`.
    pub watch: u16,
    /// PostgreSQL.
    pub postgres: u16,
    /// The fake Wildberries.
    pub fake_wb: u16,
    /// The fake Telegram.
    pub fake_telegram: u16,
}

/// How the database is reached.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    /// A server of the user's, on this machine; none for our own.
    pub host: Option<String>,
    /// Its name.
    pub name: String,
    /// The role.
    pub user: String,
    /// The role's password.
    pub password: String,
}

impl Config {
    /// Reads the environment and `.env`.
    pub(crate) fn load() -> Result<Self> {
        let started = environment("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let present = std::env::current_dir().context("the present folder is gone")?;
        let workspace = workspace::find(started.as_deref().into_iter().chain([present.as_path()]))?;
        let file = match std::fs::read_to_string(workspace.join(".env")) {
            Ok(text) => parse_env_file(&text).context(".env")?,
            Err(_) => HashMap::new(),
        };
        Self::parse(&workspace, |name| environment(name).or_else(|| file.get(name).cloned()))
    }

    fn parse(workspace: &Path, lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        // A variable that is set to nothing is a variable that is not set.
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let path = |name: &str| lookup(name).map(|value| workspace.join(value));
        let sync_interval_s = number(&lookup, "SYNC_INTERVAL", 60..=86_400)?.unwrap_or(180);
        ensure!(sync_interval_s % 60 == 0, "SYNC_INTERVAL={sync_interval_s}: give whole minutes, as seconds");
        let bot_token = lookup("BOT_TOKEN");
        if let Some(token) = &bot_token {
            ensure!(
                is_bot_token(token),
                "BOT_TOKEN is not of the form 123456:letters-and-digits that @BotFather gives"
            );
        }
        let telegram_api_url = match (address(&lookup, "TELEGRAM_API_URL")?, &bot_token) {
            (Some(url), None) if url.trim_end_matches('/') == TELEGRAM => {
                bail!("TELEGRAM_API_URL is the real Telegram, which needs a BOT_TOKEN")
            }
            (None, Some(_)) => Some(TELEGRAM.to_owned()),
            (url, _) => url,
        };
        let dir = path("CARGO_LOCAL_DIR").unwrap_or_else(|| workspace.join(".local"));
        Ok(Self {
            venv: path("CARGO_LOCAL_VENV").unwrap_or_else(|| default_venv(workspace, lookup)),
            dir,
            python: lookup("PYTHON"),
            pg_bin: path("PG_BIN"),
            wb_openapi_dir: path("WB_OPENAPI_DIR")
                .or_else(|| Some(workspace.join(WB_OPENAPI)).filter(|folder| folder.is_dir())),
            ports: ports(&lookup)?,
            database: Database {
                host: lookup("DATABASE_HOST").map(on_this_machine).transpose()?,
                name: lookup("DATABASE_NAME").unwrap_or_else(|| "wb_assist".to_owned()),
                user: lookup("DATABASE_USER").unwrap_or_else(|| "wb_assist".to_owned()),
                password: lookup("DATABASE_PASSWORD").unwrap_or_else(|| "local".to_owned()),
            },
            wb_api_url: address(&lookup, "WB_API_URL")?,
            telegram_api_url,
            bot_token: bot_token.map(SecretString::from),
            sync_interval_s,
            initial_sync_days: number(&lookup, "INITIAL_SYNC_DAYS", 1..=90)?.unwrap_or(30),
            wb_rate_limit_per_min: number(&lookup, "WB_API_RATE_LIMIT", 1..=1_000)?,
            wb_interval_s: number(&lookup, "WB_API_INTERVAL", 1..=86_400)?,
            group_above: number(&lookup, "GROUP_ABOVE", 2..=100)?.unwrap_or(10),
            deployment_for: lookup("DEPLOYMENT_FOR").unwrap_or_else(|| "own".to_owned()),
            first_contact: first_contact(&lookup),
            workspace: workspace.to_owned(),
        })
    }

    /// Where a part writes what it has to say.
    pub(crate) fn log_file(&self, part: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{part}.log"))
    }

    /// Makes the folder of this local cloud.
    pub(crate) fn make_dir(&self) -> Result<()> {
        std::fs::create_dir_all(self.dir.join("logs"))
            .with_context(|| format!("cannot make the folder {}", self.dir.display()))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where the local cloud reads its configuration")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn first_contact(lookup: &impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let chosen = FIRST_CONTACT.into_iter().filter_map(|(variable, parameter)| {
        let value = lookup(variable).or_else(|| (variable == "ACCESS").then(|| "open".to_owned()))?;
        Some((parameter, value.replace(' ', "")))
    });
    chosen.collect()
}

fn ports(lookup: &impl Fn(&str) -> Option<String>) -> Result<Ports> {
    match lookup("CARGO_LOCAL_PORTS").as_deref() {
        Some("auto") => return free_ports(),
        Some(other) => bail!("CARGO_LOCAL_PORTS={other}: the only value is auto"),
        None => {}
    }
    let port = |name, default| -> Result<u16> { Ok(number(lookup, name, 1_024..=65_535)?.unwrap_or(default)) };
    let ports = Ports {
        localstack: port("LOCALSTACK_PORT", 4566)?,
        watch: port("WATCH_PORT", 9000)?,
        postgres: port("DATABASE_PORT", 5433)?,
        fake_wb: port("FAKE_WB_PORT", 8801)?,
        fake_telegram: port("FAKE_TELEGRAM_PORT", 8802)?,
    };
    let all = [ports.localstack, ports.watch, ports.postgres, ports.fake_wb, ports.fake_telegram];
    let different: std::collections::HashSet<_> = all.iter().collect();
    ensure!(different.len() == all.len(), "two parts cannot share a port: {ports:?}");
    Ok(ports)
}

/// Ports that nobody holds at this moment. All are held at once, so that they differ.
fn free_ports() -> Result<Ports> {
    let held = (0..5).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<Vec<_>, _>>()?;
    let port = |at: usize| held[at].local_addr().map(|address| address.port());
    Ok(Ports { localstack: port(0)?, watch: port(1)?, postgres: port(2)?, fake_wb: port(3)?, fake_telegram: port(4)? })
}

fn number<T>(lookup: &impl Fn(&str) -> Option<String>, name: &str, range: RangeInclusive<T>) -> Result<Option<T>>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let Some(text) = lookup(name) else { return Ok(None) };
    let wanted = || format!("{name}={text}: give a whole number from {} to {}", range.start(), range.end());
    let value = text.parse().ok().filter(|value| range.contains(value));
    value.map(Some).with_context(wanted)
}

fn address(lookup: &impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<String>> {
    let Some(text) = lookup(name) else { return Ok(None) };
    let url = Url::parse(&text.replace("{category}", "category"));
    let usable = url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    ensure!(usable, "{name} must be an address that begins with http:// or https://");
    Ok(Some(text))
}

/// `cargo local tick` winds time forward in this database, so it must be nobody's real one.
fn on_this_machine(host: String) -> Result<String> {
    let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    ensure!(local, "DATABASE_HOST={host}: the local cloud uses a database of this machine only");
    Ok(host)
}

fn is_bot_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_digit())
            && !secret.is_empty()
            && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    })
}

/// `NAME=value` lines; `#` begins a comment line, and one pair of quotes around a value is taken off.
fn parse_env_file(text: &str) -> Result<HashMap<String, String>> {
    let mut variables = HashMap::new();
    for (line, at) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').with_context(|| format!("line {at} is not NAME=value"))?;
        let value = value.trim();
        let quoted = ['"', '\''].iter().find_map(|&quote| value.strip_prefix(quote)?.strip_suffix(quote));
        variables.insert(name.trim().to_owned(), quoted.unwrap_or(value).to_owned());
    }
    Ok(variables)
}

/// Where the Python environments are: in the cache of whoever is at work, in a folder for each workspace. They have more
/// folders than the workspace, and `cargo lambda watch` asks the kernel to watch every folder there for every process; the
/// kernel allows so many, and then nothing is rebuilt any more and nobody says so.
fn default_venv(workspace: &Path, lookup: impl Fn(&str) -> Option<String>) -> PathBuf {
    let cache = lookup("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| lookup("HOME").map(|home| Path::new(&home).join(".cache")));
    let Some(cache) = cache else { return workspace.join(".local/venv") };
    let name: Vec<_> = workspace.iter().filter_map(|part| part.to_str()).filter(|part| *part != "/").collect();
    cache.join("wb-assist").join(name.join("-")).join("venv")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(variables: &[(&str, &str)]) -> Result<Config> {
        let variables: HashMap<_, _> = variables.iter().copied().collect();
        Config::parse(Path::new("/wb"), |name| variables.get(name).map(|&value| value.to_owned()))
    }

    fn refusal(variables: &[(&str, &str)]) -> String {
        parse(variables).err().expect("must be refused").to_string()
    }

    #[test]
    fn nothing_set_means_fakes_and_the_usual_ports() {
        let config = parse(&[]).unwrap();
        assert_eq!((config.sync_interval_s, config.initial_sync_days), (180, 30));
        assert!(config.wb_api_url.is_none() && config.telegram_api_url.is_none() && config.bot_token.is_none());
        assert_eq!(config.ports.localstack, 4566);
        assert_eq!(
            (config.deployment_for.as_str(), &config.first_contact[..]),
            ("own", &[("Access", "open".to_owned())][..])
        );
        assert_eq!(config.dir, Path::new("/wb/.local"));
        assert_eq!(config.venv, Path::new("/wb/.local/venv"));
        let venv = |variables: &[(&str, &str)]| parse(variables).unwrap().venv;
        assert_eq!(venv(&[("HOME", "/home/me")]), Path::new("/home/me/.cache/wb-assist/wb/venv"));
        assert_eq!(venv(&[("HOME", "/home/me"), ("XDG_CACHE_HOME", "/c")]), Path::new("/c/wb-assist/wb/venv"));
        assert_eq!(venv(&[("HOME", "/home/me"), ("CARGO_LOCAL_VENV", "v")]), Path::new("/wb/v"));
        assert_eq!(config.wb_openapi_dir, None);
    }

    #[test]
    fn wbs_specification_is_where_it_is_named_or_beside_the_workspace() {
        let named = parse(&[("WB_OPENAPI_DIR", "/there")]).unwrap();
        assert_eq!(named.wb_openapi_dir.as_deref(), Some(Path::new("/there")));
        let around = tempfile::tempdir().unwrap();
        let workspace = around.path().join("project");
        std::fs::create_dir_all(&workspace).unwrap();
        std::fs::create_dir_all(workspace.join(WB_OPENAPI)).unwrap();
        let beside = Config::parse(&workspace, |_| None).unwrap();
        assert_eq!(beside.wb_openapi_dir, Some(workspace.join(WB_OPENAPI)));
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_its_name_and_range() {
        assert_eq!(refusal(&[("SYNC_INTERVAL", "59")]), "SYNC_INTERVAL=59: give a whole number from 60 to 86400");
        assert_eq!(refusal(&[("SYNC_INTERVAL", "90")]), "SYNC_INTERVAL=90: give whole minutes, as seconds");
        assert_eq!(refusal(&[("INITIAL_SYNC_DAYS", "x")]), "INITIAL_SYNC_DAYS=x: give a whole number from 1 to 90");
        assert_eq!(refusal(&[("WATCH_PORT", "80")]), "WATCH_PORT=80: give a whole number from 1024 to 65535");
        assert!(refusal(&[("WATCH_PORT", "4566")]).starts_with("two parts cannot share a port"));
        assert!(refusal(&[("WB_API_URL", "wildberries.ru")]).starts_with("WB_API_URL must be an address"));
        assert!(refusal(&[("DATABASE_HOST", "db.example.org")]).contains("of this machine only"));
    }

    #[test]
    fn a_token_alone_means_the_real_telegram_and_never_appears_in_a_refusal() {
        let config = parse(&[("BOT_TOKEN", "1:abc")]).unwrap();
        assert_eq!(config.telegram_api_url.as_deref(), Some(TELEGRAM));
        assert!(!refusal(&[("BOT_TOKEN", "s3cret")]).contains("s3cret"));
        assert!(refusal(&[("TELEGRAM_API_URL", "https://api.telegram.org/")]).contains("needs a BOT_TOKEN"));
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        assert!(parse(&[("BOT_TOKEN", "")]).unwrap().bot_token.is_none());
    }

    #[test]
    fn free_ports_differ() {
        let ports = parse(&[("CARGO_LOCAL_PORTS", "auto")]).unwrap().ports;
        let mut all = [ports.localstack, ports.watch, ports.postgres, ports.fake_wb, ports.fake_telegram];
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
    }

    #[test]
    fn an_env_file_has_comments_and_quotes() {
        let file = parse_env_file("# a comment\n\nA=1\nB = \"two words\"\nURL=http://x/?a=b\n").unwrap();
        assert_eq!(file["A"], "1");
        assert_eq!(file["B"], "two words");
        assert_eq!(file["URL"], "http://x/?a=b");
        assert_eq!(parse_env_file("A=1\nnonsense").unwrap_err().to_string(), "line 2 is not NAME=value");
    }

    #[test]
    fn the_example_file_names_only_variables_that_are_read() {
        let example = include_str!("../../../.env.example");
        let read = include_str!("config.rs");
        for line in example.lines().filter_map(|line| line.strip_prefix('#')) {
            if let Some((name, _)) = line.split_once('=').filter(|(name, _)| !name.contains(' ')) {
                assert!(read.contains(&format!("\"{name}\"")), "{name} is in .env.example and read nowhere");
            }
        }
    }
}
