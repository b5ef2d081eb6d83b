//! The settings of one kind of notification.

use domain::EventKind;
use messages::{KindChoice, KindSettingsButton, Message, SettingsView};
use store::settings::{Of, PersonSettings};

use crate::bot::{
    change::{self, Change},
    context::Bot,
    outcome::Outcome,
    request::Request,
};

/// Shows the settings of a kind, or makes a choice there.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: KindSettingsButton) -> anyhow::Result<Outcome> {
    match button {
        KindSettingsButton::Show { cabinet, kind } => {
            change::look(bot, asked, Of::Cabinet(cabinet), |settings, view| {
                messages::kind_settings(settings.language, view, kind, false)
            })
            .await
        }
        KindSettingsButton::OpenOf(row) => change::look(bot, asked.anew(), Of::Notification(row), of_its_kind).await,
        KindSettingsButton::Choose { cabinet, kind, choice } => {
            let change = Change::Choice(kind, choice);
            change::make(bot, asked, Of::Cabinet(cabinet), change, |settings, view| {
                messages::kind_settings(settings.language, view, kind, choice == KindChoice::Everywhere)
            })
            .await
        }
    }
}

/// The settings of the kind of the notification that is asked about; of one that nobody switches, all switches.
fn of_its_kind(settings: &PersonSettings, view: &SettingsView) -> Message {
    match settings.kind.filter(|kind| EventKind::SWITCHED.contains(kind)) {
        Some(kind) => messages::kind_settings(settings.language, view, kind, false),
        None => messages::notifications(settings.language, view),
    }
}
