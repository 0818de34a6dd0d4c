//! The fold: a field as lines. Everything that encodes goes through it.
//!
//! - **(A)** A value is scanned once, in [`Lines::next`], with one search a line.
//! - **(B)** CR ends a line at once. A LF right after it is swallowed, also when it comes in a
//!   later piece of the value: that is what [`Place::AfterCr`] remembers.
//! - **(C)** The opening of a line is given out with the first byte of its value or with its end,
//!   not before: in compact style it depends on that byte.

use super::error::InvalidField;
use super::line::{End, Kind, Line, Opening};
use super::sink::Sink;
use super::style::Style;
use super::value::{Data, Digits, Single};
use crate::grammar::{forbidden_in_id, line_len, CR, LF, SPACE};

/// What happens to the bytes that a line cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// There are none.
    Never,
    /// Line ends start a new line of the same field.
    Lines,
    /// Each becomes one space.
    Replace(InvalidField),
}

impl Cut {
    /// Gives the length of `value` up to the first byte that its line cannot carry.
    #[inline]
    fn find(self, value: &[u8]) -> usize {
        match self {
            Self::Never => value.len(),
            Self::Lines | Self::Replace(InvalidField::EventType) => line_len(value),
            Self::Replace(InvalidField::Id) => forbidden_in_id(value).unwrap_or(value.len()),
        }
    }
}

/// Where in a value its next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// At the start of a line whose opening has not been given out.
    Start,
    /// The same, and a CR ended the line before: a LF that follows belongs to it.
    AfterCr,
    /// Inside a line.
    Inside,
    /// Inside a line, behind a byte for which a space has to stand.
    Replaced,
}

/// The lines of one field, from its value or from one piece of its value.
#[derive(Clone, Debug)]
pub(super) struct Lines<'v> {
    /// What is left of the value; none once the last line has been given out.
    rest: Option<&'v [u8]>,
    kind: Kind,
    style: Style,
    cut: Cut,
    place: Place,
    /// The value ends with this piece.
    last: bool,
}

impl<'v> Lines<'v> {
    #[inline]
    const fn whole(kind: Kind, style: Style, value: &'v [u8], cut: Cut) -> Self {
        Self { rest: Some(value), kind, style, cut, place: Place::Start, last: true }
    }

    /// A comment: each line of its text becomes a comment line.
    #[inline]
    pub(super) const fn comment(style: Style, text: &'v str) -> Self {
        Self::whole(Kind::Comment, style, text.as_bytes(), Cut::Lines)
    }

    /// A whole value of data: each of its lines becomes a data line.
    #[inline]
    pub(super) const fn data(style: Style, value: &'v [u8]) -> Self {
        Self::whole(Kind::Data, style, value, Cut::Lines)
    }

    /// A value of data that may be known to be one line.
    #[inline]
    pub(super) const fn known_data(style: Style, data: Data<'v>) -> Self {
        let cut = if data.one_line { Cut::Never } else { Cut::Lines };
        Self::whole(Kind::Data, style, data.value, cut)
    }

    /// The next piece of a value of data that arrives in pieces; [`Self::write_to`] tells where
    /// the following one stands.
    #[inline]
    pub(super) const fn data_piece(style: Style, place: Place, piece: &'v [u8]) -> Self {
        Self { place, last: false, ..Self::data(style, piece) }
    }

    /// The end of a value of data that arrived in pieces.
    #[inline]
    pub(super) const fn data_end(style: Style, place: Place) -> Self {
        Self { place, ..Self::data(style, b"") }
    }

    #[inline]
    pub(super) const fn event_type(style: Style, single: Single<'v>) -> Self {
        Self::single(Kind::EventType, InvalidField::EventType, style, single)
    }

    #[inline]
    pub(super) const fn id(style: Style, single: Single<'v>) -> Self {
        Self::single(Kind::Id, InvalidField::Id, style, single)
    }

    #[inline]
    const fn single(kind: Kind, field: InvalidField, style: Style, single: Single<'v>) -> Self {
        let cut = if single.clean { Cut::Never } else { Cut::Replace(field) };
        Self::whole(kind, style, single.value.as_bytes(), cut)
    }

    #[inline]
    pub(super) fn retry(style: Style, digits: &'v Digits) -> Self {
        Self::whole(Kind::Retry, style, digits.as_bytes(), Cut::Never)
    }

    /// The blank line: it dispatches.
    #[inline]
    pub(super) const fn blank(style: Style) -> Self {
        Self::whole(Kind::Blank, style, b"", Cut::Never)
    }

    /// Tells where the byte after the lines given out so far stands.
    #[inline]
    pub(super) const fn place(&self) -> Place {
        self.place
    }

    /// Writes every line and tells where the byte after this piece stands.
    ///
    /// The first line is peeled off the loop: nearly every value has just one, and the compiler then
    /// knows the kind and the place, which takes most of the branches away.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the caller's constants reach it.
    pub(super) fn write_to<S: Sink + ?Sized>(mut self, sink: &mut S) -> Result<Place, S::Error> {
        let Some(line) = self.next() else { return Ok(self.place) };
        line.write_to(sink)?;
        if self.rest.is_none() {
            return Ok(self.place);
        }
        self.write_further_lines_to(sink)
    }

    #[inline(never)]
    fn write_further_lines_to<S: Sink + ?Sized>(self, sink: &mut S) -> Result<Place, S::Error> {
        if let (Kind::Data, Cut::Lines) = (self.kind, self.cut) {
            // Says nothing new, except to the compiler.
            Self { kind: Kind::Data, cut: Cut::Lines, ..self }.write_lines_to(sink)
        } else {
            self.write_lines_to(sink)
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // As above.
    fn write_lines_to<S: Sink + ?Sized>(mut self, sink: &mut S) -> Result<Place, S::Error> {
        for line in self.by_ref() {
            line.write_to(sink)?;
        }
        Ok(self.place)
    }

    /// Gives the number of bytes of the lines if they are one: at least their length, then.
    #[inline]
    pub(super) const fn len_as_one_line(&self) -> usize {
        let Some(rest) = self.rest else { return 0 };
        self.kind.len_around().saturating_add(rest.len())
    }
}

impl Lines<'_> {
    /// Tells whether a space goes before `value`, which `tail` follows.
    #[inline]
    fn needs_space(&self, value: &[u8], tail: &[u8]) -> bool {
        if !self.style.is_compact() {
            return true;
        }
        // One that the value begins with would be taken for the one after the colon.
        match value.first() {
            Some(&first) => first == SPACE,
            None => matches!(self.cut, Cut::Replace(_)) && !tail.is_empty(),
        }
    }
}

impl<'v> Iterator for Lines<'v> {
    type Item = Line<'v>;

    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the caller's constants reach it.
    fn next(&mut self) -> Option<Line<'v>> {
        let mut rest = self.rest.take()?;
        if self.place == Place::AfterCr {
            match rest {
                [] => {}
                [LF, after @ ..] => {
                    rest = after;
                    self.place = Place::Start;
                }
                _ => self.place = Place::Start,
            }
        }
        if rest.is_empty() && !self.last {
            return None;
        }
        let (value, tail) = rest.split_at(self.cut.find(rest));
        let opening = match self.place {
            Place::Inside => Opening::Nothing,
            Place::Replaced => Opening::Space,
            _ if self.kind == Kind::Blank => Opening::Nothing,
            Place::Start | Place::AfterCr if self.needs_space(value, tail) => {
                Opening::Spaced(self.kind)
            }
            Place::Start | Place::AfterCr => Opening::Compact(self.kind),
        };
        let end = match tail.split_first() {
            None => {
                self.place = Place::Inside;
                if self.last {
                    End::of_line(self.style)
                } else {
                    End::Nothing
                }
            }
            Some((&byte, after)) => {
                self.rest = Some(after);
                if let Cut::Replace(_) = self.cut {
                    self.place = Place::Replaced;
                    End::Nothing
                } else {
                    self.place = if byte == CR { Place::AfterCr } else { Place::Start };
                    End::of_line(self.style)
                }
            }
        };
        Some(Line { opening, value, end })
    }
}

#[cfg(all(test, feature = "alloc"))]
#[allow(clippy::unwrap_used, clippy::panic)] // A part of the tests.
mod walk;

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::encoder::sink::SliceSink;
    use alloc::vec::Vec;

    const COMPACT: Style = Style::new().compact();

    fn bytes(lines: Lines<'_>) -> Vec<u8> {
        lines.flat_map(Line::parts).flatten().copied().collect()
    }

    #[test]
    fn every_line_end_splits_and_none_is_lost() {
        for (data, expected) in [
            ("", "data: \n"),
            ("a", "data: a\n"),
            ("a\n", "data: a\ndata: \n"),
            ("a\r", "data: a\ndata: \n"),
            ("a\r\n", "data: a\ndata: \n"),
            ("\n\r", "data: \ndata: \ndata: \n"),
            ("\r\r\n\n", "data: \ndata: \ndata: \ndata: \n"),
            ("a\u{2028}b\u{b}\u{85}", "data: a\u{2028}b\u{b}\u{85}\n"),
        ] {
            assert_eq!(bytes(Lines::data(Style::new(), data.as_bytes())), expected.as_bytes());
        }
    }

    #[test]
    fn a_replaced_byte_is_one_space_also_at_the_start_of_a_compact_line() {
        let id = |value| bytes(Lines::id(COMPACT, Single::lossy(InvalidField::Id, value)));
        assert_eq!(id("\na"), b"id:  a\n");
        assert_eq!(id("a\r\nb\0"), b"id:a  b \n");
        assert_eq!(id("\0"), b"id:  \n");
        assert_eq!(id(" "), b"id:  \n");
        assert_eq!(id(""), b"id:\n");
        let event = |value| {
            bytes(Lines::event_type(COMPACT, Single::lossy(InvalidField::EventType, value)))
        };
        assert_eq!(event("a\0\rb"), b"event:a\0 b\n");
    }

    #[test]
    fn a_blank_line_is_a_line_end_in_every_style() {
        assert_eq!(bytes(Lines::blank(COMPACT)), b"\n");
        assert_eq!(bytes(Lines::blank(Style::new().crlf())), b"\r\n");
    }

    #[test]
    fn pieces_keep_the_place_and_an_empty_piece_changes_nothing() {
        for (place, piece, after) in [
            (Place::Start, &b""[..], Place::Start),
            (Place::AfterCr, b"", Place::AfterCr),
            (Place::Inside, b"", Place::Inside),
            (Place::AfterCr, b"\n", Place::Start),
            (Place::AfterCr, b"\r", Place::AfterCr),
            (Place::Inside, b"a\r", Place::AfterCr),
            (Place::Inside, b"a\r\n", Place::Start),
            (Place::Start, b"a", Place::Inside),
        ] {
            let lines = Lines::data_piece(Style::new(), place, piece);
            let reached = lines.write_to(&mut SliceSink::new(&mut [0; 99]));
            assert_eq!(reached, Ok(after), "{place:?} {piece:?}");
        }
    }
}
