//! `std::io`.

use core::fmt;
use std::io;

use super::Sink;

/// Writes to an [`std::io::Write`].
///
/// An event goes out in several small writes, so the writer should be a buffered one; flush it after
/// a dispatch. [`Message::write_to`](crate::Message::write_to) needs no buffer.
///
/// ```
/// use std::io::{self, BufWriter, Write};
/// use sse_wire::encoder::IoSink;
/// use sse_wire::Encoder;
///
/// let mut out = Encoder::new(IoSink::new(BufWriter::new(Vec::new())));
/// out.data("x").try_dispatch()?;
/// out.sink_mut().get_mut().flush()?;
/// assert_eq!(out.sink().get_ref().get_ref(), b"data: x\n\n");
/// # Ok::<(), io::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct IoSink<W> {
    writer: W,
}

impl<W> IoSink<W> {
    /// Wraps a writer.
    ///
    /// ```
    /// let sink = sse_wire::encoder::IoSink::new(std::io::stdout());
    /// # drop(sink);
    /// ```
    #[must_use]
    pub const fn new(writer: W) -> Self {
        Self { writer }
    }

    /// Borrows the writer.
    ///
    /// ```
    /// assert!(sse_wire::encoder::IoSink::new(Vec::<u8>::new()).get_ref().is_empty());
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &W {
        &self.writer
    }

    /// Borrows the writer mutably, say to flush it.
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// sse_wire::encoder::IoSink::new(Vec::<u8>::new()).get_mut().flush()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// Gives the writer back.
    ///
    /// ```
    /// assert!(sse_wire::encoder::IoSink::new(Vec::<u8>::new()).into_inner().is_empty());
    /// ```
    #[must_use]
    pub fn into_inner(self) -> W {
        self.writer
    }
}

/// Does not show the writer, which may hold payload.
impl<W> fmt::Debug for IoSink<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IoSink").finish_non_exhaustive()
    }
}

impl<W: io::Write> Sink for IoSink<W> {
    type Error = io::Error;

    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }
}
