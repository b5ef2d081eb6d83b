//! What happens in a history: a list of steps that follows from a seed.
//!
//! Every step means something after any other, so that a list stays a history when steps are left
//! out: a failing one is made short that way.

use std::{collections::BTreeSet, time::Duration};

use testkit::{
    oracle::{By, Kind, Known, Mode, QuietHours},
    postgres::{At, Fault as DatabaseFault},
    telegram::Fault as TelegramFault,
    wb::{Category, Fault as WbFault, Method},
};

use testkit::dice::Dice;

/// The kinds, as the switches stand in the settings.
pub const KINDS: [Kind; 6] =
    [Kind::NewOrder, Kind::Buyout, Kind::Cancellation, Kind::Return, Kind::Review, Kind::Stock];
/// People of a history.
pub const PEOPLE: u32 = 3;
/// Cabinets of a history, of which the first is there from the beginning.
pub const CABINETS: u32 = 2;
/// Steps of a history.
const STEPS: std::ops::Range<u32> = 8..17;
/// A row that comes late is at most so old, so that the overlap of two readings still shows it.
const LATE_MINUTES: u32 = 20 * 60;
/// The rows of a transaction in a history of long answers, where a reading can end between any two of them.
const CHUNK_ROWS: usize = 3;
/// One history of so many is one of long answers.
const LONG_ANSWERS_IN: u64 = 3;
/// One history of so many is one of single connections.
const SINGLE_IN: u64 = 4;
/// More than what comes one by one.
const RUSH_ORDERS: std::ops::Range<u32> = 11..40;
/// A process lives through so many polls of its future before it ends. A sync has some hundred.
const POLLS: std::ops::Range<u32> = 1..140;
/// The intervals of deployments, in seconds: the least that is allowed, the greatest, and those of most.
const INTERVALS: [u32; 5] = [60, 180, 300, 600, 900];
/// A sync has so many statements; most have fewer.
const STATEMENTS: std::ops::Range<u32> = 0..24;
/// The same of what is smaller.
const FEW_POLLS: std::ops::Range<u32> = 1..24;

/// From where a token may take orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legs {
    /// The reports and the feed.
    Both,
    Reports,
    Feed,
    /// The reports and the feed, at the pace of a base token.
    Base,
}

/// Whose process is ended, or whose statement goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    Fanout,
    Sync,
    Webhook,
    Bot,
}

/// How the queue treats a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueFault {
    Lose,
    Double,
    Delay(Duration),
    /// It may be overtaken by any other.
    Shuffle,
}

/// How much of what is queued is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// All of it, and what follows from it.
    All,
    /// The syncs only: what they found waits to be told.
    Syncs,
    /// So many messages.
    Some(u32),
}

/// One thing that happens. Cabinets, people, orders and sizes are named by numbers that are taken
/// modulo what there is.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Wait(Duration),
    Sell {
        cabinet: u32,
        size: u32,
        pieces: u32,
        is_own: bool,
        late_minutes: u32,
        /// WB has not filled in the price yet.
        is_unpriced: bool,
        known: Known,
    },
    /// The report shows, from its next renewal on, the latest order that it hid.
    Reveal {
        cabinet: u32,
    },
    /// WB fills in the price of the latest order that lacks one.
    FillIn {
        cabinet: u32,
        roubles: u32,
    },
    Cancel {
        cabinet: u32,
        order: u32,
        late_minutes: u32,
    },
    BuyOut {
        cabinet: u32,
        order: u32,
        late_minutes: u32,
    },
    GiveBack {
        cabinet: u32,
        order: u32,
    },
    Correct {
        cabinet: u32,
        order: u32,
        roubles: u32,
    },
    Review {
        cabinet: u32,
        stars: u32,
        has_words: bool,
        late_minutes: u32,
        is_supplement: bool,
    },
    Answer {
        cabinet: u32,
        review: u32,
    },
    Stock {
        cabinet: u32,
        size: u32,
        pieces: u32,
    },
    Move {
        cabinet: u32,
        size: u32,
    },
    /// Most of the shop is said to be empty.
    Empty {
        cabinet: u32,
    },
    Refresh {
        cabinet: u32,
    },
    /// The reports of this moment are what a late replica will show.
    Remember {
        cabinet: u32,
    },
    /// A tick that is answered by the late replica.
    Stale {
        cabinet: u32,
    },
    Tick {
        after: Duration,
        is_doubled: bool,
        work: Work,
    },
    Do(Work),
    Queue {
        fault: QueueFault,
        times: u32,
    },
    Wb {
        method: Method,
        fault: WbFault,
        times: u32,
    },
    Telegram {
        method: &'static str,
        fault: TelegramFault,
        times: u32,
    },
    /// The next one of these ends after so many polls of its future.
    Kill {
        victim: Victim,
        polls: u32,
    },
    /// A statement of one of these goes wrong.
    Database {
        victim: Victim,
        at: At,
        fault: DatabaseFault,
    },
    /// Every connection to the database ends, and so many of the next ones are refused.
    FailOver {
        refused: u32,
    },
    /// A version is deployed: new processes of all functions, which know nothing yet, and perhaps another interval.
    Deploy {
        seconds: u32,
    },
    /// A sync hangs for longer than its lease, and another one overtakes it.
    Overtake {
        cabinet: u32,
        size: u32,
    },
    Join {
        person: u32,
        cabinet: u32,
        legs: Legs,
    },
    Block {
        person: u32,
    },
    Unblock {
        person: u32,
    },
    /// WB answers 401 to every token of the shop.
    Refuse {
        cabinet: u32,
    },
    /// WB accepts them again.
    Accept {
        cabinet: u32,
    },
    /// A member sends another token, which may end after so many hours.
    Replace {
        person: u32,
        cabinet: u32,
        hours: Option<u32>,
        legs: Legs,
    },
    /// WB switches a method off, with 410 or with 404.
    Shut {
        method: Method,
        for_good: bool,
    },
    /// WB switches it on again.
    Open {
        method: Method,
    },
    /// The hosts of one category answer 401 to every token of the shop, or of none.
    Close {
        cabinet: u32,
        category: Option<Category>,
    },
    /// Everybody blocks the bot, for so many days.
    Desert {
        days: u32,
    },
    /// The owner of a cabinet removes somebody who has joined it.
    Remove {
        cabinet: u32,
    },
    /// Telegram, or Wildberries, is away for so many hours, in which the schedule goes on.
    Outage {
        is_telegram: bool,
        hours: u32,
    },
    /// A person taps a button that is somebody else's, or one of the time when they belonged to a cabinet.
    Forge {
        person: u32,
        button: u32,
    },
    /// Nothing runs for so many days. Whoever had blocked the bot comes back before.
    Gap {
        days: u32,
    },
    Toggle {
        person: u32,
        cabinet: u32,
        kind: Option<Kind>,
    },
    Choose {
        person: u32,
        cabinet: u32,
        kind: Kind,
        chosen: Chosen,
    },
    Quiet {
        person: u32,
        hours: Option<QuietHours>,
    },
    /// The hour of the digest, or none.
    DigestHour {
        person: u32,
        hour: Option<u32>,
    },
    AskDigest {
        person: u32,
    },
    /// The product of the latest notification, for its kind or for all.
    Mute {
        person: u32,
        all_kinds: bool,
    },
    /// The first of the muted products.
    Unmute {
        person: u32,
        cabinet: u32,
    },
    /// Faults end for a while, and everything comes to rest.
    Calm,
}

/// What is chosen on the screen of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    Mode(Mode),
    Stars(u8),
    Left(i64),
    By(By),
}

/// A history to be played.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Of the first token of the first cabinet.
    pub first: Legs,
    /// With their numbers in the whole plan.
    pub steps: Vec<(usize, Step)>,
}

impl Plan {
    /// The whole plan of a seed.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let wanted = dice.within(STEPS);
        let first = legs(&mut dice);
        let mut steps = Vec::new();
        // Most histories begin with a first sync that comes to its end.
        if dice.chance(70) {
            steps.push(Step::Do(Work::All));
        }
        for _ in 0..wanted {
            scene(&mut dice, &mut steps);
        }
        // Two sources are compared by the orders of one transaction, which must be twenty to say something.
        if chunk_rows(seed).is_some() {
            for step in &mut steps {
                if let Step::Sell { known, .. } = step {
                    *known = Known::ToBoth;
                }
            }
        }
        Self { seed, first, steps: steps.into_iter().enumerate().collect() }
    }

    /// The plan without the steps that `keep` does not name.
    pub fn keep(&self, keep: &BTreeSet<usize>) -> Self {
        let steps = self.steps.iter().filter(|(number, _)| keep.contains(number)).cloned().collect();
        Self { seed: self.seed, first: self.first, steps }
    }

    /// `SEED:1,2,3`, by which a short history is played again.
    pub fn name(&self) -> String {
        let numbers: Vec<String> = self.steps.iter().map(|(number, _)| number.to_string()).collect();
        format!("{}:{}", self.seed, numbers.join(","))
    }

    /// Reads what [`Plan::name`] writes; a seed alone is its whole plan.
    pub fn parse(name: &str) -> Option<Self> {
        let (seed, numbers) = name.split_once(':').map_or((name, None), |(seed, numbers)| (seed, Some(numbers)));
        let plan = Self::of(seed.trim().parse().ok()?);
        let Some(numbers) = numbers else { return Some(plan) };
        let numbers = numbers.split(',').filter(|number| !number.is_empty());
        let keep: Result<BTreeSet<usize>, _> = numbers.map(|number| number.trim().parse()).collect();
        Some(plan.keep(&keep.ok()?))
    }
}

/// Whether every function has one connection: whoever asks for another one while it holds a transaction waits in vain.
pub fn is_single(seed: u64) -> bool {
    seed % SINGLE_IN == 1
}

/// How many rows of an answer are saved at once, if it is fewer than usual.
pub fn chunk_rows(seed: u64) -> Option<usize> {
    seed.is_multiple_of(LONG_ANSWERS_IN).then_some(CHUNK_ROWS)
}

/// A few steps that belong together.
fn scene(dice: &mut Dice, steps: &mut Vec<Step>) {
    let cabinet = if dice.chance(80) { 0 } else { dice.within(0..CABINETS) };
    let (person, order, size) = (dice.within(0..PEOPLE), dice.within(0..1_000), dice.within(0..1_000));
    // The first person is a member of the first cabinet in every history: their settings hold for something.
    let member = if dice.chance(70) { 0 } else { person };
    match dice.within(0..190) {
        0..14 => {
            steps.push(sell(dice, cabinet));
            news(dice, cabinet, steps);
        }
        14..17 => {
            let pieces = dice.within(RUSH_ORDERS);
            steps.push(rush(cabinet, size, pieces, Known::ToBoth));
            news(dice, cabinet, steps);
        }
        17..24 => {
            steps.push(Step::Cancel { cabinet, order, late_minutes: late(dice, 25) });
            news(dice, cabinet, steps);
        }
        24..30 => {
            steps.push(Step::BuyOut { cabinet, order, late_minutes: late(dice, 15) });
            if dice.chance(40) {
                steps.push(Step::GiveBack { cabinet, order });
            }
            news(dice, cabinet, steps);
        }
        30..33 => {
            steps.push(Step::GiveBack { cabinet, order });
            news(dice, cabinet, steps);
        }
        33..36 => {
            let roubles = dice.within(0..5_000);
            steps.push(if dice.chance(50) {
                Step::Correct { cabinet, order, roubles }
            } else {
                Step::FillIn { cabinet, roubles }
            });
            news(dice, cabinet, steps);
        }
        36..43 => {
            let (stars, has_words) = (dice.within(1..6), dice.chance(60));
            steps.push(Step::Review {
                cabinet,
                stars,
                has_words,
                late_minutes: late(dice, 20),
                is_supplement: dice.chance(25),
            });
            if dice.chance(30) {
                steps.push(Step::Answer { cabinet, review: order });
            }
            if dice.chance(60) {
                steps.push(tick(dice));
            }
        }
        43..53 => {
            for _ in 0..dice.within(1..4) {
                let size = if dice.chance(60) { size } else { dice.within(0..1_000) };
                steps.push(Step::Stock { cabinet, size, pieces: *dice.pick(&[0, 0, 1, 2, 2, 3, 7, 12]) });
            }
            if dice.chance(25) {
                steps.push(Step::Move { cabinet, size });
            }
            stock_news(dice, cabinet, steps);
        }
        53..55 => {
            steps.push(Step::Empty { cabinet });
            stock_news(dice, cabinet, steps);
        }
        55..58 => steps.push(Step::Overtake { cabinet, size }),
        58..61 => {
            steps.push(Step::Remember { cabinet });
            steps.push(Step::Cancel { cabinet, order, late_minutes: 0 });
            news(dice, cabinet, steps);
        }
        61..64 => {
            steps.push(Step::Stale { cabinet });
            steps.push(tick(dice));
        }
        64..70 => steps.push(Step::Join { person, cabinet: dice.within(0..CABINETS), legs: legs(dice) }),
        70..73 => steps.push(Step::Block { person }),
        73..76 => steps.push(Step::Unblock { person }),
        76..80 => {
            // Found, and not told yet when the switch is turned.
            steps.push(sell(dice, cabinet));
            steps.push(Step::Refresh { cabinet });
            steps.push(Step::Tick { after: dice.seconds(180..240), is_doubled: false, work: Work::Syncs });
            steps.push(toggle(dice, member, cabinet));
            steps.push(Step::Do(Work::All));
        }
        80..84 => steps.push(toggle(dice, member, cabinet)),
        84..87 => {
            // A day without a reading, and a reading that ends early.
            steps.push(sell(dice, cabinet));
            steps.push(Step::Wait(dice.seconds(25 * 3_600..40 * 3_600)));
            steps.push(sell(dice, cabinet));
            steps.push(Step::Refresh { cabinet });
            steps.push(Step::Kill { victim: Victim::Sync, polls: dice.within(POLLS) });
            steps.push(tick(dice));
        }
        87..90 => steps.push(Step::Calm),
        90..95 => steps.push(Step::Wait(match dice.within(0..4) {
            0 => dice.seconds(1..60),
            1 => dice.seconds(600..3_600),
            2 => dice.seconds(3 * 3_600..10 * 3_600),
            _ => dice.seconds(60..600),
        })),
        95..98 => refusal(dice, cabinet, person, steps),
        98..106 => {
            // Most is chosen before something happens; some while it waits to be told.
            let choice = choice(dice, member, cabinet);
            steps.push(choice);
            steps.push(sell(dice, cabinet));
            news(dice, cabinet, steps);
        }
        106..109 => {
            steps.push(sell(dice, cabinet));
            steps.push(Step::Refresh { cabinet });
            steps.push(Step::Tick { after: dice.seconds(180..240), is_doubled: false, work: Work::Syncs });
            let choice = choice(dice, member, cabinet);
            steps.push(choice);
            steps.push(Step::Do(Work::All));
        }
        109..113 => {
            steps.push(quiet(dice, member));
            steps.push(sell(dice, cabinet));
            news(dice, cabinet, steps);
        }
        113..115 => {
            let hour = dice.chance(70).then(|| dice.within(0..24));
            steps.push(Step::DigestHour { person: member, hour });
        }
        115..117 => steps.push(Step::AskDigest { person: member }),
        117..123 => waiting(dice, member, size, steps),
        123..128 => {
            steps.push(if dice.chance(70) {
                Step::Mute { person: member, all_kinds: dice.chance(40) }
            } else {
                Step::Unmute { person: member, cabinet }
            });
            steps.push(rush(cabinet, size, 2, Known::ToBoth));
            steps.push(Step::Cancel { cabinet, order, late_minutes: 0 });
            news(dice, cabinet, steps);
        }
        128..134 => shutdown(dice, cabinet, order, steps),
        134..139 => {
            let hours = dice.chance(50).then(|| dice.within(1..60));
            steps.push(Step::Replace { person: member, cabinet, hours, legs: legs(dice) });
            steps.push(sell(dice, cabinet));
            news(dice, cabinet, steps);
        }
        139..145 => {
            steps.push(one_sided(dice, cabinet));
            news(dice, cabinet, steps);
            if dice.chance(50) {
                steps.push(sale(dice, cabinet, order));
                news(dice, cabinet, steps);
            }
            if dice.chance(60) {
                steps.push(Step::Reveal { cabinet });
                news(dice, cabinet, steps);
            }
        }
        145..150 => second_source(dice, cabinet, member, steps),
        150..153 => {
            steps.push(sell(dice, cabinet));
            steps.push(Step::Gap { days: if dice.chance(70) { dice.within(2..30) } else { dice.within(32..45) } });
            steps.push(sale(dice, cabinet, order));
            steps.push(sell(dice, cabinet));
            steps.push(Step::Refresh { cabinet });
            steps.push(tick(dice));
            steps.push(tick(dice));
        }
        153..158 => {
            steps.push(sell(dice, cabinet));
            steps.push(Step::Deploy { seconds: *dice.pick(&INTERVALS) });
            news(dice, cabinet, steps);
            if dice.chance(30) {
                steps.push(Step::Deploy { seconds: *dice.pick(&INTERVALS) });
                steps.push(tick(dice));
            }
        }
        166..170 => {
            let category = *dice.pick(&[Category::Analytics, Category::Statistics, Category::Feedbacks]);
            steps.push(Step::Close { cabinet, category: Some(category) });
            for _ in 0..dice.within(1..4) {
                steps.push(sell(dice, cabinet));
                stock_news(dice, cabinet, steps);
            }
            if dice.chance(70) {
                steps.push(Step::Close { cabinet, category: None });
                steps.push(Step::Wait(dice.seconds(600..5_000)));
                steps.push(sale(dice, cabinet, order));
                news(dice, cabinet, steps);
            }
        }
        170..174 => {
            steps.push(sell(dice, cabinet));
            news(dice, cabinet, steps);
            steps.push(Step::Desert { days: *dice.pick(&[2, 8, 8, 12, 20, 33]) });
            steps.push(sell(dice, cabinet));
            steps.push(sale(dice, cabinet, order));
            steps.push(Step::Stock { cabinet, size, pieces: *dice.pick(&[0, 1, 7]) });
            steps.push(Step::Refresh { cabinet });
            steps.push(tick(dice));
            steps.push(Step::Unblock { person: member });
            steps.push(tick(dice));
            steps.push(sale(dice, cabinet, order));
            steps.push(Step::Stock { cabinet, size, pieces: *dice.pick(&[0, 1, 7]) });
            stock_news(dice, cabinet, steps);
        }
        174..177 => {
            steps.push(Step::Join { person, cabinet, legs: Legs::Both });
            steps.push(sell(dice, cabinet));
            steps.push(Step::Refresh { cabinet });
            steps.push(Step::Tick { after: dice.seconds(180..240), is_doubled: false, work: Work::Syncs });
            steps.push(Step::Remove { cabinet });
            steps.push(Step::Forge { person, button: dice.within(0..10_000) });
            steps.push(Step::Do(Work::All));
        }
        177..181 => {
            for _ in 0..dice.within(1..4) {
                steps.push(Step::Forge { person: dice.within(0..PEOPLE), button: dice.within(0..10_000) });
            }
        }
        181..184 => {
            steps.push(sell(dice, cabinet));
            steps.push(Step::Refresh { cabinet });
            steps.push(Step::Outage { is_telegram: dice.chance(60), hours: dice.within(1..8) });
            news(dice, cabinet, steps);
        }
        184..188 => {
            // A report of remains takes some ticks, and base tokens get one an hour.
            steps.push(Step::Replace { person: member, cabinet, hours: None, legs: Legs::Base });
            steps.push(Step::Refuse { cabinet });
            steps.push(Step::Accept { cabinet });
            for _ in 0..dice.within(2..6) {
                steps.push(Step::Stock { cabinet, size, pieces: *dice.pick(&[0, 1, 2, 7]) });
                steps.push(Step::Refresh { cabinet });
                for _ in 0..dice.within(2..5) {
                    steps.push(Step::Wait(dice.seconds(600..1_500)));
                    steps.push(tick(dice));
                }
            }
        }
        158..162 => {
            steps.push(sell(dice, cabinet));
            steps.push(Step::Refresh { cabinet });
            steps.push(Step::FailOver { refused: dice.within(0..4) });
            steps.push(tick(dice));
        }
        _ => steps.push(tick(dice)),
    }
}

/// WB switches methods of orders off, for hours or for good, while the shop goes on selling.
fn shutdown(dice: &mut Dice, cabinet: u32, order: u32, steps: &mut Vec<Step>) {
    let reports = [Method::Orders, Method::Sales];
    let shut = match dice.within(0..4) {
        0 => &reports[..1],
        1 => &reports[1..],
        2 => &reports[..],
        _ => &[Method::OrderFeed],
    };
    let for_good = dice.chance(50);
    steps.extend(shut.iter().map(|method| Step::Shut { method: *method, for_good }));
    for _ in 0..dice.within(1..4) {
        steps.push(sell(dice, cabinet));
        news(dice, cabinet, steps);
        if dice.chance(50) {
            steps.push(sale(dice, cabinet, order));
            news(dice, cabinet, steps);
        }
        if dice.chance(40) {
            steps.push(Step::Wait(dice.seconds(1_800..20_000)));
        }
    }
    if dice.chance(70) {
        steps.extend(shut.iter().map(|method| Step::Open { method: *method }));
        if dice.chance(70) {
            steps.push(Step::Wait(dice.seconds(600..5_000)));
        }
        steps.push(one_sided(dice, cabinet));
        news(dice, cabinet, steps);
    }
}

/// Orders that one source does not know, some or many, before the other comes into use.
fn second_source(dice: &mut Dice, cabinet: u32, person: u32, steps: &mut Vec<Step>) {
    let known = *dice.pick(&[Known::ToFeed, Known::ToReports]);
    let pieces = if dice.chance(50) { dice.within(RUSH_ORDERS) } else { dice.within(1..4) };
    steps.push(rush(cabinet, dice.within(0..1_000), pieces, known));
    steps.push(sell(dice, cabinet));
    steps.push(Step::Refresh { cabinet });
    steps.push(Step::Wait(dice.seconds(600..5_000)));
    steps.push(tick(dice));
    let legs = if dice.chance(70) { Legs::Both } else { legs(dice) };
    steps.push(Step::Replace { person, cabinet, hours: None, legs });
    news(dice, cabinet, steps);
    let order = dice.within(0..1_000);
    steps.push(sale(dice, cabinet, order));
    news(dice, cabinet, steps);
    if dice.chance(40) {
        steps.push(Step::Wait(dice.seconds(24 * 3_600..30 * 3_600)));
    }
    steps.push(one_sided(dice, cabinet));
    news(dice, cabinet, steps);
}

/// A token of every kind; most can do everything.
fn legs(dice: &mut Dice) -> Legs {
    *dice.pick(&[
        Legs::Both,
        Legs::Both,
        Legs::Both,
        Legs::Both,
        Legs::Reports,
        Legs::Reports,
        Legs::Feed,
        Legs::Feed,
        Legs::Feed,
        Legs::Base,
    ])
}

/// What becomes of an order.
fn sale(dice: &mut Dice, cabinet: u32, order: u32) -> Step {
    let late_minutes = late(dice, 15);
    match dice.within(0..5) {
        0..2 => Step::BuyOut { cabinet, order, late_minutes },
        2 => Step::GiveBack { cabinet, order },
        _ => Step::Cancel { cabinet, order, late_minutes },
    }
}

/// An order that one of the sources does not know.
fn one_sided(dice: &mut Dice, cabinet: u32) -> Step {
    let known = *dice.pick(&[Known::ToFeed, Known::ToFeed, Known::ToReports]);
    match sell(dice, cabinet) {
        Step::Sell { size, pieces, is_own, late_minutes, is_unpriced, .. } => {
            Step::Sell { cabinet, size, pieces, is_own, late_minutes, is_unpriced, known }
        }
        other => other,
    }
}

/// Orders of one basket, as they come.
fn rush(cabinet: u32, size: u32, pieces: u32, known: Known) -> Step {
    Step::Sell { cabinet, size, pieces, is_own: true, late_minutes: 0, is_unpriced: false, known }
}

/// A token is refused for a while, mostly for long enough to pause the cabinet, while the shop goes on
/// selling; then it is good again, or another one comes.
fn refusal(dice: &mut Dice, cabinet: u32, person: u32, steps: &mut Vec<Step>) {
    steps.push(sell(dice, cabinet));
    steps.push(Step::Refuse { cabinet });
    steps.push(tick(dice));
    steps.push(Step::Wait(dice.seconds(500..1_500)));
    if dice.chance(25) {
        steps.push(fault(dice));
    }
    steps.push(tick(dice));
    steps.push(sell(dice, cabinet));
    steps.push(Step::Refresh { cabinet });
    if dice.chance(50) {
        steps.push(Step::Wait(dice.seconds(3_000..20_000)));
        steps.push(tick(dice));
    }
    if dice.chance(30) {
        let hours = Some(dice.within(1..30));
        steps.push(Step::Replace { person, cabinet, hours, legs: legs(dice) });
    }
    if dice.chance(80) {
        steps.push(Step::Accept { cabinet });
        steps.push(Step::Wait(dice.seconds(600..4_000)));
    }
    steps.push(Step::Refresh { cabinet });
    steps.push(tick(dice));
}

/// Something is on its way to the reports; mostly it is read at once, and often with a fault.
fn news(dice: &mut Dice, cabinet: u32, steps: &mut Vec<Step>) {
    if dice.chance(75) {
        steps.push(Step::Refresh { cabinet });
    }
    for _ in 0..2 {
        if dice.chance(35) {
            steps.push(fault(dice));
        }
    }
    if dice.chance(75) {
        steps.push(tick(dice));
    }
}

/// Stocks are read every half an hour only.
fn stock_news(dice: &mut Dice, cabinet: u32, steps: &mut Vec<Step>) {
    if dice.chance(70) {
        steps.push(Step::Wait(dice.seconds(1_620..2_400)));
    }
    news(dice, cabinet, steps);
}

fn sell(dice: &mut Dice, cabinet: u32) -> Step {
    let pieces = *dice.pick(&[1, 1, 1, 2, 3]);
    let (is_own, is_unpriced) = (dice.chance(40), dice.chance(15));
    let (size, late_minutes, known) = (dice.within(0..1_000), late(dice, 25), Known::ToBoth);
    Step::Sell { cabinet, size, pieces, is_own, late_minutes, is_unpriced, known }
}

/// Something waits for its time, and meanwhile the person changes their mind.
fn waiting(dice: &mut Dice, person: u32, size: u32, steps: &mut Vec<Step>) {
    let cabinet = 0;
    let (is_unpriced, known) = (dice.chance(30), Known::ToBoth);
    let order = Step::Sell { cabinet, size, pieces: 1, is_own: true, late_minutes: 0, is_unpriced, known };
    let all = Step::Tick { after: Duration::from_secs(180), is_doubled: false, work: Work::All };
    let seen = |steps: &mut Vec<Step>| steps.extend([order.clone(), Step::Refresh { cabinet }, all.clone()]);
    seen(steps);
    let mode = *dice.pick(&[Mode::Digest, Mode::Digest, Mode::Collected(60), Mode::Collected(180)]);
    steps.push(Step::Choose { person, cabinet, kind: Kind::NewOrder, chosen: Chosen::Mode(mode) });
    seen(steps);
    for _ in 0..dice.within(1..3) {
        steps.push(match dice.within(0..8) {
            0..2 => Step::Mute { person, all_kinds: dice.chance(50) },
            2 => Step::Toggle { person, cabinet, kind: Some(Kind::NewOrder) },
            3 => Step::DigestHour { person, hour: dice.chance(50).then_some(12) },
            4 => choice(dice, person, cabinet),
            5 => quiet(dice, person),
            6 => Step::FillIn { cabinet, roubles: 990 },
            _ => Step::Calm,
        });
    }
    steps.push(if dice.chance(50) { Step::AskDigest { person } } else { Step::Wait(dice.seconds(3_600..30_000)) });
    steps.push(all);
}

/// Something is chosen on the screen of a kind.
fn choice(dice: &mut Dice, person: u32, cabinet: u32) -> Step {
    let modes = [Mode::AtOnce, Mode::Collected(15), Mode::Collected(60), Mode::Collected(180), Mode::Digest];
    let (kind, chosen) = match dice.within(0..10) {
        0..5 => (Kind::NewOrder, Chosen::Mode(*dice.pick(&modes))),
        5..7 => (*dice.pick(&KINDS), Chosen::Mode(*dice.pick(&modes))),
        7 => (Kind::Review, Chosen::Stars(*dice.pick(&[1, 2, 4, 5]))),
        8 => (Kind::Stock, Chosen::Left(*dice.pick(&[0, 1, 2, 3, 5, 10]))),
        _ => (Kind::Stock, Chosen::By(*dice.pick(&[By::Product, By::Product, By::Size]))),
    };
    Step::Choose { person, cabinet, kind, chosen }
}

/// Quiet hours of any place on the clock, or none any more.
fn quiet(dice: &mut Dice, person: u32) -> Step {
    let from = dice.within(0..24);
    let until = (from + dice.within(1..13)) % 24;
    let hours = QuietHours { from, until, ahead: dice.within(2..13), is_held: dice.chance(60) };
    Step::Quiet { person, hours: dice.chance(80).then_some(hours) }
}

fn late(dice: &mut Dice, percent: u32) -> u32 {
    if dice.chance(percent) { dice.within(1..LATE_MINUTES) } else { 0 }
}

fn toggle(dice: &mut Dice, person: u32, cabinet: u32) -> Step {
    // Most of what happens are orders, so most of what is switched are they.
    let kind = match dice.within(0..10) {
        0..2 => None,
        2..6 => Some(Kind::NewOrder),
        _ => Some(*dice.pick(&KINDS)),
    };
    Step::Toggle { person, cabinet, kind }
}

fn tick(dice: &mut Dice) -> Step {
    let work = match dice.within(0..10) {
        0 => Work::Syncs,
        1 => Work::Some(dice.within(1..6)),
        _ => Work::All,
    };
    // Up to a minute late or early.
    Step::Tick { after: dice.seconds(125..240), is_doubled: dice.chance(15), work }
}

fn fault(dice: &mut Dice) -> Step {
    match dice.within(0..125) {
        100.. => database_fault(dice),
        0..25 => {
            let method = *dice.pick(&[
                Method::Orders,
                Method::Orders,
                Method::Sales,
                Method::OrderFeed,
                Method::OrderFeed,
                Method::Stocks,
                Method::Feedbacks,
                Method::Feedbacks,
            ]);
            let is_of_orders = matches!(method, Method::Orders | Method::Sales | Method::OrderFeed);
            let fault = *dice.pick(&[
                WbFault::Status(500),
                WbFault::Status(502),
                WbFault::RateLimited(90),
                WbFault::RateLimited(1_500),
                WbFault::CutOff,
                WbFault::Empty,
                WbFault::Disabled,
                if is_of_orders { WbFault::AccessDenied } else { WbFault::SaysError },
            ]);
            Step::Wb { method, fault, times: dice.within(1..4) }
        }
        25..45 => {
            let method = *dice.pick(&["sendPhoto", "sendMessage"]);
            let fault = match dice.within(0..10) {
                0..2 => TelegramFault::TooManyRequests { seconds: dice.within(1..40) },
                2..4 => TelegramFault::ServerError,
                4..5 => TelegramFault::BadGateway,
                5..6 => TelegramFault::Blocked,
                6..7 => TelegramFault::Refused { text: "wrong type of the web page content".to_owned() },
                _ => TelegramFault::ClosedAfterExecution,
            };
            let method = if matches!(fault, TelegramFault::Refused { .. }) { "sendPhoto" } else { method };
            let is_lost_again = fault == TelegramFault::ClosedAfterExecution && dice.chance(25);
            let times = if is_lost_again { dice.within(3..26) } else { dice.within(1..3) };
            Step::Telegram { method, fault, times }
        }
        45..65 => {
            let fault = match dice.within(0..4) {
                0 => QueueFault::Lose,
                1 => QueueFault::Double,
                2 => QueueFault::Delay(dice.seconds(10..600)),
                _ => QueueFault::Shuffle,
            };
            Step::Queue { fault, times: dice.within(1..8) }
        }
        65..85 => Step::Kill { victim: Victim::Sync, polls: dice.within(POLLS) },
        85..94 => Step::Kill { victim: Victim::Webhook, polls: dice.within(FEW_POLLS) },
        94..97 => Step::Kill { victim: Victim::Fanout, polls: dice.within(FEW_POLLS) },
        _ => Step::Kill { victim: Victim::Bot, polls: dice.within(POLLS) },
    }
}

/// A statement is the victim of a deadlock, or takes too long, or its answer is lost.
fn database_fault(dice: &mut Dice) -> Step {
    let victims = [Victim::Sync, Victim::Sync, Victim::Webhook, Victim::Webhook, Victim::Fanout, Victim::Bot];
    let at = if dice.chance(30) { At::Commit } else { At::Statement(dice.within(STATEMENTS)) };
    let faults = [DatabaseFault::Fail("40P01"), DatabaseFault::Fail("57014"), DatabaseFault::LoseAnswer];
    Step::Database { victim: *dice.pick(&victims), at, fault: *dice.pick(&faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_one_plan_and_its_name_makes_it_again() {
        let plan = Plan::of(7);
        assert_eq!(plan.steps, Plan::of(7).steps);
        assert_ne!(plan.steps, Plan::of(8).steps);
        let short = plan.keep(&BTreeSet::from([1, 3, 4]));
        assert_eq!(short.name(), "7:1,3,4");
        assert_eq!(Plan::parse("7:1,3,4").unwrap().steps, short.steps);
        assert_eq!(Plan::parse("7").unwrap().steps, plan.steps);
        assert!(Plan::parse("x").is_none());
    }
}
