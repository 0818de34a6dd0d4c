//! Keeps values: in the current chunk, as spans, or in memory. It executes actions and knows no rule.
//!
//! - **A.** What stands whole in the chunk is kept as a span and copied only when it must be: data at
//!   the second data line, anything at the chunk's end.
//! - **B.** With a `Vec`, data are in memory of their own, which only grows; what else there is, and all of fixed
//!   memory, is one [`Region`].
//! - **C.** A value that the block does not have is `Place::EMPTY`.
//! - **D.** The last event ID as it was when the chunk was fed is kept until the chunk ends, unless memory is
//!   short.

use super::memory::Memory;
use crate::grammar::{Piece, Span, JOIN};
use crate::interpret::Join;
use crate::region::{Layout, Place, Storage};
use crate::text::Text;

/// Lines of up to this many bytes are copied with a fixed length. Small with a private `cfg`, so that tests have longer
/// lines.
const WIDE: usize = if cfg!(sse_wire_small) { 4 } else { 128 };

/// Data of at least this many bytes are given away with their memory. Small with a private `cfg`, so that tests do it.
#[cfg(feature = "alloc")]
pub(super) const LARGE: usize = if cfg!(sse_wire_small) { 4 } else { 4 << 10 };

/// Where the values of the present block are, and which part of the memory is in use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    /// Of the region. `front` is the length of the data, on fixed memory.
    layout: Layout,
    /// The length of the data, in memory of their own.
    front: usize,
    pub(super) data: Place,
    pub(super) event_type: Place,
    pub(super) id: Place,
    /// The comment that was found last, till it is passed.
    pub(super) comment: Place,
    /// The last event ID string.
    pub(super) last: Id,
    /// What it was when the chunk was fed; between two chunks, the last event ID.
    pub(super) kept: Id,
    /// The part of a value in the chunk whose line the chunk does not end.
    unfinished: Span,
    /// A value stands in the chunk and may have to be stored when the chunk ends.
    is_unsettled: bool,
}

/// A last event ID string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id {
    pub(super) place: Place,
    /// There was an ID, if only an empty one.
    pub(super) is_set: bool,
}

impl Id {
    const NONE: Self = Self { place: Place::EMPTY, is_set: false };

    #[inline(always)]
    pub(super) const fn len(&self) -> usize {
        self.place.len()
    }
}

/// The span of a value that is in the chunk and not empty.
#[inline(always)]
fn in_chunk(place: Place) -> Option<Span> {
    match place {
        Place::Chunk(span) if !span.is_empty() => Some(span),
        _ => None,
    }
}

/// Copies bytes. A single byte is copied without a call.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    match (to, from) {
        ([to], [from]) => *to = *from,
        (to, from) => to.copy_from_slice(from),
    }
}

impl Held {
    pub(super) const NOTHING: Self = Self {
        layout: Layout::EMPTY,
        front: 0,
        data: Place::EMPTY,
        event_type: Place::EMPTY,
        id: Place::EMPTY,
        comment: Place::EMPTY,
        last: Id::NONE,
        kept: Id::NONE,
        unfinished: Span::new(0, 0),
        is_unsettled: false,
    };

    /// The value of a block's `id` field is the last event ID from now on.
    #[inline(always)]
    pub(super) fn commit(&mut self, id: Place) {
        self.last = Id { place: id, is_set: true };
        self.is_unsettled = true;
    }

    /// The bytes of the region in use behind the data: values, and the one in progress.
    pub(super) const fn used_by_values(&self) -> usize {
        self.layout.back + self.layout.tail
    }

    /// Whether the back of the region has more in it than what is still needed.
    #[inline]
    fn is_loose(&self) -> bool {
        let stored = |place| if let Place::Back { len, .. } = place { len } else { 0 };
        let Self { layout, last, event_type, id, .. } = self;
        layout.back != 0 && layout.back != stored(last.place) + stored(*event_type) + stored(*id)
    }
}

/// Values, and where they are.
pub(super) struct Store<'s, B: Storage> {
    pub(super) memory: &'s mut Memory<B>,
    pub(super) held: &'s mut Held,
}

impl<B: Storage> Store<'_, B> {
    /// The length of the data that are stored.
    #[inline(always)]
    pub(super) fn front(&self) -> usize {
        if B::GROWS {
            self.held.front
        } else {
            self.held.layout.front
        }
    }

    #[inline(always)]
    fn set_front(&mut self, front: usize) {
        if B::GROWS {
            self.held.front = front;
        } else {
            self.held.layout.front = front;
        }
    }

    /// Appends the piece of a data line to the data.
    #[inline(always)]
    pub(super) fn put_data(&mut self, chunk: &[u8], piece: Piece, join: Join) {
        if join == Join::Yes {
            if in_chunk(self.held.data).is_some() {
                self.store_data(chunk);
            }
            self.append::<true>(chunk, piece.value);
        } else if piece.opens {
            debug_assert_eq!(self.front(), 0);
            self.held.data = Place::Chunk(piece.value);
            self.held.is_unsettled |= !piece.value.is_empty();
        } else {
            self.append_piece(chunk, piece.value);
        }
    }

    /// Appends more of a data line, or the first one. Most often there is room, and a copy is all there is to do.
    #[inline(always)]
    fn append_piece(&mut self, chunk: &[u8], value: Span) {
        let (front, bytes) = (self.front(), value.of(chunk));
        let Some(room) = self.free_data(front).get_mut(..bytes.len()) else {
            return self.append::<false>(chunk, value);
        };
        copy(room, bytes);
        let front = front + bytes.len();
        self.set_front(front);
        self.held.data = Place::Front(Span::new(0, front));
    }

    /// The data are moved from the chunk to memory.
    #[inline(never)]
    fn store_data(&mut self, chunk: &[u8]) {
        if let Some(value) = in_chunk(self.held.data) {
            self.append_piece(chunk, value);
        }
    }

    /// Appends a data line, after a LF if it is `JOINED`, or more of one. Makes room for it.
    #[inline(always)]
    fn append<const JOINED: bool>(&mut self, chunk: &[u8], value: Span) {
        let mut front = self.front();
        if !self.push_line::<JOINED>(&mut front, chunk, value) {
            self.make_room(chunk, value.len() + 1);
            let has_room = self.push_line::<JOINED>(&mut front, chunk, value);
            debug_assert!(has_room, "the charge of a block covers what it stores");
        }
        self.set_front(front);
        self.held.data = Place::Front(Span::new(0, front));
    }

    /// Appends a data line to the first `front` bytes of data, after a LF if it is `JOINED`. Returns `false`, and
    /// appends nothing, if the limit leaves no room. There must be no tail.
    ///
    /// `WIDE` bytes are copied where the chunk and the free space have them: a copy of a fixed length is faster than
    /// the exact one.
    #[inline(always)]
    pub(super) fn push_line<const JOINED: bool>(
        &mut self,
        front: &mut usize,
        chunk: &[u8],
        value: Span,
    ) -> bool {
        let join = usize::from(JOINED);
        let room = self.free_data(*front).get_mut(..join + WIDE);
        let from = chunk.get(value.start..).and_then(|rest| rest.get(..WIDE));
        if let (true, Some(from), Some(room)) = (value.len() <= WIDE, from, room) {
            if JOINED {
                room[0] = JOIN;
            }
            room[join..].copy_from_slice(from);
            *front += join + value.len();
            return true;
        }
        self.push_line_exactly::<JOINED>(front, value.of(chunk))
    }

    /// As [`push_line`](Self::push_line), but copies no byte beyond the line, and may let the memory grow.
    #[inline(never)]
    fn push_line_exactly<const JOINED: bool>(&mut self, front: &mut usize, value: &[u8]) -> bool {
        let (join, start) = (usize::from(JOINED), *front);
        let len = join + value.len();
        if self.free_data(start).len() < len
            && !self.memory.reserve_data(&self.held.layout, start, len)
        {
            return false;
        }
        let Some(room) = self.free_data(start).get_mut(..len) else { return false };
        if JOINED {
            room[0] = JOIN;
        }
        copy(&mut room[join..], value);
        *front += len;
        true
    }

    /// The room for data behind the first `front` bytes of them.
    #[inline(always)]
    fn free_data(&mut self, front: usize) -> &mut [u8] {
        if B::GROWS {
            self.memory.data.bytes_mut().get_mut(front..).unwrap_or_default()
        } else {
            self.memory.region.free_from(&self.held.layout, front)
        }
    }

    /// Appends a part of a value that takes effect at its line's end. Returns its place once it is complete.
    #[inline(always)]
    pub(super) fn put_value(
        &mut self,
        chunk: &[u8],
        value: Span,
        opens: bool,
        closes: bool,
    ) -> Option<Place> {
        match (opens, closes) {
            (true, true) => {
                self.held.is_unsettled |= !value.is_empty();
                Some(Place::Chunk(value))
            }
            (true, false) => {
                self.held.unfinished = value;
                self.held.is_unsettled |= !value.is_empty();
                None
            }
            (false, closes) => {
                self.push_tail(chunk, value);
                closes.then(|| self.memory.region.tail_to_back(&mut self.held.layout))
            }
        }
    }

    #[inline(never)]
    fn push_tail(&mut self, chunk: &[u8], value: Span) {
        self.reserve(chunk, value.len());
        self.memory.region.push_tail(&mut self.held.layout, value.of(chunk));
    }

    /// The value in progress comes to nothing.
    #[cold]
    pub(super) fn forget_value(&mut self) {
        (self.held.layout.tail, self.held.unfinished) = (0, Span::default());
    }

    /// Makes room in the region for `more` bytes. The charge of the block covers them.
    #[inline]
    fn reserve(&mut self, chunk: &[u8], more: usize) {
        if !self.memory.region.has_room(&self.held.layout, more) {
            self.make_room(chunk, more);
        }
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, chunk: &[u8], more: usize) {
        if self.grow_region(more) {
            return;
        }
        self.pack(chunk, &mut [Place::EMPTY; 3]);
        if B::GROWS && !self.grow_region(more) {
            self.memory.shrink_data(self.held.front, 0);
        }
        let has_room = self.grow_region(more);
        debug_assert!(has_room, "the charge of a block covers what it stores");
    }

    /// Makes room in the region beside what the data take; says whether there is.
    fn grow_region(&mut self, more: usize) -> bool {
        self.memory.has_grown = true;
        let most = self.memory.limit.saturating_sub(self.memory.data.capacity());
        self.memory.region.reserve(&self.held.layout, more, most)
    }

    /// Packs the back of the region so that it holds only the values that are still needed: those of the block, the
    /// last event ID, and those that are going to be `shown`. The last event ID of when the chunk was fed is lost.
    #[cold]
    #[inline(never)]
    fn pack(&mut self, chunk: &[u8], shown: &mut [Place; 3]) {
        let Held { last, event_type, id, comment, layout, .. } = &mut *self.held;
        let [first, second, third] = shown;
        let live = [&mut last.place, event_type, id, comment, first, second, third];
        self.memory.region.pack(layout, live);
        if let Some(value) = in_chunk(self.held.last.place) {
            if !self.grow_region(value.len()) {
                self.memory.shrink_data(self.held.front, 0);
                let has_room = self.grow_region(value.len());
                debug_assert!(has_room, "the last event ID is part of the charge");
            }
            let Self { memory, held } = self;
            held.last.place = memory.region.push_back(&mut held.layout, value.of(chunk));
        }
        self.held.kept = self.held.last;
    }

    /// Frees the memory of the block, and of what was found in it.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        let Held { layout, front, last, kept, .. } = &mut *self.held;
        *front = 0;
        *layout = Layout { back: last.place.depth().max(kept.place.depth()), ..Layout::EMPTY };
        let Held { data, event_type, id, comment, unfinished, .. } = &mut *self.held;
        (*data, *event_type, *id, *comment) =
            (Place::EMPTY, Place::EMPTY, Place::EMPTY, Place::EMPTY);
        *unfinished = Span::default();
    }

    /// Whether it takes less to give the data away with their memory than to copy them: they were assembled, are large,
    /// and fill at least half of it.
    #[cfg(feature = "alloc")]
    pub(super) fn are_data_worth_taking(&self) -> bool {
        let Place::Front(data) = self.held.data else { return false };
        B::GROWS && data.len() >= LARGE && 2 * data.len() >= self.memory.data.capacity()
    }

    /// The data, if they are in memory of their own: what is shown of them is gone with it.
    #[cfg(feature = "alloc")]
    #[cold]
    pub(super) fn take_data(&mut self) -> Option<alloc::vec::Vec<u8>> {
        let Place::Front(Span { start: 0, end }) = self.held.data else { return None };
        let mut taken = self.memory.data.take()?;
        taken.truncate(end);
        (self.held.data, self.held.front) = (Place::EMPTY, 0);
        self.memory.has_grown = true;
        Some(taken)
    }

    /// Frees the memory of the comment that was found.
    pub(super) fn clear_comment(&mut self) {
        let Held { comment, layout, last, kept, event_type, id, .. } = &mut *self.held;
        *comment = Place::EMPTY;
        let places = [last.place, kept.place, *event_type, *id];
        layout.back = places.iter().fold(0, |depth, place| depth.max(place.depth()));
    }

    /// The chunk is gone, and nothing of it was stored: the last event ID is what it was before.
    pub(super) fn lose_chunk(&mut self) {
        self.held.last = self.held.kept;
        self.held.is_unsettled = false;
        self.clear();
    }

    /// Stores what stands in the chunk and is still needed.
    #[inline(always)]
    pub(super) fn settle(&mut self, chunk: &[u8]) {
        if self.held.is_unsettled {
            self.settle_now(chunk);
        }
    }

    #[inline(never)]
    fn settle_now(&mut self, chunk: &[u8]) {
        self.held.is_unsettled = false;
        self.held.kept = self.held.last;
        if in_chunk(self.held.last.place).is_some() || self.held.is_loose() {
            self.pack(chunk, &mut [Place::EMPTY; 3]);
        }
        self.store_data(chunk);
        let unfinished = core::mem::take(&mut self.held.unfinished);
        if !unfinished.is_empty() {
            self.push_tail(chunk, unfinished);
        }
        if let Some(value) = in_chunk(self.held.event_type) {
            self.held.event_type = self.push_back(chunk, value);
        }
        if let Some(value) = in_chunk(self.held.id) {
            self.held.id = self.push_back(chunk, value);
        }
    }

    #[inline(never)]
    fn push_back(&mut self, chunk: &[u8], value: Span) -> Place {
        self.reserve(chunk, value.len());
        self.memory.region.push_back(&mut self.held.layout, value.of(chunk))
    }

    /// Sets the last event ID, between two chunks. There must be room.
    pub(super) fn set_last_event_id(&mut self, id: &[u8]) {
        self.held.last = Id { place: Place::EMPTY, is_set: true };
        self.pack(&[], &mut [Place::EMPTY; 3]);
        self.reserve(&[], id.len());
        self.held.last.place = self.memory.region.push_back(&mut self.held.layout, id);
        self.held.kept = self.held.last;
    }

    /// Gives back memory above `retain` bytes that is not in use.
    #[cold]
    pub(super) fn give_back(&mut self, retain: usize) {
        if !B::GROWS || self.memory.capacity() <= retain {
            return;
        }
        self.pack(&[], &mut [Place::EMPTY; 3]);
        let Self { memory, held } = self;
        memory.clear_scratch(retain);
        memory.region.shrink(&held.layout, 0);
        memory.shrink_data(held.front, retain.saturating_sub(memory.region.capacity()));
    }

    /// The current block is one that was found whole in the chunk.
    pub(super) fn adopt(&mut self, event_type: Place, data: Place, id: Place) {
        if let Place::Front(span) = data {
            self.set_front(span.end);
        }
        (self.held.event_type, self.held.data, self.held.id) = (event_type, data, id);
        self.held.is_unsettled = true;
    }

    /// Makes text of the values that are malformed, on fixed memory, in the free space. There must be room.
    #[cold]
    #[inline(never)]
    pub(super) fn replace(&mut self, places: &mut [Place; 3], chunk: &[u8]) {
        let memory = &*self.memory;
        let more = places.iter().map(|place| (place, Text::new(memory.bytes(place, chunk))));
        let more =
            more.filter(|(_, text)| text.valid().is_none()).map(|(place, text)| match place {
                Place::Front(span) => text.text_len() - span.len(),
                _ => text.text_len(),
            });
        let more: usize = more.sum();
        let front = places.iter().fold(self.front(), |front, place| match place {
            Place::Front(span) => front.max(span.end),
            _ => front,
        });
        if more > self.memory.len() - front - self.held.used_by_values() {
            self.pack(chunk, places);
        }
        let Self { memory, held } = self;
        let mut layout = Layout { front, ..held.layout };
        // The data first: it is replaced in place, before anything is put behind it.
        for in_place in [true, false] {
            for place in places.iter_mut() {
                let is_front = matches!(place, Place::Front(_));
                let text = Text::new(memory.region.bytes(place, chunk));
                if is_front == in_place && text.valid().is_none() {
                    *place = memory.region.replace(&mut layout, *place, chunk);
                }
            }
        }
    }
}
