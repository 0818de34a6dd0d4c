//! The field level, held against a naive reading of the lines.

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::support::{field_level, generate, strategies, times, vectors};
use field_level::check;
use proptest::prelude::*;
use sse_wire::fields::Fields;

fn all_cuts(input: &[u8]) -> Vec<Vec<&[u8]>> {
    let split = |at| vec![&input[..at], b"", &input[at..]];
    let mut cuts = vec![vec![input], input.chunks(1).collect()];
    cuts.extend((0..=input.len()).map(split));
    cuts
}

#[test]
fn vectors_at_every_split() {
    for vector in vectors::vectors() {
        check(&vector.input, &all_cuts(&vector.input));
    }
}

#[test]
fn generated_streams() {
    for seed in 0..times(500) {
        let input = generate::grammar_stream(seed);
        let cuts = generate::cuts(seed, input.len());
        check(&input, &[generate::split(&input, &cuts), input.chunks(1).collect()]);
    }
}

#[test]
fn a_reset_reader_is_new() {
    let mut fields = Fields::new();
    fields.feed(b"\xEF\xBB\xBFdata: a\r").for_each(drop);
    fields.reset();
    assert_eq!(fields, Fields::new());
}

#[test]
fn a_forgotten_cursor_reads_nothing() {
    let mut fields = Fields::new();
    let mut tokens = fields.feed(b"data: a\n");
    tokens.next();
    core::mem::forget(tokens);
    assert_eq!(fields, Fields::new());
}

proptest! {
    #[test]
    fn any_stream_under_any_cuts(input in strategies::stream(), cuts in strategies::cuts()) {
        check(&input, &[generate::split(&input, &cuts)]);
    }
}
