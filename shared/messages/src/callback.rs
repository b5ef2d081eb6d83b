//! What a button does, as the 64 bytes of its callback data say it.

use domain::{
    CabinetId, Delivery, EventKind, Language, QuietMode, Role, StockBy, TokenId, UserId, Zone, answer::TEMPLATES,
};
use teloxide_core::types::InlineKeyboardButton;

/// The version of the callback data: buttons of an older one are none of ours, and open the menu.
const VERSION: &str = "1";

/// A screen that a button opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The main menu.
    Menu,
    /// 🔔 Уведомления: the switches.
    Notifications,
    /// ⚙️ Настройки: the state of the tokens.
    Settings,
    /// ❓ Помощь.
    Help,
    /// 📡 Состояние: how fresh the data are and how the tokens fare.
    Status,
    /// 🔑 How to replace a token.
    ReplaceToken,
    /// 🌙 Quiet hours.
    QuietHours,
    /// The hour at which they begin.
    QuietFrom,
    /// The hour at which they end.
    QuietUntil,
    /// The zone by which quiet hours and the digest go.
    Zones,
    /// 📰 The digest and its hour.
    Digest,
    /// 🌐 Язык.
    Language,
    /// 🗑 Удалить мои данные: asks first.
    DeleteMyData,
    /// 👥 Пригласить: an owner's links.
    Invite,
}

impl Screen {
    /// All screens.
    pub const ALL: [Self; 14] = [
        Self::Menu,
        Self::Notifications,
        Self::Settings,
        Self::Help,
        Self::QuietHours,
        Self::QuietFrom,
        Self::QuietUntil,
        Self::Zones,
        Self::Digest,
        Self::Status,
        Self::ReplaceToken,
        Self::Language,
        Self::DeleteMyData,
        Self::Invite,
    ];

    /// The name in callback data.
    fn name(self) -> &'static str {
        match self {
            Self::Menu => "menu",
            Self::Notifications => "notifications",
            Self::Settings => "settings",
            Self::Help => "help",
            Self::Status => "status",
            Self::ReplaceToken => "replace_token",
            Self::QuietHours => "quiet",
            Self::QuietFrom => "quiet_from",
            Self::QuietUntil => "quiet_until",
            Self::Zones => "zones",
            Self::Digest => "digest",
            Self::Language => "language",
            Self::DeleteMyData => "delete_my_data",
            Self::Invite => "invite",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.name() == name)
    }

    /// A button that opens the screen as a message of its own.
    pub(crate) fn open_button(self, label: &str) -> InlineKeyboardButton {
        Callback::Open(self).button(label)
    }

    /// A button that opens the screen in place of the one below which it stands.
    pub(crate) fn button(self, label: &str) -> InlineKeyboardButton {
        Callback::Screen(self).button(label)
    }
}

/// A choice on the screen of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindChoice {
    /// On or off.
    On(bool),
    /// How it comes.
    Delivery(Delivery),
    /// The most stars of a negative review.
    Stars(i16),
    /// The remainder that is critical.
    Left(i32),
    /// Of what it is the remainder.
    By(StockBy),
    /// All of this in every cabinet.
    Everywhere,
}

impl KindChoice {
    fn word(self) -> String {
        match self {
            Self::On(on) => switch_name(on).to_owned(),
            Self::Delivery(delivery) => delivery.name().to_owned(),
            Self::Stars(stars) => format!("stars{stars}"),
            Self::Left(left) => format!("left{left}"),
            Self::By(by) => by.name().to_owned(),
            Self::Everywhere => "everywhere".to_owned(),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        if word == "everywhere" {
            return Some(Self::Everywhere);
        }
        if let Some(stars) = word.strip_prefix("stars") {
            return stars.parse().ok().map(Self::Stars);
        }
        if let Some(left) = word.strip_prefix("left") {
            return left.parse().ok().map(Self::Left);
        }
        (parse_switch(word).map(Self::On))
            .or_else(|| Delivery::parse(word).map(Self::Delivery))
            .or_else(|| StockBy::parse(word).map(Self::By))
    }
}

/// A choice that belongs to the person and no cabinet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonChoice {
    /// Whether there are quiet hours.
    Quiet(bool),
    /// The hour at which they begin.
    QuietFrom(u8),
    /// The hour at which they end.
    QuietUntil(u8),
    /// What they do.
    QuietMode(QuietMode),
    /// The zone.
    Zone(Zone),
    /// The hour of the digest; `None` turns it off.
    Digest(Option<u8>),
}

impl PersonChoice {
    fn words(self) -> String {
        match self {
            Self::Quiet(on) => format!("quiet:{}", switch_name(on)),
            Self::QuietFrom(hour) => format!("from:{hour}"),
            Self::QuietUntil(hour) => format!("until:{hour}"),
            Self::QuietMode(mode) => format!("mode:{}", mode.name()),
            Self::Zone(zone) => format!("zone:{}", zone.name()),
            Self::Digest(Some(hour)) => format!("digest:{hour}"),
            Self::Digest(None) => "digest:off".to_owned(),
        }
    }

    fn parse(what: &str, value: &str) -> Option<Self> {
        let hour = || value.parse().ok().filter(|hour| *hour < 24);
        Some(match what {
            "quiet" => Self::Quiet(parse_switch(value)?),
            "from" => Self::QuietFrom(hour()?),
            "until" => Self::QuietUntil(hour()?),
            "mode" => Self::QuietMode(QuietMode::parse(value)?),
            "zone" => Self::Zone(Zone::parse(value)?),
            "digest" if value == "off" => Self::Digest(None),
            "digest" => Self::Digest(Some(hour()?)),
            _ => return None,
        })
    }
}

/// What a button does in the conversation in which a review is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerAct {
    /// Asks for the text.
    Choose,
    /// Shows the text as it is.
    Look,
    /// Takes a template as the text.
    Use(i16),
    /// Shows the templates.
    Templates,
    /// Asks for the new text of a template.
    Edit(i16),
    /// Gives a template back its first text.
    Reset(i16),
    /// Sends the answer to WB: the text that the preview shows, which is written so often.
    Send(i32),
    /// Ends the conversation, or keeps an answer from going out.
    Cancel,
}

impl AnswerAct {
    fn word(self) -> String {
        match self {
            Self::Choose => "choose".to_owned(),
            Self::Look => "look".to_owned(),
            Self::Use(number) => format!("use{number}"),
            Self::Templates => "templates".to_owned(),
            Self::Edit(number) => format!("edit{number}"),
            Self::Reset(number) => format!("reset{number}"),
            Self::Send(revision) => format!("send{revision}"),
            Self::Cancel => "cancel".to_owned(),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        if let Some(revision) = word.strip_prefix("send") {
            // Previews of older versions do not say what they show.
            return if revision.is_empty() { Some(Self::Send(0)) } else { revision.parse().ok().map(Self::Send) };
        }
        let all = TEMPLATES.flat_map(|number| [Self::Use(number), Self::Edit(number), Self::Reset(number)]);
        let mut all = all.chain([Self::Choose, Self::Look, Self::Templates, Self::Cancel]);
        all.find(|act| act.word() == word)
    }
}

/// What a button does.
///
/// A switch names the state that it brings about, so that a second tap on it changes nothing.
/// Whether the person may act on the cabinet or the group is for the database to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callback {
    /// Shows a screen in place of the one below which the button stands.
    Screen(Screen),
    /// Shows a screen as a message of its own: the button stands below a notification, which
    /// stays as it is.
    Open(Screen),
    /// Shows the switches of a cabinet.
    NotificationsOf {
        /// The cabinet.
        cabinet: CabinetId,
    },
    /// Turns all notifications of the person on or off.
    ToggleAll {
        /// The cabinet whose switches are on the screen; the switch itself is the person's.
        cabinet: CabinetId,
        /// The wanted state.
        on: bool,
    },
    /// Turns one kind in one cabinet on or off.
    Toggle {
        /// The cabinet.
        cabinet: CabinetId,
        /// The kind, one of [`EventKind::SWITCHED`].
        kind: EventKind,
        /// The wanted state.
        on: bool,
    },
    /// Turns to a page of a group.
    Group {
        /// The group.
        id: i64,
        /// The page, counted from 0.
        page: usize,
    },
    /// Shows a page of the state of the cabinets.
    StatusPage {
        /// The page, counted from 0.
        page: usize,
    },
    /// Nothing: the number of the page between two arrows.
    None,
    /// Everything about the event of a notification, as a message of its own.
    Details {
        /// The notification.
        row: i64,
    },
    /// Answers the review of a notification.
    Answer {
        /// The notification.
        row: i64,
    },
    /// Goes on with an answer to a review.
    Reply {
        /// The answer.
        answer: i64,
        /// With what.
        act: AnswerAct,
    },
    /// Asks whether the kind of a notification is to be muted for its product, or all kinds.
    MuteKind {
        /// The notification.
        row: i64,
    },
    /// The settings of the kind of a notification, or of a group by its first row.
    KindSettings {
        /// The notification.
        row: i64,
    },
    /// Mutes the product of a notification.
    Mute {
        /// The notification.
        row: i64,
        /// All kinds, or only that of the notification.
        all_kinds: bool,
    },
    /// Shows a page of the muted products of a cabinet.
    Muted {
        /// The cabinet.
        cabinet: CabinetId,
        /// The page, counted from 0.
        page: usize,
    },
    /// Unmutes a product.
    Unmute {
        /// What the database calls the muting.
        id: i64,
        /// The page on which the button stands.
        page: usize,
    },
    /// Shows the settings of a kind in a cabinet.
    Kind {
        /// The cabinet.
        cabinet: CabinetId,
        /// The kind, one of [`EventKind::SWITCHED`].
        kind: EventKind,
    },
    /// Makes a choice on that screen.
    Choose {
        /// The cabinet.
        cabinet: CabinetId,
        /// The kind, one of [`EventKind::SWITCHED`].
        kind: EventKind,
        /// The choice.
        choice: KindChoice,
    },
    /// Turns the messages that orders are late on or off, in a cabinet.
    ToggleLate {
        /// The cabinet.
        cabinet: CabinetId,
        /// The wanted state.
        on: bool,
    },
    /// Makes a choice that belongs to the person.
    Mine(PersonChoice),
    /// Shows a group as a message of its own: the digest that tells it stays as it is.
    OpenGroup {
        /// The group.
        id: i64,
    },
    /// Speaks this language from now on.
    SetLanguage {
        /// The language.
        language: Language,
    },
    /// Deletes everything of the person: they have been asked.
    DeleteMyDataForGood,
    /// Gives a kept token up.
    CancelAttempt {
        /// The token.
        attempt: TokenId,
    },
    /// Adds the cabinet of a token that was accepted.
    AddCabinet {
        /// The token.
        attempt: TokenId,
    },
    /// Lets somebody in again whom an owner had removed.
    LetIn {
        /// The token that waits.
        attempt: TokenId,
    },
    /// Keeps them out.
    KeepOut {
        /// The token that waits.
        attempt: TokenId,
    },
    /// Asks whether a first sync shall be cancelled.
    CancelFirstSync {
        /// The cabinet.
        cabinet: CabinetId,
    },
    /// Cancels a first sync: they have been asked.
    CancelFirstSyncForGood {
        /// The cabinet.
        cabinet: CabinetId,
    },
    /// Makes a link that lets somebody into a cabinet.
    MakeInvite {
        /// The cabinet.
        cabinet: CabinetId,
        /// The role that it gives, one of [`Role::INVITED`].
        role: Role,
    },
    /// Takes the cabinet from a member who has joined by a token.
    RemoveMember {
        /// The cabinet.
        cabinet: CabinetId,
        /// The member.
        member: UserId,
    },
}

impl Callback {
    /// The callback data of a button that does this, at most 64 bytes.
    #[must_use]
    pub fn callback_data(self) -> String {
        match self {
            Self::Screen(screen) => format!("{VERSION}:{}", screen.name()),
            Self::Open(screen) => format!("{VERSION}:open:{}", screen.name()),
            Self::NotificationsOf { cabinet } => format!("{VERSION}:of:{cabinet}"),
            Self::ToggleAll { cabinet, on } => format!("{VERSION}:all:{cabinet}:{}", switch_name(on)),
            Self::Toggle { cabinet, kind, on } => {
                format!("{VERSION}:kind:{cabinet}:{}:{}", kind.name(), switch_name(on))
            }
            Self::Group { id, page } => format!("{VERSION}:group:{id}:{page}"),
            Self::StatusPage { page } => format!("{VERSION}:status:{page}"),
            Self::None => format!("{VERSION}:none"),
            Self::Details { row } => format!("{VERSION}:details:{row}"),
            Self::Answer { row } => format!("{VERSION}:answer:{row}"),
            Self::Reply { answer, act } => format!("{VERSION}:reply:{answer}:{}", act.word()),
            Self::MuteKind { row } => format!("{VERSION}:mute:{row}"),
            Self::KindSettings { row } => format!("{VERSION}:settings:{row}"),
            Self::Mute { row, all_kinds: false } => format!("{VERSION}:mute:{row}:kind"),
            Self::Mute { row, all_kinds: true } => format!("{VERSION}:mute:{row}:all"),
            Self::Muted { cabinet, page } => format!("{VERSION}:muted:{cabinet}:{page}"),
            Self::Unmute { id, page } => format!("{VERSION}:unmute:{id}:{page}"),
            Self::Kind { cabinet, kind } => format!("{VERSION}:kind:{cabinet}:{}", kind.name()),
            Self::Choose { cabinet, kind, choice } => {
                format!("{VERSION}:set:{cabinet}:{}:{}", kind.name(), choice.word())
            }
            Self::ToggleLate { cabinet, on } => format!("{VERSION}:late:{cabinet}:{}", switch_name(on)),
            Self::Mine(choice) => format!("{VERSION}:my:{}", choice.words()),
            Self::OpenGroup { id } => format!("{VERSION}:group:{id}"),
            Self::SetLanguage { language } => format!("{VERSION}:language:{}", language.code()),
            Self::DeleteMyDataForGood => format!("{VERSION}:delete_my_data:yes"),
            Self::CancelAttempt { attempt } => format!("{VERSION}:cancel:{attempt}"),
            Self::AddCabinet { attempt } => format!("{VERSION}:add:{attempt}"),
            Self::LetIn { attempt } => format!("{VERSION}:let_in:{attempt}"),
            Self::KeepOut { attempt } => format!("{VERSION}:keep_out:{attempt}"),
            Self::CancelFirstSync { cabinet } => format!("{VERSION}:stop:{cabinet}"),
            Self::CancelFirstSyncForGood { cabinet } => format!("{VERSION}:stop:{cabinet}:yes"),
            Self::MakeInvite { cabinet, role } => format!("{VERSION}:invite:{cabinet}:{}", role.name()),
            Self::RemoveMember { cabinet, member } => format!("{VERSION}:remove:{cabinet}:{member}"),
        }
    }

    /// What the button with this callback data does; `None` for data of another version, or none
    /// of ours.
    #[must_use]
    pub fn parse(data: &str) -> Option<Self> {
        let words: Vec<&str> = data.split(':').collect();
        Some(match words.as_slice() {
            [VERSION, "none"] => Self::None,
            [VERSION, screen] => Self::Screen(Screen::parse(screen)?),
            [VERSION, "status", page] => Self::StatusPage { page: page.parse().ok()? },
            [VERSION, "open", screen] => Self::Open(Screen::parse(screen)?),
            [VERSION, "of", cabinet] => Self::NotificationsOf { cabinet: parse_cabinet(cabinet)? },
            [VERSION, "all", cabinet, on] => {
                Self::ToggleAll { cabinet: parse_cabinet(cabinet)?, on: parse_switch(on)? }
            }
            [VERSION, "kind", cabinet, kind, on] => {
                Self::Toggle { cabinet: parse_cabinet(cabinet)?, kind: parse_kind(kind)?, on: parse_switch(on)? }
            }
            [VERSION, "details", row] => Self::Details { row: row.parse().ok()? },
            [VERSION, "answer", row] => Self::Answer { row: row.parse().ok()? },
            [VERSION, "reply", answer, word] => {
                Self::Reply { answer: answer.parse().ok()?, act: AnswerAct::parse(word)? }
            }
            [VERSION, "mute", row] => Self::MuteKind { row: row.parse().ok()? },
            [VERSION, "settings", row] => Self::KindSettings { row: row.parse().ok()? },
            [VERSION, "mute", row, "kind"] => Self::Mute { row: row.parse().ok()?, all_kinds: false },
            [VERSION, "mute", row, "all"] => Self::Mute { row: row.parse().ok()?, all_kinds: true },
            [VERSION, "muted", cabinet, page] => {
                Self::Muted { cabinet: parse_cabinet(cabinet)?, page: page.parse().ok()? }
            }
            [VERSION, "unmute", id, page] => Self::Unmute { id: id.parse().ok()?, page: page.parse().ok()? },
            [VERSION, "kind", cabinet, kind] => {
                Self::Kind { cabinet: parse_cabinet(cabinet)?, kind: parse_kind(kind)? }
            }
            [VERSION, "set", cabinet, kind, choice] => Self::Choose {
                cabinet: parse_cabinet(cabinet)?,
                kind: parse_kind(kind)?,
                choice: KindChoice::parse(choice)?,
            },
            [VERSION, "late", cabinet, on] => {
                Self::ToggleLate { cabinet: parse_cabinet(cabinet)?, on: parse_switch(on)? }
            }
            [VERSION, "my", what, value] => Self::Mine(PersonChoice::parse(what, value)?),
            [VERSION, "group", id] => Self::OpenGroup { id: id.parse().ok()? },
            [VERSION, "group", id, page] => Self::Group { id: id.parse().ok()?, page: page.parse().ok()? },
            [VERSION, "language", code] => Self::SetLanguage { language: Language::parse(code)? },
            [VERSION, "delete_my_data", "yes"] => Self::DeleteMyDataForGood,
            [VERSION, "cancel", id] => Self::CancelAttempt { attempt: TokenId::parse(id)? },
            [VERSION, "add", id] => Self::AddCabinet { attempt: TokenId::parse(id)? },
            [VERSION, "let_in", id] => Self::LetIn { attempt: TokenId::parse(id)? },
            [VERSION, "keep_out", id] => Self::KeepOut { attempt: TokenId::parse(id)? },
            [VERSION, "stop", cabinet] => Self::CancelFirstSync { cabinet: parse_cabinet(cabinet)? },
            [VERSION, "stop", cabinet, "yes"] => Self::CancelFirstSyncForGood { cabinet: parse_cabinet(cabinet)? },
            [VERSION, "invite", cabinet, role] => Self::MakeInvite {
                cabinet: parse_cabinet(cabinet)?,
                role: Role::INVITED.into_iter().find(|invited| invited.name() == *role)?,
            },
            [VERSION, "remove", cabinet, member] => {
                Self::RemoveMember { cabinet: parse_cabinet(cabinet)?, member: UserId(member.parse().ok()?) }
            }
            _ => return None,
        })
    }

    /// A button that does this.
    pub(crate) fn button(self, label: impl Into<String>) -> InlineKeyboardButton {
        InlineKeyboardButton::callback(label, self.callback_data())
    }
}

fn switch_name(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn parse_switch(name: &str) -> Option<bool> {
    [true, false].into_iter().find(|on| switch_name(*on) == name)
}

fn parse_kind(name: &str) -> Option<EventKind> {
    EventKind::SWITCHED.into_iter().find(|switched| switched.name() == name)
}

fn parse_cabinet(digits: &str) -> Option<CabinetId> {
    digits.parse().ok().map(CabinetId)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of button, with the longest and the oddest numbers.
    fn all() -> Vec<Callback> {
        let mut all = vec![Callback::None];
        let attempt = TokenId::parse("ffffffff-ffff-ffff-ffff-ffffffffffff").unwrap();
        all.extend([
            Callback::DeleteMyDataForGood,
            Callback::CancelAttempt { attempt },
            Callback::AddCabinet { attempt },
            Callback::LetIn { attempt },
            Callback::KeepOut { attempt },
        ]);
        all.extend(Language::ALL.map(|language| Callback::SetLanguage { language }));
        all.extend([0, 1, usize::MAX].map(|page| Callback::StatusPage { page }));
        all.extend(Screen::ALL.into_iter().flat_map(|screen| [Callback::Screen(screen), Callback::Open(screen)]));
        for cabinet in [0, 1, i64::MAX, i64::MIN].map(CabinetId) {
            all.push(Callback::NotificationsOf { cabinet });
            all.extend([Callback::CancelFirstSync { cabinet }, Callback::CancelFirstSyncForGood { cabinet }]);
            all.extend(Role::INVITED.map(|role| Callback::MakeInvite { cabinet, role }));
            all.push(Callback::RemoveMember { cabinet, member: UserId(cabinet.0) });
            for on in [true, false] {
                all.push(Callback::ToggleAll { cabinet, on });
                all.extend(EventKind::SWITCHED.map(|kind| Callback::Toggle { cabinet, kind, on }));
            }
            all.extend([0, 1, usize::MAX].map(|page| Callback::Group { id: cabinet.0, page }));
            all.extend([true, false].map(|on| Callback::ToggleLate { cabinet, on }));
            let row = cabinet.0;
            all.extend([true, false].map(|all_kinds| Callback::Mute { row, all_kinds }));
            all.extend([Callback::Details { row }, Callback::MuteKind { row }, Callback::KindSettings { row }]);
            all.push(Callback::OpenGroup { id: row });
            all.push(Callback::Answer { row });
            all.extend(answer_acts().into_iter().map(|act| Callback::Reply { answer: row, act }));
            for page in [0, usize::MAX] {
                all.extend([Callback::Muted { cabinet, page }, Callback::Unmute { id: row, page }]);
            }
            for kind in EventKind::SWITCHED {
                all.push(Callback::Kind { cabinet, kind });
                all.extend(kind_choices().into_iter().map(|choice| Callback::Choose { cabinet, kind, choice }));
            }
        }
        all.extend(person_choices().into_iter().map(Callback::Mine));
        all
    }

    fn answer_acts() -> Vec<AnswerAct> {
        let mut acts =
            vec![AnswerAct::Choose, AnswerAct::Look, AnswerAct::Templates, AnswerAct::Send(1), AnswerAct::Cancel];
        acts.extend(TEMPLATES.flat_map(|one| [AnswerAct::Use(one), AnswerAct::Edit(one), AnswerAct::Reset(one)]));
        acts
    }

    fn kind_choices() -> Vec<KindChoice> {
        let mut choices = vec![KindChoice::On(true), KindChoice::On(false), KindChoice::Everywhere];
        choices.extend(Delivery::ALL.map(KindChoice::Delivery));
        choices.extend([1, i16::MAX].map(KindChoice::Stars));
        choices.extend([0, i32::MAX].map(KindChoice::Left));
        choices.extend(StockBy::ALL.map(KindChoice::By));
        choices
    }

    fn person_choices() -> Vec<PersonChoice> {
        let mut choices = vec![PersonChoice::Quiet(true), PersonChoice::Quiet(false), PersonChoice::Digest(None)];
        for hour in [0, 9, 23] {
            choices.extend([
                PersonChoice::QuietFrom(hour),
                PersonChoice::QuietUntil(hour),
                PersonChoice::Digest(Some(hour)),
            ]);
        }
        choices.extend(QuietMode::ALL.map(PersonChoice::QuietMode));
        choices.extend(Zone::ALL.map(PersonChoice::Zone));
        choices
    }

    #[test]
    fn everything_a_button_does_is_found_again_in_its_data() {
        for callback in all() {
            let data = callback.callback_data();
            assert_eq!(Callback::parse(&data), Some(callback), "{data}");
            assert!((1..=64).contains(&data.len()), "{data}");
        }
    }

    #[test]
    fn no_two_buttons_share_their_data() {
        let mut data: Vec<String> = all().into_iter().map(Callback::callback_data).collect();
        let buttons = data.len();
        data.sort();
        data.dedup();
        assert_eq!(data.len(), buttons);
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
        ] {
            assert_eq!(Callback::parse(data), None, "{data}");
        }
    }
}
