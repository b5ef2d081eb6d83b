//! template.yaml deployed in LocalStack, and the functions run with what it gave them.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::{
    localstack::{self, Parameters},
    parts::Cloud,
    watch,
};
use crate::base::template;

/// What stands for the ARN of a key.
const VAULT_KEY_ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/local";
/// The environment variables that hold the queues' addresses.
const QUEUES: [&str; 2] = ["SYNC_QUEUE_URL", "NOTIFY_QUEUE_URL"];
/// How long the migrations may take, as template.yaml allows them in the cloud.
const MIGRATE_TIMEOUT: Duration = Duration::from_secs(900);

impl Cloud {
    /// Deploys the stack and runs the functions with what it gave them.
    pub(super) async fn deploy_and_watch(&mut self) -> Result<()> {
        let sdk = localstack::sdk(&self.state.aws_endpoint_url).await;
        let parameters = self.parameters();
        let deployed = localstack::deploy(&self.config, &sdk, &parameters);
        let deployed = self.progress.during("deploying template.yaml", deployed).await?;
        self.state.functions = deployed.environments.iter().map(|(function, _)| function.clone()).collect();
        let environment = template::unite(deployed.environments)?;
        for name in QUEUES {
            let url = environment.get(name).with_context(|| format!("template.yaml gives no function {name}"))?;
            self.state.queues.insert(name.to_owned(), url.clone());
        }
        self.progress.say(format_args!("template.yaml deployed: {}", self.state.functions.join(", ")));

        let local = watch::Local {
            aws_endpoint_url: &self.state.aws_endpoint_url,
            vault_key_file: self.vault_key_file()?,
            database: &self.state.database,
            wb_api_url: &self.state.wb.url,
            telegram_api_url: &self.state.telegram.url,
            bot_url: if self.state.telegram.fake { self.state.bot_webhook_url() } else { String::new() },
        };
        let file = watch::write_environment(&self.config, environment, &local)?;
        if let Some(warning) = watch::kernel_watches_too_few(&self.config, self.state.functions.len()) {
            self.progress.say(warning);
        }
        self.watch = Some(watch::start(&self.config, self.venv()?, self.config.ports.watch, &file).await?);
        self.progress.say(format_args!("cargo lambda watch at {}", self.state.watch_url));
        self.write_state()?;
        for (id, of_type, properties) in &deployed.custom {
            let properties = match of_type.as_str() {
                template::SETTINGS => json!({
                    "Text": parameters.settings,
                    "DatabaseHost": self.state.database.host,
                    "DatabaseSnapshot": "",
                    "ReserveConcurrency": "no",
                    "VaultKeyArn": VAULT_KEY_ARN,
                }),
                "Custom::Schema" => json!({ "Migrations": properties["Migrations"].as_str() }),
                "Custom::FirstInvite" => continue,
                // A real bot's updates are fetched from here, which a webhook would end.
                "Custom::TelegramBot" if !self.state.telegram.fake => continue,
                "Custom::TelegramBot" => {
                    // CloudFormation makes a text of every number.
                    let connections = properties["MaxConnections"].as_u64().map(|number| number.to_string());
                    json!({ "WebhookUrl": self.state.bot_webhook_url(), "MaxConnections": connections })
                }
                other => bail!("{id} is of the type {other}, of which this local cloud knows nothing"),
            };
            self.run_custom_resource(&sdk, id, of_type, &properties).await?;
        }
        Ok(())
    }

    /// Sends preflight or migrate the request that CloudFormation would send, and reads what it answers there.
    async fn run_custom_resource(
        &self,
        sdk: &aws_config::SdkConfig,
        id: &str,
        of_type: &str,
        properties: &serde_json::Value,
    ) -> Result<()> {
        let key = format!("answers/{id}");
        let event = json!({
            "RequestType": "Create",
            "ResponseURL": localstack::answer_address(sdk, &key).await?,
            "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/wb-assist/local",
            "RequestId": Uuid::new_v4(),
            "LogicalResourceId": id,
            "ResourceType": of_type,
            "ResourceProperties": properties,
        });
        let function = if of_type == template::SETTINGS { "preflight" } else { "migrate" };
        let invoked = watch::invoke(&self.state, function, &event, MIGRATE_TIMEOUT);
        let (status, said) = self.progress.during(of_type, invoked).await?;
        let hint = format!("`cargo local reset` forgets the data; `cargo local logs {function}` says more");
        if status != 200 {
            bail!("{function} failed: {said}. {hint}");
        }
        let answer = localstack::answer(sdk, &key).await?;
        if answer["Status"] != "SUCCESS" {
            bail!("{id}: {}. {hint}", answer["Reason"].as_str().unwrap_or_default());
        }
        self.progress.say(match of_type {
            template::SETTINGS => "the settings are usable, and Telegram knows the bot's token",
            "Custom::Schema" => "the database is up to date",
            _ => "the fake Telegram knows the bot: webhook, commands, descriptions",
        });
        Ok(())
    }

    fn parameters(&self) -> Parameters {
        let config = &self.config;
        let database = &self.state.database;
        let optional = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let settings = [
            // Whoever waits for a tick here pays for no invocation.
            ("SyncWindow", "0".to_owned()),
            ("DeploymentFor", config.deployment_for.clone()),
            ("InitialSyncDays", config.initial_sync_days.to_string()),
            ("WbApiUrl", self.state.wb.url.clone()),
            ("TelegramApiUrl", self.state.telegram.url.clone()),
            ("WbApiRateLimit", optional(config.wb_rate_limit_per_min)),
            ("WbApiInterval", optional(config.wb_interval_s)),
            ("GroupAbove", config.group_above.to_string()),
            ("DatabasePort", database.port.to_string()),
            ("DatabaseName", database.name.clone()),
            ("DatabaseUser", self.role_of_functions().to_owned()),
            ("DatabaseOwner", database.user.clone()),
            ("DatabaseTls", "disable".to_owned()),
            // The key is a file here (VAULT_KEY_FILE); policies want an ARN.
            ("VaultKeyArn", VAULT_KEY_ARN.to_owned()),
        ];
        let settings = settings.iter().chain(&config.first_contact).map(|(name, value)| format!("{name}={value}"));
        let bot_secret = json!({ "bot_token": self.bot_token.expose_secret(), "database_password": database.password });
        Parameters {
            values: BTreeMap::from([
                ("Network", "lean".to_owned()),
                ("SyncInterval", config.sync_interval_s.to_string()),
                ("DatabaseHost", database.host.clone()),
            ]),
            settings: settings.collect::<Vec<_>>().join(";"),
            bot_secret: SecretString::from(bot_secret.to_string()),
            webhook_secret: SecretString::from(self.state.webhook_secret.clone()),
        }
    }

    /// The key under which local data keys are wrapped: made once, it lives as long as the data.
    fn vault_key_file(&self) -> Result<PathBuf> {
        let file = self.config.dir.join("vault.key");
        if !file.exists() {
            vault::KeyFile::create(&file).map_err(anyhow::Error::msg).context("cannot make the key of the vault")?;
        }
        Ok(file)
    }

    /// Waits until every function has answered once.
    pub(super) async fn warm(&mut self) -> Result<()> {
        for function in &self.state.functions {
            self.progress.during(function, watch::warm(&self.config, &self.state, function)).await?;
        }
        self.expected = watch::living(&self.config, &self.state.functions).unwrap_or_default();
        self.missing.clear();
        self.progress.say("every function answers");
        Ok(())
    }
}
