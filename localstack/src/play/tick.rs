//! `tick`: everything is due now. Ends when all that follows from it has been done.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_sdk_lambda::primitives::Blob;
use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    base::{config::Config, database, http, progress::print, state::State},
    cloud::localstack,
    play::talk::Chat,
};

/// How long the queues may take to empty. A delayed wake-up alone may take 60 s.
const REST_TIMEOUT: Duration = Duration::from_secs(180);
/// How often they are looked at.
const POLL: Duration = Duration::from_millis(300);

/// Fires the schedule with the present time and no spread, and waits until queues and due rows are at rest.
pub(crate) async fn tick(config: &Config) -> Result<()> {
    let state = State::of_running(config)?;
    let begun = Instant::now();
    let pool = state.database.pool();
    let sdk = localstack::sdk(&state.aws_endpoint_url).await;
    let mut chat = if state.telegram.fake { Some(Chat::open(&state).await?) } else { None };
    if state.wb.fake {
        database::make_everything_due(&pool).await.context("cannot make everything due")?;
        http::control(http::local().post(http::control_url(&state.wb.url, "refill")?))
            .await
            .context("cannot refill the limits")?;
    }
    fire(&sdk).await?;
    let sqs = aws_sdk_sqs::Client::new(&sdk);
    loop {
        let (mut waiting, mut busy) = (0, Vec::new());
        // In the order of the pipeline: what leaves a queue during the look is seen in the next one.
        for name in ["SYNC_QUEUE_URL", "NOTIFY_QUEUE_URL"] {
            let url =
                state.queues.get(name).with_context(|| format!("{name} is not known. Restart `cargo local up`"))?;
            let depth = localstack::depth(&sqs, url).await?;
            waiting += depth;
            busy.push(format!("{depth} in {}", name.trim_end_matches("_URL")));
        }
        let due = database::due_rows(&pool, now()).await.context("cannot count what is due")?;
        if waiting == 0 && due == 0 {
            break;
        }
        if begun.elapsed() > REST_TIMEOUT {
            bail!(
                "after {} s there is still work: {}, and {due} notifications due. `cargo local logs sync` and \
                 `cargo local logs webhook` say why",
                REST_TIMEOUT.as_secs(),
                busy.join(", ")
            );
        }
        tokio::time::sleep(POLL).await;
    }
    if let Some(chat) = &mut chat {
        chat.print_news().await?;
    }
    print(format_args!("Done in {:.1} s: queues and due notifications are at rest.", begun.elapsed().as_secs_f32()));
    if !state.wb.fake {
        match database::next_request_at(&pool).await.context("cannot ask for Wildberries' limits")? {
            Some(at) if at > now() => {
                print(format_args!("Wildberries allows the next request from {at}; nothing was cleared."));
            }
            _ => print("Wildberries allows requests now."),
        }
    }
    pool.close().await;
    Ok(())
}

async fn fire(sdk: &aws_config::SdkConfig) -> Result<()> {
    let event = json!({
        "version": "0",
        "id": uuid::Uuid::new_v4(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        "region": localstack::REGION,
        "resources": [],
        "detail": {"spread_seconds": 0},
    });
    let payload = Blob::new(event.to_string());
    let answer = aws_sdk_lambda::Client::new(sdk).invoke().function_name("fanout").payload(payload).send().await;
    let answer = answer.map_err(|_| anyhow::anyhow!("LocalStack does not answer. `cargo local status` says more"))?;
    if answer.function_error.is_some() {
        let said = answer.payload.map(Blob::into_inner).unwrap_or_default();
        bail!("fanout failed: {}. `cargo local logs fanout` says more", String::from_utf8_lossy(&said));
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a tick by hand happens at the present time, and nothing is below it")]
fn now() -> DateTime<Utc> {
    Utc::now()
}
