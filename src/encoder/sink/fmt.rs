//! `core::fmt`: text out of bytes.
//!
//! - **(A)** `pending` holds a proper prefix of a well-formed character, or nothing.
//! - **(B)** What comes out equals `String::from_utf8_lossy` of all bytes together, however they were
//!   cut: one U+FFFD for each maximal part of an ill-formed sequence, and the byte that breaks a
//!   sequence is looked at again.

use core::fmt::{Result, Write};
use core::str::from_utf8;

use super::Sink;

/// What stands for bytes that are not UTF-8.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Writes to a [`core::fmt::Write`], such as a formatter.
///
/// Text goes through as it is; bytes are looked at. A character may come cut into several writes. Bytes that are not UTF-8 become U+FFFD, as
/// `String::from_utf8_lossy` has them. A character that is not complete is held back (3 bytes at
/// most) until the next write; since each line of an event stream ends in LF, nothing is held back
/// after a dispatch.
///
/// ```
/// use sse_wire::encoder::{EncodeError, FmtSink};
/// use sse_wire::Encoder;
///
/// let mut out = Encoder::new(FmtSink::new(String::new()));
/// out.data(b"caf\xC3\xA9 \xFF").try_dispatch()?;
/// assert_eq!(out.sink().get_ref(), "data: café \u{FFFD}\n\n");
/// # Ok::<(), EncodeError<core::fmt::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct FmtSink<W> {
    writer: W,
    pending: [u8; 4],
    pending_len: usize,
}

impl<W> FmtSink<W> {
    /// Wraps a writer of text.
    ///
    /// ```
    /// let sink = sse_wire::encoder::FmtSink::new(String::new());
    /// # drop(sink);
    /// ```
    #[must_use]
    pub const fn new(writer: W) -> Self {
        Self { writer, pending: [0; 4], pending_len: 0 }
    }

    /// Borrows the writer.
    ///
    /// ```
    /// assert_eq!(sse_wire::encoder::FmtSink::new(String::new()).get_ref(), "");
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &W {
        &self.writer
    }

    /// Borrows the writer mutably.
    ///
    /// ```
    /// sse_wire::encoder::FmtSink::new(String::new()).get_mut().push('x');
    /// ```
    #[must_use]
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// Gives the writer back; the part of a character that is held back is lost.
    ///
    /// ```
    /// assert_eq!(sse_wire::encoder::FmtSink::new(String::new()).into_inner(), "");
    /// ```
    #[must_use]
    pub fn into_inner(self) -> W {
        self.writer
    }
}

impl<W: Write> FmtSink<W> {
    /// Writes U+FFFD for the part of a character that is held back, if any, and gives the writer
    /// back.
    ///
    /// # Errors
    ///
    /// The writer's.
    ///
    /// ```
    /// use sse_wire::encoder::{FmtSink, Sink};
    ///
    /// let mut sink = FmtSink::new(String::new());
    /// sink.write(b"caf\xC3")?;
    /// assert_eq!(sink.finish()?, "caf\u{FFFD}");
    /// # Ok::<(), core::fmt::Error>(())
    /// ```
    pub fn finish(mut self) -> core::result::Result<W, core::fmt::Error> {
        if self.pending_len > 0 {
            self.writer.write_char(REPLACEMENT)?;
        }
        Ok(self.writer)
    }

    /// Completes the pending character with the front of `bytes` and gives what is left of them.
    #[cold]
    fn complete_pending<'b>(
        &mut self,
        mut bytes: &'b [u8],
    ) -> core::result::Result<&'b [u8], core::fmt::Error> {
        while self.pending_len > 0 {
            let Some((&byte, after)) = bytes.split_first() else { break };
            let Some(slot) = self.pending.get_mut(self.pending_len) else { break };
            *slot = byte;
            let taken = self.pending.get(..=self.pending_len).unwrap_or_default();
            match from_utf8(taken) {
                Ok(character) => {
                    bytes = after;
                    self.pending_len = 0;
                    self.writer.write_str(character)?;
                }
                Err(error) if error.error_len().is_none() => {
                    bytes = after;
                    self.pending_len += 1;
                }
                // The byte is not taken: it may be a character or begin one.
                Err(_) => {
                    self.pending_len = 0;
                    self.writer.write_char(REPLACEMENT)?;
                }
            }
        }
        Ok(bytes)
    }
}

/// Shows neither the writer, which may hold payload, nor what is held back.
impl<W> core::fmt::Debug for FmtSink<W> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> Result {
        f.debug_struct("FmtSink").finish_non_exhaustive()
    }
}

impl<W: Write> Sink for FmtSink<W> {
    type Error = core::fmt::Error;

    /// Behind a part of a character comes no text that could complete it.
    #[inline]
    fn write_text(&mut self, text: &str) -> Result {
        if self.pending_len > 0 && !text.is_empty() {
            self.pending_len = 0;
            self.writer.write_char(REPLACEMENT)?;
        }
        self.writer.write_str(text)
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result {
        if self.pending_len > 0 {
            bytes = self.complete_pending(bytes)?;
        }
        loop {
            let error = match from_utf8(bytes) {
                Ok("") => return Ok(()),
                Ok(text) => return self.writer.write_str(text),
                Err(error) => error,
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.writer.write_str(from_utf8(valid).unwrap_or_default())?;
            let Some(ill_formed) = error.error_len() else {
                // At most three bytes: a prefix of a character.
                for (slot, byte) in self.pending.iter_mut().zip(rest) {
                    *slot = *byte;
                }
                self.pending_len = rest.len();
                return Ok(());
            };
            self.writer.write_char(REPLACEMENT)?;
            bytes = rest.get(ill_formed..).unwrap_or_default();
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::String;

    /// Every cut of a value into three pieces comes out as the whole does.
    #[test]
    fn cut_text_equals_from_utf8_lossy() {
        for bytes in [
            &b"caf\xC3\xA9"[..],
            "a\u{10FFFF}\u{20AC}\u{FEFF}z".as_bytes(),
            b"\xE2\x82A\xF0\x9F\x98",
            b"\xF0\x9F\xE2\x82\xAC\x80\xC3",
            b"\xED\xA0\x80\xC0\x80\xF4\x90\x80\x80\xF5\xFE\xFF",
            b"\xE0\x80\x80\xF0\x80\x80\x80\xC2\xC2\xA9",
        ] {
            let expected = String::from_utf8_lossy(bytes);
            for i in 0..=bytes.len() {
                for j in i..=bytes.len() {
                    let mut sink = FmtSink::new(String::new());
                    for piece in [&bytes[..i], &bytes[i..j], &bytes[j..]] {
                        match from_utf8(piece) {
                            Ok(text) => sink.write_text(text).unwrap(),
                            Err(_) => sink.write(piece).unwrap(),
                        }
                    }
                    assert_eq!(sink.finish().unwrap(), expected, "{bytes:?} at {i} and {j}");
                }
            }
        }
    }
}
