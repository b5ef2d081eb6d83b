//! Two sources of orders.

use super::super::{Entry, Event, Fate, Kind, Known, Source};
use super::{ANNA, RENEWED, at, cancelled, counts, event, joined, looked, ordered, verdict};
use Fate::{Kept, Perhaps};
use Source::{OrderFeed, Orders, Sales};

fn known_to(known: Known, srid: &str, minutes: i64) -> Entry {
    Entry::Ordered { cabinet: 0, nm_id: 7, srid: srid.into(), at: at(minutes), known }
}

fn sold(srid: &str, is_return: bool, minutes: i64) -> Entry {
    Entry::Sold { cabinet: 0, srid: srid.into(), is_return, at: at(minutes) }
}

/// Lost, spurious and doubled, if Anna is told this at the end of the history.
fn judged(entries: &[Entry], told: &[(Kind, &str)]) -> (usize, usize, usize) {
    let told: Vec<(usize, i64, Event)> =
        told.iter().map(|(kind, srid)| (entries.len() - 1, ANNA, event(*kind, srid))).collect();
    counts(&verdict(entries, &told))
}

/// A member, and the first load of the reports.
fn with_reports() -> Vec<Entry> {
    vec![joined(ANNA, 0), RENEWED, looked(Orders, 1, Kept), looked(Sales, 1, Kept)]
}

#[test]
fn whichever_source_shows_an_order_first_it_is_told_once() {
    let mut entries = with_reports();
    entries.push(looked(OrderFeed, 1, Kept));
    entries.extend([ordered("a", 10), looked(OrderFeed, 11, Kept)]);
    assert_eq!(judged(&entries, &[]), (1, 0, 0), "the feed shows it at once");
    assert_eq!(judged(&entries, &[(Kind::NewOrder, "a")]), (0, 0, 0));
    entries.extend([RENEWED, looked(Orders, 40, Kept), looked(OrderFeed, 40, Kept)]);
    assert_eq!(judged(&entries, &[(Kind::NewOrder, "a")]), (0, 0, 0));
    assert_eq!(judged(&entries, &[(Kind::NewOrder, "a"); 2]), (0, 0, 1));
    entries.extend([sold("a", false, 50), looked(OrderFeed, 51, Kept), sold("a", true, 60), RENEWED]);
    entries.push(looked(Sales, 61, Kept));
    let all = [(Kind::NewOrder, "a"), (Kind::Buyout, "a"), (Kind::Return, "a")];
    assert_eq!(judged(&entries, &all), (0, 0, 0));
    assert_eq!(judged(&entries, &all[..2]), (1, 0, 0));
}

#[test]
fn an_order_that_the_feed_shows_first_when_it_is_returned_is_told_in_all_its_steps() {
    let mut entries = vec![joined(ANNA, 0), looked(OrderFeed, 1, Kept)];
    entries.extend([ordered("a", 10), sold("a", false, 20), sold("a", true, 30), looked(OrderFeed, 40, Kept)]);
    let all = [(Kind::NewOrder, "a"), (Kind::Buyout, "a"), (Kind::Return, "a")];
    assert_eq!(judged(&entries, &all), (0, 0, 0));
    assert_eq!(judged(&entries, &[]), (3, 0, 0));
}

/// The feed comes into use at 100, where the reports have shown all that happened until 60.
fn feed_comes_late() -> Vec<Entry> {
    let mut entries = with_reports();
    entries.extend([ordered("known", 10), known_to(Known::ToFeed, "hidden", 20), RENEWED, looked(Orders, 90, Kept)]);
    entries.extend([ordered("new", 80), looked(OrderFeed, 100, Kept)]);
    entries
}

#[test]
fn a_source_that_comes_later_is_laid_over_what_the_other_has_shown() {
    let entries = feed_comes_late();
    let right = [(Kind::NewOrder, "known"), (Kind::NewOrder, "new")];
    assert_eq!(judged(&entries, &right), (0, 0, 0));
    assert_eq!(judged(&entries, &right[..1]), (1, 0, 0), "later than the reports have shown");
    let hidden = (Kind::NewOrder, "hidden");
    assert_eq!(judged(&entries, &[right[0], right[1], hidden]), (0, 1, 0), "a difference between the two");
    // What becomes of it is told, as it is of everything that is known.
    let mut entries = feed_comes_late();
    entries.extend([cancelled("hidden", 110), looked(OrderFeed, 120, Kept)]);
    assert_eq!(judged(&entries, &[right[0], right[1], (Kind::Cancellation, "hidden")]), (0, 0, 0));
    assert_eq!(judged(&entries, &right), (1, 0, 0));
}

#[test]
fn whether_a_first_load_was_kept_is_followed_both_ways() {
    let mut entries = with_reports();
    entries.extend([known_to(Known::ToFeed, "hidden", 20), RENEWED, looked(Orders, 90, Kept)]);
    entries.extend([
        looked(OrderFeed, 100, Perhaps),
        known_to(Known::ToFeed, "late", 40),
        looked(OrderFeed, 110, Kept),
    ]);
    let (hidden, late) = ((Kind::NewOrder, "hidden"), (Kind::NewOrder, "late"));
    assert_eq!(judged(&entries, &[]), (0, 0, 0), "the second load was the first one that was kept");
    assert_eq!(judged(&entries, &[late]), (0, 0, 0), "the first one was");
    assert_eq!(judged(&entries, &[hidden]), (0, 1, 0), "it is silent either way");
}

#[test]
fn a_source_that_shows_other_orders_makes_no_events() {
    let orders = |known: Known| (0..30).map(move |number| known_to(known, &format!("{number:02}"), -100));
    for (known, is_believed) in [(Known::ToFeed, false), (Known::ToBoth, true)] {
        let mut entries: Vec<Entry> = orders(known).collect();
        entries.extend(with_reports());
        entries.extend([RENEWED, looked(Orders, 90, Kept), looked(OrderFeed, 100, Kept)]);
        entries.extend([ordered("new", 110), looked(OrderFeed, 120, Kept)]);
        let order = [(Kind::NewOrder, "new")];
        assert_eq!(judged(&entries, &order), (0, usize::from(!is_believed), 0));
        assert_eq!(judged(&entries, &[]), (usize::from(is_believed), 0, 0));
        entries.extend([RENEWED, looked(Orders, 150, Kept)]);
        assert_eq!(judged(&entries, &order), (0, 0, 0), "the reports go on");
    }
}

#[test]
fn the_sales_of_reports_that_show_other_orders_make_no_events_either() {
    let orders = (0..30).map(|number| known_to(Known::ToReports, &format!("{number:02}"), -100));
    let mut entries: Vec<Entry> = orders.collect();
    entries.extend([joined(ANNA, 0), looked(OrderFeed, 1, Kept), RENEWED, looked(OrderFeed, 100, Kept)]);
    entries.extend([looked(Orders, 100, Kept), looked(Sales, 100, Kept), sold("07", false, 110), RENEWED]);
    entries.extend([looked(OrderFeed, 120, Kept), looked(Sales, 120, Kept)]);
    assert_eq!(judged(&entries, &[]), (0, 0, 0));
}

#[test]
fn what_happened_in_a_gap_is_told_up_to_a_month() {
    const DAY: i64 = 24 * 60;
    for (days, lost, spurious) in [(30, 1, 0), (33, 0, 1)] {
        let mut entries = with_reports();
        entries.extend([ordered("a", 10), RENEWED, looked(Orders, days * DAY, Kept)]);
        assert_eq!(judged(&entries, &[]), (lost, 0, 0), "{days}");
        assert_eq!(judged(&entries, &[(Kind::NewOrder, "a")]), (0, spurious, 0), "{days}");
        // The feed went on meanwhile: there is no gap.
        let mut entries = with_reports();
        entries.extend([looked(OrderFeed, 1, Kept), looked(OrderFeed, 20 * DAY, Kept)]);
        entries.extend([ordered("b", 25 * DAY), RENEWED, looked(Orders, days * DAY, Kept)]);
        assert_eq!(judged(&entries, &[(Kind::NewOrder, "b")]), (0, 0, 0), "{days}");
    }
}

#[test]
fn a_return_after_more_than_a_month_is_no_gap() {
    const DAY: i64 = 24 * 60;
    let mut entries = with_reports();
    entries.extend([ordered("before", 32 * DAY), Entry::Returned { cabinet: 0, at: at(33 * DAY) }]);
    entries.extend([ordered("after", 33 * DAY + 60), RENEWED, looked(Orders, 33 * DAY + 300, Kept)]);
    let (before, after) = ((Kind::NewOrder, "before"), (Kind::NewOrder, "after"));
    assert_eq!(judged(&entries, &[]), (1, 0, 0), "somebody was there again");
    assert_eq!(judged(&entries, &[after]), (0, 0, 0));
    assert_eq!(judged(&entries, &[after, before]), (0, 1, 0), "nobody was there");
}

/// An answer that is nothing instead of a list.
fn nothing(source: Source, minutes: i64) -> Entry {
    match looked(source, minutes, Kept) {
        Entry::Looked { cabinet, source, began_at, at, since, report, fate, is_stale, .. } => {
            Entry::Looked { cabinet, source, began_at, at, since, report, fate, is_stale, is_nothing: true }
        }
        other => other,
    }
}

#[test]
fn nothing_said_twice_of_reviews_may_be_a_first_load_too() {
    let written =
        |id: &str, minutes| Entry::Reviewed { cabinet: 0, nm_id: 7, id: id.to_owned(), stars: 1, at: at(minutes) };
    for (said, spurious) in [(1, 1), (2, 0)] {
        let mut entries = vec![joined(ANNA, 0)];
        entries.extend((1..=said).map(|minutes| nothing(Source::Reviews, minutes)));
        entries.extend([written("older", -90), written("late", -30), looked(Source::Reviews, 10, Kept)]);
        assert_eq!(judged(&entries, &[]), (0, 0, 0), "the first load may be the first list");
        assert_eq!(judged(&entries, &[(Kind::Review, "late")]), (0, spurious, 0), "{said}");
        assert_eq!(judged(&entries, &[(Kind::Review, "older")]), (0, 1, 0), "older than either by an hour");
        entries.extend([written("new", 20), looked(Source::Reviews, 30, Kept)]);
        assert_eq!(judged(&entries, &[]), (1, 0, 0), "news after both");
    }
}

#[test]
fn answers_in_small_parts_are_not_compared() {
    let orders = (0..30).map(|number| known_to(Known::ToFeed, &format!("{number:02}"), -100));
    let mut entries = vec![Entry::InParts];
    entries.extend(orders);
    entries.extend(with_reports());
    entries.extend([RENEWED, looked(Orders, 90, Kept), looked(OrderFeed, 100, Kept)]);
    entries.extend([ordered("new", 110), looked(OrderFeed, 120, Kept)]);
    assert_eq!(judged(&entries, &[]), (1, 0, 0), "the feed is believed");
    assert_eq!(judged(&entries, &[(Kind::NewOrder, "new")]), (0, 0, 0));
}

#[test]
fn nothing_said_twice_may_be_a_first_load() {
    for (said, spurious) in [(1, 1), (2, 0)] {
        let mut entries = vec![ordered("older", -90), ordered("made", -30), joined(ANNA, 0), RENEWED];
        entries.extend((1..=said).map(|minutes| nothing(Orders, minutes)));
        entries.push(looked(Orders, 10, Kept));
        let (older, made) = ((Kind::NewOrder, "older"), (Kind::NewOrder, "made"));
        assert_eq!(judged(&entries, &[]), (0, 0, 0), "the first load may be the first list");
        assert_eq!(judged(&entries, &[made]), (0, spurious, 0), "{said}");
        assert_eq!(judged(&entries, &[older]), (0, 1, 0), "older than either by an hour");
        entries.extend([ordered("new", 20), RENEWED, looked(Orders, 60, Kept)]);
        assert_eq!(judged(&entries, &[]), (1, 0, 0), "news after both");
    }
}
