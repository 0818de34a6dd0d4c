//! The cursor over one chunk: finds the frames in it.
//!
//! Rules of this module:
//!
//! - **A.** A cursor works on a copy of the framer's state and writes it back when it ends; of the
//!   framer's memory it changes nothing that the state speaks of. If it is forgotten, the chunk was
//!   not fed.
//! - **B.** A frame that stands whole in the chunk is not copied. The memory holds what earlier
//!   chunks had of the frame at hand, and, at its end, the last event ID.
//! - **C.** While a frame is read, the chunk is looked at only as far as the limit allows. So the
//!   limit is met at the same byte in every chunking, and nothing has to be taken back.

use super::view::View;
use super::{Framer, Oversized};
use crate::decoder::region::{Buffer, Layout, Place};
use crate::grammar::{Lexer, Line, Scan, Span};
use crate::interpret::{Interpreter, Ledger, Rules};
use crate::{Dropped, Reason, Subject};

/// So many frames in a row that each use less than a quarter of the memory give it back.
const CALM: u8 = 16;

/// What a framer knows between two chunks.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) lexer: Lexer,
    pub(super) interpreter: Interpreter,
    pub(super) ledger: Ledger,
    /// The block at hand, as far as it was read.
    pub(super) view: View,
    /// `front` is the length of what the memory has of the frame at hand.
    pub(super) layout: Layout,
    /// The last event ID string; not at the back only while a cursor is at work.
    pub(super) last_event_id: Place,
    /// The stream offset of the next byte; in a cursor, that of the chunk's first byte.
    pub(super) offset: u64,
    /// The frame at hand is over the limit.
    pub(super) oversized: bool,
    /// The frame before was dropped; a LF that belongs to it goes the same way.
    skipped: bool,
    calm: u8,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            lexer: Lexer::new(),
            interpreter: Interpreter::new(Rules::STANDARD),
            ledger: Ledger::new(usize::MAX),
            view: View::NOTHING,
            layout: Layout::EMPTY,
            last_event_id: Place::EMPTY,
            offset: 0,
            oversized: false,
            skipped: false,
            calm: 0,
        }
    }

    /// At the start of a stream, the last event ID kept.
    pub(super) fn restarted(&self) -> Self {
        let mut state = Self::new();
        state.last_event_id = self.last_event_id;
        state.layout.back = self.layout.back;
        state
    }
}

/// What a cursor found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Mark,
    /// The frame of the state; it ends where the cursor stands.
    Frame(Place),
    Tail(Place),
    Raw(Place),
    Dropped(Dropped),
}

/// The cursor, without the chunk and the framer: these come with each call.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) state: State,
    scan: Scan,
    /// Where in the chunk the frame at hand starts, or what comes of it behind the memory's part.
    start: usize,
    /// The frame at hand was handed out.
    finished: bool,
    settled: bool,
    /// The memory is above the retain mark.
    large: bool,
}

impl Cursor {
    pub(super) fn new<B: Buffer>(framer: &Framer<B>) -> Self {
        Self {
            state: framer.state,
            scan: Scan::default(),
            start: 0,
            finished: false,
            settled: false,
            large: B::GROWS && framer.region.capacity() > framer.config.retain,
        }
    }

    /// How many bytes of the chunk have been read.
    pub(super) fn pos(&self) -> usize {
        self.scan.pos
    }

    /// The stream offset of the next byte.
    pub(super) fn stream_offset(&self) -> u64 {
        let read = if self.settled { 0 } else { self.scan.pos as u64 };
        self.state.offset + read
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
        if self.finished {
            self.begin_frame();
        }
        let outcome = self.read(framer, chunk);
        if outcome.is_none() {
            self.settle(framer, chunk);
        }
        outcome
    }

    #[inline]
    fn read<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) -> Option<Outcome> {
        loop {
            if self.is_at_frame_start() && self.read_swallowed(chunk) {
                let tail = self.take();
                if !self.state.skipped {
                    return Some(Outcome::Tail(tail));
                }
            }
            let window = self.window(framer, chunk);
            let base = self.state.layout.front.wrapping_sub(self.start);
            let line = loop {
                let State { lexer, interpreter, ledger, view, .. } = &mut self.state;
                let Some(piece) = lexer.next(window, &mut self.scan) else {
                    break Line::Undecided;
                };
                let action = interpreter.step(ledger, piece, chunk);
                view.execute(piece, base, action);
                match piece.line {
                    Line::Blank => break Line::Blank,
                    // One that exceeds the limit is a part of what does.
                    Line::Mark if !self.state.oversized => break Line::Mark,
                    _ => {}
                }
            };
            let outcome = match line {
                Line::Blank if self.state.oversized => self.end_oversized(framer, chunk),
                Line::Blank => Some(self.end_frame(framer, chunk)),
                Line::Mark => Some(self.mark()),
                _ if window.len() < chunk.len() => self.overflow(framer),
                _ => return self.end_of_chunk(framer, chunk),
            };
            if outcome.is_some() {
                return outcome;
            }
        }
    }

    /// Whether a LF that comes next does not belong to the frame that begins here.
    #[inline]
    fn is_at_frame_start(&self) -> bool {
        self.start == self.scan.pos && self.state.layout.front == 0 && !self.state.oversized
    }

    /// How far the chunk may be looked at.
    #[inline]
    fn window<'c, B: Buffer>(&self, framer: &Framer<B>, chunk: &'c [u8]) -> &'c [u8] {
        let left = framer.room(&self.state).saturating_sub(self.state.layout.front);
        match chunk.get(..self.start.saturating_add(left)) {
            Some(window) if !self.state.oversized => window,
            _ => chunk,
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

    /// What of the chunk is not handed out yet, as far as it is read.
    #[inline]
    fn take(&mut self) -> Place {
        let taken = Span::new(self.start, self.scan.pos);
        self.start = self.scan.pos;
        Place::Chunk(taken)
    }

    fn mark(&mut self) -> Outcome {
        self.take();
        self.state.layout.front = 0;
        Outcome::Mark
    }

    #[inline]
    fn begin_frame(&mut self) {
        self.finished = false;
        self.state.ledger.begin_block(usize::MAX);
        self.state.view = View::NOTHING;
        self.state.layout.front = 0;
    }

    #[inline]
    fn end_frame<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) -> Outcome {
        if self.large {
            let used = self.state.layout.front;
            let calm = used < framer.region.capacity() / 4;
            self.state.calm = if calm { self.state.calm.saturating_add(1) } else { 0 };
        }
        let place = if self.state.layout.front > 0 {
            self.complete(framer, chunk)
        } else {
            self.read_swallowed(chunk);
            self.take()
        };
        if let Some(id) = self.state.view.id {
            self.state.last_event_id = match place {
                Place::Chunk(Span { start, .. }) => {
                    Place::Chunk(Span::new(start + id.start, start + id.end))
                }
                _ => Place::Front(id),
            };
        }
        self.state.skipped = false;
        self.finished = true;
        Outcome::Frame(place)
    }

    /// Puts what the chunk has of a frame behind what the memory has of it.
    fn complete<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) -> Place {
        // In fixed memory the LF may be one byte too many; it then comes by itself.
        if framer.reserve(&self.state.layout, self.scan.pos + 1) {
            self.read_swallowed(chunk);
        }
        self.keep(framer, chunk);
        Place::Front(Span::new(0, self.state.layout.front))
    }

    /// Puts what of the chunk is read and not handed out behind what the memory has of the frame.
    fn keep<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) {
        let rest = Span::new(self.start, self.scan.pos);
        let fits = framer.reserve(&self.state.layout, rest.len());
        debug_assert!(fits, "the limit covers what is kept");
        framer.region.push_front(&mut self.state.layout, rest.of(chunk));
        self.start = self.scan.pos;
    }

    /// The next byte exceeds the limit. `None`: it is passed through.
    #[cold]
    fn overflow<B: Buffer>(&mut self, framer: &Framer<B>) -> Option<Outcome> {
        let limit = framer.room(&self.state);
        let held = self.state.layout.front;
        let start = self.start;
        self.state.layout.front = 0;
        if framer.config.oversized == Oversized::Drop {
            self.state.ledger.drop_block(usize::MAX);
            self.state.oversized = true;
            self.take();
            let offset = self.state.offset + self.scan.pos as u64;
            let (subject, reason) = (Subject::Frame, Reason::Limit);
            return Some(Outcome::Dropped(Dropped { subject, reason, offset, limit }));
        }
        if held > 0 {
            // What the memory has is handed out before anything of this chunk, which is read again.
            debug_assert_eq!(start, 0);
            self.state.lexer = framer.state.lexer;
            self.state.interpreter = framer.state.interpreter;
            self.state.ledger = framer.state.ledger;
            self.scan = Scan::default();
        }
        self.state.ledger.drop_block(usize::MAX);
        self.state.oversized = true;
        (held > 0).then_some(Outcome::Raw(Place::Front(Span::new(0, held))))
    }

    /// The blank line of an oversized frame. `None`: it was dropped.
    #[cold]
    fn end_oversized<B: Buffer>(&mut self, framer: &Framer<B>, chunk: &[u8]) -> Option<Outcome> {
        self.read_swallowed(chunk);
        let place = self.take();
        // What was seen of the chunk may be further than the next window.
        self.scan = Scan::at(self.scan.pos);
        self.state.oversized = false;
        self.state.skipped = framer.config.oversized == Oversized::Drop;
        self.begin_frame();
        (!self.state.skipped).then_some(Outcome::Raw(place))
    }

    fn end_of_chunk<B: Buffer>(&mut self, framer: &Framer<B>, chunk: &[u8]) -> Option<Outcome> {
        if !self.state.oversized || self.start == chunk.len() {
            return None;
        }
        let place = self.take();
        (framer.config.oversized == Oversized::PassThrough).then_some(Outcome::Raw(place))
    }

    /// Ends the cursor: what the frame at hand has in the chunk is kept, and the last event ID.
    pub(super) fn settle<B: Buffer>(&mut self, framer: &mut Framer<B>, chunk: &[u8]) {
        if self.settled {
            return;
        }
        self.settled = true;
        if self.finished {
            self.begin_frame();
        }
        self.keep_last_event_id(framer, chunk);
        self.keep(framer, chunk);
        self.state.offset += self.scan.pos as u64;
        if self.large && self.state.calm >= CALM {
            self.state.calm = 0;
            framer.region.shrink(&self.state.layout, framer.config.retain);
        }
        framer.state = self.state;
    }

    /// A new last event ID takes the place of the one before. The frame it came in is finished, and
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
    }
}
