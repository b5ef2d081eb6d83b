//! Pictures of products, from WB's image hosts: for Telegram, when it cannot fetch one by itself.

use std::error::Error as _;
use std::time::Duration;

use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::{ClientError, UrlTemplate};

/// Telegram takes uploaded pictures of up to 10 MB.
const MAX_PICTURE_BYTES: usize = 10 * 1024 * 1024;
/// A message waits for its picture, which is some 100 KB from a CDN, no longer than this.
pub const TIMEOUT: Duration = Duration::from_secs(4);
/// The domains of WB's image hosts.
const DOMAINS: [&str; 2] = [".wbbasket.ru", ".geobasket.ru"];

/// The image hosts of Wildberries.
#[derive(Clone, Debug)]
pub struct Pictures {
    http: reqwest::Client,
    api: UrlTemplate,
}

/// A picture as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// What its bytes say that it is.
    pub format: Format,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a picture is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, in which WB's hosts keep pictures.
    WebP,
}

/// Why there is no picture. Nothing of it can be mended here: the message goes without.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The address is none of WB's image hosts, and nothing is asked there.
    #[error("the picture is not at an image host of WB")]
    Elsewhere,
    /// The host did not give it.
    #[error("the picture cannot be fetched: {0}")]
    Unavailable(String),
    /// It is too large.
    #[error("the picture has more than {MAX_PICTURE_BYTES} bytes")]
    TooLarge,
    /// It is something else.
    #[error("this is no picture")]
    NoPicture,
}

impl Pictures {
    /// A client of WB's image hosts and, where WB is a fake on this machine, of that.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    ///
    /// # Panics
    /// No crypto provider of rustls is installed; `runtime` does it first.
    pub fn new(api: UrlTemplate) -> Result<Self, ClientError> {
        // Nobody sends us on to another host.
        let mut http = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none());
        if api.is_plain_text() {
            http = http.no_proxy();
        }
        Ok(Self { http: http.build().map_err(ClientError)?, api })
    }

    /// The picture at this address. WB keeps WebP, which Telegram does not take from everybody: where
    /// the same picture is there as JPEG, it is that.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub async fn fetch_picture(&self, url: &Url) -> Result<Picture, PictureError> {
        let picture = self.fetch(url).await?;
        if picture.format != Format::WebP {
            return Ok(picture);
        }
        let Some(path) = url.path().strip_suffix(".webp") else { return Ok(picture) };
        let mut sibling = url.clone();
        sibling.set_path(&format!("{path}.jpg"));
        Ok(self.fetch(&sibling).await.unwrap_or(picture))
    }

    async fn fetch(&self, url: &Url) -> Result<Picture, PictureError> {
        if !self.is_allowed(url) {
            return Err(PictureError::Elsewhere);
        }
        let answer = self.http.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status);
        let mut answer = answer.map_err(unavailable)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unavailable)? {
            if bytes.len() + chunk.len() > MAX_PICTURE_BYTES {
                return Err(PictureError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        let format = Format::of(&bytes).ok_or(PictureError::NoPicture)?;
        Ok(Picture { format, bytes })
    }

    /// A card's address comes from outside, so only WB's own hosts are asked, and of a fake only itself.
    fn is_allowed(&self, url: &Url) -> bool {
        if self.api.is_plain_text() {
            return self.api.is_fake_at(url);
        }
        url.scheme() == "https"
            && url.port().is_none()
            && matches!(url.host(), Some(Host::Domain(name)) if DOMAINS.iter().any(|domain| name.ends_with(domain)))
    }
}

impl Format {
    /// By how the bytes begin; what the host calls them is not believed.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// A name for a file of this format.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Jpeg => "picture.jpg",
            Self::Png => "picture.png",
            Self::WebP => "picture.webp",
        }
    }
}

/// Shows the size alone.
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Picture").field("format", &self.format).field("bytes", &self.bytes.len()).finish()
    }
}

fn unavailable(error: reqwest::Error) -> PictureError {
    let error = error.without_url();
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    PictureError::Unavailable(format!("{error}{cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wbs_image_hosts_and_the_fake_are_asked() {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let is_allowed = |api: &str, url: &str| {
            let pictures = Pictures::new(UrlTemplate::parse(api).unwrap()).unwrap();
            pictures.is_allowed(&url.parse().unwrap())
        };
        let (real, fake) = (UrlTemplate::WILDBERRIES, "http://127.0.0.1:8801/{category}");
        assert!(is_allowed(real, "https://basket-12.wbbasket.ru/vol1681/1.webp"));
        assert!(is_allowed(real, "https://mow-basket-cdn-01.geobasket.ru/1.webp"));
        assert!(is_allowed(fake, "http://127.0.0.1:8801/images/7/1.webp"));
        for url in [
            "http://basket-12.wbbasket.ru/1.webp",
            "https://basket-12.wbbasket.ru:8443/1.webp",
            "https://wbbasket.ru.example.org/1.webp",
            "https://evilwbbasket.ru/1.webp",
            "https://169.254.169.254/latest",
            "http://127.0.0.1:8801/images/7/1.webp",
            "file:///etc/passwd",
        ] {
            assert!(!is_allowed(real, url), "{url}");
        }
        for url in ["http://127.0.0.1:5432/", "https://basket-12.wbbasket.ru/1.webp"] {
            assert!(!is_allowed(fake, url), "{url}");
        }
    }

    #[test]
    fn bytes_are_believed_and_nothing_else() {
        assert_eq!(Format::of(b"\xff\xd8\xff\xe0"), Some(Format::Jpeg));
        assert_eq!(Format::of(b"\x89PNG\r\n\x1a\n"), Some(Format::Png));
        assert_eq!(Format::of(b"RIFF\x10\0\0\0WEBPVP8 "), Some(Format::WebP));
        assert_eq!(Format::of(b"<html>"), None);
        assert_eq!(Format::of(b""), None);
    }
}
