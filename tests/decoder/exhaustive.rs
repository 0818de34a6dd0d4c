//! Everything that is small: all strings over an alphabet of the format's tokens, up to a length,
//! under all cuts, on every front, against the naive reference.
//!
//! Each family says how many strings and runs there were. Of the longest strings one in 17 is tried, and
//! with `EXHAUSTIVE=1` all, and strings that are one token longer; so with each 1 more. Over night:
//!
//! ```sh
//! EXHAUSTIVE=3 cargo test --release --test suite exhaustive -- --nocapture
//! ```

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{field_level, fronts, more, one_in, reference};
use core::fmt::Write as _;
use fronts::{as_text, Front};
use reference::{decode, Outcome, Settings, Text};

/// Up to this length a string is cut in all ways: 2^(n-1) of them. Longer ones are cut in two at
/// each place, and into single bytes.
const ALL_CUTS: usize = 5;

/// Strings of tokens, between a beginning and an end.
struct Family {
    name: &'static str,
    before: &'static [u8],
    tokens: &'static [&'static [u8]],
    after: &'static [u8],
    /// The most tokens, unless `EXHAUSTIVE` says more.
    most: usize,
    /// Limits under which all is done again; not many, for each is a run of its own.
    limits: &'static [usize],
}

impl Family {
    fn most(&self) -> usize {
        self.most + more() as usize
    }

    /// Every string, the shorter first, once.
    fn strings(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        (0..=self.most()).flat_map(move |length| {
            let count = self.tokens.len().pow(u32::try_from(length).unwrap());
            // No family has 17 tokens, so that every token comes in each place.
            let step = if length == self.most { one_in(17) } else { 1 };
            (0..count).step_by(step).map(move |mut number| {
                let mut string = self.before.to_vec();
                for _ in 0..length {
                    string.extend(self.tokens[number % self.tokens.len()]);
                    number /= self.tokens.len();
                }
                string.extend(self.after);
                string
            })
        })
    }

    fn run(&self) {
        let (mut strings, mut runs) = (0_u64, 0_u64);
        for string in self.strings() {
            strings += 1;
            let cuts = cuts(self.before.len(), &string, self.after.len());
            field_level::check(&string, &cuts);
            // None of these strings reaches it; fixed memory is as long.
            let unlimited = Settings { limit: 96, comments: true, ..Settings::default() };
            runs += check(&string, &cuts, &unlimited);
            for limit in self.limits {
                for overflow_stop in [false, true] {
                    let settings = Settings { limit: *limit, overflow_stop, ..unlimited.clone() };
                    runs += check(&string, &cuts, &settings);
                }
            }
        }
        println!("{}: {strings} strings of {} tokens, {runs} runs", self.name, self.most());
        assert!(strings > 50 && runs > 20 * strings);
    }
}

/// The chunks of a string: all ways to cut the middle of it where that is short.
fn cuts(before: usize, string: &[u8], after: usize) -> Vec<Vec<&[u8]>> {
    let middle = string.len() - before - after;
    let places = middle.saturating_sub(usize::from(before == 0)) + usize::from(after > 0);
    if places < ALL_CUTS {
        let first = before.max(1);
        let all = (0_usize..1 << places).map(|set| {
            let mut chunks = Vec::new();
            let mut start = 0;
            for place in (0..places).filter(|place| set >> place & 1 == 1) {
                chunks.push(&string[start..first + place]);
                start = first + place;
            }
            chunks.push(&string[start..]);
            chunks
        });
        return all.collect();
    }
    let mut cuts = vec![vec![string], string.chunks(1).collect()];
    cuts.extend((1..string.len()).map(|at| vec![&string[..at], &string[at..]]));
    cuts
}

/// Holds every front against the reference; returns how many runs that took.
fn check(string: &[u8], cuts: &[Vec<&[u8]>], settings: &Settings) -> u64 {
    let raw = decode(string, &Settings { text: Text::Raw, ..settings.clone() });
    let text = as_text(decode(string, settings));
    let mut runs = compare(fronts::RAW, &raw, cuts, settings);
    runs += compare(fronts::TEXT, &text, cuts, settings);
    #[cfg(feature = "bytes")]
    {
        runs += compare(fronts::BYTES, &raw, cuts, settings);
        runs += compare(fronts::BYTES_TEXT, &text, cuts, settings);
    }
    runs
}

fn compare(
    fronts: &[(&str, Front)],
    expected: &Outcome,
    cuts: &[Vec<&[u8]>],
    settings: &Settings,
) -> u64 {
    let mut runs = 0;
    for (name, front) in fronts {
        for chunks in cuts {
            runs += 1;
            let found = front(chunks, settings);
            if found != *expected {
                let mut shown = String::new();
                for chunk in chunks {
                    write!(shown, "\"{}\" ", chunk.escape_ascii()).unwrap();
                }
                assert_eq!(found, *expected, "front {name}, {settings:?}, chunks {shown}");
            }
        }
    }
    runs
}

#[test]
fn lines() {
    let tokens: &[&[u8]] = &[b"data", b":", b" ", b"\n", b"\r", b"x"];
    Family { name: "lines", before: b"", tokens, after: b"", most: 4, limits: &[] }.run();
}

#[test]
fn tokens() {
    let tokens: &[&[u8]] = &[
        b"data",
        b"event",
        b"id",
        b"retry",
        b":",
        b" ",
        b"\n",
        b"\r",
        b"5",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xFF",
        b"data:x\n\n",
    ];
    Family { name: "tokens", before: b"", tokens, after: b"", most: 3, limits: &[] }.run();
}

#[test]
fn letters_of_a_name() {
    let tokens: &[&[u8]] = &[b"d", b"a", b"t", b":", b"\n", b"\r"];
    Family { name: "letters", before: b"da", tokens, after: b"x\n\n", most: 3, limits: &[] }.run();
}

#[test]
fn the_start_of_a_stream() {
    let tokens: &[&[u8]] = &[b"\xEF", b"\xBB", b"\xBF", b"\n", b"\r", b":", b"d"];
    let after = b"data:x\n\n";
    Family { name: "start", before: b"", tokens, after, most: 3, limits: &[] }.run();
}

#[test]
fn text() {
    let tokens: &[&[u8]] = &[
        b"\xE2", b"\x82", b"\xAC", b"\xF0", b"\x9F", b"\xC3", b"\xED", b"\xA0", b"\xFF", b"a",
        b"\n",
    ];
    Family { name: "text", before: b"data:", tokens, after: b"\n\n", most: 3, limits: &[] }.run();
}

#[test]
fn blocks() {
    let tokens: &[&[u8]] =
        &[b"data:x\n", b"data\n", b"event:t\n", b"event\n", b"id:1\n", b"id\n", b"id:\0\n", b"\n"];
    Family { name: "blocks", before: b"", tokens, after: b"\n", most: 3, limits: &[] }.run();
}

#[test]
fn limits() {
    let tokens: &[&[u8]] = &[b"data:", b"event:", b"id:", b":", b"x", b"\n", b"\r"];
    let limits = &[0, 1, 2];
    Family { name: "limits", before: b"", tokens, after: b"", most: 3, limits }.run();
}
