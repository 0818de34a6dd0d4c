//! Framing beside decoding: what the raw bytes of an event cost.
//!
//! Each candidate is held against what the generator knows of the stream before it is timed.
//! `decoder` hands out raw events, `framer` frames with all values of an event looked at, `bytes`
//! the same with frames that own their bytes, `edit` copies the stream and replaces the data of each
//! event by itself. `cargo bench --bench framer -- "16 KiB/tiny"` runs a part.

#![allow(missing_docs)] // `criterion_group!` makes a public function.

#[path = "support/workloads.rs"]
mod workloads;

use bytes::Bytes;
use core::hint::black_box;
use core::time::Duration;
use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use sse_wire::framer::{BytesFrameItem, Frame, FrameItem};
use sse_wire::{Decoder, Framer};
use workloads::{Chunking, Digest, Workload, CHUNKINGS, WORKLOADS};

const CANDIDATES: [&str; 5] = ["llm-openai", "llm-anthropic", "tiny", "crlf", "full"];
const SIZE: usize = if cfg!(debug_assertions) { 256 << 10 } else { 4 << 20 };

fn decoder(chunks: &[&[u8]], mut take: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_raw() {
            let Ok(event) = event else { continue };
            take(event.event_type(), event.data(), event.last_event_id());
        }
    }
}

fn frame(frame: &Frame<'_>, take: &mut impl FnMut(&[u8], &[u8], &[u8])) {
    if let Some(data) = frame.data() {
        let last_event_id = frame.last_event_id().as_bytes();
        take(frame.event_type().as_bytes(), &data.to_bytes(), last_event_id);
    }
}

fn framer(chunks: &[&[u8]], mut take: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut framer = Framer::new();
    for chunk in chunks {
        let mut frames = framer.feed(chunk);
        while let Some(item) = frames.next_item() {
            black_box(item.raw());
            if let FrameItem::Frame(found) = item {
                frame(&found, &mut take);
            }
        }
    }
}

fn bytes(chunks: &[Bytes], mut take: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut framer = Framer::new();
    for chunk in chunks {
        for item in framer.feed_bytes(chunk.clone()) {
            if let BytesFrameItem::Frame(found) = item {
                frame(&found.as_frame(), &mut take);
                black_box(found.into_raw());
            }
        }
    }
}

fn edit(chunks: &[&[u8]], out: &mut Vec<u8>) {
    out.clear();
    let mut framer = Framer::new();
    for chunk in chunks {
        let mut frames = framer.feed(chunk);
        while let Some(item) = frames.next_item() {
            let data = match item {
                FrameItem::Frame(frame) => frame.data().map(|data| (frame, data.to_bytes())),
                _ => None,
            };
            let Some((frame, data)) = data else {
                out.extend_from_slice(item.raw());
                continue;
            };
            let Ok(()) = frame.edit().data(&data).encode_to(out);
        }
    }
}

/// What a candidate makes of the stream, and that it is right.
fn check(workload: &Workload, run: impl FnOnce(&mut Digest)) {
    let mut digest = Digest::default();
    run(&mut digest);
    assert_eq!(digest, workload.digest, "{}", workload.name);
}

/// What is done with an event that is timed.
fn look(event_type: &[u8], data: &[u8], last_event_id: &[u8]) {
    black_box((event_type, data, last_event_id));
}

fn group(criterion: &mut Criterion, chunking: (&str, Chunking), workload: &Workload) {
    let (chunking_name, chunking) = chunking;
    let chunks = workload.chunks(chunking);
    let mut group = criterion.benchmark_group(format!("framer/{chunking_name}/{}", workload.name));
    group.throughput(Throughput::Elements(workload.digest.events));
    group.bench_function("decoder", |bencher| {
        check(workload, |digest| decoder(&chunks, |a, b, c| digest.event(a, b, c)));
        bencher.iter(|| decoder(&chunks, look));
    });
    group.bench_function("framer", |bencher| {
        check(workload, |digest| framer(&chunks, |a, b, c| digest.event(a, b, c)));
        bencher.iter(|| framer(&chunks, look));
    });
    group.bench_function("bytes", |bencher| {
        let mut whole = Bytes::from(workload.stream.clone());
        let chunks: Vec<_> = chunks.iter().map(|chunk| whole.split_to(chunk.len())).collect();
        check(workload, |digest| bytes(&chunks, |a, b, c| digest.event(a, b, c)));
        bencher.iter(|| bytes(&chunks, look));
    });
    group.bench_function("edit", |bencher| {
        let mut out = Vec::with_capacity(workload.stream.len());
        edit(&chunks, &mut out);
        assert!(out == workload.stream);
        bencher.iter(|| edit(&chunks, black_box(&mut out)));
    });
    group.finish();
}

fn frames(criterion: &mut Criterion) {
    for (name, generate) in WORKLOADS {
        if CANDIDATES.contains(&name) {
            let workload = generate(SIZE);
            for chunking in CHUNKINGS {
                if ["16 KiB", "1460 B", "event"].contains(&chunking.0) {
                    group(criterion, chunking, &workload);
                }
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(15)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1200))
        .without_plots();
    targets = frames
}
criterion_main!(benches);
