//! The lines of a frame, and where their parts are.

use core::fmt;
use core::iter::FusedIterator;
use core::ops::Range;

use crate::fields::FieldName;
use crate::grammar::{Lexer, Line, Scan, Span};
use crate::hidden::Hidden;
use crate::Text;

/// What a line of a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineKind {
    /// A field.
    Field(FieldName),
    /// A comment: its name is empty.
    Comment,
    /// The blank line, the frame's last.
    Blank,
}

/// A line of a [`Frame`](crate::framer::Frame).
///
/// ```
/// use sse_wire::fields::FieldName;
/// use sse_wire::framer::{FrameItem, LineKind};
/// use sse_wire::Framer;
///
/// let mut framer = Framer::new();
/// let mut frames = framer.feed(b"\ndata: x\r\n\r\n");
/// frames.next_item();
/// let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!() };
/// let line = frame.lines().next().unwrap();
/// assert_eq!(line.kind(), LineKind::Field(FieldName::Data));
/// assert_eq!((line.name_range(), line.value_range(), line.range()), (0..4, 6..7, 0..9));
/// assert_eq!((line.name(), line.value(), line.end()), (&b"data"[..], &b"x"[..], &b"\r\n"[..]));
/// assert_eq!(line.offset(), 1);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameLine<'a> {
    frame: &'a [u8],
    frame_offset: u64,
    kind: LineKind,
    line: Span,
    pub(super) name: Span,
    pub(super) value: Span,
}

impl<'a> FrameLine<'a> {
    /// What the line is.
    #[must_use]
    pub const fn kind(&self) -> LineKind {
        self.kind
    }

    /// The stream offset of its first byte.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.frame_offset + self.line.start as u64
    }

    /// The line with its end, as it came.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.line.of(self.frame)
    }

    /// The name of the field.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.name.of(self.frame)
    }

    /// The value of the field, or the text of the comment, one space after the colon taken off.
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        self.value.of(self.frame)
    }

    /// The line's end: LF, CR or CRLF. Of a blank line's CRLF the LF may be missing; see
    /// [`FrameItem::Tail`](crate::framer::FrameItem::Tail).
    #[must_use]
    pub fn end(&self) -> &'a [u8] {
        Span::new(self.value.end, self.line.end).of(self.frame)
    }

    /// Where in the frame the line is, with its end.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.line.start..self.line.end
    }

    /// Where in the frame the name is.
    #[must_use]
    pub const fn name_range(&self) -> Range<usize> {
        self.name.start..self.name.end
    }

    /// Where in the frame the value is.
    #[must_use]
    pub const fn value_range(&self) -> Range<usize> {
        self.value.start..self.value.end
    }
}

/// Shows what the line is and how long its parts are, not the payload.
impl fmt::Debug for FrameLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameLine")
            .field("kind", &self.kind)
            .field("offset", &self.offset())
            .field("name", &Hidden::new(self.name()))
            .field("value", &Hidden::new(self.value()))
            .field("end", &Text::new(self.end()))
            .finish()
    }
}

/// The lines of a frame, in order. See [`Frame::lines`](crate::framer::Frame::lines).
#[derive(Clone)]
#[must_use = "an iterator does nothing unless it is asked for its items"]
pub struct FrameLines<'a> {
    frame: &'a [u8],
    offset: u64,
    lexer: Lexer,
    scan: Scan,
}

impl<'a> FrameLines<'a> {
    pub(super) fn new(frame: &'a [u8], offset: u64) -> Self {
        Self { frame, offset, lexer: Lexer::at_start_of_line(), scan: Scan::default() }
    }
}

impl<'a> Iterator for FrameLines<'a> {
    type Item = FrameLine<'a>;

    fn next(&mut self) -> Option<FrameLine<'a>> {
        let start = self.scan.pos;
        let piece = self.lexer.next(self.frame, &mut self.scan)?;
        self.lexer.skip_swallowed(self.frame, &mut self.scan);
        let kind = match piece.line {
            Line::Data => LineKind::Field(FieldName::Data),
            Line::Event => LineKind::Field(FieldName::Event),
            Line::Id => LineKind::Field(FieldName::Id),
            Line::Retry => LineKind::Field(FieldName::Retry),
            Line::Unknown => LineKind::Field(FieldName::Unknown),
            Line::Comment => LineKind::Comment,
            // The others come at a stream's start or a chunk's end.
            Line::Blank | Line::Mark | Line::Undecided => LineKind::Blank,
        };
        Some(FrameLine {
            frame: self.frame,
            frame_offset: self.offset,
            kind,
            line: Span::new(start, self.scan.pos),
            name: piece.name,
            value: piece.value,
        })
    }
}

/// Shows the state, not the payload.
impl fmt::Debug for FrameLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameLines")
            .field("offset", &self.offset)
            .field("pos", &self.scan.pos)
            .finish_non_exhaustive()
    }
}

impl FusedIterator for FrameLines<'_> {}
