//! How often the decoder allocates, and how much it moves: counted. (`hostile.rs` counts how much it
//! holds at most.)

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::counting;
use counting::counted;
use sse_wire::decoder::Config;
use sse_wire::Decoder;

/// Feeds chunks of this size and counts the events, as text and raw in turns.
fn events(decoder: &mut Decoder, input: &[u8], size: usize, raw: bool) -> usize {
    let mut count = 0;
    for chunk in input.chunks(size) {
        let mut events = decoder.feed(chunk);
        if raw {
            while events.next_raw().transpose().unwrap().is_some() {
                count += 1;
            }
        } else {
            while events.next_event().transpose().unwrap().is_some() {
                count += 1;
            }
        }
    }
    count
}

#[test]
fn borrowed_events_allocate_nothing_after_warm_up() {
    let streams: [&[u8]; 5] = [
        b"data: {\"choices\":[{\"delta\":{\"content\":\"token\"}}]}\n\n",
        b"event: delta\r\ndata: {\"text\":\"token\"}\r\n\r\n",
        b"data: one\ndata: two\ndata\ndata: four\n\n",
        b"id: 1234567\nevent: update\n: comment\ndata: x\nretry: 5\n\nid\ndata: y\n\n",
        "data: caf\u{E9} \u{1F98A}\n\n: ping\n\nid: \u{2026}\n\n".as_bytes(),
    ];
    for stream in streams {
        let input = stream.repeat(50_000 / stream.len());
        for size in [16 << 10, 1460, 1] {
            for raw in [false, true] {
                let mut decoder = Decoder::new();
                let warm = events(&mut decoder, &input, size, raw);
                let (seen, count) = counted(|| events(&mut decoder, &input, size, raw));
                assert!(count >= 50_000 / stream.len() && count == warm);
                assert_eq!(seen.allocations, 0, "{} in {size}", stream.escape_ascii());
            }
        }
    }
}

#[test]
fn whole_events_allocate_nothing_at_all() {
    let input = b"event: delta\nid: 7\ndata: {\"text\":\"token\"}\n\n".repeat(100);
    let (seen, count) = counted(|| {
        let mut decoder = Decoder::new();
        let mut events = decoder.feed(&input);
        let mut count = 0;
        while let Some(Ok(event)) = events.next_event() {
            count += event.data().len();
        }
        // The last event ID is kept.
        drop(events);
        count
    });
    assert_eq!(count, 1600);
    assert!(seen.allocations <= 1, "{seen:?}");
}

#[test]
fn malformed_text_allocates_nothing_after_warm_up() {
    let input = b"data: a\xFFb\n\nevent:\xE2\x82\nid:\xFF\ndata:x\ndata:\xFF\n\n".repeat(1000);
    for size in [16 << 10, 1460, 1] {
        let mut decoder = Decoder::new();
        events(&mut decoder, &input, size, false);
        let (seen, count) = counted(|| events(&mut decoder, &input, size, false));
        assert_eq!((count, seen.allocations), (2000, 0));
    }
}

#[cfg(feature = "bytes")]
#[test]
fn events_that_must_not_share_their_chunk_share_the_type() {
    let input = b"event: delta\ndata: x\n\n".repeat(100);
    let mut decoder = sse_wire::BytesDecoder::new().with_pinning(sse_wire::decoder::Pinning::Never);
    let (seen, count) = counted(|| decoder.feed(input.clone().into()).flatten().count());
    assert_eq!(count, 100);
    // The data of each, and a few for the type and the chunk.
    assert!(seen.allocations <= 100 + 5, "{seen:?}");
}

// Linear.

#[test]
fn a_huge_event_in_small_chunks_is_boring() {
    let size = 8 << 20;
    let data = vec![b'x'; size];
    for chunk_size in [1460, 64 << 10] {
        let mut decoder = Decoder::new();
        let (seen, ()) = counted(|| {
            drop(decoder.feed(b"data:"));
            let mut events = decoder.feed(b"data:");
            assert!(events.next_event().is_none());
            drop(events);
            for chunk in data.chunks(chunk_size) {
                assert!(decoder.feed(chunk).next_event().is_none());
            }
            let mut events = decoder.feed(b"\n\n");
            assert_eq!(events.next_event().unwrap().unwrap().data().len(), size);
        });
        // Doubling: each byte is moved twice at most, in as many steps as there are doublings.
        assert!(seen.traffic <= 4 * size, "{seen:?}");
        assert!(seen.allocations <= 24, "{seen:?}");
        assert!(seen.peak <= 2 * size, "{seen:?}");
        assert!(decoder.capacity() >= size);
        for _ in 0..16 {
            assert!(decoder.feed(b"data:x\n\n").next_event().is_some());
        }
        assert!(decoder.capacity() <= Config::DEFAULT_RETAIN);
    }
}
