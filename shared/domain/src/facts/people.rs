//! What people do, and what they are told that is about no shop.

use serde::{Deserialize, Serialize};

use crate::event::EventKind;
use crate::ids::{CabinetId, TokenId, UserId};

/// Somebody has joined a cabinet; its owner is told once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberJoined {
    /// Who.
    pub member: UserId,
    /// As the person is called in Telegram.
    pub name: String,
    /// The cabinet's name.
    pub cabinet: Option<String>,
    /// By an owner's link; else by a token of the seller.
    pub by_link: bool,
}

/// Somebody whom an owner has removed has sent the token again; the owners are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAsks {
    /// The token that waits.
    pub attempt: TokenId,
    /// Who.
    pub member: UserId,
    /// As the person is called in Telegram.
    pub name: String,
    /// The cabinet's name.
    pub cabinet: Option<String>,
}

/// What the operator tells everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The text, as it is read.
    pub text: String,
}

/// Many single messages of a kind came within an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectOffer {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The kind.
    pub kind: EventKind,
}
