//! Events and screens become Telegram text and keyboards. No I/O: everything comes as an argument.
//!
//! Every value from WB passes [`format::escape`]; a missing value is left out with its line.

mod announcement;
mod answer;
mod block;
mod button;
mod digest;
mod fold;
pub mod format;
mod gap;
mod gate;
mod group;
mod hours;
mod keyboard;
mod kind_settings;
mod kinds;
mod late;
mod message;
mod muted;
mod notifications;
mod onboarding;
mod order;
mod people;
mod piece;
mod profile;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod review;
mod screens;
mod status;
mod stock;
mod texts;
mod token;
mod token_care;
mod token_facts;

pub use announcement::{ANNOUNCEMENT_MAX_CHARS, Announcement, announcement};
pub use answer::{
    AnswerView, AnswerWait, answer_cancelled, answer_choose, answer_ended, answer_exists, answer_no_token,
    answer_out_of_bounds, answer_preview, answer_reader, answer_sending_notice, answer_taken, answer_template,
    answer_templates, answer_waits,
};
pub use block::{Detail, ProductFacts};
pub use button::{
    Button, DeleteMyDataButton, DetailsButton, FirstSyncButton, GroupButton, InviteButton, KindChoice,
    KindSettingsButton, LanguageButton, MutedButton, NotificationsButton, PagingButton, PeopleButton, PersonalButton,
    ReviewReplyAct, ReviewReplyButton, Screen, ScreenButton, StatusButton, TokenAttemptButton,
};
pub use digest::{CabinetDay, Collected, DigestView, collect_offer, digest};
pub use gap::gap_silent;
pub use gate::{ask_for_a_link, ask_for_token, choose_language, data_deleted, delete_my_data, help_before_token};
pub use group::{Group, GroupRow, group, group_pages};
pub use hours::{digest_settings, quiet_from, quiet_hours, quiet_until, zones};
pub use keyboard::{Key, Keyboard, Press};
pub use kind_settings::kind_settings;
pub use late::{LimitSpent, OrdersLate, limit_spent, missed, orders_late, orders_late_over};
pub use message::{CAPTION_MAX_CHARS, Message, TEXT_MAX_CHARS};
pub use muted::{MutedProduct, MutedView, ProductView, mute_done, mute_question, muted};
pub use notifications::{SettingsView, notifications};
pub use onboarding::{
    DataSetProgress, FirstSyncFinished, FirstSyncProgress, Loading, cancel_first_sync, first_sync_cancelled,
    first_sync_finished, first_sync_progress, first_sync_running,
};
pub use order::{new_order, order_buyout, order_cancellation, order_return};
pub use people::{
    MemberAsks, MemberJoined, invite, invite_joined, invite_made, invite_over, invite_too_many, member_asks,
    member_asks_answered, member_joined, member_removed,
};
pub use profile::{commands, description};
pub use review::negative_review;
pub use screens::{TokenView, help, menu, page_number, settings, unchanged, unknown_text};
pub use status::{
    CABINETS_PER_PAGE, CabinetStatus, DataSetStatus, StatusView, TokenState, TokenStatus, Trouble, status,
};
pub use stock::critical_stock;
pub use token::{
    TokenTrouble, deletion_refused, leaves_group, token_accepted, token_asks_owner, token_given_up, token_in_a_group,
    token_offer, token_offer_accepted, token_offer_declined, token_offer_over, token_owner_said, token_renewed,
    token_trouble, token_wait_cancelled, token_wait_over, token_waits,
};
pub use token_care::{
    PartAccess, TokenExpiring, TokenRecovered, TokenRefused, part_failed, part_recovered, replace_token,
    token_expiring, token_recovered, token_refused,
};
pub use token_facts::AcceptedToken;

#[cfg(test)]
mod tests {
    use super::*;

    /// What both languages make of the same, Russian first.
    pub(crate) fn both(told: impl Fn(domain::Language) -> String) -> String {
        domain::Language::ALL.map(|language| told(language).replace('\u{a0}', " ")).join("\n\n")
    }

    /// A message as a snapshot shows it, after Telegram's parser has taken it: the source, with
    /// plain spaces, and the buttons with what they do.
    pub(crate) fn shown(message: &Message) -> String {
        let parsed = testkit::telegram::html::parse(&message.html).unwrap();
        assert_eq!(parsed.dropped_entities, 0);
        assert!(parsed.length() <= if message.photo.is_some() { CAPTION_MAX_CHARS } else { TEXT_MAX_CHARS });
        let mut lines = vec![message.html.replace('\u{a0}', " ")];
        for row in &message.keyboard.rows {
            let buttons: Vec<String> = row
                .iter()
                .map(|key| match &key.press {
                    Press::Data(data) => format!("[{} | {data}]", key.label),
                    Press::Open(url) => format!("[{} | {}]", key.label, url.path()),
                })
                .collect();
            lines.push(buttons.join(" "));
        }
        lines.join("\n")
    }
}
