//! Data lines out of pieces that arrive one by one, for a writer that has to be waited for.
//!
//! - **(A)** The state is the style and the place: a few bytes, no memory, no sink.

use core::iter::FusedIterator;

use super::layout::{Lines, Place};
use super::style::Style;

/// Splits data that comes in pieces into data lines, without a sink: for hosts without an allocator
/// that wait between two writes.
///
/// [`split`](Self::split) says which bytes to write for the next piece; [`end`](Self::end) which end
/// the value. What stands around it comes from [`Message::head_segments`](crate::Message::head_segments)
/// and [`dispatch`](Self::dispatch). Any cut into pieces makes the same data as the whole; a CR that
/// ends a piece and a LF that begins the next are one line end.
///
/// The state is a few bytes. Where an iterator is dropped before its end, the frame is torn.
///
/// ```
/// use sse_wire::{DataSplitter, Style};
///
/// let mut splitter = DataSplitter::new(Style::new());
/// let mut out = Vec::<u8>::new();
/// for piece in ["a\r", "\nb", "c"] {
///     out.extend(splitter.split(piece).flatten());
/// }
/// out.extend(splitter.dispatch().flatten());
/// assert_eq!(out, b"data: a\ndata: bc\n\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataSplitter {
    style: Style,
    place: Place,
}

impl DataSplitter {
    /// A splitter at the start of a value.
    #[must_use]
    pub const fn new(style: Style) -> Self {
        Self { style, place: Place::Start }
    }

    /// What to write for a piece of the value, text or bytes: borrowed from it, or static. No part is
    /// empty.
    pub fn split<'v, D: AsRef<[u8]> + ?Sized>(&mut self, piece: &'v D) -> DataPieces<'_, 'v> {
        let lines = Lines::data_piece(self.style, self.place, piece.as_ref());
        DataPieces::new(Some(self), lines, None)
    }

    /// What to write to end the value. A value without pieces is one empty data line. The next piece
    /// begins another value, which a decoder joins to this one by LF.
    ///
    /// ```
    /// let mut splitter = sse_wire::DataSplitter::new(sse_wire::Style::new());
    /// assert_eq!(splitter.end().collect::<Vec<_>>(), [&b"data: "[..], b"\n"]);
    /// ```
    pub fn end(&mut self) -> DataPieces<'_, 'static> {
        let place = core::mem::replace(&mut self.place, Place::Start);
        DataPieces::new(None, Lines::data_end(self.style, place), None)
    }

    /// What to write to end the value and dispatch the event.
    pub fn dispatch(&mut self) -> DataPieces<'_, 'static> {
        let blank = Lines::blank(self.style);
        let place = core::mem::replace(&mut self.place, Place::Start);
        DataPieces::new(None, Lines::data_end(self.style, place), Some(blank))
    }
}

/// The parts to write, in order; made by [`DataSplitter`].
#[derive(Debug)]
pub struct DataPieces<'s, 'v> {
    /// Who is told where the next piece stands.
    splitter: Option<&'s mut DataSplitter>,
    lines: Lines<'v>,
    /// The lines behind them.
    then: Option<Lines<'v>>,
    /// The parts of a line that are still to come.
    parts: core::array::IntoIter<&'v [u8], 3>,
}

impl<'s, 'v> DataPieces<'s, 'v> {
    fn new(
        splitter: Option<&'s mut DataSplitter>,
        lines: Lines<'v>,
        then: Option<Lines<'v>>,
    ) -> Self {
        Self { splitter, lines, then, parts: [&b""[..]; 3].into_iter() }
    }
}

impl<'v> Iterator for DataPieces<'_, 'v> {
    type Item = &'v [u8];

    fn next(&mut self) -> Option<&'v [u8]> {
        loop {
            if let Some(part) = self.parts.find(|part| !part.is_empty()) {
                return Some(part);
            }
            let line = self.lines.next();
            if let Some(splitter) = &mut self.splitter {
                splitter.place = self.lines.place();
            }
            match line {
                Some(line) => self.parts = line.parts().into_iter(),
                None => self.lines = self.then.take()?,
            }
        }
    }
}

impl FusedIterator for DataPieces<'_, '_> {}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::Message;
    use alloc::vec::Vec;

    #[test]
    fn any_cut_writes_what_the_message_writes() {
        let styles = [Style::new(), Style::new().compact(), Style::new().crlf()];
        for data in ["", "a", " a", "\n", "\r", "\r\n", "a\r\n\r b\n\n", "\r\r\n c\r"] {
            for style in styles {
                for size in 1..5 {
                    let mut splitter = DataSplitter::new(style);
                    let mut out = Vec::<u8>::new();
                    for piece in data.as_bytes().chunks(size) {
                        out.extend(splitter.split(piece).flatten());
                        assert_eq!(splitter.split("").next(), None, "an empty piece is nothing");
                    }
                    out.extend(splitter.dispatch().flatten());
                    assert_eq!(out, Message::new(data).style(style).to_vec(), "{data:?} {size}");
                    assert_eq!(splitter, DataSplitter::new(style));
                }
            }
        }
    }

    #[test]
    fn two_values_are_two_lines() {
        let mut splitter = DataSplitter::new(Style::new());
        let mut out = Vec::<u8>::new();
        for value in ["a\r", "\nb"] {
            out.extend(splitter.split(value).flatten());
            out.extend(splitter.end().flatten());
        }
        assert_eq!(out, b"data: a\ndata: \ndata: \ndata: b\n");
    }
}
