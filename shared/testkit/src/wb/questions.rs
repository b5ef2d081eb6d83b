//! What buyers ask, and what the seller answers to their reviews.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, SubsecRound as _, Utc};
use serde::Deserialize;
use serde_json::json;

use super::answers::Answer;
use super::asked::{Answered, Asked, ListQuery, parameters};
use super::shop::{Shop, opaque_id};
use super::things::{AnswerState, Question, QuestionState};
use super::wire;

/// WB gives so many questions in all: taken and skipped ones together.
const QUESTIONS: usize = 10_000;
/// How long an answer may be.
const ANSWER_CHARS: std::ops::RangeInclusive<usize> = 2..=5_000;

/// A question to be asked. By default: about the first product, now.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewQuestion {
    /// The article.
    pub nm_id: Option<i64>,
    /// The text.
    pub text: String,
    /// When it was asked; now by default.
    pub at: Option<DateTime<Utc>>,
}

impl Shop {
    /// The questions, in the order in which they were asked.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// A buyer asks.
    ///
    /// # Errors
    /// There is no such product, or the question is empty.
    pub fn ask(&mut self, new: &NewQuestion, now: DateTime<Utc>) -> anyhow::Result<Question> {
        ensure!(!new.text.trim().is_empty(), "a question has a text");
        let nm_id = match new.nm_id {
            Some(nm_id) => self.product(nm_id)?.nm_id,
            None => self.products.first().context("the shop has no product")?.nm_id,
        };
        let question = Question {
            id: opaque_id(&mut self.dice()),
            nm_id,
            created_at: new.at.unwrap_or(now).trunc_subsecs(0),
            text: new.text.clone(),
            state: QuestionState::New,
            answer: None,
        };
        self.questions.push(question.clone());
        Ok(question)
    }

    /// The seller answers a question at WB's portal, or rejects it (`None`).
    ///
    /// # Errors
    /// There is no such question.
    pub fn settle_question(&mut self, id: &str, answer: Option<&str>) -> anyhow::Result<()> {
        let question = self.questions.iter_mut().find(|question| question.id == id);
        let question = question.with_context(|| format!("there is no question {id}"))?;
        question.state = if answer.is_some() { QuestionState::Answered } else { QuestionState::Rejected };
        question.answer = answer.map(str::to_owned);
        Ok(())
    }

    /// WB's moderators decide on the answer to a review.
    ///
    /// # Errors
    /// There is no such review, or it has no answer.
    pub fn moderate(&mut self, review_id: &str, state: AnswerState) -> anyhow::Result<()> {
        let review = self.reviews.iter_mut().find(|review| review.id == review_id);
        let review = review.with_context(|| format!("there is no review {review_id}"))?;
        ensure!(review.answer.is_some(), "review {review_id} has no answer");
        review.answer_state = state;
        Ok(())
    }
}

pub(super) fn questions(asked: &Asked<'_>, shop: &mut Shop) -> Answered {
    let list = ListQuery::read(asked, QUESTIONS, QUESTIONS)?;
    if list.take + list.skip > QUESTIONS {
        return Err(Box::new(asked.request.bad_feedbacks("take + skip: must be at most 10000")));
    }
    let found = shop.questions.iter().filter(|question| (question.state != QuestionState::New) == list.processed);
    let page = list.page(found, |question| (question.created_at, question.nm_id, &question.id));
    let rows: Vec<_> = page.filter_map(|question| wire::question(question, shop)).collect();
    let unanswered = shop.questions.iter().filter(|question| question.state == QuestionState::New).count();
    let archived = shop.questions.len() - unanswered;
    Ok(Answer::enveloped(&json!({"countUnanswered": unanswered, "countArchive": archived, "questions": rows})))
}

/// One review by its id.
pub(super) fn feedback(asked: &Asked<'_>, shop: &mut Shop) -> Answered {
    let refuse = |error: &str| Box::new(asked.request.bad_feedbacks(error));
    let parameters = parameters(asked.query, &["id"]).map_err(|error| refuse(&error))?;
    let id = parameters.get("id").ok_or_else(|| refuse("id: field required"))?;
    let review = shop.reviews.iter().find(|review| review.id == *id);
    let row = review.and_then(|review| wire::feedback(review, shop, asked.picture_base));
    Ok(row.map_or_else(|| asked.request.unknown_feedback(), |row| Answer::enveloped(&row)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewAnswer {
    id: String,
    text: String,
}

/// The answer to a review. The id is not looked at: a wrong one is accepted too.
pub(super) fn answer(asked: &Asked<'_>, shop: &mut Shop) -> Answered {
    let refuse = |detail: &str| Box::new(asked.request.bad_answer(detail));
    parameters(asked.query, &[]).map_err(|error| refuse(&error))?;
    let new: NewAnswer = asked.json_body().map_err(|error| refuse(&error))?;
    if !ANSWER_CHARS.contains(&new.text.chars().count()) {
        return Err(refuse("text must have from 2 to 5000 characters"));
    }
    if let Some(review) = shop.reviews.iter_mut().find(|review| review.id == new.id) {
        review.answer = Some(new.text);
        review.answer_state = AnswerState::InReview;
    }
    Ok(Answer::no_content())
}
