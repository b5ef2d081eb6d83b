//! 📡 Состояние: of each cabinet of a person how fresh its data are, and how its tokens fare.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{Category, DataSet, PutOff};
use messages::{
    CABINETS_PER_PAGE, CabinetStatus, DataSetStatus, StatusButton, StatusView, TokenState, TokenStatus, Trouble,
};
use store::{status::CabinetState, tokens::SealedToken};

use super::menu;
use crate::{
    Settings,
    bot::{context::Bot, outcome::Outcome, request::Request},
    sync::plan,
};

/// Turns a page.
pub(crate) async fn tapped(
    bot: &Bot,
    asked: Request,
    StatusButton::Page(page): StatusButton,
) -> anyhow::Result<Outcome> {
    show(bot, asked, page).await
}

/// Shows a page of the state of the cabinets.
pub(crate) async fn show(bot: &Bot, asked: Request, page: usize) -> anyhow::Result<Outcome> {
    match self::page(bot, asked, page).await? {
        Some(outcome) => Ok(outcome),
        None => menu::show(bot, asked).await,
    }
}

/// Shows a page of the state, read by one statement; `None` for who belongs to no cabinet.
pub(crate) async fn page(bot: &Bot, asked: Request, page: usize) -> anyhow::Result<Option<Outcome>> {
    let now = bot.clock.now();
    let (at, per_page) = (i64::try_from(page).unwrap_or(i64::MAX), i64::try_from(CABINETS_PER_PAGE)?);
    let cabinets = store::status::load_status(&bot.pool, asked.person, at, per_page, now)
        .await
        .context("cannot read the state of the cabinets")?;
    let Some(first) = cabinets.first() else { return Ok(None) };
    let (language, pages) = (first.language, usize::try_from(first.cabinets)?.div_ceil(CABINETS_PER_PAGE));
    let cabinets = cabinets.into_iter().map(|cabinet| cabinet_status(cabinet, &bot.settings, now)).collect();
    bot.show(asked, &messages::status(language, &StatusView { cabinets, page, pages })).await.map(Some)
}

/// Whether a sync would use the token.
pub(super) fn serves(token: &SealedToken, now: DateTime<Utc>) -> bool {
    token.refused_at.is_none() && token.expires_at.is_none_or(|at| at > now)
}

fn cabinet_status(mut cabinet: CabinetState, settings: &Settings, now: DateTime<Utc>) -> CabinetStatus {
    let tokens = cabinet.lease.tokens.iter().map(|token| token_status(token, now)).collect();
    cabinet.lease.tokens.retain(|token| serves(token, now));
    let data_sets = DataSet::ALL.into_iter().map(|data_set| {
        let states = data_set.sources().iter().map(|source| &cabinet.lease.data_sets[*source]);
        DataSetStatus {
            data_set,
            fresh_at: states.filter_map(|state| state.covered_until).max(),
            // Of a cabinet that pauses all is said by that.
            trouble: if cabinet.pause.is_some() { None } else { trouble(&cabinet, data_set, settings, now) },
        }
    });
    CabinetStatus {
        data_sets: data_sets.collect(),
        tokens,
        name: cabinet.name,
        is_ready: cabinet.is_ready,
        last_sync_at: cabinet.last_sync_at,
        unsure: cabinet.unsure,
        pause: cabinet.pause,
    }
}

/// What keeps a data set from being fresher, the worst first.
fn trouble(cabinet: &CabinetState, data_set: DataSet, settings: &Settings, now: DateTime<Utc>) -> Option<Trouble> {
    let lease = &cabinet.lease;
    if lease.closed_parts.values().any(|part| part.missing.contains(&data_set)) {
        return Some(Trouble::Refused);
    }
    let source = plan::serving(lease, settings, data_set);
    let state = &lease.data_sets[source];
    let Some(allowed_at) = plan::limited_until(lease, settings, source, now) else {
        let category: Category = data_set.category();
        let mut claimed = lease.tokens.iter().filter(|token| token.categories.has(category));
        return Some(match claimed.next() {
            Some(_) => Trouble::WrongType,
            None => Trouble::NoCategory,
        });
    };
    let is_refused = state.put_off == Some(PutOff::NoAccess);
    match state.last_error_at {
        Some(_) if is_refused => Some(Trouble::Refused),
        _ if allowed_at - now > plan::PUT_OFF_AFTER => Some(Trouble::Limited(allowed_at)),
        Some(since) => Some(Trouble::Failing(since)),
        None => None,
    }
}

fn token_status(token: &SealedToken, now: DateTime<Utc>) -> TokenStatus {
    let state = match (token.refused_at, token.suspected_at) {
        _ if token.expires_at.is_some_and(|at| at <= now) => TokenState::Expired,
        (Some(since), _) => TokenState::Refused(since),
        (None, Some(since)) => TokenState::Suspected(since),
        (None, None) => TokenState::Serves,
    };
    TokenStatus { token_type: token.token_type, categories: token.categories, expires_at: token.expires_at, state }
}
