//! What the tests try each button with.

use std::{collections::HashSet, mem::discriminant};

use domain::{CabinetId, GroupId, MutingId, NotificationId, ReviewReplyId, TokenId, UserId};
use strum::EnumCount;

use super::words::Words;

/// Numbers for the ids and the pages of a button.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    pub id: i64,
    pub page: usize,
    pub token: TokenId,
}

impl Numbers {
    pub(crate) fn cabinet(self) -> CabinetId {
        CabinetId(self.id)
    }

    pub(crate) fn member(self) -> UserId {
        UserId(self.id)
    }

    pub(crate) fn notification(self) -> NotificationId {
        NotificationId(self.id)
    }

    pub(crate) fn group(self) -> GroupId {
        GroupId(self.id)
    }

    pub(crate) fn muting(self) -> MutingId {
        MutingId(self.id)
    }

    pub(crate) fn review_reply(self) -> ReviewReplyId {
        ReviewReplyId(self.id)
    }
}

/// Every button of a screen, with these numbers.
pub(super) trait Samples: Words + EnumCount {
    fn with(numbers: Numbers) -> Vec<Self>;
}

/// Every button of a screen; none of its kinds is forgotten.
pub(super) fn with<T: Samples>(numbers: Numbers) -> Vec<T> {
    let all = T::with(numbers);
    let kinds: HashSet<_> = all.iter().map(discriminant).collect();
    assert_eq!(kinds.len(), T::COUNT, "each kind of button is tried");
    all
}
