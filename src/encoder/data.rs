//! What the calls of the encoder take: data and text, borrowed or owned.
//!
//! - **(A)** Text stays text on its way to a sink, so that a sink of text does not look at it again.
//! - **(B)** Equality is that of the bytes: how a value is held says nothing of what it is.

use core::fmt;
use core::hash::{Hash, Hasher};

use super::error::{InvalidField, InvalidValue};
use super::layout::Lines;
use super::line::Kind;
use super::payload::Payload;
use super::style::Style;
use super::value::Single;
use crate::Text;

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::String, vec::Vec};

/// A value of data or a comment: text or bytes, borrowed or owned, or a [`DataLine`].
///
/// Every call that takes data or a comment takes `impl Into<Data>`: `&str`, `&[u8]`, `&[u8; N]`, `DataLine`, `Text`;
/// with the feature `alloc` also `String`, `Vec<u8>`, `Cow` and references to them. Nothing is copied.
///
/// ```
/// use sse_wire::Message;
///
/// let owned = String::from("x");
/// assert_eq!(Message::new(&owned), Message::new("x"));
/// assert_eq!(Message::new(b"x"), Message::new(owned));
/// ```
#[derive(Clone)]
pub struct Data<'a>(Held<'a>);

#[derive(Clone)]
enum Held<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
    Line(DataLine<'a>),
    #[cfg(feature = "alloc")]
    OwnedText(String),
    #[cfg(feature = "alloc")]
    OwnedBytes(Vec<u8>),
}

impl Data<'_> {
    /// Borrows the bytes.
    ///
    /// ```
    /// use sse_wire::encoder::Data;
    ///
    /// assert_eq!(Data::from("x").as_bytes(), b"x");
    /// ```
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.payload().as_bytes()
    }

    #[inline]
    pub(super) fn payload(&self) -> Payload<'_> {
        match &self.0 {
            Held::Text(text) => Payload::Text(text),
            Held::Bytes(bytes) => Payload::Bytes(bytes),
            Held::Line(line) => Payload::Text(line.as_str()),
            #[cfg(feature = "alloc")]
            Held::OwnedText(text) => Payload::Text(text),
            #[cfg(feature = "alloc")]
            Held::OwnedBytes(bytes) => Payload::Bytes(bytes),
        }
    }

    /// The data lines that it becomes.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that the caller's constants reach it.
    pub(super) fn lines(&self, style: Style) -> Lines<'_> {
        match self.0 {
            Held::Line(line) => Lines::one(Kind::Data, style, Payload::Text(line.as_str())),
            _ => Lines::split(Kind::Data, style, self.payload()),
        }
    }

    /// The value with bytes of its own, where they were borrowed.
    #[cfg(feature = "alloc")]
    pub(super) fn into_owned(self) -> Data<'static> {
        Data(match self.0 {
            Held::Text(text) => Held::OwnedText(text.into()),
            Held::Bytes(bytes) => Held::OwnedBytes(bytes.into()),
            Held::Line(line) => Held::OwnedText(line.as_str().into()),
            Held::OwnedText(text) => Held::OwnedText(text),
            Held::OwnedBytes(bytes) => Held::OwnedBytes(bytes),
        })
    }
}

impl<'a> From<&'a str> for Data<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Self(Held::Text(text))
    }
}

impl<'a> From<&'a [u8]> for Data<'a> {
    #[inline]
    fn from(bytes: &'a [u8]) -> Self {
        Self(Held::Bytes(bytes))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Data<'a> {
    #[inline]
    fn from(bytes: &'a [u8; N]) -> Self {
        Self(Held::Bytes(bytes))
    }
}

impl<'a> From<DataLine<'a>> for Data<'a> {
    #[inline]
    fn from(line: DataLine<'a>) -> Self {
        Self(Held::Line(line))
    }
}

/// Takes the bytes as they came from the stream.
impl<'a> From<Text<'a>> for Data<'a> {
    #[inline]
    fn from(text: Text<'a>) -> Self {
        Self(Held::Bytes(text.as_bytes()))
    }
}

#[cfg(feature = "alloc")]
impl<'a> From<&'a String> for Data<'a> {
    #[inline]
    fn from(text: &'a String) -> Self {
        Self(Held::Text(text))
    }
}

#[cfg(feature = "alloc")]
impl<'a> From<&'a Vec<u8>> for Data<'a> {
    #[inline]
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self(Held::Bytes(bytes))
    }
}

#[cfg(feature = "alloc")]
impl From<String> for Data<'_> {
    #[inline]
    fn from(text: String) -> Self {
        Self(Held::OwnedText(text))
    }
}

#[cfg(feature = "alloc")]
impl From<Vec<u8>> for Data<'_> {
    #[inline]
    fn from(bytes: Vec<u8>) -> Self {
        Self(Held::OwnedBytes(bytes))
    }
}

#[cfg(feature = "alloc")]
impl<'a> From<Cow<'a, str>> for Data<'a> {
    #[inline]
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

#[cfg(feature = "alloc")]
impl<'a> From<Cow<'a, [u8]>> for Data<'a> {
    #[inline]
    fn from(bytes: Cow<'a, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => bytes.into(),
            Cow::Owned(bytes) => bytes.into(),
        }
    }
}

#[cfg(feature = "bytes")]
impl<'a> From<&'a bytes::Bytes> for Data<'a> {
    #[inline]
    fn from(bytes: &'a bytes::Bytes) -> Self {
        Self(Held::Bytes(bytes))
    }
}

/// Compares the bytes.
impl PartialEq for Data<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Data<'_> {}

impl Hash for Data<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// Shows the length, not the payload.
impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data").field("len", &self.as_bytes().len()).finish()
    }
}

/// Data that is known to stand on one line: text that holds neither CR nor LF.
///
/// It is looked at once, when it is made, and not again each time it is encoded: for constants, for
/// values that are sent many times, and for text that was looked at before it came here. No other call
/// makes one, so it can forge nothing.
///
/// ```
/// use sse_wire::encoder::DataLine;
/// use sse_wire::Message;
///
/// const DONE: DataLine<'static> = match DataLine::from_static("[DONE]") {
///     Ok(line) => line,
///     Err(_) => panic!("a constant, looked at when the program is compiled"),
/// };
/// assert_eq!(Message::new(DONE).to_string(), "data: [DONE]\n\n");
/// assert!(DataLine::new("two\nlines").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DataLine<'a>(&'a str);

impl<'a> DataLine<'a> {
    /// Takes text that is one line. Takes time linear in its length.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR or LF.
    ///
    /// ```
    /// use sse_wire::encoder::DataLine;
    ///
    /// assert_eq!(DataLine::new("{}")?.as_str(), "{}");
    /// assert_eq!(DataLine::new("a\r").unwrap_err().offset(), 1);
    /// # Ok::<(), sse_wire::InvalidValue>(())
    /// ```
    pub fn new(text: &'a str) -> Result<Self, InvalidValue> {
        Single::one_line(InvalidField::Data, text.as_bytes())?;
        Ok(Self(text))
    }

    /// Takes a constant that is one line. The compiler can do it; [`new`](Self::new) is faster.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] if it holds CR or LF.
    ///
    /// ```
    /// use sse_wire::encoder::DataLine;
    ///
    /// assert_eq!(DataLine::from_static("ping"), DataLine::new("ping"));
    /// assert!(DataLine::from_static("\n").is_err());
    /// ```
    pub const fn from_static(text: &'static str) -> Result<DataLine<'static>, InvalidValue> {
        match Single::first_offender(InvalidField::Data, text.as_bytes()) {
            Some(error) => Err(error),
            None => Ok(DataLine(text)),
        }
    }

    /// Gives the text.
    ///
    /// ```
    /// assert_eq!(sse_wire::encoder::DataLine::new("x")?.as_str(), "x");
    /// # Ok::<(), sse_wire::InvalidValue>(())
    /// ```
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

/// Shows the length, not the payload.
impl fmt::Debug for DataLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataLine").field("len", &self.0.len()).finish()
    }
}

/// Text, borrowed or owned: an event type or an id of a [`Message`](crate::Message).
///
/// It is to `&str`, `String` and `Cow<str>` what a `Cow<str>` is where there is an allocator, and a
/// `&str` where there is none. Nothing is copied.
///
/// ```
/// use sse_wire::{InvalidValue, Message};
///
/// let id = 7.to_string();
/// assert_eq!(Message::new("x").id(id)?, Message::new("x").id("7")?);
/// # Ok::<(), InvalidValue>(())
/// ```
#[derive(Clone)]
pub struct CowStr<'a>(HeldStr<'a>);

#[derive(Clone)]
enum HeldStr<'a> {
    Borrowed(&'a str),
    #[cfg(feature = "alloc")]
    Owned(String),
}

impl CowStr<'_> {
    /// Borrows the text.
    ///
    /// ```
    /// assert_eq!(sse_wire::encoder::CowStr::from("x").as_str(), "x");
    /// ```
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            HeldStr::Borrowed(text) => text,
            #[cfg(feature = "alloc")]
            HeldStr::Owned(text) => text,
        }
    }

    #[cfg(feature = "alloc")]
    pub(super) fn into_owned(self) -> CowStr<'static> {
        CowStr(HeldStr::Owned(match self.0 {
            HeldStr::Borrowed(text) => text.into(),
            HeldStr::Owned(text) => text,
        }))
    }
}

impl<'a> From<&'a str> for CowStr<'a> {
    #[inline]
    fn from(text: &'a str) -> Self {
        Self(HeldStr::Borrowed(text))
    }
}

#[cfg(feature = "alloc")]
impl<'a> From<&'a String> for CowStr<'a> {
    #[inline]
    fn from(text: &'a String) -> Self {
        Self(HeldStr::Borrowed(text))
    }
}

#[cfg(feature = "alloc")]
impl From<String> for CowStr<'_> {
    #[inline]
    fn from(text: String) -> Self {
        Self(HeldStr::Owned(text))
    }
}

#[cfg(feature = "alloc")]
impl<'a> From<Cow<'a, str>> for CowStr<'a> {
    #[inline]
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

/// Compares the text.
impl PartialEq for CowStr<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for CowStr<'_> {}

impl Hash for CowStr<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// Shows the length, not the payload.
impl fmt::Debug for CowStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CowStr").field("len", &self.as_str().len()).finish()
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::{Encoder, Message};

    #[test]
    fn a_data_line_is_equal_data_and_holds_no_line_end() {
        for value in ["", "a", "\0", "\u{2028}", " a\u{b}b "] {
            let line = DataLine::new(value).unwrap();
            assert_eq!(DataLine::from_static(value), Ok(line));
            for style in [Style::new(), Style::new().compact().crlf()] {
                let known = Message::new(line).style(style);
                let unknown = Message::new(value).style(style);
                assert_eq!(known, unknown);
                assert_eq!(known.to_vec(), unknown.to_vec());
                assert_eq!(known.encoded_len(), unknown.encoded_len());
                let mut out = Encoder::with_style(Vec::new(), style);
                out.data(line).dispatch();
                assert_eq!(out.into_inner(), unknown.to_vec());
            }
        }
        for value in ["\r", "\n", "a\nb", "a\r\n"] {
            assert_eq!(DataLine::new(value), DataLine::from_static(value));
            assert_eq!(DataLine::new(value).unwrap_err().field(), InvalidField::Data);
        }
    }
}
