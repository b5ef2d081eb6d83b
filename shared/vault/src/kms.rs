//! Data keys from AWS KMS: `GenerateDataKey` once per deployment, `Decrypt` once per process.

use std::collections::HashMap;

use aws_sdk_kms::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::decrypt::DecryptError,
    primitives::Blob,
    types::DataKeySpec,
};
use secrecy::zeroize::Zeroizing;
use uuid::Uuid;

use crate::{
    Error,
    key::{DataKey, Key, WrappedKey},
};

/// The encryption context's field that says what the key is for. A key policy may require it.
const PURPOSE: (&str, &str) = ("purpose", "wb-token-data-key");
/// The encryption context's field that binds a wrapped key to its id.
const KEY_ID: &str = "data_key_id";
/// Refusals that KMS gives as our fault (400) although they pass.
const PASSING: [&str; 3] = ["DependencyTimeoutException", "KeyUnavailableException", "ThrottlingException"];

pub(crate) async fn generate(client: &Client, key_id: &str) -> Result<(DataKey, WrappedKey), Error> {
    let id = Uuid::new_v4();
    let answer = client
        .generate_data_key()
        .key_id(key_id)
        .key_spec(DataKeySpec::Aes256)
        .set_encryption_context(Some(encryption_context(id)))
        .send()
        .await
        .map_err(|error| error_of(&error))?;
    let key = parse_key(answer.plaintext)?;
    let wrapped = answer.ciphertext_blob.ok_or_else(|| refused("the answer holds no wrapped key"))?.into_inner();
    Ok((DataKey::new(id, key), WrappedKey { id, wrapped }))
}

pub(crate) async fn unwrap(client: &Client, key_id: &str, key: &WrappedKey) -> Result<DataKey, Error> {
    let answer = client
        .decrypt()
        .key_id(key_id)
        .ciphertext_blob(Blob::new(key.wrapped.as_slice()))
        .set_encryption_context(Some(encryption_context(key.id)))
        .send()
        .await
        .map_err(|error| match error.as_service_error() {
            // KMS says this also when the encryption context is another one.
            Some(DecryptError::InvalidCiphertextException(_) | DecryptError::IncorrectKeyException(_)) => {
                Error::Tampered
            }
            _ => error_of(&error),
        })?;
    Ok(DataKey::new(key.id, parse_key(answer.plaintext)?))
}

fn encryption_context(id: Uuid) -> HashMap<String, String> {
    HashMap::from([(PURPOSE.0.to_owned(), PURPOSE.1.to_owned()), (KEY_ID.to_owned(), id.to_string())])
}

fn parse_key(plaintext: Option<Blob>) -> Result<Key, Error> {
    let bytes = Zeroizing::new(plaintext.map(Blob::into_inner).unwrap_or_default());
    Key::parse(&bytes).ok_or_else(|| refused("the answer holds no 32-byte key"))
}

/// Keeps only the code and the sentence of a refusal: the SDK's error can hold a whole answer, and
/// an answer can hold a key.
fn error_of<E: ProvideErrorMetadata + std::error::Error + 'static>(error: &SdkError<E>) -> Error {
    let unavailable = |reason: &str| Error::KmsUnavailable(reason.to_owned());
    match error {
        SdkError::TimeoutError(_) => unavailable("no answer in time"),
        SdkError::DispatchFailure(_) => unavailable(&format!("no connection: {}", DisplayErrorContext(error))),
        SdkError::ServiceError(refusal) => match refusal.err().code() {
            None => unavailable("an answer that cannot be read"),
            Some(code) => {
                let text = format!("{code}: {}", refusal.err().message().unwrap_or("no reason given"));
                let passes = PASSING.contains(&code) || refusal.raw().status().is_server_error();
                if passes { Error::KmsUnavailable(text) } else { Error::KmsRefused(text) }
            }
        },
        _ => unavailable("an answer that cannot be read"),
    }
}

fn refused(reason: &str) -> Error {
    Error::KmsRefused(reason.to_owned())
}
