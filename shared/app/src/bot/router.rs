//! Which command, button and screen goes where: a line for each, and what it does in its own file.

use domain::{
    figures::period::Period,
    screen::{Place, analytics::Whose},
};
use messages::{Button, PagingButton, Screen, ScreenButton};
use store::settings::Of;

use super::{
    command::{Command, invite_code},
    context::Bot,
    gate,
    outcome::Outcome,
    request::Request,
    screen::{
        analytics, delete_my_data, details, digest, first_sync, group, help, invite, kind_settings, language, menu,
        muted, notifications, orders, people, personal, replace_token, review_reply, reviews, search, settings, status,
        stocks, token_attempt,
    },
};

/// Does what a button does. A button of an older version opens the menu.
pub(super) async fn tapped(bot: &Bot, asked: Request, button: Option<Button>) -> anyhow::Result<Outcome> {
    let Some(button) = button else { return menu::show(bot, asked).await };
    match button {
        Button::Screen(ScreenButton::Show(screen)) => show(bot, asked, screen).await,
        Button::Screen(ScreenButton::Open(screen)) => show(bot, asked.anew(), screen).await,
        Button::Orders(button) => orders::tapped(bot, asked, button).await,
        Button::Stocks(button) => stocks::tapped(bot, asked, button).await,
        Button::Reviews(button) => reviews::tapped(bot, asked, button).await,
        Button::Analytics(button) => analytics::tapped(bot, asked, button).await,
        Button::Status(button) => status::tapped(bot, asked, button).await,
        Button::Notifications(button) => notifications::tapped(bot, asked, button).await,
        Button::KindSettings(button) => kind_settings::tapped(bot, asked, button).await,
        Button::Personal(button) => personal::tapped(bot, asked, button).await,
        Button::Muted(button) => muted::tapped(bot, asked, button).await,
        Button::Group(button) => group::tapped(bot, asked, button).await,
        Button::Details(button) => details::tapped(bot, asked, button).await,
        Button::ReviewReply(button) => review_reply::tapped(bot, asked, button).await,
        Button::TokenAttempt(button) => token_attempt::tapped(bot, asked, button).await,
        Button::FirstSync(button) => first_sync::tapped(bot, asked, button).await,
        Button::Invite(button) => invite::tapped(bot, asked, button).await,
        Button::People(button) => people::tapped(bot, asked, button).await,
        Button::Language(button) => language::tapped(bot, asked, button).await,
        Button::DeleteMyData(button) => delete_my_data::tapped(bot, asked, button).await,
        Button::Paging(PagingButton::Number) => Ok(Outcome::notice(messages::page_number(asked.language))),
    }
}

/// Shows a screen: in place of the message whose button was tapped, or as a new one.
async fn show(bot: &Bot, asked: Request, screen: Screen) -> anyhow::Result<Outcome> {
    match screen {
        Screen::Menu => menu::show(bot, asked).await,
        Screen::Orders => orders::show(bot, asked, None, Place::default()).await,
        Screen::Stocks => stocks::show(bot, asked, None, Place::default()).await,
        Screen::Reviews => reviews::show(bot, asked, None, Place::default()).await,
        Screen::Analytics => analytics::show(bot, asked, Whose::First, Period::Today).await,
        Screen::Status => status::show(bot, asked, 0).await,
        Screen::Settings => settings::show(bot, asked).await,
        Screen::Notifications => notifications::show(bot, asked, Of::First).await,
        Screen::QuietHours => personal::show(bot, asked, messages::quiet_hours).await,
        Screen::QuietFrom => personal::show(bot, asked, messages::quiet_from).await,
        Screen::QuietUntil => personal::show(bot, asked, messages::quiet_until).await,
        Screen::Zones => personal::show(bot, asked, messages::zones).await,
        Screen::Digest => personal::show(bot, asked, messages::digest_settings).await,
        Screen::Help => help::show(bot, asked).await,
        Screen::Language => language::show(bot, asked).await,
        Screen::DeleteMyData => delete_my_data::show(bot, asked).await,
        Screen::Invite => invite::show(bot, asked).await,
        Screen::ReplaceToken => replace_token::show(bot, asked).await,
    }
}

/// Answers a text: the code of an invitation, a command, or what a conversation waits for.
pub(super) async fn written(bot: &Bot, asked: Request, from: &telegram::Person, text: &str) -> anyhow::Result<Outcome> {
    if let Some(code) = invite_code(text)
        && let Some(done) = invite::follow(bot, asked, from, code).await?
    {
        return Ok(done);
    }
    let command = Command::parse(text);
    let in_conversation = match command {
        Command::Cancel => review_reply::cancel(bot, asked).await?,
        Command::Unknown if !text.trim_start().starts_with('/') => {
            match review_reply::take_text(bot, asked, text).await? {
                None => search::look_for(bot, asked, text).await?,
                taken => taken,
            }
        }
        _ => None,
    };
    if let Some(done) = in_conversation {
        return Ok(done);
    }
    commanded(bot, asked, command).await
}

/// Carries out a command. Whoever may start is registered by their first one.
async fn commanded(bot: &Bot, asked: Request, command: Command) -> anyhow::Result<Outcome> {
    // One statement loads these together with the person who looks at them.
    let at_once = match command {
        Command::Orders => Some(orders::show(bot, asked, None, Place::default()).await?),
        Command::Stocks => Some(stocks::show(bot, asked, None, Place::default()).await?),
        Command::Reviews => Some(reviews::show(bot, asked, None, Place::default()).await?),
        Command::Stats => Some(analytics::show(bot, asked, Whose::First, Period::Today).await?),
        Command::Notifications => Some(notifications::show(bot, asked, Of::First).await?),
        Command::Status => status::page(bot, asked, 0).await?,
        Command::Settings => settings::tokens(bot, asked).await?,
        _ => None,
    };
    if let Some(done) = at_once {
        return Ok(done);
    }
    if command == Command::Start {
        bot.open_chat(asked.chat).await?;
    }
    let Some(person) = gate::register(bot, asked).await? else {
        return bot.show(asked, &messages::ask_for_a_link(asked.language, false)).await;
    };
    match command {
        Command::Digest => digest::send(bot, asked).await,
        Command::Help => help::show_to(bot, asked, Some(person)).await,
        Command::Unknown => menu::show_unknown(bot, asked, person).await,
        Command::Start
        | Command::Menu
        | Command::Cancel
        | Command::Orders
        | Command::Stocks
        | Command::Reviews
        | Command::Stats
        | Command::Notifications
        | Command::Status
        | Command::Settings => menu::show_to(bot, asked, Some(person)).await,
    }
}
