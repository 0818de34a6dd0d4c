//! A chunk that is owned, and what of it is known to be text: ranges, which are joined with the bytes here.
//!
//! With `simd` this file has unsafe code. It relies on nothing but what stands here: a range becomes part of
//! [`Known`] only after each byte of it was looked at, and [`Steady`] says that the bytes are the same ever after.
//! Without `simd` nothing is remembered, and each value is looked at when it is asked for.
#![cfg_attr(feature = "simd", allow(unsafe_code))]

#[cfg(feature = "simd")]
use super::ascii;
#[cfg(feature = "simd")]
use super::known::{stretch, text_from};
use super::known::{validated, Knows};
use crate::grammar::Span;
use crate::vector::{Ascii, Sees};

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, boxed::Box, rc::Rc, string::String, sync::Arc, vec::Vec};

/// A chunk whose bytes stay as they are, so that what was once seen to be text needs no second look:
/// `Bytes`, `BytesMut`, `Vec<u8>`, `String`, `&[u8]`, `&str`, `[u8; N]`, `Box<[u8]>`, `Arc<[u8]>`,
/// `Rc<[u8]>` and `Cow<[u8]>`.
///
/// A [`ChunkDecoder`](crate::ChunkDecoder) hands out text from chunks of these types, and raw bytes from
/// any other `AsRef<[u8]>`. A type of one's own is wrapped as `Bytes` (`Bytes::from_owner`).
///
/// This trait is sealed.
pub trait Chunk: sealed::Steady {}

impl<C: sealed::Steady> Chunk for C {}

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

macro_rules! steady {
    ($($(#[$when:meta])? [$($param:tt)*] $type:ty;)*) => {$(
        // SAFETY: `as_ref` gives the bytes that the value owns, or that it borrows for as long as it lives.
        // They have no interior mutability; moving the value does not write them, and cloning it copies or
        // shares them.
        #[cfg(feature = "simd")]
        $(#[$when])?
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
    #[cfg(feature = "bytes")] [] bytes::Bytes;
    #[cfg(feature = "bytes")] [] bytes::BytesMut;
}

/// What of some bytes is known to be text.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// This is ASCII.
    ascii: Span,
    /// The stretch that was validated last.
    text: Span,
    /// A malformed byte follows the stretch.
    broken: bool,
}

/// A chunk that is owned, and what of it is known to be text.
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

impl<C: sealed::Steady> Held<C> {
    /// The bytes, and who knows what of them is text.
    #[inline(always)]
    pub(crate) fn open(&mut self) -> (&[u8], Look<'_>) {
        let bytes = self.chunk.as_ref();
        (bytes, Look { bytes, known: &mut self.known })
    }

    /// The chunk itself, and who knows what of it is text.
    #[cfg(feature = "bytes")]
    #[inline(always)]
    pub(crate) fn parts(&mut self) -> (&C, Look<'_>) {
        let bytes = self.chunk.as_ref();
        (&self.chunk, Look { bytes, known: &mut self.known })
    }
}

/// Who knows what of the bytes of a [`Held`] chunk is text.
#[derive(Debug)]
pub(crate) struct Look<'c> {
    /// The bytes of the chunk whose `known` this is.
    bytes: &'c [u8],
    known: &'c mut Known,
}

#[cfg(feature = "bytes")]
impl Look<'_> {
    /// Whether a value of the chunk is UTF-8.
    #[inline]
    pub(crate) fn is_text(&mut self, span: Span) -> bool {
        self.text(self.bytes, span).is_some()
    }

    #[inline(always)]
    pub(crate) fn reborrow(&mut self) -> Look<'_> {
        Look { bytes: self.bytes, known: self.known }
    }
}

impl<'c> Knows<'c> for Look<'c> {
    #[cfg(feature = "simd")]
    #[inline(always)]
    fn text(&mut self, _: &'c [u8], span: Span) -> Option<&'c str> {
        let Known { ascii, .. } = *self.known;
        if span.start < ascii.start || ascii.end < span.end {
            return self.beyond_ascii(span);
        }
        let part = self.bytes.get(span.start..span.end)?;
        // SAFETY: each byte of `known.ascii` was seen to be ASCII, which is UTF-8 wherever it is cut, and the
        // bytes of a steady chunk are what they were.
        Some(unsafe { core::str::from_utf8_unchecked(part) })
    }

    #[cfg(not(feature = "simd"))]
    #[inline]
    fn text(&mut self, _: &'c [u8], span: Span) -> Option<&'c str> {
        validated(self.bytes.get(span.start..span.end)?).ok()
    }
}

#[cfg(feature = "simd")]
impl<'c> Look<'c> {
    #[inline]
    fn beyond_ascii(&mut self, span: Span) -> Option<&'c str> {
        let Known { text, .. } = *self.known;
        if span.start < text.start || text.end < span.end {
            return self.validate(span);
        }
        let range = span.start - text.start..span.end.checked_sub(text.start)?;
        let stretch = self.bytes.get(text.start..text.end)?;
        // SAFETY: the whole stretch was validated, and the bytes of a steady chunk are what they were.
        unsafe { core::str::from_utf8_unchecked(stretch) }.get(range)
    }

    #[cold]
    #[inline(never)]
    fn validate(&mut self, span: Span) -> Option<&'c str> {
        let Known { text: before, broken, .. } = *self.known;
        if span.start < before.start || (broken && span.start < before.end) {
            // Fields in an unusual order, or at a malformed byte.
            return validated(self.bytes.get(span.start..span.end)?).ok();
        }
        let reach = stretch(self.bytes, span, before.len());
        if let Some(ascii) = Ascii::new(self.bytes, reach.start..reach.end) {
            self.see(ascii);
            (self.known.text, self.known.broken) = (reach, false);
            return ascii::text(ascii, span.start..span.end);
        }
        let (text, broken) = text_from(reach.of(self.bytes));
        let stretch = Span::new(span.start, span.start + text.len());
        (self.known.text, self.known.broken) = (stretch, broken);
        text.get(..span.len())
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
}
