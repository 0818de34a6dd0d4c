//! Values that fit on one line: event type, id and reconnection time, and data that is known to.
//!
//! - **(A)** A `Single` knows whether it is clean, so that a clean one is looked at once only.
//! - **(B)** What a field cannot carry is written in one place: `forbidden`.

use core::fmt;
use core::time::Duration;

use super::error::{InvalidField, InvalidValue};
use crate::grammar::{line_len, CR, LF, NUL};

/// Tells whether `field` cannot carry `byte`.
///
/// Ends of lines for both; NUL for an id, since a decoder ignores an id that holds one.
pub(super) const fn forbidden(field: InvalidField, byte: u8) -> bool {
    match byte {
        CR | LF => true,
        NUL => matches!(field, InvalidField::Id),
        _ => false,
    }
}

/// The value of a field that has one line; not clean means: offending bytes become spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Single<'a> {
    pub(super) value: &'a str,
    pub(super) clean: bool,
}

impl<'a> Single<'a> {
    /// Takes a value that its field can carry.
    #[inline(always)]
    #[allow(clippy::inline_always)] // So that what was just looked at is not read from memory.
    pub(super) const fn checked(field: InvalidField, value: &'a str) -> Result<Self, InvalidValue> {
        if !are_harmless(value.as_bytes()) {
            if let Some(error) = Self::first_offender(field, value) {
                return Err(error);
            }
        }
        Ok(Self { value, clean: true })
    }

    /// Takes any value.
    pub(super) const fn lossy(field: InvalidField, value: &'a str) -> Self {
        Self { value, clean: Self::first_offender(field, value).is_none() }
    }

    const fn first_offender(field: InvalidField, value: &str) -> Option<InvalidValue> {
        let bytes = value.as_bytes();
        let mut offset = 0;
        while offset < bytes.len() {
            if forbidden(field, bytes[offset]) {
                return Some(InvalidValue::new(field, bytes[offset], offset));
            }
            offset += 1;
        }
        None
    }
}

/// Tells whether there are at least eight bytes, none of which is one that a field cannot carry, nor
/// one near to it: what is usual, eight bytes at a time. Constants cannot call `memchr`.
const fn are_harmless(bytes: &[u8]) -> bool {
    // The last eight are looked at with bytes before them.
    let (_, last) = bytes.split_at(bytes.len().saturating_sub(8));
    let Some((last, _)) = split_word(last) else { return false };
    let (mut rest, mut may_offend) = (bytes, may_offend(last));
    while let Some((word, after)) = split_word(rest) {
        may_offend |= self::may_offend(word);
        rest = after;
    }
    !may_offend
}

#[allow(clippy::many_single_char_names)]
const fn split_word(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes else { return None };
    Some((u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), rest))
}

/// Tells whether one of eight bytes may be one that a field cannot carry: it is below 16.
const fn may_offend(bytes: u64) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Adding 0x70 sets the highest bit of a byte below 0x80 unless that is below 0x10.
    let at_least_16 = (bytes & !HIGH) + 0x7070_7070_7070_7070;
    (bytes | at_least_16) & HIGH != HIGH
}

/// Data that is known to stand on one line: it holds neither CR nor LF.
///
/// What is looked at here is not looked at again each time it is encoded: for constants, for values
/// that are sent many times, and for what was looked at before it came here. Nothing else makes one,
/// so that it can forge nothing.
///
/// ```
/// use sse_wire::{DataLine, Message};
///
/// const DONE: DataLine<'static> = match DataLine::from_static("[DONE]") {
///     Some(line) => line,
///     None => panic!("a constant, looked at when the program is compiled"),
/// };
/// assert_eq!(Message::empty().data_line(DONE).to_string(), "data: [DONE]\n\n");
/// assert!(DataLine::new("two\nlines").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DataLine<'a>(&'a [u8]);

impl<'a> DataLine<'a> {
    /// Takes a value, text or bytes, that holds neither CR nor LF. Looks at each byte once.
    ///
    /// ```
    /// use sse_wire::DataLine;
    ///
    /// assert_eq!(DataLine::new("{}").unwrap().as_bytes(), b"{}");
    /// assert_eq!(DataLine::new(b"a\r"), None);
    /// ```
    #[must_use]
    pub fn new<D: AsRef<[u8]> + ?Sized>(value: &'a D) -> Option<Self> {
        let value = value.as_ref();
        (line_len(value) == value.len()).then_some(Self(value))
    }

    /// The same for constants: slower, but the compiler can do it.
    ///
    /// ```
    /// use sse_wire::DataLine;
    ///
    /// assert_eq!(DataLine::from_static("ping"), DataLine::new("ping"));
    /// assert_eq!(DataLine::from_static("\n"), None);
    /// ```
    #[must_use]
    pub const fn from_static(value: &'static str) -> Option<DataLine<'static>> {
        match Single::first_offender(InvalidField::EventType, value) {
            Some(_) => None,
            None => Some(DataLine(value.as_bytes())),
        }
    }

    /// The value.
    ///
    /// ```
    /// assert_eq!(sse_wire::DataLine::new("x").unwrap().as_bytes(), b"x");
    /// ```
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Shows the length, not the payload.
impl fmt::Debug for DataLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataLine").field("len", &self.0.len()).finish()
    }
}

/// The data of a message; whether it is known to be one line says nothing of what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Data<'a> {
    pub(super) value: &'a [u8],
    pub(super) one_line: bool,
}

impl PartialEq for Data<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for Data<'_> {}

impl core::hash::Hash for Data<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

/// A number in plain decimal digits, without an allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Digits {
    /// The digits are at the end; before them zeros, so that equal numbers are equal.
    bytes: [u8; Self::MAX],
    start: usize,
}

impl Digits {
    /// The number of digits of `u64::MAX`.
    pub(super) const MAX: usize = 20;

    /// Writes a duration in whole milliseconds; more than 64 bits can hold saturate.
    pub(super) const fn milliseconds(duration: Duration) -> Self {
        let milliseconds = duration.as_millis();
        if milliseconds > u64::MAX as u128 {
            return Self::new(u64::MAX);
        }
        #[allow(clippy::cast_possible_truncation)] // It has just been looked at.
        Self::new(milliseconds as u64)
    }

    const fn new(mut number: u64) -> Self {
        let mut bytes = [0; Self::MAX];
        let mut start = Self::MAX;
        loop {
            start -= 1;
            bytes[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                return Self { bytes, start };
            }
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_data_line_is_equal_data_and_holds_no_line_end() {
        for value in ["", "a", "\0", "\u{2028}", " a\u{b}b "] {
            let line = DataLine::new(value).unwrap();
            assert_eq!(DataLine::from_static(value), Some(line));
            for style in [crate::Style::new(), crate::Style::new().compact().crlf()] {
                let known = crate::Message::empty().data_line(line).style(style);
                let unknown = crate::Message::new(value).style(style);
                assert_eq!(known, unknown);
                assert_eq!(known.to_vec(), unknown.to_vec());
                assert_eq!(known.encoded_len(), unknown.encoded_len());
                let mut out = crate::Encoder::with_style(Vec::new(), style);
                out.data_line(line).unwrap().dispatch().unwrap();
                assert_eq!(out.into_inner(), unknown.to_vec());
            }
        }
        for value in ["\r", "\n", "a\nb", "a\r\n"] {
            assert_eq!(DataLine::new(value), None);
            assert_eq!(DataLine::from_static(value), None);
        }
    }

    #[test]
    fn digits_are_those_of_display() {
        use alloc::string::ToString;
        for number in [0, 1, 9, 10, 99, 100, 3000, u64::MAX - 1, u64::MAX] {
            assert_eq!(Digits::new(number).as_bytes(), number.to_string().as_bytes());
        }
    }

    #[test]
    fn milliseconds_are_whole_and_saturate() {
        let digits = |duration| {
            alloc::string::String::from_utf8(Digits::milliseconds(duration).as_bytes().to_vec())
        };
        assert_eq!(digits(Duration::from_micros(1999)).unwrap(), "1");
        assert_eq!(digits(Duration::ZERO).unwrap(), "0");
        assert_eq!(digits(Duration::from_millis(u64::MAX)).unwrap(), "18446744073709551615");
        let seconds = Duration::from_secs(u64::MAX);
        assert_eq!(digits(seconds).unwrap(), "18446744073709551615");
        assert_eq!(digits(Duration::MAX).unwrap(), "18446744073709551615");
    }

    /// Eight bytes at a time or one by one: the first offender is found wherever it stands.
    #[test]
    fn an_offender_is_found_anywhere() {
        for field in [InvalidField::EventType, InvalidField::Id] {
            for (len, at) in (1..40).flat_map(|len| (0..len).map(move |at| (len, at))) {
                for byte in (0..=0x7F_u8).map(char::from) {
                    let mut value = alloc::string::String::from("x").repeat(len);
                    value.replace_range(at..=at, byte.encode_utf8(&mut [0; 4]));
                    let expected = match byte {
                        '\r' | '\n' => true,
                        '\0' => field == InvalidField::Id,
                        _ => false,
                    };
                    let error = Single::checked(field, &value).err();
                    let expected = expected.then(|| InvalidValue::new(field, byte as u8, at));
                    assert_eq!(error, expected, "{value:?}");
                    assert_eq!(Single::lossy(field, &value).clean, expected.is_none());
                }
                let value = ["é".repeat(at), "\r".repeat(len - at)].concat();
                let error = Single::checked(field, &value).unwrap_err();
                assert_eq!(error, InvalidValue::new(field, CR, 2 * at));
            }
        }
    }

    #[test]
    fn the_first_offender_is_reported() {
        let error = Single::checked(InvalidField::Id, "é\0\n").unwrap_err();
        assert_eq!(error, InvalidValue::new(InvalidField::Id, NUL, 2));
        assert!(Single::checked(InvalidField::EventType, "a\0").is_ok());
    }
}
