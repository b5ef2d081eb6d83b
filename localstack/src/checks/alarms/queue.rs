//! A queue of SQS, as far as its numbers need it: who sees a message when, and when it is given up. It knows no clock.

use serde_json::{Value, json};

/// A message that was received so often without success stands behind the others: the age of the oldest is then another's.
const PUT_BACK_AFTER: u32 = 3;

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// By this a batch names it.
    pub id: String,
    /// What was sent.
    pub body: String,
    /// When, s.
    sent_s: i64,
    /// From when somebody may receive it, s.
    visible_s: i64,
    /// How often it was received.
    receives: u32,
}

/// A queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// How long nobody else sees a message that was received, s.
    hidden_for_s: i64,
    /// `maxReceiveCount` of its redrive policy.
    max_receives: Option<u32>,
    messages: Vec<Message>,
    sent: u64,
    /// When the first message came, s.
    first_s: Option<i64>,
}

impl Queue {
    /// An empty queue, with what the template says of it.
    pub(super) fn new(hidden_for_s: i64, max_receives: Option<u32>) -> Self {
        Self { hidden_for_s, max_receives, ..Self::default() }
    }

    /// Takes a message.
    pub(super) fn send(&mut self, body: String, now_s: i64, delay_s: i64) {
        self.sent += 1;
        self.first_s = self.first_s.or(Some(now_s));
        let id = format!("message-{}", self.sent);
        self.messages.push(Message { id, body, sent_s: now_s, visible_s: now_s + delay_s, receives: 0 });
    }

    /// Gives the messages that can be seen, no more than `most`, and hides them. Those that were received too often already are
    /// given up: they are the second part.
    pub(super) fn receive(&mut self, most: usize, now_s: i64) -> (Vec<Message>, Vec<Message>) {
        let max_receives = self.max_receives.unwrap_or(u32::MAX);
        let is_over = |message: &mut Message| message.visible_s <= now_s && message.receives >= max_receives;
        let given_up = self.messages.extract_if(.., is_over).collect();
        let mut received = Vec::new();
        for message in self.messages.iter_mut().filter(|message| message.visible_s <= now_s).take(most) {
            message.receives += 1;
            message.visible_s = now_s + self.hidden_for_s;
            received.push(message.clone());
        }
        (received, given_up)
    }

    /// Forgets messages that were handled.
    pub(super) fn delete(&mut self, is_handled: impl Fn(&str) -> bool) {
        self.messages.retain(|message| !is_handled(&message.id));
    }

    /// When the next message can be seen, s.
    pub(super) fn next_s(&self) -> Option<i64> {
        self.messages.iter().map(|message| message.visible_s).min()
    }

    /// `ApproximateNumberOfMessagesVisible`.
    pub(super) fn visible(&self, now_s: i64) -> usize {
        self.messages.iter().filter(|message| message.visible_s <= now_s).count()
    }

    /// `ApproximateAgeOfOldestMessage`, s.
    pub(super) fn oldest_s(&self, now_s: i64) -> i64 {
        let first = self.messages.iter().filter(|message| message.receives < PUT_BACK_AFTER);
        first.map(|message| now_s - message.sent_s).max().unwrap_or_default().max(0)
    }

    /// When the first message came, s.
    pub(super) fn first_s(&self) -> Option<i64> {
        self.first_s
    }

    /// Lets time pass in the messages, whatever they say of time.
    pub(super) fn age(&mut self, change: impl Fn(&str) -> String) {
        self.messages.iter_mut().for_each(|message| message.body = change(&message.body));
    }
}

impl Message {
    /// The message in a batch, as Lambda hands it to a function.
    pub(super) fn record(&self) -> Value {
        json!({
            "messageId": self.id,
            "receiptHandle": self.id,
            "body": self.body,
            "attributes": { "ApproximateReceiveCount": self.receives.to_string() },
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:1:queue",
            "awsRegion": "eu-central-1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Queue {
        Queue::new(360, Some(2))
    }

    #[test]
    fn a_message_is_seen_by_one_and_comes_back_until_it_is_given_up() {
        let mut queue = queue();
        queue.send("a".into(), 0, 0);
        queue.send("b".into(), 0, 60);
        let bodies = |messages: &[Message]| messages.iter().map(|message| message.body.clone()).collect::<Vec<_>>();
        let (received, given_up) = queue.receive(10, 0);
        assert_eq!((bodies(&received), given_up.len()), (vec!["a".to_owned()], 0));
        assert_eq!((queue.receive(10, 59).0.len(), queue.visible(59), queue.next_s()), (0, 0, Some(60)));
        assert_eq!(bodies(&queue.receive(10, 60).0), ["b"]);
        queue.delete(|id| id == "message-2");
        assert_eq!((queue.oldest_s(360), queue.visible(360)), (360, 1));
        assert_eq!(queue.receive(10, 360).0[0].record()["attributes"]["ApproximateReceiveCount"], "2");
        let (received, given_up) = queue.receive(10, 720);
        assert_eq!((received.len(), bodies(&given_up)), (0, vec!["a".to_owned()]));
        assert_eq!((queue.next_s(), queue.oldest_s(720), queue.first_s()), (None, 0, Some(0)));
    }

    #[test]
    fn what_was_received_three_times_is_not_the_oldest_any_more() {
        let mut queue = Queue::new(360, None);
        queue.send("a".into(), 0, 0);
        queue.send("b".into(), 100, 9_000);
        for now_s in [0, 360] {
            assert_eq!((queue.receive(1, now_s).0.len(), queue.oldest_s(now_s)), (1, now_s));
        }
        queue.receive(1, 720);
        assert_eq!(queue.oldest_s(720), 620);
        queue.delete(|_| true);
        assert_eq!(queue.oldest_s(720), 0);
    }
}
