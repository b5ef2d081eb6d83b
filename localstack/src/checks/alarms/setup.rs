//! What all worlds of a check share, and the databases that they begin with.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use vault::KeyFile;

use crate::base::{database::MIGRATIONS, postgres, state::Database};

/// What all worlds of a check share.
pub(super) struct Setup {
    /// template.yaml, transformed.
    pub transformed: Value,
    /// The folder with the built functions.
    pub binaries: PathBuf,
    /// Where logs and the key of the vault are kept.
    pub folder: PathBuf,
    /// The server.
    pub server: Database,
    /// How many databases were made.
    databases: AtomicU32,
}

impl Setup {
    /// Makes the folder and the key.
    pub(super) fn new(transformed: Value, binaries: PathBuf, folder: PathBuf, server: Database) -> Result<Self> {
        let _not_there = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let setup = Self { transformed, binaries, folder, server, databases: AtomicU32::new(0) };
        KeyFile::create(&setup.key()).map_err(|error| anyhow::anyhow!("cannot make a key file: {error}"))?;
        Ok(setup)
    }

    /// The file with the key of the vault.
    pub(super) fn key(&self) -> PathBuf {
        self.folder.join("vault.key")
    }

    /// A new database, as a copy of another or with all migrations.
    pub(super) async fn database(&self, copy_of: Option<&str>) -> Result<Database> {
        let name = format!("alarms_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let database = Database { name, ..self.server.clone() };
        match copy_of {
            Some(original) => {
                let statement = format!("CREATE DATABASE {} TEMPLATE {original}", database.name);
                let server = self.server.pool();
                let made = sqlx::query(AssertSqlSafe(statement)).execute(&server).await;
                server.close().await;
                made.context("cannot copy the database")?;
            }
            None => {
                postgres::create_database(&database).await?;
                let pool = database.pool();
                MIGRATIONS.run(&pool).await.context("the migrations do not apply to an empty database")?;
                pool.close().await;
            }
        }
        Ok(database)
    }
}
