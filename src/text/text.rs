//! The type that shows bytes as text.

use core::fmt;
use core::hash::{Hash, Hasher};

use super::known::validated;
use super::replace;

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::String};

/// Bytes that are shown as text: malformed UTF-8 appears as U+FFFD, one for each maximal subpart
/// (Encoding Standard, "UTF-8 decode"; the same as `String::from_utf8_lossy`). Needs no allocator.
///
/// A text is what it reads as: it is equal to every text and every `str` that reads the same, U+FFFD
/// included. Whether the bytes are the same is told by [`as_bytes`](Self::as_bytes).
///
/// ```
/// use sse_wire::Text;
///
/// let text = Text::new(b"caf\xE9");
/// assert_eq!(text.to_string(), "caf\u{FFFD}");
/// assert_eq!(text.as_bytes(), b"caf\xE9");
/// assert_eq!(text.to_str(), None);
/// ```
#[derive(Clone, Copy, Default)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    /// Wraps bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as they came.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether there are no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The text, if the bytes are UTF-8. Takes time linear in their length.
    #[must_use]
    pub fn to_str(self) -> Option<&'a str> {
        validated(self.0).ok()
    }

    /// The text in pieces, without an allocation: the parts that are UTF-8, and a U+FFFD for each
    /// malformed part between them.
    ///
    /// ```
    /// let pieces: Vec<&str> = sse_wire::Text::new(b"a\xFFb").pieces().collect();
    /// assert_eq!(pieces, ["a", "\u{FFFD}", "b"]);
    /// ```
    pub fn pieces(self) -> impl Iterator<Item = &'a str> + Clone {
        replace::pieces(self.0)
    }

    /// The text, borrowed where the bytes are UTF-8.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    /// The length of the text in bytes, at most three times that of the bytes themselves.
    pub(crate) fn text_len(self) -> usize {
        self.pieces().map(str::len).sum()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces().try_for_each(|piece| f.write_str(piece))
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for piece in self.pieces() {
            fmt::Display::fmt(&piece.escape_debug(), f)?;
        }
        f.write_str("\"")
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        let read = |text: Self| text.pieces().flat_map(str::bytes);
        self.0 == other.0 || read(*self).eq(read(*other))
    }
}

impl Eq for Text<'_> {}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Equal texts may come in other pieces.
        self.pieces().flat_map(str::chars).for_each(|char| char.hash(state));
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        *self == Text::new(other.as_bytes())
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl AsRef<[u8]> for Text<'_> {
    /// The bytes as they came.
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}
