//! The grammar of `text/event-stream`, written once (WHATWG HTML, 9.2.5 Parsing an event stream).
//!
//! ```text
//! stream  = [ mark ] *line
//! line    = blank / comment / field
//! blank   = end
//! comment = colon *any-char end
//! field   = 1*name-char [ colon [ space ] *any-char ] end
//! end     = CR LF / CR / LF
//! ```
//!
//! Rules of this module:
//!
//! - **A.** Nothing outside it, and outside the encoder's fold, names CR, LF, colon, space or the
//!   byte order mark.
//! - **B.** It owns no buffer. It speaks of the caller's chunk in [`Span`]s and remembers a few
//!   bytes of state from chunk to chunk, however a name, a CRLF or the mark is cut.
//! - **C.** A CR ends its line at once; a LF that comes next, in whatever chunk, is swallowed.
//!   An empty chunk changes nothing.
//! - **D.** The bytes read never depend on how they were cut; only the number of [`Piece`]s that
//!   a line comes in does.

mod lexer;
mod lines;
pub(crate) mod masks;
mod scan;
#[allow(dead_code)] // Its first user is the lexer that is built on it.
pub(crate) mod state;

pub(crate) use lexer::{Byte, Lexer, Line, Piece};
pub(crate) use lines::{usual_event, Lines, Start, USUAL};
pub(crate) use masks::Sight;
pub(crate) use scan::Scan;

/// LINE FEED: ends a line.
pub(crate) const LF: u8 = b'\n';
/// CARRIAGE RETURN: ends a line, together with a LINE FEED that follows it.
pub(crate) const CR: u8 = b'\r';
/// COLON: ends a field's name; at a line's start it opens a comment.
pub(crate) const COLON: u8 = b':';
/// SPACE: one of them after the colon is not part of the value.
pub(crate) const SPACE: u8 = b' ';
/// NULL: an id that holds one is ignored.
pub(crate) const NUL: u8 = 0;
/// What stands between two data lines in the data of an event.
pub(crate) const JOIN: u8 = LF;
/// The byte order mark in UTF-8: one is dropped at the very start of a stream.
pub(crate) const MARK: &[u8] = b"\xEF\xBB\xBF";
/// What ends an unfinished line and the block it stands in.
pub(crate) const TERMINATOR: &[u8] = &[LF, LF];

/// The names of the fields that the standard knows.
pub(crate) mod name {
    pub(crate) const DATA: &[u8] = b"data";
    pub(crate) const EVENT: &[u8] = b"event";
    pub(crate) const ID: &[u8] = b"id";
    pub(crate) const RETRY: &[u8] = b"retry";
}

/// The position of the first byte that an id on the wire cannot have.
pub(crate) fn forbidden_in_id(id: &[u8]) -> Option<usize> {
    memchr::memchr3(LF, CR, NUL, id)
}

/// The length of a value up to the first line end, or all of it. Fast where that is not far.
#[inline]
pub(crate) fn line_len(value: &[u8]) -> usize {
    #[cfg(all(feature = "simd", feature = "std", target_arch = "x86_64"))]
    return crate::simd::line_len(value);
    #[cfg(not(all(feature = "simd", feature = "std", target_arch = "x86_64")))]
    return memchr::memchr2(LF, CR, value).unwrap_or(value.len());
}

/// Whether the line's end that `before` ends with and the one that `after` starts with would be one.
pub(crate) fn are_one_end(before: &[u8], after: &[u8]) -> bool {
    before.last() == Some(&CR) && after.first() == Some(&LF)
}

/// A range of positions in the chunk at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    #[inline]
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    #[inline]
    pub(crate) const fn len(self) -> usize {
        self.end - self.start
    }

    #[inline]
    pub(crate) const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The bytes of the span.
    #[inline(always)]
    pub(crate) fn of(self, bytes: &[u8]) -> &[u8] {
        match bytes.get(self.start..self.end) {
            Some(bytes) => bytes,
            None => nothing(),
        }
    }
}

/// Where there is always something.
#[cold]
#[inline(never)] // Else it is weighed at each call which of the two it is.
fn nothing() -> &'static [u8] {
    &[]
}

/// `N` bytes at a position, if there are so many.
#[inline(always)]
pub(crate) fn bytes_at<const N: usize>(bytes: &[u8], pos: usize) -> Option<[u8; N]> {
    bytes.get(pos..)?.get(..N)?.try_into().ok()
}
