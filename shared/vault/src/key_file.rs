//! The key file of a laptop: what KMS is in the cloud.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::zeroize::Zeroizing;
use uuid::Uuid;

use crate::{
    Error,
    key::{DataKey, Key, WrappedKey},
};

/// A key read from a file, which wraps data keys. It has no `Debug`, so that it cannot be logged.
pub struct KeyFile(Key);

impl KeyFile {
    /// Reads 32 bytes in base64.
    ///
    /// # Errors
    /// [`Error::KeyFile`] when the file is missing, unreadable or holds something else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map(Zeroizing::new).map_err(|error| problem(path, error.to_string()))?;
        let bytes = BASE64_STANDARD.decode(text.trim()).map(Zeroizing::new).ok();
        let key = bytes.and_then(|bytes| Key::parse(&bytes));
        Ok(Self(key.ok_or_else(|| problem(path, "does not hold 32 bytes in base64".into()))?))
    }

    /// Makes a new key file that only its owner may read. A file that exists is never overwritten,
    /// because everything sealed under it would be lost.
    ///
    /// # Errors
    /// [`Error::KeyFile`] when the file exists or cannot be written.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let key = Key::random()?;
        let text = Zeroizing::new(BASE64_STANDARD.encode(key.expose()));
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => problem(path, "exists already and is not overwritten".into()),
                _ => problem(path, error.to_string()),
            })?;
        Ok(Self(key))
    }

    pub(crate) fn generate(&self) -> Result<(DataKey, WrappedKey), Error> {
        let (id, key) = (Uuid::new_v4(), Key::random()?);
        let wrapped = self.0.seal(id, key.expose())?;
        Ok((DataKey::new(id, key), WrappedKey { id, wrapped }))
    }

    pub(crate) fn unwrap(&self, key: &WrappedKey) -> Result<DataKey, Error> {
        let bytes = self.0.open(key.id, &key.wrapped)?;
        Ok(DataKey::new(key.id, Key::parse(&bytes).ok_or(Error::Tampered)?))
    }
}

fn problem(path: &Path, problem: String) -> Error {
    Error::KeyFile { path: path.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_created_file_opens_what_it_wrapped_and_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        let (key, wrapped) = KeyFile::create(&path).ok().unwrap().generate().ok().unwrap();

        let again = KeyFile::open(&path).ok().unwrap().unwrap(&wrapped).ok().unwrap();

        assert_eq!(again.id(), wrapped.id);
        assert_eq!(again.key().expose(), key.key().expose());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_existing_file_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        fs::write(&path, "precious").unwrap();

        let error = KeyFile::create(&path).err().unwrap();

        assert!(error.to_string().ends_with("exists already and is not overwritten"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        for content in ["", "not base64 at all", "c2hvcnQ="] {
            fs::write(&path, content).unwrap();
            let error = KeyFile::open(&path).err().unwrap().to_string();
            assert!(error.ends_with("vault.key: does not hold 32 bytes in base64"), "{error}");
        }
        assert!(KeyFile::open(&dir.path().join("nowhere")).err().unwrap().to_string().contains("No such file"));
    }

    #[test]
    fn a_wrapped_key_under_another_id_does_not_unwrap() {
        let dir = tempfile::tempdir().unwrap();
        let file = KeyFile::create(&dir.path().join("vault.key")).ok().unwrap();
        let (_, wrapped) = file.generate().ok().unwrap();
        let moved = WrappedKey { id: Uuid::new_v4(), ..wrapped };
        assert!(matches!(file.unwrap(&moved), Err(Error::Tampered)));
    }
}
