//! The decoder that owns its chunk: what the fronts do not ask of it.

#![allow(clippy::std_instead_of_alloc)]

use core::cell::Cell;
use core::fmt::Debug;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use sse_wire::decoder::{Config, Decode, Overflow, Reason, Refusal, TextPolicy};
use sse_wire::framer::{ChunkFramer, FrameItem, FramerConfig, Oversized};
use sse_wire::text::StableChunk;
use sse_wire::{ChunkDecoder, Decoder, Event, EventSource, Framer, Item};

use crate::support::fronts::Opaque;
use crate::support::{generate, times};

const STREAM: &str = "id:1\ndata:a\n\nretry:5\n\nid:2\n\ndata:b\n\n";

#[allow(clippy::unwrap_used)] // A part of the tests.
fn data<C: StableChunk, M: Decode>(decoder: &mut ChunkDecoder<C, M>) -> Option<String> {
    decoder.next_event().map(|event| event.unwrap().data().to_owned())
}

/// Every type of chunk that is text gives the same events, as text and raw.
#[test]
fn any_type_of_chunk_will_do() {
    fn check<C: StableChunk + Debug + Clone>(own: impl Fn(&'static str) -> C) {
        for cut in 0..=STREAM.len() {
            let (first, last) = STREAM.split_at(cut);
            let mut decoder = ChunkDecoder::new();
            let (mut texts, mut raws) = (Vec::new(), Vec::new());
            for chunk in [first, last] {
                let mut twin = decoder.clone();
                decoder.push(own(chunk)).unwrap();
                twin.push(own(chunk)).unwrap();
                texts.extend(core::iter::from_fn(|| data(&mut decoder)));
                while let Some(event) = twin.next_raw() {
                    raws.push(String::from_utf8(event.unwrap().data().to_vec()).unwrap());
                }
            }
            assert_eq!((&texts, &raws), (&vec!["a".into(), "b".into()], &texts), "{cut}");
        }
    }
    check(|chunk| chunk);
    check(str::as_bytes);
    check(String::from);
    check(|chunk| chunk.as_bytes().to_vec());
    check(|chunk| Box::<[u8]>::from(chunk.as_bytes()));
    check(|chunk| Rc::<[u8]>::from(chunk.as_bytes()));
    check(|chunk| Arc::<[u8]>::from(chunk.as_bytes()));
    check(|chunk| Cow::Borrowed(chunk.as_bytes()));
    #[cfg(feature = "bytes")]
    check(bytes::Bytes::from);
    #[cfg(feature = "bytes")]
    check(bytes::BytesMut::from);
}

#[test]
fn an_array_is_a_chunk_without_an_allocator() {
    let mut decoder = ChunkDecoder::with_decoder(Decoder::with_buffer([0; 8]));
    decoder.push(*b"data:1").unwrap();
    assert_eq!(data(&mut decoder), None);
    decoder.push(*b"2\n\nid:").unwrap();
    assert_eq!(data(&mut decoder).as_deref(), Some("12"));
    assert_eq!(data(&mut decoder), None);
}

/// A chunk that comes too early is given back, whatever was read of the one before.
#[test]
fn a_chunk_that_is_not_read_is_not_lost() {
    let mut decoder = ChunkDecoder::new();
    assert_eq!((decoder.remaining(), decoder.consumed()), (&b""[..], 0));
    decoder.push(STREAM).unwrap();
    for read in [0, 13] {
        let refused = decoder.push("lost").unwrap_err();
        assert_eq!(refused.reason(), Refusal::Unread { bytes: STREAM.len() - read });
        assert!(!format!("{refused:?} {refused}").contains("lost"));
        assert_eq!(refused.into_chunk(), "lost");
        assert_eq!((decoder.remaining(), decoder.consumed()), (&STREAM.as_bytes()[read..], read));
        assert!(data(&mut decoder).is_some());
    }
    // Nothing is left of it, though nobody asked for more.
    assert_eq!(decoder.remaining(), b"");
    decoder.push("data:c\n\n").unwrap();
    assert_eq!(data(&mut decoder).as_deref(), Some("c"));
    assert_eq!(data(&mut decoder), None);
    decoder.push("").unwrap();
    decoder.push("").unwrap();
    assert_eq!(data(&mut decoder), None);
}

/// A chunk that is fed is never refused. What was not read of the one before is lost, which is reported once, like
/// the chunk of a forgotten cursor.
#[test]
fn a_chunk_that_is_fed_takes_the_place_of_the_one_before() {
    for is_paused in [false, true] {
        for read in 0..=5 {
            let mut decoder = ChunkDecoder::new();
            decoder.feed(STREAM);
            let items = core::iter::from_fn(|| decoder.next_item().map(drop)).take(read).count();
            assert_eq!(items, read);
            if is_paused {
                assert_eq!(decoder.get_mut().stream_offset(), decoder.stream_offset());
            }
            let offset = decoder.stream_offset();
            let id = decoder.get_mut().last_event_id().to_string();
            decoder.feed("data:lost\n\nid:3\ndata:c\n\n");
            if read < 5 {
                let dropped = decoder.next_event().unwrap().unwrap_err();
                assert_eq!((dropped.reason(), dropped.offset()), (Reason::Forgotten, offset));
                assert_eq!(decoder.last_event_id(), &*id);
            } else {
                assert_eq!(data(&mut decoder).as_deref(), Some("lost"));
            }
            assert_eq!(data(&mut decoder).as_deref(), Some("c"));
            assert_eq!(data(&mut decoder), None);
            // All that was read can be followed by the next, asked for more or not.
            decoder.feed("data:d\n\n");
            assert_eq!(data(&mut decoder).as_deref(), Some("d"));
            decoder.feed("data:e\n\n");
            assert_eq!(data(&mut decoder).as_deref(), Some("e"));
            assert_eq!(decoder.get_ref().counters().dropped(), u64::from(read < 5));
        }
    }
    let config = Config::new().limit(1).overflow(Overflow::Stop);
    let mut decoder = ChunkDecoder::with_decoder(Decoder::with_config(config));
    decoder.feed("data:12\n\ndata:a\n\n");
    assert!(decoder.next_event().unwrap().is_err());
    for _ in 0..2 {
        decoder.feed("data:b\n\n");
        assert!(decoder.next_item().is_none());
    }
}

#[test]
fn a_chunk_that_is_fed_to_a_framer_takes_the_place_of_the_one_before() {
    for is_paused in [false, true] {
        for read in 0..=3 {
            let mut framer = ChunkFramer::new();
            framer.feed("data:a\n\ndata:b\n\ndata:c");
            assert!((0..read).all(|item| framer.next_item().is_some() == (item < 2)));
            if is_paused {
                assert_eq!(framer.get_mut().stream_offset(), framer.stream_offset());
            }
            framer.feed("data:lost\n\ndata:d\n\n");
            let first = framer.next_item().unwrap();
            if read < 3 {
                assert!(
                    matches!(first, FrameItem::Dropped(what) if what.reason() == Reason::Forgotten)
                );
            } else {
                assert_eq!(first.raw(), b"data:cdata:lost\n\n");
            }
            assert_eq!(framer.next_item().unwrap().raw(), b"data:d\n\n");
            framer.feed("data:e\n\n");
            assert_eq!(framer.next_item().unwrap().raw(), b"data:e\n\n");
            assert!(framer.next_item().is_none());
        }
    }
}

/// What is left of a chunk can be taken back behind each item, and fed to another decoder.
#[test]
fn a_chunk_is_taken_back() {
    for taken in 0..5 {
        let mut decoder = ChunkDecoder::new();
        decoder.push(STREAM).unwrap();
        for _ in 0..taken {
            assert!(decoder.next_item().is_some());
        }
        let consumed = decoder.consumed();
        let rest = &decoder.take_chunk().unwrap()[consumed..];
        assert!(decoder.take_chunk().is_none() && decoder.next_item().is_none());
        let mut decoder = decoder.into_inner();
        assert_eq!(decoder.stream_offset(), consumed as u64);
        let mut events = decoder.feed(rest.as_bytes());
        assert_eq!(core::iter::from_fn(|| events.next_item().map(drop)).count(), 5 - taken);
        drop(events);
        assert_eq!(decoder.last_event_id(), "2");
    }
}

/// A stream that is ended, or begun anew, takes the rest of the chunk with it.
#[test]
fn the_rest_of_a_chunk_is_gone_with_its_stream() {
    let ends: [fn(&mut Decoder); 3] = [
        Decoder::reset,
        |decoder| {
            let _ = decoder.finish();
        },
        |decoder| {
            decoder.reset();
            let _ = decoder.feed(STREAM.as_bytes()).next_item();
        },
    ];
    for end in ends {
        let mut decoder = ChunkDecoder::new();
        decoder.push(STREAM).unwrap();
        assert!(data(&mut decoder).is_some());
        end(decoder.get_mut());
        assert_eq!((decoder.remaining(), decoder.consumed()), (&b""[..], STREAM.len()));
        assert_eq!(data(&mut decoder), None);
        decoder.push("data:c\n\n").unwrap();
        assert_eq!(data(&mut decoder).as_deref(), Some("c"));
        assert_eq!(decoder.last_event_id(), "1");
    }
}

/// What the caller feeds comes before the rest of the chunk.
#[test]
fn what_is_fed_between_comes_between() {
    let mut decoder = ChunkDecoder::new();
    decoder.push("data:a\n\ndata:b\n\n").unwrap();
    assert_eq!(data(&mut decoder).as_deref(), Some("a"));
    let mut events = decoder.get_mut().feed(b"id:9\ndata:x\n\nevent:e\n");
    assert_eq!(events.next_event().unwrap().unwrap().data(), "x");
    assert!(events.next_event().is_none());
    drop(events);
    let event = decoder.next_event().unwrap().unwrap();
    assert_eq!((event.event_type(), event.data(), event.last_event_id()), ("e", "b", "9"));
    assert_eq!(decoder.stream_offset(), 37);
}

#[test]
fn a_forgotten_cursor_is_reported_and_the_chunk_read_on() {
    let mut decoder = ChunkDecoder::new();
    decoder.push("data:a\n\ndata:b\n\ndata:c\n\n").unwrap();
    assert_eq!(data(&mut decoder).as_deref(), Some("a"));
    core::mem::forget(decoder.get_mut().feed(b"data:"));
    assert_eq!(decoder.next_event().unwrap().unwrap_err().reason(), Reason::Forgotten);
    assert_eq!(data(&mut decoder).as_deref(), Some("c"));
}

#[test]
fn a_stopped_decoder_refuses_chunks() {
    let config = Config::new().limit(3).overflow(Overflow::Stop);
    let mut decoder = ChunkDecoder::with_decoder(Decoder::with_config(config));
    decoder.push("id:7\ndata:1234\n\ndata:b\n\n").unwrap();
    assert_eq!(decoder.next_event().unwrap().unwrap_err().reason(), Reason::Limit);
    assert_eq!(decoder.dropped_block().id(), Some(&b"7"[..]));
    assert!(decoder.next_event().is_none() && !decoder.remaining().is_empty());
    assert_eq!(decoder.push("data:c\n\n").unwrap_err().reason(), Refusal::Stopped);
    decoder.get_mut().reset();
    decoder.push("data:c\n\n").unwrap();
    assert_eq!(data(&mut decoder).as_deref(), Some("c"));
}

/// Clones go their own way, in the middle of a chunk.
#[test]
fn a_clone_goes_on_where_it_was_cloned() {
    let mut decoder = ChunkDecoder::new();
    decoder.push(STREAM.to_owned()).unwrap();
    let mut clones = Vec::new();
    loop {
        clones.push(decoder.clone());
        if decoder.next_item().is_none() {
            break;
        }
    }
    let counts = clones.iter_mut().map(|clone| core::iter::from_fn(|| data(clone)).count());
    assert_eq!(counts.collect::<Vec<_>>(), [2, 1, 1, 1, 1, 0]);
}

/// Every form may be asked for, in any order.
#[test]
fn forms_may_be_mixed() {
    let mut decoder = ChunkDecoder::new();
    decoder.push("data:a\n\nretry:1\ndata:caf\u{E9}\n\nid:3\ndata:c\n\nid:4\n\n").unwrap();
    assert_eq!(decoder.next_raw().unwrap().unwrap().data(), b"a");
    assert!(matches!(decoder.next_item(), Some(Item::Retry(_))));
    assert_eq!(decoder.next_event().unwrap().unwrap().data(), "caf\u{E9}");
    assert!(matches!(decoder.next_raw_item(), Some(Item::Event(event)) if event.data() == b"c"));
    assert_eq!(decoder.last_event_id(), "3");
    assert!(decoder.next_raw().is_none());
    assert_eq!(decoder.last_event_id(), "4");
}

#[test]
fn malformed_text_is_replaced_or_refused() {
    let chunk = &b"data:a\n\nid:2\ndata:\xC3\n\ndata:caf\xC3\xA9\n\n"[..];
    for (policy, expected) in [
        (TextPolicy::Replace, vec![Ok("a"), Ok("\u{FFFD}"), Ok("caf\u{E9}")]),
        (TextPolicy::Strict, vec![Ok("a"), Err(20), Ok("caf\u{E9}")]),
        (TextPolicy::Fatal, vec![Ok("a"), Err(19)]),
    ] {
        let config = Config::new().text_policy(policy);
        let mut decoder = ChunkDecoder::with_decoder(Decoder::with_config(config));
        decoder.push(chunk).unwrap();
        for expected in expected {
            let found = decoder.next_event().unwrap();
            assert_eq!(
                found.map(|event| event.data()).map_err(|dropped| dropped.offset()),
                expected
            );
        }
        assert!(decoder.next_event().is_none());
    }
}

/// An owned event is what the borrowed one is, under every policy; large data that were assembled are not copied.
#[test]
fn an_owned_event_is_the_event_and_takes_large_data() {
    let long = "\u{20AC}uro ".repeat(1000);
    let mut stream = format!(
        "event:big\nid:1\nretry:5\nfoo\ndata:{long}\ndata:{long}\n\ndata:b\n\ndata:{long}\n\nevent\ndata:c\n\n"
    )
    .into_bytes();
    stream.extend_from_slice(b"id:\xFF\ndata:\xE2\x82\ndata:12345\n\ndata:d\n\nid:2\ndata:");
    stream.extend([&b"\xE2\x82"[..]; 1000].concat());
    stream.extend_from_slice(b"\n\ndata:e\n\n");
    for policy in [TextPolicy::Replace, TextPolicy::Strict, TextPolicy::Fatal] {
        for (size, limit) in [(1, 1 << 20), (7, 4000), (1460, 1 << 20), (stream.len(), 1 << 20)] {
            let config = Config::new().text_policy(policy).limit(limit);
            let decoder = ChunkDecoder::with_decoder(Decoder::with_config(config));
            let (mut borrowed, mut owned) = (decoder.clone(), decoder);
            for chunk in stream.chunks(size) {
                let pushed = borrowed.push(chunk).is_ok();
                assert_eq!(owned.push(chunk).is_ok(), pushed);
                while let Some(found) = borrowed.next_event() {
                    let expected = found.map(Event::<str>::into_owned);
                    let event = owned.next_owned().unwrap();
                    assert_eq!(event, expected);
                    if let (Ok(event), Ok(expected)) = (event, expected) {
                        assert_eq!(event.event_field(), expected.event_field());
                        assert_eq!(event.retry(), expected.retry());
                        assert_eq!(event.unknown_lines(), expected.unknown_lines());
                        assert!(event.data.capacity() <= 2 * event.data.len().max(128));
                    }
                }
                assert_eq!(owned.next_owned(), None);
                assert_eq!(owned.last_event_id(), borrowed.last_event_id());
            }
            assert_eq!(owned.get_ref().counters(), borrowed.get_ref().counters());
            assert!(owned.get_ref().counters().events() >= 4 || policy == TextPolicy::Fatal);
        }
    }
}

/// A small event in memory that was made for a large one is copied, so that it does not keep that.
#[test]
fn a_small_owned_event_takes_no_large_memory() {
    let mut decoder = ChunkDecoder::new();
    for chunk in [format!("data:{}", "x".repeat(10_000)), "\n\n".to_owned()] {
        decoder.push(chunk).unwrap();
        while let Some(event) = decoder.next_event() {
            assert_eq!(event.unwrap().data().len(), 10_000);
        }
    }
    for chunk in ["data:a", "b\n\n"] {
        decoder.push(chunk.to_owned()).unwrap();
        while let Some(event) = decoder.next_owned() {
            assert!(event.unwrap().data.capacity() < 100);
        }
    }
    assert_eq!(decoder.get_ref().counters().events(), 2);
    assert!(decoder.get_ref().capacity() >= 10_000);
}

/// A chunk of which nothing is known is raw bytes; another reading of it is another slice.
#[test]
fn any_bytes_are_a_chunk_of_raw_events() {
    let mut decoder = ChunkDecoder::new();
    decoder.push(Opaque(STREAM.into())).unwrap();
    assert_eq!(decoder.next_raw().unwrap().unwrap().data(), b"a");
    assert_eq!(decoder.get_mut().last_event_id(), "1");
    assert_eq!(decoder.next_raw().unwrap().unwrap().data(), b"b");
    assert_eq!(decoder.take_chunk().unwrap().0, STREAM.as_bytes());
}

/// Gives other bytes at each call.
struct Changing {
    forms: [Vec<u8>; 3],
    calls: Cell<usize>,
}

impl AsRef<[u8]> for Changing {
    fn as_ref(&self) -> &[u8] {
        self.calls.set(self.calls.get() + 1);
        &self.forms[self.calls.get() * 7 % 11 % 3]
    }
}

/// Nothing can be said of what comes then, but that something does, and in the end nothing more.
#[test]
fn bytes_that_change_do_no_harm() {
    for seed in 0..times(500) {
        let form = |n: u64| generate::grammar_stream(3 * seed + n);
        let own =
            |calls: usize| Changing { forms: [form(0), form(1), form(2)], calls: Cell::new(calls) };
        for calls in 0..3 {
            let mut decoder = ChunkDecoder::new();
            decoder.push(own(calls)).map_err(|refused| refused.reason()).unwrap();
            while decoder.next_raw_item().is_some() {}
            let mut framer = ChunkFramer::new();
            framer.push(own(calls)).map_err(|refused| refused.reason()).unwrap();
            while framer.next_item().is_some() {}
            let _ = framer.into_inner().finish();
        }
    }
}

/// The bytes of an array move with it.
#[test]
fn a_chunk_may_be_moved_between_items() {
    let mut decoder = ChunkDecoder::new();
    decoder.push(*b"data: a\n\ndata: b\n\ndata: c\n\n").unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let mut moved = Box::new(decoder);
        seen.push(moved.next_raw().unwrap().unwrap().data().to_vec());
        decoder = *moved;
    }
    assert_eq!(seen, [b"a", b"b", b"c"]);
    assert!(decoder.next_raw().is_none());
}

/// The connection decides what is read: nothing before it is open, nothing after it is over.
#[test]
fn an_event_source_owns_its_chunk() {
    let mut source = ChunkDecoder::with_decoder(EventSource::new());
    let refused = source.push(STREAM).unwrap_err();
    assert!(matches!(refused.reason(), Refusal::OutOfTurn(_)), "{refused}");
    for _ in 0..2 {
        source.get_mut().handle_response(200, "text/event-stream").unwrap();
        source.push(STREAM).unwrap();
        assert_eq!(data(&mut source).as_deref(), Some("a"));
        assert_eq!(source.last_event_id(), "1");
        // The connection breaks; what was left of its chunk is gone.
        source.get_mut().handle_end().unwrap();
        assert_eq!(source.get_mut().last_event_id(), "1");
        assert!(data(&mut source).is_none());
        assert!(matches!(source.push(STREAM).unwrap_err().reason(), Refusal::OutOfTurn(_)));
        source.get_mut().handle_timeout().unwrap();
    }
    source.get_mut().handle_response(200, "text/event-stream").unwrap();
    source.push(STREAM).unwrap();
    assert_eq!(data(&mut source).as_deref(), Some("a"));
    source.get_mut().close();
    assert!(data(&mut source).is_none());
    // A source that has stopped accepts everything, and nothing comes of it.
    source.push(STREAM).unwrap();
    source.push(STREAM).unwrap();
    assert!(data(&mut source).is_none());
    assert_eq!(source.into_inner().last_event_id(), "1");
}

/// The framer that owns its chunk gives what the framer gives, in every cut, also where its reading is ended and
/// begun again behind each item.
#[test]
fn a_framer_owns_its_chunk() {
    let stream = b"\xEF\xBB\xBF: c\nid:1\r\ndata:a\r\n\r\ndata: too long\n\nevent:b\n\n: tail";
    for oversized in [Oversized::Drop, Oversized::PassThrough] {
        let config = FramerConfig::new().limit(16).oversized(oversized);
        for cut in 0..=stream.len() {
            let chunks = [&stream[..cut], &stream[cut..]];
            let mut framer = Framer::with_config(config);
            let mut owned = ChunkFramer::with_framer(Framer::with_config(config));
            let mut pausing = owned.clone();
            for chunk in chunks {
                owned.push(chunk.to_vec()).unwrap();
                pausing.push(chunk.to_vec()).unwrap();
                let mut frames = framer.feed(chunk);
                while let Some(item) = frames.next_item() {
                    assert_eq!(owned.next_item(), Some(item));
                    assert_eq!(pausing.next_item(), Some(item));
                    assert_eq!(owned.remaining(), frames.remaining());
                    assert_eq!(owned.stream_offset(), frames.stream_offset());
                    if !frames.remaining().is_empty() {
                        let refused = owned.push(Vec::new()).unwrap_err();
                        let bytes = frames.remaining().len();
                        assert_eq!(refused.reason(), Refusal::Unread { bytes });
                    }
                    assert_eq!(pausing.get_mut().stream_offset(), frames.stream_offset());
                    assert_eq!(pausing.remaining(), frames.remaining());
                    assert_eq!(pausing.consumed(), owned.consumed());
                }
                assert_eq!((owned.next_item(), pausing.next_item()), (None, None));
            }
            assert_eq!(owned.get_mut().last_event_id(), framer.last_event_id());
            let rest = framer.finish();
            assert_eq!(owned.get_mut().finish(), rest);
            assert_eq!(pausing.into_inner().finish(), rest);
            assert!(matches!(rest, Some(FrameItem::Tail(_))));
        }
    }
}

#[test]
fn the_rest_of_a_framers_chunk_can_be_taken_and_is_gone_with_its_stream() {
    let mut framer = ChunkFramer::new();
    framer.push(STREAM).unwrap();
    assert!(framer.next_item().is_some());
    assert_eq!(framer.consumed(), 13);
    framer.get_mut().reset();
    assert!(framer.remaining().is_empty() && framer.next_item().is_none());
    framer.push(STREAM).unwrap();
    assert!(framer.next_item().is_some());
    assert_eq!((framer.take_chunk(), framer.take_chunk()), (Some(STREAM), None));
    assert!(framer.next_item().is_none());
    assert_eq!(framer.get_ref().stream_offset(), 13);
}
