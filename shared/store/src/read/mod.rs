//! What each screen of a cabinet shows: a file for each screen, and a statement for each list and card.
//!
//! Everything is asked by the person's Telegram id: who does not belong to the cabinet finds nothing.

pub mod analytics;
pub mod menu;
pub mod orders;
pub mod reviews;
pub mod stocks;

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, DataSet, Language, PutOff, Role, Source,
    screen::{DataNow, DataTrouble, Heading},
    token_care::ClosedParts,
};
use serde::Deserialize;

/// A row of `member_cabinets` with what `data_now` says of the data of the screen.
#[derive(Clone, Debug, Deserialize)]
struct HeadingRow {
    cabinet_id: i64,
    cabinet_name: Option<String>,
    next_cabinet_id: Option<i64>,
    language: String,
    role: String,
    paused_at: Option<DateTime<Utc>>,
    closed_parts: ClosedParts,
    is_loaded: bool,
    fresh_at: Option<DateTime<Utc>>,
    put_off_reason: Option<String>,
    put_off_until: Option<DateTime<Utc>>,
}

impl HeadingRow {
    /// The heading of a screen of this data set.
    fn heading(self, data_set: DataSet, now: DateTime<Utc>) -> Heading {
        let is_closed = self.closed_parts.values().any(|part| part.missing.contains(&data_set));
        let put_off = self.put_off_reason.as_deref().and_then(PutOff::parse).filter(|_| !self.is_loaded);
        let trouble = match put_off {
            _ if self.paused_at.is_some() => Some(DataTrouble::Paused),
            _ if is_closed => Some(DataTrouble::Refused),
            put_off => put_off.and_then(|reason| DataTrouble::of(reason, self.put_off_until, now)),
        };
        Heading {
            cabinet: CabinetId(self.cabinet_id),
            cabinet_name: self.cabinet_name,
            next_cabinet: self.next_cabinet_id.map(CabinetId),
            language: Language::parse(&self.language).unwrap_or_default(),
            role: Role::parse(&self.role),
            data: DataNow { is_loaded: self.is_loaded, fresh_at: self.fresh_at, trouble },
        }
    }
}

/// The names of the sources of a data set, as the database has them.
fn sources(data_set: DataSet) -> Vec<String> {
    data_set.sources().iter().copied().map(Source::name).map(str::to_owned).collect()
}
