//! The rows of a source: how a transaction takes them in, and what happens by them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    CabinetId, ChatId, Event, EventKind, FeedOrder, Order, Product, Question, Review, Sale, Source, Srid, Stock,
    StockKind,
    event::{self, FilledIn, NewsSince},
    facts::Totals,
    stock,
};
use serde::Serialize;

/// What a transaction changed, and what happened by it.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub changed: u64,
    pub events: Vec<Event>,
    /// What happened in a time of which nothing is told.
    pub silent: Totals,
    /// Chats in which a message that was sent has to be edited.
    pub chats: Vec<ChatId>,
}

/// What a transaction must know beside its rows.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub cabinet: CabinetId,
    pub source: Source,
    /// What is news; `None` while everything is silent.
    pub news: Option<NewsSince>,
    /// The same for buyouts and returns, where they come by the same answer.
    pub sales_news: Option<NewsSince>,
    /// Whether stocks that were held before say nothing of what has happened since: the source shows for the first time
    /// what another one has shown so far, or nothing was read for long.
    pub arms_silently: bool,
    /// Whether they mean nothing at all any more, because nobody was there: then an answer cannot contradict them.
    pub is_forgotten: bool,
    pub now: DateTime<Utc>,
}

/// A row of a source.
pub(super) trait SourceRow: Serialize + Sized {
    type Key: Ord + Clone;

    /// Whether a complete answer says something by what it does not name: WB leaves out what is 0.
    const NAMES_MATTER: bool = false;

    fn key(&self) -> Self::Key;

    /// An order and when it was made, by which two sources of orders are compared.
    fn order(&self) -> Option<(&Srid, DateTime<Utc>)> {
        None
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved>;

    /// What follows once a complete answer is in: `named` holds its keys if it was seen whole.
    /// `None` means that the answer is not believed until the next one agrees.
    async fn conclude(
        _tx: &mut store::Transaction<'_>,
        _at: Moment,
        _named: Option<&[Self::Key]>,
        _was_doubted: bool,
    ) -> store::Result<Option<Saved>> {
        Ok(Some(Saved::default()))
    }
}

impl SourceRow for Order {
    type Key = String;

    fn key(&self) -> String {
        self.srid.0.clone()
    }

    fn order(&self) -> Option<(&Srid, DateTime<Utc>)> {
        Some((&self.srid, self.ordered_at))
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let seen = store::orders::upsert_orders(tx, at.cabinet, rows, at.now).await?;
        let chats = fill_in(tx, at, &event::decide_filled_in(&seen)).await?;
        let decide = |news| event::decide_orders(&seen, news);
        Ok(Saved { chats, ..decided(seen.len(), at.news, decide) })
    }
}

impl SourceRow for FeedOrder {
    type Key = String;

    fn key(&self) -> String {
        self.srid.0.clone()
    }

    fn order(&self) -> Option<(&Srid, DateTime<Utc>)> {
        Some((&self.srid, self.created_at))
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let seen = store::orders::upsert_feed(tx, at.cabinet, &rows, at.now).await?;
        let chats = fill_in(tx, at, &event::decide_reasons(&seen)).await?;
        let events = event::decide_feed(&seen, at.news, at.sales_news);
        let loud = |news: Option<NewsSince>| news.map(|news| news.without_silence().unwrap_or(news));
        let silent = if at.news.into_iter().chain(at.sales_news).any(|news| news.without_silence().is_some()) {
            event::count_silent(&events, &event::decide_feed(&seen, loud(at.news), loud(at.sales_news)))
        } else {
            Totals::new()
        };
        Ok(Saved { changed: seen.len() as u64, events, silent, chats })
    }
}

impl SourceRow for Sale {
    type Key = String;

    fn key(&self) -> String {
        self.sale_id.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let seen = store::sales::upsert_sales(&mut **tx, at.cabinet, rows, at.now).await?;
        let chats = fill_in(tx, at, &event::decide_filled_in_sales(&seen)).await?;
        let decide = |news| event::decide_sales(&seen, news);
        Ok(Saved { chats, ..decided(seen.len(), at.news, decide) })
    }
}

/// The events of changed rows, and what a silence leaves out of them.
fn decided(changed: usize, news: Option<NewsSince>, decide: impl Fn(Option<NewsSince>) -> Vec<Event>) -> Saved {
    let events = decide(news);
    let without_silence = news.and_then(NewsSince::without_silence);
    let silent = without_silence.map(|news| event::count_silent(&events, &decide(Some(news)))).unwrap_or_default();
    Saved { changed: changed as u64, events, silent, chats: Vec::new() }
}

/// Adds money or a reason that came late to what was told, and names the chats whose messages are to be edited.
async fn fill_in(tx: &mut store::Transaction<'_>, at: Moment, filled_in: &[FilledIn]) -> store::Result<Vec<ChatId>> {
    if filled_in.is_empty() {
        return Ok(Vec::new());
    }
    let named: Vec<(EventKind, &str)> = filled_in.iter().map(|one| (one.kind, one.srid.0.as_str())).collect();
    let mut held = store::events::load_held(tx, at.cabinet, &named).await?;
    let seen: BTreeMap<(EventKind, &str), &FilledIn> = named.into_iter().zip(filled_in).rev().collect();
    held.retain_mut(|event| {
        seen.get(&(event.facts.kind(), event.key.as_str())).is_some_and(|one| one.add_to(&mut event.facts))
    });
    let sent_since = at.now - event::FILLED_IN_WITHIN;
    store::events::save_changed(tx, at.cabinet, &held, sent_since, at.now).await
}

impl SourceRow for Product {
    type Key = i64;

    fn key(&self) -> i64 {
        self.nm_id.0
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::products::upsert_products(&mut **tx, at.cabinet, &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }
}

impl SourceRow for Stock {
    type Key = (i64, i64);

    const NAMES_MATTER: bool = true;

    fn key(&self) -> (i64, i64) {
        (self.chrt_id.0, self.warehouse_id)
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::stocks::upsert_stocks(&mut **tx, at.cabinet, kind(at.source), &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }

    async fn conclude(
        tx: &mut store::Transaction<'_>,
        at: Moment,
        named: Option<&[(i64, i64)]>,
        was_doubted: bool,
    ) -> store::Result<Option<Saved>> {
        let mut changes = store::stocks::load_changes(&mut **tx, at.cabinet, kind(at.source), named).await?;
        let had_some = |size: &&stock::SeenLevel| size.before.is_some_and(|before| before > 0);
        let emptied = changes.seen.iter().filter(|size| size.remainder == 0).filter(had_some).count();
        let non_zero = usize::try_from(changes.non_zero).unwrap_or_default();
        if emptied > 0 && stock::is_doubtful(non_zero, emptied) && !was_doubted && !at.is_forgotten {
            tracing::warn!(cabinet = %at.cabinet, emptied, non_zero, "stocks doubted: more than half of the sizes would be empty");
            return Ok(None);
        }
        // A method that is used for the first time may count otherwise than the one before it.
        if at.news.is_none() || at.arms_silently {
            changes.seen.iter_mut().chain(&mut changes.products).for_each(|size| size.before = None);
        }
        let changed = match named {
            Some(named) => {
                store::stocks::save_absent_as_zero(&mut **tx, at.cabinet, kind(at.source), named, at.now).await?
            }
            None => 0,
        };
        let (mut events, levels) = stock::decide_stocks(&changes.seen, &changes.thresholds, at.now);
        let (of_products, product_levels) =
            stock::decide_stocks(&changes.products, &changes.product_thresholds, at.now);
        events.extend(of_products);
        if !levels.is_empty() {
            let (sizes, products) = ((&*changes.seen, &*levels), (&*changes.products, &*product_levels));
            store::stocks::save_levels(&mut **tx, at.cabinet, sizes, products, at.now).await?;
        }
        Ok(Some(Saved { changed, events, ..Saved::default() }))
    }
}

impl SourceRow for Review {
    type Key = String;

    fn key(&self) -> String {
        self.id.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let (new, differing) = store::reviews::upsert_reviews(&mut **tx, at.cabinet, &rows, at.now).await?;
        let saved = decided(new.len(), at.news, |news| event::decide_reviews(&new, news));
        Ok(Saved { changed: new.len() as u64 + differing, ..saved })
    }
}

impl SourceRow for Question {
    type Key = String;

    fn key(&self) -> String {
        self.id.0.clone()
    }

    async fn save(tx: &mut store::Transaction<'_>, at: Moment, rows: Vec<Self>) -> store::Result<Saved> {
        let changed = store::questions::upsert_questions(&mut **tx, at.cabinet, &rows, at.now).await?;
        Ok(Saved { changed, ..Saved::default() })
    }
}

/// Whose warehouses a source of stocks counts.
fn kind(source: Source) -> StockKind {
    if source == Source::SellerStocks { StockKind::Seller } else { StockKind::Wb }
}
