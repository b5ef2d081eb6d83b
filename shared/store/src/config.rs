//! Where PostgreSQL is and how it is reached.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};
use tokio::time::timeout;

use crate::pool::{Error, Pool, Result};

/// How long a function waits for a connection before it fails and its message is delivered again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection is renewed after this time, so that a failed-over database is noticed.
const MAX_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// A connection whose server does not answer a ping by then is given up. A ping takes a millisecond; a connection over
/// which nothing passes any more would otherwise be waited for until the process ends.
const PING_WITHIN: Duration = Duration::from_secs(2);
/// What every session asks of the server, so that what a process left behind frees its locks soon: it may be frozen or
/// ended by Lambda at any statement.
const SESSION: [(&str, &str); 7] = [
    // The longest transaction of a sync takes a second or two, and others wait behind it.
    ("lock_timeout", "10s"),
    // No transaction of ours waits for anything but the database. Shorter than `lock_timeout`, so that who waits behind a
    // frozen process gets their turn.
    ("idle_in_transaction_session_timeout", "8s"),
    // A client that is gone is noticed within a minute.
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30s"),
    // Compiling a statement takes longer than running it: none of ours runs for seconds.
    ("jit", "off"),
];

/// The root certificates of Amazon RDS, which no public store holds. Public ones are known too.
const RDS_ROOTS: &[u8] = include_bytes!("../certs/rds.pem");

/// Whether the certificates of RDS's databases in a region, such as `eu-central-1`, are known.
#[must_use]
pub fn knows_databases_of(region: &str) -> bool {
    // A line above each certificate names it.
    let names = RDS_ROOTS.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"# Amazon RDS "));
    names.filter_map(|name| name.strip_prefix(region.as_bytes())).any(|rest| rest.starts_with(b" "))
}

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
    /// By which name the server lists the connections.
    pub application: String,
    /// How many connections one process may hold: the sum over all of them must stay below the
    /// server's `max_connections`.
    pub max_connections: u32,
    /// When the server gives up a statement; `None`: never.
    pub statement_limit: Option<Duration>,
}

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted; certificate and host name are verified.
    VerifyFull,
    /// Plain: for a server on this very machine.
    Disabled,
}

/// A pool that connects at its first use. Every wait has a bound: for a connection, for its ping, for a lock, for a
/// statement.
#[must_use]
pub fn connect(config: &Config) -> Pool {
    let options = PgConnectOptions::new_without_pgpass()
        .host(&config.host)
        .port(config.port)
        .database(&config.name)
        .username(&config.user)
        .password(config.password.expose_secret())
        .application_name(&config.application)
        .ssl_mode(match config.tls {
            Tls::VerifyFull => PgSslMode::VerifyFull,
            Tls::Disabled => PgSslMode::Disable,
        })
        .ssl_root_cert_from_pem(RDS_ROOTS.to_vec())
        .options(SESSION)
        .options(config.statement_limit.map(|limit| ("statement_timeout", limit.as_millis())));
    PgPoolOptions::new()
        .min_connections(0)
        .max_connections(config.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .idle_timeout(None)
        // sqlx's own pings have no bound; while one hangs, its place in the pool is taken.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(answers(connection)))
        .after_release(|connection, _| Box::pin(answers(connection)))
        .connect_lazy_with(options)
}

/// Whether a connection still answers; one that does not is closed at once by whoever gets the error.
async fn answers(connection: &mut PgConnection) -> Result<bool> {
    match timeout(PING_WITHIN, connection.ping()).await {
        Ok(answered) => answered.map(|()| true),
        Err(_) => Err(Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "a connection does not answer"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// Plays a server that agrees to TLS and says nothing more: whoever comes so far has read all certificates.
    #[tokio::test]
    async fn every_root_certificate_can_be_read() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut request = [0; 8];
            client.read_exact(&mut request).await.unwrap();
            client.write_all(b"S").await.unwrap();
            let mut hello = [0; 1];
            client.read_exact(&mut hello).await.map(|_| hello[0])
        });
        let config = Config {
            host: "127.0.0.1".to_owned(),
            port,
            name: "wb".to_owned(),
            user: "wb".to_owned(),
            password: "s3cret".into(),
            tls: Tls::VerifyFull,
            application: "test".to_owned(),
            max_connections: 1,
            statement_limit: None,
        };
        let refused = connect(&config).acquire().await.expect_err("that was no server").to_string();
        // The first byte of a TLS handshake: the client has set up its certificates and speaks.
        assert_eq!(server.await.unwrap().unwrap(), 0x16, "{refused}");
    }

    #[test]
    fn the_databases_of_27_regions_are_known() {
        let text = std::str::from_utf8(RDS_ROOTS).unwrap();
        let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# Amazon RDS ")).collect();
        let regions: BTreeSet<_> = names.iter().filter_map(|name| name.split(' ').next()).collect();
        assert_eq!((names.len(), regions.len()), (81, 27));
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), names.len());
        // What template.yaml asks for, in the region of samconfig.toml.
        assert!(names.contains(&"eu-central-1 Root CA RSA2048 G1"));
        assert!(regions.iter().all(|region| knows_databases_of(region)));
        assert!(!knows_databases_of("eu-central") && !knows_databases_of("") && !knows_databases_of("xx-north-9"));
    }
}
