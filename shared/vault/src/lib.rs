//! Seals WB tokens, so that whoever reads the database, a backup of it or a log reads no token.
//!
//! Envelope encryption: a token is sealed with AES-256-GCM under a **data key**; the data key lies
//! in PostgreSQL wrapped by KMS (on a laptop: by a key file) and is unwrapped once per process.
//! The seal is bound to the token's own id, so a sealed token copied to another row does not open.
//! There is no way to store a token unsealed: without a key, sealing fails.

#![warn(unreachable_pub)]

mod error;
mod key;
mod key_file;
mod kms;
mod seal;
mod wrapping;

pub use error::Error;
pub use key::{DataKey, WrappedKey};
pub use key_file::KeyFile;
pub use seal::{Sealed, Vault};
pub use wrapping::Wrapping;
