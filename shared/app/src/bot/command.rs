//! What a text asks for. Pure.

use messages::Screen;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `/start`, with or without a parameter.
    Start,
    /// `/menu`
    Menu,
    /// `/notifications`
    Notifications,
    /// `/settings`
    Settings,
    /// `/help`
    Help,
    /// `/status`
    Status,
    /// `/digest`
    Digest,
    /// `/cancel`
    Cancel,
    /// Anything else.
    Unknown,
}

impl Command {
    /// The screen that the command shows.
    pub fn screen(self) -> Option<Screen> {
        match self {
            Self::Start | Self::Menu | Self::Cancel => Some(Screen::Menu),
            Self::Notifications => Some(Screen::Notifications),
            Self::Settings => Some(Screen::Settings),
            Self::Help => Some(Screen::Help),
            Self::Status => Some(Screen::Status),
            Self::Unknown | Self::Digest => None,
        }
    }

    /// Reads a command, also one that names its bot (`/start@wb_assist_bot`), as Telegram's apps
    /// send them.
    pub fn parse(text: &str) -> Self {
        let first = text.split_whitespace().next().unwrap_or_default();
        let name = first.split_once('@').map_or(first, |(name, _)| name);
        match name.to_ascii_lowercase().as_str() {
            "/start" => Self::Start,
            "/menu" => Self::Menu,
            "/notifications" => Self::Notifications,
            "/settings" => Self::Settings,
            "/help" => Self::Help,
            "/status" => Self::Status,
            "/digest" => Self::Digest,
            "/cancel" => Self::Cancel,
            _ => Self::Unknown,
        }
    }
}

/// The code of a link's `/start CODE`.
pub fn start_code(text: &str) -> Option<&str> {
    text.split_whitespace().nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_people_and_apps_write_them() {
        assert_eq!(Command::parse("/start"), Command::Start);
        assert_eq!(Command::parse(" /START ref_42 "), Command::Start);
        assert_eq!(Command::parse("/help@wb_assist_bot"), Command::Help);
        assert_eq!(Command::parse("/menu"), Command::Menu);
        assert_eq!(Command::parse("/notifications"), Command::Notifications);
        assert_eq!(Command::parse("/settings"), Command::Settings);
        assert_eq!(Command::parse("/status"), Command::Status);
        assert_eq!(Command::parse("/digest"), Command::Digest);
        assert_eq!(Command::parse("/cancel"), Command::Cancel);
        assert_eq!(Command::parse("start"), Command::Unknown);
        assert_eq!(Command::parse(""), Command::Unknown);
    }

    #[test]
    fn a_link_brings_its_code_with_start() {
        assert_eq!(start_code("/start 0123abcd"), Some("0123abcd"));
        assert_eq!(start_code("/start"), None);
    }
}
