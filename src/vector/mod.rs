//! Line ends and ASCII, many bytes at a time: with vector instructions where there are such.
//!
//! Rules of this module:
//!
//! - **A.** Each instruction set is a file with the same functions. Which one is used is decided here, and
//!   nowhere else in the crate. With `--cfg sse_wire_plain` it is `portable`, which the others are tested
//!   against.
//! - **B.** Its functions take references and return numbers; no pointer leaves a function, and nothing is
//!   written through one. It knows nothing of the format but the two bytes that end a line.
//! - **C.** That bytes are ASCII is said by [`Ascii`], which is made here alone, of bytes that were looked
//!   at. What was not looked at counts as not ASCII.
//!
//! To add an instruction set, write its file and name it below.

#[allow(dead_code)] // Of the portable functions each set uses some.
mod portable;

#[cfg(all(feature = "simd", not(sse_wire_plain), target_arch = "aarch64"))]
mod aarch64;
#[cfg(all(feature = "simd", not(sse_wire_plain), target_arch = "x86_64"))]
mod x86_64;

#[cfg(all(feature = "simd", not(sse_wire_plain), target_arch = "aarch64"))]
use aarch64 as set;
#[cfg(not(all(
    feature = "simd",
    not(sse_wire_plain),
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
use portable as set;
#[cfg(all(feature = "simd", not(sse_wire_plain), target_arch = "x86_64"))]
use x86_64 as set;

#[cfg(all(test, feature = "alloc"))]
mod tests;

use core::ops::Range;

/// LINE FEED: ends a line.
pub(crate) const LF: u8 = b'\n';
/// CARRIAGE RETURN: ends a line.
pub(crate) const CR: u8 = b'\r';

/// The bytes that one mask speaks of.
pub(crate) const BLOCK: usize = 64;

/// The most masks made at a time. A decoder keeps them, so there are fewer where there may be no heap.
pub(crate) const BATCH: usize = if cfg!(feature = "std") { 16 } else { 8 };

/// The bytes that are looked at together where there is no whole block.
const PART: usize = 16;

/// Receives the ASCII ranges that the search for line ends finds on its way.
pub(crate) trait Sees<'c> {
    /// Whether it is worth looking for ASCII.
    const WANTED: bool;
    /// A part of the chunk is ASCII.
    fn see(&mut self, ascii: Ascii<'c>);
    /// Whether a part of the chunk is known to be UTF-8, or is found to be.
    fn is_text(&mut self, _chunk: &'c [u8], _part: Range<usize>) -> bool {
        false
    }
}

/// Receives nothing.
impl Sees<'_> for () {
    const WANTED: bool = false;
    fn see(&mut self, _: Ascii<'_>) {}
}

/// A part of some bytes that is ASCII.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ascii<'a> {
    bytes: &'a [u8],
    /// The bytes from here up to `to` are ASCII: each of them was looked at.
    from: usize,
    to: usize,
}

impl<'a> Ascii<'a> {
    /// Looks at each byte of a part.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], part: Range<usize>) -> Option<Self> {
        let is_ascii = set::is_ascii(bytes.get(part.clone())?);
        is_ascii.then_some(Self { bytes, from: part.start, to: part.end })
    }

    /// Where in the bytes the part is.
    #[cfg(all(test, feature = "alloc"))]
    pub(crate) const fn range(self) -> Range<usize> {
        self.from..self.to
    }

    /// Where in `bytes` the part is, if it is a part of them.
    #[inline(always)]
    pub(crate) fn range_in(self, bytes: &[u8]) -> Option<Range<usize>> {
        core::ptr::eq(self.bytes, bytes).then_some(self.from..self.to)
    }
}

/// Makes the masks of up to [`BATCH`] blocks of `chunk` from `start` to [`batch_end`]: bit `i` of a mask is set if the
/// block's byte `i` is a CR or LF. Returns which masks have a bit set.
///
/// A mask is left in a form that [`finished`] turns into the mask, since many are never needed.
#[inline]
pub(crate) fn make<'c, S: Sees<'c>>(
    chunk: &'c [u8],
    start: usize,
    masks: &mut [u64; BATCH],
    sees: &mut S,
) -> u32 {
    if !S::WANTED {
        return set::make::<false>(chunk, start, masks).0;
    }
    let (blocks, is_ascii) = set::make::<true>(chunk, start, masks);
    if is_ascii {
        sees.see(Ascii { bytes: chunk, from: start, to: batch_end(chunk, start) });
    }
    blocks
}

/// The mask that [`make`] left in another form.
#[inline(always)]
pub(crate) fn finished(mask: u64) -> u64 {
    set::finished(mask)
}

/// The mask of at most a block.
#[inline(always)]
pub(crate) fn make_short(bytes: &[u8]) -> u64 {
    #[inline(never)]
    fn part(bytes: &[u8]) -> u64 {
        short(bytes, set::part)
    }
    if let [byte] = *bytes {
        return u64::from((byte == LF) | (byte == CR));
    }
    match bytes.try_into() {
        Ok(block) => set::block(block),
        Err(_) => part(bytes),
    }
}

/// The length of a value up to the first line end, or all of it. Fast where that is not far.
#[inline]
pub(crate) fn line_len(value: &[u8]) -> usize {
    set::line_len(value)
}

/// The length of the line that goes on at `start`.
#[inline]
pub(crate) fn line_len_at<'c, S: Sees<'c>>(chunk: &'c [u8], start: usize, sees: &mut S) -> usize {
    let value = chunk.get(start..).unwrap_or_default();
    if !S::WANTED {
        return set::line_len(value);
    }
    let (len, ascii) = set::line_len_and_ascii(value);
    if ascii > 0 {
        sees.see(Ascii { bytes: chunk, from: start, to: start + ascii });
    }
    len
}

/// Where the batch ends that begins at `start`: behind that, unless the chunk ends there.
#[inline(always)]
pub(crate) fn batch_end(chunk: &[u8], start: usize) -> usize {
    chunk.len().min(start + BATCH * BLOCK)
}

/// The `N` bytes at a position, if they are all there.
#[inline(always)]
pub(crate) fn bytes_at<const N: usize>(bytes: &[u8], pos: usize) -> Option<[u8; N]> {
    bytes.get(pos..)?.get(..N)?.try_into().ok()
}

/// The masks of a batch, each made by `mask`, that of less than a block of its parts; see [`make`].
/// Says as well whether each byte of the batch was in a block that `mask` was asked for.
#[inline(always)]
fn make_with(
    chunk: &[u8],
    start: usize,
    masks: &mut [u64; BATCH],
    mut mask: impl FnMut(&[u8; BLOCK]) -> u64,
    part: impl Fn(&[u8; PART]) -> u64,
    finished: impl Fn(u64) -> u64,
) -> (u32, bool) {
    let end = batch_end(chunk, start);
    let Some(rest) = chunk.get(start..end) else { return (0, false) };
    let (mut blocks, mut all) = (0, true);
    let mut make = |block: &[u8], i: usize| {
        let Ok(block) = <&[u8; BLOCK]>::try_from(block) else {
            all = false;
            return;
        };
        masks[i] = mask(block);
        blocks |= u32::from(masks[i] != 0) << i;
    };
    if let Ok(batch) = <&[u8; BATCH * BLOCK]>::try_from(rest) {
        // The usual batch: nothing is asked block by block.
        for i in 0..BATCH {
            make(&batch[BLOCK * i..BLOCK * (i + 1)], i);
        }
        return (blocks, all);
    }
    for i in 0..BATCH {
        let Some(block) = rest.get(BLOCK * i..BLOCK * (i + 1)) else { break };
        make(block, i);
    }
    let count = rest.len() / BLOCK;
    let left = &rest[BLOCK * count..];
    if !left.is_empty() {
        let last = end.checked_sub(BLOCK).and_then(|from| chunk.get(from..end)?.try_into().ok());
        let last = match last {
            // The chunk's last block, loaded with bytes before it.
            Some(block) => finished(mask(block)) >> (BLOCK - left.len()),
            None => {
                all = false;
                short(left, part)
            }
        };
        masks[count % BATCH] = finished(last);
        blocks |= u32::from(last != 0) << count;
    }
    (blocks, all)
}

/// The mask of less than a block. Its last bytes are loaded with bytes before them.
#[inline(always)]
fn short(bytes: &[u8], part: impl Fn(&[u8; PART]) -> u64) -> u64 {
    let len = bytes.len();
    let last = len.checked_sub(PART).and_then(|from| bytes.get(from..)?.try_into().ok());
    let Some(last) = last else { return part(&padded(bytes)) };
    let mut mask = part(last) << (len - PART);
    for (i, whole) in bytes.chunks_exact(PART).enumerate() {
        mask |= whole.try_into().map_or(0, &part) << (PART * i);
    }
    mask
}

/// Less than a part, with zeros behind it. The bytes are copied in registers, without a call.
#[inline(always)]
fn padded(bytes: &[u8]) -> [u8; PART] {
    let len = bytes.len();
    let eight = |from: usize| bytes_at(bytes, from).map(u64::from_le_bytes);
    let four = |from: usize| bytes_at(bytes, from).map(u32::from_le_bytes);
    let word = if let (9.., Some(low), Some(high)) = (len, eight(0), eight(len.wrapping_sub(8))) {
        u128::from(low) | u128::from(high >> (8 * (16 - len))) << 64
    } else if let (4.., Some(low), Some(high)) = (len, four(0), four(len.wrapping_sub(4))) {
        u128::from(u64::from(low) | u64::from(high) >> (8 * (8 - len)) << 32)
    } else {
        bytes.iter().rev().fold(0, |word, &byte| word << 8 | u128::from(byte))
    };
    word.to_le_bytes()
}

/// Whether bytes are at most a block and all ASCII: looks at them in words that may overlap.
#[allow(dead_code)] // Not every set asks for it.
#[inline(always)]
fn is_block_ascii(bytes: &[u8]) -> bool {
    // What is not there is not ASCII.
    let eight = |from: usize| bytes_at(bytes, from).map_or(u64::MAX, u64::from_ne_bytes);
    let four = |from: usize| {
        bytes_at(bytes, from).map_or(u64::MAX, |word| u64::from(u32::from_ne_bytes(word)))
    };
    let sixteen = |from: usize| eight(from) | eight(from + 8);
    let seen = match bytes.len() {
        len @ 49.. => sixteen(0) | sixteen(16) | sixteen(32) | sixteen(len - 16),
        len @ 33.. => sixteen(0) | sixteen(16) | sixteen(len - 16),
        len @ 16.. => sixteen(0) | sixteen(len - 16),
        len @ 8.. => eight(0) | eight(len - 8),
        len @ 4.. => four(0) | four(len - 4),
        _ => bytes.iter().fold(0, |seen, &byte| seen | u64::from(byte)),
    };
    bytes.len() <= BLOCK && seen & (u64::MAX / 0xFF * 0x80) == 0
}
