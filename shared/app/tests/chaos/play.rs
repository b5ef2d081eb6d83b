//! Plays a plan against the product, and writes down what happened for the oracle.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use app::fanout::Tick;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use futures::FutureExt;
use queue::SyncTask;
use testkit::{
    oracle::{Chat, Entry, Fate, Known, Moment, Source, Telling, Verdict, judge},
    telegram::{Author, Fault as TelegramFault, Message as TelegramMessage},
    wb::{
        Category, Fault as WbFault, Method, NewOrder, NewReview, NewSale, RequestRecord, SaleKind, Shop, TokenSpec,
        TokenType, Warehouse,
    },
};
use uuid::Uuid;

use crate::{
    mortal::mortal,
    plan::{self, CABINETS, Legs, PEOPLE, Plan, Step, Victim, Work},
    queue::{Body, Message},
    reading,
    world::{Deployment, INTERVAL, World},
};

/// The chat of the first person.
const FIRST_CHAT: Chat = 1_000;
/// A history takes less than a second; one that waits for something that never comes is a finding, not
/// a test that never ends.
const HISTORY_LIMIT: Duration = Duration::from_secs(60);
/// Rounds after which a queue that never empties is a bug.
const MAX_ROUNDS: usize = 2_000;
/// A message whose work failed comes back after this time, so many times.
const VISIBILITY: TimeDelta = TimeDelta::seconds(90);
const RECEIVES: u32 = 4;
/// WB renews its reports so often.
const REPORT_PERIOD: TimeDelta = TimeDelta::minutes(30);
/// So many rounds without a request or a statement say that those of a sync are over: what it does
/// between two of them, such as reading an answer in a thread of its own, takes less.
const QUIET_ROUNDS: usize = 20;
/// A cabinet is not asked once everybody has blocked the bot for so long.
const DESERTED_AFTER: TimeDelta = TimeDelta::days(7);
/// More calls than an outage can meet.
const OUTAGE_CALLS: u32 = 100_000;
/// Messages of the queues that are worked on in an hour of an outage.
const OUTAGE_MESSAGES: u32 = 12;
/// All gaps together are shorter than half the life of a token, and one at most is too long to be told.
const MAX_GAP_DAYS: u32 = 80;
/// Buttons by which anybody changes what is their own.
const OF_ANYBODY: [&str; 3] = ["1:my:", "1:language:", "1:delete_my_data:"];
/// Longer than a sync's lease.
const HANG: TimeDelta = TimeDelta::seconds(100);

/// A shop, its cabinet, and what of it can be told.
pub struct Opened {
    pub seller: Uuid,
    pub name: String,
    pub srids: Vec<String>,
    pub reviews: Vec<String>,
    /// Orders whose price WB has not filled in.
    unpriced: Vec<String>,
    /// Orders that only the feed shows.
    hidden: Vec<String>,
    /// Article and size.
    pub sizes: Vec<(i64, i64)>,
    /// The shop of the moment that is remembered, which a late replica shows.
    remembered: Option<Shop>,
    renewed_at: DateTime<Utc>,
    is_stale: bool,
}

/// How a history went.
#[derive(Default)]
pub struct Played {
    pub entries: Vec<Entry>,
    pub tellings: Vec<Telling>,
    pub verdict: Verdict,
    /// What is wrong beside the events: a limit that was not kept, a queue that never rests.
    pub broken: Vec<String>,
    /// How often a source of orders was not believed, and gaps too long to be told.
    pub disagreements: usize,
    pub gaps: usize,
    /// Whether it did not come to its end.
    pub hangs: bool,
    /// What each use case said that failed; for the reader of a failing history.
    pub errors: Vec<String>,
}

impl Played {
    pub fn is_good(&self) -> bool {
        self.verdict.is_good() && self.broken.is_empty()
    }
}

/// Plays a plan to its end and judges it.
pub async fn play(plan: &Plan, deployment: &Deployment) -> Played {
    match AssertUnwindSafe(play_to_the_end(plan, deployment)).catch_unwind().await {
        Ok(played) => played,
        // What made it panic stands above this in the output; the other histories are played all the same.
        Err(_) => Played { broken: vec!["it panics".to_owned()], ..Played::default() },
    }
}

async fn play_to_the_end(plan: &Plan, deployment: &Deployment) -> Played {
    let world = World::new(deployment, plan.seed).await;
    let mut player = Player {
        world,
        entries: Vec::new(),
        shops: Vec::new(),
        members: BTreeSet::new(),
        left: BTreeSet::new(),
        turned: BTreeMap::new(),
        blocked: BTreeMap::new(),
        digest_hours: BTreeMap::new(),
        zones: BTreeMap::new(),
        last_message: [0; PEOPLE as usize],
        calls: 0,
        requests: 0,
        kill: [None; 3],
        is_long: plan::chunk_rows(plan.seed).is_some(),
        step: None,
        refusals: 0,
        gap_days: 0,
        broken: Vec::new(),
        errors: Vec::new(),
        ended_at: BTreeSet::new(),
        database_faults: 0,
    };
    player.database_faults = player.world.relay.happened();
    for person in 0..PEOPLE {
        player.world.telegram.person(chat(person), "Анна", Some("ru"));
    }
    if player.is_long {
        player.entries.push(Entry::InParts);
    }
    for cabinet in 0..CABINETS {
        player.open_shop(plan.seed, cabinet);
    }
    let outcome = tokio::time::timeout(HISTORY_LIMIT, player.run(plan)).await;
    let hangs = outcome.is_err();
    let tellings = match outcome {
        Ok(tellings) => tellings,
        Err(_) => {
            let step = player.step.map_or("the beginning".to_owned(), |step| format!("step {step}"));
            player.broken.push(format!("it hangs after {step}"));
            Vec::new()
        }
    };
    let verdict = judge(&player.entries, &tellings);
    player.check_limits();
    let disagreements = player.count("SELECT count(*) FROM operator_notices WHERE key LIKE 'disagrees:%'").await;
    let gaps = player.count("SELECT count(*) FROM events WHERE kind = 'gap_silent'").await;
    let Player { entries, broken, errors, .. } = player;
    Played { verdict, tellings, entries, broken, disagreements, gaps, hangs, errors }
}

impl Player<'_> {
    /// The names of a shop's sizes, in the order of its sizes.
    pub fn size_names(&self, cabinet: usize) -> Vec<String> {
        let opened = &self.shops[cabinet];
        let names = self.world.wb.shop(opened.seller, |shop, _| {
            let sizes = shop.products().iter().flat_map(|product| &product.sizes);
            Ok(sizes.map(|size| size.tech_size.clone()).collect())
        });
        names.expect("the shop is open")
    }
}

fn chat(person: u32) -> Chat {
    FIRST_CHAT + i64::from(person % PEOPLE)
}

pub struct Player<'a> {
    pub world: World<'a>,
    pub entries: Vec<Entry>,
    pub shops: Vec<Opened>,
    pub members: BTreeSet<(Chat, usize)>,
    /// Who belonged to a cabinet once.
    left: BTreeSet<(Chat, usize)>,
    /// The pages of what somebody was shown who then had to leave, so that the arrows lead nowhere any more, or who made
    /// something else of it by a forged tap.
    pub turned: BTreeMap<(Chat, i64), Vec<String>>,
    /// Since when, by their own act, or because the bot was told so.
    pub blocked: BTreeMap<Chat, DateTime<Utc>>,
    /// Of whoever has a digest.
    pub digest_hours: BTreeMap<Chat, u32>,
    /// By how many hours the clocks are ahead of UTC, of whoever chose one.
    pub zones: BTreeMap<Chat, u32>,
    /// The newest message of each chat that is written down.
    last_message: [i64; PEOPLE as usize],
    /// Calls to Telegram and requests to WB that are written down.
    calls: usize,
    requests: usize,
    /// Polls until the next fanout, sync and webhook end.
    kill: [Option<u32>; 3],
    /// Whether an answer is saved in several parts.
    is_long: bool,
    /// The last step that was played to its end.
    step: Option<usize>,
    /// How often a token of some shop was refused, or replaced by one that ends.
    refusals: usize,
    /// Days in which nothing ran.
    gap_days: u32,
    pub broken: Vec<String>,
    errors: Vec<String>,
    /// Faults of the database that have happened.
    database_faults: u32,
    /// When a process was ended; the clock stands while it runs.
    ended_at: BTreeSet<DateTime<Utc>>,
}

impl Player<'_> {
    /// Plays all steps and the quiet end, and reads the chats.
    async fn run(&mut self, plan: &Plan) -> Vec<Telling> {
        self.join(0, 0, plan.first).await;
        for (number, step) in &plan.steps {
            self.step(step).await;
            self.step = Some(*number);
        }
        self.end().await;
        reading::tellings(self).await
    }

    fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    async fn count(&self, sql: &'static str) -> usize {
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&self.world.pool).await.expect("the database answers");
        usize::try_from(count).expect("a count is not negative")
    }

    fn wait(&self, by: Duration) {
        self.world.clock.advance(TimeDelta::from_std(by).expect("a plan waits for days at most"));
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Wait(by) => self.wait(*by),
            Step::Join { person, cabinet, legs } => {
                self.join(*person, (*cabinet % CABINETS) as usize, *legs).await;
            }
            Step::Shut { method, for_good } => self.world.wb.switch_off(*method, *for_good),
            Step::Open { method } => self.world.wb.switch_on(*method),
            Step::Gap { days } => self.pass_days(*days, true).await,
            Step::Close { cabinet, category } => {
                let seller = self.shops[(*cabinet % CABINETS) as usize].seller;
                self.world.wb.close_hosts(seller, category.as_slice());
            }
            Step::Desert { days } => self.pass_days(*days, false).await,
            Step::Remove { cabinet } => self.remove((*cabinet % CABINETS) as usize).await,
            Step::Outage { is_telegram, hours } => self.outage(*is_telegram, *hours).await,
            Step::Forge { person, button } => self.forge(chat(*person), *button).await,
            Step::Block { person } => self.block(chat(*person)).await,
            Step::Unblock { person } => self.unblock(chat(*person)).await,
            Step::Refuse { cabinet } => self.refuse((*cabinet % CABINETS) as usize, true),
            Step::Accept { cabinet } => self.refuse((*cabinet % CABINETS) as usize, false),
            Step::Replace { person, cabinet, hours, legs } => {
                self.replace(chat(*person), (*cabinet % CABINETS) as usize, *hours, *legs).await;
            }
            Step::Toggle { person, cabinet, kind } => {
                self.toggle(chat(*person), (*cabinet % CABINETS) as usize, *kind).await;
            }
            Step::Choose { person, cabinet, kind, chosen } => {
                self.choose(chat(*person), (*cabinet % CABINETS) as usize, *kind, *chosen).await;
            }
            Step::Quiet { person, hours } => self.keep_quiet(chat(*person), *hours).await,
            Step::DigestHour { person, hour } => self.set_digest(chat(*person), *hour).await,
            Step::AskDigest { person } => self.ask_for_digest(chat(*person)).await,
            Step::Mute { person, all_kinds } => self.mute(chat(*person), *all_kinds).await,
            Step::Unmute { person, cabinet } => self.unmute(chat(*person), (*cabinet % CABINETS) as usize).await,
            Step::Tick { after, is_doubled, work } => {
                self.wait(*after);
                self.tick().await;
                if *is_doubled {
                    self.tick().await;
                }
                self.work(*work).await;
            }
            Step::Do(work) => self.work(*work).await,
            Step::Stale { cabinet } => self.stale((*cabinet % CABINETS) as usize).await,
            Step::Overtake { cabinet, size } => self.overtake((*cabinet % CABINETS) as usize, *size).await,
            Step::Calm => self.calm().await,
            Step::Queue { fault, times } => self.world.queues.break_next(*fault, *times),
            Step::Wb { method, fault, times } => self.world.wb.break_times(*method, *fault, *times),
            Step::Telegram { method, fault, times } => {
                self.world.telegram.break_next(method, fault.clone(), *times).expect("the plan names methods");
            }
            Step::Database { victim, at, fault } => {
                let application = match victim {
                    Victim::Fanout => "fanout",
                    Victim::Sync => "sync",
                    Victim::Webhook => "webhook",
                    Victim::Bot => "bot",
                };
                self.world.relay.break_at(Some(application), *at, *fault);
            }
            Step::FailOver { refused } => self.world.relay.fail_over(*refused),
            Step::Deploy { seconds } => self.world.deploy(TimeDelta::seconds((*seconds).into())),
            Step::Kill { victim, polls } => match victim {
                Victim::Fanout => self.kill[0] = Some(*polls),
                Victim::Sync => self.kill[1] = Some(*polls),
                Victim::Webhook => self.kill[2] = Some(*polls),
                Victim::Bot => self.world.bot.end_next(Some(*polls)),
            },
            _ => self.trade(step),
        }
    }

    /// What happens in a shop.
    fn trade(&mut self, step: &Step) {
        match step {
            Step::Sell { cabinet, size, pieces, is_own, late_minutes, is_unpriced, known } => {
                let at = self.ago(*late_minutes);
                self.change(*cabinet, |shop, opened, now| {
                    let (nm_id, chrt_id) = opened.sizes[pick(*size, opened.sizes.len())?];
                    let new = NewOrder {
                        nm_id: Some(nm_id),
                        chrt_id: Some(chrt_id),
                        count: *pieces,
                        own_warehouse: *is_own,
                        price: is_unpriced.then_some(0),
                        hidden: *known == Known::ToFeed,
                        unfed: *known == Known::ToReports,
                        at: Some(at),
                        ..NewOrder::default()
                    };
                    let orders = shop.order(&new, now).ok()?;
                    let srids = || orders.iter().map(|order| order.srid.clone());
                    opened.srids.extend(srids());
                    opened.unpriced.extend(srids().filter(|_| *is_unpriced));
                    opened.hidden.extend(srids().filter(|_| new.hidden));
                    let ordered = |order: &testkit::wb::Order| {
                        Happened::Ordered(order.srid.clone(), nm_id, order.ordered_at, *known)
                    };
                    Some(orders.iter().map(ordered).collect())
                });
            }
            Step::Reveal { cabinet } => self.change(*cabinet, |shop, opened, now| {
                let srid = opened.hidden.pop()?;
                shop.reveal(&srid, now).ok()?;
                Some(vec![Happened::Revealed(srid)])
            }),
            Step::Cancel { cabinet, order, late_minutes } => {
                let at = self.ago(*late_minutes);
                self.change(*cabinet, |shop, opened, now| {
                    let srid = &opened.srids[pick(*order, opened.srids.len())?];
                    let at = at.max(shop.find_order(srid).ok()?.ordered_at);
                    let at = shop.cancel_at(srid, at, now).ok()?.cancelled_at?;
                    Some(vec![Happened::Cancelled(srid.clone(), at)])
                });
            }
            Step::BuyOut { cabinet, order, late_minutes } => {
                let at = self.ago(*late_minutes);
                self.sale(*cabinet, *order, SaleKind::Buyout, at);
            }
            Step::GiveBack { cabinet, order } => self.sale(*cabinet, *order, SaleKind::Return, self.now()),
            Step::Correct { cabinet, order, roubles } => self.change(*cabinet, |shop, opened, now| {
                let srid = opened.srids[pick(*order, opened.srids.len())?].clone();
                shop.correct_price(&srid, i64::from(*roubles), now).ok()?;
                let sale = shop.sale(&srid, SaleKind::Buyout).map(|sale| sale.sale_id.clone());
                if let Some(sale) = sale {
                    shop.correct_sale(&sale, i64::from(*roubles), now).ok()?;
                }
                Some(Vec::new())
            }),
            Step::FillIn { cabinet, roubles } => self.change(*cabinet, |shop, opened, now| {
                shop.correct_price(&opened.unpriced.pop()?, i64::from(*roubles), now).ok()?;
                Some(Vec::new())
            }),
            Step::Review { cabinet, stars, has_words, late_minutes, is_supplement } => {
                let at = self.ago(*late_minutes);
                self.change(*cabinet, |shop, opened, now| {
                    let parent = shop.reviews().iter().rev().find(|review| review.parent_id.is_none());
                    let parent = parent.filter(|_| *is_supplement).map(|review| (review.id.clone(), review.nm_id));
                    let new = NewReview {
                        nm_id: parent.as_ref().map(|(_, nm_id)| *nm_id),
                        stars: u8::try_from(*stars).ok()?,
                        text: if *has_words { "Не то, чего ждали".to_owned() } else { String::new() },
                        parent_id: parent.map(|(id, _)| id),
                        at: Some(at),
                        ..NewReview::default()
                    };
                    let review = shop.review(&new, now).ok()?;
                    opened.reviews.push(review.id.clone());
                    Some(vec![Happened::Reviewed(review.id, review.nm_id, review.stars, review.created_at)])
                });
            }
            Step::Answer { cabinet, review } => self.change(*cabinet, |shop, opened, _| {
                shop.answer(&opened.reviews[pick(*review, opened.reviews.len())?], "Спасибо!").ok()?;
                Some(Vec::new())
            }),
            Step::Stock { cabinet, size, pieces } => self.change(*cabinet, |shop, opened, _| {
                let (nm_id, chrt_id) = opened.sizes[pick(*size, opened.sizes.len())?];
                shop.set_stock(nm_id, Some(chrt_id), *pieces).ok()?;
                Some(Vec::new())
            }),
            Step::Move { cabinet, size } => self.change(*cabinet, |shop, opened, _| {
                let (_, chrt_id) = opened.sizes[pick(*size, opened.sizes.len())?];
                let pieces = shop.stock_at(chrt_id, Warehouse::Russia)?.quantity;
                shop.transfer(chrt_id, Warehouse::Russia, Warehouse::Astana, pieces).ok()?;
                Some(Vec::new())
            }),
            Step::Empty { cabinet } => self.change(*cabinet, |shop, opened, _| {
                for (nm_id, chrt_id) in opened.sizes.iter().skip(1) {
                    shop.set_stock(*nm_id, Some(*chrt_id), 0).ok()?;
                }
                Some(Vec::new())
            }),
            Step::Refresh { cabinet } => {
                self.change(*cabinet, |shop, _, _| {
                    shop.refresh_reports();
                    Some(Vec::new())
                });
                self.entries.push(Entry::Renewed { cabinet: (*cabinet % CABINETS) as usize });
            }
            Step::Remember { cabinet } => self.remember((*cabinet % CABINETS) as usize),
            _ => {}
        }
    }

    fn sale(&mut self, cabinet: u32, order: u32, kind: SaleKind, at: DateTime<Utc>) {
        self.change(cabinet, |shop, opened, now| {
            let srid = &opened.srids[pick(order, opened.srids.len())?];
            let at = at.max(shop.find_order(srid).ok()?.ordered_at);
            let sale = shop.record_sale(kind, srid, &NewSale { at: Some(at), ..NewSale::default() }, now).ok()?;
            Some(vec![Happened::Sold(srid.clone(), kind == SaleKind::Return, sale.sold_at)])
        });
    }

    fn ago(&self, minutes: u32) -> DateTime<Utc> {
        self.now() - TimeDelta::minutes(minutes.into())
    }

    /// A shop with a history, which nobody has told the bot of yet. One order of it was cancelled
    /// in the last hours, which a late replica does not know.
    fn open_shop(&mut self, seed: u64, cabinet: u32) {
        let now = self.now();
        let number = cabinet as usize;
        let mut shop = Shop::sample(seed.wrapping_mul(31).wrapping_add(cabinet.into()), 4, 6, 4, now);
        let name = format!("Лавка {cabinet}");
        shop.seller.trade_mark.clone_from(&name);
        shop.seller.name.clone_from(&name);
        for product in shop.products() {
            let sizes = product.sizes.iter().map(|size| size.chrt_id).collect();
            self.entries.push(Entry::Product { cabinet: number, nm_id: product.nm_id, sizes });
        }
        for order in shop.orders() {
            let (srid, nm_id, at) = (order.srid.clone(), order.nm_id, order.ordered_at);
            let known = Known::ToBoth;
            self.entries.push(Entry::Ordered { cabinet: number, nm_id, srid: srid.clone(), at, known });
            if let Some(at) = order.cancelled_at {
                self.entries.push(Entry::Cancelled { cabinet: number, srid, at });
            }
        }
        for sale in shop.sales() {
            let is_return = sale.kind == SaleKind::Return;
            self.entries.push(Entry::Sold { cabinet: number, srid: sale.srid.clone(), is_return, at: sale.sold_at });
        }
        for review in shop.reviews() {
            let (id, nm_id, stars, at) = (review.id.clone(), review.nm_id, review.stars, review.created_at);
            self.entries.push(Entry::Reviewed { cabinet: number, nm_id, id, stars, at });
        }
        let sizes =
            shop.products().iter().flat_map(|product| product.sizes.iter().map(|size| (product.nm_id, size.chrt_id)));
        let opened = Opened {
            seller: shop.seller.id,
            name,
            srids: shop.orders().map(|order| order.srid.clone()).collect(),
            reviews: shop.reviews().iter().map(|review| review.id.clone()).collect(),
            unpriced: Vec::new(),
            hidden: Vec::new(),
            sizes: sizes.collect(),
            remembered: None,
            renewed_at: now.duration_trunc(REPORT_PERIOD).expect("half an hour divides a day"),
            is_stale: false,
        };
        self.world.wb.add_shop(shop).expect("seeds make different sellers");
        self.shops.push(opened);
        self.note_stocks(number);
        self.entries.push(Entry::Renewed { cabinet: number });

        let order = u32::try_from(self.shops[number].srids.len()).expect("a shop has few orders");
        self.trade(&Step::Sell {
            cabinet,
            size: 0,
            pieces: 1,
            is_own: true,
            late_minutes: 300,
            is_unpriced: false,
            known: Known::ToBoth,
        });
        self.remember(number);
        self.trade(&Step::Cancel { cabinet, order, late_minutes: 120 });
        self.trade(&Step::Refresh { cabinet });
    }

    /// Changes a shop, and writes down what happened and what is in stock now.
    fn change(
        &mut self,
        cabinet: u32,
        act: impl FnOnce(&mut Shop, &mut Opened, DateTime<Utc>) -> Option<Vec<Happened>>,
    ) {
        let number = (cabinet % CABINETS) as usize;
        self.renew(number);
        let opened = &mut self.shops[number];
        let (seller, wb) = (opened.seller, self.world.wb.clone());
        let happened = wb.shop(seller, |shop, now| Ok(act(shop, opened, now))).expect("the shop is open");
        for happened in happened.into_iter().flatten() {
            self.entries.push(happened.entry(number));
        }
        self.note_stocks(number);
    }

    /// Writes the sums of all warehouses down.
    fn note_stocks(&mut self, number: usize) {
        let opened = &self.shops[number];
        let stocks = self.world.wb.shop(opened.seller, |shop, _| {
            let sums = opened.sizes.iter().filter_map(|(_, chrt_id)| Some((*chrt_id, shop.stock(*chrt_id)?.quantity)));
            Ok(sums.collect::<Vec<_>>())
        });
        for (chrt_id, pieces) in stocks.expect("the shop is open") {
            self.entries.push(Entry::Stocked { cabinet: number, chrt_id, remainder: pieces.into() });
        }
    }

    /// WB renews a report on the half hour, before anybody looks at it or changes anything.
    fn renew(&mut self, number: usize) {
        let half_hour = self.now().duration_trunc(REPORT_PERIOD).expect("half an hour divides a day");
        let opened = &mut self.shops[number];
        if opened.renewed_at < half_hour {
            opened.renewed_at = half_hour;
            self.entries.push(Entry::Renewed { cabinet: number });
        }
    }

    fn remember(&mut self, number: usize) {
        self.trade(&Step::Refresh { cabinet: u32::try_from(number).expect("there are few cabinets") });
        let opened = &mut self.shops[number];
        let shop = self.world.wb.shop(opened.seller, |shop, _| Ok(shop.clone())).expect("the shop is open");
        opened.remembered = Some(shop);
        self.entries.push(Entry::Remembered { cabinet: number });
    }

    /// A tick that a late replica answers.
    async fn stale(&mut self, number: usize) {
        let Some(old) = self.shops[number].remembered.clone() else { return };
        self.renew(number);
        let seller = self.shops[number].seller;
        let swap = |shop: Shop| self.world.wb.shop(seller, |now, _| Ok(std::mem::replace(now, shop)));
        let present = swap(old).expect("the shop is open");
        self.shops[number].is_stale = true;
        self.wait(Duration::from_secs(180));
        self.tick().await;
        self.work(Work::All).await;
        let swap = |shop: Shop| self.world.wb.shop(seller, |now, _| Ok(std::mem::replace(now, shop)));
        swap(present).expect("the shop is open");
        self.shops[number].is_stale = false;
    }

    /// The schedule fires.
    async fn tick(&mut self) {
        let tick = Tick { time: self.now(), spread: Duration::ZERO };
        let polls = self.kill[0].take();
        let outcome = mortal(self.world.fanout.run(tick), polls).await;
        self.note_error("fanout", outcome);
    }

    /// Does what is queued.
    async fn work(&mut self, work: Work) {
        let rounds = if let Work::Some(messages) = work { messages as usize } else { MAX_ROUNDS };
        for _ in 0..rounds {
            self.settle().await;
            let next = match work {
                Work::Syncs => self.world.queues.take(|body| matches!(body, Body::Sync(_))),
                Work::All | Work::Some(_) => self.world.queues.take(|_| true),
            };
            let Some(message) = next else { return };
            self.receive(message).await;
        }
        if rounds == MAX_ROUNDS {
            self.broken.push("the queues never come to rest".to_owned());
        }
    }

    /// Does the work of a message; a failed one comes back.
    async fn receive(&mut self, message: Message) {
        let now = self.now();
        if message.due_at > now {
            self.world.clock.set(message.due_at);
        }
        let is_done = match &message.body {
            Body::Sync(task) => self.sync(task).await,
            Body::WakeUp(wake_up) => {
                // The same wake-up twice at the same time is one of two chains in a chat.
                let polls = self.kill[2].take();
                let outcome = if message.returns == 0 && polls.is_none() {
                    let twin = self.world.queues.take(|body| matches!(body, Body::WakeUp(other) if other == wake_up));
                    match twin {
                        Some(twin) if twin.due_at <= self.now() => {
                            let webhook = &self.world.webhook;
                            let (one, other) = tokio::join!(webhook.run(wake_up), webhook.run(wake_up));
                            Some(one.and(other))
                        }
                        Some(twin) => {
                            self.world.queues.put_back(twin.clone(), twin.due_at - self.now());
                            Some(self.world.webhook.run(wake_up).await)
                        }
                        None => Some(self.world.webhook.run(wake_up).await),
                    }
                } else {
                    mortal(self.world.webhook.run(wake_up), polls).await
                };
                let was_ended = outcome.is_none();
                let is_done = self.note_error("webhook", outcome);
                let mut ended = None;
                if was_ended {
                    self.world.drain().await;
                    let chat = wake_up.chat.0;
                    ended = Some(Ended { chat, knows_block: self.knows_block(chat).await });
                }
                self.note_calls(Sender::Webhook, ended);
                is_done
            }
        };
        if !is_done && message.returns < RECEIVES {
            self.world.queues.put_back(message, VISIBILITY);
        }
    }

    /// One sync; sometimes a second one of the same task at the same time.
    async fn sync(&mut self, task: &SyncTask) -> bool {
        (0..self.shops.len()).for_each(|number| self.renew(number));
        let began_at = self.now();
        let polls = self.kill[1].take();
        let twin = self.world.queues.take(|body| matches!(body, Body::Sync(other) if other == task));
        let outcome = match twin {
            Some(_) if polls.is_none() => {
                let sync = &self.world.sync;
                let (one, other) = tokio::join!(sync.run(task), sync.run(task));
                Some(one.and(other))
            }
            _ => mortal(self.world.sync.run(task), polls).await,
        };
        if outcome.is_none() {
            self.world.drain().await;
        }
        let is_done = self.note_error("sync", outcome);
        self.note_looks(began_at, if is_done { Fate::Kept } else { Fate::Perhaps }, None);
        is_done
    }

    /// A sync that hangs until another has overtaken it. What it brings then is not believed.
    async fn overtake(&mut self, number: usize, size: u32) {
        let cabinet = u32::try_from(number).expect("there are few cabinets");
        // Whether a tick comes in time to overtake it hangs on the interval.
        self.world.deploy(INTERVAL);
        self.work(Work::All).await;
        self.trade(&Step::Stock { cabinet, size, pieces: 9 });
        self.trade(&Step::Refresh { cabinet });
        self.wait(Duration::from_secs(31 * 60));
        self.tick().await;
        self.work(Work::All).await;

        self.wait(Duration::from_secs(31 * 60));
        self.trade(&Step::Stock { cabinet, size, pieces: 1 });
        self.trade(&Step::Refresh { cabinet });
        self.tick().await;
        let Some(seller) = self.shops.get(number).map(|opened| opened.seller) else { return };
        let ours: Option<i64> = sqlx::query_scalar("SELECT id FROM cabinets WHERE seller = $1")
            .bind(seller)
            .fetch_optional(&self.world.pool)
            .await
            .expect("the database answers");
        let first = self.world.queues.take(|body| matches!(body, Body::Sync(task) if Some(task.cabinet.0) == ours));
        let Some(Message { body: Body::Sync(first), .. }) = first else { return };
        self.world.relay.mend();
        self.world.wb.break_next(Method::Stocks, WbFault::Slow);
        (0..self.shops.len()).for_each(|number| self.renew(number));
        let began_at = self.now();
        let world = &self.world;
        let (wb, sync) = (world.wb.clone(), Arc::clone(&world.sync));
        // A task of its own: whatever holds its answer back, it never stands still with a row locked.
        let mut hanging = tokio::spawn(async move { sync.run(&first).await });
        let has_ended = tokio::select! {
            outcome = &mut hanging => Some(outcome.expect("a sync does not panic")),
            () = wb.until_slow(1) => None,
        };
        if let Some(outcome) = has_ended {
            // The stocks were not asked, so nothing hangs.
            self.world.wb.mend();
            let is_done = self.note_error("sync", Some(outcome));
            self.note_looks(began_at, if is_done { Fate::Kept } else { Fate::Perhaps }, None);
            return;
        }
        // The others go on to their end while this one hangs.
        tokio::select! {
            _ = &mut hanging => self.broken.push("a sync ended while WB held an answer back".to_owned()),
            () = self.until_quiet() => {}
        }
        self.note_looks(began_at, Fate::Perhaps, Some(Source::Stocks));
        // It is overtaken for certain: what hangs is not believed then, which is what is tried here.
        self.world.queues.mend();
        self.kill = [None; 3];
        self.world.clock.advance(HANG);
        self.trade(&Step::Stock { cabinet, size, pieces: 8 });
        self.trade(&Step::Refresh { cabinet });
        self.wait(Duration::from_secs(180));
        self.tick().await;
        // Whatever is there: the first of them may be a double of the one that hangs.
        let is_ours = |body: &Body| matches!(body, Body::Sync(task) if Some(task.cabinet.0) == ours);
        while let Some(Message { body: Body::Sync(second), .. }) = self.world.queues.take(is_ours) {
            self.sync(&second).await;
        }
        self.world.wb.release_slow();
        let outcome = hanging.await.expect("a sync does not panic");
        self.note_error("overtaken sync", Some(outcome));
        self.note_looks(began_at, Fate::Perhaps, Some(Source::Stocks));
        self.work(Work::All).await;
    }

    /// Waits until nobody asks WB or PostgreSQL for anything any more: PostgreSQL itself says when it has
    /// nothing to do, however slow the machine is.
    async fn until_quiet(&self) {
        let mut quiet_rounds = 0;
        let mut requests = self.world.wb.asked();
        while quiet_rounds < QUIET_ROUNDS {
            let is_busy: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                                 WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle')",
            )
            .fetch_one(&self.world.pool)
            .await
            .expect("the database answers");
            let now = self.world.wb.asked();
            quiet_rounds = if is_busy || now != requests { 0 } else { quiet_rounds + 1 };
            requests = now;
            self.world.drain().await;
        }
    }

    /// Writes down what WB has answered since the last time.
    fn note_looks(&mut self, began_at: DateTime<Utc>, fate: Fate, without: Option<Source>) {
        let new = self.world.wb.requests_after(self.requests);
        for request in new.iter().filter(|request| request.method == Some(Method::RemainsCreate)) {
            let cabinet = self.shops.iter().position(|opened| Some(opened.seller) == request.seller);
            if let Some((cabinet, report)) = cabinet.zip(request.report) {
                self.entries.push(Entry::ReportMade { cabinet, report });
            }
        }
        for (cabinet, opened) in self.shops.iter().enumerate() {
            for source in Source::ALL.into_iter().filter(|source| Some(*source) != without) {
                let answers: Vec<&RequestRecord> = new
                    .iter()
                    .filter(|request| request.seller == Some(opened.seller) && source_of(request) == Some(source))
                    .collect();
                // A report without rows says nothing.
                let is_nothing = |request: &RequestRecord| source == Source::Remains && request.status == 204;
                let is_empty = |request: &&RequestRecord| request.fault == Some(WbFault::Empty);
                let is_whole =
                    |request: &RequestRecord| request.status < 300 && request.fault.is_none() && !is_nothing(request);
                let whole = answers.iter().filter(|request| is_whole(request)).count();
                // Of an answer that is saved in several parts, those are kept that came before it was cut off.
                let is_cut_off = |request: &&RequestRecord| request.fault == Some(WbFault::CutOff);
                let has_part = self.is_long && answers.iter().any(is_cut_off);
                // Reviews are in two lists.
                let wanted = if source == Source::Reviews { 2 } else { 1 };
                // "Nothing" is what WB may say instead of a list: said twice it is believed.
                let is_of_orders = matches!(source, Source::Orders | Source::Sales | Source::OrderFeed);
                let may_say_nothing = source == Source::Stocks || is_of_orders && whole == 0;
                let is_nothing = may_say_nothing && answers.iter().any(is_empty);
                if source == Source::Reviews && whole < wanted && answers.iter().any(is_empty) {
                    // One list may be nothing, and believed the second time: then the first load is over.
                    let at = answers[0].at;
                    self.entries.push(Entry::Looked {
                        cabinet,
                        source,
                        began_at,
                        at,
                        since: None,
                        report: None,
                        fate,
                        is_stale: opened.is_stale,
                        is_nothing: true,
                    });
                }
                let fate = match (whole, answers.len() - whole) {
                    _ if is_nothing => fate,
                    (0, _) if !has_part => continue,
                    (whole, 0) if whole >= wanted => fate,
                    _ => Fate::InPart,
                };
                let at = answers[0].at;
                let is_stale = opened.is_stale;
                // The one that reaches farthest: what a later page does not show was on an earlier one.
                let since = answers.iter().map(|request| request.since).min().flatten();
                let report = answers.iter().find_map(|request| request.report);
                self.entries.push(Entry::Looked {
                    cabinet,
                    source,
                    began_at,
                    at,
                    since,
                    report,
                    fate,
                    is_stale,
                    is_nothing,
                });
            }
        }
        self.requests += new.len();
    }

    /// Whether the bot has kept that a person blocked it.
    async fn knows_block(&self, chat: Chat) -> bool {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM chats WHERE chat_id = $1 AND blocked_at IS NOT NULL)")
            .bind(chat)
            .fetch_one(&self.world.pool)
            .await
            .expect("the database answers")
    }

    /// Writes down what was sent since the last time. `ended` is the sender that was ended meanwhile.
    fn note_calls(&mut self, sender: Sender, ended: Option<Ended>) {
        let calls = self.world.telegram.calls_after(self.calls);
        for call in &calls {
            let Some(chat) = call.parameters.get("chat_id").and_then(serde_json::Value::as_i64) else { continue };
            if call.webhook_reply || !call.method.starts_with("send") {
                continue;
            }
            match &call.error {
                None if ended.is_some_and(|ended| ended.chat == chat) => self.entries.push(Entry::Window { chat }),
                Some(error) if error.contains("ClosedAfterExecution") => self.entries.push(Entry::Window { chat }),
                // Whoever was ended before it could keep the refusal tries again.
                Some(_) if ended.is_some_and(|ended| ended.chat == chat && !ended.knows_block) => {}
                // Whoever has just written is there, whatever Telegram says of the answer to them.
                Some(error) if sender == Sender::Webhook && error.contains("blocked by the user") => {
                    let now = self.now();
                    self.blocked.entry(chat).or_insert(now);
                    self.entries.push(Entry::Blocked { chat });
                }
                _ => {}
            }
        }
        self.calls += calls.len();
        self.note_messages();
    }

    fn note_messages(&mut self) {
        for person in 0..PEOPLE {
            let last = self.last_message[person as usize];
            let chat = chat(person);
            for message in self.world.telegram.messages_after(chat, last) {
                self.last_message[person as usize] = message.id;
                let (at, is_silent) = (message.date, message.silent);
                self.entries.push(Entry::Sent { chat, message: message.id, at, is_silent });
                let named = |opened: &Opened| message.content.text.contains(&format!("Магазин: {}", opened.name));
                if message.content.text.starts_with('🎉') {
                    let cabinets = self.shops.iter().enumerate().filter(|(_, opened)| named(opened));
                    self.entries.extend(cabinets.map(|(cabinet, _)| Entry::FirstSyncEnded { chat, cabinet }));
                }
            }
        }
    }

    /// Lets the bot answer everything that it was told, as often as Telegram has to repeat it.
    pub async fn settle(&mut self) {
        if self.world.telegram.pending() == 0 {
            return;
        }
        if self.world.everything_is_answered().await {
            self.note_calls(Sender::Bot, None);
        } else {
            self.broken.push("the bot never answers an update".to_owned());
        }
    }

    /// A person sends a token of the shop.
    async fn join(&mut self, person: u32, cabinet: usize, legs: Legs) {
        let chat = chat(person);
        let is_there = self.members.contains(&(chat, cabinet)) || self.left.contains(&(chat, cabinet));
        if self.blocked.contains_key(&chat) || is_there {
            return;
        }
        // WB's ping is limited as everything is.
        self.world.clock.advance(TimeDelta::minutes(2));
        let (since, not_before): (Moment, _) = (self.entries.len(), self.now());
        let token = token(self.shops[cabinet].seller, legs);
        let token = self.world.wb.issue_token(&token).expect("the shop is open");
        for text in ["/start", token.as_str()] {
            self.world.telegram.say(chat, text).expect("Telegram's apps send such a text");
            self.settle().await;
        }
        let belongs: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cabinet_users m JOIN users u ON u.id = m.user_id
                             JOIN cabinets c ON c.id = m.cabinet_id WHERE u.telegram_id = $1 AND c.seller = $2)",
        )
        .bind(chat)
        .bind(self.shops[cabinet].seller)
        .fetch_one(&self.world.pool)
        .await
        .expect("the database answers");
        if belongs {
            self.members.insert((chat, cabinet));
            let at = self.now();
            self.entries.push(Entry::Joined { chat, cabinet, since, not_before, at });
        }
        self.requests = self.world.wb.requests().len();
    }

    /// From now on WB answers 401 to all tokens of a shop, or to none.
    fn refuse(&mut self, cabinet: usize, refused: bool) {
        self.world.wb.refuse_tokens(self.shops[cabinet].seller, refused);
        self.refusals += usize::from(refused);
    }

    /// A member sends a token that may end after so many hours.
    async fn replace(&mut self, chat: Chat, cabinet: usize, hours: Option<u32>, legs: Legs) {
        if self.blocked.contains_key(&chat) || !self.members.contains(&(chat, cabinet)) {
            return;
        }
        self.world.clock.advance(TimeDelta::minutes(2));
        let expires_at = hours.map(|hours| self.now() + TimeDelta::hours(hours.into()));
        let spec = TokenSpec { expires_at, ..token(self.shops[cabinet].seller, legs) };
        let token = self.world.wb.issue_token(&spec).expect("the shop is open");
        self.world.telegram.say(chat, &token).expect("Telegram's apps send such a text");
        self.settle().await;
        self.refusals += usize::from(hours.is_some());
        self.requests = self.world.wb.requests().len();
    }

    /// What members are told of their tokens is no event, but it has its rules: a pause is told once an
    /// episode, its end only after it, and when all is good again none of the cabinets that are watched pauses.
    async fn check_pauses(&mut self, watched: &[Uuid]) {
        let sql = "SELECT count(*) FROM cabinets WHERE paused_at IS NOT NULL AND seller = ANY($1)";
        let paused: i64 =
            sqlx::query_scalar(sql).bind(watched).fetch_one(&self.world.pool).await.expect("the database answers");
        if paused > 0 {
            self.broken.push(format!("{paused} cabinets pause although WB accepts their tokens"));
        }
        for person in 0..PEOPLE {
            let chat = chat(person);
            let messages = self.world.telegram.messages(chat);
            let count = |heads: &[&str]| {
                let is_one = |text: &str| heads.iter().any(|head| text.starts_with(head));
                messages.iter().filter(|message| is_one(&message.content.text)).count()
            };
            let windows = self.entries.iter().filter(|entry| **entry == Entry::Window { chat }).count();
            let pauses = count(&["🔑 Wildberries больше не", "🔑 Срок действия", "🔑 У кабинета"]);
            let ends = count(&["✅ Данные WB снова"]);
            if pauses > self.refusals + windows || ends > self.refusals + windows {
                let refusals = self.refusals;
                self.broken.push(format!("chat {chat}: {pauses} pauses and {ends} ends told of {refusals} refusals"));
            }
        }
    }

    async fn block(&mut self, chat: Chat) {
        if !self.blocked.contains_key(&chat) {
            self.world.telegram.block(chat);
            self.settle().await;
            let now = self.now();
            self.blocked.insert(chat, now);
            self.entries.push(Entry::Blocked { chat });
        }
    }

    async fn unblock(&mut self, chat: Chat) {
        let deserted = self.deserted();
        if self.blocked.remove(&chat).is_some() {
            self.world.telegram.say(chat, "/start").expect("Telegram's apps send such a text");
            self.settle().await;
            self.entries.push(Entry::Unblocked { chat });
            let at = self.now();
            let returns = deserted.into_iter().filter(|cabinet| self.members.contains(&(chat, *cabinet)));
            self.entries.extend(returns.map(|cabinet| Entry::Returned { cabinet, at }));
        }
    }

    /// The cabinets of which every member has blocked the bot for a week.
    fn deserted(&self) -> Vec<usize> {
        let since = self.now() - DESERTED_AFTER;
        let members = |cabinet: usize| self.members.iter().filter(move |(_, of)| *of == cabinet);
        let is_gone = |chat: &Chat| self.blocked.get(chat).is_some_and(|at| *at <= since);
        let is_deserted =
            |cabinet: &usize| members(*cabinet).next().is_some() && members(*cabinet).all(|(chat, _)| is_gone(chat));
        (0..self.shops.len()).filter(is_deserted).collect()
    }

    /// Days pass, unless the history has had enough of them. Before they do everybody unblocks the bot, or blocks it.
    async fn pass_days(&mut self, days: u32, is_anybody_there: bool) {
        if self.gap_days + days > MAX_GAP_DAYS {
            return;
        }
        self.gap_days += days;
        for person in 0..PEOPLE {
            if is_anybody_there {
                self.unblock(chat(person)).await;
            } else {
                self.block(chat(person)).await;
            }
        }
        self.wait(Duration::from_secs(u64::from(days) * 24 * 3_600));
    }

    /// The owner removes the newest member of whose joining they were told.
    async fn remove(&mut self, cabinet: usize) {
        let owner = chat(0);
        if self.blocked.contains_key(&owner) || !self.members.contains(&(owner, cabinet)) {
            return;
        }
        let told = format!("теперь в кабинете «{}»", self.shops[cabinet].name);
        let button = self.world.telegram.messages(owner).into_iter().rev().find_map(|message| {
            let button = message.buttons().find(|button| button.text == "Убрать")?;
            let data = button.callback_data.clone()?;
            message.content.text.contains(&told).then_some((message.id, data))
        });
        let Some((message, data)) = button else { return };
        let Some(Ok(member)) = data.rsplit(':').next().map(str::parse::<i64>) else { return };
        let member: Option<Chat> = sqlx::query_scalar("SELECT telegram_id FROM users WHERE id = $1")
            .bind(member)
            .fetch_optional(&self.world.pool)
            .await
            .expect("the database answers");
        let Some(member) = member.filter(|member| self.members.contains(&(*member, cabinet))) else { return };
        if self.blocked.contains_key(&member) && reading::has_pages(self, member) {
            // They could not read them any more.
            return;
        }
        self.turned.extend(reading::turn_all(self, member).await);
        self.settle().await;
        self.world.clock.advance(TimeDelta::seconds(2));
        self.world.telegram.press(owner, message, &data).expect("the button is there");
        self.settle().await;
        self.members.remove(&(member, cabinet));
        self.left.insert((member, cabinet));
        self.entries.push(Entry::Left { chat: member, cabinet });
    }

    /// Telegram or Wildberries answers nothing of use for hours, in which the schedule goes on.
    async fn outage(&mut self, is_telegram: bool, hours: u32) {
        if is_telegram {
            for method in ["sendPhoto", "sendMessage"] {
                let fault = TelegramFault::BadGateway;
                self.world.telegram.break_next(method, fault, OUTAGE_CALLS).expect("the plan names methods");
            }
        } else {
            for method in [Method::Orders, Method::Sales, Method::OrderFeed, Method::Stocks, Method::Feedbacks] {
                self.world.wb.break_times(method, WbFault::Status(503), OUTAGE_CALLS);
            }
        }
        for _ in 0..hours {
            self.wait(Duration::from_secs(3_600));
            self.tick().await;
            // Whoever waits for Telegram tries again every quarter of a minute.
            self.work(Work::Some(OUTAGE_MESSAGES)).await;
        }
        self.world.telegram.mend();
        self.world.wb.mend();
    }

    /// A person taps a button of somebody else, or of a time that is over for them: it changes nothing of anybody else.
    async fn forge(&mut self, by: Chat, button: u32) {
        let own = |chat: Chat| self.members.iter().filter(move |(of, _)| *of == chat).map(|(_, cabinet)| *cabinet);
        // Whoever was removed was shown buttons of a cabinet in which others choose for themselves by the same ones.
        let once = |chat: Chat| self.left.iter().filter(move |(of, _)| *of == chat).map(|(_, cabinet)| *cabinet);
        let is_stranger = |of: Chat| own(of).chain(once(of)).all(|cabinet| !own(by).any(|other| other == cabinet));
        let of_others =
            (0..PEOPLE).map(chat).filter(|of| if *of == by { own(by).next().is_none() } else { is_stranger(*of) });
        let buttons: Vec<String> = of_others
            .flat_map(|of| self.world.telegram.messages(of))
            .flat_map(|message| message.buttons().filter_map(|button| button.callback_data.clone()).collect::<Vec<_>>())
            .filter(|button| !OF_ANYBODY.iter().any(|own| button.starts_with(own)))
            .collect();
        let shown = self.world.telegram.messages(by).into_iter().rev().find(|message| message.from == Author::Bot);
        let (Some(place), Some(shown)) = (pick(button, buttons.len()), shown) else { return };
        if self.blocked.contains_key(&by) {
            return;
        }
        if !self.remember_pages(by, &shown).await {
            return;
        }
        let before = self.of_others(by).await;
        self.world.clock.advance(TimeDelta::seconds(2));
        if self.world.telegram.tap(by, shown.id, &buttons[place]).is_err() {
            return;
        }
        self.settle().await;
        if self.of_others(by).await != before {
            self.broken.push(format!("chat {by} changes what is not theirs by {}", buttons[place]));
        }
    }

    /// Reads a message before something else may be made of it; a digest cannot be read without opening its groups.
    async fn remember_pages(&mut self, chat: Chat, message: &TelegramMessage) -> bool {
        if reading::kind(&message.content.text).is_some() {
            let pages = reading::turn_pages(self, chat, message).await;
            self.turned.insert((chat, message.id), pages);
            self.settle().await;
        }
        !reading::is_digest(&message.content.text)
    }

    /// What belongs to everybody but this person.
    async fn of_others(&self, by: Chat) -> Vec<String> {
        let mut rows = Vec::new();
        for table in
            ["cabinet_users", "notification_settings", "notification_deliveries", "muted_products", "token_attempts"]
        {
            let sql = format!(
                "SELECT t::text FROM {table} t WHERE user_id NOT IN (SELECT id FROM users WHERE telegram_id = $1) ORDER BY 1"
            );
            let found: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(by)
                .fetch_all(&self.world.pool)
                .await
                .expect("the database answers");
            rows.extend(found);
        }
        rows
    }

    /// Ends all faults for a while and lets everything come to rest.
    async fn calm(&mut self) {
        self.mend().await;
        let mut since = self.now();
        for _ in 0..2 {
            self.wait(Duration::from_secs(180));
            since = self.now();
            self.tick().await;
            self.work(Work::All).await;
        }
        self.entries.push(Entry::Calm { since, at: self.now() });
    }

    async fn mend(&mut self) {
        self.settle().await;
        self.kill = [None; 3];
        self.world.bot.end_next(None);
        self.world.queues.mend();
        self.world.wb.mend();
        self.world.telegram.mend();
        self.world.relay.mend();
    }

    /// The quiet end, after which everything must have been told.
    async fn end(&mut self) {
        for cabinet in 0..CABINETS as usize {
            self.refuse(cabinet, false);
            self.world.wb.close_hosts(self.shops[cabinet].seller, &[]);
        }
        for method in [Method::Orders, Method::Sales, Method::OrderFeed] {
            self.world.wb.switch_on(method);
        }
        // A shorter interval is in force at once.
        self.world.deploy(INTERVAL);
        self.calm().await;
        // The longest wait of a data set after a refusal is an hour.
        self.wait(Duration::from_secs(65 * 60));
        for cabinet in 0..CABINETS {
            self.trade(&Step::Sell {
                cabinet,
                size: cabinet,
                pieces: 1,
                is_own: false,
                late_minutes: 0,
                is_unpriced: false,
                known: Known::ToBoth,
            });
            self.trade(&Step::Refresh { cabinet });
        }
        // The last thing that happens is told too, though nothing else wakes the chats any more.
        self.tick().await;
        self.work(Work::Syncs).await;
        while self.world.queues.take(|body| matches!(body, Body::WakeUp(_))).is_some() {}
        self.calm().await;
        self.ripen().await;
        // Of a cabinet that nobody watches no token is tried.
        let deserted = self.deserted();
        let watched = (0..self.shops.len()).filter(|cabinet| !deserted.contains(cabinet));
        let watched: Vec<Uuid> = watched.map(|cabinet| self.shops[cabinet].seller).collect();
        for person in 0..PEOPLE {
            self.unblock(chat(person)).await;
        }
        self.check_pauses(&watched).await;
    }

    /// Lets the time pass in which collections, mornings and digests come. Nothing happens in the shops
    /// meanwhile, so their syncs are left out.
    async fn ripen(&mut self) {
        for ripe_at in self.ripe_at() {
            let at = ripe_at + TimeDelta::seconds(90);
            if self.now() < at {
                self.world.clock.set(at);
            }
            self.tick().await;
            while self.world.queues.take(|body| matches!(body, Body::Sync(_))).is_some() {}
            self.work(Work::All).await;
        }
    }

    /// What neither WB nor Telegram allows.
    fn check_limits(&mut self) {
        let requests = self.world.wb.requests();
        for request in self.world.wb.refused() {
            if !self.is_unheard(&request, &requests) {
                self.broken.push(format!("WB was asked too early: {:?} at {}", request.method, request.at));
            }
        }
        for violation in self.world.telegram.violations() {
            self.broken.push(format!("Telegram: {violation:?}"));
        }
        if self.world.telegram.early() > 0 {
            self.broken.push("a message before its retry_after had passed".to_owned());
        }
    }

    /// Whether the wait that a request broke was named only to a sync whose process then ended: what
    /// nobody heard nobody can obey. The wait itself may stand for all methods of a host.
    fn is_unheard(&self, request: &RequestRecord, requests: &[RequestRecord]) -> bool {
        let names_wait = |earlier: &&RequestRecord| {
            let is_same = (earlier.seller, earlier.host) == (request.seller, request.host);
            is_same && earlier.at < request.at && earlier.status == 429
        };
        requests.iter().rfind(names_wait).is_some_and(|named| self.ended_at.contains(&named.at))
    }

    /// Whether the work is done: a process that was ended, and one that failed, did not do it.
    fn note_error(&mut self, who: &str, outcome: Option<anyhow::Result<()>>) -> bool {
        let faults = self.world.relay.happened();
        let has_fault = std::mem::replace(&mut self.database_faults, faults) < faults;
        match outcome {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                let error = format!("{} {who}: {error:#}", self.now());
                // That is how a sync that was overtaken ends; nothing else may fail but by the database.
                if has_fault || error.contains("the lease of cabinet") {
                    // What WB said to it may not be kept.
                    self.ended_at.insert(self.now());
                    self.errors.push(error);
                } else {
                    self.broken.push(error);
                }
                false
            }
            None => {
                self.ended_at.insert(self.now());
                self.errors.push(format!("{} {who}: ended", self.now()));
                false
            }
        }
    }
}

/// Who calls Telegram.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Bot,
    Webhook,
}

/// A sender that was ended.
#[derive(Clone, Copy)]
struct Ended {
    chat: Chat,
    /// Whether it has kept, if only before, that Telegram said the bot is blocked.
    knows_block: bool,
}

/// What happened to an order, or a review.
enum Happened {
    Ordered(String, i64, DateTime<Utc>, Known),
    Revealed(String),
    Cancelled(String, DateTime<Utc>),
    Sold(String, bool, DateTime<Utc>),
    Reviewed(String, i64, u8, DateTime<Utc>),
}

impl Happened {
    fn entry(self, cabinet: usize) -> Entry {
        match self {
            Self::Ordered(srid, nm_id, at, known) => Entry::Ordered { cabinet, nm_id, srid, at, known },
            Self::Revealed(srid) => Entry::Revealed { cabinet, srid },
            Self::Cancelled(srid, at) => Entry::Cancelled { cabinet, srid, at },
            Self::Sold(srid, is_return, at) => Entry::Sold { cabinet, srid, is_return, at },
            Self::Reviewed(id, nm_id, stars, at) => Entry::Reviewed { cabinet, nm_id, id, stars, at },
        }
    }
}

/// A token that may take orders from there.
fn token(seller: Uuid, legs: Legs) -> TokenSpec<'static> {
    let categories: &[Category] = match legs {
        Legs::Both => &Category::ALL,
        // The two lists of reviews would come hours apart, which the oracle does not follow.
        Legs::Base => &[Category::Content, Category::Analytics, Category::Statistics],
        Legs::Reports => &[Category::Content, Category::Statistics, Category::Feedbacks],
        Legs::Feed => &[Category::Content, Category::Analytics, Category::Feedbacks],
    };
    let token_type = if legs == Legs::Base { TokenType::Base } else { TokenType::Personal };
    TokenSpec { categories, ..TokenSpec::of(seller, token_type) }
}

/// The place that a number means among so many things.
fn pick(number: u32, things: usize) -> Option<usize> {
    (number as usize).checked_rem(things)
}

fn source_of(request: &RequestRecord) -> Option<Source> {
    match request.method? {
        Method::Orders => Some(Source::Orders),
        Method::Sales => Some(Source::Sales),
        Method::OrderFeed => Some(Source::OrderFeed),
        Method::Stocks => Some(Source::Stocks),
        Method::RemainsDownload => Some(Source::Remains),
        Method::Feedbacks => Some(Source::Reviews),
        _ => None,
    }
}

const _: () = assert!(INTERVAL.num_seconds() == 180, "the plans' ticks are made for this interval");
