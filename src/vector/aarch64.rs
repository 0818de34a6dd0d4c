//! NEON, which every AArch64 processor has.
#![allow(unsafe_code)]

pub(super) use super::portable::{is_ascii, line_len, line_len_and_ascii};
use super::{make_with, BATCH, BLOCK, CR, LF, PART};
use core::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vdupq_n_u8, vgetq_lane_u16, vgetq_lane_u64, vld1q_u8, vorrq_u8,
    vpaddq_u8, vreinterpretq_u16_u8, vreinterpretq_u64_u8,
};

/// See [`make`](super::make); nothing is looked at for ASCII.
#[inline]
pub(super) fn make<const ASCII: bool>(
    chunk: &[u8],
    start: usize,
    masks: &mut [u64; BATCH],
) -> (u32, bool) {
    (make_with(chunk, start, masks, block, part, |mask| mask).0, false)
}

/// See [`finished`](super::finished).
#[inline(always)]
pub(super) const fn finished(mask: u64) -> u64 {
    mask
}

/// The line ends of sixteen bytes, each as the bit that its place has among eight.
///
/// SAFETY: the instructions are NEON, which every AArch64 processor has.
#[inline(always)]
unsafe fn ends(bytes: uint8x16_t) -> uint8x16_t {
    const BITS: [u8; PART] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    // SAFETY: as above; the load reads the sixteen bytes of `BITS`.
    unsafe {
        let (lf, cr, bits) = (vdupq_n_u8(LF), vdupq_n_u8(CR), vld1q_u8(BITS.as_ptr()));
        vandq_u8(vorrq_u8(vceqq_u8(bytes, lf), vceqq_u8(bytes, cr)), bits)
    }
}

/// The mask of a block. NEON is part of AArch64.
#[inline(always)]
pub(super) fn block(block: &[u8; BLOCK]) -> u64 {
    // SAFETY: the instructions are NEON, which every AArch64 processor has. The loads read the
    // bytes 0..16, 16..32, 32..48 and 48..64 of the block, which are all of it.
    unsafe {
        let ends = |i: usize| ends(vld1q_u8(block.as_ptr().add(PART * i)));
        // Three rounds of adding neighbours gather eight bytes' bits in one byte.
        let low = vpaddq_u8(ends(0), ends(1));
        let high = vpaddq_u8(ends(2), ends(3));
        let all = vpaddq_u8(low, high);
        let all = vpaddq_u8(all, all);
        u64::from_le(vgetq_lane_u64::<0>(vreinterpretq_u64_u8(all)))
    }
}

/// The mask of a part of a block.
#[inline(always)]
pub(super) fn part(part: &[u8; PART]) -> u64 {
    // SAFETY: as above; the load reads the sixteen bytes of the part.
    unsafe {
        let mut all = ends(vld1q_u8(part.as_ptr()));
        for _ in 0..3 {
            all = vpaddq_u8(all, all);
        }
        u64::from(u16::from_le(vgetq_lane_u16::<0>(vreinterpretq_u16_u8(all))))
    }
}
