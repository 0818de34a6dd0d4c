//! Reads a chunk: finds the frames in it.
//!
//! Rules of this module:
//!
//! - **A.** The framer works in its [`State`] in place. If a chunk is still being read where the next
//!   begins, its cursor was forgotten.
//! - **B.** A frame that stands whole in the chunk is not copied, unless comments are taken out of
//!   it. The memory holds what earlier chunks had of the current frame, a comment behind it, and, at
//!   its end, the last event ID.
//! - **C.** While a frame is read, the chunk is looked at only as far as the limit allows. So the
//!   limit is met at the same byte in every chunking, and nothing has to be taken back.
//! - **D.** At every item, all bytes read were handed out, were dropped, or are in memory or in
//!   `start..pos` of the chunk, where [`Framer::settle`] takes them from.

use super::state::{Before, Reading, State};
use super::view::View;
use super::{Comments, FrameLines, Framer, LineKind, Oversized};
use crate::decoder::{Reason, Subject};
use crate::grammar::{are_one_end, Lexer, Line, Piece, Scan, Span, COLON, CR, MARK};
use crate::interpret::{Interpreter, Ledger, Rules};
use crate::region::{Buffer, Layout, Place};
use crate::Dropped;

/// Memory is given back after this many frames in a row that each used less than a quarter of it.
const IDLE_FRAMES: u8 = 16;

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Mark,
    /// The frame of the state; it ends where the reading stands.
    Frame(Place),
    Comments(Place),
    Tail(Place),
    Raw(Place),
    /// The first bytes of a frame over the limit, which looked like a byte order mark.
    RawMark(&'static [u8]),
    Dropped(Dropped),
}

impl<B: Buffer> Framer<B> {
    /// Begins to read a chunk.
    #[inline]
    pub(super) fn begin(&mut self, chunk: &[u8]) {
        if self.ended {
            self.reset();
        }
        self.rest();
        (self.state.chunk_len, self.state.start) = (Some(chunk.len()), 0);
        let window = self.window(chunk);
        self.state.scan.begin(window);
    }

    /// Between two chunks. If one is being read, its cursor was forgotten.
    #[inline]
    pub(super) fn rest(&mut self) {
        if self.state.chunk_len.is_some() {
            self.lose_chunk();
        }
    }

    #[cold]
    #[inline(never)]
    fn lose_chunk(&mut self) {
        self.state = self.state.lost();
        #[cfg(feature = "bytes")]
        self.forget_shared_id();
    }

    /// Forgets what was seen of the chunk ahead.
    #[cold]
    pub(super) fn look_again(&mut self) {
        self.state.scan = Scan::at(self.pos());
    }

    /// How many bytes of the chunk have been read.
    pub(super) fn pos(&self) -> usize {
        self.state.scan.pos
    }

    /// Reads on to the next item; `None`, and the chunk is settled, when it is read.
    #[inline]
    pub(super) fn advance(&mut self, chunk: &[u8]) -> Option<Outcome> {
        self.state.chunk_len?;
        self.let_go();
        let outcome = self.read(chunk);
        if outcome.is_none() {
            self.settle(chunk);
        }
        outcome
    }

    /// Frees the memory of the item before.
    #[inline]
    fn let_go(&mut self) {
        if self.state.is_finished {
            self.begin_frame();
        }
        if self.state.handed_out > 0 {
            let handed_out = core::mem::take(&mut self.state.handed_out);
            let front = self.region.front_mut(&self.state.layout);
            front.copy_within(handed_out.., 0);
            self.state.layout.front -= handed_out;
            self.state.frame_offset += handed_out as u64;
            self.read_memory();
        }
    }

    #[inline]
    fn read(&mut self, chunk: &[u8]) -> Option<Outcome> {
        if core::mem::take(&mut self.state.is_lost) {
            return Some(Outcome::Dropped(self.dropped(Subject::Frame, Reason::Forgotten)));
        }
        if let Reading::Mark(_) = self.state.reading {
            let outcome = self.read_mark(chunk);
            if outcome.is_some() || self.pos() == chunk.len() {
                return outcome;
            }
        }
        loop {
            if self.state.before != Before::Kept {
                if let Some(tail) = self.read_tail(chunk) {
                    return Some(tail);
                }
            }
            let window = self.window(chunk);
            let base = self.state.layout.front.wrapping_sub(self.state.start);
            let takes_comments = match self.state.reading {
                Reading::Frame => self.state.is_stripped | (self.config.comments != Comments::Keep),
                Reading::PassedFrame | Reading::DroppedFrame => false,
                _ => true,
            };
            let State { lexer, interpreter, ledger, view, scan, .. } = &mut self.state;
            let mut lines = scan.lines();
            let piece = loop {
                let piece = lexer.step(window, &mut lines, scan, &mut ());
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
            scan.leave(lines);
            let outcome = match (piece, self.state.reading) {
                (Some(Piece { line: Line::Comment, .. }), _) => self.comment(chunk, piece?),
                (Some(_), Reading::Frame) => Some(self.end_frame(chunk)),
                (Some(_), _) => self.end_oversized(chunk),
                (None, _) if window.len() < chunk.len() => self.overflow(chunk),
                (None, _) => return self.end_of_chunk(chunk),
            };
            if outcome.is_some() {
                return outcome;
            }
        }
    }

    /// Reads more of what may be the mark. The mark is no part of a frame, so that the limit is not for it.
    #[cold]
    fn read_mark(&mut self, chunk: &[u8]) -> Option<Outcome> {
        let before = self.state.mark();
        let rest = MARK.get(before.len()..)?;
        if chunk.starts_with(rest) {
            self.state.scan.pos = rest.len();
            self.take();
            self.state.reading = Reading::Frame;
            return Some(Outcome::Mark);
        }
        if rest.starts_with(chunk) {
            self.state.scan.pos = chunk.len();
            self.take();
            self.state.reading = Reading::Mark(before.len() + chunk.len());
            return None;
        }
        self.state.reading = Reading::Frame;
        // The bytes are the start of a name that the standard does not know.
        let mut scan = Scan::default();
        while self.state.lexer.next(before, &mut scan).is_some() {}
        let limit = self.room(self.state.last_event_id());
        if before.len() > limit {
            return Some(match self.exceed(Subject::Frame, Span::default()) {
                Some(Outcome::Dropped(dropped)) => {
                    Outcome::Dropped(Dropped { offset: limit as u64, ..dropped })
                }
                _ => Outcome::RawMark(before),
            });
        }
        if self.reserve(before.len()) {
            self.region.push_front(&mut self.state.layout, before);
        }
        None
    }

    /// Reads a LF that belongs to what was handed out or dropped before, if it comes next.
    fn read_tail(&mut self, chunk: &[u8]) -> Option<Outcome> {
        if self.state.scan.pos == chunk.len() {
            return None;
        }
        let before = core::mem::replace(&mut self.state.before, Before::Kept);
        let has_tail = self.read_swallowed(chunk);
        let tail = self.take();
        (has_tail && before == Before::HandedOut).then_some(Outcome::Tail(tail))
    }

    /// How far the chunk may be looked at.
    #[inline]
    fn window<'c>(&self, chunk: &'c [u8]) -> &'c [u8] {
        match self.state.reading {
            Reading::Mark(_) => &[],
            Reading::Frame | Reading::Comment => {
                let held = self.state.layout.front + self.state.layout.tail;
                let left = self.room(self.state.last_event_id()).saturating_sub(held);
                chunk.get(..self.state.start.saturating_add(left)).unwrap_or(chunk)
            }
            _ => chunk,
        }
    }

    /// Forgets what was seen of the chunk ahead, where that may be further than the next window.
    #[inline]
    fn look_within_window(&mut self, chunk: &[u8]) {
        if self.window(chunk).len() < chunk.len() {
            self.look_again();
        }
    }

    /// Reads the LF of a CRLF whose CR was read before; says whether it came.
    #[inline]
    fn read_swallowed(&mut self, chunk: &[u8]) -> bool {
        let before = self.pos();
        // The scan must not see further than the next window will.
        let next = chunk.get(..before + 1).unwrap_or(chunk);
        self.state.lexer.skip_swallowed(next, &mut self.state.scan);
        self.pos() > before
    }

    /// The part of the chunk that is read, and neither handed out nor kept yet.
    #[inline]
    fn take(&mut self) -> Place {
        let taken = Span::new(self.state.start, self.pos());
        self.state.start = self.pos();
        Place::Chunk(taken)
    }

    /// The report that something is dropped here.
    pub(super) fn dropped(&self, subject: Subject, reason: Reason) -> Dropped {
        let limit = self.room(self.state.last_event_id());
        Dropped { subject, reason, offset: self.state.stream_offset(), limit }
    }

    #[inline]
    fn begin_frame(&mut self) {
        self.state.is_finished = false;
        self.state.is_stripped = false;
        self.state.is_gap = false;
        self.state.ledger.begin_block(usize::MAX);
        self.state.view = View::NOTHING;
        self.state.layout.front = 0;
    }

    #[inline]
    fn end_frame(&mut self, chunk: &[u8]) -> Outcome {
        if B::GROWS && self.region.capacity() > self.config.retain {
            let is_idle = self.state.layout.front < self.region.capacity() / 4;
            let count = self.state.idle_frames.saturating_add(1);
            self.state.idle_frames = if is_idle { count } else { 0 };
        }
        let place = if self.state.layout.front > 0 {
            self.keep_to_end(chunk);
            Place::Front(Span::new(0, self.state.layout.front))
        } else {
            self.read_swallowed(chunk);
            self.take()
        };
        if let Some(id) = self.state.view.id {
            self.state.new_id = Some(match place {
                Place::Chunk(of) => Place::Chunk(Span::new(of.start + id.start, of.start + id.end)),
                _ => Place::Front(id),
            });
            #[cfg(feature = "bytes")]
            self.forget_shared_id();
        }
        self.state.before = Before::HandedOut;
        self.state.is_finished = true;
        Outcome::Frame(place)
    }

    /// Puts the end of a frame, or of a comment, behind what the memory has of it, the LF of a CRLF included. In fixed
    /// memory the LF may be one byte too many; it then comes by itself.
    fn keep_to_end(&mut self, chunk: &[u8]) {
        let rest = self.pos() - self.state.start;
        if self.reserve(rest + 1) {
            self.read_swallowed(chunk);
        }
        self.keep(chunk, self.pos());
    }

    /// Puts what the chunk has up to `end` behind what the memory has of the frame, or of a comment.
    fn keep(&mut self, chunk: &[u8], end: usize) {
        self.keep_last_event_id(chunk);
        let mut rest = Span::new(self.state.start, end).of(chunk);
        if rest.is_empty() {
            return;
        }
        let fits = self.reserve(rest.len());
        debug_assert!(fits, "the limit covers what is kept");
        if self.state.reading == Reading::Comment {
            self.region.push_tail(&mut self.state.layout, rest);
            self.state.start = end;
            return;
        }
        if self.state.layout.front == 0 {
            self.state.frame_offset = self.state.offset + self.state.start as u64;
        }
        if core::mem::take(&mut self.state.is_gap) && are_one_end(self.memory(), rest) {
            // A comment stood between them, and `rest` is the blank line: it has to be a CR as well.
            rest = &[CR];
        }
        self.region.push_front(&mut self.state.layout, rest);
        self.state.start = end;
    }

    /// A piece of a comment that is not kept with the frame.
    fn comment(&mut self, chunk: &[u8], piece: Piece) -> Option<Outcome> {
        if piece.starts {
            self.keep(chunk, piece.name.start);
            let is_handed_out = self.config.comments == Comments::Lines;
            self.state.reading =
                if is_handed_out { Reading::Comment } else { Reading::DroppedComment };
        }
        piece.closes.then(|| self.end_comment(chunk)).flatten()
    }

    /// The end of a comment that is not kept with the frame.
    fn end_comment(&mut self, chunk: &[u8]) -> Option<Outcome> {
        let place = if self.state.layout.tail > 0 {
            self.keep_to_end(chunk);
            let Layout { front, tail, .. } = self.state.layout;
            self.state.layout.tail = 0;
            Place::Front(Span::new(front, front + tail))
        } else {
            self.read_swallowed(chunk);
            self.take()
        };
        let reading = core::mem::replace(&mut self.state.reading, Reading::Frame);
        self.look_within_window(chunk);
        self.state.is_gap = self.state.layout.front > 0;
        self.state.before = Before::HandedOut;
        match reading {
            Reading::DroppedComment => {
                self.state.before = Before::Dropped;
                None
            }
            Reading::Comment => Some(Outcome::Comments(place)),
            _ => Some(Outcome::Raw(place)),
        }
    }

    /// The next byte exceeds the limit. Comments go first: they never cost a frame.
    #[cold]
    fn overflow(&mut self, chunk: &[u8]) -> Option<Outcome> {
        self.keep(chunk, self.pos());
        let Layout { front, tail, .. } = self.state.layout;
        if self.state.reading == Reading::Comment {
            return self.exceed(Subject::Comment, Span::new(front, front + tail));
        }
        let comments = FrameLines::new(self.memory(), 0)
            .take_while(|line| line.kind() == LineKind::Comment && !line.end().is_empty());
        let leading = comments.last().map_or(0, |line| line.range().end);
        if leading > 0 {
            self.state.handed_out = leading;
            if leading == front {
                self.state.before = Before::HandedOut;
            }
            return Some(Outcome::Comments(Place::Front(Span::new(0, leading))));
        }
        let held = Span::new(0, front);
        if self.memory().first() == Some(&COLON) {
            return self.exceed(Subject::Comment, held);
        }
        if self.config.oversized == Oversized::Drop && self.strip_comments() {
            return Some(Outcome::Dropped(self.dropped(Subject::Comment, Reason::Limit)));
        }
        self.state.ledger.drop_block(usize::MAX);
        self.exceed(Subject::Frame, held)
    }

    /// The frame, or the comment, that is being read is over the limit. The part that the memory has is free from now
    /// on.
    fn exceed(&mut self, subject: Subject, held: Span) -> Option<Outcome> {
        (self.state.layout.front, self.state.layout.tail) = (held.start, 0);
        let is_comment = subject == Subject::Comment;
        if self.config.oversized == Oversized::PassThrough {
            self.state.reading =
                if is_comment { Reading::PassedComment } else { Reading::PassedFrame };
            return (!held.is_empty()).then_some(Outcome::Raw(Place::Front(held)));
        }
        self.state.reading =
            if is_comment { Reading::DroppedComment } else { Reading::DroppedFrame };
        Some(Outcome::Dropped(self.dropped(subject, Reason::Limit)))
    }

    /// Takes the comments out of what the memory has of the frame; says whether it has any. There are
    /// fields before them.
    fn strip_comments(&mut self) -> bool {
        let front = self.region.front_mut(&self.state.layout);
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
        self.read_memory();
        true
    }

    /// What the memory has of the frame.
    fn memory(&self) -> &[u8] {
        self.region.bytes(&Place::Front(Span::new(0, self.state.layout.front)), &[])
    }

    /// Interprets what the memory has of the frame again, since lines were taken out of it. The lexer
    /// stays where it is.
    fn read_memory(&mut self) {
        let bytes = self.memory();
        let (mut lexer, mut scan) = (Lexer::at_start_of_line(), Scan::default());
        let mut interpreter = Interpreter::new(Rules::STANDARD);
        let (mut ledger, mut view) = (Ledger::new(usize::MAX), View::NOTHING);
        while let Some(piece) = lexer.next(bytes, &mut scan) {
            let action = interpreter.step(&mut ledger, piece, bytes);
            view.execute(piece, 0, action);
        }
        (self.state.interpreter, self.state.ledger, self.state.view) = (interpreter, ledger, view);
    }

    /// The blank line of an oversized frame. `None`: it was dropped.
    #[cold]
    fn end_oversized(&mut self, chunk: &[u8]) -> Option<Outcome> {
        self.read_swallowed(chunk);
        let place = self.take();
        let is_passed = self.state.reading == Reading::PassedFrame;
        self.state.reading = Reading::Frame;
        self.state.before = if is_passed { Before::HandedOut } else { Before::Dropped };
        self.begin_frame();
        self.look_within_window(chunk);
        is_passed.then_some(Outcome::Raw(place))
    }

    /// The chunk is read: what is not kept is passed on or dropped.
    fn end_of_chunk(&mut self, chunk: &[u8]) -> Option<Outcome> {
        match self.state.reading {
            Reading::PassedFrame | Reading::PassedComment if self.state.start < chunk.len() => {
                Some(Outcome::Raw(self.take()))
            }
            Reading::DroppedFrame | Reading::DroppedComment => {
                self.take();
                None
            }
            _ => None,
        }
    }

    /// Ends the reading of a chunk: what the current frame has in it is kept, and the last event ID.
    pub(super) fn settle(&mut self, chunk: &[u8]) {
        if self.state.chunk_len.is_none() {
            return;
        }
        self.let_go();
        self.keep(chunk, self.pos());
        self.state.chunk_len = None;
        self.state.offset += self.pos() as u64;
        if self.state.idle_frames >= IDLE_FRAMES {
            self.state.idle_frames = 0;
            self.region.shrink(&self.state.layout, self.config.retain);
        }
    }

    /// Moves a new last event ID to the place of the one before. The frame it came in is finished, and
    /// the memory of nothing else is in use.
    fn keep_last_event_id(&mut self, chunk: &[u8]) {
        let Some(place) = self.state.new_id.take() else { return };
        debug_assert_eq!(self.state.layout.front, 0);
        self.state.layout = Layout::EMPTY;
        match place {
            Place::Chunk(span) => {
                let fits = self.reserve(span.len());
                debug_assert!(fits, "an ID is a part of a frame");
                self.region.push_back(&mut self.state.layout, span.of(chunk));
            }
            Place::Front(span) => {
                let layout = &mut self.state.layout;
                (layout.front, layout.tail) = (span.start, span.len());
                self.region.tail_to_back(layout);
                layout.front = 0;
            }
            Place::Back { .. } | Place::Text(_) => {}
        }
    }
}
