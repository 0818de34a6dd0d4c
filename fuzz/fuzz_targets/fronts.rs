//! Every front finds what the naive reference finds, under any cuts, limits and policies.
#![no_main]

#[path = "../../tests/support/fronts.rs"]
mod fronts;
#[path = "../../tests/support/reference.rs"]
mod reference;

use arbitrary::Arbitrary;
use fronts::{as_text, BYTES, BYTES_TEXT, FORGETFUL, RAW, TEXT};
use reference::{decode, Settings, Text};

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    /// Chunk lengths, in turn.
    lengths: [u8; 8],
    /// None: one that is never reached.
    limit: Option<u8>,
    overflow_stop: bool,
    comments: bool,
    strict: bool,
    seeded: bool,
    stream: &'a [u8],
}

/// The stream in chunks of these lengths; all of the rest in one where the lengths lead nowhere.
fn cut<'a>(mut stream: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    let lengths = if lengths.iter().any(|&length| length > 0) { lengths } else { &[255] };
    for &length in lengths.iter().cycle() {
        if stream.is_empty() {
            break;
        }
        let (chunk, rest) = stream.split_at(stream.len().min(length.into()));
        chunks.push(chunk);
        stream = rest;
    }
    chunks
}

libfuzzer_sys::fuzz_target!(|case: Case<'_>| {
    let seed = if case.seeded { b"seed".to_vec() } else { Vec::new() };
    let plenty = 4 * case.stream.len() + 64;
    let settings = Settings {
        limit: case.limit.map_or(plenty, |limit| usize::from(limit).max(seed.len())),
        overflow_stop: case.overflow_stop,
        comments: case.comments,
        seed,
        text: if case.strict { Text::Strict } else { Text::Replace },
    };
    let raw = decode(case.stream, &Settings { text: Text::Raw, ..settings.clone() });
    let text = as_text(decode(case.stream, &settings));
    // Forgetting a cursor is free only where memory is not used up.
    let forgetful = if case.limit.is_none() { FORGETFUL } else { &[] };
    let fronts =
        [(RAW, &raw), (forgetful, &raw), (BYTES, &raw), (TEXT, &text), (BYTES_TEXT, &text)];
    for chunks in [vec![case.stream], cut(case.stream, &case.lengths)] {
        for (fronts, expected) in fronts {
            for (name, front) in fronts {
                let found = front(&chunks, &settings);
                assert_eq!(found, *expected, "front {name}, {settings:?}, chunks {chunks:?}");
            }
        }
    }
});
