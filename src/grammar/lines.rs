//! Whole lines, fast: the usual ones told apart by their first bytes.
//!
//! Finds the same as the plain path, [`Lexer::next`](super::Lexer::next), and is held against it.

use super::{bytes_at, Line, Scan, Sight, Span, COLON, CR, LF};

/// Whole lines, one after another: what the grammar and the scan know at a line's start, which is
/// little enough to be held in registers.
#[derive(Clone, Copy)]
pub(crate) struct Lines {
    /// The start of the next line, or of the LF of a CRLF before it.
    pos: usize,
    /// The line ends of the block at hand that have not been passed, and where it starts.
    mask: u64,
    block: usize,
}

impl Lines {
    #[inline(always)]
    pub(super) fn at(scan: &Scan) -> Self {
        let (mask, block) = scan.block();
        Self { pos: scan.pos, mask, block }
    }

    /// The end of the next line, if it is in the chunk: the line is blank if it ends where it starts.
    /// It has to be [passed](Self::pass) then.
    #[inline(always)]
    pub(crate) fn end<'c>(
        &mut self,
        chunk: &'c [u8],
        scan: &mut Scan,
        sight: &mut impl Sight<'c>,
    ) -> Option<usize> {
        if self.mask == 0 {
            (self.mask, self.block) = scan.refill(chunk, sight)?;
        }
        Some(self.block + self.mask.trailing_zeros() as usize)
    }

    /// Whether what seems to be a blank line is the LF of a CRLF.
    #[inline(always)]
    pub(crate) fn is_swallowed(self, chunk: &[u8]) -> bool {
        self.is_behind_cr(chunk) && chunk.get(self.pos) == Some(&LF)
    }

    /// Whether the line end before this position and the one at it are LF: a blank line that is no part
    /// of a CRLF.
    #[inline(always)]
    pub(crate) fn are_two_lf(self, chunk: &[u8]) -> bool {
        are_two_lf(chunk, self.pos.wrapping_sub(1))
    }

    /// Whether the next line is a comment.
    #[inline(always)]
    pub(crate) fn is_comment(self, chunk: &[u8]) -> bool {
        chunk.get(self.pos) == Some(&COLON)
    }

    /// How the next line starts.
    #[inline(always)]
    pub(crate) fn start(self, chunk: &[u8]) -> Option<Start> {
        Start::of(chunk, self.pos)
    }

    /// Reads the line that ends at `end`.
    #[inline(always)]
    pub(crate) fn pass(&mut self, end: usize) {
        self.mask &= self.mask.wrapping_sub(1);
        self.pos = end + 1;
    }

    /// The start of the next line.
    #[inline(always)]
    pub(crate) fn pos(self) -> usize {
        self.pos
    }

    /// Whether a LF that comes next belongs to the line's end before it.
    #[inline(always)]
    pub(super) fn is_behind_cr(self, chunk: &[u8]) -> bool {
        chunk.get(..self.pos).and_then(<[u8]>::last) == Some(&CR)
    }

    /// Goes on behind the lines that were passed.
    #[inline(always)]
    pub(crate) fn leave(self, scan: &mut Scan) {
        scan.pos = self.pos;
        scan.set_mask(self.mask);
    }
}

/// How the data line of a usual event starts.
pub(crate) const USUAL: &[u8; 6] = b"data: ";

/// Reads the event that comes next, if it is one data line with a value whose length `fits`, and the
/// blank line behind it, both ending in LF: gives the data. To be asked at a line's start, with nothing
/// to swallow.
#[inline(always)]
pub(crate) fn usual_event<'c>(
    chunk: &'c [u8],
    scan: &mut Scan,
    fits: impl FnOnce(usize) -> bool,
    sight: &mut impl Sight<'c>,
) -> Option<Span> {
    // Asked first, since it costs least where it is none.
    if !Start::of(chunk, scan.pos)?.is(USUAL) {
        return None;
    }
    let end = scan.peek_and_see(chunk, sight)?;
    let data = Span::new(scan.pos + USUAL.len(), end);
    let is_event = !data.is_empty() && fits(data.len()) && are_two_lf(chunk, end);
    (is_event && scan.pass_ends::<2>(end)).then_some(data)
}

#[inline(always)]
fn are_two_lf(chunk: &[u8], pos: usize) -> bool {
    bytes_at(chunk, pos) == Some([LF, LF])
}

/// The first bytes of a line that is not blank: enough to tell the usual ones. None of what is asked
/// for here ends a line, so it stands in the line where it is found.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    word: u64,
    pos: usize,
}

impl Start {
    /// `None` near the chunk's end.
    #[inline(always)]
    pub(super) fn of(chunk: &[u8], pos: usize) -> Option<Self> {
        Some(Self { word: u64::from_le_bytes(bytes_at(chunk, pos)?), pos })
    }

    /// The same of a line that the chunk's end cuts. The bytes that there are not are zeros.
    #[inline(always)]
    pub(super) fn cut(chunk: &[u8], pos: usize) -> Option<Self> {
        // The chunk's last bytes, loaded with bytes before them.
        let from = pos.min(chunk.len().checked_sub(8)?);
        let Self { word, .. } = Self::of(chunk, from)?;
        (pos < chunk.len()).then(|| Self { word: word >> (8 * (pos - from)), pos })
    }

    /// The same of a line of which earlier chunks had the first `len` bytes, those of `word`.
    #[inline(always)]
    pub(super) fn behind(self, word: u64, len: usize) -> Self {
        Self { word: self.word << (8 * len) | word & low_bits(8 * len), pos: self.pos }
    }

    /// Whether it is the first `len` bytes of `word`, and zeros.
    #[inline(always)]
    pub(super) fn is_only(self, word: u64, len: usize) -> bool {
        self.word == word & low_bits(8 * len)
    }

    #[inline(always)]
    pub(super) fn is<const N: usize>(self, bytes: &[u8; N]) -> bool {
        let (mut word, mut mask) = ([0; 8], [0; 8]);
        word[..N].copy_from_slice(bytes);
        mask[..N].fill(0xFF);
        self.word & u64::from_le_bytes(mask) == u64::from_le_bytes(word)
    }

    /// What the line is, if it is a usual one, and where its value starts.
    #[inline(always)]
    pub(crate) fn line(self) -> Option<(Line, usize)> {
        self.prefix().map(|(line, len)| (line, self.pos + len))
    }

    /// The same, but how many bytes stand before the value.
    #[inline(always)]
    pub(super) fn prefix(self) -> Option<(Line, usize)> {
        self.spaced().or_else(|| self.compact())
    }

    /// The same where a space stands before the value.
    #[inline(always)]
    fn spaced(self) -> Option<(Line, usize)> {
        Some(if self.is(b"data: ") {
            (Line::Data, 6)
        } else if self.is(b"event: ") {
            (Line::Event, 7)
        } else if self.is(b"id: ") {
            (Line::Id, 4)
        } else if self.is(b": ") {
            (Line::Comment, 2)
        } else {
            return None;
        })
    }

    /// The same where none stands there.
    #[inline(always)]
    fn compact(self) -> Option<(Line, usize)> {
        Some(if self.is(b"data:") {
            (Line::Data, 5)
        } else if self.is(b"event:") {
            (Line::Event, 6)
        } else if self.is(b"id:") {
            (Line::Id, 3)
        } else if self.is(b":") {
            (Line::Comment, 1)
        } else {
            return None;
        })
    }
}

#[inline(always)]
const fn low_bits(count: usize) -> u64 {
    (1 << count) - 1
}

/// A whole line in the usual form, `chunk[start..end]`: what it is, and where its value starts.
#[inline(always)]
pub(super) fn usual(chunk: &[u8], start: usize, end: usize) -> Option<(Line, usize)> {
    if start == end {
        return Some((Line::Blank, start));
    }
    Start::of(chunk, start)?.line()
}

#[cfg(test)]
mod tests {
    use super::Start;

    /// Where eight bytes are there, a line's start is taken for a name's exactly if it is that.
    #[test]
    fn a_name_is_found_where_it_is_and_nowhere_else() {
        fn check<const N: usize>(prefix: &[u8; N]) {
            for start in 0..4 {
                let mut chunk = [b'-'; 12];
                chunk[start..start + N].copy_from_slice(prefix);
                for at in 0..chunk.len() {
                    for byte in 0..=u8::MAX {
                        let mut chunk = chunk;
                        chunk[at] = byte;
                        let expected = chunk[start..].starts_with(prefix);
                        assert_eq!(Start::of(&chunk, start).unwrap().is(prefix), expected);
                    }
                }
            }
        }
        check(b"data: ");
        check(b"event: ");
        check(b"id: ");
        check(b": ");
        check(b"data:");
        check(b":");
        assert!(Start::of(b"data: a", 0).is_none());
    }
}
