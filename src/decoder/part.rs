//! Chunks that are a part of one line: they are taken as a whole where nothing comes of them that is
//! handed out.
//!
//! All of this is a fast path, of chunks that are smaller than lines. Each function does what reading
//! the chunk would do, and says whether it did. The cursor is settled then, and nothing had to be
//! saved, since it is never seen half-way.

use super::cursor::Step;
use super::region::{Buffer, Place};
use super::Decoder;
use crate::grammar::{Byte, Line, Sight, Span};

impl<B: Buffer> Decoder<B> {
    /// A single byte, more of the value of a data line, or any
    /// [part of a line](crate::grammar::Lexer::is_part).
    #[inline]
    pub(super) fn take_small<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> bool {
        let taken = match *chunk {
            [byte] if self.state.lexer.is_data(byte) => self.put_more_data(chunk, &()),
            [byte] => self.take_byte(byte),
            _ => false,
        };
        if !taken {
            let Self { state, cursor, .. } = self;
            cursor.scan.begin(chunk);
            let end = cursor.scan.peek_and_see(chunk, sight);
            if end.is_some_and(|end| end + 1 < chunk.len()) {
                return false;
            }
            let more = chunk.len() > 1 && state.lexer.is_more_data(chunk, &mut cursor.scan);
            if !more || !self.put_more_data(chunk, sight) {
                let Self { state, cursor, .. } = self;
                return state.lexer.is_part(chunk, &mut cursor.scan) && self.take_part(chunk);
            }
        }
        self.cursor.scan.pos = chunk.len();
        self.state.offset += chunk.len() as u64;
        (self.cursor.fresh, self.cursor.settled) = (false, true);
        true
    }

    /// A byte that is not data.
    #[inline(never)]
    fn take_byte(&mut self, byte: u8) -> bool {
        let Self { state, region, .. } = self;
        let Some((lexer, what)) = state.lexer.next_byte(byte) else { return false };
        if state.stopped | state.leaked.is_some() {
            return false;
        }
        if state.at_boundary() {
            state.pending_since = state.offset;
        }
        let taken = match what {
            Byte::Name | Byte::Swallowed => true,
            Byte::End(Line::Blank) => !state.interpreter.is_open(),
            Byte::Colon(Line::Comment)
            | Byte::Space(Line::Comment)
            | Byte::Value(Line::Comment)
            | Byte::End(Line::Comment)
                if !self.config.comments =>
            {
                state.interpreter.pass_comment(matches!(what, Byte::End(_)));
                true
            }
            Byte::Colon(line) => {
                let opened = state.interpreter.open_line(line);
                if opened && line == Line::Data {
                    state.data = Place::EMPTY;
                }
                opened
            }
            Byte::Value(Line::Data) => self.put_more_data(&[byte], &()),
            Byte::Value(Line::Event) => {
                let taken =
                    region.has_room(&state.layout, 1) && state.interpreter.more_type(1, self.limit);
                if taken {
                    region.push_tail(&mut state.layout, &[byte]);
                }
                taken
            }
            Byte::Space(Line::Data | Line::Event) | Byte::End(Line::Data) => {
                state.interpreter.pass();
                true
            }
            _ => false,
        };
        if taken {
            self.state.lexer = lexer;
        }
        taken
    }

    /// More of the value of a data line, if it is within the limit and there is room.
    #[inline(always)]
    pub(super) fn put_more_data<'c>(&mut self, more: &'c [u8], sight: &impl Sight<'c>) -> bool {
        let Self { state, region, .. } = self;
        // Nothing of it stands in the chunk before.
        let is_stored = !matches!(state.data, Place::Chunk(span) if !span.is_empty());
        let taken = is_stored
            && region.has_room(&state.layout, more.len())
            && state.interpreter.more_data(more.len(), self.limit);
        if taken {
            region.push_chunk(&mut state.layout, more, sight);
            state.data = Place::Front(Span::new(state.layout.floor, state.layout.front));
        }
        taken
    }

    /// Any [part of a line](crate::grammar::Lexer::is_part).
    #[inline(never)]
    fn take_part(&mut self, chunk: &[u8]) -> bool {
        let state = &self.state;
        let mut lexer = state.lexer;
        let room = state.interpreter.has_room(chunk.len() + 1, self.limit);
        if !room | state.stopped | state.leaked.is_some() {
            return false;
        }
        let piece = lexer.next_part(chunk, &mut self.cursor.scan);
        let silent = match piece.line {
            Line::Retry => false,
            Line::Comment => !self.config.comments,
            _ => true,
        };
        if piece.closes & !silent {
            self.cursor.scan.pos = 0;
            return false;
        }
        self.cursor.fresh = false;
        self.cursor.unfinished = Span::default();
        (self.cursor.front_floor, self.cursor.back_floor) = (0, 0);
        self.state.lexer = lexer;
        let step = self.execute_other::<false>(chunk, piece);
        debug_assert!(matches!(step, Step::Next));
        self.settle(chunk);
        true
    }
}
