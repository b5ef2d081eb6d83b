//! The way of a reply: one request after the other, until it is over or has to wait.

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ReviewReplyId, ReviewReplyStage,
    review_reply::{CHECK_GOOD_FOR, GIVE_UP_AFTER, Shown, Step, decide},
};
use futures::future::join_all;
use messages::ReviewReplyWait;
use secrecy::SecretString;
use store::{
    limits,
    review_replies::{self, ReviewReply, Which},
};
use tokio::time::{Instant, timeout};
use wb::Method;

use super::{
    context::ReviewReplies,
    trouble::{Trouble, result_of},
    view::{view, waits},
};
use crate::{backoff::retry_after, operator, shown};

/// WB answers in a second or so. Three such waits fit into the timeout of the function.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// No further request is begun after this time: with the last one, and with what a tick does beside
/// it, it stays within the timeout of the function, and the next tick goes on.
const CARRY_LIMIT: Duration = Duration::from_secs(6);
/// Requests with which one function goes on with a reply: read, reply, read, and one more of each
/// where WB has told to wait for a moment that is over at once.
const STEPS_MAX: usize = 6;

/// How a reply goes on after a request.
enum Flow {
    /// With the next one.
    On,
    /// At `next_at`.
    Wait(ReviewReplyWait),
    /// It is over.
    End,
    /// Somebody else goes on with it.
    NotOurs,
}

impl ReviewReplies<'_> {
    /// Goes on with a reply that was put on its way, as far as WB allows now, after the tap was answered. The rest is
    /// a tick's.
    pub(crate) async fn carry_begun(&self, id: ReviewReplyId) {
        if let Err(error) = self.carry_on(&[id], self.clock.now()).await {
            tracing::warn!(
                answer = %id,
                error = format!("{error:#}"),
                "review reply not finished; a tick will continue it"
            );
        }
    }

    /// Goes on with the replies that had to wait, a chore of every tick. Returns how many were due.
    ///
    /// # Errors
    /// When the database cannot be reached. What becomes of a single reply is logged.
    pub(crate) async fn carry_due(&self) -> anyhow::Result<usize> {
        let now = self.clock.now();
        let due = review_replies::claim_due(self.pool, now).await.context("cannot claim review replies that wait")?;
        self.carry_on(&due, now).await?;
        Ok(due.len())
    }

    async fn carry_on(&self, ids: &[ReviewReplyId], now: DateTime<Utc>) -> anyhow::Result<()> {
        let claimed = review_replies::load_replies(self.pool, Which::Claimed(ids), now)
            .await
            .context("cannot read review replies")?;
        let ids: Vec<ReviewReplyId> = claimed.iter().map(|reply| reply.id).collect();
        for (id, outcome) in ids.iter().zip(join_all(claimed.into_iter().map(|reply| self.carry(reply))).await) {
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

    /// Goes on with one reply until it is over or has to wait, and tells its author.
    async fn carry(&self, mut reply: ReviewReply) -> anyhow::Result<()> {
        let mut wait = None;
        let ends_at = Instant::now() + CARRY_LIMIT;
        if reply.stage == Some(ReviewReplyStage::Sending) {
            for _ in 0..STEPS_MAX {
                if Instant::now() >= ends_at {
                    break;
                }
                match self.step(&mut reply).await? {
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
        let message = match (reply.stage, wait, reply.next_at) {
            (Some(ReviewReplyStage::Sending), Some(why), Some(next_at)) => waits(&reply, why, next_at),
            // It goes on when its claim is over.
            (Some(ReviewReplyStage::Sending) | None, ..) => return Ok(()),
            (Some(stage), ..) => messages::review_reply_ended(reply.language, &view(&reply), stage),
        };
        match shown::put(self.telegram, reply.chat, reply.message_id, &message).await {
            Ok(shown) => review_replies::save_told(self.pool, reply.id, Some(shown)).await?,
            Err(
                error @ (telegram::Error::RetryAfter(_)
                | telegram::Error::Unavailable { .. }
                | telegram::Error::Unseen { .. }),
            ) => {
                tracing::warn!(answer = %reply.id, error = %error, "author of a review reply not notified; it is tried again");
            }
            Err(error) => {
                tracing::warn!(answer = %reply.id, error = %error, "author of a review reply not notified");
                review_replies::save_told(self.pool, reply.id, None).await?;
            }
        }
        Ok(())
    }

    /// The next request for a reply, if WB allows it now.
    async fn step(&self, reply: &mut ReviewReply) -> anyhow::Result<Flow> {
        let now = self.clock.now();
        let Some((token, limit)) = self.token_for(reply) else {
            return self.end(reply, unsure(reply, ReviewReplyStage::NoAccess), None).await;
        };
        let at = self.slot(reply, limit, now).await?;
        if at > now {
            (reply.slot_at, reply.next_at) = (Some(at), Some(at));
            review_replies::save_progress(self.pool, reply, now).await?;
            return Ok(Flow::Wait(if reply.accepted_at.is_some() {
                ReviewReplyWait::Check
            } else {
                ReviewReplyWait::Limit
            }));
        }
        let token = self.keyring.unseal(self.pool, token.id, (token.key_id, &token.sealed.0), now).await?;
        if reply.accepted_at.is_none() && reply.checked_at.is_some_and(|at| now - at <= CHECK_GOOD_FOR) {
            self.post(reply, &token, now).await
        } else {
            self.look_at(reply, &token, now).await
        }
    }

    /// Sends the reply: only after the review was seen unanswered, and noted before it goes out.
    async fn post(&self, reply: &mut ReviewReply, token: &SecretString, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        let Some(text) = reply.text.clone() else { return Ok(Flow::NotOurs) };
        if !review_replies::begin_post(self.pool, reply, now)
            .await
            .context("cannot note that a review reply goes out")?
        {
            return Ok(Flow::NotOurs);
        }
        reply.posts += 1;
        reply.slot_at = None;
        let checked_at = reply.checked_at.take();
        let sent = timeout(ANSWER_WITHIN, self.wb.answer_review(token, &reply.review, &text)).await;
        let now = self.clock.now();
        let Err(trouble) = result_of(sent, now) else {
            (reply.accepted_at, reply.looks) = (Some(now), 0);
            review_replies::save_progress(self.pool, reply, now)
                .await
                .context("cannot note that WB took a review reply")?;
            return Ok(Flow::On);
        };
        match trouble {
            Trouble::Limited(wait) => {
                // WB has not looked at it.
                reply.posts -= 1;
                reply.checked_at = checked_at;
                self.note_wait(reply, wait, now).await
            }
            Trouble::NoAccess => self.end(reply, ReviewReplyStage::NoAccess, None).await,
            Trouble::Rejected(words) => self.end(reply, ReviewReplyStage::Rejected, Some(words)).await,
            Trouble::Closed(key, text) => {
                operator::tell(self.pool, &key, &text, now).await?;
                self.end(reply, ReviewReplyStage::Closed, None).await
            }
            Trouble::Unavailable => self.wait_out(reply, now).await,
        }
    }

    /// Reads the review and decides by it.
    async fn look_at(&self, reply: &mut ReviewReply, token: &SecretString, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        if reply.slot_at.take().is_some() {
            review_replies::save_progress(self.pool, reply, now).await.context("cannot spend a request")?;
        }
        let found = timeout(ANSWER_WITHIN, self.wb.fetch_review(token, &reply.review)).await;
        let now = self.clock.now();
        let found = match result_of(found, now) {
            Ok(found) => found,
            Err(Trouble::Limited(wait)) => return self.note_wait(reply, wait, now).await,
            Err(Trouble::NoAccess) => {
                return self.end(reply, unsure(reply, ReviewReplyStage::NoAccess), None).await;
            }
            Err(Trouble::Rejected(words)) => {
                return self.end(reply, unsure(reply, ReviewReplyStage::Rejected), Some(words)).await;
            }
            Err(Trouble::Closed(key, text)) => {
                operator::tell(self.pool, &key, &text, now).await?;
                return self.end(reply, unsure(reply, ReviewReplyStage::Closed), None).await;
            }
            Err(Trouble::Unavailable) => return self.wait_out(reply, now).await,
        };
        let stands = found.as_ref().and_then(|found| found.review.answer.clone().zip(found.answer_state));
        let shown = match (&found, &stands) {
            (None, _) => Shown::Nothing,
            (Some(_), Some((text, state))) => Shown::Answered(text, *state),
            (Some(_), None) => Shown::Unanswered,
        };
        match decide(reply.text.as_deref().unwrap_or_default(), reply.effort(), shown) {
            Step::Post => {
                reply.checked_at = Some(now);
                review_replies::save_progress(self.pool, reply, now).await?;
                Ok(Flow::On)
            }
            Step::Look(wait) => {
                reply.looks += 1;
                reply.next_at = Some(now + wait);
                review_replies::save_progress(self.pool, reply, now).await?;
                Ok(Flow::Wait(ReviewReplyWait::Check))
            }
            Step::End(stage) => self.end(reply, stage, stands.map(|(text, _)| text)).await,
        }
    }

    /// Notes WB's own word on the next request; the reply takes its place right behind it.
    async fn note_wait(&self, reply: &mut ReviewReply, wait: TimeDelta, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        limits::save_not_before(self.pool, reply.seller, Method::Reviews.name(), now + wait, now)
            .await
            .context("cannot note WB's wait")?;
        review_replies::save_progress(self.pool, reply, now).await?;
        Ok(Flow::On)
    }

    /// WB does not reply: later, unless it has been down for too long.
    async fn wait_out(&self, reply: &mut ReviewReply, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        if reply.sent_at.is_some_and(|at| now - at >= GIVE_UP_AFTER) {
            return self.end(reply, unsure(reply, ReviewReplyStage::Unsent), None).await;
        }
        reply.next_at = Some(now + retry_after(reply.tries));
        reply.tries += 1;
        review_replies::save_progress(self.pool, reply, now).await?;
        Ok(Flow::Wait(ReviewReplyWait::Trouble))
    }

    /// Ends the way of a reply; the review and the messages that told it get the reply that stands.
    async fn end(
        &self,
        reply: &mut ReviewReply,
        stage: ReviewReplyStage,
        words: Option<String>,
    ) -> anyhow::Result<Flow> {
        let now = self.clock.now();
        let mut tx = store::begin(self.pool).await.context("cannot begin")?;
        if !review_replies::save_end(&mut *tx, reply.id, stage, words.as_deref(), now).await? {
            return Ok(Flow::NotOurs);
        }
        let is_answered =
            matches!(stage, ReviewReplyStage::Published | ReviewReplyStage::InReview | ReviewReplyStage::Elsewhere);
        let chats = match words.as_deref().filter(|_| is_answered) {
            Some(text) => review_replies::save_answered(&mut tx, reply.cabinet, &reply.review, text, now).await?,
            None => Vec::new(),
        };
        tx.commit().await.context("cannot end a review reply")?;
        tracing::info!(cabinet = %reply.cabinet, answer = %reply.id, stage = stage.name(), posts = reply.posts, "review reply finished");
        crate::wake(self.queues, &chats).await;
        (reply.stage, reply.words) = (Some(stage), words);
        Ok(Flow::End)
    }
}

/// What is told where nothing more can be asked: once a request has gone out, nobody knows.
fn unsure(reply: &ReviewReply, stage: ReviewReplyStage) -> ReviewReplyStage {
    if reply.posts > 0 { ReviewReplyStage::Unknown } else { stage }
}
