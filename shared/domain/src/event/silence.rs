//! What is left out for the sake of a silence, counted.

use super::record::{Audience, Event, REVIEW_THRESHOLD};
use crate::facts::Totals;

/// How many of the events that were left out for the sake of the silence there are of each kind.
#[must_use]
pub fn count_silent(told: &[Event], without_silence: &[Event]) -> Totals {
    let mut totals = Totals::new();
    for event in without_silence {
        let is_told = told.iter().any(|one| (one.kind(), &one.key) == (event.kind(), &event.key));
        let is_wanted = match event.audience {
            Audience::ReviewThresholdFrom(stars) => stars <= REVIEW_THRESHOLD,
            Audience::Members | Audience::StockFall { .. } => true,
        };
        if !is_told && is_wanted {
            *totals.entry(event.kind()).or_default() += 1;
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, samples::*};
    use crate::settings::StockBy;

    #[test]
    fn what_silence_keeps_back_is_counted_by_kind_without_what_is_told_and_without_good_reviews() {
        let event =
            |kind, key: &str, audience| Event { key: key.into(), occurred_at: at(9), facts: facts(kind), audience };
        let order = |kind, key| event(kind, key, Audience::Members);
        let review = |key, stars| event(EventKind::NegativeReview, key, Audience::ReviewThresholdFrom(stars));
        let fall = Audience::StockFall { threshold: 0, remainder: 0, before: 9, by: StockBy::Size };
        let told = [order(EventKind::NewOrder, "a")];
        let all = [
            order(EventKind::NewOrder, "a"),
            order(EventKind::NewOrder, "b"),
            order(EventKind::NewOrder, "c"),
            order(EventKind::OrderCancellation, "a"),
            review("d", 1),
            review("e", 3),
            review("f", 4),
            event(EventKind::CriticalStock, "g", fall),
        ];
        let totals = [
            (EventKind::NewOrder, 2),
            (EventKind::OrderCancellation, 1),
            (EventKind::NegativeReview, 2),
            (EventKind::CriticalStock, 1),
        ];
        assert_eq!(count_silent(&told, &all), Totals::from(totals));
        assert_eq!(count_silent(&all, &all), Totals::new());
    }
}
