//! Memory, laid out by hand: one region. Decoder and framer keep values in one.
//!
//! ```text
//! | data ........ front | tail | free ........ | id, type | last event ID |
//!   of the block          value in                    back
//!                         progress
//! ```
//!
//! Rules of this module:
//!
//! - **A.** Data grows at the front. A value in progress (lines are sequential: one at most) is
//!   the tail behind it, and is moved once, at its line's end, to the stack at the back. So N
//!   bytes hold exactly the blocks whose charge fits N, in linear time.
//! - **B.** Places at the back are kept as their distance from the end: they stay true when the
//!   region grows.

mod storage;

use crate::grammar::Span;
use crate::text::replace_within;
pub use storage::Buffer;
pub(crate) use storage::{lengthen, shorten, Storage, LARGEST};

/// The least that is made ready for use at a time, since the back is moved then; small with a private `cfg`, so that
/// tests exercise growth.
const STEP: usize = if cfg!(sse_wire_small) { 4 } else { 64 << 10 };

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the current chunk.
    Chunk(Span),
    /// In the region, counted from its start.
    Front(Span),
    /// In the region, starting `distance` bytes before its end.
    Back { distance: usize, len: usize },
    /// In the region, counted from its start: replaced text, on fixed memory.
    Text(Span),
}

impl Place {
    pub(crate) const EMPTY: Self = Self::Chunk(Span::new(0, 0));

    /// How much of the region's end it takes up, with what lies behind it.
    #[inline]
    pub(crate) const fn depth(self) -> usize {
        match self {
            Self::Back { distance, .. } => distance,
            _ => 0,
        }
    }

    #[inline]
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Chunk(span) | Self::Front(span) | Self::Text(span) => span.len(),
            Self::Back { len, .. } => len,
        }
    }
}

/// Which parts of the region are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The end of the data of the block.
    pub(crate) front: usize,
    /// The length of the value in progress behind `front`.
    pub(crate) tail: usize,
    /// The length of the stack at the back.
    pub(crate) back: usize,
}

impl Layout {
    pub(crate) const EMPTY: Self = Self { front: 0, tail: 0, back: 0 };

    /// The bytes in use.
    pub(crate) const fn used(&self) -> usize {
        self.front + self.tail + self.back
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Region<B: Storage> {
    memory: B,
}

impl<B: Storage> Region<B> {
    pub(crate) fn new(mut buffer: B) -> Self {
        // Of what it holds nothing is needed.
        buffer.resize(0);
        Self { memory: buffer }
    }

    pub(crate) fn len(&self) -> usize {
        self.memory.bytes().len()
    }

    /// The bytes of memory held.
    pub(crate) fn capacity(&self) -> usize {
        self.memory.capacity()
    }

    /// The bytes from `start` up to the stack at the back.
    #[inline(always)]
    pub(crate) fn free_from(&mut self, layout: &Layout, start: usize) -> &mut [u8] {
        let end = self.len() - layout.back;
        self.memory.bytes_mut().get_mut(start..end).unwrap_or_default()
    }

    /// Whether there is room for `more` bytes as it is.
    #[inline]
    pub(crate) fn has_room(&self, layout: &Layout, more: usize) -> bool {
        more <= self.len() - layout.used()
    }

    /// Makes room for `more` bytes, growing up to `limit`; says whether there is.
    #[inline]
    pub(crate) fn reserve(&mut self, layout: &Layout, more: usize, limit: usize) -> bool {
        self.has_room(layout, more) || self.grow(layout, more, limit)
    }

    #[cold]
    fn grow(&mut self, layout: &Layout, more: usize, limit: usize) -> bool {
        let before = self.len();
        let needed = layout.used().saturating_add(more);
        if !lengthen(&mut self.memory, before, needed, STEP.max(before / 8), limit) {
            return false;
        }
        self.copy_within(before - layout.back, layout.back, self.len() - layout.back);
        true
    }

    /// Shrinks the region to `retain` bytes, or to what is in use.
    #[cold]
    pub(crate) fn shrink(&mut self, layout: &Layout, retain: usize) {
        let (before, after) = (self.len(), layout.used().max(retain));
        if B::GROWS && after < before {
            self.copy_within(before - layout.back, layout.back, after - layout.back);
        }
        shorten(&mut self.memory, after);
    }

    /// Appends to the data. There must be room, and no tail.
    #[inline(always)]
    pub(crate) fn push_front(&mut self, layout: &mut Layout, bytes: &[u8]) {
        debug_assert_eq!(layout.tail, 0);
        self.put(layout.front, bytes);
        layout.front += bytes.len();
    }

    /// The data, to be changed in place.
    pub(crate) fn front_mut(&mut self, layout: &Layout) -> &mut [u8] {
        self.memory.bytes_mut().get_mut(..layout.front).unwrap_or_default()
    }

    /// Appends to the value in progress. There must be room.
    pub(crate) fn push_tail(&mut self, layout: &mut Layout, bytes: &[u8]) {
        self.put(layout.front + layout.tail, bytes);
        layout.tail += bytes.len();
    }

    /// Puts a value on the stack at the back. There must be room. An empty value is `Place::EMPTY`.
    pub(crate) fn push_back(&mut self, layout: &mut Layout, bytes: &[u8]) -> Place {
        if bytes.is_empty() {
            return Place::EMPTY;
        }
        layout.back += bytes.len();
        self.put(self.len() - layout.back, bytes);
        Place::Back { distance: layout.back, len: bytes.len() }
    }

    /// Moves the finished tail to the stack at the back, like [`Region::push_back`].
    #[inline]
    pub(crate) fn tail_to_back(&mut self, layout: &mut Layout) -> Place {
        if layout.tail == 0 {
            return Place::EMPTY;
        }
        layout.back += layout.tail;
        let len = core::mem::take(&mut layout.tail);
        self.copy_within(layout.front, len, self.len() - layout.back);
        Place::Back { distance: layout.back, len }
    }

    /// Packs the stack at the back so that it holds these places alone.
    pub(crate) fn pack<const N: usize>(&mut self, layout: &mut Layout, live: [&mut Place; N]) {
        let len = self.len();
        let mut live = live;
        live.sort_unstable_by_key(|place| place.depth());
        // The one nearest to the end first: each moves away from those still to be moved.
        let mut packed = 0;
        let mut before = None;
        for place in live {
            if let Place::Back { distance, len: count } = *place {
                // Two names may stand for one place: an id that was committed.
                if before != Some((distance, count)) {
                    before = Some((distance, count));
                    packed += count;
                    if distance != packed {
                        self.copy_within(len - distance, count, len - packed);
                    }
                }
                *place = Place::Back { distance: packed, len: count };
            }
        }
        layout.back = packed;
    }

    /// The bytes at a place, in the region or in the chunk.
    #[inline]
    pub(crate) fn bytes<'a>(&'a self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        let memory = self.memory.bytes();
        match *place {
            Place::Chunk(span) => span.of(chunk),
            Place::Front(span) | Place::Text(span) => span.of(memory),
            Place::Back { distance, len } => {
                let start = memory.len() - distance;
                Span::new(start, start + len).of(memory)
            }
        }
    }

    /// The replaced text of the value at `place`, on fixed memory.
    ///
    /// It is made in the free space, of which `layout` has less afterwards. There must be room; a value at the front
    /// is replaced in its own memory.
    pub(crate) fn replace(&mut self, layout: &mut Layout, place: Place, chunk: &[u8]) -> Place {
        // The raw bytes go to the end of the free space and are decoded forward into its front.
        // A replacement is never shorter than what it replaces, so the writer does not overtake
        // the reader.
        let end = self.len() - layout.back;
        let start = match place {
            Place::Front(span) => span.start,
            _ => layout.front + layout.tail,
        };
        let len = place.len();
        let source = end - len;
        match place {
            Place::Chunk(span) => self.put(source, span.of(chunk)),
            Place::Back { distance, .. } => self.copy_within(self.len() - distance, len, source),
            Place::Front(span) => self.copy_within(span.start, len, source),
            Place::Text(_) => return place,
        }
        let free = self.memory.bytes_mut().get_mut(start..end).unwrap_or_default();
        let end = start + replace_within(free, source - start..end - start, 0);
        (layout.front, layout.tail) = (end, 0);
        Place::Text(Span::new(start, end))
    }

    fn copy_within(&mut self, start: usize, len: usize, to: usize) {
        self.memory.bytes_mut().copy_within(start..start + len, to);
    }

    /// Copies `bytes` to `start`; the charge of a block covers what it stores.
    #[inline(always)]
    fn put(&mut self, start: usize, bytes: &[u8]) {
        let room =
            self.memory.bytes_mut().get_mut(start..).and_then(|room| room.get_mut(..bytes.len()));
        debug_assert!(room.is_some(), "the charge of a block covers what it stores");
        if let Some(room) = room {
            room.copy_from_slice(bytes);
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::storage::LEAST;
    use super::{Layout, Region, STEP};
    use alloc::vec::Vec;

    /// Values stay at their places while memory grows. It doubles, is made ready in steps, and is given back.
    #[test]
    fn memory_doubles_but_is_made_ready_by_and_by() {
        let limit = 250 * LEAST;
        let (mut region, mut layout) = (Region::new(Vec::new()), Layout::EMPTY);
        assert!(region.reserve(&layout, 3, limit));
        let place = region.push_back(&mut layout, b"id!");
        let (mut capacity, mut grown) = (region.capacity(), 0);
        while region.reserve(&layout, 7, limit) {
            region.push_front(&mut layout, b"1234567");
            assert!(layout.used() <= region.len() && region.len() <= region.capacity());
            assert!(region.len() <= layout.used() + region.len() / 8 + 8 + STEP);
            if region.capacity() != capacity {
                assert!(region.capacity() == limit || region.capacity() >= 2 * capacity);
                (capacity, grown) = (region.capacity(), grown + 1);
            }
            assert_eq!(region.bytes(&place, &[]), b"id!");
        }
        assert!(layout.used() + 7 > limit && capacity == limit && grown <= 9);
        region.shrink(&layout, 0);
        assert_eq!(region.capacity(), layout.used());
        layout.front = 7;
        region.shrink(&layout, 20);
        assert_eq!((region.len(), region.capacity()), (20, 20));
        assert_eq!(region.bytes(&place, &[]), b"id!");
    }
}
