//! An `EventSource` in random worlds, against a model that is written beside the standard.
//!
//! `EXHAUSTIVE=1` makes four times as many.
#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{generate, times, world};
use generate::Rng;
use sse_wire::Decoder;
use world::{live, Chance, Tally};

impl Chance for Rng {
    fn below(&mut self, bound: usize) -> usize {
        Self::below(self, bound)
    }
}

#[test]
fn whatever_the_world_does_the_machine_does_what_the_standard_says() {
    let mut tally = Tally::default();
    for seed in 0..times(1000) {
        let chance = &mut Rng::new(seed);
        match seed % 3 {
            0 => live(chance, Decoder::with_buffer(&mut [0; 2048][..]), &mut tally),
            _ => live(chance, Decoder::new(), &mut tally),
        }
    }
    println!("{tally:?}");
    let Tally { events, refused, reconnections, headers, closed_in_chunk } = tally;
    for often in [events, refused, reconnections, headers, closed_in_chunk] {
        assert!(often > 75, "{tally:?}");
    }
}
