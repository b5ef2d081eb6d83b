//! One message to Telegram: sent in the best form that it takes, or edited where it stands.

use domain::{ChatId, EventKind, Photo};
use messages::Message;
use store::outbox::{Notification, SentMessage};
use telegram::{Error, MessageId, Picture, SentPhoto};
use teloxide_core::types::InlineKeyboardMarkup;

use crate::shown::keyboard;

/// A message on its way into a chat.
#[derive(Clone, Copy)]
pub(super) struct Letter<'a> {
    pub chat: ChatId,
    pub kind: EventKind,
    /// The row that it tells, or the first of them.
    pub row: &'a Notification,
    pub message: &'a Message,
    /// Whether it comes without a sound; an edit never makes one.
    pub is_silent: bool,
}

impl Letter<'_> {
    fn html(&self) -> &str {
        &self.message.html
    }

    fn keyboard(&self) -> Option<InlineKeyboardMarkup> {
        keyboard(self.message)
    }

    /// What stands at Telegram for this picture, if it is the product's.
    fn file_id(&self, photo: &Photo) -> Option<&str> {
        let of_product = self.row.product.image_url.as_ref();
        self.row.file_id.as_deref().filter(|_| of_product == Some(photo))
    }
}

/// The answer, unless Telegram refuses this form of a message, whatever its words: then a lesser one is tried.
fn unless_refused<T>(answer: Result<T, Error>) -> Option<Result<T, Error>> {
    (!matches!(answer, Err(Error::Refused { .. }))).then_some(answer)
}

/// What sends a letter.
pub(super) struct Sender<'a> {
    pub telegram: &'a telegram::Client,
    pub pictures: &'a wb::Pictures,
}

impl Sender<'_> {
    /// Edits the message that the row already has, else sends one.
    pub(super) async fn deliver(&self, letter: Letter<'_>) -> Result<SentMessage, Error> {
        let Some(message_id) = letter.row.message_id else { return self.send(letter).await };
        let is_photo = letter.row.is_photo;
        match self.edit(letter, MessageId(message_id)).await {
            // What happened was told by the message that is gone, and is never told again; the
            // progress of something that goes on is worth a new one.
            Err(Error::MessageGone) if !EventKind::SWITCHED.contains(&letter.kind) => self.send(letter).await,
            Ok(()) | Err(Error::MessageGone) => Ok(SentMessage { message_id, is_photo, picture: None }),
            Err(error) => Err(error),
        }
    }

    async fn edit(&self, letter: Letter<'_>, shown: MessageId) -> Result<(), Error> {
        let edit = |html: String, keyboard| async move {
            if letter.row.is_photo {
                self.telegram.edit_caption(letter.chat, shown, &html, keyboard).await
            } else {
                self.telegram.edit_text(letter.chat, shown, &html, keyboard).await
            }
        };
        match unless_refused(edit(letter.html().to_owned(), letter.keyboard().as_ref()).await) {
            Some(answer) => answer,
            None => edit(letter.message.plain(), None).await,
        }
    }

    /// Sends a message with its picture, or in the lesser forms of a text.
    async fn send(&self, letter: Letter<'_>) -> Result<SentMessage, Error> {
        let mut forgotten = None;
        if let Some(photo) = &letter.message.photo {
            if let Some(told) = self.send_with(letter, photo).await {
                return told;
            }
            forgotten = letter.file_id(photo).map(|_| (photo.clone(), None));
            tracing::info!(chat = %letter.chat, row = letter.row.id.0, "notification sent without its picture");
        }
        let MessageId(message_id) = self.send_text(letter).await?;
        Ok(SentMessage { message_id, is_photo: false, picture: forgotten })
    }

    /// With its picture: by the id that Telegram gave it, by its address, by its bytes. `None`: Telegram takes none of them.
    async fn send_with(&self, letter: Letter<'_>, photo: &Photo) -> Option<Result<SentMessage, Error>> {
        if let Some(file_id) = letter.file_id(photo) {
            let answer = unless_refused(self.send_photo(letter, Picture::FileId(file_id)).await);
            if let Some(answer) = answer {
                return Some(answer.map(|sent| told(&sent, None)));
            }
        }
        if let Some(answer) = unless_refused(self.send_photo(letter, Picture::Url(&photo.0)).await) {
            return Some(answer.map(|sent| told(&sent, Some(photo))));
        }
        // Telegram remembers for days that it could not fetch an address: the bytes may pass.
        let answer = unless_refused(self.upload(letter, photo).await?)?;
        Some(answer.map(|sent| told(&sent, Some(photo))))
    }

    /// As a text: whole, then its words alone and fewer of them, then without buttons.
    async fn send_text(&self, letter: Letter<'_>) -> Result<MessageId, Error> {
        let Letter { chat, is_silent, .. } = letter;
        let answer = self.telegram.send_text(chat, letter.html(), letter.keyboard().as_ref(), is_silent).await;
        if let Some(answer) = unless_refused(answer) {
            return answer;
        }
        let plain = letter.message.plain();
        if let Some(answer) =
            unless_refused(self.telegram.send_text(chat, &plain, letter.keyboard().as_ref(), is_silent).await)
        {
            tracing::warn!(
                %chat,
                row = letter.row.id.0,
                "notification sent as plain text: Telegram refused the formatted one"
            );
            return answer;
        }
        let sent = self.telegram.send_text(chat, &plain, None, is_silent).await?;
        tracing::warn!(
            %chat,
            row = letter.row.id.0,
            "notification sent as plain text without buttons: Telegram refused the others"
        );
        Ok(sent)
    }

    async fn send_photo(&self, letter: Letter<'_>, picture: Picture<'_>) -> Result<SentPhoto, Error> {
        let Letter { chat, is_silent, .. } = letter;
        self.telegram.send_photo(chat, picture, letter.html(), letter.keyboard().as_ref(), is_silent).await
    }

    /// Fetches the picture ourselves and sends its bytes; `None` where there is none.
    async fn upload(&self, letter: Letter<'_>, photo: &Photo) -> Option<Result<SentPhoto, Error>> {
        let Letter { chat, is_silent, .. } = letter;
        let picture = match self.pictures.fetch_picture(&photo.0).await {
            Ok(picture) => picture,
            Err(error) => {
                tracing::info!(%chat, row = letter.row.id.0, error = %error, "picture not available");
                return None;
            }
        };
        let name = picture.format.file_name();
        let (html, keyboard) = (letter.html(), letter.keyboard());
        Some(self.telegram.upload_photo(chat, name, picture.bytes, html, keyboard.as_ref(), is_silent).await)
    }
}

/// A picture that was sent, and its id if it is a new one.
fn told(sent: &SentPhoto, photo: Option<&Photo>) -> SentMessage {
    let picture = photo.cloned().zip(sent.file_id.clone()).map(|(photo, file_id)| (photo, Some(file_id)));
    SentMessage { message_id: sent.message_id.0, is_photo: true, picture }
}
