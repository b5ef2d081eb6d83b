//! A time of which nothing is told one by one, but how much happened in it.

use domain::{
    Language,
    facts::{Silence, SilenceCause},
};

use crate::base::{format::day, keyboard::Keyboard, kinds::totals, message::Message, texts::say};

/// Says that there was such a time, and how much happened in it.
#[must_use]
pub fn gap_silent(language: Language, silence: &Silence) -> Message {
    let (since, until) = (day(language, silence.since), day(language, silence.until));
    let head = match silence.cause {
        SilenceCause::Gap => say!(language, "silence-gap", since = since, until = until),
        SilenceCause::Deserted => say!(language, "silence-deserted", since = since, until = until),
    };
    let sums = totals(language, &silence.totals);
    let sums = (!sums.is_empty()).then(|| say!(language, "silence-totals", totals = sums));
    let tail = say!(language, "silence-from-now-on");
    let html = [Some(head), sums, Some(tail)].into_iter().flatten().collect::<Vec<_>>().join("\n");
    Message { html, photo: None, keyboard: Keyboard::default() }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use domain::EventKind;

    use super::*;
    use crate::tests::both;

    #[test]
    fn a_silence_names_its_days_its_reason_and_what_happened() {
        let at = |day| Utc.with_ymd_and_hms(2026, 10, day, 9, 0, 0).unwrap();
        let totals = [(EventKind::NewOrder, 12), (EventKind::OrderCancellation, 1)].into();
        let silence = Silence { since: at(1), until: at(30), cause: SilenceCause::Gap, totals };
        insta::assert_snapshot!(both(|language| gap_silent(language, &silence).html), @"
        ℹ️ <b>Данных не было больше месяца</b>
        С 01.10.2026 по 30.10.2026 Wildberries их не отдавал, поэтому отдельных сообщений об этом времени не будет.
        За это время: новые заказы — 12, отмены и отказы — 1.
        О новом напишу как обычно.

        ℹ️ <b>No data for more than a month</b>
        Wildberries gave none from 1 Oct 2026 to 30 Oct 2026, so there will be no separate messages about that time.
        In that time: new orders — 12, cancellations and refusals — 1.
        I will write about anything new as usual.
        ");
        let silence = Silence { cause: SilenceCause::Deserted, ..silence };
        insta::assert_snapshot!(both(|language| gap_silent(language, &silence).html), @"
        ℹ️ <b>Пока вас не было</b>
        С 01.10.2026 по 30.10.2026 бот был заблокирован и магазин не читался, поэтому отдельных сообщений об этом времени не будет.
        За это время: новые заказы — 12, отмены и отказы — 1.
        О новом напишу как обычно.

        ℹ️ <b>While you were away</b>
        From 1 Oct 2026 to 30 Oct 2026 the bot was blocked and the shop was not read, so there will be no separate messages about that time.
        In that time: new orders — 12, cancellations and refusals — 1.
        I will write about anything new as usual.
        ");
        let silence = Silence { cause: SilenceCause::Gap, totals: [].into(), ..silence };
        assert!(!gap_silent(Language::Ru, &silence).html.contains("За это время"));
    }
}
