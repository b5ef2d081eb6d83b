//! What each function is given in production, so that a test has the shape of a deployment: its own connections with
//! the same waits and the same rights, and a vault that knows no key yet.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use app::{Keyring, function::Function};
use testkit::{
    database::{FUNCTIONS, TestDatabase},
    postgres::Relay,
};
use url::Url;
use uuid::Uuid;
use vault::{KeyFile, Wrapping};

/// The way to the database for the functions, whose role may read and write rows and do nothing else.
pub async fn way(database: &TestDatabase) -> Relay {
    let mut owner = database.pool.acquire().await.expect("a database of a test can be reached");
    store::roles::grant(&mut owner, FUNCTIONS).await.expect("the owner gives rights to the functions");
    Relay::start(&database.url_of_functions()).await.expect("a port is free")
}

/// The connections of one process of this function.
pub fn pool(database: &Url, function: &Function) -> store::Pool {
    store::connect(&store::Config {
        host: database.host_str().expect("the address of a test database has a host").to_owned(),
        port: database.port().expect("the address of a test database has a port"),
        name: database.path().trim_start_matches('/').to_owned(),
        user: database.username().to_owned(),
        password: database.password().unwrap_or_default().into(),
        tls: store::Tls::Disabled,
        application: format!("wb-assist {}", function.name),
        max_connections: function.connections,
        statement_limit: function.statement_limit,
    })
}

/// A keyring as a process has it that has just started.
pub fn cold_keyring() -> Keyring {
    Keyring::new(Wrapping::KeyFile(KeyFile::open(key_path()).expect("the key file was made by this process")))
}

/// One key file for all tests of the process.
pub fn key_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("wb-assist-test-{}.key", Uuid::new_v4()));
        KeyFile::create(&path).expect("the folder for temporary files can be written");
        path
    })
}
