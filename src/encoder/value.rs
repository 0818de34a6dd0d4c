//! Values that fit on one line: event type, id, reconnection time, and what is known to.
//!
//! - **(A)** A `Single` knows whether it is clean, so that a clean one is looked at once only.
//! - **(B)** What a field cannot carry is written in one place: `forbidden`.

use core::time::Duration;

use super::error::{InvalidField, InvalidValue};
use crate::grammar::{line_len, CR, LF, NUL};

/// Returns whether `field` cannot carry `byte`.
///
/// Ends of lines for all; NUL for an id, since a decoder ignores an id that holds one.
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
            if let Some(error) = Self::first_offender(field, value.as_bytes()) {
                return Err(error);
            }
        }
        Ok(Self { value, clean: true })
    }

    /// Checks that a value is one line.
    pub(super) fn one_line(field: InvalidField, value: &[u8]) -> Result<(), InvalidValue> {
        if line_len(value) == value.len() {
            return Ok(());
        }
        Self::first_offender(field, value).map_or(Ok(()), Err)
    }

    /// Takes any value.
    pub(super) fn lossy(field: InvalidField, value: &'a str) -> Self {
        let is_harmless = is_short_line(value.as_bytes()) || are_harmless(value.as_bytes());
        Self {
            value,
            clean: is_harmless || Self::first_offender(field, value.as_bytes()).is_none(),
        }
    }

    pub(super) const fn first_offender(field: InvalidField, bytes: &[u8]) -> Option<InvalidValue> {
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

/// Returns whether there are at least eight bytes, none of which is one that a field cannot carry, nor
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

/// Returns whether a value of less than 16 bytes holds neither CR nor LF, nor a byte near to them, in a
/// few steps: a search has more to set up than to do there.
#[inline]
#[allow(clippy::many_single_char_names)]
pub(super) fn is_short_line(value: &[u8]) -> bool {
    match value {
        [] => true,
        _ if value.len() >= 16 => false,
        _ if value.len() >= 8 => are_harmless(value),
        [a, b, c, d, ..] => {
            let [.., w, x, y, z] = value else { return false };
            let first = u32::from_le_bytes([*a, *b, *c, *d]);
            let last = u32::from_le_bytes([*w, *x, *y, *z]);
            !may_offend(u64::from(first) | u64::from(last) << 32)
        }
        _ => value.iter().all(|&byte| byte >= 16),
    }
}

/// Returns whether one of eight bytes may be one that a field cannot carry: it is below 16.
const fn may_offend(bytes: u64) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Adding 0x70 sets the highest bit of a byte below 0x80 unless that is below 0x10.
    let at_least_16 = (bytes & !HIGH) + 0x7070_7070_7070_7070;
    (bytes | at_least_16) & HIGH != HIGH
}

/// A number in plain decimal digits, without an allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Digits {
    /// The digits are at the end; before them zeros, so that equal numbers are equal.
    bytes: [u8; Self::MAX],
    start: usize,
}

impl Digits {
    /// The number of digits of the longest duration: those of its seconds, and three more.
    pub(super) const MAX: usize = 23;

    /// Writes a duration in whole milliseconds.
    pub(super) const fn milliseconds(duration: Duration) -> Self {
        let nothing = Self { bytes: [0; Self::MAX], start: Self::MAX };
        let milliseconds = duration.subsec_millis() as u64;
        match duration.as_secs() {
            0 => nothing.with_front(milliseconds, 1),
            seconds => nothing.with_front(milliseconds, 3).with_front(seconds, 1),
        }
    }

    /// Writes the digits of `number` in front of these, with zeros up to `least` digits.
    const fn with_front(mut self, mut number: u64, least: usize) -> Self {
        let end = self.start;
        while number > 0 || end - self.start < least {
            self.start -= 1;
            self.bytes[self.start] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_display() {
        use alloc::string::ToString;
        for number in [0, 1, 9, 10, 99, 100, 999, 1000, 1001, 3000, 10_020, u64::MAX - 1, u64::MAX]
        {
            let digits = Digits::milliseconds(Duration::from_millis(number));
            assert_eq!(digits.as_bytes(), number.to_string().as_bytes());
        }
    }

    #[test]
    fn milliseconds_are_whole_and_of_any_number() {
        let digits = |duration| {
            alloc::string::String::from_utf8(Digits::milliseconds(duration).as_bytes().to_vec())
        };
        assert_eq!(digits(Duration::from_micros(1999)).unwrap(), "1");
        assert_eq!(digits(Duration::from_micros(999)).unwrap(), "0");
        assert_eq!(digits(Duration::MAX).unwrap(), "18446744073709551615999");
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
    fn a_short_line_holds_no_line_end() {
        for len in 0..20 {
            let mut value = alloc::vec![b'x'; len];
            assert_eq!(is_short_line(&value), len < 16);
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    value[at] = byte;
                    let is_short_line = is_short_line(&value);
                    assert!(!is_short_line || ![CR, LF].contains(&byte), "{value:?}");
                    assert!(is_short_line || len >= 16 || byte < 16, "{value:?}");
                }
                value[at] = b'x';
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
