//! The clients of AWS. Each function makes only those that it uses: a client costs time at start.

use std::time::Duration;

use anyhow::Context;
pub use aws_config::SdkConfig;
use aws_config::{BehaviorVersion, timeout::TimeoutConfig};
use queue::{Bus, SqsQueues};
use vault::{KeyFile, Wrapping};

use crate::config::{Queues, VaultKey};

/// Within a region a connection stands in milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One try; the SDK makes three, with pauses.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// All tries together: a start must fit into the 10 s that Lambda gives it.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(8);

/// What all clients share: region, credentials, time limits, the HTTPS connector, and
/// `AWS_ENDPOINT_URL`, by which the local cloud is found.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts()).load().await
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

impl Queues {
    /// The queues in SQS, and the bus where there is one.
    #[must_use]
    pub fn client(self, aws: &SdkConfig) -> SqsQueues {
        let Self { sync_queue_url, notify_queue_url, event_bus_name } = self;
        let bus = event_bus_name.map(|name| Bus { client: aws_sdk_eventbridge::Client::new(aws), name });
        SqsQueues { client: aws_sdk_sqs::Client::new(aws), sync_queue_url, notify_queue_url, bus }
    }
}

impl VaultKey {
    /// What wraps data keys. KMS is asked at its first use, a key file is read now.
    ///
    /// # Errors
    /// When there is a key file and it cannot be read.
    pub fn open(&self, aws: &SdkConfig) -> anyhow::Result<Wrapping> {
        Ok(match self {
            Self::Kms(key_id) => Wrapping::Kms { client: aws_sdk_kms::Client::new(aws), key_id: key_id.clone() },
            Self::File(path) => Wrapping::KeyFile(KeyFile::open(path).context("cannot open the vault")?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_file_opens_the_vault_and_a_missing_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        let aws = SdkConfig::builder().build();

        let error = VaultKey::File(path.clone()).open(&aws).err().unwrap();
        assert!(format!("{error:#}").contains("vault.key"), "{error:#}");
        let (_, wrapped) = Wrapping::KeyFile(KeyFile::create(&path).ok().unwrap()).generate().await.ok().unwrap();
        let key = VaultKey::File(path).open(&aws).unwrap().unwrap(&wrapped).await.ok().unwrap();

        assert_eq!(key.id(), wrapped.id);
    }
}
