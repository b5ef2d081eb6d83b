//! What goes wrong, and which alarms must go off at it; and an hour in which nothing does.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::wb::{Fault, Method};

use super::{
    alarm::MINUTE_S,
    function::{Function, LAMBDA, callers},
    metrics::Metrics,
    world::{TICK_S, World},
};
use crate::checks::resolve;

/// A healthy hour in ticks.
const HOUR_TICKS: u32 = 20;
/// A healthy hour, s.
pub(super) const HOUR_S: i64 = HOUR_TICKS as i64 * TICK_S;
/// How long a number that is fed lasts, s: longer than three periods and whatever CloudWatch looks at beside them.
pub(super) const FED_S: i64 = 40 * MINUTE_S;
/// Requests that a scenario breaks at most, of one method of Wildberries.
const REQUESTS: u32 = 1_000;
/// More updates than the alarm allows to wait.
const CROWD: i64 = 120;

/// What a mapping counts of the events that did not come to their end.
const EVENTS: &str = "FailedInvokeEventCount";
/// What a function URL counts of the answers that are the function's fault.
const URL: &str = "Url5xxCount";

/// What makes an alarm go off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// A built function fails, and says so itself or by its end.
    Function,
    /// What stands around the functions fails: Lambda or Telegram does not call them.
    Around,
    /// Numbers that AWS alone measures are fed.
    Fed,
}

/// What happens in a scenario.
#[derive(Clone, Copy, Debug)]
pub(super) enum Play {
    HealthyHour,
    DatabaseAway,
    SyncRefused,
    SyncKilled,
    SyncNotPolled,
    WebhookRefused,
    WebhookKilled,
    WebhookLate,
    BotRefused,
    BotKilled,
    BotThrottled,
    SecretChanged,
    BotMoved,
    TokenChanged,
    WbAway,
    WbWithoutMoney,
    Fed(Feed),
}

/// A number of AWS's own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Feed {
    /// A metric of a function by the name of its binary, ten times a minute.
    Function(&'static str, &'static str, f64),
    /// A metric of the database.
    Database(&'static str, f64),
    /// What a function reports as failed, ten times a minute.
    Failures(&'static str),
    /// What the mapping of a function counts as failed, ten times a minute.
    Mapping(&'static str),
    /// Answers of the bot's address, ten times a minute.
    Url,
    /// A thousand invocations of a function in five minutes, of which three fail.
    Few(&'static str),
    /// Syncs that have failed, in part, and not, each ten times a minute.
    Syncs([f64; 3]),
    /// A cabinet that is overdue, beside those of the healthy hour, ten times a minute.
    Overdue,
    /// Messages in a queue by the id of its resource.
    Letters(&'static str),
}

/// A scenario.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scenario {
    /// Its name in findings and logs.
    pub name: &'static str,
    /// What makes its alarms go off.
    pub cause: Cause,
    /// The alarms that must go off, and no others. An alarm of a canary is there only where its function has an alias.
    pub fires: &'static [&'static str],
    /// What happens.
    pub play: Play,
    /// A metric that not every template watches: the alarms go off only where they watch it.
    pub needs: Option<&'static str>,
}

/// What is common to the names of alarms that only a function with an alias has.
pub(super) const CANARY: &str = "CanaryErrors";

const fn scenario(name: &'static str, cause: Cause, play: Play, fires: &'static [&'static str]) -> Scenario {
    Scenario { name, cause, fires, play, needs: None }
}

const fn fed(name: &'static str, feed: Feed, fires: &'static [&'static str]) -> Scenario {
    scenario(name, Cause::Fed, Play::Fed(feed), fires)
}

const fn fed_where(needs: &'static str, name: &'static str, feed: Feed, fires: &'static [&'static str]) -> Scenario {
    Scenario { needs: Some(needs), ..fed(name, feed, fires) }
}

/// All of them. Nothing goes off in the first. The longest begin first, so that none is waited for alone.
pub(super) const SCENARIOS: [Scenario; 41] = [
    scenario("a healthy hour", Cause::Function, Play::HealthyHour, &[]),
    scenario(
        "the tasks of a cabinet bring sync down",
        Cause::Function,
        Play::SyncKilled,
        &["SyncErrors", "SyncCanaryErrors", "SyncDeadLettersFilled", "CabinetsOverdue", "SyncQueueOld"],
    ),
    scenario(
        "the database is away",
        Cause::Function,
        Play::DatabaseAway,
        &["NoTicks", "FanoutErrors", "FanoutCanaryErrors", "FanoutDeadLettersFilled"],
    ),
    scenario(
        "the database refuses sync",
        Cause::Function,
        Play::SyncRefused,
        &["SyncErrors", "SyncCanaryErrors", "CabinetsOverdue", "NoSyncs", "WbOutage"],
    ),
    scenario("nobody polls sync's queue", Cause::Around, Play::SyncNotPolled, &["SyncQueueOld"]),
    scenario(
        "the database refuses webhook",
        Cause::Function,
        Play::WebhookRefused,
        &["WebhookErrors", "WebhookCanaryErrors", "NotifyQueueOld", "NotifyDeadLettersFilled", "NotificationsPending"],
    ),
    scenario(
        "webhook is killed at each wake-up",
        Cause::Function,
        Play::WebhookKilled,
        &["WebhookErrors", "WebhookCanaryErrors", "NotifyQueueOld", "NotificationsPending"],
    ),
    scenario("wake-ups wait for minutes", Cause::Around, Play::WebhookLate, &["DeliverySlow"]),
    scenario(
        "the database refuses bot",
        Cause::Function,
        Play::BotRefused,
        &["BotErrors", "BotCanaryErrors", "BotUnreachable"],
    ),
    scenario(
        "bot is killed at each update",
        Cause::Function,
        Play::BotKilled,
        &["BotErrors", "BotCanaryErrors", "BotUnreachable"],
    ),
    scenario(
        "Lambda has no execution for bot",
        Cause::Around,
        Play::BotThrottled,
        &["Throttled", "UpdatesPending", "BotUnreachable"],
    ),
    scenario("bot knows Telegram by another secret", Cause::Function, Play::SecretChanged, &["BotUnreachable"]),
    scenario("Telegram has another address of the bot", Cause::Around, Play::BotMoved, &["BotUnreachable"]),
    scenario("Telegram refuses the bot's token", Cause::Function, Play::TokenChanged, &["TelegramTokenRefused"]),
    scenario("Wildberries is away", Cause::Function, Play::WbAway, &["WbOutage"]),
    scenario("Wildberries wants money", Cause::Function, Play::WbWithoutMoney, &["OperatorNoticed"]),
    fed("fanout takes long", Feed::Function("fanout", "Duration", 25_000.0), &["FanoutSlow"]),
    fed("sync takes long", Feed::Function("sync", "Duration", 49_000.0), &["SyncSlow"]),
    fed("webhook takes long", Feed::Function("webhook", "Duration", 49_000.0), &["WebhookSlow"]),
    fed("bot takes long", Feed::Function("bot", "Duration", 25_000.0), &["BotSlow"]),
    fed("the database is busy", Feed::Database("CPUUtilization", 90.0), &["DatabaseBusy"]),
    fed("the database is full", Feed::Database("FreeStorageSpace", 1e9), &["DatabaseFull"]),
    fed("the database has no connections left", Feed::Database("DatabaseConnections", 70.0), &["DatabaseCrowded"]),
    fed("there is no execution for fanout", Feed::Function("fanout", "Throttles", 1.0), &["Throttled"]),
    fed("there is no execution for sync", Feed::Function("sync", "Throttles", 1.0), &["Throttled"]),
    fed("there is no execution for webhook", Feed::Function("webhook", "Throttles", 1.0), &["Throttled"]),
    // What is counted more than once, each time by one alone: an alarm may take the larger number.
    fed("sync only crashes", Feed::Function("sync", "Errors", 1.0), &["SyncErrors", "SyncCanaryErrors"]),
    fed("webhook only crashes", Feed::Function("webhook", "Errors", 1.0), &["WebhookErrors", "WebhookCanaryErrors"]),
    fed("bot only crashes", Feed::Function("bot", "Errors", 1.0), &["BotErrors", "BotCanaryErrors"]),
    fed("sync only reports failures", Feed::Failures("sync"), &["SyncErrors", "SyncCanaryErrors"]),
    fed("webhook only reports failures", Feed::Failures("webhook"), &["WebhookErrors", "WebhookCanaryErrors"]),
    fed("bot only reports failures", Feed::Failures("bot"), &["BotErrors", "BotCanaryErrors"]),
    fed_where(EVENTS, "Lambda cannot invoke sync", Feed::Mapping("sync"), &["SyncErrors"]),
    fed_where(EVENTS, "Lambda cannot invoke webhook", Feed::Mapping("webhook"), &["WebhookErrors"]),
    fed_where(URL, "the bot's address answers 502", Feed::Url, &["BotErrors"]),
    fed("three of a thousand syncs fail", Feed::Few("sync"), &["SyncCanaryErrors"]),
    fed("three of a thousand wake-ups fail", Feed::Few("webhook"), &["WebhookCanaryErrors"]),
    fed("three of a thousand updates fail", Feed::Few("bot"), &["BotCanaryErrors"]),
    fed("less than half of the syncs fail", Feed::Syncs([3.0, 2.0, 2.0]), &[]),
    fed("a cabinet is overdue now and then", Feed::Overdue, &[]),
    fed("a target takes no events", Feed::Letters("EventDeadLetters"), &["EventDeadLettersFilled"]),
];

impl Feed {
    /// The numbers, for [`FED_S`] seconds.
    pub(super) fn metrics(self, transformed: &Value) -> Result<Metrics> {
        let mut metrics = Metrics::default();
        let functions = callers(transformed)?.into_iter().map(|caller| Function::called_by(transformed, caller));
        let functions = functions.collect::<Result<BTreeMap<String, Function>>>()?;
        let function = |binary: &str| functions.get(binary).with_context(|| format!("nobody calls {binary}"));
        let ours = format!("WbAssist/{}", resolve::STACK);
        for at_s in (0..FED_S).step_by(6) {
            match self {
                Self::Function(binary, name, value) => function(binary)?.put(&mut metrics, name, at_s, value),
                Self::Failures(binary) => {
                    let dimensions = [("function", binary), ("version", function(binary)?.version())];
                    metrics.put(&ours, "Failures", &dimensions, at_s, 1.0);
                    metrics.put(&ours, "Failures", &dimensions[..1], at_s, 1.0);
                }
                Self::Mapping(binary) => {
                    let id = mapping_of(transformed, binary)?;
                    metrics.put(LAMBDA, EVENTS, &[("EventSourceMappingUUID", &id)], at_s, 1.0);
                }
                Self::Url => function("bot")?.put_of_url(&mut metrics, URL, at_s, 1.0),
                Self::Few(binary) => {
                    let is_one = at_s % 120 == 0;
                    function(binary)?.put(&mut metrics, "Invocations", at_s, 20.0);
                    function(binary)?.put(&mut metrics, "Errors", at_s, f64::from(u8::from(is_one)));
                }
                Self::Syncs(numbers) => {
                    for (outcome, number) in ["failed", "partial", "ok"].into_iter().zip(numbers) {
                        metrics.put(&ours, "SyncsFinished", &[("outcome", outcome)], at_s, number);
                    }
                }
                Self::Overdue => metrics.put(&ours, "OverdueCabinets", &[], at_s, 1.0),
                Self::Database(name, value) => {
                    let database = resolve::text(transformed, &json!({ "Ref": "Database" }))?;
                    metrics.put("AWS/RDS", name, &[("DBInstanceIdentifier", &database)], at_s, value);
                }
                Self::Letters(id) => {
                    let queue = resolve::text(transformed, &json!({ "Fn::GetAtt": [id, "QueueName"] }))?;
                    metrics.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", &[("QueueName", &queue)], at_s, 1.0);
                }
            }
        }
        Ok(metrics)
    }
}

/// The id of the mapping that calls a function.
fn mapping_of(transformed: &Value, binary: &str) -> Result<String> {
    for (id, resource) in transformed["Resources"].as_object().into_iter().flatten() {
        let is_mapping = resource["Type"] == "AWS::Lambda::EventSourceMapping";
        if is_mapping && Function::called_by(transformed, &resource["Properties"]["FunctionName"])?.0 == binary {
            return resolve::text(transformed, &json!({ "Ref": id }));
        }
    }
    anyhow::bail!("no mapping calls {binary}")
}

impl Play {
    /// Lets it happen.
    pub(super) async fn happen(self, world: &mut World) -> Result<()> {
        match self {
            Self::HealthyHour => healthy_hour(world).await,
            Self::DatabaseAway => {
                world.take_database_away();
                world.ticks(10).await
            }
            Self::SyncRefused => {
                world.refuse_statements("sync");
                world.ticks(16).await
            }
            Self::SyncKilled => {
                // Of one cabinet, until its first task was given up; then until the dead letters are known. Meanwhile the syncs
                // of the others succeed in part.
                world.wb.break_times(Method::Feedbacks, Fault::Status(502), REQUESTS);
                world.lambda.kill_at("sync", r#"\"cabinet\":1,"#);
                world.ticks(11).await?;
                world.lambda.mend();
                world.ticks(6).await
            }
            Self::SyncNotPolled => {
                world.stop_polling("sync");
                world.ticks(6).await
            }
            Self::WebhookRefused => {
                world.order()?;
                world.refuse_statements("webhook");
                world.ticks(17).await
            }
            Self::WebhookKilled => {
                world.order()?;
                world.lambda.kill_at("webhook", "");
                world.ticks(8).await
            }
            Self::WebhookLate => webhook_late(world).await,
            Self::BotRefused => {
                world.refuse_statements("bot");
                world.say("/start").await?;
                world.ticks(6).await
            }
            Self::BotKilled => {
                world.lambda.kill_at("bot", "");
                world.say("/start").await?;
                world.ticks(6).await
            }
            Self::BotThrottled => {
                world.lambda.throttle("bot");
                world.crowd(CROWD).await?;
                world.ticks(6).await
            }
            Self::SecretChanged => {
                world.change_webhook_secret();
                world.say("/start").await?;
                world.ticks(6).await
            }
            Self::BotMoved => {
                world.move_bot();
                world.ticks(6).await
            }
            Self::TokenChanged => {
                world.change_bot_token();
                world.order()?;
                world.ticks(2).await
            }
            Self::WbAway => {
                for method in Method::ALL {
                    world.wb.break_times(method, Fault::Status(502), REQUESTS);
                }
                world.ticks(10).await
            }
            Self::WbWithoutMoney => {
                world.wb.break_times(Method::Orders, Fault::PaymentRequired, REQUESTS);
                world.ticks(2).await
            }
            Self::Fed(_) => Ok(()),
        }
    }
}

/// Orders are made and told, the person talks to the bot, and strangers knock.
async fn healthy_hour(world: &mut World) -> Result<()> {
    for tick in 0..HOUR_TICKS {
        if tick % 2 == 0 {
            world.order()?;
        }
        world.tick().await?;
        world.pass(MINUTE_S).await?;
        world.say("/start").await?;
        ensure!(world.knock().await? == 401, "a stranger is let in");
        world.pass(TICK_S - MINUTE_S).await?;
    }
    let metrics = world.lambda.metrics();
    for (name, at_least) in
        [("Ticks", 20.0), ("SyncsFinished", 40.0), ("NotificationsSent", 25.0), ("UrlRequestCount", 40.0)]
    {
        let total = metrics.total(name);
        ensure!(total >= at_least, "a healthy hour has {total} {name}, and should have {at_least} at least");
    }
    Ok(())
}

/// Each wake-up waits for most of the time between two ticks.
async fn webhook_late(world: &mut World) -> Result<()> {
    for _ in 0..9 {
        world.order()?;
        world.stop_polling("webhook");
        world.tick().await?;
        world.pass(TICK_S - 1).await?;
        world.go_on_polling();
        world.pass(1).await?;
    }
    Ok(())
}
