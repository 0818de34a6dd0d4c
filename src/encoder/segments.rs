//! A message as borrowed pieces.

use core::iter::FusedIterator;

use super::layout::Lines;
use super::line::Kind;
use super::message::Message;

/// The bytes of a [`Message`] as pieces, in order; made by [`Message::segments`].
///
/// Pieces of the payload are borrowed from it, all others are static or (the digits of the
/// reconnection time) borrowed from the message. No piece is empty; how many there are is not part of
/// the contract.
///
/// ```
/// use sse_wire::Message;
///
/// let message = Message::new("a\nb");
/// let bytes: Vec<u8> = message.segments().flatten().copied().collect();
/// assert_eq!(bytes, b"data: a\ndata: b\n\n");
/// ```
#[derive(Clone, Debug)]
pub struct Segments<'m> {
    message: &'m Message<'m>,
    /// The fields that are still to come.
    kinds: core::array::IntoIter<Kind, { Kind::ORDER.len() }>,
    lines: Option<Lines<'m>>,
    /// The parts of a line that are still to come.
    parts: core::array::IntoIter<&'m [u8], 3>,
}

impl<'m> Segments<'m> {
    pub(super) fn new(message: &'m Message<'m>) -> Self {
        Self {
            message,
            kinds: Kind::ORDER.into_iter(),
            lines: None,
            parts: [&b""[..]; 3].into_iter(),
        }
    }

    /// Leaves out the data and the blank line, which are last.
    pub(super) fn without_data(mut self) -> Self {
        let _ = self.kinds.nth_back(1);
        self
    }
}

impl<'m> Iterator for Segments<'m> {
    type Item = &'m [u8];

    fn next(&mut self) -> Option<&'m [u8]> {
        loop {
            if let Some(part) = self.parts.find(|part| !part.is_empty()) {
                return Some(part);
            }
            match self.lines.as_mut().and_then(Iterator::next) {
                Some(line) => self.parts = line.parts().into_iter(),
                None => self.lines = self.message.lines(self.kinds.next()?),
            }
        }
    }
}

impl FusedIterator for Segments<'_> {}
