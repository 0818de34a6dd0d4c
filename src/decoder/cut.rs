//! Lines that the edges of a chunk cut, in the usual form: the fast path.
//!
//! Does what `execute_next` of the cursor would do; of a line that it does not take nothing is read.

use super::lines::begin_line;
use super::region::{Buffer, Place};
use super::Decoder;
use crate::grammar::{Lexer, Line, Span};
use crate::interpret::Join;

impl<B: Buffer> Decoder<B> {
    /// Reads the rest of a line that the chunk's start cuts.
    #[inline(always)]
    pub(super) fn read_rest(&mut self, chunk: &[u8]) {
        let Self { state, cursor, limit, .. } = self;
        let Some((line, opens, value)) = state.lexer.rest_of_line(chunk) else { return };
        let Some(end) = cursor.scan.peek(chunk) else { return };
        let value = Span::new(value, end);
        let taken = if (line == Line::Data) & !opens {
            self.put_more_data(value.of(chunk), &())
        } else if (line == Line::Comment) & !self.config.comments {
            state.interpreter.pass_comment(true);
            true
        } else if state.interpreter.is_dropped() {
            false
        } else {
            let mut tally = state.interpreter.tally(*limit);
            let taken = match line {
                Line::Data if tally.has_data() => tally.more_data(value.len()),
                Line::Data => tally.data(value.len()),
                Line::Event => tally.event_type(value.len()),
                _ => false,
            };
            if taken {
                let has_data = state.interpreter.has_data();
                state.interpreter.resume_behind(tally, *limit);
                match line {
                    Line::Data if has_data => self.append_data(chunk, value, Join::Yes),
                    Line::Data => state.data = Place::Chunk(value),
                    _ if opens => state.event_type = Place::Chunk(value),
                    _ => {
                        self.put_tail(chunk, value);
                        self.state.event_type = self.tail_to_back();
                    }
                }
            }
            taken
        };
        if taken {
            let Self { state, cursor, .. } = self;
            cursor.scan.line_end(chunk);
            state.lexer.end_line(chunk, &mut cursor.scan, end);
        }
    }

    /// Reads the start of a line that the chunk's end cuts, which is the end of the cursor; says whether
    /// it did. To be called behind the last line end of the chunk.
    #[inline(never)]
    pub(super) fn read_start(&mut self, chunk: &[u8]) -> bool {
        let Self { state, cursor, .. } = self;
        if !state.lexer.is_at_line_start() {
            return false;
        }
        let pos = cursor.scan.pos;
        let Some((lexer, line, value)) = Lexer::start_of_line(chunk, pos) else { return false };
        let Some(mut tally) = self.begin_lines() else { return false };
        let Self { state, cursor, limit, config, .. } = self;
        begin_line(state, tally, pos);
        let value = Span::new(value, chunk.len());
        let has_data = tally.has_data();
        let taken = match line {
            Line::Undecided => true,
            Line::Data if has_data => tally.more_data(value.len()),
            Line::Data => tally.data(value.len()),
            Line::Event => tally.start_of_type(value.len()),
            Line::Comment if !config.comments => {
                tally.comment();
                true
            }
            _ => false,
        };
        state.interpreter.resume_behind(tally, *limit);
        if !taken {
            return false;
        }
        state.lexer = lexer;
        cursor.scan.pos = chunk.len();
        match line {
            Line::Data if has_data => self.append_data(chunk, value, Join::Yes),
            Line::Data => state.data = Place::Chunk(value),
            Line::Event => cursor.unfinished = value,
            _ => {}
        }
        if !self.settle_new_block(chunk) {
            self.settle_read(chunk);
        }
        true
    }
}
