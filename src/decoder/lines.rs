//! Whole lines in the usual form, executed one after another: the fast path of blocks that an earlier
//! chunk began, and of those that are not what `block` expects.
//!
//! Does what `execute_next` of the cursor would do, line by line. What it works on is in registers from
//! the first line to the last; of a line that it does not take nothing is read.

use super::block::Whole;
use super::config::TextPolicy;
use super::cursor::AtBlock;
use super::region::{Buffer, Place};
use super::state::State;
use super::Decoder;
use crate::grammar::{usual_event, Line, Sight, Span, Start};
use crate::interpret::{seen, Join, Tally};

/// Notes where the block begins, if it does so with the line at `pos`.
#[inline(always)]
pub(super) fn begin_line(state: &mut State, tally: Tally, pos: usize) {
    if tally.is_closed() {
        state.pending_since = state.offset_of(pos);
    }
}

impl<B: Buffer> Decoder<B> {
    /// Whether the text of a block decides on it, which is for the plain path.
    #[inline(always)]
    pub(super) fn looks_at_text<const TEXT: bool>(&self) -> bool {
        TEXT && (!B::GROWS || self.config.text == TextPolicy::Strict)
    }

    /// An event that is [one data line](usual_event), if that comes next. To be called behind
    /// [`Decoder::is_read`], where it can be inlined.
    ///
    /// The state is as if there had been no such event, but that it is counted.
    #[inline(always)]
    pub(super) fn read_usual<'c, const TEXT: bool>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> Option<Whole> {
        if (self.cursor.at_block != AtBlock::Yes) | self.looks_at_text::<TEXT>() {
            return None;
        }
        let Self { state, cursor, limit, .. } = self;
        let fits = |len| len <= state.interpreter.left(*limit);
        let data = usual_event(chunk, &mut cursor.scan, fits, sight)?;
        Some(self.finish_usual(data))
    }

    /// The same where lines end in CR or CRLF, behind such an event.
    #[inline(always)]
    pub(super) fn read_usual_cr<'c>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> Option<Whole> {
        let data = self.usual_cr_data(chunk, sight)?;
        Some(self.finish_usual(data))
    }

    #[inline(never)] // This leaves the registers to those that end in LF.
    fn usual_cr_data<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> Option<Span> {
        let Self { state, cursor, limit, .. } = self;
        let fits = |len| len <= state.interpreter.left(*limit);
        state.lexer.usual_cr_event(chunk, &mut cursor.scan, fits, sight)
    }

    #[inline(always)]
    fn finish_usual(&mut self, data: Span) -> Whole {
        self.state.interpreter.see_event(true);
        self.state.events += 1;
        Whole::usual(data)
    }

    /// Reads the blank line behind data that an earlier chunk began, if that comes next; says whether
    /// it did.
    #[inline(always)]
    pub(super) fn read_blank<const TEXT: bool>(&mut self, chunk: &[u8]) -> bool {
        let looks_at_text = self.looks_at_text::<TEXT>();
        let Self { state, cursor, .. } = self;
        let is_blank = state.lexer.is_before_blank(chunk, &cursor.scan);
        let is_usual = !cursor.halted & !cursor.done & !cursor.large & !looks_at_text;
        if !is_blank || !is_usual | !state.interpreter.has_data() {
            return false;
        }
        let Some(end) = cursor.scan.line_end(chunk) else { return false };
        cursor.scan.pos = end + 1;
        state.interpreter.see(seen::EVENT);
        state.events += 1;
        if state.interpreter.has_id() {
            state.last_event_id = state.id;
        }
        (cursor.done, cursor.at_block) = (true, AtBlock::Behind);
        true
    }

    /// Reads and executes lines up to the end of an event; says whether one ended.
    #[inline(always)]
    pub(super) fn read_lines<'c, const TEXT: bool>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> bool {
        let looks_at_text = self.looks_at_text::<TEXT>();
        let Self { state, cursor, .. } = self;
        // Else the LF of a CRLF, where that is the next to be looked at, is skipped by one who tells nobody.
        cursor.scan.peek_and_see(chunk, sight);
        let Some(mut lines) = state.lexer.lines(chunk, &mut cursor.scan) else { return false };
        if lines.end(chunk, &mut cursor.scan, sight).is_none() {
            return false;
        }
        let Some(mut tally) = self.begin_lines() else { return false };
        let mut id = Span::default();
        let is_event = loop {
            let Self { state, cursor, config, .. } = self;
            let Some(end) = lines.end(chunk, &mut cursor.scan, sight) else { break false };
            if end == lines.pos() {
                let is_blank = !lines.is_swallowed(chunk);
                if is_blank & tally.has_data() & !looks_at_text {
                    lines.pass(end);
                    break true;
                }
                if is_blank & !tally.is_closed() {
                    break false;
                }
                lines.pass(end);
                continue;
            }
            let Some((line, value)) = lines.start(chunk).and_then(Start::line) else {
                break false;
            };
            let value = Span::new(value, end);
            let taken = match line {
                Line::Data if tally.has_data() => {
                    let taken = tally.more_data(value.len());
                    if taken {
                        self.join_data(chunk, value, tally);
                    }
                    taken
                }
                Line::Data => {
                    begin_line(state, tally, lines.pos());
                    let taken = tally.data(value.len());
                    if taken {
                        state.data = Place::Chunk(value);
                    }
                    taken
                }
                Line::Event => {
                    begin_line(state, tally, lines.pos());
                    let taken = tally.event_type(value.len());
                    if taken {
                        state.event_type = Place::Chunk(value);
                    }
                    taken
                }
                Line::Id => {
                    begin_line(state, tally, lines.pos());
                    let taken = tally.id(value.of(chunk));
                    if taken {
                        state.id = Place::Chunk(value);
                        id = value;
                    }
                    taken
                }
                Line::Comment if !config.comments => {
                    tally.comment();
                    state.interpreter.comments += 1;
                    true
                }
                _ => false,
            };
            if !taken {
                break false;
            }
            lines.pass(end);
        };
        let Self { state, cursor, .. } = self;
        state.lexer.resume_behind(lines, chunk, &mut cursor.scan);
        if is_event {
            tally = self.finish_event(tally, id);
        }
        self.state.interpreter.resume_behind(tally, self.limit);
        is_event
    }

    /// What is known of the block, at a line's start, unless the block is dropped.
    #[inline(always)]
    pub(super) fn begin_lines(&mut self) -> Option<Tally> {
        let Self { state, cursor, limit, .. } = self;
        let tally = state.interpreter.tally(*limit);
        if cursor.done {
            (cursor.done, cursor.stale) = (false, true);
            return Some(tally.of_next(state.last_event_id.len(), *limit));
        }
        (!state.interpreter.is_dropped()).then_some(tally)
    }

    /// Begins the block behind the one that was handed out, whose memory is freed when this one needs
    /// some.
    #[inline(always)]
    pub(super) fn pass_block(&mut self) {
        let Self { state, cursor, .. } = self;
        (cursor.done, cursor.stale, cursor.at_block) = (false, true, cursor.likely);
        state.interpreter.begin_block(state.last_event_id.len());
    }

    /// Joins a data line to those before it.
    #[inline(always)]
    fn join_data(&mut self, chunk: &[u8], value: Span, tally: Tally) {
        let Self { state, cursor, region, limit, .. } = self;
        let State { data, layout, .. } = state;
        let is_stored = matches!(data, Place::Front(_)) & !cursor.stale;
        if is_stored && region.push_line::<true>(layout, chunk, value) {
            *data = Place::Front(Span::new(layout.floor, layout.front));
        } else {
            // Where memory is short, it is asked what the block has.
            state.interpreter.resume_behind(tally, *limit);
            self.append_data(chunk, value, Join::Yes);
        }
    }

    /// Behind the blank line of an event; `id` is what these lines had of an ID, if that is not empty.
    #[inline(always)]
    fn finish_event(&mut self, mut tally: Tally, id: Span) -> Tally {
        let Self { state, cursor, limit, .. } = self;
        tally.dispatch();
        state.events += 1;
        if tally.has_id() {
            // What was written just before is read fast only in the pieces that it was written in.
            state.last_event_id = if id.is_empty() { state.id } else { Place::Chunk(id) };
        }
        let is_plain = tally.has_only_data() & matches!(state.data, Place::Chunk(_));
        if is_plain {
            // There is nothing to clear.
            tally = tally.of_next(state.last_event_id.len(), *limit);
        }
        cursor.done = !is_plain;
        let is_behind_cr = !state.lexer.is_at_line_start();
        cursor.likely = match cursor.likely {
            _ if is_behind_cr => AtBlock::BehindCr,
            AtBlock::BehindCr => AtBlock::Yes,
            likely => likely,
        };
        cursor.at_block = match (is_plain, is_behind_cr) {
            _ if cursor.large => AtBlock::No,
            (true, true) => AtBlock::BehindCr,
            (true, false) => AtBlock::Yes,
            (false, _) => AtBlock::Behind,
        };
        if B::GROWS && cursor.large {
            if cursor.stale {
                self.free_block();
            }
            self.weigh();
        }
        tally
    }
}
