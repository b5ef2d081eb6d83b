//! Finds the rows of an answer without judging them: it knows strings and brackets, and nothing else of JSON. So a row that
//! cannot be read leaves the others alone.

use std::io::{self, BufRead};

use crate::text;

/// Where the list of rows lies in an answer: the names of the objects around it.
pub(crate) type Path = &'static [&'static str];

/// The longest row that is read: a card with a long description has some 30 kB. A longer one is broken.
const ROW_BYTES: usize = 4 * 1024 * 1024;
/// The longest value beside the rows that is read: an error in WB's words has some hundred bytes.
const FIELD_BYTES: usize = 64 * 1024;
/// The longest name of a field.
const NAME_BYTES: usize = 1024;

/// Why an answer cannot be split any further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It could not be received.
    Io(io::Error),
    /// It ends too early.
    CutOff,
    /// It is no JSON.
    NoJson,
    /// It is built otherwise.
    Shape,
    /// Nobody reads the rows any more.
    Unread,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What takes the parts of an answer.
pub(crate) trait Parts {
    /// A row; `None` for one that is too long to be read. `false`: nobody wants more.
    fn row(&mut self, row: Option<&[u8]>) -> bool;
    /// A value beside the rows, on the way to them.
    fn field(&mut self, name: &str, value: &[u8]);
}

/// What stood where the rows were looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A list, perhaps of no rows.
    List,
    /// `null`, or no answer at all.
    Nothing,
    /// The objects on the way are there, but not the list.
    Missing,
}

/// Splits an answer.
pub(crate) struct Splitter<R> {
    reader: R,
    /// How many bytes were taken off it.
    taken: usize,
}

impl<R: BufRead> Splitter<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, taken: 0 }
    }

    /// How far it has come, in bytes.
    pub(crate) fn place(&self) -> usize {
        self.taken
    }

    /// Splits the answer to its end.
    pub(crate) fn split(&mut self, path: Path, parts: &mut impl Parts) -> Result<Found, Stop> {
        if self.next_token()?.is_none() {
            return Ok(Found::Nothing);
        }
        let found = self.reach(path, parts)?;
        if self.next_token()?.is_some() { Err(Stop::NoJson) } else { Ok(found) }
    }

    /// Goes down the path to the list at its end.
    fn reach(&mut self, path: Path, parts: &mut impl Parts) -> Result<Found, Stop> {
        match (self.token()?, path) {
            (b'[', []) => self.rows(parts).map(|()| Found::List),
            (b'{', [name, inner @ ..]) => self.members(name, inner, parts),
            (b'n', _) => {
                let mut word = Vec::new();
                self.scalar(&mut word, NAME_BYTES)?;
                if word == b"null" { Ok(Found::Nothing) } else { Err(Stop::NoJson) }
            }
            (b'[' | b'{' | b'"' | b't' | b'f' | b'-' | b'0'..=b'9', _) => {
                // It may still be no JSON at all, which says more.
                self.value(&mut Vec::new(), 0)?;
                Err(Stop::Shape)
            }
            _ => Err(Stop::NoJson),
        }
    }

    fn members(&mut self, wanted: &str, inner: Path, parts: &mut impl Parts) -> Result<Found, Stop> {
        let mut found = Found::Missing;
        self.skip(1);
        if self.token()? == b'}' {
            self.skip(1);
            return Ok(found);
        }
        let (mut name, mut value) = (Vec::new(), Vec::new());
        loop {
            if self.token()? != b'"' {
                return Err(Stop::NoJson);
            }
            name.clear();
            self.string(&mut name, NAME_BYTES)?;
            if self.token()? != b':' {
                return Err(Stop::NoJson);
            }
            self.skip(1);
            let name: String = serde_json::from_str(&text::readable(&name).0).unwrap_or_default();
            if name == wanted {
                found = self.reach(inner, parts)?;
            } else {
                value.clear();
                self.token()?;
                if self.value(&mut value, FIELD_BYTES)? {
                    parts.field(&name, &value);
                }
            }
            match self.token()? {
                b',' => self.skip(1),
                b'}' => {
                    self.skip(1);
                    return Ok(found);
                }
                _ => return Err(Stop::NoJson),
            }
        }
    }

    fn rows(&mut self, parts: &mut impl Parts) -> Result<(), Stop> {
        self.skip(1);
        if self.token()? == b']' {
            self.skip(1);
            return Ok(());
        }
        let mut row = Vec::new();
        loop {
            row.clear();
            self.token()?;
            let is_whole = self.value(&mut row, ROW_BYTES)?;
            if !parts.row(is_whole.then_some(row.as_slice())) {
                return Err(Stop::Unread);
            }
            match self.token()? {
                b',' => self.skip(1),
                b']' => {
                    self.skip(1);
                    return Ok(());
                }
                _ => return Err(Stop::NoJson),
            }
        }
    }

    /// Copies a value of any kind as far as it fits; `false`: it is longer.
    fn value(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<bool, Stop> {
        match self.token()? {
            b'"' => self.string(out, limit),
            b'{' | b'[' => self.nested(out, limit),
            _ => self.scalar(out, limit),
        }
    }

    /// Copies an object or a list, up to the bracket that ends it. Which bracket ends which is the row's own business.
    fn nested(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<bool, Stop> {
        let (mut depth, mut is_whole) = (0_usize, true);
        loop {
            let plain = |byte: &u8| !matches!(byte, b'"' | b'{' | b'[' | b'}' | b']');
            is_whole &= self.copy_while(plain, out, limit)?;
            match self.token()? {
                b'"' => {
                    is_whole &= self.string(out, limit)?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            is_whole &= self.copy(1, out, limit)?;
            if depth == 0 {
                return Ok(is_whole);
            }
        }
    }

    /// Copies a string with its quotes.
    fn string(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<bool, Stop> {
        let mut is_whole = self.copy(1, out, limit)?;
        loop {
            is_whole &= self.copy_while(|byte| !matches!(byte, b'"' | b'\\'), out, limit)?;
            let is_escape = self.peek()? == b'\\';
            is_whole &= self.copy(1, out, limit)?;
            if !is_escape {
                return Ok(is_whole);
            }
            self.peek()?;
            is_whole &= self.copy(1, out, limit)?;
        }
    }

    /// Copies a number or a word, whatever it is.
    fn scalar(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<bool, Stop> {
        let before = self.taken;
        let plain =
            |byte: &u8| !matches!(byte, b',' | b':' | b'"' | b'{' | b'[' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        let is_whole = self.copy_until_end(plain, out, limit)?;
        if self.taken == before { Err(Stop::NoJson) } else { Ok(is_whole) }
    }

    /// Copies bytes as long as they are so; the end of the answer is an error.
    fn copy_while(&mut self, is_so: impl Fn(&u8) -> bool, out: &mut Vec<u8>, limit: usize) -> Result<bool, Stop> {
        let is_whole = self.copy_until_end(is_so, out, limit)?;
        self.peek()?;
        Ok(is_whole)
    }

    /// Copies bytes as long as they are so.
    fn copy_until_end(&mut self, is_so: impl Fn(&u8) -> bool, out: &mut Vec<u8>, limit: usize) -> Result<bool, Stop> {
        let mut is_whole = true;
        loop {
            let buffer = self.reader.fill_buf()?;
            let length = buffer.iter().position(|byte| !is_so(byte)).unwrap_or(buffer.len());
            let (is_over, fits) = (length < buffer.len() || buffer.is_empty(), out.len() + length <= limit);
            if fits {
                out.extend_from_slice(&buffer[..length]);
            }
            is_whole &= fits;
            self.skip(length);
            if is_over {
                return Ok(is_whole);
            }
        }
    }

    /// Copies bytes that are known to be there.
    fn copy(&mut self, length: usize, out: &mut Vec<u8>, limit: usize) -> Result<bool, Stop> {
        let buffer = self.reader.fill_buf()?;
        let bytes = buffer.get(..length).ok_or(Stop::CutOff)?;
        let fits = out.len() + length <= limit;
        if fits {
            out.extend_from_slice(bytes);
        }
        self.skip(length);
        Ok(fits)
    }

    fn skip(&mut self, length: usize) {
        self.reader.consume(length);
        self.taken += length;
    }

    /// The next byte, which stays where it is.
    fn peek(&mut self) -> Result<u8, Stop> {
        self.reader.fill_buf()?.first().copied().ok_or(Stop::CutOff)
    }

    /// The next byte that is no white space, which stays where it is.
    fn token(&mut self) -> Result<u8, Stop> {
        self.next_token()?.ok_or(Stop::CutOff)
    }

    fn next_token(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            match self.reader.fill_buf()?.first().copied() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.skip(1),
                other => return Ok(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Kept {
        rows: Vec<Option<String>>,
        fields: Vec<(String, String)>,
    }

    impl Parts for Kept {
        fn row(&mut self, row: Option<&[u8]>) -> bool {
            self.rows.push(row.map(|row| String::from_utf8_lossy(row).into_owned()));
            true
        }

        fn field(&mut self, name: &str, value: &[u8]) {
            self.fields.push((name.to_owned(), String::from_utf8_lossy(value).into_owned()));
        }
    }

    /// However the answer arrives: byte by byte, or at once.
    fn split(json: &[u8], path: Path) -> (Result<Found, Stop>, Kept) {
        let mut all = Vec::new();
        for buffer_bytes in [1, 2, 3, 4_096] {
            let mut kept = Kept::default();
            let found = Splitter::new(BufReader::with_capacity(buffer_bytes, json)).split(path, &mut kept);
            all.push((found, kept));
        }
        let words: Vec<String> = all.iter().map(|one| format!("{one:?}")).collect();
        assert!(words.iter().all(|one| *one == words[0]), "{words:#?}");
        all.swap_remove(0)
    }

    fn rows(json: &str, path: Path) -> Vec<String> {
        let (found, kept) = split(json.as_bytes(), path);
        assert_eq!(found.unwrap(), Found::List, "{json}");
        kept.rows.into_iter().flatten().collect()
    }

    #[test]
    fn rows_are_found_and_not_judged() {
        assert_eq!(rows("[]", &[]), [""; 0]);
        assert_eq!(
            rows(" [ 1 ,\n{\"a\": [\"]\", \"\\\"\"]} , NaN, \"x\\\\\" ]\n", &[]),
            ["1", "{\"a\": [\"]\", \"\\\"\"]}", "NaN", "\"x\\\\\""]
        );
        assert_eq!(
            rows(r#"{"a":{"b":[0]},"d":{"x":[9],"r":[{"n":01},{,}]},"r":[5]}"#, &["d", "r"]),
            [r#"{"n":01}"#, "{,}"]
        );
    }

    #[test]
    fn what_stands_beside_the_rows_is_told_on_either_side() {
        let (found, kept) = split(br#"{"e":true,"d":{"s":"x","r":[1],"c":{"y":[]}},"t":null}"#, &["d", "r"]);
        assert_eq!(found.unwrap(), Found::List);
        let fields: Vec<(&str, &str)> =
            kept.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("e", "true"), ("s", "\"x\""), ("c", "{\"y\":[]}"), ("t", "null")]);
    }

    #[test]
    fn nothing_is_no_list() {
        for (json, path) in [
            ("", &[] as Path),
            (" \n", &["d"]),
            ("null", &["d", "r"]),
            (r#"{"d":null}"#, &["d", "r"]),
            (r#"{"d":{"r":null}}"#, &["d", "r"]),
        ] {
            assert_eq!(split(json.as_bytes(), path).0.unwrap(), Found::Nothing, "{json}");
        }
        for json in ["{}", r#"{"d":{}}"#, r#"{"d":{"x":[]}}"#] {
            assert_eq!(split(json.as_bytes(), &["d", "r"]).0.unwrap(), Found::Missing, "{json}");
        }
    }

    #[test]
    fn what_is_cut_off_or_no_list_stops() {
        let stop = |json: &str, path: Path| format!("{:?}", split(json.as_bytes(), path).0.unwrap_err());
        for cut_off in ["[", "[1", "[1,", "[\"a", "[\"a\\", "[{\"a\":1}", "[1, {"] {
            assert_eq!(stop(cut_off, &[]), "CutOff", "{cut_off}");
        }
        assert_eq!(stop(r#"{"d":{"r":[1]}"#, &["d", "r"]), "CutOff");
        for no_json in ["<html>", "[1] [2]", "nothing", "[1 2]", "[,]", "]"] {
            assert_eq!(stop(no_json, &[]), "NoJson", "{no_json}");
        }
        assert_eq!(stop(r#"{d:1}"#, &["d"]), "NoJson");
        for (shape, path) in
            [(r#"{"d":[1]}"#, &[] as Path), ("[1]", &["d"]), ("\"x\"", &[]), ("7", &["d"]), (r#"{"d":true}"#, &["d"])]
        {
            assert_eq!(stop(shape, path), "Shape", "{shape}");
        }
    }

    #[test]
    fn a_row_without_end_costs_itself() {
        let long = format!("[1,\"{}\",2]", "x".repeat(ROW_BYTES));
        let (found, kept) = {
            let mut kept = Kept::default();
            (Splitter::new(long.as_bytes()).split(&[], &mut kept), kept)
        };
        assert_eq!(found.unwrap(), Found::List);
        assert_eq!(kept.rows, [Some("1".to_owned()), None, Some("2".to_owned())]);
    }
}
