//! SSE2, which every x86-64 processor has, and AVX2, which is detected at run time with `std`.
#![allow(unsafe_code)]
// The loads need no alignment.
#![allow(clippy::cast_ptr_alignment)]

#[cfg(feature = "std")]
use super::{is_block_ascii, portable::word};
use super::{make_with, BATCH, BLOCK, CR, LF, PART};
use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
};
#[cfg(any(feature = "std", target_feature = "avx2"))]
use core::arch::x86_64::{
    __m256i, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_setzero_si256, _mm256_shuffle_epi8,
};
#[cfg(feature = "std")]
use core::arch::x86_64::{_mm256_set1_epi8, _mm_prefetch, _MM_HINT_T0};

/// See [`make`](super::make); with `ASCII`, whether all bytes have been looked at and are ASCII.
#[inline]
pub(super) fn make<const ASCII: bool>(
    chunk: &[u8],
    start: usize,
    masks: &mut [u64; BATCH],
) -> (u32, bool) {
    #[cfg(feature = "std")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { make_avx2::<ASCII>(chunk, start, masks) };
    }
    #[cfg(all(not(feature = "std"), target_feature = "avx2"))]
    {
        // SAFETY: the program is compiled for processors that have AVX2.
        return unsafe { make_avx2::<ASCII>(chunk, start, masks) };
    }
    #[allow(unreachable_code)]
    {
        (make_sse2(chunk, start, masks), false)
    }
}

#[cfg_attr(feature = "std", inline(never))] // It is seldom what is called then.
#[cfg_attr(not(feature = "std"), inline)]
pub(super) fn make_sse2(chunk: &[u8], start: usize, masks: &mut [u64; BATCH]) -> u32 {
    make_with(chunk, start, masks, block, part, |mask| mask).0
}

// SAFETY: to be called only where the processor has AVX2.
#[cfg(any(feature = "std", target_feature = "avx2"))]
#[target_feature(enable = "avx2")]
unsafe fn make_avx2<const ASCII: bool>(
    chunk: &[u8],
    start: usize,
    masks: &mut [u64; BATCH],
) -> (u32, bool) {
    let mut seen = _mm256_setzero_si256();
    // SAFETY: the caller's word that the processor has AVX2.
    let mask = |block: &[u8; BLOCK]| unsafe { avx2::<ASCII>(block, &mut seen) };
    let (blocks, all) = make_with(chunk, start, masks, mask, part, |mask| mask);
    // The highest bits of all bytes are in `seen`.
    let is_ascii = ASCII && all && _mm256_movemask_epi8(seen) == 0;
    (blocks, is_ascii)
}

/// See [`finished`](super::finished).
#[inline(always)]
pub(super) const fn finished(mask: u64) -> u64 {
    mask
}

/// See [`line_len`](super::line_len). `memchr2` takes longer to begin.
#[inline]
pub(super) fn line_len(value: &[u8]) -> usize {
    #[cfg(feature = "std")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { line_len_avx2(value) };
    }
    super::portable::line_len(value)
}

/// The length of the line, and how many of the bytes have been looked at for it and are ASCII.
#[inline]
pub(super) fn line_len_and_ascii(value: &[u8]) -> (usize, usize) {
    #[cfg(feature = "std")]
    if value.len() >= LONG && std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { long_line_len_avx2(value) };
    }
    (line_len(value), 0)
}

/// Whether all bytes are ASCII.
#[inline]
pub(super) fn is_ascii(bytes: &[u8]) -> bool {
    #[cfg(feature = "std")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { is_ascii_avx2(bytes) };
    }
    bytes.is_ascii()
}

// SAFETY: to be called only where the processor has AVX2.
#[cfg(feature = "std")]
#[target_feature(enable = "avx2")]
unsafe fn is_ascii_avx2(bytes: &[u8]) -> bool {
    const PART: usize = 32;
    /// So many parts are looked at, whatever their number: to choose would take longer.
    const FEW: usize = 8;
    // SAFETY: the load needs no alignment and reads the 32 bytes of the part.
    let load = |part: &[u8; PART]| unsafe { _mm256_loadu_si256(part.as_ptr().cast::<__m256i>()) };
    // What is not there is not ASCII.
    let part = |bytes: &[u8]| bytes.try_into().map_or(_mm256_set1_epi8(-1), load);
    let Some(last) = bytes.len().checked_sub(PART) else { return is_block_ascii(bytes) };
    let (mut seen, mut behind) = (_mm256_setzero_si256(), 0);
    if bytes.len() > FEW * PART {
        // Of longer ones, these are the last.
        for block in bytes.chunks_exact(4 * PART) {
            let (low, high) = (
                _mm256_or_si256(part(&block[..PART]), part(&block[PART..2 * PART])),
                _mm256_or_si256(part(&block[2 * PART..3 * PART]), part(&block[3 * PART..])),
            );
            seen = _mm256_or_si256(seen, _mm256_or_si256(low, high));
            // Each bit is the highest of a byte.
            if _mm256_movemask_epi8(seen) != 0 {
                return false;
            }
        }
        behind = bytes.len() / (4 * PART) * (4 * PART);
    }
    // They overlap, or are the same.
    for i in 0..FEW {
        let start = (behind + i * PART).min(last);
        seen = _mm256_or_si256(seen, part(&bytes[start..start + PART]));
    }
    _mm256_movemask_epi8(seen) == 0
}

// SAFETY: to be called only where the processor has AVX2.
#[cfg(feature = "std")]
#[target_feature(enable = "avx2")]
unsafe fn line_len_avx2(value: &[u8]) -> usize {
    // SAFETY: the caller's word that the processor has AVX2.
    let four = |block: &[u8; LONG]| unsafe { first_end(block, &mut None) };
    // SAFETY: the caller's word that the processor has AVX2.
    let two = |block: &[u8; 2 * 32]| unsafe { first_end(block, &mut None) };
    // SAFETY: the caller's word that the processor has AVX2.
    let one = |block: &[u8; 32]| unsafe { first_end(block, &mut None) };
    let sixteen = |bytes: &[u8; PART]| first_bit(part(bytes), PART);
    let eight = |bytes: &[u8; 8]| first_bit(word(u64::from_le_bytes(*bytes)), 8);
    match value.len() {
        LONG.. => in_long_blocks(value, four),
        64.. => in_blocks(value, two),
        32.. => in_blocks(value, one),
        16.. => in_blocks(value, sixteen),
        8.. => in_blocks(value, eight),
        _ => in_blocks(value, |&[byte]: &[u8; 1]| usize::from(byte != LF && byte != CR)),
    }
}

/// What is looked at together of a value that is as long.
#[cfg(feature = "std")]
const LONG: usize = 4 * 32;

/// The length of a line in a long value, and how many of its bytes have been looked at, if these are ASCII; else
/// zero.
// SAFETY: to be called only where the processor has AVX2.
#[cfg(feature = "std")]
#[target_feature(enable = "avx2")]
unsafe fn long_line_len_avx2(value: &[u8]) -> (usize, usize) {
    let mut seen = Some(_mm256_setzero_si256());
    // SAFETY: the caller's word that the processor has AVX2.
    let len = in_long_blocks(value, |block| unsafe { first_end(block, &mut seen) });
    let is_ascii = seen.is_some_and(|seen| _mm256_movemask_epi8(seen) == 0);
    // All blocks up to the one that the line ends in.
    let looked_at = value.len().min((len / LONG + 1) * LONG);
    (len, if is_ascii { looked_at } else { 0 })
}

#[cfg(feature = "std")]
#[inline(always)]
fn first_bit(mask: u64, none: usize) -> usize {
    (mask | 1 << none).trailing_zeros() as usize
}

/// The length up to the first line end, which `first` finds in a block, or gives the block's length.
/// There is at least one block, unless it is one byte; the last is looked at with bytes before it.
#[cfg(feature = "std")]
#[inline(always)]
fn in_blocks<const N: usize>(value: &[u8], mut first: impl FnMut(&[u8; N]) -> usize) -> usize {
    let mut len = 0;
    for block in value.chunks_exact(N) {
        let end = block.try_into().map_or(N, &mut first);
        len += end;
        if end < N {
            return len;
        }
    }
    if len < value.len() {
        let last = value.len() - N;
        len = last + value[last..].try_into().map_or(N, first);
    }
    len
}

/// The length up to the first line end of a long value.
#[cfg(feature = "std")]
#[inline(always)]
fn in_long_blocks(value: &[u8], mut first: impl FnMut(&[u8; LONG]) -> usize) -> usize {
    /// So long a value is likely to be in no cache, and it takes a fifth less time to have it fetched
    /// ahead; small with a private `cfg`, so that tests have such values.
    const FAR: usize = if cfg!(sse_wire_small) { 256 } else { 64 << 10 };
    const AHEAD: usize = 8 << 10;
    if value.len() < FAR {
        return in_blocks(value, first);
    }
    in_blocks(value, |block: &[u8; LONG]| {
        let ahead = block.as_ptr().wrapping_add(AHEAD);
        // SAFETY: to prefetch reads nothing, at whatever address. Two lines of the cache are a block.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
            _mm_prefetch::<_MM_HINT_T0>(ahead.wrapping_add(LONG / 2).cast());
        }
        first(block)
    })
}

/// The line ends of 32 bytes, each as a byte of ones.
// SAFETY: to be called only where the processor has AVX2.
#[cfg(any(feature = "std", target_feature = "avx2"))]
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn ends(bytes: __m256i) -> __m256i {
    // Each line end in the place that its last four bits tell; elsewhere no byte of that place. Where
    // the highest bit is set zero is found, which is no byte with that bit.
    let mut places = [0; PART];
    (places[0], places[usize::from(LF)], places[usize::from(CR)]) = (1, LF, CR);
    // SAFETY: the load needs no alignment and reads the sixteen bytes of `places`.
    let places = _mm_loadu_si128(places.as_ptr().cast::<__m128i>());
    _mm256_cmpeq_epi8(_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(places), bytes), bytes)
}

/// The first line end of a block, or the block's length; lays its bytes over those that were `seen`, if
/// that is asked for.
// SAFETY: to be called only where the processor has AVX2.
#[cfg(feature = "std")]
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn first_end<const N: usize>(block: &[u8; N], seen: &mut Option<__m256i>) -> usize {
    let mut ends = [_mm256_setzero_si256(); 4];
    let mut any = _mm256_setzero_si256();
    for (ends, part) in ends.iter_mut().zip(block.chunks_exact(32)) {
        // SAFETY: the load needs no alignment and reads the 32 bytes of the part.
        let bytes = _mm256_loadu_si256(part.as_ptr().cast::<__m256i>());
        *ends = self::ends(bytes);
        any = _mm256_or_si256(any, *ends);
        *seen = seen.map(|seen| _mm256_or_si256(seen, bytes));
    }
    if _mm256_movemask_epi8(any) == 0 {
        return N;
    }
    #[allow(clippy::cast_sign_loss)] // Thirty-two bits.
    let [first, second, third, fourth] =
        ends.map(|ends| u64::from(_mm256_movemask_epi8(ends) as u32));
    let (low, high) = (first | second << 32, third | fourth << 32);
    if low != 0 {
        return low.trailing_zeros() as usize;
    }
    BLOCK + high.trailing_zeros() as usize
}

/// The mask of a block.
#[inline(always)]
pub(super) fn block(block: &[u8; BLOCK]) -> u64 {
    let mut mask = 0;
    for (i, part) in block.chunks_exact(PART).enumerate() {
        mask |= <&[u8; PART]>::try_from(part).map_or(0, self::part) << (PART * i);
    }
    mask
}

/// The mask of a part of a block. SSE2 is part of x86-64.
#[inline(always)]
pub(super) fn part(part: &[u8; PART]) -> u64 {
    // SAFETY: the instructions are SSE2, which every x86-64 processor has. The load needs no
    // alignment and reads the sixteen bytes of the part.
    unsafe {
        #[allow(clippy::cast_possible_wrap)]
        let (lf, cr) = (_mm_set1_epi8(LF as i8), _mm_set1_epi8(CR as i8));
        let bytes = _mm_loadu_si128(part.as_ptr().cast::<__m128i>());
        let ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, lf), _mm_cmpeq_epi8(bytes, cr));
        #[allow(clippy::cast_sign_loss)] // Sixteen bits, not negative.
        let bits = _mm_movemask_epi8(ends) as u32;
        u64::from(bits)
    }
}

// SAFETY: to be called only where the processor has AVX2.
#[cfg(any(feature = "std", target_feature = "avx2"))]
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn avx2<const ASCII: bool>(block: &[u8; BLOCK], seen: &mut __m256i) -> u64 {
    let mut mask = 0;
    for i in 0..BLOCK / 32 {
        // SAFETY: the loads need no alignment and read the bytes 0..32 and 32..64 of the block.
        let bytes = _mm256_loadu_si256(block.as_ptr().add(32 * i).cast::<__m256i>());
        let ends = ends(bytes);
        #[allow(clippy::cast_sign_loss)] // Thirty-two bits.
        let bits = _mm256_movemask_epi8(ends) as u32;
        mask |= u64::from(bits) << (32 * i);
        if ASCII {
            *seen = _mm256_or_si256(*seen, bytes);
        }
    }
    mask
}
