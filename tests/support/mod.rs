//! What the tests have in common. Each program uses a part of it; `counting.rs` is for the one that counts
//! allocations.

#![allow(dead_code, unreachable_pub)]

pub mod calls;
pub mod corpus;
pub mod edits;
pub mod faults;
pub mod faulty;
pub mod field_level;
pub mod framing;
pub mod fronts;
pub mod generate;
pub mod misread;
pub mod model;
pub mod recordings;
pub mod reference;
pub mod show;
pub mod source;
pub mod strategies;
pub mod vectors;
pub mod world;

/// How much more than usual is tried: 0, or the number that `EXHAUSTIVE` says, which may be just set.
pub fn more() -> u32 {
    std::env::var("EXHAUSTIVE").map_or(0, |more| more.parse().unwrap_or(1))
}

/// The step in a list of cases of which one in so many is tried: all of them with `EXHAUSTIVE`.
pub fn one_in(many: usize) -> usize {
    if more() > 0 {
        1
    } else {
        many
    }
}

/// So many times; four times as many for each 1 of `EXHAUSTIVE`.
pub fn times(usual: u64) -> u64 {
    usual << (2 * more())
}
