//! What users rely on without saying so: what every type is, how large it is, and what it does not show.

use core::fmt::Debug;
use core::hash::Hash;
use core::mem::size_of;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher as _;
use std::panic::{RefUnwindSafe, UnwindSafe};

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use sse_wire::adapter::{EventCodec, ReadChunk};
use sse_wire::decoder::{
    Activity, BytesEvents, BytesItem, BytesUndispatched, Charge, Config, Counters, End, Events,
    Overflow, Partial, Pinning, PushError, RawEvent, RawItem, RawUndispatched, Reason, Refusal,
    SetIdError, Subject, TextPolicy, Undispatched,
};
use sse_wire::fields::{FieldName, Fields, Token, TokenAt};
use sse_wire::framer::{ChunkFramer, Comments, Frame, FrameItem, FramerConfig, Frames, Oversized};
use sse_wire::{
    BytesDecoder, BytesEvent, ChunkDecoder, Decoder, Dropped, Event, EventReader, EventSource,
    EventStream, Framer, Item, OwnedEvent, StreamError, Text,
};
use tokio_util::codec::Decoder as _;

/// What can be sent, shared, moved and kept across a panic.
fn is_plain<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

/// A value: compared, hashed, copied and shown.
fn is_value<T: Clone + Eq + Hash + Debug + Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}

#[test]
fn types_are_what_their_users_expect() {
    is_plain::<Decoder>();
    is_plain::<Decoder<[u8; 8]>>();
    is_plain::<BytesDecoder>();
    is_plain::<ChunkDecoder<Bytes>>();
    is_plain::<ChunkDecoder<Vec<u8>, EventSource>>();
    is_plain::<ChunkDecoder<Bytes, BytesDecoder>>();
    is_plain::<ChunkFramer<String>>();
    is_plain::<EventSource>();
    is_plain::<Framer>();
    is_plain::<Fields>();
    is_plain::<Frame<'_>>();
    is_plain::<FrameItem<'_>>();
    is_plain::<EventCodec>();
    is_plain::<EventReader<&[u8]>>();
    is_plain::<EventStream<stream::Empty<Result<Bytes, ()>>>>();
    is_plain::<ReadChunk>();
    is_plain::<StreamError<std::fmt::Error>>();

    is_value::<Event<'_>>();
    is_value::<RawEvent<'_>>();
    is_value::<BytesEvent>();
    is_value::<OwnedEvent>();
    is_value::<Undispatched<'_>>();
    is_value::<RawUndispatched<'_>>();
    is_value::<BytesUndispatched>();
    is_value::<Item<'_>>();
    is_value::<RawItem<'_>>();
    is_value::<BytesItem>();
    is_value::<Text<'_>>();
    is_value::<Config>();
    is_value::<FramerConfig>();
    is_value::<(Charge, Overflow, TextPolicy, Pinning, Comments, Oversized)>();
    is_value::<(Activity, Counters, End, Partial)>();
    is_value::<(Dropped, Reason, Subject, SetIdError)>();
    is_value::<(PushError<Bytes>, Refusal)>();
    is_value::<StreamError<Dropped>>();
    is_value::<(FieldName, TokenAt<'_>, Token<'_>)>();
}

fn is_send<T: Send>(_: T) {}

/// A cursor goes into a future that is sent; so does an item.
#[test]
fn cursors_can_be_sent() {
    let mut decoder = Decoder::new();
    is_send::<Events<'_, '_, Vec<u8>>>(decoder.feed(b""));
    let mut decoder = BytesDecoder::new();
    is_send::<BytesEvents<'_>>(decoder.feed(Bytes::new()));
    let mut framer = Framer::new();
    is_send::<Frames<'_, '_, Vec<u8>>>(framer.feed(b""));
}

/// What is kept for each connection, and what is moved for each event, does not grow unseen.
#[test]
#[cfg(target_pointer_width = "64")]
fn types_are_no_larger_than_they_were() {
    let sizes = [
        ("Decoder", size_of::<Decoder>(), 760),
        ("ChunkDecoder", size_of::<ChunkDecoder<Bytes>>(), 880),
        ("Framer", size_of::<Framer>(), 400),
        ("Fields", size_of::<Fields>(), 24),
        ("Event", size_of::<Event<'_>>(), 72),
        ("Item", size_of::<Item<'_>>(), 72),
        ("BytesEvent", size_of::<BytesEvent>(), 160),
        ("OwnedEvent", size_of::<OwnedEvent>(), 104),
        ("Text", size_of::<Text<'_>>(), 16),
        ("Dropped", size_of::<Dropped>(), 24),
    ];
    for (name, size, most) in sizes {
        assert!(size <= most, "{name}: {size} bytes, not {most}");
    }
}

fn shows_no_payload(what: &dyn Debug) {
    let shown = format!("{what:?}");
    assert!(!shown.contains("secret") && !shown.contains("115, 101, 99"), "{shown}");
}

/// What works on a stream shows its state; an error shows its reason.
#[test]
fn nothing_that_works_on_a_stream_shows_payload() {
    const STREAM: &str =
        "id: secret\nevent: secret\ndata: x\n\ndata: secret\n\n: secret\nid: secret";
    let config = Config::new().limit(20);

    let mut decoder = ChunkDecoder::with_decoder(Decoder::with_config(config));
    decoder.push(STREAM).unwrap();
    while let Some(event) = decoder.next_event() {
        if let Err(dropped) = event {
            shows_no_payload(&dropped);
        }
        shows_no_payload(&decoder);
        if let Err(refused) = decoder.push("secret") {
            shows_no_payload(&refused);
            assert!(!refused.to_string().contains("secret"));
        }
    }
    let mut framer = ChunkFramer::new();
    framer.push(STREAM).unwrap();
    while framer.next_item().is_some() {
        shows_no_payload(&framer);
    }
    let mut reader = EventReader::new(STREAM.as_bytes());
    assert!(reader.by_ref().next().is_some());
    let chunk = reader.next_chunk().unwrap().unwrap().take_chunk().unwrap();
    shows_no_payload(&chunk);
    let mut codec = EventCodec::new();
    assert!(codec.decode(&mut BytesMut::from(STREAM)).unwrap().is_some());
    shows_no_payload(&codec);
    let mut source = ChunkDecoder::with_decoder(EventSource::new());
    source.get_mut().handle_response(200, "text/event-stream").unwrap();
    source.push(STREAM).unwrap();
    assert!(source.next_event().is_some());
    shows_no_payload(&source);
    let mut decoder = Decoder::new();
    shows_no_payload(&decoder.feed(STREAM.as_bytes()));
    shows_no_payload(&decoder.set_last_event_id("secret\n").unwrap_err());
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Every kind of event says the same by the same names, and each becomes an owned one; equal events have equal
/// hashes, of whatever kind they came.
#[test]
fn every_kind_of_event_is_the_same_event() {
    let streams: [&[u8]; 5] = [
        b"data: a\n\n",
        b"event: message\nid\ndata: a\n\n",
        b"event\nretry: 5\nfoo\ndata: a\ndata: b\n\n",
        b"event: x\nid: 2\ndata\n\n",
        b"id: 7\n\nevent: caf\xC3\xA9\ndata: \xC3\xA9\n\n",
    ];
    for stream in streams {
        let mut decoder = Decoder::new();
        let mut events = decoder.feed(stream);
        let event = events.next_event().unwrap().unwrap();
        let mut raw_decoder = Decoder::new();
        let mut raw_events = raw_decoder.feed(stream);
        let raw = raw_events.next_raw().unwrap().unwrap();
        let bytes = BytesDecoder::new().feed(Bytes::from_static(stream)).next().unwrap().unwrap();
        let owned = event.into_owned();

        assert_eq!((event.as_raw(), raw.to_event()), (raw, Ok(event)));
        assert_eq!((bytes.as_raw(), bytes.to_event()), (raw, Ok(event)));
        assert_eq!((owned.as_event(), OwnedEvent::from(raw)), (event, owned.clone()));
        assert_eq!((bytes.clone().into_owned(), raw.into_owned()), (owned.clone(), owned.clone()));
        assert_eq!(
            (BytesEvent::from(event), BytesEvent::from(&owned)),
            (bytes.clone(), bytes.clone())
        );
        for other in
            [owned.as_event(), bytes.to_event().unwrap(), BytesEvent::from(raw).to_event().unwrap()]
        {
            // Equality does not look at these.
            assert_eq!(other.event_field(), event.event_field());
            assert_eq!(
                (other.retry(), other.unknown_lines()),
                (event.retry(), event.unknown_lines())
            );
            assert_eq!(hash(&other), hash(&event));
        }
        assert_eq!(owned.event_type(), event.event_type());
        assert_eq!((owned.data(), owned.last_event_id()), (event.data(), event.last_event_id()));
        assert_eq!((owned.id(), owned.retry()), (event.id(), event.retry()));
        assert_eq!(owned.event_field(), event.event_field());
        assert_eq!(hash(&owned), hash(&event));
        assert_eq!(hash(&bytes), hash(&bytes.clone().detach()));

        // As a message it is the same event again, in its own form.
        let again = event.to_message().unwrap().to_vec();
        let mut decoder = Decoder::new();
        decoder.set_last_event_id(event.last_event_id()).unwrap();
        let mut events = decoder.feed(&again);
        let twin = events.next_event().unwrap().unwrap();
        assert_eq!((twin, twin.retry()), (event, event.retry()));
        assert_eq!(twin.event_field(), event.event_field());
    }
}

/// Events that are made by hand are as if they had come.
#[test]
fn events_of_ones_own() {
    let time = core::time::Duration::from_millis(5);
    let event = Event::<str>::new("a").with_event_type("x").with_id("7").with_retry(time);
    assert_eq!(event.to_message().unwrap().to_string(), "event: x\nid: 7\nretry: 5\ndata: a\n\n");
    let raw = Event::<[u8]>::new(b"a").with_event_type(b"x").with_id(b"7").with_retry(time);
    assert_eq!((raw.to_event(), event.as_raw()), (Ok(event), raw));
    let plain = Event::<str>::new("a").with_event_type("").with_last_event_id("6");
    assert_eq!((plain.event_type(), plain.event_field()), ("message", Some("")));
    assert_eq!((plain.id(), plain.last_event_id()), (None, "6"));
    assert!(Event::<str>::new("a").with_event_type("b\nc").to_message().is_err());
    assert!(Event::<str>::new("a").with_id("1\0").to_message().is_err());

    // An owned one may be changed.
    let mut owned = plain.into_owned();
    assert_eq!(owned.event_field(), Some(""));
    owned.event_type = "y".into();
    assert_eq!((owned.event_type(), owned.event_field()), ("y", Some("y")));
    owned.event_type.clear();
    assert_eq!((owned.event_type(), owned.event_field()), ("message", Some("")));
    let owned = OwnedEvent::new("a");
    assert_eq!((owned.event_type(), owned.event_field(), owned.id()), ("message", None, None));
}

/// Good text is borrowed, and the reason why text is not good is that of the standard library.
#[test]
fn text_is_looked_at_before_it_is_replaced() {
    use std::borrow::Cow;
    let values: [&[u8]; 6] =
        [b"", b"plain", b"caf\xC3\xA9", b"caf\xC3", b"\xFFa", b"a\xE2\x82b\xF0\x9F\xA6\x8A"];
    for bytes in values.iter().flat_map(|value| [value.to_vec(), value.repeat(100)]) {
        let text = Text::new(&bytes);
        assert_eq!(text.to_str(), core::str::from_utf8(&bytes));
        assert_eq!(text.to_string_lossy(), String::from_utf8_lossy(&bytes));
        assert_eq!(matches!(text.to_string_lossy(), Cow::Borrowed(_)), text.to_str().is_ok());
    }
}
