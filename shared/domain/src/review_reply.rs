//! The seller's answer to a review: how long it may be, and what to do next while it is on its way
//! to WB. Pure.
//!
//! WB accepts a POST with 204 before its moderators look, and for an id that it does not know as
//! well, so only reading the review says what became of the answer. Reading comes first each time,
//! so that no answer goes out twice and none over somebody else's.

use std::ops::RangeInclusive;

use chrono::TimeDelta;

/// How long WB allows an answer to be, in characters.
pub const REPLY_CHARS: RangeInclusive<usize> = 2..=5_000;
/// How long a template may be: all three of them fit into one message of Telegram.
pub const TEMPLATE_CHARS: RangeInclusive<usize> = 2..=1_000;
/// The templates of a cabinet are numbered so.
pub const TEMPLATES: RangeInclusive<i16> = 1..=3;
/// Requests to answer that one text may cost: a second one goes out only where WB shows that the
/// first, whose own fate nobody knows, has not arrived.
pub const POSTS_MAX: i32 = 3;
/// So often a review is read again that shows no answer although WB has accepted it.
pub const LOOKS_MAX: i32 = 5;
/// WB may be down for so long before an answer is given up.
pub const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);
/// What the review showed is good for this long: then it is read again before the answer goes out.
pub const CHECK_GOOD_FOR: TimeDelta = TimeDelta::minutes(30);
/// The first wait for an answer that WB has accepted and does not show; each doubles it.
const LOOK_FIRST: TimeDelta = TimeDelta::seconds(30);

/// Where WB says that an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerState {
    /// Shown to buyers.
    Published,
    /// WB's moderators look at it.
    InReview,
    /// WB's moderators refused it.
    Rejected,
    /// Accepted and nothing more is known (`none`, or a state that is new to us).
    Accepted,
}

/// How far an answer is with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewReplyStage {
    /// Being written.
    Draft,
    /// On its way: a request may have gone out.
    Sending,
    /// WB shows it to buyers.
    Published,
    /// WB has it, and its moderators look at it.
    InReview,
    /// WB's moderators refused it.
    Moderated,
    /// WB refused the request.
    Rejected,
    /// No token of the cabinet may answer.
    NoAccess,
    /// WB has switched the method off, or wants to be paid.
    Closed,
    /// WB was down for so long that nothing was sent.
    Unsent,
    /// It may have arrived: WB does not say.
    Unknown,
    /// Somebody has answered otherwise.
    Elsewhere,
    /// WB does not know the review any more.
    Gone,
}

impl ReviewReplyStage {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::Sending,
        Self::Published,
        Self::InReview,
        Self::Moderated,
        Self::Rejected,
        Self::NoAccess,
        Self::Closed,
        Self::Unsent,
        Self::Unknown,
        Self::Elsewhere,
        Self::Gone,
    ];

    /// The name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sending => "sending",
            Self::Published => "published",
            Self::InReview => "in_review",
            Self::Moderated => "moderated",
            Self::Rejected => "rejected",
            Self::NoAccess => "no_access",
            Self::Closed => "closed",
            Self::Unsent => "unsent",
            Self::Unknown => "unknown",
            Self::Elsewhere => "elsewhere",
            Self::Gone => "gone",
        }
    }

    /// The stage of that name; `None` for one that only a newer version knows.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Whether its text may be changed and sent, also once more.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Rejected | Self::NoAccess | Self::Closed | Self::Unsent | Self::Unknown)
    }
}

/// A text has more or fewer characters than are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfBounds {
    /// How many it has, without the blanks around it.
    pub chars: usize,
    /// How many are allowed.
    pub allowed: RangeInclusive<usize>,
}

/// The text without the blanks around it.
///
/// # Errors
/// It is too short or too long.
pub fn parse_text(text: &str, allowed: RangeInclusive<usize>) -> Result<String, OutOfBounds> {
    let text = text.trim();
    let chars = text.chars().count();
    if allowed.contains(&chars) { Ok(text.to_owned()) } else { Err(OutOfBounds { chars, allowed }) }
}

/// What has been done for an answer so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Requests to answer that were begun.
    pub posts: i32,
    /// Whether WB has accepted one.
    pub is_accepted: bool,
    /// How often the review showed no answer since.
    pub looks: i32,
}

/// What a review shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// WB does not know it.
    Nothing,
    /// No answer.
    Unanswered,
    /// This answer.
    Answered(&'a str, AnswerState),
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The answer may go out.
    Post,
    /// The review has to be read again after this time.
    Look(TimeDelta),
    /// It is over.
    End(ReviewReplyStage),
}

/// Decides by what a review shows what becomes of the answer to it.
#[must_use]
pub fn decide(ours: &str, effort: Effort, shown: Shown<'_>) -> Step {
    match shown {
        Shown::Nothing => Step::End(ReviewReplyStage::Gone),
        // The review was unanswered when ours went out, so an answer that WB has touched up is ours.
        Shown::Answered(text, state) if effort.is_accepted || is_same(text, ours) => Step::End(match state {
            AnswerState::Published => ReviewReplyStage::Published,
            AnswerState::InReview | AnswerState::Accepted => ReviewReplyStage::InReview,
            AnswerState::Rejected => ReviewReplyStage::Moderated,
        }),
        Shown::Answered(..) => Step::End(ReviewReplyStage::Elsewhere),
        Shown::Unanswered if effort.is_accepted && effort.looks >= LOOKS_MAX => Step::End(ReviewReplyStage::Unknown),
        Shown::Unanswered if effort.is_accepted => Step::Look(LOOK_FIRST * 2_i32.pow(effort.looks.unsigned_abs())),
        Shown::Unanswered if effort.posts >= POSTS_MAX => Step::End(ReviewReplyStage::Unknown),
        Shown::Unanswered => Step::Post,
    }
}

/// Whether two texts differ in nothing but blanks, which WB changes.
fn is_same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "Простите,\nвернём деньги";

    fn after(posts: i32, is_accepted: bool, looks: i32) -> Effort {
        Effort { posts, is_accepted, looks }
    }

    #[test]
    fn nothing_is_sent_over_an_answer_that_stands_there() {
        let shown = Shown::Answered("Спасибо за отзыв", AnswerState::Published);
        for effort in [after(0, false, 0), after(1, false, 0)] {
            assert_eq!(decide(OURS, effort, shown), Step::End(ReviewReplyStage::Elsewhere));
        }
        assert_eq!(decide(OURS, Effort::default(), Shown::Unanswered), Step::Post);
        assert_eq!(decide(OURS, Effort::default(), Shown::Nothing), Step::End(ReviewReplyStage::Gone));
    }

    #[test]
    fn an_answer_that_is_ours_is_known_by_its_text_whatever_became_of_the_request() {
        for (state, stage) in [
            (AnswerState::Published, ReviewReplyStage::Published),
            (AnswerState::InReview, ReviewReplyStage::InReview),
            (AnswerState::Accepted, ReviewReplyStage::InReview),
            (AnswerState::Rejected, ReviewReplyStage::Moderated),
        ] {
            let shown = Shown::Answered("Простите, вернём  деньги ", state);
            assert_eq!(decide(OURS, after(1, false, 0), shown), Step::End(stage));
            let touched_up = Shown::Answered("Извините, вернём деньги", state);
            assert_eq!(decide(OURS, after(1, true, 0), touched_up), Step::End(stage));
        }
    }

    #[test]
    fn an_accepted_answer_is_looked_for_and_never_sent_again() {
        let waits: Vec<Step> =
            (0..=LOOKS_MAX).map(|looks| decide(OURS, after(1, true, looks), Shown::Unanswered)).collect();
        let seconds = [30, 60, 120, 240, 480].map(|seconds| Step::Look(TimeDelta::seconds(seconds)));
        assert_eq!(waits[..5], seconds);
        assert_eq!(waits[5], Step::End(ReviewReplyStage::Unknown));
    }

    #[test]
    fn a_request_of_which_nothing_is_known_is_repeated_a_few_times() {
        assert_eq!(decide(OURS, after(POSTS_MAX - 1, false, 0), Shown::Unanswered), Step::Post);
        assert_eq!(decide(OURS, after(POSTS_MAX, false, 0), Shown::Unanswered), Step::End(ReviewReplyStage::Unknown));
    }

    #[test]
    fn a_text_is_judged_without_the_blanks_around_it() {
        assert_eq!(parse_text("  Да!\n", REPLY_CHARS).unwrap(), "Да!");
        assert_eq!(parse_text(" ж ", REPLY_CHARS), Err(OutOfBounds { chars: 1, allowed: REPLY_CHARS }));
        assert!(parse_text(&"ж".repeat(5_000), REPLY_CHARS).is_ok());
        assert_eq!(parse_text(&"ж".repeat(5_001), REPLY_CHARS).unwrap_err().chars, 5_001);
        assert_eq!(parse_text(&"ж".repeat(1_001), TEMPLATE_CHARS).unwrap_err().allowed, TEMPLATE_CHARS);
    }

    #[test]
    fn every_stage_is_found_by_its_name() {
        assert!(ReviewReplyStage::ALL.into_iter().all(|stage| ReviewReplyStage::parse(stage.name()) == Some(stage)));
        assert_eq!(ReviewReplyStage::parse("newer"), None);
        let open: Vec<&str> =
            ReviewReplyStage::ALL.into_iter().filter(|stage| stage.is_open()).map(ReviewReplyStage::name).collect();
        assert_eq!(open, ["draft", "rejected", "no_access", "closed", "unsent", "unknown"]);
    }
}
