//! What a request to SQS or EventBridge that failed comes to.

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why there is no answer to work with.
pub(crate) struct Failure {
    /// AWS's code and sentence, where it gave any.
    pub(crate) reason: String,
    /// Whether the same request may succeed later.
    pub(crate) passes: bool,
}

impl Failure {
    pub(crate) fn of<E: ProvideErrorMetadata + std::error::Error + 'static>(error: &SdkError<E>) -> Self {
        let passing = |reason: &str| Self { reason: reason.to_owned(), passes: true };
        match error {
            SdkError::TimeoutError(_) => passing("no answer in time"),
            SdkError::DispatchFailure(_) => passing(&format!("no connection: {}", DisplayErrorContext(error))),
            SdkError::ServiceError(refusal) => match refusal.err().code() {
                None => passing("an answer that cannot be read"),
                Some(code) => Self {
                    reason: format!("{code}: {}", refusal.err().message().unwrap_or("no reason given")),
                    passes: code.contains("Throttl") || refusal.raw().status().is_server_error(),
                },
            },
            _ => passing("an answer that cannot be read"),
        }
    }
}
