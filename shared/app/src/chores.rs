//! What has to be done from time to time, beside the syncs: `fanout` claims it in its one statement.
//!
//! A chore that fails, or whose process dies, comes back; so each must bear being done twice.

mod news;
mod webhook_info;

use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, DataSet, Event, Facts, TokenId,
    event::Audience,
    facts::TokenExpiring,
    token_care::{self, Reach},
};
use store::{
    chores::Chore,
    members::DELETE_CABINET,
    tokens::{Expiring, ServingToken},
};
use tokio::time::Instant;
use url::Url;
use wb::{Access, Method};

use crate::{Keyring, Settings};
use news::NewsReader;

/// The warning before a token ends; its subject is the token.
const TOKEN_EXPIRING: &str = "token_expiring";
/// WB's news; it has no subject.
const NEWS: &str = "news";
/// What is old; it has no subject.
const CLEAN_UP: &str = "clean_up";
/// Whether Telegram reaches the bot; it has no subject, and stands where a deploy has announced the bot.
pub(crate) const WATCH_WEBHOOK: &str = "watch_webhook";
/// The clean-up runs this often, and at the next tick where one did not get to the end.
const CLEAN_UP_EVERY: TimeDelta = TimeDelta::hours(1);
/// How long one tick deletes what is old and the rows of deleted cabinets, all together.
const DELETING_LIMIT: Duration = Duration::from_secs(5);
/// A chore of a kind that only a newer version knows waits for that version.
const UNKNOWN_KIND_WAIT: TimeDelta = TimeDelta::minutes(5);

/// What the chores need.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub pool: &'a store::Pool,
    pub wb: &'a wb::Client,
    pub telegram: &'a telegram::Client,
    pub queues: &'a dyn queue::Enqueue,
    pub keyring: &'a Keyring,
    pub settings: &'a Settings,
    /// Where Telegram delivers updates.
    pub webhook: Option<&'a Url>,
}

/// Does the chores that were claimed. One that fails leaves the others alone.
pub(crate) async fn carry_out(context: Context<'_>, chores: &[Chore], now: DateTime<Utc>) {
    let Context { pool, wb, telegram, queues, keyring, settings, webhook } = context;
    let ends_at = Instant::now() + DELETING_LIMIT;
    for chore in chores {
        let outcome = match chore.kind.as_str() {
            TOKEN_EXPIRING => warn_of_expiry(pool, queues, settings, chore, now).await,
            NEWS => NewsReader { pool, wb, keyring, settings }.watch(chore, now).await,
            WATCH_WEBHOOK => webhook_info::watch(pool, telegram, chore, webhook, now).await,
            CLEAN_UP => clean_up(pool, chore, now, ends_at).await,
            DELETE_CABINET => delete_cabinet(pool, chore, now, ends_at).await,
            _ => store::chores::save_next(pool, chore, Some(now + UNKNOWN_KIND_WAIT)).await.map_err(Into::into),
        };
        if let Err(error) = outcome {
            tracing::error!(kind = chore.kind, subject = chore.subject, error = format!("{error:#}"), "chore failed");
        }
    }
}

/// Deletes what is old, as much as there is time for; the next tick goes on.
async fn clean_up(pool: &store::Pool, chore: &Chore, now: DateTime<Utc>, ends_at: Instant) -> anyhow::Result<()> {
    let has_more = delete_until(ends_at, async || store::cleanup::delete_old(pool, now).await).await;
    let has_more = has_more.context("cannot delete what is old")?;
    let next_at = if has_more { now } else { now + CLEAN_UP_EVERY };
    store::chores::save_next(pool, chore, Some(next_at)).await?;
    Ok(())
}

/// Deletes the rows of a cabinet that has nobody any more, as many as there is time for; the next tick goes on.
async fn delete_cabinet(pool: &store::Pool, chore: &Chore, now: DateTime<Utc>, ends_at: Instant) -> anyhow::Result<()> {
    let cabinet = CabinetId(chore.subject.parse().context("the subject is no cabinet")?);
    let has_more = delete_until(ends_at, async || store::members::delete_some(pool, cabinet).await).await;
    let has_more = has_more.context("cannot delete a cabinet's rows")?;
    store::chores::save_next(pool, chore, has_more.then_some(now)).await?;
    tracing::info!(%cabinet, has_more, "rows of a deleted cabinet removed");
    Ok(())
}

/// Deletes a part after the other while there is more and time for it. Returns whether there is more.
async fn delete_until(ends_at: Instant, delete: impl AsyncFn() -> store::Result<bool>) -> store::Result<bool> {
    let mut has_more = true;
    while has_more && Instant::now() < ends_at {
        has_more = delete().await?;
    }
    Ok(has_more)
}

/// Warns the members that a token ends, unless another one does its work, and says when to look again.
async fn warn_of_expiry(
    pool: &store::Pool,
    queues: &dyn queue::Enqueue,
    settings: &Settings,
    chore: &Chore,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let token: TokenId = TokenId(chore.subject.parse().context("the subject is no token's id")?);
    let mut tx = store::begin(pool).await?;
    let found = store::tokens::load_expiring(&mut *tx, token, now).await.context("cannot read a token's end")?;
    let mut chats = Vec::new();
    let mut next_at = None;
    if let Some((expiring, expires_at)) = found.and_then(|found| found.token.expires_at.map(|at| (found, at))) {
        next_at = token_care::next_warning(expires_at, now);
        if let Some(event) = warning(token, &expiring, expires_at, settings, now) {
            chats = store::events::save_events(&mut *tx, expiring.cabinet, &[event], false, None, now).await?.chats;
        }
    }
    store::chores::save_next(&mut *tx, chore, next_at).await?;
    tx.commit().await.context("cannot warn of a token's end")?;
    crate::wake(queues, &chats).await;
    Ok(())
}

/// The warning that is due, once per token and step.
fn warning(
    token: TokenId,
    expiring: &Expiring,
    expires_at: DateTime<Utc>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Option<Event> {
    let step = token_care::warning_due(expires_at, now)?;
    let others: Vec<Reach> = expiring.others.iter().map(|other| reach(other, settings)).collect();
    let data_sets = token_care::lost_with(&reach(&expiring.token, settings), &others);
    if data_sets.is_empty() {
        return None;
    }
    let days = days_left(expires_at, now);
    Some(Event {
        key: format!("{token}:{step}"),
        occurred_at: now,
        facts: Facts::TokenExpiring(TokenExpiring { expires_at, days, data_sets }),
        audience: Audience::Members,
    })
}

/// The days until then, a begun one in full.
fn days_left(until: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (until - now + TimeDelta::days(1) - TimeDelta::seconds(1)).num_days()
}

/// What a token opens, by its categories and by WB's access for its type.
fn reach(token: &ServingToken, settings: &Settings) -> Reach {
    let opens = |data_set: &DataSet| {
        data_set.sources().iter().any(|source| {
            token.categories.has(source.category())
                && settings.access(Method::from(*source), token.token_type) != Access::Refused
        })
    };
    Reach {
        data_sets: DataSet::ALL.into_iter().filter(opens).collect(),
        has_full_limits: token.token_type.has_full_limits(),
        expires_at: token.expires_at,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_begun_day_is_a_day() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap();
        assert_eq!(days_left(now + TimeDelta::days(7), now), 7);
        assert_eq!(days_left(now + TimeDelta::days(6) + TimeDelta::hours(23), now), 7);
        assert_eq!(days_left(now + TimeDelta::hours(3), now), 1);
    }
}
