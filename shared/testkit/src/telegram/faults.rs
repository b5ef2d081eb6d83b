//! Telegram on a bad day.

use serde::{Deserialize, Serialize};

/// What happens to a request instead of, or after, its execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// 429: nothing is done, the chat has to wait for `seconds`.
    TooManyRequests {
        /// `retry_after`, in seconds.
        seconds: u32,
    },
    /// 403: the person has blocked the bot.
    Blocked,
    /// 500: nothing is done.
    ServerError,
    /// 502 with a page of HTML from the servers in front.
    BadGateway,
    /// The request is executed, but the connection closes without an answer.
    ClosedAfterExecution,
    /// The request is executed, but its answer is held back until
    /// [`release`](super::FakeTelegram::release) is called.
    HeldAfterExecution,
    /// 400 with one of Telegram's texts, such as `wrong type of the web page content`.
    Refused {
        /// The text behind `Bad Request: `.
        text: String,
    },
}

/// A fault that waits for its requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Planned {
    pub(super) method: String,
    pub(super) fault: Fault,
    pub(super) times: u32,
}

/// The fault that meets a request of `method`, which is then used up by one.
pub(super) fn take(planned: &mut Vec<Planned>, method: &str) -> Option<Fault> {
    let index = planned.iter().position(|planned| planned.method == method)?;
    let fault = planned[index].fault.clone();
    planned[index].times -= 1;
    if planned[index].times == 0 {
        planned.remove(index);
    }
    Some(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_meet_their_own_method_so_many_times_in_order() {
        let planned = |method: &str, fault, times| Planned { method: method.to_owned(), fault, times };
        let mut faults = vec![
            planned("sendMessage", Fault::ServerError, 2),
            planned("sendMessage", Fault::BadGateway, 1),
            planned("getMe", Fault::Blocked, 1),
        ];
        let met: Vec<_> = std::iter::from_fn(|| take(&mut faults, "sendMessage")).collect();
        assert_eq!(met, [Fault::ServerError, Fault::ServerError, Fault::BadGateway]);
        assert_eq!(faults.len(), 1);
    }
}
