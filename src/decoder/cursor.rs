//! The cursor over one chunk: executes the actions of the interpretation on a decoder's memory.
//!
//! Rules of this module:
//!
//! - **A.** A cursor works on a copy of the decoder's state and writes it back once, when it ends.
//!   Until then the decoder stays as it was before the chunk.
//! - **B.** What stands whole in the chunk is told by its span and copied only when it must be:
//!   data at the second data line, anything at the chunk's end.
//! - **C.** One item a call; nothing is queued. The memory of an item is in use until the next
//!   call, its block is cleared at the start of that.

use super::config::{Overflow, TextPolicy};
use super::region::{Buffer, Layout, Place, Region};
use super::text::{Text, Window};
use super::Decoder;
use crate::event::MESSAGE;
use crate::grammar::{Lexer, Line, Piece, Scan, Span, Whole, JOIN};
use crate::interpret::{seen, Action, Interpreter, Join, Target};
use crate::{Block, Dropped, Event, Item, Reason, Subject};
use core::time::Duration;

/// So many events in a row that each use less than a quarter of the memory give it back.
const CALM: u8 = 16;

/// What a decoder knows between two chunks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) lexer: Lexer,
    pub(crate) interpreter: Interpreter,
    pub(crate) layout: Layout,
    /// The values of the block; `Chunk` only while a cursor stands in that chunk.
    pub(crate) data: Place,
    pub(crate) event_type: Place,
    id: Place,
    /// The last event ID string.
    pub(crate) last_event_id: Place,
    /// The stream offset of the next byte; in a cursor, that of the chunk's first byte.
    pub(crate) offset: u64,
    /// Where the block or the line that is not finished began.
    pub(crate) pending_since: u64,
    pub(crate) events: u64,
    pub(crate) dropped: u64,
    pub(crate) reconnection_time: Option<u64>,
    /// Where the stream was when its activity was asked for last.
    pub(crate) activity_offset: u64,
    /// The value in progress when the chunk was fed, if a cursor moved it to the back.
    moved_tail: Option<Place>,
    /// How many events in a row used less than a quarter of the memory.
    calm: u8,
    pub(crate) stopped: bool,
    /// The block that was pending is gone: a cursor was forgotten after it reused its memory.
    leaked: bool,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self {
            lexer: Lexer::new(),
            interpreter: Interpreter::new(0),
            layout: Layout::EMPTY,
            data: Place::EMPTY,
            event_type: Place::EMPTY,
            id: Place::EMPTY,
            last_event_id: Place::EMPTY,
            offset: 0,
            pending_since: 0,
            events: 0,
            dropped: 0,
            reconnection_time: None,
            activity_offset: 0,
            moved_tail: None,
            calm: 0,
            stopped: false,
            leaked: false,
        }
    }

    /// At the start of a stream, the last event ID and the reconnection time kept.
    pub(crate) fn restarted(&self) -> Self {
        let mut state = Self::new();
        state.interpreter = Interpreter::new(self.last_event_id.len());
        state.last_event_id = self.last_event_id;
        state.layout.back = self.layout.back;
        state.reconnection_time = self.reconnection_time;
        state
    }

    /// Whether the last byte ended a line and no field line came since the last blank line.
    pub(crate) fn at_boundary(&self) -> bool {
        self.lexer.at_line_start() && !self.interpreter.open
    }

    /// Makes the region ready for a chunk: after a forgotten cursor the value in progress is put
    /// behind the data again; between two blocks the back is packed.
    #[inline]
    pub(crate) fn tidy<B: Buffer>(&mut self, region: &mut Region<B>) {
        if let Some(place) = self.moved_tail.take() {
            region.back_to_tail(&mut self.layout, place);
        }
        if !self.interpreter.open && self.layout.back != self.last_event_id.len() {
            self.pack(region);
        }
    }

    fn drop_block(&mut self) {
        self.interpreter.drop_block(self.last_event_id.len());
    }

    /// The memory of the pending block is taken by the cursor whose state is `cursor`.
    fn lose_block(&mut self, cursor: &Self) {
        let Interpreter { has_data, has_type, has_id, open, .. } = self.interpreter;
        self.leaked = has_data | has_type | has_id | (self.layout.tail > 0);
        self.last_event_id = cursor.last_event_id;
        self.layout = Layout { floor: 0, front: 0, tail: 0, back: cursor.layout.back };
        self.moved_tail = None;
        self.interpreter.begin_block(self.last_event_id.len());
        self.interpreter.open = open;
        if self.leaked {
            self.drop_block();
            self.interpreter.drop_comment();
        }
    }

    /// Packs the back of the region so that it holds the values of the block and the last event
    /// ID, and nothing else.
    pub(crate) fn pack<B: Buffer>(&mut self, region: &mut Region<B>) {
        if !self.interpreter.has_type {
            self.event_type = Place::EMPTY;
        }
        if !self.interpreter.has_id {
            self.id = Place::EMPTY;
        }
        let live = [&mut self.last_event_id, &mut self.event_type, &mut self.id];
        region.pack(&mut self.layout, live);
    }

    /// Whether the back of the region holds more than it has to.
    fn is_littered(&self) -> bool {
        let live = |place| if let Place::Back { len, .. } = place { len } else { 0 };
        let Interpreter { has_type, has_id, .. } = self.interpreter;
        let event_type = if has_type { live(self.event_type) } else { 0 };
        let id = if has_id && self.id != self.last_event_id { live(self.id) } else { 0 };
        self.layout.back != live(self.last_event_id) + event_type + id
    }
}

/// What a cursor found. The values are told by the cursor: this is passed on for each event, and
/// must stay small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Event,
    Block,
    /// The comment at [`Cursor::comment`].
    Comment,
    /// The reconnection time of the state.
    Retry,
    /// What [`Cursor::dropped`] says.
    Dropped,
}

/// What came of a piece.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Nothing to hand out.
    Next,
    Found(Outcome),
    /// The chunk is read.
    End,
}

/// The cursor, without the chunk and the decoder: these come with each call.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(crate) state: State,
    scan: Scan,
    /// The grammar before a piece that does not start a line.
    before: Lexer,
    /// What the chunk has of a value that is not finished when the chunk ends.
    unfinished: Span,
    /// How much of the region's front and back is the decoder's own until the cursor ends.
    front_floor: usize,
    back_floor: usize,
    /// The comment that was found last.
    comment: Place,
    /// What was dropped last.
    pub(crate) dropped: Dropped,
    /// The memory is above the retain mark.
    large: bool,
    /// The block at hand was handed out, and is to be cleared.
    done: bool,
    settled: bool,
}

impl Cursor {
    #[inline]
    pub(crate) fn new<B: Buffer>(decoder: &Decoder<B>) -> Self {
        let state = &decoder.state;
        Self {
            comment: Place::EMPTY,
            dropped: Dropped::NOTHING,
            large: decoder.region.len() > decoder.config.retain,
            state: *state,
            scan: Scan::default(),
            before: state.lexer,
            unfinished: Span::default(),
            front_floor: state.layout.front + state.layout.tail,
            back_floor: state.layout.back,
            done: false,
            settled: false,
        }
    }

    /// How many bytes of the chunk have been read.
    pub(crate) fn pos(&self) -> usize {
        self.scan.pos
    }

    /// The stream offset of a position of the chunk.
    fn offset(&self, pos: usize) -> u64 {
        self.state.offset + pos as u64
    }

    /// The stream offset of the next byte.
    pub(crate) fn stream_offset(&self) -> u64 {
        if self.settled {
            self.state.offset
        } else {
            self.offset(self.scan.pos)
        }
    }

    /// Reads on to the next item; `None`, and the state written back, when the chunk is read.
    ///
    /// With `TEXT` the values are going to be shown as text, and the text policy applies.
    #[inline]
    pub(crate) fn advance<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        if self.settled {
            return None;
        }
        if self.done {
            self.clear_block();
        }
        if self.state.stopped | self.state.leaked {
            return self.leak_or_stop(decoder, chunk);
        }
        let outcome = self.next_outcome::<B, TEXT>(decoder, chunk);
        if outcome.is_none() {
            self.settle(decoder, chunk);
        }
        outcome
    }

    /// Reads on without ever writing the state back: for the event that a stream broke off in.
    pub(crate) fn advance_unsettled<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        if self.done {
            self.clear_block();
        }
        self.next_outcome::<B, TEXT>(decoder, chunk)
    }

    #[cold]
    fn leak_or_stop<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        if self.state.stopped {
            self.settle(decoder, chunk);
            return None;
        }
        self.state.leaked = false;
        let offset = self.stream_offset();
        self.report(decoder, Subject::Event, Reason::Leaked, offset);
        Some(Outcome::Dropped)
    }

    #[inline(always)]
    fn next_outcome<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        loop {
            let step = match self.state.lexer.next_whole(chunk, &mut self.scan) {
                Some(Whole::Data(piece)) => {
                    self.begin_piece(piece);
                    if let Some(end) = self.state.lexer.blank_line_next(chunk, &self.scan) {
                        if self.state.interpreter.single_line_event(piece, decoder.limit) {
                            self.state.lexer.read_blank_line(chunk, &mut self.scan, end);
                            self.state.data = Place::Chunk(piece.value);
                            let blank = Action::Dispatch;
                            return match self.finish_block::<B, TEXT>(decoder, chunk, end, blank) {
                                Step::Found(outcome) => Some(outcome),
                                Step::Next | Step::End => None,
                            };
                        }
                    }
                    let action = self.state.interpreter.data(piece, decoder.limit);
                    self.execute::<B, TEXT>(decoder, chunk, piece, action)
                }
                Some(Whole::Blank(piece)) => {
                    self.begin_piece(piece);
                    let action = self.state.interpreter.blank();
                    self.execute::<B, TEXT>(decoder, chunk, piece, action)
                }
                Some(Whole::Other(piece)) => self.execute_other::<B, TEXT>(decoder, chunk, piece),
                None => self.execute_next::<B, TEXT>(decoder, chunk),
            };
            match step {
                Step::Next => {}
                Step::Found(outcome) => return Some(outcome),
                Step::End => return None,
            }
        }
    }

    #[inline(never)]
    fn execute_other<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
    ) -> Step {
        self.begin_piece(piece);
        let limit = decoder.limit;
        let comments = decoder.config.comments;
        let action = self.state.interpreter.step(piece, chunk, limit, comments);
        self.execute::<B, TEXT>(decoder, chunk, piece, action)
    }

    /// Notes where the block begins.
    #[inline(always)]
    fn begin_piece(&mut self, piece: Piece) {
        if piece.starts & !self.state.interpreter.open {
            self.state.pending_since = self.offset(piece.name.start);
        }
    }

    /// Reads and executes a piece on the plain path.
    #[inline(never)]
    fn execute_next<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Step {
        self.before = self.state.lexer;
        match self.state.lexer.next(chunk, &mut self.scan) {
            Some(piece) => self.execute_other::<B, TEXT>(decoder, chunk, piece),
            None => Step::End,
        }
    }

    /// Executes what the interpretation says of a piece.
    #[inline(always)]
    fn execute<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
        action: Action,
    ) -> Step {
        match action {
            Action::Nothing => {}
            Action::Put(Target::Data, join) => self.put_data(decoder, chunk, piece, join),
            Action::Put(target, _) => {
                if let Some(place) = self.put_value(decoder, chunk, piece) {
                    match target {
                        Target::Data => {}
                        Target::EventType => self.state.event_type = place,
                        Target::Id => self.state.id = place,
                        Target::Comment => {
                            return self.found_comment::<B, TEXT>(decoder, chunk, piece, place);
                        }
                    }
                }
            }
            Action::Void => self.forget_value(),
            Action::Retry(milliseconds) => {
                self.state.reconnection_time = Some(milliseconds);
                return Step::Found(Outcome::Retry);
            }
            Action::Discard => self.clear_block(),
            Action::Overflow(at) => return self.overflow(decoder, chunk, piece, at),
            action @ (Action::Dispatch | Action::NoData) => {
                return self.finish_block::<B, TEXT>(decoder, chunk, piece.value.end, action);
            }
        }
        Step::Next
    }

    /// A blank line: dispatches the block.
    #[inline(always)]
    fn finish_block<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        end: usize,
        action: Action,
    ) -> Step {
        self.done = true;
        if TEXT && (!B::GROWS || decoder.config.text == TextPolicy::Strict) {
            if let Some(reason) = self.text_problem(decoder, chunk) {
                self.state.drop_block();
                let offset = self.offset(end);
                return self.report(decoder, Subject::Event, reason, offset);
            }
        }
        if self.state.interpreter.has_id {
            self.state.last_event_id = self.state.id;
        }
        if action == Action::NoData {
            return Step::Found(Outcome::Block);
        }
        self.state.events += 1;
        self.state.interpreter.seen |= seen::EVENT;
        if B::GROWS && self.large {
            self.weigh(decoder);
        }
        Step::Found(Outcome::Event)
    }

    /// Executes [`Target::Data`].
    #[inline(always)]
    fn put_data<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
        join: Join,
    ) {
        if piece.opens && join == Join::No {
            self.state.data = Place::Chunk(piece.value);
        } else {
            self.append_data(decoder, chunk, piece.value, join);
        }
    }

    #[inline(never)]
    fn append_data<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        value: Span,
        join: Join,
    ) {
        self.store_data(decoder, chunk, value.len() + usize::from(join == Join::Yes));
        let State { layout, .. } = &mut self.state;
        if join == Join::Yes {
            decoder.region.push_front(layout, &[JOIN]);
        }
        decoder.region.push_front(layout, value.of(chunk));
        self.state.data = Place::Front(Span::new(layout.floor, layout.front));
    }

    /// Moves the data of the block from the chunk to the region, with room for `more` bytes.
    fn store_data<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], more: usize) {
        if let Place::Chunk(span) = self.state.data {
            self.reserve(decoder, chunk, span.len() + more);
            let State { layout, .. } = &mut self.state;
            decoder.region.push_front(layout, span.of(chunk));
            self.state.data = Place::Front(Span::new(layout.floor, layout.front));
        } else {
            self.reserve(decoder, chunk, more);
        }
    }

    /// Executes [`Action::Put`] for a value that takes effect at its line's end, and says where
    /// it is once that has come.
    #[inline]
    fn put_value<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
    ) -> Option<Place> {
        match (piece.opens, piece.closes) {
            (true, true) => Some(Place::Chunk(piece.value)),
            (true, false) => {
                self.unfinished = piece.value;
                None
            }
            (false, closes) => {
                self.reserve(decoder, chunk, piece.value.len());
                let layout = &mut self.state.layout;
                decoder.region.push_tail(layout, piece.value.of(chunk));
                if !closes {
                    return None;
                }
                let place = decoder.region.tail_to_back(layout);
                // Data may now overwrite what the decoder itself still has there.
                let Layout { front, tail: len, .. } = decoder.state.layout;
                decoder.state.moved_tail = Some(Place::Back { distance: layout.back, len });
                (self.front_floor, self.back_floor) = (front, layout.back);
                Some(place)
            }
        }
    }

    fn forget_value(&mut self) {
        self.state.layout.tail = 0;
        self.unfinished = Span::default();
    }

    /// Makes room for `more` bytes; the charge of the block says that it can be had.
    #[inline]
    fn reserve<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], more: usize) {
        if !decoder.region.reserve(&self.state.layout, more, decoder.limit) {
            self.reclaim(decoder, chunk);
            let fits = decoder.region.reserve(&self.state.layout, more, decoder.limit);
            debug_assert!(fits, "the charge of a block covers what it stores");
        }
    }

    /// Takes back all memory that is not the block's own, also what was kept for the case that
    /// this cursor is forgotten. From here on that case costs the decoder its pending block.
    #[cold]
    fn reclaim<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8]) {
        decoder.region.drop_floor(&mut self.state.layout);
        if let Place::Front(span) = &mut self.state.data {
            *span = Span::new(0, self.state.layout.front);
        }
        self.state.pack(&mut decoder.region);
        if let Place::Chunk(span) = self.state.last_event_id {
            let fits = decoder.region.reserve(&self.state.layout, span.len(), decoder.limit);
            debug_assert!(fits, "the last event ID is part of the charge");
            let layout = &mut self.state.layout;
            self.state.last_event_id = decoder.region.push_back(layout, span.of(chunk));
        }
        (self.front_floor, self.back_floor) = (0, 0);
        if !self.settled {
            decoder.state.lose_block(&self.state);
        }
    }

    /// Behind a blank line.
    #[inline(always)]
    fn clear_block(&mut self) {
        self.done = false;
        self.state.interpreter.begin_block(self.state.last_event_id.len());
        self.free_block();
    }

    /// Frees the memory of the block.
    #[inline(always)]
    fn free_block(&mut self) {
        let state = &mut self.state;
        let committed = match state.last_event_id {
            Place::Back { distance, .. } => distance,
            _ => 0,
        };
        state.layout = Layout {
            floor: self.front_floor,
            front: self.front_floor,
            tail: 0,
            back: committed.max(self.back_floor),
        };
    }

    /// The byte at `at` exceeds the limit: it is the last that is read before this is reported.
    #[cold]
    #[inline(never)]
    fn overflow<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
        at: usize,
    ) -> Step {
        // The grammar goes back to where the piece began and reads it up to that byte.
        let lexer = &mut self.state.lexer;
        *lexer = if piece.starts { Lexer::at_start_of_line() } else { self.before };
        self.scan = Scan::at(piece.name.start);
        lexer.next(&chunk[..=at], &mut self.scan);
        self.scan = Scan::at(self.scan.pos);
        self.forget_value();
        let subject = if piece.line == Line::Comment {
            Subject::Comment
        } else {
            self.state.drop_block();
            self.free_block();
            Subject::Event
        };
        let offset = self.offset(at);
        self.report(decoder, subject, Reason::Limit, offset)
    }

    #[cold]
    fn report<B: Buffer>(
        &mut self,
        decoder: &Decoder<B>,
        subject: Subject,
        reason: Reason,
        offset: u64,
    ) -> Step {
        self.state.dropped += 1;
        self.state.stopped = decoder.config.overflow == Overflow::Stop;
        self.dropped = Dropped { subject, reason, offset, limit: decoder.limit };
        Step::Found(Outcome::Dropped)
    }

    /// Why the finished block cannot be shown as text.
    #[cold]
    #[inline(never)]
    fn text_problem<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Reason> {
        let Interpreter { has_data, has_type, has_id, .. } = self.state.interpreter;
        let text = |shown: bool, place| {
            Text::new(if shown { decoder.region.bytes(place, chunk) } else { &[] })
        };
        let event_type = text(has_type, self.state.event_type);
        let data = text(has_data, self.state.data);
        let id = text(has_id, self.state.id);
        let last_event_id = text(!has_id && has_data, self.state.last_event_id);
        if decoder.config.text == TextPolicy::Strict
            && [event_type, data, id].iter().any(|text| text.to_str().is_none())
        {
            return Some(Reason::Malformed);
        }
        if B::GROWS {
            return None;
        }
        // What the block is charged, the data replaced in place, the others beside themselves.
        let beside = |text: Text<'_>| if text.to_str().is_some() { 0 } else { text.text_len() };
        let in_place = data.text_len() - data.as_bytes().len();
        let more = in_place + beside(event_type) + beside(id) + beside(last_event_id);
        if more > decoder.region.len() - self.state.interpreter.used() {
            return Some(Reason::Text);
        }
        if more > 0 {
            // What another block left behind must not stand in the way.
            self.reclaim(decoder, chunk);
        }
        None
    }

    fn found_comment<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
        place: Place,
    ) -> Step {
        if TEXT && !B::GROWS {
            let text = Text::new(decoder.region.bytes(place, chunk));
            if text.to_str().is_none() {
                // Beside the bytes that came.
                let more = text.text_len() + place.len();
                if more > decoder.region.len() - self.state.interpreter.used() {
                    let offset = self.offset(piece.value.end);
                    return self.report(decoder, Subject::Comment, Reason::Text, offset);
                }
                if let Place::Chunk(_) = place {
                    self.reclaim(decoder, chunk);
                }
            }
        }
        self.comment = place;
        Step::Found(Outcome::Comment)
    }

    /// Counts an event that used little of much memory.
    #[cold]
    fn weigh<B: Buffer>(&mut self, decoder: &Decoder<B>) {
        let Layout { floor, front, back, .. } = self.state.layout;
        let used = (front - floor + back).max(decoder.region.text_len());
        let calm = used < decoder.region.capacity() / 4;
        self.state.calm = if calm { self.state.calm.saturating_add(1) } else { 0 };
    }

    /// Ends the cursor: what the block has in the chunk is stored, the decoder's state replaced.
    #[inline]
    pub(crate) fn settle<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8]) {
        if self.settled {
            return;
        }
        if self.done {
            self.clear_block();
        }
        self.settle_as_is(decoder, chunk, true);
        if self.state.calm >= CALM {
            self.state.calm = 0;
            decoder.region.shrink(&self.state.layout, decoder.config.retain);
        }
        decoder.state = self.state;
    }

    /// Ends the cursor behind its first item, whose values stay where they are.
    pub(crate) fn settle_behind_item<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8]) {
        if self.settled {
            return;
        }
        self.settle_as_is(decoder, chunk, false);
        if self.done {
            let mut after = self.clone();
            (after.front_floor, after.back_floor) = (0, 0);
            after.clear_block();
            decoder.state = after.state;
        } else {
            decoder.state = self.state;
        }
    }

    #[inline]
    fn settle_as_is<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], clean: bool) {
        self.settled = true;
        let pending = self.state.interpreter.has_data && !self.done;
        let in_chunk = |place| matches!(place, Place::Chunk(span) if !span.is_empty());
        let State { interpreter, layout, .. } = &self.state;
        if pending & in_chunk(self.state.data)
            | (interpreter.has_type & in_chunk(self.state.event_type))
            | (interpreter.has_id & in_chunk(self.state.id))
            | in_chunk(self.state.last_event_id)
            | !self.unfinished.is_empty()
            | (layout.floor > 0)
        {
            self.store(decoder, chunk, clean);
        }
        self.state.offset = self.offset(self.scan.pos);
    }

    /// Stores in the region what stands in the chunk and is still needed.
    #[cold]
    #[inline(never)]
    fn store<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], clean: bool) {
        let Interpreter { has_data, has_type, has_id, .. } = self.state.interpreter;
        if !self.done {
            if clean && (self.state.layout.floor > 0 || self.state.is_littered()) {
                self.reclaim(decoder, chunk);
            }
            if has_data {
                self.store_data(decoder, chunk, 0);
            }
            if !self.unfinished.is_empty() {
                self.reserve(decoder, chunk, self.unfinished.len());
                let value = self.unfinished.of(chunk);
                decoder.region.push_tail(&mut self.state.layout, value);
                self.unfinished = Span::default();
            }
            if has_type {
                self.state.event_type = self.store_back(decoder, chunk, self.state.event_type);
            }
            if has_id {
                self.state.id = self.store_back(decoder, chunk, self.state.id);
            }
        }
        self.state.last_event_id = self.store_back(decoder, chunk, self.state.last_event_id);
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
        decoder.region.push_back(&mut self.state.layout, span.of(chunk))
    }
}

/// Handing out.
impl Cursor {
    /// The reconnection time that was set last.
    pub(crate) fn retry(&self) -> Duration {
        Duration::from_millis(self.state.reconnection_time.unwrap_or_default())
    }

    /// The comment that was found last.
    pub(crate) fn comment(&self) -> Place {
        self.comment
    }

    /// The event in the bytes that came.
    #[inline]
    pub(crate) fn raw_event<'a, B: Buffer>(
        &self,
        region: &'a Region<B>,
        chunk: &'a [u8],
    ) -> Event<'a, [u8]> {
        let State { interpreter, data, event_type, last_event_id, .. } = &self.state;
        let named = interpreter.has_type && event_type.len() > 0;
        Event {
            event_type: if named { region.bytes(*event_type, chunk) } else { MESSAGE.as_bytes() },
            data: region.bytes(*data, chunk),
            last_event_id: region.bytes(*last_event_id, chunk),
            has_id: interpreter.has_id,
        }
    }

    /// The item in the bytes that came.
    #[inline]
    pub(crate) fn raw<'a, B: Buffer>(
        &self,
        outcome: Outcome,
        region: &'a Region<B>,
        chunk: &'a [u8],
    ) -> Item<'a, [u8]> {
        let State { interpreter, event_type, last_event_id, .. } = &self.state;
        let Interpreter { has_type, has_id, .. } = *interpreter;
        let bytes = |place| region.bytes(place, chunk);
        match outcome {
            Outcome::Event => Item::Event(self.raw_event(region, chunk)),
            Outcome::Block => Item::Block(Block {
                event_type: has_type.then(|| bytes(*event_type)),
                id: has_id.then(|| bytes(*last_event_id)),
            }),
            Outcome::Comment => Item::Comment(bytes(self.comment)),
            Outcome::Retry => Item::Retry(self.retry()),
            Outcome::Dropped => Item::Dropped(self.dropped),
        }
    }

    /// The event as text.
    #[inline]
    pub(crate) fn text_event<'a, 'c: 'a, B: Buffer>(
        &mut self,
        region: &'a mut Region<B>,
        chunk: &'c [u8],
        window: &mut Window<'c>,
    ) -> Event<'a> {
        let State { interpreter, data, event_type, last_event_id, .. } = self.state;
        let named = interpreter.has_type && event_type.len() > 0;
        let event_type = if named { event_type } else { Place::EMPTY };
        let [event_type, data, last_event_id] =
            self.shown([event_type, data, last_event_id], region, chunk, window);
        let event_type = if named { event_type } else { MESSAGE };
        Event { event_type, data, last_event_id, has_id: interpreter.has_id }
    }

    /// The item as text.
    #[inline]
    pub(crate) fn text<'a, 'c: 'a, B: Buffer>(
        &mut self,
        outcome: Outcome,
        region: &'a mut Region<B>,
        chunk: &'c [u8],
        window: &mut Window<'c>,
    ) -> Item<'a> {
        let Interpreter { has_type, has_id, .. } = self.state.interpreter;
        match outcome {
            Outcome::Event => Item::Event(self.text_event(region, chunk, window)),
            Outcome::Block => {
                let event_type = if has_type { self.state.event_type } else { Place::EMPTY };
                let id = if has_id { self.state.last_event_id } else { Place::EMPTY };
                let [event_type, id] = self.shown([event_type, id], region, chunk, window);
                Item::Block(Block {
                    event_type: has_type.then_some(event_type),
                    id: has_id.then_some(id),
                })
            }
            Outcome::Comment => {
                let [comment] = self.shown([self.comment], region, chunk, window);
                Item::Comment(comment)
            }
            Outcome::Retry => Item::Retry(self.retry()),
            Outcome::Dropped => Item::Dropped(self.dropped),
        }
    }

    /// The values as text; those in the chunk without looking at them again.
    #[inline]
    fn shown<'a, 'c: 'a, B: Buffer, const N: usize>(
        &mut self,
        values: [Place; N],
        region: &'a mut Region<B>,
        chunk: &'c [u8],
        window: &mut Window<'c>,
    ) -> [&'a str; N] {
        let mut shown = [""; N];
        let mut stored = false;
        for (place, shown) in values.iter().zip(&mut shown) {
            match *place {
                Place::Chunk(span) => match window.text(chunk, span) {
                    Some(text) => *shown = text,
                    None => stored = true,
                },
                _ => stored |= place.len() > 0,
            }
        }
        if stored {
            shown = self.shown_from_memory(values, region, chunk);
        }
        shown
    }

    #[inline(never)]
    fn shown_from_memory<'a, B: Buffer, const N: usize>(
        &mut self,
        mut values: [Place; N],
        region: &'a mut Region<B>,
        chunk: &'a [u8],
    ) -> [&'a str; N] {
        let malformed =
            |region: &Region<B>, place| Text::new(region.bytes(place, chunk)).to_str().is_none();
        if values.iter().any(|place| malformed(region, *place)) {
            region.begin_text();
            // The data first: on fixed memory it is replaced in place, before anything is put
            // behind it.
            let is_front = |place: &Place| matches!(place, Place::Front(_));
            let mut layout = self.state.layout;
            for in_place in [true, false] {
                for place in &mut values {
                    if is_front(place) == in_place && malformed(region, *place) {
                        *place = region.replace(&mut layout, *place, chunk);
                    }
                }
            }
        }
        values.map(|place| Text::new(region.bytes(place, chunk)).to_str().unwrap_or_default())
    }
}
