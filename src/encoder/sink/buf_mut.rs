//! The `bytes` crate.

use bytes::BufMut;

use super::Sink;
use crate::encoder::error::BufferTooSmall;

/// Writes to a [`BufMut`], as long as it has room.
///
/// A write that does not fit leaves the buffer as it was.
///
/// ```
/// use bytes::BytesMut;
/// use sse_wire::{BufferTooSmall, BufMutSink, EncodeError, Encoder};
///
/// let mut out = Encoder::new(BufMutSink::new(BytesMut::new()));
/// out.data("x")?.dispatch()?;
/// assert_eq!(out.into_inner().into_inner().freeze(), &b"data: x\n\n"[..]);
/// # Ok::<(), EncodeError<BufferTooSmall>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct BufMutSink<B> {
    buffer: B,
}

impl<B> BufMutSink<B> {
    /// Wraps a buffer.
    ///
    /// ```
    /// let sink = sse_wire::BufMutSink::new(bytes::BytesMut::new());
    /// # drop(sink);
    /// ```
    #[must_use]
    pub const fn new(buffer: B) -> Self {
        Self { buffer }
    }

    /// Borrows the buffer.
    ///
    /// ```
    /// assert!(sse_wire::BufMutSink::new(bytes::BytesMut::new()).get_ref().is_empty());
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &B {
        &self.buffer
    }

    /// Borrows the buffer mutably, say to split off what is ready.
    ///
    /// ```
    /// let mut sink = sse_wire::BufMutSink::new(bytes::BytesMut::new());
    /// assert!(sink.get_mut().split().is_empty());
    /// ```
    #[must_use]
    pub fn get_mut(&mut self) -> &mut B {
        &mut self.buffer
    }

    /// Gives the buffer back.
    ///
    /// ```
    /// assert!(sse_wire::BufMutSink::new(bytes::BytesMut::new()).into_inner().is_empty());
    /// ```
    #[must_use]
    pub fn into_inner(self) -> B {
        self.buffer
    }
}

impl<B: BufMut> Sink for BufMutSink<B> {
    type Error = BufferTooSmall;

    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), BufferTooSmall> {
        // `put_slice` panics without this.
        let available = self.buffer.remaining_mut();
        if available < bytes.len() {
            return Err(BufferTooSmall::new(bytes.len(), available));
        }
        self.buffer.put_slice(bytes);
        Ok(())
    }
}
