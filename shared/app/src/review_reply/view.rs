//! How far a reply is, as its author is told.

use chrono::{DateTime, Utc};
use domain::AnswerStage;
use messages::{AnswerView, AnswerWait, Message};
use store::answers::Answer;

/// Whether its text may still be changed and sent.
pub(crate) fn is_open(answer: &Answer) -> bool {
    answer.stage.is_some_and(AnswerStage::is_open)
}

/// How far an answer is that cannot be changed any more.
pub(crate) fn standing(answer: &Answer) -> Message {
    match (answer.stage, answer.next_at) {
        (Some(AnswerStage::Sending), Some(next_at)) => {
            let why = if answer.accepted_at.is_some() { AnswerWait::Check } else { AnswerWait::Limit };
            waits(answer, why, next_at)
        }
        (stage, _) => messages::answer_ended(answer.language, &view(answer), stage.unwrap_or(AnswerStage::Sending)),
    }
}

/// How long it waits, and for what.
pub(crate) fn waits(answer: &Answer, why: AnswerWait, until: DateTime<Utc>) -> Message {
    messages::answer_waits(answer.language, &view(answer), why, until, answer.posts == 0)
}

/// What a person sees of it.
pub(crate) fn view(answer: &Answer) -> AnswerView {
    AnswerView {
        id: answer.id,
        stars: answer.stars,
        nm_id: answer.nm_id,
        title: answer.title.clone(),
        author: answer.author.clone(),
        review_text: answer.review_text.clone(),
        cabinet_name: answer.cabinet_name.clone(),
        text: answer.text.clone(),
        revision: answer.revision,
        templates: answer.templates.clone(),
        words: answer.words.clone(),
    }
}
