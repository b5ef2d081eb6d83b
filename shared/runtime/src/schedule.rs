//! Runs a use case at each firing of the schedule.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use app::{check::Check, fanout::Tick, function::Function};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use crate::{diagnostic, renewed::Renewed, secrets::Fetch, within};

/// Over how long the cabinets of a tick are spread where the event does not say it. It is also the
/// most, because no message waits in a queue for longer.
pub(crate) const SPREAD: Duration = queue::MAX_DELAY;

/// Serves a schedule until the process ends.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn serve<I, T, F, R>(function: &Function, use_case: &Renewed<I, T>, run: F) -> anyhow::Result<()>
where
    I: Fetch,
    T: Check,
    F: Fn(Arc<T>, Tick) -> R,
    R: Future<Output = anyhow::Result<()>>,
{
    let service = service_fn(async |event: LambdaEvent<EventBridgeEvent<Detail>>| {
        let outcome = match parse(&event.payload) {
            Ok(_) if event.payload.detail.check => {
                within(function.work_limit(), async { use_case.get().await.check().await }).await
            }
            Ok(tick) => within(function.work_limit(), run(use_case.get().await, tick)).await,
            Err(error) => Err(error),
        };
        use_case.end_invocation(outcome.is_err());
        // lambda_runtime logs the error and reports it; the invocation is repeated as the template
        // says, and the next tick makes up for it anyhow.
        outcome.map_err(|error| diagnostic("TickFailed", &error))
    });
    lambda_runtime::run(service).await.map_err(anyhow::Error::from_boxed)
}

/// What a firing by hand may say; a rule's own firing says nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Detail {
    /// Over how many seconds the cabinets are spread; 0 for at once.
    spread_seconds: Option<u64>,
    /// Whether the function is only asked whether it works; nothing is fanned out then.
    #[serde(default)]
    check: bool,
}

/// The tick that an event is.
pub(crate) fn parse(event: &EventBridgeEvent<Detail>) -> anyhow::Result<Tick> {
    let time = event.time.context("the event has no time")?;
    let spread = event.detail.spread_seconds.map_or(SPREAD, Duration::from_secs);
    ensure!(spread <= SPREAD, "detail.spread_seconds must be from 0 to {}", SPREAD.as_secs());
    Ok(Tick { time, spread })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What EventBridge sends, with this time and this detail.
    fn tick(time: &str, detail: &str) -> anyhow::Result<Tick> {
        let event = format!(
            r#"{{
                "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
                "source": "aws.events", "account": "123456789012", "time": {time}, "region": "eu-central-1",
                "resources": ["arn:aws:events:eu-central-1:123456789012:rule/tick"], "detail": {detail}
            }}"#
        );
        parse(&serde_json::from_str(&event)?)
    }

    const TIME: &str = r#""2026-11-22T09:03:00Z""#;

    #[test]
    fn a_firing_carries_its_own_time_and_is_spread_over_a_minute() {
        let tick = tick(TIME, "{}").unwrap();
        assert_eq!(tick.time.to_rfc3339(), "2026-11-22T09:03:00+00:00");
        assert_eq!(tick.spread, Duration::from_secs(60));
    }

    #[test]
    fn a_firing_by_hand_may_come_without_spread() {
        assert_eq!(tick(TIME, r#"{ "spread_seconds": 0 }"#).unwrap().spread, Duration::ZERO);
        assert_eq!(tick(TIME, r#"{ "spread_seconds": 60 }"#).unwrap().spread, Duration::from_secs(60));
        assert!(tick(TIME, r#"{ "spread_seconds": 61 }"#).is_err());
        assert!(tick(TIME, r#"{ "spread_seconds": -1 }"#).is_err());
    }

    #[test]
    fn a_firing_without_time_is_refused() {
        assert_eq!(tick("null", "{}").unwrap_err().to_string(), "the event has no time");
    }
}
