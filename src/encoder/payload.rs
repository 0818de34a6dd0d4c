//! A value on its way: text, which stays text, or bytes.
//!
//! - **(A)** Text is cut at ASCII bytes only, so both halves are text.

use super::sink::Sink;

/// A value or a piece of one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Payload<'v> {
    Text(&'v str),
    Bytes(&'v [u8]),
}

impl<'v> Payload<'v> {
    #[inline]
    pub(super) const fn as_bytes(self) -> &'v [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    #[inline]
    pub(super) const fn len(self) -> usize {
        self.as_bytes().len()
    }

    #[inline]
    pub(super) const fn is_empty(self) -> bool {
        self.as_bytes().is_empty()
    }

    /// Cuts before or behind an ASCII byte, or at an end.
    #[inline]
    pub(super) fn split_at(self, at: usize) -> (Self, Self) {
        match self {
            Self::Text(text) => (
                Self::Text(text.get(..at).unwrap_or_default()),
                Self::Text(text.get(at..).unwrap_or_default()),
            ),
            Self::Bytes(bytes) => (
                Self::Bytes(bytes.get(..at).unwrap_or_default()),
                Self::Bytes(bytes.get(at..).unwrap_or_default()),
            ),
        }
    }

    /// Leaves out the first bytes, up to and with an ASCII byte.
    #[inline]
    pub(super) fn after(self, len: usize) -> Self {
        match self {
            Self::Text(text) => Self::Text(text.get(len..).unwrap_or_default()),
            Self::Bytes(bytes) => Self::Bytes(bytes.get(len..).unwrap_or_default()),
        }
    }

    /// Writes the value, unless it is empty.
    #[inline]
    pub(super) fn write_to<S: Sink + ?Sized>(self, sink: &mut S) -> Result<(), S::Error> {
        match self {
            Self::Text("") | Self::Bytes([]) => Ok(()),
            Self::Text(text) => sink.write_text(text),
            Self::Bytes(bytes) => sink.write(bytes),
        }
    }
}
