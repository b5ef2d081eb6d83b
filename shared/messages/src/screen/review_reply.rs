//! «Ответить» below a review: own words or a template, a look at it, and what became of it.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use domain::{
    Language, NmId, ReviewReplyId, ReviewReplyStage,
    review_reply::{OutOfBounds, TEMPLATE_CHARS, TEMPLATES},
};

use crate::{
    base::{
        format::{count, escape, length, moment, shorten},
        keyboard::Key,
        kinds::cabinet_line,
        message::Message,
        texts::say,
    },
    button::{ReviewReplyAct, ReviewReplyButton, Screen},
    nav::replace_button,
};

/// A title in a text; WB allows 60 characters.
const TITLE_MAX_CHARS: usize = 60;
/// The buyer's name.
const AUTHOR_MAX_CHARS: usize = 60;
/// So much of the review is shown, as a reminder: the whole of it stands in the notification.
const REVIEW_MAX_CHARS: usize = 300;
/// So much of a template is shown where it is chosen.
const TEMPLATE_SHOWN_CHARS: usize = 250;
/// So much of the present text is shown above three templates.
const CURRENT_MAX_CHARS: usize = 2_400;
/// So much of an answer is shown before it is sent, and what is longer is said to be cut: nobody sends
/// much more from a telephone.
const PREVIEW_MAX_CHARS: usize = 3_200;
/// So much of it is repeated where its end is told.
const SENT_MAX_CHARS: usize = 1_500;
/// What WB writes when it refuses is a sentence or two.
const WORDS_MAX_CHARS: usize = 300;

/// An answer that is being written, or on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewReplyView {
    /// What its buttons call it.
    pub id: ReviewReplyId,
    /// The stars of the review.
    pub stars: i16,
    /// The product.
    pub nm_id: NmId,
    /// The product's title, if it is known.
    pub title: Option<String>,
    /// The buyer.
    pub author: Option<String>,
    /// What the buyer wrote.
    pub review_text: Option<String>,
    /// The cabinet's name, if the reader has several.
    pub cabinet_name: Option<String>,
    /// The text of the answer, if there is one yet.
    pub text: Option<String>,
    /// How often its text was written.
    pub revision: i32,
    /// The templates of the cabinet; `None` for one that nobody has changed.
    pub templates: [Option<String>; 3],
    /// What WB says of it.
    pub words: Option<String>,
}

impl ReviewReplyView {
    /// The text of a template.
    #[must_use]
    pub fn template(&self, language: Language, number: i16) -> String {
        self.changed_template(number).cloned().unwrap_or_else(|| match number {
            1 => say!(language, "answer-template-1"),
            2 => say!(language, "answer-template-2"),
            _ => say!(language, "answer-template-3"),
        })
    }

    fn changed_template(&self, number: i16) -> Option<&String> {
        let place = usize::try_from(number - TEMPLATES.start()).ok()?;
        self.templates.get(place)?.as_ref()
    }

    fn button(&self, act: ReviewReplyAct, label: impl Into<String>) -> Key {
        ReviewReplyButton::GoOn { id: self.id, act }.button(label)
    }

    fn product(&self, language: Language) -> String {
        let article = self.nm_id.to_string();
        match &self.title {
            Some(title) => {
                let title = escape(&shorten(title, TITLE_MAX_CHARS)).into_owned();
                say!(language, "answer-product", title = title, article = article)
            }
            None => say!(language, "answer-product-bare", article = article),
        }
    }

    /// The first lines of every screen.
    fn opening(&self, language: Language, headline: String) -> Vec<String> {
        let mut lines = vec![headline];
        lines.extend(cabinet_line(language, self.cabinet_name.as_deref()));
        lines.push(self.product(language));
        lines
    }
}

/// Asks for the text: own words, or a template.
#[must_use]
pub fn review_reply_choose(language: Language, view: &ReviewReplyView) -> Message {
    let mut lines = view.opening(language, say!(language, "answer-title", stars = view.stars));
    if let Some(author) = &view.author {
        let name = escape(&shorten(author, AUTHOR_MAX_CHARS)).into_owned();
        lines.push(say!(language, "answer-author", name = name));
    }
    lines.extend(view.review_text.as_deref().map(|text| quote(text, REVIEW_MAX_CHARS)));
    lines.push(String::new());
    if let Some(text) = &view.text {
        lines.push(say!(language, "answer-current"));
        lines.push(copied(text, CURRENT_MAX_CHARS));
        lines.push(String::new());
    }
    lines.push(say!(language, "answer-how"));
    lines.extend(numbered(language, view, TEMPLATE_SHOWN_CHARS));
    let mut rows = vec![
        template_buttons(language, view, ReviewReplyAct::Use),
        vec![view.button(ReviewReplyAct::Templates, say!(language, "answer-edit-templates"))],
    ];
    if view.text.is_some() {
        rows.push(vec![view.button(ReviewReplyAct::Look, say!(language, "answer-keep"))]);
    }
    rows.push(vec![view.button(ReviewReplyAct::Cancel, say!(language, "answer-cancel"))]);
    Message::text(lines.join("\n"), rows)
}

/// Shows the answer as it will be sent. `is_newer`: the preview that was tapped shows an older text.
#[must_use]
pub fn review_reply_preview(language: Language, view: &ReviewReplyView, is_newer: bool) -> Message {
    let text = view.text.as_deref().unwrap_or_default();
    let mut lines = view.opening(language, say!(language, "answer-preview-title", stars = view.stars));
    lines.extend(is_newer.then(|| say!(language, "answer-preview-newer")));
    lines.push(quote(text, PREVIEW_MAX_CHARS));
    let cut = length(text).saturating_sub(PREVIEW_MAX_CHARS);
    if cut > 0 {
        let cut = i64::try_from(cut).unwrap_or(i64::MAX);
        lines.push(say!(language, "answer-preview-cut", count = count(language, cut)));
    }
    lines.push(String::new());
    lines.push(say!(language, "answer-preview-note"));
    Message::text(
        lines.join("\n"),
        [
            vec![view.button(ReviewReplyAct::Send(view.revision), say!(language, "answer-send"))],
            vec![
                view.button(ReviewReplyAct::Choose, say!(language, "answer-change")),
                view.button(ReviewReplyAct::Cancel, say!(language, "answer-cancel")),
            ],
        ],
    )
}

/// The templates, each with a button that changes it.
#[must_use]
pub fn review_reply_templates(language: Language, view: &ReviewReplyView, is_saved: bool) -> Message {
    let mut lines = vec![say!(language, "templates-title")];
    lines.extend(is_saved.then(|| say!(language, "templates-saved")));
    lines.push(say!(language, "templates-hint"));
    lines.extend(numbered(language, view, *TEMPLATE_CHARS.end()));
    Message::text(
        lines.join("\n"),
        [
            template_buttons(language, view, ReviewReplyAct::Edit),
            vec![view.button(ReviewReplyAct::Choose, say!(language, "answer-back"))],
        ],
    )
}

/// Asks for the new text of a template.
#[must_use]
pub fn review_reply_template(language: Language, view: &ReviewReplyView, number: i16) -> Message {
    let most = i64::try_from(*TEMPLATE_CHARS.end()).unwrap_or(i64::MAX);
    let lines = [
        say!(language, "template-title", number = number),
        say!(language, "template-hint", most = count(language, most)),
        String::new(),
        copied(&view.template(language, number), *TEMPLATE_CHARS.end()),
    ];
    let mut rows = Vec::new();
    if view.changed_template(number).is_some() {
        rows.push(vec![view.button(ReviewReplyAct::Reset(number), say!(language, "template-reset"))]);
    }
    rows.push(vec![view.button(ReviewReplyAct::Templates, say!(language, "answer-back"))]);
    Message::text(lines.join("\n"), rows)
}

/// Says that a text is too short or too long. Nothing is lost by it: what was there before stays, and
/// the next text is taken for the same.
#[must_use]
pub fn review_reply_out_of_bounds(
    language: Language,
    view: &ReviewReplyView,
    text: &OutOfBounds,
    is_template: bool,
) -> Message {
    let shown = |chars: usize| count(language, i64::try_from(chars).unwrap_or(i64::MAX));
    let (chars, least, most) = (shown(text.chars), shown(*text.allowed.start()), shown(*text.allowed.end()));
    let html = if text.chars < *text.allowed.start() {
        say!(language, "answer-too-short", chars = chars, least = least)
    } else {
        say!(language, "answer-too-long", chars = chars, most = most)
    };
    let back = if is_template { ReviewReplyAct::Templates } else { ReviewReplyAct::Choose };
    Message::text(html, [vec![view.button(back, say!(language, "answer-back"))]])
}

/// Nothing is answered: the person has said so.
#[must_use]
pub fn review_reply_cancelled(language: Language) -> Message {
    Message::text(say!(language, "answer-cancelled"), [vec![menu(language)]])
}

/// Only an owner and a manager answer.
#[must_use]
pub fn review_reply_reader(language: Language) -> Message {
    Message::text(say!(language, "answer-reader"), [vec![menu(language)]])
}

/// No token of the cabinet may answer.
#[must_use]
pub fn review_reply_no_token(language: Language) -> Message {
    let html = [say!(language, "answer-no-access"), say!(language, "answer-no-token-note")].join("\n");
    Message::text(html, [vec![replace_button(language)], vec![menu(language)]])
}

/// The review has an answer.
#[must_use]
pub fn review_reply_exists(language: Language, text: &str) -> Message {
    let html = [say!(language, "answer-elsewhere"), quote(text, SENT_MAX_CHARS)].join("\n");
    Message::text(html, [vec![menu(language)]])
}

/// Somebody else's answer to the review is on its way.
#[must_use]
pub fn review_reply_taken(language: Language) -> Message {
    Message::text(say!(language, "answer-taken"), [vec![menu(language)]])
}

/// The notice for the tap that sends.
#[must_use]
pub fn review_reply_sending_notice(language: Language) -> String {
    say!(language, "answer-sending-notice")
}

/// For what an answer on its way waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewReplyWait {
    /// For WB's limit, or for nothing but its turn.
    Limit,
    /// For WB to show what it has accepted.
    Check,
    /// For WB to reply.
    Trouble,
}

/// Says when an answer on its way goes on.
#[must_use]
pub fn review_reply_waits(
    language: Language,
    view: &ReviewReplyView,
    why: ReviewReplyWait,
    until: DateTime<Utc>,
    may_be_stopped: bool,
) -> Message {
    let until = moment(language, until);
    let mut lines = view.opening(language, say!(language, "answer-waits-title"));
    lines.push(match why {
        ReviewReplyWait::Limit => say!(language, "answer-waits-limit", until = until),
        ReviewReplyWait::Check => say!(language, "answer-waits-check", until = until),
        ReviewReplyWait::Trouble => say!(language, "answer-waits-trouble", until = until),
    });
    lines.extend(yours(language, view, true));
    let mut rows = Vec::new();
    if may_be_stopped {
        rows.push(vec![view.button(ReviewReplyAct::Cancel, say!(language, "answer-do-not-send"))]);
    }
    rows.push(vec![menu(language)]);
    Message::text(lines.join("\n"), rows)
}

/// Says what has become of an answer.
#[must_use]
pub fn review_reply_ended(language: Language, view: &ReviewReplyView, stage: ReviewReplyStage) -> Message {
    let kept = || say!(language, "answer-kept");
    let (headline, notes) = match stage {
        ReviewReplyStage::Draft => return review_reply_preview(language, view, false),
        ReviewReplyStage::Sending => (say!(language, "answer-waits-title"), vec![]),
        ReviewReplyStage::Published => (say!(language, "answer-published"), vec![]),
        ReviewReplyStage::InReview => {
            (say!(language, "answer-in-review"), vec![say!(language, "answer-in-review-note")])
        }
        ReviewReplyStage::Moderated => {
            (say!(language, "answer-moderated"), vec![say!(language, "answer-moderated-note")])
        }
        ReviewReplyStage::Rejected => {
            let words = view.words.as_deref().map(|words| {
                let words = escape(&shorten(words, WORDS_MAX_CHARS)).into_owned();
                say!(language, "answer-rejected-words", words = words)
            });
            (say!(language, "answer-rejected"), words.into_iter().chain([kept()]).collect())
        }
        ReviewReplyStage::NoAccess => {
            (say!(language, "answer-no-access"), vec![say!(language, "answer-no-access-note"), kept()])
        }
        ReviewReplyStage::Closed => {
            (say!(language, "answer-closed"), vec![say!(language, "answer-closed-note"), kept()])
        }
        ReviewReplyStage::Unsent => {
            (say!(language, "answer-unsent"), vec![say!(language, "answer-unsent-note"), kept()])
        }
        ReviewReplyStage::Unknown => (say!(language, "answer-unknown"), vec![say!(language, "answer-unknown-note")]),
        ReviewReplyStage::Elsewhere => {
            let other = view.words.as_deref().map(|text| quote(text, SENT_MAX_CHARS));
            let note = say!(language, "answer-elsewhere-note");
            (say!(language, "answer-elsewhere"), [note].into_iter().chain(other).collect())
        }
        ReviewReplyStage::Gone => (say!(language, "answer-gone"), vec![say!(language, "answer-gone-note")]),
    };
    let mut lines = view.opening(language, headline);
    lines.extend(notes);
    let is_sent =
        matches!(stage, ReviewReplyStage::Published | ReviewReplyStage::InReview | ReviewReplyStage::Moderated);
    lines.extend(yours(language, view, is_sent));
    let mut rows = Vec::new();
    if stage == ReviewReplyStage::NoAccess {
        rows.push(vec![replace_button(language)]);
    }
    if stage.is_open() {
        rows.push(vec![view.button(ReviewReplyAct::Send(view.revision), say!(language, "answer-again"))]);
        rows.push(vec![
            view.button(ReviewReplyAct::Choose, say!(language, "answer-change")),
            view.button(ReviewReplyAct::Cancel, say!(language, "answer-cancel")),
        ]);
    } else {
        rows.push(vec![menu(language)]);
    }
    Message::text(lines.join("\n"), rows)
}

/// The text that is sent or was to be.
fn yours(language: Language, view: &ReviewReplyView, is_sent: bool) -> Vec<String> {
    let Some(text) = view.text.as_deref() else { return Vec::new() };
    let label = if is_sent { say!(language, "answer-yours") } else { say!(language, "answer-unsent-text") };
    vec![label, quote(text, SENT_MAX_CHARS)]
}

/// The menu as a message of its own: the one above is edited when there is news.
fn menu(language: Language) -> Key {
    Screen::Menu.open_button(say!(language, "answer-menu"))
}

fn template_buttons(language: Language, view: &ReviewReplyView, act: fn(i16) -> ReviewReplyAct) -> Vec<Key> {
    let numbers: RangeInclusive<i16> = TEMPLATES;
    numbers.map(|number| view.button(act(number), say!(language, "answer-template", number = number))).collect()
}

fn numbered(language: Language, view: &ReviewReplyView, max_chars: usize) -> Vec<String> {
    let line = |number: i16| {
        let text = view.template(language, number);
        format!("\n<b>{number}.</b> {}", escape(&shorten(&text, max_chars)))
    };
    TEMPLATES.map(line).collect()
}

fn quote(text: &str, max_chars: usize) -> String {
    format!("<blockquote>{}</blockquote>", escape(&shorten(text, max_chars)))
}

/// A text that a tap copies.
fn copied(text: &str, max_chars: usize) -> String {
    format!("<code>{}</code>", escape(&shorten(text, max_chars)))
}

#[cfg(test)]
mod tests;
