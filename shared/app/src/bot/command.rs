//! What a text asks for. Pure.

/// 128 bits that nobody guesses. As hexadecimal digits they are 32 characters: within Telegram's 64,
/// and nothing that looks like a token, which would be deleted.
pub(super) const CODE_BYTES: usize = 16;
/// A code is written in hexadecimal digits.
const CODE_CHARS: usize = 2 * CODE_BYTES;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// `/start`, with or without a parameter.
    Start,
    /// `/menu`
    Menu,
    /// `/orders`
    Orders,
    /// `/stocks`
    Stocks,
    /// `/reviews`
    Reviews,
    /// `/stats`
    Stats,
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
    /// Reads a command, also one that names its bot (`/start@wb_assist_bot`), as Telegram's apps
    /// send them.
    pub(super) fn parse(text: &str) -> Self {
        let first = text.split_whitespace().next().unwrap_or_default();
        let name = first.split_once('@').map_or(first, |(name, _)| name);
        match name.to_ascii_lowercase().as_str() {
            "/start" => Self::Start,
            "/menu" => Self::Menu,
            "/orders" => Self::Orders,
            "/stocks" => Self::Stocks,
            "/reviews" => Self::Reviews,
            "/stats" => Self::Stats,
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

/// The code of an invitation, in each form in which people send it: `/start CODE`, the link itself, the code alone.
/// Telegram's apps send a bare `/start` to whoever has started the bot before.
pub(super) fn invite_code(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    // Another link may stand before it.
    let mut after_links = text.split("start=").skip(1);
    let linked =
        after_links.find_map(|rest| rest.split(|letter: char| !is_of_code(letter)).next().filter(|code| is_code(code)));
    let commanded = (Command::parse(text) == Command::Start).then(|| words.next()).flatten();
    let alone = (first == text.trim() && is_code(first)).then_some(first);
    linked.or(commanded).or(alone)
}

/// Whether a word is a code and nothing else.
pub(super) fn is_code(word: &str) -> bool {
    word.len() == CODE_CHARS && word.chars().all(|letter| letter.is_ascii_hexdigit())
}

fn is_of_code(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
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
        assert_eq!(Command::parse("/orders"), Command::Orders);
        assert_eq!(Command::parse("/stocks"), Command::Stocks);
        assert_eq!(Command::parse("/reviews"), Command::Reviews);
        assert_eq!(Command::parse("/stats"), Command::Stats);
        assert_eq!(Command::parse("/notifications"), Command::Notifications);
        assert_eq!(Command::parse("/settings"), Command::Settings);
        assert_eq!(Command::parse("/status"), Command::Status);
        assert_eq!(Command::parse("/digest"), Command::Digest);
        assert_eq!(Command::parse("/cancel"), Command::Cancel);
        assert_eq!(Command::parse("start"), Command::Unknown);
        assert_eq!(Command::parse(""), Command::Unknown);
    }

    #[test]
    fn an_invitation_is_read_in_each_form_in_which_it_comes() {
        const CODE: &str = "0123456789abcdef0123456789abcdef";
        for text in [
            format!("/start {CODE}"),
            format!(" /start@wb_assist_bot {CODE}"),
            format!("/start@wb_assist_bot?start={CODE}"),
            format!("https://t.me/wb_assist_bot?start={CODE}"),
            format!("tg://resolve?domain=wb_assist_bot&start={CODE}&x=1"),
            format!("Вот ссылка: https://t.me/wb_assist_bot?start={CODE}."),
            format!("start= https://t.me/another_bot?start=ref https://t.me/wb_assist_bot?start={CODE}"),
            format!("/start https://t.me/wb_assist_bot?start={CODE}"),
            format!("{CODE}\n"),
        ] {
            assert_eq!(invite_code(&text), Some(CODE), "{text}");
        }
        assert_eq!(invite_code("/start ref_42"), Some("ref_42"), "a link of an older kind is over, which is said");
        for text in ["/start", "", "start=7", "спасибо", "0123456789abcdef", &format!("{CODE} и текст")] {
            assert_eq!(invite_code(text), None, "{text}");
        }
    }
}
