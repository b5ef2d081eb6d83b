//! Long answers, row by row: 80,000 orders never stand in memory at once.
//!
//! The body is pulled through a blocking reader, because serde_json reads no asynchronous source.
//! The reader hands over chunks and waits until they are taken, so at most three of them exist:
//! one being filled, one ready, one in the caller's hands.

use std::io::{self, BufReader};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use reqwest::Response;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio_util::io::{StreamReader, SyncIoBridge};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::Config;
use crate::error::{self, Error, Verdict};
use crate::models::{self, Broken};
use crate::turn::{SHORT_ROWS, Turn};

/// 80,000 orders have some 70 MB, 250,000 stocks 45 MB, 5,000 reviews 50 MB: four times as much is
/// no answer any more.
const BODY_BYTES: usize = 256 * 1024 * 1024;
/// serde_json asks for single bytes, and each question to the network's side costs a switch.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// One chunk ready while the caller saves another.
const CHUNKS_READY: usize = 1;
/// Why the rest of an answer is not parsed.
const UNREAD: &str = "nobody reads the rows any more";
/// When WB changes a field, all rows are broken for the same reason: ten lines tell it.
const LOGGED_BROKEN_ROWS: usize = 10;

/// Where the list of rows lies in an answer: the names of the objects around it.
pub(crate) type Path = &'static [&'static str];

/// The names of texts that stand beside the list or around it and are wanted with it.
pub(crate) type Notes = &'static [&'static str];

/// What a row comes to: a value, nothing if it is of a kind that is not asked for, or broken.
pub(crate) type Parsed<T> = Result<Option<T>, Broken>;

/// The rows of one answer, parsed while its body streams. Dropping it ends the reading.
#[derive(Debug)]
pub struct Rows<T> {
    chunks: mpsc::Receiver<Result<Chunk<T>, Error>>,
    is_finished: bool,
    skipped: usize,
    passed_over: usize,
    remaining: Option<u32>,
    notes: Vec<(&'static str, String)>,
    _reading: DropGuard,
}

#[derive(Debug)]
struct Chunk<T> {
    rows: Vec<T>,
    /// Broken rows since the beginning.
    skipped: usize,
    /// Rows of another kind since the beginning.
    passed_over: usize,
    is_last: bool,
    /// What stands around the rows; complete with the last chunk, because it may stand behind them.
    notes: Vec<(&'static str, String)>,
}

impl<T> Rows<T> {
    /// The next rows, at most [`Config::chunk_rows`] and never none; `None` once the answer is complete.
    ///
    /// # Errors
    /// The answer broke off, is no list of rows, or calls itself an error. The rows given before
    /// are good; the answer as a whole is not complete, and every further call fails as well.
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<T>>, Error> {
        if self.is_finished {
            return Ok(None);
        }
        let chunk =
            self.chunks.recv().await.unwrap_or_else(|| Err(Error::unavailable("the answer has failed before")))?;
        self.skipped = chunk.skipped;
        self.passed_over = chunk.passed_over;
        self.is_finished = chunk.is_last;
        self.notes = chunk.notes;
        Ok(if chunk.rows.is_empty() { None } else { Some(chunk.rows) })
    }

    /// How many broken rows were left out so far; each is logged with its place.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// How many rows so far were of a kind that is not asked for. They are not broken, but they
    /// count for the size of a page.
    #[must_use]
    pub fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// How many more requests WB says it would take at once, if it says so.
    #[must_use]
    pub fn remaining(&self) -> Option<u32> {
        self.remaining
    }

    /// A text that stands beside the rows, once the answer is complete.
    pub(crate) fn note(&self, name: &str) -> Option<&str> {
        self.notes.iter().find(|(noted, _)| *noted == name).map(|(_, text)| text.as_str())
    }

    /// An answer without rows: WB's 204.
    pub(crate) fn none(response: &Response) -> Self {
        let (_, chunks) = mpsc::channel(CHUNKS_READY);
        Self {
            chunks,
            is_finished: true,
            skipped: 0,
            passed_over: 0,
            remaining: error::remaining(response.headers()),
            notes: Vec::new(),
            _reading: CancellationToken::new().drop_guard(),
        }
    }
}

impl<T: Send + 'static> Rows<T> {
    /// Begins to read the rows at `path`, and the notes on the way there.
    pub(crate) fn read(
        response: Response,
        path: Path,
        notes: Notes,
        config: &Config,
        turn: Turn,
        parse: impl Fn(&str) -> Parsed<T> + Send + 'static,
    ) -> Self {
        let remaining = error::remaining(response.headers());
        let stop = CancellationToken::new();
        let body = body(response, config.idle_timeout, BODY_BYTES).take_until(stop.clone().cancelled_owned());
        let body = SyncIoBridge::new(StreamReader::new(Box::pin(body)));
        let (sender, chunks) = mpsc::channel(CHUNKS_READY);
        let span = tracing::Span::current();
        let sink = Sink::new(config.chunk_rows, turn, parse, sender);
        tokio::task::spawn_blocking(move || {
            let body = BufReader::with_capacity(READ_BUFFER_BYTES, body);
            span.in_scope(|| read_blocking(body, path, notes, sink));
        });
        Self {
            chunks,
            is_finished: false,
            skipped: 0,
            passed_over: 0,
            remaining,
            notes: Vec::new(),
            _reading: stop.drop_guard(),
        }
    }
}

/// The body, which may neither pause nor grow without end.
fn body(response: Response, idle_timeout: Duration, max_bytes: usize) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((response, max_bytes), move |(mut response, bytes_left)| async move {
        let chunk = tokio::time::timeout(idle_timeout, response.chunk())
            .await
            .map_err(|_| io::Error::other(format!("the answer paused for {} ms", idle_timeout.as_millis())))?
            .map_err(|error| io::Error::other(Error::network(error)))?;
        let Some(chunk) = chunk else { return Ok(None) };
        let bytes_left = bytes_left
            .checked_sub(chunk.len())
            .ok_or_else(|| io::Error::other(format!("the answer has more than {max_bytes} bytes")))?;
        Ok(Some((chunk, (response, bytes_left))))
    })
}

/// Reads the whole answer and sends it on. Nobody hears of an error when `Rows` is gone.
fn read_blocking<T>(body: impl io::Read, path: Path, notes: Notes, mut sink: Sink<T, impl Fn(&str) -> Parsed<T>>) {
    let mut envelope = Envelope { wanted: notes, ..Envelope::default() };
    let mut json = serde_json::Deserializer::from_reader(body);
    let read =
        Reach { path, envelope: &mut envelope, sink: &mut sink }.deserialize(&mut json).and_then(|()| json.end());
    let end = match (read, envelope.verdict.into_error()) {
        (_, Some(error)) => Err(error),
        (Err(error), None) => Err(unreadable(error)),
        (Ok(()), None) if !envelope.has_rows => Err(Error::unavailable("the answer has no list of rows")),
        (Ok(()), None) => Ok(Chunk { notes: envelope.notes, ..sink.take_chunk(true) }),
    };
    let _ = sink.sender.blocking_send(end);
}

/// What is wrong with a body, without a word of it.
fn unreadable(error: serde_json::Error) -> Error {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Io => match io::Error::from(error).downcast::<Error>() {
            Ok(network) => network,
            Err(other) => Error::unavailable(&other.to_string()),
        },
        Category::Eof => Error::unavailable(&format!("the answer is cut off at {place}")),
        Category::Syntax => Error::unavailable(&format!("the answer is no JSON at {place}")),
        Category::Data => Error::unavailable(&format!("the answer has another shape at {place}")),
    }
}

/// Takes rows one by one and sends them on in chunks.
struct Sink<T, P> {
    chunk_rows: usize,
    turn: Turn,
    parse: P,
    sender: mpsc::Sender<Result<Chunk<T>, Error>>,
    rows: Vec<T>,
    next_index: usize,
    skipped: usize,
    passed_over: usize,
}

impl<T, P: Fn(&str) -> Parsed<T>> Sink<T, P> {
    fn new(chunk_rows: usize, turn: Turn, parse: P, sender: mpsc::Sender<Result<Chunk<T>, Error>>) -> Self {
        Self { chunk_rows, turn, parse, sender, rows: Vec::new(), next_index: 0, skipped: 0, passed_over: 0 }
    }

    /// `Err` when nobody wants the rows any more.
    fn push(&mut self, row: &RawValue) -> Result<(), &'static str> {
        let index = self.next_index;
        self.next_index += 1;
        match (self.parse)(row.get()) {
            Ok(Some(row)) => self.rows.push(row),
            Ok(None) => self.passed_over += 1,
            Err(broken) => {
                self.skipped += 1;
                if self.skipped <= LOGGED_BROKEN_ROWS {
                    tracing::warn!(index, reason = %broken, "a broken row is left out");
                }
            }
        }
        // While it waits nothing more is taken off the connection; a pause of ours is none of WB's.
        if self.rows.len() == SHORT_ROWS && !self.turn.wait(self.sender.closed()) {
            return Err(UNREAD);
        }
        if self.rows.len() < self.chunk_rows {
            return Ok(());
        }
        let chunk = self.take_chunk(false);
        self.sender.blocking_send(Ok(chunk)).map_err(|_| UNREAD)
    }

    fn take_chunk(&mut self, is_last: bool) -> Chunk<T> {
        let (skipped, passed_over) = (self.skipped, self.passed_over);
        Chunk { rows: std::mem::take(&mut self.rows), skipped, passed_over, is_last, notes: Vec::new() }
    }
}

/// What stands around the rows.
#[derive(Default)]
struct Envelope {
    has_rows: bool,
    wanted: Notes,
    notes: Vec<(&'static str, String)>,
    verdict: Verdict,
}

/// Goes down the path and pours the list at its end into the sink.
struct Reach<'a, T, P> {
    path: Path,
    envelope: &'a mut Envelope,
    sink: &'a mut Sink<T, P>,
}

impl<'de, T, P: Fn(&str) -> Parsed<T>> DeserializeSeed<'de> for Reach<'_, T, P> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T, P: Fn(&str) -> Parsed<T>> Visitor<'de> for Reach<'_, T, P> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.first() {
            Some(name) => write!(f, "an object with {name}"),
            None => f.write_str("a list of rows"),
        }
    }

    /// WB's servers write an empty list as `null` at times, and `data: null` beside an error.
    fn visit_unit<E>(self) -> Result<(), E> {
        self.envelope.has_rows |= self.path.is_empty();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        if !self.path.is_empty() {
            return Err(serde::de::Error::custom("a list stands where an object should"));
        }
        self.envelope.has_rows = true;
        while let Some(row) = rows.next_element::<Box<RawValue>>()? {
            self.sink.push(&row).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Some((name, inner)) = self.path.split_first() else {
            return Err(serde::de::Error::custom("an object stands where a list should"));
        };
        while let Some(field) = fields.next_key::<String>()? {
            match field.as_str() {
                field if field == *name => {
                    fields.next_value_seed(Reach { path: inner, envelope: self.envelope, sink: self.sink })?;
                }
                "error" => self.envelope.verdict.error = fields.next_value()?,
                "errorText" => self.envelope.verdict.error_text = fields.next_value()?,
                "additionalErrors" => self.envelope.verdict.additional_errors = fields.next_value()?,
                "requestId" => self.envelope.verdict.request_id = fields.next_value()?,
                other => match self.envelope.wanted.iter().find(|wanted| **wanted == other) {
                    Some(wanted) => {
                        let value = fields.next_value::<Box<RawValue>>()?;
                        self.envelope.notes.extend(models::note(&value).map(|text| (*wanted, text)));
                    }
                    None => {
                        fields.next_value::<IgnoredAny>()?;
                    }
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turn::Turns;

    /// Reads a body of at most one chunk; each row is a number, of which 0 is not asked for.
    fn read_chunk(json: &str, path: Path) -> Result<Chunk<u64>, Error> {
        let (sender, mut chunks) = mpsc::channel(CHUNKS_READY);
        let parse = |row: &str| {
            let number: u64 = row.parse().map_err(|_| Broken::Field("number"))?;
            Ok((number > 0).then_some(number))
        };
        let sink = Sink::new(Config::CHUNK_ROWS, Turns::default().turn(), parse, sender);
        read_blocking(json.as_bytes(), path, &["note"], sink);
        let chunk = chunks.try_recv().unwrap()?;
        assert!(chunk.is_last);
        Ok(chunk)
    }

    fn read(json: &str, path: Path) -> Result<(Vec<u64>, usize), Error> {
        read_chunk(json, path).map(|chunk| (chunk.rows, chunk.skipped))
    }

    fn detail(json: &str, path: Path) -> String {
        read(json, path).unwrap_err().to_string()
    }

    #[test]
    fn rows_are_found_bare_and_inside_envelopes() {
        assert_eq!(read("[1, 2]", &[]).unwrap(), (vec![1, 2], 0));
        assert_eq!(read(r#"{"x":[9],"data":{"y":{},"items":[1,2]}}"#, &["data", "items"]).unwrap(), (vec![1, 2], 0));
        assert_eq!(
            read(r#"{"data":{"feedbacks":[3]},"error":false,"errorText":""}"#, &["data", "feedbacks"]).unwrap(),
            (vec![3], 0)
        );
    }

    #[test]
    fn an_empty_list_may_be_null_but_not_absent() {
        assert_eq!(read("[]", &[]).unwrap(), (vec![], 0));
        assert_eq!(read("null", &[]).unwrap(), (vec![], 0));
        assert_eq!(read(r#"{"data":{"items":null}}"#, &["data", "items"]).unwrap(), (vec![], 0));
        assert!(detail(r#"{"data":{}}"#, &["data", "items"]).contains("no list of rows"));
        assert!(detail(r#"{"data":null}"#, &["data", "items"]).contains("no list of rows"));
    }

    #[test]
    fn a_broken_row_is_counted_and_the_rest_kept() {
        assert_eq!(read(r#"[1, {"a": ["b"]}, "x", 4]"#, &[]).unwrap(), (vec![1, 4], 2));
    }

    #[test]
    fn a_row_that_is_not_asked_for_is_counted_apart_from_the_broken_ones() {
        let chunk = read_chunk(r#"[0, 1, "x", 0, 2]"#, &[]).unwrap();
        assert_eq!((chunk.rows, chunk.skipped, chunk.passed_over), (vec![1, 2], 1, 2));
    }

    #[test]
    fn a_note_is_found_on_either_side_of_the_rows() {
        for json in [
            r#"{"data":{"note":"a","x":{"note":"b"},"items":[1]}}"#,
            r#"{"data":{"items":[1],"note":"a"},"y":["note"]}"#,
        ] {
            assert_eq!(read_chunk(json, &["data", "items"]).unwrap().notes, [("note", "a".to_owned())], "{json}");
        }
        let none = read_chunk(r#"{"data":{"items":[1],"note":{"a":1}}}"#, &["data", "items"]).unwrap();
        assert_eq!((none.rows, none.notes), (vec![1], vec![]));
    }

    #[test]
    fn an_envelope_may_call_itself_an_error_before_or_after_its_rows() {
        for json in [
            r#"{"error":true,"errorText":"No","data":null}"#,
            r#"{"data":{"items":[1]},"errorText":"No","additionalErrors":null,"error":true}"#,
            r#"{"error":true,"errorText":"No","data":"#,
        ] {
            assert_eq!(read(json, &["data", "items"]), Err(Error::Rejected { detail: "No".into() }), "{json}");
        }
    }

    #[test]
    fn a_body_that_is_cut_off_or_no_list_is_never_a_short_success() {
        for (json, words) in [
            ("", "cut off"),
            ("[1, 2", "cut off"),
            ("[1, 2,", "cut off"),
            ("<html>", "no JSON"),
            ("[1] [2]", "no JSON"),
            (r#"{"data":[1]}"#, "another shape"),
            (r#""secret""#, "another shape"),
        ] {
            let detail = detail(json, &[]);
            assert!(detail.contains(words), "{json}: {detail}");
            assert!(!detail.contains("secret"), "{detail}");
        }
        assert!(detail(r#"{"data":{"items":[1]}"#, &["data", "items"]).contains("cut off"));
    }

    #[tokio::test]
    async fn a_body_without_end_is_left() {
        let response = Response::from(axum::http::Response::new("x".repeat(11)));
        let read: Vec<_> = body(response, Duration::from_secs(60), 10).collect().await;
        assert_eq!(read.last().unwrap().as_ref().unwrap_err().to_string(), "the answer has more than 10 bytes");
    }
}
