//! What a button does, as the 64 bytes of its callback data say it: a file for each screen, in which its buttons are
//! written and read, and one table of them here.
//!
//! Whether the person may act on the cabinet, the group or the notification is for the database to say.

mod analytics;
mod delete_my_data;
mod details;
mod first_sync;
mod group;
mod invite;
mod kind_settings;
mod language;
mod muted;
mod notifications;
mod orders;
mod paging;
mod people;
mod personal;
mod review_reply;
mod reviews;
#[cfg(test)]
mod samples;
mod screen;
mod status;
mod stocks;
mod token_attempt;
mod words;

use crate::base::keyboard::Key;
use words::Words;

pub use analytics::AnalyticsButton;
pub use delete_my_data::DeleteMyDataButton;
pub use details::DetailsButton;
pub use first_sync::FirstSyncButton;
pub use group::GroupButton;
pub use invite::InviteButton;
pub use kind_settings::{KindChoice, KindSettingsButton};
pub use language::LanguageButton;
pub use muted::MutedButton;
pub use notifications::NotificationsButton;
pub use orders::OrdersButton;
pub use paging::PagingButton;
pub use people::PeopleButton;
pub use personal::PersonalButton;
pub use review_reply::{ReviewReplyAct, ReviewReplyButton};
pub use reviews::ReviewsButton;
pub use screen::{Screen, ScreenButton};
pub use status::StatusButton;
pub use stocks::StocksButton;
pub use token_attempt::TokenAttemptButton;

/// The version of the callback data: buttons of an older one are none of ours, and open the menu.
const VERSION: &str = "1";

/// The table of all buttons.
macro_rules! buttons {
    ($($(#[$doc:meta])* $screen:ident($button:ident)),+ $(,)?) => {
        /// What a button does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Button {
            $($(#[$doc])* $screen($button)),+
        }

        impl Button {
            /// The callback data of a button that does this, at most 64 bytes.
            #[must_use]
            pub fn callback_data(self) -> String {
                let words = match self {
                    $(Self::$screen(button) => button.words()),+
                };
                format!("{VERSION}:{words}")
            }

            /// What the button with this callback data does; `None` for data of another version, or none
            /// of ours.
            #[must_use]
            pub fn parse(data: &str) -> Option<Self> {
                let words: Vec<&str> = data.split(':').collect();
                let [VERSION, words @ ..] = words.as_slice() else { return None };
                $(if let Some(button) = $button::parse(words) {
                    return Some(Self::$screen(button));
                })+
                None
            }

            /// A button that does this.
            pub(crate) fn button(self, label: impl Into<String>) -> Key {
                Key::data(label, self.callback_data())
            }

            /// Every button, with these numbers.
            #[cfg(test)]
            pub(crate) fn with(numbers: samples::Numbers) -> Vec<Self> {
                let mut all = Vec::new();
                $(all.extend(samples::with::<$button>(numbers).into_iter().map(Self::$screen));)+
                all
            }
        }

        $(impl From<$button> for Button {
            fn from(button: $button) -> Self {
                Self::$screen(button)
            }
        }

        impl $button {
            /// A button that does this.
            #[allow(dead_code, reason = "those that turn pages are made of any `Button`")]
            pub(crate) fn button(self, label: impl Into<String>) -> Key {
                Button::from(self).button(label)
            }
        })+
    };
}

buttons! {
    /// Opens a screen.
    Screen(ScreenButton),
    /// 🛒 Заказы.
    Orders(OrdersButton),
    /// 📦 Склад.
    Stocks(StocksButton),
    /// ⭐ Отзывы.
    Reviews(ReviewsButton),
    /// 📈 Аналитика.
    Analytics(AnalyticsButton),
    /// 📡 Состояние.
    Status(StatusButton),
    /// 🔔 Уведомления.
    Notifications(NotificationsButton),
    /// The settings of a kind.
    KindSettings(KindSettingsButton),
    /// Quiet hours, the zone and the digest.
    Personal(PersonalButton),
    /// Products of which nothing is told.
    Muted(MutedButton),
    /// A group.
    Group(GroupButton),
    /// «Подробнее».
    Details(DetailsButton),
    /// The reply to a review.
    ReviewReply(ReviewReplyButton),
    /// A token that waits.
    TokenAttempt(TokenAttemptButton),
    /// A first sync.
    FirstSync(FirstSyncButton),
    /// 👥 Пригласить.
    Invite(InviteButton),
    /// The people of a cabinet.
    People(PeopleButton),
    /// 🌐 Язык.
    Language(LanguageButton),
    /// 🗑 Удалить мои данные.
    DeleteMyData(DeleteMyDataButton),
    /// The number of a page.
    Paging(PagingButton),
}

impl Screen {
    /// A button that opens the screen in place of the one below which it stands.
    pub(crate) fn button(self, label: impl Into<String>) -> Key {
        ScreenButton::Show(self).button(label)
    }

    /// A button that opens the screen as a message of its own.
    pub(crate) fn open_button(self, label: impl Into<String>) -> Key {
        ScreenButton::Open(self).button(label)
    }
}

#[cfg(test)]
pub(crate) use samples::Numbers;

#[cfg(test)]
mod tests {
    use domain::TokenId;

    use super::*;

    /// Every button, with the longest and the oddest numbers.
    fn all() -> Vec<Button> {
        let token = TokenId::parse("ffffffff-ffff-ffff-ffff-ffffffffffff").unwrap();
        let numbers = [0, 1, i64::MAX, i64::MIN].into_iter().flat_map(|id| [0, 1, usize::MAX].map(|page| (id, page)));
        let all = numbers.flat_map(|(id, page)| Button::with(Numbers { id, page, token }));
        all.collect()
    }

    #[test]
    fn everything_a_button_does_is_found_again_in_its_data() {
        for button in all() {
            let data = button.callback_data();
            assert_eq!(Button::parse(&data), Some(button), "{data}");
            assert!((1..=64).contains(&data.len()), "{data}");
        }
    }

    #[test]
    fn no_two_buttons_share_their_data() {
        let mut buttons: Vec<Button> = Vec::new();
        let mut data: Vec<String> = Vec::new();
        for button in all() {
            // A button without a number comes with each number.
            if !buttons.contains(&button) {
                data.push(button.callback_data());
                buttons.push(button);
            }
        }
        data.sort();
        data.dedup();
        assert_eq!(data.len(), buttons.len());
    }

    #[test]
    fn what_is_none_of_ours_does_nothing() {
        for data in [
            "",
            "1",
            "1:",
            "0:menu",
            "1:menu:",
            "1:open:",
            "1:of:",
            "1:of:x",
            "1:all:7:yes",
            "1:kind:7:first_sync_finished:on",
            "1:kind:7:orders_late",
            "1:set:7:new_order:often",
            "1:my:from:24",
            "1:my:zone:Europe/Berlin",
            "1:mute:7:some",
            "1:group:7:-1",
            "1:group:9223372036854775808:0",
            "1:none:1",
            "1:group:x",
            "1:details:",
            "1:mute:x",
            "1:settings:7:8",
            "1:answer:x",
            "1:reply:7:use4",
            "1:reply:7:edit",
            "1:orders:7:---:-100:0",
            "1:order:0:00c0ffee:7:---:-:0",
            "1:order:-zzzzz:00c0ffee:7:---:-:0",
            "1:orders:7:--:-:0",
            "1:reviews:7:a:zzzzzzzzz:0",
            "1:stocks:7:x:0",
            "1:stats:7:t",
        ] {
            assert_eq!(Button::parse(data), None, "{data}");
        }
    }

    /// One button of each kind, as they stand in people's chats.
    const OLD: [&str; 68] = [
        "1:menu",
        "1:notifications",
        "1:settings",
        "1:help",
        "1:status",
        "1:replace_token",
        "1:quiet",
        "1:quiet_from",
        "1:quiet_until",
        "1:zones",
        "1:digest",
        "1:language",
        "1:delete_my_data",
        "1:invite",
        "1:open:quiet",
        "1:open:replace_token",
        "1:status:1",
        "1:of:7",
        "1:all:7:off",
        "1:kind:7:new_order:on",
        "1:late:7:off",
        "1:kind:7:critical_stock",
        "1:settings:7",
        "1:set:7:new_order:1h",
        "1:set:7:negative_review:stars4",
        "1:set:7:critical_stock:left5",
        "1:set:7:critical_stock:everywhere",
        "1:my:quiet:on",
        "1:my:from:23",
        "1:my:until:8",
        "1:my:digest:9",
        "1:my:digest:off",
        "1:mute:7",
        "1:mute:7:kind",
        "1:mute:7:all",
        "1:muted:7:0",
        "1:unmute:7:0",
        "1:group:7:2",
        "1:group:7",
        "1:details:7",
        "1:answer:7",
        "1:reply:7:choose",
        "1:reply:7:use1",
        "1:reply:7:send2",
        "1:cancel:0b6f8d2e-1c3a-4f5b-8d7e-9a0b1c2d3e4f",
        "1:add:0b6f8d2e-1c3a-4f5b-8d7e-9a0b1c2d3e4f",
        "1:stop:7",
        "1:stop:7:yes",
        "1:invite:7:manager",
        "1:remove:7:8",
        "1:language:en",
        "1:none",
        "1:orders",
        "1:orders:7:---:-:0",
        "1:orders:f:7:xow:towhgc:1:5",
        "1:order:fuxy:00c0ffee:7:---:towhgc:1",
        "1:stocks",
        "1:stocks:7:a:0",
        "1:stock:2s3eun:7:a:0",
        "1:stock:2s3eun:7",
        "1:reviews",
        "1:reviews:7:a:-:0",
        "1:review:00c0ffee0001:7:u:towhgc:1:5",
        "1:answer:7:00c0ffee0001",
        "1:analytics",
        "1:stats:.7:t",
        "1:stats:all:m",
        "1:stats:i:.7:w",
    ];

    #[test]
    fn the_buttons_in_peoples_chats_are_written_as_they_are_read() {
        for data in OLD {
            assert_eq!(Button::parse(data).map(Button::callback_data).as_deref(), Some(data));
        }
        let preview_of_an_older_version = Button::parse("1:reply:7:send").map(Button::callback_data);
        assert_eq!(preview_of_an_older_version.as_deref(), Some("1:reply:7:send0"));
    }
}
