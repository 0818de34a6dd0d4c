//! Blocks of all kinds of lines, read as whole chunks and byte by byte: two ways that have little in
//! common find the same events, and know the same of the stream behind each of them.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::support::{one_in, times};
use sse_wire::decoder::{Activity, Config, Counters, Overflow};
use sse_wire::Decoder;

/// An event, and what the decoder tells behind it.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Type, data, last event ID; nothing where it was dropped.
    values: Option<[Vec<u8>; 3]>,
    has_id: bool,
    offset: u64,
}

/// What the decoder tells behind all of them.
#[derive(Debug, PartialEq)]
struct Told {
    seen: Vec<Seen>,
    counters: Counters,
    activity: Activity,
    pending: u64,
    last_event_id: Vec<u8>,
    reconnection_time: Option<core::time::Duration>,
}

/// What all streams begin with.
const BEFORE: &[u8] = b"data: 0123456789012345678901234567890123456789\ndata: 0123456789\n\n";

/// How a stream is read.
#[derive(Clone, Copy, Debug)]
struct Way {
    text: bool,
    /// The length of the chunks.
    chunk: usize,
    /// Each cursor is dropped behind its first event.
    one_by_one: bool,
}

const WHOLE: usize = usize::MAX;

fn read(decoder: &mut Decoder, mut chunk: &[u8], way: Way, seen: &mut Vec<Seen>) {
    loop {
        let mut events = decoder.feed(chunk);
        loop {
            let found = if way.text {
                events.next_event().map(|event| {
                    let values = event.ok().map(|event| {
                        let values = [event.event_type(), event.data(), event.last_event_id()];
                        (values.map(|value| value.as_bytes().to_vec()), event.id().is_some())
                    });
                    values.unzip()
                })
            } else {
                events.next_raw().map(|event| {
                    let values = event.ok().map(|event| {
                        let values = [event.event_type(), event.data(), event.last_event_id()];
                        (values.map(<[u8]>::to_vec), event.id().is_some())
                    });
                    values.unzip()
                })
            };
            let Some((values, has_id)) = found else { return };
            let has_id = has_id.unwrap_or_default();
            seen.push(Seen { values, has_id, offset: events.stream_offset() });
            if way.one_by_one {
                break;
            }
        }
        chunk = events.remaining();
    }
}

fn told(config: Config, stream: &[u8], way: Way) -> Told {
    let mut decoder = Decoder::with_config(config);
    let mut seen = Vec::new();
    // The start of a stream is no usual one, and without memory no data lines are joined at once.
    read(&mut decoder, BEFORE, way, &mut seen);
    let _ = decoder.take_activity();
    stream.chunks(way.chunk).for_each(|chunk| read(&mut decoder, chunk, way, &mut seen));
    Told {
        seen,
        counters: decoder.counters(),
        activity: decoder.take_activity(),
        pending: decoder.pending_bytes(),
        last_event_id: decoder.last_event_id().as_bytes().to_vec(),
        reconnection_time: decoder.reconnection_time(),
    }
}

/// Holds a stream, in one chunk and in chunks of a length, against itself byte by byte.
fn check(config: Config, stream: &[u8], chunk: usize) {
    let bytes = Way { text: false, chunk: 1, one_by_one: false };
    let expected = told(config, stream, bytes);
    for way in [
        Way { chunk: WHOLE, ..bytes },
        Way { chunk: WHOLE, text: true, ..bytes },
        Way { chunk: WHOLE, one_by_one: true, ..bytes },
        Way { chunk, ..bytes },
        Way { chunk, text: true, ..bytes },
    ] {
        assert_eq!(told(config, stream, way), expected, "{way:?} {}", stream.escape_ascii());
    }
}

const LINES: [&str; 14] = [
    "id: 12",
    "id:",
    "id: \0",
    "event: name",
    "event:",
    "data: some data, longer than others",
    "data:x",
    "data: ",
    "data",
    ": a comment",
    "retry: 3",
    "retry: no",
    "unknown: x",
    "",
];

const START: &str = "id: first\nevent: t\ndata: 1\ndata: 2\n\n";

/// Any three lines behind one another, with each kind of end; an event of one line before and behind,
/// and one with an ID before that.
#[test]
fn blocks_of_any_lines_are_read_as_byte_by_byte() {
    let config = Config::new();
    for end in ["\n", "\r\n", "\r"] {
        for number in (0..LINES.len().pow(3)).step_by(one_in(11)) {
            let line = |place: u32| LINES[number / LINES.len().pow(place) % LINES.len()];
            let lines = [line(0), line(1), line(2), ""];
            // The last events do not end in what is seldom.
            let end_of_all = "data: 4\n\nevent: u\ndata: 5";
            let stream = [START, "data: 3\n\n", &lines.join(end), end, end_of_all].concat();
            // The first chunk ends behind an event that has all that an event can have.
            check(config, stream.as_bytes(), START.len());
        }
    }
}

/// Where lines end in different ways, and in some that are no usual ones.
#[test]
fn ends_of_all_kinds_are_read_as_byte_by_byte() {
    const ENDS: [&str; 6] = ["\n", "\r\n", "\r", "\n\n", "\r\r", "\n\r"];
    let lines = ["id: 1", "event: t", "data: a", "data: b", ""];
    for number in (0..ENDS.len().pow(5)).step_by(one_in(11)) {
        let end = |place: u32| ENDS[number / ENDS.len().pow(place) % ENDS.len()];
        let block: String = (0..).zip(lines).flat_map(|(i, line)| [line, end(i)]).collect();
        check(Config::new(), block.repeat(2).as_bytes(), 7);
    }
}

/// Events of one data line whose ends are any, of a length that puts them anywhere in blocks of 64 bytes, and
/// in chunks that end anywhere.
#[test]
fn usual_events_with_ends_of_all_kinds_are_read_as_byte_by_byte() {
    const ENDS: [&str; 3] = ["\n", "\r\n", "\r"];
    for number in (0..ENDS.len().pow(6)).step_by(one_in(11)) {
        let end = |place: u32| ENDS[number / ENDS.len().pow(place) % ENDS.len()];
        for len in [1, 5, 50, 51, 52, 53, 54, 55, 56, 57] {
            let event = |i: u32| ["data: ", &"x".repeat(len), end(2 * i), end(2 * i + 1)].concat();
            let stream = [event(0), event(1), event(2)].concat().repeat(2);
            check(Config::new(), stream.as_bytes(), 9 + number % 70);
        }
    }
}

/// Behind a stream that ended in CR another begins as the first one did.
#[test]
fn a_new_stream_has_a_mark_whatever_the_one_before_it_ended_in() {
    for stream in [&b"data: a\r\rdata: b\r\r"[..], b"data: a\r\n\r\ndata: b\r\n\r\n"] {
        let mut decoder = Decoder::new();
        for _ in 0..2 {
            for chunk in [stream, b"\n"] {
                let mut events = decoder.feed(chunk);
                while let Some(event) = events.next_event() {
                    assert!(event.is_ok());
                }
            }
            assert_eq!(decoder.stream_offset(), stream.len() as u64 + 1);
            decoder.reset();
            // The second one is a mark in the middle of a stream, and so a part of a name.
            let mut events = decoder.feed(b"data: 1\r\r\xEF\xBB\xBFdata: 2\r\r");
            assert_eq!(events.next_event().unwrap().unwrap().data(), "1");
            assert!(events.next_event().is_none());
            drop(events);
            decoder.reset();
        }
    }
}

/// Values of any length, at any place, under a limit that some of them exceed; memory that is enough
/// for some of them only.
#[test]
fn blocks_of_any_length_are_read_as_byte_by_byte() {
    let mut seed = 1_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for (round, _) in (0..times(500)).enumerate() {
        let mut stream = Vec::new();
        let end = ["\n", "\r\n", "\r"][next(3)];
        for _ in 0..next(12) {
            for _ in 0..=next(6) {
                let line = LINES[[0, 3, 5, 5, 6, 9][next(6)]];
                stream.extend_from_slice(line.as_bytes());
                // Behind the value, and now and then of something that is not ASCII.
                let byte = if next(9) == 0 { "\u{E9}" } else { "y" };
                stream.extend_from_slice(byte.repeat(next(90)).as_bytes());
                stream.extend_from_slice(end.as_bytes());
            }
            stream.extend_from_slice(end.as_bytes());
        }
        let limit = [60, 200, 1_000, 100_000][round % 4];
        let overflow = if round % 8 < 4 { Overflow::Skip } else { Overflow::Stop };
        let comments = round % 3 == 0;
        check(Config::new().limit(limit).overflow(overflow).comments(comments), &stream, 100);
    }
}

/// What was read of a block in one chunk is charged in the next, to the byte.
#[test]
fn what_is_read_of_a_block_is_charged() {
    const LIMIT: usize = 200;
    let blocks = [
        "event: abc\nid: 12\ndata: x\n",
        "event: abc\nevent: d\nid: 12\nid: 345\ndata: x\n",
        "id: 1\ndata: x\ndata: yz\ndata:\n",
        "data: x\nretry: 1\ndata: yz\n",
        "data\ndata\nevent: t\n: c\nid: 5\n",
        "event: abc\nid: 12\n",
    ];
    for (block, len) in blocks.iter().flat_map(|block| (150..LIMIT).map(move |len| (block, len))) {
        // The first chunk ends with the block's lines, and before it an event was read in the same.
        let before = ["data: ", &"-".repeat(100 - 8 - block.len()), "\n\n"].concat();
        let stream = [&*before, *block, "data: ", &"y".repeat(len), "\n\ndata: z\n\n"].concat();
        check(Config::new().limit(LIMIT), stream.as_bytes(), 100);
    }
}

/// Whether data came is asked of the bytes of data lines; what joins them is none of them.
#[test]
fn data_without_bytes_are_not_seen() {
    let lines = ["data:", "data: ", "data:x", "event: t", "id:", "retry: 1", "data", ""];
    for number in (0..lines.len().pow(4)).step_by(one_in(11)) {
        let line = |place: u32| lines[number / lines.len().pow(place) % lines.len()];
        let stream = [line(0), line(1), line(2), line(3), ""].join("\n");
        check(Config::new(), stream.as_bytes(), 20);
        check(Config::new(), [&stream, "\n"].concat().as_bytes(), 9);
    }
}
