//! Runs a use case for each of Telegram's requests to the function's URL, which is open to everybody.

use std::{sync::Arc, time::Duration};

use app::{check::Check, function::Function};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use lambda_http::{
    Body, Request, Response,
    http::{HeaderMap, Method, StatusCode, header},
    service_fn,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tracing::{error, warn};

use crate::{metrics, renewed::Renewed, secrets::Fetch, within};

/// The header that Telegram sends with every update, as `setWebhook` was told.
pub(crate) const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// An update is some kilobytes; what is larger is none.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A use case for Telegram's updates, and the secret by which they are known.
pub struct Verified<T> {
    /// The `secret_token` of `setWebhook`.
    pub secret: SecretString,
    /// The use case.
    pub use_case: T,
}

/// Serves Telegram until the process ends.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn serve<I, T, F, R>(function: &Function, use_case: &Renewed<I, Verified<T>>, answer: F) -> anyhow::Result<()>
where
    I: Fetch,
    T: Check + Send + Sync,
    F: Fn(Arc<Verified<T>>, Body) -> R + Sync,
    R: Future<Output = anyhow::Result<Option<Value>>> + Send,
{
    let service = service_fn(async |request: Request| {
        let (present, limit) = (present(request.headers(), use_case).await, function.work_limit());
        let asks_whether_it_works = request.method() == Method::GET && is_telegram(request.headers(), &present.secret);
        let response = if asks_whether_it_works {
            checked(within(limit, present.use_case.check()).await)
        } else {
            respond(request, &present.secret, limit, &|body| answer(present.clone(), body)).await
        };
        use_case.end_invocation(response.as_ref().is_ok_and(|response| response.status().is_server_error()));
        response
    });
    lambda_http::run(service).await.map_err(anyhow::Error::from_boxed)
}

/// The use case for a request. A secret that is not ours may be newer than ours.
async fn present<I: Fetch, T>(headers: &HeaderMap, use_case: &Renewed<I, Verified<T>>) -> Arc<Verified<T>> {
    let present = use_case.get().await;
    if !headers.contains_key(SECRET_HEADER) || is_telegram(headers, &present.secret) {
        return present;
    }
    use_case.doubt();
    use_case.get().await
}

/// What the deploy is told, which asks a new version before it gets updates.
fn checked(outcome: anyhow::Result<()>) -> Result<Response<Body>, lambda_http::Error> {
    match outcome {
        Ok(()) => empty(StatusCode::NO_CONTENT),
        Err(error) => {
            error!(error = format!("{error:#}"), "check of this version failed");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Nothing of the body is looked at before the secret is.
pub(crate) async fn respond<F, R>(
    request: Request,
    secret: &SecretString,
    limit: Duration,
    answer: &F,
) -> Result<Response<Body>, lambda_http::Error>
where
    F: Fn(Body) -> R,
    R: Future<Output = anyhow::Result<Option<Value>>>,
{
    if !is_telegram(request.headers(), secret) {
        warn!("request refused: it lacks Telegram's secret");
        return empty(StatusCode::UNAUTHORIZED);
    }
    if request.method() != Method::POST {
        return empty(StatusCode::METHOD_NOT_ALLOWED);
    }
    let body = request.into_body();
    if body.len() > MAX_BODY_BYTES {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match within(limit, answer(body)).await {
        Ok(None) => empty(StatusCode::OK),
        Ok(Some(reply)) => {
            let response = Response::builder().header(header::CONTENT_TYPE, "application/json");
            Ok(response.body(reply.to_string().into())?)
        }
        Err(error) => {
            error!(error = format!("{error:#}"), "update failed; Telegram will repeat it");
            metrics::count_failure();
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Compared in constant time, so that the secret cannot be guessed byte by byte.
fn is_telegram(headers: &HeaderMap, secret: &SecretString) -> bool {
    headers
        .get(SECRET_HEADER)
        .is_some_and(|given| verify_slices_are_equal(given.as_bytes(), secret.expose_secret().as_bytes()).is_ok())
}

fn empty(status: StatusCode) -> Result<Response<Body>, lambda_http::Error> {
    Ok(Response::builder().status(status).body(Body::Empty)?)
}

#[cfg(test)]
mod tests {
    use std::future;

    use anyhow::anyhow;
    use serde_json::json;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    /// Answers as if every update were welcome, and must not be asked without the secret.
    async fn response(request: Request, outcome: anyhow::Result<Option<Value>>) -> (u16, String) {
        let outcome = std::sync::Mutex::new(Some(outcome));
        let answer = |_: Body| future::ready(outcome.lock().unwrap().take().unwrap());
        let response = respond(request, &"right".into(), HOUR, &answer).await.unwrap();
        (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap())
    }

    fn request(method: &str, secret: Option<&str>, body: impl Into<Body>) -> Request {
        let mut request = lambda_http::http::Request::builder().method(method).uri("https://bot/");
        if let Some(secret) = secret {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        request.body(body.into()).unwrap()
    }

    #[tokio::test]
    async fn telegrams_update_is_answered_with_json_or_with_nothing() {
        let reply = json!({ "method": "sendMessage", "text": "Привет" });
        let answered = response(request("POST", Some("right"), "{}"), Ok(Some(reply.clone()))).await;
        assert_eq!(answered, (200, reply.to_string()));
        assert_eq!(response(request("POST", Some("right"), "{}"), Ok(None)).await, (200, String::new()));
    }

    #[tokio::test]
    async fn without_the_secret_nobody_learns_anything() {
        for secret in [None, Some(""), Some("righ"), Some("rightt"), Some("wrong")] {
            for method in ["POST", "GET"] {
                let refused = || async { panic!("the update reached the use case") };
                let answer = |_: Body| refused();
                let response = respond(request(method, secret, "{}"), &"right".into(), HOUR, &answer).await.unwrap();
                assert_eq!((response.status().as_u16(), response.body().len()), (401, 0), "{secret:?}");
            }
        }
    }

    #[tokio::test]
    async fn only_a_post_of_up_to_a_mebibyte_is_an_update() {
        assert_eq!(response(request("GET", Some("right"), ()), Ok(None)).await.0, 405);
        assert_eq!(response(request("POST", Some("right"), vec![b' '; MAX_BODY_BYTES]), Ok(None)).await.0, 200);
        assert_eq!(response(request("POST", Some("right"), vec![b' '; MAX_BODY_BYTES + 1]), Ok(None)).await.0, 413);
    }

    #[test]
    fn the_deploy_is_told_whether_this_version_works() {
        let status = |outcome| checked(outcome).unwrap().status().as_u16();
        assert_eq!((status(Ok(())), status(Err(anyhow!("the database is away")))), (204, 500));
    }

    #[tokio::test]
    async fn an_update_that_takes_too_long_is_given_up_and_comes_again() {
        let forever = |_: Body| future::pending::<anyhow::Result<Option<Value>>>();
        let update = request("POST", Some("right"), "{}");
        let response = respond(update, &"right".into(), Duration::from_millis(20), &forever).await.unwrap();
        assert_eq!((response.status().as_u16(), response.body().len()), (500, 0));
    }

    #[tokio::test]
    async fn passing_trouble_lets_telegram_repeat_the_update_and_shows_nothing() {
        let trouble = Err(anyhow!("the database is away"));
        assert_eq!(response(request("POST", Some("right"), "{}"), trouble).await, (500, String::new()));
    }
}
