//! On deploy, before anything is made that costs: the settings are read, and what can be asked early is asked.

use anyhow::{Context, bail, ensure};
use aws_config::SdkConfig;
use aws_sdk_lambda::error::DisplayErrorContext;
use domain::deployment;

use crate::{
    aws::boxed,
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
/// # Errors
/// What is wrong with it, and what to do.
pub async fn run(aws: &SdkConfig, bot_secret: &str, choice: &Choice) -> anyhow::Result<Done> {
    let mut values = deployment::parse(&choice.settings)?;
    let is_own_stack = choice.database_host.is_empty();
    if values["VaultKeyArn"].is_empty() {
        values.insert("VaultKeyArn", choice.vault_key_arn.clone());
    }
    let id = keep_the_data(choice, &values["VaultKeyArn"], &values["DatabaseProtected"])?;

    let sync: u32 = values["SyncConcurrency"].parse().context("SyncConcurrency is no number")?;
    if is_own_stack {
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
        let has = fetch_concurrency(aws).await?;
        ensure!(
            has >= needed,
            "this account may run {has} invocations at the same time in this region, and ReserveConcurrency=yes needs \
             {needed}: ask AWS for more (Service Quotas, Lambda, Concurrent executions), or say no"
        );
    }
    let attributes = values.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    Ok(Done { attributes, id: Some(id) })
}

/// The id of the choice, which says where the data is and what opens it.
///
/// It is compared with the id under which the stack stands, and not with the properties before: CloudFormation also sends
/// an update to take back one that has failed, and what stood before is always right.
fn keep_the_data(choice: &Choice, vault_key_arn: &str, is_protected: &str) -> anyhow::Result<String> {
    let database = match choice.database_host.as_str() {
        "" if choice.database_snapshot.is_empty() => "database of the stack".to_owned(),
        "" => format!("database of the stack from {}", choice.database_snapshot),
        _ => OWN_DATABASE.to_owned(),
    };
    let id = format!("{database}, key {vault_key_arn}");
    let Some(stands) = choice.stands_as.as_deref().filter(|stands| **stands != id) else { return Ok(id) };
    let (stood_database, stood_key) = stands.rsplit_once(", key ").unwrap_or((stands, ""));
    ensure!(
        stood_key == vault_key_arn,
        "another VaultKeyArn would make every sealed token useless: leave it at {stood_key}"
    );
    if database == OWN_DATABASE {
        ensure!(
            is_protected == "false",
            "with a DatabaseHost the database of this stack would be deleted: move the data to your own first, and give \
             DatabaseProtected=false together with DatabaseHost"
        );
    } else if stood_database == OWN_DATABASE {
        bail!("without DatabaseHost this deployment would begin with an empty database: make another stack for that");
    } else {
        bail!(
            "another DatabaseSnapshot would replace the database: leave it as it was at the creation of the stack \
             ({stood_database})"
        );
    }
    Ok(id)
}

/// What stands for a database that is none of the stack's.
const OWN_DATABASE: &str = "database of your own";

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

async fn fetch_concurrency(aws: &SdkConfig) -> anyhow::Result<u32> {
    let answer = boxed(aws_sdk_lambda::Client::new(aws).get_account_settings().send()).await;
    let answer = answer.map_err(|error| anyhow::anyhow!("{}", DisplayErrorContext(&error)));
    let limit = answer.context("cannot ask Lambda for the account's concurrency")?.account_limit;
    let executions = limit.context("Lambda tells no limit of this account")?.concurrent_executions;
    u32::try_from(executions).context("Lambda tells a negative limit")
}

#[cfg(test)]
mod tests {
    use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
    use serde_json::{Value, json};
    use testkit::aws;

    use super::*;

    /// Telegram, which knows one bot, and AWS in one server: Lambda answers how much the account may run.
    async fn world(concurrency: u32, secret: Value) -> (SdkConfig, String) {
        let _first = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let answer = async move || json!({ "SecretString": secret.to_string() }).to_string();
        let aws = aws::start(answer, ()).await;
        let limits = json!({ "AccountLimit": { "ConcurrentExecutions": concurrency } }).to_string();
        let me = json!({ "ok": true, "result": { "id": 1, "is_bot": true, "first_name": "WB", "username": "wb_bot" } });
        let unknown = json!({ "ok": false, "error_code": 401, "description": "Unauthorized" });
        let router = Router::new()
            .route("/bot1:good/getMe", axum::routing::post(async move || axum::Json(me)))
            .route("/2016-08-19/account-settings", get(async move || limits))
            .fallback(async move || (StatusCode::UNAUTHORIZED, axum::Json(unknown)).into_response());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (aws, address)
    }

    fn choice(settings: &str) -> Choice {
        Choice { settings: settings.to_owned(), vault_key_arn: "arn:aws:kms:x:1:key/k".to_owned(), ..Choice::default() }
    }

    async fn look(secret: Value, choice: impl Fn(&str) -> Choice) -> Result<Done, String> {
        let (aws, address) = world(10, secret).await;
        let done = run(&aws, "wb/bot", &choice(&format!("TelegramApiUrl={address}"))).await;
        done.map_err(|error| format!("{error:#}"))
    }

    #[tokio::test]
    async fn a_good_choice_gives_every_setting_and_says_what_stands() {
        let done = look(json!({ "bot_token": "1:good" }), choice).await.unwrap();
        assert_eq!(done.attributes["DatabaseClass"], "db.t4g.micro");
        assert_eq!(done.attributes["VaultKeyArn"], "arn:aws:kms:x:1:key/k");
        assert_eq!(done.id.as_deref(), Some("database of the stack, key arn:aws:kms:x:1:key/k"));
        assert_eq!(done.attributes.len(), deployment::SETTINGS.len());
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
    async fn what_cannot_be_reserved_is_said_in_numbers() {
        for (has, is_enough) in [(121, false), (122, true)] {
            let (aws, address) = world(has, json!({ "bot_token": "1:good" })).await;
            // Lambda's address is another one than that of the JSON protocol.
            let aws = aws.into_builder().endpoint_url(address.clone()).build();
            let asked = fetch_concurrency(&aws).await.unwrap();
            assert_eq!(asked, has);
            assert_eq!(asked >= 8 + RESERVED_BESIDE_SYNC + UNRESERVED_CONCURRENCY, is_enough);
        }
    }

    #[tokio::test]
    async fn a_region_without_known_certificates_is_refused() {
        let (aws, address) = world(10, json!({ "bot_token": "1:good" })).await;
        let aws = aws.into_builder().region(aws_config::Region::from_static("xx-north-9")).build();
        let error = run(&aws, "wb/bot", &choice(&format!("TelegramApiUrl={address}"))).await.unwrap_err();
        assert!(error.to_string().contains("databases in xx-north-9"), "{error:#}");
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
    fn nothing_replaces_the_database_or_the_key_and_what_stood_is_always_right() {
        let key = "arn:aws:kms:x:1:key/k";
        let keep = |host: &str, snapshot: &str, key: &str, protected: &str, stands: &str| {
            let choice = Choice {
                database_host: host.to_owned(),
                database_snapshot: snapshot.to_owned(),
                stands_as: Some(stands.to_owned()),
                ..Choice::default()
            };
            keep_the_data(&choice, key, protected).map_err(|error| error.to_string())
        };
        let stands = format!("database of the stack, key {key}");
        assert_eq!(keep("", "", key, "true", &stands), Ok(stands.clone()));
        assert!(keep("", "snapshot", key, "true", &stands).unwrap_err().contains("would replace the database"));
        assert!(keep("", "", "arn:other", "true", &stands).unwrap_err().contains(&format!("leave it at {key}")));
        assert!(keep("db", "", key, "true", &stands).unwrap_err().contains("would be deleted"));
        let own = format!("database of your own, key {key}");
        assert_eq!(keep("db", "", key, "false", &stands), Ok(own.clone()));
        assert_eq!(keep("other", "", key, "true", &own), Ok(own.clone()));
        assert!(keep("", "", key, "true", &own).unwrap_err().contains("an empty database"));
        let restored = format!("database of the stack from s, key {key}");
        assert_eq!(keep("", "s", key, "true", &restored), Ok(restored.clone()));
        assert!(keep("", "", key, "true", &restored).unwrap_err().contains("from s"));
    }
}
