//! How far a reply is, as its author is told.

use chrono::{DateTime, Utc};
use domain::ReviewReplyStage;
use messages::{Message, ReviewReplyView, ReviewReplyWait};
use store::review_replies::ReviewReply;

/// Whether its text may still be changed and sent.
pub(crate) fn is_open(reply: &ReviewReply) -> bool {
    reply.stage.is_some_and(ReviewReplyStage::is_open)
}

/// How far a reply is that cannot be changed any more.
pub(crate) fn standing(reply: &ReviewReply) -> Message {
    match (reply.stage, reply.next_at) {
        (Some(ReviewReplyStage::Sending), Some(next_at)) => {
            let why = if reply.accepted_at.is_some() { ReviewReplyWait::Check } else { ReviewReplyWait::Limit };
            waits(reply, why, next_at)
        }
        (stage, _) => {
            messages::review_reply_ended(reply.language, &view(reply), stage.unwrap_or(ReviewReplyStage::Sending))
        }
    }
}

/// How long it waits, and for what.
pub(crate) fn waits(reply: &ReviewReply, why: ReviewReplyWait, until: DateTime<Utc>) -> Message {
    messages::review_reply_waits(reply.language, &view(reply), why, until, reply.posts == 0)
}

/// What a person sees of it.
pub(crate) fn view(reply: &ReviewReply) -> ReviewReplyView {
    ReviewReplyView {
        id: reply.id,
        stars: reply.stars,
        nm_id: reply.nm_id,
        title: reply.title.clone(),
        author: reply.author.clone(),
        review_text: reply.review_text.clone(),
        cabinet_name: reply.cabinet_name.clone(),
        text: reply.text.clone(),
        revision: reply.revision,
        templates: reply.templates.clone(),
        words: reply.words.clone(),
    }
}
