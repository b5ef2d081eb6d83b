//! Quiet hours, the zone and the digest: settings that belong to the person and no cabinet.

use domain::Language;
use messages::{Message, PersonalButton, SettingsView};
use store::settings::Of;

use crate::bot::{
    change::{self, Change},
    context::Bot,
    outcome::Outcome,
    request::Request,
};

/// Shows one of these screens.
pub(crate) async fn show(
    bot: &Bot,
    asked: Request,
    screen: fn(Language, &SettingsView) -> Message,
) -> anyhow::Result<Outcome> {
    change::look(bot, asked, Of::First, |settings, view| screen(settings.language, view)).await
}

/// Makes a choice, and shows the screen on which it stands.
pub(crate) async fn tapped(bot: &Bot, asked: Request, choice: PersonalButton) -> anyhow::Result<Outcome> {
    let screen = match choice {
        PersonalButton::Digest(_) => messages::digest_settings,
        _ => messages::quiet_hours,
    };
    change::make(bot, asked, Of::First, Change::Mine(choice), |settings, view| screen(settings.language, view)).await
}
