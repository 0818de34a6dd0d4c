//! What a decoder says of itself.

use crate::interpret::seen;

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum End {
    /// At a [boundary](crate::Decoder::is_at_boundary): nothing is lost.
    Clean,
    /// Within a block, or within a line.
    Partial(Partial),
}

impl End {
    /// Whether nothing is lost.
    ///
    /// ```
    /// let mut decoder = sse_wire::Decoder::new();
    /// drop(decoder.feed(b"data: a").next_event());
    /// assert!(!decoder.finish().is_clean());
    /// ```
    #[must_use]
    pub const fn is_clean(self) -> bool {
        matches!(self, Self::Clean)
    }
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
    pub(super) bytes: u64,
    pub(super) events: u64,
    pub(super) comments: u64,
    pub(super) dropped: u64,
    pub(super) unknown_lines: u64,
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

    /// Lines read of fields that the standard does not know.
    #[must_use]
    pub const fn unknown_lines(&self) -> u64 {
        self.unknown_lines
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
pub struct Activity(pub(super) u64);

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
