//! Finding line ends fast.
//!
//! The chunk is looked at in batches of a few blocks of 64 bytes. Of each block a mask is made
//! that has a bit for each CR and LF; the line ends are then taken from the masks one by one,
//! across lines and events. Where a whole batch has no line end, the next is looked for without masks.

use super::masks::{self, Sight, BATCH, BLOCK};
use super::Lines;

/// Where a cursor stands in its chunk, and the line ends that it knows of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan {
    /// The next byte to read.
    pub(crate) pos: usize,
    /// The line ends of the block at hand that have not been taken.
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
    /// At a position of a chunk.
    pub(crate) fn at(pos: usize) -> Self {
        Self { pos, batch: pos, end: pos, ..Self::default() }
    }

    /// At the start of a chunk. What the masks are is not read before they are made again.
    #[inline(always)]
    pub(crate) fn restart(&mut self) {
        (self.pos, self.mask, self.block, self.blocks, self.end) = (0, 0, 0, 0, 0);
    }

    /// The same; the masks of a chunk of at most a block are made at once.
    #[inline(always)]
    pub(crate) fn begin(&mut self, chunk: &[u8]) {
        self.restart();
        if chunk.len() <= BLOCK {
            self.mask = masks::make_short(chunk);
            self.end = chunk.len();
        }
    }

    /// The position of the next CR or LF; each is told once, in order. `None` if the chunk has no
    /// more.
    #[inline(always)]
    pub(crate) fn line_end(&mut self, chunk: &[u8]) -> Option<usize> {
        let end = self.peek(chunk)?;
        self.mask &= self.mask - 1;
        Some(end)
    }

    /// The same, but it will be told again.
    #[inline(always)]
    pub(crate) fn peek(&mut self, chunk: &[u8]) -> Option<usize> {
        self.peek_and_see(chunk, &mut ())
    }

    /// The same; says what of the chunk it has seen to be ASCII.
    #[inline(always)]
    pub(crate) fn peek_and_see<'c>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> Option<usize> {
        let mut ends = (self.mask, self.block);
        if self.mask == 0 {
            ends = self.refill(chunk, sight)?;
        }
        let (mask, block) = ends;
        Some(block + mask.trailing_zeros() as usize)
    }

    /// Whether the chunk has been looked at and has no more line ends.
    #[inline(always)]
    pub(crate) fn is_at_end(&self, chunk: &[u8]) -> bool {
        (self.mask == 0) & (self.blocks == 0) && self.end >= chunk.len()
    }

    /// Looks at a chunk of at most a block for whoever wants to know, if an event is likely to stand whole
    /// in it: if it begins with one, or has the line ends of another behind those of the first.
    #[inline(always)]
    pub(crate) fn see_events<'c>(&self, chunk: &'c [u8], begins: bool, sight: &mut impl Sight<'c>) {
        let behind = |mask: u64| mask & mask.wrapping_sub(1);
        if begins | (behind(behind(behind(self.mask))) != 0) {
            masks::see_block(chunk, sight);
        }
    }

    /// Comes to the next block that has a line end, if there is one: its mask, and where it starts.
    #[inline(always)]
    pub(super) fn refill<'c>(
        &mut self,
        chunk: &'c [u8],
        sight: &mut impl Sight<'c>,
    ) -> Option<(u64, usize)> {
        let (mask, block) = if self.blocks != 0 {
            self.next_block()
        } else if self.end < chunk.len() {
            self.next_batch(chunk, sight)
        } else {
            return None;
        };
        (mask != 0).then_some((mask, block))
    }

    /// Whole lines, one after another, from here on.
    #[inline(always)]
    pub(crate) fn lines(&self) -> Lines {
        Lines::at(self)
    }

    /// The line ends of the block at hand that have not been taken, as a mask, and where it starts.
    #[inline(always)]
    pub(super) fn block(&self) -> (u64, usize) {
        (self.mask, self.block)
    }

    /// Takes the line end at `end`, which is next, and the bytes behind it, which end lines too: `N` in all, if
    /// they are in one block, as they are most often; says whether they are.
    #[inline(always)]
    pub(super) fn pass_ends<const N: usize>(&mut self, end: usize) -> bool {
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

    /// Takes line ends of the block at hand.
    #[inline(always)]
    pub(super) fn set_mask(&mut self, mask: u64) {
        self.mask = mask;
    }

    /// Comes to the next block that has a line end.
    #[inline(always)]
    fn next_block(&mut self) -> (u64, usize) {
        let block = self.blocks.trailing_zeros() as usize;
        self.blocks &= self.blocks.wrapping_sub(1);
        self.mask = masks::finish(self.masks[block % BATCH]);
        self.block = self.batch + block * BLOCK;
        (self.mask, self.block)
    }

    /// Makes the masks of the next batch that has a line end, and comes to its first block; no bit is
    /// set if there is none. The chunk has bytes that were not looked at.
    ///
    /// What is needed next is returned as well, which takes less time than to read what was just written.
    #[inline(never)]
    fn next_batch<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> (u64, usize) {
        if self.end == 0 && chunk.len() <= BLOCK {
            return self.make_short(chunk);
        }
        match self.make_batch(chunk, sight) {
            (0, _) => self.find_batch(chunk, sight),
            found => found,
        }
    }

    #[inline(never)]
    fn make_short(&mut self, chunk: &[u8]) -> (u64, usize) {
        self.end = chunk.len();
        self.mask = masks::make_short(chunk);
        (self.mask, 0)
    }

    #[inline(always)]
    fn make_batch<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> (u64, usize) {
        self.batch = self.end;
        self.end = masks::batch_end(chunk, self.batch);
        self.blocks = masks::make(chunk, self.batch, &mut self.masks, sight);
        if self.blocks == 0 {
            return (0, 0);
        }
        self.next_block()
    }

    /// The same after a batch without a line end: in a long line.
    #[inline(never)]
    fn find_batch<'c>(&mut self, chunk: &'c [u8], sight: &mut impl Sight<'c>) -> (u64, usize) {
        self.end += masks::line_len(chunk, self.end, sight);
        self.make_batch(chunk, sight)
    }
}
