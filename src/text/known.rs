//! The parts of a chunk that are known to be text.

use core::ops::Range;
use core::str::from_utf8;

use super::ascii::{self, KNOWS_ASCII};
use crate::grammar::Span;
use crate::vector::{Ascii, Sees};

/// The least that is validated at a time; small with a private `cfg`, so that tests have many stretches.
pub(super) const LEAST: usize = if cfg!(sse_wire_small) { 4 } else { 512 };

/// Knows which parts of a chunk are text.
pub(crate) trait Knows<'c>: Sees<'c> {
    /// The text of a value of the chunk, if it is UTF-8.
    fn text(&mut self, chunk: &'c [u8], span: Span) -> Option<&'c str>;
}

/// The part of a chunk that has been validated, as text.
///
/// Each byte of a chunk is validated about once, and only if text is asked for. A stretch is twice
/// as long as the one before: so a cursor that is dropped early has not validated much more than it read.
/// A character that the chunk's end cuts belongs to a value that is cut too, which is not asked for here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window<'c> {
    /// What is known to be ASCII.
    ascii: Ascii<'c>,
    /// The stretch that was validated last.
    pub(super) stretch: Span,
    /// The text of it, unless it is ASCII.
    text: &'c str,
    /// A malformed byte follows the stretch.
    pub(super) broken: bool,
}

impl<'c> Knows<'c> for Window<'c> {
    #[inline(always)]
    fn text(&mut self, chunk: &'c [u8], span: Span) -> Option<&'c str> {
        if KNOWS_ASCII {
            if let Some(text) = ascii::text(self.ascii, span.start..span.end) {
                return Some(text);
            }
        }
        self.beyond_ascii(chunk, span)
    }
}

impl<'c> Window<'c> {
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
        if KNOWS_ASCII {
            if let Some(ascii) = Ascii::new(chunk, self.stretch.start..self.stretch.end) {
                self.see(ascii);
                return ascii::text(ascii, span.start..span.end);
            }
        }
        (self.text, self.broken) = text_from(self.stretch.of(chunk));
        self.stretch.end = self.stretch.start + self.text.len();
        self.text.get(..span.len())
    }
}

impl<'c> Sees<'c> for Window<'c> {
    const WANTED: bool = KNOWS_ASCII;

    #[inline]
    fn see(&mut self, ascii: Ascii<'c>) {
        self.ascii = ascii.and(self.ascii);
    }

    #[inline]
    fn is_text(&mut self, chunk: &'c [u8], part: Range<usize>) -> bool {
        self.text(chunk, Span::new(part.start, part.end)).is_some()
    }
}

/// The bytes to validate next: from the start of a value to its end, and at least twice as many as `before`.
pub(super) fn stretch(chunk: &[u8], span: Span, before: usize) -> Span {
    let reach = (2 * before).max(LEAST).max(span.len());
    Span::new(span.start, (span.start + reach).min(chunk.len()))
}

/// How many of the bytes are text, from their start, and whether a malformed byte follows it. A character
/// that their end cuts is left out.
pub(super) fn text_from(bytes: &[u8]) -> (&str, bool) {
    let bytes = &bytes[..bytes.len() - cut_character(bytes)];
    match well_formed(bytes) {
        Ok(text) => (text, false),
        Err(len) => (well_formed(&bytes[..len]).unwrap_or_default(), true),
    }
}

/// The length of the character that the end of `bytes` cuts, as far as its first byte tells.
pub(super) fn cut_character(bytes: &[u8]) -> usize {
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
pub(super) fn validated(bytes: &[u8]) -> Result<&str, usize> {
    ascii::all(bytes).map_or_else(|| well_formed(bytes), Ok)
}

/// The bytes, which are not all ASCII, as text, or how many of them are.
fn well_formed(bytes: &[u8]) -> Result<&str, usize> {
    #[cfg(feature = "simdutf8")]
    return simdutf8::compat::from_utf8(bytes).map_err(|error| error.valid_up_to());
    #[cfg(not(feature = "simdutf8"))]
    return from_utf8(bytes).map_err(|error| error.valid_up_to());
}
