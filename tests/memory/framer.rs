//! How often the framer allocates and how much it holds: counted.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::counting;
use sse_wire::framer::{FrameItem, FramerConfig};
use sse_wire::Framer;

/// How often something allocates.
fn counted<T>(work: impl FnOnce() -> T) -> (usize, T) {
    let before = counting::allocations();
    let result = work();
    (counting::allocations() - before, result)
}

/// Reads the frames, looks at all they have, and edits each; gives the number of the events, and
/// the length of the output.
fn pass(framer: &mut Framer, chunks: &[&[u8]], out: &mut Vec<u8>) -> (usize, usize) {
    let mut events = 0;
    out.clear();
    for chunk in chunks {
        let mut frames = framer.feed(chunk);
        while let Some(item) = frames.next_item() {
            let FrameItem::Frame(frame) = item else {
                out.extend_from_slice(item.raw());
                continue;
            };
            events += usize::from(frame.is_event());
            assert!(frame.data().map_or(0, |data| data.lines().count()) < 9);
            assert!(frame.lines().count() > 0 && !frame.event_type().is_empty());
            frame.edit().remove_retry().data("{}").encode_to(out).unwrap();
        }
    }
    (events, out.len())
}

const STREAMS: [&[u8]; 4] = [
    b"data: {\"choices\":[{\"delta\":{\"content\":\"token\"}}]}\n\n",
    b"event: delta\r\ndata:{\"text\":\"token\"}\r\n\r\n: ping\r\n\r\n",
    b"data: one\ndata: two\ndata\ndata: four\nretry: 5\n\n",
    b"id: 1234567\nevent: \xFF\n: comment\ndata: x\n\n",
];

#[test]
fn frames_inside_one_chunk_allocate_nothing() {
    for stream in STREAMS {
        let input = stream.repeat(1000);
        let mut out = Vec::with_capacity(2 * input.len());
        let (allocations, (events, len)) = counted(|| {
            let mut framer = Framer::new();
            pass(&mut framer, &[&input], &mut out)
        });
        assert!(events == 1000 && len > 0);
        // The last event ID is kept when the chunk ends.
        let kept = usize::from(stream.starts_with(b"id"));
        assert_eq!(allocations, kept, "{}", stream.escape_ascii());
    }
}

#[test]
fn frames_that_are_cut_allocate_nothing_after_warm_up() {
    for stream in STREAMS {
        let input = stream.repeat(1000);
        let mut out = Vec::with_capacity(2 * input.len());
        for size in [1460, 64, 1] {
            let chunks: Vec<_> = input.chunks(size).collect();
            let mut framer = Framer::new();
            pass(&mut framer, &chunks, &mut out);
            let (allocations, (events, _)) = counted(|| pass(&mut framer, &chunks, &mut out));
            assert!(events == 1000 && allocations == 0, "{allocations}");
        }
    }
}

#[cfg(feature = "bytes")]
#[test]
fn frames_of_bytes_allocate_nothing_but_an_id_that_is_asked_for_again() {
    use bytes::Bytes;

    let input = Bytes::from(b"id: 7\ndata: a\n\n".repeat(1000));
    let one = input.clone();
    let (allocations, count) = counted(|| {
        let mut framer = Framer::new();
        let count = framer.feed_bytes(one).count();
        (count, framer)
    });
    // The framer's own copy of the ID.
    assert_eq!((count.0, allocations), (1000, 1));

    let stream = [&b"id: 7\n\n"[..], &b"data: a\n\n".repeat(1000)].concat();
    let chunks: Vec<Bytes> = stream.chunks(900).map(Bytes::copy_from_slice).collect();
    let mut framer = Framer::new();
    let mut warm = chunks.clone().into_iter();
    let cut = |framer: &mut Framer, chunk| framer.feed_bytes(chunk).count();
    cut(&mut framer, warm.next().unwrap());
    cut(&mut framer, warm.next().unwrap());
    let (allocations, frames) =
        counted(|| warm.map(|chunk| cut(&mut framer, chunk)).sum::<usize>());
    // One frame in a chunk was cut, and is copied. The ID is shared.
    assert!(frames > 790, "{frames}");
    assert!(allocations <= chunks.len(), "{allocations}");
}

#[test]
fn hostile_streams_stay_within_the_limit() {
    const LIMIT: usize = 4096;
    let bricks: [&[u8]; 7] =
        [b"x", b"data: x\n", b"id: 1234\n", b":\n", b"data:", b"e", b"id: 0123456789\n\ndata: x\n"];
    for brick in bricks {
        let input = brick.repeat((64 << 10) / brick.len());
        for size in [1, 1460, 64 << 10] {
            let mut framer = Framer::with_config(FramerConfig::new().limit(LIMIT));
            let before = counting::held();
            for chunk in input.chunks(size) {
                let mut frames = framer.feed(chunk);
                while frames.next_item().is_some() {}
                drop(frames);
                // The frame that is not finished, the last event ID, and a LF.
                let held = (counting::held() - before).unsigned_abs();
                assert!(held <= LIMIT + 11, "{held}");
                assert!(framer.pending().len() <= LIMIT && framer.capacity() == held);
            }
        }
    }
}

#[test]
fn memory_is_given_back() {
    let huge = [b"data: ".to_vec(), vec![b'x'; 1 << 20], b"\n\n".to_vec()].concat();
    let mut framer = Framer::new();
    let feed = |framer: &mut Framer, input: &[u8]| {
        for chunk in input.chunks(1460) {
            let mut frames = framer.feed(chunk);
            while frames.next_item().is_some() {}
        }
    };
    feed(&mut framer, b"id: 1\n\n");
    feed(&mut framer, &huge);
    assert!(framer.capacity() > 1 << 20);
    // A stream of huge frames does not give it back each time.
    for _ in 0..20 {
        let (allocations, ()) = counted(|| feed(&mut framer, &huge));
        assert_eq!(allocations, 0);
    }
    feed(&mut framer, &b"data: x\n\n".repeat(16));
    assert_eq!(framer.capacity(), 64 << 10);
    assert_eq!(framer.last_event_id(), "1");
    feed(&mut framer, &huge);
    framer.reset();
    assert!(framer.capacity() <= 64 << 10);
}
