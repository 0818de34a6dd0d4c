//! Decodes a stream and nothing else, for callgrind to count the instructions of: see `run`.

#![allow(clippy::unwrap_used)]

#[path = "../../support/workloads.rs"]
mod workloads;

use core::hint::black_box;
use sse_wire::Decoder;
use workloads::{Chunking, WORKLOADS};

const SIZE: usize = 1 << 20;
const CHUNKS: Chunking = Chunking::Bytes(16 << 10);

/// What is counted: callgrind is told to look at this function only, and at what it calls.
#[inline(never)]
#[no_mangle]
pub extern "Rust" fn counted(decoder: &mut Decoder, chunks: &[&[u8]]) -> u64 {
    let mut count = 0;
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_raw() {
            black_box(event.unwrap());
            count += 1;
        }
    }
    count
}

/// Prints the number of events.
fn main() {
    let name = std::env::args().nth(1);
    let generate = WORKLOADS.iter().find(|(workload, _)| Some(*workload) == name.as_deref());
    let Some((_, generate)) = generate else {
        eprintln!("which workload?");
        std::process::exit(2);
    };
    let workload = generate(SIZE);
    let count = counted(&mut Decoder::new(), &workload.chunks(CHUNKS));
    assert_eq!(count, workload.digest.events);
    println!("{count}");
}
