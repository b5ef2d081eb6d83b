//! What people chose, and what follows from it at a moment.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use super::entry::{By, Cabinet, Chat, Choice, Kind, Mode, Moment, QuietHours};
use super::span::{Span, turn};

/// The most stars of a review that is told to who has chosen nothing.
const FEW_STARS: u8 = 3;
/// The remainder that is critical for who has chosen nothing.
const FEW_LEFT: i64 = 2;

/// A kind in a person's cabinet.
pub(super) type Place = (Chat, Cabinet, Kind);

/// All choices, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Choices {
    made: Vec<(Moment, Chat, Choice)>,
    muted: BTreeMap<(Chat, Cabinet, i64, Option<Kind>), Vec<Span>>,
    asked: Vec<(Moment, Chat)>,
}

impl Choices {
    pub(super) fn add(&mut self, moment: Moment, chat: Chat, choice: &Choice) {
        if let Choice::Mute(cabinet, nm_id, kind, on) = choice {
            turn(self.muted.entry((chat, *cabinet, *nm_id, *kind)).or_default(), moment, *on);
        }
        self.made.push((moment, chat, choice.clone()));
    }

    /// A digest was asked for.
    pub(super) fn ask(&mut self, moment: Moment, chat: Chat) {
        self.asked.push((moment, chat));
    }

    /// The choices that a person had made before a moment.
    fn before(&self, chat: Chat, moment: Moment) -> impl DoubleEndedIterator<Item = &Choice> {
        let made = self.made.iter().filter(move |(at, who, _)| *who == chat && *at < moment);
        made.map(|(_, _, choice)| choice)
    }

    /// Whether a person chose anything in a span, or asked for a digest.
    pub(super) fn did_something(&self, chat: Chat, span: &Span) -> bool {
        let chose = self.made.iter().map(|(at, who, _)| (at, who));
        let asked = self.asked.iter().map(|(at, who)| (at, who));
        chose.chain(asked).any(|(at, who)| *who == chat && span.contains(at))
    }

    pub(super) fn mode(&self, (chat, cabinet, kind): Place, moment: Moment) -> Mode {
        self.before(chat, moment).fold(Mode::AtOnce, |mode, choice| match choice {
            Choice::Mode(of, what, mode) if (*of, *what) == (cabinet, kind) => *mode,
            Choice::NoDigest if mode == Mode::Digest => Mode::AtOnce,
            _ => mode,
        })
    }

    /// Whether a kind came in the digest only at some moment of a span, and whether all the time.
    pub(super) fn in_digest(&self, place: Place, span: &Span) -> (bool, bool) {
        let turns = self.made.iter().map(|(moment, ..)| moment + 1);
        // What is chosen right before the end is in force at it.
        let turns = turns.filter(|moment| (span.start..=span.end).contains(moment));
        let is_digest = |moment| self.mode(place, moment) == Mode::Digest;
        let mut modes = std::iter::once(span.start).chain(turns).map(is_digest);
        let first = modes.next().unwrap_or_default();
        modes.fold((first, first), |(some, all), one| (some || one, all && one))
    }

    /// Whether the mode of a moment lets something be told at a time by itself.
    pub(super) fn is_ripe(&self, place: Place, moment: Moment, seen_at: DateTime<Utc>, at: DateTime<Utc>) -> bool {
        match self.mode(place, moment) {
            Mode::AtOnce => true,
            Mode::Collected(minutes) => {
                let length = i64::from(minutes) * 60;
                let end = (seen_at.timestamp().div_euclid(length) + 1) * length;
                at.timestamp() >= end
            }
            Mode::Digest => false,
        }
    }

    /// The quiet hours of a person in which a time lies.
    fn quiet(&self, chat: Chat, moment: Moment, at: DateTime<Utc>) -> Option<QuietHours> {
        let chosen = self.before(chat, moment).rev().find_map(|choice| match choice {
            Choice::Quiet(hours) => Some(*hours),
            _ => None,
        });
        let hours = chosen.flatten()?;
        let hour = (at + TimeDelta::hours(hours.ahead.into())).hour();
        let is_quiet = if hours.from < hours.until {
            (hours.from..hours.until).contains(&hour)
        } else {
            hour >= hours.from || hour < hours.until
        };
        is_quiet.then_some(hours)
    }

    /// Whether a message makes no sound at a time.
    pub(super) fn is_quiet(&self, chat: Chat, moment: Moment, at: DateTime<Utc>) -> bool {
        self.quiet(chat, moment, at).is_some()
    }

    /// Whether a message waits at a time for the morning.
    pub(super) fn is_kept(&self, chat: Chat, moment: Moment, at: DateTime<Utc>) -> bool {
        self.quiet(chat, moment, at).is_some_and(|hours| hours.is_held)
    }

    /// Whether a person ever kept messages for the morning.
    pub(super) fn ever_kept(&self, chat: Chat) -> bool {
        self.before(chat, Moment::MAX).any(|choice| matches!(choice, Choice::Quiet(Some(hours)) if hours.is_held))
    }

    /// Whether a digest was asked for before a moment.
    pub(super) fn has_asked(&self, chat: Chat, moment: Moment) -> bool {
        self.asked.iter().any(|(at, who)| *who == chat && *at < moment)
    }

    /// The most stars of a review that is told.
    pub(super) fn stars(&self, chat: Chat, cabinet: Cabinet, moment: Moment) -> u8 {
        let chosen = self.before(chat, moment).rev().find_map(|choice| match choice {
            Choice::Stars(of, stars) if *of == cabinet => Some(*stars),
            _ => None,
        });
        chosen.unwrap_or(FEW_STARS)
    }

    /// Which remainder is critical, and of what it is one.
    pub(super) fn left(&self, chat: Chat, cabinet: Cabinet, moment: Moment) -> (By, i64) {
        self.before(chat, moment).fold((By::Size, FEW_LEFT), |(by, left), choice| match choice {
            Choice::Left(of, left) if *of == cabinet => (by, *left),
            Choice::By(of, by) if *of == cabinet => (*by, left),
            _ => (by, left),
        })
    }

    /// The thresholds that are watched in a cabinet, the deepest first: those of everybody, and always
    /// the usual one and nothing for sizes.
    pub(super) fn thresholds(&self, cabinet: Cabinet, moment: Moment) -> Vec<(By, i64)> {
        let mut thresholds = vec![(By::Size, 0), (By::Size, FEW_LEFT)];
        let chats = self.made.iter().filter(|(at, ..)| *at < moment).map(|(_, chat, _)| *chat);
        for (by, left) in chats.map(|chat| self.left(chat, cabinet, moment)) {
            thresholds.extend([(by, left), (by, 0)]);
        }
        thresholds.sort_unstable();
        thresholds.dedup();
        thresholds
    }

    pub(super) fn muted(&self, chat: Chat, cabinet: Cabinet, kind: Kind, nm_id: i64) -> impl Iterator<Item = &Span> {
        let of = move |kind| self.muted.get(&(chat, cabinet, nm_id, kind)).into_iter().flatten();
        of(Some(kind)).chain(of(None))
    }
}
