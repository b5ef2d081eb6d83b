//! What must hold for whatever comes as the data of a button. The tests try it on what they make up, the fuzz target in
//! `shared/testkit/fuzz` on what it finds.

use crate::button::Button;

/// What Telegram takes as the data of a button, in bytes.
const DATA_BYTES: usize = 64;

/// Of any data: it is refused, or means what a button of ours says.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_data(data: &str) {
    let Some(button) = Button::parse(data) else { return };
    let ours = button.callback_data();
    assert!((1..=DATA_BYTES).contains(&ours.len()), "{ours}");
    assert_eq!(Button::parse(&ours), Some(button), "{data} is {ours}");
}

#[cfg(test)]
mod tests {
    use domain::TokenId;
    use proptest::{prelude::*, sample::Index};
    use testkit::property::{cases, text};

    use super::*;
    use crate::button::Numbers;

    /// Any button of ours.
    fn button() -> impl Strategy<Value = Button> {
        (any::<(i64, usize, u128)>(), any::<Index>()).prop_map(|((id, page, token), which)| {
            let token = TokenId::parse(&format!("{token:032x}")).unwrap();
            let all = Button::with(Numbers { id, page, token });
            all[which.index(all.len())]
        })
    }

    proptest! {
        #![proptest_config(cases(2_000))]

        #[test]
        fn what_a_button_does_is_found_again_in_its_data(button in button()) {
            let data = button.callback_data();
            prop_assert_eq!(Button::parse(&data), Some(button));
            holds_for_any_data(&data);
        }

        #[test]
        fn two_buttons_that_do_different_things_differ(one in button(), other in button()) {
            prop_assert_eq!(one == other, one.callback_data() == other.callback_data());
        }

        #[test]
        fn a_forged_button_is_refused_or_one_of_ours(
            button in button(), at in any::<Index>(), forged in "[0-9a-z:+_-]{0,3}",
        ) {
            let mut data = button.callback_data();
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
}
