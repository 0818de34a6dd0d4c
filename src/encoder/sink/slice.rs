//! Fixed memory.

use core::fmt;

use super::Sink;
use crate::encoder::error::BufferTooSmall;

/// Writes into a slice from its start, until it is full.
///
/// A write that does not fit leaves the slice as it was. An encoder writes an event in several
/// pieces, so a part of it may be there; [`Message::encode_to_slice`](crate::Message::encode_to_slice)
/// is all or nothing.
///
/// ```
/// use sse_wire::encoder::{BufferTooSmall, EncodeError, SliceSink};
/// use sse_wire::Encoder;
///
/// let mut memory = [0; 16];
/// let mut out = Encoder::new(SliceSink::new(&mut memory));
/// out.data("x").try_dispatch()?;
/// assert_eq!(out.sink().written(), b"data: x\n\n");
/// # Ok::<(), EncodeError<BufferTooSmall>>(())
/// ```
pub struct SliceSink<'b> {
    buffer: &'b mut [u8],
    /// Never more than the buffer's length.
    len: usize,
}

impl<'b> SliceSink<'b> {
    /// Wraps a slice.
    ///
    /// ```
    /// assert!(sse_wire::encoder::SliceSink::new(&mut [0; 4]).is_empty());
    /// ```
    #[must_use]
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// Gives the bytes that have been written.
    ///
    /// ```
    /// use sse_wire::encoder::{Sink, SliceSink};
    ///
    /// let mut memory = [0; 4];
    /// let mut sink = SliceSink::new(&mut memory);
    /// sink.write(b"abc").unwrap();
    /// assert_eq!(sink.written(), b"abc");
    /// ```
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// Gives the bytes that have been written, for as long as the slice lives.
    ///
    /// ```
    /// use sse_wire::encoder::{Sink, SliceSink};
    ///
    /// let mut memory = [0; 4];
    /// let mut sink = SliceSink::new(&mut memory);
    /// sink.write(b"abc").unwrap();
    /// let written: &mut [u8] = sink.into_written();
    /// assert_eq!(written, b"abc");
    /// ```
    #[must_use]
    pub fn into_written(self) -> &'b mut [u8] {
        self.buffer.get_mut(..self.len).unwrap_or_default()
    }

    /// Gives the number of bytes that have been written.
    ///
    /// ```
    /// assert_eq!(sse_wire::encoder::SliceSink::new(&mut [0; 4]).len(), 0);
    /// ```
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Returns whether nothing has been written.
    ///
    /// ```
    /// assert!(sse_wire::encoder::SliceSink::new(&mut [0; 4]).is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Gives the number of bytes that can still be written.
    ///
    /// ```
    /// assert_eq!(sse_wire::encoder::SliceSink::new(&mut [0; 4]).remaining(), 4);
    /// ```
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.buffer.len() - self.len
    }
}

/// Shows how much is written, not the payload.
impl fmt::Debug for SliceSink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { buffer, len } = self;
        f.debug_struct("SliceSink").field("len", len).field("capacity", &buffer.len()).finish()
    }
}

impl Sink for SliceSink<'_> {
    type Error = BufferTooSmall;

    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), BufferTooSmall> {
        let available = self.remaining();
        let free = self.buffer.get_mut(self.len..).unwrap_or_default();
        let Some(place) = free.get_mut(..bytes.len()) else {
            return Err(BufferTooSmall::new(bytes.len(), available));
        };
        place.copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(())
    }
}
