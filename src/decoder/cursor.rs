//! The cursor over one chunk: executes the actions of the interpretation on a decoder's memory.
//!
//! Rules of this module:
//!
//! - **A.** The decoder's state is saved when a chunk is fed. A cursor works on the state itself;
//!   if it is forgotten, the saved state holds, and so does the memory that it speaks of.
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

    /// The stream offset of a position of the chunk at hand.
    #[inline(always)]
    fn offset_of(&self, pos: usize) -> u64 {
        self.offset + pos as u64
    }

    /// Whether the last byte ended a line and no field line came since the last blank line.
    pub(crate) fn at_boundary(&self) -> bool {
        self.lexer.at_line_start() && !self.interpreter.open
    }

    /// The reconnection time that was set last.
    pub(crate) fn retry(&self) -> Duration {
        Duration::from_millis(self.reconnection_time.unwrap_or_default())
    }

    /// Makes the region ready for a chunk: between two blocks the back is packed.
    #[inline]
    pub(crate) fn tidy<B: Buffer>(&mut self, region: &mut Region<B>) {
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
    /// The comment of [`Found`].
    Comment,
    /// The reconnection time of the state.
    Retry,
    /// What [`Found`] says was dropped.
    Dropped,
}

/// What was found last that the state does not tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) comment: Place,
    pub(crate) dropped: Dropped,
}

impl Found {
    pub(crate) const NOTHING: Self = Self { comment: Place::EMPTY, dropped: Dropped::NOTHING };
}

/// Notes where the block begins.
#[inline(always)]
fn begin_piece(state: &mut State, piece: Piece) {
    if piece.starts & !state.interpreter.open {
        state.pending_since = state.offset_of(piece.name.start);
    }
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
    scan: Scan,
    /// The grammar before a piece that does not start a line.
    before: Lexer,
    /// What the chunk has of a value that is not finished when the chunk ends.
    unfinished: Span,
    /// How much of the region's front and back is the decoder's own until the cursor ends.
    front_floor: usize,
    back_floor: usize,
    /// The memory is above the retain mark.
    large: bool,
    /// The block at hand was handed out, and is to be cleared.
    done: bool,
    /// Nothing more is read, or a leak is to be reported first.
    halted: bool,
    settled: bool,
}

impl Cursor {
    #[inline(always)]
    pub(crate) fn new<B: Buffer>(decoder: &Decoder<B>) -> Self {
        let state = &decoder.state;
        Self {
            large: decoder.region.len() > decoder.config.retain,
            scan: Scan::default(),
            before: state.lexer,
            unfinished: Span::default(),
            front_floor: state.layout.front + state.layout.tail,
            back_floor: state.layout.back,
            done: false,
            halted: state.stopped | state.leaked,
            settled: false,
        }
    }

    /// How many bytes of the chunk have been read.
    pub(crate) fn pos(&self) -> usize {
        self.scan.pos
    }

    /// The stream offset of the next byte.
    pub(crate) fn stream_offset<B: Buffer>(&self, decoder: &Decoder<B>) -> u64 {
        if self.settled {
            decoder.state.offset
        } else {
            decoder.state.offset_of(self.scan.pos)
        }
    }

    /// Reads on to the next item; `None`, and the state written back, when the chunk is read.
    ///
    /// With `TEXT` the values are going to be shown as text, and the text policy applies.
    #[inline(always)]
    pub(crate) fn advance<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        if self.halted {
            return self.leak_or_stop(decoder, chunk);
        }
        if self.done {
            self.clear_block(decoder);
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
            self.clear_block(decoder);
        }
        self.next_outcome::<B, TEXT>(decoder, chunk)
    }

    #[cold]
    fn leak_or_stop<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        if self.settled {
            return None;
        }
        if decoder.state.stopped {
            self.settle(decoder, chunk);
            return None;
        }
        self.halted = false;
        decoder.state.leaked = false;
        let offset = self.stream_offset(decoder);
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
            let step = match decoder.state.lexer.next_whole(chunk, &mut self.scan) {
                Some(Whole::Data(piece)) => {
                    if let Some(end) = decoder.state.lexer.blank_line_next(chunk, &self.scan) {
                        if self.usual_event::<B, TEXT>(decoder, chunk, piece, end) {
                            return Some(Outcome::Event);
                        }
                    }
                    begin_piece(&mut decoder.state, piece);
                    let action = decoder.state.interpreter.data(piece, decoder.limit);
                    self.execute::<B, TEXT>(decoder, chunk, piece, action)
                }
                Some(Whole::Blank(piece)) => {
                    begin_piece(&mut decoder.state, piece);
                    let action = decoder.state.interpreter.blank();
                    self.execute::<B, TEXT>(decoder, chunk, piece, action)
                }
                Some(Whole::Event(piece)) => {
                    begin_piece(&mut decoder.state, piece);
                    let action = decoder.state.interpreter.event_type(piece, decoder.limit);
                    self.execute::<B, TEXT>(decoder, chunk, piece, action)
                }
                Some(Whole::Id(piece)) => {
                    begin_piece(&mut decoder.state, piece);
                    let action = decoder.state.interpreter.id(piece, chunk, decoder.limit);
                    self.execute::<B, TEXT>(decoder, chunk, piece, action)
                }
                Some(Whole::Comment(piece)) => {
                    begin_piece(&mut decoder.state, piece);
                    let wanted = decoder.config.comments;
                    let action = decoder.state.interpreter.comment(piece, decoder.limit, wanted);
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

    /// The fast path: an event of one data line, with the blank line behind it that ends at `end`,
    /// and maybe with a type and an ID before it. Does what executing these lines would do, and
    /// says whether it did.
    #[inline(always)]
    fn usual_event<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
        end: usize,
    ) -> bool {
        let looks_at_text = TEXT && (!B::GROWS || decoder.config.text == TextPolicy::Strict);
        let state = &mut decoder.state;
        if looks_at_text || !state.interpreter.single_line_event(piece, decoder.limit) {
            return false;
        }
        state.lexer.read_blank_line(chunk, &mut self.scan, end);
        state.data = Place::Chunk(piece.value);
        state.events += 1;
        if state.interpreter.has_id {
            state.last_event_id = state.id;
        }
        // A block without other fields was never opened, and need not be cleared.
        self.done = state.interpreter.open;
        if B::GROWS && self.large {
            self.weigh(decoder);
        }
        true
    }

    #[inline(never)]
    fn execute_other<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
    ) -> Step {
        begin_piece(&mut decoder.state, piece);
        let limit = decoder.limit;
        let comments = decoder.config.comments;
        let action = decoder.state.interpreter.step(piece, chunk, limit, comments);
        self.execute::<B, TEXT>(decoder, chunk, piece, action)
    }

    /// Reads and executes a piece on the plain path.
    #[inline(never)]
    fn execute_next<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Step {
        self.before = decoder.state.lexer;
        match decoder.state.lexer.next(chunk, &mut self.scan) {
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
                        Target::EventType => decoder.state.event_type = place,
                        Target::Id => decoder.state.id = place,
                        Target::Comment => {
                            return self.found_comment::<B, TEXT>(decoder, chunk, piece, place);
                        }
                    }
                }
            }
            Action::Void => self.forget_value(decoder),
            Action::Retry(milliseconds) => {
                decoder.state.reconnection_time = Some(milliseconds);
                return Step::Found(Outcome::Retry);
            }
            // A block that was not open has nothing to clear.
            Action::Discard if !decoder.state.interpreter.open => {}
            Action::Discard => self.clear_block(decoder),
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
                decoder.state.drop_block();
                let offset = decoder.state.offset_of(end);
                return self.report(decoder, Subject::Event, reason, offset);
            }
        }
        if decoder.state.interpreter.has_id {
            decoder.state.last_event_id = decoder.state.id;
        }
        if action == Action::NoData {
            return Step::Found(Outcome::Block);
        }
        decoder.state.events += 1;
        decoder.state.interpreter.seen |= seen::EVENT;
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
            decoder.state.data = Place::Chunk(piece.value);
        } else {
            self.append_data(decoder, chunk, piece.value, join);
        }
    }

    #[inline]
    fn append_data<B: Buffer>(
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
                let layout = &mut decoder.state.layout;
                decoder.region.push_tail(layout, piece.value.of(chunk));
                if !closes {
                    return None;
                }
                let place = decoder.region.tail_to_back(layout);
                // Data may now overwrite what the decoder itself still has there.
                let Layout { front, tail: len, .. } = decoder.saved.layout;
                decoder.moved_tail = Some(Place::Back { distance: layout.back, len });
                (self.front_floor, self.back_floor) = (front, layout.back);
                Some(place)
            }
        }
    }

    fn forget_value<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        decoder.state.layout.tail = 0;
        self.unfinished = Span::default();
    }

    /// Makes room for `more` bytes; the charge of the block says that it can be had.
    #[inline]
    fn reserve<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8], more: usize) {
        if !decoder.region.reserve(&decoder.state.layout, more, decoder.limit) {
            self.reclaim(decoder, chunk);
            let fits = decoder.region.reserve(&decoder.state.layout, more, decoder.limit);
            debug_assert!(fits, "the charge of a block covers what it stores");
        }
    }

    /// Takes back all memory that is not the block's own, also what was kept for the case that
    /// this cursor is forgotten. From here on that case costs the decoder its pending block.
    #[cold]
    fn reclaim<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8]) {
        decoder.region.drop_floor(&mut decoder.state.layout);
        if let Place::Front(span) = &mut decoder.state.data {
            *span = Span::new(0, decoder.state.layout.front);
        }
        decoder.state.pack(&mut decoder.region);
        match decoder.state.last_event_id {
            Place::Chunk(span) if !span.is_empty() => {
                let fits = decoder.region.reserve(&decoder.state.layout, span.len(), decoder.limit);
                debug_assert!(fits, "the last event ID is part of the charge");
                let layout = &mut decoder.state.layout;
                decoder.state.last_event_id = decoder.region.push_back(layout, span.of(chunk));
            }
            _ => {}
        }
        (self.front_floor, self.back_floor) = (0, 0);
        if !self.settled {
            decoder.saved.lose_block(&decoder.state);
            decoder.moved_tail = None;
        }
    }

    /// Behind a blank line.
    #[inline(always)]
    fn clear_block<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        self.done = false;
        decoder.state.interpreter.begin_block(decoder.state.last_event_id.len());
        self.free_block(decoder);
    }

    /// Frees the memory of the block.
    #[inline(always)]
    fn free_block<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        let state = &mut decoder.state;
        let committed = match state.last_event_id {
            Place::Back { distance, .. } => distance,
            _ => 0,
        };
        // What they were is not to be taken for the next block's.
        (state.event_type, state.id) = (Place::EMPTY, Place::EMPTY);
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
        let lexer = &mut decoder.state.lexer;
        *lexer = if piece.starts { Lexer::at_start_of_line() } else { self.before };
        self.scan = Scan::at(piece.name.start);
        lexer.next(&chunk[..=at], &mut self.scan);
        self.scan = Scan::at(self.scan.pos);
        self.forget_value(decoder);
        let subject = if piece.line == Line::Comment {
            Subject::Comment
        } else {
            decoder.state.drop_block();
            self.free_block(decoder);
            Subject::Event
        };
        let offset = decoder.state.offset_of(at);
        self.report(decoder, subject, Reason::Limit, offset)
    }

    #[cold]
    fn report<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        subject: Subject,
        reason: Reason,
        offset: u64,
    ) -> Step {
        decoder.state.dropped += 1;
        self.halted |= decoder.config.overflow == Overflow::Stop;
        decoder.state.stopped = decoder.config.overflow == Overflow::Stop;
        decoder.found.dropped = Dropped { subject, reason, offset, limit: decoder.limit };
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
        let Interpreter { has_data, has_type, has_id, .. } = decoder.state.interpreter;
        let text = |shown: bool, place| {
            Text::new(if shown { decoder.region.bytes(place, chunk) } else { &[] })
        };
        let event_type = text(has_type, decoder.state.event_type);
        let data = text(has_data, decoder.state.data);
        let id = text(has_id, decoder.state.id);
        let last_event_id = text(!has_id && has_data, decoder.state.last_event_id);
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
        if more > decoder.region.len() - decoder.state.interpreter.used() {
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
                if more > decoder.region.len() - decoder.state.interpreter.used() {
                    let offset = decoder.state.offset_of(piece.value.end);
                    return self.report(decoder, Subject::Comment, Reason::Text, offset);
                }
                if let Place::Chunk(_) = place {
                    self.reclaim(decoder, chunk);
                }
            }
        }
        decoder.found.comment = place;
        Step::Found(Outcome::Comment)
    }

    /// Counts an event that used little of much memory.
    #[cold]
    fn weigh<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        let Layout { floor, front, back, .. } = decoder.state.layout;
        let used = (front - floor + back).max(decoder.region.text_len());
        let calm = used < decoder.region.capacity() / 4;
        decoder.state.calm = if calm { decoder.state.calm.saturating_add(1) } else { 0 };
    }

    /// Ends the cursor: what the block has in the chunk is stored, the decoder's state replaced.
    #[inline]
    pub(crate) fn settle<B: Buffer>(&mut self, decoder: &mut Decoder<B>, chunk: &[u8]) {
        if self.settled {
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
    pub(crate) fn settle_behind_item<B: Buffer>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> State {
        if !self.settled {
            self.settle_as_is(decoder, chunk, false);
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
        let pending = decoder.state.interpreter.has_data && !self.done;
        let in_chunk = |place| matches!(place, Place::Chunk(span) if !span.is_empty());
        let State { interpreter, layout, .. } = &decoder.state;
        if pending & in_chunk(decoder.state.data)
            | (interpreter.has_type & in_chunk(decoder.state.event_type))
            | (interpreter.has_id & in_chunk(decoder.state.id))
            | in_chunk(decoder.state.last_event_id)
            | !self.unfinished.is_empty()
            | (layout.floor > 0)
        {
            self.store(decoder, chunk, clean);
        }
        decoder.state.offset = decoder.state.offset_of(self.scan.pos);
        decoder.borrowed = false;
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
        decoder.state.last_event_id = self.store_back(decoder, chunk, decoder.state.last_event_id);
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

/// Handing out.
impl Cursor {
    /// The event in the bytes that came.
    #[inline]
    pub(crate) fn raw_event<'a, B: Buffer>(
        state: &State,
        region: &'a Region<B>,
        chunk: &'a [u8],
    ) -> Event<'a, [u8]> {
        let State { interpreter, data, event_type, last_event_id, .. } = state;
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
        outcome: Outcome,
        found: &Found,
        state: &State,
        region: &'a Region<B>,
        chunk: &'a [u8],
    ) -> Item<'a, [u8]> {
        let State { interpreter, event_type, last_event_id, .. } = state;
        let Interpreter { has_type, has_id, .. } = *interpreter;
        let bytes = |place| region.bytes(place, chunk);
        match outcome {
            Outcome::Event => Item::Event(Self::raw_event(state, region, chunk)),
            Outcome::Block => Item::Block(Block {
                event_type: has_type.then(|| bytes(*event_type)),
                id: has_id.then(|| bytes(*last_event_id)),
            }),
            Outcome::Comment => Item::Comment(bytes(found.comment)),
            Outcome::Retry => Item::Retry(state.retry()),
            Outcome::Dropped => Item::Dropped(found.dropped),
        }
    }

    /// The event as text.
    #[inline]
    pub(crate) fn text_event<'a, 'c: 'a, B: Buffer>(
        state: &State,
        region: &'a mut Region<B>,
        chunk: &'c [u8],
        window: &mut Window<'c>,
    ) -> Event<'a> {
        let State { interpreter, data, event_type, last_event_id, .. } = *state;
        let named = interpreter.has_type && event_type.len() > 0;
        let event_type = if named { event_type } else { Place::EMPTY };
        let [event_type, data, last_event_id] =
            shown([event_type, data, last_event_id], state.layout, region, chunk, window);
        let event_type = if named { event_type } else { MESSAGE };
        Event { event_type, data, last_event_id, has_id: interpreter.has_id }
    }

    /// The item as text.
    #[inline]
    pub(crate) fn text<'a, 'c: 'a, B: Buffer>(
        outcome: Outcome,
        found: &Found,
        state: &State,
        region: &'a mut Region<B>,
        chunk: &'c [u8],
        window: &mut Window<'c>,
    ) -> Item<'a> {
        let Interpreter { has_type, has_id, .. } = state.interpreter;
        match outcome {
            Outcome::Event => Item::Event(Self::text_event(state, region, chunk, window)),
            Outcome::Block => {
                let event_type = if has_type { state.event_type } else { Place::EMPTY };
                let id = if has_id { state.last_event_id } else { Place::EMPTY };
                let [event_type, id] = shown([event_type, id], state.layout, region, chunk, window);
                Item::Block(Block {
                    event_type: has_type.then_some(event_type),
                    id: has_id.then_some(id),
                })
            }
            Outcome::Comment => {
                let [comment] = shown([found.comment], state.layout, region, chunk, window);
                Item::Comment(comment)
            }
            Outcome::Retry => Item::Retry(state.retry()),
            Outcome::Dropped => Item::Dropped(found.dropped),
        }
    }
}

/// The values as text; those in the chunk without looking at them again.
#[inline]
fn shown<'a, 'c: 'a, B: Buffer, const N: usize>(
    values: [Place; N],
    layout: Layout,
    region: &'a mut Region<B>,
    chunk: &'c [u8],
    window: &mut Window<'c>,
) -> [&'a str; N] {
    let mut shown = [""; N];
    let mut stored = false;
    for (place, shown) in values.iter().zip(&mut shown) {
        match *place {
            Place::Chunk(span) if span.is_empty() => {}
            Place::Chunk(span) => match window.text(chunk, span) {
                Some(text) => *shown = text,
                None => stored = true,
            },
            _ => stored |= place.len() > 0,
        }
    }
    if stored {
        shown = shown_from_memory(values, layout, region, chunk);
    }
    shown
}

#[inline(never)]
fn shown_from_memory<'a, B: Buffer, const N: usize>(
    mut values: [Place; N],
    mut layout: Layout,
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
