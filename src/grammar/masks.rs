//! The line ends of a stretch of bytes, as bit masks.

use super::{CR, LF};

/// The bytes that one mask speaks of.
pub(crate) const BLOCK: usize = 64;

/// The most masks made at a time.
pub(crate) const BATCH: usize = 8;

/// See [`make_with`].
#[inline]
pub(crate) fn make(chunk: &[u8], start: usize, masks: &mut [u64; BATCH]) -> (u32, usize) {
    #[cfg(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64")))]
    return crate::simd::make(chunk, start, masks);
    #[cfg(not(all(feature = "simd", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    return make_with(chunk, start, masks, portable);
}

/// Makes the masks of up to [`BATCH`] blocks of `chunk` from `start`: bit `i` of a mask is set if
/// the block's byte `i` is a CR or LF. Returns which masks have a bit set, and where the batch
/// ends, which is behind `start`, unless the chunk ends there.
#[inline(always)]
pub(crate) fn make_with(
    chunk: &[u8],
    start: usize,
    masks: &mut [u64; BATCH],
    mask: impl Fn(&[u8; BLOCK]) -> u64,
) -> (u32, usize) {
    let rest = chunk.get(start..).unwrap_or_default();
    let rest = &rest[..rest.len().min(BATCH * BLOCK)];
    let mut blocks = 0;
    let whole = rest.chunks_exact(BLOCK);
    let left = whole.remainder();
    let mut count = 0;
    for (block, out) in whole.zip(masks.iter_mut()) {
        let Ok(block) = <&[u8; BLOCK]>::try_from(block) else { break };
        *out = mask(block);
        blocks |= u32::from(*out != 0) << count;
        count += 1;
    }
    if !left.is_empty() {
        let end = start + rest.len();
        let last = match end.checked_sub(BLOCK).and_then(|from| chunk.get(from..end)) {
            // The chunk's last block, loaded with bytes before it.
            Some(block) => match <&[u8; BLOCK]>::try_from(block) {
                Ok(block) => mask(block) >> (BLOCK - left.len()),
                Err(_) => 0,
            },
            None => {
                let mut block = [0; BLOCK];
                block[..left.len()].copy_from_slice(left);
                mask(&block)
            }
        };
        masks[count % BATCH] = last;
        blocks |= u32::from(last != 0) << count;
    }
    (blocks, start + rest.len())
}

/// The mask of a block, eight bytes at a time.
#[cfg_attr(feature = "simd", allow(dead_code))] // The twin that vector instructions are held against.
#[inline(always)]
pub(crate) fn portable(block: &[u8; BLOCK]) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let repeat = |byte: u8| u64::from_ne_bytes([byte; 8]);
    let mut mask = 0;
    for (i, word) in block.chunks_exact(8).enumerate() {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        let word = u64::from_le_bytes(bytes);
        // The high bit of each byte that is zero, and of no other.
        let zero = |word: u64| !(((word & LOW) + LOW) | word | LOW);
        let ends = zero(word ^ repeat(LF)) | zero(word ^ repeat(CR));
        // Gathers the eight high bits.
        let bits = (ends >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (8 * i);
    }
    mask
}
