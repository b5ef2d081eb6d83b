//! Answers with rows.

use std::io::{self, BufRead, Read};

use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::api::product_page;
use crate::models;
use crate::rows::{Parsed, Sink, parse_mended, read_blocking};
use crate::split::{Found, Parts, Path, Splitter, Stop};
use crate::text;
use crate::turn::Turns;
use crate::{Error, RowKey};

/// More chunks than any answer here has.
const CHUNKS: usize = 10_000;

/// One of WB's lists: where its rows lie and how they are read. What they say is compared as it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What its rows are.
    pub name: &'static str,
    pub(crate) path: Path,
    pub(crate) parse: fn(&str) -> Parsed<String>,
}

macro_rules! kind {
    ($name:literal, $path:expr, $parse:expr) => {
        Kind { name: $name, path: $path, parse: |row| $parse(row).map(|row| Some(format!("{row:?}"))) }
    };
}

/// All of them.
pub const KINDS: [Kind; 10] = [
    kind!("order", &[], models::order),
    Kind { name: "sale", path: &[], parse: |row| Ok(models::sale(row)?.map(|sale| format!("{sale:?}"))) },
    kind!("stock", &["data", "items"], models::stock),
    kind!("seller_stock", &["data", "items"], models::seller_stock),
    kind!("feed_order", &["data", "orders"], models::feed_order),
    kind!("remains", &[], models::remains),
    kind!("review", &["data", "feedbacks"], |row| models::review(row, false)),
    kind!("question", &["data", "questions"], |row| models::question(row, true)),
    kind!("news", &["data"], models::news),
    kind!("product", &["cards"], models::product),
];

/// What was read of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The rows, as they are shown.
    pub rows: Vec<String>,
    /// How many were broken.
    pub skipped: usize,
    /// How many were of another kind.
    pub passed_over: usize,
    /// How many had a character that could not be read.
    pub mended: usize,
    /// What the broken ones were about.
    pub unknown: Vec<RowKey>,
    /// Why the answer is not complete.
    pub error: Option<Error>,
}

impl Outcome {
    /// Every row that was told apart from the others.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.rows.len() + self.skipped + self.passed_over
    }
}

/// A body that arrives in pieces of these lengths, again and again.
struct Pieces<'a> {
    body: &'a [u8],
    lengths: &'a [usize],
    next: usize,
    left: usize,
}

impl<'a> Pieces<'a> {
    fn new(body: &'a [u8], lengths: &'a [usize]) -> Self {
        Self { body, lengths, next: 0, left: 0 }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(out)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let length = self.lengths.get(self.next % self.lengths.len().max(1)).copied().unwrap_or(usize::MAX);
            self.left = length.max(1).min(self.body.len());
            self.next += 1;
        }
        Ok(&self.body[..self.left])
    }

    fn consume(&mut self, length: usize) {
        self.body = &self.body[length..];
        self.left -= length;
    }
}

/// Reads an answer that arrives in such pieces; so many rows are handed over at once.
#[must_use]
pub fn read(kind: Kind, body: &[u8], pieces: &[usize], chunk_rows: usize) -> Outcome {
    let (sender, mut chunks) = mpsc::channel(CHUNKS);
    let sink = Sink::new(chunk_rows, Turns::default().turn(), kind.parse, sender);
    read_blocking(Pieces::new(body, pieces), kind.path, &["currency"], false, sink);
    let mut outcome = Outcome::default();
    while let Ok(chunk) = chunks.try_recv() {
        match chunk {
            Ok(chunk) => {
                assert!(chunk.rows.len() <= chunk_rows, "no chunk is longer than asked for");
                outcome.rows.extend(chunk.rows);
                outcome.skipped = chunk.skipped;
                outcome.passed_over = chunk.passed_over;
                outcome.mended = chunk.mended;
                outcome.unknown = chunk.unknown;
            }
            Err(error) => outcome.error = Some(error),
        }
    }
    outcome
}

/// Of any bytes: they say the same however they arrive, and no page, list or part of one is read into something else.
///
/// # Panics
/// It does not hold.
pub fn holds_for_any_answer(body: &[u8], pieces: &[usize]) {
    holds_for_any_split(body, pieces);
    for kind in KINDS {
        let whole = read(kind, body, &[], 100);
        assert_eq!(read(kind, body, pieces, 100), whole, "in pieces, {}", kind.name);
        let by_one = read(kind, body, pieces, 1);
        assert!(whole.error.is_some() || by_one == whole, "in chunks of one row, {}", kind.name);
    }
    if let Ok(page) = product_page(body, None, false) {
        let cards = read(KINDS[9], body, &[], 100);
        assert_eq!((page.products.len(), page.skipped, cards.error), (cards.rows.len(), cards.skipped, None), "cards");
    }
    holds_for_any_row(body);
}

/// Of any bytes as one row: reading it twice says the same, and its characters are mended at once.
fn holds_for_any_row(row: &[u8]) {
    for kind in KINDS {
        assert_eq!(parse_mended(row, kind.parse), parse_mended(row, kind.parse), "{}", kind.name);
    }
    let (readable, _) = text::readable(row);
    assert!(!text::readable(readable.as_bytes()).1, "what was made readable is readable");
    if let Some(mended) = text::mended(&readable) {
        assert_eq!(text::mended(&mended), None, "what was mended needs no mending");
    }
    if serde_json::from_slice::<&RawValue>(row).is_ok() && serde_json::from_str::<serde_json::Value>(&readable).is_ok()
    {
        assert_eq!(text::mended(&readable), None, "what a parser takes is left alone");
    }
}

/// What a splitter found, without a judgement.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    rows: Vec<Option<Vec<u8>>>,
    fields: Vec<(String, Vec<u8>)>,
}

impl Parts for Kept {
    fn row(&mut self, row: Option<&[u8]>) -> bool {
        self.rows.push(row.map(<[u8]>::to_vec));
        true
    }

    fn field(&mut self, name: &str, value: &[u8]) {
        self.fields.push((name.to_owned(), value.to_vec()));
    }
}

fn split(body: &[u8], pieces: &[usize], path: Path) -> (Result<Found, Stop>, Kept) {
    let mut kept = Kept::default();
    let found = Splitter::new(Pieces::new(body, pieces)).split(path, &mut kept);
    (found, kept)
}

/// A list is split as serde splits it, and everything is split alike however it arrives.
fn holds_for_any_split(body: &[u8], pieces: &[usize]) {
    for path in [&[] as Path, &["data"], &["data", "items"]] {
        let (whole, kept) = split(body, &[], path);
        let (in_pieces, kept_of_pieces) = split(body, pieces, path);
        assert_eq!(format!("{whole:?}"), format!("{in_pieces:?}"), "in pieces at {path:?}");
        assert_eq!(kept, kept_of_pieces, "in pieces at {path:?}");
    }
    let Ok(rows) = serde_json::from_slice::<Vec<&RawValue>>(body) else { return };
    let (found, kept) = split(body, pieces, &[]);
    assert!(matches!(found, Ok(Found::List)), "serde reads it as a list: {found:?}");
    let rows: Vec<_> = rows.into_iter().map(|row| Some(row.get().as_bytes().to_vec())).collect();
    assert_eq!(kept.rows, rows, "serde reads the same rows");
}
