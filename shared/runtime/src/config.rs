//! The environment, parsed once into types: one struct per outside world, a sentence per variable.
//!
//! A variable that is set to nothing is a variable that is not set. A mistake never shows the value,
//! because it may be a secret in the wrong place; and all mistakes are told at once.

use std::{
    fmt::{self, Display},
    net::IpAddr,
    ops::RangeInclusive,
    path::PathBuf,
    str::FromStr,
};

use app::{Settings, function::Function};
use chrono::TimeDelta;
use domain::{
    FirstContact,
    first_contact::{Access, DeploymentFor},
};
use secrecy::SecretString;
use url::Url;
use wb::{Authorization, ClientSecret, UrlTemplate};

/// PostgreSQL. Its password is one of the [`crate::secrets::Secrets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// `DATABASE_HOST`: the host name, which the server's certificate must carry.
    pub host: String,
    /// `DATABASE_PORT`: the port, 5432 unless set.
    pub port: u16,
    /// `DATABASE_NAME`: the name of the database.
    pub name: String,
    /// `DATABASE_USER`: the role of the functions, which reads and writes rows.
    pub user: String,
    /// `DATABASE_TLS`: `verify-full` unless set; `disable` for a server on this very machine.
    pub tls: store::Tls,
}

/// `DATABASE_OWNER`: the role that owns the schema; the one of the functions unless set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseOwner(pub String);

/// `DATABASE_MASTER`: the role that makes the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseMaster(pub String);

/// Wildberries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WbApi {
    /// `WB_API_URL`: where WB answers; `{category}` stands for the name of the host.
    pub url: UrlTemplate,
    /// `WB_AUTHORIZATION`: how the token stands in its header, `bearer` unless set, or `raw`.
    pub authorization: Authorization,
    /// `WB_CLIENT_SECRET_HEADER`: the header in which the secret of a service of WB's catalogue goes,
    /// `X-Client-Secret` unless set. The secret itself is one of the [`crate::secrets::Secrets`].
    pub client_secret_header: String,
}

/// Telegram. The bot's token is one of the [`crate::secrets::Secrets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramApi {
    /// `TELEGRAM_API_URL`: where the Bot API answers.
    pub url: Url,
}

/// `BOT_URL`: where the deploy has told Telegram to deliver updates; without one nobody looks whether Telegram does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotUrl(pub Option<Url>);

/// SQS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queues {
    /// `SYNC_QUEUE_URL`: the queue that `sync` reads.
    pub sync_queue_url: String,
    /// `NOTIFY_QUEUE_URL`: the queue that `webhook` reads.
    pub notify_queue_url: String,
    /// `EVENT_BUS_NAME`: the EventBridge bus of domain events; without one nothing is published.
    pub event_bus_name: Option<String>,
}

/// What wraps the vault's data keys: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultKey {
    /// `VAULT_KMS_KEY_ID`: id, ARN or alias of a KMS key.
    Kms(String),
    /// `VAULT_KEY_FILE`: a key file, for a laptop.
    File(PathBuf),
}

/// `BOT_SECRET`: the secret in Secrets Manager that the team has made, with the bot's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotSecretName(pub String);

/// The secrets in Secrets Manager that every function needs, by name or ARN: [`crate::secrets::Secrets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretIds {
    /// The one that the team has made.
    pub bot: BotSecretName,
    /// `DATABASE_SECRET_ARN`: the one of the stack's own database; without it, the first holds the password.
    pub database: Option<String>,
}

/// The secrets with the owner's password: the one that the team has made, and
/// `DATABASE_OWNER_SECRET_ARN` where the database is the stack's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerSecretIds {
    /// The one that the team has made.
    pub bot: BotSecretName,
    /// The one of the stack's own database.
    pub owner: Option<String>,
}

/// The secrets with the passwords of the stack's own database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSecretIds {
    /// `DATABASE_MASTER_SECRET_ARN`: of the role that makes the others.
    pub master: String,
    /// `DATABASE_OWNER_SECRET_ARN`: of the role that owns the schema.
    pub owner: String,
    /// `DATABASE_SECRET_ARN`: of the functions' role.
    pub functions: String,
}

/// The versions that a deploy brings, by their ARNs: `NEW_BOT`, `NEW_FANOUT`, `NEW_SYNC`, `NEW_WEBHOOK`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersions {
    /// Of bot.
    pub bot: String,
    /// Of fanout.
    pub fanout: String,
    /// Of sync.
    pub sync: String,
    /// Of webhook.
    pub webhook: String,
}

/// `WEBHOOK_SECRET_ARN`: the secret in Secrets Manager by which Telegram's requests are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSecretArn(pub String);

/// Reads what a function needs from the environment, a tuple of the types of this module.
///
/// # Errors
/// [`Problems`] names every variable that is missing or wrong, and what to do.
pub fn load<C: Load>() -> Result<C, Problems> {
    load_from(&variable)
}

fn load_from<C: Load>(lookup: &dyn Fn(&str) -> Option<String>) -> Result<C, Problems> {
    let mut variables = Variables { lookup, problems: Vec::new() };
    C::load(&mut variables).map_err(|Noted| Problems(variables.problems))
}

/// A variable of the environment; `None` also when it is empty or not text.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What is wrong with the environment: a line per variable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<String>);

impl Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment variables are not usable:\n- {}", self.0.join("\n- "))
    }
}

/// What can be read from the environment.
pub trait Load: Sized {
    /// Reads every variable of its own, also after one that is wrong.
    ///
    /// # Errors
    /// [`Noted`]: the problem itself is kept in `variables`.
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted>;
}

/// The environment, and what was found wrong with it so far.
pub struct Variables<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

/// Something is wrong, and it is written down.
#[derive(Clone, Copy, Debug)]
pub struct Noted;

impl Variables<'_> {
    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str, meaning: &str) -> Result<String, Noted> {
        self.value(name).ok_or_else(|| self.note(format!("{name} is not set: give {meaning}")))
    }

    fn optional<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Noted> {
        let Some(value) = self.value(name) else { return Ok(None) };
        parse(&value).map(Some).map_err(|problem| self.note(format!("{name} is not usable: {problem}")))
    }

    fn note(&mut self, problem: String) -> Noted {
        self.problems.push(problem);
        Noted
    }
}

impl Load for Database {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let host = variables.required("DATABASE_HOST", "the host name of PostgreSQL");
        let port = variables.optional("DATABASE_PORT", number(1..=65_535));
        let name = variables.required("DATABASE_NAME", "the name of the database");
        let user = variables.required("DATABASE_USER", "the role to connect as");
        let on_this_machine = host.as_deref().is_ok_and(is_loopback);
        let tls = variables.optional("DATABASE_TLS", |value| match value {
            "verify-full" => Ok(store::Tls::VerifyFull),
            "disable" if on_this_machine => Ok(store::Tls::Disabled),
            "disable" => Err("`disable` is only for a server on this machine; give `verify-full`"),
            _ => Err("give `verify-full`, or `disable` for a server on this machine"),
        });
        Ok(Self {
            host: host?,
            port: port?.unwrap_or(5_432),
            name: name?,
            user: user?,
            tls: tls?.unwrap_or(store::Tls::VerifyFull),
        })
    }
}

impl Load for DatabaseOwner {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let functions = variables.value("DATABASE_USER");
        let owner = variables.value("DATABASE_OWNER").or(functions);
        owner
            .map(Self)
            .ok_or_else(|| variables.note("DATABASE_OWNER is not set: give the role that owns the schema".into()))
    }
}

impl Load for DatabaseMaster {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        variables.required("DATABASE_MASTER", "the role that makes the others").map(Self)
    }
}

impl Load for WbApi {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let url = variables.optional("WB_API_URL", UrlTemplate::parse);
        let authorization = variables.optional("WB_AUTHORIZATION", |value| match value {
            "bearer" => Ok(Authorization::Bearer),
            "raw" => Ok(Authorization::Raw),
            _ => Err("give `bearer` or `raw`"),
        });
        let header = variables.optional("WB_CLIENT_SECRET_HEADER", |value| {
            ClientSecret::new(value, "checks the name".into()).map(|_| value.to_owned())
        });
        Ok(Self {
            url: url?.unwrap_or_default(),
            authorization: authorization?.unwrap_or(Authorization::Bearer),
            client_secret_header: header?.unwrap_or_else(|| ClientSecret::HEADER.to_owned()),
        })
    }
}

impl Load for TelegramApi {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let url = variables.optional("TELEGRAM_API_URL", |value| {
            Url::parse(value).map_err(|error| format!("{error}; an example is {TELEGRAM}"))
        });
        Ok(Self { url: url?.unwrap_or_else(|| Url::parse(TELEGRAM).expect("Telegram's own address is well-formed")) })
    }
}

impl Load for BotUrl {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        variables.optional("BOT_URL", Url::parse).map(Self)
    }
}

/// The real Telegram.
const TELEGRAM: &str = "https://api.telegram.org";

impl Load for Queues {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let sync_queue_url = variables.required("SYNC_QUEUE_URL", "the address of the queue of sync tasks");
        let notify_queue_url = variables.required("NOTIFY_QUEUE_URL", "the address of the queue of wake-ups");
        let event_bus_name = variables.value("EVENT_BUS_NAME");
        Ok(Self { sync_queue_url: sync_queue_url?, notify_queue_url: notify_queue_url?, event_bus_name })
    }
}

impl Load for VaultKey {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        match (variables.value("VAULT_KMS_KEY_ID"), variables.value("VAULT_KEY_FILE")) {
            (Some(key), None) => Ok(Self::Kms(key)),
            (None, Some(path)) => Ok(Self::File(path.into())),
            (None, None) => Err(variables.note(
                "VAULT_KMS_KEY_ID is not set: give the KMS key that wraps data keys, or on a laptop VAULT_KEY_FILE"
                    .into(),
            )),
            (Some(_), Some(_)) => {
                Err(variables.note("VAULT_KMS_KEY_ID and VAULT_KEY_FILE are both set: remove one of them".into()))
            }
        }
    }
}

impl Load for BotSecretName {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        variables.required("BOT_SECRET", "the name of the secret with the bot's token").map(Self)
    }
}

impl Load for SecretIds {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        Ok(Self { bot: BotSecretName::load(variables)?, database: variables.value("DATABASE_SECRET_ARN") })
    }
}

impl Load for OwnerSecretIds {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        Ok(Self { bot: BotSecretName::load(variables)?, owner: variables.value("DATABASE_OWNER_SECRET_ARN") })
    }
}

impl Load for RoleSecretIds {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let master = variables.required("DATABASE_MASTER_SECRET_ARN", "the ARN of the master's secret");
        let owner = variables.required("DATABASE_OWNER_SECRET_ARN", "the ARN of the owner's secret");
        let functions = variables.required("DATABASE_SECRET_ARN", "the ARN of the functions' secret");
        Ok(Self { master: master?, owner: owner?, functions: functions? })
    }
}

impl Load for NewVersions {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let mut version = |name| variables.required(name, "the ARN of a version");
        let versions = ["NEW_BOT", "NEW_FANOUT", "NEW_SYNC", "NEW_WEBHOOK"].map(&mut version);
        let [bot, fanout, sync, webhook] = versions;
        Ok(Self { bot: bot?, fanout: fanout?, sync: sync?, webhook: webhook? })
    }
}

impl Load for WebhookSecretArn {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        variables.required("WEBHOOK_SECRET_ARN", "the ARN of the webhook's secret").map(Self)
    }
}

/// - `SYNC_INTERVAL`: seconds between two syncs of a cabinet, whole minutes, 180 unless set.
/// - `INITIAL_SYNC_DAYS`: how many days of orders a first sync loads, 30 unless set.
/// - `WB_API_RATE_LIMIT`: at most so many requests a minute to one WB method of one cabinet.
/// - `WB_API_INTERVAL`: at least so many seconds between two requests to one WB method of one cabinet.
impl Load for Settings {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let sync_interval = variables.optional("SYNC_INTERVAL", |value| match number(60..=86_400)(value)? {
            seconds if seconds % 60 == 0 => Ok(TimeDelta::seconds(seconds)),
            _ => Err("give whole minutes, in seconds: 60, 120, 180 …".to_owned()),
        });
        let initial_sync_days = variables.optional("INITIAL_SYNC_DAYS", number(1..=90));
        let rate_limit = variables.optional("WB_API_RATE_LIMIT", number(1..=1_000));
        let interval = variables.optional("WB_API_INTERVAL", number(1..=86_400));
        Ok(Self {
            sync_interval: sync_interval?.unwrap_or(TimeDelta::seconds(180)),
            initial_sync_days: initial_sync_days?.unwrap_or(30),
            wb_rate_limit_per_min: rate_limit?,
            wb_interval: interval?.map(TimeDelta::seconds),
            has_client_secret: false,
        })
    }
}

/// - `DEPLOYMENT_FOR`: whose shops are served, `own` or `clients`, `own` unless set. WB allows no personal
///   token to be given to a service for others, so `clients` refuses them.
/// - `ACCESS`: who may start, `invite`, `list` or `open`, `invite` unless set: whoever comes by a link, also
///   those of `ACCESS_LIST`, or everybody.
/// - `ACCESS_LIST`: Telegram ids, separated by commas; read with `ACCESS=list` only.
/// - `MAX_CABINETS_PER_USER`: cabinets that one person may belong to, 10 unless set.
/// - `MAX_CABINETS`: cabinets of the whole deployment, 1000 unless set.
/// - `TOKEN_ATTEMPTS_PER_HOUR`: tokens of one person that are tried within an hour, 10 unless set.
impl Load for FirstContact {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let default = Self::default();
        let deployment_for = variables.optional("DEPLOYMENT_FOR", |value| match value {
            "own" => Ok(DeploymentFor::Own),
            "clients" => Ok(DeploymentFor::Clients),
            _ => Err("give `own` or `clients`"),
        });
        let access = variables.optional("ACCESS", |value| match value {
            "invite" => Ok(Access::Invite),
            "list" => Ok(Access::List(Vec::new())),
            "open" => Ok(Access::Open),
            _ => Err("give `invite`, `list` or `open`"),
        });
        let ids = variables.optional("ACCESS_LIST", |value| {
            let ids = value.split(',').map(|id| id.trim().parse::<i64>()).collect::<Result<Vec<i64>, _>>();
            ids.map_err(|_| "give Telegram ids, separated by commas: 1000,2000")
        });
        let cabinets_per_user = variables.optional("MAX_CABINETS_PER_USER", number(1..=1_000));
        let cabinets = variables.optional("MAX_CABINETS", number(1..=100_000));
        let attempts_per_hour = variables.optional("TOKEN_ATTEMPTS_PER_HOUR", number(1..=1_000));
        let ids = ids?.unwrap_or_default();
        Ok(Self {
            access: match access?.unwrap_or(default.access) {
                Access::List(_) => Access::List(ids),
                access => access,
            },
            deployment_for: deployment_for?.unwrap_or(default.deployment_for),
            cabinets_per_user: cabinets_per_user?.unwrap_or(default.cabinets_per_user),
            cabinets: cabinets?.unwrap_or(default.cabinets),
            attempts_per_hour: attempts_per_hour?.unwrap_or(default.attempts_per_hour),
        })
    }
}

/// How notifications are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// `MESSAGES_PER_SECOND`: how many messages the bot sends in a second at most, 25 unless set. Above 30 Telegram takes
    /// a tenth of a Star for each.
    pub per_second: u16,
    /// `GROUP_ABOVE`: more rows than this, due at once for one person, cabinet and kind, come as one
    /// message; 10 unless set.
    pub group_above: u16,
}

impl Load for Sending {
    fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
        let per_second = variables.optional("MESSAGES_PER_SECOND", number(1..=1_000));
        let group_above = variables.optional("GROUP_ABOVE", number(2..=100));
        Ok(Self { per_second: per_second?.unwrap_or(25), group_above: group_above?.unwrap_or(10) })
    }
}

macro_rules! load_tuple {
    ($($part:ident)+) => {
        impl<$($part: Load),+> Load for ($($part,)+) {
            #[expect(non_snake_case, reason = "each part is named by its type")]
            fn load(variables: &mut Variables<'_>) -> Result<Self, Noted> {
                $(let $part = $part::load(variables);)+
                Ok(($($part?,)+))
            }
        }
    };
}
load_tuple!(A B);
load_tuple!(A B C);
load_tuple!(A B C D);
load_tuple!(A B C D E);
load_tuple!(A B C D E F);
load_tuple!(A B C D E F G);
load_tuple!(A B C D E F G H);
load_tuple!(A B C D E F G H I);

impl Database {
    /// The same database, reached as another role.
    #[must_use]
    pub fn of_role(&self, role: &str) -> Self {
        Self { user: role.to_owned(), ..self.clone() }
    }

    /// The connections of a function to it, opened when they are first used.
    #[must_use]
    pub fn pool(&self, password: &SecretString, function: &Function) -> store::Pool {
        let Self { host, port, name, user, tls } = self.clone();
        let password = password.clone();
        let application = format!("wb-assist {}", function.name);
        let Function { connections: max_connections, statement_limit, .. } = *function;
        store::connect(&store::Config {
            host,
            port,
            name,
            user,
            password,
            tls,
            application,
            max_connections,
            statement_limit,
        })
    }
}

impl WbApi {
    /// A client of WB, which sends the service's secret if there is one.
    ///
    /// # Errors
    /// When the machine's TLS cannot be set up, or the secret fits no header.
    pub fn client(&self, client_secret: Option<SecretString>) -> anyhow::Result<wb::Client> {
        let secret = client_secret.map(|secret| ClientSecret::new(&self.client_secret_header, secret));
        let config = wb::Config {
            authorization: self.authorization,
            client_secret: secret.transpose()?,
            ..wb::Config::new(self.url.clone())
        };
        Ok(wb::Client::new(config)?)
    }

    /// A client of WB's image hosts.
    ///
    /// # Errors
    /// When the machine's TLS cannot be set up.
    pub fn pictures(&self) -> Result<wb::Pictures, wb::ClientError> {
        wb::Pictures::new(self.url.clone())
    }
}

impl TelegramApi {
    /// A client of Telegram, for so many messages a second.
    ///
    /// # Errors
    /// As [`TelegramApi::client`].
    pub fn sender(&self, bot_token: SecretString, per_second: u16) -> Result<telegram::Client, telegram::ConfigError> {
        let config = telegram::Config::new(self.url.clone(), bot_token);
        telegram::Client::new(telegram::Config { is_paid: per_second > telegram::FREE_PER_SECOND, ..config })
    }

    /// A client of Telegram.
    ///
    /// # Errors
    /// When the address would show the token to the network, or the token cannot be one.
    pub fn client(&self, bot_token: SecretString) -> Result<telegram::Client, telegram::ConfigError> {
        telegram::Client::new(telegram::Config::new(self.url.clone(), bot_token))
    }
}

/// Reads a whole number within a range.
fn number<N: FromStr + Display + PartialOrd>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String> {
    move |value| {
        let number = value.trim().parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("give a whole number from {} to {}", range.start(), range.end()))
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load<C: Load>(variables: &[(&str, &str)]) -> Result<C, String> {
        let lookup =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        load_from(&lookup).map_err(|problems| problems.to_string())
    }

    const DATABASE: [(&str, &str); 3] =
        [("DATABASE_HOST", "127.0.0.1"), ("DATABASE_NAME", "wb"), ("DATABASE_USER", "wb")];

    #[test]
    fn what_may_be_left_out_has_its_default() {
        let (settings, wb, telegram, sending): (Settings, WbApi, TelegramApi, Sending) =
            load(&[("SYNC_INTERVAL", ""), ("WB_API_RATE_LIMIT", "")]).unwrap();
        let expected = Settings {
            sync_interval: TimeDelta::minutes(3),
            initial_sync_days: 30,
            wb_rate_limit_per_min: None,
            wb_interval: None,
            has_client_secret: false,
        };
        assert_eq!(settings, expected);
        assert_eq!((sending.group_above, sending.per_second), (10, 25));
        assert_eq!(wb.url, UrlTemplate::parse("https://{category}-api.wildberries.ru").unwrap());
        assert_eq!(telegram.url.as_str(), "https://api.telegram.org/");
        let database: Database = load(&DATABASE).unwrap();
        assert_eq!((database.port, database.tls), (5_432, store::Tls::VerifyFull));
    }

    #[test]
    fn what_is_set_is_used() {
        let settings: Settings = load(&[
            ("SYNC_INTERVAL", "86400"),
            ("INITIAL_SYNC_DAYS", "90"),
            ("WB_API_RATE_LIMIT", "1"),
            ("WB_API_INTERVAL", "20"),
        ])
        .unwrap();
        let expected = Settings {
            sync_interval: TimeDelta::days(1),
            initial_sync_days: 90,
            wb_rate_limit_per_min: Some(1),
            wb_interval: Some(TimeDelta::seconds(20)),
            has_client_secret: false,
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn the_address_of_the_bot_may_be_unknown() {
        assert_eq!(load(&[("BOT_URL", "")]), Ok(BotUrl(None)));
        assert_eq!(load(&[("BOT_URL", "https://x.ru/")]), Ok(BotUrl(Some("https://x.ru/".parse().unwrap()))));
        assert!(load::<BotUrl>(&[("BOT_URL", "x.ru")]).unwrap_err().contains("BOT_URL is not usable"));
    }

    #[test]
    fn how_requests_to_wb_are_signed_can_be_chosen() {
        let wb: WbApi = load(&[]).unwrap();
        assert_eq!((wb.authorization, wb.client_secret_header.as_str()), (Authorization::Bearer, "X-Client-Secret"));
        let wb: WbApi = load(&[("WB_AUTHORIZATION", "raw"), ("WB_CLIENT_SECRET_HEADER", "X-Service")]).unwrap();
        assert_eq!((wb.authorization, wb.client_secret_header.as_str()), (Authorization::Raw, "X-Service"));
        let refused = load::<WbApi>(&[("WB_AUTHORIZATION", "basic"), ("WB_CLIENT_SECRET_HEADER", "Host")]);
        let problems = refused.unwrap_err().to_string();
        assert!(problems.contains("WB_AUTHORIZATION") && problems.contains("WB_CLIENT_SECRET_HEADER"), "{problems}");
    }

    #[test]
    fn a_deployment_says_whom_it_serves_and_lets_nobody_in_unless_told_to() {
        assert_eq!(load::<FirstContact>(&[]).unwrap(), FirstContact::default());
        let listed: FirstContact = load(&[
            ("DEPLOYMENT_FOR", "clients"),
            ("ACCESS", "list"),
            ("ACCESS_LIST", "1000, 2000"),
            ("MAX_CABINETS_PER_USER", "2"),
            ("MAX_CABINETS", "50"),
            ("TOKEN_ATTEMPTS_PER_HOUR", "5"),
        ])
        .unwrap();
        let expected = FirstContact {
            access: Access::List(vec![1_000, 2_000]),
            deployment_for: DeploymentFor::Clients,
            cabinets_per_user: 2,
            cabinets: 50,
            attempts_per_hour: 5,
        };
        assert_eq!(listed, expected);
        let error =
            load::<FirstContact>(&[("ACCESS", "s3cret"), ("ACCESS_LIST", "x"), ("MAX_CABINETS", "0")]).unwrap_err();
        assert_eq!(
            error,
            "the environment variables are not usable:\n\
             - ACCESS is not usable: give `invite`, `list` or `open`\n\
             - ACCESS_LIST is not usable: give Telegram ids, separated by commas: 1000,2000\n\
             - MAX_CABINETS is not usable: give a whole number from 1 to 100000"
        );
    }

    #[test]
    fn every_mistake_is_named_at_once_without_its_value() {
        let error = load::<(Database, WbApi, TelegramApi, Queues, VaultKey, SecretIds, Settings)>(&[
            ("DATABASE_PORT", "70000"),
            ("DATABASE_TLS", "s3cret"),
            ("WB_API_URL", "ftp://s3cret"),
            ("TELEGRAM_API_URL", "s3cret"),
            ("SYNC_QUEUE_URL", "https://sqs/sync"),
            ("VAULT_KMS_KEY_ID", "alias/a"),
            ("VAULT_KEY_FILE", "vault.key"),
            ("SYNC_INTERVAL", "90"),
            ("INITIAL_SYNC_DAYS", "0"),
            ("WB_API_RATE_LIMIT", "0"),
            ("WB_API_INTERVAL", "s3cret"),
        ])
        .unwrap_err();
        assert_eq!(
            error,
            "the environment variables are not usable:\n\
             - DATABASE_HOST is not set: give the host name of PostgreSQL\n\
             - DATABASE_PORT is not usable: give a whole number from 1 to 65535\n\
             - DATABASE_NAME is not set: give the name of the database\n\
             - DATABASE_USER is not set: give the role to connect as\n\
             - DATABASE_TLS is not usable: give `verify-full`, or `disable` for a server on this machine\n\
             - WB_API_URL is not usable: the address must begin with https:// (or, on this machine only, http://)\n\
             - TELEGRAM_API_URL is not usable: relative URL without a base; an example is https://api.telegram.org\n\
             - NOTIFY_QUEUE_URL is not set: give the address of the queue of wake-ups\n\
             - VAULT_KMS_KEY_ID and VAULT_KEY_FILE are both set: remove one of them\n\
             - BOT_SECRET is not set: give the name of the secret with the bot's token\n\
             - SYNC_INTERVAL is not usable: give whole minutes, in seconds: 60, 120, 180 …\n\
             - INITIAL_SYNC_DAYS is not usable: give a whole number from 1 to 90\n\
             - WB_API_RATE_LIMIT is not usable: give a whole number from 1 to 1000\n\
             - WB_API_INTERVAL is not usable: give a whole number from 1 to 86400"
        );
    }

    #[test]
    fn a_connection_is_plain_only_on_this_machine() {
        for host in ["127.0.0.1", "::1", "localhost"] {
            let variables = [("DATABASE_HOST", host), DATABASE[1], DATABASE[2], ("DATABASE_TLS", "disable")];
            assert_eq!(load::<Database>(&variables).unwrap().tls, store::Tls::Disabled, "{host}");
        }
        for host in ["db.example.org", "localhost.example.org", "10.0.0.1"] {
            let variables = [("DATABASE_HOST", host), DATABASE[1], DATABASE[2], ("DATABASE_TLS", "disable")];
            assert!(load::<Database>(&variables).unwrap_err().contains("DATABASE_TLS"), "{host}");
        }
    }

    #[test]
    fn the_owner_is_the_functions_own_role_unless_there_is_another() {
        assert_eq!(load(&DATABASE), Ok(DatabaseOwner("wb".into())));
        assert_eq!(load(&[DATABASE[2], ("DATABASE_OWNER", "owner")]), Ok(DatabaseOwner("owner".into())));
        assert!(load::<DatabaseOwner>(&[]).unwrap_err().contains("DATABASE_OWNER is not set"));
        let missing = load::<(DatabaseMaster, RoleSecretIds)>(&[]).unwrap_err();
        assert_eq!(missing.matches(" is not set: give ").count(), 4, "{missing}");
    }

    #[test]
    fn the_vault_has_exactly_one_key() {
        assert_eq!(
            load(&[("VAULT_KMS_KEY_ID", "alias/a"), ("VAULT_KEY_FILE", "")]),
            Ok(VaultKey::Kms("alias/a".into()))
        );
        assert_eq!(load(&[("VAULT_KEY_FILE", "vault.key")]), Ok(VaultKey::File("vault.key".into())));
        assert!(load::<VaultKey>(&[]).unwrap_err().contains("VAULT_KMS_KEY_ID is not set"));
    }
}
