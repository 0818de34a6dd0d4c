//! Bytes as text: UTF-8 with U+FFFD for what is malformed, as the Encoding Standard counts it.

use core::fmt;
use core::ops::Range;
use core::str::from_utf8;

use crate::grammar::Span;

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::String};

const REPLACEMENT: &str = "\u{FFFD}";

/// Bytes that are shown as text: malformed UTF-8 appears as U+FFFD, one for each maximal subpart
/// (Encoding Standard, "UTF-8 decode"; the same as `String::from_utf8_lossy`). Needs no allocator.
///
/// ```
/// use sse_wire::Text;
///
/// let text = Text::new(b"caf\xE9");
/// assert_eq!(text.to_string(), "caf\u{FFFD}");
/// assert_eq!(text.as_bytes(), b"caf\xE9");
/// assert_eq!(text.to_str(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Wraps bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as they came.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether there are no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The text, if the bytes are UTF-8. Takes time linear in their length.
    #[must_use]
    pub fn to_str(self) -> Option<&'a str> {
        from_utf8(self.0).ok()
    }

    /// The text in pieces, without an allocation: the parts that are UTF-8, and a U+FFFD for each
    /// malformed part between them.
    ///
    /// ```
    /// let pieces: Vec<&str> = sse_wire::Text::new(b"a\xFFb").pieces().collect();
    /// assert_eq!(pieces, ["a", "\u{FFFD}", "b"]);
    /// ```
    pub fn pieces(self) -> impl Iterator<Item = &'a str> + Clone {
        Pieces(self.0)
    }

    /// The text, borrowed where the bytes are UTF-8.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    /// The length of the text in bytes, at most three times that of the bytes themselves.
    pub(crate) fn text_len(self) -> usize {
        self.pieces().map(str::len).sum()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(piece))
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for piece in self.pieces() {
            fmt::Display::fmt(&piece.escape_debug(), f)?;
        }
        f.write_str("\"")
    }
}

impl PartialEq<str> for Text<'_> {
    /// Compares the text, U+FFFD included.
    fn eq(&self, other: &str) -> bool {
        let mut rest = other;
        self.pieces().all(|piece| match rest.strip_prefix(piece) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        }) && rest.is_empty()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

#[derive(Clone)]
struct Pieces<'a>(&'a [u8]);

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.0;
        if bytes.is_empty() {
            return None;
        }
        let (piece, rest) = first_piece(bytes);
        self.0 = rest;
        Some(piece)
    }
}

/// The first piece of the text of `bytes`, and the bytes behind it.
fn first_piece(bytes: &[u8]) -> (&str, &[u8]) {
    match from_utf8(bytes) {
        Ok(text) => (text, &[]),
        Err(error) if error.valid_up_to() > 0 => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            (from_utf8(valid).unwrap_or(REPLACEMENT), rest)
        }
        Err(error) => {
            let len = error.error_len().unwrap_or(bytes.len());
            (REPLACEMENT, &bytes[len..])
        }
    }
}

/// Writes the text of `memory[source]` to `memory[at..]` and returns its end.
///
/// The text must fit between `at` and the end of `source`.
pub(super) fn replace_within(memory: &mut [u8], source: Range<usize>, at: usize) -> usize {
    let mut read = source.start;
    let mut write = at;
    while read < source.end {
        let rest = &memory[read..source.end];
        let (piece, after) = first_piece(rest);
        let taken = rest.len() - after.len();
        let made = piece.len();
        if taken == made && piece.as_bytes() == &rest[..taken] {
            memory.copy_within(read..read + taken, write);
        } else {
            memory[write..write + made].copy_from_slice(REPLACEMENT.as_bytes());
        }
        read += taken;
        write += made;
    }
    write
}

/// What of a chunk has been validated: a stretch of it, as text.
///
/// Each byte of a chunk is validated about once, and only if text is asked for. A character that
/// the chunk's edge cuts belongs to a value that the edge cuts too, which is not asked for here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window<'c> {
    text: &'c str,
    start: usize,
}

impl<'c> Window<'c> {
    /// The text of a value of the chunk, if it is UTF-8.
    #[inline]
    pub(crate) fn text(&mut self, chunk: &'c [u8], span: Span) -> Option<&'c str> {
        let range = span.start.wrapping_sub(self.start)..span.end.wrapping_sub(self.start);
        match self.text.get(range) {
            Some(text) => Some(text),
            None => self.validate(chunk, span),
        }
    }

    #[cold]
    #[inline(never)]
    fn validate(&mut self, chunk: &'c [u8], span: Span) -> Option<&'c str> {
        if span.start < self.start {
            // Fields in an unusual order, or behind a malformed byte.
            return from_utf8(span.of(chunk)).ok();
        }
        if span.start < self.start + self.text.len() {
            // The stretch ends inside the value: there is a malformed byte.
            return None;
        }
        self.start = span.start;
        self.text = text_from(chunk, span.start);
        self.text.get(..span.len())
    }
}

/// The text from a position of the chunk to its end, or to the first malformed byte.
fn text_from(chunk: &[u8], start: usize) -> &str {
    let rest = chunk.get(start..).unwrap_or_default();
    match from_utf8(rest) {
        Ok(text) => text,
        Err(error) => from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// A [`Window`] that does not hold on to the chunk, and says only whether a value is text.
#[cfg(feature = "bytes")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Validated {
    stretch: Span,
}

#[cfg(feature = "bytes")]
impl Validated {
    /// Whether a value of the chunk is UTF-8.
    #[inline]
    pub(crate) fn is_text(&mut self, chunk: &[u8], span: Span) -> bool {
        let Span { start, end } = self.stretch;
        if start <= span.start && span.end <= end {
            return true;
        }
        if span.start < end {
            return from_utf8(span.of(chunk)).is_ok();
        }
        let len = text_from(chunk, span.start).len();
        self.stretch = Span::new(span.start, span.start + len);
        span.end <= self.stretch.end
    }
}
