//! One message to Telegram: sent with the best picture that can be had, or edited where it stands.

use domain::{EventKind, Photo};
use messages::Message;
use store::chats::{Row, Told};
use telegram::{Error, MessageId, Picture, SentPhoto};
use teloxide_core::types::InlineKeyboardMarkup;

use super::Webhook;

/// A message on its way into a chat.
#[derive(Clone, Copy)]
pub(super) struct Letter<'a> {
    pub chat: i64,
    pub kind: EventKind,
    /// The row that it tells, or the first of them.
    pub row: &'a Row,
    pub message: &'a Message,
    /// Whether it comes without a sound; an edit never makes one.
    pub is_silent: bool,
}

impl Letter<'_> {
    fn html(&self) -> &str {
        &self.message.html
    }

    fn keyboard(&self) -> Option<&InlineKeyboardMarkup> {
        (!self.message.keyboard.inline_keyboard.is_empty()).then_some(&self.message.keyboard)
    }

    /// What stands at Telegram for this picture, if it is the product's.
    fn file_id(&self, photo: &Photo) -> Option<&str> {
        let of_product = self.row.product.as_ref().and_then(|product| product.image_url.as_ref());
        self.row.file_id.as_deref().filter(|_| of_product == Some(photo))
    }
}

impl Webhook {
    /// Edits the message that the row already has, else sends one.
    pub(super) async fn deliver(&self, letter: Letter<'_>) -> Result<Told, Error> {
        let Some(message_id) = letter.row.message_id else { return self.send(letter).await };
        let (shown, is_photo) = (MessageId(message_id), letter.row.is_photo);
        let edited = if is_photo {
            self.telegram.edit_caption(letter.chat, shown, letter.html(), letter.keyboard()).await
        } else {
            self.telegram.edit_text(letter.chat, shown, letter.html(), letter.keyboard()).await
        };
        match edited {
            // What happened was told by the message that is gone, and is never told again; the
            // progress of something that goes on is worth a new one.
            Err(Error::MessageGone) if !EventKind::SWITCHED.contains(&letter.kind) => self.send(letter).await,
            Ok(()) | Err(Error::MessageGone) => Ok(Told { message_id, is_photo, picture: None }),
            Err(error) => Err(error),
        }
    }

    /// Sends a message with its picture: by the id that Telegram gave it, by its address, by its bytes;
    /// as a text where it cannot be had.
    async fn send(&self, letter: Letter<'_>) -> Result<Told, Error> {
        let Letter { chat, message, is_silent, .. } = letter;
        if let Some(photo) = &message.photo {
            if let Some(file_id) = letter.file_id(photo) {
                match self.send_photo(letter, Picture::FileId(file_id)).await {
                    // Another bot's id, or one that Telegram has forgotten: the address gives a new one.
                    Err(Error::BadPicture { .. }) => {}
                    answer => return answer.map(|sent| told(&sent, None)),
                }
            }
            match self.send_photo(letter, Picture::Url(&photo.0)).await {
                Err(Error::BadPicture { .. }) => {}
                answer => return answer.map(|sent| told(&sent, Some(photo))),
            }
            // Telegram remembers for days that it could not fetch an address: the bytes may pass.
            match self.upload(letter, photo).await {
                None | Some(Err(Error::BadPicture { .. })) => {}
                Some(answer) => return answer.map(|sent| told(&sent, Some(photo))),
            }
            tracing::info!(chat, row = letter.row.id, "told without its picture");
        }
        let sent = self.telegram.send_text(chat, letter.html(), letter.keyboard(), is_silent).await;
        sent.map(|MessageId(message_id)| Told { message_id, is_photo: false, picture: None })
    }

    async fn send_photo(&self, letter: Letter<'_>, picture: Picture<'_>) -> Result<SentPhoto, Error> {
        let Letter { chat, is_silent, .. } = letter;
        self.telegram.send_photo(chat, picture, letter.html(), letter.keyboard(), is_silent).await
    }

    /// Fetches the picture ourselves and sends its bytes; `None` where there is none.
    async fn upload(&self, letter: Letter<'_>, photo: &Photo) -> Option<Result<SentPhoto, Error>> {
        let Letter { chat, is_silent, .. } = letter;
        let picture = match self.pictures.fetch_picture(&photo.0).await {
            Ok(picture) => picture,
            Err(error) => {
                tracing::info!(chat, row = letter.row.id, error = %error, "no picture");
                return None;
            }
        };
        let name = picture.format.file_name();
        let (html, keyboard) = (letter.html(), letter.keyboard());
        Some(self.telegram.upload_photo(chat, name, picture.bytes, html, keyboard, is_silent).await)
    }
}

/// A picture that was sent, and its id if it is a new one.
fn told(sent: &SentPhoto, photo: Option<&Photo>) -> Told {
    let picture = photo.cloned().zip(sent.file_id.clone());
    Told { message_id: sent.message_id.0, is_photo: true, picture }
}
