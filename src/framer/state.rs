//! What a framer knows of its stream and of the chunk that is being read.
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
use crate::grammar::{Lexer, Scan, MARK};
use crate::interpret::{has, Interpreter, Ledger, Rules};
use crate::region::{Layout, Place};

/// What becomes of the bytes that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// They may be the byte order mark, of which this many bytes were read. They are not in memory.
    Mark(usize),
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

#[derive(Clone, Debug)]
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
    /// A last event ID string that the chunk has brought, as long as it is not at the back of the memory.
    pub(super) new_id: Option<Place>,
    /// The stream offset of the next byte; while a chunk is being read, that of its first byte.
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
    /// The length of the chunk that is being read.
    pub(super) chunk_len: Option<usize>,
    pub(super) scan: Scan,
    /// Where in the chunk the current frame starts, or what comes of it behind the memory's part.
    pub(super) start: usize,
    /// How many bytes at the start of the memory were handed out.
    pub(super) handed_out: usize,
    /// The current frame was handed out.
    pub(super) is_finished: bool,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            lexer: Lexer::at_start_of_line(),
            interpreter: Interpreter::new(Rules::STANDARD),
            ledger: Ledger::new(usize::MAX),
            view: View::NOTHING,
            reading: Reading::Mark(0),
            before: Before::Kept,
            layout: Layout::EMPTY,
            new_id: None,
            offset: 0,
            frame_offset: 0,
            is_gap: false,
            is_stripped: false,
            is_lost: false,
            idle_frames: 0,
            chunk_len: None,
            scan: Scan::default(),
            start: 0,
            handed_out: 0,
            is_finished: false,
        }
    }

    /// At the start of a stream, the last event ID kept.
    pub(super) fn restarted(&self) -> Self {
        let mut state = Self::new();
        state.layout.back = self.layout.back;
        state
    }

    /// Behind a chunk whose cursor was forgotten: somewhere in a frame that is lost.
    pub(super) fn lost(&self) -> Self {
        let (reading, offset) = (Reading::DroppedFrame, self.offset_behind_chunk());
        Self { reading, offset, is_lost: true, ..self.restarted() }
    }

    /// The last event ID string.
    #[inline]
    pub(super) fn last_event_id(&self) -> Place {
        self.new_id.unwrap_or(self.kept_id())
    }

    /// The last event ID string that the back of the memory has. A cursor that is forgotten leaves this one.
    #[inline]
    pub(super) const fn kept_id(&self) -> Place {
        let len = self.layout.back;
        Place::Back { distance: len, len }
    }

    /// The stream offset of the first byte that was not fed.
    pub(super) fn offset_behind_chunk(&self) -> u64 {
        self.offset + self.chunk_len.unwrap_or(0) as u64
    }

    /// The stream offset of the next byte.
    pub(super) fn stream_offset(&self) -> u64 {
        let read = if self.chunk_len.is_some() { self.scan.pos } else { 0 };
        self.offset + read as u64
    }

    /// The stream offset of the first byte of a frame that was found.
    pub(super) fn offset_of_frame(&self, place: Place) -> u64 {
        match place {
            Place::Chunk(span) => self.offset + span.start as u64,
            _ => self.frame_offset,
        }
    }

    /// The part of a byte order mark that was read, if the stream consists of nothing else.
    pub(super) fn mark(&self) -> &'static [u8] {
        match self.reading {
            Reading::Mark(count) => MARK.get(..count).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Whether the last byte read ended a line, and the current block has no field; not while a chunk is being read.
    pub(super) fn is_at_boundary(&self) -> bool {
        let is_within = matches!(self.reading, Reading::PassedFrame | Reading::DroppedFrame);
        self.chunk_len.is_none()
            && self.mark().is_empty()
            && !is_within
            && self.lexer.at_line_start()
            && !self.ledger.has(has::FIELDS)
    }
}
