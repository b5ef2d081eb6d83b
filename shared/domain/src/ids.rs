//! Identifiers. A wrong kind of number cannot be passed where another is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
    ($(#[$doc:meta])* copy $name:ident($inner:ty)) => {
        id! { $(#[$doc])* #[derive(Copy)] $name($inner) }
    };
}

id! {
    /// Our record of one seller.
    copy CabinetId(i64)
}
id! {
    /// Our record of one Telegram person.
    copy UserId(i64)
}
id! {
    /// A Telegram chat. In a private chat it equals the person's `telegram_id`.
    copy ChatId(i64)
}
id! {
    /// A person in Telegram.
    copy TelegramId(i64)
}
id! {
    /// A message within its chat.
    copy MessageId(i64)
}
id! {
    /// An update of Telegram: unique for a bot, and the same in each repetition.
    copy UpdateId(i64)
}
id! {
    /// A notification: a row of `notification_history`.
    #[derive(Default)]
    copy NotificationId(i64)
}
id! {
    /// Notifications that are one message with pages.
    copy GroupId(i64)
}
id! {
    /// A review reply, from the first tap on: a row of `review_answers`.
    copy ReviewReplyId(i64)
}
id! {
    /// What somebody has muted: a row of `muted_products`.
    copy MutingId(i64)
}
id! {
    /// What somebody has looked for: a row of `searches`.
    copy SearchId(i32)
}
id! {
    /// One accepted WB token; also the associated data of its seal.
    copy TokenId(Uuid)
}
id! {
    /// WB's seller id (`sid`), the same for every token of the seller.
    copy SellerId(Uuid)
}
id! {
    /// WB's article («Артикул WB»).
    copy NmId(i64)
}
id! {
    /// WB's id of one size of one article.
    copy ChrtId(i64)
}
id! {
    /// WB's id of one order, which is one piece. Its format varies, so it is opaque.
    Srid(String)
}
id! {
    /// A barcode of one size.
    Barcode(String)
}
id! {
    /// WB's id of a review. A supplemented review has an id of its own.
    ReviewId(String)
}
id! {
    /// WB's id of a question.
    QuestionId(String)
}
id! {
    /// WB's id of a sale or a return (`saleID`): `S…` is a buyout, `R…` a return.
    SaleId(String)
}

impl GroupId {
    /// Its first notification, by whose id it is called.
    #[must_use]
    pub fn first(self) -> NotificationId {
        NotificationId(self.0)
    }
}

impl TelegramId {
    /// The chat of this person and the bot alone.
    #[must_use]
    pub fn chat(self) -> ChatId {
        ChatId(self.0)
    }
}

impl TokenId {
    /// The id that these digits write.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_named_by_its_first_notification() {
        assert_eq!(GroupId(7).first(), NotificationId(7));
    }

    #[test]
    fn the_chat_of_a_person_and_the_bot_has_the_persons_number() {
        assert_eq!(TelegramId(5).chat(), ChatId(5));
    }

    #[test]
    fn a_token_id_is_read_back_from_its_digits_and_nothing_else_is_one() {
        let digits = "0b6f8d2e-1c3a-4f5b-8d7e-9a0b1c2d3e4f";
        assert_eq!(TokenId::parse(digits).map(|id| id.to_string()).as_deref(), Some(digits));
        assert_eq!(TokenId::parse("7"), None);
        assert_eq!(TokenId::parse(""), None);
    }
}
