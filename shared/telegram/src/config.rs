//! Where the Bot API is, who we are there, and how long we wait for it.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

/// Less than the shortest deadline of a function that sends: there is time left to write down how it went.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);
/// So many messages a second Telegram takes from one bot for nothing.
pub const FREE_PER_SECOND: u16 = 30;
/// A front end that does not even accept a connection by then will not in this invocation.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How to reach the Bot API as one bot.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address in front of `/bot<token>/<method>`: `https://api.telegram.org`, or a fake on this machine.
    pub url: Url,
    /// The bot's token as BotFather gave it. It is part of every request's path, so no address is ever shown.
    pub token: SecretString,
    /// From the first byte out to the last byte in. A long poll waits this long on top of its own time.
    pub request_timeout: Duration,
    /// To an open connection, TLS included.
    pub connect_timeout: Duration,
    /// Whether a message that goes beyond [`FREE_PER_SECOND`] is paid for, a tenth of a Star each: `allow_paid_broadcast`.
    pub is_paid: bool,
}

impl Config {
    /// The usual waiting times: 8 s for a request, of which 3 s for the connection.
    #[must_use]
    pub fn new(url: Url, token: SecretString) -> Self {
        Self { url, token, request_timeout: REQUEST_TIMEOUT, connect_timeout: CONNECT_TIMEOUT, is_paid: false }
    }

    /// Refuses what would send the token in clear text over a network, or somewhere else than meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.url.scheme() != "https" && !(self.url.scheme() == "http" && self.is_loopback()) {
            return Err(ConfigError::Address);
        }
        // A slash, a dot or a question mark in the token would turn it into another path.
        let token = self.token.expose_secret();
        if token.is_empty() || !token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-')) {
            return Err(ConfigError::Token);
        }
        Ok(())
    }

    pub(crate) fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

/// Why no client can be made of a [`Config`]. Neither the address nor the token is repeated.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Plain HTTP is only for a fake on this machine.
    #[error("the address of the Bot API must be https, or http on this machine")]
    Address,
    /// Not what BotFather gives out.
    #[error("the bot's token must be of the form 123456789:letters, digits, - and _")]
    Token,
    /// The HTTP client could not be built.
    #[error("cannot set up HTTP")]
    Http(#[source] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, token: &str) -> Result<(), ConfigError> {
        Config::new(url.parse().unwrap(), token.into()).check()
    }

    #[test]
    fn plain_http_goes_no_further_than_this_machine() {
        for url in ["https://api.telegram.org", "http://127.0.0.1:81", "http://localhost:81", "http://[::1]:81/tg"] {
            assert!(check(url, "1:a").is_ok(), "{url}");
        }
        for url in ["http://api.telegram.org", "http://127.0.0.1.example.org", "ftp://127.0.0.1", "data:1"] {
            assert!(matches!(check(url, "1:a"), Err(ConfigError::Address)), "{url}");
        }
    }

    #[test]
    fn a_token_cannot_change_the_path() {
        for token in ["", "1:a/../x", "1:a?x", "1:a b", "1:a\n"] {
            assert!(matches!(check("https://api.telegram.org", token), Err(ConfigError::Token)), "{token:?}");
        }
    }

    #[test]
    fn a_configuration_does_not_show_its_token() {
        let config = Config::new("https://api.telegram.org".parse().unwrap(), "1:secret".into());
        assert!(!format!("{config:?}").contains("secret"));
    }
}
