//! What can go wrong, by what the caller can do about it.

use std::path::PathBuf;

use uuid::Uuid;

/// Why something was not sealed, opened, wrapped or unwrapped. Never carries key or token material.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Load and unwrap this key, then try again.
    #[error("data key {0} is not loaded")]
    UnknownKey(Uuid),
    /// Generate a data key first.
    #[error("no data key is loaded, so nothing can be sealed")]
    NoKey,
    /// Nothing helps: ask for the secret anew. The bytes, their key or the id they belong to are
    /// not those of the seal.
    #[error("the seal does not open: other bytes, another key or another owner")]
    Tampered,
    /// Try again later.
    #[error("KMS is unavailable: {0}")]
    KmsUnavailable(String),
    /// The operator must act: rights, key state or configuration are wrong.
    #[error("KMS refuses: {0}")]
    KmsRefused(String),
    /// The operator must act: the file is missing, unreadable or not a key.
    #[error("key file {path}: {problem}")]
    KeyFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it; never its content.
        problem: String,
    },
    /// Never seen in practice: the system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
}
