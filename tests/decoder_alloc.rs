#![allow(unsafe_code, clippy::unwrap_used)]

//! How often the decoder allocates, how much it holds at most, how much it moves: counted.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

use sse_wire::{Config, Decoder, Item, Reason, Subject};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static TRAFFIC: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    ALLOCATIONS.with(|count| count.set(count.get() + 1));
    TRAFFIC.with(|count| count.set(count.get() + bytes));
}

fn hold(more: usize, less: usize) {
    let held = HELD.with(Cell::get).wrapping_add_unsigned(more).wrapping_sub_unsigned(less);
    HELD.with(|cell| cell.set(held));
    PEAK.with(|peak| peak.set(peak.get().max(held)));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        hold(layout.size(), 0);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        hold(0, layout.size());
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        hold(size, layout.size());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What the allocator saw.
#[derive(Clone, Copy, Debug)]
struct Seen {
    allocations: usize,
    /// Bytes asked for.
    traffic: usize,
    /// The most bytes held at a time, beyond those before.
    peak: usize,
    /// The bytes still held, beyond those before.
    held: isize,
}

fn counted<T>(work: impl FnOnce() -> T) -> (Seen, T) {
    let (allocations, traffic) = (ALLOCATIONS.with(Cell::get), TRAFFIC.with(Cell::get));
    let held = HELD.with(Cell::get);
    PEAK.with(|peak| peak.set(held));
    let result = work();
    let seen = Seen {
        allocations: ALLOCATIONS.with(Cell::get) - allocations,
        traffic: TRAFFIC.with(Cell::get) - traffic,
        peak: (PEAK.with(Cell::get) - held).unsigned_abs(),
        held: HELD.with(Cell::get) - held,
    };
    (seen, result)
}

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
        let input = stream.repeat(200_000 / stream.len());
        for size in [16 << 10, 1460, 1] {
            for raw in [false, true] {
                let mut decoder = Decoder::new();
                let warm = events(&mut decoder, &input, size, raw);
                let (seen, count) = counted(|| events(&mut decoder, &input, size, raw));
                assert!(count >= 200_000 / stream.len() && count == warm);
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

// Hostile streams.

const LIMIT: usize = 16 << 10;

/// An endless stream: what it starts with, and what is repeated.
struct Hostile {
    name: &'static str,
    start: &'static [u8],
    endless: &'static [u8],
    /// Ends what was endless, and its block.
    end: &'static [u8],
    /// What is dropped of it: a block, and an asked-for comment.
    dropped: Option<Subject>,
}

const fn hostile(
    name: &'static str,
    start: &'static [u8],
    endless: &'static [u8],
    dropped: Option<Subject>,
) -> Hostile {
    Hostile { name, start, endless, end: b"\n\n", dropped }
}

const HOSTILE: &[Hostile] = &[
    hostile("line", b"data:", b"0123456789abcdef", Some(Subject::Event)),
    hostile("malformed line", b"data:", b"\xFF\xFE", Some(Subject::Event)),
    hostile("data lines", b"", b"data:x\n", Some(Subject::Event)),
    hostile("empty data lines", b"", b"data\n", Some(Subject::Event)),
    hostile("type", b"data:x\nevent:", b"t", Some(Subject::Event)),
    hostile("types", b"", b"event:t\n", Some(Subject::Event)),
    hostile("id", b"id:2\nid:", b"i", Some(Subject::Event)),
    hostile("ids", b"", b"id:2\n", Some(Subject::Event)),
    hostile("void id", b"id:\0", b"i", Some(Subject::Event)),
    hostile("void ids", b"", b"id:\0\n", Some(Subject::Event)),
    hostile("name", b"", b"datadata", None),
    hostile("unknown value", b"x:", b"y", None),
    hostile("retry", b"retry:", b"9", None),
    hostile("comment", b":", b"c", Some(Subject::Comment)),
    hostile("comments", b"", b":c\n", None),
    hostile("blank lines", b"", b"\n", None),
    hostile("CR", b"", b"\r", None),
    hostile("CR CR LF", b"", b"\r\r\n", None),
    hostile("marks", b"", b"\xEF\xBB\xBF", None),
];

#[test]
fn a_hostile_stream_cannot_grow_the_decoder() {
    for Hostile { name, start, endless, end, dropped } in HOSTILE {
        for (comments, size) in
            [(false, 1), (false, 1460), (false, 64 << 10), (true, 1), (true, 1460)]
        {
            // Byte by byte a shorter attack will do.
            let limit = if size == 1 { LIMIT / 8 } else { LIMIT };
            let total = 12 * limit;
            let attack: Vec<u8> = endless.iter().copied().cycle().take(total).collect();
            let config = Config::new().limit(limit).comments(comments);
            let dropped = match dropped {
                Some(Subject::Comment) if !comments => &None,
                dropped => dropped,
            };
            let mut found = None;
            let mut good = 0;
            let mut feed = |decoder: &mut Decoder, bytes: &[u8]| {
                for chunk in bytes.chunks(size) {
                    let mut events = decoder.feed(chunk);
                    while let Some(item) = events.next_item() {
                        match item {
                            Item::Dropped(dropped) => {
                                assert_eq!(dropped.reason(), Reason::Limit);
                                assert!(found.replace(dropped.subject()).is_none(), "{name}");
                            }
                            Item::Event(event) if event.data() == "good" => {
                                assert_eq!(event.last_event_id(), "1", "{name}");
                                good += 1;
                            }
                            _ => {}
                        }
                    }
                }
            };
            let (seen, decoder) = counted(|| {
                let mut decoder = Decoder::with_config(config);
                feed(&mut decoder, b"id:1\n\n");
                for bytes in [start, &attack[..], end] {
                    feed(&mut decoder, bytes);
                    assert!(decoder.capacity() <= limit, "{name}");
                    assert_eq!(decoder.last_event_id(), "1", "{name}");
                }
                feed(&mut decoder, b"data:good\n\n");
                decoder
            });
            assert!(seen.peak <= limit, "{name} in {size}: {seen:?}");
            assert_eq!(seen.held.unsigned_abs(), decoder.capacity());
            assert_eq!((found, good), (*dropped, 1), "{name} in {size}");
        }
    }
}

#[test]
fn replaced_text_holds_at_most_four_limits() {
    for size in [1460, LIMIT] {
        let event = [b"data:", &[0xFF; LIMIT][..], b"\n\n"].concat();
        let (seen, _decoder) = counted(|| {
            let mut decoder = Decoder::with_config(Config::new().limit(LIMIT));
            for chunk in event.chunks(size) {
                let mut events = decoder.feed(chunk);
                while let Some(event) = events.next_event() {
                    assert_eq!(event.unwrap().data().len(), 3 * LIMIT);
                }
            }
            decoder
        });
        assert!(seen.peak <= 4 * LIMIT, "{seen:?}");
    }
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
