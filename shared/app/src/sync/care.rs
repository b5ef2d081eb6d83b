//! Token care: which token serves, when the cabinet pauses, and what its members are told of it.
//!
//! Nothing here happens while WB accepts the tokens: a sync without a refusal pays no statement for it.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    CabinetId, Categories, Category, DataSet, Event, Facts, PutOff, Source,
    event::Audience,
    facts::{PartAccess, TokenRecovered, TokenRefused},
    token_care::{self, Decision, Health, PartNews, PauseReason, Ping, TRIAL_EVERY},
};
use futures::future::join_all;
use store::{
    leases::Lease,
    limits::{self, MethodLimit, Reservation},
    tokens::SealedToken,
};
use wb::{Access, Host, Method};

use super::{context::Sync, outcome::Report, plan::Ask, run::Run};
use crate::wb_access::{HeldBucket, limit_of};

/// Tokens of a cabinet that are tried at the same time, the newest ones: few cabinets have two.
const TRIED_TOKENS: usize = 3;

impl Sync {
    /// Looks after the tokens before anything is read: confirms a suspicion, tries the tokens of a
    /// paused cabinet, pauses it or lets it go on. The value is when to look again if nothing can be
    /// read until then.
    pub(super) async fn care_for_tokens(
        &self,
        cabinet: CabinetId,
        lease: &mut Lease,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Option<DateTime<Utc>>> {
        self.confirm_suspicions(lease, now).await?;
        if lease.tokens.is_empty() {
            self.try_refused(lease, now).await?;
        }
        let reason = token_care::pause_reason(lease.tokens.len(), lease.refused_tokens.len(), lease.expired_tokens);
        match (reason, lease.paused_at) {
            (None, None) => Ok(None),
            (None, Some(since)) => {
                self.resume(cabinet, lease, since, now).await?;
                Ok(None)
            }
            (Some(reason), since) => {
                if since.is_none() {
                    self.pause(cabinet, lease.fence, reason, now).await?;
                }
                Ok(Some(now + TRIAL_EVERY))
            }
        }
    }

    /// Asks again for the tokens that two hosts have refused ten minutes ago.
    async fn confirm_suspicions(&self, lease: &mut Lease, now: DateTime<Utc>) -> anyhow::Result<()> {
        let is_due =
            |token: &&SealedToken| token.suspected_at.is_some_and(|since| now - since >= token_care::CONFIRM_AFTER);
        let due: Vec<SealedToken> = lease.tokens.iter().filter(is_due).take(TRIED_TOKENS).cloned().collect();
        for mut token in due {
            let health = self.ping(lease, &token, token.categories, now).await?;
            match token_care::decide(token.suspected_at, health, now) {
                Decision::Keep | Decision::Suspect => continue,
                Decision::Trust => token.suspected_at = None,
                Decision::Refuse => token.refused_at = Some(now),
            }
            store::tokens::save_marks(&self.pool, &token).await.context("cannot store what a token is worth")?;
            tracing::info!(token = %token.id, is_refused = token.refused_at.is_some(), "suspected token checked");
            lease.tokens.retain(|other| other.id != token.id || token.refused_at.is_none());
            if token.refused_at.is_some() {
                lease.refused_tokens.insert(0, token);
            } else if let Some(place) = lease.tokens.iter().position(|other| other.id == token.id) {
                lease.tokens[place] = token;
            }
        }
        Ok(())
    }

    /// Tries the tokens that were refused before this sync; one that WB accepts serves again.
    async fn try_refused(&self, lease: &mut Lease, now: DateTime<Utc>) -> anyhow::Result<()> {
        let is_older = |token: &&SealedToken| token.refused_at.is_some_and(|since| since < now);
        let older: Vec<SealedToken> =
            lease.refused_tokens.iter().filter(is_older).take(TRIED_TOKENS).cloned().collect();
        for mut token in older {
            if self.ping(lease, &token, token.categories, now).await? != Health::Alive {
                continue;
            }
            token.refused_at = None;
            token.suspected_at = None;
            token.refused_categories = Categories(0);
            store::tokens::save_marks(&self.pool, &token).await.context("cannot store that a token serves again")?;
            tracing::info!(token = %token.id, "refused token works again");
            lease.refused_tokens.retain(|other| other.id != token.id);
            lease.tokens.push(token);
        }
        Ok(())
    }

    /// Asks two hosts for a token: one of these categories, and the one that is open to all of them.
    async fn ping(
        &self,
        lease: &mut Lease,
        token: &SealedToken,
        categories: Categories,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Health> {
        let host = Category::ALL.into_iter().find(|category| categories.has(*category)).map(Host::from);
        let hosts: Vec<Host> = host.into_iter().chain([Host::Common]).collect();
        let wanted: Vec<Reservation> =
            hosts.iter().filter_map(|host| reservation(lease, Method::Ping(*host), token, self, now)).collect();
        if wanted.len() < hosts.len() {
            return Ok(Health::Unclear);
        }
        let granted =
            limits::save_reservations(&self.pool, lease.seller, &wanted).await.context("cannot reserve pings")?;
        for Reservation { method, full_at, .. } in wanted {
            let not_before = lease.limits.iter().find(|row| row.method == method).and_then(|row| row.not_before);
            lease.limits.insert(0, MethodLimit { method, full_at, not_before });
        }
        let secret = self.open(token, now).await?;
        let pings = hosts.iter().map(|host| async {
            if !granted.iter().any(|name| name == Method::Ping(*host).name()) {
                return Ping::Unclear;
            }
            match self.wb.ping(&secret, *host).await {
                Ok(()) => Ping::Accepted,
                Err(wb::Error::Unauthorized { .. } | wb::Error::AccessDenied { .. }) => Ping::Refused,
                Err(error) => {
                    tracing::info!(token = %token.id, error = %error, "ping failed; it says nothing about the token");
                    Ping::Unclear
                }
            }
        });
        Ok(token_care::health_of(&join_all(pings).await))
    }

    /// Pauses the cabinet and tells every member, in one transaction.
    async fn pause(
        &self,
        cabinet: CabinetId,
        fence: i64,
        reason: PauseReason,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let mut tx = store::begin(&self.pool).await?;
        if !store::cabinets::pause(&mut *tx, cabinet, fence, reason, now).await? {
            return Ok(());
        }
        let event = notice(key(now), Facts::TokenRefused(TokenRefused { reason }), now);
        let saved = store::events::save_events(&mut *tx, cabinet, &[event], self.queues.has_bus(), None, now).await?;
        tx.commit().await.context("cannot pause a cabinet")?;
        tracing::warn!(%cabinet, reason = reason.name(), "cabinet paused: no token works");
        self.tell(&saved, now).await
    }

    /// Ends the pause and tells every member; all that was refused is asked anew.
    async fn resume(
        &self,
        cabinet: CabinetId,
        lease: &mut Lease,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        let mut tx = store::begin(&self.pool).await?;
        if !store::cabinets::resume(&mut *tx, cabinet, lease.fence, now).await? {
            return Ok(());
        }
        let event = notice(key(since), Facts::TokenRecovered(TokenRecovered { since, until: now }), now);
        let saved = store::events::save_events(&mut *tx, cabinet, &[event], self.queues.has_bus(), None, now).await?;
        tx.commit().await.context("cannot end the pause of a cabinet")?;
        lease.paused_at = None;
        for state in lease.data_sets.values_mut().filter(|state| state.put_off == Some(PutOff::NoAccess)) {
            state.not_before = None;
            state.put_off = None;
            state.refused_at = None;
        }
        tracing::info!(%cabinet, "cabinet resumed after a pause");
        self.tell(&saved, now).await
    }
}

/// Draws the conclusions of a sync: what a refusal means for its token, and which parts of the data
/// failed or came back.
pub(super) async fn conclude(run: &Run<'_>, asks: &[Ask], reports: &mut [Report]) -> anyhow::Result<()> {
    let now = run.sync.clock.now();
    let mut failed: Vec<Source> = Vec::new();
    for (place, token) in run.lease.tokens.iter().enumerate() {
        let asked = |source: Source| asks.iter().any(|ask| ask.token == place && ask.source == source);
        let of = |is: fn(&Report) -> bool| -> Vec<Source> {
            reports
                .iter()
                .filter(|report| is(report))
                .map(|report| report.outcome.source)
                .filter(|one| asked(*one))
                .collect()
        };
        let refused = of(|report| report.is_refused);
        let served = of(|report| report.outcome.succeeded);
        if refused.is_empty() && (served.is_empty() || has_no_marks(token)) {
            continue;
        }
        let health = if served.is_empty() && token.suspected_at.is_none() {
            run.sync.ping(&mut run.lease.clone(), token, mask(&refused), now).await?
        } else if served.is_empty() {
            Health::Unclear
        } else {
            Health::Alive
        };
        let mut marked = token.clone();
        match token_care::decide(token.suspected_at, health, now) {
            Decision::Trust => {
                marked.suspected_at = None;
                marked.refused_categories.0 = (token.refused_categories.0 | mask(&refused).0) & !mask(&served).0;
                let is_alone = |source: &Source| !has_other(run, place, *source);
                failed.extend(refused.iter().copied().filter(is_alone));
            }
            Decision::Suspect => {
                marked.suspected_at = Some(now);
                tracing::warn!(token = %token.id, "token refused by two hosts; it is checked again in ten minutes");
            }
            Decision::Keep | Decision::Refuse => {}
        }
        if has_no_marks(&marked) != has_no_marks(token) || marked.refused_categories != token.refused_categories {
            store::tokens::save_marks(&run.sync.pool, &marked).await.context("cannot store what a token is worth")?;
        }
        // Only what the token alone can read, and surely may not, waits; a suspicion holds the token.
        for report in reports.iter_mut().filter(|report| refused.contains(&report.outcome.source)) {
            if !failed.contains(&report.outcome.source) {
                report.outcome.not_before = None;
            }
        }
        if let Some(since) = marked.suspected_at {
            let until = since + token_care::CONFIRM_AFTER;
            let waiting = reports.iter_mut().filter(|report| refused.contains(&report.outcome.source));
            waiting.for_each(|report| report.outcome.not_before = Some(until.max(now)));
        }
    }
    let served: Vec<Source> =
        reports.iter().filter(|report| report.outcome.succeeded).map(|report| report.outcome.source).collect();
    let is_lost = |report: &&Report| report.outcome.put_off.is_some_and(PutOff::is_lost);
    let lost: Vec<Source> = reports.iter().filter(is_lost).map(|report| report.outcome.source).collect();
    tell_parts(run, &failed, &served, &lost, now).await
}

/// Tells once of each host that refuses what it gave before, by the data sets that people miss, and once when they have
/// them again. What had never been loaded was put off by the first sync, which said so. What is `lost` for another
/// reason gives nothing either.
async fn tell_parts(
    run: &Run<'_>,
    failed: &[Source],
    served: &[Source],
    lost: &[Source],
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let states = |source: &Source| &run.lease.data_sets[*source];
    let is_first = |source: &Source| states(source).baseline_at.is_some() && states(source).refused_at.is_none();
    let failed: Vec<Source> = failed.iter().copied().filter(is_first).collect();
    let was_refused = |source: &Source| states(source).refused_at.is_some();
    let recovered: Vec<Source> = served.iter().copied().filter(was_refused).collect();

    let is_refused = |source: &Source| failed.contains(source) || (was_refused(source) && !recovered.contains(source));
    let gives = |source: &Source| {
        let is_out = lost.contains(source) || states(source).put_off.is_some_and(PutOff::is_lost);
        states(source).baseline_at.is_some() && !is_refused(source) && (!is_out || served.contains(source))
    };
    let missing = |category: Category| -> Vec<DataSet> {
        let is_missing = |data_set: &DataSet| {
            let all = data_set.sources();
            all.iter().any(|one| one.category() == category && is_refused(one)) && !all.iter().any(gives)
        };
        DataSet::ALL.into_iter().filter(is_missing).collect()
    };
    let missing: BTreeMap<Category, Vec<DataSet>> = Category::ALL.into_iter().map(|one| (one, missing(one))).collect();
    let is_back = |data_set: &DataSet| data_set.sources().iter().any(|source| served.contains(source));
    let back: Vec<DataSet> = DataSet::ALL.into_iter().filter(is_back).collect();
    let mut parts = run.lease.closed_parts.clone();
    let news = token_care::note_parts(&mut parts, &missing, &back, |category| {
        format!("{}:{}", Host::from(category).category(), key(now))
    });
    if failed.is_empty() && recovered.is_empty() && parts == run.lease.closed_parts {
        return Ok(());
    }

    let mut tx = store::begin(&run.sync.pool).await?;
    if !store::leases::hold_fence(&mut tx, run.cabinet, run.lease.fence).await? {
        return Ok(());
    }
    store::data_sets::save_refused(&mut *tx, run.cabinet, &failed, now).await?;
    store::data_sets::save_recovered(&mut *tx, run.cabinet, &recovered).await?;
    store::cabinets::save_closed_parts(&mut *tx, run.cabinet, &parts).await?;
    let (mut events, mut renewed) = (Vec::new(), Vec::new());
    for (category, news) in news {
        match news {
            PartNews::Closed(part) => {
                let facts = Facts::PartFailed(PartAccess { category, data_sets: part.told });
                events.push(notice(part.key, facts, now));
            }
            PartNews::More(part) => {
                let facts = Facts::PartFailed(PartAccess { category, data_sets: part.told });
                let mut held = store::events::load_held(&mut tx, run.cabinet, &[(facts.kind(), &part.key)]).await?;
                held.iter_mut().for_each(|held| held.facts.clone_from(&facts));
                renewed.extend(store::events::renew_messages(&mut tx, run.cabinet, &held, now).await?);
            }
            PartNews::Reopened(data_sets) => {
                let key = format!("{}:{}", Host::from(category).category(), key(now));
                events.push(notice(key, Facts::PartRecovered(PartAccess { category, data_sets }), now));
            }
        }
    }
    let saved =
        store::events::save_events(&mut *tx, run.cabinet, &events, run.sync.queues.has_bus(), None, now).await?;
    tx.commit().await.context("cannot tell which parts of the data WB refuses")?;
    crate::wake(&*run.sync.queues, &renewed).await;
    run.sync.tell(&saved, now).await
}

/// Whether another token of the cabinet may read the source.
fn has_other(run: &Run<'_>, place: usize, source: Source) -> bool {
    let category = source.category();
    run.lease.tokens.iter().enumerate().any(|(other, token)| {
        other != place
            && token.categories.has(category)
            && token.is_trusted_for(category)
            && run.sync.settings.access(Method::from(source), token.token_type) != Access::Refused
    })
}

fn has_no_marks(token: &SealedToken) -> bool {
    token.suspected_at.is_none() && token.refused_categories == Categories(0)
}

/// The categories of these sources.
fn mask(sources: &[Source]) -> Categories {
    Categories(sources.iter().fold(0, |mask, source| mask | 1 << source.category() as u32))
}

/// One request out of a method's bucket; `None` where WB allows none now.
fn reservation(
    lease: &Lease,
    method: Method,
    token: &SealedToken,
    sync: &Sync,
    now: DateTime<Utc>,
) -> Option<Reservation> {
    let limit = limit_of(&sync.settings, method, token.token_type)?;
    HeldBucket::of(&lease.limits, method, now).take_one(limit, now)
}

/// A moment as a part of a key: another episode has another one.
fn key(at: DateTime<Utc>) -> String {
    at.timestamp_micros().to_string()
}

fn notice(key: String, facts: Facts, now: DateTime<Utc>) -> Event {
    Event { key, occurred_at: now, facts, audience: Audience::Members }
}
