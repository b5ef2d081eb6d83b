//! `status`: how every part is, and where.

use std::collections::BTreeMap;

use anyhow::Result;
use comfy_table::{Table, presets};
use serde::Serialize;

use super::{localstack, watch};
use crate::base::{config::Config, http, postgres, progress::print, state::State};

/// Spaces between two columns.
const GAP: u16 = 2;

/// Everything about a running local cloud.
#[derive(Serialize)]
struct Status {
    /// Whether `up` lives and has started everything.
    running: bool,
    /// Whether every part is well.
    healthy: bool,
    parts: BTreeMap<&'static str, Health>,
    functions: BTreeMap<String, Function>,
    bot: Bot,
    database_url: String,
    aws: Aws,
    wb_api_url: String,
    telegram_api_url: String,
}

#[derive(Serialize)]
struct Health {
    healthy: bool,
    address: String,
}

#[derive(Serialize)]
struct Function {
    healthy: bool,
    /// POST an event here.
    invoke_url: String,
}

#[derive(Serialize)]
struct Bot {
    /// POST an update here.
    webhook_url: String,
    /// The value of its header `X-Telegram-Bot-Api-Secret-Token`.
    webhook_secret: String,
    /// The real bot whose updates are fetched.
    polled: Option<String>,
}

#[derive(Serialize)]
struct Aws {
    endpoint_url: String,
    region: &'static str,
    access_key_id: &'static str,
    secret_access_key: &'static str,
    /// By the names of their environment variables.
    queues: BTreeMap<String, String>,
}

/// Says how every part is; not every part being well is an error.
pub(crate) async fn status(config: &Config, as_json: bool) -> Result<bool> {
    let Some(state) = State::read(config)?.filter(|state| state.up.is_alive()) else {
        if as_json {
            print(format_args!("{}", serde_json::json!({"running": false, "healthy": false})));
        } else {
            print(format_args!("Nothing is running. Start it with `cargo local up`."));
        }
        return Ok(false);
    };
    let status = look(config, state).await;
    if as_json {
        print(format_args!("{}", serde_json::to_string_pretty(&status)?));
    } else {
        print(describe(&status).trim_end());
    }
    Ok(status.healthy)
}

async fn look(config: &Config, state: State) -> Status {
    let endpoint = state.aws_endpoint_url.clone();
    let watch_port = url::Url::parse(&state.watch_url).ok().and_then(|url| url.port()).unwrap_or_default();
    let (postgres, localstack, watch) = tokio::join!(
        postgres::ping(&state.database),
        localstack::is_healthy(&endpoint),
        watch::is_listening(watch_port)
    );
    let mut parts = BTreeMap::from([
        ("postgres", Health { healthy: postgres.is_ok(), address: state.database.url() }),
        ("localstack", Health { healthy: localstack, address: endpoint.clone() }),
        ("watch", Health { healthy: watch, address: state.watch_url.clone() }),
    ]);
    for (name, world) in [("fake_wb", &state.wb), ("fake_telegram", &state.telegram)] {
        if world.fake {
            let address = world.url.clone();
            parts.insert(name, Health { healthy: answers(&address).await, address });
        }
    }
    let living = watch::living(config, &state.functions);
    let functions: BTreeMap<_, _> = state
        .functions
        .iter()
        .map(|name| {
            let lives = living.as_ref().is_none_or(|living| living.get(name).is_some_and(|&count| count > 0));
            (name.clone(), Function { healthy: watch && lives, invoke_url: state.invoke_url(name) })
        })
        .collect();
    Status {
        running: state.ready,
        healthy: state.ready
            && parts.values().all(|part| part.healthy)
            && functions.values().all(|function| function.healthy),
        bot: Bot {
            webhook_url: state.bot_webhook_url(),
            webhook_secret: state.webhook_secret.clone(),
            polled: state.polled_bot.clone(),
        },
        database_url: state.database.url(),
        aws: Aws {
            endpoint_url: endpoint,
            region: localstack::REGION,
            access_key_id: localstack::ACCESS_KEY,
            secret_access_key: localstack::ACCESS_KEY,
            queues: state.queues,
        },
        wb_api_url: state.wb.url,
        telegram_api_url: state.telegram.url,
        parts,
        functions,
    }
}

async fn answers(fake: &str) -> bool {
    let Ok(url) = http::control_url(fake, "idle") else { return false };
    http::local().get(url).send().await.is_ok()
}

/// Rows whose columns stand apart by spaces alone.
fn table<'a, const N: usize>(rows: impl IntoIterator<Item = [&'a str; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table.trim_fmt()
}

fn describe(status: &Status) -> String {
    let sign = |is_well: bool| if is_well { "ok" } else { "DOWN" };
    let parts = status.parts.iter().map(|(name, part)| [sign(part.healthy), name, &part.address]);
    let functions = status.functions.iter().map(|(name, one)| [sign(one.healthy), name, &one.invoke_url]);
    let header = format!("X-Telegram-Bot-Api-Secret-Token: {}", status.bot.webhook_secret);
    let bot = [["bot webhook", &status.bot.webhook_url], ["with header", &header]];
    let queues = status.aws.queues.iter().map(|(name, url)| [name.as_str(), url]);
    let mut text = format!("{}\n\n{}\n", table(parts.chain(functions)), table(bot.into_iter().chain(queues)));
    if !status.running {
        text.push_str("\nIt is still starting.\n");
    } else if !status.healthy {
        text.push_str(
            "\n`up` starts again what it can. `cargo local logs PART` says more; else end it and start anew.\n",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_apart_and_rows_end_with_their_last_word() {
        let said = table([["ok", "postgres", "here"], ["DOWN", "bot", "there"]]);
        assert_eq!(said, "ok    postgres  here\nDOWN  bot       there");
    }
}
