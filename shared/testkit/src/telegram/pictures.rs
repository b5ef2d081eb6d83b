//! Pictures: by address, by `file_id`, uploaded.
//!
//! The fake fetches from this machine only. What it says about any other address stands in a book
//! that the test writes; an address that is not in the book is a good picture.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Client, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::{Host, Url};

use super::refusal::Refusal;

/// Telegram fetches photos of up to 5 MB by their address.
const FETCHED_MAX_BYTES: usize = 5 * 1024 * 1024;

/// Telegram takes uploaded photos of up to 10 MB.
const UPLOADED_MAX_BYTES: usize = 10 * 1024 * 1024;

/// "The content of the URL is cached for a few days" (tdlib/telegram-bot-api issue 782): so is a failure.
const FAILURE_CACHED: TimeDelta = TimeDelta::days(3);

/// A picture on this machine comes at once or not at all.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// `file_id`s of photos begin like this.
const FILE_ID_PREFIX: &str = "AgACAgIAAxkBAAfake";

/// What names of uploaded photos may end with.
const EXTENSIONS: [&str; 7] = ["jpg", "jpeg", "gif", "png", "tif", "tiff", "bmp"];

/// How a photo begins whose bytes Telegram can read.
const MAGIC: [&[u8]; 6] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*"];

const FETCH_FAILED: &str = "failed to get HTTP URL content";
const WRONG_TYPE: &str = "wrong type of the web page content";

/// The picture of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// What the bot may send again instead of the picture.
    pub file_id: String,
    /// Where it came from: an address, or `upload: NAME, N bytes`.
    pub source: String,
}

impl Photo {
    /// The photo as Telegram shows it to the bot: in two sizes.
    pub(super) fn json(&self) -> Value {
        let size = |name: &str, width: u32, height: u32| {
            json!({
                "file_id": self.file_id,
                "file_unique_id": format!("{name}{}", self.file_id),
                "file_size": width * height / 8,
                "width": width,
                "height": height,
            })
        };
        json!([size("s", 68, 90), size("x", 600, 800)])
    }
}

/// What Telegram finds at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// A picture.
    Ok,
    /// Nothing.
    NotFound,
    /// Something that is no picture for Telegram.
    WrongType,
    /// More than 5 MB.
    TooBig,
}

impl Picture {
    fn check(self) -> Result<(), &'static str> {
        match self {
            Self::Ok => Ok(()),
            Self::NotFound | Self::TooBig => Err(FETCH_FAILED),
            Self::WrongType => Err(WRONG_TYPE),
        }
    }
}

/// The known addresses and files.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pictures {
    book: BTreeMap<String, Picture>,
    failed: BTreeMap<String, (DateTime<Utc>, String)>,
    file_ids: BTreeSet<String>,
}

/// The photo of a request, as far as it can be judged without the state.
pub(super) enum Source {
    /// A text: an address with what a visit to this machine found there, or a `file_id`.
    Text {
        text: String,
        visit: Option<Picture>,
    },
    Upload {
        file_name: String,
        bytes: bytes::Bytes,
    },
}

impl Pictures {
    /// Says what is at an address. A failure that Telegram has seen already stays cached.
    pub(super) fn set(&mut self, url: &str, picture: Picture) {
        self.book.insert(url.to_owned(), picture);
    }

    /// The photo behind what the bot sent.
    ///
    /// # Errors
    /// Telegram's texts about photos.
    pub(super) fn accept(&mut self, source: Source, now: DateTime<Utc>) -> Result<Photo, Refusal> {
        match source {
            Source::Upload { file_name, bytes } => {
                check_upload(&file_name, &bytes)?;
                let source = format!("upload: {file_name}, {} bytes", bytes.len());
                Ok(self.new_photo(source))
            }
            Source::Text { text, .. } if self.file_ids.contains(&text) => {
                Ok(Photo { file_id: text.clone(), source: text })
            }
            Source::Text { text, visit } => {
                let url = Url::parse(&text)
                    .ok()
                    .filter(|url| matches!(url.scheme(), "http" | "https"))
                    .ok_or_else(|| Refusal::bad_request("wrong file identifier/HTTP URL specified"))?;
                self.look_at(url.as_str(), &text, visit, now)?;
                Ok(self.new_photo(text))
            }
        }
    }

    fn look_at(&mut self, url: &str, text: &str, visit: Option<Picture>, now: DateTime<Utc>) -> Result<(), Refusal> {
        if let Some((until, problem)) = self.failed.get(url).filter(|(until, _)| now < *until) {
            tracing::debug!(%until, "the failure of this address is cached");
            return Err(Refusal::bad_request(problem));
        }
        let picture = self.book.get(text).copied().or(visit).unwrap_or(Picture::Ok);
        picture.check().map_err(|problem| {
            self.failed.insert(url.to_owned(), (now + FAILURE_CACHED, problem.to_owned()));
            Refusal::bad_request(problem)
        })
    }

    fn new_photo(&mut self, source: String) -> Photo {
        let file_id = format!("{FILE_ID_PREFIX}{:06}", self.file_ids.len() + 1);
        self.file_ids.insert(file_id.clone());
        Photo { file_id, source }
    }
}

fn check_upload(file_name: &str, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::bug("file must be non-empty"));
    }
    if bytes.len() > UPLOADED_MAX_BYTES {
        return Err(Refusal::bad_request(format!(
            "file of size {} bytes is too big for a photo; the maximum size is {UPLOADED_MAX_BYTES} bytes",
            bytes.len()
        )));
    }
    let extension = file_name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    if extension.is_some_and(|extension| !EXTENSIONS.contains(&extension.as_str())) {
        return Err(Refusal::bad_request(
            "photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
        ));
    }
    if !MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(Refusal::bad_request("IMAGE_PROCESS_FAILED"));
    }
    Ok(())
}

/// Visits an address of this machine; nothing is asked of any other.
pub(super) async fn visit(client: &Client, text: &str) -> Option<Picture> {
    let url = Url::parse(text).ok().filter(is_loopback)?;
    Some(fetch(client, url).await.unwrap_or(Picture::NotFound))
}

/// Whether an address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

async fn fetch(client: &Client, url: Url) -> reqwest::Result<Picture> {
    let mut response =
        client.get(url).timeout(FETCH_TIMEOUT).send().await.and_then(reqwest::Response::error_for_status)?;
    let is_image = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
        ["image/jpeg", "image/png", "image/gif", "image/webp"].iter().any(|image| kind.starts_with(image))
    });
    let mut size_bytes = 0;
    while let Some(chunk) = response.chunk().await? {
        size_bytes += chunk.len();
        if size_bytes > FETCHED_MAX_BYTES {
            return Ok(Picture::TooBig);
        }
    }
    Ok(if is_image && size_bytes > 0 { Picture::Ok } else { Picture::WrongType })
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
    }

    fn by_text(pictures: &mut Pictures, text: &str, now: DateTime<Utc>) -> Result<Photo, String> {
        let source = Source::Text { text: text.to_owned(), visit: None };
        pictures.accept(source, now).map_err(|refusal| refusal.description)
    }

    #[test]
    fn a_file_id_works_only_after_it_was_given_out() {
        let mut pictures = Pictures::default();
        let unknown = format!("{FILE_ID_PREFIX}000001");
        assert_eq!(
            by_text(&mut pictures, &unknown, now()),
            Err("Bad Request: wrong file identifier/HTTP URL specified".to_owned())
        );
        let photo = by_text(&mut pictures, "https://x.ru/1.jpg", now()).unwrap();
        assert_eq!(by_text(&mut pictures, &photo.file_id, now()).unwrap().file_id, photo.file_id);
    }

    #[test]
    fn the_book_says_what_is_at_an_address_and_a_failure_is_cached_for_days() {
        let mut pictures = Pictures::default();
        for (url, picture, error) in [
            ("https://x.ru/1.jpg", Picture::NotFound, "Bad Request: failed to get HTTP URL content"),
            ("https://x.ru/2.jpg", Picture::WrongType, "Bad Request: wrong type of the web page content"),
            ("https://x.ru/3.jpg", Picture::TooBig, "Bad Request: failed to get HTTP URL content"),
        ] {
            pictures.set(url, picture);
            assert_eq!(by_text(&mut pictures, url, now()), Err(error.to_owned()));
            pictures.set(url, Picture::Ok);
            assert_eq!(by_text(&mut pictures, url, now() + TimeDelta::days(2)), Err(error.to_owned()));
            assert!(by_text(&mut pictures, url, now() + TimeDelta::days(3)).is_ok());
        }
    }

    #[test]
    fn uploads_are_judged_by_size_name_and_bytes() {
        let refused =
            |file_name: &str, bytes: &[u8]| check_upload(file_name, bytes).map_err(|refusal| refusal.description);
        assert_eq!(refused("a.jpg", b"\xff\xd8\xff\xe0"), Ok(()));
        assert_eq!(refused("photo", b"\x89PNG\r\n\x1a\n"), Ok(()));
        assert_eq!(refused("a.jpg", b""), Err("Bad Request: file must be non-empty".to_owned()));
        assert_eq!(refused("a.jpg", b"<html>"), Err("Bad Request: IMAGE_PROCESS_FAILED".to_owned()));
        assert_eq!(
            refused("a.webp", b"RIFF"),
            Err("Bad Request: photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp"
                .to_owned())
        );
        assert_eq!(
            refused("a.jpg", &vec![0; UPLOADED_MAX_BYTES + 1]),
            Err("Bad Request: file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"
                .to_owned())
        );
    }
}
