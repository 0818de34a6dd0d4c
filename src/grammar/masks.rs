//! The line ends of a stretch of bytes, as bit masks.

use super::{bytes_at, CR, LF};

/// The bytes that one mask speaks of.
pub(crate) const BLOCK: usize = 64;

/// The most masks made at a time. The fewer batches, the fewer are met unexpectedly; but they are kept
/// in the decoder, which is to be small where there may be no heap.
pub(crate) const BATCH: usize = if cfg!(feature = "std") { 16 } else { 8 };

/// The bytes that are looked at together where there is no whole block.
pub(crate) const PART: usize = 16;

/// Whoever wants to know what of a chunk is ASCII, which is seen on the way where that costs little.
pub(crate) trait Sight<'c> {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    const WANTED: bool = true;
    /// A part of the chunk is ASCII.
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn see(&mut self, ascii: crate::simd::Ascii<'c>);
    /// What has been seen of the chunk at last.
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn seen(&self) -> Option<crate::simd::Ascii<'c>> {
        None
    }
}

/// Nobody wants to know.
impl Sight<'_> for () {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    const WANTED: bool = false;
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn see(&mut self, _: crate::simd::Ascii<'_>) {}
}

/// See [`make_with`].
#[inline]
pub(crate) fn make<'c, S: Sight<'c>>(
    chunk: &'c [u8],
    start: usize,
    masks: &mut [u64; BATCH],
    sight: &mut S,
) -> u32 {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        if !S::WANTED {
            return crate::simd::make(chunk, start, masks);
        }
        let (blocks, ascii) = crate::simd::make_and_see(chunk, start, masks);
        if let Some(ascii) = ascii {
            sight.see(ascii);
        }
        blocks
    }
    #[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        let _ = sight;
        make_with(chunk, start, masks, portable_square, portable_part, turned)
    }
}

/// The length of the line that goes on at `start`, as [`line_len`](super::line_len) finds it.
#[inline]
pub(crate) fn line_len<'c, S: Sight<'c>>(chunk: &'c [u8], start: usize, sight: &mut S) -> usize {
    #[cfg(all(feature = "simd", feature = "std", target_arch = "x86_64"))]
    if S::WANTED {
        let (len, ascii) = crate::simd::line_len_and_see(chunk, start);
        if let Some(ascii) = ascii {
            sight.see(ascii);
        }
        return len;
    }
    let _ = sight;
    super::line_len(chunk.get(start..).unwrap_or_default())
}

/// The mask that [`make`] left in this form.
#[inline(always)]
pub(crate) fn finish(mask: u64) -> u64 {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    return mask;
    #[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    return turned(mask);
}

/// Looks at a chunk of at most a block for whoever wants to know.
#[inline(always)]
pub(crate) fn see_block<'c, S: Sight<'c>>(chunk: &'c [u8], sight: &mut S) {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    if S::WANTED {
        if let Some(ascii) = crate::simd::Ascii::of_block(chunk) {
            sight.see(ascii);
        }
    }
    #[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let _ = (chunk, sight);
}

/// The mask of at most a block.
#[inline(always)]
pub(crate) fn make_short(bytes: &[u8]) -> u64 {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    use crate::simd::block;
    #[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    use portable as block;
    match bytes.try_into() {
        Ok(bytes) => block(bytes),
        Err(_) => make_part(bytes),
    }
}

#[inline(never)]
fn make_part(bytes: &[u8]) -> u64 {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    use crate::simd::part;
    #[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    use portable_part as part;
    short(bytes, part)
}

/// Makes the masks of up to [`BATCH`] blocks of `chunk` from `start`: bit `i` of a mask is set if
/// the block's byte `i` is a CR or LF. Returns which masks have a bit set. Where the batch ends
/// [`batch_end`] tells.
///
/// The masks are left as `mask` makes them: many are not needed, and `finish` turns one into the
/// other, and back.
#[inline(always)]
pub(crate) fn make_with(
    chunk: &[u8],
    start: usize,
    masks: &mut [u64; BATCH],
    mut mask: impl FnMut(&[u8; BLOCK]) -> u64,
    part: impl Fn(&[u8; PART]) -> u64,
    finish: impl Fn(u64) -> u64,
) -> u32 {
    let end = batch_end(chunk, start);
    let Some(rest) = chunk.get(start..end) else { return 0 };
    let mut blocks = 0;
    let mut make = |block: &[u8], i: usize| {
        let Ok(block) = <&[u8; BLOCK]>::try_from(block) else { return };
        masks[i] = mask(block);
        blocks |= u32::from(masks[i] != 0) << i;
    };
    if let Ok(batch) = <&[u8; BATCH * BLOCK]>::try_from(rest) {
        // The usual batch: nothing is asked block by block.
        for i in 0..BATCH {
            make(&batch[BLOCK * i..BLOCK * (i + 1)], i);
        }
        return blocks;
    }
    for i in 0..BATCH {
        let Some(block) = rest.get(BLOCK * i..BLOCK * (i + 1)) else { break };
        make(block, i);
    }
    let count = rest.len() / BLOCK;
    let left = &rest[BLOCK * count..];
    if !left.is_empty() {
        let last = match end.checked_sub(BLOCK).and_then(|from| chunk.get(from..end)) {
            // The chunk's last block, loaded with bytes before it.
            Some(block) => match <&[u8; BLOCK]>::try_from(block) {
                Ok(block) => finish(mask(block)) >> (BLOCK - left.len()),
                Err(_) => 0,
            },
            None => short(left, part),
        };
        masks[count % BATCH] = finish(last);
        blocks |= u32::from(last != 0) << count;
    }
    blocks
}

/// Where the batch ends that begins at `start`: behind that, unless the chunk ends there.
#[inline(always)]
pub(crate) fn batch_end(chunk: &[u8], start: usize) -> usize {
    chunk.len().min(start + BATCH * BLOCK)
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

/// Less than a part, with zeros behind it. No call copies them, and they never leave the registers.
#[inline(always)]
fn padded(bytes: &[u8]) -> [u8; PART] {
    let len = bytes.len();
    let eight = |from: usize| bytes_at(bytes, from).map(u64::from_le_bytes);
    let four = |from: usize| bytes_at(bytes, from).map(u32::from_le_bytes);
    let word = if let (9.., Some(low), Some(high)) = (len, eight(0), eight(len.wrapping_sub(8))) {
        u128::from(low) | u128::from(high >> (8 * (16 - len))) << 64
    } else if let (5.., Some(low), Some(high)) = (len, four(0), four(len.wrapping_sub(4))) {
        u128::from(u64::from(low) | u64::from(high) >> (8 * (8 - len)) << 32)
    } else {
        bytes.iter().rev().fold(0, |word, &byte| word << 8 | u128::from(byte))
    };
    word.to_le_bytes()
}

/// The mask of a block.
#[cfg_attr(feature = "simd", allow(dead_code))] // The twin that vector instructions are held against.
#[inline(always)]
pub(crate) fn portable(block: &[u8; BLOCK]) -> u64 {
    turned(portable_square(block))
}

/// The mask of a block, but that it has to be [turned].
///
/// The bytes are looked at in a loop that compilers turn into vector instructions. Each line end of
/// the first eight bytes leaves the first bit in its place, of the next eight the second; laid over
/// one another they are a square of bits that has only to be turned.
#[cfg_attr(feature = "simd", allow(dead_code))]
#[allow(clippy::cast_possible_truncation)] // One half is laid over the other.
#[inline(always)]
pub(crate) fn portable_square(block: &[u8; BLOCK]) -> u64 {
    const BITS: [u8; BLOCK] = {
        let mut bits = [0; BLOCK];
        let mut i = 0;
        while i < BLOCK {
            bits[i] = 1 << (i / 8);
            i += 1;
        }
        bits
    };
    // A product, for that never becomes a branch.
    let end = |i: usize| u8::from((block[i] == LF) | (block[i] == CR)) * BITS[i];
    let mut square = [0; PART];
    for (i, ends) in square.iter_mut().enumerate() {
        *ends = end(i) | end(i + PART) | end(i + 2 * PART) | end(i + 3 * PART);
    }
    let square = u128::from_le_bytes(square);
    (square | square >> 64) as u64
}

/// A square of eight by eight bits, each row a byte, with rows and columns exchanged: within
/// squares of two by two, of four by four, and then in the whole, the two off corners change places.
#[cfg_attr(feature = "simd", allow(dead_code))]
#[inline(always)]
fn turned(mut square: u64) -> u64 {
    const CORNERS: [(u32, u64); 3] =
        [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)];
    for (apart, corner) in CORNERS {
        // What stays and what goes either way do not wait for one another.
        let (up, down) = ((square & corner) << apart, square >> apart & corner);
        square = square & !(corner | corner << apart) | (up | down);
    }
    square
}

/// Whether there is a line end. Mostly there is none, which is found out with a few vector
/// instructions where the compiler knows of such.
#[cfg_attr(feature = "simd", allow(dead_code))]
#[inline(always)]
fn any<const N: usize>(bytes: &[u8; N]) -> bool {
    let end = |byte: u8| u8::from(byte == LF) | u8::from(byte == CR);
    bytes.iter().fold(0, |any, &byte| any | end(byte)) != 0
}

/// The mask of a part of a block.
#[cfg_attr(feature = "simd", allow(dead_code))]
#[inline(always)]
pub(crate) fn portable_part(part: &[u8; PART]) -> u64 {
    if !any(part) {
        return 0;
    }
    let bytes = u128::from_le_bytes(*part);
    #[allow(clippy::cast_possible_truncation)] // The two halves.
    let (low, high) = (bytes as u64, (bytes >> 64) as u64);
    word(low) | word(high) << 8
}

/// The mask of eight bytes, the first the lowest.
#[inline(always)]
pub(crate) fn word(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let repeat = |byte: u8| u64::from_ne_bytes([byte; 8]);
    // The high bit of each byte that is zero, and of no other.
    let zero = |word: u64| !(((word & LOW) + LOW) | word | LOW);
    let ends = zero(word ^ repeat(LF)) | zero(word ^ repeat(CR));
    // Gathers the eight high bits.
    (ends >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
