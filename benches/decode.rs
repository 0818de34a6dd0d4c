//! Decoding, beside two yardsticks: finding every line end and doing nothing else, and copying the
//! stream.
//!
//! Each candidate is held against what the generator knows of the stream (the number and a hash of
//! the events) before it is timed. `raw`, `text` and `bytes` are the fronts; `split` and `copy` the
//! yardsticks. `cargo bench -p sse-wire-benches --bench decode -- "16 KiB/tiny"` runs
//! a part.

#![allow(missing_docs)] // `criterion_group!` makes a public function.

#[path = "support/workloads.rs"]
mod workloads;

use bytes::Bytes;
use core::hint::black_box;
use core::time::Duration;
use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use sse_wire::{BytesDecoder, Decoder};
use workloads::{default_size, Chunking, Digest, Workload, CHUNKINGS, WORKLOADS};

/// The workloads that are run in every chunking; the others in the usual one.
const EVERYWHERE: [&str; 5] = ["llm-openai", "llm-anthropic", "tiny", "multi-line", "full"];
const USUAL: &str = "16 KiB";

/// What fine chunks are cut from: there are many of them.
const SMALL: usize = if cfg!(debug_assertions) { 64 << 10 } else { 1 << 20 };

/// Hands out each event as type, data and last event ID.
fn raw(chunks: &[&[u8]], mut take: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_raw() {
            let Ok(event) = event else { continue };
            take(event.event_type(), event.data(), event.last_event_id());
        }
    }
}

fn text(chunks: &[&[u8]], mut take: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk);
        while let Some(event) = events.next_event() {
            let Ok(event) = event else { continue };
            let [event_type, data] = [event.event_type(), event.data()].map(str::as_bytes);
            take(event_type, data, event.last_event_id().as_bytes());
        }
    }
}

fn bytes(chunks: &[Bytes], mut take: impl FnMut(&[u8], &[u8], &[u8])) {
    let mut decoder = BytesDecoder::new();
    for chunk in chunks {
        let mut events = decoder.feed(chunk.clone());
        while let Some(event) = events.next_raw() {
            let Ok(event) = event else { continue };
            take(
                event.event_type().as_bytes(),
                event.data().as_bytes(),
                event.last_event_id().as_bytes(),
            );
        }
    }
}

/// Every line end; that of CRLF counts twice.
fn split(chunks: &[&[u8]]) -> usize {
    let mut count = 0;
    for chunk in chunks {
        let mut rest = *chunk;
        while let Some(at) = memchr::memchr2(b'\n', b'\r', rest) {
            count += 1;
            rest = &rest[at + 1..];
        }
    }
    count
}

fn copy(chunks: &[&[u8]], out: &mut Vec<u8>) {
    out.clear();
    for chunk in chunks {
        out.extend_from_slice(chunk);
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
    let mut group = criterion.benchmark_group(format!("decode/{chunking_name}/{}", workload.name));
    group.throughput(Throughput::Bytes(workload.stream.len() as u64));

    group.bench_function("raw", |bencher| {
        check(workload, |digest| raw(&chunks, |a, b, c| digest.event(a, b, c)));
        bencher.iter(|| raw(&chunks, look));
    });
    group.bench_function("split", |bencher| {
        let ends = workload.stream.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        assert_eq!(split(&chunks), ends);
        bencher.iter(|| split(&chunks));
    });
    group.bench_function("text", |bencher| {
        check(workload, |digest| text(&chunks, |a, b, c| digest.event(a, b, c)));
        bencher.iter(|| text(&chunks, look));
    });
    group.bench_function("bytes", |bencher| {
        let mut whole = Bytes::from(workload.stream.clone());
        let chunks: Vec<_> = chunks.iter().map(|chunk| whole.split_to(chunk.len())).collect();
        check(workload, |digest| bytes(&chunks, |a, b, c| digest.event(a, b, c)));
        bencher.iter(|| bytes(&chunks, look));
    });
    group.bench_function("copy", |bencher| {
        let mut out = Vec::with_capacity(workload.stream.len());
        copy(&chunks, &mut out);
        assert!(out == workload.stream);
        bencher.iter(|| copy(&chunks, black_box(&mut out)));
    });
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    for (name, generate) in WORKLOADS {
        let workload = generate(default_size(name));
        for chunking in CHUNKINGS {
            if chunking.0 == USUAL || EVERYWHERE.contains(&name) {
                match chunking.1 {
                    Chunking::Bytes(1..=63) => group(criterion, chunking, &generate(SMALL)),
                    _ => group(criterion, chunking, &workload),
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
    targets = decode
}
criterion_main!(benches);
