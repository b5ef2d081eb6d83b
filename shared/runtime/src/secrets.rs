//! The secrets of a deployment, fetched once per process from Secrets Manager.

use anyhow::{Context, anyhow, bail};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{
    Client,
    error::{DisplayErrorContext, SdkError},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::config::SecretsArn;

/// What no environment variable, log or error ever holds.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// `bot_token`: the bot's token.
    pub bot_token: SecretString,
    /// `webhook_secret`: by this header value Telegram's requests are known.
    pub webhook_secret: SecretString,
    /// `database_password`: the password of the role in PostgreSQL.
    pub database_password: SecretString,
    /// `wb_client_secret`: the secret of a service of WB's catalogue, where the deployment is one.
    pub wb_client_secret: Option<SecretString>,
}

/// Fetches the secrets.
///
/// # Errors
/// When Secrets Manager does not answer or refuses, or the secret has another form.
pub async fn fetch_secrets(aws: &SdkConfig, arn: &SecretsArn) -> anyhow::Result<Secrets> {
    let request = Client::new(aws).get_secret_value().secret_id(&arn.0);
    let answer = request.send().await.map_err(|error| match &error {
        // The raw answer of any other failure could hold the secret itself.
        SdkError::ServiceError(refusal) if refusal.err().meta().code().is_some() => {
            anyhow!("Secrets Manager refuses: {}", refusal.err().meta())
        }
        SdkError::TimeoutError(_) => anyhow!("Secrets Manager does not answer in time"),
        SdkError::DispatchFailure(_) => anyhow!("Secrets Manager cannot be reached: {}", DisplayErrorContext(&error)),
        _ => anyhow!("Secrets Manager gives an answer that cannot be read"),
    });
    let text = answer.context("cannot fetch the secrets")?.secret_string.map(SecretString::from);
    parse(&text.context("the secret is binary; give a JSON object")?)
}

/// Reads `{"bot_token":…,"webhook_secret":…,"database_password":…,"wb_client_secret":…}`, of which the last
/// may be left out. Errors never show what was read.
fn parse(text: &SecretString) -> anyhow::Result<Secrets> {
    let Ok(mut fields) = serde_json::from_str::<Map<String, Value>>(text.expose_secret()) else {
        bail!("the secret is no JSON object");
    };
    let mut take = |name| match fields.remove(name) {
        Some(Value::String(value)) if !value.is_empty() => Ok(SecretString::from(value)),
        _ => Err(anyhow!("the secret has no text in its field {name}")),
    };
    Ok(Secrets {
        bot_token: take("bot_token")?,
        webhook_secret: take("webhook_secret")?,
        database_password: take("database_password")?,
        wb_client_secret: match fields.remove("wb_client_secret") {
            None | Some(Value::Null) => None,
            Some(Value::String(value)) if value.is_empty() => None,
            Some(Value::String(value)) => Some(SecretString::from(value)),
            Some(_) => bail!("the secret has something else than a text in its field wb_client_secret"),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::{future, time::Duration};

    use aws_config::timeout::TimeoutConfig;
    use axum::http::{HeaderMap, StatusCode};
    use serde_json::json;
    use testkit::aws::{self, target};

    use super::*;

    const SECRETS: &str = r#"{"bot_token":"1:s3cret","webhook_secret":"s3cret","database_password":"s3cret"}"#;

    /// Secrets Manager at the wire: a small server that speaks its JSON protocol on 127.0.0.1.
    async fn fetch(answer: Option<(u16, String)>, timeout: Duration) -> Result<Secrets, String> {
        let answer = async move |headers: HeaderMap, body: String| {
            assert_eq!(target(&headers), "secretsmanager.GetSecretValue");
            assert_eq!(body, r#"{"SecretId":"arn:secrets"}"#);
            let Some((status, answer)) = answer else { return future::pending().await };
            (StatusCode::from_u16(status).unwrap(), answer)
        };
        let timeouts = TimeoutConfig::builder().operation_timeout(timeout).build();
        let aws = aws::start(answer, ()).await.into_builder().timeout_config(timeouts).build();
        fetch_secrets(&aws, &SecretsArn("arn:secrets".into())).await.map_err(|error| format!("{error:?}"))
    }

    async fn fetch_answer(status: u16, answer: impl Into<String>) -> Result<Secrets, String> {
        fetch(Some((status, answer.into())), Duration::from_secs(5)).await
    }

    #[tokio::test]
    async fn the_secrets_are_fetched_and_not_shown() {
        let answer = json!({ "ARN": "arn:secrets", "SecretString": SECRETS }).to_string();
        let secrets = fetch_answer(200, answer).await.unwrap();
        assert_eq!(secrets.bot_token.expose_secret(), "1:s3cret");
        assert_eq!(secrets.webhook_secret.expose_secret(), "s3cret");
        assert_eq!(secrets.database_password.expose_secret(), "s3cret");
        assert!(!format!("{secrets:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn a_secret_of_another_form_is_refused_without_showing_it() {
        for (text, problem) in [
            ("s3cret".to_owned(), "the secret is no JSON object"),
            (SECRETS.replace("bot_token", "s3cret"), "the secret has no text in its field bot_token"),
            (
                SECRETS.replace(r#""s3cret","database"#, r#""","database"#),
                "the secret has no text in its field webhook_secret",
            ),
            (SECRETS.replace(r#""s3cret"}"#, "17}"), "the secret has no text in its field database_password"),
        ] {
            let error = fetch_answer(200, json!({ "SecretString": text }).to_string()).await.unwrap_err();
            assert!(error.starts_with(problem), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_refusal_says_why() {
        let refusal = json!({ "__type": "AccessDeniedException", "message": "not allowed" }).to_string();
        let error = fetch_answer(400, refusal).await.unwrap_err();
        assert!(error.contains("AccessDeniedException") && error.contains("not allowed"), "{error}");
    }

    #[tokio::test]
    async fn a_cut_off_answer_shows_nothing_of_the_secret() {
        let answer = json!({ "SecretString": SECRETS }).to_string();
        let error = fetch_answer(200, &answer[..answer.len() - 1]).await.unwrap_err();
        assert!(error.contains("cannot be read") && !error.contains("s3cret"), "{error}");
    }

    #[tokio::test]
    async fn silence_ends() {
        let error = fetch(None, Duration::from_millis(20)).await.unwrap_err();
        assert!(error.contains("does not answer in time"), "{error}");
    }
}
