//! «Ответить» below a review: the conversation in which an answer is written, and its way to WB.
//!
//! The review is read, then answered, then read again: WB accepts an answer before its moderators
//! look, and one to a review that is gone as well. That a request goes out is noted before it does,
//! and then nothing goes out again before the review has been read: a tap that comes twice, a process
//! that ends in between, two managers at once send nothing twice.
//!
//! Each request takes its place in WB's bucket as soon as it is wanted, also where it may be sent
//! only later, so that it comes before the next polling; a tick goes on with what had to wait.

use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AnswerStage, Category,
    answer::{ANSWER_CHARS, CHECK_GOOD_FOR, GIVE_UP_AFTER, Shown, Step, TEMPLATE_CHARS, decide, parse_text},
    pace::{Bucket, Limit},
};
use futures::future::join_all;
use messages::{AnswerAct, AnswerView, AnswerWait, Message};
use secrecy::SecretString;
use serde_json::Value;
use store::{
    answers::{self, Answer, Which},
    limits::{self, Reservation},
    tokens::SealedToken,
};
use telegram::MessageId;
use tokio::time::{Instant, timeout};
use wb::{Access, Method};

use super::{
    attempt::retry_after,
    context::{Bot, Tapped},
    request::Request,
};
use crate::operator;

/// WB answers in a second or so. Three such waits fit into the timeout of the function.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// No further request is begun after this time: with the last one, and with what a tick does beside
/// it, it stays within the timeout of the function, and the next tick goes on.
const CARRY_LIMIT: Duration = Duration::from_secs(6);
/// Requests with which one function goes on with an answer: read, answer, read, and one more of each
/// where WB has told to wait for a moment that is over at once.
const STEPS_MAX: usize = 6;
/// Others who take from the same bucket at the same moment are few: the sync, and another answer.
const RESERVE_TRIES: usize = 5;
/// A wait that WB names and that does not fit into a date.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(48);

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

/// Why WB does not do what it is asked, by what follows from it.
enum Trouble {
    /// It wants no request for this time.
    Limited(TimeDelta),
    /// The token may not.
    NoAccess,
    /// The request is wrong, in WB's words.
    Rejected(String),
    /// Only the operator can help: what they are told, and the key under which they are told once.
    Closed(String, String),
    /// It may go better later.
    Unavailable,
}

impl Bot {
    /// Opens the conversation about the review of a notification, which stays as it is.
    pub(super) async fn start_answer(&self, asked: Request, row: i64) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let asked = asked.anew();
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let opened =
            answers::open_answer(&mut *tx, asked.telegram_id, row, now).await.context("cannot open an answer")?;
        let Some(opened) = opened else {
            drop(tx);
            return self.leave(asked).await;
        };
        let language = opened.language;
        let answer = match opened.id {
            Some(id) => load(&mut tx, Which::Of(asked.telegram_id, id), now).await?,
            None => None,
        };
        let message = match (opened.answered, answer) {
            _ if !opened.may_answer => messages::answer_reader(language),
            (Some(text), _) => messages::answer_exists(language, &text),
            (None, Some(answer)) if !is_open(&answer) => standing(&answer),
            (None, Some(answer)) if self.token_for(&answer).is_none() => messages::answer_no_token(language),
            (None, Some(answer)) => {
                answers::save_awaits(&mut tx, &answer, 0, now).await?;
                messages::answer_choose(language, &view(&answer))
            }
            (None, None) => messages::answer_cancelled(language),
        };
        let reply = Some(asked.reply(&message));
        Ok(self.conclude(tx, asked.update, reply, now).await.context("cannot open an answer")?.reply)
    }

    /// Does what a button of the conversation does.
    pub(super) async fn go_on_with_answer(&self, asked: Request, id: i64, act: AnswerAct) -> anyhow::Result<Tapped> {
        let now = self.clock.now();
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let Some(mut answer) = load(&mut tx, Which::Of(asked.telegram_id, id), now).await? else {
            // It may be there, and on its way, though this person may answer no more.
            let is_there = load(&mut tx, Which::Claimed(&[id]), now).await?.is_some();
            drop(tx);
            if is_there || act != AnswerAct::Cancel {
                return self.leave(asked).await.map(Tapped::from);
            }
            // The second tap of two: the first has cancelled it.
            let reply = asked.reply(&messages::answer_cancelled(asked.language));
            return self.reply(&self.pool, asked.update, reply, now).await.map(Tapped::from);
        };
        let language = answer.language;
        let message = match act {
            AnswerAct::Cancel if answers::delete_answer(&mut *tx, id).await? => messages::answer_cancelled(language),
            // A second tap: whoever took the first one edits this very message.
            AnswerAct::Send(_) if answer.stage == Some(AnswerStage::Sending) => {
                return Ok(self
                    .conclude(tx, asked.update, None, now)
                    .await
                    .context("cannot send an answer")?
                    .reply
                    .into());
            }
            _ if !is_open(&answer) => standing(&answer),
            // What is sent is what the person has read.
            AnswerAct::Send(shown) if answer.text.is_some() && shown == answer.revision => {
                return self.begin_answer(asked, tx, &answer, now).await;
            }
            AnswerAct::Send(_) if answer.text.is_some() => messages::answer_preview(language, &view(&answer), true),
            AnswerAct::Use(number) => {
                let text = view(&answer).template(language, number);
                answers::save_text(&mut *tx, &mut answer, text, now).await?;
                answers::save_awaits(&mut tx, &answer, 0, now).await?;
                messages::answer_preview(language, &view(&answer), false)
            }
            AnswerAct::Edit(number) => {
                answers::save_awaits(&mut tx, &answer, number, now).await?;
                messages::answer_template(language, &view(&answer), number)
            }
            AnswerAct::Reset(number) => {
                answers::save_template(&mut *tx, answer.cabinet, number, None, now).await?;
                self.show_templates(&mut tx, asked, id, true, now).await?
            }
            AnswerAct::Templates => self.show_templates(&mut tx, asked, id, false, now).await?,
            AnswerAct::Look if answer.text.is_some() => messages::answer_preview(language, &view(&answer), false),
            AnswerAct::Choose | AnswerAct::Look | AnswerAct::Send(_) | AnswerAct::Cancel => {
                answers::save_awaits(&mut tx, &answer, 0, now).await?;
                messages::answer_choose(language, &view(&answer))
            }
        };
        let reply = Some(asked.reply(&message));
        Ok(self.conclude(tx, asked.update, reply, now).await.context("cannot go on with an answer")?.reply.into())
    }

    /// The templates as they are now. A text that comes next is the answer.
    async fn show_templates(
        &self,
        tx: &mut store::Connection,
        asked: Request,
        id: i64,
        is_saved: bool,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Message> {
        let answer = load(&mut *tx, Which::Of(asked.telegram_id, id), now).await?.context("an answer is gone")?;
        answers::save_awaits(tx, &answer, 0, now).await?;
        Ok(messages::answer_templates(answer.language, &view(&answer), is_saved))
    }

    /// Takes a text as the answer, or as a template, where one is awaited. `None`: none is.
    pub(super) async fn take_answer(&self, asked: Request, text: &str) -> anyhow::Result<Option<Option<Value>>> {
        let now = self.clock.now();
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let Some(mut answer) = load(&mut tx, Which::Awaiting(asked.telegram_id), now).await? else {
            return Ok(None);
        };
        let (language, template) = (answer.language, answer.awaits.filter(|number| *number > 0));
        let allowed = if template.is_some() { TEMPLATE_CHARS } else { ANSWER_CHARS };
        let message = match (parse_text(text, allowed), template) {
            (Err(out), template) => messages::answer_out_of_bounds(language, &view(&answer), &out, template.is_some()),
            (Ok(text), Some(number)) => {
                answers::save_template(&mut *tx, answer.cabinet, number, Some(&text), now).await?;
                self.show_templates(&mut tx, asked, answer.id, true, now).await?
            }
            (Ok(text), None) => {
                answers::save_text(&mut *tx, &mut answer, text, now).await?;
                messages::answer_preview(language, &view(&answer), false)
            }
        };
        let reply = Some(asked.anew().reply(&message));
        Ok(Some(self.conclude(tx, asked.update, reply, now).await.context("cannot take an answer")?.reply))
    }

    /// /cancel within the conversation. `None`: there is none.
    pub(super) async fn cancel_answer(&self, asked: Request) -> anyhow::Result<Option<Option<Value>>> {
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let language = answers::delete_awaiting(&mut *tx, asked.telegram_id).await.context("cannot end an answer")?;
        let Some(language) = language else { return Ok(None) };
        let reply = Some(asked.anew().reply(&messages::answer_cancelled(language)));
        let done = self.conclude(tx, asked.update, reply, self.clock.now()).await.context("cannot end an answer")?;
        Ok(Some(done.reply))
    }

    /// Puts an answer on its way. [`Self::carry_answer`] goes on with it after the tap is answered; how it goes is told by
    /// an edit.
    async fn begin_answer(
        &self,
        asked: Request,
        mut tx: store::Transaction<'_>,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Tapped> {
        let text = (answer.id, answer.revision);
        if !answers::begin_sending(&mut *tx, text, asked.shown.map(|shown| shown.0), now).await? {
            // Another tap at the same moment has put it on its way, or another person's answer is.
            let now_sending = load(&mut tx, Which::Of(asked.telegram_id, answer.id), now).await?;
            let is_taken = now_sending.is_some_and(|answer| is_open(&answer));
            let taken = || asked.reply(&messages::answer_taken(answer.language));
            let reply = is_taken.then(taken);
            return Ok(self
                .conclude(tx, asked.update, reply, now)
                .await
                .context("cannot send an answer")?
                .reply
                .into());
        }
        if !self.conclude(tx, asked.update, None, now).await.context("cannot send an answer")?.is_first {
            return Ok(None.into());
        }
        tracing::info!(cabinet = %answer.cabinet, answer = answer.id, "review reply accepted for sending");
        Ok(Tapped { reply: None, begun_answer: Some(answer.id) })
    }

    /// Goes on with an answer that was put on its way, as far as WB allows now, after the tap was answered. The rest is
    /// a tick's.
    pub(super) async fn carry_answer(&self, id: i64) {
        if let Err(error) = self.carry_on(&[id], self.clock.now()).await {
            tracing::warn!(
                answer = id,
                error = format!("{error:#}"),
                "review reply not finished; a tick will continue it"
            );
        }
    }

    /// Goes on with the answers that had to wait, a chore of every tick. Returns how many were due.
    ///
    /// # Errors
    /// When the database cannot be reached. What becomes of a single answer is logged.
    pub async fn retry_answers(&self) -> anyhow::Result<usize> {
        let now = self.clock.now();
        let due = answers::claim_due(&self.pool, now).await.context("cannot claim answers that wait")?;
        self.carry_on(&due, now).await?;
        Ok(due.len())
    }

    async fn carry_on(&self, ids: &[i64], now: DateTime<Utc>) -> anyhow::Result<()> {
        let claimed =
            answers::load_answers(&self.pool, Which::Claimed(ids), now).await.context("cannot read answers")?;
        let ids: Vec<i64> = claimed.iter().map(|answer| answer.id).collect();
        for (id, outcome) in ids.iter().zip(join_all(claimed.into_iter().map(|answer| self.carry(answer))).await) {
            if let Err(error) = outcome {
                tracing::warn!(
                    answer = id,
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
        match self.put(answer.chat.0, answer.message_id.map(MessageId), &message).await {
            Ok(MessageId(shown)) => answers::save_told(&self.pool, answer.id, Some(shown)).await?,
            Err(
                error @ (telegram::Error::RetryAfter(_)
                | telegram::Error::Unavailable { .. }
                | telegram::Error::Unseen { .. }),
            ) => {
                tracing::warn!(answer = answer.id, error = %error, "author of a review reply not notified; it is tried again");
            }
            Err(error) => {
                tracing::warn!(answer = answer.id, error = %error, "author of a review reply not notified");
                answers::save_told(&self.pool, answer.id, None).await?;
            }
        }
        Ok(())
    }

    /// The next request for an answer, if WB allows it now.
    async fn step(&self, answer: &mut Answer) -> anyhow::Result<Flow> {
        let now = self.clock.now();
        let Some((token, limit)) = self.token_for(answer) else {
            return self.end_answer(answer, unsure(answer, AnswerStage::NoAccess), None).await;
        };
        let at = self.slot(answer, limit, now).await?;
        if at > now {
            (answer.slot_at, answer.next_at) = (Some(at), Some(at));
            answers::save_progress(&self.pool, answer, now).await?;
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
        if !answers::begin_post(&self.pool, answer, now).await.context("cannot note that an answer goes out")? {
            return Ok(Flow::NotOurs);
        }
        answer.posts += 1;
        answer.slot_at = None;
        let checked_at = answer.checked_at.take();
        let sent = timeout(ANSWER_WITHIN, self.wb.answer_review(token, &answer.review, &text)).await;
        let now = self.clock.now();
        let Err(trouble) = judge(sent, now) else {
            (answer.accepted_at, answer.looks) = (Some(now), 0);
            answers::save_progress(&self.pool, answer, now).await.context("cannot note that WB took an answer")?;
            return Ok(Flow::On);
        };
        match trouble {
            Trouble::Limited(wait) => {
                // WB has not looked at it.
                answer.posts -= 1;
                answer.checked_at = checked_at;
                self.note_wait(answer, wait, now).await
            }
            Trouble::NoAccess => self.end_answer(answer, AnswerStage::NoAccess, None).await,
            Trouble::Rejected(words) => self.end_answer(answer, AnswerStage::Rejected, Some(words)).await,
            Trouble::Closed(key, text) => {
                operator::tell(&self.pool, &key, &text, now).await?;
                self.end_answer(answer, AnswerStage::Closed, None).await
            }
            Trouble::Unavailable => self.wait_out(answer, now).await,
        }
    }

    /// Reads the review and decides by it.
    async fn look_at(&self, answer: &mut Answer, token: &SecretString, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        if answer.slot_at.take().is_some() {
            answers::save_progress(&self.pool, answer, now).await.context("cannot spend a request")?;
        }
        let found = timeout(ANSWER_WITHIN, self.wb.fetch_review(token, &answer.review)).await;
        let now = self.clock.now();
        let found = match judge(found, now) {
            Ok(found) => found,
            Err(Trouble::Limited(wait)) => return self.note_wait(answer, wait, now).await,
            Err(Trouble::NoAccess) => {
                return self.end_answer(answer, unsure(answer, AnswerStage::NoAccess), None).await;
            }
            Err(Trouble::Rejected(words)) => {
                return self.end_answer(answer, unsure(answer, AnswerStage::Rejected), Some(words)).await;
            }
            Err(Trouble::Closed(key, text)) => {
                operator::tell(&self.pool, &key, &text, now).await?;
                return self.end_answer(answer, unsure(answer, AnswerStage::Closed), None).await;
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
                answers::save_progress(&self.pool, answer, now).await?;
                Ok(Flow::On)
            }
            Step::Look(wait) => {
                answer.looks += 1;
                answer.next_at = Some(now + wait);
                answers::save_progress(&self.pool, answer, now).await?;
                Ok(Flow::Wait(AnswerWait::Check))
            }
            Step::End(stage) => self.end_answer(answer, stage, stands.map(|(text, _)| text)).await,
        }
    }

    /// Notes WB's own word on the next request; the answer takes its place right behind it.
    async fn note_wait(&self, answer: &mut Answer, wait: TimeDelta, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        limits::save_not_before(&self.pool, answer.seller, Method::Reviews.name(), now + wait, now)
            .await
            .context("cannot note WB's wait")?;
        answers::save_progress(&self.pool, answer, now).await?;
        Ok(Flow::On)
    }

    /// WB does not reply: later, unless it has been down for too long.
    async fn wait_out(&self, answer: &mut Answer, now: DateTime<Utc>) -> anyhow::Result<Flow> {
        if answer.sent_at.is_some_and(|at| now - at >= GIVE_UP_AFTER) {
            return self.end_answer(answer, unsure(answer, AnswerStage::Unsent), None).await;
        }
        answer.next_at = Some(now + retry_after(answer.tries));
        answer.tries += 1;
        answers::save_progress(&self.pool, answer, now).await?;
        Ok(Flow::Wait(AnswerWait::Trouble))
    }

    /// Ends the way of an answer; the review and the messages that told it get the answer that stands.
    async fn end_answer(&self, answer: &mut Answer, stage: AnswerStage, words: Option<String>) -> anyhow::Result<Flow> {
        let now = self.clock.now();
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        if !answers::save_end(&mut *tx, answer.id, stage, words.as_deref(), now).await? {
            return Ok(Flow::NotOurs);
        }
        let is_answered = matches!(stage, AnswerStage::Published | AnswerStage::InReview | AnswerStage::Elsewhere);
        let chats = match words.as_deref().filter(|_| is_answered) {
            Some(text) => answers::save_answered(&mut tx, answer.cabinet, &answer.review, text, now).await?,
            None => Vec::new(),
        };
        tx.commit().await.context("cannot end an answer")?;
        tracing::info!(cabinet = %answer.cabinet, answer = answer.id, stage = stage.name(), posts = answer.posts, "review reply finished");
        crate::wake(&*self.queues, &chats).await;
        (answer.stage, answer.words) = (Some(stage), words);
        Ok(Flow::End)
    }

    /// The best of the cabinet's tokens that may answer, and how often WB may be asked with it.
    fn token_for<'a>(&self, answer: &'a Answer) -> Option<(&'a SealedToken, Limit)> {
        let limited = |token: &SealedToken| match self.settings.access(Method::Reviews, token.token_type) {
            Access::Limited(limit) => Some(crate::sync::slowed(limit, &self.settings)),
            Access::Refused => None,
        };
        let may = answer
            .tokens
            .iter()
            .filter(|token| token.categories.has(Category::Feedbacks) && !token.categories.read_only());
        // They come the newest first, and of equals the first is taken.
        may.filter_map(|token| Some((token, limited(token)?)))
            .min_by_key(|(token, limit)| (!token.is_trusted_for(Category::Feedbacks), limit.interval))
    }

    /// When the next request may be sent. It is taken out of the bucket here, so that whoever asks WB
    /// after us comes behind it.
    async fn slot(&self, answer: &Answer, limit: Limit, now: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
        let method = Method::Reviews.name();
        for _ in 0..RESERVE_TRIES {
            let held = limits::load_limits(&self.pool, answer.seller).await.context("cannot read WB's limits")?;
            let row = held.iter().find(|row| row.method == method);
            let told = row.and_then(|row| row.not_before).unwrap_or(now);
            if let Some(at) = answer.slot_at {
                return Ok(at.max(told));
            }
            let bucket = Bucket { full_at: row.map_or(now, |row| row.full_at) };
            let at = bucket.next_at(limit).max(told).max(now);
            let full_at = bucket.take(limit, at, 1).full_at;
            let wanted = Reservation { method: method.to_owned(), read: row.map(|row| row.full_at), full_at };
            let granted = limits::save_reservations(&self.pool, answer.seller, &[wanted])
                .await
                .context("cannot reserve a request")?;
            if !granted.is_empty() {
                return Ok(at);
            }
        }
        anyhow::bail!("others take from WB's bucket again and again")
    }

    async fn unseal_for(&self, token: &SealedToken, now: DateTime<Utc>) -> anyhow::Result<SecretString> {
        let sealed = vault::Sealed { key_id: token.key_id, bytes: token.sealed.0.clone() };
        self.keyring.unseal(&self.pool, token.id, &sealed, now).await
    }
}

/// One answer, or none.
async fn load(db: &mut store::Connection, which: Which<'_>, now: DateTime<Utc>) -> anyhow::Result<Option<Answer>> {
    Ok(answers::load_answers(db, which, now).await.context("cannot read an answer")?.pop())
}

/// What WB's reply comes to.
fn judge<T>(
    reply: Result<Result<T, wb::Error>, tokio::time::error::Elapsed>,
    now: DateTime<Utc>,
) -> Result<T, Trouble> {
    let Ok(reply) = reply else { return Err(Trouble::Unavailable) };
    reply.map_err(|error| {
        tracing::info!(error = %error, "review request refused by WB");
        match error {
            wb::Error::RateLimited { retry_after } => {
                Trouble::Limited(TimeDelta::from_std(retry_after).unwrap_or(LONGEST_WAIT))
            }
            wb::Error::Unauthorized { .. } | wb::Error::AccessDenied { .. } => Trouble::NoAccess,
            wb::Error::Rejected { detail } => {
                // The status in front of WB's words is not for sellers.
                let words = detail.as_str().split_once(": ").map_or(detail.as_str(), |(_, words)| words);
                // Nor is the number of the request behind them.
                let words = words.split_once(" (requestId ").map_or(words, |(words, _)| words);
                Trouble::Rejected(words.to_owned())
            }
            wb::Error::PaymentRequired { .. } => Trouble::Closed(
                format!("payment:{}", domain::moscow::day(now)),
                "WB answers 402: the service's account in WB's catalogue has no money left".to_owned(),
            ),
            wb::Error::Gone { .. } => {
                Trouble::Closed("gone:feedbacks_answer".to_owned(), format!("WB takes no answers to reviews: {error}"))
            }
            wb::Error::Unavailable { .. } | wb::Error::Nothing => Trouble::Unavailable,
        }
    })
}

/// What is told where nothing more can be asked: once a request has gone out, nobody knows.
fn unsure(answer: &Answer, stage: AnswerStage) -> AnswerStage {
    if answer.posts > 0 { AnswerStage::Unknown } else { stage }
}

fn is_open(answer: &Answer) -> bool {
    answer.stage.is_some_and(AnswerStage::is_open)
}

/// How far an answer is that cannot be changed any more.
fn standing(answer: &Answer) -> Message {
    match (answer.stage, answer.next_at) {
        (Some(AnswerStage::Sending), Some(next_at)) => {
            let why = if answer.accepted_at.is_some() { AnswerWait::Check } else { AnswerWait::Limit };
            waits(answer, why, next_at)
        }
        (stage, _) => messages::answer_ended(answer.language, &view(answer), stage.unwrap_or(AnswerStage::Sending)),
    }
}

fn waits(answer: &Answer, why: AnswerWait, until: DateTime<Utc>) -> Message {
    messages::answer_waits(answer.language, &view(answer), why, until, answer.posts == 0)
}

fn view(answer: &Answer) -> AnswerView {
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
