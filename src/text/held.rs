//! A chunk, and the ranges of it that are known to be text. Ranges and bytes are joined here. Each byte is validated
//! about once, and only if text is asked for.
//!
//! With `simd` this file has unsafe code. It relies on nothing but what stands here: a range becomes part of
//! [`Known`] only after each byte of it was looked at, and [`Steady`] says that the bytes are the same ever after.
//! Without `simd` each value is looked at again where it is shown.
#![cfg_attr(feature = "simd", allow(unsafe_code))]

use core::ops::Range;

use crate::grammar::Span;
use crate::vector::{Ascii, Sees};

#[cfg(not(feature = "simdutf8"))]
use core::str::from_utf8;
#[cfg(feature = "simdutf8")]
use simdutf8::compat::from_utf8;

#[cfg(feature = "alloc")]
use alloc::string::{FromUtf8Error, String};
#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, boxed::Box, rc::Rc, sync::Arc, vec::Vec};

/// The least that is validated at a time; small with a private `cfg`, so that tests have many stretches.
pub(super) const LEAST: usize = if cfg!(sse_wire_small) { 4 } else { 512 };

/// A chunk whose bytes stay as they are, so that what was once seen to be text needs no second look:
/// `Bytes`, `BytesMut`, `Vec<u8>`, `String`, `&[u8]`, `&str`, `[u8; N]`, `Box<[u8]>`, `Arc<[u8]>`,
/// `Rc<[u8]>` and `Cow<[u8]>`.
///
/// A [`ChunkDecoder`](crate::ChunkDecoder) hands out text from chunks of these types, and raw bytes from
/// any other `AsRef<[u8]>`. A type of one's own is wrapped as `Bytes` (`Bytes::from_owner`).
///
/// This trait is sealed.
pub trait StableChunk: sealed::Steady {}

impl<C: sealed::Steady> StableChunk for C {}

pub(crate) mod sealed {
    /// # Safety
    ///
    /// `as_ref` gives the same bytes at every call until the value is borrowed mutably, also after it was
    /// moved; a clone gives the same bytes as well.
    #[cfg(feature = "simd")]
    pub unsafe trait Steady: AsRef<[u8]> {}

    /// `as_ref` gives the same bytes at every call.
    #[cfg(not(feature = "simd"))]
    pub trait Steady: AsRef<[u8]> {}
}

/// Says of a type that its bytes stay as they are.
macro_rules! steady {
    ($($(#[$when:meta])? [$($param:tt)*] $type:ty;)*) => {$(
        #[cfg(feature = "simd")]
        $(#[$when])?
        // SAFETY: `as_ref` gives the bytes that the value owns, or that it borrows for as long as it lives.
        // They have no interior mutability; moving the value does not write them, and cloning it copies or
        // shares them.
        unsafe impl<$($param)*> sealed::Steady for $type {}

        #[cfg(not(feature = "simd"))]
        $(#[$when])?
        impl<$($param)*> sealed::Steady for $type {}
    )*};
}

steady! {
    ['a] &'a [u8];
    ['a] &'a str;
    [const N: usize] [u8; N];
    #[cfg(feature = "alloc")] [] Vec<u8>;
    #[cfg(feature = "alloc")] [] String;
    #[cfg(feature = "alloc")] [] Box<[u8]>;
    #[cfg(feature = "alloc")] [] Rc<[u8]>;
    #[cfg(feature = "alloc")] [] Arc<[u8]>;
    #[cfg(feature = "alloc")] ['a] Cow<'a, [u8]>;
    #[cfg(feature = "std")] [] ReadChunk;
    #[cfg(feature = "bytes")] [] bytes::Bytes;
    #[cfg(feature = "bytes")] [] bytes::BytesMut;
}

/// A chunk that an [`EventReader`](crate::EventReader) has read, in the reader's buffer.
#[cfg(feature = "std")]
#[derive(Clone, Default)]
pub struct ReadChunk {
    buffer: Vec<u8>,
    filled: usize,
}

#[cfg(feature = "std")]
impl ReadChunk {
    /// Puts what `read` gives, up to `size` bytes, in the place of the bytes of the chunk; says how many came.
    pub(crate) fn refill<E>(
        &mut self,
        size: usize,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        self.filled = 0;
        if self.buffer.len() != size {
            self.buffer = alloc::vec![0; size];
        }
        // A reader may claim more than there was room for.
        self.filled = read(&mut self.buffer)?.min(size);
        Ok(self.filled)
    }
}

#[cfg(feature = "std")]
impl AsRef<[u8]> for ReadChunk {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }
}

/// Shows the length, not the payload.
#[cfg(feature = "std")]
impl core::fmt::Debug for ReadChunk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ReadChunk").field("len", &self.filled).finish_non_exhaustive()
    }
}

/// The ranges of a chunk that are known to be text.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// This is ASCII.
    ascii: Span,
    /// The stretch that was validated last.
    text: Span,
    /// A malformed byte follows the stretch.
    broken: bool,
}

/// A chunk, and the ranges of it that are known to be text.
#[derive(Clone, Debug)]
pub(crate) struct Held<C> {
    chunk: C,
    known: Known,
}

impl<C: AsRef<[u8]>> Held<C> {
    #[inline(always)]
    pub(crate) fn new(chunk: C) -> Self {
        Self { chunk, known: Known::default() }
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.chunk.as_ref()
    }

    #[inline]
    pub(crate) fn into_chunk(self) -> C {
        self.chunk
    }
}

#[cfg(all(test, feature = "alloc"))]
impl<C> Held<C> {
    /// The stretch that was validated last, and whether a malformed byte follows it.
    pub(super) fn stretch(&self) -> (Span, bool) {
        (self.known.text, self.known.broken)
    }
}

impl<C: sealed::Steady> Held<C> {
    /// The chunk, and the knowledge of which of its bytes are text.
    #[inline(always)]
    pub(crate) fn open(&mut self) -> (&C, Look<'_>) {
        let bytes = self.chunk.as_ref();
        (&self.chunk, Look { bytes, known: &mut self.known })
    }

    pub(crate) fn chunk(&self) -> &C {
        &self.chunk
    }
}

/// Knows which bytes of a [`Held`] chunk are text.
#[derive(Debug)]
pub(crate) struct Look<'c> {
    /// The bytes of the chunk whose `known` this is.
    bytes: &'c [u8],
    known: &'c mut Known,
}

impl<'c> Look<'c> {
    /// The text of a value of the chunk, if it is UTF-8.
    #[inline(always)]
    pub(crate) fn text(&mut self, span: Span) -> Option<&'c str> {
        // Without `simd` nothing is known that could spare the look at the value itself.
        if cfg!(feature = "simd") && !self.is_text(span) {
            return None;
        }
        let part = self.bytes.get(span.start..span.end)?;
        // SAFETY: `is_text` says that these bytes are UTF-8: that each of them was looked at, in this chunk, and
        // that no character is cut. The bytes of a steady chunk are what they were then.
        #[cfg(feature = "simd")]
        return Some(unsafe { core::str::from_utf8_unchecked(part) });
        #[cfg(not(feature = "simd"))]
        return validated(part);
    }

    /// Whether a value of the chunk is UTF-8.
    #[inline(always)]
    pub(crate) fn is_text(&mut self, span: Span) -> bool {
        let Known { ascii, .. } = *self.known;
        (ascii.start <= span.start && span.end <= ascii.end) || self.is_text_beyond_ascii(span)
    }

    #[inline]
    fn is_text_beyond_ascii(&mut self, span: Span) -> bool {
        let Known { text, .. } = *self.known;
        if span.start < text.start || text.end < span.end {
            return self.validate(span);
        }
        !(self.cuts(span.start) | self.cuts(span.end))
    }

    /// Whether a character of the stretch that began before this position goes on at it.
    #[inline]
    fn cuts(&self, pos: usize) -> bool {
        pos < self.known.text.end && self.bytes.get(pos).is_some_and(|byte| byte & 0xC0 == 0x80)
    }

    #[cold]
    #[inline(never)]
    fn validate(&mut self, span: Span) -> bool {
        let Known { text: before, broken, .. } = *self.known;
        if span.start < before.start || (broken && span.start < before.end) {
            // Fields in an unusual order, or at a malformed byte.
            return validated(span.of(self.bytes)).is_some();
        }
        // At least twice as much as before: a cursor that is dropped early has not validated much more than it read.
        let len = (2 * before.len()).max(LEAST).max(span.len());
        let reach = Span::new(span.start, (span.start + len).min(self.bytes.len()));
        if let Some(ascii) = Ascii::new(self.bytes, reach.start..reach.end) {
            self.see(ascii);
            (self.known.text, self.known.broken) = (reach, false);
            return true;
        }
        let (len, broken) = text_len(reach.of(self.bytes));
        self.known.text = Span::new(span.start, span.start + len);
        self.known.broken = broken;
        span.end <= self.known.text.end && !self.cuts(span.end)
    }
}

impl<'c> Sees<'c> for Look<'c> {
    const WANTED: bool = cfg!(feature = "simd");

    #[inline]
    fn see(&mut self, ascii: Ascii<'c>) {
        let Some(seen) = ascii.range_in(self.bytes) else { return };
        let before = self.known.ascii;
        let touches = seen.start <= before.end && before.start <= seen.end;
        self.known.ascii = if touches {
            Span::new(before.start.min(seen.start), before.end.max(seen.end))
        } else {
            Span::new(seen.start, seen.end)
        };
    }

    #[inline]
    fn is_text(&mut self, _: &'c [u8], part: Range<usize>) -> bool {
        Look::is_text(self, Span::new(part.start, part.end))
    }
}

/// How many of the bytes are text, from their start, and whether a malformed byte follows: not one of a character that
/// their end cuts.
pub(super) fn text_len(bytes: &[u8]) -> (usize, bool) {
    match from_utf8(bytes) {
        Ok(text) => (text.len(), false),
        Err(error) => (error.valid_up_to(), error.error_len().is_some()),
    }
}

/// The bytes as text, if they are UTF-8.
pub(super) fn validated(bytes: &[u8]) -> Option<&str> {
    #[cfg(feature = "simd")]
    if Ascii::new(bytes, 0..bytes.len()).is_some() {
        // SAFETY: `Ascii` has looked at each of the bytes, and ASCII is UTF-8.
        return Some(unsafe { core::str::from_utf8_unchecked(bytes) });
    }
    from_utf8(bytes).ok()
}

/// The bytes as a string, in the memory that they are in.
#[cfg(feature = "alloc")]
pub(crate) fn into_string(bytes: Vec<u8>) -> Result<String, FromUtf8Error> {
    #[cfg(feature = "simd")]
    if validated(&bytes).is_some() {
        // SAFETY: all these bytes were validated just now.
        return Ok(unsafe { String::from_utf8_unchecked(bytes) });
    }
    String::from_utf8(bytes)
}

/// The bytes as a string, in the memory that they are in; if they are malformed, a copy with U+FFFD.
#[cfg(feature = "alloc")]
pub(crate) fn into_string_lossy(bytes: Vec<u8>) -> String {
    into_string(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
