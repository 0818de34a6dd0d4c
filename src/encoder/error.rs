//! What can go wrong while encoding. Errors name field, byte and offset, never the payload.

use core::fmt;

use crate::grammar::{CR, LF};

/// What has to fit on one line, and did not.
///
/// ```
/// use sse_wire::encoder::InvalidField;
/// use sse_wire::Message;
///
/// let error = Message::new("x").id("a\nb").unwrap_err();
/// assert_eq!(error.field(), InvalidField::Id);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidField {
    /// The event type (field `event`): no CR, no LF.
    EventType,
    /// The last event ID (field `id`): no CR, no LF, no NUL.
    Id,
    /// Data that is to be one line: no CR, no LF.
    Data,
    /// A comment that is to be one line: no CR, no LF.
    Comment,
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EventType => "event type",
            Self::Id => "id",
            Self::Data => "data line",
            Self::Comment => "comment",
        })
    }
}

/// A value holds a byte that its field cannot carry.
///
/// A line end in an event type or an id would start a new field, which is how frames are forged; an
/// id with a NUL would be ignored by every decoder (WHATWG HTML, 9.2.6 "Interpreting an event
/// stream"). Nothing has been written.
///
/// ```
/// use sse_wire::Message;
///
/// let error = Message::new("x").event_type("ping\ndata: forged").unwrap_err();
/// assert_eq!((error.byte(), error.offset()), (b'\n', 4));
/// assert_eq!(error.to_string(), "event type holds LF at offset 4");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InvalidValue {
    field: InvalidField,
    byte: u8,
    offset: usize,
}

impl InvalidValue {
    pub(super) const fn new(field: InvalidField, byte: u8, offset: usize) -> Self {
        Self { field, byte, offset }
    }

    /// Returns which field the value was meant for.
    ///
    /// ```
    /// # use sse_wire::encoder::InvalidField;
    /// # use sse_wire::Message;
    /// let error = Message::empty().event_type("a\rb").unwrap_err();
    /// assert_eq!(error.field(), InvalidField::EventType);
    /// ```
    #[must_use]
    pub const fn field(&self) -> InvalidField {
        self.field
    }

    /// Gives the offending byte: CR, LF or, in an id, NUL.
    ///
    /// ```
    /// # use sse_wire::Message;
    /// assert_eq!(Message::empty().id("a\0").unwrap_err().byte(), 0);
    /// ```
    #[must_use]
    pub const fn byte(&self) -> u8 {
        self.byte
    }

    /// Gives the offset of the first offending byte in the value, in bytes from its start.
    ///
    /// ```
    /// # use sse_wire::Message;
    /// assert_eq!(Message::empty().id("a\0").unwrap_err().offset(), 1);
    /// ```
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let byte = match self.byte {
            CR => "CR",
            LF => "LF",
            _ => "NUL",
        };
        write!(f, "{} holds {byte} at offset {}", self.field, self.offset)
    }
}

#[cfg(feature = "std")]
impl std::error::Error for InvalidValue {}

/// Why the block of an [`Encoder`](crate::Encoder) did not go out; `E` is the error of its sink.
///
/// The encoder is torn: a part of the block may have been written, and no more is.
///
/// ```
/// use sse_wire::encoder::{EncodeError, SliceSink};
/// use sse_wire::Encoder;
///
/// let mut memory = [0; 8];
/// let mut out = Encoder::new(SliceSink::new(&mut memory));
/// out.data("too long");
/// assert!(matches!(out.try_dispatch(), Err(EncodeError::Sink(_))));
/// assert!(matches!(out.try_dispatch(), Err(EncodeError::Torn)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError<E> {
    /// The sink failed.
    Sink(E),
    /// The sink failed earlier, and its error has been given out; or a value broke off.
    Torn,
}

impl<E> fmt::Display for EncodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sink(_) => "the sink failed",
            Self::Torn => "the block was torn earlier",
        })
    }
}

/// Lets `?` carry the error of a [`Message`](crate::Message) that is written to a slice beside those of an encoder.
impl From<BufferTooSmall> for EncodeError<BufferTooSmall> {
    fn from(error: BufferTooSmall) -> Self {
        Self::Sink(error)
    }
}

/// The sink's error is the source.
#[cfg(feature = "std")]
impl<E: std::error::Error + 'static> std::error::Error for EncodeError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sink(error) => Some(error),
            Self::Torn => None,
        }
    }
}

/// Lets `?` carry the errors of an encoder over [`IoSink`](super::IoSink) through I/O code: the sink's
/// error comes through as it was.
#[cfg(feature = "std")]
impl From<EncodeError<std::io::Error>> for std::io::Error {
    fn from(error: EncodeError<Self>) -> Self {
        match error {
            EncodeError::Sink(error) => error,
            EncodeError::Torn => Self::other(EncodeError::<core::convert::Infallible>::Torn),
        }
    }
}

/// Lets `?` carry the errors of an encoder over [`FmtSink`](super::FmtSink) through an implementation of
/// `Display`.
impl From<EncodeError<Self>> for fmt::Error {
    fn from(_: EncodeError<Self>) -> Self {
        Self
    }
}

/// Lets `?` carry a refused value through I/O code, with the kind `InvalidInput`.
#[cfg(feature = "std")]
impl From<InvalidValue> for std::io::Error {
    fn from(error: InvalidValue) -> Self {
        Self::new(std::io::ErrorKind::InvalidInput, error)
    }
}

/// A buffer of fixed size has no room for what should go into it.
///
/// ```
/// use sse_wire::Message;
///
/// let error = Message::new("x").encode_to_slice(&mut [0; 4]).unwrap_err();
/// assert_eq!((error.needed(), error.available()), (9, 4));
/// assert_eq!(error.to_string(), "9 bytes do not fit where 4 are left");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferTooSmall {
    needed: usize,
    available: usize,
}

impl BufferTooSmall {
    pub(super) const fn new(needed: usize, available: usize) -> Self {
        Self { needed, available }
    }

    /// Gives the number of bytes that should have been written.
    ///
    /// From [`Message::encode_to_slice`](crate::Message::encode_to_slice) it is the length of the
    /// whole message; from a sink that of the piece that did not fit.
    ///
    /// ```
    /// # use sse_wire::Message;
    /// assert_eq!(Message::new("x").encode_to_slice(&mut []).unwrap_err().needed(), 9);
    /// ```
    #[must_use]
    pub const fn needed(&self) -> usize {
        self.needed
    }

    /// Gives the number of bytes that were left.
    ///
    /// ```
    /// # use sse_wire::Message;
    /// assert_eq!(Message::new("x").encode_to_slice(&mut []).unwrap_err().available(), 0);
    /// ```
    #[must_use]
    pub const fn available(&self) -> usize {
        self.available
    }
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes do not fit where {} are left", self.needed, self.available)
    }
}

#[cfg(feature = "std")]
impl std::error::Error for BufferTooSmall {}
