//! What must hold for whatever invokes a function. The tests try it on what they make up, the fuzz targets in
//! `shared/testkit/fuzz` on what they find.

use serde_json::Value;

use crate::{
    deploy::{self, Done},
    schedule,
};

/// The ids of a request have no more together, as JSON writes them.
const IDS_BYTES: usize = 3_500;
/// So long an address is none of another value's beginnings.
const ADDRESS_BYTES: usize = 12;

/// Of any event: a request of CloudFormation is carried out or refused, and what CloudFormation is told fits, names its
/// request, and does not show the address, which is a secret.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_request(event: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(event) else { return };
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (address, id) = (text("ResponseURL"), text("RequestId"));
    let is_told = |told: &str| address.len() >= ADDRESS_BYTES && told.contains(&address);
    match deploy::Request::read(event.clone()) {
        Err(error) => assert!(!is_told(&format!("{error:#} {error:?}")), "the address is told: {error:#}"),
        Ok(request) => {
            let failure = request.step().err().map(|error| format!("{error:#}"));
            for failure in [failure.as_deref(), Some(&event.to_string().replace(&address, ""))] {
                let body = deploy::answer_body(&request, failure.map_or(Ok(&Done::default()), Err));
                let ids = ["StackId", "LogicalResourceId", "PhysicalResourceId", "RequestId"];
                let ids: usize = ids.iter().filter_map(|id| event.get(id)).map(|id| id.to_string().len()).sum();
                assert!(body.len() <= deploy::ANSWER_BYTES || ids > IDS_BYTES, "{} bytes are refused", body.len());
                let answer: Value = serde_json::from_str(&body).expect("an answer is JSON");
                let status = if failure.is_some() { "FAILED" } else { "SUCCESS" };
                assert_eq!(
                    (&answer["RequestId"], &answer["Status"]),
                    (&Value::from(id.as_str()), &Value::from(status))
                );
                assert!(
                    answer["Reason"].as_str().is_some_and(|reason| !reason.is_empty()),
                    "a reason is needed: {body}"
                );
            }
        }
    }
}

/// Of any event: a tick has the time of the event and is spread over a minute at most, or is refused.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_tick(event: &[u8]) {
    let Ok(event) = serde_json::from_slice(event) else { return };
    if let Ok(tick) = schedule::parse(&event) {
        assert_eq!(Some(tick.time), event.time);
        assert!(tick.spread <= schedule::SPREAD);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use aws_lambda_events::sqs::SqsEvent;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use chrono::DateTime;
    use lambda_http::Body;
    use proptest::{collection::vec, prelude::*, sample::Index};
    use queue::SyncTask;
    use serde_json::json;
    use testkit::property::{cases, json, some_of, text};
    use url::Url;

    use super::*;
    use crate::{deploy::Step, http::respond, sqs::run_batch};

    const HOUR: Duration = Duration::from_secs(3_600);
    const ADDRESS: &str = "https://cloudformation-custom-resource-response.s3.amazonaws.com/?Signature=s3cret";

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    /// A request with ids as long as AWS makes them.
    fn request() -> impl Strategy<Value = Value> {
        let ids = ("[ -~]{1,128}", "[a-zA-Z0-9-]{1,128}", "[a-zA-Z0-9]{1,255}", prop::option::of("[ -~]{1,1024}"));
        let what = (
            "(Create|Update|Delete)",
            "Custom::(Schema|TelegramBot|[a-zA-Z0-9_@-]{1,50})",
            some_of(&["Migrations", "WebhookUrl", "MaxConnections", "ServiceToken"]),
        );
        (ids, what).prop_map(|((stack, request, logical, physical), (kind, resource, properties))| {
            json!({
                "RequestType": kind, "ResponseURL": ADDRESS, "StackId": stack, "RequestId": request,
                "LogicalResourceId": logical, "PhysicalResourceId": physical, "ResourceType": resource,
                "ResourceProperties": properties,
            })
        })
    }

    fn tick(time: &Value, detail: &Value) -> Vec<u8> {
        let tick = json!({
            "version": "0", "id": "53dc4d37", "detail-type": "Scheduled Event", "source": "aws.events", "time": time,
            "account": "123456789012", "region": "eu-central-1", "resources": [], "detail": detail,
        });
        tick.to_string().into_bytes()
    }

    fn parse_tick(event: &[u8]) -> anyhow::Result<app::fanout::Tick> {
        schedule::parse(&serde_json::from_slice(event)?)
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn any_request_is_answered_so_that_cloudformation_takes_it(
            request in request(), at in any::<Index>(), value in prop::option::of(json()), event in json(),
            text in "[a\"\\\\\u{1}я😀]{1,3}",
        ) {
            holds_for_any_request(request.to_string().as_bytes());
            holds_for_any_request(event.to_string().as_bytes());
            let mut odd = request.clone();
            let field = odd.as_object().unwrap().keys().nth(at.index(8)).unwrap().clone();
            match value {
                Some(value) => odd[field] = value,
                None => drop(odd.as_object_mut().unwrap().remove(&field)),
            }
            holds_for_any_request(odd.to_string().as_bytes());
            let mut told = request;
            told["ResourceType"] = text.repeat(1_000).into();
            holds_for_any_request(told.to_string().as_bytes());
        }

        #[test]
        fn what_the_template_asks_for_is_done_as_it_asks(
            request in request(), migrations in text(), host in "[a-z]{1,20}", connections in any::<u8>(),
        ) {
            let step = |resource: &str, properties: Value| {
                let mut request = request.clone();
                request["RequestType"] = "Update".into();
                request["ResourceType"] = resource.into();
                request["ResourceProperties"] = properties;
                deploy::Request::read(request).unwrap().step().unwrap().unwrap()
            };
            let schema = step("Custom::Schema", json!({ "Migrations": migrations }));
            prop_assert_eq!(schema, Step::Schema { migrations });
            let url: Url = format!("https://{host}.on.aws/").parse().unwrap();
            let bot = json!({ "WebhookUrl": url, "MaxConnections": connections.to_string() });
            let expected = Step::TelegramBot { webhook_url: url, max_connections: connections };
            prop_assert_eq!(step("Custom::TelegramBot", bot), expected);
        }

        #[test]
        fn a_tick_is_spread_over_a_minute_or_refused(
            seconds in 0..4_000_000_000_i64, spread in prop_oneof![0..120_i64, any::<i64>()], others in some_of(&["x", "spread"]),
        ) {
            let time = DateTime::from_timestamp(seconds, 0).unwrap();
            let mut detail = others;
            let by_rule = parse_tick(&tick(&json!(time), &detail.clone().into())).unwrap();
            prop_assert_eq!((by_rule.time, by_rule.spread.as_secs()), (time, 60));
            detail.insert("spread_seconds".into(), spread.into());
            let tick = parse_tick(&tick(&json!(time), &detail.into())).ok().map(|tick| (tick.time, tick.spread.as_secs()));
            let expected = u64::try_from(spread).ok().filter(|spread| *spread <= 60);
            prop_assert_eq!(tick, expected.map(|spread| (time, spread)));
        }

        #[test]
        fn any_event_is_a_tick_or_refused(bytes in any::<Vec<u8>>(), time in json(), detail in json()) {
            holds_for_any_tick(&bytes);
            holds_for_any_tick(&tick(&time, &json!({})));
            holds_for_any_tick(&tick(&json!("2026-11-22T09:03:00Z"), &detail));
            holds_for_any_tick(&tick(&json!("2026-11-22T09:03:00Z"), &json!({ "spread_seconds": detail })));
        }
    }

    /// A message of the queue: good, refused by the use case, or one that cannot be read.
    #[derive(Clone, Debug)]
    enum Sent {
        Good(i64),
        Fails(i64),
        Odd(Option<String>),
    }

    fn sent() -> impl Strategy<Value = Sent> {
        prop_oneof![
            (0..1_000_i64).prop_map(Sent::Good),
            (-1_000..0_i64).prop_map(Sent::Fails),
            prop::option::of(text()).prop_map(Sent::Odd),
            json().prop_map(|body| Sent::Odd(Some(body.to_string()))),
        ]
    }

    fn body(sent: &Sent) -> Option<String> {
        let task = |cabinet: i64| SyncTask { cabinet: domain::CabinetId(cabinet), due_at: DateTime::UNIX_EPOCH };
        match sent {
            Sent::Good(cabinet) | Sent::Fails(cabinet) => Some(queue::render(&task(*cabinet))),
            Sent::Odd(body) => body.clone(),
        }
    }

    proptest! {
        #![proptest_config(cases(100))]

        #[test]
        fn of_a_batch_exactly_the_messages_that_fail_come_again(sent in vec(sent(), 0..10)) {
            let records: Vec<_> = sent.iter().enumerate().map(|(at, sent)| json!({
                "messageId": format!("m{at}"), "body": body(sent), "attributes": {}, "messageAttributes": {},
            })).collect();
            let event: SqsEvent = serde_json::from_value(json!({ "Records": records })).unwrap();
            let seen = Arc::new(Mutex::new(Vec::new()));
            let kept = seen.clone();
            let response = block_on(run_batch(event, HOUR, move |task: SyncTask| {
                kept.lock().unwrap().push(task.cabinet.0);
                let is_good = task.cabinet.0 >= 0;
                async move { if is_good { Ok(()) } else { Err(anyhow::anyhow!("no")) } }
            }));
            let failed: Vec<_> = response.batch_item_failures.into_iter().map(|one| one.item_identifier).collect();
            let bad = sent.iter().enumerate().filter(|(_, sent)| !matches!(sent, Sent::Good(_)));
            prop_assert_eq!(failed, bad.map(|(at, _)| format!("m{at}")).collect::<Vec<_>>());
            let read: Vec<_> = sent.iter().filter_map(|sent| match sent {
                Sent::Good(cabinet) | Sent::Fails(cabinet) => Some(*cabinet),
                Sent::Odd(_) => None,
            }).collect();
            prop_assert_eq!(&*seen.lock().unwrap(), &read);
        }

        #[test]
        fn the_bot_gets_the_bytes_that_were_posted(bytes in any::<Vec<u8>>(), text in text(), secret in prop_oneof![Just(Some("right".to_owned())), prop::option::of("[a-z]{1,5}")]) {
            for (body, is_base64, posted) in [
                (BASE64_STANDARD.encode(&bytes), true, bytes.clone()),
                (text.clone(), false, text.clone().into_bytes()),
            ] {
                let seen = Mutex::new(None);
                let answer = |update: Body| {
                    *seen.lock().unwrap() = Some(update.to_vec());
                    future::ready(Ok(None))
                };
                let request = lambda_http::request::from_str(&invocation(&body, is_base64, secret.as_deref())).unwrap();
                let response = block_on(respond(request, &"right".into(), HOUR, &answer)).unwrap();
                let is_telegram = secret.as_deref() == Some("right");
                prop_assert_eq!(response.status().as_u16(), if is_telegram { 200 } else { 401 });
                prop_assert_eq!(seen.into_inner().unwrap(), is_telegram.then_some(posted));
            }
        }
    }

    /// How Lambda hands a POST to the function's URL over.
    fn invocation(body: &str, is_base64: bool, secret: Option<&str>) -> String {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
            "headers": { "x-telegram-bot-api-secret-token": secret.unwrap_or_default(), "content-type": "application/json" },
            "requestContext": {
                "accountId": "anonymous", "apiId": "x", "domainName": "x.on.aws", "domainPrefix": "x", "requestId": "id",
                "http": { "method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "1.2.3.4", "userAgent": "x" },
                "routeKey": "$default", "stage": "$default", "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 0,
            },
            "body": body, "isBase64Encoded": is_base64,
        })
        .to_string()
    }
}
