//! Where data keys come from and who can open them again.

use crate::{
    Error, KeyFile,
    key::{DataKey, WrappedKey},
    kms,
};

/// Who wraps data keys.
pub enum Wrapping {
    /// A key file: for a laptop.
    KeyFile(KeyFile),
    /// AWS KMS.
    Kms {
        /// The client, which brings its time limits with it.
        client: aws_sdk_kms::Client,
        /// The id, ARN or alias of the key that wraps.
        key_id: String,
    },
}

impl Wrapping {
    /// A new data key, and the form in which to store it.
    ///
    /// # Errors
    /// [`Error::KmsUnavailable`] and [`Error::KmsRefused`].
    pub async fn generate(&self) -> Result<(DataKey, WrappedKey), Error> {
        match self {
            Self::KeyFile(file) => file.generate(),
            Self::Kms { client, key_id } => kms::generate(client, key_id).await,
        }
    }

    /// The data key that was stored in this form.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it was wrapped by another key or under another id, else
    /// [`Error::KmsUnavailable`] and [`Error::KmsRefused`].
    pub async fn unwrap(&self, key: &WrappedKey) -> Result<DataKey, Error> {
        match self {
            Self::KeyFile(file) => file.unwrap(key),
            Self::Kms { client, key_id } => kms::unwrap(client, key_id, key).await,
        }
    }
}
