//! The messages: tagged and versioned, so that those in flight survive a deploy.
//!
//! `{"task":"sync","v":1,"cabinet":7,"due_at":"2026-11-22T09:00:00Z"}`. A field may be added within
//! a version, with a default; whatever an older reader would misunderstand needs the next version.

use chrono::{DateTime, Utc};
use domain::{CabinetId, ChatId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::ParseError;

/// So much of the name of a task is told where it is none of ours: the longest that we have has 7.
const MAX_TASK_CHARS: usize = 32;

/// A cabinet is due: bring it up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncTask {
    /// Whose cabinet.
    pub cabinet: CabinetId,
    /// The tick's time. A task that is older than one interval is dropped: the next tick has made
    /// another.
    pub due_at: DateTime<Utc>,
}

/// A chat may have notifications to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeUp {
    /// Which chat.
    pub chat: ChatId,
}

/// What travels in a queue of its own.
pub trait Message: std::fmt::Debug + Serialize + DeserializeOwned + Send + 'static {
    /// The tag.
    const TASK: &'static str;
    /// The version that is written, and the newest that is read.
    const VERSION: u32;
}

impl Message for SyncTask {
    const TASK: &'static str = "sync";
    const VERSION: u32 = 1;
}

impl Message for WakeUp {
    const TASK: &'static str = "wake_up";
    const VERSION: u32 = 1;
}

/// What every message begins with.
#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    task: T,
    v: u32,
}

#[derive(Serialize)]
struct Tagged<'a, M> {
    #[serde(flatten)]
    envelope: Envelope<&'static str>,
    #[serde(flatten)]
    message: &'a M,
}

/// The body of a message.
#[must_use]
pub fn render<M: Message>(message: &M) -> String {
    let tagged = Tagged { envelope: Envelope { task: M::TASK, v: M::VERSION }, message };
    serde_json::to_string(&tagged).expect("ids and times are JSON")
}

/// Reads the body of a message.
///
/// # Errors
/// [`ParseError`] says whether it is damaged, of another queue or of a later version.
pub fn parse<M: Message>(body: &str) -> Result<M, ParseError> {
    // serde's own words may quote the message.
    let malformed = |error: serde_json::Error| {
        ParseError::Malformed(format!("it has another shape at line {} column {}", error.line(), error.column()))
    };
    let Envelope { task, v } = serde_json::from_str::<Envelope<String>>(body).map_err(malformed)?;
    if task != M::TASK {
        let found = task.chars().take(MAX_TASK_CHARS).collect();
        return Err(ParseError::OtherTask { expected: M::TASK, found });
    }
    if v > M::VERSION {
        return Err(ParseError::NewerVersion { task: M::TASK, known: M::VERSION, found: v });
    }
    serde_json::from_str(body).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYNC: &str = r#"{"task":"sync","v":1,"cabinet":7,"due_at":"2026-11-22T09:00:00Z"}"#;
    const WAKE_UP: &str = r#"{"task":"wake_up","v":1,"chat":-100}"#;

    fn sync_task() -> SyncTask {
        SyncTask { cabinet: CabinetId(7), due_at: "2026-11-22T09:00:00Z".parse().unwrap() }
    }

    #[test]
    fn messages_in_flight_keep_their_form() {
        assert_eq!(render(&sync_task()), SYNC);
        assert_eq!(parse::<SyncTask>(SYNC).unwrap(), sync_task());
        assert_eq!(render(&WakeUp { chat: ChatId(-100) }), WAKE_UP);
        assert_eq!(parse::<WakeUp>(WAKE_UP).unwrap(), WakeUp { chat: ChatId(-100) });
    }

    #[test]
    fn a_field_added_by_a_later_deploy_is_ignored() {
        let body = SYNC.replace(r#""v":1"#, r#""v":1,"reason":"tick""#);
        assert_eq!(parse::<SyncTask>(&body).unwrap(), sync_task());
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said() {
        let error = |body: &str| parse::<SyncTask>(body).unwrap_err().to_string();
        assert_eq!(error(WAKE_UP), r#"the task is "wake_up" where "sync" is expected"#);
        assert_eq!(
            error(&SYNC.replace(r#""v":1"#, r#""v":2"#)),
            r#"version 2 of "sync" is newer than 1, which is the newest this version knows"#
        );
        assert_eq!(error(""), "not a message of ours: it has another shape at line 1 column 0");
        assert_eq!(error("{}"), "not a message of ours: it has another shape at line 1 column 2");
        assert!(error(r#"{"task":"sync","v":1}"#).starts_with("not a message of ours: it has another shape"));
    }
}
