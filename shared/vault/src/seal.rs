//! Sealing and opening tokens.

use std::fmt;

use domain::TokenId;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{Error, key::DataKey};

/// The data keys of this process. It has no `Debug`, so that no key can be logged.
pub struct Vault {
    keys: Vec<DataKey>,
}

/// A token as it lies in the database.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The data key that opens it.
    pub key_id: Uuid,
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

impl Vault {
    /// A vault that seals with the first key and opens with any: the newest comes first.
    #[must_use]
    pub fn new(keys: Vec<DataKey>) -> Self {
        Self { keys }
    }

    /// Seals a token for its row.
    ///
    /// # Errors
    /// [`Error::NoKey`] when the vault is empty: a token is never stored unsealed.
    pub fn seal(&self, id: TokenId, token: &SecretString) -> Result<Sealed, Error> {
        let newest = self.keys.first().ok_or(Error::NoKey)?;
        let bytes = newest.key().seal(id.0, token.expose_secret().as_bytes())?;
        Ok(Sealed { key_id: newest.id(), bytes })
    }

    /// Opens the token of a row.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when it was sealed with a key that is not loaded (rotated since this
    /// process started), [`Error::Tampered`] when it is not what was sealed for this row.
    pub fn unseal(&self, id: TokenId, sealed: &Sealed) -> Result<SecretString, Error> {
        let key = self.keys.iter().find(|key| key.id() == sealed.key_id).ok_or(Error::UnknownKey(sealed.key_id))?;
        let bytes = key.key().open(id.0, &sealed.bytes)?;
        Ok(SecretString::from(str::from_utf8(&bytes).map_err(|_| Error::Tampered)?))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes under data key {})", self.bytes.len(), self.key_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    fn data_key() -> DataKey {
        DataKey::new(Uuid::new_v4(), Key::random().unwrap())
    }

    fn token_id() -> TokenId {
        TokenId(Uuid::new_v4())
    }

    #[test]
    fn a_sealed_token_opens_for_its_own_row_only() {
        let (vault, id) = (Vault::new(vec![data_key()]), token_id());
        for token in ["", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "токен", &"x".repeat(5_000)] {
            let sealed = vault.seal(id, &token.into()).unwrap();
            assert_eq!(vault.unseal(id, &sealed).unwrap().expose_secret(), token);
            assert!(matches!(vault.unseal(token_id(), &sealed), Err(Error::Tampered)));
        }
    }

    #[test]
    fn the_newest_key_seals_and_an_older_one_still_opens() {
        let (old, new, id) = (data_key(), data_key(), token_id());
        let (old_id, new_id) = (old.id(), new.id());
        let before = Vault::new(vec![old]);
        let sealed_before = before.seal(id, &"token".into()).unwrap();
        let [old]: [DataKey; 1] = before.keys.try_into().ok().unwrap();

        let rotated = Vault::new(vec![new, old]);

        assert_eq!(sealed_before.key_id, old_id);
        assert_eq!(rotated.seal(id, &"token".into()).unwrap().key_id, new_id);
        assert_eq!(rotated.unseal(id, &sealed_before).unwrap().expose_secret(), "token");
    }

    #[test]
    fn a_key_that_is_not_loaded_is_named() {
        let id = token_id();
        let sealed = Vault::new(vec![data_key()]).seal(id, &"token".into()).unwrap();
        let error = Vault::new(vec![data_key()]).unseal(id, &sealed).unwrap_err();
        assert!(matches!(error, Error::UnknownKey(key) if key == sealed.key_id));
    }

    #[test]
    fn an_empty_vault_seals_nothing() {
        assert!(matches!(Vault::new(Vec::new()).seal(token_id(), &"token".into()), Err(Error::NoKey)));
    }

    #[test]
    fn nothing_of_the_token_is_in_the_sealed_bytes_or_in_debug() {
        let (vault, id, token) = (Vault::new(vec![data_key()]), token_id(), "eyJhbGciOiJFUzI1NiJ9");
        let sealed = vault.seal(id, &token.into()).unwrap();
        assert!(!sealed.bytes.windows(4).any(|bytes| token.as_bytes().windows(4).any(|part| part == bytes)));
        assert_eq!(format!("{sealed:?}"), format!("Sealed(48 bytes under data key {})", sealed.key_id));
        assert!(!format!("{:?}", vault.unseal(id, &sealed).unwrap()).contains(token));
    }
}
