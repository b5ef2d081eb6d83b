//! What the product is about: orders, products, stocks, reviews, money, Moscow time, and what
//! counts as an event.
//!
//! Nothing here does I/O, reads a clock or knows a wire format: adapters parse into these types,
//! use cases decide with them, `messages` renders them.

#![warn(unreachable_pub)]

pub mod access;
pub mod clock;
pub mod data_set;
pub mod delivery;
pub mod deployment;
pub mod digest;
pub mod event;
pub mod facts;
pub mod figures;
pub mod first_contact;
pub mod ids;
pub mod language;
pub mod money;
pub mod moscow;
pub mod pace;
pub mod review_reply;
pub mod rows;
pub mod screen;
pub mod settings;
pub mod stock;
pub mod token_care;

pub use access::{Categories, Category, TokenFacts, TokenType};
pub use clock::Clock;
pub use data_set::{DataSet, PerSource, PutOff, Source};
pub use event::{Event, EventKind};
pub use facts::Facts;
pub use first_contact::{FirstContact, Role};
pub use ids::{
    Barcode, CabinetId, ChatId, ChrtId, GroupId, MessageId, MutingId, NmId, NotificationId, QuestionId, ReviewId,
    ReviewReplyId, SaleId, SearchId, SellerId, Srid, TelegramId, TokenId, UpdateId, UserId,
};
pub use language::Language;
pub use money::Rubles;
pub use review_reply::{AnswerState, ReviewReplyStage};
pub use rows::{
    CancelReason, FeedFacts, FeedOrder, FeedStatus, Order, OrderState, Photo, Product, Question, QuestionState,
    Remains, Review, Sale, SaleKind, Size, Stock, StockKind, Supply,
};
pub use settings::{Delivery, QuietMode, StockBy, Zone};
