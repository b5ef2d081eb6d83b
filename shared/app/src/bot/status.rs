//! 📡 Состояние: of each cabinet of a person how fresh its data are, and how its tokens fare. The
//! tokens alone stand on ⚙️ Настройки.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{Category, DataSet, PutOff};
use messages::{
    CABINETS_PER_PAGE, CabinetStatus, DataSetStatus, Message, StatusView, TokenState, TokenStatus, TokenView, Trouble,
};
use serde_json::Value;
use store::{
    status::{ALL_CABINETS, CabinetState},
    tokens::SealedToken,
};

use super::{context::Bot, request::Request};
use crate::{Settings, sync::plan};

impl Bot {
    /// Shows a page of the state of the cabinets.
    pub(super) async fn show_status(&self, asked: Request, page: usize) -> anyhow::Result<Option<Value>> {
        let Some(message) = self.status(asked.telegram_id, page).await? else { return self.leave(asked).await };
        let reply = asked.reply(&message);
        self.reply(&self.pool, asked.update, reply, self.clock.now()).await
    }

    /// A page of the state, by one statement; `None` for who belongs to no cabinet.
    pub(super) async fn status(&self, telegram_id: i64, page: usize) -> anyhow::Result<Option<Message>> {
        let now = self.clock.now();
        let (at, per_page) = (i64::try_from(page).unwrap_or(i64::MAX), i64::try_from(CABINETS_PER_PAGE)?);
        let cabinets = store::status::load_status(&self.pool, telegram_id, at, per_page, now)
            .await
            .context("cannot read the state of the cabinets")?;
        let Some(first) = cabinets.first() else { return Ok(None) };
        let (language, pages) = (first.language, usize::try_from(first.cabinets)?.div_ceil(CABINETS_PER_PAGE));
        let cabinets = cabinets.into_iter().map(|cabinet| cabinet_status(cabinet, &self.settings, now)).collect();
        Ok(Some(messages::status(language, &StatusView { cabinets, page, pages })))
    }

    /// ⚙️ Настройки, by one statement; `None` for who belongs to no cabinet that is loaded.
    pub(super) async fn token_states(&self, telegram_id: i64) -> anyhow::Result<Option<Message>> {
        let now = self.clock.now();
        let cabinets = store::status::load_status(&self.pool, telegram_id, 0, ALL_CABINETS, now)
            .await
            .context("cannot read the tokens' states")?;
        let Some(language) = cabinets.iter().find(|cabinet| cabinet.is_ready).map(|cabinet| cabinet.language) else {
            return Ok(None);
        };
        let tokens = cabinets.iter().flat_map(|cabinet| cabinet.lease.tokens.iter().map(move |token| (cabinet, token)));
        let views: Vec<TokenView> = tokens
            .map(|(cabinet, token)| TokenView {
                cabinet: cabinet.name.clone(),
                last_sync_at: cabinet.last_sync_at,
                token_type: token.token_type,
                categories: token.categories,
                expires_at: token.expires_at,
                serves: serves(token, now),
            })
            .collect();
        Ok(Some(messages::settings(language, &views)))
    }
}

/// Whether a sync would use the token.
fn serves(token: &SealedToken, now: DateTime<Utc>) -> bool {
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
