//! The type that shows bytes as text.

use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::{from_utf8, Utf8Error};

use super::held::validated;
use super::replace;

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::String};

/// Bytes that are shown as text: malformed UTF-8 appears as U+FFFD, one for each maximal subpart
/// (Encoding Standard, "UTF-8 decode"; the same as `String::from_utf8_lossy`). Needs no allocator.
///
/// [`to_str`](Self::to_str) or `to_string_lossy` (with `alloc`) give a `str`. A text is what it reads as: it is
/// equal to every text and every `str` that reads the same, U+FFFD included. To compare the bytes, use
/// [`as_bytes`](Self::as_bytes).
///
/// ```
/// use sse_wire::Text;
///
/// let text = Text::new(b"caf\xE9");
/// assert_eq!(text.to_string(), "caf\u{FFFD}");
/// assert_eq!(text.as_bytes(), b"caf\xE9");
/// assert!(text.to_str().is_err());
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
    ///
    /// # Errors
    ///
    /// That of [`core::str::from_utf8`]: it says where the first malformed byte is.
    ///
    /// ```
    /// use sse_wire::Text;
    ///
    /// assert_eq!(Text::new("caf\u{E9}".as_bytes()).to_str()?, "caf\u{E9}");
    /// assert_eq!(Text::new(b"caf\xE9!").to_str().unwrap_err().valid_up_to(), 3);
    /// # Ok::<(), core::str::Utf8Error>(())
    /// ```
    pub fn to_str(self) -> Result<&'a str, Utf8Error> {
        // Only what is malformed is looked at again, for the reason.
        self.valid().map_or_else(|| from_utf8(self.0), Ok)
    }

    /// The text, if the bytes are UTF-8.
    #[inline]
    pub(crate) fn valid(self) -> Option<&'a str> {
        validated(self.0)
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

    /// The text, borrowed where the bytes are UTF-8: that is found out first, at the cost of
    /// [`to_str`](Self::to_str).
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        self.valid().map_or_else(|| String::from_utf8_lossy(self.0), Cow::Borrowed)
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

impl PartialEq<Text<'_>> for str {
    fn eq(&self, other: &Text<'_>) -> bool {
        other == self
    }
}

impl PartialEq<Text<'_>> for &str {
    fn eq(&self, other: &Text<'_>) -> bool {
        other == *self
    }
}

#[cfg(feature = "alloc")]
impl PartialEq<String> for Text<'_> {
    fn eq(&self, other: &String) -> bool {
        self == other.as_str()
    }
}

/// A copy of the text, with U+FFFD for what is malformed.
#[cfg(feature = "alloc")]
impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.to_string_lossy().into_owned()
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for Text<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Text<'_> {
    /// The bytes as they came.
    fn as_ref(&self) -> &[u8] {
        self.0
    }
}
