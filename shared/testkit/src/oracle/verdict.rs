//! Compares what should have been told with what was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};

use super::entry::{Cabinet, Chat, Entry, Event, Moment, Source, Telling};
use super::history::{self, Articles, Look, People};
use super::rules::{self, Account, BLUR, Branch, Concerns, Emission, Facts};
use super::span::Span;
use super::trade;

/// A message whose answer is lost is sent again twice at most.
const SENT_AT_MOST: usize = 3;

/// Something that went wrong, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Who was told, or was not.
    pub chat: Chat,
    /// What; `None` where a message says something that cannot be read.
    pub event: Option<Event>,
    /// Why it is wrong.
    pub reason: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chat, event, reason } = self;
        match event {
            Some(Event { cabinet, kind, key }) => write!(f, "chat {chat}, cabinet {cabinet}, {kind:?} {key}: {reason}"),
            None => write!(f, "chat {chat}: {reason}"),
        }
    }
}

/// How a history ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What had to be told, and was not.
    pub lost: Vec<Finding>,
    /// What was told, and had not to be.
    pub spurious: Vec<Finding>,
    /// What was told more than once, beyond what is forgiven.
    pub doubled: Vec<Finding>,
    /// Messages that were doubled by a call to Telegram whose end nobody saw.
    pub forgiven: usize,
    /// Tellings, each event for each person counted once.
    pub told: usize,
}

impl Verdict {
    /// Whether nothing is lost, nothing spurious and nothing doubled.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.lost.is_empty() && self.spurious.is_empty() && self.doubled.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, findings) in [("lost", &self.lost), ("spurious", &self.spurious), ("doubled", &self.doubled)] {
            for finding in findings {
                writeln!(f, "{name}: {finding}")?;
            }
        }
        write!(f, "{} told, {} doublings forgiven", self.told, self.forgiven)
    }
}

/// Where and when something was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    moment: Moment,
    message: i64,
    at: DateTime<Utc>,
    is_silent: bool,
    is_digest: bool,
}

/// Everything that was told, by person and event.
type Tellings = BTreeMap<(Chat, Event), Vec<Told>>;

/// Judges a history.
#[must_use]
pub fn judge(entries: &[Entry], tellings: &[Telling]) -> Verdict {
    let people = People::read(entries);
    let mut verdict = Verdict::default();
    let mut told = Tellings::new();
    let mut digests = Vec::new();
    for telling in tellings {
        let sent = sent(entries, telling);
        if telling.is_digest {
            digests.push((telling, sent.moment));
        }
        for event in telling.events.iter().collect::<BTreeSet<_>>() {
            let tellings = told.entry((telling.chat, event.clone())).or_default();
            tellings.push(sent);
            tellings.sort_unstable();
        }
        if let Some(text) = &telling.unexplained {
            let reason = format!("message {} tells what never happened: {text}", telling.message);
            verdict.spurious.push(Finding { chat: telling.chat, event: None, reason });
        }
    }
    let digests = first_digests(entries, &digests);
    verdict.told = told.len();

    let mut doubled: BTreeMap<(Chat, i64), Finding> = BTreeMap::new();
    for cabinet in cabinets(entries) {
        let looks = history::looks(entries, cabinet);
        let articles = Articles::read(entries, cabinet);
        for matter in [Matter::Trade, Matter::Stocks, Matter::Reviews] {
            let court = Court { people: &people, articles: &articles, told: &told, digests: &digests, cabinet, matter };
            let problems = court.best_account(&looks);
            verdict.lost.extend(problems.lost);
            verdict.spurious.extend(problems.spurious);
            doubled.extend(problems.doubled);
        }
    }
    let mut windows: BTreeMap<Chat, usize> = BTreeMap::new();
    for entry in entries {
        if let Entry::Window { chat } = entry {
            *windows.entry(*chat).or_default() += 1;
        }
    }
    for ((chat, _), finding) in doubled {
        match windows.get_mut(&chat) {
            Some(left) if *left > 0 => {
                *left -= 1;
                verdict.forgiven += 1;
            }
            _ => verdict.doubled.push(finding),
        }
    }
    verdict
}

/// Where in the history a message was sent, and how.
fn sent(entries: &[Entry], telling: &Telling) -> Told {
    let (message, is_digest) = (telling.message, telling.is_digest);
    let found = entries.iter().enumerate().find_map(|(moment, entry)| match entry {
        Entry::Sent { chat, message: id, at, is_silent } if (*chat, *id) == (telling.chat, message) => {
            Some(Told { moment, message, at: *at, is_silent: *is_silent, is_digest })
        }
        _ => None,
    });
    let (moment, at) = (entries.len(), DateTime::<Utc>::MAX_UTC);
    found.unwrap_or(Told { moment, message, at, is_silent: false, is_digest })
}

/// The digests, without those that only come again, because nobody saw the end of their sending: what such a one tells was
/// settled before.
fn first_digests(entries: &[Entry], digests: &[(&Telling, Moment)]) -> Vec<(Chat, Moment)> {
    let is_unseen = |of: Chat, moment: Moment| {
        let last = entries[..moment].iter().rev().find(|entry| match entry {
            Entry::Window { chat } | Entry::Sent { chat, .. } => *chat == of,
            _ => false,
        });
        matches!(last, Some(Entry::Window { .. }))
    };
    let events = |digest: &Telling| digest.events.iter().cloned().collect::<BTreeSet<Event>>();
    let is_again = |digest: &Telling, moment: Moment| {
        let is_alike = |other: &Telling| other.chat == digest.chat && events(other) == events(digest);
        let before = digests.iter().rfind(|(other, at)| *at < moment && is_alike(other));
        // Two that say nothing are alike, whether they are the same or not.
        before.is_some_and(|(_, at)| !digest.events.is_empty() || is_unseen(digest.chat, *at))
    };
    let first = digests.iter().filter(|(digest, moment)| !is_again(digest, *moment));
    first.map(|(digest, moment)| (digest.chat, *moment)).collect()
}

fn cabinets(entries: &[Entry]) -> BTreeSet<Cabinet> {
    let joined = entries.iter().filter_map(|entry| match entry {
        Entry::Joined { cabinet, .. } => Some(*cabinet),
        _ => None,
    });
    joined.collect()
}

/// What is wrong under one reading of the history.
#[derive(Clone, Debug, Default)]
struct Problems {
    lost: Vec<Finding>,
    spurious: Vec<Finding>,
    /// By the message that repeats something.
    doubled: BTreeMap<(Chat, i64), Finding>,
}

impl Problems {
    /// Doublings weigh least: they may be forgiven.
    fn weight(&self) -> usize {
        (self.lost.len() + self.spurious.len()) * 100 + self.doubled.len()
    }

    fn add(&mut self, other: Self) {
        self.lost.extend(other.lost);
        self.spurious.extend(other.spurious);
        self.doubled.extend(other.doubled);
    }
}

/// Whether somebody had to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Must,
    May,
    /// With the reason.
    Never(&'static str),
}

/// What is judged together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    /// Orders and what becomes of them, which two sources show.
    Trade,
    Stocks,
    Reviews,
}

/// Judges one matter of one cabinet.
struct Court<'a> {
    people: &'a People,
    articles: &'a Articles,
    told: &'a Tellings,
    /// The digests that were sent for the first time, in their order in each chat.
    digests: &'a [(Chat, Moment)],
    cabinet: Cabinet,
    matter: Matter,
}

impl Court<'_> {
    /// The reading of the history that leaves the fewest problems.
    fn best_account(&self, looks: &[Look]) -> Problems {
        let People { choices, is_in_parts, .. } = self.people;
        let facts = Facts { cabinet: self.cabinet, articles: self.articles, choices, is_in_parts: *is_in_parts };
        let accounts = match self.matter {
            Matter::Trade => vec![trade::account(looks, facts)],
            Matter::Stocks => rules::accounts(looks, facts, Source::Stocks),
            Matter::Reviews => rules::accounts(looks, facts, Source::Reviews),
        };
        let judged = accounts.iter().map(|account| self.judge(account));
        judged.min_by_key(Problems::weight).unwrap_or_default()
    }

    fn judge(&self, account: &Account) -> Problems {
        let mut problems = Problems::default();
        let mut explained: BTreeSet<&Event> = BTreeSet::new();
        for branches in &account.things {
            explained.extend(branches.iter().flatten().map(|emission| &emission.event));
            let judged = branches.iter().map(|branch| self.compare(branch, branches));
            problems.add(judged.min_by_key(Problems::weight).unwrap_or_default());
        }
        for ((chat, event), told) in self.told.iter().filter(|((_, event), _)| self.is_ours(event)) {
            if !explained.contains(event) {
                let reason = format!("message {}: nothing of the kind was to be told", told[0].message);
                problems.spurious.push(Finding { chat: *chat, event: Some(event.clone()), reason });
            }
        }
        problems
    }

    fn is_ours(&self, event: &Event) -> bool {
        use super::entry::Kind::{Buyout, Cancellation, NewOrder, Return, Review, Stock};
        let matter = match event.kind {
            NewOrder | Cancellation | Buyout | Return => Matter::Trade,
            Review => Matter::Reviews,
            Stock => Matter::Stocks,
        };
        event.cabinet == self.cabinet && matter == self.matter
    }

    /// One way in which a thing may have gone against what everybody was told of it. `branches` are
    /// all of its ways, some of which tell of other events.
    fn compare(&self, branch: &Branch, branches: &[Branch]) -> Problems {
        let events: BTreeSet<&Event> = branches.iter().flatten().map(|emission| &emission.event).collect();
        let members = self.people.memberships.keys().filter(|(_, cabinet)| *cabinet == self.cabinet);
        let told = self.told.keys().filter(|(_, event)| events.contains(event));
        let chats: BTreeSet<Chat> = members.map(|(chat, _)| *chat).chain(told.map(|(chat, _)| *chat)).collect();
        let mut problems = Problems::default();
        for chat in chats {
            for event in &events {
                let emissions = branch.iter().filter(|emission| emission.event == **event).collect::<Vec<_>>();
                problems.add(self.compare_one(chat, event, &emissions));
            }
        }
        problems
    }

    fn compare_one(&self, chat: Chat, event: &Event, emissions: &[&Emission]) -> Problems {
        let mut problems = Problems::default();
        let finding = |reason: String| Finding { chat, event: Some(event.clone()), reason };
        let dues: Vec<Due> = emissions.iter().map(|emission| self.due(chat, emission)).collect();
        let must = dues.iter().filter(|due| **due == Due::Must).count();
        let may = dues.iter().filter(|due| **due == Due::May).count();
        let told = self.told.get(&(chat, event.clone())).map_or(&[][..], Vec::as_slice);
        if told.len() < must {
            let seen: Vec<String> = emissions.iter().map(|emission| emission.seen.to_string()).collect();
            let reason = format!("seen at {} and told {} times of {must}", seen.join(", "), told.len());
            problems.lost.push(finding(reason));
        }
        if !told.is_empty() && must + may == 0 {
            let why = dues.iter().find_map(|due| if let Due::Never(why) = due { Some(*why) } else { None });
            let reason = format!("message {}: {}", told[0].message, why.unwrap_or("it did not happen so"));
            problems.spurious.push(finding(reason));
            return problems;
        }
        // However many calls had no answer, a message is sent three times at most.
        if told.len() > (must + may) * SENT_AT_MOST {
            problems.spurious.push(finding(format!("it was told {} times", told.len())));
        }
        for told in told.iter().skip(must + may) {
            let reason = format!("message {} tells it again", told.message);
            problems.doubled.insert((chat, told.message), finding(reason));
        }
        for told in told {
            if let Some(reason) = self.untimely(chat, event, emissions, *told) {
                problems.spurious.push(finding(format!("message {}: {reason}", told.message)));
            }
        }
        problems
    }

    /// Why this was not the moment to tell it.
    fn untimely(&self, chat: Chat, event: &Event, emissions: &[&Emission], told: Told) -> Option<&'static str> {
        let choices = &self.people.choices;
        let place = (chat, self.cabinet, event.kind);
        let nm_id = emissions.first().map_or(0, |emission| emission.nm_id);
        let mut off = self.people.switched_off(chat, self.cabinet, event.kind, nm_id);
        if off.any(|span| span.contains(&told.moment)) {
            return Some("it was switched off before it was sent");
        }
        let left = self.people.memberships.get(&(chat, self.cabinet)).and_then(|membership| membership.left);
        if left.is_some_and(|left| told.moment > left) {
            return Some("the person had left before it was sent");
        }
        let seen: Vec<&&Emission> = emissions.iter().filter(|emission| emission.seen <= told.moment).collect();
        if seen.is_empty() && !emissions.is_empty() {
            return Some("it was told before Wildberries showed it");
        }
        let ended = self.people.first_sync_ended(chat, self.cabinet);
        if ended.is_some_and(|ended| told.moment < ended) {
            return Some("it was told before the first sync had ended");
        }
        if told.is_silent != choices.is_quiet(chat, told.moment, told.at) {
            return Some("its sound is not what the quiet hours say");
        }
        let is_asked_for = told.is_digest && choices.has_asked(chat, told.moment);
        if choices.is_kept(chat, told.moment, told.at) && !is_asked_for {
            return Some("it was to wait for the end of the quiet hours");
        }
        if !told.is_digest {
            let is_ripe = |emission: &&&Emission| choices.is_ripe(place, told.moment, emission.seen_at, told.at);
            return (!seen.iter().any(is_ripe)).then_some("it was to be collected, or to come in the digest");
        }
        let since = seen.iter().map(|emission| emission.seen).min().unwrap_or(0);
        let (some, all) = choices.in_digest(place, &(since..told.moment));
        if !some {
            return Some("it was to come by itself");
        }
        // A digest that told it and comes again, because its connection broke, is judged as a doubling.
        let is_again = self.told[&(chat, event.clone())].iter().any(|earlier| earlier.moment < told.moment);
        let is_late = all && !is_again && emissions.len() == 1 && self.has_missed_a_digest(chat, since..told.moment);
        is_late.then_some("it was not in the next digest")
    }

    /// Whether a digest came in a span though the event was there for it for certain.
    fn has_missed_a_digest(&self, chat: Chat, span: Span) -> bool {
        let from = span.start.max(self.people.last_first_sync_end(self.cabinet));
        let Some(calm) = self.people.was_calm(&(from..span.end)) else { return false };
        let mut digests = self.digests.iter().filter(|(of, moment)| *of == chat && (calm..span.end).contains(moment));
        digests.next().is_some_and(|(_, digest)| {
            let choices = &self.people.choices;
            !choices.ever_kept(chat)
                && !choices.did_something(chat, &(calm..*digest))
                && !self.people.blocked(chat).any(|blocked| overlap(blocked, &span))
        })
    }

    /// Whether a person had to be told of it.
    fn due(&self, chat: Chat, emission: &Emission) -> Due {
        let Some(joined) = self.people.memberships.get(&(chat, self.cabinet)) else {
            return Due::Never("the person does not belong to the cabinet");
        };
        if emission.seen < joined.moments.start {
            return Due::Never("the person joined later");
        }
        if joined.left.is_some_and(|left| emission.seen > left) {
            return Due::Never("the person had left");
        }
        if !self.concerns(chat, emission) {
            return Due::Never("the person's thresholds leave it out");
        }
        let mut is_open = !emission.is_certain || emission.seen < joined.moments.end;
        if joined.times.end > emission.baseline_at {
            if emission.at + BLUR < joined.times.start {
                if joined.times.start > emission.baseline_at {
                    return Due::Never("it happened before the person joined");
                }
                is_open = true;
            }
            is_open |= emission.at <= joined.times.end + BLUR;
        }
        let from = emission.seen.max(self.people.last_first_sync_end(self.cabinet));
        let kind = emission.event.kind;
        let window = emission.seen..self.people.calm_after(from, (chat, self.cabinet, kind), emission.seen_at);
        is_open |= joined.left.is_some_and(|left| left < window.end);
        for silence in self.people.silences(chat, self.cabinet, kind, emission.nm_id) {
            if silence.start <= window.start && silence.end >= window.end {
                return Due::Never("it was switched off, or the bot was blocked, all the time");
            }
            is_open |= overlap(silence, &window);
        }
        if is_open { Due::May } else { Due::Must }
    }

    /// Whether a person's own thresholds, as they were when it was seen, let it through.
    fn concerns(&self, chat: Chat, emission: &Emission) -> bool {
        let choices = &self.people.choices;
        match emission.concerns {
            Concerns::Everybody => true,
            Concerns::Stars(stars) => stars <= choices.stars(chat, self.cabinet, emission.seen),
            Concerns::Fall { by, threshold, is_to_nothing } => {
                let (own_by, own) = choices.left(chat, self.cabinet, emission.seen);
                by == own_by && (threshold == 0 || (threshold == own && !is_to_nothing))
            }
        }
    }
}

fn overlap(one: &Span, other: &Span) -> bool {
    one.start < other.end && other.start < one.end
}
