//! AWS's services behind the functions of a scenario: SQS, EventBridge and Secrets Manager. They know what the template names and
//! refuse everything else.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::queue::Queue;
use crate::checks::{resolve, runtime_api::Services};

/// The services of a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Aws {
    /// The second of the scenario.
    now_s: Arc<AtomicI64>,
    /// The queues by their names.
    queues: Arc<Mutex<BTreeMap<String, Queue>>>,
    /// The secrets by their names or ARNs.
    secrets: Arc<Mutex<BTreeMap<String, String>>>,
    /// What was asked that nobody knows.
    unknown: Arc<Mutex<Vec<String>>>,
}

/// A queue of the transform, by the id of its resource: its name, how long it hides a message, and when it gives one up.
pub(super) fn queue(transformed: &Value, id: &str) -> Result<(String, Queue)> {
    /// What SQS takes where nothing is said, s.
    const HIDDEN_FOR_S: i64 = 30;
    let properties = &transformed["Resources"][id]["Properties"];
    let name = resolve::text(transformed, &json!({ "Fn::GetAtt": [id, "QueueName"] }))?;
    let max_receives = properties["RedrivePolicy"]["maxReceiveCount"].as_u64().map(u32::try_from).transpose()?;
    let hidden_for_s = properties["VisibilityTimeout"].as_i64().unwrap_or(HIDDEN_FOR_S);
    Ok((name, Queue::new(hidden_for_s, max_receives)))
}

impl Aws {
    /// With these queues and secrets.
    pub(super) fn new(queues: BTreeMap<String, Queue>, secrets: BTreeMap<String, String>) -> Self {
        Self { queues: Arc::new(Mutex::new(queues)), secrets: Arc::new(Mutex::new(secrets)), ..Self::default() }
    }

    /// Lets the clock of the services follow that of the scenario.
    pub(super) fn set_now(&self, now_s: i64) {
        self.now_s.store(now_s, Ordering::Relaxed);
    }

    /// All queues.
    pub(super) fn queues(&self) -> MutexGuard<'_, BTreeMap<String, Queue>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with a queue.
    pub(super) fn with<T>(&self, name: &str, act: impl FnOnce(&mut Queue, i64) -> T) -> Result<T> {
        let now_s = self.now_s.load(Ordering::Relaxed);
        Ok(act(self.queues().get_mut(name).with_context(|| format!("there is no queue {name}"))?, now_s))
    }

    /// Gives a secret another value.
    pub(super) fn set_secret(&self, id: &str, value: String) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), value);
    }

    /// What was asked that the services do not know.
    pub(super) fn unknown(&self) -> Vec<String> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// As the stub of the Runtime API serves them.
    pub(super) fn services(&self) -> Services {
        let aws = self.clone();
        Arc::new(move |target, request| {
            let answer = aws.answer(target, request);
            if answer.is_none() {
                aws.unknown.lock().unwrap_or_else(PoisonError::into_inner).push(target.to_owned());
            }
            answer
        })
    }

    fn answer(&self, target: &str, request: &Value) -> Option<Value> {
        match target {
            "secretsmanager.GetSecretValue" => {
                let id = request["SecretId"].as_str()?;
                let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
                let arn = "arn:aws:secretsmanager:eu-central-1:1:secret:s";
                Some(json!({ "ARN": arn, "SecretString": secrets.get(id)? }))
            }
            "AmazonSQS.SendMessageBatch" => {
                let name = request["QueueUrl"].as_str()?.rsplit('/').next()?;
                let mut taken = Vec::new();
                for entry in request["Entries"].as_array()? {
                    let (id, body) = (entry["Id"].as_str()?, entry["MessageBody"].as_str()?);
                    let delay_s = entry["DelaySeconds"].as_i64().unwrap_or_default();
                    self.with(name, |queue, now_s| queue.send(body.to_owned(), now_s, delay_s)).ok()?;
                    taken.push(json!({ "Id": id, "MessageId": id, "MD5OfMessageBody": "" }));
                }
                Some(json!({ "Successful": taken, "Failed": [] }))
            }
            "AWSEvents.PutEvents" => {
                let entries = request["Entries"].as_array()?.iter().map(|_| json!({ "EventId": "event" }));
                Some(json!({ "FailedEntryCount": 0, "Entries": entries.collect::<Vec<_>>() }))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_services_do_not_know_is_refused_and_remembered() {
        let aws =
            Aws::new([("sync".to_owned(), Queue::default())].into(), [("bot".to_owned(), "token".to_owned())].into());
        let services = aws.services();
        let send =
            |url: &str| json!({ "QueueUrl": url, "Entries": [{ "Id": "0", "MessageBody": "a", "DelaySeconds": 7 }] });
        assert!(services("AmazonSQS.SendMessageBatch", &send("https://sqs/1/sync")).is_some());
        assert_eq!(aws.with("sync", |queue, _| queue.next_s()).unwrap(), Some(7));
        assert_eq!(
            services("secretsmanager.GetSecretValue", &json!({ "SecretId": "bot" })).unwrap()["SecretString"],
            "token"
        );
        assert_eq!(aws.unknown(), [""; 0]);
        for (target, request) in [
            ("AmazonSQS.SendMessageBatch", send("https://sqs/1/other")),
            ("secretsmanager.GetSecretValue", json!({ "SecretId": "other" })),
            ("TrentService.Decrypt", json!({})),
        ] {
            assert!(services(target, &request).is_none(), "{target}");
        }
        assert_eq!(aws.unknown().len(), 3);
    }
}
