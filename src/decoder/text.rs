//! Bytes as text: UTF-8 with U+FFFD for what is malformed, as the Encoding Standard counts it.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::ops::Range;
use core::str::from_utf8;

use crate::grammar::{Sight, Span};

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::String};

/// The least that is validated at a time; small in debug builds, so that ordinary tests exercise
/// many stretches.
const LEAST: usize = if cfg!(debug_assertions) { 4 } else { 512 };

const REPLACEMENT: &str = "\u{FFFD}";

/// Bytes that are shown as text: malformed UTF-8 appears as U+FFFD, one for each maximal subpart
/// (Encoding Standard, "UTF-8 decode"; the same as `String::from_utf8_lossy`). Needs no allocator.
///
/// A text is what it reads as: it is equal to every text and every `str` that reads the same, U+FFFD
/// included. Whether the bytes are the same is told by [`as_bytes`](Self::as_bytes).
///
/// ```
/// use sse_wire::Text;
///
/// let text = Text::new(b"caf\xE9");
/// assert_eq!(text.to_string(), "caf\u{FFFD}");
/// assert_eq!(text.as_bytes(), b"caf\xE9");
/// assert_eq!(text.to_str(), None);
/// ```
#[derive(Clone, Copy, Default)]
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
        #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
        if let Some(ascii) = crate::simd::Ascii::new(self.0, 0..self.0.len()) {
            return ascii.text(0..self.0.len());
        }
        validated(self.0).ok()
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

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        let read = |text: Self| text.pieces().flat_map(str::bytes);
        self.0 == other.0 || read(*self).eq(read(*other))
    }
}

impl Eq for Text<'_> {}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Equal texts may come in other pieces.
        self.pieces().flat_map(str::chars).for_each(|char| char.hash(state));
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        *self == Text::new(other.as_bytes())
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl AsRef<[u8]> for Text<'_> {
    /// The bytes as they came.
    fn as_ref(&self) -> &[u8] {
        self.0
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
/// Each byte of a chunk is validated about once, and only if text is asked for. A stretch is twice
/// as long as the one before: a cursor that is dropped early has not looked far ahead, so that the
/// rest may be fed again and again. A character that the chunk's edge cuts belongs to a value that
/// the edge cuts too, which is not asked for here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window<'c> {
    /// What is known to be ASCII.
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    ascii: crate::simd::Ascii<'c>,
    /// The stretch that was validated last.
    stretch: Span,
    /// The text of it, unless it is ASCII.
    text: &'c str,
    /// A malformed byte follows the stretch.
    broken: bool,
}

impl<'c> Window<'c> {
    /// The text of a value of the chunk, if it is UTF-8.
    #[inline(always)]
    pub(crate) fn text(&mut self, chunk: &'c [u8], span: Span) -> Option<&'c str> {
        #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
        if let Some(text) = self.ascii.text(span.start..span.end) {
            return Some(text);
        }
        self.beyond_ascii(chunk, span)
    }

    #[inline]
    fn beyond_ascii(&mut self, chunk: &'c [u8], span: Span) -> Option<&'c str> {
        let Span { start, .. } = self.stretch;
        let range = span.start.wrapping_sub(start)..span.end.wrapping_sub(start);
        match self.text.get(range) {
            Some(text) => Some(text),
            None => self.validate(chunk, span),
        }
    }

    #[cold]
    #[inline(never)]
    fn validate(&mut self, chunk: &'c [u8], span: Span) -> Option<&'c str> {
        if span.start < self.stretch.start {
            // Fields in an unusual order, or behind a malformed byte.
            return from_utf8(span.of(chunk)).ok();
        }
        if self.broken && span.start < self.stretch.end {
            // The stretch ends inside the value.
            return None;
        }
        self.stretch = stretch(chunk, span, self.stretch.len());
        (self.text, self.broken) = ("", false);
        #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
        if let Some(ascii) = crate::simd::Ascii::new(chunk, self.stretch.start..self.stretch.end) {
            self.ascii = ascii.and(self.ascii);
            return ascii.text(span.start..span.end);
        }
        (self.text, self.broken) = text_from(self.stretch.of(chunk));
        self.stretch.end = self.stretch.start + self.text.len();
        self.text.get(..span.len())
    }
}

impl<'c> Sight<'c> for Window<'c> {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    #[inline]
    fn see(&mut self, ascii: crate::simd::Ascii<'c>) {
        self.ascii = ascii.and(self.ascii);
    }

    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    #[inline]
    fn seen(&self) -> Option<crate::simd::Ascii<'c>> {
        Some(self.ascii)
    }
}

/// What of the bytes is text, from their start, and whether a malformed byte follows it. A character
/// that their end cuts is left out.
fn text_from(bytes: &[u8]) -> (&str, bool) {
    let bytes = &bytes[..bytes.len() - cut_character(bytes)];
    match validated(bytes) {
        Ok(text) => (text, false),
        Err(len) => (validated(&bytes[..len]).unwrap_or_default(), true),
    }
}

/// The length of the character that the end of `bytes` cuts, as far as its first byte tells.
fn cut_character(bytes: &[u8]) -> usize {
    let needs = |byte: u8| match byte {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
        _ => 1,
    };
    let first = bytes.iter().rev().take(3).position(|byte| byte & 0xC0 != 0x80);
    match first.map(|behind| (behind + 1, bytes[bytes.len() - 1 - behind])) {
        Some((have, first)) if needs(first) > have => have,
        _ => 0,
    }
}

/// The bytes as text, or how many of them are.
fn validated(bytes: &[u8]) -> Result<&str, usize> {
    #[cfg(feature = "simdutf8")]
    return simdutf8::compat::from_utf8(bytes).map_err(|error| error.valid_up_to());
    #[cfg(not(feature = "simdutf8"))]
    return from_utf8(bytes).map_err(|error| error.valid_up_to());
}

/// A [`Window`] that does not hold on to the chunk, and says only whether a value is text.
#[cfg(feature = "bytes")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Validated {
    stretch: Span,
    /// A malformed byte follows the stretch.
    broken: bool,
}

#[cfg(feature = "bytes")]
impl Validated {
    /// Whether a value of the chunk is UTF-8.
    #[inline]
    pub(crate) fn is_text(&mut self, chunk: &[u8], span: Span) -> bool {
        let within = self.stretch.start <= span.start && span.end <= self.stretch.end;
        within || self.validate(chunk, span)
    }

    #[cold]
    #[inline(never)]
    fn validate(&mut self, chunk: &[u8], span: Span) -> bool {
        if span.start < self.stretch.start || (self.broken && span.start < self.stretch.end) {
            return from_utf8(span.of(chunk)).is_ok();
        }
        let stretch = stretch(chunk, span, self.stretch.len());
        #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
        if crate::simd::Ascii::new(chunk, stretch.start..stretch.end).is_some() {
            (self.stretch, self.broken) = (stretch, false);
            return true;
        }
        let (text, broken) = text_from(stretch.of(chunk));
        self.stretch = Span::new(span.start, span.start + text.len());
        self.broken = broken;
        span.end <= self.stretch.end
    }
}

#[cfg(feature = "bytes")]
impl Sight<'_> for Validated {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    #[inline]
    fn see(&mut self, ascii: crate::simd::Ascii<'_>) {
        let seen = ascii.range();
        if self.stretch.end == seen.start && !self.broken {
            self.stretch.end = seen.end;
        } else if self.stretch.end < seen.end {
            (self.stretch, self.broken) = (Span::new(seen.start, seen.end), false);
        }
    }
}

/// The bytes to validate next: from the start of a value to its end and further, twice as far as
/// the time before, so that a cursor that is dropped early has not looked far ahead.
fn stretch(chunk: &[u8], span: Span, before: usize) -> Span {
    let reach = (2 * before).max(LEAST).max(span.len());
    Span::new(span.start, (span.start + reach).min(chunk.len()))
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::{cut_character, first_piece, replace_within, Text, Window, LEAST};
    #[cfg(all(feature = "bytes", feature = "simd"))]
    use crate::grammar::Sight;
    use crate::grammar::Span;
    use alloc::string::{String, ToString};
    use alloc::{vec, vec::Vec};
    use core::str::from_utf8;

    #[cfg(feature = "bytes")]
    use super::Validated;

    /// A character of each length, and what is malformed. No two of them make another character: the
    /// edge of a value is that of a chunk or next to ASCII, and cuts none.
    const PIECES: [&[u8]; 8] = [
        b"a",
        "\u{E9}".as_bytes(),
        "\u{20AC}".as_bytes(),
        "\u{1F98A}".as_bytes(),
        b"\xFF",
        b"\xF0\x9F\xA6",
        b"\xE2\x82",
        b"\xC0\x80",
    ];

    /// All chunks of up to so many pieces, each as the places where its pieces start and end.
    fn chunks(most: usize) -> Vec<(Vec<u8>, Vec<usize>)> {
        let mut chunks = vec![(Vec::new(), vec![0])];
        let mut longer = 0;
        for _ in 0..most {
            for at in core::mem::replace(&mut longer, chunks.len())..chunks.len() {
                for piece in PIECES {
                    let (mut chunk, mut edges) = chunks[at].clone();
                    chunk.extend_from_slice(piece);
                    edges.push(chunk.len());
                    chunks.push((chunk, edges));
                }
            }
        }
        chunks
    }

    /// The pieces of a text are what `String::from_utf8_lossy` makes of it, and each is a step ahead.
    #[test]
    fn pieces_are_those_of_the_standard_library() {
        for (bytes, _) in chunks(4) {
            let (mut text, mut rest) = (String::new(), &bytes[..]);
            while !rest.is_empty() {
                let (piece, after) = first_piece(rest);
                assert!(after.len() < rest.len(), "{bytes:?}");
                text.push_str(piece);
                rest = after;
            }
            assert_eq!(text, String::from_utf8_lossy(&bytes), "{bytes:?}");
            assert_eq!(Text::new(&bytes).to_string(), text);
        }
    }

    /// Text replaced in place needs no more memory than itself, and touches nothing beside it.
    #[test]
    fn what_is_replaced_in_place_stays_in_its_place() {
        for (bytes, _) in chunks(4) {
            let text = String::from_utf8_lossy(&bytes);
            let end = 1 + text.len();
            let mut memory = vec![b'#'; end + 1];
            let source = end - bytes.len()..end;
            memory[source.clone()].copy_from_slice(&bytes);
            assert_eq!(replace_within(&mut memory, source, 1), end, "{bytes:?}");
            assert_eq!(memory, ["#", &text, "#"].concat().as_bytes(), "{bytes:?}");
        }
    }

    /// A character is cut where fewer bytes follow its first than the ones that this begins with say.
    #[test]
    fn a_cut_character_is_one_whose_first_byte_asks_for_more() {
        let ones = |byte: u8| byte.leading_ones() as usize;
        for (chunk, _) in chunks(4) {
            for end in 0..=chunk.len() {
                let cut = (1..=end.min(3)).find(|&len| {
                    let last = &chunk[end - len..end];
                    ones(last[0]) > len && last[1..].iter().all(|byte| ones(*byte) == 1)
                });
                assert_eq!(cut_character(&chunk[..end]), cut.unwrap_or(0), "{chunk:?} {end}");
            }
        }
    }

    /// A window, or its twin that holds no text.
    trait Known<'c>: Default {
        /// Whether a value is text.
        fn is_text(&mut self, chunk: &'c [u8], span: Span) -> bool;
        /// The stretch that is known, and whether a malformed byte follows it.
        fn stretch(&self) -> (Span, bool);
    }

    impl<'c> Known<'c> for Window<'c> {
        fn is_text(&mut self, chunk: &'c [u8], span: Span) -> bool {
            let text = self.text(chunk, span);
            assert!(text.is_none() || text.map(str::as_bytes) == Some(span.of(chunk)));
            text.is_some()
        }

        fn stretch(&self) -> (Span, bool) {
            (self.stretch, self.broken)
        }
    }

    #[cfg(feature = "bytes")]
    impl<'c> Known<'c> for Validated {
        fn is_text(&mut self, chunk: &'c [u8], span: Span) -> bool {
            Validated::is_text(self, chunk, span)
        }

        fn stretch(&self) -> (Span, bool) {
            (self.stretch, self.broken)
        }
    }

    /// Asks for any two values of a chunk, one after the other.
    fn any_two_values<'c, K: Known<'c>>(chunk: &'c [u8], edges: &[usize]) {
        let from = |i: usize| edges[i..].iter().map(move |end| Span::new(edges[i], *end));
        let spans: Vec<Span> = (0..edges.len()).flat_map(from).collect();
        for first in &spans {
            for second in &spans {
                let mut known = K::default();
                let mut asked = 0;
                for span in [*first, *second] {
                    let (before, broken) = known.stretch();
                    let is_text = known.is_text(chunk, span);
                    let case = (chunk, first, second);
                    assert_eq!(is_text, from_utf8(span.of(chunk)).is_ok(), "{case:?}");
                    if span.start < asked {
                        break;
                    }
                    // In their order.
                    let (after, _) = known.stretch();
                    assert!(!is_text || after.start <= span.start && span.end <= after.end);
                    assert!(after == before || !broken || before.end <= after.start, "{case:?}");
                    asked = span.end;
                }
            }
        }
    }

    /// Whatever was asked before, the answer is right; of values in their order what is text is known
    /// from then on, and what ends at a malformed byte is not looked at again.
    #[test]
    fn a_window_knows_what_is_text() {
        for (chunk, edges) in &chunks(4) {
            any_two_values::<Window<'_>>(chunk, edges);
            #[cfg(feature = "bytes")]
            any_two_values::<Validated>(chunk, edges);
        }
    }

    /// What is seen to be ASCII is known to be text, and nothing that lies between.
    #[cfg(all(feature = "bytes", feature = "simd"))]
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[test]
    fn what_is_seen_is_known_and_no_more() {
        let mut chunk = [b'a'; 40];
        chunk[15] = 0xFF;
        let seen = |part| crate::simd::Ascii::new(&chunk, part).unwrap();
        for parts in [&[0..10, 20..30][..], &[0..10, 10..15, 16..30], &[20..30, 0..10]] {
            let (mut window, mut validated) = (Window::default(), Validated::default());
            for part in parts {
                window.see(seen(part.clone()));
                validated.see(seen(part.clone()));
            }
            for (start, end) in (0..30).flat_map(|start| (start..30).map(move |end| (start, end))) {
                let (span, is_text) = (Span::new(start, end), !(start..end).contains(&15));
                assert_eq!({ window }.text(&chunk, span).is_some(), is_text, "{span:?}");
                assert_eq!({ validated }.is_text(&chunk, span), is_text, "{span:?}");
            }
        }
        // One after the other it is one stretch, and nothing has to be looked at again.
        let mut validated = Validated::default();
        for part in [0..5, 5..10, 10..15] {
            validated.see(seen(part));
        }
        assert_eq!((validated.stretch, validated.broken), (Span::new(0, 15), false));
        // Behind a malformed byte a stretch begins anew.
        assert!(!validated.is_text(&chunk, Span::new(12, 18)) && validated.broken);
        validated.see(seen(16..30));
        assert_eq!((validated.stretch, validated.broken), (Span::new(16, 30), false));
    }

    /// A counter, not a clock: what a window looks at is bounded by what was asked for, whether all
    /// values of a chunk are asked for or one.
    #[test]
    fn a_window_looks_little_further_than_asked() {
        for value in [&b"0123456789"[..], b"0123456\xFF89", b"\xF0\x9F\xA6\x8A345678"] {
            let chunk = value.repeat(10_000);
            let mut window = Window::default();
            let (mut asked, mut looked, mut stretches) = (0, 0, 0);
            for start in (0..chunk.len()).step_by(10) {
                assert_eq!(
                    window.text(&chunk, Span::new(start, start + 10)),
                    core::str::from_utf8(value).ok()
                );
                asked += 10;
                if window.stretch.start == start {
                    looked += window.stretch.len();
                    stretches += 1;
                }
                assert!(looked <= 3 * asked + LEAST, "{looked} {asked}");
            }
            assert!(core::str::from_utf8(value).is_err() || stretches < 20, "{stretches}");
        }
    }
}
