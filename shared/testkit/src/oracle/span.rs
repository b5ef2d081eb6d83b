//! Times during which something holds, in places of a history.

use super::entry::Moment;

/// A time during which something holds: from a moment up to and without another.
pub(super) type Span = std::ops::Range<Moment>;

/// Begins a span, or ends the last one; doing it twice is doing it once.
pub(super) fn turn(spans: &mut Vec<Span>, moment: Moment, begins: bool) {
    let is_open = spans.last().is_some_and(|last| last.end == Moment::MAX);
    match (begins, is_open) {
        (true, false) => spans.push(moment..Moment::MAX),
        (false, true) => {
            if let Some(last) = spans.last_mut() {
                last.end = moment;
            }
        }
        _ => {}
    }
}
