//! One line: what leads to its value, the value, its end. All bytes that are not payload come from here.
//!
//! ```text
//! line = lead value end
//! lead = [end of the line before] [name colon [space]]   ; a comment's name is empty
//! end  = LF / CR LF / CR, perhaps with the blank line
//! ```
//!
//! - **(A)** The three parts are borrowed; nothing is copied.
//! - **(B)** No part is handed to a sink when it is empty.
//! - **(C)** The end of a line and the opening of the next are one part where both are known: fewer and
//!   larger writes.

use super::payload::Payload;
use super::sink::Sink;
use super::style::Style;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Comment,
    EventType,
    Id,
    Retry,
    Data,
    /// The blank line that ends a block: no name, no colon, no value.
    Blank,
}

impl Kind {
    /// The order in which a message writes its fields.
    pub(super) const ORDER: [Self; 6] =
        [Self::Comment, Self::EventType, Self::Id, Self::Retry, Self::Data, Self::Blank];

    /// Gives the most that stands around a value: the opening with the space and CRLF.
    #[inline]
    pub(super) const fn len_around(self) -> usize {
        Lead { due: End::CrLf, opening: Opening::Spaced(self) }.text().len()
    }
}

/// What stands before a value in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    Nothing,
    Spaced(Kind),
    Compact(Kind),
    /// In the place of a byte that was replaced.
    Space,
}

/// What stands after a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    #[default]
    Nothing,
    Lf,
    CrLf,
    /// Only where the line ends of values are kept.
    Cr,
    /// The line's end and the blank line.
    LfBlank,
    CrLfBlank,
}

impl End {
    #[inline]
    pub(super) const fn of_line(style: Style) -> Self {
        if style.is_crlf() {
            Self::CrLf
        } else {
            Self::Lf
        }
    }

    /// The end of the last line of a block, with the blank line.
    #[inline]
    pub(super) const fn of_block(style: Style) -> Self {
        if style.is_crlf() {
            Self::CrLfBlank
        } else {
            Self::LfBlank
        }
    }

    #[inline]
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
            Self::LfBlank => "\n\n",
            Self::CrLfBlank => "\r\n\r\n",
        }
    }
}

/// What leads to a value: the end of the line before, where it is still due, and the line's opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lead {
    pub(super) due: End,
    pub(super) opening: Opening,
}

/// The leads to the lines of one name; `$colon` is the colon, with the space or without.
macro_rules! lead {
    ($due:expr, $name:literal, $colon:literal) => {
        match $due {
            End::Nothing => concat!($name, $colon),
            End::Lf => concat!("\n", $name, $colon),
            End::CrLf => concat!("\r\n", $name, $colon),
            End::Cr => concat!("\r", $name, $colon),
            End::LfBlank => concat!("\n\n", $name, $colon),
            End::CrLfBlank => concat!("\r\n\r\n", $name, $colon),
        }
    };
}

impl Lead {
    #[inline]
    pub(super) const fn text(self) -> &'static str {
        let due = self.due;
        match self.opening {
            Opening::Nothing | Opening::Spaced(Kind::Blank) | Opening::Compact(Kind::Blank) => {
                due.text()
            }
            Opening::Space => " ",
            Opening::Spaced(Kind::Comment) => lead!(due, "", ": "),
            Opening::Spaced(Kind::EventType) => lead!(due, "event", ": "),
            Opening::Spaced(Kind::Id) => lead!(due, "id", ": "),
            Opening::Spaced(Kind::Retry) => lead!(due, "retry", ": "),
            Opening::Spaced(Kind::Data) => lead!(due, "data", ": "),
            Opening::Compact(Kind::Comment) => lead!(due, "", ":"),
            Opening::Compact(Kind::EventType) => lead!(due, "event", ":"),
            Opening::Compact(Kind::Id) => lead!(due, "id", ":"),
            Opening::Compact(Kind::Retry) => lead!(due, "retry", ":"),
            Opening::Compact(Kind::Data) => lead!(due, "data", ":"),
        }
    }

    #[inline(never)] // Else the compiler makes one write of all leads, whose length is no constant.
    fn write_to<S: Sink + ?Sized>(self, sink: &mut S) -> Result<(), S::Error> {
        match self.text() {
            "" => Ok(()),
            text => sink.write_text(text),
        }
    }
}

/// An empty data line, perhaps with the blank line behind it.
pub(super) const fn empty_data(style: Style, with_blank: bool) -> &'static str {
    match (style.is_compact(), style.is_crlf(), with_blank) {
        (false, false, false) => "data: \n",
        (false, false, true) => "data: \n\n",
        (false, true, false) => "data: \r\n",
        (false, true, true) => "data: \r\n\r\n",
        (true, false, false) => "data:\n",
        (true, false, true) => "data:\n\n",
        (true, true, false) => "data:\r\n",
        (true, true, true) => "data:\r\n\r\n",
    }
}

/// A line or a piece of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'v> {
    pub(super) lead: Lead,
    pub(super) value: Payload<'v>,
    pub(super) end: End,
}

impl<'v> Line<'v> {
    /// Gives the parts in order; each of them may be empty.
    pub(super) const fn parts(self) -> [&'v [u8]; 3] {
        [self.lead.text().as_bytes(), self.value.as_bytes(), self.end.text().as_bytes()]
    }

    /// Writes the parts that are not empty.
    ///
    /// The branches look idle, but the usual ones write a text of constant length, which is a store or
    /// two instead of a call.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the kind is a constant.
    pub(super) fn write_to<S: Sink + ?Sized>(self, sink: &mut S) -> Result<(), S::Error> {
        match self.lead {
            Lead { due: End::Nothing, opening: Opening::Nothing } => {}
            Lead { due: End::Nothing, opening: opening @ Opening::Spaced(_) } => {
                sink.write_text(Lead { due: End::Nothing, opening }.text())?;
            }
            Lead { due: End::Lf, opening: opening @ Opening::Spaced(_) } => {
                sink.write_text(Lead { due: End::Lf, opening }.text())?;
            }
            lead => lead.write_to(sink)?,
        }
        self.value.write_to(sink)?;
        match self.end {
            End::Nothing => Ok(()),
            End::Lf => sink.write_text(End::Lf.text()),
            End::LfBlank => sink.write_text(End::LfBlank.text()),
            end => sink.write_text(end.text()),
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::grammar::name;
    use alloc::vec::Vec;

    /// The names are those that the grammar knows.
    #[test]
    fn a_lead_is_the_end_before_the_name_a_colon_and_a_space() {
        for (kind, name) in [
            (Kind::Comment, &b""[..]),
            (Kind::EventType, name::EVENT),
            (Kind::Id, name::ID),
            (Kind::Retry, name::RETRY),
            (Kind::Data, name::DATA),
        ] {
            for due in [End::Nothing, End::Lf, End::CrLf, End::Cr, End::LfBlank, End::CrLfBlank] {
                let before = due.text().as_bytes();
                let text = |opening| Lead { due, opening }.text().as_bytes();
                assert_eq!(text(Opening::Spaced(kind)), [before, name, b": "].concat());
                assert_eq!(text(Opening::Compact(kind)), [before, name, b":"].concat());
                assert_eq!(text(Opening::Nothing), before);
            }
        }
    }

    #[test]
    fn a_blank_line_has_no_opening() {
        let ends: Vec<_> = [End::Nothing, End::Lf, End::CrLf]
            .map(|due| Lead { due, opening: Opening::Spaced(Kind::Blank) }.text())
            .into();
        assert_eq!(ends, ["", "\n", "\r\n"]);
        assert_eq!(End::of_block(Style::new()).text(), "\n\n");
        assert_eq!(End::of_block(Style::new().crlf()).text(), "\r\n\r\n");
    }
}
