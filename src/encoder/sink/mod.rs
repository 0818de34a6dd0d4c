//! Where the bytes go.
//!
//! - **(A)** A sink takes all bytes of a write or fails.
//! - **(B)** Worlds with a trait of their own come wrapped, one type each: blanket implementations
//!   would collide.

#[cfg(feature = "bytes")]
mod buf_mut;
mod fmt;
#[cfg(feature = "std")]
mod io;
mod slice;

#[cfg(feature = "bytes")]
pub use self::buf_mut::BufMutSink;
pub use self::fmt::FmtSink;
#[cfg(feature = "std")]
pub use self::io::IoSink;
pub use self::slice::SliceSink;

/// A place to write bytes to, with an error of its own.
///
/// Implemented for `Vec<u8>` and for mutable references to sinks; other destinations come wrapped:
/// [`SliceSink`], [`FmtSink`], `IoSink` (feature `std`), `BufMutSink` (feature `bytes`).
///
/// ```
/// use core::convert::Infallible;
/// use sse_wire::{EncodeError, Encoder, Sink};
///
/// /// Counts instead of writing.
/// struct Count(usize);
///
/// impl Sink for Count {
///     type Error = Infallible;
///
///     fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
///         self.0 += bytes.len();
///         Ok(())
///     }
/// }
///
/// let mut out = Encoder::new(Count(0));
/// out.data("x")?.dispatch()?;
/// assert_eq!(out.sink().0, 9);
/// # Ok::<(), EncodeError<Infallible>>(())
/// ```
pub trait Sink {
    /// What a failed write says.
    type Error;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    ///
    /// The sink's own; how much of `bytes` was written is then up to the sink.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Hints that about `additional` bytes will follow; does nothing unless overridden.
    #[inline]
    fn reserve(&mut self, additional: usize) {
        let _ = additional;
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    type Error = S::Error;

    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        (**self).write(bytes)
    }

    #[inline]
    fn reserve(&mut self, additional: usize) {
        (**self).reserve(additional);
    }
}

/// Appends; never fails.
#[cfg(feature = "alloc")]
impl Sink for alloc::vec::Vec<u8> {
    type Error = core::convert::Infallible;

    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    #[inline]
    fn reserve(&mut self, additional: usize) {
        Self::reserve(self, additional);
    }
}
