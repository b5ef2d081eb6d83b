//! On deploy: tells Telegram where updates go and what people read of the bot, and asks whether it knows.

use anyhow::{Context, ensure};
use domain::Language;
use secrecy::SecretString;
use url::Url;

/// Sets the webhook, the commands and the descriptions. Running it again changes nothing.
///
/// # Errors
/// When Telegram does not answer, refuses, or says afterwards that the webhook is another one.
pub async fn run(
    telegram: &telegram::Client,
    webhook: &Url,
    secret: &SecretString,
    max_connections: u8,
) -> anyhow::Result<()> {
    // Russian for all whose app has neither language: the product is for sellers on Wildberries.
    for (language, code) in [(Language::Ru, None), (Language::Ru, Some("ru")), (Language::En, Some("en"))] {
        let commands = messages::commands(language);
        let commands: Vec<_> = commands.iter().map(|(command, text)| (*command, text.as_str())).collect();
        telegram.set_commands(&commands, code).await.context("cannot set the commands")?;
        let description = messages::description(language);
        telegram.set_description(&description, code).await.context("cannot set the description")?;
    }
    // Last, so that nobody is answered by a bot that is half announced. The secret cannot be asked for, so it is set anew
    // each time.
    let allowed = telegram::ALLOWED_UPDATES;
    telegram.set_webhook(webhook, secret, &allowed, max_connections).await.context("cannot set the webhook")?;
    let known = telegram.fetch_webhook_info().await.context("cannot ask for the webhook")?;
    let is_ours = Url::parse(&known.url).is_ok_and(|url| url == *webhook)
        && known.max_connections == Some(max_connections.into())
        && known.allowed_updates.is_some_and(|kinds| {
            kinds.len() == allowed.len() && kinds.iter().all(|kind| allowed.contains(&kind.as_str()))
        });
    ensure!(is_ours, "Telegram has another webhook than the one just set: does somebody else use the bot's token?");
    tracing::info!(pending = known.pending_update_count, "webhook registered with Telegram");
    Ok(())
}
