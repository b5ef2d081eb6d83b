//! What can go wrong, by what the caller can do about it.

/// Why messages were not enqueued. Some of them may be in the queue nevertheless.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Try again later; the next tick does.
    #[error("SQS is unavailable: {0}")]
    Unavailable(String),
    /// The operator must act: rights, the address of the queue or the message are wrong.
    #[error("SQS refuses: {0}")]
    Refused(String),
    /// SQS took the others, but these not, twice.
    #[error("SQS did not take {failed} of {of} messages: {reason}")]
    Partial {
        /// How many messages are not in the queue.
        failed: usize,
        /// How many there were in their batch.
        of: usize,
        /// SQS's code and sentence for the first of them.
        reason: String,
    },
    /// EventBridge does not take a request now.
    #[error("EventBridge is unavailable: {0}")]
    BusUnavailable(String),
    /// EventBridge took a request, but not this event of it.
    #[error("EventBridge did not take {detail_type}: {reason}")]
    BusRefused {
        /// The event.
        detail_type: &'static str,
        /// EventBridge's code and sentence.
        reason: String,
    },
}

/// Why a message's body cannot be read. Delivering it again to this version does not help.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not a message of ours.
    #[error("not a message of ours: {0}")]
    Malformed(String),
    /// A message that belongs into another queue.
    #[error("the task is {found:?} where {expected:?} is expected")]
    OtherTask {
        /// The task that this queue carries.
        expected: &'static str,
        /// The task in the message, cut.
        found: String,
    },
    /// A message of a later version of ours, left over by a deploy that was rolled back.
    #[error("version {found} of {task:?} is newer than {known}, which is the newest this version knows")]
    NewerVersion {
        /// The task.
        task: &'static str,
        /// The newest version that is known here.
        known: u32,
        /// The version in the message.
        found: u32,
    },
}
