//! A history, read in the order in which it was played.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::choices::Choices;
use super::entry::{Cabinet, Chat, Entry, Fate, Kind, Known, Moment, Source};
use super::span::{Span, turn};

/// What one answer shows.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) moment: Moment,
    pub(super) source: Source,
    pub(super) began_at: DateTime<Utc>,
    pub(super) at: DateTime<Utc>,
    /// From when on it shows what has changed.
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) fate: Fate,
    pub(super) shown: Rc<Shelf>,
    /// Whether it was nothing instead of a list.
    pub(super) is_nothing: bool,
    /// Up to when what happened is silent, because nobody was there.
    pub(super) silence: Option<Silence>,
}

/// A time of which nothing is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silence {
    pub(super) until: DateTime<Utc>,
    /// Whether it is not over for certain: an answer that may have been kept ends it.
    pub(super) is_certain: bool,
}

impl Look {
    /// Whether it is sure to show what changed last at that time. A correction may have changed it later.
    pub(super) fn is_within_reach(&self, changed_at: DateTime<Utc>) -> bool {
        self.since.is_none_or(|since| changed_at > since)
    }
}

/// An order as a shop knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) ordered_at: DateTime<Utc>,
    pub(super) cancelled_at: Option<DateTime<Utc>>,
    pub(super) known: Known,
}

/// Rows by their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Shelf {
    pub(super) orders: BTreeMap<String, Order>,
    /// When something was sold or, with `true`, returned.
    pub(super) sales: BTreeMap<(String, bool), DateTime<Utc>>,
    /// Pieces by size.
    pub(super) stocks: BTreeMap<i64, i64>,
    /// Stars and time.
    pub(super) reviews: BTreeMap<String, (u8, DateTime<Utc>)>,
}

/// A shop as it is, as its reports show it, and as a late replica does.
#[derive(Clone, Debug, Default)]
struct Shop {
    present: Rc<Shelf>,
    reported: Rc<Shelf>,
    remembered: Rc<Shelf>,
    made: BTreeMap<Uuid, Rc<Shelf>>,
    /// What of the time before a return is not read yet, by source.
    silences: BTreeMap<Source, Silence>,
}

impl Shop {
    /// The shop as it is, to be changed.
    fn change(&mut self) -> &mut Shelf {
        Rc::make_mut(&mut self.present)
    }
}

/// Everything that was answered about one cabinet.
pub(super) fn looks(entries: &[Entry], of: Cabinet) -> Vec<Look> {
    let mut shop = Shop::default();
    let mut looks = Vec::new();
    for (moment, entry) in entries.iter().enumerate() {
        match entry {
            Entry::Ordered { cabinet, srid, at, known, .. } if *cabinet == of => {
                let order = Order { ordered_at: *at, cancelled_at: None, known: *known };
                shop.change().orders.insert(srid.clone(), order);
            }
            Entry::Revealed { cabinet, srid } if *cabinet == of => {
                if let Some(order) = shop.change().orders.get_mut(srid) {
                    order.known = Known::ToBoth;
                }
            }
            Entry::Cancelled { cabinet, srid, at } if *cabinet == of => {
                if let Some(order) = shop.change().orders.get_mut(srid) {
                    order.cancelled_at = Some(*at);
                }
            }
            Entry::Sold { cabinet, srid, is_return, at } if *cabinet == of => {
                shop.change().sales.insert((srid.clone(), *is_return), *at);
            }
            Entry::Stocked { cabinet, chrt_id, remainder } if *cabinet == of => {
                shop.change().stocks.insert(*chrt_id, *remainder);
            }
            Entry::Reviewed { cabinet, id, stars, at, .. } if *cabinet == of => {
                shop.change().reviews.insert(id.clone(), (*stars, *at));
                Rc::make_mut(&mut shop.reported).reviews.insert(id.clone(), (*stars, *at));
            }
            Entry::Renewed { cabinet } if *cabinet == of => shop.reported = shop.present.clone(),
            Entry::Remembered { cabinet } if *cabinet == of => shop.remembered = shop.reported.clone(),
            Entry::ReportMade { cabinet, report } if *cabinet == of => {
                shop.made.insert(*report, shop.reported.clone());
            }
            Entry::Returned { cabinet, at } if *cabinet == of => {
                let silence = Silence { until: *at, is_certain: true };
                shop.silences.extend(Source::ALL.map(|source| (source, silence)));
            }
            Entry::Looked { cabinet, source, began_at, at, since, report, fate, is_stale, is_nothing }
                if *cabinet == of =>
            {
                let shown = match (source, is_stale) {
                    _ if *is_nothing => &Rc::default(),
                    (Source::Remains, _) => report.and_then(|report| shop.made.get(&report)).unwrap_or(&shop.reported),
                    (_, true) => &shop.remembered,
                    (Source::OrderFeed, false) => &shop.present,
                    (_, false) => &shop.reported,
                };
                let (source, shown) = (*source, shown.clone());
                let silence = shop.silences.get(&source).copied();
                match fate {
                    // What says nothing may have left out what happened, and ends no silence.
                    _ if *is_nothing => {}
                    Fate::Kept => drop(shop.silences.remove(&source)),
                    Fate::Perhaps => {
                        shop.silences.entry(source).and_modify(|silence| silence.is_certain = false);
                    }
                    Fate::InPart => {}
                }
                let (began_at, at, since, fate) = (*began_at, *at, *since, *fate);
                let is_nothing = *is_nothing;
                looks.push(Look { moment, source, began_at, at, since, fate, shown, is_nothing, silence });
            }
            _ => {}
        }
    }
    looks
}

/// Which product everything of one cabinet is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Articles {
    /// By an order's `srid`, or a review's id.
    pub(super) of: BTreeMap<String, i64>,
    /// The sizes of each.
    pub(super) sizes: BTreeMap<i64, Vec<i64>>,
}

impl Articles {
    pub(super) fn read(entries: &[Entry], of_cabinet: Cabinet) -> Self {
        let mut articles = Self::default();
        for entry in entries {
            match entry {
                Entry::Product { cabinet, nm_id, sizes } if *cabinet == of_cabinet => {
                    articles.sizes.insert(*nm_id, sizes.clone());
                }
                Entry::Ordered { cabinet, nm_id, srid: key, .. } | Entry::Reviewed { cabinet, nm_id, id: key, .. }
                    if *cabinet == of_cabinet =>
                {
                    articles.of.insert(key.clone(), *nm_id);
                }
                _ => {}
            }
        }
        articles
    }

    pub(super) fn of(&self, key: &str) -> i64 {
        self.of.get(key).copied().unwrap_or_default()
    }
}

/// When a person came to belong to a cabinet.
#[derive(Clone, Debug)]
pub(super) struct Membership {
    /// Possible from here on, certain from there on.
    pub(super) moments: Span,
    /// Where it ended.
    pub(super) left: Option<Moment>,
    pub(super) times: std::ops::Range<DateTime<Utc>>,
}

/// What people did.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) memberships: BTreeMap<(Chat, Cabinet), Membership>,
    blocked: BTreeMap<Chat, Vec<Span>>,
    /// When everything was switched off, by person.
    all_off: BTreeMap<Chat, Vec<Span>>,
    kind_off: BTreeMap<(Chat, Cabinet, Kind), Vec<Span>>,
    first_sync_ended: BTreeMap<(Chat, Cabinet), Moment>,
    pub(super) choices: Choices,
    /// Whether answers are kept in parts that are too small to be compared.
    pub(super) is_in_parts: bool,
    /// With the time of the last tick, and the time.
    calm: Vec<(Moment, DateTime<Utc>, DateTime<Utc>)>,
    end: Moment,
}

impl People {
    pub(super) fn read(entries: &[Entry]) -> Self {
        let mut people = Self { end: entries.len(), ..Self::default() };
        for (moment, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Joined { chat, cabinet, since, not_before, at } => {
                    let membership = Membership { moments: *since..moment, left: None, times: *not_before..*at };
                    people.memberships.entry((*chat, *cabinet)).or_insert(membership);
                }
                Entry::Left { chat, cabinet } => {
                    if let Some(membership) = people.memberships.get_mut(&(*chat, *cabinet)) {
                        membership.left.get_or_insert(moment);
                    }
                }
                Entry::FirstSyncEnded { chat, cabinet } => {
                    people.first_sync_ended.entry((*chat, *cabinet)).or_insert(moment);
                }
                Entry::Switched { chat, what: None, on } => {
                    turn(people.all_off.entry(*chat).or_default(), moment, !*on);
                }
                Entry::Switched { chat, what: Some((cabinet, kind)), on } => {
                    turn(people.kind_off.entry((*chat, *cabinet, *kind)).or_default(), moment, !*on);
                }
                Entry::Blocked { chat } => turn(people.blocked.entry(*chat).or_default(), moment, true),
                Entry::Unblocked { chat } => turn(people.blocked.entry(*chat).or_default(), moment, false),
                Entry::InParts => people.is_in_parts = true,
                Entry::Calm { since, at } => people.calm.push((moment, *since, *at)),
                Entry::Chose { chat, choice } => people.choices.add(moment, *chat, choice),
                Entry::Asked { chat } => people.choices.ask(moment, *chat),
                _ => {}
            }
        }
        people
    }

    /// When a person was told that the first sync of a cabinet had ended; `None` for who came later.
    pub(super) fn first_sync_ended(&self, chat: Chat, cabinet: Cabinet) -> Option<Moment> {
        self.first_sync_ended.get(&(chat, cabinet)).copied()
    }

    /// When the last of them was told.
    pub(super) fn last_first_sync_end(&self, cabinet: Cabinet) -> Moment {
        let ends = self.first_sync_ended.iter().filter(|((_, of), _)| *of == cabinet).map(|(_, moment)| *moment);
        ends.max().unwrap_or(0)
    }

    /// The first moment by which something seen at a time has been told, though it could be told only
    /// from `from` on: a moment of rest at which no choice of the person makes it wait.
    pub(super) fn calm_after(
        &self,
        from: Moment,
        (chat, cabinet, kind): (Chat, Cabinet, Kind),
        seen_at: DateTime<Utc>,
    ) -> Moment {
        let is_over = |(calm, since, at): &&(Moment, DateTime<Utc>, DateTime<Utc>)| {
            let choices = &self.choices;
            *calm > from
                && choices.is_ripe((chat, cabinet, kind), *calm, seen_at, *since)
                && ![since, at].into_iter().any(|at| choices.is_kept(chat, *calm, *at))
        };
        self.calm.iter().find(is_over).map_or(self.end, |(calm, ..)| *calm)
    }

    /// Whether there was a moment of rest in a span.
    pub(super) fn was_calm(&self, span: &Span) -> Option<Moment> {
        self.calm.iter().map(|(calm, ..)| *calm).find(|calm| span.contains(calm))
    }

    /// The times at which nothing of the kind and product is to be sent, or nothing at all.
    pub(super) fn silences(&self, chat: Chat, cabinet: Cabinet, kind: Kind, nm_id: i64) -> impl Iterator<Item = &Span> {
        self.blocked(chat).chain(self.switched_off(chat, cabinet, kind, nm_id))
    }

    pub(super) fn blocked(&self, chat: Chat) -> impl Iterator<Item = &Span> {
        self.blocked.get(&chat).into_iter().flatten()
    }

    pub(super) fn switched_off(
        &self,
        chat: Chat,
        cabinet: Cabinet,
        kind: Kind,
        nm_id: i64,
    ) -> impl Iterator<Item = &Span> {
        let off = self.kind_off.get(&(chat, cabinet, kind)).into_iter().flatten();
        let all_off = self.all_off.get(&chat).into_iter().flatten();
        off.chain(all_off).chain(self.choices.muted(chat, cabinet, kind, nm_id))
    }
}
