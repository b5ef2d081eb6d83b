//! A PostgreSQL database for each test, made from a template that is migrated once.

use anyhow::{Context, bail};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, migrate::Migrator, postgres::PgPoolOptions};
use url::Url;
use uuid::Uuid;

/// Names the server on which databases may be made; `cargo local test` sets it.
const SERVER: &str = "TEST_DATABASE_URL";
/// Guards the making of the template against other test processes; any number will do.
const TEMPLATE_LOCK: i64 = 7_205_759_403;
/// The role of the functions, as in production: it reads and writes rows. It may do so once it was granted.
pub const FUNCTIONS: &str = "wb_assist_functions";
/// Connections of one test: enough for several functions at work at the same time.
const MAX_CONNECTIONS: u32 = 8;

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// A database of one test. It stays until its server is thrown away, so that a failed test can be
/// looked into.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// Connections to it.
    pub pool: PgPool,
    /// Its address.
    pub url: Url,
}

impl TestDatabase {
    /// A new database with all migrations.
    ///
    /// # Errors
    /// When there is no server: run the tests by `cargo local test`, which starts one.
    pub async fn migrated() -> anyhow::Result<Self> {
        let mut server = connect().await?;
        let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
        let sum = MIGRATOR
            .iter()
            .flat_map(|one| one.checksum.iter())
            .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        let template = format!("template_{newest}_{sum:08x}");
        sqlx::query("SELECT pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut server).await?;
        let has_role: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
            .bind(FUNCTIONS)
            .fetch_one(&mut server)
            .await?;
        if !has_role {
            run(&mut server, format!("CREATE ROLE {FUNCTIONS} LOGIN PASSWORD '{FUNCTIONS}'")).await?;
        }
        let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(&template)
            .fetch_one(&mut server)
            .await?;
        if !exists {
            let draft = format!("draft_{}", Uuid::new_v4().simple());
            run(&mut server, format!("CREATE DATABASE {draft}")).await?;
            let mut connection = PgConnection::connect(address(&draft)?.as_str()).await?;
            MIGRATOR.run(&mut connection).await.context("cannot migrate the template")?;
            connection.close().await?;
            run(&mut server, format!("ALTER DATABASE {draft} RENAME TO {template}")).await?;
        }
        sqlx::query("SELECT pg_advisory_unlock($1)").bind(TEMPLATE_LOCK).execute(&mut server).await?;
        Self::make(&mut server, &format!(" TEMPLATE {template}")).await
    }

    /// A new database without any table.
    ///
    /// # Errors
    /// As [`TestDatabase::migrated`].
    pub async fn empty() -> anyhow::Result<Self> {
        let mut server = connect().await?;
        Self::make(&mut server, "").await
    }

    /// Its address for the role of the functions.
    ///
    /// # Panics
    /// Never: an address of PostgreSQL has a place for a role.
    #[must_use]
    pub fn url_of_functions(&self) -> Url {
        let mut url = self.url.clone();
        url.set_username(FUNCTIONS).and_then(|()| url.set_password(Some(FUNCTIONS))).expect("the address has a host");
        url
    }

    async fn make(server: &mut PgConnection, from: &str) -> anyhow::Result<Self> {
        let name = format!("test_{}", Uuid::new_v4().simple());
        run(server, format!("CREATE DATABASE {name}{from}")).await?;
        let url = address(&name)?;
        let pool = PgPoolOptions::new().max_connections(MAX_CONNECTIONS).connect_lazy(url.as_str())?;
        Ok(Self { pool, url })
    }
}

/// Names of databases cannot be parameters; these are made of our own letters and digits.
async fn run(server: &mut PgConnection, sql: String) -> anyhow::Result<()> {
    sqlx::query(AssertSqlSafe(sql)).execute(server).await?;
    Ok(())
}

async fn connect() -> anyhow::Result<PgConnection> {
    PgConnection::connect(address("postgres")?.as_str()).await.with_context(|| format!("cannot connect to {SERVER}"))
}

/// The address of a database on the test server.
fn address(name: &str) -> anyhow::Result<Url> {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
    let Ok(server) = std::env::var(SERVER) else {
        bail!("{SERVER} is not set: run `cargo local test`, which starts a PostgreSQL for the tests");
    };
    let mut url = Url::parse(&server).with_context(|| format!("{SERVER} is no address"))?;
    url.set_path(name);
    Ok(url)
}
