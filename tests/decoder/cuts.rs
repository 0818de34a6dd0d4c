//! Every front equals the naive reference, however the stream is cut.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{
    corpus, fronts, generate, more, one_in, reference, strategies, times, vectors,
};
use fronts::{as_text, Front, EVENTS, RAW, TEXT};
use proptest::prelude::*;
use reference::{decode, Outcome, Settings, Text};

/// All fronts agree with the reference on each of these ways to cut the input.
fn check(input: &[u8], settings: &Settings, cuts: &[Vec<&[u8]>]) {
    let expected = decode(input, &Settings { text: Text::Raw, ..settings.clone() });
    compare(RAW, &expected, settings, cuts);
    compare(EVENTS, &expected, settings, cuts);
    #[cfg(feature = "bytes")]
    compare(fronts::BYTES, &expected, settings, cuts);

    let expected = as_text(decode(input, settings));
    compare(TEXT, &expected, settings, cuts);
    #[cfg(feature = "bytes")]
    compare(fronts::BYTES_TEXT, &expected, settings, cuts);
}

fn compare(fronts: &[(&str, Front)], expected: &Outcome, settings: &Settings, cuts: &[Vec<&[u8]>]) {
    for (name, front) in fronts {
        for chunks in cuts {
            let found = front(chunks, settings);
            let shown = || chunks.iter().map(|chunk| chunk.escape_ascii().to_string());
            assert_eq!(
                found,
                *expected,
                "front {name}, {settings:?}, chunks {:?}",
                shown().collect::<Vec<_>>()
            );
        }
    }
}

/// Whole, byte by byte, and, if that is affordable, split in two everywhere.
fn all_cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut cuts = vec![vec![input], input.chunks(1).collect()];
    let step = (input.len() / 512).max(1);
    for at in (0..=input.len()).step_by(step) {
        cuts.push(vec![&input[..at], b"", &input[at..]]);
    }
    cuts
}

/// Whole and byte by byte; each time in so many all cuts, and always with `EXHAUSTIVE`.
fn some_cuts<'a, 'b>(cuts: &'a [Vec<&'b [u8]>], number: usize, many: usize) -> &'a [Vec<&'b [u8]>] {
    if number % many == 0 || more() > 0 {
        cuts
    } else {
        &cuts[..2]
    }
}

fn with_comments() -> Settings {
    Settings { comments: true, ..Settings::default() }
}

/// The line ends of a stream written with LF alone, as CR or CRLF.
fn with_line_end(input: &[u8], end: &[u8]) -> Vec<u8> {
    input.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(end)
}

#[test]
fn vectors_at_every_split() {
    for vector in vectors::vectors() {
        let input = &vector.input;
        let mut cuts = all_cuts(input);
        cuts.push(vector.pieces());
        check(input, &with_comments(), &cuts);
        check(input, &Settings::default(), &cuts[..2]);
    }
}

#[test]
fn vectors_with_each_line_end() {
    for (at, vector) in vectors::vectors().iter().enumerate() {
        for (number, end) in [&b"\r"[..], b"\r\n"].into_iter().enumerate() {
            let input = with_line_end(&vector.input, end);
            check(&input, &with_comments(), some_cuts(&all_cuts(&input), at + number, 4));
        }
    }
}

#[test]
fn vectors_under_every_small_limit() {
    for (at, vector) in vectors::vectors().iter().enumerate() {
        // Each limit with one of the two ways, and with `EXHAUSTIVE` with both.
        for number in (at % one_in(2)..8).step_by(one_in(2)) {
            let limit = [0, 0, 1, 1, 3, 3, 8, 8][number];
            let settings = Settings { limit, overflow_stop: number % 2 == 1, ..with_comments() };
            let cuts = all_cuts(&vector.input);
            check(&vector.input, &settings, some_cuts(&cuts, at + number, 16));
        }
    }
}

/// Where a value of the block before was taken for one of the block at hand.
#[test]
fn values_of_an_earlier_block_are_gone() {
    let inputs: [&[u8]; 4] = [
        b"event:12\n\nevent:34\n\n",
        b"id:12\nid:1\n\nid:2\n",
        b"event: a\n\nevent: a\nevent: \n",
        b"data:\n\n",
    ];
    for input in inputs {
        for limit in 0..6 {
            check(input, &Settings { limit, ..with_comments() }, &all_cuts(input));
            let cuts: Vec<Vec<&[u8]>> = (1..9).map(|n| input.chunks(n).collect()).collect();
            check(input, &Settings { limit, ..with_comments() }, &cuts);
        }
    }
}

#[test]
fn corpus_at_many_splits() {
    for stream in corpus::corpus() {
        if stream.bytes.len() > 20_000 {
            let cuts = [vec![&stream.bytes[..]], stream.bytes.chunks(997).collect()];
            check(&stream.bytes, &with_comments(), &cuts);
        } else {
            let step = (stream.bytes.len() / 8).max(1);
            let mut cuts = vec![vec![&stream.bytes[..]], stream.bytes.chunks(1).collect()];
            cuts.extend(
                (0..stream.bytes.len())
                    .step_by(step)
                    .map(|at| vec![&stream.bytes[..at], &stream.bytes[at..]]),
            );
            check(&stream.bytes, &with_comments(), &cuts);
        }
    }
}

#[test]
fn generated_streams() {
    for seed in 0..times(250) {
        let input = if seed % 2 == 0 {
            generate::grammar_stream(seed)
        } else {
            generate::random_stream(seed)
        };
        let cuts = generate::cuts(seed, input.len());
        let chunks = [vec![&input[..]], generate::split(&input, &cuts), input.chunks(1).collect()];
        let limit = [usize::MAX >> 8, 64, 16, 5][usize::try_from(seed / 2 % 4).unwrap()];
        let settings = Settings {
            limit,
            overflow_stop: seed % 7 == 0,
            comments: seed % 3 > 0,
            seed: if seed % 5 == 0 && limit > 5 { b"seed".to_vec() } else { Vec::new() },
            text: if seed % 11 == 0 { Text::Strict } else { Text::Replace },
        };
        check(&input, &settings, &chunks);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(400)))]

    #[test]
    fn any_stream_under_any_cuts(
        input in strategies::stream(),
        cuts in strategies::cuts(),
        limit in prop_oneof![Just(1 << 20), 0..40_usize],
        overflow_stop: bool,
        comments: bool,
        strict: bool,
    ) {
        let text = if strict { Text::Strict } else { Text::Replace };
        let settings = Settings { limit, overflow_stop, comments, seed: Vec::new(), text };
        let chunks = [generate::split(&input, &cuts), vec![&input]];
        check(&input, &settings, &chunks);
    }
}
