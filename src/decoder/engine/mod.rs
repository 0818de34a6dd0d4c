//! The engine: reads a chunk, and finds what comes next in it. All fronts call it.
//!
//! The engine works in its state in place, which is a [`Record`]; no copy of it is saved.

mod ending;
mod fronts;
mod record;
mod twin;

use super::config::{Charge, Config, TextPolicy};
use super::memory::{limit_in_force, Memory};
use super::store::Store;
use super::whole::{self, UsualLines};
use crate::decoder::{Reason, Subject};
use crate::grammar::{Lexer, Line, Piece, Scan, Span, Start, COLON};
use crate::interpret::{has, see, Action, Ledger, Target};
use crate::region::{Place, Storage, LARGEST};
use crate::text::Utf8;
use crate::vector::Sees;
pub(super) use record::Told;
use record::{Halt, Phase, Record, Shown};

/// Memory is given back after this many events in a row that each used less than a quarter of it.
const IDLE_EVENTS: u8 = 16;

/// A chunk of at least this many bytes is likely to be a part of a long line, if the line already has as many
/// bytes as the chunk.
const LONG: usize = 256;

/// What comes next in a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// The chunk is read, or nothing is read.
    End,
    /// An event that stands whole in the chunk.
    Whole(UsualLines),
    /// An event; [`Engine::block`] has it.
    Event,
    /// A block without data.
    Block,
    Comment,
    Retry,
    /// Something was dropped; `dropped` says what.
    Dropped,
}

/// What the plain reading came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing to hand out; there may be more.
    Next,
    End,
    /// A block begins here.
    Boundary,
    Event,
    Block,
    Comment,
    Retry,
    Dropped,
}

#[derive(Clone, Debug)]
pub(super) struct Engine<B: Storage> {
    pub(super) record: Record,
    scan: Scan,
    pub(super) memory: Memory<B>,
}

impl<B: Storage> Engine<B> {
    pub(super) fn new(buffer: B, config: Config) -> Self {
        let limit = if B::GROWS {
            limit_in_force(config.limit, LARGEST)
        } else {
            config.limit.min(buffer.bytes().len())
        };
        let memory = Memory::new(buffer, limit);
        Self { record: Record::new(config, limit), scan: Scan::default(), memory }
    }

    #[inline(always)]
    fn store(&mut self) -> Store<'_, B> {
        Store { memory: &mut self.memory, held: &mut self.record.held }
    }

    // Chunks.

    /// Begins to read a chunk.
    #[inline(always)]
    pub(super) fn begin(&mut self, chunk: &[u8]) {
        if self.record.phase != Phase::Between {
            self.begin_again();
        }
        self.record.phase = Phase::Within;
        self.scan.begin(chunk);
    }

    /// Reads on in a chunk of which `pos` bytes have been read before, and nothing else of the stream since.
    pub(super) fn begin_at(&mut self, chunk: &[u8], pos: usize) {
        self.begin(chunk);
        if pos > 0 {
            self.scan = Scan::at(pos);
            debug_assert!(self.record.offset >= pos as u64, "they have been read");
            self.record.offset = self.record.offset.saturating_sub(pos as u64);
        }
    }

    /// Forgets what was seen of the chunk ahead.
    #[cold]
    pub(super) fn look_again(&mut self) {
        self.scan = Scan::at(self.scan.pos);
    }

    #[cold]
    #[inline(never)]
    fn begin_again(&mut self) {
        match self.record.phase {
            Phase::Ended { .. } => self.reset(),
            _ => self.rest(),
        }
    }

    /// Between two chunks. If one is being read, its reader was forgotten.
    pub(super) fn rest(&mut self) {
        if self.record.phase == Phase::Within {
            self.lose_chunk();
        }
    }

    /// The reader of a chunk was forgotten. The current block is lost, since some of it may be in the chunk; so is the
    /// rest of the chunk.
    #[cold]
    #[inline(never)]
    fn lose_chunk(&mut self) {
        self.record.offset += self.scan.pos as u64;
        self.record.commits += 1;
        (self.record.phase, self.record.shown) = (Phase::Between, Shown::Nothing);
        self.store().lose_chunk();
        self.record.ledger.drop_block(self.record.room());
        if self.record.halt == Halt::Stopped {
            return;
        }
        self.record.lexer = Lexer::behind_unknown_bytes();
        self.record.utf8 = Utf8::START;
        if self.record.halt == Halt::No {
            (self.record.halt, self.record.pending_since) = (Halt::Forgotten, self.record.offset);
            self.record.dropped.offset = self.record.offset;
        }
    }

    /// Ends the reading of a chunk: what is still needed of it is stored.
    #[inline]
    pub(super) fn settle(&mut self, chunk: &[u8]) {
        if self.record.shown != Shown::Nothing {
            self.release();
        }
        self.store().settle(chunk);
        self.record.offset += self.scan.pos as u64;
        self.record.phase = Phase::Between;
        if self.memory.has_grown | (self.record.idle_events >= IDLE_EVENTS) {
            self.look_at_capacity();
        }
    }

    /// Passes the item that was handed out.
    #[inline(never)]
    fn release(&mut self) {
        self.record.dropped_has = 0;
        match core::mem::replace(&mut self.record.shown, Shown::Nothing) {
            Shown::Nothing => {}
            Shown::Block => {
                self.store().clear();
                self.record.ledger.begin_block(self.record.room());
            }
            Shown::Dropped => self.store().clear(),
            Shown::Comment => self.store().clear_comment(),
        }
    }

    /// How many bytes of the chunk have been read.
    #[inline]
    pub(super) fn pos(&self) -> usize {
        self.scan.pos
    }

    /// The stream offset of the next byte.
    pub(super) fn stream_offset(&self) -> u64 {
        let read = if self.record.phase == Phase::Within { self.scan.pos } else { 0 };
        self.record.offset + read as u64
    }

    // The ladder.

    /// Finds what comes next in the chunk, and calls `show` with it. With `TEXT` the values are going to be shown as
    /// text, and the text policy applies. Without `ITEMS` it is an event, or what was dropped.
    ///
    /// `show` is called where something is found, so that a block is never put together in memory first.
    #[inline(always)]
    pub(super) fn next<'a, 'c, const TEXT: bool, const ITEMS: bool, S: Sees<'c>, T>(
        &'a mut self,
        chunk: &'c [u8],
        sees: &mut S,
        show: impl FnOnce(&'a mut Self, Found, &mut S) -> T,
    ) -> T {
        if self.record.halt != Halt::No {
            let found = self.record.report_halt();
            return show(self, found, sees);
        }
        if self.record.shown != Shown::Nothing {
            self.release();
        } else if self.record.lexer.is_in_data() && self.read_more_data::<TEXT>(chunk, sees) {
            return show(self, Found::End, sees);
        }
        loop {
            if self.scan.pos >= chunk.len() {
                return show(self, Found::End, sees);
            }
            let is_fatal = TEXT && self.record.config.text_policy == TextPolicy::Fatal;
            if whole::IS_ON && !self.record.ledger.has(has::FIELDS) {
                if self.record.ends_with_cr {
                    if let Some(data) = self.usual_with_cr(chunk, is_fatal, sees) {
                        return show(self, Found::Whole(UsualLines::one(data)), sees);
                    }
                } else if self.record.lexer.is_behind_lf() {
                    let first = Start::of(chunk, self.scan.pos);
                    let left = self.record.ledger.left();
                    if first.is_some_and(Start::is_usual) {
                        if let Some(data) = whole::usual::<false>(chunk, &mut self.scan, left, sees)
                        {
                            let usual = UsualLines::one(data);
                            if self.stands(chunk, &usual, true, is_fatal, sees) {
                                return show(self, Found::Whole(usual), sees);
                            }
                        }
                    }
                    let is_comment = first.map_or(true, Start::is_comment);
                    if !is_comment && left > 0 && !self.scan.is_read(chunk) {
                        let Self { record, scan, memory } = self;
                        let mut store = Store { memory, held: &mut record.held };
                        let (usual, is_whole) = whole::read(chunk, scan, &mut store, left, sees);
                        if self.stands(chunk, &usual, is_whole, is_fatal, sees) {
                            if is_whole {
                                return show(self, Found::Whole(usual), sees);
                            }
                            self.adopt(&usual, chunk);
                        }
                    }
                }
            }
            let step = if is_fatal {
                self.read_plainly::<true>(chunk, sees)
            } else {
                self.read_plainly::<false>(chunk, sees)
            };
            let found = match step {
                Step::End => Found::End,
                Step::Event => Found::Event,
                Step::Dropped => Found::Dropped,
                Step::Block if ITEMS => Found::Block,
                Step::Comment if ITEMS => Found::Comment,
                Step::Retry if ITEMS => Found::Retry,
                Step::Block if self.pass_block::<TEXT>(chunk) => Found::Dropped,
                Step::Boundary | Step::Next | Step::Block | Step::Retry => continue,
                Step::Comment => {
                    self.release();
                    continue;
                }
            };
            return show(self, found, sees);
        }
    }

    /// The data of the block that begins here, if it is one data line and ends in CR or CRLF as the last block did. A
    /// LF that is to be swallowed before it is passed first.
    #[inline(never)]
    fn usual_with_cr<'c>(
        &mut self,
        chunk: &'c [u8],
        is_fatal: bool,
        sees: &mut impl Sees<'c>,
    ) -> Option<Span> {
        self.scan.peek(chunk, sees)?;
        self.record.lexer.skip_swallowed(chunk, &mut self.scan);
        if !self.record.lexer.is_behind_lf() || !Start::of(chunk, self.scan.pos)?.is_usual() {
            return None;
        }
        let left = self.record.ledger.left();
        let data = whole::usual::<true>(chunk, &mut self.scan, left, sees)?;
        if !self.stands(chunk, &UsualLines::one(data), true, is_fatal, sees) {
            return None;
        }
        self.record.lexer = Lexer::behind_lines(chunk, self.scan.lines());
        Some(data)
    }

    /// Whether usual lines can be taken as they were found. If malformed bytes are fatal and the lines have some, they
    /// are not read.
    #[inline(always)]
    fn stands<'c>(
        &mut self,
        chunk: &'c [u8],
        usual: &UsualLines,
        is_whole: bool,
        is_fatal: bool,
        sees: &mut impl Sees<'c>,
    ) -> bool {
        if cfg!(debug_assertions) {
            self.compare(chunk, usual, is_whole);
        }
        let Span { start, end } = usual.lines;
        let stands = !is_fatal || sees.is_text(chunk, start..end);
        if !stands {
            self.scan = Scan::at(start);
        }
        stands
    }

    /// Takes over usual lines that are not a whole block, so that the engine reads on behind them.
    #[inline(always)]
    fn adopt(&mut self, usual: &UsualLines, chunk: &[u8]) {
        if usual.lines.is_empty() {
            return;
        }
        self.record.lexer = Lexer::behind_lines(chunk, self.scan.lines());
        self.record.pending_since = self.record.offset + usual.lines.start as u64;
        let told = Told::whole(usual);
        let value_bytes = told.event_type.len() + told.data.len() + told.id.len();
        let bytes = if self.record.config.charge == Charge::Lines {
            usual.lines.len()
        } else {
            value_bytes
        };
        self.record.ledger.adopt(told.has, bytes);
        self.store().adopt(told.event_type, told.data, told.id);
    }

    /// Reads a chunk that is nothing but more of the value of a data line.
    #[inline(never)]
    fn read_more_data<'c, const TEXT: bool>(
        &mut self,
        chunk: &'c [u8],
        sees: &mut impl Sees<'c>,
    ) -> bool {
        let is_long = chunk.len() >= LONG && self.store().front() >= chunk.len();
        if chunk.is_empty() || !self.scan.is_within_line(chunk, is_long, sees) {
            return false;
        }
        let is_fatal = TEXT && self.record.config.text_policy == TextPolicy::Fatal;
        let mut utf8 = self.record.utf8;
        if is_fatal && utf8.read(chunk).is_some() {
            return false;
        }
        let piece = Piece::of_data(chunk.len());
        let mut ledger = self.record.ledger;
        match self.record.interpreter.step(&mut ledger, piece, chunk) {
            Action::Put(_, join) => self.store().put_data(chunk, piece, join),
            Action::Overflow(_) => return false,
            _ => {}
        }
        (self.record.ledger, self.record.utf8) = (ledger, utf8);
        self.scan.pos = chunk.len();
        true
    }

    /// Reads line by line, on to an item, a boundary, or the chunk's end.
    #[inline(never)]
    fn read_plainly<'c, const FATAL: bool>(
        &mut self,
        chunk: &'c [u8],
        sees: &mut impl Sees<'c>,
    ) -> Step {
        loop {
            if self.record.lexer.is_behind_line() && self.scan.peek(chunk, sees).is_some() {
                self.record.lexer.skip_swallowed(chunk, &mut self.scan);
                match self.read::<true, FATAL>(chunk, sees) {
                    Step::Next => {}
                    step => return step,
                }
            }
            match self.read::<false, FATAL>(chunk, sees) {
                Step::Next => {}
                step => return step,
            }
        }
    }

    /// Reads `WHOLE` lines as long as they are usual, or else one piece. Malformed bytes may be `FATAL`.
    #[inline(always)]
    fn read<'c, const WHOLE: bool, const FATAL: bool>(
        &mut self,
        chunk: &'c [u8],
        sees: &mut impl Sees<'c>,
    ) -> Step {
        let mut lines = self.scan.lines();
        let start = lines.pos;
        let (mut lexer, mut ledger) = (self.record.lexer, self.record.ledger);
        let step = loop {
            let before = lexer;
            let next = if WHOLE {
                Lexer::whole_line(chunk, &mut lines, &mut self.scan, sees)
            } else {
                lexer.step(chunk, &mut lines, &mut self.scan, sees)
            };
            let Some(piece) = next else { break if WHOLE { Step::Next } else { Step::End } };
            let is_pending = !WHOLE || !matches!(piece.line, Line::Comment | Line::Blank);
            if is_pending && piece.starts & !ledger.has(has::FIELDS) {
                self.record.pending_since = self.record.offset + piece.name.start as u64;
            }
            let utf8 = self.record.utf8;
            let start = piece.name.start;
            if FATAL
                && piece.line != Line::Blank
                && !(WHOLE && sees.is_text(chunk, start..lines.pos))
            {
                if WHOLE {
                    // To be read as a piece, which may end at a malformed byte.
                    lines.back_to(start, Some(piece.value.end));
                    break Step::Next;
                }
                if let Some(at) = self.malformed(ledger, piece, chunk, lines.pos) {
                    lines.pos = at;
                    lexer = before.within(piece.line, start, piece.value, at, chunk);
                    ledger = self.stop_at_malformed(ledger, piece, at);
                    break Step::Dropped;
                }
            }
            match self.record.interpreter.step(&mut ledger, piece, chunk) {
                Action::Nothing => {}
                Action::Put(Target::Data, join) => self.store().put_data(chunk, piece, join),
                Action::Put(Target::EventType, _) => {
                    if let Some(place) = self.put_value(chunk, piece) {
                        self.record.held.event_type = place;
                    }
                }
                Action::Put(Target::Id, _) => {
                    if let Some(place) = self.put_value(chunk, piece) {
                        self.record.held.id = place;
                    }
                }
                Action::Put(Target::Comment, _) => {
                    let value = self.record.interpreter.comment_of(piece);
                    if self.put_comment(chunk, value, piece.opens, piece.closes) {
                        break Step::Comment;
                    }
                }
                Action::Void => self.store().forget_value(),
                Action::Retry(milliseconds) => {
                    self.record.reconnection_time = Some(milliseconds);
                    break Step::Retry;
                }
                Action::Dispatch => {
                    self.record.end_block(chunk, piece.value.end);
                    break Step::Event;
                }
                Action::NoData => {
                    self.record.end_block(chunk, piece.value.end);
                    break Step::Block;
                }
                Action::Discard => {
                    if ledger.has(has::FIELDS) {
                        ledger = self.pass_dropped(ledger, chunk, piece.value.end);
                    }
                    // A comment is no block that could stand whole in the chunk.
                    if !lines.is_before(chunk, COLON) {
                        break Step::Boundary;
                    }
                }
                Action::Overflow(at) => {
                    let Piece { line, name, value, closes, .. } = piece;
                    if !ledger.has(has::FIELDS) & piece.starts {
                        self.record.pending_since = self.record.offset + name.start as u64;
                    }
                    lines.back_to(at + 1, closes.then_some(value.end));
                    if FATAL {
                        self.record.utf8 = utf8;
                        self.record.utf8.read(chunk.get(start..=at).unwrap_or_default());
                    }
                    self.scan.leave(lines);
                    self.record.lexer = before.within(line, name.start, value, at + 1, chunk);
                    self.record.ledger = self.overflow(ledger, line, at);
                    return Step::Dropped;
                }
            }
            if !WHOLE {
                break if lines.pos < chunk.len() { Step::Next } else { Step::End };
            }
        };
        if WHOLE && lines.pos > start {
            lexer = Lexer::behind_lines(chunk, lines);
        }
        self.scan.leave(lines);
        (self.record.lexer, self.record.ledger) = (lexer, ledger);
        step
    }

    /// Puts a piece of a value. Returns where the value is, once it is complete.
    #[inline(always)]
    fn put_value(&mut self, chunk: &[u8], piece: Piece) -> Option<Place> {
        let Piece { value, opens, closes, .. } = piece;
        self.store().put_value(chunk, value, opens, closes)
    }

    /// Puts a piece of a comment; says whether it is complete.
    #[inline(never)]
    fn put_comment(&mut self, chunk: &[u8], value: Span, opens: bool, closes: bool) -> bool {
        let Some(place) = self.store().put_value(chunk, value, opens, closes) else { return false };
        self.record.held.comment = place;
        self.record.shown = Shown::Comment;
        true
    }

    /// Passes a block without data, of a front that does not show it. Returns whether it is reported as dropped.
    #[inline(never)]
    fn pass_block<const TEXT: bool>(&mut self, chunk: &[u8]) -> bool {
        let told = self.record.block();
        if TEXT && self.drop_if_malformed(&told, chunk).is_some() {
            return true;
        }
        self.record.commit();
        self.release();
        false
    }

    /// Passes a block that was dropped. A blank line has ended it, at this position of the chunk.
    #[cold]
    #[inline(never)]
    fn pass_dropped(&mut self, mut ledger: Ledger, chunk: &[u8], end: usize) -> Ledger {
        self.record.end_block(chunk, end);
        self.record.shown = Shown::Nothing;
        ledger.begin_block(self.record.room());
        ledger
    }

    /// Reads a piece as text, to the chunk's byte at `end`. Returns the first malformed byte, unless the limit is
    /// exceeded before it.
    #[inline(never)]
    fn malformed(
        &mut self,
        ledger: Ledger,
        piece: Piece,
        chunk: &[u8],
        end: usize,
    ) -> Option<usize> {
        let start = piece.name.start;
        let read = chunk.get(start..end).unwrap_or_default();
        let at = start + self.record.utf8.read(read)?;
        let (mut interpreter, mut ledger) = (self.record.interpreter, ledger);
        let action = interpreter.step(&mut ledger, piece, chunk);
        (!matches!(action, Action::Overflow(over) if over < at)).then_some(at)
    }

    /// The stream is not UTF-8: nothing more is read.
    #[cold]
    fn stop_at_malformed(&mut self, mut ledger: Ledger, piece: Piece, at: usize) -> Ledger {
        see(&mut ledger, piece, at);
        self.store().forget_value();
        self.record.report(Subject::Event, Reason::Malformed, self.record.offset + at as u64);
        self.record.halt = Halt::Stopped;
        self.record.drop_block(ledger)
    }

    /// The byte at `at`, the last that was read, exceeds the limit.
    #[cold]
    #[inline(never)]
    fn overflow(&mut self, ledger: Ledger, line: Line, at: usize) -> Ledger {
        self.store().forget_value();
        let offset = self.record.offset + at as u64;
        if line == Line::Comment {
            self.record.report(Subject::Comment, Reason::Limit, offset);
            return ledger;
        }
        self.record.report(Subject::Event, Reason::Limit, offset);
        self.record.drop_block(ledger)
    }
}
