//! `prepare`: what is written down of the queries, the migrations and the texts, anew or compared.

use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};

use anyhow::{Context, Result, bail, ensure};

use super::throwaway::Throwaway;
use crate::base::{cargo, config::Config, database::MIGRATIONS, progress::Progress, template};

/// Checks every query against a freshly migrated database and writes down, or compares, what sqlx learned; and the names of
/// the migrations and of Telegram's texts in template.yaml.
pub(crate) async fn prepare(config: &Config, check: bool) -> Result<()> {
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
    let mut command = cargo::command(config);
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
