//! A 256-bit key and the one way in which it encrypts.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    rand,
};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox, zeroize::Zeroizing};
use uuid::Uuid;

use crate::Error;

/// AES-256.
pub(crate) const KEY_BYTES: usize = 32;
/// What GCM appends.
const TAG_BYTES: usize = 16;

/// A 256-bit key that is overwritten when dropped.
pub(crate) struct Key(SecretBox<[u8; KEY_BYTES]>);

impl Key {
    pub(crate) fn random() -> Result<Self, Error> {
        let mut key = SecretBox::new(Box::new([0; KEY_BYTES]));
        rand::fill(key.expose_secret_mut()).map_err(|_| Error::NoRandomness)?;
        Ok(Self(key))
    }

    /// `None` when the bytes are not 32.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut key = SecretBox::new(Box::new([0; KEY_BYTES]));
        (bytes.len() == KEY_BYTES).then(|| key.expose_secret_mut().copy_from_slice(bytes))?;
        Some(Self(key))
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose_secret()
    }

    /// Nonce, ciphertext, tag. The nonce is random: with one key per deployment and a seal per
    /// accepted token we stay far below the 2³² seals after which random nonces become unsafe.
    pub(crate) fn seal(&self, owner: Uuid, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(plaintext.len() + TAG_BYTES);
        bytes.extend_from_slice(plaintext);
        let nonce = self
            .cipher()
            .seal_in_place_append_tag(Aad::from(owner.as_bytes()), &mut bytes)
            .map_err(|_| Error::NoRandomness)?;
        Ok([nonce.as_ref().as_slice(), &bytes].concat())
    }

    /// The plaintext, if these very bytes were sealed by this key for this owner.
    pub(crate) fn open(&self, owner: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(Error::Tampered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::Tampered)?;
        let mut bytes = Zeroizing::new(ciphertext.to_vec());
        let length = self
            .cipher()
            .open_in_place(nonce, Aad::from(owner.as_bytes()), &mut bytes)
            .map_err(|_| Error::Tampered)?
            .len();
        bytes.truncate(length);
        Ok(bytes)
    }

    fn cipher(&self) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, self.expose()).expect("the key has the length of AES-256")
    }
}

/// A key under which tokens are sealed. It has no `Debug`, so that it cannot be logged.
pub struct DataKey {
    id: Uuid,
    key: Key,
}

impl DataKey {
    pub(crate) fn new(id: Uuid, key: Key) -> Self {
        Self { id, key }
    }

    /// Its name, kept beside everything that it sealed.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }
}

/// A data key as it lies in the database.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Its name, which the wrapping is bound to.
    pub id: Uuid,
    /// What only the wrapping can open.
    pub wrapped: Vec<u8>,
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey({}, {} bytes)", self.id, self.wrapped.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_whatever_its_size() {
        let (key, owner) = (Key::random().unwrap(), Uuid::new_v4());
        for size in (0..200).chain([1_000, 4_095, 4_096, 65_537]) {
            let plaintext: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
            let sealed = key.seal(owner, &plaintext).unwrap();
            assert_eq!(sealed.len(), NONCE_LEN + size + TAG_BYTES);
            assert_eq!(*key.open(owner, &sealed).unwrap(), plaintext);
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let (key, owner) = (Key::random().unwrap(), Uuid::new_v4());
        assert_ne!(key.seal(owner, b"same").unwrap(), key.seal(owner, b"same").unwrap());
    }

    #[test]
    fn any_flipped_bit_is_refused() {
        let (key, owner) = (Key::random().unwrap(), Uuid::new_v4());
        let sealed = key.seal(owner, b"a token").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(key.open(owner, &flipped), Err(Error::Tampered)), "bit {bit}");
        }
    }

    #[test]
    fn any_cut_off_seal_is_refused() {
        let (key, owner) = (Key::random().unwrap(), Uuid::new_v4());
        let sealed = key.seal(owner, b"a token").unwrap();
        for length in 0..sealed.len() {
            assert!(matches!(key.open(owner, &sealed[..length]), Err(Error::Tampered)), "{length} bytes");
        }
    }

    #[test]
    fn another_owner_or_another_key_is_refused() {
        let (key, owner) = (Key::random().unwrap(), Uuid::new_v4());
        let sealed = key.seal(owner, b"a token").unwrap();
        assert!(matches!(key.open(Uuid::new_v4(), &sealed), Err(Error::Tampered)));
        assert!(matches!(Key::random().unwrap().open(owner, &sealed), Err(Error::Tampered)));
    }

    #[test]
    fn only_32_bytes_are_a_key() {
        assert!(Key::parse(&[7; 31]).is_none());
        assert!(Key::parse(&[7; 33]).is_none());
        assert_eq!(Key::parse(&[7; 32]).unwrap().expose(), &[7; 32]);
    }
}
