//! On deploy, before anything is made that costs: the settings are read, and what can be asked early is asked.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::StackStatus;
use aws_sdk_lambda::error::DisplayErrorContext;
use domain::deployment;

use crate::{
    config::TelegramApi,
    deploy::{Choice, Done},
    secrets,
};

/// What the functions keep for themselves with ReserveConcurrency=yes, beside what SyncConcurrency says: bot and webhook.
const RESERVED_BESIDE_SYNC: u32 = BOT_CONCURRENCY + WEBHOOK_CONCURRENCY;
/// So much of an account's concurrency cannot be reserved, as Lambda has it.
const UNRESERVED_CONCURRENCY: u32 = 100;
/// How many updates Telegram delivers at the same time: `MaxConnections` in the template.
const BOT_CONCURRENCY: u32 = 10;
/// The most of the mapping of the webhook in the template.
const WEBHOOK_CONCURRENCY: u32 = 4;

/// Looks at a team's choice: the settings, the region, the bot's token, the account's concurrency, the database's
/// connections, and that nothing would replace the database by an empty one.
///
/// CloudFormation also asks when it takes back an update that has failed. What stood before must pass then, whatever
/// Telegram says in that moment.
///
/// # Errors
/// What is wrong with it, and what to do.
pub async fn run(aws: &SdkConfig, bot_secret: &str, choice: &Choice) -> anyhow::Result<Done> {
    let mut values = deployment::parse(&choice.settings)?;
    let names_no_key = values["VaultKeyArn"].is_empty();
    if names_no_key || values["VaultKeyArn"] == deployment::NEW_KEY {
        values.insert("VaultKeyArn", choice.vault_key_arn.clone());
    }
    let (database, key) = (database(choice), values["VaultKeyArn"].clone());
    let id = format!("{database}, key {key}");
    if choice.stands_as.is_some() && is_taken_back(aws, &choice.stack_id).await {
        tracing::warn!("checks skipped: the stack is rolling back");
        return Ok(done(values, id));
    }
    let is_own_stack = choice.database_host.is_empty();
    keep_the_data(choice, &database, &key)?;
    ensure!(
        choice.stands_as.is_some() || choice.database_snapshot.is_empty() || !names_no_key,
        "with a DatabaseSnapshot give the key that opens its tokens, Settings=VaultKeyArn=…, or VaultKeyArn=new if that is \
         lost, and all sellers must send new tokens"
    );

    let sync: u32 = values["SyncConcurrency"].parse().context("SyncConcurrency is no number")?;
    if is_own_stack {
        for setting in
            deployment::SETTINGS.iter().filter(|setting| deployment::OF_YOUR_OWN_DATABASE.contains(&setting.name))
        {
            ensure!(
                values[setting.name] == setting.default,
                "{} is for your own PostgreSQL, which DatabaseHost names: the database of this stack has a fixed one",
                setting.name
            );
        }
        let region = aws.region().context("the region is not known")?.as_ref();
        ensure!(
            store::knows_databases_of(region),
            "this version does not know the certificates of the databases in {region}: deploy to another region, or give \
             DatabaseHost"
        );
        enough_connections(sync, &values["DatabaseClass"])?;
    }

    let secret = secrets::fetch_bot_secret(aws, bot_secret).await?;
    ensure!(
        is_own_stack || secret.database_password.is_some(),
        "the secret {bot_secret} has no database_password, which your own PostgreSQL needs"
    );
    let url = values["TelegramApiUrl"].parse().context("TelegramApiUrl is no address")?;
    let telegram = TelegramApi { url }.client(secret.bot_token)?;
    telegram.fetch_me().await.map_err(|error| match error {
        telegram::Error::Unauthorized => {
            anyhow::anyhow!("Telegram does not know the bot_token of the secret {bot_secret}: ask @BotFather for it")
        }
        other => anyhow::Error::new(other).context("cannot ask Telegram whether it knows the bot"),
    })?;

    if choice.reserves_concurrency {
        let needed = sync + RESERVED_BESIDE_SYNC + UNRESERVED_CONCURRENCY;
        let has = fetch_concurrency(aws, choice.stands_as.is_none()).await?;
        ensure!(
            has >= needed,
            "this account may run {has} invocations at the same time in this region that nobody has reserved, and \
             ReserveConcurrency=yes needs {needed}: ask AWS for more (Service Quotas, Lambda, Concurrent executions), or say no"
        );
    }
    Ok(done(values, id))
}

fn done(mut values: BTreeMap<&'static str, String>, id: String) -> Done {
    let connections = deployment::connections_alarm(&values["DatabaseClass"]);
    values.insert(deployment::CONNECTIONS_ALARM, connections.to_string());
    let attributes = values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Done { attributes, id: Some(id) }
}

/// What stands for a database that is none of the stack's.
const OWN_DATABASE: &str = "database of your own";

/// Where the data is. Together with the key that opens it, it is the id of the choice.
fn database(choice: &Choice) -> String {
    match choice.database_host.as_str() {
        "" if choice.database_snapshot.is_empty() => "database of the stack".to_owned(),
        "" => format!("database of the stack from {}", choice.database_snapshot),
        _ => OWN_DATABASE.to_owned(),
    }
}

/// Refuses what would replace the database or the key. What stands is said by the id that stands.
fn keep_the_data(choice: &Choice, database: &str, key: &str) -> anyhow::Result<()> {
    let Some(stands) = &choice.stands_as else { return Ok(()) };
    let (stood_database, stood_key) = stands.rsplit_once(", key ").unwrap_or((stands, ""));
    ensure!(stood_key == key, "another VaultKeyArn would make every sealed token useless: leave it at {stood_key}");
    if database == stood_database {
        return Ok(());
    }
    if database == OWN_DATABASE {
        // With a DatabaseHost the database is no longer in the template, so that its protection cannot be lifted then.
        let before = choice.settings_before.as_deref().and_then(|settings| deployment::parse(settings).ok());
        ensure!(
            before.is_some_and(|before| before["DatabaseProtected"] == "false"),
            "with a DatabaseHost the database of this stack would be deleted: move the data to your own, deploy with \
             DatabaseProtected=false, and then with DatabaseHost"
        );
    } else if stood_database == OWN_DATABASE {
        bail!("without DatabaseHost this deployment would begin with an empty database: make another stack for that");
    } else {
        bail!(
            "another DatabaseSnapshot would replace the database: leave it as it was at the creation of the stack \
             ({stood_database})"
        );
    }
    Ok(())
}

/// Whether CloudFormation takes an update back. Where it does not say so, the choice is looked at as any other.
async fn is_taken_back(aws: &SdkConfig, stack_id: &str) -> bool {
    let answer = aws_sdk_cloudformation::Client::new(aws).describe_stacks().stack_name(stack_id).send().await;
    let stacks = match answer {
        Ok(answer) => answer.stacks.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(error = %DisplayErrorContext(&error), "state of the stack unknown");
            return false;
        }
    };
    stacks.iter().any(|stack| stack.stack_status == Some(StackStatus::UpdateRollbackInProgress))
}

/// During a deploy the processes of the version before still hold their connections.
fn enough_connections(sync_concurrency: u32, database_class: &str) -> anyhow::Result<()> {
    use app::function::{BOT, FANOUT, MIGRATE, SYNC, WEBHOOK};
    let running = sync_concurrency * SYNC.connections
        + WEBHOOK_CONCURRENCY * WEBHOOK.connections
        + BOT_CONCURRENCY * BOT.connections
        + FANOUT.connections;
    let needed = 2 * running + MIGRATE.connections;
    let Some(has) = deployment::max_connections(database_class) else { return Ok(()) };
    ensure!(
        has >= needed,
        "{database_class} takes {has} connections, and SyncConcurrency={sync_concurrency} needs {needed} while a deploy \
         is under way: choose a larger DatabaseClass or a lower SyncConcurrency"
    );
    Ok(())
}

/// How much of the account's concurrency nobody has reserved; once the stack stands, its own reserve counts as well, and what
/// others have reserved is not known.
async fn fetch_concurrency(aws: &SdkConfig, is_creation: bool) -> anyhow::Result<u32> {
    let answer = aws_sdk_lambda::Client::new(aws).get_account_settings().send().await;
    let answer = answer.map_err(|error| anyhow::anyhow!("{}", DisplayErrorContext(&error)));
    let limit = answer.context("cannot ask Lambda for the account's concurrency")?.account_limit;
    let limit = limit.context("Lambda tells no limit of this account")?;
    let unreserved = limit.unreserved_concurrent_executions.unwrap_or(limit.concurrent_executions);
    u32::try_from(if is_creation { unreserved } else { limit.concurrent_executions })
        .context("Lambda tells a negative limit")
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        http::{HeaderMap, StatusCode},
        response::IntoResponse,
        routing::{get, post},
    };
    use serde_json::{Value, json};
    use testkit::aws;

    use super::*;

    struct World {
        aws: SdkConfig,
        address: String,
    }

    /// Telegram, which knows one bot, and AWS: Secrets Manager, Lambda, which tells the limits of the account, and
    /// CloudFormation, which tells what becomes of the stack.
    async fn world(limits: Value, secret: Value, status: &'static str) -> World {
        let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let stacks = format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackStatus>{status}</StackStatus></member></Stacks>\
             </DescribeStacksResult></DescribeStacksResponse>"
        );
        let answer = async move |headers: HeaderMap| match headers.contains_key("x-amz-target") {
            true => json!({ "SecretString": secret.to_string() }).to_string(),
            false => stacks,
        };
        let aws = aws::start(answer, ()).await;
        let limits = json!({ "AccountLimit": limits }).to_string();
        let me = json!({ "ok": true, "result": { "id": 1, "is_bot": true, "first_name": "WB", "username": "wb_bot" } });
        let unknown = json!({ "ok": false, "error_code": 401, "description": "Unauthorized" });
        let router = Router::new()
            .route("/bot1:good/getMe", post(async move || axum::Json(me)))
            .route("/2016-08-19/account-settings", get(async move || limits))
            .fallback(async move || (StatusCode::UNAUTHORIZED, axum::Json(unknown)).into_response());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        World { aws, address }
    }

    fn choice(settings: &str) -> Choice {
        Choice { settings: settings.to_owned(), vault_key_arn: "arn:aws:kms:x:1:key/k".to_owned(), ..Choice::default() }
    }

    async fn look(secret: Value, choice: impl Fn(&str) -> Choice) -> Result<Done, String> {
        let world = world(json!({}), secret, "CREATE_IN_PROGRESS").await;
        let done = run(&world.aws, "wb/bot", &choice(&format!("TelegramApiUrl={}", world.address))).await;
        done.map_err(|error| format!("{error:#}"))
    }

    #[tokio::test]
    async fn a_good_choice_gives_every_setting_and_says_what_stands() {
        let done = look(json!({ "bot_token": "1:good" }), choice).await.unwrap();
        assert_eq!(done.attributes["DatabaseClass"], "db.t4g.micro");
        assert_eq!(done.attributes["VaultKeyArn"], "arn:aws:kms:x:1:key/k");
        assert_eq!(done.id.as_deref(), Some("database of the stack, key arn:aws:kms:x:1:key/k"));
        assert_eq!(done.attributes.len(), deployment::SETTINGS.len() + 1);
        assert_eq!(done.attributes[deployment::CONNECTIONS_ALARM], "57");
    }

    #[tokio::test]
    async fn a_wrong_token_is_found_before_the_database_is_made() {
        let error = look(json!({ "bot_token": "1:s3cret" }), choice).await.unwrap_err();
        assert_eq!(error, "Telegram does not know the bot_token of the secret wb/bot: ask @BotFather for it");
    }

    #[tokio::test]
    async fn your_own_database_needs_its_password() {
        let own = |settings: &str| Choice { database_host: "db.example.org".to_owned(), ..choice(settings) };
        let error = look(json!({ "bot_token": "1:good" }), own).await.unwrap_err();
        assert!(error.contains("has no database_password"), "{error}");
        let done = look(json!({ "bot_token": "1:good", "database_password": "p" }), own).await.unwrap();
        assert_eq!(done.id.as_deref(), Some("database of your own, key arn:aws:kms:x:1:key/k"));
    }

    #[tokio::test]
    async fn what_others_have_reserved_is_not_counted_at_the_creation() {
        let limits = json!({ "ConcurrentExecutions": 200, "UnreservedConcurrentExecutions": 120 });
        let world = world(limits, json!({ "bot_token": "1:good" }), "CREATE_IN_PROGRESS").await;
        // Lambda, whose requests have paths, is at Telegram's address.
        let aws = world.aws.into_builder().endpoint_url(world.address).build();
        assert_eq!(fetch_concurrency(&aws, true).await.unwrap(), 120);
        assert_eq!(fetch_concurrency(&aws, false).await.unwrap(), 200);
        assert_eq!(8 + RESERVED_BESIDE_SYNC + UNRESERVED_CONCURRENCY, 122);
    }

    #[tokio::test]
    async fn an_update_that_is_taken_back_passes_whatever_telegram_says() {
        for (status, passes) in [("UPDATE_IN_PROGRESS", false), ("UPDATE_ROLLBACK_IN_PROGRESS", true)] {
            let world = world(json!({}), json!({ "bot_token": "1:s3cret" }), status).await;
            let settings = format!("TelegramApiUrl={}", world.address);
            let stands = "database of your own, key arn:aws:kms:x:1:key/k".to_owned();
            let before = Choice { stands_as: Some(stands), stack_id: "stack".to_owned(), ..choice(&settings) };
            let done = run(&world.aws, "wb/bot", &before).await;
            assert_eq!(done.is_ok(), passes, "{done:?}");
            let stood = "database of the stack, key arn:aws:kms:x:1:key/k";
            assert!(done.map_or(true, |done| done.id.as_deref() == Some(stood)));
        }
    }

    #[tokio::test]
    async fn a_snapshot_needs_its_key_and_the_stacks_own_database_has_a_fixed_name() {
        let from = |key: &'static str| {
            move |settings: &str| Choice { database_snapshot: "s".to_owned(), ..choice(&format!("{settings};{key}")) }
        };
        let secret = json!({ "bot_token": "1:good" });
        assert!(look(secret.clone(), from("")).await.unwrap_err().contains("give the key that opens its tokens"));
        let known = look(secret.clone(), from("VaultKeyArn=arn:aws:kms:x:1:key/old")).await.unwrap();
        assert_eq!(known.attributes["VaultKeyArn"], "arn:aws:kms:x:1:key/old");
        let new = look(secret.clone(), from("VaultKeyArn=new")).await.unwrap();
        assert_eq!(new.attributes["VaultKeyArn"], "arn:aws:kms:x:1:key/k");
        let named = |settings: &str| choice(&format!("{settings};DatabaseName=other"));
        assert!(look(secret, named).await.unwrap_err().starts_with("DatabaseName is for your own PostgreSQL"));
    }

    #[tokio::test]
    async fn a_region_without_known_certificates_is_refused() {
        let world = world(json!({}), json!({ "bot_token": "1:good" }), "CREATE_IN_PROGRESS").await;
        let aws = world.aws.into_builder().region(aws_config::Region::from_static("xx-north-9")).build();
        let error = run(&aws, "wb/bot", &choice(&format!("TelegramApiUrl={}", world.address))).await.unwrap_err();
        assert!(error.to_string().contains("databases in xx-north-9"), "{error:#}");
    }

    #[test]
    fn the_template_lets_as_many_run_as_are_counted_here() {
        let text = include_str!("../../../template.yaml");
        let template: serde_norway::Value = serde_norway::from_str(text).unwrap();
        let of = |id: &str| template["Resources"][id]["Properties"].clone();
        // A tagged value: `!If [Reserves, 10, !Ref AWS::NoValue]`.
        let reserved = |id: &str| match &of(id)["ReservedConcurrentExecutions"] {
            serde_norway::Value::Tagged(tagged) => tagged.value[1].as_u64(),
            _ => None,
        };
        let (bot, webhook) = (Some(u64::from(BOT_CONCURRENCY)), Some(u64::from(WEBHOOK_CONCURRENCY)));
        assert_eq!((of("TelegramBot")["MaxConnections"].as_u64(), reserved("Bot")), (bot, bot));
        let mapping = &of("Webhook")["Events"]["WakeUps"]["Properties"]["ScalingConfig"]["MaximumConcurrency"];
        assert_eq!((mapping.as_u64(), reserved("Webhook")), (webhook, webhook));
    }

    #[test]
    fn connections_are_counted_twice_for_a_deploy() {
        assert!(enough_connections(8, "db.t4g.micro").is_ok());
        let error = enough_connections(10, "db.t4g.micro").unwrap_err().to_string();
        assert!(error.contains("takes 72 connections, and SyncConcurrency=10 needs 79"), "{error}");
        assert!(
            enough_connections(10, "db.t4g.small").is_ok() && enough_connections(1_000, "db.unknown.giant").is_ok()
        );
    }

    #[test]
    fn nothing_replaces_the_database_or_the_key() {
        let key = "arn:aws:kms:x:1:key/k";
        let keep = |host: &str, snapshot: &str, key: &str, before: &str, stands: &str| {
            let choice = Choice {
                database_host: host.to_owned(),
                database_snapshot: snapshot.to_owned(),
                stands_as: Some(stands.to_owned()),
                settings_before: Some(before.to_owned()),
                ..Choice::default()
            };
            keep_the_data(&choice, &database(&choice), key).map_err(|error| error.to_string())
        };
        let stands = format!("database of the stack, key {key}");
        assert_eq!(keep("", "", key, "", &stands), Ok(()));
        assert!(keep("", "snapshot", key, "", &stands).unwrap_err().contains("would replace the database"));
        assert!(keep("", "", "arn:other", "", &stands).unwrap_err().contains(&format!("leave it at {key}")));
        assert!(keep("db", "", key, "", &stands).unwrap_err().contains("would be deleted"));
        assert_eq!(keep("db", "", key, "DatabaseProtected=false", &stands), Ok(()));
        let own = format!("database of your own, key {key}");
        assert_eq!(keep("other", "", key, "", &own), Ok(()));
        assert!(keep("", "", key, "", &own).unwrap_err().contains("an empty database"));
        let restored = format!("database of the stack from s, key {key}");
        assert_eq!(keep("", "s", key, "", &restored), Ok(()));
        assert!(keep("", "", key, "", &restored).unwrap_err().contains("from s"));
    }
}
