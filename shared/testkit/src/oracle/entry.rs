//! What a history consists of: what happened, what was answered, what people did and what they were told.

use chrono::{DateTime, Utc};
use strum::EnumCount;
use uuid::Uuid;

/// A person's chat.
pub type Chat = i64;
/// The number of a cabinet in its history, from 0.
pub type Cabinet = usize;
/// A place in the history: the index of an entry.
pub type Moment = usize;

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An order that nobody had seen.
    NewOrder,
    /// A buyout.
    Buyout,
    /// A cancellation, before or at receipt.
    Cancellation,
    /// A return of a bought order.
    Return,
    /// A review of few stars.
    Review,
    /// A size that fell to little or nothing.
    Stock,
}

/// One thing that can be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Event {
    /// In which cabinet.
    pub cabinet: Cabinet,
    /// What happened.
    pub kind: Kind,
    /// To what: an order's `srid`, a review's id, or [`fall`].
    pub key: String,
}

/// The key of a size that fell to a remainder.
#[must_use]
pub fn fall(chrt_id: i64, remainder: i64) -> String {
    format!("{chrt_id} down to {remainder}")
}

/// The key of a product of several sizes that fell to a remainder as a whole.
#[must_use]
pub fn product_fall(nm_id: i64, remainder: i64) -> String {
    format!("product {nm_id} down to {remainder}")
}

/// How a kind comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each event as soon as it is known.
    AtOnce,
    /// Collected; a period of so many minutes begins with the clock's hours.
    Collected(u32),
    /// Only in the digest.
    Digest,
}

/// Hours in which a person wants to hear no sound, or no message at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The hour at which they begin, on the person's clock.
    pub from: u32,
    /// The hour at which they end.
    pub until: u32,
    /// By how many hours the person's clock is ahead of UTC.
    pub ahead: u32,
    /// Whether messages wait for the end.
    pub is_held: bool,
}

/// What runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// Each size by itself.
    Size,
    /// A product, over all its sizes.
    Product,
}

/// What a person can choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// How a kind comes in a cabinet.
    Mode(Cabinet, Kind, Mode),
    /// No digest: what came only in it comes at once.
    NoDigest,
    /// Quiet hours, or none.
    Quiet(Option<QuietHours>),
    /// The most stars of a review that is told.
    Stars(Cabinet, u8),
    /// The remainder that is critical.
    Left(Cabinet, i64),
    /// Of what it is the remainder.
    By(Cabinet, By),
    /// A product is muted, for one kind or for all; or no more.
    Mute(Cabinet, i64, Option<Kind>, bool),
}

/// What is read from Wildberries at one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumCount)]
pub enum Source {
    /// The report of orders.
    Orders,
    /// The report of sales and returns.
    Sales,
    /// The order feed: each order with its present status, in real time.
    OrderFeed,
    /// The report of stocks.
    Stocks,
    /// The report of remains, which shows the same stocks to a token that may not use the other.
    Remains,
    /// The reviews.
    Reviews,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Orders, Self::Sales, Self::OrderFeed, Self::Stocks, Self::Remains, Self::Reviews];
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was whole, and whoever read it came to their end.
    Kept,
    /// It was whole, and whoever read it did not come to their end: it may be kept.
    Perhaps,
    /// It was not whole, and whoever read it may have kept what there was of it.
    InPart,
}

/// Which of the two sources of orders know one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// Both, each in its time.
    #[default]
    ToBoth,
    /// The feed only, until the report is said to show it too ([`Entry::Revealed`]).
    ToFeed,
    /// The reports only.
    ToReports,
}

/// One entry of a history.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Answers are kept in parts that are too small to compare the orders of two sources.
    InParts,
    /// A product is sold.
    Product {
        /// The cabinet.
        cabinet: Cabinet,
        /// The article.
        nm_id: i64,
        /// Its sizes.
        sizes: Vec<i64>,
    },
    /// An order exists since now; the feed shows it at once, the report not yet.
    Ordered {
        /// The cabinet.
        cabinet: Cabinet,
        /// The article.
        nm_id: i64,
        /// The order.
        srid: String,
        /// When it was made, by its own word.
        at: DateTime<Utc>,
        /// Who knows it.
        known: Known,
    },
    /// An order that only the feed knew is in the report from its next renewal on.
    Revealed {
        /// The cabinet.
        cabinet: Cabinet,
        /// The order.
        srid: String,
    },
    /// An order is cancelled since now.
    Cancelled {
        /// The cabinet.
        cabinet: Cabinet,
        /// The order.
        srid: String,
        /// When, by the row's word.
        at: DateTime<Utc>,
    },
    /// A sale or a return exists since now.
    Sold {
        /// The cabinet.
        cabinet: Cabinet,
        /// The order.
        srid: String,
        /// Whether the piece came back.
        is_return: bool,
        /// When, by the row's word.
        at: DateTime<Utc>,
    },
    /// A review exists since now and is shown at once.
    Reviewed {
        /// The cabinet.
        cabinet: Cabinet,
        /// The article.
        nm_id: i64,
        /// Its id.
        id: String,
        /// 1 to 5.
        stars: u8,
        /// When it was written, by its own word.
        at: DateTime<Utc>,
    },
    /// All warehouses together hold so many pieces of a size since now.
    Stocked {
        /// The cabinet.
        cabinet: Cabinet,
        /// The size.
        chrt_id: i64,
        /// The pieces that can be sold.
        remainder: i64,
    },
    /// The reports show the present since now.
    Renewed {
        /// The cabinet.
        cabinet: Cabinet,
    },
    /// The reports are remembered as they are, for answers that come from a late replica.
    Remembered {
        /// The cabinet.
        cabinet: Cabinet,
    },
    /// A report of remains is made: it shows the reports of this moment, whenever it is downloaded.
    ReportMade {
        /// The cabinet.
        cabinet: Cabinet,
        /// Its name.
        report: Uuid,
    },
    /// Somebody has come back to a cabinet of which every member had blocked the bot for a week: until now it was not
    /// asked, and nothing of that time is told.
    Returned {
        /// The cabinet.
        cabinet: Cabinet,
        /// The present.
        at: DateTime<Utc>,
    },
    /// A person belongs to the cabinet no more.
    Left {
        /// The person.
        chat: Chat,
        /// The cabinet.
        cabinet: Cabinet,
    },
    /// Wildberries answered.
    Looked {
        /// The cabinet.
        cabinet: Cabinet,
        /// What was asked.
        source: Source,
        /// When the reading began, of which this answer is a part.
        began_at: DateTime<Utc>,
        /// When the answer came.
        at: DateTime<Utc>,
        /// From when on it was asked for what had changed; `None`: for everything.
        since: Option<DateTime<Utc>>,
        /// The report of remains that it was.
        report: Option<Uuid>,
        /// What became of it.
        fate: Fate,
        /// Whether it came from the replica that shows what was remembered.
        is_stale: bool,
        /// Whether it was nothing, instead of a list that is empty.
        is_nothing: bool,
    },
    /// A person belongs to the cabinet since some time after the entry `since` and the time
    /// `not_before`, and since now for certain.
    Joined {
        /// The person.
        chat: Chat,
        /// The cabinet.
        cabinet: Cabinet,
        /// The place from which it was possible.
        since: Moment,
        /// The time from which it was possible.
        not_before: DateTime<Utc>,
        /// The present.
        at: DateTime<Utc>,
    },
    /// A person was told that the first sync of the cabinet has ended.
    FirstSyncEnded {
        /// The person.
        chat: Chat,
        /// The cabinet.
        cabinet: Cabinet,
    },
    /// A person turned a switch.
    Switched {
        /// The person.
        chat: Chat,
        /// The kind in one cabinet, or everything.
        what: Option<(Cabinet, Kind)>,
        /// Which way.
        on: bool,
    },
    /// A person chose something else.
    Chose {
        /// The person.
        chat: Chat,
        /// What.
        choice: Choice,
    },
    /// A person asked for a digest, which comes at any hour.
    Asked {
        /// The person.
        chat: Chat,
    },
    /// The bot knows since now that a person blocked it.
    Blocked {
        /// The person.
        chat: Chat,
    },
    /// The bot knows since now that a person is there again.
    Unblocked {
        /// The person.
        chat: Chat,
    },
    /// Everything that was seen before and does not wait by a person's choice has been told by now, or
    /// never will be.
    Calm {
        /// When the last tick was.
        since: DateTime<Utc>,
        /// The present.
        at: DateTime<Utc>,
    },
    /// A message was sent, and whoever sent it could not know: one doubling is forgiven.
    Window {
        /// The person.
        chat: Chat,
    },
    /// A message was sent.
    Sent {
        /// The person.
        chat: Chat,
        /// The message.
        message: i64,
        /// When.
        at: DateTime<Utc>,
        /// Whether it came without a sound.
        is_silent: bool,
    },
}

/// What one message tells, on all its pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// The person.
    pub chat: Chat,
    /// The message.
    pub message: i64,
    /// Whether it is a digest, whose events are behind its buttons.
    pub is_digest: bool,
    /// What it says happened.
    pub events: Vec<Event>,
    /// What it says that nothing of the history explains.
    pub unexplained: Option<String>,
}
