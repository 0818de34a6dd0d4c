//! The cursor over one chunk: reads it and executes the actions of the interpretation.
//!
//! Rules of this module, and of `block`, `lines`, `cut`, `memory` and `present`, which finish it:
//!
//! - **A.** The decoder's state is saved when a chunk is fed. A cursor works on the state itself;
//!   if it is forgotten, the saved state holds, and so does the memory that it speaks of.
//! - **B.** What stands whole in the chunk is told by its span and copied only when it must be:
//!   data at the second data line, anything at the chunk's end.
//! - **C.** One item a call; nothing is queued. The memory of an item is in use until the next
//!   call, its block is cleared at the start of that.

use super::config::{Overflow, TextPolicy};
use super::region::{Buffer, Place};
use super::state::State;
use super::text::Text;
use super::Decoder;
use crate::grammar::{Lexer, Line, Piece, Scan, Sight, Span};
use crate::interpret::{seen, Action, Join, Target};
use crate::{Dropped, Reason, Subject};

/// What a cursor found. The values are told by the cursor: this is passed on for each event, and
/// must stay small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
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
    if piece.starts & !state.interpreter.is_open() {
        state.pending_since = state.offset_of(piece.name.start);
    }
}

/// What came of a piece.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Nothing to hand out.
    Next,
    Found(Outcome),
    /// The chunk is read.
    End,
}

/// Whether a cursor is at the start of a line and of a block, with nothing to weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtBlock {
    No,
    /// It is, but the block before it was handed out, and is to be passed first.
    Behind,
    Yes,
    /// It is, and the block before it had more lines than one: this one is likely to have, too.
    Again,
    /// It is, and the block before it ended in CR: there may be a LF to swallow, and this one is likely to
    /// end in CR, too. Elsewhere there is nothing to swallow.
    BehindCr,
}

/// Where a cursor stands. There is one at a time, so the decoder holds it; nothing of it is written
/// for a chunk that it is not needed for.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) scan: Scan,
    /// What the chunk has of a value that is not finished when the chunk ends.
    pub(super) unfinished: Span,
    /// How much of the region's front and back is the decoder's own until the cursor ends.
    pub(super) front_floor: usize,
    pub(super) back_floor: usize,
    /// The memory is above the retain mark.
    pub(super) large: bool,
    /// The block at hand was handed out, and is to be cleared.
    pub(super) done: bool,
    /// The block before the one at hand still has memory.
    pub(super) stale: bool,
    pub(super) at_block: AtBlock,
    /// What it is at the start of a block, by what the last one was: `Yes` or `Again`.
    pub(super) likely: AtBlock,
    /// The chunk has not been looked at, and the decoder is as it was.
    pub(super) fresh: bool,
    /// It is fresh, or nothing more is read, or a leak is to be reported first.
    pub(super) halted: bool,
    pub(super) settled: bool,
}

impl Cursor {
    pub(super) fn new() -> Self {
        Self {
            scan: Scan::default(),
            unfinished: Span::default(),
            front_floor: 0,
            back_floor: 0,
            large: false,
            done: false,
            stale: false,
            at_block: AtBlock::No,
            likely: AtBlock::Yes,
            fresh: true,
            halted: true,
            settled: false,
        }
    }

    /// At the start of a chunk.
    #[inline(always)]
    pub(super) fn restart(&mut self) {
        (self.fresh, self.halted, self.settled, self.done) = (true, true, false, false);
        (self.stale, self.at_block) = (false, AtBlock::No);
    }

    /// How many bytes of the chunk have been read.
    pub(super) fn pos(&self) -> usize {
        if self.fresh {
            0
        } else {
            self.scan.pos
        }
    }
}

impl<B: Buffer> Decoder<B> {
    /// Saves the state, and begins to work on it. Says whether it stands between two blocks, with
    /// nothing in the memory.
    #[inline(always)]
    pub(super) fn begin_reading(&mut self) -> bool {
        let at_boundary = self.state.save(&mut self.saved);
        self.moved_tail = None;
        self.borrowed = true;
        let Self { state, cursor, .. } = self;
        cursor.fresh = false;
        cursor.unfinished = Span::default();
        cursor.large = B::GROWS && self.region.capacity() > self.config.retain;
        cursor.front_floor = state.layout.front + state.layout.tail;
        cursor.back_floor = state.layout.back;
        cursor.halted = state.stopped | state.leaked.is_some();
        let is_behind_cr = state.lexer.starts_line() & (cursor.likely == AtBlock::BehindCr);
        if at_boundary & (is_behind_cr | state.lexer.is_at_line_start()) & !cursor.large {
            cursor.at_block = cursor.likely;
        }
        at_boundary
    }

    /// The stream offset of the next byte that the cursor reads.
    pub(super) fn cursor_offset(&self) -> u64 {
        if self.cursor.settled {
            self.state.offset
        } else {
            self.state.offset_of(self.cursor.pos())
        }
    }

    /// Whether the chunk is read: all items of it are handed out, or it is looked at for the first
    /// time and is such a part of a line that nothing comes of it. The cursor is settled then.
    ///
    /// To be called before each [`Decoder::advance`], where it can be inlined: it is all that most
    /// small chunks need.
    #[inline(always)]
    pub(super) fn is_read<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> bool {
        if self.cursor.fresh {
            return self.begin(chunk, sight);
        }
        self.comes_to_end(chunk)
    }

    /// Whether there is nothing left of the chunk but the start of a line, which is read then, if it is
    /// an expected one. The cursor is settled then.
    #[inline(always)]
    fn comes_to_end(&mut self, chunk: &[u8]) -> bool {
        if !self.cursor.scan.is_at_end(chunk) {
            return false;
        }
        if self.cursor.scan.pos >= chunk.len() {
            self.settle(chunk);
            return true;
        }
        !self.cursor.halted && self.read_start(chunk)
    }

    /// Looks at the chunk for the first time.
    #[inline(never)]
    fn begin<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> bool {
        if self.state.lexer.may_be_small(chunk) {
            return self.begin_small(chunk, sight);
        }
        // A line begins, so there is no rest of one.
        self.cursor.scan.restart();
        self.begin_reading();
        false
    }

    /// The same where the chunk may be smaller than a line.
    #[inline(never)]
    fn begin_small<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> bool {
        if self.take_small(chunk, sight) {
            return true;
        }
        let at_boundary = self.begin_reading();
        self.cursor.scan.see_events(chunk, at_boundary, sight);
        if !at_boundary & !self.cursor.halted {
            self.read_rest(chunk);
        }
        false
    }

    /// Reads on to the next item; `None`, and the cursor is settled, when the chunk is read.
    ///
    /// With `TEXT` the values are going to be shown as text, and the text policy applies.
    #[inline(always)]
    pub(super) fn advance<'c, const TEXT: bool>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> Option<Outcome> {
        loop {
            if !self.cursor.halted {
                if self.read_lines::<TEXT>(chunk, sight) {
                    return Some(Outcome::Event);
                }
                if self.comes_to_end(chunk) {
                    return None;
                }
            }
            match self.read_plainly::<TEXT>(chunk) {
                Step::Next => {}
                Step::Found(outcome) => return Some(outcome),
                Step::End => return None,
            }
        }
    }

    /// Reads on to the next event, or to what was dropped, in whatever form it comes.
    #[inline(always)]
    pub(super) fn read_on<'c, const TEXT: bool>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> Option<Outcome> {
        // What was tried before this may have read the last line that ends in the chunk.
        if self.comes_to_end(chunk) {
            return None;
        }
        if self.read_blank::<TEXT>(chunk) {
            return Some(Outcome::Event);
        }
        loop {
            let outcome = self.advance::<TEXT>(chunk, sight)?;
            if matches!(outcome, Outcome::Event | Outcome::Dropped) {
                return Some(outcome);
            }
        }
    }

    /// Reads whatever comes next: a line in an unusual form, a piece of one, or the chunk's end.
    #[inline(never)]
    fn read_plainly<const TEXT: bool>(&mut self, chunk: &[u8]) -> Step {
        if self.cursor.halted {
            return self.leak_or_stop(chunk).map_or(Step::End, Step::Found);
        }
        self.state.forget_others();
        self.cursor.at_block = AtBlock::No;
        if self.cursor.stale {
            self.free_block();
        }
        match self.execute_next::<TEXT>(chunk) {
            Step::Next if self.cursor.scan.pos < chunk.len() => Step::Next,
            step @ Step::Found(_) => step,
            _ => {
                self.settle(chunk);
                Step::End
            }
        }
    }

    /// Reads on without ever settling: for the event that a stream broke off in.
    pub(super) fn advance_unsettled<const TEXT: bool>(&mut self, chunk: &[u8]) -> Option<Outcome> {
        if self.cursor.done {
            self.clear_block();
        }
        loop {
            match self.execute_next::<TEXT>(chunk) {
                Step::Next => {}
                Step::Found(outcome) => return Some(outcome),
                Step::End => return None,
            }
        }
    }

    #[cold]
    fn leak_or_stop(&mut self, chunk: &[u8]) -> Option<Outcome> {
        if self.cursor.settled {
            return None;
        }
        if self.state.stopped {
            self.settle(chunk);
            return None;
        }
        self.cursor.halted = false;
        let subject = self.state.leaked.take()?;
        let offset = self.cursor_offset();
        self.report(subject, Reason::Leaked, offset);
        Some(Outcome::Dropped)
    }

    #[inline(never)]
    pub(super) fn execute_other<const TEXT: bool>(&mut self, chunk: &[u8], piece: Piece) -> Step {
        begin_piece(&mut self.state, piece);
        let limit = self.limit;
        let comments = self.config.comments;
        let action = self.state.interpreter.step(piece, chunk, limit, comments);
        self.execute::<TEXT>(chunk, piece, action)
    }

    /// Reads and executes a piece on the plain path.
    #[inline(never)]
    fn execute_next<const TEXT: bool>(&mut self, chunk: &[u8]) -> Step {
        if self.cursor.done {
            self.clear_block();
        }
        match self.state.lexer.next(chunk, &mut self.cursor.scan) {
            Some(piece) => self.execute_other::<TEXT>(chunk, piece),
            None => Step::End,
        }
    }

    /// Executes what the interpretation says of a piece.
    #[inline(always)]
    fn execute<const TEXT: bool>(&mut self, chunk: &[u8], piece: Piece, action: Action) -> Step {
        match action {
            Action::Nothing => {}
            Action::Put(Target::Data, join) => self.put_data(chunk, piece, join),
            Action::Put(target, _) => {
                if let Some(place) = self.put_value(chunk, piece) {
                    match target {
                        Target::Data => {}
                        Target::EventType => self.state.event_type = place,
                        Target::Id => self.state.id = place,
                        Target::Comment => {
                            return self.found_comment::<TEXT>(chunk, piece, place);
                        }
                    }
                }
            }
            Action::Void => self.forget_value(),
            Action::Retry(milliseconds) => {
                self.state.reconnection_time = Some(milliseconds);
                return Step::Found(Outcome::Retry);
            }
            // A block that was not open has nothing to clear.
            Action::Discard if !self.state.interpreter.is_open() => {}
            Action::Discard => self.clear_block(),
            Action::Overflow(at) => return self.overflow(chunk, piece, at),
            action @ (Action::Dispatch | Action::NoData) => {
                return self.finish_block::<TEXT>(chunk, piece.value.end, action);
            }
        }
        Step::Next
    }

    /// A blank line: dispatches the block.
    #[inline(always)]
    fn finish_block<const TEXT: bool>(&mut self, chunk: &[u8], end: usize, action: Action) -> Step {
        self.cursor.done = true;
        if self.looks_at_text::<TEXT>() {
            if let Some(reason) = self.text_problem(chunk) {
                self.state.drop_block();
                let offset = self.state.offset_of(end);
                return self.report(Subject::Event, reason, offset);
            }
        }
        if self.state.interpreter.has_id() {
            self.state.last_event_id = self.state.id;
        }
        if action == Action::NoData {
            return Step::Found(Outcome::Block);
        }
        self.state.events += 1;
        self.state.interpreter.see(seen::EVENT);
        if self.cursor.large {
            self.weigh();
        }
        Step::Found(Outcome::Event)
    }

    /// Executes [`Target::Data`].
    #[inline(always)]
    fn put_data(&mut self, chunk: &[u8], piece: Piece, join: Join) {
        if piece.opens && join == Join::No {
            self.state.data = Place::Chunk(piece.value);
        } else {
            self.append_data(chunk, piece.value, join);
        }
    }

    /// Executes [`Action::Put`] for a value that takes effect at its line's end, and says where
    /// it is once that has come.
    #[inline]
    fn put_value(&mut self, chunk: &[u8], piece: Piece) -> Option<Place> {
        match (piece.opens, piece.closes) {
            (true, true) => Some(Place::Chunk(piece.value)),
            (true, false) => {
                self.cursor.unfinished = piece.value;
                None
            }
            (false, closes) => {
                self.put_tail(chunk, piece.value);
                closes.then(|| self.tail_to_back())
            }
        }
    }

    /// The byte at `at` exceeds the limit: it is the last that is read before this is reported.
    #[cold]
    #[inline(never)]
    fn overflow(&mut self, chunk: &[u8], piece: Piece, at: usize) -> Step {
        // The grammar goes back to where the piece began and reads it up to that byte. Only the
        // chunk's first piece may not start a line.
        let lexer = &mut self.state.lexer;
        *lexer = if piece.starts { Lexer::at_start_of_line() } else { self.saved.lexer() };
        self.cursor.scan = Scan::at(piece.name.start);
        lexer.next(&chunk[..=at], &mut self.cursor.scan);
        self.cursor.scan = Scan::at(self.cursor.scan.pos);
        self.forget_value();
        let subject = if piece.line == Line::Comment {
            Subject::Comment
        } else {
            self.state.drop_block();
            self.free_block();
            Subject::Event
        };
        let offset = self.state.offset_of(at);
        self.report(subject, Reason::Limit, offset)
    }

    #[cold]
    fn report(&mut self, subject: Subject, reason: Reason, offset: u64) -> Step {
        self.state.dropped += 1;
        self.cursor.halted |= self.config.overflow == Overflow::Stop;
        self.state.stopped = self.config.overflow == Overflow::Stop;
        self.found.dropped = Dropped { subject, reason, offset, limit: self.limit };
        Step::Found(Outcome::Dropped)
    }

    /// Why the finished block cannot be shown as text.
    #[cold]
    #[inline(never)]
    fn text_problem(&mut self, chunk: &[u8]) -> Option<Reason> {
        let has_data = self.state.interpreter.has_data();
        let has_type = self.state.interpreter.has_type();
        let has_id = self.state.interpreter.has_id();
        let text = |shown: bool, place| {
            Text::new(if shown { self.region.bytes(&place, chunk) } else { &[] })
        };
        let event_type = text(has_type, self.state.event_type);
        let data = text(has_data, self.state.data);
        let id = text(has_id, self.state.id);
        let last_event_id = text(!has_id && has_data && !B::GROWS, self.state.last_event_id);
        let malformed = |text: &Text<'_>| text.to_str().is_none();
        let of_block = [event_type, data, id].iter().any(malformed);
        if of_block && self.config.text == TextPolicy::Strict {
            return Some(Reason::Malformed);
        }
        if B::GROWS || !(of_block || malformed(&last_event_id)) {
            return None;
        }
        // What the block is charged, the data replaced in place, the others beside themselves.
        let beside = |text: Text<'_>| if malformed(&text) { text.text_len() } else { 0 };
        let in_place = data.text_len() - data.as_bytes().len();
        let more = in_place + beside(event_type) + beside(id) + beside(last_event_id);
        if more > self.region.len() - self.state.interpreter.used() {
            return Some(Reason::Text);
        }
        // What another block left behind must not stand in the way.
        self.reclaim(chunk);
        None
    }

    fn found_comment<const TEXT: bool>(
        &mut self,
        chunk: &[u8],
        piece: Piece,
        mut place: Place,
    ) -> Step {
        if TEXT && !B::GROWS {
            let text = Text::new(self.region.bytes(&place, chunk));
            if text.to_str().is_none() {
                // Beside the bytes that came.
                let more = text.text_len() + place.len();
                if more > self.region.len() - self.state.interpreter.used() {
                    let offset = self.state.offset_of(piece.value.end);
                    return self.report(Subject::Comment, Reason::Text, offset);
                }
                self.reclaim_beside(chunk, &mut place);
            }
        }
        self.found.comment = place;
        Step::Found(Outcome::Comment)
    }
}
