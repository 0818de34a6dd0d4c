//! Strategies for `proptest`: streams and cuts that shrink well. Its tokens are those of
//! `generate.rs`.

// Every user of this file uses a part of it.
#![allow(dead_code, unreachable_pub)]

use super::generate::{COLONS, LINE_ENDS, NAMES, NEAR_NAMES, PIECES};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Concatenates; shrinks by leaving parts out and by shrinking each.
fn joined(parts: impl Strategy<Value = Vec<Vec<u8>>>) -> impl Strategy<Value = Vec<u8>> {
    parts.prop_map(|parts| parts.concat())
}

fn token(from: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    select(from).prop_map(<[u8]>::to_vec)
}

fn long_run() -> impl Strategy<Value = Vec<u8>> {
    (select(&b"a :\0"[..]), 0_usize..400).prop_map(|(byte, length)| vec![byte; length])
}

/// The value of a field; it may hold anything but line ends.
pub fn value() -> impl Strategy<Value = Vec<u8>> {
    joined(vec(prop_oneof![12 => token(PIECES), 1 => long_run()], 0..4))
}

/// One line, with its end.
pub fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = (token(NAMES), token(COLONS), value());
    let near = (token(NEAR_NAMES), token(COLONS), value());
    let content = prop_oneof![
        4 => Just(Vec::new()),
        8 => known.prop_map(|(name, colon, value)| [name, colon, value].concat()),
        2 => token(NAMES),
        2 => near.prop_map(|(name, colon, value)| [name, colon, value].concat()),
        1 => value().prop_map(|value| [b":".to_vec(), value].concat()),
    ];
    (content, token(LINE_ENDS)).prop_map(|(content, end)| [content, end].concat())
}

/// A stream: perhaps a mark, lines, sometimes loose pieces or any bytes among them, and an end
/// anywhere.
pub fn stream() -> impl Strategy<Value = Vec<u8>> {
    let mark = prop_oneof![
        6 => Just(Vec::new()),
        1 => Just(b"\xEF\xBB\xBF".to_vec()),
        1 => Just(b"\xEF\xBB".to_vec()),
    ];
    let lines = joined(vec(
        prop_oneof![
            12 => line(),
            1 => value(),
            1 => vec(any::<u8>(), 0..6),
        ],
        0..20,
    ));
    let tail = prop_oneof![2 => Just(Vec::new()), 1 => token(NAMES), 1 => value()];
    (mark, lines, tail).prop_map(|(mark, lines, tail)| [mark, lines, tail].concat())
}

/// Chunk lengths for `generate::split`, which makes a last chunk of what they leave over. Shrinks
/// to no cut at all.
pub fn cuts() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![1 => Just(0), 4 => Just(1), 4 => 1_usize..8, 2 => 8_usize..200], 0..64)
}
