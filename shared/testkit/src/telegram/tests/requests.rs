//! Requests over HTTP: every refusal in Telegram's words.

use std::{net::SocketAddr, sync::atomic::Ordering};

use axum::{Router, http::header, routing::get};
use reqwest::multipart::{Form, Part};
use tokio::net::TcpListener;
use url::Url;

use super::*;

#[tokio::test]
async fn a_wrong_token_is_unauthorized_and_a_malformed_one_not_found() {
    let world = World::new().await;
    for (token, status) in [("123456:another", 401), ("123456", 404), ("x:y", 404), ("", 404), ("1:a b", 404)] {
        let response = world.http.get(format!("{}/bot{token}/getMe", world.fake.url())).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{token}");
        let body: Value = response.json().await.unwrap();
        let description = if status == 401 { "Unauthorized" } else { "Not Found" };
        assert_eq!(body, json!({"ok": false, "error_code": status, "description": description}));
    }
    let nowhere = world.http.get(world.fake.url()).send().await.unwrap();
    assert_eq!(nowhere.status().as_u16(), 404);
    assert!(FakeTelegram::start(LOCALHOST.into(), "no token", world.clock.clone()).await.is_err());
}

#[tokio::test]
async fn a_new_token_takes_the_place_of_the_one_before() {
    let world = World::new().await;
    let status = async |url: String| world.http.get(url).send().await.unwrap().status().as_u16();
    let before = world.method_url("getMe");
    assert_eq!(status(before.clone()).await, 200);
    assert!(world.fake.renew_token("1:of-another-bot").is_err() && world.fake.renew_token("no token").is_err());
    let id = before.split_once("/bot").unwrap().1.split_once(':').unwrap().0;
    let new = format!("{id}:another-secret");
    world.fake.renew_token(&new).unwrap();
    assert_eq!(status(before).await, 401);
    assert_eq!(status(format!("{}/bot{new}/getMe", world.fake.url())).await, 200);
}

#[tokio::test]
async fn an_unknown_method_or_parameter_is_refused_and_recorded() {
    let world = World::new().await;
    assert_eq!(world.refused("sendMesage", json!({})).await, "Not Found: method not found");
    assert_eq!(
        world.refused("sendMessage", json!({"chat_id": 1000, "text": "x", "parsemode": "HTML"})).await,
        "Bad Request: unknown parameter \"parsemode\" of sendMessage"
    );
    assert_eq!(
        world.problems(),
        ["Not Found: method not found", "Bad Request: unknown parameter \"parsemode\" of sendMessage"]
    );
    assert!(world.fake.messages(1000).is_empty());
}

#[tokio::test]
async fn every_method_of_the_schema_is_played() {
    let world = World::new().await;
    let schema: Value = serde_json::from_str(include_str!("../bot-api.json")).unwrap();
    for method in schema["methods"].as_object().unwrap().keys() {
        let (status, body) = world.call(method, json!({})).await;
        assert!(status == 200 || status == 400, "{method}: {body}");
    }
}

#[tokio::test]
async fn get_form_json_and_multipart_do_the_same() {
    let world = World::new().await;
    let fields = [("chat_id", "1000"), ("text", "<b>ж</b>"), ("parse_mode", "html"), ("disable_notification", "true")];
    let url = world.method_url("SENDMESSAGE");
    let query = Url::parse_with_params(&url, fields).unwrap();
    world.http.get(query).send().await.unwrap().error_for_status().unwrap();
    world.http.post(&url).form(&fields).send().await.unwrap().error_for_status().unwrap();
    let form = fields.iter().fold(Form::new(), |form, (name, value)| form.text(*name, *value));
    world.http.post(&url).multipart(form).send().await.unwrap().error_for_status().unwrap();
    world.clock.advance(TimeDelta::seconds(1));
    let json = json!({"chat_id": 1000, "text": "<b>ж</b>", "parse_mode": "HTML", "disable_notification": true});
    world.ok("sendMessage", json).await;

    let messages = world.fake.messages(1000);
    assert_eq!(messages.len(), 4);
    for message in messages {
        assert_eq!((message.content.text.as_str(), message.content.html.as_str()), ("ж", "<b>ж</b>"));
        assert_eq!((message.content.entities[0].kind.as_str(), message.silent), ("bold", true));
    }
    assert_eq!(world.fake.sent_texts(1000), ["ж"; 4]);
    assert!(world.fake.calls().iter().all(|call| call.method == "sendMessage" && call.error.is_none()));
}

#[tokio::test]
async fn texts_are_refused_in_telegrams_words() {
    let world = World::new().await;
    let long = "ж".repeat(4_096);
    world.ok("sendMessage", json!({"chat_id": 1000, "text": format!("<b>{long}</b>"), "parse_mode": "HTML"})).await;
    for (method, parameters, description) in [
        ("sendMessage", json!({"chat_id": 1000, "text": ""}), "Bad Request: message text is empty"),
        ("sendMessage", json!({"chat_id": 1000}), "Bad Request: message text is empty"),
        ("sendMessage", json!({"chat_id": 1000, "text": " \n "}), "Bad Request: text must be non-empty"),
        ("sendMessage", json!({"chat_id": 1000, "text": long.clone() + "x"}), "Bad Request: message is too long"),
        (
            "sendMessage",
            json!({"chat_id": 1000, "text": "x", "parse_mode": "Markdown"}),
            "Bad Request: unsupported parse_mode",
        ),
        (
            "sendMessage",
            json!({"chat_id": 1000, "text": "Привет<br>", "parse_mode": "HTML"}),
            "Bad Request: can't parse entities: Unsupported start tag \"br\" at byte offset 12",
        ),
        (
            "sendPhoto",
            json!({"chat_id": 1000, "photo": "https://x.ru/1.jpg", "caption": "ж".repeat(1_025)}),
            "Bad Request: message caption is too long",
        ),
        ("sendPhoto", json!({"chat_id": 1000}), "Bad Request: there is no photo in the request"),
        ("sendMessage", json!({"text": "x"}), "Bad Request: chat_id is empty"),
        (
            "answerCallbackQuery",
            json!({"callback_query_id": "1", "text": "ж".repeat(201)}),
            "Bad Request: MESSAGE_TOO_LONG",
        ),
        (
            "setMyCommands",
            json!({"commands": [{"command": "Start", "description": "x"}]}),
            "Bad Request: BOT_COMMAND_INVALID",
        ),
        (
            "setMyCommands",
            json!({"commands": [{"command": "start", "description": ""}]}),
            "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            "setMyCommands",
            json!({"commands": [], "language_code": "rus"}),
            "Bad Request: invalid language code specified",
        ),
        ("setMyDescription", json!({"description": "ж".repeat(513)}), "Bad Request: BOT_DESCRIPTION_TOO_LONG"),
    ] {
        assert_eq!(world.refused(method, parameters).await, description);
        assert_eq!(world.problems().last().unwrap(), description, "a mistake of the bot is recorded");
    }
}

#[tokio::test]
async fn who_is_not_there_or_has_blocked_the_bot_is_told_without_a_violation() {
    let world = World::new().await;
    for chat in [json!(7), json!("@nobody")] {
        assert_eq!(
            world.refused("sendMessage", json!({"chat_id": chat, "text": "x"})).await,
            "Bad Request: chat not found"
        );
    }
    world.fake.block(1000);
    let (status, body) = world.call("sendMessage", json!({"chat_id": 1000, "text": "x"})).await;
    assert_eq!((status, &body["description"]), (403, &json!("Forbidden: bot was blocked by the user")));
    world.fake.unblock(1000);
    world.ok("sendMessage", json!({"chat_id": 1000, "text": "x"})).await;
    assert_eq!(world.problems(), [""; 0]);
}

#[tokio::test]
async fn an_edit_that_changes_nothing_or_finds_nothing_is_refused() {
    let world = World::new().await;
    let id = world.send_keyboard().await;
    let keyboard =
        json!({"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}, {"text": "Сайт", "url": "https://x.ru"}]]});
    let same = json!({"chat_id": 1000, "message_id": id, "text": "Ну?", "reply_markup": keyboard});
    let not_modified = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";
    assert_eq!(world.refused("editMessageText", same.clone()).await, not_modified);
    let same_keyboard = json!({"chat_id": 1000, "message_id": id, "reply_markup": keyboard});
    assert_eq!(world.refused("editMessageReplyMarkup", same_keyboard).await, not_modified);

    // Without a keyboard the old one goes.
    world.clock.advance(TimeDelta::seconds(5));
    let edited = world.ok("editMessageText", json!({"chat_id": 1000, "message_id": id, "text": "Ну?"})).await;
    assert_eq!(edited["edit_date"], json!(world.clock.now().timestamp()));
    let message = world.fake.last_message(1000).unwrap();
    assert_eq!((message.content.keyboard, message.edits.len()), (None, 1));
    assert_eq!(message.edits[0].keyboard.as_ref().unwrap()[0][0].text, "Да");

    let said = world.fake.say(1000, "привет").unwrap();
    let photo = world.ok("sendPhoto", json!({"chat_id": 1000, "photo": "https://x.ru/1.jpg"})).await;
    for (message_id, description) in [
        (json!(999), "Bad Request: message to edit not found"),
        (json!(said.message_id), "Bad Request: message can't be edited"),
        (photo["message_id"].clone(), "Bad Request: there is no text in the message to edit"),
    ] {
        let parameters = json!({"chat_id": 1000, "message_id": message_id, "text": "x"});
        assert_eq!(world.refused("editMessageText", parameters).await, description);
    }
    assert_eq!(
        world.refused("editMessageText", json!({"chat_id": 1000, "text": "x"})).await,
        "Bad Request: message identifier is not specified"
    );
}

#[tokio::test]
async fn messages_of_both_sides_can_be_deleted_for_two_days() {
    let world = World::new().await;
    let said = world.fake.say(1000, "мой токен").unwrap().message_id;
    let delete = json!({"chat_id": 1000, "message_id": said});
    world.ok("deleteMessage", delete.clone()).await;
    assert_eq!(world.refused("deleteMessage", delete).await, "Bad Request: message to delete not found");
    assert_eq!(world.fake.last_message(1000), None);
    assert!(world.fake.messages(1000)[0].deleted);

    let old = world.send_keyboard().await;
    world.clock.advance(TimeDelta::hours(48));
    assert_eq!(
        world.refused("deleteMessage", json!({"chat_id": 1000, "message_id": old})).await,
        "Bad Request: message can't be deleted for everyone"
    );
}

#[tokio::test]
async fn a_tap_is_answered_once_and_in_time() {
    let world = World::new().await;
    let message = world.send_keyboard().await;
    let tap = |world: &World| {
        world.fake.press(1000, message, "yes").unwrap();
        world.fake.inner.lock().pending.last().unwrap().body["callback_query"]["id"].clone()
    };
    let too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    let id = tap(&world);
    let answer = json!({"callback_query_id": id, "text": "Готово", "show_alert": true});
    world.ok("answerCallbackQuery", answer.clone()).await;
    assert_eq!(world.refused("answerCallbackQuery", answer).await, too_old);
    assert_eq!(world.refused("answerCallbackQuery", json!({"callback_query_id": "1"})).await, too_old);

    let late = tap(&world);
    world.clock.advance(TimeDelta::seconds(16));
    assert_eq!(world.refused("answerCallbackQuery", json!({"callback_query_id": late})).await, too_old);

    let answers = world.fake.answers();
    assert_eq!(answers.len(), 1);
    assert_eq!((answers[0].chat, answers[0].text.as_deref(), answers[0].show_alert), (1000, Some("Готово"), true));
    assert!(world.fake.press(1000, None, "Сайт").is_err(), "a page is no tap for the bot");
    assert!(world.fake.press(1000, None, "Нет").is_err());
}

#[tokio::test]
async fn an_answer_to_a_message_needs_the_message() {
    let world = World::new().await;
    let said = world.fake.say(1000, "привет").unwrap().message_id;
    let reply = |id: i64| json!({"chat_id": 1000, "text": "x", "reply_parameters": {"message_id": id}});
    assert_eq!(world.refused("sendMessage", reply(77)).await, "Bad Request: message to be replied not found");
    let sent = world.ok("sendMessage", reply(said)).await;
    assert_eq!(sent["reply_to_message"]["text"], "привет");
}

#[tokio::test]
async fn too_many_messages_are_refused_with_the_time_to_wait() {
    let world = World::with(Options { strict: true, ..Options::default() }).await;
    let parameters = json!({"chat_id": 1000, "text": "x"});
    world.ok("sendMessage", parameters.clone()).await;
    let response = world.http.post(world.method_url("sendMessage")).json(&parameters).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (429, &header::HeaderValue::from(1)));
    let body: Value = response.json().await.unwrap();
    let expected = json!({
        "ok": false,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    });
    assert_eq!(body, expected);
    assert_eq!((world.fake.refusals(), world.fake.early()), (1, 0));
    world.refused("sendMessage", parameters.clone()).await;
    assert_eq!((world.fake.refusals(), world.fake.early()), (2, 1));
    world.clock.advance(TimeDelta::seconds(1));
    world.ok("sendMessage", parameters).await;
    assert_eq!(world.fake.messages(1000).len(), 2);
}

#[tokio::test]
async fn the_hundred_and_first_entity_is_dropped_and_recorded() {
    let world = World::new().await;
    let sent =
        world.ok("sendMessage", json!({"chat_id": 1000, "text": "<b>a</b> ".repeat(101), "parse_mode": "HTML"})).await;
    assert_eq!(sent["entities"].as_array().unwrap().len(), 100);
    assert_eq!(world.problems(), ["Telegram silently drops 1 entities of this text"]);
}

#[tokio::test]
async fn pictures_come_by_address_by_file_id_and_by_upload() {
    let world = World::new().await;
    let shop = Router::new()
        .route("/1.png", get(|| async { ([(header::CONTENT_TYPE, "image/png")], PNG) }))
        .route("/2.png", get(|| async { ([(header::CONTENT_TYPE, "text/html")], PNG) }));
    let listener = TcpListener::bind(SocketAddr::from(LOCALHOST)).await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, shop).await.unwrap() });

    let photo = |photo: String| json!({"chat_id": 1000, "photo": photo, "caption": "<i>x</i>", "parse_mode": "HTML"});
    let sent = world.ok("sendPhoto", photo(format!("{host}/1.png"))).await;
    assert_eq!((&sent["caption"], &sent["caption_entities"][0]["type"]), (&json!("x"), &json!("italic")));
    let file_id = sent["photo"][0]["file_id"].as_str().unwrap().to_owned();
    world.ok("sendPhoto", photo(file_id.clone())).await;
    for (address, description) in [
        (format!("{host}/2.png"), "Bad Request: wrong type of the web page content"),
        (format!("{host}/3.png"), "Bad Request: failed to get HTTP URL content"),
        (format!("{file_id}0"), "Bad Request: wrong file identifier/HTTP URL specified"),
    ] {
        assert_eq!(world.refused("sendPhoto", photo(address)).await, description);
    }

    let upload = |file_name: &'static str| {
        let form = Form::new().text("chat_id", "1000").part("photo", Part::bytes(PNG).file_name(file_name));
        world.http.post(world.method_url("sendPhoto")).multipart(form).send()
    };
    assert_eq!(upload("1.png").await.unwrap().status().as_u16(), 200);
    let refused: Value = upload("1.webp").await.unwrap().json().await.unwrap();
    assert_eq!(
        refused["description"],
        "Bad Request: photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp"
    );
    let attached = Form::new()
        .text("chat_id", "1000")
        .text("photo", "attach://file")
        .part("file", Part::bytes(PNG).file_name("1.png"));
    world.clock.advance(TimeDelta::seconds(1));
    let response = world.http.post(world.method_url("sendPhoto")).multipart(attached).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(world.fake.last_message(1000).unwrap().photo.unwrap().source, "upload: 1.png, 18 bytes");
}

#[tokio::test]
async fn a_webhook_needs_https_a_port_and_a_clean_secret() {
    let world = World::with(Options::default()).await;
    for (parameters, problem) in [
        (json!({"url": "http://x.ru/"}), "An HTTPS URL must be provided for webhook"),
        (json!({"url": "http://127.0.0.1:9000/"}), "An HTTPS URL must be provided for webhook"),
        (json!({"url": "https://x.ru:444/"}), "Webhook can be set up only on ports 80, 88, 443 or 8443"),
        (json!({"url": "nowhere"}), "invalid webhook URL specified"),
        (json!({"url": "https://x.ru", "secret_token": "a b"}), "secret token contains unallowed characters"),
        (json!({"url": "https://x.ru", "secret_token": "a".repeat(257)}), "secret token is too long"),
    ] {
        assert_eq!(world.refused("setWebhook", parameters).await, format!("Bad Request: bad webhook: {problem}"));
    }
    let good = json!({"url": "https://x.ru:8443/", "secret_token": "aZ_-9", "allowed_updates": ["message"]});
    world.ok("setWebhook", good.clone()).await;
    assert_eq!(world.refused("setWebhook", good.clone()).await, "Too Many Requests: retry after 1");
    assert_eq!(world.fake.calls().last().unwrap().parameters["secret_token"], "[secret]");
    let conflict =
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    assert_eq!(world.refused("getUpdates", json!({})).await, conflict);

    // Nothing is sent to another machine, and what is not subscribed to is not queued.
    world.fake.say(1000, "x").unwrap();
    world.fake.block(1000);
    world.fake.settle().await;
    let info = world.ok("getWebhookInfo", json!({})).await;
    assert_eq!((&info["pending_update_count"], &info["allowed_updates"]), (&json!(1), &json!(["message"])));
    world.ok("deleteWebhook", json!({"drop_pending_updates": true})).await;
    assert_eq!(world.ok("getUpdates", json!({})).await, json!([]));
    assert_eq!(world.ok("getWebhookInfo", json!({})).await["url"], "");
}

#[tokio::test]
async fn updates_are_polled_confirmed_and_repeated() {
    let world = World::new().await;
    let first = world.fake.say(1000, "1").unwrap().update_id;
    world.fake.say(1000, "2").unwrap();
    world.fake.say(1000, "3").unwrap();
    let poll = async |parameters: Value| -> Vec<u64> {
        let updates = world.ok("getUpdates", parameters).await;
        updates.as_array().unwrap().iter().map(|update| update["update_id"].as_u64().unwrap()).collect()
    };
    let first = u64::from(first);
    assert_eq!(poll(json!({"limit": 2})).await, [first, first + 1]);
    assert_eq!(poll(json!({"offset": first + 1})).await, [first + 1, first + 2]);
    world.fake.redeliver(700_000_001).unwrap();
    assert_eq!(poll(json!({"offset": first + 3})).await, [first]);
    assert_eq!(poll(json!({"offset": first + 3})).await, [0; 0]);
    assert!(world.fake.redeliver(1).is_err());

    for text in ["4", "5"] {
        world.fake.say(1000, text).unwrap();
    }
    assert_eq!(poll(json!({"offset": -1})).await, [first + 4]);
    world.clock.advance(TimeDelta::hours(25));
    assert_eq!(poll(json!({})).await, [0; 0], "an update lives for a day");
}

#[tokio::test]
async fn a_long_poll_ends_with_an_update_or_with_another_poll() {
    let world = World::new().await;
    let poll = || async { world.call("getUpdates", json!({"timeout": 50})).await };
    // A poll counts itself as soon as it is there.
    let wait_for_poll = async |number: u64| {
        world.fake.until(|fake| (fake.inner.polls.load(Ordering::Relaxed) == number).then_some(())).await;
    };
    let second = async {
        wait_for_poll(1).await;
        poll().await
    };
    let speaker = async {
        wait_for_poll(2).await;
        world.fake.say(1000, "x").unwrap();
    };
    let ((status, conflict), (_, updates), ()) = tokio::join!(poll(), second, speaker);
    assert_eq!(status, 409);
    let text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    assert_eq!(conflict["description"], text);
    assert_eq!(updates["result"][0]["message"]["text"], "x");
}

#[tokio::test]
async fn every_fault_is_met_so_many_times() {
    let world = World::new().await;
    let parameters = json!({"chat_id": 1000, "text": "x"});
    for (fault, status, description) in [
        (Fault::TooManyRequests { seconds: 7 }, 429, "Too Many Requests: retry after 7"),
        (Fault::Blocked, 403, "Forbidden: bot was blocked by the user"),
        (Fault::ServerError, 500, "Internal Server Error"),
        (Fault::Refused { text: "PHOTO_INVALID_DIMENSIONS".to_owned() }, 400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    ] {
        world.fake.break_next("sendmessage", fault, 1).unwrap();
        let (code, body) = world.call("sendMessage", parameters.clone()).await;
        assert_eq!((code, &body["description"]), (status, &json!(description)));
        world.clock.advance(TimeDelta::seconds(7));
    }
    world.fake.break_next("sendMessage", Fault::BadGateway, 1).unwrap();
    let response = world.http.post(world.method_url("sendMessage")).json(&parameters).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 502);
    assert!(response.text().await.unwrap().starts_with("<html>"));
    assert!(world.fake.messages(1000).is_empty());
    for method in ["sendMesage", "getUpdates"] {
        assert!(world.fake.break_next(method, Fault::Blocked, 1).is_err());
    }

    world.ok("sendMessage", parameters).await;
    assert_eq!((world.fake.early(), world.fake.refusals()), (0, 1));
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_was_executed() {
    let world = World::new().await;
    let parameters = json!({"chat_id": 1000, "text": "x"});
    world.fake.break_next("sendMessage", Fault::ClosedAfterExecution, 1).unwrap();
    let error = world.http.post(world.method_url("sendMessage")).json(&parameters).send().await.unwrap_err();
    assert!(error.is_request(), "{error:?}");
    assert_eq!(world.fake.sent_texts(1000), ["x"]);
    assert_eq!(world.fake.calls()[0].error.as_deref(), Some("a fault was planned: ClosedAfterExecution"));

    world.fake.break_next("sendMessage", Fault::HeldAfterExecution, 1).unwrap();
    let release = async {
        world.fake.until(|fake| (fake.calls().len() == 2).then_some(())).await;
        assert_eq!(world.fake.sent_texts(1000), ["x", "x"]);
        world.fake.release();
    };
    let ((status, _), ()) = tokio::join!(world.call("sendMessage", parameters), release);
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_snapshot_brings_everything_back() {
    let world = World::new().await;
    world.fake.say(1000, "/start").unwrap();
    world.send_keyboard().await;
    let state = world.fake.snapshot().unwrap();
    assert!(!state.to_string().contains(TOKEN));
    let again =
        FakeTelegram::start_with_state(LOCALHOST.into(), TOKEN, world.clock.clone(), state.clone()).await.unwrap();
    assert_eq!(again.messages(1000), world.fake.messages(1000));
    assert_eq!((again.pending(), again.snapshot().unwrap()), (1, state.clone()));

    world.fake.say(1000, "x").unwrap();
    world.fake.restore(state.clone()).unwrap();
    assert_eq!(world.fake.snapshot().unwrap(), state);
    assert!(world.fake.restore(json!({})).is_err());
}

#[tokio::test]
async fn a_stopped_fake_answers_nobody_and_can_still_be_read() {
    let world = World::new().await;
    world.fake.say(1000, "x").unwrap();
    let poll = async { world.call("getUpdates", json!({"offset": 800_000_000, "timeout": 50})).await };
    let stop = async {
        world.fake.until(|fake| (fake.inner.polls.load(Ordering::Relaxed) == 1).then_some(())).await;
        world.fake.stop().await;
    };
    let ((status, body), ()) = tokio::join!(poll, stop);
    assert_eq!((status, &body["result"]), (200, &json!([])));
    assert!(world.http.get(world.method_url("getMe")).send().await.is_err());
    assert_eq!(world.fake.messages(1000).len(), 1);
}
