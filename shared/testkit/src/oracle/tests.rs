//! The oracle itself, on histories so short that the verdict is plain.

mod trade;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use super::{
    By, Choice, Entry, Event, Fate, Kind, Known, Mode, QuietHours, Source, Telling, Verdict, fall, judge, product_fall,
};

const ANNA: i64 = 1_000;
const BORIS: i64 = 1_001;

fn at(minutes: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn joined(chat: i64, minutes: i64) -> Entry {
    Entry::Joined { chat, cabinet: 0, since: 0, not_before: at(minutes), at: at(minutes) }
}

fn ordered(srid: &str, minutes: i64) -> Entry {
    Entry::Ordered { cabinet: 0, nm_id: 7, srid: srid.into(), at: at(minutes), known: Known::ToBoth }
}

fn cancelled(srid: &str, minutes: i64) -> Entry {
    Entry::Cancelled { cabinet: 0, srid: srid.into(), at: at(minutes) }
}

/// A size, and two others that keep an answer in which it is empty from being doubted.
fn stocked(remainder: i64) -> [Entry; 3] {
    [(1, remainder), (2, 50), (3, 50)].map(|(chrt_id, remainder)| Entry::Stocked { cabinet: 0, chrt_id, remainder })
}

const RENEWED: Entry = Entry::Renewed { cabinet: 0 };

fn looked(source: Source, minutes: i64, fate: Fate) -> Entry {
    let at = at(minutes);
    Entry::Looked {
        cabinet: 0,
        source,
        began_at: at,
        at,
        since: None,
        report: None,
        fate,
        is_stale: false,
        is_nothing: false,
    }
}

fn event(kind: Kind, key: &str) -> Event {
    Event { cabinet: 0, kind, key: key.into() }
}

/// A history with messages between its entries: each tells one person one event.
fn verdict(entries: &[Entry], told: &[(usize, i64, Event)]) -> Verdict {
    let told =
        told.iter().map(|(after, chat, event)| (*after, *chat, event.clone(), Way { at: at(30), ..Way::default() }));
    verdict_of(entries, &told.collect::<Vec<_>>())
}

/// How something was told.
#[derive(Clone, Copy, Default)]
struct Way {
    at: DateTime<Utc>,
    is_silent: bool,
    is_digest: bool,
}

fn verdict_of(entries: &[Entry], told: &[(usize, i64, Event, Way)]) -> Verdict {
    let mut history = Vec::new();
    let mut tellings = Vec::new();
    let product = Entry::Product { cabinet: 0, nm_id: 7, sizes: vec![1, 2, 3] };
    for (place, entry) in entries.iter().chain([&calm(10_000), &product]).enumerate() {
        history.push(entry.clone());
        for (_, chat, event, Way { at, is_silent, is_digest }) in told.iter().filter(|(after, ..)| *after == place) {
            let message = i64::try_from(tellings.len()).unwrap() + 1;
            history.push(Entry::Sent { chat: *chat, message, at: *at, is_silent: *is_silent });
            let events = vec![event.clone()];
            tellings.push(Telling { chat: *chat, message, is_digest: *is_digest, events, unexplained: None });
        }
    }
    judge(&history, &tellings)
}

fn calm(minutes: i64) -> Entry {
    Entry::Calm { since: at(minutes), at: at(minutes) }
}

fn chose(choice: Choice) -> Entry {
    Entry::Chose { chat: ANNA, choice }
}

/// Lost, spurious and doubled.
fn counts(verdict: &Verdict) -> (usize, usize, usize) {
    (verdict.lost.len(), verdict.spurious.len(), verdict.doubled.len())
}

/// A member, an empty first load, an order, and a reading that shows it.
fn one_order(fate: Fate) -> Vec<Entry> {
    use Source::Orders;
    vec![joined(ANNA, 0), RENEWED, looked(Orders, 1, Fate::Kept), ordered("a", 10), RENEWED, looked(Orders, 20, fate)]
}

#[test]
fn a_new_order_is_to_be_told_once() {
    let order = event(Kind::NewOrder, "a");
    let entries = one_order(Fate::Kept);
    assert_eq!(counts(&verdict(&entries, &[])), (1, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[(5, ANNA, order.clone())])), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[(5, ANNA, order.clone()), (5, ANNA, order.clone())])), (0, 0, 1));
    assert_eq!(counts(&verdict(&entries, &[(4, ANNA, order.clone())])), (0, 1, 0), "before anybody could know");
    assert_eq!(counts(&verdict(&entries, &[(5, ANNA, order.clone()), (5, BORIS, order)])), (0, 1, 0), "a stranger");
}

#[test]
fn what_perhaps_was_not_kept_need_not_be_told() {
    let order = event(Kind::NewOrder, "a");
    let entries = one_order(Fate::Perhaps);
    assert_eq!(counts(&verdict(&entries, &[])), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[(5, ANNA, order.clone())])), (0, 0, 0));
    let mut entries = one_order(Fate::Perhaps);
    entries.push(looked(Source::Orders, 30, Fate::Kept));
    assert_eq!(counts(&verdict(&entries, &[])), (1, 0, 0), "the next reading showed it again");
    assert_eq!(counts(&verdict(&entries, &[(6, ANNA, order)])), (0, 0, 0));
}

#[test]
fn a_doubling_is_forgiven_once_for_each_call_whose_end_nobody_saw() {
    let order = event(Kind::NewOrder, "a");
    let mut entries = one_order(Fate::Kept);
    entries.push(Entry::Window { chat: ANNA });
    let twice = verdict(&entries, &[(5, ANNA, order.clone()), (6, ANNA, order.clone())]);
    assert_eq!((counts(&twice), twice.forgiven), ((0, 0, 0), 1));
    let thrice = [(5, ANNA, order.clone()), (6, ANNA, order.clone()), (6, ANNA, order)];
    assert_eq!(counts(&verdict(&entries, &thrice)), (0, 0, 1));
}

#[test]
fn the_first_load_is_silent_and_so_is_what_is_older_by_an_hour() {
    use Source::Orders;
    let entries = [
        joined(ANNA, 0),
        ordered("old", -500),
        RENEWED,
        looked(Orders, 1, Fate::Kept),
        ordered("late", -60),
        ordered("just", -30),
        RENEWED,
        looked(Orders, 20, Fate::Kept),
        cancelled("old", 25),
        RENEWED,
        looked(Orders, 30, Fate::Kept),
    ];
    let right = [(7, ANNA, event(Kind::NewOrder, "just")), (10, ANNA, event(Kind::Cancellation, "old"))];
    assert_eq!(counts(&verdict(&entries, &right)), (0, 0, 0));
    for silent in ["old", "late"] {
        let mut wrong = right.to_vec();
        wrong.push((10, ANNA, event(Kind::NewOrder, silent)));
        assert_eq!(counts(&verdict(&entries, &wrong)), (0, 1, 0), "{silent}");
    }
}

#[test]
fn an_order_that_is_first_seen_cancelled_is_told_as_cancelled_only() {
    use Source::Orders;
    let entries = [
        joined(ANNA, 0),
        looked(Orders, 1, Fate::Kept),
        ordered("a", 10),
        cancelled("a", 11),
        RENEWED,
        looked(Orders, 20, Fate::Kept),
    ];
    let cancellation = (5, ANNA, event(Kind::Cancellation, "a"));
    assert_eq!(counts(&verdict(&entries, std::slice::from_ref(&cancellation))), (0, 0, 0));
    let both = [cancellation, (5, ANNA, event(Kind::NewOrder, "a"))];
    assert_eq!(counts(&verdict(&entries, &both)), (0, 1, 0));
}

#[test]
fn an_answer_of_a_late_replica_changes_nothing() {
    use Source::Orders;
    let stale = Entry::Looked {
        cabinet: 0,
        source: Orders,
        began_at: at(20),
        at: at(20),
        since: None,
        report: None,
        fate: Fate::Kept,
        is_stale: true,
        is_nothing: false,
    };
    let entries = [
        joined(ANNA, 0),
        ordered("a", -200),
        RENEWED,
        Entry::Remembered { cabinet: 0 },
        cancelled("a", -100),
        RENEWED,
        looked(Orders, 1, Fate::Kept),
        stale,
        looked(Orders, 30, Fate::Kept),
    ];
    assert_eq!(counts(&verdict(&entries, &[])), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[(8, ANNA, event(Kind::Cancellation, "a"))])), (0, 1, 0));
}

#[test]
fn who_joins_later_hears_of_what_happens_from_then_on() {
    let mut entries = one_order(Fate::Kept);
    entries.insert(5, joined(BORIS, 15));
    let to_anna = (6, ANNA, event(Kind::NewOrder, "a"));
    assert_eq!(counts(&verdict(&entries, std::slice::from_ref(&to_anna))), (0, 0, 0));
    let to_both = [to_anna, (6, BORIS, event(Kind::NewOrder, "a"))];
    assert_eq!(counts(&verdict(&entries, &to_both)), (0, 1, 0));
}

#[test]
fn what_is_switched_off_is_not_told_and_what_is_on_is() {
    let order = event(Kind::NewOrder, "a");
    let switched = |on| Entry::Switched { chat: ANNA, what: Some((0, Kind::NewOrder)), on };
    let mut off = one_order(Fate::Kept);
    off.insert(5, switched(false));
    assert_eq!(counts(&verdict(&off, &[])), (0, 0, 0));
    assert_eq!(counts(&verdict(&off, &[(6, ANNA, order.clone())])).1, 1);

    // Switched off between the reading and the telling: told before it, or not at all.
    let mut later = one_order(Fate::Kept);
    later.push(switched(false));
    assert_eq!(counts(&verdict(&later, &[])), (0, 0, 0));
    assert_eq!(counts(&verdict(&later, &[(5, ANNA, order.clone())])), (0, 0, 0));
    assert_eq!(counts(&verdict(&later, &[(6, ANNA, order.clone())])), (0, 1, 0));

    // Switched off and on again long before.
    let mut before = one_order(Fate::Kept);
    before.insert(1, switched(false));
    before.insert(2, switched(true));
    assert_eq!(counts(&verdict(&before, &[])), (1, 0, 0));
}

#[test]
fn who_has_blocked_the_bot_gets_no_replay() {
    let order = event(Kind::NewOrder, "a");
    let mut entries = one_order(Fate::Kept);
    entries.insert(5, Entry::Blocked { chat: ANNA });
    assert_eq!(counts(&verdict(&entries, &[])), (0, 0, 0));
    entries.extend([calm(40), Entry::Unblocked { chat: ANNA }]);
    assert_eq!(counts(&verdict(&entries, &[(8, ANNA, order)])), (0, 1, 0));
}

#[test]
fn a_size_is_told_at_two_and_at_nothing_and_a_repetition_only_if_less_is_left() {
    use Source::Stocks;
    let mut entries = vec![joined(ANNA, 0)];
    for (place, remainder) in [5, 2, 7, 2, 7, 1, 0].into_iter().enumerate() {
        entries.extend(stocked(remainder));
        entries.push(RENEWED);
        entries.push(looked(Stocks, 30 * i64::try_from(place).unwrap(), Fate::Kept));
    }
    let told = |remainders: &[i64]| -> Vec<(usize, i64, Event)> {
        let last = entries.len();
        remainders.iter().map(|left| (last, ANNA, event(Kind::Stock, &fall(1, *left)))).collect()
    };
    assert_eq!(counts(&verdict(&entries, &told(&[2, 1, 0]))), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &told(&[2, 0]))), (1, 0, 0));
    assert_eq!(counts(&verdict(&entries, &told(&[2, 2, 1, 0]))), (0, 0, 1));
    assert_eq!(counts(&verdict(&entries, &told(&[2, 1, 0, 7]))), (0, 1, 0));
}

#[test]
fn an_answer_that_empties_most_of_a_shop_is_believed_the_second_time() {
    use Source::Stocks;
    let empty = [Entry::Stocked { cabinet: 0, chrt_id: 1, remainder: 0 }, RENEWED];
    let mut entries = vec![joined(ANNA, 0), Entry::Stocked { cabinet: 0, chrt_id: 1, remainder: 9 }, RENEWED];
    entries.push(looked(Stocks, 0, Fate::Kept));
    entries.extend(empty);
    entries.push(looked(Stocks, 30, Fate::Kept));
    let gone = |after| (after, ANNA, event(Kind::Stock, &fall(1, 0)));
    assert_eq!(counts(&verdict(&entries, &[])), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[gone(6)])), (0, 1, 0));
    entries.push(looked(Stocks, 60, Fate::Kept));
    assert_eq!(counts(&verdict(&entries, &[])), (1, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[gone(7)])), (0, 0, 0));
}

#[test]
fn nothing_is_told_before_the_first_sync_has_ended() {
    let order = event(Kind::NewOrder, "a");
    let mut entries = one_order(Fate::Kept);
    entries.push(Entry::FirstSyncEnded { chat: ANNA, cabinet: 0 });
    assert_eq!(counts(&verdict(&entries, &[(5, ANNA, order.clone())])), (0, 1, 0));
    assert_eq!(counts(&verdict(&entries, &[(6, ANNA, order)])), (0, 0, 0));
}

#[test]
fn a_baseline_that_is_open_is_followed_both_ways() {
    use Source::Reviews;
    let review =
        |id: &str, stars, minutes| Entry::Reviewed { cabinet: 0, nm_id: 7, id: id.into(), stars, at: at(minutes) };
    let entries = [
        joined(ANNA, 0),
        looked(Reviews, 0, Fate::Perhaps),
        review("bad", 2, 10),
        review("good", 4, 10),
        looked(Reviews, 20, Fate::Kept),
    ];
    // If the first answer was kept, the review is news; else it belongs to the first load.
    let bad = (4, ANNA, event(Kind::Review, "bad"));
    assert_eq!(counts(&verdict(&entries, std::slice::from_ref(&bad))), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[])), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[bad, (4, ANNA, event(Kind::Review, "good"))])), (0, 1, 0));
}

/// [`one_order`], seen at 9:20, with a choice before it, and told at these minutes after nine.
fn told_after(choice: Choice, minutes: i64, way: Way) -> (usize, usize, usize) {
    let mut entries = one_order(Fate::Kept);
    entries.insert(3, chose(choice));
    let way = Way { at: at(minutes), ..way };
    counts(&verdict_of(&entries, &[(6, ANNA, event(Kind::NewOrder, "a"), way)]))
}

#[test]
fn what_is_collected_is_told_when_its_period_is_over_and_is_told() {
    let hourly = || Choice::Mode(0, Kind::NewOrder, Mode::Collected(60));
    let digest = Way { is_digest: true, ..Way::default() };
    assert_eq!(told_after(hourly(), 59, Way::default()), (0, 1, 0));
    assert_eq!(told_after(hourly(), 60, Way::default()), (0, 0, 0));
    assert_eq!(told_after(hourly(), 60, digest), (0, 1, 0), "it was never to come in the digest");
    let mut entries = one_order(Fate::Kept);
    entries.insert(3, chose(hourly()));
    assert_eq!(counts(&verdict(&entries, &[])), (1, 0, 0));
    // A moment of rest within the period says nothing, one after it does.
    for (rest, lost) in [(50, 0), (65, 1)] {
        let mut entries = entries.clone();
        entries.extend([calm(rest), Entry::Blocked { chat: ANNA }]);
        assert_eq!(counts(&verdict(&entries, &[])), (lost, 0, 0), "{rest}");
    }
}

#[test]
fn what_comes_only_in_the_digest_comes_in_the_next_one() {
    let only = || Choice::Mode(0, Kind::NewOrder, Mode::Digest);
    let digest = Way { at: at(600), is_digest: true, ..Way::default() };
    assert_eq!(told_after(only(), 600, Way::default()), (0, 1, 0));
    assert_eq!(told_after(only(), 600, digest), (0, 0, 0));
    let mut entries = one_order(Fate::Kept);
    entries.insert(3, chose(only()));
    entries.extend([calm(40), calm(900)]);
    let empty = Telling { chat: ANNA, message: 1, is_digest: true, events: vec![], unexplained: None };
    let (late, order) = (2, event(Kind::NewOrder, "a"));
    let sent = |message, minutes| Entry::Sent { chat: ANNA, message, at: at(minutes), is_silent: false };
    entries.extend([sent(1, 901), sent(late, 2_000), calm(2_001)]);
    let second = Telling { message: late, events: vec![order], ..empty.clone() };
    assert_eq!(counts(&judge(&entries, std::slice::from_ref(&second))), (0, 0, 0));
    assert_eq!(counts(&judge(&entries, &[empty, second])), (0, 1, 0));
    // Without a digest it comes by itself.
    entries.insert(8, chose(Choice::NoDigest));
    let alone = Telling {
        chat: ANNA,
        message: 1,
        is_digest: false,
        events: vec![event(Kind::NewOrder, "a")],
        unexplained: None,
    };
    assert_eq!(counts(&judge(&entries, &[alone])), (0, 0, 0));
}

#[test]
fn a_digest_that_comes_again_is_not_the_next_one() {
    use Source::Orders;
    let sent = |message, minutes| Entry::Sent { chat: ANNA, message, at: at(minutes), is_silent: false };
    let order = |srid: &str| vec![event(Kind::NewOrder, srid)];
    let mut entries = vec![
        joined(ANNA, 0),
        chose(Choice::Mode(0, Kind::NewOrder, Mode::Digest)),
        RENEWED,
        looked(Orders, 1, Fate::Kept),
        ordered("before", 10),
        RENEWED,
        looked(Orders, 20, Fate::Kept),
        calm(25),
        Entry::Window { chat: ANNA },
        sent(1, 26),
        ordered("after", 30),
        RENEWED,
        looked(Orders, 40, Fate::Kept),
        calm(45),
        sent(2, 90),
        sent(3, 2_000),
        calm(2_001),
    ];
    let judged = |entries: &[Entry], told: [Vec<Event>; 3]| {
        let digest = |(message, events)| Telling { chat: ANNA, message, is_digest: true, events, unexplained: None };
        counts(&judge(entries, &(1..).zip(told).map(digest).collect::<Vec<_>>()))
    };
    assert_eq!(judged(&entries, [order("before"), order("before"), order("after")]), (0, 0, 0));
    assert_eq!(judged(&entries, [order("before"), vec![], order("after")]), (0, 1, 0), "another one");
    // Those that say nothing are told apart by the call whose end nobody saw.
    entries.remove(4);
    assert_eq!(judged(&entries, [vec![], vec![], order("after")]), (0, 0, 0));
    entries.remove(7);
    assert_eq!(judged(&entries, [vec![], vec![], order("after")]), (0, 1, 0));
}

#[test]
fn quiet_hours_make_silent_or_keep_until_their_end_on_the_persons_clock() {
    // From 12 to 14 at Moscow's clock, which is 9 to 11 of the tests'.
    let quiet = |is_held| Choice::Quiet(Some(QuietHours { from: 12, until: 14, ahead: 3, is_held }));
    let silent = Way { is_silent: true, ..Way::default() };
    assert_eq!(told_after(quiet(false), 30, silent), (0, 0, 0));
    assert_eq!(told_after(quiet(false), 30, Way::default()), (0, 1, 0));
    assert_eq!(told_after(quiet(false), 120, silent), (0, 1, 0));
    assert_eq!(told_after(quiet(true), 119, silent), (0, 1, 0));
    assert_eq!(told_after(quiet(true), 120, Way::default()), (0, 0, 0));
    assert_eq!(told_after(Choice::Quiet(None), 30, Way::default()), (0, 0, 0));
    let night = Choice::Quiet(Some(QuietHours { from: 23, until: 8, ahead: 12, is_held: true }));
    assert_eq!(told_after(night.clone(), 120 + 659, Way::default()), (0, 0, 0));
    assert_eq!(told_after(night, 120 + 1_020, Way { is_silent: true, ..Way::default() }), (0, 1, 0));
}

#[test]
fn a_muted_product_is_not_told_of_until_it_is_unmuted() {
    let mute = |kind, on| Choice::Mute(0, 7, kind, on);
    assert_eq!(told_after(mute(None, true), 30, Way::default()).1, 1);
    assert_eq!(told_after(mute(Some(Kind::NewOrder), true), 30, Way::default()).1, 1);
    assert_eq!(told_after(mute(Some(Kind::Buyout), true), 30, Way::default()), (0, 0, 0));
    assert_eq!(told_after(Choice::Mute(0, 8, None, true), 30, Way::default()), (0, 0, 0));
    let mut entries = one_order(Fate::Kept);
    entries.insert(3, chose(mute(None, true)));
    assert_eq!(counts(&verdict(&entries, &[])), (0, 0, 0));
    entries.insert(4, chose(mute(None, false)));
    assert_eq!(counts(&verdict(&entries, &[])), (1, 0, 0));
}

#[test]
fn everybody_hears_by_thresholds_of_their_own() {
    use Source::{Reviews, Stocks};
    let review = |id: &str, stars| Entry::Reviewed { cabinet: 0, nm_id: 7, id: id.into(), stars, at: at(10) };
    let mut entries = vec![joined(ANNA, 0), joined(BORIS, 0)];
    entries.extend(stocked(9));
    entries.extend([RENEWED, looked(Stocks, 0, Fate::Kept), looked(Reviews, 0, Fate::Kept)]);
    entries.extend([chose(Choice::Stars(0, 1)), chose(Choice::Left(0, 5)), review("one", 1), review("two", 2)]);
    entries.extend(stocked(4));
    entries.extend([RENEWED, looked(Stocks, 30, Fate::Kept), looked(Reviews, 30, Fate::Kept)]);
    let last = entries.len() - 1;
    let (one, two) = (event(Kind::Review, "one"), event(Kind::Review, "two"));
    let four = event(Kind::Stock, &fall(1, 4));
    let right = [(last, ANNA, one.clone()), (last, BORIS, one), (last, BORIS, two.clone()), (last, ANNA, four.clone())];
    assert_eq!(counts(&verdict(&entries, &right)), (0, 0, 0));
    assert_eq!(counts(&verdict(&entries, &[])), (4, 0, 0));
    let wrong = [right.to_vec(), vec![(last, ANNA, two), (last, BORIS, four)]].concat();
    assert_eq!(counts(&verdict(&entries, &wrong)), (0, 2, 0));

    // A product of 104 pieces in three sizes falls through 103, not its size through 5.
    let mut by_product = entries.clone();
    by_product.splice(8..8, [chose(Choice::By(0, By::Product))]);
    by_product[10] = chose(Choice::Left(0, 105));
    let last = by_product.len() - 1;
    let mut told = right.map(|(_, chat, event)| (last, chat, event)).to_vec();
    told.push((last, ANNA, event(Kind::Stock, &product_fall(7, 104))));
    let judged = verdict(&by_product, &told);
    assert_eq!(counts(&judged), (0, 1, 0), "the fall of the size is not hers any more: {judged}");
}
