//! What must hold for whatever comes as the data of a button. The tests try it on what they make up, the fuzz target in
//! `shared/testkit/fuzz` on what it finds.

use crate::Callback;

/// What Telegram takes as the data of a button, in bytes.
const DATA_BYTES: usize = 64;

/// Of any data: it is refused, or means what a button of ours says.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_data(data: &str) {
    let Some(callback) = Callback::parse(data) else { return };
    let ours = callback.callback_data();
    assert!((1..=DATA_BYTES).contains(&ours.len()), "{ours}");
    assert_eq!(Callback::parse(&ours), Some(callback), "{data} is {ours}");
}

#[cfg(test)]
mod tests {
    use domain::{
        CabinetId, Delivery, EventKind, Language, QuietMode, Role, StockBy, TokenId, UserId, Zone, answer::TEMPLATES,
    };
    use proptest::{
        prelude::*,
        sample::{Index, select},
    };
    use testkit::property::{cases, text};

    use super::*;
    use crate::{AnswerAct, KindChoice, PersonChoice, Screen};

    fn kind_choice() -> impl Strategy<Value = KindChoice> {
        prop_oneof![
            any::<bool>().prop_map(KindChoice::On),
            select(Delivery::ALL.to_vec()).prop_map(KindChoice::Delivery),
            any::<i16>().prop_map(KindChoice::Stars),
            any::<i32>().prop_map(KindChoice::Left),
            select(StockBy::ALL.to_vec()).prop_map(KindChoice::By),
            Just(KindChoice::Everywhere),
        ]
    }

    fn person_choice() -> impl Strategy<Value = PersonChoice> {
        prop_oneof![
            any::<bool>().prop_map(PersonChoice::Quiet),
            (0..24_u8).prop_map(PersonChoice::QuietFrom),
            (0..24_u8).prop_map(PersonChoice::QuietUntil),
            select(QuietMode::ALL.to_vec()).prop_map(PersonChoice::QuietMode),
            select(Zone::ALL.to_vec()).prop_map(PersonChoice::Zone),
            prop::option::of(0..24_u8).prop_map(PersonChoice::Digest),
        ]
    }

    fn answer_act() -> impl Strategy<Value = AnswerAct> {
        prop_oneof![
            Just(AnswerAct::Choose),
            Just(AnswerAct::Look),
            TEMPLATES.prop_map(AnswerAct::Use),
            Just(AnswerAct::Templates),
            TEMPLATES.prop_map(AnswerAct::Edit),
            TEMPLATES.prop_map(AnswerAct::Reset),
            any::<i32>().prop_map(AnswerAct::Send),
            Just(AnswerAct::Cancel),
        ]
    }

    /// How many kinds of buttons there are.
    const VARIANTS: usize = 31;

    /// The number of a kind of button. A new one does not compile here, so that [`callback`] will have it, too.
    fn variant(callback: Callback) -> usize {
        match callback {
            Callback::Screen(_) => 0,
            Callback::Open(_) => 1,
            Callback::NotificationsOf { .. } => 2,
            Callback::ToggleAll { .. } => 3,
            Callback::Toggle { .. } => 4,
            Callback::Group { .. } => 5,
            Callback::StatusPage { .. } => 6,
            Callback::None => 7,
            Callback::Details { .. } => 8,
            Callback::Answer { .. } => 9,
            Callback::Reply { .. } => 10,
            Callback::MuteKind { .. } => 11,
            Callback::KindSettings { .. } => 12,
            Callback::Mute { .. } => 13,
            Callback::Muted { .. } => 14,
            Callback::Unmute { .. } => 15,
            Callback::Kind { .. } => 16,
            Callback::Choose { .. } => 17,
            Callback::ToggleLate { .. } => 18,
            Callback::Mine(_) => 19,
            Callback::OpenGroup { .. } => 20,
            Callback::SetLanguage { .. } => 21,
            Callback::DeleteMyDataForGood => 22,
            Callback::CancelAttempt { .. } => 23,
            Callback::AddCabinet { .. } => 24,
            Callback::LetIn { .. } => 25,
            Callback::KeepOut { .. } => 26,
            Callback::CancelFirstSync { .. } => 27,
            Callback::CancelFirstSyncForGood { .. } => 28,
            Callback::MakeInvite { .. } => 29,
            Callback::RemoveMember { .. } => 30,
        }
    }

    /// Any button of ours.
    fn callback() -> impl Strategy<Value = Callback> {
        let choices = (
            select(Screen::ALL.to_vec()),
            select(EventKind::SWITCHED.to_vec()),
            kind_choice(),
            person_choice(),
            answer_act(),
            select(Language::ALL.to_vec()),
            select(Role::INVITED.to_vec()),
        );
        let numbers = (any::<i64>(), any::<usize>(), any::<bool>(), any::<u128>());
        (0..VARIANTS, choices, numbers).prop_map(|(number, choices, (row, page, on, token))| {
            let (screen, kind, choice, mine, act, language, role) = choices;
            let (cabinet, attempt) = (CabinetId(row), TokenId::parse(&format!("{token:032x}")).unwrap());
            match number {
                0 => Callback::Screen(screen),
                1 => Callback::Open(screen),
                2 => Callback::NotificationsOf { cabinet },
                3 => Callback::ToggleAll { cabinet, on },
                4 => Callback::Toggle { cabinet, kind, on },
                5 => Callback::Group { id: row, page },
                6 => Callback::StatusPage { page },
                7 => Callback::None,
                8 => Callback::Details { row },
                9 => Callback::Answer { row },
                10 => Callback::Reply { answer: row, act },
                11 => Callback::MuteKind { row },
                12 => Callback::KindSettings { row },
                13 => Callback::Mute { row, all_kinds: on },
                14 => Callback::Muted { cabinet, page },
                15 => Callback::Unmute { id: row, page },
                16 => Callback::Kind { cabinet, kind },
                17 => Callback::Choose { cabinet, kind, choice },
                18 => Callback::ToggleLate { cabinet, on },
                19 => Callback::Mine(mine),
                20 => Callback::OpenGroup { id: row },
                21 => Callback::SetLanguage { language },
                22 => Callback::DeleteMyDataForGood,
                23 => Callback::CancelAttempt { attempt },
                24 => Callback::AddCabinet { attempt },
                25 => Callback::LetIn { attempt },
                26 => Callback::KeepOut { attempt },
                27 => Callback::CancelFirstSync { cabinet },
                28 => Callback::CancelFirstSyncForGood { cabinet },
                29 => Callback::MakeInvite { cabinet, role },
                _ => Callback::RemoveMember { cabinet, member: UserId(row) },
            }
        })
    }

    proptest! {
        #![proptest_config(cases(2_000))]

        #[test]
        fn what_a_button_does_is_found_again_in_its_data(callback in callback()) {
            let data = callback.callback_data();
            prop_assert_eq!(Callback::parse(&data), Some(callback));
            holds_for_any_data(&data);
        }

        #[test]
        fn two_buttons_that_do_different_things_differ(one in callback(), other in callback()) {
            prop_assert_eq!(one == other, one.callback_data() == other.callback_data());
        }

        #[test]
        fn a_forged_button_is_refused_or_one_of_ours(
            callback in callback(), at in any::<Index>(), forged in "[0-9a-z:+_-]{0,3}",
        ) {
            let mut data = callback.callback_data();
            let at = at.index(data.len());
            data.replace_range(at..=at, &forged);
            holds_for_any_data(&data);
        }

        #[test]
        fn any_data_is_refused_or_one_of_ours(data in text(), words in "1(:[0-9a-z_]{1,8}){1,4}") {
            holds_for_any_data(&data);
            holds_for_any_data(&words);
        }
    }

    #[test]
    fn every_kind_of_button_is_tried() {
        use proptest::{strategy::ValueTree, test_runner::TestRunner};
        let (mut runner, mut tried) = (TestRunner::new(cases(1)), [false; VARIANTS]);
        for _ in 0..2_000 {
            tried[variant(callback().new_tree(&mut runner).unwrap().current())] = true;
        }
        assert_eq!(tried, [true; VARIANTS]);
    }
}
