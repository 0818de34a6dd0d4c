//! UTF-8 that comes piece by piece.

use super::held::text_len;

/// What a stream of bytes needs next to be UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Utf8 {
    /// How many bytes of the current character are to come.
    need: u8,
    /// The least and the greatest that the next of them may be.
    from: u8,
    to: u8,
}

impl Utf8 {
    /// Between two characters.
    pub(crate) const START: Self = Self { need: 0, from: 0x80, to: 0xBF };

    /// Reads more bytes, up to the first that cannot be where it is; gives its position.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.need == 0 {
                let (len, _) = text_len(&bytes[at..]);
                if len > 0 {
                    at += len;
                    continue;
                }
            }
            if !self.read_byte(byte) {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    fn read_byte(&mut self, byte: u8) -> bool {
        if self.need > 0 {
            let fits = (self.from..=self.to).contains(&byte);
            *self = Self { need: self.need - 1, ..Self::START };
            return fits;
        }
        let (need, from, to) = match byte {
            0x00..=0x7F => (0, 0x80, 0xBF),
            0xC2..=0xDF => (1, 0x80, 0xBF),
            0xE0 => (2, 0xA0, 0xBF),
            0xED => (2, 0x80, 0x9F),
            0xE1..=0xEF => (2, 0x80, 0xBF),
            0xF0 => (3, 0x90, 0xBF),
            0xF1..=0xF3 => (3, 0x80, 0xBF),
            0xF4 => (3, 0x80, 0x8F),
            _ => return false,
        };
        *self = Self { need, from, to };
        true
    }
}
