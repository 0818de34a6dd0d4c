//! Without vector instructions of its own: compilers make some of it. The others are held against it.

use super::{make_with, BATCH, BLOCK, CR, LF, PART};

/// See [`make`](super::make). Nothing is looked at for ASCII.
#[inline]
pub(super) fn make<const ASCII: bool>(
    chunk: &[u8],
    start: usize,
    masks: &mut [u64; BATCH],
) -> (u32, bool) {
    (make_with(chunk, start, masks, square, part, turned).0, false)
}

/// See [`finished`](super::finished).
#[inline(always)]
pub(super) fn finished(mask: u64) -> u64 {
    turned(mask)
}

/// The mask of a block.
#[inline(always)]
pub(super) fn block(block: &[u8; BLOCK]) -> u64 {
    turned(square(block))
}

/// See [`line_len`](super::line_len).
#[inline]
pub(super) fn line_len(value: &[u8]) -> usize {
    memchr::memchr2(LF, CR, value).unwrap_or(value.len())
}

/// The length of the line, and how many bytes have been looked at and are ASCII: none.
#[inline]
pub(super) fn line_len_and_ascii(value: &[u8]) -> (usize, usize) {
    (line_len(value), 0)
}

/// Whether all bytes are ASCII.
#[inline]
pub(super) fn is_ascii(bytes: &[u8]) -> bool {
    bytes.is_ascii()
}

/// The mask of a block, but that it has to be [turned].
///
/// The bytes are looked at in a loop that compilers turn into vector instructions. Each line end of
/// the first eight bytes leaves the first bit in its place, of the next eight the second; laid over
/// one another they are a square of bits that has only to be turned.
#[allow(clippy::cast_possible_truncation)] // One half is laid over the other.
#[inline(always)]
fn square(block: &[u8; BLOCK]) -> u64 {
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

/// The mask of a part of a block.
#[inline(always)]
pub(super) fn part(part: &[u8; PART]) -> u64 {
    // Mostly there is none, which compilers find out with a few vector instructions.
    let end = |byte: u8| u8::from(byte == LF) | u8::from(byte == CR);
    if part.iter().fold(0, |any, &byte| any | end(byte)) == 0 {
        return 0;
    }
    let bytes = u128::from_le_bytes(*part);
    #[allow(clippy::cast_possible_truncation)] // The two halves.
    let (low, high) = (bytes as u64, (bytes >> 64) as u64);
    word(low) | word(high) << 8
}

/// The mask of eight bytes, the first the lowest.
#[inline(always)]
pub(super) fn word(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let repeat = |byte: u8| u64::from_ne_bytes([byte; 8]);
    // The high bit of each byte that is zero, and of no other.
    let zero = |word: u64| !(((word & LOW) + LOW) | word | LOW);
    let ends = zero(word ^ repeat(LF)) | zero(word ^ repeat(CR));
    // Gathers the eight high bits.
    (ends >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}
