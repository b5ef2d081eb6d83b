//! What the new reviews make.

use super::{
    news::NewsSince,
    record::{Audience, Event},
};
use crate::facts::Facts;
use crate::rows::Review;

/// What the new reviews of one answer make. Whether a review is negative is each member's own
/// choice, so every new one is an event and its audience decides.
#[must_use]
pub fn decide_reviews(new: &[Review], news: Option<NewsSince>) -> Vec<Event> {
    let Some(news) = news else { return Vec::new() };
    new.iter()
        .filter(|review| news.tells_unseen(review.created_at))
        .map(|review| Event {
            key: review.id.0.clone(),
            occurred_at: review.created_at,
            facts: Facts::NegativeReview(Box::new(review.clone())),
            audience: Audience::ReviewThresholdFrom(review.stars),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, samples::*};

    #[test]
    fn every_new_review_is_told_to_those_whose_threshold_it_reaches() {
        let reviews = [review("old", 1, at(9)), review("bad", 2, at(9) + second()), review("good", 5, at(11))];
        assert_eq!(decide_reviews(&reviews, None), []);
        let told = decide_reviews(&reviews, Some(NewsSince::since_baseline(at(10))));
        let heads: Vec<_> =
            told.iter().map(|event| (event.kind(), event.key.as_str(), event.occurred_at, event.audience)).collect();
        let kind = EventKind::NegativeReview;
        assert_eq!(
            heads,
            [
                (kind, "bad", at(9) + second(), Audience::ReviewThresholdFrom(2)),
                (kind, "good", at(11), Audience::ReviewThresholdFrom(5)),
            ]
        );
        assert_eq!(told[0].facts, Facts::NegativeReview(Box::new(reviews[1].clone())));
    }
}
