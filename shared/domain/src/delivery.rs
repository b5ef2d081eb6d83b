//! What is sent next in a chat: what is wanted, held, grouped and silent. Pure.
//!
//! The settings decide here and nowhere earlier, so that a change is in force at once.

use std::cmp::Ordering;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::event::EventKind;
use crate::ids::{CabinetId, GroupId, NmId, NotificationId};
use crate::settings::{Delivery, QuietMode, Zone};

/// A backlog older than this comes as one group, however few rows it has.
const BACKLOG_AGE: TimeDelta = TimeDelta::hours(24);
const MINUTES_A_DAY: i64 = 24 * 60;

/// What a person has chosen for all of their cabinets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Whether they want notifications at all.
    pub is_on: bool,
    /// The zone of their clock.
    pub zone: Zone,
    /// Their quiet hours, unless they have switched them off.
    pub quiet: Option<QuietHours>,
}

/// Hours of the day on a person's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The hour at which they begin, 0 to 23.
    pub from: i16,
    /// The hour at which they end; the same hour stands for no quiet hours.
    pub until: i16,
    /// What they do.
    pub mode: QuietMode,
}

impl QuietHours {
    /// When the quiet hours end that are now; `None` where none are.
    fn end(self, zone: Zone, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let minute = i64::from(zone.minute_of_day(now));
        let (from, until) = (i64::from(self.from) * 60, i64::from(self.until) * 60);
        let is_quiet = match from.cmp(&until) {
            Ordering::Less => (from..until).contains(&minute),
            Ordering::Equal => false,
            // Over midnight.
            Ordering::Greater => minute >= from || minute < until,
        };
        let left = TimeDelta::minutes((until - minute).rem_euclid(MINUTES_A_DAY));
        is_quiet.then(|| now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now) + left)
    }
}

/// A notification that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its id.
    pub id: NotificationId,
    /// Its kind; `None` for one that only a newer version knows.
    pub kind: Option<EventKind>,
    /// The cabinet; `None` for what is about no cabinet.
    pub cabinet: Option<CabinetId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is due.
    pub since: DateTime<Utc>,
    /// The article, if it is about one.
    pub nm_id: Option<NmId>,
    /// Whether it changes a message that the person has.
    pub is_edit: bool,
    /// The group as which it was sent before.
    pub group: Option<GroupId>,
    /// Whether it was sent before and nobody saw the end: the person may have it.
    pub may_be_sent: bool,
    /// Whether the person still belongs to the cabinet.
    pub is_member: bool,
    /// Whether their switch of the kind is on in this cabinet.
    pub is_on: bool,
    /// Whether they have muted the product, for this kind or for all.
    pub is_muted: bool,
    /// How the kind comes in this cabinet.
    pub delivery: Delivery,
    /// Whether it is a digest that the person asked for.
    pub is_asked_for: bool,
}

/// Until when a notification waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldUntil {
    /// Until this moment, at which it is looked at again.
    Moment(DateTime<Utc>),
    /// Until the next digest takes it along.
    Digest,
}

/// The notifications that make the next message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Their ids.
    pub ids: Vec<NotificationId>,
    /// What names the group as which they come, if they do.
    pub group: Option<GroupId>,
    /// Since when the one that waits longest was due.
    pub due_since: DateTime<Utc>,
}

impl Chosen {
    fn of(rows: &[&Due], group: Option<GroupId>) -> Option<Self> {
        let due_since = rows.iter().map(|row| row.since).min()?;
        Some(Self { ids: rows.iter().map(|row| row.id).collect(), group, due_since })
    }
}

/// What becomes of the notifications that are due in a chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Those that are not wanted.
    pub suppressed: Vec<NotificationId>,
    /// Those that wait.
    pub held: Vec<(NotificationId, HeldUntil)>,
    /// The next message; `None` where nothing is left.
    pub next: Option<Chosen>,
    /// Whether messages come without a sound now.
    pub is_silent: bool,
}

/// Decides about the notifications that are due in a chat, in the order in which they are to be sent.
///
/// More than `group_above` of one kind and cabinet come as one group, and so do two that were collected or that are a day
/// late. Sizes of one product that fell together are one message. What the person may have already comes in the form in which
/// it was sent.
#[must_use]
pub fn decide_next(due: &[Due], choices: Choices, group_above: usize, now: DateTime<Utc>) -> Decision {
    let quiet_until = choices.quiet.and_then(|quiet| quiet.end(choices.zone, now));
    let mut decision = Decision { is_silent: quiet_until.is_some(), ..Decision::default() };
    let held_by_quiet = quiet_until.filter(|_| choices.quiet.is_some_and(|quiet| quiet.mode == QuietMode::Held));
    let mut ready = Vec::new();
    for row in due {
        if !is_wanted(row, choices.is_on) {
            decision.suppressed.push(row.id);
        } else if let Some(until) = held_until(row, held_by_quiet, now) {
            decision.held.push((row.id, until));
        } else {
            ready.push(row);
        }
    }
    decision.next = ready.first().and_then(|next| choose(next, &ready, group_above, now));
    decision
}

fn is_switched(row: &Due) -> bool {
    row.kind.is_some_and(|kind| EventKind::SWITCHED.contains(&kind))
}

/// Whether the person wants it: they belong to the cabinet, and have switched off neither it nor its product.
fn is_wanted(row: &Due, is_on: bool) -> bool {
    let is_late = matches!(row.kind, Some(EventKind::OrdersLate | EventKind::OrdersLateOver));
    let is_governed = is_switched(row) || is_late;
    (row.cabinet.is_none() || row.is_member) && (!is_governed || (is_on && row.is_on && !row.is_muted))
}

/// Until when it waits: the end of its collecting period, the digest, or the end of the quiet hours. An edit never waits, and
/// the messages of a first sync ignore quiet hours.
fn held_until(row: &Due, quiet_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<HeldUntil> {
    if row.is_edit {
        return None;
    }
    let collected = match row.delivery {
        _ if !is_switched(row) => None,
        Delivery::Digest => Some(HeldUntil::Digest),
        delivery => {
            let period = delivery.period(now).filter(|(since, _)| row.created_at >= *since);
            period.map(|(_, until)| HeldUntil::Moment(until))
        }
    };
    let is_first_sync = matches!(row.kind, Some(EventKind::FirstSyncProgress | EventKind::FirstSyncFinished));
    let quiet = quiet_until.filter(|_| !is_first_sync && !row.is_asked_for).map(HeldUntil::Moment);
    collected.max(quiet)
}

/// What makes one message with the next one.
fn choose(next: &Due, ready: &[&Due], group_above: usize, now: DateTime<Utc>) -> Option<Chosen> {
    let is_alike = |row: &&&Due| {
        (row.kind, row.cabinet, row.is_edit, row.may_be_sent)
            == (next.kind, next.cabinet, next.is_edit, next.may_be_sent)
            && (!next.may_be_sent || row.group == next.group)
    };
    let alike: Vec<&Due> = ready.iter().filter(is_alike).copied().collect();
    let is_collected = next.delivery.period(now).is_some() || now - next.created_at > BACKLOG_AGE;
    let is_group = if next.may_be_sent {
        next.group.is_some()
    } else {
        // A message is edited by itself: as part of a group its row would be sent twice.
        is_switched(next) && !next.is_edit && (alike.len() > group_above || (alike.len() > 1 && is_collected))
    };
    if is_group {
        // What was sent before has the group's name on its buttons.
        let group = next.group.filter(|_| next.may_be_sent).unwrap_or(GroupId(next.id.0));
        return Chosen::of(&alike, Some(group));
    }
    let fell_together = |row: &&Due| {
        next.kind == Some(EventKind::CriticalStock)
            && next.nm_id.is_some()
            && (row.nm_id, row.created_at) == (next.nm_id, next.created_at)
    };
    let together: Vec<&Due> = alike.into_iter().filter(|row| row.id == next.id || fell_together(row)).collect();
    Chosen::of(&together, None)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    /// 12:30 in Moscow.
    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 30, 20).unwrap()
    }

    fn due(id: i64) -> Due {
        Due {
            id: NotificationId(id),
            kind: Some(EventKind::NewOrder),
            cabinet: Some(CabinetId(7)),
            created_at: now() - TimeDelta::minutes(1),
            since: now() - TimeDelta::seconds(id),
            nm_id: Some(NmId(1)),
            is_edit: false,
            group: None,
            may_be_sent: false,
            is_member: true,
            is_on: true,
            is_muted: false,
            delivery: Delivery::AtOnce,
            is_asked_for: false,
        }
    }

    fn stock(id: i64) -> Due {
        Due { kind: Some(EventKind::CriticalStock), ..due(id) }
    }

    const ON: Choices = Choices { is_on: true, zone: Zone::Moscow, quiet: None };

    fn quiet(from: i16, until: i16, mode: QuietMode) -> Choices {
        Choices { quiet: Some(QuietHours { from, until, mode }), ..ON }
    }

    fn decide(rows: &[Due], choices: Choices) -> Decision {
        decide_next(rows, choices, 10, now())
    }

    fn plain(ids: Vec<NotificationId>) -> Vec<i64> {
        ids.into_iter().map(|id| id.0).collect()
    }

    fn held(decision: Decision) -> Vec<(i64, HeldUntil)> {
        decision.held.into_iter().map(|(id, until)| (id.0, until)).collect()
    }

    fn next(rows: &[Due]) -> (Vec<i64>, Option<i64>) {
        let chosen = decide(rows, ON).next.unwrap();
        (plain(chosen.ids), chosen.group.map(|group| group.0))
    }

    #[test]
    fn one_after_the_other_in_their_order() {
        assert_eq!(next(&[due(3), due(4)]), (vec![3], None));
        assert_eq!(decide(&[], ON), Decision::default());
    }

    #[test]
    fn what_is_switched_off_muted_or_of_a_cabinet_that_was_left_is_suppressed() {
        let rows = [
            Due { is_on: false, ..due(1) },
            Due { is_muted: true, ..due(2) },
            Due { is_member: false, ..due(3) },
            Due { kind: Some(EventKind::OrdersLate), is_on: false, ..due(4) },
            Due { kind: Some(EventKind::TokenRefused), is_on: false, ..due(5) },
        ];
        let decision = decide(&rows, ON);
        assert_eq!(plain(decision.suppressed), [1, 2, 3, 4]);
        assert_eq!(plain(decision.next.unwrap().ids), [5], "no switch governs it");
        let all_off = decide(
            &[due(1), Due { kind: Some(EventKind::Digest), cabinet: None, is_member: false, ..due(2) }],
            Choices { is_on: false, ..ON },
        );
        assert_eq!((plain(all_off.suppressed), plain(all_off.next.unwrap().ids)), (vec![1], vec![2]));
    }

    #[test]
    fn what_is_collected_waits_for_the_end_of_its_period_and_then_comes_as_a_group() {
        let collected = |id, created_at| Due { delivery: Delivery::QuarterHourly, created_at, ..due(id) };
        let period = now().duration_trunc(TimeDelta::minutes(15)).unwrap();
        let rows = [
            collected(1, period),
            collected(2, period - TimeDelta::seconds(1)),
            collected(3, period - TimeDelta::seconds(2)),
        ];
        let decision = decide(&rows, ON);
        let chosen = Chosen {
            ids: vec![NotificationId(2), NotificationId(3)],
            group: Some(GroupId(2)),
            due_since: now() - TimeDelta::seconds(3),
        };
        assert_eq!(decision.next, Some(chosen));
        assert_eq!(held(decision), [(1, HeldUntil::Moment(period + TimeDelta::minutes(15)))]);
        assert_eq!(next(&rows[1..2]), (vec![2], None), "one alone is no group");
        let digest = Due { delivery: Delivery::Digest, ..due(1) };
        assert_eq!(held(decide(&[digest], ON)), [(1, HeldUntil::Digest)]);
        let edit = Due { is_edit: true, ..digest };
        assert_eq!(next(&[edit]), (vec![1], None), "an edit waits for nothing");
        let unswitched = Due { kind: Some(EventKind::TokenRefused), ..digest };
        assert_eq!(next(&[unswitched]), (vec![1], None));
    }

    #[test]
    fn more_than_the_limit_or_a_backlog_of_a_day_is_a_group() {
        let many: Vec<Due> = (1..=11).map(due).collect();
        assert_eq!(next(&many), ((1..=11).collect(), Some(1)));
        assert_eq!(next(&many[..10]), (vec![1], None));
        let old = |id| Due { created_at: now() - TimeDelta::hours(24) - TimeDelta::seconds(1), ..due(id) };
        assert_eq!(next(&[old(1), old(2)]), (vec![1, 2], Some(1)));
        let day = |id| Due { created_at: now() - TimeDelta::hours(24), ..due(id) };
        assert_eq!(next(&[day(1), day(2)]), (vec![1], None));
        let edits: Vec<Due> = many.iter().map(|row| Due { is_edit: true, ..*row }).collect();
        assert_eq!(next(&edits), (vec![1], None));
        let system: Vec<Due> = many.iter().map(|row| Due { kind: Some(EventKind::MemberJoined), ..*row }).collect();
        assert_eq!(next(&system), (vec![1], None));
        let unknown: Vec<Due> = many.iter().map(|row| Due { kind: None, ..*row }).collect();
        assert_eq!(next(&unknown), (vec![1], None));
    }

    #[test]
    fn a_group_is_of_one_kind_and_one_cabinet_and_without_what_may_be_sent() {
        let mut rows: Vec<Due> = (1..=11).map(due).collect();
        rows.push(Due { cabinet: Some(CabinetId(8)), ..due(12) });
        rows.push(stock(13));
        rows.push(Due { may_be_sent: true, ..due(14) });
        rows.push(Due { is_edit: true, ..due(15) });
        assert_eq!(next(&rows), ((1..=11).collect(), Some(1)));
    }

    #[test]
    fn what_a_person_may_have_comes_in_the_form_in_which_it_was_sent() {
        let again = |id, group: Option<i64>| Due { may_be_sent: true, group: group.map(GroupId), ..due(id) };
        let rows = [again(5, Some(4)), again(6, Some(4)), again(7, None), due(8)];
        assert_eq!(next(&rows), (vec![5, 6], Some(4)), "with the name that its buttons have");
        let many: Vec<Due> = (1..=11).map(|id| again(id, None)).collect();
        assert_eq!(next(&many), (vec![1], None));
    }

    #[test]
    fn sizes_of_a_product_that_fell_together_are_one_message() {
        let other = Due { nm_id: Some(NmId(2)), ..stock(3) };
        let later = Due { created_at: now(), ..stock(4) };
        assert_eq!(next(&[stock(1), stock(2), other, later]), (vec![1, 2], None));
        let orders = [due(1), due(2)];
        assert_eq!(next(&orders), (vec![1], None));
        let without = [Due { nm_id: None, ..stock(1) }, Due { nm_id: None, ..stock(2) }];
        assert_eq!(next(&without), (vec![1], None));
    }

    #[test]
    fn quiet_hours_silence_or_hold_until_the_minute_in_which_they_end() {
        let silent = decide(&[due(1)], quiet(12, 13, QuietMode::Silent));
        assert!(silent.is_silent && silent.held.is_empty());
        let until = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
        assert_eq!(held(decide(&[due(1)], quiet(12, 13, QuietMode::Held))), [(1, HeldUntil::Moment(until))]);
        // Over midnight, and not at all.
        assert_eq!(held(decide(&[due(1)], quiet(22, 13, QuietMode::Held))), [(1, HeldUntil::Moment(until))]);
        for (from, until) in [(13, 14), (13, 12), (12, 12), (0, 12)] {
            let decision = decide(&[due(1)], quiet(from, until, QuietMode::Held));
            assert!(decision.held.is_empty() && !decision.is_silent, "{from}–{until}");
        }
        let ends = |minute| {
            let at = Utc.with_ymd_and_hms(2026, 11, 22, 9, minute, 59).unwrap();
            held(decide_next(&[due(1)], quiet(12, 13, QuietMode::Held), 10, at))
        };
        assert_eq!(ends(59), [(1, HeldUntil::Moment(until))]);
        for from in [12, 22] {
            let sharp = decide_next(&[due(1)], quiet(from, 13, QuietMode::Held), 10, until);
            assert_eq!(sharp.held, [], "from {from}");
        }
    }

    #[test]
    fn quiet_hours_hold_neither_a_first_sync_nor_what_was_asked_for_nor_an_edit() {
        let rows = [
            Due { kind: Some(EventKind::FirstSyncProgress), ..due(1) },
            Due { kind: Some(EventKind::FirstSyncFinished), ..due(2) },
            Due { kind: Some(EventKind::Digest), is_asked_for: true, ..due(3) },
            Due { is_edit: true, ..due(4) },
            Due { kind: Some(EventKind::Digest), ..due(5) },
        ];
        let decision = decide(&rows, quiet(12, 13, QuietMode::Held));
        assert_eq!(held(decision).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn the_longer_of_two_waits_counts() {
        let row = Due { delivery: Delivery::Hourly, created_at: now(), ..due(1) };
        let hour = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
        assert_eq!(
            held(decide(&[row], quiet(12, 15, QuietMode::Held))),
            [(1, HeldUntil::Moment(hour + TimeDelta::hours(2)))]
        );
        let digest = Due { delivery: Delivery::Digest, ..row };
        assert_eq!(held(decide(&[digest], quiet(12, 15, QuietMode::Held))), [(1, HeldUntil::Digest)]);
    }
}
