//! What an owner is told after a decision about a member.

use domain::Language;

use crate::{
    base::{message::Message, texts::say},
    button::Screen,
    nav::back_to,
};

/// What became of the question whether somebody may come back; `None`: it is over.
#[must_use]
pub fn member_asks_answered(language: Language, is_let_in: Option<bool>) -> Message {
    let html = match is_let_in {
        Some(true) => say!(language, "member-let-in"),
        Some(false) => say!(language, "member-kept-out"),
        None => say!(language, "member-asks-over"),
    };
    Message::text(html, [back_to(language, Screen::Menu)])
}

/// What became of «Убрать».
#[must_use]
pub fn member_removed(language: Language, was_there: bool) -> Message {
    let html = if was_there { say!(language, "member-removed") } else { say!(language, "member-is-gone") };
    Message::text(html, [back_to(language, Screen::Menu)])
}
