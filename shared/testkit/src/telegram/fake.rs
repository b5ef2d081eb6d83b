//! The handle of the running fake: what people in the chats do, what Telegram does to the bot, and what can be seen of both.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    chats::{Author, Call, CallbackAnswer, Message, Said, State, Violation},
    delivery,
    faults::{Fault, Planned},
    inner::{Inner, bot_id},
    pictures::Picture,
    schema,
    updates::Webhook,
};

/// Telegram's default of parallel requests to a webhook.
const CONNECTIONS_DEFAULT: usize = 40;

/// The running server. A clone is another handle to the same one.
#[derive(Clone)]
pub struct FakeTelegram {
    pub(super) inner: Arc<Inner>,
    /// Missing in a handle that a request of the control interface made for itself.
    pub(super) server: Option<Arc<Server>>,
}

/// Ends the server when its last handle is gone.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) stop: watch::Sender<bool>,
    pub(super) task: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl FakeTelegram {
    pub(super) fn of(inner: Arc<Inner>) -> Self {
        Self { inner, server: None }
    }

    /// Stops the server and waits until its port is free. The reading methods go on working.
    pub async fn stop(&self) {
        self.inner.stop.send_replace(true);
        let Some(server) = &self.server else { return };
        let task = server.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            // The task neither panics nor is aborted; if it did, the server would be gone as well.
            let _ = task.await;
        }
    }

    /// The address that takes the place of `https://api.telegram.org`, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.as_ref().map(|server| format!("http://{}", server.address)).unwrap_or_default()
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.inner.lock());
        delivery::deliver_due(&self.inner);
        self.inner.touch();
        result
    }

    fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.inner.lock())
    }

    /// Registers a person whom the bot may write to, or renames a known one.
    pub fn person(&self, chat_id: i64, first_name: &str, language_code: Option<&str>) {
        self.change(|state| state.person(chat_id, first_name, language_code));
    }

    /// A person writes to the bot. An unknown chat gets a person; one who had blocked the bot unblocks it.
    ///
    /// # Errors
    /// Telegram's apps do not send such a text: it is empty or too long.
    pub fn say(&self, chat: i64, text: &str) -> anyhow::Result<Said> {
        let now = self.inner.clock.now();
        self.change(|state| state.say(chat, text, now))
    }

    /// A person presses the button with this label or `callback_data`, on the newest message that
    /// carries it where none is named. Gives the id of the update.
    ///
    /// # Errors
    /// There is no such button, or it opens a page.
    pub fn press(&self, chat: i64, message_id: impl Into<Option<i64>>, button: &str) -> anyhow::Result<u32> {
        let (message_id, now) = (message_id.into(), self.inner.clock.now());
        self.change(|state| state.press(chat, message_id, button, now))
    }

    /// A person taps a button with this `callback_data` that the message does not have, or has no more.
    ///
    /// # Errors
    /// There is no such message.
    pub fn tap(&self, chat: i64, message_id: i64, data: &str) -> anyhow::Result<u32> {
        let now = self.inner.clock.now();
        self.change(|state| state.tap(chat, message_id, data, now))
    }

    /// A person sends something that is no text, such as `{"contact": …}`: the fields of the message beside the usual ones.
    pub fn send(&self, chat: i64, fields: &Value) -> Said {
        let now = self.inner.clock.now();
        self.change(|state| state.send(chat, fields, now))
    }

    /// A person adds the bot to a group, whose id is below zero.
    pub fn add_to_group(&self, group: i64, by: i64) {
        let now = self.inner.clock.now();
        self.change(|state| state.add_to_group(group, by, now));
    }

    /// Whether the bot is in this chat.
    #[must_use]
    pub fn has_chat(&self, chat: i64) -> bool {
        self.look(|state| state.chats.contains_key(&chat) && !state.left.contains(&chat))
    }

    /// A person blocks the bot.
    pub fn block(&self, chat: i64) {
        let now = self.inner.clock.now();
        self.change(|state| state.set_blocked(chat, true, now));
    }

    /// @BotFather gives the bot another token: the one before is refused from now on. The webhook stays.
    ///
    /// # Errors
    /// The token is not of Telegram's form, or another bot's.
    pub fn renew_token(&self, token: &str) -> anyhow::Result<()> {
        let mut known = self.inner.token.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of_this_bot = bot_id(token).is_some_and(|id| Some(id) == bot_id(&known));
        ensure!(is_of_this_bot, "a new token begins with the number of its bot");
        token.clone_into(&mut known);
        Ok(())
    }

    /// A person unblocks the bot.
    pub fn unblock(&self, chat: i64) {
        let now = self.inner.clock.now();
        self.change(|state| state.set_blocked(chat, false, now));
    }

    /// Sends updates to this address from now on, as after `setWebhook`; only to one on this machine.
    pub fn deliver_to(&self, url: &str, secret: &str) {
        self.change(|state| state.webhook = Some(Webhook::new(url, secret, CONNECTIONS_DEFAULT)));
    }

    /// Starts every delivery that is due on the clock, after it was moved.
    pub fn deliver_due(&self) {
        delivery::deliver_due(&self.inner);
    }

    /// Delivers an update once more, as Telegram does when an answer was lost.
    ///
    /// # Errors
    /// There was no such update.
    pub fn redeliver(&self, update_id: u32) -> anyhow::Result<()> {
        let now = self.inner.clock.now();
        self.change(|state| {
            let known = state.history.iter().rev().find(|update| update.id == update_id);
            let again = known.with_context(|| format!("there was no update {update_id}"))?.again(now);
            state.queue(again);
            Ok(())
        })
    }

    /// Waits until everything that is due was delivered and answered.
    pub async fn settle(&self) {
        self.deliver_due();
        self.until(|fake| fake.look(|state| state.is_settled(self.inner.clock.now())).then_some(())).await;
    }

    /// Waits until `look` finds what it looks for; it looks after every change.
    pub async fn until<T>(&self, mut look: impl FnMut(&Self) -> Option<T>) -> T {
        let mut changes = self.inner.changes.subscribe();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            // The sender lives as long as this handle.
            let _ = changes.changed().await;
        }
    }

    /// Lets the next `times` requests of `method` meet a fault.
    ///
    /// # Errors
    /// The fake does not know the method, or it is `getUpdates`, which meets no faults.
    pub fn break_next(&self, method: &str, fault: Fault, times: u32) -> anyhow::Result<()> {
        let method = schema::method_name(method).with_context(|| format!("unknown method {method}"))?.to_owned();
        anyhow::ensure!(method != "getUpdates", "getUpdates meets no faults");
        if times > 0 {
            self.change(|state| state.faults.push(Planned { method, fault, times }));
        }
        Ok(())
    }

    /// Answers the requests that [`Fault::HeldAfterExecution`] holds at this moment.
    pub fn release(&self) {
        self.inner.released.send_modify(|count| *count += 1);
    }

    /// Says what Telegram finds at an address.
    pub fn set_picture(&self, url: &str, picture: Picture) {
        self.change(|state| state.pictures.set(url, picture));
    }

    /// Forgets the faults that still wait.
    pub fn mend(&self) {
        self.change(|state| state.faults.clear());
    }

    /// The messages of a chat in their order, those of the bot and of the person, also the deleted ones.
    #[must_use]
    pub fn messages(&self, chat: i64) -> Vec<Message> {
        self.look(|state| state.messages(chat).to_vec())
    }

    /// The newest message that is still in the chat.
    #[must_use]
    pub fn last_message(&self, chat: i64) -> Option<Message> {
        self.look(|state| state.messages(chat).iter().rfind(|message| !message.deleted).cloned())
    }

    /// The texts of all messages that the bot sent to a chat, as they read now.
    #[must_use]
    pub fn sent_texts(&self, chat: i64) -> Vec<String> {
        self.look(|state| {
            let sent = state.messages(chat).iter().filter(|message| message.from == Author::Bot);
            sent.map(|message| message.content.text.clone()).collect()
        })
    }

    /// How the bot answered taps.
    #[must_use]
    pub fn answers(&self) -> Vec<CallbackAnswer> {
        self.look(|state| state.answers.clone())
    }

    /// The requests of the bot, the newest ten thousand of them.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.look(|state| state.calls.clone())
    }

    /// Those requests that came after the first `count`.
    #[must_use]
    pub fn calls_after(&self, count: usize) -> Vec<Call> {
        self.look(|state| state.calls.iter().skip(count).cloned().collect())
    }

    /// The messages of a chat that are newer than one of them.
    #[must_use]
    pub fn messages_after(&self, chat: i64, message: i64) -> Vec<Message> {
        self.look(|state| state.messages(chat).iter().filter(|one| one.id > message).cloned().collect())
    }

    /// What a correct bot would not have done.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.look(|state| state.violations.clone())
    }

    /// How many requests were answered 429.
    #[must_use]
    pub fn refusals(&self) -> u32 {
        self.look(|state| state.limits.refusals)
    }

    /// How many requests went to a chat before its `retry_after` had passed.
    #[must_use]
    pub fn early(&self) -> u32 {
        self.look(|state| state.limits.early)
    }

    /// How many updates the bot has not confirmed.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.look(|state| state.pending.len())
    }

    /// Everything that the fake remembers, except the token.
    ///
    /// # Errors
    /// None that can be helped: the state is always JSON.
    pub fn snapshot(&self) -> anyhow::Result<Value> {
        self.look(|state| serde_json::to_value(state)).context("cannot write the state of the fake Telegram")
    }

    /// Goes back to the state of a snapshot.
    ///
    /// # Errors
    /// It is not one.
    pub fn restore(&self, state: Value) -> anyhow::Result<()> {
        let restored = serde_json::from_value(state).context("cannot read the state of the fake Telegram")?;
        self.change(|state| *state = restored);
        Ok(())
    }
}
