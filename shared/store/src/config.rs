//! Where PostgreSQL is and how it is reached.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

use crate::Pool;

/// How long a function waits for a connection before it fails and its message is delivered again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection is renewed after this time, so that a failed-over database is noticed.
const MAX_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Where PostgreSQL is.
#[derive(Clone, Debug)]
pub struct Config {
    /// The host name, which the certificate must carry.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The name of the database.
    pub name: String,
    /// The role.
    pub user: String,
    /// The role's password.
    pub password: SecretString,
    /// Whether the connection is encrypted and the server's certificate verified.
    pub tls: Tls,
    /// How many connections one process may hold: the sum over all of them must stay below the
    /// server's `max_connections`.
    pub max_connections: u32,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted; certificate and host name are verified.
    VerifyFull,
    /// Plain: for a server on this very machine.
    Disabled,
}

/// A pool that connects at its first use.
#[must_use]
pub fn connect(config: &Config) -> Pool {
    let options = PgConnectOptions::new_without_pgpass()
        .host(&config.host)
        .port(config.port)
        .database(&config.name)
        .username(&config.user)
        .password(config.password.expose_secret())
        .application_name("wb-assist")
        .ssl_mode(match config.tls {
            Tls::VerifyFull => PgSslMode::VerifyFull,
            Tls::Disabled => PgSslMode::Disable,
        });
    PgPoolOptions::new()
        .min_connections(0)
        .max_connections(config.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .idle_timeout(None)
        .connect_lazy_with(options)
}
