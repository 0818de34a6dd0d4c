//! ASCII as text, without a second look. With `simd` this file has unsafe code.
#![cfg_attr(feature = "simd", allow(unsafe_code))]

use core::ops::Range;

use crate::vector::Ascii;

/// Whether what was seen to be ASCII is text without a second look.
pub(super) const KNOWS_ASCII: bool = cfg!(feature = "simd");

/// A part of what is ASCII, as text.
#[cfg(feature = "simd")]
#[inline(always)]
pub(super) fn text(ascii: Ascii<'_>, part: Range<usize>) -> Option<&str> {
    let part = ascii.get(part)?;
    // SAFETY: `Ascii` has the bytes and the range in which all of them are ASCII, has looked at each, and
    // gives no other; ASCII is UTF-8 wherever it is cut.
    Some(unsafe { core::str::from_utf8_unchecked(part) })
}

/// A part of what is ASCII, as text.
#[cfg(not(feature = "simd"))]
#[inline(always)]
pub(super) fn text(ascii: Ascii<'_>, part: Range<usize>) -> Option<&str> {
    core::str::from_utf8(ascii.get(part)?).ok()
}

/// The bytes as text, if they are ASCII and it is worth asking.
#[inline(always)]
pub(super) fn all(bytes: &[u8]) -> Option<&str> {
    if !KNOWS_ASCII {
        return None;
    }
    text(Ascii::new(bytes, 0..bytes.len())?, 0..bytes.len())
}
