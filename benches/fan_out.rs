//! One event to many subscribers: encoded once, then handed to each without an allocation.
//!
//! What is timed is first asserted: no allocation for a subscriber, one memory for all.

#![allow(missing_docs)] // `criterion_group!` makes a public function.
#![allow(clippy::unwrap_used)] // The values are constants.

#[path = "../tests/support/counting.rs"]
mod counting;

use core::hint::black_box;
use core::time::Duration;
use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use sse_wire::server::Replay;
use sse_wire::Message;

const SUBSCRIBERS: usize = 10_000;

fn message() -> Message<'static> {
    const PAYLOAD: &str = r#"{"symbol":"XYZ","price":101.25,"change":-0.42}"#;
    Message::new(PAYLOAD).event_type("priceUpdate").unwrap().id("1").unwrap()
}

fn fan_out(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan_out/10000");
    group.throughput(Throughput::Elements(SUBSCRIBERS as u64));

    let mut queues = Vec::with_capacity(SUBSCRIBERS);
    group.bench_function("clone", |bencher| {
        let frame = message().to_bytes();
        // The first clone makes the reference count.
        let kept = frame.clone();
        bencher.iter(|| {
            queues.clear();
            let before = counting::allocations();
            queues.extend((0..SUBSCRIBERS).map(|_| frame.clone()));
            assert_eq!(counting::allocations() - before, 0);
            black_box(&mut queues);
        });
        assert!(queues.iter().all(|clone| clone.as_ptr() == kept.as_ptr()));
    });

    // Subscribers that have no queue and read from the ring, each at its own position.
    group.bench_function("replay", |bencher| {
        let mut replay = Replay::new(1000, 1 << 20);
        let mut positions = vec![replay.end(); SUBSCRIBERS];
        bencher.iter(|| {
            replay.push(Some("1"), message().to_bytes()).unwrap();
            black_box(replay.frames().last().cloned());
            let before = counting::allocations();
            for position in &mut positions {
                let mut frames = replay.since(*position).unwrap();
                assert_eq!(frames.len(), 1);
                black_box(frames.next().cloned());
                *position = frames.position();
            }
            assert_eq!(counting::allocations() - before, 0);
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
    targets = fan_out
}
criterion_main!(benches);
