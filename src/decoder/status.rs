//! What a decoder says of itself.

use super::region::{Buffer, Place, Region};
use super::state::State;
use crate::grammar::Line;
use crate::interpret::seen;
use crate::SetIdError;

impl State {
    /// Whether the block that is not finished has data to dispatch.
    pub(super) fn has_partial(&self) -> bool {
        !self.stopped && self.interpreter.would_dispatch(self.lexer.open_line())
    }

    pub(super) fn counters(&self) -> Counters {
        Counters {
            bytes: self.offset,
            events: self.events,
            comments: self.interpreter.comments,
            dropped: self.dropped,
        }
    }

    pub(super) fn take_activity(&mut self, bytes: bool) -> Activity {
        let bytes = if bytes { seen::BYTES } else { 0 };
        Activity(self.interpreter.take_seen() | bytes)
    }

    pub(super) fn set_last_event_id<B: Buffer>(
        &mut self,
        region: &mut Region<B>,
        id: &[u8],
        limit: usize,
    ) -> Result<(), SetIdError> {
        self.tidy(region);
        let before = self.last_event_id.len();
        // A comment in progress is measured beside the block.
        let in_comment = self.lexer.open_line() == Line::Comment;
        let comment = if in_comment { self.layout.tail } else { 0 };
        let room = limit.saturating_sub(self.interpreter.used() - before + comment);
        if id.len() > room {
            return Err(SetIdError::TooLong { limit: room });
        }
        self.last_event_id = Place::EMPTY;
        self.pack(region);
        let fits = region.reserve(&self.layout, id.len(), limit);
        debug_assert!(fits, "the room was measured");
        self.last_event_id = region.push_back(&mut self.layout, id);
        self.interpreter.recharge(before, id.len());
        Ok(())
    }
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum End {
    /// At a [boundary](crate::Decoder::at_boundary): nothing is lost.
    Clean,
    /// Within a block, or within a line.
    Partial(Partial),
}

/// What a stream broke off in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Partial {
    pub(super) line_complete: bool,
    pub(super) has_data: bool,
    pub(super) dropped: bool,
    pub(super) bytes: u64,
}

impl Partial {
    /// Whether the last line had its end.
    #[must_use]
    pub const fn line_complete(&self) -> bool {
        self.line_complete
    }

    /// Whether the block has data, so that [`take_partial`](crate::Decoder::take_partial) yields
    /// an event, or the reason why it is dropped.
    #[must_use]
    pub const fn has_data(&self) -> bool {
        self.has_data
    }

    /// Whether the block had been dropped.
    #[must_use]
    pub const fn dropped(&self) -> bool {
        self.dropped
    }

    /// How many bytes of the stream are discarded.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What a decoder has counted since its stream's start.
///
/// ```
/// let mut decoder = sse_wire::Decoder::new();
/// let mut events = decoder.feed(b": hi\n\ndata: x\n\n");
/// while events.next_event().is_some() {}
/// drop(events);
/// let counters = decoder.counters();
/// assert_eq!((counters.bytes(), counters.events(), counters.comments()), (15, 1, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    bytes: u64,
    events: u64,
    comments: u64,
    dropped: u64,
}

impl Counters {
    /// Bytes read.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Events dispatched.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Comments read, whether they were asked for or not.
    #[must_use]
    pub const fn comments(&self) -> u64 {
        self.comments
    }

    /// Events, blocks and comments dropped.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// What has been seen of a stream: for timers that tell a ping from progress.
///
/// ```
/// let mut decoder = sse_wire::Decoder::new();
/// let mut events = decoder.feed(b": ping\n\nid: 1\ndata\n\n");
/// while events.next_event().is_some() {}
/// drop(events);
/// let activity = decoder.take_activity();
/// assert!(activity.bytes() && activity.comment() && activity.field() && activity.event());
/// assert!(!activity.data()); // nothing but an empty event
/// assert!(!decoder.take_activity().bytes());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Activity(u8);

impl Activity {
    /// Bytes, whatever they were.
    #[must_use]
    pub const fn bytes(self) -> bool {
        self.0 & seen::BYTES != 0
    }

    /// A comment, at least its colon.
    #[must_use]
    pub const fn comment(self) -> bool {
        self.0 & seen::COMMENT != 0
    }

    /// A field, at least its name; also one that the standard does not know.
    #[must_use]
    pub const fn field(self) -> bool {
        self.0 & seen::FIELD != 0
    }

    /// A character of data. Comments, IDs and empty data are not progress.
    #[must_use]
    pub const fn data(self) -> bool {
        self.0 & seen::DATA != 0
    }

    /// An event.
    #[must_use]
    pub const fn event(self) -> bool {
        self.0 & seen::EVENT != 0
    }
}
