//! Messages as Telegram takes them, and one that says how far something is: it is edited while that goes on.

use domain::ChatId;
use messages::{Key, Message, Press};
use telegram::MessageId;
use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup};

/// The buttons of a message; `None` without one, because Telegram does not take a keyboard without buttons.
pub(crate) fn keyboard(message: &Message) -> Option<InlineKeyboardMarkup> {
    let button = |Key { label, press }: &Key| match press {
        Press::Data(data) => InlineKeyboardButton::callback(label, data),
        Press::Open(url) => InlineKeyboardButton::url(label, url.clone()),
    };
    let rows = &message.keyboard.rows;
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows.iter().map(|row| row.iter().map(button))))
}

/// Makes a message say this; where there is none, or it is gone, sends one. The value is the message that says it now.
pub(crate) async fn put(
    telegram: &telegram::Client,
    chat: ChatId,
    shown: Option<MessageId>,
    message: &Message,
) -> Result<MessageId, telegram::Error> {
    let keyboard = keyboard(message);
    if let Some(shown) = shown {
        match telegram.edit_text(chat, shown, &message.html, keyboard.as_ref()).await {
            Err(telegram::Error::MessageGone) => {}
            edited => return edited.map(|()| shown),
        }
    }
    telegram.send_text(chat, &message.html, keyboard.as_ref(), false).await
}
