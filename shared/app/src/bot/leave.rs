//! Leaving: a first sync is cancelled, a member is removed, a person deletes their data.

use std::time::Duration;

use anyhow::Context;
use domain::{CabinetId, Role, UserId};
use messages::Screen;
use serde_json::Value;
use store::{members, people::Person};
use telegram::MessageId;
use tokio::time::Instant;

use super::{context::Bot, request::Request};

/// How long one update deletes: with room for the rest within the time limit of the function.
const DELETING_LIMIT: Duration = Duration::from_secs(15);

impl Bot {
    /// Asks whether a first sync shall be cancelled: in a message of its own, because the one of the
    /// progress is edited all the time.
    pub(super) async fn ask_to_cancel(&self, asked: Request, cabinet: CabinetId) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let person = self.person(asked).await?;
        let Some(person) = person.filter(|person| is_loading(person, cabinet)) else {
            return self.show(asked.anew(), Some(Screen::Menu)).await;
        };
        let message = messages::cancel_first_sync(person.language, cabinet);
        self.reply(&self.pool, asked.update, asked.anew().reply(&message), now).await
    }

    /// Takes the person out of a cabinet whose first sync goes on; the last one takes it with them.
    pub(super) async fn cancel_first_sync(&self, asked: Request, cabinet: CabinetId) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let person = self.person(asked).await?;
        let has_left = |person: &Person| person.cabinets.iter().all(|one| one.cabinet != cabinet);
        if person.as_ref().is_some_and(has_left) {
            // The second tap of two: the first has cancelled it.
            let reply = asked.reply(&messages::first_sync_cancelled(asked.language));
            return self.reply(&self.pool, asked.update, reply, now).await;
        }
        let Some(person) = person.filter(|person| is_loading(person, cabinet)) else {
            return self.show(asked, Some(Screen::Menu)).await;
        };
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let progress = members::load_progress_message(&mut *tx, person.id, cabinet)
            .await
            .context("cannot look the progress up")?;
        let left = members::leave(&mut tx, person.id, cabinet, now).await.context("cannot leave the cabinet")?;
        let reply = Some(asked.reply(&messages::first_sync_cancelled(person.language)));
        let done = self.conclude(tx, asked.update, reply, now).await.context("cannot cancel the first sync")?;
        if done.is_first {
            tracing::info!(%cabinet, ?left, "first sync cancelled");
            self.remove_progress(asked.chat, progress).await;
        }
        self.insist(asked.update, done.reply).await
    }

    /// Takes away what showed the progress of a first sync that is cancelled: nobody renews it any more.
    async fn remove_progress(&self, chat: i64, message: Option<i64>) {
        let Some(message) = message else { return };
        match self.telegram.delete_message(chat, MessageId(message)).await {
            Ok(()) | Err(telegram::Error::MessageGone) => {}
            Err(error) => tracing::warn!(chat, error = %error, "progress message of a cancelled first sync not edited"),
        }
    }

    /// Takes a cabinet from a member, for one of its owners.
    pub(super) async fn remove_member(
        &self,
        asked: Request,
        cabinet: CabinetId,
        member: UserId,
    ) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let person = self.person(asked).await?;
        let owns = |person: &Person| {
            person.id != member && person.cabinets.iter().any(|one| one.cabinet == cabinet && one.role == Role::Owner)
        };
        let Some(person) = person.filter(owns) else {
            return self.show(asked.anew(), Some(Screen::Menu)).await;
        };
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        members::save_removed(&mut *tx, cabinet, member, now).await.context("cannot remove the member")?;
        let left = members::leave(&mut tx, member, cabinet, now).await.context("cannot remove the member")?;
        let message = messages::member_removed(person.language, left != members::Left::WasNotThere);
        let reply = Some(asked.anew().reply(&message));
        let done = self.conclude(tx, asked.update, reply, now).await.context("cannot remove the member")?;
        if done.is_first {
            tracing::info!(%cabinet, ?left, "member removed");
        }
        self.insist(asked.update, done.reply).await
    }

    /// Deletes everything of a person; they have been asked. Afterwards they are a stranger.
    pub(super) async fn delete_data(&self, asked: Request) -> anyhow::Result<Option<Value>> {
        let now = self.clock.now();
        let person = self.person(asked).await?;
        let Some(person) = person else {
            return self.show_to(None, asked, Some(Screen::Menu)).await;
        };
        let ends_at = Instant::now() + DELETING_LIMIT;
        while store::people::delete_some_notifications(&self.pool, asked.telegram_id)
            .await
            .context("cannot delete a person's notifications")?
        {
            // Telegram repeats the update, and deleting goes on.
            anyhow::ensure!(Instant::now() < ends_at, "a person's notifications are more than one update can delete");
        }
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        store::people::delete_person(&mut tx, asked.telegram_id, now).await.context("cannot delete a person's data")?;
        let reply = Some(asked.reply(&messages::data_deleted(person.language)));
        let done = self.conclude(tx, asked.update, reply, now).await.context("cannot delete a person's data")?;
        if done.is_first {
            tracing::info!("data of a person deleted");
        }
        self.insist(asked.update, done.reply).await
    }
}

/// Whether the first sync of this cabinet of theirs goes on.
fn is_loading(person: &Person, cabinet: CabinetId) -> bool {
    person.cabinets.iter().any(|one| one.cabinet == cabinet && !one.is_ready)
}
