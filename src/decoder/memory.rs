//! The memory of a decoder: the region, and with a `Vec` the memory for data and for replaced text.

use crate::grammar::Span;
use crate::region::{lengthen, shorten, Layout, Place, Region, Storage};
use crate::text::{Look, Text};

/// How much of the memory for data is made ready for use beyond what is needed; small with a private `cfg`, so that
/// tests exercise growth.
const AHEAD: usize = if cfg!(sse_wire_small) { 4 } else { 1 << 10 };

/// The limit in force. Replaced text may have three times as many bytes as the values, which are then four times the
/// limit in all: that is never more than the `largest` allocation.
pub(super) const fn limit_in_force(limit: usize, largest: usize) -> usize {
    if limit < largest / 4 {
        limit
    } else {
        largest / 4
    }
}

/// The memory of a decoder.
#[derive(Clone, Debug)]
pub(super) struct Memory<B: Storage> {
    pub(super) region: Region<B>,
    /// For data alone, which only grow.
    pub(super) data: B::Beside,
    /// For replaced text.
    scratch: B::Beside,
    /// The most memory that there may be for values.
    pub(super) limit: usize,
    /// It has grown since the engine looked at its capacity.
    pub(super) has_grown: bool,
}

impl<B: Storage> Memory<B> {
    /// Memory of which at most `limit` bytes are used for values.
    pub(super) fn new(buffer: B, limit: usize) -> Self {
        let (data, scratch) = (B::Beside::default(), B::Beside::default());
        Self { region: Region::new(buffer), data, scratch, limit, has_grown: false }
    }

    /// The bytes at a place.
    #[inline(always)]
    pub(super) fn bytes<'a>(&'a self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        Values { region: &self.region, data: &self.data }.bytes(place, chunk)
    }

    /// The bytes at a place that most often is in the chunk.
    #[inline(always)]
    pub(super) fn rare_bytes<'a>(&'a self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        match *place {
            Place::Chunk(span) => span.of(chunk),
            _ => self.stored_bytes(place),
        }
    }

    #[inline(never)]
    fn stored_bytes(&self, place: &Place) -> &[u8] {
        self.bytes(place, &[])
    }

    /// The memory held, in bytes.
    pub(super) fn capacity(&self) -> usize {
        self.region.capacity() + self.data.capacity() + self.scratch.capacity()
    }

    /// The length of fixed memory.
    pub(super) fn len(&self) -> usize {
        self.region.len()
    }

    /// Whether no value is malformed.
    pub(super) fn are_text(&self, places: &[Place; 3], chunk: &[u8]) -> bool {
        places.iter().all(|place| Text::new(self.bytes(place, chunk)).valid().is_some())
    }

    /// The values, and beside them the memory for replaced text.
    #[inline(always)]
    pub(super) fn split(&mut self) -> (Values<'_, B>, Replaced<'_, B>) {
        let Self { region, data, scratch, has_grown, .. } = self;
        (Values { region, data }, Replaced { scratch, has_grown })
    }

    /// Makes room for `more` bytes of data behind the first `front`. Returns whether there is room. There must be no
    /// tail.
    #[cold]
    #[inline(never)]
    pub(super) fn reserve_data(&mut self, layout: &Layout, front: usize, more: usize) -> bool {
        if !B::GROWS {
            return more <= self.region.len() - layout.back - front;
        }
        let needed = front.saturating_add(more);
        if needed > self.limit.saturating_sub(self.region.capacity()) {
            self.region.shrink(layout, 0);
        }
        let most = self.limit.saturating_sub(self.region.capacity());
        let has_room = lengthen(&mut self.data, front, needed, AHEAD, most);
        self.has_grown |= has_room;
        has_room
    }

    /// Gives back what is above `capacity` bytes of the memory for data, of which the first `front` are in use.
    pub(super) fn shrink_data(&mut self, front: usize, capacity: usize) {
        shorten(&mut self.data, capacity.max(front));
    }

    /// Gives back what is above `retain` bytes of the memory for replaced text.
    pub(super) fn clear_scratch(&mut self, retain: usize) {
        self.scratch.resize(0);
        shorten(&mut self.scratch, retain);
    }
}

/// The memory for replaced text.
pub(super) struct Replaced<'a, B: Storage> {
    scratch: &'a mut B::Beside,
    has_grown: &'a mut bool,
}

/// The values in memory, to be read.
pub(super) struct Values<'a, B: Storage> {
    region: &'a Region<B>,
    data: &'a B::Beside,
}

impl<'a, B: Storage> Values<'a, B> {
    /// The bytes at a place.
    #[inline(always)]
    pub(super) fn bytes(&self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        match *place {
            Place::Chunk(span) => span.of(chunk),
            Place::Front(span) if B::GROWS => span.of(self.data.bytes()),
            _ => self.region.bytes(place, &[]),
        }
    }

    /// The length of fixed memory.
    pub(super) fn region_len(&self) -> usize {
        self.region.len()
    }

    /// The text at a place, if it is not malformed. What is in the chunk is not looked at twice.
    #[inline(always)]
    pub(super) fn text<'c: 'a>(&self, place: &Place, look: &mut Look<'c>) -> Option<&'a str> {
        match *place {
            Place::Chunk(span) if span.is_empty() => Some(""),
            Place::Chunk(span) => look.text(span),
            place => self.stored_text(place),
        }
    }

    #[inline(never)]
    fn stored_text(&self, place: Place) -> Option<&'a str> {
        Text::new(self.bytes(&place, &[])).valid()
    }

    /// The values as text, and the length of what was replaced. Nothing may be malformed on fixed memory, which has
    /// no memory for replaced text.
    #[cold]
    #[inline(never)]
    pub(super) fn texts(
        self,
        places: [Place; 3],
        chunk: &'a [u8],
        replaced: Replaced<'a, B>,
    ) -> ([&'a str; 3], usize) {
        let values = places.map(|place| Text::new(self.bytes(&place, chunk)));
        let mut texts = values.map(Text::valid);
        let Replaced { scratch, has_grown } = replaced;
        *has_grown |= texts.contains(&None);
        scratch.resize(0);
        let mut made = [Span::default(); 3];
        for i in (0..3).filter(|i| texts[*i].is_none()) {
            made[i] = push_text(scratch, values[i]);
        }
        let scratch = scratch.bytes();
        for (text, made) in texts.iter_mut().zip(made).filter(|(text, _)| text.is_none()) {
            *text = Text::new(made.of(scratch)).valid();
            debug_assert!(text.is_some(), "what is malformed was replaced");
        }
        (texts.map(Option::unwrap_or_default), scratch.len())
    }
}

/// Appends a text; returns where it is.
fn push_text<S: Storage>(memory: &mut S, text: Text<'_>) -> Span {
    let mut at = memory.bytes().len();
    let made = Span::new(at, at + text.text_len());
    if made.end > memory.capacity() {
        memory.set_capacity(made.end);
    }
    memory.resize(made.end);
    for piece in text.pieces() {
        let end = at + piece.len();
        if let Some(room) = memory.bytes_mut().get_mut(at..end) {
            room.copy_from_slice(piece.as_bytes());
        }
        at = end;
    }
    made
}

#[cfg(test)]
mod tests {
    use super::limit_in_force;

    /// With a limit as high as can be, no memory is asked for that cannot be had, also where addresses have 32 bits.
    #[test]
    fn a_limit_is_never_above_what_can_be_allocated() {
        let largest = 0x7FFF_FFFF;
        assert_eq!(limit_in_force(16 << 20, largest), 16 << 20);
        let limit = limit_in_force(0xFFFF_FFFF, largest);
        assert!(3 * limit < largest && limit > 500 << 20);
    }
}
