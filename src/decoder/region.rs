//! The memory of a decoder: one region, laid out by hand.
//!
//! ```text
//! | floor  | data ........ front | tail | free ........ | id, type | last event ID |
//!   kept     of the block          value in                    back
//!                                  progress
//! ```
//!
//! Rules of this module:
//!
//! - **A.** Data grows at the front. A value in progress (lines are sequential: one at most) is
//!   the tail behind it, and is moved once, at its line's end, to the stack at the back. So N
//!   bytes hold exactly the blocks whose charge fits N, in linear time.
//! - **B.** Places at the back are told by their distance from the end: they stay true when the
//!   region grows.
//! - **C.** What lies below the floor, and the back up to its floor, belongs to the decoder as it
//!   was when the chunk was fed; it stays until the cursor ends, so that a forgotten cursor
//!   changes nothing.

use core::fmt::Debug;

use super::text::{replace_within, Text};
use crate::grammar::{Sight, Span, JOIN};

#[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
use super::plain::Memory;
#[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
use crate::simd::Memory;

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

    /// Unsafe code relies on this: the bytes are the same from call to call, but for what is written to
    /// `bytes_mut`; those that a new length leaves, a new capacity and a clone keep what they are.
    pub trait Storage: Debug {
        /// Where replaced text goes that has no room in the region itself.
        type Scratch: Default + Clone + Debug;
        /// Whether the storage can grow, and has scratch of its own.
        const GROWS: bool;
        fn bytes(&self) -> &[u8];
        fn bytes_mut(&mut self) -> &mut [u8];
        /// Forgets what a vector may hold; a no-op on fixed memory.
        fn clear(&mut self) {}
        /// Sets the length, which is at most the capacity; a no-op on fixed memory.
        fn resize(&mut self, len: usize);
        /// Sets the capacity, which is at least the length; a no-op on fixed memory.
        fn set_capacity(&mut self, capacity: usize);
        fn scratch(scratch: &Self::Scratch) -> &[u8];
        fn reserve_scratch(scratch: &mut Self::Scratch, more: usize);
        fn push_scratch(scratch: &mut Self::Scratch, text: &str);
        /// Empties the scratch and gives back what is above `retain` bytes.
        fn clear_scratch(scratch: &mut Self::Scratch, retain: usize);
        fn scratch_capacity(scratch: &Self::Scratch) -> usize;
        fn capacity(&self) -> usize {
            self.bytes().len()
        }
    }
}
use sealed::Storage;

macro_rules! fixed {
    () => {
        type Scratch = ();
        const GROWS: bool = false;
        fn bytes(&self) -> &[u8] {
            &self[..]
        }
        fn bytes_mut(&mut self) -> &mut [u8] {
            &mut self[..]
        }
        fn resize(&mut self, _: usize) {}
        fn set_capacity(&mut self, _: usize) {}
        fn scratch((): &()) -> &[u8] {
            &[]
        }
        fn reserve_scratch((): &mut (), _: usize) {}
        fn push_scratch((): &mut (), _: &str) {}
        fn clear_scratch((): &mut (), _: usize) {}
        fn scratch_capacity((): &()) -> usize {
            0
        }
    };
}

impl<const N: usize> Storage for [u8; N] {
    fixed!();
}

impl Storage for &mut [u8] {
    fixed!();
}

#[cfg(feature = "alloc")]
impl Storage for Vec<u8> {
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
    fn scratch(scratch: &Vec<u8>) -> &[u8] {
        scratch
    }
    fn reserve_scratch(scratch: &mut Vec<u8>, more: usize) {
        scratch.reserve_exact(more);
    }
    fn push_scratch(scratch: &mut Vec<u8>, text: &str) {
        scratch.extend_from_slice(text.as_bytes());
    }
    fn clear_scratch(scratch: &mut Vec<u8>, retain: usize) {
        scratch.clear();
        scratch.shrink_to(retain);
    }
    fn scratch_capacity(scratch: &Vec<u8>) -> usize {
        scratch.capacity()
    }
    fn capacity(&self) -> usize {
        Vec::capacity(self)
    }
}

/// The least that a buffer grows to; small in debug builds, so that ordinary tests exercise growth.
const LEAST: usize = if cfg!(debug_assertions) { 4 } else { 256 };

/// The least that is made ready for use at a time; small in debug builds for the same reason.
const STEP: usize = if cfg!(debug_assertions) { 4 } else { 64 << 10 };

/// The most bytes that are copied whatever the length of a line; few in debug builds, so that ordinary
/// tests have lines that are longer.
const WIDE: usize = if cfg!(debug_assertions) { 4 } else { 128 };

/// So much of a value at once is worth knowing that it is ASCII; little in debug builds for the same reason.
const PIECE: usize = if cfg!(debug_assertions) { 4 } else { 1 << 10 };

/// The least of a value that much may be known of.
const LONG: usize = 8 * PIECE;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the chunk at hand.
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

    /// The last `len` bytes of the region.
    pub(crate) const fn last(len: usize) -> Self {
        if len == 0 {
            Self::EMPTY
        } else {
            Self::Back { distance: len, len }
        }
    }

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
    /// The start of the data of the block; zero between two chunks.
    pub(crate) floor: usize,
    /// The end of the data of the block.
    pub(crate) front: usize,
    /// The length of the value in progress behind `front`.
    pub(crate) tail: usize,
    /// The length of the stack at the back.
    pub(crate) back: usize,
}

impl Layout {
    pub(crate) const EMPTY: Self = Self { floor: 0, front: 0, tail: 0, back: 0 };

    /// The bytes in use.
    pub(crate) const fn used(&self) -> usize {
        self.front + self.tail + self.back
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Region<B: Storage> {
    memory: Memory<B>,
    scratch: B::Scratch,
}

impl<B: Storage> Region<B> {
    pub(crate) fn new(buffer: B) -> Self {
        Self { memory: Memory::new(buffer), scratch: B::Scratch::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.memory.bytes().len()
    }

    /// The bytes of memory held, the scratch included.
    pub(crate) fn capacity(&self) -> usize {
        self.memory.capacity() + B::scratch_capacity(&self.scratch)
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

    /// The capacity doubles; of that, only a part is made ready for use at a time, since it may never
    /// be needed.
    #[cold]
    fn grow(&mut self, layout: &Layout, more: usize, limit: usize) -> bool {
        let before = self.len();
        let needed = layout.used().saturating_add(more);
        if !B::GROWS || needed > limit {
            return false;
        }
        let mut capacity = self.memory.capacity();
        if needed > capacity {
            capacity = needed.max(capacity.saturating_mul(2)).max(LEAST).min(limit);
            self.memory.set_capacity(capacity);
        }
        let after = needed.max(before + STEP.max(before / 8)).min(capacity).min(limit);
        self.memory.resize(after);
        self.memory.copy_within(before - layout.back..before, after - layout.back);
        true
    }

    /// Shrinks the region to `retain` bytes, or to what is in use, and empties the scratch.
    #[cold]
    pub(crate) fn shrink(&mut self, layout: &Layout, retain: usize) {
        B::clear_scratch(&mut self.scratch, retain);
        let (before, after) = (self.len(), layout.used().max(retain));
        if B::GROWS && after < self.memory.capacity() {
            if after < before {
                self.memory.copy_within(before - layout.back..before, after - layout.back);
                self.memory.resize(after);
            }
            self.memory.set_capacity(after);
        }
    }

    /// Appends to the data. There must be room, and no tail.
    #[inline(always)]
    pub(crate) fn push_front(&mut self, layout: &mut Layout, bytes: &[u8]) {
        debug_assert_eq!(layout.tail, 0);
        put(&mut self.memory, layout.front, bytes);
        layout.front += bytes.len();
    }

    /// The data, to be changed in place.
    pub(crate) fn front_mut(&mut self, layout: &Layout) -> &mut [u8] {
        self.memory.bytes_mut(0, layout.front).unwrap_or_default()
    }

    /// The same of a chunk that is a part of the data; what whoever wants to know of it has seen to be
    /// ASCII need not be read again.
    #[inline(always)]
    #[cfg_attr(
        not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))),
        allow(unused_variables)
    )]
    pub(crate) fn push_chunk<'c>(
        &mut self,
        layout: &mut Layout,
        chunk: &'c [u8],
        sight: &impl Sight<'c>,
    ) {
        #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
        if chunk.len() >= PIECE {
            if let Some(ascii) = sight.seen() {
                if self.memory.put_ascii(layout.front, ascii, 0..chunk.len()) {
                    layout.front += chunk.len();
                    return;
                }
            }
        }
        self.push_front(layout, chunk);
    }

    /// Appends the value of a data line, `JOINED` to those before it or as the first, if there is room as
    /// it is; says whether there was. There must be no tail.
    ///
    /// Lines are of all lengths, and to choose by length how to copy takes longer than to copy too
    /// much, where the chunk and the free space go on for long enough.
    #[inline(always)]
    pub(crate) fn push_line<const JOINED: bool>(
        &mut self,
        layout: &mut Layout,
        chunk: &[u8],
        value: Span,
    ) -> bool {
        debug_assert_eq!(layout.tail, 0);
        let (join, end) = (usize::from(JOINED), self.len() - layout.back);
        let free = self.memory.bytes_mut(layout.front, end);
        let room = free.and_then(|free| free.get_mut(..join + WIDE));
        let from = chunk.get(value.start..).and_then(|rest| rest.get(..WIDE));
        if let (true, Some(from), Some(room)) = (value.len() <= WIDE, from, room) {
            if JOINED {
                room[0] = JOIN;
            }
            room[join..].copy_from_slice(from);
            layout.front += join + value.len();
            return true;
        }
        self.push_line_alone::<JOINED>(layout, chunk, value)
    }

    /// The same, and no more is copied than the line.
    #[inline(never)]
    fn push_line_alone<const JOINED: bool>(
        &mut self,
        layout: &mut Layout,
        chunk: &[u8],
        value: Span,
    ) -> bool {
        let join: &[u8] = if JOINED { &[JOIN] } else { &[] };
        let has_room = self.has_room(layout, join.len() + value.len());
        if has_room {
            self.push_front(layout, join);
            self.push_front(layout, value.of(chunk));
        }
        has_room
    }

    /// Appends to the value in progress. There must be room.
    pub(crate) fn push_tail(&mut self, layout: &mut Layout, bytes: &[u8]) {
        put(&mut self.memory, layout.front + layout.tail, bytes);
        layout.tail += bytes.len();
    }

    /// Puts a value on the stack at the back. There must be room. What is empty is nowhere: a place there
    /// would outlive what is beside it.
    pub(crate) fn push_back(&mut self, layout: &mut Layout, bytes: &[u8]) -> Place {
        if bytes.is_empty() {
            return Place::EMPTY;
        }
        layout.back += bytes.len();
        let start = self.len() - layout.back;
        put(&mut self.memory, start, bytes);
        Place::Back { distance: layout.back, len: bytes.len() }
    }

    /// Moves the finished tail to the stack at the back, like [`Region::push_back`].
    #[inline(always)]
    pub(crate) fn tail_to_back(&mut self, layout: &mut Layout) -> Place {
        if layout.tail == 0 {
            return Place::EMPTY;
        }
        let tail = layout.front..layout.front + layout.tail;
        layout.back += layout.tail;
        let start = self.len() - layout.back;
        self.memory.copy_within(tail, start);
        let len = core::mem::take(&mut layout.tail);
        Place::Back { distance: layout.back, len }
    }

    /// Puts a value that [`Region::tail_to_back`] moved behind the data again.
    pub(crate) fn back_to_tail(&mut self, layout: &mut Layout, place: Place) {
        if let Place::Back { distance, len } = place {
            let start = self.len() - distance;
            self.memory.copy_within(start..start + len, layout.front);
            layout.tail = len;
        }
    }

    /// Moves the data and the tail down to the region's start.
    pub(crate) fn drop_floor(&mut self, layout: &mut Layout) {
        if layout.floor > 0 {
            self.memory.copy_within(layout.floor..layout.front + layout.tail, 0);
            layout.front -= layout.floor;
            layout.floor = 0;
        }
    }

    /// Packs the stack at the back so that it holds these places alone.
    pub(crate) fn pack<const N: usize>(&mut self, layout: &mut Layout, live: [&mut Place; N]) {
        let len = self.len();
        let mut live = live;
        live.sort_unstable_by_key(|place| match place {
            Place::Back { distance, .. } => *distance,
            _ => 0,
        });
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
                        let start = len - distance;
                        self.memory.copy_within(start..start + count, len - packed);
                    }
                }
                *place = Place::Back { distance: packed, len: count };
            }
        }
        layout.back = packed;
    }

    /// The bytes at a place.
    #[inline]
    pub(crate) fn bytes<'a>(&'a self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        bytes_at_place(self.memory.bytes(), place, chunk)
    }

    /// The same of a value that most often is empty.
    #[inline(always)]
    pub(crate) fn rare_bytes<'a>(&'a self, place: &Place, chunk: &'a [u8]) -> &'a [u8] {
        #[inline(never)]
        fn stored<'a>(memory: &'a [u8], place: &Place) -> &'a [u8] {
            bytes_at_place(memory, place, &[])
        }
        match *place {
            Place::Chunk(span) => span.of(chunk),
            _ => stored(self.memory.bytes(), place),
        }
    }

    /// The values of an event as text, those that are `known` as they are; see [`Region::texts`].
    #[inline(always)] // Most often all are known but data that were stored.
    pub(crate) fn event_texts<'a>(
        &'a mut self,
        (event_type, data, last_event_id): (&Place, &Place, &Place),
        known: (Option<&'a str>, Option<&'a str>, Option<&'a str>),
        chunk: &'a [u8],
    ) -> [&'a str; 3] {
        let Self { memory, scratch } = self;
        let text = |known: Option<&'a str>, place| known.or_else(|| text_at(memory, place, chunk));
        let stored_data = || match *data {
            Place::Front(data) => stored_text(memory, data),
            _ => text_at(memory, data, chunk),
        };
        if let (Some(event_type), Some(data), Some(last_event_id)) =
            (text(known.0, event_type), known.1.or_else(stored_data), text(known.2, last_event_id))
        {
            return [event_type, data, last_event_id];
        }
        let (values, known) = ([*event_type, *data, *last_event_id], [known.0, known.1, known.2]);
        texts(memory, scratch, &values, &known, chunk)
    }

    /// The values as text, those that are `known` as they are. What is malformed is replaced in the
    /// scratch, where there is one; elsewhere nothing may be malformed.
    pub(crate) fn texts<'a, const N: usize>(
        &'a mut self,
        values: &[Place; N],
        known: &[Option<&'a str>; N],
        chunk: &'a [u8],
    ) -> [&'a str; N] {
        let Self { memory, scratch } = self;
        texts(memory, scratch, values, known, chunk)
    }

    /// Empties the scratch.
    pub(crate) fn forget_text(&mut self) {
        B::clear_scratch(&mut self.scratch, usize::MAX);
    }

    /// The length of the replaced text in the scratch.
    pub(crate) fn text_len(&self) -> usize {
        B::scratch(&self.scratch).len()
    }

    /// The replaced text of the value at `place`, on fixed memory.
    ///
    /// It is made in the free space, of which `layout` is given less afterwards; there must be room, the
    /// value's own memory included where it is at the front.
    pub(crate) fn replace(&mut self, layout: &mut Layout, place: Place, chunk: &[u8]) -> Place {
        // The raw bytes go to the end of the free space and are decoded forward into its front.
        // A replacement is never shorter than what it replaces, so the writer does not overtake
        // the reader.
        let limit = self.len() - layout.back;
        let (start, raw) = match place {
            Place::Front(span) => (span.start, span),
            _ => (layout.front + layout.tail, Span::new(0, 0)),
        };
        let (len, memory) = (place.len(), &mut self.memory);
        let source = limit - len;
        match place {
            Place::Chunk(span) => put(memory, source, span.of(chunk)),
            Place::Back { distance, .. } => {
                let from = memory.bytes().len() - distance;
                memory.copy_within(from..from + len, source);
            }
            Place::Front(_) => memory.copy_within(raw.start..raw.end, source),
            Place::Text(_) => return place,
        }
        let free = memory.bytes_mut(start, limit).unwrap_or_default();
        let end = start + replace_within(free, source - start..limit - start, 0);
        layout.front = end;
        layout.tail = 0;
        Place::Text(Span::new(start, end))
    }
}

/// See [`Region::texts`].
#[inline(never)]
fn texts<'a, B: Storage, const N: usize>(
    memory: &'a Memory<B>,
    scratch: &'a mut B::Scratch,
    values: &[Place; N],
    known: &[Option<&'a str>; N],
    chunk: &'a [u8],
) -> [&'a str; N] {
    let bytes = |i: usize| Text::new(bytes_at_place(memory.bytes(), &values[i], chunk));
    let mut texts = *known;
    for (i, text) in texts.iter_mut().enumerate().filter(|(_, text)| text.is_none()) {
        *text = match values[i] {
            Place::Front(span) => stored_text(memory, span),
            _ => bytes(i).to_str(),
        };
    }
    if texts.contains(&None) {
        replace_missing::<B, N>(scratch, bytes, &mut texts);
    }
    texts.map(Option::unwrap_or_default)
}

/// A value as text, if it is that.
#[inline(never)]
fn text_at<'a, B: Storage>(
    memory: &'a Memory<B>,
    place: &Place,
    chunk: &'a [u8],
) -> Option<&'a str> {
    Text::new(bytes_at_place(memory.bytes(), place, chunk)).to_str()
}

/// Stored data as text, if they are that.
#[inline(always)]
fn stored_text<B: Storage>(memory: &Memory<B>, span: Span) -> Option<&str> {
    if span.len() >= LONG {
        return long_text(memory, span);
    }
    Text::new(span.of(memory.bytes())).to_str()
}

/// The same of long data: what of them is known to be ASCII is not read again.
#[inline(never)]
fn long_text<B: Storage>(memory: &Memory<B>, span: Span) -> Option<&str> {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    if let Some(text) = memory.ascii(span.start..span.end) {
        return Some(text);
    }
    Text::new(span.of(memory.bytes())).to_str()
}

/// Makes the texts that are missing in the scratch, each of its bytes.
#[cold]
fn replace_missing<'a, B: Storage, const N: usize>(
    scratch: &'a mut B::Scratch,
    bytes: impl Fn(usize) -> Text<'a>,
    texts: &mut [Option<&'a str>; N],
) {
    B::clear_scratch(scratch, usize::MAX);
    let mut spans = [Span::default(); N];
    for (i, span) in spans.iter_mut().enumerate().filter(|(i, _)| texts[*i].is_none()) {
        span.start = B::scratch(scratch).len();
        B::reserve_scratch(scratch, bytes(i).text_len());
        bytes(i).pieces().for_each(|piece| B::push_scratch(scratch, piece));
        span.end = B::scratch(scratch).len();
    }
    let scratch = B::scratch(scratch);
    for (text, span) in texts.iter_mut().zip(spans) {
        *text = text.or_else(|| Text::new(span.of(scratch)).to_str());
    }
}

/// The bytes at a place, in the memory or in the chunk.
#[inline(always)]
fn bytes_at_place<'a>(memory: &'a [u8], place: &Place, chunk: &'a [u8]) -> &'a [u8] {
    match *place {
        Place::Chunk(span) => span.of(chunk),
        Place::Front(span) | Place::Text(span) => span.of(memory),
        Place::Back { distance, len } => {
            let start = memory.len() - distance;
            Span::new(start, start + len).of(memory)
        }
    }
}

/// Copies `bytes` to `start`; where there is no room, which the charge rules out, nothing happens.
#[inline(always)]
fn put<B: Storage>(memory: &mut Memory<B>, start: usize, bytes: &[u8]) {
    let room = memory.bytes_mut(start, start + bytes.len());
    debug_assert!(room.is_some(), "the charge of a block covers what it stores");
    if let Some(room) = room {
        room.copy_from_slice(bytes);
    }
}

#[cfg(all(test, debug_assertions, feature = "alloc"))] // With the small steps.
mod tests {
    use super::{Layout, Region, Vec};

    /// What is stored stays where it is told to be while memory grows, which it does by doubling, of
    /// which no more is made ready than is soon needed; and it is given back.
    #[test]
    fn memory_doubles_but_is_made_ready_by_and_by() {
        const LIMIT: usize = 1_000;
        let (mut region, mut layout) = (Region::new(Vec::new()), Layout::EMPTY);
        assert!(region.reserve(&layout, 3, LIMIT));
        let place = region.push_back(&mut layout, b"id!");
        let (mut capacity, mut grown) = (region.capacity(), 0);
        while region.reserve(&layout, 7, LIMIT) {
            region.push_front(&mut layout, b"1234567");
            assert!(layout.used() <= region.len() && region.len() <= region.capacity());
            assert!(region.len() <= layout.used() + region.len() / 8 + 8);
            if region.capacity() != capacity {
                assert!(region.capacity() == LIMIT || region.capacity() >= 2 * capacity);
                (capacity, grown) = (region.capacity(), grown + 1);
            }
            assert_eq!(region.bytes(&place, &[]), b"id!");
        }
        assert!(layout.used() + 7 > LIMIT && capacity == LIMIT && grown <= 9);
        region.shrink(&layout, 0);
        assert_eq!(region.capacity(), layout.used());
        (layout.floor, layout.front) = (0, 7);
        region.shrink(&layout, 20);
        assert_eq!((region.len(), region.capacity()), (20, 20));
        assert_eq!(region.bytes(&place, &[]), b"id!");
        // Where more was made ready than is in use, and where less.
        assert!(region.reserve(&layout, 100, LIMIT) && region.reserve(&layout, 120, LIMIT));
        assert!(region.len() < 150 && region.capacity() >= 200);
        region.shrink(&layout, 180);
        assert_eq!(region.capacity(), 180);
        assert_eq!(region.bytes(&place, &[]), b"id!");
    }
}
