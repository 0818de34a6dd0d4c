//! What a framer knows between two chunks.
//!
//! [`Reading`] is the state of the machine:
//!
//! | state | the bytes read | is left |
//! | --- | --- | --- |
//! | `Mark` | may be the byte order mark, at the start of the stream | for `Frame`, behind the mark or where there is none |
//! | `Frame` | are kept for the current frame | over the limit, or at a comment that is not kept |
//! | `Comment` | are kept for a comment that is handed out alone | for `Frame` at the line's end, or over the limit |
//! | `PassedComment` | are handed out as they come | for `Frame` at the line's end |
//! | `DroppedComment` | are dropped | for `Frame` at the line's end |
//! | `PassedFrame` | are handed out as they come | for `Frame` behind the blank line |
//! | `DroppedFrame` | are dropped | for `Frame` behind the blank line |

use super::view::View;
use crate::grammar::{Lexer, MARK};
use crate::interpret::{has, Interpreter, Ledger, Rules};
use crate::region::{Layout, Place};

/// What becomes of the bytes that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// They may be the byte order mark, of which this many bytes were read. They are not in memory.
    Mark(u8),
    Frame,
    Comment,
    PassedComment,
    DroppedComment,
    PassedFrame,
    DroppedFrame,
}

/// What the byte before the next one belongs to. If it is a CR, a LF that comes next does so too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// The current frame.
    Kept,
    /// Something that was handed out.
    HandedOut,
    /// Something that was dropped.
    Dropped,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) lexer: Lexer,
    pub(super) interpreter: Interpreter,
    pub(super) ledger: Ledger,
    /// The current block, as far as it was read.
    pub(super) view: View,
    pub(super) reading: Reading,
    pub(super) before: Before,
    /// `front` is the length of what the memory has of the current frame, `tail` of what it has of
    /// a comment that is handed out alone.
    pub(super) layout: Layout,
    /// The last event ID string; not at the back only while a cursor is at work.
    pub(super) last_event_id: Place,
    /// The stream offset of the next byte; in a cursor, that of the chunk's first byte.
    pub(super) offset: u64,
    /// The stream offset of the first byte that the memory has of the frame.
    pub(super) frame_offset: u64,
    /// A comment was taken out right behind what the memory has of the frame.
    pub(super) is_gap: bool,
    /// The comments of the current frame were dropped, and so are those that follow.
    pub(super) is_stripped: bool,
    /// A cursor was forgotten, and that was not reported yet.
    pub(super) is_lost: bool,
    /// How many frames in a row used little of a large memory.
    pub(super) idle_frames: u8,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            lexer: Lexer::at_start_of_line(),
            interpreter: Interpreter::new(Rules::STANDARD),
            ledger: Ledger::new(usize::MAX),
            view: View::NOTHING,
            reading: Reading::Mark(0),
            before: Before::Kept,
            layout: Layout::EMPTY,
            last_event_id: Place::EMPTY,
            offset: 0,
            frame_offset: 0,
            is_gap: false,
            is_stripped: false,
            is_lost: false,
            idle_frames: 0,
        }
    }

    /// At the start of a stream, the last event ID kept.
    pub(super) fn restarted(&self) -> Self {
        let mut state = Self::new();
        state.last_event_id = self.last_event_id;
        state.layout.back = self.layout.back;
        state
    }

    /// Behind a chunk of `len` bytes whose cursor was forgotten: somewhere in a frame that is lost.
    pub(super) fn forgotten(&self, len: usize) -> Self {
        let mut state = self.restarted();
        state.reading = Reading::DroppedFrame;
        state.offset = self.offset + len as u64;
        state.is_lost = true;
        state
    }

    /// The part of a byte order mark that was read, if the stream consists of nothing else.
    pub(super) fn mark(&self) -> &'static [u8] {
        match self.reading {
            Reading::Mark(count) => &MARK[..usize::from(count)],
            _ => &[],
        }
    }

    /// Whether the last byte read ended a line, and the current block has no field.
    pub(super) fn is_at_boundary(&self) -> bool {
        let is_within = matches!(self.reading, Reading::PassedFrame | Reading::DroppedFrame);
        self.mark().is_empty()
            && !is_within
            && self.lexer.at_line_start()
            && !self.ledger.has(has::FIELDS)
    }
}
