//! Encoding of token-sized events, beside a copy of their payload.
//!
//! Each candidate's bytes are compared with the stream that the generator wrote before it is timed.

#![allow(missing_docs)] // `criterion_group!` makes a public function.
#![allow(clippy::unwrap_used)] // The sink is a `Vec`, which does not fail.

#[path = "support/workloads.rs"]
mod workloads;

use core::fmt::Write as _;
use core::hint::black_box;
use core::time::Duration;
use criterion::measurement::WallTime;
use criterion::{criterion_group, criterion_main, BenchmarkGroup, Criterion, Throughput};
use sse_wire::encoder::DataLine;
use sse_wire::{Encoder, Message};

/// So much of a stream that it stays in the cache.
const SIZE: usize = 256 << 10;

/// Times `encode` for each of the payloads, into a reused buffer, after a look at all that it
/// writes.
fn candidate(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    payloads: &[&str],
    expected: &[u8],
    mut encode: impl FnMut(&str, &mut Vec<u8>),
) {
    group.bench_function(name, |bencher| {
        let mut out = Vec::new();
        for payload in payloads {
            encode(payload, &mut out);
        }
        assert!(out == expected, "{name}");
        bencher.iter(|| {
            for payload in payloads {
                out.clear();
                encode(payload, &mut out);
                black_box(&mut out);
            }
        });
    });
}

fn encode(criterion: &mut Criterion) {
    let workload = (workloads::WORKLOADS[0].1)(SIZE);
    let stream = core::str::from_utf8(&workload.stream).unwrap();
    let payloads: Vec<_> = stream.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(payloads.len() as u64, workload.digest.events);
    let bare = payloads.concat().into_bytes();

    let mut group = criterion.benchmark_group("encode/llm-openai");
    group.throughput(Throughput::Bytes(bare.len() as u64));
    candidate(&mut group, "message", &payloads, &workload.stream, |payload, out| {
        Message::new(payload).encode(out);
    });
    candidate(&mut group, "message, known to be one line", &payloads, &workload.stream, {
        // What was looked at before: the clock does not see it.
        let lines: Vec<_> = payloads.iter().map(|data| DataLine::new(data).unwrap()).collect();
        let mut lines = lines.into_iter().cycle();
        move |_, out| Message::new(lines.next().unwrap()).encode(out)
    });
    candidate(&mut group, "copy", &payloads, &bare, |payload, out| {
        out.extend_from_slice(payload.as_bytes());
    });
    candidate(&mut group, "encoder", &payloads, &workload.stream, |payload, out| {
        Encoder::new(out).data(payload).dispatch();
    });
    candidate(&mut group, "data_writer", &payloads, &workload.stream, |payload, out| {
        let mut encoder = Encoder::new(out);
        encoder.data_writer().write_str(payload).unwrap();
        encoder.dispatch();
    });

    group.bench_function("to_bytes", |bencher| {
        let frames: Vec<_> = payloads.iter().map(|data| Message::new(*data).to_bytes()).collect();
        assert!(frames.concat() == workload.stream);
        bencher.iter(|| {
            for payload in &payloads {
                black_box(Message::new(*payload).to_bytes());
            }
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .without_plots();
    targets = encode
}
criterion_main!(benches);
