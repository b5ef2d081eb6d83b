//! A token that somebody has sent: who they are, how long it is kept, and what can be said of it without WB.

use chrono::TimeDelta;
use domain::{
    ChatId, FirstContact, Language, TokenFacts, UserId,
    first_contact::{Hopeless, TooMany},
};
use messages::TokenTrouble;
use store::{attempts::Attempt, tokens::NewToken};

/// A token that WB does not judge is kept for this long.
pub(crate) const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// An accepted token waits for the person's word for this long.
pub(crate) const ASKED_FOR: TimeDelta = TimeDelta::hours(1);
/// How long an owner has to decide.
pub(crate) const OWNER_ASKED_FOR: TimeDelta = TimeDelta::hours(24);

/// Who has sent a token, and where they are answered.
pub(crate) struct Holder {
    pub user: UserId,
    /// As they are called in Telegram.
    pub name: String,
    pub chat: ChatId,
    pub language: Language,
}

/// Who has sent the token that waits.
pub(crate) fn holder(attempt: &Attempt) -> Holder {
    Holder { user: attempt.user, name: attempt.name.clone(), chat: attempt.chat, language: attempt.language }
}

/// The token that waited, as its cabinet will have it: under the id that sealed it.
pub(crate) fn new_token(attempt: &Attempt, facts: &TokenFacts) -> NewToken {
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

/// What a person is told of a token for whose cabinet there is no place.
pub(crate) fn too_many(whose: TooMany, contact: &FirstContact) -> TokenTrouble {
    match whose {
        TooMany::OfPerson => TokenTrouble::TooManyCabinetsOfYours(contact.cabinets_per_user),
        TooMany::OfDeployment => TokenTrouble::TooManyCabinets,
    }
}

/// What a person is told of a token that is not tried.
pub(crate) fn trouble(hopeless: Hopeless) -> TokenTrouble {
    match hopeless {
        Hopeless::Expired(at) => TokenTrouble::Expired(at),
        Hopeless::Sandbox => TokenTrouble::Sandbox,
        Hopeless::NoCategory => TokenTrouble::NoCategory,
        Hopeless::PersonalForClients => TokenTrouble::PersonalForClients,
    }
}
