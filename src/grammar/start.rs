//! The first bytes of a line, compared all at once.

use super::{bytes_at, Line};

/// How the data line of a usual event starts.
pub(crate) const USUAL: &[u8; 6] = b"data: ";

/// The first bytes of a line that is not blank: enough to tell the usual ones. None of what is asked
/// for here ends a line, so it stands in the line where it is found.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    word: u64,
}

impl Start {
    /// Of the line at `pos`; `None` near the chunk's end.
    #[inline(always)]
    pub(crate) fn of(chunk: &[u8], pos: usize) -> Option<Self> {
        Some(Self { word: u64::from_le_bytes(bytes_at(chunk, pos)?) })
    }

    /// Of the line at `pos`, which is in the chunk. The bytes that there are not are zeros.
    #[inline(always)]
    pub(super) fn any(chunk: &[u8], pos: usize) -> Self {
        if let Some(start) = Self::of(chunk, pos) {
            return start;
        }
        let Some(last) = chunk.len().checked_sub(8) else { return Self::small(chunk, pos) };
        // The last bytes of the chunk, loaded with bytes before them.
        let word = bytes_at(chunk, last).map_or(0, u64::from_le_bytes);
        Self { word: word >> (8 * ((pos - last) & 7)) }
    }

    #[inline(never)]
    fn small(chunk: &[u8], pos: usize) -> Self {
        let bytes = chunk.get(pos..).unwrap_or_default();
        Self { word: bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)) }
    }

    #[inline(always)]
    fn is<const N: usize>(self, bytes: &[u8; N]) -> bool {
        let (mut word, mut mask) = ([0; 8], [0; 8]);
        word[..N].copy_from_slice(bytes);
        mask[..N].fill(0xFF);
        self.word & u64::from_le_bytes(mask) == u64::from_le_bytes(word)
    }

    /// Whether it is how a [usual](USUAL) event starts.
    #[inline(always)]
    pub(crate) fn is_usual(self) -> bool {
        self.is(USUAL)
    }

    /// Whether it is a comment.
    #[inline(always)]
    pub(crate) fn is_comment(self) -> bool {
        self.is(b":")
    }

    /// What the line is, if it is a usual one, how many bytes its name has, and how many stand before its value.
    #[inline(always)]
    pub(crate) fn line(self) -> Option<(Line, usize, usize)> {
        Some(if self.is(b"data: ") {
            (Line::Data, 4, 6)
        } else if self.is(b"event: ") {
            (Line::Event, 5, 7)
        } else if self.is(b"id: ") {
            (Line::Id, 2, 4)
        } else if self.is(b": ") {
            (Line::Comment, 0, 2)
        } else if self.is(b"retry: ") {
            (Line::Retry, 5, 7)
        } else {
            return self.compact();
        })
    }

    /// What the line is where no space stands before the value.
    #[inline(always)]
    fn compact(self) -> Option<(Line, usize, usize)> {
        Some(if self.is(b"data:") {
            (Line::Data, 4, 5)
        } else if self.is(b"event:") {
            (Line::Event, 5, 6)
        } else if self.is(b"id:") {
            (Line::Id, 2, 3)
        } else if self.is(b":") {
            (Line::Comment, 0, 1)
        } else {
            return None;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Start;

    /// A line's start is taken for a name's exactly if it is that, wherever it stands in a chunk of any length.
    #[test]
    fn a_name_is_found_where_it_is_and_nowhere_else() {
        fn check<const N: usize>(prefix: &[u8; N]) {
            for (len, start) in (N..14).flat_map(|len| (0..=len - N).map(move |start| (len, start)))
            {
                let mut chunk = [b'-'; 14];
                chunk[start..start + N].copy_from_slice(prefix);
                for at in 0..len {
                    for byte in 0..=u8::MAX {
                        let mut chunk = chunk;
                        chunk[at] = byte;
                        let chunk = &chunk[..len];
                        let expected = chunk[start..].starts_with(prefix);
                        assert_eq!(Start::any(chunk, start).is(prefix), expected);
                        if let Some(start) = Start::of(chunk, start) {
                            assert_eq!(start.is(prefix), expected);
                        }
                    }
                }
            }
        }
        check(b"data: ");
        check(b"event: ");
        check(b"retry: ");
        check(b"id: ");
        check(b": ");
        check(b"data:");
        check(b":");
        assert!(Start::of(b"data: a", 0).is_none());
        // What the chunk's end cuts is nothing.
        assert!(!Start::any(b"12345678data:", 8).is(b"data: "));
    }
}
