//! How an update ends: a reply, a notice, work that goes on.

use domain::{Language, ReviewReplyId};
use telegram::{Reply, Shown};

/// What became of an update.
#[derive(Default)]
pub(super) struct Outcome {
    /// What the response to Telegram's own request carries.
    pub reply: Option<Reply>,
    /// What a tap says on top of the screen.
    pub notice: Option<String>,
    /// A review reply that was begun: it takes longer than a person waits for a button, so it goes on after the tap is
    /// answered.
    pub begun: Option<ReviewReplyId>,
}

impl Outcome {
    /// Nothing is said.
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// A short notice says all.
    pub(super) fn notice(text: String) -> Self {
        Self { notice: Some(text), ..Self::default() }
    }

    /// A review reply goes out, which a notice says.
    pub(super) fn begun(reply: ReviewReplyId, notice: String) -> Self {
        Self { reply: None, notice: Some(notice), begun: Some(reply) }
    }

    /// If the reply would leave the message unchanged, the person gets a notice instead.
    pub(super) fn below(self, shown: &Shown, language: Language) -> Self {
        if !self.reply.as_ref().is_some_and(|reply| shown.is_left_alone_by(reply)) {
            return self;
        }
        Self { reply: None, notice: self.notice.or_else(|| Some(messages::unchanged(language))), ..self }
    }
}

impl From<Option<Reply>> for Outcome {
    fn from(reply: Option<Reply>) -> Self {
        Self { reply, ..Self::default() }
    }
}

/// How an update that changes something has ended.
pub(super) struct Concluded {
    /// With the reply that stands.
    pub outcome: Outcome,
    /// Whether the change is ours; else somebody else made it at the same time, and follows it up.
    pub is_first: bool,
}
