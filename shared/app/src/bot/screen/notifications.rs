//! 🔔 Уведомления: the switches of a cabinet.

use domain::EventKind;
use messages::NotificationsButton;
use store::settings::Of;

use crate::bot::{
    change::{self, Change},
    context::Bot,
    outcome::Outcome,
    request::Request,
};

/// Shows the switches.
pub(crate) async fn show(bot: &Bot, asked: Request, of: Of) -> anyhow::Result<Outcome> {
    change::look(bot, asked, of, |settings, view| messages::notifications(settings.language, view)).await
}

/// Turns something on or off.
pub(crate) async fn tapped(bot: &Bot, asked: Request, button: NotificationsButton) -> anyhow::Result<Outcome> {
    let (cabinet, change) = match button {
        NotificationsButton::Of(cabinet) => return show(bot, asked, Of::Cabinet(cabinet)).await,
        NotificationsButton::ToggleAll { cabinet, on } => (cabinet, Change::All(on)),
        NotificationsButton::Toggle { cabinet, kind, on } => (cabinet, Change::Kind(kind, on)),
        NotificationsButton::ToggleLate { cabinet, on } => (cabinet, Change::Kind(EventKind::OrdersLate, on)),
    };
    change::make(bot, asked, Of::Cabinet(cabinet), change, |settings, view| {
        messages::notifications(settings.language, view)
    })
    .await
}
