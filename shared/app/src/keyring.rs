//! The data keys of the vault, loaded and unwrapped once per process, and again when a token names a newer one.

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::TokenId;
use secrecy::SecretString;
use store::vault_keys::{self, WrappedKey};
use tokio::sync::RwLock;
use uuid::Uuid;
use vault::{DataKey, Sealed, Vault, Wrapping};

/// Opens the vault at its first use, so that a function that seals nothing asks nobody.
#[derive(Clone)]
pub struct Keyring {
    wrapping: Arc<Wrapping>,
    vault: Arc<RwLock<Option<Arc<Vault>>>>,
}

impl Keyring {
    /// A keyring whose keys this wrapping unwraps.
    #[must_use]
    pub fn new(wrapping: Wrapping) -> Self {
        Self { wrapping: Arc::new(wrapping), vault: Arc::default() }
    }

    /// Seals a token for its row. The very first call of a deployment makes its first data key.
    pub(crate) async fn seal(
        &self,
        pool: &store::Pool,
        id: TokenId,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Sealed> {
        self.open(pool, now).await?.seal(id, token).context("cannot seal the token")
    }

    /// Opens the token of a row, which a data key has sealed. A key that this process does not know was made since it began.
    pub(crate) async fn unseal(
        &self,
        pool: &store::Pool,
        id: TokenId,
        (key_id, bytes): (Uuid, &[u8]),
        now: DateTime<Utc>,
    ) -> anyhow::Result<SecretString> {
        let sealed = Sealed { key_id, bytes: bytes.to_vec() };
        let opened = match self.open(pool, now).await?.unseal(id, &sealed) {
            Err(vault::Error::UnknownKey(_)) => {
                *self.vault.write().await = None;
                self.open(pool, now).await?.unseal(id, &sealed)
            }
            opened => opened,
        };
        opened.with_context(|| format!("cannot open token {id}"))
    }

    /// Makes a data key that seals from now on, and returns its id. The others still open.
    pub(crate) async fn rotate(&self, pool: &store::Pool, now: DateTime<Utc>) -> anyhow::Result<Uuid> {
        let (_, key) = self.wrapping.generate().await.context("cannot make a data key")?;
        let new = WrappedKey { id: key.id, wrapped: key.wrapped };
        vault_keys::save_key(pool, &new, now).await.context("cannot store the data key")?;
        *self.vault.write().await = None;
        Ok(new.id)
    }

    /// The id of the key that seals.
    pub(crate) async fn newest(&self, pool: &store::Pool) -> anyhow::Result<Uuid> {
        let keys = vault_keys::load_keys(pool).await.context("cannot load the data keys")?;
        keys.first().map(|key| key.id).context("there is no data key yet: nothing was ever sealed")
    }

    async fn open(&self, pool: &store::Pool, now: DateTime<Utc>) -> anyhow::Result<Arc<Vault>> {
        if let Some(vault) = &*self.vault.read().await {
            return Ok(vault.clone());
        }
        // Whoever else wants it meanwhile waits, and finds it.
        let mut held = self.vault.write().await;
        if let Some(vault) = &*held {
            return Ok(vault.clone());
        }
        let vault = Arc::new(self.load(pool, now).await?);
        *held = Some(vault.clone());
        Ok(vault)
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
