//! The secrets of a deployment, in Secrets Manager. [`crate::renewed`] says when a process fetches them.

use anyhow::{Context, anyhow, bail};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client,
    error::{DisplayErrorContext, SdkError},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::try_join;

use crate::config::{OwnerSecretIds, SecretIds, WebhookSecretArn};

/// What no environment variable, log or error ever holds.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The bot's token.
    pub bot_token: SecretString,
    /// The password of the role in PostgreSQL.
    pub database_password: SecretString,
    /// The secret of a service of WB's catalogue, where the deployment is one.
    pub wb_client_secret: Option<SecretString>,
}

impl PartialEq for Secrets {
    fn eq(&self, other: &Self) -> bool {
        let exposed = |secrets: &Self| {
            let client_secret = secrets.wb_client_secret.as_ref().map(|secret| secret.expose_secret().to_owned());
            let [token, password] = [&secrets.bot_token, &secrets.database_password].map(ExposeSecret::expose_secret);
            (token.to_owned(), password.to_owned(), client_secret)
        };
        exposed(self) == exposed(other)
    }
}

/// What Telegram's requests are known by, beside the others.
#[derive(Clone, Debug)]
pub struct BotSecrets {
    /// The others.
    pub secrets: Secrets,
    /// The `secret_token` of `setWebhook`.
    pub webhook: SecretString,
}

impl PartialEq for BotSecrets {
    fn eq(&self, other: &Self) -> bool {
        self.secrets == other.secrets && self.webhook.expose_secret() == other.webhook.expose_secret()
    }
}

/// Names secrets that can be fetched, and fetched again.
pub trait Fetch: Send + Sync {
    /// The secrets.
    type Secrets: Clone + PartialEq + Send + Sync;

    /// Fetches them.
    ///
    /// # Errors
    /// When Secrets Manager does not answer or refuses, or a secret has another form.
    fn fetch(&self, aws: &SdkConfig) -> impl Future<Output = anyhow::Result<Self::Secrets>> + Send;
}

impl Fetch for SecretIds {
    type Secrets = Secrets;

    async fn fetch(&self, aws: &SdkConfig) -> anyhow::Result<Secrets> {
        fetch_secrets(aws, self).await
    }
}

impl Fetch for (SecretIds, WebhookSecretArn) {
    type Secrets = BotSecrets;

    async fn fetch(&self, aws: &SdkConfig) -> anyhow::Result<BotSecrets> {
        let (secrets, webhook) = try_join!(fetch_secrets(aws, &self.0), fetch_webhook_secret(aws, &self.1))?;
        Ok(BotSecrets { secrets, webhook })
    }
}

/// What only the team knows: they make this secret before the first deploy.
#[derive(Clone, Debug)]
pub struct BotSecret {
    /// `bot_token`: what @BotFather gave.
    pub bot_token: SecretString,
    /// `database_password`: of the functions' role in their own PostgreSQL, where they have one.
    pub database_password: Option<SecretString>,
    /// `database_owner_password`: of the role that owns the schema there, where it is another one.
    pub database_owner_password: Option<SecretString>,
    /// `wb_client_secret`: of a service of WB's catalogue, where the deployment is one.
    pub wb_client_secret: Option<SecretString>,
}

/// Fetches what every function needs.
///
/// # Errors
/// When Secrets Manager does not answer or refuses, or a secret has another form.
pub async fn fetch_secrets(aws: &SdkConfig, ids: &SecretIds) -> anyhow::Result<Secrets> {
    let generated = async {
        match &ids.database {
            Some(id) => fetch_password(aws, id).await.map(Some),
            None => Ok(None),
        }
    };
    let (bot, generated) = try_join!(fetch_bot_secret(aws, &ids.bot.0), generated)?;
    let password = generated.or(bot.database_password);
    Ok(Secrets {
        bot_token: bot.bot_token,
        database_password: password
            .with_context(|| format!("the secret {} has no text in its field database_password", ids.bot.0))?,
        wb_client_secret: bot.wb_client_secret,
    })
}

/// Fetches the password of the role that owns the schema.
///
/// # Errors
/// As [`fetch_secrets`].
pub async fn fetch_owner_password(aws: &SdkConfig, ids: &OwnerSecretIds) -> anyhow::Result<SecretString> {
    if let Some(id) = &ids.owner {
        return fetch_password(aws, id).await;
    }
    let bot = fetch_bot_secret(aws, &ids.bot.0).await?;
    let password = bot.database_owner_password.or(bot.database_password);
    password.with_context(|| format!("the secret {} has no text in its field database_password", ids.bot.0))
}

/// Fetches the password of a role that the stack has made.
///
/// # Errors
/// As [`fetch_secrets`].
pub async fn fetch_password(aws: &SdkConfig, id: &str) -> anyhow::Result<SecretString> {
    Fields::fetch(aws, id).await?.required("password")
}

/// Fetches the secret that the team has made.
///
/// # Errors
/// As [`fetch_secrets`].
pub async fn fetch_bot_secret(aws: &SdkConfig, id: &str) -> anyhow::Result<BotSecret> {
    let mut fields = Fields::fetch(aws, id).await?;
    Ok(BotSecret {
        bot_token: fields.required("bot_token")?,
        database_password: fields.optional("database_password")?,
        database_owner_password: fields.optional("database_owner_password")?,
        wb_client_secret: fields.optional("wb_client_secret")?,
    })
}

/// Fetches the secret by which Telegram's requests are known, which the deploy has made.
///
/// # Errors
/// As [`fetch_secrets`].
pub async fn fetch_webhook_secret(aws: &SdkConfig, arn: &WebhookSecretArn) -> anyhow::Result<SecretString> {
    fetch(aws, &arn.0).await
}

async fn fetch(aws: &SdkConfig, id: &str) -> anyhow::Result<SecretString> {
    let answer = Client::new(aws).get_secret_value().secret_id(id).send().await.map_err(|error| match &error {
        SdkError::ServiceError(refusal) if refusal.err().is_resource_not_found_exception() => {
            anyhow!("it does not exist in this region and account: make it as docs/operations.md says")
        }
        // The raw answer of any other failure could hold the secret itself.
        SdkError::ServiceError(refusal) if refusal.err().meta().code().is_some() => {
            anyhow!("Secrets Manager refuses: {}", refusal.err().meta())
        }
        SdkError::TimeoutError(_) => anyhow!("Secrets Manager does not answer in time"),
        SdkError::DispatchFailure(_) => {
            anyhow!("Secrets Manager cannot be reached: {}", DisplayErrorContext(&error))
        }
        _ => anyhow!("Secrets Manager gives an answer that cannot be read"),
    });
    let text = answer.with_context(|| format!("cannot fetch the secret {id}"))?.secret_string;
    text.map(SecretString::from).with_context(|| format!("the secret {id} is binary: give a text"))
}

/// The fields of a secret that is a JSON object. Errors never show what was read.
struct Fields<'a> {
    id: &'a str,
    values: Map<String, Value>,
}

impl<'a> Fields<'a> {
    async fn fetch(aws: &SdkConfig, id: &'a str) -> anyhow::Result<Self> {
        let text = fetch(aws, id).await?;
        match serde_json::from_str(text.expose_secret()) {
            Ok(values) => Ok(Self { id, values }),
            Err(_) => bail!("the secret {id} is no JSON object"),
        }
    }

    fn required(&mut self, name: &str) -> anyhow::Result<SecretString> {
        self.optional(name)?.with_context(|| format!("the secret {} has no text in its field {name}", self.id))
    }

    fn optional(&mut self, name: &str) -> anyhow::Result<Option<SecretString>> {
        match self.values.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(value)) if value.trim().is_empty() => Ok(None),
            // What was typed into a console often ends with a line end.
            Some(Value::String(value)) => Ok(Some(SecretString::from(value.trim()))),
            Some(_) => bail!("the secret {} has something else than a text in its field {name}", self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future, sync::Arc, time::Duration};

    use aws_config::timeout::TimeoutConfig;
    use axum::http::{HeaderMap, StatusCode};
    use serde_json::json;
    use testkit::aws::{self, target};

    use super::*;
    use crate::config::BotSecretName;

    const BOT: &str = r#"{"bot_token":"1:s3cret\n","database_password":"s3cret"}"#;

    /// Secrets Manager at the wire: a small server that speaks its JSON protocol on 127.0.0.1, and knows these secrets.
    async fn manager(secrets: Value, timeout: Duration) -> SdkConfig {
        let secrets = Arc::new(secrets);
        let answer = async move |headers: HeaderMap, body: String| {
            assert_eq!(target(&headers), "secretsmanager.GetSecretValue");
            let request: Value = serde_json::from_str(&body).unwrap();
            let secrets = Arc::clone(&secrets);
            match &secrets[request["SecretId"].as_str().unwrap()] {
                Value::Null => (StatusCode::BAD_REQUEST, json!({ "__type": "ResourceNotFoundException" }).to_string()),
                Value::Bool(_) => future::pending().await,
                Value::Object(refusal) => (StatusCode::BAD_REQUEST, json!(refusal).to_string()),
                Value::String(text) if text.ends_with("cut off") => {
                    (StatusCode::OK, r#"{"SecretString":"s3cret"#.into())
                }
                text => (StatusCode::OK, json!({ "ARN": "arn:secret", "SecretString": text }).to_string()),
            }
        };
        let timeouts = TimeoutConfig::builder().operation_timeout(timeout).build();
        aws::start(answer, ()).await.into_builder().timeout_config(timeouts).build()
    }

    async fn fetch_from(secrets: Value, database: Option<&str>) -> Result<Secrets, String> {
        let aws = manager(secrets, Duration::from_secs(5)).await;
        let ids = SecretIds { bot: BotSecretName("wb/bot".into()), database: database.map(str::to_owned) };
        let fetched = fetch_secrets(&aws, &ids).await;
        let shown = fetched.as_ref().map_or_else(|error| format!("{error:?}"), |secrets| format!("{secrets:?}"));
        assert!(!shown.contains("s3cret"), "{shown}");
        fetched.map_err(|error| format!("{error:#}"))
    }

    #[tokio::test]
    async fn an_own_database_has_its_password_in_the_bots_secret() {
        let secrets = fetch_from(json!({ "wb/bot": BOT }), None).await.unwrap();
        assert_eq!(secrets.bot_token.expose_secret(), "1:s3cret", "without the line end");
        assert_eq!(secrets.database_password.expose_secret(), "s3cret");
        assert!(secrets.wb_client_secret.is_none());
        let without = fetch_from(json!({ "wb/bot": r#"{"bot_token":"1:s3cret"}"# }), None).await.unwrap_err();
        assert_eq!(without, "the secret wb/bot has no text in its field database_password");
    }

    #[tokio::test]
    async fn the_database_of_the_stack_has_a_secret_of_its_own() {
        let bot = r#"{"bot_token":"1:s3cret","wb_client_secret":"s3cret2","database_password":"s3cret"}"#;
        let both = json!({ "wb/bot": bot, "arn:db": r#"{"username":"wb_assist","password":"s3cret3"}"# });
        let secrets = fetch_from(both, Some("arn:db")).await.unwrap();
        assert_eq!(secrets.database_password.expose_secret(), "s3cret3");
        assert_eq!(secrets.wb_client_secret.unwrap().expose_secret(), "s3cret2");
    }

    #[tokio::test]
    async fn the_owner_has_a_password_of_its_own_or_that_of_the_functions() {
        let both = r#"{"bot_token":"1:s3cret","database_password":"rows","database_owner_password":"schema"}"#;
        let one = r#"{"bot_token":"1:s3cret","database_password":"rows"}"#;
        for (bot, owner, expected) in [(both, None, "schema"), (one, None, "rows"), (both, Some("arn:o"), "own")] {
            let aws = manager(json!({ "wb/bot": bot, "arn:o": r#"{"password":"own"}"# }), Duration::from_secs(5)).await;
            let ids = OwnerSecretIds { bot: BotSecretName("wb/bot".into()), owner: owner.map(str::to_owned) };
            assert_eq!(fetch_owner_password(&aws, &ids).await.unwrap().expose_secret(), expected);
        }
    }

    #[tokio::test]
    async fn a_secret_of_another_form_is_refused_without_showing_it() {
        for (text, problem) in [
            ("s3cret", "the secret wb/bot is no JSON object"),
            (r#"["s3cret"]"#, "the secret wb/bot is no JSON object"),
            (r#"{"s3cret":"1:s3cret"}"#, "the secret wb/bot has no text in its field bot_token"),
            (r#"{"bot_token":" "}"#, "the secret wb/bot has no text in its field bot_token"),
            (r#"{"bot_token":17}"#, "the secret wb/bot has something else than a text in its field bot_token"),
        ] {
            assert_eq!(fetch_from(json!({ "wb/bot": text }), None).await.unwrap_err(), problem);
        }
    }

    #[tokio::test]
    async fn a_refusal_says_why_and_what_to_do() {
        let refusal = json!({ "__type": "AccessDeniedException", "message": "not allowed" });
        let error = fetch_from(json!({ "wb/bot": refusal }), None).await.unwrap_err();
        assert!(error.contains("wb/bot") && error.contains("AccessDeniedException"), "{error}");
        let error = fetch_from(json!({}), None).await.unwrap_err();
        assert!(error.contains("the secret wb/bot") && error.contains("does not exist"), "{error}");
    }

    #[tokio::test]
    async fn a_cut_off_answer_shows_nothing_of_the_secret() {
        let error = fetch_from(json!({ "wb/bot": "cut off" }), None).await.unwrap_err();
        assert!(error.contains("cannot be read"), "{error}");
    }

    #[tokio::test]
    async fn the_webhooks_secret_is_a_text() {
        let aws = manager(json!({ "arn:webhook": "s3cret" }), Duration::from_secs(5)).await;
        let secret = fetch_webhook_secret(&aws, &WebhookSecretArn("arn:webhook".into())).await.unwrap();
        assert_eq!(secret.expose_secret(), "s3cret");
    }

    #[tokio::test]
    async fn silence_ends() {
        let aws = manager(json!({ "wb/bot": true }), Duration::from_millis(20)).await;
        let error = fetch_bot_secret(&aws, "wb/bot").await.unwrap_err();
        assert!(format!("{error:#}").contains("does not answer in time"), "{error:#}");
    }
}
