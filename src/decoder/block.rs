//! Blocks that are read from their first line to their blank line: the fast path of events.
//!
//! Does what `execute_next` of the cursor would do. What is read is told to the state only where the
//! block is not what is expected here: `id`, `event` and `data` lines, of the first two at most one each,
//! and a blank line; then the lines that were read are taken over by the loop of `lines`.

use super::cursor::AtBlock;
use super::region::{Buffer, Layout, Place};
use super::Decoder;
use crate::grammar::{Line, Lines, Sight, Span, Start, USUAL};
use crate::interpret::has_nul;

/// An event that the state does not tell, but for the last event ID.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    /// The lines of its block, in the chunk.
    #[cfg_attr(not(feature = "bytes"), allow(dead_code))]
    pub(super) lines: Span,
    /// Of the chunk; empty where there is none.
    pub(super) event_type: Span,
    pub(super) data: Data,
    /// The ID of the block, in the chunk, if it has one.
    pub(super) id: Option<Span>,
}

/// Where the data of such an event is.
#[derive(Clone, Copy)]
pub(super) enum Data {
    /// One line.
    Chunk(Span),
    /// Lines that were joined: `stored` in the region, till that is used again. The `first` of them is in the
    /// chunk.
    Joined {
        stored: Span,
        #[cfg_attr(not(feature = "bytes"), allow(dead_code))]
        first: Span,
    },
}

impl Whole {
    /// A [usual](USUAL) event of one data line.
    #[inline(always)]
    pub(super) fn usual(data: Span) -> Self {
        let lines = Span::new(data.start - USUAL.len(), data.end);
        Self { lines, event_type: Span::default(), data: Data::Chunk(data), id: None }
    }
}

impl Data {
    #[inline(always)]
    pub(super) fn place(self) -> Place {
        match self {
            Self::Chunk(span) => Place::Chunk(span),
            Self::Joined { stored, .. } => Place::Front(stored),
        }
    }
}

/// The fields of a block so far. A span that ends at zero is that of a field that did not come.
#[derive(Clone, Copy, Default)]
struct Block {
    event_type: Span,
    id: Span,
    /// The first data line.
    data: Span,
    /// There are more data lines; those that were read are in the region.
    is_joined: bool,
    /// The lengths of the data lines, one laid over the other.
    lens: usize,
}

const fn came(span: Span) -> bool {
    span.end != 0
}

impl<B: Buffer> Decoder<B> {
    /// Reads the event that comes next, if it is an expected one and its block begins here.
    #[inline(always)]
    pub(super) fn read_block<'c, const TEXT: bool>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> Option<Whole> {
        if self.cursor.at_block == AtBlock::Behind {
            self.pass_block();
        }
        // A block cannot be charged for more than its bytes.
        let fits = self.state.interpreter.left(self.limit) >= chunk.len();
        let is_here = matches!(self.cursor.at_block, AtBlock::Yes | AtBlock::Again);
        if !is_here | !fits | self.looks_at_text::<TEXT>() {
            let is_behind_cr = self.cursor.at_block == AtBlock::BehindCr;
            if !is_behind_cr | self.looks_at_text::<TEXT>() {
                return None;
            }
            // Of those that do not end in LF, only the usual ones are expected.
            return self.read_usual_cr(chunk, sight);
        }
        let mut lines = self.cursor.scan.lines();
        if lines.is_comment(chunk) & !self.config.comments {
            lines = self.pass_comments(chunk, sight)?;
        }
        let (start, mut block) = (lines.pos(), Block::default());
        let is_event = loop {
            let scan = &mut self.cursor.scan;
            let Some(end) = lines.end(chunk, scan, sight) else { break false };
            if end == lines.pos() {
                break came(block.data) && lines.are_two_lf(chunk);
            }
            let Some((line, value)) = lines.start(chunk).and_then(Start::line) else {
                break false;
            };
            let value = Span::new(value, end);
            match line {
                Line::Data if !came(block.data) => block.data = value,
                Line::Data if self.join_line(&mut block, chunk, value) => {}
                Line::Event if !came(block.event_type) => block.event_type = value,
                Line::Id if !came(block.id) && !has_nul(value.of(chunk)) => block.id = value,
                _ => break false,
            }
            lines.pass(end);
        };
        if !is_event {
            if lines.pos() != self.cursor.scan.pos {
                self.tell_block(block, lines, chunk);
            }
            return None;
        }
        let read = Span::new(start, lines.pos());
        lines.pass(lines.pos());
        lines.leave(&mut self.cursor.scan);
        Some(self.finish_whole(read, block))
    }

    /// Passes comments, and blank lines between them; the lines behind them, unless a LF is to be
    /// swallowed first.
    #[inline(never)]
    fn pass_comments<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> Option<Lines> {
        let Self { state, cursor, .. } = self;
        let mut lines = cursor.scan.lines();
        while let Some(end) = lines.end(chunk, &mut cursor.scan, sight) {
            // What seems to be a blank line may be the LF of a CRLF: no matter, neither does anything here.
            if end != lines.pos() {
                if !lines.is_comment(chunk) {
                    break;
                }
                state.interpreter.pass_comment(true);
            }
            lines.pass(end);
        }
        state.lexer.resume_behind(lines, chunk, &mut cursor.scan);
        if !state.lexer.is_at_line_start() {
            cursor.at_block = AtBlock::No;
            return None;
        }
        Some(lines)
    }

    /// Joins a data line to those before it, if there is room.
    #[inline(always)]
    fn join_line(&mut self, block: &mut Block, chunk: &[u8], value: Span) -> bool {
        if !block.is_joined {
            if self.cursor.stale {
                self.free_block();
            }
            let Self { state, region, .. } = self;
            debug_assert_eq!(state.layout.floor, state.layout.front);
            if !region.push_line::<false>(&mut state.layout, chunk, block.data) {
                return false;
            }
            (block.is_joined, block.lens) = (true, block.data.len());
        }
        // If there is no room for it now, it comes next all the same, as it is within the limit.
        block.lens |= value.len();
        self.region.push_line::<true>(&mut self.state.layout, chunk, value)
    }

    /// Behind the blank line.
    #[inline(always)]
    fn finish_whole(&mut self, lines: Span, block: Block) -> Whole {
        let Self { state, cursor, .. } = self;
        let mut data = Data::Chunk(block.data);
        let mut lens = block.data.len();
        if block.is_joined {
            let Layout { floor, front, .. } = state.layout;
            let stored = Span::new(floor, front);
            (data, lens) = (Data::Joined { stored, first: block.data }, block.lens);
            // What is there stays until memory is needed next.
            state.layout.front = floor;
        }
        let has_more = came(block.event_type) | came(block.id) | block.is_joined;
        cursor.likely = if has_more { AtBlock::Again } else { AtBlock::Yes };
        cursor.at_block = cursor.likely;
        state.events += 1;
        state.interpreter.see_event(lens != 0);
        let id = came(block.id).then_some(block.id);
        if let Some(id) = id {
            state.last_event_id = Place::Chunk(id);
            state.interpreter.begin_block(id.len());
        }
        Whole { lines, event_type: block.event_type, data, id }
    }

    /// Tells the state what was read, which is a line at least, of a block that is not expected here.
    #[inline(never)]
    fn tell_block(&mut self, block: Block, lines: Lines, chunk: &[u8]) {
        let Self { state, cursor, .. } = self;
        let begun = state.offset_of(cursor.scan.pos);
        cursor.at_block = AtBlock::No;
        state.lexer.resume_behind(lines, chunk, &mut cursor.scan);
        let Block { event_type, id, data, is_joined, lens } = block;
        state.pending_since = begun;
        state.event_type = Place::Chunk(event_type);
        state.id = Place::Chunk(id);
        state.data = Place::Chunk(data);
        if is_joined {
            state.data = Place::Front(Span::new(state.layout.floor, state.layout.front));
        }
        let len = |span: Span| came(span).then_some(span.len());
        let has_bytes = !data.is_empty() | (lens != 0);
        let data = came(data).then_some((state.data.len(), has_bytes));
        state.interpreter.tell_block(len(event_type), len(id), data);
    }
}
