//! Decodes a stream, cuts it into frames, or encodes its events, and nothing else, for callgrind to count the
//! instructions of: see `run`.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../../support/workloads.rs"]
mod workloads;

use core::hint::black_box;
use sse_wire::framer::FrameItem;
use sse_wire::{Decoder, Framer, Message};
use workloads::{Chunking, WORKLOADS};

const SIZE: usize = 1 << 20;
const CHUNKS: Chunking = Chunking::Bytes(16 << 10);

/// So small that most chunks are a part of a line.
const SMALL_CHUNKS: Chunking = Chunking::Bytes(64);

/// What is counted: callgrind is told to look at these functions only, and at what they call.
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

#[inline(never)]
#[no_mangle]
pub extern "Rust" fn counted_framing(framer: &mut Framer, chunks: &[&[u8]]) -> u64 {
    let mut count = 0;
    for chunk in chunks {
        let mut frames = framer.feed(chunk);
        while let Some(item) = frames.next_item() {
            let FrameItem::Frame(frame) = item else { panic!("a frame") };
            black_box(frame);
            count += 1;
        }
    }
    count
}

#[inline(never)]
#[no_mangle]
pub extern "Rust" fn counted_encoding(payloads: &[&[u8]], out: &mut Vec<u8>) {
    for payload in payloads {
        out.clear();
        Message::new(*payload).encode(out);
        black_box(&mut *out);
    }
}

/// Prints the number of events.
fn main() {
    let name = std::env::args().nth(1);
    if name.as_deref() == Some("encode") {
        // The events of the first workload, each of which is one data line.
        let workload = (WORKLOADS[0].1)(SIZE);
        let lines = workload.stream.split(|&byte| byte == b'\n');
        let payloads: Vec<_> = lines.filter_map(|line| line.strip_prefix(b"data: ")).collect();
        assert_eq!(payloads.len() as u64, workload.digest.events);
        counted_encoding(&payloads, &mut Vec::with_capacity(1024));
        println!("{}", payloads.len());
        return;
    }
    if name.as_deref() == Some("frames") {
        let workload = (WORKLOADS[0].1)(SIZE);
        let count = counted_framing(&mut Framer::new(), &workload.chunks(SMALL_CHUNKS));
        assert_eq!(count, workload.digest.events);
        println!("{count}");
        return;
    }
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
