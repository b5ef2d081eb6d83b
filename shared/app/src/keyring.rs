//! The data keys of the vault, loaded and unwrapped once per process.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use store::vault_keys::{self, WrappedKey};
use tokio::sync::OnceCell;
use vault::{DataKey, Vault, Wrapping};

/// Opens the vault at its first use, so that a function that seals nothing asks nobody.
#[derive(Clone)]
pub struct Keyring {
    wrapping: Arc<Wrapping>,
    vault: Arc<OnceCell<Vault>>,
}

impl Keyring {
    /// A keyring whose keys this wrapping unwraps.
    #[must_use]
    pub fn new(wrapping: Wrapping) -> Self {
        Self { wrapping: Arc::new(wrapping), vault: Arc::default() }
    }

    /// The vault. The very first call of a deployment makes its first data key.
    pub(crate) async fn open(&self, pool: &store::Pool, now: DateTime<Utc>) -> anyhow::Result<&Vault> {
        self.vault.get_or_try_init(|| self.load(pool, now)).await
    }

    async fn load(&self, pool: &store::Pool, now: DateTime<Utc>) -> anyhow::Result<Vault> {
        let mut wrapped = vault_keys::load_keys(pool).await.context("cannot load the data keys")?;
        if wrapped.is_empty() {
            let (_, key) = self.wrapping.generate().await.context("cannot make the first data key")?;
            let first = WrappedKey { id: key.id, wrapped: key.wrapped };
            vault_keys::save_first_key(pool, &first, now).await.context("cannot store the first data key")?;
            // Another process may have been faster: what stands in the database is the key.
            wrapped = vault_keys::load_keys(pool).await.context("cannot load the data keys")?;
        }
        let mut keys: Vec<DataKey> = Vec::with_capacity(wrapped.len());
        for key in wrapped {
            let key = vault::WrappedKey { id: key.id, wrapped: key.wrapped };
            keys.push(self.wrapping.unwrap(&key).await.context("cannot unwrap a data key")?);
        }
        Ok(Vault::new(keys))
    }
}
