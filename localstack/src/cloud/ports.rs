//! Whether the ports are free, and who may hold them.

use std::net::TcpListener;

use anyhow::{Result, bail};

use crate::base::config::{Config, Ports};

/// Fails at the first port that a part needs and somebody holds.
pub(super) fn check(config: &Config) -> Result<()> {
    let Ports { localstack, watch, postgres, fake_wb, fake_telegram } = config.ports;
    let mut wanted = vec![
        (localstack, "LocalStack", "LOCALSTACK_PORT", "another LocalStack"),
        (watch, "cargo lambda watch", "WATCH_PORT", "another `cargo lambda watch`, or PHP-FPM, SonarQube, MinIO"),
    ];
    if config.database.host.is_none() {
        wanted.push((postgres, "PostgreSQL", "DATABASE_PORT", "another PostgreSQL"));
    }
    if config.wb_api_url.is_none() {
        wanted.push((fake_wb, "the fake Wildberries", "FAKE_WB_PORT", "another local cloud"));
    }
    if config.telegram_api_url.is_none() {
        wanted.push((fake_telegram, "the fake Telegram", "FAKE_TELEGRAM_PORT", "another local cloud"));
    }
    for (port, part, variable, suspect) in wanted {
        if let Err(error) = TcpListener::bind(("127.0.0.1", port)) {
            bail!(
                "port {port}, for {part}, is taken ({error}): perhaps by {suspect}. `ss -ltnp` or `lsof -i :{port}` says \
                 by whom. End it, or choose another port with {variable}, or let CARGO_LOCAL_PORTS=auto choose all"
            );
        }
    }
    Ok(())
}
