//! Two worlds of errors, kept apart.

use core::fmt;

use crate::Dropped;

/// What a stream of events can report in the place of an event; `E` is the error of its source.
///
/// It reads as the error that it holds, and has that one's source. A host matches it, or turns it into an error of
/// its own:
///
/// ```
/// use sse_wire::{EventReader, StreamError};
///
/// #[derive(Debug)]
/// enum MyError {
///     Read(std::io::ErrorKind),
///     TooLarge { limit: usize },
/// }
///
/// impl From<StreamError<std::io::Error>> for MyError {
///     fn from(error: StreamError<std::io::Error>) -> Self {
///         match error {
///             StreamError::Source(error) => Self::Read(error.kind()),
///             StreamError::Dropped(dropped) => Self::TooLarge { limit: dropped.limit() },
///         }
///     }
/// }
///
/// fn first(bytes: &[u8]) -> Result<Option<String>, MyError> {
///     let event = EventReader::new(bytes).next().transpose()?;
///     Ok(event.map(|event| event.data))
/// }
/// assert_eq!(first(b"data: a\n\n").unwrap().as_deref(), Some("a"));
/// ```
///
/// ```
/// use sse_wire::decoder::Config;
/// use sse_wire::{Decoder, EventReader, StreamError};
///
/// let decoder = Decoder::with_config(Config::new().limit(4));
/// let mut events = EventReader::with_decoder(&b"data: 12345\n\ndata: ok\n\n"[..], decoder);
/// let Some(Err(StreamError::Dropped(dropped))) = events.next() else { panic!() };
/// assert_eq!((dropped.limit(), dropped.offset()), (4, 10));
/// assert_eq!(events.next().unwrap()?.data, "ok");
/// # Ok::<(), StreamError<std::io::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamError<E> {
    /// The source failed. Nothing that it gave before is lost; whether there is more is up to it.
    Source(E),
    /// An event was dropped. The stream goes on, unless the decoder is set to
    /// [`Overflow::Stop`](crate::decoder::Overflow::Stop).
    Dropped(Dropped),
}

impl<E> StreamError<E> {
    /// This error with another in the place of the source's.
    ///
    /// ```
    /// use sse_wire::StreamError;
    ///
    /// let error = StreamError::Source(404).map_source(|status| format!("status {status}"));
    /// assert_eq!(error.to_string(), "status 404");
    /// ```
    pub fn map_source<F>(self, map: impl FnOnce(E) -> F) -> StreamError<F> {
        match self {
            Self::Source(error) => StreamError::Source(map(error)),
            Self::Dropped(dropped) => StreamError::Dropped(dropped),
        }
    }
}

impl<E> From<Dropped> for StreamError<E> {
    fn from(dropped: Dropped) -> Self {
        Self::Dropped(dropped)
    }
}

impl<E: fmt::Display> fmt::Display for StreamError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => error.fmt(f),
            Self::Dropped(dropped) => dropped.fmt(f),
        }
    }
}

#[cfg(feature = "std")]
impl<E: std::error::Error + 'static> std::error::Error for StreamError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Source(error) => error.source(),
            Self::Dropped(dropped) => dropped.source(),
        }
    }
}

#[cfg(feature = "std")]
impl From<std::io::Error> for StreamError<std::io::Error> {
    fn from(error: std::io::Error) -> Self {
        Self::Source(error)
    }
}

/// Lets `?` carry the errors through I/O code: the source's error comes through as it was, what was
/// dropped has the kind `InvalidData`.
#[cfg(feature = "std")]
impl From<StreamError<Self>> for std::io::Error {
    fn from(error: StreamError<Self>) -> Self {
        match error {
            StreamError::Source(error) => error,
            StreamError::Dropped(dropped) => Self::new(std::io::ErrorKind::InvalidData, dropped),
        }
    }
}
