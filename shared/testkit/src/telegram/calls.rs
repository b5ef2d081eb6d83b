//! A request of the bot: read in each of the forms that Telegram takes, executed, recorded.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Multipart, Request},
    http::{HeaderValue, header},
};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{
    chats::{self, Call},
    faults::{self, Fault},
    inner::Inner,
    methods::{self, Parameters},
    pictures::{self, Source},
    refusal::Refusal,
    schema,
};

/// Larger requests are refused with 413; a photo of 10 MB with its caption is smaller.
pub(super) const BODY_MAX_BYTES: usize = 16 * 1024 * 1024;

/// The longest time that `getUpdates` waits, whatever the bot asks for.
const POLL_MAX: Duration = Duration::from_secs(50);

/// What stands in place of a secret in the records.
const MASK: &str = "[secret]";

/// The parts of a request before they have types.
#[derive(Default)]
pub(super) struct Input {
    pub(super) values: Map<String, Value>,
    files: BTreeMap<String, Upload>,
}

#[derive(Clone)]
struct Upload {
    file_name: String,
    bytes: Bytes,
}

/// What came of a request, and how its answer is spoilt.
pub(super) struct Outcome {
    pub(super) result: Result<Value, Refusal>,
    pub(super) spoilt: Option<Fault>,
}

/// The parameters of a request: of its query, and of its body in any of the three forms.
pub(super) async fn read(request: Request) -> Result<Input, Refusal> {
    let mut input = Input::default();
    input.add_form(request.uri().query().unwrap_or_default().as_bytes());
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match content_type.and_then(|kind| kind.split(';').next()).map(str::trim) {
        Some("multipart/form-data") => input.add_multipart(request).await?,
        Some("application/json") => {
            let body = whole(request).await?;
            if !body.is_empty() {
                let values: Map<String, Value> =
                    serde_json::from_slice(&body).map_err(|_| Refusal::bug("can't parse JSON object"))?;
                // Telegram takes a `null` as left out.
                input.values.extend(values.into_iter().filter(|(_, value)| !value.is_null()));
            }
        }
        Some("application/x-www-form-urlencoded") => input.add_form(&whole(request).await?),
        _ => {}
    }
    Ok(input)
}

/// The parameters of a call that stands in the answer of a webhook.
pub(super) async fn read_reply(content_type: Option<&str>, body: &[u8]) -> Result<Input, Refusal> {
    let mut request = Request::new(Body::from(body.to_vec()));
    if let Some(content_type) = content_type.and_then(|kind| HeaderValue::from_str(kind).ok()) {
        request.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    read(request).await
}

async fn whole(request: Request) -> Result<Bytes, Refusal> {
    to_bytes(request.into_body(), BODY_MAX_BYTES).await.map_err(|_| Refusal::new(413, "Request Entity Too Large"))
}

impl Input {
    fn add_form(&mut self, form: &[u8]) {
        let pairs = form_urlencoded::parse(form).map(|(name, value)| (name.into_owned(), value.into_owned().into()));
        self.values.extend(pairs);
    }

    async fn add_multipart(&mut self, request: Request) -> Result<(), Refusal> {
        let broken = |_| Refusal::bug("can't parse multipart form data");
        let mut parts =
            Multipart::from_request(request, &()).await.map_err(|_| Refusal::bug("can't parse multipart form data"))?;
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let bytes = part.bytes().await.map_err(|_| Refusal::new(413, "Request Entity Too Large"))?;
            match file_name {
                Some(file_name) => {
                    self.files.insert(name, Upload { file_name, bytes });
                }
                None => {
                    self.values.insert(name, String::from_utf8_lossy(&bytes).into_owned().into());
                }
            }
        }
        Ok(())
    }

    /// The photo of the request: its own part, or the part that `attach://` names.
    async fn photo(&self, inner: &Inner) -> Option<Source> {
        let text = self.values.get("photo").and_then(Value::as_str);
        let file = match text {
            Some(text) => text.strip_prefix("attach://").and_then(|name| self.files.get(name)),
            None => self.files.get("photo"),
        };
        if let Some(Upload { file_name, bytes }) = file.cloned() {
            return Some(Source::Upload { file_name, bytes });
        }
        let text = text?.to_owned();
        let visit = pictures::visit(&inner.client, &text).await;
        Some(Source::Text { text, visit })
    }
}

/// Executes a method and records it. What it has made due the caller delivers.
pub(super) async fn call(inner: &Arc<Inner>, method: &str, input: Input, webhook_reply: bool) -> Outcome {
    let now = inner.clock.now();
    let mut recorded = Call {
        at: now,
        method: method.to_owned(),
        parameters: presentable(&inner.token(), &input),
        webhook_reply,
        error: None,
    };
    let photo = input.photo(inner).await;
    let prepared = prepare(method, input.values);
    let polled = match &prepared {
        Ok(("getUpdates", parameters)) => Some(poll(inner, parameters).await),
        _ => None,
    };
    let mut state = inner.lock();
    let outcome = match (polled, prepared) {
        (Some(result), _) => Outcome { result, spoilt: None },
        (None, Ok((method, parameters))) => {
            execute(inner, &mut state, method, &parameters, photo, recorded.webhook_reply)
        }
        (None, Err(refusal)) => Outcome { result: Err(refusal), spoilt: None },
    };
    if let Some(name) = schema::method_name(method) {
        recorded.method = name.to_owned();
    }
    let spoilt = outcome.spoilt.as_ref().map(|fault| format!("a fault was planned: {fault:?}"));
    recorded.error = outcome.result.as_ref().err().map(|refusal| refusal.description.clone()).or(spoilt);
    if let Some(refusal) = outcome.result.as_ref().err().filter(|refusal| refusal.is_bug) {
        state.violation(now, &recorded.method, refusal.description.clone());
    }
    state.record(recorded);
    outcome
}

/// The method's name as documented and its parameters with their types.
fn prepare(method: &str, values: Map<String, Value>) -> Result<(&'static str, Parameters), Refusal> {
    let unknown = Refusal { is_bug: true, ..Refusal::new(404, "Not Found: method not found") };
    let method = schema::method_name(method).ok_or(unknown)?;
    Ok((method, Parameters(schema::typed(method, values).map_err(Refusal::bug)?)))
}

fn execute(
    inner: &Inner,
    state: &mut chats::State,
    method: &'static str,
    parameters: &Parameters,
    photo: Option<Source>,
    is_webhook_reply: bool,
) -> Outcome {
    let now = inner.clock.now();
    let chat = parameters.integer("chat_id");
    if let Some(chat) = chat.filter(|_| !is_webhook_reply) {
        state.limits.note_request(chat, now);
    }
    let fault = faults::take(&mut state.faults, method);
    let refusal = match &fault {
        Some(Fault::TooManyRequests { seconds }) => {
            state.limits.refuse(chat, now, *seconds);
            Some(Refusal::too_many_requests(*seconds))
        }
        Some(Fault::Blocked) => Some(Refusal::blocked()),
        Some(Fault::ServerError) => Some(Refusal::new(500, "Internal Server Error")),
        Some(Fault::BadGateway) => Some(Refusal::new(502, "Bad Gateway")),
        Some(Fault::Refused { text }) => Some(Refusal::bad_request(text)),
        Some(Fault::ClosedAfterExecution | Fault::HeldAfterExecution) | None => None,
    };
    let result = match refusal {
        Some(refusal) => Err(refusal),
        None => methods::Request { state, options: &inner.options, now, method, parameters }.execute(photo),
    };
    let is_unseen = is_webhook_reply || matches!(fault, Some(Fault::ClosedAfterExecution));
    if let (Some(chat), Err(Refusal { code: 429, .. }), false) = (chat, &result, is_unseen) {
        state.limits.note_told(chat);
    }
    Outcome { result, spoilt: fault }
}

/// `getUpdates`: answers at once when there is something, else waits for it.
async fn poll(inner: &Arc<Inner>, parameters: &Parameters) -> Result<Value, Refusal> {
    let mut changes = inner.changes.subscribe();
    let mut stopped = inner.stop.subscribe();
    let timeout = u64::try_from(parameters.integer("timeout").unwrap_or(0)).unwrap_or(0);
    let end = tokio::time::Instant::now() + Duration::from_secs(timeout).min(POLL_MAX);
    let turn = inner.polls.fetch_add(1, Ordering::Relaxed) + 1;
    inner.touch();
    loop {
        let updates = {
            let mut state = inner.lock();
            if inner.polls.load(Ordering::Relaxed) != turn {
                let text = "Conflict: terminated by other getUpdates request; \
                            make sure that only one bot instance is running";
                return Err(Refusal::new(409, text));
            }
            if state.webhook.is_some() {
                let text = "Conflict: can't use getUpdates method while webhook is active; \
                            use deleteWebhook to delete the webhook first";
                return Err(Refusal { is_bug: true, ..Refusal::new(409, text) });
            }
            let now = inner.clock.now();
            methods::Request { state: &mut state, options: &inner.options, now, method: "getUpdates", parameters }
                .subscribe();
            state.take_updates(parameters.integer("offset").unwrap_or(0), parameters.integer("limit"), now)
        };
        if !updates.is_empty() {
            return Ok(Value::Array(updates));
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep_until(end) => return Ok(json!([])),
            _ = stopped.wait_for(|&stopped| stopped) => return Ok(json!([])),
        }
    }
}

/// The parameters as they may be read by anybody.
fn presentable(token: &str, input: &Input) -> Map<String, Value> {
    let files = input
        .files
        .iter()
        .map(|(name, file)| (name.clone(), json!(format!("upload: {}, {} bytes", file.file_name, file.bytes.len()))));
    let mut values: Map<_, _> = input.values.clone().into_iter().chain(files).collect();
    for (name, value) in &mut values {
        if name == "secret_token" {
            *value = json!(MASK);
        } else if value.to_string().contains(token) {
            *value = json!(value.as_str().map_or_else(|| MASK.to_owned(), |text| text.replace(token, MASK)));
        }
    }
    values
}
