//! The roles of the database: one owns the schema and migrates it, the other one reads and writes rows.
//!
//! No function connects as the master user of RDS: `roles` does so, on deploy, to make these two.

use anyhow::Context;
use domain::deployment::is_role;
use postgres_protocol::password::scram_sha_256;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{Connection, Pool};

/// A role that may connect.
#[derive(Debug)]
pub struct Role<'a> {
    /// Its name: lower-case letters, digits and `_`.
    pub name: &'a str,
    /// Its password.
    pub password: &'a SecretString,
}

/// Makes both roles, or gives them these passwords, and gives everything in the schema `public` to the owner. Running it again
/// changes nothing. The connection is that of a role that may make roles; it keeps the rights of the owner.
///
/// # Errors
/// When the database cannot be reached or refuses, or a name is none of a role.
pub async fn make(pool: &Pool, owner: &Role<'_>, functions: &Role<'_>) -> anyhow::Result<()> {
    let mut tx = crate::begin(pool).await?;
    for role in [owner, functions] {
        save(&mut tx, role).await.with_context(|| format!("cannot make the role {}", role.name))?;
    }
    hand_over(&mut tx, owner.name).await.context("cannot give the schema to its owner")?;
    tx.commit().await?;
    tracing::info!(owner = owner.name, functions = functions.name, "roles of the database are up to date");
    Ok(())
}

/// Makes a role, or changes its password. The server gets a verifier, so that no log of it can show the password.
async fn save(db: &mut Connection, role: &Role<'_>) -> anyhow::Result<()> {
    let name = quoted(role.name)?;
    let exists: bool =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS "exists!""#, role.name)
            .fetch_one(&mut *db)
            .await?;
    let verb = if exists { "ALTER" } else { "CREATE" };
    let verifier = scram_sha_256(role.password.expose_secret().as_bytes());
    run(db, format!("{verb} ROLE {name} LOGIN NOCREATEDB NOCREATEROLE PASSWORD '{verifier}'")).await
}

async fn hand_over(db: &mut Connection, owner: &str) -> anyhow::Result<()> {
    let owner = quoted(owner)?;
    // The code of an earlier version connects as the master, and a deploy may be taken back to it.
    run(db, format!("GRANT {owner} TO CURRENT_USER")).await?;
    let database: String = sqlx::query_scalar!(r#"SELECT current_database() AS "name!""#).fetch_one(&mut *db).await?;
    run(db, format!("GRANT CREATE ON DATABASE {} TO {owner}", quoted(&database)?)).await?;
    run(db, format!("ALTER SCHEMA public OWNER TO {owner}")).await?;
    // Indexes and sequences go with their tables.
    let things = sqlx::query_scalar!(
        r#"SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END || ' '
                  || oid::regclass::text AS "thing!"
             FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relowner = CURRENT_USER::regrole
              AND relkind IN ('r', 'p', 'v', 'm')
            UNION ALL
           SELECT 'ROUTINE ' || oid::regprocedure::text FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND proowner = CURRENT_USER::regrole"#
    );
    for thing in things.fetch_all(&mut *db).await? {
        run(db, format!("ALTER {thing} OWNER TO {owner}")).await?;
    }
    Ok(())
}

/// Lets a role read and write the rows of every table that there is now, and nothing else: it is called again after each
/// migration. The connection is the owner's.
///
/// # Errors
/// When the database cannot be reached or refuses, or the name is none of a role.
pub async fn grant(db: &mut PgConnection, role: &str) -> anyhow::Result<()> {
    let name = quoted(role)?;
    let mut tx = db.begin().await?;
    for statement in [
        format!("GRANT USAGE ON SCHEMA public TO {name}"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"),
        format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}"),
        format!("REVOKE ALL ON _sqlx_migrations FROM {name}"),
    ] {
        run(&mut tx, statement).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn run(db: &mut Connection, statement: String) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(db).await?;
    Ok(())
}

/// A name as it stands in a statement, where it cannot be a parameter.
fn quoted(name: &str) -> anyhow::Result<String> {
    anyhow::ensure!(is_role(name), "the name of a role or database has lower-case letters, digits and _ only");
    Ok(format!("\"{name}\""))
}
