//! KMS at the wire: a small server that speaks its JSON protocol on 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::HashMap,
    future,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_kms::config::timeout::TimeoutConfig;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use domain::TokenId;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use testkit::aws::{self, refuse, target};
use uuid::Uuid;
use vault::{Error, Vault, WrappedKey, Wrapping};

/// Base64 of 32 bytes of 7.
const PLAINTEXT: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// Base64 of "wrapped".
const CIPHERTEXT: &str = "d3JhcHBlZA==";

/// Knows one key; remembers the encryption context of what it wrapped.
#[derive(Clone, Default)]
struct FakeKms {
    wrapped_for: Arc<Mutex<Option<Value>>>,
    fault: Arc<Mutex<Option<Fault>>>,
}

#[derive(Clone, Copy)]
enum Fault {
    Answer(u16, &'static str),
    Silence,
    CutOff,
}

async fn answer(State(kms): State<FakeKms>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let fault = *kms.fault.lock().unwrap();
    match fault {
        Some(Fault::Silence) => return future::pending().await,
        Some(Fault::CutOff) => return (StatusCode::OK, format!("{{\"Plaintext\":\"{PLAINTEXT}\",\"Cipher")),
        Some(Fault::Answer(status, code)) => return refuse(status, code),
        None => {}
    }
    let request: Value = serde_json::from_str(&body).unwrap();
    if request["KeyId"] != "alias/wb-assist" {
        return refuse(400, "NotFoundException");
    }
    match target(&headers) {
        "TrentService.GenerateDataKey" if request["KeySpec"] == "AES_256" => {
            *kms.wrapped_for.lock().unwrap() = Some(request["EncryptionContext"].clone());
            let answer = json!({ "KeyId": "arn", "Plaintext": PLAINTEXT, "CiphertextBlob": CIPHERTEXT });
            (StatusCode::OK, answer.to_string())
        }
        "TrentService.Decrypt" => {
            let known = kms.wrapped_for.lock().unwrap().as_ref() == Some(&request["EncryptionContext"]);
            if !known || request["CiphertextBlob"] != CIPHERTEXT {
                return refuse(400, "InvalidCiphertextException");
            }
            (StatusCode::OK, json!({ "KeyId": "arn", "Plaintext": PLAINTEXT }).to_string())
        }
        _ => refuse(400, "UnsupportedOperationException"),
    }
}

async fn start() -> (FakeKms, Wrapping) {
    let kms = FakeKms::default();
    let client = aws_sdk_kms::Client::new(&aws::start(answer, kms.clone()).await);
    (kms, Wrapping::Kms { client, key_id: "alias/wb-assist".into() })
}

#[tokio::test]
async fn a_generated_key_unwraps_and_opens_what_it_sealed() {
    let (kms, wrapping) = start().await;
    let id = TokenId(Uuid::new_v4());

    let (key, wrapped) = wrapping.generate().await.ok().unwrap();
    let sealed = Vault::new(vec![key]).seal(id, &"token".into()).unwrap();
    let again = Vault::new(vec![wrapping.unwrap(&wrapped).await.ok().unwrap()]);

    assert_eq!(wrapped.wrapped, b"wrapped");
    assert_eq!(again.unseal(id, &sealed).unwrap().expose_secret(), "token");
    let context: HashMap<String, String> =
        serde_json::from_value(kms.wrapped_for.lock().unwrap().clone().unwrap()).unwrap();
    assert_eq!(context["purpose"], "wb-token-data-key");
    assert_eq!(context["data_key_id"], wrapped.id.to_string());
}

#[tokio::test]
async fn a_wrapped_key_under_another_id_or_with_other_bytes_does_not_unwrap() {
    let (_kms, wrapping) = start().await;
    let (_, wrapped) = wrapping.generate().await.ok().unwrap();

    let moved = WrappedKey { id: Uuid::new_v4(), ..wrapped.clone() };
    let altered = WrappedKey { wrapped: b"Wrapped".into(), ..wrapped };

    assert!(matches!(wrapping.unwrap(&moved).await, Err(Error::Tampered)));
    assert!(matches!(wrapping.unwrap(&altered).await, Err(Error::Tampered)));
}

#[tokio::test]
async fn what_may_pass_is_unavailable_and_what_will_not_is_refused() {
    let (kms, wrapping) = start().await;
    let (_, wrapped) = wrapping.generate().await.ok().unwrap();
    for (status, code, passes) in [
        (400, "ThrottlingException", true),
        (500, "KMSInternalException", true),
        (503, "SomethingNew", true),
        (400, "KeyUnavailableException", true),
        (400, "AccessDeniedException", false),
        (400, "DisabledException", false),
        (400, "NotFoundException", false),
    ] {
        *kms.fault.lock().unwrap() = Some(Fault::Answer(status, code));
        for error in [wrapping.generate().await.err().unwrap(), wrapping.unwrap(&wrapped).await.err().unwrap()] {
            let text = format!("{code}: because");
            match error {
                Error::KmsUnavailable(reason) if passes => assert_eq!(reason, text),
                Error::KmsRefused(reason) if !passes => assert_eq!(reason, text),
                other => panic!("{code}: {other}"),
            }
        }
    }
}

#[tokio::test]
async fn silence_ends_as_unavailable() {
    let (kms, wrapping) = start().await;
    *kms.fault.lock().unwrap() = Some(Fault::Silence);
    let Wrapping::Kms { client, key_id } = wrapping else { unreachable!("the fake is a KMS") };
    let impatient = TimeoutConfig::builder().operation_timeout(Duration::from_millis(20)).build();
    let config = client.config().to_builder().timeout_config(impatient).build();
    let wrapping = Wrapping::Kms { client: aws_sdk_kms::Client::from_conf(config), key_id };

    let error = wrapping.generate().await.err().unwrap();

    assert_eq!(error.to_string(), "KMS is unavailable: no answer in time");
}

#[tokio::test]
async fn a_cut_off_answer_is_unavailable_and_shows_nothing_of_the_key() {
    let (kms, wrapping) = start().await;
    *kms.fault.lock().unwrap() = Some(Fault::CutOff);

    let error = wrapping.generate().await.err().unwrap();

    assert!(matches!(&error, Error::KmsUnavailable(_)), "{error}");
    assert!(!format!("{error:?}").contains(PLAINTEXT), "{error:?}");
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let (_kms, wrapping) = start().await;
    let Wrapping::Kms { client, key_id } = wrapping else { unreachable!("the fake is a KMS") };
    let config = client.config().to_builder().endpoint_url("http://127.0.0.1:1").build();
    let wrapping = Wrapping::Kms { client: aws_sdk_kms::Client::from_conf(config), key_id };

    let error = wrapping.generate().await.err().unwrap().to_string();
    assert!(error.starts_with("KMS is unavailable: no connection: dispatch failure"), "{error}");
}
