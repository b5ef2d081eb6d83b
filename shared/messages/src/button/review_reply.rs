//! «Ответить» below a review, and the conversation in which the reply is written.

use domain::{CabinetId, NotificationId, ReviewReplyId, review_reply::TEMPLATES, screen::reviews::ReviewKey};

use super::words::{Words, long, number, short};

/// What a button about the reply to a review does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub enum ReviewReplyButton {
    /// Begins a reply to the review of a notification.
    Begin(NotificationId),
    /// Begins a reply to a review of a cabinet.
    BeginAt {
        /// The cabinet.
        cabinet: CabinetId,
        /// The review.
        key: ReviewKey,
    },
    /// Goes on with one.
    GoOn {
        /// The reply.
        id: ReviewReplyId,
        /// With what.
        act: ReviewReplyAct,
    },
}

/// What a button does in the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewReplyAct {
    /// Asks for the text.
    Choose,
    /// Shows the text as it is.
    Look,
    /// Takes a template as the text.
    Use(i16),
    /// Shows the templates.
    Templates,
    /// Asks for the new text of a template.
    Edit(i16),
    /// Gives a template back its first text.
    Reset(i16),
    /// Sends the reply to WB: the text that the preview shows, which is written so often.
    Send(i32),
    /// Ends the conversation, or keeps a reply from going out.
    Cancel,
}

impl Words for ReviewReplyButton {
    fn words(self) -> String {
        match self {
            Self::Begin(notification) => format!("answer:{notification}"),
            Self::BeginAt { cabinet, key } => format!("answer:{}:{key}", short(cabinet.0)),
            Self::GoOn { id, act } => format!("reply:{id}:{}", act.word()),
        }
    }

    fn parse(words: &[&str]) -> Option<Self> {
        Some(match words {
            ["answer", notification] => Self::Begin(NotificationId(number(notification)?)),
            ["answer", cabinet, key] => {
                Self::BeginAt { cabinet: CabinetId(long(cabinet)?), key: ReviewKey::parse(key)? }
            }
            ["reply", id, act] => Self::GoOn { id: ReviewReplyId(number(id)?), act: ReviewReplyAct::parse(act)? },
            _ => return None,
        })
    }
}

impl ReviewReplyAct {
    fn word(self) -> String {
        match self {
            Self::Choose => "choose".to_owned(),
            Self::Look => "look".to_owned(),
            Self::Use(template) => format!("use{template}"),
            Self::Templates => "templates".to_owned(),
            Self::Edit(template) => format!("edit{template}"),
            Self::Reset(template) => format!("reset{template}"),
            Self::Send(revision) => format!("send{revision}"),
            Self::Cancel => "cancel".to_owned(),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        if let Some(revision) = word.strip_prefix("send") {
            // Previews of older versions do not say what they show.
            return if revision.is_empty() { Some(Self::Send(0)) } else { number(revision).map(Self::Send) };
        }
        let all = TEMPLATES.flat_map(|template| [Self::Use(template), Self::Edit(template), Self::Reset(template)]);
        let mut all = all.chain([Self::Choose, Self::Look, Self::Templates, Self::Cancel]);
        all.find(|act| act.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use domain::review_reply::TEMPLATES;

    use super::{ReviewReplyAct, ReviewReplyButton};
    use crate::button::samples::{Numbers, Samples};

    fn acts() -> Vec<ReviewReplyAct> {
        let mut acts = vec![ReviewReplyAct::Choose, ReviewReplyAct::Look, ReviewReplyAct::Templates];
        acts.extend([1, i32::MAX, i32::MIN].map(ReviewReplyAct::Send));
        acts.push(ReviewReplyAct::Cancel);
        for template in TEMPLATES {
            acts.extend([ReviewReplyAct::Use, ReviewReplyAct::Edit, ReviewReplyAct::Reset].map(|act| act(template)));
        }
        acts
    }

    impl Samples for ReviewReplyButton {
        fn with(numbers: Numbers) -> Vec<Self> {
            let id = numbers.review_reply();
            let at = Self::BeginAt { cabinet: numbers.cabinet(), key: numbers.review_key() };
            let mut all = vec![Self::Begin(numbers.notification()), at];
            all.extend(acts().into_iter().map(|act| Self::GoOn { id, act }));
            all
        }
    }
}
