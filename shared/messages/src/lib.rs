//! Events and screens become Telegram text and keyboards. No I/O: everything comes as an argument.
//!
//! Every value from WB passes [`format::escape`]; a missing value is left out with its line.

#![warn(unreachable_pub)]

mod base;
mod button;
mod nav;
mod notification;
mod profile;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod screen;

pub use base::format;
pub use base::keyboard::{Key, Keyboard, Press};
pub use base::message::{CAPTION_MAX_CHARS, Message, TEXT_MAX_CHARS};
pub use button::{
    AnalyticsButton, Button, DeleteMyDataButton, DetailsButton, FirstSyncButton, GroupButton, InviteButton, KindChoice,
    KindSettingsButton, LanguageButton, MutedButton, NotificationsButton, OrdersButton, PagingButton, PeopleButton,
    PersonalButton, ReviewReplyAct, ReviewReplyButton, ReviewsButton, Screen, ScreenButton, StatusButton, StocksButton,
    TokenAttemptButton,
};
pub use notification::announcement::{ANNOUNCEMENT_MAX_CHARS, announcement, parse_announcement};
pub use notification::block::{Detail, ProductFacts};
pub use notification::digest::{CabinetDay, Collected, DigestView, collect_offer, digest};
pub use notification::first_sync::{first_sync_finished, first_sync_progress};
pub use notification::gap::gap_silent;
pub use notification::group::{Group, GroupRow, group, group_pages};
pub use notification::late::{limit_spent, missed, orders_late, orders_late_over};
pub use notification::order::{new_order, order_buyout, order_cancellation, order_return};
pub use notification::people::{member_asks, member_joined};
pub use notification::review::negative_review;
pub use notification::stock::critical_stock;
pub use notification::token_care::{part_failed, part_recovered, token_expiring, token_recovered, token_refused};
pub use profile::{commands, description};
pub use screen::analytics::{analytics, analytics_explained};
pub use screen::delete_my_data::{data_deleted, delete_my_data};
pub use screen::first_sync::{cancel_first_sync, first_sync_cancelled, first_sync_running};
pub use screen::gate::{ask_for_a_link, ask_for_token};
pub use screen::help::{help, help_before_token};
pub use screen::invite::{invite, invite_joined, invite_made, invite_over, invite_too_many};
pub use screen::kind_settings::kind_settings;
pub use screen::language::choose_language;
pub use screen::menu::{menu, page_number, unchanged, unknown_text};
pub use screen::muted::{MutedProduct, MutedView, ProductView, mute_done, mute_question, muted};
pub use screen::notifications::{SettingsView, notifications};
pub use screen::orders::{order_card, order_filters, order_gone, orders};
pub use screen::people::{member_asks_answered, member_removed};
pub use screen::personal::{digest_settings, quiet_from, quiet_hours, quiet_until, zones};
pub use screen::replace_token::replace_token;
pub use screen::review_reply::{
    ReviewReplyView, ReviewReplyWait, review_reply_cancelled, review_reply_choose, review_reply_ended,
    review_reply_exists, review_reply_no_token, review_reply_out_of_bounds, review_reply_preview, review_reply_reader,
    review_reply_sending_notice, review_reply_taken, review_reply_template, review_reply_templates, review_reply_waits,
};
pub use screen::reviews::{review_card, review_gone, reviews};
pub use screen::settings::{TokenView, settings};
pub use screen::status::{
    CABINETS_PER_PAGE, CabinetStatus, DataSetStatus, StatusView, TokenState, TokenStatus, Trouble, status,
};
pub use screen::stocks::{stock_card, stock_gone, stocks};
pub use screen::token::{
    TokenTrouble, deletion_refused, leaves_group, token_accepted, token_asks_owner, token_given_up, token_in_a_group,
    token_offer, token_offer_accepted, token_offer_declined, token_offer_over, token_owner_said, token_renewed,
    token_trouble, token_wait_cancelled, token_wait_over, token_waits,
};

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
