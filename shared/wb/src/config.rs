//! Where WB is and how long it may take to answer.

use std::fmt;
use std::time::Duration;

use domain::Category;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// What an adapter of Wildberries needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the API is.
    pub url: UrlTemplate,
    /// How the token is written into the header.
    pub authorization: Authorization,
    /// What proves which service of WB's catalogue asks, if it is one.
    pub client_secret: Option<ClientSecret>,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long WB may take until the headers of its answer, and then as long again for a short body.
    pub request_timeout: Duration,
    /// How long a streamed answer may pause. It has no deadline as a whole, because 80,000 orders
    /// take as long as they take: the deadline is the caller's.
    pub idle_timeout: Duration,
    /// The most rows that a long answer hands over at once.
    pub chunk_rows: usize,
}

impl Config {
    /// A connection that takes longer will not stand.
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
    /// WB's reports are computed before the first byte.
    const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
    /// A body that has begun does not pause for longer.
    const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
    /// The rows of one transaction: enough to make it worth one, few enough for three chunks of
    /// reviews to fit into a small function's memory.
    pub const CHUNK_ROWS: usize = 5_000;

    /// The usual timeouts for WB at this address.
    #[must_use]
    pub fn new(url: UrlTemplate) -> Self {
        Self {
            url,
            authorization: Authorization::Bearer,
            client_secret: None,
            connect_timeout: Self::CONNECT_TIMEOUT,
            request_timeout: Self::REQUEST_TIMEOUT,
            idle_timeout: Self::IDLE_TIMEOUT,
            chunk_rows: Self::CHUNK_ROWS,
        }
    }
}

/// How the token is written into the header `Authorization`. WB's documentation says `Bearer`, its
/// specification an API key; both are accepted today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorization {
    /// `Bearer <token>`.
    Bearer,
    /// The token alone.
    Raw,
}

/// The secret that WB gives to a service of its catalogue. It belongs to the deployment and goes with
/// every request, whoever's token that carries: a base token then has the full limits.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    header: HeaderName,
    value: SecretString,
}

impl ClientSecret {
    /// The header that practitioners name; WB's public documents name none.
    pub const HEADER: &str = "X-Client-Secret";

    /// A secret in a header of this name.
    ///
    /// # Errors
    /// The name or the value fits no header, or the header is one that the client writes itself.
    pub fn new(header: &str, value: SecretString) -> Result<Self, ClientSecretError> {
        let header = HeaderName::try_from(header.trim()).map_err(|_| ClientSecretError::Header)?;
        let own = ["authorization", "host", "content-type", "content-length", "connection", "transfer-encoding"];
        if own.contains(&header.as_str()) {
            return Err(ClientSecretError::Header);
        }
        let secret = Self { header, value };
        if secret.value.expose_secret().trim().is_empty() || secret.header_value().is_none() {
            return Err(ClientSecretError::Value);
        }
        Ok(secret)
    }

    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        Some((self.header.clone(), self.header_value()?))
    }

    fn header_value(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(self.value.expose_secret().trim()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Why a secret cannot be sent. It never repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientSecretError {
    /// Not a name, or one that is taken.
    #[error("this is no name for a header of its own; an example is X-Client-Secret")]
    Header,
    /// Empty, or with characters that no header carries.
    #[error("the secret is empty or fits no header: copy it as a whole, without line breaks")]
    Value,
}

/// A category of WB's API as a server of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// Orders and sales.
    Statistics,
    /// Stocks and the order feed.
    Analytics,
    /// Product cards.
    Content,
    /// Reviews and questions.
    Feedbacks,
    /// Who the seller is; open to a token of any category.
    Common,
}

impl Host {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Statistics, Self::Analytics, Self::Content, Self::Feedbacks, Self::Common];

    /// What stands for `{category}` in an address.
    #[must_use]
    pub fn category(self) -> &'static str {
        match self {
            Self::Statistics => "statistics",
            Self::Analytics => "seller-analytics",
            Self::Content => "content",
            Self::Feedbacks => "feedbacks",
            Self::Common => "common",
        }
    }
}

impl From<Category> for Host {
    fn from(category: Category) -> Self {
        match category {
            Category::Statistics => Self::Statistics,
            Category::Analytics => Self::Analytics,
            Category::Content => Self::Content,
            Category::Feedbacks => Self::Feedbacks,
        }
    }
}

/// The addresses of WB's hosts, from one template.
#[derive(Clone, PartialEq, Eq)]
pub struct UrlTemplate {
    /// One address per host, in the order of [`Host::ALL`].
    addresses: [Url; Host::ALL.len()],
}

impl UrlTemplate {
    /// The real Wildberries.
    pub const WILDBERRIES: &str = "https://{category}-api.wildberries.ru";
    const PLACEHOLDER: &str = "{category}";

    /// Reads a template such as [`Self::WILDBERRIES`]; without `{category}` one address serves all.
    ///
    /// # Errors
    /// The text is no address of an HTTP server, carries what an API's address does not have, or
    /// would send tokens in plain text over a network.
    pub fn parse(template: &str) -> Result<Self, UrlError> {
        let address = |host: Host| {
            let text = template.trim().replace(Self::PLACEHOLDER, host.category());
            if text.contains(['{', '}']) {
                return Err(UrlError::UnknownPlaceholder);
            }
            let url = Url::parse(&text)?;
            if !matches!(url.scheme(), "http" | "https") {
                return Err(UrlError::NotHttp);
            }
            if !url.username().is_empty() || url.password().is_some() {
                return Err(UrlError::Credentials);
            }
            if url.query().is_some() || url.fragment().is_some() {
                return Err(UrlError::QueryOrFragment);
            }
            if url.scheme() == "http" && !is_loopback(&url) {
                return Err(UrlError::PlainText);
            }
            Ok(url)
        };
        let [statistics, analytics, content, feedbacks, common] = Host::ALL.map(address);
        Ok(Self { addresses: [statistics?, analytics?, content?, feedbacks?, common?] })
    }

    /// Whether the server is on this machine and spoken to in plain text.
    pub(crate) fn is_plain_text(&self) -> bool {
        self.addresses.iter().any(|url| url.scheme() == "http")
    }

    /// Whether an address is at the server of this machine that plays WB.
    pub(crate) fn is_fake_at(&self, url: &Url) -> bool {
        self.addresses.iter().any(|own| is_loopback(own) && own.origin() == url.origin())
    }

    /// The address of one method; `path` begins without a slash.
    pub(crate) fn method(&self, host: Host, path: &str) -> Url {
        let mut url = self.addresses[host as usize].clone();
        url.path_segments_mut().expect("an HTTP address has a path").pop_if_empty().extend(path.split('/'));
        url
    }
}

impl Default for UrlTemplate {
    fn default() -> Self {
        Self::parse(Self::WILDBERRIES).expect("WB's own address is well-formed")
    }
}

impl fmt::Debug for UrlTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.addresses.iter().map(Url::as_str)).finish()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// Why a text is not a template of addresses. It never repeats the text, which could hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not an address at all.
    #[error("this is not an address: {0}; an example is https://{{category}}-api.wildberries.ru")]
    NotAnAddress(#[from] url::ParseError),
    /// Braces around something else than `category`.
    #[error("the only placeholder is {{category}}")]
    UnknownPlaceholder,
    /// Another protocol.
    #[error("the address must begin with https:// (or, on this machine only, http://)")]
    NotHttp,
    /// A name or a password in the address.
    #[error("the address must not contain a user name or a password")]
    Credentials,
    /// Something after the path.
    #[error("the address must end with its path: no ? and no #")]
    QueryOrFragment,
    /// Plain HTTP to another machine.
    #[error(
        "plain http:// is only for this machine (localhost, 127.0.0.1, [::1]): a seller's token would be readable on the way"
    )]
    PlainText,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(template: &str, host: Host) -> String {
        UrlTemplate::parse(template).unwrap().method(host, "api/v1/x").to_string()
    }

    #[test]
    fn each_category_has_its_host() {
        let wb = UrlTemplate::WILDBERRIES;
        assert_eq!(address(wb, Host::Statistics), "https://statistics-api.wildberries.ru/api/v1/x");
        assert_eq!(address(wb, Host::Analytics), "https://seller-analytics-api.wildberries.ru/api/v1/x");
        assert_eq!(address(wb, Host::Content), "https://content-api.wildberries.ru/api/v1/x");
        assert_eq!(address(wb, Host::Feedbacks), "https://feedbacks-api.wildberries.ru/api/v1/x");
        assert_eq!(address(wb, Host::Common), "https://common-api.wildberries.ru/api/v1/x");
    }

    #[test]
    fn one_address_may_serve_all_and_have_a_path() {
        assert_eq!(address("http://127.0.0.1:8000", Host::Content), "http://127.0.0.1:8000/api/v1/x");
        assert_eq!(address("http://[::1]:8000/", Host::Content), "http://[::1]:8000/api/v1/x");
        assert_eq!(address("http://localhost/wb/{category}", Host::Common), "http://localhost/wb/common/api/v1/x");
        assert_eq!(address("http://{category}.localhost:1", Host::Common), "http://common.localhost:1/api/v1/x");
    }

    #[test]
    fn a_secret_has_a_header_of_its_own_and_is_printed_nowhere() {
        let secret = |header: &str, value: &str| ClientSecret::new(header, SecretString::from(value));
        let (name, value) = secret(ClientSecret::HEADER, " s3cret\n").unwrap().header().unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-client-secret", "s3cret"));
        assert!(!format!("{:?}", secret("X-Other", "s3cret").unwrap()).contains("s3cret"));
        for header in ["", "X Client", "Authorization", "Секрет"] {
            assert_eq!(secret(header, "s3cret").unwrap_err(), ClientSecretError::Header, "{header}");
        }
        for value in ["", " ", "a\nb", "a\u{7f}b"] {
            assert_eq!(secret("X-Secret", value).unwrap_err(), ClientSecretError::Value, "{value:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        let error = |template: &str| UrlTemplate::parse(template).unwrap_err();
        assert!(matches!(error("wildberries.ru"), UrlError::NotAnAddress(_)));
        assert_eq!(error("https://{host}-api.wildberries.ru"), UrlError::UnknownPlaceholder);
        assert_eq!(error("ftp://127.0.0.1"), UrlError::NotHttp);
        assert_eq!(error("https://me:secret@wildberries.ru"), UrlError::Credentials);
        assert_eq!(error("https://wildberries.ru/?a=b"), UrlError::QueryOrFragment);
        assert_eq!(error("http://{category}-api.wildberries.ru"), UrlError::PlainText);
        assert_eq!(error("http://localhost.example.com"), UrlError::PlainText);
        assert_eq!(error("http://10.0.0.1"), UrlError::PlainText);
    }
}
