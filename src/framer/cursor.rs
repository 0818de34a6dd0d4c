//! The cursor over one chunk: finds the frames in it.
//!
//! Rules of this module:
//!
//! - **A.** A cursor takes the framer's [`State`] and puts it back when it ends. As long as it is at
//!   work, the framer has the state of one whose cursor was forgotten.
//! - **B.** A frame that stands whole in the chunk is not copied, unless comments are taken out of
//!   it. The memory holds what earlier chunks had of the current frame, a comment behind it, and, at
//!   its end, the last event ID.
//! - **C.** While a frame is read, the chunk is looked at only as far as the limit allows. So the
//!   limit is met at the same byte in every chunking, and nothing has to be taken back.
//! - **D.** At every item, all bytes read were handed out, were dropped, or are in memory or in
//!   `start..pos` of the chunk, where [`Cursor::settle`] takes them from.

use super::state::{Before, Reading, State};
use super::view::View;
use super::{Comments, Framer, Oversized};
use crate::decoder::{Reason, Subject};
use crate::grammar::{are_one_end, Lexer, Line, Piece, Scan, Span, MARK};
use crate::interpret::{Interpreter, Ledger, Rules};
use crate::region::{Buffer, Layout, Place};
use crate::Dropped;

/// Memory is given back after this many frames in a row that each used less than a quarter of it.
const IDLE_FRAMES: u8 = 16;

/// What a cursor found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Mark,
    /// The frame of the state; it ends where the cursor stands.
    Frame(Place),
    Comments(Place),
    Tail(Place),
    Raw(Place),
    /// The first bytes of a frame over the limit, which looked like a byte order mark.
    RawMark(&'static [u8]),
    Dropped(Dropped),
}

/// The cursor, without the chunk and the framer: these come with each call.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) state: State,
    scan: Scan,
    /// Where in the chunk the current frame starts, or what comes of it behind the memory's part.
    start: usize,
    /// How many bytes at the start of the memory were handed out.
    handed_out: usize,
    /// The current frame was handed out.
    finished: bool,
    settled: bool,
    /// The memory is above the retain mark.
    large: bool,
}

impl Cursor {
    pub(super) fn new<B: Buffer>(framer: &mut Framer<B>, len: usize) -> Self {
        let forgotten = framer.state.forgotten(len);
        Self {
            state: core::mem::replace(&mut framer.state, forgotten),
            scan: Scan::default(),
            start: 0,
            handed_out: 0,
            finished: false,
            settled: false,
            large: B::GROWS && framer.region.capacity() > framer.config.retain,
        }
    }

    /// How many bytes of the chunk have been read.
    pub(super) fn pos(&self) -> usize {
        self.scan.pos
    }

    /// Forgets what was seen of the chunk ahead.
    #[cold]
    pub(super) fn look_again(&mut self) {
        self.scan = Scan::at(self.scan.pos);
    }

    /// The stream offset of the next byte.
    pub(super) fn stream_offset(&self) -> u64 {
        let read = if self.settled { 0 } else { self.scan.pos as u64 };
        self.state.offset + read
    }

    /// The stream offset of the first byte of a frame that was found.
    pub(super) fn frame_offset(&self, place: Place) -> u64 {
        match place {
            Place::Chunk(span) => self.state.offset + span.start as u64,
            _ => self.state.frame_offset,
        }
    }

    /// Reads on to the next item; `None`, and the cursor is settled, when the chunk is read.
    #[inline]
    pub(super) fn advance<B: Buffer>(
        &mut self,
        framer: &mut Framer<B>,
        chunk: &[u8],
    ) -> Option<Outcome> {
        if self.settled {
            return None;
        }
        self.let_go(framer);
        let outcome = self.read(framer, chunk);
        if outcome.is_none() {
            self.settle(framer, chunk);
        }
        outcome
    }

    /// Frees the memory of the item before.
    #[inline]
    fn let_go<B: Buffer>(&mut self, framer: &mut Framer<B>) {
        if self.finished {
            self.begin_frame();
        }
        if self.handed_out > 0 {
            let handed_out = core::mem::take(&mut self.handed_out);
            let front = framer.region.front_mut(&self.state.layout);
            front.copy_within(handed_out.., 0);
            self.state.layout.front -= handed_out;
            self.state.frame_offset += handed_out as u64;
            self.read_memory(framer);
        }
    }

    #[inline]
    fn read<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) -> Option<Outcome> {
        if core::mem::take(&mut self.state.is_lost) {
            return Some(self.dropped(framer, Subject::Frame, Reason::Forgotten));
        }
        if let Reading::Mark(count) = self.state.reading {
            let outcome = self.read_mark(framer, chunk, count);
            if outcome.is_some() || self.scan.pos == chunk.len() {
                return outcome;
            }
        }
        loop {
            if self.state.before != Before::Kept {
                if let Some(tail) = self.read_tail(chunk) {
                    return Some(tail);
                }
            }
            let window = self.window(framer, chunk);
            let base = self.state.layout.front.wrapping_sub(self.start);
            let takes_comments = match self.state.reading {
                Reading::Frame => self.state.is_stripped | !framer.config.keeps_comments(),
                Reading::PassedFrame | Reading::DroppedFrame => false,
                _ => true,
            };
            let State { lexer, interpreter, ledger, view, .. } = &mut self.state;
            let mut lines = self.scan.lines();
            let piece = loop {
                let piece = lexer.step(window, &mut lines, &mut self.scan, &mut ());
                let Some(piece) = piece else { break None };
                if takes_comments & (piece.line == Line::Comment) {
                    break Some(piece);
                }
                let action = interpreter.step(ledger, piece, chunk);
                view.execute(piece, base, action);
                if piece.line == Line::Blank {
                    break Some(piece);
                }
            };
            self.scan.leave(lines);
            let outcome = match (piece, self.state.reading) {
                (Some(Piece { line: Line::Comment, .. }), _) => self.comment(framer, chunk, piece?),
                (Some(_), Reading::Frame) => Some(self.end_frame(framer, chunk)),
                (Some(_), _) => self.end_oversized(framer, chunk),
                (None, _) if window.len() < chunk.len() => self.overflow(framer, chunk),
                (None, _) => return self.end_of_chunk(chunk),
            };
            if outcome.is_some() {
                return outcome;
            }
        }
    }

    /// Reads more of what may be the mark, of which `count` bytes were read. The mark is no part of a
    /// frame, so that the limit is not for it.
    #[cold]
    fn read_mark<B: Buffer>(
        &mut self,
        framer: &mut Framer<B>,
        chunk: &[u8],
        count: u8,
    ) -> Option<Outcome> {
        let before = self.state.mark();
        let rest = MARK.get(before.len()..)?;
        if chunk.starts_with(rest) {
            self.scan.pos = rest.len();
            self.take();
            self.state.reading = Reading::Frame;
            return Some(Outcome::Mark);
        }
        if rest.starts_with(chunk) {
            self.scan.pos = chunk.len();
            self.take();
            #[allow(clippy::cast_possible_truncation)] // Less than the mark has.
            let more = chunk.len() as u8;
            self.state.reading = Reading::Mark(count + more);
            return None;
        }
        self.state.reading = Reading::Frame;
        // The bytes are the start of a name that the standard does not know.
        let mut scan = Scan::default();
        while self.state.lexer.next(before, &mut scan).is_some() {}
        let limit = framer.room(&self.state);
        if before.len() > limit {
            let is_passed = self.exceed(framer, Reading::PassedFrame, Reading::DroppedFrame);
            let (subject, reason) = (Subject::Frame, Reason::Limit);
            let dropped = Dropped { subject, reason, offset: limit as u64, limit };
            let found =
                if is_passed { Outcome::RawMark(before) } else { Outcome::Dropped(dropped) };
            return Some(found);
        }
        if framer.reserve(&self.state.layout, before.len()) {
            framer.region.push_front(&mut self.state.layout, before);
        }
        None
    }

    /// Reads a LF that belongs to what was handed out or dropped before, if it comes next.
    fn read_tail(&mut self, chunk: &[u8]) -> Option<Outcome> {
        if self.scan.pos == chunk.len() {
            return None;
        }
        let before = core::mem::replace(&mut self.state.before, Before::Kept);
        let has_tail = self.read_swallowed(chunk);
        let tail = self.take();
        (has_tail && before == Before::HandedOut).then_some(Outcome::Tail(tail))
    }

    /// How far the chunk may be looked at.
    #[inline]
    fn window<'c, B: Buffer>(&self, framer: &Framer<B>, chunk: &'c [u8]) -> &'c [u8] {
        let held = self.state.layout.front + self.state.layout.tail;
        let left = framer.room(&self.state).saturating_sub(held);
        let is_kept = matches!(self.state.reading, Reading::Frame | Reading::Comment);
        match chunk.get(..self.start.saturating_add(left)) {
            Some(window) if is_kept => window,
            _ => chunk,
        }
    }

    /// Forgets what was seen of the chunk ahead, where that may be further than the next window.
    #[inline]
    fn look_within_window<B: Buffer>(&mut self, framer: &Framer<B>, chunk: &[u8]) {
        if self.window(framer, chunk).len() < chunk.len() {
            self.look_again();
        }
    }

    /// Reads the LF of a CRLF whose CR was read before; says whether it came.
    #[inline]
    fn read_swallowed(&mut self, chunk: &[u8]) -> bool {
        let before = self.scan.pos;
        // The scan must not see further than the next window will.
        let next = chunk.get(..before + 1).unwrap_or(chunk);
        self.state.lexer.skip_swallowed(next, &mut self.scan);
        self.scan.pos > before
    }

    /// The part of the chunk that is read, and neither handed out nor kept yet.
    #[inline]
    fn take(&mut self) -> Place {
        let taken = Span::new(self.start, self.scan.pos);
        self.start = self.scan.pos;
        Place::Chunk(taken)
    }

    fn dropped<B: Buffer>(&self, framer: &Framer<B>, subject: Subject, reason: Reason) -> Outcome {
        let limit = framer.room(&self.state);
        Outcome::Dropped(Dropped { subject, reason, offset: self.stream_offset(), limit })
    }

    #[inline]
    fn begin_frame(&mut self) {
        self.finished = false;
        self.state.is_stripped = false;
        self.state.is_gap = false;
        self.state.ledger.begin_block(usize::MAX);
        self.state.view = View::NOTHING;
        self.state.layout.front = 0;
    }

    #[inline]
    fn end_frame<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) -> Outcome {
        if self.large {
            let is_idle = self.state.layout.front < framer.region.capacity() / 4;
            let count = self.state.idle_frames.saturating_add(1);
            self.state.idle_frames = if is_idle { count } else { 0 };
        }
        let place = if self.state.layout.front > 0 {
            self.read_swallowed_if_it_fits(framer, chunk);
            self.keep(framer, chunk, self.scan.pos);
            Place::Front(Span::new(0, self.state.layout.front))
        } else {
            self.read_swallowed(chunk);
            self.take()
        };
        if let Some(id) = self.state.view.id {
            self.state.last_event_id = match place {
                Place::Chunk(of) => Place::Chunk(Span::new(of.start + id.start, of.start + id.end)),
                _ => Place::Front(id),
            };
        }
        self.state.before = Before::HandedOut;
        self.finished = true;
        Outcome::Frame(place)
    }

    /// Reads the LF of a CRLF if there is room for it behind what the chunk has to be kept. In fixed
    /// memory it may be one byte too many; it then comes by itself.
    fn read_swallowed_if_it_fits<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) {
        let rest = self.scan.pos - self.start;
        if framer.reserve(&self.state.layout, rest + 1) {
            self.read_swallowed(chunk);
        }
    }

    /// Puts what the chunk has up to `end` behind what the memory has of the frame, or of a comment.
    fn keep<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8], end: usize) {
        self.keep_last_event_id(framer, chunk);
        let mut rest = Span::new(self.start, end).of(chunk);
        if rest.is_empty() {
            return;
        }
        let fits = framer.reserve(&self.state.layout, rest.len());
        debug_assert!(fits, "the limit covers what is kept");
        if self.state.reading == Reading::Comment {
            framer.region.push_tail(&mut self.state.layout, rest);
            self.start = end;
            return;
        }
        if self.state.layout.front == 0 {
            self.state.frame_offset = self.state.offset + self.start as u64;
        }
        let line_end;
        if core::mem::take(&mut self.state.is_gap) {
            if let Some(cr) = self.joining(framer, rest) {
                line_end = [cr];
                rest = &line_end;
            }
        }
        framer.region.push_front(&mut self.state.layout, rest);
        self.start = end;
    }

    /// The CR that the memory's part of the frame ends with, if it would be one line end with a LF that
    /// `rest` starts with. A comment stood between them, and `rest` is the blank line: it has to be a CR
    /// as well.
    fn joining<B: Buffer>(&self, framer: &Framer<B>, rest: &[u8]) -> Option<u8> {
        let kept = self.memory(framer);
        kept.last().copied().filter(|_| are_one_end(kept, rest))
    }

    /// A piece of a comment that is not kept with the frame.
    fn comment<B: Buffer>(
        &mut self,
        framer: &mut Framer<B>,
        chunk: &[u8],
        piece: Piece,
    ) -> Option<Outcome> {
        if piece.starts {
            self.keep(framer, chunk, piece.name.start);
            let is_handed_out = framer.config.comments == Comments::Lines;
            self.state.reading =
                if is_handed_out { Reading::Comment } else { Reading::DroppedComment };
        }
        piece.closes.then(|| self.end_comment(framer, chunk)).flatten()
    }

    /// The end of a comment that is not kept with the frame.
    fn end_comment<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) -> Option<Outcome> {
        let place = if self.state.layout.tail > 0 {
            self.read_swallowed_if_it_fits(framer, chunk);
            self.keep(framer, chunk, self.scan.pos);
            self.take_tail()
        } else {
            self.read_swallowed(chunk);
            self.take()
        };
        let reading = core::mem::replace(&mut self.state.reading, Reading::Frame);
        self.look_within_window(framer, chunk);
        let is_dropped = reading == Reading::DroppedComment;
        self.state.before = if is_dropped { Before::Dropped } else { Before::HandedOut };
        self.state.is_gap = self.state.layout.front > 0;
        match reading {
            Reading::DroppedComment => None,
            Reading::Comment => Some(Outcome::Comments(place)),
            _ => Some(Outcome::Raw(place)),
        }
    }

    /// What the memory has of a comment; it is free from now on.
    fn take_tail(&mut self) -> Place {
        let Layout { front, tail, .. } = self.state.layout;
        self.state.layout.tail = 0;
        Place::Front(Span::new(front, front + tail))
    }

    /// What is read is over the limit; says whether it is passed on.
    fn exceed<B: Buffer>(&mut self, framer: &Framer<B>, passed: Reading, dropped: Reading) -> bool {
        let is_passed = framer.config.oversized == Oversized::PassThrough;
        self.state.reading = if is_passed { passed } else { dropped };
        is_passed
    }

    /// The next byte exceeds the limit. Comments go first: they never cost a frame.
    #[cold]
    fn overflow<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) -> Option<Outcome> {
        self.keep(framer, chunk, self.scan.pos);
        if self.state.reading == Reading::Comment {
            return self.overflow_comment(framer, self.state.layout.front);
        }
        let (leading, last_line) = self.comments_before_fields(framer);
        if leading > 0 {
            self.handed_out = leading;
            if leading == self.state.layout.front {
                self.state.before = Before::HandedOut;
            }
            return Some(Outcome::Comments(Place::Front(Span::new(0, leading))));
        }
        if last_line == Line::Comment {
            return self.overflow_comment(framer, 0);
        }
        let drops = framer.config.oversized == Oversized::Drop;
        if drops && self.strip_comments(framer) {
            return Some(self.dropped(framer, Subject::Comment, Reason::Limit));
        }
        let outcome = self.dropped(framer, Subject::Frame, Reason::Limit);
        self.exceed(framer, Reading::PassedFrame, Reading::DroppedFrame);
        self.state.ledger.drop_block(usize::MAX);
        let held = core::mem::take(&mut self.state.layout.front);
        if drops {
            return Some(outcome);
        }
        (held > 0).then_some(Outcome::Raw(Place::Front(Span::new(0, held))))
    }

    /// The comment that the memory has from `start` on is longer than the limit.
    fn overflow_comment<B: Buffer>(&mut self, framer: &Framer<B>, start: usize) -> Option<Outcome> {
        let outcome = self.dropped(framer, Subject::Comment, Reason::Limit);
        let held = Span::new(start, self.state.layout.front + self.state.layout.tail);
        (self.state.layout.front, self.state.layout.tail) = (start, 0);
        if self.exceed(framer, Reading::PassedComment, Reading::DroppedComment) {
            return (!held.is_empty()).then_some(Outcome::Raw(Place::Front(held)));
        }
        Some(outcome)
    }

    /// Of what the memory has of the frame: the length of the comment lines before any other line,
    /// and, if there are none, what the current line is.
    fn comments_before_fields<B: Buffer>(&self, framer: &Framer<B>) -> (usize, Line) {
        let bytes = self.memory(framer);
        let (mut lexer, mut scan) = (Lexer::at_start_of_line(), Scan::default());
        let mut len = 0;
        while let Some(piece) = lexer.next(bytes, &mut scan) {
            if !piece.closes || piece.line != Line::Comment {
                return (len, piece.line);
            }
            lexer.skip_swallowed(bytes, &mut scan);
            len = scan.pos;
        }
        (len, Line::Undecided)
    }

    /// Takes the comments out of what the memory has of the frame; says whether it has any. There are
    /// fields before them.
    fn strip_comments<B: Buffer>(&mut self, framer: &mut Framer<B>) -> bool {
        let front = framer.region.front_mut(&self.state.layout);
        let (mut lexer, mut scan) = (Lexer::at_start_of_line(), Scan::default());
        let (mut start, mut kept, mut last) = (0, 0, None);
        while let Some(piece) = lexer.next(front, &mut scan) {
            lexer.skip_swallowed(front, &mut scan);
            let end = scan.pos;
            if piece.line != Line::Comment {
                front.copy_within(start..end, kept);
                kept += end - start;
            }
            (start, last) = (end, Some(piece));
        }
        if kept == start {
            return false;
        }
        self.state.layout.front = kept;
        self.state.is_stripped = true;
        match last {
            Some(Piece { line: Line::Comment, closes: false, .. }) => {
                self.state.reading = Reading::DroppedComment;
            }
            Some(Piece { line: Line::Comment, .. }) => {
                self.state.is_gap = true;
                self.state.before = Before::Dropped;
            }
            _ => {}
        }
        self.read_memory(framer);
        true
    }

    /// What the memory has of the frame.
    fn memory<'f, B: Buffer>(&self, framer: &'f Framer<B>) -> &'f [u8] {
        framer.region.bytes(&Place::Front(Span::new(0, self.state.layout.front)), &[])
    }

    /// Interprets what the memory has of the frame again, since lines were taken out of it. The lexer
    /// stays where it is.
    fn read_memory<B: Buffer>(&mut self, framer: &Framer<B>) {
        let bytes = self.memory(framer);
        let (mut lexer, mut scan) = (Lexer::at_start_of_line(), Scan::default());
        let mut interpreter = Interpreter::new(Rules::STANDARD);
        let (mut ledger, mut view) = (Ledger::new(usize::MAX), View::NOTHING);
        while let Some(piece) = lexer.next(bytes, &mut scan) {
            let action = interpreter.step(&mut ledger, piece, bytes);
            view.execute(piece, 0, action);
        }
        self.state = State { interpreter, ledger, view, ..self.state };
    }

    /// The blank line of an oversized frame. `None`: it was dropped.
    #[cold]
    fn end_oversized<B: Buffer>(&mut self, framer: &Framer<B>, chunk: &[u8]) -> Option<Outcome> {
        self.read_swallowed(chunk);
        let place = self.take();
        let is_passed = self.state.reading == Reading::PassedFrame;
        self.state.reading = Reading::Frame;
        self.state.before = if is_passed { Before::HandedOut } else { Before::Dropped };
        self.begin_frame();
        self.look_within_window(framer, chunk);
        is_passed.then_some(Outcome::Raw(place))
    }

    /// The chunk is read: what is not kept is passed on or dropped.
    fn end_of_chunk(&mut self, chunk: &[u8]) -> Option<Outcome> {
        match self.state.reading {
            Reading::PassedFrame | Reading::PassedComment if self.start < chunk.len() => {
                Some(Outcome::Raw(self.take()))
            }
            Reading::DroppedFrame | Reading::DroppedComment => {
                self.take();
                None
            }
            _ => None,
        }
    }

    /// Ends the cursor: what the current frame has in the chunk is kept, and the last event ID.
    pub(super) fn settle<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) {
        if self.settled {
            return;
        }
        self.settled = true;
        self.let_go(framer);
        self.keep(framer, chunk, self.scan.pos);
        self.state.offset += self.scan.pos as u64;
        if self.large && self.state.idle_frames >= IDLE_FRAMES {
            self.state.idle_frames = 0;
            framer.region.shrink(&self.state.layout, framer.config.retain);
        }
        framer.state = self.state;
    }

    /// Moves a new last event ID to the place of the one before. The frame it came in is finished, and
    /// the memory of nothing else is in use.
    fn keep_last_event_id<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) {
        let place = self.state.last_event_id;
        if matches!(place, Place::Back { .. }) || place == Place::EMPTY {
            return;
        }
        #[cfg(feature = "bytes")]
        {
            framer.shared_id = None;
        }
        debug_assert_eq!(self.state.layout.front, 0);
        let layout = &mut self.state.layout;
        *layout = Layout::EMPTY;
        self.state.last_event_id = match place {
            Place::Front(span) if !span.is_empty() => {
                (layout.front, layout.tail) = (span.start, span.len());
                let place = framer.region.tail_to_back(layout);
                layout.front = 0;
                place
            }
            Place::Chunk(span) if !span.is_empty() => {
                let fits = framer.reserve(layout, span.len());
                debug_assert!(fits, "an ID is a part of a frame");
                framer.region.push_back(layout, span.of(chunk))
            }
            _ => Place::EMPTY,
        };
        // For the case that this cursor is forgotten.
        framer.state.last_event_id = self.state.last_event_id;
        framer.state.layout.back = self.state.layout.back;
    }
}
