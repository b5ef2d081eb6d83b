//! What the callback data of all screens are made of.

use std::{ops::RangeInclusive, str::FromStr};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::{CabinetId, EventKind, SearchId, figures::period::Period, screen::Place};

/// The buttons of one screen: what is written, and how it is read.
///
/// Buttons stand in people's chats for years, so what was written once is read as what it meant.
pub(super) trait Words: Sized {
    /// The callback data behind the version.
    fn words(self) -> String;

    /// Reads what [`Self::words`] wrote, parted at its colons; `None` for the buttons of other screens.
    fn parse(words: &[&str]) -> Option<Self>;
}

/// A number, or an id that is one.
pub(super) fn number<T: FromStr>(digits: &str) -> Option<T> {
    digits.parse().ok()
}

/// A cabinet.
pub(super) fn cabinet(digits: &str) -> Option<CabinetId> {
    number(digits).map(CabinetId)
}

/// A kind that people switch.
pub(super) fn kind(name: &str) -> Option<EventKind> {
    EventKind::SWITCHED.into_iter().find(|switched| switched.name() == name)
}

/// The state that a switch brings about.
pub(super) fn switch_name(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// Reads a [`switch_name`].
pub(super) fn switch(name: &str) -> Option<bool> {
    [true, false].into_iter().find(|on| switch_name(*on) == name)
}

/// The digits of [`short`].
const DIGITS: [char; 36] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
    'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
];

/// A number in base 36: data with many of them would not fit into 64 bytes otherwise.
pub(super) fn short(number: i64) -> String {
    let (mut rest, mut digits) = (number.unsigned_abs(), Vec::new());
    while rest > 0 || digits.is_empty() {
        digits.push(DIGITS[usize::try_from(rest % 36).unwrap_or_default()]);
        rest /= 36;
    }
    if number < 0 {
        digits.push('-');
    }
    digits.iter().rev().collect()
}

/// Reads a [`short`] number.
pub(super) fn long<T: TryFrom<i64>>(digits: &str) -> Option<T> {
    i64::from_str_radix(digits, 36).ok()?.try_into().ok()
}

/// Years in which a button may have been made. Callback data can be forged, and no database knows every moment.
const YEARS: RangeInclusive<i32> = 2_000..=2_100;

/// Reads a moment that was written in [`short`] seconds.
pub(super) fn moment(seconds: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(long(seconds)?, 0).filter(|moment| YEARS.contains(&moment.year()))
}

/// Reads a day that was written as the [`short`] number of days from the first of our era.
pub(super) fn day(days: &str) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(long(days)?).filter(|day| YEARS.contains(&day.year()))
}

/// Nothing is chosen.
const NO_CHOICE: char = '-';

/// The letter that stands for a choice.
pub(super) fn letter<T: PartialEq>(letters: &[(char, T)], choice: Option<&T>) -> char {
    letters.iter().find(|(_, one)| Some(one) == choice).map_or(NO_CHOICE, |(letter, _)| *letter)
}

/// The choice for which a letter stands; the outer `None` for a letter that stands for nothing.
pub(super) fn choice<T: Copy>(letters: &[(char, T)], letter: char) -> Option<Option<T>> {
    if letter == NO_CHOICE {
        return Some(None);
    }
    letters.iter().find(|(one, _)| *one == letter).map(|(_, choice)| Some(*choice))
}

/// A period as a letter.
pub(super) const PERIODS: [(char, Period); 4] =
    [('t', Period::Today), ('y', Period::Yesterday), ('w', Period::Week), ('m', Period::Month)];

/// What can be chosen of a list, in letters.
pub(super) trait Letters: Copy {
    /// Whether rows that came later are left out. Where rows only change there are no such rows.
    const HAS_MOMENT: bool = true;

    /// The letters that stand for the choice.
    fn letters(self) -> String;

    /// The choice for which these letters stand.
    fn read(letters: &str) -> Option<Self>;
}

/// Stands for the moment of the tap.
const NOW: &str = "-";

/// A cabinet and a place in one of its lists: what was chosen, the moment, the page, the search.
pub(super) fn place_words<F: Letters>(cabinet: CabinetId, place: Place<F>) -> String {
    let mut words = vec![short(cabinet.0), place.filter.letters()];
    if F::HAS_MOMENT {
        words.push(place.as_of.map_or_else(|| NOW.to_owned(), |as_of| short(as_of.timestamp())));
    }
    words.push(short(place.page.into()));
    words.extend(place.search.map(|search| short(search.0.into())));
    words.join(":")
}

/// Reads what [`place_words`] wrote.
pub(super) fn place<F: Letters>(words: &[&str]) -> Option<(CabinetId, Place<F>)> {
    let [cabinet, letters, rest @ ..] = words else { return None };
    let (as_of, rest) = match rest {
        [NOW, rest @ ..] if F::HAS_MOMENT => (None, rest),
        [as_of, rest @ ..] if F::HAS_MOMENT => (Some(moment(as_of)?), rest),
        rest => (None, rest),
    };
    let (page, search) = match rest {
        [page] => (page, None),
        [page, search] => (page, Some(SearchId(long(search)?))),
        _ => return None,
    };
    Some((CabinetId(long(cabinet)?), Place { filter: F::read(letters)?, search, as_of, page: long(page)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_number_is_read_as_it_was_written() {
        for number in [0, 1, 35, 36, -1, i64::from(u32::MAX), i64::MAX, i64::MIN] {
            assert_eq!(long::<i64>(&short(number)), Some(number));
        }
        assert_eq!([0, 35, 36, -37].map(short), ["0", "z", "10", "-11"]);
        assert_eq!(short(i64::MAX).len(), 13);
        assert_eq!(long::<u16>(&short(65_536)), None, "no such page");
        assert_eq!(long::<i64>("1o3!"), None);
    }

    #[test]
    fn a_moment_or_a_day_that_nobody_was_offered_is_none() {
        assert!(moment("towhgc").is_some() && day("fuxy").is_some());
        for number in [i64::MIN, -100_000_000_000, 0, 5_000_000_000, i64::MAX] {
            assert_eq!(moment(&short(number)), None, "{number}");
        }
        for number in [i32::MIN, -96_465_292, 0, 730_000, 800_000, 95_745_994, i32::MAX] {
            assert_eq!(day(&short(number.into())), None, "{number}");
        }
    }
}
