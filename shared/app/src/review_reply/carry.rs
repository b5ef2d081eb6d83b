//! The way of a reply: one request after the other, until it is over or has to wait.

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AnswerStage, ReviewReplyId,
    answer::{CHECK_GOOD_FOR, GIVE_UP_AFTER, Shown, Step, decide},
};
use futures::future::join_all;
use messages::AnswerWait;
use secrecy::SecretString;
use store::{
    answers::{self, Answer, Which},
    limits,
};
use tokio::time::{Instant, timeout};
use wb::Method;

use super::{
    context::ReviewReplies,
    trouble::{Trouble, judge},
    view::{view, waits},
};
use crate::{backoff::retry_after, operator, shown};

/// WB answers in a second or so. Three such waits fit into the timeout of the function.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// No further request is begun after this time: with the last one, and with what a tick does beside
/// it, it stays within the timeout of the function, and the next tick goes on.
const CARRY_LIMIT: Duration = Duration::from_secs(6);
/// Requests with which one function goes on with an answer: read, answer, read, and one more of each
/// where WB has told to wait for a moment that is over at once.
const STEPS_MAX: usize = 6;

/// How an answer goes on after a request.
enum Flow {
    /// With the next one.
    On,
    /// At `next_at`.
    Wait(AnswerWait),
    /// It is over.
    End,
    /// Somebody else goes on with it.
    NotOurs,
}

impl ReviewReplies<'_> {
    /// Goes on with an answer that was put on its way, as far as WB allows now, after the tap was answered. The rest is
    /// a tick's.
    pub async fn carry_begun(&self, id: ReviewReplyId) {
        if let Err(error) = self.carry_on(&[id], self.clock.now()).await {
            tracing::warn!(
                answer = %id,
                error = format!("{error:#}"),
                "review reply not finished; a tick will continue it"
            );
        }
    }

    /// Goes on with the answers that had to wait, a chore of every tick. Returns how many were due.
    ///
    /// # Errors
    /// When the database cannot be reached. What becomes of a single answer is logged.
    pub async fn carry_due(&self) -> anyhow::Result<usize> {
        let now = self.clock.now();
        let due = answers::claim_due(self.pool, now).await.context("cannot claim answers that wait")?;
        self.carry_on(&due, now).await?;
        Ok(due.len())
    }

    async fn carry_on(&self, ids: &[ReviewReplyId], now: DateTime<Utc>) -> anyhow::Result<()> {
        let claimed =
            answers::load_answers(self.pool, Which::Claimed(ids), now).await.context("cannot read answers")?;
        let ids: Vec<ReviewReplyId> = claimed.iter().map(|answer| answer.id).collect();
        for (id, outcome) in ids.iter().zip(join_all(claimed.into_iter().map(|answer| self.carry(answer))).await) {
            if let Err(error) = outcome {
                tracing::warn!(
                    answer = %id,
                    error = format!("{error:#}"),
                    "review reply failed for now; a tick will try it again"
                );
            }
        }
        Ok(())
    }

    /// Goes on with one answer until it is over or has to wait, and tells its author.
    async fn carry(&self, mut answer: Answer) -> anyhow::Result<()> {
        let mut wait = None;
        let ends_at = Instant::now() + CARRY_LIMIT;
        if answer.stage == Some(AnswerStage::Sending) {
            for _ in 0..STEPS_MAX {
                if Instant::now() >= ends_at {
                    break;
                }
                match self.step(&mut answer).await? {
                    Flow::On => {}
                    Flow::Wait(why) => {
                        wait = Some(why);
                        break;
                    }
                    Flow::End => break,
                    Flow::NotOurs => return Ok(()),
                }
            }
        }
        let message = match (answer.stage, wait, answer.next_at) {
            (Some(AnswerStage::Sending), Some(why), Some(next_at)) => waits(&answer, why, next_at),
            // It goes on when its claim is over.
            (Some(AnswerStage::Sending) | None, ..) => return Ok(()),
            (Some(stage), ..) => messages::answer_ended(answer.language, &view(&answer), stage),
        };
        match shown::put(self.telegram, answer.chat, answer.message_id, &message).await {
            Ok(shown) => answers::save_told(self.pool, answer.id, Some(shown)).await?,
            Err(
                error @ (telegram::Error::RetryAfter(_)
                | telegram::Error::Unavailable { .. }
                | telegram::Error::Unseen { .. }),
            ) => {
                tracing::warn!(answer = %answer.id, error = %error, "author of a review reply not notified; it is tried again");
            }
            Err(error) => {
                tracing::warn!(answer = %answer.id, error = %error, "author of a review reply not notified");
                answers::save_told(self.pool, answer.id, None).await?;
            }
        }
        Ok(())
    }

    /// The next request for an answer, if WB allows it now.
    async fn step(&self, answer: &mut Answer) -> anyhow::Result<Flow> {
        let now = self.clock.now();
        let Some((token, limit)) = self.token_for(answer) else {
            return self.end(answer, unsure(answer, AnswerStage::NoAccess), None).await;
        };
        let at = self.slot(answer, limit, now).await?;
        if at > now {
            (answer.slot_at, answer.next_at) = (Some(at), Some(at));
            answers::save_progress(self.pool, answer, now).await?;
            return Ok(Flow::Wait(if answer.accepted_at.is_some() { AnswerWait::Check } else { AnswerWait::Limit }));
        }
        let token = self.unseal_for(token, now).await?;
        if answer.accepted_at.is_none() && answer.checked_at.is_some_and(|at| now - at <= CHECK_GOOD_FOR) {
            self.post(answer, &token, now).await
        } else {
            self.look_at(answer, &token, now).await
        }
    }

    /// Sends the answer: only after the review was seen unanswered, and noted before it goes out.
    async fn post(&self, answer: &mut Answer, token: &SecretString, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        let Some(text) = answer.text.clone() else { return Ok(Flow::NotOurs) };
        if !answers::begin_post(self.pool, answer, now).await.context("cannot note that an answer goes out")? {
            return Ok(Flow::NotOurs);
        }
        answer.posts += 1;
        answer.slot_at = None;
        let checked_at = answer.checked_at.take();
        let sent = timeout(ANSWER_WITHIN, self.wb.answer_review(token, &answer.review, &text)).await;
        let now = self.clock.now();
        let Err(trouble) = judge(sent, now) else {
            (answer.accepted_at, answer.looks) = (Some(now), 0);
            answers::save_progress(self.pool, answer, now).await.context("cannot note that WB took an answer")?;
            return Ok(Flow::On);
        };
        match trouble {
            Trouble::Limited(wait) => {
                // WB has not looked at it.
                answer.posts -= 1;
                answer.checked_at = checked_at;
                self.note_wait(answer, wait, now).await
            }
            Trouble::NoAccess => self.end(answer, AnswerStage::NoAccess, None).await,
            Trouble::Rejected(words) => self.end(answer, AnswerStage::Rejected, Some(words)).await,
            Trouble::Closed(key, text) => {
                operator::tell(self.pool, &key, &text, now).await?;
                self.end(answer, AnswerStage::Closed, None).await
            }
            Trouble::Unavailable => self.wait_out(answer, now).await,
        }
    }

    /// Reads the review and decides by it.
    async fn look_at(&self, answer: &mut Answer, token: &SecretString, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        if answer.slot_at.take().is_some() {
            answers::save_progress(self.pool, answer, now).await.context("cannot spend a request")?;
        }
        let found = timeout(ANSWER_WITHIN, self.wb.fetch_review(token, &answer.review)).await;
        let now = self.clock.now();
        let found = match judge(found, now) {
            Ok(found) => found,
            Err(Trouble::Limited(wait)) => return self.note_wait(answer, wait, now).await,
            Err(Trouble::NoAccess) => {
                return self.end(answer, unsure(answer, AnswerStage::NoAccess), None).await;
            }
            Err(Trouble::Rejected(words)) => {
                return self.end(answer, unsure(answer, AnswerStage::Rejected), Some(words)).await;
            }
            Err(Trouble::Closed(key, text)) => {
                operator::tell(self.pool, &key, &text, now).await?;
                return self.end(answer, unsure(answer, AnswerStage::Closed), None).await;
            }
            Err(Trouble::Unavailable) => return self.wait_out(answer, now).await,
        };
        let stands = found.as_ref().and_then(|found| found.review.answer.clone().zip(found.answer_state));
        let shown = match (&found, &stands) {
            (None, _) => Shown::Nothing,
            (Some(_), Some((text, state))) => Shown::Answered(text, *state),
            (Some(_), None) => Shown::Unanswered,
        };
        match decide(answer.text.as_deref().unwrap_or_default(), answer.effort(), shown) {
            Step::Post => {
                answer.checked_at = Some(now);
                answers::save_progress(self.pool, answer, now).await?;
                Ok(Flow::On)
            }
            Step::Look(wait) => {
                answer.looks += 1;
                answer.next_at = Some(now + wait);
                answers::save_progress(self.pool, answer, now).await?;
                Ok(Flow::Wait(AnswerWait::Check))
            }
            Step::End(stage) => self.end(answer, stage, stands.map(|(text, _)| text)).await,
        }
    }

    /// Notes WB's own word on the next request; the answer takes its place right behind it.
    async fn note_wait(&self, answer: &mut Answer, wait: TimeDelta, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        limits::save_not_before(self.pool, answer.seller, Method::Reviews.name(), now + wait, now)
            .await
            .context("cannot note WB's wait")?;
        answers::save_progress(self.pool, answer, now).await?;
        Ok(Flow::On)
    }

    /// WB does not reply: later, unless it has been down for too long.
    async fn wait_out(&self, answer: &mut Answer, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        if answer.sent_at.is_some_and(|at| now - at >= GIVE_UP_AFTER) {
            return self.end(answer, unsure(answer, AnswerStage::Unsent), None).await;
        }
        answer.next_at = Some(now + retry_after(answer.tries));
        answer.tries += 1;
        answers::save_progress(self.pool, answer, now).await?;
        Ok(Flow::Wait(AnswerWait::Trouble))
    }

    /// Ends the way of an answer; the review and the messages that told it get the answer that stands.
    async fn end(&self, answer: &mut Answer, stage: AnswerStage, words: Option<String>) -> anyhow::Result<Flow> {
        let now = self.clock.now();
        let mut tx = store::begin(self.pool).await.context("cannot begin")?;
        if !answers::save_end(&mut *tx, answer.id, stage, words.as_deref(), now).await? {
            return Ok(Flow::NotOurs);
        }
        let is_answered = matches!(stage, AnswerStage::Published | AnswerStage::InReview | AnswerStage::Elsewhere);
        let chats = match words.as_deref().filter(|_| is_answered) {
            Some(text) => answers::save_answered(&mut *tx, answer.cabinet, &answer.review, text, now).await?,
            None => Vec::new(),
        };
        tx.commit().await.context("cannot end an answer")?;
        tracing::info!(cabinet = %answer.cabinet, answer = %answer.id, stage = stage.name(), posts = answer.posts, "review reply finished");
        crate::wake(self.queues, &chats).await;
        (answer.stage, answer.words) = (Some(stage), words);
        Ok(Flow::End)
    }
}

/// What is told where nothing more can be asked: once a request has gone out, nobody knows.
fn unsure(answer: &Answer, stage: AnswerStage) -> AnswerStage {
    if answer.posts > 0 { AnswerStage::Unknown } else { stage }
}
