//! A gap so long that what happened in it is not told any more.

use chrono::{DateTime, Utc};
use domain::DataSet;
use serde::{Deserialize, Serialize};
use teloxide_core::types::InlineKeyboardMarkup;

use crate::{Message, format::day, kinds::data_set_name};

/// A time for which a data set could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapSilent {
    /// The data set.
    pub data_set: DataSet,
    /// Up to when it had been read.
    pub since: DateTime<Utc>,
    /// From when on it is read again.
    pub until: DateTime<Utc>,
}

/// Says that there was a gap, and that its events come in no message.
#[must_use]
pub fn gap_silent(gap: &GapSilent) -> Message {
    let html = format!(
        "ℹ️ <b>{}: данных не было больше месяца</b>\nС {} по {} Wildberries их не отдавал. \
         О том, что случилось за это время, отдельных сообщений не будет; о новом напишу как обычно.",
        data_set_name(domain::Language::Ru, gap.data_set),
        day(domain::Language::Ru, gap.since),
        day(domain::Language::Ru, gap.until)
    );
    Message { html, photo: None, keyboard: InlineKeyboardMarkup::default() }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_gap_names_its_data_set_and_its_days() {
        let at = |day| Utc.with_ymd_and_hms(2026, 10, day, 9, 0, 0).unwrap();
        let gap = GapSilent { data_set: DataSet::Orders, since: at(1), until: at(30) };
        insta::assert_snapshot!(gap_silent(&gap).html, @"
        ℹ️ <b>Заказы: данных не было больше месяца</b>
        С 01.10.2026 по 30.10.2026 Wildberries их не отдавал. О том, что случилось за это время, отдельных сообщений не будет; о новом напишу как обычно.
        ");
    }
}
