//! What must hold for whatever lies in a queue. The tests try it on what they make up, the fuzz target in
//! `shared/testkit/fuzz` on what it finds.

use crate::{Message, ParseError, SyncTask, WakeUp, parse, render};

/// The longest error. A body has up to 1 MiB, and its words are not for the log.
const ERROR_BYTES: usize = 500;

/// Of any body: it is a message that says the same when it is written again, or is refused in few words; and it is never a
/// message of both queues.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_body(body: &str) {
    let (sync, wake_up) = (parse::<SyncTask>(body), parse::<WakeUp>(body));
    assert!(sync.is_err() || wake_up.is_err(), "a message belongs into one queue: {body}");
    is_kept_or_refused(sync);
    is_kept_or_refused(wake_up);
}

fn is_kept_or_refused<M: Message + PartialEq>(parsed: Result<M, ParseError>) {
    match parsed {
        Ok(message) => {
            let again = parse::<M>(&render(&message));
            assert!(again.as_ref().is_ok_and(|again| *again == message), "{message:?} became {again:?}");
        }
        Err(error) => assert!(error.to_string().len() <= ERROR_BYTES, "{error}"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use domain::{CabinetId, ChatId};
    use proptest::{prelude::*, sample::Index};
    use serde_json::{Map, Value};
    use testkit::property::{cases, json, some_of, text};

    use super::*;

    fn moment() -> impl Strategy<Value = DateTime<Utc>> {
        (-60_000_000_000..250_000_000_000_i64, 0..1_000_000_000_u32)
            .prop_map(|(seconds, nanos)| DateTime::from_timestamp(seconds, nanos).unwrap())
    }

    fn sync_task() -> impl Strategy<Value = SyncTask> {
        (any::<i64>(), moment()).prop_map(|(cabinet, due_at)| SyncTask { cabinet: CabinetId(cabinet), due_at })
    }

    /// The fields of a message.
    fn fields(message: &impl Message) -> Map<String, Value> {
        serde_json::from_str(&render(message)).unwrap()
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn every_message_is_read_as_it_was_written(task in sync_task(), chat in any::<i64>()) {
            prop_assert_eq!(&parse::<SyncTask>(&render(&task)).unwrap(), &task);
            let wake_up = WakeUp { chat: ChatId(chat) };
            prop_assert_eq!(parse::<WakeUp>(&render(&wake_up)).unwrap(), wake_up);
        }

        #[test]
        fn a_later_deploy_may_add_any_field(task in sync_task(), others in some_of(&["reason", "x", "chat", "due", "V"])) {
            let mut body = others;
            body.extend(fields(&task));
            prop_assert_eq!(parse::<SyncTask>(&Value::from(body).to_string()).unwrap(), task);
        }

        #[test]
        fn a_message_of_another_queue_or_a_later_version_is_refused_as_that(
            task in sync_task(), chat in any::<i64>(), later in 2..=u32::MAX,
        ) {
            let is_other = |refused: Option<ParseError>| matches!(refused, Some(ParseError::OtherTask { .. }));
            prop_assert!(is_other(parse::<WakeUp>(&render(&task)).err()));
            let wake_up = WakeUp { chat: ChatId(chat) };
            prop_assert!(is_other(parse::<SyncTask>(&render(&wake_up)).err()));
            let mut body = fields(&task);
            body.insert("v".into(), later.into());
            let refused = parse::<SyncTask>(&Value::from(body).to_string());
            let is_newer = matches!(refused, Err(ParseError::NewerVersion { found, .. }) if found == later);
            prop_assert!(is_newer);
        }

        #[test]
        fn a_message_without_one_of_its_fields_or_with_another_value_is_refused(
            task in sync_task(), at in any::<Index>(), value in prop::option::of(json()),
        ) {
            let mut body = fields(&task);
            let field = body.keys().nth(at.index(body.len())).unwrap().clone();
            let was = body.remove(&field);
            body.extend(value.clone().map(|value| (field, value)));
            let parsed = parse::<SyncTask>(&Value::from(body).to_string());
            prop_assert!(parsed.is_err() || value.is_some_and(|value| value.is_i64() || was.as_ref() == Some(&value)));
        }

        #[test]
        fn any_body_is_kept_or_refused(task in sync_task(), at in any::<Index>(), odd in text(), body in text(), json in json()) {
            holds_for_any_body(&body);
            holds_for_any_body(&json.to_string());
            let mut damaged = render(&task);
            let at = at.index(damaged.len());
            damaged.replace_range(at..=at, &odd);
            holds_for_any_body(&damaged);
            holds_for_any_body(&serde_json::json!({ "task": body.repeat(20), "v": 1 }).to_string());
        }
    }
}
