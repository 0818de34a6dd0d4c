//! Memory, laid out by hand: one region.
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

use core::fmt::Debug;
use core::ops::Range;

use crate::grammar::Span;
use crate::text::{replace_within, Text};

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// Memory that a [`Decoder`](crate::Decoder) keeps the data of unfinished events in.
///
/// `Vec<u8>` grows up to the decoder's limit and is given back after huge events; `[u8; N]` and
/// `&mut [u8]` are fixed, need no allocator, and their length is the limit. The trait is sealed.
///
/// ```
/// use sse_wire::Decoder;
///
/// let mut memory = [0; 1024];
/// let decoder = Decoder::with_buffer(&mut memory[..]);
/// assert_eq!(decoder.limit(), 1024);
/// ```
pub trait Buffer: sealed::Storage {}

impl<const N: usize> Buffer for [u8; N] {}
impl Buffer for &mut [u8] {}
#[cfg(feature = "alloc")]
impl Buffer for Vec<u8> {}

pub(crate) mod sealed {
    use super::Debug;

    /// What a [`Buffer`](super::Buffer) can do.
    pub trait Storage: Debug {
        type Data: super::Data;
        type Scratch: super::Scratch;
        /// Whether the storage can grow, and has data and scratch of its own.
        const GROWS: bool;
        fn bytes(&self) -> &[u8];
        fn bytes_mut(&mut self) -> &mut [u8];
        /// Forgets what a vector may hold; a no-op on fixed memory.
        fn clear(&mut self) {}
        /// Sets the length, which is at most the capacity; a no-op on fixed memory.
        fn resize(&mut self, _: usize) {}
        /// Sets the capacity, which is at least the length; a no-op on fixed memory.
        fn set_capacity(&mut self, _: usize) {}
        fn capacity(&self) -> usize {
            self.bytes().len()
        }
    }
}
use sealed::Storage;

/// Memory for the data of the current block alone, which only grows. Fixed memory has none.
#[allow(unreachable_pub)]
pub trait Data: Default + Clone + Debug {
    fn bytes(&self) -> &[u8] {
        &[]
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut []
    }
    /// Makes it long enough for `needed` bytes, of which the first `used` are in use, if that may be: the capacity is
    /// at most `most`. Returns whether it is long enough.
    fn grow(&mut self, used: usize, needed: usize, most: usize) -> bool {
        let _ = (used, needed, most);
        false
    }
    /// Gives back what is above `capacity` and above what is in use.
    fn shrink(&mut self, used: usize, capacity: usize) {
        let _ = (used, capacity);
    }
    fn capacity(&self) -> usize {
        0
    }
    /// Takes the memory itself, cut to `len` bytes of data, and leaves as much, so that it need not grow again.
    #[cfg(feature = "alloc")]
    fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let _ = len;
        None
    }
}

impl Data for () {}

#[cfg(feature = "alloc")]
impl Data for Vec<u8> {
    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self
    }
    #[inline(always)]
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
    #[cold]
    fn grow(&mut self, used: usize, needed: usize, most: usize) -> bool {
        let Some(capacity) = grown(Vec::capacity(self), needed, most, LARGEST) else {
            return false;
        };
        if needed > Vec::capacity(self) {
            // What is not in use need not be moved.
            self.truncate(used);
            self.reserve_exact(capacity - self.len());
        }
        let len = (needed + AHEAD).min(Vec::capacity(self)).min(most);
        self.resize(len, 0);
        true
    }
    fn shrink(&mut self, used: usize, capacity: usize) {
        let capacity = capacity.max(used);
        self.truncate(capacity);
        self.shrink_to(capacity);
    }
    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }
    fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let fresh = Vec::with_capacity(Vec::capacity(self));
        let mut taken = core::mem::replace(self, fresh);
        taken.truncate(len);
        Some(taken)
    }
}

/// Where malformed text is replaced that has no room in the region itself. Fixed memory has none.
#[allow(unreachable_pub)]
pub trait Scratch: Default + Clone + Debug {
    fn bytes(&self) -> &[u8] {
        &[]
    }
    /// Appends the text of these bytes; says where it is.
    fn push(&mut self, _: Text<'_>) -> Range<usize> {
        0..0
    }
    /// Empties it and gives back what is above `retain` bytes.
    fn clear(&mut self, _: usize) {}
    fn capacity(&self) -> usize {
        0
    }
}

impl Scratch for () {}

#[cfg(feature = "alloc")]
impl Scratch for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
    fn push(&mut self, text: Text<'_>) -> Range<usize> {
        let start = self.len();
        self.reserve_exact(text.text_len());
        text.pieces().for_each(|piece| self.extend_from_slice(piece.as_bytes()));
        start..self.len()
    }
    fn clear(&mut self, retain: usize) {
        Vec::clear(self);
        self.shrink_to(retain);
    }
    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }
}

impl<const N: usize> Storage for [u8; N] {
    type Data = ();
    type Scratch = ();
    const GROWS: bool = false;
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl Storage for &mut [u8] {
    type Data = ();
    type Scratch = ();
    const GROWS: bool = false;
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

#[cfg(feature = "alloc")]
impl Storage for Vec<u8> {
    type Data = Vec<u8>;
    type Scratch = Vec<u8>;
    const GROWS: bool = true;
    fn bytes(&self) -> &[u8] {
        self
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
    fn clear(&mut self) {
        Vec::clear(self);
    }
    fn resize(&mut self, len: usize) {
        Vec::resize(self, len, 0);
    }
    fn set_capacity(&mut self, capacity: usize) {
        self.reserve_exact(capacity - self.len());
        self.shrink_to(capacity);
    }
    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }
}

/// The least that a buffer grows to; small with a private `cfg`, so that tests exercise growth.
const LEAST: usize = if cfg!(sse_wire_small) { 4 } else { 256 };

/// The least that is made ready for use at a time, of a region, which moves its back then; small in the same way.
const STEP: usize = if cfg!(sse_wire_small) { 4 } else { 64 << 10 };

/// How much of the memory for data is made ready for use beyond what is needed; small in the same way.
#[cfg(feature = "alloc")]
const AHEAD: usize = if cfg!(sse_wire_small) { 4 } else { 1 << 10 };

/// The most bytes that an allocation can have.
pub(crate) const LARGEST: usize = isize::MAX.unsigned_abs();

/// The capacity after growth, which doubles it: at least `needed`, and at most `most` and the `largest` that an
/// allocation can have. Returns `None` if it would have to be more.
fn grown(capacity: usize, needed: usize, most: usize, largest: usize) -> Option<usize> {
    let most = most.min(largest);
    (needed <= most).then(|| needed.max(capacity.saturating_mul(2)).max(LEAST).min(most))
}

/// How many bytes of the capacity are made ready for use, since the rest may never be needed.
fn ready(before: usize, needed: usize, capacity: usize) -> usize {
    needed.max(before + STEP.max(before / 8)).min(capacity)
}

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
    pub(crate) fn new(buffer: B) -> Self {
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
        if !B::GROWS {
            return false;
        }
        let grown = grown(self.memory.capacity(), needed, limit, LARGEST);
        let Some(capacity) = grown else { return false };
        if needed > self.memory.capacity() {
            self.memory.set_capacity(capacity);
        }
        let after = ready(before, needed, self.memory.capacity().min(limit));
        self.memory.resize(after);
        self.copy_within(before - layout.back, layout.back, after - layout.back);
        true
    }

    /// Shrinks the region to `retain` bytes, or to what is in use.
    #[cold]
    pub(crate) fn shrink(&mut self, layout: &Layout, retain: usize) {
        let (before, after) = (self.len(), layout.used().max(retain));
        if B::GROWS && after < self.memory.capacity() {
            if after < before {
                self.copy_within(before - layout.back, layout.back, after - layout.back);
                self.memory.resize(after);
            }
            self.memory.set_capacity(after);
        }
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
    use super::{grown, Layout, Region, Vec, LEAST};

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
            assert!(region.len() <= layout.used() + region.len() / 8 + 8 + super::STEP);
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

    /// Growth ends at what is allowed and at the largest allocation, also where addresses have 32 bits.
    #[test]
    fn no_more_is_asked_for_than_may_be() {
        const LARGEST_OF_32_BITS: usize = 0x7FFF_FFFF;
        let grown = |capacity, needed, most| grown(capacity, needed, most, LARGEST_OF_32_BITS);
        assert_eq!(grown(0, 1, 1), Some(1));
        assert_eq!(grown(1 << 20, (1 << 20) + 1, 0xFFFF_FFFF), Some(2 << 20));
        assert_eq!(grown(1 << 20, (1 << 20) + 1, 3 << 19), Some(3 << 19));
        assert_eq!(grown(1 << 30, (1 << 30) + 1, 0xFFFF_FFFF), Some(LARGEST_OF_32_BITS));
        assert_eq!(grown(1 << 30, LARGEST_OF_32_BITS, 0xFFFF_FFFF), Some(LARGEST_OF_32_BITS));
        assert_eq!(grown(1 << 30, LARGEST_OF_32_BITS + 1, 0xFFFF_FFFF), None);
        assert_eq!(grown(0, 2, 1), None);
    }
}
