//! Who may do what in the database, with roles as RDS has them: its master user is no superuser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use secrecy::SecretString;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use store::roles::{Role, grant, make};
use testkit::database::TestDatabase;
use uuid::Uuid;

/// A database that belongs to a master user, and what each role is called: roles are the server's, not the database's.
struct Roles {
    database: TestDatabase,
    master: String,
    owner: String,
    functions: String,
}

impl Roles {
    async fn new() -> Self {
        let database = TestDatabase::empty().await.unwrap();
        let suffix = Uuid::new_v4().simple();
        let [master, owner, functions] = ["master", "owner", "functions"].map(|name| format!("{name}_{suffix}"));
        let name = database.url.path().trim_start_matches('/');
        for statement in [
            format!("CREATE ROLE {master} LOGIN CREATEROLE CREATEDB"),
            format!("ALTER DATABASE {name} OWNER TO {master}"),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(&database.pool).await.unwrap();
        }
        Self { database, master, owner, functions }
    }

    fn pool_of(&self, role: &str) -> PgPool {
        let options = (*self.database.pool.connect_options()).clone().username(role).password("not asked for here");
        PgPoolOptions::new().max_connections(1).connect_lazy_with(options)
    }

    async fn make(&self) {
        let [of_owner, of_functions] = ["it's", "another"].map(SecretString::from);
        let owner = Role { name: &self.owner, password: &of_owner };
        let functions = Role { name: &self.functions, password: &of_functions };
        make(&self.pool_of(&self.master), &owner, &functions).await.unwrap();
    }

    async fn migrate(&self) {
        let pool = self.pool_of(&self.owner);
        store::migrate(&pool).await.unwrap();
        grant(&mut pool.acquire().await.unwrap(), &self.functions).await.unwrap();
    }
}

/// What the server says to a statement.
async fn says(pool: &PgPool, statement: &str) -> String {
    match sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(pool).await {
        Ok(_) => "done".to_owned(),
        Err(sqlx::Error::Database(refusal)) => refusal.message().to_owned(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_functions_read_and_write_rows_and_nothing_else() {
    let roles = Roles::new().await;
    for _ in 0..2 {
        roles.make().await;
        roles.migrate().await;
    }
    let functions = roles.pool_of(&roles.functions);
    for allowed in [
        "INSERT INTO users (telegram_id, language, created_at, updated_at) VALUES (1, 'ru', now(), now())",
        "UPDATE users SET language = 'en'",
        "SELECT count(*) FROM users",
        "DELETE FROM users",
    ] {
        assert_eq!(says(&functions, allowed).await, "done", "{allowed}");
    }
    for refused in [
        "DROP TABLE users",
        "TRUNCATE users",
        "ALTER TABLE users ADD COLUMN other INT",
        "CREATE TABLE other (id INT)",
        "CREATE INDEX other ON users (language)",
        "SELECT count(*) FROM _sqlx_migrations",
        "CREATE ROLE other",
    ] {
        let said = says(&functions, refused).await;
        assert!(said.contains("must be owner") || said.contains("permission denied"), "{refused}: {said}");
    }
}

#[tokio::test]
async fn what_an_earlier_version_has_made_as_the_master_belongs_to_the_owner_and_still_serves_the_master() {
    let roles = Roles::new().await;
    let master = roles.pool_of(&roles.master);
    // The owner of a database may make tables in it, whoever owns the schema.
    sqlx::raw_sql(AssertSqlSafe(format!("ALTER SCHEMA public OWNER TO {}", roles.master)))
        .execute(&roles.database.pool)
        .await
        .unwrap();
    store::migrate(&master).await.unwrap();
    roles.make().await;
    roles.migrate().await;
    let owners: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT tableowner::text FROM pg_tables WHERE schemaname = 'public'")
            .fetch_all(&roles.database.pool)
            .await
            .unwrap();
    assert_eq!(owners, [roles.owner.as_str()]);
    let left: Vec<String> = sqlx::query_scalar(
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner = $1::text::regrole
         UNION ALL
         SELECT oid::regprocedure::text FROM pg_proc
          WHERE pronamespace = 'public'::regnamespace AND proowner = $1::text::regrole",
    )
    .bind(&roles.master)
    .fetch_all(&roles.database.pool)
    .await
    .unwrap();
    assert_eq!(left, [""; 0], "views and functions, too");
    assert_eq!(says(&master, "SELECT count(*) FROM users").await, "done", "a deploy may be taken back");
}

#[tokio::test]
async fn a_password_is_sent_as_a_verifier_and_a_new_one_replaces_it() {
    let roles = Roles::new().await;
    roles.make().await;
    let stored = async || -> String {
        sqlx::query_scalar("SELECT rolpassword FROM pg_authid WHERE rolname = $1")
            .bind(&roles.functions)
            .fetch_one(&roles.database.pool)
            .await
            .unwrap()
    };
    let before = stored().await;
    assert!(before.starts_with("SCRAM-SHA-256$4096:"), "{before}");
    roles.make().await;
    assert_ne!(stored().await, before, "with another salt");
}

#[tokio::test]
async fn a_name_that_could_be_a_statement_is_none() {
    let roles = Roles::new().await;
    let password = SecretString::from("x");
    for name in ["", "a b", "a\"b", "A", "a;b"] {
        let (owner, functions) = (Role { name, password: &password }, Role { name: "x", password: &password });
        let refused = make(&roles.pool_of(&roles.master), &owner, &functions).await.unwrap_err();
        assert!(format!("{refused:#}").contains("lower-case letters, digits and _ only"), "{refused:#}");
    }
}
