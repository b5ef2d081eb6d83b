//! The queues as SQS keeps them.

use async_trait::async_trait;
use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{BatchResultErrorEntry, QueueAttributeName, SendMessageBatchRequestEntry},
};
use futures::{StreamExt, stream};
use serde::Deserialize;

use crate::{
    Bus, Delayed, DomainEvent, Enqueue, Error, Message, Published, Redriven, SyncTask, WakeUp, failure::Failure, render,
};

/// SQS takes no more in one request.
const BATCH_MESSAGES: usize = 10;
/// So many requests are under way at once: 10,000 messages are then sent in seconds, and the
/// connections of one small function are not exhausted.
const BATCHES_AT_ONCE: usize = 8;

/// Both queues.
#[derive(Clone, Debug)]
pub struct SqsQueues {
    /// The client, which brings its time limits and retries with it.
    pub client: Client,
    /// The queue that `sync` reads.
    pub sync_queue_url: String,
    /// The queue that `webhook` reads.
    pub notify_queue_url: String,
    /// The bus, if this deployment has one.
    pub bus: Option<Bus>,
}

#[async_trait]
impl Enqueue for SqsQueues {
    async fn enqueue_sync_tasks(&self, tasks: &[Delayed<SyncTask>]) -> Result<(), Error> {
        self.send(&self.sync_queue_url, tasks, |_| None).await
    }

    /// A chat is a group of a fair queue: a chat with thousands of wake-ups delays no other.
    async fn enqueue_wake_ups(&self, wake_ups: &[Delayed<WakeUp>]) -> Result<(), Error> {
        self.send(&self.notify_queue_url, wake_ups, |wake_up| Some(wake_up.chat.to_string())).await
    }

    fn has_bus(&self) -> bool {
        self.bus.is_some()
    }

    async fn publish(&self, events: &[DomainEvent]) -> Published {
        match &self.bus {
            Some(bus) => bus.publish(events).await,
            None => Published::default(),
        }
    }

    async fn redrive(&self) -> Result<Vec<Redriven>, Error> {
        let mut redriven = Vec::new();
        for queue_url in [&self.sync_queue_url, &self.notify_queue_url] {
            redriven.push(self.redrive_to(queue_url).await?);
        }
        Ok(redriven)
    }
}

impl SqsQueues {
    /// SQS itself moves the letters; its policy says which queue holds them. The way back is named, because SQS does not
    /// know it of a letter that somebody has put there by hand.
    async fn redrive_to(&self, queue_url: &str) -> Result<Redriven, Error> {
        let policy = self.attribute(queue_url, QueueAttributeName::RedrivePolicy).await?;
        let policy: RedrivePolicy = serde_json::from_str(&policy)
            .map_err(|error| Error::Refused(format!("the redrive policy cannot be read: {error}")))?;
        let arn = policy.dead_letters_arn;
        let name = arn.rsplit(':').next().unwrap_or_default();
        let found = self.client.get_queue_url().queue_name(name).send().await.map_err(|error| error_of(&error))?;
        let dead_letters_url = found.queue_url().unwrap_or_default();
        let waiting = self.attribute(dead_letters_url, QueueAttributeName::ApproximateNumberOfMessages).await?;
        let messages = waiting.parse().unwrap_or_default();
        if messages > 0 {
            let back = self.attribute(queue_url, QueueAttributeName::QueueArn).await?;
            let moving = self.client.start_message_move_task().source_arn(&arn).destination_arn(back);
            moving.send().await.map_err(|error| error_of(&error))?;
        }
        let queue = queue_url.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Redriven { queue, messages })
    }

    async fn attribute(&self, queue_url: &str, name: QueueAttributeName) -> Result<String, Error> {
        let request = self.client.get_queue_attributes().queue_url(queue_url).attribute_names(name.clone());
        let answer = request.send().await.map_err(|error| error_of(&error))?;
        let value = answer.attributes().and_then(|attributes| attributes.get(&name)).cloned();
        value.ok_or_else(|| Error::Refused(format!("the queue has no {}", name.as_str())))
    }

    /// Sends all batches, also those after one that failed, and returns the first error.
    async fn send<M: Message + Sync>(
        &self,
        queue_url: &str,
        messages: &[Delayed<M>],
        group: fn(&M) -> Option<String>,
    ) -> Result<(), Error> {
        let batches: Vec<_> = messages.chunks(BATCH_MESSAGES).map(|batch| render_batch(batch, group)).collect();
        let results: Vec<Result<(), Error>> = stream::iter(batches)
            .map(|batch| self.send_batch(queue_url, batch))
            .buffer_unordered(BATCHES_AT_ONCE)
            .collect()
            .await;
        results.into_iter().collect()
    }

    /// Sends one batch, and once more what SQS did not take of it.
    async fn send_batch(&self, queue_url: &str, batch: Vec<SendMessageBatchRequestEntry>) -> Result<(), Error> {
        let of = batch.len();
        let failed = self.send_entries(queue_url, batch.clone()).await?;
        if failed.is_empty() {
            return Ok(());
        }
        let again = batch.into_iter().filter(|entry| failed.iter().any(|failure| failure.id() == entry.id())).collect();
        match self.send_entries(queue_url, again).await?.as_slice() {
            [] => Ok(()),
            failed @ [first, ..] => Err(Error::Partial {
                failed: failed.len(),
                of,
                reason: format!("{}: {}", first.code(), first.message().unwrap_or("no reason given")),
            }),
        }
    }

    /// Sends entries, and returns those that SQS did not take.
    async fn send_entries(
        &self,
        queue_url: &str,
        entries: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<Vec<BatchResultErrorEntry>, Error> {
        let request = self.client.send_message_batch().queue_url(queue_url).set_entries(Some(entries));
        Ok(request.send().await.map_err(|error| error_of(&error))?.failed)
    }
}

/// Where the dead letters of a queue go, as SQS writes it.
#[derive(Deserialize)]
struct RedrivePolicy {
    #[serde(rename = "deadLetterTargetArn")]
    dead_letters_arn: String,
}

fn render_batch<M: Message>(
    batch: &[Delayed<M>],
    group: fn(&M) -> Option<String>,
) -> Vec<SendMessageBatchRequestEntry> {
    let entry = |(index, delayed): (usize, &Delayed<M>)| {
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(render(delayed.message()))
            // SQS counts whole seconds; a message must not come before its time.
            .delay_seconds(delayed.delay().as_millis().div_ceil(1_000).try_into().expect("MAX_DELAY is small"))
            .set_message_group_id(group(delayed.message()))
            .build()
            .expect("id and body are set")
    };
    batch.iter().enumerate().map(entry).collect()
}

fn error_of<E: ProvideErrorMetadata + std::error::Error + 'static>(error: &SdkError<E>) -> Error {
    match Failure::of(error) {
        Failure { reason, passes: true } => Error::Unavailable(reason),
        Failure { reason, passes: false } => Error::Refused(reason),
    }
}
