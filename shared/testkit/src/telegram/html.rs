//! Telegram's HTML parse mode, with its errors word for word.
//!
//! The rules and the texts follow what the server's own parser does (tdlib, `parse_html`); an offset
//! in an error counts bytes of the text as it was sent.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

/// Telegram keeps so many entities of a message and silently drops the rest.
pub const ENTITIES_MAX: usize = 100;

const TAGS: [&str; 17] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "tg-time",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// A reference such as `&#x10FFFF` is given up when it is longer than this.
const REFERENCE_MAX_BYTES: usize = 10;

/// A styled part of a text, as it stands in Telegram's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// The kind in Telegram's words: `bold`, `text_link`, `pre`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it begins, in UTF-16 units of the parsed text.
    pub offset: usize,
    /// How long it is, in UTF-16 units.
    pub length: usize,
    /// What belongs to one kind only: `url`, `user`, `language`, `custom_emoji_id`, `unix_time`.
    #[serde(flatten)]
    pub extra: serde_json::Map<String, Value>,
}

impl Entity {
    fn new(kind: &str, offset: usize, length: usize) -> Self {
        Self { kind: kind.to_owned(), offset, length, extra: serde_json::Map::new() }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// The first UTF-16 unit behind the entity.
    #[must_use]
    pub fn end(&self) -> usize {
        self.offset + self.length
    }

    fn is_monospaced(&self) -> bool {
        matches!(self.kind.as_str(), "code" | "pre")
    }

    fn is_quotation(&self) -> bool {
        matches!(self.kind.as_str(), "blockquote" | "expandable_blockquote")
    }

    /// Whether Telegram may cut the entity into pieces instead of dropping it.
    fn is_splittable(&self) -> bool {
        matches!(self.kind.as_str(), "bold" | "italic" | "underline" | "strikethrough" | "spoiler")
    }
}

/// A text as the reader sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formatted {
    /// The text without tags, references decoded, white space around it removed.
    pub text: String,
    /// The entities that Telegram keeps, in the order of their offsets.
    pub entities: Vec<Entity>,
    /// How many entities beyond [`ENTITIES_MAX`] Telegram drops without a word.
    pub dropped_entities: usize,
}

impl Formatted {
    /// A text without a parse mode.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { text: text.trim_matches(TRIMMED).to_owned(), ..Self::default() }
    }

    /// How long the text is in UTF-16 units, in which Telegram counts entities. Whether it counts whole messages so or in
    /// code points is not documented; this is never less.
    #[must_use]
    pub fn length(&self) -> usize {
        self.text.encode_utf16().count()
    }
}

const TRIMMED: [char; 2] = [' ', '\n'];

/// Parses a text sent with `parse_mode=HTML`.
///
/// # Errors
/// What Telegram writes behind `can't parse entities: `.
pub fn parse(html: &str) -> Result<Formatted, String> {
    let mut parser = Parser { source: Source(html.as_bytes()), ..Parser::default() };
    parser.run()?;
    let text = String::from_utf8(parser.text).map_err(|_| INVALID_UNICODE.to_owned())?;
    Ok(finish(&text, parser.entities))
}

const INVALID_UNICODE: &str =
    "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units";

/// The bytes of the text; behind its end stands a zero byte, which counts as white space.
#[derive(Clone, Copy, Default)]
struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    fn at(self, position: usize) -> u8 {
        self.0.get(position).copied().unwrap_or(0)
    }

    fn is_space(self, position: usize) -> bool {
        matches!(self.at(position), b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0)
    }

    fn skip_space(self, mut position: usize) -> usize {
        while self.at(position) != 0 && self.is_space(position) {
            position += 1;
        }
        position
    }

    fn skip_while(self, mut position: usize, wanted: impl Fn(u8) -> bool) -> usize {
        while wanted(self.at(position)) {
            position += 1;
        }
        position
    }

    fn skip_to(self, mut position: usize, ends: &[u8]) -> usize {
        while !self.is_space(position) && !ends.contains(&self.at(position)) {
            position += 1;
        }
        position
    }

    fn slice(self, from: usize, to: usize) -> &'a [u8] {
        self.0.get(from..to.min(self.0.len())).unwrap_or_default()
    }

    fn lower_case(self, from: usize, to: usize) -> String {
        String::from_utf8_lossy(self.slice(from, to)).to_ascii_lowercase()
    }

    /// The code point that a reference at `position` stands for, and the position behind it.
    fn reference(self, position: usize) -> Option<(u32, usize)> {
        let (code, end) = if self.at(position + 1) == b'#' {
            let (from, radix) = if self.at(position + 2) == b'x' { (position + 3, 16) } else { (position + 2, 10) };
            let end = self.skip_while(from, |byte| char::from(byte).is_digit(radix));
            if end - position >= REFERENCE_MAX_BYTES {
                return None;
            }
            let digits = std::str::from_utf8(self.slice(from, end)).ok()?;
            (u32::from_str_radix(digits, radix).ok().filter(|code| (1..0x10_ffff).contains(code))?, end)
        } else {
            let end = self.skip_while(position + 1, |byte| byte.is_ascii_alphabetic());
            let code = match self.slice(position + 1, end) {
                b"lt" => '<',
                b"gt" => '>',
                b"amp" => '&',
                b"quot" => '"',
                _ => return None,
            };
            (code.into(), end)
        };
        Some((code, if self.at(end) == b';' { end + 1 } else { end }))
    }
}

struct OpenTag {
    name: String,
    argument: String,
    offset: usize,
    text_position: usize,
}

#[derive(Default)]
struct Parser<'a> {
    source: Source<'a>,
    text: Vec<u8>,
    utf16_length: usize,
    open: Vec<OpenTag>,
    entities: Vec<Entity>,
    invalid_unicode: bool,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), String> {
        let mut position = 0;
        while position < self.source.0.len() {
            let byte = self.source.at(position);
            if byte == b'&'
                && let Some((code, end)) = self.source.reference(position)
            {
                self.push_code(code);
                position = end;
            } else if byte != b'<' {
                // The first byte of a character counts: two UTF-16 units for those of four bytes.
                self.utf16_length += usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0);
                self.text.push(byte);
                position += 1;
            } else if self.source.at(position + 1) == b'/' {
                position = self.end_tag(position)?;
            } else {
                position = self.start_tag(position)?;
            }
        }
        if let Some(tag) = self.open.last() {
            return Err(format!("Can't find end tag corresponding to start tag \"{}\"", tag.name));
        }
        if self.invalid_unicode { Err(INVALID_UNICODE.to_owned()) } else { Ok(()) }
    }

    fn push_code(&mut self, code: u32) {
        match char::from_u32(code) {
            Some(character) => {
                self.utf16_length += character.len_utf16();
                self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            None => self.invalid_unicode = true,
        }
    }

    fn start_tag(&mut self, begin: usize) -> Result<usize, String> {
        let source = self.source;
        let mut position = source.skip_to(begin + 1, b">");
        if source.at(position) == 0 {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        let name = source.lower_case(begin + 1, position);
        if !TAGS.contains(&name.as_str()) {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {begin}"));
        }
        let mut argument = String::new();
        while source.at(position) != b'>' {
            position = source.skip_space(position);
            if source.at(position) == b'>' {
                break;
            }
            let attribute_begin = position;
            position = source.skip_to(position, b"=>/\"'");
            let attribute = source.slice(attribute_begin, position);
            if attribute.is_empty() {
                return Err(format!("Empty attribute name in the tag \"{name}\" at byte offset {begin}"));
            }
            let unclosed = format!("Unclosed start tag \"{name}\" at byte offset {begin}");
            position = source.skip_space(position);
            let value = if source.at(position) == b'=' {
                position = source.skip_space(position + 1);
                if source.at(position) == 0 {
                    return Err(unclosed);
                }
                let (value, end) = attribute_value(source, position)?;
                position = end;
                if source.at(position) == 0 {
                    return Err(format!("Unclosed start tag at byte offset {begin}"));
                }
                Some(value)
            } else if source.at(position) == 0 {
                return Err(unclosed);
            } else {
                None
            };
            if let Some(meant) = argument_of(&name, attribute, value) {
                argument = meant;
            }
        }
        if name == "span" && argument != "spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.open.push(OpenTag { name, argument, offset: self.utf16_length, text_position: self.text.len() });
        Ok(position + 1)
    }

    fn end_tag(&mut self, begin: usize) -> Result<usize, String> {
        let Some(tag) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        let name_end = self.source.skip_to(begin + 2, b">");
        let name = self.source.lower_case(begin + 2, name_end);
        let end = self.source.skip_space(name_end);
        if self.source.at(end) != b'>' {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        if !name.is_empty() && name != tag.name {
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{}>\", found \"</{name}>\"",
                tag.name
            ));
        }
        if self.utf16_length > tag.offset {
            self.close(tag)?;
        }
        Ok(end + 1)
    }

    fn close(&mut self, tag: OpenTag) -> Result<(), String> {
        let (offset, length) = (tag.offset, self.utf16_length - tag.offset);
        let entity = |kind| Entity::new(kind, offset, length);
        let covered = |entity: &&mut Entity| entity.offset == offset && entity.length == length;
        let entity = match tag.name.as_str() {
            "b" | "strong" => entity("bold"),
            "i" | "em" => entity("italic"),
            "u" | "ins" => entity("underline"),
            "s" | "strike" | "del" => entity("strikethrough"),
            "span" | "tg-spoiler" => entity("spoiler"),
            "blockquote" if tag.argument.is_empty() => entity("blockquote"),
            "blockquote" => entity("expandable_blockquote"),
            "tg-emoji" => match tag.argument.parse::<i64>() {
                Ok(id) if id != 0 => entity("custom_emoji").with("custom_emoji_id", tag.argument),
                _ => return Err("Invalid custom emoji identifier specified".to_owned()),
            },
            "tg-time" => match tag.argument.parse::<i64>() {
                Ok(time) => entity("date_time").with("unix_time", time),
                Err(_) => return Err("Invalid date specified".to_owned()),
            },
            "a" => {
                let shown = String::from_utf8_lossy(&self.text[tag.text_position..]).into_owned();
                let target = if tag.argument.is_empty() { shown } else { tag.argument };
                match link(&target) {
                    Some(Link::User(id)) => entity("text_mention")
                        .with("user", json!({ "id": id, "is_bot": false, "first_name": format!("User {id}") })),
                    Some(Link::Page(url)) => entity("text_link").with("url", url),
                    None => return Ok(()),
                }
            }
            // `<pre><code class="language-rust">` is one entity, in whichever order the two are nested.
            "pre" => match self.entities.last_mut().filter(covered) {
                Some(inner) if inner.kind == "code" && inner.extra.contains_key("language") => {
                    inner.kind = "pre".to_owned();
                    return Ok(());
                }
                _ => entity("pre"),
            },
            _ if tag.argument.is_empty() => entity("code"),
            _ => match self.entities.last_mut().filter(covered) {
                Some(inner) if inner.kind == "pre" => {
                    inner.extra.insert("language".to_owned(), tag.argument.into());
                    return Ok(());
                }
                _ => entity("code").with("language", tag.argument),
            },
        };
        self.entities.push(entity);
        Ok(())
    }
}

/// The value that begins at `position`, quoted or a name token, and the position behind it.
fn attribute_value(source: Source<'_>, position: usize) -> Result<(String, usize), String> {
    let quote = source.at(position);
    if quote != b'\'' && quote != b'"' {
        let end = source.skip_while(position, |byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
        if !source.is_space(end) && source.at(end) != b'>' {
            return Err(format!("Unexpected end of name token at byte offset {position}"));
        }
        return Ok((source.lower_case(position, end), end));
    }
    let mut value = Vec::new();
    let mut position = position + 1;
    while source.at(position) != quote && source.at(position) != 0 {
        match (source.at(position) == b'&').then(|| source.reference(position)).flatten() {
            Some((code, end)) => {
                let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                position = end;
            }
            None => {
                value.push(source.at(position));
                position += 1;
            }
        }
    }
    let end = if source.at(position) == quote { position + 1 } else { position };
    Ok((String::from_utf8_lossy(&value).into_owned(), end))
}

/// What an attribute means for its tag; the others are ignored.
fn argument_of(tag: &str, attribute: &[u8], value: Option<String>) -> Option<String> {
    match (tag, attribute, value) {
        ("a", b"href", Some(value)) | ("tg-emoji", b"emoji-id", Some(value)) | ("tg-time", b"unix", Some(value)) => {
            Some(value)
        }
        ("code", b"class", Some(value)) => value.strip_prefix("language-").map(str::to_owned),
        ("span", b"class", Some(value)) => value.strip_prefix("tg-").map(str::to_owned),
        ("blockquote", b"expandable", _) => Some("1".to_owned()),
        _ => None,
    }
}

enum Link {
    User(i64),
    Page(String),
}

/// Where a link leads; nothing for one that Telegram does not take, whose text then stays plain.
fn link(target: &str) -> Option<Link> {
    let url = Url::parse(target)
        .ok()
        .filter(|url| url.has_host() || url.scheme() == "tg")
        .or_else(|| Url::parse(&format!("http://{target}")).ok())?;
    match url.scheme() {
        "tg" if url.host_str() == Some("user") => {
            let id = url.query_pairs().find(|(name, _)| name == "id")?.1.parse().ok()?;
            Some(Link::User(id))
        }
        "tg" => Some(Link::Page(url.into())),
        "http" | "https" if url.host_str()?.contains(['.', ':']) => Some(Link::Page(url.into())),
        _ => None,
    }
}

/// Whether Telegram takes the address for a button or a link.
#[must_use]
pub(super) fn is_link(target: &str) -> bool {
    link(target).is_some()
}

/// Takes apart what cannot stand together, removes the white space around, applies the limit.
fn finish(text: &str, mut entities: Vec<Entity>) -> Formatted {
    for entity in entities.iter_mut().filter(|entity| entity.kind == "code") {
        entity.extra.remove("language");
    }
    sort(&mut entities);
    let mut entities = untangle(entities);

    let kept = text.trim_end_matches(TRIMMED);
    let end = kept.encode_utf16().count();
    entities.retain(|entity| entity.offset < end);
    for entity in &mut entities {
        entity.length = entity.length.min(end - entity.offset);
    }
    // White space in front stays where an entity covers it.
    let leading = kept.len() - kept.trim_start_matches(TRIMMED).len();
    let cut = leading.min(entities.first().map_or(leading, |entity| entity.offset));
    for entity in &mut entities {
        entity.offset -= cut;
    }
    sort(&mut entities);

    let dropped_entities = entities.len().saturating_sub(ENTITIES_MAX);
    entities.truncate(ENTITIES_MAX);
    // Text of nothing but white space is empty, even inside an entity.
    let text = if kept.is_empty() { String::new() } else { kept[cut..].to_owned() };
    Formatted { text, entities, dropped_entities }
}

fn sort(entities: &mut [Entity]) {
    entities.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
}

/// Quotations do not nest, links and code exclude each other, and nothing styles code.
fn untangle(entities: Vec<Entity>) -> Vec<Entity> {
    let (splittable, rest): (Vec<_>, Vec<_>) = entities.into_iter().partition(Entity::is_splittable);
    let (quotations, continuous): (Vec<_>, Vec<_>) = rest.into_iter().partition(Entity::is_quotation);
    let quotations = without_overlaps(quotations);
    let mut result = without_overlaps(continuous);
    result.retain(|entity| {
        quotations.iter().all(|quotation| {
            let apart = entity.end() <= quotation.offset || quotation.end() <= entity.offset;
            apart || (quotation.offset <= entity.offset && entity.end() <= quotation.end())
        })
    });
    let code: Vec<(usize, usize)> =
        result.iter().filter(|entity| entity.is_monospaced()).map(|entity| (entity.offset, entity.end())).collect();
    result.extend(quotations);
    for entity in joined(splittable) {
        let mut begin = entity.offset;
        for &(from, to) in code.iter().filter(|&&(from, to)| from < entity.end() && entity.offset < to) {
            if begin < from {
                result.push(Entity::new(&entity.kind, begin, from - begin));
            }
            begin = begin.max(to);
        }
        if begin < entity.end() {
            result.push(Entity::new(&entity.kind, begin, entity.end() - begin));
        }
    }
    sort(&mut result);
    result
}

/// Of entities that overlap the first stays, which is the outer one.
fn without_overlaps(entities: Vec<Entity>) -> Vec<Entity> {
    let mut end = 0;
    entities
        .into_iter()
        .filter(|entity| {
            let free = entity.offset >= end;
            end = if free { entity.end() } else { end };
            free
        })
        .collect()
}

/// Entities of one kind that touch become one.
fn joined(entities: Vec<Entity>) -> Vec<Entity> {
    let mut result: Vec<Entity> = Vec::new();
    for entity in entities {
        match result.iter_mut().find(|before| before.kind == entity.kind && entity.offset <= before.end()) {
            Some(before) => before.length = before.end().max(entity.end()) - before.offset,
            None => result.push(entity),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(html: &str) -> (String, Vec<(String, usize, usize)>) {
        let formatted = parse(html).unwrap();
        let entities = formatted.entities.into_iter().map(|entity| (entity.kind, entity.offset, entity.length));
        (formatted.text, entities.collect())
    }

    fn kinds(html: &str) -> Vec<(String, usize, usize)> {
        seen(html).1
    }

    fn entity(kind: &str, offset: usize, length: usize) -> (String, usize, usize) {
        (kind.to_owned(), offset, length)
    }

    #[test]
    fn every_tag_of_the_documentation_becomes_its_entity() {
        for (html, kind) in [
            ("<b>x</b>", "bold"),
            ("<strong>x</strong>", "bold"),
            ("<i>x</i>", "italic"),
            ("<em>x</em>", "italic"),
            ("<u>x</u>", "underline"),
            ("<ins>x</ins>", "underline"),
            ("<s>x</s>", "strikethrough"),
            ("<strike>x</strike>", "strikethrough"),
            ("<del>x</del>", "strikethrough"),
            ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
            ("<span class=\"tg-spoiler\">x</span>", "spoiler"),
            ("<a href=\"https://example.com\">x</a>", "text_link"),
            ("<a href=\"tg://user?id=42\">x</a>", "text_mention"),
            ("<tg-emoji emoji-id=\"5368324170671202286\">x</tg-emoji>", "custom_emoji"),
            ("<tg-time unix=\"1647531900\">x</tg-time>", "date_time"),
            ("<code>x</code>", "code"),
            ("<pre>x</pre>", "pre"),
            ("<pre><code class=\"language-rust\">x</code></pre>", "pre"),
            ("<code class=\"language-rust\"><pre>x</pre></code>", "pre"),
            ("<blockquote>x</blockquote>", "blockquote"),
            ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
            ("<B>x</B >", "bold"),
        ] {
            assert_eq!(seen(html), ("x".to_owned(), vec![entity(kind, 0, 1)]), "{html}");
        }
    }

    #[test]
    fn offsets_of_entities_count_utf_16_units() {
        assert_eq!(seen("📦 <b>Заказ</b> &lt;1&gt;"), ("📦 Заказ <1>".to_owned(), vec![entity("bold", 3, 5)]));
        assert_eq!(kinds("&#128230;<i>x</i>"), [entity("italic", 2, 1)]);
    }

    #[test]
    fn only_four_names_and_numbers_are_references() {
        let text = |html: &str| parse(html).unwrap().text;
        assert_eq!(text("&lt;&gt;&amp;&quot;"), "<>&\"");
        assert_eq!(text("&lt a &#65 &#x42;"), "< a A B");
        assert_eq!(
            text("&nbsp;&apos;&copy; & &#0; &#x110000; &#00000000065;"),
            "&nbsp;&apos;&copy; & &#0; &#x110000; &#00000000065;"
        );
        assert_eq!(text("a > b & c"), "a > b & c");
    }

    #[test]
    fn every_error_is_told_word_for_word_with_its_byte_offset() {
        for (html, error) in [
            ("Привет<br>", "Unsupported start tag \"br\" at byte offset 12"),
            ("a <p>x</p>", "Unsupported start tag \"p\" at byte offset 2"),
            ("<br/>", "Unsupported start tag \"br/\" at byte offset 0"),
            ("1 < 2 >", "Unsupported start tag \"\" at byte offset 2"),
            ("&lt;<UL>", "Unsupported start tag \"ul\" at byte offset 4"),
            ("a <b", "Unclosed start tag at byte offset 2"),
            ("1 <2", "Unclosed start tag at byte offset 2"),
            ("<a href=\"x", "Unclosed start tag at byte offset 0"),
            ("x <a href", "Unclosed start tag \"a\" at byte offset 2"),
            ("x <a href= ", "Unclosed start tag \"a\" at byte offset 2"),
            ("<a \"x\">y</a>", "Empty attribute name in the tag \"a\" at byte offset 0"),
            ("<b/ >", "Unsupported start tag \"b/\" at byte offset 0"),
            ("<b />", "Empty attribute name in the tag \"b\" at byte offset 0"),
            ("<a href=http://x.ru>", "Unexpected end of name token at byte offset 8"),
            ("é<span>x</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 2"),
            ("<span class=\"red\">x</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
            ("x</b>", "Unexpected end tag at byte offset 1"),
            ("<b>x</b", "Unclosed end tag at byte offset 4"),
            ("<b>x</b y>", "Unclosed end tag at byte offset 4"),
            ("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
            ("<b><i>ж</b></i>", "Unmatched end tag at byte offset 8, expected \"</i>\", found \"</b>\""),
            ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
            ("<b><i>x</i>", "Can't find end tag corresponding to start tag \"b\""),
            ("<tg-emoji emoji-id=\"0\">x</tg-emoji>", "Invalid custom emoji identifier specified"),
            ("&#xd83d;", INVALID_UNICODE),
        ] {
            assert_eq!(parse(html), Err(error.to_owned()), "{html}");
        }
    }

    #[test]
    fn an_anonymous_end_tag_closes_the_last_tag() {
        assert_eq!(seen("<b>a<i>b</></>"), ("ab".to_owned(), vec![entity("bold", 0, 2), entity("italic", 1, 1)]));
    }

    #[test]
    fn empty_entities_are_dropped() {
        assert_eq!(seen("<b></b>x<i></i>"), ("x".to_owned(), vec![]));
    }

    #[test]
    fn a_link_that_leads_nowhere_becomes_plain_text() {
        for html in
            ["<a href=\"javascript:x\">x</a>", "<a href=\"http://\">x</a>", "<a href=\"localhost\">x</a>", "<a>x</a>"]
        {
            assert_eq!(seen(html), ("x".to_owned(), vec![]), "{html}");
        }
        assert_eq!(parse("<a>example.com</a>").unwrap().entities[0].extra["url"], "http://example.com/");
        assert_eq!(
            parse("<a href=\"https://x.ru/?a=1&amp;b=2\">y</a>").unwrap().entities[0].extra["url"],
            "https://x.ru/?a=1&b=2"
        );
        assert_eq!(parse("<a href='https://x.ru/\"'>y</a>").unwrap().entities[0].kind, "text_link");
    }

    #[test]
    fn a_language_belongs_only_to_a_block_of_code() {
        assert_eq!(
            parse("<pre><code class=\"language-rust\">x</code></pre>").unwrap().entities[0].extra["language"],
            "rust"
        );
        assert_eq!(parse("<code class=\"language-rust\">x</code>").unwrap().entities[0].extra.len(), 0);
    }

    #[test]
    fn nothing_styles_code_and_quotations_do_not_nest() {
        assert_eq!(
            kinds("<b>a<code>b</code>c</b>"),
            [entity("bold", 0, 1), entity("code", 1, 1), entity("bold", 2, 1)]
        );
        assert_eq!(kinds("<code>a<b>b</b></code>"), [entity("code", 0, 2)]);
        assert_eq!(kinds("<blockquote>a<blockquote>b</blockquote></blockquote>"), [entity("blockquote", 0, 2)]);
        assert_eq!(kinds("<b>a<b>b</b></b><b>c</b>"), [entity("bold", 0, 3)]);
        assert_eq!(kinds("<code>a<blockquote>b</blockquote></code>"), [entity("blockquote", 1, 1)]);
    }

    #[test]
    fn white_space_around_the_text_is_removed_and_offsets_follow() {
        assert_eq!(seen(" \n a <b>b </b>\n"), ("a b".to_owned(), vec![entity("bold", 2, 1)]));
        assert_eq!(seen("<b> \n </b>"), (String::new(), vec![]));
        assert_eq!(Formatted::plain(" \n a b\n ").text, "a b");
    }

    #[test]
    fn the_entity_after_the_hundredth_is_dropped_silently() {
        let formatted = parse(&"<b>a</b> ".repeat(103)).unwrap();
        assert_eq!((formatted.entities.len(), formatted.dropped_entities), (100, 3));
    }

    #[test]
    fn length_counts_utf16_units() {
        assert_eq!(parse("<b>📦ж</b>&amp;").unwrap().length(), 4);
    }
}
