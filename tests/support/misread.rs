//! How [`faulty`](super::faulty) reads the parts of a line, and what it makes of bytes: each right
//! unless a mistake is to be made.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]
// The helpers are part of the tests, which use the current Rust.
#![allow(clippy::unwrap_used, clippy::incompatible_msrv)]

use super::faults::Fault;
use Fault as F;

fn makes(fault: Option<Fault>, mistake: Fault) -> bool {
    fault == Some(mistake)
}

/// The lines in what is one line.
pub fn pieces(fault: Option<Fault>, line: &[u8]) -> Vec<Vec<u8>> {
    let separators: &[&[u8]] = match fault {
        Some(F::VtEnds) => &[b"\x0B"],
        Some(F::FfEnds) => &[b"\x0C"],
        Some(F::FileSeparatorEnds) => &[b"\x1C", b"\x1D", b"\x1E"],
        Some(F::DelEnds) => &[b"\x7F", b"\x08"],
        Some(F::NelEnds) => &[b"\xC2\x85"],
        Some(F::LineSeparatorEnds) => &[b"\xE2\x80\xA8"],
        Some(F::ParagraphSeparatorEnds) => &[b"\xE2\x80\xA9"],
        Some(F::Raw85Ends) => &[b"\x85"],
        Some(F::OverlongLfEnds) => &[b"\xC0\x8A"],
        Some(F::EscapesRead) => &[b"\\n", b"\\r"],
        Some(F::LongNameCut) if line.len() > 32 => {
            return line.chunks(32).map(<[u8]>::to_vec).collect()
        }
        _ => &[],
    };
    let mut pieces = vec![Vec::new()];
    let mut rest = line;
    while let Some(byte) = rest.first() {
        match separators.iter().find(|separator| rest.starts_with(separator)) {
            Some(separator) => {
                pieces.push(Vec::new());
                rest = &rest[separator.len()..];
            }
            None => {
                pieces.last_mut().unwrap().push(*byte);
                rest = &rest[1..];
            }
        }
    }
    pieces
}

/// The name of a field as it is understood.
pub fn name(fault: Option<Fault>, name: &[u8]) -> Vec<u8> {
    const KNOWN: [&[u8]; 4] = [b"data", b"event", b"id", b"retry"];
    let known = |is: &dyn Fn(&[u8]) -> bool| {
        KNOWN.iter().find(|known| is(known)).map_or(name.to_vec(), |known| known.to_vec())
    };
    match fault {
        Some(F::CaseFolded) => name.to_ascii_lowercase(),
        Some(F::NamesTrimmed) => name.trim_ascii().to_vec(),
        Some(F::NamesFolded) => name.iter().copied().filter(u8::is_ascii_alphabetic).collect(),
        Some(F::NameBeginnings) => known(&|known| name.starts_with(known)),
        Some(F::NamesAbbreviated) => known(&|known| known.starts_with(name)),
        Some(F::KnownNameSearched) => {
            known(&|known| name.windows(known.len()).any(|part| part == known))
        }
        Some(F::NulOfNameRemoved) => name.iter().copied().filter(|byte| *byte > 0).collect(),
        Some(F::NameEndsAtNul) => name.split(|byte| *byte == 0).next().unwrap().to_vec(),
        _ => name.to_vec(),
    }
}

/// The value of a field, what stands behind its colon given.
pub fn value(fault: Option<Fault>, name: &[u8], value: &[u8]) -> Vec<u8> {
    let kept = match fault {
        Some(F::SpaceKept) => true,
        Some(F::SpaceKeptInRetry) => name == b"retry",
        Some(F::SpaceOfDataOnly) => name != b"data",
        _ => false,
    };
    let value = match fault {
        Some(F::ColonsStripped) => &value[value.iter().take_while(|byte| **byte == b':').count()..],
        _ => value,
    };
    let mut value = match value.split_first() {
        Some((_, rest)) if makes(fault, F::SpaceAlwaysTaken) => rest,
        Some((b'\t', rest)) if makes(fault, F::BlankRemoved) => rest,
        Some((0..=31, rest)) if makes(fault, F::ControlRemoved) => rest,
        Some((b' ', rest)) if !kept => rest,
        _ => value,
    };
    match fault {
        Some(F::SpacesRemoved) => {
            value = &value[value.iter().take_while(|byte| **byte == b' ').count()..];
        }
        Some(F::EndTrimmed) => value = value.trim_ascii_end(),
        Some(F::ColonEndsValue) => value = value.split(|byte| *byte == b':').next().unwrap(),
        Some(F::UnicodeBlanksRemoved) => {
            for blank in [&b"\xC2\xA0"[..], b"\xE3\x80\x80"] {
                value = value.strip_prefix(blank).unwrap_or(value);
            }
        }
        Some(F::ControlsRemoved) => {
            return value.iter().copied().filter(|byte| !byte.is_ascii_control()).collect()
        }
        _ => {}
    }
    value.to_vec()
}

/// A reconnection time in milliseconds.
pub fn time(fault: Option<Fault>, value: &[u8]) -> Option<u64> {
    let mut text = self::text(fault, value);
    let digits = |text: &str| -> String { text.chars().take_while(char::is_ascii_digit).collect() };
    let mut base = 10;
    match fault {
        Some(F::EmptyRetryIsZero) if text.is_empty() => return Some(0),
        Some(F::RetryBeginning) => text = digits(&text),
        Some(F::RetrySigned) => text = text.trim_start_matches(['+', '-']).to_owned(),
        Some(F::RetryNumber) => {
            text = text.split(['.', 'e']).next().unwrap_or_default().to_owned();
        }
        Some(F::RetryOtherBase) if text.starts_with("0x") => {
            text = text.split_off(2);
            base = 16;
        }
        Some(F::RetryOctal) if text.starts_with('0') => base = 8,
        Some(F::RetrySeparated) => text = text.replace(['_', ','], ""),
        Some(F::RetryTrimmed) => text = text.trim().to_owned(),
        Some(F::RetryQuoted) => text = text.trim_matches('"').to_owned(),
        Some(F::RetryDigitsFiltered) => text.retain(|digit| digit.is_ascii_digit()),
        Some(F::OtherDigits) => {
            text = text.replace(['\u{665}', '\u{FF15}', '\u{B2}', '\u{2164}', '\u{96B}'], "5");
        }
        Some(F::LongRetryUnchecked) if text.len() > 20 => text = digits(&text),
        Some(F::LongRetryIgnored) if text.len() > 20 => return None,
        _ => {}
    }
    if text.is_empty() || !text.bytes().all(|digit| char::from(digit).is_digit(base)) {
        return None;
    }
    let wide = text.chars().fold(0_u128, |number, digit| {
        let number = number.saturating_mul(base.into());
        number.saturating_add(digit.to_digit(base).unwrap().into())
    });
    let most = match fault {
        Some(F::LargeRetryIgnored) if wide > u64::MAX.into() => return None,
        #[allow(clippy::cast_possible_truncation)] // That is the mistake.
        Some(F::LargeRetryWraps) => return Some(wide as u64),
        Some(F::RetryOf63Bits) => u64::MAX >> 1,
        Some(F::RetryOf32Bits) => u32::MAX.into(),
        _ => u64::MAX,
    };
    Some(u64::try_from(wide).unwrap_or(u64::MAX).min(most))
}

/// UTF-8 decode.
pub fn text(fault: Option<Fault>, bytes: &[u8]) -> String {
    let replaced = |each: &dyn Fn(&[u8]) -> String| {
        let chunks = bytes.utf8_chunks();
        chunks.map(|chunk| chunk.valid().to_owned() + &each(chunk.invalid())).collect()
    };
    let right = String::from_utf8_lossy(bytes).into_owned();
    match fault {
        Some(F::Latin1) => bytes.iter().copied().map(char::from).collect(),
        Some(F::Ascii) => {
            bytes.iter().map(|byte| if byte.is_ascii() { *byte as char } else { '?' }).collect()
        }
        Some(F::Composed) => right.replace("e\u{301}", "\u{E9}"),
        Some(F::MalformedRemoved) => replaced(&|_| String::new()),
        Some(F::ReplacedByteByByte) => replaced(&|bad| "\u{FFFD}".repeat(bad.len())),
        Some(F::ReplacedOnceARun) => {
            let mut right = right;
            while right.contains("\u{FFFD}\u{FFFD}") {
                right = right.replace("\u{FFFD}\u{FFFD}", "\u{FFFD}");
            }
            right
        }
        Some(F::LeadBelieved) => believed(bytes),
        Some(F::Utf7Read) => right.replace("+AGQ-", "d"),
        Some(F::MarkDroppedInValues) => right.trim_start_matches('\u{FEFF}').to_owned(),
        _ => right,
    }
}

/// One U+FFFD for as many bytes as a lead byte promises.
fn believed(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(lead) = rest.first() {
        let promised = match lead {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xFF => 4,
            _ => 1,
        };
        let follow = rest[1..].iter().take(promised - 1).take_while(|byte| *byte & 0xC0 == 0x80);
        let (character, behind) = rest.split_at(1 + follow.count());
        text += core::str::from_utf8(character).unwrap_or("\u{FFFD}");
        rest = behind;
    }
    text
}
