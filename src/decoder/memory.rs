//! How a cursor uses the decoder's memory: what has to be stored, when, and what is given back.

use super::cursor::{Cursor, Outcome};
use super::region::{Buffer, Layout, Place};
use super::state::State;
use super::Decoder;
use crate::grammar::{Span, JOIN};
use crate::interpret::{Interpreter, Join};

/// So many events in a row that each use less than a quarter of the memory give it back.
const CALM: u8 = 16;

/// Counts an event that used little of much memory.
#[cold]
pub(super) fn weigh<B: Buffer>(decoder: &mut Decoder<B>) {
    let Layout { floor, front, back, .. } = decoder.state.layout;
    let used = (front - floor + back).max(decoder.region.text_len());
    // The text of the event before must not count again.
    decoder.region.begin_text();
    let calm = used < decoder.region.capacity() / 4;
    decoder.state.calm = if calm { decoder.state.calm.saturating_add(1) } else { 0 };
}

impl Cursor {
    #[inline]
    pub(super) fn append_data<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        value: Span,
        join: Join,
    ) {
        let joined = join == Join::Yes;
        if !matches!(decoder.state.data, Place::Front(_))
            || !decoder.region.has_room(&decoder.state.layout, value.len() + 1)
        {
            self.store_data(decoder, chunk, value.len() + usize::from(joined));
        }
        let layout = &mut decoder.state.layout;
        if joined {
            decoder.region.push_front(layout, &[JOIN]);
        }
        decoder.region.push_front(layout, value.of(chunk));
        decoder.state.data = Place::Front(Span::new(layout.floor, layout.front));
    }

    /// Moves the data of the block from the chunk to the region, with room for `more` bytes.
    #[inline(never)]
    fn store_data<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], more: usize) {
        if let Place::Chunk(span) = decoder.state.data {
            self.reserve(decoder, chunk, span.len() + more);
            let State { layout, .. } = &mut decoder.state;
            decoder.region.push_front(layout, span.of(chunk));
            decoder.state.data = Place::Front(Span::new(layout.floor, layout.front));
        } else {
            self.reserve(decoder, chunk, more);
        }
    }

    /// Moves the value in progress, which an earlier chunk began, to the back. Data may then
    /// overwrite what the decoder itself still has of it behind its own data.
    pub(super) fn tail_to_back<B: Buffer>(&mut self, decoder: &mut Decoder<B>) -> Place {
        let layout = &mut decoder.state.layout;
        let place = decoder.region.tail_to_back(layout);
        let Layout { front, tail: len, .. } = decoder.saved.layout;
        decoder.moved_tail = Some(Place::Back { distance: layout.back, len });
        (self.front_floor, self.back_floor) = (front, layout.back);
        place
    }

    /// The value in progress comes to nothing.
    #[cold]
    pub(super) fn forget_value<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        if decoder.state.layout.tail > 0 {
            self.tail_to_back(decoder);
        }
        self.unfinished = Span::default();
    }

    /// Makes room for `more` bytes; the charge of the block says that it can be had.
    #[inline]
    pub(super) fn reserve<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        more: usize,
    ) {
        if !decoder.region.reserve(&decoder.state.layout, more, decoder.limit) {
            self.reclaim(decoder, chunk);
            let fits = decoder.region.reserve(&decoder.state.layout, more, decoder.limit);
            debug_assert!(fits, "the charge of a block covers what it stores");
        }
    }

    /// Takes back all memory that is not the block's own, also what was kept for the case that
    /// this cursor is forgotten. From here on that case costs the decoder its pending block.
    #[cold]
    pub(super) fn reclaim<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8]) {
        self.reclaim_beside(decoder, chunk, &mut { Place::EMPTY });
    }

    /// The same; what is `beside` stays as well.
    pub(super) fn reclaim_beside<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        beside: &mut Place,
    ) {
        decoder.region.drop_floor(&mut decoder.state.layout);
        if let Place::Front(span) = &mut decoder.state.data {
            *span = Span::new(0, decoder.state.layout.front);
        }
        decoder.state.pack_beside(&mut decoder.region, beside);
        let fits = store_last_event_id(decoder, chunk);
        debug_assert!(fits, "the last event ID is part of the charge");
        (self.front_floor, self.back_floor) = (0, 0);
        if !self.settled {
            decoder.saved.lose_block(&decoder.state);
            decoder.moved_tail = None;
            // The last event ID is the decoder's as well, until memory is taken back again.
            self.back_floor = decoder.state.last_event_id.depth();
        }
    }

    /// Behind a blank line.
    #[inline(always)]
    pub(super) fn clear_block<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        self.done = false;
        decoder.state.interpreter.begin_block(decoder.state.last_event_id.len());
        self.free_block(decoder);
    }

    /// Frees the memory of the block.
    #[inline(always)]
    pub(super) fn free_block<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        let state = &mut decoder.state;
        // What they were is not to be taken for the next block's.
        (state.event_type, state.id) = (Place::EMPTY, Place::EMPTY);
        state.layout = Layout {
            floor: self.front_floor,
            front: self.front_floor,
            tail: 0,
            back: state.last_event_id.depth().max(self.back_floor),
        };
    }

    /// Ends the cursor: what the block has in the chunk is stored.
    #[inline]
    pub(super) fn settle<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8]) {
        if self.settled | self.fresh {
            return;
        }
        if self.done {
            self.clear_block(decoder);
        }
        self.settle_as_is(decoder, chunk, true);
        if decoder.state.calm >= CALM {
            decoder.state.calm = 0;
            decoder.region.shrink(&decoder.state.layout, decoder.config.retain);
        }
    }

    /// Ends the cursor behind its first item; returns the state that tells the item's values,
    /// which stay where they are.
    pub(super) fn settle_behind_item<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        outcome: Option<Outcome>,
    ) -> State {
        if !self.settled {
            let clean = matches!(outcome, Some(Outcome::Retry | Outcome::Dropped));
            self.settle_as_is(decoder, chunk, clean);
        }
        let shown = decoder.state;
        if self.done {
            (self.front_floor, self.back_floor) = (0, 0);
            self.clear_block(decoder);
        }
        shown
    }

    #[inline]
    fn settle_as_is<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], clean: bool) {
        self.settled = true;
        self.halted = true;
        let State { interpreter, layout, last_event_id, .. } = &decoder.state;
        let idle = !interpreter.open & self.unfinished.is_empty() & (layout.floor == 0);
        if !idle | in_chunk(*last_event_id) {
            self.settle_block(decoder, chunk, clean);
        }
        decoder.state.offset = decoder.state.offset_of(self.scan.pos);
        decoder.borrowed = false;
    }

    #[inline(never)]
    fn settle_block<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], clean: bool) {
        // A value whose line ends in a later chunk has its flag before it has its place.
        let Interpreter { has_data, has_type, has_id, .. } = decoder.state.interpreter;
        if !has_type {
            decoder.state.event_type = Place::EMPTY;
        }
        if !has_id {
            decoder.state.id = Place::EMPTY;
        }
        let State { layout, data, event_type, id, last_event_id, .. } = &decoder.state;
        if (has_data && !self.done && in_chunk(*data))
            | in_chunk(*event_type)
            | in_chunk(*id)
            | in_chunk(*last_event_id)
            | !self.unfinished.is_empty()
            | (layout.floor > 0)
        {
            self.store(decoder, chunk, clean);
        }
    }

    /// Stores in the region what stands in the chunk and is still needed.
    #[cold]
    #[inline(never)]
    fn store<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], clean: bool) {
        let Interpreter { has_data, has_type, has_id, .. } = decoder.state.interpreter;
        if !self.done {
            if clean && (decoder.state.layout.floor > 0 || decoder.state.is_littered()) {
                self.reclaim(decoder, chunk);
            }
            if has_data {
                self.store_data(decoder, chunk, 0);
            }
            if !self.unfinished.is_empty() {
                self.reserve(decoder, chunk, self.unfinished.len());
                let value = self.unfinished.of(chunk);
                decoder.region.push_tail(&mut decoder.state.layout, value);
                self.unfinished = Span::default();
            }
            if has_type {
                decoder.state.event_type =
                    self.store_back(decoder, chunk, decoder.state.event_type);
            }
            if has_id {
                decoder.state.id = self.store_back(decoder, chunk, decoder.state.id);
            }
        }
        if !store_last_event_id(decoder, chunk) {
            // Stores it as well.
            self.reclaim(decoder, chunk);
        }
    }

    fn store_back<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        place: Place,
    ) -> Place {
        let Place::Chunk(span) = place else { return place };
        if span.is_empty() {
            return Place::EMPTY;
        }
        self.reserve(decoder, chunk, span.len());
        decoder.region.push_back(&mut decoder.state.layout, span.of(chunk))
    }
}

/// Whether there is something to store; what is empty is nowhere.
#[inline(always)]
fn in_chunk(place: Place) -> bool {
    matches!(place, Place::Chunk(span) if !span.is_empty())
}

/// Stores the last event ID if it stands in the chunk; says whether there was room.
fn store_last_event_id<B: Buffer>(decoder: &mut Decoder<B>, chunk: &[u8]) -> bool {
    let layout = &mut decoder.state.layout;
    match decoder.state.last_event_id {
        Place::Chunk(span) if !span.is_empty() => {
            if !decoder.region.reserve(layout, span.len(), decoder.limit) {
                return false;
            }
            decoder.state.last_event_id = decoder.region.push_back(layout, span.of(chunk));
        }
        _ => {}
    }
    true
}
