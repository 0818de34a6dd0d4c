//! Whole lines in the usual form, executed one after another: the fast path.
//!
//! Does what `execute_next` of the cursor would do, line by line. What it works on is in registers from
//! the first line to the last; of a line that it does not take nothing is read.

use super::config::TextPolicy;
use super::region::{Buffer, Place};
use super::state::State;
use super::Decoder;
use crate::grammar::{Lexer, Line, Span, Start};
use crate::interpret::{Join, Tally};

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

    /// An event that is nothing but a data line and the blank line behind it, if that comes next: its
    /// data. To be called behind [`Decoder::is_read`], where it can be inlined.
    #[inline(always)]
    pub(super) fn usual_event<const TEXT: bool>(&mut self, chunk: &[u8]) -> Option<Span> {
        if !self.cursor.at_block | self.looks_at_text::<TEXT>() {
            return None;
        }
        let Self { state, cursor, limit, .. } = self;
        let value = Lexer::peek_usual(chunk, &mut cursor.scan)?;
        if value.is_empty() || !state.interpreter.single_line_event(value.len(), *limit) {
            return None;
        }
        cursor.scan.pass_two(value.end);
        state.events += 1;
        Some(value)
    }

    /// Reads and executes lines up to the end of an event; says whether one ended.
    #[inline(always)]
    pub(super) fn read_lines<const TEXT: bool>(&mut self, chunk: &[u8]) -> bool {
        let looks_at_text = self.looks_at_text::<TEXT>();
        let Self { state, cursor, .. } = self;
        let Some(mut lines) = state.lexer.lines(chunk, &mut cursor.scan) else { return false };
        if lines.end(chunk, &mut cursor.scan).is_none() {
            return false;
        }
        let Some(mut tally) = self.begin_lines() else { return false };
        let is_event = loop {
            let Self { state, cursor, config, .. } = self;
            let Some(end) = lines.end(chunk, &mut cursor.scan) else { break false };
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
                        // Where memory is short, it is asked what the block has.
                        state.interpreter.resume_behind(tally, self.limit);
                        self.append_data(chunk, value, Join::Yes);
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
            tally = self.finish_event(tally);
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
            // The memory of the block before is freed when this one needs some.
            (cursor.done, cursor.stale) = (false, true);
            return Some(tally.of_next(state.last_event_id.len(), *limit));
        }
        (!state.interpreter.is_dropped()).then_some(tally)
    }

    /// Behind the blank line of an event.
    #[inline(always)]
    fn finish_event(&mut self, mut tally: Tally) -> Tally {
        let Self { state, cursor, limit, .. } = self;
        tally.dispatch();
        state.events += 1;
        if tally.has_id() {
            state.last_event_id = state.id;
        }
        let is_plain = tally.has_only_data() & matches!(state.data, Place::Chunk(_));
        if is_plain {
            // There is nothing to clear.
            tally = tally.of_next(state.last_event_id.len(), *limit);
        }
        cursor.done = !is_plain;
        cursor.at_block = is_plain & !cursor.large & state.lexer.is_at_line_start();
        if B::GROWS && cursor.large {
            if cursor.stale {
                self.free_block();
            }
            self.weigh();
        }
        tally
    }
}
