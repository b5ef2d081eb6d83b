//! «Ответить» below a review: the conversation in which a reply is written.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    AnswerStage, NotificationId, ReviewReplyId,
    answer::{ANSWER_CHARS, TEMPLATE_CHARS, parse_text},
};
use messages::{Message, ReviewReplyAct, ReviewReplyButton};
use store::answers::{self, Answer, Which};

use super::menu;
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    review_reply::{is_open, standing, view},
};

/// Begins a reply, or goes on with one.
pub async fn tapped(bot: &Bot, asked: Request, button: ReviewReplyButton) -> anyhow::Result<Outcome> {
    match button {
        ReviewReplyButton::Begin(row) => begin(bot, asked.anew(), row).await,
        ReviewReplyButton::GoOn { id, act } => go_on(bot, asked, id, act).await,
    }
}

/// Opens the conversation about the review of a notification, which stays as it is.
async fn begin(bot: &Bot, asked: Request, row: NotificationId) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let opened = answers::open_answer(&mut *tx, asked.person, row, now).await.context("cannot open an answer")?;
    let Some(opened) = opened else {
        drop(tx);
        return menu::show(bot, asked).await;
    };
    let language = opened.language;
    let answer = match opened.id {
        Some(id) => load(&mut *tx, Which::Of(asked.person, id), now).await?,
        None => None,
    };
    let message = match (opened.answered, answer) {
        _ if !opened.may_answer => messages::answer_reader(language),
        (Some(text), _) => messages::answer_exists(language, &text),
        (None, Some(answer)) if !is_open(&answer) => standing(&answer),
        (None, Some(answer)) if bot.review_replies().token_for(&answer).is_none() => {
            messages::answer_no_token(language)
        }
        (None, Some(answer)) => {
            answers::save_awaits(&mut tx, &answer, 0, now).await?;
            messages::answer_choose(language, &view(&answer))
        }
        (None, None) => messages::answer_cancelled(language),
    };
    let reply = Some(asked.reply(&message));
    Ok(bot.conclude(tx, asked.update, reply).await.context("cannot open an answer")?.outcome)
}

/// Does what a button of the conversation does.
async fn go_on(bot: &Bot, asked: Request, id: ReviewReplyId, act: ReviewReplyAct) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let Some(mut answer) = load(&mut *tx, Which::Of(asked.person, id), now).await? else {
        // It may be there, and on its way, though this person may answer no more.
        let is_there = load(&mut *tx, Which::Claimed(&[id]), now).await?.is_some();
        drop(tx);
        if is_there || act != ReviewReplyAct::Cancel {
            return menu::show(bot, asked).await;
        }
        // The second tap of two: the first has cancelled it.
        return bot.show(asked, &messages::answer_cancelled(asked.language)).await;
    };
    let language = answer.language;
    let message = match act {
        ReviewReplyAct::Cancel if answers::delete_answer(&mut *tx, id).await? => messages::answer_cancelled(language),
        // A second tap: whoever took the first one edits this very message.
        ReviewReplyAct::Send(_) if answer.stage == Some(AnswerStage::Sending) => {
            return Ok(bot.conclude(tx, asked.update, None).await.context("cannot send an answer")?.outcome);
        }
        _ if !is_open(&answer) => standing(&answer),
        // What is sent is what the person has read.
        ReviewReplyAct::Send(shown) if answer.text.is_some() && shown == answer.revision => {
            return send(bot, asked, tx, &answer, now).await;
        }
        ReviewReplyAct::Send(_) if answer.text.is_some() => messages::answer_preview(language, &view(&answer), true),
        ReviewReplyAct::Use(number) => {
            let text = view(&answer).template(language, number);
            answers::save_text(&mut *tx, &mut answer, text, now).await?;
            answers::save_awaits(&mut tx, &answer, 0, now).await?;
            messages::answer_preview(language, &view(&answer), false)
        }
        ReviewReplyAct::Edit(number) => {
            answers::save_awaits(&mut tx, &answer, number, now).await?;
            messages::answer_template(language, &view(&answer), number)
        }
        ReviewReplyAct::Reset(number) => {
            answers::save_template(&mut *tx, answer.cabinet, number, None, now).await?;
            templates(&mut tx, asked, id, true, now).await?
        }
        ReviewReplyAct::Templates => templates(&mut tx, asked, id, false, now).await?,
        ReviewReplyAct::Look if answer.text.is_some() => messages::answer_preview(language, &view(&answer), false),
        ReviewReplyAct::Choose | ReviewReplyAct::Look | ReviewReplyAct::Send(_) | ReviewReplyAct::Cancel => {
            answers::save_awaits(&mut tx, &answer, 0, now).await?;
            messages::answer_choose(language, &view(&answer))
        }
    };
    let reply = Some(asked.reply(&message));
    Ok(bot.conclude(tx, asked.update, reply).await.context("cannot go on with an answer")?.outcome)
}

/// The templates as they are now. A text that comes next is the answer.
async fn templates(
    tx: &mut store::Connection,
    asked: Request,
    id: ReviewReplyId,
    is_saved: bool,
    now: DateTime<Utc>,
) -> anyhow::Result<Message> {
    let answer = load(&mut *tx, Which::Of(asked.person, id), now).await?.context("an answer is gone")?;
    answers::save_awaits(tx, &answer, 0, now).await?;
    Ok(messages::answer_templates(answer.language, &view(&answer), is_saved))
}

/// Takes a text as the answer, or as a template, where one is awaited. `None`: none is.
pub async fn take_text(bot: &Bot, asked: Request, text: &str) -> anyhow::Result<Option<Outcome>> {
    let now = bot.clock.now();
    // Most texts are awaited by nobody: for those there is no transaction.
    if load(&bot.pool, Which::Awaiting(asked.person), now).await?.is_none() {
        return Ok(None);
    }
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let Some(mut answer) = load(&mut *tx, Which::Awaiting(asked.person), now).await? else {
        return Ok(None);
    };
    let (language, template) = (answer.language, answer.awaits.filter(|number| *number > 0));
    let allowed = if template.is_some() { TEMPLATE_CHARS } else { ANSWER_CHARS };
    let message = match (parse_text(text, allowed), template) {
        (Err(out), template) => messages::answer_out_of_bounds(language, &view(&answer), &out, template.is_some()),
        (Ok(text), Some(number)) => {
            answers::save_template(&mut *tx, answer.cabinet, number, Some(&text), now).await?;
            templates(&mut tx, asked, answer.id, true, now).await?
        }
        (Ok(text), None) => {
            answers::save_text(&mut *tx, &mut answer, text, now).await?;
            messages::answer_preview(language, &view(&answer), false)
        }
    };
    let reply = Some(asked.anew().reply(&message));
    Ok(Some(bot.conclude(tx, asked.update, reply).await.context("cannot take an answer")?.outcome))
}

/// /cancel within the conversation. `None`: there is none.
pub async fn cancel(bot: &Bot, asked: Request) -> anyhow::Result<Option<Outcome>> {
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let language = answers::delete_awaiting(&mut *tx, asked.person).await.context("cannot end an answer")?;
    let Some(language) = language else { return Ok(None) };
    let reply = Some(asked.anew().reply(&messages::answer_cancelled(language)));
    let done = bot.conclude(tx, asked.update, reply).await.context("cannot end an answer")?;
    Ok(Some(done.outcome))
}

/// Puts an answer on its way. [`ReviewReplies::carry_begun`](crate::review_reply::ReviewReplies::carry_begun) goes on with it after the tap is answered; how it goes is told by
/// an edit.
async fn send(
    bot: &Bot,
    asked: Request,
    mut tx: store::Transaction<'_>,
    answer: &Answer,
    now: DateTime<Utc>,
) -> anyhow::Result<Outcome> {
    let text = (answer.id, answer.revision);
    if !answers::begin_sending(&mut *tx, text, asked.shown, now).await? {
        // Another tap at the same moment has put it on its way, or another person's answer is.
        let now_sending = load(&mut *tx, Which::Of(asked.person, answer.id), now).await?;
        let is_taken = now_sending.is_some_and(|answer| is_open(&answer));
        let taken = || asked.reply(&messages::answer_taken(answer.language));
        let reply = is_taken.then(taken);
        return Ok(bot.conclude(tx, asked.update, reply).await.context("cannot send an answer")?.outcome);
    }
    if !bot.conclude(tx, asked.update, None).await.context("cannot send an answer")?.is_first {
        return Ok(Outcome::nothing());
    }
    tracing::info!(cabinet = %answer.cabinet, answer = %answer.id, "review reply accepted for sending");
    Ok(Outcome::begun(answer.id, messages::answer_sending_notice(asked.language)))
}

/// One reply, or none.
async fn load(db: impl store::Executor<'_>, which: Which<'_>, now: DateTime<Utc>) -> anyhow::Result<Option<Answer>> {
    Ok(answers::load_answers(db, which, now).await.context("cannot read an answer")?.pop())
}
