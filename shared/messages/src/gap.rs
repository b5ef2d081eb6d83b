//! A gap so long that what happened in it is not told any more.

use chrono::{DateTime, Utc};
use domain::{DataSet, Language};
use serde::{Deserialize, Serialize};
use teloxide_core::types::InlineKeyboardMarkup;

use crate::{Message, format::day, kinds::data_set_name, texts::say};

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
pub fn gap_silent(language: Language, gap: &GapSilent) -> Message {
    let html = say!(
        language,
        "gap-silent",
        data = data_set_name(language, gap.data_set),
        since = day(language, gap.since),
        until = day(language, gap.until)
    );
    Message { html, photo: None, keyboard: InlineKeyboardMarkup::default() }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;
    use crate::tests::both;

    #[test]
    fn a_gap_names_its_data_set_and_its_days() {
        let at = |day| Utc.with_ymd_and_hms(2026, 10, day, 9, 0, 0).unwrap();
        let gap = GapSilent { data_set: DataSet::Orders, since: at(1), until: at(30) };
        insta::assert_snapshot!(both(|language| gap_silent(language, &gap).html), @"
        ℹ️ <b>Заказы: данных не было больше месяца</b>
        С 01.10.2026 по 30.10.2026 Wildberries их не отдавал. О том, что случилось за это время, отдельных сообщений не будет; о новом напишу как обычно.

        ℹ️ <b>Orders: no data for more than a month</b>
        From 1 Oct 2026 to 30 Oct 2026 Wildberries did not give any. What happened in that time will not be told one by one; whatever is new comes as usual.
        ");
    }
}
