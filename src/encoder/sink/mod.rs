//! Where the bytes go.
//!
//! - **(A)** A sink takes all bytes of a write or fails.
//! - **(B)** Worlds with a trait of their own come wrapped, one type each: blanket implementations
//!   would collide.
//! - **(C)** What the encoder knows to be text comes as text.

mod fmt;
#[cfg(feature = "std")]
mod io;
mod slice;

pub use self::fmt::FmtSink;
#[cfg(feature = "std")]
pub use self::io::IoSink;
pub use self::slice::SliceSink;

/// A place to write bytes to, with an error of its own.
///
/// `Vec<u8>`, `String`, `BytesMut` (feature `bytes`) and mutable references to sinks are sinks; other
/// destinations come wrapped: [`SliceSink`], [`FmtSink`], `IoSink` (feature `std`).
///
/// ```
/// use core::convert::Infallible;
/// use sse_wire::encoder::Sink;
/// use sse_wire::Encoder;
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
/// out.data("x").dispatch();
/// assert_eq!(out.sink().0, 9);
/// ```
pub trait Sink {
    /// What a failed write says: [`Infallible`](core::convert::Infallible) where none fails.
    type Error;

    /// Writes all of `bytes`.
    ///
    /// # Errors
    ///
    /// The sink's own; how much of `bytes` was written is then up to the sink.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Writes all of `text`. Does what [`write`](Self::write) does unless overridden, by a sink that would
    /// have to check its bytes to be text.
    ///
    /// # Errors
    ///
    /// The sink's own.
    #[inline]
    fn write_text(&mut self, text: &str) -> Result<(), Self::Error> {
        self.write(text.as_bytes())
    }

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
    fn write_text(&mut self, text: &str) -> Result<(), Self::Error> {
        (**self).write_text(text)
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

/// Appends; never fails. Bytes that are not UTF-8 become U+FFFD, as `String::from_utf8_lossy` has them.
///
/// Each write stands for itself: where data comes as *bytes* and a character is cut by the end of a
/// piece, both parts become U+FFFD. A [`FmtSink`] puts such characters together. Text has no such cuts.
#[cfg(feature = "alloc")]
impl Sink for alloc::string::String {
    type Error = core::convert::Infallible;

    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.push_str(&Self::from_utf8_lossy(bytes));
        Ok(())
    }

    #[inline]
    fn write_text(&mut self, text: &str) -> Result<(), Self::Error> {
        self.push_str(text);
        Ok(())
    }

    #[inline]
    fn reserve(&mut self, additional: usize) {
        Self::reserve(self, additional);
    }
}

/// Appends; never fails.
///
/// ```
/// use bytes::BytesMut;
/// use sse_wire::Encoder;
///
/// let mut out = Encoder::new(BytesMut::new());
/// out.data("x").dispatch();
/// assert_eq!(out.into_inner().freeze(), "data: x\n\n");
/// ```
#[cfg(feature = "bytes")]
impl Sink for bytes::BytesMut {
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
