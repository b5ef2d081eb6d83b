//! Where PostgreSQL is and how it is reached.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

use crate::Pool;

/// How long a function waits for a connection before it fails and its message is delivered again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection is renewed after this time, so that a failed-over database is noticed.
const MAX_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The root certificates of Amazon RDS, which no public store holds. Public ones are known too.
const RDS_ROOTS: &[u8] = include_bytes!("../certs/rds.pem");

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
        })
        .ssl_root_cert_from_pem(RDS_ROOTS.to_vec());
    PgPoolOptions::new()
        .min_connections(0)
        .max_connections(config.max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .idle_timeout(None)
        .connect_lazy_with(options)
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
            max_connections: 1,
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
    }
}
