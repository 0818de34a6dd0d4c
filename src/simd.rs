//! Vector instructions, and text without a second look: the one place with unsafe code.
//!
//! Rules of this module:
//!
//! - **A.** Its functions take references and return numbers or references; no pointer leaves a
//!   function, nothing is written through one.
//! - **B.** Each has a safe twin that it is tested against: the masks
//!   [`portable`](crate::grammar::masks::portable), the length of a line `memchr2`, the text
//!   `core::str::from_utf8`.
//! - **C.** That bytes are ASCII is said by [`Ascii`] and [`Memory`], which have seen it, and by nothing
//!   outside. [`Memory`] relies on [`Storage`]: what it says of its bytes is in the trait.
#![allow(unsafe_code)]
// The loads need no alignment.
#![allow(clippy::cast_ptr_alignment)]

use core::ops::Range;

use crate::decoder::region::sealed::Storage;
use crate::grammar::masks::{batch_end, make_with, BATCH, BLOCK, PART};
use crate::grammar::{bytes_at, CR, LF};

#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::{sse2 as block, sse2_part as part};

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::{neon as block, neon_part as part};

#[cfg(target_arch = "aarch64")]
use aarch64 as arch;
#[cfg(target_arch = "x86_64")]
use x86_64 as arch;

/// See [`make_with`].
#[inline]
pub(crate) fn make(chunk: &[u8], start: usize, masks: &mut [u64; BATCH]) -> u32 {
    arch::make::<false>(chunk, start, masks).0
}

/// The same, and the bytes that the masks speak of, if they have been looked at for it and are ASCII.
#[inline]
pub(crate) fn make_and_see<'a>(
    chunk: &'a [u8],
    start: usize,
    masks: &mut [u64; BATCH],
) -> (u32, Option<Ascii<'a>>) {
    let (blocks, is_ascii) = arch::make::<true>(chunk, start, masks);
    let ascii = Ascii { bytes: chunk, from: start, to: batch_end(chunk, start) };
    (blocks, is_ascii.then_some(ascii))
}

/// The length of `value` up to the first CR or LF, or all of it. Its safe twin is `memchr2`, which takes
/// longer to begin.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
pub(crate) fn line_len(value: &[u8]) -> usize {
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2.
        return unsafe { x86_64::line_len_avx2(value) };
    }
    memchr::memchr2(LF, CR, value).unwrap_or(value.len())
}

/// The same of the bytes of `chunk` from `start` on, and those of them that have been looked at for it,
/// if they are ASCII.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
#[inline]
pub(crate) fn line_len_and_see(chunk: &[u8], start: usize) -> (usize, Option<Ascii<'_>>) {
    let value = chunk.get(start..).unwrap_or_default();
    if value.len() < x86_64::LONG || !std::is_x86_feature_detected!("avx2") {
        return (line_len(value), None);
    }
    // SAFETY: the processor has AVX2.
    let (len, seen) = unsafe { x86_64::long_line_len_avx2(value) };
    let ascii = Ascii { bytes: chunk, from: start, to: start + seen };
    (len, (seen > 0).then_some(ascii))
}

/// A part of some bytes that is ASCII, so that each part of it is text. Its safe twin is
/// `core::str::from_utf8`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ascii<'a> {
    bytes: &'a [u8],
    /// The bytes from here up to `to` are ASCII: whatever makes this type has seen each of them.
    from: usize,
    to: usize,
}

impl<'a> Ascii<'a> {
    /// Looks at each byte of a part.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], part: Range<usize>) -> Option<Self> {
        let looked_at = bytes.get(part.clone())?;
        #[cfg(target_arch = "x86_64")]
        let is_ascii = x86_64::is_ascii(looked_at);
        #[cfg(target_arch = "aarch64")]
        let is_ascii = looked_at.is_ascii();
        is_ascii.then_some(Self { bytes, from: part.start, to: part.end })
    }

    /// Looks at each byte of at most a block, which takes little time.
    #[inline(always)]
    pub(crate) fn of_block(bytes: &'a [u8]) -> Option<Self> {
        let is_ascii = bytes.len() <= BLOCK && is_block_ascii(bytes);
        is_ascii.then_some(Self { bytes, from: 0, to: bytes.len() })
    }

    /// A part of the bytes, if it is known to be ASCII.
    #[inline(always)]
    pub(crate) fn text(self, part: Range<usize>) -> Option<&'a str> {
        if part.start < self.from || self.to < part.end {
            return None;
        }
        let part = self.bytes.get(part)?;
        // SAFETY: the part lies between `from` and `to`, so all of it is ASCII, which is UTF-8 wherever
        // it is cut.
        Some(unsafe { core::str::from_utf8_unchecked(part) })
    }

    /// This together with another part of the same bytes, if nothing is between them; else this.
    #[inline]
    pub(crate) fn and(self, other: Self) -> Self {
        let touches = self.from <= other.to && other.from <= self.to;
        if !touches || !core::ptr::eq(self.bytes, other.bytes) {
            return self;
        }
        Self { from: self.from.min(other.from), to: self.to.max(other.to), ..self }
    }

    #[cfg(any(feature = "bytes", all(test, feature = "alloc")))]
    pub(crate) const fn range(self) -> Range<usize> {
        self.from..self.to
    }
}

/// Memory of which a part is known to be ASCII, till something else is written there: what was seen when
/// it came need not be read again. Its safe twin is memory of which nothing is known.
#[derive(Clone, Debug)]
pub(crate) struct Memory<B> {
    bytes: B,
    /// The bytes from here up to `to` are ASCII: whatever writes to them goes through this type.
    from: usize,
    to: usize,
}

impl<B: Storage> Memory<B> {
    pub(crate) const fn new(bytes: B) -> Self {
        Self { bytes, from: 0, to: 0 }
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.bytes()
    }

    /// The bytes between two places, to be written to.
    #[inline(always)]
    pub(crate) fn bytes_mut(&mut self, start: usize, end: usize) -> Option<&mut [u8]> {
        self.forget(start);
        self.bytes.bytes_mut().get_mut(..end)?.get_mut(start..)
    }

    /// What is from `start` on need not be what it was.
    #[inline(always)]
    fn forget(&mut self, start: usize) {
        if self.to > start {
            self.to = start;
        }
    }

    #[inline(always)]
    pub(crate) fn copy_within(&mut self, source: Range<usize>, start: usize) {
        self.forget(start);
        self.bytes.bytes_mut().copy_within(source, start);
    }

    /// Sets the length; see [`Storage::resize`].
    pub(crate) fn resize(&mut self, len: usize) {
        self.forget(len);
        self.bytes.resize(len);
    }

    pub(crate) fn set_capacity(&mut self, capacity: usize) {
        self.bytes.set_capacity(capacity);
    }

    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Copies a part of what is ASCII to `start`, if there is room, and knows it from here on; what is known
    /// up to there as well.
    #[inline(never)]
    pub(crate) fn put_ascii(&mut self, start: usize, ascii: Ascii<'_>, part: Range<usize>) -> bool {
        let Some(text) = ascii.text(part) else { return false };
        let end = start + text.len();
        let Some(room) = self.bytes.bytes_mut().get_mut(start..end) else { return false };
        room.copy_from_slice(text.as_bytes());
        self.from = if self.to >= start { self.from.min(start) } else { start };
        self.to = end;
        true
    }

    /// A part of the memory as text, if something in it is known and all of it is ASCII. What is known is
    /// not looked at again.
    #[inline(never)]
    pub(crate) fn ascii(&self, part: Range<usize>) -> Option<&str> {
        if self.to <= self.from {
            return None;
        }
        let known = Ascii { bytes: self.bytes(), from: self.from, to: self.to };
        // Nothing, if something is known beyond the part.
        let before = Ascii::new(self.bytes(), part.start..self.from)?;
        let behind = Ascii::new(self.bytes(), self.to..part.end)?;
        known.and(before).and(behind).text(part)
    }
}

/// Whether all bytes of at most a block are ASCII: looks at them in words that may overlap.
#[inline(always)]
fn is_block_ascii(bytes: &[u8]) -> bool {
    let eight = |from: usize| bytes_at(bytes, from).map_or(0, u64::from_ne_bytes);
    let four = |from: usize| u64::from(bytes_at(bytes, from).map_or(0, u32::from_ne_bytes));
    let sixteen = |from: usize| eight(from) | eight(from + 8);
    let seen = match bytes.len() {
        len @ 33.. => sixteen(0) | sixteen(16) | sixteen(32) | sixteen(len - 16),
        len @ 16.. => sixteen(0) | sixteen(len - 16),
        len @ 8.. => eight(0) | eight(len - 8),
        len @ 4.. => four(0) | four(len - 4),
        _ => bytes.iter().fold(0, |seen, &byte| seen | u64::from(byte)),
    };
    seen & (u64::MAX / 0xFF * 0x80) == 0
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    #[cfg(feature = "std")]
    use super::is_block_ascii;
    use super::{make_with, BATCH, BLOCK, CR, LF, PART};
    #[cfg(feature = "std")]
    use crate::grammar::masks::word;
    use core::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    #[cfg(any(feature = "std", target_feature = "avx2"))]
    use core::arch::x86_64::{
        __m256i, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_setzero_si256, _mm256_shuffle_epi8,
    };
    #[cfg(feature = "std")]
    use core::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};

    /// See [`make_with`]; with `ASCII`, whether all bytes have been looked at and are ASCII.
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
        make_with(chunk, start, masks, sse2, sse2_part, |mask| mask)
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
        let blocks = make_with(chunk, start, masks, mask, sse2_part, |mask| mask);
        // Of a chunk that is less than a block there is no block to look at. The highest bits of all
        // bytes are in `seen`.
        let is_ascii = ASCII && chunk.len() >= BLOCK && _mm256_movemask_epi8(seen) == 0;
        (blocks, is_ascii)
    }

    /// Whether all bytes are ASCII.
    #[inline]
    pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
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
        let load =
            |part: &[u8; PART]| unsafe { _mm256_loadu_si256(part.as_ptr().cast::<__m256i>()) };
        let part = |bytes: &[u8]| bytes.try_into().map_or(_mm256_setzero_si256(), load);
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
    pub(super) unsafe fn line_len_avx2(value: &[u8]) -> usize {
        // SAFETY: the caller's word that the processor has AVX2, three times.
        let four = |block: &[u8; LONG]| unsafe { first_end(block, &mut None) };
        let two = |block: &[u8; 2 * 32]| unsafe { first_end(block, &mut None) };
        let one = |block: &[u8; 32]| unsafe { first_end(block, &mut None) };
        let part = |part: &[u8; PART]| first_bit(sse2_part(part), PART);
        let eight = |bytes: &[u8; 8]| first_bit(word(u64::from_le_bytes(*bytes)), 8);
        match value.len() {
            LONG.. => in_long_blocks(value, four),
            64.. => in_blocks(value, two),
            32.. => in_blocks(value, one),
            16.. => in_blocks(value, part),
            8.. => in_blocks(value, eight),
            _ => in_blocks(value, |&[byte]: &[u8; 1]| usize::from(byte != LF && byte != CR)),
        }
    }

    /// What is looked at together of a value that is as long.
    #[cfg(feature = "std")]
    pub(super) const LONG: usize = 4 * 32;

    /// The same of a long value, and how many of its bytes have been looked at, if these are ASCII; else
    /// zero.
    // SAFETY: to be called only where the processor has AVX2.
    #[cfg(feature = "std")]
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn long_line_len_avx2(value: &[u8]) -> (usize, usize) {
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

    /// The same of a long value.
    #[cfg(feature = "std")]
    #[inline(always)]
    fn in_long_blocks(value: &[u8], mut first: impl FnMut(&[u8; LONG]) -> usize) -> usize {
        /// So long a value is likely to be in no cache, and it takes a fifth less time to have it fetched
        /// ahead; small in debug builds, so that ordinary tests have such values.
        const FAR: usize = if cfg!(debug_assertions) { 256 } else { 64 << 10 };
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
    pub(crate) fn sse2(block: &[u8; BLOCK]) -> u64 {
        let mut mask = 0;
        for (i, part) in block.chunks_exact(PART).enumerate() {
            mask |= <&[u8; PART]>::try_from(part).map_or(0, sse2_part) << (PART * i);
        }
        mask
    }

    /// The mask of a part of a block. SSE2 is part of x86-64.
    #[inline(always)]
    pub(crate) fn sse2_part(part: &[u8; PART]) -> u64 {
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
}

#[cfg(target_arch = "aarch64")]
mod aarch64 {
    use super::{make_with, BATCH, BLOCK, CR, LF, PART};
    use core::arch::aarch64::{
        uint8x16_t, vandq_u8, vceqq_u8, vdupq_n_u8, vgetq_lane_u16, vgetq_lane_u64, vld1q_u8,
        vorrq_u8, vpaddq_u8, vreinterpretq_u16_u8, vreinterpretq_u64_u8,
    };

    /// See [`make_with`]; nothing is looked at for ASCII.
    #[inline]
    pub(super) fn make<const ASCII: bool>(
        chunk: &[u8],
        start: usize,
        masks: &mut [u64; BATCH],
    ) -> (u32, bool) {
        (make_with(chunk, start, masks, neon, neon_part, |mask| mask), false)
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
    pub(crate) fn neon(block: &[u8; BLOCK]) -> u64 {
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
    pub(crate) fn neon_part(part: &[u8; PART]) -> u64 {
        // SAFETY: as above; the load reads the sixteen bytes of the part.
        unsafe {
            let mut all = ends(vld1q_u8(part.as_ptr()));
            for _ in 0..3 {
                all = vpaddq_u8(all, all);
            }
            u64::from(u16::from_le(vgetq_lane_u16::<0>(vreinterpretq_u16_u8(all))))
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests;
