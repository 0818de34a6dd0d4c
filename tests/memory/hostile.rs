//! What a hostile stream can make a decoder hold: at most what is promised, in every chunking, on
//! every front, counted by the allocator; and behind it all is as before.
//!
//! `cargo test --test hostile -- --nocapture` prints what was held.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used)]

use crate::counting;
use counting::counted;
use sse_wire::decoder::{Config, Reason, Subject};
use sse_wire::fields::Fields;
use sse_wire::framer::{FrameItem, FramerConfig};
use sse_wire::{Decoder, Framer};

const LIMIT: usize = 2 << 10;

/// An endless stream: what it starts with, and what is repeated.
struct Hostile {
    name: &'static str,
    start: &'static [u8],
    endless: &'static [u8],
    /// What is dropped of it, once: a block, or a comment where comments are asked for.
    dropped: Option<Subject>,
    /// Whether it moves the last event ID.
    moves_id: bool,
}

const fn hostile(
    name: &'static str,
    start: &'static [u8],
    endless: &'static [u8],
    dropped: Option<Subject>,
) -> Hostile {
    Hostile { name, start, endless, dropped, moves_id: false }
}

const EVENT: Option<Subject> = Some(Subject::Event);

const STREAMS: &[Hostile] = &[
    hostile("endless line", b"data:", b"0123456789abcdef", EVENT),
    hostile("endless malformed line", b"data:", b"\xFF\xFE", EVENT),
    hostile("endless truncated characters", b"data:", b"\xF0\x9F\x98", EVENT),
    hostile("endless data lines", b"", b"data:x\n", EVENT),
    hostile("endless empty data lines", b"", b"data\n", EVENT),
    hostile("endless type", b"data:x\nevent:", b"t", EVENT),
    hostile("endless malformed type", b"data:x\nevent:", b"\xFF", EVENT),
    hostile("endless types", b"", b"event:t\n", EVENT),
    hostile("endless id", b"id:2\nid:", b"i", EVENT),
    hostile("endless ids", b"", b"id:2\n", EVENT),
    hostile("endless void id", b"id:\0", b"i", EVENT),
    hostile("endless void ids", b"", b"id:\0\n", EVENT),
    hostile("endless name", b"", b"datadata", None),
    hostile("endless unknown value", b"x:", b"y", None),
    hostile("endless unknown fields", b"", b"x:y\n", None),
    hostile("endless retry", b"retry:", b"9", None),
    hostile("endless retries", b"", b"retry:9\n", None),
    hostile("endless comment", b":", b"c", Some(Subject::Comment)),
    hostile("endless malformed comment", b":", b"\xFF", Some(Subject::Comment)),
    hostile("endless comments", b"", b":c\n", None),
    hostile("blank lines", b"", b"\n", None),
    hostile("a storm of CR", b"", b"\r", None),
    hostile("a storm of CR CR LF", b"", b"\r\r\n", None),
    hostile("marks", b"", b"\xEF\xBB\xBF", None),
    hostile("tiny events", b"", b"data\n\n", None),
    hostile("malformed events", b"", b"event:\xFF\ndata:\xFF\xC0\n\n", None),
    Hostile {
        moves_id: true,
        ..hostile("an id for each event", b"", b"id:a\ndata\n\nid:bc\ndata\n\n", None)
    },
    Hostile {
        moves_id: true,
        ..hostile("a malformed id for each event", b"", b"id:\xFF\ndata\n\nid\ndata\n\n", None)
    },
    Hostile { moves_id: true, ..hostile("an id for each block", b"", b"id:a\n\nid:bc\n\n", None) },
];

/// A byte at a time, packets, reads, all at once. Byte by byte a shorter attack will do.
const CHUNKS: &[(usize, usize)] =
    &[(1, LIMIT / 8), (7, LIMIT / 8), (1460, LIMIT), (64 << 10, LIMIT), (usize::MAX, LIMIT)];

impl Hostile {
    fn attack(&self, len: usize) -> Vec<u8> {
        self.endless.iter().copied().cycle().take(len).collect()
    }
}

/// What is seen of an item: the subject of what was dropped, or whether it is the good event.
enum Seen {
    Dropped(Subject),
    Good { id_is_kept: bool },
    Other,
}

/// A decoder behind one face.
trait Front {
    fn new(config: Config) -> Self;
    fn feed(&mut self, chunk: &[u8], see: &mut dyn FnMut(Seen));
    /// How often over the limit the decoder may hold.
    const TIMES: usize;
    /// How many chunks are allocated here, in the test.
    const CHUNKS: usize = 0;
}

fn dropped(dropped: sse_wire::Dropped) -> Seen {
    assert_eq!(dropped.reason(), Reason::Limit);
    Seen::Dropped(dropped.subject())
}

struct Raw(Decoder);

impl Front for Raw {
    const TIMES: usize = 1;

    fn new(config: Config) -> Self {
        Self(Decoder::with_config(config))
    }

    fn feed(&mut self, chunk: &[u8], see: &mut dyn FnMut(Seen)) {
        let mut events = self.0.feed(chunk);
        while let Some(item) = events.next_raw_item() {
            see(match item {
                sse_wire::decoder::RawItem::Dropped(what) => dropped(what),
                sse_wire::decoder::RawItem::Event(event) if event.data() == b"good" => {
                    Seen::Good { id_is_kept: event.last_event_id() == b"1" }
                }
                _ => Seen::Other,
            });
        }
    }
}

/// Replaced text is held beside what is replaced, and up to three times as long.
struct Text(Decoder);

impl Front for Text {
    const TIMES: usize = 4;

    fn new(config: Config) -> Self {
        Self(Decoder::with_config(config))
    }

    fn feed(&mut self, chunk: &[u8], see: &mut dyn FnMut(Seen)) {
        let mut events = self.0.feed(chunk);
        while let Some(item) = events.next_item() {
            see(match item {
                sse_wire::Item::Dropped(what) => dropped(what),
                sse_wire::Item::Event(event) if event.data() == "good" => {
                    Seen::Good { id_is_kept: event.last_event_id() == "1" }
                }
                _ => Seen::Other,
            });
        }
    }
}

/// One front on all streams in all chunkings.
fn withstands<F: Front>(front: &str) {
    for stream in STREAMS {
        for (size, limit) in CHUNKS {
            for comments in [false, true] {
                withstands_stream::<F>(front, stream, *size, *limit, comments);
            }
        }
    }
}

fn withstands_stream<F: Front>(
    front: &str,
    stream: &Hostile,
    size: usize,
    limit: usize,
    comments: bool,
) {
    let name = stream.name;
    let attack = stream.attack(12 * limit);
    let good = b"data:good\n\n";
    let expected = stream.dropped.filter(|what| *what != Subject::Comment || comments);
    let (mut found, mut good_events) = (None, 0);
    let mut see = |seen| match seen {
        Seen::Dropped(subject) => {
            assert!(found.replace(subject).is_none(), "{front}, {name}: dropped twice");
        }
        Seen::Good { id_is_kept } => {
            assert!(id_is_kept || stream.moves_id, "{front}, {name}");
            good_events += 1;
        }
        Seen::Other => {}
    };
    let (seen, decoder) = counted(|| {
        let mut decoder = F::new(Config::new().limit(limit).comments(comments));
        for bytes in [&b"id:1\n\n"[..], stream.start, &attack, b"\n\n", good] {
            for chunk in bytes.chunks(size) {
                decoder.feed(chunk, &mut see);
            }
        }
        decoder
    });
    drop(decoder);
    let bound = F::TIMES * limit + F::CHUNKS * size.min(attack.len());
    println!("{front}, {name}, chunks of {size}: {} of {bound} bytes", seen.peak);
    assert!(seen.peak <= bound, "{front}, {name}, chunks of {size}: {seen:?}");
    assert_eq!((found, good_events), (expected, 1), "{front}, {name}, chunks of {size}");
}

#[test]
fn raw_events_hold_at_most_the_limit() {
    withstands::<Raw>("raw");
}

#[test]
fn text_holds_at_most_four_limits() {
    withstands::<Text>("text");
}

#[cfg(feature = "bytes")]
mod bytes_front {
    use super::{dropped, withstands, Front, Seen};
    use bytes::Bytes;
    use sse_wire::decoder::{BytesItem, Config, Pinning};
    use sse_wire::BytesDecoder;

    struct Owned<const SHARED: bool>(BytesDecoder);

    impl<const SHARED: bool> Front for Owned<SHARED> {
        // As text; the event in hand, and the last event ID that it shares, are its own.
        const TIMES: usize = 5;
        const CHUNKS: usize = 1;

        fn new(config: Config) -> Self {
            let pinning = if SHARED { Pinning::Always } else { Pinning::Never };
            Self(BytesDecoder::with_config(config).with_pinning(pinning))
        }

        fn feed(&mut self, chunk: &[u8], see: &mut dyn FnMut(Seen)) {
            let mut events = self.0.feed(Bytes::copy_from_slice(chunk));
            while let Some(item) = events.next_item() {
                see(match item {
                    BytesItem::Dropped(what) => dropped(what),
                    BytesItem::Event(event) if event.data() == "good" => {
                        Seen::Good { id_is_kept: event.last_event_id() == "1" }
                    }
                    _ => Seen::Other,
                });
            }
        }
    }

    #[test]
    fn owned_events_hold_what_the_limit_allows() {
        withstands::<Owned<true>>("bytes, sharing");
        withstands::<Owned<false>>("bytes, copying");
    }
}

#[test]
fn fields_hold_nothing() {
    for stream in STREAMS {
        let attack = stream.attack(12 * LIMIT);
        for (size, _) in CHUNKS {
            let (seen, count) = counted(|| {
                let mut fields = Fields::new();
                let mut count = 0;
                for bytes in [stream.start, &attack, b"\n\n"] {
                    for chunk in bytes.chunks(*size) {
                        count += fields.feed(chunk).count();
                    }
                }
                count
            });
            assert_eq!(seen.allocations, 0, "{}", stream.name);
            assert!(count >= 2, "{}", stream.name);
        }
    }
}

/// A frame, the LF that may follow it, and the last event ID.
#[test]
fn framers_hold_a_frame_and_an_id() {
    for stream in STREAMS {
        for (size, limit) in CHUNKS {
            let attack = stream.attack(12 * limit);
            let (seen, good) = counted(|| {
                let mut framer = Framer::with_config(FramerConfig::new().limit(*limit));
                let mut good = 0;
                for bytes in [stream.start, &attack, b"\n\n", b"data:good\n\n"] {
                    for chunk in bytes.chunks(*size) {
                        let mut frames = framer.feed(chunk);
                        while let Some(item) = frames.next_item() {
                            let raw = match &item {
                                FrameItem::Frame(frame) => frame.raw(),
                                _ => b"",
                            };
                            good += usize::from(raw.ends_with(b"data:good\n\n"));
                        }
                    }
                }
                good
            });
            assert!(seen.peak <= 2 * limit + 1, "{} in {size}: {seen:?}", stream.name);
            assert_eq!(good, 1, "{} in {size}", stream.name);
        }
    }
}

#[test]
fn fixed_memory_needs_no_other() {
    for stream in STREAMS {
        let attack = stream.attack(12 * LIMIT);
        let mut memory = [0; 4096];
        for (size, _) in CHUNKS {
            let (seen, good) = counted(|| {
                let mut decoder = Decoder::with_buffer(&mut memory[..]);
                let mut good = 0;
                for bytes in [stream.start, &attack, b"\n\n", b"data:good\n\n"] {
                    for chunk in bytes.chunks(*size) {
                        let mut events = decoder.feed(chunk);
                        while let Some(event) = events.next_event() {
                            good += usize::from(event.is_ok_and(|event| event.data() == "good"));
                        }
                    }
                }
                good
            });
            assert_eq!((seen.allocations, good), (0, 1), "{}", stream.name);
        }
    }
}

/// A huge event, then tiny ones: what it took is given back.
#[test]
fn sixteen_mebibytes_are_given_back() {
    let most = Config::DEFAULT_LIMIT;
    for (byte, len, text, size) in [
        (b'x', most, false, 1460),
        (b'x', most, true, usize::MAX),
        (0xFF, most / 4, true, 1460),
        (0xFF, most / 4, true, usize::MAX),
    ] {
        let data = vec![byte; len];
        let tiny = b"data:x\n\n".repeat(20);
        let (seen, decoder) = counted(|| {
            let mut decoder = Decoder::new();
            let mut lengths = 0;
            for bytes in [&b"data:"[..], &data, b"\n\n", &tiny] {
                for chunk in bytes.chunks(size) {
                    let mut events = decoder.feed(chunk);
                    if text {
                        while let Some(event) = events.next_event() {
                            lengths += event.unwrap().data().len();
                        }
                    } else {
                        while let Some(event) = events.next_raw() {
                            lengths += event.unwrap().data().len();
                        }
                    }
                }
            }
            assert_eq!(lengths, 20 + if byte == 0xFF { 3 * len } else { len });
            decoder
        });
        let bound = if text { 4 * most } else { most };
        assert!(seen.peak <= bound, "{seen:?}");
        assert_eq!(seen.held.unsigned_abs(), decoder.capacity());
        assert!(decoder.capacity() <= 2 * Config::DEFAULT_RETAIN, "{}", decoder.capacity());
        println!("{len} of {byte:#x}, text {text}, in {size}: {seen:?}");
    }
}
