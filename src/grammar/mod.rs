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
//! The grammar byte by byte, as a table: N is each of the four names, K is each of them and `unknown` and
//! `comment`; `*` is every byte that has no row in the state; `as S` reads the byte as in the state S.
//! The first row of the table is for the start of a stream. Behind the blank that an `end` of a line is,
//! and behind a `colon`, `space` and `value`, stands what line the byte is of.
//!
//! ```text
#![doc = include_str!("table.txt")]
//! ```
//!
//! The table is the standard's grammar in a form that can be checked by eye, and that the proofs read: what
//! [`state::byte`] says of every byte in every state is the same for streams of every length. Searches for
//! line ends and comparisons of words are not proved by it: they are tested, beside the plain code.
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
//! - **E.** [`Lexer::step`] is the only reader of lines. What it reads is what [`state::byte`] says, byte by
//!   byte.

mod lexer;
mod line_ends;
mod start;
pub(crate) mod state;
#[cfg(all(test, feature = "alloc"))]
#[allow(clippy::expect_used, clippy::panic)] // A part of the tests.
pub(crate) mod table;
#[cfg(all(test, feature = "alloc"))]
#[allow(clippy::expect_used, clippy::panic)] // As above.
mod walk;

pub(crate) use crate::vector::{bytes_at, line_len, CR, LF};
pub(crate) use lexer::{Lexer, Line, Piece};
pub(crate) use line_ends::{Lines, Scan};
pub(crate) use start::{Start, USUAL};

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

/// Whether the line's end that `before` ends with and the one that `after` starts with would be one.
pub(crate) fn are_one_end(before: &[u8], after: &[u8]) -> bool {
    before.last() == Some(&CR) && after.first() == Some(&LF)
}

/// A range of positions in the current chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
#[inline(never)] // Else each call decides which of the two it is.
fn nothing() -> &'static [u8] {
    &[]
}
