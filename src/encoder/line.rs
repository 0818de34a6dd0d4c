//! One line: its opening, its value, its end. All bytes that are not payload come from here.
//!
//! ```text
//! line    = opening value end
//! opening = name colon [space]             ; a comment's name is empty, a blank line has none
//! end     = LF / CR LF
//! ```
//!
//! - **(A)** The three parts are borrowed; nothing is copied.
//! - **(B)** No part is handed to a sink when it is empty.

use super::sink::Sink;
use super::style::Style;
use crate::grammar::{name, COLON, CR, LF, SPACE};

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Comment,
    EventType,
    Id,
    Retry,
    Data,
    /// The blank line that dispatches: no name, no colon, no value.
    Blank,
}

impl Kind {
    /// The order in which a message writes its fields.
    pub(super) const ORDER: [Self; 6] =
        [Self::Comment, Self::EventType, Self::Id, Self::Retry, Self::Data, Self::Blank];

    /// Gives the opening of a line with the space.
    #[inline]
    const fn spaced(self) -> &'static [u8] {
        const COMMENT: &[u8] = &opening::<2>(b"");
        const EVENT: &[u8] = &opening::<{ name::EVENT.len() + 2 }>(name::EVENT);
        const ID: &[u8] = &opening::<{ name::ID.len() + 2 }>(name::ID);
        const RETRY: &[u8] = &opening::<{ name::RETRY.len() + 2 }>(name::RETRY);
        const DATA: &[u8] = &opening::<{ name::DATA.len() + 2 }>(name::DATA);
        match self {
            Self::Comment => COMMENT,
            Self::EventType => EVENT,
            Self::Id => ID,
            Self::Retry => RETRY,
            Self::Data => DATA,
            Self::Blank => b"",
        }
    }

    /// Gives the most that stands around a value: the opening with the space and CRLF.
    #[inline]
    pub(super) const fn len_around(self) -> usize {
        self.spaced().len() + End::CrLf.bytes().len()
    }

    /// Gives the opening of a line without the space.
    #[inline]
    const fn compact(self) -> &'static [u8] {
        match self.spaced().split_last() {
            Some((_space, compact)) => compact,
            None => b"",
        }
    }
}

/// Puts colon and space behind a name; `N` is the name's length and 2.
const fn opening<const N: usize>(name: &[u8]) -> [u8; N] {
    let mut bytes = [SPACE; N];
    let mut i = 0;
    while i < name.len() {
        bytes[i] = name[i];
        i += 1;
    }
    bytes[i] = COLON;
    bytes
}

/// What stands before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    Nothing,
    Spaced(Kind),
    Compact(Kind),
    /// In the place of a byte that was replaced.
    Space,
}

impl Opening {
    #[inline]
    pub(super) const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Nothing => b"",
            Self::Spaced(kind) => kind.spaced(),
            Self::Compact(kind) => kind.compact(),
            Self::Space => &[SPACE],
        }
    }

    #[inline(never)] // Else the compiler makes one write of all openings, whose length is no constant.
    fn write_to<S: Sink + ?Sized>(self, sink: &mut S) -> Result<(), S::Error> {
        sink.write(self.bytes())
    }
}

/// What stands after a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Nothing,
    Lf,
    CrLf,
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

    #[inline]
    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Nothing => b"",
            Self::Lf => &[LF],
            Self::CrLf => &[CR, LF],
        }
    }
}

/// A line or a piece of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'v> {
    pub(super) opening: Opening,
    pub(super) value: &'v [u8],
    pub(super) end: End,
}

impl<'v> Line<'v> {
    /// Gives the parts in order; each of them may be empty.
    pub(super) const fn parts(self) -> [&'v [u8]; 3] {
        [self.opening.bytes(), self.value, self.end.bytes()]
    }

    /// Writes the parts that are not empty.
    ///
    /// The branches look idle, but the usual ones write a slice of constant length, which is a store
    /// or two instead of a call.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the kind is a constant.
    pub(super) fn write_to<S: Sink + ?Sized>(self, sink: &mut S) -> Result<(), S::Error> {
        match self.opening {
            Opening::Nothing => {}
            Opening::Spaced(kind) => sink.write(kind.spaced())?,
            opening @ (Opening::Compact(_) | Opening::Space) => opening.write_to(sink)?,
        }
        if !self.value.is_empty() {
            sink.write(self.value)?;
        }
        match self.end {
            End::Nothing => Ok(()),
            End::Lf => sink.write(End::Lf.bytes()),
            End::CrLf => sink.write(End::CrLf.bytes()),
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn openings_are_name_colon_space() {
        let all = [Kind::Comment, Kind::EventType, Kind::Id, Kind::Retry, Kind::Data, Kind::Blank];
        let spaced: Vec<&[u8]> = all.iter().map(|kind| kind.spaced()).collect();
        assert_eq!(spaced, [&b": "[..], b"event: ", b"id: ", b"retry: ", b"data: ", b""]);
        let compact: Vec<&[u8]> = all.iter().map(|kind| kind.compact()).collect();
        assert_eq!(compact, [&b":"[..], b"event:", b"id:", b"retry:", b"data:", b""]);
        assert_eq!(opening::<6>(name::DATA), *b"data: ");
    }
}
