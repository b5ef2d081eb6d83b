//! A token that somebody has sent: who they are, how long it is kept, and what WB can say of it.

use chrono::TimeDelta;
use domain::{ChatId, Language, SellerId, TokenFacts, UserId, first_contact::Hopeless};
use messages::TokenTrouble;
use store::{attempts::Attempt, tokens::NewToken};

/// A token that WB does not judge is kept for this long.
pub(super) const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// An accepted token waits for the person's word for this long.
pub(super) const ASKED_FOR: TimeDelta = TimeDelta::hours(1);
/// How long an owner has to decide.
pub(super) const OWNER_ASKED_FOR: TimeDelta = TimeDelta::hours(24);

/// The first wait after a try, which each try doubles.
const RETRY_FIRST: TimeDelta = TimeDelta::minutes(1);
/// The longest wait between two tries: whoever waits should not wait much longer than WB did.
pub(super) const RETRY_LONGEST: TimeDelta = TimeDelta::minutes(30);
/// Doublings after which the wait is the longest anyway.
const RETRY_DOUBLINGS: i32 = 5;

/// Who has sent a token, and where they are answered.
pub(super) struct Holder {
    pub user: UserId,
    /// As they are called in Telegram.
    pub name: String,
    pub chat: ChatId,
    pub language: Language,
}

/// What WB says of a token.
pub(super) enum Verdict {
    /// A host answered 200: it is this seller's.
    Accepted { seller: SellerId, shop: Option<String> },
    /// Every host answered 401 or 403.
    Refused,
    /// WB is slow, limited or down, which says nothing about the token.
    Unavailable,
}

/// How long a token waits after so many tries.
pub(super) fn retry_after(tries: i32) -> TimeDelta {
    let doubled = RETRY_FIRST * 2_i32.pow(u32::try_from(tries.clamp(0, RETRY_DOUBLINGS)).unwrap_or_default());
    doubled.min(RETRY_LONGEST)
}

/// Who has sent the token that waits.
pub(super) fn holder(attempt: &Attempt) -> Holder {
    Holder { user: attempt.user, name: attempt.name.clone(), chat: attempt.chat, language: attempt.language }
}

/// The token that waited, as its cabinet will have it: under the id that sealed it.
pub(super) fn new_token(attempt: &Attempt, facts: &TokenFacts) -> NewToken {
    NewToken {
        id: attempt.id,
        key_id: attempt.key_id,
        sealed: attempt.sealed.clone(),
        digest: attempt.digest.clone(),
        token_type: facts.token_type,
        categories: facts.categories,
        expires_at: facts.expires_at,
    }
}

/// What a person is told of a token that is not tried.
pub(super) fn trouble(hopeless: Hopeless) -> TokenTrouble {
    match hopeless {
        Hopeless::Expired(at) => TokenTrouble::Expired(at),
        Hopeless::Sandbox => TokenTrouble::Sandbox,
        Hopeless::NoCategory => TokenTrouble::NoCategory,
        Hopeless::PersonalForClients => TokenTrouble::PersonalForClients,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_half_an_hour() {
        let minutes: Vec<i64> = (0..8).map(|tries| retry_after(tries).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(retry_after(-1), RETRY_FIRST);
        assert_eq!(retry_after(i32::MAX), RETRY_LONGEST);
    }
}
