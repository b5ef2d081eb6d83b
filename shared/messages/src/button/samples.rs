//! What the tests try each button with.

use std::{collections::HashSet, mem::discriminant};

use chrono::{DateTime, TimeZone, Utc};
use domain::{
    CabinetId, GroupId, MutingId, NotificationId, ReviewReplyId, SearchId, TokenId, UserId, screen::reviews::ReviewKey,
};
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

    pub(crate) fn search(self) -> Option<SearchId> {
        (self.id != 0).then_some(SearchId(if self.id < 0 { i32::MIN } else { i32::MAX }))
    }

    pub(crate) fn review_key(self) -> ReviewKey {
        ReviewKey(self.id.unsigned_abs() & 0xffff_ffff_ffff)
    }

    /// A moment of whole seconds, far in the future where the page is the last.
    pub(crate) fn as_of(self) -> DateTime<Utc> {
        let year = if self.page > 1 { 2_037 } else { 2_026 };
        Utc.with_ymd_and_hms(year, 12, 31, 23, 59, 59).unwrap()
    }

    pub(crate) fn short_page(self) -> u16 {
        self.page.try_into().unwrap_or(u16::MAX)
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
