//! What the decoder says went wrong. None of it holds payload.

use core::fmt;

/// An event, a block without data or a comment that was dropped. The stream goes on, unless the
/// decoder is set to [`Overflow::Stop`](crate::decoder::Overflow::Stop).
///
/// A dropped event never moves the last event ID.
///
/// ```
/// use sse_wire::decoder::{Config, Reason};
/// use sse_wire::Decoder;
///
/// let mut decoder = Decoder::with_config(Config::new().limit(4));
/// let mut events = decoder.feed(b"data: 12345\n\ndata: ok\n\n");
/// let dropped = events.next_event().unwrap().unwrap_err();
/// assert_eq!(dropped.reason(), Reason::Limit);
/// assert_eq!(dropped.offset(), 10); // the 5
/// assert_eq!(dropped.to_string(), "event dropped: more than 4 bytes at offset 10");
/// assert_eq!(events.next_event().unwrap().unwrap().data(), "ok");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dropped {
    pub(crate) subject: Subject,
    pub(crate) reason: Reason,
    pub(crate) offset: u64,
    pub(crate) limit: usize,
}

impl Dropped {
    /// Before anything was dropped.
    pub(crate) const NOTHING: Self =
        Self { subject: Subject::Event, reason: Reason::Limit, offset: 0, limit: 0 };

    /// What was dropped.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        self.subject
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Where, as an offset in bytes from the start of the stream: the byte that exceeded the
    /// limit, or for other reasons the byte that ended the block or the comment. It does not
    /// depend on how the stream was cut into chunks.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The limit in force, in bytes.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.subject {
            Subject::Event => "event",
            Subject::Comment => "comment",
            Subject::Frame => "frame",
        };
        let Self { offset, limit, .. } = self;
        match self.reason {
            Reason::Limit => write!(f, "{subject} dropped: more than {limit} bytes at offset {offset}"),
            Reason::Malformed => write!(f, "{subject} dropped: not UTF-8, ended at offset {offset}"),
            Reason::Text => write!(
                f,
                "{subject} dropped: with replacement characters more than {limit} bytes, ended at offset {offset}"
            ),
            Reason::Forgotten => {
                write!(f, "{subject} dropped: its chunk was given up before it was read, at offset {offset}")
            }
        }
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Dropped {}

/// What a [`Dropped`] speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// An event, or a block without data.
    Event,
    /// A comment.
    Comment,
    /// A frame of a [`Framer`](crate::Framer).
    Frame,
}

/// Why something was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It exceeds the limit.
    Limit,
    /// It is not UTF-8, and the decoder is set to [`TextPolicy::Strict`](crate::decoder::TextPolicy::Strict).
    Malformed,
    /// With U+FFFD in place of malformed bytes it does not fit the decoder's fixed memory. Raw
    /// events are never dropped for this.
    Text,
    /// A cursor was forgotten ([`core::mem::forget`]) at this offset, or a chunk that was being read gave way to
    /// another ([`ChunkDecoder::feed`](crate::ChunkDecoder::feed)): the current block is lost, as far as it
    /// was read, and so is what is fed next, up to the next blank line. The last event ID is what it was when
    /// the cursor's chunk was fed; only where memory was short it may be one that the cursor read.
    Forgotten,
}

/// Why an ID cannot be made the last event ID of a decoder.
///
/// ```
/// use sse_wire::decoder::SetIdError;
/// use sse_wire::Decoder;
///
/// let mut decoder = Decoder::new();
/// assert_eq!(decoder.set_last_event_id("a\nb"), Err(SetIdError::Forbidden { offset: 1 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetIdError {
    /// It has a CR, LF or NUL at this offset: no stream can set such an ID.
    Forbidden {
        /// The offset in bytes from the ID's start.
        offset: usize,
    },
    /// It is longer than the limit leaves room for.
    TooLong {
        /// The room there is, in bytes.
        limit: usize,
    },
}

impl fmt::Display for SetIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden { offset } => {
                write!(f, "last event ID with a CR, LF or NUL at offset {offset}")
            }
            Self::TooLong { limit } => write!(f, "last event ID of more than {limit} bytes"),
        }
    }
}

#[cfg(feature = "std")]
impl std::error::Error for SetIdError {}
