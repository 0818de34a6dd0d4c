//! The fold: a field as lines. Everything that encodes goes through it.
//!
//! - **(A)** A value is scanned once, in [`Lines::next`], with one search a line.
//! - **(B)** CR ends a line at once. A LF right after it is a part of that end, also when it comes in
//!   a later piece of the value: that is what [`Place::AfterCr`] remembers.
//! - **(C)** The opening of a line is given out with the first byte of its value or with its end,
//!   not before: in compact style it depends on that byte.
//! - **(D)** The end of a line is given out with the opening of the next, if that is in the same piece;
//!   else with its own line.

use super::error::InvalidField;
use super::line::{empty_data, End, Kind, Lead, Line, Opening};
use super::payload::Payload;
use super::sink::Sink;
use super::style::Style;
use super::value::{is_short_line, Digits, Single};
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
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the cut is a constant.
    fn find(self, value: &[u8]) -> usize {
        match self {
            Self::Never => value.len(),
            Self::Replace(InvalidField::Id) => forbidden_in_id(value).unwrap_or(value.len()),
            Self::Lines | Self::Replace(_) if is_short_line(value) => value.len(),
            Self::Lines | Self::Replace(_) => line_len(value),
        }
    }
}

/// Where in a value its next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// At the start of a line whose opening has not been given out.
    Start,
    /// At the start of a line, as `Start`, where a CR ended the line before: a LF that follows belongs to it.
    AfterCr,
    /// Inside a line.
    Inside,
    /// Inside a line, behind a byte for which a space has to stand.
    Replaced,
}

/// What ends the last line of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing: this is a piece, and another may follow.
    Open,
    /// A line end.
    Line,
    /// A line end, and the blank line.
    Block,
}

/// What ends a value of data that arrived in pieces, the next of which would stand at `place`: a value
/// ends inside a line, so one that is not begun is empty.
#[inline]
pub(super) const fn ending(style: Style, place: Place, with_blank: bool) -> &'static str {
    match (place, with_blank) {
        (Place::Start | Place::AfterCr, _) => empty_data(style, with_blank),
        (Place::Inside | Place::Replaced, true) => End::of_block(style).text(),
        (Place::Inside | Place::Replaced, false) => End::of_line(style).text(),
    }
}

/// Returns whether a piece of data would go on in its line, without a line end.
#[inline]
pub(super) fn goes_on(piece: Payload<'_>) -> bool {
    Cut::Lines.find(piece.as_bytes()) == piece.len()
}

/// The lines of one field, from its value or from one piece of its value.
#[derive(Clone, Debug)]
pub(super) struct Lines<'v> {
    /// What is left of the value; none once the last line has been given out.
    rest: Option<Payload<'v>>,
    /// The end of the line before, which the next lead has.
    due: End,
    kind: Kind,
    style: Style,
    cut: Cut,
    place: Place,
    ending: Ending,
}

impl<'v> Lines<'v> {
    #[inline]
    const fn whole(kind: Kind, style: Style, value: Payload<'v>, cut: Cut) -> Self {
        let (place, ending) = (Place::Start, Ending::Line);
        Self { rest: Some(value), due: End::Nothing, kind, style, cut, place, ending }
    }

    /// A whole value of data or of a comment: each of its lines becomes a line.
    #[inline]
    pub(super) const fn split(kind: Kind, style: Style, value: Payload<'v>) -> Self {
        Self::whole(kind, style, value, Cut::Lines)
    }

    /// A value that is known to be one line.
    #[inline]
    pub(super) const fn one(kind: Kind, style: Style, value: Payload<'v>) -> Self {
        Self::whole(kind, style, value, Cut::Never)
    }

    /// A whole value of data, or a piece of one.
    #[inline]
    pub(super) const fn data(style: Style, value: Payload<'v>) -> Self {
        Self::split(Kind::Data, style, value)
    }

    /// These lines as the next piece of a value that arrives in pieces; [`Self::write_to`] tells where
    /// the following one stands.
    #[inline]
    pub(super) const fn piece_at(self, place: Place) -> Self {
        Self { place, ending: Ending::Open, ..self }
    }

    /// These lines with the blank line behind them.
    #[inline]
    pub(super) const fn with_blank(self) -> Self {
        Self { ending: Ending::Block, ..self }
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
        Self::whole(kind, style, Payload::Text(single.value), cut)
    }

    #[inline]
    pub(super) fn retry(style: Style, digits: &'v Digits) -> Self {
        Self::whole(Kind::Retry, style, Payload::Bytes(digits.as_bytes()), Cut::Never)
    }

    /// The blank line: it ends a block.
    #[inline]
    pub(super) const fn blank(style: Style) -> Self {
        Self::whole(Kind::Blank, style, Payload::Text(""), Cut::Never)
    }

    /// Returns where the byte after the lines given out so far stands.
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

    /// Writes every line into a sink that has no room yet: reserves the exact length of a block of one
    /// line, or some more if there are several lines.
    #[inline(always)]
    #[allow(clippy::inline_always)] // As above.
    pub(super) fn write_with_room_to<S: Sink + ?Sized>(
        mut self,
        sink: &mut S,
    ) -> Result<Place, S::Error> {
        let len = self.len_as_block();
        let Some(line) = self.next() else { return Ok(self.place) };
        if self.rest.is_none() {
            sink.reserve(len);
            line.write_to(sink)?;
            return Ok(self.place);
        }
        // As much as lines of 32 bytes need.
        sink.reserve(len.saturating_add(len / 4));
        line.write_to(sink)?;
        self.write_further_lines_to(sink)
    }

    #[inline(never)]
    fn write_further_lines_to<S: Sink + ?Sized>(self, sink: &mut S) -> Result<Place, S::Error> {
        // Says nothing new, except to the compiler.
        let data = Self { kind: Kind::Data, cut: Cut::Lines, place: Place::Start, ..self };
        match (self.kind, self.cut, self.rest) {
            (Kind::Data, Cut::Lines, Some(Payload::Text(text))) => {
                Self { rest: Some(Payload::Text(text)), ..data }.write_lines_to(sink)
            }
            (Kind::Data, Cut::Lines, Some(Payload::Bytes(bytes))) => {
                Self { rest: Some(Payload::Bytes(bytes)), ..data }.write_lines_to(sink)
            }
            _ => self.write_lines_to(sink),
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

    /// Gives the number of bytes to reserve: the exact length of the value as one whole line, and of the
    /// blank line that ends the block.
    #[inline]
    fn len_as_block(&self) -> usize {
        let end = End::of_line(self.style).text().len();
        if self.kind == Kind::Blank {
            return end;
        }
        let Some(rest) = self.rest else { return 0 };
        let Line { lead, .. } = self.line(rest, Payload::Text(""), End::Nothing);
        (lead.text().len() + 2 * end).saturating_add(rest.len())
    }

    /// Returns whether a space goes before `value`, which `tail` follows.
    #[inline]
    fn needs_space(&self, value: Payload<'v>, tail: Payload<'v>) -> bool {
        if !self.style.is_compact() {
            return true;
        }
        // One that the value begins with would be taken for the one after the colon.
        match value.as_bytes().first() {
            Some(&first) => first == SPACE,
            None => matches!(self.cut, Cut::Replace(_)) && !tail.is_empty(),
        }
    }

    /// The line that holds `value`, which `tail` follows, without its end.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the caller's constants reach it.
    fn line(&self, value: Payload<'v>, tail: Payload<'v>, due: End) -> Line<'v> {
        let opening = match self.place {
            Place::Inside => Opening::Nothing,
            Place::Replaced => Opening::Space,
            _ if self.kind == Kind::Blank => Opening::Nothing,
            Place::Start | Place::AfterCr if self.needs_space(value, tail) => {
                Opening::Spaced(self.kind)
            }
            Place::Start | Place::AfterCr => Opening::Compact(self.kind),
        };
        Line { lead: Lead { due, opening }, value, end: End::Nothing }
    }
}

impl<'v> Iterator for Lines<'v> {
    type Item = Line<'v>;

    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the caller's constants reach it.
    fn next(&mut self) -> Option<Line<'v>> {
        let mut rest = self.rest.take()?;
        if self.place == Place::AfterCr && !rest.is_empty() {
            self.place = Place::Start;
            if let [LF, ..] = rest.as_bytes() {
                rest = rest.after(1);
                if self.style.keeps_line_ends() {
                    self.due = End::Lf;
                }
            }
        }
        let due = core::mem::take(&mut self.due);
        if rest.is_empty() && self.ending == Ending::Open {
            let lead = Lead { due, opening: Opening::Nothing };
            return (due != End::Nothing).then_some(Line { lead, value: rest, end: End::Nothing });
        }
        let (value, tail) = rest.split_at(self.cut.find(rest.as_bytes()));
        let mut line = self.line(value, tail, due);
        match (tail.as_bytes(), self.cut) {
            ([], _) => {
                self.place = Place::Inside;
                line.end = match self.ending {
                    Ending::Open => End::Nothing,
                    Ending::Line => End::of_line(self.style),
                    Ending::Block => End::of_block(self.style),
                };
            }
            (_, Cut::Replace(_)) => {
                self.place = Place::Replaced;
                self.rest = Some(tail.after(1));
            }
            (bytes, _) => {
                let (end, len) = match bytes {
                    [CR, LF, ..] => (End::CrLf, 2),
                    [CR, ..] => (End::Cr, 1),
                    _ => (End::Lf, 1),
                };
                let kept =
                    if self.style.keeps_line_ends() { end } else { End::of_line(self.style) };
                let after = tail.after(len);
                self.place = Place::Start;
                if after.is_empty() && self.ending == Ending::Open {
                    line.end = kept;
                    if end == End::Cr {
                        self.place = Place::AfterCr;
                    }
                } else {
                    self.due = kept;
                    self.rest = Some(after);
                }
            }
        }
        Some(line)
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
            assert_eq!(bytes(Lines::data(Style::new(), Payload::Text(data))), expected.as_bytes());
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
    fn line_ends_that_are_kept_stay_as_they_are() {
        let kept = Style::new().keep_line_ends();
        let data = |style, value| bytes(Lines::data(style, Payload::Text(value)));
        assert_eq!(data(kept, "a\rb\r\nc\n\r"), b"data: a\rdata: b\r\ndata: c\ndata: \rdata: \n");
        assert_eq!(data(kept.crlf().compact(), "a\rb\n"), b"data:a\rdata:b\ndata:\r\n");
        assert_eq!(bytes(Lines::split(Kind::Comment, kept, Payload::Text("a\rb"))), b": a\r: b\n");
    }

    #[test]
    fn the_end_of_a_line_and_the_opening_of_the_next_are_one_part() {
        let lines = Lines::data(Style::new(), Payload::Text("a\r\nb\n")).with_blank();
        let parts: Vec<&[u8]> =
            lines.flat_map(Line::parts).filter(|part| !part.is_empty()).collect();
        assert_eq!(parts, [&b"data: "[..], b"a", b"\ndata: ", b"b", b"\ndata: ", b"\n\n"]);
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
            let lines = Lines::data(Style::new(), Payload::Bytes(piece)).piece_at(place);
            let reached = lines.write_to(&mut SliceSink::new(&mut [0; 99]));
            assert_eq!(reached, Ok(after), "{place:?} {piece:?}");
        }
    }
}
