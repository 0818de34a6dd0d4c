//! Finding line ends fast.
//!
//! The chunk is looked at in batches of a few blocks of 64 bytes. Of each block a mask is made that has a
//! bit for each CR and LF; the line ends are then taken from the masks one by one, across lines and events.
//! Where a whole batch has no line end, the next is looked for without masks.

use super::{bytes_at, CR, LF};
use crate::vector::{self, Sees, BATCH, BLOCK};

/// Where a reader stands in its chunk, and the line ends that it knows of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan {
    /// The next byte to read.
    pub(crate) pos: usize,
    /// The line ends of the current block that have not been taken.
    mask: u64,
    /// Where that block starts.
    block: usize,
    /// The blocks of the batch that have line ends and have not been come to.
    blocks: u32,
    /// Where the batch starts and ends.
    batch: usize,
    end: usize,
    masks: [u64; BATCH],
}

impl Scan {
    /// At a position of a chunk of which nothing was looked at.
    pub(crate) fn at(pos: usize) -> Self {
        Self { pos, batch: pos, end: pos, ..Self::default() }
    }

    /// At the start of a chunk. The mask of a chunk of at most a block is made at once.
    #[inline(always)]
    pub(crate) fn begin(&mut self, chunk: &[u8]) {
        (self.pos, self.mask, self.block, self.blocks, self.end) = (0, 0, 0, 0, 0);
        if chunk.len() <= BLOCK {
            self.mask = vector::make_short(chunk);
            self.end = chunk.len();
        }
    }

    /// The position of the next CR or LF, if the chunk has one. It is not passed.
    #[inline(always)]
    pub(crate) fn peek<'c>(&mut self, chunk: &'c [u8], sees: &mut impl Sees<'c>) -> Option<usize> {
        let mut ends = (self.mask, self.block);
        if self.mask == 0 {
            ends = self.refill(chunk, sees)?;
        }
        let (mask, block) = ends;
        Some(block + mask.trailing_zeros() as usize)
    }

    /// Whether nothing of the chunk is read, and it has no line end. Of a chunk that is likely to be a part of a `long`
    /// line no masks are made.
    #[inline(always)]
    pub(crate) fn is_within_line<'c>(
        &mut self,
        chunk: &'c [u8],
        long: bool,
        sees: &mut impl Sees<'c>,
    ) -> bool {
        if self.pos != 0 {
            return false;
        }
        if long && self.end == 0 {
            self.end = vector::line_len_at(chunk, 0, sees);
        }
        self.peek(chunk, sees).is_none()
    }

    /// Passes the next line end, at `end`, and the blank line behind it. Returns `false`, and passes nothing, if no
    /// blank line follows in the same block. The ends are LF; or `WITH_CR` they are CR or CRLF, and the last LF is
    /// not passed.
    #[inline(always)]
    pub(crate) fn pass_block<const WITH_CR: bool>(&mut self, chunk: &[u8], end: usize) -> bool {
        if !WITH_CR {
            bytes_at(chunk, end) == Some([LF, LF]) && self.pass_ends::<2>(end)
        } else if bytes_at(chunk, end) == Some([CR, LF, CR]) {
            self.pass_ends::<3>(end)
        } else {
            bytes_at(chunk, end) == Some([CR, CR]) && self.pass_ends::<2>(end)
        }
    }

    /// Passes `N` line ends, of which the first is at `end` and the others follow at once. Returns `false`, and passes
    /// nothing, if they are not all in the current block.
    #[inline(always)]
    fn pass_ends<const N: usize>(&mut self, end: usize) -> bool {
        let mut mask = self.mask;
        for _ in 1..N {
            mask &= mask.wrapping_sub(1);
        }
        let are_here = mask != 0;
        if are_here {
            self.mask = mask & mask.wrapping_sub(1);
            self.pos = end + N;
        }
        are_here
    }

    /// Whether the chunk is known to have no more line ends.
    #[inline(always)]
    pub(crate) fn is_read(&self, chunk: &[u8]) -> bool {
        self.mask == 0 && self.blocks == 0 && self.end >= chunk.len()
    }

    /// The reader of lines from here on.
    #[inline(always)]
    pub(crate) fn lines(&self) -> Lines {
        Lines { pos: self.pos, mask: self.mask, block: self.block }
    }

    /// Behind the lines that were read.
    #[inline(always)]
    pub(crate) fn leave(&mut self, lines: Lines) {
        (self.pos, self.mask, self.block) = (lines.pos, lines.mask, lines.block);
    }

    /// Comes to the next block that has a line end, if there is one: its mask, and where it starts.
    #[inline(always)]
    fn refill<'c>(&mut self, chunk: &'c [u8], sees: &mut impl Sees<'c>) -> Option<(u64, usize)> {
        let (mask, block) = if self.blocks != 0 {
            self.next_block()
        } else if self.end < chunk.len() {
            self.next_batch(chunk, sees)
        } else {
            return None;
        };
        (mask != 0).then_some((mask, block))
    }

    /// Comes to the next block that has a line end.
    #[inline(always)]
    fn next_block(&mut self) -> (u64, usize) {
        let block = self.blocks.trailing_zeros() as usize;
        self.blocks &= self.blocks.wrapping_sub(1);
        self.mask = vector::finished(self.masks[block % BATCH]);
        self.block = self.batch + block * BLOCK;
        (self.mask, self.block)
    }

    /// Makes the masks of the next batch that has a line end, and comes to its first block; no bit is
    /// set if there is none. The chunk has bytes that were not looked at.
    ///
    /// The block's mask and start are returned as well, which is faster than to read them from memory.
    #[inline(never)]
    fn next_batch<'c>(&mut self, chunk: &'c [u8], sees: &mut impl Sees<'c>) -> (u64, usize) {
        match self.make_batch(chunk, sees) {
            (0, _) => self.find_batch(chunk, sees),
            found => found,
        }
    }

    #[inline(always)]
    fn make_batch<'c>(&mut self, chunk: &'c [u8], sees: &mut impl Sees<'c>) -> (u64, usize) {
        self.batch = self.end;
        self.end = vector::batch_end(chunk, self.batch);
        self.blocks = vector::make(chunk, self.batch, &mut self.masks, sees);
        if self.blocks == 0 {
            return (0, 0);
        }
        self.next_block()
    }

    /// Makes a batch behind one without a line end: in a long line.
    #[inline(never)]
    fn find_batch<'c>(&mut self, chunk: &'c [u8], sees: &mut impl Sees<'c>) -> (u64, usize) {
        self.end += vector::line_len_at(chunk, self.end, sees);
        self.make_batch(chunk, sees)
    }
}

/// A reader of lines, one after another. It has the part of a [`Scan`] that each line needs, which fits in registers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    /// The next byte to read.
    pub(crate) pos: usize,
    /// The line ends of the current block that have not been passed, and where it starts.
    mask: u64,
    block: usize,
}

impl Lines {
    /// The position of the next line end, if it is in the chunk.
    #[inline(always)]
    pub(crate) fn end<'c>(
        &mut self,
        chunk: &'c [u8],
        scan: &mut Scan,
        sees: &mut impl Sees<'c>,
    ) -> Option<usize> {
        if self.mask == 0 {
            (self.mask, self.block) = scan.refill(chunk, sees)?;
        }
        Some(self.block + self.mask.trailing_zeros() as usize)
    }

    /// Reads up to and with the line end at `end`, which is the next.
    #[inline(always)]
    pub(crate) fn pass(&mut self, end: usize) {
        self.mask &= self.mask.wrapping_sub(1);
        self.pos = end + 1;
    }

    /// Goes back to a position. The line end at `end`, which was passed last, is found again if it is behind that.
    #[inline(always)]
    pub(crate) fn back_to(&mut self, pos: usize, end: Option<usize>) {
        self.pos = pos;
        if let Some(end) = end.filter(|&end| end >= pos) {
            debug_assert!((self.block..self.block + BLOCK).contains(&end));
            self.mask |= 1 << (end.wrapping_sub(self.block) % BLOCK);
        }
    }

    /// Whether the byte before this position is that.
    #[inline(always)]
    pub(crate) fn is_behind(self, chunk: &[u8], byte: u8) -> bool {
        chunk.get(..self.pos).and_then(<[u8]>::last) == Some(&byte)
    }

    /// Whether the byte before this position and the next one are these.
    #[inline(always)]
    pub(crate) fn is_between(self, chunk: &[u8], bytes: [u8; 2]) -> bool {
        bytes_at(chunk, self.pos.wrapping_sub(1)) == Some(bytes)
    }

    /// Whether the next byte is that.
    #[inline(always)]
    pub(crate) fn is_before(self, chunk: &[u8], byte: u8) -> bool {
        chunk.get(self.pos) == Some(&byte)
    }
}
