//! «Ответить» below a review: the conversation in which a reply is written.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{
    ReviewReplyId, ReviewReplyStage,
    review_reply::{REPLY_CHARS, TEMPLATE_CHARS, parse_text},
};
use messages::{Message, ReviewReplyAct, ReviewReplyButton};
use store::review_replies::{self, About, ReviewReply, Which};

use super::menu;
use crate::{
    bot::{context::Bot, outcome::Outcome, request::Request},
    review_reply::{is_open, standing, view},
};

/// Begins a reply, or goes on with one.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: ReviewReplyButton) -> anyhow::Result<Outcome> {
    match button {
        ReviewReplyButton::Begin(row) => begin(bot, asked.anew(), About::Notification(row)).await,
        ReviewReplyButton::BeginAt { cabinet, key } => begin(bot, asked.anew(), About::Review(cabinet, key)).await,
        ReviewReplyButton::GoOn { id, act } => go_on(bot, asked, id, act).await,
    }
}

/// Opens the conversation about a review. The message with the button stays as it is.
async fn begin(bot: &Bot, asked: Request, about: About) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let opened =
        review_replies::open_reply(&mut *tx, asked.person, about, now).await.context("cannot open a review reply")?;
    let Some(opened) = opened else {
        drop(tx);
        return menu::show(bot, asked).await;
    };
    let language = opened.language;
    let review_reply = match opened.id {
        Some(id) => load(&mut *tx, Which::Of(asked.person, id), now).await?,
        None => None,
    };
    let message = match (opened.answered, review_reply) {
        _ if !opened.may_answer => messages::review_reply_reader(language),
        (Some(text), _) => messages::review_reply_exists(language, &text),
        (None, Some(review_reply)) if !is_open(&review_reply) => standing(&review_reply),
        (None, Some(review_reply)) if bot.review_replies().token_for(&review_reply).is_none() => {
            messages::review_reply_no_token(language)
        }
        (None, Some(review_reply)) => {
            review_replies::save_awaits(&mut tx, &review_reply, 0, now).await?;
            messages::review_reply_choose(language, &view(&review_reply))
        }
        (None, None) => messages::review_reply_cancelled(language),
    };
    let reply = Some(asked.reply(&message));
    Ok(bot.conclude(tx, asked.update, reply).await.context("cannot open a review reply")?.outcome)
}

/// Does what a button of the conversation does.
async fn go_on(bot: &Bot, asked: Request, id: ReviewReplyId, act: ReviewReplyAct) -> anyhow::Result<Outcome> {
    let now = bot.clock.now();
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let Some(mut review_reply) = load(&mut *tx, Which::Of(asked.person, id), now).await? else {
        // It may be there, and on its way, though this person may reply no more.
        let is_there = load(&mut *tx, Which::Claimed(&[id]), now).await?.is_some();
        drop(tx);
        if is_there || act != ReviewReplyAct::Cancel {
            return menu::show(bot, asked).await;
        }
        // The second tap of two: the first has cancelled it.
        return bot.show(asked, &messages::review_reply_cancelled(asked.language)).await;
    };
    let language = review_reply.language;
    let message = match act {
        ReviewReplyAct::Cancel if review_replies::delete_reply(&mut *tx, id).await? => {
            messages::review_reply_cancelled(language)
        }
        // A second tap: whoever took the first one edits this very message.
        ReviewReplyAct::Send(_) if review_reply.stage == Some(ReviewReplyStage::Sending) => {
            return Ok(bot.conclude(tx, asked.update, None).await.context("cannot send a review reply")?.outcome);
        }
        _ if !is_open(&review_reply) => standing(&review_reply),
        // What is sent is what the person has read.
        ReviewReplyAct::Send(shown) if review_reply.text.is_some() && shown == review_reply.revision => {
            return send(bot, asked, tx, &review_reply, now).await;
        }
        ReviewReplyAct::Send(_) if review_reply.text.is_some() => {
            messages::review_reply_preview(language, &view(&review_reply), true)
        }
        ReviewReplyAct::Use(number) => {
            let text = view(&review_reply).template(language, number);
            review_replies::save_text(&mut *tx, &mut review_reply, text, now).await?;
            review_replies::save_awaits(&mut tx, &review_reply, 0, now).await?;
            messages::review_reply_preview(language, &view(&review_reply), false)
        }
        ReviewReplyAct::Edit(number) => {
            review_replies::save_awaits(&mut tx, &review_reply, number, now).await?;
            messages::review_reply_template(language, &view(&review_reply), number)
        }
        ReviewReplyAct::Reset(number) => {
            review_replies::save_template(&mut *tx, review_reply.cabinet, number, None, now).await?;
            templates(&mut tx, asked, id, true, now).await?
        }
        ReviewReplyAct::Templates => templates(&mut tx, asked, id, false, now).await?,
        ReviewReplyAct::Look if review_reply.text.is_some() => {
            messages::review_reply_preview(language, &view(&review_reply), false)
        }
        ReviewReplyAct::Choose | ReviewReplyAct::Look | ReviewReplyAct::Send(_) | ReviewReplyAct::Cancel => {
            review_replies::save_awaits(&mut tx, &review_reply, 0, now).await?;
            messages::review_reply_choose(language, &view(&review_reply))
        }
    };
    let reply = Some(asked.reply(&message));
    Ok(bot.conclude(tx, asked.update, reply).await.context("cannot go on with a review reply")?.outcome)
}

/// The templates as they are now. A text that comes next is the reply.
async fn templates(
    tx: &mut store::Connection,
    asked: Request,
    id: ReviewReplyId,
    is_saved: bool,
    now: DateTime<Utc>,
) -> anyhow::Result<Message> {
    let review_reply = load(&mut *tx, Which::Of(asked.person, id), now).await?.context("a review reply is gone")?;
    review_replies::save_awaits(tx, &review_reply, 0, now).await?;
    Ok(messages::review_reply_templates(review_reply.language, &view(&review_reply), is_saved))
}

/// Takes a text as the reply, or as a template, where one is awaited. `None`: none is.
pub(crate) async fn take_text(bot: &Bot, asked: Request, text: &str) -> anyhow::Result<Option<Outcome>> {
    let now = bot.clock.now();
    // Most texts are awaited by nobody: for those there is no transaction.
    if load(&bot.pool, Which::Awaiting(asked.person), now).await?.is_none() {
        return Ok(None);
    }
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let Some(mut review_reply) = load(&mut *tx, Which::Awaiting(asked.person), now).await? else {
        return Ok(None);
    };
    let (language, template) = (review_reply.language, review_reply.awaits.filter(|number| *number > 0));
    let allowed = if template.is_some() { TEMPLATE_CHARS } else { REPLY_CHARS };
    let message = match (parse_text(text, allowed), template) {
        (Err(out), template) => {
            messages::review_reply_out_of_bounds(language, &view(&review_reply), &out, template.is_some())
        }
        (Ok(text), Some(number)) => {
            review_replies::save_template(&mut *tx, review_reply.cabinet, number, Some(&text), now).await?;
            templates(&mut tx, asked, review_reply.id, true, now).await?
        }
        (Ok(text), None) => {
            review_replies::save_text(&mut *tx, &mut review_reply, text, now).await?;
            messages::review_reply_preview(language, &view(&review_reply), false)
        }
    };
    let reply = Some(asked.anew().reply(&message));
    Ok(Some(bot.conclude(tx, asked.update, reply).await.context("cannot take a review reply")?.outcome))
}

/// /cancel within the conversation. `None`: there is none.
pub(crate) async fn cancel(bot: &Bot, asked: Request) -> anyhow::Result<Option<Outcome>> {
    let mut tx = store::begin(&bot.pool).await.context("cannot begin")?;
    let language =
        review_replies::delete_awaiting(&mut *tx, asked.person).await.context("cannot end a review reply")?;
    let Some(language) = language else { return Ok(None) };
    let reply = Some(asked.anew().reply(&messages::review_reply_cancelled(language)));
    let done = bot.conclude(tx, asked.update, reply).await.context("cannot end a review reply")?;
    Ok(Some(done.outcome))
}

/// Puts a reply on its way. After the tap is answered, [`crate::review_reply`] goes on with it; how it goes is told by
/// an edit.
async fn send(
    bot: &Bot,
    asked: Request,
    mut tx: store::Transaction<'_>,
    review_reply: &ReviewReply,
    now: DateTime<Utc>,
) -> anyhow::Result<Outcome> {
    let text = (review_reply.id, review_reply.revision);
    if !review_replies::begin_sending(&mut *tx, text, asked.shown, now).await? {
        // Another tap at the same moment has put it on its way, or another person's reply is.
        let now_sending = load(&mut *tx, Which::Of(asked.person, review_reply.id), now).await?;
        let is_taken = now_sending.is_some_and(|review_reply| is_open(&review_reply));
        let taken = || asked.reply(&messages::review_reply_taken(review_reply.language));
        let reply = is_taken.then(taken);
        return Ok(bot.conclude(tx, asked.update, reply).await.context("cannot send a review reply")?.outcome);
    }
    if !bot.conclude(tx, asked.update, None).await.context("cannot send a review reply")?.is_first {
        return Ok(Outcome::nothing());
    }
    tracing::info!(cabinet = %review_reply.cabinet, answer = %review_reply.id, "review reply accepted for sending");
    Ok(Outcome::begun(review_reply.id, messages::review_reply_sending_notice(asked.language)))
}

/// One reply, or none.
async fn load(
    db: impl store::Executor<'_>,
    which: Which<'_>,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<ReviewReply>> {
    Ok(review_replies::load_replies(db, which, now).await.context("cannot read a review reply")?.pop())
}
