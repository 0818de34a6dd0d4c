//! Finds out what is UTF-8, a stretch at a time.

use super::held::well_formed;
use crate::grammar::Span;

/// The least that is validated at a time; small with a private `cfg`, so that tests have many stretches.
pub(super) const LEAST: usize = if cfg!(sse_wire_small) { 4 } else { 512 };

/// The bytes to validate next: from the start of a value to its end, and at least twice as many as `before`. So a
/// cursor that is dropped early has not validated much more than it read.
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
