//! ASCII as text, and bytes as a string, without a second look. With `simd` this file has unsafe code.
#![cfg_attr(feature = "simd", allow(unsafe_code))]

use core::ops::Range;

#[cfg(all(feature = "alloc", feature = "simd"))]
use super::known::validated;
use crate::vector::Ascii;

#[cfg(feature = "alloc")]
use alloc::{string::String, vec::Vec};

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

/// The bytes as a string, in the memory that they are in; if they are malformed, a copy with U+FFFD.
#[cfg(feature = "alloc")]
pub(crate) fn into_string_lossy(bytes: Vec<u8>) -> String {
    #[cfg(feature = "simd")]
    if validated(&bytes).is_ok() {
        // SAFETY: all these bytes were validated just now.
        return unsafe { String::from_utf8_unchecked(bytes) };
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
