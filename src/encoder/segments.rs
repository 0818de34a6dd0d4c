//! A message as borrowed pieces.

use core::fmt;
use core::iter::FusedIterator;

use super::layout::Lines;
use super::line::{End, Kind};
use super::message::Message;

/// The bytes of a [`Message`] as pieces, in order; made by [`Message::segments`].
///
/// Pieces of the payload are borrowed from it, all others are static or (the digits of the
/// reconnection time) borrowed from the message. The end of a line and the opening of the next are one
/// piece. No piece is empty; how many there are is not part of the contract.
///
/// ```
/// use sse_wire::Message;
///
/// let message = Message::new("a\nb");
/// let bytes: Vec<u8> = message.segments().flatten().copied().collect();
/// assert_eq!(bytes, b"data: a\ndata: b\n\n");
/// ```
#[derive(Clone)]
#[must_use = "an iterator does nothing unless it is asked for its items"]
pub struct Segments<'m> {
    message: &'m Message<'m>,
    /// The fields that are still to come.
    kinds: core::array::IntoIter<Kind, { Kind::ORDER.len() }>,
    lines: Option<Lines<'m>>,
    /// The end of the line before, which the next lead has.
    due: End,
    /// The value of the line whose lead has been given out.
    value: &'m [u8],
}

impl<'m> Segments<'m> {
    pub(super) fn new(message: &'m Message<'m>) -> Self {
        let kinds = Kind::ORDER.into_iter();
        Self { message, kinds, lines: None, due: End::Nothing, value: b"" }
    }

    /// Leaves out the data and the blank line, which are last.
    pub(super) fn without_data(mut self) -> Self {
        let _ = self.kinds.nth_back(1);
        self
    }

    /// Comes to the next line and gives its lead; behind the last line, what ends that.
    #[inline(never)]
    fn next_lead(&mut self) -> Option<&'m [u8]> {
        let mut line = loop {
            if let Some(line) = self.lines.as_mut().and_then(Iterator::next) {
                break line;
            }
            let Some(kind) = self.kinds.next() else {
                self.lines = None;
                let end = core::mem::take(&mut self.due).text();
                return (!end.is_empty()).then_some(end.as_bytes());
            };
            self.lines = self.message.lines(kind);
        };
        // A field's first line has no end before it of its own.
        if line.lead.due == End::Nothing {
            line.lead.due = self.due;
        }
        self.due = line.end;
        self.value = line.value.as_bytes();
        let lead = line.lead.text();
        debug_assert!(!lead.is_empty(), "each line of a whole value has one");
        Some(lead.as_bytes())
    }
}

impl<'m> Iterator for Segments<'m> {
    type Item = &'m [u8];

    #[inline]
    fn next(&mut self) -> Option<&'m [u8]> {
        if self.value.is_empty() {
            return self.next_lead();
        }
        Some(core::mem::take(&mut self.value))
    }
}

impl FusedIterator for Segments<'_> {}

/// Shows how much is still to come, not the payload.
impl fmt::Debug for Segments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segments").field("fields", &self.kinds.len()).finish_non_exhaustive()
    }
}
