//! U+FFFD for what is malformed, one for each maximal subpart (Encoding Standard, "UTF-8 decode").

use core::ops::Range;
use core::str::from_utf8;

const REPLACEMENT: &str = "\u{FFFD}";

/// The text of bytes in pieces: what is UTF-8, and a U+FFFD for each malformed part.
pub(super) fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = &str> + Clone {
    core::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (piece, rest) = first_piece(bytes);
        bytes = rest;
        Some(piece)
    })
}

/// The first piece of the text of `bytes`, and the bytes behind it.
pub(super) fn first_piece(bytes: &[u8]) -> (&str, &[u8]) {
    match from_utf8(bytes) {
        Ok(text) => (text, &[]),
        Err(error) if error.valid_up_to() > 0 => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            (from_utf8(valid).unwrap_or(REPLACEMENT), rest)
        }
        Err(error) => {
            let len = error.error_len().unwrap_or(bytes.len());
            (REPLACEMENT, &bytes[len..])
        }
    }
}

/// Writes the text of `memory[source]` to `memory[at..]` and returns its end.
///
/// The text must fit between `at` and the end of `source`.
pub(crate) fn replace_within(memory: &mut [u8], source: Range<usize>, at: usize) -> usize {
    let mut read = source.start;
    let mut write = at;
    while read < source.end {
        let rest = &memory[read..source.end];
        let (piece, after) = first_piece(rest);
        let taken = rest.len() - after.len();
        let made = piece.len();
        if piece == REPLACEMENT {
            memory[write..write + made].copy_from_slice(REPLACEMENT.as_bytes());
        } else {
            memory.copy_within(read..read + taken, write);
        }
        read += taken;
        write += made;
    }
    write
}
