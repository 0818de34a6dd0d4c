//! Data that comes in pieces.
//!
//! - **(A)** A writer holds nothing but the borrow: the line, the CR that may be pending, and the error
//!   of the sink are the encoder's.
//! - **(B)** No `Drop`: what ends the line is the next call on the encoder.

use core::fmt;

use super::encoder::Encoder;
#[cfg(feature = "std")]
use super::error::EncodeError;
use super::payload::Payload;
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
/// use core::fmt::Write as _;
/// use sse_wire::Encoder;
///
/// let mut out = Encoder::new(String::new());
/// let mut writer = out.data_writer();
/// writer.write_str("a\r")?;
/// writer.write_str("\nb")?;
/// out.dispatch();
/// assert_eq!(out.sink(), "data: a\ndata: b\n\n");
/// # Ok::<(), core::fmt::Error>(())
/// ```
#[derive(Debug)]
pub struct DataWriter<'e, S: Sink> {
    encoder: &'e mut Encoder<S>,
}

impl<'e, S: Sink> DataWriter<'e, S> {
    #[inline]
    pub(super) fn new(encoder: &'e mut Encoder<S>) -> Self {
        Self { encoder }
    }

    #[inline]
    pub(super) fn write_piece(&mut self, piece: Payload<'_>) {
        self.encoder.data_piece(piece);
    }
}

/// Fails if the sink fails, or has before. The sink's error is kept for [`Encoder::try_dispatch`].
impl<S: Sink> fmt::Write for DataWriter<'_, S> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write_piece(Payload::Text(text));
        if self.encoder.is_torn() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// Takes every byte of each buffer or fails with the sink's error, which it gives out; flushing does
/// nothing.
///
/// An error of an [`IoSink`](super::IoSink) comes through as it was; another sink's is the inner
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
        self.write_piece(Payload::Bytes(buffer));
        match self.encoder.take_failure() {
            None => Ok(()),
            Some(failure) => Err(to_io_error(failure)),
        }
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
