//! Data lines out of pieces that arrive one by one, for a writer that has to be waited for.
//!
//! - **(A)** The state is the style and the place: a few bytes, no memory, no sink.

use core::fmt;
use core::iter::FusedIterator;

use super::layout::{ending, Lines, Place};
use super::line::{End, Kind, Lead, Opening};
use super::payload::Payload;
use super::style::Style;

/// Splits data that comes in pieces into data lines, without a sink: for hosts without an allocator
/// that wait between two writes.
///
/// [`split`](Self::split) says which bytes to write for the next piece; [`end`](Self::end) which end
/// the value. The other fields, together or each alone, come from
/// [`Message::head_segments`](crate::Message::head_segments), the blank line from [`dispatch`](Self::dispatch).
/// Any cut into pieces makes the same data as the whole; a CR that ends a piece and a LF that begins the next are
/// one line end.
///
/// The state is a few bytes. Where an iterator is dropped before its end, the block is torn.
///
/// ```
/// use sse_wire::encoder::{DataSplitter, Style};
///
/// let mut splitter = DataSplitter::new(Style::new());
/// let mut out = Vec::new();
/// for piece in ["a\r", "\nb", "c"] {
///     out.extend(splitter.split(piece));
/// }
/// out.push(splitter.dispatch());
/// assert_eq!(out, [&b"data: "[..], b"a", b"\n", b"data: ", b"b", b"c", b"\n\n"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataSplitter {
    style: Style,
    place: Place,
}

impl DataSplitter {
    /// Makes a splitter at the start of a value.
    ///
    /// ```
    /// use sse_wire::encoder::{DataSplitter, Style};
    ///
    /// assert!(DataSplitter::new(Style::new()).is_at_line_start());
    /// ```
    #[must_use]
    pub const fn new(style: Style) -> Self {
        Self { style, place: Place::Start }
    }

    /// Gives the parts to write for a piece of the value, text or bytes: borrowed from it, or static.
    ///
    /// No part is empty, and an empty piece has none. The end of a line and the opening of the next are
    /// one part where both are in the piece.
    ///
    /// ```
    /// use sse_wire::encoder::{DataSplitter, Style};
    ///
    /// let mut splitter = DataSplitter::new(Style::new());
    /// let parts: Vec<&[u8]> = splitter.split("a\nb").collect();
    /// assert_eq!(parts, [&b"data: "[..], b"a", b"\ndata: ", b"b"]);
    /// ```
    pub fn split<'v>(&mut self, piece: &'v (impl AsRef<[u8]> + ?Sized)) -> DataParts<'_, 'v> {
        let lines = Lines::data(self.style, Payload::Bytes(piece.as_ref())).piece_at(self.place);
        DataParts { splitter: self, lines, value: b"", end: b"" }
    }

    /// Begins a line, for a writer that gets the value's bytes past the splitter, such as JSON without
    /// line breaks that goes straight to the socket. Gives the part to write, which is empty within a
    /// line.
    ///
    /// Those bytes must have no CR and no LF: they are not looked at. The part ends in a space in each
    /// style, since the first byte of the value is not known.
    ///
    /// ```
    /// use sse_wire::encoder::{DataSplitter, Style};
    ///
    /// let mut splitter = DataSplitter::new(Style::new());
    /// assert_eq!(splitter.begin_line(), b"data: ");
    /// let json = b"{\"answer\":42}"; // written to the socket, in as many pieces as it likes
    /// assert_eq!(splitter.begin_line(), b"");
    /// assert_eq!(splitter.dispatch(), b"\n\n");
    /// ```
    #[must_use = "the part is to be written"]
    pub fn begin_line(&mut self) -> &'static [u8] {
        if !self.is_at_line_start() {
            return b"";
        }
        self.place = Place::Inside;
        Lead { due: End::Nothing, opening: Opening::Spaced(Kind::Data) }.text().as_bytes()
    }

    /// Returns whether the next byte of the value would begin a line.
    ///
    /// ```
    /// use sse_wire::encoder::{DataSplitter, Style};
    ///
    /// let mut splitter = DataSplitter::new(Style::new());
    /// splitter.split("a\nb").for_each(drop);
    /// assert!(!splitter.is_at_line_start());
    /// splitter.split("\n").for_each(drop);
    /// assert!(splitter.is_at_line_start());
    /// ```
    #[must_use]
    pub const fn is_at_line_start(&self) -> bool {
        matches!(self.place, Place::Start | Place::AfterCr)
    }

    /// Gives the part to write to end the value. A value without pieces is one empty data line. The next
    /// piece begins another value, which a decoder joins to this one by LF.
    ///
    /// ```
    /// use sse_wire::encoder::{DataSplitter, Style};
    ///
    /// let mut splitter = DataSplitter::new(Style::new());
    /// splitter.split("a").for_each(drop);
    /// assert_eq!(splitter.end(), b"\n");
    /// assert_eq!(splitter.end(), b"data: \n");
    /// ```
    #[must_use = "the part is to be written"]
    pub fn end(&mut self) -> &'static [u8] {
        let place = core::mem::replace(&mut self.place, Place::Start);
        ending(self.style, place, false).as_bytes()
    }

    /// Gives the part to write to end the value and the block, which dispatches the event.
    ///
    /// ```
    /// use sse_wire::encoder::{DataSplitter, Style};
    ///
    /// let mut splitter = DataSplitter::new(Style::new());
    /// splitter.split("a").for_each(drop);
    /// assert_eq!(splitter.dispatch(), b"\n\n");
    /// ```
    #[must_use = "the part is to be written"]
    pub fn dispatch(&mut self) -> &'static [u8] {
        let place = core::mem::replace(&mut self.place, Place::Start);
        ending(self.style, place, true).as_bytes()
    }
}

/// The parts to write, in order; made by [`DataSplitter::split`].
#[must_use = "the parts are to be written"]
pub struct DataParts<'s, 'v> {
    /// Is told where the next piece stands.
    splitter: &'s mut DataSplitter,
    lines: Lines<'v>,
    /// What is still to come of a line.
    value: &'v [u8],
    end: &'v [u8],
}

impl<'v> DataParts<'_, 'v> {
    /// What is left of the line.
    #[inline]
    fn rest(&mut self) -> Option<&'v [u8]> {
        let part = if self.value.is_empty() { &mut self.end } else { &mut self.value };
        (!part.is_empty()).then(|| core::mem::take(part))
    }

    /// Comes to the next line that has a part, and gives the first one.
    #[inline(never)]
    fn next_line(&mut self) -> Option<&'v [u8]> {
        loop {
            let line = self.lines.next();
            self.splitter.place = self.lines.place();
            let [lead, value, end] = line?.parts();
            (self.value, self.end) = (value, end);
            let first = if lead.is_empty() { self.rest() } else { Some(lead) };
            if first.is_some() {
                return first;
            }
        }
    }
}

impl<'v> Iterator for DataParts<'_, 'v> {
    type Item = &'v [u8];

    #[inline]
    fn next(&mut self) -> Option<&'v [u8]> {
        self.rest().or_else(|| self.next_line())
    }
}

impl FusedIterator for DataParts<'_, '_> {}

/// Shows the state, not the payload.
impl fmt::Debug for DataParts<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataParts").field("splitter", &self.splitter).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::Message;
    use alloc::vec::Vec;

    #[test]
    fn any_cut_writes_what_the_message_writes() {
        let kept = Style::new().keep_line_ends();
        for data in ["", "a", " a", "\n", "\r", "\r\n", "a\r\n\r b\n\n", "\r\r\n c\r"] {
            for style in [Style::new(), Style::new().compact(), Style::new().crlf(), kept] {
                for size in 1..5 {
                    let mut splitter = DataSplitter::new(style);
                    let mut out = Vec::<u8>::new();
                    for piece in data.as_bytes().chunks(size) {
                        out.extend(splitter.split(piece).flatten());
                        assert_eq!(splitter.split("").next(), None, "an empty piece is nothing");
                    }
                    out.extend(splitter.dispatch());
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
            out.extend(splitter.end());
        }
        assert_eq!(out, b"data: a\ndata: \ndata: \ndata: b\n");
    }

    #[test]
    fn a_line_that_is_begun_holds_what_is_written_past_the_splitter() {
        for style in [Style::new(), Style::new().compact()] {
            let mut splitter = DataSplitter::new(style);
            let mut out = Vec::<u8>::new();
            out.extend(splitter.begin_line());
            out.extend(b" {}");
            out.extend(splitter.split("\r").flatten());
            out.extend(splitter.begin_line());
            out.extend(b"[]");
            out.extend(splitter.dispatch());
            assert_eq!(out, b"data:  {}\ndata: []\n\n");
        }
    }
}
