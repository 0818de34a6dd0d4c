//! Finding line ends fast.

use super::{CR, LF};

/// Where a cursor stands in its chunk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scan {
    /// The next byte to read.
    pub(crate) pos: usize,
}

impl Scan {
    /// The position of the first CR or LF at or behind `from`.
    #[inline]
    pub(super) fn line_end(&mut self, chunk: &[u8], from: usize) -> Option<usize> {
        let rest = chunk.get(from..)?;
        Some(from + memchr::memchr2(LF, CR, rest)?)
    }
}
