//! Long answers, row by row: 80,000 orders never stand in memory at once.
//!
//! The body is pulled through a blocking reader, which splits it into rows as it comes ([`crate::split`]) and reads each
//! by itself: one that cannot be read leaves the others alone. The reader hands over chunks and waits until they are
//! taken, so at most three of them exist: one being filled, one ready, one in the caller's hands.

use std::io::{self, BufReader};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use reqwest::Response;
use tokio::sync::mpsc;
use tokio_util::io::{StreamReader, SyncIoBridge};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::Config;
use crate::error::{self, Error, ErrorFields};
use crate::models::{self, Broken, RowKey};
use crate::split::{Found, Parts, Path, Splitter, Stop};
use crate::text;
use crate::turn::{SHORT_ROWS, Turn};

/// 80,000 orders have some 70 MB, 250,000 stocks 45 MB, 5,000 reviews 50 MB: four times as much is
/// no answer any more.
const BODY_BYTES: usize = 256 * 1024 * 1024;
/// Each question to the network's side costs a switch.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// One chunk ready while the caller saves another.
const CHUNKS_READY: usize = 1;
/// When WB changes a field, all rows are broken for the same reason: ten lines tell it.
const LOGGED_BROKEN_ROWS: usize = 10;

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
    mended: usize,
    unknown: Vec<RowKey>,
    is_nothing: bool,
    remaining: Option<u32>,
    notes: Vec<(&'static str, String)>,
    _reading: DropGuard,
}

#[derive(Debug)]
pub(crate) struct Chunk<T> {
    pub(crate) rows: Vec<T>,
    /// Broken rows since the beginning.
    pub(crate) skipped: usize,
    /// Rows of another kind since the beginning.
    pub(crate) passed_over: usize,
    /// Rows in which a character was replaced since the beginning.
    pub(crate) mended: usize,
    /// The broken rows since the beginning that still say what they are about.
    pub(crate) unknown: Vec<RowKey>,
    /// Whether the answer was no list but nothing at all.
    is_nothing: bool,
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
        self.mended = chunk.mended;
        self.unknown = chunk.unknown;
        self.is_nothing = chunk.is_nothing;
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

    /// How many rows so far had a character that could not be read, and were taken without it.
    #[must_use]
    pub fn mended(&self) -> usize {
        self.mended
    }

    /// The broken rows so far that say what they are about, but not how much of it there is.
    #[must_use]
    pub fn unknown(&self) -> &[RowKey] {
        &self.unknown
    }

    /// Whether the answer was nothing instead of a list, and was believed to be an empty one.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.is_nothing
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

    /// An answer of nothing that is believed to be an empty list: WB's 204.
    pub(crate) fn none(response: &Response) -> Self {
        let (_, chunks) = mpsc::channel(CHUNKS_READY);
        Self {
            chunks,
            is_finished: true,
            skipped: 0,
            passed_over: 0,
            mended: 0,
            unknown: Vec::new(),
            is_nothing: true,
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
        (turn, believes_nothing): (Turn, bool),
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
            span.in_scope(|| read_blocking(body, path, notes, believes_nothing, sink));
        });
        Self {
            chunks,
            is_finished: false,
            skipped: 0,
            passed_over: 0,
            mended: 0,
            unknown: Vec::new(),
            is_nothing: false,
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
pub(crate) fn read_blocking<T>(
    body: impl io::BufRead,
    path: Path,
    notes: Notes,
    believes_nothing: bool,
    mut sink: Sink<T, impl Fn(&str) -> Parsed<T>>,
) {
    sink.wanted = notes;
    let mut splitter = Splitter::new(body);
    let found = splitter.split(path, &mut sink);
    let place = splitter.place();
    let end = match (found, std::mem::take(&mut sink.verdict).into_error()) {
        (_, Some(error)) => Err(error),
        (Err(stop), None) => Err(unreadable(stop, place)),
        (Ok(Found::Missing), None) => Err(Error::unavailable("the answer has no list of rows")),
        (Ok(Found::Nothing), None) if !believes_nothing => Err(Error::Nothing),
        (Ok(found), None) => {
            let notes = std::mem::take(&mut sink.notes);
            Ok(Chunk { notes, is_nothing: found == Found::Nothing, ..sink.take_chunk(true) })
        }
    };
    let _ = sink.sender.blocking_send(end);
}

/// What is wrong with a body, without a word of it.
pub(crate) fn unreadable(stop: Stop, byte: usize) -> Error {
    match stop {
        Stop::Io(error) => match error.downcast::<Error>() {
            Ok(network) => network,
            Err(other) => Error::unavailable(&other.to_string()),
        },
        Stop::CutOff => Error::unavailable(&format!("the answer is cut off at byte {byte}")),
        Stop::NoJson => Error::unavailable(&format!("the answer is no JSON at byte {byte}")),
        Stop::Shape => Error::unavailable(&format!("the answer has another shape at byte {byte}")),
        Stop::Unread => Error::unavailable("nobody reads the rows any more"),
    }
}

/// Reads rows one by one and sends them on in chunks.
pub(crate) struct Sink<T, P> {
    chunk_rows: usize,
    turn: Turn,
    parse: P,
    sender: mpsc::Sender<Result<Chunk<T>, Error>>,
    rows: Vec<T>,
    next_index: usize,
    skipped: usize,
    passed_over: usize,
    mended: usize,
    unknown: Vec<RowKey>,
    /// What stands around the rows.
    wanted: Notes,
    notes: Vec<(&'static str, String)>,
    verdict: ErrorFields,
}

impl<T, P: Fn(&str) -> Parsed<T>> Sink<T, P> {
    pub(crate) fn new(chunk_rows: usize, turn: Turn, parse: P, sender: mpsc::Sender<Result<Chunk<T>, Error>>) -> Self {
        Self {
            chunk_rows,
            turn,
            parse,
            sender,
            rows: Vec::new(),
            next_index: 0,
            skipped: 0,
            passed_over: 0,
            mended: 0,
            unknown: Vec::new(),
            wanted: &[],
            notes: Vec::new(),
            verdict: ErrorFields::default(),
        }
    }

    fn take_chunk(&mut self, is_last: bool) -> Chunk<T> {
        Chunk {
            rows: std::mem::take(&mut self.rows),
            skipped: self.skipped,
            passed_over: self.passed_over,
            mended: self.mended,
            unknown: self.unknown.clone(),
            is_nothing: false,
            is_last,
            notes: Vec::new(),
        }
    }

    /// Keeps what a row comes to.
    fn keep(&mut self, index: usize, (parsed, is_mended): (Parsed<T>, bool)) {
        self.mended += usize::from(is_mended);
        if is_mended && self.mended <= LOGGED_BROKEN_ROWS {
            tracing::warn!(index, "unreadable character in a row");
        }
        match parsed {
            Ok(Some(row)) => self.rows.push(row),
            Ok(None) => self.passed_over += 1,
            Err(broken) => {
                self.skipped += 1;
                self.unknown.extend(broken.key());
                if self.skipped <= LOGGED_BROKEN_ROWS {
                    tracing::warn!(index, reason = %broken, "broken row skipped");
                }
            }
        }
    }
}

/// Reads a row as it stands, and if that does not go, without the characters that no parser takes.
pub(crate) fn parse_mended<R>(row: &[u8], parse: impl Fn(&str) -> Result<R, Broken>) -> (Result<R, Broken>, bool) {
    let (row, is_mended) = text::readable(row);
    match parse(&row) {
        Err(Broken::NotAnObject) => match text::mended(&row) {
            Some(mended) => (parse(&mended), true),
            None => (Err(Broken::NotAnObject), is_mended),
        },
        parsed => (parsed, is_mended),
    }
}

/// What a row comes to, and whether a character was lost. What no parser takes may be several rows that a lost quote has
/// made one of, so it is told apart; a good row pays nothing for that.
pub(crate) fn read_row<R>(
    row: Option<&[u8]>,
    parse: impl Fn(&str) -> Result<R, Broken>,
) -> Vec<(Result<R, Broken>, bool)> {
    let Some(row) = row else { return vec![(Err(Broken::TooLong), false)] };
    match parse_mended(row, &parse) {
        (Err(Broken::NotAnObject), _) => told_apart(row).into_iter().map(|row| parse_mended(row, &parse)).collect(),
        parsed => vec![parsed],
    }
}

/// The rows of what should be one and is no object. A quote that is lost, or one too many, may make one of several; those
/// behind it begin with the same field as it does.
fn told_apart(row: &[u8]) -> Vec<&[u8]> {
    let Some(first_field) = row.split_inclusive(|byte| *byte == b'"').nth(1) else { return vec![row] };
    let begin = [b"{\"", first_field].concat();
    if !row.starts_with(&begin) {
        return vec![row];
    }
    let next = [b"},", begin.as_slice()].concat();
    let (mut rows, mut from) = (Vec::new(), 0);
    for at in (0..row.len()).filter(|at| row[*at..].starts_with(&next)) {
        rows.push(&row[from..=at]);
        from = at + b"},".len();
    }
    rows.push(&row[from..]);
    rows
}

impl<T, P: Fn(&str) -> Parsed<T>> Sink<T, P> {
    fn take(&mut self, parsed: (Parsed<T>, bool)) -> bool {
        let index = self.next_index;
        self.next_index += 1;
        self.keep(index, parsed);
        // While it waits nothing more is taken off the connection; a pause of ours is none of WB's.
        if self.rows.len() == SHORT_ROWS && !self.turn.wait(self.sender.closed()) {
            return false;
        }
        if self.rows.len() < self.chunk_rows {
            return true;
        }
        let chunk = self.take_chunk(false);
        self.sender.blocking_send(Ok(chunk)).is_ok()
    }
}

impl<T, P: Fn(&str) -> Parsed<T>> Parts for Sink<T, P> {
    fn row(&mut self, row: Option<&[u8]>) -> bool {
        read_row(row, &self.parse).into_iter().all(|parsed| self.take(parsed))
    }

    fn field(&mut self, name: &str, value: &[u8]) {
        let (value, _) = text::readable(value);
        if self.verdict.note(name, &value) {
            return;
        }
        let wanted = self.wanted.iter().find(|wanted| **wanted == name);
        self.notes.extend(wanted.and_then(|wanted| Some((*wanted, models::note(&value)?))));
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
        read_blocking(json.as_bytes(), path, &["note"], false, sink);
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
    fn nothing_is_told_from_an_empty_list_and_from_another_shape() {
        assert_eq!(read("[]", &[]).unwrap(), (vec![], 0));
        for (nothing, path) in [
            ("", &[] as Path),
            ("null", &[]),
            (r#"{"data":{"items":null}}"#, &["data", "items"]),
            (r#"{"data":null,"error":false}"#, &["data", "items"]),
        ] {
            assert_eq!(read(nothing, path), Err(Error::Nothing), "{nothing}");
            let (sender, mut chunks) = mpsc::channel(CHUNKS_READY);
            let sink = Sink::new(Config::CHUNK_ROWS, Turns::default().turn(), |_: &str| Ok(Some(())), sender);
            read_blocking(nothing.as_bytes(), path, &[], true, sink);
            let chunk = chunks.try_recv().unwrap().unwrap();
            assert!(chunk.rows.is_empty() && chunk.is_nothing && chunk.is_last, "{nothing}");
        }
        assert!(detail(r#"{"data":{}}"#, &["data", "items"]).contains("no list of rows"));
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
