//! How a cursor uses the decoder's memory: what has to be stored, when, and what is given back.

use super::cursor::Outcome;
use super::region::{Buffer, Layout, Place};
use super::state::State;
use super::Decoder;
use crate::grammar::Span;
use crate::interpret::Join;

/// So many events in a row that each use less than a quarter of the memory give it back.
const CALM: u8 = 16;

impl<B: Buffer> Decoder<B> {
    /// Executes [`Target::Data`](crate::interpret::Target::Data) where the data is not all in the chunk.
    #[inline(never)]
    pub(super) fn append_data(&mut self, chunk: &[u8], value: Span, join: Join) {
        if self.cursor.stale {
            self.free_block();
        }
        let in_chunk = in_chunk(self.state.data).unwrap_or_default();
        self.reserve(chunk, in_chunk.len() + value.len() + usize::from(join == Join::Yes));
        let State { layout, data, .. } = &mut self.state;
        if matches!(data, Place::Chunk(_)) {
            self.region.push_front(layout, in_chunk.of(chunk));
        }
        match join {
            Join::Yes => {
                let is_stored = self.region.push_line::<true>(layout, chunk, value);
                debug_assert!(is_stored);
            }
            Join::No => self.region.push_front(layout, value.of(chunk)),
        }
        *data = Place::Front(Span::new(layout.floor, layout.front));
    }

    /// Moves the data of the block from the chunk to the region, with room for `more` bytes.
    #[inline(never)]
    fn store_data(&mut self, chunk: &[u8], more: usize) {
        if let Place::Chunk(span) = self.state.data {
            self.reserve(chunk, span.len() + more);
            let State { layout, .. } = &mut self.state;
            self.region.push_front(layout, span.of(chunk));
            self.state.data = Place::Front(Span::new(layout.floor, layout.front));
        } else {
            self.reserve(chunk, more);
        }
    }

    /// Puts more of the value in progress, which an earlier chunk began, behind what there is of it.
    #[inline]
    pub(super) fn put_tail(&mut self, chunk: &[u8], value: Span) {
        self.reserve(chunk, value.len());
        self.region.push_tail(&mut self.state.layout, value.of(chunk));
    }

    /// Moves the value in progress, which an earlier chunk began, to the back. Data may then
    /// overwrite what the decoder itself still has of it behind its own data.
    #[inline(always)] // What it gives stays in registers.
    pub(super) fn tail_to_back(&mut self) -> Place {
        let layout = &mut self.state.layout;
        let place = self.region.tail_to_back(layout);
        let Layout { front, tail: len, .. } = self.saved.layout();
        self.moved_tail = Some(Place::Back { distance: layout.back, len });
        (self.cursor.front_floor, self.cursor.back_floor) = (front, layout.back);
        place
    }

    /// The value in progress comes to nothing.
    #[cold]
    pub(super) fn forget_value(&mut self) {
        if self.state.layout.tail > 0 {
            self.tail_to_back();
        }
        self.cursor.unfinished = Span::default();
    }

    /// Makes room for `more` bytes; the charge of the block says that it can be had.
    #[inline]
    pub(super) fn reserve(&mut self, chunk: &[u8], more: usize) {
        if !self.region.reserve(&self.state.layout, more, self.limit) {
            self.reclaim(chunk);
            let fits = self.region.reserve(&self.state.layout, more, self.limit);
            debug_assert!(fits, "the charge of a block covers what it stores");
        }
    }

    /// Takes back all memory that is not the block's own, also what was kept for the case that
    /// this cursor is forgotten. From here on that case costs the decoder its pending block.
    #[cold]
    pub(super) fn reclaim(&mut self, chunk: &[u8]) {
        self.reclaim_beside(chunk, &mut { Place::EMPTY });
    }

    /// The same; what is `beside` stays as well.
    pub(super) fn reclaim_beside(&mut self, chunk: &[u8], beside: &mut Place) {
        self.region.drop_floor(&mut self.state.layout);
        if let Place::Front(span) = &mut self.state.data {
            *span = Span::new(0, self.state.layout.front);
        }
        self.state.pack_beside(&mut self.region, beside);
        let fits = self.store_last_event_id(chunk);
        debug_assert!(fits, "the last event ID is part of the charge");
        (self.cursor.front_floor, self.cursor.back_floor) = (0, 0);
        if !self.cursor.settled {
            self.saved.lose_block(&self.state);
            self.moved_tail = None;
            // The last event ID is the decoder's as well, until memory is taken back again.
            self.cursor.back_floor = self.state.last_event_id.depth();
        }
    }

    /// Behind a blank line.
    #[inline(always)]
    pub(super) fn clear_block(&mut self) {
        self.cursor.done = false;
        self.state.interpreter.begin_block(self.state.last_event_id.len());
        self.state.forget_others();
        self.free_block();
    }

    /// Frees the memory of the block.
    #[inline(always)]
    pub(super) fn free_block(&mut self) {
        self.cursor.stale = false;
        let state = &mut self.state;
        state.layout = Layout {
            floor: self.cursor.front_floor,
            front: self.cursor.front_floor,
            tail: 0,
            back: state.last_event_id.depth().max(self.cursor.back_floor),
        };
    }

    /// Ends the cursor: what the block has in the chunk is stored.
    #[inline(always)]
    pub(super) fn settle(&mut self, chunk: &[u8]) {
        if !(self.cursor.settled | self.cursor.fresh) {
            self.settle_now(chunk);
        }
    }

    #[inline(never)]
    fn settle_now(&mut self, chunk: &[u8]) {
        if self.cursor.done {
            self.clear_block();
        }
        self.settle_read(chunk);
    }

    /// The same where no block is to be cleared.
    #[inline(always)]
    pub(super) fn settle_read(&mut self, chunk: &[u8]) {
        self.settle_as_is(chunk, true);
        self.give_calm_back();
    }

    /// Gives back memory that events have not needed for a while.
    #[inline(always)]
    fn give_calm_back(&mut self) {
        if self.state.calm >= CALM {
            self.state.calm = 0;
            self.region.shrink(&self.state.layout, self.config.retain);
        }
    }

    /// Ends the cursor behind its first item; returns the state that tells the item's values,
    /// which stay where they are.
    pub(super) fn settle_behind_item(&mut self, chunk: &[u8], outcome: Option<Outcome>) -> State {
        if !self.cursor.settled {
            let clean = matches!(outcome, Some(Outcome::Retry | Outcome::Dropped));
            self.settle_as_is(chunk, clean);
        }
        let shown = self.state;
        if self.cursor.done {
            (self.cursor.front_floor, self.cursor.back_floor) = (0, 0);
            self.clear_block();
        }
        shown
    }

    #[inline(always)]
    fn settle_as_is(&mut self, chunk: &[u8], clean: bool) {
        if self.cursor.stale {
            self.free_block();
        }
        let State { interpreter, layout, last_event_id, .. } = &self.state;
        let idle = !interpreter.is_open() & self.cursor.unfinished.is_empty() & (layout.floor == 0);
        if !idle | in_chunk(*last_event_id).is_some() {
            self.store(chunk, clean);
        }
        self.pass_chunk();
    }

    /// The cursor is settled: what is needed of the chunk is stored.
    #[inline(always)]
    fn pass_chunk(&mut self) {
        let Self { state, cursor, .. } = self;
        (cursor.settled, cursor.halted) = (true, true);
        state.offset = state.offset_of(cursor.scan.pos);
        self.borrowed = false;
    }

    /// Settles the cursor if the data of the block and the value in progress are in the chunk, its type is
    /// there or stored, and there is no ID to keep; says whether it did.
    ///
    /// The fast path: does what [`Decoder::settle`] would do.
    #[inline(always)]
    pub(super) fn settle_new_block(&mut self, chunk: &[u8]) -> bool {
        let Self { state, cursor, region, .. } = self;
        let State { interpreter, data, event_type, last_event_id, layout, .. } = state;
        let place = |has, place| if has { place } else { Place::EMPTY };
        let Place::Chunk(value) = place(interpreter.has_data(), *data) else { return false };
        let name = place(interpreter.has_type(), *event_type);
        // Beside a type that is stored nothing is.
        let is_alone = match name {
            Place::Chunk(_) => true,
            name => layout.back == name.len(),
        };
        let others = interpreter.has_id() | (last_event_id.len() > 0) | (layout.tail > 0);
        let len = value.len() + name.len() + cursor.unfinished.len();
        if others | !is_alone | (len > region.len()) {
            return false;
        }
        (layout.floor, layout.front, layout.back) = (0, 0, 0);
        match name {
            Place::Chunk(name) if name.is_empty() => *event_type = Place::EMPTY,
            Place::Chunk(name) => *event_type = region.push_back(layout, name.of(chunk)),
            name => layout.back = name.len(),
        }
        cursor.stale = false;
        if value.is_empty() {
            *data = Place::EMPTY;
        } else {
            region.push_front(layout, value.of(chunk));
            *data = Place::Front(Span::new(0, layout.front));
        }
        if !cursor.unfinished.is_empty() {
            region.push_tail(layout, cursor.unfinished.of(chunk));
        }
        self.state.id = Place::EMPTY;
        self.pass_chunk();
        self.give_calm_back();
        true
    }

    /// Stores in the region what stands in the chunk and is still needed.
    #[inline(never)]
    fn store(&mut self, chunk: &[u8], clean: bool) {
        // A value whose line ends in a later chunk has its flag before it has its place.
        self.state.forget_others();
        if !self.cursor.done {
            if clean && self.state.sweep() {
                self.reclaim(chunk);
            }
            if self.state.interpreter.has_data() & in_chunk(self.state.data).is_some() {
                self.store_data(chunk, 0);
            }
            if !self.cursor.unfinished.is_empty() {
                self.put_tail(chunk, self.cursor.unfinished);
                self.cursor.unfinished = Span::default();
            }
            if let Some(value) = in_chunk(self.state.event_type) {
                self.state.event_type = self.put_back(chunk, value);
            }
            if let Some(value) = in_chunk(self.state.id) {
                self.state.id = self.put_back(chunk, value);
            }
        }
        if !self.store_last_event_id(chunk) {
            // Stores it as well.
            self.reclaim(chunk);
        }
    }

    #[inline(never)]
    fn put_back(&mut self, chunk: &[u8], value: Span) -> Place {
        self.reserve(chunk, value.len());
        self.region.push_back(&mut self.state.layout, value.of(chunk))
    }

    /// Stores the last event ID if it stands in the chunk; says whether there was room.
    fn store_last_event_id(&mut self, chunk: &[u8]) -> bool {
        let layout = &mut self.state.layout;
        match self.state.last_event_id {
            Place::Chunk(span) if !span.is_empty() => {
                if !self.region.reserve(layout, span.len(), self.limit) {
                    return false;
                }
                self.state.last_event_id = self.region.push_back(layout, span.of(chunk));
            }
            _ => {}
        }
        true
    }

    /// Counts an event that used little of much memory.
    #[cold]
    pub(super) fn weigh(&mut self) {
        let Layout { floor, front, back, .. } = self.state.layout;
        let used = (front - floor + back).max(self.region.text_len());
        // The text of the event before must not count again.
        self.region.forget_text();
        let calm = used < self.region.capacity() / 4;
        self.state.calm = if calm { self.state.calm.saturating_add(1) } else { 0 };
    }
}

/// What there is to store; what is empty is nowhere.
#[inline(always)]
fn in_chunk(place: Place) -> Option<Span> {
    match place {
        Place::Chunk(span) if !span.is_empty() => Some(span),
        _ => None,
    }
}
