//! What the lists of a cabinet have in common.

use anyhow::Context;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use domain::{
    CabinetId,
    screen::{List, Place},
};

use crate::bot::{context::Bot, request::Request};

/// Over how many pages so many rows go.
pub(super) fn pages(rows: i64, per_page: i64) -> usize {
    usize::try_from((rows + per_page - 1) / per_page).unwrap_or(usize::MAX)
}

/// The place with the moment up to which it shows rows: its own, or this one.
pub(super) fn at_moment<F>(place: Place<F>, now: DateTime<Utc>) -> Place<F> {
    Place { as_of: place.as_of.or_else(|| Some(next_second(now))), ..place }
}

/// The second after this moment: whatever we know now was learned before it.
fn next_second(now: DateTime<Utc>) -> DateTime<Utc> {
    let second = TimeDelta::seconds(1);
    now.duration_trunc(second).unwrap_or(now) + second
}

/// Stores that the person looks at this list, in which the text that they send next is looked for.
pub(super) async fn stand_at(bot: &Bot, asked: Request, list: List, cabinet: CabinetId) -> anyhow::Result<()> {
    store::searches::save_looks_at(&bot.pool, asked.person, list, cabinet)
        .await
        .context("cannot store at what they look")
}
