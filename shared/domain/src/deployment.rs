//! The settings of a deployment: what a cloud team may choose beside the few parameters that a guided deploy asks for.
//!
//! They come as one text, `Name=value;Name=value`, in the parameter `Settings` of `template.yaml`. The function `preflight`
//! reads it before anything is made that costs, and gives every setting a value, which the template takes from there.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Write as _},
    ops::RangeInclusive,
};

use url::Url;

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name, as it is given and as the template takes it.
    pub name: &'static str,
    /// What counts where it is not given.
    pub default: &'static str,
    /// What may be given.
    pub allowed: Allowed,
    /// What it does, for `docs/settings.md`.
    pub meaning: &'static str,
}

/// What a setting may be.
#[derive(Debug)]
pub enum Allowed {
    /// A whole number within these bounds.
    Number(RangeInclusive<u32>),
    /// A whole number within these bounds, or nothing.
    NumberOrNothing(RangeInclusive<u32>),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Something that passes the check; the sentence says what, for whoever gave something else.
    Text(fn(&str) -> bool, &'static str),
}

/// How much room the values have in an answer to CloudFormation, which takes 4,096 bytes in all.
const VALUES_MAX_BYTES: usize = 2_000;

/// All settings, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    // How cabinets are synced.
    number("SyncWindow", "5", 0..=20, "Seconds for which up to ten syncs are gathered into one invocation; 0: none."),
    number("SyncConcurrency", "8", 2..=1_000, "How many invocations of sync run at the same time, ten cabinets each."),
    number("InitialSyncDays", "30", 1..=90, "How many days of orders the first sync of a cabinet loads."),
    number(
        "GroupAbove",
        "10",
        2..=100,
        "More notifications than this, due at once for one person, come as one message.",
    ),
    number(
        "MessagesPerSecond",
        "25",
        1..=1_000,
        "How many messages the bot sends in a second. Above 30 Telegram takes 0.1 Star for each (paid broadcast).",
    ),
    // Who may use the bot.
    word(
        "DeploymentFor",
        "own",
        &["own", "clients"],
        "Whose shops are served. With clients, personal tokens are refused, as Wildberries' rules ask.",
    ),
    word(
        "Access",
        "invite",
        &["invite", "list", "open"],
        "Who may start: by a link; also those of AccessList; everybody.",
    ),
    text("AccessList", "", is_list_of_ids, "Telegram ids, separated by commas", "Who may start with Access=list."),
    number("MaxCabinetsPerUser", "10", 1..=1_000, "Cabinets that one person may belong to."),
    number("MaxCabinets", "1000", 1..=100_000, "Cabinets of the whole deployment."),
    number("TokenAttemptsPerHour", "10", 1..=1_000, "Tokens of one person that are tried within an hour."),
    // The outside worlds.
    text(
        "WbApiUrl",
        "https://{category}-api.wildberries.ru",
        is_address,
        "an address that begins with https:// or http://",
        "Where Wildberries answers; {category} stands for the name of the host.",
    ),
    word("WbAuthorization", "bearer", &["bearer", "raw"], "How a token stands in the header Authorization."),
    text(
        "WbClientSecretHeader",
        "X-Client-Secret",
        is_header,
        "the name of a header",
        "The header for the secret of a service of Wildberries' catalogue, wb_client_secret of the bot's secret.",
    ),
    number_or_nothing("WbApiRateLimit", 1..=1_000, "At most so many requests a minute to one method of one cabinet."),
    number_or_nothing("WbApiInterval", 1..=86_400, "At least so many seconds between two requests to one such method."),
    text(
        "TelegramApiUrl",
        "https://api.telegram.org",
        is_address,
        "an address that begins with https:// or http://",
        "Where Telegram's Bot API answers.",
    ),
    // The database of this stack.
    text(
        "DatabaseClass",
        "db.t4g.micro",
        is_database_class,
        "a class such as db.t4g.micro",
        "The instance of the database. docs/scale.md says which one carries how many cabinets.",
    ),
    number("DatabaseStorageGb", "20", 20..=1_000, "Its storage at the beginning; it grows by itself up to 2,000 GB."),
    number("DatabaseBackupDays", "7", 1..=35, "For how many days back it can be restored to any second."),
    word(
        "DatabaseStandby",
        "false",
        BOOLEAN,
        "Whether a second instance in another zone takes over. Doubles its price.",
    ),
    word("DatabaseProtected", "true", BOOLEAN, "Whether it refuses to be deleted. A last snapshot stays in any case."),
    // Your own PostgreSQL, where the parameter DatabaseHost names it.
    number("DatabasePort", "5432", 1..=65_535, "The port of your own PostgreSQL."),
    text(
        "DatabaseName",
        "wb_assist",
        is_name,
        "letters, digits and _",
        "The name of the database in your own PostgreSQL.",
    ),
    text(
        "DatabaseUser",
        "wb_assist",
        is_role,
        ROLE,
        "The functions' role in your own PostgreSQL: it reads and writes rows.",
    ),
    text(
        "DatabaseOwner",
        "",
        |value| value.is_empty() || is_role(value),
        ROLE,
        "The role that owns the schema in your own PostgreSQL and migrates it; otherwise DatabaseUser.",
    ),
    word("DatabaseTls", "verify-full", &["verify-full", "disable"], "disable only for a database of the same machine."),
    // Looking at it.
    word("Tracing", "PassThrough", &["PassThrough", "Active"], "Active samples a part of all requests for X-Ray."),
    text(
        "LogRetentionDays",
        "30",
        |value| ["1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365"].contains(&value),
        "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180 or 365",
        "For how many days logs are kept.",
    ),
    word("LogEvents", "DISABLED", &["ENABLED", "DISABLED"], "Whether domain events also go into a log group."),
    number(
        "EventArchiveDays",
        "1",
        1..=365,
        "For how many days domain events are archived, so that they can be replayed.",
    ),
    // Secrets and keys.
    number("SecretsGeneration", "1", 1..=1_000_000, "Raise it when a secret has changed: all functions start anew."),
    text(
        "VaultKeyArn",
        "",
        |value| value.is_empty() || value == NEW_KEY || value.starts_with("arn:") && value.contains(":key/"),
        "the ARN of a KMS key, or new",
        "The key of an earlier stack, for a restored database; otherwise the key of this stack.",
    ),
];

/// The value of `VaultKeyArn` for the key of this stack, where its database begins with a snapshot of another one.
pub const NEW_KEY: &str = "new";

/// The settings of a team's own PostgreSQL, which do nothing for the database of the stack.
pub const OF_YOUR_OWN_DATABASE: [&str; 5] =
    ["DatabasePort", "DatabaseName", "DatabaseUser", "DatabaseOwner", "DatabaseTls"];

/// PostgreSQL cuts a longer name.
const ROLE_MAX_BYTES: usize = 63;
/// What a role may be called, so that it can stand in a statement.
const ROLE: &str = "lower-case letters, digits and _";
const BOOLEAN: &[&str] = &["true", "false"];

const fn number(
    name: &'static str,
    default: &'static str,
    range: RangeInclusive<u32>,
    meaning: &'static str,
) -> Setting {
    Setting { name, default, allowed: Allowed::Number(range), meaning }
}

const fn number_or_nothing(name: &'static str, range: RangeInclusive<u32>, meaning: &'static str) -> Setting {
    Setting { name, default: "", allowed: Allowed::NumberOrNothing(range), meaning }
}

const fn word(
    name: &'static str,
    default: &'static str,
    words: &'static [&'static str],
    meaning: &'static str,
) -> Setting {
    Setting { name, default, allowed: Allowed::Word(words), meaning }
}

const fn text(
    name: &'static str,
    default: &'static str,
    check: fn(&str) -> bool,
    wanted: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { name, default, allowed: Allowed::Text(check, wanted), meaning }
}

impl Allowed {
    fn takes(&self, value: &str) -> bool {
        match self {
            Self::Number(range) => value.parse().is_ok_and(|number| range.contains(&number)),
            Self::NumberOrNothing(range) => {
                value.is_empty() || value.parse().is_ok_and(|number| range.contains(&number))
            }
            Self::Word(words) => words.contains(&value),
            Self::Text(check, _) => check(value),
        }
    }
}

impl Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(range) | Self::NumberOrNothing(range) => {
                write!(f, "a whole number from {} to {}", range.start(), range.end())
            }
            Self::Word(words) => f.write_str(&words.join(" or ")),
            Self::Text(_, wanted) => f.write_str(wanted),
        }
    }
}

/// What is wrong with the text: a sentence for each setting.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameter Settings is not usable: {}", .0.join("; "))]
pub struct Problems(Vec<String>);

/// Reads `Name=value;Name=value`, where spaces and line ends separate as well, and gives every other setting its default.
///
/// # Errors
/// [`Problems`] names every setting that is unknown, given twice or given wrongly, and says what it may be.
pub fn parse(text: &str) -> Result<BTreeMap<&'static str, String>, Problems> {
    let mut given = BTreeMap::new();
    let mut problems = Vec::new();
    for part in text.split([';', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            problems.push(format!("`{part}` is not of the form Name=value"));
            continue;
        };
        let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
            problems.push(unknown(name));
            continue;
        };
        if !setting.allowed.takes(value) {
            problems.push(format!("{name} is not usable: give {}", setting.allowed));
        } else if given.insert(setting.name, value.to_owned()).is_some() {
            problems.push(format!("{name} is given twice"));
        }
    }
    for setting in SETTINGS {
        given.entry(setting.name).or_insert_with(|| setting.default.to_owned());
    }
    let bytes: usize = given.values().map(String::len).sum();
    if bytes > VALUES_MAX_BYTES {
        problems.push(format!("all values together have {bytes} bytes: {VALUES_MAX_BYTES} are possible"));
    }
    if problems.is_empty() { Ok(given) } else { Err(Problems(problems)) }
}

fn unknown(name: &str) -> String {
    let mut problem = format!("there is no setting {name}");
    if let Some(meant) = SETTINGS.iter().find(|setting| setting.name.eq_ignore_ascii_case(name)) {
        let _written = write!(problem, ": do you mean {}?", meant.name);
    }
    problem
}

/// Connections that PostgreSQL keeps for itself and for whoever looks at it by hand.
const RESERVED_CONNECTIONS: u32 = 8;

/// How many connections a class of RDS's database takes, rounded down; `None` for a class that is not known here.
///
/// RDS allows one for each 9,531,392 bytes of memory, and at most 5,000. What the system itself needs is not memory of the
/// class, so that 1 GiB means about 80.
#[must_use]
pub fn max_connections(database_class: &str) -> Option<u32> {
    let size = database_class.strip_prefix("db.")?.split_once('.')?.1;
    let by_size = match size {
        "micro" => 80,
        "small" => 170,
        "medium" => 380,
        "large" => 800,
        "xlarge" => 1_600,
        "2xlarge" => 3_300,
        _ => return size.ends_with("xlarge").then_some(5_000),
    };
    Some(by_size - RESERVED_CONNECTIONS)
}

/// What preflight gives the template beside the settings: the number of connections above which an operator is told.
pub const CONNECTIONS_ALARM: &str = "DatabaseConnectionsAlarm";

/// Four in five of those that the class takes; of a class that is not known here, of the smallest one.
#[must_use]
pub fn connections_alarm(database_class: &str) -> u32 {
    max_connections(database_class).or_else(|| max_connections("db.t4g.micro")).unwrap_or_default() * 4 / 5
}

fn is_list_of_ids(value: &str) -> bool {
    value.is_empty() || value.split(',').all(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_address(value: &str) -> bool {
    let url = Url::parse(&value.replace("{category}", "category"));
    url.is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
}

fn is_header(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_name(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphabetic())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a role or a database of PostgreSQL may be called so: the name can stand in a statement as it is.
#[must_use]
pub fn is_role(value: &str) -> bool {
    is_name(value) && value == value.to_ascii_lowercase() && value.len() <= ROLE_MAX_BYTES
}

fn is_database_class(value: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    value
        .strip_prefix("db.")
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(family, size)| part(family) && part(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        parse(text).unwrap_err().0.join("; ")
    }

    #[test]
    fn nothing_given_is_every_default_and_each_default_is_allowed() {
        let values = parse("").unwrap();
        assert_eq!(values.len(), SETTINGS.len(), "no name stands twice");
        assert!(OF_YOUR_OWN_DATABASE.iter().all(|name| values.contains_key(name)));
        for setting in SETTINGS {
            assert_eq!(values[setting.name], setting.default);
            assert!(setting.allowed.takes(setting.default), "{}", setting.name);
            assert!(setting.meaning.ends_with('.') && setting.meaning.len() > 20, "{}", setting.name);
            assert!(!setting.allowed.to_string().is_empty());
        }
    }

    #[test]
    fn what_is_given_counts_however_it_is_separated() {
        let values =
            parse("SyncWindow=0; AccessList=1000,2000\nWbApiUrl=http://127.0.0.1:1/?a=b WbApiInterval=7;").unwrap();
        assert_eq!(values["SyncWindow"], "0");
        assert_eq!(values["AccessList"], "1000,2000");
        assert_eq!(values["WbApiUrl"], "http://127.0.0.1:1/?a=b");
        assert_eq!((values["WbApiInterval"].as_str(), values["WbApiRateLimit"].as_str()), ("7", ""));
    }

    #[test]
    fn every_mistake_is_named_and_none_hides_another() {
        assert_eq!(
            problem("SyncWindow=21;nonsense;groupabove=5;Other=1;DatabaseStandby=yes;GroupAbove=3;GroupAbove=4"),
            "SyncWindow is not usable: give a whole number from 0 to 20; `nonsense` is not of the form Name=value; \
             there is no setting groupabove: do you mean GroupAbove?; there is no setting Other; \
             DatabaseStandby is not usable: give true or false; GroupAbove is given twice"
        );
        assert!(parse("x").unwrap_err().to_string().starts_with("the parameter Settings is not usable: `x`"));
    }

    #[test]
    fn each_kind_of_text_is_checked() {
        for (text, is_right) in [
            ("AccessList=", true),
            ("AccessList=1,", false),
            ("AccessList=a", false),
            ("WbApiUrl=https://{category}-api.wildberries.ru", true),
            ("WbApiUrl=ftp://wildberries.ru", false),
            ("TelegramApiUrl=api.telegram.org", false),
            ("TelegramApiUrl=data:text", false),
            ("WbClientSecretHeader=X-1", true),
            ("WbClientSecretHeader=X:1", false),
            ("WbClientSecretHeader=", false),
            ("DatabaseName=wb_1", true),
            ("DatabaseName=1wb", false),
            ("DatabaseUser=wb-1", false),
            ("DatabaseUser=", false),
            ("DatabaseUser=Wb", false),
            ("DatabaseUser=a23456789_123456789_123456789_123456789_123456789_123456789_123", true),
            ("DatabaseUser=a23456789_123456789_123456789_123456789_123456789_123456789_1234", false),
            ("DatabaseOwner=", true),
            ("DatabaseOwner=wb-1", false),
            ("DatabaseClass=db.r7g.2xlarge", true),
            ("DatabaseClass=db.r7g", false),
            ("DatabaseClass=db..large", false),
            ("DatabaseClass=db.r7g.large.x", false),
            ("DatabaseClass=t4g.micro", false),
            ("LogRetentionDays=7", true),
            ("LogRetentionDays=8", false),
            ("WbApiRateLimit=0", false),
            ("WbApiRateLimit=1000", true),
            ("VaultKeyArn=arn:aws:kms:eu-central-1:1:key/x", true),
            ("VaultKeyArn=arn:aws:kms:eu-central-1:1:alias/x", false),
            ("VaultKeyArn=1:key/x", false),
            ("VaultKeyArn=new", true),
        ] {
            assert_eq!(parse(text).is_ok(), is_right, "{text}");
        }
    }

    #[test]
    fn more_than_cloudformation_takes_is_refused_before_it_is_told() {
        let ids = |count: usize| format!("AccessList={}", vec!["1234567890"; count].join(","));
        assert!(parse(&ids(150)).is_ok());
        assert!(problem(&ids(200)).ends_with("2000 are possible"));
        let rest: usize = SETTINGS.iter().map(|setting| setting.default.len()).sum();
        let exactly = format!("AccessList={}", "1".repeat(VALUES_MAX_BYTES - rest));
        assert!(parse(&exactly).is_ok() && parse(&format!("{exactly}1")).is_err());
    }

    #[test]
    fn a_larger_class_takes_more_connections() {
        let known = ["micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge"];
        let known = known.map(|size| max_connections(&format!("db.t4g.{size}")).unwrap());
        assert_eq!(known, [72, 162, 372, 792, 1_592, 3_292, 5_000]);
        assert_eq!(max_connections("db.t4g.giant"), None);
        assert_eq!(max_connections("micro"), None);
        assert_eq!(["db.t4g.micro", "db.t4g.small", "db.t4g.giant"].map(connections_alarm), [57, 129, 57]);
    }
}
