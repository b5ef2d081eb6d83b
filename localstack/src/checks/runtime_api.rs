//! Lambda as a function sees it: the Runtime API, AWS's services behind one address, and the environment of a process.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path as UrlPath, State},
    http::{HeaderMap, HeaderName, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{
    process::Command,
    sync::{mpsc, oneshot},
};

/// What a function and we may say to each other before the other one listens.
const CHANNEL: usize = 16;
/// The account and the region of all of them.
const ARN: &str = "arn:aws:lambda:eu-central-1:1:function";

/// An event for a function.
#[derive(Debug)]
pub(super) struct Invocation {
    /// The id of the request.
    pub id: String,
    /// When Lambda would end it, in milliseconds of Unix time.
    pub deadline_ms: i64,
    /// The event, as JSON.
    pub event: Value,
}

/// What a function says.
#[derive(Debug)]
pub(super) enum Said {
    /// It asks for an event.
    Next(oneshot::Sender<Invocation>),
    /// It has answered the last one: its result, or the error that it reports.
    Answer(Result<Value, Value>),
}

/// Answers a request to one of AWS's services, by its target such as `AmazonSQS.SendMessageBatch`; none where there is no such.
pub(super) type Services = Arc<dyn Fn(&str, &Value) -> Option<Value> + Send + Sync>;

struct Inner {
    services: Services,
    functions: Mutex<BTreeMap<String, mpsc::Sender<Said>>>,
}

/// The running stub. It ends with the runtime.
pub(super) struct RuntimeApi {
    /// Its host and port.
    pub address: String,
    inner: Arc<Inner>,
}

impl RuntimeApi {
    /// Starts it; `more` is served beside it.
    pub(super) async fn start(services: Services, more: Router) -> Result<Self> {
        let inner = Arc::new(Inner { services, functions: Mutex::default() });
        let router = Router::new()
            .route("/{function}/2018-06-01/runtime/invocation/next", get(next))
            .route("/{function}/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/{function}/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/{function}/2018-06-01/runtime/init/error", post(async || StatusCode::ACCEPTED))
            .route("/", post(service))
            .with_state(inner.clone())
            .merge(more);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, inner })
    }

    /// What the next process of this function will say. Whatever the one before still says is lost.
    pub(super) fn listen(&self, function: &str) -> mpsc::Receiver<Said> {
        let (tell, said) = mpsc::channel(CHANNEL);
        self.inner.functions.lock().unwrap_or_else(PoisonError::into_inner).insert(function.to_owned(), tell);
        said
    }

    /// A process of a function, with this environment and what Lambda adds to it.
    pub(super) fn command(
        &self,
        binary: &Path,
        function: &str,
        version: &str,
        environment: &BTreeMap<String, String>,
    ) -> Command {
        let mut command = Command::new(binary);
        command.env_clear().envs(environment).envs([
            ("AWS_LAMBDA_RUNTIME_API", format!("http://{}/{function}", self.address)),
            ("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", version.to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stub".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "stub".to_owned()),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "stub".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "stub".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ]);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

impl Inner {
    fn mouth(&self, function: &str) -> Option<mpsc::Sender<Said>> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner).get(function).cloned()
    }
}

async fn next(State(inner): State<Arc<Inner>>, UrlPath(function): UrlPath<String>) -> Response {
    let Some(mouth) = inner.mouth(&function) else { return StatusCode::NOT_FOUND.into_response() };
    let (give, given) = oneshot::channel();
    let _nobody_listens_any_more = mouth.send(Said::Next(give)).await;
    match given.await {
        Ok(Invocation { id, deadline_ms, event }) => {
            let header = |name: &'static str, value: String| (HeaderName::from_static(name), value);
            let headers = [
                header("lambda-runtime-aws-request-id", id),
                header("lambda-runtime-deadline-ms", deadline_ms.to_string()),
                header("lambda-runtime-invoked-function-arn", format!("{ARN}:{function}")),
            ];
            (headers, Json(event)).into_response()
        }
        // There is no event: a function waits here until it is ended.
        Err(_) => std::future::pending().await,
    }
}

async fn answer(
    inner: State<Arc<Inner>>,
    UrlPath((function, _)): UrlPath<(String, String)>,
    body: Bytes,
) -> StatusCode {
    tell(&inner, &function, Ok(serde_json::from_slice(&body).unwrap_or_default())).await
}

async fn error(inner: State<Arc<Inner>>, UrlPath((function, _)): UrlPath<(String, String)>, body: Bytes) -> StatusCode {
    tell(&inner, &function, Err(serde_json::from_slice(&body).unwrap_or_default())).await
}

async fn tell(inner: &Inner, function: &str, answer: Result<Value, Value>) -> StatusCode {
    let Some(mouth) = inner.mouth(function) else { return StatusCode::NOT_FOUND };
    let _nobody_listens_any_more = mouth.send(Said::Answer(answer)).await;
    StatusCode::ACCEPTED
}

async fn service(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (inner.services)(target, &request) {
        Some(answer) => Json(answer).into_response(),
        None => {
            let refusal = json!({ "__type": "InvalidAction", "message": format!("this stub does not know {target}") });
            (StatusCode::BAD_REQUEST, Json(refusal)).into_response()
        }
    }
}
