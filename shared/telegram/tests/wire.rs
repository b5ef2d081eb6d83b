//! The client at the wire: what it sends, and what it makes of each answer.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use domain::{ChatId, UpdateId};
use serde::Deserialize;
use serde_json::{Value, json};
use telegram::{Client, Config, Error, Me, MessageId, Picture, SentPhoto, Update, What};
use teloxide_core::types::{InlineKeyboardButton, InlineKeyboardMarkup};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const TOKEN: &str = "123456789:AAF-secret_token";

/// Says the same to every request, and remembers the requests.
#[derive(Clone)]
struct Fake {
    status: u16,
    headers: HeaderMap,
    body: String,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Fake {
    fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into(), requests: Arc::default() }
    }

    fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, value.parse().expect("a header"));
        self
    }

    async fn serve(&self) -> Client {
        client(self.listen().await)
    }

    async fn listen(&self) -> SocketAddr {
        let app = Router::new().fallback(answer).with_state(self.clone());
        let (listener, address) = listen().await;
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    }

    fn last_request(&self) -> (String, Value) {
        self.requests.lock().expect("no panic").last().cloned().expect("a request")
    }
}

async fn answer(State(fake): State<Fake>, uri: Uri, body: String) -> (StatusCode, HeaderMap, String) {
    let method = uri.path().strip_prefix(&format!("/bot{TOKEN}/")).expect("the token in the path").to_owned();
    let parameters = serde_json::from_str(&body).expect("JSON");
    fake.requests.lock().expect("no panic").push((method, parameters));
    (StatusCode::from_u16(fake.status).expect("a status"), fake.headers, fake.body)
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

fn config(address: SocketAddr) -> Config {
    Config::new(format!("http://{address}").parse().expect("a URL"), TOKEN.into())
}

fn client(address: SocketAddr) -> Client {
    client_of(config(address))
}

fn client_of(config: Config) -> Client {
    // An error means that another test of this process has chosen already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::new(config).expect("a configuration")
}

fn refusal(code: u16, description: &str) -> String {
    json!({ "ok": false, "error_code": code, "description": description }).to_string()
}

fn ok(result: &Value) -> String {
    json!({ "ok": true, "result": result }).to_string()
}

/// The error of a plain sending. Whatever it is, it must not show the token.
async fn send_error(client: &Client) -> Error {
    let error = client.send_text(ChatId(42), "<b>secret text</b>", None, false).await.expect_err("a refusal");
    let shown = format!("{error} {error:?} {client:?}");
    assert!(!shown.contains("secret"), "{shown}");
    error
}

async fn error_of(fake: Fake) -> Error {
    send_error(&fake.serve().await).await
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_and_the_longer_wait_wins() {
    let asked = json!({ "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 7",
        "parameters": { "retry_after": 7 } });
    let seconds = |secs| Error::RetryAfter(Duration::from_secs(secs));
    assert_eq!(error_of(Fake::new(429, asked.to_string())).await, seconds(7));
    assert_eq!(error_of(Fake::new(429, asked.to_string()).with_header("retry-after", "5")).await, seconds(7));
    assert_eq!(error_of(Fake::new(429, asked.to_string()).with_header("retry-after", "3600")).await, seconds(3600));
    assert_eq!(error_of(Fake::new(429, "slow down").with_header("retry-after", "9")).await, seconds(9));
    assert_eq!(error_of(Fake::new(429, "slow down").with_header("retry-after", "soon")).await, seconds(5));
}

#[tokio::test]
async fn a_chat_that_cannot_be_written_to_is_gone() {
    for (code, description) in [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the group chat"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (403, "Forbidden: bot was kicked from the channel chat"),
        (403, "Forbidden: bot is not a member of the supergroup chat"),
        (403, "Forbidden: the group chat was deleted"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (403, "Forbidden: the bot can't send messages to the bot"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: chat_id is empty"),
        (400, "Bad Request: PEER_ID_INVALID"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
    ] {
        let expected = Error::ChatGone { reason: description.into() };
        assert_eq!(error_of(Fake::new(code, refusal(code, description))).await, expected);
    }
}

#[tokio::test]
async fn a_supergroup_tells_its_new_chat() {
    let moved = json!({ "ok": false, "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": { "migrate_to_chat_id": -1_001_234_567_890_123_i64 } });
    assert_eq!(error_of(Fake::new(400, moved.to_string())).await, Error::ChatMoved { to: -1_001_234_567_890_123 });
}

#[tokio::test]
async fn whatever_is_wrong_with_a_message_it_is_refused() {
    for text in [
        "wrong file identifier/HTTP URL specified",
        "wrong HTTP URL specified",
        "failed to get HTTP URL content",
        "wrong type of the web page content",
        "PHOTO_INVALID_DIMENSIONS",
        "IMAGE_PROCESS_FAILED",
        "photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
        "not enough rights to send photos to the chat",
    ] {
        let description = format!("Bad Request: {text}");
        let client = Fake::new(400, refusal(400, &description)).serve().await;
        let photo = "https://example.org/1.webp".parse().unwrap();
        let error = client.send_photo(ChatId(42), Picture::Url(&photo), "", None, false).await.unwrap_err();
        assert_eq!(error, Error::Refused { detail: description });
    }
    for text in [
        "message text is empty",
        "message is too long",
        "message caption is too long",
        "reply markup is too long",
        "BUTTON_DATA_INVALID",
        "can't parse entities: Unsupported start tag \"br\" at byte offset 7",
        "inline keyboard button URL 'http://' is invalid: wrong HTTP URL specified",
        "something that nobody has seen yet",
    ] {
        let detail = format!("Bad Request: {text}");
        assert_eq!(error_of(Fake::new(400, refusal(400, &detail))).await, Error::Refused { detail });
    }
}

#[tokio::test]
async fn a_refused_token_is_unauthorized() {
    assert_eq!(error_of(Fake::new(401, refusal(401, "Unauthorized"))).await, Error::Unauthorized);
    assert_eq!(error_of(Fake::new(404, refusal(404, "Not Found"))).await, Error::Unauthorized);
}

#[tokio::test]
async fn a_webhook_and_a_poll_are_in_each_others_way() {
    let detail = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first";
    let client = Fake::new(409, refusal(409, detail)).serve().await;
    let error = client.fetch_updates(0, Duration::ZERO).await.unwrap_err();
    assert_eq!(error, Error::Conflict { detail: detail.into() });
}

#[tokio::test]
async fn a_server_error_is_an_answer() {
    let unavailable = |code: u16| Error::Unavailable { detail: format!("HTTP {code}") };
    assert_eq!(error_of(Fake::new(500, refusal(500, "Internal Server Error: restart"))).await, unavailable(500));
    assert_eq!(error_of(Fake::new(502, "<html>502 Bad Gateway</html>")).await, unavailable(502));
    assert_eq!(error_of(Fake::new(504, "")).await, unavailable(504));
}

#[tokio::test]
async fn a_front_end_that_refuses_says_nothing_about_the_chat() {
    let expected = Error::Unavailable { detail: "HTTP 403".into() };
    assert_eq!(error_of(Fake::new(403, "<html>403 Forbidden</html>")).await, expected);
    let elsewhere = Fake::new(302, "").with_header("location", "http://127.0.0.1:1/");
    let not_followed = Error::Unavailable { detail: "HTTP 302".into() };
    assert_eq!(error_of(elsewhere).await, not_followed);
}

#[tokio::test]
async fn a_success_that_makes_no_sense_may_have_been_sent() {
    for body in [
        r#"{"ok":true,"result":{"message_id":"#,
        r#"{"ok":true,"result":true}"#,
        r#"{"ok":true,"result":null}"#,
        r#"{"ok":true,"result":{"message_id":"secret"}}"#,
        "",
        "<html>",
    ] {
        let error = error_of(Fake::new(200, body)).await;
        assert!(matches!(error, Error::Unseen { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_refusal_under_a_200_is_a_refusal() {
    let fake = Fake::new(200, refusal(403, "Forbidden: user is deactivated"));
    assert_eq!(error_of(fake).await, Error::ChatGone { reason: "Forbidden: user is deactivated".into() });
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_the_end() {
    let endless = ok(&json!({ "message_id": 9, "text": "a".repeat(4 * 1024 * 1024) }));
    let expected = Error::Unseen { detail: "an answer without end".into() };
    assert_eq!(error_of(Fake::new(200, endless)).await, expected);
}

#[tokio::test]
async fn a_token_that_the_server_repeats_is_not_passed_on() {
    let echo = refusal(400, &format!("Bad Request: no such path /bot{TOKEN}/sendMessage {}", "x".repeat(1000)));
    let Error::Refused { detail } = error_of(Fake::new(400, echo)).await else { panic!("a bad message") };
    assert!(detail.contains("/bot<token>/sendMessage"), "{detail}");
    assert_eq!(detail.chars().count(), 300);
}

#[tokio::test]
async fn a_timeout_may_have_been_sent() {
    let (listener, address) = listen().await;
    let app = Router::new().fallback(std::future::pending::<String>);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let error = send_error(&client_of(Config { request_timeout: Duration::from_millis(100), ..config(address) })).await;
    assert!(matches!(error, Error::Unseen { .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_cut_off_on_the_way_may_have_been_sent() {
    for answer in
        ["HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"ok\":true,\"result\":{\"mess", "HTTP/1.1 200 OK\r\n", ""]
    {
        let (listener, address) = listen().await;
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4096];
            let read = stream.read(&mut request).await.expect("a request");
            assert!(read > 0);
            stream.write_all(answer.as_bytes()).await.expect("an open connection");
        });
        let error = send_error(&client(address)).await;
        assert!(matches!(error, Error::Unseen { .. }), "{answer:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_refusal_cut_off_on_the_way_is_judged_by_its_status() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = [0; 4096];
        let read = stream.read(&mut request).await.expect("a request");
        assert!(read > 0);
        let answer = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 11\r\ncontent-length: 99\r\n\r\n{\"ok\":fal";
        stream.write_all(answer.as_bytes()).await.expect("an open connection");
    });
    assert_eq!(send_error(&client(address)).await, Error::RetryAfter(Duration::from_secs(11)));
}

#[tokio::test]
async fn a_refused_connection_has_surely_sent_nothing() {
    let (listener, address) = listen().await;
    drop(listener);
    let error = send_error(&client(address)).await;
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn an_edit_that_changes_nothing_is_success() {
    let text = "Bad Request: message is not modified: specified new message content and reply markup are exactly the \
                same as a current content and reply markup of the message";
    let client = Fake::new(400, refusal(400, text)).serve().await;
    assert_eq!(client.edit_text(ChatId(42), MessageId(9), "a", None).await, Ok(()));
    assert_eq!(client.edit_caption(ChatId(42), MessageId(9), "a", None).await, Ok(()));
    // Nothing else takes these words for a success.
    assert!(matches!(send_error(&client).await, Error::Refused { .. }));
}

#[tokio::test]
async fn a_message_that_cannot_be_edited_is_gone() {
    for text in [
        "message to edit not found",
        "message can't be edited",
        "MESSAGE_ID_INVALID",
        "there is no text in the message to edit",
        "there is no caption in the message to edit",
    ] {
        let client = Fake::new(400, refusal(400, &format!("Bad Request: {text}"))).serve().await;
        assert_eq!(client.edit_text(ChatId(42), MessageId(9), "a", None).await, Err(Error::MessageGone), "{text}");
        assert_eq!(client.edit_caption(ChatId(42), MessageId(9), "a", None).await, Err(Error::MessageGone), "{text}");
    }
}

#[tokio::test]
async fn a_message_deleted_before_is_deleted_and_one_that_stays_is_told() {
    let client = Fake::new(400, refusal(400, "Bad Request: message to delete not found")).serve().await;
    assert_eq!(client.delete_message(ChatId(42), MessageId(9)).await, Ok(()));
    let client = Fake::new(400, refusal(400, "Bad Request: message can't be deleted for everyone")).serve().await;
    assert_eq!(client.delete_message(ChatId(42), MessageId(9)).await, Err(Error::CannotDelete));
}

#[tokio::test]
async fn a_tap_that_waits_no_longer_is_answered() {
    let text = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    let client = Fake::new(400, refusal(400, text)).serve().await;
    assert_eq!(client.answer_callback("17", None).await, Ok(()));
}

#[tokio::test]
async fn an_edit_is_answered_by_a_message_or_by_true() {
    for result in [json!(true), json!({ "message_id": 9 })] {
        let client = Fake::new(200, ok(&result)).serve().await;
        assert_eq!(client.edit_text(ChatId(42), MessageId(9), "a", None).await, Ok(()));
    }
}

#[tokio::test]
async fn a_sent_picture_is_known_by_its_largest_size() {
    let sizes = json!([
        { "file_id": "small", "file_unique_id": "1", "width": 90, "height": 67 },
        { "file_id": "large", "file_unique_id": "3", "width": 1280, "height": 960 },
        { "file_id": "medium", "file_unique_id": "2", "width": 320, "height": 240 },
    ]);
    let fake = Fake::new(200, ok(&json!({ "message_id": 9, "date": 1, "photo": sizes })));
    let sent = fake.serve().await.send_photo(ChatId(42), Picture::FileId("old"), "a", None, true).await.unwrap();
    assert_eq!(sent, SentPhoto { message_id: MessageId(9), file_id: Some("large".into()) });
    let (method, parameters) = fake.last_request();
    assert_eq!(method, "sendPhoto");
    assert_eq!(
        parameters,
        json!({ "chat_id": 42, "photo": "old", "caption": "a", "parse_mode": "HTML", "disable_notification": true })
    );

    let fake = Fake::new(200, ok(&json!({ "message_id": 9 })));
    let sent = fake.serve().await.send_photo(ChatId(42), Picture::FileId("old"), "a", None, true).await.unwrap();
    assert_eq!(sent.file_id, None);
}

#[tokio::test]
async fn a_picture_of_our_own_goes_out_as_a_form() {
    let form = Arc::<Mutex<String>>::default();
    let seen = form.clone();
    let answer = ok(&json!({ "message_id": 9, "photo": [{ "file_id": "large", "width": 1280, "height": 960 }] }));
    let app = Router::new().fallback(move |body: axum::body::Bytes| {
        *seen.lock().unwrap() = String::from_utf8_lossy(&body).into_owned();
        std::future::ready(answer.clone())
    });
    let (listener, address) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Меню", "v1:menu")]]);
    let sent = client(address)
        .upload_photo(ChatId(42), "1.jpg", b"\xff\xd8\xff".to_vec(), "<b>a</b>", Some(&keyboard), true)
        .await;
    assert_eq!(sent, Ok(SentPhoto { message_id: MessageId(9), file_id: Some("large".into()) }));
    let form = form.lock().unwrap().replace("\r\n", "|");
    for part in [
        r#"name="chat_id"||42|"#,
        r#"name="caption"||<b>a</b>|"#,
        r#"name="parse_mode"||HTML|"#,
        r#"name="disable_notification"||true|"#,
        r#"name="reply_markup"||{"inline_keyboard":[[{"callback_data":"v1:menu","text":"Меню"}]]}|"#,
        r#"name="photo"; filename="1.jpg""#,
    ] {
        assert!(form.contains(part), "{part} is missing in {form}");
    }
}

#[tokio::test]
async fn a_text_goes_out_as_html_without_a_preview() {
    let fake = Fake::new(200, ok(&json!({ "message_id": 9 })));
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Меню", "v1:menu")]]);
    let sent = fake.serve().await.send_text(ChatId(-100), "<b>a</b>", Some(&keyboard), false).await;
    assert_eq!(sent, Ok(MessageId(9)));
    let expected = json!({
        "chat_id": -100,
        "text": "<b>a</b>",
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
        "reply_markup": { "inline_keyboard": [[{ "text": "Меню", "callback_data": "v1:menu" }]] },
    });
    assert_eq!(fake.last_request(), ("sendMessage".into(), expected));
}

#[tokio::test]
async fn whoever_pays_says_so_in_each_message_and_nowhere_else() {
    let fake = Fake::new(200, ok(&json!({ "message_id": 9 })));
    let paying = client_of(Config { is_paid: true, ..config(fake.listen().await) });
    paying.send_text(ChatId(42), "a", None, false).await.unwrap();
    assert_eq!(fake.last_request().1["allow_paid_broadcast"], true);
    paying.send_photo(ChatId(42), Picture::FileId("old"), "a", None, false).await.unwrap();
    assert_eq!(fake.last_request().1["allow_paid_broadcast"], true);
    paying.edit_text(ChatId(42), MessageId(9), "b", None).await.unwrap();
    assert_eq!(fake.last_request().1.get("allow_paid_broadcast"), None);
}

#[tokio::test]
async fn updates_come_as_they_are() {
    let update = r#"{"update_id":7, "message":{"message_id":4,"date":1,"chat":{"id":42,"type":"private"},"from":{"id":42,"first_name":"Анна"},"text":"hi"}}"#;
    let fake = Fake::new(200, format!(r#"{{"ok":true,"result":[{update},{{"update_id":8,"new_kind":{{}}}}]}}"#));
    let updates = fake.serve().await.fetch_updates(7, Duration::from_secs(25)).await.unwrap();
    assert_eq!(updates.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [UpdateId(7), UpdateId(8)]);
    assert_eq!(updates[0].1.get(), update);
    assert!(matches!(Update::parse(updates[0].1.get().as_bytes()).unwrap().what, What::Text { .. }));
    assert_eq!(
        fake.last_request().1,
        json!({ "offset": 7, "limit": 50, "timeout": 25,
            "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"] })
    );
}

#[tokio::test]
async fn the_bot_and_its_webhook_are_known() {
    let me = json!({ "id": 1, "is_bot": true, "first_name": "WB", "username": "wb_bot", "can_join_groups": true });
    let me = Fake::new(200, ok(&me)).serve().await.fetch_me().await;
    assert_eq!(me, Ok(Me { id: 1, username: "wb_bot".into() }));

    let info = json!({ "url": "", "has_custom_certificate": false, "pending_update_count": 3,
        "allowed_updates": ["message", "kind_of_tomorrow"] });
    let info = Fake::new(200, ok(&info)).serve().await.fetch_webhook_info().await.unwrap();
    assert_eq!((info.url.as_str(), info.pending_update_count), ("", 3));
    assert_eq!(info.allowed_updates, Some(vec!["message".into(), "kind_of_tomorrow".into()]));
}

#[derive(Deserialize)]
struct Specification {
    methods: BTreeMap<String, Method>,
}

#[derive(Deserialize)]
struct Method {
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    required: bool,
}

/// The whole machine-readable Bot API where `TELEGRAM_BOT_API_JSON` names it, else the methods in use out of it:
/// `{"methods": {method: {"fields": [{"name", "required"}]}}}`.
fn specification() -> Specification {
    #[expect(clippy::disallowed_methods, reason = "a newer Bot API is tried by hand, not by configuration")]
    let path = std::env::var("TELEGRAM_BOT_API_JSON")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bot-api-10.3-excerpt.json").into());
    let text = std::fs::read_to_string(path).expect("a readable specification");
    serde_json::from_str(&text).expect("a specification")
}

#[tokio::test]
async fn every_method_has_the_parameters_that_the_bot_api_knows() {
    // `true` answers only some of the methods; what counts here is what went out.
    let fake = Fake::new(200, ok(&json!(true)));
    let client = fake.serve().await;
    let url = "https://example.org/hook".parse().unwrap();
    let keyboard = InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("a", "b")]]);
    let second = Duration::from_secs(1);

    assert!(client.send_text(ChatId(42), "a", Some(&keyboard), true).await.is_err());
    assert!(client.send_photo(ChatId(42), Picture::Url(&url), "a", Some(&keyboard), true).await.is_err());
    assert_eq!(client.edit_text(ChatId(42), MessageId(9), "a", Some(&keyboard)).await, Ok(()));
    assert_eq!(client.edit_caption(ChatId(42), MessageId(9), "a", Some(&keyboard)).await, Ok(()));
    assert_eq!(client.delete_message(ChatId(42), MessageId(9)).await, Ok(()));
    assert_eq!(client.answer_callback("17", Some("a")).await, Ok(()));
    assert!(client.fetch_updates(7, second).await.is_err());
    assert!(client.fetch_webhook_info().await.is_err());
    assert_eq!(client.set_webhook(&url, &"s3cret".into(), &telegram::ALLOWED_UPDATES, 10).await, Ok(()));
    assert_eq!(client.delete_webhook().await, Ok(()));
    assert_eq!(client.set_commands(&[("start", "Начать")], Some("ru")).await, Ok(()));
    assert_eq!(client.set_description("Слежу за магазином.", None).await, Ok(()));
    assert!(client.fetch_me().await.is_err());

    let specification = specification();
    let requests = fake.requests.lock().unwrap();
    assert_eq!(requests.iter().map(|(method, _)| method).collect::<BTreeSet<_>>().len(), 13);
    for (method, parameters) in requests.iter() {
        let fields = &specification.methods.get(method).unwrap_or_else(|| panic!("no method {method}")).fields;
        let parameters = parameters.as_object().unwrap();
        for name in parameters.keys() {
            assert!(fields.iter().any(|field| field.name == *name), "{method} knows no {name}");
        }
        for Field { name, .. } in fields.iter().filter(|field| field.required) {
            assert!(parameters.contains_key(name), "{method} needs {name}");
        }
    }
}
