//! `test`, `prepare` and `check`: what CI runs and what a developer runs before it.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::SystemTime,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;

use crate::{
    alarms,
    config::Config,
    database::MIGRATIONS,
    http, judge,
    postgres::{self, Purpose},
    process::{MARK, Part},
    progress::Progress,
    python, starts,
    state::Database,
    template::{self, LeftOut},
    watch,
};

/// The role of the test server: testkit makes a database per test with it.
const SUPERUSER: &str = "postgres";

/// A server that forgets, in a folder that is removed.
struct Throwaway {
    server: Part,
    folder: PathBuf,
    database: Database,
}

impl Throwaway {
    async fn start(config: &Config, progress: &Progress) -> Result<Self> {
        config.make_dir()?;
        let venv = python::ensure(config, progress).await?;
        let programs = postgres::find(config, &venv, progress).await?;
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|held| held.local_addr())?;
        let database = Database {
            host: "127.0.0.1".to_owned(),
            port: free.port(),
            name: SUPERUSER.to_owned(),
            user: SUPERUSER.to_owned(),
            password: SUPERUSER.to_owned(),
        };
        let folder = config.dir.join(format!("test-postgres-{}", std::process::id()));
        let server = postgres::start(&programs, config, &folder, &database, Purpose::Forget).await?;
        progress.say(format_args!("PostgreSQL {} for this run", programs.version));
        Ok(Self { server, folder, database })
    }

    async fn stop(self) {
        self.server.stop().await;
        let _worthless = fs::remove_dir_all(&self.folder);
    }

    /// Runs a command while the server lives, and ends the server however that goes, also at Ctrl-C.
    async fn during(self, command: Command) -> Result<ExitStatus> {
        self.while_it_lives(|_| run(command)).await
    }

    /// The same with something else than a command.
    async fn while_it_lives<T, F: Future<Output = Result<T>>>(self, work: impl FnOnce(Database) -> F) -> Result<T> {
        let outcome = tokio::select! {
            outcome = work(self.database.clone()) => outcome,
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        };
        self.stop().await;
        outcome
    }
}

/// Runs a command to its end; it ends with us.
pub async fn run(mut command: Command) -> Result<ExitStatus> {
    let name = command.as_std().get_program().to_owned();
    command.kill_on_drop(true).status().await.with_context(|| format!("cannot run {}", name.display()))
}

fn cargo(config: &Config) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(&config.workspace);
    watch::without_cargos_variables(&mut command);
    command
}

/// Measures, with a PostgreSQL of its own.
pub async fn bench(config: &Config, name: Option<&str>, json: bool) -> Result<()> {
    let mut variables = vec![("BENCH_JSON", if json { "1" } else { "" }.to_owned())];
    variables.extend(name.map(|name| ("BENCH_NAME", name.to_owned())));
    run_of_app(config, "measures", "measured", &variables, "a figure misses its target").await
}

/// Plays random histories, with a PostgreSQL of its own.
pub async fn chaos(config: &Config, histories: u64, seed: Option<u64>, json: bool) -> Result<()> {
    let mut variables = vec![("CHAOS_HISTORIES", histories.to_string())];
    variables.extend(seed.map(|seed| ("CHAOS_SEED", seed.to_string())));
    variables.push(("CHAOS_JSON", if json { "1" } else { "" }.to_owned()));
    run_of_app(
        config,
        "chaos",
        "measured",
        &variables,
        "a history does not agree with the oracle; its seed stands above",
    )
    .await
}

/// Runs one test binary of `app`, built with a profile, with variables, one test after the other.
async fn run_of_app(
    config: &Config,
    binary: &str,
    profile: &str,
    variables: &[(&str, String)],
    failure: &str,
) -> Result<()> {
    let progress = Progress::new();
    let throwaway = Throwaway::start(config, &progress).await?;
    let mut command = cargo(config);
    command.args(["test", "--workspace", "--profile", profile, "--test", binary]);
    command.args(["--", "--nocapture", "--test-threads=1"]);
    command.env("TEST_DATABASE_URL", throwaway.database.url());
    command.envs(variables.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value)));
    let status = throwaway.during(command).await?;
    ensure!(status.success(), "{failure}");
    Ok(())
}

/// `cargo test` of the whole workspace, with a PostgreSQL and whatever else tests ask for.
pub async fn test(config: &Config, arguments: &[String]) -> Result<()> {
    let progress = Progress::new();
    match &config.wb_openapi_dir {
        Some(folder) => progress.say(format_args!("WB's specification: {}", folder.display())),
        None => progress.say("WB's specification is not here: the contract tests are skipped (see WB_OPENAPI_DIR)"),
    }
    let throwaway = Throwaway::start(config, &progress).await?;
    let mut command = cargo(config);
    command.args(["test", "--workspace"]).args(arguments);
    command.envs(config.wb_openapi_dir.iter().map(|folder| ("WB_OPENAPI_DIR", folder)));
    command.env("TEST_DATABASE_URL", throwaway.database.url());
    // A test may start a local cloud of its own: it installs nothing a second time, and finds the same PostgreSQL.
    command.env("CARGO_LOCAL_VENV", &config.venv).envs(config.pg_bin.iter().map(|bin| ("PG_BIN", bin)));
    let status = throwaway.during(command).await?;
    ensure!(status.success(), "the tests failed");
    Ok(())
}

/// Checks every query against a freshly migrated database and writes down, or compares, what sqlx learned; and the names of
/// the migrations and of Telegram's texts in template.yaml.
pub async fn prepare(config: &Config, check: bool) -> Result<()> {
    let progress = Progress::new();
    let (before, after) = template::with_present_names(&config.workspace)?;
    if before != after {
        ensure!(!check, "template.yaml names other migrations or texts than there are: run `cargo local prepare`");
        fs::write(config.workspace.join("template.yaml"), after).context("cannot write template.yaml")?;
        progress.say("template.yaml names the present migrations and texts");
    }
    let throwaway = Throwaway::start(config, &progress).await?;
    let learned = config.dir.join(format!("sqlx-{}", std::process::id()));
    let outcome = learn(config, throwaway, &learned).await;
    let fresh = outcome.and_then(|()| read_cache(&learned));
    let _worthless = fs::remove_dir_all(&learned);
    let (fresh, committed) = (fresh?, config.workspace.join(".sqlx"));
    if check {
        let known = read_cache(&committed)?;
        let missing = fresh.keys().filter(|name| !known.contains_key(*name)).count();
        let stale = known.keys().filter(|name| !fresh.contains_key(*name)).count();
        let differing =
            fresh.iter().filter(|(name, text)| known.get(*name).is_some_and(|known| known != *text)).count();
        if missing + stale + differing > 0 {
            bail!(
                ".sqlx does not fit the queries: {missing} missing, {stale} stale, {differing} different. \
                 Run `cargo local prepare` and commit what it writes"
            );
        }
        progress.say(format_args!(".sqlx fits all {} queries", fresh.len()));
        return Ok(());
    }
    let _not_there = fs::remove_dir_all(&committed);
    fs::create_dir_all(&committed).context("cannot make .sqlx")?;
    for (name, text) in &fresh {
        fs::write(committed.join(name), text).with_context(|| format!("cannot write .sqlx/{name}"))?;
    }
    progress.say(format_args!(".sqlx holds {} queries", fresh.len()));
    Ok(())
}

async fn learn(config: &Config, throwaway: Throwaway, learned: &Path) -> Result<()> {
    fs::create_dir_all(learned).with_context(|| format!("cannot make the folder {}", learned.display()))?;
    let pool = throwaway.database.pool();
    let migrated = MIGRATIONS.run(&pool).await.context("the migrations do not apply to an empty database");
    pool.close().await;
    // The macros write only while they are expanded, so the crate must be compiled anew.
    let source = config.workspace.join("shared/store/src/lib.rs");
    let touched = fs::File::options().append(true).open(&source).and_then(|file| file.set_modified(SystemTime::now()));
    if let Err(error) = migrated.and(touched.context("cannot touch shared/store/src/lib.rs")) {
        throwaway.stop().await;
        return Err(error);
    }
    let mut command = cargo(config);
    command.args(["check", "--quiet", "-p", "store", "--all-targets"]);
    command.env("DATABASE_URL", throwaway.database.url()).env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", learned);
    let status = throwaway.during(command).await?;
    ensure!(status.success(), "a query does not fit the schema");
    Ok(())
}

fn read_cache(folder: &Path) -> Result<BTreeMap<String, String>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(BTreeMap::new()) };
    let mut cache = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("query-") && name.ends_with(".json") {
            cache.insert(name, fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    Ok(cache)
}

/// All of GitHub's workflows.
fn workflows(config: &Config) -> Result<Vec<String>> {
    const FOLDER: &str = ".github/workflows";
    let entries = fs::read_dir(config.workspace.join(FOLDER)).with_context(|| format!("cannot read {FOLDER}"))?;
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(format!("{FOLDER}/{}", entry?.file_name().display()));
    let mut found = entries.map(name).collect::<Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

/// Everything that can be known of the template and of GitHub's workflows without AWS; nothing may be found.
pub async fn check(config: &Config) -> Result<()> {
    let progress = Progress::new();
    config.make_dir()?;
    let venv = python::ensure_checks(config, &progress).await?;
    let checkov = python::ensure_checkov(config, &progress).await?;
    let transform = config.dir.join("template.json");
    let tool_of = |venv: &python::Venv, name: &str, arguments: &[&str]| {
        let mut command = Command::new(venv.program(name));
        command.args(arguments).current_dir(&config.workspace).env(MARK, &config.dir);
        // None of them asks AWS or its makers for anything.
        command.envs([
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("SAM_CLI_TELEMETRY", "0"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ]);
        http::no_proxy_for_this_machine(&mut command);
        command
    };
    let tool = |name: &str, arguments: &[&str]| tool_of(&venv, name, arguments);
    let workflows = workflows(config)?;
    let workflows: Vec<&str> = workflows.iter().map(String::as_str).collect();
    let steps = [
        (
            "cfn-lint with the serverless rules",
            tool("cfn-lint", &["--append-rules", "cfn_lint_serverless.rules", "--", "template.yaml"]),
        ),
        ("cfn-lint of the deploy's role", tool("cfn-lint", &["docs/deploy-role.yaml"])),
        ("sam validate --lint", tool("sam", &["validate", "--lint", "--template", "template.yaml"])),
        ("the project's rules", {
            let mut guard = tool("python", &["localstack/guard/guard.py"]);
            guard.arg(&transform);
            guard
        }),
        // Offline; localstack/checkov.yaml says why a rule is left out.
        (
            "checkov",
            tool_of(&checkov, "checkov", &["--file", "template.yaml", "--config-file", "localstack/checkov.yaml"]),
        ),
        (
            "sam deploy, guided and with each section of samconfig.toml",
            tool("python", &["localstack/deploy/deploy.py"]),
        ),
        (
            "the workflows' schema",
            tool("check-jsonschema", &[&["--builtin-schema", "vendor.github-workflows"], &workflows[..]].concat()),
        ),
        // It reads .github/zizmor.yml. Offline it leaves out only what GitHub would have to be asked for.
        ("zizmor", tool("zizmor", &["--offline", "--pedantic", "--strict-collection", "--quiet", ".github"])),
    ];
    for (what, command) in steps {
        let status = run(command).await?;
        ensure!(status.success(), "{what}: there are findings");
        progress.say(format_args!("{what}: nothing found"));
    }

    let transformed = fs::read(&transform).context("Guard wrote no transform")?;
    let transformed = serde_json::from_slice(&transformed).context("the transform is no JSON")?;
    let operations =
        fs::read_to_string(config.workspace.join("docs/operations.md")).context("cannot read docs/operations.md")?;
    let list = LeftOut::read()?;
    for (what, why) in list.left_out.iter().chain(&list.named) {
        let is_complete = !why.reason.is_empty() && !why.covered_by.is_empty();
        ensure!(is_complete, "left-out.yaml says of {what} neither why it is left out nor what looks at it instead");
    }
    let not_local = list.left_out.keys().chain(list.by_condition.keys()).cloned().collect();
    let texts = judge::Texts { operations: &operations, not_local: &not_local, local: &list.deployed };
    let (findings, counts) = judge::judge(&transformed, &texts)?;
    ensure!(findings.is_empty(), "template.yaml:\n- {}", findings.join("\n- "));
    let counts: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    progress.say(format_args!("template.yaml compared with itself and with docs/operations.md: {}", counts.join(", ")));

    watch::build(config, &progress).await?;
    let (started, glibc) = starts::check(&transformed, &config.workspace.join("target/debug")).await?;
    let glibc = glibc.map(|(major, minor)| format!("; they need glibc {major}.{minor}")).unwrap_or_default();
    progress.say(format_args!(
        "{started} functions start with the environment of template.yaml, and do not without a part of it{glibc}"
    ));

    let throwaway = Throwaway::start(config, &progress).await?;
    let (binaries, folder) = (config.workspace.join("target/debug"), config.dir.join("alarms"));
    let counts = throwaway.while_it_lives(|database| alarms::check(&transformed, binaries, folder, database)).await?;
    progress.say(counts);
    Ok(())
}
