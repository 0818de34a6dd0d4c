//! The cursor over one chunk: reads it and executes the actions of the interpretation.
//!
//! Rules of this module, and of `memory` and `present`, which finish it:
//!
//! - **A.** The decoder's state is saved when a chunk is fed. A cursor works on the state itself;
//!   if it is forgotten, the saved state holds, and so does the memory that it speaks of.
//! - **B.** What stands whole in the chunk is told by its span and copied only when it must be:
//!   data at the second data line, anything at the chunk's end.
//! - **C.** One item a call; nothing is queued. The memory of an item is in use until the next
//!   call, its block is cleared at the start of that.

use super::config::{Overflow, TextPolicy};
use super::memory::weigh;
use super::region::{Buffer, Place};
use super::state::State;
use super::text::Text;
use super::Decoder;
use crate::grammar::{Lexer, Line, Piece, Scan, Span, Whole};
use crate::interpret::{seen, Action, Interpreter, Join, Target};
use crate::{Dropped, Reason, Subject};

/// What a cursor found. The values are told by the cursor: this is passed on for each event, and
/// must stay small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(unreachable_pub)] // Public only as a sealed trait names it.
pub enum Outcome {
    Event,
    Block,
    /// The comment of [`Found`](super::state::Found).
    Comment,
    /// The reconnection time of the state.
    Retry,
    /// What [`Found`](super::state::Found) says was dropped.
    Dropped,
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
pub(super) struct Cursor {
    pub(super) scan: Scan,
    /// The grammar where the chunk begins: before its first piece, the only one that may not start
    /// a line.
    pub(super) before: Lexer,
    /// What the chunk has of a value that is not finished when the chunk ends.
    pub(super) unfinished: Span,
    /// How much of the region's front and back is the decoder's own until the cursor ends.
    pub(super) front_floor: usize,
    pub(super) back_floor: usize,
    /// The memory is above the retain mark.
    large: bool,
    /// The block at hand was handed out, and is to be cleared.
    pub(super) done: bool,
    /// The chunk has not been looked at, and the decoder is as it was.
    pub(super) fresh: bool,
    /// It is fresh, or nothing more is read, or a leak is to be reported first.
    pub(super) halted: bool,
    pub(super) settled: bool,
}

impl Cursor {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self {
            large: false,
            scan: Scan::default(),
            before: Lexer::new(),
            unfinished: Span::default(),
            front_floor: 0,
            back_floor: 0,
            done: false,
            fresh: true,
            halted: true,
            settled: false,
        }
    }

    /// Saves the state, and begins to work on it.
    #[inline(always)]
    pub(super) fn begin<B: Buffer>(&mut self, decoder: &mut Decoder<B>) {
        decoder.state.save(&mut decoder.saved);
        decoder.moved_tail = None;
        decoder.borrowed = true;
        let state = &decoder.state;
        self.fresh = false;
        self.before = state.lexer;
        self.large = B::GROWS && decoder.region.capacity() > decoder.config.retain;
        self.front_floor = state.layout.front + state.layout.tail;
        self.back_floor = state.layout.back;
        self.halted = state.stopped | state.leaked.is_some();
    }

    /// How many bytes of the chunk have been read.
    pub(super) fn pos(&self) -> usize {
        self.scan.pos
    }

    /// The stream offset of the next byte.
    pub(super) fn stream_offset<B: Buffer>(&self, decoder: &Decoder<B>) -> u64 {
        if self.settled {
            decoder.state.offset
        } else {
            decoder.state.offset_of(self.scan.pos)
        }
    }

    /// Reads on to the next item; `None`, and the cursor is settled, when the chunk is read.
    ///
    /// With `TEXT` the values are going to be shown as text, and the text policy applies.
    #[inline(always)]
    pub(super) fn advance<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        if self.halted {
            if self.fresh {
                if self.take_part::<B, TEXT>(decoder, chunk) {
                    return None;
                }
                self.begin(decoder);
            }
            if self.halted {
                return self.leak_or_stop(decoder, chunk);
            }
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

    /// Reads on without ever settling: for the event that a stream broke off in.
    pub(super) fn advance_unsettled<B: Buffer, const TEXT: bool>(
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
        let subject = decoder.state.leaked.take()?;
        let offset = self.stream_offset(decoder);
        self.report(decoder, subject, Reason::Leaked, offset);
        Some(Outcome::Dropped)
    }

    #[inline(always)]
    fn next_outcome<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        loop {
            if self.scan.pos >= chunk.len() {
                return None;
            }
            let step = if let Some(value) = decoder.state.lexer.peek_data(chunk, &mut self.scan) {
                if self.usual_event::<B, TEXT>(decoder, chunk, value) {
                    return Some(Outcome::Event);
                }
                let piece = decoder.state.lexer.read_data(chunk, &mut self.scan, value);
                self.execute_data::<B, TEXT>(decoder, chunk, piece)
            } else {
                match decoder.state.lexer.next_whole(chunk, &mut self.scan) {
                    Some(Whole::Data(piece)) => self.execute_data::<B, TEXT>(decoder, chunk, piece),
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
                        let action =
                            decoder.state.interpreter.comment(piece, decoder.limit, wanted);
                        self.execute::<B, TEXT>(decoder, chunk, piece, action)
                    }
                    Some(Whole::Other(piece)) => {
                        self.execute_other::<B, TEXT>(decoder, chunk, piece)
                    }
                    None => self.execute_next::<B, TEXT>(decoder, chunk),
                }
            };
            match step {
                Step::Next => {}
                Step::Found(outcome) => return Some(outcome),
                Step::End => return None,
            }
        }
    }

    /// The fast path: an event of one data line, with the blank line behind it, and maybe with a
    /// type and an ID before it. Does what executing these two lines would do, and says whether it
    /// did.
    #[inline(always)]
    fn usual_event<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        value: Span,
    ) -> bool {
        let looks_at_text = TEXT && (!B::GROWS || decoder.config.text == TextPolicy::Strict);
        let Some(blank) = Lexer::blank_behind(chunk, value.end) else { return false };
        let state = &mut decoder.state;
        if looks_at_text || !state.interpreter.single_line_event(value.len(), decoder.limit) {
            return false;
        }
        state.lexer.read_to(chunk, &mut self.scan, blank);
        state.data = Place::Chunk(value);
        state.events += 1;
        if state.interpreter.has_id {
            state.last_event_id = state.id;
        }
        // A block without other fields was never opened, and need not be cleared.
        self.done = state.interpreter.open;
        if B::GROWS && self.large {
            weigh(decoder);
        }
        true
    }

    /// Executes a piece of a data line.
    #[inline(always)]
    fn execute_data<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
    ) -> Step {
        begin_piece(&mut decoder.state, piece);
        let action = decoder.state.interpreter.data(piece, decoder.limit);
        self.execute::<B, TEXT>(decoder, chunk, piece, action)
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
        if let Some(piece) = decoder.state.lexer.start_of_data(chunk, &mut self.scan) {
            return self.execute_data::<B, TEXT>(decoder, chunk, piece);
        }
        match decoder.state.lexer.next(chunk, &mut self.scan) {
            Some(piece) => self.execute_other::<B, TEXT>(decoder, chunk, piece),
            None => Step::End,
        }
    }

    /// The fast path: the chunk is a part of one line, and nothing comes of it that is handed out.
    /// Does what reading it would do, and says whether it did; the cursor is settled then, and
    /// nothing had to be saved, since it is never seen half-way.
    #[inline(always)]
    fn take_part<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> bool {
        if decoder.state.lexer.is_more_data(chunk, &mut self.scan)
            && Self::more_data(decoder, chunk)
        {
            self.scan.pos = chunk.len();
            decoder.state.offset += chunk.len() as u64;
            (self.fresh, self.settled) = (false, true);
            return true;
        }
        decoder.state.lexer.may_be_part(chunk) && self.take_other_part::<B, TEXT>(decoder, chunk)
    }

    /// The same for all but the middle of a data line.
    #[inline(never)]
    fn take_other_part<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
    ) -> bool {
        let state = &decoder.state;
        let mut lexer = state.lexer;
        let room = state.interpreter.has_room(chunk.len() + 1, decoder.limit);
        if !room | state.stopped | state.leaked.is_some() {
            return false;
        }
        let Some(piece) = lexer.next_part(chunk, &mut self.scan) else { return false };
        let silent = match piece.line {
            Line::Retry => false,
            Line::Comment => !decoder.config.comments,
            _ => true,
        };
        if piece.closes & !silent {
            self.scan.pos = 0;
            return false;
        }
        self.fresh = false;
        decoder.state.lexer = lexer;
        let step = self.execute_other::<B, TEXT>(decoder, chunk, piece);
        debug_assert!(matches!(step, Step::Next));
        self.settle(decoder, chunk);
        true
    }

    /// A chunk that is nothing but more of the value of a data line.
    #[inline(always)]
    fn more_data<B: Buffer>(decoder: &mut Decoder<B>, chunk: &[u8]) -> bool {
        let Decoder { state, region, .. } = decoder;
        if !matches!(state.data, Place::Front(_))
            || !region.has_room(&state.layout, chunk.len())
            || !state.interpreter.more_data(chunk.len(), decoder.limit)
        {
            return false;
        }
        region.push_front(&mut state.layout, chunk);
        state.data = Place::Front(Span::new(state.layout.floor, state.layout.front));
        true
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
        if self.large {
            weigh(decoder);
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
                Some(self.tail_to_back(decoder))
            }
        }
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
        let last_event_id = text(!has_id && has_data && !B::GROWS, decoder.state.last_event_id);
        let malformed = |text: &Text<'_>| text.to_str().is_none();
        let of_block = [event_type, data, id].iter().any(malformed);
        if of_block && decoder.config.text == TextPolicy::Strict {
            return Some(Reason::Malformed);
        }
        if B::GROWS || !(of_block || malformed(&last_event_id)) {
            return None;
        }
        // What the block is charged, the data replaced in place, the others beside themselves.
        let beside = |text: Text<'_>| if malformed(&text) { text.text_len() } else { 0 };
        let in_place = data.text_len() - data.as_bytes().len();
        let more = in_place + beside(event_type) + beside(id) + beside(last_event_id);
        if more > decoder.region.len() - decoder.state.interpreter.used() {
            return Some(Reason::Text);
        }
        // What another block left behind must not stand in the way.
        self.reclaim(decoder, chunk);
        None
    }

    fn found_comment<B: Buffer, const TEXT: bool>(
        &mut self,
        decoder: &mut Decoder<B>,
        chunk: &[u8],
        piece: Piece,
        mut place: Place,
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
                self.reclaim_beside(decoder, chunk, &mut place);
            }
        }
        decoder.found.comment = place;
        Step::Found(Outcome::Comment)
    }
}
