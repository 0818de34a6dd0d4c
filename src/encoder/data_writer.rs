//! Data that comes in pieces.
//!
//! - **(A)** A writer holds nothing but the borrow and the error of its start: the line, and the CR
//!   that may be pending, are the encoder's.
//! - **(B)** No `Drop`: what ends the line is the next call on the encoder.

use core::fmt;

use super::encoder::Encoder;
use super::error::EncodeError;
use super::sink::Sink;

/// Writes data in pieces, straight into data lines; made by [`Encoder::data_writer`].
///
/// It implements [`fmt::Write`] and, with the feature `std`, `std::io::Write`; so
/// `serde_json::to_writer(out.data_writer(), &value)` needs no string in between.
///
/// Any cut into pieces makes the same data as the whole: a CR ends its line at once, and a LF that
/// opens the next piece belongs to it; an empty piece changes nothing (WHATWG HTML, 9.2.5 "Parsing an
/// event stream": CRLF is one line end).
///
/// Dropping the writer does nothing; the line ends with the next field or
/// [`dispatch`](Encoder::dispatch).
///
/// ```
/// use sse_wire::{EncodeError, Encoder, FmtSink};
///
/// let mut text = String::new();
/// let mut out = Encoder::new(FmtSink::new(&mut text));
/// out.data_writer().push("a\r")?.push("\nb")?;
/// out.dispatch()?;
/// assert_eq!(text, "data: a\ndata: b\n\n");
/// # Ok::<(), EncodeError<core::fmt::Error>>(())
/// ```
#[derive(Debug)]
pub struct DataWriter<'e, S: Sink> {
    encoder: &'e mut Encoder<S>,
    /// Why the line could not be started; the first write reports it.
    failure: Option<EncodeError<S::Error>>,
}

impl<'e, S: Sink> DataWriter<'e, S> {
    #[inline]
    pub(super) fn new(encoder: &'e mut Encoder<S>, failure: Option<EncodeError<S::Error>>) -> Self {
        Self { encoder, failure }
    }

    /// Writes a piece of the data, text or bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Sink`] if the sink fails, now or while the data line before was being ended;
    /// [`EncodeError::Torn`] if it has failed before.
    ///
    /// ```
    /// use sse_wire::{EncodeError, Encoder, FmtSink};
    ///
    /// let mut out = Encoder::new(FmtSink::new(String::new()));
    /// out.data_writer().push("caf")?.push([0xC3])?.push([0xA9])?;
    /// out.dispatch()?;
    /// assert_eq!(out.sink().get_ref(), "data: café\n\n");
    /// # Ok::<(), EncodeError<core::fmt::Error>>(())
    /// ```
    #[inline]
    pub fn push(&mut self, piece: impl AsRef<[u8]>) -> Result<&mut Self, EncodeError<S::Error>> {
        self.write_piece(piece.as_ref())?;
        Ok(self)
    }

    #[inline]
    fn write_piece(&mut self, piece: &[u8]) -> Result<(), EncodeError<S::Error>> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.encoder.data_piece(piece),
        }
    }
}

/// Fails only when the sink does, or has before; [`Encoder::is_torn`] is true afterwards.
impl<S: Sink> fmt::Write for DataWriter<'_, S> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_piece(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// Takes every byte of each buffer or fails with the sink's error; flushing does nothing.
///
/// An error of an [`IoSink`](crate::IoSink) comes through as it was; another sink's is the inner
/// error of an `std::io::Error` of kind `Other`.
#[cfg(feature = "std")]
impl<S: Sink> std::io::Write for DataWriter<'_, S>
where
    S::Error: std::error::Error + Send + Sync + 'static,
{
    #[inline]
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.write_all(buffer)?;
        Ok(buffer.len())
    }

    #[inline]
    fn write_all(&mut self, buffer: &[u8]) -> std::io::Result<()> {
        self.write_piece(buffer).map_err(to_io_error)
    }

    /// Does nothing: an open line has no end that could be flushed. Flush the sink, after a dispatch.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "std")]
#[cold]
fn to_io_error<E>(error: EncodeError<E>) -> std::io::Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    use alloc::boxed::Box;
    type Boxed = Box<dyn std::error::Error + Send + Sync>;
    match error {
        EncodeError::Sink(error) => match Boxed::from(error).downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(error) => std::io::Error::other(error),
        },
        other => std::io::Error::other(other),
    }
}
