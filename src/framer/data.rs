//! The data of a frame, where it stands.

use core::fmt::{self, Write};

use super::{FrameLines, LineKind};
use crate::fields::FieldName;
use crate::grammar::{Span, JOIN};
use crate::hidden::Hidden;
use crate::Text;

#[cfg(feature = "alloc")]
use crate::text::into_string_lossy;
#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, vec::Vec};

/// The data of a [`Frame`](crate::framer::Frame): the values of its `data` fields, joined by LF, as an event
/// has it. They are not joined in memory, so this needs none; where the frame has one data line, as
/// most have, the data is a slice.
///
/// ```
/// use sse_wire::framer::FrameItem;
/// use sse_wire::Framer;
///
/// let mut framer = Framer::new();
/// let mut frames = framer.feed(b"data: one\n\ndata: a\ndata: b\n\n");
/// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
/// assert_eq!(frame.data().unwrap().to_str(), Some("one"));
/// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
/// let data = frame.data().unwrap();
/// assert_eq!((data.to_str(), data.to_string().as_str()), (None, "a\nb"));
/// assert_eq!(data.lines().count(), 2);
/// ```
#[derive(Clone, Copy)]
pub struct FrameData<'a> {
    frame: &'a [u8],
    first: Span,
    last: Span,
}

impl<'a> FrameData<'a> {
    pub(super) const fn new(frame: &'a [u8], first: Span, last: Span) -> Self {
        Self { frame, first, last }
    }

    /// The bytes that came, if they are those of one `data` field.
    #[must_use]
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        (self.first == self.last).then(|| self.first.of(self.frame))
    }

    /// The text, if it is UTF-8 and that of one `data` field. Takes time linear in its length.
    #[must_use]
    pub fn to_str(self) -> Option<&'a str> {
        self.as_bytes().and_then(|bytes| Text::new(bytes).valid())
    }

    /// The lines: one for each `data` field.
    pub fn lines(self) -> impl Iterator<Item = Text<'a>> + Clone {
        let one = self.as_bytes().map(Text::new);
        let more = if one.is_some() { &[][..] } else { self.frame };
        let is_data = |kind| kind == LineKind::Field(FieldName::Data);
        let lines = FrameLines::new(more, 0).filter(move |line| is_data(line.kind()));
        one.into_iter().chain(lines.map(|line| Text::new(line.value())))
    }

    /// The bytes that came, joined; borrowed where there is one `data` field.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_bytes(self) -> Cow<'a, [u8]> {
        match self.as_bytes() {
            Some(bytes) => Cow::Borrowed(bytes),
            None => {
                let mut joined = Vec::with_capacity(self.last.end - self.first.start);
                for (i, line) in self.lines().enumerate() {
                    if i > 0 {
                        joined.push(JOIN);
                    }
                    joined.extend_from_slice(line.as_bytes());
                }
                Cow::Owned(joined)
            }
        }
    }

    /// The text, with U+FFFD for what is malformed; borrowed where there is one `data` field and it
    /// is UTF-8.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        match self.to_bytes() {
            Cow::Borrowed(bytes) => Text::new(bytes).to_string_lossy(),
            Cow::Owned(bytes) => Cow::Owned(into_string_lossy(bytes)),
        }
    }
}

impl fmt::Display for FrameData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, line) in self.lines().enumerate() {
            if i > 0 {
                f.write_char(char::from(JOIN))?;
            }
            fmt::Display::fmt(&line, f)?;
        }
        Ok(())
    }
}

/// Shows how long the lines are, not the payload.
impl fmt::Debug for FrameData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines().map(|line| Hidden::new(&line))).finish()
    }
}

impl PartialEq<str> for FrameData<'_> {
    /// Compares the text, U+FFFD included, as [`Text`] does.
    fn eq(&self, other: &str) -> bool {
        let mut lines = other.split(char::from(JOIN));
        self.lines().all(|line| lines.next().is_some_and(|other| line == other))
            && lines.next().is_none()
    }
}

impl PartialEq<&str> for FrameData<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}
