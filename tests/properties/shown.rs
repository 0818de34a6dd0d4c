//! What the types show of themselves: what works on a stream its state and no payload, what came out
//! of it what it is made of, an error a sentence.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::panic)]

use core::fmt::Debug;

use sse_wire::decoder::{Config, SetIdError, TextPolicy};
#[cfg(feature = "std")]
use sse_wire::encoder::IoSink;
use sse_wire::encoder::{Data, DataLine, FmtSink, SliceSink};
use sse_wire::fields::Fields;
use sse_wire::framer::{FrameItem, FramerConfig};
use sse_wire::headers::LastEventIdError;
use sse_wire::source::{Action, Policy, Stopped};
use sse_wire::{Decoder, Dropped, Encoder, Event, EventSource, Framer, Message};

/// A pending comment, type, ID and data, and an event behind which there is more.
const SECRETS: &[u8] =
    b"data: a\n\n: secret\nevent: secret\nid: secret\ndata: secret\ndata: secret";

fn shows_no_payload(name: &str, what: &dyn Debug) {
    let shown = format!("{what:?}");
    assert!(shown.starts_with(name), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_decoder_and_its_cursor_show_where_they_are() {
    let mut memory = [0; 256];
    let mut decoder = Decoder::with_buffer(&mut memory[..]);
    let mut events = decoder.feed(SECRETS);
    events.next_event();
    assert_eq!(format!("{events:?}"), "Events { stream_offset: 9, remaining: 59, .. }");
    assert_eq!(events.next_event(), None);
    drop(events);
    let shown = format!("{decoder:?}");
    assert!(shown.contains("capacity: 256, stream_offset: 68, pending_bytes: 50,"), "{shown}");
    shows_no_payload("Decoder", &decoder);
}

#[test]
fn a_framer_and_its_cursor_show_where_they_are() {
    let mut memory = [0; 256];
    let mut framer = Framer::with_buffer(&mut memory[..]);
    let mut frames = framer.feed(SECRETS);
    frames.next_item();
    assert_eq!(format!("{frames:?}"), "Frames { stream_offset: 9, remaining: 59, .. }");
    assert_eq!(frames.next_item(), None);
    drop(frames);
    let shown = format!("{framer:?}");
    assert!(shown.contains("capacity: 256, stream_offset: 68, pending: 59,"), "{shown}");
    shows_no_payload("Framer", &framer);
}

#[test]
fn a_data_line_shows_its_length() {
    let line = DataLine::new("secret").unwrap();
    assert_eq!(format!("{line:?}"), "DataLine { len: 6 }");
}

#[test]
fn items_show_how_long_their_values_are() {
    let config = Config::new().limit(6).comments(true);
    let mut decoder = Decoder::with_buffer_and_config([0; 8], config);
    let mut events = decoder.feed(b": hi\nretry: 5\nid: 1\n\ndata: x\n\ndata: too long\n\n");
    let mut shown = Vec::new();
    while let Some(item) = events.next_item() {
        shown.push(format!("{item:?}"));
    }
    let expected = [
        "Comment(<2 bytes>)",
        "Retry(5ms)",
        "Undispatched { event_type: None, id: Some(<1 bytes>), retry: Some(5ms), .. }",
        "Event { event_type: <7 bytes>, data: <1 bytes>, last_event_id: <1 bytes>, has_id: false }",
        "Dropped { subject: Event, reason: Limit, offset: 41, limit: 6 }",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn items_are_equal_to_items_of_their_kind_with_their_values() {
    let decoder = || Decoder::with_buffer_and_config([0; 8], Config::new().comments(true));
    let streams = [
        &b": a\n"[..],
        b": b\n",
        b"retry: 1\n",
        b"retry: 2\n",
        b"id: 1\n\n",
        b"id: 2\n\n",
        b"data: 1\n\n",
        b"data: 2\n\n",
        b"data: 123456789\n\n",
        b"data:\ndata: 12345678\n\n",
    ];
    for (i, a) in streams.iter().enumerate() {
        for (j, b) in streams.iter().enumerate() {
            let (mut first, mut second) = (decoder(), decoder());
            let (mut first, mut second) = (first.feed(a), second.feed(b));
            let (a, b) = (first.next_item().unwrap(), second.next_item().unwrap());
            assert_eq!(a == Clone::clone(&b), i == j, "{a:?} and {b:?}");
        }
    }
}

#[test]
fn a_frame_and_a_line_show_how_long_they_are() {
    let mut framer = Framer::with_buffer([0; 64]);
    let mut frames = framer.feed(b"id: 1\ndata: a\xFF\r\ndata\n\n");
    let Some(FrameItem::Frame(frame)) = frames.next_item() else { panic!("a frame") };
    assert_eq!(
        format!("{frame:?}"),
        "Frame { offset: 0, raw: <22 bytes>, last_event_id: <1 bytes>, .. }"
    );
    assert_eq!(format!("{:?}", frame.data().unwrap()), "[<2 bytes>, <0 bytes>]");
    assert_eq!(
        format!("{:?}", frame.lines().nth(1).unwrap()),
        "FrameLine { kind: Field(Data), offset: 6, name: <4 bytes>, value: <2 bytes>, end: \"\\r\\n\" }"
    );
}

#[test]
fn what_is_dropped_says_why() {
    let report = |config: Config, len: usize, stream: &[u8]| -> Dropped {
        let mut memory = [0; 16];
        let mut decoder = Decoder::with_buffer_and_config(&mut memory[..len], config);
        let mut events = decoder.feed(stream);
        events.next_event().unwrap().unwrap_err()
    };
    let strict = Config::new().text_policy(TextPolicy::Strict);
    assert_eq!(
        report(strict, 16, b"data: \xFF\n\n").to_string(),
        "event dropped: not UTF-8, ended at offset 8"
    );
    assert_eq!(
        report(Config::new(), 2, b"data: \xFF\n\n").to_string(),
        "event dropped: with replacement characters more than 2 bytes, ended at offset 8"
    );
}

#[test]
fn errors_say_what_is_wrong_with_an_id() {
    let said = [
        SetIdError::Forbidden { offset: 1 }.to_string(),
        SetIdError::TooLong { limit: 9 }.to_string(),
        LastEventIdError::TooLong { limit: 9 }.to_string(),
        LastEventIdError::Forbidden { offset: 1 }.to_string(),
        LastEventIdError::Malformed { offset: 2 }.to_string(),
    ];
    let expected = [
        "last event ID with a CR, LF or NUL at offset 1",
        "last event ID of more than 9 bytes",
        "last event ID of more than 9 bytes",
        "last event ID with a byte that no header has at offset 1",
        "last event ID that is not UTF-8 at offset 2",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_source_says_why_it_stopped() {
    let said = [
        (Stopped::Closed, "closed"),
        (Stopped::Status(204), "stopped by the server: status 204"),
        (Stopped::Status(500), "connection failed: status 500"),
        (Stopped::ContentType, "connection failed: not an event stream"),
        (Stopped::Aborted, "connection failed: aborted"),
        (Stopped::Futile, "connection failed: another attempt would be futile"),
        (Stopped::Attempts, "connection failed: too many attempts in a row"),
        (Stopped::Dropped, "connection failed: an event was dropped"),
    ];
    for (stopped, expected) in said {
        assert_eq!(stopped.to_string(), expected);
    }
}

#[test]
fn an_encoder_says_what_it_refused_or_what_failed() {
    let mut out = Encoder::new(SliceSink::new(&mut []));
    for (id, said) in [
        ("4\0", "id holds NUL at offset 1"),
        ("\n", "id holds LF at offset 0"),
        ("45\r", "id holds CR at offset 2"),
    ] {
        assert_eq!(out.id(id).map(drop).unwrap_err().to_string(), said);
    }
    let small = sse_wire::Message::new("a").encode_to_slice(&mut [0; 8]).unwrap_err();
    assert_eq!(small.to_string(), "9 bytes do not fit where 8 are left");
    let failed = out.id("4").unwrap().try_dispatch().map(drop).unwrap_err();
    assert_eq!(failed.to_string(), "the sink failed");
    assert_eq!(out.try_dispatch().map(drop).unwrap_err().to_string(), "the block was torn earlier");
}

#[test]
fn what_encodes_shows_no_payload() {
    let message = Message::new("secret").comment("secret").id("secret").unwrap();
    let shown = format!("{message:?}");
    assert!(shown.contains("data: Some(Data { len: 6 })"), "{shown}");
    let mut out = Encoder::new(Vec::new());
    out.continue_data("secret");
    let mut memory = [b's'; 8];
    let shown = format!(
        "{shown} {out:?} {:?} {:?} {:?}",
        SliceSink::new(&mut memory),
        FmtSink::new(String::from("secret")),
        Data::from("secret"),
    );
    #[cfg(feature = "std")]
    let shown = format!("{shown} {:?}", IoSink::new(b"secret".to_vec()));
    assert!(!shown.contains("secret") && !shown.contains("115"), "{shown}");
}

#[test]
fn defaults_are_what_new_gives() {
    assert_eq!(Config::default(), Config::new());
    assert_eq!(FramerConfig::default(), FramerConfig::new());
    assert_eq!(FramerConfig::default().retain(Config::DEFAULT_RETAIN), FramerConfig::new());
    assert_ne!(FramerConfig::default().retain(1), FramerConfig::new());
    assert_eq!(Policy::default(), Policy::new());
    assert_eq!(Fields::default(), Fields::new());
}

#[test]
fn defaults_begin_anew() {
    assert_eq!(Decoder::default().limit(), Config::DEFAULT_LIMIT);
    assert_eq!(Framer::default().limit(), Config::DEFAULT_LIMIT);
    let mut source = EventSource::default();
    assert_eq!(source.poll(), Action::Connect);
    source.set_last_event_id("secret").unwrap();
    shows_no_payload("EventSource { next: Connect, ", &source);
}

#[test]
fn an_event_comes_back_out_of_its_owned_form() {
    let mut decoder = Decoder::new();
    let mut events = decoder.feed(b"event: a\nid: 1\ndata: b\n\n");
    let event: Event<'_> = events.next_event().unwrap().unwrap();
    assert_eq!(sse_wire::OwnedEvent::from(Clone::clone(&event)).as_event(), event);
}

#[cfg(feature = "bytes")]
#[test]
fn the_fronts_of_bytes_show_as_much() {
    let mut decoder = sse_wire::BytesDecoder::new();
    let mut events = decoder.feed(SECRETS.into());
    let event = events.next().unwrap().unwrap();
    assert_eq!(format!("{events:?}"), "BytesEvents { stream_offset: 9, remaining: 59, .. }");
    assert_eq!(events.next(), None);
    drop(events);
    shows_no_payload("BytesDecoder { decoder: Decoder { ", &decoder);
    assert_eq!(
        format!("{event:?}"),
        "Event { event_type: <7 bytes>, data: <1 bytes>, last_event_id: <0 bytes>, has_id: false }"
    );

    let mut framer = Framer::new();
    let mut frames = framer.feed_bytes(SECRETS.into());
    let Some(sse_wire::framer::BytesFrameItem::Frame(frame)) = frames.next() else {
        panic!("a frame")
    };
    assert_eq!(format!("{frames:?}"), "BytesFrames { stream_offset: 9, remaining: 59, .. }");
    assert_eq!(format!("{frame:?}"), format!("{:?}", frame.as_frame()));
    assert_eq!(frame, frame.clone());
}

#[cfg(feature = "bytes")]
#[test]
fn what_a_framer_of_bytes_reports_has_the_bytes_of_the_stream() {
    use sse_wire::framer::Oversized;

    let stream = b"data: long\n\ndata\n\n";
    for (oversized, expected) in [
        (Oversized::Drop, vec![&b""[..], b"data\n\n"]),
        (Oversized::PassThrough, vec![&stream[..6], &stream[6..12], b"data\n\n"]),
    ] {
        let config = FramerConfig::new().limit(6).oversized(oversized);
        let mut framer = Framer::with_config(config);
        let mut frames = framer.feed(stream);
        for expected in &expected {
            assert_eq!(frames.next_item().unwrap().raw(), *expected);
        }
        assert!(frames.next_item().is_none() && frames.next_item().is_none());
        drop(frames);
        framer.reset();
        let found =
            framer.feed_bytes(stream[..].into()).map(sse_wire::framer::BytesFrameItem::into_raw);
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_text_is_what_it_reads_as() {
    let mut decoder = Decoder::new();
    let others = ["", "a", "ab", "a\u{FFFD}", "a\u{FFFD}b", "a\u{FFFD}bc", "\u{FFFD}", "b"];
    for (id, reads) in
        [(&b""[..], ""), (b"a", "a"), (b"a\xFFb", "a\u{FFFD}b"), (b"\xE2\x82", "\u{FFFD}")]
    {
        decoder.set_last_event_id(id).unwrap();
        let text = decoder.last_event_id();
        assert_eq!((text.to_string(), text.is_empty()), (reads.to_owned(), reads.is_empty()));
        assert_eq!(format!("{text:?}"), format!("{reads:?}"));
        for other in others {
            assert_eq!((text == *other, text == other), (reads == other, reads == other));
        }
    }
}
