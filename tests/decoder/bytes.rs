//! What a `BytesDecoder` says and does beside its events is what its `Decoder` would.

#![cfg(feature = "bytes")]
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use sse_wire::decoder::{BytesItem, Config, Overflow, Pinning};
use sse_wire::{BytesDecoder, Decoder, Dropped, Event, Item, Text};

/// Each kind of item; one is over a limit of 16 bytes, one is not UTF-8.
const STREAM: &[u8] = b":c\nid:1\nevent:e\ndata:a\n\nretry:9\nevent:f\nid:2\n\n\
    data:12345678901234567\n\ndata:\xFF\n\ndata:b\ndata:c\nevent:message\n\nid:3\ndata:d";

fn config() -> Config {
    Config::new().limit(16).comments(true)
}

fn values(event: &Event<'_>) -> String {
    let id = (event.id(), event.last_event_id());
    format!("{:?} {:?} {id:?}", event.event_type(), event.data())
}

fn shown(item: &BytesItem) -> String {
    match item {
        BytesItem::Event(event) => values(&event.to_event().unwrap()),
        BytesItem::Comment(comment) => format!("{comment:?}"),
        BytesItem::Retry(time) => format!("{time:?}"),
        BytesItem::Undispatched(block) => format!("{:?} {:?}", block.event_type(), block.id()),
        BytesItem::Dropped(dropped) => format!("{dropped:?}"),
        _ => unreachable!(),
    }
}

fn shown_as_well(item: &Item<'_>) -> String {
    match item {
        Item::Event(event) => values(event),
        Item::Comment(comment) => format!("{:?}", Bytes::copy_from_slice(comment.as_bytes())),
        Item::Retry(time) => format!("{time:?}"),
        Item::Undispatched(block) => format!("{:?} {:?}", block.event_type(), block.id()),
        Item::Dropped(dropped) => format!("{dropped:?}"),
        _ => unreachable!(),
    }
}

#[test]
fn after_each_item_it_is_where_its_decoder_is() {
    for len in 1..=STREAM.len() {
        let mut bytes = BytesDecoder::with_config(config());
        let mut decoder = Decoder::with_config(config());
        for chunk in STREAM.chunks(len) {
            let shared = Bytes::copy_from_slice(chunk);
            let mut found = bytes.feed(shared.clone());
            let mut events = decoder.feed(chunk);
            loop {
                let (item, expected) = (found.next_item(), events.next_item());
                let item = item.as_ref().map(shown);
                assert_eq!(item, expected.as_ref().map(shown_as_well));
                assert_eq!(found.remaining(), events.remaining());
                assert_eq!(found.stream_offset(), events.stream_offset());
                if item.is_none() {
                    break;
                }
            }
            drop((found, events));
            assert_eq!(bytes.last_event_id(), decoder.last_event_id());
            assert_eq!(bytes.reconnection_time(), decoder.reconnection_time());
            assert_eq!(bytes.counters(), decoder.counters());
            assert_eq!(bytes.take_activity(), decoder.take_activity());
            assert_eq!(bytes.as_decoder().pending_bytes(), decoder.pending_bytes());
        }
        assert_eq!(bytes.finish(), decoder.finish());
        assert_eq!(bytes.counters().events(), 3);
        let partial = bytes.take_partial().unwrap().unwrap();
        assert_eq!(partial.to_event(), Ok(decoder.take_partial().unwrap().unwrap()));
    }
}

#[test]
fn what_an_early_drop_leaves_is_fed_next() {
    let mut whole = BytesDecoder::with_config(config());
    let expected: Vec<_> = whole.feed(Bytes::from_static(STREAM)).collect();
    let mut decoder = BytesDecoder::with_config(config());
    let mut rest = Bytes::from_static(STREAM);
    let mut found = Vec::new();
    loop {
        let mut events = decoder.feed(rest);
        let Some(event) = events.next() else { break };
        found.push(event);
        rest = events.remaining();
    }
    assert_eq!(found, expected);
    assert_eq!(found.len(), 4);
}

#[test]
fn dropped_unread_it_is_as_if_the_chunk_had_not_come() {
    let mut decoder = BytesDecoder::new();
    drop(decoder.feed(Bytes::from_static(b"data:a\n\n")));
    assert_eq!(decoder.as_decoder().stream_offset(), 0);
    let event = decoder.feed(Bytes::from_static(b"data:b\n\n")).next().unwrap().unwrap();
    assert_eq!(event.data(), "b");
}

#[test]
fn raw_events_are_the_bytes_that_came() {
    let mut decoder = BytesDecoder::new();
    let mut events = decoder.feed(Bytes::from_static(b"event:\xFF\ndata:\xFE\n\ndata:a\n\n"));
    let event = events.next_raw().unwrap().unwrap();
    assert_eq!(event.event_type().as_bytes(), b"\xFF");
    assert_eq!(event.data().as_bytes(), b"\xFE");
    assert!(event.to_event().is_err());
    assert_eq!(events.next_raw().unwrap().unwrap().data(), "a");
    assert_eq!(events.next_raw(), None);
}

#[test]
fn events_are_equal_if_their_values_are() {
    let stream = b"data:a\n\ndata:a\nevent:message\n\ndata:b\n\nevent:t\ndata:a\n\nid:1\ndata:a\n\ndata:a\n\n";
    let events: Vec<_> =
        BytesDecoder::new().feed(Bytes::from_static(stream)).map(Result::unwrap).collect();
    for (i, a) in events.iter().enumerate() {
        for (j, b) in events.iter().enumerate() {
            // The type of the second is the usual one; the last differs from the first in its ID.
            assert_eq!(a == b, i == j || i.max(j) == 1, "{a:?} {b:?}");
        }
    }
}

#[test]
fn it_stops_where_it_is_told_to_until_it_is_reset() {
    let mut decoder = BytesDecoder::with_config(config().overflow(Overflow::Stop));
    let stream = Bytes::from_static(b"retry:5\nid:7\n\ndata:12345678901234567\n\ndata:a\n\n");
    assert!(!decoder.is_stopped());
    let events: Vec<Result<_, Dropped>> = decoder.feed(stream).collect();
    assert!(matches!(events[..], [Err(_)]), "{events:?}");
    assert!(decoder.is_stopped());
    decoder.reset();
    assert!(!decoder.is_stopped());
    assert_eq!(decoder.counters(), Decoder::new().counters());
    assert_eq!(decoder.last_event_id(), "7");
    let event = decoder.feed(Bytes::from_static(b"data:a\n\n")).next().unwrap().unwrap();
    assert!(event.data() == "a" && event.last_event_id() == "7");
}

/// Whether a value shares the memory of a chunk.
fn shares(chunk: &Bytes, value: Text<'_>) -> bool {
    let (value, chunk) = (value.as_bytes().as_ptr_range(), chunk.as_ptr_range());
    chunk.start <= value.start && value.end <= chunk.end
}

#[test]
fn the_pinning_says_what_shares_the_chunk() {
    let chunk = Bytes::from(format!("event:type\ndata:{}\n\ndata:b\n\n", "a".repeat(100)));
    assert_eq!(chunk.len(), 126);
    // The first event has 100 bytes of data, the second has one.
    for (pinning, expected) in [
        (Pinning::Always, [true, true]),
        (Pinning::Bounded(1), [false, false]),
        (Pinning::Bounded(2), [true, false]),
        (Pinning::Bounded(125), [true, false]),
        (Pinning::Bounded(126), [true, true]),
        (Pinning::Never, [false, false]),
    ] {
        let mut decoder = BytesDecoder::new().with_pinning(pinning);
        let events: Vec<_> = decoder.feed(chunk.clone()).map(Result::unwrap).collect();
        assert_eq!([&events[0], &events[1]].map(|event| shares(&chunk, event.data())), expected);
        assert_eq!(shares(&chunk, events[0].event_type()), expected[0], "{pinning:?}");

        let detached = events[0].clone().detach();
        assert_eq!(detached, events[0]);
        assert!(!shares(&chunk, detached.event_type()) && !shares(&chunk, detached.data()));
    }
}

/// It is for the data to say whether an event shares the chunk, in whatever order its values stand there.
#[test]
fn the_values_of_an_event_share_the_chunk_together() {
    for stream in [
        &b"id:123456\nevent:type\ndata:12345\n\n"[..],
        b"event:type\nid:123456\n:comment\ndata:12345\n\n",
        b"data:12345\nignored\nevent:type\nid:123456\n\n",
        b"id:123456\ndata:12345\nevent:type\n\n",
    ] {
        let chunk = Bytes::from_static(stream);
        // Six times the data are less than it, ten times are more.
        for (times, expected) in [(6, false), (10, true)] {
            let pinning = Pinning::Bounded(times);
            let mut decoder = BytesDecoder::new().with_pinning(pinning);
            let event = decoder.feed(chunk.clone()).next().unwrap().unwrap();
            assert_eq!(event.event_type(), "type");
            assert_eq!(
                (event.last_event_id(), event.id()),
                (Text::new(b"123456"), Some(Text::new(b"123456")))
            );
            let values = [event.event_type(), event.last_event_id(), event.data()];
            assert_eq!(values.map(|value| shares(&chunk, value)), [expected; 3]);
            assert_eq!(event.into_data(), "12345");
        }
    }
}

/// Data that are taken out of an event do not keep much more alive than themselves.
#[test]
fn data_are_copied_out_of_an_event_that_is_much_larger() {
    for (len, expected) in [(64, true), (65, false), (100_000, false)] {
        let chunk = Bytes::from(format!("event:{}\ndata:x\n\n", "t".repeat(len - 7)));
        let event = BytesDecoder::new().with_pinning(Pinning::Always).feed(chunk.clone()).next();
        let event = event.unwrap().unwrap();
        assert!(shares(&chunk, event.data()));
        let data = event.into_data();
        assert_eq!((shares(&chunk, Text::new(&data)), &data[..]), (expected, &b"x"[..]), "{len}");
    }
}

#[test]
fn the_last_event_id_is_the_one_that_was_set_last() {
    let mut decoder = BytesDecoder::new();
    let next = |decoder: &mut BytesDecoder, chunk: &'static str| {
        decoder.feed(chunk.into()).next().map(|event| event.unwrap().last_event_id().to_string())
    };
    assert_eq!(next(&mut decoder, "id:1\ndata:a\n\n").unwrap(), "1");
    assert_eq!(next(&mut decoder, "data:a\n\n").unwrap(), "1");
    decoder.set_last_event_id("2").unwrap();
    assert_eq!(next(&mut decoder, "data:a\n\n").unwrap(), "2");
    assert_eq!(next(&mut decoder, "id:3\n\ndata:a"), None);
    decoder.set_last_event_id("4").unwrap();
    let _ = decoder.finish();
    assert_eq!(decoder.take_partial().unwrap().unwrap().last_event_id(), "4");
    assert_eq!(next(&mut decoder, "data:a\n\n").unwrap(), "4");
}

/// What stands between the values counts for nothing, and is not copied if it is much.
#[test]
fn what_is_between_the_values_of_an_event_does_not_count() {
    let stream = format!("event:type\n:{}\ndata:12345\n\n", "c".repeat(1000));
    let chunk = Bytes::from(stream);
    let mut decoder = BytesDecoder::new().with_pinning(Pinning::Bounded(2));
    let event = decoder.feed(chunk.clone()).next().unwrap().unwrap();
    assert!(event.event_type() == "type" && event.data() == "12345");
    assert!(!shares(&chunk, event.event_type()) && !shares(&chunk, event.data()));
    let places = [event.event_type(), event.data()].map(|value| value.as_bytes().as_ptr() as usize);
    assert!(places[0].abs_diff(places[1]) < 100);
    let mut decoder = BytesDecoder::new().with_pinning(Pinning::Always);
    let event = decoder.feed(chunk.clone()).next().unwrap().unwrap();
    assert!(shares(&chunk, event.event_type()) && shares(&chunk, event.data()));
}

/// Without data there is nothing to share.
#[test]
fn an_event_without_data_is_copied() {
    for lines in ["event:type\ndata:\n\n", "event:type\n:comment\ndata:\n\n"] {
        let chunk = Bytes::from([lines, "data: more\n\n"].concat());
        let mut decoder = BytesDecoder::new().with_pinning(Pinning::Always);
        assert!(decoder.feed("\n".into()).next().is_none());
        let event = decoder.feed(chunk.clone()).next().unwrap().unwrap();
        assert!(event.event_type() == "type" && event.data() == "");
        assert!(!shares(&chunk, event.event_type()));
    }
}

/// Any four lines, in any order, are the event that the decoder within finds.
#[test]
fn an_event_has_its_values_wherever_their_lines_stand() {
    const LINES: [&str; 7] =
        ["id: 12", "event: type", "data: some data", "data:b", "data", ": comment", "data: \u{E9}"];
    for number in 0..LINES.len().pow(4) {
        let line = |place: u32| LINES[number / LINES.len().pow(place) % LINES.len()];
        let lines = [line(0), line(1), line(2), line(3), "", ""].join("\n");
        // Behind an event that memory was needed for: data lines are joined at once where there is some.
        let stream = ["data: 0123456789\ndata: 0123456789\n\n", &lines].concat();
        for pinning in [Pinning::Always, Pinning::Never] {
            for text in [true, false] {
                let (mut borrowed, mut owned) =
                    (Decoder::new(), BytesDecoder::new().with_pinning(pinning));
                let (mut borrowed, mut owned) =
                    (borrowed.feed(stream.as_bytes()), owned.feed(stream.clone().into()));
                while let Some(event) = borrowed.next_event() {
                    let event = event.unwrap();
                    let other = if text { owned.next() } else { owned.next_raw() };
                    let other = other.unwrap().unwrap();
                    assert_eq!(other.to_event(), Ok(event), "{stream:?}");
                    assert_eq!(other.clone().into_data(), event.data());
                    assert_eq!(other.detach().to_event(), Ok(event), "{stream:?}");
                }
                assert!(owned.next().is_none());
            }
        }
    }
}

/// An event of which a part came in an earlier chunk is copied.
#[test]
fn the_values_of_an_event_are_copied_together() {
    for (before, chunk, id, expected) in [
        (&b"event:type\n"[..], &b"data:12345\n\n"[..], "", false),
        (b"id:1\n", b"event:type\ndata:12345\n\n", "1", false),
        (b"id:1\n\neve", b"nt:type\ndata:12345\n\n", "1", true),
        (b"", b"id:1\nevent:type\ndata:123\xFF\n\n", "1", false),
        (b"data:123\xFF\nevent:t", b"ype\n\n", "", false),
    ] {
        let mut decoder = BytesDecoder::new().with_pinning(Pinning::Always);
        assert!(decoder.feed(Bytes::from_static(before)).next().is_none());
        let chunk = Bytes::from_static(chunk);
        let event = decoder.feed(chunk.clone()).next().unwrap().unwrap();
        assert_eq!(
            (event.event_type(), event.last_event_id()),
            (Text::new(b"type"), Text::new(id.as_bytes()))
        );
        let data = event.data();
        assert!(data == "12345" || data == "123\u{FFFD}", "{data}");
        let values = [event.event_type(), event.data()];
        assert_eq!(values.map(|value| shares(&chunk, value)), [expected; 2]);
    }
}

/// Large data that were assembled are not copied: they keep the memory in which they were, which had more room.
#[test]
fn large_data_that_were_assembled_take_their_memory_along() {
    let long = "\u{20AC}uro ".repeat(1000);
    let stream = [
        format!("event:big\nid:1\nretry:5\nfoo\ndata:{long}\ndata:{long}\n\n").as_bytes(),
        format!("data:{long}{long}\n\ndata:a\nid:2\n\n").as_bytes(),
        &[&b"id:\xFF\ndata:"[..], &[b'x'; 9000], b"\xC3\n\n"].concat(),
    ]
    .concat();
    for size in [7, 1460, stream.len()] {
        let (mut borrowed, mut bytes) = (Decoder::new(), BytesDecoder::new());
        let (mut raw, mut count) = (BytesDecoder::new(), 0);
        for chunk in stream.chunks(size) {
            let chunk = Bytes::copy_from_slice(chunk);
            let mut found = bytes.feed(chunk.clone());
            let mut raw = raw.feed(chunk.clone());
            let mut events = borrowed.feed(&chunk);
            while let Some(event) = events.next_event() {
                let (event, as_bytes) = (event.unwrap(), found.next().unwrap().unwrap());
                assert_eq!(values(&as_bytes.to_event().unwrap()), values(&event));
                assert_eq!(
                    (as_bytes.retry(), as_bytes.unknown_lines()),
                    (event.retry(), event.unknown_lines())
                );
                let raw = raw.next_raw().unwrap().unwrap();
                assert_eq!(raw, as_bytes);
                let (len, is_text) = (event.data().len(), !event.data().contains('\u{FFFD}'));
                let data = Vec::from(as_bytes.into_data());
                assert_eq!(data, event.data().as_bytes());
                let string = raw.into_string();
                assert_eq!(string.as_deref().ok(), is_text.then_some(event.data()));
                match string {
                    Ok(string) if len > 4096 && size < len => {
                        assert!(data.capacity() > len && string.capacity() > len, "no copy");
                    }
                    Ok(_) => {}
                    Err(error) => assert_eq!(error.valid_up_to(), 9000),
                }
                count += 1;
            }
            assert!(found.next().is_none() && raw.next_raw().is_none());
        }
        assert_eq!(count, 4);
    }
}
