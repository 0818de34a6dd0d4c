//! What an adapter is made over can be looked at, replaced and taken back; what an adapter shows is
//! its state, and what its errors say is what happened.

use std::error::Error as _;
use std::io;

use bytes::{Bytes, BytesMut};
use futures_core::{FusedStream as _, Stream};
use futures_util::stream;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use sse_wire::adapter::EventCodec;
use sse_wire::decoder::{BytesItem, Config, End};
use sse_wire::{Decoder, Dropped, EventBody, EventReader, EventStream, Message, StreamError};
use tokio_util::codec::Decoder as _;

use crate::script::{all, next, Fault};

#[test]
fn a_reader_gives_its_source_back() {
    let mut events = EventReader::new(&b"data: a\n\ndata: secret\n\n"[..]);
    assert_eq!(events.next().unwrap().unwrap().data, "a");
    let shown = format!("{events:?}");
    assert!(shown.starts_with("EventReader { decoder: ChunkDecoder {"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
    *events.get_mut() = b"data: b\n\n";
    let found: Vec<_> = events.by_ref().map(|event| event.unwrap().data).collect();
    assert_eq!(found, ["secret", "b"]);
    *events.get_mut() = b"left";
    assert_eq!(events.into_inner(), b"left");
}

#[test]
fn a_stream_of_events_gives_its_source_back() {
    let chunk = |text: &'static str| stream::iter([Ok::<_, Fault>(Bytes::from(text))]);
    let mut events = EventStream::new(chunk("data: a\n\n"));
    *events.get_mut() = chunk("data: b\n\n");
    assert_eq!(next(&mut events).unwrap().unwrap().data(), "b");
    assert_eq!(all(&mut events.into_inner()), []);
}

#[test]
fn a_stream_of_items_ends_with_the_event_that_it_broke_off_in() {
    let source = stream::iter([Ok::<_, Fault>(Bytes::from(": a\nretry: 1\ndata: b"))]);
    let mut items = EventStream::new(source).items().dispatch_partial(true);
    assert!(matches!(next(&mut items), Some(Ok(BytesItem::Retry(_)))));
    let Some(Ok(BytesItem::Event(event))) = next(&mut items) else { unreachable!() };
    assert_eq!(event.data(), "b");
    assert!(next(&mut items).is_none());
}

#[test]
fn a_body_is_given_back_when_it_has_ended() {
    let frame = Ok::<_, Fault>(Frame::data(Bytes::from("data: a\n\n")));
    let mut events = EventStream::from_body(StreamBody::new(stream::iter([frame])));
    assert!(!events.get_ref().is_terminated());
    assert_eq!(all(&mut events).len(), 1);
    let body = events.into_inner();
    assert!(body.is_terminated());
    let rest = futures_util::FutureExt::now_or_never(body.into_inner().collect()).unwrap();
    assert_eq!(rest.unwrap().to_bytes(), "");
}

#[test]
fn a_stream_of_frames_gives_its_source_back() {
    let mut frames = EventBody::new(stream::iter([Message::new("a")]));
    *frames.get_mut() = stream::iter([Message::new("b")]);
    assert_eq!(frames.get_ref().size_hint(), (1, Some(1)));
    assert_eq!(Stream::size_hint(&frames), (0, None));
    assert_eq!(all(&mut frames), [Ok(Bytes::from("data: b\n\n"))]);
    assert_eq!(Stream::size_hint(&frames), (0, Some(0)));
    assert_eq!(all(&mut frames.into_inner()), []);
    let shown = format!("{:?}", EventBody::new(stream::empty::<Message<'_>>()));
    assert_eq!(shown, "EventBody { keeps_alive: false, ended: false, .. }");
}

#[test]
fn a_codec_reads_what_comes_with_the_end() {
    let mut codec = EventCodec::default();
    let mut buffer = BytesMut::from("data: a\n\ndata: b");
    assert_eq!(codec.decode_eof(&mut buffer).unwrap().unwrap().unwrap().data(), "a");
    assert!(codec.decode_eof(&mut buffer).unwrap().is_none());
    assert!(matches!(codec.end(), Some(End::Partial(_))));
}

/// An error with a source.
#[derive(Debug)]
struct Caused(std::env::JoinPathsError);

impl core::fmt::Display for Caused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("caused")
    }
}

impl std::error::Error for Caused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn errors_say_what_happened_and_why() {
    let mut decoder = Decoder::with_config(Config::new().limit(1));
    let dropped: Dropped = decoder.feed(b"data: ab\n\n").next_event().unwrap().unwrap_err();

    let error = StreamError::Source(io::Error::other("no network"));
    // It is the error of its source: it prints that, and has its source.
    assert_eq!(error.to_string(), "no network");
    assert!(error.source().is_none());
    let caused = std::env::join_paths(["a:b"]).unwrap_err();
    let error = error.map_source(|error| io::Error::new(error.kind(), Caused(caused)));
    assert_eq!(error.to_string(), "caused");
    assert!(error.source().unwrap().is::<std::env::JoinPathsError>());
    let error = StreamError::Source(io::Error::other("no network"));
    assert_eq!(io::Error::from(error).to_string(), "no network");

    let error = StreamError::<io::Error>::from(dropped);
    assert_eq!(error.to_string(), dropped.to_string());
    assert!(error.source().is_none());
    let error = io::Error::from(error);
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(error.to_string(), "event dropped: more than 1 bytes at offset 7");
}
